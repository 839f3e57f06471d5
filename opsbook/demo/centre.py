"""A believable operations centre, as records by sheet: people, projects, money, assets and risks, the same at every run."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from opsbook.demo import AS_OF
from opsbook.formulas.identifiers import resident_id_check, uscc_check

Record = dict[str, Any]
Records = dict[str, list[Record]]

OURS = {"buyer_name": "华晟科技有限公司运营中心", "buyer_uscc": "91110000600037341L"}
DIRECTOR, DEPUTY_OPS, DEPUTY_SERVICE, FINANCE_HEAD = "EMP-0001", "EMP-0002", "EMP-0003", "EMP-0021"
SUPERIOR = "周国栋"  # the company leader in charge: not on the centre's own list

STAFF = (
    # name, department, post, class, level, role
    ("陈志远", "center_office", "中心主任", "manager", "L4", "director"),
    ("刘敏", "center_office", "副主任", "manager", "L4", "deputy"),
    ("王强", "center_office", "副主任", "manager", "L4", "deputy"),
    ("赵磊", "ops_mgmt", "部门经理", "manager", "L3", "ops_mgmt"),
    ("孙丽", "ops_mgmt", "项目主管", "professional", "L2", "ops_mgmt"),
    ("周婷", "ops_mgmt", "运营专员", "professional", "L1", "employee"),
    ("吴昊", "ops_mgmt", "项目专员", "professional", "L1", "employee"),
    ("郑洁", "ops_mgmt", "制度专员", "professional", "L2", "ops_mgmt"),
    ("冯涛", "ops_mgmt", "采购专员", "professional", "L1", "employee"),
    ("褚静", "data_analysis", "部门经理", "manager", "L3", "data_analysis"),
    ("卫东", "data_analysis", "高级分析师", "professional", "L2", "data_analysis"),
    ("蒋欣", "data_analysis", "数据分析师", "professional", "L1", "employee"),
    ("沈阳", "data_analysis", "数据工程师", "professional", "L2", "employee"),
    ("韩雪", "data_analysis", "数据分析师", "professional", "L1", "employee"),
    ("杨帆", "cust_service", "部门经理", "manager", "L3", "cust_service"),
    ("朱琳", "cust_service", "客服主管", "service", "L2", "cust_service"),
    ("秦岚", "cust_service", "客服专员", "service", "L1", "employee"),
    ("许诺", "cust_service", "客服专员", "service", "L1", "employee"),
    ("何平", "cust_service", "客服专员", "service", "L1", "employee"),
    ("吕梅", "cust_service", "质检专员", "service", "L2", "employee"),
    ("施文", "finance", "财务经理", "manager", "L3", "finance"),
    ("张瑾", "finance", "会计", "professional", "L2", "finance"),
    ("孔亮", "finance", "审核会计", "professional", "L2", "finance"),
    ("曹宁", "finance", "出纳", "professional", "L1", "employee"),
)
HEADS = {"ops_mgmt": "EMP-0004", "data_analysis": "EMP-0010", "cust_service": "EMP-0015", "finance": FINANCE_HEAD,
         "center_office": DEPUTY_OPS}  # fmt: skip
DEPUTY = {"ops_mgmt": DEPUTY_OPS, "data_analysis": DEPUTY_OPS, "cust_service": DEPUTY_SERVICE}
CITIES = {"北京": "T1", "上海": "T1", "深圳": "T1", "杭州": "T2", "成都": "T2", "武汉": "T2", "南京": "T2", "绍兴": "T3", "洛阳": "T3"}


def records() -> Records:
    """The nine registers on which all others build, at :data:`AS_OF`."""
    random = Random(20260930)
    staff = _employees(random)
    projects, plans = _projects(random)
    expenses = _expenses(random, staff)
    events, assets = _assets(random)
    return {
        "employees": staff,
        "plans": plans,
        "projects": projects,
        "changes": _changes(),
        "budget": _budget(projects, expenses, events),
        "expenses": expenses,
        "assets": assets,
        "asset_events": events,
        "risks": _risks(random),
    }


def _employees(random: Random) -> list[Record]:
    officers = {"EMP-0006", "EMP-0012", "EMP-0017"}
    people = []
    for number, (name, department, post, post_class, level, role) in enumerate(STAFF, 1):
        key = f"EMP-{number:04d}"
        head = HEADS[department]
        manager = DIRECTOR if department == "center_office" or key == FINANCE_HEAD else DEPUTY[department] if key == head else head
        hired = date(2014, 3, 1) + timedelta(days=random.randrange(3600))
        birth = date(1975, 1, 1) + timedelta(days=random.randrange(7300))
        first_17 = f"110105{birth:%Y%m%d}{random.randrange(1000):03d}"
        people.append({
            "employee_id": key, "name": name, "department": department, "post": post, "post_class": post_class,
            "post_level": level, "role": role, "manager_id": None if role == "director" else manager,
            "charge_depts": {DEPUTY_OPS: "ops_mgmt;data_analysis", DEPUTY_SERVICE: "cust_service"}.get(key),
            "hire_date": hired, "first_work_date": hired - timedelta(days=random.randrange(900)),
            "id_no": first_17 + resident_id_check(first_17), "bank_card": _card(random),
            "phone": f"13{random.randrange(10**9):09d}", "login": f"u{number:04d}",
            "is_info_officer": "Y" if key in officers else "N", "status": "active",
        })  # fmt: skip
    people.append(people[6] | {
        "employee_id": "EMP-0025", "name": "金鑫", "hire_date": date(2018, 5, 7), "first_work_date": date(2017, 7, 1),
        "id_no": None, "bank_card": None, "phone": None, "login": "u0025", "status": "left", "left_on": date(2026, 6, 30),
    })  # fmt: skip
    people.append(people[11] | {
        "employee_id": "EMP-0026", "name": "魏然", "hire_date": date(2026, 8, 3), "first_work_date": date(2024, 7, 1),
        "probation_end": date(2026, 11, 2), "id_no": None, "bank_card": None, "phone": None, "login": "u0026",
        "is_info_officer": "N", "status": "probation",
    })  # fmt: skip
    return people


def _card(random: Random) -> str:
    digits = f"622202{random.randrange(10**12):012d}"
    total = sum(sum(divmod(int(d) * 2, 10)) if i % 2 == 0 else int(d) for i, d in enumerate(digits[::-1]))
    return digits + str(-total % 10)


# ------------------------------------------------------------------------------------------- plans and projects

PROJECTS = (
    # name, type, lead department, owner, status, start, end, budget
    ("客服工单系统升级", "service", "cust_service", "EMP-0016", "in_progress", date(2026, 2, 2), date(2026, 11, 27), 420000.0),
    ("运营数据看板", "data", "data_analysis", "EMP-0011", "in_progress", date(2026, 3, 2), date(2026, 12, 18), 360000.0),
    ("采购流程优化", "process", "ops_mgmt", "EMP-0005", "in_progress", date(2026, 4, 1), date(2026, 12, 11), 180000.0),
    ("会员运营体系", "product", "ops_mgmt", "EMP-0007", "in_progress", date(2026, 1, 12), date(2026, 10, 30), 300000.0),
    ("知识库重建", "service", "cust_service", "EMP-0020", "in_progress", date(2026, 5, 6), date(2026, 12, 25), 150000.0),
    ("秋季推广活动", "marketing", "ops_mgmt", "EMP-0008", "in_progress", date(2026, 7, 1), date(2026, 11, 13), 260000.0),
    ("数据质量治理", "data", "data_analysis", "EMP-0013", "approved", date(2026, 10, 12), date(2026, 12, 30), 120000.0),
    ("客户画像试点", "data", "data_analysis", "EMP-0011", "review_passed", date(2026, 10, 19), date(2026, 12, 31), 90000.0),
    ("自助终端推广", "marketing", "ops_mgmt", None, "draft", date(2026, 11, 2), date(2026, 12, 31), 80000.0),
    ("质检规则优化", "process", "cust_service", "EMP-0020", "accept_pending", date(2026, 3, 2), date(2026, 9, 25), 110000.0),
    ("报表自动化", "data", "data_analysis", "EMP-0013", "accepted", date(2026, 1, 5), date(2026, 6, 26), 140000.0),
    ("外呼流程改造", "process", "cust_service", "EMP-0016", "suspended", date(2026, 4, 6), date(2026, 12, 4), 130000.0),
)  # fmt: skip
ESTABLISHED = ("approved", "in_progress", "suspended", "accept_pending", "accepted")


def _projects(random: Random) -> tuple[list[Record], list[Record]]:
    plans = _tree()
    projects = []
    for number, (name, kind, department, owner, status, start, end, budget) in enumerate(PROJECTS, 1):
        key = f"PRJ-2026-{number:03d}"
        reviewed = status in ("review_passed", *ESTABLISHED)
        established = status in ESTABLISHED
        review_on = date(2026, 9, 28) if status == "review_passed" else start - timedelta(days=25)
        projects.append({
            "project_id": key, "name": name, "project_type": kind, "plan_id": "PLN-2026-0001",
            "background": f"{name}对应年度重点工作，现有做法效率偏低，需要统一规划和实施。",
            "objective": f"{name}按期完成，相关环节平均处理时间降低百分之三十以上。",
            "content": f"围绕{name}开展现状调研、方案设计、系统配置、试运行和全员培训。",
            "plan_outline": "第一阶段调研与设计，第二阶段实施与测试，第三阶段试运行与总结。",
            "budget_total": budget, "budget_id": f"BUD-2026-{100 + number:03d}" if established else None,
            "department": department, "proposer_id": "EMP-0004" if owner != "EMP-0004" else "EMP-0005", "owner_id": owner,
            "start_on": start, "end_on": end, "status": status,
        } | ({"review_on": review_on, "review_depts": "ops_mgmt;data_analysis;finance", "review_score": 80.0 + number,
              "review_opinion": "目标明确，预算合理，同意立项", "review_result": "pass"} if reviewed else {})
          | ({"approver_id": DIRECTOR, "approved_on": start - timedelta(days=20), "task_letter_no": f"RWS-2026-{number:03d}",
              "task_letter_on": start - timedelta(days=18)} if established else {})
          | ({"actual_start": start} if status in ESTABLISHED[1:] else {})
          | ({"actual_end": date(2026, 9, 28) if status == "accept_pending" else end} if status.startswith("accept") else {}))  # fmt: skip
        if established:
            plans += _tasks(random, key, department, owner or DEPUTY_OPS, status, start, end, budget, len(plans) + 1)
    return projects, plans


def _tree() -> list[Record]:
    def plan(number: int, level: str, title: str, goal: str, department: str, parent: str | None, approved: date,
             weight: float | None, progress: float, start: date, end: date) -> Record:  # fmt: skip
        return {
            "plan_id": f"PLN-2026-{number:04d}", "parent_id": parent, "level": level, "year": 2026.0, "department": department,
            "title": title, "goal": goal, "owner_id": HEADS[department] if level == "department" else DIRECTOR,
            "start_on": start, "end_on": end, "weight": weight, "progress": progress, "actual_start": start,
            "status": "in_progress", "submitted_by": DIRECTOR if level == "strategy" else HEADS[department],
            "approver_id": DIRECTOR, "approved_on": approved,
        }  # fmt: skip

    year = date(2026, 1, 1), date(2026, 12, 31)
    strategy = plan(1, "strategy", "服务质量与运营效率行业领先", "三年内客户满意度和人均效能进入行业前列", "center_office", None,
                    date(2025, 11, 20), None, 0.4, date(2026, 1, 1), date(2028, 12, 31))  # fmt: skip
    annual = plan(2, "annual", "2026年度工作计划", "完成年度收入、服务和项目目标", "center_office", "PLN-2026-0001",
                  date(2025, 12, 10), None, 0.72, *year)  # fmt: skip
    departments = [
        plan(number, "department", f"{title}年度计划", goal, department, "PLN-2026-0002", date(2025, 12, 18), weight, progress, *year)
        for number, department, title, goal, weight, progress in (
            (3, "ops_mgmt", "运营管理部", "重点项目按期完成率不低于百分之九十", 0.4, 0.70),
            (4, "data_analysis", "数据分析部", "指标体系覆盖全部业务环节", 0.35, 0.74),
            (5, "cust_service", "客户服务部", "客户满意度不低于百分之九十", 0.25, 0.75),
        )
    ]
    return [strategy, annual, *departments]


def _tasks(random: Random, project: str, department: str, owner: str, status: str, start: date, end: date, budget: float,
           first: int) -> list[Record]:  # fmt: skip
    over = status.startswith("accept")
    days = (end - start).days
    cuts = [start + timedelta(days=days * n // 3) for n in range(4)]
    spans = [(cuts[0], cuts[1]), (cuts[1] + timedelta(days=1), cuts[2]), (cuts[2] + timedelta(days=1), end)]
    rows = []
    for number, (title, (begin, finish), share) in enumerate(
        zip(("调研与方案设计", "实施与测试", "试运行与总结"), spans, (0.3, 0.45, 0.2), strict=True)
    ):
        cost = round(budget * share, 2)
        done = over or finish <= AS_OF
        running = not done and begin <= AS_OF
        share_done = 1.0 if done else round(((AS_OF - begin).days + 1) / ((finish - begin).days + 1) * random.uniform(0.93, 1.0), 2) if running else 0.0
        paused = status == "suspended" and not done
        rows.append(_task(first + number, "task", project, department, owner, title, begin, finish, share_done) | {
            "budget_cost": cost,
            "status": "done" if done else "suspended" if paused else "in_progress" if running else "not_started",
            "actual_start": begin if share_done else None, "actual_end": finish if done else None,
            "other_cost": round(cost * share_done * 0.85, 2) if share_done else None,
            "other_cost_on": min(finish, AS_OF) if share_done else None,
        })  # fmt: skip
    rows.append(_task(first + 3, "milestone", project, department, owner, "上线验收", end, end, 1.0 if over else 0.0) | {
        "status": "done" if over else "not_started", "actual_end": end if over else None,
        "actual_start": end if over else None,
    })  # fmt: skip
    return rows


def _task(number: int, level: str, project: str, department: str, owner: str, title: str, begin: date, finish: date,
          progress: float) -> Record:  # fmt: skip
    return {
        "plan_id": f"PLN-2026-{number:04d}", "level": level, "year": 2026.0, "project_id": project, "department": department,
        "title": title, "goal": f"完成{title}并通过阶段评审", "quality_std": "阶段成果一次评审通过", "owner_id": owner,
        "start_on": begin, "end_on": finish, "baseline_end": finish, "progress": progress, "submitted_by": "EMP-0005",
        "approver_id": DIRECTOR, "approved_on": date(2026, 1, 5),
    }  # fmt: skip


def _changes() -> list[Record]:
    def change(number: int, kind: str, requester: str, asked: date, **more: Any) -> Record:
        return {
            "change_id": f"CHG-2026-{number:04d}", "change_type": kind, "requester_id": requester, "requested_on": asked,
            "reason": "根据实施情况需要调整，已与相关部门沟通一致", "status": "approved", "approver_id": DIRECTOR,
            "approved_on": asked + timedelta(days=3),
        } | more  # fmt: skip

    return [
        change(1, "scope", "EMP-0016", date(2026, 5, 11), project_id="PRJ-2026-001", old_value="仅电话渠道", new_value="增加在线渠道"),
        change(2, "cost", "EMP-0011", date(2026, 6, 8), project_id="PRJ-2026-002", old_value="360000", new_value="380000", amount=20000.0),
        change(3, "budget_adjust", HEADS["ops_mgmt"], date(2026, 7, 6), budget_id="BUD-2026-001", period="2026-08",
               old_value="差旅预算", new_value="差旅预算上调", amount=2000.0),
        change(4, "budget_transfer", HEADS["data_analysis"], date(2026, 8, 10), budget_id="BUD-2026-006", to_budget_id="BUD-2026-008",
               period="2026-09", old_value="差旅", new_value="办公", amount=1000.0),
        change(5, "scope", "EMP-0005", date(2026, 9, 27), project_id="PRJ-2026-003", old_value="不含供应商评价", new_value="增加供应商评价",
               status="submitted", approver_id=None, approved_on=None),
        change(6, "owner", "EMP-0007", date(2026, 9, 15), project_id="PRJ-2026-004", old_value="EMP-0007", new_value="EMP-0005",
               status="returned", approver_id=None, approved_on=None),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------------ money

ACCOUNTS = (
    ("660201", "差旅费", "travel_city;hotel;meal;travel_local"),
    ("660202", "业务招待费", "entertainment"),
    ("660203", "办公通讯费", "office;postage;communication"),
    ("660204", "培训会议费", "training;meeting"),
    ("660205", "推广及其他", "marketing;other"),
)
DEPARTMENTS = ("ops_mgmt", "data_analysis", "cust_service", "finance", "center_office")
LINE_OF = {(d, t): f"BUD-2026-{n * 5 + m + 1:03d}" for n, d in enumerate(DEPARTMENTS) for m, (_, _, types) in enumerate(ACCOUNTS)
           for t in types.split(";")}  # fmt: skip
EQUIPMENT = {d: f"BUD-2026-{26 + n * 5 + 3:03d}" for n, d in enumerate(DEPARTMENTS)}


def _budget(projects: list[Record], expenses: list[Record], events: list[Record]) -> list[Record]:
    used: dict[str, float] = {}
    for row in expenses:
        used[row["budget_id"]] = used.get(row["budget_id"], 0) + row["claim_amount"]
    for row in events:
        if row.get("budget_id"):
            used[row["budget_id"]] = used.get(row["budget_id"], 0) + (row.get("actual_amount") or row["est_amount"])
    lines = []

    def line(number: int, category: str, department: str, code: str, name: str, month: float, **more: Any) -> None:
        key = f"BUD-2026-{number:03d}"
        lines.append({
            "budget_id": key, "year": 2026.0, "category": category, "department": department, "account_code": code,
            "account_name": name, "plan_id": "PLN-2026-0002", "basis": "按上年实际与本年度工作计划测算编制",
            "prior_actual": round(month * 12 * 0.95, 2), "annual_amount": round(month * 12, 2),
            **{f"m{m:02d}": round(month, 2) for m in range(1, 13)}, "control": "warn" if category == "revenue" else "stop",
            "prepared_by": HEADS[department] if department != "center_office" else DEPUTY_OPS, "approver_id": DIRECTOR,
            "approved_on": date(2025, 12, 26), "status": "approved",
        } | more)  # fmt: skip

    for n, department in enumerate(DEPARTMENTS):
        for m, (code, name, types) in enumerate(ACCOUNTS):
            number = n * 5 + m + 1
            spent = used.get(f"BUD-2026-{number:03d}", 0)
            line(number, "expense", department, code, name, max(1500.0, -(-spent // 700) * 100), exp_types=types)
    for n, department in enumerate(DEPARTMENTS):
        costs = (("640101", "人工成本", 90000.0), ("640102", "外包服务", 20000.0), ("640103", "系统运维", 12000.0),
                 ("640104", "设备购置", 0.0), ("640105", "折旧摊销", 6000.0))  # fmt: skip
        for m, (code, name, month) in enumerate(costs):
            number = 26 + n * 5 + m
            month = month or max(3000.0, -(-used.get(f"BUD-2026-{number:03d}", 0) // 700) * 100)
            line(number, "cost", department, code, name, month, recorded_actual=None if m == 3 else round(month * 8.4, 2))
    for n, (name, month) in enumerate((("客户服务收入", 480000.0), ("数据服务收入", 260000.0), ("运营服务收入", 310000.0))):
        department = ("cust_service", "data_analysis", "ops_mgmt")[n]
        line(51 + n, "revenue", department, f"6001{n + 1:02d}", name, month, recorded_actual=round(month * 8.8, 2))
    for project in projects:
        if project["budget_id"]:
            month = -(-project["budget_total"] * 1.1 // 1200) * 100
            line(int(project["budget_id"][-3:]), "cost", project["department"], "640201", "项目成本", month,
                 project_id=project["project_id"])  # fmt: skip
    return lines


SELLERS = {
    "hotel": ("锦程酒店管理有限公司", "悦来商务酒店有限公司", "云栖宾馆有限公司"),
    "office": ("晨光文具商贸有限公司", "齐心办公用品有限公司"),
    "communication": ("联通华盛通信有限公司",),
    "training": ("知行教育科技有限公司", "启明培训中心有限公司"),
    "meeting": ("会展服务有限公司",),
    "marketing": ("蓝点广告传媒有限公司", "众合文化传播有限公司"),
    "postage": ("速运物流有限公司",),
    "entertainment": ("和悦餐饮管理有限公司", "湘味楼餐饮有限公司"),
}
USCC = {name: f"9131000060{n:07d}" for n, name in enumerate(s for group in SELLERS.values() for s in group)}
USCC = {name: first + uscc_check(first) for name, first in USCC.items()}
HOTEL = {"T1": (500, 600, 700, 900), "T2": (400, 450, 550, 700), "T3": (300, 350, 450, 600)}


class _Claims:
    """Claims under way: numbers, invoice numbers and each person's free days."""

    def __init__(self, random: Random, staff: list[Record]) -> None:
        self.random, self.rows = random, list[Record]()
        self.people = [p for p in staff if p["status"] == "active" and p["employee_id"] != DIRECTOR]
        self.claims = 0
        self.numbers: set[str] = set()
        self.free = {p["employee_id"]: date(2026, 1, 5) + timedelta(days=random.randrange(12)) for p in self.people}

    def number(self, voucher: str) -> str:
        while True:
            number = f"26{self.random.choice(('11', '31', '44', '33'))}{self.random.randrange(10**16):016d}"
            number = number if voucher not in ("vat_special", "vat_plain") else f"{self.random.randrange(10**8):08d}"
            if number not in self.numbers:
                self.numbers.add(number)
                return number

    def claim(self, person: Record, lines: list[Record], last: date) -> None:
        """Lines of one claim, with the approvals that its age has brought."""
        self.claims += 1
        submitted = last + timedelta(days=self.random.randrange(2, 9))
        total = sum(line["claim_amount"] for line in lines)
        flow = _flow(self.random, person, submitted, total)
        for line in lines:
            line_flow = dict(flow)
            self.rows.append({
                "expense_id": f"EXP-2026-{len(self.rows) + 1:05d}", "claim_id": f"CLM-2026-{self.claims:04d}",
                "employee_id": person["employee_id"], "department": person["department"],
                "budget_id": LINE_OF[person["department"], line["exp_type"]],
                "prior_approval": f"SQ-2026-{self.claims:03d}" if line["exp_type"] in ("entertainment", "meeting", "training") else None,
            } | line | line_flow)  # fmt: skip


def _flow(random: Random, person: Record, submitted: date, total: float) -> Record:
    key, department = person["employee_id"], person["department"]
    approver = DIRECTOR if key in HEADS.values() or department in ("finance", "center_office") else DEPUTY[department]
    reviewer = "EMP-0022" if key != "EMP-0022" else "EMP-0023"
    director = total > 5000
    days = [submitted + timedelta(days=n) for n in (0, 2, 5, 6, 9)]
    reached = sum(day <= AS_OF for day in days)
    if reached == 0:
        return {"status": "draft"}
    status = ("submitted", "dept_approved", "finance_passed", "director_approved" if director else "finance_passed", "paid")[reached - 1]
    flow: Record = {"status": status, "submitted_on": days[0]}
    if reached >= 2:
        flow |= {"dept_approver_id": approver, "dept_approved_on": days[1]}
    if reached >= 3:
        flow |= {"reviewer_id": reviewer, "reviewed_on": days[2]}
    if director and reached >= 4:
        flow |= {"approver_id": DIRECTOR, "approved_on": days[3]}
    if reached >= 5:
        flow |= {"paid_on": days[4]}
    return flow


def invoice(number: str, kind: str, seller: str, day: date, total: float, rate: float) -> Record:
    """What a VAT invoice of a seller says."""
    net = round(total / (1 + rate) + 1e-9, 2)
    digital = kind.startswith("einvoice")
    return {
        "voucher_type": kind, "invoice_no": number, "invoice_code": None if digital else "1100224130", "invoice_date": day,
        "seller_name": seller, "seller_uscc": USCC[seller], **OURS, "total_amount": total, "tax_rate": rate,
        "net_amount": net, "tax_amount": round(total - net, 2), "claim_amount": total, "attachments": 1.0,
        "attachment_ref": f"2026/{day:%m}/{number[-8:]}.ofd" if digital else None,
        "einvoice_status": "normal" if digital else None,
    }  # fmt: skip


def _expenses(random: Random, staff: list[Record]) -> list[Record]:
    claims = _Claims(random, staff)
    kinds: tuple[Callable[[_Claims, Record], None], ...] = (_trip, _trip, _office, _office, _event, _service)
    while len(claims.rows) < 305:
        person = random.choice(claims.people)
        if claims.free[person["employee_id"]] < date(2026, 9, 24):
            random.choice(kinds)(claims, person)
    return claims.rows


def _next_day(claims: _Claims, person: Record, length: int) -> date:
    key = person["employee_id"]
    start = claims.free[key] + timedelta(days=claims.random.randrange(3, 16))
    start = min(start, date(2026, 9, 24))
    claims.free[key] = start + timedelta(days=length + 2)
    return start


def _trip(claims: _Claims, person: Record) -> None:
    random = claims.random
    nights = random.randrange(1, 5)
    start = _next_day(claims, person, nights)
    end = start + timedelta(days=nights)
    if end > AS_OF:
        return
    city, tier = random.choice(list(CITIES.items()))
    level = int(person["post_level"][1]) - 1
    purpose = random.choice(("赴{}开展客户走访和需求调研", "赴{}参加项目评审与现场实施", "赴{}进行供应商考察和合同洽谈")).format(city)
    project = _project_of(random, person)
    common = {"purpose": purpose, "city": city, "project_id": project}
    fare = round(random.uniform(150, 780), 2)
    tax = round(fare / 1.09 * 0.09 + 1e-9, 2)
    rate = HOTEL[tier][level]
    room = round(min(rate * random.uniform(0.7, 1.0), rate) * nights, 2)
    hotel = invoice(claims.number("e"), "einvoice_special", random.choice(SELLERS["hotel"]), end, room, 0.06)
    meal = (120.0 if tier == "T1" else 100.0) * (nights + 1)
    number = claims.number("e")
    lines = [
        common | {
            "exp_type": "travel_city", "start_on": start, "end_on": start, "voucher_type": "rail_eticket", "invoice_no": number,
            "invoice_date": start, "total_amount": fare, "tax_rate": 0.09, "net_amount": round(fare - tax, 2),
            "tax_amount": tax, "claim_amount": fare, "attachments": 1.0, "attachment_ref": f"2026/{start:%m}/{number[-8:]}.xml",
        },
        common | {"exp_type": "hotel", "city_tier": tier, "start_on": start, "end_on": end, "days": float(nights), "persons": 1.0} | hotel,
        common | {"exp_type": "meal", "city_tier": tier, "start_on": start, "end_on": end, "days": float(nights + 1),
                  "voucher_type": "none", "total_amount": meal, "claim_amount": meal, "attachments": 0.0},
    ]  # fmt: skip
    claims.claim(person, lines, end)


def _project_of(random: Random, person: Record) -> str | None:
    by = {"cust_service": ("PRJ-2026-001", "PRJ-2026-005"), "data_analysis": ("PRJ-2026-002",),
          "ops_mgmt": ("PRJ-2026-003", "PRJ-2026-004", "PRJ-2026-006")}  # fmt: skip
    choices = by.get(person["department"])
    return random.choice(choices) if choices and random.random() < 0.5 else None


def _office(claims: _Claims, person: Record) -> None:
    random = claims.random
    day = _next_day(claims, person, 1)
    exp_type, low, high, rate, purpose = random.choice((
        ("office", 60, 900, 0.13, "采购打印纸、墨盒及文件用品供部门使用"),
        ("postage", 20, 160, 0.06, "寄送合同文本和客户资料的快递费用"),
        ("communication", 40, 100, 0.06, "当月工作手机通讯费用据实报销"),
    ))  # fmt: skip
    total = round(random.uniform(low, high), 2)
    seller = random.choice(SELLERS[exp_type])
    line = {"exp_type": exp_type, "purpose": purpose, "start_on": day, "end_on": day}
    claims.claim(person, [line | invoice(claims.number("e"), "einvoice_plain", seller, day, total, rate)], day)


def _event(claims: _Claims, person: Record) -> None:
    random = claims.random
    day = _next_day(claims, person, 1)
    exp_type, low, high, kind, purpose = random.choice((
        ("training", 800, 3600, "einvoice_special", "参加行业协会组织的专业能力提升培训"),
        ("meeting", 900, 4200, "einvoice_special", "组织季度经营分析会的场地和资料费用"),
        ("entertainment", 300, 1500, "einvoice_plain", "接待来访客户并商谈下一年度合作事宜"),
    ))  # fmt: skip
    total = round(random.uniform(low, high), 2)
    guests = {"persons": 8.0, "staff_count": 3.0} if exp_type == "entertainment" else {}
    line = {"exp_type": exp_type, "purpose": purpose, "start_on": day, "end_on": day} | guests
    seller = random.choice(SELLERS[exp_type])
    claims.claim(person, [line | invoice(claims.number("e"), kind, seller, day, total, 0.06)], day)


def _service(claims: _Claims, person: Record) -> None:
    random = claims.random
    day = _next_day(claims, person, 1)
    total = round(random.uniform(600, 6800), 2)
    line = {"exp_type": "marketing", "purpose": "印制宣传资料并投放线上推广", "start_on": day, "end_on": day}
    seller = random.choice(SELLERS["marketing"])
    claims.claim(person, [line | invoice(claims.number("vat_special"), "vat_special", seller, day, total, 0.06)], day)


# ------------------------------------------------------------------------------------------------------ assets

GOODS = (
    # name, class, code, cost, life, residual, method
    ("笔记本电脑", "electronic", "ELE", (4800, 8900), 36, 0.05, "straight_line"),
    ("台式工作站", "electronic", "ELE", (6200, 9800), 36, 0.05, "straight_line"),
    ("会议平板", "electronic", "ELE", (9000, 16000), 48, 0.05, "sum_of_years"),
    ("服务器", "machinery", "MAC", (38000, 76000), 120, 0.05, "double_declining"),
    ("办公家具", "furniture", "FUR", (2200, 5200), 60, 0.05, "straight_line"),
    ("报表软件许可", "software", "SOF", (12000, 48000), 36, 0.0, "straight_line"),
    ("打印耗材柜", "low_value", "LOW", (300, 1800), 0, 0.0, "none"),
)


def _assets(random: Random) -> tuple[list[Record], list[Record]]:
    events: list[Record] = []
    assets: list[Record] = []
    counts: dict[str, int] = {}
    holders = {d: [f"EMP-{n:04d}" for n, s in enumerate(STAFF, 1) if s[1] == d] for d in DEPARTMENTS}

    def asset(goods: tuple[Any, ...], department: str, bought: date, event: str, cost: float | None = None) -> Record:
        name, asset_class, code, (low, high), life, residual, method = goods
        counts[code] = counts.get(code, 0) + 1
        row = {
            "asset_id": f"AST-{code}-{counts[code]:04d}", "name": name, "asset_class": asset_class, "purchase_event": event,
            "serial_no": f"SN{code}{counts[code]:05d}{random.randrange(1000):03d}",
            "acquired_on": bought, "in_service_on": bought + timedelta(days=2), "registered_on": bought + timedelta(days=6),
            "voucher_no": f"记-{bought:%Y%m}-{len(assets) + 1:03d}", "supplier": "华信设备有限公司",
            "original_cost": cost or float(random.randrange(low, high, 100)), "residual_rate": residual,
            "life_months": float(life), "depr_method": method, "department": department,
            "custodian_id": random.choice(holders[department]), "location": f"{random.choice('AB')}座{random.randrange(2, 9)}0{random.randrange(1, 9)}",
            "status": "in_use",
        }  # fmt: skip
        assets.append(row)
        return row

    for number in range(68):
        goods = GOODS[number % len(GOODS)]
        asset(goods, DEPARTMENTS[number % 5], date(2022, 3, 1) + timedelta(days=random.randrange(1250)), "LEGACY")
    for number in range(8):  # bought this year, through requests
        department = DEPARTMENTS[number % 5]
        goods = GOODS[(0, 1, 4, 0, 2, 5, 0, 1)[number]]
        quantity, day = 1 + number % 2, date(2026, 2, 9) + timedelta(days=number * 25)
        price = float(goods[3][0] + 400)
        est = price * quantity
        key = f"AEV-2026-{number + 1:04d}"
        events.append({
            "event_id": key, "event_type": "purchase", "item_name": goods[0], "asset_class": goods[1], "quantity": float(quantity),
            "est_amount": est, "budget_id": EQUIPMENT[department], "requester_id": HEADS[department] if department != "finance" else "EMP-0024",
            "department": department, "event_on": day, "reported_on": day, "reason": "部门新增岗位及设备更新需要",
            "actual_amount": est, "approver_id": FINANCE_HEAD if est <= 20000 else DIRECTOR, "approved_on": day + timedelta(days=4),
            "executed_on": day + timedelta(days=10), "status": "executed",
        })  # fmt: skip
        for _ in range(quantity):
            asset(goods, department, day + timedelta(days=10), key, price)
    car = asset(("商务车", "vehicle", "VEH", (0, 0), 96, 0.05, "units"), "center_office", date(2025, 6, 2), "LEGACY", 238000.0)
    car |= {"total_units": 400000.0, "opening_depr": 0.0}
    for month in range(1, 10):
        _event_of(events, "usage", car, date(2026, month, 27), units=1800.0 + month * 50, status="executed", approver_id=DEPUTY_SERVICE)
    _event_of(events, "repair", assets[3], date(2026, 4, 13), est_amount=1200.0, actual_amount=1180.0, budget_id=EQUIPMENT[assets[3]["department"]])
    _event_of(events, "damage", assets[8], date(2026, 5, 18), cause="搬运过程中跌落", handling="维修后继续使用", approver_id=DEPUTY_SERVICE)
    moved = assets[10]
    target = next(h for h in holders[moved["department"]] if h != moved["custodian_id"])
    _event_of(events, "transfer", moved, date(2026, 6, 15), to_department=moved["department"], to_custodian=target, approver_id=DEPUTY_SERVICE)
    moved["custodian_id"] = target
    for number, kind, more in ((12, "scrap", {}), (14, "sale", {"proceeds": 800.0, "remit_voucher": "收-2026-0711"})):
        row = assets[number]
        _event_of(events, kind, row, date(2026, 7, 6), approver_id=DIRECTOR, status="closed", **more)
        if more:
            events[-1]["remitted_on"] = events[-1]["executed_on"] + timedelta(days=2)
        row |= {"status": "disposed", "disposed_on": events[-1]["executed_on"]}
    return events, assets


def _event_of(events: list[Record], kind: str, asset: Record, day: date, **more: Any) -> None:
    requester = asset["custodian_id"] if asset["custodian_id"] not in (more.get("approver_id"), DIRECTOR, FINANCE_HEAD) else "EMP-0006"
    executed = day + timedelta(days=3)
    events.append({
        "event_id": f"AEV-2026-{len(events) + 1:04d}", "event_type": kind, "asset_id": asset["asset_id"], "requester_id": requester,
        "department": asset["department"], "event_on": day, "reported_on": day, "reason": "按资产管理要求办理", "status": "executed",
        "approver_id": FINANCE_HEAD, "approved_on": day + timedelta(days=1), "executed_on": executed,
    } | more)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- risks

RISKS = (
    ("核心业务系统中断", "technical"), ("客户数据泄露", "legal"), ("关键岗位人员流失", "management"), ("主要客户流失", "market"),
    ("供应商履约不力", "management"), ("价格竞争加剧", "market"), ("合同条款争议", "legal"), ("数据口径不一致", "technical"),
    ("项目进度滞后", "management"), ("行业政策变化", "market"),
)  # fmt: skip


def _risks(random: Random) -> list[Record]:
    rows = []
    grades = ((2, 2), (3, 3), (4, 2), (2, 4), (3, 4), (4, 4), (1, 3), (5, 2), (2, 3), (3, 2))
    statuses = ("monitored", "responding", "assessed", "responding", "monitored", "identified", "closed", "assessed", "monitored", "responding")
    for number in range(30):
        title, category = RISKS[number % 10]
        likelihood, impact = grades[(number * 3) % 10]
        status = statuses[number % 10]
        high = (likelihood >= 4 and impact >= 4) or impact >= 5
        found = date(2026, 4, 10) + timedelta(days=random.randrange(140))
        reviewed = max(found, date(2026, 9, 5) + timedelta(days=random.randrange(20)))
        responded = status in ("responding", "monitored", "closed")
        accept = responded and number % 7 == 4 and not high
        rows.append({
            "risk_id": f"RSK-2026-{number + 1:03d}", "title": f"{title}（{number // 10 + 1}）", "category": category,
            "description": f"因内外部因素导致{title}", "consequence": "影响客户服务和年度目标实现",
            "methods": ("expert", "questionnaire;data", "expert;data")[number % 3], "department": DEPARTMENTS[number % 3],
            "identified_by": "EMP-0006", "identified_on": found, "owner_id": list(HEADS.values())[number % 3], "status": status,
        } | ({"likelihood": float(likelihood), "impact": float(impact), "reviewed_on": reviewed} if status != "identified" else {})
          | ({"next_review": reviewed + timedelta(days=28)} if status not in ("identified", "closed") else {})
          | ({"response": "accept" if accept else ("reduce", "transfer", "avoid")[number % 3], "response_approver_id": DIRECTOR,
              "response_approved_on": found + timedelta(days=4), "control_ids": f"CTL-{number % 8 + 1:03d}",
              "special_plan": f"ZX-2026-{number + 1:02d}" if high else None} if responded else {})
          | ({"accept_reason": "控制成本高于可能损失", "accepted_by": DEPUTY_OPS} if accept else {})
          | ({"res_likelihood": float(max(1, likelihood - 1)), "res_impact": float(impact)} if status == "monitored" else {}))  # fmt: skip
    return rows
