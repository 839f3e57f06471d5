"""Overview 总览: how the centre stands, system by system, what waits for whom, and the figures that months are compared by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from opsbook.grammar import Count, Frame, Line, Policy, Text, block, head
from opsbook.grammar.kinds import ChoicesKind
from opsbook.grammar.workings import Absent, Workings
from opsbook.summaries import OVERVIEW

SYSTEMS = {
    "plans projects checks changes acceptance": Text("Projects", "项目"),
    "kpis kpi_data improvements": Text("KPIs", "指标优化"),
    "employees recruitment training careers": Text("People", "人员"),
    "appraisals payroll": Text("Appraisal, pay", "绩效薪酬"),
    "budget expenses": Text("Budget, claims", "预算费用"),
    "assets asset_events stocktakes": Text("Assets", "资产"),
    "risks risk_actions": Text("Risks", "风险"),
    "controls": Text("Controls", "内控"),
    "information": Text("Information", "信息"),
    "customers tickets": Text("Service", "客户服务"),
}
#: Register → the day by which an open row should be done, and the day on which it was, where that is noted.
DUE = {"plans": ("end_on", "actual_end"), "checks": ("rectify_due", "rectify_done"), "acceptance": ("conditions_due", "conditions_verified_on"),
       "improvements": ("due_on", "done_on"), "recruitment": ("plan_onboard", ""), "training": ("end_on", ""), "careers": ("target_on", ""),
       "risks": ("next_review", ""), "risk_actions": ("due_on", "done_on"), "customers": ("next_follow", "")}  # fmt: skip


def overdue(book: Workings, sheet: str, today: pd.Timestamp) -> Frame | None:
    """The open rows of a register whose day has passed; tickets are overdue when their limit is."""
    if not book.has(sheet) or sheet not in (*DUE, "tickets"):
        return None
    rows = book.frame(sheet, sheet).open
    if sheet == "tickets":
        return rows[rows.column("sla_ok") == "N"]
    due, done = DUE[sheet]
    return rows[(rows.column(due) < today) & (rows.column(done).isna() if done else True)]


@block("overview_systems", OVERVIEW, of="policy", en="Systems", zh="各系统情况", clause="二(二)1②",
       heads={"system": head("System", "系统", Line), "records": head("Records", "记录", Count), "errors": head("Errors", "错误", Count),
              "warnings": head("Warnings", "警告", Count), "overdue": head("Overdue", "逾期", Count)})  # fmt: skip
def overview_systems(book: Workings, today: pd.Timestamp) -> pd.DataFrame:
    """Records, findings and overdue rows of each system. 各系统记录数、问题数与逾期数。"""
    rows = []
    for keys, name in SYSTEMS.items():
        here = [k for k in keys.split() if book.has(k)]
        if here:
            late = [overdue(book, k, today) for k in here]
            rows.append((name, sum(len(book.frame(k, k)) for k in here), sum(f.key in here for f in book.findings.errors),
                         sum(f.key in here for f in book.findings.warnings), sum(len(r) for r in late if r is not None)))  # fmt: skip
    return pd.DataFrame(rows, columns=["system", "records", "errors", "warnings", "overdue"])


def waiting(book: Workings, today: pd.Timestamp) -> Iterator[tuple[Text, pd.Series]]:
    """Whom each waiting row waits for (the first step that leads on), and how many days it has waited (NaN where no day is noted)."""
    for key in book.book.tabs:
        sheet = book.catalog.sheets[key]
        flow = sheet.workflow
        if flow is None or not flow.waiting:
            continue
        rows = book.frame(key, key)
        status = rows.column(flow.status)
        kind = sheet.columns[flow.status].kind
        back: frozenset[str] = getattr(kind.choices, "OFF_PATH", frozenset()) if isinstance(kind, ChoicesKind) else frozenset()
        for code in flow.waiting:
            step = next((s for s in flow.steps if code in s.before.split() and s.after not in back), None)
            here = rows[status == code]
            if step is not None and len(here):
                days = (today - here.column(flow.submitted)).dt.days if flow.submitted else pd.Series(np.nan, index=here.index)
                yield step.who, days.clip(lower=0).astype(float)


@block("overview_pending", OVERVIEW, of="policy", en="Waiting for a decision", zh="待办审批", clause="二(二)2①",
       heads={"who": head("Waits For", "待办人", Line), "count": head("Items", "件数", Count), "late": head("Too Long", "超期", Count),
              "oldest": head("Oldest (days)", "最久（天）", Count)})  # fmt: skip
def overview_pending(book: Workings, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """What waits for whom and how long; too long: beyond Policy org.pending_days. 等待审批的事项、件数与等待天数；超期指超过参数 org.pending_days。"""
    limit, names, found = policy("org.pending_days"), dict[str, Text](), dict[str, list[float]]()
    for who, days in waiting(book, today):
        short = _short(who)
        names.setdefault(short.zh, short)
        found.setdefault(short.zh, []).extend(days)
    rows = [(names[who], len(days), sum(d > limit for d in days), np.nanmax(days) if np.isfinite(days).any() else np.nan) for who, days in found.items()]
    return pd.DataFrame(rows, columns=["who", "count", "late", "oldest"]).sort_values(["late", "count"], ascending=False)


def _short(who: Text) -> Text:
    """Without what stands in brackets or behind a comma."""
    return Text(who.en.partition(" (")[0].partition(", ")[0], who.zh.partition("（")[0])


@block("overview_figures", OVERVIEW, of="policy", en="Figures of the month", zh="本月指标", form="data", figures="F-37", clause="二(二)1④")
def overview_figures(book: Workings, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """The figures on the tiles: value, form, what is said below, state, and whether more is better (1), worse (-1) or neither (0).
    磁贴上的指标：数值、格式、说明、状态，以及越高越好(1)、越低越好(-1)或无方向(0)。"""
    rows = [tile for make in (_index, _budget, _projects, _risks, _satisfaction, _overdue) if (tile := _made(make, book, policy, today))]
    return pd.DataFrame(rows, columns=["code", "name", "value", "form", "said", "state", "better"])


Tile = tuple[str, Text, float, str, Text, str, int]


def _made(make: Callable[[Workings, Policy, pd.Timestamp], Tile | None], book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    """A tile; None where a register is missing that its figures need."""
    try:
        return make(book, policy, today)
    except Absent:
        return None


def _index(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    if not book.has("kpi_data") or not book.has("kpis") or not len(book.frame("kpi_data", "kpi_data")):
        return None
    value = float(book.frame("kpi_data", "kpi_data").column("centre_index").iloc[0])
    if np.isnan(value):
        return None
    state = "red" if value < policy("kpi.alert_score") else "amber" if value < policy("apr.band.B") else "green"
    return "centre_index", Text("Centre index", "综合绩效指数"), value, "0.0", Text("of 100", "满分100"), state, 1


def _budget(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    if not book.has("budget"):
        return None
    rows = book.frame("budget", "budget")
    rows = rows[rows.column("status").isin(["approved", "closed"]) & (rows.column("category") != "revenue") & (rows.column("year") == today.year)]
    once = ~rows.column("budget_id").cat.codes.duplicated()  # what is claimed on a number counts once where two lines bear it
    whole, actual, committed = (float(rows.column(n).where(once | (n == "adjusted"), 0.0).sum()) for n in ("adjusted", "actual", "committed"))
    left = whole - actual - committed
    if whole <= 0:
        return None
    used, gone = actual / whole, today.day_of_year / (366 if today.is_leap_year else 365)
    state = "red" if left < 0 else "amber" if used > gone + 0.05 else "green"
    said = Text(f"{gone:.0%} of year gone", f"时间进度 {gone:.0%}")
    return "budget_used", Text("Budget used", "预算执行率"), used, "0.0%", said, state, 0


def _projects(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    if not book.has("projects") or not book.has("plans"):
        return None
    rows = book.frame("projects", "projects")
    going = rows[rows.column("status").isin(["in_progress", "accept_pending", "suspended"])]
    lights = going.column("health")
    green, red = int((lights == "green").sum()), int((lights == "red").sum())
    state = "red" if red else "amber" if green < len(going) else "green"
    said = Text(f"{red} red, {int((lights == 'amber').sum())} amber", f"红 {red}，黄 {int((lights == 'amber').sum())}")
    return "projects_on_track", Text("Projects on track", "正常项目"), float(green), f'0" / {len(going)}"', said, state, 1


def _risks(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    if not book.has("risks"):
        return None
    rows = book.frame("risks", "risks").open
    level = rows.column("res_level")
    high, worst = int(level.isin(["high", "very_high"]).sum()), int((level == "very_high").sum())
    state = "red" if worst else "amber" if high else "green"
    said = Text(f"{len(rows)} open, {worst} very high", f"未关闭 {len(rows)}，极高 {worst}")
    return "high_risks", Text("High residual risks", "高剩余风险"), float(high), "0", said, state, -1


def _satisfaction(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    if not book.has("tickets"):
        return None
    rows = book.frame("tickets", "tickets")
    marks, met = rows.column("satisfaction"), rows.column("sla_ok").dropna()
    answered = int((marks >= 1).sum())
    if not answered:
        return None
    value = float((marks >= 4).sum()) / answered
    sla = float((met == "Y").mean()) if len(met) else float("nan")
    state = "green" if value >= 0.9 else "amber" if value >= 0.8 else "red"
    said = Text(f"{sla:.0%} in time", f"时限达标 {sla:.0%}") if sla == sla else Text(f"answers: {answered}", f"{answered} 份评价")
    return "csat", Text("Satisfied customers", "客户满意率"), value, "0.0%", said, state, 1


def _overdue(book: Workings, policy: Policy, today: pd.Timestamp) -> Tile | None:
    late = [len(r) for key in (*DUE, "tickets") if (r := overdue(book, key, today)) is not None]
    days = [d for _, each in waiting(book, today) for d in each]
    long = sum(d > policy("org.pending_days") for d in days)
    state = "red" if long else "amber" if sum(late) else "green"
    said = Text(f"waiting: {len(days)}, too long: {long}", f"待审批 {len(days)}，超期 {long}")
    return "overdue", Text("Overdue items", "逾期事项"), float(sum(late)), "#,##0", said, state, -1
