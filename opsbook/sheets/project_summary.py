"""Projects Summary 项目汇总: where every project stands, what comes next, and how its value has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.formulas import earned_value as evm
from opsbook.formulas.lookup import countif, latest, xlookup
from opsbook.grammar import Chart, Count, Day, Frame, Light, Line, Money, Policy, Text, block, groups, head, records
from opsbook.grammar.workings import Workings
from opsbook.summaries import PROJECTS

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Budget, Expenses, Plans, Projects

GOING = ("in_progress", "suspended", "accept_pending")
_LIGHT = Light("evm.amber", "evm.green")


@block("project_status", PROJECTS, of="projects", en="Every project", zh="项目一览", key="project_id", clause="三(二)3",
       figures="F-01 F-02 F-03 F-04 F-05 F-06 F-07 F-08",
       heads={"owner": head("Owner", "负责人", Line), "last_meeting": head("Last Meeting", "最近会议", Day), "issues": head("Open Issues", "未结问题", Count),
              "changes": head("Changes", "变更数", Count), "milestone": head("Next Milestone", "下一里程碑", Line), "due": head("Due", "到期日", Day)},
       charts=(Chart("column", "name", ("pv", "ev", "ac"), title=Text("Planned, earned and actual value", "计划价值、挣值与实际成本")),
               Chart("column", "name", ("spi", "cpi"), title=Text("Indices (1 = on plan)", "绩效指数（1 为正常）"), least=0, most=1.5)),
       totals="bac pv ev ac eac vac issues changes", lights={"spi": _LIGHT, "cpi": _LIGHT})  # fmt: skip
def project_status(projects: Projects, plans: Plans, book: Workings) -> pd.DataFrame:
    """One line a project that was not rejected or cancelled, those under way first. 每个未驳回、未取消的项目一行，在建项目在前。"""
    rows = projects.live
    under_way = rows.status.isin(GOING)
    milestones = plans[(plans.level == "milestone") & plans.status.isin(["not_started", "in_progress"])]
    first = pd.DataFrame({"project": milestones.project_id.astype(object), "title": milestones.title.astype(object), "end": milestones.end_on})
    first = first.sort_values("end").drop_duplicates("project").set_index("project")
    ids = rows.project_id.astype(object)
    checks, changes = (book.frame(key, "projects") if book.has(key) else None for key in ("checks", "changes"))
    table = records(
        rows, "project_id name status", owner=_named(rows.owner_id, book), **{n: rows.column(n) for n in ("bac", "pv", "ev", "ac", "spi", "cpi", "eac")},
        vac=rows.vac, tcpi=rows.tcpi, earned_months=rows.earned_months, health=rows.health,
        last_meeting=_last_meeting(rows, checks), issues=_open_issues(rows, checks),
        changes=countif(rows.project_id, changes.live.column("project_id")) if changes is not None else np.nan,
        milestone=ids.map(first["title"]), due=ids.map(first["end"]),
    )  # fmt: skip
    return table.assign(under_way=under_way).sort_values(["under_way", "bac"], ascending=False).drop(columns="under_way")


def _named(people: pd.Series, book: Workings) -> pd.Series:
    """Names for employee numbers, where the register of people is at hand."""
    if not book.has("employees"):
        return people.astype(object)
    employees = book.frame("employees", "projects")
    return xlookup(people, employees.column("employee_id"), employees.column("name")).astype(object)


def _last_meeting(projects: Frame, checks: Any) -> Any:
    if checks is None:
        return pd.NaT
    meetings = checks[checks.record_type == "progress_meeting"]
    return latest(projects.column("project_id"), meetings.project_id, meetings.check_on)


def _open_issues(projects: Frame, checks: Any) -> Any:
    if checks is None:
        return np.nan
    waiting = checks[checks.status.isin(["open", "in_progress"])]
    return countif(projects.column("project_id"), waiting.project_id)


@block("project_curve", PROJECTS, of="projects", en="S-curve of one project", zh="单个项目 S 曲线", form="curve", figures="F-02 F-03 F-04", clause="三(二)3",
       heads={"project": head("Project", "项目", Line), "month": head("Month", "月份", Line), "pv": head("PV", "计划价值", Money),
              "ev": head("EV", "挣值", Money), "ac": head("AC", "实际成本", Money)})  # fmt: skip
def project_curve(projects: Projects, plans: Plans, expenses: Expenses, asset_events: AssetEvents, budget: Budget, policy: Policy,
                  today: pd.Timestamp) -> pd.DataFrame:  # fmt: skip
    """Value by month of each project under way; what a task has earned is spread evenly from its start to its end or today.
    在建项目各月累计价值；任务挣值按开始至完成（或统计日）均匀分摊。"""
    rows = projects[projects.status.isin(GOING)]
    if not len(rows):
        return pd.DataFrame()
    months = pd.period_range(rows.start_on.min().to_period("M"), max(rows.end_on.max(), today).to_period("M"), freq="M")[-36:]
    return value_by_month(rows, months, plans, _costs(expenses, asset_events, budget, plans, policy), today)


def value_by_month(rows: Frame, months: pd.PeriodIndex, plans: Any, costs: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """For each project and month the planned, earned and actual value to its end; EV and AC stay blank after today."""
    tasks = plans[plans.level.isin(["task", "milestone"]) & (plans.status != "cancelled")]
    begin, finish = tasks.start_on, tasks.baseline_end.fillna(tasks.end_on)
    done = np.select([tasks.ev_method == "zero_hundred", tasks.ev_method == "fifty_fifty"],
                     [(tasks.status == "done").astype(float), np.maximum(tasks.actual_start.notna() * 0.5, (tasks.status == "done").astype(float))],
                     tasks.progress.fillna(0.0))  # fmt: skip
    worked_from = tasks.actual_start.fillna(tasks.start_on)
    worked_to = tasks.actual_end.fillna(today).clip(upper=today)
    table = []
    for month in months:  # once a month, over all tasks
        day = month.end_time.normalize()
        planned = tasks.budget_cost * _share(begin, finish, day)
        earned = tasks.budget_cost * done * _share(worked_from, worked_to.where(worked_to >= worked_from, worked_from), min(day, today))
        spent = costs[costs["on"] <= min(day, today)]
        by = [s.groupby(tasks.project_id.astype(object)).sum() for s in (planned, earned)]
        by.append(spent.groupby("project")["amount"].sum())
        ids = rows.column("project_id").astype(object)
        pv, ev, ac = (ids.map(s).fillna(0.0).round(2) for s in by)
        past = month.start_time <= today
        names = ids + " " + rows.column("name").astype(object)
        table.append(pd.DataFrame({"project": names, "month": str(month), "pv": pv, "ev": ev if past else np.nan, "ac": ac if past else np.nan}))
    whole = pd.concat(table, ignore_index=True)
    inside = _inside(whole, rows, months)
    return whole[inside].reset_index(drop=True)


def _inside(whole: pd.DataFrame, rows: Frame, months: pd.PeriodIndex) -> pd.Series:
    """The months of each project's own span."""
    starts = np.tile(rows.column("start_on").dt.strftime("%Y-%m").to_numpy(), len(months))
    ends = np.tile(rows.column("end_on").dt.strftime("%Y-%m").to_numpy(), len(months))
    known = np.array(whole["ac"].notna() & (whole["ac"] > 0))
    return pd.Series((whole["month"].to_numpy() >= starts) & ((whole["month"].to_numpy() <= ends) | known), index=whole.index)


def _share(start: pd.Series, end: pd.Series, on: pd.Timestamp) -> np.ndarray:
    first, last = (s.to_numpy().astype("datetime64[D]") for s in (start, end))
    return np.asarray(np.nan_to_num(evm.planned_share(first, last, np.datetime64(on, "D"))))


def _costs(expenses: Any, asset_events: Any, budget: Any, plans: Any, policy: Policy) -> pd.DataFrame:
    """Every cost of a project with the day it arose: claims that Finance passed, executed purchases, other cost (as F-04)."""
    passed = expenses[expenses.status.isin(["finance_passed", "director_approved", "paid"])]
    claims = passed.cost_amount if policy("evm.ac_basis") == "net" else passed.claim_amount
    bought = asset_events[(asset_events.event_type == "purchase") & asset_events.status.isin(["executed", "closed"])]
    line = xlookup(bought.budget_id, budget.budget_id, budget.project_id)
    parts = [(passed.project_id, passed.end_on, claims), (line, bought.executed_on, bought.actual_amount), (plans.project_id, plans.other_cost_on, plans.other_cost)]
    whole = pd.concat([pd.DataFrame({"project": p.astype(object), "on": on, "amount": a}) for p, on, a in parts], ignore_index=True)
    return whole.dropna(subset=["project"]).assign(on=lambda t: t["on"].fillna(pd.Timestamp("1900-01-01")))


@block("project_gantt", PROJECTS, of="plans", en="Tasks by month", zh="任务甘特图", form="gantt", clause="三(二)1",
       heads={"project": head("Project", "项目", Line), "owner": head("Owner", "责任人", Line)}, bars={"progress": 1.0})  # fmt: skip
def project_gantt(plans: Plans, projects: Projects, book: Workings) -> pd.DataFrame:
    """Tasks and milestones of projects under way that are not done, the next to end first, 40 at most.
    在建项目未完成的任务与里程碑，按结束日期排列，最多40项。"""
    going = xlookup(plans.project_id, projects.project_id, projects.status).isin(GOING)
    rows = plans[plans.level.isin(["task", "milestone"]) & plans.status.isin(["not_started", "in_progress", "suspended"]) & going]
    table = records(rows, "title", project=xlookup(rows.project_id, projects.project_id, projects.name).astype(object),
                    owner=_named(rows.owner_id, book), start_on=rows.start_on, end_on=rows.end_on, progress=rows.progress, status=rows.status)  # fmt: skip
    return table.sort_values(["end_on", "start_on"]).head(40)


@block("project_types", PROJECTS, of="projects", en="Projects by type", zh="按类型统计", clause="二(二)3③", totals="count bac ac",
       heads={"count": head("Projects", "项目数", Count), "late": head("Past Their End", "已超期", Count)})  # fmt: skip
def project_types(projects: Projects, plans: Plans, today: pd.Timestamp) -> pd.DataFrame:
    """Projects, budget and cost by type; past their end: under way although the planned end has passed.
    各类型项目数、预算与成本；已超期指过了计划结束日仍在建。"""
    rows = projects.live
    late = rows.status.isin(GOING) & (rows.end_on < today)
    return groups(rows, "project_type", count=1, bac=rows.bac, ac=rows.ac, late=late.astype(float))
