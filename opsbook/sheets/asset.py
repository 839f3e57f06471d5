"""Assets 资产台账: custody, cost and depreciation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas import depreciation
from opsbook.formulas.lookup import cents, countif, days_between, differ, folded, is_in, latest, pair_in, twins, xlookup
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Chart,
    Choices,
    Code,
    Count,
    Day,
    Line,
    Money,
    Percent,
    Policy,
    Quantity,
    Rows,
    Sheet,
    Step,
    Text,
    Token,
    Workflow,
    block,
    column,
    figure,
    head,
    rule,
)  # fmt: skip
from opsbook.lists import AssetClass, Dept
from opsbook.summaries import ASSETS

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Assets, Employees, Stocktakes


class DeprMethod(Choices):
    """How an asset's cost is spread."""

    STRAIGHT_LINE = "straight_line", "Straight-line", "年限平均法"
    UNITS = "units", "Units of production", "工作量法"
    DOUBLE_DECLINING = "double_declining", "Double declining balance", "双倍余额递减法"
    SUM_OF_YEARS = "sum_of_years", "Sum of years digits", "年数总和法"
    NONE = "none", "Not depreciated", "不计提"


class AssetStatus(Choices):
    """Where an asset stands."""

    IN_USE = "in_use", "In use", "在用"
    IDLE = "idle", "Idle", "闲置"
    REPAIRING = "repairing", "Under repair", "维修中"
    DAMAGED = "damaged", "Damaged", "损坏"
    LOST = "lost", "Lost", "丢失"
    DISPOSED = "disposed", "Disposed", "已处置"


BY_EVENT = Text("by an executed asset event", "经已执行的资产单据")


class Asset(Sheet, key="assets", id="asset_id", dated_by="acquired_on", scoped_by=("department",)):
    """Asset register with custody, cost and depreciation. 资产台账：保管、原值与折旧。"""

    clauses = ("五(三)1", "五(三)2", "五(三)3")
    tab = Text("Assets", "资产台账")
    workflow = Workflow(
        steps=(
            Step("in_use", "idle", BY_EVENT, by="finance ops"),
            Step("in_use idle", "repairing", BY_EVENT, by="finance ops"),
            Step("in_use idle repairing", "damaged", BY_EVENT, by="finance ops"),
            Step("in_use idle repairing damaged", "lost", BY_EVENT, by="finance ops"),
            Step("idle repairing damaged", "in_use", BY_EVENT, by="finance ops"),
            Step("in_use idle repairing damaged lost", "disposed", Text("by an executed scrap, sale, donation or loss", "经已执行的报废、出售、捐赠或丢失单据"),
                 by="finance ops"),
        ),
        makers=(Actor("custodian_id"),),
        dates=("acquired_on", "registered_on", "disposed_on"),
        approved=("in_use", "idle", "repairing", "damaged", "lost", "disposed"),
        done=("disposed",),
        living=("name", "spec", "department", "custodian_id", "location", "warranty_until", "disposed_on"),
    )  # fmt: skip

    asset_id: Code = column("Asset ID", "资产编号", form="AST-cls-nnnn", unique=True, example="AST-ELE-0001")
    name: Line = column("Asset Name", "资产名称", example="笔记本电脑")
    asset_class: AssetClass = column("Class", "资产类别", example="electronic")
    spec: Line | None = column("Specification", "规格型号", view="detail")
    serial_no: Token | None = column("Serial No", "序列号", view="detail")
    purchase_event: Code = column(
        "Purchase Event", "购置申请", ref="asset_events.event_id", ref_or=("LEGACY",), example="LEGACY",
        help=Text("LEGACY for assets bought before this register.", "建账前购置的填 LEGACY。"),
    )  # fmt: skip
    acquired_on: Day = column("Acquired On", "购置日期", example="2025-03-03")
    in_service_on: Day = column("In Service On", "启用日期", check="[in_service_on] >= [acquired_on]", example="2025-03-05")
    registered_on: Day = column("Registered On", "入账日期", example="2025-03-10")
    voucher_no: Line = column("Accounting Voucher", "入账凭证号", example="记-2025-0301")
    supplier: Line | None = column("Supplier", "供应商", view="detail")
    invoice_no: Token | None = column("Invoice No", "发票号码", view="detail")
    original_cost: Money = column("Original Cost", "原值", gt=0, example=6000.0)
    residual_rate: Percent = column("Residual Rate", "残值率", lt=1, example=0.05)
    life_months: Count = column("Useful Life (months)", "使用年限月", ge=0, example=36.0)
    depr_method: DeprMethod = column("Depreciation Method", "折旧方法", example="straight_line")
    total_units: Quantity | None = column(
        "Total Units", "总工作量", gt=0, required_when='[depr_method] = "units"', view="finance", example=100000.0
    )
    opening_depr: Money | None = column(
        "Opening Accumulated", "期初累计折旧", ge=0, view="finance",
        help=Text("Charged before In Service On; the rest is spread over the life.", "启用日期之前已计提数；其余在年限内分摊。"),
    )  # fmt: skip
    department: Dept = column("Using Department", "使用部门", example="ops_mgmt")
    custodian_id: Code = column("Custodian", "保管人", ref="employees.employee_id", example="EMP-0012")
    location: Line = column("Location", "存放地点", example="A座301")
    warranty_until: Day | None = column("Warranty Until", "保修截止", view="detail")
    status: AssetStatus = column("Status", "状态", example="in_use")
    disposed_on: Day | None = column(
        "Disposed On", "处置日期", required_when='[status] = "disposed"', check="[disposed_on] >= [acquired_on]", view="review",
        example="2026-06-30",
    )  # fmt: skip
    monthly_depr: Money | None = column("Monthly Depreciation", "本月折旧", computed=True, view="finance")
    accum_depr: Money | None = column("Accumulated Depreciation", "累计折旧", computed=True, view="finance")
    net_value: Money | None = column("Net Book Value", "净值", computed=True, view="finance")
    last_count: Day | None = column("Last Stock-take", "最近盘点", computed=True, view="review")


@rule("AST-001", at="assets.purchase_event", clause="五(三)2", scope="book",
      en="{purchase_event} is no executed, approved purchase of this asset", zh="{purchase_event} 不是已批准并执行的购置单据",
      fix=Text("Name the executed purchase, or LEGACY for an asset of before the register.", "填写已执行的购置单据；建账前的填 LEGACY。"))  # fmt: skip
def assets_come_from_approved_purchases(assets: Assets, asset_events: AssetEvents) -> Rows:
    """An asset's purchase was approved and executed, or it is LEGACY. 资产的购置已批准并执行，或为 LEGACY。"""
    events = asset_events
    kind = xlookup(assets.purchase_event, events.event_id, events.event_type)
    status = xlookup(assets.purchase_event, events.event_id, events.status)
    approved = xlookup(assets.purchase_event, events.event_id, events.approver_id).notna()
    bought = (kind == "purchase") & status.isin(["executed", "closed"]) & approved
    return assets[is_in(assets.purchase_event, events.event_id) & ~bought]


@rule("AST-002", at="assets.registered_on", clause="五(三)2",
      en="Registered {days} days after the purchase; policy allows {allowed}", zh="购置后 {days} 天入账，规定 {allowed} 天内",
      fix=Text("Register purchases in time; have this delay waived.", "及时登记入账；对本次逾期申请豁免。"))  # fmt: skip
def assets_are_registered_in_time(assets: Assets, policy: Policy) -> Breaches:
    """An asset in the books was registered within the days that policy allows. 资产在购置后规定天数内登记入账。"""
    rows = assets.open
    days, allowed = days_between(rows.acquired_on, rows.registered_on), policy("asset.register_days", rows)
    rows = rows.assign(days=days, allowed=allowed)
    yield rows[days > allowed]
    yield Breach(rows[days < 0], message=Text("Registered on {registered_on}, before the purchase on {acquired_on}",
                                              "入账日期 {registered_on} 早于购置日期 {acquired_on}"))  # fmt: skip


@rule("AST-003", at="assets.custodian_id", clause="五(三)3", scope="book",
      en="Custodian {custodian_id} is not on staff in the using department", zh="保管人 {custodian_id} 不是使用部门的在职人员",
      fix=Text("Hand the asset over to somebody of the department, by a transfer.", "办理调拨，移交给使用部门在职人员。"))  # fmt: skip
def custodians_are_on_staff(assets: Assets, employees: Employees) -> Rows:
    """The custodian of an asset that is still here is on staff and works in the using department.
    未处置资产的保管人在职且属于使用部门。"""
    rows = assets.open
    status = xlookup(rows.custodian_id, employees.employee_id, employees.status)
    department = xlookup(rows.custodian_id, employees.employee_id, employees.department)
    return rows[(status == "left") | differ(department, rows.department)]


@rule("AST-004", at="assets.life_months", clause="五(三)1",
      en="A life of {life_months} months is shorter than the tax minimum of {least}", zh="使用年限 {life_months} 个月低于税法最低 {least} 个月",
      fix=Text("Use at least the minimum of the class, or have Policy depr.allow_short set.", "不低于该类最低年限，或经批准允许缩短年限。"))  # fmt: skip
def lives_reach_the_tax_minimum(assets: Assets, policy: Policy) -> Breaches:
    """The life is at least the class's minimum, unless policy allows shorter ones; what is depreciated over time has a life.
    使用年限不低于该类最低年限（制度允许缩短的除外）；按时间计提的资产须有年限。"""
    least = policy("depr.minlife", assets, assets.asset_class)
    timed = assets.depr_method.isin(["straight_line", "double_declining", "sum_of_years"])
    rows = assets.assign(least=least)
    short = (assets.life_months < least) & (assets.depr_method != "none") & (policy("depr.allow_short", assets) == "N")
    yield rows[short]
    yield Breach(rows[timed & (assets.life_months == 0) & ~short], message=Text("Depreciation over time needs a life", "按时间计提折旧须填写年限"))


@rule("AST-005", at="assets.opening_depr", clause="五(三)2",
      en="Opening depreciation {opening_depr} exceeds the depreciable amount {most:money}", zh="期初累计折旧 {opening_depr} 超过应计折旧额 {most:money}",
      fix=Text("Enter at most cost x (1 - residual rate).", "不超过 原值×（1－残值率）。"))  # fmt: skip
def opening_depreciation_within_cost(assets: Assets) -> Rows:
    """Opening depreciation lies between 0 and cost x (1 - residual rate). 期初累计折旧在0与应计折旧额之间。"""
    most = cents(assets.original_cost * (1 - assets.residual_rate))
    return assets.assign(most=most)[assets.opening_depr > most + 0.005]


@rule("AST-006", at="assets.asset_class", clause="五(三)1", severity=WARNING,
      en="Cost {original_cost} does not fit class {asset_class}: items below {limit:money} are low-value",
      zh="原值 {original_cost} 与类别{asset_class}不符：低于 {limit:money} 的为低值易耗品",
      fix=Text("Correct the class, or the cost.", "更正资产类别或原值。"))  # fmt: skip
def low_value_items_are_classed_so(assets: Assets, policy: Policy) -> Rows:
    """What costs less than the capitalisation limit is a low-value item, and only that. 低于资本化起点的为低值易耗品，反之亦然。"""
    limit = policy("asset.cap_limit", assets)
    low = assets.asset_class == "low_value"
    rows = assets.assign(limit=limit)
    return rows[assets.asset_class.notna() & (((assets.original_cost < limit) & ~low) | ((assets.original_cost >= limit) & low))]


@rule("AST-007", at="assets.disposed_on", clause="五(三)4", scope="book",
      en="Disposed on {disposed_on} without an executed event of that day", zh="{disposed_on} 处置，但无当日执行的处置单据",
      fix=Text("Have the disposal approved and executed as an asset event, and enter its date.", "办理处置审批并执行，填写执行日期。"))  # fmt: skip
def disposals_follow_an_event(assets: Assets, asset_events: AssetEvents) -> Rows:
    """A disposed asset has an executed scrap, sale, donation or loss, and its date. 已处置资产须有已执行的报废、出售、捐赠或丢失单据，日期一致。"""
    rows = assets[(assets.status == "disposed") & assets.disposed_on.notna()]
    ended = asset_events[asset_events.event_type.isin(["scrap", "sale", "donation", "loss"])
                         & asset_events.status.isin(["executed", "closed"])]  # fmt: skip
    return rows[~pair_in(rows.asset_id, rows.disposed_on, ended.asset_id, ended.executed_on)]


@rule("AST-008", at="assets.serial_no", clause="五(三)2", severity=WARNING, scope="book",
      en="Serial number {serial_no} stands on {other} too", zh="序列号 {serial_no} 与 {other} 重复",
      fix=Text("Read the number off the asset again.", "核对实物序列号。"))  # fmt: skip
def serial_numbers_are_unique(assets: Assets) -> Rows:
    """No two assets share a serial number. 序列号不重复。"""
    found: Assets = twins(assets, folded(assets.serial_no))
    return found


@rule("AST-009", at="assets.custodian_id", clause="五(三)3", severity=WARNING, scope="book",
      en="{custodian_id} leaves on {leaving} and still holds {n} assets", zh="{custodian_id} 将于 {leaving} 离职，仍保管 {n} 项资产",
      fix=Text("Have the assets handed over before the last day.", "离职前办理资产移交。"))  # fmt: skip
def leavers_hand_over_their_assets(assets: Assets, employees: Employees) -> Rows:
    """Whoever is leaving holds no asset (who has left is told by AST-003). 即将离职的员工不再保管资产（已离职的见 AST-003）。"""
    rows = assets.open
    leaving = xlookup(rows.custodian_id, employees.employee_id, employees.left_on)
    status = xlookup(rows.custodian_id, employees.employee_id, employees.status)
    department = xlookup(rows.custodian_id, employees.employee_id, employees.department)
    rows = rows.assign(leaving=leaving, n=countif(rows.custodian_id, rows.custodian_id))
    held = rows[leaving.notna() & (status != "left") & status.notna() & ~differ(department, rows.department)]
    return held[~held.custodian_id.duplicated()]


# ------------------------------------------------------------------------------------------------ figures


def _charge(assets: Assets, asset_events: AssetEvents, policy: Policy, *days: pd.Timestamp) -> depreciation.Charge:
    """What each asset is charged by the end of the month of a day; of several days one after the other."""
    read = asset_events[(asset_events.event_type == "usage") & asset_events.status.isin(["approved", "executed", "closed"])]

    def each_day(column: pd.Series) -> pd.Series:
        return pd.concat([column] * len(days), ignore_index=True) if len(days) > 1 else column

    readings = depreciation.Readings(each_day(assets.asset_id), read.asset_id, read.event_on, read.units)
    of = {name: each_day(assets.column(name)) for name in depreciation.PARAMETERS}
    until = pd.Series(np.repeat(pd.DatetimeIndex(days).to_numpy(), len(assets)), index=of["life_months"].index)
    ddb = policy("depr.ddb", assets)
    return depreciation.charged(of, until, each_day(assets.disposed_on), each_day(ddb) if isinstance(ddb, pd.Series) else ddb, readings)


@figure("F-26", at="assets.monthly_depr", en="Monthly depreciation", zh="月折旧额", kind=Money, clause="五(三)2",
        source="企业会计准则第4号; Excel SLN, DDB, SYD, VDB")  # fmt: skip
def monthly_depreciation(assets: Assets, asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """What the status month bears: from the month after In Service On to the month of disposal (intangible assets from the
    month of addition, none in the month of disposal). 统计月份折旧额：固定资产次月起提、处置当月照提；无形资产当月起摊、处置当月停摊。"""
    return pd.Series(_charge(assets, asset_events, policy, today).month, index=assets.index)


@figure("F-27", at="assets.accum_depr", en="Accumulated depreciation", zh="累计折旧", kind=Money, clause="五(三)2", source="as F-26")
def accumulated_depreciation(assets: Assets, asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """Opening depreciation and all months to the status date. 期初累计折旧加截至统计日期各月折旧。"""
    return pd.Series(_charge(assets, asset_events, policy, today).accumulated, index=assets.index)


@figure("F-27", at="assets.net_value", en="Net book value", zh="净值", kind=Money, clause="五(三)2", source="as F-26")
def net_book_value(assets: Assets) -> pd.Series:
    """Cost less accumulated depreciation. 原值减累计折旧。"""
    return cents(assets.original_cost - assets.accum_depr)


@figure("F-39", at="assets.last_count", en="Last stock-take", zh="最近盘点", kind=Day, clause="五(三)2", source="inventory practice")
def last_count(assets: Assets, stocktakes: Stocktakes, today: pd.Timestamp) -> pd.Series:
    """The day of the asset's newest count. 最近一次盘点日期。"""
    counted = stocktakes.live[stocktakes.live.count_on <= today]
    return latest(assets.asset_id, counted.asset_id, counted.count_on)


@block("depreciation_forecast", ASSETS, of="assets", en="Depreciation of the next twelve months", zh="未来十二个月折旧预测", figures="F-26", clause="五(三)2",
       totals="amount",
       heads={"month": head("Month", "月份", Line), "amount": head("Depreciation", "折旧额", Money), "left": head("Net Value at Its End", "月末净值", Money)},
       charts=(Chart("line", "month", ("amount",), title=Text("Monthly depreciation", "月折旧额")),))  # fmt: skip
def depreciation_forecast(assets: Assets, asset_events: AssetEvents, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """What today's assets will be charged month by month, if none is added or disposed of; units of production as read so far.
    现有资产逐月折旧（不考虑新增与处置；工作量法按已登记工作量）。"""
    months = [(today.to_period("M") + ahead).end_time.normalize() for ahead in range(1, 13)]
    charge = _charge(assets, asset_events, policy, *months)
    kept = assets.original_cost.where(assets.status != "disposed").to_numpy()
    monthly, accumulated = (part.reshape(len(months), len(assets)) for part in (charge.month, charge.accumulated))
    return pd.DataFrame({"month": [f"{m:%Y-%m}" for m in months], "amount": np.nansum(np.where(np.isnan(kept), 0.0, monthly), axis=1),
                         "left": np.nansum(kept - accumulated, axis=1)}).round(2)  # fmt: skip
