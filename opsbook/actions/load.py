"""Load: raw grids become a Book. Headers are found wherever they stand; pydantic judges every cell; dirt is read."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from opsbook.actions.extending import OWN, extended
from opsbook.actions.marking import MARKS
from opsbook.actions.reader import Fault, Reader, show_raw
from opsbook.grammar import Book, Catalog, Severity, Sheet, Tab, Text
from opsbook.grammar.dirt import is_blank
from opsbook.grammar.grid import Grid
from opsbook.grammar.kinds import Lists
from opsbook.grammar.packed import Edited, unpacked

HEADER_WITHIN = 20  # rows of the used range in which a header is looked for


@dataclass(frozen=True)
class Loaded:
    """A book, what was told while reading it, and the names of the sheets whose header could not be found."""

    book: Book
    faults: list[Fault]
    catalog: Catalog  # the one that it was read with: what the workbook adds to it is in it
    headless: tuple[str, ...] = ()
    doubled: tuple[tuple[str, str], ...] = ()  # pairs of tabs that both hold rows of one register
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
    tabs: dict[str, Tab] = {}
    faults: list[Fault] = []
    headless: list[tuple[str, str]] = []
    doubled: list[tuple[str, str]] = []
    stored: Stored | None = None
    added: tuple[Fault, ...] = ()
    edited = False
    state: list[list[Any]] | None = None
    marked = False
    for grid in grids:
        if own and not says_what_is_own(grid.name, catalog):
            own, (catalog, added) = False, extended(tabs, catalog, faults)
        marked |= grid.name == MARKS
        if grid.name == STORED:
            try:
                stored = unpacked(grid.rows)
            except Edited:
                stored, edited = {}, True
        if grid.name == STATE:
            state = list(grid.rows)
        sheet = sheet_named(grid.name, catalog)
        if sheet is None:
            continue
        rows = iter(grid.rows)
        top = list(islice(rows, HEADER_WITHIN + 1))
        header = find_header(top, sheet)
        if header is None:
            names = {plain(n) for c in sheet.columns.values() for n in c.names}
            if not sheet.governs or any(isinstance(cell, str) and len(cell) < 200 and plain(cell) in names for row in top for cell in row):
                headless.append((sheet.key, grid.name))  # "Rules" or "Tables" may be a sheet of somebody else's
            continue
        tab, told = _tab(grid, sheet, header, top, chain(top[header.row + 1 :], rows), dict(catalog.lists) | dict(lists or {}))
        if len(tabs.get(sheet.key, ())) and len(tab):
            doubled.append((tabs[sheet.key].name, grid.name))
        elif sheet.key not in tabs or len(tab):  # of two tabs of one register the one with rows is meant
            faults = [f for f in faults if f.key != sheet.key] + told
            tabs[sheet.key] = tab
    if own:
        catalog, added = extended(tabs, catalog, faults)
    faults += [fault for tab in tabs.values() for fault in _typed_over(tab, stored or {})]
    faults += added
    whole = Book(tabs, lists=dict(catalog.lists) | dict(lists or {}), file=file)
    return Loaded(whole, faults, catalog, tuple(name for key, name in headless if key not in tabs), tuple(doubled),
                  state, stored is not None, edited, marked)  # fmt: skip


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
            if old >= 0 and cell != was[old] and not same(now := as_stored(cell), was[old]):
                said, once = (show_raw(v) or "–" for v in (now, was[old]))
                values: dict[str, Text | str] = {"header": tab.sheet.columns[name].header, "value": said, "stored": once}
                told.append(Fault("GEN-019", tab.sheet.key, int(tab.index[n]), tab.column_no(name), name, show_raw(now), values))
    return told


@lru_cache(maxsize=20_000)  # headers of workbooks by the thousand are the same
def plain(name: str) -> str:
    """A name as people mean it: width, case, blanks and a trailing asterisk do not count.

    >>> plain(" Claim　No＊") == plain("claim no")
    True
    """
    said = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s\u200b-\u200d\u2060\ufeff]+|\(?\*\)?$", "", said)


@lru_cache(maxsize=20_000)
def _bare(name: str) -> str:
    """A header that says both languages, without what stands between them: ``报销单号（Claim No）``."""
    return re.sub(r"[\W_]+", "", plain(name))


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


@lru_cache(maxsize=500)
def _names(sheet: type[Sheet]) -> dict[str, str]:
    """Everything that a header may say → the column that it means."""
    columns = sheet.columns.values()
    names = {both: c.name for c in columns for both in (_bare(f"{c.header.zh}{c.header.en}"), _bare(f"{c.header.en}{c.header.zh}"))}
    return names | {plain(n): c.name for c in columns for n in reversed(c.names)} | {plain(c.name): c.name for c in columns}


def find_header(rows: Sequence[Sequence[Any]], sheet: type[Sheet]) -> Header | None:
    """The row among the first that names most columns; of equals the lower one (captions stand above headers)."""
    names = _names(sheet)
    best, most = None, 1  # a header names at least two columns
    for number, row in enumerate(rows[: HEADER_WITHIN + 1]):
        found = tuple(names.get(plain(cell)) or names.get(_bare(cell)) if isinstance(cell, str) and 0 < len(cell) < 200 else None
                      for cell in row)  # fmt: skip
        named = len({name for name in found if name})
        just_below = number < HEADER_WITHIN or (best is not None and best.row == number - 1)  # captions end the first rows
        if named > 1 and named >= most and just_below:
            best, most = Header(number, found), named
    return best


def _tab(grid: Grid, sheet: type[Sheet], header: Header, top: Sequence[Sequence[Any]], rows: Iterable[list[Any]],
         lists: Lists) -> tuple[Tab, list[Fault]]:  # fmt: skip
    first_row, first_column = grid.start
    header_row = first_row + header.row + 1
    faults: list[Fault] = []

    def at_header(rule: str, place: int, said: Text | str, severity: Severity | None = None) -> None:
        faults.append(Fault(rule, sheet.key, header_row, first_column + place + 1, values={"column": said}, severity=severity))

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
            if column.name != "remarks":
                at_header("GEN-012", 0, column.header, mild)
    reader = Reader(sheet, first_column + 1, position, grid, lists)
    index = reader.read(rows, header_row + 1)
    return Tab(sheet, grid.name, grid.place, header_row, first_column + 1, position, reader.cells(), index, top[header.row]), faults + reader.faults
