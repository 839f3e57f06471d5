"""Blocks: the tables of a book, each worked out when it is asked for; every line knows its looks and where it comes from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar import Catalog, Lang, Money, Tab, Text
from opsbook.grammar.block import SOURCE, Block, Head, Summary
from opsbook.grammar.board import Colour, Jump, Look
from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, kind_of
from opsbook.grammar.workings import Workings

NOTE, SOURCES = Text("Note", "备注"), Text("Source rows", "来源行")
MOST_SOURCES = 8  # characters of row numbers that a line names
CENTS, WHOLE = kind_of(Money)[0].number_format, '#,##0;[Red]-#,##0;"–"'
NOTED, ORIGIN = Look(colour="blue", line="dotted", indent=1), Look(size=8.5, colour="muted", indent=1, line="dotted")
_TONE: dict[str, Colour] = {
    "green": "green", "amber": "amber", "red": "red", "effective": "green", "partial": "amber", "ineffective": "red", "very_low": "green",
    "low": "green", "medium": "amber", "high": "red", "very_high": "red", "error": "red", "warning": "amber", "note": "blue",
    "critical": "red", "major": "amber", "A": "green", "D": "amber", "E": "red",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What the boards say beside the figures: when, from which file, and what users wrote into them."""

    lang: Lang
    file: str
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)  # summary → the name of its sheet, where it is not its own
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # block → key → note
    history: pd.DataFrame = field(default_factory=pd.DataFrame)  # month × figure
    chosen: str = ""  # the project that the S-curve shows
    log: Sequence[Sequence[str]] = ()  # what became of records: day, who, sheet, record, changes

    def name(self, page: Summary) -> str:
        """The name of a summary's sheet in the workbook."""
        return self.names.get(page.key, page.tab[self.lang])


@dataclass(frozen=True)
class Column:
    """One column of a block's table: header, kind, and the values in the words of the sheet."""

    name: str
    header: Text
    kind: Kind
    values: list[Any]
    looks: list[Look]


@dataclass
class Table:
    """A block worked out."""

    block: Block
    data: pd.DataFrame
    columns: list[Column]
    trace: str
    failed: str = ""

    def place(self, name: str) -> int:
        """The place of a column in the table."""
        return [c.name for c in self.columns].index(name)


@dataclass
class Blocks:
    """The blocks of a workbook, each worked out when it is first asked for."""

    workings: Workings
    told: Told
    faulty: Mapping[str, frozenset[int]]
    _tables: dict[str, Table | None] = field(default_factory=dict)

    def of(self, page: Summary) -> list[Table]:
        """The tables of a summary, those left out that have nothing to show."""
        return [t for block in self.workings.catalog.blocks if block.page == page and (t := self[block.id])]

    @property
    def failed(self) -> list[str]:
        """The blocks asked for that could not be worked out, each with the reason."""
        return [f"{t.block.title[self.told.lang]}: {t.failed}" for t in self._tables.values() if t and t.failed]

    def __getitem__(self, id_: str) -> Table | None:
        """A block's table; None where a sheet it needs is absent or has no row to speak of."""
        if id_ not in self._tables:
            block = self.workings.catalog.block_at.get(id_)
            self._tables[id_] = _worked_out(self.workings, block, self.told, self.faulty) if block else None
        return self._tables[id_]


def _worked_out(workings: Workings, block: Block, told: Told, faulty: Mapping[str, frozenset[int]]) -> Table | None:
    data, failed = workings.lines(block.id), workings.failure(block.id)
    if not len(data) and not failed:
        return None
    tabular = len(data) and block.form in ("table", "gantt")
    columns = list(_columns(workings, block, data, told, faulty.get(block.of, frozenset()))) if tabular else []
    return Table(block, data, columns, _trace(workings, block, told.lang), failed)


def _trace(workings: Workings, block: Block, lang: Lang) -> str:
    """From which figures, clause and rows a block speaks."""
    read = [f"{workings.catalog.sheets[s].tab[lang]} {len(workings.frame(s)):,}" for s in workings.catalog.sheets
            if s in workings.catalog.needs(block.function) and workings.has(s)]  # fmt: skip
    left = sum(len(rows) for key, rows in workings.left_out.items() if key in workings.catalog.needs(block.function))
    parts = [" ".join(block.figures), block.clause, Text("rows read: ", "读取行数：")[lang] + Text(", ", "、")[lang].join(read)]
    if left:
        parts.append(Text(f"left out for errors: {left:,}", f"因错误剔除：{left:,}")[lang])
    return " · ".join(part for part in parts if part)


def head_of(catalog: Catalog, block: Block, name: Any) -> Head:
    """The header and kind of a block's column; a KeyError for one that nobody declares."""
    if isinstance(name, Head):
        return name
    if name in block.heads:
        return block.heads[name]
    if figure := catalog.figure_at.get(f"{block.of}.{name}"):
        return Head(catalog.sheets[block.of].columns[name].header if name in catalog.sheets[block.of].columns else figure.name, figure.kind)
    if column := catalog.column(f"{block.of}.{name}"):
        return Head(column.header, column.kind)
    raise KeyError(f"{block.id} shows {name}, which neither it nor {block.of} declares")


def _columns(workings: Workings, block: Block, data: pd.DataFrame, told: Told, faulty: frozenset[int]) -> Iterator[Column]:
    lang, notes = told.lang, dict(told.notes.get(block.id, {}))
    names = [name for name in data.columns if name != SOURCE]
    extra: list[str] = []
    if block.key:  # what users noted beside lines that are no more is kept below
        here = {str(v) for v in data[block.key]}
        extra = [key for key in notes if key not in here]
    for name in names:
        head = head_of(workings.catalog, block, name)
        values = [cell(head.kind, v, lang, workings.book.lists) for v in data[name]] + [key if name == block.key else None for key in extra]
        base = look_of(head.kind)
        base = replace(base, indent=0) if name == names[0] else base
        looks = [_toned(base, head.kind, v) for v in data[name]] + [base] * len(extra)
        if name == names[0] and SOURCE in data:
            starred = [bool(faulty.intersection(rows)) for rows in data[SOURCE]] + [False] * len(extra)
            values = [f"{v} *" if star and v is not None else v for v, star in zip(values, starred, strict=True)]
            if name == block.key:
                values = list(_linked(workings, block, name, values, data))
        yield Column(name if isinstance(name, str) else name.header.en, head.header, head.kind, values, looks)
    if SOURCE in data and not block.key:
        said = [_sources(rows, workings.book.tabs.get(block.of)) for rows in data[SOURCE]]
        yield Column(SOURCE, SOURCES, workings.catalog.sheets[block.of].columns["remarks"].kind, said, [ORIGIN] * len(said))
    if block.key:
        typed = [notes.get(str(v), "") or None for v in data[block.key]] + [notes[key] for key in extra]
        yield Column("note", NOTE, workings.catalog.sheets[block.of].columns["remarks"].kind, typed, [NOTED] * len(typed))


def _linked(workings: Workings, block: Block, name: str, values: list[Any], data: pd.DataFrame) -> Iterator[Any]:
    """The keys of records as links into their register."""
    tab = workings.book.tabs.get(block.of)
    if tab is None or name != tab.sheet.id:
        yield from values
        return
    for place, value in enumerate(values):
        if place < len(data):
            part, row = tab.at(int(data[SOURCE].iloc[place][0]))
            at = part.column_no(name) - 1
            yield Jump(str(value), part.name, at, row - 1, at, str(data[name].iloc[place]))
        else:
            yield value


def _sources(rows: Sequence[int], tab: Tab | None) -> str:
    """Row numbers in short: ``6-18, 25 (14)``; with its name those of a tab beside the first."""
    spans: list[str] = []
    first = before = -1
    for row in [*sorted(rows), -1]:
        if row != before + 1:
            if first >= 0:
                part, start = tab.at(first) if tab else (tab, first)
                beside = f"{part.name}!" if part and tab and part is not tab.parts[0] else ""
                spans.append(beside + (f"{start}" if first == before else f"{start}-{start + before - first}"))
            first = row
        before = row
        if sum(map(len, spans)) > MOST_SOURCES:
            spans.append("…")
            break
    return f"{', '.join(spans)} ({len(rows):,})"


def cell(kind: Kind, value: Any, lang: Lang, lists: Mapping[str, Any] | None = None) -> Any:
    """A value as a cell holds it: labels for codes, None for what is missing."""
    if isinstance(value, Text):
        return value[lang]
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(kind, ChoicesKind) and isinstance(value, str):
        shown = kind.show(value, (lists or {}).get(kind.choices.key()))
        return shown[lang]
    if isinstance(value, (pd.Timestamp, datetime, date)):
        return pd.Timestamp(value).to_pydatetime()
    if isinstance(value, (np.floating, np.integer)):
        return float(value)
    return value


def look_of(kind: Kind) -> Look:
    """How cells of a kind look on a board: amounts without cents."""
    if kind.numeric:
        return Look(number_format=WHOLE if kind.number_format == CENTS else kind.number_format, align="right", line="dotted")
    if isinstance(kind, DayKind):
        return Look(number_format=kind.number_format, align="center", line="dotted")
    return Look(line="dotted", indent=1)


def _toned(base: Look, kind: Kind, value: Any) -> Look:
    tone = _TONE.get(value) if isinstance(value, str) and isinstance(kind, ChoicesKind) else None
    return replace(base, bold=True, colour=tone) if tone else base
