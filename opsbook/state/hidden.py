"""The very hidden sheet in which a workbook keeps its own last accepted state, with a digest that tells of edits."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from opsbook.grammar.former import Former, Rows

_HEAD = "opsbook"


class Edited(ValueError):  # noqa: N818  (a verdict about a sheet)
    """The stored state is not what was stored."""


class Kept:
    """The store of one workbook: ``raw`` is its state sheet as it was read, None where there is none.

    Whoever writes the workbook writes :attr:`lines` into the sheet ``_opsbook_state``.
    """

    def __init__(self, raw: Iterable[Sequence[Any]] | None = None) -> None:
        self._rows: Rows = read(raw) if raw is not None else {}

    @property
    def lines(self) -> list[list[str]]:
        """What the sheet holds."""
        return lines(self._rows)

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state; a workbook alone knows of no others."""
        return Former(self._rows, submitter=submitter)

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str) -> int:
        """Keep a state as the last accepted one; the number of records that changed."""
        before = self._rows
        self._rows = {**before, **rows}
        return sum(_changed(before.get(key, pd.DataFrame()), frame) for key, frame in rows.items())


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> int:
    was, now = ({str(record): tuple(cells) for record, cells in zip(f.index, f.to_numpy().tolist(), strict=True)} for f in (before, after))
    return sum(was.get(record) != now.get(record) for record in {**was, **now})


def lines(rows: Rows) -> list[list[str]]:
    """A state as the sheet's rows: a head with the digest, then for each sheet its columns and its records."""
    body: list[list[str]] = []
    for key, frame in rows.items():
        body.append([key, "", *map(str, frame.columns)])
        body += [[key, str(record), *cells] for record, cells in zip(frame.index, frame.astype(str).to_numpy().tolist(), strict=True)]
    return [[_HEAD, "1", _digest(body)], *body]


def read(raw: Iterable[Sequence[Any]]) -> Rows:
    """The state that the sheet's rows hold; :class:`Edited` if they do not go with their digest."""
    said = [[str(cell) for cell in row] for row in raw]
    while said and said[0][:2] != [_HEAD, "1"]:
        said.pop(0)
    body = [_trimmed(row) for row in said[1:]]
    if not said or said[0][2:3] != [_digest(body)]:
        raise Edited
    found: dict[str, pd.DataFrame] = {}
    names: dict[str, list[str]] = {}
    records: dict[str, list[list[str]]] = {}
    for key, record, *cells in body:
        if record == "":
            names[key] = cells
        else:
            records.setdefault(key, []).append([record, *cells])
    for key, columns in names.items():
        table = [row + [""] * (len(columns) + 1 - len(row)) for row in records.get(key, [])]
        found[key] = pd.DataFrame([row[1:] for row in table], columns=columns, dtype=object,
                                  index=pd.Index([row[0] for row in table], dtype=object))  # fmt: skip
    return found


def _trimmed(row: list[str]) -> list[str]:
    """Without the blanks at the end, which a sheet does not keep."""
    while len(row) > 2 and row[-1] == "":
        row = row[:-1]
    return row + [""] * (2 - len(row))


def _digest(body: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps([_trimmed(row) for row in body], ensure_ascii=False).encode()).hexdigest()
