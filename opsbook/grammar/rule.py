"""Rules: what must hold. A rule is a function of the sheets it names that returns the rows that break it."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import pandas as pd

from opsbook.grammar.book import Frame
from opsbook.grammar.finding import Severity
from opsbook.grammar.sheet import both
from opsbook.grammar.text import Text

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: On what a rule can be judged: a row, one department's book, or all the centre's books together.
Scope = Literal["row", "book", "centre"]
#: Of the compared columns of some records, as texts, the text by which each is found in other workbooks ('' for none).
Alike = Callable[[pd.DataFrame], pd.Series]
#: Parameters that are no sheets: the rows at hand (rules of every register), policy values, the status date, the workings,
#: the last accepted state, the record that a form is about.
GIVEN = ("rows", "policy", "today", "book", "former", "record")


@dataclass(frozen=True)
class Breach:
    """Rows that break a rule in a way of their own: another cell, a milder severity, another sentence.

    ``rows=None`` is about the whole sheet. ``values`` fill the message where no column does.
    """

    rows: Frame | None
    at: str | None = None
    severity: Severity | None = None
    message: Text | None = None
    fix: Text | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def sheet_finding(**values: Any) -> Breach:
    """A breach that no row bears: it is shown at the sheet's header."""
    return Breach(None, values=values)


def unfilled(rows: Frame, *names: str, message: Text | None = None, fix: Text | None = None) -> "Breaches":
    """The rows that lack one of the columns, told at it; a message may name it as ``{column}``."""
    for name in names if len(rows) else ():
        yield Breach(rows[rows.blank(name)], at=name, message=message, fix=fix, values={"column": rows.sheet.columns[name].header})


#: What a rule answers: the rows that break it, or several breaches one after the other.
Rows = Frame | Breach | None
Breaches = Iterator[Frame | Breach]
Answer = Rows | Iterable[Frame | Breach]


@dataclass(frozen=True)
class Rule:
    """A declared rule. ``at`` is ``sheet.column``, or ``*`` for every register."""

    id: str
    at: str
    clause: str
    message: Text
    fix: Text
    severity: Severity
    scope: Scope
    about: Text
    function: Callable[..., Answer] | None = None
    across: tuple[str, ...] = ()  # columns of its sheet (``sheet.column``: of another) that it compares with other workbooks; records are found by the first
    alike: Alike | None = None  # by what else records are found

    @property
    def sheet(self) -> str:
        """The sheet its findings stand on."""
        return self.at.split(".")[0]

    @property
    def column(self) -> str:
        """The column its findings stand at, if no breach says otherwise."""
        return self.at.partition(".")[2]

    @property
    def reads(self) -> tuple[str, ...]:
        """The sheets it reads, and what else it is given."""
        return parameters(self.function) if self.function else ()


@cache
def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters."""
    return tuple(inspect.signature(function).parameters)


def rule(
    id: str,
    *,
    at: str,
    clause: str,
    en: str,
    zh: str,
    fix: Text,
    severity: Severity = ERROR,
    scope: Scope = "row",
    across: str = "",
    alike: Alike | None = None,
) -> Callable[[Callable[..., Answer]], Rule]:
    """Declare the function below as a rule.

    Its parameters are the sheets it reads; it returns the rows that break it. Its docstring says in English and in
    Chinese what must hold; ``en`` and ``zh`` say what is wrong, with ``{columns}`` of the rows returned. ``across`` names what it
    compares with the records of other workbooks (``former.others``): those that have the first of the columns alike are given, in the ``sheet.column``
    of other sheets too, and those that are :data:`Alike`.
    """

    def declare(function: Callable[..., Answer]) -> Rule:
        return Rule(id, at, clause, Text(en, zh), fix, severity, scope, both(function.__doc__), function, tuple(across.split()), alike)

    return declare


def told(id: str, *, clause: str, en: str, zh: str, about: Text, fix: Text, severity: Severity = ERROR) -> Rule:
    """Declare a rule that the reader or the checker itself keeps, for it needs no function."""
    return Rule(id, "*", clause, Text(en, zh), fix, severity, "row", about)
