"""Dirty cells, from a real workbook to what is read: cases/dirt.csv, one line a cell."""

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from opsbook.actions import load
from opsbook.grammar import (
    Catalog,
    Choices,
    Code,
    Count,
    Day,
    Line,
    Money,
    Percent,
    Period,
    Several,
    Sheet,
    Text,
    Token,
    column,
)
from opsbook.hosts import file
from opsbook.lists import ExpType
from opsbook.sheets import general

CASES = list(csv.DictReader((Path(__file__).parents[1] / "cases" / "dirt.csv").open(encoding="utf-8")))


class Status(Choices):
    DRAFT = "draft", "Draft", "草稿"
    PAID = "paid", "Paid", "已支付"


class Dirty(Sheet, key="dirty", id="id"):
    """One column a kind. 每种类型一列。"""

    tab = Text("Dirty", "脏数据")
    id: Code = column("ID", "编号", form="EXP-yyyy-nnnnn", unique=True)
    line: Code = column("Line", "行号")
    money: Money | None = column("Money", "金额")
    pct: Percent | None = column("Pct", "比例")
    count: Count | None = column("Count", "数量")
    day: Day | None = column("Day", "日期")
    choice: Status | None = column("Choice", "选项")
    several: Several[ExpType] | None = column("Several", "多选")
    code: Token | None = column("Code", "号码")
    text: Line = column("Text", "文本")
    period: Period | None = column("Period", "月份")


def read(kind, *cells, chinese=False):
    """A workbook with these cells in one column, as it is read."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"strings_to_numbers": False})
    sheet, day = book.add_worksheet("dirty"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    names = list(Dirty.columns)[:-2]
    sheet.write_row(0, 0, [Dirty.columns[name].header.zh if chinese else name for name in names])
    for row, cell in enumerate(cells, 1):
        for place, name in enumerate(names):
            if name == kind:
                _write(sheet, row, place, cell, day)
            elif name in ("line", "text"):
                sheet.write_string(row, place, f"L{row}")
            elif name == "id":
                sheet.write_string(row, place, f"EXP-2026-{row + 100:05d}")
    book.close()
    return load.book(file.grids(data.getvalue()), Catalog({"dirty": Dirty}, vars_rules(), ()))


def vars_rules():
    return {r.id: r for r in vars(general).values() if type(r).__name__ == "Rule"}


def _write(sheet, row, place, cell, day):
    form, _, said = cell.partition(":")
    match form:
        case "number":
            sheet.write_number(row, place, float(said))
        case "bool":
            sheet.write_boolean(row, place, said == "true")
        case "date":
            sheet.write_datetime(row, place, datetime.combine(date.fromisoformat(said), datetime.min.time()), day)
        case "moment":
            sheet.write_datetime(row, place, datetime.fromisoformat(said), day)
        case "error":
            sheet.write_formula(row, place, "=1/0", None, said)
        case "unsaved":
            sheet.write_formula(row, place, "=1+1", None, "")
        case "nbsp":
            sheet.write_string(row, place, f"\u00a0{said}\u00a0")
        case "zerowidth":
            sheet.write_string(row, place, f"{said}\u200b")
        case "blanks":
            sheet.write_string(row, place, " \u3000\u00a0\u200b")
        case "lines":
            sheet.write_string(row, place, said.replace("|", "\n"))
        case _:
            sheet.write_string(row, place, said)


def test_the_table_names_twenty_kinds_and_more():
    assert len({c["what"] for c in CASES}) >= 60


@pytest.mark.parametrize("case", CASES, ids=[f"{c['kind']}: {c['what']}" for c in CASES])
def test_cell(case):
    loaded, row = read(case["kind"], case["cell"], chinese=case["what"].startswith("zh ")), 2
    tab = loaded.book.tabs["dirty"]
    told = [f.rule for f in loaded.faults if f.row == row and f.column in (case["kind"], "")]
    assert told == ([case["rule"]] if case["rule"] else [])
    series = Dirty.columns[case["kind"]].kind.series(tab.cells[case["kind"]], tab.index, {})
    value = series.loc[row]
    expected = case["read"].replace("\\n", "\n")
    if expected == "":
        assert value is None or value != value or str(value) == "NaT"
    elif isinstance(value, float):
        assert value == pytest.approx(float(expected))
    elif hasattr(value, "year"):
        assert f"{value:%Y-%m-%d}" == expected
    else:
        assert value == expected


def notes(loaded, rule="GEN-015"):
    return [f for f in loaded.faults if f.rule == rule]


def test_cells_that_came_by_their_values_in_the_same_way_are_told_once_a_column():
    (told,) = notes(read("money", "text:1,234.50", "number:2", "text:12.5", "text:88"))
    assert (told.row, told.values["count"], told.values["rows"]) == (2, "3", "2, 4-5")
    placeholder, text = notes(read("count", "text:-", "text:3张", "text:/", "text:无", "text:4张"))
    assert (placeholder.values["rows"], text.values["rows"]) == ("2, 4-5", "3, 6")


def test_a_day_that_misses_midnight_in_every_row_is_the_day_that_is_meant():
    loaded = read("day", *["moment:2026-08-31 23:59:17"] * 3)
    assert set(loaded.book.tabs["dirty"].cells["day"]) == {date(2026, 9, 1)}
    assert [f.severity for f in notes(loaded)] == [None]


def test_the_same_time_of_day_in_every_row_is_one_warning():
    (told,) = notes(read("day", "moment:2026-08-31 16:00", "moment:2026-09-01 16:00"))
    assert told.severity.value == "warning"
    assert told.values["time"] == "16:00:00"
    (told,) = notes(read("day", "moment:2026-08-31 16:00", "moment:2026-09-01 09:30"))
    assert told.severity is None


def test_a_year_is_that_of_the_rows_other_days_where_its_number_has_none():
    from opsbook.actions.load import book
    from opsbook.grammar.grid import Grid

    catalog = Catalog({"dated": Dated}, vars_rules(), ())
    rows = [["编号", "始", "止", "月份"], ["A1", "8月1日", date(2025, 8, 3), ""], ["A2", "8月1日", "", "2024-08"], ["A3", "8月1日", "", ""]]
    loaded = book([Grid("dated", rows)], catalog)
    assert list(loaded.book.tabs["dated"].cells["first"]) == [date(2025, 8, 1), date(2024, 8, 1), ""]
    (asked,) = notes(loaded, "GEN-002")
    assert (asked.row, asked.values["hint"].zh) == (4, "请填写年份，如 2025-08-01。")


class Dated(Sheet, key="dated", id="id"):
    """Days without a year. 无年份的日期。"""

    tab = Text("Dated", "日期表")
    id: Line = column("ID", "编号")
    first: Day | None = column("First", "始")
    last: Day | None = column("Last", "止")
    month: Period | None = column("Month", "月份")
