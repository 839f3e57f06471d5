"""Papers of projects 项目文书: the task letter that establishes a project, and the report of its acceptance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.grammar import Line, Money, Percent, Policy, Quantity, Score, Text, first
from opsbook.grammar.form import Fields, Lines, Picture, Signatures, Values, field, form, lines
from opsbook.grammar.workings import Workings, named
from opsbook.lists import Health

if TYPE_CHECKING:
    from opsbook.columns import Acceptance, Plans, Projects


@form("task-letter", of="projects", en="Project Task Letter", zh="项目任务书", asks=Text("a project, as PRJ-2026-001", "项目编号，如 PRJ-2026-001"), clause="三(一)4",
      parts=(
    Fields(None, (field("task_letter_no"), field("task_letter_on"), field("project_id"), field("project_type"), field("name", wide=True), field("department"),
                  field("owner", "Owner", "项目负责人"), field("start_on"), field("end_on"), field("budget_total"), field("budget_id"))),
    Fields(Text("What is to be done", "任务要求"), (field("background", tall=3), field("objective", tall=3), field("content", tall=4), field("plan_outline", tall=4))),
    Lines("tasks", Text("Tasks and milestones", "任务与里程碑"), (field("title"), field("who", "Owner", "责任人"), field("start_on"), field("end_on"),
                                                                  field("budget_cost"),
          field("quality_std"), field("weight")), (3, 1, 2, 2, 2, 1, 1), of="plans"),
    Fields(Text("Review and approval", "评审与批准"), (field("review_on"), field("review_score"), field("review_depts", wide=True), field("review_opinion", tall=2),
           field("review_result"), field("approver", "Approved By", "批准人"), field("approved_on"))),
    Signatures((Text("Issued by", "下达人"), Text("Accepted by (owner)", "承接人（负责人）"), Text("Date", "日期"))),
))  # fmt: skip
def task_letter(projects: Projects, plans: Plans, book: Workings, record: str) -> Values | None:
    """The letter that establishes a project: what is to be done, by whom, by when, for how much. 立项并下达的任务书：任务、责任人、期限与预算。"""
    one = projects[projects.project_id == record]
    if not len(one):
        return None
    tasks = plans[(plans.project_id == record) & plans.level.isin(["task", "milestone"]) & (plans.status != "cancelled")]
    who = named(tasks.owner_id, book)
    table = lines(tasks, "title", "start_on", "end_on", "budget_cost", "quality_std", "weight", who=who)
    return {
        **{name: first(one, name) for name in ("task_letter_no", "task_letter_on", "project_id", "project_type", "name", "department", "start_on", "end_on",
           "budget_total", "budget_id", "background", "objective", "content", "plan_outline", "review_on", "review_score", "review_depts", "review_opinion",
           "review_result", "approved_on")},
        "owner": first(one.assign(who=named(one.owner_id, book)), "who"), "approver": first(one.assign(who=named(one.approver_id, book)), "who"),
        "tasks": sorted(table, key=lambda line: (str(line["start_on"]), str(line["end_on"]))),
    }  # fmt: skip


_ASPECTS = {"goal": Text("Goal", "目标完成"), "quality": Text("Quality", "质量达标"), "cost": Text("Cost", "成本控制"), "docs": Text("Documents", "文档资料")}


@form("acceptance-report", of="acceptance", en="Project Acceptance Report", zh="项目验收报告", asks=Text("an acceptance, as ACC-2026-001", "验收编号，如 ACC-2026-001"),
      clause="三(三)3", parts=(
    Fields(None, (field("report_no"), field("report_on"), field("acceptance_id"), field("round_no"), field("project", "Project", "项目", wide=True),
                  field("applicant", "Applicant", "申请人"), field("applied_on"), field("review_on"), field("final_cost"), field("review_depts", wide=True))),
    Lines("aspects", Text("Review of the four aspects", "四项评审"), (field("aspect", "Aspect", "评审项"), field("weight", "Weight", "权重", Percent), field("score",
                                                                                                                                                             "Score",
                                                                                                                                                             "得分",
                                                                                                                                                             Score),
          field("weighted", "Weighted", "加权得分", Score), field("opinion", "Opinion", "评审意见")), (2, 1, 1, 2, 6)),
    Picture("aspects", Text("The four aspects", "四项得分图"), "radar", "aspects", "aspect", ("score",)),
    Fields(Text("Conclusion", "验收结论"), (field("total_score"), field("conclusion"), field("conditions", tall=2), field("conditions_due"),
           field("verified", "Verified By", "整改核实人"), field("approver", "Approved By", "批准人"), field("approved_on"))),
    Fields(Text("Earned value at completion", "完工挣值"), (field("bac", "Budget at Completion", "完工预算", Money), field("ev", "Earned Value", "挣值", Money),
           field("ac", "Actual Cost", "实际成本", Money), field("cv", "Cost Variance", "成本偏差", Money), field("spi", "SPI", "进度绩效指数", Quantity),
           field("cpi", "CPI", "成本绩效指数", Quantity), field("finish", "Actual Finish", "实际完成", Line), field("health", "Health", "健康度", Health))),
    Signatures((Text("Review chair", "评审组长"), Text("Project owner", "项目负责人"), Text("Centre director", "中心主任"))),
))  # fmt: skip
def acceptance_report(acceptance: Acceptance, book: Workings, policy: Policy, record: str) -> Values | None:
    """How a project was accepted: the four aspects with their weights, the conclusion, its value at completion. 项目验收的四项评审、结论与完工挣值。"""
    one = acceptance[acceptance.acceptance_id == record]
    if not len(one):
        return None
    aspects = []
    for key, said in _ASPECTS.items():
        weight, score = policy(f"accept.w.{key}"), first(one, f"score_{key}")
        aspects.append({"aspect": said, "weight": weight, "score": score, "weighted": None if score is None else round(weight * score, 2),
                        "opinion": first(one, f"opinion_{key}")})  # fmt: skip
    project = first(one, "project_id")
    found: dict[str, Any] = {"project": project}
    if book.has("projects"):
        projects = book.frame("projects", "acceptance")
        mine = projects[projects.column("project_id") == project]
        found |= {name: first(mine, name) for name in ("bac", "ev", "ac", "cv", "spi", "cpi", "health")} if book.has("plans") else {}
        finish = first(mine, "actual_end")
        found |= {"project": f"{project}  {first(mine, 'name') or ''}", "finish": f"{finish:%Y-%m-%d}" if isinstance(finish, pd.Timestamp) else None}
    people = {new: first(one.assign(who=named(one.column(old), book)), "who") for new, old in
              (("applicant", "applicant_id"), ("verified", "conditions_verified_by"), ("approver", "approver_id"))}  # fmt: skip
    return {
        **{name: first(one, name) for name in ("report_no", "report_on", "acceptance_id", "round_no", "applied_on", "review_on", "final_cost", "review_depts",
           "total_score", "conclusion", "conditions", "conditions_due", "approved_on")},
        **found, **people, "aspects": aspects,
    }  # fmt: skip
