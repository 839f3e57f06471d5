"""Tables: the Excel table of a register, and what it is printed by, grown to its last record; every other byte stays."""

import re

from opsbook.grammar.finding import column_number, letters
from opsbook.hosts.graft import Workbook
from opsbook.hosts.markup import Edit, edited, elements, root, with_attribute
from opsbook.hosts.package import Package

_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]+):\$?([A-Z]{1,3})\$?([0-9]+)")


def grow(package: Package, part: str, header_row: int, last_row: int) -> bool:
    """Let the table whose header stands in a row reach down to another, and the sheet's print area with it; whether anything was to be done.

    A table with a totals row, and one that would run into another, stays as it is: programs refuse such a file.
    """
    found = {r.target: _Area.read(root(package.markup(r.target)).attributes.get("ref", "")) for r in package.relations(part) if r.kind == "table"}
    grown = False
    for target, area in found.items():
        if area is None or area.top != header_row or not area.bottom < last_row:
            continue
        larger = _Area(area.left, area.top, area.right, last_row)
        data = package.markup(target)
        table = root(data)
        totals = table.attributes.get("totalsRowCount", "0") != "0"
        if totals or any(other and other is not area and larger.meets(other) for other in found.values()):
            continue
        edits = [with_attribute(data, table, "ref", larger)]
        edits += [with_attribute(data, e, "ref", larger) for e in elements(data, "autoFilter") if e.attributes.get("ref") == str(area)]
        package.write(target, edited(data, edits))
        grown = True
    return _printed(package, part, header_row, last_row) or grown


def _printed(package: Package, part: str, header_row: int, last_row: int) -> bool:
    """Let a print area that takes in the header and ends above the last record end below it."""
    book = Workbook(package)
    place = next((s.place for s in book.sheets if s.part == part), -1)
    edits: list[Edit] = []
    for e in book.names:
        if e.attributes.get("name") == "_xlnm.Print_Area" and e.attributes.get("localSheetId") == str(place):
            said = book.content(e)
            area = _Area.read(said.rpartition("!")[2])
            if area and "," not in said and area.top <= header_row <= area.bottom < last_row:
                start = book.data.rfind(b"$", e.inside, e.close)
                edits.append((start + 1, e.close, b"%d" % last_row))
    if edits:
        package.write(book.part, edited(book.data, edits))
    return bool(edits)


class _Area:
    """A range of cells, 1-based."""

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom

    @classmethod
    def read(cls, said: str) -> "_Area | None":
        """From an address as ``$A$5:$C$9``; None for any other."""
        found = _AREA.fullmatch(said)
        return cls(column_number(found[1]), int(found[2]), column_number(found[3]), int(found[4])) if found else None

    def meets(self, other: "_Area") -> bool:
        """Whether two ranges have a cell in common."""
        return self.left <= other.right and other.left <= self.right and self.top <= other.bottom and other.top <= self.bottom

    def __str__(self) -> str:
        return f"{letters(self.left)}{self.top}:{letters(self.right)}{self.bottom}"
