"""Expense claims 费用报销: one row a voucher, from claim to payment."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import cents, sumif, xlookup
from opsbook.grammar import (
    Actor,
    Choices,
    Code,
    Count,
    Day,
    Line,
    Money,
    Path,
    Policy,
    Prose,
    Sheet,
    Step,
    Suggested,
    TaxRate,
    Text,
    Token,
    Uscc,
    Workflow,
    column,
    figure,
)  # fmt: skip
from opsbook.lists import City, Dept, ExpType

if TYPE_CHECKING:
    from opsbook.columns import Employees, Expenses


class CityTier(Choices):
    """Selects the standard of hotels and meals."""

    T1 = "T1", "Tier 1 city", "一类城市"
    T2 = "T2", "Tier 2 city", "二类城市"
    T3 = "T3", "Other city", "其他城市"


class VoucherType(Choices):
    """What proves the expense."""

    ALIASES = nonmember({
        "einvoice_special": "专票 数电发票(增值税专用发票) 电子专票",
        "einvoice_plain": "普票 数电发票(普通发票) 电子普票",
        "rail_eticket": "火车票 高铁票 动车票 铁路客票",
        "air_eticket": "行程单 机票行程单",
        "vat_special": "纸质专票",
        "vat_plain": "纸质普票",
        "ticket": "汽车票 出租车票",
        "fiscal": "财政收据 非税收入票据",
        "none": "无 无票",
    })  # fmt: skip

    EINVOICE_SPECIAL = "einvoice_special", "Digital special VAT e-invoice", "数电专票"
    EINVOICE_PLAIN = "einvoice_plain", "Digital plain VAT e-invoice", "数电普票"
    RAIL_ETICKET = "rail_eticket", "Rail e-ticket", "铁路电子客票"
    AIR_ETICKET = "air_eticket", "Air e-ticket itinerary", "航空电子客票行程单"
    VAT_SPECIAL = "vat_special", "VAT special invoice", "增值税专用发票"
    VAT_PLAIN = "vat_plain", "VAT plain invoice", "增值税普通发票"
    TICKET = "ticket", "Other passenger ticket", "其他客运票据"
    FISCAL = "fiscal", "Fiscal receipt", "财政票据"
    RECEIPT = "receipt", "Receipt", "收据"
    NONE = "none", "Allowance without voucher", "补助无票"


class EinvoiceStatus(Choices):
    """What the tax bureau says of an invoice."""

    NORMAL = "normal", "Normal", "正常"
    RED = "red", "Reversed", "已红冲"
    VOID = "void", "Void", "已作废"


class ExpStatus(Choices):
    """Where a claim stands."""

    DRAFT = "draft", "Draft", "草稿"
    SUBMITTED = "submitted", "Submitted", "已提交"
    DEPT_APPROVED = "dept_approved", "Dept approved", "部门已审"
    FINANCE_PASSED = "finance_passed", "Finance passed", "财务审核通过"
    DIRECTOR_APPROVED = "director_approved", "Director approved", "主任已批"
    PAID = "paid", "Paid", "已支付"
    RETURNED = "returned", "Returned", "已退回"
    REJECTED = "rejected", "Rejected", "已驳回"
    CANCELLED = "cancelled", "Cancelled", "已作废"
    OFF_PATH = nonmember(frozenset({"returned", "rejected", "cancelled"}))


CLAIMANT = Text("the claimant", "报销人")
FINANCE = Text("Finance", "财务部门")
INVOICED = 'IN([voucher_type], "einvoice_special", "einvoice_plain", "vat_special", "vat_plain")'
NUMBERED = (
    'IN([voucher_type], "einvoice_special", "einvoice_plain", "rail_eticket", "air_eticket", "vat_special", "vat_plain")'
)


class Expense(Sheet, key="expenses", id="expense_id", dated_by="end_on", scoped_by=("department",)):
    """Expense claim lines with vouchers: one row a voucher, grouped by claim number.
    报销明细：一行一张凭证，按报销单号归集。"""

    clauses = ("五(一)3", "五(二)1", "五(二)2", "五(二)3")
    tab = Text("Expense Claims", "费用报销")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", CLAIMANT, by="employee_id"),
            Step("submitted", "dept_approved", Text("deputy in charge (the director for deputies)", "分管副主任（副主任的由主任审批）"), by="deputy director"),
            Step("dept_approved", "finance_passed", FINANCE, by="finance"),
            Step("finance_passed", "director_approved", Text("the director above P(exp.limit.deputy)", "中心主任（超过副主任审批上限）"), by="director"),
            Step("finance_passed director_approved", "paid", FINANCE, by="finance"),
            Step("submitted dept_approved finance_passed", "returned", Text("Finance or the approver, with a reason", "财务或审批人（注明退回原因）"),
                 by="finance deputy director"),
            Step("submitted dept_approved", "rejected", Text("the approver", "审批人"), by="deputy director finance"),
            Step("draft returned", "cancelled", CLAIMANT, by="employee_id"),
        ),
        makers=(Actor("employee_id", "submitted_on"),),
        checkers=(Actor("dept_approver_id", "dept_approved_on"), Actor("reviewer_id", "reviewed_on"),
                  Actor("approver_id", "approved_on")),
        dates=("start_on", "submitted_on", "dept_approved_on", "reviewed_on", "approved_on", "returned_on", "paid_on"),
        submitted="submitted_on",
        waiting=("submitted", "dept_approved"),
        approved=("dept_approved", "finance_passed", "director_approved", "paid"),
        done=("paid", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("paid_on", "einvoice_status", "checked_on", "tax_rate", "net_amount", "tax_amount", "nontax_amount"),
    )  # fmt: skip

    expense_id: Code = column("Line ID", "明细编号", form="EXP-yyyy-nnnnn", unique=True, example="EXP-2026-00001")
    claim_id: Code = column("Claim No", "报销单号", form="CLM-yyyy-nnnn", example="CLM-2026-0001")
    employee_id: Code = column("Claimant", "报销人", ref="employees.employee_id", example="EMP-0012")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    project_id: Code | None = column("Project", "项目", ref="projects.project_id")
    budget_id: Code = column("Budget Line", "预算行", ref="budget.budget_id", example="BUD-2026-001")
    exp_type: ExpType = column("Expense Type", "费用类型", example="office")
    purpose: Prose = column("Purpose", "事由", example="采购办公用品一批，供部门日常使用")
    city: Suggested[City] | None = column("City", "城市", required_when='IN([exp_type], "hotel", "meal", "travel_city")', example="上海")
    city_tier: CityTier | None = column(
        "City Tier", "城市级别", required_when='IN([exp_type], "hotel", "meal")', example="T1",
        help=Text("As Policy lists the city.", "按制度参数中的城市级别。"),
    )  # fmt: skip
    start_on: Day = column("Occurred From", "发生开始", check="[start_on] <= TODAY()", example="2026-08-03")
    end_on: Day = column("Occurred To", "发生结束", check="[end_on] >= [start_on]", example="2026-08-03")
    days: Count | None = column(
        "Days / Nights", "天数或晚数", ge=0, required_when='IN([exp_type], "hotel", "meal", "travel_local")', example=1.0,
        check='OR(AND([exp_type] = "hotel", [days] = [end_on] - [start_on]),'
              ' AND([exp_type] = "meal", [days] = [end_on] - [start_on] + 1), NOT(IN([exp_type], "hotel", "meal")))',
        help=Text("Hotel: nights. Meals: days, both ends counted.", "住宿填晚数；伙食补助填天数（含首尾两天）。"),
    )  # fmt: skip
    persons: Count | None = column(
        "Persons", "人数", ge=1, required_when='IN([exp_type], "hotel", "entertainment")', example=1.0
    )
    staff_count: Count | None = column(
        "Accompanying Staff", "陪同人数", ge=0, required_when='[exp_type] = "entertainment"', example=1.0
    )
    prior_approval: Line | None = column("Prior Approval No", "事前审批单号", required_by="EXP-015", example="SQ-2026-001")
    voucher_type: VoucherType = column("Voucher Type", "凭证类型", example="receipt")
    invoice_code: Token | None = column(
        "Invoice Code", "发票代码", required_when='IN([voucher_type], "vat_special", "vat_plain")', example="1100224130",
        help=Text("10 or 12 digits.", "10位或12位数字。"),
    )  # fmt: skip
    invoice_no: Token | None = column(
        "Invoice No", "发票号码", required_when=NUMBERED, example="26112000000012345678", aliases=("数电发票号码", "数电票号码", "电子客票号码"),
        help=Text("20 digits for digital invoices and e-tickets, 8 for older ones; keep as text.",
                  "数电发票和电子客票20位，旧版发票8位；按文本填写。"),
    )  # fmt: skip
    invoice_date: Day | None = column("Invoice Date", "开票日期", required_when=NUMBERED, example="2026-08-03", aliases=("填开日期",))
    seller_name: Line | None = column("Seller", "销售方", required_when=INVOICED, example="北京某某商贸有限公司", aliases=("销方名称", "销售方名称"))
    seller_uscc: Uscc | None = column(
        "Seller USCC", "销售方税号", required_when=INVOICED, example="91110108MA01ABCD5T",
        aliases=("销方识别号", "销售方识别号", "销售方纳税人识别号"),
    )  # fmt: skip
    buyer_name: Line | None = column(
        "Buyer", "购买方名称", required_when=INVOICED, example="Operations Centre", aliases=("购方名称",)
    )
    buyer_uscc: Uscc | None = column(
        "Buyer USCC", "购买方税号", required_when=INVOICED, example="91110000600037341L",
        aliases=("购方识别号", "购买方识别号", "购买方纳税人识别号"),
    )  # fmt: skip
    total_amount: Money = column("Voucher Total (incl. tax)", "价税合计", gt=0, example=100.0, aliases=("价税合计金额",))
    tax_rate: TaxRate | None = column(
        "Tax Rate", "税率", required_by="EXP-008", view="finance",
        help=Text("Blank for several rates or on the margin.", "多税率或差额征税留空。"),
    )  # fmt: skip
    net_amount: Money | None = column("Net Amount", "不含税金额", ge=0, required_when=INVOICED, example=100.0, aliases=("金额",))
    tax_amount: Money | None = column("Tax Amount", "税额", ge=0, required_when=INVOICED, example=0.0)
    nontax_amount: Money | None = column(
        "Non-taxable Amount", "不计税金额", ge=0, view="finance", help=Text("Airport fund and the like.", "机场建设费等。")
    )
    claim_amount: Money = column("Claimed Amount", "报销金额", gt=0, example=100.0)
    attachments: Count = column("Attachments", "附单据数", ge=0, example=1.0)
    attachment_ref: Path | None = column("Attachment Reference", "附件索引", required_by="EXP-003", example="2026/08/0001.ofd")
    einvoice_status: EinvoiceStatus | None = column("Invoice Status", "发票状态", view="finance")
    checked_on: Day | None = column("Checked On", "查验日期", check="[checked_on] >= [invoice_date]", view="finance")
    submitted_on: Day | None = column(
        "Submitted On", "提交日期",
        required_when='NOT(IN([status], "draft", "cancelled"))', example="2026-08-05", check="[submitted_on] >= [end_on]",
    )  # fmt: skip
    dept_approver_id: Code | None = column(
        "Dept Approver", "部门审批人", ref="employees.employee_id", required_when='FROM([status], "dept_approved")',
        view="review", example="EMP-0002",
    )  # fmt: skip
    dept_approved_on: Day | None = column(
        "Dept Approved On", "部门审批日期", required_when='FROM([status], "dept_approved")',
        check="[dept_approved_on] >= [submitted_on]", view="review", example="2026-08-06",
    )  # fmt: skip
    reviewer_id: Code | None = column(
        "Finance Reviewer", "财务审核人", ref="employees.employee_id", required_by="EXP-012", view="finance", example="EMP-0019"
    )
    reviewed_on: Day | None = column("Reviewed On", "审核日期", required_by="EXP-012", view="finance", example="2026-08-07")
    return_reason: Prose | None = column("Return Reason", "退回原因", required_by="EXP-013", view="review", example="发票抬头有误")
    returned_on: Day | None = column(
        "Returned On", "退回日期", required_when='[status] = "returned"', check="[returned_on] >= [submitted_on]",
        view="review", example="2026-08-08",
    )  # fmt: skip
    approver_id: Code | None = column(
        "Director Approver", "主任审批人", ref="employees.employee_id", required_by="EXP-014", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Director Approved On", "主任审批日期", required_by="EXP-014", check="[approved_on] >= [reviewed_on]", view="review",
        example="2026-08-09",
    )  # fmt: skip
    paid_on: Day | None = column(
        "Paid On", "支付日期", required_when='[status] = "paid"', check="[paid_on] >= [reviewed_on]", view="finance",
        example="2026-08-12",
    )  # fmt: skip
    status: ExpStatus = column("Status", "状态", example="draft")


# ------------------------------------------------------------------------------------------------ figures


@figure("F-23", at="expenses.standard", en="Expense standard", zh="报销标准", kind=Money, clause="五(二)1",
        source="Policy, in the manner of 差旅费管理办法")  # fmt: skip
def standard(expenses: Expenses, employees: Employees, policy: Policy) -> pd.Series:
    """What the line may claim at most: hotel by tier, level, nights and rooms; meals, local transport, communication and
    entertainment by day, month or person; blank where there is no limit.
    本行可报销的最高金额：住宿按城市级别、职级、晚数和房间数，其余按天、月或人；无标准的为空。"""
    level = xlookup(expenses.employee_id, employees.employee_id, employees.post_level)
    rooms = np.ceil(expenses.persons / policy("exp.hotel.share", expenses))
    months = (expenses.end_on.dt.year - expenses.start_on.dt.year) * 12 + expenses.end_on.dt.month - expenses.start_on.dt.month + 1
    limits = {
        "hotel": policy("exp.hotel", expenses, expenses.city_tier, level) * expenses.days * rooms,
        "meal": policy("exp.meal", expenses, expenses.city_tier) * expenses.days,
        "travel_local": policy("exp.local_day", expenses) * expenses.days,
        "communication": policy("exp.comm", expenses, level) * months,
        "entertainment": policy("exp.ent.per_person", expenses) * expenses.persons,
    }
    cases = [np.asarray(expenses.exp_type == code) for code in limits]
    return pd.Series(cents(np.select(cases, list(limits.values()), np.nan)), index=expenses.index)


@figure("F-24", at="expenses.deductible_tax", en="Deductible input tax", zh="可抵扣进项税额", kind=Money, clause="五(二)3",
        source="财政部 税务总局 海关总署公告2019年第39号")  # fmt: skip
def deductible_tax(expenses: Expenses, policy: Policy) -> pd.Series:
    """The input tax of a special invoice of a deductible type; of passenger transport the tax typed, else fare ÷ 1.09 x 9 %
    by air and rail, fare ÷ 1.03 x 3 % by road and water; never more than the claim.
    Of an invoice that several lines share, or that is claimed in part, the claimed share.
    可抵扣类型专用发票的进项税额；旅客运输按票面税额，未填的航空铁路按9%、公路水路按3%计算；不超过报销金额。部分报销或多行共用发票的，按报销金额占价税合计的比例。"""
    kind = expenses.voucher_type
    fare = expenses.total_amount - expenses.nontax_amount.fillna(0)
    by_rate = np.select([kind.isin(["rail_eticket", "air_eticket"]), kind == "ticket"], [fare / 1.09 * 0.09, fare / 1.03 * 0.03], 0.0)
    proves = kind.isin(["einvoice_special", "vat_special", "rail_eticket", "air_eticket", "ticket"])
    proves |= (kind == "einvoice_plain") & (expenses.exp_type == "travel_city")
    counts = proves & policy.allows("exp.vat.deductible", expenses, expenses.exp_type)
    tax = expenses.tax_amount.fillna(pd.Series(cents(by_rate), index=expenses.index)).where(counts, 0.0)
    share = expenses.claim_amount / expenses.total_amount
    return np.fmin(cents(tax * np.fmin(share, 1.0)), expenses.claim_amount)


@figure("F-24", at="expenses.cost_amount", en="Claim without deductible tax", zh="扣除可抵扣税额后的报销金额", kind=Money,
        clause="五(二)3", source="as F-24")  # fmt: skip
def cost_amount(expenses: Expenses) -> pd.Series:
    """The claimed amount less its deductible tax. 报销金额减可抵扣进项税额。"""
    return cents(expenses.claim_amount - expenses.deductible_tax)


@figure("F-25", at="expenses.claim_total", en="Claim total", zh="报销单合计", kind=Money, clause="五(二)3", source="management reporting")
def claim_total(expenses: Expenses) -> pd.Series:
    """The sum of all lines of the claim that are not rejected or cancelled. 同一报销单未驳回、未作废各行的合计。"""
    return cents(sumif(expenses.claim_id, expenses.live.claim_id, expenses.live.claim_amount))
