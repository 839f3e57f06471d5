"""Waivers 豁免: findings that stay, and no longer block, because somebody entitled to has said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsbook.formulas.authority import director_approved, holds_role
from opsbook.formulas.lookup import blank, judged, length
from opsbook.grammar import (
    Actor,
    Breach,
    Breaches,
    Code,
    Day,
    Policy,
    Prose,
    Rows,
    Sheet,
    Text,
    Token,
    Workflow,
    column,
    rule,
)  # fmt: skip
from opsbook.grammar.finding import UNWAIVED
from opsbook.grammar.workings import Workings
from opsbook.lists import DocStatus, document_steps

if TYPE_CHECKING:
    from opsbook.columns import Employees, Waivers


class Waiver(Sheet, key="waivers", id="waiver_id", dated_by="requested_on"):
    """A finding of one rule about one record that is accepted until a day: it stays, shown as waived, and no longer blocks.
    对某记录某规则的问题给予豁免：问题保留并标为已豁免，在有效期内不再阻断。"""

    clauses = ("六(三)3",)
    tab = Text("Waivers", "豁免登记")
    workflow = Workflow(
        steps=document_steps(Text("whoever asks for it", "申请人"), Text("a deputy or the director", "副主任或主任"),
                             Text("Operations Management, expired", "运营管理部（到期）"), by=("requester_id", "deputy director", "ops")),
        makers=(Actor("requester_id", "requested_on"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("requested_on", "approved_on"),
        submitted="requested_on",
        waiting=("submitted",),
        approved=("approved", "closed"),
        done=("closed", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("valid_until",),
    )  # fmt: skip

    waiver_id: Code = column("Waiver ID", "豁免编号", form="WVR-yyyy-nnn", unique=True, example="WVR-2026-001")
    rule_id: Token = column("Rule", "规则", example="EXP-002")
    record_id: Token = column("Record", "记录编号", example="EXP-2026-00001", help=Text("The record that the finding names.", "问题所指的记录编号。"))
    reason: Prose = column("Reason", "豁免理由", example="出差期间无法及时提交", help=Text("At least 10 characters.", "不少于10字。"))
    requester_id: Code = column("Requester", "申请人", ref="employees.employee_id", example="EMP-0012")
    requested_on: Day = column("Requested On", "申请日期", example="2026-09-01")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review", example="EMP-0002"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', check="[approved_on] >= [requested_on]",
        view="review", example="2026-09-02",
    )  # fmt: skip
    valid_until: Day = column("Valid Until", "有效期至", check="[valid_until] >= [requested_on]", example="2026-12-31")
    status: DocStatus = column("Status", "状态", example="draft")


# Not in DOMAIN.md: waivers, which DECISIONS 3.8 asks for.
@rule("WVR-001", at="waivers.rule_id", clause="六(三)3",
      en="{rule_id} is no rule that can be waived", zh="{rule_id} 不是可豁免的规则",
      fix=Text("Enter the rule that the finding names; faults of the cell, of authority and of state are never waived.",
               "填写问题所列规则编号；单元格错误、权限和状态类规则不得豁免。"))  # fmt: skip
def waivers_name_a_rule(waivers: Waivers, book: Workings) -> Breaches:
    """A waiver that was not rejected or cancelled names a rule that exists and can be waived, and says why.
    未驳回、未作废的豁免须填写存在且可豁免的规则，并说明理由。"""
    known = {rule for rule in book.catalog.rules if not rule.startswith(UNWAIVED)}
    live = waivers.live
    yield live[~blank(live.rule_id) & ~judged(live.rule_id, lambda r: r.upper() in known)]
    yield Breach(live[~blank(live.reason) & (length(live.reason) < 10)], at="reason",
                 message=Text("A reason of at least 10 characters is asked for", "豁免理由不少于10字"))  # fmt: skip


# Not in DOMAIN.md: waivers, which DECISIONS 3.8 asks for.
@rule("WVR-002", at="waivers.approver_id", clause="六(三)2", scope="book",
      en="{approver_id} may not waive: a deputy or the director does", zh="{approver_id} 无权豁免，须由副主任或主任批准",
      fix=Text("Let a deputy or the director approve.", "由副主任或主任批准。"))  # fmt: skip
def leaders_waive(waivers: Waivers, employees: Employees, policy: Policy) -> Rows:
    """An approved waiver was approved by a deputy or the director. 已批准的豁免由副主任或主任批准。"""
    approved = waivers[waivers.status == "approved"]
    entitled = holds_role(approved.approver_id, employees, "deputy", "director")
    entitled |= director_approved(approved.approver_id, approved.requester_id, employees, policy("org.superior"))
    return approved[~blank(approved.approver_id) & ~entitled]
