"""Book: the frames of one workbook. A frame's index is the Excel row; its columns are made when first named."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from opsbook.grammar.cells import Cells
from opsbook.grammar.kinds import Lists
from opsbook.grammar.sheet import Sheet

Make = Callable[["Frame", str], pd.Series]


class Frame:
    """The rows of a sheet, or some of them: ``expenses.claim_amount`` is a column, ``expenses[mask]`` fewer rows.

    Columns are Series over the Excel row numbers: categories for text and choices, float64 for numbers, datetime64 for
    days. A blank or unreadable cell is missing (NaN, NaT) and compares false, so that rules pass over it.
    """

    def __init__(self, sheet: type[Sheet], index: pd.Index, make: Make) -> None:
        self.sheet, self.index, self._make, self._columns = sheet, index, make, dict[str, Any]()

    def column(self, name: str) -> pd.Series:
        """A column by name, made at its first mention."""
        if name not in self._columns:
            self._columns[name] = self._make(self, name)
        return self._columns[name]

    def blank(self, *names: str) -> np.ndarray:
        """Whether any of some columns is blank in a row; each is asked once, for many rules ask it."""
        found = np.zeros(len(self), dtype=bool)
        for name in names:
            if (key := f"({name} blank)") not in self._columns:
                self._columns[key] = np.asarray(self.column(name).array.isna())
            found |= self._columns[key]
        return found

    if not TYPE_CHECKING:  # for mypy a sheet's columns are those that opsbook/columns.pyi declares

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            return self.column(name)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, mask: Any) -> Self:
        """The rows where ``mask`` is true; a missing answer is no answer."""
        if isinstance(mask, pd.Series) and mask.dtype != bool:
            mask = mask.fillna(False)
        keep = np.flatnonzero(np.asarray(mask, dtype=bool))
        if len(keep) == len(self.index):
            return self

        index = self.index[keep]

        def taken(frame: "Frame", name: str) -> Any:
            whole = self.column(name)
            return pd.Series(whole.array.take(keep), index=index, copy=False) if isinstance(whole, pd.Series) else whole

        return type(self)(self.sheet, index, taken)

    def assign(self, **columns: Any) -> Self:
        """The same rows with more columns, for a message to name; a value may be one for all rows."""
        more = type(self)(self.sheet, self.index, lambda frame, name: self.column(name))
        more._columns.update({k: pd.Series(v, index=self.index) if isinstance(v, (list, np.ndarray)) else v for k, v in columns.items()})
        return more

    @property
    def open(self) -> Self:
        """The rows whose workflow has not ended: only these are held against today's master data."""
        return self._not_in("done")

    @property
    def live(self) -> Self:
        """The rows that were not rejected or cancelled: what they say still counts."""
        return self._not_in("void")

    def _not_in(self, ending: Literal["done", "void"]) -> Self:
        """Made once, for many rules ask for the same rows."""
        flow, key = self.sheet.workflow, f"({ending})"
        if flow is None:
            return self
        if key not in self._columns:
            status: Any = self.column(flow.status).array
            ended = [code in getattr(flow, ending) for code in status.categories]
            self._columns[key] = self[~np.array([*ended, False])[status.codes]]
        rows: Self = self._columns[key]
        return rows

    def to_frame(self, *names: str) -> pd.DataFrame:
        """Some columns as a pandas DataFrame, the index being the Excel row."""
        return pd.DataFrame({name: self.column(name) for name in names}, index=self.index)


#: More rows than any sheet has: the rows of a register's second tab are numbered from here on, those of its third from twice this.
NEXT_TAB = 1 << 21


@dataclass
class Tab:
    """Where a sheet stands in its file, and its columns as they were read (rows without any entry left out).

    A register may stand on several tabs: it is one Tab then, with the rows of all. ``index`` numbers a row by its tab and its Excel row;
    :meth:`at` says where it stands, :meth:`number` the other way round.
    """

    sheet: type[Sheet]
    name: str
    place: int  # among the tabs
    header_row: int  # 1-based
    first_column: int  # 1-based
    position: Mapping[str, int]  # column → its place from the first column
    cells: Mapping[str, Cells]  # column → its cells, '' for a blank
    index: pd.Index  # the Excel row of each cell
    headers: Sequence[Any] = ()  # the header cells as they were typed, from the first column on
    shown: Mapping[tuple[int, int], int] = field(default_factory=dict)  # cell (Excel row, column) that a merged one covers → the row of that, which is seen
    joined: tuple["Tab", ...] = ()  # the tabs it stands on, where these are several

    @property
    def parts(self) -> tuple["Tab", ...]:
        """The tabs it stands on, each with its own rows."""
        return self.joined or (self,)

    def at(self, number: int) -> tuple["Tab", int]:
        """The tab on which a row of ``index`` stands, and its Excel row there."""
        part, row = divmod(number, NEXT_TAB)
        return self.parts[part], row

    def number(self, place: int, row: int) -> int:
        """An Excel row of the tab at a ``place`` of the file, as ``index`` numbers it."""
        return row + NEXT_TAB * next((n for n, part in enumerate(self.parts) if part.place == place), 0)

    def spans(self) -> Iterator[tuple["Tab", slice]]:
        """Each tab it stands on, and the places of its rows."""
        first = np.searchsorted(self.index, NEXT_TAB * np.arange(len(self.parts) + 1)).tolist()
        yield from ((part, slice(*first[n : n + 2])) for n, part in enumerate(self.parts))

    def column_no(self, name: str) -> int:
        """The 1-based Excel column; the key column's, then the first, for a column that is not there."""
        place = self.position.get(name, self.position.get(self.sheet.id, 0))
        return self.first_column + place

    def cell(self, name: str, row: int) -> Any:
        """The raw cell of a column in an Excel row; ``''`` where the column is not there."""
        return self.cells[name][self.index.get_loc(row)] if name in self.cells else ""

    def without(self, rows: Iterable[int]) -> "Tab":
        """The tab as if some Excel rows were not there."""
        keep = np.flatnonzero(~self.index.isin(list(rows)))
        cells = {name: [c[k] for k in keep] if isinstance(c, list) else c.taken(keep) for name, c in self.cells.items()}
        return replace(self, cells=cells, index=self.index[keep])

    def __len__(self) -> int:
        return len(self.index)


@dataclass
class Book:
    """The tabs of one workbook by sheet key, the centre's reference beside them, and the lists in force."""

    tabs: dict[str, Tab]
    reference: dict[str, Tab] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)
    file: str = ""
    governed: bool = False  # by a reference or a ledger: what it says of itself, its waivers too, has no force

    @property
    def parts(self) -> list[Tab]:
        """Every tab of the file that a register stands on, in the order of the file."""
        return sorted((part for tab in self.tabs.values() for part in tab.parts), key=lambda part: part.place)

    def has(self, key: str) -> bool:
        """Whether a sheet is here or in the reference."""
        return key in self.tabs or key in self.reference
