"""Grid: a sheet as a host reads it, before anybody knows what it means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opsbook.grammar.text import Text


@dataclass
class Grid:
    """Raw cells from the first used one on: ``''`` for a blank, else str, float, bool, date, datetime.

    The rows may be an iterator, to be read once. ``start`` is the 0-based (row, column) of the first cell. ``errors`` and ``unsaved`` are 0-based addresses in the
    sheet: cells that hold an error, and formulas without a stored result.
    """

    name: str
    rows: Iterable[list[Any]]
    start: tuple[int, int] = (0, 0)
    place: int = 0  # among the tabs
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    unsaved: frozenset[tuple[int, int]] = frozenset()
    since_1904: bool = False
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()  # 0-based addresses of the first and the last cell of each merged range

    def at(self, row: int, column: int) -> Any:
        """The value at a 0-based row and column of the sheet, if the rows are a list; '' beyond them."""
        r, c = row - self.start[0], column - self.start[1]
        rows = self.rows
        assert isinstance(rows, list)
        return rows[r][c] if 0 <= r < len(rows) and 0 <= c < len(rows[r]) else ""


class UnreadableFile(Exception):  # noqa: N818  (a verdict about a file)
    """A file that cannot be read; ``rule`` is the FIL- rule that tells of it, ``reason`` says why."""

    def __init__(self, rule: str, reason: Text | str = "") -> None:
        self.rule, self.reason = rule, reason
        super().__init__(f"{rule} {reason}".strip())
