"""Where headers are found, and what is read below them."""

from datetime import date

import pytest

from opsbook.actions import load
from opsbook.actions.reader import PART
from opsbook.grammar.grid import Grid
from opsbook.sheets import catalog


def claims():
    return catalog().sheets["expenses"]


def said(column, lang):
    return claims().columns[column].header[lang]


@pytest.mark.parametrize(
    "both",
    ["{zh}\n{en}", "{zh} {en}", "{zh}（{en}）", "{en} / {zh}", "{zh}|{en}", "{en}\n({zh})", "{zh}*\n{en}*"],
)
def test_a_header_cell_may_say_both_languages(both):
    names = ("expense_id", "claim_id", "claim_amount", "invoice_no")
    row = [both.format(zh=said(n, "zh"), en=said(n, "en")) for n in names]
    assert load.find_header([row], claims()).columns == names


@pytest.mark.parametrize(("above", "found"), [(0, 1), (18, 19), (19, 20), (20, None)])
def test_captions_stand_above_headers(above, found):
    """The last row that is looked at may be a caption row: then the header is the row below it."""
    captions, header = [[said(n, lang) for n in ("expense_id", "claim_id", "city")] for lang in ("en", "zh")]
    rows = [["注意"] * 3] * above + [captions, header, ["EXP-2026-00001", "CLM-2026-0001", "上海"]]
    header_row = load.find_header(rows, claims())
    assert (header_row.row if header_row else None) == found


def test_a_long_text_is_no_header():
    assert load.find_header([["字" * 32_000] * 40, ["Line ID", "Claim No"]], claims()).row == 1


def book_of(*rows):
    names = ["expense_id", "purpose", "claim_amount", "start_on", "exp_type"]
    return load.book([Grid("expenses", [names, *rows])], catalog())


def test_dirt_beyond_the_first_part_of_rows_is_read_and_told_at_its_row():
    """Rows are taken in by parts: what a value meant in one part it means in the next, and places stay true."""
    plain = ["EXP-2026-{:05d}", "采购办公用品一批", 100.0, date(2026, 8, 3), "办公费"]
    rows = [[plain[0].format(n), *plain[1:]] for n in range(3 * PART)]
    for n in (0, PART - 1, PART, 3 * PART - 1):
        rows[n][1:] = [" 采购办公用品一批 ", "¥1,234.50", "2026年3月5日", "office "]
    rows[PART + 1] = [""] * 5
    rows[PART + 2][4] = "贿赂"
    loaded = book_of(*rows)
    tab = loaded.book.tabs["expenses"]
    assert len(tab) == 3 * PART - 1
    kinds = {n: c.kind for n, c in claims().columns.items()}
    columns = {n: kinds[n].series(tab.cells[n], tab.index, {}) for n in tab.cells}
    for n in (0, PART - 1, PART, 3 * PART - 1):
        row = n + 2
        assert columns["purpose"].loc[row] == "采购办公用品一批"
        assert columns["claim_amount"].loc[row] == 1234.5
        assert f"{columns['start_on'].loc[row]:%Y-%m-%d}" == "2026-03-05"
        assert columns["exp_type"].loc[row] == "office"
    assert list(columns["purpose"].cat.categories) == ["采购办公用品一批"]
    told = [f for f in loaded.faults if f.rule == "GEN-015"]
    assert {f.column for f in told} == {"purpose", "claim_amount", "start_on", "exp_type"}
    assert {f.values["rows"] for f in told} == {f"2, {PART + 1}-{PART + 2}, {3 * PART + 1}"}  # one note a column
    assert [(f.rule, f.value) for f in loaded.faults if f.row == PART + 4] == [("GEN-003", "贿赂")]
    assert tab.cell("claim_amount", 3) == 100.0
    assert not [f for f in loaded.faults if f.row == PART + 3]


def test_what_stands_in_place_of_a_fault_is_a_fault_of_its_own_later():
    """An unreadable cell reads as a blank; a blank of a later part of the rows is still told as required."""
    rows = [[f"EXP-2026-{n:05d}", "采购办公用品", 1.0, date(2026, 8, 3), "office"] for n in range(2 * PART)]
    rows[0][1], rows[0][3], rows[0][4] = "  ", "某日", "贿赂"
    late = PART + 7
    rows[late][1] = rows[late][3] = rows[late][4] = ""
    told = {(f.row, f.column): f.rule for f in book_of(*rows).faults if f.column in ("purpose", "start_on", "exp_type")}
    assert told == {
        (2, "purpose"): "GEN-001", (2, "start_on"): "GEN-002", (2, "exp_type"): "GEN-003",
        **{(late + 2, name): "GEN-001" for name in ("purpose", "start_on", "exp_type")},
    }  # fmt: skip


@pytest.mark.parametrize("order", [(True, 1.0, "1"), (1.0, True, "1"), ("1", True, 1.0)])
def test_what_is_equal_in_python_is_told_apart(order):
    """A truth value in a text column is a fault; the number 1 beside it is read as text."""
    rows = [[f"EXP-2026-0000{n}", cell, 1.0, date(2026, 8, 3), "office"] for n, cell in enumerate(order)]
    loaded = book_of(*rows)
    told = {f.row: f.rule for f in loaded.faults if f.column == "purpose"}
    assert told == {n + 2: "GEN-002" for n, cell in enumerate(order) if cell is True}
    assert list(loaded.book.tabs["expenses"].cells["purpose"]) == ["" if cell is True else "1" for cell in order]


def test_an_empty_register_and_one_of_blank_rows():
    assert len(book_of().book.tabs["expenses"]) == 0
    assert len(book_of([""] * 5, [" "] * 5, ["\u3000"] * 5).book.tabs["expenses"]) == 0
