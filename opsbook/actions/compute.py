"""Compute: the figures of a book as the values of its computed columns, and what findings say of each row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from opsbook.actions.blocks import cell
from opsbook.actions.load import as_stored, same
from opsbook.actions.reader import show_raw
from opsbook.actions.report import GLYPH
from opsbook.grammar import Column, Findings, Lang, Tab
from opsbook.grammar.workings import Absent, Workings

FLAG = "check_flag"
LONGEST = 250  # characters that a row's flag holds


@dataclass(frozen=True)
class Computed:
    """The values of one computed column, row by row of its register, as they are written into cells."""

    tab: Tab
    column: Column
    values: Sequence[Any]


def computed(workings: Workings, findings: Findings, lang: Lang, *sheets: str) -> Iterable[Computed]:
    """Every computed column that stands in the workbook, or in some of its sheets, and whose figure can be worked out."""
    for key in sheets or workings.book.tabs:
        tab = workings.book.tabs[key]
        frame = workings.frame(key, key)
        for column in (c for c in tab.sheet.columns.values() if c.computed and c.name in tab.position):
            figure = workings.catalog.figure_at.get(f"{key}.{column.name}")
            if column.name == FLAG:
                yield Computed(tab, column, _flags(tab, findings, lang))
            elif figure is not None and not workings.absent(figure.function):
                try:
                    values = frame.column(column.name)
                except Absent:
                    continue
                except Exception:
                    if figure.source:  # ours; why one of a centre's own failed stands beside it
                        raise
                    continue
                lists = workings.book.lists
                yield Computed(tab, column, [cell(column.kind, v, lang, lists) for v in values])


def _flags(tab: Tab, findings: Findings, lang: Lang) -> list[str | None]:
    """What is wrong with each row, in short: ``◆ EXP-009 …; ▲ EXP-002 …``."""
    said: dict[int, list[str]] = {}
    for f in findings:
        if f.key == tab.sheet.key and not f.waived and f.rule != "GEN-019":
            said.setdefault(tab.number(f.tab, f.row), []).append(f"{GLYPH[f.severity]} {f.rule} {f.message[lang]}")
    joined = {row: ("; " if lang == "en" else "；").join(dict.fromkeys(parts)) for row, parts in said.items()}
    return [text if len(text := joined.get(int(row), "")) <= LONGEST else f"{text[: LONGEST - 1]}…" for row in tab.index] if joined else [None] * len(tab)


def stored(columns: Iterable[Computed]) -> dict[str, Any]:
    """What was written, as it is noted for the next validation (:data:`opsbook.actions.load.Stored`)."""
    noted: dict[str, Any] = {}
    for c in columns:
        key = c.tab.sheet.key
        if key not in noted:
            noted[key] = {"records": [show_raw(record) for record in c.tab.cells[c.tab.sheet.id]], "columns": {}}
        noted[key]["columns"][c.column.name] = [as_stored(v or None if isinstance(v, str) else v) for v in c.values]
    return noted


def by_tab(columns: Iterable[Computed]) -> list[list[Computed]]:
    """The computed columns of each tab; those of a register that stands on several are parted."""
    found: dict[str, list[Computed]] = {}
    for c in columns:
        for part, rows in c.tab.spans():
            if c.column.name in part.position:
                found.setdefault(part.name, []).append(Computed(part, c.column, c.values[rows]))
    return list(found.values())


def changed(column: Computed) -> dict[int, Any]:
    """Excel row → value, of the cells that do not hold their value yet; None where a cell is to be emptied."""
    now = column.tab.cells[column.column.name]
    return {int(row): value or None if isinstance(value, str) else value
            for row, value, cell_ in zip(column.tab.index, column.values, now, strict=True)
            if value != cell_ and not same(as_stored(value), as_stored(cell_))}  # fmt: skip
