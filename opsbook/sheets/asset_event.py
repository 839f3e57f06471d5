"""Asset events 资产申请与变动: purchase, transfer, repair, damage, loss, disposal, usage readings."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas import depreciation
from opsbook.formulas.authority import director_approved, holds_role, works_in
from opsbook.formulas.lookup import blank, cents, countif, days_between, differ, same, xlookup
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
    Money,
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
    unfilled,
)  # fmt: skip
from opsbook.lists import AssetClass, Dept

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Assets, Budget, Employees


class EventType(Choices):
    """What happens to an asset."""

    PURCHASE = "purchase", "Purchase", "购置"
    TRANSFER = "transfer", "Transfer", "调拨"
    REPAIR = "repair", "Repair", "维修"
    DAMAGE = "damage", "Damage", "损坏"
    LOSS = "loss", "Loss", "丢失"
    SCRAP = "scrap", "Scrap", "报废"
    SALE = "sale", "Sale", "出售"
    DONATION = "donation", "Donation", "捐赠"
    USAGE = "usage", "Usage reading", "工作量登记"


class AevStatus(Choices):
    """Where an event stands."""

    DRAFT = "draft", "Draft", "草稿"
    SUBMITTED = "submitted", "Submitted", "已提交"
    DEPT_APPROVED = "dept_approved", "Dept approved", "部门已审"
    APPROVED = "approved", "Approved", "已批准"
    EXECUTED = "executed", "Executed", "已执行"
    CLOSED = "closed", "Closed", "已关闭"
    RETURNED = "returned", "Returned", "已退回"
    REJECTED = "rejected", "Rejected", "已驳回"
    OFF_PATH = nonmember(frozenset({"returned", "rejected"}))


DISPOSALS = ["scrap", "sale", "donation", "loss"]
APPROVED = AevStatus.since("approved")


class AssetEvent(Sheet, key="asset_events", id="event_id", dated_by="event_on", scoped_by=("department",)):
    """Purchase approval, transfer, repair, damage, loss, disposal with proceeds, and usage readings.
    购置审批、调拨、维修、损坏、丢失、处置及收入上缴、工作量登记。"""

    clauses = ("五(一)3", "五(三)1", "五(三)2", "五(三)3", "五(三)4")
    tab = Text("Asset Events", "资产申请与变动")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", Text("the requester or custodian", "申请人或保管人"), by="requester_id"),
            Step("submitted", "dept_approved", Text("deputy in charge", "分管副主任"), by="deputy director"),
            Step("dept_approved", "approved", Text("Finance within its limit, else the director; disposals the director",
                                                   "财务（限额内），其余及处置由中心主任"), by="finance director"),
            Step("approved", "executed", Text("Finance or Operations Management", "财务部门或运营管理部"), by="finance ops"),
            Step("executed", "closed", Text("Finance, proceeds remitted and voucher filed", "财务部门（收入已上缴、凭证已归档）"), by="finance"),
            Step("submitted dept_approved", "returned", Text("the approver", "审批人"), by="deputy director finance"),
            Step("submitted dept_approved", "rejected", Text("the approver", "审批人"), by="deputy director finance"),
        ),
        makers=(Actor("requester_id", "event_on"),),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("event_on", "reported_on", "approved_on", "executed_on", "remitted_on"),
        others=(Actor("liable_id", "event_on"),),
        submitted="reported_on",
        waiting=("submitted", "dept_approved"),
        approved=("approved", "executed", "closed"),
        done=("executed", "closed", "rejected"),
        living=("remitted_on", "remit_voucher", "proceeds", "disposal_cost", "actual_amount", "executed_on"),
    )  # fmt: skip

    event_id: Code = column("Event ID", "单据编号", form="AEV-yyyy-nnnn", unique=True, example="AEV-2026-0001")
    event_type: EventType = column("Event Type", "单据类型", example="repair")
    asset_id: Code | None = column(
        "Asset", "资产", ref="assets.asset_id", required_when='[event_type] <> "purchase"', example="AST-ELE-0001"
    )
    item_name: Line | None = column("Item Name", "拟购资产名称", required_by="AEV-001", example="笔记本电脑")
    asset_class: AssetClass | None = column("Class", "资产类别", required_by="AEV-001", example="electronic")
    quantity: Count | None = column("Quantity", "数量", ge=1, required_by="AEV-001", example=1.0)
    est_amount: Money | None = column(
        "Estimated Amount", "预计金额", gt=0, required_when='[event_type] = "repair"', required_by="AEV-001", example=500.0
    )
    budget_id: Code | None = column(
        "Budget Line", "预算行", ref="budget.budget_id", required_when='[event_type] = "repair"', required_by="AEV-001",
        example="BUD-2026-001",
    )  # fmt: skip
    requester_id: Code = column("Requester", "申请人", ref="employees.employee_id", example="EMP-0012")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    event_on: Day = column("Event Date", "发生日期", example="2026-08-03")
    reported_on: Day = column("Reported On", "报告日期", check="[reported_on] >= [event_on]", example="2026-08-04")
    reason: Prose = column("Reason", "原因说明", example="屏幕损坏需更换")
    cause: Prose | None = column("Investigated Cause", "查明原因", required_by="AEV-003", view="review", example="搬运时跌落")
    liable_id: Code | None = column(
        "Liable Person", "责任人", ref="employees.employee_id",
        required_when='AND(IN([event_type], "damage", "loss"), [compensation] > 0)', view="review", example="EMP-0012",
    )  # fmt: skip
    compensation: Money | None = column("Compensation", "赔偿金额", ge=0, view="finance")
    handling: Prose | None = column("Handling", "处理意见", required_by="AEV-003", view="review", example="送修，费用由部门承担")
    to_department: Dept | None = column("To Department", "调入部门", required_by="AEV-006", example="data_analysis")
    to_custodian: Code | None = column(
        "To Custodian", "新保管人", ref="employees.employee_id", required_by="AEV-006", example="EMP-0015"
    )
    units: Quantity | None = column("Usage Units", "本期工作量", ge=0, required_when='[event_type] = "usage"', example=100.0)
    actual_amount: Money | None = column(
        "Actual Amount", "实际金额", ge=0, view="finance", example=500.0,
        required_when='AND(IN([event_type], "purchase", "repair"), FROM([status], "executed"))',
    )  # fmt: skip
    book_value: Money | None = column("Book Value", "账面净值", computed=True, view="finance")
    proceeds: Money | None = column("Proceeds", "处置收入", ge=0, required_when='[event_type] = "sale"', view="finance", example=300.0)
    disposal_cost: Money | None = column("Disposal Cost", "处置费用", ge=0, view="finance")
    gain_loss: Money | None = column("Gain/Loss", "处置损益", computed=True, view="finance")
    remitted_on: Day | None = column(
        "Proceeds Remitted On", "收入上缴日期", required_by="AEV-004", check="[remitted_on] >= [event_on]", view="finance",
        example="2026-08-10",
    )  # fmt: skip
    remit_voucher: Line | None = column("Remittance Voucher", "上缴凭证号", required_by="AEV-004", view="finance", example="收-2026-0801")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="AEV-002", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', check="[approved_on] >= [event_on]", view="review",
        example="2026-08-06",
    )  # fmt: skip
    executed_on: Day | None = column(
        "Executed On", "执行日期", required_when='FROM([status], "executed")', check="[executed_on] >= [approved_on]",
        view="review", example="2026-08-09",
    )  # fmt: skip
    status: AevStatus = column("Status", "状态", example="draft")


@rule("AEV-001", at="asset_events.item_name", clause="五(三)2", scope="book",
      en="The purchase request is incomplete: {column} is missing", zh="购置申请不完整：缺少{column}",
      fix=Text("Fill in item, class, quantity, estimate and budget line.", "填写资产名称、类别、数量、预计金额和预算行。"))  # fmt: skip
def purchases_are_complete_and_budgeted(asset_events: AssetEvents, budget: Budget) -> Breaches:
    """A purchase names item, class, quantity, estimate and budget line; before execution the line under stop control has
    the estimate. 购置须填写名称、类别、数量、预计金额和预算行；执行前刚性控制的预算行余额充足。"""
    rows = asset_events[asset_events.event_type == "purchase"]
    yield from unfilled(rows, "item_name", "asset_class", "quantity", "est_amount", "budget_id")
    waiting = rows[~rows.status.isin(["executed", "closed", "rejected"])]
    counted = waiting.status.isin(["dept_approved", "approved"])  # its estimate is committed already
    free = xlookup(waiting.budget_id, budget.budget_id, budget.available) + waiting.est_amount.where(counted, 0)
    stop = xlookup(waiting.budget_id, budget.budget_id, budget.control) == "stop"
    yield Breach(waiting.assign(free=free)[stop & (waiting.est_amount > free + 0.005)], at="est_amount",
                 message=Text("Estimate {est_amount} exceeds the {free:money} available on {budget_id}",
                              "预计金额 {est_amount} 超过 {budget_id} 可用余额 {free:money}"))  # fmt: skip


@rule("AEV-002", at="asset_events.approver_id", clause="五(三)2", scope="book",
      en="{approver_id} may not approve a {event_type} of {amount:money}", zh="{approver_id} 无权审批 {amount:money} 的{event_type}",
      fix=Text("Finance approves purchases and repairs up to its limit; all else goes to the director.",
               "限额内的购置、维修由财务审批，其余由中心主任审批。"))  # fmt: skip
def approvers_are_entitled(asset_events: AssetEvents, employees: Employees, policy: Policy) -> Rows:
    """Purchases and repairs up to the limit are approved by Finance or the director, larger ones and every disposal by the
    director; other events by Finance, a deputy or the director.
    限额内的购置、维修由财务或主任审批，超限及处置由主任审批；其他由财务、副主任或主任审批。"""
    rows = asset_events[asset_events.status.isin(APPROVED)]
    amount = rows.est_amount.fillna(rows.actual_amount).fillna(0)
    director = director_approved(rows.approver_id, rows.requester_id, employees, policy("org.superior"))
    finance = works_in(rows.approver_id, employees, policy("org.dept.finance"))
    deputy = holds_role(rows.approver_id, employees, "deputy")
    bought = rows.event_type.isin(["purchase", "repair"])
    within = bought & (amount <= policy("asset.limit.finance", rows)) & finance
    entitled = director | within | (~bought & ~rows.event_type.isin(DISPOSALS) & (finance | deputy))
    return rows.assign(amount=amount)[~entitled]


@rule("AEV-003", at="asset_events.reported_on", clause="五(三)3",
      en="Reported {days} days after the event; policy allows {allowed}", zh="发生后 {days} 天才报告，规定 {allowed} 天内",
      fix=Text("Report damage and loss at once; have this delay waived.", "损坏、丢失应立即报告；对本次逾期申请豁免。"))  # fmt: skip
def damage_and_loss_are_reported(asset_events: AssetEvents, policy: Policy) -> Breaches:
    """Damage and loss are reported within the days that policy allows while the event is open; before approval the cause
    is found and the handling decided. 未结的损坏、丢失单据须在规定天数内报告；批准前须查明原因并提出处理意见。"""
    rows = asset_events[asset_events.event_type.isin(["damage", "loss"])]
    fresh = rows.open
    days, allowed = days_between(fresh.event_on, fresh.reported_on), policy("asset.report_days", fresh)
    yield fresh.assign(days=days, allowed=allowed)[days > allowed]
    decided = rows[rows.status.isin(APPROVED)]
    for name in ("cause", "handling"):
        header = rows.sheet.columns[name].header
        yield Breach(decided[blank(decided.column(name))], at=name, values={"what": header},
                     message=Text("{what} is missing before approval", "批准前缺少{what}"))  # fmt: skip


@rule("AEV-004", at="asset_events.remitted_on", clause="五(三)4",
      en="Proceeds of {money:money} are not remitted within {allowed} days of {executed_on}", zh="处置收入 {money:money} 未在 {executed_on} 后 {allowed} 天内上缴财务",
      fix=Text("Hand the money to Finance and enter date and voucher.", "将收入上缴财务，填写日期和凭证号。"))  # fmt: skip
def proceeds_are_remitted(asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Money from a disposal or a compensation is with Finance within the days that policy allows (while the event is not
    closed), and with date and voucher before it is closed.
    未关闭单据的处置或赔偿所得须在规定天数内上缴财务，关闭前须有日期和凭证号。"""
    money = asset_events.proceeds.fillna(0) + asset_events.compensation.fillna(0)
    rows = asset_events.assign(money=money)[(money > 0) & asset_events.status.isin(["executed", "closed"])]
    allowed = policy("asset.remit_days", rows)
    late = days_between(rows.executed_on, rows.remitted_on.fillna(today)) > allowed
    closed = rows.status == "closed"
    yield rows.assign(allowed=allowed)[(late & ~closed) | (closed & blank(rows.remitted_on))]
    due = (closed | rows.remitted_on.notna()) & blank(rows.remit_voucher)
    yield Breach(rows[due], at="remit_voucher", message=Text("The voucher of the remitted {money:money} is missing", "缺少上缴 {money:money} 的凭证号"))


@rule("AEV-005", at="asset_events.actual_amount", clause="五(三)2", severity=WARNING, scope="book",
      en="Actual {actual_amount} differs from the approved {est_amount} by {off:pct}; policy allows {allowed:pct}",
      zh="实际金额 {actual_amount} 与批准 {est_amount} 相差 {off:pct}，允许 {allowed:pct}",
      fix=Text("Explain the difference, or have the purchase approved again.", "说明差异原因，或重新报批。"))  # fmt: skip
def purchases_match_their_approval(asset_events: AssetEvents, assets: Assets, policy: Policy) -> Breaches:
    """An executed purchase costs about what was approved, and as many assets as were bought are registered.
    已执行的购置实际金额与批准金额相近，登记的资产数与数量一致。"""
    rows = asset_events[(asset_events.event_type == "purchase") & asset_events.status.isin(["executed", "closed"])]
    off, allowed = (rows.actual_amount - rows.est_amount).abs(), policy("asset.price_tolerance", rows)
    yield rows.assign(off=off / rows.est_amount, allowed=allowed)[off > allowed * rows.est_amount + 1e-6]
    n = countif(rows.event_id, assets.purchase_event)
    yield Breach(rows.assign(n=n)[rows.quantity.notna() & (n != rows.quantity)], at="quantity",
                 message=Text("{quantity} bought, {n} registered in Assets", "购置 {quantity} 项，资产台账登记 {n} 项"))  # fmt: skip


@rule("AEV-006", at="asset_events.to_custodian", clause="五(三)3", scope="book",
      en="The transfer lacks its {column}", zh="调拨缺少{column}",
      fix=Text("Name the new department and custodian; after execution update the register.", "填写调入部门和新保管人；执行后更新台账。"))  # fmt: skip
def transfers_reach_the_register(asset_events: AssetEvents, assets: Assets) -> Breaches:
    """A transfer names the department and custodian that receive the asset, and the custodian is a new one; once the
    asset's latest transfer is executed, the register shows them.
    调拨须填写调入部门和新保管人，新保管人不同于现保管人；最近一次调拨执行后台账须更新。"""
    rows = asset_events[asset_events.event_type == "transfer"]
    yield from unfilled(rows, "to_department", "to_custodian")
    custodian = xlookup(rows.asset_id, assets.asset_id, assets.custodian_id)
    waiting = ~rows.status.isin(["executed", "closed", "rejected"])
    yield Breach(rows[waiting & same(custodian, rows.to_custodian)],
                 message=Text("{to_custodian} already holds the asset", "{to_custodian} 已是该资产保管人"))  # fmt: skip
    done = rows.status.isin(["executed", "closed"])
    newest = rows.executed_on == rows.executed_on.where(done).groupby(rows.asset_id, observed=True).transform("max")
    yield Breach(rows.assign(now=custodian)[done & newest & differ(custodian, rows.to_custodian)],
                 message=Text("The register still shows {now} instead of {to_custodian}", "台账保管人仍为 {now}，应为 {to_custodian}"))  # fmt: skip


@rule("AEV-007", at="asset_events.units", clause="五(三)1", severity=WARNING, scope="book",
      en="{asset} has no usage reading for {period}", zh="{asset} 缺少 {period} 工作量登记",
      fix=Text("Enter the month's usage reading.", "补登该月工作量。"))  # fmt: skip
def usage_is_read_every_month(asset_events: AssetEvents, assets: Assets, today: pd.Timestamp) -> Breaches:
    """Assets by units of production have a usage reading for each month of the year that has ended.
    工作量法资产本年已结束的各月均有工作量登记。"""
    by_units = assets[(assets.depr_method == "units") & assets.status.isin(["in_use"])]
    read = asset_events[(asset_events.event_type == "usage") & (asset_events.status != "rejected")]
    months = read.event_on.dt.strftime("%Y-%m")
    have = set(zip(read.asset_id.astype(object), months, strict=True))
    first = pd.Timestamp(today.year, 1, 1)
    for asset, since in zip(by_units.asset_id.astype(object), by_units.in_service_on, strict=True):
        begins = max(first, since.to_period("M").to_timestamp() + pd.offsets.MonthBegin(1)) if pd.notna(since) else first
        for month in pd.period_range(begins, (today + pd.Timedelta(days=1)).to_period("M") - 1, freq="M"):
            if (asset, str(month)) not in have:
                yield Breach(None, values={"asset": asset, "period": str(month)})


@figure("F-28", at="asset_events.book_value", en="Book value", zh="账面净值", kind=Money, clause="五(三)4", source="F-27 at the event")
def book_value(asset_events: AssetEvents, assets: Assets, policy: Policy) -> pd.Series:
    """The asset's net value at the end of the event's month, for disposals and damage. 处置、损坏单据发生当月末的资产净值。"""
    rows = asset_events
    ends = rows.event_type.isin([*DISPOSALS, "damage"])
    read = rows[(rows.event_type == "usage") & rows.status.isin(APPROVED)]
    of = {name: xlookup(rows.asset_id, assets.asset_id, assets.column(name)) for name in depreciation.PARAMETERS}
    disposed = rows.event_on.where(rows.event_type.isin(DISPOSALS))
    charge = depreciation.charged(
        of, rows.event_on, disposed, policy("depr.ddb", rows), depreciation.Readings(rows.asset_id, read.asset_id, read.event_on, read.units)
    )
    return pd.Series(cents(of["original_cost"] - charge.accumulated), index=rows.index).where(ends)


@figure("F-28", at="asset_events.gain_loss", en="Disposal gain or loss", zh="处置损益", kind=Money, clause="五(三)4",
        source="disposal accounting")  # fmt: skip
def gain_or_loss(asset_events: AssetEvents) -> pd.Series:
    """Proceeds - disposal cost + compensation - book value, for executed disposals. 处置收入减费用加赔偿减账面净值（已执行的处置）。"""
    rows = asset_events
    done = rows.event_type.isin(DISPOSALS) & rows.status.isin(["executed", "closed"])
    gain = rows.proceeds.fillna(0) - rows.disposal_cost.fillna(0) + rows.compensation.fillna(0) - rows.book_value
    return cents(gain).where(done)


