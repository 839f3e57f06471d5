"""What is read of a workbook that clerks have worked over: every record is judged or its tab is told, and nothing lawful is accused."""

import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import xlsxwriter
from conftest import submitted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsbook import jobs
from opsbook.actions.no_records import is_number
from opsbook.demo import operations
from opsbook.grammar import Severity
from opsbook.grammar.dirt import is_blank
from opsbook.hosts import file
from opsbook.sheets import catalog

AS_OF = date(2026, 9, 30)
SHEETS = catalog().sheets
WRITTEN = {"expenses": 7, "risks": 5, "assets": 6, "tickets": 5}  # registers of the workbook, and how many records stand on each


@dataclass
class Page:
    """A tab as a list of rows: what stands above the header, the header, and the rows below it."""

    name: str
    key: str  # the register that it is meant for
    above: list[list[Any]] = field(repr=False)
    header: list[Any] = field(repr=False)
    body: list[list[Any]] = field(repr=False)
    right: int = 0  # columns by which it was moved
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)

    @property
    def rows(self) -> list[list[Any]]:
        return [*self.above, *([self.header] if self.header else []), *self.body]

    def place(self, name: str) -> int:
        """The place of a column, which the header says in Chinese unless it was edited."""
        return self.header.index(SHEETS[self.key].columns[name].header.zh)

    def ids(self) -> dict[tuple[str, int], str]:
        """The numbers of its records by tab and Excel row."""
        number, first = SHEETS[self.key].columns[SHEETS[self.key].id], len(self.rows) - len(self.body) + 1
        said = {row: [cell for cell in cells if isinstance(cell, str) and is_number(cell, number)] for row, cells in enumerate(self.body, first)}
        return {(self.name, row): cells[0] for row, cells in said.items() if cells}

    def records(self) -> list[list[Any]]:
        """The rows that hold a number of the register."""
        return [self.rows[row - 1] for _, row in self.ids()]

    def copied(self, name: str, body: list[list[Any]]) -> "Page":
        return Page(name, self.key, [list(row) for row in self.above[-4:]], list(self.header), [list(row) for row in body], self.right, self.hidden)


@pytest.fixture(scope="module")
def department(tmp_path_factory) -> list[Page]:
    """A department's workbook as the template makes it."""
    records = operations.records()
    path = submitted(tmp_path_factory.mktemp("department") / "d.xlsx", **{key: [dict(row) for row in records[key][:count]] for key, count in WRITTEN.items()})
    pages = []
    for grid in file.grids(path.read_bytes()):
        key = next((key for key in WRITTEN if SHEETS[key].tab.zh == grid.name), "")
        if key:
            rows = list(grid.rows)
            pages.append(Page(grid.name, key, rows[:4], rows[4], rows[5:]))
    return pages


@pytest.fixture(scope="module")
def before(department) -> Counter:
    """The errors of the workbook as it is."""
    return errors(judged(department))


def book_of(pages: list[Page]) -> bytes:
    """The pages as a file."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for page in pages:
            sheet = book.add_worksheet(page.name)
            if page.hidden and page is not pages[0]:  # Excel wants one that is seen
                sheet.hide()
            for r, row in enumerate(page.rows):
                for c, cell in enumerate(row, page.right):
                    if isinstance(cell, (datetime, date)):
                        sheet.write_datetime(r, c, cell if isinstance(cell, datetime) else datetime.combine(cell, datetime.min.time()), day)
                    elif not is_blank(cell):
                        sheet.write(r, c, cell)
            for row in page.hidden_rows:
                sheet.set_row(row, None, None, {"hidden": True})
    return data.getvalue()


def judged(pages: list[Page]) -> jobs.Result:
    return jobs.validate(Path("w.xlsx"), data=book_of(pages), as_of=AS_OF)


def again(pages: list[Page]) -> list[Page]:
    return [page.copied(page.name, page.body) for page in pages]


def errors(result: jobs.Result) -> Counter[tuple[str, str, str]]:
    """The errors by rule, record and column: where they stand changes with the tab."""
    return Counter((f.rule, f.record, f.column) for f in result.findings.errors)


def read(result: jobs.Result, key: str) -> dict[tuple[str, int], str]:
    """The numbers of the records that were read by tab and Excel row; "" where the column of numbers is not there."""
    tab = result.book.tabs.get(key)
    return {(part.name, row): str(tab.cell(SHEETS[key].id, number)) for number in tab.index for part, row in [tab.at(number)]} if tab else {}


# ------------------------------------------------------------------------------------------ what clerks do to a page
# Each takes the pages, the one that it changes and the dice, and returns the errors that are to be expected of it: pairs of rule and column.

NAMES = ["8月", "Sheet1", "明细", "报送数据", "各部门汇总表", "Tabelle1", "2026"]


def new_name(pages, dice, names=NAMES):
    return dice.choice([name for name in (*names, *(f"表{n}" for n in range(40))) if name not in {page.name for page in pages}])


def rename(pages, page, dice):
    if len(page.above) < 15:  # see guidance
        page.name = new_name(pages, dice)


def split(pages, page, dice):
    """Some rows go to a tab of their own, and perhaps once more: each has the header."""
    if len(page.body) < 2:
        return
    cut = dice.randint(1, len(page.body) - 1)
    pages.append(page.copied(new_name(pages, dice), page.body[cut:]))
    page.body = page.body[:cut]


def double(pages, page, dice):
    pages.append(page.copied(new_name(pages, dice, [f"{page.name[:20]} (2)", *NAMES]), page.body))


def move(pages, page, dice):
    page.right += dice.randint(1, 4)
    page.above = [[]] * dice.randint(1, 6) + page.above


def titles(pages, page, dice):
    if len(page.above) < 10:
        page.above = [*page.above[:3], ["运营中心", "", "2026年8月"], ["单位：元"], *page.above[3:]]


def hide(pages, page, dice):
    page.hidden = True


def hide_rows(pages, page, dice):
    page.hidden_rows |= {len(page.above) + 1 + dice.randrange(len(page.body) or 1) for _ in range(3)}


def blank_rows(pages, page, dice):
    for _ in range(dice.randint(1, 4)):
        page.body.insert(dice.randint(0, len(page.body)), [dice.choice(["", " ", "\u3000"])] * len(page.header))


def _has_a_neighbour(page):
    """Whether a table stands beside the records: one that is torn apart, or joined to them, is none."""
    said = [cell for cell in page.header if cell]
    return len(set(said)) < len(said)


def unknown_column(pages, page, dice):
    """A column of the clerk's own, somewhere in the table, filled here and there."""
    if not page.header or _has_a_neighbour(page):
        return
    at = dice.randint(0, len(page.header))
    header, cell = dice.choice([("车次/航班", "G123"), ("序号", 1), ("我的备忘", "已核对"), ("上月数", 120.5)])
    for row in page.above:
        row.insert(at, "") if at < len(row) else None
    page.header.insert(at, header)
    for row in page.body:
        if len(row) >= at:
            row.insert(at, cell if any(not is_blank(c) for c in row) and dice.random() < 0.8 else "")


def reorder(pages, page, dice):
    if _has_a_neighbour(page):
        return
    width = len(page.header)
    order = dice.sample(range(width), width)
    page.above = [[row[at] for at in order] if len(row) == width else row for row in page.above]
    page.header = [page.header[at] for at in order]
    page.body = [[(row + [""] * width)[at] for at in order] for row in page.body]


def _line(page, **cells):
    row = [""] * len(page.header)
    for place, cell in cells.items():
        row[int(place[1:])] = cell
    return row


def _sums(page, rows):
    """The columns of money that the header names as the template does, and their sums."""
    money = [c for c in SHEETS[page.key].columns.values() if c.kind.name == "money" and not c.computed and c.header.zh in page.header]
    return {page.place(c.name): sum(cell for row in rows if isinstance(cell := row[page.place(c.name)], (int, float))) for c in money}


def total(pages, page, dice):
    if not page.header:
        return
    row = [""] * len(page.header)
    for place, added in _sums(page, page.records()).items():
        row[place] = added
    sums = _sums(page, [])
    row[dice.choice([place for place in range(min(8, len(row))) if place not in sums])] = dice.choice(["合计", "合计：", "总　计", "Total", "本页合计"])
    page.body += [*([[""]] * dice.randint(0, 2)), row]


def subtotals(pages, page, dice):
    if not page.header or len(page.body) < 2 or len(page.records()) < len(page.body):
        return
    cut = dice.randint(1, len(page.body) - 1)
    done = []
    for rows in (page.body[:cut], page.body[cut:]):
        sums = _sums(page, rows)
        row = [sums.get(place, "") for place in range(len(page.header))]
        row[next(place for place in range(len(row)) if place not in sums)] = "小计"
        done += [*rows, row]
    page.body = done


REMARKS = ["制表人：王某      日期：2026年8月28日", "注：住宿费按实际发生金额填报。", "部门负责人签字：", "以上费用均已核对", "审核：        复核：",
           "备注：附件 3 张", "Prepared by: A. Person"]  # fmt: skip


def remarks(pages, page, dice):
    page.body += [[""] * dice.randint(0, 3) + [said] for said in dice.sample(REMARKS, dice.randint(1, 3))]


def signatures(pages, page, dice):
    page.body += [[""], ["制表：", "", "审核：", "", "批准：", ""], ["日期：", "", "日期：", "", "日期：", ""]]


def prefilled(pages, page, dice):
    """Rows that the template, or a clerk, filled in before: choices and nothing else."""
    columns = [c for c in SHEETS[page.key].columns.values() if c.kind.name == "choice" and c.required and c.header.zh in page.header][:2]
    for _ in range(dice.randint(1, 5)):
        row = [""] * len(page.header)
        for c in columns:
            row[page.place(c.name)] = next(iter(c.kind.labels(catalog().lists).values())).zh
        page.body.append(row)


def header_again(pages, page, dice):
    if page.header:
        page.body.insert(dice.randint(0, len(page.body)), list(page.header))


def edit_header(pages, page, dice):
    """The same column by another spelling of its name."""
    known = [at for at, said in enumerate(page.header) if any(c.header.zh == said for c in SHEETS[page.key].columns.values())]
    for at in dice.sample(known, min(len(known), 4)):
        column = next(c for c in SHEETS[page.key].columns.values() if c.header.zh == page.header[at])
        zh, en = column.header.zh, column.header.en
        wide = "".join(chr(ord(ch) + 0xFEE0) if "!" <= ch <= "~" else ch for ch in en)
        page.header[at] = dice.choice([f"{zh}（元）", f"{zh}*", f"* {zh}", f" {zh}\n", f"{zh}(必填)", en, en.upper(), wide, f"{zh}\n{en}", column.name, f"{zh}【选填】"])


def drop_header(pages, page, dice):
    """A required header is deleted, or says something else."""
    required = [c for c in SHEETS[page.key].columns.values() if c.required and c.header.zh in page.header]
    if not required:
        return set()
    column = dice.choice(required)
    page.header[page.place(column.name)] = dice.choice(["", "某某"])
    return {("GEN-012", ""), ("GEN-004", SHEETS[page.key].id)}  # of two copies of a page one says more than the other, then


def drop_most(pages, page, dice):
    """Headers are missing by the dozen: a tab that keeps less than half of them may be anybody's, and is told in a note."""
    known = [c for c in SHEETS[page.key].columns.values() if c.header.zh in page.header]
    gone = dice.sample(known, dice.randint(len(known) // 3, len(known)))
    for column in gone:
        page.header[page.place(column.name)] = ""
    page.above = page.above[:3]  # no caption says it once more
    return {ANY}


def guidance(pages, page, dice):
    """More text than a header is looked for in: the tab is known by its name alone, then."""
    if page.name == SHEETS[page.key].tab.zh:
        page.above = [[f"{n}. 请据实填写，并附原始凭证。"] for n in range(1, dice.randint(15, 40))] + page.above


def aside(pages, page, dice):
    """A small table of somebody's own beside the records, and what is left of one below it."""
    width = max(map(len, page.rows)) + dice.randint(1, 3)
    table = [["部门", "金额"], ["客户服务部", 1000], ["运营管理部", 2000], ["合计", 3000]]
    for row, cells in zip(page.rows[len(page.above) :], table[: len(page.body) + 1], strict=False):
        row += [""] * (width - len(row)) + cells


def far_apart(pages, page, dice):
    """Thousands of empty rows between two records."""
    at = dice.randint(0, len(page.body))
    page.body[at:at] = [[]] * 2100


def headless(pages, page, dice):
    page.above, page.header = [], []


ANY = ("", "")  # whatever is found is to be expected
CHANGES = [rename, split, double, move, titles, hide, hide_rows, blank_rows, unknown_column, reorder, total, subtotals, remarks, signatures, prefilled,
           header_again, edit_header, drop_header, drop_most, guidance, aside, far_apart, headless]  # fmt: skip


def faults(pages, result, before, expected):
    """What became of the pages that should not have: records passed over in silence, others invented, lawful rows accused."""
    told = {f.sheet for f in result.findings if f.rule == "FIL-007" and (f.severity is Severity.ERROR or ANY in expected)}
    twice = sum(int(f.message.en.split()[0]) for f in result.findings if f.rule == "GEN-028")
    for key in WRITTEN:
        there = {at: number for page in pages if page.key == key for at, number in page.ids().items()}
        found = read(result, key)
        passed = {at for at in there if at[0] not in told} - found.keys()
        twice -= len(passed)
        if lost := {there[at] for at in passed} - set(found.values()):
            yield f"{key}: {sorted(lost)} were neither read nor told"
        if invented := found.keys() - there.keys():
            yield f"{key}: {sorted(invented)} are no records"
        if other := [at for at, number in found.items() if number and number != there.get(at)]:
            yield f"{key}: {other} bear other numbers"
    if twice:
        yield f"{twice} rows more were told as doubled than were passed over"
    left = {number for page in pages if page.name in told for number in page.ids().values()}
    same = {(rule, column) for rule, _, column in before}  # without the column of numbers no finding names a record
    for rule, record, column in errors(result) - before:
        if ANY not in expected and rule != "FIL-007" and record not in left and (rule, column) not in (expected if record else expected | same):
            yield f"{rule} at {record} {column}"


@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(CHANGES)), min_size=1, max_size=6), st.integers(0, 1000))
def test_every_record_is_judged_or_its_tab_is_told(department, before, changes, seed):
    """And nothing is an error that was none before the workbook was worked over."""
    pages, expected, dice = again(department), set(), Random(seed)
    for at, change in changes:
        expected |= change(pages, pages[at % len(pages)], dice) or set()
    assert not list(faults(pages, judged(pages), before, expected))


# ----------------------------------------------------------------------------------------------- records in disguise


def _with_row(page, at=None, **cells):
    """Put one row more among the records; its number in Excel. A cell is given by its column; ``own`` stands in one of the clerk's own."""
    row = [""] * len(page.header)
    if "own" in cells:
        page.header.append("我的备忘")
        row.append(cells.pop("own"))
    for name, cell in cells.items():
        row[page.place(name)] = cell
    at = len(page.body) if at is None else at
    page.body.insert(at, row)
    return len(page.above) + 2 + at


PERSON, INVOICE = "EMP-0018", "26112000000012345678"
DISGUISED = {
    "a total's word in the purpose, and a number": {"expense_id": "EXP-2026-09999", "purpose": "合计"},
    "a total's word in the purpose, and a person": {"purpose": "合计", "employee_id": PERSON, "claim_amount": 120.0},
    "a total's word in the purpose, and a day": {"purpose": "小计", "start_on": date(2026, 8, 3), "claim_amount": 120.0},
    "a total's word in the purpose, and a claim": {"purpose": "合计", "claim_id": "CLM-2026-0009", "claim_amount": 120.0},
    "a total's word as the seller": {"seller_name": "合计", "employee_id": PERSON, "claim_amount": 120.0},
    "a total's word in the seller's name": {"seller_name": "合计餐饮有限公司", "claim_amount": 120.0},
    "a seller whose name ends as a subtotal": {"seller_name": "北京小计", "claim_amount": 120.0},
    "a purpose that ends as a subtotal": {"purpose": "8月差旅汇总", "claim_amount": 120.0},
    "a person and an amount": {"employee_id": PERSON, "claim_amount": 120.0},
    "an amount alone": {"claim_amount": 120.0},
    "a number of a claim alone": {"claim_id": "CLM-2026-0009"},
    "an invoice alone": {"invoice_no": INVOICE},
    "an invoice and an amount, and no number": {"invoice_no": INVOICE, "claim_amount": 120.0},
    "小计 for a number, and an invoice": {"expense_id": "小计", "invoice_no": INVOICE, "claim_amount": 120.0},
    "小计 for a number, and an invoice typed as a number": {"expense_id": "小计", "invoice_no": 12345678.0, "claim_amount": 120.0},
    "小计 for a number, and a person": {"expense_id": "小计", "employee_id": PERSON, "claim_amount": 120.0},
    "a subtotal's label, and a day": {"employee_id": "EMP-0018 汇总", "start_on": date(2026, 8, 3), "claim_amount": 120.0},
    "a remark with an amount": {"expense_id": "备注：", "claim_amount": 120.0},
    "a remark with an amount as text": {"expense_id": "备注：", "claim_amount": "120.00"},
    "a remark with a day": {"expense_id": "备注：", "start_on": date(2026, 8, 3)},
    "a remark with a person": {"expense_id": "备注", "employee_id": PERSON, "purpose": "打车"},
    "a remark with a number": {"expense_id": "备注", "claim_id": "CLM-2026-0009", "purpose": "打车"},
    "a remark with an invoice": {"expense_id": "说明", "invoice_no": INVOICE, "purpose": "打车"},
    "an example with a person": {"expense_id": "例", "employee_id": PERSON, "purpose": "打车"},
    "an example with an amount": {"expense_id": "示例", "claim_amount": 120.0},
    "a total's word in a column of the clerk's own": {"own": "合计", "employee_id": PERSON, "claim_amount": 120.0},
}  # fmt: skip


@pytest.mark.parametrize("cells", DISGUISED.values(), ids=DISGUISED)
@pytest.mark.parametrize("at", [0, 3, None])
def test_a_record_in_the_guise_of_something_else_is_judged(department, cells, at):
    """Whatever it says of itself: it claims money, names a person or bears a number."""
    page = claims_of(department)
    row = _with_row(page, at, **cells)
    result = judged([page])
    assert (page.name, row) in read(result, "expenses")
    assert [f for f in result.findings.errors if f.row == row]


LABELS = ["合计", "本年累计", "小计：", "Total", "累计", "合计（大写）", "费用合计"]


@given(st.sampled_from(LABELS), st.sampled_from(["expense_id", "employee_id", "purpose", "seller_name", "own"]), st.integers(1, 10**7), st.booleans())
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_total_that_does_not_add_up_is_told_with_both_sums(department, before, label, column, cents, as_text):
    page = claims_of(department)
    added, said = sum(row[page.place("claim_amount")] for row in page.body), cents / 100
    row = _with_row(page, **{column: label, "claim_amount": f"{said:,.2f}元" if as_text else said})
    result = judged([page])
    assert (page.name, row) not in read(result, "expenses")
    assert not errors(result) - before
    told = [(f.row, f.severity.value) for f in result.findings if f.rule == "GEN-027" and f"{said:,.2f}" in f.message.zh and f"{added:,.2f}" in f.message.zh]
    assert told == ([] if said == round(added, 2) else [(row, "warning")])


# ---------------------------------------------------------------------------------------------- what real clerks do
# Each takes the page of claims and returns how many rows that are no records it put among them, and the pages beside it.


def printed_pages(page):
    """Lines that carry the sum from one printed page to the next, and the header on top of each."""
    added = _sums(page, page.body[:3])
    lines = [[added.get(place, "") for place in range(len(page.header))] for _ in range(2)]
    lines[0][page.place("purpose")], lines[1][page.place("purpose")] = "过次页", "承前页"
    page.body[3:3] = [lines[0], list(page.header), lines[1]]
    return 3


def subtotals_of_a_program(page):
    """What a spreadsheet program puts in when it is told to add up by a column: labels in that column."""
    for at, label in ((3, "EMP-0020 汇总"), (8, "EMP-0021 Total")):
        rows = page.body[at - 3 : at]
        line = [_sums(page, page.body[:3] if at == 3 else page.body[4:8]).get(place, "") for place in range(len(page.header))]
        assert rows
        line[page.place("employee_id")] = label
        page.body.insert(at, line)
    line = [_sums(page, page.records()).get(place, "") for place in range(len(page.header))]
    line[page.place("employee_id")] = "总计"
    page.body.append(line)
    return 3


def sums_of_departments(page):
    for at, department in ((3, "客户服务部"), (8, "运营管理部")):
        line = [_sums(page, page.body[:3] if at == 3 else page.body[4:8]).get(place, "") for place in range(len(page.header))]
        line[page.place("department")] = f"{department}小计"
        page.body.insert(at, line)
    return 2


def sum_in_capitals(page):
    """The sum of a paper form: in capitals beside its label, or in the label's cell, with the number of vouchers."""
    line = [_sums(page, page.body).get(place, "") for place in range(len(page.header))]
    line[0], line[page.place("purpose")] = "合计（大写）：", "人民币叁仟贰佰元整"
    other = [""] * len(page.header)
    other[0], other[page.place("purpose")] = "合计：3,200.00元", "共7张"
    page.body += [line, ["合计金额（人民币大写）：叁仟贰佰元整"], other]
    return 3


def sum_as_text(page):
    line = [f"¥{_sums(page, page.body)[place]:,.2f}" if place in _sums(page, page.body) else "" for place in range(len(page.header))]
    line[0] = "合计"
    page.body.append(line)
    return 1


def hints_under_the_header(page):
    hints = [""] * len(page.header)
    hints[0], hints[1], hints[2], hints[5] = "必填，系统编号", "同一次报销用同一号", "填工号", "从列表选择"
    example = [""] * len(page.header)
    example[0], example[page.place("purpose")], example[page.place("start_on")] = "例：EXP-2026-00001", "赴上海走访客户", "格式 2026-08-01"
    page.body[:0] = [hints, example]
    return 2


def dated_signatures(page):
    """Names and days in cells of their own."""
    page.body += [[], ["制表：", "许诺", "日期：", date(2026, 8, 28), "审核：", "于晨", "日期：", date(2026, 8, 29)], ["领款人签字：", "", "", "年   月   日"]]
    return 2


def merged_looks(page):
    """Title lines as a paper form has them: unit, period, page."""
    page.above = [["费用报销明细表"], ["编制单位：客户服务部", "", "2026年8月", "", "单位：元", "第 1 页"], *page.above]
    return 0


def group_headers(page):
    """A row above the header that groups its columns."""
    page.above = page.above[:3]
    page.above.append(["基本信息", "", "", "", "费用信息", "", "", "", "", "", "", "", "", "发票信息", "", "", "", "金额", "", "", "审批"])
    return 0


def numbers_of_lines(page):
    """A running number in front, counted far beyond the last record."""
    page.above = [["", *row] for row in page.above]
    page.header.insert(0, "序号")
    page.body = [[float(n), *row] for n, row in enumerate([*page.body, *[[""] * len(page.header)] * 20], 1)]
    return 20


def helper_columns(page):
    """Columns of formulas that look things up, at both ends, with labels that are no names."""
    page.header += ["", "辅助1", "辅助2"]
    page.body = [[*row, "", row[1], float(n)] for n, row in enumerate(page.body)]
    return 0


def instructions(page):
    """A sheet that explains the columns one below the other, as the template's own words do."""
    columns = SHEETS["expenses"].columns.values()
    rows = [[c.header.zh, c.header.en, "必填" if c.required else "选填", str(c.example or "")] for c in columns]
    return 0, Page("模板说明", "", [["填写说明"]], ["列名", "Column", "要求", "示例"], rows)


def pivot(page):
    rows = [["客户服务部", "EMP-0020", 1200.0], ["客户服务部 汇总", "", 1200.0], ["总计", "", 1200.0]]
    return 0, Page("Sheet2", "", [["费用类型", "(全部)"], []], ["部门", "报销人", "求和项:报销金额"], rows)


def list_of_people(page):
    """Numbers and names to look up."""
    rows = [[f"EMP-{n:04d}", f"员工{n}", "客户服务部", "13800000000"] for n in range(1, 30)]
    return 0, Page("通讯录", "", [], ["工号", "姓名", "部门", "电话"], rows)


def roster(page):
    """Who was on duty: numbers of persons under headers of the clerk's own."""
    rows = [[f"EMP-{n:04d}", f"员工{n}", *["√"] * 12] for n in range(1, 20)]
    return 0, Page("考勤", "", [["2026年8月考勤"]], ["工号", "谁", *(f"{n}日" for n in range(1, 13))], rows)


def contents(page):
    return 0, Page("汇总表", "", [["8月费用汇总"]], ["项目", "金额", "占比"], [["差旅", 3000.0, 0.5], ["招待", 3000.0, 0.5], ["合计", 6000.0, 1.0]])


CLERKS = [printed_pages, subtotals_of_a_program, sums_of_departments, sum_in_capitals, sum_as_text, hints_under_the_header, dated_signatures, merged_looks,
          group_headers, numbers_of_lines, helper_columns, instructions, pivot, list_of_people, roster, contents]  # fmt: skip


@pytest.mark.parametrize("clerk", CLERKS, ids=[clerk.__name__ for clerk in CLERKS])
def test_what_clerks_add_is_no_record_and_no_fault(department, before, clerk):
    """One note tells of all rows that are no records, and beside it no error or warning is new."""
    page = claims_of(department)
    mild = Counter(f.rule for f in judged([page]).findings.warnings)
    made = clerk(page)
    no_records, beside = made if isinstance(made, tuple) else (made, None)
    result = judged([page, beside] if beside else [page])
    assert sorted(read(result, "expenses").values()) == sorted(page.ids().values())
    assert not errors(result) - before
    assert Counter(f.rule for f in result.findings.warnings) == mild
    assert [f.message.en.split()[0] for f in result.findings if f.rule == "GEN-026"] == ([str(no_records)] if no_records else [])
    assert [left.reason.zh for left in result.loaded.left_out if left.severity is not Severity.NOTE] == []


def test_last_years_sheet_that_was_kept_is_judged_at_its_own_rows(department, before):
    page = claims_of(department)
    old = page.copied("费用报销2025", page.body)
    for row in old.body:
        row[old.place("expense_id")], row[old.place("claim_id")] = (row[old.place(name)].replace("2026", "2025") for name in ("expense_id", "claim_id"))
        row[old.place("invoice_no")] = ""
    result = judged([page, old])
    assert len(read(result, "expenses")) == 2 * WRITTEN["expenses"]
    assert {f.sheet for f in result.findings.errors if f.rule == "GEN-014"} == {"费用报销2025"}  # their invoices were taken away


def test_a_copy_with_values_only_is_told_once(department, before):
    page = claims_of(department)
    result = judged([page, Page("参考", "expenses", [], list(page.header), [list(row) for row in page.body])])
    assert not errors(result) - before
    assert [(f.sheet, f.message.en.split()[0]) for f in result.findings if f.rule == "GEN-028"] == [("参考", str(WRITTEN["expenses"]))]


# ------------------------------------------------------------------------------------------------- what is never passed over


def claims_of(department):
    return next(page for page in again(department) if page.key == "expenses")


def not_read(result):
    return [(f.sheet, f.severity.value) for f in result.findings if f.rule == "FIL-007"]


def test_a_header_below_much_text_is_missed_aloud(department):
    """Only the first rows are looked through for a header; the tab's name says that its records are meant."""
    page = claims_of(department)
    page.above = [[f"{n}. 请据实填写。"] for n in range(30)] + page.above
    result = judged([page, *(other for other in again(department) if other.key == "risks")])
    assert not_read(result) == [("费用报销", "error")]
    assert [left.rows for left in result.loaded.left_out] == [30 + 2 + 2 + 1 + len(page.body)]  # texts, title, captions, header, records


def test_of_two_headers_with_records_between_the_upper_counts(department, before):
    """However many columns more the lower one names."""
    page = claims_of(department)
    page.body.insert(3, list(page.header))
    page.above, page.header[page.place("purpose")] = page.above[:3], "用途说明"
    result = judged([page])
    assert sorted(read(result, "expenses").values()) == sorted(page.ids().values())
    assert not_read(result) == []
    assert {rule for rule, _, _ in errors(result) - before} == {"GEN-012"}  # of the purpose


def test_records_above_the_only_header_are_told(department):
    page = claims_of(department)
    page.above, page.header, page.body = [], page.body[0], [*page.body[1:3], page.header, *page.body[3:]]
    result = judged([page])
    assert not_read(result) == [("费用报销", "error")]
    assert "3 records stand above its header row, row 4" in next(f for f in result.findings if f.rule == "FIL-007").message.en
    assert len(read(result, "expenses")) == WRITTEN["expenses"] - 3


def test_a_few_columns_with_numbers_of_a_register_are_told_in_a_note(department):
    page, kept = claims_of(department), ("expense_id", "claim_id", "employee_id", "department", "purpose", "claim_amount", "total_amount")
    columns = [page.place(name) for name in kept]
    header = [page.header[place] for place in columns[:3]] + [""] * 4
    result = judged([claims_of(department), Page("抄录", "", [], header, [[row[place] for place in columns] for row in page.body])])
    assert not_read(result) == [("抄录", "note")]


def test_a_table_beside_the_records_names_none_of_their_columns(department, before):
    page = claims_of(department)
    for row, cells in zip([page.header, *page.body], [["部门", "报销金额"], ["客户服务部", 1000.0], ["合计", 1000.0]], strict=False):
        row += ["", *cells]
    result = judged([page])
    assert errors(result) == before
    assert sorted(read(result, "expenses").values()) == sorted(page.ids().values())


def test_a_copy_with_some_of_the_columns_is_told_once(department, before):
    page = claims_of(department)
    kept = [place for place, said in enumerate(page.header) if any(c.header.zh == said and c.required for c in SHEETS["expenses"].columns.values())]
    result = judged([page, Page("参考", "expenses", [], [page.header[k] for k in kept], [[row[k] for k in kept] for row in page.body])])
    assert errors(result) == before
    assert [(f.sheet, f.message.en.split()[0]) for f in result.findings if f.rule == "GEN-028"] == [("参考", str(WRITTEN["expenses"]))]


def test_a_header_that_stands_there_again_with_columns_exchanged_is_told(department, before):
    """Both are amounts: nothing else would tell that one is read as the other."""
    page = claims_of(department)
    one, other = page.place("claim_amount"), page.place("total_amount")
    again = list(page.header)
    again[one], again[other] = again[other], again[one]
    page.body.insert(3, again)
    result = judged([page])
    row = len(page.above) + 5
    assert {(f.rule, f.row) for f in result.findings.errors} - {("EXP-006", f.row) for f in result.findings.errors} == {("GEN-021", row)}
    assert len(read(result, "expenses")) == WRITTEN["expenses"]
