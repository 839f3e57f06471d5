"""Workings: the frames of a book with their figures, each worked out when it is first named."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar.book import Book, Frame, Tab
from opsbook.grammar.catalog import Catalog
from opsbook.grammar.finding import Findings
from opsbook.grammar.former import Figures, Former
from opsbook.grammar.policy import Policy
from opsbook.grammar.rule import parameters
from opsbook.grammar.values import MISSING, Values, numbers, of_series, to_series


class Absent(LookupError):  # noqa: N818  (what is the case, not what went wrong)
    """A sheet that is asked for is neither in the book nor in the reference; its key is the argument."""


class Workings:
    """A book seen with a catalog, a policy and a status date: it hands functions the sheets that they name."""

    def __init__(self, book: Book, catalog: Catalog, policy: Policy, today: date, former: Former | None = None) -> None:
        self.book, self.catalog, self.policy, self.today = book, catalog, policy, today
        self.former = former or Former()
        self.past: Figures = {}  # the figures of the months before
        self.findings = Findings()  # what validation found, for blocks that tell of it
        self.left_out: Mapping[str, Collection[int]] = {}  # sheet → Excel rows that do not count
        self._frames: dict[int, Frame] = {}
        self._lines: dict[str, tuple[pd.DataFrame, str]] = {}

    def without(self, rows: Mapping[str, Collection[int]]) -> "Workings":
        """The same as if some Excel rows of the book were not there."""
        tabs = {key: tab.without(rows[key]) if rows.get(key) else tab for key, tab in self.book.tabs.items()}
        less = Workings(replace(self.book, tabs=tabs), self.catalog, self.policy, self.today, self.former)
        less.left_out, less.findings, less.past = rows, self.findings, self.past
        return less

    def has(self, sheet: str) -> bool:
        """Whether a sheet is in the book or in the reference."""
        return self.book.has(sheet)

    def frame(self, sheet: str, at: str = "") -> Frame:
        """The rows of a sheet as a function that stands ``at`` a sheet sees them.

        The centre's reference governs for every sheet but the one at hand, whose own rows are judged.
        """
        own, reference = self.book.tabs.get(sheet), self.book.reference.get(sheet)
        tab = own if own is not None and (sheet == at or reference is None) else reference
        if tab is None:
            raise Absent(sheet)
        if id(tab) not in self._frames:
            self._frames[id(tab)] = Frame(tab.sheet, tab.index, lambda frame, name: self._column(tab, frame, name))
        return self._frames[id(tab)]

    def absent(self, function: Callable[..., Any]) -> tuple[str, ...]:
        """The sheets a function needs, itself or through figures, that are nowhere to be found."""
        return tuple(sorted(s for s in self.catalog.needs(function) if not self.has(s)))

    def call(self, function: Callable[..., Any], at: str, rows: Frame | None = None, record: str = "") -> Any:
        """Call a rule, figure, block or form with the sheets and values that its parameters name."""
        given: dict[str, Any] = {
            "rows": rows, "policy": self.policy, "today": pd.Timestamp(self.today), "book": self,
            "former": self.former, "record": record,
        }  # fmt: skip
        named = parameters(function)
        return function(**{
            name: given[name] if name in given else rows if name == at and rows is not None else self.frame(name, at)
            for name in named
        })  # fmt: skip

    def lines(self, block: str) -> pd.DataFrame:
        """The lines of a block, worked out once: none where there is no such block, a sheet it needs is absent, or it failed."""
        return self._worked_out(block)[0]

    def failure(self, block: str) -> str:
        """Why a block could not be worked out, '' where it could: the others are worked out all the same."""
        return self._worked_out(block)[1]

    def _worked_out(self, name: str) -> tuple[pd.DataFrame, str]:
        if name not in self._lines:
            block, lines, failed = self.catalog.block_at.get(name), pd.DataFrame(), ""
            if block is not None and not self.absent(block.function):
                try:
                    with np.errstate(all="ignore"):
                        lines = self.call(block.function, block.of)
                except Absent:  # it asks for one only where the rows at hand call for it
                    pass
                except Exception as fault:
                    failed = f"{type(fault).__name__}: {fault}"
            self._lines[name] = lines, failed
        return self._lines[name]

    def _column(self, tab: Tab, frame: Frame, name: str) -> pd.Series:
        figure = self.catalog.figure_at.get(f"{tab.sheet.key}.{name}")
        if figure is not None:
            worked = self.call(figure.function, tab.sheet.key, frame)
            return worked if isinstance(worked, pd.Series) else pd.Series(worked, index=frame.index)
        column = tab.sheet.columns.get(name)
        if column is None:
            raise KeyError(f"{tab.sheet.key} has no column {name}")
        cells = tab.cells.get(name)
        if cells is None:  # the sheet lacks the column
            blank = column.kind.series([""], pd.RangeIndex(1), self.book.lists)
            return pd.Series(blank.array.repeat(len(tab)), index=frame.index)
        return column.kind.series(cells, frame.index, self.book.lists)


def named(people: pd.Series, book: Workings) -> pd.Series:
    """The names of employees, where the register of people is at hand; their numbers where it is not, or does not have them."""
    numbers = people.astype(object)
    if not book.has("employees"):
        return numbers
    employees = book.frame("employees", "employees")
    names = dict(zip(employees.column("employee_id").astype(object), employees.column("name").astype(object), strict=True))
    return numbers.map(lambda number: names.get(number, number), na_action="ignore")


@dataclass(frozen=True)
class Given:
    """The rows of a sheet as an expression is given them, and what else the workbook and its policy have."""

    rows: Frame
    book: Workings
    known: dict[tuple[str, str], Values] = field(default_factory=dict)

    @property
    def today(self) -> Any:
        """The status date."""
        return self.book.today

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def column(self, name: str) -> pd.Series:
        """A column, row by row."""
        return self.rows.column(name)

    def area(self, sheet: str, name: str) -> pd.Series:
        """A whole column of a sheet, as the sheet at hand sees it."""
        return self.book.frame(sheet, self.rows.sheet.key).column(name)

    def policy(self, key: str, members: Any) -> Values:
        """A policy value for each row: by the row's own scope and day, or the scope or members that are given."""
        policy = self.book.policy
        if key in policy.keys:
            if members:
                return _valued(policy.of_scope(key, self.rows, to_series(members[0], self.rows.index, "text")))
            value = policy(key, self.rows)
            return _valued(value if isinstance(value, pd.Series) else pd.Series([value] * len(self.rows), index=self.rows.index))
        series = [to_series(m, self.rows.index, "text") for m in members]
        value = policy(key, self.rows, *series)
        found = _valued(value)
        return numbers(found.number, np.where(np.asarray(value.isna()), MISSING, 0)) if value.isna().any() and value.dtype.kind == "f" else found


def _valued(value: pd.Series) -> Values:
    if value.dtype.kind == "f":
        return numbers(value.to_numpy())
    if len(value) and all(hasattr(v, "year") for v in value):
        return of_series(pd.to_datetime(value))
    return of_series(value.map(lambda v: ";".join(map(str, v)) if isinstance(v, tuple) else v))
