"""The very hidden sheet in which a workbook keeps its own last accepted state, what became of its records, and past figures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from opsbook.grammar.former import Figures, Former, Identify, Rows, of_plain, plain
from opsbook.grammar.packed import packed, unpacked

MOST_ENTRIES = 5000  # of the log that a workbook carries with it; a ledger keeps all


class Kept:
    """The store of one workbook: ``raw`` is its state sheet as it was read, None where there is none.

    Whoever writes the workbook writes :attr:`lines` into the sheet ``_opsbook_state``. :class:`opsbook.grammar.packed.Edited` tells
    that the sheet is not as it was written.
    """

    def __init__(self, raw: Iterable[Sequence[Any]] | None = None) -> None:
        content = unpacked(raw) if raw is not None else {}
        self._rows: Rows = of_plain(content.get("rows", {}))
        self._figures: dict[str, dict[str, float]] = content.get("figures", {})
        self._log: list[list[str]] = content.get("log", [])

    @property
    def lines(self) -> list[list[str]]:
        """What the sheet holds."""
        return packed({"rows": plain(self._rows), "figures": self._figures, "log": self._log[-MOST_ENTRIES:]})

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state."""
        return Former(self._rows, submitter=submitter)

    def others(self, source: str, sought: Mapping[str, Mapping[str, Collection[str]]]) -> Rows:
        """A workbook alone knows of no others."""
        return {}

    def known(self, targets: Collection[str]) -> Mapping[str, Collection[str]]:
        """Nor of what they have."""
        return {}

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str, identify: Identify | None = None) -> int:
        """Keep a state as the last accepted one; the number of records that changed."""
        before, changed = self._rows, 0
        for key, frame in rows.items():
            first = key not in before
            for record, was, now in _changes(before.get(key, pd.DataFrame()), frame):
                changed += 1
                if not first:  # a first sight is the baseline: nothing has become of anything
                    self._log.append([as_of, submitter, key, record, _said(was, now)])
        self._rows = {**before, **rows}
        return changed

    def log(self, source: str) -> list[list[str]]:
        """What became of records from one accepted state to the next: day, submitter, sheet, record, changes; oldest first."""
        return list(self._log)

    def figures(self, source: str) -> Figures:
        """Past figures by month."""
        return self._figures

    def remember(self, source: str, month: str, figures: Mapping[str, float]) -> None:
        """Keep the figures of a month, over those that it had."""
        self._figures = dict(sorted({**self._figures, month: dict(figures)}.items()))


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> Iterable[tuple[str, dict[str, str], dict[str, str]]]:
    names = list(dict.fromkeys([*before.columns, *after.columns]))
    was, now = (f.reindex(columns=names, fill_value="") for f in (before, after))
    was, now = ({str(r): cells for r, cells in zip(f.index, map(tuple, f.to_numpy().tolist()), strict=True)} for f in (was, now))
    for record in {**was, **now}:
        old, new = was.get(record), now.get(record)
        if old != new:
            yield record, dict(zip(names, old or (), strict=False)), dict(zip(names, new or (), strict=False))


def _said(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    """``status: draft → submitted; paid_on:  → 2026-09-30``; ``+`` and ``-`` for a record that came or went."""
    if not was or not now:
        return "+" if now else "-"
    return "; ".join(f"{name}: {was.get(name, '')} → {new}" for name, new in now.items() if new != was.get(name, ""))
