"""Live: what a button does to the workbook that is open: its entries judged and marked, its figures and summaries refreshed, and all that undone.

Everything that an action changes is noted down in a hidden sheet of the workbook before, so that :func:`undo` finds it there, also after
the workbook was saved and opened again.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any

from opsbook.actions import compute, governing, listing, load, marking
from opsbook.actions.blocks import Told
from opsbook.actions.chart import Scratch
from opsbook.actions.load import STATE, STORED
from opsbook.actions.marking import HEAD, MARKS
from opsbook.actions.standing import Standing, runs
from opsbook.grammar import Finding, Lang, Severity, Tab, Text
from opsbook.grammar.board import ASIDE, Board, Formula, Jump, Look, Put
from opsbook.grammar.finding import letters
from opsbook.grammar.grid import Grid
from opsbook.grammar.packed import Edited, packed, unpacked
from opsbook.hosts import new_file
from opsbook.hosts.excel import LiveBook, Place, SheetRefused, StructureRefused
from opsbook.hosts.graft import MARK, free
from opsbook.hosts.new_board import jump
from opsbook.jobs import documenting, explaining
from opsbook.jobs.judging import Result, is_own, judged
from opsbook.jobs.refreshing import chosen, named, notes, recognised, worked_out
from opsbook.sheets import catalog
from opsbook.summaries import ALL, FINDINGS, OVERVIEW

UNDO = "_opsbook_undo"
MOST_NOTES = 200  # a note costs a live workbook a call


@dataclass
class Record:
    """What an action changed, for :func:`undo`."""

    action: Text
    hidden: dict[str, list[list[Any]] | None] = field(default_factory=dict)  # hidden sheet → the rows it held; None: it was not there
    replaced: list[str] = field(default_factory=list)  # sheets put aside
    new: list[str] = field(default_factory=list)  # sheets that were not there
    notes: list[tuple[str, int, int, str | None]] = field(default_factory=list)  # what notes said before
    cells: list[tuple[str, int, int, list[list[Any]], list[list[Any]]]] = field(default_factory=list)  # blocks: before and after
    stood: dict[str, tuple[dict[int, str], dict[int, str]]] = field(default_factory=dict)  # sheet → the key of each row, the header of each column

    def stand(self, standing: Standing | None) -> None:
        """Note down by what the changed cells of a sheet are found again."""
        if standing is None:
            return
        sheet = standing.grid.name
        keys, headers = self.stood.setdefault(sheet, ({}, {}))
        changed = [(row, len(after), column, len(after[0])) for at, row, column, _, after in self.cells if at == sheet]
        for row, height, column, width in [*changed, *((row, 1, column, 1) for at, row, column, _ in self.notes if at == sheet)]:
            keys |= {r: standing.key(r) for r in range(row, row + height)}
            headers |= {c: standing.header(c) for c in range(column, column + width)}

    def kept(self) -> list[list[str]]:
        """As rows of a hidden sheet."""
        return packed({"action": [self.action.en, self.action.zh], "hidden": self.hidden, "replaced": self.replaced, "new": self.new, "notes": self.notes,
                       "cells": [(*at, _plain(before), _plain(after)) for *at, before, after in self.cells],
                       "stood": {sheet: [list(map(list, part.items())) for part in parts] for sheet, parts in self.stood.items()}})  # fmt: skip

    @classmethod
    def read(cls, rows: Sequence[Sequence[Any]]) -> "Record":
        """From the rows of the hidden sheet; :class:`Edited` if somebody changed them."""
        said = unpacked(rows)
        cells = [(sheet, row, column, _typed(before), _typed(after)) for sheet, row, column, before, after in said["cells"]]
        stood = {sheet: (dict(keys), dict(headers)) for sheet, (keys, headers) in said.get("stood", {}).items()}
        return cls(Text(*said["action"]), said["hidden"], said["replaced"], said["new"], [tuple(n) for n in said["notes"]], cells, stood)


def _plain(rows: list[list[Any]]) -> list[list[Any]]:
    return [[{"day": v.isoformat()} if isinstance(v, datetime) else v for v in row] for row in rows]


def _typed(rows: list[list[Any]]) -> list[list[Any]]:
    return [[datetime.fromisoformat(v["day"]) if isinstance(v, dict) else v for v in row] for row in rows]


# --------------------------------------------------------------------------------------------- validate


def validate(live: LiveBook, progress: Callable[[str], None] | None = None) -> Text:
    """Judge the entries: a note and a colour on every cell with a finding, the sheet of findings, the cursor on the first. What was found."""
    marked = _marked(live)
    grids = _read(live, lambda name: name not in marked.values() or name == marked.get(FINDINGS.key))
    result = judged(live.name, grids.values(), progress=progress)
    lang: Lang = result.policy("org.language")
    there = recognised({key: grids[name] for key, name in marked.items() if name in grids})
    record = Record(Text("Validate", "校验"), hidden={MARKS: _rows(grids.get(MARKS))})
    told = Told(lang, live.name, result.policy.now, named(live.sheets, there, lang), notes(there.values()))
    board = listing.findings(result.workings, result.findings, told, FINDINGS, Scratch())
    bare: list[str] = []
    apart = None
    try:
        with _recorded(live, record):
            _draw(live, [board], there, record)
            bare = _mark(live, result, grids, lang, record)
    except StructureRefused:
        apart = _opened_apart(live, f"{Path(live.name).stem}_{board.name}", new_file.drawn([_parted(board)[0]]))
    found = result.findings
    if first := next((f for severity in Severity for f in found.of(severity) if f.row), None):
        live.go((first.sheet, first.cell))
    more = len(found) - MOST_NOTES
    beside = Text(f"; notes stand on the first {MOST_NOTES}", f"；前 {MOST_NOTES} 项有批注") if more > 0 else Text("", "")
    if bare:
        beside = Text(f"{beside.en}; protected, so without notes and colours: {', '.join(bare)}",
                      f"{beside.zh}；工作表已保护，未加批注与颜色：{'、'.join(bare)}")  # fmt: skip
    if apart:
        beside = Text(f"; the structure of this workbook is protected, so they are listed in {apart.name}", f"；工作簿结构已保护，问题列于 {apart.name}")
    return Text(f"{len(found.errors)} errors, {len(found.warnings)} warnings, {len(found.notes)} notes{beside.en}",
                f"错误 {len(found.errors)}，警告 {len(found.warnings)}，提示 {len(found.notes)}{beside.zh}")  # fmt: skip


def _read(live: LiveBook, wanted: Callable[[str], bool]) -> dict[str, Grid]:
    return {grid.name: grid for grid in live.grids(wanted)}


def _rows(grid: Grid | None) -> list[list[Any]] | None:
    return None if grid is None else [list(row) for row in grid.rows]


def _marked(live: LiveBook) -> dict[str, str]:
    """The sheets that are marked as generated: key → name."""
    keys, sheets = {page.key for page in ALL}, set(live.sheets)
    found = {name.removeprefix(MARK): sheet for name, (sheet, _) in live.names() if name.startswith(MARK)}
    return {key: sheet for key, sheet in found.items() if key in keys and sheet in sheets}


def _mark(live: LiveBook, result: Result, grids: Mapping[str, Grid], lang: Lang, record: Record) -> list[str]:
    """Mark the cells with findings; the sheets that let none be marked.

    Colours by a list of marks in a hidden sheet, which follow a record wherever it is sorted to; notes on the cells.

    The hidden sheet lists the findings, and beside them in a column for each sheet and severity the keys of its cells: a condition on the
    sheet's cells looks there. A column stays where it is once a condition looks at it.
    """
    found = [f for severity in Severity for f in result.findings.of(severity) if f.row][:marking.MOST]
    former = record.hidden[MARKS] or [[]]
    columns: marking.Columns = {tuple(str(v).rsplit("|", 1)): [] for v in former[0][marking.LISTED:] if v != ""}  # type: ignore[misc]
    tabs = {tab.name: tab for tab in result.book.parts}
    bare: dict[str, None] = {}
    if MARKS not in live.sheets:  # conditions look there
        live.hidden(MARKS, [])
    for sheet, severity in dict.fromkeys((f.sheet, f.severity.value) for f in found):
        if (sheet, severity) not in columns and sheet not in bare:
            tab, place = tabs[sheet], marking.LISTED + len(columns) + 1
            last = max([tab.header_row, *map(int, tab.index[-1:])]) + marking.ROOM
            try:
                live.colour(Place(sheet, tab.header_row + 1, tab.first_column), last - tab.header_row, max(tab.position.values()) + 1,
                            f"={marking.condition(place, tab.column_no(tab.sheet.id), tab.header_row)}", *marking.COLOURS[severity])  # fmt: skip
            except SheetRefused:
                bare[sheet] = None
            else:
                columns[sheet, severity] = []
    stand = {tab.name: Standing(grids[tab.name], tab.header_row, tab.column_no(tab.sheet.id)) for tab in result.book.parts}
    live.hidden(MARKS, marking.listed([(f, stand[f.sheet].key(f.row), stand[f.sheet].header(f.column_no)) for f in found], lang, columns))
    bare |= dict.fromkeys(_note(live, found[:MOST_NOTES], lang, record))
    for sheet in {sheet for sheet, *_ in record.notes}:
        record.stand(stand.get(sheet))
    return list(bare)


def _note(live: LiveBook, found: Sequence[Finding], lang: Lang, record: Record) -> list[str]:
    """Notes on cells with findings; ours of before go, what others wrote stays above. The sheets that take none."""
    bare = []
    wanted = marking.by_cell(found)
    marked_before = {str(row[0]) for row in (record.hidden[MARKS] or [])[1:] if row[0]}
    for sheet in [name for name in live.sheets if name in wanted or name in marked_before]:
        before, now = live.notes(sheet), wanted.get(sheet, {})
        for at in {**dict.fromkeys(before), **now}:
            former = before.get(at)
            ours = [marking.note(now[at], lang)] if at in now else []
            said = "\n".join([*filter(None, [marking.theirs(former)]), *ours]) or None
            if said != former and (ours or HEAD in (former or "")):
                try:
                    live.put_note(Place(sheet, *at), said, former is not None)
                except SheetRefused:
                    bare.append(sheet)
                    break
                record.notes.append((sheet, *at, former))
    return bare


def clear(live: LiveBook) -> Text:
    """Take colours and notes off; the sheet of findings stays."""
    grids = _read(live, MARKS.__eq__)
    record = Record(Text("Clear marks", "清除标记"), hidden={MARKS: _rows(grids.get(MARKS))})
    former = record.hidden[MARKS]
    if not former or len(former) < 2:
        return Text("There are no marks.", "没有标记。")
    with _recorded(live, record):
        _note(live, [], "zh", record)
        for grid in _read(live, {sheet for sheet, *_ in record.notes}.__contains__).values():
            record.stand(Standing.of(grid, catalog()))
        live.hidden(MARKS, former[:1])
    return Text("The marks are cleared.", "标记已清除。")


def next_finding(live: LiveBook) -> Text:
    """Move the cursor to the next finding of the last validation, wherever its record is now."""
    listed = _listed(live)
    if not listed:
        return Text("There are no findings; press Validate first.", "没有问题记录，请先点击“校验”。")
    at, stand = _selected(live), _Stand(live)
    here = next((n for n, line in enumerate(listed) if line[0] == at.sheet and stand.place(line) == at), -1)
    for step in range(1, len(listed) + 1):
        n = (here + step) % len(listed)
        if place := stand.place(listed[n]):
            live.go((place.sheet, f"{letters(place.column)}{place.row}"))
            _, key, header, rule, _, message, way_out = listed[n]
            said = f"{n + 1}/{len(listed)} {rule} {key} {header}: {message} → {way_out}"
            return Text(said, said)
    return Text("None of the findings has a row any more; press Validate.", "所列问题的行均已不存在，请重新校验。")


def _listed(live: LiveBook) -> list[list[str]]:
    grid = _read(live, MARKS.__eq__).get(MARKS)
    return [[str(v) for v in row[:marking.LISTED]] for row in list(grid.rows)[1:] if row[0] != ""] if grid else []


class _Stand:
    """Where the cells of findings are now; each sheet is read once, when it is first asked about."""

    def __init__(self, live: LiveBook) -> None:
        self.live, self.known = live, dict[str, Standing | None]()

    def place(self, line: Sequence[str]) -> Place | None:
        """Of a line of the list: the row of its record, under its header."""
        sheet, key, header = line[:3]
        if sheet not in self.known:
            grid = _read(self.live, sheet.__eq__).get(sheet)
            self.known[sheet] = Standing.of(grid, catalog()) if grid else None
        at = stand.place(key, header) if (stand := self.known[sheet]) else None
        return Place(sheet, *at) if at else None


def _selected(live: LiveBook) -> Place:
    front, address = live.here()
    cell = live.book.sheets[front].range(address.split(":")[0]) if address else None
    return Place(front, int(cell.row), int(cell.column)) if cell is not None else Place(front, 0, 0)


def explain(live: LiveBook) -> Text:
    """Say in the note of the selected cell what the rules behind its findings ask: what they mean, the clause, the way out."""
    at = _selected(live)
    listed, stand = _listed(live), _Stand(live)
    rules = dict.fromkeys(line[3] for line in listed if line[0] == at.sheet and stand.place(line) == at)
    if not rules:
        return Text("There is no finding at this cell.", "此单元格没有问题。")
    lang, known = _language(live), catalog()
    if any(rule not in known.rules for rule in rules):  # the centre's own
        known = load.book(_read(live, is_own).values(), known, own=True).catalog
    said = [line.strip() for rule in rules if rule in known.rules for line in explaining.said(rule, lang, known)]
    former = live.note(at) or ""
    live.put_note(at, "\n".join([*filter(None, [marking.theirs(former)]), HEAD, *said]), bool(former))
    return Text(f"{', '.join(rules)} explained in the note.", f"{'、'.join(rules)} 的解释见批注。")


def _language(live: LiveBook) -> Lang:
    lang: Lang = governing.policy_of(_register(live, _policy_sheet(live)), catalog(), date.today())("org.language")
    return lang


def _policy_sheet(live: LiveBook) -> str:
    return next((name for name in live.sheets if (sheet := load.sheet_named(name, catalog())) and sheet.key == "policy"), "")


# ---------------------------------------------------------------------------------------------- refresh


def refresh(live: LiveBook, progress: Callable[[str], None] | None = None) -> Text:
    """Work the figures out into the computed columns, and rebuild the summary sheets. What was changed."""
    marked = _marked(live)
    grids = _read(live, lambda name: True)
    result = judged(live.name, [g for name, g in grids.items() if name not in marked.values()], progress=progress)
    there = recognised({key: grids[name] for key, name in marked.items() if name in grids})
    drawn = worked_out(result, live.name, there, live.sheets, chosen(live.names(), there), apart=False)
    record = Record(Text("Refresh", "刷新汇总"), hidden={name: _rows(grids.get(name)) for name in (STORED, STATE)})
    filled, formulas = 0, 0
    with _recorded(live, record):
        for columns in compute.by_tab(drawn.columns):
            done = _fill(live, columns, grids[columns[0].tab.name], record)
            filled, formulas = filled + done[0], formulas + done[1]
            record.stand(Standing.of(grids[columns[0].tab.name], result.workings.catalog))
        for tab in result.book.parts:
            if len(tab):
                _grow(live, tab, int(tab.index.max()))
        _draw(live, drawn.boards, there, record)
        for name, rows in drawn.kept.items():
            live.hidden(name, rows)
    live.calculate()
    alone = Text(f", {formulas:,} formulas of your own left alone", f"，保留您自己的公式 {formulas:,} 个") if formulas else Text("", "")
    failed = Text(f"; could not be worked out: {', '.join(drawn.failed)}", f"；未能计算：{'、'.join(drawn.failed)}") if drawn.failed else Text("", "")
    errors = len(result.findings.errors)
    return Text(f"{len(drawn.boards)} summary sheets rebuilt, {filled:,} cells filled{alone.en}; {errors} errors{failed.en}",
                f"已重建汇总表 {len(drawn.boards)} 张，填写 {filled:,} 个单元格{alone.zh}；错误 {errors}{failed.zh}")  # fmt: skip


def _fill(live: LiveBook, columns: Sequence[compute.Computed], grid: Grid, record: Record) -> tuple[int, int]:
    """Write the computed cells of a sheet, adjacent columns together; cells written, and formulas of the user's own left alone."""
    changes = {c.tab.column_no(c.column.name): compute.changed(c) for c in columns if compute.changed(c)}
    done = formulas = 0
    sheet = grid.name
    for _, run in groupby(enumerate(sorted(changes)), key=lambda pair: pair[1] - pair[0]):
        numbers = [column for _, column in run]
        rows = [row for column in numbers for row in changes[column]]
        top, bottom = min(rows), max(rows)
        typed = live.formulas(sheet, top, numbers[0], bottom - top + 1, len(numbers))
        now = [[grid.at(row - 1, column - 1) for column in numbers] for row in range(top, bottom + 1)]
        new = [[changes[column].get(row, now[row - top][n]) for n, column in enumerate(numbers)] for row in range(top, bottom + 1)]
        own = {(r, c) for r, line in enumerate(typed) for c, said in enumerate(line) if str(said).startswith("=")}
        formulas += sum(top + r in changes[numbers[c]] for r, c in own)
        for r, c, height, width in _clear_of(own, len(new), len(numbers)):
            block = [[_as_typed(v) for v in line[c : c + width]] for line in new[r : r + height]]
            live.write(sheet, top + r, numbers[c], block)
            before = [line[c : c + width] for line in now[r : r + height]]
            record.cells.append((sheet, top + r, numbers[c], before, [["" if v is None else v for v in line[c : c + width]] for line in new[r : r + height]]))
            done += sum(top + n in changes[numbers[c + k]] for n in range(r, r + height) for k in range(width))
    return done, formulas


def _clear_of(own: set[tuple[int, int]], rows: int, columns: int) -> Iterator[tuple[int, int, int, int]]:
    """A block without some of its cells, as blocks: row, column, height, width. Whole where there are none."""
    if not own:
        yield 0, 0, rows, columns
        return
    for c in range(columns):
        for _, run in groupby(((r - k, r) for k, r in enumerate(r for r in range(rows) if (r, c) not in own)), key=lambda pair: pair[0]):
            whole = [r for _, r in run]
            yield whole[0], c, len(whole), 1


def _as_typed(value: Any) -> Any:
    """A value as it must be handed over to become what it is: a text that looks like something else is marked as text."""
    if isinstance(value, str) and value and (value[0] in "=+-.0123456789@'" or value.casefold() in ("true", "false")):
        return f"'{value}"
    return value


# ------------------------------------------------------------------------------------------------ boards


def _draw(live: LiveBook, boards: Sequence[Board], there: Mapping[str, Grid], record: Record) -> None:
    """Bring boards into the workbook, and let their formulas be worked out there."""
    parts = [(board, *_parted(board)) for board in boards]
    names = [board.name for board in boards]
    live.bring(new_file.drawn([drawn for _, drawn, _ in parts]), names, [b.name for b in boards if b.key == OVERVIEW.key], record.replaced, record.new)
    defined = {name.casefold(): sheet for name, (sheet, _) in live.names()}
    ours = {*names, *(grid.name for grid in there.values())}
    taken = {name for name, sheet in defined.items() if sheet not in ours}
    for board, _, formulas in parts:
        live.write_formulas(board.name, formulas)
        if defined.get((MARK + board.key).casefold()) != board.name:
            live.define(MARK + board.key, board.name, "$A$1")
        for name, area in board.names.items():
            live.define(free(name, taken), board.name, f"${letters(area.column + 1)}${area.row + 1}")


def _parted(board: Board) -> tuple[Board, dict[tuple[int, int], str]]:
    """A board whose formulas are values, and its formulas: written where they are drawn, they would stand for cells of another workbook."""
    totals = {(g.row + 1 + g.lines, g.column + place): g for g in board.grids for place in g.totals}
    formulas: dict[tuple[int, int], str] = {}
    puts = []
    for put in board.puts:
        at = put.row + 1, put.column + 1
        match put.value:
            case Jump():
                formulas[at] = jump(put.value)
                put = replace(put, value=put.value.text)
            case Formula(formula=formula, result=result):
                if (put.row, put.column) in totals:
                    grid = totals[put.row, put.column]
                    column = letters(put.column + 1)
                    formula = f"=SUBTOTAL(109,{column}{grid.row + 2}:{column}{grid.row + 1 + grid.lines})"
                formulas[at] = formula
                put = replace(put, value=None if isinstance(result, str) and result.startswith("#") else result)
        puts.append(put)
    graphs, beyond = [], max([ASIDE, *(p.column for p in puts)])
    for graph in board.graphs:  # names written into a chart do not come along in every program: those in cells do
        series = []
        for each in graph.series:
            beyond += 1
            puts.append(Put(0, beyond, each.name, Look()))
            series.append(replace(each, named=board.area(0, beyond, 0, beyond)))
        graphs.append(replace(graph, series=tuple(series)))
    widths = dict(board.widths) | {put.column: 0 for put in puts if put.column >= ASIDE}
    return replace(board, puts=puts, graphs=graphs, widths=widths, names={}, hidden=False), formulas


# -------------------------------------------------------------------------------------------------- undo


def undo(live: LiveBook) -> Text:
    """Give cells, notes and sheets back as they were before the last action; what was changed since stays."""
    grid = _read(live, UNDO.__eq__).get(UNDO)
    rows = _rows(grid) or []
    if not any(row and row[0] != "" for row in rows):
        return Text("There is nothing to undo.", "没有可撤销的操作。")
    try:
        record = Record.read(rows)
    except Edited:
        return Text("What the last action changed was noted down in a hidden sheet that somebody edited: it cannot be undone.",
                    "上次操作的记录（隐藏工作表）已被修改，无法撤销。")  # fmt: skip
    kept, gone = _given_back(live, record)
    live.hidden(UNDO, [])
    live.calculate()
    since = Text(f"; {kept} cells changed since stay as they are", f"；此后改动过的 {kept} 个单元格保持不变") if kept else Text("", "")
    lost = Text(f"; {gone} cells stood in rows, columns or sheets that are gone", f"；{gone} 个单元格所在的行、列或工作表已不存在") if gone else Text("", "")
    return Text(f"{record.action.en} is undone{since.en}{lost.en}.", f"已撤销：{record.action.zh}{since.zh}{lost.zh}。")


@contextmanager
def _recorded(live: LiveBook, record: Record) -> Iterator[None]:
    """An action whose changes are written down as they happen: kept for :func:`undo` if all went well, else taken back at once.

    What was put aside for the action before goes: only the last one can be undone.
    """
    live.forget()
    try:
        yield
    except BaseException:
        with suppress(Exception):  # what the program does not let be changed back; the reason is told all the same
            _given_back(live, record)
            if UNDO in live.sheets:  # the sheets that the action before needs are gone
                live.hidden(UNDO, [])
        raise
    live.hidden(UNDO, record.kept())


def _given_back(live: LiveBook, record: Record) -> tuple[int, int]:
    """Everything as it was before an action, each cell by its record and its column; how many cells were changed since, and stay, and how many are gone."""
    kept = gone = 0
    stand = {grid.name: Standing.of(grid, catalog()) for grid in _read(live, record.stood.__contains__).values()}

    def now(sheet: str, rows: range, columns: range) -> tuple[list[int | None], list[int | None]]:
        if sheet not in live.sheets:
            return [None for _ in rows], [None for _ in columns]
        (keys, headers), there = record.stood.get(sheet, ({}, {})), stand.get(sheet)
        if there is None:
            return [*rows], [*columns]
        return [there.row(keys.get(r, f"#{r}")) for r in rows], [there.columns.get(headers[c]) if headers.get(c) else c for c in columns]

    for sheet, row, column, before, after in record.cells:
        rows, columns = now(sheet, range(row, row + len(before)), range(column, column + len(before[0])))
        gone += len(before) * len(before[0]) - sum(map(bool, rows)) * sum(map(bool, columns))
        for r, height, top in runs(rows):
            for c, width, left in runs(columns):
                part = [[line[c : c + width] for line in block[r : r + height]] for block in (before, after)]
                kept += _restored(live, sheet, top, left, *part)
    for sheet, row, column, former in record.notes:
        (at_row,), (at_column,) = now(sheet, range(row, row + 1), range(column, column + 1))
        if at_row and at_column:
            at = Place(sheet, at_row, at_column)
            live.put_note(at, former, live.note(at) is not None)
    live.bring_back(record.replaced, record.new)
    marks = _rows(_read(live, MARKS.__eq__).get(MARKS)) or []
    for name, held in record.hidden.items():
        live.hidden(name, held or (marks[:1] if name == MARKS else []))  # which conditions are there stays known
    return kept, gone


def _restored(live: LiveBook, sheet: str, row: int, column: int, before: list[list[Any]], after: list[list[Any]]) -> int:
    """Write a block as it was, but for cells that no longer hold what was written; how many these are."""
    height, width = len(before), len(before[0])
    cells = live.book.sheets[sheet].range((row, column), (row + height - 1, column + width - 1))
    now = cells.options(ndim=2, err_to_str=True, empty="").value
    typed = live.formulas(sheet, row, column, height, width)
    held = {(r, c) for r in range(height) for c in range(width) if not _same(now[r][c], after[r][c]) or str(typed[r][c]).startswith("=")}
    for r, c, tall, wide in _clear_of(held, height, width):
        live.write(sheet, row + r, column + c, [[_as_typed(v) for v in line[c : c + wide]] for line in before[r : r + tall]])
    return sum(not _same(before[r][c], after[r][c]) for r, c in held)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return bool(one == other)


# --------------------------------------------------------------------------------------- rows, documents


def new_rows(live: LiveBook) -> Text:
    """Add as many rows as are selected at the end of the register in front, each with the next id, and go to the first."""
    front, address = live.here()
    tab = _register(live, front)
    if tab is None:
        return Text(f"{front} is no register: go to one first.", f"“{front}”不是登记表，请先切换到登记表。")
    chosen_cells = live.book.sheets[front].range(address) if address else None
    wanted = min(int(chosen_cells.shape[0]) if chosen_cells is not None else 1, 100)
    last = int(tab.index.max()) if len(tab) else tab.header_row
    column = tab.column_no(tab.sheet.id)
    said = [str(v) for v in tab.cells.get(tab.sheet.id, []) if v != ""]
    ids = _following(said, tab.sheet, wanted)
    cells = live.book.sheets[front].range((last + 1, column), (last + wanted, column))
    record = Record(Text("New rows", "新增行"))
    with _recorded(live, record):
        live.changing(front, lambda: setattr(cells, "number_format", "@"))
        _added(live, record, tab, last + 1, column, [[i] for i in ids])
        record.stand(_standing(live, front))
    live.go((front, f"{letters(column + 1)}{last + 1}"))
    if wanted == 1:
        return Text(f"1 row added: {ids[0]}.", f"已新增 1 行：{ids[0]}。")
    return Text(f"{wanted} rows added, {ids[0]} to {ids[-1]}.", f"已新增 {wanted} 行：{ids[0]} 至 {ids[-1]}。")


def _added(live: LiveBook, record: Record, tab: Tab, row: int, column: int, block: list[list[Any]]) -> None:
    """Write a block below the last row of a register; its table grows to hold it."""
    live.write(tab.name, row, column, block)
    record.cells.append((tab.name, row, column, [[""] * len(block[0])] * len(block), block))
    _grow(live, tab, row + len(block) - 1)


def _grow(live: LiveBook, tab: Tab, last: int) -> None:
    """Let the table of a register reach down to a row; one with a totals row stays as it is."""
    sheet = live.book.sheets[tab.name]
    table = next((t for t in sheet.tables if t.range.row == tab.header_row), None)
    if table is not None and table.range.last_cell.row < last and not table.show_totals:
        top, left, width = table.range.row, table.range.column, table.range.shape[1]
        live.changing(tab.name, lambda: table.resize(sheet.range((top, left), (last, left + width - 1))))


def change_from(live: LiveBook) -> Text:
    """Add a dated row for the policy value in the selected row: its value is changed from a day on, and what was valid before stays."""
    at = _selected(live)
    tab = _register(live, at.sheet)
    if tab is None or tab.sheet.key != "policy" or at.row not in tab.index:
        name = catalog().sheets["policy"].tab
        return Text(f"Select a row of {name.en} first: it is the value that is to change.", f"请先在“{name.zh}”中选中要变更的一行。")
    key, row = str(tab.cell(tab.sheet.id, at.row)), int(tab.index.max()) + 1
    today = datetime.combine(date.today(), time())
    given = {name: tab.cell(name, at.row) for name in ("policy_key", "value", "unit", "applies_to", "what_it_does")} | {"effective_from": today, "changed_on": today}
    places = sorted(tab.position.values())
    names = {place: name for name, place in tab.position.items()}
    block = [[given.get(names.get(place, ""), "") for place in range(places[0], places[-1] + 1)]]
    record = Record(Text("Change from a day on", "自某日起变更"))
    with _recorded(live, record):
        _added(live, record, tab, row, tab.first_column + places[0], block)
        record.stand(_standing(live, at.sheet))
    live.go((at.sheet, f"{letters(tab.column_no('value'))}{row}"))
    return Text(f"{key}: a row from {today:%Y-%m-%d} on was added. Enter the new value, its day and who decided; the former value stays for the days before.",
                f"{key}：已新增自 {today:%Y-%m-%d} 起的一行，请填写新值、生效日期及变更人；此前日期仍按原值。")  # fmt: skip


def _following(ids: Sequence[str], sheet: Any, count: int) -> list[str]:
    """The ids after the highest one, written as it is: ``EXP-2026-00007``, ``EXP-2026-00008``."""
    def split(said: str) -> tuple[str, str]:
        head = said.rstrip("0123456789")
        return head, said[len(head) :]

    numbered = [(int(tail), head, len(tail)) for head, tail in map(split, ids) if tail]
    if numbered:
        latest = max(head for _, head, _ in numbered)
        number, head, width = max(n for n in numbered if n[1] == latest)
    else:
        example = str(sheet.columns[sheet.id].example or "1")
        head, tail = split(example)
        number, width = 0, len(tail) or 1
    return [f"{head}{number + n:0{width}d}" for n in range(1, count + 1)]


def _standing(live: LiveBook, name: str) -> Standing | None:
    grid = _read(live, name.__eq__).get(name)
    return Standing.of(grid, catalog()) if grid else None


def _register(live: LiveBook, name: str) -> Tab | None:
    grid = _read(live, name.__eq__).get(name)
    tabs = load.book([grid], catalog()).book.tabs if grid else {}
    return next(iter(tabs.values()), None)


def document(live: LiveBook, kind: str) -> Text:
    """Fill a form about the record in the selected row, beside the workbook, and open it."""
    form = catalog().forms[kind]
    at = _selected(live)
    tab = _register(live, at.sheet)
    if tab is None or tab.sheet.key != form.of or at.row not in tab.index:
        of = catalog().sheets[form.of].tab
        return Text(f"Select a row of {of.en} first: the {form.title.en} is about {form.asks.en}.", f"请先在“{of.zh}”中选中一行：{form.title.zh}须指明{form.asks.zh}。")
    record = str(tab.cell(form.by or tab.sheet.id, at.row))
    marked = _marked(live)
    result = judged(live.name, _read(live, lambda name: name not in marked.values()).values(), complete=True, select=lambda rule: form.judged)
    made = documenting.documented(form, result, Path(live.name), record)
    target = _opened_apart(live, Path(made.name).stem, made.data)
    return Text(f"{form.title.en} of {record}: {target}", f"{record} 的{form.title.zh}：{target}")


def _opened_apart(live: LiveBook, stem: str, package: bytes) -> Path:
    """A workbook of its own beside this one, under a name that is free, opened when all is done; where it was written."""
    where = live.path.parent if live.path else Path.home()
    target = next(p for n in range(1, 1000) if not (p := where / f"{stem}{f'_{n}' if n > 1 else ''}.xlsx").exists())
    target.write_bytes(package)
    live.later(lambda: live.book.app.books.open(str(target)))
    return target


def rule_book(live: LiveBook) -> Path:
    """The rule book as a page for the browser, in the language of the workbook; where it was written."""
    lang = _language(live)
    path = Path(tempfile.gettempdir()) / f"opsbook-guide-{lang}.html"
    path.write_text(explaining.guide("html", lang), encoding="utf-8")
    return path


def policy(live: LiveBook) -> Text:
    """Go to the policy sheet."""
    sheet = _policy_sheet(live)
    if not sheet:
        return Text("This workbook has no policy sheet: the shipped values govern.", "本工作簿没有制度参数表，按出厂值执行。")
    live.go((sheet, None))
    return Text("The values here govern; change them, then Validate or Refresh.", "此处的参数即时生效：修改后请重新校验或刷新。")
