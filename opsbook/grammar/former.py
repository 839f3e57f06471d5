"""Former: what a workbook said when it was last accepted, and what other accepted workbooks say.

Cells are kept as the one text that means their value, so that states of different days, files and stores can be compared.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar.book import Frame
from opsbook.grammar.sheet import Sheet

#: Sheet → one row a record (the index), one column a declared column, every cell a text, '' for a blank.
Rows = Mapping[str, pd.DataFrame]
#: Of some rows: sheet, name of what identifies a record to other workbooks, its value, record.
Identify = Callable[[Rows], Iterable[tuple[str, str, str, str]]]
#: Month (``2026-09``) → figure → value: what the summaries of that month said.
Figures = Mapping[str, Mapping[str, float]]


class Stale(Exception):  # noqa: N818  (what is the case, not what went wrong)
    """What a state was compared with is not the last accepted one any more."""


@dataclass(frozen=True)
class Former:
    """The last accepted state of a submission's own records, and the accepted records of all others, by sheet."""

    own: Rows = field(default_factory=dict)
    others: Rows = field(default_factory=dict)  # with a column ``source``, the file that they stand in
    submitter: str = ""  # who hands in, if that is known: judged by the last step of each workflow
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)  # ``employees.employee_id`` → what accepted workbooks have there

    def of(self, sheet: type[Sheet]) -> pd.DataFrame:
        """The own former rows of a sheet; none at a first sight."""
        return self.own.get(sheet.key, pd.DataFrame())


def texts(column: pd.Series) -> pd.Series:
    """A column as texts: days in ISO form, numbers with the digits they have, '' for a blank."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        held: Any = column.array
        return pd.Series(np.array([*held.categories, ""], dtype=object)[held.codes], index=column.index)
    if column.dtype.kind == "M":
        whole = (column.dt.normalize() == column) | column.isna()
        form = "%Y-%m-%d" if whole.all() else "%Y-%m-%d %H:%M:%S"
        return column.dt.strftime(form).fillna("")
    if column.dtype.kind == "f":
        return pd.Series([f"{v:.15g}" if v == v else "" for v in column], index=column.index, dtype=object)
    return column.astype(object).where(column.notna(), "").astype(str)


def state(frame: Frame, only: Iterable[str] | None = None) -> pd.DataFrame:
    """What a sheet says now, as :data:`Rows` keeps it: the columns people fill, or ``only`` some; the first row of each record."""
    sheet = frame.sheet
    names = [c.name for c in sheet.columns.values() if not c.computed and (only is None or c.name == sheet.id or c.name in only)]
    whole = pd.DataFrame({name: np.asarray(texts(frame.column(name)), dtype=object) for name in names}, dtype=object)
    whole.index = pd.Index(whole[sheet.id].to_numpy(), dtype=object)
    return whole[(whole.index != "") & ~whole.index.duplicated()]


def plain(rows: Rows) -> dict[str, Any]:
    """Rows as JSON can say them."""
    return {key: {"records": [str(r) for r in frame.index], "columns": {str(n): [str(c) for c in frame[n]] for n in frame}} for key, frame in rows.items()}


def of_plain(said: Mapping[str, Any]) -> Rows:
    """What :func:`plain` said."""
    return {key: pd.DataFrame(table["columns"], dtype=object, index=pd.Index(table["records"], dtype=object)) for key, table in said.items()}
