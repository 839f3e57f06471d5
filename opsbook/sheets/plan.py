"""Plans 计划: one tree from strategy goals to project tasks; the basis of schedule and earned value."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import blank, countif, days_between, differ, in_a_loop, is_in, sumif, xlookup
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
    Prose,
    Rows,
    Sheet,
    Step,
    Text,
    Workflow,
    Year,
    column,
    rule,
)  # fmt: skip
from opsbook.lists import Dept

if TYPE_CHECKING:
    from opsbook.columns import Changes, Employees, Plans, Projects


class PlanLevel(Choices):
    """Where a plan stands in the tree."""

    STRATEGY = "strategy", "Strategy Goal", "发展战略"
    ANNUAL = "annual", "Annual Plan", "年度计划"
    DEPARTMENT = "department", "Department Plan", "部门计划"
    TASK = "task", "Project Task", "项目任务"
    MILESTONE = "milestone", "Milestone", "里程碑"


class EvMethod(Choices):
    """How progress earns value."""

    PERCENT = "percent", "Percent complete", "完成百分比"
    ZERO_HUNDRED = "zero_hundred", "0-100", "0/100法"
    FIFTY_FIFTY = "fifty_fifty", "50-50", "50/50法"


class PlanStatus(Choices):
    """How far a plan has come."""

    NOT_STARTED = "not_started", "Not started", "未开始"
    IN_PROGRESS = "in_progress", "In progress", "进行中"
    DONE = "done", "Done", "已完成"
    SUSPENDED = "suspended", "Suspended", "已暂停"
    CANCELLED = "cancelled", "Cancelled", "已取消"
    OFF_PATH = nonmember(frozenset({"suspended", "cancelled"}))


OWNER = Text("the owner", "责任人")


class Plan(Sheet, key="plans", id="plan_id", dated_by="start_on", scoped_by=("department",)):
    """Strategy goals, annual and department plans, project tasks and milestones in one tree.
    发展战略、年度计划、部门计划与项目任务、里程碑，同一棵树。"""

    clauses = ("一(一)", "二(二)1①", "二(二)1③", "二(二)2②", "二(二)3③", "三(二)1")
    tab = Text("Plans", "计划")
    workflow = Workflow(
        steps=(
            Step("not_started", "in_progress", OWNER, by="owner_id"),
            Step("in_progress", "done", OWNER, by="owner_id"),
            Step("in_progress", "suspended", Text("project owner through Changes; deputy for department plans",
                                                  "项目负责人（经变更申请）；部门计划由副主任"), by="owner_id deputy director"),
            Step("suspended", "in_progress", Text("the project owner", "项目负责人"), by="owner_id"),
            Step("not_started in_progress suspended", "cancelled", Text("director (through Changes for projects)",
                                                                        "中心主任（项目经变更申请）"), by="director"),
        ),
        makers=(Actor("submitted_by"), Actor("owner_id")),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("actual_start", "actual_end", "other_cost_on", "approved_on"),
        approved=("in_progress", "suspended", "done"),
        done=("done", "cancelled"),
        living=("progress", "actual_start", "actual_end", "other_cost", "other_cost_on", "end_on", "owner_id", "budget_cost"),
    )  # fmt: skip

    plan_id: Code = column("Plan ID", "计划编号", form="PLN-yyyy-nnnn", unique=True, example="PLN-2026-0007")
    parent_id: Code | None = column(
        "Parent", "上级计划", ref="plans.plan_id", required_when='IN([level], "annual", "department")', example="PLN-2026-0001"
    )
    level: PlanLevel = column("Level", "层级", example="task")
    year: Year = column("Year", "年度", example=2026.0)
    project_id: Code | None = column(
        "Project", "所属项目", ref="projects.project_id", required_when='IN([level], "task", "milestone")',
        example="PRJ-2026-001",
    )  # fmt: skip
    department: Dept = column("Department", "责任部门", example="ops_mgmt")
    title: Line = column("Title", "计划名称", example="需求调研")
    goal: Prose = column("Goal / Deliverable", "目标或交付物", example="完成需求说明书")
    quality_std: Prose | None = column(
        "Quality Standard", "质量标准", required_when='IN([level], "task", "milestone")', example="评审一次通过"
    )
    owner_id: Code = column("Owner", "责任人", ref="employees.employee_id", example="EMP-0012")
    start_on: Day = column("Planned Start", "计划开始", example="2026-03-01")
    end_on: Day = column("Planned End", "计划结束", check="[end_on] >= [start_on]", example="2026-12-31")
    baseline_end: Day | None = column(
        "Baseline End", "基线结束", view="review", help=Text("Set at approval, never overwritten.", "批准时填写，不再修改。")
    )
    weight: Percent | None = column(
        "Weight", "权重", view="review", help=Text("Siblings sum to 100%.", "同级合计100%。")
    )
    budget_cost: Money | None = column("Planned Cost", "计划成本", ge=0, required_when='[level] = "task"', example=1000.0)
    ev_method: EvMethod | None = column(
        "EV Method", "挣值方法", view="detail", help=Text("Blank: percent complete.", "空白为完成百分比。")
    )
    progress: Percent = column("Progress", "完成率", example=0.5)
    actual_start: Day | None = column("Actual Start", "实际开始")
    actual_end: Day | None = column(
        "Actual End", "实际结束", required_when='[status] = "done"', check="[actual_end] >= [actual_start]",
        example="2026-08-31",
    )  # fmt: skip
    other_cost: Money | None = column(
        "Other Actual Cost", "其他实际成本", ge=0, view="finance",
        help=Text("Labour and the like that is not in Expense Claims.", "未列入费用报销的人工等成本。"),
    )  # fmt: skip
    other_cost_on: Day | None = column(
        "Other Cost Date", "其他成本日期", required_when='[other_cost] <> ""', view="finance", example="2026-08-31"
    )
    status: PlanStatus = column("Status", "状态", example="in_progress")
    submitted_by: Code = column("Submitted By", "提交人", ref="employees.employee_id", example="EMP-0012")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='[approved_on] <> ""', view="review",
        example="EMP-0001",
    )  # fmt: skip
    approved_on: Day | None = column("Approved On", "批准日期", required_when='[approver_id] <> ""', view="review",
                                     example="2026-01-20")  # fmt: skip


@rule("PLN-001", at="plans.end_on", clause="三(二)1", scope="book",
      en="{start_on} to {end_on} is outside {whose}, {from_day} to {to_day}",
      zh="{start_on} 至 {end_on} 超出{whose}的 {from_day} 至 {to_day}",
      fix=Text("Move the dates inside those of the plan above, or have that one changed.", "调整到上级日期范围内，或先变更上级。"))  # fmt: skip
def dates_lie_inside_the_plan_above(plans: Plans, projects: Projects) -> Breaches:
    """A plan ends on or after its start, inside its parent's dates; a project row inside its project's dates.
    计划结束不早于开始，且在上级计划（项目任务为项目）的日期范围内。"""
    yield plans[plans.end_on < plans.start_on].assign(
        whose=Text("itself", "自身"), from_day=plans.start_on, to_day=plans.end_on)  # fmt: skip
    # a project row is held by its project; where that is silent, and for all others, by the parent
    told = (plans.status == "cancelled") | ~(plans.end_on >= plans.start_on)
    for above, key, whose in (
        (projects, "project_id", Text("its project", "所属项目")),
        (plans, "parent_id", Text("its parent plan", "上级计划")),
    ):
        ids = above.column(above.sheet.id)
        from_day, to_day = (xlookup(plans.column(key), ids, above.column(name)) for name in ("start_on", "end_on"))
        outside = ((plans.start_on < from_day) | (plans.end_on > to_day)) & ~told
        yield plans.assign(whose=whose, from_day=from_day, to_day=to_day)[outside]
        told |= outside


@rule("PLN-002", at="plans.quality_std", clause="三(二)1",
      en="A project plan needs schedule, owner and quality standard; missing: {columns}",
      zh="实施计划须明确进度、责任人和质量标准，缺少：{columns}",
      fix=Text("Fill in the columns named.", "补填所列各项。"))  # fmt: skip
def project_rows_are_complete(plans: Plans) -> Breaches:
    """A task or milestone names its project and its quality standard (owner and dates are required of every plan).
    项目任务和里程碑须填写所属项目和质量标准（责任人与日期为各计划必填）。"""
    rows = plans[plans.level.isin(["task", "milestone"])]
    for name in ("project_id", "quality_std"):
        header = rows.sheet.columns[name].header
        yield Breach(rows[blank(rows.column(name))], at=name, values={"columns": header})


@rule("PLN-003", at="plans.budget_cost", clause="三(二)1", scope="book",
      en="Planned cost of {project_id} {planned:money} exceeds its budget {allowed:money}",
      zh="{project_id} 计划成本 {planned:money} 超过项目预算 {allowed:money}",
      fix=Text("Lower the tasks' planned cost or have a cost change approved.", "调低任务计划成本，或经批准变更项目费用。"))  # fmt: skip
def planned_cost_within_project_budget(plans: Plans, projects: Projects, changes: Changes) -> Rows:
    """The tasks of a project cost no more than its budget and its approved cost changes.
    项目各任务计划成本合计不超过项目预算与已批准费用变更之和。"""
    approved = changes[(changes.change_type == "cost") & changes.status.isin(["approved", "closed"])]
    allowed = projects.budget_total + sumif(projects.project_id, approved.project_id, approved.amount)
    tasks = plans[plans.level.isin(["task", "milestone"]) & (plans.status != "cancelled")]
    tasks = tasks.assign(
        planned=sumif(tasks.project_id, tasks.project_id, tasks.budget_cost),
        allowed=xlookup(tasks.project_id, projects.project_id, allowed),
    )
    over = tasks[tasks.column("planned") > tasks.column("allowed") + 0.005]
    return over[~over.project_id.duplicated()]  # told once a project, at its first task


@rule("PLN-004", at="plans.end_on", clause="三(二)3", severity=WARNING,
      en="{title} is overdue by {days} days", zh="{title} 已逾期 {days} 天",
      fix=Text("Finish it, or change the schedule through a change request.", "尽快完成，或通过变更申请调整进度。"))  # fmt: skip
def nothing_is_overdue(plans: Plans, today: pd.Timestamp) -> Rows:
    """A plan that is not done has not passed its end. 未完成的计划未超过计划结束日期。"""
    days = days_between(plans.end_on, today)
    return plans.assign(days=days)[plans.status.isin(["not_started", "in_progress"]) & (days > 0)]


@rule("PLN-005", at="plans.progress", clause="三(二)2",
      en="Status is {status} with a progress of {progress}", zh="状态为{status}，完成率为 {progress}",
      fix=Text("Done means 100% and an actual end date.", "已完成须为100%并填写实际结束日期。"))  # fmt: skip
def done_means_all_done(plans: Plans) -> Breaches:
    """Done and 100% progress go together, with an actual end date. 已完成与100%完成率一致，并有实际结束日期。"""
    yield plans[(plans.status == "done") & (plans.progress < 1)]
    yield plans[(plans.progress == 1) & plans.status.isin(["not_started", "in_progress", "suspended"])]
    yield Breach(plans[(plans.status == "done") & blank(plans.actual_end)], at="actual_end",
                 message=Text("Status is {status}, and the actual end date is missing", "状态为{status}，缺少实际结束日期"))  # fmt: skip


@rule("PLN-006", at="plans.level", clause="二(二)1①", scope="centre",
      en="No approved annual plan under a strategy goal for {year}", zh="{year} 年缺少列于发展战略之下且已批准的年度计划",
      fix=Text("Have the annual plan approved before department plans.", "先批准年度计划，再批准部门计划。"))  # fmt: skip
def department_plans_follow_an_annual_plan(plans: Plans, employees: Employees, today: pd.Timestamp) -> Breaches:
    """Department plans are approved after an annual plan under a strategy goal; each department that a deputy is in
    charge of has one. 部门计划在年度计划批准之后批准；各副主任分管部门均有部门计划。"""
    approved = plans[plans.approved_on.notna() & (plans.status != "cancelled")]
    annual = approved[approved.level == "annual"]
    annual = annual[xlookup(annual.parent_id, plans.plan_id, plans.level) == "strategy"]
    first = annual.approved_on.groupby(annual.year).min()
    departmental = approved[approved.level == "department"]
    earliest = first.reindex(departmental.year.to_numpy()).to_numpy()
    yield departmental[~(departmental.approved_on.to_numpy() >= earliest)]
    current = plans[(plans.level == "department") & (plans.year == today.year) & (plans.status != "cancelled")]
    active = employees[(employees.role == "deputy") & (employees.status == "active")]
    charge = {d for depts in active.charge_depts.dropna() for d in depts.split(";")}
    for dept in sorted(charge - set(current.department.dropna())):
        named = plans.sheet.columns["department"].kind.show(dept)
        said = Text("{dept} has no department plan for {year}", "{dept} 没有 {year} 年部门计划")
        yield Breach(None, message=said, values={"dept": named, "year": str(today.year)})


@rule("PLN-007", at="plans.weight", clause="二(二)2②", severity=WARNING, scope="book",
      en="Weights under {above} sum to {total:pct}, not 100%", zh="{above} 下同级权重合计为 {total:pct}，应为100%",
      fix=Text("Adjust the weights of the plans with the same parent.", "调整同一上级计划下的权重。"))  # fmt: skip
def weights_of_siblings_sum_to_all(plans: Plans) -> Rows:
    """Where any plan under a parent has a weight, the weights under it sum to 100%.
    同一上级下任一计划有权重时，合计为100%。"""
    live = plans[plans.status != "cancelled"]
    above = live.parent_id.astype(object).where(live.parent_id.notna(), live.project_id.astype(object)).astype("category")
    rows = live.assign(above=above)[above.notna()]
    above = rows.column("above")
    weighted = rows[countif(above, above[rows.weight.notna()]) > 0]
    above = weighted.column("above")
    total = sumif(above, above, weighted.weight).round(9)
    off = weighted.assign(total=total)[total != 1]
    return off[~off.column("above").duplicated()]


@rule("PLN-008", at="plans.end_on", clause="三(二)4", scope="book",
      en="The end was moved from {baseline_end} to {end_on} without an approved schedule change",
      zh="未经批准将结束日期由 {baseline_end} 调整为 {end_on}",
      fix=Text("Have a schedule change approved, or restore the date.", "办理进度调整审批，或恢复原日期。"))  # fmt: skip
def schedules_move_by_approved_changes(plans: Plans, changes: Changes) -> Rows:
    """A project plan's end differs from its baseline only with an approved schedule change of the project.
    项目计划的结束日期与基线不同时，须有已批准的进度调整。"""
    approved = changes[(changes.change_type == "schedule") & changes.status.isin(["approved", "closed"])]
    moved = plans[differ(plans.end_on, plans.baseline_end) & plans.project_id.notna()]
    return moved[~is_in(moved.project_id, approved.project_id)]


# Not in DOMAIN.md: the Constraint of plans.parent_id, which reads other rows.
@rule("PLN-009", at="plans.parent_id", clause="三(二)1", scope="book",
      en="{plan_id} stands under {parent_id} ({above}), which is the wrong level or leads back to itself",
      zh="{plan_id} 的上级 {parent_id}（{above}）层级不符或形成循环",
      fix=Text("An annual plan stands under a strategy goal, a department plan under an annual plan.",
               "年度计划的上级为发展战略，部门计划的上级为年度计划。"))  # fmt: skip
def parents_are_one_level_up(plans: Plans) -> Rows:
    """An annual plan stands under a strategy goal, a department plan under an annual plan; no loops.
    年度计划列于发展战略之下，部门计划列于年度计划之下，不得循环。"""
    above = xlookup(plans.parent_id, plans.plan_id, plans.level)
    rows = plans.assign(above=above.map(PlanLevel.labels(), na_action="ignore"))
    wrong = ((plans.level == "annual") & differ(above, "strategy")) | ((plans.level == "department") & differ(above, "annual"))
    return rows[wrong | in_a_loop(plans.plan_id, plans.parent_id)]


