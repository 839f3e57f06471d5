"""Projects 项目: proposal, joint review, approval, task letter; and how they stand (earned value)."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved_all
from opsbook.formulas.lookup import (
    blank,
    countif,
    days_between,
    differ,
    how_many,
    is_in,
    latest,
    length,
    sumif,
    twins,
    xlookup,
)  # fmt: skip
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
    Policy,
    Prose,
    Quantity,
    Rows,
    Score,
    Several,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    rule,
)  # fmt: skip
from opsbook.lists import Dept, Health, ReviewResult

if TYPE_CHECKING:
    from opsbook.columns import Acceptance, Budget, Checks, Employees, Plans, Projects


class ProjectType(Choices):
    """What a project is for."""

    PROCESS = "process", "Process optimisation", "流程优化"
    PRODUCT = "product", "Product operation", "产品运营"
    MARKETING = "marketing", "Marketing", "市场推广"
    SERVICE = "service", "Service upgrade", "服务提升"
    DATA = "data", "Data and system", "数据系统"
    OTHER = "other", "Other", "其他"


class ProjectStatus(Choices):
    """Where a project stands in its life."""

    DRAFT = "draft", "Draft", "草稿"
    IN_REVIEW = "in_review", "In review", "评审中"
    REVIEW_PASSED = "review_passed", "Review passed", "评审通过"
    APPROVED = "approved", "Approved (established)", "已立项"
    IN_PROGRESS = "in_progress", "In progress", "实施中"
    SUSPENDED = "suspended", "Suspended", "已暂停"
    ACCEPT_PENDING = "accept_pending", "Acceptance pending", "待验收"
    ACCEPTED = "accepted", "Accepted", "已验收"
    RETURNED = "returned", "Returned", "退回修改"
    REJECTED = "rejected", "Rejected", "已否决"
    CANCELLED = "cancelled", "Terminated", "已终止"
    OFF_PATH = nonmember(frozenset({"returned", "rejected", "cancelled"}))


OPS = Text("Operations Management", "运营管理部")
DIRECTOR = Text("the director", "中心主任")
REVIEWED = ProjectStatus.since("review_passed")
ESTABLISHED = ProjectStatus.since("approved")


class Project(Sheet, key="projects", id="project_id", dated_by="start_on", scoped_by=("department", "project_type")):
    """Proposal, review, approval, task letter and life-cycle status of operation projects.
    运营项目的策划、评审、审批、任务书与实施状态。"""

    clauses = ("二(二)3③", "三(一)1", "三(一)2", "三(一)3", "三(一)4")
    tab = Text("Projects", "项目")
    workflow = Workflow(
        steps=(
            Step("draft returned", "in_review", Text("Operations Management (proposer)", "运营管理部（提出人）"), by="ops"),
            Step("in_review", "review_passed", Text("Operations Management records the joint review", "运营管理部记录联合评审"), by="ops"),
            Step("in_review", "returned", OPS, by="ops"),
            Step("review_passed", "approved", Text("the director, with the task letter", "中心主任（下达任务书）"), by="director"),
            Step("in_review review_passed", "rejected", DIRECTOR, by="director"),
            Step("approved", "in_progress", Text("the project owner, once tasks are planned", "项目负责人（任务已列）"), by="owner_id"),
            Step("in_progress", "suspended", Text("the director, by an approved change", "中心主任（经批准的变更）"), by="director"),
            Step("suspended", "in_progress", DIRECTOR, by="director"),
            Step("in_progress", "accept_pending", Text("the project owner, with the acceptance application", "项目负责人（提交验收申请）"), by="owner_id"),
            Step("accept_pending", "accepted", Text("Operations Management, with the report", "运营管理部（出具验收报告）"), by="ops"),
            Step("accept_pending", "in_progress", Text("Operations Management, where acceptance failed", "运营管理部（验收未通过）"), by="ops"),
            Step("draft in_review returned", "cancelled", Text("the proposer", "提出人"), by="proposer_id"),
            Step("approved in_progress suspended", "cancelled", DIRECTOR, by="director"),
        ),
        makers=(Actor("proposer_id"), Actor("owner_id")),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("review_on", "approved_on", "task_letter_on", "actual_start", "actual_end"),
        submitted="review_on",
        waiting=("in_review", "review_passed", "accept_pending"),
        approved=("approved", "in_progress", "suspended", "accept_pending", "accepted"),
        done=("accepted", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("actual_start", "actual_end", "owner_id", "end_on", "budget_total"),
    )  # fmt: skip

    project_id: Code = column("Project ID", "项目编号", form="PRJ-yyyy-nnn", unique=True, example="PRJ-2026-001")
    name: Line = column("Project Name", "项目名称", example="客服流程优化")
    project_type: ProjectType = column("Type", "项目类型", example="process")
    plan_id: Code = column("Strategy / Annual Goal", "对应战略或年度目标", ref="plans.plan_id", example="PLN-2026-0001")
    background: Prose = column("Background", "项目背景", example="投诉量持续上升，平均答复时间超过八小时，客户满意度下降。")
    objective: Prose = column("Objective", "项目目标", help=Text("Measurable.", "须可衡量。"),
                              example="年底前平均答复时间降至四小时以内，满意度提高到百分之九十。")  # fmt: skip
    content: Prose = column("Content", "项目内容", example="梳理受理流程，重建知识库，调整排班，上线工单系统并培训全体客服。")
    plan_outline: Prose = column("Implementation Plan", "实施计划", example="三月调研，五月设计，八月上线试运行，十一月验收总结。")
    budget_total: Money = column("Budget", "项目预算", gt=0, example=100000.0)
    budget_id: Code | None = column(
        "Budget Line", "预算科目行", ref="budget.budget_id", required_when='FROM([status], "approved")', view="review",
        example="BUD-2026-001",
    )  # fmt: skip
    department: Dept = column("Lead Department", "牵头部门", example="ops_mgmt")
    proposer_id: Code = column("Proposer", "提出人", ref="employees.employee_id", example="EMP-0012")
    owner_id: Code | None = column(
        "Project Owner", "项目负责人", ref="employees.employee_id", required_when='FROM([status], "review_passed")',
        example="EMP-0013",
    )  # fmt: skip
    start_on: Day = column("Planned Start", "计划开始", example="2026-01-01")
    end_on: Day = column("Planned End", "计划结束", check="[end_on] >= [start_on]", example="2026-12-31")
    review_on: Day | None = column(
        "Review Date", "评审日期", required_when='FROM([status], "review_passed")', view="review", example="2026-01-10"
    )
    review_depts: Several[Dept] | None = column(
        "Review Departments", "参评部门", required_by="PRJ-003", view="review", example="ops_mgmt;finance"
    )
    review_score: Score | None = column(
        "Review Score", "评审得分", required_when='FROM([status], "review_passed")', view="review", example=85.0
    )
    review_opinion: Prose | None = column("Review Opinion", "评审意见", required_by="PRJ-003", view="review", example="同意立项")
    review_result: ReviewResult | None = column("Review Result", "评审结论", required_by="PRJ-003", view="review", example="pass")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="PRJ-004", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column("Approved On", "批准日期", required_by="PRJ-004", view="review", example="2026-01-20")
    task_letter_no: Code | None = column(
        "Task Letter No", "任务书编号", form="RWS-yyyy-nnn", required_by="PRJ-005", unique=True, view="review",
        example="RWS-2026-001",
    )  # fmt: skip
    task_letter_on: Day | None = column("Task Letter Date", "任务书下达日期", required_by="PRJ-005", view="review",
                                        example="2026-01-25")  # fmt: skip
    actual_start: Day | None = column(
        "Actual Start", "实际开始", required_when='FROM([status], "in_progress")', view="review", example="2026-02-01"
    )
    actual_end: Day | None = column(
        "Actual End", "实际结束", required_when='FROM([status], "accept_pending")', check="[actual_end] >= [actual_start]",
        view="review", example="2026-08-31",
    )  # fmt: skip
    status: ProjectStatus = column("Status", "状态", example="draft")
    bac: Money | None = column("BAC", "完工预算", computed=True, view="finance")
    pv: Money | None = column("PV", "计划价值", computed=True, view="finance")
    ev: Money | None = column("EV", "挣值", computed=True, view="finance")
    ac: Money | None = column("AC", "实际成本", computed=True, view="finance")
    spi: Quantity | None = column("SPI", "进度绩效指数", computed=True, view="finance")
    cpi: Quantity | None = column("CPI", "成本绩效指数", computed=True, view="finance")
    eac: Money | None = column("EAC", "完工估算", computed=True, view="finance")
    health: Health | None = column("Health", "健康度", computed=True, view="finance")


@rule("PRJ-001", at="projects.objective", clause="三(一)2",
      en="The proposal is incomplete: {column} has {n} of at least {least} characters",
      zh="策划方案内容不完整：{column} 仅 {n} 字，至少 {least} 字",
      fix=Text("Describe background, objective, content and plan, each in a sentence or two.", "分别写明背景、目标、内容和实施计划。"))  # fmt: skip
def proposals_are_complete(projects: Projects, policy: Policy) -> Breaches:
    """Background, objective, content and implementation plan are each described at the length that policy asks for.
    项目背景、目标、内容、实施计划均达到规定字数。"""
    least = policy("project.min_text", projects)
    for name in ("background", "objective", "content", "plan_outline"):
        n = length(projects.column(name))
        short = projects.assign(n=n.astype(float), least=least)[(n > 0) & (n < least)]
        yield Breach(short, at=name, values={"column": projects.sheet.columns[name].header})


@rule("PRJ-002", at="projects.proposer_id", clause="三(一)1",
      en="{proposer_id} does not work in Operations Management, which proposes projects",
      zh="{proposer_id} 不属于运营管理部，项目须由运营管理部提出",
      fix=Text("Name a proposer of Operations Management; the lead department may be another.", "由运营管理部人员提出，牵头部门可另定。"))  # fmt: skip
def proposers_work_in_operations(projects: Projects, employees: Employees, policy: Policy) -> Rows:
    """The proposer works in the department that plays Operations Management. 提出人属于运营管理部。"""
    rows = projects.open
    department = xlookup(rows.proposer_id, employees.employee_id, employees.department)
    return rows[differ(department, policy("org.dept.ops"))]


@rule("PRJ-003", at="projects.review_depts", clause="三(一)3",
      en="Joint review is missing or not passed: {what}", zh="缺少联合评审或评审未通过：{what}",
      fix=Text("Record the review by the departments, its opinion and a result of pass or conditional pass.",
               "记录各部门评审、意见及通过或有条件通过的结论。"))  # fmt: skip
def reviewed_before_approval(projects: Projects, policy: Policy) -> Breaches:
    """From "review passed" on there are enough review departments, an opinion, and a result of pass or conditional.
    评审通过及以后，须有足够的参评部门、评审意见及通过或有条件通过的结论。"""
    rows = projects[projects.status.isin(REVIEWED)]
    n, least = how_many(rows.review_depts).astype(float), policy("project.review_min_depts", rows)
    few = rows.assign(what=Text("too few review departments", "参评部门不足"))[n < least]
    yield few
    yield Breach(rows[blank(rows.review_opinion)], at="review_opinion", values={"what": Text("no opinion", "无评审意见")})
    failed = rows[~rows.review_result.isin(["pass", "conditional"])]
    yield Breach(failed, at="review_result", values={"what": Text("no passing result", "结论未通过")})


@rule("PRJ-004", at="projects.approver_id", clause="三(一)3",
      en="Approval by the centre director on or after the review is required", zh="须经中心主任在评审之后审批",
      fix=Text("Enter the director and the date of approval.", "填写中心主任及批准日期。"))  # fmt: skip
def approved_by_the_director(projects: Projects, employees: Employees, policy: Policy) -> Breaches:
    """An established project was approved by the director, not before its review. 已立项项目由中心主任批准，且不早于评审日期。"""
    rows = projects[projects.status.isin(ESTABLISHED)]
    parties = [rows.proposer_id, rows.owner_id]
    entitled = director_approved_all(rows.approver_id, parties, employees, policy("org.superior"))
    yield rows[~entitled]
    yield Breach(rows[blank(rows.approved_on) | (rows.approved_on < rows.review_on)], at="approved_on")


@rule("PRJ-005", at="projects.task_letter_no", clause="三(一)4",
      en="Task letter is missing or dated before the approval", zh="未下达项目任务书，或日期早于批准日期",
      fix=Text("Issue the task letter: number and date, on or after the approval.", "下达任务书并填写编号与日期，日期不早于批准日期。"))  # fmt: skip
def task_letters_are_issued(projects: Projects) -> Breaches:
    """An established project has a task letter, dated on or after its approval. 已立项项目须下达任务书，日期不早于批准日期。"""
    rows = projects[projects.status.isin(ESTABLISHED)]
    yield rows[blank(rows.task_letter_no)]
    undated = blank(rows.task_letter_on) | (rows.task_letter_on < rows.approved_on)
    yield Breach(rows[undated], at="task_letter_on")


@rule("PRJ-006", at="projects.status", clause="三(二)1", scope="book",
      en="{name} is in progress without a detailed implementation plan", zh="{name} 实施中但缺少详细实施计划",
      fix=Text("Enter its tasks in Plans.", "在计划表中列出其任务。"))  # fmt: skip
def running_projects_have_tasks(projects: Projects, plans: Plans) -> Rows:
    """A project in progress has at least one task that is not cancelled (PLN-002 asks for owner and standard).
    实施中的项目至少有一项未取消的任务。"""
    tasks = plans[(plans.level == "task") & (plans.status != "cancelled")]
    running = projects[projects.status == "in_progress"]
    return running[countif(running.project_id, tasks.project_id) == 0]


@rule("PRJ-007", at="projects.budget_total", clause="五(一)3", severity=WARNING, scope="book",
      en="Project budget {budget_total} exceeds what {budget_id} has left for it, {free:money}",
      zh="项目预算 {budget_total} 超过预算行 {budget_id} 可用于本项目的 {free:money}",
      fix=Text("Choose an approved line with enough budget, or have it adjusted.", "选择已批准且额度足够的预算行，或办理预算调整。"))  # fmt: skip
def project_budgets_fit_their_line(projects: Projects, budget: Budget) -> Rows:
    """The budgets of the approved projects on a line together stay within its adjusted budget (spending does not count).
    同一预算行上已立项项目预算合计不超过调整后预算。"""
    established = projects[projects.status.isin(ESTABLISHED)]
    approved = established[established.status != "accepted"]
    others = sumif(approved.budget_id, established.budget_id, established.budget_total) - approved.budget_total
    free = xlookup(approved.budget_id, budget.budget_id, budget.adjusted) - others
    usable = xlookup(approved.budget_id, budget.budget_id, budget.status).isin(["approved", "closed"])
    return approved.assign(free=free)[(approved.budget_total > free + 0.005) | (~usable & free.notna())]


@rule("PRJ-010", at="projects.health", clause="三(二)3", severity=WARNING, scope="book",
      en="Health of {name} is red (SPI {spi}, CPI {cpi})", zh="{name} 健康度为红（SPI {spi}，CPI {cpi}）",
      fix=Text("Find the cause; correct the plan or ask for a change.", "查明原因，采取纠正措施或申请变更。"))  # fmt: skip
def running_projects_are_healthy(projects: Projects, today: pd.Timestamp) -> Breaches:
    """SPI and CPI of a project in progress, after its planned end SPI(t) and CPI, are at least the amber threshold.
    实施中项目的SPI、CPI（过计划结束日后为SPI(t)、CPI）不低于黄灯阈值。"""
    red = projects[(projects.status == "in_progress") & (projects.health == "red")]
    late = red.end_on < today
    yield red[~late]
    yield Breach(red[late], message=Text("Health of {name} is red (SPI(t) {spi_t}, CPI {cpi})", "{name} 健康度为红（SPI(t) {spi_t}，CPI {cpi}）"))


# Not in DOMAIN.md: the Constraints of projects.plan_id and projects.name, which read other rows.
@rule("PRJ-012", at="projects.plan_id", clause="三(一)1", scope="book",
      en="{what}", zh="{what}",
      fix=Text("Choose a strategy goal or annual plan; name the project unlike the others of its year.",
               "选择发展战略或年度计划；项目名称同年内不得重复。"))  # fmt: skip
def projects_serve_a_goal(projects: Projects, plans: Plans) -> Breaches:
    """A project serves a strategy goal or an annual plan, and its name is unique in the year of its start.
    项目对应发展战略或年度计划，同年内项目名称唯一。"""
    level = xlookup(projects.plan_id, plans.plan_id, plans.level)
    yield projects.assign(what=Text("The goal is neither a strategy goal nor an annual plan", "所对应的计划不是发展战略或年度计划"))[
        level.notna() & ~level.isin(["strategy", "annual"])
    ]
    year = projects.start_on.dt.year
    yield Breach(twins(projects, projects.name, year), at="name", message=Text("{other} of the same year has this name", "同年 {other} 同名"))


@rule("PRJ-008", at="projects.status", clause="三(二)2", severity=WARNING, scope="book",
      en="No progress meeting for {days} days; policy allows {allowed}", zh="已 {days} 天未召开进度会议，规定 {allowed} 天",
      fix=Text("Hold a progress meeting and record it.", "召开进度会议并登记。"))  # fmt: skip
def meetings_are_held(projects: Projects, checks: Checks, policy: Policy, today: pd.Timestamp) -> Rows:
    """A project under way had a progress meeting, or was started, within the days of policy. 实施中的项目在规定天数内召开过进度会议或启动。"""
    return _not_seen(projects, checks, "progress_meeting", policy("project.meeting_days", projects), today)


@rule("PRJ-009", at="projects.status", clause="三(二)3", severity=WARNING, scope="book",
      en="No inspection by Operations Management for {days} days; policy allows {allowed}", zh="已 {days} 天未检查，规定 {allowed} 天",
      fix=Text("Inspect the project and record it.", "开展项目检查并登记。"))  # fmt: skip
def projects_are_inspected(projects: Projects, checks: Checks, policy: Policy, today: pd.Timestamp) -> Rows:
    """A project under way was inspected, or started, within the days of policy. 实施中的项目在规定天数内检查过或启动。"""
    return _not_seen(projects, checks, "project_inspection", policy("project.inspect_days", projects), today)


def _not_seen(projects: Projects, checks: Checks, kind: str, allowed: Any, today: pd.Timestamp) -> Projects:
    held = checks[(checks.record_type == kind) & (checks.check_on <= today)]
    last = latest(projects.project_id, held.project_id, held.check_on)
    days = days_between(pd.Series(np.fmax(last.to_numpy(), projects.actual_start.to_numpy()), index=projects.index), today)
    return projects.assign(days=days, allowed=allowed)[(projects.status == "in_progress") & (days > allowed)]


@rule("PRJ-011", at="projects.actual_end", clause="三(三)1", severity=WARNING, scope="book",
      en="Finished {days} days ago and acceptance was not applied for; policy allows {allowed}", zh="项目完成 {days} 天未申请验收，规定 {allowed} 天",
      fix=Text("Let the owner apply for acceptance.", "由项目负责人申请验收。"))  # fmt: skip
def finished_projects_are_accepted(projects: Projects, plans: Plans, acceptance: Acceptance, policy: Policy, today: pd.Timestamp) -> Rows:
    """Within the days of policy after its last task was done, a project has an application for acceptance.
    实施中或待验收的项目全部任务完成后，在规定天数内申请验收。"""
    tasks = plans[plans.level.isin(["task", "milestone"]) & (plans.status != "cancelled")]
    left = countif(projects.project_id, tasks[tasks.status != "done"].project_id)
    ended = latest(projects.project_id, tasks.project_id, tasks.actual_end)
    days, allowed = days_between(ended, today), policy("project.accept_days", projects)
    running = projects.status.isin(["in_progress", "accept_pending"])
    waiting = running & (left == 0) & ~is_in(projects.project_id, acceptance.live.project_id)
    return projects.assign(days=days, allowed=allowed)[waiting & (days > allowed)]
