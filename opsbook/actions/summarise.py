"""Summarise: blocks become boards, one for each summary sheet: tables below each other, charts beside or above them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from opsbook.actions import chart
from opsbook.actions.blocks import Column, Table, Told, look_of
from opsbook.grammar import Lang, Text
from opsbook.grammar.block import Summary
from opsbook.grammar.board import TABLE, WIDTH, Board, Formula, Grid, Jump, Look, Shade, Spark
from opsbook.grammar.finding import letters
from opsbook.grammar.workings import Workings

SCRATCH = "_opsbook_charts"
LEFT, LINE, TOP = chart.LEFT, 20, 5  # first column of tables, height of a line, first row below the head
WIDEST, CHART, TALL, GAP, PAGE = 170, 470, 260, 24, 1400  # pixels
PAPER = (1000, 625)  # pixels that an A4 page holds across at full size: width and height

TITLE = Look(bold=True, size=16, colour="navy")
QUIET = Look(size=8.5, colour="muted")
SECTION = Look(bold=True, size=11, colour="navy", line="thin")
CAPTION = Look(size=8, colour="white", fill="navy", wrap=True)
HEADER = Look(bold=True, colour="white", fill="navy", wrap=True)
TOTAL = Look(bold=True, line="thick")


def board(workings: Workings, page: Summary, tables: list[Table], told: Told, scratch: chart.Scratch) -> Board:
    """The board of a summary, its tables one below the other."""
    drawn = Board(page.key, told.name(page), told.lang, frozen=(TOP - 1, 0))
    scratch = scratch.on(drawn)
    head(drawn, workings, page, told)
    drawn.widths = {0: 14} | _widths(tables)
    row, starts = TOP, []
    for table in tables:
        starts.append(row)
        place = _failed if table.failed else _PLACE[table.block.form]
        row = place(drawn, table, row, workings, told, scratch) + 2
    _paged(drawn, starts, row)
    return drawn


def _paged(board: Board, starts: Sequence[int], end: int) -> None:
    """Break pages before a block that would be cut by their end; sheets are printed one page wide."""
    last = max([board.extent[1], *(board.last_column(g) for g in board.graphs)])
    across = sum(board.widths.get(n, WIDTH) for n in range(last + 1))
    room = PAPER[1] * max(1.0, across / PAPER[0])
    tall = [board.heights.get(n, LINE) for n in range(end + 1)]
    used = float(sum(tall[:TOP]))
    for start, after in zip(starts, [*starts[1:], end], strict=True):
        height = sum(tall[start:after])
        if used + height > room and used > room / 4:
            board.breaks.append(start)
            used = 0.0
        used = (used + height) % room


def head(board: Board, workings: Workings, page: Summary, told: Told) -> None:
    """What every board says of itself: its name, what it shows, and of what, when and from where it speaks."""
    lang, policy = told.lang, workings.policy
    board.heights |= {0: 8, 1: 30, 2: 18, 3: 18}
    board.put(1, LEFT, f"{page.tab[lang]}  {page.tab.other(lang)}", TITLE)
    board.put(2, LEFT, page.about[lang], QUIET)
    rows = sum(len(tab) for tab in workings.book.tabs.values())
    said = Text(
        f"As of {workings.today:%Y-%m-%d} · {told.file} · refreshed {told.now:%Y-%m-%d %H:%M} · {len(workings.catalog.rules)} rules, "
        f"{rows:,} rows · policy {policy.version} · * rows with errors count",
        f"统计日期 {workings.today:%Y-%m-%d} · {told.file} · 刷新于 {told.now:%Y-%m-%d %H:%M} · 规则 {len(workings.catalog.rules)} 条，"
        f"记录 {rows:,} 行 · 制度参数 {policy.version} · * 含有错误的行",
    )  # fmt: skip
    if policy("org.exclude_errors") == "Y":
        said = Text(said.en.replace("* rows with errors count", "rows with errors are left out"), said.zh.replace("* 含有错误的行", "已剔除有错误的行"))
    board.put(3, LEFT, said[lang], QUIET)


def wide(said: Any, size: float = 9) -> float:
    """The pixels that a text takes: Chinese characters, which are three bytes each, about twice as many as Latin ones."""
    text = str(said)
    broad = (len(text.encode()) - len(text)) // 2
    return (12.5 * broad + 6.6 * (len(text) - broad)) * size / 9


def _said(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Jump):
        return value.text
    if isinstance(value, Formula):
        value = value.result
    if isinstance(value, float):
        shown = f"{value:,.0f}" if column.kind.name == "money" else column.kind.show(value)
        return shown if isinstance(shown, str) else shown.en
    return "0000-00-00" if isinstance(value, datetime) else str(value)


def _widths(tables: Iterable[Table]) -> dict[int, int]:
    """Column → pixels: what the widest value, or a header on two lines, takes in any of the tables, up to a limit."""
    found: dict[int, float] = {}
    for table in tables:
        for place, column in enumerate(table.columns):
            longest = max((wide(_said(column, v)) for v in column.values), default=0)
            headers = max(_two_lines(column.header.zh), _two_lines(column.header.en))
            needed = max(longest + (24 if place else 16), headers + 16, 110 if column.name == "note" else 46)
            found[LEFT + place] = max(found.get(LEFT + place, 0), min(needed, WIDEST))
    return {place: round(pixels) for place, pixels in found.items()}


def _two_lines(header: str) -> float:
    """The pixels that a header takes on two lines, broken between words."""
    if not header.isascii():
        return wide(header if len(header) <= 4 else header[: -(-len(header) // 2)])
    words = header.split()
    return min((max(wide(" ".join(words[:n])), wide(" ".join(words[n:]))) for n in range(len(words))), default=0) * 1.08


def _section(board: Board, table: Table, row: int, across: int) -> int:
    """A block's title and trace; the row below them."""
    lang = board.lang
    board.put(row, LEFT, f"{table.block.title[lang]}  {table.block.title.other(lang)}", SECTION)
    for column in range(LEFT + 1, LEFT + max(across, 8)):
        board.put(row, column, None, SECTION)
    board.put(row + 1, LEFT, f"{table.block.about[lang]}  {table.trace}", QUIET)
    board.heights |= {row: 24, row + 1: 18}
    return row + 2


def _failed(board: Board, table: Table, row: int, workings: Workings, told: Told, scratch: chart.Scratch) -> int:
    """A block that could not be worked out says so in its place."""
    row = _section(board, table, row, 0)
    board.put(row, LEFT, Text(f"could not be worked out: {table.failed}", f"无法计算：{table.failed}")[board.lang], Look(colour="red"))
    return row + 1


def _table(board: Board, table: Table, row: int, workings: Workings, told: Told, scratch: chart.Scratch) -> int:
    """A table with its charts: to its right where there is room, else above it. The row below all."""
    count = len(table.columns)
    row = _section(board, table, row, count)
    across = sum(board.widths[LEFT + n] for n in range(count))
    charts = table.block.charts
    beside = across + len(charts) * (CHART + GAP) <= PAGE
    top = row
    if charts and not beside:
        row += -(-TALL // LINE) + 1
    below = _grid(board, table, row, workings)
    for number, declared in enumerate(charts):
        size = CHART if beside else int(min(620, max(CHART, (across - GAP * (len(charts) - 1)) / len(charts))))
        left = (across + GAP if beside else 0) + number * (size + GAP)
        column, offset = board.under(left, LEFT)
        drawn = chart.graph(declared, table, board, row, scratch, workings)
        board.graphs.append(chart.placed(drawn, top, column, offset, size, TALL))
    return max(below, top + (-(-TALL // LINE) if charts else 0))


def _grid(board: Board, table: Table, row: int, workings: Workings) -> int:
    """The caption, header and lines of a table, and its totals; the row below."""
    lang, block = board.lang, table.block
    columns, lines = table.columns, len(table.columns[0].values)
    names = [_unlike(c.header[lang], columns[:n], lang) for n, c in enumerate(columns)]
    totals = {place: _total(table, c) for place, c in enumerate(columns) if c.name in block.totals}
    board.grids.append(Grid(TABLE + block.id, row + 1, LEFT, names, lines, totals,
                            Text("Total", "合计")[lang] if totals else ""))  # fmt: skip
    for place, column in enumerate(columns):
        at = LEFT + place
        base = look_of(column.kind) if place else replace(look_of(column.kind), indent=0)
        board.put(row, at, column.header.other(lang), _as(CAPTION, base))
        board.put(row + 1, at, names[place], _as(HEADER, base))
        for line, said, size in ((row, column.header.other(lang), 8), (row + 1, column.header[lang], 9.3)):
            if wide(said, size) > board.widths[at] - 8:
                board.heights[line] = 32
        for line, (value, look) in enumerate(zip(column.values, column.looks, strict=True), row + 2):
            said = _said(column, value)
            if wide(said) > board.widths[at] + 4:
                look = replace(look, wrap=True)
                board.heights[line] = max(board.heights.get(line, LINE), 16 * -(-round(wide(said)) // (board.widths[at] - 12)) + 6)
            board.put(line, at, value, look)
        _follow(board, table, column, row + 2, at, workings)
        if block.spark and column.name == block.spark[0]:
            first, last = (LEFT + table.place(name) for name in block.spark[1:])
            board.sparks += [Spark(line, at, board.area(line, first, line, last)) for line in range(row + 2, row + 2 + lines)]
        if totals:
            total = Formula(f"=SUBTOTAL(109,{TABLE}{block.id}[{_escaped(names[place])}])", totals[place]) if place in totals else None
            board.put(row + 2 + lines, at, Text("Total", "合计")[lang] if place == 0 else total, _as(TOTAL, base))
    return row + 2 + lines + bool(totals)


def _escaped(header: str) -> str:
    """A header as a formula names it."""
    return re.sub(r"(['#\[\]])", r"'\1", header)


def _unlike(header: str, before: Sequence[Column], lang: Lang) -> str:
    """A table's headers differ from each other."""
    again = sum(c.header[lang] == header for c in before)
    return header + " " * again


def _as(look: Look, base: Look) -> Look:
    return replace(look, align=base.align, number_format=base.number_format, indent=base.indent)


def _total(table: Table, column: Column) -> float:
    return float(np.nansum(np.asarray(table.data[column.name], dtype=float)))


def _follow(board: Board, table: Table, column: Column, row: int, at: int, workings: Workings) -> None:
    """The bars and lights of a column."""
    area = board.area(row, at, row + len(column.values) - 1, at)
    if (most := table.block.bars.get(column.name)) is not None:
        board.shades.append(Shade(area, most=most or max(float(np.nanmax(np.asarray(table.data[column.name], dtype=float))), 1e-9), colour="pale"))
    if column.name in table.block.lights:
        light = table.block.lights[column.name]
        cell = f"{letters(at + 1)}{row + 1}"
        low, high = (workings.policy(key) for key in (light.low, light.high))
        for condition, glyph, colour in ((f"{cell}<{low}", "◆", "red"), (f"{cell}<{high}", "▲", "amber"), (f"{cell}>={high}", "●", "green")):
            board.shades.append(Shade(area, formula=f"AND(ISNUMBER({cell}),{condition})", colour=colour, number_format=f'"{glyph} "0.00'))  # type: ignore[arg-type]


# --------------------------------------------------------------------------------------------- other forms


def _heat(board: Board, table: Table, row: int, workings: Workings, told: Told, scratch: chart.Scratch) -> int:
    """Matrices of counts side by side: likelihood from 5 down to 1, impact from 1 to 5."""
    lang = board.lang
    row = _section(board, table, row, 14)
    for number, (side, cells) in enumerate(table.data.groupby("side", sort=False)):
        left = LEFT + number * 7
        board.put(row, left, Text(*str(side).split("|"))[lang], Look(bold=True, colour="navy"))
        heat(board, cells, row + 1, left + 1, 1)
        for k in range(5):
            board.heights[row + 1 + k] = 34
            board.put(row + 1 + k, left, f"{Text('Likelihood', '可能性')[lang]} {5 - k}", Look(colour="muted", align="right"))
            board.put(row + 6, left + 1 + k, f"{Text('Impact', '影响')[lang]} {k + 1}", Look(colour="muted", align="center"))
    return row + 7


def heat(board: Board, cells: pd.DataFrame, row: int, column: int, across: int) -> None:
    """A 5 × 5 matrix, each cell ``across`` columns wide: columns likelihood, impact, level, count."""
    for likelihood, impact, level, count in zip(*(cells[n] for n in ("likelihood", "impact", "level", "count")), strict=True):
        look = Look(bold=True, size=13, fill=level, colour="ink", align="center", number_format='0;;""', box=True)
        board.put(row + 5 - int(likelihood), column + (int(impact) - 1) * across, float(count), look, across)


def _gantt(board: Board, table: Table, row: int, workings: Workings, told: Told, scratch: chart.Scratch) -> int:
    """The lines of a table, and right of them a column a month, coloured where the line runs (and darker where it is done)."""
    below = _table(board, table, row, workings, told, scratch)
    head, count, today = row + 3, len(table.columns), pd.Timestamp(workings.today)
    starts, ends = (pd.to_datetime(table.data[n]) for n in ("start_on", "end_on"))
    first = max(starts.fillna(today).min(), today - pd.DateOffset(months=6)).to_period("M")
    last = max(ends.fillna(today).max().to_period("M"), first)
    months = [first + n for n in range(min(14, (last - first).n + 1))]
    start, end, done = (f"${letters(LEFT + table.place(n) + 1)}{head + 2}" for n in ("start_on", "end_on", "progress"))
    for number, month in enumerate(months):
        at = LEFT + count + number
        board.widths.setdefault(at, WIDTH)
        board.put(head, at, month.start_time.to_pydatetime(), Look(number_format="yyyy-mm", align="center", size=8, colour="white", fill="navy"))
        now = month == today.to_period("M")
        board.put(head - 1, at, Text("today", "当前")[board.lang] if now else None, Look(size=8, colour="white", fill="red" if now else "navy", align="center"))
        for line in range(len(table.data)):
            board.put(head + 1 + line, at, None, Look(line="dotted"))
    left, right = LEFT + count, LEFT + count + len(months) - 1
    area = board.area(head + 1, left, head + len(table.data), right)
    cell = f"{letters(left + 1)}${head + 1}"
    runs = f"AND({start}<=EOMONTH({cell},0),{end}>={cell})"
    ready = f"AND({runs},{cell}<={start}+({end}-{start})*{done},{done}>0)"
    board.shades += [Shade(area, formula=ready, fill="blue", colour="blue"), Shade(area, formula=runs, fill="pale", colour="pale")]
    return below


def _curve(board: Board, table: Table, row: int, workings: Workings, told: Told, scratch: chart.Scratch) -> int:
    """Planned, earned and actual value month by month of the project that a cell names: the chart follows the choice."""
    lang, data = board.lang, table.data
    row = _section(board, table, row, 8)
    projects = list(dict.fromkeys(data["project"]))
    chosen = told.chosen if told.chosen in projects else projects[0]
    names = scratch.column(projects)
    keys = scratch.column([f"{p}|{m}" for p, m in zip(data["project"], data["month"], strict=True)])
    values = {name: scratch.column(list(data[name])) for name in ("pv", "ev", "ac")}
    board.put(row, LEFT, Text("Project (choose)", "项目（可选）")[lang], Look(colour="muted"))
    board.put(row, LEFT + 1, chosen, Look(bold=True, colour="blue", fill="tile"), 3)
    board.choices[row, LEFT + 1] = names
    board.names["sel_project"] = board.area(row, LEFT + 1, row, LEFT + 1)
    months = sorted(set(data["month"]))[-24:]
    heads = (Text("Month", "月份"), Text("PV", "计划价值"), Text("EV", "挣值"), Text("AC", "实际成本"))
    for place, said in enumerate(heads):
        board.put(row + 1, LEFT + place, said[lang], HEADER if place == 0 else replace(HEADER, align="right"))
    of = {(p, m): line for line, (p, m) in enumerate(zip(data["project"], data["month"], strict=True))}
    for line, month in enumerate(months, row + 2):
        board.put(line, LEFT, month, Look(line="dotted"))
        for place, name in enumerate(values, 1):
            look_up = f'MATCH(${letters(LEFT + 2)}${row + 1}&"|"&${letters(LEFT + 1)}{line + 1},{keys},0)'
            at = of.get((chosen, month))
            known = float(data[name].iloc[at]) if at is not None and pd.notna(data[name].iloc[at]) else None
            formula = f'=IFERROR(IF(INDEX({values[name]},{look_up})="",NA(),INDEX({values[name]},{look_up})),NA())'
            board.put(line, LEFT + place, Formula(formula, "#N/A" if known is None else known),
                      Look(number_format="#,##0", align="right", line="dotted"))  # fmt: skip
    last = row + 1 + len(months)
    gap = Shade(board.area(row + 2, LEFT + 1, last, LEFT + 3), formula=f"ISNA({letters(LEFT + 2)}{row + 3})", colour="white")
    board.shades.append(gap)
    drawn = chart.curve(board, [h[lang] for h in heads[1:]], row + 2, last, LEFT)
    across = sum(board.widths.get(LEFT + n, WIDTH) for n in range(4))
    column, offset = board.under(across + GAP, LEFT)
    board.graphs.append(chart.placed(drawn, row, column, offset, 640, 300))
    return max(last + 1, row + 15)


_PLACE = {"table": _table, "heat": _heat, "gantt": _gantt, "curve": _curve}
