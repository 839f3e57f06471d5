"""Policy 制度参数: the values managers set, each with its default, unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.grammar import (
    WARNING,
    Breach,
    Breaches,
    Choices,
    Code,
    Day,
    Key,
    Line,
    Policy,
    Prose,
    Rows,
    Sheet,
    Text,
    column,
    figure,
    rule,
    told,
)  # fmt: skip
from opsbook.grammar.kinds import Scalar
from opsbook.grammar.policy import Holds, Matrix
from opsbook.lists import AssetClass, Dept, ExpType, RiskLevel

if TYPE_CHECKING:
    from opsbook.columns import Employees, Switches
    from opsbook.columns import Policy as PolicyRows
    from opsbook.grammar.workings import Workings

ORG = Text("Organisation", "组织")
PROJECT = Text("Projects", "项目")
KPI = Text("KPI", "指标")
PEOPLE = Text("People", "人员")
BUDGET = Text("Budget", "预算")
EXPENSE = Text("Expenses", "费用")
ASSET = Text("Assets", "资产")
RISK = Text("Risk and control", "风险与内控")
SERVICE = Text("Information and service", "信息与服务")
INDEX = Text("Centre index", "中心指数")

_UNITS = {
    "%": "%", "days": "天", "hours": "小时", "months": "月", "CNY": "元", "score": "分", "count": "个", "chars": "字",
    "ratio": "比率", "points": "分", "text": "文本", "list": "列表", "date": "日期", "dept": "部门", "Y/N": "是/否",
    "choice": "选项", "month": "月份", "zone": "时区", "level": "等级", "tier": "级别", "CNY/night": "元/晚",
    "CNY/day": "元/天", "CNY/month": "元/月", "CNY/claim": "元/单", "CNY/person": "元/人", "persons/room": "人/间",
    "hours/year": "学时/年", "sigma": "倍标准差", "grade": "等级", "x perf_base": "×绩效基数", "CNY/kind": "元/类",
    "uscc": "信用代码", "person": "员工编号或姓名",
}  # fmt: skip
#: Keys whose values name members of a list: labels of either language are understood.
_LISTED: Mapping[str, type[Choices]] = {
    "org.centre_depts": Dept, "org.dept.": Dept, "exp.scope": ExpType, "exp.vat.deductible": ExpType, "exp.no_voucher": ExpType,
}  # fmt: skip
#: How a text, or each of several words, is written.
_FORMS: Mapping[str, str] = {
    "org.uscc": "[0-9A-Z]{15,20}", "org.worktime": "([01]?[0-9]|2[0-3]):[0-5][0-9]-([01]?[0-9]|2[0-4]):[0-5][0-9]",
    "exp.tax_rates": r"[0-9]{1,2}(\.[0-9]+)?", "ref.region2": "[0-9]{2}",
}  # fmt: skip
_LEVELS = tuple(RiskLevel)
_CLASSES = tuple(AssetClass)
_POSTS = ("manager", "professional", "service")
_TICKETS = ("consultation", "complaint", "suggestion")


def _key(section: Text, name: str, default: object, unit: str, en: str, zh: str, *, holds: Holds = "number",
         least: float | None = 0, most: float | None = None, among: tuple[str, ...] = (), sample: bool = False) -> Key:  # fmt: skip
    most = most if most is not None else 36500 if unit in ("days", "months", "hours") else 1e12  # a century of days
    if unit == "%":
        holds, most = "percent", min(most, 100)
    elif among:
        holds = "choice"
    elif unit == "Y/N":
        holds, among = "yesno", ("Y", "N")
    elif unit in ("days", "count", "chars", "months", "persons/room") and holds == "number":
        holds = "count"
    form = _FORMS.get(name, "")
    signed = name not in ("org.language", "org.status_date")
    listed = next((choices for head, choices in _LISTED.items() if name.startswith(head)), None)
    codes = {said.casefold(): code for code, t in (listed.labels() if listed else {}).items() for said in (code, t.en, t.zh)}
    return Key(name, default, holds, Text(unit, _UNITS[unit]), Text(en, zh), section, least, most, among, sample, signed, codes,
               listed.key() if listed else "", form)


def _family(section: Text, name: str, defaults: Mapping[str, object], unit: str, en: str, zh: str, *,
            among: tuple[str, ...] = (), sample: bool = False, holds: Holds = "number") -> list[Key]:  # fmt: skip
    return [
        _key(section, f"{name}.{member}", value, unit, f"{en}: {member}", f"{zh}：{member}", among=among, sample=sample,
             holds=holds)
        for member, value in defaults.items()
    ]


def _grid(rows: dict[str, tuple[str, ...]], values: tuple[tuple[object, ...], ...]) -> dict[str, object]:
    return {f"{r}.{c}": v for (r, columns), line in zip(rows.items(), values, strict=True)
            for c, v in zip(columns, line, strict=True)}  # fmt: skip


_HOTEL = _grid(dict.fromkeys(("T1", "T2", "T3"), ("L1", "L2", "L3", "L4")),
               ((500, 600, 700, 900), (400, 450, 550, 700), (300, 350, 450, 600)))  # fmt: skip
_MATRIX = {  # NIST SP 800-30 r1 Table I-2: rows likelihood 1..5, columns impact 1..5
    f"{likelihood}.{impact}": level
    for likelihood, line in enumerate(
        (
            ("very_low", "very_low", "very_low", "low", "low"),
            ("very_low", "low", "low", "low", "medium"),
            ("very_low", "low", "medium", "medium", "high"),
            ("very_low", "low", "medium", "high", "very_high"),
            ("very_low", "low", "medium", "high", "very_high"),
        ),
        1,
    )
    for impact, level in enumerate(line, 1)
}
_T1 = dict.fromkeys(["北京", "上海", "广州", "深圳"], "T1")
_CAPITALS = (
    "天津 石家庄 太原 呼和浩特 沈阳 大连 长春 哈尔滨 南京 苏州 杭州 宁波 合肥 福州 厦门 南昌 济南 青岛 郑州 武汉 长沙 南宁 "
    "海口 重庆 成都 贵阳 昆明 拉萨 西安 兰州 西宁 银川 乌鲁木齐"
)
_T2 = dict.fromkeys(_CAPITALS.split(), "T2")
_SLA_REPLY = _grid(dict.fromkeys(_TICKETS, ("normal", "urgent")), ((4, 1), (2, 0.5), (24, 8)))
_SLA_RESOLVE = _grid(dict.fromkeys(_TICKETS, ("normal", "urgent")), ((24, 8), (72, 24), (240, 120)))
_REGIONS = (
    "11;12;13;14;15;21;22;23;31;32;33;34;35;36;37;41;42;43;44;45;46;50;51;52;53;54;61;62;63;64;65;91;92;93;94;95;96"
)

#: Every policy key, in the order of the Policy sheet.
KEYS: tuple[Key, ...] = (
    _key(ORG, "org.name", "Operations Centre", "text", "Name of the centre, as buyers' names on invoices give it",
         "本单位名称（与发票购买方名称一致）", holds="text"),
    _key(ORG, "org.uscc", "91110000600037341L", "uscc", "Company credit code printed on invoices", "本单位统一社会信用代码",
         holds="text", sample=True),
    _key(ORG, "org.language", "zh", "choice", "Language of labels and messages", "界面语言", among=("zh", "en")),
    _key(ORG, "org.pending_days", 5, "days", "Warn when an item waits longer", "待办预警天数"),
    _key(ORG, "org.exclude_errors", "N", "Y/N", "Leave rows with errors out of totals", "汇总剔除错误行"),
    _key(ORG, "org.status_date", "TODAY", "date", "Status date of the summaries (TODAY or a date)", "统计日期", holds="day"),
    _key(ORG, "org.superior", "", "person", "Company leader in charge: approves where the director is party",
         "公司分管领导", holds="text"),
    _key(ORG, "org.centre_depts", "ops_mgmt;data_analysis;cust_service", "list", "Departments of the centre",
         "中心所属部门", holds="words"),
    *_family(ORG, "org.dept", {"ops": "ops_mgmt", "data": "data_analysis", "service": "cust_service", "finance": "finance"},
             "dept", "Which department plays this part", "部门职能对应", holds="text"),
    _key(ORG, "org.timezone", "Asia/Shanghai", "zone", "Time zone", "时区", holds="zone"),
    _key(ORG, "org.holidays", "", "list", "Holidays", "节假日", holds="days"),
    _key(ORG, "org.workdays", "", "list", "Weekends made workdays", "调休上班日", holds="days"),
    _key(ORG, "org.worktime", "09:00-18:00", "hours", "Working hours", "工作时间", holds="text"),
    _key(ORG, "org.closed_through", "", "month", "Last closed month", "已结账期间", holds="period"),
    _key(PROJECT, "project.min_text", 20, "chars", "Minimum text length of proposal parts", "策划方案各项最少字数"),
    _key(PROJECT, "project.review_min_depts", 2, "count", "Departments in a review", "评审最少部门数", least=1),
    _key(PROJECT, "project.meeting_days", 30, "days", "Longest gap between progress meetings", "进度会议最长间隔"),
    _key(PROJECT, "project.inspect_days", 60, "days", "Longest gap between inspections", "检查最长间隔"),
    _key(PROJECT, "project.accept_days", 30, "days", "Finish to acceptance application", "完工至验收申请期限"),
    *_family(PROJECT, "accept.w", {"goal": 40, "quality": 30, "cost": 20, "docs": 10}, "%",
             "Weight of an acceptance aspect", "验收方面权重"),
    _key(PROJECT, "accept.pass", 80, "score", "Pass mark", "验收通过分", most=100),
    _key(PROJECT, "accept.conditional", 60, "score", "Conditional pass from", "有条件通过分", most=100),
    _key(PROJECT, "accept.aspect_min", 60, "score", "Minimum of each aspect", "单项最低分", most=100),
    _key(PROJECT, "accept.cost_tolerance", 2, "%", "Final account against booked cost", "决算与账面允许差异"),
    _key(PROJECT, "accept.over_rate", 10, "%", "Cost overrun that forbids a high cost score", "超支率上限"),
    _key(PROJECT, "evm.eac", "typical", "choice", "EAC formula", "完工估算公式", among=("typical", "atypical", "combined")),
    _key(PROJECT, "evm.calendar", "calendar", "choice", "Day counting for planned value", "计划价值日历",
         among=("calendar", "workday")),
    _key(PROJECT, "evm.ac_basis", "gross", "choice", "Actual cost with or without deductible tax", "实际成本口径",
         among=("gross", "net")),
    _key(PROJECT, "evm.green", 0.95, "ratio", "Green from", "绿灯阈值", most=2),
    _key(PROJECT, "evm.amber", 0.85, "ratio", "Amber from", "黄灯阈值", most=2),
    _key(PROJECT, "evm.late_days", 7, "days", "Milestone delay forcing amber", "里程碑延误天数"),
    _key(PROJECT, "change.impact_amount", 50000, "CNY", "Impact analysis needed above", "须影响分析的金额"),
    _key(PROJECT, "change.impact_days", 15, "days", "Impact analysis needed for a longer delay", "须影响分析的延期天数"),
    _key(KPI, "kpi.cap", 120, "score", "Highest score of one KPI", "单项得分上限", most=200),
    _key(KPI, "kpi.lower", "linear", "choice", "Formula for lower-is-better", "越低越好公式", among=("linear", "ratio")),
    _key(KPI, "kpi.missing", "skip", "choice", "Missing data treatment", "缺数处理", among=("skip", "zero")),
    _key(KPI, "kpi.alert_score", 70, "score", "Analysis needed below", "预警分", most=200),
    _key(KPI, "kpi.deadline_days", 10, "days", "Data due after period end", "数据上报期限"),
    _key(KPI, "kpi.outlier_sigma", 3, "sigma", "Outlier limit", "异常值倍数"),
    _key(KPI, "imp.director_cost", 50000, "CNY", "Director approves above", "须主任审批的投入"),
    _key(KPI, "imp.track_days", 30, "days", "Tracking interval", "跟踪间隔"),
    _key(KPI, "imp.effective", 90, "%", "Effective from", "有效分档"),
    _key(KPI, "imp.partial", 50, "%", "Partly effective from", "部分有效分档"),
    _key(PEOPLE, "hr.min_channels", 2, "count", "Recruitment channels", "最少招聘渠道"),
    _key(PEOPLE, "hr.onboard_days", 30, "days", "Onboarding must finish within", "新员工培训期限"),
    _key(PEOPLE, "hr.min_train_hours", 40, "hours/year", "Training hours per head", "年度学时要求"),
    _key(PEOPLE, "hr.train_pass", 60, "score", "Pass mark", "培训合格分", most=100),
    _key(PEOPLE, "hr.rotation_min", 3, "months", "Shortest rotation", "最短轮岗期限"),
    _key(PEOPLE, "hr.rotation_max", 12, "months", "Longest rotation", "最长轮岗期限"),
    _key(PEOPLE, "apr.cycle", "quarter", "choice", "Appraisal cycle", "考核周期", among=("month", "quarter", "half", "year")),
    *_family(PEOPLE, "apr.w.perf", dict(zip(_POSTS, (60, 70, 60), strict=True)), "%", "Weight of performance", "业绩权重"),
    *_family(PEOPLE, "apr.w.ability", dict(zip(_POSTS, (25, 20, 20), strict=True)), "%", "Weight of ability", "能力权重"),
    *_family(PEOPLE, "apr.w.attitude", dict(zip(_POSTS, (15, 10, 20), strict=True)), "%", "Weight of attitude", "态度权重"),
    _key(PEOPLE, "apr.bonus_cap", 5, "points", "Bonus cap", "加分上限"),
    _key(PEOPLE, "apr.max", 100, "points", "Maximum score", "满分"),
    *_family(PEOPLE, "apr.band", {"A": 90, "B": 80, "C": 70, "D": 60}, "score", "Grade from (E below D)", "等级分数线"),
    *_family(PEOPLE, "apr.coeff", {"A": 1.2, "B": 1.1, "C": 1.0, "D": 0.8, "E": 0.5}, "ratio",
             "Performance pay coefficient", "绩效系数"),
    *_family(PEOPLE, "apr.reward", {"A": 0.5, "B": 0.2}, "x perf_base", "Reward suggestion", "奖励建议"),
    _key(PEOPLE, "apr.max_A", 20, "%", "Largest share of A", "A级比例上限"),
    _key(PEOPLE, "apr.min_DE", 5, "%", "Smallest share of D and E", "D、E级比例下限"),
    _key(PEOPLE, "apr.dist_min_n", 10, "count", "Smallest group for the distribution check", "分布检查最小人数"),
    _key(PEOPLE, "apr.calibration", "none", "choice", "Calibration method", "校准方法", among=("none", "mean", "zscore")),
    _key(PEOPLE, "apr.cal_min_n", 5, "count", "Smallest group for calibration", "校准最小人数"),
    _key(PEOPLE, "apr.leniency", 8, "points", "Leniency warning", "偏松偏严预警"),
    _key(PEOPLE, "apr.kpi_gap", 15, "points", "KPI gap warning", "指标差预警"),
    _key(PEOPLE, "apr.promo_n", 2, "count", "Cycles for promotion", "晋升考核期数"),
    _key(PEOPLE, "apr.promo_grade", "B", "grade", "Grade for promotion", "晋升等级", among=("A", "B", "C", "D", "E")),
    _key(PEOPLE, "apr.appeal_days", 7, "days", "Appeal window", "申诉期限"),
    _key(PEOPLE, "pay.min_wage", 2490, "CNY/month", "Local minimum wage", "最低工资", sample=True),
    _key(PEOPLE, "pay.si_floor", 7384, "CNY", "Lowest social insurance base", "社保基数下限", sample=True),
    _key(PEOPLE, "pay.si_cap", 36921, "CNY", "Highest social insurance base", "社保基数上限", sample=True),
    _key(PEOPLE, "pay.si_personal_rate", 10.5, "%", "Sum of personal rates", "社保个人费率", sample=True),
    _key(PEOPLE, "pay.si_company_rate", 26, "%", "Sum of company rates", "社保单位费率", sample=True),
    _key(PEOPLE, "pay.hf_floor", 2490, "CNY", "Lowest housing fund base", "公积金基数下限", sample=True),
    _key(PEOPLE, "pay.hf_cap", 36921, "CNY", "Highest housing fund base", "公积金基数上限", sample=True),
    _key(PEOPLE, "pay.swing", 30, "%", "Pay change warning", "薪酬波动预警"),
    *_family(PEOPLE, "pay.base", {"L1.min": 4000, "L1.max": 9000, "L2.min": 7000, "L2.max": 14000, "L3.min": 11000,
             "L3.max": 22000, "L4.min": 18000, "L4.max": 40000}, "CNY/month", "Base salary band", "基本工资标准", sample=True),
    _key(BUDGET, "bud.control.revenue", "warn", "choice", "Default control of revenue lines", "收入预算默认控制方式",
         among=("stop", "warn", "ignore")),
    _key(BUDGET, "bud.control.cost", "stop", "choice", "Default control of cost lines", "成本预算默认控制方式",
         among=("stop", "warn", "ignore")),
    _key(BUDGET, "bud.control.expense", "stop", "choice", "Default control of expense lines", "费用预算默认控制方式",
         among=("stop", "warn", "ignore")),
    _key(BUDGET, "bud.warn", 90, "%", "Warn from this use", "预警线"),
    _key(BUDGET, "bud.yoy", 30, "%", "Change against last year", "同比变动预警"),
    _key(BUDGET, "bud.rev_warn", 90, "%", "Revenue completion warning", "收入完成预警"),
    _key(BUDGET, "bud.max_changes", 2, "count", "Adjustments per line and year", "年度调整次数"),
    _key(BUDGET, "bud.max_change_rate", 20, "%", "Adjusted amount per line and year", "年度调整幅度"),
    _key(BUDGET, "bud.basis", "gross", "choice", "Budget with or without deductible tax", "预算口径", among=("gross", "net")),
    _key(EXPENSE, "exp.scope", "travel_city;travel_local;hotel;meal;entertainment;office;communication;training;meeting;"
         "marketing;postage;other", "list", "Reimbursable types", "报销范围", holds="words"),
    *_family(EXPENSE, "exp.hotel", _HOTEL, "CNY/night", "Hotel standard", "住宿标准", sample=True),
    _key(EXPENSE, "exp.hotel.share", 1, "persons/room", "Persons per room", "每间人数", least=1),
    *_family(EXPENSE, "exp.meal", {"T1": 120, "T2": 100, "T3": 100}, "CNY/day", "Meal allowance", "伙食补助", sample=True),
    _key(EXPENSE, "exp.local_day", 80, "CNY/day", "Local transport per day", "市内交通", sample=True),
    *_family(EXPENSE, "exp.comm", {"L1": 100, "L2": 150, "L3": 200, "L4": 300}, "CNY/month", "Communication", "通讯费",
             sample=True),
    _key(EXPENSE, "exp.ent.per_person", 200, "CNY/person", "Entertainment limit", "招待标准", sample=True),
    _key(EXPENSE, "exp.ent.staff_ratio", 1, "ratio", "Staff per guest", "陪同比例"),
    *_family(EXPENSE, "exp.city", _T1 | _T2, "tier", "City tier (a city not named is T3)", "城市级别（未列为T3）",
             among=("T1", "T2", "T3")),
    _key(EXPENSE, "exp.limit.deputy", 5000, "CNY/claim", "Director approval above", "副主任审批上限"),
    _key(EXPENSE, "exp.prior_limit", 1000, "CNY", "Prior approval above", "事前审批起点"),
    _key(EXPENSE, "exp.deadline_days", 60, "days", "Claim within", "报销期限"),
    _key(EXPENSE, "exp.return_days", 15, "days", "Correct a returned claim within", "更正期限"),
    _key(EXPENSE, "exp.inv_before", 7, "days", "Invoice at most before the expense", "开票可早于发生天数"),
    _key(EXPENSE, "exp.inv_after", 30, "days", "Invoice at most after the expense", "开票可晚于发生天数"),
    _key(EXPENSE, "exp.serial_n", 3, "count", "Consecutive invoice numbers", "连号张数", least=2),
    _key(EXPENSE, "exp.tax_rates", "0;1;3;5;6;9;13", "list", "Allowed VAT rates in % (免税 and 不征税 are 0)",
         "允许税率（%，免税与不征税填0）", holds="words"),
    _key(EXPENSE, "exp.tax_tolerance", 0.05, "CNY", "Tax rounding tolerance", "税额容差"),
    _key(EXPENSE, "exp.vat.deductible", "hotel;training;office;travel_city", "list", "Types with deductible input tax",
         "可抵扣类型", holds="words"),
    _key(EXPENSE, "ref.region2", _REGIONS, "list", "Two-digit region codes on e-invoices", "发票地区码", holds="words"),
    _key(EXPENSE, "exp.no_voucher", "meal;travel_local", "list", "Types that need no voucher", "免票类型", holds="words"),
    _key(ASSET, "asset.cap_limit", 2000, "CNY", "Capitalisation limit", "资本化起点"),
    _key(ASSET, "asset.limit.finance", 20000, "CNY", "Finance approves up to", "财务审批上限"),
    _key(ASSET, "asset.register_days", 15, "days", "Register within", "登记期限"),
    _key(ASSET, "asset.report_days", 3, "days", "Report damage or loss within", "报告期限"),
    _key(ASSET, "asset.remit_days", 5, "days", "Remit proceeds within", "上缴期限"),
    _key(ASSET, "asset.count_months", 12, "months", "Stock-take cycle", "盘点周期"),
    _key(ASSET, "asset.price_tolerance", 5, "%", "Actual against approved price", "价格允许差异"),
    *_family(ASSET, "depr.minlife", dict(zip(_CLASSES, (240, 120, 60, 48, 36, 120, 0, 24), strict=True)), "months",
             "Shortest life", "最低折旧年限"),
    *_family(ASSET, "depr.residual", dict(zip(_CLASSES, (5, 5, 5, 5, 5, 0, 0, 0), strict=True)), "%",
             "Default residual rate", "默认残值率"),
    _key(ASSET, "depr.allow_short", "N", "Y/N", "Allow lives below the minimum (accelerated)", "允许缩短年限"),
    _key(ASSET, "depr.ddb", "last_two_years", "choice", "Switch rule of double declining", "双倍余额转直线规则",
         among=("last_two_years", "vdb")),
    _key(RISK, "risk.mode", "matrix", "choice", "Grading mode", "分级方式", among=("matrix", "product")),
    *_family(RISK, "risk.cell", _MATRIX, "level", "Risk matrix, likelihood.impact", "风险矩阵（可能性.影响）", among=_LEVELS),
    *_family(RISK, "risk.band", {"very_low": 2, "low": 5, "medium": 11, "high": 19}, "score",
             "Upper bound of a product band", "乘积分级上限"),
    *_family(RISK, "risk.scale.L", {"1": "<5%", "2": "5-20%", "3": "20-50%", "4": "50-80%", "5": ">80%"}, "text",
             "Meaning of a likelihood", "可能性分级说明", holds="text"),
    *_family(RISK, "risk.scale.I", {"1": "<1", "2": "1-5", "3": "5-20", "4": "20-100", "5": ">100"}, "text",
             "Meaning of an impact, loss in 10k CNY", "影响分级说明（损失，万元）", holds="text"),
    _key(RISK, "risk.cycle_days", 180, "days", "Identification cycle", "识别周期"),
    _key(RISK, "risk.min_methods", 2, "count", "Identification methods", "识别方法数"),
    *_family(RISK, "risk.review", dict(zip(_LEVELS, (365, 180, 90, 60, 30), strict=True)), "days", "Review interval",
             "复评间隔"),
    _key(RISK, "risk.appetite", "medium", "level", "Highest acceptable residual level", "风险偏好", among=_LEVELS),
    _key(RISK, "risk.ce_cap", 0.9, "ratio", "Highest control effectiveness", "控制有效性上限", most=1),
    *_family(RISK, "risk.ce_weight", {"preventive": 1.0, "detective": 0.7, "corrective": 0.5}, "ratio",
             "Weight of a control type", "控制类型权重"),
    _key(RISK, "risk.eff", 50, "%", "Reduction counted effective", "应对有效阈值"),
    _key(RISK, "ic.min_sample", 5, "count", "Smallest sample", "最少抽样数"),
    _key(RISK, "ic.check_days", 180, "days", "Check cycle of key controls", "关键控制检查周期"),
    _key(RISK, "ic.eff", 95, "%", "Effective from", "执行有效分档"),
    _key(RISK, "ic.partial", 80, "%", "Partly effective from", "执行部分有效分档"),
    *_family(RISK, "sec.fix_days", {"minor": 30, "major": 7, "critical": 1}, "days", "Fix a security incident within",
             "安全事件处置期限"),
    _key(SERVICE, "info.min_channels", 2, "count", "Channels per quarter", "每季渠道数"),
    _key(SERVICE, "info.classify_days", 7, "days", "Classify within", "整理期限"),
    _key(SERVICE, "sla.calendar", "calendar", "choice", "Hour counting", "时限口径", among=("calendar", "worktime")),
    *_family(SERVICE, "sla.reply", _SLA_REPLY, "hours", "First reply within", "首次答复时限"),
    *_family(SERVICE, "sla.resolve", _SLA_RESOLVE, "hours", "Resolve within", "解决时限"),
    _key(SERVICE, "sla.survey.consultation", "N", "Y/N", "Survey consultations too", "咨询是否回访"),
    *_family(INDEX, "center.w", {"kpi": 40, "project": 20, "budget": 15, "risk": 15, "service": 10}, "%",
             "Weight in the centre index", "综合指数权重"),
)  # fmt: skip
#: Families to which a workbook may add members: posts of the establishment, cities, switches of rules.
OPEN_FAMILIES: tuple[Key, ...] = (
    _key(PEOPLE, "org.posts", 0, "count", "Establishment of a post: department.post", "岗位编制：部门.岗位"),
    _key(EXPENSE, "exp.city", "T3", "tier", "City tier", "城市级别", among=("T1", "T2", "T3")),
)


_PARTS = {"perf": Text("Performance", "业绩"), "ability": Text("Ability", "能力"), "attitude": Text("Attitude", "态度")}
_RANGE = {"min": Text("From", "下限"), "max": Text("To", "上限")}
_TICKET_BY_PRIORITY = Text("Ticket ↓  Priority →", "工单 ↓  优先级 →")
#: Families that are entered as blocks, on the sheet Policy Tables.
MATRICES: tuple[Matrix, ...] = (
    Matrix("exp.hotel", Text("Hotel standard, CNY a night", "住宿标准（元/晚）"), ("T1", "T2", "T3"), ("L1", "L2", "L3", "L4"),
           Text("City tier ↓  Post level →", "城市级别 ↓  职级 →"), ("city_tier", "post_level")),
    Matrix("sla.reply", Text("First reply within, hours", "首次答复时限（小时）"), _TICKETS, ("normal", "urgent"), _TICKET_BY_PRIORITY,
           ("ticket_type", "priority")),
    Matrix("sla.resolve", Text("Resolve within, hours", "解决时限（小时）"), _TICKETS, ("normal", "urgent"), _TICKET_BY_PRIORITY,
           ("ticket_type", "priority")),
    Matrix("risk.cell", Text("Risk matrix", "风险矩阵"), ("5", "4", "3", "2", "1"), ("1", "2", "3", "4", "5"),
           Text("Likelihood ↓  Impact →", "可能性 ↓  影响 →"), toned=True),
    Matrix("apr.w", Text("Weights of an appraisal, %", "考核权重（%）"), tuple(_PARTS), _POSTS, Text("Part ↓  Post class →", "部分 ↓  岗位类别 →"),
           ("post_class",), _PARTS),
    Matrix("pay.base", Text("Base salary band, CNY a month", "基本工资标准（元/月）"), ("L1", "L2", "L3", "L4"), tuple(_RANGE),
           Text("Post level ↓", "职级 ↓"), ("post_level",), _RANGE),
)  # fmt: skip


class PolicyValue(Sheet, key="policy", id="policy_key", governs=True):
    """Policy values: the most specific, latest effective row wins for the date of the row being judged.
    制度参数：按被判断行的日期，取范围最具体、生效最晚的一行。"""

    clauses = ("一(三)2", "二(二)3①", "四(二)1", "四(三)1", "五(二)1", "五(三)1", "六(三)1")
    tab = Text("Policy", "制度参数")

    policy_key: Code = column("Key", "参数", example="exp.limit.deputy", width=27)
    value: Scalar | None = column("Value", "值", example=5000.0, width=34)
    unit: Line | None = column("Unit", "单位", width=16)
    applies_to: Line | None = column(
        "Applies to", "适用范围", example="*",
        help=Text("* for everything, or a department, post class, project type.", "* 表示全部；或部门、岗位类别、项目类型。"),
    )  # fmt: skip
    effective_from: Day | None = column(
        "Effective from", "生效日期", help=Text("Blank: always. Add a dated row instead of overwriting.", "空白表示一直有效；变更请新增一行。")
    )
    changed_by: Code | None = column("Changed by", "变更人")
    changed_on: Day | None = column("Changed on", "变更日期")
    what_it_does: Prose | None = column("What it does", "说明", width=50)
    note: Prose | None = column("Note", "附注", view="detail")
    status: Line | None = column("Status", "状态", computed=True, view="detail")


@rule("POL-001", at="policy.value", clause="一(三)2", scope="book",
      en="Policy key {key} is missing or invalid: {reason}", zh="参数 {key} 缺失或无效：{reason}",
      fix=Text("Enter the value in the unit of its row; the guide lists every key.", "按该行单位填写；说明书列出全部参数。"))  # fmt: skip
def every_key_is_set(rows: PolicyRows, policy: Policy, book: Workings) -> Breaches:
    """Every policy key that the registers at hand read (of a workbook without registers: every one) exists once for each scope and day, is of its kind
    and within its bounds. 工作簿中各登记表所用的参数（无登记表的为全部参数）均存在、类型正确且在范围内，同一范围与日期不重复。"""
    registers = {key for key, tab in book.book.tabs.items() if not tab.sheet.governs}
    read = book.catalog.keys_of(registers) if registers and any(not row for row, _, _ in policy.faults) else book.catalog.keys
    for row, key, reason in policy.faults:
        if not row and key not in read:
            continue
        found = rows[rows.index == row] if row else None
        yield Breach(found, at="value" if row else None, values={"key": key, "reason": reason})


@rule("POL-002", at="policy.value", clause="四(二)1", scope="book",
      en="{family}: {reason}", zh="{family}：{reason}",
      fix=Text("Change the values of the family so that they fit together.", "调整该组参数，使其相互一致。"))  # fmt: skip
def values_fit_together(rows: PolicyRows, policy: Policy) -> Breaches:
    """Weights sum to 100 %, bands are in order, limits ascend.
    权重合计为100%，分档依次递变，限额逐级上升。"""
    weights = ["accept.w", "center.w", *(f"apr.w.*.{post}" for post in _POSTS)]
    for family in weights:
        head, _, tail = family.partition(".*")
        names = [k for k in policy.keys if k.startswith(head + ".") and k.endswith(tail)]
        for scope, day in policy.stages(names):
            total = sum(policy.at(name, scope, day) for name in names)
            if abs(total - 1) > 1e-9:
                said = f"{total * 100:.4g}%"
                reason = Text(f"the weights sum to {said}, not 100%", f"权重合计 {said}，应为100%")
                yield _at_family(rows, names, family, reason)
                break
    falling = [("apr.band.A", "apr.band.B", "apr.band.C", "apr.band.D"), ("evm.green", "evm.amber"),
               ("accept.pass", "accept.conditional"), ("imp.effective", "imp.partial"), ("ic.eff", "ic.partial"),
               ("risk.band.high", "risk.band.medium", "risk.band.low", "risk.band.very_low"),
               ("pay.si_cap", "pay.si_floor"), ("pay.hf_cap", "pay.hf_floor"), ("hr.rotation_max", "hr.rotation_min"),
               *((f"pay.base.{level}.max", f"pay.base.{level}.min") for level in ("L1", "L2", "L3", "L4")),
               *((f"exp.hotel.{tier}.L{n + 1}", f"exp.hotel.{tier}.L{n}") for tier in ("T1", "T2", "T3") for n in (1, 2, 3))]  # fmt: skip
    for ordered in falling:
        values = [policy(name) for name in ordered]
        equal_allowed = ordered[0].startswith("exp.hotel")
        if any(b > a or (b == a and not equal_allowed) for a, b in pairwise(values)):
            said = " > ".join(ordered)
            reason = Text(f"must descend: {said}", f"应依次递减：{said}")
            yield _at_family(rows, list(ordered), ordered[0].rpartition(".")[0], reason)


def _at_family(rows: PolicyRows, names: list[str], family: str, reason: Text) -> Breach:
    """At the last row of the family that the workbook has, else at the sheet."""
    found = rows[rows.policy_key.isin(names)]
    last = found[found.index == found.index.max()] if len(found) else None
    return Breach(last, values={"family": family.replace(".*", ""), "reason": reason})


@rule("POL-003", at="policy.changed_by", clause="六(三)1", severity=WARNING, scope="book",
      en="{policy_key} was changed to {value} without the name of a director or deputy and a date",
      zh="参数 {policy_key} 改为 {value}，未注明主任或副主任及变更日期",
      fix=Text("Enter who decided the change (director or deputy) and when.", "填写决定变更的主任或副主任及日期。"))  # fmt: skip
def changes_are_signed(rows: PolicyRows, policy: Policy, employees: Employees) -> Rows:
    """A value other than the shipped one carries who changed it (director, deputy or the superior) and when.
    与出厂值不同的参数须注明变更人（主任、副主任或公司分管领导）和变更日期。"""
    changed = rows[rows.index.isin(policy.changed)]
    leaders = employees.employee_id[employees.role.isin(["director", "deputy"])]
    signed = changed.changed_by.isin([*leaders.dropna(), policy("org.superior")]) & changed.changed_on.notna()
    return changed[~signed]



# Not in DOMAIN.md: F: a change of a rule switch is signed as a policy value is.
@rule("POL-006", at="switches.changed_by", clause="六(三)1", severity=WARNING, scope="book",
      en="{rule_id} was switched or weighed otherwise without the name of a director or deputy and a date",
      zh="规则 {rule_id} 已停用或调整级别，未注明主任或副主任及变更日期",
      fix=Text("Enter who decided the change (director or deputy) and when.", "填写决定变更的主任或副主任及日期。"))  # fmt: skip
def switches_are_signed(switches: Switches, policy: Policy, employees: Employees, book: Workings) -> Rows:
    """A rule that is off, or weighs other than it ships, carries who decided that (director, deputy or the superior) and when.
    停用或调整级别的规则须注明变更人（主任、副主任或公司分管领导）和变更日期。"""
    ships = switches.rule_id.astype(object).map({id_: rule.severity.value for id_, rule in book.catalog.rules.items()})
    changed = switches[(switches.is_on == "N") | (switches.weight.notna() & (switches.weight.astype(object) != ships))]
    leaders = employees.employee_id[employees.role.isin(["director", "deputy"])]
    signed = changed.changed_by.isin([*leaders.dropna(), policy("org.superior")]) & changed.changed_on.notna()
    return changed[~signed]


OWN_POLICY = told(
    "POL-004", clause="一(三)2", severity=WARNING, en="The workbook's own Policy differs from the governing one in {n} keys: {keys}",
    zh="工作簿自带的制度参数与适用参数有 {n} 项不同：{keys}",
    about=Text("A submitted workbook is judged by the centre's policy, never by its own.", "报送的工作簿按中心的制度参数校验，不按其自带参数。"),
    fix=Text("Take the Policy sheet over from the centre's workbook.", "请更新为中心的制度参数表。"),
)  # fmt: skip


OWN_SHEETS = told(
    "POL-005", clause="一(三)2", severity=WARNING, en="The workbook's own {sheet} sheet differs from the governing one and has no force",
    zh="工作簿自带的“{sheet}”与适用的不同，不起作用",
    about=Text("A submitted workbook is judged by the centre's lists, columns and rules, never by its own.",
               "报送的工作簿按中心的列表、自定义列和规则校验，不按其自带内容。"),
    fix=Text("Take the sheet over from the centre's workbook.", "请更新为中心的该工作表。"),
)  # fmt: skip


@figure("F-43", at="policy.status", en="Policy status", zh="参数状态", kind=Line, clause="一(三)2", source="POL-001")
def status(rows: PolicyRows, policy: Policy) -> pd.Series:
    """Whether the row's value is in order. 该行参数是否有效。"""
    reasons = {row: f"◆ {reason}" for row, _, reason in policy.faults if row}
    said = [reasons.get(row, "√") for row in rows.index]
    return pd.Series(pd.Categorical(said), index=rows.index)
