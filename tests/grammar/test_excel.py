"""Expressions come to what a spreadsheet program makes of them: the same rows, worked out by LibreOffice Calc itself."""

import math
import random
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from conftest import converted
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from opsbook.grammar import Choices, Code, Day, Line, Quantity, Sheet, Text, column
from opsbook.grammar.expression import Names, parse
from opsbook.grammar.finding import letters
from opsbook.grammar.functions import FUNCTIONS
from opsbook.grammar.values import DIVISION, ERRORS, NUM, VALUE, Error
from opsbook.lists import Yesno

TABLE = Path(__file__).with_name("expressions.txt")


class Level(Choices):
    LOW = "low", "low", "低"
    HIGH = "high", "high", "高"
    TOP = "top", "top", "极高"


class Rows(Sheet, key="rows", id="r"):
    """Rows. 行。"""

    tab = Text("Rows", "行")
    r: Code = column("R", "编号")
    n: Quantity = column("N", "数一")
    m: Quantity = column("M", "数二")
    t: Line = column("T", "文一")
    u: Line = column("U", "文二")
    d: Day = column("D", "日一")
    e: Day = column("E", "日二")
    q: Level = column("Q", "级")
    y: Yesno = column("Y", "是否")


class Other(Sheet, key="other", id="k"):
    """Another sheet. 另表。"""

    tab = Text("Other", "另表")
    k: Line = column("K", "键")
    v: Quantity = column("V", "值")
    w: Day = column("W", "日")


DATA = {
    "r": [f"R-{n}" for n in range(12)],
    "n": [1.0, 2.5, -3.25, "", 0.0, 7.0, 2.0, 1e6, 0.1, 5.0, 10.0, 3.0],
    "m": [2.0, 0.0, 4.0, 1.0, "", 7.0, 2.0, 3.5, 100.0, 5.0, 0.25, 9.0],
    "t": ["abc", "ABC", "def", "", "12", "b", "报销", "abc", "a b", "2.5", "cab", "x"],
    "u": ["abc", "abc", "", "zz", "12", "B", "报 销", "  padded  in  ", "a", "2.5", "", "Y"],
    "d": [date(2026, 9, 30), date(2026, 1, 31), date(2024, 2, 29), "", date(2026, 3, 1), date(2025, 12, 31), date(2026, 9, 5), date(2026, 2, 28),
          date(2026, 9, 30), date(2026, 6, 15), date(2027, 1, 1), date(2026, 9, 6)],
    "e": [date(2026, 10, 31), date(2026, 1, 1), date(2025, 2, 28), date(2026, 5, 5), date(2026, 3, 1), date(2026, 1, 1), date(2026, 9, 6), date(2026, 3, 1),
          date(2025, 9, 30), date(2026, 6, 30), date(2026, 12, 31), date(2026, 9, 7)],
    "q": ["low", "high", "top", "", "low", "high", "top", "high", "low", "low", "top", "high"],
    "y": ["Y", "N", "", "Y", "N", "Y", "N", "Y", "N", "Y", "N", "Y"],
}  # fmt: skip
ELSEWHERE = {
    "k": ["abc", "def", "ABC", "x", "", "12", "abd", "b", "zzz"],
    "v": [1.0, 2.0, 3.0, "", 5.0, 2.0, 7.5, 0.0, -4.0],
    "w": [date(2026, 1, 1), date(2026, 3, 1), "", date(2026, 9, 30), date(2025, 12, 31), date(2026, 6, 30), date(2026, 12, 31), date(2026, 3, 2), date(2024, 2, 29)],
}  # fmt: skip
SIZE = len(DATA["n"])
NAMES = Names(Rows.columns, "rows", {"rows": lambda: Rows.columns, "other": lambda: Other.columns}, {"rows": "rows", "other": "other", "另表": "other"})


@dataclass(frozen=True)
class Given:
    """The two sheets, as an expression is given them."""

    today: date = date(2026, 9, 30)
    size: int = SIZE
    known: dict = field(default_factory=dict)

    def column(self, name):
        return self.area("rows", name)

    def area(self, sheet, name):
        declared, data = {"rows": (Rows, DATA), "other": (Other, ELSEWHERE)}[sheet]
        return declared.columns[name].kind.series(data[name], pd.RangeIndex(len(data[name])), {})

    def policy(self, key, members):
        raise LookupError(key)


def lines() -> list[str]:
    return [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def by_calc(texts, folder) -> list[list]:
    """What LibreOffice makes of expressions, each over all rows."""
    path = folder / "in" / "book.xlsx"
    path.parent.mkdir(exist_ok=True)
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    own, elsewhere, out = (book.add_worksheet(name) for name in ("rows", "other", "out"))
    for sheet, data in ((own, DATA), (elsewhere, ELSEWHERE)):
        for c, (name, cells) in enumerate(data.items()):
            sheet.write_string(0, c, name)
            for r, cell in enumerate(cells, 1):
                if isinstance(cell, date):
                    sheet.write_datetime(r, c, pd.Timestamp(cell).to_pydatetime())
                elif cell != "":
                    sheet.write_string(r, c, cell) if isinstance(cell, str) else sheet.write_number(r, c, cell)

    def area(found):
        data, sheet = (ELSEWHERE, "other") if found.sheet == "other" else (DATA, "rows")
        at = letters(list(data).index(found.column.name) + 1)
        return f"{sheet}!${at}$2:${at}${len(next(iter(data.values()))) + 1}"

    plain = book.add_format({"num_format": "0.000"})
    newer = ("IFS", "SWITCH", "CONCAT", "XOR", "IFNA")
    for c, text in enumerate(texts):
        for r in range(SIZE):
            formula = parse(text, NAMES).excel(lambda name, r=r: f"rows!{letters(list(DATA).index(name) + 1)}{r + 2}", "en", area=area)
            for name in newer:
                formula = formula.replace(f"{name}(", f"_xlfn.{name}(") if f"{name}(" in formula and f"COUNT{name}(" not in formula else formula
            out.write_formula(r, c, "=" + formula.replace("SUM_xlfn.IFS", "SUMIFS").replace("AVERAGE_xlfn.IFS", "AVERAGEIFS"), plain)  # no dates to be guessed
    book.close()
    made = openpyxl.load_workbook(converted(path, "xlsx", folder), data_only=True)["out"]
    return [[made.cell(r + 1, c + 1).value for r in range(SIZE)] for c in range(len(texts))]


def by_us(text) -> list:
    values = parse(text, NAMES).values(Given())
    cells = values.cells()
    return cells * SIZE if len(cells) == 1 else cells


def alike(ours, calcs) -> bool:
    if isinstance(ours, Error):
        return calcs == str(ours) or (str(ours) == "#NUM!" and calcs == "#VALUE!")  # Calc's Err:502 is saved so
    if ours is None or ours == "":
        return calcs in (None, "", 0)
    if isinstance(ours, float) and isinstance(calcs, (int, float)):
        return math.isclose(ours, calcs, rel_tol=1e-12, abs_tol=1e-12)
    return ours == calcs  # Calc's TRUE is 1


def differing(texts, folder) -> list[str]:
    wrong = []
    for text, calcs in zip(texts, by_calc(texts, folder), strict=True):
        ours = by_us(text)
        wrong += [f"{text}  row {n}: {a!r} here, {b!r} in Calc" for n, (a, b) in enumerate(zip(ours, calcs, strict=True)) if not alike(a, b)]
    return wrong


def test_the_table_comes_to_the_same_in_calc(tmp_path):
    assert len(lines()) >= 300
    wrong = differing(lines(), tmp_path)
    assert not wrong, "\n".join(wrong[:60])


@pytest.mark.parametrize(("text", "excels"), [  # Calc has no truth values of their own: TRUE is 1 there
    ('TRUE & ""', "TRUE"), ("FALSE = 0", False), ("TRUE > 5", True), ("1 = TRUE", False), ("1 < 2 < 3", False), ('TRUE > "zzz"', True),
    ('"a" & 1 & TRUE', "a1TRUE"), ("SUM(1, TRUE)", 2.0), ("TRUE + 1", 2.0), ('FIND("", "abc")', 1.0), ("0 ^ 0", Error(NUM)), ("0 ^ -1", Error(DIVISION)),
    ('COUNTIFS(other[k], "")', 1.0), ("SQRT(-1)", Error(NUM)), ('LEN(SUBSTITUTE("aaaa", "a", "0123456789"))', 40.0),
    # Calc asks its settings which texts are numbers in sums, and takes signs and digits of a Chinese keyboard for letters; Excel reads what is typed
    ('"1,234.50" + 0', 1234.5), ('"12%" * 100', 12.0), ('"(5)" + 0', -5.0), ('"￥1,000" + 0', 1000.0), ('"¥5" + 0', 5.0), ('VALUE("１２３")', 123.0),
    ('VALUE("１２％")', 0.12), ('VALUE("（５）")', -5.0), ('"2026年9月30日" + 0', 46295.0), ('COUNTIFS(other[v], "＞５")', 1.0), ('COUNTIFS(other[v], "＞＝2")', 5.0),
    ('COUNTIFS(other[v], "＜＞2")', 7.0), ('COUNTIFS(other[k], "＝abc")', 2.0), ('COUNTIFS(other[w], ">=2026年9月1日")', 2.0), ('COUNTIFS(other[v], "500%")', 1.0),
    ("DATE(26, 1, 1)", 9498.0), ("DATE(1899, 12, 31)", 693962.0), ("DATE(-1, 1, 1)", Error(NUM)), ("DATE(1900, 1, 1)", 2.0),
    ('DATEDIF(DATE(2026, 1, 31), DATE(2026, 3, 1), "md")', -2.0), ('COUNTIFS(other[v], "(4)")', 1.0),
    # Calc reads days with strokes in some of its locales only, and a sign behind a number
    ('VALUE("2026/9/30")', 46295.0), ('VALUE("2026/13/1")', Error(VALUE)), ('VALUE("5-")', Error(VALUE)), ('COUNTIFS(other[w], ">=2026/9/1")', 2.0),
    ('COUNTIFS(other[w], "2026/3/1")', 1.0), ('COUNTIFS(other[w], "<2026/3/1", other[w], ">=2024/1/1")', 3.0),
    ('SUMIFS(other[v], other[w], ">=2026/1/1", other[w], "<=2026/12/31")', 12.5), ("DATE(10000, 1, 1)", Error(NUM)),
])  # fmt: skip
def test_excels_own_where_calc_differs(text, excels):
    assert by_us(text) == [excels] * SIZE


def test_every_function_is_in_the_table():
    said = TABLE.read_text(encoding="utf-8")
    assert {name for name in FUNCTIONS if f"{name}(" not in said} <= {"TODAY", "POLICY"}
    assert {str(c) for text in lines() for c in by_us(text) if isinstance(c, Error)} == {*ERRORS[1:]}


#: What an expression of a kind is made of; N, T and C stand for a number, a text and a condition.
MADE = {
    "N": ["[n]", "[m]", "[d]", "[e]", "0", "1", "2.5", "-3", "100", "(N + N)", "(N - N)", "(N * N)", "(N / N)", "ABS(N)", "-N", "INT(N)", "ROUND(N, 1)",
          "ROUNDUP(N, 0)", "MIN(N, N)", "MAX(N, N)", "SUM(N, N, N)", "IF(C, N, N)", "IFERROR(N, N)", "LEN(T)", "MOD(N, N)", "COUNTIFS(other[k], T)",
          "COUNTIFS(other[k], T, other[v], \">\" & [m])", "SUMIFS(other[v], other[k], [t], other[v], \"<=\" & [n])", "XLOOKUP([t], other[k], other[v], N)"],
    "T": ["[t]", "[u]", '"abc"', '""', '"Z"', '"12"', "(T & T)", "(T & N)", "UPPER(T)", "TRIM(T)", "LEFT(T, 2)", "RIGHT(T, 1)", "MID(T, 2, 2)",
          "IF(C, T, T)", 'SUBSTITUTE(T, "b", "xy")', 'IFERROR(T, "wrong")'],
    "C": ["(N = N)", "(N < N)", "(N >= N)", "(T = T)", "(T <> T)", "AND(C, C)", "OR(C, C, C)", "NOT(C)", "ISBLANK([n])", "ISBLANK([t])", "ISNUMBER(N)",
          "ISERROR(N)", "UNIQUE([t])", "IN([t], T, T)"],
}  # fmt: skip


def written(chance, kind, depth) -> str:
    simple = MADE[kind][:4] if depth == 0 and kind != "C" else ["ISBLANK([d])"] if depth == 0 else MADE[kind]
    return re.sub(r"\b[NTC]\b(?![\[(])", lambda found: written(chance, found[0], depth - 1), chance.choice(simple))


@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.randoms(use_true_random=False), st.integers())
def test_whatever_is_written_comes_to_the_same_in_calc(tmp_path_factory, chance, more):
    chance = random.Random(f"{chance.getrandbits(64)}{more}")
    texts = [written(chance, chance.choice("NTC"), chance.randint(1, 4)) for _ in range(200)]
    wrong = differing([text for text in texts if len(text) < 400], tmp_path_factory.mktemp("calc"))
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize(("typed", "plain"), [
    ("［n］＞1", "[n]>1"),
    ("AND（［数一］＞0，［文一］＝“abc”）", 'AND([n]>0,[t]="abc")'),
    ("= [n] + 1", "[n] + 1"),
    ("[@n] + 1", "[n] + 1"),
    ("SUM(另表[值])", "SUM(other[v])"),
    ("sum(OTHER[v])", "SUM(other[v])"),
    ("_xlfn.IFS([n]>1,1,TRUE,0)", "IFS([n]>1,1,TRUE,0)"),
    ("[N] + [ 数 一 ] + [Ｎ] + [数一（元）] + [N 数一]", "[n] + [n] + [n] + [n] + [n]"),
    ("SUM(另表[ V ])", "SUM(other[v])"),
])  # fmt: skip
def test_it_may_be_typed_in_other_ways(typed, plain):
    assert by_us(typed) == by_us(plain)
