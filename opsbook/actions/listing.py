"""Listing: the findings of a workbook and the log of its changes as boards."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from opsbook.actions import chart
from opsbook.actions.blocks import NOTE, Told
from opsbook.actions.report import GLYPH
from opsbook.actions.summarise import HEADER, LEFT, LINE, QUIET, TITLE, TOP, head, wide
from opsbook.grammar import Finding, Findings, Lang, Severity, Tab, Text
from opsbook.grammar.block import Summary
from opsbook.grammar.board import TABLE, Board, Colour, Graph, Grid, Jump, Look, Series
from opsbook.grammar.kinds import DayKind
from opsbook.grammar.workings import Workings

MOST = 20_000  # findings and entries listed: more help nobody
TONES: dict[Severity, Colour] = {Severity.ERROR: "red", Severity.WARNING: "amber", Severity.NOTE: "blue"}
PARETO = 12  # rules in the chart
CELL = Look(line="dotted", indent=1)
WRAPPED = replace(CELL, wrap=True)
NOTED, KEY = "findings", Text("Key", "键")  # the table's name, and the header of its last column, by which notes are found again


def note_key(f: Finding) -> str:
    """What a note beside a finding is found again by: the rule, the record and the column."""
    return f"{f.rule}|{f.record or f.sheet}|{f.column}"


def ranked(workings: Workings, found: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which they matter: by severity, then by the money of their record, then the oldest record first (DECISIONS 10.9)."""
    stakes = _Stakes(workings)
    order = list(Severity)
    return sorted(found, key=lambda f: (order.index(f.severity), *stakes.of(f)))


class _Stakes:
    """What is at stake in the record of a finding."""

    def __init__(self, workings: Workings) -> None:
        self.workings, self._known = workings, dict[str, tuple[dict[int, float], dict[int, float]]]()

    def of(self, f: Finding) -> tuple[float, float]:
        """What to sort it by: minus the amount, and the day; what has none stands last."""
        tab = self.workings.book.tabs.get(f.key)
        if tab is None:
            return 0.0, float("inf")
        if f.key not in self._known:
            self._known[f.key] = self._read(f.key, tab)
        row, (amounts, days) = tab.number(f.tab, f.row), self._known[f.key]
        return -amounts.get(row, 0.0), days.get(row, float("inf"))

    def _read(self, key: str, tab: Tab) -> tuple[dict[int, float], dict[int, float]]:
        frame, columns = self.workings.frame(key, key), tab.sheet.columns
        money = next((c.name for c in columns.values() if c.kind.name == "money" and c.required and not c.computed), "")
        amounts = dict(frame.column(money).abs().dropna()) if money else {}
        dated = tab.sheet.dated_by
        on = frame.column(dated) if dated and isinstance(columns[dated].kind, DayKind) else pd.Series(dtype="datetime64[s]")
        return amounts, {row: day.timestamp() for row, day in on.dropna().items()}


def findings(workings: Workings, found: Findings, told: Told, page: Summary, scratch: chart.Scratch) -> Board:
    """One line a finding, the gravest first; a chart of the rules that are broken most."""
    lang = told.lang
    board = Board(page.key, told.name(page), lang, frozen=(TOP + 1, 0), again=TOP)
    head(board, workings, page, told)
    ids = {tab.name: tab.column_no(tab.sheet.id) - 1 for tab in workings.book.parts}
    whole = Findings(tuple(ranked(workings, found)), found.skipped)
    _table(board, whole, told.notes.get(NOTED, {}), ids, _Owners(workings).of, workings.today)
    _pareto(board, found, scratch.on(board), LEFT + _WIDE + 1)
    return board


def of_copy(found: Findings, page: Summary, name: str, lang: Lang, said: Sequence[str], ids: Mapping[str, int], today: date,
            notes: Mapping[str, str]) -> Board:  # fmt: skip
    """The findings of a workbook beside which nothing else is known, for a copy of it; ``said`` stands below the title, ``ids`` are the columns
    (0-based) in which sheets have the keys of their records, ``notes`` what was noted beside findings before."""
    board = Board(page.key, name, lang, frozen=(TOP + 1, 0), again=TOP)
    board.heights |= {0: 8, 1: 30, 2: 18, 3: 18}
    board.put(1, LEFT, f"{page.tab[lang]}  {page.tab.other(lang)}", TITLE)
    for n, line in enumerate(said, 2):
        board.put(n, LEFT, line, QUIET)
    _table(board, found, notes, ids, lambda f: "", today)
    return board


_WIDE = 13  # columns of the table


def _table(board: Board, found: Findings, notes: Mapping[str, str], ids: Mapping[str, int], owner: Callable[[Finding], str], today: date) -> None:
    lang = board.lang
    widths = (92, 78, 110, 120, 84, 330, 300, 92, 96, 110, 92, 150, 10)
    board.widths = {0: 14} | {LEFT + n: w for n, w in enumerate(widths)}
    heads = (Text("Severity", "级别"), Text("Rule", "规则"), Text("Sheet", "工作表"), Text("Record", "记录"), Text("Cell", "单元格"),
             Text("What Is Wrong", "问题"), Text("Way Out", "处理办法"), Text("Value", "当前值"), Text("Clause", "条款"), Text("Owner", "责任人"),
             Text("Found On", "发现日期"), NOTE, KEY)  # fmt: skip
    ordered = [f for s in Severity for f in found.of(s)] + list(found.waived)
    lines = ordered[:MOST]
    counted = Text(f"{len(found.errors)} errors, {len(found.warnings)} warnings, {len(found.notes)} notes, {len(found.waived)} waived",
                   f"错误 {len(found.errors)}，警告 {len(found.warnings)}，提示 {len(found.notes)}，已豁免 {len(found.waived)}")  # fmt: skip
    more = Text(f"; the first {MOST:,} of {len(ordered):,} are listed", f"；仅列出前 {MOST:,} 条，共 {len(ordered):,} 条") if len(ordered) > MOST else Text("", "")
    board.put(TOP - 1, LEFT, (counted[lang] + more[lang]), Look(bold=True, colour="red" if found.errors else "green"))
    for n, said in enumerate(heads):
        board.put(TOP, LEFT + n, said[lang], HEADER if said != KEY else replace(HEADER, size=1, wrap=False))
    lost = {key: note for key, note in notes.items() if key not in {note_key(f) for f in lines}}
    board.grids.append(Grid(TABLE + NOTED, TOP, LEFT, [h[lang] for h in heads], max(len(lines), 1) + len(lost)))
    for row, f in enumerate(lines, TOP + 1):
        waived = Text(" (waived)", "（已豁免）")[lang] if f.waived else ""
        tone: Colour = "muted" if f.waived else TONES[f.severity]
        values: list[tuple[Any, Look]] = [
            (f"{GLYPH[f.severity]} {f.severity.text[lang]}{waived}", replace(WRAPPED, bold=True, colour=tone, indent=0)), (f.rule, CELL), (f.sheet, WRAPPED),
            (f.record, WRAPPED), (_jump(ids, f), replace(CELL, colour="blue")), (f.message[lang], WRAPPED), (f.fix[lang], WRAPPED), (f.value, WRAPPED),
            (f.clause, WRAPPED), (owner(f), CELL), (today, replace(CELL, number_format="yyyy-mm-dd", align="center", indent=0)),
            (notes.get(note_key(f)), replace(WRAPPED, colour="blue")), (note_key(f), Look(size=1, colour="white")),
        ]  # fmt: skip
        for n, (value, look) in enumerate(values):
            board.put(row, LEFT + n, value or None, look)
        board.heights[row] = tall(*((value, across) for (value, look), across in zip(values, widths, strict=True) if look.wrap))
    if not lines:
        board.put(TOP + 1, LEFT, Text("Nothing was found.", "未发现问题。")[lang], QUIET)
    for row, (key, note) in enumerate(lost.items(), TOP + 1 + max(len(lines), 1)):  # what was noted beside findings that are no more
        board.put(row, LEFT, Text("no longer found", "已不再出现")[lang], QUIET)
        board.put(row, LEFT + 1, key.partition("|")[0], QUIET)
        board.put(row, LEFT + 3, key.split("|")[1], QUIET)
        board.put(row, LEFT + len(heads) - 2, note, QUIET)
        board.put(row, LEFT + len(heads) - 1, key, Look(size=1, colour="white"))
    board.printed = LEFT + len(heads) - 1


def tall(*texts: tuple[Any, int]) -> int:
    """The height of a row with texts that are wrapped within some pixels."""
    return max(LINE, 15 * max([-(-round(wide(said)) // (across - 20)) for said, across in texts if said], default=1) + 6)


def _jump(ids: Mapping[str, int], f: Finding) -> Any:
    if f.sheet not in ids or not f.row:
        return f.cell
    return Jump(f.cell, f.sheet, f.column_no - 1, f.row - 1, ids[f.sheet], f.record)


def _pareto(board: Board, found: Findings, scratch: chart.Scratch, column: int) -> None:
    """Which rules are broken most, and what share of all findings they and those before them make."""
    lang = board.lang
    counts = Counter(f.rule for f in found if not f.waived).most_common()
    if len(counts) < 2:
        return
    total = sum(n for _, n in counts)
    shown, so_far, shares = counts[:PARETO], 0, list[float]()
    for _, n in shown:
        so_far += n
        shares.append(so_far / total)
    across = scratch.column([rule for rule, _ in shown])
    series = (Series(Text("Findings", "问题数")[lang], across, scratch.column([n for _, n in shown]), "navy"),
              Series(Text("Cumulative share", "累计占比")[lang], across, scratch.column(shares), "amber", form="line", second=True))  # fmt: skip
    title = Text("Rules broken most (Pareto)", "问题最多的规则（帕累托）")[lang]
    board.graphs.append(Graph("column", series, TOP, column, 620, 300, title, left=16, title=title))


class _Owners:
    """Who has to act on a finding: the first maker that the row's workflow names."""

    def __init__(self, workings: Workings) -> None:
        self.workings, self._names = workings, dict[str, str]()
        if workings.has("employees"):
            people = workings.frame("employees")
            ids, names = (people.column(n).astype(object).fillna("") for n in ("employee_id", "name"))
            self._names = dict(zip(ids, names, strict=True))

    def of(self, f: Finding) -> str:
        """A name, '' where the row names nobody."""
        tab = self.workings.book.tabs.get(f.key)
        if tab is None or tab.sheet.workflow is None or (row := tab.number(f.tab, f.row)) not in tab.index:
            return ""
        for actor in tab.sheet.workflow.makers:
            if said := str(tab.cell(actor.column, row) or ""):
                return self._names.get(said, said)
        return ""


def log(workings: Workings, told: Told, page: Summary) -> Board:
    """One line a change, the newest first: when, who handed in, whose record, its status before and after, and all that changed."""
    lang = told.lang
    board = Board(page.key, told.name(page), lang, frozen=(TOP + 1, 0), again=TOP)
    head(board, workings, page, told)
    widths = (92, 120, 130, 130, 110, 110, 560)
    board.widths = {0: 14} | {LEFT + n: w for n, w in enumerate(widths)}
    heads = (Text("Day", "日期"), Text("Handed In By", "报送人"), Text("Sheet", "工作表"), Text("Record", "记录"), Text("Old Status", "原状态"), Text("New Status",
                                                                                                                                                      "新状态"),
             Text("Changes", "变更内容"))  # fmt: skip
    entries = list(reversed(told.log))[:MOST]
    for n, said in enumerate(heads):
        board.put(TOP, LEFT + n, said[lang], HEADER)
    board.grids.append(Grid(TABLE + "log", TOP, LEFT, [h[lang] for h in heads], len(entries)))
    came, went = Text("new record", "新增")[lang], Text("no longer there", "已不存在")[lang]
    for row, (day, who, key, record, changes) in enumerate(entries, TOP + 1):
        sheet = workings.catalog.sheets.get(key)
        name = sheet.tab[lang] if sheet else key
        old, new = _status(sheet, changes, lang)
        became = {"+": came, "-": went}.get(changes, _headed(sheet, changes, lang))
        for n, value in enumerate((day, who, name, record, old, new, became)):
            board.put(row, LEFT + n, value or None, WRAPPED if n == 6 else CELL)
        board.heights[row] = max(LINE, 15 * -(-round(wide(became)) // (widths[6] - 20)) + 6)
    return board


def _status(sheet: Any, changes: str, lang: Any) -> tuple[str, str]:
    if sheet is None or sheet.workflow is None:
        return "", ""
    kind = sheet.columns[sheet.workflow.status].kind
    for part in changes.split("; "):
        name, _, said = part.partition(": ")
        if name == sheet.workflow.status and " → " in said:
            old, new = (kind.show(code)[lang] if code else "" for code in said.split(" → ", 1))
            return old, new
    return "", ""


def _headed(sheet: Any, changes: str, lang: Any) -> str:
    """The changes with the headers that people know."""
    if sheet is None:
        return changes
    parts = []
    for part in changes.split("; "):
        name, _, said = part.partition(": ")
        parts.append(f"{sheet.columns[name].header[lang]}: {said}" if name in sheet.columns else part)
    return "; ".join(parts)
