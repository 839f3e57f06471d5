"""What a centre adds itself governs its own workbook and those that are judged by it, and nothing that a submission adds does."""

import json

import openpyxl
import pytest
from conftest import clean_centre, run_opsbook

from opsbook import jobs
from opsbook.actions import template
from opsbook.actions.extending import of_records
from opsbook.demo import operations
from opsbook.demo import own as examples
from opsbook.hosts import new_file
from opsbook.jobs.drawing import policy_records
from opsbook.sheets import catalog

GOVERNING = ("policy", "lists", "columns", "rules", "figures", "tables", "switches")
LISTS = [*template.list_records(catalog()), *({"list_key": "cost_centre", "code": c, "label_en": c.upper(), "label_zh": f"中心{c}"} for c in ("a", "b"))]
LISTS.insert(3, {"list_key": "dept", "code": "audit_dept", "label_en": "Audit Dept", "label_zh": "审计部"})
OWN = {
    "lists": LISTS,
    "columns": [{"on_sheet": "费用报销", "field": "cost_centre", "header_en": "Cost Centre", "header_zh": "成本中心", "holds": "choice", "list_key": "cost_centre",
                 "is_required": "Y"},
                {"on_sheet": "费用报销", "field": "trips", "header_en": "Trips", "header_zh": "次数", "holds": "whole", "least": 0.0, "most": 9.0}],
    "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "at_column": "成本中心", "weight": "warning", "only_when": "[报销金额] > 500",
               "must_be": '[成本中心] <> "中心b"', "message_en": "{Claimed Amount} on {Cost Centre}", "message_zh": "{报销金额} 记入 {成本中心}"},
              {"rule_id": "USR-002", "on_sheet": "费用报销", "must_be": "[报销金额] / [次数] < 1E6"}],
    "figures": [{"on_sheet": "费用报销", "field": "per_trip", "header_en": "Per Trip", "header_zh": "单次金额", "holds": "amount",
                 "formula": "IF([次数] = 0, 0, ROUND([报销金额] / [次数], 2))"}],
    "tables": [{"table_id": "T-001", "title_en": "By cost centre", "title_zh": "按成本中心", "on_sheet": "费用报销", "down": "成本中心",
                "values": "SUM([报销金额]); SUM([单次金额])", "chart": "bar", "order": "largest"}],
}  # fmt: skip


def claims(number=12):
    rows = [dict(r) for r in operations.records()["expenses"][:number]]
    for n, row in enumerate(rows):
        row |= {"cost_centre": "ab"[n % 2], "trips": float(n % 3)}
    return rows


def drawn(path, records, sheets, lang="zh"):
    in_use = of_records(OWN, catalog())
    keys = tuple(dict.fromkeys((*sheets, *(k for k in GOVERNING if k in records))))
    new_file.draw(template.pages(in_use, template.Choice(lang, keys, "finance"), records), path)
    return path


@pytest.fixture
def centre(tmp_path):
    records = {"employees": operations.records()["employees"], "policy": policy_records("zh"), **OWN, "switches": [], "expenses": claims()}
    return drawn(tmp_path / "centre.xlsx", records, ("employees", "expenses"))


def told(result, *heads):
    return {(f.rule, f.column, f.record) for f in result.findings if f.rule.startswith(heads)}


def test_it_is_checked_like_what_is_built_in(centre):
    result = jobs.validate(centre)
    over = {("USR-001", "cost_centre", r["expense_id"]) for n, r in enumerate(claims()) if n % 2 and r["claim_amount"] > 500}
    no_trips = {("USR-002", "expense_id", r["expense_id"]) for n, r in enumerate(claims()) if n % 3 == 0}
    assert over
    assert told(result, "USR") == over | no_trips  # a division by zero never passes for right
    assert {f.severity.value for f in result.findings if f.rule == "USR-001"} == {"warning"}
    assert any("#DIV/0!" in f.message.en for f in result.findings if f.rule == "USR-002")
    assert not told(result, "LST", "COL", "RUL", "RUN")


@pytest.mark.parametrize(("change", "expected"), [
    ({"cost_centre": None}, ("GEN-001", "cost_centre")), ({"trips": 10.0}, ("GEN-013", "trips")), ({"trips": 1.5}, ("GEN-002", "trips")),
    ({"cost_centre": "c"}, ("GEN-003", "cost_centre")), ({"department": "审计部"}, None), ({"department": "稽核部"}, ("GEN-003", "department")),
])  # fmt: skip
def test_columns_and_lists_of_ones_own_are_checked(tmp_path, change, expected):
    row = claims(1)[0] | {"expense_id": "EXP-2026-09999", "claim_id": "CLM-2026-9999", "trips": 1.0, **change}
    path = drawn(tmp_path / "c.xlsx", {**OWN, "policy": policy_records("zh"), "expenses": [row]}, ("expenses",))
    found = {(f.rule, f.column) for f in jobs.validate(path).findings if f.column in change and f.rule.startswith("GEN-0")}
    assert found == ({expected} if expected else set())


def test_a_refresh_works_out_figures_and_draws_tables_and_keeps_the_rest(centre):
    once = jobs.refresh(centre)
    assert once.failed == ()
    centre.write_bytes(once.package)
    book = openpyxl.load_workbook(centre, data_only=True)
    header = [c.value for c in book["费用报销"][5]]
    for n, row in enumerate(claims()):
        made = book["费用报销"].cell(6 + n, header.index("单次金额") + 1).value
        assert made == pytest.approx(round(row["claim_amount"] / (n % 3), 2) if n % 3 else 0)
        assert book["费用报销"].cell(6 + n, header.index("成本中心") + 1).value == f"中心{'ab'[n % 2]}"
    said = [c.value for line in book["自定义汇总表"].iter_rows() for c in line if c.value is not None]
    assert "按成本中心  By cost centre" in said
    sums = {c: round(sum(r["claim_amount"] for r in claims() if r["cost_centre"] == c), 2) for c in "ab"}
    assert sums["a"] in said
    assert sums["b"] in said
    assert book["自定义汇总表"]._charts
    over = sum(n % 2 and row["claim_amount"] > 500 for n, row in enumerate(claims()))
    assert [book["自定义规则"].cell(r, 11).value for r in (6, 7)] == [f"√ 12 行 · {over} 行不符", "√ 12 行 · 4 行不符"]
    again = jobs.refresh(centre)
    assert again.filled == 0


def test_the_centres_own_govern_a_submission_and_the_submissions_do_not(centre, tmp_path):
    reference = jobs.Reference.read(centre)
    rows = claims(4)
    plain = drawn(tmp_path / "plain.xlsx", {"expenses": rows}, ("expenses",))
    assert told(jobs.validate(plain, reference=reference), "USR")
    sly = [dict(OWN["rules"][0], must_be="TRUE"), {"rule_id": "USR-009", "on_sheet": "费用报销", "must_be": "FALSE"}]
    twisted = {**OWN, "rules": sly, "lists": [*LISTS, {"list_key": "dept", "code": "mine", "label_en": "Mine", "label_zh": "我的"}], "expenses": rows,
               "switches": [{"rule_id": "EXP-002", "is_on": "N"}]}  # fmt: skip
    result = jobs.validate(drawn(tmp_path / "sly.xlsx", twisted, ("expenses",)), reference=reference)
    assert told(result, "USR") == told(jobs.validate(plain, reference=reference), "USR")
    assert {f.sheet for f in result.findings if f.rule == "POL-005"} == {"自定义规则", "选项列表", "规则开关"}


def test_the_templates_own_lists_are_no_difference(centre, tmp_path):
    jobs.new(tmp_path / "new.xlsx", lang="zh", sheets="claims", like=(reference := jobs.Reference.read(centre)))
    result = jobs.validate(tmp_path / "new.xlsx", reference=reference)
    assert not told(result, "POL-005", "GEN-020")
    header = [c.value for c in openpyxl.load_workbook(tmp_path / "new.xlsx")["费用报销"][5]]
    assert {"成本中心", "次数", "单次金额"} <= {*header}


def test_a_reference_whose_rules_are_broken_is_refused(tmp_path):
    broken = {**OWN, "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "must_be": "[报销金额 > 1"}], "policy": policy_records("zh")}
    with pytest.raises(ValueError, match="cannot be read"):
        jobs.Reference.read(drawn(tmp_path / "b.xlsx", broken, ("employees",)))


def test_a_rule_that_is_broken_never_passes_silently(tmp_path):
    broken = {**OWN, "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "must_be": "[Amuont] > 1"}], "policy": policy_records("zh"), "expenses": claims(2)}
    path = drawn(tmp_path / "b.xlsx", broken, ("expenses",))
    for command in (("validate",), ("rules", "check")):
        done = run_opsbook(*command, path, "--lang", "en")
        assert done.returncode == 2
        assert "RUL-002" in done.stdout
        assert "there is no column [Amuont]. Did you mean" in done.stdout
    page = run_opsbook("validate", path, "--format", "sarif")
    assert json.loads(page.stdout)["runs"]


def test_switches_turn_rules_off_and_weigh_them(tmp_path):
    rows = claims(3)
    for row in rows:
        row["claim_amount"] = row["total_amount"] + 1
    records = {**OWN, "policy": policy_records("zh"), "expenses": rows, "switches": []}
    assert told(jobs.validate(drawn(tmp_path / "on.xlsx", records, ("expenses",))), "EXP-009")
    for switch, expected in (({"is_on": "N"}, set()), ({"weight": "note"}, {"note"})):
        path = drawn(tmp_path / f"{len(expected)}.xlsx", records | {"switches": [{"rule_id": "EXP-009", **switch}]}, ("expenses",))
        assert {f.severity.value for f in jobs.validate(path).findings if f.rule == "EXP-009"} == expected


def test_consolidation_keeps_columns_of_ones_own(centre, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(2):
        rows = [r | {"expense_id": f"EXP-2026-{'AB'[n] * 2}-{k:05}", "trips": 1.0} for k, r in enumerate(claims(3), 1)]
        drawn(folder / f"{n}.xlsx", {"expenses": rows}, ("expenses",))
    done = run_opsbook("consolidate", folder, "-o", tmp_path / "all.xlsx", "--rows", "--reference", centre)  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    book = openpyxl.load_workbook(tmp_path / "all.xlsx", data_only=True)
    header = [c.value for c in book["费用报销"][5]]
    assert {"成本中心", "单次金额"} <= {*header}
    assert {book["费用报销"].cell(r, header.index("成本中心") + 1).value for r in range(6, 6 + 2)} <= {"中心a", "中心b"}
    assert "自定义汇总表" in book.sheetnames


def test_the_demos_examples_can_be_used():
    in_use = of_records(examples.records(), catalog())
    assert "USR-001" in in_use.rules
    assert "net_share" in in_use.sheets["expenses"].columns
    assert list(in_use.faults()) == []


def test_nothing_of_its_own_is_the_shipped_catalog(tmp_path):
    assert of_records({}, catalog()) is catalog()
    assert jobs.Reference.read(clean_centre(tmp_path / "c.xlsx")).catalog.rules.keys() == catalog().rules.keys()


def test_the_second_centre_is_made_of_sheets_alone(tmp_path):
    """Other departments, limits, matrix, columns, rules, figures and tables; nothing in its rows is unknown to it."""
    result = jobs.validate(jobs.second(tmp_path / "second.xlsx"), complete=True)
    assert not told(result, "LST", "COL", "RUL", "RUN", "POL", "GEN-003", "GEN-024", "EXP-024", "USR")
    assert result.policy("org.dept.ops") == "dispatch"
    assert result.policy("exp.city.yangshan") == "T2"
    assert {"hub_manager", "picker"} <= result.workings.catalog.lists["post"].keys()
    assert result.policy("risk.cell.3.5") == "very_high"
    assert result.workings.catalog.lists["dept"].keys() == {"hub_office", "dispatch", "fleet", "warehouse", "finance", "security"}
    done = run_opsbook("rules", "check", tmp_path / "second.xlsx", "--lang", "en")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("√") == 15


def test_cities_and_posts_are_lists_beside_which_others_may_be_typed(tmp_path):
    """A city that a centre adds is known by its code and both labels, offered in the dropdown, and Policy may name its tier."""
    rows = [*LISTS]
    last = max(n for n, row in enumerate(rows) if row["list_key"] == "city")
    rows.insert(last + 1, {"list_key": "city", "code": "yangshan", "label_en": "Yangshan Port", "label_zh": "洋山港"})
    own = OWN | {"lists": rows, "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "must_be": '[City] <> "Yangshan Port"'}]}
    said = [("洋山港", "T2"), ("yangshan port", "T2"), ("YANGSHAN", "T1"), ("洋山", "T3"), ("杭州", "T2"), (None, None)]
    lines = [row | {"city": city, "city_tier": tier, "exp_type": "meal" if city else "office"} for row, (city, tier) in zip(claims(6), said, strict=True)]
    drawn_ = template.pages(of_records(own, catalog()), template.Choice("zh", ("employees", "expenses", *GOVERNING)),
                            {"employees": operations.records()["employees"], "policy": policy_records("zh", {"exp.city.yangshan": "T2"}), "expenses": lines, **own})
    new_file.draw(drawn_, path := tmp_path / "centre.xlsx")
    result = jobs.validate(path)
    number = [row["expense_id"] for row in lines]
    assert told(result, "USR") == {("USR-001", "expense_id", n) for n in number[:3]}
    assert told(result, "EXP-024") == {("EXP-024", "city_tier", number[2])}
    assert told(result, "GEN-024") == {("GEN-024", "city", number[3])}
    assert next(f for f in result.findings if f.rule == "GEN-024").fix.zh == "是否为“洋山港”？如无误，请在“选项列表”中补充。"
    assert next(f for f in result.findings if f.rule == "EXP-024").message.en == "Policy has Yangshan Port as Tier 2 city, not Tier 1 city"
    book = openpyxl.load_workbook(path)
    offered = {v.formula1: v.errorStyle for v in book["费用报销"].data_validations.dataValidation if v.formula1 and "list_" in v.formula1}
    assert offered["list_city"] == "information"
    assert offered["list_exp_type"] in (None, "stop")
    assert "list_city" in book.defined_names


def test_a_changed_block_is_what_policy_says(tmp_path):
    """The Policy sheet takes its values from the blocks: whoever changes one there has changed the policy (here as Calc saves it)."""
    from conftest import converted

    jobs.new(tmp_path / "new.xlsx", lang="zh", sheets="claims")
    book = openpyxl.load_workbook(tmp_path / "new.xlsx")
    block = book["参数表格"]
    cell = next(c for row in block.iter_rows() for c in row if c.value == 500)
    cell.value = 555
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in/new.xlsx")
    result = jobs.validate(converted(tmp_path / "in/new.xlsx", "xlsx", tmp_path))
    assert result.policy("exp.hotel.T1.L1") == 555
    assert result.policy("exp.hotel.T1.L2") == 600


def test_the_policys_version_changes_with_a_rule(centre, tmp_path):
    one = jobs.validate(centre).policy.version
    records = {"employees": operations.records()["employees"], "policy": policy_records("zh"), **OWN, "rules": OWN["rules"][:1], "switches": [], "expenses": claims()}
    assert jobs.validate(drawn(tmp_path / "other.xlsx", records, ("employees", "expenses"))).policy.version != one
    report = run_opsbook("validate", centre, "--format", "json").stdout
    assert json.loads(report)["files"][0]["policy"] == one


@pytest.mark.parametrize("form", ["sarif", "junit", "html", "jsonl"])
def test_every_report_names_rules_of_ones_own(centre, form):
    done = run_opsbook("validate", centre, "--format", form)
    assert done.returncode == 1, done.stderr
    assert "USR-001" in done.stdout


def test_a_table_whose_filter_comes_to_an_error_says_so(tmp_path):
    broken = [dict(OWN["tables"][0], only_when="[报销金额] / [次数] > 1")]
    path = drawn(tmp_path / "t.xlsx", {**OWN, "tables": broken, "policy": policy_records("zh"), "expenses": claims()}, ("expenses",))
    assert any("筛选条件在 4 行出错" in said for said in jobs.refresh(path).failed)


# ------------------------------------------------------------------------------------ what is odd, and what is hostile


def many(number, **more):
    """Claims with numbers of their own."""
    first = claims(1)[0]
    return [first | {"expense_id": f"EXP-2026-{n:05}", "claim_id": f"CLM-2026-{n:04}", "invoice_no": f"2632{n:016}", "trips": 1.0, **more} for n in range(number)]


def broken_by(tmp_path, must, rows=None, only="", more=None, **sheets):
    rule = {"rule_id": "USR-001", "on_sheet": "费用报销", "must_be": must, "only_when": only}
    records = {**OWN, "rules": [rule], "policy": policy_records("zh"), "expenses": rows if rows is not None else claims(), **sheets}
    result = jobs.validate(drawn(tmp_path / "b.xlsx", records, ("expenses", *(sheets or ()))), complete=True)
    return result, [f for f in result.findings if f.rule in ("USR-001", "RUN-001")]


@pytest.mark.parametrize("number", [64, 70, 126, 127, 128, 300])
def test_texts_of_two_columns_are_chosen_between_however_many_there_are(tmp_path, number):
    _, found = broken_by(tmp_path, "IF([报销金额] > 1E9, [expense_id], [claim_id]) = [claim_id]", many(number))
    assert not found


def test_a_running_sum_of_one_group_knows_nothing_of_another(tmp_path):
    from datetime import date

    rows = many(5, claim_amount=333333333.33)
    for n, row in enumerate(rows[2:]):
        row |= {"department": "finance", "claim_amount": 2000.1, "start_on": date(2026, 1, 3 + n)}
    _, found = broken_by(tmp_path, 'SUMIFS(expenses[claim_amount], expenses[department], [department], expenses[start_on], "<=" & [start_on]) <= 6000.3', rows,
                         '[department] = "财务部门"')  # fmt: skip
    assert not found


@pytest.mark.parametrize(("must", "rule"), [
    ('POLICY("exp.hotel") > 0', "RUL-003"), ('POLICY("exp.hotel", "T1") > 0', "RUL-003"), ('POLICY("exp.limit.deputy", "no such") > 0', "RUL-002"),
    ('[部门] & "" <> "客户服务部"', "RUL-003"), ('LEFT([部门], 2) = "客户"', "RUL-003"), ('IF(TRUE, [部门]) = "no such"', "RUL-002"),
    ("'1" + "%" * 1900 + "' = 0", "RUL-001"), ("=;}", "RUL-001"), ("(" * 15 + "1" + ("+1" * 60 + ")") * 15 + "=0", "RUL-001"), ("SUM([报销金额], \"5\") > 0", "RUL-003"),
])  # fmt: skip
def test_what_could_never_be_meant_is_refused(tmp_path, must, rule):
    result, found = broken_by(tmp_path, must)
    assert [f.rule for f in result.findings if f.rule.startswith("RUL")] == [rule]
    assert not found


def test_labels_are_understood_where_another_record_is_looked_up(tmp_path):
    _, found = broken_by(tmp_path, 'XLOOKUP([employee_id], employees[employee_id], employees[status]) = "在岗"', employees=operations.records()["employees"])
    assert not found


@pytest.mark.parametrize("must", ["SUM(assets[original_cost]) = 0", "COUNTIFS(assets[original_cost], [报销金额]) = 0", "MAX(assets[acquired_on]) = 0",
                                  'XLOOKUP([expense_id], assets[asset_id], assets[name], "n") = "n"'])  # fmt: skip
def test_a_sheet_without_rows_is_one_without_rows(tmp_path, must):
    assert not broken_by(tmp_path, must, assets=[])[1]


def test_a_register_without_rows_is_refreshed(tmp_path):
    path = drawn(tmp_path / "e.xlsx", {**OWN, "policy": policy_records("zh"), "expenses": []}, ("expenses",))
    assert jobs.refresh(path).failed == ()


def test_texts_of_many_columns_are_put_together(tmp_path):
    assert not broken_by(tmp_path, f"LEN(CONCAT({', '.join(['[expense_id]'] * 20)})) = 20 * LEN([expense_id])", many(40))[1]


def test_what_would_take_too_long_says_so(tmp_path):
    rows = [row | {"purpose": f"purpose {n}"} for n, row in enumerate(many(1500))]
    _, found = broken_by(tmp_path, 'COUNTIFS(expenses[purpose], [purpose] & "*") >= 1', rows)
    assert [f.rule for f in found] == ["RUN-001"]
    assert "one by one" in found[0].message.en


def test_braces_of_a_rule_are_no_names_in_its_message(tmp_path):
    _, found = broken_by(tmp_path, '[事由] = "{abc}"', claims(2))
    assert {f.rule for f in found} == {"USR-001"}
    assert "{abc}" in found[0].message.en


@pytest.mark.parametrize("change", [{"must_be": True}, {"on_sheet": None}, {"only_when": False}, {"weight": "Grave"}])
def test_a_row_of_which_a_cell_cannot_be_read_is_not_used_and_told(tmp_path, change):
    rules = [{**OWN["rules"][0], **change}]
    records = {**OWN, "rules": rules, "policy": policy_records("zh"), "expenses": claims(3)}
    path = drawn(tmp_path / "b.xlsx", records, ("expenses",))
    found = {f.rule for f in jobs.validate(path).findings}
    assert "RUL-003" in found
    assert "USR-001" not in found
    with pytest.raises(ValueError, match="not used"):
        jobs.Reference.read(path)


def test_a_figure_that_names_one_that_falls_out_falls_out_too(tmp_path):
    figures = [{"on_sheet": "费用报销", "field": name, "header_en": name.upper(), "header_zh": f"指标{name}", "holds": "number", "formula": formula}
               for name, formula in (("fa", "[fb] + 1"), ("fb", "[nonexist] + 1"), ("fc", "[fd] + 1"), ("fd", "[fe] + 1"), ("fe", "[fd] + 1"))]  # fmt: skip
    path = drawn(tmp_path / "f.xlsx", {**OWN, "rules": [], "tables": [], "figures": figures, "policy": policy_records("zh"), "expenses": claims(3)}, ("expenses",))
    result = jobs.validate(path)
    assert {(f.rule, f.row) for f in result.findings if f.key == "figures" and f.rule.startswith("RUL")} == {
        ("RUL-002", 6), ("RUL-002", 7), ("RUL-002", 8), ("RUL-004", 9), ("RUL-004", 10)}  # fmt: skip
    assert jobs.refresh(path).failed == ()


def test_a_figure_of_a_lists_values_shows_their_labels_and_is_compared_by_them(tmp_path):
    own = OWN | {"figures": [{"on_sheet": "费用报销", "field": "home", "header_en": "Home Dept", "header_zh": "所属部门", "holds": "text",
                              "formula": "XLOOKUP([employee_id], employees[employee_id], employees[department])"}],
                 "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "must_be": '[所属部门] <> "Operations Management Dept"'}], "tables": []}  # fmt: skip
    records = {"employees": operations.records()["employees"], "policy": policy_records("zh"), "expenses": claims(), **own}
    path = tmp_path / "b.xlsx"
    new_file.draw(template.pages(of_records(own, catalog()), template.Choice("zh", ("employees", "expenses", *GOVERNING), "finance"), records), path)
    department = {p["employee_id"]: p["department"] for p in operations.records()["employees"]}
    result = jobs.validate(path)
    assert {f.record for f in result.findings if f.rule == "USR-001"} == {r["expense_id"] for r in claims() if department[r["employee_id"]] == "ops_mgmt"} != set()
    path.write_bytes(jobs.refresh(path).package)
    sheet = openpyxl.load_workbook(path, data_only=True)["费用报销"]
    at = [c.value for c in sheet[5]].index("所属部门") + 1
    labels = {code: label.zh for code, label in catalog().lists["dept"].items()}
    assert [sheet.cell(6 + n, at).value for n in range(12)] == [labels[department[r["employee_id"]]] for r in claims()]


@pytest.mark.parametrize(("holds", "formula", "said"), [("whole", "[报销金额] / 7", "whole number"), ("score", "[报销金额] * 100", "score"),
                                                        ("percent", "1.5", "percentage"), ("whole", "[次数]", ""), ("amount", "[报销金额] * 0.1", "amount")])  # fmt: skip
def test_a_figure_whose_values_are_not_of_its_type_says_so(tmp_path, holds, formula, said):
    own = OWN | {"figures": [OWN["figures"][0] | {"holds": holds, "formula": formula}], "rules": [], "tables": []}
    path = tmp_path / "b.xlsx"
    records = {**own, "policy": policy_records("zh"), "expenses": claims()}
    new_file.draw(template.pages(of_records(own, catalog()), template.Choice("zh", ("expenses", *GOVERNING), "finance"), records), path)
    done = run_opsbook("rules", "check", path, "--lang", "en")
    line = next(line for line in done.stdout.splitlines() if "自定义指标" in line)
    assert ("▲" in line and f"not what the type asks for ({said})" in line) if said else "√" in line, done.stdout


@pytest.mark.parametrize(("must_be", "said", "code"), [
    ('COUNTIFS([报销金额], ">=6%") > 0', "√", 0), ('COUNTIFS([报销金额], "六") = 0', '▲ "六" matches no row: [Claimed Amount] never holds such a value', 0),
    ('COUNTIFS([事由], ">5") = 0', '▲ ">5" matches no row: [Purpose] never holds such a value', 0), ("MOD([报销金额], 0) = 1", "◆ it comes to #DIV/0! in every row", 2),
    ("WEEKDAY([发生开始], 18) < 6", "◆ it comes to #NUM! in every row", 2), ("WEEKDAY([发生开始], 11) < 8", "√", 0),
    ("[claimed amount] + [报销 金额] + [报销金额（元）] + [价税合计金额] > 0", "√", 0),
])  # fmt: skip
def test_a_rule_that_can_never_say_anything_says_so(tmp_path, must_be, said, code):
    """Criteria of another kind than their column, conditions that come to an error in every row; columns by every name that a header may bear."""
    rule = {"rule_id": "USR-001", "on_sheet": " 费用报销", "must_be": must_be}
    path = drawn(tmp_path / "c.xlsx", {**OWN, "rules": [rule], "figures": [], "tables": [], "policy": policy_records("zh"), "expenses": claims()}, ("expenses",))
    done = run_opsbook("rules", "check", path, "--lang", "en")
    line = next(line for line in done.stdout.splitlines() if "USR-001" in line)
    assert said in line, done.stdout
    assert done.returncode == code


def test_a_figure_that_is_an_error_in_every_row_says_so(tmp_path):
    figure = OWN["figures"][0] | {"formula": "SQRT(-[报销金额])"}
    path = drawn(tmp_path / "c.xlsx", {**OWN, "rules": [], "figures": [figure], "tables": [], "policy": policy_records("zh"), "expenses": claims()}, ("expenses",))
    done = run_opsbook("rules", "check", path, "--lang", "en")
    assert "◆ it comes to #NUM! in every row" in done.stdout
    assert done.returncode == 2


def test_tables_lose_nothing(tmp_path):
    """Columns of numbers, 0 and blanks among them; lines that are left out as one more; sums of sums."""
    rows = many(12)
    for n, row in enumerate(rows):
        row |= {"trips": [0.0, None, 1.0, 2.0][n % 4], "purpose": f"purpose {n}", "claim_amount": 100.0 + n}
    tables = [{"table_id": "T-001", "title_en": "One", "title_zh": "一", "on_sheet": "费用报销", "down": "成本中心", "across": "次数", "values": "SUM([报销金额])"},
              {"table_id": "T-002", "title_en": "Two", "title_zh": "二", "on_sheet": "费用报销", "down": "事由", "values": "SUM([报销金额])", "most": 2.0,
               "order": "largest"},
              {"table_id": "T-003", "title_en": "Three", "title_zh": "三", "on_sheet": "费用报销", "down": "成本中心",
               "values": "MAX(0, SUM([报销金额]) - 100); MIN(SUM([报销金额]), 100)"}]  # fmt: skip
    path = drawn(tmp_path / "t.xlsx", {**OWN, "tables": tables, "policy": policy_records("zh"), "expenses": rows}, ("expenses",))
    workings = jobs.validate(path).workings
    one, two, three = (workings.lines(f"own_{row}") for row in (6, 7, 8))
    assert [getattr(n, "header", None) and n.header.en for n in one.columns][1:-1] == ["0", "1", "2", "(blank)", "Total"]
    assert one.iloc[0, 1:5].sum() == one.iloc[0, 5] == sum(r["claim_amount"] for r in rows)
    assert list(two["v0"]) == [111.0, 110.0, sum(100.0 + n for n in range(10))]
    assert two["line"].iloc[-1].en == "10 others"
    assert list(three.iloc[0, 1:3]) == [sum(r["claim_amount"] for r in rows) - 100, 100.0]


def test_a_sheet_of_somebody_elses_may_bear_such_a_name(tmp_path):
    path = drawn(tmp_path / "n.xlsx", {"policy": policy_records("zh"), "expenses": claims(2)}, ("expenses",))
    book = openpyxl.load_workbook(path)
    book.create_sheet("Tables")["A1"] = "my notes"
    book.save(path)
    assert jobs.validate(path).book.tabs.keys() >= {"expenses"}


def test_long_lists_are_read_in_time(tmp_path):
    import time

    from opsbook.actions.extending import of_records

    lists = [{"list_key": "dept", "code": f"d{n}", "label_en": f"Dept {n}", "label_zh": f"部门{n}"} for n in range(4000)]
    began = time.monotonic()
    assert len(of_records({"lists": lists}, catalog()).lists["dept"]) == 4000
    assert time.monotonic() - began < 2
