"""KPI Summary 指标汇总: every indicator against its target, how it moves, what is out of line, and whether improvements help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import blank, cents, xlookup
from opsbook.formulas.trend import outlyingness, trend
from opsbook.grammar import (
    Chart,
    Code,
    Count,
    Head,
    Line,
    Money,
    Percent,
    Period,
    Policy,
    Quantity,
    Score,
    Text,
    block,
    groups,
    head,
    records,
)
from opsbook.grammar.kinds import kind_of
from opsbook.lists import Dept
from opsbook.summaries import KPIS, OVERVIEW

if TYPE_CHECKING:
    from opsbook.columns import Improvements, KpiData, Kpis

_BACK, _AHEAD = 6, 3  # periods shown, and months foretold
MONTHS = {"daily": 1, "weekly": 1, "monthly": 1, "quarterly": 3, "yearly": 12}  # that a value stands for; others owe none


def _verified(kpi_data: KpiData) -> KpiData:
    """Values that count: verified ones of a known period."""
    return kpi_data[(kpi_data.status == "verified") & kpi_data.period.notna()]


def _scores(kpi_data: KpiData) -> pd.DataFrame:
    """Verified scores: one row a KPI, one column a period, in order."""
    known = _verified(kpi_data)
    known = known[known.score.notna()]
    table = pd.DataFrame({"kpi": known.kpi_id.astype(object), "period": known.period.astype(object), "score": known.score})
    return table.pivot_table(index="kpi", columns="period", values="score", aggfunc="last")


@block("kpi_status", KPIS, of="kpis", en="Every indicator", zh="指标一览", key="kpi_id", figures="F-10 F-11", clause="三(四)1", spark=("trend", "p1", "p6"),
       heads={"period": head("Period", "最近期", Period), "now_target": head("Target", "目标", Quantity), "actual": head("Actual", "实际", Quantity),
              "attainment": head("Attainment", "达成率", Percent), "score": head("Score", "得分", Score),
              **{f"p{n}": head(f"-{_BACK - n}" if n < _BACK else "0", f"前{_BACK - n}期" if n < _BACK else "本期", Score) for n in range(1, _BACK + 1)},
              "trend": head("Trend", "趋势", Line), "foretold": head("Next (forecast)", "下期预测", Score), "alert": head("Alert", "预警", Line)},
       bars={"score": 120.0})  # fmt: skip
def kpi_status(kpis: Kpis, kpi_data: KpiData, policy: Policy) -> pd.DataFrame:
    """Approved indicators with their newest verified value, the six last scores and a robust forecast of the next.
    已批准指标：最近一期已核实数据、最近六期得分及稳健预测。"""
    rows = kpis[kpis.status == "approved"]
    known = _verified(kpi_data)
    newest = pd.DataFrame({n: known.column(n).astype(object) if n in ("kpi_id", "period") else known.column(n)
                           for n in ("kpi_id", "period", "target", "actual", "attainment", "score")})  # fmt: skip
    newest = newest.sort_values("period").drop_duplicates("kpi_id", keep="last").set_index("kpi_id")
    ids = rows.kpi_id.astype(object)
    last = {n: ids.map(newest[n]) for n in ("period", "actual", "attainment", "score")}
    step, cap = rows.frequency.astype(object).map(MONTHS).fillna(1), policy("kpi.cap")
    past = [_recent(series, int(months), cap) for (_, series), months in zip(_scores(kpi_data).reindex(ids).iterrows(), step, strict=True)]
    scores = np.array([p[0] for p in past]).reshape(len(ids), _BACK)
    mark = policy("kpi.alert_score", rows)
    alert = np.select([last["period"].isna(), last["score"] < mark], ["×", "◆"], "●")
    return records(rows, "kpi_id name department unit", period=last["period"], now_target=ids.map(newest["target"]).fillna(rows.target), actual=last["actual"],
                   attainment=last["attainment"], score=last["score"], **{f"p{n + 1}": scores[:, n] for n in range(_BACK)}, trend="",
                   foretold=[p[1] for p in past], alert=alert).sort_values("score", na_position="last")  # fmt: skip


def _recent(scores: pd.Series, step: int, cap: float) -> tuple[list[float], float]:
    """The six last scores, the newest last, and the forecast of the next period (NaN from fewer than four); gaps stay gaps."""
    filled = scores.dropna()
    shown = [*[np.nan] * max(0, _BACK - len(filled)), *filled.to_numpy(dtype=float)[-_BACK:]]
    found = trend(_by_period(filled, step).to_numpy(dtype=float), 1) if len(filled) else None
    return shown, float(np.clip(found.line[-1], 0, cap)) if found else np.nan


def _by_period(scores: pd.Series, step: int = 1) -> pd.Series:
    """Scores over every month, quarter or year from the first to the last; blank where there is none."""
    months = pd.PeriodIndex(scores.index, freq="M")
    return pd.Series(scores.to_numpy(), index=months).reindex(pd.period_range(months.min(), months.max(), freq="M")[::step])


@block("kpi_departments", KPIS, of="kpi_data", en="Weighted score of departments by month", zh="部门加权得分（按月）", figures="F-12", clause="三(四)1",
       heads={"centre": head("Centre", "中心", Score)}, charts=(Chart("line", "period", title=Text("Weighted score by month", "各月加权得分")),))  # fmt: skip
def kpi_departments(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.DataFrame:
    """The weighted mean of verified scores; what is missing drops out, or counts 0 by Policy kpi.missing.
    已核实得分的加权平均；缺数不计或按参数 kpi.missing 计零。"""
    table = weighted_scores(kpi_data, kpis, policy)
    return table.rename(columns={d: Head(label, kind_of(Score)[0]) for d, label in Dept.labels().items() if d in table}).reset_index()


def weighted_scores(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.DataFrame:
    """Month × department (and ``centre``): the weighted scores of approved indicators that belong to no single person."""
    live = kpis[(kpis.status == "approved") & blank(kpis.employee_id)]
    scores = _scores(kpi_data).reindex(live.kpi_id.astype(object))
    scores = scores[sorted(scores.columns)[-18:]].set_axis(live.index)
    if policy("kpi.missing") == "zero":
        scores = scores.where(scores.notna() | ~_due(live, list(scores.columns)), 0.0)
    weights, department = live.weight, live.department.astype(object)
    members: dict[str, pd.Series] = {d: department == d for d in Dept.labels() if (department == d).any()}
    members["centre"] = pd.Series(True, index=live.index)
    found = {}
    for name, here in members.items():
        heavy = scores[here].notna().mul(weights[here], axis=0).sum()
        found[name] = (scores[here].mul(weights[here], axis=0).sum() / heavy.where(heavy > 0)).round(2)
    return pd.DataFrame(found).rename_axis("period")


def _due(kpis: Kpis, periods: list[str]) -> pd.DataFrame:
    """Whether each indicator was in force in a month, and owed a value for it."""
    step = kpis.frequency.astype(object).map(MONTHS)
    owed = {}
    for period in periods:
        month = pd.Period(period, "M")
        in_force = (kpis.valid_from <= month.end_time) & ~(kpis.valid_to < month.start_time)
        owed[period] = in_force & (month.month % step == 0)
    return pd.DataFrame(owed, index=kpis.index)


@block("department_scores", OVERVIEW, of="kpi_data", en="Department scores", zh="部门绩效", figures="F-12", clause="二(二)1④",
       heads={"department": head("Department", "部门", Dept), "score": head("Score", "得分", Score), "change": head("Against the Month Before", "较上期",
                                                                                                                    Quantity)})  # fmt: skip
def department_scores(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.DataFrame:
    """The newest weighted score of each department, and what it was before. 各部门最近一期加权得分及变化。"""
    scores = weighted_scores(kpi_data, kpis, policy).drop(columns="centre")
    last = [(d, scores[d].dropna()) for d in scores]
    rows = [(d, s.iloc[-1], s.iloc[-1] - s.iloc[-2] if len(s) > 1 else np.nan) for d, s in last if len(s)]
    return pd.DataFrame(rows, columns=["department", "score", "change"]).sort_values("score", ascending=False)


@block("kpi_forecast", KPIS, of="kpi_data", en="Where the centre's score is going", zh="中心得分趋势预测", figures="F-12", clause="七(二)2",
       heads={"period": head("Month", "月份", Line), "score": head("Score", "得分", Score), "line": head("Trend", "趋势", Score),
              "low": head("Low", "下限", Score), "high": head("High", "上限", Score)},
       charts=(Chart("band", "period", ("low", "high"), lines=("line", "score"), title=Text("Score, robust trend and likely range",
                                                                                            "得分、稳健趋势与可能区间")),))  # fmt: skip
def kpi_forecast(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.DataFrame:
    """A Theil-Sen line through the monthly scores and three months beyond; four of five values are expected within the band.
    月度得分的 Theil-Sen 稳健趋势线并外推三个月；预计五分之四的值落在区间内。"""
    known = weighted_scores(kpi_data, kpis, policy)["centre"].dropna()
    scores = _by_period(known) if len(known) else known
    found = trend(scores.to_numpy(dtype=float), _AHEAD) if len(scores) else None
    if found is None:
        return pd.DataFrame()
    periods = [str(p) for p in pd.period_range(scores.index[0], scores.index[-1] + _AHEAD, freq="M")]
    band = {name: np.clip(values, 0, policy("kpi.cap")) for name, values in (("line", found.line), ("low", found.low), ("high", found.high))}
    return pd.DataFrame({"period": periods, "score": [*scores, *[np.nan] * _AHEAD], **band}).round(2)


@block("kpi_outliers", KPIS, of="kpi_data", en="Values out of line", zh="异常值", clause="七(二)2",
       heads={"name": head("Indicator", "指标", Line), "median": head("Median", "中位数", Quantity), "away": head("Robust Deviations Away", "稳健偏差倍数",
                                                                                                                  Quantity)})  # fmt: skip
def kpi_outliers(kpi_data: KpiData, kpis: Kpis, policy: Policy) -> pd.DataFrame:
    """Values further from the median of their indicator than Policy kpi.outlier_sigma robust deviations (from six values on).
    与该指标中位数之差超过参数 kpi.outlier_sigma 倍稳健偏差的值（至少六期）。"""
    by = kpi_data.actual.groupby(kpi_data.kpi_id.astype(object))
    away = by.transform(lambda v: outlyingness(v.to_numpy(dtype=float)) if v.notna().sum() >= _BACK else np.nan)
    rows = kpi_data.assign(away=away, median=by.transform("median"))
    rows = rows[away.abs() > policy("kpi.outlier_sigma", kpi_data)]
    return records(rows, "data_id kpi_id", name=xlookup(rows.kpi_id, kpis.kpi_id, kpis.name).astype(object), period=rows.period.astype(object), actual=rows.actual,
                   median=rows.column("median"), away=rows.column("away"), analysis=rows.analysis.astype(object))  # fmt: skip


@block("improvement_sources", KPIS, of="improvements", en="Improvements and their effect", zh="优化措施及效果", figures="F-13", clause="三(四)3",
       totals="count closed effective cost benefit",
       heads={"count": head("Measures", "措施数", Count), "closed": head("Closed", "已关闭", Count), "effective": head("Effective", "有效", Count),
              "share": head("Effective Share", "有效率", Percent), "roi": head("Return", "投入产出率", Quantity), "cost": head("Cost", "投入", Money),
              "benefit": head("Benefit", "收益", Money)}, charts=(Chart("column", "source", ("count", "effective")),))  # fmt: skip
def improvement_sources(improvements: Improvements) -> pd.DataFrame:
    """Measures that were not rejected, by source; effective ones among those closed; the return is
    (benefit - cost) / cost of those whose benefit is known. 未驳回的优化措施按来源统计；有效为已关闭且有效；投入产出率=（收益-投入）/投入（收益已知的措施）。"""
    rows = improvements.live
    closed, judged = rows.status == "closed", rows.benefit.notna() & rows.cost.notna()
    table = groups(rows, "source", count=1, closed=closed.astype(float), effective=(closed & (rows.effect == "effective")).astype(float),
                   cost=rows.cost.fillna(0.0), benefit=rows.benefit.fillna(0.0), paid=rows.cost.where(judged, 0.0), gained=rows.benefit.where(judged, 0.0))  # fmt: skip
    paid, gained = table.pop("paid"), table.pop("gained")
    table.insert(4, "share", table["effective"] / table["closed"].where(table["closed"] > 0))
    table.insert(len(table.columns) - 1, "roi", cents((gained - paid) / paid.where(paid > 0)))
    return table


@block("improvement_list", KPIS, of="improvements", en="Measures not closed", zh="未关闭的优化措施", key="imp_id", figures="F-13", clause="三(四)3",
       heads={"kpi": head("Indicator", "指标", Code)})  # fmt: skip
def improvement_list(improvements: Improvements) -> pd.DataFrame:
    """Measures under way with what they were to reach and have reached. 进行中的优化措施及其目标与成效。"""
    rows = improvements.open
    return records(rows, "imp_id title source owner_id", kpi=rows.kpi_id.astype(object), due_on=rows.due_on, baseline_value=rows.baseline_value,
                   target_value=rows.target_value, result_value=rows.result_value, effect_rate=rows.effect_rate, status=rows.status).sort_values("due_on")  # fmt: skip
