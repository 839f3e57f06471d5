"""Appraisal Summary 绩效汇总: the newest cycle in order of merit, how grades are spread, who is lenient, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import xlookup
from opsbook.formulas.periods import cycle_start
from opsbook.grammar import (
    Change,
    Chart,
    Count,
    Line,
    Money,
    Percent,
    Policy,
    Quantity,
    Score,
    Text,
    block,
    groups,
    head,
    in_order,
    records,
)
from opsbook.grammar.block import SOURCE
from opsbook.lists import Grade
from opsbook.summaries import APPRAISALS

if TYPE_CHECKING:
    from opsbook.columns import Appraisals, Employees, Payroll


def _newest(appraisals: Appraisals) -> Appraisals:
    """The cycle that was begun last, of those in which anybody was scored."""
    scored = appraisals[appraisals.final_score.notna()]
    begun = pd.to_datetime(scored.cycle.astype(object).map(cycle_start, na_action="ignore"))
    return scored[begun == begun.max()]


@block("ranking", APPRAISALS, of="appraisals", en="Ranking of the newest cycle", zh="最近周期排名", key="appraisal_id", figures="F-14 F-15 F-16 F-17", clause="四(二)3",
       heads={"name": head("Name", "姓名", Line), "department": head("Department", "部门", Line)}, bars={"final_score": 100.0},
       charts=(Chart("scatter", "perf_score", ("attitude_score",), title=Text("Attitude over performance", "态度与业绩"), least=0, most=100),))  # fmt: skip
def ranking(appraisals: Appraisals, employees: Employees) -> pd.DataFrame:
    """Everybody who was scored, by rank. 按名次列出全部已评分人员。"""
    rows = _newest(appraisals)
    department = xlookup(rows.employee_id, employees.employee_id, employees.department)
    labels = employees.sheet.columns["department"].kind
    return records(rows, "appraisal_id", name=xlookup(rows.employee_id, employees.employee_id, employees.name).astype(object),
                   department=[labels.show(d) if isinstance(d, str) else None for d in department], rank=rows.column("rank"), perf_score=rows.perf_score,
                   ability_score=rows.ability_score, attitude_score=rows.attitude_score, final_score=rows.final_score, grade=rows.grade,
                   pay_coeff=rows.pay_coeff, promotion=rows.promotion, status=rows.status).sort_values("rank", na_position="last")  # fmt: skip


@block("grades", APPRAISALS, of="appraisals", en="Grades against policy", zh="等级分布与制度限制", figures="F-16", clause="四(二)3", totals="count",
       heads={"count": head("People", "人数", Count), "share": head("Share", "占比", Percent), "limit": head("Policy", "制度限制", Percent),
              "verdict": head("Verdict", "判断", Line)},
       charts=(Chart("column", "grade", ("share",), lines=("limit",), title=Text("Share of each grade, and its limit", "各等级占比与限制")),))  # fmt: skip
def grades(appraisals: Appraisals, policy: Policy) -> pd.DataFrame:
    """How many got each grade; at most so many may get A, at least so many D or E, in groups large enough.
    各等级人数；A 不超过上限，D、E 合计不低于下限（达到最小人数时）。"""
    rows = _newest(appraisals)
    if not len(rows):
        return pd.DataFrame()
    count = rows.grade.astype(object).value_counts().reindex(in_order(Grade)).fillna(0.0)
    share = count / count.sum()
    most_a, least_de = policy("apr.max_A"), policy("apr.min_DE")
    judged = count.sum() >= policy("apr.dist_min_n")
    over, under = share["A"] > most_a + 1e-9, share["D"] + share["E"] < least_de - 1e-9
    said = {"A": Text("over the limit", "超过上限") if over and judged else Text("kept", "符合"),
            "E": Text("D and E too few", "D、E 偏少") if under and judged else Text("kept", "符合")}  # fmt: skip
    if not judged:
        said = {"A": Text("too few people to judge", "人数不足，不判断")}
    return pd.DataFrame({"grade": count.index, "count": count.to_numpy(), "share": share.to_numpy(),
                         "limit": [most_a if g == "A" else least_de if g in ("D", "E") else np.nan for g in count.index],
                         "verdict": [said.get(g) for g in count.index]})  # fmt: skip


@block("appraisers", APPRAISALS, of="appraisals", en="How strictly appraisers score", zh="评分宽严", figures="F-15", clause="四(二)2",
       heads={"name": head("Appraiser", "考核人", Line), "count": head("People", "人数", Count), "mean": head("Mean", "平均分", Score),
              "off": head("Off the Mean of All", "与总平均差", Quantity),
              "verdict": head("Verdict", "判断", Line)})  # fmt: skip
def appraisers(appraisals: Appraisals, employees: Employees, policy: Policy) -> pd.DataFrame:
    """The mean of each appraiser's raw scores against that of all; three are needed to judge, and Policy apr.leniency says what is too far.
    各考核人平均分与总平均之差；至少三人才判断，参数 apr.leniency 为容许差。"""
    rows = _newest(appraisals)
    rows = rows[rows.raw_score.notna() & rows.appraiser_id.notna()]
    table = groups(rows, "appraiser_id", count=1, mean=rows.raw_score)
    mean = table["mean"] / table["count"]
    table["mean"] = mean.round(2)
    table.insert(3, "off", (mean - rows.raw_score.mean()).round(2))
    far = policy("apr.leniency") + 1e-9
    words = Text("too few", "人数不足"), Text("lenient", "偏松"), Text("strict", "偏严"), Text("in line", "正常")
    first = np.select([table["count"] < 3, table["off"] > far, table["off"] < -far], [0, 1, 2], 3)
    table.insert(4, "verdict", [words[n] for n in first])
    table.insert(1, "name", xlookup(table["appraiser_id"].astype("category"), employees.employee_id, employees.name).astype(object))
    return table.sort_values("off", ascending=False)


@block("departments_graded", APPRAISALS, of="employees", en="Grades by department", zh="各部门等级", figures="F-16", clause="四(二)3", totals="people A B C D E",
       heads={"people": head("People", "人数", Count), "mean": head("Mean Score", "平均分", Score), **{g: head(g, g, Count) for g in "ABCDE"}},
       charts=(Chart("stacked", "department", tuple("ABCDE")),))  # fmt: skip
def departments_graded(appraisals: Appraisals, employees: Employees) -> pd.DataFrame:
    """People, mean score and grades of each department in the newest cycle. 最近周期各部门人数、平均分与等级。"""
    rows = _newest(appraisals)
    department = xlookup(rows.employee_id, employees.employee_id, employees.department)
    table = groups(rows, {"department": department}, people=1, mean=rows.final_score, **{g: (rows.grade == g).astype(float) for g in "ABCDE"})
    table["mean"] = (table["mean"] / table["people"]).round(2)
    return table.drop(columns=SOURCE)


@block("pay_effect", APPRAISALS, of="payroll", en="Effect on pay", zh="薪酬影响", figures="F-17 F-18", clause="四(二)3", totals="people",
       heads={"people": head("People", "人数", Count), "base": head("Performance Base", "绩效基数", Money), "paid": head("Performance Pay", "绩效工资", Money),
              "effect": head("More or Less Than Base", "较基数增减", Change), "cost": head("Company Cost", "人工成本", Money)},
       charts=(Chart("column", "period", ("base", "paid")),))  # fmt: skip
def pay_effect(payroll: Payroll) -> pd.DataFrame:
    """Performance pay against its base by month, the last twelve; a base whose pay is not known yet is left out.
    近12个月绩效工资与绩效基数；尚无绩效工资的基数不计。"""
    table = groups(payroll, "period", people=1, base=payroll.perf_base.where(payroll.perf_pay.notna()), paid=payroll.perf_pay, cost=payroll.company_cost)
    table.insert(4, "effect", table["paid"] - table["base"])
    return table.sort_values("period", key=lambda months: months.astype(object).map(lambda said: said if isinstance(said, str) else "~")).tail(12)  # blanks last
