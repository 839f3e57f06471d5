"""Risks 风险登记: identification, grading, response, acceptance and review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved, holds_role
from opsbook.formulas.lookup import blank, days_between, is_in, members, xlookup
from opsbook.formulas.scoring import graded, in_bands
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Codes,
    Count,
    Day,
    Line,
    Path,
    Policy,
    Prose,
    Quantity,
    Rows,
    Several,
    Sheet,
    Step,
    Text,
    Token,
    Workflow,
    block,
    column,
    figure,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.grammar.workings import Workings
from opsbook.lists import Dept, Response, RiskLevel
from opsbook.summaries import RISKS

if TYPE_CHECKING:
    from opsbook.columns import Employees, RiskActions, Risks


class RiskCat(Choices):
    """The regulation's four kinds of risk, and others."""

    MARKET = "market", "Market risk", "市场风险"
    TECHNICAL = "technical", "Technical risk", "技术风险"
    MANAGEMENT = "management", "Management risk", "管理风险"
    LEGAL = "legal", "Legal risk", "法律风险"
    OTHER = "other", "Other risk", "其他风险"


class RiskMethod(Choices):
    """How a risk was identified."""

    QUESTIONNAIRE = "questionnaire", "Questionnaire", "问卷调查"
    EXPERT = "expert", "Expert consultation", "专家咨询"
    CASE = "case", "Case analysis", "案例分析"
    DATA = "data", "Data analysis", "数据分析"


class RiskStatus(Choices):
    """Where a risk stands."""

    IDENTIFIED = "identified", "Identified", "已识别"
    ASSESSED = "assessed", "Assessed", "已评估"
    RESPONDING = "responding", "Responding", "应对中"
    MONITORED = "monitored", "Monitored", "监控中"
    CLOSED = "closed", "Closed", "已关闭"


LEVELS = [level.value for level in RiskLevel]
HIGH = ["high", "very_high"]


class Risk(Sheet, key="risks", id="risk_id", dated_by="identified_on", scoped_by=("department",)):
    """Risk identification, grading, response choice and periodic review. 风险识别、分级、应对与定期评估。"""

    clauses = ("六(一)1", "六(一)2", "六(一)3", "六(二)1", "六(二)2", "六(二)3")
    tab = Text("Risk Register", "风险登记")
    workflow = Workflow(
        steps=(
            Step("identified monitored", "assessed", Text("the risk owner with Operations Management", "风险责任人与运营管理部"), by="owner_id ops"),
            Step("assessed", "responding", Text("the risk owner; a deputy approves, the director if high", "风险责任人；副主任批准，高风险由主任批准"),
                 by="owner_id deputy director"),
            Step("responding", "monitored", Text("the risk owner, all actions done", "风险责任人（措施均已完成）"), by="owner_id"),
            Step("monitored", "closed", Text("a deputy; the director if ever high", "副主任；曾为高风险的由主任"), by="deputy director"),
        ),
        makers=(Actor("owner_id"),),
        checkers=(Actor("response_approver_id", "response_approved_on"), Actor("accepted_by")),
        dates=("identified_on", "response_approved_on", "reviewed_on"),
        others=(Actor("identified_by", "identified_on"),),
        submitted="identified_on",
        approved=("closed",),
        done=("closed",),
        living=("reviewed_on", "next_review", "res_likelihood", "res_impact"),
    )  # fmt: skip

    risk_id: Code = column("Risk ID", "风险编号", form="RSK-yyyy-nnn", unique=True, example="RSK-2026-001")
    title: Line = column("Risk", "风险名称", example="核心系统中断")
    category: RiskCat = column("Category", "风险类别", example="technical")
    description: Prose = column("Cause and Event", "风险描述", example="机房断电导致系统不可用")
    consequence: Prose = column("Consequence", "可能后果", example="客户服务中断")
    methods: Several[RiskMethod] = column(
        "Identification Methods", "识别方法", example="expert", help=Text("One or several.", "可填一种或多种。")
    )
    method_ref: Path | None = column("Method Evidence", "识别依据", view="detail")
    project_id: Code | None = column("Project", "项目", ref="projects.project_id")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    identified_by: Code = column("Identified By", "识别人", ref="employees.employee_id", example="EMP-0012")
    identified_on: Day = column("Identified On", "识别日期", check="[identified_on] <= TODAY()", example="2026-06-01")
    owner_id: Code = column("Risk Owner", "风险责任人", ref="employees.employee_id", example="EMP-0013")
    likelihood: Count | None = column("Likelihood 1-5", "可能性", required_by="RSK-003", example=3.0)
    impact: Count | None = column("Impact 1-5", "影响程度", required_by="RSK-003", example=3.0)
    score: Count | None = column("Inherent Score", "固有风险值", computed=True)
    level: RiskLevel | None = column("Inherent Level", "固有风险等级", computed=True)
    control_ids: Codes | None = column("Existing Controls", "现有控制", ref="controls.control_id",
                                       help=Text("Control numbers, separated by a semicolon.", "控制编号，用分号隔开。"))  # fmt: skip
    res_likelihood: Count | None = column("Residual Likelihood", "剩余可能性", ge=1, le=5, view="review")
    res_impact: Count | None = column("Residual Impact", "剩余影响", ge=1, le=5, view="review")
    res_score: Quantity | None = column("Residual Score", "剩余风险值", computed=True, view="review")
    res_level: RiskLevel | None = column("Residual Level", "剩余风险等级", computed=True, view="review")
    response: Response | None = column("Main Response", "应对方式", required_when='FROM([status], "responding")', example="reduce")
    accept_reason: Prose | None = column("Acceptance Reason", "接受理由", required_by="RSK-007", view="review", example="控制成本高于损失")
    accepted_by: Code | None = column(
        "Accepted By", "接受批准人", ref="employees.employee_id", required_by="RSK-007", view="review", example="EMP-0002"
    )
    special_plan: Token | None = column("Special Plan No", "专项方案编号", required_by="RSK-006", view="review")
    response_approver_id: Code | None = column(
        "Response Approver", "应对审批人", ref="employees.employee_id", required_when='FROM([status], "responding")',
        view="review", example="EMP-0001",
    )  # fmt: skip
    response_approved_on: Day | None = column(
        "Response Approved On", "应对批准日期", required_when='FROM([status], "responding")', view="review", example="2026-07-01"
    )
    reviewed_on: Day | None = column(
        "Last Review", "最近评估", required_when='FROM([status], "assessed")', check="[reviewed_on] >= [identified_on]",
        view="review", example="2026-09-01",
    )  # fmt: skip
    next_review: Day | None = column(
        "Next Review", "下次评估", required_when='AND(FROM([status], "assessed"), [status] <> "closed")', view="review",
        check="[next_review] >= [reviewed_on]", example="2026-10-15",
    )  # fmt: skip
    status: RiskStatus = column("Status", "状态", example="identified")


@rule("RSK-001", at="risks.category", clause="六(一)1", scope="centre",
      en="No risk of category {category} was identified or reviewed within {days} days", zh="“{category}”{days} 天内未识别或评估",
      fix=Text("Identify or review risks of the category.", "识别或复评该类风险。"))  # fmt: skip
def every_category_is_current(risks: Risks, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Each of the four kinds of risk has one identified or reviewed within the cycle. 四类风险在识别周期内均有识别或评估。"""
    days = policy("risk.cycle_days")
    current = set(risks.category[_touched_within(risks, days, today)].dropna())
    for code in (RiskCat.MARKET, RiskCat.TECHNICAL, RiskCat.MANAGEMENT, RiskCat.LEGAL):
        if code not in current:
            yield sheet_finding(category=code.text, days=days)


def _touched_within(risks: Risks, days: float, today: pd.Timestamp) -> pd.Series:
    touched = np.fmax(risks.identified_on.to_numpy(), risks.reviewed_on.to_numpy())
    return pd.Series(touched, index=risks.index) >= today - pd.Timedelta(days=days)


@rule("RSK-002", at="risks.methods", clause="六(一)2", severity=WARNING, scope="centre",
      en="Only {n} identification methods were used within {days} days, policy asks for {least}", zh="{days} 天内识别方法仅 {n} 种，规定至少 {least} 种",
      fix=Text("Use further methods: questionnaire, experts, cases, data.", "补充问卷、专家、案例或数据分析等方法。"))  # fmt: skip
def several_methods_are_used(risks: Risks, policy: Policy, today: pd.Timestamp) -> Rows:
    """Within the cycle as many identification methods are used as policy asks for. 识别周期内采用的识别方法达到规定种数。"""
    days, least = policy("risk.cycle_days"), policy("risk.min_methods")
    used = {m for cell in risks.methods[_touched_within(risks, days, today)].dropna() for m in cell.split(";")}
    return sheet_finding(n=len(used), days=days, least=least) if len(used) < least else None


@rule("RSK-003", at="risks.likelihood", clause="六(一)3",
      en="{column} must be a whole number from 1 to 5", zh="{column}须为1至5的整数",
      fix=Text("Grade by the scales in Policy.", "按制度参数中的分级说明评分。"))  # fmt: skip
def assessed_risks_are_graded(risks: Risks) -> Breaches:
    """From "assessed" on a risk has likelihood and impact from 1 to 5. 已评估及以后的风险须有1至5的可能性和影响程度。"""
    assessed = risks.status.isin(RiskStatus.since("assessed"))
    for name in ("likelihood", "impact"):
        value = risks.column(name)
        yield Breach(risks[(assessed & value.isna()) | (value < 1) | (value > 5)], at=name,
                     values={"column": risks.sheet.columns[name].header})  # fmt: skip


@rule("RSK-004", at="risks.res_likelihood", clause="六(一)3",
      en="{column} {residual} is above the inherent {inherent}", zh="{column} {residual} 高于固有值 {inherent}",
      fix=Text("Residual risk cannot exceed inherent risk.", "剩余风险不得高于固有风险。"))  # fmt: skip
def residual_is_not_above_inherent(risks: Risks, book: Workings) -> Breaches:
    """Residual likelihood and impact are not above the inherent ones, and rest on a control or an evaluated measure.
    剩余可能性、影响不高于固有值，且有控制或已评价的措施支撑。"""
    for name, of in (("res_likelihood", "likelihood"), ("res_impact", "impact")):
        residual, inherent = risks.column(name), risks.column(of)
        rows = risks.assign(residual=residual, inherent=inherent, column=risks.sheet.columns[name].header)
        yield Breach(rows[residual > inherent], at=name)
    if not book.has("risk_actions"):
        return
    actions = book.frame("risk_actions", "risks")
    helped = is_in(risks.risk_id, actions[actions.column("status") == "evaluated"].column("risk_id")) | ~blank(risks.control_ids)
    for name, of in (("res_likelihood", "likelihood"), ("res_impact", "impact")):
        lowered = risks.column(name) < risks.column(of)
        yield Breach(risks.assign(column=risks.sheet.columns[name].header, residual=risks.column(name))[lowered & ~helped], at=name,
                     message=Text("{column} {residual} rests on no control and no evaluated measure", "{column} {residual} 无控制或已评价措施支撑"),
                     fix=Text("Name the control, or evaluate a measure first.", "填写现有控制，或先评价应对措施。"))  # fmt: skip


@rule("RSK-005", at="risks.response", clause="六(二)1", scope="book",
      en="Risk {risk_id} ({response}) has no response measure", zh="风险 {risk_id}（{response}）缺少应对措施",
      fix=Text("Enter a measure in Risk Responses.", "在风险应对中登记措施。"))  # fmt: skip
def risks_are_responded_to(risks: Risks, risk_actions: RiskActions) -> Rows:
    """From "responding" on a risk that is not accepted has a measure. 应对中及以后的风险，除接受外须有应对措施。"""
    rows = risks[risks.status.isin(RiskStatus.since("responding")) & ~blank(risks.response) & (risks.response != "accept")]
    return rows[~is_in(rows.risk_id, risk_actions.live.risk_id)]


@rule("RSK-006", at="risks.special_plan", clause="六(二)1", scope="book",
      en="{level} risk {risk_id} has no special plan", zh="{level}风险 {risk_id} 未制定专项应对方案",
      fix=Text("Number the special plan, and give each of its measures that number.", "编制专项方案并填写编号，其措施使用同一编号。"))  # fmt: skip
def high_risks_have_a_plan(risks: Risks, risk_actions: RiskActions) -> Breaches:
    """From "responding" on a high risk has a special plan with at least one complete measure. 应对中及以后的高风险须有专项方案，且至少一项完整措施。"""
    rows = risks[risks.level.isin(HIGH) & risks.status.isin(RiskStatus.since("responding"))]
    yield rows[blank(rows.special_plan)]
    whole = risk_actions.live
    whole = whole[~blank(whole.measure, whole.owner_id, whole.due_on, whole.special_plan, whole.risk_id)]
    planned = pd.MultiIndex.from_arrays([whole.risk_id.astype(object), whole.special_plan.astype(object)])
    asked = pd.MultiIndex.from_arrays([rows.risk_id.astype(object), rows.special_plan.astype(object)])
    yield Breach(rows[~blank(rows.special_plan) & ~asked.isin(planned)],
                 message=Text("Special plan {special_plan} has no complete measure", "专项方案 {special_plan} 没有完整的措施"))  # fmt: skip


@rule("RSK-007", at="risks.accepted_by", clause="六(二)2", scope="book",
      en="Risk {risk_id} of level {level} is accepted without authority", zh="风险 {risk_id}（{level}）的接受未经有权人批准",
      fix=Text("A deputy accepts up to medium; the director accepts high risks and those above appetite.",
               "中及以下由副主任接受；高风险及超出偏好的由中心主任接受。"))  # fmt: skip
def acceptance_has_authority(risks: Risks, employees: Employees, policy: Policy) -> Breaches:
    """An accepted risk says why, and was accepted by a deputy or the director; a high one, or one whose residual level is
    above appetite, by the director. 接受的风险须说明理由，由副主任或主任批准；高风险或剩余风险超出偏好的由主任批准。"""
    rows = risks[(risks.response == "accept") & risks.status.isin(RiskStatus.since("responding"))]
    yield Breach(rows[rows.accept_reason.isna()], at="accept_reason", message=Text("The reason for accepting is missing", "缺少接受理由"))
    director = director_approved(rows.accepted_by, rows.owner_id, employees, policy("org.superior"))
    deputy = holds_role(rows.accepted_by, employees, "deputy")
    appetite = pd.Series(policy("risk.appetite", rows), index=rows.index).map(LEVELS.index)
    residual = rows.res_level.cat.codes.to_numpy()
    above = rows.level.isin(HIGH) | (residual > appetite)
    yield rows[~(director | (deputy & ~above))]


@rule("RSK-008", at="risks.next_review", clause="六(二)3", severity=WARNING,
      en="Review is overdue since {next_review}", zh="风险评估已于 {next_review} 逾期",
      fix=Text("Review the risk and set the next date.", "重新评估并填写下次评估日期。"))  # fmt: skip
def reviews_are_in_time(risks: Risks, policy: Policy, today: pd.Timestamp) -> Breaches:
    """The next review of a risk that is not closed lies ahead, within the interval of its level. 未关闭风险的下次评估未逾期，且在该等级复评间隔内。"""
    rows = risks.open
    yield rows[rows.next_review < today]
    days = days_between(rows.reviewed_on, rows.next_review)
    allowed = policy("risk.review", rows, rows.level)
    yield Breach(rows.assign(days=days, allowed=allowed)[(days > allowed) & ~(rows.next_review < today)],
                 message=Text("The next review is {days} days after the last; a {level} risk is reviewed within {allowed}",
                              "下次评估距上次 {days} 天；{level}风险须在 {allowed} 天内复评"))  # fmt: skip


# ------------------------------------------------------------------------------------------------ figures


def _level(likelihood: pd.Series, impact: pd.Series, risks: Risks, policy: Policy) -> pd.Series:
    valid = likelihood.between(1, 5) & impact.between(1, 5)
    by_matrix = policy("risk.cell", risks, likelihood.where(valid), impact.where(valid))
    upper = np.column_stack([np.broadcast_to(policy(f"risk.band.{level}", risks), len(risks)) for level in LEVELS[:4]])
    by_product = in_bands(likelihood * impact, upper, LEVELS)
    product = np.asarray(policy("risk.mode", risks) == "product")
    return graded(np.where(product, by_product, by_matrix), LEVELS, risks.index)


@figure("F-29", at="risks.score", en="Inherent risk score", zh="固有风险值", kind=Count, clause="六(一)3", source="ISO 31000")
def inherent_score(risks: Risks) -> pd.Series:
    """Likelihood x impact, 1..25. 可能性×影响程度。"""
    return risks.likelihood * risks.impact


@figure("F-29", at="risks.level", en="Inherent risk level", zh="固有风险等级", kind=RiskLevel, clause="六(一)3",
        source="ISO 31000; NIST SP 800-30 r1 Table I-2")  # fmt: skip
def inherent_level(risks: Risks, policy: Policy) -> pd.Series:
    """The cell of the policy's 5 x 5 matrix, or the band of the product. 按风险矩阵或乘积分档确定。"""
    return _level(risks.likelihood, risks.impact, risks, policy)


def _residual(risks: Risks, policy: Policy, book: Workings) -> tuple[pd.Series, pd.Series]:
    """Residual likelihood and impact: as typed, else the inherent ones lowered by the controls linked; never above inherent."""
    lowered = {"preventive": np.ones(len(risks)), "other": np.ones(len(risks))}
    if book.has("controls"):
        controls = book.frame("controls", "risks")
        active = controls[controls.column("status") == "active"]
        works = active.column("op_rate").where(active.column("design_ok") == "Y", 0.0).fillna(0.0)
        effect = works * policy("risk.ce_weight", active, active.column("ctl_type"))
        linked = members(risks.control_ids)
        linked = linked[~linked.reset_index().duplicated().to_numpy()]  # a control named twice is one control
        for kind, here in (("preventive", active.column("ctl_type") == "preventive"), ("other", active.column("ctl_type") != "preventive")):
            left = 1 - xlookup(linked, active[here].column("control_id"), effect[here]).fillna(0.0)
            lowered[kind] = left.groupby(level=0).prod().reindex(risks.index).fillna(1.0).to_numpy()
    least = 1 - np.asarray(policy("risk.ce_cap", risks))
    found = []
    for typed, inherent, share in ((risks.res_likelihood, risks.likelihood, lowered["preventive"]), (risks.res_impact, risks.impact, lowered["other"])):
        worked = np.maximum(1, np.ceil(np.round(inherent * np.maximum(share, least), 9)))
        found.append(np.fmin(typed.fillna(worked), inherent).where(inherent.notna()))
    return found[0], found[1]


@figure("F-30", at="risks.res_score", en="Residual risk score", zh="剩余风险值", kind=Quantity, clause="六(一)3",
        source="COSO ERM; CISO Assistant three-tier evaluation")  # fmt: skip
def residual_score(risks: Risks, policy: Policy, book: Workings) -> pd.Series:
    """Residual likelihood x impact: as typed, else L x (1 - effect of preventive controls), I x (1 - effect of the others),
    rounded up, at least 1. A control's effect is its operating rate by the weight of its type, 0 where the design is not effective.
    剩余可能性×剩余影响：填写的优先，否则可能性按预防性控制、影响按其他控制的有效性折减后向上取整，不低于1。"""
    likelihood, impact = _residual(risks, policy, book)
    return likelihood * impact


@figure("F-30", at="risks.res_level", en="Residual risk level", zh="剩余风险等级", kind=RiskLevel, clause="六(一)3", source="as F-30")
def residual_level(risks: Risks, policy: Policy, book: Workings) -> pd.Series:
    """The level of the residual likelihood and impact, never above the inherent one. 剩余可能性和影响对应的等级，不高于固有等级。"""
    found = _level(*_residual(risks, policy, book), risks, policy)
    lesser = np.minimum(found.cat.codes, risks.level.cat.codes)
    return pd.Series(pd.Categorical.from_codes(lesser, categories=LEVELS), index=risks.index)


@block("risk_heat", RISKS, of="risks", en="Heat map: inherent and residual", zh="风险热力图：固有与剩余", form="heat", figures="F-29 F-30", clause="六(一)3")
def risk_heat(risks: Risks, policy: Policy, book: Workings) -> pd.DataFrame:
    """Open risks by likelihood (5 on top) and impact, before and after control; the colours are Policy's matrix.
    未关闭风险按可能性（上为5）与影响计数，左为固有、右为剩余；颜色取自制度参数矩阵。"""
    rows = risks.open
    grid = pd.MultiIndex.from_product([range(1, 6), range(1, 6)], names=["likelihood", "impact"])
    bounds = [policy(f"risk.band.{level}") for level in LEVELS[:4]]
    level = [LEVELS[int(np.searchsorted(bounds, n * m))] if policy("risk.mode") == "product" else policy(f"risk.cell.{n}.{m}") for n, m in grid]
    found = []
    for side, (likelihood, impact) in {"Inherent|固有": (rows.likelihood, rows.impact), "Residual|剩余": _residual(rows, policy, book)}.items():
        count = pd.Series(1.0, index=rows.index).groupby([likelihood, impact]).sum().reindex(grid).fillna(0.0)
        found.append(grid.to_frame(index=False).assign(side=side, level=level, count=count.to_numpy()))
    return pd.concat(found, ignore_index=True)
