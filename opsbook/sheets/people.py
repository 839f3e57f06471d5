"""Employees 员工: people, posts and system roles. Every person named in the workbook stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.formulas.identifiers import card_ok, mobile_ok, resident_id_ok
from opsbook.formulas.lookup import has, in_a_loop, judged
from opsbook.grammar import (
    WARNING,
    BankCard,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Phone,
    Policy,
    ResidentId,
    Rows,
    Several,
    Sheet,
    Step,
    Suggested,
    Text,
    Token,
    Workflow,
    column,
    rule,
    sheet_finding,
)  # fmt: skip
from opsbook.lists import Dept, Post, Role, Yesno

if TYPE_CHECKING:
    from opsbook.columns import Employees


class PostClass(Choices):
    """Selects the appraisal weights."""

    MANAGER = "manager", "Manager", "管理岗"
    PROFESSIONAL = "professional", "Professional", "专业岗"
    SERVICE = "service", "Service", "服务岗"


class PostLevel(Choices):
    """Selects the expense standard."""

    L1 = "L1", "Staff", "普通员工"
    L2 = "L2", "Senior or Supervisor", "骨干/主管"
    L3 = "L3", "Dept Head", "部门负责人"
    L4 = "L4", "Centre Leader", "中心领导"


class EmpStatus(Choices):
    """Whether a person is on staff."""

    PROBATION = "probation", "Probation", "试用"
    ACTIVE = "active", "Active", "在职"
    LEFT = "left", "Left", "离职"


class Employee(Sheet, key="employees", id="employee_id", scoped_by=("department", "post_class")):
    """Master list of people, posts and system roles. 人员、岗位和系统角色的主表。"""

    clauses = ("一(二)", "二(一)", "二(二)2①", "七(一)1")
    tab = Text("Employees", "员工")
    workflow = Workflow(
        steps=(
            Step("probation", "active", Text("Operations Management, then a deputy", "运营管理部，副主任批准"), by="ops deputy"),
            Step("probation active", "left", Text("Operations Management", "运营管理部"), by="ops"),
        ),
        done=("left",),
    )

    employee_id: Code = column("Employee ID", "员工编号", form="EMP-nnnn", unique=True, example="EMP-0012")
    name: Line = column("Name", "姓名", max_length=40, example="李明")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    post: Suggested[Post] = column("Post", "岗位", example="项目专员")
    post_class: PostClass = column(
        "Post Class", "岗位类别", example="professional", help=Text("Selects the appraisal weights.", "决定考核权重。")
    )
    post_level: PostLevel = column(
        "Post Level", "职级", example="L1", help=Text("Selects the expense standard.", "决定报销标准。")
    )
    role: Role = column("System Role", "系统角色", example="employee")
    manager_id: Code | None = column(
        "Manager", "直接上级", ref="employees.employee_id", required_when='[role] <> "director"', example="EMP-0001"
    )
    charge_depts: Several[Dept] | None = column(
        "Departments in Charge", "分管部门", required_when='[role] = "deputy"', example="ops_mgmt",
        help=Text("Several are separated by a semicolon.", "多个部门用分号隔开。"),
    )  # fmt: skip
    hire_date: Day = column("Hire Date", "入职日期", check="[hire_date] <= TODAY()", example="2021-03-15")
    first_work_date: Day | None = column(
        "First Work Date", "参加工作日期", check="[first_work_date] <= [hire_date]", view="detail",
        help=Text("Drives annual leave.", "用于计算年休假。"),
    )  # fmt: skip
    probation_end: Day | None = column(
        "Probation End", "试用期截止", required_when='[status] = "probation"', check="[probation_end] > [hire_date]",
        view="review", example="2026-12-31",
    )  # fmt: skip
    left_on: Day | None = column(
        "Left On", "离职日期", required_when='[status] = "left"', check="[left_on] >= [hire_date]", view="review",
        example="2026-08-31",
    )  # fmt: skip
    id_no: ResidentId | None = column("Resident ID", "身份证号", view="finance", help=Text("18 characters, kept as text.", "18位，按文本填写。"))
    bank_card: BankCard | None = column("Bank Card", "银行卡号", view="finance")
    phone: Phone | None = column("Phone", "手机", view="detail", help=Text("11 digits.", "11位手机号。"))
    login: Token | None = column("Login", "登录名", unique=True, view="detail")
    is_info_officer: Yesno = column("Information Officer", "信息专员", example="N")
    status: EmpStatus = column("Status", "状态", example="active")


@rule("EMP-001", at="employees.role", clause="二(一)", scope="centre",
      en="There must be exactly one active centre director; there are {n}", zh="必须且只能有一名在职中心主任，现有 {n} 名",
      fix=Text("Give the role Centre Director to one active employee only.", "只将一名在职员工的系统角色设为中心主任。"))  # fmt: skip
def one_active_director(employees: Employees) -> Rows:
    """Exactly one employee is an active director. 有且只有一名在职中心主任。"""
    directors = employees[(employees.role == "director") & (employees.status == "active")]
    if len(directors) == 0:
        return sheet_finding(n=0)
    return directors.assign(n=float(len(directors)))[np.arange(len(directors)) > 0]


@rule("EMP-002", at="employees.charge_depts", clause="二(一)", severity=WARNING, scope="centre",
      en="Department {dept} has {n} deputies in charge", zh="{dept} 有 {n} 名分管副主任",
      fix=Text("Name the department in Departments in Charge of exactly one active deputy.", "由一名在职副主任分管该部门。"))  # fmt: skip
def each_department_one_deputy(employees: Employees, policy: Policy) -> Breaches:
    """Every department of the centre is in the charge of exactly one active deputy.
    中心各部门均由一名在职副主任分管。"""
    deputies = employees[(employees.role == "deputy") & (employees.status == "active")]
    for dept in policy("org.centre_depts"):
        charge = deputies[has(deputies.charge_depts, dept)]
        if len(charge) == 0:
            yield sheet_finding(dept=_named(employees, dept), n=0)
        yield Breach(charge[np.arange(len(charge)) > 0], values={"dept": _named(employees, dept), "n": len(charge)})


@rule("EMP-003", at="employees.department", clause="二(一)", scope="centre",
      en="Department {dept} has no staff", zh="{dept} 没有在职人员",
      fix=Text("Enter the department's staff, or take it out of org.centre_depts.", "补充该部门人员，或从 org.centre_depts 中删除。"))  # fmt: skip
def each_department_has_staff(employees: Employees, policy: Policy) -> Breaches:
    """Every department of the centre has at least one active employee. 中心各部门均有在职人员。"""
    staffed = set(employees.department[employees.status == "active"].dropna())
    for dept in policy("org.centre_depts"):
        if dept not in staffed:
            yield sheet_finding(dept=_named(employees, dept))


@rule("EMP-004", at="employees.is_info_officer", clause="七(一)1", scope="centre",
      en="Department {dept} has no information officer", zh="{dept} 未指定信息专员",
      fix=Text("Set Information Officer to Yes for one active employee of it.", "为该部门一名在职人员填“是”。"))  # fmt: skip
def each_department_has_an_officer(employees: Employees, policy: Policy) -> Breaches:
    """Every department of the centre that has staff has an active information officer.
    中心各有人员的部门均有在职信息专员。"""
    active = employees[employees.status == "active"]
    covered = set(active.department[active.is_info_officer == "Y"].dropna())
    staffed = set(active.department.dropna())
    for dept in policy("org.centre_depts"):
        if dept in staffed and dept not in covered:
            yield sheet_finding(dept=_named(employees, dept))


@rule("EMP-005", at="employees.id_no", clause="一(三)1",
      en="{what} {number} fails its check", zh="{what} {number} 校验失败",
      fix=Text("Copy the number again from the document.", "对照证件重新填写。"))  # fmt: skip
def numbers_pass_their_checks(employees: Employees, today: pd.Timestamp) -> Breaches:
    """A resident ID passes GB 11643, that of a foreign resident GA 2102-2023; a mobile number has 11 digits; a bank card passes Luhn, which an
    account that is no card need not (a warning). 身份证号符合GB 11643（外国人永久居留证符合GA 2102-2023），手机号为11位；银行卡号符合Luhn校验（非卡账户除外，预警）。"""
    for name, is_right, what in (
        ("id_no", lambda number: resident_id_ok(number, today.date()), Text("Resident ID", "身份证号")),
        ("bank_card", card_ok, Text("Bank card", "银行卡号")),
        ("phone", mobile_ok, Text("Mobile number", "手机号")),
    ):
        given = employees[employees.column(name).notna()]
        wrong = given[~judged(given.column(name), is_right)]
        yield Breach(wrong.assign(number=wrong.column(name).map(_masked)), at=name, values={"what": what}, severity=WARNING if name == "bank_card" else None)


def _masked(number: str) -> str:
    return number[:3] + "*" * max(len(number) - 5, 0) + number[-2:]


@rule("EMP-006", at="employees.manager_id", clause="二(一)", scope="book",
      en="The reporting line from {name} runs in a loop", zh="{name} 的汇报关系存在循环",
      fix=Text("Correct Manager so that no line comes back.", "修改直接上级，消除循环。"))  # fmt: skip
def reporting_lines_have_no_loop(employees: Employees) -> Rows:
    """No reporting line leads back to itself. 逐级上溯直接上级，不得循环。"""
    return employees[in_a_loop(employees.employee_id, employees.manager_id)]


def _named(employees: Employees, dept: str) -> Text | str:
    return employees.sheet.columns["department"].kind.show(dept)
