"""Acceptance 项目验收: application with its three papers, review of four aspects, conclusion and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import cents, differ, how_many, twins, xlookup
from opsbook.formulas.scoring import weighted
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Code,
    Count,
    Day,
    Line,
    Money,
    Path,
    Policy,
    Prose,
    Rows,
    Score,
    Several,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    figure,
    rule,
    unfilled,
)  # fmt: skip
from opsbook.lists import Dept, DocStatus, ReviewResult

if TYPE_CHECKING:
    from opsbook.columns import Acceptance as Applications
    from opsbook.columns import Projects


OPERATIONS = Text("Operations Management", "运营管理部")
OWNER = Text("the project owner", "项目负责人")
ASPECTS = ("goal", "quality", "cost", "docs")
HANDED_IN = DocStatus.since("submitted")


class Acceptance(Sheet, key="acceptance", id="acceptance_id", dated_by="applied_on"):
    """Acceptance application, four-aspect review and acceptance report. 验收申请、四方面评审和验收报告。"""

    clauses = ("二(二)4④", "三(三)1", "三(三)2", "三(三)3")
    tab = Text("Acceptance", "项目验收")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", OWNER, by="applicant_id"),
            Step("submitted", "returned", Text("Operations Management, papers missing", "运营管理部（资料不全）"), by="ops"),
            Step("submitted", "approved", Text("Operations Management, reviewed with pass or conditions", "运营管理部（评审通过或有条件通过）"), by="ops"),
            Step("submitted", "rejected", Text("Operations Management, failed: a new round", "运营管理部（不通过，重新申请）"), by="ops"),
            Step("draft submitted returned", "cancelled", OWNER, by="applicant_id"),
            Step("approved", "closed", Text("Operations Management issues the report", "运营管理部出具报告"), by="ops"),
        ),
        makers=(Actor("applicant_id", "applied_on"),),
        checkers=(Actor("approver_id", "approved_on"), Actor("conditions_verified_by", "conditions_verified_on")),
        dates=("applied_on", "review_on", "approved_on", "report_on"),
        submitted="applied_on",
        waiting=("submitted",),
        approved=("approved", "closed"),
        done=("closed", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("report_no", "report_on", "conditions_verified_by", "conditions_verified_on"),
    )  # fmt: skip

    acceptance_id: Code = column(
        "Acceptance ID", "验收编号", form="ACC-yyyy-nnn", unique=True, example="ACC-2026-001"
    )
    project_id: Code = column("Project", "项目", ref="projects.project_id", example="PRJ-2026-001")
    round_no: Count = column("Round", "次数", ge=1, example=1.0)
    applicant_id: Code = column("Applicant", "申请人", ref="employees.employee_id", example="EMP-0005")
    applied_on: Day = column("Applied On", "申请日期", check="[applied_on] <= TODAY()", example="2026-09-01")
    result_report: Path = column("Result Report", "成果报告", example="成果报告.pdf")
    summary_report: Path = column("Implementation Summary", "实施总结", example="实施总结.pdf")
    final_account: Path = column("Final Account", "财务决算", example="财务决算.xlsx")
    final_cost: Money = column("Final Cost", "决算金额", ge=0, example=100000.0)
    review_on: Day | None = column(
        "Review Date", "评审日期", required_when='IN([status], "approved", "rejected", "closed")',
        check="[review_on] >= [applied_on]", view="review", example="2026-09-10",
    )  # fmt: skip
    review_depts: Several[Dept] | None = column(
        "Review Departments", "参评部门", required_by="ACC-002", view="review", example="ops_mgmt;finance"
    )
    score_goal: Score | None = column(
        "Goal Score", "目标完成得分", required_by="ACC-002", view="review", example=90.0
    )
    score_quality: Score | None = column(
        "Quality Score", "项目质量得分", required_by="ACC-002", view="review", example=90.0
    )
    score_cost: Score | None = column(
        "Cost Control Score", "成本控制得分", required_by="ACC-002", view="review", example=90.0
    )
    score_docs: Score | None = column(
        "Documents Score", "文档管理得分", required_by="ACC-002", view="review", example=90.0
    )
    opinion_goal: Prose | None = column(
        "Goal Opinion", "目标完成意见", required_by="ACC-002", view="review", example="达到要求"
    )
    opinion_quality: Prose | None = column(
        "Quality Opinion", "项目质量意见", required_by="ACC-002", view="review", example="达到要求"
    )
    opinion_cost: Prose | None = column(
        "Cost Opinion", "成本控制意见", required_by="ACC-002", view="review", example="达到要求"
    )
    opinion_docs: Prose | None = column(
        "Documents Opinion", "文档管理意见", required_by="ACC-002", view="review", example="达到要求"
    )
    total_score: Score | None = column("Total Score", "验收总分", computed=True, view="review")
    conclusion: ReviewResult | None = column(
        "Conclusion", "验收结论", required_when='IN([status], "approved", "rejected", "closed")', view="review",
        example="pass",
    )  # fmt: skip
    conditions: Prose | None = column(
        "Conditions", "整改条件", required_when='[conclusion] = "conditional"', view="review",
        example="补齐用户手册",
    )  # fmt: skip
    conditions_due: Day | None = column(
        "Conditions Due", "整改期限", required_when='[conclusion] = "conditional"',
        check="[conditions_due] >= [review_on]", view="review", example="2026-10-31",
    )  # fmt: skip
    conditions_verified_by: Code | None = column(
        "Conditions Verified By", "整改验证人", ref="employees.employee_id",
        required_when='AND([conclusion] = "conditional", [status] = "closed")', view="review", example="EMP-0004",
    )  # fmt: skip
    conditions_verified_on: Day | None = column(
        "Conditions Verified On", "整改验证日期",
        required_when='AND([conclusion] = "conditional", [status] = "closed")',
        check="[conditions_verified_on] >= [review_on]", view="review", example="2026-09-25",
    )  # fmt: skip
    report_no: Line | None = column(
        "Report No", "验收报告编号", required_by="ACC-004", view="review", example="YSBG-2026-001"
    )
    report_on: Day | None = column(
        "Report Date", "报告日期", required_by="ACC-004", view="review", example="2026-09-20"
    )
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0004",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', check="[approved_on] >= [applied_on]",
        view="review", example="2026-09-15",
    )  # fmt: skip
    status: DocStatus = column("Status", "状态", example="draft")


@rule("ACC-001", at="acceptance.result_report", clause="三(三)1",
      en="Acceptance papers are missing: {column}", zh="验收资料不全：{column}",
      fix=Text("Attach the paper and enter its file.", "补充资料并填写文件名。"))  # fmt: skip
def papers_are_there(acceptance: Applications) -> Breaches:
    """An application that was handed in has its result report, summary and final account. 已提交的验收申请附成果报告、实施总结和财务决算。"""
    handed_in = acceptance[acceptance.status.isin(HANDED_IN)]
    yield from unfilled(handed_in, "result_report", "summary_report", "final_account")


@rule("ACC-002", at="acceptance.review_depts", clause="三(三)2",
      en="{n} departments reviewed, policy asks for {least}", zh="参评部门 {n} 个，规定至少 {least} 个",
      fix=Text("Complete the joint review of all four aspects.", "补全四方面的联合评审。"))  # fmt: skip
def four_aspects_are_reviewed(acceptance: Applications, policy: Policy) -> Breaches:
    """A decided application has a score and an opinion on each aspect, from as many departments as policy asks for.
    已评审的申请须有四方面得分和意见，参评部门达到规定个数。"""
    decided = acceptance[acceptance.status.isin(["approved", "rejected", "closed"])]
    decided = decided.assign(n=how_many(decided.review_depts), least=policy("project.review_min_depts", decided))
    yield decided[decided.column("n") < decided.column("least")]
    yield from unfilled(decided, *(f"{part}_{aspect}" for aspect in ASPECTS for part in ("score", "opinion")),
                         message=Text("The review lacks its {column}", "评审缺少“{column}”"))  # fmt: skip


@rule("ACC-003", at="acceptance.conclusion", clause="三(三)2",
      en="A score of {total_score} is too low for {conclusion}, which takes {least}", zh="验收总分 {total_score} 未达到{conclusion}标准 {least}",
      fix=Text("Correct the conclusion, or the scores.", "更正验收结论或得分。"))  # fmt: skip
def scores_carry_the_conclusion(acceptance: Applications, policy: Policy) -> Breaches:
    """A pass takes the pass mark in all and the least mark in each aspect, a conditional pass its own mark.
    通过须总分和各单项均达标，有条件通过须达到相应分数。"""
    for conclusion, key in (("pass", "accept.pass"), ("conditional", "accept.conditional")):
        rows = acceptance[acceptance.conclusion == conclusion]
        rows = rows.assign(least=policy(key, rows))
        yield rows[rows.total_score < rows.column("least")]
    passed = acceptance[acceptance.conclusion == "pass"]
    passed = passed.assign(least=policy("accept.aspect_min", passed))
    for aspect in ASPECTS:
        yield Breach(passed.assign(score=passed.column(f"score_{aspect}"))[passed.column(f"score_{aspect}") < passed.column("least")], at=f"score_{aspect}",
                     message=Text("{score} is below {least}, the least of an aspect for a pass", "单项得分 {score} 低于通过所需的 {least}"))  # fmt: skip


@rule("ACC-004", at="acceptance.report_no", clause="三(三)3",
      en="The acceptance report was not issued: {column} is missing", zh="未出具项目验收报告：缺少“{column}”",
      fix=Text("Issue the report, then enter its number and day.", "出具验收报告，并填写编号和日期。"))  # fmt: skip
def closed_projects_have_a_report(acceptance: Applications) -> Breaches:
    """A closed acceptance has a report, dated on or after the review, and was passed, if on conditions.
    已关闭的验收须有报告，报告日期不早于评审日期，结论为通过或有条件通过。"""
    closed = acceptance[acceptance.status == "closed"]
    yield from unfilled(closed, "report_no", "report_on")
    yield Breach(closed[closed.report_on < closed.review_on], at="report_on",
                 message=Text("The report of {report_on} is older than the review of {review_on}", "报告日期 {report_on} 早于评审日期 {review_on}"))  # fmt: skip
    yield Breach(closed[closed.conclusion == "fail"], at="conclusion",
                 message=Text("A failed project cannot be closed", "评审不通过的项目不能关闭"))  # fmt: skip


@rule("ACC-005", at="acceptance.final_cost", clause="三(三)1", severity=WARNING, scope="book",
      en="Final account {final_cost} differs from the booked cost {ac:money} by {off:money}", zh="决算金额 {final_cost} 与账面成本 {ac:money} 相差 {off:money}",
      fix=Text("Book what is missing, or correct the final account.", "补记账目，或更正决算。"))  # fmt: skip
def final_accounts_agree(acceptance: Applications, projects: Projects, policy: Policy) -> Rows:
    """The final account agrees with the project's booked actual cost within the tolerance. 决算金额与项目账面成本之差在允许范围内。"""
    live = acceptance.live
    ac = xlookup(live.project_id, projects.project_id, projects.ac)
    off = cents(np.abs(live.final_cost - ac))
    return live.assign(ac=ac, off=off)[off > policy("accept.cost_tolerance", live) * np.maximum(ac, 1) + 1e-6]


@rule("ACC-006", at="acceptance.score_cost", clause="三(三)2", severity=WARNING, scope="book",
      en="The cost score is {score_cost} although {final_cost} was spent of a budget of {bac:money}",
      zh="预算 {bac:money}、决算 {final_cost}，成本控制得分 {score_cost} 偏高",
      fix=Text("Score cost control below the pass mark, or explain in the opinion.", "降低成本控制得分，或在意见中说明。"))  # fmt: skip
def overruns_score_low(acceptance: Applications, projects: Projects, policy: Policy) -> Rows:
    """A project that overran its budget by more than policy allows scores below the pass mark in cost control.
    超支超过规定比例的项目，成本控制得分应低于通过分。"""
    live = acceptance.live
    bac = xlookup(live.project_id, projects.project_id, projects.bac)
    over = live.final_cost > bac * (1 + policy("accept.over_rate", live)) + 1e-6
    return live.assign(bac=bac)[over & (live.score_cost >= policy("accept.pass", live))]


# Not in DOMAIN.md: the Constraints of acceptance.project_id, applicant_id and applied_on, which read other rows and sheets.
@rule("ACC-007", at="acceptance.project_id", clause="三(三)1", scope="book",
      en="{project_id} has another open application, {other}", zh="{project_id} 已有未结的验收申请 {other}",
      fix=Text("Finish one application before the next.", "先办结前一申请。"))  # fmt: skip
def applications_fit_their_project(acceptance: Applications, projects: Projects) -> Breaches:
    """A project has one open application, made by its owner, after its actual end.
    一个项目只有一份未结申请，由项目负责人在实际完成后提出。"""
    waiting = acceptance.open
    yield twins(waiting, waiting.project_id)
    owner = xlookup(waiting.project_id, projects.project_id, projects.owner_id)
    yield Breach(waiting.assign(owner=owner)[differ(waiting.applicant_id, owner)], at="applicant_id",
                 message=Text("{applicant_id} is not the project owner, {owner}", "{applicant_id} 不是项目负责人 {owner}"),
                 fix=Text("Let the project owner apply.", "由项目负责人申请。"))  # fmt: skip
    ended = xlookup(waiting.project_id, projects.project_id, projects.actual_end)
    yield Breach(waiting.assign(ended=ended)[waiting.applied_on < ended], at="applied_on",
                 message=Text("Applied on {applied_on}, before the project ended on {ended}", "申请日期 {applied_on} 早于项目实际结束 {ended}"),
                 fix=Text("Correct one of the two days.", "更正其中一个日期。"))  # fmt: skip


@figure("F-09", at="acceptance.total_score", en="Acceptance score", zh="验收总分", kind=Score, clause="三(三)2", source="Policy choice")
def total_score(acceptance: Applications, policy: Policy) -> pd.Series:
    """The scores of goal, quality, cost and documents by their weights; blank until all four are there.
    目标、质量、成本、文档四项得分按权重合计；缺项为空。"""
    scores = [acceptance.column(f"score_{aspect}") for aspect in ASPECTS]
    return weighted(scores, [policy(f"accept.w.{aspect}", acceptance) for aspect in ASPECTS])
