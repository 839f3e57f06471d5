"""Meetings and checks 会议与检查: what was found, who rectifies it by when, and who verified it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import blank, days_between, differ, same, xlookup
from opsbook.formulas.periods import last_closed
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Count,
    Day,
    Line,
    Percent,
    Policy,
    Prose,
    Rows,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    rule,
    sheet_finding,
    unfilled,
)  # fmt: skip
from opsbook.lists import Dept

if TYPE_CHECKING:
    from opsbook.columns import Checks, Employees


class RecordType(Choices):
    """What was held or done."""

    PROGRESS_MEETING = "progress_meeting", "Progress meeting", "进度会议"
    PROJECT_INSPECTION = "project_inspection", "Project inspection", "项目检查"
    DEPT_SUPERVISION = "dept_supervision", "Dept supervision", "部门督查"
    CONTROL_CHECK = "control_check", "Internal control check", "内控检查"
    SECURITY_CHECK = "security_check", "Security check", "信息安全检查"
    SECURITY_INCIDENT = "security_incident", "Security incident", "信息安全事件"
    COORDINATION = "coordination", "Coordination meeting", "协调会议"


class Severity(Choices):
    """How heavy an issue is."""

    NONE = "none", "None", "无"
    MINOR = "minor", "Minor", "一般"
    MAJOR = "major", "Major", "重要"
    CRITICAL = "critical", "Critical", "重大"


class RectifyStatus(Choices):
    """Where a rectification stands."""

    NONE_NEEDED = "none_needed", "No action needed", "无需整改"
    OPEN = "open", "Open", "待整改"
    IN_PROGRESS = "in_progress", "In progress", "整改中"
    DONE = "done", "Done", "已整改"
    VERIFIED = "verified", "Verified", "已验证"


class Check(Sheet, key="checks", id="check_id", dated_by="check_on", scoped_by=("department",)):
    """Progress meetings, project inspections, supervision, control and security checks, each with its issue and rectification.
    项目进度会议、项目检查、部门督查、内控检查、信息安全检查与事件，含问题与整改。"""

    clauses = ("一(三)1", "二(二)1②", "二(二)1③", "二(二)2④", "二(二)3④", "三(二)2", "三(二)3", "六(三)3", "七(三)1")
    tab = Text("Meetings & Checks", "会议与检查")
    workflow = Workflow(
        steps=(
            Step("open", "in_progress", Text("the rectification owner", "整改责任人"), by="rectify_owner"),
            Step("in_progress", "done", Text("the rectification owner", "整改责任人"), by="rectify_owner"),
            Step("done", "verified", Text("the verifier, never the owner", "验证人（不得为整改责任人）"), by="verifier_id"),
            Step("done", "open", Text("the verifier, not satisfied", "验证人（整改不合格）"), by="verifier_id"),
        ),
        others=(Actor("host_id", "check_on"), Actor("rectify_owner"), Actor("verifier_id", "verified_on")),
        dates=("check_on", "rectify_done", "verified_on"),
        done=("none_needed", "verified"),
        approved=("verified",),
    )  # fmt: skip

    check_id: Code = column("Record ID", "记录编号", form="CHK-yyyy-nnnn", unique=True, example="CHK-2026-0001")
    record_type: RecordType = column("Record Type", "记录类型", example="coordination")
    project_id: Code | None = column(
        "Project", "项目", ref="projects.project_id", required_by="CHK-001", example="PRJ-2026-001"
    )
    control_id: Code | None = column(
        "Control", "控制点", ref="controls.control_id", required_by="CHK-001", example="CTL-001"
    )
    department: Dept = column("Department", "受检部门", example="ops_mgmt")
    check_on: Day = column("Date", "日期", check="[check_on] <= TODAY()", example="2026-09-01")
    host_id: Code = column("Host / Checker", "主持人或检查人", ref="employees.employee_id", example="EMP-0004")
    participants: Line | None = column(
        "Participants", "参加人员", required_when='IN([record_type], "progress_meeting", "coordination")',
        example="项目组全体",
    )  # fmt: skip
    content: Prose = column("Content / Progress", "内容或进展", example="通报本月进展，协调资源")
    progress: Percent | None = column(
        "Reported Progress", "汇报进度", required_when='[record_type] = "progress_meeting"', example=0.5
    )
    sample_size: Count | None = column("Sample Size", "抽样数", required_by="CHK-006", view="review", example=10.0)
    exceptions: Count | None = column("Exceptions", "例外数", required_by="CHK-006", view="review", example=0.0)
    issue: Prose | None = column("Issue Found", "发现问题", required_by="CHK-002", example="资料归档不完整")
    severity: Severity = column("Severity", "严重程度", example="none")
    cause: Prose | None = column(
        "Cause", "原因分析", required_when='IN([severity], "major", "critical")', view="review", example="职责不清"
    )
    measure: Prose | None = column(
        "Rectification", "整改措施", required_by="CHK-002", view="review", example="补齐资料并复核"
    )
    rectify_owner: Code | None = column(
        "Rectification Owner", "整改责任人", ref="employees.employee_id", required_by="CHK-002", view="review",
        example="EMP-0005",
    )  # fmt: skip
    rectify_due: Day | None = column(
        "Due", "整改期限", required_by="CHK-002", check="[rectify_due] > [check_on]", view="review",
        example="2026-10-15",
    )  # fmt: skip
    rectify_done: Day | None = column(
        "Done On", "完成日期", required_when='FROM([status], "done")', check="[rectify_done] >= [check_on]",
        view="review", example="2026-09-20",
    )  # fmt: skip
    verifier_id: Code | None = column(
        "Verifier", "验证人", ref="employees.employee_id", required_by="CHK-004", view="review", example="EMP-0004"
    )
    verified_on: Day | None = column(
        "Verified On", "验证日期", required_by="CHK-004", view="review", example="2026-09-25"
    )
    status: RectifyStatus = column("Status", "整改状态", example="none_needed")


OF_PROJECTS = ["progress_meeting", "project_inspection"]


@rule("CHK-001", at="checks.project_id", clause="三(二)2",
      en="A {record_type} names its {wanted}", zh="{record_type}须填写对应{wanted}",
      fix=Text("Enter the project or the control that the record is about.", "填写对应的项目编号或控制编号。"))  # fmt: skip
def records_name_what_they_are_about(checks: Checks) -> Breaches:
    """A progress meeting or inspection names its project, a control check its control. 进度会议和项目检查填写项目，内控检查填写控制点。"""
    yield Breach(checks[checks.record_type.isin(OF_PROJECTS) & blank(checks.project_id)], values={"wanted": Text("project", "项目")})
    yield Breach(checks[(checks.record_type == "control_check") & blank(checks.control_id)], at="control_id",
                 values={"wanted": Text("control", "控制点")})  # fmt: skip


@rule("CHK-002", at="checks.issue", clause="六(三)3",
      en="A {severity} issue needs its {column}", zh="存在{severity}问题，须填写“{column}”",
      fix=Text("Say what was found, what is done about it, by whom and by when.", "填写问题、整改措施、责任人和期限。"))  # fmt: skip
def issues_have_a_plan(checks: Checks) -> Breaches:
    """An issue is described and has a measure, an owner and a due date; it is never "no action needed".
    发现问题的须填写问题、措施、责任人和期限，且不得为“无需整改”。"""
    found = checks[checks.severity.notna() & (checks.severity != "none")]
    yield from unfilled(found, "issue", "measure", "rectify_owner", "rectify_due")
    yield Breach(found[found.status == "none_needed"], at="status",
                 message=Text("A {severity} issue cannot stand at no action needed", "{severity}问题不得为“无需整改”"))  # fmt: skip


@rule("CHK-003", at="checks.rectify_due", clause="六(三)3", severity=WARNING,
      en="Rectification is overdue by {days} days, due on {rectify_due}", zh="整改逾期 {days} 天，期限 {rectify_due}",
      fix=Text("Finish the rectification, or report why it is late.", "尽快完成整改，或说明逾期原因。"))  # fmt: skip
def rectifications_are_in_time(checks: Checks, today: pd.Timestamp) -> Rows:
    """An open rectification is not past its due date. 未完成的整改不超过期限。"""
    waiting = checks[checks.status.isin(["open", "in_progress"])]
    return waiting.assign(days=days_between(waiting.rectify_due, today))[waiting.rectify_due < today]


@rule("CHK-004", at="checks.verifier_id", clause="六(三)3",
      en="Who verifies is somebody else than the owner {rectify_owner}", zh="须由整改责任人 {rectify_owner} 以外的人验证",
      fix=Text("Let another person verify after completion, and enter the day.", "整改完成后由他人验证，并填写日期。"))  # fmt: skip
def others_verify(checks: Checks) -> Breaches:
    """A verified rectification was verified by another person than its owner, on or after its completion.
    已验证的整改须由责任人以外的人在完成后验证。"""
    verified = checks[checks.status == "verified"]
    yield verified[blank(verified.verifier_id) | same(verified.verifier_id, verified.rectify_owner)]
    yield Breach(verified[blank(verified.verified_on)], at="verified_on",
                 message=Text("The day of the verification is missing", "缺少验证日期"))  # fmt: skip
    yield Breach(verified[verified.verified_on < verified.rectify_done], at="verified_on",
                 message=Text("Verified on {verified_on}, before the completion on {rectify_done}",
                              "验证日期 {verified_on} 早于完成日期 {rectify_done}"))  # fmt: skip


@rule("CHK-005", at="checks.host_id", clause="二(二)2④", scope="book",
      en="{host_id} may not hold a {record_type}", zh="{host_id} 不具备{record_type}的检查权限",
      fix=Text("Projects and controls are checked by Operations Management, a deputy or the director; departments by a deputy or the director.",
               "项目和内控检查由运营管理部、副主任或主任进行；部门督查由副主任或主任进行。"))  # fmt: skip
def checkers_are_entitled(checks: Checks, employees: Employees, policy: Policy) -> Breaches:
    """Operations Management, a deputy or the director checks projects and controls; a deputy or the director supervises departments.
    项目和内控检查由运营管理部、副主任或主任进行，部门督查由副主任或主任进行。"""
    role = xlookup(checks.host_id, employees.employee_id, employees.role)
    department = xlookup(checks.host_id, employees.employee_id, employees.department)
    outside = checks.record_type.isin(["project_inspection", "control_check"]) & differ(department, policy("org.dept.ops"))
    led = role.isna() | role.isin(["deputy", "director"])  # a blank role is told in Employees
    yield checks[~led & (outside | (checks.record_type == "dept_supervision"))]


@rule("CHK-006", at="checks.sample_size", clause="六(三)3",
      en="A sample of {sample_size} is too small, policy asks for {least}", zh="抽样数 {sample_size} 不足，规定至少 {least}",
      fix=Text("Enter how many cases were looked at and how many of them were exceptions.", "填写抽样数和例外数。"))  # fmt: skip
def samples_are_large_enough(checks: Checks, policy: Policy) -> Breaches:
    """A control check looks at as many cases as policy asks for; exceptions are among them, and any is an issue.
    内控检查抽样数达到规定；例外数不超过抽样数，有例外即为问题。"""
    rows = checks[checks.record_type == "control_check"]
    rows = rows.assign(least=policy("ic.min_sample", rows))
    yield rows[blank(rows.sample_size) | (rows.sample_size < rows.column("least"))]
    wrong = blank(rows.exceptions) | (rows.exceptions < 0) | (rows.exceptions > rows.sample_size)
    yield Breach(rows[wrong], at="exceptions", message=Text("Exceptions {exceptions} must lie between 0 and the sample of {sample_size}",
                                                            "例外数 {exceptions} 须在0至抽样数 {sample_size} 之间"))  # fmt: skip
    yield Breach(rows[~wrong & (rows.exceptions > 0) & (rows.severity == "none")], at="severity",
                 message=Text("{exceptions} exceptions were found: say how severe they are", "有 {exceptions} 个例外，须填写严重程度"))  # fmt: skip


@rule("CHK-007", at="checks.rectify_due", clause="七(三)1",
      en="A {severity} security incident is fixed within {days} days, due is {rectify_due}", zh="{severity}信息安全事件须在 {days} 天内处置，期限为 {rectify_due}",
      fix=Text("Set a due date within the limit.", "将期限定在规定天数内。"))  # fmt: skip
def incidents_are_fixed_quickly(checks: Checks, policy: Policy) -> Breaches:
    """A security incident has a severity, and a due date within the days that policy gives it. 信息安全事件须有严重程度，并在规定天数内处置。"""
    incidents = checks[checks.record_type == "security_incident"]
    yield Breach(incidents[incidents.severity == "none"], at="severity",
                 message=Text("A security incident is minor, major or critical", "信息安全事件的严重程度须为一般、重要或重大"))  # fmt: skip
    incidents = incidents.assign(days=policy("sec.fix_days", incidents, incidents.severity))
    yield incidents[days_between(incidents.check_on, incidents.rectify_due) > incidents.column("days")]


@rule("CHK-008", at="checks.record_type", clause="二(二)2④", severity=WARNING, scope="centre",
      en="{dept}: no {kind} recorded from {first} to {last}", zh="{dept}在 {first} 至 {last} 无{kind}记录",
      fix=Text("Hold the check and record it.", "开展检查并登记。"))  # fmt: skip
def departments_are_supervised(checks: Checks, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Each department was supervised in the last closed quarter and had a security check in the last closed half-year.
    各部门上一季度有督查记录，上半年度有信息安全检查记录。"""
    for kind, months in ((RecordType.DEPT_SUPERVISION, 3), (RecordType.SECURITY_CHECK, 6)):
        first, last = last_closed(today, months)
        held = set(checks.department[(checks.record_type == kind) & checks.check_on.between(first, last)].dropna())
        for dept in policy("org.centre_depts"):
            if dept not in held:
                yield sheet_finding(dept=Dept.labels()[dept], kind=kind.text, first=first, last=last)
