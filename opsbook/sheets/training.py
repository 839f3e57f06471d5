"""Training 培训: onboarding, internal and external courses, one row a participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import blank, days_between, has, is_in, sumif, twins, xlookup
from opsbook.grammar import (
    WARNING,
    Breach,
    Breaches,
    Choices,
    Code,
    Count,
    Day,
    Line,
    Money,
    Path,
    Policy,
    Quantity,
    Rows,
    Score,
    Several,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    figure,
    rule,
    sheet_finding,
)  # fmt: skip

if TYPE_CHECKING:
    from opsbook.columns import Budget, Employees
    from opsbook.columns import Training as Courses


class TrainType(Choices):
    """For whom and by whom."""

    ONBOARDING = "onboarding", "Onboarding", "新员工培训"
    INTERNAL = "internal", "Internal", "内部培训"
    EXTERNAL = "external", "External", "外部培训"


class TrainTopic(Choices):
    """What it is about."""

    CULTURE = "culture", "Company culture", "公司文化"
    RULES = "rules", "Rules and regulations", "规章制度"
    BUSINESS = "business", "Business knowledge", "业务知识"
    SKILLS = "skills", "Skills", "技能"
    COMPLIANCE = "compliance", "Compliance", "合规"
    SECURITY = "security", "Information security", "信息安全"
    MANAGEMENT = "management", "Management", "管理"


class TrainResult(Choices):
    """What came of it."""

    PENDING = "pending", "Pending", "待考核"
    PASSED = "passed", "Passed", "合格"
    FAILED = "failed", "Failed", "不合格"
    ABSENT = "absent", "Absent", "缺席"


class Training(Sheet, key="training", id="train_id", dated_by="start_on"):
    """Onboarding, internal and external training: one row a participant and course. 入职、内部和外部培训，一人一课一行。"""

    clauses = ("二(二)2③", "四(一)3", "四(一)4", "四(三)3", "四(四)2", "四(四)3")
    tab = Text("Training", "培训")
    workflow = Workflow(
        steps=(Step("pending", "passed failed absent", Text("Operations Management, or the trainer", "运营管理部或讲师"), by="ops"),),
        status="result",
        done=("passed", "failed", "absent"),
        void=("absent",),
    )

    train_id: Code = column("Training ID", "培训编号", form="TRN-yyyy-nnnn", unique=True, example="TRN-2026-0001")
    course: Line = column("Course", "培训课程", example="客户沟通技巧")
    train_type: TrainType = column("Type", "培训类型", example="internal")
    topics: Several[TrainTopic] = column("Topics", "培训内容", example="skills")
    employee_id: Code = column("Participant", "参训人", ref="employees.employee_id", example="EMP-0012")
    start_on: Day = column("Start", "开始日期", example="2026-08-10")
    end_on: Day = column("End", "结束日期", check="[end_on] >= [start_on]", example="2026-08-10")
    hours: Quantity = column("Hours", "学时", example=4.0)
    trainer: Line = column("Trainer / Provider", "讲师或机构", example="杨帆")
    cost: Money | None = column("Cost", "费用", ge=0)
    budget_id: Code | None = column(
        "Budget Line", "预算行", ref="budget.budget_id", required_by="TRN-004", example="BUD-2026-001"
    )
    career_id: Code | None = column("Career Plan", "职业规划", ref="careers.career_id", view="detail")
    score: Score | None = column(
        "Exam Score", "考核成绩", required_when='IN([result], "passed", "failed")', view="review", example=85.0
    )
    result: TrainResult = column("Result", "结果", example="pending")
    feedback: Count | None = column("Feedback 1-5", "满意度", ge=1, le=5, view="review")
    certificate: Path | None = column("Certificate", "证书", view="detail")


@rule("TRN-001", at="training.topics", clause="四(一)3", scope="centre",
      en="{name}: onboarding topics missing {topics}", zh="{name} 新员工培训缺少{topics}",
      fix=Text("Hold the onboarding and record it.", "补充新员工培训并登记。"))  # fmt: skip
def newcomers_are_introduced(training: Courses, employees: Employees, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Whoever was to finish onboarding within the last year was taught culture, rules and business.
    近一年内入职培训到期的员工，培训内容须覆盖公司文化、规章制度和业务知识。"""
    due = employees.hire_date + pd.to_timedelta(policy("hr.onboard_days", employees), unit="D")
    rows = employees[(employees.status != "left") & (due < today) & (due >= today - pd.Timedelta(days=365))]
    taught = training.live[training.live.train_type == "onboarding"]
    wanting = {t.text: ~is_in(rows.employee_id, taught[has(taught.topics, t)].employee_id)
               for t in (TrainTopic.CULTURE, TrainTopic.RULES, TrainTopic.BUSINESS)}  # fmt: skip
    for number, (employee, name) in enumerate(zip(rows.employee_id, rows.name, strict=True)):
        topics = [topic for topic, mask in wanting.items() if mask.iloc[number]]
        if topics:
            said = Text(", ".join(t.en for t in topics), "、".join(t.zh for t in topics))
            yield sheet_finding(name=f"{name} {employee}", topics=said)


@rule("TRN-002", at="training.employee_id", clause="四(一)4", scope="book",
      en="{employee_id} stands twice in {course} of {start_on}, see {other}", zh="{employee_id} 重复登记 {start_on} 的 {course}，另见 {other}",
      fix=Text("Keep one row for a participant and course.", "同一人同一课程只保留一行。"))  # fmt: skip
def participants_stand_once(training: Courses) -> Breaches:
    """A participant stands once in a course; it ends on or after its start and takes from half an hour to 24 hours a day, 80 at most.
    同一人同一课程只登记一次；结束不早于开始；学时为0.5至80，且每天不超过24小时。"""
    yield twins(training, training.course, training.employee_id, training.start_on)
    days = days_between(training.start_on, training.end_on) + 1
    yield Breach(training[days < 1], at="end_on", message=Text("The end {end_on} is before the start {start_on}", "结束 {end_on} 早于开始 {start_on}"),
                 fix=Text("Correct the dates.", "更正日期。"))  # fmt: skip
    most = np.fmin(24 * days.where(days >= 1), 80)
    yield Breach(training.assign(most=most)[(training.hours < 0.5) | (training.hours > most)], at="hours",
                 message=Text("{hours} hours are not between 0.5 and {most}", "学时 {hours} 不在0.5至 {most} 之间"),
                 fix=Text("Check hours and days.", "核对学时和日期。"))  # fmt: skip


@rule("TRN-003", at="training.hours", clause="四(一)4", severity=WARNING, scope="centre",
      en="{name}: only {hours} of {wanted} training hours so far this year", zh="{name} 本年培训学时 {hours}，应达 {wanted}",
      fix=Text("Plan further training.", "安排补充培训。"))  # fmt: skip
def everybody_learns(training: Courses, employees: Employees, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Every active employee of the centre has the hours of policy, in the share of the year that has passed (since joining).
    中心在职员工本年学时达到规定要求按已过时间（入职当年自入职起）折算的数额。"""
    staff = employees[(employees.status == "active") & employees.department.isin(list(policy("org.centre_depts")))]
    new_year, next_year = np.datetime64(f"{today.year}-01-01"), np.datetime64(f"{today.year + 1}-01-01")
    first = np.maximum(staff.hire_date.to_numpy(), new_year)
    share = ((today + pd.Timedelta(days=1)).to_datetime64() - first) / (next_year - new_year)  # by the end of the status date
    wanted = np.floor(policy("hr.min_train_hours", staff) * np.clip(share, 0, 1) * 10) / 10
    short = staff.training_hours < wanted - 1e-9
    for employee, name, hours, least in zip(staff.employee_id[short], staff.name[short], staff.training_hours[short],
                                            pd.Series(wanted, index=staff.index)[short], strict=True):  # fmt: skip
        yield sheet_finding(name=f"{name} {employee}", hours=hours, wanted=least)


@rule("TRN-004", at="training.cost", clause="四(一)4", scope="book",
      en="External training needs its cost", zh="外部培训须填写费用",
      fix=Text("Enter the cost and an approved budget line.", "填写费用和已批准的预算行。"))  # fmt: skip
def costs_are_budgeted(training: Courses, budget: Budget) -> Breaches:
    """External training has a cost; what costs something stands on an approved budget line. 外部培训须填费用；有费用的须有已批准的预算行。"""
    yield training[(training.train_type == "external") & blank(training.cost)]  # for the absent too, money was spent
    approved = xlookup(training.budget_id, budget.budget_id, budget.status).isin(["approved", "closed"])
    yield Breach(training[(training.cost > 0) & ~approved], at="budget_id",
                 message=Text("A cost of {cost} needs an approved budget line", "费用 {cost} 须有已批准的预算行"))  # fmt: skip


@rule("TRN-005", at="training.result", clause="四(一)3", severity=WARNING,
      en="{score} is below the pass mark {mark}, and the result is {result}", zh="成绩 {score} 低于合格分 {mark}，结果为{result}",
      fix=Text("Check score and result.", "核对成绩和结果。"))  # fmt: skip
def results_fit_the_score(training: Courses, policy: Policy) -> Rows:
    """A score below the pass mark is a failure. 成绩低于合格分的结果为不合格。"""
    rows = training.assign(mark=policy("hr.train_pass", training))
    return rows[(rows.score < rows.column("mark")) & ~blank(rows.result) & (rows.result != "failed")]


@figure("F-36", at="employees.training_hours", en="Training hours of the year", zh="本年培训学时", kind=Quantity, clause="四(四)3",
        source="HR practice")  # fmt: skip
def training_hours(employees: Employees, training: Courses, today: pd.Timestamp) -> pd.Series:
    """The hours of courses that began this year and ended by today, absences left out. 本年开始且已结束课程的学时合计（缺席不计）。"""
    live = training.live
    this_year = live[(live.start_on.dt.year == today.year) & (live.end_on <= today)]
    return sumif(employees.employee_id, this_year.employee_id, this_year.hours)
