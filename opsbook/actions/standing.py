"""Standing: where the records of a sheet stand, and where one stands that was marked, listed or changed before.

A cell is found again by its record and its header, wherever both have moved; by its row where the record has no number of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Self

from opsbook.actions import load
from opsbook.actions.marking import record_key
from opsbook.grammar import Catalog
from opsbook.grammar.grid import Grid


@dataclass(frozen=True)
class Standing:
    """A register's tab: its header row, the column of its records' numbers, and what stands in its cells. Rows and columns are Excel's, from 1."""

    grid: Grid  # whose rows are a list
    header_row: int
    id_column: int

    @classmethod
    def of(cls, grid: Grid, catalog: Catalog) -> Self | None:
        """Of a sheet as it was read; None for one that is no register."""
        rows: Any = grid.rows
        top: Sequence[Sequence[Any]] = rows[: load.HEADER_WITHIN + 1]
        sheet = load.sheet_named(grid.name, catalog) or load.recognised(top, catalog)
        header = load.find_header(top, sheet) if sheet else None
        if sheet is None or header is None:
            return None
        at = header.columns.index(sheet.id) if sheet.id in header.columns else 0
        return cls(grid, grid.start[0] + header.row + 1, grid.start[1] + at + 1)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Key → row, of the records whose number stands once."""
        held: Any = self.grid.rows
        first, at = self.grid.start[0] + 1, self.id_column - 1 - self.grid.start[1]
        found: dict[str, int] = {}
        for row, cells in enumerate(held[self.header_row - first + 1 :], self.header_row + 1):
            key = record_key(cells[at], row)
            found[key] = 0 if key in found else row
        return {key: row for key, row in found.items() if row}

    @cached_property
    def columns(self) -> dict[str, int]:
        """Header → column, the first that bears it."""
        held: Any = self.grid.rows
        line = held[self.header_row - 1 - self.grid.start[0]]
        return {str(said): column for column, said in reversed([*enumerate(line, self.grid.start[1] + 1)]) if said != ""}

    def key(self, row: int) -> str:
        """By what the record in a row is found again."""
        said = record_key(self.grid.at(row - 1, self.id_column - 1), row)
        return said if self.rows.get(said) == row else f"#{row}"

    def header(self, column: int) -> str:
        """The header above a column."""
        return str(self.grid.at(self.header_row - 1, column - 1))

    def row(self, key: str) -> int | None:
        """The row of a key; None where its record is gone."""
        return int(key[1:]) if key.startswith("#") and key[1:].isdigit() else self.rows.get(key)

    def place(self, key: str, header: str) -> tuple[int, int] | None:
        """The row and column of a cell; None where its record or its column is gone."""
        row, column = self.row(key), self.columns.get(header)
        return (row, column) if row and column else None


def runs(now: Sequence[int | None]) -> Iterator[tuple[int, int, int]]:
    """What still stands together: place, how much, and where it begins now; what is gone is left out.

    >>> list(runs([7, 8, None, 3]))
    [(0, 2, 7), (3, 1, 3)]
    """
    for _, run in groupby(((n, at) for n, at in enumerate(now) if at), key=lambda pair: pair[1] - pair[0]):
        whole = list(run)
        yield whole[0][0], len(whole), whole[0][1]
