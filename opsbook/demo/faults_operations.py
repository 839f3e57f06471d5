"""Faults planted in the registers of :mod:`opsbook.demo.operations`, and in what those bring to projects and risks."""

from datetime import date, datetime, timedelta
from typing import Any

from opsbook.demo.centre import DEPUTY_OPS, DIRECTOR, FINANCE_HEAD, Record
from opsbook.demo.faults import HEADER, Demo


def plant(demo: Demo) -> None:
    """A fault for every rule of the other registers."""
    for sheet in (_checks, _projects, _acceptance, _kpis, _kpi_data, _improvements, _recruitment, _training, _appraisals, _payroll, _careers,
                  _stocktakes, _risks, _controls, _information, _customers, _tickets, _waivers):  # fmt: skip
        sheet(demo)


def _adder(demo: Demo, sheet: str, id: str, form: str, width: int, good: Record) -> Any:
    """A function that adds a good record with some values changed and says that a rule is to find it."""

    def add(rule: str = "", column: str = "", **more: Any) -> Record:
        row = demo.add(sheet, {id: demo.next(form, width)} | good | more)
        if rule:
            demo.expect(rule, sheet, row[id], column or id)
        return row

    return add


def _checks(demo: Demo) -> None:
    check = _adder(demo, "checks", "check_id", "CHK-2026-", 4, {
        "record_type": "coordination", "department": "ops_mgmt", "check_on": date(2026, 9, 14), "host_id": "EMP-0004",
        "participants": "各部门", "content": "协调专项工作资源", "severity": "none", "status": "none_needed",
    })  # fmt: skip
    issue = {"severity": "minor", "issue": "资料归档不完整", "measure": "补齐资料", "rectify_owner": "EMP-0006",
             "rectify_due": date(2026, 10, 20), "status": "open"}  # fmt: skip
    check("CHK-001", "project_id", record_type="project_inspection")
    check("CHK-002", "measure", **issue | {"measure": None})
    check("CHK-003", "rectify_due", **issue | {"rectify_due": date(2026, 9, 21)})
    check("CHK-004", "verifier_id", **issue | {"rectify_done": date(2026, 9, 18), "verifier_id": "EMP-0006", "verified_on": date(2026, 9, 22),
                                               "status": "verified"})  # fmt: skip
    check("CHK-005", "host_id", record_type="dept_supervision", host_id="EMP-0005")
    check("CHK-006", "sample_size", record_type="control_check", control_id="CTL-001", sample_size=3.0, exceptions=0.0)
    check("CHK-007", "rectify_due", record_type="security_incident", **issue | {"severity": "major", "cause": "权限设置过宽"})
    for _ in ("dept_supervision", "security_check"):  # department `other` of the planted policy was never visited
        demo.expect("CHK-008", "checks", HEADER, "check_id")


def _projects(demo: Demo) -> None:
    def task(project: Record, **more: Any) -> None:
        demo.plan("task", project_id=project["project_id"], budget_cost=5000.0, start_on=date(2026, 3, 2),
                  actual_start=date(2026, 3, 2), **{"end_on": date(2026, 10, 30), "status": "in_progress", "progress": 0.9} | more)  # fmt: skip

    for rule, seen in (("PRJ-008", ("project_inspection",)), ("PRJ-009", ("progress_meeting",))):
        project = demo.project("in_progress", seen=seen)
        task(project)
        demo.expect(rule, "projects", project["project_id"], "status")
    finished = demo.project("in_progress")
    task(finished, status="done", progress=1.0, end_on=date(2026, 7, 31), actual_end=date(2026, 7, 31))
    demo.expect("PRJ-011", "projects", finished["project_id"], "actual_end")


def _acceptance(demo: Demo) -> None:
    scores = {f"score_{a}": 85.0 for a in ("goal", "quality", "cost", "docs")} | {f"opinion_{a}": "达到要求" for a in ("goal", "quality", "cost", "docs")}
    reviewed = scores | {"review_on": date(2026, 9, 18), "review_depts": "ops_mgmt;finance", "conclusion": "pass", "approver_id": "EMP-0004",
                         "approved_on": date(2026, 9, 21), "status": "approved"}  # fmt: skip

    def accept(rule: str = "", column: str = "", **more: Any) -> Record:
        project = more.pop("project", None) or demo.project()["project_id"]
        row: Record = _adder(demo, "acceptance", "acceptance_id", "ACC-2026-", 3, {
            "project_id": project, "round_no": 1.0, "applicant_id": "EMP-0005", "applied_on": date(2026, 9, 14), "result_report": "成果报告.pdf",
            "summary_report": "实施总结.pdf", "final_account": "财务决算.xlsx", "final_cost": 0.0, "status": "draft",
        })(rule, column, **more)  # fmt: skip
        return row

    accept("ACC-001", "summary_report", summary_report=None, status="submitted", applied_on=date(2026, 9, 28))
    accept("ACC-002", "opinion_docs", **reviewed | {"opinion_docs": None})
    accept("ACC-003", "conclusion", **reviewed | {f"score_{a}": 70.0 for a in ("goal", "quality", "cost", "docs")})
    accept("ACC-004", "report_no", **reviewed | {"status": "closed", "report_on": date(2026, 9, 24)})
    accept("ACC-005", "final_cost", final_cost=3000.0)
    over = demo.project()
    demo.plan("task", project_id=over["project_id"], budget_cost=4000.0, start_on=date(2026, 3, 2), end_on=date(2026, 8, 28), status="done",
              progress=1.0, actual_start=date(2026, 3, 2), actual_end=date(2026, 8, 28), other_cost=4600.0, other_cost_on=date(2026, 8, 28))  # fmt: skip
    accept("ACC-006", "score_cost", project=over["project_id"], final_cost=4600.0, **reviewed)
    twice = demo.project()["project_id"]
    for _ in range(2):
        accept("ACC-007", "project_id", project=twice)


def _kpis(demo: Demo) -> None:
    kpi = _adder(demo, "kpis", "kpi_id", "KPI-", 3, {
        "domain": "compliance", "definition": "反映专项工作水平", "formula": "按口径计算", "unit": "%", "direction": "higher",
        "department": "finance", "data_owner": "EMP-0022", "data_source": "业务系统", "frequency": "yearly", "target": 90.0, "weight": 0.5,
        "valid_from": date(2026, 1, 1), "status": "draft",
    })  # fmt: skip
    kpi("KPI-001", "weight", name="财务差错率", status="approved", approver_id=DIRECTOR, approved_on=date(2025, 12, 22))
    kpi("KPI-002", "target", name="专项完成率", target=-5.0)
    demo.records["kpis"][2]["domain"] = "innovation"  # the only one of the domain of cost
    demo.expect("KPI-003", "kpis", HEADER, "kpi_id")


def _kpi_data(demo: Demo) -> None:
    rows = demo.records["kpi_data"]
    value = _adder(demo, "kpi_data", "data_id", "KPD-202609-", 3, {
        "period": "2026-09", "collected_by": "EMP-0012", "collected_on": date(2026, 9, 30), "verified_by": "EMP-0011", "status": "verified",
    })  # fmt: skip
    august = next(r for r in rows if (r["kpi_id"], r["period"]) == ("KPI-001", "2026-08"))
    demo.expect("KPD-001", "kpi_data", august["data_id"], "period")
    value("KPD-001", "period", kpi_id="KPI-001", period="2026-08", actual=88.0)
    rows.remove(next(r for r in rows if (r["kpi_id"], r["period"]) == ("KPI-005", "2026-08")))
    demo.expect("KPD-002", "kpi_data", HEADER, "data_id")
    value("KPD-003", "verified_by", kpi_id="KPI-001", actual=88.0, verified_by="EMP-0006")
    value("KPD-004", "actual", kpi_id="KPI-004", actual=130.0)
    value("KPD-005", "score", kpi_id="KPI-006", actual=50.0, analysis="两项制度未按期修订")


def _improvements(demo: Demo) -> None:
    improve = _adder(demo, "improvements", "imp_id", "IMP-2026-", 3, {
        "title": "专项优化", "source": "kpi", "source_ref": "KPI-001", "problem": "流程环节多", "measure": "合并环节并固化到系统",
        "proposer_id": "EMP-0006", "department": "ops_mgmt", "owner_id": "EMP-0005", "due_on": date(2026, 12, 18), "status": "proposed",
    })  # fmt: skip
    approved = {"kpi_id": "KPI-001", "baseline_value": 80.0, "target_value": 90.0, "approver_id": DEPUTY_OPS, "approved_on": date(2026, 4, 20),
                "status": "approved"}  # fmt: skip
    tracking = approved | {"start_on": date(2026, 5, 6), "done_on": date(2026, 8, 28), "tracked_by": "EMP-0011", "tracked_on": date(2026, 9, 18),
                           "status": "tracking"}  # fmt: skip
    improve("IMP-001", "baseline_value", **approved | {"baseline_value": None})
    improve("IMP-002", "tracked_by", **tracking | {"tracked_by": "EMP-0005", "result_value": 89.5, "effect": "effective", "status": "closed"})
    improve("IMP-003", "adjustment", **tracking | {"result_value": 86.0, "effect": "partial"})
    improve("IMP-004", "tracked_on", **tracking | {"tracked_on": date(2026, 8, 10), "done_on": date(2026, 8, 7)})
    improve("IMP-005", "source_ref", source="ticket", source_ref="TKT-202601-9999")
    improve("IMP-006", "effect", **tracking | {"result_value": 86.0, "effect": "effective"})
    improve("IMP-007", "approver_id", **approved | {"cost": 80000.0})


def _recruitment(demo: Demo) -> None:
    opening = _adder(demo, "recruitment", "rec_id", "RCT-2026-", 3, {
        "year": 2026.0, "department": "ops_mgmt", "post": "运营专员", "headcount": 1.0, "reason": "业务量增长", "requirements": "本科以上学历",
        "process": "筛选-面试-录用", "channels": "online;campus", "plan_start": date(2026, 10, 12), "plan_onboard": date(2026, 12, 1), "status": "draft",
    })  # fmt: skip
    opening("RCT-001", "headcount", headcount=0.0)
    opening(year=2027.0, channels="online")
    demo.expect("RCT-002", "recruitment", HEADER, "rec_id")
    opening("RCT-003", "hired", applicants=3.0, interviewed=5.0)
    opening("RCT-004", "approver_id", status="approved", approver_id=DEPUTY_OPS, approved_on=date(2026, 9, 24))


def _training(demo: Demo) -> None:
    course = _adder(demo, "training", "train_id", "TRN-2026-", 4, {
        "course": "专项培训", "train_type": "internal", "topics": "skills", "start_on": date(2026, 9, 17), "end_on": date(2026, 9, 17),
        "employee_id": "EMP-0022", "hours": 4.0, "trainer": "内部讲师", "result": "pending",
    })  # fmt: skip
    demo.employee(hire_date=date(2026, 7, 1), name="林新")
    demo.expect("TRN-001", "training", HEADER, "train_id")
    for _ in range(2):
        course("TRN-002", "employee_id")
    demo.expect("TRN-003", "training", HEADER, "train_id")  # of whoever is leaving: see the assets
    course("TRN-004", "cost", course="外部研修", train_type="external")
    course("TRN-005", "result", course="合规考试", score=40.0, result="passed")


def _appraisals(demo: Demo) -> None:
    appraise = _adder(demo, "appraisals", "appraisal_id", "APR-2026-Q1-", 3, {
        "cycle": "2026-Q1", "perf_score": 85.0, "ability_score": 85.0, "attitude_score": 85.0, "interview_on": date(2026, 4, 14),
        "approver_id": DIRECTOR, "confirmed_on": date(2026, 4, 16), "status": "confirmed",
    })  # fmt: skip
    draft = {"status": "draft", "perf_score": None, "ability_score": None, "attitude_score": None, "interview_on": None, "approver_id": None,
             "confirmed_on": None}  # fmt: skip
    appraise("APR-001", "cycle", employee_id="EMP-0005", appraiser_id="EMP-0004", **draft | {"cycle": "2026-04"})
    appraise("APR-002", "ability_score", employee_id="EMP-0006", appraiser_id="EMP-0004", ability_score=None)
    appraise("APR-004", "appraiser_id", employee_id="EMP-0007", appraiser_id="EMP-0010", **draft)
    appraise("APR-005", "perf_score", employee_id="EMP-0016", appraiser_id="EMP-0015", perf_score=70.0)
    appraise("APR-006", "evidence", employee_id="EMP-0017", appraiser_id="EMP-0015", perf_score=95.0)
    while sum(p["department"] == "finance" for p in demo.records["employees"]) < 11:
        demo.employee()
    finance = [p["employee_id"] for p in demo.records["employees"] if p["department"] == "finance" and p["employee_id"] != FINANCE_HEAD]
    for person in finance[:10]:
        appraise(employee_id=person, appraiser_id=FINANCE_HEAD, perf_score=92.0, ability_score=92.0, attitude_score=92.0, evidence="超额完成年度目标")
    demo.expect("APR-007", "appraisals", HEADER, "appraisal_id")
    demo.expect("APR-008", "appraisals", HEADER, "appraisal_id")  # whoever is leaving
    for appraiser, score, people in (("EMP-0010", 88.0, ("EMP-0011", "EMP-0012", "EMP-0013")), ("EMP-0015", 70.0, ("EMP-0016", "EMP-0017", "EMP-0018"))):
        for number, person in enumerate(people):
            appraise("" if number else "APR-009", "appraiser_id", employee_id=person, appraiser_id=appraiser, cycle="2025-Q4", perf_score=score,
                     ability_score=score, attitude_score=score)  # fmt: skip


def _payroll(demo: Demo) -> None:
    months = {r["employee_id"]: r for r in demo.records["payroll"] if r["period"] == "2026-08"}

    def pay(rule: str, column: str, person: str, **more: Any) -> None:
        of = dict(months[person]) if person in months else dict(months["EMP-0006"]) | {"perf_base": 0.0, "appraisal_id": None, "leave_used": None}
        september = {"pay_id": demo.next("PAY-202609-", 4), "employee_id": person, "period": "2026-09", "checked_by": None, "checked_on": None,
                     "approver_id": None, "approved_on": None, "paid_on": None, "status": "draft"}  # fmt: skip
        row = demo.add("payroll", of | september | more)
        demo.expect(rule, "payroll", row["pay_id"], column)

    for _ in range(2):
        pay("PAY-001", "employee_id", "EMP-0004")
    pay("PAY-002", "perf_base", "EMP-0005", perf_base=None)
    pay("PAY-003", "appraisal_id", "EMP-0007", appraisal_id=months["EMP-0008"]["appraisal_id"])
    pay("PAY-004", "si_base", "EMP-0008", si_base=5000.0)
    pay("PAY-005", "leave_used", "EMP-0009", leave_used=30.0)
    pay("PAY-006", "gross_pay", "EMP-0010", bonus=20000.0)
    newcomer = next(p["employee_id"] for p in demo.records["employees"] if p["name"] == "林新")
    pay("PAY-007", "base_salary", newcomer, base_salary=9500.0)
    pay("PAY-008", "checked_by", "EMP-0012", checked_by="EMP-0005", checked_on=date(2026, 9, 30), status="checked")


def _careers(demo: Demo) -> None:
    career = _adder(demo, "careers", "career_id", "CAR-2026-", 4, {
        "year": 2026.0, "track": "professional", "current_post": "会计", "target_post": "高级会计", "target_on": date(2028, 12, 31),
        "path": "会计-高级会计-财务主管", "training_need": "税务与成本管理", "move_type": "none", "manager_id": FINANCE_HEAD, "status": "draft",
    })  # fmt: skip
    approved = {"approver_id": DIRECTOR, "approved_on": date(2026, 2, 6), "status": "approved"}
    newcomer = next(p["employee_id"] for p in demo.records["employees"] if p["name"] == "林新")
    career("CAR-001", "target_post", employee_id="EMP-0022", target_post="会计")
    demo.expect("CAR-002", "careers", HEADER, "career_id")  # whoever is leaving
    career("CAR-003", "rotation_end", employee_id="EMP-0023", move_type="rotation", rotation_post="出纳", rotation_start=date(2026, 11, 1),
           rotation_end=date(2026, 11, 30))  # fmt: skip
    career("CAR-004", "move_type", employee_id=newcomer, move_type="promotion", **approved)
    career("CAR-005", "training_need", employee_id="EMP-0024", year=2025.0, **approved | {"approved_on": date(2025, 2, 6)})
    for _ in range(2):
        career("CAR-006", "employee_id", employee_id="EMP-0021", manager_id=DIRECTOR)


def _stocktakes(demo: Demo) -> None:
    count = _adder(demo, "stocktakes", "count_id", "STK-2026-", 4, {
        "round": "2025-H2", "asset_id": "AST-ELE-0001", "count_on": date(2025, 12, 18), "counter_id": "EMP-0008", "witness_id": "EMP-0024",
        "result": "match", "status": "draft",
    })  # fmt: skip
    demo.expect("STK-001", "stocktakes", HEADER, "count_id")  # the planted assets were never counted
    demo.expect("STK-002", "stocktakes", HEADER, "count_id")
    count("STK-003", "witness_id", witness_id="EMP-0006")
    count("STK-004", "diff_reason", result="location_diff", found_location="A座305", handling="补办调拨手续", asset_id="AST-ELE-0002")


def _risks(demo: Demo) -> None:
    demo.expect("RSK-005", "risks", demo.risk("responding", answered=False)["risk_id"], "response")
    high = demo.risk("responding", likelihood=4.0, impact=4.0, control_ids="CTL-001")
    demo.expect("RSK-006", "risks", high["risk_id"], "special_plan")
    risk = demo.risk("responding")["risk_id"]
    respond = _adder(demo, "risk_actions", "action_id", "RAC-2026-", 3, {
        "risk_id": risk, "response": "reduce", "measure": "增加备用资源", "owner_id": "EMP-0005", "start_on": date(2026, 8, 24),
        "due_on": date(2026, 12, 18), "progress": 0.3, "status": "in_progress",
    })  # fmt: skip
    evaluated = {"progress": 1.0, "done_on": date(2026, 9, 4), "eval_on": date(2026, 9, 11), "eval_by": "EMP-0004", "likelihood_after": 2.0,
                 "impact_after": 2.0, "effect": "partial", "adjust": "strengthen", "status": "evaluated"}  # fmt: skip
    respond("RAC-001", "measure", measure=None)
    respond("RAC-002", "due_on", due_on=date(2026, 9, 15))
    respond("RAC-003", "eval_by", **evaluated | {"eval_by": "EMP-0005"})
    respond("RAC-004", "adjust", **evaluated | {"adjust": "keep"})
    respond("RAC-005", "response", response="transfer")
    respond("RAC-006", "effect", **evaluated | {"effect": "effective"})
    respond(start_on=date(2026, 9, 14))  # the new measure that follows the weak ones


def _controls(demo: Demo) -> None:
    control = _adder(demo, "controls", "control_id", "CTL-", 3, {
        "element": "activities", "process": "project", "name": "专项工作复核", "objective": "保证专项工作合规", "principle": "checks",
        "procedure": "专人复核并留痕", "clause": "三(二)3", "ctl_type": "detective", "frequency": "monthly", "is_key": "N", "owner_id": "EMP-0005",
        "department": "ops_mgmt", "design_ok": "Y", "version": "V1.0", "status": "draft",
    })  # fmt: skip
    next(c for c in demo.records["controls"] if c["element"] == "environment")["status"] = "retired"
    demo.expect("CTL-001", "controls", HEADER, "control_id")
    control("CTL-002", "clause", clause="九(一)1")
    control("CTL-003", "last_check", is_key="Y", status="active", approver_id=DIRECTOR, approved_on=date(2025, 12, 1))
    demo.risk(likelihood=4.0, impact=4.0)
    demo.expect("CTL-004", "controls", HEADER, "control_id")


def _information(demo: Demo) -> None:
    numbers = iter(range(1, 100))

    def item(rule: str, column: str, **more: Any) -> None:
        _adder(demo, "information", "info_id", "INF-2026-", 4, {
            "category": "market", "channel": "web", "title": f"专题信息{next(numbers)}", "summary": "要点摘录", "source": "公开资料",
            "keywords": "专题", "department": "ops_mgmt", "collector_id": "EMP-0006", "collected_on": date(2026, 9, 14), "reliability": "medium",
            "sec_level": "internal", "has_pii": "N", "status": "classified",
        })(rule, column, **more)  # fmt: skip

    analysed = {"analysed_by": "EMP-0011", "analysed_on": date(2026, 9, 18), "method": "trend", "findings": "趋势向好", "status": "analysed"}
    item("INF-001", "collector_id", collector_id="EMP-0005")
    next(r for r in demo.records["information"] if r["category"] == "competitor")["category"] = "internal"
    demo.expect("INF-002", "information", HEADER, "info_id")
    item("INF-003", "keywords", keywords=None)
    item("INF-004", "analysed_by", **analysed | {"analysed_by": "EMP-0005"})
    item("INF-005", "access_roles", sec_level="confidential")
    item("INF-006", "suggestion", **analysed | {"status": "used"})
    item("INF-007", "status", status="collected", collected_on=date(2026, 9, 1))
    for _ in range(2):
        item("INF-008", "title", title="重复登记的信息")


def _customers(demo: Demo) -> None:
    numbers = iter(range(1, 100))

    def customer(rule: str, column: str, **more: Any) -> None:
        _adder(demo, "customers", "customer_id", "CUS-", 4, {
            "name": f"试点客户{next(numbers)}有限公司", "cust_type": "company", "segment": "normal", "consent": "Y", "service_owner": "EMP-0017",
            "first_on": date(2025, 6, 2), "status": "active",
        })(rule, column, **more)  # fmt: skip

    customer("CUS-001", "uscc", uscc="911100006000373410")
    customer("CUS-002", "next_follow", segment="key")
    customer("CUS-003", "service_owner", service_owner="EMP-0005")


def _tickets(demo: Demo) -> None:
    received = datetime(2026, 9, 14, 9, 0)
    ticket = _adder(demo, "tickets", "ticket_id", "TKT-202609-", 4, {
        "customer_id": "CUS-0002", "ticket_type": "consultation", "channel": "phone", "received_at": received, "content": "咨询业务办理",
        "priority": "normal", "handler_id": "EMP-0018", "replied_at": received + timedelta(hours=1), "resolved_at": received + timedelta(hours=3),
        "resolution": "已答复", "escalated": "N", "status": "resolved",
    })  # fmt: skip
    closed = {"ticket_type": "complaint", "satisfaction": 4.0, "surveyed_on": date(2026, 9, 16), "status": "closed"}
    ticket("TKT-001", "handler_id", handler_id="EMP-0005")
    ticket("TKT-002", "resolved_at", resolved_at=received + timedelta(minutes=30))
    ticket("TKT-003", "reply_hours", replied_at=received + timedelta(hours=6), resolved_at=received + timedelta(hours=8))
    ticket("TKT-004", "resolve_hours", resolved_at=received + timedelta(hours=30))
    late = ticket("TKT-005", "escalated", **closed | {"resolved_at": received + timedelta(days=7), "surveyed_on": date(2026, 9, 23)})
    demo.expect("TKT-004", "tickets", late["ticket_id"], "resolve_hours")
    ticket("TKT-006", "satisfaction", **closed | {"satisfaction": None})
    ticket("TKT-007", "imp_id", **closed | {"satisfaction": 1.0})


def _waivers(demo: Demo) -> None:
    waive = _adder(demo, "waivers", "waiver_id", "WVR-2026-", 3, {
        "rule_id": "EXP-002", "record_id": "EXP-2026-00001", "reason": "出差期间无法及时提交", "requester_id": "EMP-0006",
        "requested_on": date(2026, 9, 28), "valid_until": date(2026, 12, 31), "status": "draft",
    })  # fmt: skip
    approved = {"approver_id": DEPUTY_OPS, "approved_on": date(2026, 9, 29), "status": "approved"}
    waive(record_id=next(p.record for p in demo.planted if p.rule == "EXP-002"), **approved)  # found, shown as waived
    waive("WVR-001", "rule_id", rule_id="XYZ-001")
    waive("WVR-002", "approver_id", **approved | {"approver_id": "EMP-0005"})
