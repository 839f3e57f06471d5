"""Consolidating: the accepted rows of many workbooks in one, with the centre's rules and the summaries over all of them.

The rows are held once, as codes and numbers; the registers are written row by row as they are read from these.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from opsbook.actions import check, compute, governing, load, persons, template
from opsbook.actions.blocks import Told
from opsbook.actions.boards import boards
from opsbook.actions.reader import masked
from opsbook.grammar import Book, Findings, Lang, Text
from opsbook.grammar.book import NEXT_TAB
from opsbook.grammar.cells import Distinct
from opsbook.grammar.finding import Severity
from opsbook.grammar.kinds import ChoicesKind
from opsbook.grammar.page import HEADER_ROW, Page, PageColumn
from opsbook.grammar.portable import Merged, plain
from opsbook.grammar.workings import Workings
from opsbook.hosts import file, new_file
from opsbook.hosts.graft import graft
from opsbook.hosts.guards import Limits
from opsbook.hosts.package import Package
from opsbook.jobs.judging import Reference, without_collection
from opsbook.sheets import catalog
from opsbook.summaries import OVERVIEW

MOST = 1_048_576 - HEADER_ROW - 2  # rows of a sheet
_ORIGIN, _ROW = Text("Origin", "来源"), Text("Row of Origin", "来源行号")
_AT_ONCE = 5_000  # rows that are written out together


def rows_of(path: Path, limits: Limits, faulty: Mapping[str, Sequence[int]], governing_book: Reference | None = None,
            reference: Reference | None = None) -> Iterator[tuple[str, dict[str, Any]]]:  # fmt: skip
    """The registers of a workbook but what governs, tab by tab as plain cells; the Excel rows of a tab that are ``faulty`` left out, numbers of
    people and cards masked."""
    with without_collection():
        book = load.book(file.grids(file.read(path, limits), limits=limits), governing_book.catalog if governing_book else catalog(), file=str(path)).book
        book.reference = dict(reference.tabs) if reference else {}
        persons.named(book)
        for key, tab in book.tabs.items():
            private = {c.name: c.kind for c in tab.sheet.columns.values() if c.kind.private}
            shown = {name: (lambda said, kind=kind: masked(kind, said) if said else said) for name, kind in private.items()}
            for part, span in tab.spans() if not tab.sheet.governs else ():
                rows = np.arange(len(tab))[span]
                keep = rows[~(tab.index[span] % NEXT_TAB).isin(list(faulty.get(part.name, ())))]
                if len(rows):
                    yield key, plain(tab, keep, shown) | ({"tab": part.name} if part is not tab.parts[0] else {})


@dataclass(frozen=True)
class Consolidated:
    """What consolidating came to."""

    package: bytes = field(repr=False)
    findings: Findings
    rows: dict[str, int]
    failed: tuple[str, ...] = ()


def consolidated(parts: Iterable[tuple[str, str, Mapping[str, Any]]], name: str, *, as_of: date | None = None, policy: Reference | None = None,
                 reference: Reference | None = None, lang: Lang = "zh") -> Consolidated:  # fmt: skip
    """One workbook of all ``parts`` (the source, the sheet and its cells as :func:`rows_of` said them, in the order in which they are to stand).

    A ValueError says in both languages where a sheet would have more rows than Excel has.
    """
    with without_collection():
        governed = policy or reference
        in_use = governed.catalog if governed else catalog()
        whole = {key: Merged(sheet, n) for n, (key, sheet) in enumerate(in_use.sheets.items()) if not sheet.governs}
        for source, key, cells in parts:
            whole[key].add(f"{source} · {cells['tab']}" if "tab" in cells else source, cells)
            if whole[key].rows > MOST:
                title = whole[key].sheet.tab
                raise ValueError(Text(f"{title.en} would have more than {MOST:,} rows, which no sheet holds: consolidate fewer workbooks at once",
                                      f"“{title.zh}”将超过 {MOST:,} 行，工作表无法容纳：请分批合并"))  # fmt: skip
        merged = {key: each for key, each in whole.items() if each.rows}
        if not merged:
            raise ValueError(Text("no workbook has a row to consolidate", "没有可合并的行"))
        tabs = {key: replace(each.tab(HEADER_ROW + 1), name=each.sheet.tab[lang]) for key, each in merged.items()}
        in_force = governed.policy() if governed else governing.policy_of(None, in_use, date.today())
        in_force.today = as_of or governing.status_date(in_force, in_force.now.date())
        others = {key: tab for key, tab in reference.tabs.items() if key not in tabs} if reference else {}  # what was handed in is the centre's now
        book = Book(tabs, others, in_use.lists, name, governed=True)
        workings = Workings(book, in_use, in_force, in_force.today)
        rules = in_use.rules
        found = check.findings(workings, complete=True, select=lambda rule: rules[rule].scope != "row")
        drawn, failed, _ = boards(workings, found, Told(lang, name, in_force.now))
        package = Package(new_file.streamed([_page(workings, found, each, lang) for each in merged.values()]))
        graft(package, Package(new_file.drawn(drawn)), [b.name if b.hidden else b.key for b in drawn], {}, first=[OVERVIEW.key])
        return Consolidated(package.to_bytes(), found, {key: each.rows for key, each in merged.items()}, tuple(failed))


def _page(workings: Workings, found: Findings, merged: Merged, lang: Lang) -> Page:
    """A register as a page: the template's own columns, then where each row comes from."""
    page = template.register(workings.catalog, merged.sheet, lang)
    origin = (PageColumn(_ORIGIN[lang], _ORIGIN.other(lang), width=30, style="muted"), PageColumn(_ROW[lang], _ROW.other(lang), "0", 10, "right", "muted"))
    columns = tuple(replace(c, hint=None, validation=None, highlights=(), outline=0) for c in page.columns)
    return replace(page, columns=(*columns, *origin), rows=_Lines(workings, found, merged, lang), legend=(), endless=False, names={})


class _Lines(Sequence[Any]):
    """The rows of a register, made some thousand at a time as they are written."""

    def __init__(self, workings: Workings, found: Findings, merged: Merged, lang: Lang) -> None:
        self.workings, self.found, self.merged, self.lang = workings, found, merged, lang

    def __len__(self) -> int:
        return self.merged.rows

    def __getitem__(self, place: Any) -> Any:
        raise NotImplementedError  # they are read once, from the first to the last

    def __iter__(self) -> Iterator[Any]:
        sheet, lang = self.merged.sheet, self.lang
        tab = self.workings.book.tabs[sheet.key]
        worked = {c.column.name: c.values for c in compute.computed(self.workings, self.found, lang, sheet.key)}
        shown = {name: self._shown(name, cells) for name, cells in tab.cells.items()}
        sources = [source for source, rows in self.merged.origins for _ in range(len(rows))]
        origins = np.concatenate([rows for _, rows in self.merged.origins])
        for at in range(0, len(self), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            columns: list[Sequence[Any]] = []
            blank = [None] * len(sources[part])
            for name in sheet.columns:
                columns.append(shown[name](part) if name in shown else worked[name][part] if name in worked else blank)
            yield from zip(*columns, sources[part], origins[part].tolist(), strict=True)

    def _shown(self, name: str, cells: Any) -> Any:
        """What gives the cells of a column as they are written: labels for codes, None for a blank."""
        kind, lang = self.merged.sheet.columns[name].kind, self.lang
        if not isinstance(cells, Distinct):
            return lambda part: [None if v != v else v for v in cells.array[part].tolist()]
        codes = kind.spellings(self.workings.book.lists) if isinstance(kind, ChoicesKind) else {}

        def written(value: Any) -> Any:
            if value == "":
                return None
            if isinstance(kind, ChoicesKind):
                said = ";".join(codes.get(v, v) for v in value.split(";")) if kind.several else codes.get(value, value)
                return kind.write(said, lang, kind.labels(self.workings.book.lists))
            return value

        each = [written(u) for u in cells.uniques]
        return lambda part: [each[n] for n in cells.array[part].tolist()]


def errors_by_sheet(findings: Findings) -> dict[str, list[int]]:
    """The Excel rows that have errors which are not waived, by sheet."""
    found: dict[str, set[int]] = {}
    for f in findings.of(Severity.ERROR):
        found.setdefault(f.sheet, set()).add(f.row)
    return {key: sorted(rows) for key, rows in found.items()}
