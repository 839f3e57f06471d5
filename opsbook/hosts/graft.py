"""Graft: generated sheets, drawn in a package of their own, put into a user's package; everything else there stays as it is.

A generated sheet is known by a hidden defined name (``opsbook_sheet_overview``), so that it is found again under any name its user gives it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import chain, count
from typing import NamedTuple

from opsbook.grammar.board import TABLE, unquoted
from opsbook.grammar.board import quoted as sheet_name
from opsbook.hosts.markup import Edit, Element, appended, edited, elements, quoted, refusal, root, with_attribute
from opsbook.hosts.package import Package, rels_of
from opsbook.hosts.styles import merged

MARK, OURS = "opsbook_sheet_", "_opsbook"  # before the names that mark generated sheets, and before those of hidden sheets
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_FORMS = {  # what a donor's sheet brings along: kind of relation → form of its name, content type
    "drawing": ("xl/drawings/drawing{}.xml", "application/vnd.openxmlformats-officedocument.drawing+xml"),
    "chart": ("xl/charts/chart{}.xml", "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"),
    "table": ("xl/tables/table{}.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"),
}
_BUILT_IN = ("_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase")
_WORKBOOK_ORDER = ("fileVersion", "fileSharing", "workbookPr", "AlternateContent", "absPath", "revisionPtr", "workbookProtection", "bookViews", "sheets",
                   "functionGroups", "externalReferences", "definedNames", "calcPr")  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet as the workbook part lists it."""

    name: str
    id: int
    relation: str
    part: str
    place: int
    hidden: bool


class Target(NamedTuple):
    """What a defined name stands for: the cells of a sheet (``''`` where it is something else), or the sheet of cells that were deleted."""

    sheet: str
    cells: str


class Workbook:
    """What a workbook part says of sheets and names."""

    def __init__(self, package: Package) -> None:
        self.package, self.part = package, package.workbook
        self.data = package.markup(self.part)
        found = list(elements(self.data, "sheet", "definedName", "workbookProtection", "workbookPr"))
        targets = {r.id: r.target for r in package.relations(self.part)}
        self.sheets: list[Sheet] = []
        for e in (e for e in found if e.name == "sheet" and e.depth == 2):
            relation = next((v for k, v in e.attributes.items() if k == "id" or k.endswith(":id")), "")
            self.sheets.append(Sheet(e.attributes.get("name", ""), int(e.attributes.get("sheetId", "0")), relation, targets.get(relation, ""),
                                     len(self.sheets), e.attributes.get("state", "visible") != "visible"))  # fmt: skip
        self.names = [e for e in found if e.name == "definedName"]
        self.since_1904 = any(e.attributes.get("date1904") in ("1", "true") for e in found if e.name == "workbookPr")
        protection = [e for e in found if e.name == "workbookProtection"]
        self.locked = any(e.attributes.get("lockStructure") in ("1", "true") for e in protection)

    def marked(self) -> dict[str, Sheet]:
        """The generated sheets that are there: key → sheet; hidden ones are known by their own names. A mark whose sheet was deleted is no mark."""
        by_name = {s.name: s for s in self.sheets}
        found = {name: sheet for name, sheet in by_name.items() if name.startswith(OURS)}
        for name, target in self.globals:
            if name.startswith(MARK) and target.sheet in by_name:
                found[name.removeprefix(MARK)] = by_name[target.sheet]
        return found

    @property
    def globals(self) -> list[tuple[str, Target]]:
        """The defined names of the whole workbook, and what each stands for."""
        return [(e.attributes.get("name", ""), self.target(e)) for e in self.names if "localSheetId" not in e.attributes]

    def content(self, e: Element) -> str:
        """What a defined name stands for, as it is written."""
        return unescape(self.data[e.inside : e.close].decode())

    def target(self, e: Element) -> Target:
        """What a defined name stands for: ``'Sheet one'!$A$1``, or ``'Sheet one'!#REF!`` where the cell was deleted."""
        said = self.content(e)
        sheet, _, cells = said.removesuffix("#REF!").rpartition("!")
        return Target(unquoted(sheet), cells or said)

    def idle(self, target: Target, ours: Collection[str]) -> bool:
        """Whether a name may be given another meaning: it stands for cells of ours, or of a sheet that is no more."""
        sheet, cells = target
        return sheet in ours or cells.startswith("#REF!") or (bool(sheet) and "[" not in sheet and all(s.name != sheet for s in self.sheets))


def free(name: str, taken: Collection[str]) -> str:
    """A name that is not among those taken (casefolded): the name itself, else with a number."""
    return next(said for tail in chain([""], (f"_{n}" for n in count(2))) if (said := name + tail).casefold() not in taken)


class _Names:
    """Names and ids for what is drawn anew. Names do not differ by case, and those of somebody else's stay theirs: ours give way.

    A table keeps the id that one of its name had on a sheet to be replaced: a slicer may know it.
    """

    def __init__(self, package: Package, book: Workbook, theirs: Workbook, replaced: Collection[Sheet]) -> None:
        self._ours = {name.casefold() for name, _ in theirs.globals}
        parts = [name for name in package.names if re.fullmatch(r"xl/tables/[^/]+\.xml", name)]
        said = {part: root(package.read(part)).attributes for part in parts}
        ours = {r.target for sheet in replaced for r in package.relations(sheet.part) if r.kind == "table"}
        sheets = {sheet.name for sheet in replaced}
        self._taken = {name.casefold() for name, target in book.globals if not book.idle(target, sheets)}
        self._taken |= {a.get("displayName", "").casefold() for part, a in said.items() if part not in ours}
        self._had = {a.get("name", ""): int(a.get("id", "0")) for part, a in said.items() if part in ours}
        self._next = count(max((int(a.get("id", "0")) for a in said.values()), default=0) + 1)

    def of(self, name: str) -> str:
        """The name itself where it is free, else with a number."""
        return free(name, self._taken)

    def former(self, name: str) -> bool:
        """Whether a name of the workbook was ours, under any number, and is not somebody else's."""
        return name.casefold() not in self._taken and re.sub(r"_\d+$", "", name).casefold() in self._ours

    def table(self, data: bytes) -> bytes:
        """A table's part under the name and the id that it gets."""
        name = root(data).attributes["name"]
        new = self.of(name)
        number = self._had[new] if new in self._had else next(self._next)
        data = re.sub(rb'(<table [^>]*?\bid=")\d+"', lambda m: m[1] + b'%d"' % number, data)
        return data.replace(b'ame="%s"' % name.encode(), b'ame="%s"' % new.encode())  # its name and displayName

    def formulas(self, data: bytes) -> bytes:
        """A sheet whose formulas name the tables so."""
        return re.sub(rb"\b(%s\w+)\[" % TABLE.encode(), lambda m: self.of(m[1].decode()).encode() + b"[", data)


def graft(package: Package, donor: Package, keys: Sequence[str], there: Mapping[str, Sheet], first: Iterable[str] = ()) -> None:
    """Put all sheets of a donor into a package; ``keys`` name them in order. Those that are ``there`` are replaced where they stand.

    New ones come last, those of ``first`` before all others.
    """
    theirs = Workbook(donor)
    formats, conditional = merged(package, donor)
    strings = _strings(donor)
    placed: dict[str, tuple[str, str]] = {}  # key → sheet name, part
    replaced = [sheet for key, sheet in there.items() if key in keys]
    names = _Names(package, Workbook(package), theirs, replaced)
    _clear(package, [sheet.part for sheet in replaced])
    for key, sheet in zip(keys, theirs.sheets, strict=True):
        data = names.formulas(_moved(donor.read(sheet.part), strings, formats, conditional))
        if key in there:
            part = there[key].part
        else:
            part = package.unused("xl/worksheets/sheet{}.xml")
            package.write(part, b"")
            package.declare(part, _SHEET)
        _carry(package, donor, sheet.part, part, data, names)
        placed[key] = sheet.name, part
    _enlist(package, donor, placed, {k for k in keys if k not in there}, set(first), names)


def _strings(donor: Package) -> list[bytes]:
    if "xl/sharedStrings.xml" not in donor:
        return []
    data = donor.read("xl/sharedStrings.xml")
    return [data[e.inside : e.close] for e in elements(data, "si")]


def _moved(data: bytes, strings: list[bytes], formats: Mapping[int, int], conditional: Mapping[int, int]) -> bytes:
    """A donor's sheet with its texts in its cells and its styles as the package numbers them (``<`` never stands in a text)."""
    data = data.replace(b' tabSelected="1"', b"", 1)  # the sheet that was selected stays the only one: two would be edited together
    data = re.sub(rb'(<c r="[A-Z]+\d+" s=")(\d+)"', lambda m: m[1] + b'%d"' % formats[int(m[2])], data)
    data = re.sub(rb'(<row [^>]*\bs=")(\d+)"', lambda m: m[1] + b'%d"' % formats[int(m[2])], data)
    data = re.sub(rb'(<col [^>]*\bstyle=")(\d+)"', lambda m: m[1] + b'%d"' % formats[int(m[2])], data)
    data = re.sub(rb'(<cfRule [^>]*\bdxfId=")(\d+)"', lambda m: m[1] + b'%d"' % conditional[int(m[2])], data)
    return re.sub(rb'(<c r="[^>]*) t="s"><v>(\d+)</v>', lambda m: m[1] + b' t="inlineStr"><is>' + strings[int(m[2])] + b"</is>", data)


def _carry(package: Package, donor: Package, source: str, part: str, data: bytes, names: _Names) -> None:
    """Write a part, and bring along what it relates to, under names that the package does not use yet."""
    package.write(part, package.in_dialect(data))
    brought = []
    for relation in (relations := donor.relations(source)):
        if relation.kind not in _FORMS:
            raise AssertionError(f"a generated sheet brings a {relation.kind}")
        form, content_type = _FORMS[relation.kind]
        name = package.unused(form)
        inner = donor.read(relation.target)
        if relation.kind == "table":
            inner = names.table(inner)
        package.write(name, b"")
        package.declare(name, content_type)
        _carry(package, donor, relation.target, name, inner, names)
        brought.append((relation.kind, name))
    if brought:  # relationships are numbered in the same order on both sides
        assert package.relate(part, brought) == [relation.id for relation in relations]


def _clear(package: Package, parts: Sequence[str]) -> None:
    """Remove what only former generated sheets relate to: their charts, tables, notes, printer settings."""
    if not parts:
        return
    related = {name: {r.target for r in package.relations(name) if not r.external and r.target in package}
               for name in package.names if not name.endswith(".rels")}  # fmt: skip
    owners: dict[str, set[str]] = {}
    for name, targets in related.items():
        for target in targets:
            owners.setdefault(target, set()).add(name)
    waiting, gone = list(parts), set(parts)
    while waiting:
        for target in related[waiting.pop()] - gone:
            if owners[target] <= gone:
                gone.add(target)
                waiting.append(target)
    for name in sorted(gone.difference(parts)):  # the same workbook gives the same bytes
        package.remove(name)
    for part in parts:
        if rels_of(part) in package:
            empty = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
            package.write(rels_of(part), empty)


def _enlist(package: Package, donor: Package, placed: Mapping[str, tuple[str, str]], new: set[str], first: set[str],
            names: _Names) -> None:  # fmt: skip
    """List the sheets in the workbook part, with their print areas, names and marks."""
    book = Workbook(package)
    if new and book.locked:
        raise refusal(book.part, "locks the structure of the workbook (Review > Protect Workbook): unlock it once, so that sheets can be added",
                      "锁定了工作簿结构（审阅 > 保护工作簿）：请先解除一次以便添加工作表")  # fmt: skip
    added = {key: part for key, (_, part) in placed.items() if key in new}
    related = dict(zip(added, package.relate(book.part, [("worksheet", part) for part in added.values()]), strict=True))
    top = root(book.data)
    p, by = top.prefix, _relation(package, book.data[top.start : top.inside])
    number = max([s.id for s in book.sheets], default=0)
    states = {s.name: s.hidden for s in Workbook(donor).sheets}
    entries: dict[str, bytes] = {}
    for key in (k for k in placed if k in new):
        number += 1
        name, _ = placed[key]
        state = ' state="veryHidden"' if states[name] else ""
        entries[key] = f'<{p}sheet name="{quoted(name)}" sheetId="{number}"{state} {by}="{related[key]}"/>'.encode()
    ahead = [k for k in entries if k in first]
    behind = [k for k in entries if k not in first]
    shift = len(ahead)
    stand = {s.name: shift + s.place for s in book.sheets}
    come = dict(zip([*ahead, *behind], [*range(shift), *range(shift + len(stand), len(stand) + len(entries))], strict=True))
    place = {key: come[key] if key in new else stand[name] for key, (name, _) in placed.items()}
    sheets = next(e for e in elements(book.data, "sheets") if e.depth == 1)
    edits: list[Edit] = [(sheets.inside, sheets.inside, b"".join(entries[k] for k in ahead)), (sheets.close, sheets.close, b"".join(entries[k] for k in behind))]
    replaced = {place[k] - shift for k in placed if k not in new}
    edits += _defined(book, donor, placed, place, shift, replaced, names)
    if shift:
        for view in elements(book.data, "workbookView"):
            edits += [with_attribute(book.data, view, a, int(view.attributes.get(a, "0")) + shift) for a in ("activeTab", "firstSheet")
                      if a in view.attributes or a == "activeTab"]  # fmt: skip
    edits += _calculated(book.data, p)
    package.write(book.part, edited(book.data, [e for e in edits if e[2] or e[0] != e[1]]))
    if replaced:  # the chain may name formulas that are no more; it is made anew when the workbook is opened
        for relation in package.relations(book.part):
            if relation.kind == "calcChain" and relation.target in package:
                package.unrelate(book.part, relation.target)
                package.remove(relation.target)


def _relation(package: Package, tag: bytes) -> str:
    """The name of the attribute that names a relation; where the outermost tag declares no prefix for it, with the declaration."""
    space = package.in_dialect(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships")
    found = re.search(rb"""\sxmlns:(\w+)\s*=\s*["']""" + re.escape(space) + rb"""["']""", tag)
    return f"{found[1].decode()}:id" if found else f'xmlns:r="{space.decode()}" r:id'


def _defined(book: Workbook, donor: Package, placed: Mapping[str, tuple[str, str]], place: Mapping[str, int], shift: int, replaced: set[int],
             names: _Names) -> list[Edit]:  # fmt: skip
    """The defined names: those of other sheets count their sheet anew, those of generated sheets are the donor's."""
    theirs = Workbook(donor)
    p = root(book.data).prefix
    keys = list(placed)
    lines = []
    for e in theirs.names:
        attributes = dict(e.attributes)
        if "localSheetId" in attributes:
            attributes["localSheetId"] = str(place[keys[int(attributes["localSheetId"])]])
        else:
            attributes["name"] = names.of(attributes["name"])
        lines.append(_name(p, attributes, theirs.content(e)))
    marks = {MARK + key: sheet_name(name) for key, (name, _) in placed.items() if not key.startswith(OURS)}
    lines += [_name(p, {"name": mark, "hidden": "1"}, f"{sheet}!$A$1") for mark, sheet in marks.items()]
    edits: list[Edit] = []
    for e in book.names:
        local, name = e.attributes.get("localSheetId"), e.attributes.get("name", "")
        former = name in marks or names.former(name) if local is None else int(local) in replaced and name in _BUILT_IN
        if former:
            edits.append((e.start, e.end, b""))
        elif local is not None and shift:
            edits.append(with_attribute(book.data, e, "localSheetId", int(local) + shift))
    whole = next((e for e in elements(book.data, "definedNames") if e.depth == 1), None)
    if whole is not None:
        return [*edits, appended(book.data, whole, b"".join(lines))]
    at = _after(book.data, "definedNames")
    return [(at, at, f"<{p}definedNames>".encode() + b"".join(lines) + f"</{p}definedNames>".encode())]


def _name(prefix: str, attributes: Mapping[str, str], content: str) -> bytes:
    said = "".join(f' {k}="{quoted(v)}"' for k, v in attributes.items())
    return f"<{prefix}definedName{said}>{quoted(content)}</{prefix}definedName>".encode()


def _after(data: bytes, name: str) -> int:
    """Where an element of the workbook part belongs that is not there yet."""
    before = _WORKBOOK_ORDER[: _WORKBOOK_ORDER.index(name)]
    return max(e.end for e in elements(data, *before) if e.depth == 1)


def _calculated(data: bytes, p: str) -> list[Edit]:
    """Formulas of the user's own that read what was changed are worked out when the workbook is opened."""
    found = next((e for e in elements(data, "calcPr") if e.depth == 1), None)
    if found is not None:
        return [with_attribute(data, found, "fullCalcOnLoad", "1")]
    return [(at, at, f'<{p}calcPr fullCalcOnLoad="1"/>'.encode()) for at in [_after(data, "calcPr")]]
