"""Figures: one computed value a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from opsbook.grammar.kinds import Kind, kind_of
from opsbook.grammar.rule import parameters
from opsbook.grammar.sheet import both
from opsbook.grammar.text import Text


@dataclass(frozen=True)
class Figure:
    """A declared figure. ``at`` is ``sheet.column``; the column may be declared on the sheet or exist only in rules."""

    id: str
    at: str
    name: Text
    kind: Kind
    clause: str
    source: str
    about: Text
    function: Callable[..., pd.Series]

    @property
    def sheet(self) -> str:
        """The sheet whose rows it values."""
        return self.at.split(".")[0]

    @property
    def column(self) -> str:
        """The column it fills."""
        return self.at.partition(".")[2]

    @property
    def reads(self) -> tuple[str, ...]:
        """The sheets it reads, and what else it is given."""
        return parameters(self.function)


def figure(
    id: str, *, at: str, en: str, zh: str, kind: Any, clause: str, source: str
) -> Callable[[Callable[..., pd.Series]], Figure]:
    """Declare the function below as a figure: its parameters are the sheets it reads, it gives one value a row."""

    def declare(function: Callable[..., pd.Series]) -> Figure:
        return Figure(id, at, Text(en, zh), kind_of(kind)[0], clause, source, both(function.__doc__), function)

    return declare
