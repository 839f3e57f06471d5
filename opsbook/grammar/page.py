"""Page: what a host is asked to draw, in words that no spreadsheet program owns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from opsbook.grammar.text import Lang

#: What a column's cells are: typed by people, computed by opsbook, a key, plain words, or said small and grey.
Style = Literal["input", "computed", "key", "plain", "muted"]


@dataclass(frozen=True)
class Validation:
    """What Excel itself asks of a typed cell: a list, bounds, or a condition on the row."""

    form: Literal["list", "number", "whole", "date", "length", "custom"]
    source: str = ""  # list: a defined name; custom: a formula of the first row
    least: Any = None
    most: Any = None
    others: bool = False  # list: others may be typed, and the user is only told


@dataclass(frozen=True)
class Highlight:
    """A colour that follows a condition: ``formula`` is written for the first row."""

    formula: str
    style: Literal["required", "wrong", "good", "bad", "warn", "quiet"]


@dataclass(frozen=True)
class PageColumn:
    """One column of a page's table."""

    header: str
    caption: str = ""  # the header in the other language
    number_format: str = "General"
    width: float = 14
    align: str = "left"
    style: Style = "input"
    outline: int = 0  # 1: stands in a collapsed group
    wrap: bool = False
    hint: tuple[str, str] | None = None  # title and text of the input message
    validation: Validation | None = None
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True)
class Link:
    """A cell that leads to another sheet."""

    text: str
    to: str


@dataclass(frozen=True)
class Page:
    """A sheet with a title, a legend and one table."""

    name: str
    title: str
    subtitle: str
    table: str  # the Excel table's name
    columns: tuple[PageColumn, ...]
    rows: Sequence[Sequence[Any]]
    lang: Lang
    legend: tuple[tuple[Style | Literal["required", "wrong"], str], ...] = ()
    frozen: int = 1  # columns that stay in view
    endless: bool = False  # validation and colours reach every row that the sheet can have, not those of the table only
    tab: Literal["register", "policy", "lists", "index"] = "register"
    ranges: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # name → column, first and last table row
    names: Mapping[str, str] = field(default_factory=dict)  # names of the workbook → their formulas
    hidden: bool = False


#: Where the table's header stands on every page (0-based row): title, subtitle, legend, caption, header.
HEADER_ROW = 4
#: The last Excel row of a sheet.
LAST_ROW = 1_048_576
