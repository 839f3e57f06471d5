"""Risk Summary 风险汇总: the largest risks, where they lie, and what is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.grammar import Chart, Count, Head, Money, Percent, Text, block, groups, head, in_order, records
from opsbook.grammar.kinds import kind_of
from opsbook.lists import RiskLevel
from opsbook.summaries import RISKS

if TYPE_CHECKING:
    from opsbook.columns import RiskActions, Risks


@block("top_risks", RISKS, of="risks", en="Ten largest risks", zh="十大风险", key="risk_id", figures="F-29 F-30", clause="六(一)3")
def top_risks(risks: Risks) -> pd.DataFrame:
    """Open risks by residual level and score. 未关闭风险按剩余等级与风险值排列。"""
    rows = risks.open
    table = records(rows, "risk_id title category department owner_id", score=rows.score, level=rows.level, res_score=rows.res_score, res_level=rows.res_level,
                    response=rows.response, next_review=rows.next_review, status=rows.status)  # fmt: skip
    rank = table["res_level"].map({level: n for n, level in enumerate(in_order(RiskLevel))}).astype(float)
    return table.assign(rank=rank).sort_values(["rank", "res_score", "score"], ascending=False).drop(columns="rank").head(10)


@block("risk_categories", RISKS, of="risks", en="Open risks by category and residual level", zh="未关闭风险按类别与剩余等级", figures="F-30", clause="六(一)1",
       totals="count bad",
       heads={"count": head("Risks", "风险数", Count), "bad": head("High and Very High", "高与极高", Count),
              **{level.value: Head(level.text, kind_of(Count)[0]) for level in RiskLevel}},
       charts=(Chart("stacked", "category", tuple(RiskLevel), title=Text("Residual level", "剩余等级")),))  # fmt: skip
def risk_categories(risks: Risks) -> pd.DataFrame:
    """How many open risks of each category stand at each residual level. 各类别未关闭风险的剩余等级分布。"""
    rows = risks.open
    levels = {level: (rows.res_level == level).astype(float) for level in in_order(RiskLevel)}
    return groups(rows, "category", count=1, bad=rows.res_level.isin(["high", "very_high"]).astype(float), **levels)


@block("risk_responses", RISKS, of="risks", en="Responses", zh="应对方式", clause="六(二)2", totals="count high", charts=(Chart("column", "response", ("count",)),),
       heads={"count": head("Risks", "风险数", Count), "high": head("High and Very High", "高与极高", Count)})  # fmt: skip
def risk_responses(risks: Risks) -> pd.DataFrame:
    """Open risks by the response chosen. 未关闭风险按应对方式统计。"""
    rows = risks.open
    return groups(rows, "response", count=1, high=rows.res_level.isin(["high", "very_high"]).astype(float))


@block("reviews_overdue", RISKS, of="risks", en="Reviews overdue", zh="复评逾期", clause="六(二)3", heads={"late": head("Days Late", "逾期天数", Count)})
def reviews_overdue(risks: Risks, today: pd.Timestamp) -> pd.DataFrame:
    """Open risks whose next review has passed, the latest first. 下次复评日期已过的未关闭风险。"""
    rows = risks.open
    rows = rows[rows.next_review < today]
    table = records(rows, "risk_id title owner_id", res_level=rows.res_level, next_review=rows.next_review, late=(today - rows.next_review).dt.days.astype(float))
    return table.sort_values("late", ascending=False).head(30)


@block("actions_overdue", RISKS, of="risk_actions", en="Response actions not done", zh="未完成的应对措施", key="action_id", clause="六(二)1",
       heads={"late": head("Days Late", "逾期天数", Count)}, bars={"progress": 1.0})  # fmt: skip
def actions_overdue(risk_actions: RiskActions, today: pd.Timestamp) -> pd.DataFrame:
    """Actions that are not finished, the most overdue first. 未完成的应对措施，逾期最久的在前。"""
    rows = risk_actions.open
    rows = rows[rows.done_on.isna()]
    late = (today - rows.due_on).dt.days.clip(lower=0).astype(float)
    return records(rows, "action_id risk_id measure owner_id", due_on=rows.due_on, progress=rows.progress, late=late,
                   status=rows.status).sort_values("late", ascending=False).head(40)  # fmt: skip


@block("action_effects", RISKS, of="risk_actions", en="Effect of responses", zh="应对效果", figures="F-31", clause="六(二)3", totals="count",
       heads={"count": head("Actions", "措施数", Count), "mean": head("Mean Reduction", "平均降幅", Percent), "share": head("Share", "占比", Percent),
              "cost": head("Cost", "费用", Money)})  # fmt: skip
def action_effects(risk_actions: RiskActions) -> pd.DataFrame:
    """Evaluated actions by their effect. 已评估措施按效果统计。"""
    rows = risk_actions[risk_actions.effect.notna() & (risk_actions.status == "evaluated")]
    table = groups(rows, "effect", count=1, mean=rows.reduction.fillna(0.0), known=rows.reduction.notna().astype(float), cost=rows.cost.fillna(0.0))
    known = table.pop("known")
    table["mean"] = (table["mean"] / known.where(known > 0)).round(4)
    table.insert(2, "share", table["count"] / table["count"].sum())
    return table
