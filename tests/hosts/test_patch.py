"""Refresh in other people's packages: what is not ours stays byte for byte, and what cannot be changed safely is refused."""

import io
import re
import subprocess
import warnings
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import strangers
from conftest import converted, require

from opsbook import jobs
from opsbook.demo import operations
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file
from opsbook.hosts.graft import Workbook
from opsbook.hosts.package import Package
from opsbook.sheets import catalog

NOW = datetime(2026, 9, 30, 18)
VARIANTS = {
    "as a user keeps it": lambda d: d, "with everything": strangers.with_everything, "prefixed": strangers.prefixed, "everything, prefixed":
    lambda d: strangers.prefixed(strangers.with_everything(d)), "single quotes": strangers.single_quoted, "cells without addresses": strangers.unaddressed,
    "strict": strangers.strict, "everything, strict": lambda d: strangers.strict(strangers.with_everything(d)), "absolute targets": strangers.absolute,
    "stored": strangers.stored,
    "streamed": strangers.streamed, "without styles": strangers.unstyled,
}  # fmt: skip


def parts(data):
    package = zipfile.ZipFile(io.BytesIO(data))
    return {name.replace("\\", "/"): package.read(name) for name in package.namelist()}


def refreshed(data, tmp_path, name="c.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    done = jobs.refresh(path, now=NOW)
    assert done.failed == ()
    return done


@pytest.fixture(scope="module", params=list(VARIANTS))
def case(request, tmp_path_factory):
    data = VARIANTS[request.param](strangers.workbook())
    return request.param, data, refreshed(data, tmp_path_factory.mktemp("case"))


#: What has to change for new sheets to be listed and computed cells to be filled.
LISTS = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}


def test_all_else_stays_byte_for_byte(case):
    _, data, done = case
    before, after = parts(data), parts(done.package)
    registers = {s.part for s in Workbook(Package(data)).sheets if s.name != strangers.OWN}
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed <= LISTS | registers
    assert strangers.part_of(strangers.workbook(), strangers.OWN) not in changed


def test_rows_change_only_in_computed_cells(case):
    """Every cell of a register that was there reads as before; those that are new stand in computed columns."""
    name, data, done = case
    if "strict" in name:  # openpyxl, the independent reader, does not know that dialect: calamine reads the values
        one, other = ({g.name: (g.start, list(g.rows)) for g in file.grids(d)} for d in (data, done.package))
        for key in ("customers", "tickets", "risks"):
            sheet = catalog().sheets[key]
            given = [n for n, c in enumerate(sheet.columns.values()) if not c.computed]
            assert one[sheet.tab.zh][0] == other[sheet.tab.zh][0] == (0, 0)
            was, now = ([[row[n] for n in given] for row in grids[sheet.tab.zh][1]] for grids in (one, other))
            assert was == now
        return
    one, other = (openpyxl.load_workbook(io.BytesIO(d)) for d in (data, done.package))
    for key in ("customers", "tickets", "risks"):
        sheet = catalog().sheets[key]
        computed = {n for n, c in enumerate(sheet.columns.values(), 1) if c.computed}
        was, now = one[sheet.tab.zh], other[sheet.tab.zh]
        for row in now.iter_rows():
            for cell in row:
                if cell.column not in computed:
                    before = was.cell(cell.row, cell.column)
                    assert cell.value == before.value
                    assert cell.number_format == before.number_format
    filled = other[catalog().sheets["tickets"].tab.zh]
    at = list(catalog().sheets["tickets"].columns).index("resolve_hours") + 1
    assert any(isinstance(filled.cell(r, at).value, (int, float)) for r in range(2, filled.max_row))


def test_the_package_is_sound(case):
    _, _, done = case
    sound(done.package)
    if case[0] != "with everything":
        return
    again = Package(done.package)
    assert [r.target for r in again.relations("") if r.kind == "extensibility"] == ["customUI/customUI14.xml"]
    assert "xl/calcChain.xml" in again.names  # nothing of ours was in it yet


def sound(data):
    """What Excel insists on."""
    package = Package(data)
    book = Workbook(package)
    names = [s.name for s in book.sheets]
    assert len({n.casefold() for n in names}) == len(names)
    assert max(map(len, names)) <= 31
    for ids in ([s.id for s in book.sheets], [s.relation for s in book.sheets]):
        assert len(set(ids)) == len(ids)
    assert all(s.part in package for s in book.sheets)
    types = parts(data)["[Content_Types].xml"].decode()
    overridden = re.findall(r'PartName="/([^"]+)"', types)
    assert len(overridden) == len({n.lower() for n in overridden})
    assert {n.lower() for n in overridden} <= {n.lower() for n in package.names}
    defaults = set(re.findall(r'Extension="([^"]+)"', types))
    for name in package.names:
        assert name in overridden or name.rpartition(".")[2] in defaults or name == "[Content_Types].xml", name
        for relation in package.relations(name) if not name.endswith(".rels") else ():
            assert relation.external or relation.target in package, (name, relation)
    said = package.read(book.part).decode()
    order = [re.search(rf"<(?:\w+:)?{n}\b", said) for n in ("sheets", "definedNames", "calcPr")]
    places = [m.start() for m in order if m]
    assert places == sorted(places)
    scoped = Counter((e.attributes["name"].casefold(), e.attributes.get("localSheetId")) for e in book.names)
    assert max(scoped.values()) == 1
    assert all(int(e.attributes.get("localSheetId", 0)) < len(names) for e in book.names)
    styles = package.read("xl/styles.xml").decode()
    count = {}
    for section, child in (("cellXfs", "xf"), ("dxfs", "dxf"), ("fonts", "font"), ("fills", "fill"), ("borders", "border"), ("numFmts", "numFmt")):
        found = re.search(rf'<(?:\w+:)?{section}\b[^>]*?count=["\'](\d+)["\'][^>]*?(?:/>|>(.*?)</(?:\w+:)?{section}>)', styles, re.DOTALL)
        inner = (found[2] or "") if found else ""
        depth = re.findall(rf"<(?:\w+:)?{child}\b(?!\w)", inner)
        count[section] = int(found[1]) if found else 0
        if section not in ("dxfs",):  # a differential format holds fonts and fills of its own
            assert len(depth) == count[section], section
    tables, shown = [], []
    for s in book.sheets:
        body = package.read(s.part).decode()
        assert all(int(n) < count["cellXfs"] for n in re.findall(r"<(?:\w+:)?c\b[^>]*?\ss=[\"'](\d+)", body))
        assert all(int(n) < count["dxfs"] for n in re.findall(r'dxfId="(\d+)"', body))
        for formula in re.findall(r"<f>(.*?)</f>", body):
            assert len(formula) <= 8192
            assert all(len(text) <= 255 for text in re.findall(r"&quot;(.*?)&quot;", formula))
        for relation in package.relations(s.part):
            if relation.kind == "table":
                whole = package.read(relation.target).decode()
                tables.append(re.search(r'<(?:\w+:)?table\b[^>]*?\sid=["\'](\d+)', whole)[1])
                shown.append(re.search(r'displayName=["\']([^"\']+)', whole)[1])
    assert len(set(tables)) == len(tables)
    assert len({n.casefold() for n in shown}) == len(shown)


def test_other_programs_open_it(case):
    name, _, done = case
    assert next(iter(file.grids(done.package))).name == "总览"
    if "strict" not in name:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of extensions that it does not know
            book = openpyxl.load_workbook(io.BytesIO(done.package))
        assert book.sheetnames[0] == "总览"
        assert strangers.OWN in book.sheetnames


def test_validation_says_the_same_as_before(case, tmp_path):
    _, data, done = case
    found = []
    for name, whole in (("a.xlsx", data), ("b.xlsx", done.package)):
        (tmp_path / name).write_bytes(whole)
        found.append(Counter((f.rule, f.sheet, f.cell, f.message) for f in jobs.validate(tmp_path / name).findings))
    assert found[0] == found[1]


def test_a_second_refresh_changes_only_what_it_must(case, tmp_path):
    """No part and no style is added, and the sheets say what they said."""
    _, _, done = case
    again = refreshed(done.package, tmp_path)
    assert again.filled == 0
    one, other = parts(done.package), parts(again.package)
    assert set(one) - {"xl/calcChain.xml"} == set(other)
    assert len(other["xl/styles.xml"]) == len(one["xl/styles.xml"])
    sound(again.package)


@pytest.mark.parametrize("name", ["with everything", "everything, prefixed", "everything, strict"])
def test_libreoffice_opens_it(name, tmp_path):
    require("soffice")
    data = VARIANTS[name](strangers.workbook())
    (tmp_path / "r.xlsx").write_bytes(refreshed(data, tmp_path).package)
    made = converted(tmp_path / "r.xlsx", "pdf", tmp_path)
    require("pdftotext")
    said = subprocess.run(["pdftotext", str(made), "-"], check=True, capture_output=True, text=True).stdout
    for text in ("综合指数", "风险热力图", "服务汇总", "校验结果"):
        assert text in said
    assert not re.findall(r"Err:\d+|#NAME\?|#REF!|#VALUE!", said)  # every formula of ours is worked out anew


def test_macros_and_the_ribbon_stay(tmp_path):
    data = strangers.with_everything(strangers.workbook(macros=True))
    done = refreshed(data, tmp_path, "c.xlsm")
    before, after = parts(data), parts(done.package)
    for name in ("xl/vbaProject.bin", "customUI/customUI14.xml", "_rels/.rels"):
        assert before[name] == after[name]
    sound(done.package)
    assert "macroEnabled" in after["[Content_Types].xml"].decode()


def test_names_of_the_users_own_still_mean_their_sheet(tmp_path):
    """The overview comes first, so every sheet moves by one place: local names and the active tab follow."""
    data = strangers.workbook()
    done = refreshed(data, tmp_path)
    book = Workbook(Package(done.package))
    local = {e.attributes["name"]: book.sheets[int(e.attributes["localSheetId"])].name for e in book.names if "localSheetId" in e.attributes}
    assert local["局部"] == strangers.OWN
    assert local["_xlnm.Print_Area"] in [s.name for s in book.sheets]
    areas = [(book.sheets[int(e.attributes["localSheetId"])].name, book.data[e.inside : e.close].decode()) for e in book.names
             if e.attributes["name"] == "_xlnm.Print_Area"]  # fmt: skip
    assert all(said.replace("&amp;", "&").strip("'").startswith(name) for name, said in areas)
    assert re.search(r'activeTab="4"', book.data.decode())


def renamed(data, old, new):
    return strangers.rezipped(data, lambda n, b: b.replace(f'name="{old}"'.encode(), f'name="{new}"'.encode()).replace(f"'{old}'!".encode(), f"'{new}'!".encode())
                            if n == "xl/workbook.xml" else b)  # fmt: skip


def test_a_generated_sheet_keeps_the_name_its_user_gave_it(tmp_path):
    first = refreshed(strangers.workbook(), tmp_path)
    again = refreshed(renamed(first.package, "风险汇总", "风险看板"), tmp_path)
    names = [s.name for s in Workbook(Package(again.package)).sheets]
    assert "风险看板" in names
    assert "风险汇总" not in names
    assert len(names) == len(Workbook(Package(first.package)).sheets)


def test_a_sheet_of_the_users_own_under_our_name_is_left_alone(tmp_path):
    data = strangers.rezipped(strangers.workbook(), lambda n, b: b.replace(strangers.OWN.encode(), "总览".encode()) if n.startswith("xl/") and n.endswith(".xml") else b)
    done = refreshed(data, tmp_path)
    own = next(s.part for s in Workbook(Package(data)).sheets if s.name == "总览")
    assert parts(data)[own] == parts(done.package)[own]
    assert "总览 opsbook" in [s.name for s in Workbook(Package(done.package)).sheets]
    sound(done.package)
    again = refreshed(done.package, tmp_path)
    assert [s.name for s in Workbook(Package(again.package)).sheets] == [s.name for s in Workbook(Package(done.package)).sheets]


def test_a_deleted_generated_sheet_comes_back(tmp_path):
    first = refreshed(strangers.workbook(), tmp_path)
    deleted = strangers.rezipped(first.package, lambda n, b: re.sub(rb'<sheet name="\xe9\xa3\x8e\xe9\x99\xa9\xe6\xb1\x87\xe6\x80\xbb"[^>]*/>', b"", b).replace(
        "'风险汇总'!$A$1".encode(), b"#REF!") if n == "xl/workbook.xml" else b)  # fmt: skip
    deleted = strangers.rezipped(deleted, lambda n, b: re.sub(rb'<definedName name="_xlnm[^<]*</definedName>', b"", b) if n == "xl/workbook.xml" else b)
    assert "风险汇总" not in [s.name for s in Workbook(Package(deleted)).sheets]
    again = refreshed(deleted, tmp_path)
    assert "风险汇总" in [s.name for s in Workbook(Package(again.package)).sheets]


def noted(data, sheet, key, note, column):
    """The workbook with a note typed beside a key, by hand."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(data))
    tab = book[sheet]
    for row in tab.iter_rows():
        for cell in row:
            if cell.value is not None and (str(cell.value) == key or f'"{key}"' in str(cell.value)):
                header = next(c for r in range(cell.row, 0, -1) for c in tab[r] if c.value == column)
                address = f"{header.column_letter}{cell.row}"
                part = next(s.part for s in Workbook(Package(data)).sheets if s.name == sheet)
                package = Package(data)
                from opsbook.hosts.fill import fill

                fill(package, part, {cell.row: {header.column: note}}, {})
                assert address
                return package.to_bytes()
    raise AssertionError(f"{key} is not on {sheet}")


def test_notes_are_carried_over_by_key(tmp_path):
    first = refreshed(strangers.workbook(), tmp_path)
    risk = next(p.value.record for b in first.boards if b.key == "risk_summary" for p in b.puts if hasattr(p.value, "record") and p.value.record.startswith("RSK"))
    with_note = noted(first.package, "风险汇总", risk, "已约谈责任人", "备注")
    again = refreshed(with_note, tmp_path)
    board = next(b for b in again.boards if b.key == "risk_summary")
    row = next(p.row for p in board.puts if p.value == "已约谈责任人")
    assert any(getattr(p.value, "record", "") == risk and p.row == row for p in board.puts)
    third = refreshed(again.package, tmp_path)  # and again
    assert [p.value for b in third.boards if b.key == "risk_summary" for p in b.puts].count("已约谈责任人") == 1


def test_notes_beside_what_is_no_more_are_kept(tmp_path):
    records = operations.records()
    first = refreshed(strangers.workbook(records=records), tmp_path)
    risk = next(p.value.record for b in first.boards if b.key == "risk_summary" for p in b.puts if hasattr(p.value, "record") and p.value.record.startswith("RSK"))
    with_note = noted(first.package, "风险汇总", risk, "待跟进", "备注")
    tab = catalog().sheets["risks"].tab.zh
    package = Package(with_note)
    part = next(s.part for s in Workbook(package).sheets if s.name == tab)
    body = package.read(part).decode()
    strings = [re.sub("<[^>]*>", "", s) for s in re.findall("<si>(.*?)</si>", parts(with_note)["xl/sharedStrings.xml"].decode())]
    at = strings.index(risk)
    row = re.search(rf'<row r="(\d+)"[^>]*><c r="A\1"[^>]*t="s"><v>{at}</v>', body)[1]
    package.write(part, re.sub(rf'<row r="{row}".*?</row>', "", body, flags=re.DOTALL).encode())
    again = refreshed(package.to_bytes(), tmp_path)
    values = [p.value for b in again.boards if b.key == "risk_summary" for p in b.puts]
    assert "待跟进" in values
    assert risk in values


def test_notes_beside_findings_are_carried_over(tmp_path):
    records = operations.records()
    records["risks"][0]["likelihood"] = 9
    first = refreshed(strangers.workbook(records=records), tmp_path)
    key = next(p.value for b in first.boards if b.key == "findings" for p in b.puts if isinstance(p.value, str) and p.value.count("|") == 2)
    with_note = noted(first.package, "校验结果", key, "已通知部门", "备注")
    again = refreshed(with_note, tmp_path)
    assert "已通知部门" in [p.value for b in again.boards if b.key == "findings" for p in b.puts]


def test_formulas_of_the_users_own_in_computed_cells_are_left_alone(tmp_path):
    sheet = catalog().sheets["tickets"]
    place = list(sheet.columns).index("resolve_hours")
    letter = chr(65 + place)
    data = strangers.workbook()
    part = strangers.part_of(data, sheet.tab.zh)

    def edit(name, body):
        if name != part:
            return body
        said = re.sub(rf'<c r="{letter}2"[^>]*/>', "", body.decode())
        after = next(m for m in re.finditer(r'<c r="([A-Z]+)2"', said) if (len(m[1]), m[1]) > (1, letter)) if re.search(rf'<c r="[{chr(66 + place)}-Z]2"', said) else None
        at = after.start() if after else said.index("</row>", said.index('<row r="2"'))
        return (said[:at] + f'<c r="{letter}2"><f>1+1</f><v>2</v></c>' + said[at:]).encode()

    done = refreshed(strangers.rezipped(data, edit), tmp_path)
    assert done.formulas == 1
    assert b"<f>1+1</f><v>2</v>" in parts(done.package)[part]


TYPES = "[Content_Types].xml"
SHARED = (b'<Relationship Id="rIdR" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/revisionHeaders" '
          b'Target="revisions/revisionHeaders.xml"/></Relationships>')  # fmt: skip


def replaced(data, part, old, new, **more):
    return strangers.rezipped(data, lambda n, b: b.replace(old, new) if n == part else b, more)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda d: strangers.rezipped(d, more={"_xmlsignatures/origin.sigs": b""}), "signed"),
        (lambda d: replaced(d, "xl/workbook.xml", b"<bookViews>", b'<workbookProtection lockStructure="1"/><bookViews>'), "locks"),
        (lambda d: replaced(d, strangers.part_of(d, "风险登记"), b"<sheetData>", b"<sheetData><!-- mine -->"), "comments"),
        (lambda d: replaced(d, "xl/_rels/workbook.xml.rels", b"</Relationships>", SHARED, **{"xl/revisions/revisionHeaders.xml": b"<headers/>"}), "shared"),
        (lambda d: replaced(d, "xl/styles.xml", b"<styleSheet", b"<!DOCTYPE x><styleSheet"), "document type"),
        (lambda d: strangers.rezipped(d, lambda n, b: b.decode().replace("UTF-8", "UTF-16").encode("utf-16") if n == TYPES else b), "UTF-8"),
        (lambda d: strangers.rezipped(d, lambda n, b: b[:-30] if n == TYPES else b), "well-formed"),
        (lambda d: strangers.rezipped(d, more={"XL/Styles.xml": b"<x/>"}), "two parts are called"),
    ],
    ids=["signed", "structure locked", "comments among cells", "shared", "document type", "UTF-16", "broken XML", "two of a name"],
)  # fmt: skip
def test_what_cannot_be_changed_safely_is_refused_with_a_sentence(how, said, tmp_path):
    path = tmp_path / "c.xlsx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path.write_bytes(how(strangers.workbook()))
    before = path.read_bytes()
    with pytest.raises(UnreadableFile) as refused:
        jobs.refresh(path, now=NOW)
    reason = refused.value.reason
    assert said in str(reason)
    assert re.search("[\u4e00-\u9fff]", str(reason)), reason
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".xlsb"])
def test_other_formats_are_refused(suffix, tmp_path):
    if suffix == ".xlsb":
        data = strangers.rezipped(strangers.workbook(), lambda n, b: b.replace(b"workbook.xml", b"workbook.bin") if n == "_rels/.rels" else b,
                                rename=lambda n: n.replace("xl/workbook.xml", "xl/workbook.bin"))  # fmt: skip
        (tmp_path / "c.xlsb").write_bytes(data)
    else:
        require("soffice")
        (tmp_path / "c.xlsx").write_bytes(strangers.workbook())
        converted(tmp_path / "c.xlsx", suffix[1:], tmp_path)
    with pytest.raises(UnreadableFile, match=r"\.xlsx"):
        jobs.refresh(tmp_path / f"c{suffix}", now=NOW)


def test_writing_is_atomic_and_keeps_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "c.xlsx"
    path.write_bytes(strangers.workbook())
    before = path.read_bytes()
    done = jobs.refresh(path, now=NOW)
    target, backup = jobs.put(done, path)
    assert (target.name, backup) == ("c_refreshed.xlsx", None)
    target, backup = jobs.put(done, path, in_place=True)
    assert target == path
    assert backup.read_bytes() == before
    target, second = jobs.put(done, path, in_place=True)
    assert second != backup
    assert backup.read_bytes() == before
    monkeypatch.setattr(Path, "replace", lambda self, other: (_ for _ in ()).throw(OSError("disk full")))
    now = path.read_bytes()
    with pytest.raises(OSError, match="disk full"):
        jobs.put(done, path, in_place=True)
    assert path.read_bytes() == now
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
