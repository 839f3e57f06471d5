"""Papers of claims 报销文书: the claim form, with its amount in capitals, and the notice that returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.formulas.amount import in_capitals
from opsbook.grammar import Count, Day, Frame, Line, Money, Policy, Prose, Text, first
from opsbook.grammar.form import Fields, Lines, Signatures, Values, field, form, lines
from opsbook.grammar.workings import Workings, named

if TYPE_CHECKING:
    from opsbook.columns import Expenses

_ASKS = Text("a claim or a claim line, as CLM-2026-0001", "报销单号或行号，如 CLM-2026-0001")


def _claim(expenses: Expenses, record: str) -> Expenses:
    """The lines of a claim; a line without a claim number stands for itself."""
    rows = expenses[expenses.claim_id == record]
    if len(rows):
        return rows
    one = expenses[expenses.expense_id == record]
    claim = first(one, "claim_id")
    return expenses[expenses.claim_id == claim] if claim is not None else one


def _last(rows: Frame, name: str) -> Any:
    """The last day, or the last name, that any line bears; None if none does."""
    filled = rows.column(name).dropna()
    return None if not len(filled) else filled.max() if filled.dtype.kind == "M" else filled.iloc[-1]


def _who(rows: Frame, name: str, book: Workings) -> Any:
    return _last(rows.assign(who=named(rows.column(name), book)), "who")


@form("claim-form", of="expenses", en="Expense Claim Form", zh="费用报销单", asks=_ASKS, by="claim_id", clause="五(二)2", parts=(
    Fields(None, (field("claim_id"), field("submitted_on"), field("claimant", "Claimant", "报销人", Line), field("department"), field("project_id"), field("budget_id"))),
    Lines("lines", Text("Expenses", "费用明细"), (field("exp_type"), field("purpose"), field("start_on"), field("end_on"), field("voucher_type"), field("invoice_no"),
          field("total_amount"), field("claim_amount")), (1, 3, 1, 1, 1, 2, 1, 2), of="expenses"),
    Fields(Text("Total", "合计"), (field("total", "Total", "合计金额", Money), field("vouchers", "Vouchers Attached", "附单据数", Count),
           field("capitals", "Amount in Words", "大写金额", Line, wide=True), field("tax", "Of It Deductible Input Tax", "其中可抵扣税额", Money), field("status"))),
    Fields(Text("Approval", "审批"), (field("dept_approver", "Department", "部门审批", Line), field("dept_approved_on", "On", "日期", Day),
           field("reviewer", "Finance", "财务审核", Line), field("reviewed_on", "On", "日期", Day), field("approver", "Director", "主任审批", Line),
           field("approved_on", "On", "日期", Day), field("paid_on", "Paid On", "支付日期", Day))),
    Signatures((Text("Claimant", "报销人"), Text("Department", "部门负责人"), Text("Finance", "财务"), Text("Director", "主任"))),
))  # fmt: skip
def claim_form(expenses: Expenses, book: Workings, record: str) -> Values | None:
    """A claim with its lines, its total in figures and capitals, its vouchers and approvals. 报销单：明细、合计与大写金额、附单据数、审批。"""
    rows = _claim(expenses, record)
    if not len(rows):
        return None
    total = round(float(rows.claim_amount.sum()), 2)
    status = rows.status.dropna()
    return {
        "claim_id": first(rows, "claim_id") or first(rows, "expense_id"), "claimant": _who(rows, "employee_id", book),
        **{name: first(rows, name) for name in ("department", "project_id", "budget_id")}, "submitted_on": _last(rows, "submitted_on"),
        "lines": lines(rows, "exp_type", "purpose", "start_on", "end_on", "voucher_type", "invoice_no", "total_amount", "claim_amount"),
        "total": total, "capitals": Text(f"CNY {total:,.2f}", in_capitals(total)), "vouchers": float(rows.attachments.fillna(0.0).sum()),
        "tax": float(rows.deductible_tax.fillna(0.0).sum()), "status": str(status.iloc[0]) if len(status) and status.nunique() == 1 else None,
        "dept_approver": _who(rows, "dept_approver_id", book), "reviewer": _who(rows, "reviewer_id", book), "approver": _who(rows, "approver_id", book),
        **{name: _last(rows, name) for name in ("dept_approved_on", "reviewed_on", "approved_on", "paid_on")},
    }  # fmt: skip


@form("return-notice", of="expenses", en="Notice of Return", zh="报销退回通知", asks=_ASKS, by="claim_id", clause="五(二)3", judged=True, parts=(
    Fields(None, (field("claim_id"), field("claimant", "To", "报销人", Line), field("department"), field("total", "Amount", "报销金额", Money),
                  field("reviewer", "Returned By", "退回人", Line), field("returned_on"), field("due", "Correct and Hand In By", "更正期限", Day),
                  field("days", "Days Left", "剩余天数", Count))),
    Fields(Text("Why it is returned", "退回原因"), (field("reasons", "Reason", "原因", Prose, tall=3),)),
    Lines("findings", Text("What to put right", "需更正事项"), (field("record", "Line", "报销行", Line), field("rule", "Rule", "规则", Line), field("what",
                                                                                                                                                    "What Is Wrong",
                                                                                                                                                    "问题", Prose),
          field("fix", "Way Out", "处理办法", Prose), field("clause", "Clause", "条款", Line)), (2, 1, 4, 4, 1)),
    Lines("lines", Text("Lines", "费用明细"), (field("expense_id"), field("exp_type"), field("purpose"), field("invoice_no"), field("claim_amount")), (2, 2, 4, 2, 2),
          of="expenses"),
    Signatures((Text("Finance", "财务"), Text("Claimant", "报销人签收"), Text("Date", "日期"))),
))  # fmt: skip
def return_notice(expenses: Expenses, book: Workings, policy: Policy, today: pd.Timestamp, record: str) -> Values | None:
    """Why Finance returns a claim, what validation finds wrong with it, and by when it is to come back. 退回原因、校验发现的问题与更正期限。"""
    rows = _claim(expenses, record)
    if not len(rows):
        return None
    returned = _last(rows, "returned_on")
    allowed = policy("exp.return_days")
    due = returned + pd.Timedelta(days=allowed) if returned is not None else today + pd.Timedelta(days=allowed)
    ids = set(rows.expense_id.dropna())
    found = [{"record": f.record, "rule": f.rule, "what": f.message, "fix": f.fix, "clause": f.clause} for f in book.findings
             if f.key == "expenses" and f.record in ids and not f.waived]  # fmt: skip
    reasons = "; ".join(dict.fromkeys(rows.return_reason.dropna().astype(str)))
    return {
        "claim_id": first(rows, "claim_id") or first(rows, "expense_id"), "claimant": _who(rows, "employee_id", book), "department": first(rows, "department"),
        "total": round(float(rows.claim_amount.sum()), 2), "reviewer": _who(rows, "reviewer_id", book), "returned_on": returned, "due": due,
        "days": float((due - today).days), "reasons": reasons or (Text("See below.", "见下列事项。") if found else None), "findings": found,
        "lines": lines(rows, "expense_id", "exp_type", "purpose", "invoice_no", "claim_amount"),
    }  # fmt: skip
