"""Service tickets 客服工单: consultations, complaints and suggestions, their times and what customers thought."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.formulas.authority import holds_role
from opsbook.formulas.lookup import blank, differ, xlookup
from opsbook.formulas.scoring import graded
from opsbook.formulas.service import hours_between
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Count,
    Day,
    Moment,
    Policy,
    Prose,
    Quantity,
    Rows,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    figure,
    rule,
)  # fmt: skip
from opsbook.lists import Yesno

if TYPE_CHECKING:
    from opsbook.columns import Employees, Tickets


class TicketType(Choices):
    """What a customer wants."""

    CONSULTATION = "consultation", "Consultation", "咨询"
    COMPLAINT = "complaint", "Complaint", "投诉"
    SUGGESTION = "suggestion", "Suggestion", "建议"


class TicketChannel(Choices):
    """How a customer turned to us."""

    PHONE = "phone", "Phone", "电话"
    ONLINE = "online", "Online", "在线"
    EMAIL = "email", "Email", "邮件"
    VISIT = "visit", "Visit", "来访"
    OTHER = "other", "Other", "其他"


class Priority(Choices):
    """How soon it is wanted."""

    NORMAL = "normal", "Normal", "普通"
    URGENT = "urgent", "Urgent", "紧急"


class TicketStatus(Choices):
    """Where a ticket stands."""

    OPEN = "open", "Open", "待处理"
    IN_PROGRESS = "in_progress", "In progress", "处理中"
    REPLIED = "replied", "Replied", "已答复"
    RESOLVED = "resolved", "Resolved", "已解决"
    CLOSED = "closed", "Closed", "已关闭"
    REOPENED = "reopened", "Reopened", "已重开"
    OFF_PATH = nonmember(frozenset({"reopened"}))


HANDLER = Text("the handler", "处理人")


class Ticket(Sheet, key="tickets", id="ticket_id", dated_by="received_at"):
    """Consultations, complaints and suggestions with reply, resolution and satisfaction. 咨询、投诉、建议的答复、解决与满意度。"""

    clauses = ("二(二)5①", "二(二)5③")
    tab = Text("Service Tickets", "客服工单")
    workflow = Workflow(
        steps=(
            Step("open reopened", "in_progress", HANDLER, by="handler_id service"),
            Step("in_progress", "replied", HANDLER, by="handler_id service"),
            Step("replied", "resolved", HANDLER, by="handler_id service"),
            Step("resolved", "closed", Text("Customer Service, after the survey", "客户服务部（回访后）"), by="service"),
            Step("resolved closed", "reopened", Text("the customer, through the handler", "客户（经处理人）"), by="handler_id service"),
        ),
        others=(Actor("handler_id", "received_at"),),
        dates=("surveyed_on",),
        done=("closed",),
    )

    ticket_id: Code = column("Ticket ID", "工单编号", form="TKT-yyyymm-nnnn", unique=True, example="TKT-202608-0001")
    customer_id: Code = column("Customer", "客户", ref="customers.customer_id", example="CUS-0001")
    ticket_type: TicketType = column("Type", "类型", example="consultation")
    channel: TicketChannel = column("Channel", "渠道", example="phone")
    received_at: Moment = column(
        "Received At", "受理时间", check="[received_at] <= TODAY() + 1", example="2026-08-10 09:00:00"
    )
    content: Prose = column("Content", "内容", example="咨询发票开具流程")
    priority: Priority = column("Priority", "优先级", example="normal")
    handler_id: Code = column("Handler", "处理人", ref="employees.employee_id", example="EMP-0017")
    replied_at: Moment | None = column(
        "First Reply At", "首次答复", required_when='IN([status], "replied", "resolved", "closed")',
        example="2026-08-10 10:00:00",
    )  # fmt: skip
    resolved_at: Moment | None = column(
        "Resolved At", "解决时间", required_when='IN([status], "resolved", "closed")', example="2026-08-10 15:00:00"
    )
    resolution: Prose | None = column(
        "Resolution", "处理结果", required_when='[status] = "resolved"', required_by="TKT-006", example="已告知流程"
    )
    escalated: Yesno = column("Escalated", "是否升级", example="N")
    escalated_to: Code | None = column(
        "Escalated To", "升级处理人", ref="employees.employee_id", required_when='[escalated] = "Y"',
        example="EMP-0003",
    )  # fmt: skip
    reopen_count: Count | None = column("Reopened", "重开次数", ge=0, view="review")
    satisfaction: Count | None = column(
        "Satisfaction 1-5", "满意度", required_by="TKT-006", ge=0, le=5, view="review", example=5.0,
        help=Text("0: asked, no answer.", "0表示已回访未答复。"),
    )  # fmt: skip
    surveyed_on: Day | None = column(
        "Surveyed On", "回访日期", required_by="TKT-006", view="review", example="2026-08-12"
    )
    imp_id: Code | None = column(
        "Improvement", "优化措施", ref="improvements.imp_id", required_by="TKT-007", view="review"
    )
    reply_hours: Quantity | None = column("Reply Hours", "答复时长", computed=True, view="review")
    resolve_hours: Quantity | None = column("Resolve Hours", "解决时长", computed=True, view="review")
    sla_ok: Yesno | None = column("SLA Met", "时限达标", computed=True, view="review")
    status: TicketStatus = column("Status", "状态", example="in_progress")


#: Where a ticket still waits for its first reply, and for its resolution; from then on a missing time is unknown.
WAITING = {"reply": ["open", "in_progress", "reopened"], "resolve": ["open", "in_progress", "replied", "reopened"]}


def _so_far(tickets: Tickets, policy: Policy, today: pd.Timestamp, family: str) -> pd.Series:
    """Hours from receipt to the reply or resolution; while a ticket waits for it, to the end of the day of the report."""
    done = tickets.column({"reply": "replied_at", "resolve": "resolved_at"}[family])
    waiting = done.isna() & tickets.status.isin(WAITING[family])
    return hours_between(tickets, tickets.received_at, done.where(~waiting, today + pd.Timedelta(days=1)), policy)


def _limit(tickets: Tickets, policy: Policy, family: str) -> Any:
    return policy(f"sla.{family}", tickets, tickets.ticket_type, tickets.priority)


@rule("TKT-001", at="tickets.handler_id", clause="二(二)5①", scope="book",
      en="{handler_id} is not of Customer Service", zh="{handler_id} 不属于客户服务部",
      fix=Text("Name somebody of Customer Service.", "改为客户服务部人员。"))  # fmt: skip
def service_handles(tickets: Tickets, employees: Employees, policy: Policy) -> Rows:
    """An open ticket is handled by Customer Service. 未关闭工单由客户服务部处理。"""
    rows = tickets.open
    department = xlookup(rows.handler_id, employees.employee_id, employees.department)
    return rows[differ(department, policy("org.dept.service"))]


@rule("TKT-002", at="tickets.replied_at", clause="二(二)5①",
      en="Replied at {replied_at}, before it was received at {received_at}", zh="答复时间 {replied_at} 早于受理时间 {received_at}",
      fix=Text("Correct the times.", "更正时间。"))  # fmt: skip
def times_are_in_order(tickets: Tickets) -> Breaches:
    """A ticket is received, replied to and resolved, in this order. 受理、答复、解决时间依次不早于前者。"""
    yield tickets[tickets.replied_at < tickets.received_at]
    before = np.fmax(tickets.received_at.to_numpy(), tickets.replied_at.to_numpy())
    early = tickets.assign(before=pd.Series(before, index=tickets.index))[tickets.resolved_at < before]
    yield Breach(early, at="resolved_at", message=Text("Resolved at {resolved_at}, before it was received or replied to", "解决时间 {resolved_at} 早于受理或答复时间"))


@rule("TKT-003", at="tickets.reply_hours", clause="二(二)5①", severity=WARNING,
      en="The reply is late by {late} hours, {limit} are allowed", zh="答复超时 {late} 小时，时限 {limit} 小时",
      fix=Text("Reply at once.", "尽快答复。"))  # fmt: skip
def replies_are_in_time(tickets: Tickets, policy: Policy, today: pd.Timestamp) -> Rows:
    """The first reply comes within the hours of type and priority; of an open ticket the hours so far count.
    首次答复在时限内；未答复的按已过时间计算。"""
    spent, limit = _so_far(tickets, policy, today, "reply"), _limit(tickets, policy, "reply")
    return tickets.assign(late=spent - limit, limit=limit)[spent > limit]


@rule("TKT-004", at="tickets.resolve_hours", clause="二(二)5①", severity=WARNING,
      en="The resolution is late by {late} hours, {limit} are allowed", zh="解决超时 {late} 小时，时限 {limit} 小时",
      fix=Text("Resolve it, or escalate.", "尽快解决或升级处理。"))  # fmt: skip
def resolutions_are_in_time(tickets: Tickets, policy: Policy, today: pd.Timestamp) -> Rows:
    """A ticket is resolved within the hours of type and priority; of an open ticket the hours so far count.
    在时限内解决；未解决的按已过时间计算。"""
    spent, limit = _so_far(tickets, policy, today, "resolve"), _limit(tickets, policy, "resolve")
    return tickets.assign(late=spent - limit, limit=limit)[spent > limit]


@rule("TKT-005", at="tickets.escalated", clause="二(二)5①", scope="book",
      en="A complaint of {spent} hours (limit {limit}) must be escalated", zh="投诉已 {spent} 小时（时限 {limit}），须升级处理",
      fix=Text("Escalate to a deputy or the director.", "升级至副主任或主任。"))  # fmt: skip
def late_complaints_are_escalated(tickets: Tickets, employees: Employees, policy: Policy, today: pd.Timestamp) -> Breaches:
    """A complaint past twice its limit, or urgent and late, is escalated to a deputy or the director.
    超过两倍时限的投诉、超时的紧急投诉，须升级至副主任或主任。"""
    rows = tickets[tickets.ticket_type == "complaint"]
    spent, limit = _so_far(rows, policy, today, "resolve"), _limit(rows, policy, "resolve")
    late = (spent > 2 * limit) | ((rows.priority == "urgent") & (spent > limit))
    yield rows.assign(spent=spent, limit=limit)[late & (rows.escalated != "Y")]
    escalated = tickets[(tickets.escalated == "Y") & ~blank(tickets.escalated_to)]
    yield Breach(escalated[~holds_role(escalated.escalated_to, employees, "deputy", "director")], at="escalated_to",
                 message=Text("{escalated_to} is neither deputy nor director", "{escalated_to} 不是副主任或主任"))  # fmt: skip


@rule("TKT-006", at="tickets.satisfaction", clause="二(二)5①",
      en="Closed without its {column}", zh="关闭前缺少“{column}”",
      fix=Text("Ask the customer, then enter answer and day (0: no answer).", "回访客户，填写满意度（0为未答复）和日期。"))  # fmt: skip
def closed_tickets_were_surveyed(tickets: Tickets, policy: Policy) -> Breaches:
    """A closed ticket has a resolution, and the customer was asked (of consultations only where policy says so).
    已关闭工单须有处理结果和回访（咨询按规定）。"""
    closed = tickets[tickets.status == "closed"]
    asked = differ(closed.ticket_type, "consultation") | np.asarray(policy("sla.survey.consultation", closed) == "Y")
    for name, rows in (("resolution", closed), ("satisfaction", closed[asked]), ("surveyed_on", closed[asked])):
        yield Breach(rows[blank(rows.column(name))], at=name, values={"column": tickets.sheet.columns[name].header})


@rule("TKT-007", at="tickets.imp_id", clause="二(二)5③", severity=WARNING,
      en="Bad feedback (satisfaction {satisfaction}, reopened {reopen_count}) leads to an improvement", zh="满意度 {satisfaction}、重开 {reopen_count} 次，应转优化措施",
      fix=Text("Open an improvement and enter its number.", "登记优化措施并填写编号。"))  # fmt: skip
def bad_feedback_leads_somewhere(tickets: Tickets) -> Rows:
    """A satisfaction of 1 or 2, or a complaint reopened twice, has an improvement. 满意度1至2分或投诉重开两次及以上，应有优化措施。"""
    bad = tickets.satisfaction.between(1, 2) | ((tickets.ticket_type == "complaint") & (tickets.reopen_count >= 2))
    return tickets[bad & blank(tickets.imp_id)]


# ------------------------------------------------------------------------------------------------ figures


@figure("F-33", at="tickets.reply_hours", en="Reply hours", zh="答复时长", kind=Quantity, clause="二(二)5①", source="service desk practice")
def reply_hours(tickets: Tickets, policy: Policy) -> pd.Series:
    """Hours from receipt to the first reply, of the calendar or of working time as policy says. 受理至首次答复的小时数。"""
    return hours_between(tickets, tickets.received_at, tickets.replied_at, policy)


@figure("F-33", at="tickets.resolve_hours", en="Resolve hours", zh="解决时长", kind=Quantity, clause="二(二)5①", source="service desk practice")
def resolve_hours(tickets: Tickets, policy: Policy) -> pd.Series:
    """Hours from receipt to the resolution. 受理至解决的小时数。"""
    return hours_between(tickets, tickets.received_at, tickets.resolved_at, policy)


@figure("F-33", at="tickets.sla_ok", en="SLA met", zh="时限达标", kind=Yesno, clause="二(二)5①", source="service desk practice")
def sla_ok(tickets: Tickets, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """Whether reply and resolution came within their limits; blank while that is open. 答复和解决均在时限内；尚未确定的为空。"""
    spent = [(_so_far(tickets, policy, today, family), _limit(tickets, policy, family)) for family in ("reply", "resolve")]
    known = ~blank(tickets.replied_at, tickets.resolved_at)
    met = np.logical_and.reduce([known, *(np.asarray(hours <= limit) for hours, limit in spent)])
    missed = np.logical_or.reduce([np.asarray(hours > limit) for hours, limit in spent])
    return graded(np.select([met, missed], ["Y", "N"], ""), ["Y", "N"], tickets.index)
