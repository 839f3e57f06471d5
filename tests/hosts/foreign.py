"""More of what other programs leave: encodings, namespaces said late, other calendars, other ways to zip, registers with extensions of their own.

:mod:`strangers` has the parts that opsbook does not know; here is what stands in the parts that it has to edit.
"""

import io
import re
import struct
import warnings
import zipfile

import olefile
import openpyxl
from strangers import MAIN, RELATED, TYPES, _relation, rezipped

from opsbook.actions import template
from opsbook.demo import operations
from opsbook.grammar.finding import letters
from opsbook.hosts import new_file
from opsbook.hosts.graft import Workbook
from opsbook.hosts.package import Package, rels_of
from opsbook.sheets import catalog

X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
X15 = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
MICROSOFT = "http://schemas.microsoft.com/office/2007/relationships"
BOOK = "xl/workbook.xml"


def registers(*keys, rows=8):
    """A workbook that opsbook drew: registers as Excel tables, the lists, names and validations."""
    records = operations.records()
    given = {key: records[key][:rows] for key in keys or ("customers", "tickets", "risks")}
    return new_file.drawn(template.pages(catalog(), template.Choice("zh", tuple(given)), given))


def part_of(data, name):
    """The part of a sheet, wherever its target is said from."""
    return next(s.part for s in Workbook(Package(data)).sheets if s.name == name)


def tab(key):
    """The Chinese name of a register's sheet."""
    return catalog().sheets[key].tab.zh


def edited(data, part, change):
    """The package with the text of one part changed."""
    return rezipped(data, lambda n, b: change(b.decode()).encode() if n == part else b)


def everywhere(data, change, pattern=r"xl/(workbook|styles|worksheets/sheet\d+|tables/table\d+)\.xml"):
    """The package with the text of every part changed whose name fits."""
    return rezipped(data, lambda n, b: change(b.decode()).encode() if re.fullmatch(pattern, n) else b)


ALL_EDITED = r"\[Content_Types\]\.xml|xl/_rels/workbook\.xml\.rels|xl/(workbook|styles|worksheets/sheet\d+)\.xml"

# ------------------------------------------------------------------------------------------- as programs write


def openpyxl_saved(data):
    """As openpyxl saves it: the prefix of relationships is declared on every sheet element, not on the workbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book, out = openpyxl.load_workbook(io.BytesIO(data)), io.BytesIO()
    book.save(out)
    return out.getvalue()


def declared_late(data):
    """The prefix of relationships declared where it is used, as the Open XML SDK does."""
    return edited(data, BOOK, lambda s: s.replace(f' xmlns:r="{RELATED}"', "").replace("<sheet ", f'<sheet xmlns:r="{RELATED}" '))


def two_prefixes(data):
    """The prefix of relationships is not ``r``."""
    return edited(data, BOOK, lambda s: s.replace("xmlns:r=", "xmlns:rel=").replace(" r:id=", " rel:id="))


def references(data):
    """Characters beyond ASCII as numeric references, as ElementTree writes them by default."""
    return edited(data, BOOK, lambda s: s.encode("ascii", "xmlcharrefreplace").decode())


def declared_ascii(data):
    """The same, and the encoding says so."""
    return edited(references(data), BOOK, lambda s: s.replace("UTF-8", "US-ASCII"))


def of_another_encoding(data, sheet, encoding="GBK"):
    """A sheet that says it is in another encoding; its cells hold ASCII only, so that every reader agrees on them."""
    return rezipped(data, lambda n, b: b.replace(b"UTF-8", encoding.encode(), 1) if n == part_of(data, sheet) else b)


def indented(data):
    """Every element on a line of its own."""
    return everywhere(data, lambda s: s.replace("><", ">\r\n  <"), ALL_EDITED)


def spaced(data):
    """Blanks and line ends inside tags."""

    def change(said):
        said = re.sub(r'(\s)([A-Za-z:]+)="', r'\1\2 = "', said)
        said = re.sub(r"(<[A-Za-z]\w*) ", r"\1\n  ", said)
        return re.sub(r"/>", " />", said)

    return everywhere(data, change, r"xl/(workbook|styles)\.xml|xl/_rels/workbook\.xml\.rels|\[Content_Types\]\.xml")


def rows_closed_with_a_blank(data, sheet):
    """``</row >`` is XML too."""
    return edited(data, part_of(data, sheet), lambda s: s.replace("</row>", "</row >"))


def marked_bytes(data):
    """A byte order mark before every part."""
    return rezipped(data, lambda n, b: b"\xef\xbb\xbf" + b if n.endswith((".xml", ".rels")) else b)


def with_remarks(data):
    """Comments that look like markup, in the workbook part and the style sheet."""
    data = edited(data, BOOK, lambda s: s.replace("<sheets>", '<sheets><!-- <sheet name="x" sheetId="99"/> > -->').replace(
        "<bookViews>", '<bookViews><!-- <workbookView activeTab="9"/> -->'))  # fmt: skip
    return edited(data, "xl/styles.xml", lambda s: re.sub(r"(<cellXfs[^>]*>)", r"\1<!-- <xf/> -->", s))


def since_1904(data):
    """Days are counted from 1904, as Excel for Mac once did; the days themselves stay."""

    def change(said):
        said = re.sub(r'(<c r="[A-Z]+\d+" s="[1-9]\d*"><v>)(4\d{4}(?:\.\d+)?)</v>', lambda m: f"{m[1]}{float(m[2]) - 1462!r}</v>", said)
        return said.replace("<workbookPr ", '<workbookPr date1904="1" ')

    return everywhere(data, change)


def unnamed(data):
    """No defined names, no calculation settings, no views."""
    return edited(data, BOOK, lambda s: re.sub(r"<definedNames>.*?</definedNames>|<calcPr[^>]*/>|<bookViews>.*?</bookViews>", "", s))


def bare_styles(data):
    """The least that a style sheet can be: one font, fill, border and format, no named styles, no counts."""
    least = (f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill patternType="none"/></fill></fills><borders><border/></borders>'
             "<cellXfs><xf/></cellXfs></styleSheet>")  # fmt: skip
    return everywhere(edited(data, "xl/styles.xml", lambda s: least), lambda s: re.sub(r' (s|style|dxfId)="\d+"', "", s), r"xl/worksheets/sheet\d+\.xml")


def empty_styles(data):
    """A style sheet with nothing in it."""
    return edited(bare_styles(data), "xl/styles.xml", lambda s: f'<styleSheet xmlns="{MAIN}"/>')


# ------------------------------------------------------------------------------------------------ as it is zipped


def backslashes(data):
    """Members named with backslashes."""
    return rezipped(data, rename=lambda n: n.replace("/", "\\"))


def other_case(data):
    """Targets that differ in case from the names of the parts."""
    return edited(data, "xl/_rels/workbook.xml.rels", lambda s: s.replace('Target="worksheets/', 'Target="WorkSheets/'))


def with_folders(data):
    """Entries for folders, and a comment on the archive."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", source.read("[Content_Types].xml"))  # Excel's own readers want no order
        made.writestr("xl/", b"")
        made.writestr("docProps/", b"")
        for info in source.infolist()[1:]:
            made.writestr(info.filename, source.read(info))
        made.comment = b"made elsewhere"
    return out.getvalue()


def of_64_bits(data):
    """Sizes in the 64-bit form, as programs write that do not know them beforehand."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            with made.open(info.filename, "w", force_zip64=True) as stream:
                stream.write(source.read(info))
    return out.getvalue()


def encrypted(data):
    """A member that is flagged as encrypted."""
    whole = bytearray(data)
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


def doubled(data):
    """Two members of one name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rezipped(data, more={"xl/styles.xml": b"<styleSheet/>"})


# ----------------------------------------------------------------------------------------------- in the registers


def busy_register(data, sheet):
    """A register with sparklines, a 2010 data bar, a check box with its VML, notes with their thread, printer settings and page breaks."""
    part = part_of(data, sheet)
    rels = rels_of(part)
    more = {
        "xl/ctrlProps/ctrlProp71.xml": f'<formControlPr xmlns="{X14}" objectType="CheckBox" checked="Checked" lockText="1"/>',
        "xl/drawings/vmlDrawing71.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="_x0000_s1025" type="#_x0000_t201"><x:ClientData ObjectType="Checkbox"/></v:shape></xml>',
        "xl/comments71.xml": f'<comments xmlns="{MAIN}"><authors><author>王</author></authors><commentList><comment ref="B2" authorId="0"><text><t>请核对'
        "</t></text></comment></commentList></comments>",
        "xl/threadedComments/threadedComment71.xml": '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="B2" dT="2026-09-01T00:00:00.00" personId="{00000000-0000-0000-0000-000000000071}" id="{00000000-0000-0000-0000-000000000072}">'
        "<text>请核对</text></threadedComment></ThreadedComments>",
        "xl/printerSettings/printerSettings71.bin": b"\x00\x01printer",
    }  # fmt: skip
    extension = (f'<extLst><ext uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}" xmlns:x14="{X14}"><x14:sparklineGroups xmlns:xm="{XM}"><x14:sparklineGroup>'
                 f"<x14:sparklines><x14:sparkline><xm:f>'{sheet}'!A2:C2</xm:f><xm:sqref>BB2</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup>"
                 f'</x14:sparklineGroups></ext><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{X14}"><x14:conditionalFormattings>'
                 f'<x14:conditionalFormatting xmlns:xm="{XM}"><x14:cfRule type="dataBar" id="{{00000000-0000-0000-0000-000000000073}}"><x14:dataBar>'
                 '<x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/></x14:dataBar></x14:cfRule><xm:sqref>BB2:BB9</xm:sqref></x14:conditionalFormatting>'
                 "</x14:conditionalFormattings></ext></extLst>")  # fmt: skip
    control = (f'<legacyDrawing r:id="rId71"/><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14" xmlns:x14="{X14}"><controls><mc:AlternateContent>'
               '<mc:Choice Requires="x14"><control shapeId="1025" r:id="rId72" name="勾选"><controlPr defaultSize="0"><anchor><from>'
               f'<xdr:col xmlns:xdr="{DRAWN}">9</xdr:col><xdr:colOff xmlns:xdr="{DRAWN}">0</xdr:colOff><xdr:row xmlns:xdr="{DRAWN}">2</xdr:row>'
               f'<xdr:rowOff xmlns:xdr="{DRAWN}">0</xdr:rowOff></from><to><xdr:col xmlns:xdr="{DRAWN}">10</xdr:col><xdr:colOff xmlns:xdr="{DRAWN}">0</xdr:colOff>'
               f'<xdr:row xmlns:xdr="{DRAWN}">3</xdr:row><xdr:rowOff xmlns:xdr="{DRAWN}">0</xdr:rowOff></to></anchor></controlPr></control></mc:Choice>'
               "</mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>")  # fmt: skip
    breaks = '<rowBreaks count="1" manualBreakCount="1"><brk id="5" max="16383" man="1"/></rowBreaks>'
    lines = [("rId71", f"{RELATED}/vmlDrawing", "../drawings/vmlDrawing71.vml"), ("rId72", f"{RELATED}/ctrlProp", "../ctrlProps/ctrlProp71.xml"),
             ("rId73", f"{RELATED}/comments", "../comments71.xml"), ("rId74", f"{RELATED}/printerSettings", "../printerSettings/printerSettings71.bin"),
             ("rId75", "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", "../threadedComments/threadedComment71.xml")]  # fmt: skip
    kinds = {"xl/ctrlProps/ctrlProp71.xml": "application/vnd.ms-excel.controlproperties+xml", "xl/comments71.xml": f"{TYPES}.comments+xml",
             "xl/threadedComments/threadedComment71.xml": "application/vnd.ms-excel.threadedcomments+xml",
             "xl/printerSettings/printerSettings71.bin": f"{TYPES}.printerSettings",
             "xl/drawings/vmlDrawing71.vml": "application/vnd.openxmlformats-officedocument.vmlDrawing"}  # fmt: skip

    def edit(name, body):
        said = body.decode() if name.endswith((".xml", ".rels")) else ""
        if name == "[Content_Types].xml":
            return said.replace("</Types>", "".join(f'<Override PartName="/{n}" ContentType="{t}"/>' for n, t in kinds.items()) + "</Types>").encode()
        if name == part:
            tables = re.search(r"<tableParts.*?</tableParts>", said)
            said = said.replace(tables[0], "") if tables else said
            ignored = re.search(r"<ignoredErrors.*?</ignoredErrors>", said)
            said = said.replace(ignored[0], "") if ignored else said
            last = breaks + (ignored[0] if ignored else "") + control + (tables[0] if tables else "") + extension
            return said.replace("</worksheet>", f"{last}</worksheet>").encode()
        if name == rels:
            return said.replace("</Relationships>", "".join(map(_relation, lines)) + "</Relationships>").encode()
        return body

    if rels not in zipfile.ZipFile(io.BytesIO(data)).namelist():
        more[rels] = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(map(_relation, lines))}</Relationships>'
    return rezipped(data, edit, more)


def with_cell(data, sheet, address, cell):
    """The workbook with one cell put into a sheet, in the place where it belongs; ``cell`` is all of its markup."""
    column, row = re.match(r"([A-Z]+)(\d+)", address).groups()

    def change(said):
        whole = re.search(rf'<row r="{row}"[^>]*>.*?</row>', said, re.DOTALL)[0]
        kept = re.sub(rf'<c r="{address}"[^>]*?(?:/>|>.*?</c>)', "", whole)
        after = next((m.start() for m in re.finditer(r'<c r="([A-Z]+)\d+"', kept) if (len(m[1]), m[1]) > (len(column), column)), kept.index("</row>"))
        return said.replace(whole, kept[:after] + cell + kept[after:])

    return edited(data, part_of(data, sheet), change)


def computed_at(key, column):
    """The letter of a computed column."""
    return letters(list(catalog().sheets[key].columns).index(column) + 1)


def views(data, active=3, first=2):
    """Two windows and a custom view."""
    said = (f'<bookViews><workbookView xWindow="0" activeTab="{active}" firstSheet="{first}"/><workbookView xWindow="9" activeTab="1"/></bookViews>')  # fmt: skip
    data = edited(data, BOOK, lambda s: re.sub("<bookViews>.*?</bookViews>", said, s))
    own = '<customWorkbookViews><customWorkbookView name="自定义" guid="{00000000-0000-0000-0000-000000000079}" windowWidth="9" windowHeight="9" activeSheetId="2"/></customWorkbookViews>'  # noqa: E501
    return edited(data, BOOK, lambda s: re.sub(r"(<calcPr[^>]*/>)", rf"\1{own}", s))


# ---------------------------------------------------------------------------------------- what users do to our sheets


def renamed(data, old, new):
    """A sheet under another name, as Excel does it: names and charts that stand for its cells follow."""
    within = new.replace("'", "''").replace("&", "&amp;")

    def change(said):
        said = said.replace(f'<sheet name="{old}"', '<sheet name="{}"'.format(new.replace("&", "&amp;")))
        return re.sub(rf"(?:'{old}'|(?<=[>,(]){old})!", lambda m: f"'{within}'!", said)

    return everywhere(data, change, r"xl/(workbook|charts/chart\d+|worksheets/sheet\d+)\.xml")


def deleted(data, name):
    """A sheet deleted, as Excel does it: its parts go, names that stood for its cells lose them, local ones go, others count anew."""
    said = zipfile.ZipFile(io.BytesIO(data)).read(BOOK).decode()
    part = part_of(data, name)
    place = re.findall(r'<sheet [^>]*?name="([^"]*)"', said).index(name)
    rid = re.search(rf'<sheet name="{name}"[^>]*r:id="([^"]+)"', said)[1]
    said = re.sub(rf'<sheet name="{name}"[^>]*/>', "", said)
    said = re.sub(rf'<definedName [^>]*localSheetId="{place}"[^<]*</definedName>', "", said)
    said = re.sub(r'localSheetId="(\d+)"', lambda m: f'localSheetId="{int(m[1]) - (int(m[1]) > place)}"', said)
    said = re.sub(r'activeTab="(\d+)"', lambda m: f'activeTab="{max(0, int(m[1]) - (int(m[1]) > place))}"', said)
    said = re.sub(rf"'{name}'!\$A\$1(?=</)", "#REF!", said)
    gone = {part, rels_of(part)}
    rels = zipfile.ZipFile(io.BytesIO(data)).read(rels_of(part)).decode() if rels_of(part) in zipfile.ZipFile(io.BytesIO(data)).namelist() else ""
    gone |= {t.lstrip("/") for t in re.findall(r'Target="(/[^"]+)"', rels)}
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            body = source.read(info)
            if info.filename == BOOK:
                body = said.encode()
            if info.filename == "xl/_rels/workbook.xml.rels":
                body = re.sub(rf'<Relationship Id="{rid}"[^>]*/>', "", body.decode()).encode()
            if info.filename == "[Content_Types].xml":
                body = re.sub("|".join(rf'<Override PartName="/{re.escape(n)}"[^>]*/>' for n in gone), "", body.decode()).encode()
            if info.filename not in gone:
                made.writestr(info.filename, body)
    return out.getvalue()


def sliced(data, sheet):
    """A slicer put on the first table of a generated sheet."""
    part = part_of(data, sheet)
    source = zipfile.ZipFile(io.BytesIO(data))
    table = next(t.lstrip("/") for t in re.findall(r'Target="([^"]+)"', source.read(rels_of(part)).decode()) if "tables/" in t)
    id_ = re.search(r'<table [^>]*?\sid="(\d+)"', source.read(table).decode())[1]
    more = {
        "xl/slicers/slicer81.xml": f'<slicers xmlns="{X14}"><slicer name="切片" cache="切片器_表" caption="切片" rowHeight="241300"/></slicers>',
        "xl/slicerCaches/slicerCache81.xml": f'<slicerCacheDefinition xmlns="{X14}" name="切片器_表" sourceName="编号"><extLst><x:ext xmlns:x="{MAIN}" '
        f'xmlns:x15="{X15}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}"><x15:tableSlicerCache tableId="{id_}" column="1"/></x:ext></extLst></slicerCacheDefinition>',
    }  # fmt: skip
    caches = (f'<extLst><ext uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}" xmlns:x15="{X15}"><x15:slicerCaches xmlns:x14="{X14}"><x14:slicerCache r:id="rId81"/>'
              "</x15:slicerCaches></ext></extLst>")  # fmt: skip

    def edit(name, body):
        said = body.decode() if name.endswith((".xml", ".rels")) else ""
        if name == "[Content_Types].xml":
            kinds = {"xl/slicers/slicer81.xml": "slicer", "xl/slicerCaches/slicerCache81.xml": "slicerCache"}
            lines = "".join(f'<Override PartName="/{n}" ContentType="application/vnd.ms-excel.{t}+xml"/>' for n, t in kinds.items())
            return said.replace("</Types>", lines + "</Types>").encode()
        if name == BOOK:
            return said.replace("</workbook>", caches + "</workbook>").encode()
        if name == "xl/_rels/workbook.xml.rels":
            return said.replace("</Relationships>", _relation(("rId81", f"{MICROSOFT}/slicerCache", "slicerCaches/slicerCache81.xml")) + "</Relationships>").encode()
        if name == rels_of(part):
            return said.replace("</Relationships>", _relation(("rId82", f"{MICROSOFT}/slicer", "../slicers/slicer81.xml")) + "</Relationships>").encode()
        if name == part:
            own = f'<ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x15="{X15}"><x14:slicerList xmlns:x14="{X14}"><x14:slicer r:id="rId82"/></x14:slicerList></ext>'  # noqa: E501
            said = said.replace("</extLst></worksheet>", own + "</extLst></worksheet>") if "</extLst></worksheet>" in said else said.replace(
                "</worksheet>", f"<extLst>{own}</extLst></worksheet>")  # fmt: skip
            return said.encode()
        return body

    return rezipped(data, edit, more)


# --------------------------------------------------------------------------------------------- other formats


def ods(rows):
    """The smallest .ods with some rows."""
    spaces = "".join(f' xmlns:{p}="urn:oasis:names:tc:opendocument:xmlns:{p}:1.0"' for p in ("office", "table", "text"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        package.writestr("content.xml", f'<office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name="T">{rows}</table:table>'
                                        "</office:spreadsheet></office:body></office:document-content>")  # fmt: skip
    return out.getvalue()


def numbered_as_gnumeric(data):
    """An .xls whose own formats are numbered from 50 on."""
    out = io.BytesIO(data)
    with olefile.OleFileIO(out, write_mode=True) as ole:
        book = bytearray(ole.openstream("Workbook").read())
        at, number = 0, -1
        while number != 0x0A:  # the end of what is said of the whole workbook
            number, length = struct.unpack_from("<HH", book, at)
            place = at + {0x41E: 4, 0xE0: 6}.get(number, 0)  # of a format, and of a look that has one
            if place > at and (own := struct.unpack_from("<H", book, place)[0]) >= 164:
                struct.pack_into("<H", book, place, own - 164 + 50)
            at += 4 + length
        ole.write_stream("Workbook", bytes(book))
        return out.getvalue()
