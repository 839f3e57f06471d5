"""What must hold of expense claims 费用报销: scope, vouchers, invoices, standards, budget, approvals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import director_approved
from opsbook.formulas.identifiers import digits, number_of, uscc_ok
from opsbook.formulas.lookup import (
    blank,
    cents,
    days_between,
    differ,
    doubled,
    each_text,
    folded,
    has_each,
    judged,
    length,
    matches,
    xlookup,
)
from opsbook.formulas.vouchers import KNOWN_BY, PAPER, alike, elsewhere, invoice_of, paper_of, shared
from opsbook.grammar import WARNING, Breach, Breaches, Policy, Rows, Text, rule
from opsbook.grammar.former import Former
from opsbook.grammar.workings import Workings

if TYPE_CHECKING:
    from opsbook.columns import Budget, Employees, Expenses, Projects

INVOICES = ["einvoice_special", "einvoice_plain", "vat_special", "vat_plain"]
DIGITAL = ["einvoice_special", "einvoice_plain", "rail_eticket", "air_eticket"]  # 20 digits
OLD = ["vat_special", "vat_plain"]  # code and 8 digits


@rule("EXP-001", at="expenses.exp_type", clause="五(二)1",
      en="{exp_type} is not reimbursable", zh="“{exp_type}”不在报销范围内",
      fix=Text("Choose the type that fits, or have Policy exp.scope extended.", "选择适当的费用类型，或调整报销范围。"))  # fmt: skip
def types_are_reimbursable(expenses: Expenses, policy: Policy) -> Rows:
    """The expense type is within the scope that policy names. 费用类型在报销范围内。"""
    live = expenses.live
    return live[~policy.allows("exp.scope", live, live.exp_type) & live.exp_type.notna()]


@rule("EXP-002", at="expenses.submitted_on", clause="五(二)2",
      en="Submitted {days} days after the expense; policy allows {allowed}", zh="费用发生后 {days} 天才提交，规定 {allowed} 天内",
      fix=Text("Have the delay waived, or withdraw the claim.", "申请豁免逾期，或撤回报销。"))  # fmt: skip
def claims_come_in_time(expenses: Expenses, policy: Policy) -> Breaches:
    """An open claim was submitted within the days that policy allows after the expense (a warning from two thirds on).
    未结报销须在费用发生后规定天数内提交（达三分之二即预警）。"""
    rows = expenses.open
    days, allowed = days_between(rows.end_on, rows.submitted_on), policy("exp.deadline_days", rows)
    rows = rows.assign(days=days, allowed=allowed)
    yield rows[days > allowed]
    yield Breach(rows[(days >= allowed * 2 / 3) & (days <= allowed)], severity=WARNING)


@rule("EXP-003", at="expenses.voucher_type", clause="五(二)2",
      en="Voucher missing: {exp_type} needs one", zh="缺少发票或收据等凭证：{exp_type}须有凭证",
      fix=Text("Attach the voucher and enter its type, number of sheets and file.", "补充凭证，并填写类型、附单据数和附件索引。"))  # fmt: skip
def vouchers_are_there(expenses: Expenses, policy: Policy) -> Breaches:
    """Only types that policy names go without a voucher; any other line has attachments, an e-voucher its file.
    仅免票类型可无凭证；其余须有附件，电子凭证须有附件索引。"""
    none = expenses.voucher_type == "none"
    yield expenses[none & expenses.exp_type.notna() & ~policy.allows("exp.no_voucher", expenses, expenses.exp_type)]
    given = expenses[~none & expenses.voucher_type.notna()]
    yield Breach(given[given.attachments < 1], at="attachments",
                 message=Text("A {voucher_type} comes with at least one sheet", "{voucher_type}的附单据数至少为1"))  # fmt: skip
    yield Breach(given[given.voucher_type.isin(DIGITAL) & blank(given.attachment_ref)], at="attachment_ref",
                 message=Text("The file of the {voucher_type} is missing", "缺少{voucher_type}的附件索引"))  # fmt: skip


@rule("EXP-004", at="expenses.invoice_no", clause="五(二)3", scope="book",
      across=f"{' '.join(KNOWN_BY)} status assets.invoice_no", alike=paper_of,
      en="Invoice {no} already claimed on {other}", zh="发票 {no} 已在 {other} 报销",
      fix=Text("Delete the double claim, or correct the number.", "删除重复报销，或更正发票号码。"))  # fmt: skip
def invoices_are_claimed_once(expenses: Expenses, book: Workings, former: Former) -> Breaches:
    """An invoice stands in one claim: by its 20 digits, else by code and number, in other workbooks and among the assets too. Lines of the claim that
    share it repeat its total, net and tax, and claim no more than its total. Vouchers without a number are compared by seller, date and amount,
    tickets without either by person, type, day and amount (warnings). 同一发票只在一张报销单报销：数电发票按号码，其他按代码和号码，
    含其他工作簿和资产台账；同单各行共用一张发票的，各行填全票价税合计、不含税和税额，报销金额合计不超过价税合计。
    无号码的凭证按销售方、日期、金额，均无的客票按报销人、类型、日期、金额核对（预警）。"""
    live = expenses.live
    invoice = invoice_of(live.invoice_no, live.invoice_code)
    yield from shared(live, invoice)
    yield from elsewhere(live, invoice, book, former)
    yield from alike(live[live.voucher_type.isin(PAPER) & invoice.isna()], former)


@rule("EXP-005", at="expenses.invoice_no", clause="五(二)2",
      en="Invoice number {invoice_no} has the wrong form for a {voucher_type}", zh="发票号码 {invoice_no} 不符合{voucher_type}的格式",
      fix=Text("20 digits that begin with year and region, or a code of 10 or 12 digits with a number of 8.",
               "数电发票为20位，以年份和地区码开头；旧版发票代码10或12位、号码8位。"))  # fmt: skip
def invoice_numbers_have_their_form(expenses: Expenses, policy: Policy) -> Breaches:
    """A 20-digit number begins with the year of the invoice and a known region; an older invoice has a code of 10 or 12
    digits and a number of 8. 20位号码前两位为开票年份、三四位为地区码；旧版发票代码10或12位、号码8位。"""
    digital = expenses[expenses.voucher_type.isin(DIGITAL)]
    number = digits(digital.invoice_no.cat.categories, 20)
    regions = [int(region) for region in policy("ref.region2")]
    year_of = np.where(np.isin(number[:, 2] * 10 + number[:, 3], regions), number[:, 0] * 10 + number[:, 1], -1)
    year = np.append(year_of, -1)[digital.invoice_no.cat.codes]  # of a well-formed number, else -1
    other_year = digital.invoice_date.notna() & (year != digital.invoice_date.dt.year % 100)
    yield digital[digital.invoice_no.notna() & ((year < 0) | other_year)]
    old = expenses[expenses.voucher_type.isin(OLD)]
    yield old[old.invoice_no.notna() & ~matches(old.invoice_no, "[0-9]{8}")]
    yield Breach(old[old.invoice_code.notna() & ~matches(old.invoice_code, "[0-9]{10}|[0-9]{12}")], at="invoice_code",
                 message=Text("Invoice code {invoice_code} has not 10 or 12 digits", "发票代码 {invoice_code} 不是10或12位数字"))  # fmt: skip


def code_of(codes: pd.Series) -> pd.Series:
    """Credit codes as they are compared: small letters and blanks make no other code."""
    return each_text(codes, lambda code: re.sub(r"\s+", "", code).upper())


@rule("EXP-006", at="expenses.buyer_uscc", clause="五(二)3",
      en="Buyer tax number {buyer_uscc} differs from ours, {ours}", zh="购买方税号 {buyer_uscc} 与本单位 {ours} 不一致",
      fix=Text("Have the seller issue the invoice again to our name and number.", "请销售方按本单位名称和税号重新开票。"))  # fmt: skip
def invoices_name_buyer_and_seller(expenses: Expenses, policy: Policy) -> Breaches:
    """An invoice is issued to our name and credit code; the seller's code of 18 characters passes GB 32100.
    发票购买方名称和税号为本单位；销售方18位税号通过GB 32100校验。"""
    rows = expenses.live[expenses.live.voucher_type.isin(INVOICES)]
    name, code = (pd.Series(policy(key, rows), index=rows.index).astype("category") for key in ("org.name", "org.uscc"))
    yield rows.assign(ours=code)[differ(code_of(rows.buyer_uscc), code_of(code))]
    yield Breach(rows.assign(ours=name)[differ(folded(rows.buyer_name), folded(name))], at="buyer_name",
                 message=Text("Buyer {buyer_name} differs from our name, {ours}", "购买方 {buyer_name} 与本单位 {ours} 不一致"))  # fmt: skip
    seller = code_of(rows.seller_uscc)
    whole = length(seller) == 18
    yield Breach(rows[whole & ~judged(seller, uscc_ok)], at="seller_uscc",
                 message=Text("Seller tax number {seller_uscc} fails its check digit", "销售方税号 {seller_uscc} 校验位错误"),
                 fix=Text("Copy the number again from the invoice.", "对照发票重新填写。"))  # fmt: skip
    yield Breach(rows[~whole & rows.seller_uscc.notna()], at="seller_uscc", severity=WARNING,
                 message=Text("Seller tax number {seller_uscc} has not 18 characters", "销售方税号 {seller_uscc} 不是18位"),
                 fix=Text("Natural persons and small traders may have another number; check it.", "自然人或小规模商户可为其他号码，请核对。"))  # fmt: skip


@rule("EXP-007", at="expenses.invoice_date", clause="五(二)3", severity=WARNING,
      en="Invoice date {invoice_date} does not fit the expense, {start_on} to {end_on}",
      zh="开票日期 {invoice_date} 与费用发生日期 {start_on} 至 {end_on} 不符",
      fix=Text("Check both dates.", "核对两个日期。"))  # fmt: skip
def invoice_dates_fit(expenses: Expenses, policy: Policy) -> Rows:
    """An invoice is dated around the expense, within the days that policy names, and not after the claim.
    开票日期在费用发生前后规定天数内，且不晚于提交日期。"""
    rows = expenses.live
    before = days_between(rows.invoice_date, rows.start_on) > policy("exp.inv_before", rows)
    after = days_between(rows.end_on, rows.invoice_date) > policy("exp.inv_after", rows)
    return rows[before | after | (rows.invoice_date > rows.submitted_on)]


@rule("EXP-008", at="expenses.tax_amount", clause="五(二)3",
      en="Net {net_amount} + tax {tax_amount} + non-taxable {other:money} = {total:money}, differs from the total {total_amount} by {off:money}",
      zh="不含税金额 {net_amount}＋税额 {tax_amount}＋不计税 {other:money}＝{total:money}，与价税合计 {total_amount} 相差 {off:money}",
      fix=Text("Copy the amounts again from the voucher.", "对照凭证重新填写金额。"))  # fmt: skip
def tax_adds_up(expenses: Expenses, policy: Policy) -> Breaches:
    """Net, tax and non-taxable amounts sum to the total; with one rate, the tax is the net amount times it, and the rate
    is one that policy allows. 不含税、税额、不计税合计等于价税合计；填有税率时税额等于不含税金额乘税率，税率在允许范围内。"""
    rows = expenses[expenses.net_amount.notna() & expenses.tax_amount.notna()]
    other = rows.nontax_amount.fillna(0)
    total = cents(rows.net_amount + rows.tax_amount + other)
    off = cents(np.abs(total - rows.total_amount))
    unequal = off > 0.01 + 1e-9
    yield rows.assign(other=other, total=total, off=off)[unequal]
    due = cents(rows.net_amount * rows.tax_rate)
    wrong = np.abs(rows.tax_amount - due) > policy("exp.tax_tolerance", rows) + 1e-9
    yield Breach(rows.assign(due=due)[wrong & ~unequal],
                 message=Text("Tax {tax_amount} is not net {net_amount} x {tax_rate} = {due:money}",
                              "税额 {tax_amount} 不等于不含税金额 {net_amount}×{tax_rate}＝{due:money}"))  # fmt: skip
    codes, rates = pd.factorize(expenses.tax_rate)
    percent = pd.Series(pd.Categorical.from_codes(codes, pd.Index([f"{r * 100:.6g}" for r in rates])), index=expenses.index)
    known = policy.allows("exp.tax_rates", expenses, percent)
    yield Breach(expenses[expenses.tax_rate.notna() & ~known], at="tax_rate",
                 message=Text("{tax_rate} is no VAT rate that policy allows", "税率 {tax_rate} 不在允许范围内"))  # fmt: skip


@rule("EXP-009", at="expenses.claim_amount", clause="五(二)3",
      en="Claim {claim_amount} exceeds the voucher, {total_amount}", zh="报销金额 {claim_amount} 大于价税合计 {total_amount}",
      fix=Text("Claim at most what the voucher says.", "报销金额不超过凭证金额。"))  # fmt: skip
def claims_stay_within_the_voucher(expenses: Expenses) -> Breaches:
    """A claim is more than 0 and at most the voucher's total. 报销金额大于零且不超过价税合计。"""
    yield expenses[expenses.claim_amount > expenses.total_amount + 0.005]
    yield Breach(expenses[expenses.claim_amount <= 0], message=Text("Claim {claim_amount} is not more than 0", "报销金额 {claim_amount} 不大于零"))


@rule("EXP-010", at="expenses.claim_amount", clause="五(二)1", scope="book",
      en="{tier}{level} standard {standard}, this line {claim_amount}, over by {over:money}",
      zh="{tier}{level}标准 {standard}，本行 {claim_amount}，超出 {over:money}",
      fix=Text("Claim at most the standard; the rest is the traveller's own.", "按标准报销，超出部分自理。"))  # fmt: skip
def claims_stay_within_the_standard(expenses: Expenses, employees: Employees) -> Rows:
    """A claim is at most the standard of its type. 报销金额不超过该类费用标准。"""
    live = expenses.live
    rows = live[cents(live.claim_amount - live.standard) > 0]
    level = xlookup(rows.employee_id, employees.employee_id, employees.post_level)
    shown = employees.sheet.columns["post_level"].kind.show
    tier = expenses.sheet.columns["city_tier"].kind.show
    return rows.assign(
        over=cents(rows.claim_amount - rows.standard),
        level=[shown(v) if isinstance(v, str) else "" for v in level],
        tier=[_before(tier(t)) if isinstance(t, str) else "" for t in rows.city_tier],
    )


def _before(said: Text | str) -> Text:
    """Words that stand before others: English parts them by a blank, Chinese does not."""
    return Text(f"{said.en} ", said.zh) if isinstance(said, Text) else Text(f"{said} ", said)


# Not in DOMAIN.md: the Constraint of expenses.city_tier: the tier is from P(exp.city.*).
@rule("EXP-024", at="expenses.city_tier", clause="五(二)1",
      en="Policy has {city} as {stated}, not {city_tier}", zh="制度参数中{city}为{stated}，不是{city_tier}",
      fix=Text("Enter the tier that Policy exp.city names; a city not named is an other city.", "按制度参数 exp.city 填写城市级别，未列明的为其他城市。"))  # fmt: skip
def tiers_are_those_of_policy(expenses: Expenses, policy: Policy) -> Rows:
    """A city's tier, by which standards go, is the one that Policy names. 城市级别与制度参数一致。"""
    rows = expenses.live
    rows = rows[rows.city.notna() & rows.city_tier.notna()]
    named = policy("exp.city", rows, rows.city)
    stated = named.where(named.notna(), "T3")
    wrong = rows.assign(stated=stated)[rows.city_tier.astype(object) != stated]
    return wrong.assign(stated=wrong.column("stated").map(expenses.sheet.columns["city_tier"].kind.show))


@rule("EXP-011", at="expenses.budget_id", clause="五(一)3", scope="book",
      en="Budget line {budget_id} is exhausted: {claim_amount} claimed, {free:money} available",
      zh="预算行 {budget_id} 余额不足：报销 {claim_amount}，可用 {free:money}",
      fix=Text("Use an approved line of the same year and department that allows this type and has money left.",
               "选择同年度、同部门、允许该费用类型且余额充足的已批准预算行。"))  # fmt: skip
def budget_lines_fit(expenses: Expenses, budget: Budget, policy: Policy) -> Breaches:
    """An open line's budget is approved, of its year and department, allows its type, and has what it claims.
    未结报销的预算行已批准，年度、部门、费用类型相符，且余额充足。"""
    rows = expenses.open
    of = {name: xlookup(rows.budget_id, budget.budget_id, budget.column(name))
          for name in ("status", "year", "department", "exp_types", "control", "available")}  # fmt: skip
    reasons = {
        Text("it is not approved", "未批准"): of["status"].notna() & ~of["status"].isin(["approved", "closed"]),
        Text("it is of another year", "年度不符"): differ(of["year"], rows.end_on.dt.year),
        Text("it is of another department", "部门不符"): differ(of["department"], rows.department),
        Text("it does not allow this expense type", "不含该费用类型"): of["exp_types"].notna() & rows.exp_type.notna()
        & ~has_each(of["exp_types"], rows.exp_type),
    }
    unfit = pd.Series(False, index=rows.index)
    for reason, fails in reasons.items():
        yield Breach(rows.assign(why=reason)[fails & ~unfit],
                     message=Text("Budget line {budget_id} does not fit: {why}", "预算行 {budget_id} 不符：{why}"))  # fmt: skip
        unfit |= fails
    counted = ~rows.status.isin(["draft", "returned"])  # its own amount is in committed or actual already
    asked = rows.cost_amount if policy("bud.basis") == "net" else rows.claim_amount
    free = of["available"] + asked.where(counted, 0)
    short = (of["control"] == "stop") & (asked > free + 0.005) & ~unfit
    yield rows.assign(free=free.clip(lower=0))[short]


@rule("EXP-012", at="expenses.reviewer_id", clause="五(二)3", scope="book",
      en="Finance review is missing or not by Finance", zh="缺少财务审核，或审核人不属于财务部门",
      fix=Text("Let Finance review the claim: reviewer and date, on or after submission.", "由财务部门审核，填写审核人和日期（不早于提交日期）。"))  # fmt: skip
def finance_has_reviewed(expenses: Expenses, employees: Employees, policy: Policy) -> Breaches:
    """A claim that passed Finance was reviewed by somebody of Finance, on or after its submission.
    财务审核通过及以后，须由财务部门人员审核，日期不早于提交日期。"""
    rows = expenses[expenses.status.isin(["finance_passed", "director_approved", "paid"])]
    department = xlookup(rows.reviewer_id, employees.employee_id, employees.department)
    yield rows[blank(rows.reviewer_id) | differ(department, policy("org.dept.finance"))]
    yield Breach(rows[blank(rows.reviewed_on) | (rows.reviewed_on < rows.submitted_on)], at="reviewed_on",
                 message=Text("Finance's review date is missing or before the submission", "缺少财务审核日期，或早于提交日期"))  # fmt: skip


@rule("EXP-013", at="expenses.return_reason", clause="五(二)3",
      en="The reason for returning or rejecting is missing or too short", zh="缺少退回原因或过于简短",
      fix=Text("Say in at least 5 characters what to supplement or correct.", "用不少于5个字说明需补充或更正的内容。"))  # fmt: skip
def returns_say_why(expenses: Expenses) -> Rows:
    """A returned or rejected claim says why, in at least 5 characters. 退回或驳回须说明原因，不少于5字。"""
    return expenses[expenses.status.isin(["returned", "rejected"]) & (length(expenses.return_reason) < 5)]


@rule("EXP-014", at="expenses.approver_id", clause="五(二)1", scope="book",
      en="Claim {claim_id} of {claim_total} needs the director's approval above {limit:money}",
      zh="报销单 {claim_id} 合计 {claim_total}，超过 {limit:money} 须经中心主任审批",
      fix=Text("Obtain the director's approval before payment.", "支付前办理中心主任审批。"))  # fmt: skip
def large_claims_go_to_the_director(expenses: Expenses, employees: Employees, policy: Policy) -> Breaches:
    """A claim above the deputy's limit was approved by the director before it is paid.
    超过副主任审批上限的报销单，支付前须经中心主任审批。"""
    limit = policy("exp.limit.deputy", expenses)
    large = expenses.assign(limit=limit)[(expenses.claim_total > limit) & expenses.status.isin(["director_approved", "paid"])]
    entitled = director_approved(large.approver_id, large.employee_id, employees, policy("org.superior"))
    yield large[~entitled]
    yield Breach(large[entitled & blank(large.approved_on)], at="approved_on",
                 message=Text("The date of the director's approval is missing", "缺少主任审批日期"))  # fmt: skip
    yield Breach(large[entitled & (large.approved_on > large.paid_on)], at="approved_on",
                 message=Text("Approved on {approved_on}, after the payment on {paid_on}", "{approved_on} 审批，晚于 {paid_on} 支付"))


@rule("EXP-015", at="expenses.prior_approval", clause="五(二)1", scope="book",
      en="{exp_type} of {claim_total} needs prior approval above {limit:money}", zh="{exp_type} {claim_total} 超过 {limit:money} 须事前审批",
      fix=Text("Enter the number of the prior approval.", "填写事前审批单号。"))  # fmt: skip
def planned_spending_was_approved_before(expenses: Expenses, policy: Policy) -> Breaches:
    """Entertainment, meetings and training above the limit have a prior approval; at entertainment the staff are no more
    than policy allows for the guests. 招待、会议、培训超过起点须事前审批；招待陪同人数不超过规定比例。"""
    rows = expenses.live
    limit = policy("exp.prior_limit", rows)
    planned = rows.exp_type.isin(["entertainment", "meeting", "training"])
    yield rows.assign(limit=limit)[planned & (rows.claim_total > limit) & blank(rows.prior_approval)]
    most = rows.persons * policy("exp.ent.staff_ratio", rows)
    crowd = (rows.exp_type == "entertainment") & (rows.staff_count > most)
    yield Breach(rows.assign(most=most)[crowd], at="staff_count",
                 message=Text("{staff_count} staff for {persons} guests; policy allows {most}",
                              "陪同 {staff_count} 人，客人 {persons} 人，规定不超过 {most} 人"))  # fmt: skip


@rule("EXP-016", at="expenses.start_on", clause="五(二)3", scope="book",
      en="Dates overlap with {other}", zh="日期与 {other} 重叠",
      fix=Text("Correct the dates, or delete the double claim.", "更正日期，或删除重复报销。"))  # fmt: skip
def nights_and_days_do_not_overlap(expenses: Expenses) -> Rows:
    """A person claims each hotel night and each meal day once. 同一人的住宿晚数、伙食补助天数不得重叠。"""
    live = expenses.live[expenses.live.exp_type.isin(["hotel", "meal"])]
    empty = (live.exp_type == "hotel") & (live.end_on == live.start_on)
    live = live[(live.end_on >= live.start_on) & live.employee_id.notna() & ~empty]
    if len(live) < 2:
        return None
    day = np.timedelta64(1, "D")
    first = live.start_on.to_numpy().astype("datetime64[D]")
    last = live.end_on.to_numpy().astype("datetime64[D]") - np.where(live.exp_type == "hotel", day, 0 * day)
    person = live.employee_id.cat.codes.to_numpy().astype(np.int64) * 2 + np.asarray(live.exp_type == "hotel")
    order = np.lexsort((first, person))
    # the line that reaches furthest so far: persons lie one after the other, so one running maximum serves them all
    end = (person[order] << 20) + last[order].astype(np.int64)
    holder = np.maximum.accumulate(np.where(end == np.maximum.accumulate(end), np.arange(len(order)), 0))
    before, same_person = holder[:-1], person[order][1:] == person[order][:-1]
    overlaps = same_person & (first[order][1:] <= last[order][before])
    later, earlier = order[1:][overlaps], order[before[overlaps]]
    mask = np.zeros(len(live), dtype=bool)
    mask[later] = True
    other = np.full(len(live), "", dtype=object)
    other[later] = np.asarray(live.expense_id.astype(object))[earlier]
    return live.assign(other=pd.Series(other, index=live.index))[mask]


@rule("EXP-017", at="expenses.invoice_no", clause="五(二)3", severity=WARNING, scope="book",
      en="{n} invoices in a row from {seller_name}, up to {invoice_no}", zh="{seller_name} 发票连号 {n} 张，至 {invoice_no}",
      fix=Text("Ask the claimants how the invoices came about.", "向报销人核实发票来源。"))  # fmt: skip
def invoices_are_not_serial(expenses: Expenses, policy: Policy) -> Rows:
    """A seller's invoice numbers do not run on to the count that policy names. 同一销售方发票不得连号达到规定张数。"""
    rows = expenses.live[expenses.live.voucher_type.isin(INVOICES)]
    rows = rows[~blank(rows.seller_name, rows.invoice_no)]
    head, tail = _number_parts(rows.invoice_no)
    rows, head, tail = rows[tail >= 0], head[tail >= 0], tail[tail >= 0]
    if len(rows) < 2:
        return None
    head = head * (len(rows.invoice_code.cat.categories) + 1) + rows.invoice_code.cat.codes.to_numpy()
    seller = rows.seller_name.cat.codes.to_numpy()
    order = np.lexsort((tail, head, seller))
    step = np.diff(tail[order])
    together = (np.diff(seller[order]) == 0) & (np.diff(head[order]) == 0)
    starts = np.append(True, ~(together & (step <= 1)))  # a number claimed twice (step 0) does not end a run
    run = np.cumsum(starts) - 1
    counted = np.bincount(run, weights=starts | (np.append(1, step) != 0))
    ends = np.append(starts[1:], True)
    n = pd.Series(np.nan, index=rows.index)
    n.iloc[order[ends]] = counted[run[ends]]
    return rows.assign(n=n)[n >= policy("exp.serial_n", rows)]


def _number_parts(numbers: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """What runs of invoices share (the first 8 of 20 digits), and what counts on (the rest, or 8 digits; -1: no number)."""
    long, short = digits(numbers.cat.categories, 20), digits(numbers.cat.categories, 8)
    parts = np.maximum(number_of(long[:, :8]), 0), np.maximum(number_of(long[:, 8:]), number_of(short))
    head, tail = (np.append(part, -1)[numbers.cat.codes] for part in parts)
    return head, tail


@rule("EXP-018", at="expenses.claim_amount", clause="五(二)3", severity=WARNING, scope="book",
      en="Possible split: {n} claims of {employee_id} with {seller_name} on {start_on} sum to {total:money}, above {limit:money}",
      zh="疑似拆分报销：{employee_id} 于 {start_on} 在 {seller_name} 的 {n} 张报销单合计 {total:money}，超过 {limit:money}",
      fix=Text("Put what belongs together into one claim.", "将同一事项合并为一张报销单。"))  # fmt: skip
def claims_are_not_split(expenses: Expenses, policy: Policy) -> Rows:
    """What one person spends at one seller on one day in several claims stays within the deputy's limit.
    同一人同日在同一销售方的多张报销单合计不超过副主任审批上限。"""
    rows = expenses.live
    rows = rows[~blank(rows.employee_id, rows.seller_name, rows.start_on, rows.claim_id)]
    rows = rows[rows.claim_total <= policy("exp.limit.deputy", rows)]  # a claim above goes to the director anyway
    rows = rows[doubled(rows.employee_id, rows.seller_name, rows.start_on)]
    if not len(rows):
        return None
    groups = rows.to_frame("employee_id", "seller_name", "start_on", "claim_id", "claim_amount").groupby(
        ["employee_id", "seller_name", "start_on"], observed=True)  # fmt: skip
    n, total = groups.claim_id.transform("nunique").astype(float), groups.claim_amount.transform("sum")
    limit = policy("exp.limit.deputy", rows)
    last = groups.cumcount(ascending=False) == 0
    return rows.assign(n=n, total=total, limit=limit)[(n > 1) & (total > limit + 0.005) & last]


@rule("EXP-019", at="expenses.claim_id", clause="五(二)2", scope="book",
      en="Lines of {claim_id} differ in {what}", zh="{claim_id} 各行{what}不一致",
      fix=Text("Make the lines of a claim alike, or give them claims of their own.", "统一同一报销单各行内容，或分单填写。"))  # fmt: skip
def lines_of_a_claim_agree(expenses: Expenses) -> Breaches:
    """All lines of a claim share claimant, department, status and submission date. 同一报销单各行的报销人、部门、状态、提交日期一致。"""
    rows = expenses[expenses.claim_id.notna()]
    codes = rows.claim_id.cat.codes.to_numpy()
    told = np.zeros(len(rows), dtype=bool)
    for name in ("employee_id", "department", "status", "submitted_on"):
        column = rows.column(name)
        values = column.cat.codes.to_numpy() if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy()
        filled = np.flatnonzero(column.notna())
        first = np.zeros(len(rows.claim_id.cat.categories), dtype=np.intp)
        first[codes[filled[::-1]]] = filled[::-1]  # the first line of each claim that says it
        odd = (values != values[first[codes]]) & column.notna().to_numpy() & ~told
        odd &= ~pd.Series(np.where(odd, codes, -1)).duplicated().to_numpy()  # the first odd line of each claim
        told |= odd
        yield Breach(rows[odd], values={"what": rows.sheet.columns[name].header})


@rule("EXP-020", at="expenses.returned_on", clause="五(二)3", severity=WARNING,
      en="Returned {days} days ago and not corrected; policy allows {allowed}", zh="退回 {days} 天未更正，规定 {allowed} 天内",
      fix=Text("Correct and submit the claim again, or cancel it.", "更正后重新提交，或作废。"))  # fmt: skip
def returned_claims_are_corrected(expenses: Expenses, policy: Policy, today: pd.Timestamp) -> Rows:
    """A returned claim is corrected within the days that policy allows. 退回的报销须在规定天数内更正。"""
    rows = expenses[expenses.status == "returned"]
    days, allowed = days_between(rows.returned_on, today), policy("exp.return_days", rows)
    return rows.assign(days=days, allowed=allowed)[days > allowed]


@rule("EXP-021", at="expenses.purpose", clause="五(二)3", severity=WARNING,
      en="{start_on} is no working day: the purpose has {n} of at least 10 characters", zh="{start_on} 为非工作日，事由仅 {n} 字，至少10字",
      fix=Text("Explain why the expense fell on a day off.", "说明非工作日发生费用的原因。"))  # fmt: skip
def days_off_are_explained(expenses: Expenses, policy: Policy) -> Rows:
    """Local transport or entertainment on a weekend or holiday explains itself in at least 10 characters.
    非工作日的市内交通、业务招待须在事由中说明，不少于10字。"""
    rows = expenses.live[expenses.live.exp_type.isin(["travel_local", "entertainment"])]
    rows = rows[rows.start_on.notna()]
    day = rows.start_on.to_numpy().astype("datetime64[D]")
    holidays, workdays = (np.array(policy(key), dtype="datetime64[D]") for key in ("org.holidays", "org.workdays"))
    works = np.is_busday(day, holidays=holidays) | np.isin(day, workdays)
    n = length(rows.purpose).astype(float)
    return rows.assign(n=n)[~works & (n > 0) & (n < 10)]


@rule("EXP-022", at="expenses.einvoice_status", clause="五(二)3",
      en="Invoice {invoice_no} has been reversed or voided", zh="发票 {invoice_no} 已红冲或作废",
      fix=Text("Ask the seller for a valid invoice.", "请销售方重新开具有效发票。"))  # fmt: skip
def invoices_are_in_force(expenses: Expenses) -> Rows:
    """No live claim rests on an invoice that was reversed or voided. 报销所附发票未被红冲或作废。"""
    return expenses.live[expenses.live.einvoice_status.isin(["red", "void"])]


# Not in DOMAIN.md: the Constraints of expenses.department and expenses.project_id, which read other sheets.
@rule("EXP-023", at="expenses.department", clause="五(二)2", scope="book",
      en="{what}", zh="{what}",
      fix=Text("Use the claimant's own department and a project that is still open.", "填写报销人所在部门及未结束的项目。"))  # fmt: skip
def department_and_project_are_current(expenses: Expenses, employees: Employees, projects: Projects) -> Breaches:
    """An open line names its claimant's department and, if any, a project that is neither accepted nor terminated.
    未结报销的部门为报销人所在部门；所列项目未验收、未终止。"""
    rows = expenses.open
    department = xlookup(rows.employee_id, employees.employee_id, employees.department)
    yield Breach(rows[differ(rows.department, department)],
                 values={"what": Text("The claimant works in another department", "报销人不属于该部门")})  # fmt: skip
    ended = xlookup(rows.project_id, projects.project_id, projects.status).isin(["accepted", "cancelled", "rejected"])
    yield Breach(rows[ended], at="project_id", values={"what": Text("The project has ended", "项目已结束")})

