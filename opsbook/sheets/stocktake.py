"""Stock-takes 资产盘点: the physical count, its differences and how they were handled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.authority import works_in
from opsbook.formulas.lookup import blank, is_in, latest, same, twins, xlookup
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Percent,
    Policy,
    Prose,
    Rows,
    Sheet,
    Text,
    Token,
    Workflow,
    column,
    figure,
    rule,
    sheet_finding,
    unfilled,
)  # fmt: skip
from opsbook.lists import DocStatus, document_steps

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Assets, Employees, Stocktakes


class CountResult(Choices):
    """What the count found."""

    MATCH = "match", "Match", "相符"
    MISSING = "missing", "Shortage", "盘亏"
    SURPLUS = "surplus", "Surplus", "盘盈"
    LOCATION_DIFF = "location_diff", "Location differs", "位置不符"
    CUSTODIAN_DIFF = "custodian_diff", "Custodian differs", "保管人不符"
    DAMAGED = "damaged", "Damaged", "损坏"


class Stocktake(Sheet, key="stocktakes", id="count_id", dated_by="count_on"):
    """Periodic physical count, differences and handling. 定期盘点、差异与处理。"""

    clauses = ("五(三)2",)
    tab = Text("Stock-takes", "资产盘点")
    workflow = Workflow(
        steps=document_steps(Text("the counter", "盘点人"), Text("Finance (the witness)", "财务部门（监盘人）"),
                             Text("Operations Management, differences handled", "运营管理部（差异已处理）"),
                             by=("counter_id", "finance", "ops")),
        makers=(Actor("counter_id", "count_on"),),
        checkers=(Actor("approver_id", "approved_on"),),
        others=(Actor("witness_id", "count_on"),),
        dates=("count_on", "approved_on", "handled_on"),
        approved=("approved", "closed"),
        done=("closed", "rejected", "cancelled"),
        void=("rejected", "cancelled"),
        living=("handled_on", "event_id"),
    )  # fmt: skip

    count_id: Code = column("Count ID", "盘点编号", form="STK-yyyy-nnnn", unique=True, example="STK-2026-0001")
    round: Token = column("Round", "盘点批次", example="2026-H1")
    asset_id: Code | None = column(
        "Asset", "资产", ref="assets.asset_id", required_when='[result] <> "surplus"', example="AST-ELE-0001"
    )
    count_on: Day = column("Count Date", "盘点日期", check="[count_on] <= TODAY()", example="2026-06-25")
    counter_id: Code = column("Counter", "盘点人", ref="employees.employee_id", example="EMP-0008")
    witness_id: Code = column("Witness (Finance)", "监盘人", ref="employees.employee_id", example="EMP-0022")
    book_location: Line | None = column("Book Location", "账面地点", computed=True)
    found_location: Line | None = column(
        "Found Location", "实盘地点", required_when='[result] = "location_diff"', example="二楼机房"
    )
    found_custodian: Code | None = column("Found Custodian", "实际保管人", ref="employees.employee_id")
    item_desc: Line | None = column(
        "Item Description", "实物描述", required_when='[result] = "surplus"', example="黑色笔记本电脑"
    )
    result: CountResult = column("Result", "盘点结果", example="match")
    diff_reason: Prose | None = column(
        "Difference Reason", "差异原因", required_by="STK-004", view="review", example="未办理调拨"
    )
    handling: Prose | None = column(
        "Handling", "处理意见", required_by="STK-004", view="review", example="补办调拨手续"
    )
    event_id: Code | None = column(
        "Event", "关联单据", ref="asset_events.event_id", required_by="STK-004", view="review",
        example="AEV-2026-0001",
    )  # fmt: skip
    handled_on: Day | None = column(
        "Handled On", "处理日期", required_when='AND([status] = "closed", [result] <> "match")',
        check="[handled_on] >= [count_on]", view="review", example="2026-07-10",
    )  # fmt: skip
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_when='FROM([status], "approved")', view="review",
        example="EMP-0021",
    )  # fmt: skip
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', check="[approved_on] >= [count_on]",
        view="review", example="2026-06-30",
    )  # fmt: skip
    status: DocStatus = column("Status", "状态", example="draft")


@rule("STK-001", at="stocktakes.round", clause="五(三)2", scope="centre",
      en="{n} assets were not counted in {round}: {named}", zh="{round} 有 {n} 项资产未盘点：{named}",
      fix=Text("Count them, and enter the result.", "补充盘点并登记结果。"))  # fmt: skip
def every_asset_is_counted(stocktakes: Stocktakes, assets: Assets) -> Breaches:
    """In the newest round every asset that was in service at its start and not disposed of before its end is counted once.
    最近一次盘点中，期初在用且期末前未处置的资产各盘点一次。"""
    live = stocktakes.live
    live = live[~blank(live.round)]
    if len(live) == 0:
        return
    newest = live.round[live.count_on == live.count_on.max()].iloc[0] if live.count_on.notna().any() else live.round.iloc[-1]
    here = live[live.round == newest]
    first, last = here.count_on.min(), here.count_on.max()
    gone = (assets.disposed_on < last) | ((assets.status == "disposed") & blank(assets.disposed_on))
    due = assets[(assets.in_service_on <= first) & ~gone]
    missing = due.asset_id[~is_in(due.asset_id, here.asset_id)].dropna()
    if len(missing):
        named = ", ".join(missing.iloc[:5]) + (" …" if len(missing) > 5 else "")
        yield sheet_finding(n=len(missing), round=newest, named=named)
    yield Breach(twins(here, here.asset_id), at="asset_id",
                 message=Text("{asset_id} was counted twice in {round}, see {other}", "{asset_id} 在 {round} 重复盘点，另见 {other}"),
                 fix=Text("Keep one count.", "只保留一条。"))  # fmt: skip


@rule("STK-002", at="stocktakes.count_on", clause="五(三)2", severity=WARNING, scope="centre",
      en="{n} assets were not counted for {months} months: {named}", zh="{n} 项资产超过 {months} 个月未盘点：{named}",
      fix=Text("Hold a stock-take.", "组织盘点。"))  # fmt: skip
def counts_are_recent(stocktakes: Stocktakes, assets: Assets, policy: Policy, today: pd.Timestamp) -> Rows:
    """Every asset was counted, or put into service, within the months of policy. 各资产在规定月数内盘点过或启用。"""
    months = policy("asset.count_months")
    counted = stocktakes.live[stocktakes.live.count_on <= today]
    held = assets[(assets.status != "disposed") & assets.in_service_on.notna()]
    since = latest(held.asset_id, counted.asset_id, counted.count_on).fillna(held.in_service_on)
    late = held.asset_id[since < today - pd.DateOffset(months=int(months))].dropna()
    named = ", ".join(late.iloc[:5]) + (" …" if len(late) > 5 else "")
    return sheet_finding(n=len(late), months=months, named=named) if len(late) else None


@rule("STK-003", at="stocktakes.witness_id", clause="五(三)2", scope="book",
      en="The witness {witness_id} must be of Finance, and neither the counter nor the custodian", zh="监盘人 {witness_id} 须为财务人员，且不得为盘点人或保管人",
      fix=Text("Let somebody else of Finance witness the count.", "由其他财务人员监盘。"))  # fmt: skip
def witnesses_are_independent(stocktakes: Stocktakes, assets: Assets, employees: Employees, policy: Policy) -> Rows:
    """The witness works in Finance and is neither counter nor, until the count is closed, custodian.
    监盘人为财务人员，且不是盘点人；关闭前也不是保管人。"""
    live = stocktakes.live
    live = live[~blank(live.witness_id)]
    custodian = xlookup(live.asset_id, assets.asset_id, assets.custodian_id)  # today's, so it tells nothing of finished counts
    own = same(live.witness_id, live.counter_id) | (same(live.witness_id, custodian) & (live.status != "closed"))
    return live[~works_in(live.witness_id, employees, policy("org.dept.finance")) | own]


#: The paper that each difference leads to.
EVENT_OF = {"missing": "loss", "damaged": "damage", "surplus": "purchase"}


@rule("STK-004", at="stocktakes.diff_reason", clause="五(三)3", scope="book",
      en="{result}: the {column} is missing", zh="{result}：缺少“{column}”",
      fix=Text("Find the reason, decide what is done, and link the paper.", "查明原因、提出处理意见，并关联单据。"))  # fmt: skip
def differences_are_followed_up(stocktakes: Stocktakes, asset_events: AssetEvents) -> Breaches:
    """A difference has a reason and a handling; before it is closed, a shortage has its loss paper, damage its damage paper, a
    surplus its purchase paper. 差异须有原因和处理意见；关闭前盘亏关联丢失单、损坏关联损坏单、盘盈关联购置单。"""
    live = stocktakes.live
    unlike = live[~blank(live.result) & (live.result != "match")]
    yield from unfilled(unlike, "diff_reason", "handling")
    closed = unlike[unlike.status == "closed"]
    kind = xlookup(closed.event_id, asset_events.event_id, asset_events.event_type)
    for result, event in EVENT_OF.items():
        yield Breach(closed[(closed.result == result) & (kind != event)], at="event_id",
                     message=Text("{result}: the paper that handles it is missing", "{result}：未关联相应单据"))  # fmt: skip


@figure("F-41", at="stocktakes.book_location", en="Book location", zh="账面地点", kind=Line, clause="五(三)2", source="the asset register")
def book_location(stocktakes: Stocktakes, assets: Assets) -> pd.Series:
    """Where the register says the asset is. 台账登记的存放地点。"""
    return xlookup(stocktakes.asset_id, assets.asset_id, assets.location)


@figure("F-35", at="stocktakes.accuracy", en="Stock-take accuracy", zh="盘点账实相符率", kind=Percent, clause="五(三)2", source="inventory practice")
def accuracy(stocktakes: Stocktakes) -> pd.Series:
    """The share of the round's counts that match. 本批次盘点相符的比例。"""
    counts = ~blank(stocktakes.result) & ~stocktakes.status.isin(list(Stocktake.workflow.void))
    return (stocktakes.result == "match").astype(float).where(counts).groupby(stocktakes.round.astype(object)).transform("mean")
