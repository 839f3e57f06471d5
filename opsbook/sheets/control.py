"""Internal controls 内部控制: the catalogue by the five elements, how well each works, and the risks it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.clauses import CLAUSES
from opsbook.formulas.lookup import blank, days_between, is_in, judged, latest, members, sumif
from opsbook.formulas.scoring import effect_of
from opsbook.grammar import (
    WARNING,
    Actor,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
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
    column,
    figure,
    rule,
    sheet_finding,
    unfilled,
)  # fmt: skip
from opsbook.lists import Dept, Effect, Frequency, Yesno

if TYPE_CHECKING:
    from opsbook.columns import Checks, Controls, Risks


class IcElement(Choices):
    """The five elements of internal control."""

    ENVIRONMENT = "environment", "Internal environment", "内部环境"
    RISK_ASSESSMENT = "risk_assessment", "Risk assessment", "风险评估"
    ACTIVITIES = "activities", "Control activities", "控制活动"
    INFORMATION = "information", "Information and communication", "信息与沟通"
    MONITORING = "monitoring", "Internal monitoring", "内部监督"


class CtlProcess(Choices):
    """The process it is part of."""

    PROJECT = "project", "Projects", "项目管理"
    DATA = "data", "Data and KPI", "数据与指标"
    HR = "hr", "People", "人员管理"
    FINANCE = "finance", "Finance", "财务管理"
    ASSET = "asset", "Assets", "资产管理"
    RISK = "risk", "Risk", "风险管理"
    INFORMATION = "information", "Information and security", "信息与安全"
    SERVICE = "service", "Customer service", "客户服务"


class CtlType(Choices):
    """When a control acts."""

    PREVENTIVE = "preventive", "Preventive", "预防性"
    DETECTIVE = "detective", "Detective", "发现性"
    CORRECTIVE = "corrective", "Corrective", "纠正性"


class CtlStatus(Choices):
    """Whether a control is in force."""

    DRAFT = "draft", "Draft", "草稿"
    ACTIVE = "active", "Active", "生效"
    RETIRED = "retired", "Retired", "停用"


class Principle(Choices):
    """The principles of internal control (企业内部控制基本规范第四条)."""

    OVERALL = "overall", "Comprehensiveness", "全面性"
    MATERIALITY = "materiality", "Materiality", "重要性"
    CHECKS = "checks", "Checks and balances", "制衡性"
    ADAPTABILITY = "adaptability", "Adaptability", "适应性"
    BENEFIT = "benefit", "Cost and benefit", "成本效益"


class Control(Sheet, key="controls", id="control_id", scoped_by=("department",)):
    """Control catalogue by the five elements; linked to risks and checks. 按五要素的内部控制目录，与风险、检查关联。"""

    clauses = ("一(三)1", "二(二)3①", "六(三)1", "六(三)2", "六(三)3", "七(三)1")
    tab = Text("Internal Controls", "内部控制")
    workflow = Workflow(
        steps=(Step("draft", "active", Text("the director", "中心主任"), by="director"), Step("active", "retired", Text("the director", "中心主任"), by="director")),
        makers=(Actor("owner_id"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("approved_on",),
        approved=("active", "retired"),
        done=("retired",),
        void=("retired",),
        living=("owner_id", "design_ok"),
    )

    control_id: Code = column("Control ID", "控制编号", form="CTL-nnn", unique=True, example="CTL-001")
    element: IcElement = column("Element", "内控要素", example="activities")
    process: CtlProcess = column("Process", "业务流程", example="finance")
    name: Line = column("Control", "控制点", example="报销财务复核")
    objective: Prose = column("Objective", "控制目标", example="保证报销真实合规")
    principle: Several[Principle] = column("Principle", "控制原则", example="checks")
    procedure: Prose = column("Procedure", "控制措施", example="财务逐笔复核凭证与标准")
    clause: Token = column("Regulation Clause", "制度条款", example="五(二)3")
    rule_ids: Line | None = column(
        "Automated Rules", "自动校验规则", view="detail",
        help=Text("Rules of opsbook that serve the control, separated by a semicolon.", "实现该控制的校验规则编号，用分号隔开。"),
    )  # fmt: skip
    ctl_type: CtlType = column("Type", "控制类型", example="preventive")
    frequency: Frequency = column("Frequency", "频率", example="daily")
    is_key: Yesno = column("Key Control", "关键控制", example="N")
    owner_id: Code = column("Owner", "责任人", ref="employees.employee_id", example="EMP-0023")
    department: Dept = column("Department", "责任部门", example="finance")
    design_ok: Yesno = column("Design Effective", "设计有效", example="Y")
    last_check: Day | None = column("Last Check", "最近检查", computed=True)
    op_rate: Percent | None = column("Operating Rate", "执行有效率", computed=True)
    rating: Effect | None = column("Rating", "评价", computed=True)
    version: Token = column("Version", "版本", example="V1.0")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "active")', view="review",
        example="EMP-0001",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "active")', view="review", example="2026-01-10"
    )
    status: CtlStatus = column("Status", "状态", example="draft")


@rule("CTL-001", at="controls.element", clause="六(三)2", scope="centre",
      en="Element {element} has no active control", zh="“{element}”没有生效的控制",
      fix=Text("Define and approve a control of the element.", "制定并批准该要素的控制。"))  # fmt: skip
def five_elements_are_covered(controls: Controls) -> Breaches:
    """Each of the five elements has an active control. 内控五要素均有生效的控制。"""
    covered = set(controls.element[controls.status == "active"].dropna())
    for element in IcElement:
        if element not in covered:
            yield sheet_finding(element=element.text)


@rule("CTL-002", at="controls.clause", clause="六(三)1",
      en="{clause} is no clause of the regulation", zh="{clause} 不是制度条款",
      fix=Text("Cite the clause as the guide writes it; it lists all 80.", "按 五(二)3 的形式填写；说明书列出全部80条。"))  # fmt: skip
def controls_cite_their_clause(controls: Controls) -> Breaches:
    """A control has objective, principle and procedure, and cites clauses that exist. 控制须有目标、原则、措施，所引条款存在。"""
    yield from unfilled(controls, "objective", "principle", "procedure",
                         message=Text("The control lacks its {column}", "控制缺少“{column}”"),
                         fix=Text("Fill in the cell.", "请填写。"))  # fmt: skip
    yield controls[~blank(controls.clause) & ~judged(controls.clause, _are_clauses)]


def _are_clauses(said: str) -> bool:
    return all(part.strip() in CLAUSES for part in said.replace("；", ";").replace("、", ";").split(";"))


@rule("CTL-003", at="controls.last_check", clause="六(三)3", severity=WARNING, scope="book",
      en="The key control was not checked for {days} days; policy allows {allowed}", zh="关键控制 {days} 天未检查，规定 {allowed} 天",
      fix=Text("Check the control and record it.", "开展内控检查并登记。"))  # fmt: skip
def key_controls_are_checked(controls: Controls, policy: Policy, today: pd.Timestamp) -> Rows:
    """An active key control was checked, or activated, within the days of policy. 生效的关键控制在规定天数内检查过或生效。"""
    rows = controls[(controls.status == "active") & (controls.is_key == "Y")]
    since = pd.Series(np.fmax(rows.last_check.to_numpy(), rows.approved_on.to_numpy()), index=rows.index)
    days, allowed = days_between(since, today), policy("ic.check_days", rows)
    return rows.assign(days=days, allowed=allowed)[days > allowed]


@rule("CTL-004", at="controls.name", clause="六(三)2", severity=WARNING, scope="centre",
      en="{level} risk {risk} has no active control", zh="{level}风险 {risk} 无对应控制",
      fix=Text("Link an active control to the risk, or avoid or transfer it.", "为该风险关联生效的控制，或采取规避、转移。"))  # fmt: skip
def high_risks_are_controlled(controls: Controls, risks: Risks) -> Breaches:
    """A high risk that is open has an active control, or is avoided or transferred. 未关闭的高风险须有生效的控制，或规避、转移。"""
    active = controls.control_id[controls.status == "active"]
    high = risks.open[risks.open.level.isin(["high", "very_high"]) & ~risks.open.response.isin(["avoid", "transfer"])]
    linked = members(high.control_ids)
    controlled = set(linked[is_in(linked, active)].index)
    shown = risks.sheet.columns["level"].kind.show
    for row, risk, level in zip(high.index, high.risk_id, high.level, strict=True):
        if row not in controlled:
            yield sheet_finding(risk=risk, level=shown(level))


# ------------------------------------------------------------------------------------------------ figures


def _checked(controls: Controls, checks: Checks, today: pd.Timestamp) -> tuple[pd.Series, pd.Series]:
    """How many cases were looked at within a year, and how many were exceptions."""
    held = checks[(checks.record_type == "control_check") & (checks.check_on <= today) & (checks.check_on > today - pd.DateOffset(years=1))]
    return sumif(controls.control_id, held.control_id, held.sample_size), sumif(controls.control_id, held.control_id, held.exceptions)


@figure("F-32", at="controls.op_rate", en="Operating rate", zh="执行有效率", kind=Percent, clause="六(三)3",
        source="企业内部控制评价指引; COSO")  # fmt: skip
def op_rate(controls: Controls, checks: Checks, today: pd.Timestamp) -> pd.Series:
    """1 - exceptions / samples of the control checks of the last twelve months; blank without one.
    近12个月内控检查中 1-例外数÷抽样数，无检查为空。"""
    samples, exceptions = _checked(controls, checks, today)
    return np.round(1 - exceptions / samples.where(samples > 0), 4)


@figure("F-32", at="controls.rating", en="Rating", zh="评价", kind=Effect, clause="六(三)3", source="as F-32")
def rating(controls: Controls, policy: Policy) -> pd.Series:
    """Effective, partly effective or ineffective by the operating rate; a control whose design is not effective is ineffective.
    按执行有效率分为有效、部分有效、无效；设计无效的为无效。"""
    rate = controls.op_rate.mask(controls.design_ok == "N", 0.0)
    return effect_of(rate, policy("ic.eff", controls), policy("ic.partial", controls), controls.index)


@figure("F-38", at="controls.last_check", en="Last check", zh="最近检查", kind=Day, clause="六(三)3", source="the check records")
def last_check(controls: Controls, checks: Checks, today: pd.Timestamp) -> pd.Series:
    """The day of the control's last check. 最近一次内控检查日期。"""
    held = checks[(checks.record_type == "control_check") & (checks.check_on <= today)]
    return latest(controls.control_id, held.control_id, held.check_on)
