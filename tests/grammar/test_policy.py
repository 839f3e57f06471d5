"""Policy values are asked per row: the most specific, latest effective row wins for the date of the row being judged."""

from datetime import date

import pytest
from conftest import case_of

TABLES = """
|   | policy           | value | applies_to | effective_from |
|---|------------------|-------|------------|----------------|
|   | exp.limit.deputy | 5000  | *          |                |
|   | exp.limit.deputy | 6000  | *          | 2026-07-01     |
|   | exp.limit.deputy | 8000  | 运营管理部 | 2026-04-01     |
|   | exp.limit.deputy | 9000  | ops_mgmt   | 2026-08-01     |
|   | exp.meal.T1      | 150   | *          | 2026-06-01     |
|   | bud.warn         | 0.8   | *          |                |
|   | exp.scope        | hotel；meal | * |                |
|   | exp.city.绍兴    | T2    | *          |                |

|   | expenses       | department    | start_on   | end_on     | city_tier |
|---|----------------|---------------|------------|------------|-----------|
|   | EXP-2026-00001 | data_analysis | 2026-03-01 | 2026-03-01 | T1        |
|   | EXP-2026-00002 | data_analysis | 2026-07-01 | 2026-07-01 | T1        |
|   | EXP-2026-00003 | ops_mgmt      | 2026-03-31 | 2026-03-31 | T2        |
|   | EXP-2026-00004 | ops_mgmt      | 2026-04-01 | 2026-04-01 |           |
|   | EXP-2026-00005 | ops_mgmt      | 2026-08-01 | 2026-08-01 | T3        |
"""


@pytest.fixture(scope="module")
def case():
    return case_of(TABLES)


def test_scope_and_date_of_each_row(case):
    rows = case.workings.frame("expenses", "expenses")
    assert list(case.workings.policy("exp.limit.deputy", rows)) == [5000, 6000, 5000, 8000, 9000]


def test_one_number_where_nothing_differs(case):
    rows = case.workings.frame("expenses", "expenses")
    assert case.workings.policy("exp.deadline_days", rows) == 60.0


def test_families_by_member(case):
    rows = case.workings.frame("expenses", "expenses")
    asked = list(case.workings.policy("exp.meal", rows, rows.column("city_tier")))
    assert asked[:3] == [120, 150, 100]
    assert asked[3] != asked[3]
    assert asked[4] == 100


def test_today_where_no_row_is_asked_for(case):
    assert case.workings.policy("exp.limit.deputy") == 6000


def test_percentages_lists_and_new_members(case):
    policy = case.workings.policy
    assert policy("bud.warn") == 0.8
    assert policy("accept.w.goal") == 0.4
    assert policy("exp.scope") == ("hotel", "meal")
    assert policy("exp.city.绍兴") == "T2"


def test_an_unknown_key_is_an_error_of_the_rule(case):
    with pytest.raises(KeyError, match="no policy key"):
        case.workings.policy("exp.limt")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [("exp.limit.deputy", "五千", "is not a number"), ("exp.limit.deputy", "-1", "is not >= 0"), ("evm.eac", "typicl", "is none of"),
     ("org.status_date", "2026-02-30", "is not a date"), ("kpi.alert_score", "300", "is not >= 0 <= 200"),
     ("exp.limit.deputy2", "1", "there is no such key"), ("org.pending_days", "2.5", "not a whole number"),
     ("org.closed_through", "2026-13", "not a month"), ("org.timezone", "Mars/Phobos", "no time zone"),
     ("org.timezone", "../../etc/passwd", "no time zone"), ("exp.limit.deputy", "inf", "is not a number"),
     ("risk.cycle_days", "1e308", "is not >= 0 <= 36500"), ("exp.tax_rates", "0;六", "has not the form"), ("ref.region2", "11;1", "has not the form"),
     ("org.centre_depts", "ops_mgmt;sales", "sales is none of"), ("org.dept.ops", "sales", "sales is none of"),
     ("org.worktime", "9 to 5", "has not the form"), ("org.worktime", "25:00-26:00", "has not the form"), ("org.name", "", "it is blank"),
     ("exp.scope", "", "it is blank"), ("exp.scope", "hotel;bribes", "bribes is none of")],
)  # fmt: skip
def test_faults_are_sentences_at_their_rows(key, value, reason):
    case = case_of(f"| | policy | value |\n|---|---|---|\n| | {key} | {value} |\n")
    faults = [(row, said) for row, name, said in case.workings.policy.faults if row]
    assert faults[0][0] == 2
    assert reason in faults[0][1].en
    assert faults[0][1].zh


def test_a_rule_can_be_switched_off_and_weighed_anew():
    tables = """
| | policy                 | value   |
|---|----------------------|---------|
| | rule.EXP-009.severity  | warning |
| | rule.GEN-014.enabled   | N       |

|   | expenses       | claim_amount | total_amount | exp_type |
|---|----------------|--------------|--------------|----------|
|   | EXP-2026-00001 | 999          | 899          | meal     |
"""
    found = case_of(tables, as_of=date(2026, 9, 30)).findings("EXP-009", "GEN-014")
    assert [(f.rule, f.severity.value) for f in found] == [("EXP-009", "warning")]
