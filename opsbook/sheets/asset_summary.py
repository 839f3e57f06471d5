"""Assets Summary 资产汇总: what the centre owns, what it is worth, what became of it, and whether it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import xlookup
from opsbook.grammar import Chart, Count, Line, Money, Percent, Policy, Text, block, groups, head, records
from opsbook.summaries import ASSETS

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Assets, Stocktakes


@block("asset_classes", ASSETS, of="assets", en="Assets by class", zh="资产分类", figures="F-26 F-27", clause="五(三)2",
       totals="count original_cost accum_depr net_value monthly_depr",
       heads={"count": head("Assets", "数量", Count), "newness": head("Newness", "成新率", Percent), "idle": head("Idle or Damaged", "闲置或损坏", Count)},
       charts=(Chart("stacked", "asset_class", ("net_value", "accum_depr"), title=Text("Cost = net value + accumulated depreciation",
                                                                                       "原值＝净值＋累计折旧")),))  # fmt: skip
def asset_classes(assets: Assets) -> pd.DataFrame:
    """Assets that were not disposed of. 未处置的资产。"""
    rows = assets.open
    names = ("original_cost", "accum_depr", "net_value", "monthly_depr")
    table = groups(rows, "asset_class", count=1, **{n: rows.column(n) for n in names}, known=rows.original_cost.where(rows.net_value.notna(), 0.0),
                   idle=rows.status.isin(["idle", "damaged"]).astype(float))
    known = table.pop("known")
    table.insert(5, "newness", table["net_value"] / known.where(known > 0))
    return table


@block("asset_departments", ASSETS, of="assets", en="Assets by department", zh="各部门资产", figures="F-27", clause="五(三)3", totals="count original_cost net_value",
       heads={"count": head("Assets", "数量", Count), "full": head("Fully Depreciated", "已提足折旧", Count)},
       charts=(Chart("bar", "department", ("net_value",)),))  # fmt: skip
def asset_departments(assets: Assets) -> pd.DataFrame:
    """Assets that were not disposed of, and how many are fully depreciated and still kept. 未处置资产，以及已提足折旧仍在册的数量。"""
    rows = assets.open
    residual = rows.original_cost * rows.residual_rate
    full = (rows.net_value <= residual + 0.005) & (rows.depr_method != "none")
    return groups(rows, "department", count=1, original_cost=rows.original_cost, net_value=rows.net_value, full=full.astype(float))


@block("asset_event_types", ASSETS, of="asset_events", en="Requests and movements of this year", zh="本年资产申请与变动", clause="五(三)1",
       totals="count waiting est_amount actual_amount proceeds gain_loss",
       figures="F-28", heads={"count": head("Events", "次数", Count), "waiting": head("Waiting", "待审批", Count)})  # fmt: skip
def asset_event_types(asset_events: AssetEvents, today: pd.Timestamp) -> pd.DataFrame:
    """Events of this year by kind, with proceeds and gain or loss of disposals. 本年变动按类型统计，含处置收入与损益。"""
    rows = asset_events[(asset_events.event_on.dt.year == today.year) & (asset_events.status != "rejected")]
    amounts = {n: rows.column(n).fillna(0.0) for n in ("est_amount", "actual_amount", "proceeds", "gain_loss")}
    return groups(rows, "event_type", count=1, waiting=rows.status.isin(["submitted", "dept_approved"]).astype(float), **amounts)


@block("stocktake_rounds", ASSETS, of="stocktakes", en="Stock-takes", zh="资产盘点", figures="F-35", clause="五(三)2", totals="counted",
       heads={"counted": head("Counted", "盘点数", Count), "coverage": head("Coverage", "盘点覆盖率", Percent), "matched": head("Matched", "相符", Count),
              "share": head("Accuracy", "账实相符率", Percent), "value": head("Accuracy by Value", "价值相符率", Percent),
              "lost": head("Value Not Found", "未找到价值", Money), "open": head("Differences Open", "差异未处理", Count)},
       charts=(Chart("column", "round", ("share", "value"), least=0, most=1),))  # fmt: skip
def stocktake_rounds(stocktakes: Stocktakes, assets: Assets) -> pd.DataFrame:
    """Each round: what matched the books by number and by net value, and how many of the assets in use it has counted so far.
    各轮盘点的数量与净值相符率，以及已盘点资产占在册资产的比例。"""
    rows = stocktakes.live
    rows = rows[rows.result.notna()]
    worth = xlookup(rows.asset_id, assets.asset_id, assets.net_value).fillna(0.0)
    matched = rows.result == "match"
    table = groups(rows, "round", counted=1, matched=matched.astype(float), worth=worth, good=worth.where(matched, 0.0),
                   lost=worth.where(rows.result == "missing", 0.0), open=(~matched & rows.handled_on.isna()).astype(float))  # fmt: skip
    whole, good = table.pop("worth"), table.pop("good")
    table.insert(3, "share", table["matched"] / table["counted"])
    table.insert(4, "value", good / whole.where(whole > 0))
    table.insert(2, "coverage", table["counted"] / max(len(assets.open), 1))
    return table.assign(round=table["round"].astype(str))


@block("disposals", ASSETS, of="asset_events", en="Disposals", zh="资产处置", key="event_id", figures="F-28", clause="五(三)4", totals="book_value proceeds gain_loss",
       heads={"asset": head("Asset", "资产", Line)})  # fmt: skip
def disposals(asset_events: AssetEvents, assets: Assets) -> pd.DataFrame:
    """Sales, scrapping, donations and losses that were executed, the newest first. 已执行的出售、报废、捐赠与丢失。"""
    rows = asset_events[asset_events.event_type.isin(["scrap", "sale", "donation", "loss"]) & asset_events.status.isin(["executed", "closed"])]
    return records(rows, "event_id event_type", asset=xlookup(rows.asset_id, assets.asset_id, assets.name).astype(object), executed_on=rows.executed_on,
                   book_value=rows.book_value, proceeds=rows.proceeds, disposal_cost=rows.disposal_cost, gain_loss=rows.gain_loss,
                   remitted_on=rows.remitted_on).sort_values("executed_on", ascending=False).head(40)  # fmt: skip


@block("fully_depreciated", ASSETS, of="assets", en="Fully depreciated and still on the books", zh="已提足折旧仍在册", key="asset_id", figures="F-27", clause="五(三)2")
def fully_depreciated(assets: Assets, policy: Policy) -> pd.DataFrame:
    """Assets without anything left to charge; to be kept, replaced or scrapped. 已无折旧可提的资产：续用、更新或报废。"""
    rows = assets.open
    full = rows[(rows.net_value <= rows.original_cost * rows.residual_rate + 0.005) & (rows.depr_method != "none")]
    return records(full, "asset_id name asset_class department custodian_id in_service_on original_cost net_value status").head(60)
