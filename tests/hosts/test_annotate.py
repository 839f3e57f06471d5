"""Annotated copies: the submitted package is patched; every note has its box, every colour its rule, and nothing else has changed."""

import io
import json
import re
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import foreign
import openpyxl
import pytest
import strangers
import test_patch
import test_refresh
import xlsxwriter
from conftest import converted, require
from test_refresh import column_of, faults, local, parts

from opsbook import jobs
from opsbook.actions import marking
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file
from opsbook.hosts.graft import Workbook
from opsbook.hosts.package import Package, rels_of
from opsbook.jobs.annotating import first, unmark

AS_OF = date(2026, 9, 30)
DEMO = Path(__file__).parents[2] / "workbooks/demo.xlsx"
SHEET = "xl/worksheets/sheet1.xml"


def annotated(data, folder, name="c.xlsx", lang="zh"):
    path = folder / name
    path.write_bytes(data)
    result = jobs.validate(path, as_of=AS_OF)
    places = jobs.Places.read(json.loads(json.dumps(jobs.Places.of(result).plain())))
    return result, jobs.annotated(data, name, result.findings, places, lang, result.today)


def notes(data):
    """Sheet → cell → what its note says, by a reader of its own."""
    package, found = Package(data), {}
    for sheet in Workbook(package).sheets:
        for relation in package.relations(sheet.part):
            if relation.kind == "comments" and relation.target in package:
                for comment in (c for c in Xml.fromstring(package.read(relation.target)).iter() if local(c) == "comment"):
                    said = "".join(t.text or "" for t in comment.iter() if local(t) == "t")
                    found.setdefault(sheet.name, {}).setdefault(comment.get("ref"), []).append(said)
    return found


def colours(data):
    """Sheet → how many conditions of ours it has."""
    package, found = Package(data), {}
    for sheet in Workbook(package).sheets:
        n = len(re.findall(rb"<(?:\w+:)?cfRule\b(?:(?!cfRule>).)*?_opsbook_marks", package.read(sheet.part), re.DOTALL)) if sheet.part in package else 0
        if n:
            found[sheet.name] = n
    return found


def boxes(data):
    """What is wrong with the boxes of notes: each note has one, in the drawing that the sheet names, and none is left over."""
    package, told = Package(data), []
    for sheet in Workbook(package).sheets:
        related = {r.id: r for r in package.relations(sheet.part)} if sheet.part in package else {}
        comments = [r.target for r in related.values() if r.kind == "comments"]
        if not comments:
            continue
        named = [v for node in Xml.fromstring(package.read(sheet.part)) if local(node) == "legacyDrawing" for k, v in node.attrib.items() if k.endswith("}id")]
        if len(named) != 1:
            told.append((sheet.name, "drawings named", named))
            continue
        drawn: dict[tuple[int, int], int] = {}
        for shape in Xml.fromstring(package.read(related[named[0]].target)).iter():
            data_of = [c for c in shape if local(c) == "ClientData" and c.get("ObjectType") == "Note"] if local(shape) == "shape" else []
            for said in data_of:
                at = tuple(int(next(x.text for x in said if local(x) == k)) for k in ("Row", "Column"))
                drawn[at] = drawn.get(at, 0) + 1
        refs = [c.get("ref") for c in Xml.fromstring(package.read(comments[0])).iter() if local(c) == "comment"]
        at = {(int(re.sub("[A-Z]", "", r)) - 1, column_of(re.sub("[0-9]", "", r)) - 1) for r in refs}
        told += [(sheet.name, what, found) for what, found in (
            ("two notes at a cell", len(refs) - len(set(refs))), ("without a box", len(at - set(drawn))), ("without a note", len(set(drawn) - at)),
            ("two boxes", sum(n > 1 for n in drawn.values()))) if found]  # fmt: skip
    return told


def cells_of(data):
    found = re.search(rb"<(\w+:)?sheetData\b.*</(\w+:)?sheetData\s*>", data, re.DOTALL)
    return found[0] if found else b""


def wrong(data, result, copy, allowed=()):
    """All that is not as promised."""
    told = [*faults(copy.package), *boxes(copy.package)]
    said, package = notes(copy.package), Package(data)
    cells = marking.by_cell(first(result.findings))
    for sheet, found in cells.items():
        for at, here in found.items():
            cell = next(f.cell for f in here)
            (text,) = said.get(sheet, {}).get(cell, [""])
            told += [(sheet, cell, f.rule, "is not noted") for f in here[:8] if f.rule not in text or f.message.en[:300] not in text or f.message.zh[:200] not in text]
            assert at
    for sheet, found in cells.items():
        severities = {f.severity for here in found.values() for f in here}
        if colours(copy.package).get(sheet) != len(severities):
            told.append((sheet, "colours", colours(copy.package)))
    book = Workbook(package)
    marked = {s.part for s in book.sheets if s.name in cells}
    may = {"[Content_Types].xml", book.part, rels_of(book.part), *marked, *map(rels_of, marked), *allowed}
    may |= {r.target for part in marked for r in package.relations(part) if r.kind in ("comments", "vmlDrawing")}
    may |= {r.target for r in package.relations(book.part) if r.kind == "styles"}
    before, after = parts(data), parts(copy.package)
    told += [(name, "has changed") for name in before if not name.endswith("/") and before[name] != after.get(name) and name not in may]
    told += [(part, "its cells have changed") for part in marked if cells_of(before[part]) != cells_of(after[part])]
    return told


def register(n=20, tail=lambda book, sheet: None, **options):
    """Claims of the demo with faults, as another program would write them; ``tail`` adds what a user might."""
    grid = next(g for g in file.grids(DEMO.read_bytes()) if g.name == "费用报销")
    rows = list(grid.rows)[5 - grid.start[0] - 1 :]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, **options})
    sheet, day = book.add_worksheet("费用报销"), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate([rows[0], *rows[-n:]]):
        for column, value in enumerate(row):
            if hasattr(value, "year"):
                sheet.write_datetime(at, column, datetime(value.year, value.month, value.day), day)
            elif value != "":
                sheet.write(at, column, value)
    tail(book, sheet)
    book.close()
    return out.getvalue()


def edited(data, change, pattern, more=None):
    return strangers.rezipped(data, lambda name, b: change(b.decode()).encode() if re.fullmatch(pattern, name) else b, more)


@pytest.mark.parametrize("variant", test_refresh.VARIANTS)
def test_strange_packages(tmp_path, variant):
    data = test_refresh.VARIANTS[variant]()
    known = boxes(data)
    result, copy = annotated(data, tmp_path)
    assert len(result.findings)
    assert [w for w in wrong(data, result, copy) if w not in known] == []
    again, second = annotated(copy.package, tmp_path)
    assert [(f.rule, f.cell) for f in again.findings] == [(f.rule, f.cell) for f in result.findings]
    assert notes(second.package) == notes(copy.package)
    assert colours(second.package) == colours(copy.package)
    assert [w for w in [*faults(second.package), *boxes(second.package)] if w not in known] == []


@pytest.mark.parametrize("variant", test_patch.VARIANTS)
def test_packages_as_others_write_them(tmp_path, variant):
    data = test_patch.VARIANTS[variant](strangers.workbook() if "everything" in variant else register())
    try:
        result, copy = annotated(data, tmp_path)
    except UnreadableFile as fault:
        assert variant == "without styles"
        assert "without styles" in str(fault.reason)
        return
    assert len(first(result.findings)) > (1 if "everything" in variant else 10)
    assert [w for w in wrong(data, result, copy) if w not in boxes(data)] == []


def test_the_demo_and_its_marks_in_both_readers(tmp_path):
    data = DEMO.read_bytes()
    result, copy = annotated(data, tmp_path)
    assert wrong(data, result, copy) == []
    book = openpyxl.load_workbook(io.BytesIO(copy.package))
    assert book.sheetnames[0] == "校验结果"
    assert book["_opsbook_marks"].sheet_state == "veryHidden"
    noted = {(ws.title, c.coordinate) for ws in book.worksheets for row in ws.iter_rows() for c in row if c.comment}
    assert {(f.sheet, f.cell) for f in first(result.findings)} <= noted


def test_libreoffice_shows_the_marks(tmp_path):
    require("soffice")
    result, copy = annotated(register(), tmp_path)
    (tmp_path / "m.xlsx").write_bytes(copy.package)
    (tmp_path / "out").mkdir()
    saved = converted(tmp_path / "m.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path / "out")
    assert set(notes(saved.read_bytes())["费用报销"]) == {f.cell for f in first(result.findings)}
    again, second = annotated(saved.read_bytes(), tmp_path, "s.xlsx")  # as LibreOffice wrote it, and marked once more
    assert {cell: said[0].count(marking.HEAD) for cell, said in notes(second.package)["费用报销"].items()} == dict.fromkeys((f.cell for f in first(again.findings)), 1)
    assert colours(second.package)["费用报销"] == colours(copy.package)["费用报销"]


def test_notes_of_the_users_own_stay(tmp_path):
    def tail(book, sheet):
        sheet.write_comment("W3", "请核对金额")
        sheet.write_comment("A2", "mine alone")
        sheet.set_header("&L&G", {"image_left": "l.png", "image_data_left": io.BytesIO(strangers.png())})  # its drawing is another one

    data = register(tail=tail)
    result, copy = annotated(data, tmp_path)
    assert wrong(data, result, copy) == []
    said = notes(copy.package)["费用报销"]
    assert said["A2"][0].startswith("mine alone")
    assert said["W3"][0].startswith("请核对金额")
    package = Package(copy.package)
    assert unmark(package)
    left = notes(package.to_bytes())
    assert left == {"费用报销": {"W3": ["请核对金额"], "A2": ["mine alone"]}}
    assert colours(package.to_bytes()) == {}
    assert boxes(package.to_bytes()) == []


@pytest.mark.parametrize("text", ["<text/>", "<text><t></t></text>", '<text><r><t>你好</t></r><phoneticPr fontId="1" type="noConversion"/></text>',
                                  '<text><t>漢字</t><rPh sb="0" eb="2"><t>かんじ</t></rPh></text>', "<text><t>line_x000D_ end</t></text>"])  # fmt: skip
def test_notes_as_excel_writes_them(tmp_path, text):
    data = edited(register(tail=lambda book, sheet: sheet.write_comment("W3", "WRITTEN")),
                  lambda s: re.sub(r"<text>.*?</text>", text, s, flags=re.DOTALL), r"xl/comments1\.xml")  # fmt: skip
    for _ in range(3):
        result, copy = annotated(data, tmp_path)
        assert wrong(data, result, copy, allowed=[SHEET]) == []
        data = copy.package
    package = Package(data)
    unmark(package)
    before = "".join(t for t in re.findall(r"<t[^>]*>([^<]*)</t>", re.sub("<rPh.*?</rPh>", "", text)))
    assert "".join(notes(package.to_bytes()).get("费用报销", {}).get("W3", [""])) == before + ("かんじ" if "rPh" in text else "")
    for comment in re.findall(rb"<comment .*?</comment>", parts(data)["xl/comments1.xml"], re.DOTALL):
        order = [local(n) for n in Xml.fromstring(comment.replace(b"xml:space", b"space"))[0]]
        assert order == sorted(order, key=["t", "r", "rPh", "phoneticPr"].index)


def test_what_is_typed_above_and_below_our_text_stays(tmp_path):
    said = f"above\n{marking.HEAD}\nEXP-001 …\n{marking.TAIL}\nbelow"
    assert marking.theirs(said) == "above\nbelow"
    data = register(tail=lambda book, sheet: sheet.write_comment("W4", said))
    _, copy = annotated(data, tmp_path)
    (text,) = notes(copy.package)["费用报销"]["W4"]
    assert text.startswith("above\nbelow")
    assert text.count(marking.HEAD) == 1


def test_a_copy_that_openpyxl_saved(tmp_path):
    """It writes notes' boxes with prefixes of its own, and forgets that they were hidden."""
    result, copy = annotated(register(), tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(copy.package))
    again = io.BytesIO()
    book.save(again)
    second, back = annotated(again.getvalue(), tmp_path, "o.xlsx")
    assert boxes(back.package) == []
    assert set(notes(back.package)["费用报销"]) == {f.cell for f in first(second.findings)} == {f.cell for f in first(result.findings)}
    assert colours(back.package)["费用报销"] == len({f.severity for f in first(second.findings)})


def test_conditions_that_excel_moved_into_its_extension(tmp_path):
    _, copy = annotated(register(), tmp_path)

    def moved(s):
        rules = re.findall(r'<conditionalFormatting sqref="([^"]+)"><cfRule type="expression" dxfId="\d+" priority="(\d+)"><formula>([^<]*)</formula>', s)
        s = re.sub(r"<conditionalFormatting.*?</conditionalFormatting>", "", s)
        body = "".join(f'<x14:conditionalFormatting xmlns:xm="{foreign.XM}"><x14:cfRule type="expression" priority="{p}" id="{{0000000{n}-0000-0000-0000-000000000001}}">'
                       f"<xm:f>{f}</xm:f><x14:dxf/></x14:cfRule><xm:sqref>{a}</xm:sqref></x14:conditionalFormatting>" for n, (a, p, f) in enumerate(rules))  # fmt: skip
        return s.replace("</worksheet>", f'<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{foreign.X14}"><x14:conditionalFormattings>{body}'
                         "</x14:conditionalFormattings></ext></extLst></worksheet>")  # fmt: skip

    _, back = annotated(edited(copy.package, moved, SHEET), tmp_path)
    sheet = parts(back.package)[SHEET]
    assert (sheet.count(b"x14:cfRule"), sheet.count(b"extLst")) == (0, 0)
    assert colours(back.package) == colours(copy.package)
    assert faults(back.package) == []


def test_macros_are_not_sent_back(tmp_path):
    data = register(tail=lambda book, sheet: book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0 x"), True))
    result, copy = annotated(data, tmp_path, "c.xlsm")
    assert [t.en for t in copy.left_out] == ["its macros"]
    assert wrong(data, result, copy, allowed=["xl/vbaProject.bin"]) == []
    assert not [n for n in parts(copy.package) if "vba" in n.lower()]
    assert b"macroEnabled" not in parts(copy.package)["[Content_Types].xml"]


def test_links_are_not_sent_back(tmp_path):
    def tail(book, sheet):
        own = book.add_worksheet("Own")
        own.write_column("A1", [1, 2, 3])
        own.add_table("D1:F3", {"columns": [{"header": "k"}, {"header": "2024"}, {"header": "t"}], "data": [[1, 2, 3], [4, 5, 6]], "name": "T1"})
        for cell, formula, value in (("B1", "=[1]S!A1", 5), ("B2", "=SUM(T1[2024])", 7), ("B3", "=Far+1", 9), ("B4", '="[1]"&A1', "[1]1"), ("B5", "=A1+1", 2)):
            own.write_formula(cell, formula, None, value)
        own.data_validation("A5", {"validate": "list", "source": "=[1]S!$A$1:$A$3"})
        drawn = book.add_chart({"type": "line"})
        drawn.add_series({"values": "=[1]S!$A$1:$A$3", "name": "=[1]S!$B$1"})
        own.insert_chart("H2", drawn)
        own.conditional_format("A1:A3", {"type": "formula", "criteria": "=A1>[1]S!$A$1", "format": book.add_format({"bold": 1})})

    related = strangers.RELATED
    link = {"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{strangers.MAIN}"><externalBook xmlns:r="{related}" r:id="rId1"><sheetNames><sheetName val="S"/>'
            "</sheetNames></externalBook></externalLink>",
            "xl/externalLinks/_rels/externalLink1.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{related}/externalLinkPath" Target="o.xlsx" TargetMode="External"/></Relationships>',
            "xl/calcChain.xml": f'<calcChain xmlns="{strangers.MAIN}"><c r="B1" i="2"/></calcChain>'}  # fmt: skip
    names = '<definedName name="Far">[1]S!$A$1</definedName><definedName name="Yr">SUM(T1[2024])</definedName>'

    def linked(name, data):
        s = data.decode() if name.endswith((".xml", ".rels")) else ""
        kinds = (("externalLinks/externalLink1.xml", "externalLink", "rId900"), ("calcChain.xml", "calcChain", "rId901"))
        if name == "[Content_Types].xml":
            form = '<Override PartName="/xl/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"/>'
            return s.replace("</Types>", "".join(form.format(n, k) for n, k, _ in kinds) + "</Types>").encode()
        if name == "xl/_rels/workbook.xml.rels":
            lines = "".join(f'<Relationship Id="{i}" Type="{related}/{k}" Target="{n}"/>' for n, k, i in kinds)
            return s.replace("</Relationships>", lines + "</Relationships>").encode()
        if name == "xl/workbook.xml":
            more = '<externalReferences><externalReference r:id="rId900"/></externalReferences>'
            return s.replace("</sheets>", f"</sheets>{more}<definedNames>{names}</definedNames>").encode()
        return data

    data = strangers.rezipped(register(tail=tail), linked, link)
    result, copy = annotated(data, tmp_path)
    assert [t.en for t in copy.left_out] == ["1 links to other workbooks (cells keep their last values)"]
    own = parts(copy.package)["xl/worksheets/sheet2.xml"].decode()
    assert re.findall(r'<c r="(B\d)"[^>]*>(.*?)</c>', own) == [("B1", "<v>5</v>"), ("B2", "<f>SUM(T1[2024])</f><v>7</v>"), ("B3", "<v>9</v>"),
                                                              ("B4", '<f>"[1]"&amp;A1</f><v>[1]1</v>'), ("B5", "<f>A1+1</f><v>2</v>")]  # fmt: skip
    after = parts(copy.package)
    assert [n for n in after if b"[1]S" in after[n]] == []
    assert re.findall(r'<definedName name="(\w+)">', after["xl/workbook.xml"].decode())[:1] == ["Yr"]
    assert [n for n in after if "externalLink" in n or "calcChain" in n] == []
    gone = [*link, "xl/worksheets/sheet2.xml", "xl/charts/chart1.xml"]
    assert wrong(data, result, copy, allowed=gone) == []


def test_what_cannot_be_copied_is_said(tmp_path):
    protected = edited(DEMO.read_bytes(), lambda s: s.replace("<bookViews>", '<workbookProtection lockStructure="1"/><bookViews>'), r"xl/workbook\.xml")
    with pytest.raises(UnreadableFile, match="locks the structure"):
        annotated(protected, tmp_path)
    signed = edited(DEMO.read_bytes(), str, "none", {"_xmlsignatures/origin.sigs": b""})
    with pytest.raises(UnreadableFile, match="signed"):
        annotated(signed, tmp_path)


def test_records_that_a_lookup_would_misread_are_found_by_their_row():
    assert marking.record_key("EXP-2026-00001", 7) == "EXP-2026-00001"
    assert [marking.record_key(raw, 7) for raw in ("", " EXP-1", "a*", "b?", "c~1", True)] == ["#7"] * 6


def test_a_note_is_no_longer_than_can_be_read(tmp_path):
    result, _ = annotated(register(), tmp_path)
    many = [f for _ in range(300) for f in first(result.findings)]
    assert len(marking.note(many, "zh", "en")) < 32_767
    assert marking.note(many, "zh").splitlines()[-2].startswith("… +")


def test_a_note_beside_a_finding_is_kept(tmp_path):
    """What somebody writes into the note column of the sheet of findings stands there in the next copy."""
    _, copy = annotated(register(), tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(copy.package))
    sheet = book["校验结果"]
    column = next(c.column for row in sheet.iter_rows() for c in row if c.value == "备注")
    sheet.cell(8, column, "已联系财务")
    again = io.BytesIO()
    book.save(again)
    _, second = annotated(again.getvalue(), tmp_path)
    texts = [c.value for row in openpyxl.load_workbook(io.BytesIO(second.package))["校验结果"].iter_rows() for c in row]
    assert "已联系财务" in texts
