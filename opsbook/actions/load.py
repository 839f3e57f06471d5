"""Load: raw grids become a Book. Headers are found wherever they stand; pydantic judges every cell; dirt is read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd

from opsbook.actions.extending import OWN, extended
from opsbook.actions.marking import MARKS
from opsbook.actions.no_records import is_number
from opsbook.actions.reader import Fault, Reader, show_raw
from opsbook.grammar import Book, Catalog, Severity, Sheet, Tab, Text
from opsbook.grammar.book import NEXT_TAB
from opsbook.grammar.dirt import is_blank
from opsbook.grammar.grid import Grid
from opsbook.grammar.kinds import Lists
from opsbook.grammar.names import meant, plain, spellings
from opsbook.grammar.packed import Edited, unpacked
from opsbook.summaries import ALL, INDEX, TABLES

HEADER_WITHIN = 20  # rows of the used range in which a header is looked for


@dataclass(frozen=True)
class LeftOut:
    """A tab that was not read, and why: an error where it holds what should have been read (DECISIONS 10.1), else a note."""

    sheet: str
    place: int
    rows: int | None  # with an entry; None where they were not counted
    severity: Severity
    reason: Text


@dataclass(frozen=True)
class Loaded:
    """A book, what was told while reading it, and the tabs that were not read."""

    book: Book
    faults: list[Fault]
    catalog: Catalog  # the one that it was read with: what the workbook adds to it is in it
    left_out: tuple[LeftOut, ...] = ()
    state: list[list[Any]] | None = None  # the raw rows of the sheet that keeps the last accepted state
    refreshed: bool = False  # whether the workbook keeps what a refresh wrote
    edited: bool = False  # whether somebody changed that
    marked: bool = False  # whether it bears the marks of an earlier copy, or of a button


def says_what_is_own(name: str, catalog: Catalog) -> bool:
    """Whether a tab says what a centre adds itself: it is to be read before the registers."""
    sheet = sheet_named(name, catalog)
    return sheet is not None and sheet.key in OWN


def book(grids: Iterable[Grid], catalog: Catalog, lists: Lists | None = None, file: str = "", *, own: bool = False) -> Loaded:
    """Read every register among the grids. Sheets that are no register of the catalog are left alone.

    Where what a workbook says of its ``own`` lists, columns and rules counts, the sheets that say it must come first.
    """
    read: dict[str, list[_Read]] = {}
    left_out: list[LeftOut] = []
    stored: Stored | None = None
    added: tuple[Fault, ...] = ()
    edited = False
    state: list[list[Any]] | None = None
    marked = False
    for grid in grids:
        if own and not says_what_is_own(grid.name, catalog):
            own, (said, faults) = False, _whole(read)
            catalog, added = extended(said, catalog, faults)
        marked |= grid.name == MARKS
        if grid.name == STORED:
            try:
                stored = unpacked(grid.rows)
            except Edited:
                stored, edited = {}, True
        if grid.name == STATE:
            state = list(grid.rows)
        if grid.name in (MARKS, STORED, STATE):
            continue
        rows = iter(grid.rows)
        top = list(islice(rows, HEADER_WITHIN + 1))
        sheet = sheet_named(grid.name, catalog) or recognised(top, catalog)
        header = find_header(top, sheet) if sheet else None
        if sheet is None or header is None or not _is_register(header, sheet, grid.name, catalog):
            left_out += _left_out(grid, sheet, header, top, rows, catalog)
            continue
        if before := sum(_is_record(row, sheet) for row in top[: header.row]):
            left_out.append(LeftOut(grid.name, grid.place, before, Severity.ERROR, Text(
                f"{before} records stand above its header row, row {grid.start[0] + header.row + 1}: put the header above them",
                f"有 {before} 条记录位于表头（第 {grid.start[0] + header.row + 1} 行）之上：请将表头移到记录上方")))  # fmt: skip
        found = _Read(*_tab(grid, sheet, header, top, chain(top[header.row + 1 :], rows), dict(catalog.lists) | dict(lists or {})),
                      sheet_named(grid.name, catalog) is not None)  # fmt: skip
        there = read.setdefault(sheet.key, [])
        if there and sheet.governs and len(there[0].tab) and len(found.tab):
            left_out.append(LeftOut(grid.name, grid.place, len(found.tab), Severity.ERROR, Text(
                f"it says what {there[0].tab.name} says already, and only one can govern: put their rows together on one sheet",
                f"该表与“{there[0].tab.name}”重复，仅能以一张为准：请合并到一张工作表")))  # fmt: skip
        else:
            there.append(found)
    tabs, faults = _whole(read)
    if own:
        catalog, added = extended(tabs, catalog, faults)
    faults += [fault for tab in tabs.values() for fault in _typed_over(tab, stored or {})]
    faults += added
    faults += [_states_nothing(tab) for tab in tabs.values() if tab.sheet.key == "policy" and not len(tab)]
    whole = Book(tabs, lists=dict(catalog.lists) | dict(lists or {}), file=file)
    return Loaded(whole, faults, catalog, tuple(left_out), state, stored is not None, edited, marked)


def _states_nothing(policy: Tab) -> Fault:
    """A Policy sheet without a row: shipped values never stand in for a centre's own in silence (DECISIONS 10.4)."""
    reason = Text("the sheet states no value at all; the shipped ones would be used", "该表没有任何参数，将按出厂值处理")
    return Fault("POL-001", policy.sheet.key, policy.header_row, policy.first_column, values={"key": "*", "reason": reason})


@dataclass(frozen=True)
class _Read:
    """A tab as it was read, what was told of it, and whether it bears its register's name."""

    tab: Tab
    faults: list[Fault]
    named: bool


def _whole(read: Mapping[str, Sequence[_Read]]) -> tuple[dict[str, Tab], list[Fault]]:
    """Every register from the tabs that it stands on, and all that was told of them."""
    tabs, faults = dict[str, Tab](), list[Fault]()
    for key, each in read.items():
        filled = [one for one in each if len(one.tab)]
        if len(filled) > 1:
            tabs[key], told = _joined(sorted(filled, key=lambda one: (not one.named, one.tab.place)))
        else:  # of several tabs the one with rows is meant
            tabs[key], told = (one := (filled or each)[0]).tab, one.faults
        faults += told
    return tabs, faults


def _joined(read: Sequence[_Read]) -> tuple[Tab, list[Fault]]:
    """One register of the rows of several tabs. A row that stands word for word on a tab before is read there, and told once (DECISIONS 10.1), also where
    it was copied with some of its columns only."""
    parts, faults = [one.tab for one in read], list[Fault]()
    first = parts[0]
    cells = {c.name: c.kind.cells() for c in first.sheet.columns.values() if any(c.name in part.cells for part in parts)}
    for part in parts:
        for name, whole in cells.items():
            whole.extend(part.cells[name] if name in part.cells else [""] * len(part))
    index = pd.Index(np.concatenate([np.asarray(part.index) + NEXT_TAB * n for n, part in enumerate(parts)]))
    typed = [name for name in cells if not first.sheet.columns[name].computed]
    rows = pd.DataFrame({name: pd.factorize(pd.Series(c).map(repr) if isinstance(c := cells[name], list) else c.array)[0] for name in typed})
    stands = pd.Series(np.asarray(index) // NEXT_TAB)
    numbered = pd.Series([cell != "" for cell in cells[first.sheet.id]] if first.sheet.id in cells else False, index=stands.index)

    @cache
    def first_on(*names: str) -> pd.Series:
        """The first tab on which what each row says in some columns stands."""
        return stands.groupby(rows.groupby(list(names), sort=False).ngroup()).transform("min")

    again = set[int]()
    for n, part in enumerate(parts):
        copied = (first_on(*typed) < n) | (numbered & (first_on(*(name for name in typed if name in part.position)) < n))
        again.update(np.asarray(index)[((stands == n) & copied).to_numpy()].tolist())
    for n, one in enumerate(read):
        told = [moved for f in one.faults if (moved := replace(f, row=f.row + NEXT_TAB * n)).row not in again]
        whole_copy = all(int(row) + NEXT_TAB * n in again for row in one.tab.index)  # which columns it has does not matter, then
        faults += [f for f in told if not (whole_copy and f.rule == "GEN-012")]
        if copies := sorted(row - NEXT_TAB * n for row in again if row // NEXT_TAB == n):
            parts[n] = one.tab.without(copies)
            said: dict[str, Text | str] = {"count": str(len(copies)), "sheet": one.tab.name, "first": " / ".join(part.name for part in parts[:n])}
            faults.append(Fault("GEN-028", first.sheet.key, one.tab.header_row + NEXT_TAB * n, one.tab.first_column, values=said))
    position = {name: place for part in reversed(parts) for name, place in part.position.items()}
    return replace(first, cells=cells, index=index, position=position, joined=tuple(parts)).without(again), faults


#: The very hidden sheet in which the last refresh notes what it wrote (:mod:`opsbook.grammar.packed`).
STORED = "_opsbook"
#: The very hidden sheet of the last accepted state (:mod:`opsbook.state.hidden`).
STATE = "_opsbook_state"
#: Sheet → its records as they stood (``records``), and for each computed column the value written beside each (``columns``).
Stored = dict[str, Any]


def as_stored(value: Any) -> Any:
    """A cell as it is noted and compared: a number as it is, all else as text, '' for a blank."""
    if value is None or isinstance(value, float):
        return "" if value is None else value
    if isinstance(value, datetime) and value == datetime.combine(value, time()):
        value = value.date()
    return show_raw(value)


def same(one: Any, other: Any) -> bool:
    """Whether two cells, as they are noted, hold the same: writers keep 15 to 17 digits of a number."""
    return bool(one == other or (isinstance(one, float) and isinstance(other, float) and abs(one - other) <= 1e-12 * abs(other)))


def _typed_over(tab: Tab, stored: Stored) -> list[Fault]:
    """Computed cells that no longer hold what the last refresh stored; silence about records it did not know."""
    told: list[Fault] = []
    before = stored.get(tab.sheet.key)
    ids = tab.cells.get(tab.sheet.id)
    if ids is None or not before:
        return told
    place = {record: n for n, record in enumerate(before["records"])}
    at = [place.get(show_raw(record), -1) for record in ids]
    for name, was in before["columns"].items():
        if name not in tab.cells:
            continue
        for n, (old, cell) in enumerate(zip(at, tab.cells[name], strict=True)):
            if old >= 0 and cell != was[old] and not same(now := as_stored(cell), was[old]) and name in (part := tab.at(int(tab.index[n]))[0]).position:
                said, once = (show_raw(v) or "–" for v in (now, was[old]))
                values: dict[str, Text | str] = {"header": tab.sheet.columns[name].header, "value": said, "stored": once}
                told.append(Fault("GEN-019", tab.sheet.key, int(tab.index[n]), part.column_no(name), name, show_raw(now), values))
    return told


def sheet_named(name: str, catalog: Catalog) -> type[Sheet] | None:
    """The sheet that a tab's name means: key, English or Chinese name, or another that it may bear."""
    key = catalog.titles.get(re.sub(r"\([0-9]+\)$", "", plain(name)))  # Excel's own name for a copy
    return catalog.sheets[key] if key else None


def recognised(top: Sequence[Sequence[Any]], catalog: Catalog) -> type[Sheet] | None:
    """The register that a header row among the first rows means, whatever its tab is called: the one that has its id column and at least half of
    its required ones there, where no other has as many. Sheets that opsbook draws, and those that govern, go by their names."""
    said = _texts(top)
    if not said or _is_drawn(top):
        return None
    found = [(len(header.named), sheet) for sheet in catalog.sheets.values()
             if not sheet.governs and len(said & _names(sheet).keys()) > 2 and (header := find_header(top, sheet)) and _complete(header, sheet)]  # fmt: skip
    most = max((count for count, _ in found), default=0)
    best = [sheet for count, sheet in found if count == most]
    return best[0] if len(best) == 1 else None


def _is_drawn(top: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet is one that opsbook draws: its title, in both languages, stands on top."""
    return any(isinstance(cell, str) and len(cell) < 200 and plain(cell).endswith(_TITLES) for row in top[:3] for cell in row)


_TITLES = tuple(plain(said) for tab in (*(page.tab for page in ALL), TABLES) for said in (f"{tab.zh}{tab.en}", f"{tab.en}{tab.zh}"))
_TITLES += tuple(plain(INDEX[lang]) for lang in ("en", "zh"))


def _required(sheet: type[Sheet]) -> set[str]:
    return {c.name for c in sheet.columns.values() if c.required}


def _complete(header: "Header", sheet: type[Sheet]) -> bool:
    """Whether a header row is that of a register: its id column, and at least half of its required ones."""
    return sheet.id in header.named and _half(header, sheet)


def _half(header: "Header", sheet: type[Sheet]) -> bool:
    required = _required(sheet)
    return 2 * len(required & header.named) >= len(required)


def _is_register(header: "Header", sheet: type[Sheet], name: str, catalog: Catalog) -> bool:
    """Whether a tab is read as a register: one that only bears its name, and a column or two of the same names, is somebody else's."""
    return sheet.governs or sheet_named(name, catalog) is None or sheet.id in header.named or _half(header, sheet)


def _left_out(grid: Grid, sheet: type[Sheet] | None, header: "Header | None", top: Sequence[Sequence[Any]], rows: Iterable[list[Any]],
              catalog: Catalog) -> Iterator[LeftOut]:  # fmt: skip
    """What is told of a tab that was not read; nothing of one that has nothing to do with registers."""
    if sheet is None:
        if _is_drawn(top):
            return
        said = _texts(top)
        near = [s for s in catalog.sheets.values() if len(said & _names(s).keys()) > 1]
        if meant_to_govern := next((s for s in near if s.governs and _would_govern(top, s, catalog)), None):
            tab = meant_to_govern.tab
            reason = Text(f"its headers are those of {tab.en}, which goes by its name alone: call it {tab.en} or {tab.zh}, or it has no force",
                          f"其表头为{tab.zh}，该表仅按名称识别：请改名为“{tab.zh}”，否则不起作用")  # fmt: skip
            yield LeftOut(grid.name, grid.place, _filled(top, rows), Severity.ERROR, reason)
            return
        like = [s for s in near if not s.governs and (found := find_header(top, s)) and _half(found, s) and len(_required(s) & found.named) > 2]
        if like:
            names = Text(" or ".join(s.tab.en for s in like), "或".join(s.tab.zh for s in like))
            reason = Text(f"its headers are those of {names.en}, but not all that tell which: give it the name and the headers of the template",
                          f"其表头近似{names.zh}但无法确定：请使用模板的工作表名和表头")  # fmt: skip
            yield LeftOut(grid.name, grid.place, _filled(top, rows), Severity.ERROR, reason)
        elif holding := sorted((s for s in _numbered(top, catalog) if any(_is_record(row, s) for row in top)), key=lambda s: _first_place(top, s)):
            if _is_record(next((row for row in top if sum(not is_blank(cell) for cell in row) > 2), ()), holding[0]):  # no header of anybody's stands above
                yield _headless(grid, holding[0], _filled(top, rows))
            else:
                numbers = Text(f"it holds numbers of {holding[0].tab.en} and less than half of its headers, so it was left alone",
                            f"该表有{holding[0].tab.zh}的编号，但表头不足一半，未作校验")  # fmt: skip
                yield LeftOut(grid.name, grid.place, None, Severity.NOTE, numbers)
        return
    known = any(isinstance(cell, str) and len(cell) < 200 and plain(cell) in _names(sheet) for row in top for cell in row)
    if sheet.governs and not known:
        return  # "Rules" or "Tables" may be a sheet of somebody else's
    number, filled, held = sheet.columns[sheet.id], 0, sheet.governs
    for row in chain(top, rows):  # to its end: the header of what bears a register's name may stand below much text
        filled += not all(map(is_blank, row))
        held = held or any(isinstance(cell, str) and is_number(cell, number) for cell in row)
    if held:
        yield _headless(grid, sheet, filled)
    elif any(not is_blank(cell) for row in top for cell in row):
        reason = Text(f"it is called {sheet.tab.en} and has none of its headers, so it was left alone",
                      f"该表名为{sheet.tab.zh}但没有其表头，未作校验")  # fmt: skip
        yield LeftOut(grid.name, grid.place, None, Severity.NOTE, reason)


def _would_govern(top: Sequence[Sequence[Any]], sheet: type[Sheet], catalog: Catalog) -> bool:
    """Whether a tab of any name is a sheet that governs: all its required headers, and something that only such a sheet names."""
    header = find_header(top, sheet)
    if header is None or not _required(sheet) <= header.named:
        return False
    own = {"policy": catalog.keys, "lists": catalog.lists, "switches": catalog.rules}.get(sheet.key)
    cells = [cell for row in top[header.row + 1 :] for cell in row if isinstance(cell, str)]
    return any(cell in own for cell in cells) if own is not None else any(plain(cell) in catalog.titles for cell in cells)


def _headless(grid: Grid, sheet: type[Sheet], filled: int) -> LeftOut:
    reason = Text(f"it holds records of {sheet.tab.en}, and no header row was found within its first {HEADER_WITHIN} rows: put the template's headers back",
                  f"该表有{sheet.tab.zh}的记录，但前 {HEADER_WITHIN} 行内未找到表头：请恢复模板的表头")  # fmt: skip
    return LeftOut(grid.name, grid.place, filled, Severity.ERROR, reason)


def _texts(top: Sequence[Sequence[Any]]) -> set[str]:
    """What the first rows say, as names are compared."""
    return {plain(cell) for row in top for cell in row if isinstance(cell, str) and 0 < len(cell) < 200}


def _numbered(top: Sequence[Sequence[Any]], catalog: Catalog) -> list[type[Sheet]]:
    """The registers whose numbers the first rows may hold: one look at a cell for all of them."""
    forms = {key: sheet.columns[sheet.id].kind.pattern for key, sheet in catalog.sheets.items() if getattr(sheet.columns[sheet.id].kind, "form", "")}  # type: ignore[attr-defined]
    formed = _any_of(tuple(forms.values())).fullmatch
    if not any(isinstance(cell, str) and formed(cell.strip()) for row in top for cell in row):
        return []
    return [sheet for key, sheet in catalog.sheets.items() if key in forms]


@lru_cache(maxsize=20)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _first_place(top: Sequence[Sequence[Any]], sheet: type[Sheet]) -> int:
    """The leftmost place at which a number of a register stands."""
    number = sheet.columns[sheet.id]
    return min(place for row in top for place, cell in enumerate(row) if isinstance(cell, str) and is_number(cell, number))


def _is_record(row: Sequence[Any], sheet: type[Sheet]) -> bool:
    """Whether a row, wherever it stands, holds a number of a register, and half as much as its rows must."""
    number = sheet.columns[sheet.id]
    return any(isinstance(cell, str) and is_number(cell, number) for cell in row) and 2 * sum(not is_blank(cell) for cell in row) >= len(_required(sheet))


def _filled(top: Iterable[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> int:
    return sum(not all(map(is_blank, row)) for row in chain(top, rows))


@dataclass(frozen=True)
class Header:
    """A header row (0-based in the grid) and what each of its cells names: a column, or nothing we know."""

    row: int
    columns: tuple[str | None, ...]

    @property
    def named(self) -> set[str]:
        """The columns that it names."""
        return {name for name in self.columns if name}


@lru_cache(maxsize=500)
def _names(sheet: type[Sheet]) -> dict[str, str]:
    """Everything that a header may say → the column that it means."""
    return {said: column.name for said, column in spellings(sheet.columns.values()).items()}


def find_header(rows: Sequence[Sequence[Any]], sheet: type[Sheet]) -> Header | None:
    """The row among the first that names most columns, or one above it that names half as many and has records of its own: a header may stand there once
    more. Where the row below names columns as well, that one: captions stand above headers."""
    names = _names(sheet)
    found = [tuple(_meant(cell, names) for cell in row) for row in rows[: HEADER_WITHIN + 1]]
    named = [len({name for name in row if name}) for row in found]
    within = named[:HEADER_WITHIN]
    most = max(within, default=0)
    if most < 2:  # a header names at least two columns
        return None
    best = within.index(most)
    above = (row for row in range(best) if named[row] > 1 and 2 * named[row] >= most and any(_is_record(each, sheet) for each in rows[row + 1 : best]))
    best = next(above, best)
    while best + 1 < len(named) and named[best + 1] > 1 and 2 * named[best + 1] >= named[best]:
        best += 1
    return Header(best, _of_one_table(found[best], rows[best:]))


def _of_one_table(named: tuple[str | None, ...], rows: Sequence[Sequence[Any]]) -> tuple[str | None, ...]:
    """What a header row names, but for a table of somebody's own that stands beside the records, an empty column between, and names a column of theirs."""
    if len({*named, None}) == len([name for name in named if name]) + 1:
        return named
    tables: list[list[int]] = [[]]
    for place in range(len(named)):
        if any(place < len(row) and not is_blank(row[place]) for row in rows):
            tables[-1].append(place)
        elif tables[-1]:
            tables.append([])
    named_by = [{named[place] for place in table} - {None} for table in tables]
    ours = max(range(len(tables)), key=lambda n: len(named_by[n]))
    beside = {place for n, table in enumerate(tables) if n != ours and named_by[n] & named_by[ours] for place in table}
    return tuple(None if place in beside else name for place, name in enumerate(named))


def _meant(cell: Any, names: Mapping[str, str]) -> str | None:
    """The column that a header means, by its name, both its names, or its name with a unit or remark behind it."""
    if not isinstance(cell, str) or not 0 < len(cell) < 200:
        return None
    return meant(cell, names)


def _tell_left_out(reader: Reader, index: pd.Index, at_header: Callable[..., None]) -> None:
    """One note about the rows that are no records, and a warning at each total that is not the sum of its rows."""
    if reader.left_out:
        rows = sorted(reader.left_out)
        shown = ", ".join(map(str, rows[:20])) + (" …" if len(rows) > 20 else "")
        at_header("GEN-026", 0, shown, count=str(len(rows)))
    cells, since = reader.cells() if reader.totals else {}, 0
    for row, numbers in reader.totals:
        for name, total in numbers.items():
            column = np.array([v if isinstance(v, float) else 0.0 for v in cells[name]])
            sums = {round(float(column[(index < row) & (index > above)].sum()), 4) for above in (since, 0)}
            if all(abs(total - each) >= 0.005 for each in sums):
                header = reader.sheet.columns[name].header
                values: dict[str, Text | str] = {"column": header, "total": f"{total:,.2f}", "sum": f"{max(sums):,.2f}"}
                reader.faults.append(Fault("GEN-027", reader.sheet.key, row, reader.column_no(name), name, f"{total:.15g}", values))
        since = row


def _tab(grid: Grid, sheet: type[Sheet], header: Header, top: Sequence[Sequence[Any]], rows: Iterable[list[Any]],
         lists: Lists) -> tuple[Tab, list[Fault]]:  # fmt: skip
    first_row, first_column = grid.start
    header_row = first_row + header.row + 1
    faults: list[Fault] = []

    def at_header(rule: str, place: int, said: Text | str, severity: Severity | None = None, **more: Text | str) -> None:
        faults.append(Fault(rule, sheet.key, header_row, first_column + place + 1, values={"column": said, **more}, severity=severity))

    position: dict[str, int] = {}
    for place, name in enumerate(header.columns):
        typed = top[header.row][place]
        if name is None and not is_blank(typed):
            at_header("GEN-020", place, str(typed))
        elif name in position:
            at_header("GEN-021", place, str(typed))
        elif name:
            position[name] = place
    for column in sheet.columns.values():
        if column.name not in position and column.demand != "C":
            mild = Severity.NOTE if column.demand == "O" else None
            if column.name != "remarks" and not (mild and column.kind.private):  # departments' workbooks go without
                at_header("GEN-012", 0, column.header, mild)
    chinese = any(isinstance(said, str) and re.search("[\u4e00-\u9fff]", said) for said in top[header.row])
    reader = Reader(sheet, first_column + 1, position, grid, lists, chinese=chinese)
    index = reader.read(rows, header_row + 1)
    _tell_left_out(reader, index, at_header)
    return Tab(sheet, grid.name, grid.place, header_row, first_column + 1, position, reader.cells(), index, top[header.row], reader.shown), faults + reader.faults
