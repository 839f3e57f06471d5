"""Mark: notes and conditional colours put into the sheets of a user's package, and taken out again; every other byte stays as it was.

A sheet's cells are never looked at: what is added stands behind them. Notes of somebody else stay; what is said to them comes below.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from opsbook.grammar.finding import column_number, letters
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts.markup import Edit, Element, appended, edited, elements, prefixed, quoted, refusal, root, utf8
from opsbook.hosts.package import Package, rels_of
from opsbook.hosts.styles import Styles, styles_part

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
#: The order of what stands behind the cells of a sheet (ECMA-376 18.3.1.99).
_ORDER = ("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews",
          "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
          "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF",
          "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")  # fmt: skip
_BLOCK = 1024  # shapes that a number of a drawing part stands for
_SHAPE_NUMBER = re.compile(rb"_x0000_s(\d+)")
Place = tuple[int, int]  # row and column, 1-based


@dataclass(frozen=True)
class Colour:
    """A condition on cells, and their colours where it is true: ``#RRGGBB``."""

    area: str
    formula: str
    fill: str
    ink: str


class Sheet:
    """What stands around the cells of a sheet, to be added to."""

    def __init__(self, package: Package, part: str) -> None:
        self.package, self.part = package, part
        self._data = utf8(package.read(part), part)
        found = re.search(rb"<(?:[^\s/>!?:]+:)?sheetData\b[^>]*?(/?)>", self._data)
        end = self._data.rfind(b"sheetData>") + len(b"sheetData>") if found and not found[1] else found.end() if found else -1
        if found is None or end < found.end():
            raise refusal(part, "has no cells", "没有单元格区域")
        self._cut = found.start(), end
        self._around = self._data[: found.start()] + self._data[end:]
        try:
            self._top = root(self._around)
            self.prefix = self._top.prefix
            self._children = [e for e in elements(self._around) if e.depth == 1]
        except (StopIteration, IndexError):
            raise refusal(part, "is not well-formed", "不是格式正确的 XML") from None

    @property
    def children(self) -> list[Element]:
        """The elements beside the cells."""
        return self._children

    def content(self, e: Element) -> bytes:
        """The bytes of an element."""
        return self._around[e.start : e.end]

    def put(self, edits: Iterable[Edit]) -> None:
        """Change what stands around the cells, and write the part."""
        cut, end = self._cut
        shift = end - cut
        moved = [(s + shift, e + shift, new) if s >= cut else (s, e, new) for s, e, new in edits]
        if moved:
            self.package.write(self.part, edited(self._data, moved))
            self.__init__(self.package, self.part)  # type: ignore[misc]

    def behind(self, name: str) -> int:
        """Where an element of a name belongs that is not there yet."""
        before = {*_ORDER[: _ORDER.index(name) + 1]}
        return max([self._cut[0], *(e.end for e in self._children if e.name in before)])


def coloured(package: Package, part: str, colours: Sequence[Colour]) -> None:
    """Add conditions to a sheet, after those that it has."""
    if not colours:
        return
    styles_name = styles_part(package)
    if not styles_name:
        raise refusal(part, "belongs to a workbook without styles", "所在工作簿没有样式表")
    styles, sheet = Styles(package.markup(styles_name)), Sheet(package, part)
    said = [int(n) for e in sheet.children if e.name == "conditionalFormatting" for n in re.findall(rb"""\bpriority\s*=\s*["'](\d+)""", sheet.content(e))]
    priority, rules = max(said, default=0), []
    for colour in colours:
        look = (f'<dxf><font><color rgb="FF{colour.ink[1:]}"/></font><fill><patternFill patternType="solid"><fgColor rgb="FF{colour.fill[1:]}"/>'
                f'<bgColor rgb="FF{colour.fill[1:]}"/></patternFill></fill></dxf>')  # fmt: skip
        priority += 1
        rules.append(f'<conditionalFormatting sqref="{colour.area}"><cfRule type="expression" dxfId="{styles.add("dxfs", look.encode())}" '
                     f'priority="{priority}"><formula>{quoted(colour.formula)}</formula></cfRule></conditionalFormatting>')  # fmt: skip
    package.write(styles_name, styles.to_bytes())
    at = sheet.behind("conditionalFormatting")
    sheet.put([(at, at, prefixed("".join(rules).encode(), sheet.prefix))])


def uncoloured(package: Package, part: str, ours: bytes) -> None:
    """Take out the conditions whose formula names something of ours."""
    if ours not in package.read(part):
        return
    sheet = Sheet(package, part)
    edits: list[Edit] = []
    for whole in (e for e in sheet.children if e.name == "conditionalFormatting"):
        data = sheet.content(whole)
        rules = list(elements(data, "cfRule"))
        mine = [(e.start, e.end) for e in rules if ours in data[e.start : e.end]]
        if mine and len(mine) == len(rules):
            edits.append((whole.start, whole.end, b""))
        else:
            edits += [(whole.start + s, whole.start + e, b"") for s, e in mine]
    sheet.put(edits)


# ------------------------------------------------------------------------------------------------------ notes


def noted(package: Package, part: str, say: Mapping[Place, Callable[[str], str | None]], ours: str) -> int:
    """Rewrite the notes of a sheet: each place has what turns the text that stands there ('' for none) into another, None to take it away.

    What of a text stands before ``ours`` keeps its fonts. The number of places left alone, since a conversation hangs on them.
    """
    related = package.relations(part)
    comments = next((r.target for r in related if r.kind == "comments" and r.target in package), "")
    threads = _threaded(package, [r.target for r in related if r.kind == "threadedComment" and r.target in package])
    there = _Comments(package, comments, ours)
    new: list[tuple[Place, str]] = []
    gone: set[Place] = set()
    for place in sorted(say):
        before = there.text(place)
        after = say[place](before)
        if place in threads or after == (before or None):
            continue
        if after is None:
            there.remove(place)
            gone.add(place)
        elif before:
            there.rewrite(place, after)
        else:
            new.append((place, after))
    left = sum(place in threads for place in say)
    if not new and not there.edits:
        return left
    drawing = next((r.target for r in related if r.kind == "vmlDrawing" and r.target in package), "")
    if not comments:
        comments = package.unused("xl/comments{}.xml")
        package.write(comments, b"")
        package.declare(comments, _COMMENTS)
        package.relate(part, [("comments", comments)])
    there.save(comments, new)
    _draw(package, part, drawing, [place for place, _ in new], gone)
    return left


def notes_of(package: Package, part: str, ours: str) -> list[Place]:
    """The places whose notes hold a text of ours."""
    name = next((r.target for r in package.relations(part) if r.kind == "comments" and r.target in package), "")
    there = _Comments(package, name, ours)
    return [place for place in there.at if ours in there.text(place)]


def _threaded(package: Package, parts: Iterable[str]) -> set[Place]:
    return {place for name in parts for e in elements(package.markup(name), "threadedComment") if (place := _place(e.attributes.get("ref", "")))}


def _place(said: str) -> Place | None:
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d+)", said)
    return (int(found[2]), column_number(found[1])) if found else None


class _Comments:
    """The part that holds the notes of a sheet."""

    def __init__(self, package: Package, name: str, ours: str) -> None:
        self.package, self.ours, self.edits = package, ours, list[Edit]()
        self.data = package.markup(name) if name else b""
        found = list(elements(self.data, "comment", "authors", "author", "commentList")) if name else []
        self.at = {place: e for e in found if e.name == "comment" and (place := _place(e.attributes.get("ref", "")))}
        self.authors = next((e for e in found if e.name == "authors"), None)
        self.list = next((e for e in found if e.name == "commentList"), None)
        self.count = sum(e.name == "author" for e in found)
        self.prefix = root(self.data).prefix if name else ""

    def _texts(self, place: Place) -> list[tuple[int, int, str]]:
        """The pieces of a note: where they stand, and what they say."""
        e = self.at[place]
        inner = self.data[e.start : e.end]
        return [(e.start + t.inside, e.start + t.close, unescape(inner[t.inside : t.close].decode())) for t in elements(inner, "t") if not t.empty]

    def text(self, place: Place) -> str:
        """What a note says, '' where there is none."""
        return "".join(said for _, _, said in self._texts(place)) if place in self.at else ""

    def remove(self, place: Place) -> None:
        """Take a note away."""
        self.edits.append((self.at[place].start, self.at[place].end, b""))

    def rewrite(self, place: Place, after: str) -> None:
        """Keep what stands before our own text as it is, and put ours behind it."""
        e = self.at[place]
        kept, _, ours = after.partition(self.ours)
        room = len(kept.rstrip("\n"))
        for start, end, said in self._texts(place):
            here = said[:room]
            if here != said:
                self.edits.append((start, end, quoted(here).encode()))
            room -= len(here)
        if ours:
            text = next(t for t in elements(self.data[e.start : e.end], "text") if t.depth == 1)
            at = e.start + text.close
            lead = "\n" if kept.strip() else ""
            self.edits.append((at, at, prefixed(_run(lead + self.ours + ours), self.prefix)))

    def save(self, name: str, new: Sequence[tuple[Place, str]]) -> None:
        """Write the part, with new notes."""
        lines = b"".join(b'<comment ref="%s%d" authorId="%d"><text>%s</text></comment>' % (letters(column).encode(), row, self.count, _run(said))
                         for (row, column), said in new)  # fmt: skip
        if self.list is None or self.authors is None:
            space = self.package.in_dialect(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main")
            self.data = (b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="%s"><authors><author>opsbook</author></authors>'
                         b"<commentList>%s</commentList></comments>" % (space, lines))  # fmt: skip
        else:
            more = [appended(self.data, self.authors, prefixed(b"<author>opsbook</author>", self.prefix)),
                    appended(self.data, self.list, prefixed(lines, self.prefix))] if new else []  # fmt: skip
            self.data = edited(self.data, [*self.edits, *more])
        self.package.write(name, self.data)


def _run(said: str) -> bytes:
    return f'<r><rPr><sz val="9"/></rPr><t xml:space="preserve">{quoted(said)}</t></r>'.encode()


def _draw(package: Package, part: str, drawing: str, new: Sequence[Place], gone: set[Place]) -> None:
    """Draw the boxes of new notes, and remove those of notes that are gone."""
    if not drawing:
        if not new:
            return
        drawing = package.unused("xl/drawings/vmlDrawing{}.vml")
        package.write(drawing, b"")
        package.declare(drawing, _VML)
        (relation,) = package.relate(part, [("vmlDrawing", drawing)])
        first = _free_block(package)
        blocks = ",".join(str(first + n) for n in range(len(new) // _BLOCK + 1))
        data = (b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">'
                b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="%s"/></o:shapelayout>%s</xml>' % (blocks.encode(), _TYPE))  # fmt: skip
        sheet = Sheet(package, part)
        at = sheet.behind("legacyDrawing")
        space = package.in_dialect(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships").decode()
        sheet.put([(at, at, f'<{sheet.prefix}legacyDrawing xmlns:opsr="{space}" opsr:id="{relation}"/>'.encode())])
    else:
        data = package.read(drawing)
        first = _free_block(package)
        data = _removed(data, gone)
        blocks = "".join(f",{first + n}" for n in range(len(new) // _BLOCK + 1))
        if new:
            data = re.sub(rb"""(<o:idmap\b[^>]*?\bdata\s*=\s*["'][^"']*)""", lambda m: m[1] + blocks.encode(), data, count=1)
            end = data.rfind(b"</xml>")
            if end < 0:
                raise refusal(drawing, "is not a drawing of notes", "不是批注图形")
            data = data[:end] + (b"" if b'id="opsbook_note"' in data else _TYPE) + data[end:]
    shapes = b"".join(_shape(first * _BLOCK + n, place) for n, place in enumerate(new, 1))
    end = data.rfind(b"</xml>")
    package.write(drawing, data[:end] + shapes + data[end:])


def _free_block(package: Package) -> int:
    """A number that no drawing of notes in the package uses, nor any after it."""
    used = [0]
    for name in package.names:
        if name.lower().endswith(".vml"):
            data = package.read(name)
            used += [int(n) for said in re.findall(rb"""\bdata\s*=\s*["']([\d,]+)["']""", data) for n in said.split(b",") if n]
            used += [int(n) // _BLOCK for n in _SHAPE_NUMBER.findall(data)]
    return max(used) + 1


def _removed(data: bytes, gone: set[Place]) -> bytes:
    """A drawing without the boxes of some notes."""

    def kept(found: re.Match[bytes]) -> bytes:
        row, column = (re.search(rb"<x:%s>\s*(\d+)\s*</x:%s>" % (n, n), found[0]) for n in (b"Row", b"Column"))
        return b"" if row and column and (int(row[1]) + 1, int(column[1]) + 1) in gone else found[0]

    return re.sub(rb"<v:shape\b(?:(?!</v:shape>).)*</v:shape>\s*", kept, data, flags=re.DOTALL) if gone else data


_TYPE = (b'<v:shapetype id="opsbook_note" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
         b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>')  # fmt: skip


def _shape(number: int, place: Place) -> bytes:
    row, column = place[0] - 1, place[1] - 1
    anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 10, {column + 6}, 15, {max(row - 1, 0) + 7}, 4"
    return (f'<v:shape id="_x0000_s{number}" type="#opsbook_note" style="position:absolute;visibility:hidden;width:260pt;height:90pt" fillcolor="#FFFFE1" '
            f'o:insetmode="auto"><v:fill color2="#FFFFE1"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>'
            f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>").encode()  # fmt: skip


# ------------------------------------------------------------------------------------------- what is not sent back


_MACROS = ("vbaProject", "vbaProjectSignature", "wordVbaData")
_PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_LINKED = re.compile(rb"\[\d+\]")


def without_macros(package: Package) -> bool:
    """Leave macros out of a package; whether there were any. Macro sheets of old make it an :class:`UnreadableFile`."""
    from opsbook.hosts.package import TYPES

    book = package.workbook
    related = package.relations(book)
    if any(r.kind in ("xlMacrosheet", "xlIntlMacrosheet") for r in related):
        raise refusal(book, "has sheets of old macros", "含有 Excel 4.0 宏表")
    there = [r.target for r in related if r.kind in _MACROS and r.target in package]
    for name in there:
        package.unrelate(book, name)
        package.remove(name)
    types = package.markup(TYPES)
    stated = next((e for e in elements(types, "Override") if e.attributes.get("PartName", "").lower() == f"/{book}".lower()), None)
    if there or (stated is not None and "macroEnabled" in stated.attributes.get("ContentType", "")):
        package.declare(book, _PLAIN)
    return bool(there)


def without_links(package: Package, sheets: Iterable[str]) -> int:
    """Leave links to other workbooks out of a package: cells keep their last values. How many there were."""
    book = package.workbook
    there = [r.target for r in package.relations(book) if r.kind == "externalLink" and r.target in package]
    if not there:
        return 0
    for name in there:
        package.unrelate(book, name)
        package.remove(name)
    data = package.markup(book)
    edits: list[Edit] = [(e.start, e.end, b"") for e in elements(data, "externalReferences") if e.depth == 1]
    edits += [(e.start, e.end, b"") for e in elements(data, "definedName") if _LINKED.search(data[e.inside : e.close])]
    package.write(book, edited(data, edits))
    for part in sheets:
        _unlinked(package, part)
    return len(there)


def _unlinked(package: Package, part: str) -> None:
    """The formulas of a sheet that name other workbooks give way to the values that they had."""
    data = package.read(part)
    if not _LINKED.search(data):
        return
    formula = re.compile(rb"<((?:[^\s/>!?:]+:)?f)\b([^>]*?)(?:/>|>([^<]*)</\1\s*>)")
    index = re.compile(rb"""\bsi\s*=\s*["'](\d+)["']""")
    shared = {found[1] for f in formula.finditer(data) if f[3] and _LINKED.search(f[3]) and (found := index.search(f[2]))}

    def kept(f: re.Match[bytes]) -> bytes:
        number = index.search(f[2])
        return b"" if (f[3] and _LINKED.search(f[3])) or (number and number[1] in shared) else f[0]

    package.write(part, formula.sub(kept, data))


def part_of(package: Package, parts: Mapping[str, str], sheet: str) -> str:
    """The part of a sheet by its name; an :class:`UnreadableFile` where there is none."""
    if sheet not in parts or parts[sheet] not in package:
        raise UnreadableFile("FIL-001", f"{sheet}: {rels_of(package.workbook)}")
    return parts[sheet]
