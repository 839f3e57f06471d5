"""Texts that no formula and no XML holds as they stand: a record's number, a label of a list, a hint. Whatever is written stays a workbook."""

import zipfile
from xml.parsers import expat

import openpyxl
import pytest
import xlsxwriter
from conftest import converted, submitted
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from opsbook import cli
from opsbook.actions import template
from opsbook.demo import operations
from opsbook.grammar.board import Jump
from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import literal
from opsbook.hosts.new_board import jump
from opsbook.hosts.package import Package
from opsbook.sheets import catalog

#: Ends of numbers, as people paste them: from Word (line breaks as vertical tabs), ERP exports, web pages.
ODD = ["\x0b2026-001", "\x01", "\x1f", "\t", "\nnext", "\r\n", "\x7f", '"quoted"', "'", "R" * 300, '"' * 260, "*", "~?*", "\ufffe", "\uffff", "_x000B_",
       "&<>", "}}", "=1+1"]  # fmt: skip


def command(*words):
    done = CliRunner().invoke(cli.app, [str(word) for word in words])
    assert done.exit_code in (0, 1), done.output
    return done


def assert_workbook(path):
    """Every part is XML, and an independent reader opens it."""
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels", ".vml")):
                expat.ParserCreate().Parse(package.read(name), True)
        whole = b"".join(map(package.read, package.namelist()))
    openpyxl.load_workbook(path)
    return whole


def risks_of(number):
    rows = [dict(row) for row in operations.records()["risks"][:3]]
    rows[0] |= {"risk_id": f"RSK{number}", "likelihood": 9}
    return rows


@pytest.mark.parametrize("number", ODD, ids=ascii)
def test_a_record_number_of_any_kind_leaves_a_workbook(number, tmp_path):
    path = submitted(tmp_path / "a.xlsx", risks=risks_of(number))
    command("validate", path, "--annotate", tmp_path / "back")
    assert b"HYPERLINK" in assert_workbook(tmp_path / "back/a_checked.xlsx")
    command("refresh", path, "--in-place")
    assert b"HYPERLINK" in assert_workbook(path)


def test_links_by_numbers_of_any_kind_lead_to_their_rows(tmp_path):
    """Worked out by LibreOffice: MATCH finds the row, whatever stands in the number; a literal is the text that it was made of."""
    numbers = ["plain", "a*b", "a?b", "a~b", 'say "x"', "\x0bvt", "tab\there", "two\nlines", "a~*?b"]
    with xlsxwriter.Workbook(str(tmp_path / "m.xlsx"), {"strings_to_formulas": False}) as made:
        data, links = made.add_worksheet("数据"), made.add_worksheet("links")
        for row, number in enumerate(numbers):
            data.write_string(row + 3, 0, number)
            links.write_formula(row, 0, jump(Jump("x", "数据", 0, 0, 0, number)).replace("HYPERLINK", "T").replace(',"x"', ""))
            links.write_formula(row, 1, f"=EXACT({literal(number)},'数据'!A{row + 4})")
    (tmp_path / "out").mkdir()
    shown = openpyxl.load_workbook(converted(tmp_path / "m.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path / "out"), data_only=True)["links"]
    for row, number in enumerate(numbers, 1):
        assert (number, shown.cell(row, 1).value, shown.cell(row, 2).value) == (number, f"#'数据'!A{row + 3}", True)


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_literal_is_xml_and_holds_no_control_character(text):
    written = literal(text)
    expat.ParserCreate().Parse(f"<f>{written.replace('&', '&amp;').replace('<', '&lt;')}</f>".encode(), True)
    assert min(map(ord, written)) >= 32


def test_a_text_is_cut_before_its_quotes_are_doubled():
    formula = jump(Jump('"' * 300, "A", 0, 0, 0, ""))
    assert formula.endswith(',"' + '""' * 255 + '")')


def test_labels_headers_and_hints_of_a_centre_may_hold_anything(tmp_path):
    """Those of its own lists and columns reach dropdowns, conditions and hints of the workbooks that it gives out."""
    labels = enumerate(odd for odd in ODD if len(odd) < 100)
    lists = [{"list_key": "colour", "code": f"c{n}", "label_en": f"colour {n}{odd}", "label_zh": f"颜色 {n}{odd}"} for n, odd in labels]
    own = {"on_sheet": "风险登记", "field": "colour", "header_en": "Colour\x0bof it", "header_zh": "颜色\x0b备注", "holds": "choice",
           "list_key": "colour", "is_required": "Y", "hint_en": "as\x02painted", "hint_zh": "见\x0b色卡"}  # fmt: skip
    centre = submitted(tmp_path / "centre.xlsx", employees=operations.records()["employees"], risks=risks_of("-1"),
                       lists=[*template.list_records(catalog()), *lists], columns=[own])  # fmt: skip
    assert_workbook(centre)
    command("new", tmp_path / "new.xlsx", "--sheets", "risks", "--like", centre)
    assert "颜色".encode() in assert_workbook(tmp_path / "new.xlsx")
    command("refresh", centre, "--in-place")
    assert_workbook(centre)


def test_a_part_that_is_no_xml_replaces_nothing(tmp_path):
    package = Package(submitted(tmp_path / "a.xlsx", risks=risks_of("-1")).read_bytes())
    package.write("xl/worksheets/sheet1.xml", b"<worksheet><broken></worksheet>")
    with pytest.raises(UnreadableFile, match=r"sheet1\.xml could not be written as XML .*nothing was changed"):
        package.to_bytes()
