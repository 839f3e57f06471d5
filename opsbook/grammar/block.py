"""Blocks: one small table of a summary sheet, with its chart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from opsbook.grammar.rule import parameters
from opsbook.grammar.sheet import both
from opsbook.grammar.text import Text


@dataclass(frozen=True)
class Chart:
    """A native chart beside a block: ``x`` names the column of categories, ``y`` those of values."""

    form: Literal["column", "bar", "line", "stacked", "radar"]
    x: str
    y: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A declared block: a function of the sheets it names that returns a small table."""

    page: Text
    title: Text
    chart: Chart | None
    about: Text
    function: Callable[..., pd.DataFrame]

    @property
    def reads(self) -> tuple[str, ...]:
        """The sheets it reads, and what else it is given."""
        return parameters(self.function)


def block(
    *, page: Text, en: str, zh: str, chart: Chart | None = None
) -> Callable[[Callable[..., pd.DataFrame]], Block]:
    """Declare the function below as a block of the summary sheet ``page``."""

    def declare(function: Callable[..., pd.DataFrame]) -> Block:
        return Block(page, Text(en, zh), chart, both(function.__doc__), function)

    return declare
