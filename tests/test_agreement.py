"""One condition, three readers: Excel's formula, the sentence and pydantic (or the mask) agree.

Formulas are worked out by LibreOffice Calc on the very rows that the mask is worked out on.
"""

import random
import re
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
import xlsxwriter
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from conftest import converted
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from python_calamine import CalamineWorkbook

from opsbook.actions.template import condition
from opsbook.grammar.constraint import bounds
from opsbook.grammar.expression import parse
from opsbook.grammar.finding import letters
from opsbook.grammar.judge import Judge
from opsbook.grammar.kinds import ChoicesKind, DayKind
from opsbook.sheets import catalog

TODAY = date.today()  # Excel's TODAY() is the machine's day


# ---------------------------------------------------------------------------- bounds: sentence and pydantic

COMPARE = {
    "more than": lambda a, b: a > b, "at least": lambda a, b: a >= b, "less than": lambda a, b: a < b, "at most": lambda a, b: a <= b,
    "大于": lambda a, b: a > b, "不小于": lambda a, b: a >= b, "小于": lambda a, b: a < b, "不大于": lambda a, b: a <= b,
    "不少于": lambda a, b: a >= b, "不超过": lambda a, b: a <= b,
}  # fmt: skip


def as_read(sentence: str, value) -> bool:
    """What a person makes of the sentence."""
    found = re.fullmatch(r"(more than|at least|less than|at most|大于|不小于|小于|不大于|不少于|不超过) ?(-?[0-9.,]+)( characters|个字符)?", sentence)
    assert found, sentence
    return COMPARE[found[1]](len(value) if found[3] else value, float(found[2].replace(",", "")))


@given(st.sampled_from([Gt, Ge, Lt, Le]), st.integers(-1000, 1000), st.one_of(st.integers(-1001, 1001), st.floats(-1e6, 1e6)))
def test_the_sentence_of_a_bound_is_pydantics_verdict(kind, limit, value):
    (bound,) = bounds([kind(limit)])
    verdict = accepted(float, kind(limit), float(value))
    assert as_read(bound.sentence().en, float(value)) == as_read(bound.sentence().zh, float(value)) == verdict


@given(st.sampled_from([MinLen, MaxLen]), st.integers(0, 12), st.text(max_size=15))
def test_the_sentence_of_a_length_is_pydantics_verdict(kind, limit, value):
    (bound,) = bounds([kind(limit)])
    assert as_read(bound.sentence().en, value) == as_read(bound.sentence().zh, value) == accepted(str, kind(limit), value)


def accepted(kind, promise, value) -> bool:
    from typing import Annotated

    try:
        TypeAdapter(Annotated[kind, promise]).validate_python(value)
    except ValidationError:
        return False
    return True


# ------------------------------------------------------------------- every declared condition, in Calc itself


def records(sheet, number):
    """Rows of plausible and implausible values, blanks among them."""
    chance = random.Random(f"{sheet.key}{number}")
    row = {}
    for column in sheet.columns.values():
        kind = column.kind
        if column.computed or chance.random() < 0.15:
            row[column.name] = ""
        elif isinstance(kind, ChoicesKind):
            row[column.name] = chance.choice(list(kind.labels({})))
        elif isinstance(kind, DayKind):
            row[column.name] = date(2026, 3, 1) + timedelta(days=chance.randrange(-4, 5) + (400 if chance.random() < 0.1 else 0))
        elif kind.numeric:
            row[column.name] = float(chance.choice([-1, 0, 0.5, 1, 2, 3, 4, 5, 6, 100, 0.07]))
        else:
            row[column.name] = str(column.example) if column.example and chance.random() < 0.5 else "文" * chance.randrange(1, 60)
    return row


@pytest.fixture(scope="module")
def calc(tmp_path_factory):
    """Every sheet's conditions over 60 rows, as LibreOffice Calc works them out: (sheet, row, column, which) → verdict."""
    folder = tmp_path_factory.mktemp("agreement")
    book = xlsxwriter.Workbook(str(folder / "conditions.xlsx"))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    asked = {}
    for sheet in catalog().sheets.values():
        tab = book.add_worksheet(sheet.key)
        columns = list(sheet.columns.values())
        at = {c.name: letters(n) for n, c in enumerate(columns, 1)}
        for number in range(60):
            row, excel_row = records(sheet, number), number + 6
            for place, column in enumerate(columns):
                value = row[column.name]
                if isinstance(value, date):
                    tab.write_datetime(excel_row - 1, place, datetime(value.year, value.month, value.day), day)
                elif isinstance(value, float):
                    tab.write_number(excel_row - 1, place, value)
                elif value != "":
                    tab.write_string(excel_row - 1, place, column.kind.write(value, "zh") if hasattr(column.kind, "choices") else value)
            place = len(columns) + 2
            for column in columns:
                for which, formula in formulas(column, at):
                    here = re.sub(r"(\$[A-Z]+)6\b", rf"\g<1>{excel_row}", formula)
                    tab.write_formula(excel_row - 1, place, f"=IF({here},1,0)")
                    asked[sheet.key, number, column.name, which] = (excel_row - 1, place)
                    place += 1
    book.close()
    done = CalamineWorkbook.from_path(str(converted(folder / "conditions.xlsx", "xlsx:Calc MS Excel 2007 XML", (folder / "out").mkdir() or folder / "out")))
    cells = {key: done.get_sheet_by_name(key).to_python(skip_empty_area=False) for key in catalog().sheets}
    return {key: cells[key[0]][r][c] == 1 for key, (r, c) in asked.items()}


def formulas(column, at):
    cell = f"${at[column.name]}6"
    if held := condition(column, cell, at, "zh"):
        yield "held", held
    if column.required_when is not None:
        yield "asked", column.required_when.excel(lambda n: f"${at[n]}6", "zh")


@pytest.mark.parametrize("key", catalog().sheets)
def test_excel_and_opsbook_agree(calc, key):
    sheet = catalog().sheets[key]
    columns = list(sheet.columns.values())
    rows = [records(sheet, n) for n in range(60)]
    index = pd.RangeIndex(60)
    series = {c.name: c.kind.series([r[c.name] for r in rows], index, {}) for c in columns}
    compared = 0
    for column in columns:
        judge = Judge(column, {})
        for which, _ in formulas(column, {c.name: letters(n) for n, c in enumerate(columns, 1)}):
            if which == "asked":
                ours = column.required_when.mask(series.__getitem__, 60, TODAY)
            else:
                ours = [True] * 60
                if column.check is not None:
                    filled = [all(rows[n][c] != "" for c in {column.name, *column.check.columns()}) for n in range(60)]
                    mask = column.check.mask(series.__getitem__, 60, TODAY)
                    ours = [bool(m) or not f for m, f in zip(mask, filled, strict=True)]
            for n in range(60):
                value = rows[n][column.name]
                if which == "held" and (value == "" or not judge.is_of_kind(value)):
                    continue  # what is blank or of another kind is told otherwise
                verdict = bool(ours[n]) and (which == "asked" or judge.keeps_bounds(value))
                assert calc[key, n, column.name, which] == verdict, (column.name, which, rows[n])
                compared += 1
    assert compared or not any(c.bounds or c.check or c.required_when for c in columns)


# ------------------------------------------------------------------------------ expressions nobody declared


def random_expression(chance, depth=0):
    expenses = catalog().sheets["expenses"].columns
    numbers = ["claim_amount", "total_amount", "days", "persons"]
    days = ["start_on", "end_on", "paid_on"]
    pick = chance.randrange(9 if depth < 2 else 6)
    sign = chance.choice(["=", "<>", "<", ">", "<=", ">="])
    match pick:
        case 0:
            return f"[{chance.choice(numbers)}] {sign} [{chance.choice(numbers)}] {chance.choice('+-*')} {chance.choice([1, 2, 0.5])}"
        case 1:
            return f"[{chance.choice(days)}] {sign} [{chance.choice(days)}]"
        case 2:
            return f'[status] {chance.choice(["=", "<>"])} "{chance.choice(list(expenses["status"].kind.labels({})))}"'
        case 3:
            return f'IN([exp_type], "hotel", "{chance.choice(["meal", "office"])}")'
        case 4:
            return f'FROM([status], "{chance.choice(["submitted", "finance_passed", "paid"])}")'
        case 5:
            return chance.choice([f'[{chance.choice(numbers + days)}] {chance.choice(["=", "<>"])} ""', "ISBLANK([purpose])",
                                  f"LEN([purpose]) {sign} {chance.choice([0, 5, 10])}", f"ABS([claim_amount]) {sign} 2"])  # fmt: skip
        case 6:
            return f"NOT({random_expression(chance, depth + 1)})"
        case _:
            parts = ", ".join(random_expression(chance, depth + 1) for _ in range(chance.choice([2, 3])))
            return f"{chance.choice(['AND', 'OR'])}({parts})"


def test_three_hundred_random_expressions_in_calc(tmp_path):
    sheet = catalog().sheets["expenses"]
    columns = list(sheet.columns.values())
    at = {c.name: letters(n) for n, c in enumerate(columns, 1)}
    chance = random.Random(20260930)
    texts = [random_expression(chance) for _ in range(300)]
    rows = [records(sheet, n) for n in range(20)]
    for row in rows[:3]:
        row |= dict.fromkeys(("claim_amount", "start_on", "paid_on", "status", "purpose"), "")
    book = xlsxwriter.Workbook(str(tmp_path / "random.xlsx"))
    tab, day = book.add_worksheet("expenses"), book.add_format({"num_format": "yyyy-mm-dd"})
    for n, row in enumerate(rows):
        for place, column in enumerate(columns):
            value = row[column.name]
            if isinstance(value, date):
                tab.write_datetime(n, place, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, float):
                tab.write_number(n, place, value)
            elif value != "":
                tab.write_string(n, place, column.kind.write(value, "en") if hasattr(column.kind, "choices") else value)
        for k, text in enumerate(texts):
            formula = parse(text, sheet.columns).excel(lambda name, n=n: f"${at[name]}{n + 1}", "en")
            tab.write_formula(n, len(columns) + k, f"=IF({formula},1,0)")
    book.close()
    (tmp_path / "out").mkdir()
    done = CalamineWorkbook.from_path(str(converted(tmp_path / "random.xlsx", "xlsx:Calc MS Excel 2007 XML", tmp_path / "out")))
    cells = done.get_sheet_by_name("expenses").to_python(skip_empty_area=False)
    series = {c.name: c.kind.series([r[c.name] for r in rows], pd.RangeIndex(20), {}) for c in columns}
    for k, text in enumerate(texts):
        ours = parse(text, sheet.columns).mask(series.__getitem__, 20, TODAY)
        theirs = [cells[n][len(columns) + k] == 1 for n in range(20)]
        assert [bool(v) for v in ours] == theirs, text


