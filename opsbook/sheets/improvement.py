"""Improvements 优化措施: suggestions and measures, what they cost and brought, and what was learnt."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.authority import director_approved_all, holds_role, works_in
from opsbook.formulas.lookup import blank, days_between, differ, is_in
from opsbook.formulas.scoring import effect_of, gain
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
from opsbook.grammar.workings import Workings
from opsbook.lists import Dept, Effect

if TYPE_CHECKING:
    from opsbook.columns import Employees, Improvements


class ImpSource(Choices):
    """Where an improvement comes from."""

    KPI = "kpi", "KPI analysis", "指标分析"
    INFORMATION = "information", "Information analysis", "信息分析"
    TICKET = "ticket", "Customer feedback", "客户反馈"
    CHECK = "check", "Check finding", "检查发现"
    RISK = "risk", "Risk response", "风险应对"
    INNOVATION = "innovation", "Employee innovation", "员工创新"


class ImpStatus(Choices):
    """Where an improvement stands."""

    PROPOSED = "proposed", "Proposed", "已提出"
    APPROVED = "approved", "Approved", "已批准"
    IMPLEMENTING = "implementing", "Implementing", "实施中"
    TRACKING = "tracking", "Effect tracking", "跟踪中"
    ADJUSTED = "adjusted", "Adjusted", "已调整"
    CLOSED = "closed", "Closed", "已关闭"
    REJECTED = "rejected", "Rejected", "已驳回"
    OFF_PATH = nonmember(frozenset({"rejected"}))


class Improvement(Sheet, key="improvements", id="imp_id", dated_by="start_on", scoped_by=("department",)):
    """Optimisation suggestions and measures, implementation and effect tracking. 优化建议、措施、实施与效果跟踪。"""

    clauses = ("一(三)4", "二(二)1④", "二(二)3②", "二(二)4③", "二(二)4④", "三(四)2", "三(四)3", "七(二)3")
    tab = Text("Improvements", "优化措施")
    workflow = Workflow(
        steps=(
            Step("proposed", "approved", Text("a deputy; the director above P(imp.director_cost)", "副主任（投入超过规定的由主任）"), by="deputy director"),
            Step("proposed", "rejected", Text("a deputy or the director", "副主任或主任"), by="deputy director"),
            Step("approved adjusted", "implementing", Text("the owner, organised by Operations Management", "责任人（运营管理部组织）"), by="owner_id ops"),
            Step("implementing", "tracking", Text("the owner", "责任人"), by="owner_id"),
            Step("tracking", "closed", Text("Data Analysis, effective", "数据分析部（效果有效）"), by="data"),
            Step("tracking", "adjusted", Text("Data Analysis", "数据分析部"), by="data"),
        ),
        makers=(Actor("proposer_id"), Actor("owner_id")),
        checkers=(Actor("approver_id", "approved_on"),),
        others=(Actor("tracked_by", "tracked_on"),),
        dates=("approved_on", "start_on", "done_on", "tracked_on"),
        approved=("approved", "implementing", "tracking", "adjusted", "closed"),
        done=("closed", "rejected"),
        void=("rejected",),
        living=("result_value", "start_on", "due_on", "done_on", "cost", "benefit", "tracked_by", "tracked_on", "effect", "adjustment"),
    )  # fmt: skip

    imp_id: Code = column("Improvement ID", "优化编号", form="IMP-yyyy-nnn", unique=True, example="IMP-2026-001")
    title: Line = column("Title", "措施名称", example="缩短答复时间")
    source: ImpSource = column("Source", "来源", example="kpi")
    source_ref: Line = column(
        "Source Record", "来源记录", example="KPI-001",
        help=Text("KPI, information, ticket, check or risk number; for innovation the proposer.", "指标、信息、工单、检查或风险编号；创新填提出人。"),
    )  # fmt: skip
    problem: Prose = column("Problem", "问题描述", example="平均答复时间超过目标")
    measure: Prose = column("Measure", "优化措施", example="增设智能应答，调整排班")
    proposer_id: Code = column("Proposer", "提出人", ref="employees.employee_id", example="EMP-0012")
    department: Dept = column("Department", "实施部门", example="cust_service")
    owner_id: Code = column("Owner", "责任人", ref="employees.employee_id", example="EMP-0015")
    kpi_id: Code | None = column(
        "Effect KPI", "效果指标", ref="kpis.kpi_id", required_by="IMP-001", example="KPI-001"
    )
    baseline_value: Quantity | None = column("Baseline", "基线值", required_by="IMP-001", example=8.0)
    target_value: Quantity | None = column("Target", "目标值", required_by="IMP-001", example=4.0)
    result_value: Quantity | None = column("Result", "实测值", required_by="IMP-002", view="review", example=4.5)
    start_on: Day | None = column(
        "Start", "开始日期", required_when='FROM([status], "implementing")', example="2026-06-01"
    )
    due_on: Day = column("Due", "截止日期", check="[due_on] >= [start_on]", example="2026-12-31")
    done_on: Day | None = column(
        "Done", "完成日期", required_when='FROM([status], "tracking")', check="[done_on] >= [start_on]",
        example="2026-08-31",
    )  # fmt: skip
    cost: Money | None = column("Cost", "投入成本", ge=0)
    benefit: Money | None = column("Benefit", "年化收益")
    tracked_by: Code | None = column(
        "Tracked By", "跟踪人", ref="employees.employee_id", required_by="IMP-002", view="review",
        example="EMP-0011",
    )  # fmt: skip
    tracked_on: Day | None = column(
        "Last Tracked", "最近跟踪日", required_by="IMP-002", check="[tracked_on] >= [start_on]", view="review",
        example="2026-09-15",
    )  # fmt: skip
    effect_rate: Percent | None = column("Effect Rate", "效果达成率", computed=True, view="review")
    effect: Effect | None = column("Effect", "效果结论", required_by="IMP-002", view="review", example="effective")
    adjustment: Prose | None = column(
        "Adjustment", "策略调整", required_by="IMP-003", view="review", example="增加人手"
    )
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0002",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', view="review", example="2026-05-20"
    )
    status: ImpStatus = column("Status", "状态", example="proposed")


#: The sheet and column in which each source is looked up; an innovation's source is its proposer.
SOURCES = {"kpi": "kpis.kpi_id", "information": "information.info_id", "ticket": "tickets.ticket_id", "check": "checks.check_id",
           "risk": "risks.risk_id"}  # fmt: skip


@rule("IMP-001", at="improvements.kpi_id", clause="三(四)2",
      en="An approved improvement names its {column}", zh="已批准的优化措施须填写“{column}”",
      fix=Text("Enter the KPI that shows the effect, where it stands and where it is to go.", "填写效果指标、基线值和目标值。"))  # fmt: skip
def effects_can_be_measured(improvements: Improvements) -> Breaches:
    """From its approval on an improvement has a KPI, a baseline and a target unlike it. 批准后须有效果指标、基线值和不同于基线的目标值。"""
    approved = improvements[improvements.status.isin(ImpStatus.since("approved"))]
    yield from unfilled(approved, "kpi_id", "baseline_value", "target_value")
    yield Breach(approved[approved.target_value == approved.baseline_value], at="target_value",
                 message=Text("The target {target_value} is the baseline", "目标值 {target_value} 与基线值相同"))  # fmt: skip


@rule("IMP-002", at="improvements.tracked_by", clause="三(四)3", scope="book",
      en="A closed improvement was tracked by Data Analysis: {column} is missing or not theirs", zh="关闭前须由数据分析部跟踪评估：“{column}”缺失或不符",
      fix=Text("Let Data Analysis measure the effect, then enter it.", "由数据分析部评估效果后填写。"))  # fmt: skip
def effects_were_tracked(improvements: Improvements, employees: Employees, policy: Policy) -> Breaches:
    """A closed improvement was tracked by Data Analysis, with day, result and effect. 已关闭的措施由数据分析部跟踪，有日期、实测值和效果结论。"""
    closed = improvements[improvements.status == "closed"]
    wanting = {name: blank(closed.column(name)) for name in ("tracked_by", "tracked_on", "result_value", "effect")}
    wanting["tracked_by"] |= ~works_in(closed.tracked_by, employees, policy("org.dept.data"))
    for name, mask in wanting.items():
        yield Breach(closed[mask], at=name, values={"column": improvements.sheet.columns[name].header})


@rule("IMP-003", at="improvements.adjustment", clause="三(四)3",
      en="The effect is {effect}: say how the strategy is adjusted", zh="效果{effect}，须填写策略调整",
      fix=Text("Enter what is done otherwise from now on.", "填写后续策略调整。"))  # fmt: skip
def weak_effects_change_the_strategy(improvements: Improvements) -> Rows:
    """A measure that was partly or not effective has an adjustment. 部分有效或无效的措施须有策略调整。"""
    return improvements[improvements.effect.isin(["partial", "ineffective"]) & blank(improvements.adjustment)]


@rule("IMP-004", at="improvements.tracked_on", clause="三(四)3", severity=WARNING,
      en="The effect was not tracked for {days} days; policy allows {allowed}", zh="已 {days} 天未跟踪效果，规定 {allowed} 天",
      fix=Text("Measure the effect and enter the day.", "跟踪效果并填写日期。"))  # fmt: skip
def effects_are_tracked_regularly(improvements: Improvements, policy: Policy, today: pd.Timestamp) -> Rows:
    """While tracking, the last look is not older than policy allows. 跟踪中的措施，最近跟踪不超过规定天数。"""
    rows = improvements[improvements.status == "tracking"]
    since = rows.tracked_on.fillna(rows.done_on)
    return rows.assign(days=days_between(since, today), allowed=policy("imp.track_days", rows))[
        days_between(since, today) > policy("imp.track_days", rows)
    ]


@rule("IMP-005", at="improvements.source_ref", clause="三(四)2", scope="book",
      en="{source}: the source {source_ref} is not found", zh="{source}：来源记录 {source_ref} 不存在",
      fix=Text("Enter the number of the record that the improvement comes from.", "填写来源记录的编号。"))  # fmt: skip
def sources_are_found(improvements: Improvements, book: Workings) -> Breaches:
    """The source stands in the sheet of its kind; an innovation's source is its proposer. 来源记录存在于对应表中；员工创新的来源为提出人。"""
    for source, at in SOURCES.items():
        key, _, name = at.partition(".")
        if book.has(key):
            rows = improvements[improvements.source == source]
            yield rows[~blank(rows.source_ref) & ~is_in(rows.source_ref, book.frame(key, "improvements").column(name))]
    own = improvements[improvements.source == "innovation"]
    yield own[differ(own.source_ref, own.proposer_id)]


# Not in DOMAIN.md: DECISIONS 5.2: the typed effect is compared with the figure.
@rule("IMP-006", at="improvements.effect", clause="三(四)3", severity=WARNING,
      en="The effect is called {effect}; a rate of {rate:pct} is {worked}", zh="效果结论为{effect}，按达成率 {rate:pct} 应为{worked}",
      fix=Text("Check the effect against the result.", "按实测值核对效果结论。"))  # fmt: skip
def effects_fit_the_result(improvements: Improvements, policy: Policy) -> Rows:
    """The effect that was entered is that of the rate reached. 效果结论与达成率相符。"""
    rows = improvements[~blank(improvements.effect) & improvements.effect_rate.notna()]
    worked = effect_of(rows.effect_rate, policy("imp.effective", rows), policy("imp.partial", rows), rows.index)
    said = [Effect.labels()[w] for w in worked]
    return rows.assign(rate=rows.effect_rate, worked=said)[differ(rows.effect, worked)]


# Not in DOMAIN.md: the workflow's guard on who approves: Policy imp.director_cost.
@rule("IMP-007", at="improvements.approver_id", clause="三(四)2", scope="book",
      en="{approver_id} may not approve a cost of {cost}; above {limit:money} the director decides",
      zh="{approver_id} 无权批准投入 {cost}，超过 {limit:money} 由主任批准",
      fix=Text("Let a deputy approve; above the limit the director.", "由副主任批准；超过规定金额由主任批准。"))  # fmt: skip
def approvals_have_authority(improvements: Improvements, employees: Employees, policy: Policy) -> Rows:
    """A deputy or the director approves; above the limit of policy the director; the superior what the director proposes or owns.
    由副主任或主任批准，超过规定投入的由主任批准；主任提出或负责的由分管领导批准。"""
    rows = improvements[improvements.status.isin(ImpStatus.since("approved")) & ~blank(improvements.approver_id)]
    limit = policy("imp.director_cost", rows)
    director = director_approved_all(rows.approver_id, [rows.proposer_id, rows.owner_id], employees, policy("org.superior"))
    deputy = holds_role(rows.approver_id, employees, "deputy")
    return rows.assign(limit=limit)[~(director | (deputy & ~(rows.cost > limit)))]


@figure("F-13", at="improvements.effect_rate", en="Improvement effect rate", zh="优化效果达成率", kind=Percent, clause="三(四)3",
        source="standard gain ratio")  # fmt: skip
def effect_rate(improvements: Improvements) -> pd.Series:
    """(result - baseline) / (target - baseline): the sign serves both directions. （实测值-基线值）÷（目标值-基线值）。"""
    return pd.Series(gain(improvements.baseline_value, improvements.target_value, improvements.result_value), index=improvements.index)


@figure("F-13", at="improvements.roi", en="Return on an improvement", zh="优化投入产出率", kind=Quantity, clause="三(四)3", source="as F-13")
def roi(improvements: Improvements) -> pd.Series:
    """(benefit - cost) / cost, where there is a cost. （年化收益-投入）÷投入。"""
    return ((improvements.benefit - improvements.cost) / improvements.cost).where(improvements.cost > 0)
