"""Monthly operations report 月度运营报告: the figures of a month, what they say in words, and the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from opsbook.grammar import Change, Count, Line, Money, Policy, Quantity, Score, Text
from opsbook.grammar.form import Fields, Lines, Paragraphs, Picture, Signatures, Values, field, form
from opsbook.grammar.workings import Workings
from opsbook.lists import Dept, Health, RiskLevel


@form("operations-report", of="policy", en="Monthly Operations Report", zh="月度运营报告", asks=Text("a month, as 2026-09", "月份，如 2026-09"), clause="二(二)4②",
      judged=True, monthly=True,
      parts=(
    Fields(None, (field("month", "Month", "报告月份", Line), field("version", "Policy Version", "制度参数版本", Line))),
    Lines("figures", Text("Figures", "主要指标"), (field("name", "Figure", "指标", Line), field("value", "This Month", "本月", Line), field("before", "Month Before",
                                                                                                                                            "上月", Line),
          field("change", "Change", "变化", Line), field("said", "Remark", "说明", Line)), (3, 2, 2, 2, 3)),
    Paragraphs("commentary", Text("What the figures say", "情况说明")),
    Lines("parts", Text("Centre index", "综合指数构成"), (field("part", "Part", "构成", Line), field("score", "Score", "得分", Score), field("weight", "Weight",
                                                                                                                                             "权重", Line)), (6, 3, 3)),
    Picture("parts", Text("Score of the five parts", "五项得分"), "column", "parts", "part", ("score",)),
    Lines("departments", Text("Budget to date", "累计预算执行"), (field("department", "Department", "部门", Dept), field("budget_ytd", "Budget", "累计预算", Money),
          field("actual_ytd", "Actual", "累计实际", Money), field("off", "Over (+) or Under (-)", "超支(+)节约(-)", Change)), (3, 3, 3, 3)),
    Picture("budget", Text("Budget and actual to date", "累计预算与实际"), "column", "departments", "department", ("budget_ytd", "actual_ytd")),
    Lines("projects", Text("Projects under way", "在建项目"), (field("name", "Project", "项目", Line), field("owner", "Owner", "负责人", Line),
          field("status"), field("spi", "SPI", "SPI", Quantity), field("cpi", "CPI", "CPI", Quantity),
          field("health", "Health", "健康度", Health)), (4, 2, 2, 1, 1, 2), of="projects"),
    Lines("risks", Text("Largest residual risks", "主要剩余风险"), (field("risk_id", "Risk", "编号", Line), field("title", "Title", "名称", Line), field("res_level",
                                                                                                                                                         "Level",
                                                                                                                                                         "剩余等级",
                                                                                                                                                         RiskLevel),
          field("owner_id", "Owner", "责任人", Line)), (2, 6, 2, 2)),
    Lines("findings", Text("Findings of validation", "数据校验"), (field("system", "System", "系统", Line), field("records", "Records", "记录", Count),
          field("errors", "Errors", "错误", Count), field("warnings", "Warnings", "警告", Count), field("overdue", "Overdue", "逾期", Count)), (4, 2, 2, 2, 2)),
    Signatures((Text("Prepared by Data Analysis", "数据分析部编制"), Text("Reviewed by", "审核"), Text("Centre director", "中心主任"))),
))  # fmt: skip
def operations_report(book: Workings, policy: Policy, today: pd.Timestamp, record: str) -> Values | None:
    """The month's figures against the month before, sentences drawn from them, and the tables behind them. 本月与上月指标对比、由数据生成的说明及明细表。"""
    tiles, parts, money, projects, risks, systems, scores = (book.lines(n) for n in (
        "overview_figures", "index_parts", "budget_departments", "project_status", "top_risks", "overview_systems", "department_scores"))  # fmt: skip
    before = book.past.get(f"{today.to_period('M') - 1}", {})
    going = projects[projects["status"].isin(["in_progress", "suspended", "accept_pending"])] if len(projects) else projects
    return {
        "month": f"{today:%Y-%m}", "version": policy.version,
        "figures": [_figure(tile, before) for tile in tiles.to_dict("records")],
        "commentary": list(_sentences(tiles, before, parts, money, going, risks, systems, scores, policy("evm.green"))),
        "parts": [line | {"weight": f"{line['weight']:.0%}"} for line in _lines(parts, "part", "score", "weight")],
        "departments": _lines(money, "department", "budget_ytd", "actual_ytd", "off"),
        "projects": _lines(going, "name", "owner", "status", "spi", "cpi", "health")[:12],
        "risks": _lines(risks, "risk_id", "title", "res_level", "owner_id")[:6],
        "findings": _lines(systems, "system", "records", "errors", "warnings", "overdue"),
    }  # fmt: skip


def _lines(table: pd.DataFrame, *names: str) -> list[dict[str, Any]]:
    if not len(table):
        return []
    return [{str(k): v if isinstance(v, Text) else None if pd.isna(v) else v for k, v in line.items()} for line in table[list(names)].to_dict("records")]


def _shown(value: float, form: str) -> str:
    if "%" in form:
        return f"{value:.1%}"
    return f"{value:.1f}" if ".0" in form else f"{value:,.0f}"


def _figure(tile: dict[Any, Any], before: Any) -> dict[str, Any]:
    was, form = before.get(f"overview_figures.{tile['code']}"), tile["form"]
    step = None if was is None else tile["value"] - was
    points = Text("no month before", "尚无上月") if step is None else f"{step * 100:+.1f} pp" if "%" in form else f"{step:+.1f}" if ".0" in form else f"{step:+.0f}"
    return {"name": tile["name"], "value": _shown(tile["value"], form), "before": None if was is None else _shown(was, form), "change": points, "said": tile["said"]}


def _sentences(tiles: pd.DataFrame, before: Any, parts: pd.DataFrame, money: pd.DataFrame, projects: pd.DataFrame, risks: pd.DataFrame, systems: pd.DataFrame,
               scores: pd.DataFrame, green: float) -> Iterator[Text]:  # fmt: skip
    """What the tables say, one sentence each, nothing where there is nothing to say."""
    of = {tile["code"]: tile for tile in tiles.to_dict("records")}
    if (index := of.get("centre_index")) is not None:
        was = before.get("overview_figures.centre_index")
        known = parts.dropna(subset=["score"])
        low, high = known.loc[known["score"].idxmin()], known.loc[known["score"].idxmax()]
        moved = Text("", "") if was is None else _moved(index["value"] - was)
        yield Text("The centre index stands at {index}{moved}; {high} is strongest ({most}), {low} weakest ({least}).",
                   "中心综合绩效指数为 {index}{moved}；最强为{high}（{most}），最弱为{low}（{least}）。").fill({
            "index": f"{index['value']:.1f}", "moved": moved, "high": high["part"], "most": f"{high['score']:.0f}", "low": low["part"],
            "least": f"{low['score']:.0f}"})  # fmt: skip
    if len(money):
        over = money[money["off"] > 0.005]
        total, plan = float(money["actual_ytd"].sum()), float(money["budget_ytd"].sum())
        depts = [Dept.labels().get(str(d), Text(str(d), str(d))) for d in over["department"]]
        said = Text("no department is over its budget to date", "各部门均未超累计预算") if not len(over) else Text(
            f"over their budget to date: {', '.join(n.en for n in depts)}", f"超累计预算的部门：{'、'.join(n.zh for n in depts)}")  # fmt: skip
        if plan > 0:
            yield Text(f"CNY {total:,.0f} was spent of {plan:,.0f} budgeted to date ({total / plan:.0%}); {said.en}.",
                       f"累计支出 {total:,.0f} 元，累计预算 {plan:,.0f} 元（{total / plan:.0%}）；{said.zh}。")  # fmt: skip
    if len(projects):
        red, amber = projects[projects["health"] == "red"], projects[projects["health"] == "amber"]
        which = "、".join(str(n) for n in red["name"])
        late = projects[(projects["spi"] < green).fillna(False)]
        names = f" ({which})" if which else ""
        yield Text("{n} projects are under way, {red} red and {amber} amber{names}; {late} earn less than planned (SPI below {green}).",
                   "在建项目 {n} 个，红灯 {red} 个、黄灯 {amber} 个{names}；进度低于计划（SPI<{green}）的 {late} 个。").fill({
            "n": str(len(projects)), "red": str(len(red)), "amber": str(len(amber)), "names": names, "late": str(len(late)), "green": f"{green:g}"})  # fmt: skip
    if len(risks):
        high = risks[risks["res_level"].isin(["high", "very_high"])]
        yield Text(f"{len(high)} of the ten largest risks remain high or very high after control." if len(high) else "No risk remains high after control.",
                   f"十大风险中控制后仍为高或极高的有 {len(high)} 项。" if len(high) else "控制后无高风险。")  # fmt: skip
    if (csat := of.get("csat")) is not None:
        yield Text(f"{csat['value']:.0%} of answering customers were satisfied; {csat['said'].en}.", f"有效评价中满意率为 {csat['value']:.0%}；{csat['said'].zh}。")
    if len(scores):
        best, worst = scores.iloc[0], scores.iloc[-1]
        first, last = (Dept.labels().get(str(row["department"]), Text("", "")) for row in (best, worst))
        yield Text(f"Among departments {first.en} scores highest ({best['score']:.1f}), {last.en} lowest ({worst['score']:.1f}).",
                   f"部门加权得分最高为{first.zh}（{best['score']:.1f}），最低为{last.zh}（{worst['score']:.1f}）。")  # fmt: skip
    if len(systems):
        errors, late = int(systems["errors"].sum()), int(systems["overdue"].sum())
        worst_system = systems.loc[systems["errors"].idxmax()]
        most = Text(f", most in {worst_system['system'].en} ({int(worst_system['errors'])})",
                    f"，其中{worst_system['system'].zh}最多（{int(worst_system['errors'])}）") if errors else Text("", "")
        yield Text(f"Validation finds {errors} errors{most.en}; {late} items are overdue.", f"数据校验发现错误 {errors} 项{most.zh}；逾期事项 {late} 项。")


def _moved(step: float) -> Text:
    if abs(step) < 0.05:
        return Text(", as last month", "，与上月持平")
    return Text(f", {abs(step):.1f} {'more' if step > 0 else 'less'} than last month", f"，较上月{'上升' if step > 0 else '下降'} {abs(step):.1f}")


