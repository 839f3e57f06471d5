"""Customer files 客户档案: profile, needs, consent and follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.identifiers import uscc_ok
from opsbook.formulas.lookup import blank, differ, judged, latest, xlookup
from opsbook.grammar import (
    WARNING,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Percent,
    Phone,
    Policy,
    Prose,
    Rows,
    Sheet,
    Step,
    Text,
    Uscc,
    Workflow,
    column,
    figure,
    rule,
)  # fmt: skip
from opsbook.lists import Yesno

if TYPE_CHECKING:
    from opsbook.columns import Customers, Employees, Tickets


class CustType(Choices):
    """Who the customer is."""

    COMPANY = "company", "Company", "企业客户"
    PERSON = "person", "Person", "个人客户"


class CustSegment(Choices):
    """How much the customer weighs."""

    KEY = "key", "Key", "重点"
    NORMAL = "normal", "Normal", "一般"
    POTENTIAL = "potential", "Potential", "潜在"


class CustStatus(Choices):
    """Whether the customer is active."""

    ACTIVE = "active", "Active", "活跃"
    SILENT = "silent", "Silent", "沉默"
    LOST = "lost", "Lost", "流失"


class Customer(Sheet, key="customers", id="customer_id"):
    """Customer service files: profile, needs and follow-up. 客户档案：基本信息、需求与回访。"""

    clauses = ("二(二)5②", "二(二)5③", "二(二)5④")
    tab = Text("Customer Files", "客户档案")
    workflow = Workflow(
        steps=(
            Step("active lost", "silent", Text("Customer Service", "客户服务部"), by="service"),
            Step("active silent", "lost", Text("Customer Service", "客户服务部"), by="service"),
            Step("silent lost", "active", Text("Customer Service", "客户服务部"), by="service"),
        ),
        done=("lost",),
    )

    customer_id: Code = column("Customer ID", "客户编号", form="CUS-nnnn", unique=True, example="CUS-0001")
    name: Line = column("Name", "客户名称", unique=True, example="华兴科技有限公司")
    cust_type: CustType = column("Type", "客户类型", example="company")
    segment: CustSegment = column("Segment", "客户等级", example="normal")
    uscc: Uscc | None = column("USCC", "统一社会信用代码", view="detail")
    contact: Line | None = column("Contact", "联系人")
    phone: Phone | None = column("Phone", "电话")
    region: Line | None = column("Region", "地区", view="detail")
    needs: Prose | None = column("Needs", "客户需求")
    preference: Prose | None = column("Personalised Service", "个性化服务", view="detail")
    consent: Yesno = column("Data Consent", "个人信息同意", example="Y")
    service_owner: Code = column("Service Owner", "服务专员", ref="employees.employee_id", example="EMP-0017")
    first_on: Day = column("First Contact", "首次联系", check="[first_on] <= TODAY()", example="2025-03-01")
    last_on: Day | None = column("Last Contact", "最近联系", computed=True)
    next_follow: Day | None = column("Next Follow-up", "下次回访")
    status: CustStatus = column("Status", "状态", example="active")


@rule("CUS-001", at="customers.uscc", clause="七(三)1",
      en="Credit code {uscc} fails its check digit", zh="统一社会信用代码 {uscc} 校验位错误",
      fix=Text("Copy the code again; mask the number of who did not consent.", "重新核对代码；未同意的客户电话须脱敏。"))  # fmt: skip
def customer_data_are_right_and_kept(customers: Customers) -> Breaches:
    """A credit code passes GB 32100 and is a company's; without consent a phone number stands masked.
    信用代码通过GB 32100校验且属企业；未取得同意的，电话须脱敏。"""
    yield customers[~blank(customers.uscc) & ~judged(customers.uscc, uscc_ok)]
    yield Breach(customers[~blank(customers.uscc) & (customers.cust_type == "person")], at="cust_type",
                 message=Text("A person has no credit code", "个人客户没有统一社会信用代码"))  # fmt: skip
    open_number = ~blank(customers.phone) & ~judged(customers.phone, lambda p: "*" in p)
    yield Breach(customers[open_number & (customers.consent == "N")], at="phone",
                 message=Text("The customer did not consent: the number must be masked", "客户未同意，电话须脱敏"))  # fmt: skip


@rule("CUS-002", at="customers.next_follow", clause="二(二)5②", severity=WARNING,
      en="A {segment} customer has no follow-up ahead", zh="{segment}客户未安排回访",
      fix=Text("Set the next day of contact.", "填写下次回访日期。"))  # fmt: skip
def key_customers_are_followed_up(customers: Customers, today: pd.Timestamp) -> Rows:
    """A key customer that is not lost has a follow-up that lies ahead. 未流失的重点客户有未到期的回访安排。"""
    rows = customers.open
    return rows[(rows.segment == "key") & ~(rows.next_follow >= today)]


# Not in DOMAIN.md: the Constraint of customers.service_owner.
@rule("CUS-003", at="customers.service_owner", clause="二(二)5②", scope="book",
      en="{service_owner} is not of Customer Service", zh="{service_owner} 不属于客户服务部",
      fix=Text("Name somebody of Customer Service.", "改为客户服务部人员。"))  # fmt: skip
def customers_belong_to_service(customers: Customers, employees: Employees, policy: Policy) -> Rows:
    """The service owner of a customer that is not lost works in Customer Service. 未流失客户的服务专员属于客户服务部。"""
    rows = customers.open
    department = xlookup(rows.service_owner, employees.employee_id, employees.department)
    return rows[differ(department, policy("org.dept.service"))]


@figure("F-40", at="customers.last_on", en="Last contact", zh="最近联系", kind=Day, clause="二(二)5②", source="the tickets")
def last_on(customers: Customers, tickets: Tickets) -> pd.Series:
    """The day of the customer's last ticket. 最近一次工单受理日期。"""
    return latest(customers.customer_id, tickets.customer_id, tickets.received_at).dt.normalize()


@figure("F-34", at="customers.csat", en="Satisfaction of a customer", zh="客户满意度", kind=Percent, clause="二(二)5①", source="CSAT top-2-box")
def csat(customers: Customers, tickets: Tickets) -> pd.Series:
    """The share of the customer's answers that are 4 or 5; no answer (0) is left out. 评分4、5占有效评分的比例（0为未答，不计）。"""
    answered = tickets[tickets.satisfaction >= 1]
    mean = (answered.satisfaction >= 4).astype(float).groupby(answered.customer_id.astype(object)).mean()
    return customers.customer_id.astype(object).map(mean)
