"""Styles: the looks of one workbook's cells added to another's, and what number each then bears."""

import re
from dataclasses import dataclass

from opsbook.hosts.markup import Edit, Element, appended, edited, elements, prefixed, quoted, root, with_attribute
from opsbook.hosts.package import Package

_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst")
_SECTIONS = {"numFmts": "numFmt", "fonts": "font", "fills": "fill", "borders": "border", "cellXfs": "xf", "dxfs": "dxf"}
_OF = {"fontId": "fonts", "fillId": "fills", "borderId": "borders"}
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"


@dataclass
class Styles:
    """A style sheet whose sections can be added to: an entry that is there already is used again."""

    data: bytes

    def __post_init__(self) -> None:
        top = root(self.data)
        self.prefix = top.prefix
        self._top = top
        found = {e.name: e for e in elements(self.data) if e.depth == 1}
        self._sections: dict[str, Element] = found
        self.entries = {name: self._entries(found.get(name), child) for name, child in _SECTIONS.items()}
        self._known = {name: {entry: n for n, entry in reversed(list(enumerate(entries)))} for name, entries in self.entries.items()}
        self._were = {name: len(entries) for name, entries in self.entries.items()}

    def _entries(self, section: Element | None, child: str) -> list[bytes]:
        """The children of a section as bytes, without their prefix."""
        if section is None or section.empty:
            return []
        inner = self.data[section.inside : section.close]
        parts = [inner[e.start : e.end] for e in elements(inner, child) if e.depth == 0]
        if self.prefix:
            parts = [re.sub(rb"<(/?)" + self.prefix.encode(), rb"<\1", part) for part in parts]
        return parts

    def add(self, section: str, entry: bytes) -> int:
        """The number of an entry in its section."""
        known = self._known[section]
        if entry not in known:
            known[entry] = len(self.entries[section])
            self.entries[section].append(entry)
        return known[entry]

    def number_format(self, code: bytes) -> int:
        """The id of a number format, said as it stands in an attribute."""
        ids = {said: number for number, said in self._formats().items()}
        if code not in ids:
            ids[code] = max([163, *ids.values()]) + 1
            self.add("numFmts", b'<numFmt numFmtId="%d" formatCode="%s"/>' % (ids[code], code))
        return ids[code]

    def format_of(self, number: int) -> bytes:
        """The format code of a number-format id of this sheet, b'' for a built-in one."""
        return self._formats().get(number, b"")

    def _formats(self) -> dict[int, bytes]:
        """Number-format id → its code as it stands in an attribute in double quotes."""
        stated = [next(elements(entry)).attributes for entry in self.entries["numFmts"]]
        return {int(a["numFmtId"]): quoted(a["formatCode"]).encode() for a in stated if "numFmtId" in a and "formatCode" in a}

    def to_bytes(self) -> bytes:
        """The style sheet with what was added, everything else as it was."""
        edits: list[Edit] = []
        at_end: dict[int, bytes] = {}
        for name, entries in self.entries.items():
            new = b"".join(prefixed(entry, self.prefix) for entry in entries[self._were[name] :])
            if not new:
                continue
            if section := self._sections.get(name):
                if section.empty:
                    tag = re.sub(rb"""\scount\s*=\s*["']\d+["']""", b"", self.data[section.start : section.end]).rstrip(b"/>").rstrip()
                    closing = b"</" + f"{self.prefix}{name}".encode() + b">"
                    edits.append((section.start, section.end, tag + b' count="%d">' % len(entries) + new + closing))
                else:
                    edits += [with_attribute(self.data, section, "count", len(entries)), appended(self.data, section, new)]
            else:
                after = [e for n, e in self._sections.items() if n in _ORDER[: _ORDER.index(name)]]
                at = max((e.end for e in after), default=self._top.inside)
                whole = f'<{self.prefix}{name} count="{len(entries)}">'.encode() + new + f"</{self.prefix}{name}>".encode()
                at_end[at] = at_end.get(at, b"") + whole
        return edited(self.data, [*edits, *((at, at, whole) for at, whole in at_end.items())])


def styles_part(package: Package) -> str:
    """The name of the workbook's style sheet, '' for a workbook without one."""
    return next((r.target for r in package.relations(package.workbook) if r.kind == "styles" and r.target in package), "")


def merged(package: Package, donor: Package) -> tuple[dict[int, int], dict[int, int]]:
    """Add the donor's styles to a package: cell formats and conditional formats, old number → new number."""
    theirs = Styles(donor.read("xl/styles.xml"))
    part = styles_part(package)
    if not part or root(package.markup(part)).empty:  # none, or one that says nothing
        package.write(part or "xl/styles.xml", package.in_dialect(theirs.data))
        if not part:
            package.declare("xl/styles.xml", TYPE)
            package.relate(package.workbook, [("styles", "xl/styles.xml")])
        return {n: n for n in range(len(theirs.entries["cellXfs"]))}, {n: n for n in range(len(theirs.entries["dxfs"]))}
    ours = Styles(package.markup(part))
    moved = {name: {n: ours.add(name, entry) for n, entry in enumerate(theirs.entries[name])} for name in ("fonts", "fills", "borders")}
    formats = {}
    for number, entry in enumerate(theirs.entries["cellXfs"]):
        for attribute, section in _OF.items():
            entry = re.sub(rb'%s="(\d+)"' % attribute.encode(), lambda m, a=attribute, s=section: b'%s="%d"' % (a.encode(), moved[s][int(m[1])]), entry)  # type: ignore[misc]
        entry = re.sub(rb'numFmtId="(\d+)"', lambda m: b'numFmtId="%d"' % _moved_format(ours, theirs, int(m[1])), entry)
        formats[number] = ours.add("cellXfs", re.sub(rb'xfId="\d+"', b'xfId="0"', entry))
    conditional = {}
    for number, entry in enumerate(theirs.entries["dxfs"]):
        entry = re.sub(rb'<numFmt numFmtId="\d+" formatCode="([^"]*)"', lambda m: b'<numFmt numFmtId="%d" formatCode="%s"' % (ours.number_format(m[1]), m[1]), entry)
        conditional[number] = ours.add("dxfs", entry)
    package.write(part, ours.to_bytes())
    return formats, conditional


def _moved_format(ours: Styles, theirs: Styles, number: int) -> int:
    code = theirs.format_of(number) if number >= 164 else b""
    return ours.number_format(code) if code else number
