"""Appraisals 绩效考核: work performance, ability and attitude; grade, pay coefficient and promotion."""

from __future__ import annotations

from enum import nonmember
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import holds_role
from opsbook.formulas.lookup import blank, cents, differ, is_in, judged, parties, same, twins, xlookup
from opsbook.formulas.periods import CYCLES, cycle_end, cycle_name, is_cycle, last_closed
from opsbook.formulas.scoring import calibrated, graded, weighted
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Count,
    Day,
    Money,
    Policy,
    Prose,
    Quantity,
    Rows,
    Score,
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
from opsbook.lists import Dept, Grade, Yesno

if TYPE_CHECKING:
    from opsbook.columns import Appraisals, Employees, KpiData, Kpis


class AprStatus(Choices):
    """Where an appraisal stands."""

    DRAFT = "draft", "Draft", "草稿"
    SELF_DONE = "self_done", "Self-review done", "自评完成"
    SCORED = "scored", "Scored", "已评分"
    CALIBRATED = "calibrated", "Calibrated", "已校准"
    APPROVED = "approved", "Approved", "已批准"
    CONFIRMED = "confirmed", "Confirmed by employee", "已确认"
    APPEALED = "appealed", "Under appeal", "申诉中"
    OFF_PATH = nonmember(frozenset({"appealed"}))


GRADES = [grade.value for grade in Grade]
ASPECTS = ("perf", "ability", "attitude")


class Appraisal(Sheet, key="appraisals", id="appraisal_id", dated_by="interview_on"):
    """Periodic appraisal on work performance, ability and attitude; feeds pay, promotion and reward.
    按业绩、能力、态度定期考核，与薪酬、晋升、奖励挂钩。"""

    clauses = ("二(二)1④", "四(二)2", "四(二)3")
    tab = Text("Appraisals", "绩效考核")
    workflow = Workflow(
        steps=(
            Step("draft", "self_done", Text("the employee", "员工"), by="employee_id"),
            Step("self_done draft", "scored", Text("the appraiser", "考核人"), by="appraiser_id"),
            Step("scored appealed", "calibrated", Text("the deputy with Operations Management; after an appeal the director", "副主任与运营管理部；申诉后由主任"),
                 by="deputy ops director"),
            Step("calibrated", "approved", Text("the director", "中心主任"), by="director"),
            Step("approved", "confirmed", Text("the employee", "员工"), by="employee_id"),
            Step("approved", "appealed", Text("the employee, within P(apr.appeal_days)", "员工（申诉期限内）"), by="employee_id"),
        ),
        makers=(Actor("employee_id"),),
        checkers=(Actor("approver_id"),),
        others=(Actor("appraiser_id"),),
        dates=("interview_on", "confirmed_on"),
        approved=("approved", "confirmed"),
        done=("approved", "confirmed"),
        living=("confirmed_on", "appeal", "reward"),
    )  # fmt: skip

    appraisal_id: Code = column(
        "Appraisal ID", "考核编号", form="APR-cycle-nnn", unique=True, example="APR-2026-Q2-001"
    )
    employee_id: Code = column("Employee", "员工", ref="employees.employee_id", example="EMP-0012")
    cycle: Token = column(
        "Cycle", "考核周期", example="2026-Q2",
        help=Text("2026, 2026-H1, 2026-Q2 or 2026-06, as Policy apr.cycle says.", "按 apr.cycle 填写：2026、2026-H1、2026-Q2 或 2026-06。"),
    )  # fmt: skip
    appraiser_id: Code = column("Appraiser", "考核人", ref="employees.employee_id", example="EMP-0010")
    self_score: Score | None = column("Self Score", "自评分")
    perf_kpi: Score | None = column("KPI Score", "指标得分", computed=True, view="review")
    perf_score: Score | None = column("Work Performance", "工作业绩", required_by="APR-002", example=85.0)
    ability_score: Score | None = column("Ability", "工作能力", required_by="APR-002", example=85.0)
    attitude_score: Score | None = column("Attitude", "工作态度", required_by="APR-002", example=85.0)
    bonus_points: Quantity | None = column("Bonus Points", "加分", ge=0, view="review")
    deduct_points: Quantity | None = column("Deduct Points", "扣分", ge=0, le=100, view="review")
    evidence: Prose | None = column(
        "Evidence", "评分依据", required_by="APR-006", view="review", example="主导完成客服流程优化"
    )
    raw_score: Score | None = column("Raw Score", "原始得分", computed=True, view="review")
    calibrated_score: Score | None = column(
        "Calibrated Score", "校准得分", view="review",
        help=Text("Typed wins; else by Policy apr.calibration.", "填写的优先；否则按 apr.calibration 计算。"),
    )  # fmt: skip
    final_score: Score | None = column("Final Score", "最终得分", computed=True)
    grade: Grade | None = column("Grade", "等级", computed=True)
    rank: Count | None = column("Rank", "排名", computed=True)
    pay_coeff: Quantity | None = column("Pay Coefficient", "绩效系数", computed=True)
    promotion: Yesno | None = column("Promotion Eligible", "晋升资格", computed=True)
    reward: Money | None = column("Reward", "奖励建议", ge=0, view="review")
    improve_plan: Prose | None = column(
        "Improvement Plan", "改进计划", required_by="APR-006", view="review", example="参加数据分析培训"
    )
    interview_on: Day | None = column(
        "Interview", "面谈日期", required_when='FROM([status], "approved")', view="review", example="2026-07-20"
    )
    confirmed_on: Day | None = column(
        "Confirmed On", "员工确认日期", required_when='[status] = "confirmed"',
        check="[confirmed_on] >= [interview_on]", view="review", example="2026-07-25",
    )  # fmt: skip
    appeal: Prose | None = column(
        "Appeal", "申诉说明", required_when='[status] = "appealed"', view="review", example="业绩评分未计入项目成果"
    )
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0001",
    )  # fmt: skip
    status: AprStatus = column("Status", "状态", example="draft")


def _approved(appraisals: Appraisals) -> Appraisals:
    return appraisals[appraisals.status.isin(["approved", "confirmed"])]


@rule("APR-001", at="appraisals.cycle", clause="四(二)1", scope="book",
      en="{cycle} is not a cycle of the kind {length}", zh="{cycle} 不是规定的考核周期（{length}）",
      fix=Text("Write the cycle as 2026, 2026-H1, 2026-Q2 or 2026-06, as Policy says.", "按制度参数填写为 2026、2026-H1、2026-Q2 或 2026-06。"))  # fmt: skip
def cycles_are_right(appraisals: Appraisals, policy: Policy) -> Breaches:
    """A person is appraised once a cycle, and cycles have the length of policy. 每人每周期考核一次，周期符合规定。"""
    rows = appraisals.assign(length=pd.Series(policy("apr.cycle", appraisals), index=appraisals.index))
    for length in CYCLES:
        yield rows[(rows.column("length") == length) & ~blank(rows.cycle) & ~judged(rows.cycle, partial(is_cycle, length=length))]
    yield Breach(twins(appraisals, appraisals.employee_id, appraisals.cycle), at="employee_id",
                 message=Text("{employee_id} is appraised twice in {cycle}, see {other}", "{employee_id} 在 {cycle} 重复考核，另见 {other}"),
                 fix=Text("Keep one appraisal.", "只保留一条。"))  # fmt: skip


@rule("APR-002", at="appraisals.perf_score", clause="四(二)2",
      en="The score of {column} is missing", zh="缺少“{column}”评分",
      fix=Text("Score performance, ability and attitude.", "业绩、能力、态度三项均须评分。"))  # fmt: skip
def three_aspects_are_scored(appraisals: Appraisals) -> Breaches:
    """A scored appraisal has all three scores. 已评分的考核须有业绩、能力、态度三项得分。"""
    scored = appraisals[appraisals.status.isin([*AprStatus.since("scored"), "appealed"])]
    yield from unfilled(scored, *(f"{aspect}_score" for aspect in ASPECTS))


@rule("APR-004", at="appraisals.appraiser_id", clause="二(二)1④", scope="book",
      en="{appraiser_id} is not the direct manager, {manager}", zh="考核人 {appraiser_id} 不是直接上级 {manager}",
      fix=Text("Let the direct manager appraise.", "由直接上级考核。"))  # fmt: skip
def managers_appraise(appraisals: Appraisals, employees: Employees) -> Breaches:
    """An open appraisal is the direct manager's; nobody appraises themselves. The director is passed over.
    未结考核由直接上级进行，不得自评自核；主任除外。"""
    waiting = appraisals.open
    waiting = waiting[~holds_role(waiting.employee_id, employees, "director")]
    manager = xlookup(waiting.employee_id, employees.employee_id, employees.manager_id)
    own = same(waiting.appraiser_id, waiting.employee_id)
    yield waiting.assign(manager=manager)[differ(waiting.appraiser_id, manager) & ~own]
    yield Breach(waiting[own], message=Text("{employee_id} appraises themselves", "{employee_id} 自评自核"))


@rule("APR-005", at="appraisals.perf_score", clause="四(二)2", severity=WARNING, scope="book",
      en="Performance {perf_score} differs from the KPI score {perf_kpi} by {gap}", zh="业绩得分 {perf_score} 与指标得分 {perf_kpi} 相差 {gap}",
      fix=Text("Check the score, or give the evidence.", "核对评分，或说明依据。"))  # fmt: skip
def scores_agree_with_kpis(appraisals: Appraisals, policy: Policy) -> Rows:
    """The performance score agrees with the score of the person's KPIs within the gap of policy. 业绩得分与个人指标得分之差在规定范围内。"""
    gap = (appraisals.perf_score - appraisals.perf_kpi).abs()
    return appraisals.assign(gap=gap)[gap > policy("apr.kpi_gap", appraisals) + 1e-9]


@rule("APR-006", at="appraisals.evidence", clause="四(二)2", severity=WARNING, scope="book",
      en="A score of 90 or more, or below 60, needs evidence", zh="90分及以上或60分以下须有评分依据",
      fix=Text("Say what the score rests on.", "填写评分依据。"))  # fmt: skip
def extremes_are_explained(appraisals: Appraisals) -> Breaches:
    """A score of 90 or more or below 60 has evidence; a D or E has an improvement plan and an interview.
    90分及以上或60分以下有评分依据；D、E级有改进计划和面谈。"""
    extreme = np.logical_or.reduce([np.asarray((s >= 90) | (s < 60)) for s in (appraisals.column(f"{a}_score") for a in ASPECTS)])
    yield appraisals[extreme & blank(appraisals.evidence)]
    weak = appraisals[appraisals.grade.isin(["D", "E"])]
    yield Breach(weak[blank(weak.improve_plan)], at="improve_plan",
                 message=Text("Grade {grade} needs an improvement plan", "等级{grade}须有改进计划"))  # fmt: skip
    yield Breach(weak[blank(weak.interview_on) & ~weak.status.isin(AprStatus.since("approved"))], at="interview_on",
                 message=Text("Grade {grade} needs an interview", "等级{grade}须面谈"))  # fmt: skip


@rule("APR-007", at="appraisals.grade", clause="四(二)2", severity=WARNING, scope="centre",
      en="{dept} in {cycle}: {high:pct} A (at most {most:pct}), {low:pct} D and E (at least {least:pct})",
      zh="{dept} {cycle}：A级 {high:pct}（上限 {most:pct}），D、E级 {low:pct}（下限 {least:pct}）",
      fix=Text("Calibrate the scores of the department.", "校准该部门评分。"))  # fmt: skip
def grades_are_spread(appraisals: Appraisals, employees: Employees, policy: Policy) -> Breaches:
    """In a department of ten and more, A is not given more often, D and E not less often, than policy says.
    达到规定人数的部门，A级比例不超上限，D、E级比例不低于下限。"""
    rows = appraisals[~blank(appraisals.grade)]
    dept = xlookup(rows.employee_id, employees.employee_id, employees.department)
    frame = pd.DataFrame({"dept": dept, "cycle": rows.cycle, "A": rows.grade == "A", "DE": rows.grade.isin(["D", "E"])})
    shares = frame.groupby(["cycle", "dept"], observed=True)[["A", "DE"]].agg(["mean", "count"])
    most, least = policy("apr.max_A"), policy("apr.min_DE")
    for (cycle, code), group in shares[shares["A", "count"] >= policy("apr.dist_min_n")].iterrows():
        high, low = group["A", "mean"], group["DE", "mean"]
        if high > most + 1e-9 or low < least - 1e-9:
            yield sheet_finding(dept=Dept.labels()[code], cycle=cycle, high=high, low=low, most=most, least=least)


@rule("APR-008", at="appraisals.employee_id", clause="四(二)3", severity=WARNING, scope="centre",
      en="{name} has no approved appraisal for {cycle}", zh="{name} {cycle} 未考核",
      fix=Text("Appraise, or record why not.", "完成考核，或说明原因。"))  # fmt: skip
def everybody_is_appraised(appraisals: Appraisals, employees: Employees, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Every active employee of the centre past probation, the director aside, has an approved appraisal of the last closed cycle.
    中心转正在职员工（主任除外）均有上一周期已批准的考核。"""
    length = policy("apr.cycle")
    first, end = last_closed(today, CYCLES[length])
    cycle = cycle_name(end, length)
    there = _approved(appraisals)
    staff = employees[(employees.status == "active") & employees.department.isin([*policy("org.centre_depts")])]
    staff = staff[(staff.role != "director") & (staff.hire_date <= first)]
    missing = staff[~is_in(staff.employee_id, there.employee_id[there.cycle == cycle])]
    for employee, name in zip(missing.employee_id, missing.name, strict=True):
        yield sheet_finding(name=f"{name} {employee}", cycle=cycle)


@rule("APR-009", at="appraisals.appraiser_id", clause="四(二)2", severity=WARNING, scope="centre",
      en="{appraiser_id} scores {mean} on average in {cycle}, all together {overall}", zh="考核人 {appraiser_id} {cycle} 平均分 {mean}，全体平均 {overall}，偏松或偏严",
      fix=Text("Calibrate the appraiser's scores.", "校准该考核人的评分。"))  # fmt: skip
def appraisers_are_alike(appraisals: Appraisals, policy: Policy) -> Rows:
    """The mean of an appraiser with three scores and more lies near the mean of all. 考核三人以上的考核人，平均分与全体平均之差在规定范围内。"""
    rows = appraisals[appraisals.raw_score.notna() & ~blank(appraisals.appraiser_id, appraisals.cycle)]
    if len(rows) == 0:
        return None
    group = parties(rows.cycle, rows.appraiser_id)
    own, overall = rows.raw_score.groupby(group), rows.raw_score.groupby(rows.cycle.astype(object)).transform("mean")
    off = (own.transform("mean") - overall).abs() > policy("apr.leniency", rows) + 1e-9
    return rows.assign(mean=own.transform("mean"), overall=overall)[off & (own.transform("count") >= 3) & ~group.duplicated()]


# ------------------------------------------------------------------------------------------------ figures


@figure("F-12", at="appraisals.perf_kpi", en="KPI score of a person", zh="个人指标得分", kind=Score, clause="三(四)1", source="weighted scorecard")
def perf_kpi(appraisals: Appraisals, kpis: Kpis, kpi_data: KpiData, policy: Policy) -> pd.Series:
    """The mean of the verified scores of each of the person's KPIs in the cycle, by the KPIs' weights; a KPI in force without
    data is left out, or counts 0 where policy says so. 个人各指标在考核周期内已核实得分的均值按权重合计；缺数的按规定不计或计0分。"""
    mine = kpis[~blank(kpis.employee_id) & kpis.status.isin(["approved", "closed"])]
    known = kpi_data[kpi_data.status == "verified"]
    values = pd.DataFrame({"kpi": known.kpi_id.astype(object), "period": known.period.astype(object), "score": known.score})
    owned = pd.DataFrame({"kpi": mine.kpi_id.astype(object), "who": mine.employee_id.astype(object), "weight": mine.weight,
                          "since": mine.valid_from, "until": mine.valid_to})  # fmt: skip
    zero, found = policy("kpi.missing") == "zero", {}
    for who, cycle in {(w, c) for w, c in zip(appraisals.employee_id, appraisals.cycle, strict=True) if isinstance(w, str) and isinstance(c, str)}:
        end = cycle_end(cycle)
        own = owned[owned["who"] == who]
        if pd.isna(end) or own.empty:
            continue
        length = next(n for n in CYCLES if is_cycle(cycle, n))
        first = end + pd.Timedelta(days=1) - pd.DateOffset(months=CYCLES[length])
        within = values[values["period"].between(f"{first:%Y-%m}", f"{end:%Y-%m}")].groupby("kpi")["score"].mean()
        scores = own["kpi"].map(within)
        if zero:
            scores = scores.mask(scores.isna() & (own["since"] <= end) & ~(own["until"] < first), 0.0)
        weights = own["weight"][scores.notna()]
        if weights.sum() > 0:
            found[who, cycle] = float(cents((scores * weights).sum() / weights.sum()))
    return pd.Series([found.get((w, c), np.nan) for w, c in zip(appraisals.employee_id, appraisals.cycle, strict=True)], index=appraisals.index, dtype=float)


@figure("F-14", at="appraisals.raw_score", en="Appraisal raw score", zh="考核原始得分", kind=Score, clause="四(二)2",
        source="Frappe HR appraisal.py (weighted score)")  # fmt: skip
def raw_score(appraisals: Appraisals, employees: Employees, policy: Policy) -> pd.Series:
    """The three scores by the weights of the post class, with bonus and deductions, from 0 to the maximum.
    三项得分按岗位类别权重合计，加加分、减扣分，不低于0、不高于满分。"""
    post = xlookup(appraisals.employee_id, employees.employee_id, employees.post_class)
    scores = [appraisals.column(f"{aspect}_score") for aspect in ASPECTS]
    total = weighted(scores, [policy(f"apr.w.{aspect}", appraisals, post) for aspect in ASPECTS])
    bonus = np.fmin(appraisals.bonus_points.fillna(0), policy("apr.bonus_cap", appraisals))
    return np.clip(total + bonus - appraisals.deduct_points.fillna(0), 0, policy("apr.max", appraisals))


@figure("F-15", at="appraisals.final_score", en="Final score", zh="最终得分", kind=Score, clause="四(二)2", source="performance calibration practice")
def final_score(appraisals: Appraisals, policy: Policy) -> pd.Series:
    """The calibrated score that was typed, else the raw score calibrated over appraisers as policy says, from 0 to the maximum.
    填写的校准得分优先，否则按规定方法校准原始得分；不低于0、不高于满分。"""
    by_policy = calibrated(appraisals.raw_score, appraisals.appraiser_id, appraisals.cycle,
                           np.asarray(policy("apr.calibration", appraisals)), policy("apr.cal_min_n", appraisals))  # fmt: skip
    chosen = appraisals.calibrated_score.fillna(by_policy)
    return pd.Series(cents(np.clip(chosen, 0, policy("apr.max", appraisals))), index=appraisals.index)


@figure("F-16", at="appraisals.grade", en="Grade", zh="考核等级", kind=Grade, clause="四(二)3", source="Policy choice")
def grade(appraisals: Appraisals, policy: Policy) -> pd.Series:
    """The first band that the final score reaches: A, B, C, D, else E. 最终得分达到的第一个等级，均未达到为E。"""
    score = appraisals.final_score
    reached = [np.asarray(score >= policy(f"apr.band.{g}", appraisals)) for g in GRADES[:-1]]
    return graded(pd.Series(np.select(reached, GRADES[:-1], "E")).where(score.notna().to_numpy()), GRADES, appraisals.index)


@figure("F-16", at="appraisals.rank", en="Rank", zh="排名", kind=Count, clause="四(二)3", source="RANK.EQ")
def rank(appraisals: Appraisals) -> pd.Series:
    """The place among the cycle's final scores; equal scores share one. 同周期最终得分排名，同分同名次。"""
    return appraisals.final_score.groupby(appraisals.cycle.astype(object)).rank(method="min", ascending=False)


@figure("F-17", at="appraisals.pay_coeff", en="Pay coefficient", zh="绩效系数", kind=Quantity, clause="四(二)3", source="regulation 四(二)3")
def pay_coeff(appraisals: Appraisals, policy: Policy) -> pd.Series:
    """What the grade is worth in performance pay. 等级对应的绩效系数。"""
    return policy("apr.coeff", appraisals, appraisals.grade)


@figure("F-17", at="appraisals.promotion", en="Promotion eligible", zh="晋升资格", kind=Yesno, clause="四(二)3", source="regulation 四(二)3")
def promotion(appraisals: Appraisals, policy: Policy) -> pd.Series:
    """Whether this and the person's cycles before it, as many as policy asks for, are all at the grade for promotion or better.
    本期及之前共规定期数的考核均达到晋升等级。"""
    most = GRADES.index(policy("apr.promo_grade"))
    good = (appraisals.grade.cat.codes <= most) & ~blank(appraisals.grade, appraisals.employee_id)
    frame = pd.DataFrame({"who": appraisals.employee_id.cat.codes, "end": [cycle_end(str(c)) for c in appraisals.cycle], "good": good})
    n = int(policy("apr.promo_n"))
    run = frame.sort_values(["who", "end"]).groupby("who")["good"].transform(lambda g: g.rolling(n, min_periods=n).sum())
    return graded(np.where(run.reindex(appraisals.index) == n, "Y", "N"), ["Y", "N"], appraisals.index)


@figure("F-17", at="appraisals.reward_share", en="Reward suggestion", zh="奖励建议比例", kind=Quantity, clause="四(二)3", source="regulation 四(二)3")
def reward_share(appraisals: Appraisals, policy: Policy) -> pd.Series:
    """The reward of the grade as a multiple of the monthly performance base. 等级对应的奖励建议（绩效工资基数的倍数）。"""
    return policy("apr.reward", appraisals, appraisals.grade)
