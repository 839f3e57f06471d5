"""The rule language: an expression in Excel's own notation over a sheet's columns, written once.

``AND([level] = "task", [end_on] >= [start_on])`` becomes a *mask* or *values* over whole columns, an *Excel formula* for one row,
and a *sentence* in both languages. Columns stand in brackets, by field name or by header, those of other sheets behind the name of
the sheet; functions are the listed ones; nothing is ever handed to ``eval``.

Blanks, texts, numbers and errors are Excel's: a blank equals ``""`` and counts as 0, texts compare without regard to case, a text in
a sum is the number that it spells, or ``#VALUE!``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import pandas as pd

from opsbook.grammar import parsing, wording
from opsbook.grammar.functions import AGGREGATES, FUNCTIONS, by_group, whole
from opsbook.grammar.kinds import Lists
from opsbook.grammar.node import COMPARES, Area, Call, Const, ExpressionError, Named, Names, Node, Ref, parts
from opsbook.grammar.text import Lang, Text
from opsbook.grammar.values import (
    TRUTH,
    Values,
    as_truths,
    compared,
    joined,
    numbers,
    of_cells,
    of_series,
    summed,
    truths,
)

__all__ = ["Expression", "ExpressionError", "Named", "Names", "Source", "parse"]

Columns = Callable[[str], pd.Series]


class Source(Protocol):
    """Where the columns of an expression come from."""

    @property
    def today(self) -> date: ...
    @property
    def size(self) -> int: ...
    @property
    def known(self) -> "dict[tuple[str, str], Values]": ...  # columns that were taken already
    def column(self, name: str) -> pd.Series: ...
    def area(self, sheet: str, name: str) -> pd.Series: ...
    def policy(self, key: str, members: Sequence[Values]) -> Values: ...


@dataclass(frozen=True)
class Expression:
    """A parsed expression, bound to the columns it names."""

    text: str
    node: Node

    def columns(self) -> tuple[str, ...]:
        """The names of the columns of its row that it reads, in order of appearance."""
        return tuple(dict.fromkeys(part.column.name for part in parts(self.node) if isinstance(part, Ref)))

    def areas(self) -> tuple[tuple[str, str], ...]:
        """Sheet and column of the whole columns that it reads."""
        return tuple(dict.fromkeys((part.sheet, part.column.name) for part in parts(self.node) if isinstance(part, Area)))

    def keys(self) -> tuple[str, ...]:
        """The policy keys that it reads."""
        return tuple(dict.fromkeys(str(c.args[0].value) for c in parts(self.node)
                                   if isinstance(c, Call) and c.name == "POLICY" and isinstance(c.args[0], Const)))  # fmt: skip

    def values(self, source: Source) -> Values:
        """What it comes to, row by row; a :class:`opsbook.grammar.functions_lookups.TooCostly` where that would take too long."""
        with np.errstate(all="ignore"):
            return _Evaluation(source, source.known).value(self.node)

    def grouped(self, source: Source, groups: np.ndarray, count: int) -> Values:
        """What it comes to for each of ``count`` groups of rows; ``groups`` is the group of each row."""
        with np.errstate(all="ignore"):
            return _Grouped(source, source.known, groups=groups, count=count).value(self.node)

    def mask(self, column: Columns, rows: int, today: date, known: dict[tuple[str, str], Values] | None = None) -> np.ndarray:
        """True where the condition holds: a boolean array of ``rows`` values. ``known`` keeps the columns for other conditions on the same rows."""
        held, wrong = as_truths(self.values(_Row(column, rows, today, {} if known is None else known)))
        return np.broadcast_to(held & (np.asarray(wrong) == 0), (rows,))

    def excel(self, cell: Callable[[str], str], lang: Lang, lists: Lists | None = None, area: Callable[[Area], str] = lambda area: "") -> str:
        """As an Excel formula without ``=``; ``cell`` gives the address of a column in its row, ``area`` that of a whole column."""
        return wording.excel(self.node, cell, lang, lists or {}, area)

    def sentence(self) -> Text:
        """As people say it."""
        return Text(wording.say(self.node, "en"), wording.say(self.node, "zh"))


def parse(text: str, columns: Mapping[str, Named] | Names) -> Expression:
    """Read an expression over ``columns`` (name → column), or over all that ``Names`` has; an :class:`ExpressionError` says what is
    wrong, and where."""
    return Expression(text, parsing.read(text, columns if isinstance(columns, Names) else Names(columns)))


@dataclass(frozen=True)
class _Row:
    """A sheet that knows of no other, and of no policy."""

    column: Columns
    size: int
    today: date
    known: dict[tuple[str, str], Values] = field(default_factory=dict)

    def area(self, sheet: str, name: str) -> pd.Series:
        return self.column(name)

    def policy(self, key: str, members: Sequence[Values]) -> Values:
        raise LookupError(key)


@lru_cache(maxsize=4096)
def _constant(_: str, value: float | str | bool) -> Values:
    """One cell for all rows; 1 and TRUE are equal, and not the same."""
    return of_cells([value])


@dataclass
class _Evaluation:
    """One look at a source: each column is taken once."""

    source: Source
    known: dict[tuple[str, str], Values]

    def cells(self, sheet: str, name: str) -> Values:
        if (sheet, name) not in self.known:
            self.known[sheet, name] = of_series(self.source.area(sheet, name) if sheet else self.source.column(name))
        return self.known[sheet, name]

    def value(self, node: Node) -> Values:
        match node:
            case Const(value=value):
                return _constant(type(value).__name__, value)
            case Ref(column=column):
                return self.cells("", column.name)
            case Area(sheet=sheet, column=column):
                return self.cells(sheet, column.name)
            case Call(name="FROM", args=(Ref(column=column) as ref, Const(value=code))):
                kind: Any = column.kind
                said = self.value(ref)
                return truths(np.array([t in kind.choices.since(str(code)) for t in said.texts] or [False])[said.codes] & (np.asarray(said.tag) != TRUTH)
                              & (np.asarray(said.tag) != 0))  # fmt: skip
            case Call(name=name, args=(Area() as area,)) if name in AGGREGATES:
                return whole(FUNCTIONS[name], self.value(area))
            case Call(name="-", args=(Const(value=0.0), Const(value=float() as value))):
                return numbers(-value)
            case Call(name=name, args=args):
                values = [self.value(a) for a in args]
                if name in COMPARES:
                    return compared(name, *values)
                if name == "&":
                    return joined(*values)
                if name not in FUNCTIONS:
                    return summed(name, *values)
                function = FUNCTIONS[name]
                return function.does(self.source, *values) if function.given else function.does(*values)
        raise AssertionError(node)


@dataclass
class _Grouped(_Evaluation):
    """The same of the rows of each group: columns stand within SUM, COUNT …"""

    groups: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    count: int = 0

    def value(self, node: Node) -> Values:
        if isinstance(node, Call) and node.name in AGGREGATES and any(isinstance(part, Ref) for part in parts(node)) and not self.over_groups(node):
            rows = _Evaluation(self.source, self.known)
            return by_group(node.name, [rows.value(a) for a in node.args], self.groups, self.count)
        return super().value(node)

    def over_groups(self, node: Call) -> bool:
        """Whether it takes values of groups: some argument holds an aggregate itself."""
        return any(isinstance(part, Call) and part.name in AGGREGATES for arg in node.args for part in parts(arg))
