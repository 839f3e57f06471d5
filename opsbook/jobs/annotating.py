"""Annotating: a copy of a submitted workbook with its findings marked, to be sent back; and the marks of an earlier copy taken off.

The package is patched, never saved anew. Macros and links to other workbooks are not sent back.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from opsbook.actions import listing, marking
from opsbook.grammar import Finding, Findings, Lang, Severity, Text
from opsbook.grammar.board import Board, Look
from opsbook.grammar.finding import letters
from opsbook.hosts import mark, new_file
from opsbook.hosts.graft import Workbook, graft
from opsbook.hosts.package import Package
from opsbook.hosts.patch import marked, patchable
from opsbook.jobs.judging import Result, without_collection
from opsbook.jobs.refreshing import named, notes, recognised
from opsbook.summaries import FINDINGS

_READ_OTHERWISE = ("GEN-002", "GEN-003", "GEN-015", "GEN-016", "GEN-017", "GEN-018")  # the cell does not hold what was read


@dataclass(frozen=True)
class Place:
    """Where a register stands in its sheet: 1-based rows and columns."""

    header_row: int
    ids: int  # the column of the records' keys
    first: int
    last: int
    last_row: int
    headers: dict[str, str]  # column → the header as it was typed


@dataclass(frozen=True)
class Places:
    """What marking needs to know beside the findings: where registers stand, and the keys of marked records that are not as they were typed."""

    sheets: dict[str, Place]
    keys: dict[str, dict[str, str]]  # sheet → row → key
    marked: bool = False  # the workbook bears marks already

    @classmethod
    def of(cls, result: Result) -> "Places":
        """As they were judged."""
        sheets, keys = {}, dict[str, dict[str, str]]()
        for tab in result.book.parts:
            headers = {str(tab.first_column + at): str(said) for at, said in enumerate(tab.headers) if said != ""}
            sheets[tab.name] = Place(tab.header_row, tab.column_no(tab.sheet.id), tab.first_column, tab.first_column + max(tab.position.values()),
                                     max([tab.header_row, *map(int, tab.index[-1:])]), headers)  # fmt: skip
        ids = {tab.name: tab.sheet.id for tab in result.book.parts}
        odd = {(f.sheet, f.row) for f in result.findings if f.rule in _READ_OTHERWISE and f.column == ids.get(f.sheet)}
        twice = {part.name: {str(record) for record, n in Counter(part.cells.get(part.sheet.id, ())).items() if n > 1} for part in result.book.parts}
        for f in first(result.findings):
            number = re.fullmatch(r"[-+\d.,eE]+|TRUE|FALSE|True|False", f.record)  # as it was typed it may look otherwise
            key = f"#{f.row}" if number or (f.sheet, f.row) in odd or f.record in twice.get(f.sheet, ()) else marking.record_key(f.record, f.row)
            if key != f.record:
                keys.setdefault(f.sheet, {})[str(f.row)] = key
        return cls(sheets, keys, result.loaded.marked)

    def plain(self) -> dict[str, Any]:
        """As JSON says it."""
        return {"sheets": {name: vars(place) for name, place in self.sheets.items()}, "keys": self.keys, "marked": self.marked}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Places":
        """What :meth:`plain` said."""
        return cls({name: Place(**said) for name, said in plain["sheets"].items()}, dict(plain["keys"]), plain["marked"])

    def key(self, f: Finding) -> tuple[str, str]:
        """The record and the header of a finding's cell."""
        return self.keys.get(f.sheet, {}).get(str(f.row), f.record), self.sheets[f.sheet].headers.get(str(f.column_no), "")


def first(findings: Findings) -> list[Finding]:
    """The findings that are marked: the gravest, of those that stand at a cell."""
    return [f for severity in Severity for f in findings.of(severity) if f.row][: marking.MOST]


@dataclass(frozen=True)
class Copy:
    """An annotated copy, and what of the workbook is not in it."""

    package: bytes = field(repr=False)
    left_out: tuple[Text, ...] = ()


def annotated(data: bytes, name: str, findings: Findings, places: Places, lang: Lang, today: date) -> Copy:
    """A copy of a workbook with a colour and a note on every cell with a finding, and a sheet that lists them.

    An :class:`opsbook.grammar.grid.UnreadableFile` says why a workbook cannot be copied so.
    """
    with without_collection():
        package = patchable(data)
        left_out = [Text("its macros", "宏")] if mark.without_macros(package) else []
        book = Workbook(package)
        if links := mark.without_links(package, [s.part for s in book.sheets if s.part in package]):
            left_out.append(Text(f"{links} links to other workbooks (cells keep their last values)", f"{links} 个外部链接（单元格保留最后的值）"))
        unmark(package)
        if any(r.kind == "threadedComment" for s in book.sheets if s.part in package for r in package.relations(s.part)):
            left_out.append(Text("notes on cells that a conversation hangs on (they are coloured and listed)", "有对话批注的单元格未加批注（已着色并列出）"))
        there = recognised(marked(package.to_bytes(), Workbook(package), [FINDINGS.key]))
        marks, columns = _marks(findings, places, lang)
        pages = [_listed(package, name, findings, places, lang, today, there, left_out), marks]
        sheets = {key: sheet for key, sheet in Workbook(package).marked().items() if key in there or key == marking.MARKS}
        graft(package, Package(new_file.drawn(pages, Workbook(package).since_1904)), [FINDINGS.key, marking.MARKS], sheets, first=[FINDINGS.key])
        _mark(package, findings, places, lang, list(columns))
        return Copy(package.to_bytes(), tuple(left_out))


def unmark(package: Package) -> bool:
    """Take off what an earlier copy or a button marked: notes and colours; the list stays as a sheet. Whether there was anything."""
    before = dict.fromkeys(s.part for s in Workbook(package).sheets if s.part in package and s.name != marking.MARKS)
    found = False
    for part in before:
        data = package.read(part)
        mark.uncoloured(package, part, marking.MARKS.encode())
        places = mark.notes_of(package, part, marking.HEAD)
        mark.noted(package, part, dict.fromkeys(places, lambda said: marking.theirs(said) or None), marking.HEAD)
        found |= bool(places) or package.read(part) != data
    return found


def _listed(package: Package, name: str, findings: Findings, places: Places, lang: Lang, today: date, there: Mapping[str, Any],
            left_out: Sequence[Text]) -> Board:  # fmt: skip
    """The sheet of findings, with what was noted beside those of an earlier copy."""
    sheet = named([s.name for s in Workbook(package).sheets], there, lang)[FINDINGS.key]
    said = [Text(f"{name} · as of {today} · correct the cells and hand the workbook in again; colours and notes go by themselves.",
                 f"{name} · 统计日期 {today} · 请更正后重新报送，颜色和批注会自动清除。")[lang]]  # fmt: skip
    if left_out:
        said.append(Text(f"Not sent back: {'; '.join(t.en for t in left_out)}.", f"未随副本返回：{'；'.join(t.zh for t in left_out)}。")[lang])
    ids = {name: place.ids - 1 for name, place in places.sheets.items()}
    return listing.of_copy(findings, FINDINGS, sheet, lang, said, ids, today, notes(there.values()).get(listing.NOTED, {}))


def _marks(findings: Findings, places: Places, lang: Lang) -> tuple[Board, marking.Columns]:
    found = [(f, *places.key(f)) for f in first(findings) if f.sheet in places.sheets]
    columns: marking.Columns = {(f.sheet, f.severity.value): [] for f, _, _ in found}
    board = Board(marking.MARKS, marking.MARKS, lang, hidden=True)
    for row, cells in enumerate(marking.listed(found, lang, columns)):
        for column, said in enumerate(cells):
            if said:
                board.put(row, column, said, Look())
    return board, columns


def _mark(package: Package, findings: Findings, places: Places, lang: Lang, columns: Sequence[tuple[str, str]]) -> None:
    parts = {s.name: s.part for s in Workbook(package).sheets}
    colours: dict[str, list[mark.Colour]] = {}
    for at, (sheet, severity) in enumerate(columns, marking.LISTED + 1):
        place = places.sheets[sheet]
        last = max([place.last, *(f.column_no for f in findings if f.sheet == sheet)])
        area = f"{letters(place.first)}{place.header_row}:{letters(last)}{min(place.last_row + marking.ROOM, 1_048_576)}"
        colours.setdefault(sheet, []).append(mark.Colour(area, marking.condition(at, place.ids, place.header_row), *marking.COLOURS[severity]))
    for sheet, conditions in colours.items():
        mark.coloured(package, mark.part_of(package, parts, sheet), conditions)
    other: Lang = "en" if lang == "zh" else "zh"
    for sheet, cells in marking.by_cell(first(findings)).items():
        if sheet in places.sheets:
            say = {at: (lambda said, found=found: "\n".join([*filter(None, [marking.theirs(said)]), marking.note(found, lang, other)]))
                   for at, found in cells.items()}  # fmt: skip
            mark.noted(package, mark.part_of(package, parts, sheet), say, marking.HEAD)


