"""The rule language: what is refused, and where; how a condition is said."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from opsbook.grammar import Choices, Code, Count, Day, Line, Sheet, Text, column
from opsbook.grammar.expression import ExpressionError, parse


class Level(Choices):
    LOW = "low", "Low", "低"
    HIGH = "high", "High", "高"
    TOP = "top", "Top", "极高"


class Toy(Sheet, key="toys", id="toy_id"):
    """Toys. 玩具。"""

    tab = Text("Toys", "玩具")
    toy_id: Code = column("ID", "编号")
    name: Line = column("Name", "名称")
    level: Level = column("Level", "等级")
    n: Count = column("Number", "数量")
    start: Day = column("Start", "开始")
    end: Day = column("End", "结束")


COLUMNS = Toy.columns


def mask(text, **values):
    index = pd.RangeIndex(len(next(iter(values.values()))))
    series = {k: COLUMNS[k].kind.series(v, index, {}) for k, v in values.items()}
    return list(parse(text, COLUMNS).mask(series.__getitem__, len(index), date(2026, 9, 30)))


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("[levl] = 1", "no column [levl]. Did you mean [level]?", 1),
        ('IF([n] > 0, 1)', "no function IF", 1),
        ('[n] > 0 [n]', '"[n]" is not expected here', 9),
        ('AND([n] > 0', '"(" after AND is not closed', 1),
        ('([n] > 0', "not closed", 1),
        ('[n] >', "expected here", 6),
        ('[level] = "medium"', '"medium" is not in the list', 1),
        ('NOT([n], [n])', "NOT takes 1 to 1 values, not 2", 1),
        ('FROM([n], "a")', "FROM wants a column with a value list", 1),
        ('"abc', "a quote or bracket is not closed", 1),
        ('A1 > 0', '"A1" is no column', 1),
        ("", "expected here", 1),
        ("__import__('os')", "no function __IMPORT__", 1),
        ("__import__", "is no column, number or text", 1),
    ],
)  # fmt: skip
def test_refused_with_a_sentence(text, said, at):
    with pytest.raises(ExpressionError) as fault:
        parse(text, COLUMNS)
    assert said in fault.value.said.en
    assert fault.value.said.zh
    assert fault.value.at >= at


def test_headers_of_both_languages_and_labels_are_understood():
    for text in ('[level] = "high"', '[Level] = "High"', '[等级] = "高"'):
        assert mask(text, level=["low", "高", "High", ""]) == [False, True, True, False]


def test_blanks_are_excels():
    assert mask('[n] = ""', n=[1.0, ""]) == [False, True]
    assert mask("[n] < 5", n=[1.0, ""]) == [True, True]
    assert mask("[n] > 0", n=[1.0, ""]) == [True, False]
    assert mask('[name] <> "a"', name=["A", "", "b"]) == [False, True, True]
    assert mask("NOT([end] >= [start])", start=[date(2026, 1, 1)], end=[""]) == [True]


def test_from_counts_the_main_path():
    assert mask('FROM([level], "high")', level=["low", "high", "top", ""]) == [False, True, True, False]


def test_sums_bind_as_in_excel():
    assert mask("[n] + 2 * 3 = 7", n=[1.0]) == [True]
    assert mask("([n] + 2) * 3 = 9", n=[1.0]) == [True]
    assert mask("-[n] < 0", n=[1.0]) == [True]
    assert mask("[end] - [start] = 3", start=[date(2026, 2, 27)], end=[date(2026, 3, 2)]) == [True]
    assert mask("[start] <= TODAY()", start=[date(2026, 9, 30), date(2026, 10, 1)]) == [True, False]


def test_sentences():
    said = parse('AND(FROM([level], "high"), [end] >= [start], [name] <> "")', COLUMNS).sentence()
    assert said.en == "Level is High or later and End is on or after Start and Name is filled"
    assert said.zh == "等级为高及以后且结束不早于开始且名称已填"
    either = parse('IN([level], "low", "high")', COLUMNS).sentence()
    assert (either.en, either.zh) == ("Level is Low or High", "等级为低或高")


def test_formula():
    formula = parse('OR(FROM([level], "high"), [n] + 1 > 2)', COLUMNS).excel(lambda n: {"level": "$C6", "n": "$D6"}[n], "zh")
    assert formula == 'OR(OR($C6="高",$C6="极高"),$D6+1>2)'


def test_a_million_rows_are_whole_columns():
    n = np.arange(1_000_000, dtype=float)
    series = {"n": pd.Series(n)}
    assert parse("[n] >= 500000", COLUMNS).mask(series.__getitem__, len(n), date(2026, 9, 30)).sum() == 500_000


def test_conditions_of_a_sheet_are_refused_at_its_declaration():
    with pytest.raises(TypeError, match=r"Bad\.a: character 1: there is no column \[b\]"):

        class Bad(Sheet, key="bad", id="a"):
            """Bad. 坏。"""

            tab = Text("Bad", "坏")
            a: Line = column("A", "甲", check="[b] = 1")
