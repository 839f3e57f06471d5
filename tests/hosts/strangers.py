"""Workbooks as other programs and other people leave them: parts that opsbook does not know, and XML written in other ways."""

import io
import re
import struct
import zipfile
import zlib
from datetime import date, datetime

import xlsxwriter

from opsbook.demo import operations
from opsbook.sheets import catalog

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OWN = "我的分析"  # the user's own sheet


def png():
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    pixels = zlib.compress(b"".join(b"\0" + bytes([n * 8 % 256, 90, 160]) * 24 for n in range(24)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 24, 24, 8, 2, 0, 0, 0)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def workbook(*, keys=("customers", "tickets", "risks"), macros=False, records=None):
    """Registers as a user keeps them, and a sheet of their own with a chart, a picture, notes, sparklines, data bars and a button."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False})
    if macros:
        book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0 macros of the user's own"), True)
        book.set_vba_name("ThisWorkbook")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    records = records or operations.records()
    for key in keys:
        sheet = catalog().sheets[key]
        tab = book.add_worksheet(sheet.tab.zh)
        if macros:
            tab.set_vba_name(f"Sheet_{key}")
        for place, column in enumerate(sheet.columns.values()):
            tab.write_string(0, place, column.header.zh)
        for number, row in enumerate(records[key], 1):
            for place, column in enumerate(sheet.columns.values()):
                value = row.get(column.name)
                if value is None or value == "" or column.computed:
                    continue
                value = column.kind.write(value, "zh") if isinstance(value, str) and hasattr(column.kind, "choices") else value
                if isinstance(value, date):
                    tab.write_datetime(number, place, value if isinstance(value, datetime) else datetime(value.year, value.month, value.day), day)
                elif isinstance(value, str):
                    tab.write_string(number, place, value)
                else:
                    tab.write_number(number, place, value)
    own = book.add_worksheet(OWN)
    if macros:
        own.set_vba_name("SheetOwn")
    own.write_row(0, 0, ["类别", "数"])
    for number, (name, value) in enumerate([("甲", 1), ("乙", 2), ("丙", 3)], 1):
        own.write_row(number, 0, [name, value])
    own.write_formula("B6", f"=COUNTA('{catalog().sheets[keys[-1]].tab.zh}'!A:A)", None, 7)
    own.write_comment("A1", "自己的批注")
    chart = book.add_chart({"type": "pie"})
    chart.add_series({"categories": [OWN, 1, 0, 3, 0], "values": [OWN, 1, 1, 3, 1], "data_labels": {"value": True}})
    own.insert_chart("D2", chart)
    own.insert_image("D18", "logo.png", {"image_data": io.BytesIO(png())})
    own.add_sparkline("C2", {"range": f"'{OWN}'!B2:B4"})
    own.conditional_format("B2:B4", {"type": "data_bar", "data_bar_2010": True})
    own.insert_button("K2", {"macro": "Mine", "caption": "按钮"})
    own.data_validation("A8", {"validate": "list", "source": ["甲", "乙"]})
    book.add_chartsheet("图表页").set_chart(_line(book))
    book.define_name("我的区域", f"='{OWN}'!$A$1:$B$4")
    book.define_name(f"{OWN}!局部", f"='{OWN}'!$A$1")
    own.print_area("A1:C6")
    own.activate()
    book.close()
    return out.getvalue()


def _line(book):
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": [OWN, 1, 1, 3, 1]})
    return chart


def rezipped(data, edit=lambda name, body: body, more=None, **how):
    """The package with its parts changed and parts added."""
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w", how.get("compression", zipfile.ZIP_DEFLATED)) as made:
        for info in source.infolist():
            made.writestr(how.get("rename", str)(info.filename), edit(info.filename, source.read(info)))
        for name, body in (more or {}).items():
            made.writestr(name, body)
    return out.getvalue()


def part_of(data, name):
    """The part of a sheet."""
    package = zipfile.ZipFile(io.BytesIO(data))
    book = package.read("xl/workbook.xml").decode()
    rid = re.search(rf'<sheet name="{name}"[^>]*r:id="([^"]+)"', book)[1]
    rels = package.read("xl/_rels/workbook.xml.rels").decode()
    return "xl/" + re.search(rf'<Relationship Id="{rid}"[^>]*Target="([^"]+)"', rels)[1]


def with_everything(data):
    """Pivot table, slicer, threaded comment, custom XML, ribbon, printer settings, a form control's properties, a calculation chain."""
    own = part_of(data, OWN)
    rels = own.replace("worksheets/", "worksheets/_rels/") + ".rels"
    more = {
        "xl/pivotCache/pivotCacheDefinition1.xml": f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{RELATED}" r:id="rId1" refreshedBy="u" refreshedDate="45000" '
        f'createdVersion="6" refreshedVersion="6" recordCount="3"><cacheSource type="worksheet"><worksheetSource ref="A1:B4" sheet="{OWN}"/></cacheSource>'
        '<cacheFields count="2"><cacheField name="类别" numFmtId="0"><sharedItems count="3"><s v="甲"/><s v="乙"/><s v="丙"/></sharedItems></cacheField>'
        '<cacheField name="数" numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1" containsInteger="1" minValue="1" '
        'maxValue="3"/></cacheField></cacheFields></pivotCacheDefinition>',
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": _rels(("rId1", f"{RELATED}/pivotCacheRecords", "pivotCacheRecords1.xml")),
        "xl/pivotCache/pivotCacheRecords1.xml": f'<pivotCacheRecords xmlns="{MAIN}" count="3"><r><x v="0"/><n v="1"/></r><r><x v="1"/><n v="2"/></r>'
        '<r><x v="2"/><n v="3"/></r></pivotCacheRecords>',
        "xl/pivotTables/pivotTable1.xml": f'<pivotTableDefinition xmlns="{MAIN}" name="PT1" cacheId="7" dataCaption="值" createdVersion="6" updatedVersion="6" '
        'minRefreshableVersion="3"><location ref="M3:N7" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow" '
        'showAll="0"><items count="4"><item x="0"/><item x="1"/><item x="2"/><item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/>'
        '</pivotFields><rowFields count="1"><field x="0"/></rowFields><rowItems count="1"><i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems>'
        '<dataFields count="1"><dataField name="求和项:数" fld="1" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>',
        "xl/pivotTables/_rels/pivotTable1.xml.rels": _rels(("rId1", f"{RELATED}/pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")),
        "xl/slicers/slicer1.xml": '<slicers xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><slicer name="类别" cache="切片器_类别" caption="类别" '
        'rowHeight="241300"/></slicers>',
        "xl/slicerCaches/slicerCache1.xml": '<slicerCacheDefinition xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" name="切片器_类别" '
        'sourceName="类别"><pivotTables><pivotTable tabId="4" name="PT1"/></pivotTables><data><tabular pivotCacheId="7"><items count="1"><i x="0" s="1"/></items>'
        "</tabular></data></slicerCacheDefinition>",
        "xl/persons/person.xml": '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><person displayName="王" '
        'id="{1}" userId="w" providerId="None"/></personList>',
        "xl/threadedComments/threadedComment1.xml": '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"><threadedComment '
        'ref="A1" dT="2026-09-01T00:00:00.00" personId="{1}" id="{2}"><text>请核对</text></threadedComment></ThreadedComments>',
        "customXml/item1.xml": '<own xmlns="urn:own">内部数据</own>',
        "customXml/itemProps1.xml": '<ds:datastoreItem ds:itemID="{3}" xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>',
        "customXml/_rels/item1.xml.rels": _rels(("rId1", f"{RELATED}/customXmlProps", "itemProps1.xml")),
        "customUI/customUI14.xml": '<customUI xmlns="http://schemas.microsoft.com/office/2009/07/customui"><ribbon/></customUI>',
        "xl/printerSettings/printerSettings1.bin": b"\x01\x02printer\x00",
        "xl/ctrlProps/ctrlProp1.xml": '<formControlPr xmlns="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" objectType="CheckBox" checked="Checked"/>',
        "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="B6" i="4"/></calcChain>',
    }  # fmt: skip

    def edit(name, body):
        said = body.decode() if name.endswith((".xml", ".rels")) else ""
        if name == "[Content_Types].xml":
            kinds = {"xl/pivotCache/pivotCacheDefinition1.xml": f"{TYPES}.pivotCacheDefinition+xml",
                     "xl/pivotCache/pivotCacheRecords1.xml": f"{TYPES}.pivotCacheRecords+xml",
                     "xl/pivotTables/pivotTable1.xml": f"{TYPES}.pivotTable+xml", "xl/slicers/slicer1.xml": "application/vnd.ms-excel.slicer+xml",
                     "xl/slicerCaches/slicerCache1.xml": "application/vnd.ms-excel.slicerCache+xml", "xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
                     "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
                     "customXml/itemProps1.xml": "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
                     "xl/ctrlProps/ctrlProp1.xml": "application/vnd.ms-excel.controlproperties+xml", "xl/calcChain.xml": f"{TYPES}.calcChain+xml"}  # fmt: skip
            lines = "".join(f'<Override PartName="/{n}" ContentType="{t}"/>' for n, t in kinds.items())
            bins = "" if 'Extension="bin"' in said else f'<Default Extension="bin" ContentType="{TYPES}.printerSettings"/>'
            return said.replace("</Types>", f"{lines}</Types>").replace("<Override", f"{bins}<Override", 1).encode()
        if name == "_rels/.rels":
            ui = '<Relationship Id="rIdUi" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" Target="customUI/customUI14.xml"/>'
            return said.replace("</Relationships>", f"{ui}</Relationships>").encode()
        if name == "xl/_rels/workbook.xml.rels":
            lines = [("rId901", f"{RELATED}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"), ("rId902", f"{RELATED}/calcChain", "calcChain.xml"),
                     ("rId903", f"{RELATED}/customXml", "../customXml/item1.xml"),
                     ("rId904", "http://schemas.microsoft.com/office/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml"),
                     ("rId905", "http://schemas.microsoft.com/office/2017/10/relationships/person", "persons/person.xml")]  # fmt: skip
            return said.replace("</Relationships>", "".join(map(_relation, lines)) + "</Relationships>").encode()
        if name == "xl/workbook.xml":
            caches = '<pivotCaches><pivotCache cacheId="7" r:id="rId901"/></pivotCaches>'
            slicers = ('<extLst><ext uri="{BBE1A952-AA13-448e-AADC-164F8A28A991}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
                       '<x14:slicerCaches><x14:slicerCache r:id="rId904"/></x14:slicerCaches></ext></extLst>')  # fmt: skip
            return said.replace("</workbook>", f"{caches}{slicers}</workbook>").encode()
        if name == rels:
            lines = [("rId901", f"{RELATED}/pivotTable", "../pivotTables/pivotTable1.xml"), ("rId902", f"{RELATED}/printerSettings",
                                                                                             "../printerSettings/printerSettings1.bin"),
                     ("rId903", "http://schemas.microsoft.com/office/2007/relationships/slicer", "../slicers/slicer1.xml"),
                     ("rId904", "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", "../threadedComments/threadedComment1.xml"),
                     ("rId905", f"{RELATED}/ctrlProp", "../ctrlProps/ctrlProp1.xml")]  # fmt: skip
            return said.replace("</Relationships>", "".join(map(_relation, lines)) + "</Relationships>").encode()
        return body

    return rezipped(data, edit, more)


def _relation(line):
    return '<Relationship Id="{}" Type="{}" Target="{}"/>'.format(*line)


def _rels(*lines):
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{"".join(map(_relation, lines))}</Relationships>'


def _spreadsheet(name):
    return re.fullmatch(r"xl/(workbook|styles|sharedStrings|worksheets/sheet\d+|tables/table\d+)\.xml", name)


def prefixed(data):
    """Every element of the spreadsheet's own language as ``x:…``."""

    def edit(name, body):
        if not _spreadsheet(name):
            return body
        said = re.sub(r"<(/?)([A-Za-z]\w*)(?=[\s/>])", r"<\1x:\2", body.decode())
        return said.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"').encode()

    return rezipped(data, edit)


def single_quoted(data):
    """Attributes in single quotes, in another order, with blanks around."""

    def edit(name, body):
        if not _spreadsheet(name):
            return body
        said = re.sub(r'<c r="([A-Z]+\d+)"( s="\d+")?( t="\w+")?', lambda m: "<c" + (m[3] or "") + (m[2] or "") + f' r="{m[1]}"', body.decode())
        said = re.sub(r'<row r="(\d+)" ([^>]*?)(/?)>', r'<row \2 r="\1"\3>', said)
        return re.sub(r"<[A-Za-z][^<>]*>", lambda m: m[0] if "'" in m[0] else m[0].replace('"', "'"), said).encode()

    return rezipped(data, edit)


def unaddressed(data):
    """Rows and cells that do not say where they stand; blank cells hold the places of those that are not there."""

    def edit(name, body):
        if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
            return body
        last = 0

        def row(m):
            nonlocal last
            gap = "<row/>" * (int(m[1]) - last - 1)
            last = int(m[1])
            at, cells = 0, []
            for cell in re.finditer(r'<c r="([A-Z]+)\d+"(.*?)(?:/>|>(.*?)</c>)', m[3]):
                number = 0
                for letter in cell[1]:
                    number = number * 26 + ord(letter) - 64
                cells.append("<c/>" * (number - at - 1) + f"<c{cell[2]}>{cell[3] or ''}</c>")
                at = number
            return f"{gap}<row{m[2]}>{''.join(cells)}</row>"

        return re.sub(r'<row r="(\d+)"([^>/]*)>(.*?)</row>', row, body.decode(), flags=re.DOTALL).encode()

    return rezipped(data, edit)


STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", RELATED: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    "http://schemas.openxmlformats.org/drawingml/2006/": "http://purl.oclc.org/ooxml/drawingml/",
}  # fmt: skip


def strict(data):
    """The strict dialect."""

    def edit(name, body):
        if not name.endswith((".xml", ".rels", ".vml")):
            return body
        said = body.decode()
        for one, other in STRICT.items():
            said = said.replace(one, other)
        return said.replace("<workbook ", '<workbook conformance="strict" ').encode()

    return rezipped(data, edit)


def absolute(data):
    """Targets said from the root of the package."""

    def edit(name, body):
        if name != "xl/_rels/workbook.xml.rels":
            return body
        return re.sub(r'Target="(?!/|\.\.)([^"]+)"', r'Target="/xl/\1"', body.decode()).encode()

    return rezipped(data, edit)


def stored(data):
    """Members that are not compressed."""
    return rezipped(data, compression=zipfile.ZIP_STORED)


def streamed(data):
    """Members whose sizes stand behind them, as programs write that cannot seek."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.whole = b""

        def writable(self):
            return True

        def write(self, piece):
            self.whole += bytes(piece)
            return len(piece)

    source, pipe = zipfile.ZipFile(io.BytesIO(data)), Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            made.writestr(info.filename, source.read(info))
    return pipe.whole


def unstyled(data):
    """No style sheet, and no cell that asks for one."""

    def edit(name, body):
        said = body.decode() if name.endswith((".xml", ".rels")) else ""
        if name == "[Content_Types].xml":
            return re.sub(r'<Override PartName="/xl/styles.xml"[^>]*/>', "", said).encode()
        if name == "xl/_rels/workbook.xml.rels":
            return re.sub(r'<Relationship [^>]*Target="styles.xml"/>', "", said).encode()
        if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
            return re.sub(r' (s|style)="\d+"', "", said).encode()
        return body

    whole = rezipped(data, edit)
    source, out = zipfile.ZipFile(io.BytesIO(whole)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            if info.filename != "xl/styles.xml":
                made.writestr(info.filename, source.read(info))
    return out.getvalue()
