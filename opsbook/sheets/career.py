"""Career plans 职业发展: direction, path, rotation, promotion and what is learnt for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.authority import holds_role
from opsbook.formulas.lookup import blank, is_in, latest, same, twins, xlookup
from opsbook.formulas.periods import begun_months, cycle_end, whole_months
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Policy,
    Prose,
    Rows,
    Sheet,
    Suggested,
    Text,
    Workflow,
    Year,
    column,
    rule,
    sheet_finding,
    unfilled,
)  # fmt: skip
from opsbook.lists import DocStatus, Post, document_steps

if TYPE_CHECKING:
    from opsbook.columns import Appraisals, Careers, Employees, Training


class Track(Choices):
    """The series of posts a career follows."""

    MANAGEMENT = "management", "Management", "管理序列"
    PROFESSIONAL = "professional", "Professional", "专业序列"
    TECHNICAL = "technical", "Technical", "技术序列"
    SERVICE = "service", "Service", "客服序列"


class MoveType(Choices):
    """How somebody is brought on."""

    NONE = "none", "None", "无"
    TRAINING = "training", "Training", "培训"
    ROTATION = "rotation", "Job rotation", "轮岗"
    PROMOTION = "promotion", "Promotion", "晋升"


class Career(Sheet, key="careers", id="career_id"):
    """Career direction, promotion path, rotation and promotion decisions. 职业方向、晋升通道、轮岗与晋升。"""

    clauses = ("二(二)2③", "四(二)3", "四(四)1", "四(四)2", "四(四)3")
    tab = Text("Career Plans", "职业发展")
    workflow = Workflow(
        steps=document_steps(Text("the employee with the manager", "员工与直接上级"), Text("a deputy; the director for a promotion", "副主任（晋升由主任）"),
                             Text("Operations Management, at the end of the year", "运营管理部（年末）"),
                             by=("employee_id manager_id", "deputy director", "ops")),
        makers=(Actor("employee_id"), Actor("manager_id")),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("approved_on",),
        approved=("approved", "closed"),
        done=("closed", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("gaps", "move_result", "mentor_id"),
    )  # fmt: skip

    career_id: Code = column("Career ID", "规划编号", form="CAR-yyyy-nnnn", unique=True, example="CAR-2026-0001")
    employee_id: Code = column("Employee", "员工", ref="employees.employee_id", example="EMP-0012")
    year: Year = column("Year", "年度", example=2026.0)
    track: Track = column("Track", "发展序列", example="professional")
    current_post: Suggested[Post] = column("Current Post", "现岗位", example="数据分析师")
    target_post: Line = column("Target Post", "目标岗位", example="高级分析师")
    target_on: Day = column("Target Date", "目标日期", example="2027-12-31")
    path: Prose = column("Promotion Path", "晋升通道", example="分析师-高级分析师-首席分析师")
    gaps: Prose | None = column("Ability Gaps", "能力差距", view="detail")
    training_need: Prose = column("Training Need", "培训需求", example="数据建模")
    move_type: MoveType = column("Planned Move", "培养方式", example="training")
    rotation_post: Suggested[Post] | None = column("Rotation Post", "轮岗岗位", required_by="CAR-003", example="运营专员")
    rotation_start: Day | None = column("Rotation Start", "轮岗开始", required_by="CAR-003", example="2026-07-01")
    rotation_end: Day | None = column("Rotation End", "轮岗结束", required_by="CAR-003", example="2026-12-31")
    move_result: Prose | None = column(
        "Result", "执行结果", required_when='AND([status] = "closed", [move_type] <> "none")', view="review",
        example="完成轮岗",
    )  # fmt: skip
    mentor_id: Code | None = column(
        "Mentor", "导师", ref="employees.employee_id", check="[mentor_id] <> [employee_id]"
    )
    manager_id: Code = column("Manager", "直接上级", ref="employees.employee_id", example="EMP-0010")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0002",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', view="review", example="2026-02-01"
    )
    status: DocStatus = column("Status", "状态", example="draft")


@rule("CAR-001", at="careers.target_post", clause="四(四)1",
      en="The career plan lacks its {column}", zh="职业规划缺少“{column}”",
      fix=Text("Say where the career leads, by when and by which path.", "填写目标岗位、目标日期、晋升通道和培训需求。"))  # fmt: skip
def careers_lead_somewhere(careers: Careers) -> Breaches:
    """A plan has a track, a target post unlike the present one, a day, a path and what is to be learnt.
    规划须有发展序列、不同于现岗位的目标岗位、目标日期、通道和培训需求。"""
    yield from unfilled(careers, "track", "target_post", "target_on", "path", "training_need")
    yield Breach(careers[same(careers.target_post, careers.current_post)],
                 message=Text("The target post {target_post} is the present one", "目标岗位 {target_post} 与现岗位相同"))  # fmt: skip
    begun = pd.to_datetime(careers.year.map(lambda y: f"{y:.0f}-01-01", na_action="ignore"))
    yield Breach(careers[careers.target_on <= begun], at="target_on",
                 message=Text("The target date {target_on} is before the plan's year", "目标日期 {target_on} 早于规划年度"))  # fmt: skip


@rule("CAR-002", at="careers.employee_id", clause="四(四)1", severity=WARNING, scope="centre",
      en="{name} has no approved career plan for {year}", zh="{name} 无 {year} 年职业发展规划",
      fix=Text("Draw up a plan with the manager.", "与直接上级制定规划。"))  # fmt: skip
def everybody_has_a_plan(careers: Careers, employees: Employees, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Every active employee of the centre past probation, the director aside, has an approved plan for the year.
    中心转正在职员工（主任除外）均有已批准的年度职业规划。"""
    approved = careers.employee_id[(careers.year == today.year) & careers.status.isin(["approved", "closed"])]
    staff = employees[(employees.status == "active") & employees.department.isin([*policy("org.centre_depts")])]
    staff = staff[(staff.role != "director") & (staff.hire_date.dt.year < today.year)]
    missing = staff[~is_in(staff.employee_id, approved)]
    for employee, name in zip(missing.employee_id, missing.name, strict=True):
        yield sheet_finding(name=f"{name} {employee}", year=str(today.year))


@rule("CAR-003", at="careers.rotation_end", clause="四(四)2",
      en="A rotation of {months} months is not between {least} and {most}", zh="轮岗 {months} 个月，不在 {least} 至 {most} 个月之间",
      fix=Text("Enter post, start and end of a rotation within policy.", "按规定期限填写轮岗岗位和起止日期。"))  # fmt: skip
def rotations_have_their_length(careers: Careers, policy: Policy) -> Breaches:
    """A rotation has a post, a start and an end, as far apart as policy allows. 轮岗须有岗位和起止日期，期限符合规定。"""
    rows = careers[careers.move_type == "rotation"]
    yield from unfilled(rows, "rotation_post", "rotation_start", "rotation_end",
                         message=Text("A rotation needs its {column}", "轮岗须填写“{column}”"))  # fmt: skip
    whole, least, most = whole_months(rows.rotation_start, rows.rotation_end), policy("hr.rotation_min", rows), policy("hr.rotation_max", rows)
    rows = rows.assign(months=whole.where(whole < least, begun_months(rows.rotation_start, rows.rotation_end)), least=least, most=most)
    yield rows[(rows.column("months") < rows.column("least")) | (rows.column("months") > rows.column("most"))]


@rule("CAR-004", at="careers.approver_id", clause="四(四)2", scope="book",
      en="A promotion is approved by the centre director, not by {approver_id}", zh="晋升须经中心主任审批，{approver_id} 无权审批",
      fix=Text("Promote on good appraisals, by the director.", "晋升须有考核依据并由中心主任审批。"))  # fmt: skip
def promotions_are_earned(careers: Careers, appraisals: Appraisals, employees: Employees) -> Breaches:
    """An approved promotion rests on the latest approved appraisal's promotion mark, and on the director's approval.
    已批准的晋升须最近一次已批准考核具备晋升资格，并经中心主任审批。"""
    rows = careers[(careers.move_type == "promotion") & careers.status.isin(["approved", "closed"])]
    yield rows[~holds_role(rows.approver_id, employees, "director")]
    done = appraisals[appraisals.status.isin(["approved", "confirmed"])]
    ends = pd.Series(pd.DatetimeIndex([cycle_end(str(c)) for c in done.cycle]), index=done.index)
    newest = done[ends == latest(done.employee_id, done.employee_id, ends)]
    mark = xlookup(rows.employee_id, newest.employee_id, newest.promotion)
    yield Breach(rows[(mark != "Y") & ~blank(rows.employee_id)], at="move_type",
                 message=Text("The appraisals of {employee_id} do not carry a promotion", "{employee_id} 的考核结果不符合晋升条件"))  # fmt: skip


@rule("CAR-005", at="careers.training_need", clause="四(四)3", severity=WARNING, scope="book",
      en="No training is linked to the plan of {year}", zh="{year}年职业规划未安排培训",
      fix=Text("Record the training with the number of the plan.", "登记培训并填写规划编号。"))  # fmt: skip
def plans_bring_training(careers: Careers, training: Training, today: pd.Timestamp) -> Rows:
    """By the end of its year an approved plan has a training that names it. 年末前，已批准规划至少关联一次培训。"""
    rows = careers[careers.status.isin(["approved", "closed"]) & (careers.year < today.year)]
    return rows[~is_in(rows.career_id, training.live.career_id)]


# Not in DOMAIN.md: the Constraint of careers.employee_id: one open plan a year.
@rule("CAR-006", at="careers.employee_id", clause="四(四)1", scope="book",
      en="{employee_id} has another open plan for {year}, {other}", zh="{employee_id} 在 {year} 年另有未结规划 {other}",
      fix=Text("Keep one open plan for a person and year.", "每人每年只保留一份未结规划。"))  # fmt: skip
def plans_stand_once(careers: Careers) -> Rows:
    """A person has one open plan a year. 每人每年只有一份未结规划。"""
    waiting = careers.open
    found: Careers = twins(waiting, waiting.employee_id, waiting.year)
    return found
