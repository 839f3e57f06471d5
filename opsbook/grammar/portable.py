"""Portable: the cells of a sheet as JSON can say them, so that another process can put them to those of other workbooks."""

import base64
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar.book import NEXT_TAB, Tab
from opsbook.grammar.cells import Cells, Distinct, Numbers, distinct
from opsbook.grammar.sheet import Sheet


def plain(tab: Tab, keep: np.ndarray, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Some rows of a tab (by their place): the Excel row of each, and the cells that people fill. ``shown`` says for a column how its
    texts are shown outside."""
    columns: dict[str, dict[str, Any]] = {}
    for name, cells in tab.cells.items():
        if tab.sheet.columns[name].computed:
            continue
        if isinstance(cells, Numbers):
            columns[name] = {"numbers": _coded(cells.array[keep])}
        else:
            few = distinct(cells).taken(keep).compact()
            show = shown.get(name, lambda said: said)
            columns[name] = {"each": [_said(show(u)) for u in few.uniques], "codes": _coded(few.array)}
    return {"rows": _coded((np.asarray(tab.index)[keep] % NEXT_TAB).astype(np.int32)), "columns": columns}


class Merged:
    """The cells of a sheet from several workbooks, one after the other; and where each row comes from."""

    def __init__(self, sheet: type[Sheet], place: int) -> None:
        self.sheet, self.place, self.rows, self.origins = sheet, place, 0, list[tuple[str, np.ndarray]]()
        self._cells: dict[str, Cells] = {c.name: Numbers() if isinstance(c.kind.cells(), Numbers) else Distinct() for c in sheet.columns.values()
                                         if not c.computed}  # fmt: skip

    def add(self, source: str, said: Mapping[str, Any]) -> None:
        """Add the rows of a workbook, as :func:`plain` said them."""
        rows = _array(said["rows"], np.int32)
        self.origins.append((source, rows))
        self.rows += len(rows)
        for name, cells in self._cells.items():
            column = said["columns"].get(name)
            if isinstance(cells, Numbers):
                cells.append(_array(column["numbers"], np.float64) if column else np.full(len(rows), np.nan))
            elif isinstance(cells, Distinct):
                at = cells.coded([_meant(u) for u in column["each"]] if column else [""])
                cells.append(at[_array(column["codes"], np.int32)] if column else np.full(len(rows), at[0], dtype=np.int32))

    def tab(self, header_row: int) -> Tab:
        """All rows as one tab, below a header row, every declared column in its place."""
        index = pd.RangeIndex(header_row + 1, header_row + 1 + self.rows)
        return Tab(self.sheet, self.sheet.tab.zh, self.place, header_row, 1, {name: n for n, name in enumerate(self.sheet.columns)}, self._cells, index)


def _coded(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


def _array(said: str, dtype: Any) -> np.ndarray:
    return np.frombuffer(base64.b64decode(said), dtype=dtype)


def _said(cell: Any) -> Any:
    return {"day": cell.isoformat(), "moment": isinstance(cell, datetime)} if isinstance(cell, date) else cell


def _meant(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    return datetime.fromisoformat(said["day"]) if said["moment"] else date.fromisoformat(said["day"])
