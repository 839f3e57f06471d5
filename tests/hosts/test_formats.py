"""What other programs write differently inside a format: the cells are those that a person sees in it."""

import io
from datetime import date, datetime

import xlsxwriter
from conftest import converted
from foreign import numbered_as_gnumeric, ods

from opsbook.hosts import file


def read(data):
    """The rows of a workbook's only sheet."""
    (grid,) = file.grids(data)
    return list(grid.rows)


def test_moments_and_new_lines_in_an_ods_of_sheetjs_and_gnumeric():
    """They indent; one states a time zone with each day, the other breaks lines within a paragraph."""
    day, moment = (f'<table:table-cell office:value-type="date" office:date-value="{said}"><text:p>x</text:p></table:table-cell>'
                   for said in ("2026-03-05T00:00:00.000Z", "2026-03-05T14:30:00Z"))  # fmt: skip
    text = '<table:table-cell office:value-type="string"><text:p><text:s text:c="2"/>one<text:line-break/>two <text:s/>2026-03-05T00:00:00Z</text:p></table:table-cell>'
    rows = read(ods(f"\n<table:table-row>\n {day}\n {moment}\n {text}\n</table:table-row>\n"))
    assert rows == [[datetime(2026, 3, 5), datetime(2026, 3, 5, 14, 30), "  one\ntwo  2026-03-05T00:00:00Z"]]


def test_an_amount_in_an_xls_of_gnumeric_is_no_day(tmp_path):
    """It numbers its own formats from 50 on, where Excel of East Asia has those of days."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Notes")
    for column, (said, look) in enumerate([(0.4, "0.##%"), (2374.34, "#,##0.##"), (date(2026, 3, 5), "yyyy-mm-dd")]):
        sheet.write(0, column, said, book.add_format({"num_format": look}))
    book.close()
    (tmp_path / "c.xlsx").write_bytes(out.getvalue())
    data = converted(tmp_path / "c.xlsx", "xls", tmp_path).read_bytes()
    assert read(numbered_as_gnumeric(data)) == read(data) == [[0.4, 2374.34, date(2026, 3, 5)]]
