"""Projects Summary 项目汇总: where every project stands, what comes next, and how its value has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import countif, latest, xlookup
from opsbook.grammar import Chart, Count, Day, Frame, Light, Line, Text, block, groups, head, records
from opsbook.grammar.workings import Workings, named
from opsbook.summaries import PROJECTS

if TYPE_CHECKING:
    from opsbook.columns import Plans, Projects

GOING = ("in_progress", "suspended", "accept_pending")
_LIGHT = Light("evm.amber", "evm.green")


@block("project_status", PROJECTS, of="projects", en="Every project", zh="项目一览", key="project_id", clause="三(二)3",
       figures="F-01 F-02 F-03 F-04 F-05 F-06 F-07 F-08",
       heads={"owner": head("Owner", "负责人", Line), "last_meeting": head("Last Meeting", "最近会议", Day), "issues": head("Open Issues", "未结问题", Count),
              "changes": head("Changes", "变更数", Count), "milestone": head("Next Milestone", "下一里程碑", Line), "due": head("Due", "到期日", Day)},
       charts=(Chart("column", "name", ("pv", "ev", "ac"), title=Text("Planned, earned and actual value", "计划价值、挣值与实际成本")),
               Chart("column", "name", ("spi", "cpi"), title=Text("Indices (1 = on plan)", "绩效指数（1 为正常）"), least=0, most=1.5)),
       totals="bac pv ev ac eac vac issues changes", lights={"spi": _LIGHT, "cpi": _LIGHT, "spi_t": _LIGHT})  # fmt: skip
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
        rows, "project_id name status", owner=named(rows.owner_id, book), **{n: rows.column(n) for n in ("bac", "pv", "ev", "ac", "spi", "cpi", "eac")},
        vac=rows.vac, tcpi=rows.tcpi, earned_months=rows.earned_months, spi_t=rows.spi_t, eac_t=rows.eac_t, health=rows.health,
        last_meeting=_last_meeting(rows, checks), issues=_open_issues(rows, checks),
        changes=countif(rows.project_id, changes.live.column("project_id")) if changes is not None else np.nan,
        milestone=first["title"].reindex(ids).to_numpy(), due=first["end"].reindex(ids).to_numpy(),
    )  # fmt: skip
    return table.assign(under_way=under_way).sort_values(["under_way", "bac"], ascending=False).drop(columns="under_way")


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


@block("project_gantt", PROJECTS, of="plans", en="Tasks by month", zh="任务甘特图", form="gantt", clause="三(二)1",
       heads={"project": head("Project", "项目", Line), "owner": head("Owner", "责任人", Line)}, bars={"progress": 1.0})  # fmt: skip
def project_gantt(plans: Plans, projects: Projects, book: Workings) -> pd.DataFrame:
    """Tasks and milestones of projects under way that are not done, the next to end first, 40 at most.
    在建项目未完成的任务与里程碑，按结束日期排列，最多40项。"""
    going = xlookup(plans.project_id, projects.project_id, projects.status).isin(GOING)
    rows = plans[plans.level.isin(["task", "milestone"]) & plans.status.isin(["not_started", "in_progress", "suspended"]) & going]
    table = records(rows, "title", project=xlookup(rows.project_id, projects.project_id, projects.name).astype(object),
                    owner=named(rows.owner_id, book), start_on=rows.start_on, end_on=rows.end_on, progress=rows.progress, status=rows.status)  # fmt: skip
    return table.sort_values(["end_on", "start_on"]).head(40)


@block("project_types", PROJECTS, of="projects", en="Projects by type", zh="按类型统计", clause="二(二)3③", totals="count bac ac",
       heads={"count": head("Projects", "项目数", Count), "late": head("Past Their End", "已超期", Count)})  # fmt: skip
def project_types(projects: Projects, plans: Plans, today: pd.Timestamp) -> pd.DataFrame:
    """Projects, budget and cost by type; past their end: under way although the planned end has passed.
    各类型项目数、预算与成本；已超期指过了计划结束日仍在建。"""
    rows = projects.live
    late = rows.status.isin(GOING) & (rows.end_on < today)
    return groups(rows, "project_type", count=1, bac=rows.bac, ac=rows.ac, late=late.astype(float))
