"""The worksheet functions of opsbook for xlwings Lite: put this into its main.py, and opsbook into requirements.txt. Made by opsbook."""

from xlwings import arg, func

from opsbook.udfs import REGISTRY


@func
@arg("method", ndim=2)
@arg("cost", ndim=2)
@arg("residual_rate", ndim=2)
@arg("life_months", ndim=2)
@arg("in_service_on", ndim=2)
@arg("as_of", ndim=2)
@arg("total_units", ndim=2)
@arg("units_this_month", ndim=2)
@arg("opening_depr", ndim=2)
@arg("policy", ndim=2)
def ops_depreciation(method, cost, residual_rate, life_months, in_service_on, as_of, total_units=None, units_this_month=None, opening_depr=None, policy=None):
    """What the month of as_of bears, in CNY: from the month after in_service_on on, the last month takes the remainder. 当月折旧额（次月起提）。"""
    return REGISTRY["OPS_DEPRECIATION"].call(method, cost, residual_rate, life_months, in_service_on, as_of, total_units, units_this_month, opening_depr, policy)


@func
@arg("method", ndim=2)
@arg("cost", ndim=2)
@arg("residual_rate", ndim=2)
@arg("life_months", ndim=2)
@arg("in_service_on", ndim=2)
@arg("as_of", ndim=2)
@arg("opening_depr", ndim=2)
@arg("policy", ndim=2)
def ops_accum_depreciation(method, cost, residual_rate, life_months, in_service_on, as_of, opening_depr=None, policy=None):
    """What has been charged up to the end of the month of as_of, in CNY. 截至当月末的累计折旧。"""
    return REGISTRY["OPS_ACCUM_DEPRECIATION"].call(method, cost, residual_rate, life_months, in_service_on, as_of, opening_depr, policy)


@func
@arg("method", ndim=2)
@arg("cost", ndim=2)
@arg("residual_rate", ndim=2)
@arg("life_months", ndim=2)
@arg("in_service_on", ndim=2)
@arg("as_of", ndim=2)
@arg("opening_depr", ndim=2)
@arg("policy", ndim=2)
def ops_net_value(method, cost, residual_rate, life_months, in_service_on, as_of, opening_depr=None, policy=None):
    """Cost less what has been charged, in CNY. 资产净值。"""
    return REGISTRY["OPS_NET_VALUE"].call(method, cost, residual_rate, life_months, in_service_on, as_of, opening_depr, policy)


@func
@arg("cost", ndim=2)
@arg("salvage", ndim=2)
@arg("life", ndim=2)
@arg("period", ndim=2)
def ops_sln(cost, salvage, life, period):
    """Straight-line depreciation of a period, as Excel's SLN. 年限平均法。"""
    return REGISTRY["OPS_SLN"].call(cost, salvage, life, period)


@func
@arg("cost", ndim=2)
@arg("salvage", ndim=2)
@arg("life", ndim=2)
@arg("period", ndim=2)
def ops_syd(cost, salvage, life, period):
    """Depreciation of a period by sum of years' digits, as Excel's SYD. 年数总和法。"""
    return REGISTRY["OPS_SYD"].call(cost, salvage, life, period)


@func
@arg("cost", ndim=2)
@arg("salvage", ndim=2)
@arg("life", ndim=2)
@arg("period", ndim=2)
def ops_ddb(cost, salvage, life, period):
    """Depreciation of a period by double declining balance, as Excel's DDB. 双倍余额递减法。"""
    return REGISTRY["OPS_DDB"].call(cost, salvage, life, period)


@func
@arg("ev", ndim=2)
@arg("pv", ndim=2)
def ops_spi(ev, pv):
    """Schedule performance index EV / PV. 进度绩效指数。"""
    return REGISTRY["OPS_SPI"].call(ev, pv)


@func
@arg("ev", ndim=2)
@arg("ac", ndim=2)
def ops_cpi(ev, ac):
    """Cost performance index EV / AC. 成本绩效指数。"""
    return REGISTRY["OPS_CPI"].call(ev, ac)


@func
@arg("bac", ndim=2)
@arg("ev", ndim=2)
@arg("ac", ndim=2)
@arg("pv", ndim=2)
@arg("method", ndim=2)
@arg("policy", ndim=2)
def ops_eac(bac, ev, ac, pv=None, method=None, policy=None):
    """Estimate at completion; method typical (BAC / CPI), atypical, combined (needs PV); else that of policy. 完工估算。"""
    return REGISTRY["OPS_EAC"].call(bac, ev, ac, pv, method, policy)


@func
@arg("bac", ndim=2)
@arg("ev", ndim=2)
@arg("ac", ndim=2)
@arg("pv", ndim=2)
@arg("method", ndim=2)
@arg("policy", ndim=2)
def ops_etc(bac, ev, ac, pv=None, method=None, policy=None):
    """Estimate to complete: EAC - AC. 完工尚需估算。"""
    return REGISTRY["OPS_ETC"].call(bac, ev, ac, pv, method, policy)


@func
@arg("bac", ndim=2)
@arg("ev", ndim=2)
@arg("ac", ndim=2)
@arg("pv", ndim=2)
@arg("method", ndim=2)
@arg("policy", ndim=2)
def ops_vac(bac, ev, ac, pv=None, method=None, policy=None):
    """Variance at completion: BAC - EAC. 完工偏差。"""
    return REGISTRY["OPS_VAC"].call(bac, ev, ac, pv, method, policy)


@func
@arg("bac", ndim=2)
@arg("ev", ndim=2)
@arg("ac", ndim=2)
@arg("eac", ndim=2)
def ops_tcpi(bac, ev, ac, eac=None):
    """To-complete performance index against BAC, or against EAC. 完工尚需绩效指数。"""
    return REGISTRY["OPS_TCPI"].call(bac, ev, ac, eac)


@func
@arg("pv_by_period", ndim=2)
@arg("ev", ndim=2)
def ops_earned_schedule(pv_by_period, ev):
    """Earned schedule in periods; pv_by_period is cumulative, one row a project, or one range for all. 挣得进度（期数）。"""
    return REGISTRY["OPS_EARNED_SCHEDULE"].call(pv_by_period, ev)


@func
@arg("likelihood", ndim=2)
@arg("impact", ndim=2)
def ops_risk_score(likelihood, impact):
    """Likelihood x impact, 1..25. 风险值。"""
    return REGISTRY["OPS_RISK_SCORE"].call(likelihood, impact)


@func
@arg("likelihood", ndim=2)
@arg("impact", ndim=2)
@arg("policy", ndim=2)
def ops_risk_level(likelihood, impact, policy=None):
    """The level by the matrix of policy, or by bands of the product. 风险等级。"""
    return REGISTRY["OPS_RISK_LEVEL"].call(likelihood, impact, policy)


@func
@arg("actual", ndim=2)
@arg("target", ndim=2)
@arg("direction", ndim=2)
@arg("floor", ndim=2)
@arg("tolerance", ndim=2)
@arg("policy", ndim=2)
def ops_kpi_score(actual, target, direction, floor=None, tolerance=None, policy=None):
    """A KPI's score from 0 to the cap; direction higher, lower or target. 指标得分。"""
    return REGISTRY["OPS_KPI_SCORE"].call(actual, target, direction, floor, tolerance, policy)


@func
@arg("perf", ndim=2)
@arg("ability", ndim=2)
@arg("attitude", ndim=2)
@arg("post_class", ndim=2)
@arg("bonus", ndim=2)
@arg("deduct", ndim=2)
@arg("policy", ndim=2)
def ops_appraisal(perf, ability, attitude, post_class, bonus=None, deduct=None, policy=None):
    """The raw score of an appraisal by the weights of the post class. 考核得分。"""
    return REGISTRY["OPS_APPRAISAL"].call(perf, ability, attitude, post_class, bonus, deduct, policy)


@func
@arg("score", ndim=2)
@arg("policy", ndim=2)
def ops_grade(score, policy=None):
    """The grade A to E that a final score reaches. 考核等级。"""
    return REGISTRY["OPS_GRADE"].call(score, policy)


@func
@arg("goal", ndim=2)
@arg("quality", ndim=2)
@arg("cost", ndim=2)
@arg("docs", ndim=2)
@arg("policy", ndim=2)
def ops_acceptance(goal, quality, cost, docs, policy=None):
    """The total of an acceptance by the weights of its four aspects. 验收总分。"""
    return REGISTRY["OPS_ACCEPTANCE"].call(goal, quality, cost, docs, policy)


@func
@arg("baseline", ndim=2)
@arg("target", ndim=2)
@arg("result", ndim=2)
@arg("policy", ndim=2)
def ops_effect(baseline, target, result, policy=None):
    """What an improvement reached: effective, partly effective or ineffective. 优化效果。"""
    return REGISTRY["OPS_EFFECT"].call(baseline, target, result, policy)


@func
@arg("adjusted", ndim=2)
@arg("committed", ndim=2)
@arg("actual", ndim=2)
def ops_budget_available(adjusted, committed, actual):
    """What a budget line has left: adjusted - committed - actual. 预算可用余额。"""
    return REGISTRY["OPS_BUDGET_AVAILABLE"].call(adjusted, committed, actual)


@func
@arg("exp_type", ndim=2)
@arg("city_tier", ndim=2)
@arg("post_level", ndim=2)
@arg("days", ndim=2)
@arg("persons", ndim=2)
@arg("policy", ndim=2)
def ops_expense_standard(exp_type, city_tier, post_level, days, persons=None, policy=None):
    """What a line may claim at most, in CNY; blank where there is no limit. 报销标准。"""
    return REGISTRY["OPS_EXPENSE_STANDARD"].call(exp_type, city_tier, post_level, days, persons, policy)


@func
@arg("total", ndim=2)
@arg("rate", ndim=2)
@arg("nontax", ndim=2)
def ops_vat_split(total, rate, nontax=None):
    """Net and tax of a total at a rate (0.06): two cells side by side. 价税分离：不含税金额、税额。"""
    return REGISTRY["OPS_VAT_SPLIT"].call(total, rate, nontax)


@func
@arg("first_work", ndim=2)
@arg("hired", ndim=2)
@arg("as_of", ndim=2)
def ops_leave_days(first_work, hired, as_of):
    """Days of annual leave of the year of as_of. 年休假天数。"""
    return REGISTRY["OPS_LEAVE_DAYS"].call(first_work, hired, as_of)


@func
@arg("code", ndim=2)
def ops_uscc_ok(code):
    """Whether a unified social credit code passes GB 32100-2015. 统一社会信用代码校验。"""
    return REGISTRY["OPS_USCC_OK"].call(code)


@func
@arg("id", ndim=2)
def ops_idno_ok(id):
    """Whether a resident ID number passes GB 11643 (GA 2102-2023); its birth date is no day to come. 身份证号校验。"""
    return REGISTRY["OPS_IDNO_OK"].call(id)


@func
@arg("no", ndim=2)
def ops_card_ok(no):
    """Whether a bank card number passes Luhn. 银行卡号校验。"""
    return REGISTRY["OPS_CARD_OK"].call(no)


@func
@arg("voucher_type", ndim=2)
@arg("invoice_no", ndim=2)
@arg("invoice_code", ndim=2)
@arg("invoice_date", ndim=2)
@arg("policy", ndim=2)
def ops_invoice_ok(voucher_type, invoice_no, invoice_code=None, invoice_date=None, policy=None):
    """Whether an invoice number has the form of its kind of voucher (rule EXP-005). 发票号码格式校验。"""
    return REGISTRY["OPS_INVOICE_OK"].call(voucher_type, invoice_no, invoice_code, invoice_date, policy)


@func
@arg("sheet", ndim=2)
@arg("headers", ndim=2)
@arg("row", ndim=2)
@arg("policy", ndim=2)
def ops_check(sheet, headers, row, policy=None):
    """The faults of one row of a register as text, blank if there is none; what other rows decide is not asked. 单行校验结果。"""
    return REGISTRY["OPS_CHECK"].call(sheet, headers, row, policy)
