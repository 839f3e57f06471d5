"""The rest of the demo centre: checks, acceptance, KPIs, people, stock-takes, risk responses, controls, information, service.

As :mod:`opsbook.demo.centre`: clean under every rule, consistent with the other registers, the same at every run.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from opsbook.demo import AS_OF
from opsbook.demo import centre as core
from opsbook.demo.centre import DEPUTY, DEPUTY_OPS, DIRECTOR, FINANCE_HEAD, SUPERIOR, Record, Records

OFFICERS = {"ops_mgmt": "EMP-0006", "data_analysis": "EMP-0012", "cust_service": "EMP-0017"}
ANALYST = "EMP-0011"
CENTRE = ("ops_mgmt", "data_analysis", "cust_service")


def records() -> Records:
    """All registers of the centre at :data:`AS_OF`."""
    centre, random = core.records(), Random(20260931)
    staff = [p for p in centre["employees"] if p["status"] == "active"]
    kpis = _kpis()
    return centre | {
        "checks": _checks(centre["projects"]),
        "acceptance": _acceptance(centre["projects"], centre["plans"]),
        "kpis": kpis,
        "kpi_data": _kpi_data(kpis),
        "improvements": _improvements(),
        "recruitment": _recruitment(),
        "training": _training(staff),
        "appraisals": _appraisals(random, staff),
        "payroll": _payroll(centre["employees"]),
        "careers": _careers(staff),
        "stocktakes": _stocktakes(centre["assets"]),
        "risk_actions": _risk_actions(centre["risks"]),
        "controls": _controls(),
        "information": _information(),
        "customers": _customers(),
        "tickets": _tickets(random),
        "waivers": [],
    }


def _checks(projects: list[Record]) -> list[Record]:
    rows: list[Record] = []

    def check(kind: str, department: str, day: date, host: str, content: str, **more: Any) -> None:
        rows.append({
            "check_id": f"CHK-2026-{len(rows) + 1:04d}", "record_type": kind, "department": department, "check_on": day, "host_id": host,
            "content": content, "severity": "none", "status": "none_needed",
        } | more)  # fmt: skip

    for day in (date(2026, 5, 20), date(2026, 8, 12)):
        for department in CENTRE:
            check("dept_supervision", department, day, DEPUTY[department], "督查年度计划执行和制度落实情况")
            check("security_check", department, day + timedelta(days=2), "EMP-0013", "检查账号权限、终端和数据导出记录")
    for project in projects:
        if project["status"] == "in_progress":
            about = {"project_id": project["project_id"]}
            for day, progress in ((date(2026, 8, 20), 0.55), (date(2026, 9, 16), 0.65)):
                check("progress_meeting", project["department"], day, project["owner_id"], f"{project['name']}阶段进展与下阶段安排",
                      participants="项目组全体", progress=progress, **about)  # fmt: skip
            check("project_inspection", project["department"], date(2026, 8, 26), "EMP-0004", "检查进度、质量和资料归档", **about)
    for number in range(1, 11):
        check("control_check", "finance" if number % 2 else "ops_mgmt", date(2026, 7, 6) + timedelta(days=number * 2), "EMP-0008",
              "按抽样检查控制执行情况", control_id=f"CTL-{number:03d}", sample_size=25.0, exceptions=0.0)  # fmt: skip
    check("coordination", "center_office", date(2026, 9, 9), DEPUTY_OPS, "协调跨部门资源和四季度重点工作", participants="各部门负责人")
    check("security_incident", "cust_service", date(2026, 8, 5), "EMP-0013", "坐席终端误装非授权软件", severity="minor",
          issue="未经批准安装软件", measure="卸载软件并限制安装权限", rectify_owner="EMP-0016", rectify_due=date(2026, 8, 14),
          rectify_done=date(2026, 8, 7), verifier_id="EMP-0013", verified_on=date(2026, 8, 10), status="verified")  # fmt: skip
    return rows


def _acceptance(projects: list[Record], plans: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for project in projects:
        if project["status"] not in ("accepted", "accept_pending"):
            continue
        key, done = project["project_id"], project["status"] == "accepted"
        row = {
            "acceptance_id": f"ACC-2026-{len(rows) + 1:03d}", "project_id": key, "round_no": 1.0, "applicant_id": project["owner_id"],
            "applied_on": project["actual_end"] + timedelta(days=1), "result_report": f"{key}/成果报告.pdf",
            "summary_report": f"{key}/实施总结.pdf", "final_account": f"{key}/财务决算.xlsx",
            "final_cost": round(sum(p.get("other_cost") or 0.0 for p in plans if p.get("project_id") == key), 2), "status": "submitted",
        }  # fmt: skip
        if done:
            day = row["applied_on"]
            row |= {
                "review_on": day + timedelta(days=6), "review_depts": "ops_mgmt;data_analysis;finance", "score_goal": 92.0,
                "score_quality": 88.0, "score_cost": 85.0, "score_docs": 90.0, "opinion_goal": "目标全部完成", "opinion_quality": "质量达到要求",
                "opinion_cost": "成本控制在预算内", "opinion_docs": "资料齐全", "conclusion": "pass", "approver_id": "EMP-0004",
                "approved_on": day + timedelta(days=8), "report_no": "YSBG-2026-001", "report_on": day + timedelta(days=10), "status": "closed",
            }  # fmt: skip
        rows.append(row)
    return rows


KPIS: tuple[tuple[str, str, str, str, str, str, float, float, Record], ...] = (
    # name, domain, unit, direction, department, frequency, target, weight, more
    ("项目按期完成率", "efficiency", "%", "higher", "ops_mgmt", "monthly", 90.0, 0.5, {"floor": 60.0}),
    ("流程优化数量", "innovation", "项", "higher", "ops_mgmt", "quarterly", 4.0, 0.2, {}),
    ("费用率", "cost", "%", "lower", "ops_mgmt", "monthly", 12.0, 0.3, {"floor": 20.0}),
    ("指标数据及时率", "efficiency", "%", "higher", "data_analysis", "monthly", 98.0, 0.4, {}),
    ("数据差错率", "quality", "‰", "lower", "data_analysis", "monthly", 5.0, 0.4, {}),
    ("制度合规率", "compliance", "%", "higher", "data_analysis", "quarterly", 100.0, 0.2, {}),
    ("客户满意度", "customer", "%", "higher", "cust_service", "monthly", 90.0, 0.5, {}),
    ("首次答复时长", "quality", "小时", "lower", "cust_service", "monthly", 4.0, 0.3, {}),
    ("人均工单量", "efficiency", "件", "target", "cust_service", "monthly", 220.0, 0.2, {"tolerance": 60.0}),
    ("个人工单解决率", "customer", "%", "higher", "cust_service", "monthly", 95.0, 1.0, {"employee_id": "EMP-0016"}),
)


def _kpis() -> list[Record]:
    return [
        {
            "kpi_id": f"KPI-{number:03d}", "name": name, "domain": domain, "definition": f"反映{name}的期间水平", "formula": "按指标口径计算",
            "unit": unit, "direction": direction, "department": department, "data_owner": OFFICERS[department], "data_source": "业务系统",
            "frequency": frequency, "target": target, "weight": weight, "plan_id": "PLN-2026-0002", "valid_from": date(2026, 1, 1),
            "approver_id": DIRECTOR, "approved_on": date(2025, 12, 22), "status": "approved",
        } | more
        for number, (name, domain, unit, direction, department, frequency, target, weight, more) in enumerate(KPIS, 1)
    ]  # fmt: skip


def _kpi_data(kpis: list[Record]) -> list[Record]:
    rows: list[Record] = []
    sway = (0.0, 1.0, -1.0, 0.6, -0.6, 0.3, 1.0, -0.8)
    for month in range(1, 9):
        number = 0
        for kpi in kpis:
            if kpi["frequency"] == "quarterly" and month not in (3, 6):
                continue
            number += 1
            level = {"higher": 0.97, "lower": 1.05, "target": 1.02}[kpi["direction"]]
            ends = date(2026, month + 1, 1)
            rows.append({
                "data_id": f"KPD-2026{month:02d}-{number:03d}", "kpi_id": kpi["kpi_id"], "period": f"2026-{month:02d}",
                "actual": round(kpi["target"] * (level + 0.02 * sway[month - 1]), 2), "collected_by": kpi["data_owner"],
                "collected_on": ends + timedelta(days=3), "verified_by": ANALYST, "status": "verified",
            })  # fmt: skip
    return rows


def _improvements() -> list[Record]:
    def improvement(number: int, title: str, source: str, ref: str, department: str, owner: str, status: str, **more: Any) -> Record:
        approved = {} if status == "proposed" else {
            "kpi_id": "KPI-008", "baseline_value": 6.0, "target_value": 4.0, "approver_id": DEPUTY[department], "approved_on": date(2026, 4, 20)}  # fmt: skip
        started = {} if status in ("proposed", "approved") else {"start_on": date(2026, 5, 6)}
        return {
            "imp_id": f"IMP-2026-{number:03d}", "title": title, "source": source, "source_ref": ref, "problem": f"{title}的现状影响服务效率",
            "measure": f"制定并实施{title}方案", "proposer_id": OFFICERS[department], "department": department, "owner_id": owner,
            "due_on": date(2026, 12, 18), "status": status,
        } | approved | started | more  # fmt: skip

    return [
        improvement(1, "缩短首次答复时间", "kpi", "KPI-008", "cust_service", "EMP-0015", "closed", done_on=date(2026, 8, 14), tracked_by=ANALYST,
                    tracked_on=date(2026, 9, 18), result_value=4.1, effect="effective", cost=12000.0, benefit=60000.0),
        improvement(2, "规范项目资料归档", "check", "CHK-2026-0013", "ops_mgmt", "EMP-0005", "tracking", done_on=date(2026, 9, 4),
                    tracked_by=ANALYST, tracked_on=date(2026, 9, 21)),
        improvement(3, "引入智能应答", "information", "INF-2026-0002", "cust_service", "EMP-0016", "implementing", cost=38000.0),
        improvement(4, "完善退款话术", "ticket", "TKT-202607-0003", "cust_service", "EMP-0020", "implementing"),
        improvement(5, "关键岗位备份", "risk", "RSK-2026-003", "ops_mgmt", "EMP-0004", "approved"),
        improvement(6, "报表自助取数", "innovation", OFFICERS["data_analysis"], "data_analysis", "EMP-0013", "proposed"),
    ]  # fmt: skip


def _recruitment() -> list[Record]:
    def opening(number: int, department: str, post: str, status: str, **more: Any) -> Record:
        return {
            "rec_id": f"RCT-2026-{number:03d}", "year": 2026.0, "department": department, "post": post, "headcount": 1.0,
            "reason": "业务量增长，现有人员不足", "requirements": "本科以上学历，两年以上相关经验", "process": "简历筛选-笔试-面试-录用",
            "channels": "online;referral", "plan_start": date(2026, 5, 6), "plan_onboard": date(2026, 8, 3), "approver_id": DIRECTOR,
            "approved_on": date(2026, 4, 24), "status": status,
        } | more  # fmt: skip

    return [
        opening(1, "data_analysis", "数据分析师", "filled", applicants=26.0, interviewed=8.0, offers=1.0, hired=1.0, employee_ids="EMP-0026", cost=2600.0),
        opening(2, "cust_service", "客服专员", "recruiting", channels="online;campus;market", plan_onboard=date(2026, 11, 2), applicants=14.0, interviewed=3.0),
    ]  # fmt: skip


COURSES = (
    ("制度与流程更新", "rules", date(2026, 3, 12)), ("数据分析方法", "skills", date(2026, 5, 14)),
    ("信息安全与合规", "security;compliance", date(2026, 7, 16)), ("客户沟通技巧", "business", date(2026, 9, 10)),
)  # fmt: skip


def _training(staff: list[Record]) -> list[Record]:
    rows: list[Record] = []

    def course(person: str, name: str, kind: str, topics: str, day: date, hours: float, **more: Any) -> None:
        rows.append({
            "train_id": f"TRN-2026-{len(rows) + 1:04d}", "course": name, "train_type": kind, "topics": topics, "employee_id": person,
            "start_on": day, "end_on": day, "hours": hours, "trainer": "内部讲师", "score": 88.0, "result": "passed",
        } | more)  # fmt: skip

    for person in staff:
        if person["department"] in CENTRE:
            for name, topics, day in COURSES:
                course(person["employee_id"], name, "internal", topics, day, 8.0)
    course("EMP-0026", "新员工入职培训", "onboarding", "culture;rules;business", date(2026, 8, 5), 12.0, feedback=5.0)
    course("EMP-0011", "高级数据建模", "external", "skills", date(2026, 6, 10), 12.0, trainer="知行教育科技有限公司", cost=2400.0,
           budget_id="BUD-2026-009", certificate="证书/2026-011.pdf")  # fmt: skip
    return rows


def _appraisals(random: Random, staff: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for cycle, day in (("2026-Q2", date(2026, 7, 10)), ("2026-Q3", date(2026, 9, 28))):
        people = [p for p in staff if p["manager_id"]]
        for number, person in enumerate(people, 1):
            perf, ability, attitude = (float(random.randrange(76, 89)) for _ in range(3))
            rows.append({
                "appraisal_id": f"APR-{cycle}-{number:03d}", "employee_id": person["employee_id"], "cycle": cycle,
                "appraiser_id": person["manager_id"], "self_score": 85.0, "perf_score": max(perf, 84.0) if person["employee_id"] == "EMP-0016" else perf,
                "ability_score": ability, "attitude_score": attitude, "interview_on": day, "approver_id": DIRECTOR,
                "confirmed_on": day + timedelta(days=2), "status": "confirmed",
            })  # fmt: skip
    return rows


BASE = {"L1": 6000.0, "L2": 10000.0, "L3": 16000.0, "L4": 26000.0}


def _payroll(people: list[Record]) -> list[Record]:
    rows: list[Record] = []
    numbers = {p["employee_id"]: n for n, p in enumerate((p for p in people if p["status"] == "active" and p["manager_id"]), 1)}
    for month in (7, 8):
        paid = date(2026, month + 1, 10)
        for number, person in enumerate((p for p in people if p["status"] != "left" and p["hire_date"] < date(2026, month + 1, 1)), 1):
            key = person["employee_id"]
            base = BASE[person["post_level"]]
            perf = base / 4 if key in numbers else 0.0
            social = min(max(base + perf, 7384.0), 36921.0)
            rows.append({
                "pay_id": f"PAY-2026{month:02d}-{number:04d}", "employee_id": key, "period": f"2026-{month:02d}", "base_salary": base,
                "perf_base": perf, "appraisal_id": f"APR-2026-Q2-{numbers[key]:03d}" if perf else None, "si_base": social, "hf_base": social,
                "hf_rate": 0.12, "income_tax": round(base * 0.01, 2), "leave_used": 2.0 if person["hire_date"] < date(2024, 1, 1) else None,
                "checked_by": "EMP-0022", "checked_on": paid - timedelta(days=6), "approver_id": SUPERIOR if key == DIRECTOR else DIRECTOR,
                "approved_on": paid - timedelta(days=4), "paid_on": paid, "status": "paid",
            })  # fmt: skip
    return rows


def _careers(staff: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for person in staff:
        if person["department"] not in CENTRE:
            continue
        deputy = DEPUTY[person["department"]]
        rows.append({
            "career_id": f"CAR-2026-{len(rows) + 1:04d}", "employee_id": person["employee_id"], "year": 2026.0,
            "track": {"manager": "management", "service": "service"}.get(person["post_class"], "professional"), "current_post": person["post"],
            "target_post": f"高级{person['post']}", "target_on": date(2028, 12, 31), "path": f"{person['post']}-高级{person['post']}-部门骨干",
            "training_need": "专业能力与管理能力提升", "move_type": "training", "manager_id": person["manager_id"],
            "approver_id": DIRECTOR if person["manager_id"] == deputy else deputy, "approved_on": date(2026, 2, 6), "status": "approved",
        })  # fmt: skip
    rows[2] |= {"move_type": "rotation", "rotation_post": "数据专员", "rotation_start": date(2026, 7, 1), "rotation_end": date(2026, 12, 31)}
    return rows


def _stocktakes(assets: list[Record]) -> list[Record]:
    rows: list[Record] = []
    day = date(2026, 6, 24)
    for asset in assets:
        if asset["in_service_on"] <= day:
            rows.append({
                "count_id": f"STK-2026-{len(rows) + 1:04d}", "round": "2026-H1", "asset_id": asset["asset_id"], "count_on": day,
                "counter_id": "EMP-0008", "witness_id": "EMP-0022" if asset["custodian_id"] != "EMP-0022" else "EMP-0023",
                "found_location": asset["location"], "result": "match", "approver_id": FINANCE_HEAD, "approved_on": day + timedelta(days=5),
                "status": "closed",
            })  # fmt: skip
    return rows


def _risk_actions(risks: list[Record]) -> list[Record]:
    rows: list[Record] = []

    def action(risk: Record, start: date, **more: Any) -> None:
        rows.append({
            "action_id": f"RAC-2026-{len(rows) + 1:03d}", "risk_id": risk["risk_id"], "response": risk["response"],
            "special_plan": risk.get("special_plan"), "measure": f"针对{risk['title']}制定并落实控制措施", "owner_id": "EMP-0005",
            "start_on": start, "due_on": date(2026, 12, 18), "progress": 0.5, "status": "in_progress",
        } | more)  # fmt: skip

    for risk in risks:
        if risk["status"] not in ("responding", "monitored", "closed") or risk["response"] == "accept":
            continue
        start = risk["response_approved_on"]
        if risk["status"] == "responding":
            action(risk, start)
            continue
        done = max(start, date(2026, 9, 1))
        after = [max(1.0, float(int(risk[name] / 2))) for name in ("likelihood", "impact")]
        fall = 1 - after[0] * after[1] / (risk["likelihood"] * risk["impact"])
        effect = "effective" if fall >= 0.5 else "partial" if fall > 0 else "ineffective"
        action(risk, start, progress=1.0, done_on=done, eval_on=done + timedelta(days=7), eval_by="EMP-0004", likelihood_after=after[0],
               impact_after=after[1], effect=effect, adjust="keep" if effect == "effective" else "strengthen", status="evaluated")  # fmt: skip
        if effect != "effective":
            action(risk, done + timedelta(days=8), measure=f"加强{risk['title']}的监测和预案", progress=0.2)
    return rows


CONTROLS = (
    # element, process, name, type, key, owner, department, clause
    ("activities", "finance", "报销财务复核", "preventive", "Y", "EMP-0023", "finance", "五(二)3"),
    ("activities", "project", "项目联合评审", "preventive", "Y", "EMP-0004", "ops_mgmt", "三(一)3"),
    ("activities", "asset", "资产定期盘点", "detective", "Y", "EMP-0022", "finance", "五(三)2"),
    ("environment", "hr", "岗位职责与权限", "preventive", "N", "EMP-0008", "ops_mgmt", "二(一)"),
    ("risk_assessment", "risk", "风险定期识别", "preventive", "Y", "EMP-0004", "ops_mgmt", "六(一)1"),
    ("information", "information", "信息分级与访问控制", "preventive", "Y", "EMP-0013", "data_analysis", "七(三)1"),
    ("monitoring", "data", "指标数据复核", "detective", "N", "EMP-0011", "data_analysis", "三(四)1"),
    ("monitoring", "service", "客服质检", "detective", "Y", "EMP-0020", "cust_service", "二(二)5①"),
    ("activities", "finance", "预算执行预警", "corrective", "N", "EMP-0022", "finance", "五(一)3"),
    ("information", "hr", "薪酬数据保密", "preventive", "N", "EMP-0021", "finance", "四(三)1"),
)


def _controls() -> list[Record]:
    return [
        {
            "control_id": f"CTL-{number:03d}", "element": element, "process": process, "name": name, "objective": f"保证{name}真实、有效",
            "principle": "checks;materiality", "procedure": f"按制度执行{name}并留存记录", "clause": clause, "ctl_type": kind, "frequency": "monthly",
            "is_key": key, "owner_id": owner, "department": department, "design_ok": "Y", "version": "V1.0", "approver_id": DIRECTOR,
            "approved_on": date(2026, 1, 8), "status": "active",
        }
        for number, (element, process, name, kind, key, owner, department, clause) in enumerate(CONTROLS, 1)
    ]  # fmt: skip


ITEMS = (
    # category, channel, title, source, department, status
    ("market", "web", "区域市场容量测算", "统计公报", "ops_mgmt", "used"),
    ("customer", "feedback", "客户对自助服务的评价", "回访记录", "cust_service", "used"),
    ("industry", "report", "客服行业服务水平报告", "行业协会", "ops_mgmt", "analysed"),
    ("competitor", "research", "同业收费标准比较", "公开资料", "ops_mgmt", "classified"),
    ("internal", "other", "坐席利用率月报", "业务系统", "cust_service", "classified"),
    ("market", "research", "潜在客户需求调研", "访谈", "data_analysis", "archived"),
    ("customer", "feedback", "流失客户原因分析", "客服工单", "cust_service", "analysed"),
    ("industry", "web", "数据合规政策更新", "主管部门网站", "data_analysis", "archived"),
)


def _information() -> list[Record]:
    rows: list[Record] = []
    for number, (category, channel, title, source, department, status) in enumerate(ITEMS, 1):
        day = date(2026, 7, 6) + timedelta(days=number * 9)
        analysed = status in ("analysed", "used")
        rows.append({
            "info_id": f"INF-2026-{number:04d}", "category": category, "channel": channel, "title": title, "summary": f"{title}的要点摘录",
            "source": source, "keywords": f"{title[:2]};{title[2:4]}", "department": department, "collector_id": OFFICERS[department],
            "collected_on": day, "reliability": "high", "sec_level": "internal", "has_pii": "N", "status": status,
        } | ({"analysed_by": ANALYST, "analysed_on": day + timedelta(days=5), "method": "statistics;trend", "findings": "趋势明确，存在改进空间"} if analysed else {})
          | ({"suggestion": "纳入四季度优化计划", "imp_id": "IMP-2026-003" if number == 2 else None} if status == "used" else {}))  # fmt: skip
    return rows


CUSTOMERS = ("华兴科技有限公司", "远大贸易有限公司", "东方物流有限公司", "新城置业有限公司", "康健医药有限公司", "博文教育有限公司", "李建国", "王秀兰")


def _customers() -> list[Record]:
    return [
        {
            "customer_id": f"CUS-{number:04d}", "name": name, "cust_type": "company" if name.endswith("公司") else "person",
            "segment": ("key", "normal", "normal")[number % 3], "contact": "张经理" if name.endswith("公司") else None, "needs": "及时答复、专人服务",
            "consent": "Y", "service_owner": ("EMP-0016", "EMP-0017", "EMP-0018", "EMP-0019")[number % 4], "first_on": date(2024, 3, 4) + timedelta(days=number * 40),
            "next_follow": date(2026, 10, 12) + timedelta(days=number), "status": "active",
        }
        for number, name in enumerate(CUSTOMERS, 1)
    ]  # fmt: skip


TOPICS = (("consultation", "咨询发票开具和结算流程"), ("complaint", "投诉答复不及时"), ("consultation", "咨询产品使用方法"), ("suggestion", "建议增加自助查询"))


def _tickets(random: Random) -> list[Record]:
    rows: list[Record] = []
    counts: dict[int, int] = {}
    for number in range(48):
        received = datetime(2026, 7, 1, 9, 30) + timedelta(days=number * 1.9, minutes=random.randrange(300))
        if received.date() >= AS_OF:
            break
        kind, content = TOPICS[number % 4]
        counts[received.month] = counts.get(received.month, 0) + 1
        replied = received + timedelta(minutes=random.randrange(10, 110))
        resolved = replied + timedelta(minutes=random.randrange(30, 600))
        rows.append({
            "ticket_id": f"TKT-2026{received.month:02d}-{counts[received.month]:04d}", "customer_id": f"CUS-{number % len(CUSTOMERS) + 1:04d}",
            "ticket_type": kind, "channel": ("phone", "online", "email")[number % 3], "received_at": received, "content": content,
            "priority": "urgent" if kind == "complaint" and number % 8 == 1 else "normal",
            "handler_id": ("EMP-0016", "EMP-0017", "EMP-0018", "EMP-0019")[number % 4],
            "replied_at": received + timedelta(minutes=25) if kind == "complaint" else replied,
            "resolved_at": received + timedelta(hours=6) if kind == "complaint" else resolved, "resolution": "已答复并处理完毕", "escalated": "N",
            "satisfaction": float(random.choice((4, 5, 5, 3))), "surveyed_on": min(resolved.date() + timedelta(days=1), AS_OF), "status": "closed",
        })  # fmt: skip
    rows.append({
        "ticket_id": f"TKT-202609-{counts[9] + 1:04d}", "customer_id": "CUS-0001", "ticket_type": "consultation", "channel": "phone",
        "received_at": datetime(2026, 9, 30, 16, 5), "content": "咨询合同续签流程", "priority": "normal", "handler_id": "EMP-0018",
        "replied_at": datetime(2026, 9, 30, 16, 40), "escalated": "N", "status": "replied",
    })  # fmt: skip
    return rows
