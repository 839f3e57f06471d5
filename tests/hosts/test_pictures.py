"""Cells that hold no value but a thing: a receipt's picture is evidence that is there, a box is ticked or not."""

import io
import re
import zipfile

import pytest
import xlsxwriter
from conftest import run_opsbook
from foreign import edited
from strangers import png, rezipped

from opsbook import jobs
from opsbook.hosts import file

SHEET = "xl/worksheets/sheet1.xml"
ID = "ID_0F8A4C3B2E1D4F5A9B8C7D6E5F4A3B2C"
#: An electronic voucher wants its file (EXP-003).
CLAIM = {"Line ID": "EXP-2026-00001", "Expense Type": "Office supplies", "Voucher Type": "Digital plain VAT e-invoice", "Attachments": 1, "Attachment Reference": None}


def claim(put=None, tab="Expense Claims"):
    """A claim whose attachment is put into its cell."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet(tab)
    sheet.write_row(0, 0, CLAIM)
    sheet.write_row(1, 0, CLAIM.values())
    if put:
        put(sheet, 1, len(CLAIM) - 1)
    book.close()
    return out.getvalue()


def receipt(sheet, row, column, **said):
    """What Excel's *Place in Cell* writes."""
    sheet.embed_image(row, column, "receipt.png", {"image_data": io.BytesIO(png())} | said)


def found(data, folder):
    """The rules that tell of the attachment, and what stands in its cell."""
    (folder / "c.xlsx").write_bytes(data)
    result = jobs.validate(folder / "c.xlsx")
    return {f.rule for f in result.findings if f.column == "attachment_ref"}, list(result.book.tabs["expenses"].cells["attachment_ref"])


def test_without_a_picture_the_attachment_is_missing(tmp_path):
    assert found(claim(), tmp_path) == ({"EXP-003"}, [""])


def test_a_picture_in_its_cell_is_the_attachment(tmp_path):
    assert found(claim(receipt), tmp_path) == (set(), ["(picture)"])


def test_in_a_chinese_workbook_it_reads_in_chinese(tmp_path):
    assert found(claim(receipt, "费用报销"), tmp_path) == (set(), ["（图片）"])


def test_a_picture_reads_as_its_alt_text(tmp_path):
    assert found(claim(lambda *at: receipt(*at, description="taxi 0311.jpg")), tmp_path) == (set(), ["taxi 0311.jpg"])


def test_a_picture_from_the_web_and_a_share_are_no_errors(tmp_path):
    """IMAGE() and Excel's linked data types store the same #VALUE!, and say elsewhere what they are."""
    web = edited(claim(receipt), "xl/richData/rdrichvaluestructure.xml", lambda s: s.replace("_localImage", "_webimage"))
    assert found(web, tmp_path) == (set(), ["(picture)"])
    share = edited(web, "xl/richData/rdrichvaluestructure.xml", lambda s: s.replace("_webimage", "_linkedentity2").replace("CalcOrigin", "_DisplayString"))
    assert found(share, tmp_path) == (set(), ["5"])


def test_an_error_that_excel_describes_elsewhere_stays_one(tmp_path):
    error = edited(claim(receipt), "xl/richData/rdrichvaluestructure.xml", lambda s: s.replace("_localImage", "_error"))
    assert found(error, tmp_path)[0] == {"GEN-017"}


def test_a_number_that_leads_nowhere_is_an_error(tmp_path):
    assert found(edited(claim(receipt), SHEET, lambda s: s.replace('vm="1"', 'vm="7"')), tmp_path)[0] == {"GEN-017"}
    without = rezipped(claim(receipt), lambda n, b: b.replace(b"<rv ", b"<rw ").replace(b"</rv>", b"</rw>") if n.endswith("rdrichvalue.xml") else b)
    assert found(without, tmp_path)[0] == {"GEN-017"}


@pytest.mark.parametrize("stored", ['t="str"><f>{f}</f><v>=DISPIMG("{id}",1)</v>', 't="e"><f>_xlfn.{f}</f><v>#NAME?</v>', 't="e"><f>{f}</f><v>#BUSY!</v>', "><f>{f}</f>"],
                         ids=["by WPS", "by Excel", "by another", "without a result"])  # fmt: skip
def test_a_picture_of_wps_is_the_attachment_whatever_is_stored(stored, tmp_path):
    cell = '<c r="E2" ' + stored.format(f=f"DISPIMG(&quot;{ID}&quot;,1)", id=ID) + "</c>"
    data = edited(claim(lambda sheet, row, column: sheet.write_formula(row, column, "=1")), SHEET, lambda s: re.sub('<c r="E2".*?</c>', cell, s))
    assert found(data, tmp_path) == (set(), ["(picture)"])
    named = rezipped(data, more={"xl/cellimages.xml": f'<e:cellImages xmlns:e="a" xmlns:x="b"><x:cNvPr id="2" name="{ID}" descr="微信图片"/></e:cellImages>'})
    assert found(named, tmp_path) == (set(), ["微信图片"])


def test_a_picture_where_a_number_is_due_is_no_number(tmp_path):
    data = edited(claim(receipt), "xl/sharedStrings.xml", lambda s: s.replace("Attachment Reference", "Claimed Amount"))
    (tmp_path / "c.xlsx").write_bytes(data)
    assert [f.rule for f in jobs.validate(tmp_path / "c.xlsx").findings if f.column == "claim_amount"] == ["GEN-002"]


def test_a_picture_stays_in_the_annotated_copy(tmp_path):
    (tmp_path / "c.xlsx").write_bytes(data := claim(receipt))
    run_opsbook("validate", tmp_path / "c.xlsx", "--annotate", tmp_path / "back")
    (copy,) = (tmp_path / "back").glob("*.xlsx")
    ours, theirs = zipfile.ZipFile(io.BytesIO(data)), zipfile.ZipFile(copy)
    assert all(theirs.read(name) == ours.read(name) for name in ours.namelist() if name.startswith(("xl/media/", "xl/richData/", "xl/metadata")))


def test_a_box_in_a_cell_is_yes_or_no(tmp_path):
    """Excel's boxes in cells are TRUE and FALSE with a look of their own."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Employees")
    sheet.write_row(0, 0, ["Employee ID", "Name", "Information Officer"])
    for row, ticked in enumerate((True, False), 1):
        sheet.write_row(row, 0, [f"EMP-000{row}", "Li"])
        sheet.insert_checkbox(row, 2, ticked)
    book.close()
    assert any("featurePropertyBag" in name for name in zipfile.ZipFile(out).namelist())
    (tmp_path / "c.xlsx").write_bytes(out.getvalue())
    result = jobs.validate(tmp_path / "c.xlsx")
    assert list(result.book.tabs["employees"].cells["is_info_officer"]) == ["Y", "N"]
    assert not [f for f in result.findings if f.column == "is_info_officer"]


def test_the_grid_of_a_file_without_such_cells_is_as_it_was(tmp_path):
    (grid,) = file.grids(claim())
    assert list(grid.rows) == [list(CLAIM), [*list(CLAIM.values())[:-1], ""]]
