"""A second centre: a logistics hub with departments, limits, a risk matrix, columns, rules, figures and tables of its own.

Nothing of it is code: what is here are the rows of Policy, Lists, Columns, Rules, Figures, Tables and Rule Switches, and records to show them on.
"""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from opsbook.grammar import Text
from opsbook.grammar.kinds import Labels

DIRECTOR = "EMP-0001"
#: The departments of the first centre → those of this one.
DEPARTMENTS = {
    "center_office": ("hub_office", "Hub Office", "枢纽办公室"), "ops_mgmt": ("dispatch", "Dispatch Dept", "调度部"),
    "data_analysis": ("fleet", "Fleet Dept", "车队管理部"), "cust_service": ("warehouse", "Warehouse Dept", "仓储部"),
    "finance": ("finance", "Finance Dept", "财务部门"), "other": ("security", "Security Dept", "安保部"),
}  # fmt: skip
#: The posts of the first centre → those of this one.
POSTS = {
    "中心主任": ("hub_manager", "Hub Manager", "枢纽经理"), "副主任": ("deputy", "Deputy Hub Manager", "枢纽副经理"),
    "部门经理": ("head", "Head of Department", "部门主管"), "项目主管": ("lead_dispatcher", "Lead Dispatcher", "调度组长"),
    "运营专员": ("dispatcher", "Dispatcher", "调度员"), "项目专员": ("planner", "Route Planner", "线路规划员"), "制度专员": ("safety", "Safety Officer", "安全员"),
    "采购专员": ("buyer", "Buyer", "采购员"), "高级分析师": ("fleet_engineer", "Fleet Engineer", "车辆工程师"), "数据分析师": ("mechanic", "Mechanic", "机修工"),
    "数据工程师": ("telematics", "Telematics Engineer", "车联网工程师"), "客服主管": ("shift_lead", "Shift Lead", "班组长"),
    "客服专员": ("picker", "Picker", "拣货员"), "质检专员": ("inspector", "Goods Inspector", "验货员"), "财务经理": ("controller", "Controller", "财务主管"),
    "会计": ("accountant", "Accountant", "会计"), "审核会计": ("auditor", "Claims Auditor", "报销审核员"), "出纳": ("cashier", "Cashier", "出纳员"),
}  # fmt: skip
LISTS: Mapping[str, Mapping[str, Text]] = {
    "post": {code: Text(en, zh) for code, en, zh in POSTS.values()},
    "dept": {code: Text(en, zh) for code, en, zh in DEPARTMENTS.values()},
    "route": {"north": Text("North ring", "北环线"), "east": Text("East coast", "东海线"), "airport": Text("Airport shuttle", "机场专线")},
    "fuel": {"diesel": Text("Diesel", "柴油"), "electric": Text("Electric", "电动"), "petrol": Text("Petrol", "汽油")},
}
#: Claim types that this centre has beside the shipped ones.
TYPES = {"fuel": Text("Fuel and charging", "油电费"), "tolls": Text("Road tolls", "路桥费")}
#: A place that it goes to, and Policy names the tier of.
CITIES = {"yangshan": Text("Yangshan Port", "洋山港")}
POLICY: dict[str, Any] = {
    "org.name": "Harbour Logistics Hub", "org.uscc": "91310000607000001Q", "org.centre_depts": "dispatch;fleet;warehouse",
    "org.dept.ops": "dispatch", "org.dept.data": "fleet", "org.dept.service": "warehouse", "org.dept.finance": "finance",
    "org.status_date": "2026-09-30", "exp.limit.deputy": 8000.0, "exp.deadline_days": 30.0,
    "exp.scope": "travel_city;travel_local;hotel;meal;office;communication;training;fuel;tolls;other", "exp.no_voucher": "meal;travel_local;tolls",
    "exp.hotel.T1.L1": 450.0, "exp.hotel.T1.L2": 500.0, "exp.hotel.T1.L3": 600.0, "exp.hotel.T1.L4": 800.0,
    "exp.city.yangshan": "T2", "risk.cell.3.5": "very_high", "risk.cell.2.5": "high", "risk.cell.5.3": "high", "risk.cell.4.3": "high", "risk.cell.1.5": "medium",
    "risk.appetite": "low", "asset.cap_limit": 2500.0,
}  # fmt: skip
OWN: dict[str, list[dict[str, Any]]] = {
    "columns": [
        {"on_sheet": "Expense Claims", "field": "plate", "header_en": "Vehicle", "header_zh": "车辆", "holds": "code", "longest": 10.0,
         "hint_en": "The number plate, for fuel and tolls.", "hint_zh": "油电费、路桥费须填车牌号。"},
        {"on_sheet": "Expense Claims", "field": "litres", "header_en": "Litres or kWh", "header_zh": "加油（充电）量", "holds": "number", "least": 0.0,
         "most": 500.0},
        {"on_sheet": "Expense Claims", "field": "route", "header_en": "Route", "header_zh": "线路", "holds": "choice", "list_key": "route"},
        {"on_sheet": "Assets", "field": "fuel", "header_en": "Fuel", "header_zh": "燃料", "holds": "choice", "list_key": "fuel"},
        {"on_sheet": "Risk Register", "field": "reported_to", "header_en": "Reported To", "header_zh": "上报对象", "holds": "code", "refers_to": "Employees"},
    ],
    "rules": [
        {"rule_id": "USR-001", "is_on": "Y", "on_sheet": "Expense Claims", "at_column": "Vehicle", "weight": "error",
         "only_when": 'IN([Expense Type], "Fuel and charging", "Road tolls")', "must_be": 'AND([Vehicle] <> "", [Route] <> "")',
         "message_en": "{Expense Type} without vehicle or route", "message_zh": "{费用类型}未填车辆或线路"},
        {"rule_id": "USR-002", "is_on": "Y", "on_sheet": "Expense Claims", "at_column": "Litres or kWh", "weight": "warning",
         "only_when": 'AND([Expense Type] = "Fuel and charging", [Litres or kWh] > 0)',
         "must_be": "AND([Price per Unit] >= 0.5, [Price per Unit] <= 10)",
         "message_en": "{Price per Unit} a litre or kWh", "message_zh": "单价 {Price per Unit} 异常"},
        {"rule_id": "USR-003", "is_on": "Y", "on_sheet": "Expense Claims", "at_column": "Claimed Amount", "weight": "warning",
         "only_when": '[Vehicle] <> ""', "must_be": "SUMIFS(expenses[claim_amount], expenses[plate], [plate]) <= 6000",
         "message_en": "{Vehicle} has cost more than 6,000", "message_zh": "{车辆} 费用累计超过6000元"},
        {"rule_id": "USR-004", "is_on": "Y", "on_sheet": "Assets", "at_column": "Fuel", "weight": "error", "only_when": '[Class] = "Vehicles"',
         "must_be": '[Fuel] <> ""', "message_en": "A vehicle without its fuel", "message_zh": "车辆未填燃料"},
        {"rule_id": "USR-005", "is_on": "Y", "on_sheet": "Risk Register", "at_column": "Reported To", "weight": "warning",
         "only_when": 'IN([Inherent Level], "high", "very_high")', "must_be": '[Reported To] <> ""',
         "message_en": "A {Inherent Level} risk that was reported to nobody", "message_zh": "{固有风险等级}风险未上报"},
    ],
    "figures": [
        {"on_sheet": "Expense Claims", "field": "unit_price", "header_en": "Price per Unit", "header_zh": "单价", "holds": "number",
         "formula": "IF([Litres or kWh] = 0, 0, ROUND([Claimed Amount] / [Litres or kWh], 2))"},
        {"on_sheet": "Assets", "field": "age_years", "header_en": "Age in Years", "header_zh": "使用年数", "holds": "number",
         "formula": "ROUND((TODAY() - [In Service On]) / 365, 1)"},
    ],
    "tables": [
        {"table_id": "T-001", "title_en": "What each vehicle costs", "title_zh": "各车费用", "on_sheet": "Expense Claims", "down": "Vehicle",
         "values": "SUM([Claimed Amount]); SUM([Litres or kWh]); Price/单价: SUM([Claimed Amount]) / SUM([Litres or kWh])",
         "only_when": '[Expense Type] = "Fuel and charging"', "chart": "bar", "order": "largest"},
        {"table_id": "T-002", "title_en": "Routes by month", "title_zh": "各线路分月费用", "on_sheet": "Expense Claims", "down": "Occurred From",
         "across": "Route", "values": "SUM([Claimed Amount])", "only_when": '[Route] <> ""', "chart": "stacked"},
        {"table_id": "T-003", "title_en": "Assets by class and department", "title_zh": "各部门各类资产", "on_sheet": "Assets", "down": "Department",
         "across": "Class", "values": "SUM([Original Cost])"},
    ],
    "switches": [
        {"rule_id": "EXP-015", "what_it_asks": "", "is_on": "N", "weight": "", "changed_by": DIRECTOR, "changed_on": date(2025, 12, 20)},
    ],
}  # fmt: skip


def lists(shipped: Mapping[str, Labels]) -> list[dict[str, Any]]:
    """The rows of its Lists sheet: the shipped lists, its departments and posts in place of theirs, its claim types, places and lists beside them."""
    held = {key: dict(labels) for key, labels in shipped.items()} | {key: dict(labels) for key, labels in LISTS.items()}
    held["exp_type"] |= TYPES
    held["city"] |= CITIES
    return [{"list_key": key, "code": code, "label_en": t.en, "label_zh": t.zh} for key, labels in held.items() for code, t in labels.items()]


def records(first: Mapping[str, list[dict[str, Any]]], departments: Mapping[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    """Its registers, made of the first centre's; ``departments`` names the columns of each that hold a department."""
    chance = Random(20260930)
    found = {key: [dict(row) for row in first[key]] for key in ("employees", "budget", "assets", "risks")}
    found["expenses"] = [dict(r) for r in first["expenses"] if r["exp_type"] in ("travel_city", "hotel", "meal", "office", "communication")][:60]
    for row in found["expenses"]:
        row |= {"buyer_name": POLICY["org.name"], "buyer_uscc": POLICY["org.uscc"]} if row.get("invoice_no") else {}
        row |= {"project_id": None} | ({"city": "yangshan", "city_tier": "T2"} if row.get("city") == "绍兴" else {})
    for row in found["employees"]:
        row["post"] = POSTS[row["post"]][0]
    like = next(r for r in found["expenses"] if r.get("seller_uscc") and r["status"] == "paid" and not r.get("approver_id"))
    found["expenses"] += [_fuel(n, like, chance) for n in range(24)]
    for row in found["assets"]:
        if row["asset_class"] == "vehicle":
            row["fuel"] = chance.choice(["diesel", "electric"])
    for row in found["risks"]:
        row["reported_to"] = DIRECTOR if (row.get("likelihood") or 0) * (row.get("impact") or 0) >= 12 else None
    for key, rows in found.items():
        for row in rows:
            for name in departments.get(key, ()):
                if row.get(name):
                    row[name] = ";".join(DEPARTMENTS.get(part, (part,))[0] for part in str(row[name]).split(";"))
    return found


def _fuel(n: int, like: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    day, litres = date(2026, 1 + n % 8, 3 + n % 20), float(chance.randint(20, 60))
    amount = round(litres * chance.uniform(6.8, 8.2), 2)
    net = round(amount / 1.13, 2)
    return {
        **like, "expense_id": f"EXP-2026-{90001 + n}", "claim_id": f"CLM-2026-{9001 + n}", "exp_type": "fuel", "purpose": "Fuel for the delivery round",
        "city": None, "city_tier": None, "start_on": day, "end_on": day, "voucher_type": "einvoice_plain", "invoice_no": f"26312000000{7_000_000 + 13 * n:09}",
        "invoice_date": day, "total_amount": amount, "tax_rate": 0.13, "net_amount": net,
        "tax_amount": round(amount - net, 2), "claim_amount": amount, "submitted_on": day, "dept_approved_on": day, "reviewed_on": day, "paid_on": day,
        "plate": f"HUB-{chance.randint(101, 105)}", "litres": litres, "route": chance.choice(["north", "east", "airport"]), "staff_count": None,
    }  # fmt: skip
