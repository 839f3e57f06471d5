"""What is read: registers by their headers, whatever a tab is called; what is no record; and nothing that was not read is called clean."""

import json
import random
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, run_opsbook, submitted
from hypothesis import given
from hypothesis import strategies as st

from opsbook import jobs
from opsbook.actions import check, load
from opsbook.demo import operations
from opsbook.grammar import Finding, Severity, Text
from opsbook.grammar.grid import Grid, UnreadableFile
from opsbook.sheets import catalog

CLAIMS, RISKS = "费用报销", "风险登记"
HEADER, FIRST = 5, 6  # rows of the template
SUMS = ("报销金额", "价税合计")


def claims(count=6):
    return [dict(row) for row in operations.records()["expenses"][:count]]


@pytest.fixture(scope="module")
def department(tmp_path_factory):
    return submitted(tmp_path_factory.mktemp("department") / "d.xlsx", expenses=claims(), risks=[dict(r) for r in operations.records()["risks"][:4]])


@pytest.fixture
def edited(department, tmp_path):
    """The department's workbook after a clerk did something to it: a function of the workbook and the sheet of claims."""

    def edit(change):
        book = openpyxl.load_workbook(department)
        change(book, book[CLAIMS])
        book.save(tmp_path / "e.xlsx")
        return jobs.validate(tmp_path / "e.xlsx", as_of=date(2026, 9, 30))

    return edit


def columns(sheet):
    return {cell.value: cell.column for cell in sheet[HEADER]}


def errors(result):
    return {(f.rule, f.cell, f.message.en) for f in result.findings.errors}


def left_out(result):
    return [(left.sheet, left.rows, left.severity.value) for left in result.loaded.left_out]


def rows(result, key="expenses"):
    return len(result.book.tabs[key])


@pytest.fixture(scope="module")
def clean(department):
    return jobs.validate(department, as_of=date(2026, 9, 30))


# ------------------------------------------------------------------------------------------------ registers


@pytest.mark.parametrize("name", ["8月报销", "Sheet1", "财务部 2026", "Claims of August"])
def test_a_register_is_read_whatever_its_tab_is_called(edited, clean, name):
    result = edited(lambda book, sheet: setattr(sheet, "title", name))
    assert (rows(result), errors(result)) == (6, errors(clean))
    assert result.book.tabs["expenses"].name == name
    assert left_out(result) == []


def september(book, sheet, name="费用报销9月", start=100):
    """The claims once more on a tab of their own, under other numbers and with other vouchers."""
    other = book.copy_worksheet(sheet)
    other.title = name
    at = columns(sheet)
    for n, row in enumerate(range(FIRST, FIRST + 6)):
        other.cell(row, at["明细编号"], f"EXP-2026-{start + n:05d}")
        other.cell(row, at["报销单号"], f"CLM-2026-{start + n:04d}")
        if number := sheet.cell(row, at["发票号码"]).value:
            other.cell(row, at["发票号码"], f"{number[:-4]}{start + n:04d}")
    return other


def test_all_tabs_of_a_register_are_read_and_each_row_keeps_its_address(edited, clean):
    def two(book, sheet):
        other = september(book, sheet)
        other.cell(FIRST + 2, columns(other)["报销金额"], "many")

    result = edited(two)
    assert (rows(result), left_out(result)) == (12, [])
    assert [(f.sheet, f.cell[-1], f.record) for f in result.findings if f.rule == "GEN-002"] == [("费用报销9月", "8", "EXP-2026-00102")]
    assert {f.sheet for f in result.findings if f.rule == "EXP-006"} == {CLAIMS, "费用报销9月"}


def test_a_number_that_stands_on_two_tabs_is_told(edited):
    def twice(book, sheet):
        other = september(book, sheet)
        other.cell(FIRST, 1, "EXP-2026-00001")

    told = [(f.sheet, f.cell) for f in edited(twice).findings if f.rule == "GEN-004"]
    assert told in ([(CLAIMS, "A6"), ("费用报销9月", "A6")], [("费用报销9月", "A6")])


@pytest.mark.parametrize("name", ["费用报销 (2)", "又一份"])
def test_the_same_rows_on_two_tabs_are_read_once_and_told_once(edited, clean, name):
    def copied(book, sheet):
        other = book.copy_worksheet(sheet)
        other.title = name
        other.cell(FIRST, columns(other)["事由"], "另一件事情，与副本不同")  # this one is no copy: its number stands twice

    result = edited(copied)
    (told,) = [f for f in result.findings if f.rule == "GEN-028"]
    assert (told.sheet, told.severity.value) == (name, "warning")
    assert told.message.zh == f"“{name}”有 5 行与“{CLAIMS}”完全相同，仅读取一次"
    assert rows(result) == 7
    assert "GEN-004" in {f.rule for f in result.findings.errors}


def test_what_is_done_to_a_register_is_done_to_all_its_tabs(edited, tmp_path):
    """Computed columns, marks and the consolidated workbook reach every row, wherever it stands."""

    def two(book, sheet):
        other = september(book, sheet)
        other.cell(FIRST + 2, columns(other)["报销金额"], 999999)

    path = Path(edited(two).path)
    (tmp_path / "r.xlsx").write_bytes(jobs.refresh(path, as_of=date(2026, 9, 30)).package)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    for name in (CLAIMS, "费用报销9月"):
        flags = [book[name].cell(row, columns(book[name])["校验标记"]).value for row in range(FIRST, FIRST + 6)]
        assert sum("EXP-006" in str(flag) for flag in flags) == 4, name
    assert not [f for f in jobs.validate(tmp_path / "r.xlsx", as_of=date(2026, 9, 30)).findings if f.rule == "GEN-019"]
    done = run_opsbook("validate", path, "--annotate", tmp_path / "back", "--as-of", "2026-09-30")
    assert "标注副本" in done.stdout, done.stdout
    marked = openpyxl.load_workbook(tmp_path / f"back/{path.stem}_checked.xlsx")
    noted = [cell.coordinate for row in marked["费用报销9月"].iter_rows() for cell in row if cell.comment]
    assert any(at.endswith(str(FIRST + 2)) for at in noted)
    done = run_opsbook("consolidate", path, "-o", tmp_path / "all.xlsx", "--rows", "--as-of", "2026-09-30")
    whole = openpyxl.load_workbook(tmp_path / "all.xlsx")[CLAIMS]
    ids = [row[0].value for row in whole.iter_rows() if isinstance(row[0].value, str) and row[0].value.startswith("EXP-")]
    assert len(ids) == len(set(ids))
    assert {i[-5:-2] for i in ids} == {"000", "001"}
    origins = {str(cell.value) for row in whole.iter_rows(min_row=HEADER) for cell in row if path.name in str(cell.value)}
    assert origins == {path.name, f"{path.name} · 费用报销9月"}


# ------------------------------------------------------------------------------------------------ merged cells


def merge(sheet, header, first, last):
    column = columns(sheet)[header]
    sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)


def test_a_merged_cell_counts_for_each_of_its_rows(edited, clean):
    def merged(book, sheet):
        at = columns(sheet)
        for row in range(FIRST, FIRST + 4):
            for header in ("报销单号", "报销人", "部门"):
                sheet.cell(row, at[header], sheet.cell(FIRST, at[header]).value)
        for header in ("报销单号", "报销人", "部门"):
            merge(sheet, header, FIRST, FIRST + 1)
            merge(sheet, header, FIRST + 2, FIRST + 3)

    result = edited(merged)
    assert {f.rule for f in result.findings.errors} - {"EXP-019"} == {rule for rule, *_ in errors(clean)}  # one claim in two states
    told = {(f.cell[1:], f.message.zh) for f in result.findings if f.rule == "GEN-029"}
    assert told == {("6", f"“{header}”有 2 处合并单元格，其值适用于所含各行") for header in ("报销单号", "报销人", "部门")}
    claim = result.book.tabs["expenses"].cells["claim_id"]
    assert claim[1] == claim[0] != ""


@pytest.mark.parametrize("header", ["明细编号", "报销金额"])
def test_a_number_or_an_amount_must_not_be_merged(edited, header):
    result = edited(lambda book, sheet: merge(sheet, header, FIRST, FIRST + 2))
    told = [f for f in result.findings.errors if f.column in ("expense_id", "claim_amount") and f.rule != "EXP-009"]
    assert [(f.rule, f.cell[-1]) for f in told] == [("GEN-030", "6")]
    assert "第 6-8 行" in told[0].message.zh
    assert rows(result) == 6


def test_what_is_wrong_with_a_merged_cell_stands_where_people_see_it(edited):
    def merged(book, sheet):
        sheet.cell(FIRST, columns(sheet)["费用类型"], "贿赂")
        merge(sheet, "费用类型", FIRST, FIRST + 3)

    told = [f for f in edited(merged).findings if f.rule == "GEN-003"]
    assert [(f.cell[-1], f.record) for f in told] == [("6", "EXP-2026-00001")]


def test_rows_that_only_a_merged_cell_covers_are_no_records(edited, clean):
    result = edited(lambda book, sheet: merge(sheet, "部门", FIRST + 5, FIRST + 30))
    assert (rows(result), errors(result)) == (6, errors(clean))


# ------------------------------------------------------------------------------------------- names of persons


PEOPLE = operations.records()["employees"]


def with_people(tmp_path, people, **changes):
    """A department's claims with names typed into columns of persons, judged beside a centre that has these people."""
    path = submitted(tmp_path / "d.xlsx", expenses=[row | changes for row in claims(3)])
    centre = submitted(tmp_path / "c.xlsx", employees=people)
    records = jobs.Reference.read(centre)
    return jobs.validate(path, reference=records, as_of=date(2026, 9, 30))


def test_a_name_in_a_column_of_persons_is_whoever_alone_bears_it(tmp_path):
    person = next(row for row in PEOPLE if row["role"] == "employee")
    result = with_people(tmp_path, PEOPLE, employee_id=person["name"])
    (told,) = [f for f in result.findings if f.rule == "GEN-015" and f.column == "employee_id"]
    assert person["employee_id"] in told.message.zh
    assert set(result.workings.frame("expenses", "expenses").employee_id) == {person["employee_id"]}
    assert not [f for f in result.findings if f.rule == "GEN-005" and f.column == "employee_id"]


def test_a_name_that_two_bear_is_asked_about(tmp_path):
    one, other = [row for row in PEOPLE if row["role"] == "employee"][:2]
    result = with_people(tmp_path, [*(row for row in PEOPLE if row is not other), other | {"name": one["name"]}], employee_id=one["name"])
    told = [f for f in result.findings.errors if f.rule == "GEN-005" and f.column == "employee_id"]
    assert len(told) == 3
    assert f"{one['employee_id']} 或 {other['employee_id']}" in told[0].fix.zh


@pytest.mark.parametrize("column", ["dept_approver_id", "reviewer_id", "approver_id"])
def test_who_approved_is_never_guessed_from_a_name(tmp_path, column):
    person = next(row for row in PEOPLE if row["role"] == "director")
    told = [f for f in with_people(tmp_path, PEOPLE, **{column: person["name"]}).findings.errors if f.column == column and f.rule == "GEN-005"]
    assert told
    assert told[0].fix.zh == f"是否为 {person['employee_id']}？请从列表选择。"


@pytest.mark.parametrize("key", ["Budget", "员工", "Checks", "information"])
def test_a_sheet_of_somebody_elses_under_a_registers_name_refuses_nothing(edited, clean, key):
    def stranger(book, sheet):
        other = book.create_sheet(key)
        other["A1"], other["B1"], other["A2"] = "Q3", "travel", 12000

    result = edited(stranger)
    assert left_out(result) == [(key, None, "note")]
    assert errors(result) == errors(clean)


def test_a_sheet_of_somebody_elses_is_left_alone_without_a_word(edited, clean):
    def stranger(book, sheet):
        other = book.create_sheet("草稿")
        other.append(["日期", "部门", "金额", "备注"])
        other.append([date(2026, 8, 1), "财务部", 12.5, "x"])

    result = edited(stranger)
    assert left_out(result) == []
    assert errors(result) == errors(clean)


def test_records_without_a_header_are_told(edited):
    result = edited(lambda book, sheet: sheet.delete_rows(1, HEADER))
    assert left_out(result) == [(CLAIMS, 6, "error")]
    assert "expenses" not in result.book.tabs
    assert "未找到表头" in next(f for f in result.findings if f.rule == "FIL-007").message.zh


def test_headers_that_do_not_tell_which_register_are_told(edited):
    def renamed(book, sheet):
        sheet.title = "明细"
        for row in (HEADER - 1, HEADER):
            sheet.cell(row, 1, "序号")

    result = edited(renamed)
    assert [(sheet, severity) for sheet, _, severity in left_out(result)] == [("明细", "error")]
    assert "expenses" not in result.book.tabs


def test_without_any_register_a_file_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Budget"
    book.active["A1"] = "x"
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(UnreadableFile, match="Budget"):
        jobs.validate(tmp_path / "b.xlsx")


def test_summaries_that_opsbook_draws_are_no_registers(department, tmp_path):
    path = tmp_path / "r.xlsx"
    path.write_bytes(jobs.refresh(department).package)
    assert jobs.validate(path).loaded.left_out == ()
    assert jobs.validate(ROOT / "workbooks/demo_refreshed.xlsx").loaded.left_out == ()


def test_the_report_says_what_was_read_and_what_was_left_out(department, tmp_path):
    book = openpyxl.load_workbook(department)
    other = book.copy_worksheet(book[CLAIMS])
    other.title = "九月"
    other.delete_rows(1, HEADER)
    book.save(tmp_path / "two.xlsx")
    done = run_opsbook("validate", tmp_path / "two.xlsx", "--format", "json", "--lang", "en")
    (file,) = json.loads(done.stdout)["files"]
    (left,) = file["left_out"]
    assert (file["status"], left["sheet"], left["rows"]) == ("findings", "九月", 6)
    assert "no header row" in left["reason"]
    assert done.returncode == 1
    said = run_opsbook("validate", tmp_path / "two.xlsx", "--lang", "en").stdout
    assert re.search(r"; \d+ rows of \d+ sheets read, 1 not read", said), said[-300:]


# -------------------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize(("header", "typed"), [("备注", "备注（选填）"), ("报销金额", "报销金额(元)"), ("报销金额", "报销金额 【元】"), ("事由", "事由[Purpose]")])
def test_a_unit_or_remark_in_brackets_is_part_of_no_name(edited, clean, header, typed):
    result = edited(lambda book, sheet: sheet.cell(HEADER, columns(sheet)[header], typed))
    assert errors(result) == errors(clean)
    assert rows(result) == 6


def test_a_header_that_is_not_known_moves_no_other(edited, clean):
    """The captions above name one column more then: the row below them is the header all the same."""
    result = edited(lambda book, sheet: sheet.cell(HEADER, columns(sheet)["备注"], "说明"))
    assert result.book.tabs["expenses"].header_row == HEADER
    assert errors(result) == errors(clean)
    assert [f.rule for f in result.findings.notes if f.rule == "GEN-020"] == ["GEN-020"]


# ---------------------------------------------------------------------------------------------- no records


def total(sheet, row, label, column, value=None):
    """A line of totals; formulas where no value is given."""
    at = columns(sheet)
    sheet.cell(row, at[column] if isinstance(column, str) else column, label)
    for name in SUMS:
        sheet.cell(row, at[name], sum(sheet.cell(r, at[name]).value for r in range(FIRST, FIRST + 6)) if value is None else value)


@pytest.mark.parametrize("label", ["合计", "合计：", "总 计", "本页合计", "合计（大写）", "Total", "TOTAL:", "Grand total", "小计"])
@pytest.mark.parametrize("column", [1, "事由"])
@pytest.mark.parametrize("gap", [0, 2])
def test_a_total_is_no_record(edited, clean, label, column, gap):
    result = edited(lambda book, sheet: total(sheet, FIRST + 6 + gap, label, column))
    assert rows(result) == 6
    assert errors(result) == errors(clean)
    (note,) = [f for f in result.findings if f.rule in ("GEN-026", "GEN-027")]
    assert (note.rule, str(FIRST + 6 + gap) in note.message.en) == ("GEN-026", True)


def test_a_total_that_is_not_the_sum_of_its_rows_is_told_with_both(edited, clean):
    result = edited(lambda book, sheet: total(sheet, FIRST + 7, "合计：", 1, 11111.11))
    assert errors(result) == errors(clean)
    told = [f for f in result.findings.warnings if f.rule == "GEN-027"]
    assert len(told) == len(SUMS)
    for f in told:
        assert "11,111.11" in f.message.zh
    added = sum(row["claim_amount"] for row in claims())
    assert any(f"{added:,.2f}" in f.message.zh for f in told)


def test_subtotals_add_what_stands_since_the_last_one(edited):
    def subtotals(book, sheet):
        at = columns(sheet)["报销金额"]
        sheet.insert_rows(FIRST + 3)
        amounts = [sheet.cell(r, at).value for r in range(FIRST, FIRST + 7)]
        for row, label, values in ((FIRST + 3, "小计", amounts[:3]), (FIRST + 7, "小计", amounts[4:]), (FIRST + 8, "总计", [*amounts[:3], *amounts[4:]])):
            sheet.cell(row, 1, label)
            sheet.cell(row, at, sum(values))

    result = edited(subtotals)
    assert rows(result) == 6
    assert not [f for f in result.findings if f.rule == "GEN-027"]


def test_a_record_in_the_guise_of_a_total_is_a_record(edited):
    """A person, an invoice, a day: it claims money."""

    def disguised(book, sheet):
        at = columns(sheet)
        for column in range(1, sheet.max_column + 1):
            sheet.cell(FIRST + 6, column, sheet.cell(FIRST + 5, column).value)
        sheet.cell(FIRST + 6, 1).value = None
        sheet.cell(FIRST + 6, at["事由"], "合计")

    result = edited(disguised)
    assert rows(result) == 7
    assert ("GEN-001", f"A{FIRST + 6}") in {(f.rule, f.cell) for f in result.findings.errors}


NOTES = ["制表人：王某      日期：2026年8月28日", "注：住宿费按实际发生金额填报。", "部门负责人签字：", "以上费用均已核对", "Prepared by: A. Person", "备注：附件 3 张"]


@pytest.mark.parametrize("note", NOTES)
def test_remarks_below_the_last_record_are_none(edited, clean, note):
    def below(book, sheet):
        sheet.cell(FIRST + 6, 1, note)
        sheet.cell(FIRST + 8, 3, note)

    result = edited(below)
    assert (rows(result), errors(result)) == (6, errors(clean))
    assert f"{FIRST + 6}, {FIRST + 8}" in next(f for f in result.findings if f.rule == "GEN-026").message.en


def test_what_looks_like_a_remark_above_a_record_is_judged(edited):
    def between(book, sheet):
        sheet.insert_rows(FIRST + 3)
        sheet.cell(FIRST + 3, 1, "备注：见附件")

    result = edited(between)
    assert rows(result) == 7
    assert any(f.row == FIRST + 3 for f in result.findings.errors)


def test_a_header_row_that_stands_there_again_is_no_record(edited, clean):
    def again(book, sheet):
        for column in range(1, sheet.max_column + 1):
            sheet.cell(FIRST + 6, column, sheet.cell(HEADER, column).value)
            sheet.cell(FIRST + 7, column, sheet.cell(FIRST, column).value)
        sheet.cell(FIRST + 7, 1, "EXP-2026-09999")

    result = edited(again)
    assert rows(result) == 7
    assert not [f for f in result.findings.errors if f.row == FIRST + 6]


def test_rows_with_nothing_but_what_was_filled_in_before_are_none(edited, clean):
    def prefilled(book, sheet):
        at = columns(sheet)
        spare = sheet.max_column + 1
        sheet.cell(HEADER, spare, "序号")
        for row in range(FIRST + 6, FIRST + 26):
            sheet.cell(row, spare, row - FIRST + 1)
            sheet.cell(row, at["部门"], "财务部")
            sheet.cell(row, at["状态"], "草稿")

    result = edited(prefilled)
    assert (rows(result), errors(result)) == (6, errors(clean))


# ------------------------------------------------------------------------------------- nothing is passed over


@pytest.mark.parametrize("seed", range(30))
def test_every_row_that_was_written_is_read_or_told(department, tmp_path, seed):
    """Registers cut, renamed, moved, doubled, hidden, pushed down at random: rows read and rows told are the rows that are there."""
    dice = random.Random(seed)
    book = openpyxl.load_workbook(department)
    sheet = book[CLAIMS]
    for change in dice.sample(["rename", "move", "double", "hide", "down", "cut", "headless"], 3):
        if change == "rename":
            sheet.title = dice.choice(["报销", "8月", "Tabelle1"])
        if change == "move":
            book.move_sheet(sheet, dice.randint(-5, 5))
        if change == "hide":
            sheet.sheet_state = "hidden"
        if change == "cut":
            sheet.delete_rows(FIRST + 4, 2)
        if change == "down":
            sheet.insert_rows(1, 3)
        if change == "headless":
            sheet.delete_rows(1, HEADER)
        if change == "double":
            book.copy_worksheet(sheet).title = "又一份"
    book.save(tmp_path / "x.xlsx")
    now = openpyxl.load_workbook(tmp_path / "x.xlsx")
    there = sum(isinstance(cell.value, str) and cell.value.startswith("EXP-") for s in now.worksheets for row in s.iter_rows() for cell in row[:1])
    result = jobs.validate(tmp_path / "x.xlsx", as_of=date(2026, 9, 30))
    told = sum(left.rows or 0 for left in result.loaded.left_out)
    told += sum(int(f.message.en.split()[0]) for f in result.findings if f.rule == "GEN-028")
    assert len(result.book.tabs.get("expenses", ())) + told == there
    if result.loaded.left_out:
        assert [f for f in result.findings.errors if f.rule == "FIL-007"]


# ------------------------------------------------------------------------------------------ what silences what

RULES = [*check.OF_THE_CELL, *check.OF_THE_COLUMN, "GEN-015", "GEN-011", "EXP-009", "EXP-010"]


@given(st.lists(st.tuples(st.sampled_from(RULES), st.sampled_from(list(Severity))), min_size=1, max_size=6))
def test_the_gravest_finding_at_a_cell_is_always_told(found):
    at = [Finding(rule, severity, "expenses", CLAIMS, 6, 1, "", "", "", Text(str(n), str(n)), Text("", ""), "") for n, (rule, severity) in enumerate(found)]
    kept = list(check._one_fault_a_cell(at))
    order = list(Severity)
    assert min(order.index(f.severity) for f in kept) == min(order.index(f.severity) for f in at)


def test_a_row_without_a_number_is_told_whatever_else_is_said_of_it(edited):
    def without(book, sheet):
        for row in range(FIRST, FIRST + 6):
            sheet.cell(row, 1).value = None

    result = edited(without)
    assert {f.cell for f in result.findings.errors if f.rule == "GEN-001"} >= {f"A{row}" for row in range(FIRST, FIRST + 6)}


def test_names_that_govern_are_taken_by_their_names_alone():
    grid = Grid("编码表", [["列表", "编码", "英文名称", "中文名称"], ["dept", "x", "X", "甲"]])
    assert load.book([grid], catalog()).book.tabs == {}
