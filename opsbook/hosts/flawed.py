"""What a reader must know of the cells of a sheet beyond the values that calamine gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text

At = tuple[int, int]  # row and column, from 0


@dataclass(frozen=True)
class Flawed:
    """Cells of a sheet, by 0-based row and column.

    ``errors`` hold an error, as it is shown. ``unsaved`` are formulas without a stored result. ``links`` are formulas that point at one cell, with the
    sheet and the place they point at; of these, ``doubted`` have a stored result that may not be theirs. ``filled`` hold what is no value (a picture),
    with the text that stands for it.
    """

    errors: Mapping[At, str] = field(default_factory=dict)
    unsaved: frozenset[At] = frozenset()
    links: Mapping[At, tuple[str, At]] = field(default_factory=dict)
    doubted: frozenset[At] = frozenset()
    filled: Mapping[At, str] = field(default_factory=dict)


NOTHING = Flawed()


def too_many(sheet: str, cells: int, most: int) -> UnreadableFile:
    """The refusal of a sheet that has more cells than are allowed."""
    return UnreadableFile("FIL-003", Text(f"{sheet} has {cells:,} cells, {most:,} are allowed", f"“{sheet}”有 {cells:,} 个单元格，上限 {most:,}"))
