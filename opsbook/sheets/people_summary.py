"""People Summary 人员汇总: who is here, who is wanted, who was trained, who develops, who rested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import cents, has, is_in, xlookup
from opsbook.grammar import Chart, Count, Money, Percent, Policy, Quantity, Text, block, groups, head
from opsbook.grammar.block import SOURCE
from opsbook.grammar.workings import Workings
from opsbook.lists import Dept
from opsbook.summaries import PEOPLE

if TYPE_CHECKING:
    from opsbook.columns import Careers, Employees, Payroll, Recruitment, Training

TOPICS = ("culture", "rules", "business")


@block("headcount", PEOPLE, of="employees", en="Headcount and development", zh="人员与发展", figures="F-36", clause="四(一)1",
       heads={"count": head("Headcount", "在岗人数", Count), "probation": head("On Probation", "试用", Count), "left": head("Left This Year", "本年离职", Count),
              "turnover": head("Turnover", "离职率", Percent), "hours": head("Training Hours", "培训学时", Quantity),
              "per_head": head("Hours per Head", "人均学时", Quantity), "career": head("With a Career Plan", "有职业规划", Count),
              "coverage": head("Coverage", "规划覆盖率", Percent)}, totals="count probation left hours career",
       charts=(Chart("column", "department", ("per_head",), title=Text("Training hours per head", "人均培训学时")),))  # fmt: skip
def headcount(employees: Employees, book: Workings, policy: Policy, today: pd.Timestamp) -> pd.DataFrame:
    """People of the centre's departments (Policy org.centre_depts); turnover is who left this year over the mean of the headcount at its
    start and today. 中心所属部门（参数 org.centre_depts）人员；离职率为本年离职人数除以年初与当前人数的平均值。"""
    employees = employees[employees.department.isin(list(policy("org.centre_depts")))]
    here = employees.status != "left"
    left = (employees.status == "left") & (employees.left_on.dt.year == today.year)
    started = pd.Timestamp(today.year, 1, 1)
    at_start = (employees.hire_date < started) & ~(employees.left_on < started)
    hours = employees.column("training_hours").where(here, 0.0) if book.has("training") else np.nan
    planned = np.nan
    if book.has("careers"):
        careers = book.frame("careers", "employees")
        careers = careers[(careers.column("year") == today.year) & careers.column("status").isin(["submitted", "approved", "closed"])]
        planned = (is_in(employees.employee_id, careers.column("employee_id")) & here).astype(float)
    table = groups(employees, "department", count=here.astype(float), probation=(employees.status == "probation").astype(float), left=left.astype(float),
                   at_start=at_start.astype(float), hours=hours, career=planned)  # fmt: skip
    mean = (table["count"] + table.pop("at_start")) / 2
    table.insert(4, "turnover", table["left"] / mean.where(mean > 0))
    table.insert(6, "per_head", (table["hours"] / table["count"].where(table["count"] > 0)).round(1))
    table.insert(8, "coverage", table["career"] / table["count"].where(table["count"] > 0))
    return table


@block("establishment", PEOPLE, of="employees", en="Establishment", zh="岗位编制", clause="二(一)", totals="posts count open",
       heads={"posts": head("Posts", "编制数", Count), "count": head("Filled", "在岗", Count), "open": head("Open (+) or Over (-)", "缺编(+)超编(-)",
                                                                                                            Count)})  # fmt: skip
def establishment(employees: Employees, policy: Policy) -> pd.DataFrame:
    """What Policy org.posts allows against who is here, by department; nothing where no establishment is set.
    按部门对照参数 org.posts 的编制与在岗人数；未设编制则不列。"""
    allowed: dict[str, float] = {}
    for key in policy.keys:  # org.posts.{department}.{post}
        if key.startswith("org.posts.") and key.count(".") >= 3:
            department = key.split(".", 3)[2]
            allowed[department] = allowed.get(department, 0.0) + policy(key)
    here = employees[employees.status != "left"]
    there = groups(here, "department", count=1).set_index("department")
    rows = [(d, posts, *(there.loc[d] if d in there.index else (0.0, ()))) for d, posts in sorted(allowed.items(), key=lambda each: list(Dept).index(Dept(each[0])))]  # type: ignore[call-arg]
    return pd.DataFrame([(d, posts, count, posts - count, source) for d, posts, count, source in rows], columns=["department", "posts", "count", "open", SOURCE])


@block("recruitment_funnel", PEOPLE, of="recruitment", en="Recruitment funnel", zh="招聘漏斗", clause="四(一)2", figures="F-36",
       totals="headcount applicants interviewed offers hired cost",
       heads={"fill": head("Fill Rate", "到岗率", Percent), "per_hire": head("Cost per Hire", "人均招聘成本", Money)},
       charts=(Chart("column", "department", ("headcount", "interviewed", "offers", "hired")),))  # fmt: skip
def recruitment_funnel(recruitment: Recruitment, today: pd.Timestamp) -> pd.DataFrame:
    """This year's recruitment by department, from applicants to hires. 本年各部门招聘，从应聘到到岗。"""
    rows = recruitment.live
    rows = rows[rows.year == today.year]
    table = groups(rows, "department", **{n: rows.column(n).fillna(0.0) for n in ("headcount", "applicants", "interviewed", "offers", "hired", "cost")})
    table.insert(6, "fill", table["hired"] / table["headcount"].where(table["headcount"] > 0))
    table.insert(8, "per_hire", cents(table["cost"] / table["hired"].where(table["hired"] > 0)))
    return table


@block("onboarding", PEOPLE, of="employees", en="Onboarding of people hired in the last year", zh="近一年新员工入职培训", clause="四(一)3", totals="joined complete",
       heads={"joined": head("Joined", "新入职", Count), **{t: head(f"{e} Passed", f"{z}合格", Count) for t, e, z in
              zip(TOPICS, ("Culture", "Rules", "Business"), ("企业文化", "规章制度", "业务知识"), strict=True)},
              "complete": head("All Three Passed", "三项完成", Count), "share": head("Completion", "完成率", Percent)})  # fmt: skip
def onboarding(employees: Employees, training: Training, today: pd.Timestamp) -> pd.DataFrame:
    """People hired within a year, and how many passed culture, rules and business. 一年内入职人员及企业文化、规章制度、业务知识培训合格人数。"""
    rows = employees[(employees.status != "left") & (employees.hire_date > today - pd.DateOffset(years=1))]
    passed = training[(training.train_type == "onboarding") & (training.result == "passed")]
    done = {t: is_in(rows.employee_id, passed.employee_id[has(passed.topics, t)]).astype(float) for t in TOPICS}
    table = groups(rows, "department", joined=1, **done, complete=np.logical_and.reduce([v > 0 for v in done.values()]).astype(float)
                   if len(rows) else 0)  # fmt: skip
    table.insert(6, "share", table["complete"] / table["joined"].where(table["joined"] > 0)) if len(table) else None
    return table


@block("training_types", PEOPLE, of="training", en="Training of this year", zh="本年培训", clause="四(一)4", totals="people hours cost passed",
       heads={"people": head("Attendances", "人次", Count), "hours": head("Hours", "学时", Quantity), "cost": head("Cost", "费用", Money),
              "passed": head("Passed", "合格", Count), "rate": head("Pass Rate", "合格率", Percent)}, charts=(Chart("column", "train_type", ("hours",)),))  # fmt: skip
def training_types(training: Training, today: pd.Timestamp) -> pd.DataFrame:
    """Training that began this year up to today and was attended, by type. 本年至今已参加的培训按类型统计。"""
    rows = training.live
    rows = rows[(rows.start_on.dt.year == today.year) & (rows.start_on <= today)]
    judged = rows.result.isin(["passed", "failed"])
    table = groups(rows, "train_type", people=1, hours=rows.hours.fillna(0.0), cost=rows.cost.fillna(0.0), passed=(rows.result == "passed").astype(float),
                   judged=judged.astype(float))  # fmt: skip
    judged_count = table.pop("judged")
    table.insert(5, "rate", table["passed"] / judged_count.where(judged_count > 0))
    return table


@block("career_tracks", PEOPLE, of="careers", en="Career plans of this year", zh="本年职业发展规划", clause="四(四)2", totals="count approved moved",
       heads={"count": head("Plans", "规划数", Count), "approved": head("Approved", "已批准", Count), "moved": head("Moves Done", "已完成变动", Count)})  # fmt: skip
def career_tracks(careers: Careers, today: pd.Timestamp) -> pd.DataFrame:
    """This year's plans by track and kind of move. 本年规划按序列与发展方式统计。"""
    rows = careers.live
    rows = rows[rows.year == today.year]
    return groups(rows, "track move_type", count=1, approved=rows.status.isin(["approved", "closed"]).astype(float), moved=rows.move_result.notna().astype(float))


@block("leave", PEOPLE, of="payroll", en="Annual leave", zh="年休假", clause="四(三)3", figures="F-19", totals="people due used",
       heads={"department": head("Department", "部门", Dept), "people": head("People", "人数", Count), "due": head("Days Due", "应休天数", Quantity),
              "used": head("Days Taken", "已休天数", Quantity), "rate": head("Taken", "已休比例", Percent)})  # fmt: skip
def leave(payroll: Payroll, employees: Employees) -> pd.DataFrame:
    """Leave due and taken by the newest pay row of each person, by department. 按每人最近一期薪酬记录统计应休与已休年假。"""
    order = pd.DataFrame({"who": payroll.employee_id.astype(object), "period": payroll.period.astype(object)}).dropna().sort_values("period")
    newest = payroll.index.isin(order.drop_duplicates("who", keep="last").index)
    rows = payroll[newest]
    department = xlookup(rows.employee_id, employees.employee_id, employees.department)
    table = groups(rows, {"department": department}, people=1, due=rows.leave_days.fillna(0.0), used=rows.leave_used.fillna(0.0))
    table.insert(4, "rate", table["used"] / table["due"].where(table["due"] > 0))
    return table


