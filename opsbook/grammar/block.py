"""Blocks: the small tables of summary sheets, each with its charts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from opsbook.grammar.book import Frame
from opsbook.grammar.kinds import ChoicesKind, Kind, kind_of
from opsbook.grammar.rule import parameters
from opsbook.grammar.sheet import both
from opsbook.grammar.text import Text

#: The column of a block that holds, for each line, the Excel rows it was worked out from.
SOURCE = "_rows"


@dataclass(frozen=True)
class Summary:
    """A generated sheet that blocks stand on."""

    key: str
    place: int  # among the generated sheets
    tab: Text
    about: Text


@dataclass(frozen=True)
class Head:
    """The header of a block's column that no register declares, and what the column holds."""

    header: Text
    kind: Kind


def head(en: str, zh: str, kind: Any) -> Head:
    """Declare a column of a block."""
    return Head(Text(en, zh), kind_of(kind)[0])


@dataclass(frozen=True)
class Light:
    """A number with a glyph and a colour: below policy's ``low`` red, below ``high`` amber, else green."""

    low: str
    high: str


@dataclass(frozen=True)
class Chart:
    """A native chart beside a block: ``x`` names the column of categories, ``y`` those of values (all numbers if none).

    ``ibcs`` shows the first of two values solid before the second outlined, red where it is over; ``waterfall`` walks by the steps of
    ``y[0]`` from one line where ``y[1]`` (a level) is filled to the next; ``band`` fills between ``y[0]`` and ``y[1]`` behind the lines.
    """

    form: Literal["column", "bar", "line", "stacked", "area", "radar", "scatter", "ibcs", "waterfall", "band"]
    x: str
    y: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()  # drawn as lines over it
    share: bool = False  # the lines stand on an axis of percentages
    title: Text | None = None
    least: float | None = None
    most: float | None = None


#: How a block is laid out; ``data`` is laid out by the overview.
Form = Literal["table", "heat", "gantt", "curve", "data"]


@dataclass(frozen=True)
class Block:
    """A declared block: a function of the sheets it names that returns a small table.

    Columns named as a column or figure of the sheet ``of`` have its header and kind; ``heads`` declare the others.
    """

    id: str
    page: Summary
    title: Text
    of: str
    about: Text
    function: Callable[..., pd.DataFrame]
    form: Form = "table"
    figures: tuple[str, ...] = ()
    clause: str = ""
    key: str = ""  # the column whose values name the lines: users may write a note beside each
    heads: Mapping[str, Head] = field(default_factory=dict)
    charts: tuple[Chart, ...] = ()
    totals: tuple[str, ...] = ()  # columns whose sum stands below
    bars: Mapping[str, float] = field(default_factory=dict)  # columns with a bar from 0 to this (0: to the largest)
    lights: Mapping[str, Light] = field(default_factory=dict)
    spark: tuple[str, str, str] | None = None  # the column of a mini line, and the first and last column it runs over

    @property
    def reads(self) -> tuple[str, ...]:
        """The sheets it reads, and what else it is given."""
        return parameters(self.function)


def block(
    id: str,
    page: Summary,
    *,
    of: str,
    en: str,
    zh: str,
    form: Form = "table",
    figures: str = "",
    clause: str = "",
    key: str = "",
    heads: Mapping[str, Head] | None = None,
    charts: tuple[Chart, ...] = (),
    totals: str = "",
    bars: Mapping[str, float] | None = None,
    lights: Mapping[str, Light] | None = None,
    spark: tuple[str, str, str] | None = None,
) -> Callable[[Callable[..., pd.DataFrame]], Block]:
    """Declare the function below as a block of a summary sheet.

    Its parameters are the sheets it reads, its docstring says what it shows, and it returns a DataFrame of a few lines:
    :func:`records` and :func:`groups` make one that knows its source rows.
    """

    def declare(function: Callable[..., pd.DataFrame]) -> Block:
        return Block(id, page, Text(en, zh), of, both(function.__doc__), function, form, tuple(figures.split()), clause, key,
                     heads or {}, charts, tuple(totals.split()), bars or {}, lights or {}, spark)  # fmt: skip

    return declare


def records(rows: Frame, names: str, **more: Any) -> pd.DataFrame:
    """One line a record: the named columns, and more beside them."""
    table = rows.to_frame(*names.split()).assign(**more)
    table[SOURCE] = [(row,) for row in rows.index]
    return table


def groups(rows: Frame, by: str | Mapping[str, pd.Series], **amounts: Any) -> pd.DataFrame:
    """One line a group, in the order of its value list (texts: by name), the amounts summed; rows without a group stand last, so that the lines make up
    all rows.

    ``by`` names columns, or gives them; an amount is a column over the rows, or a number that each row counts.
    """
    keys = {name: rows.column(name) for name in by.split()} if isinstance(by, str) else dict(by)
    table = pd.DataFrame(keys, index=rows.index)
    for name, amount in amounts.items():
        table[name] = np.asarray(amount, dtype=float) if isinstance(amount, (pd.Series, np.ndarray)) else float(amount)
    table[SOURCE] = rows.index
    by_group = table.groupby(list(keys), observed=True, sort=True, dropna=False)
    summed = by_group[list(amounts)].sum(min_count=1) if amounts else by_group.size().to_frame().iloc[:, :0]
    found = summed.assign(**{SOURCE: by_group[SOURCE].agg(tuple)}).reset_index()
    for name in keys:
        if (blank := found[name].isna()).any():
            found[name] = pd.Series([NOT_FILLED if none else value for none, value in zip(blank, found[name], strict=True)], index=found.index, dtype=object)
    return found


#: What a line of rows without a group is called.
NOT_FILLED = Text("(not filled in)", "（未填写）")


def first(rows: Frame, name: str) -> Any:
    """The value of a column in the first row; None for a blank, or where there is no row."""
    column = rows.column(name)
    return None if not len(column) or pd.isna(column.iloc[0]) else column.iloc[0]


def in_order(kind: Any) -> list[str]:
    """The codes of a value list in its order."""
    found, _ = kind_of(kind)
    assert isinstance(found, ChoicesKind)
    return list(found.choices.labels())
