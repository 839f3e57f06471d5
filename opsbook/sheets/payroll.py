"""Pay and benefits 薪酬福利: base, performance pay, bonus, insurance, housing fund and leave, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved, holds_role, works_in
from opsbook.formulas.lookup import blank, cents, differ, twins, xlookup
from opsbook.formulas.pay import leave_days as leave_of
from opsbook.formulas.pay import whole_yuan
from opsbook.formulas.periods import cycle_end, month_end
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Money,
    Percent,
    Period,
    Policy,
    Quantity,
    Rows,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    figure,
    rule,
    unfilled,
)  # fmt: skip

if TYPE_CHECKING:
    from opsbook.columns import Appraisals, Employees
    from opsbook.columns import Payroll as Pays


class PayStatus(Choices):
    """Where a month's pay stands."""

    DRAFT = "draft", "Draft", "草稿"
    CHECKED = "checked", "Checked by Finance", "财务已核"
    APPROVED = "approved", "Approved", "已批准"
    PAID = "paid", "Paid", "已发放"


class Pay(Sheet, key="payroll", id="pay_id", dated_by="checked_on"):
    """Monthly pay (base, performance, bonus) and benefits. 月度工资（基本、绩效、奖金）与福利。"""

    clauses = ("四(二)3", "四(三)1", "四(三)2", "四(三)3")
    tab = Text("Pay & Benefits", "薪酬福利")
    workflow = Workflow(
        steps=(
            Step("draft", "checked", Text("Finance", "财务部门"), by="finance"),
            Step("checked", "approved", Text("the director", "中心主任"), by="director"),
            Step("approved", "paid", Text("Finance", "财务部门"), by="finance"),
            Step("checked", "draft", Text("Finance, an error", "财务部门（有误退回）"), by="finance"),
        ),
        makers=(Actor("checked_by", "checked_on"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("checked_on", "approved_on", "paid_on"),
        submitted="checked_on",
        waiting=("checked",),
        approved=("approved", "paid"),
        done=("paid",),
        living=("paid_on",),
    )

    pay_id: Code = column("Pay ID", "薪酬编号", form="PAY-yyyymm-nnnn", unique=True, example="PAY-202608-0001")
    employee_id: Code = column("Employee", "员工", ref="employees.employee_id", example="EMP-0012")
    period: Period = column("Month", "月份", example="2026-08")
    base_salary: Money = column("Base Salary", "基本工资", ge=0, example=8000.0)
    perf_base: Money = column("Performance Base", "绩效工资基数", ge=0, example=2000.0)
    appraisal_id: Code | None = column(
        "Appraisal", "考核结果", ref="appraisals.appraisal_id", required_by="PAY-003", example="APR-2026-Q2-001"
    )
    perf_coeff: Quantity | None = column("Coefficient", "绩效系数", computed=True)
    perf_pay: Money | None = column("Performance Pay", "绩效工资", computed=True)
    bonus: Money | None = column("Bonus", "奖金", ge=0)
    holiday_benefit: Money | None = column("Holiday Benefit", "节日福利", ge=0)
    si_base: Money = column("Social Insurance Base", "社保基数", example=10000.0)
    si_personal: Money | None = column("Social Insurance (personal)", "社保个人", computed=True, view="finance")
    si_company: Money | None = column("Social Insurance (company)", "社保单位", computed=True, view="finance")
    hf_base: Money = column("Housing Fund Base", "公积金缴存基数", example=10000.0)
    hf_rate: Percent = column("Housing Fund Rate", "公积金比例", example=0.12)
    hf_personal: Money | None = column("Housing Fund (personal)", "公积金个人", computed=True, view="finance")
    hf_company: Money | None = column("Housing Fund (company)", "公积金单位", computed=True, view="finance")
    income_tax: Money | None = column(
        "Income Tax", "个人所得税", ge=0, view="finance",
        help=Text("From the tax system; not worked out here.", "取自个税系统，不在此计算。"),
    )  # fmt: skip
    gross_pay: Money | None = column("Gross Pay", "应发工资", computed=True)
    net_pay: Money | None = column("Net Pay", "实发工资", computed=True)
    leave_days: Quantity | None = column("Annual Leave Entitled", "年假天数", computed=True)
    leave_used: Quantity | None = column("Annual Leave Used", "本年累计已休年假", ge=0)
    checked_by: Code | None = column(
        "Checked By", "复核人", ref="employees.employee_id", required_by="PAY-008", view="finance",
        example="EMP-0022",
    )  # fmt: skip
    checked_on: Day | None = column(
        "Checked On", "复核日期", required_when='FROM([status], "checked")', view="finance", example="2026-09-02"
    )
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="PAY-008", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', check="[approved_on] >= [checked_on]",
        view="review", example="2026-09-03",
    )  # fmt: skip
    paid_on: Day | None = column(
        "Paid On", "发放日期", required_when='[status] = "paid"', check="[paid_on] >= [approved_on]", view="finance",
        example="2026-09-10",
    )  # fmt: skip
    status: PayStatus = column("Status", "状态", example="draft")


@rule("PAY-001", at="payroll.employee_id", clause="四(三)1", scope="book",
      en="{employee_id} is paid twice for {period}, see {other}", zh="{employee_id} 在 {period} 有两条薪酬记录，另见 {other}",
      fix=Text("Keep one row for a person and month.", "每人每月只保留一行。"))  # fmt: skip
def people_are_paid_once(payroll: Pays, employees: Employees) -> Breaches:
    """One row a person and month, for people on staff in that month. 每人每月一行，且该月在职。"""
    yield twins(payroll, payroll.employee_id, payroll.period)
    hired, left = (xlookup(payroll.employee_id, employees.employee_id, c) for c in (employees.hire_date, employees.left_on))
    end = month_end(payroll.period)
    start = end.dt.to_period("M").dt.to_timestamp()
    yield Breach(payroll[(hired > end) | (left < start)], message=Text("{employee_id} was not on staff in {period}", "{employee_id} 在 {period} 不在职"))


@rule("PAY-002", at="payroll.base_salary", clause="四(三)2",
      en="Base and performance pay of {normal:money} are below the minimum wage, {least:money}", zh="基本与绩效工资合计 {normal:money} 低于最低工资 {least:money}",
      fix=Text("Pay at least the local minimum wage.", "不得低于当地最低工资。"))  # fmt: skip
def pay_has_its_parts(payroll: Pays, policy: Policy) -> Breaches:
    """Base salary and performance base are given; what is normally paid, as far as it is known, is not below the minimum wage.
    基本工资和绩效基数齐全；正常工资（可计算的）不低于最低工资。"""
    normal, least = payroll.base_salary + payroll.perf_pay, policy("pay.min_wage", payroll)
    yield payroll.assign(normal=normal, least=least)[normal < least - 0.005]
    yield from unfilled(payroll, "base_salary", "perf_base",
                         message=Text("The pay structure lacks its {column}", "薪酬结构缺少“{column}”"))  # fmt: skip


@rule("PAY-003", at="payroll.appraisal_id", clause="四(二)3", scope="book",
      en="Performance pay rests on {appraisal_id}, the latest appraisal before {period} is {latest}",
      zh="绩效工资依据 {appraisal_id}，{period} 之前最近的考核为 {latest}",
      fix=Text("Enter the latest approved appraisal.", "填写最近一次已批准的考核。"))  # fmt: skip
def pay_rests_on_the_appraisal(payroll: Pays, appraisals: Appraisals, employees: Employees) -> Rows:
    """Performance pay rests on the person's latest approved appraisal that ended before the month. The director is passed over.
    绩效工资依据该月之前最近一次已批准的考核；主任除外。"""
    approved = appraisals[appraisals.status.isin(["approved", "confirmed"])]
    ends = pd.Series([cycle_end(str(c)) for c in approved.cycle], index=approved.index, dtype="datetime64[ns]")
    known = pd.DataFrame({"who": approved.employee_id.astype(object), "end": ends, "latest": approved.appraisal_id.astype(object)}).dropna()
    rows = payroll[(payroll.perf_base > 0) & ~blank(payroll.period, payroll.employee_id)]
    rows = rows[~holds_role(rows.employee_id, employees, "director")]
    start = month_end(rows.period).dt.to_period("M").dt.to_timestamp().astype("datetime64[ns]")
    asked = pd.DataFrame({"who": rows.employee_id.astype(object), "start": start, "row": rows.index}).sort_values("start")
    found = pd.merge_asof(asked, known.sort_values("end"), left_on="start", right_on="end", by="who", allow_exact_matches=False)
    latest = found.set_index("row")["latest"].reindex(rows.index).astype("category")
    return rows.assign(latest=latest)[differ(rows.appraisal_id, latest) | (blank(rows.appraisal_id) | blank(latest))]


@rule("PAY-004", at="payroll.si_base", clause="四(三)3",
      en="{column} {value} is not between {least:money} and {most:money}", zh="{column} {value} 不在 {least:money} 至 {most:money} 之间",
      fix=Text("Take the base within the limits of policy.", "按规定上下限填写。"))  # fmt: skip
def bases_are_within_limits(payroll: Pays, policy: Policy) -> Breaches:
    """Social insurance and housing fund bases lie within their limits; the fund's rate is 5 % to 12 %.
    社保基数、公积金基数在上下限之内；公积金比例为5%至12%。"""
    for name, family in (("si_base", "pay.si"), ("hf_base", "pay.hf")):
        base, least, most = payroll.column(name), policy(f"{family}_floor", payroll), policy(f"{family}_cap", payroll)
        rows = payroll.assign(value=base, least=least, most=most)
        yield Breach(rows[(base < least) | (base > most)], at=name, values={"column": payroll.sheet.columns[name].header})
    yield Breach(payroll[(payroll.hf_rate < 0.05 - 1e-9) | (payroll.hf_rate > 0.12 + 1e-9)], at="hf_rate",
                 message=Text("A housing fund rate of {hf_rate} is not between 5% and 12%", "公积金比例 {hf_rate} 不在5%至12%之间"),
                 fix=Text("Enter 5% to 12%.", "请填5%至12%。"))  # fmt: skip


@rule("PAY-005", at="payroll.leave_used", clause="四(三)3", scope="book",
      en="{leave_used} days of leave were used of {leave_days}", zh="已休年假 {leave_used} 天，应休 {leave_days} 天",
      fix=Text("Check the days; what goes beyond is another kind of leave.", "核对天数；超出部分按其他假别处理。"))  # fmt: skip
def leave_is_not_overdrawn(payroll: Pays) -> Rows:
    """The annual leave used this year is at most what the person is entitled to. 本年累计已休年假不超过应休天数。"""
    return payroll[payroll.leave_used > payroll.leave_days]


@rule("PAY-006", at="payroll.gross_pay", clause="四(三)2", severity=WARNING, scope="book",
      en="Pay changed by {change:pct} against the month before ({before:money})", zh="较上月 {before:money} 波动 {change:pct}",
      fix=Text("Check the month's amounts.", "核对本月金额。"))  # fmt: skip
def pay_is_steady(payroll: Pays, policy: Policy) -> Rows:
    """Gross pay does not swing against the month before by more than policy warns at, unless the appraisal changed.
    应发工资较上月波动不超过预警比例，考核变化的除外。"""
    month = month_end(payroll.period).dt.to_period("M")
    frame = pd.DataFrame({"who": payroll.employee_id.astype(object), "month": month, "gross": payroll.gross_pay, "on": payroll.appraisal_id.astype(object)})
    frame = frame.dropna(subset=["who", "month"]).drop_duplicates(["who", "month"])
    earlier = frame.assign(month=frame["month"] + 1).set_index(["who", "month"])
    now = pd.MultiIndex.from_arrays([payroll.employee_id.astype(object), month])
    before = earlier["gross"].reindex(now).to_numpy()
    same_basis = np.asarray(earlier["on"].reindex(now).fillna("").to_numpy() == payroll.appraisal_id.astype(object).fillna("").to_numpy())
    change = payroll.gross_pay / pd.Series(before, index=payroll.index) - 1
    return payroll.assign(before=before, change=change)[(change.abs() > policy("pay.swing", payroll) + 1e-9) & same_basis]


@rule("PAY-007", at="payroll.base_salary", clause="四(三)1", scope="book",
      en="Base salary {base_salary} is outside the band {least:money}-{most:money} of {level}",
      zh="基本工资 {base_salary} 不在{level}标准 {least:money}–{most:money} 之内",
      fix=Text("Pay within the band of the level, or change the level.", "按职级标准确定基本工资。"))  # fmt: skip
def base_salaries_are_in_their_band(payroll: Pays, employees: Employees, policy: Policy) -> Rows:
    """The base salary lies within the band of the person's level. 基本工资在职级标准之内。"""
    level = xlookup(payroll.employee_id, employees.employee_id, employees.post_level)
    least, most = (policy("pay.base", payroll, level, pd.Series(pd.Categorical([end] * len(payroll)), index=payroll.index)) for end in ("min", "max"))
    shown = employees.sheet.columns["post_level"].kind.show
    rows = payroll.assign(least=least, most=most, level=[shown(v) if isinstance(v, str) else "" for v in level])
    return rows[(payroll.base_salary < least) | (payroll.base_salary > most)]


# Not in DOMAIN.md: the Constraints of payroll.checked_by and approver_id, which read employees.
@rule("PAY-008", at="payroll.checked_by", clause="四(三)1", scope="book",
      en="Pay is checked by Finance, not by {checked_by}", zh="薪酬须由财务部门复核，{checked_by} 无权复核",
      fix=Text("Let Finance check and the director approve.", "由财务部门复核、中心主任审批。"))  # fmt: skip
def pay_is_checked_and_approved(payroll: Pays, employees: Employees, policy: Policy) -> Breaches:
    """Checked pay was checked by Finance, approved pay by the director, the director's own by the superior.
    已复核的由财务部门复核；已批准的由中心主任审批，主任本人的由公司分管领导审批。"""
    checked = payroll[payroll.status.isin(PayStatus.since("checked"))]
    yield checked[~works_in(checked.checked_by, employees, policy("org.dept.finance"))]
    approved = payroll[payroll.status.isin(PayStatus.since("approved"))]
    wrong = ~director_approved(approved.approver_id, approved.employee_id, employees, policy("org.superior"))
    yield Breach(approved[wrong], at="approver_id", message=Text("Pay is approved by the centre director, not by {approver_id}",
                                                                 "薪酬须由中心主任审批，{approver_id} 无权审批"))  # fmt: skip


# ------------------------------------------------------------------------------------------------ figures


@figure("F-17", at="payroll.perf_coeff", en="Performance coefficient", zh="绩效系数", kind=Quantity, clause="四(二)3", source="regulation 四(二)3")
def perf_coeff(payroll: Pays, appraisals: Appraisals) -> pd.Series:
    """The pay coefficient of the appraisal that the row names. 所依据考核的绩效系数。"""
    return xlookup(payroll.appraisal_id, appraisals.appraisal_id, appraisals.pay_coeff)


@figure("F-18", at="payroll.perf_pay", en="Performance pay", zh="绩效工资", kind=Money, clause="四(三)2", source="regulation 四(三)2-3")
def perf_pay(payroll: Pays) -> pd.Series:
    """Performance base x coefficient; 0 where there is no base. 绩效工资基数×绩效系数，无基数为0。"""
    return cents((payroll.perf_base * payroll.perf_coeff).mask(payroll.perf_base == 0, 0.0))


@figure("F-18", at="payroll.gross_pay", en="Gross pay", zh="应发工资", kind=Money, clause="四(三)2", source="as F-18")
def gross_pay(payroll: Pays) -> pd.Series:
    """Base, performance pay, bonus and holiday benefit. 基本工资、绩效工资、奖金、节日福利合计。"""
    return cents(payroll.base_salary + payroll.perf_pay + payroll.bonus.fillna(0) + payroll.holiday_benefit.fillna(0))


@figure("F-18", at="payroll.si_personal", en="Social insurance (personal)", zh="社保个人", kind=Money, clause="四(三)3", source="local rates in Policy")
def si_personal(payroll: Pays, policy: Policy) -> pd.Series:
    """Base x the sum of the personal rates. 社保基数×个人费率合计。"""
    return cents(payroll.si_base * policy("pay.si_personal_rate", payroll))


@figure("F-18", at="payroll.si_company", en="Social insurance (company)", zh="社保单位", kind=Money, clause="四(三)3", source="local rates in Policy")
def si_company(payroll: Pays, policy: Policy) -> pd.Series:
    """Base x the sum of the company's rates. 社保基数×单位费率合计。"""
    return cents(payroll.si_base * policy("pay.si_company_rate", payroll))


@figure("F-18", at="payroll.hf_personal", en="Housing fund (personal)", zh="公积金个人", kind=Money, clause="四(三)3", source="as F-18")
def hf_personal(payroll: Pays) -> pd.Series:
    """Base x rate in whole yuan. 公积金基数×比例，取整到元。"""
    return pd.Series(whole_yuan(payroll.hf_base * payroll.hf_rate), index=payroll.index)


@figure("F-18", at="payroll.hf_company", en="Housing fund (company)", zh="公积金单位", kind=Money, clause="四(三)3", source="as F-18")
def hf_company(payroll: Pays) -> pd.Series:
    """The same amount as the person's. 与个人缴存额相同。"""
    return payroll.hf_personal


@figure("F-18", at="payroll.net_pay", en="Net pay", zh="实发工资", kind=Money, clause="四(三)2", source="as F-18")
def net_pay(payroll: Pays) -> pd.Series:
    """Gross pay less social insurance, housing fund and income tax. 应发工资减个人社保、公积金和个人所得税。"""
    return cents(payroll.gross_pay - payroll.si_personal - payroll.hf_personal - payroll.income_tax.fillna(0))


@figure("F-18", at="payroll.company_cost", en="Company cost", zh="人工成本", kind=Money, clause="四(三)2", source="as F-18")
def company_cost(payroll: Pays) -> pd.Series:
    """Gross pay with the company's social insurance and housing fund. 应发工资加单位社保和公积金。"""
    return cents(payroll.gross_pay + payroll.si_company + payroll.hf_company)


@figure("F-19", at="payroll.leave_days", en="Annual leave entitlement", zh="年休假天数", kind=Quantity, clause="四(三)3",
        source="《职工带薪年休假条例》第三条")  # fmt: skip
def leave_days(payroll: Pays, employees: Employees) -> pd.Series:
    """0, 5, 10 or 15 days by years of service since the first work date; in the year of joining the share that is left.
    按累计工龄0、5、10、15天；入职当年按剩余天数折算，不足一天舍去。"""
    first, hired = (xlookup(payroll.employee_id, employees.employee_id, c) for c in (employees.first_work_date, employees.hire_date))
    year = pd.Series([f"{str(p)[:4]}-12" if isinstance(p, str) else None for p in payroll.period], index=payroll.index, dtype="category")
    return leave_of(first, hired, month_end(year))
