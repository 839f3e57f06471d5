"""A filled register: what is typed below a template's first row is offered, coloured, counted and printed, and a refresh grows its table."""

import re
import zipfile
from datetime import date

import openpyxl
import pytest
import xlsxwriter
from conftest import converted, run_opsbook, submitted

from opsbook import jobs
from opsbook.demo import operations
from opsbook.hosts.package import Package
from opsbook.hosts.tables import grow
from opsbook.jobs.judging import Reference
from opsbook.sheets import catalog

CLAIMS = [dict(r) for r in operations.records()["expenses"][:30]]


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    path = tmp_path_factory.mktemp("new") / "claims.xlsx"
    jobs.new(path, lang="zh", sheets="claims")
    return path


def typed(blank, path, rows=30):
    """The template with some lines typed below its header, as a program that grows no tables does it."""
    book = openpyxl.load_workbook(blank)
    sheet = book["费用报销"]
    names = [c.name for c in catalog().sheets["expenses"].columns.values()]
    for n, row in enumerate(CLAIMS[:rows]):
        for place, name in enumerate(names, 1):
            value = row.get(name)
            sheet.cell(6 + n, place, date.fromisoformat(value) if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value)
    book.save(path)
    return path


def test_colours_reach_every_row_that_a_register_can_have_and_dropdowns_some_thousand(blank):
    """Not further: programs that keep one object for each cell with a dropdown would not open the workbook."""
    sheet = openpyxl.load_workbook(blank)["费用报销"]
    assert {area.max_row for rule in sheet.data_validations.dataValidation for area in rule.sqref.ranges} == {5_006}
    assert {area.max_row for rule in sheet.conditional_formatting for area in rule.sqref.ranges} == {1_048_576}
    assert not sheet.print_area


def test_names_and_counts_follow_the_records(blank):
    book = openpyxl.load_workbook(blank)
    assert book.defined_names["ref_expenses"].attr_text == "OFFSET('费用报销'!$A$6,0,0,MAX(1,COUNTA('费用报销'!$A$6:$A$1048576)),1)"
    assert "=COUNTA('费用报销'!$A$6:$A$1048576)" in {c.value for row in book["目录"].iter_rows() for c in row}


def test_thirty_lines_are_printed(blank, tmp_path):
    import shutil
    import subprocess

    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    pdf = converted(typed(blank, tmp_path / "typed.xlsx"), "pdf", tmp_path)
    said = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert {row["expense_id"] for row in CLAIMS} <= set(re.findall(r"EXP-\d{4}-\d{5}", said))


def test_a_refresh_grows_the_table_to_the_last_record(blank, tmp_path):
    done = jobs.refresh(typed(blank, tmp_path / "typed.xlsx"), as_of=date(2026, 9, 30))
    (tmp_path / "r.xlsx").write_bytes(done.package)
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    table = book["费用报销"].tables["t_expenses"]
    assert re.fullmatch(r"A5:[A-Z]+35", table.ref)
    assert table.autoFilter.ref == table.ref
    assert book["计划"].tables["t_plans"].ref.endswith("6")  # without records it stays
    again = jobs.refresh(tmp_path / "r.xlsx", as_of=date(2026, 9, 30))
    assert openpyxl.load_workbook(zipfile_of(again.package, tmp_path))["费用报销"].tables["t_expenses"].ref == table.ref


def zipfile_of(package, folder):
    (folder / "again.xlsx").write_bytes(package)
    return folder / "again.xlsx"


@pytest.mark.parametrize("case", ["alone", "totals row", "another below", "print area"])
def test_a_table_grows_only_where_there_is_room(tmp_path, case):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("甲 乙")
        sheet.add_table("B3:C5", {"columns": [{"header": "a"}, {"header": "b"}], "total_row": case == "totals row"})
        if case == "another below":
            sheet.add_table("C9:D12", {"columns": [{"header": "c"}, {"header": "d"}]})
        if case == "print area":
            sheet.print_area("A1:C5")
    package = Package(path.read_bytes())
    grown = grow(package, "xl/worksheets/sheet1.xml", 3, 10)
    assert grown is (case in ("alone", "print area"))
    with zipfile.ZipFile(path) as before:
        assert (package.read("xl/tables/table1.xml") != before.read("xl/tables/table1.xml")) is grown
    ref = re.search(rb'<table [^>]*ref="([^"]+)"', package.read("xl/tables/table1.xml"))[1]
    assert ref == (b"B3:C10" if grown else b"B3:C5")
    if case == "print area":
        assert "'甲 乙'!$A$1:$C$10".encode() in package.read("xl/workbook.xml")
    assert not grow(package, "xl/worksheets/sheet1.xml", 3, 10)


def test_a_departments_workbook_carries_no_private_columns_and_only_the_policy_that_it_reads(blank, tmp_path):
    book = openpyxl.load_workbook(blank)
    headers = {c.value for c in book["员工"][5]}
    assert "姓名" in headers
    assert not {"身份证号", "银行卡号", "手机"} & headers
    keys = {c.value for c in book["制度参数"]["A"]}
    assert {"exp.limit.deputy", "org.name", "bud.warn"} <= keys
    assert not {key for key in keys if isinstance(key, str) and key.startswith(("pay.", "apr.", "risk.", "accept."))}
    assert run_opsbook("validate", blank, "--as-of", "2026-09-30").returncode == 0  # nothing is missed
    shown = [c for c in book["费用报销"].column_dimensions.values() if not c.hidden]
    assert len(shown) >= 30


def test_it_is_the_centres_own_policy_that_a_department_gets(tmp_path):
    rows = [r | ({"value": 7777.0} if r["policy_key"] == "exp.limit.deputy" else {}) for r in jobs.policy_records("zh")]
    centre = submitted(tmp_path / "centre.xlsx", expenses=[], policy=rows)
    jobs.new(tmp_path / "new.xlsx", lang="zh", sheets="claims", like=Reference.read(centre))
    sheet = openpyxl.load_workbook(tmp_path / "new.xlsx")["制度参数"]
    assert next(row[1].value for row in sheet.iter_rows(min_row=6) if row[0].value == "exp.limit.deputy") == 7777


def test_a_key_that_a_register_reads_is_missed_and_no_other(blank, tmp_path):
    book = openpyxl.load_workbook(blank)
    sheet = book["制度参数"]
    row = next(c.row for c in sheet["A"] if c.value == "exp.deadline_days")
    for cell in sheet[row]:
        cell.value = None
    book.save(path := tmp_path / "less.xlsx")
    done = run_opsbook("validate", path, "--as-of", "2026-09-30", "--lang", "en")
    assert re.findall(r"Policy key (\S+) is missing", done.stdout) == ["exp.deadline_days"]
