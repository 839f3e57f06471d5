"""Error cells, in whatever format and of whatever program: a finding at the cell that a register reads, and nothing anywhere else."""

import io
import re
import struct
import zipfile

import pytest
import xlsxwriter
from conftest import converted, submitted
from foreign import edited, ods, part_of
from strangers import prefixed, single_quoted

from opsbook import jobs
from opsbook.demo import operations
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file

#: Of Excel, of Google Sheets, of LibreOffice; the first is one that every reader knows.
ERRORS = ("#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "#CONNECT!", "#BLOCKED!", "#UNKNOWN!", "#ERROR!", "#PYTHON!", "Err:502")
#: As a program works them out, in each format.
FORMULAS = {"=NA()": "#N/A", "=1/0": "#DIV/0!", '=1+"a"': "#VALUE!", "=NIX()": "#NAME?"}


def claims(*amounts, purpose="paper"):
    """A register of claims in which each amount is an error, or a formula that comes to one."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Expense Claims")
    sheet.write_row(0, 0, ["Line ID", "Purpose", "Claimed Amount"])
    for row, amount in enumerate(amounts, 1):
        sheet.write_row(row, 0, [f"EXP-2026-{row:05}", purpose])
        sheet.write_formula(row, 2, amount if amount.startswith("=") else "=A1", None, FORMULAS.get(amount, "#N/A"))
    book.add_worksheet("Notes").write_formula("B3", "=A1", None, "#N/A")
    book.close()
    return out.getvalue()


def saying(data, sheet, *errors):
    """The workbook with other errors in the error cells of a sheet, in their order."""
    said = iter(errors)
    return edited(data, part_of(data, sheet), lambda s: re.sub("<v>#N/A</v>", lambda found: f"<v>{next(said)}</v>", s))


def found(path, rule="GEN-017"):
    """The errors that are found: cell and value."""
    return {f.cell: f.value for f in jobs.validate(path).findings if f.rule == rule}


def test_every_error_is_a_finding_at_its_cell(tmp_path):
    (tmp_path / "c.xlsx").write_bytes(saying(claims(*ERRORS), "Expense Claims", *ERRORS))
    assert found(tmp_path / "c.xlsx") == {f"C{row}": said for row, said in enumerate(ERRORS, 2)}


def test_an_error_on_a_sheet_of_somebody_elses_is_nothing(tmp_path):
    (tmp_path / "c.xlsx").write_bytes(saying(claims("=NA()"), "Notes", "#GETTING_DATA"))
    assert found(tmp_path / "c.xlsx") == {"C2": "#N/A"}


def test_errors_on_several_sheets_are_all_read(tmp_path):
    data = saying(saying(claims("=NA()"), "Notes", "#FIELD!"), "Expense Claims", "#BUSY!")
    assert {grid.name: dict(grid.errors) for grid in file.grids(data) if list(grid.rows)} == {"Expense Claims": {(1, 2): "#BUSY!"}, "Notes": {(2, 1): "#FIELD!"}}


def test_the_file_with_an_error_keeps_its_bytes(tmp_path):
    path = tmp_path / "c.xlsx"
    path.write_bytes(data := saying(claims("=NA()"), "Expense Claims", "#CALC!"))
    jobs.validate(path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("stored", ["", "<v>60</v>"], ids=["no result", "an old result"])
@pytest.mark.parametrize("target", ['t="e"><v>#CONNECT!</v></c>', "><f>1+1</f></c>", "/>"], ids=["an error", "no result", "a blank"])
def test_a_policy_value_that_points_at_nothing_is_said_so(target, stored, tmp_path):
    """Whatever is stored beside the formula, and though the reader does not know the error: the value is missing, the workbook is read."""
    path = tmp_path / "centre.xlsx"
    jobs.new(path, lang="en", sheets="core")
    pointing = re.compile(r"(<f>'Policy Tables'!\$([A-Z]+)\$([0-9]+)</f>)<v>[^<]*</v>")
    data = path.read_bytes()
    pointed = pointing.search(zipfile.ZipFile(path).read(part_of(data, "Policy")).decode())
    data = edited(data, part_of(data, "Policy"), lambda s: s.replace(pointed[0], pointed[1] + stored))
    place = pointed[2] + pointed[3]
    path.write_bytes(edited(data, part_of(data, "Policy Tables"), lambda s: re.sub(f'<c r="{place}"[^>]*>.*?</c>', f'<c r="{place}" {target}', s)))
    assert len(found(path, "POL-001")) == 1


def test_an_old_result_beside_a_policy_value_does_not_govern(tmp_path):
    """A script changed the table that the value points at, and left the result of the formula as it was."""
    path = tmp_path / "centre.xlsx"
    jobs.new(path, lang="en", sheets="core")
    data = path.read_bytes()
    pointing = re.compile(r"""<c r="B(\d+)"[^>]*><f>'Policy Tables'!\$([A-Z]+)\$(\d+)</f>""")
    row, *place = pointing.search(zipfile.ZipFile(path).read(part_of(data, "Policy")).decode()).groups()
    cell = re.compile(rf'(<c r="{"".join(place)}"[^>]*>)<v>[^<]*</v>')
    path.write_bytes(edited(data, part_of(data, "Policy Tables"), lambda s: cell.sub(r"\g<1><v>77</v>", s)))
    result = jobs.validate(path)
    policy = result.book.tabs["policy"]
    assert result.policy(policy.cells["policy_key"][int(row) - policy.header_row - 1]) == 0.77  # it is a share


def test_a_formula_of_a_register_that_points_at_a_blank_is_0_as_in_excel():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("Notes").write_formula("A1", "=B7", None, 0)
    book.close()
    (grid,) = file.grids(out.getvalue())
    assert list(grid.rows) == [[0]] and not grid.unsaved


@pytest.mark.parametrize("written", [prefixed, single_quoted], ids=["with prefixes", "in single quotes"])
def test_errors_are_found_however_they_are_written(written, tmp_path):
    (tmp_path / "c.xlsx").write_bytes(written(saying(claims("=NA()", "=NA()"), "Expense Claims", "#BUSY!", "#FIELD!")))
    assert found(tmp_path / "c.xlsx") == {"C2": "#BUSY!", "C3": "#FIELD!"}


@pytest.mark.parametrize("form", ["ods", "xls"])
def test_errors_in_what_libreoffice_saves(form, tmp_path):
    (tmp_path / "c.xlsx").write_bytes(claims(*FORMULAS))
    assert found(converted(tmp_path / "c.xlsx", form, tmp_path)) == {f"C{row}": said for row, said in enumerate(FORMULAS.values(), 2)}


def test_an_ods_that_is_indented_is_read_alike(tmp_path):
    """SheetJS and Gnumeric put white space between the cells."""
    (tmp_path / "c.xlsx").write_bytes(claims(*FORMULAS, purpose="two  words"))
    tight = converted(tmp_path / "c.xlsx", "ods", tmp_path)
    data = edited(tight.read_bytes(), "content.xml", lambda s: re.sub(r"(<table:table-(?:row|cell)\b[^>]*>|</table:table-cell>|/>)(?=<(?:table|/table))", "\\1\n   ", s))
    with_blanks, without = ([(g.name, list(g.rows), dict(g.errors)) for g in file.grids(each)] for each in (data, tight.read_bytes()))
    assert b"\n   <table:table-cell" in zipfile.ZipFile(io.BytesIO(data)).read("content.xml") and with_blanks == without


def test_an_error_that_gnumeric_writes_into_an_ods():
    """It says that the result is a text."""
    cell = '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="#N/A"><text:p>#N/A</text:p></table:table-cell>'
    note = "<table:table-cell><office:annotation><text:p>#N/A</text:p></office:annotation><text:p>#N/A</text:p></table:table-cell>"  # typed by somebody
    assert dict(next(file.grids(ods(f'<table:table-row table:number-rows-repeated="2"><table:table-cell/>{cell}{note}</table:table-row>'))).errors) == \
        {(0, 1): "#N/A", (1, 1): "#N/A"}  # fmt: skip


def test_an_error_that_is_repeated_over_a_whole_sheet_is_a_sentence():
    """A few bytes may say a million cells."""
    cell = '<table:table-cell table:number-columns-repeated="20" table:formula="of:=NA()"><text:p>#N/A</text:p></table:table-cell>'
    with pytest.raises(UnreadableFile, match="1,000,000 are allowed"):
        list(file.grids(ods(f'<table:table-row table:number-rows-repeated="60000">{cell}</table:table-row>')))


# ---------------------------------------------------------------------------------------------- texts in .xls


def test_policy_values_in_an_xls_of_libreoffice_are_those_of_the_workbook(tmp_path):
    """Where it does not calculate anew it stores a 0 for each formula whose result is a text; those of Policy point at cells, and are followed there."""
    jobs.new(tmp_path / "centre.xlsx", lang="en", sheets="core")
    ours, theirs = (jobs.validate(path) for path in (tmp_path / "centre.xlsx", converted(tmp_path / "centre.xlsx", "xls", tmp_path, calculated=False)))
    assert not [f for f in theirs.findings if f.rule == "POL-001"]
    assert theirs.policy("risk.cell.5.5") == ours.policy("risk.cell.5.5")


def test_a_text_that_an_xls_of_libreoffice_lost_is_never_read_as_0(tmp_path):
    """A formula that joins texts, or chooses one, has no stored result; one that points at a text is followed; a true 0 stays 0."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Notes")
    for row, (formula, result) in enumerate({'="pa"&"per"': "paper", '=IF(1>0,"ink","paper")': "ink", '=TEXT(7,"0")': "7", "=B1": "glue", "=$B$3": 0, "=1-1": 0,
                                             '=LEN("")': 0}.items()):  # fmt: skip
        sheet.write_formula(row, 0, formula, None, result)
    sheet.write("B1", "glue")
    book.close()
    (tmp_path / "c.xlsx").write_bytes(out.getvalue())
    (grid,) = file.grids(converted(tmp_path / "c.xlsx", "xls", tmp_path, calculated=False).read_bytes())
    assert grid.unsaved == {(0, 0), (1, 0), (2, 0)} and [row[0] for row in grid.rows][3:] == ["glue", 0, 0, 0]


# ------------------------------------------------------------------------------------------------------ .xlsb


def xlsb(*cells):
    """The smallest .xlsb: one sheet, its first row the cells, each a record's number and bytes."""
    sheet = _records((129, b""), (148, struct.pack("<4I", 0, 0, 0, 9)), (145, b""), (0, bytes(25)), *cells, (146, b""), (130, b""))
    name, rel = (struct.pack("<I", len(said)) + said.encode("utf-16-le") for said in ("Notes", "rId1"))
    book = _records((131, b""), (143, b""), (156, struct.pack("<II", 0, 1) + rel + name), (144, b""), (132, b""))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = '<Relationships xmlns="{}"><Relationship Id="rId1" Type="{}/{}" Target="{}"/></Relationships>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        package.writestr("_rels/.rels", rels.format(space, kind, "officeDocument", "xl/workbook.bin"))
        package.writestr("xl/_rels/workbook.bin.rels", rels.format(space, kind, "worksheet", "worksheets/sheet1.bin"))
        package.writestr("xl/workbook.bin", book)
        package.writestr("xl/worksheets/sheet1.bin", sheet)
    return out.getvalue()


def _records(*records):
    return b"".join((bytes([n]) if n < 128 else bytes([n & 0x7F | 0x80, n >> 7])) + bytes([len(body)]) + body for n, body in records)


def test_errors_in_an_xlsb():
    """A number, an error that was typed, and one that a formula came to."""
    number = 5, struct.pack("<IId", 0, 0, 12.5)
    typed = 3, struct.pack("<IIB", 1, 0, 0x2A)
    worked_out = 11, struct.pack("<IIBHI", 2, 0, 0x07, 0, 0)
    (grid,) = file.grids(xlsb(number, typed, worked_out, (5, struct.pack("<IId", 3, 0, 7.0))))
    assert list(grid.rows) == [[12.5, "", "", 7.0]] and dict(grid.errors) == {(0, 1): "#N/A", (0, 2): "#DIV/0!"}


def test_an_xlsb_whose_cells_would_be_dropped_is_refused_in_one_sentence():
    """SheetJS leaves out where a cell stands that follows another."""
    with pytest.raises(UnreadableFile, match=r"save it as \.xlsx"):
        list(file.grids(xlsb((5, struct.pack("<IId", 0, 0, 12.5)), (16, struct.pack("<Id", 0, 99.0)))))


def test_a_workbook_without_errors_is_read_as_it_stands(tmp_path):
    path = submitted(tmp_path / "c.xlsx", expenses=operations.records()["expenses"][:3])
    assert not found(path)
