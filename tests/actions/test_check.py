"""How findings come about: a rule that fails, one cell one fault, what is masked, what is skipped, sizes at the edge."""

from datetime import date
from types import ModuleType

import numpy as np
import pytest
from conftest import case_of, demo_in

from opsbook.actions import check, governing, load
from opsbook.demo import operations
from opsbook.grammar import Catalog, Code, Money, Sheet, Text, column, rule
from opsbook.grammar.grid import Grid
from opsbook.grammar.workings import Workings
from opsbook.jobs import judging
from opsbook.sheets import catalog, general


class Thing(Sheet, key="things", id="thing_id"):
    """Things. 物品。"""

    tab = Text("Things", "物品")
    thing_id: Code = column("ID", "编号", unique=True)
    price: Money | None = column("Price", "价格", gt=0)


A_WAY = Text("Mend it.", "请更正。")


def toy(*functions):
    room = ModuleType("room")
    room.Thing = Thing
    for number, function in enumerate(functions, 1):
        function.__doc__ = "It holds. 成立。"
        made = rule(f"THI-{number:03d}", at="things.price", clause="一(一)", en="{price} is wrong", zh="{price} 有误", fix=A_WAY)(function)
        setattr(room, f"rule_{number}", made)
    return Catalog.of(general_without_registers(), room)


def general_without_registers():
    """The general rules but those that read employees, which this catalog has not."""
    room = ModuleType("general")
    vars(room).update({k: v for k, v in vars(general).items() if k != "people_are_on_staff"})
    return room


def judged(catalog, rows):
    loaded = load.book([Grid("things", [["thing_id", "price"], *rows])], catalog)
    policy = governing.policy_of(None, catalog, date(2026, 9, 30))
    return check.findings(Workings(loaded.book, catalog, policy, policy.today), loaded.faults, select=lambda r: not r.startswith("GEN-005"))


ONE = [["T1", 5.0]]


def test_a_rule_that_raises_is_a_finding_and_the_others_go_on():
    found = judged(toy(lambda things: things.price / "x", lambda things: things[things.price > 1]), ONE)
    assert [(f.rule, f.cell) for f in found] == [("RUN-001", "A1"), ("THI-002", "B2")]
    assert "THI-001" in found[0].message.zh


def test_a_rule_that_returns_foreign_rows_is_a_finding():
    def foreign(things):
        other = things[things.price > 0]
        other.index = other.index + 1000
        return other

    assert [f.rule for f in judged(toy(foreign), ONE)] == ["RUN-001"]


def test_the_subjects_rule_replaces_the_columns_own():
    found = judged(toy(lambda things: things[things.price <= 0]), [["T1", -5.0], ["T2", -1.0]])
    assert [(f.rule, f.cell) for f in found] == [("THI-001", "B2"), ("THI-001", "B3")]


def test_a_fault_of_the_cell_silences_all_else():
    found = judged(toy(lambda things: things[things.price.isna()]), [["T1", "abc"], ["T2", ""]])
    assert [(f.rule, f.cell) for f in found] == [("GEN-002", "B2"), ("THI-001", "B3")]


def test_no_row_no_rule():
    assert list(judged(toy(lambda things: things.price / "x"), [])) == []


def test_a_million_rows():
    rows = [[f"T{n}", 1.0] for n in range(1_000_000)]
    rows[999_999][1] = -1.0
    found = judged(toy(lambda things: things[things.price <= 0]), rows)
    assert [(f.rule, f.cell) for f in found] == [("THI-001", "B1000001")]


def test_every_row_wrong_is_told_without_end_of_memory():
    found = judged(toy(lambda things: things[things.price <= 0]), [[f"T{n}", "abc"] for n in range(20_000)])
    assert len(found) == 20_000
    assert {f.rule for f in found} == {"GEN-002"}


def test_private_numbers_are_masked_in_value_and_message():
    found = case_of("| | employees | id_no | phone |\n|---|---|---|---|\n| | EMP-0001 | 110105198803121234 | 12345678901 |\n").findings("EMP-005")
    said = " ".join(f.value + f.message.en + f.message.zh for f in found)
    assert len(found) == 2
    assert "19880312" not in said
    assert "2345678" not in said


def test_a_rule_that_reads_an_absent_sheet_is_skipped_once():
    found = case_of("| | expenses | claim_amount |\n|---|---|---|\n| | EXP-2026-00001 | 5 |\n| | EXP-2026-00002 | 5 |\n").findings()
    assert ("EXP-010", ("employees",)) in found.skipped
    assert len([rule for rule, _ in found.skipped if rule == "EXP-010"]) == 1
    notes = [f for f in found if f.severity == "note" and f.rule == "GEN-005"]
    assert {f.message.en.split(" is not here")[0] for f in notes} == {"Employees", "Projects", "Budget"}
    assert "RUN-001" not in {f.rule for f in found}


@pytest.mark.parametrize("empty", ["employees", "budget", "projects", "plans", "changes", "assets", "asset_events", "risks"])  # a Policy without rows: test_governing.py
def test_a_header_without_rows_is_clean(empty):
    found = case_of(f"| | {empty} | remarks |\n|---|---|---|\n\n| | risks2 |\n".split("\n\n")[0]).findings()
    assert [f.rule for f in found] == []


def test_every_rule_bears_a_book_of_empty_sheets():
    """One sheet filled, all others with their header only: no rule fails, none accuses for what is not there yet."""
    text = "| | expenses | claim_amount | total_amount |\n|---|---|---|---|\n| | EXP-2026-00001 | 5 | 5 |\n"
    for key in catalog().sheets:
        if key != "expenses":
            text += f"\n| | {key} | remarks |\n|---|---|---|\n"
    found = case_of(text).findings()
    assert "RUN-001" not in {f.rule for f in found}
    assert "GEN-005" not in {f.rule for f in found}


def test_a_register_without_its_key_column(tmp_path):
    """The column is missing: told once, and nothing else comes of it."""
    import xlsxwriter

    from opsbook.hosts import file

    source = demo_in(tmp_path)[0]
    book = xlsxwriter.Workbook(str(tmp_path / "noid.xlsx"))
    for grid in file.grids(source.read_bytes()):
        if grid.name in ("资产台账", "_opsbook"):
            tab = book.add_worksheet(grid.name)
            for r, row in enumerate(grid.rows):
                tab.write_row(r, 0, [str(cell) for cell in (row[1:] if grid.name == "资产台账" else row)])
    book.close()
    found = judging.validate(tmp_path / "noid.xlsx").findings
    assert "GEN-012" in {f.rule for f in found}
    assert "RUN-001" not in {f.rule for f in found}


def test_findings_as_a_frame():
    found = judged(toy(lambda things: things[things.price > 1]), ONE)
    frame = found.to_frame()
    assert list(frame["rule"]) == ["THI-001"]
    assert frame["message_zh"][0] == "5.00 有误"
    assert np.all(frame["cell"] == "B2")


# ------------------------------------------------------------------------------------------------------- rows without a number

RECORDS = operations.records()
#: What is done to a row's cells, a row each: nothing there, an amount below zero, a day to come, a word that is no choice, a person of nowhere.
WRONG = {"money": -1.0, "date": date(2099, 1, 1), "choice": "没有此项"}


def grid(key, rows):
    names = [name for name, column in catalog().sheets[key].columns.items() if not column.computed]
    return Grid(key, [names, *([row.get(name) if row.get(name) is not None else "" for name in names] for row in rows)], (0, 0), list(RECORDS).index(key))


def worked_over(key, count=40):
    """Records of a register, each with another column made wrong."""
    sheet, rows = catalog().sheets[key], []
    columns = [c for c in sheet.columns.values() if not c.computed and c.name != sheet.id]
    for n in range(max(count, len(columns))):
        row, column = dict(RECORDS[key][n % len(RECORDS[key])]), columns[n % len(columns)]
        row[column.name] = "" if n >= len(columns) else "EMP-9999" if column.ref == "employees.employee_id" else WRONG.get(column.kind.name, "")
        rows.append(row | {sheet.id: f"{str(row[sheet.id])[:-3]}{900 - n}"})
    return rows


def told_of(key, rows):
    """What is told of each row, but for its number."""
    others = [grid(other, RECORDS[other]) for other in ("employees", "budget", "projects", "plans") if other != key]
    found = judging.judged("w.xlsx", [grid(key, rows), *others], as_of=date(2026, 9, 30)).findings
    of_numbers = {(rule, catalog().sheets[key].id) for rule in ("GEN-001", "GEN-004")}
    return {(f.row, f.rule, f.column) for f in found if f.sheet == key and f.row > 1 and (f.rule, f.column) not in of_numbers}


@pytest.mark.parametrize("key", ["expenses", "risks", "assets", "tickets", "checks", "budget", "changes", "training", "payroll", "improvements", "recruitment"])
def test_a_row_without_a_number_is_judged_by_every_rule_that_needs_none(key):
    rows = worked_over(key)
    numbered = told_of(key, rows)
    assert len({rule for _, rule, _ in numbered}) > 3
    assert told_of(key, [row | {catalog().sheets[key].id: ""} for row in rows]) == numbered
