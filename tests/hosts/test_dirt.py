"""Dirty cells, from a real workbook to what is read: cases/dirt.csv, one line a cell."""

import csv
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


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    path = tmp_path_factory.mktemp("dirt") / "dirt.xlsx"
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet, day = book.add_worksheet("dirty"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    names = list(Dirty.columns)[:-2]
    sheet.write_row(0, 0, names)
    for row, case in enumerate(CASES, 1):
        for place, name in enumerate(names):
            if name == case["kind"]:
                _write(sheet, row, place, case["cell"], day)
            elif name in ("line", "text"):
                sheet.write_string(row, place, f"L{row}")
            elif name == "id":
                sheet.write_string(row, place, f"EXP-2026-{row + 100:05d}")
    book.close()
    return load.book(file.grids(path.read_bytes()), Catalog({"dirty": Dirty}, vars_rules(), ()))


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


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[f"{c['kind']}: {c['what']}" for c in CASES])
def test_cell(loaded, number, case):
    row = number + 2
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
