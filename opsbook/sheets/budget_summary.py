"""Budget & Expense Summary 预算与费用汇总, the budget's half: what was allowed, taken up, spent and is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.grammar import Change, Chart, Count, Line, Money, Percent, Policy, Text, block, groups, head, records
from opsbook.summaries import MONEY

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Budget, Changes, Expenses

_MONTHS = [f"m{n:02d}" for n in range(1, 13)]
_SPENT = ("finance_passed", "director_approved", "paid")
_APPROVED = ["approved", "closed"]


def _spending(budget: Budget, today: pd.Timestamp) -> Budget:
    """The approved cost and expense lines of this year, those that were closed since too."""
    return budget[(budget.category != "revenue") & budget.status.isin(_APPROVED) & (budget.year == today.year)]


def _once(rows: Budget, name: str) -> pd.Series:
    """What is claimed on a number, once where two lines bear it."""
    return rows.column(name).where(~rows.budget_id.cat.codes.duplicated(), 0.0)


def _left(rows: Budget) -> pd.Series:
    """What is available, with claims counted once."""
    return rows.available + sum((rows.column(n) - _once(rows, n) for n in ("actual", "committed")), pd.Series(0.0, index=rows.index))


@block("budget_departments", MONEY, of="budget", en="Budget and actual to date by department", zh="各部门累计预算与实际", figures="F-20 F-22", clause="五(一)3",
       totals="actual_ytd budget_ytd off adjusted available", heads={"off": head("Over (+) or Under (-)", "超支(+)节约(-)", Change), "share": head("Of Budget to Date",
                                                                                                                                                  "占累计预算", Percent)},
       charts=(Chart("ibcs", "department", ("actual_ytd", "budget_ytd"), title=Text("Actual (solid) and budget (outline) to date",
                                                                                    "累计实际（实）与预算（框）")),))  # fmt: skip
def budget_departments(budget: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Approved cost and expense lines of this year, up to the status month. 本年已批准的成本与费用预算，截至统计月份。"""
    rows = _spending(budget, today)
    table = groups(rows, "department", actual_ytd=_once(rows, "actual_ytd"), budget_ytd=rows.budget_ytd, adjusted=rows.adjusted, available=_left(rows))
    table.insert(3, "off", table["actual_ytd"] - table["budget_ytd"])
    table.insert(4, "share", table["actual_ytd"] / table["budget_ytd"].where(table["budget_ytd"] > 0))
    return table


@block("budget_walk", MONEY, of="budget", en="From the annual budget to what is left", zh="从年度预算到可用余额", figures="F-20 F-21", clause="五(一)3",
       heads={"step": head("Step", "项目", Line), "amount": head("Amount", "金额", Money), "level": head("Level", "余额", Money)},
       charts=(Chart("waterfall", "step", ("amount", "level")),))  # fmt: skip
def budget_walk(budget: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Approved cost and expense lines: changes, then what was spent and committed. 成本与费用预算：调整、实际发生与占用。"""
    rows = _spending(budget, today)
    if not len(rows):
        return pd.DataFrame()
    annual, adjusted = (float(rows.column(n).sum()) for n in ("annual_amount", "adjusted"))
    actual, committed = (float(_once(rows, n).sum()) for n in ("actual", "committed"))
    return pd.DataFrame({
        "step": [Text("Annual budget", "年度预算"), Text("Changes", "调整"), Text("Adjusted budget", "调整后预算"), Text("Spent", "实际发生"), Text("Committed",
                                                                                                                                                    "已占用"),
                 Text("Available", "可用余额")],
        "amount": [np.nan, adjusted - annual, np.nan, -actual, -committed, np.nan],
        "level": [annual, np.nan, adjusted, np.nan, np.nan, adjusted - actual - committed],
    })  # fmt: skip


@block("budget_months", MONEY, of="budget", en="Budget and actual by month", zh="各月预算与实际", figures="F-22", clause="五(一)3", totals="budget actual",
       heads={"month": head("Month", "月份", Line), "budget": head("Budget", "预算", Money), "actual": head("Actual", "实际", Money),
              "budget_sum": head("Budget to Date", "累计预算", Money), "actual_sum": head("Actual to Date", "累计实际", Money)},
       charts=(Chart("line", "month", ("budget_sum", "actual_sum"), title=Text("Budget and actual to date", "累计预算与累计实际")),))  # fmt: skip
def budget_months(budget: Budget, changes: Changes, expenses: Expenses, asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """Cost and expense lines of this year: the months as budgeted, with changes in their month, and spending by the day it arose. What
    arose before this year counts in January; what bears no day, and what Finance recorded apart, in the status month (as F-22).
    成本与费用：各月预算（变更计入其月份）与按发生日期的支出；跨年的计入一月，无日期的及财务登记实际数计入统计月份（同 F-22）。"""
    rows = _spending(budget, today)
    if not len(rows):
        return pd.DataFrame()
    lines = set(rows.budget_id.dropna())
    planned = np.array([rows.column(m).fillna(0.0).sum() for m in _MONTHS])
    done = changes[changes.status.isin(["approved", "closed"])]
    for ids, kinds, sign in ((done.budget_id, ("budget_adjust",), 1), (done.budget_id, ("budget_transfer",), -1), (done.to_budget_id, ("budget_transfer",), 1)):
        here = done.change_type.isin(kinds) & ids.isin(lines) & (done.period.astype(object).str.slice(0, 4) == f"{today.year}")
        moved = done[here]
        month = pd.to_numeric(moved.period.astype(object).str.slice(5, 7), errors="coerce")
        planned += sign * np.bincount(month.fillna(0).astype(int), weights=moved.amount.fillna(0.0), minlength=13)[1:13]
    passed = expenses[expenses.status.isin(_SPENT) & expenses.budget_id.isin(lines)]
    claimed = passed.cost_amount if policy("bud.basis") == "net" else passed.claim_amount
    bought = asset_events[asset_events.status.isin(["executed", "closed"]) & asset_events.budget_id.isin(lines)]
    spent = np.zeros(12)
    for days, amounts in ((passed.end_on, claimed), (bought.executed_on, bought.actual_amount)):
        by = days.fillna(today)
        month = by.dt.month.where(by.dt.year == today.year, 1)[by <= today.to_period("M").end_time]
        spent += np.bincount(month.astype(int), weights=amounts[month.index].fillna(0.0), minlength=13)[1:13]
    spent[today.month - 1] += rows.recorded_actual.fillna(0.0).sum()
    past = np.arange(1, 13) <= today.month
    return pd.DataFrame({"month": [f"{today.year}-{n:02d}" for n in range(1, 13)], "budget": planned, "actual": np.where(past, spent, np.nan),
                         "budget_sum": planned.cumsum(), "actual_sum": np.where(past, spent.cumsum(), np.nan)}).round(2)  # fmt: skip


@block("budget_accounts", MONEY, of="budget", en="Cost and expense accounts", zh="成本费用科目", figures="F-20 F-21 F-22", clause="五(一)1",
       totals="lines annual_amount adjusted committed actual available",
       heads={"lines": head("Lines", "行数", Count), "rate": head("Used", "执行率", Percent), "elapsed": head("Share of Year Gone", "时间进度", Percent)},
       bars={"rate": 1.0}, charts=(Chart("column", "account_name", ("adjusted", "actual", "committed"), title=Text("Budget, actual and committed",
                                                                                                                   "预算、实际与占用")),))  # fmt: skip
def budget_accounts(budget: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Approved cost and expense lines of this year by account, against the share of the year that has gone. 本年已批准成本费用预算按科目统计，对照时间进度。"""
    return _accounts(_spending(budget, today), today)


@block("budget_revenue", MONEY, of="budget", en="Revenue accounts", zh="收入科目", figures="F-20 F-21 F-22", clause="五(一)1",
       totals="lines annual_amount adjusted actual available",
       heads={"lines": head("Lines", "行数", Count), "available": head("Still to Be Earned", "待实现", Money), "rate": head("Reached", "完成率", Percent),
              "elapsed": head("Share of Year Gone", "时间进度", Percent)}, bars={"rate": 1.0})  # fmt: skip
def budget_revenue(budget: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Approved revenue lines of this year by account: what is never added to cost and expense. 本年已批准收入预算按科目统计，不与成本费用相加。"""
    table = _accounts(budget[(budget.category == "revenue") & budget.status.isin(_APPROVED) & (budget.year == today.year)], today)
    return table.drop(columns=["committed", "category"])


def _accounts(rows: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Budget lines by category and account, the larger first."""
    table = groups(rows, "category account_name", lines=1, annual_amount=rows.annual_amount, adjusted=rows.adjusted, committed=_once(rows, "committed"),
                   actual=_once(rows, "actual"), available=_left(rows))  # fmt: skip
    table.insert(8, "rate", table["actual"] / table["adjusted"].where(table["adjusted"] > 0))
    table.insert(9, "elapsed", today.day_of_year / (366 if today.is_leap_year else 365))
    order = {category: n for n, category in enumerate(dict.fromkeys(table["category"]))}  # of the list, what has none last
    return table.assign(order=table["category"].map(order)).sort_values(["order", "adjusted"], ascending=[True, False]).drop(columns="order")


def _told(conditions: list[pd.Series], said: list[Text], else_: Text) -> list[Text]:
    """What the first condition that holds says of each row."""
    first = np.argmax(np.column_stack([*conditions, np.ones(len(conditions[0]), dtype=bool)]), axis=1)
    return [[*said, else_][n] for n in first]


@block("budget_lines", MONEY, of="budget", en="Every line", zh="预算行明细", key="budget_id", figures="F-20 F-21 F-22", clause="五(一)3",
       totals="adjusted committed actual available",
       heads={"off": head("Ahead of Time", "超时间进度", Percent), "light": head("State", "状态", Line)}, bars={"used_rate": 1.0})  # fmt: skip
def budget_lines(budget: Budget, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """Approved lines of this year; ahead of time is the rate used less the share of the year gone; the state as F-22 says it.
    本年已批准预算行；超时间进度=执行率-已过时间比例；状态见 F-22。"""
    rows = budget[budget.status.isin(_APPROVED) & (budget.year == today.year)]
    gone = today.day_of_year / (366 if today.is_leap_year else 365)
    taken = ((rows.actual + rows.committed) / rows.adjusted.where(rows.adjusted > 0)).round(9)
    reached = (rows.actual_ytd / rows.budget_ytd.where(rows.budget_ytd > 0)).round(9)
    revenue, spending = rows.category == "revenue", rows.category != "revenue"
    light = _told(
        [spending & (rows.available < -0.005) & (rows.control == "stop"), spending & (rows.available < -0.005), spending & (taken >= policy("bud.warn", rows)),
         revenue & (reached < policy("bud.rev_warn", rows))],
        [Text("◆ stop", "◆ 超支"), Text("▲ over", "▲ 超出"), Text("▲ nearly used", "▲ 预警"), Text("▲ behind", "▲ 落后")], Text("● in order", "● 正常"),
    )  # fmt: skip
    return records(rows, "budget_id category department account_name control", adjusted=rows.adjusted, committed=rows.committed, actual=rows.actual,
                   available=rows.available, used_rate=rows.used_rate, off=rows.used_rate - gone, light=light).sort_values("used_rate", ascending=False)  # fmt: skip
