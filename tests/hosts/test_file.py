"""Files of several producers: the same registers, the same findings."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from conftest import converted, demo_in

from opsbook import jobs
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file

#: What becomes of formulas that are saved by a program that stores no results, or calculates them anew.
OF_FORMULAS = {"GEN-017", "GEN-018"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return demo_in(tmp_path_factory.mktemp("demo"))[0]


def found(path: Path) -> Counter:
    return Counter((f.rule, f.sheet, f.cell) for f in jobs.validate(path, complete=True).findings)


@pytest.mark.parametrize("form", ["ods", "xls", "xlsx:Calc MS Excel 2007 XML"])
def test_what_libreoffice_saves_is_read_alike(demo, form, tmp_path):
    other = found(converted(demo, form, tmp_path))
    ours = found(demo)
    recalculated = {"GEN-018"}  # the formula without a result has one now
    assert {k: n for k, n in other.items() if k[0] not in recalculated} == {k: n for k, n in ours.items() if k[0] not in recalculated}
    assert any(rule == "GEN-017" for rule, _, _ in other)


def test_what_openpyxl_saves_is_read_alike(demo, tmp_path):
    book = openpyxl.load_workbook(demo)
    book.save(tmp_path / "again.xlsx")
    theirs = found(tmp_path / "again.xlsx")
    ours = found(demo)
    assert {k: n for k, n in theirs.items() if k[0] not in OF_FORMULAS} == {k: n for k, n in ours.items() if k[0] not in OF_FORMULAS}


def test_formulas_that_point_at_one_cell_are_followed(tmp_path):
    """Policy takes its families from Policy Tables by formulas; a script that changes a table stores no results, or leaves old ones."""
    jobs.new(tmp_path / "centre.xlsx", lang="en", sheets="core")
    book = openpyxl.load_workbook(tmp_path / "centre.xlsx")
    policy, tables = book["Policy"], book["Policy Tables"]
    rows = {policy.cell(r, 1).value: policy.cell(r, 2) for r in range(6, policy.max_row + 1)}
    changed, chained, circle, blank = (rows[f"exp.hotel.T1.L{n}"] for n in (1, 2, 3, 4))
    tables[changed.value.rpartition("!")[2].replace("$", "")].value = 777
    chained.value = f"={changed.coordinate}"
    circle.value = f"={circle.coordinate}"
    blank.value = "='Policy Tables'!$Z$99"
    book.save(tmp_path / "saved.xlsx")
    result = jobs.validate(tmp_path / "saved.xlsx")
    assert (result.policy("exp.hotel.T1.L1"), result.policy("exp.hotel.T1.L2")) == (777, 777)
    assert {f.cell for f in result.findings if f.rule == "POL-001"} == {circle.coordinate, blank.coordinate}


def test_openpyxl_reads_every_cell_that_calamine_does(demo):
    """An independent reader: addresses and values are the same."""
    book = openpyxl.load_workbook(demo, data_only=True)
    for grid in file.grids(demo.read_bytes()):
        sheet = book[grid.name]
        for r, row in enumerate(grid.rows):
            for c, value in enumerate(row if r % 7 == 0 else ()):
                theirs = sheet.cell(grid.start[0] + r + 1, grid.start[1] + c + 1).value
                if isinstance(value, float):
                    assert theirs == pytest.approx(value) or theirs is None
                elif value != "" and isinstance(value, str) and not str(theirs).startswith("#"):
                    assert str(theirs) == value


def test_a_macro_workbook_is_read_and_its_macros_are_left_alone(demo, tmp_path):
    macro = tmp_path / "a.xlsm"
    macro.write_bytes(demo.read_bytes())
    assert found(macro) == found(demo)


def test_the_file_is_never_written(demo):
    before = (demo.read_bytes(), demo.stat().st_mtime_ns)
    jobs.validate(demo)
    assert (demo.read_bytes(), demo.stat().st_mtime_ns) == before


def test_days_of_a_1904_workbook(tmp_path):
    import xlsxwriter

    path = tmp_path / "mac.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    sheet = book.add_worksheet("risks")
    sheet.write_row(0, 0, ["risk_id", "title", "identified_on"])
    sheet.write_row(1, 0, ["RSK-2026-001", "a"])
    sheet.write_number(1, 2, 44624)  # no date format: a bare serial, counted from 1904
    book.close()
    tab = jobs.validate(path).book.tabs["risks"]
    assert str(tab.cell("identified_on", 2)) == "2026-03-05"


def test_a_document_type_declaration_is_refused():
    with pytest.raises(UnreadableFile):
        next(file.grids(b"PK\x03\x04 not really"))


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\x00" * 100, b"PK\x03\x04" + b"\x00" * 50])
def test_what_is_no_workbook(data):
    with pytest.raises(UnreadableFile) as fault:
        list(file.grids(data))
    assert fault.value.rule in ("FIL-001", "FIL-006")


def test_a_stray_cell_in_the_last_corner_is_a_sentence(tmp_path):
    """calamine would end the process for want of memory."""
    path = tmp_path / "stray.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("费用报销")
    sheet.write_row(0, 0, ["明细编号", "报销单号"])
    sheet.write_string(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(UnreadableFile) as fault:
        list(file.grids(path.read_bytes()))
    assert fault.value.rule == "FIL-003"
    assert "17,179,869,184" in str(fault.value)


def test_a_number_beyond_the_calendar_is_said_with_its_row(demo, tmp_path):
    """It ends the reader with a panic: -1E15 days in a cell formatted as a day."""
    path = tmp_path / "far.xlsx"
    book = openpyxl.load_workbook(demo)
    book["项目"].cell(12, 3, -1e15).number_format = "yyyy-mm-dd"
    book.save(path)
    with pytest.raises(UnreadableFile) as fault:
        jobs.validate(path)
    assert fault.value.reason.en.startswith("项目, row 12: a cell formatted as a day or time holds a number beyond the calendar")


def test_a_workbook_whose_parts_bear_other_names_is_told_from_what_is_no_workbook():
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as made:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        made.writestr("[Content_Types].xml", f'<Types><Override PartName="/xl/book.xml" ContentType="{kind}"/></Types>')
        made.writestr("xl/book.xml", "<workbook/>")
    with pytest.raises(UnreadableFile) as fault:
        list(file.grids(package.getvalue()))
    assert fault.value.rule == "FIL-001"
    assert "save it again" in fault.value.reason.en
