"""Patch: what must be known of a user's package before it is changed: whether it can be, its tables and named cells."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from opsbook.grammar.grid import Grid, UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts import file
from opsbook.hosts.graft import Workbook, _content, _unquoted
from opsbook.hosts.markup import elements
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


def tables_of(data: bytes, package: Package, sheets: Collection[str]) -> Iterator[Table]:
    """The tables that stand on some sheets of a workbook."""
    parts = {s.name: s.part for s in Workbook(package).sheets if s.name in sheets}
    if not parts:
        return
    for grid in file.grids(data, only=parts.__contains__):
        rows = list(grid.rows)
        for relation in package.relations(parts[grid.name]):
            if relation.kind == "table" and relation.target in package:
                top = next(e for e in elements(package.markup(relation.target), "table"))
                cells = _cells(rows, grid, top.attributes.get("ref", ""))
                total = int(top.attributes.get("totalsRowCount", "0") or 0)
                if cells:
                    yield Table(top.attributes.get("displayName", ""), cells[0], cells[1 : len(cells) - total])


def _cells(rows: list[list[Any]], grid: Grid, reference: str) -> list[list[Any]]:
    found = [(_number(a), int(b)) for a, b in _ADDRESS.findall(reference)]
    if len(found) != 2:
        return []
    (left, top), (right, bottom) = found
    first_row, first_column = grid.start
    span = []
    for r in range(top - 1 - first_row, bottom - first_row):
        row = rows[r] if 0 <= r < len(rows) else []
        span.append([row[c] if 0 <= c < len(row) else "" for c in range(left - 1 - first_column, right - first_column)])
    return span


def named_cell(data: bytes, package: Package, name: str) -> str:
    """The text of the cell that a defined name stands for, '' where there is none."""
    book = Workbook(package)
    for e in book.names:
        if e.attributes.get("name") == name:
            said = _content(book.data, e)
            sheet, place = _unquoted(said), _ADDRESS.search(said.rpartition("!")[2])
            if place is None:
                return ""
            for grid in file.grids(data, only=sheet.__eq__):
                cells = _cells(list(grid.rows), grid, f"{place[0]}:{place[0]}")
                return str(cells[0][0]) if cells and cells[0] else ""
    return ""


def _number(said: str) -> int:
    number = 0
    for letter in said:
        number = number * 26 + ord(letter) - 64
    return number
