"""Information Summary 信息汇总: what was collected, from where and by whom, and how far it was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.lookup import is_in, xlookup
from opsbook.grammar import Chart, Count, Frame, Line, Percent, Policy, Text, block, groups, head, records
from opsbook.grammar.workings import Workings
from opsbook.summaries import INFORMATION

if TYPE_CHECKING:
    from opsbook.columns import Employees, Information


def _taken_up(information: Frame, book: Workings) -> pd.Series:
    """Whether an improvement came of an item that was not rejected."""
    named: pd.Series = information.column("imp_id")
    return is_in(named, book.frame("improvements", "information").live.column("imp_id")) if book.has("improvements") else named.notna()


@block("information_categories", INFORMATION, of="information", en="Items by category", zh="信息类别", clause="七(一)1", totals="count analysed suggested adopted",
       heads={"count": head("Items", "条数", Count), "analysed": head("Analysed", "已分析", Count), "share": head("Analysed Share", "分析率", Percent),
              "suggested": head("With a Suggestion", "有建议", Count), "adopted": head("Adopted", "已采纳", Count), "rate": head("Adoption", "采纳率", Percent)},
       charts=(Chart("column", "category", ("count", "analysed", "adopted")),))  # fmt: skip
def information_categories(information: Information, book: Workings) -> pd.DataFrame:
    """Items in the base; a suggestion is adopted where an improvement that was not rejected came of it. 信息库条目；建议已形成未驳回的优化措施视为采纳。"""
    rows = information.live
    analysed, suggested = rows.analysed_on.notna(), rows.suggestion.notna()
    adopted = suggested & _taken_up(rows, book)
    table = groups(rows, "category", count=1, analysed=analysed.astype(float), suggested=suggested.astype(float), adopted=adopted.astype(float))
    table.insert(3, "share", table["analysed"] / table["count"])
    table.insert(6, "rate", table["adopted"] / table["suggested"].where(table["suggested"] > 0))
    return table


@block("information_channels", INFORMATION, of="information", en="Items by channel and quarter", zh="信息渠道（按季度）", clause="七(一)2",
       heads={"quarter": head("Quarter", "季度", Line), "channels": head("Channels Used", "使用渠道数", Count), "count": head("Items", "条数", Count),
              "verdict": head("Enough Channels", "渠道是否足够", Line)}, charts=(Chart("column", "quarter", ("count",)),))  # fmt: skip
def information_channels(information: Information, policy: Policy) -> pd.DataFrame:
    """How many channels each quarter drew on, against Policy info.min_channels. 每季度使用的渠道数，对照参数 info.min_channels。"""
    rows = information.live
    rows = rows[rows.collected_on.notna()]
    quarter = rows.collected_on.dt.to_period("Q").astype(str)
    table = groups(rows, {"quarter": quarter}, count=1)
    used = rows.channel.astype(object).groupby(quarter).nunique()
    table.insert(1, "channels", table["quarter"].map(used).astype(float))
    enough = table["channels"] >= policy("info.min_channels")
    table.insert(3, "verdict", [Text("● enough", "● 足够") if e else Text("▲ too few", "▲ 不足") for e in enough])
    return table.tail(8)


@block("information_officers", INFORMATION, of="information", en="Collectors", zh="信息收集人", clause="七(一)1", totals="count",
       heads={"name": head("Name", "姓名", Line), "officer": head("Information Officer", "信息专员", Line), "count": head("Items", "条数", Count),
              "late": head("Classified Late", "超期整理", Count)})  # fmt: skip
def information_officers(information: Information, employees: Employees, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """Who collected how much; late: not classified within Policy info.classify_days. 各收集人条数；超期指未在参数 info.classify_days 内整理。"""
    rows = information.live
    late = (rows.status == "collected") & ((today - rows.collected_on).dt.days > policy("info.classify_days", rows))
    table = groups(rows, "collector_id", count=1, late=late.astype(float)).sort_values("count", ascending=False)
    ids = table["collector_id"].astype("category")
    table.insert(1, "name", xlookup(ids, employees.employee_id, employees.name).astype(object))
    officer = xlookup(ids, employees.employee_id, employees.is_info_officer) == "Y"
    table.insert(2, "officer", [Text("yes", "是") if o else Text("no", "否") for o in officer])
    return table.head(20)


@block("information_status", INFORMATION, of="information", en="Items by status", zh="信息状态", clause="七(一)3", totals="count expired",
       heads={"count": head("Items", "条数", Count), "expired": head("No Longer Valid", "已过有效期", Count)})  # fmt: skip
def information_status(information: Information, today: pd.Timestamp) -> pd.DataFrame:
    """Items in each state, and how many of them are past their day. 各状态条数及已过有效期的条数。"""
    return groups(information, "status", count=1, expired=(information.valid_until < today).astype(float))


@block("suggestions", INFORMATION, of="information", en="Suggestions not taken up yet", zh="尚未采纳的建议", key="info_id", clause="七(二)3")
def suggestions(information: Information, book: Workings) -> pd.DataFrame:
    """Items with a suggestion of which no improvement came, or one that was rejected; the newest first.
    有建议而未形成优化措施（或措施被驳回）的信息，最新的在前。"""
    rows = information.live
    rows = rows[rows.suggestion.notna() & ~_taken_up(rows, book)]
    return records(rows, "info_id category title suggestion department analysed_on").sort_values("analysed_on", ascending=False).head(30)
