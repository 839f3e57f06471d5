"""Earned value of projects 项目挣值: what was planned, earned and spent, how it goes on, and a light for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.formulas import earned_value as evm
from opsbook.formulas.lookup import cents, countif, is_in, sumif, xlookup
from opsbook.grammar import Line, Money, Policy, Quantity, block, figure, head
from opsbook.grammar.workings import Workings
from opsbook.lists import Health
from opsbook.summaries import PROJECTS

if TYPE_CHECKING:
    from opsbook.columns import AssetEvents, Budget, Expenses, Plans, Projects


@figure("F-01", at="projects.bac", en="Budget at completion (BAC)", zh="完工预算", kind=Money, clause="三(二)1", source="PMBOK")
def budget_at_completion(projects: Projects, plans: Plans) -> pd.Series:
    """The planned cost of all tasks, and of milestones that have one, which are not cancelled; the project budget where there is none.
    未取消的任务和有计划成本的里程碑的计划成本合计；均无时为项目预算。"""
    tasks = _tasks(plans)
    planned = sumif(projects.project_id, tasks.project_id, tasks.budget_cost)
    return cents(planned.where(countif(projects.project_id, tasks.project_id) > 0, projects.budget_total))


def _planned_value(projects: Projects, plans: Plans, policy: Policy, on: Any) -> pd.Series:
    """The value that is planned by the end of a day; ``on`` may be a day for each project."""
    rows = _tasks(plans)
    end = rows.baseline_end.fillna(rows.end_on).to_numpy().astype("datetime64[D]")
    start = rows.start_on.to_numpy().astype("datetime64[D]")
    day = xlookup(rows.project_id, projects.project_id, on).to_numpy().astype("datetime64[D]") if isinstance(on, pd.Series) else np.datetime64(on, "D")
    share = evm.planned_share(start, end, day)
    if policy("evm.calendar") == "workday":
        holidays, workdays = (np.array(policy(key), dtype="datetime64[D]") for key in ("org.holidays", "org.workdays"))
        share = evm.planned_share_of_workdays(start, end, day, holidays, workdays)
    share = np.where(rows.level == "milestone", end <= day, share)
    return sumif(projects.project_id, rows.project_id, rows.budget_cost * share)


@figure("F-02", at="projects.pv", en="Planned value (PV)", zh="计划价值", kind=Money, clause="三(二)3", source="PMBOK")
def planned_value(projects: Projects, plans: Plans, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """What should have been earned by the status date: tasks evenly from start to (baseline) end, milestones at their end.
    截至统计日期应完成的价值：任务按起止日均匀计算，里程碑于到期日计入。"""
    return cents(_planned_value(projects, plans, policy, today))


@figure("F-03", at="projects.ev", en="Earned value (EV)", zh="挣值", kind=Money, clause="三(二)3", source="PMBOK; DoD EVM methods")
def earned_value(projects: Projects, plans: Plans) -> pd.Series:
    """Planned cost times what is earned: by progress; 0-100 when done; 50-50 half when started, all when done.
    计划成本乘以挣得比例：按完成率；0/100法完成计；50/50法开始计一半、完成计全部。"""
    rows = _tasks(plans)
    return cents(sumif(projects.project_id, rows.project_id, rows.budget_cost * _earned(rows)))


def _tasks(plans: Plans) -> Plans:
    """What value is planned for and earned by: tasks, and milestones with a planned cost, that are not cancelled (DECISIONS 10.8)."""
    return plans[((plans.level == "task") | ((plans.level == "milestone") & (plans.budget_cost > 0))) & (plans.status != "cancelled")]


def _earned(tasks: Plans) -> np.ndarray:
    """The share of each task's planned cost that is earned."""
    done = (tasks.status == "done").astype(float)
    started = (tasks.actual_start.notna() | tasks.status.isin(["in_progress", "done"])).astype(float)
    by_state = [done, np.maximum(started * 0.5, done)]
    return np.asarray(np.select([tasks.ev_method == "zero_hundred", tasks.ev_method == "fifty_fifty"], by_state, tasks.progress.clip(0, 1)))


@figure("F-04", at="projects.ac", en="Actual cost (AC)", zh="实际成本", kind=Money, clause="三(三)1", source="PMBOK")
def actual_cost(projects: Projects, plans: Plans, expenses: Expenses, asset_events: AssetEvents, budget: Budget,
                policy: Policy, today: pd.Timestamp) -> pd.Series:  # fmt: skip
    """Claims passed by Finance, executed purchases on the project's budget lines, and other cost, up to the status date.
    截至统计日期财务审核通过的报销、项目预算行上已执行的购置及其他成本。"""
    passed = expenses[expenses.status.isin(["finance_passed", "director_approved", "paid"]) & (expenses.end_on <= today)]
    spent = sumif(projects.project_id, passed.project_id, passed.cost_amount if policy("evm.ac_basis") == "net"
                  else passed.claim_amount)  # fmt: skip
    bought = asset_events[(asset_events.event_type == "purchase") & asset_events.status.isin(["executed", "closed"])
                          & ~(asset_events.executed_on > today)]  # fmt: skip
    of_project = xlookup(bought.budget_id, budget.budget_id, budget.project_id)
    other = plans[~(plans.other_cost_on > today)]
    return cents(
        spent
        + sumif(projects.project_id, of_project, bought.actual_amount)
        + sumif(projects.project_id, other.project_id, other.other_cost)
    )


@figure("F-05", at="projects.spi", en="Schedule performance index (SPI)", zh="进度绩效指数", kind=Quantity, clause="三(二)3", source="PMBOK")
def schedule_index(projects: Projects) -> pd.Series:
    """EV / PV; blank while nothing was planned. 挣值÷计划价值；计划价值为零时为空。"""
    return pd.Series(evm.index(projects.ev, projects.pv), index=projects.index).round(4)


@figure("F-05", at="projects.cpi", en="Cost performance index (CPI)", zh="成本绩效指数", kind=Quantity, clause="三(二)3", source="PMBOK")
def cost_index(projects: Projects) -> pd.Series:
    """EV / AC; blank while nothing was spent. 挣值÷实际成本；实际成本为零时为空。"""
    return pd.Series(evm.index(projects.ev, projects.ac), index=projects.index).round(4)


@figure("F-05", at="projects.sv", en="Schedule variance (SV)", zh="进度偏差", kind=Money, clause="三(二)3", source="PMBOK")
def schedule_variance(projects: Projects) -> pd.Series:
    """EV - PV. 挣值减计划价值。"""
    return cents(projects.ev - projects.pv)


@figure("F-05", at="projects.cv", en="Cost variance (CV)", zh="成本偏差", kind=Money, clause="三(二)3", source="PMBOK")
def cost_variance(projects: Projects) -> pd.Series:
    """EV - AC. 挣值减实际成本。"""
    return cents(projects.ev - projects.ac)


@figure("F-06", at="projects.eac", en="Estimate at completion (EAC)", zh="完工估算", kind=Money, clause="三(二)3",
        source="PMBOK; R package PRA eac()")  # fmt: skip
def estimate_at_completion(projects: Projects, policy: Policy) -> pd.Series:
    """By Policy evm.eac: typical BAC/CPI, atypical AC+BAC-EV, combined AC+(BAC-EV)/(CPI x SPI).
    按参数 evm.eac：典型 BAC/CPI，非典型 AC+BAC-EV，综合 AC+(BAC-EV)/(CPI×SPI)。"""
    method = np.broadcast_to(np.asarray(policy("evm.eac", projects), dtype=str), len(projects))
    inputs = projects.bac, projects.ev, projects.ac, projects.pv
    of = {m: evm.estimate_at_completion(*inputs, method=m) for m in evm.METHODS}
    return pd.Series(cents(np.select([method == m for m in of], list(of.values()), np.nan)), index=projects.index)


@figure("F-06", at="projects.etc", en="Estimate to complete (ETC)", zh="完工尚需估算", kind=Money, clause="三(二)3", source="PMBOK")
def estimate_to_complete(projects: Projects) -> pd.Series:
    """EAC - AC. 完工估算减实际成本。"""
    return cents(projects.eac - projects.ac)


@figure("F-06", at="projects.vac", en="Variance at completion (VAC)", zh="完工偏差", kind=Money, clause="三(二)3", source="PMBOK")
def variance_at_completion(projects: Projects) -> pd.Series:
    """BAC - EAC. 完工预算减完工估算。"""
    return cents(projects.bac - projects.eac)


@figure("F-06", at="projects.tcpi", en="To-complete index (TCPI)", zh="完工尚需绩效指数", kind=Quantity, clause="三(二)3",
        source="PMBOK; R package PRA tcpi()")  # fmt: skip
def to_complete_index(projects: Projects) -> pd.Series:
    """(BAC - EV) / (BAC - AC); blank once the budget is exhausted.
    （完工预算－挣值）÷（完工预算－实际成本）；预算用尽时为空。"""
    return pd.Series(evm.to_complete(projects.bac, projects.ev, projects.ac), index=projects.index).round(4)


@figure("F-06", at="projects.tcpi_eac", en="To-complete index against the estimate", zh="对估算的完工尚需绩效指数", kind=Quantity, clause="三(二)3",
        source="PMBOK; R package PRA tcpi()")  # fmt: skip
def to_complete_estimate(projects: Projects) -> pd.Series:
    """(BAC - EV) / (EAC - AC); blank where nothing is left to spend. （完工预算－挣值）÷（完工估算－实际成本）。"""
    return pd.Series(evm.to_complete(projects.bac, projects.ev, projects.ac, projects.eac), index=projects.index).round(4)


@figure("F-07", at="projects.earned_months", en="Earned schedule (months)", zh="挣得进度（月）", kind=Quantity, clause="三(二)3",
        source="Lipke 2003")  # fmt: skip
def earned_schedule(projects: Projects, plans: Plans, policy: Policy, today: pd.Timestamp) -> pd.Series:
    """The months of plan that the earned value corresponds to, from the day of the start on; blank where a plan reaches further than fifty years from
    today. 挣值对应的计划月数（自开始日起算）；计划起止距今超过五十年的为空。"""
    start, end, far = projects.start_on, projects.end_on.fillna(today), pd.DateOffset(years=50)
    known = start.between(today - far, today + far) & end.between(today - far, today + far)
    planned = _months(start, end).where(known, 0.0).clip(lower=0)
    if not planned.max() > 0:
        return pd.Series(np.nan, index=projects.index)
    first = start.where(known, today).to_numpy().astype("datetime64[D]")
    ends = [pd.Series(evm.edate(first, np.full(len(first), n + 1)) - _DAY, index=projects.index) for n in range(int(np.ceil(planned.max())))]
    table = np.nan_to_num(np.column_stack([_planned_value(projects, plans, policy, np.minimum(day, end.fillna(today))) for day in ends]))
    earned = pd.Series(evm.earned_schedule(table, projects.ev, planned), index=projects.index)
    return earned.where((table[:, -1] > 0) & known)  # not rounded: SPI(t) is worked out from it


_DAY = np.timedelta64(1, "D")


def _months(first: pd.Series, last: Any) -> pd.Series:
    """Months of the plan from the beginning of the first day to the end of the last."""
    start, end = (day.to_numpy().astype("datetime64[D]") for day in (first, last if isinstance(last, pd.Series) else pd.Series(last, index=first.index)))
    return pd.Series(evm.months_until(start, end), index=first.index)


def _months_gone(projects: Projects, today: pd.Timestamp) -> pd.Series:
    """AT: none before the start, no more after the end."""
    return _months(projects.start_on, projects.actual_end.fillna(today)).clip(lower=0)


@figure("F-07", at="projects.sv_t", en="Schedule variance SV(t) in months", zh="时间进度偏差（月）", kind=Quantity, clause="三(二)3", source="Lipke 2003")
def schedule_variance_in_time(projects: Projects, today: pd.Timestamp) -> pd.Series:
    """ES - AT: months earned less months gone, until the project ended. 挣得月数减已过月数。"""
    return (projects.earned_months - _months_gone(projects, today)).round(4)


@figure("F-07", at="projects.spi_t", en="Schedule index SPI(t)", zh="时间进度绩效指数", kind=Quantity, clause="三(二)3", source="Lipke 2003")
def schedule_index_in_time(projects: Projects, today: pd.Timestamp) -> pd.Series:
    """ES / AT: unlike SPI it stays below 1 where a project ends late. 挣得月数÷已过月数；延期完成的项目低于1。"""
    gone = _months_gone(projects, today)
    return (projects.earned_months / gone.where(gone > 0) + 1e-12).round(4)  # a half is a half for all its last bits


@figure("F-07", at="projects.eac_t", en="Estimated duration EAC(t) in months", zh="预计工期（月）", kind=Quantity, clause="三(二)3", source="Lipke 2003")
def estimated_duration(projects: Projects, today: pd.Timestamp) -> pd.Series:
    """Planned months / SPI(t), which is not rounded in between. 计划月数÷时间进度绩效指数（中间不舍入）。"""
    gone, earned = _months_gone(projects, today), projects.earned_months
    planned = _months(projects.start_on, projects.end_on)
    return (planned * gone.where(gone > 0) / earned.where(earned > 0)).round(4)


@figure("F-08", at="projects.health", en="Project health", zh="项目健康度", kind=Health, clause="三(二)3", source="Policy choice")
def health(projects: Projects, plans: Plans, policy: Policy, today: pd.Timestamp, book: Workings) -> pd.Series:
    """The lesser of SPI and CPI against the thresholds, after the planned end of SPI(t) and CPI; a milestone too long overdue forces at least amber, an open
    critical issue red. 取SPI与CPI中较低者对照阈值，过计划结束日后取SPI(t)与CPI中较低者；里程碑逾期过久至少为黄，有未整改的重大问题为红。"""
    lesser = np.fmin(projects.spi.where(~(projects.end_on < today), projects.spi_t), projects.cpi)
    allowed = pd.Series(policy("evm.late_days", projects), index=projects.index)
    late = plans[(plans.level == "milestone") & plans.status.isin(["not_started", "in_progress"])
                 & ((today - plans.end_on).dt.days > xlookup(plans.project_id, projects.project_id, allowed))]  # fmt: skip
    held_up = countif(projects.project_id, late.project_id) > 0
    green, amber = policy("evm.green", projects), policy("evm.amber", projects)
    critical = pd.Series(False, index=projects.index)
    if book.has("checks"):
        checks = book.frame("checks", "projects")
        waiting = checks.column("severity").eq("critical") & checks.column("status").isin(["open", "in_progress"])
        critical = is_in(projects.project_id, checks[waiting].column("project_id"))
    light = np.select([(lesser < amber) | critical, (lesser < green) | held_up, lesser.isna()], ["red", "amber", ""], "green")
    return pd.Series(pd.Categorical([shade or None for shade in light], categories=list(Health)), index=projects.index)


MONTHS_SHOWN = 24  # before and after the status month


@block("project_curve", PROJECTS, of="projects", en="S-curve of one project", zh="单个项目 S 曲线", form="curve", figures="F-02 F-03 F-04", clause="三(二)3",
       heads={"project": head("Project", "项目", Line), "month": head("Month", "月份", Line), "pv": head("PV", "计划价值", Money),
              "ev": head("EV", "挣值", Money), "ac": head("AC", "实际成本", Money)})  # fmt: skip
def project_curve(projects: Projects, plans: Plans, expenses: Expenses, asset_events: AssetEvents, budget: Budget, policy: Policy,
                  today: pd.Timestamp) -> pd.DataFrame:  # fmt: skip
    """Value to the end of each month of every project under way, up to two years around today; what a task has earned is spread evenly
    from its start to its end or today. 在建项目前后两年内各月累计价值；任务挣值按开始至完成（或统计日）均匀分摊。"""
    named = projects.project_id.notna() & ~projects.project_id.duplicated()
    rows = projects[projects.status.isin(["in_progress", "suspended", "accept_pending"]) & projects.start_on.notna() & named]
    if not len(rows):
        return pd.DataFrame()
    now, first, last = today.to_period("M"), rows.start_on.dt.to_period("M"), rows.end_on.fillna(today).clip(lower=today).dt.to_period("M")
    tasks, costs = _tasks(plans), _costs(expenses, asset_events, budget, plans, policy)
    worth = tasks.budget_cost * _earned(tasks)
    begun = tasks.actual_start.fillna(tasks.start_on).clip(upper=today).fillna(today)
    ended = tasks.actual_end.fillna(today).clip(upper=today)
    begun, ended = (day.to_numpy().astype("datetime64[D]") for day in (begun, ended.where(ended >= begun, begun)))
    names = rows.project_id.astype(object) + " " + rows.name.astype(object).fillna("")
    table = []
    for month in pd.period_range(max(first.min(), now - MONTHS_SHOWN), min(last.max(), now + MONTHS_SHOWN), freq="M"):
        day = min(month.end_time.normalize(), today)
        earned = sumif(rows.project_id, tasks.project_id, worth * evm.planned_share(begun, ended, np.datetime64(day, "D")))
        spent = costs[costs["on"] <= day].groupby("project")["amount"].sum()
        whole = pd.DataFrame({"project": names, "month": str(month), "pv": cents(_planned_value(rows, plans, policy, month.end_time.date())),
                              "ev": cents(earned), "ac": cents(rows.project_id.astype(object).map(spent).fillna(0.0).astype(float))})  # fmt: skip
        if month > now:
            whole[["ev", "ac"]] = np.nan
        table.append(whole[((first <= month) & (month <= last)).to_numpy()])
    return pd.concat(table, ignore_index=True) if table else pd.DataFrame()


def _costs(expenses: Expenses, asset_events: AssetEvents, budget: Budget, plans: Plans, policy: Policy) -> pd.DataFrame:
    """Every cost of a project (as F-04) with the day it arose; purchases and other cost without a day count from the beginning."""
    passed = expenses[expenses.status.isin(["finance_passed", "director_approved", "paid"]) & expenses.end_on.notna()]
    claims = passed.cost_amount if policy("evm.ac_basis") == "net" else passed.claim_amount
    bought = asset_events[(asset_events.event_type == "purchase") & asset_events.status.isin(["executed", "closed"])]
    line = xlookup(bought.budget_id, budget.budget_id, budget.project_id)
    parts = [(passed.project_id, passed.end_on, claims), (line, bought.executed_on, bought.actual_amount), (plans.project_id, plans.other_cost_on, plans.other_cost)]
    whole = pd.concat([pd.DataFrame({"project": p.astype(object), "on": on, "amount": a}) for p, on, a in parts], ignore_index=True)
    return whole.dropna(subset=["project"]).assign(on=lambda t: t["on"].fillna(pd.Timestamp("1900-01-01")))
