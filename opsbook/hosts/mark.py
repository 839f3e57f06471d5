"""Mark: notes and conditional colours put into the sheets of a user's package, and taken out again; every other byte stays as it was.

A sheet's cells are never looked at: what is added stands behind them. Notes of somebody else stay; what is said to them comes below.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape

from opsbook.grammar.finding import column_number, letters
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts.markup import Edit, Element, appended, edited, elements, prefixed, quoted, refusal, root, utf8
from opsbook.hosts.package import TYPES, Package, rels_of
from opsbook.hosts.styles import Styles, styles_part

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
#: The order of what stands behind the cells of a sheet (ECMA-376 18.3.1.99).
_ORDER = ("sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews",
          "mergeCells", "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter",
          "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF",
          "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst")  # fmt: skip
_CLOSING = re.compile(rb"</(?:[^\s/>!?:]+:)?sheetData\s*>")
_BLOCK = 1024  # shapes that a number of a drawing part stands for
_SHAPE_NUMBER = re.compile(rb"_x0000_s(\d+)")
_CONDITIONS = "{78C0D931-6437-407D-A8EE-F0AAD7539E65}"  # the extension that holds Excel's newer conditions
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
        closing = None if found is None or found[1] else next(_CLOSING.finditer(self._data, self._data.rfind(b"sheetData") - 64), None)
        if found is None or not (found[1] or closing):
            raise refusal(part, "has no cells", "没有单元格区域")
        end = closing.end() if closing else found.end()
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
    said = [int(n) for e in sheet.children if e.name in ("conditionalFormatting", "extLst") for n in re.findall(rb"""\bpriority\s*=\s*["'](\d+)""", sheet.content(e))]
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
    """Take out the conditions whose formula names something of ours. Excel moves those that name another sheet into its own extension."""
    if ours not in package.read(part):
        return
    sheet = Sheet(package, part)
    edits: list[Edit] = []
    for whole in (e for e in sheet.children if e.name in ("conditionalFormatting", "extLst")):
        data = before = sheet.content(whole)
        for name, below in (("cfRule", ""), ("conditionalFormatting", "cfRule"), ("conditionalFormattings", "conditionalFormatting"), ("ext", ""), ("extLst", "ext")):
            gone = [(e.start, e.end, b"") for e in elements(data, name) if _spent(data[e.start : e.end], e, below, ours, before)]
            data = edited(data, gone)
        if data != before:
            edits.append((whole.start, whole.end, data))
    sheet.put(edits)


def _spent(data: bytes, e: Element, below: str, ours: bytes, before: bytes) -> bool:
    """Whether an element is a rule of ours, or has lost all that it held."""
    if e.name == "cfRule":
        return ours in data
    if e.name == "ext":  # only the one that held conditions and holds nothing now
        return "conditionalFormattings" in before.decode(errors="ignore") and e.attributes.get("uri", "").upper() == _CONDITIONS and not any(
            inner.depth == 1 for inner in elements(data))  # fmt: skip
    return not any(inner.name == below for inner in elements(data, below))


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
    for place in sorted(set(say) - threads):
        before = there.text(place)
        after = say[place](before)
        if after is not None and place not in there.at:
            new.append((place, after))
        elif after is None and place in there.at:
            there.remove(place)
            gone.add(place)
        elif after is not None and after != before:
            there.rewrite(place, after)
    if new or there.edits:
        if not comments:
            comments = package.unused("xl/comments{}.xml")
            package.write(comments, b"")
            package.declare(comments, _COMMENTS)
            package.relate(part, [("comments", comments)])
        there.save(comments, new)
        _draw(package, part, [place for place, _ in new], gone)
    return len(threads & set(say))


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
        authors = [self.data[e.inside : e.close] for e in found if e.name == "author"]
        self.count = len(authors)
        self.author = authors.index(b"opsbook") if b"opsbook" in authors else self.count  # its number among them
        self.prefix = root(self.data).prefix if name else ""

    def _texts(self, place: Place) -> list[tuple[Element, Element, str]]:
        """The pieces of a note, each with the run that it stands in, and what they say; how characters are read is no part of it."""
        e = self.at[place]
        inner = self.data[e.start : e.end]
        found = list(elements(inner, "t", "r", "rPh"))
        aside = [(x.start, x.end) for x in found if x.name == "rPh"]
        runs = [x for x in found if x.name == "r"]
        said = []
        for t in (x for x in found if x.name == "t" and not any(start < x.start < end for start, end in aside)):
            run = next((r for r in runs if r.start < t.start < r.end), t)
            said.append((run, t, unescape(inner[t.inside : t.close].decode())))
        return said

    def text(self, place: Place) -> str:
        """What a note says, '' where there is none."""
        return "".join(said for _, _, said in self._texts(place)) if place in self.at else ""

    def remove(self, place: Place) -> None:
        """Take a note away."""
        self.edits.append((self.at[place].start, self.at[place].end, b""))

    def rewrite(self, place: Place, after: str) -> None:
        """Keep what stands before our own text as it is, and put the rest behind it."""
        e = self.at[place]
        before = self.text(place)
        room = len(before.partition(self.ours)[0].rstrip("\n"))
        if not after.startswith(before[:room]):
            room = 0
        rest = after[room:]
        for run, t, said in self._texts(place):
            here = said[:room]
            room -= len(here)
            if not here:
                self.edits.append((e.start + run.start, e.start + run.end, b""))
            elif here != said:
                self.edits.append((e.start + t.inside, e.start + t.close, escape(here, quote=False).encode()))
        if rest:
            inner = self.data[e.start : e.end]
            text = next(x for x in elements(inner, "text") if x.depth == 1)
            written = prefixed(_run(rest), self.prefix)
            last = next((x.start for x in sorted(elements(inner, "rPh", "phoneticPr"), key=lambda x: x.start) if x.depth == 2), None)
            at, end, whole = appended(inner, text, written) if last is None else (last, last, written)
            self.edits.append((e.start + at, e.start + end, whole))

    def save(self, name: str, new: Sequence[tuple[Place, str]]) -> None:
        """Write the part, with new notes."""
        lines = b"".join(b'<comment ref="%s%d" authorId="%d"><text>%s</text></comment>' % (letters(column).encode(), row, self.author, _run(said))
                         for (row, column), said in new)  # fmt: skip
        if self.list is None or self.authors is None:
            space = self.package.in_dialect(b"http://schemas.openxmlformats.org/spreadsheetml/2006/main")
            self.data = (b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="%s"><authors><author>opsbook</author></authors>'
                         b"<commentList>%s</commentList></comments>" % (space, lines))  # fmt: skip
        else:
            more = [appended(self.data, self.list, prefixed(lines, self.prefix))] if new else []
            if new and self.author == self.count:
                more.append(appended(self.data, self.authors, prefixed(b"<author>opsbook</author>", self.prefix)))
            self.data = edited(self.data, [*self.edits, *more])
        self.package.write(name, self.data)


def _run(said: str) -> bytes:
    return f'<r><rPr><sz val="9"/></rPr><t xml:space="preserve">{quoted(said)}</t></r>'.encode()


def _draw(package: Package, part: str, new: Sequence[Place], gone: set[Place]) -> None:
    """Draw the boxes of new notes, and remove those of notes that are gone."""
    sheet = Sheet(package, part)
    element = next((e for e in sheet.children if e.name == "legacyDrawing"), None)  # the pictures of a header are drawn elsewhere
    if element is None and not new:
        return
    first = _free_block(package)
    blocks = ",".join(str(first + n) for n in range(len(new) // _BLOCK + 1)).encode()
    shapes = b"".join(_shape(first * _BLOCK + n, place) for n, place in enumerate(new, 1))
    if element is None:
        drawing = package.unused("xl/drawings/vmlDrawing{}.vml")
        data = (b"<xml %s><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"%s\"/></o:shapelayout>%s%s</xml>" % (_SPACES, blocks, _TYPE, shapes))
        package.write(drawing, data)
        package.declare(drawing, _VML)
        (relation,) = package.relate(part, [("vmlDrawing", drawing)])
        sheet = Sheet(package, part)
        at = sheet.behind("legacyDrawing")
        space = package.in_dialect(b"http://schemas.openxmlformats.org/officeDocument/2006/relationships").decode()
        sheet.put([(at, at, f'<{sheet.prefix}legacyDrawing xmlns:opsr="{space}" opsr:id="{relation}"/>'.encode())])
        return
    id_ = next((v for k, v in element.attributes.items() if k == "id" or k.endswith(":id")), "")
    drawing = next((r.target for r in package.relations(part) if r.id == id_ and r.target in package), "")
    data = _removed(package.read(drawing), gone) if drawing else b""
    end = max((m.start() for m in _LAST.finditer(data)), default=-1)
    if end < 0:
        raise refusal(part, "names no drawing of its notes", "缺少批注图形")
    if new:
        data = re.sub(rb"""(<(?:\w+:)?idmap\b[^>]*?\bdata\s*=\s*["'][^"']*)""", lambda m: m[1] + b"," + blocks, data, count=1)
        end = max(m.start() for m in _LAST.finditer(data))
        data = data[:end] + (b"" if b'id="opsbook_note"' in data else _TYPE) + shapes + data[end:]
    package.write(drawing, data)


_LAST = re.compile(rb"</(?:\w+:)?xml\s*>")
_SPACES = b'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"'


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
    """A drawing without the boxes of some notes, whatever prefixes its writer used."""

    def kept(found: re.Match[bytes]) -> bytes:
        row, column = (re.search(rb"<(?:\w+:)?%s>\s*(\d+)\s*</" % n, found[0]) for n in (b"Row", b"Column"))
        return b"" if row and column and (int(row[1]) + 1, int(column[1]) + 1) in gone else found[0]

    return re.sub(rb"<((?:\w+:)?shape)\b(?:(?!</\1\s*>).)*</\1\s*>\s*", kept, data, flags=re.DOTALL) if gone else data


#: The spaces are declared at each element: another writer may have called them otherwise above.
_TYPE = (b'<v:shapetype %s id="opsbook_note" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
         b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>' % _SPACES)  # fmt: skip


def _shape(number: int, place: Place) -> bytes:
    row, column = place[0] - 1, place[1] - 1
    anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 10, {column + 6}, 15, {max(row - 1, 0) + 7}, 4"
    return (f'<v:shape {_SPACES.decode()} id="_x0000_s{number}" type="#opsbook_note" style="position:absolute;visibility:hidden;width:260pt;height:90pt" '
            f'fillcolor="#FFFFE1" o:insetmode="auto"><v:fill color2="#FFFFE1"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"/>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>'
            f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>").encode()  # fmt: skip


# ------------------------------------------------------------------------------------------- what is not sent back


_PLAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_LINK = re.compile(r"(?<![\w\].])'?(?:[^'\[\]!]*)\[[1-9]\d*\][^\[\]!]*!")
_TEXTS = re.compile(r'"(?:[^"]|"")*"')


def without_macros(package: Package) -> bool:
    """Leave macros out of a package, which then is a plain workbook; whether there were any. Macro sheets of old make it an
    :class:`UnreadableFile`."""
    book = package.workbook
    related = package.relations(book)
    if any(r.kind in ("xlMacrosheet", "xlIntlMacrosheet") for r in related):
        raise refusal(book, "has sheets of old macros", "含有 Excel 4.0 宏表")
    there = [r.target for r in related if r.kind == "vbaProject" and r.target in package]
    for name in there:
        for signature in package.relations(name):
            if signature.target in package:
                package.remove(signature.target)
        package.unrelate(book, name)
        package.remove(name)
    stated = next((e for e in elements(package.markup(TYPES), "Override") if e.attributes.get("PartName", "").lower() == f"/{book}".lower()), None)
    if there or (stated is not None and stated.attributes.get("ContentType") != _PLAIN):
        package.declare(book, _PLAIN)
    return bool(there)


def without_links(package: Package, sheets: Iterable[str]) -> int:
    """Leave links to other workbooks out of a package: cells and charts keep their last values. How many there were."""
    book = package.workbook
    there = [r.target for r in package.relations(book) if r.kind == "externalLink" and r.target in package]
    if not there:
        return 0
    calculated = [r.target for r in package.relations(book) if r.kind == "calcChain" and r.target in package]
    for name in (*there, *calculated):  # the chain names formulas that are no more; it is made anew
        package.unrelate(book, name)
        package.remove(name)
    data = package.markup(book)
    names = [(e, unescape(data[e.inside : e.close].decode())) for e in elements(data, "definedName")]
    linked = _Linked()
    while more := {e.attributes.get("name", "") for e, said in names if linked(said)} - linked.names:
        linked.names |= more  # names may stand for names
    edits: list[Edit] = [(e.start, e.end, b"") for e in elements(data, "externalReferences") if e.depth == 1]
    gone = [e for e, said in names if linked(said)]
    if names and len(gone) == len(names):
        edits += [(e.start, e.end, b"") for e in elements(data, "definedNames") if e.depth == 1]
    else:
        edits += [(e.start, e.end, b"") for e in gone]
    package.write(book, edited(data, edits))
    for part in sheets:
        _unlinked(package, part, linked)
    for part in [n for n in package.names if re.fullmatch(r"xl/(charts|tables)/[^/]+\.xml", n)]:
        _unlinked_part(package, part, linked)
    return len(there)


class _Linked:
    """Whether a formula names another workbook, itself or through a name; what stands in its texts does not count."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __call__(self, formula: str) -> bool:
        said = _TEXTS.sub('""', formula)
        if "[" in said and _LINK.search(said):
            return True
        return bool(self.names) and any(word in self.names for word in re.findall(r"[\w.\\]+", said))


def _unlinked(package: Package, part: str, linked: _Linked) -> None:
    """The formulas of a sheet that name other workbooks give way to the values that they had; conditions and checks that do are left out."""
    data = package.read(part)
    formula = re.compile(rb"<((?:[^\s/>!?:]+:)?f)\b([^>]*?)(?:/>|>([^<]*)</\1\s*>)")
    index = re.compile(rb"""\bsi\s*=\s*["'](\d+)["']""")
    shared = {found[1] for f in formula.finditer(data) if f[3] and linked(unescape(f[3].decode())) and (found := index.search(f[2]))}

    def kept(f: re.Match[bytes]) -> bytes:
        number = index.search(f[2])
        return b"" if (f[3] and linked(unescape(f[3].decode()))) or (number and number[1] in shared) else f[0]

    if (new := formula.sub(kept, data)) != data:
        package.write(part, new)
    sheet = Sheet(package, part)
    edits: list[Edit] = []
    for whole in (e for e in sheet.children if e.name in ("conditionalFormatting", "dataValidations", "extLst")):
        inner = sheet.content(whole)
        rules = [e for e in elements(inner, "cfRule", "dataValidation") if any(
            linked(unescape(inner[e.start : e.end][f.inside : f.close].decode())) for f in elements(inner[e.start : e.end], "formula", "formula1", "formula2", "f"))]
        if rules and whole.name != "extLst" and len(rules) == sum(1 for _ in elements(inner, "cfRule", "dataValidation")):
            edits.append((whole.start, whole.end, b""))
        else:
            edits += [(whole.start + e.start, whole.start + e.end, b"") for e in rules]
    sheet.put(edits)


_CHART_TEXT = re.compile(rb"<((?:\w+:)?)tx>\s*<\1strRef>\s*<\1f>([^<]*)</\1f>.*?(?:<\1v>([^<]*)</\1v>)?.*?</\1strRef>\s*</\1tx>", re.DOTALL)
_CHART_DATA = re.compile(rb"<((?:\w+:)?)(num|str)Ref>\s*<\1f>([^<]*)</\1f>\s*(?:<\1\2Cache>(.*?)</\1\2Cache>)?.*?</\1\2Ref>", re.DOTALL)


def _unlinked_part(package: Package, part: str, linked: _Linked) -> None:
    """A chart shows what it last showed; a table's column has no formula to repeat."""
    data = package.read(part)

    def text(m: re.Match[bytes]) -> bytes:
        return b"<%stx><%sv>%s</%sv></%stx>" % (m[1], m[1], m[3] or b"", m[1], m[1]) if linked(unescape(m[2].decode())) else m[0]

    def values(m: re.Match[bytes]) -> bytes:
        if not linked(unescape(m[3].decode())):
            return m[0]
        return b"<%s%sLit>%s</%s%sLit>" % (m[1], m[2], m[4] or b"<%sptCount val=\"0\"/>" % m[1], m[1], m[2])

    new = _CHART_DATA.sub(values, _CHART_TEXT.sub(text, data))
    tables = list(elements(new, "calculatedColumnFormula", "totalsRowFormula"))
    new = edited(new, [(e.start, e.end, b"") for e in tables if linked(unescape(new[e.inside : e.close].decode()))])
    if any(linked(unescape(new[e.inside : e.close].decode())) for e in elements(new, "f")):
        raise refusal(part, "draws another workbook in a way that cannot be kept", "以无法保留的方式引用外部工作簿")
    if new != data:
        package.write(part, new)


def part_of(package: Package, parts: Mapping[str, str], sheet: str) -> str:
    """The part of a sheet by its name; an :class:`UnreadableFile` where there is none."""
    if sheet not in parts or parts[sheet] not in package:
        raise UnreadableFile("FIL-001", f"{sheet}: {rels_of(package.workbook)}")
    return parts[sheet]
