"""The faults planted in the demo: for every rule that a workbook can break, at least one, and nothing else with it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from opsbook.demo.centre import (
    DEPUTY_OPS,
    DIRECTOR,
    FINANCE_HEAD,
    LINE_OF,
    OURS,
    SUPERIOR,
    Record,
    Records,
    invoice,
)  # fmt: skip

HEADER = ""  # the record of a finding that stands at a sheet's header


@dataclass(frozen=True)
class Planted:
    """A finding to expect: the rule, the sheet, the record (``""``: the header) and the column."""

    rule: str
    sheet: str
    record: str
    column: str


@dataclass
class Demo:
    """The centre's records with faults among them."""

    records: Records
    policy: dict[str, Any]  # key → value, signed
    planted: list[Planted] = field(default_factory=list)
    dropped: tuple[tuple[str, str], ...] = (("assets", "supplier"),)
    added: tuple[tuple[str, str], ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)

    def expect(self, rule: str, sheet: str, record: str, column: str) -> None:
        self.planted.append(Planted(rule, sheet, record, column))

    def next(self, form: str, width: int) -> str:
        """A number of its own for a planted record."""
        self.numbers[form] = self.numbers.get(form, 0) + 1
        return f"{form}{9 * 10 ** (width - 1) + self.numbers[form]:0{width}d}"

    def add(self, sheet: str, row: Record) -> Record:
        self.records[sheet].append(row)
        return row

    # ---- good records, each to be spoiled in one place

    def employee(self, **more: Any) -> Record:
        number = self.next("EMP-", 4)
        return self.add("employees", {
            "employee_id": number, "name": "李新", "department": "finance", "post": "会计", "post_class": "professional",
            "post_level": "L1", "role": "employee", "manager_id": FINANCE_HEAD, "hire_date": date(2023, 4, 3),
            "is_info_officer": "N", "status": "active",
        } | more)  # fmt: skip

    def plan(self, level: str = "milestone", **more: Any) -> Record:
        project = {"project_id": "PRJ-2026-007", "quality_std": "一次评审通过"} if level in ("task", "milestone") else {}
        begin, end = (date(2026, 11, 2), date(2026, 11, 30)) if project else (date(2026, 1, 1), date(2026, 12, 31))
        return self.add("plans", {
            "plan_id": self.next("PLN-2026-", 4), "level": level, "year": 2026.0, "department": "ops_mgmt", "title": "补充计划",
            "goal": "完成阶段成果并归档", "owner_id": "EMP-0005", "start_on": begin, "end_on": end, "progress": 0.0,
            "status": "not_started", "submitted_by": "EMP-0005", "approver_id": DIRECTOR, "approved_on": date(2026, 1, 6),
        } | project | more)  # fmt: skip

    def project(self, status: str = "draft", *, seen: tuple[str, ...] = ("progress_meeting", "project_inspection"), **more: Any) -> Record:
        """A project; one under way was ``seen`` by a meeting and an inspection."""
        number = self.next("PRJ-2026-", 3)
        for kind in seen if status == "in_progress" else ():
            self.add("checks", {
                "check_id": self.next("CHK-2026-", 4), "record_type": kind, "project_id": number, "department": "ops_mgmt",
                "check_on": date(2026, 9, 10), "host_id": "EMP-0004", "participants": "项目组", "content": "专项工作进展", "progress": 0.5,
                "severity": "none", "status": "none_needed",
            })  # fmt: skip
        reviewed = {"review_on": date(2026, 9, 28), "review_depts": "ops_mgmt;finance", "review_score": 82.0,
                    "review_opinion": "同意立项", "review_result": "pass", "owner_id": "EMP-0005"}  # fmt: skip
        approved = {"review_on": date(2026, 2, 10), "budget_id": "BUD-2026-901", "approver_id": DIRECTOR, "approved_on": date(2026, 2, 16),
                    "task_letter_no": f"RWS-2026-{number[-3:]}", "task_letter_on": date(2026, 2, 18)}  # fmt: skip
        stage = {} if status == "draft" else reviewed if status == "review_passed" else reviewed | approved
        stage = stage | ({"actual_start": date(2026, 3, 2)} if status == "in_progress" else {})
        return self.add("projects", {
            "project_id": number, "name": f"专项工作{number[-3:]}", "project_type": "process", "plan_id": "PLN-2026-0001",
            "background": "现有流程环节多、耗时长，需要梳理并统一做法以提高效率。", "objective": "年底前将平均处理时间缩短百分之二十以上并形成规范。",
            "content": "开展现状调研，编制方案，组织试点并在各部门推广实施。", "plan_outline": "第一阶段调研，第二阶段试点，第三阶段推广与总结。",
            "budget_total": 5000.0, "department": "ops_mgmt", "proposer_id": "EMP-0004", "start_on": date(2026, 3, 2),
            "end_on": date(2026, 12, 18), "status": status,
        } | stage | more)  # fmt: skip

    def change(self, kind: str = "scope", status: str = "draft", **more: Any) -> Record:
        of = {"project_id": "PRJ-2026-003", "requester_id": "EMP-0005"} if kind in ("scope", "cost", "schedule", "owner") else {
            "budget_id": "BUD-2026-902", "period": "2026-10", "requester_id": "EMP-0004", "amount": 10.0}  # fmt: skip
        approved = {"approver_id": DIRECTOR, "approved_on": date(2026, 9, 24)} if status == "approved" else {}
        return self.add("changes", {
            "change_id": self.next("CHG-2026-", 4), "change_type": kind, "reason": "实施中发现原安排不足，需要相应调整",
            "old_value": "原安排", "new_value": "新安排", "requested_on": date(2026, 9, 22), "status": status,
        } | of | approved | more)  # fmt: skip

    def line(self, month: float, **more: Any) -> Record:
        number = self.next("BUD-2026-", 3)
        return self.add("budget", {
            "budget_id": number, "year": 2026.0, "category": "cost", "department": "ops_mgmt", "account_code": f"6409{number[-2:]}",
            "account_name": "专项成本", "plan_id": "PLN-2026-0002", "basis": "按专项工作安排和市场询价测算", "annual_amount": month * 12,
            **{f"m{m:02d}": month for m in range(1, 13)}, "control": "stop", "prepared_by": "EMP-0004", "approver_id": DIRECTOR,
            "approved_on": date(2025, 12, 26), "status": "approved",
        } | more)  # fmt: skip

    def expense(self, exp_type: str = "office", status: str = "draft", total: float = 113.0, day: date = date(2026, 9, 22),
                **more: Any) -> Record:  # fmt: skip
        """A line of its own claim, by EMP-0006 of Operations Management."""
        key = self.next("EXP-2026-", 5)
        number = f"2611{int(key[-5:]) * 7919:016d}"
        seller = {"office": "晨光文具商贸有限公司", "marketing": "蓝点广告传媒有限公司", "training": "知行教育科技有限公司"}.get(exp_type, "")
        kind = "vat_special" if exp_type == "marketing" else "einvoice_plain"
        proof = invoice(number[-8:] if kind == "vat_special" else number, kind, seller, day, total, 0.13) if seller else {
            "voucher_type": "none", "total_amount": total, "claim_amount": total, "attachments": 0.0}  # fmt: skip
        order = ("submitted", "dept_approved", "finance_passed", "director_approved", "paid")
        stage = order.index(status) if status in order else 0 if status == "returned" else -1
        flow: list[Record] = [
            {"submitted_on": day + timedelta(days=1)}, {"dept_approver_id": DEPUTY_OPS, "dept_approved_on": day + timedelta(days=2)},
            {"reviewer_id": "EMP-0022", "reviewed_on": day + timedelta(days=3)}, {}, {"paid_on": day + timedelta(days=5)},
        ]  # fmt: skip
        reached: Record = {}
        for step in flow[: stage + 1]:
            reached |= step
        return self.add("expenses", {
            "expense_id": key, "claim_id": self.next("CLM-2026-", 4), "employee_id": "EMP-0006", "department": "ops_mgmt",
            "budget_id": LINE_OF["ops_mgmt", exp_type], "exp_type": exp_type, "purpose": "采购部门日常工作所需的用品和服务",
            "start_on": day, "end_on": day, "status": status,
        } | proof | reached | more)  # fmt: skip

    def meal(self, day: date, days: int = 1, **more: Any) -> Record:
        amount = 100.0 * days
        where = {"city": "杭州", "city_tier": "T2", "purpose": "赴杭州开展客户走访和需求调研"}
        return self.expense("meal", total=amount, day=day, end_on=day + timedelta(days=days - 1), days=float(days), **where | more)

    def asset(self, **more: Any) -> Record:
        number = self.next("AST-ELE-", 4)
        return self.add("assets", {
            "asset_id": number, "name": "笔记本电脑", "asset_class": "electronic", "serial_no": f"SN{number[-4:]}", "purchase_event": "LEGACY",
            "acquired_on": date(2025, 3, 3), "in_service_on": date(2025, 3, 5), "registered_on": date(2025, 3, 10),
            "voucher_no": "记-202503-01", "original_cost": 6000.0, "residual_rate": 0.05, "life_months": 36.0,
            "depr_method": "straight_line", "department": "ops_mgmt", "custodian_id": "EMP-0006", "location": "A座301", "status": "in_use",
        } | more)  # fmt: skip

    def event(self, kind: str, status: str = "draft", **more: Any) -> Record:
        of = {"item_name": "笔记本电脑", "asset_class": "electronic", "quantity": 1.0, "est_amount": 6000.0, "budget_id": "BUD-2026-903"}
        approved = {"approver_id": FINANCE_HEAD, "approved_on": date(2026, 9, 10)}
        stage = ({} if status in ("draft", "submitted") else approved) | ({"executed_on": date(2026, 9, 14)} if status == "executed" else {})
        return self.add("asset_events", {
            "event_id": self.next("AEV-2026-", 4), "event_type": kind, "requester_id": "EMP-0006", "department": "ops_mgmt",
            "event_on": date(2026, 9, 8), "reported_on": date(2026, 9, 8), "reason": "按资产管理要求办理", "status": status,
        } | (of if kind == "purchase" else {"asset_id": "AST-ELE-0001"}) | stage | more)  # fmt: skip

    def risk(self, status: str = "assessed", *, answered: bool = True, **more: Any) -> Record:
        """A risk; one that is responded to has an ``answer`` among the risk responses."""
        number = self.next("RSK-2026-", 3)
        responded = {"response": "reduce", "response_approver_id": DIRECTOR, "response_approved_on": date(2026, 8, 20)}
        if answered and status in ("responding", "monitored") and more.get("response") != "accept":
            self.add("risk_actions", {
                "action_id": self.next("RAC-2026-", 3), "risk_id": number, "response": "reduce", "measure": "增加备用资源", "owner_id": "EMP-0005",
                "start_on": date(2026, 8, 24), "due_on": date(2026, 12, 18), "progress": 0.3, "status": "in_progress",
            })  # fmt: skip
        return self.add("risks", {
            "risk_id": number, "title": "专项工作延期", "category": "management", "description": "资源不足导致专项工作延期",
            "consequence": "影响年度目标实现", "methods": "expert", "department": "ops_mgmt", "identified_by": "EMP-0006",
            "identified_on": date(2026, 8, 17), "owner_id": "EMP-0004", "likelihood": 3.0, "impact": 2.0, "status": status,
            "reviewed_on": date(2026, 9, 14), "next_review": date(2026, 10, 30),
        } | (responded if status in ("responding", "monitored") else {}) | more)  # fmt: skip


def plant(records: Records, twice: str) -> Demo:
    """The records with a fault for every rule, and what is to be found.

    ``twice`` is a header of Assets in the language that the workbook does not speak: it stands there a second time.
    """
    demo = Demo(records, {
        "org.name": OURS["buyer_name"], "org.status_date": "2026-09-30", "org.superior": SUPERIOR,
        "org.centre_depts": "ops_mgmt;data_analysis;cust_service;other",
        "exp.scope": "travel_city;travel_local;hotel;meal;entertainment;office;communication;training;meeting;marketing;postage",
        "risk.min_methods": 4, "accept.w.docs": 20, "kpi.cap": "一百二十",
    }, added=(("assets", "资产照片"), ("assets", twice)))  # fmt: skip
    for sheet in (_policy, _employees, _plans, _projects, _changes, _budget, _expenses, _assets, _events, _risks, _general):
        sheet(demo)
    return demo


def type_over(demo: Demo) -> None:
    """A computed cell typed over, once the figures have been worked out and stored."""
    asset = demo.records["assets"][0]
    asset["net_value"] = 1.0
    demo.expect("GEN-019", "assets", asset["asset_id"], "net_value")


def alter(demo: Demo, state: dict[str, Any]) -> None:
    """What the last accepted state says otherwise: a status that could not become today's, an edited row, a row that is gone."""
    jump = next(r for r in demo.records["improvements"] if r["status"] == "proposed")
    state["improvements"].loc[jump["imp_id"], "status"] = "closed"
    demo.expect("GEN-007", "improvements", jump["imp_id"], "status")
    line = demo.records["budget"][0]
    state["budget"].loc[line["budget_id"], "account_name"] = "差旅交通费"
    demo.expect("GEN-009", "budget", line["budget_id"], "budget_id")
    gone = state["changes"].loc["CHG-2026-0001"].copy()
    gone["change_id"] = "CHG-2026-0007"
    state["changes"].loc["CHG-2026-0007"] = gone
    demo.expect("GEN-022", "changes", HEADER, "change_id")


def _policy(demo: Demo) -> None:
    demo.expect("POL-001", "policy", "kpi.cap", "value")
    demo.expect("POL-002", "policy", "accept.w.docs", "value")
    demo.expect("POL-003", "policy", "project.meeting_days", "changed_by")  # see jobs.demo: changed, and not signed


def _employees(demo: Demo) -> None:
    for rule in ("EMP-002", "EMP-003", "EMP-004"):  # department `other` has neither deputy nor staff …
        demo.expect(rule, "employees", HEADER, "employee_id")
    for person in demo.records["employees"]:  # … and Data Analysis no information officer
        if person["department"] == "data_analysis":
            person["is_info_officer"] = "N"
    second = demo.employee(role="director", department="center_office", post="中心主任", post_level="L4", manager_id=None)
    demo.expect("EMP-001", "employees", second["employee_id"], "role")
    demo.expect("EMP-005", "employees", demo.employee(id_no="110105198803121234")["employee_id"], "id_no")
    one, other = demo.employee(), demo.employee()
    one["manager_id"], other["manager_id"] = other["employee_id"], one["employee_id"]
    for person in (one, other):
        demo.expect("EMP-006", "employees", person["employee_id"], "manager_id")


def _plans(demo: Demo) -> None:
    late = demo.plan(end_on=date(2027, 1, 15), baseline_end=date(2027, 1, 15))
    demo.expect("PLN-001", "plans", late["plan_id"], "end_on")
    demo.expect("PLN-002", "plans", demo.plan(quality_std=None)["plan_id"], "quality_std")
    demo.plan("task", budget_cost=500000.0)
    first = next(p for p in demo.records["plans"] if p.get("project_id") == "PRJ-2026-007" and p["level"] == "task")
    demo.expect("PLN-003", "plans", first["plan_id"], "budget_cost")
    overdue = demo.plan("task", project_id="PRJ-2026-004", budget_cost=100.0, start_on=date(2026, 8, 3), end_on=date(2026, 9, 18),
                        baseline_end=date(2026, 9, 18), actual_start=date(2026, 8, 3), status="in_progress", progress=0.8)  # fmt: skip
    demo.expect("PLN-004", "plans", overdue["plan_id"], "end_on")
    half_done = demo.plan(status="done", progress=0.9, actual_end=date(2026, 9, 18))
    demo.expect("PLN-005", "plans", half_done["plan_id"], "progress")
    early = demo.plan("department", parent_id="PLN-2026-0002", approved_on=date(2025, 12, 1), status="in_progress", progress=0.5)
    demo.expect("PLN-006", "plans", early["plan_id"], "level")
    demo.plan("department", parent_id="PLN-2026-0002", weight=0.1, status="in_progress", progress=0.5)
    demo.expect("PLN-007", "plans", "PLN-2026-0003", "weight")
    demo.expect("PLN-008", "plans", demo.plan(baseline_end=date(2026, 11, 20))["plan_id"], "end_on")
    demo.expect("PLN-009", "plans", demo.plan("annual", parent_id="PLN-2026-0002")["plan_id"], "parent_id")


def _projects(demo: Demo) -> None:
    demo.line(30000.0)  # BUD-2026-901, which carries the planted projects
    demo.expect("PRJ-001", "projects", demo.project(background="流程环节多")["project_id"], "background")
    demo.expect("PRJ-002", "projects", demo.project(proposer_id="EMP-0011")["project_id"], "proposer_id")
    demo.expect("PRJ-003", "projects", demo.project("review_passed", review_depts="ops_mgmt")["project_id"], "review_depts")
    demo.expect("PRJ-004", "projects", demo.project("approved", approver_id=DEPUTY_OPS)["project_id"], "approver_id")
    demo.expect("PRJ-005", "projects", demo.project("approved", task_letter_no=None)["project_id"], "task_letter_no")
    demo.expect("PRJ-006", "projects", demo.project("in_progress")["project_id"], "status")
    demo.line(2000.0)  # BUD-2026-902, with room for planted changes
    demo.line(60000.0)  # BUD-2026-903, with room for planted purchases
    small = demo.line(1000.0)
    demo.expect("PRJ-007", "projects", demo.project("approved", budget_id=small["budget_id"], budget_total=20000.0)["project_id"], "budget_total")
    slow = demo.project("in_progress", budget_total=20000.0)
    demo.plan("task", project_id=slow["project_id"], budget_cost=20000.0, start_on=date(2026, 3, 2), end_on=date(2026, 10, 30),
              status="in_progress", progress=0.2, actual_start=date(2026, 3, 2))  # fmt: skip
    demo.expect("PRJ-010", "projects", slow["project_id"], "health")
    demo.expect("PRJ-012", "projects", demo.project(plan_id="PLN-2026-0003")["project_id"], "plan_id")


def _changes(demo: Demo) -> None:
    demo.expect("CHG-001", "changes", demo.change(reason="时间不够")["change_id"], "reason")
    demo.expect("CHG-002", "changes", demo.change(requester_id="EMP-0007")["change_id"], "requester_id")
    demo.expect("CHG-003", "changes", demo.change(status="approved", approver_id=DEPUTY_OPS)["change_id"], "approver_id")
    demo.expect("CHG-004", "changes", demo.change("budget_adjust", period="2027-01")["change_id"], "period")
    much = demo.change("budget_transfer", to_budget_id="BUD-2026-901", amount=800000.0, impact="调出后本行不再支出")
    demo.expect("CHG-005", "changes", much["change_id"], "amount")
    changes = [demo.change("budget_adjust", "approved", old_value=f"第{n}次前", new_value=f"第{n}次后") for n in (1, 2, 3)]
    demo.expect("CHG-006", "changes", changes[-1]["change_id"], "amount")
    demo.expect("CHG-007", "changes", demo.change("cost", amount=60000.0)["change_id"], "impact")


def _budget(demo: Demo) -> None:
    for _ in ("revenue", "cost"):
        demo.expect("BUD-001", "budget", HEADER, "budget_id")
    demo.expect("BUD-005", "budget", HEADER, "budget_id")
    next_year = demo.line(100.0, year=2027.0, category="expense", exp_types="office")  # alone in its year, on this year's plan
    demo.expect("BUD-004", "budget", next_year["budget_id"], "plan_id")
    demo.expect("BUD-002", "budget", demo.line(100.0, annual_amount=1250.0)["budget_id"], "annual_amount")
    twin = demo.line(100.0)
    for row in (twin, demo.line(100.0, account_code=twin["account_code"])):
        demo.expect("BUD-003", "budget", row["budget_id"], "account_code")
    demo.expect("BUD-006", "budget", demo.line(100.0, prior_actual=600.0)["budget_id"], "annual_amount")
    demo.expect("BUD-007", "budget", demo.line(100.0, approver_id=DEPUTY_OPS)["budget_id"], "approver_id")
    demo.expect("BUD-008", "budget", demo.line(100.0, recorded_actual=1300.0)["budget_id"], "available")
    demo.expect("BUD-009", "budget", demo.line(100.0, recorded_actual=1150.0)["budget_id"], "used_rate")
    behind = demo.line(100.0, category="revenue", control="warn", recorded_actual=500.0)
    demo.expect("BUD-010", "budget", behind["budget_id"], "recorded_actual")


def _expenses(demo: Demo) -> None:
    def expect(rule: str, column: str, row: Record) -> None:
        demo.expect(rule, "expenses", row["expense_id"], column)

    expense = demo.expense
    other = expense()
    other |= {"exp_type": "other", "budget_id": LINE_OF["ops_mgmt", "other"]}
    expect("EXP-001", "exp_type", other)
    expect("EXP-002", "submitted_on", expense(status="submitted", day=date(2026, 7, 20), submitted_on=date(2026, 9, 28)))
    bare = _without(expense(), "invoice_no", "invoice_date", "seller_name", "seller_uscc", "buyer_name", "buyer_uscc", "tax_rate",
                    "net_amount", "tax_amount", "attachment_ref", "einvoice_status")  # fmt: skip
    bare |= {"voucher_type": "none", "attachments": 0.0}
    expect("EXP-003", "voucher_type", bare)
    first = expense(total=226.0)
    for row in (first, expense(total=339.0, invoice_no=first["invoice_no"], day=date(2026, 9, 23))):
        expect("EXP-004", "invoice_no", row)
    expect("EXP-005", "invoice_no", expense(invoice_no="26980000000000012345"))
    expect("EXP-006", "buyer_uscc", expense(buyer_uscc="91310000607000000T"[:18]))
    expect("EXP-007", "invoice_date", expense(invoice_date=date(2026, 8, 1)))
    expect("EXP-008", "tax_amount", expense(tax_amount=15.0))
    expect("EXP-009", "claim_amount", expense(claim_amount=120.0))
    rich = demo.meal(date(2026, 9, 14), employee_id="EMP-0009", total_amount=180.0, claim_amount=180.0)
    expect("EXP-010", "claim_amount", rich)
    expect("EXP-011", "budget_id", expense(budget_id=LINE_OF["data_analysis", "office"]))
    expect("EXP-012", "reviewer_id", expense(status="finance_passed", reviewer_id="EMP-0005"))
    expect("EXP-013", "return_reason", expense(status="returned", returned_on=date(2026, 9, 25)))
    expect("EXP-014", "approver_id", expense("marketing", "paid", 6780.0, date(2026, 9, 8)))
    expect("EXP-015", "prior_approval", expense("training", total=2260.0))
    demo.meal(date(2026, 9, 21), 3, employee_id="EMP-0008")
    expect("EXP-016", "start_on", demo.meal(date(2026, 9, 23), 2, employee_id="EMP-0008"))
    serial = [expense(total=100.0 + n, invoice_no=f"26110000000000555{n:03d}", seller_name="齐心办公用品有限公司") for n in (1, 2, 3)]
    expect("EXP-017", "invoice_no", serial[-1])
    expense("marketing", total=3390.0, day=date(2026, 9, 16))
    expect("EXP-018", "claim_amount", expense("marketing", total=2260.0, day=date(2026, 9, 16)))
    one = expense()
    expect("EXP-019", "claim_id", expense(status="submitted", claim_id=one["claim_id"], day=date(2026, 9, 25), total=56.5))
    stale = expense(status="returned", day=date(2026, 8, 24), returned_on=date(2026, 9, 1), return_reason="发票抬头不完整，请更换")
    expect("EXP-020", "returned_on", stale)
    expect("EXP-021", "purpose", expense("travel_local", total=60.0, day=date(2026, 9, 20), days=1.0, purpose="打车"))
    expect("EXP-022", "einvoice_status", expense(einvoice_status="red"))
    expect("EXP-023", "department", expense(department="data_analysis", budget_id=LINE_OF["data_analysis", "office"]))


def _assets(demo: Demo) -> None:
    def expect(rule: str, column: str, row: Record) -> None:
        demo.expect(rule, "assets", row["asset_id"], column)

    repair = next(e for e in demo.records["asset_events"] if e["event_type"] == "repair")
    expect("AST-001", "purchase_event", demo.asset(purchase_event=repair["event_id"]))
    expect("AST-002", "registered_on", demo.asset(registered_on=date(2025, 4, 2)))
    expect("AST-003", "custodian_id", demo.asset(custodian_id="EMP-0012"))
    expect("AST-004", "life_months", demo.asset(life_months=24.0))
    expect("AST-005", "opening_depr", demo.asset(opening_depr=5800.0))
    expect("AST-006", "asset_class", demo.asset(original_cost=500.0))
    expect("AST-007", "disposed_on", demo.asset(status="disposed", disposed_on=date(2026, 8, 20)))
    first = demo.asset()
    for row in (first, demo.asset(serial_no=first["serial_no"])):
        expect("AST-008", "serial_no", row)
    leaving = demo.employee(department="ops_mgmt", manager_id="EMP-0004", left_on=date(2026, 10, 31))
    expect("AST-009", "custodian_id", demo.asset(custodian_id=leaving["employee_id"]))


def _events(demo: Demo) -> None:
    def expect(rule: str, column: str, row: Record) -> None:
        demo.expect(rule, "asset_events", row["event_id"], column)

    expect("AEV-001", "quantity", demo.event("purchase", quantity=None))
    expect("AEV-002", "approver_id", demo.event("purchase", "approved", est_amount=30000.0))
    expect("AEV-003", "reported_on", demo.event("damage", "submitted", event_on=date(2026, 9, 14), reported_on=date(2026, 9, 28)))
    sold = demo.event("sale", "executed", proceeds=500.0, approver_id=DIRECTOR)
    expect("AEV-004", "remitted_on", sold)
    expect("AEV-005", "quantity", demo.event("purchase", "executed", actual_amount=6000.0))
    expect("AEV-006", "to_custodian", demo.event("transfer", to_department="data_analysis"))
    events = demo.records["asset_events"]
    events.remove(next(e for e in events if e["event_type"] == "usage" and e["event_on"].month == 3))
    demo.expect("AEV-007", "asset_events", HEADER, "event_id")


def _risks(demo: Demo) -> None:
    def expect(rule: str, column: str, row: Record) -> None:
        demo.expect(rule, "risks", row["risk_id"], column)

    for row in demo.records["risks"]:
        if row["category"] == "legal":
            row["category"] = "other"
    demo.expect("RSK-001", "risks", HEADER, "risk_id")
    demo.expect("RSK-002", "risks", HEADER, "risk_id")
    expect("RSK-003", "likelihood", demo.risk(likelihood=None))
    expect("RSK-004", "res_likelihood", demo.risk(res_likelihood=4.0))
    expect("RSK-007", "accepted_by", demo.risk("responding", response="accept", accept_reason="控制成本较高", accepted_by="EMP-0005"))
    expect("RSK-008", "next_review", demo.risk(next_review=date(2026, 9, 21)))


def _general(demo: Demo) -> None:
    """One example each of what holds on every register."""
    blank, left = demo.risk(title=None), demo.risk(owner_id="EMP-0025")
    demo.expect("GEN-001", "risks", blank["risk_id"], "title")
    demo.expect("GEN-006", "risks", left["risk_id"], "owner_id")
    demo.expect("GEN-002", "expenses", demo.expense(total_amount="一百一十三元")["expense_id"], "total_amount")
    demo.expect("GEN-003", "expenses", demo.expense(voucher_type="电子发票")["expense_id"], "voucher_type")
    demo.expect("GEN-004", "risks", demo.risk(risk_id="RSK-26-1")["risk_id"], "risk_id")
    demo.expect("GEN-005", "expenses", demo.expense(project_id="PRJ-2026-030")["expense_id"], "project_id")
    own = demo.plan("department", parent_id="PLN-2026-0002", submitted_by=DEPUTY_OPS, approver_id=DEPUTY_OPS, approved_on=date(2025, 12, 20))
    demo.expect("GEN-008", "plans", own["plan_id"], "approver_id")
    demo.expect("GEN-010", "changes", demo.change(requested_on=date(2026, 10, 8))["change_id"], "requested_on")
    waiting = demo.change(status="submitted", requested_on=date(2026, 9, 8))
    demo.expect("GEN-011", "changes", waiting["change_id"], "change_id")
    demo.expect("GEN-012", "assets", HEADER, "asset_id")
    miscounted = demo.meal(date(2026, 9, 17))
    miscounted["days"] = 2.0
    demo.expect("GEN-013", "expenses", miscounted["expense_id"], "days")
    demo.expect("GEN-014", "expenses", _without(demo.meal(date(2026, 9, 25)), "city")["expense_id"], "city")
    demo.expect("GEN-015", "risks", demo.risk(special_plan="ＺＸ－2026－91")["risk_id"], "special_plan")
    demo.expect("GEN-016", "employees", demo.employee(bank_card=6222021234567890123)["employee_id"], "bank_card")
    demo.expect("GEN-017", "assets", demo.asset(location=("=NA()", "#N/A"))["asset_id"], "location")
    demo.expect("GEN-018", "assets", demo.asset(location=('="A座"&"302"', ""))["asset_id"], "location")
    demo.expect("GEN-020", "assets", HEADER, "资产照片")
    demo.expect("GEN-021", "assets", HEADER, demo.added[1][1])
    demo.expect("GEN-024", "expenses", demo.meal(date(2026, 8, 11), city="湖洲", city_tier="T3")["expense_id"], "city")
    demo.expect("EXP-024", "expenses", demo.meal(date(2026, 8, 13), city_tier="T1")["expense_id"], "city_tier")




def _without(row: Record, *names: str) -> Record:
    row.update(dict.fromkeys(names))
    return row
