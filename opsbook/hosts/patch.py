"""Patch: what must be known of a user's package before it is changed: whether it can be, and the generated sheets that stand in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opsbook.grammar.board import TABLE
from opsbook.grammar.finding import column_number
from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts import file
from opsbook.hosts.graft import OURS, Sheet, Workbook
from opsbook.hosts.markup import root
from opsbook.hosts.package import Package

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]+)")


def patchable(data: bytes) -> Package:
    """The package of a workbook; an :class:`UnreadableFile` for one that cannot be changed without harm, with the way out."""
    other = _refused("only .xlsx and .xlsm can be refreshed: save it as one of these", "只能刷新 .xlsx 与 .xlsm，请另存为其中一种")
    if data[:8] == file.OLE:
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile("FIL-002")
        raise other
    package = Package(data)
    if not any(r.kind == "officeDocument" and r.target.endswith(".xml") for r in package.relations("")):
        raise other
    if any(name.lower().startswith("_xmlsignatures/") for name in package.names):
        raise _refused("it is signed, and a change would void the signature: refresh a copy without it", "文件带有数字签名，修改会使签名失效：请用未签名的副本刷新")
    if any(r.kind in ("revisionHeaders", "usernames") for r in package.relations(package.workbook)):
        raise _refused("it is a shared workbook with tracked changes: stop sharing it first", "这是启用修订的共享工作簿：请先取消共享")
    return package


def _refused(en: str, zh: str) -> UnreadableFile:
    return UnreadableFile("FIL-001", Text(en, zh))


@dataclass(frozen=True)
class Table:
    """An Excel table: its name, headers and rows as raw cells."""

    name: str
    headers: list[Any]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Standing:
    """A generated sheet as it stands in a user's workbook; ``start`` is the 0-based row and column of its first cell."""

    sheet: Sheet
    rows: list[list[Any]]
    start: tuple[int, int]
    tables: list[Table]

    def cells(self, reference: str) -> list[list[Any]]:
        """The cells of a range (``B3:D9``, ``$B$3``), row by row; none for what is no range."""
        return _cells(self.rows, self.start, reference)


def standing(data: bytes, book: Workbook, tabs: Mapping[str, Text]) -> dict[str, Standing]:
    """The generated sheets that a workbook holds, by key.

    A mark alone does not tell: a sheet of somebody else's may have come under the name. One of ours still bears its title in both
    languages (``tabs``), or a table of ours. Hidden ones are known by their names.
    """
    marked = book.marked()
    hidden = {key: Standing(sheet, [], (0, 0), []) for key, sheet in marked.items() if key.startswith(OURS)}
    marked = {key: sheet for key, sheet in marked.items() if key in tabs}
    names = {sheet.name for sheet in marked.values()}
    grids = {grid.name: (list(grid.rows), grid.start) for grid in file.grids(data, only=names.__contains__)} if names else {}
    found = hidden
    for key, sheet in marked.items():
        rows, start = grids.get(sheet.name, ([], (0, 0)))
        tables = list(_tables(book.package, sheet, rows, start))
        title = tabs[key]
        if any(t.name.startswith(TABLE) for t in tables) or any(isinstance(v, str) and title.en in v and title.zh in v for row in rows for v in row):
            found[key] = Standing(sheet, rows, start, tables)
    return found


def _tables(package: Package, sheet: Sheet, rows: list[list[Any]], start: tuple[int, int]) -> Iterator[Table]:
    for relation in package.relations(sheet.part):
        if relation.kind == "table" and relation.target in package:
            said = root(package.markup(relation.target)).attributes
            cells = _cells(rows, start, said.get("ref", ""))
            total = int(said.get("totalsRowCount", "0") or 0)
            if cells:
                yield Table(said.get("displayName", ""), cells[0], cells[1 : len(cells) - total])


def _cells(rows: list[list[Any]], start: tuple[int, int], reference: str) -> list[list[Any]]:
    found = [(column_number(a), int(b)) for a, b in _ADDRESS.findall(reference)]
    if not 1 <= len(found) <= 2:
        return []
    (left, top), (right, bottom) = found[0], found[-1]
    first_row, first_column = start
    span = []
    for r in range(top - 1 - first_row, bottom - first_row):
        row = rows[r] if 0 <= r < len(rows) else []
        span.append([row[c] if 0 <= c < len(row) else "" for c in range(left - 1 - first_column, right - first_column)])
    return span


def named_cell(book: Workbook, sheets: Iterable[Standing], name: str) -> str:
    """The text of the cell on a generated sheet that a defined name (or the name it took where it was somebody else's) stands for, or ''."""
    by_name = {s.sheet.name: s for s in sheets}
    for said, target in book.globals:
        if re.fullmatch(re.escape(name) + r"(\.\d+)?", said) and (there := by_name.get(target.sheet)):
            cells = there.cells(target.cells)
            return str(cells[0][0]) if cells else ""
    return ""
