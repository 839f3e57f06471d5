"""Information base 信息库: what was collected, how it is kept, what was learnt from it."""

from __future__ import annotations

from enum import nonmember
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.formulas.authority import works_in
from opsbook.formulas.lookup import blank, days_between, differ, judged, twins, xlookup
from opsbook.formulas.periods import last_closed
from opsbook.grammar import (
    WARNING,
    Actor,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Line,
    Path,
    Policy,
    Prose,
    Rows,
    Several,
    Sheet,
    Step,
    Text,
    Workflow,
    column,
    rule,
    sheet_finding,
    unfilled,
)  # fmt: skip
from opsbook.lists import Dept, Role, Yesno

if TYPE_CHECKING:
    from opsbook.columns import Employees
    from opsbook.columns import Information as Items


class InfoCat(Choices):
    """What a piece of information is about."""

    MARKET = "market", "Market information", "市场信息"
    INDUSTRY = "industry", "Industry information", "行业信息"
    CUSTOMER = "customer", "Customer information", "客户信息"
    COMPETITOR = "competitor", "Competitor information", "竞争对手信息"
    INTERNAL = "internal", "Internal operations", "内部运营信息"


class InfoChannel(Choices):
    """How it was collected."""

    WEB = "web", "Web search", "网络搜索"
    REPORT = "report", "Industry report", "行业报告"
    FEEDBACK = "feedback", "Customer feedback", "客户反馈"
    RESEARCH = "research", "Market research", "市场调研"
    OTHER = "other", "Other", "其他"


class Reliability(Choices):
    """How far it can be relied on."""

    HIGH = "high", "High", "高"
    MEDIUM = "medium", "Medium", "中"
    LOW = "low", "Low", "低"


class SecLevel(Choices):
    """Who may know it."""

    PUBLIC = "public", "Public", "公开"
    INTERNAL = "internal", "Internal", "内部"
    CONFIDENTIAL = "confidential", "Confidential", "商业秘密"


class InfoMethod(Choices):
    """How it was analysed."""

    STATISTICS = "statistics", "Statistical analysis", "统计分析"
    MINING = "mining", "Data mining", "数据挖掘"
    TREND = "trend", "Trend analysis", "趋势分析"
    OTHER = "other", "Other", "其他"


class InfoStatus(Choices):
    """Where a piece of information stands."""

    COLLECTED = "collected", "Collected", "已收集"
    CLASSIFIED = "classified", "Classified", "已整理"
    ANALYSED = "analysed", "Analysed", "已分析"
    USED = "used", "Used", "已利用"
    ARCHIVED = "archived", "Archived", "已归档"
    DESTROYED = "destroyed", "Destroyed", "已销毁"
    OFF_PATH = nonmember(frozenset({"archived", "destroyed"}))


OFFICER = Text("the information officer", "信息专员")


class Information(Sheet, key="information", id="info_id", dated_by="collected_on", scoped_by=("department",)):
    """Collected information, classification, security level, analysis and use. 信息收集、整理、密级、分析与利用。"""

    clauses = ("二(二)4③", "二(二)5③", "七(一)1", "七(一)2", "七(一)3", "七(二)1", "七(二)2", "七(二)3", "七(三)1")
    tab = Text("Information Base", "信息库")
    workflow = Workflow(
        steps=(
            Step("collected", "classified", OFFICER, by="collector_id"),
            Step("classified", "analysed", Text("Data Analysis", "数据分析部"), by="data"),
            Step("analysed", "used", Text("Operations Management or the director", "运营管理部或主任"), by="ops director"),
            Step("collected classified analysed used", "archived", OFFICER, by="collector_id"),
            Step("archived", "destroyed", Text("the director approves, a deputy carries out", "主任批准，副主任执行"), by="director deputy"),
        ),
        others=(Actor("collector_id", "collected_on"), Actor("analysed_by", "analysed_on")),
        dates=("collected_on", "analysed_on"),
        done=("archived", "destroyed"),
        void=("destroyed",),
    )

    info_id: Code = column("Info ID", "信息编号", form="INF-yyyy-nnnn", unique=True, example="INF-2026-0001")
    category: InfoCat = column("Category", "信息类别", example="market")
    channel: InfoChannel = column("Channel", "收集渠道", example="web")
    title: Line = column("Title", "标题", example="行业服务水平报告")
    summary: Prose = column("Summary", "摘要", example="同行平均答复时间为四小时")
    source: Line = column("Source", "来源", example="行业协会")
    source_ref: Path | None = column("Link / File", "链接或文件", view="detail")
    keywords: Line = column("Keywords", "关键词", example="服务;答复时间")
    department: Dept = column("Department", "部门", example="ops_mgmt")
    collector_id: Code = column("Collector", "收集人", ref="employees.employee_id", example="EMP-0008")
    collected_on: Day = column("Collected On", "收集日期", check="[collected_on] <= TODAY()", example="2026-08-20")
    reliability: Reliability = column("Reliability", "可靠性", example="high")
    sec_level: SecLevel = column("Security Level", "密级", example="internal")
    has_pii: Yesno = column("Personal Data", "含个人信息", example="N")
    access_roles: Several[Role] | None = column(
        "Access Roles", "可访问角色", required_by="INF-005", example="director"
    )
    valid_until: Day | None = column("Valid Until", "有效期", check="[valid_until] >= [collected_on]", view="detail")
    analysed_by: Code | None = column(
        "Analysed By", "分析人", ref="employees.employee_id", required_by="INF-004", view="review",
        example="EMP-0011",
    )  # fmt: skip
    analysed_on: Day | None = column(
        "Analysed On", "分析日期", required_when='FROM([status], "analysed")',
        check="[analysed_on] >= [collected_on]", view="review", example="2026-09-01",
    )  # fmt: skip
    method: Several[InfoMethod] | None = column(
        "Analysis Method", "分析方法", required_by="INF-004", view="review", example="trend"
    )
    findings: Prose | None = column(
        "Findings", "分析结论", required_by="INF-004", view="review", example="答复时间仍有缩短空间"
    )
    suggestion: Prose | None = column(
        "Suggestion", "运营建议", required_by="INF-006", view="review", example="增设智能应答"
    )
    imp_id: Code | None = column("Improvement", "优化措施", ref="improvements.imp_id", view="review")
    status: InfoStatus = column("Status", "状态", example="collected")


@rule("INF-001", at="information.collector_id", clause="七(一)1", severity=WARNING, scope="book",
      en="{collector_id} is not the information officer of {department}", zh="{collector_id} 不是{department}指定的信息专员",
      fix=Text("Let the appointed officer collect, or appoint the collector.", "由指定信息专员收集，或指定该人员为信息专员。"))  # fmt: skip
def officers_collect(information: Items, employees: Employees) -> Rows:
    """Information that is still open was collected by the department's appointed officer. 未归档信息由本部门信息专员收集。"""
    rows = information.open
    department, officer = (xlookup(rows.collector_id, employees.employee_id, c) for c in (employees.department, employees.is_info_officer))
    return rows[differ(rows.department, department) | differ(officer, "Y")]


@rule("INF-002", at="information.category", clause="七(一)2", severity=WARNING, scope="centre",
      en="From {first} to {last} no {category} was collected", zh="{first} 至 {last} 未收集{category}",
      fix=Text("Collect it; use several channels.", "补充收集，并采用多种渠道。"))  # fmt: skip
def four_kinds_are_collected(information: Items, policy: Policy, today: pd.Timestamp) -> Breaches:
    """In the last closed quarter market, industry, customer and competitor information was collected, over several channels.
    上一季度收集了市场、行业、客户、竞争对手四类信息，渠道达到规定种数。"""
    first, last = last_closed(today, 3)
    rows = information[information.collected_on.between(first, last)]
    for category in (InfoCat.MARKET, InfoCat.INDUSTRY, InfoCat.CUSTOMER, InfoCat.COMPETITOR):
        if category not in set(rows.category.dropna()):
            yield sheet_finding(category=category.text, first=first, last=last)
    used, least = rows.channel.dropna().nunique(), policy("info.min_channels")
    if used < least:
        yield Breach(None, values={"n": used, "least": least, "first": first, "last": last},
                     message=Text("From {first} to {last} only {n} channels were used, policy asks for {least}",
                                  "{first} 至 {last} 收集渠道仅 {n} 种，规定至少 {least} 种"))  # fmt: skip


@rule("INF-003", at="information.keywords", clause="七(一)3",
      en="Information that is sorted has its {column}", zh="已整理的信息须填写“{column}”",
      fix=Text("Fill in the cell.", "请填写。"))  # fmt: skip
def sorted_information_is_classified(information: Items) -> Breaches:
    """From its classification on information has category, keywords, security level and reliability.
    已整理的信息须有类别、关键词、密级和可靠性。"""
    rows = information[information.status.isin(InfoStatus.since("classified"))]
    yield from unfilled(rows, "category", "keywords", "sec_level", "reliability")


@rule("INF-004", at="information.analysed_by", clause="七(二)1", scope="book",
      en="The analysis is Data Analysis's: {column} is missing or not theirs", zh="须由数据分析部分析：“{column}”缺失或不符",
      fix=Text("Let Data Analysis analyse, then enter method and findings.", "由数据分析部分析，并填写方法和结论。"))  # fmt: skip
def analyses_are_complete(information: Items, employees: Employees, policy: Policy) -> Breaches:
    """Analysed information was analysed by Data Analysis, with method and findings. 已分析的信息由数据分析部分析，有方法和结论。"""
    rows = information[information.status.isin(InfoStatus.since("analysed"))]
    wanting = {"analysed_by": ~works_in(rows.analysed_by, employees, policy("org.dept.data")), "method": blank(rows.method),
               "findings": blank(rows.findings)}  # fmt: skip
    for name, mask in wanting.items():
        yield Breach(rows[mask], at=name, values={"column": information.sheet.columns[name].header})


@rule("INF-005", at="information.access_roles", clause="七(三)1",
      en="{sec_level}: say which roles may see it", zh="{sec_level}信息须填写可访问角色",
      fix=Text("Restrict what is secret or personal.", "对涉密信息和个人信息限定访问。"))  # fmt: skip
def secrets_are_kept(information: Items) -> Breaches:
    """A trade secret names who may see it; personal data are not public, nor is their link.
    商业秘密须填写可访问角色；含个人信息的不得公开，链接也不得公开。"""
    yield information[(information.sec_level == "confidential") & blank(information.access_roles)]
    personal = information[information.has_pii == "Y"]
    yield Breach(personal[personal.sec_level == "public"], at="sec_level",
                 message=Text("Personal data cannot be public", "含个人信息的不得为公开"))  # fmt: skip
    yield Breach(personal[judged(personal.source_ref, lambda ref: ref.lower().startswith(("http://", "https://", "www.", "ftp://")))], at="source_ref",
                 message=Text("Personal data must not stand behind a public link", "含个人信息的不得使用公开链接"))  # fmt: skip


@rule("INF-006", at="information.suggestion", clause="七(二)3", severity=WARNING,
      en="Used information leads to a suggestion or an improvement", zh="已利用的信息应有运营建议或优化措施",
      fix=Text("Enter what it suggests, or the improvement.", "填写运营建议或优化措施编号。"))  # fmt: skip
def use_leads_somewhere(information: Items) -> Rows:
    """Information that was used has a suggestion or an improvement. 已利用的信息有运营建议或优化措施。"""
    return information[(information.status == "used") & blank(information.suggestion) & blank(information.imp_id)]


@rule("INF-007", at="information.status", clause="七(一)3", severity=WARNING,
      en="Collected {days} days ago and not sorted; policy allows {allowed}", zh="收集 {days} 天未整理，规定 {allowed} 天",
      fix=Text("Sort it, or archive what has expired.", "及时整理，过期的归档。"))  # fmt: skip
def information_is_kept_in_order(information: Items, policy: Policy, today: pd.Timestamp) -> Breaches:
    """Information is sorted within the days of policy, and archived when it has expired. 信息在规定天数内整理，过期归档。"""
    rows = information[information.status == "collected"]
    rows = rows.assign(days=days_between(rows.collected_on, today), allowed=policy("info.classify_days", rows))
    yield rows[rows.column("days") > rows.column("allowed")]
    waiting = information.open
    yield Breach(waiting[(waiting.valid_until < today)], at="valid_until",
                 message=Text("Expired on {valid_until} and not archived", "已于 {valid_until} 过期，未归档"))  # fmt: skip


@rule("INF-008", at="information.title", clause="七(一)3", severity=WARNING, scope="book",
      en="{title} of {source} stands there already, see {other}", zh="{source}的“{title}”与 {other} 疑似重复",
      fix=Text("Keep one of them.", "保留一条。"))  # fmt: skip
def information_stands_once(information: Items) -> Rows:
    """The same title of the same source stands once. 同一来源的同一标题只登记一次。"""
    live = information.live
    found: Items = twins(live, live.title, live.source)
    return found
