"""Board: a summary sheet as a host draws it: cells, tables, charts and colours, each at its place.

Rows and columns are 0-based; sizes are pixels. Colours and fonts have names of what they mean, each host knows its own shades.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from opsbook.grammar.finding import letters
from opsbook.grammar.text import Lang

#: What a colour means; a host knows its shade.
Colour = Literal["ink", "muted", "rule", "tile", "navy", "blue", "sky", "pale", "plan", "red", "amber", "green", "white", "none",
                 "very_low", "low", "medium", "high", "very_high"]  # fmt: skip
WIDTH = 64  # pixels of a column that nobody set
ASIDE = 200  # from this column on stands, hidden, what charts need and tables do not show
TABLE = "opsbook_"  # what the names of our tables begin with: their sheet is known by it, and a note found again


@dataclass(frozen=True)
class Look:
    """How a cell looks. ``edge`` is a thick left border, ``line`` a thin one below it, ``box`` a white frame around it."""

    bold: bool = False
    size: float = 9
    colour: Colour = "ink"
    fill: Colour = "none"
    align: Literal["left", "center", "right"] = "left"
    number_format: str = "General"
    wrap: bool = False
    indent: int = 0
    edge: Colour = "none"
    line: Literal["", "thin", "dotted", "thick"] = ""
    box: bool = False


@dataclass(frozen=True)
class Jump:
    """A cell that leads to the record of a register, wherever sorting has put it.

    ``at`` is the row where it stood; the formula looks ``record`` up in the column ``keys`` of the sheet ``to``.
    """

    text: str
    to: str
    column: int
    row: int
    keys: int = 0
    record: str = ""


@dataclass(frozen=True)
class Formula:
    """A cell that the spreadsheet works out itself, with its result today."""

    formula: str
    result: Any


@dataclass(frozen=True)
class Put:
    """A value at a cell, or over ``wide`` x ``tall`` merged cells."""

    row: int
    column: int
    value: Any
    look: Look
    wide: int = 1
    tall: int = 1


def quoted(sheet: str) -> str:
    """The name of a sheet as formulas bear it: ``'Wang''s'``."""
    return "'" + sheet.replace("'", "''") + "'"


def unquoted(said: str) -> str:
    """The name of a sheet from a formula, in quotes or not."""
    return said[1:-1].replace("''", "'") if said.startswith("'") else said


@dataclass(frozen=True)
class Area:
    """A rectangle of cells on a sheet, both ends included."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        """As a formula names it: ``'Overview'!$B$3:$D$9``."""
        first, last = (f"${letters(c + 1)}${r + 1}" for r, c in ((self.row, self.column), (self.last_row, self.last_column)))
        return f"{quoted(self.sheet)}!{first}" if first == last else f"{quoted(self.sheet)}!{first}:{last}"


@dataclass(frozen=True)
class Grid:
    """An Excel table: its header row and its lines (a totals row not counted)."""

    name: str
    row: int
    column: int
    headers: Sequence[str]
    lines: int
    totals: Mapping[int, Any] = field(default_factory=dict)  # column of the table → the sum that stands below it
    total_said: str = ""


@dataclass(frozen=True)
class Series:
    """One series of a chart: where its categories and values stand.

    ``labels`` say something of each point instead of its value ('' for none); ``shades`` colour single points.
    """

    name: str
    categories: Area
    values: Area
    colour: Colour = "navy"
    form: Literal["", "column", "line", "area", "scatter"] = ""  # where it differs from the chart's
    outline: bool = False
    invisible: bool = False
    dashed: bool = False
    second: bool = False  # on the secondary axis
    width: float = 2
    labels: tuple[str, ...] = ()
    shades: Mapping[int, Colour] = field(default_factory=dict)
    named: Area | None = None  # the cell that holds its name, where that is not written into the chart


@dataclass(frozen=True)
class Graph:
    """A native chart at a place of the sheet."""

    form: Literal["column", "bar", "line", "stacked", "area", "radar", "scatter"]
    series: tuple[Series, ...]
    row: int
    column: int
    width: int
    height: int
    said: str  # what a screen reader says of it
    left: int = 0  # pixels from the cell's corner
    top: int = 0
    title: str = ""
    least: float | None = None
    most: float | None = None
    number_format: str = "#,##0"
    second_format: str = "0%"
    legend: bool = True
    bare: bool = False  # a mini chart: neither axes nor legend
    axis: bool = True  # whether values are marked along the axis


@dataclass(frozen=True)
class Shade:
    """A colour that follows the value: a bar from 0 to ``most``, or a look where a condition on the first cell holds."""

    area: Area
    most: float | None = None
    formula: str = ""
    colour: Colour = "blue"
    fill: Colour = "none"
    number_format: str = ""


@dataclass(frozen=True)
class Spark:
    """A line the size of a cell, over other cells."""

    row: int
    column: int
    over: Area
    last: Colour = "red"


@dataclass
class Board:
    """A sheet with things placed on it."""

    key: str
    name: str
    lang: Lang
    puts: list[Put] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    graphs: list[Graph] = field(default_factory=list)
    shades: list[Shade] = field(default_factory=list)
    sparks: list[Spark] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)
    heights: dict[int, int] = field(default_factory=dict)
    names: dict[str, Area] = field(default_factory=dict)  # of the whole workbook
    choices: dict[tuple[int, int], Area] = field(default_factory=dict)  # cells with a dropdown
    frozen: tuple[int, int] = (0, 0)
    one_page: bool = False  # it is printed on one page; else as many pages high as it takes
    breaks: list[int] = field(default_factory=list)  # rows before which a printed page begins
    again: int | None = None  # the row that heads every printed page
    printed: int | None = None  # the last column on paper; None: as far as anything stands
    closed: bool = False  # a dashboard: no headings of rows and columns
    hidden: bool = False
    landscape: bool = True

    def put(self, row: int, column: int, value: Any, look: Look, wide: int = 1, tall: int = 1) -> None:
        """Place a value; a number that is none (a division by zero) leaves the cell empty."""
        if isinstance(value, float) and not isfinite(value):
            value = None
        self.puts.append(Put(row, column, value, look, wide, tall))

    def area(self, row: int, column: int, last_row: int, last_column: int) -> Area:
        """Cells of this sheet."""
        return Area(self.name, row, column, last_row, last_column)

    def under(self, pixels: float, column: int) -> tuple[int, int]:
        """The column, and the pixels from its edge, that lie so many pixels right of the edge of a column."""
        while pixels >= self.widths.get(column, WIDTH):
            pixels -= self.widths.get(column, WIDTH)
            column += 1
        return column, round(pixels)

    def last_column(self, graph: Graph) -> int:
        """The column in which a graph ends."""
        return self.under(graph.left + graph.width - 1, graph.column)[0]

    @property
    def extent(self) -> tuple[int, int]:
        """The last row and column in use; what stands aside does not count."""
        puts = [p for p in self.puts if p.column < ASIDE]
        rows = [p.row + p.tall - 1 for p in puts] + [g.row + 1 + g.lines for g in self.grids]
        columns = [p.column + p.wide - 1 for p in puts] + [g.column + len(g.headers) - 1 for g in self.grids]
        return max(rows, default=0), max(columns, default=0)
