"""Change requests 变更申请: changes of a project plan or an approved budget go to the centre director."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved
from opsbook.formulas.lookup import blank, countif, days_between, differ, length, same, sumif, xlookup
from opsbook.formulas.scoring import graded
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
    Period,
    Policy,
    Prose,
    Rows,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    figure,
    rule,
)  # fmt: skip
from opsbook.lists import DocStatus, Yesno

if TYPE_CHECKING:
    from opsbook.columns import Budget, Changes, Employees, Projects


class ChangeType(Choices):
    """What is to be changed."""

    SCHEDULE = "schedule", "Schedule change", "进度调整"
    SCOPE = "scope", "Scope change", "内容调整"
    COST = "cost", "Project cost change", "项目费用调整"
    OWNER = "owner", "Owner change", "负责人变更"
    BUDGET_ADJUST = "budget_adjust", "Budget adjustment", "预算调整"
    BUDGET_TRANSFER = "budget_transfer", "Budget transfer", "预算调剂"


OF_PROJECT = ("schedule", "scope", "cost", "owner")
OF_BUDGET = ("budget_adjust", "budget_transfer")
REQUESTER = Text("the requester", "申请人")
DIRECTOR = Text("the director", "中心主任")


class Change(Sheet, key="changes", id="change_id", dated_by="requested_on"):
    """Requests to change a project plan or an approved budget. 项目计划或已批准预算的变更申请。"""

    clauses = ("三(二)4", "五(一)3")
    tab = Text("Change Requests", "变更申请")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", Text("the requester (project owner or Operations)", "申请人（项目负责人或运营管理部）"), by="requester_id ops"),
            Step("submitted", "approved", DIRECTOR, by="director"),
            Step("submitted", "returned", Text("the director or Operations Management", "中心主任或运营管理部"), by="director ops"),
            Step("submitted", "rejected", DIRECTOR, by="director"),
            Step("draft submitted returned", "cancelled", REQUESTER, by="requester_id"),
            Step("approved", "closed", Text("opsbook, once applied", "应用后由 opsbook 关闭"), by="ops director"),
        ),
        makers=(Actor("requester_id", "requested_on"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("requested_on", "approved_on"),
        submitted="requested_on",
        waiting=("submitted",),
        approved=("approved", "closed"),
        done=("approved", "rejected", "cancelled", "closed"),
        void=("rejected", "cancelled"),
    )  # fmt: skip

    change_id: Code = column("Change ID", "变更编号", form="CHG-yyyy-nnnn", unique=True, example="CHG-2026-0001")
    change_type: ChangeType = column("Change Type", "变更类型", example="scope")
    project_id: Code | None = column(
        "Project", "项目", ref="projects.project_id",
        required_when='IN([change_type], "schedule", "scope", "cost", "owner")', example="PRJ-2026-001",
    )  # fmt: skip
    budget_id: Code | None = column(
        "Budget Line", "预算行", ref="budget.budget_id", required_when='IN([change_type], "budget_adjust", "budget_transfer")',
        help=Text("For a transfer, the line that gives.", "调剂时为调出行。"), example="BUD-2026-001",
    )  # fmt: skip
    to_budget_id: Code | None = column(
        "Target Budget Line", "调入预算行", ref="budget.budget_id", required_when='[change_type] = "budget_transfer"',
        example="BUD-2026-002",
    )  # fmt: skip
    period: Period | None = column(
        "Effective Month", "生效月份", required_when='IN([change_type], "budget_adjust", "budget_transfer")', example="2026-09"
    )
    reason: Prose = column("Reason", "调整原因", help=Text("At least 10 characters.", "不少于10字。"), example="客户需求变化，需增加一轮测试")
    old_value: Line = column("Before", "调整前", example="原范围")
    new_value: Line = column("After", "调整后", example="新范围")
    amount: Money | None = column(
        "Amount", "调整金额", required_when='IN([change_type], "cost", "budget_adjust", "budget_transfer")',
        help=Text("Signed for adjustments and cost changes.", "预算调整和费用变更带正负号。"), example=1000.0,
    )  # fmt: skip
    new_end_on: Day | None = column(
        "New End Date", "新结束日期", required_when='[change_type] = "schedule"', example="2026-12-31"
    )
    impact: Prose | None = column("Impact Analysis", "影响分析", required_by="CHG-007", view="review", example="不影响其他项目")
    requester_id: Code = column("Requester", "申请人", ref="employees.employee_id", example="EMP-0013")
    requested_on: Day = column("Requested On", "申请日期", example="2026-08-03")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="CHG-003", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='IN([status], "approved", "closed")', check="[approved_on] >= [requested_on]",
        view="review", example="2026-08-05",
    )  # fmt: skip
    applied: Yesno | None = column("Applied", "已生效", computed=True, view="review")
    status: DocStatus = column("Status", "状态", example="draft")


@rule("CHG-001", at="changes.reason", clause="三(二)4",
      en="The reason has {n} characters of at least 10", zh="变更原因仅 {n} 字，至少10字",
      fix=Text("Say why the change is needed, and what it changes.", "写明变更理由和变更内容。"))  # fmt: skip
def changes_have_reason_and_difference(changes: Changes) -> Breaches:
    """A change has a reason of at least 10 characters, and what it brings differs from what was.
    变更原因不少于10字，且调整后与调整前不同。"""
    n = length(changes.reason).astype(float)
    yield changes.assign(n=n)[(n > 0) & (n < 10)]
    yield Breach(changes[same(changes.new_value, changes.old_value)], at="new_value",
                 message=Text("After is the same as before: {new_value}", "调整后与调整前相同：{new_value}"))  # fmt: skip


@rule("CHG-002", at="changes.requester_id", clause="三(二)4",
      en="{requester_id} is not the owner of {project_id} ({owner}), who alone may request",
      zh="{requester_id} 不是 {project_id} 的负责人（{owner}），须由项目负责人提出",
      fix=Text("Let the project owner request the change.", "由项目负责人提出变更。"))  # fmt: skip
def owners_request_project_changes(changes: Changes, projects: Projects) -> Rows:
    """An open project change is requested by the project's owner. 未结的项目变更须由项目负责人提出。"""
    rows = changes.open
    rows = rows[rows.change_type.isin(OF_PROJECT)]
    owner = xlookup(rows.project_id, projects.project_id, projects.owner_id)
    return rows.assign(owner=owner)[differ(rows.requester_id, owner)]


@rule("CHG-003", at="changes.approver_id", clause="三(二)4",
      en="Approval by the centre director is required", zh="须经中心主任审批",
      fix=Text("Enter the director as approver.", "审批人填写中心主任。"))  # fmt: skip
def changes_approved_by_the_director(changes: Changes, employees: Employees, policy: Policy) -> Rows:
    """An approved change was approved by the director (the superior where the director asks).
    已批准的变更由中心主任审批（主任本人申请的由公司分管领导审批）。"""
    rows = changes[changes.status.isin(["approved", "closed"])]
    return rows[~director_approved(rows.approver_id, rows.requester_id, employees, policy("org.superior"))]


@rule("CHG-004", at="changes.budget_id", clause="五(一)3", scope="book",
      en="Budget line {line} is not approved or is closed", zh="预算行 {line} 未批准或已关闭",
      fix=Text("Use an approved line and a month that is still open.", "使用已批准的预算行和未关闭的月份。"))  # fmt: skip
def budget_changes_reach_open_lines(changes: Changes, budget: Budget) -> Breaches:
    """A budget change names an approved line and a month of its year, not before the month of the request.
    预算变更须针对已批准的预算行，月份在预算年度内且不早于申请月份。"""
    rows = changes.live[changes.live.change_type.isin(OF_BUDGET)]
    for name in ("budget_id", "to_budget_id"):
        line = rows.column(name)
        status = xlookup(line, budget.budget_id, budget.status)
        served = (status == "approved") | ((status == "closed") & rows.status.isin(["approved", "closed"]))
        yield Breach(rows.assign(line=line)[status.notna() & ~served], at=name)
    other = xlookup(rows.to_budget_id, budget.budget_id, budget.year)
    year = xlookup(rows.budget_id, budget.budget_id, budget.year)
    month = pd.to_datetime(rows.period.astype(object), format="%Y-%m", errors="coerce")
    earliest = rows.requested_on.dt.to_period("M").dt.to_timestamp()
    off = ((month.dt.year != year) & month.notna() & year.notna()) | (month < earliest)
    yield Breach(rows[differ(other, year)], at="to_budget_id",
                 message=Text("{to_budget_id} is a line of another year", "{to_budget_id} 属于其他年度"))  # fmt: skip
    yield Breach(rows[off], at="period", message=Text("{period} is outside the budget year or before the month of the request",
                                                      "{period} 不在预算年度内，或早于申请月份"))  # fmt: skip


@rule("CHG-005", at="changes.amount", clause="五(一)3", scope="book",
      en="Transfer of {amount} exceeds the {free:money} that {budget_id} has available", zh="调剂 {amount} 超过 {budget_id} 可用余额 {free:money}",
      fix=Text("Transfer less, from another line of the same category.", "减少金额，或从同类别的其他预算行调剂。"))  # fmt: skip
def transfers_stay_within_the_line(changes: Changes, budget: Budget) -> Breaches:
    """A transfer is positive, between two lines of one category, and within what the giving line has.
    调剂金额大于零，在同类别的两行之间进行，且不超过调出行的可用余额。"""
    rows = changes.live[changes.live.change_type == "budget_transfer"]
    taken = rows.amount.where(rows.status.isin(["approved", "closed"]), 0.0)  # already deducted from available
    free = xlookup(rows.budget_id, budget.budget_id, budget.available) + taken
    yield Breach(rows[rows.amount <= 0], message=Text("A transfer is more than 0, not {amount}", "调剂金额须大于零，现为 {amount}"))
    yield rows.assign(free=free)[(rows.amount > 0) & (rows.amount > free + 0.005)]
    source = xlookup(rows.budget_id, budget.budget_id, budget.category)
    target = xlookup(rows.to_budget_id, budget.budget_id, budget.category)
    yield Breach(rows[same(rows.to_budget_id, rows.budget_id) | differ(source, target)], at="to_budget_id",
                 message=Text("{to_budget_id} is the giving line itself or of another category",
                              "{to_budget_id} 与调出行相同或类别不同"))  # fmt: skip


@rule("CHG-006", at="changes.amount", clause="五(一)3", severity=WARNING, scope="book",
      en="{budget_id} has {n} approved changes of {total:money} in all; policy allows {most} and {allowed:money}",
      zh="{budget_id} 已批准 {n} 次变更，共 {total:money}；制度允许 {most} 次、{allowed:money}",
      fix=Text("Plan the line anew instead of changing it again.", "重新编制该预算行，避免频繁调整。"))  # fmt: skip
def lines_change_rarely(changes: Changes, budget: Budget, policy: Policy) -> Rows:
    """A budget line is changed no more often, and by no larger a share, than policy allows in a year.
    同一预算行年内调整次数和幅度不超过规定。"""
    rows = changes[changes.change_type.isin(OF_BUDGET) & changes.status.isin(["approved", "closed"])]
    n = countif(rows.budget_id, rows.budget_id)
    total = sumif(rows.budget_id, rows.budget_id, rows.amount.abs())
    most = policy("bud.max_changes", rows)
    allowed = xlookup(rows.budget_id, budget.budget_id, budget.annual_amount) * policy("bud.max_change_rate", rows)
    often = rows.assign(n=n, total=total, most=most, allowed=allowed)[(n > most) | (total > allowed + 0.005)]
    return often[~often.budget_id.duplicated(keep="last")]


@rule("CHG-007", at="changes.impact", clause="三(二)4", severity=WARNING,
      en="An amount of {amount} needs an impact analysis (above {limit:money})", zh="金额 {amount} 超过 {limit:money}，须有影响分析",
      fix=Text("Describe the impact on schedule, cost and other work.", "说明对进度、费用和其他工作的影响。"))  # fmt: skip
def large_changes_say_their_impact(changes: Changes, projects: Projects, policy: Policy) -> Breaches:
    """A change beyond the amount or the delay that policy names comes with an impact analysis.
    金额或延期超过规定的变更须有影响分析。"""
    days = days_between(xlookup(changes.project_id, projects.project_id, projects.end_on), changes.new_end_on)
    rows = changes.assign(days=days, limit=policy("change.impact_amount", changes), most=policy("change.impact_days", changes))
    large = changes.amount.abs() > rows.column("limit")
    late = (changes.change_type == "schedule") & (days > rows.column("most"))
    yield rows[large & blank(changes.impact)]
    yield Breach(rows[late & ~large & blank(changes.impact)],
                 message=Text("A delay of {days} days needs an impact analysis (beyond {most})", "延期 {days} 天超过 {most} 天，须有影响分析"))


@figure("F-42", at="changes.applied", en="Applied", zh="已生效", kind=Yesno, clause="五(一)3", source="regulation 三(二)4, 五(一)3")
def applied(changes: Changes, projects: Projects) -> pd.Series:
    """Whether the plan or budget shows the approved change: budget changes at once, schedule and owner when the project
    has the new date or owner, others when closed. 已批准的变更是否已反映：预算变更即时生效，进度与负责人以项目为准，其他以关闭为准。"""
    approved = changes.status.isin(["approved", "closed"])
    at_once = changes.change_type.isin(OF_BUDGET)
    moved = xlookup(changes.project_id, projects.project_id, projects.end_on) == changes.new_end_on
    handed = same(changes.new_value, xlookup(changes.project_id, projects.project_id, projects.owner_id))
    shown = np.select(
        [at_once, changes.change_type == "schedule", changes.change_type == "owner"],
        [True, moved, handed],
        changes.status == "closed",
    )
    return graded(np.where(approved & shown, "Y", "N"), Yesno, changes.index)
