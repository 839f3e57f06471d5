"""Reader: the rows below a header become columns. pydantic judges each distinct cell once; what it refuses is read once more.

A few thousand rows at a time are taken in while they are in the processor's cache, and forgotten.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from opsbook.actions import no_records
from opsbook.grammar import Column, Severity, Sheet, Text
from opsbook.grammar.book import NEXT_TAB
from opsbook.grammar.cells import Cells, Distinct
from opsbook.grammar.dirt import Unreadable, Yearless, is_blank, is_placeholder, read
from opsbook.grammar.grid import Grid
from opsbook.grammar.judge import Judge
from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Lists, NumberKind, PatternKind
from opsbook.grammar.names import plain

PART = 2000  # rows
BLANK = Text("(blank)", "（空）")


@dataclass(frozen=True)
class Fault:
    """Something told while reading: the rule, the place, and what its sentence names."""

    rule: str
    key: str
    row: int
    column_no: int
    column: str = ""
    value: str = ""
    values: Mapping[str, Text | str] = field(default_factory=dict)
    severity: Severity | None = None
    message: Text | None = None  # in place of the rule's


class Reader:
    """Takes in the rows of a sheet whose columns stand at ``position`` from the Excel column ``first_column`` on."""

    def __init__(self, sheet: type[Sheet], first_column: int, position: Mapping[str, int], grid: Grid, lists: Lists, *, chinese: bool = False) -> None:
        self.sheet, self.first_column, self.faults = sheet, first_column, list[Fault]()
        self.left_out: dict[int, no_records.Kind] = {}  # Excel row → what it is, of those that are no records
        self.totals: list[tuple[int, dict[str, float]]] = []  # Excel row and its numbers by column, of the totals
        self._at = {place: sheet.columns[name] for name, place in position.items()}
        self._names = {place: frozenset(plain(name) for name in column.names) for place, column in self._at.items()}
        #: What a centre adds itself bears any name; a number in Chinese, or one that begins as a total does, is looked at.
        self._beyond, self._doubtful = ("\U0010ffff", frozenset[str]()) if sheet.governs else ("\x80", no_records.BEGINNINGS)
        self._waiting: tuple[list[list[Any]], list[int]] = [], []  # remarks, unless a record comes below
        self._telling = position.get(sheet.id, 0)  # the column that tells at once whether a row is filled
        self._columns = {place: _ColumnReader(sheet.columns[name], lists, grid.since_1904, chinese) for name, place in position.items()}
        self._flaws = _by_row(grid)
        self._merged = _Merged(sheet, self._at, first_column, grid.merged)
        self._yearless: list[tuple[int, int, _Verdict]] = []  # Excel row and place of days whose year the row tells

    def read(self, rows: Iterable[list[Any]], first: int) -> pd.Index:
        """Take in the rows, the first being the Excel row ``first``; the Excel rows of those that have any entry."""
        rows, taken = iter(rows), [np.zeros(0, dtype=np.int64)]
        while part := list(islice(rows, PART)):
            numbers = np.arange(first, first + len(part))
            if self._merged:
                self._merged.spread(part, first)
            first += len(part)
            filled = [type(cell := row[self._telling]) is str and cell[:1].isalnum() and (cell[0] < self._beyond and cell[:2] not in self._doubtful) for row in part]
            if not all(filled):
                part, numbers = self._records(part, numbers, filled)
            elif self._waiting[1]:
                part, numbers = self._after_all(part, numbers)
            if part:
                self._take(part, numbers)
                taken.append(numbers)
        self.left_out |= dict.fromkeys(self._waiting[1], no_records.Kind.REMARK)
        index = pd.Index(np.concatenate(taken))
        self._complete_days(index)
        self.faults[:] = [*together(self.faults, len(index)), *self._merged.told()]
        return index

    @property
    def shown(self) -> Mapping[tuple[int, int], int]:
        """As :attr:`opsbook.grammar.Tab.shown`."""
        return self._merged.shown

    def _records(self, part: list[list[Any]], numbers: np.ndarray, sure: list[bool]) -> tuple[list[list[Any]], np.ndarray]:
        """The rows that are records. Remarks wait: with a record below them they are records, too."""
        kinds = [no_records.Kind.RECORD if known else None if all(map(is_blank, row)) else self._kind(row) for known, row in zip(sure, part, strict=True)]
        last = max((n for n, kind in enumerate(kinds) if kind is no_records.Kind.RECORD), default=-1)
        keep = []
        waiting: tuple[list[list[Any]], list[int]] = [], []
        for n, kind in enumerate(kinds):
            if kind is no_records.Kind.REMARK and n > last:
                waiting[0].append(part[n])
                waiting[1].append(int(numbers[n]))
            elif kind in (no_records.Kind.RECORD, no_records.Kind.REMARK):
                keep.append(n)
            elif kind is not None:
                self.left_out[int(numbers[n])] = kind
                if kind is no_records.Kind.HEADER:
                    self._tell_moved(part[n], int(numbers[n]))
                if kind is no_records.Kind.TOTAL:
                    said = {column.name: no_records.amount(part[n][place], column) for place, column in self._at.items()}
                    self.totals.append((int(numbers[n]), {name: total for name, total in said.items() if total is not None}))
        rows, found = [part[n] for n in keep], numbers[keep]
        if keep and self._waiting[1]:
            rows, found = self._after_all(rows, found)
        self._waiting = self._waiting[0] + waiting[0], self._waiting[1] + waiting[1]
        return rows, found

    def _tell_moved(self, row: list[Any], number: int) -> None:
        """A header that stands there once more, and has columns at other places: what is below it would be read as something else."""
        for place, names in self._names.items():
            said = plain(row[place]) if isinstance(row[place], str) else ""
            if said not in names and any(said in others for others in self._names.values()):
                self._tell("GEN-021", number, place, said, {"column": str(row[place])})

    def _kind(self, row: list[Any]) -> no_records.Kind:
        return no_records.Kind.RECORD if self.sheet.governs else no_records.kind(row, self._at, self._telling, self._names)

    def _after_all(self, part: list[list[Any]], numbers: np.ndarray) -> tuple[list[list[Any]], np.ndarray]:
        """What was taken for remarks stands above records: records, then."""
        rows, before = self._waiting
        self._waiting = [], []
        return rows + part, np.concatenate([np.array(before, dtype=np.int64), numbers])

    def column_no(self, name: str) -> int:
        """The 1-based Excel column of one of our columns."""
        return self.first_column + next(place for place, column in self._at.items() if column.name == name)

    def cells(self) -> dict[str, Cells]:
        """The columns taken in, as :class:`opsbook.grammar.Tab` keeps them."""
        return {reader.column.name: reader.cells() for reader in self._columns.values()}

    def _take(self, rows: list[list[Any]], numbers: np.ndarray) -> None:
        flawed = self._blank_flaws(rows, numbers) if self._flaws else ()
        columns = tuple(zip(*rows, strict=True))
        for place, reader in self._columns.items():
            for row, verdict in reader.take(columns[place]):
                if verdict.yearless:
                    self._yearless.append((int(numbers[row]), place, verdict))
                elif (row, place) not in flawed and (int(numbers[row]), place) not in self._merged.covered:
                    self._tell(verdict.rule, int(numbers[row]), place, verdict.shown, verdict.values)

    def _blank_flaws(self, rows: list[list[Any]], numbers: np.ndarray) -> set[tuple[int, int]]:
        """Error cells and formulas without a result in our columns: told, and blank from now on."""
        flawed = set()
        for row in np.flatnonzero(np.isin(numbers, list(self._flaws))).tolist():
            for column_no, rule, shown in self._flaws[int(numbers[row])]:
                place = column_no - self.first_column
                if place in self._columns:
                    rows[row][place] = ""
                    flawed.add((row, place))
                    header = self._columns[place].column.header
                    self._tell(rule, int(numbers[row]), place, shown, {"header": header, "value": shown})
        return flawed

    def _tell(self, rule: str, row: int, place: int, shown: str, values: Mapping[str, Text | str]) -> None:
        name = self._columns[place].column.name
        self.faults.append(Fault(rule, self.sheet.key, row, self.first_column + place, name, shown, values))

    def _complete_days(self, index: pd.Index) -> None:
        """Give days without a year that of their row: of its number, else of its other days, else of its year or month; a day of no known year is an
        error that proposes one (DECISIONS 10.5)."""
        cells = self.cells() if self._yearless else {}
        days = [place for place, column in self._at.items() if isinstance(column.kind, DayKind)]
        for row, place, verdict in self._yearless:
            assert verdict.yearless
            at, column = index.get_loc(row), self._at[place]
            said = re.search(r"-((?:19|20)[0-9]{2})(?:[01][0-9])?-", str(cells.get(self.sheet.id, {at: ""})[at]))
            others = {cell.year for other in days if isinstance(cell := cells[self._at[other].name][at], date)}
            told = {int(str(cell)[:4]) for c in self._at.values() if c.kind.name in ("year", "period") and (cell := cells[c.name][at]) != ""}
            years = {int(said[1])} if said else others or told
            day = verdict.yearless.of(next(iter(years))) if len(years) == 1 else None
            if day is not None:
                self._columns[place].put(at, day if not column.kind.moment else datetime.combine(day, datetime.min.time()))  # type: ignore[attr-defined]
                self._tell("GEN-015", row, place, verdict.shown, {**verdict.values, "read": show_raw(day)})
            else:
                whole = [cell.year for other in days for cell in cells[self._at[other].name] if isinstance(cell, date)]
                near = max(set(whole), key=whole.count) if whole else date.today().year
                meant = f"{near}-{verdict.yearless.month:02d}-{verdict.yearless.day:02d}"
                hint = Text(f"Write the year: {meant}, if that is the day.", f"请填写年份，如 {meant}。")
                self._tell("GEN-002", row, place, verdict.shown, {**verdict.values, "type": column.kind.title, "hint": hint})


def together(faults: Iterable[Fault], rows: int) -> Iterator[Fault]:
    """What was told while reading ``rows`` rows, with one note for all cells of a column that came by their values in the same way."""
    alike: dict[tuple[int, Text | str, Text | str], list[Fault]] = {}
    for fault in faults:
        if fault.rule != "GEN-015":
            yield fault
        else:
            how = fault.values["how"]
            alike.setdefault((fault.column_no, how, fault.values["read"] if how in ("list", "blank") else ""), []).append(fault)
    for (_, how, _), notes in alike.items():
        first, count = notes[0], str(len(notes))
        if how == "time" and len(notes) > 1 and len(notes) == rows and len({str(f.value)[-8:] for f in notes}) == 1:
            said = Text('"{header}": every day stands at {time}, and was read as the day that is written, {value} as {read}: '
                        "a program that keeps another time writes the day before",
                        "“{header}”各行均带时间 {time}，按所写日期读取：{value} 读作 {read}；时区不同的程序会写成前一天")  # fmt: skip
            yield replace(first, severity=Severity.WARNING, message=said, values={**first.values, "time": str(first.value)[-8:]})
        elif len(notes) > 1:
            said = Text('"{header}": {value} was read as {read}; {count} cells were read so: rows {rows}',
                        "“{header}”的 {value} 读作 {read}，共 {count} 个单元格按此读取：第 {rows} 行")  # fmt: skip
            yield replace(first, message=said, values={**first.values, "count": count, "rows": in_spans(sorted(f.row % NEXT_TAB for f in notes))})
        else:
            yield first


def in_spans(rows: Sequence[int]) -> str:
    """Row numbers in short.

    >>> in_spans([6, 7, 8, 25])
    '6-8, 25'
    """
    found: list[list[int]] = []
    for row in rows:
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    said = [f"{first}-{last}" if first < last else f"{first}" for first, last in found]
    return ", ".join(said[:20]) + (" …" if len(said) > 20 else "")


class _Merged:
    """Merged cells: the value holds for each row, but for a record's number and for amounts, which belong to one row (DECISIONS 10.1)."""

    def __init__(self, sheet: type[Sheet], at: Mapping[int, Column], first_column: int, merged: Iterable[Any]) -> None:
        self._sheet, self._at, self._first_column = sheet, at, first_column
        #: First and last Excel row and place of those that are still to come, the next one last.
        self._waiting = sorted(((top + 1, bottom + 1, place) for (top, left), (bottom, _) in merged
                                if bottom > top and (place := left + 1 - first_column) in at), reverse=True)  # fmt: skip
        self._open: list[tuple[int, int, int, Any]] = []  # those that go on below, with their values
        self._found: dict[int, list[tuple[int, int]]] = {}
        self.shown: dict[tuple[int, int], int] = {}  # as in opsbook.grammar.Tab
        self.covered: set[tuple[int, int]] = set()  # Excel row and place of cells that cannot be filled in, and of which nothing is told

    def __bool__(self) -> bool:
        return bool(self._waiting or self._open)

    def spread(self, part: list[list[Any]], first: int) -> None:
        """Put values into the covered cells of rows that hold something else; ``first`` is the Excel row of the first."""
        last = first + len(part)
        while self._waiting and self._waiting[-1][0] < last:
            top, bottom, place = self._waiting.pop()
            if top >= first:  # else it begins in the header
                value = part[top - first][place]
                self._open.append((top, bottom, place, value))
                if not is_blank(value):
                    self._found.setdefault(place, []).append((top, bottom))
        meant = []
        for top, bottom, place, value in self._open:
            for row in range(max(top + 1, first), min(bottom + 1, last)):
                self.shown[row, self._first_column + place] = top
                if self._is_apart(place):
                    self.covered.add((row, place))
                elif not all(map(is_blank, part[row - first])):
                    meant.append((row - first, place, value))
        for row, place, value in meant:
            part[row][place] = value
        self._open = [each for each in self._open if each[1] >= last]

    def _is_apart(self, place: int) -> bool:
        column = self._at[place]
        return column.unique or column.name == self._sheet.id or column.kind.name in ("money", "int", "num")

    def told(self) -> Iterator[Fault]:
        """A note for each column whose merged cells count for their rows; an error at each that must not be merged."""
        for place, found in self._found.items():
            column, rule, at = self._at[place], "GEN-030" if self._is_apart(place) else "GEN-029", self._first_column + place
            for top, bottom in found if rule == "GEN-030" else found[:1]:
                said: dict[str, Text | str] = {"header": column.header, "count": str(len(found)), "rows": f"{top}-{bottom}"}
                yield Fault(rule, self._sheet.key, top, at, column.name, values=said)


def _by_row(grid: Grid) -> dict[int, list[tuple[int, str, str]]]:
    """Excel row → the Excel columns that hold an error or a formula without a result, with the rule and what is shown."""
    flaws: dict[int, list[tuple[int, str, str]]] = {}
    for rule, cells in (("GEN-017", grid.errors), ("GEN-018", dict.fromkeys(grid.unsaved, ""))):
        for (r, c), shown in cells.items():
            flaws.setdefault(r + 1, []).append((c + 1, rule, shown))
    return flaws


class _ColumnReader:
    """The cells of one column: judged, read once more where they were refused, and kept."""

    def __init__(self, column: Column, lists: Lists, since_1904: bool, chinese: bool) -> None:
        self.column, self._lists, self._since_1904, self._chinese = column, lists, since_1904, chinese
        self._coded = is_placeholder(column, "-")  # whether 无 and - stand for nothing here
        self._judge = Judge(column, lists)
        self._kept: Cells = [] if column.computed else column.kind.cells()
        self._verdicts: dict[tuple[Any, type], _Verdict] = {}
        self._refused: list[int] = []  # of the distinct cells
        self._judged = 0  # of them; what a verdict put in their place is judged when it is met as a cell

    def take(self, cells: Sequence[Any]) -> list[tuple[int, "_Verdict"]]:
        """Take in cells; the places of those of which there is something to tell."""
        kept = self._kept
        if self.column.computed:  # opsbook writes these; a typed value is told by GEN-019, not judged
            kept.extend(cells)
            return []
        if isinstance(kept, Distinct):
            codes = kept.coded(cells)
            self._refused += [self._judged + place for place in self._refuse(kept.uniques[self._judged :])]
            self._judged = len(kept.uniques)
            places = np.flatnonzero(np.isin(codes, self._refused)).tolist() if self._refused else []
            verdicts = [self._verdict(cells[place]) for place in places]
            if places:
                codes[places] = kept.coded([verdict.value for verdict in verdicts])
            kept.append(codes)
        else:
            places = self._refuse(cells)
            verdicts = [self._verdict(cells[place]) for place in places]
            if places:
                cells = list(cells)
                for place, verdict in zip(places, verdicts, strict=True):
                    cells[place] = verdict.value
            kept.extend(cells)
        return [(place, verdict) for place, verdict in zip(places, verdicts, strict=True) if verdict.rule or verdict.yearless]

    def put(self, at: int, value: Any) -> None:
        """Put another value in place of a cell that was taken in."""
        assert isinstance(self._kept, Distinct)
        self._kept.array[at] = self._kept.coded([value])[0]

    def cells(self) -> Cells:
        """All that was taken in."""
        return self._kept.compact() if isinstance(self._kept, Distinct) and self._refused else self._kept

    def _refuse(self, cells: Sequence[Any]) -> list[int]:
        """The places of the cells to be looked at once more; a blank is one only where the column is required."""
        if self.column.required:
            return self._judge.refused(cells)
        refused = self._judge.refused([cell for cell in cells if cell != ""])
        nothing = [place for place, cell in enumerate(cells) if is_placeholder(self.column, cell)] if self._coded and isinstance(self._kept, Distinct) else []
        if not refused:
            return nothing
        filled = [place for place, cell in enumerate(cells) if cell != ""]
        return sorted({*(filled[place] for place in refused), *nothing})

    def _verdict(self, value: Any) -> "_Verdict":
        key = value, type(value)  # 1 and TRUE are equal, and not the same
        if key not in self._verdicts:
            self._verdicts[key] = _verdict(self.column, value, self._judge, self._lists, self._since_1904, self._chinese)
        return self._verdicts[key]


@dataclass(frozen=True)
class _Verdict:
    """What a refused cell comes to: the value to go on with, and the rule to tell of, if any."""

    value: Any
    rule: str = ""
    shown: str = ""
    values: Mapping[str, Text | str] = field(default_factory=dict)
    yearless: Yearless | None = None


def _verdict(column: Column, value: Any, judge: Judge, lists: Lists, since_1904: bool, chinese: bool) -> _Verdict:
    if is_blank(value):
        return _Verdict("", "GEN-001" if column.required else "", "", {"header": column.header})
    shown = masked(column.kind, show_raw(value))
    said: dict[str, Text | str] = {"header": column.header, "value": shown}
    clean, note = value, ""
    if not judge.is_of_kind(value) or is_placeholder(column, value):
        try:
            found = read(column, value, lists, since_1904=since_1904, chinese=chinese)
            clean, note = found.value, found.note
            if isinstance(clean, Yearless):
                return _Verdict("", "", shown, said | {"how": note}, clean)
            if clean == "":
                return _Verdict("", "GEN-015", shown, said | {"read": BLANK, "how": note})
            if not judge.is_of_kind(clean):
                raise Unreadable("GEN-002")
        except Unreadable as fault:
            return _unreadable(column, fault.rule, value, shown, said, lists)
    if not judge.keeps_bounds(clean):
        promise = [b.sentence() for b in column.bounds]
        both = Text(" and ".join(p.en for p in promise), "且".join(p.zh for p in promise))
        return _Verdict(clean, "GEN-013", shown, said | {"promise": both})
    if note:
        read_as: Text | str = column.kind.show(clean, column.kind.labels(lists)) if isinstance(column.kind, ChoicesKind) else masked(column.kind, show_raw(clean))
        return _Verdict(clean, "GEN-015", shown, said | {"read": read_as, "how": note})
    return _Verdict(clean)


def _unreadable(column: Column, rule: str, value: Any, shown: str, said: dict[str, Text | str], lists: Lists) -> _Verdict:
    kind = column.kind
    form = getattr(kind, "form", "")
    if rule == "GEN-002" and form and column.unique:
        return _Verdict(str(value).strip(), "GEN-004", shown, {"id": shown})
    type_said = Text(f"{kind.title.en} ({form})", f"{kind.title.zh}（{form}）") if form else kind.title
    return _Verdict("", rule, shown, said | {"type": type_said, "hint": _hint(kind, value, lists)})


def _hint(kind: Kind, value: Any, lists: Lists) -> Text:
    if isinstance(kind, ChoicesKind):
        from difflib import get_close_matches

        labels = kind.labels(lists)
        near = get_close_matches(str(value), [s for t in labels.values() for s in (t.en, t.zh)], n=1, cutoff=0.5)
        if near:
            return Text(f"Did you mean {near[0]}?", f"是否为“{near[0]}”？")
        few = list(labels.values())[:12]
        return Text("Choose: " + ", ".join(t.en for t in few), "请选择：" + "、".join(t.zh for t in few))
    if isinstance(kind, DayKind):
        return Text("Write it as 2026-09-30.", "请按 2026-09-30 的格式填写。")
    if kind.name == "pct":
        if isinstance(value, float) and 1 < value <= 100:
            return Text(f"Did you mean {value:g}%? Enter 0% to 100%.", f"是否为 {value:g}%？请填0%至100%。")
        return Text("Enter 0% to 100%.", "请填0%至100%。")
    if isinstance(kind, NumberKind):
        more = Text(", at most two decimals", "，最多两位小数") if kind.name == "money" else Text("", "")
        return Text(f"Enter a plain number{more.en}.", f"请填数字{more.zh}。")
    if isinstance(kind, PatternKind) and kind.form:
        return Text(f"Write it as {kind.form}.", f"请按 {kind.form} 的格式填写。")
    return Text("Retype the cell.", "请重新填写。")


def show_raw(value: Any) -> str:
    """A raw cell as text: dates in ISO form, whole numbers without a point."""
    if isinstance(value, float):
        said = f"{value:.15g}"  # further digits are what a program makes of them
        return f"{Decimal(said):f}" if abs(value) >= 1e15 and "e" in said else said
    text = value if isinstance(value, str) else value.isoformat(sep=" ") if hasattr(value, "hour") and hasattr(value, "year") else str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def masked(kind: Kind, said: str) -> str:
    """Identity and card numbers keep their ends only."""
    if not kind.private or len(said) < 7:
        return said
    return said[:3] + "*" * (len(said) - 5) + said[-2:]
