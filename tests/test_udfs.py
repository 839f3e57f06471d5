"""Worksheet functions: a table of formulas a clerk can work out by hand, shapes, dirt, policy, the registers' own figures, and the texts for Excel."""

import ast
import copy
import math
import re
import sys
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyvbaanalysis import analyze_loose_file

from opsbook import jobs
from opsbook.actions import governing, load
from opsbook.addin import functions
from opsbook.grammar.workings import Workings
from opsbook.hosts import file
from opsbook.sheets import catalog
from opsbook.udfs import REGISTRY

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 9, 30)

#: A formula = what its cell shows ("" is a blank cell); ~ to the cent; # why, of the last in the line.
CASES = """
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2025-01-31") = 0.0  # the month of addition bears nothing
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2025-02-01") = 263.89  # 9500 / 36
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2028-01-31") = 263.85  # the last month: 9500 - 35 x 263.89
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2028-02-01") = 0.0  # fully depreciated
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2024-02-29", "2024-03-31") = 263.89  # a leap day
OPS_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2025-02-28", None, None, 5000) = 125.0
OPS_DEPRECIATION("double_declining", 10000, 0.05, 60, "2025-01-15", "2025-02-28") = 333.33  # 10000 x 2/5 / 12
OPS_DEPRECIATION("double_declining", 10000, 0.05, 60, "2025-01-15", "2026-02-28") = 200.0  # (10000 - 3999.96) x 2/5 / 12
OPS_DEPRECIATION("double_declining", 10000, 0.05, 60, "2025-01-15", "2028-02-29") = 69.17  # two years left: (2160.04 - 500) / 24
OPS_DEPRECIATION("double_declining", 10000, 0.05, 60, "2025-01-15", "2030-01-31") = 69.13  # 1660.04 - 23 x 69.17
OPS_DEPRECIATION("双倍余额递减法", 2400, 0, 24, "2025-01-15", "2025-02-28") = 100.0  # two years in all: straight line
OPS_DEPRECIATION("sum_of_years", 15000, 0, 60, "2025-01-15", "2025-02-28") = 416.67  # 15000 x 5/15 / 12
OPS_DEPRECIATION("年数总和法", 15000, 0, 60, "2025-01-15", "2029-02-28") = 83.33  # 15000 x 1/15 / 12
OPS_DEPRECIATION("units", 10000, 0.05, 36, "2025-01-15", "2025-02-28", 1000, 10) = 95.0  # 9500 / 1000 x 10
OPS_DEPRECIATION("units", 10000, 0.05, 36, "2025-01-15", "2025-02-28", 1000, 10, 9450) = 50.0 # no more than is left
OPS_DEPRECIATION("工作量法", 10000, 0.05, 36, "2025-01-15", "2025-02-28", 0, 10) = ""  # no total, no share
OPS_ACCUM_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2027-12-31") = 9236.15  # 35 x 263.89
OPS_ACCUM_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2040-01-01") = 9500.0
OPS_ACCUM_DEPRECIATION("straight_line", 10000, 0.05, 36, "2025-01-15", "2024-12-31") = 0.0
OPS_ACCUM_DEPRECIATION("sum_of_years", 15000, 0, 60, "2025-01-15", "2030-01-31") = 15000.0
OPS_ACCUM_DEPRECIATION("年限平均法", 10000, "5%", 36, "2025-01-15", "2025-02-28", 5000) = 5125.0
OPS_NET_VALUE("straight_line", 10000, 0.05, 36, "2024-02-29", "2025-02-28") = 6833.32  # 10000 - 12 x 263.89
OPS_NET_VALUE("straight_line", 10000, 0.05, 36, "2024-02-29", "2099-12-31") = 500.0 · OPS_NET_VALUE("", 10000, 0.05, 36, "2024-02-29", "2099-12-31") = ""
OPS_SLN(30000, 7500, 10, 1) = 2250.0  # Excel's example
OPS_SLN(30000, 7500, 10, 11) = "" · OPS_SLN(30000, 7500, 0, 1) = ""
OPS_SYD(30000, 7500, 10, 1) ~ 4090.91  # Excel's examples
OPS_SYD(30000, 7500, 10, 10) ~ 409.09 · OPS_SYD(30000, 7500, 10, 0) = ""
OPS_DDB(2400, 300, 3650, 1) ~ 1.32  # Excel's examples
OPS_DDB(2400, 300, 120, 1) ~ 40.00 · OPS_DDB(2400, 300, 10, 1) ~ 480.00 · OPS_DDB(2400, 300, 10, 10) ~ 22.12 · OPS_DDB(2400, 300, 10, 11) = ""
OPS_DDB(2400, 300, 1, 1) = 2100.0
OPS_SPI(80, 100) = 0.8 · OPS_SPI("１，０００", "2,000") = 0.5 · OPS_SPI(-80, 100) = -0.8 · OPS_SPI(80, 0) = "" · OPS_SPI("", 100) = ""
OPS_CPI(80, 100) = 0.8 · OPS_CPI(80, 0) = ""
OPS_EAC(1000, 400, 500) = 1250.0  # 1000 / 0.8
OPS_EAC(1000, 400, 500, None, "atypical") = 1100.0  # 500 + 600
OPS_EAC(1000, 400, 500, 500, "combined") ~ 1437.50  # 500 + 600 / (0.8 x 0.8)
OPS_EAC(1000, 400, 500, None, "combined") = "" · OPS_EAC(1000, 0, 500) = ""
OPS_ETC(1000, 400, 500) = 750.0
OPS_VAC(1000, 400, 500) = -250.0
OPS_TCPI(1000, 400, 500) = 1.2  # 600 / 500
OPS_TCPI(1000, 400, 500, 1250) = 0.8  # 600 / 750
OPS_TCPI(1000, 400, 1000) = ""  # the budget is exhausted
OPS_EARNED_SCHEDULE([[10, 30, 60]], 45) = 2.5  # two whole months and half the third
OPS_EARNED_SCHEDULE([[10], [30], [60]], 5) = 0.5 · OPS_EARNED_SCHEDULE([[10, 30, 60, 60]], 60) = 3.0 · OPS_EARNED_SCHEDULE([[10, 30, ""]], 20) = 1.5
OPS_EARNED_SCHEDULE([[0, 30, 60]], "") = ""
OPS_RISK_SCORE(3, 4) = 12.0 · OPS_RISK_SCORE(5, 5) = 25.0 · OPS_RISK_SCORE(3, "") = ""
OPS_RISK_LEVEL(1, 1) = "极低"  # NIST SP 800-30 r1 Table I-2
OPS_RISK_LEVEL(1, 5) = "低" · OPS_RISK_LEVEL(3, 3) = "中" · OPS_RISK_LEVEL(3, 5) = "高" · OPS_RISK_LEVEL(5, 5) = "极高" · OPS_RISK_LEVEL(5, 1) = "极低"
OPS_KPI_SCORE(80, 100, "higher") = 80.0 · OPS_KPI_SCORE(150, 100, "越高越好") = 120.0  # the cap
OPS_KPI_SCORE(59, 100, "higher", 60) = 0.0  # below the floor
OPS_KPI_SCORE(12, 10, "lower") = 80.0  # 2 - 1.2
OPS_KPI_SCORE(13, 10, "越低越好", 12) = 0.0 · OPS_KPI_SCORE(30, 10, "lower") = 0.0 · OPS_KPI_SCORE(48, 50, "target", None, 5) = 60.0  # 1 - 2/5
OPS_KPI_SCORE(48, 50, "target", None, 0) = "" · OPS_KPI_SCORE(0, 0, "lower") = 100.0 · OPS_KPI_SCORE(5, 0, "lower") = 0.0
OPS_APPRAISAL(80, 90, 100, "manager") = 85.5  # 48 + 22.5 + 15
OPS_APPRAISAL(80, 90, 100, "专业岗") = 84.0  # 56 + 18 + 10
OPS_APPRAISAL(80, 90, 100, "service", 9, 1) = 90.0  # 48 + 18 + 20, bonus 5 at most
OPS_APPRAISAL(100, 100, 100, "manager", 5) = 100.0 · OPS_APPRAISAL(0, 0, 0, "manager", 0, 5) = 0.0
OPS_GRADE(90) = "A" · OPS_GRADE(89.99) = "B" · OPS_GRADE(70) = "C" · OPS_GRADE(60) = "D" · OPS_GRADE(0) = "E"
OPS_ACCEPTANCE(90, 80, 70, 60) = 80.0  # 36 + 24 + 14 + 6
OPS_ACCEPTANCE(90, 80, 70, "") = ""
OPS_EFFECT(8, 4, 4.4) = "有效"  # 3.6 of 4
OPS_EFFECT(80, 90, 85) = "部分有效" · OPS_EFFECT(8, 4, 9) = "无效" · OPS_EFFECT(4, 4, 4) = ""
OPS_BUDGET_AVAILABLE(1000, 200, 300) = 500.0 · OPS_BUDGET_AVAILABLE(0.3, 0.1, 0.1) = 0.1 · OPS_BUDGET_AVAILABLE(100, "", 300) = -200.0
OPS_EXPENSE_STANDARD("hotel", "T1", "L1", 2, 3) = 3000.0  # 500 x 2 nights x 3 rooms
OPS_EXPENSE_STANDARD("伙食补助费", "二类城市", "普通员工", 3) = 300.0 · OPS_EXPENSE_STANDARD("travel_local", "", "L1", 2) = 160.0
OPS_EXPENSE_STANDARD("communication", "", "L3", 1) = 200.0 · OPS_EXPENSE_STANDARD("entertainment", "", "L1", 1, 5) = 1000.0
OPS_EXPENSE_STANDARD("office", "T1", "L1", 2) = ""  # no limit
OPS_VAT_SPLIT(106, 0.06) = [100.0, 6.0] · OPS_VAT_SPLIT(1, "6%") = [0.94, 0.06] · OPS_VAT_SPLIT(1140, 0.09, 50) = [1000.0, 90.0]  # a flight and its airport fee
OPS_VAT_SPLIT("", 0.09) = ["", ""]
OPS_LEAVE_DAYS("2026-01-01", "2020-01-01", "2026-06-30") = 0.0  # below a year at the year's end
OPS_LEAVE_DAYS("2025-12-31", "2020-01-01", "2026-06-30") = 5.0 · OPS_LEAVE_DAYS("2017-01-01", "2020-01-01", "2026-06-30") = 5.0
OPS_LEAVE_DAYS("2016-12-31", "2020-01-01", "2026-06-30") = 10.0 · OPS_LEAVE_DAYS("2004-02-29", "2020-01-01", "2026-06-30") = 15.0
OPS_LEAVE_DAYS("2014-03-01", "2026-07-02", "2026-12-31") = 5.0  # 10 x 183 / 365
OPS_LEAVE_DAYS("2014-03-01", "2026-12-31", "2026-12-31") = 0.0
OPS_USCC_OK("9144030071526726XG") = True  # published by companies
OPS_USCC_OK("91330100799655058b") = True · OPS_USCC_OK("９１４４０３００１９２２０３８２１６") = True · OPS_USCC_OK("9144030071526726XH") = False
OPS_IDNO_OK("11010519491231002X") = True  # the example of GB 11643
OPS_IDNO_OK("110105194912310021") = False
OPS_CARD_OK("4111 1111 1111 1111") = True  # a published test number
OPS_CARD_OK("4111111111111112") = False
OPS_INVOICE_OK("vat_plain", "12345678", "1234567890") = True · OPS_INVOICE_OK("增值税普通发票", 12345678.0) = True · OPS_INVOICE_OK("vat_plain", "1234567") = False
OPS_INVOICE_OK("vat_plain", "12345678", "12") = False · OPS_INVOICE_OK("数电普票", "26110000000000000001", None, "2026-05-01") = True
OPS_INVOICE_OK("数电普票", "26110000000000000001", None, "2025-05-01") = False · OPS_INVOICE_OK("vat_plain", "") = ""
OPS_CHECK("风险登记", [["风险编号", "可能性"]], [["RSK-2026-001", 9]]) = "RSK-003 可能性须为1至5的整数"
OPS_CHECK("risks", [["Risk ID", "Likelihood 1-5"]], [["RSK-2026-001", 4]]) = ""
"""

#: As CONTRACT.md and DECISIONS.md 7.10 list them.
LISTED = """
OPS_DEPRECIATION(method, cost, residual_rate, life_months, in_service_on, as_of, [total_units], [units_this_month], [opening_depr], [policy])
OPS_ACCUM_DEPRECIATION(method, cost, residual_rate, life_months, in_service_on, as_of, [opening_depr], [policy])
OPS_NET_VALUE(method, cost, residual_rate, life_months, in_service_on, as_of, [opening_depr], [policy])
OPS_SLN(cost, salvage, life, period) · OPS_SYD(cost, salvage, life, period) · OPS_DDB(cost, salvage, life, period)
OPS_SPI(ev, pv) · OPS_CPI(ev, ac) · OPS_EAC(bac, ev, ac, [pv], [method], [policy]) · OPS_ETC(bac, ev, ac, [pv], [method], [policy])
OPS_VAC(bac, ev, ac, [pv], [method], [policy])
OPS_TCPI(bac, ev, ac, [eac]) · OPS_EARNED_SCHEDULE(pv_by_period, ev) · OPS_RISK_SCORE(likelihood, impact) · OPS_RISK_LEVEL(likelihood, impact, [policy])
OPS_KPI_SCORE(actual, target, direction, [floor], [tolerance], [policy]) · OPS_APPRAISAL(perf, ability, attitude, post_class, [bonus], [deduct], [policy])
OPS_GRADE(score, [policy]) · OPS_BUDGET_AVAILABLE(adjusted, committed, actual) · OPS_USCC_OK(code) · OPS_IDNO_OK(id) · OPS_CARD_OK(no)
OPS_INVOICE_OK(voucher_type, invoice_no, [invoice_code], [invoice_date], [policy]) · OPS_CHECK(sheet, headers, row, [policy])
OPS_EXPENSE_STANDARD(exp_type, city_tier, post_level, days, [persons], [policy]) · OPS_VAT_SPLIT(total, rate, [nontax])
OPS_LEAVE_DAYS(first_work, hired, as_of) · OPS_ACCEPTANCE(goal, quality, cost, docs, [policy]) · OPS_EFFECT(baseline, target, result, [policy])
"""


def cases():
    for case in re.split(r" · |\s*(?:#.*)?\n", CASES.strip()):
        name, args, sign, shown = re.fullmatch(r"(\w+)(\(.*\)) ([=~]) (.*)", case).groups()
        given = ast.literal_eval(args)
        yield name, given if isinstance(given, tuple) else (given,), ast.literal_eval(shown), 0.005 if sign == "~" else 1e-9


def ask(name, *args):
    return REGISTRY[name].call(*args)


def like(expected, tolerance=1e-9):
    return expected if isinstance(expected, (str, bool)) else pytest.approx(expected, abs=tolerance)


def is_fault(shown):
    """A text of both languages that says why."""
    return isinstance(shown, str) and shown.startswith("#OPS: ") and bool(re.search("[a-z]{3}.*[\u4e00-\u9fff]", shown))


FIRST = {name: (args, shown, tolerance) for name, args, shown, tolerance in reversed(list(cases()))}
each_function = pytest.mark.parametrize("name", list(REGISTRY))
each_of_cells = pytest.mark.parametrize("name", [n for n in REGISTRY if n != "OPS_CHECK"])  # that one takes a row


def spread(name, args, over):
    """The arguments with each single cell put into a range by ``over``; ranges as they stand."""
    return [v if takes == "whole" or v is None else over(v) for (_, takes, _), v in zip(REGISTRY[name].parameters, args, strict=False)]


# ---------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(("name", "args", "shown", "tolerance"), [pytest.param(*c, id=f"{c[0]}{c[1]}"[:80]) for c in cases()])
def test_a_formula_shows_what_was_worked_out_by_hand(name, args, shown, tolerance):
    before = copy.deepcopy(args)
    found = [ask(name, *args) for _ in range(2)]
    assert args == before
    assert found[0] == found[1]
    assert (found[0][0] if name == "OPS_VAT_SPLIT" else found[0]) == like(shown, tolerance)


def test_every_function_has_cases_and_is_listed():
    signatures = [f"{f.name}({', '.join(f'[{name}]' if optional else name for name, _, optional in f.parameters)})" for f in REGISTRY.values()]
    assert sorted(signatures) == sorted(re.findall(r"OPS_\w+\([^)]*\)", LISTED))
    assert set(FIRST) == set(REGISTRY)
    assert all(re.search("[\u4e00-\u9fff]", f.about) for f in REGISTRY.values())


# ---------------------------------------------------------------------------------------------------------- shapes


@each_of_cells
def test_ten_thousand_rows_are_answered_in_one_call(name):
    args, shown, tolerance = FIRST[name]
    found = ask(name, *spread(name, args, lambda v: [[v]] * 10_000))
    assert len(found) == 10_000
    assert found[0] == found[-1] == [like(v, tolerance) for v in (shown if name == "OPS_VAT_SPLIT" else [shown])]
    assert all(row == found[0] for row in found)


@each_of_cells
def test_a_range_gives_a_range_of_its_shape_and_a_cell_meets_every_cell_of_a_range(name):
    args, shown, tolerance = FIRST[name]
    for rows, columns in ((1, 3), (3, 1), (2, 3)):
        whole = spread(name, args, lambda v, r=rows, c=columns: [[v] * c] * r)
        place = next(n for n, (_, takes, _) in enumerate(REGISTRY[name].parameters) if takes != "whole")
        mixed = [whole[n] if n == place else v for n, v in enumerate(args)]
        expected = [shown] * (rows * columns) if name == "OPS_VAT_SPLIT" else [[shown] * columns] * rows
        for given_ in (whole, mixed, [tuple(map(tuple, v)) if isinstance(v, list) else v for v in whole]):
            assert ask(name, *given_) == [[like(v, tolerance) for v in row] for row in expected]


@each_of_cells
def test_blank_cells_give_blanks_and_a_wrong_cell_spoils_its_own_row_only(name):
    args, shown, tolerance = FIRST[name]
    good = [like(v, tolerance) for v in (shown if name == "OPS_VAT_SPLIT" else [shown])]
    required = [n for n, (_, takes, optional) in enumerate(REGISTRY[name].parameters) if not optional and takes != "whole"]
    for place in required:
        column = [[args[place]], [None], [["x"]], [args[place]]]
        found = ask(name, *[column if n == place else v for n, v in enumerate(args)])
        assert found[0] == found[3] == good
        assert all(map(is_fault, found[2])), found
        assert not any(map(is_fault, found[1]))
    assert set(ask(name, *[[[""], [""]] if n in required else v for n, v in enumerate(args)])[1]) == {""}


@each_function
def test_what_is_missing_or_too_much_is_said(name):
    args = FIRST[name][0]
    needed = sum(not optional for *_, optional in REGISTRY[name].parameters)
    assert is_fault(ask(name))
    assert REGISTRY[name].parameters[needed - 1][0] in ask(name, *args[: needed - 1])
    filled = (*args, *[None] * (len(REGISTRY[name].parameters) - len(args)))
    assert ask(name, *filled, None) == ask(name, *filled) == ask(name, *args)
    assert is_fault(ask(name, *filled, 1))


@pytest.mark.parametrize(("name", "args"), [
    ("OPS_SPI", ([[1], [2]], [[1], [2], [3]])), ("OPS_SPI", ([[1, 2, 3]], [[1, 2]])), ("OPS_EARNED_SCHEDULE", ([[1, 2], [3, 4], [5, 6]], [[1], [2]])),
    ("OPS_CHECK", ([["risks"], ["risks"]], [["Risk ID", "Likelihood 1-5"]], [["RSK-2026-001", 9]])), ("OPS_CHECK", ("nowhere", [["Risk ID"]], [["x"]])),
    ("OPS_GRADE", (80, [["x", "y"], [1, 2]])), ("OPS_GRADE", (80, "x")), ("OPS_RISK_LEVEL", (1, 1, [])),
])  # fmt: skip
def test_ranges_that_do_not_fit_are_said(name, args):
    assert is_fault(ask(name, *args))


@pytest.mark.parametrize(("name", "args"), [
    ("OPS_SPI", (True, 100)), ("OPS_SPI", ("nan", 100)), ("OPS_SPI", ("1_0", 100)), ("OPS_SPI", ("1,00", 100)), ("OPS_SPI", (float("inf"), 1)),
    ("OPS_SPI", (date(2026, 1, 1), 100)), ("OPS_SPI", ([[{}]], 100)), ("OPS_RISK_SCORE", (6, 3)), ("OPS_RISK_SCORE", (0, 3)), ("OPS_RISK_LEVEL", (2.5, 3)),
    ("OPS_VAT_SPLIT", (106, 6)), ("OPS_NET_VALUE", ("straight_line", 10000, 5, 36, "2025-01-15", "2025-02-01")), ("OPS_APPRAISAL", (180, 90, 90, "manager")),
    ("OPS_NET_VALUE", ("straight_line", 10000, 0.05, -36, "2025-01-15", "2025-02-01")), ("OPS_KPI_SCORE", (80, 100, "up")), ("OPS_CARD_OK", (6.2e18,)),
    ("OPS_EAC", (1000, 400, 500, None, "bottom-up")), ("OPS_LEAVE_DAYS", ("2026-02-29", "2020-01-01", "2026-12-31")), ("OPS_INVOICE_OK", ("bill", "12345678")),
    ("OPS_LEAVE_DAYS", ("2014-03-01", "2020-01-01", 1e9)), ("OPS_LEAVE_DAYS", (True, "2020-01-01", "2026-12-31")), ("OPS_IDNO_OK", (True,)),
])  # fmt: skip
def test_what_cannot_be_is_said_and_not_counted(name, args):
    found = ask(name, *args)
    assert all(is_fault(v) for row in (found if isinstance(found, list) else [[found]]) for v in row)


def test_a_wrong_period_spoils_its_own_project():
    found = ask("OPS_EARNED_SCHEDULE", [[10, 30], [10, "x"], ["", ""]], [[20], [20], [20]])
    assert found[0] == [1.5]
    assert is_fault(found[1][0])
    assert found[2] == [""]


@pytest.mark.parametrize("day", [datetime(2026, 12, 31, 18), date(2026, 12, 31), 46387, 46387.75, "2026-12-31", "2026/12/31", "2026年12月31日", " ２０２６-12-31 "])
def test_a_day_is_read_however_it_is_kept(day):
    assert ask("OPS_LEAVE_DAYS", "2016-12-31", "2020-01-01", day) == 10.0


# ---------------------------------------------------------------------------------------------------------- policy


@pytest.mark.parametrize(("name", "args", "key", "value", "shown"), [
    ("OPS_RISK_LEVEL", (5, 1), "risk.mode", "product", "低"), ("OPS_RISK_LEVEL", (5, 1), "org.language", "en", "Very low"),
    ("OPS_KPI_SCORE", (150, 100, "higher", None, None), "kpi.cap", 110, 110.0), ("OPS_KPI_SCORE", (12.5, 10, "lower", None, None), "kpi.lower", "ratio", 80.0),
    ("OPS_APPRAISAL", (80, 90, 100, "manager", 9, 1), "apr.bonus_cap", 8, 92.5), ("OPS_GRADE", (88,), "apr.band.A", 85, "A"),
    ("OPS_ACCEPTANCE", (90, 80, 70, 60), "accept.w.goal", 50, 89.0), ("OPS_EFFECT", (8, 4, 5), "imp.effective", 70, "有效"),
    ("OPS_EAC", (1000, 400, 500, None, None), "evm.eac", "atypical", 1100.0), ("OPS_ETC", (1000, 400, 500, None, None), "evm.eac", "atypical", 600.0),
    ("OPS_ACCUM_DEPRECIATION", ("double_declining", 10000, 0.05, 60, "2024-01-15", "2027-03-01", None), "depr.ddb", "vdb", 7983.96),  # 72 a month from the 4th year
    ("OPS_INVOICE_OK", ("einvoice_special", "26110000000000000001", None, "2026-03-01"), "ref.region2", "12", False),
    ("OPS_EXPENSE_STANDARD", ("hotel", "T1", "L1", 2, 3), "exp.hotel.share", 2, 2000.0),
    ("OPS_CHECK", ("risks", [["风险编号", "可能性"]], [["RSK-2026-001", 9]]), "org.language", "en", "RSK-003 Likelihood 1-5 must be a whole number from 1 to 5"),
])  # fmt: skip
def test_a_range_of_the_policy_sheet_governs(name, args, key, value, shown):
    def range_of(given):
        return [["参数", "值", "适用范围"], *([row["policy_key"], row["value"], row["applies_to"]] for row in jobs.policy_records("zh", given))]

    assert ask(name, *args, range_of({key: value})) == like(shown)
    assert ask(name, *args, range_of({})) == ask(name, *args) != like(shown)


def test_the_status_date_of_policy_chooses_among_its_dated_rows():
    def grade_on(day):
        return ask("OPS_GRADE", 88, [["参数", "值", "生效日期"], ["apr.band.A", 85, "2026-06-01"], ["org.status_date", day, ""]])

    assert (grade_on("2026-05-31"), grade_on("2026-06-01")) == ("B", "A")


# ------------------------------------------------------------------------------------------------------- registers


@pytest.fixture(scope="module")
def refreshed():
    """The registers of the refreshed demo with their computed cells, what opsbook makes of them now, and the range of its Policy sheet."""
    grids = list(file.grids((ROOT / "workbooks/demo_refreshed.xlsx").read_bytes()))
    policy = next(list(g.rows) for g in grids if g.name == "制度参数")
    book = load.book([g if g.name != "制度参数" else SimpleNamespace(**vars(g) | {"rows": policy}) for g in grids], catalog()).book
    return book, Workings(book, catalog(), governing.policy_of(book.tabs["policy"], catalog(), AS_OF), AS_OF), policy


def beside(book, sheet, key, among, name, at):
    """The cell ``name`` of the first row of ``among`` whose ``at`` is this row's ``key``."""
    found = {}
    for k, v in zip(book.tabs[among].cells[at], book.tabs[among].cells[name], strict=True):
        found.setdefault(k, v)
    return [found.get(k, "") for k in book.tabs[sheet].cells[key]]


@pytest.mark.parametrize(("name", "figure", "columns", "rows"), [
    ("OPS_SPI", "projects.spi", "ev pv", 31), ("OPS_CPI", "projects.cpi", "ev ac", 31), ("OPS_EAC", "projects.eac", "bac ev ac pv", 31),
    ("OPS_RISK_SCORE", "risks.score", "likelihood impact", 40), ("OPS_RISK_LEVEL", "risks.level", "likelihood impact policy", 40),
    ("OPS_ACCEPTANCE", "acceptance.total_score", "score_goal score_quality score_cost score_docs policy", 10),
    ("OPS_GRADE", "appraisals.grade", "final_score policy", 67), ("OPS_BUDGET_AVAILABLE", "budget.available", "adjusted committed actual", 60),
])  # fmt: skip
def test_a_function_gives_what_stands_in_the_register(name, figure, columns, rows, refreshed):
    book, _, policy = refreshed
    sheet, computed = figure.split(".")
    cells = book.tabs[sheet].cells
    given_ = [policy if c == "policy" else [[v] for v in cells[c]] for c in columns.split()]
    labels = {label.zh: code for code, label in GRADES.items()} if computed == "grade" else {}
    compared(ask(name, *given_), [labels.get(v, v) for v in cells[computed]], rows, 0.006 if computed == "eac" else 1e-4)


GRADES = catalog().sheets["appraisals"].columns["grade"].kind.labels(catalog().lists)


def compared(found, expected, rows, tolerance):
    pairs = [(f[0], e) for f, e in zip(found, expected, strict=True) if not is_fault(f[0])]
    assert len(pairs) >= rows
    for shown, stands in pairs:
        assert shown == like(stands, tolerance), pairs


def test_kpi_and_appraisal_scores_are_those_of_the_registers(refreshed):
    book, _, policy = refreshed
    data, definition = book.tabs["kpi_data"].cells, {n: beside(book, "kpi_data", "kpi_id", "kpis", n, "kpi_id") for n in ("target", "direction", "floor", "tolerance")}
    target = [own if own not in ("", None) and own == own else general for own, general in zip(data["target"], definition["target"], strict=True)]
    given_ = [data["actual"], target, definition["direction"], definition["floor"], definition["tolerance"]]
    compared(ask("OPS_KPI_SCORE", *([[v] for v in c] for c in given_), policy), data["score"], 65, 0.006)
    rows = book.tabs["appraisals"].cells
    scores = [rows[n] for n in ("perf_score", "ability_score", "attitude_score")]
    given_ = [*scores, beside(book, "appraisals", "employee_id", "employees", "post_class", "employee_id"), rows["bonus_points"], rows["deduct_points"]]
    compared(ask("OPS_APPRAISAL", *([[v] for v in c] for c in given_), policy), rows["raw_score"], 60, 0.006)


def test_the_standard_of_an_expense_is_that_of_its_line(refreshed):
    book, workings, policy = refreshed
    lines, level = book.tabs["expenses"].cells, beside(book, "expenses", "employee_id", "employees", "post_level", "employee_id")
    found = ask("OPS_EXPENSE_STANDARD", *([[v] for v in c] for c in (lines["exp_type"], lines["city_tier"], level, lines["days"], lines["persons"])), policy)
    standard = ["" if pd.isna(v) else v for v in workings.frame("expenses").column("standard")]
    one_month = [a == b or a.month == b.month for a, b in zip(lines["start_on"], lines["end_on"], strict=True)]
    kept = [n for n, same in enumerate(one_month) if same]
    compared([found[n] for n in kept], [standard[n] for n in kept], 300, 0.006)


def test_depreciation_of_tangible_assets_is_that_of_the_register(refreshed):
    book, *_ = refreshed
    assets = book.tabs["assets"].cells
    labels = catalog().sheets["assets"].columns["asset_class"].kind.labels(catalog().lists)
    from_the_month_of_addition = [labels[code].zh for code in ("intangible", "software")]
    kept = [n for n, (method, kind, gone) in enumerate(zip(assets["depr_method"], assets["asset_class"], assets["disposed_on"], strict=True))
            if method != "工作量法" and kind not in from_the_month_of_addition and gone == ""]  # fmt: skip
    terms = [[[assets[c][n]] for n in kept] for c in ("depr_method", "original_cost", "residual_rate", "life_months", "in_service_on")]
    opening = [[assets["opening_depr"][n]] for n in kept]
    for name, column, more in (("OPS_DEPRECIATION", "monthly_depr", (None, None, opening)), ("OPS_ACCUM_DEPRECIATION", "accum_depr", (opening,)),
                               ("OPS_NET_VALUE", "net_value", (opening,))):  # fmt: skip
        compared(ask(name, *terms, AS_OF, *more), [assets[column][n] for n in kept], 50, 0.006)


# ------------------------------------------------------------------------------------------------- texts for Excel

RESERVED = """and as boolean byref byte byval call case close const currency date debug decimal declare dim do double each else elseif empty end enum erase
error event exit false for friend function get global gosub goto if imp implements in input integer is let lib like line lock long loop lset me mod name new next not
nothing null on open option optional or paramarray preserve print private property public put raiseevent redim rem resume return rset seek select set single static
step stop string sub then to true type typeof unlock until variant wend while width with withevents write xor id method no rate"""


def test_the_texts_for_excel_are_what_is_made_today():
    assert (ROOT / "macros/udfs.bas").read_text(encoding="utf-8") == functions.bas()
    assert (ROOT / "macros/lite.py").read_text(encoding="utf-8") == functions.lite()


def test_vba_takes_every_function():
    text = (ROOT / "macros/udfs.bas").read_text(encoding="utf-8")
    assert analyze_loose_file(ROOT / "macros/udfs.bas") == []
    assert max(map(len, text.splitlines())) < 1000
    made = re.findall(r"^Public Function (\w+)\(([^)]*)\)$", text, re.MULTILINE)
    assert [name for name, _ in made] == list(REGISTRY)
    for name, asked in made:
        names = [part.removeprefix("Optional ") for part in asked.split(", ")]
        assert not {n.lower() for n in names} & set(RESERVED.split()), name
        assert f'"{name.lower()}", Array({", ".join(names)}),' in text
        assert [part.startswith("Optional ") for part in asked.split(", ")] == [optional for *_, optional in REGISTRY[name].parameters]


def test_xlwings_lite_gives_what_the_registry_gives(monkeypatch):
    """It hears of every argument that a range keeps its rows and columns."""
    recorded, whole = {}, {}

    def arg(name, **options):
        return lambda f: whole.setdefault(f.__name__, {}).update({name: options}) or f

    monkeypatch.setitem(sys.modules, "xlwings", SimpleNamespace(func=lambda f: recorded.setdefault(f.__name__, f), arg=arg))
    exec(compile((ROOT / "macros/lite.py").read_text(encoding="utf-8"), "lite.py", "exec"), {})
    assert list(recorded) == [name.lower() for name in REGISTRY]
    assert whole == {name.lower(): {p: {"ndim": 2} for p, *_ in f.parameters} for name, f in REGISTRY.items()}
    for name, (args, *_) in FIRST.items():
        as_ranges = [v if isinstance(v, list) or v is None else [[v]] for v in args]
        assert recorded[name.lower()](*as_ranges) == ask(name, *args)


# --------------------------------------------------------------------------------------------------------- hostile

CELLS = st.one_of(
    st.sampled_from([None, "", 0, -1, 1, 3, 0.05, 36, 1e308, -1e308, 1e-308, math.inf, -math.inf, math.nan, 10**400, True, False, "x" * 5000, "=1+1", "#N/A", "\x00",
                     "straight_line", "units", "higher", "target", "manager", "hotel", "T1", "L1", "vat_plain", "risks", "combined", "2026-02-29", "2024-02-29", 45000,
                     date(1, 1, 1), date(9999, 12, 31), datetime(2026, 1, 1, 5), [1, 2], {}, b"x", object()]),
    st.text(max_size=8), st.floats(), st.integers(-100, 100),
)  # fmt: skip
RANGES = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda size: st.lists(st.lists(CELLS, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
)
ANYTHING = st.one_of(CELLS, RANGES, st.sampled_from([[], [[]], [1, [2, 3]], [[1], [2, 3]], [[[1]]], (1, 2), ((1,), (2,))]))


def size_of(value):
    rows = value if isinstance(value, (list, tuple)) else [value]
    if not any(isinstance(row, (list, tuple)) for row in rows):
        rows = [rows]
    return len(rows), max(1, *(len(row) if isinstance(row, (list, tuple)) else 1 for row in rows))


@settings(max_examples=400, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_call_raises_and_the_shape_is_that_of_its_ranges(data):
    function = data.draw(st.sampled_from(list(REGISTRY.values())))
    args = [data.draw(ANYTHING) for _ in function.parameters]
    found = function.call(*args)
    if isinstance(found, str) and found.startswith("#OPS: "):
        return
    sizes = [size_of(v) for v, (_, takes, _) in zip(args, function.parameters, strict=True) if v is not None and takes != "whole"]
    rows, columns = (max(s[n] for s in sizes) for n in (0, 1))
    assert all(s[0] in (1, rows) and s[1] in (1, columns) for s in sizes)
    table = found if isinstance(found, list) else [[found]]
    expected = (rows * columns, 2) if function.name == "OPS_VAT_SPLIT" else (rows, columns)
    assert (len(table), *{len(row) for row in table}) == expected
    assert all(isinstance(v, (str, bool)) or (isinstance(v, float) and math.isfinite(v)) for row in table for v in row)
