"""Recruitment 招聘计划: posts, requirements, channels and what came of them."""

from __future__ import annotations

from datetime import date
from enum import nonmember
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.authority import holds_role
from opsbook.formulas.lookup import blank, how_many, members
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Codes,
    Count,
    Day,
    Money,
    Percent,
    Policy,
    Prose,
    Rows,
    Several,
    Sheet,
    Step,
    Suggested,
    Text,
    Workflow,
    Year,
    column,
    figure,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.lists import Dept, Post

if TYPE_CHECKING:
    from opsbook.columns import Employees, Recruitment


class ChannelHr(Choices):
    """Where candidates are looked for."""

    ONLINE = "online", "Online", "网络招聘"
    CAMPUS = "campus", "Campus", "校园招聘"
    MARKET = "market", "Job fair", "人才市场"
    REFERRAL = "referral", "Referral", "内部推荐"
    INTERNAL = "internal", "Internal posting", "内部竞聘"


class RecStatus(Choices):
    """Where a recruitment stands."""

    DRAFT = "draft", "Draft", "草稿"
    SUBMITTED = "submitted", "Submitted", "已提交"
    APPROVED = "approved", "Approved", "已批准"
    RECRUITING = "recruiting", "Recruiting", "招聘中"
    FILLED = "filled", "Filled", "已到岗"
    RETURNED = "returned", "Returned", "已退回"
    REJECTED = "rejected", "Rejected", "已驳回"
    CLOSED = "closed", "Closed", "已关闭"
    OFF_PATH = nonmember(frozenset({"returned", "rejected", "closed"}))


class Opening(Sheet, key="recruitment", id="rec_id", dated_by="plan_start", scoped_by=("department",)):
    """Recruitment plan, channels and results. 招聘计划、渠道与结果。"""

    clauses = ("四(一)1", "四(一)2")
    tab = Text("Recruitment", "招聘计划")
    workflow = Workflow(
        steps=(
            Step("draft returned", "submitted", Text("the department's deputy or Operations Management", "分管副主任或运营管理部"), by="deputy ops"),
            Step("submitted", "approved", Text("the director", "中心主任"), by="director"),
            Step("submitted", "returned", Text("the director", "中心主任"), by="director"),
            Step("submitted", "rejected", Text("the director", "中心主任"), by="director"),
            Step("approved", "recruiting", Text("Operations Management", "运营管理部"), by="ops"),
            Step("recruiting", "filled", Text("Operations Management, all hired", "运营管理部（招满）"), by="ops"),
            Step("approved recruiting filled", "closed", Text("Operations Management", "运营管理部"), by="ops"),
        ),
        checkers=(Actor("approver_id", "approved_on"),),
        dates=("approved_on",),
        approved=("approved", "recruiting", "filled", "closed"),
        done=("filled", "closed", "rejected"),
        void=("rejected",),
        living=("applicants", "interviewed", "offers", "hired", "employee_ids", "cost"),
    )  # fmt: skip

    rec_id: Code = column("Recruitment ID", "招聘编号", form="RCT-yyyy-nnn", unique=True, example="RCT-2026-001")
    year: Year = column("Year", "年度", example=2026.0)
    department: Dept = column("Department", "用人部门", example="cust_service")
    post: Suggested[Post] = column("Post", "招聘岗位", example="客服专员")
    headcount: Count = column("Headcount", "招聘人数", example=2.0)
    reason: Prose = column("Reason", "招聘原因", example="业务量增长")
    requirements: Prose = column("Requirements", "招聘要求", example="大专以上，两年客服经验")
    process: Prose = column("Process", "招聘流程", example="筛选-面试-录用")
    channels: Several[ChannelHr] = column("Channels", "招聘渠道", example="online;referral")
    plan_start: Day = column("Plan Start", "计划开始", example="2026-05-01")
    plan_onboard: Day = column(
        "Plan Onboard", "计划到岗", check="[plan_onboard] > [plan_start]", example="2026-07-01"
    )
    salary_min: Money | None = column("Salary Min", "薪酬下限", ge=0, view="detail")
    salary_max: Money | None = column("Salary Max", "薪酬上限", check="[salary_max] >= [salary_min]", view="detail")
    budget_id: Code | None = column("Budget Line", "预算行", ref="budget.budget_id", view="detail")
    applicants: Count | None = column("Applicants", "应聘人数", ge=0, view="review")
    interviewed: Count | None = column("Interviewed", "面试人数", ge=0, view="review")
    offers: Count | None = column("Offers", "录用人数", ge=0, view="review")
    hired: Count | None = column("Hired", "到岗人数", ge=0, view="review")
    employee_ids: Codes | None = column(
        "Hired Employees", "到岗员工", ref="employees.employee_id", required_by="RCT-003", view="review",
        example="EMP-0018", help=Text("Separated by a semicolon.", "用分号隔开。"),
    )  # fmt: skip
    cost: Money | None = column("Cost", "招聘成本", ge=0, view="review")
    approver_id: Code | None = column(
        "Approver", "审批人", ref="employees.employee_id", required_by="RCT-004", view="review", example="EMP-0001"
    )
    approved_on: Day | None = column(
        "Approved On", "批准日期", required_when='FROM([status], "approved")', view="review", example="2026-04-20"
    )
    status: RecStatus = column("Status", "状态", example="draft")


@rule("RCT-001", at="recruitment.headcount", clause="四(一)1",
      en="The recruitment plan is incomplete: {column}", zh="招聘计划内容不完整：{column}",
      fix=Text("Say which post, how many people, what is asked of them and how they are chosen.", "填写岗位、人数、要求和流程。"))  # fmt: skip
def plans_are_complete(recruitment: Recruitment) -> Breaches:
    """A plan names post, number of people (one at least), requirements and process. 招聘计划须有岗位、人数（至少1人）、要求和流程。"""
    wanting = {name: blank(recruitment.column(name)) for name in ("post", "headcount", "requirements", "process")}
    wanting["headcount"] |= recruitment.headcount < 1
    for name, mask in wanting.items():
        yield Breach(recruitment[mask], at=name, values={"column": recruitment.sheet.columns[name].header})


@rule("RCT-002", at="recruitment.channels", clause="四(一)2", severity=WARNING, scope="centre",
      en="Only {n} recruitment channels were used in {year}, policy asks for {least}", zh="{year}年招聘渠道仅 {n} 种，规定至少 {least} 种",
      fix=Text("Use further channels: online, campus, job fairs, referrals, internal posting.", "增加网络、校园、人才市场、推荐、竞聘等渠道。"))  # fmt: skip
def several_channels_are_used(recruitment: Recruitment, policy: Policy) -> Breaches:
    """Over all posts of a year, as many channels are used as policy asked for in that year. 每年全部岗位使用的招聘渠道达到当年规定种数。"""
    live = recruitment.live
    live = live[~blank(live.channels)]
    for year, rows in live.channels.groupby(live.year):
        used, least = set(members(rows)), policy.at("hr.min_channels", "*", min(policy.today, date(int(year), 12, 31)))
        if len(used) < least:
            yield sheet_finding(n=len(used), year=f"{year:.0f}", least=least)


@rule("RCT-003", at="recruitment.hired", clause="四(一)2",
      en="The numbers do not fit: {applicants} applied, {interviewed} interviewed, {offers} offers, {hired} hired, {headcount} wanted",
      zh="招聘人数前后矛盾：应聘 {applicants}、面试 {interviewed}、录用 {offers}、到岗 {hired}、计划 {headcount}",
      fix=Text("Each number is at most the one before it; at most the planned number is hired.", "后一环节人数不超过前一环节，到岗不超过计划人数。"))  # fmt: skip
def numbers_fall(recruitment: Recruitment) -> Breaches:
    """Applicants, interviews, offers and hires fall; as many new employees are named as were hired, and no more than planned.
    应聘、面试、录用、到岗人数依次不增；到岗员工人数等于到岗人数且不超过计划。"""
    r = recruitment
    steps = [r.applicants, r.interviewed, r.offers]  # a number that is not known holds nobody back
    yield r[(r.interviewed > r.applicants) | (r.offers > np.fmin.reduce(steps[:2])) | (r.hired > np.fmin.reduce([*steps, r.headcount]))]
    named = how_many(r.employee_ids)
    yield Breach(r.assign(named=named)[r.hired.fillna(0) != named], at="employee_ids",
                 message=Text("{hired} were hired, and {named} employees are named", "到岗 {hired} 人，列出员工 {named} 人"),
                 fix=Text("Name every new employee, separated by semicolons.", "列出全部到岗员工编号，用分号隔开。"))  # fmt: skip


@rule("RCT-004", at="recruitment.approver_id", clause="四(一)1", scope="book",
      en="Recruitment is approved by the centre director, not by {approver_id}", zh="招聘须经中心主任审批，{approver_id} 无权审批",
      fix=Text("Enter the director as approver.", "审批人填写中心主任。"))  # fmt: skip
def the_director_approves(recruitment: Recruitment, employees: Employees) -> Rows:
    """An approved recruitment was approved by the director. 已批准的招聘由中心主任审批。"""
    approved = recruitment[recruitment.status.isin(list(Opening.workflow.approved))]
    return approved[~holds_role(approved.approver_id, employees, "director")]


@figure("F-36", at="recruitment.fill_rate", en="Fill rate", zh="到岗率", kind=Percent, clause="四(一)1", source="HR practice")
def fill_rate(recruitment: Recruitment) -> pd.Series:
    """Hired / wanted. 到岗人数÷招聘人数。"""
    return (recruitment.hired.fillna(0) / recruitment.headcount).where(recruitment.headcount > 0)
