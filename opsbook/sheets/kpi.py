"""The KPI system 指标体系: every indicator with its definition, target, weight and owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import blank, parties
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Percent,
    Prose,
    Quantity,
    Sheet,
    Text,
    Workflow,
    column,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.lists import Dept, DocStatus, Frequency, document_steps

if TYPE_CHECKING:
    from opsbook.columns import Kpis


class KpiDomain(Choices):
    """What a KPI is about."""

    EFFICIENCY = "efficiency", "Efficiency", "效率"
    QUALITY = "quality", "Quality", "质量"
    COST = "cost", "Cost", "成本"
    CUSTOMER = "customer", "Customer", "客户"
    INNOVATION = "innovation", "Innovation", "创新"
    COMPLIANCE = "compliance", "Compliance", "合规"


class KpiDirection(Choices):
    """Which way a KPI is good."""

    HIGHER = "higher", "Higher is better", "越高越好"
    LOWER = "lower", "Lower is better", "越低越好"
    TARGET = "target", "On target is best", "目标值最佳"


class Kpi(Sheet, key="kpis", id="kpi_id", dated_by="valid_from", scoped_by=("department",)):
    """Definition of the operating indicator system and the analysis model of each indicator. 运营指标体系及各指标的定义、目标和权重。"""

    clauses = ("一(三)4", "二(二)3②", "二(二)4①", "三(四)1", "四(二)1")
    tab = Text("KPI System", "指标体系")
    workflow = Workflow(
        steps=document_steps(Text("Data Analysis", "数据分析部"), Text("the director", "中心主任"), Text("Data Analysis, expired", "数据分析部（失效）"),
                             by=("data", "director", "data")),
        makers=(Actor("data_owner"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("approved_on",),
        approved=("approved", "closed"),
        done=("closed", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("valid_to", "data_owner"),
    )  # fmt: skip

    kpi_id: Code = column("KPI ID", "指标编号", form="KPI-nnn", unique=True, example="KPI-001")
    name: Line = column("KPI Name", "指标名称", unique=True, example="平均答复时长")
    domain: KpiDomain = column("Domain", "指标维度", example="efficiency")
    definition: Prose = column("Definition", "指标定义", example="从受理到首次答复的平均小时数")
    formula: Prose = column("Calculation", "计算公式", example="答复时长合计÷工单数")
    unit: Line = column("Unit", "单位", example="小时")
    direction: KpiDirection = column("Direction", "方向", example="higher")
    department: Dept = column("Department", "考核部门", example="cust_service")
    data_owner: Code = column("Data Owner", "数据负责人", ref="employees.employee_id", example="EMP-0012")
    employee_id: Code | None = column(
        "Appraised Employee", "被考核人", ref="employees.employee_id", view="detail",
        help=Text("For a personal KPI; else the department's.", "个人指标填写；否则为部门指标。"),
    )  # fmt: skip
    data_source: Line = column("Data Source", "数据来源", example="客服工单")
    frequency: Frequency = column("Frequency", "频率", example="monthly")
    target: Quantity = column("Target", "目标值", example=100.0)
    floor: Quantity | None = column("Floor", "门槛值", view="detail")
    tolerance: Quantity | None = column("Tolerance", "容差", required_by="KPI-002", view="detail", example=5.0)
    weight: Percent = column("Weight", "权重", example=1.0)
    plan_id: Code | None = column("Linked Plan", "关联计划", ref="plans.plan_id", view="detail")
    valid_from: Day = column("Valid From", "生效日期", example="2026-01-01")
    valid_to: Day | None = column("Valid To", "失效日期", check="[valid_to] > [valid_from]")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0001",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', view="review", example="2026-01-05"
    )
    status: DocStatus = column("Status", "状态", example="draft")


def in_force(kpis: Kpis, today: pd.Timestamp) -> Kpis:
    """The approved KPIs that are valid on a day."""
    return kpis[(kpis.status == "approved") & (kpis.valid_from <= today) & ~(kpis.valid_to < today)]


@rule("KPI-001", at="kpis.weight", clause="三(四)1", scope="book",
      en="The weights of {whose} sum to {total:pct}, not 100%", zh="{whose}指标权重合计 {total:pct}，应为100%",
      fix=Text("Change the weights of the approved KPIs so that they sum to 100%.", "调整已批准指标的权重，使合计为100%。"))  # fmt: skip
def weights_sum_to_all(kpis: Kpis, today: pd.Timestamp) -> Breaches:
    """The approved and valid KPIs of a department, or of a person, sum to 100 % (within 0.1 %). 部门或个人现行指标权重合计为100%。"""
    rows = in_force(kpis, today)
    rows = rows[~(blank(rows.department) & blank(rows.employee_id))]
    if len(rows) == 0:
        return
    whose = parties(rows.department.where(blank(rows.employee_id)), rows.employee_id)
    total = rows.weight.groupby(whose).transform("sum")
    first = ~whose.duplicated()
    name = [Dept.labels()[d] if pd.isna(e) else str(e) for d, e in zip(rows.department, rows.employee_id, strict=True)]
    yield rows.assign(total=total, whose=name)[first & (np.abs(total - 1) > 0.001 + 1e-9)]


@rule("KPI-002", at="kpis.target", clause="三(四)1",
      en="A target of {target} does not suit {direction}", zh="目标值 {target} 与“{direction}”不符",
      fix=Text("A target of its own kind: more than 0 where higher is better; a floor below it, above it where lower is better; a tolerance "
               "where the target itself is best.", "越高越好的目标须大于0，门槛低于目标；越低越好的门槛高于目标；目标最佳的须填容差。"))  # fmt: skip
def targets_fit_the_direction(kpis: Kpis) -> Breaches:
    """Higher is better: target above 0, floor not above it; lower: floor not below it; on target: a tolerance above 0.
    越高越好：目标大于0、门槛不高于目标；越低越好：门槛不低于目标；目标最佳：容差大于0。"""
    higher, lower = kpis.direction == "higher", kpis.direction == "lower"
    yield kpis[higher & (kpis.target <= 0)]
    yield Breach(kpis[(higher & (kpis.floor > kpis.target)) | (lower & (kpis.floor < kpis.target))], at="floor",
                 message=Text("A floor of {floor} is on the wrong side of the target, {target}", "门槛值 {floor} 与目标值 {target} 方向不符"))  # fmt: skip
    yield Breach(kpis[(kpis.direction == "target") & ~(kpis.tolerance > 0)], at="tolerance",
                 message=Text("{direction} takes a tolerance of more than 0", "“{direction}”须填写大于0的容差"))  # fmt: skip


@rule("KPI-003", at="kpis.domain", clause="三(四)1", severity=WARNING, scope="centre",
      en="No KPI in domain {domain}", zh="“{domain}”维度没有指标",
      fix=Text("Define and approve a KPI of the domain.", "制定并批准该维度的指标。"))  # fmt: skip
def four_domains_are_measured(kpis: Kpis, today: pd.Timestamp) -> Breaches:
    """Efficiency, quality, cost and customer each have an approved KPI in force. 效率、质量、成本、客户四个维度均有已批准的现行指标。"""
    measured = set(in_force(kpis, today).domain.dropna())
    for domain in (KpiDomain.EFFICIENCY, KpiDomain.QUALITY, KpiDomain.COST, KpiDomain.CUSTOMER):
        if domain not in measured:
            yield sheet_finding(domain=domain.text)
