Attribute VB_Name = "OpsBookFunctions"
' Made by opsbook (addin build) from opsbook/udfs.py: do not edit.
Option Explicit

' What the month of as_of bears, in CNY: from the month after in_service_on on, the last month takes the remainder.
Public Function OPS_DEPRECIATION(method_, cost, residual_rate, life_months, in_service_on, as_of, Optional total_units, Optional units_this_month, Optional opening_depr, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_DEPRECIATION = XLPy.CallUDF("opsbook.udfs", "ops_depreciation", Array(method_, cost, residual_rate, life_months, in_service_on, as_of, total_units, units_this_month, opening_depr, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_DEPRECIATION = "#OPS: " & Err.Description
End Function

' What has been charged up to the end of the month of as_of, in CNY.
Public Function OPS_ACCUM_DEPRECIATION(method_, cost, residual_rate, life_months, in_service_on, as_of, Optional opening_depr, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_ACCUM_DEPRECIATION = XLPy.CallUDF("opsbook.udfs", "ops_accum_depreciation", Array(method_, cost, residual_rate, life_months, in_service_on, as_of, opening_depr, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_ACCUM_DEPRECIATION = "#OPS: " & Err.Description
End Function

' Cost less what has been charged, in CNY.
Public Function OPS_NET_VALUE(method_, cost, residual_rate, life_months, in_service_on, as_of, Optional opening_depr, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_NET_VALUE = XLPy.CallUDF("opsbook.udfs", "ops_net_value", Array(method_, cost, residual_rate, life_months, in_service_on, as_of, opening_depr, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_NET_VALUE = "#OPS: " & Err.Description
End Function

' Straight-line depreciation of a period, as Excel's SLN.
Public Function OPS_SLN(cost, salvage, life, period)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_SLN = XLPy.CallUDF("opsbook.udfs", "ops_sln", Array(cost, salvage, life, period), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_SLN = "#OPS: " & Err.Description
End Function

' Depreciation of a period by sum of years' digits, as Excel's SYD.
Public Function OPS_SYD(cost, salvage, life, period)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_SYD = XLPy.CallUDF("opsbook.udfs", "ops_syd", Array(cost, salvage, life, period), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_SYD = "#OPS: " & Err.Description
End Function

' Depreciation of a period by double declining balance, as Excel's DDB.
Public Function OPS_DDB(cost, salvage, life, period)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_DDB = XLPy.CallUDF("opsbook.udfs", "ops_ddb", Array(cost, salvage, life, period), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_DDB = "#OPS: " & Err.Description
End Function

' Schedule performance index EV / PV.
Public Function OPS_SPI(ev, pv)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_SPI = XLPy.CallUDF("opsbook.udfs", "ops_spi", Array(ev, pv), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_SPI = "#OPS: " & Err.Description
End Function

' Cost performance index EV / AC.
Public Function OPS_CPI(ev, ac)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_CPI = XLPy.CallUDF("opsbook.udfs", "ops_cpi", Array(ev, ac), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_CPI = "#OPS: " & Err.Description
End Function

' Estimate at completion; method typical (BAC / CPI), atypical, combined (needs PV); else that of policy.
Public Function OPS_EAC(bac, ev, ac, Optional pv, Optional method_, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_EAC = XLPy.CallUDF("opsbook.udfs", "ops_eac", Array(bac, ev, ac, pv, method_, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_EAC = "#OPS: " & Err.Description
End Function

' Estimate to complete: EAC - AC.
Public Function OPS_ETC(bac, ev, ac, Optional pv, Optional method_, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_ETC = XLPy.CallUDF("opsbook.udfs", "ops_etc", Array(bac, ev, ac, pv, method_, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_ETC = "#OPS: " & Err.Description
End Function

' Variance at completion: BAC - EAC.
Public Function OPS_VAC(bac, ev, ac, Optional pv, Optional method_, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_VAC = XLPy.CallUDF("opsbook.udfs", "ops_vac", Array(bac, ev, ac, pv, method_, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_VAC = "#OPS: " & Err.Description
End Function

' To-complete performance index against BAC, or against EAC.
Public Function OPS_TCPI(bac, ev, ac, Optional eac)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_TCPI = XLPy.CallUDF("opsbook.udfs", "ops_tcpi", Array(bac, ev, ac, eac), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_TCPI = "#OPS: " & Err.Description
End Function

' Earned schedule in periods; pv_by_period is cumulative, one row a project, or one range for all.
Public Function OPS_EARNED_SCHEDULE(pv_by_period, ev)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_EARNED_SCHEDULE = XLPy.CallUDF("opsbook.udfs", "ops_earned_schedule", Array(pv_by_period, ev), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_EARNED_SCHEDULE = "#OPS: " & Err.Description
End Function

' Likelihood x impact, 1..25.
Public Function OPS_RISK_SCORE(likelihood, impact)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_RISK_SCORE = XLPy.CallUDF("opsbook.udfs", "ops_risk_score", Array(likelihood, impact), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_RISK_SCORE = "#OPS: " & Err.Description
End Function

' The level by the matrix of policy, or by bands of the product.
Public Function OPS_RISK_LEVEL(likelihood, impact, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_RISK_LEVEL = XLPy.CallUDF("opsbook.udfs", "ops_risk_level", Array(likelihood, impact, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_RISK_LEVEL = "#OPS: " & Err.Description
End Function

' A KPI's score from 0 to the cap; direction higher, lower or target.
Public Function OPS_KPI_SCORE(actual, target, direction, Optional floor, Optional tolerance, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_KPI_SCORE = XLPy.CallUDF("opsbook.udfs", "ops_kpi_score", Array(actual, target, direction, floor, tolerance, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_KPI_SCORE = "#OPS: " & Err.Description
End Function

' The raw score of an appraisal by the weights of the post class.
Public Function OPS_APPRAISAL(perf, ability, attitude, post_class, Optional bonus, Optional deduct, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_APPRAISAL = XLPy.CallUDF("opsbook.udfs", "ops_appraisal", Array(perf, ability, attitude, post_class, bonus, deduct, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_APPRAISAL = "#OPS: " & Err.Description
End Function

' The grade A to E that a final score reaches.
Public Function OPS_GRADE(score, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_GRADE = XLPy.CallUDF("opsbook.udfs", "ops_grade", Array(score, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_GRADE = "#OPS: " & Err.Description
End Function

' The total of an acceptance by the weights of its four aspects.
Public Function OPS_ACCEPTANCE(goal, quality, cost, docs, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_ACCEPTANCE = XLPy.CallUDF("opsbook.udfs", "ops_acceptance", Array(goal, quality, cost, docs, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_ACCEPTANCE = "#OPS: " & Err.Description
End Function

' What an improvement reached: effective, partly effective or ineffective.
Public Function OPS_EFFECT(baseline, target, result, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_EFFECT = XLPy.CallUDF("opsbook.udfs", "ops_effect", Array(baseline, target, result, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_EFFECT = "#OPS: " & Err.Description
End Function

' What a budget line has left: adjusted - committed - actual.
Public Function OPS_BUDGET_AVAILABLE(adjusted, committed, actual)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_BUDGET_AVAILABLE = XLPy.CallUDF("opsbook.udfs", "ops_budget_available", Array(adjusted, committed, actual), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_BUDGET_AVAILABLE = "#OPS: " & Err.Description
End Function

' What a line may claim at most, in CNY; blank where there is no limit.
Public Function OPS_EXPENSE_STANDARD(exp_type, city_tier, post_level, days, Optional persons, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_EXPENSE_STANDARD = XLPy.CallUDF("opsbook.udfs", "ops_expense_standard", Array(exp_type, city_tier, post_level, days, persons, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_EXPENSE_STANDARD = "#OPS: " & Err.Description
End Function

' Net and tax of a total at a rate (0.06): two cells side by side.
Public Function OPS_VAT_SPLIT(total, rate_, Optional nontax)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_VAT_SPLIT = XLPy.CallUDF("opsbook.udfs", "ops_vat_split", Array(total, rate_, nontax), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_VAT_SPLIT = "#OPS: " & Err.Description
End Function

' Days of annual leave of the year of as_of.
Public Function OPS_LEAVE_DAYS(first_work, hired, as_of)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_LEAVE_DAYS = XLPy.CallUDF("opsbook.udfs", "ops_leave_days", Array(first_work, hired, as_of), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_LEAVE_DAYS = "#OPS: " & Err.Description
End Function

' Whether a unified social credit code passes GB 32100-2015.
Public Function OPS_USCC_OK(code)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_USCC_OK = XLPy.CallUDF("opsbook.udfs", "ops_uscc_ok", Array(code), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_USCC_OK = "#OPS: " & Err.Description
End Function

' Whether a resident ID number passes GB 11643 (GA 2102-2023); its birth date is no day to come.
Public Function OPS_IDNO_OK(id_)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_IDNO_OK = XLPy.CallUDF("opsbook.udfs", "ops_idno_ok", Array(id_), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_IDNO_OK = "#OPS: " & Err.Description
End Function

' Whether a bank card number passes Luhn.
Public Function OPS_CARD_OK(no_)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_CARD_OK = XLPy.CallUDF("opsbook.udfs", "ops_card_ok", Array(no_), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_CARD_OK = "#OPS: " & Err.Description
End Function

' Whether an invoice number has the form of its kind of voucher (rule EXP-005).
Public Function OPS_INVOICE_OK(voucher_type, invoice_no, Optional invoice_code, Optional invoice_date, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_INVOICE_OK = XLPy.CallUDF("opsbook.udfs", "ops_invoice_ok", Array(voucher_type, invoice_no, invoice_code, invoice_date, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_INVOICE_OK = "#OPS: " & Err.Description
End Function

' The faults of one row of a register as text, blank if there is none; what other rows decide is not asked.
Public Function OPS_CHECK(sheet, headers, row, Optional policy)
    If TypeOf Application.Caller Is Range Then On Error GoTo failed
    OPS_CHECK = XLPy.CallUDF("opsbook.udfs", "ops_check", Array(sheet, headers, row, policy), ActiveWorkbook, Application.Caller)
    Exit Function
failed:
    OPS_CHECK = "#OPS: " & Err.Description
End Function
