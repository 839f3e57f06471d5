"""Budget 预算: revenue, cost and expense by department, account and month; what is used and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved
from opsbook.formulas.lookup import cents, differ, length, sumif, twins, unlike_money, xlookup
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Money,
    Percent,
    Policy,
    Prose,
    Rows,
    Several,
    Sheet,
    Step,
    Text,
    Token,
    Workflow,
    Year,
    column,
    figure,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.lists import Dept, DocStatus, ExpType

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Budget, Changes, Employees, Expenses, Plans


class BudCategory(Choices):
    """The three parts of a budget."""

    REVENUE = "revenue", "Revenue budget", "收入预算"
    COST = "cost", "Cost budget", "成本预算"
    EXPENSE = "expense", "Expense budget", "费用预算"


class BudControl(Choices):
    """What happens when a line is used up."""

    STOP = "stop", "Stop", "刚性控制"
    WARN = "warn", "Warn", "预警控制"
    IGNORE = "ignore", "Ignore", "不控制"


MONTHS = tuple(f"m{number:02d}" for number in range(1, 13))
PREPARER = Text("the preparer", "编制人")


class BudgetLine(Sheet, key="budget", id="budget_id", scoped_by=("department",)):
    """Annual revenue, cost and expense budget by department, account and month.
    按部门、科目和月份编制的年度收入、成本、费用预算。"""

    clauses = ("五(一)1", "五(一)2", "五(一)3")
    tab = Text("Budget", "预算")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", Text("the preparer (deputy or department head)", "编制人（副主任或部门负责人）"), by="prepared_by"),
            Step("submitted", "approved", Text("the director, after Finance's check", "中心主任（财务核对后）"), by="director"),
            Step("submitted", "returned", Text("Finance or the director", "财务部门或中心主任"), by="finance director"),
            Step("submitted", "rejected", Text("the director", "中心主任"), by="director"),
            Step("draft submitted returned", "cancelled", PREPARER, by="prepared_by"),
            Step("approved", "closed", Text("Finance at year end", "财务部门（年末）"), by="finance"),
        ),
        makers=(Actor("prepared_by"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("approved_on",),
        waiting=("submitted",),
        approved=("approved", "closed"),
        done=("rejected", "cancelled", "closed"),
        void=("rejected", "cancelled"),
        living=("recorded_actual",),
    )

    budget_id: Code = column("Budget ID", "预算编号", form="BUD-yyyy-nnn", unique=True, example="BUD-2026-001")
    year: Year = column("Year", "年度", example=2026.0)
    category: BudCategory = column("Category", "预算类别", example="expense")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    account_code: Token = column("Account Code", "科目编码", example="660201")
    account_name: Line = column("Account Name", "科目名称", example="差旅费")
    exp_types: Several[ExpType] | None = column(
        "Expense Types", "对应费用类型", required_when='[category] = "expense"', example="travel_city;hotel;meal;office"
    )
    project_id: Code | None = column("Project", "项目", ref="projects.project_id")
    plan_id: Code = column("Annual Plan", "年度计划", ref="plans.plan_id", example="PLN-2026-0002")
    basis: Prose = column("Basis", "编制依据", help=Text("At least 10 characters.", "不少于10字。"), example="按上年实际与本年度计划测算编制")
    prior_actual: Money | None = column("Prior-year Actual", "上年实际", ge=0, view="finance")
    annual_amount: Money = column("Annual Amount", "年度预算", ge=0, example=120000.0)
    m01: Money = column("Jan", "1月", ge=0, example=10000.0)
    m02: Money = column("Feb", "2月", ge=0, example=10000.0)
    m03: Money = column("Mar", "3月", ge=0, example=10000.0)
    m04: Money = column("Apr", "4月", ge=0, example=10000.0)
    m05: Money = column("May", "5月", ge=0, example=10000.0)
    m06: Money = column("Jun", "6月", ge=0, example=10000.0)
    m07: Money = column("Jul", "7月", ge=0, example=10000.0)
    m08: Money = column("Aug", "8月", ge=0, example=10000.0)
    m09: Money = column("Sep", "9月", ge=0, example=10000.0)
    m10: Money = column("Oct", "10月", ge=0, example=10000.0)
    m11: Money = column("Nov", "11月", ge=0, example=10000.0)
    m12: Money = column("Dec", "12月", ge=0, example=10000.0)
    control: BudControl = column(
        "Control Level", "控制方式", example="stop",
        help=Text("Cost and expense: Stop, as the regulation asks.", "成本、费用预算按制度为刚性控制。"),
    )  # fmt: skip
    recorded_actual: Money | None = column(
        "Recorded Actual YTD", "财务登记实际数", ge=0, view="finance",
        help=Text("Revenue, payroll and other amounts that no claim or asset event carries.", "收入、薪酬等不经报销和资产单据的金额。"),
    )  # fmt: skip
    adjusted: Money | None = column("Adjusted Budget", "调整后预算", computed=True, view="finance")
    committed: Money | None = column("Committed", "已占用", computed=True, view="finance")
    actual: Money | None = column("Actual", "实际发生", computed=True, view="finance")
    available: Money | None = column("Available", "可用余额", computed=True, view="finance")
    used_rate: Percent | None = column("Execution Rate", "执行率", computed=True, view="finance")
    prepared_by: Code = column("Prepared By", "编制人", ref="employees.employee_id", example="EMP-0012")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="BUD-007", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='IN([status], "approved", "closed")', view="review", example="2025-12-20"
    )
    status: DocStatus = column("Status", "状态", example="draft")


# ------------------------------------------------------------------------------------------------ figures

COMMITTED = ("submitted", "dept_approved")
SPENT = ("finance_passed", "director_approved", "paid")
ACCOUNTS = "ERPNext budget.py; Odoo budget.rst"


@figure("F-20", at="budget.adjusted", en="Adjusted budget", zh="调整后预算", kind=Money, clause="五(一)3", source="regulation 五(一)3")
def adjusted(budget: Budget, changes: Changes) -> pd.Series:
    """Annual amount plus approved adjustments, minus transfers out, plus transfers in (closed changes count).
    年度预算加已批准调整，减调出，加调入（已关闭的变更计入）。"""
    return cents(budget.annual_amount + _changed(budget, changes))


def _changed(budget: Budget, changes: Changes) -> pd.Series:
    done = changes[changes.status.isin(["approved", "closed"])]
    moved = done[done.change_type == "budget_transfer"]
    raised = done[done.change_type == "budget_adjust"]
    return (
        sumif(budget.budget_id, raised.budget_id, raised.amount)
        - sumif(budget.budget_id, moved.budget_id, moved.amount)
        + sumif(budget.budget_id, moved.to_budget_id, moved.amount)
    )


def _claimed(expenses: Expenses, policy: Policy) -> pd.Series:
    return expenses.cost_amount if policy("bud.basis") == "net" else expenses.claim_amount


@figure("F-21", at="budget.committed", en="Committed", zh="已占用", kind=Money, clause="五(一)3", source=ACCOUNTS)
def committed(budget: Budget, expenses: Expenses, asset_events: AssetEvents, policy: Policy) -> pd.Series:
    """Claims submitted or approved by the department, purchases and repairs on their way, at the estimate.
    已提交和部门已审的报销，以及审批中、未执行的购置与维修的预计金额。"""
    waiting = expenses.status.isin(COMMITTED)
    ordered = asset_events[asset_events.event_type.isin(["purchase", "repair"])
                           & asset_events.status.isin(["dept_approved", "approved"])]  # fmt: skip
    return cents(
        sumif(budget.budget_id, expenses.budget_id, _claimed(expenses, policy).where(waiting))
        + sumif(budget.budget_id, ordered.budget_id, ordered.est_amount)
    )


@figure("F-21", at="budget.actual", en="Actual", zh="实际发生", kind=Money, clause="五(一)3", source=ACCOUNTS)
def actual(budget: Budget, expenses: Expenses, asset_events: AssetEvents, policy: Policy) -> pd.Series:
    """Claims passed by Finance, executed asset events, and what Finance recorded.
    财务审核通过的报销、已执行的资产单据及财务登记实际数。"""
    passed = expenses.status.isin(SPENT)
    executed = asset_events[asset_events.status.isin(["executed", "closed"])]
    return cents(
        sumif(budget.budget_id, expenses.budget_id, _claimed(expenses, policy).where(passed))
        + sumif(budget.budget_id, executed.budget_id, executed.actual_amount)
        + budget.recorded_actual.fillna(0)
    )


@figure("F-21", at="budget.available", en="Available", zh="可用余额", kind=Money, clause="五(一)3", source=ACCOUNTS)
def available(budget: Budget) -> pd.Series:
    """Adjusted - committed - actual; for revenue what is still to be earned.
    调整后预算减已占用减实际发生；收入为尚待实现数。"""
    return cents(budget.adjusted - budget.actual - budget.committed.where(budget.category != "revenue", 0))


@figure("F-22", at="budget.used_rate", en="Execution rate", zh="执行率", kind=Percent, clause="五(一)3", source=ACCOUNTS)
def used_rate(budget: Budget) -> pd.Series:
    """Actual / adjusted; blank where nothing is budgeted. 实际发生÷调整后预算；预算为零时为空。"""
    return (budget.actual / budget.adjusted.where(budget.adjusted != 0)).round(4)


@figure("F-22", at="budget.budget_ytd", en="Budget to date", zh="累计预算", kind=Money, clause="五(一)3", source=ACCOUNTS)
def budget_to_date(budget: Budget, changes: Changes, today: pd.Timestamp) -> pd.Series:
    """The adjusted months up to the status month; a change counts in its month.
    截至统计月份的各月预算合计；变更计入其生效月份。"""
    months = np.column_stack([budget.column(m) for m in MONTHS])
    upto = np.where(budget.year < today.year, 12, np.where(budget.year > today.year, 0, today.month))
    counted = np.arange(1, 13) <= upto[:, None]  # a blank month that is still to come does not matter
    effective = changes[np.asarray(changes.period.astype(object).fillna("0000-00") <= f"{today:%Y-%m}")]
    return cents(pd.Series(np.where(counted, months, 0).sum(axis=1), index=budget.index) + _changed(budget, effective))


@figure("F-22", at="budget.actual_ytd", en="Actual to date", zh="累计实际", kind=Money, clause="五(一)3", source=ACCOUNTS)
def actual_to_date(budget: Budget, expenses: Expenses, asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """Actual dated up to the end of the status month; what Finance recorded counts as to date.
    截至统计月末的实际发生；财务登记实际数视为累计数。"""
    end = today.to_period("M").end_time
    passed = expenses.status.isin(SPENT) & ~(expenses.end_on > end)
    executed = asset_events[asset_events.status.isin(["executed", "closed"]) & ~(asset_events.executed_on > end)]
    return cents(
        sumif(budget.budget_id, expenses.budget_id, _claimed(expenses, policy).where(passed))
        + sumif(budget.budget_id, executed.budget_id, executed.actual_amount)
        + budget.recorded_actual.fillna(0)
    )


# -------------------------------------------------------------------------------------------------- rules


@rule("BUD-001", at="budget.category", clause="五(一)1", scope="centre",
      en="Budget category {category} is missing for {year}", zh="{year} 年缺少“{category}”行",
      fix=Text("Enter at least one line of the category.", "至少编制一行该类预算。"))  # fmt: skip
def all_three_categories(budget: Budget) -> Breaches:
    """A year's budget has lines of revenue, cost and expense. 年度预算须包括收入、成本、费用三类。"""
    live = budget.live
    for year, of_year in live.to_frame("year", "category").groupby("year"):
        for code in BudCategory:
            if code not in set(of_year.category):
                yield sheet_finding(category=code.text, year=f"{year:.0f}")


@rule("BUD-002", at="budget.annual_amount", clause="五(一)2",
      en="Months sum to {total:money}, annual is {annual_amount}", zh="各月合计 {total:money} 与年度 {annual_amount} 不符",
      fix=Text("Correct the months or the annual amount.", "修改各月金额或年度预算。"))  # fmt: skip
def months_sum_to_the_year(budget: Budget) -> Breaches:
    """The twelve months sum to the annual amount and none is negative. 十二个月合计等于年度预算，且各月不为负。"""
    months = budget.to_frame(*MONTHS)
    total = pd.Series(cents(months.sum(axis=1)), index=budget.index)
    complete = months.notna().all(axis=1)
    yield budget.assign(total=total)[complete & unlike_money(total, budget.annual_amount, 0.01)]
    for name in MONTHS:
        yield Breach(budget[budget.column(name) < 0], at=name, message=Text("A month cannot be negative", "各月预算不得为负"))


@rule("BUD-003", at="budget.account_code", clause="五(一)2", scope="book",
      en="{other} has the same year, department, account {account_code} and project",
      zh="与 {other} 的年度、部门、科目 {account_code}、项目相同",
      fix=Text("Merge the lines or correct the account or project.", "合并预算行，或更正科目、项目。"))  # fmt: skip
def lines_are_unique(budget: Budget) -> Rows:
    """Year, department, account and project together are unique. 年度、部门、科目、项目的组合唯一。"""
    live = budget.live
    project = live.project_id.cat.codes.astype(float)
    found: Budget = twins(live, live.year, live.department, live.account_code, project)
    return found


@rule("BUD-004", at="budget.plan_id", clause="五(一)1", scope="book",
      en="{plan_id} is not an approved annual or department plan of {year}", zh="{plan_id} 不是 {year} 年已批准的年度或部门计划",
      fix=Text("Name an approved annual or department plan of the same year.", "填写同年度已批准的年度计划或部门计划。"))  # fmt: skip
def lines_rest_on_basis_and_plan(budget: Budget, plans: Plans) -> Breaches:
    """A line says its basis in at least 10 characters and rests on an approved annual or department plan of its year.
    编制依据不少于10字，并对应同年度已批准的年度计划或部门计划。"""
    n = length(budget.basis).astype(float)
    yield Breach(budget.assign(n=n)[(n > 0) & (n < 10)], at="basis",
                 message=Text("The basis has {n} characters of at least 10", "编制依据仅 {n} 字，至少10字"))  # fmt: skip
    level = xlookup(budget.plan_id, plans.plan_id, plans.level)
    approved = xlookup(budget.plan_id, plans.plan_id, plans.approved_on).notna()
    year = xlookup(budget.plan_id, plans.plan_id, plans.year)
    yield budget[level.notna() & (~level.isin(["annual", "department"]) | ~approved | differ(year, budget.year))]


@rule("BUD-005", at="budget.annual_amount", clause="五(一)2", severity=WARNING, scope="centre",
      en="The budget of {year} is not balanced: revenue {revenue:money}, cost and expense {spending:money}, gap {gap:money}",
      zh="{year} 年预算收支不平衡：收入 {revenue:money}，成本费用 {spending:money}，差额 {gap:money}",
      fix=Text("Raise revenue or lower cost and expense.", "调整收入或成本、费用预算。"))  # fmt: skip
def the_budget_balances(budget: Budget) -> Breaches:
    """A year's revenue covers its cost and expense. 年度收入预算不低于成本与费用预算之和。"""
    live = budget.live
    for year, lines in live.to_frame("year", "category", "annual_amount").groupby("year"):
        revenue = lines.annual_amount[lines.category == "revenue"].sum()
        spending = lines.annual_amount[lines.category.isin(["cost", "expense"])].sum()
        if revenue < spending - 0.005:
            yield sheet_finding(year=f"{year:.0f}", revenue=revenue, spending=spending, gap=spending - revenue)


@rule("BUD-006", at="budget.annual_amount", clause="五(一)2", severity=WARNING,
      en="{annual_amount} is {change:pct} off last year's {prior_actual}; policy warns from {allowed:pct}",
      zh="{annual_amount} 较上年 {prior_actual} 变动 {change:pct}，超过 {allowed:pct}",
      fix=Text("Explain the change in Basis.", "在编制依据中说明变动原因。"))  # fmt: skip
def changes_against_last_year_are_moderate(budget: Budget, policy: Policy) -> Rows:
    """A line changes against last year's actual by no more than policy says. 与上年实际相比变动不超过规定幅度。"""
    change = (budget.annual_amount / budget.prior_actual.where(budget.prior_actual > 0) - 1).round(9)
    allowed = policy("bud.yoy", budget)
    return budget.assign(change=change, allowed=allowed)[change.abs() > allowed]


@rule("BUD-007", at="budget.approver_id", clause="五(一)3",
      en="Approval by the centre director is required", zh="须经中心主任审批",
      fix=Text("Enter the director as approver.", "审批人填写中心主任。"))  # fmt: skip
def approved_by_the_director(budget: Budget, employees: Employees, policy: Policy) -> Rows:
    """An approved line was approved by the director (the superior where the director prepared it).
    已批准的预算由中心主任审批（主任本人编制的由公司分管领导审批）。"""
    rows = budget[budget.status.isin(["approved", "closed"])]
    return rows[~director_approved(rows.approver_id, rows.prepared_by, employees, policy("org.superior"))]


@rule("BUD-008", at="budget.available", clause="五(一)3", scope="book",
      en="Budget line {budget_id} is exceeded by {over:money}: adjusted {adjusted}, committed {committed}, actual {actual}",
      zh="预算 {budget_id} 超支 {over:money}：调整后 {adjusted}，已占用 {committed}，实际 {actual}",
      fix=Text("Stop spending on the line, or have it adjusted.", "停止支出，或办理预算调整。"))  # fmt: skip
def stopped_lines_are_not_exceeded(budget: Budget) -> Rows:
    """A line under stop control has something left. 刚性控制的预算行不得超支。"""
    rows = budget[(budget.control == "stop") & budget.category.isin(["cost", "expense"])]
    return rows.assign(over=-rows.available)[rows.available < -0.005]


@rule("BUD-009", at="budget.used_rate", clause="五(一)3", severity=WARNING, scope="book",
      en="Budget line {budget_id} has used {used:pct} with what is committed; policy warns from {warn:pct}",
      zh="预算 {budget_id} 含已占用共使用 {used:pct}，预警线 {warn:pct}",
      fix=Text("Check what is still to come on the line.", "核对该预算行后续支出。"))  # fmt: skip
def lines_are_not_nearly_used_up(budget: Budget, policy: Policy) -> Breaches:
    """What is used and committed stays below the warning line, and to date within the months' budget.
    已使用与占用之和低于预警线，且累计使用不超过累计预算。"""
    rows = budget[(budget.category != "revenue") & (budget.control != "ignore") & (budget.status == "approved")]
    rows = rows[~((rows.control == "stop") & (rows.available < -0.005))]  # BUD-008 has told it
    spent = rows.actual + rows.committed
    used, warn = (spent / rows.adjusted.where(rows.adjusted != 0)).round(9), policy("bud.warn", rows)
    to_date = rows.actual_ytd + rows.committed
    rows = rows.assign(used=used, warn=warn, spent=to_date)
    yield rows[used > warn]
    yield Breach(rows[~(used > warn) & (to_date > rows.budget_ytd + 0.005)], message=Text(
        "Budget line {budget_id} has used {spent:money} to date, its months allow {budget_ytd}",
        "预算 {budget_id} 累计使用 {spent:money}，累计预算 {budget_ytd}"))  # fmt: skip


@rule("BUD-010", at="budget.recorded_actual", clause="五(一)1", severity=WARNING, scope="book",
      en="Revenue {actual_ytd} is behind the budget to date {budget_ytd}: {rate:pct}, policy warns below {warn:pct}",
      zh="收入 {actual_ytd} 落后于累计预算 {budget_ytd}：完成 {rate:pct}，低于 {warn:pct}",
      fix=Text("Record what is missing, or act on the revenue.", "补登实际数，或采取增收措施。"))  # fmt: skip
def revenue_keeps_up(budget: Budget, policy: Policy) -> Rows:
    """Revenue to date reaches the share of its budget to date that policy names. 累计收入达到累计预算的规定比例。"""
    rows = budget[(budget.category == "revenue") & (budget.status == "approved")]
    rate, warn = (rows.actual_ytd / rows.budget_ytd.where(rows.budget_ytd > 0)).round(9), policy("bud.rev_warn", rows)
    return rows.assign(rate=rate, warn=warn)[rate < warn]
