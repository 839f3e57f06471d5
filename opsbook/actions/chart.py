"""Chart: what a block declares of a chart becomes a graph over the cells of its table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from opsbook.actions.blocks import Table
from opsbook.grammar import Chart, Text
from opsbook.grammar.board import ASIDE, Area, Board, Colour, Graph, Look, Series
from opsbook.grammar.workings import Workings

PALETTE: tuple[Colour, ...] = ("navy", "blue", "sky", "plan", "amber", "green", "red", "muted")
LEFT = 1  # the first column of tables
_COLUMNS = ("column", "bar", "stacked")
MOST = 16  # lines of a table that a chart shows: the first


@dataclass
class Scratch:
    """Where stands what charts need and tables do not show: a very hidden board for all, or hidden columns aside on each board of its own.

    A chart that reads its own sheet alone can be copied with it into another workbook.
    """

    board: Board | None = None
    _next: int = 0

    def on(self, board: Board) -> "Scratch":
        """The one for the charts of a board."""
        return self if self.board else Scratch(board, ASIDE)

    def column(self, values: Sequence[Any]) -> Area:
        """Put values below each other into a column of their own."""
        assert self.board is not None
        at, self._next = self._next, self._next + 1
        if at >= ASIDE:
            self.board.widths[at] = 0
        for row, value in enumerate(values):
            self.board.put(row, at, float(value) if isinstance(value, (int, np.floating)) else value, Look())
        return self.board.area(0, at, len(values) - 1, at)


def placed(drawn: Graph, row: int, column: int, left: int, width: int, height: int) -> Graph:
    """A graph at its place."""
    return replace(drawn, row=row, column=column, left=left, width=width, height=height)


def graph(declared: Chart, table: Table, board: Board, row: int, scratch: Scratch, workings: Workings) -> Graph:
    """The graph over a table whose caption stands in ``row``."""
    lang = board.lang
    lines = min(len(table.data), MOST)

    def over(name: str) -> Area:
        at = LEFT + table.place(name)
        return board.area(row + 2, at, row + 1 + lines, at)

    names = declared.y or tuple(c.name for c in table.columns if c.kind.numeric and c.name != declared.x and c.name not in declared.lines)
    said = {c.name: c.header[lang] for c in table.columns}
    across = over(declared.x)
    percent = any(c.kind.name == "pct" for c in table.columns if c.name in names)
    whole = Graph(
        "column", (), 0, 0, 0, 0, said=f"{table.block.title[lang]}: {', '.join(said.get(n, n) for n in (*names, *declared.lines))}",
        title=declared.title[lang] if declared.title else "", least=declared.least, most=declared.most,
        number_format="0%" if percent else "#,##0.##" if declared.most else "#,##0",
        second_format="0%" if declared.share else "#,##0.##", legend=len(names) + len(declared.lines) > 1,
    )  # fmt: skip
    match declared.form:
        case "ibcs":
            return replace(whole, form="bar", series=_actual_and_plan(table, names, over, across, said), axis=False)
        case "waterfall":
            return replace(whole, form="stacked", series=_waterfall(table, names, across, scratch, lang), legend=False)
        case "band":
            low, high = (np.asarray(table.data[n], dtype=float) for n in names)
            base = Series(said[names[0]], across, over(names[0]), invisible=True, form="area")
            fill = Series(Text("Likely range", "可能区间")[lang], across, scratch.column(list(high - low)), "pale", form="area")
            series = [base, fill, *_lines(declared, over, across, said)]
            return replace(whole, form="area", series=tuple(series), legend=True, least=_floor(low, 5), most=declared.most)
        case "scatter":
            series = [Series(said[n], across, over(n), PALETTE[k]) for k, n in enumerate(names)]
            least = _floor(np.concatenate([np.asarray(table.data[n], dtype=float) for n in (declared.x, *names)]), 10)
            return replace(whole, form="scatter", series=tuple(series), legend=len(names) > 1, least=least)
        case form:
            series = [Series(said[n], across, over(n), PALETTE[k % len(PALETTE)]) for k, n in enumerate(names)]
            shown = np.array([v for c in table.columns if c.name in names for v in c.values], dtype=float) if form in _COLUMNS else np.zeros(0)
            bottom = 0.0 if declared.least is None and len(shown) and not np.nanmin(np.nan_to_num(shown)) < 0 else declared.least  # columns stand on zero
            return replace(whole, form=form, series=(*series, *_lines(declared, over, across, said)), least=bottom)


def _floor(values: np.ndarray, step: int) -> float:
    """Where an axis begins that shows differences: the next step below the least value."""
    return float(np.floor(np.nanmin(values) / step) * step) if np.isfinite(values).any() else 0.0


def _lines(declared: Chart, over: Any, across: Area, said: dict[str, str]) -> list[Series]:
    colours: tuple[Colour, ...] = ("amber", "red", "green")
    return [Series(said[n], across, over(n), colours[k % 3], form="line", second=declared.share, dashed=k > 0) for k, n in enumerate(declared.lines)]


def _actual_and_plan(table: Table, names: Sequence[str], over: Any, across: Area, said: dict[str, str]) -> tuple[Series, ...]:
    """IBCS: actual solid, red where it is over its plan, with what it differs by; the plan as an outline."""
    actual, plan = (np.asarray(table.data[n], dtype=float) for n in names)
    return actual_and_plan(said[names[0]], said[names[1]], across, over(names[0]), over(names[1]), actual, plan)


def actual_and_plan(name: str, plan_name: str, across: Area, actual_at: Area, plan_at: Area, actual: np.ndarray, plan: np.ndarray) -> tuple[Series, ...]:
    """The two series of :func:`_actual_and_plan`, wherever they stand."""
    over = actual > plan + 0.005
    labels = tuple(_unbroken(f"{a:,.0f}" + (f" {a / p - 1:+.0%}" if p > 0 else "")) if np.isfinite(a) else "" for a, p in zip(actual, plan, strict=True))
    shades: dict[int, Colour] = {int(n): "red" for n in np.flatnonzero(over)}
    return (Series(name, across, actual_at, "navy", labels=labels, shades=shades), Series(plan_name, across, plan_at, "plan", outline=True))


def _unbroken(label: str) -> str:
    """A label that no program breaks over two lines."""
    return label.replace(" ", "\u00a0").replace("-", "\u2212")


def _waterfall(table: Table, names: Sequence[str], across: Area, scratch: Scratch, lang: Any) -> tuple[Series, ...]:
    """Stacked columns on an invisible base: levels from zero, steps from where the one before them ended."""
    step, level = (np.asarray(table.data[n], dtype=float) for n in names)
    is_level = np.isfinite(level)
    ends, at = [], 0.0
    for s, whole in zip(step, level, strict=True):
        at = whole if np.isfinite(whole) else at + np.nan_to_num(s)
        ends.append(at)
    end = np.array(ends)
    begin = np.where(is_level, 0.0, np.concatenate([[0.0], end[:-1]]))
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    base = np.where(low >= 0, low, np.where(high < 0, high, 0.0))
    size = high - np.maximum(low, 0) * (low >= 0)
    rise, fall = (np.where(~is_level & sign, high - low, np.nan) for sign in (end >= begin, end < begin))
    shown = tuple(f"{v:,.0f}" if np.isfinite(v) else "" for v in np.where(is_level, level, step))
    parts: list[tuple[str, np.ndarray, Colour]] = [
        (Text("Level", "余额")[lang], np.where(is_level, size, np.nan), "navy"), (Text("More", "增加")[lang], rise, "green"),
        (Text("Less", "减少")[lang], fall, "red"),
    ]  # fmt: skip
    series = [Series("", across, scratch.column(list(base)), invisible=True)]
    for name, values, colour in parts:
        labels = tuple(text if np.isfinite(v) else "" for text, v in zip(shown, values, strict=True))
        series.append(Series(name, across, scratch.column(list(values)), colour, labels=labels))
    return tuple(series)


def curve(board: Board, names: Sequence[str], first: int, last: int, left: int) -> Graph:
    """Planned, earned and actual value over months."""
    looks: tuple[tuple[Colour, bool], ...] = (("muted", True), ("green", False), ("red", False))
    across = board.area(first, left, last, left)
    series = tuple(Series(name, across, board.area(first, left + 1 + n, last, left + 1 + n), colour, dashed=dashed)
                   for n, (name, (colour, dashed)) in enumerate(zip(names, looks, strict=True)))  # fmt: skip
    return Graph("line", series, 0, 0, 0, 0, said=Text("Planned, earned and actual value by month", "各月计划价值、挣值与实际成本")[board.lang])
