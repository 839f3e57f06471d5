"""Budget & Expense Summary 预算与费用汇总, the claims' half: by type, month and state, and what looks unlike the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.trend import BENFORD, NIGRINI, first_digits, outlyingness
from opsbook.grammar import (
    Chart,
    Count,
    Head,
    Line,
    Money,
    Percent,
    Policy,
    Quantity,
    Text,
    block,
    groups,
    head,
    records,
)
from opsbook.grammar.block import SOURCE
from opsbook.grammar.kinds import kind_of
from opsbook.lists import ExpType
from opsbook.summaries import MONEY

if TYPE_CHECKING:
    from opsbook.columns import Budget, Expenses

_SPENT = ("finance_passed", "director_approved", "paid")
_SHOWN, _PERIODS = 4, 12  # types of their own in the chart by month; months


@block("expense_months", MONEY, of="expenses", en="Claims by month and type", zh="各月报销（按类型）", figures="F-25", clause="五(二)3",
       heads={"month": head("Month", "月份", Line), "other": head("Other Types", "其他类型", Money), "budget": head("Monthly Budget", "月均预算", Money)},
       charts=(Chart("stacked", "month", lines=("budget",), title=Text("Claims passed by Finance, by month", "各月财务审核通过的报销")),))  # fmt: skip
def expense_months(expenses: Expenses, budget: Budget, today: pd.Timestamp) -> pd.DataFrame:
    """Claims that Finance passed, by the month they arose, the largest types apart (four at most); the line is a twelfth of the year's expense budget.
    财务审核通过的报销按发生月份，金额最大的至多四类单列；虚线为全年费用预算的月均数。"""
    first = (today.to_period("M") - (_PERIODS - 1)).start_time
    rows = expenses[expenses.status.isin(_SPENT) & (expenses.end_on >= first) & (expenses.end_on <= today)]
    if not len(rows):
        return pd.DataFrame()
    month = rows.end_on.dt.year * 12 + rows.end_on.dt.month - 1
    wide = rows.claim_amount.groupby([month, rows.exp_type.astype(object).fillna("other")]).sum().unstack(fill_value=0.0)  # month × type
    wide.index = pd.Index([f"{m // 12}-{m % 12 + 1:02d}" for m in wide.index.astype(int)], name="month")
    wide.columns = wide.columns.astype(str)
    largest = [t for t in wide.sum().nlargest(_SHOWN).index if t != "other"]
    wide = wide[largest].assign(other=wide.drop(columns=largest).sum(axis=1))
    money = kind_of(Money)[0]
    wide = wide.rename(columns={t: Head(label, money) for t, label in ExpType.labels().items() if t in largest})
    year = budget[(budget.category == "expense") & (budget.status == "approved") & (budget.year == today.year)]
    return wide.assign(budget=round(float(year.adjusted.sum()) / 12, 2)).reset_index()


@block("expense_types", MONEY, of="expenses", en="Claims by type (Pareto)", zh="报销类型（帕累托）", figures="F-25", clause="五(二)1", totals="lines amount over",
       heads={"lines": head("Lines", "行数", Count), "amount": head("Amount", "金额", Money), "share": head("Cumulative Share", "累计占比", Percent),
              "over": head("Over Standard", "超标准金额", Money), "mean": head("Mean of a Line", "每行平均", Money)},
       charts=(Chart("column", "exp_type", ("amount",), lines=("share",), share=True, title=Text("Amount and cumulative share", "金额与累计占比")),))  # fmt: skip
def expense_types(expenses: Expenses) -> pd.DataFrame:
    """Claims that were not rejected or cancelled, the largest type first; over standard is what is beyond the line's own standard.
    未驳回、未作废的报销，按金额从大到小；超标准为超出该行标准的金额。"""
    rows = expenses.live
    over = (rows.claim_amount - rows.standard).clip(lower=0).fillna(0.0)
    table = groups(rows, "exp_type", lines=1, amount=rows.claim_amount, over=over).sort_values("amount", ascending=False)
    table.insert(3, "share", table["amount"].cumsum() / table["amount"].sum())
    table.insert(5, "mean", (table["amount"] / table["lines"]).round(2))
    return table


@block("expense_states", MONEY, of="expenses", en="Claims by state", zh="报销状态", figures="F-25", clause="五(二)3", totals="lines amount",
       heads={"lines": head("Lines", "行数", Count), "claims": head("Claims", "报销单数", Count), "amount": head("Amount", "金额", Money),
              "oldest": head("Oldest Waits (days)", "最长等待（天）", Count)})  # fmt: skip
def expense_states(expenses: Expenses, today: pd.Timestamp) -> pd.DataFrame:
    """Lines, claims and amount in each state, and how long the oldest that is not finished has waited. 各状态行数、单数与金额，及未办结的最长等待天数。"""
    states = pd.DataFrame({"claim": expenses.claim_id.cat.codes, "status": expenses.status.cat.codes}, index=expenses.index)
    first = ~states.duplicated() | expenses.claim_id.isna()  # of a claim in its state
    table = groups(expenses, "status", lines=1, claims=first.astype(float), amount=expenses.claim_amount)
    waiting = expenses.open
    days = (today - waiting.submitted_on).dt.days.groupby(waiting.status.astype(object)).max()
    table.insert(4, "oldest", table["status"].astype(object).map(days))
    return table


@block("expense_departments", MONEY, of="expenses", en="How claims of departments fare", zh="各部门报销质量", figures="F-25", clause="五(二)3",
       totals="lines amount returned",
       heads={"lines": head("Lines", "行数", Count), "amount": head("Amount", "金额", Money), "returned": head("Returned", "被退回", Count),
              "first_pass": head("Passed at First", "一次通过率", Percent), "days": head("Mean Days to Payment", "平均支付天数", Quantity)})  # fmt: skip
def expense_departments(expenses: Expenses) -> pd.DataFrame:
    """Reviewed lines that were never returned, and the days from submission to payment. 一次通过率为从未退回的已审行占比；支付天数自提交至支付。"""
    rows = expenses.live
    back = rows.returned_on.notna() | rows.return_reason.notna() | (rows.status == "returned")
    reviewed = rows.reviewed_on.notna() | back
    paid = (rows.paid_on - rows.submitted_on).dt.days
    table = groups(rows, "department", lines=1, amount=rows.claim_amount, returned=back.astype(float), reviewed=reviewed.astype(float),
                   paid=paid.notna().astype(float), days=paid.fillna(0.0))  # fmt: skip
    table["first_pass"] = 1 - table["returned"] / table["reviewed"].where(table["reviewed"] > 0)
    table["days"] = (table["days"] / table["paid"].where(table["paid"] > 0)).round(1)
    return table[["department", "lines", "amount", "returned", "first_pass", "days", SOURCE]]


@block("expense_returns", MONEY, of="expenses", en="Why claims were returned", zh="退回原因", clause="五(二)3", totals="lines amount",
       heads={"lines": head("Lines", "行数", Count), "amount": head("Amount", "金额", Money)})  # fmt: skip
def expense_returns(expenses: Expenses) -> pd.DataFrame:
    """Reasons as Finance wrote them, the most frequent first. 财务填写的退回原因，按次数排列。"""
    rows = expenses.live
    rows = rows[rows.return_reason.notna()]
    return groups(rows, "return_reason", lines=1, amount=rows.claim_amount).sort_values("lines", ascending=False).head(15)


@block("expense_digits", MONEY, of="expenses", en="Benford's screen of claims", zh="报销金额首位数（本福特）筛查", clause="七(二)2",
       heads={"digit": head("First Digit", "首位数", Line), "lines": head("Lines", "行数", Count), "share": head("Share", "占比", Percent),
              "expected": head("Expected", "预期", Percent), "verdict": head("Verdict on All", "总体判断", Line)},
       charts=(Chart("column", "digit", ("share",), lines=("expected",), title=Text("First digits of amounts", "金额首位数分布")),))  # fmt: skip
def expense_digits(expenses: Expenses) -> pd.DataFrame:
    """First digits of voucher totals of 10 and more, against Benford's law; a hint where to look and no proof: fixed fares and standards
    distort it. From 100 amounts on. 10元以上票面金额的首位数与本福特定律比较；仅提示线索，固定票价和定额标准会造成偏离；至少100笔。"""
    rows = expenses.live
    found = first_digits(rows.total_amount.to_numpy(dtype=float))
    if found is None:
        return pd.DataFrame()
    words = (Text("close", "吻合"), Text("acceptable", "可接受"), Text("marginal", "临界"), Text("does not conform", "偏离"))
    said = words[int(np.searchsorted(NIGRINI, found.deviation))]
    told = Text(f"{said.en}: mean deviation {found.deviation:.3f}, chi-square p = {found.p:.3f}", f"{said.zh}：平均偏差 {found.deviation:.3f}，卡方检验 p={found.p:.3f}")
    share = found.counts / found.counts.sum()
    return pd.DataFrame({"digit": [str(d) for d in range(1, 10)], "lines": found.counts, "share": share, "expected": BENFORD, "verdict": [told, *[None] * 8]})


@block("expense_outliers", MONEY, of="expenses", en="Amounts unlike others of their type", zh="同类中异常的金额", clause="七(二)2",
       heads={"median": head("Median of the Type", "同类中位数", Money), "away": head("Robust Deviations Away", "稳健偏差倍数", Quantity)})  # fmt: skip
def expense_outliers(expenses: Expenses, policy: Policy) -> pd.DataFrame:
    """Lines whose amount, on a scale of ratios, lies further from its type's median than Policy kpi.outlier_sigma; the 15 furthest.
    金额（按比例尺度）与同类中位数之差超过参数 kpi.outlier_sigma 倍稳健偏差的行，取前15（同类至少10行）。"""
    rows = expenses.live
    rows = rows[rows.claim_amount > 0]
    by = np.log(rows.claim_amount).groupby(rows.exp_type.astype(object))
    away = by.transform(lambda v: outlyingness(v.to_numpy(dtype=float)) if len(v) >= 10 else np.nan)
    median = rows.claim_amount.groupby(rows.exp_type.astype(object)).transform("median")
    far = rows.assign(away=away, median=median)[away.abs() > policy("kpi.outlier_sigma")]
    table = records(far, "expense_id exp_type employee_id purpose", claim_amount=far.claim_amount, median=far.column("median"), away=far.column("away"))
    return table.sort_values("away", key=np.abs, ascending=False).head(15)
