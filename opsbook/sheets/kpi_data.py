"""KPI data 指标数据: the actual value of every KPI by period, scored against its target."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import works_in
from opsbook.formulas.lookup import blank, is_in, same, twins, xlookup
from opsbook.formulas.periods import last_closed, month_end
from opsbook.formulas.scoring import attainment as attained
from opsbook.formulas.scoring import kpi_score, unlike_before, weighted_mean
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Path,
    Percent,
    Period,
    Policy,
    Prose,
    Quantity,
    Rows,
    Score,
    Sheet,
    Step,
    Text,
    Workflow,
    block,
    column,
    figure,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.grammar.workings import Absent, Workings
from opsbook.summaries import OVERVIEW

if TYPE_CHECKING:
    from opsbook.columns import Employees, Improvements, KpiData, Kpis


class DataStatus(Choices):
    """Whether a value was verified."""

    DRAFT = "draft", "Draft", "草稿"
    VERIFIED = "verified", "Verified", "已核实"


class KpiValue(Sheet, key="kpi_data", id="data_id", dated_by="collected_on"):
    """Periodic actual values of every KPI. 各指标的定期实际值。"""

    clauses = ("二(二)1④", "二(二)3②", "二(二)4①", "二(二)4②", "三(四)1")
    tab = Text("KPI Data", "指标数据")
    workflow = Workflow(
        steps=(
            Step("draft", "verified", Text("Data Analysis, not the collector", "数据分析部（非采集人）"), by="data"),
            Step("verified", "draft", Text("the director, to reopen", "中心主任（重开）"), by="director"),
        ),
        others=(Actor("collected_by", "collected_on"), Actor("verified_by")),
        dates=("collected_on",),
        approved=("verified",),
        done=("verified",),
    )

    data_id: Code = column("Data ID", "数据编号", form="KPD-yyyymm-nnn", unique=True, example="KPD-202608-001")
    kpi_id: Code = column("KPI", "指标", ref="kpis.kpi_id", example="KPI-001")
    period: Period = column("Period", "期间", example="2026-08")
    actual: Quantity = column("Actual", "实际值", example=100.0)
    target: Quantity | None = column("Target Override", "目标覆盖值", view="detail")
    attainment: Percent | None = column("Attainment", "达成率", computed=True)
    score: Score | None = column("Score", "得分", computed=True)
    collected_by: Code = column("Collected By", "采集人", ref="employees.employee_id", example="EMP-0012")
    collected_on: Day = column("Collected On", "采集日期", check="[collected_on] <= TODAY()", example="2026-09-03")
    evidence: Path | None = column("Evidence", "数据依据", view="detail")
    verified_by: Code | None = column(
        "Verified By", "复核人", ref="employees.employee_id", required_by="KPD-003", view="review",
        example="EMP-0011",
    )  # fmt: skip
    analysis: Prose | None = column(
        "Analysis", "分析说明", required_by="KPD-005", view="review", example="节假日工单集中"
    )
    status: DataStatus = column("Status", "状态", example="draft")


#: The months of a period, by frequency; an ad-hoc KPI has no period that is asked for.
MONTHS = {"daily": 1, "weekly": 1, "monthly": 1, "quarterly": 3, "yearly": 12}


@rule("KPD-001", at="kpi_data.period", clause="三(四)1", scope="book",
      en="{kpi_id} has a value for {period} already, {other}", zh="{kpi_id} 在 {period} 已有数据 {other}",
      fix=Text("Enter one value for each period; a quarter stands as its last month, a year as its December.",
               "每期填写一次；季度以末月、年度以12月表示。"))  # fmt: skip
def periods_are_right(kpi_data: KpiData, kpis: Kpis) -> Breaches:
    """One value a KPI and period; a quarterly one at the quarter's last month, a yearly one at December.
    同一指标每期一条；季度指标填季末月，年度指标填12月。"""
    yield twins(kpi_data, kpi_data.kpi_id, kpi_data.period)
    months = xlookup(kpi_data.kpi_id, kpis.kpi_id, kpis.frequency).map(MONTHS).astype(float)
    inside = month_end(kpi_data.period).dt.month % months
    yield Breach(kpi_data[inside > 0], message=Text("{period} is not the last month of a period of {kpi_id}", "{period} 不是 {kpi_id} 的期末月份"))


@rule("KPD-002", at="kpi_data.kpi_id", clause="三(四)1", severity=WARNING, scope="centre",
      en="No data for {kpi} in {period}", zh="{kpi} 在 {period} 无数据",
      fix=Text("Collect the value and enter it.", "采集并填写数据。"))  # fmt: skip
def values_come_in_time(kpi_data: KpiData, kpis: Kpis, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Each approved KPI has a value for its last closed period, once the days for reporting are over. 上报期限过后，各已批准指标有上期数据。"""
    for frequency, months in MONTHS.items():
        first, last = last_closed(today - pd.Timedelta(days=policy("kpi.deadline_days") + 1), months)  # the last day is still in time
        rows = kpis[(kpis.status == "approved") & (kpis.frequency == frequency) & (kpis.valid_from <= first) & ~(kpis.valid_to < last)]
        there = kpi_data.kpi_id[kpi_data.period == f"{last:%Y-%m}"]
        for kpi in rows.kpi_id[~is_in(rows.kpi_id, there)].dropna():
            yield sheet_finding(kpi=kpi, period=f"{last:%Y-%m}")


@rule("KPD-003", at="kpi_data.verified_by", clause="二(二)4①", scope="book",
      en="The value must be verified by somebody of Data Analysis other than {collected_by}", zh="须由数据分析部 {collected_by} 以外的人复核",
      fix=Text("Let another member of Data Analysis verify.", "由数据分析部其他人员复核。"))  # fmt: skip
def others_verify(kpi_data: KpiData, employees: Employees, policy: Policy) -> Rows:
    """A verified value was verified by Data Analysis, not by the collector. 已核实的数据由数据分析部非采集人复核。"""
    verified = kpi_data[kpi_data.status == "verified"]
    by_analysis = works_in(verified.verified_by, employees, policy("org.dept.data"))
    return verified[~by_analysis | same(verified.verified_by, verified.collected_by)]


@rule("KPD-004", at="kpi_data.actual", clause="三(四)1", severity=WARNING, scope="book",
      en="{actual} is an outlier: the last values are {mean} on average", zh="{actual} 数值异常：近期均值 {mean}",
      fix=Text("Check the value; explain it in the analysis.", "核对数据，并在分析说明中解释。"))  # fmt: skip
def values_are_in_line(kpi_data: KpiData, policy: Policy) -> Rows:
    """A value lies within so many standard deviations of the mean of the six before it (of four at least).
    数值与前六期（至少四期）均值之差不超过规定倍数的标准差。"""
    mean, deviation = unlike_before(kpi_data.kpi_id, kpi_data.period, kpi_data.actual)
    off, rounding = np.abs(kpi_data.actual - mean), 1e-9 * (1 + np.abs(mean))
    return kpi_data.assign(mean=mean)[off > policy("kpi.outlier_sigma", kpi_data) * deviation + rounding]


@rule("KPD-005", at="kpi_data.analysis", clause="三(四)2", severity=WARNING, scope="book",
      en="A score of {score} is weak, and there is no analysis", zh="得分 {score} 偏低，无分析说明",
      fix=Text("Analyse the cause, and open an improvement for the KPI.", "分析原因，并登记该指标的优化措施。"))  # fmt: skip
def weak_values_are_followed_up(kpi_data: KpiData, improvements: Improvements, policy: Policy) -> Breaches:
    """A value that scores below the alert mark has an analysis, and an improvement that refers to its KPI.
    得分低于预警分的数据须有分析说明和该指标的优化措施。"""
    weak = kpi_data[kpi_data.score < policy("kpi.alert_score", kpi_data)]
    yield weak[blank(weak.analysis)]
    live = improvements.live
    helped = is_in(weak.kpi_id, live.kpi_id) | is_in(weak.kpi_id, live.source_ref) | is_in(weak.data_id, live.source_ref)
    yield Breach(weak[~helped], at="score", message=Text("{kpi_id} scores {score}, and no improvement refers to it",
                                                         "{kpi_id} 得分 {score}，没有对应的优化措施"))  # fmt: skip


# ------------------------------------------------------------------------------------------------ figures


@figure("F-10", at="kpi_data.attainment", en="KPI attainment", zh="指标达成率", kind=Percent, clause="三(四)1",
        source="Chinese KPI practice; balanced scorecard scoring")  # fmt: skip
def attainment(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.Series:
    """Higher is better: actual / target. Lower: 2 - actual / target, or target / actual. On target: 1 - distance / tolerance.
    越高越好：实际/目标；越低越好：2-实际/目标（或目标/实际）；目标最佳：1-偏差/容差。"""
    direction, target, tolerance = (xlookup(kpi_data.kpi_id, kpis.kpi_id, c) for c in (kpis.direction, kpis.target, kpis.tolerance))
    ratio = np.asarray(policy("kpi.lower", kpi_data) == "ratio")
    share = attained(kpi_data.actual, kpi_data.target.fillna(target), direction, tolerance, ratio, policy("kpi.cap", kpi_data) / 100)
    return pd.Series(share, index=kpi_data.index)


@figure("F-11", at="kpi_data.score", en="KPI score", zh="指标得分", kind=Score, clause="三(四)1", source="as F-10")
def score(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.Series:
    """100 x attainment, from 0 to the cap (100 where the target itself is best); 0 where the floor is missed.
    100×达成率，不低于0、不高于上限（目标最佳型最高100）；未达门槛值为0。"""
    direction, floor = xlookup(kpi_data.kpi_id, kpis.kpi_id, kpis.direction), xlookup(kpi_data.kpi_id, kpis.kpi_id, kpis.floor)
    found = kpi_score(kpi_data.attainment, kpi_data.actual, direction, floor, policy("kpi.cap", kpi_data))
    return pd.Series(found, index=kpi_data.index)


@figure("F-37", at="kpi_data.centre_index", en="Centre performance index", zh="中心综合绩效指数", kind=Score, clause="二(二)1④", source="Policy choice")
def centre_index(kpi_data: KpiData, kpis: Kpis, policy: Policy, today: pd.Timestamp, book: Workings) -> pd.Series:
    """KPI, project, budget, risk and control, and service score by their weights, one value for the centre; parts without
    data drop out and the weights of the others are taken anew. 指标、项目、预算、风险内控、服务五项得分按权重合计，缺数的项剔除后重新分配权重。"""
    parts = _parts(kpi_data, kpis, today, book)
    index = weighted_mean(list(parts.values()), [policy(f"center.w.{part}") for part in parts])
    return pd.Series(index, index=kpi_data.index)


def _parts(kpi_data: KpiData, kpis: Kpis, today: pd.Timestamp, book: Workings) -> dict[str, float]:
    parts: dict[str, Callable[[], float]] = {
        "kpi": lambda: _kpi_part(kpi_data, kpis), "project": lambda: _project_part(book), "budget": lambda: _budget_part(book, today),
        "risk": lambda: _risk_part(book), "service": lambda: _service_part(book),
    }  # fmt: skip
    return {name: _known(part) for name, part in parts.items()}


def _known(part: Callable[[], float]) -> float:
    """A part's score; blank where a register is missing that its figures need."""
    try:
        return part()
    except Absent:
        return float("nan")


def _kpi_part(kpi_data: KpiData, kpis: Kpis) -> float:
    """The departments' verified scores of the newest period of each KPI, by weight."""
    known = kpi_data[(kpi_data.status == "verified") & kpi_data.score.notna() & kpi_data.period.notna()]
    newest = pd.DataFrame({"kpi": known.kpi_id.astype(object), "period": known.period.astype(object), "score": known.score})
    newest = newest.sort_values("period").drop_duplicates("kpi", keep="last").set_index("kpi")["score"]
    live = kpis[(kpis.status == "approved") & blank(kpis.employee_id)]
    scores = live.kpi_id.astype(object).map(newest)
    return weighted_mean(list(scores), list(live.weight))


def _project_part(book: Workings) -> float:
    """100 x the mean of the lesser of 1, SPI and CPI, over projects under way."""
    if not book.has("projects"):
        return float("nan")
    projects = book.frame("projects", "kpi_data")
    going = projects[projects.column("status").isin(["in_progress", "accept_pending"])]
    return float((100 * np.fmin(going.column("spi"), going.column("cpi")).clip(upper=1)).mean())


def _budget_part(book: Workings, today: pd.Timestamp) -> float:
    """100 less the points by which spending is off the share of the year that has passed."""
    if not book.has("budget"):
        return float("nan")
    budget = book.frame("budget", "kpi_data")
    lines = budget[(budget.column("status") == "approved") & (budget.column("category") != "revenue") & (budget.column("year") == today.year)]
    whole = lines.column("adjusted").sum()
    passed = today.day_of_year / (366 if today.is_leap_year else 365)
    return max(0.0, 100 - abs(100 * (lines.column("actual").sum() / whole - passed))) if whole > 0 else float("nan")


def _risk_part(book: Workings) -> float:
    """The mean of the control score (the mean operating rate of the five elements; at most 60 with an open critical finding)
    and of 100 x the share of open risks whose residual level is not high."""
    parts = []
    if book.has("controls"):
        controls = book.frame("controls", "kpi_data")
        active = controls[controls.column("status") == "active"]
        score = 100 * active.column("op_rate").groupby(active.column("element").astype(object)).mean().mean()
        checks = book.frame("checks", "kpi_data") if book.has("checks") else None
        critical = checks is not None and ((checks.column("severity") == "critical") & checks.column("status").isin(["open", "in_progress"])).any()
        parts.append(min(score, 60.0) if critical else score)
    if book.has("risks"):
        risks = book.frame("risks", "kpi_data").open
        level = risks.column("res_level").dropna()
        parts.append(100 * (1 - level.isin(["high", "very_high"]).mean()) if len(level) else float("nan"))
    return float(np.nanmean(parts)) if np.isfinite(parts).any() else float("nan")


def _service_part(book: Workings) -> float:
    """100 x the share of tickets within their limits."""
    if not book.has("tickets"):
        return float("nan")
    met = book.frame("tickets", "kpi_data").column("sla_ok").dropna()
    return 100 * float((met == "Y").mean()) if len(met) else float("nan")


@block("index_parts", OVERVIEW, of="kpi_data", en="Parts of the centre index", zh="综合指数构成", form="data", figures="F-37", clause="二(二)1④")
def index_parts(kpi_data: KpiData, kpis: Kpis, policy: Policy, today: pd.Timestamp, book: Workings) -> pd.DataFrame:
    """The five scores that the index is made of; a part without data is blank and its weight drops out. 指数的五项构成；缺数的项为空且不计权重。"""
    labels = {"kpi": Text("KPI", "指标"), "project": Text("Projects", "项目"), "budget": Text("Budget", "预算"), "risk": Text("Risk", "风险内控"),
              "service": Text("Service", "服务")}
    parts = _parts(kpi_data, kpis, today, book)
    return pd.DataFrame({"code": list(parts), "part": [labels[p] for p in parts], "score": np.round(list(parts.values()), 2),
                         "weight": [policy(f"center.w.{p}") for p in parts]})  # fmt: skip
