"""Load: raw grids become a Book. Headers are found wherever they stand; pydantic judges every cell; dirt is read."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from opsbook.grammar import Book, Catalog, Column, Severity, Sheet, Tab, Text
from opsbook.grammar.dirt import Unreadable, is_blank, read
from opsbook.grammar.grid import Grid
from opsbook.grammar.judge import Judge
from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Lists, NumberKind, PatternKind

HEADER_WITHIN = 20  # rows of the used range in which a header is looked for


@dataclass(frozen=True)
class Fault:
    """Something told while reading: the rule, the place, and what its sentence names."""

    rule: str
    key: str
    row: int
    column_no: int
    column: str = ""
    value: str = ""
    values: Mapping[str, Text | str] = field(default_factory=dict)
    severity: Severity | None = None


@dataclass(frozen=True)
class Loaded:
    """A book, what was told while reading it, and the names of the sheets whose header could not be found."""

    book: Book
    faults: list[Fault]
    headless: tuple[str, ...] = ()
    doubled: tuple[tuple[str, str], ...] = ()  # pairs of tabs that both hold rows of one register


def book(grids: Iterable[Grid], catalog: Catalog, lists: Lists | None = None, file: str = "") -> Loaded:
    """Read every register among the grids. Sheets that are no register of the catalog are left alone."""
    tabs: dict[str, Tab] = {}
    faults: list[Fault] = []
    headless: list[tuple[str, str]] = []
    doubled: list[tuple[str, str]] = []
    lists = dict(catalog.lists) | dict(lists or {})
    grids = list(grids)
    stored = _stored(grids)
    for grid in grids:
        sheet = sheet_named(grid.name, catalog)
        if sheet is None:
            continue
        header = find_header(grid.rows, sheet)
        if header is None:
            headless.append((sheet.key, grid.name))
            continue
        tab, told = _tab(grid, sheet, header, lists)
        if len(tabs.get(sheet.key, ())) and len(tab):
            doubled.append((tabs[sheet.key].name, grid.name))
        elif sheet.key not in tabs or len(tab):  # of two tabs of one register the one with rows is meant
            faults = [f for f in faults if f.key != sheet.key] + told + _typed_over(tab, stored)
            tabs[sheet.key] = tab
    return Loaded(Book(tabs, lists=lists, file=file), faults, tuple(name for key, name in headless if key not in tabs), tuple(doubled))


#: The very hidden sheet in which the last refresh notes what it wrote: sheet, record, column, value.
STORED = "_opsbook"


def _stored(grids: Iterable[Grid]) -> dict[tuple[str, str, str], str]:
    """What the last refresh wrote into computed columns."""
    rows = (row for grid in grids if grid.name == STORED for row in grid.rows)
    return {(str(r[0]), str(r[1]), str(r[2])): show_raw(r[3]) for r in rows if len(r) >= 4}


def _typed_over(tab: Tab, stored: Mapping[tuple[str, str, str], str]) -> list[Fault]:
    """Computed cells that no longer hold what the last refresh stored; silence about records it did not know."""
    told: list[Fault] = []
    ids = tab.cells.get(tab.sheet.id)
    if ids is None or not stored:
        return told
    for name in (n for n, c in tab.sheet.columns.items() if c.computed and n in tab.cells):
        for row, record, cell in zip(tab.index, ids, tab.cells[name], strict=True):
            was = stored.get((tab.sheet.key, show_raw(record), name))
            if was is not None and was != (now := show_raw(cell)):
                values: dict[str, Text | str] = {"header": tab.sheet.columns[name].header, "value": now or "–", "stored": was or "–"}
                told.append(Fault("GEN-019", tab.sheet.key, int(row), tab.column_no(name), name, now, values))
    return told


def plain(name: Any) -> str:
    """A name as people mean it: width, case, blanks and a trailing asterisk do not count.

    >>> plain(" Claim　No＊") == plain("claim no")
    True
    """
    said = unicodedata.normalize("NFKC", str(name)).casefold()
    return re.sub(r"[\s\u200b-\u200d\u2060\ufeff]+|\(?\*\)?$", "", said)


def sheet_named(name: str, catalog: Catalog) -> type[Sheet] | None:
    """The sheet that a tab's name means: key, English or Chinese name."""
    said = re.sub(r"\([0-9]+\)$", "", plain(name))  # Excel's own name for a copy
    for sheet in catalog.sheets.values():
        if said in {plain(n) for n in (sheet.key, sheet.tab.en, sheet.tab.zh, *sheet.names)}:
            return sheet
    return None


@dataclass(frozen=True)
class Header:
    """A header row (0-based in the grid) and what each of its cells names: a column, or nothing we know."""

    row: int
    columns: tuple[str | None, ...]


def find_header(rows: Sequence[Sequence[Any]], sheet: type[Sheet]) -> Header | None:
    """The row among the first that names most columns; of equals the lower one (captions stand above headers)."""
    names = {plain(n): c.name for c in sheet.columns.values() for n in reversed(c.names)}
    names |= {plain(c.name): c.name for c in sheet.columns.values()}
    best, most = None, 1  # a header names at least two columns
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        found = tuple(names.get(plain(cell)) if isinstance(cell, str) and cell else None for cell in row)
        named = len({name for name in found if name})
        if named > 1 and named >= most:
            best, most = Header(number, found), named
    return best


def _tab(grid: Grid, sheet: type[Sheet], header: Header, lists: Lists) -> tuple[Tab, list[Fault]]:
    first_row, first_column = grid.start
    header_row = first_row + header.row + 1
    faults: list[Fault] = []

    def at_header(rule: str, place: int, said: Text | str, severity: Severity | None = None) -> None:
        faults.append(Fault(rule, sheet.key, header_row, first_column + place + 1, values={"column": said}, severity=severity))

    position: dict[str, int] = {}
    for place, name in enumerate(header.columns):
        typed = grid.rows[header.row][place]
        if name is None and not is_blank(typed):
            at_header("GEN-020", place, str(typed))
        elif name in position:
            at_header("GEN-021", place, str(typed))
        elif name:
            position[name] = place
    for column in sheet.columns.values():
        if column.name not in position and column.demand != "C":
            mild = Severity.NOTE if column.demand == "O" else None
            if column.name != "remarks":
                at_header("GEN-012", 0, column.header, mild)
    rows, numbers = _filled_rows(grid, header.row + 1)
    where = _Where(sheet, first_column + 1, position, numbers)
    faults += _judged(where, rows, grid, lists)
    cells = _columns(rows, position)
    return Tab(sheet, grid.name, grid.place, header_row, first_column + 1, position, cells, pd.Index(numbers)), faults


@dataclass(frozen=True)
class _Where:
    """What the rows at hand are: their sheet, where their columns stand, their Excel numbers."""

    sheet: type[Sheet]
    first_column: int
    position: Mapping[str, int]
    numbers: list[int]


def _columns(rows: list[list[Any]], position: Mapping[str, int]) -> dict[str, list[Any]]:
    """The rows as columns, a few thousand rows at a time while they are in the processor's cache."""
    columns: dict[str, list[Any]] = {name: [] for name in position}
    for first in range(0, len(rows), 2000):
        part = tuple(zip(*rows[first : first + 2000], strict=True))
        for name, place in position.items():
            columns[name].extend(part[place])
    rows.clear()
    return columns


def _filled_rows(grid: Grid, first: int) -> tuple[list[list[Any]], list[int]]:
    """The rows with any entry, and their Excel numbers."""
    offset = grid.start[0] + first + 1
    rows, numbers = [], []
    for number, row in enumerate(grid.rows[first:], offset):
        if not all(map(is_blank, row)):  # 0 and False are entries too
            rows.append(row)
            numbers.append(number)
    return rows, numbers


def _judged(at: _Where, rows: list[list[Any]], grid: Grid, lists: Lists) -> list[Fault]:
    """Judge all cells; read those that failed once more; write what they mean, or a blank, into the rows."""
    width = len(grid.rows[0]) if grid.rows else 0
    columns: list[Column | None] = [None] * width
    for name, place in at.position.items():
        columns[place] = at.sheet.columns[name]
    told = _errors(at, rows, grid, columns)
    done = {(f.row, f.column_no) for f in told}
    judge = Judge(columns, lists)
    verdicts: dict[tuple[int, Any, type], _Verdict] = {}
    for r, c in judge.faults(rows):
        column, value = columns[c], rows[r][c]
        assert column is not None
        row, column_no = at.numbers[r], at.first_column + c
        key = (c, value, type(value))
        if key not in verdicts:
            verdicts[key] = _verdict(column, c, value, judge, lists, grid.since_1904)
        verdict = verdicts[key]
        rows[r][c] = verdict.value
        if verdict.rule and (row, column_no) not in done:
            told.append(Fault(verdict.rule, at.sheet.key, row, column_no, column.name, verdict.shown, verdict.values))
    return told


def _errors(at: _Where, rows: list[list[Any]], grid: Grid, columns: Sequence[Column | None]) -> list[Fault]:
    """Error cells and formulas without a result in our columns: told, and blank from now on."""
    if not grid.errors and not grid.unsaved:
        return []
    place_of = {number: place for place, number in enumerate(at.numbers)}
    told = []
    for rule, cells in (("GEN-017", grid.errors), ("GEN-018", dict.fromkeys(grid.unsaved, ""))):
        for (r, c), value in cells.items():
            place, column_no = place_of.get(r + 1), c + 1
            across = column_no - at.first_column
            column = columns[across] if 0 <= across < len(columns) else None
            if place is not None and column is not None:
                rows[place][across] = ""
                values: dict[str, Text | str] = {"header": column.header, "value": value}
                told.append(Fault(rule, at.sheet.key, r + 1, column_no, column.name, value, values))
    return told


@dataclass(frozen=True)
class _Verdict:
    """What a refused cell comes to: the value to go on with, and the rule to tell of, if any."""

    value: Any
    rule: str = ""
    shown: str = ""
    values: Mapping[str, Text | str] = field(default_factory=dict)


def _verdict(column: Column, place: int, value: Any, judge: Judge, lists: Lists, since_1904: bool) -> _Verdict:
    if is_blank(value):
        return _Verdict("", "GEN-001" if column.required else "", "", {"header": column.header})
    shown = masked(column.kind, show_raw(value))
    said: dict[str, Text | str] = {"header": column.header, "value": shown}
    clean, note = value, False
    if not judge.is_of_kind(place, value):
        try:
            found = read(column.kind, value, lists, since_1904=since_1904)
            clean, note = found.value, found.note
            if not judge.is_of_kind(place, clean):
                raise Unreadable("GEN-002")
        except Unreadable as fault:
            return _unreadable(column, fault.rule, value, shown, said, lists)
    if not judge.keeps_bounds(place, clean):
        promise = [b.sentence() for b in column.bounds]
        both = Text(" and ".join(p.en for p in promise), "且".join(p.zh for p in promise))
        return _Verdict(clean, "GEN-013", shown, said | {"promise": both})
    if note:
        return _Verdict(clean, "GEN-015", shown, said | {"read": masked(column.kind, show_raw(clean))})
    return _Verdict(clean)


def _unreadable(column: Column, rule: str, value: Any, shown: str, said: dict[str, Text | str], lists: Lists) -> _Verdict:
    kind = column.kind
    form = getattr(kind, "form", "")
    if rule == "GEN-002" and form and column.unique:
        return _Verdict(str(value).strip(), "GEN-004", shown, {"id": shown})
    type_said = Text(f"{kind.title.en} ({form})", f"{kind.title.zh}（{form}）") if form else kind.title
    return _Verdict("", rule, shown, said | {"type": type_said, "hint": _hint(kind, value, lists)})


def _hint(kind: Kind, value: Any, lists: Lists) -> Text:
    if isinstance(kind, ChoicesKind):
        from difflib import get_close_matches

        labels = kind.labels(lists)
        near = get_close_matches(str(value), [s for t in labels.values() for s in (t.en, t.zh)], n=1, cutoff=0.5)
        if near:
            return Text(f"Did you mean {near[0]}?", f"是否为“{near[0]}”？")
        few = list(labels.values())[:12]
        return Text("Choose: " + ", ".join(t.en for t in few), "请选择：" + "、".join(t.zh for t in few))
    if isinstance(kind, DayKind):
        return Text("Write it as 2026-09-30.", "请按 2026-09-30 的格式填写。")
    if kind.name == "pct":
        if isinstance(value, float) and 1 < value <= 100:
            return Text(f"Did you mean {value:g}%? Enter 0% to 100%.", f"是否为 {value:g}%？请填0%至100%。")
        return Text("Enter 0% to 100%.", "请填0%至100%。")
    if isinstance(kind, NumberKind):
        more = Text(", at most two decimals", "，最多两位小数") if kind.name == "money" else Text("", "")
        return Text(f"Enter a plain number{more.en}.", f"请填数字{more.zh}。")
    if isinstance(kind, PatternKind) and kind.form:
        return Text(f"Write it as {kind.form}.", f"请按 {kind.form} 的格式填写。")
    return Text("Retype the cell.", "请重新填写。")


def show_raw(value: Any) -> str:
    """A raw cell as text: dates in ISO form, whole numbers without a point."""
    if isinstance(value, float):
        return f"{value:.15g}" if abs(value) < 1e15 else f"{value:.0f}"
    text = value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def masked(kind: Kind, said: str) -> str:
    """Identity and card numbers keep their ends only."""
    if not kind.private or len(said) < 7:
        return said
    return said[:3] + "*" * (len(said) - 5) + said[-2:]
