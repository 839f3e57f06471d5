"""Roster 报送名册: who owes which workbook for which period. It is the centre's own list, no register of anybody's workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import twins
from opsbook.grammar import Day, Line, Rows, Sheet, Text, Token, column, rule
from opsbook.lists import Dept

if TYPE_CHECKING:
    from opsbook.grammar import Frame


class Roster(Sheet, key="roster", id="workbook"):
    """One line a workbook and period: its name, who hands it in, by when. 一行为一期应报送的工作簿：名称、报送人、截止日期。"""

    clauses = ("一(三)3",)
    tab = Text("Roster", "报送名册")

    workbook: Line = column("Workbook", "工作簿", example="claims_kf.xlsx",
                            help=Text("Its file name, with * for what differs.", "文件名，可用 * 代替变化部分。"))  # fmt: skip
    period: Token = column("Period", "期间", example="2026-09", help=Text("2026-09, 2026-Q3 or 2026.", "如 2026-09、2026-Q3 或 2026。"))
    department: Dept = column("Department", "部门", example="data")
    person: Line = column("Person", "报送人", example="王敏")
    email: Line | None = column("E-Mail", "邮箱", example="wangmin@example.com")
    due_on: Day = column("Due On", "截止日期", example="2026-10-08")
    remarks: Line | None = column("Remarks", "备注")


@rule("RST-001", at="roster.period", clause="一(三)3",
      en="{period} is no period: write 2026-09, 2026-Q3 or 2026", zh="{period} 不是期间：应为 2026-09、2026-Q3 或 2026",
      fix=Text("Correct the period.", "更正期间。"))  # fmt: skip
def periods_are_periods(roster: Frame) -> Rows:
    """A period is a month, a quarter or a year. 期间为月、季或年。"""
    said = roster.column("period").astype(object)
    return roster[said.notna() & ~said.astype(str).str.fullmatch(r"[0-9]{4}(-(0[1-9]|1[0-2])(-01)?|-Q[1-4])?")]  # Excel makes a day of 2026-09


@rule("RST-002", at="roster.workbook", clause="一(三)3",
      en="{workbook} stands twice for {period}", zh="{workbook} 在 {period} 期重复",
      fix=Text("Delete one of the lines.", "删除重复行。"))  # fmt: skip
def workbooks_are_owed_once(roster: Frame) -> Rows:
    """A workbook is owed once for a period. 同一期间同一工作簿只列一次。"""
    again: Frame = twins(roster, roster.column("workbook"), roster.column("period"))
    return again


def within(period: str, day: str) -> bool:
    """Whether a day (``2026-09-30``) lies in a period.

    >>> [within(period, "2026-09-30") for period in ("2026-09", "2026-Q3", "2026", "2026-08", "2026-Q4")]
    [True, True, True, False, False]
    """
    year, _, part = period.partition("-")
    if part.startswith("Q"):
        return day[:4] == year and (int(day[5:7]) + 2) // 3 == int(part[1:])
    return day.startswith(period)


def lines(roster: Frame) -> pd.DataFrame:
    """The lines as texts and days, '' for blanks."""
    columns = {name: roster.column(name).astype(object).where(roster.column(name).notna(), "") for name in roster.sheet.columns if name != "due_on"}
    columns["period"] = columns["period"].astype(str).str.replace(r"^([0-9]{4}-[0-9]{2})-01$", r"\1", regex=True)
    return pd.DataFrame(columns | {"due_on": roster.column("due_on").dt.strftime("%Y-%m-%d").fillna("")}, index=roster.index)
