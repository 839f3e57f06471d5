"""Tabulating: a summary table of a centre's own becomes a block: the rows of a sheet in groups, what is worked out of each, a chart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar import Count, Quantity, Text
from opsbook.grammar.block import SOURCE, Block, Chart, Head
from opsbook.grammar.expression import Expression
from opsbook.grammar.functions import AGGREGATES
from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Period, SuggestedKind, kind_of
from opsbook.grammar.node import Call, Named, Ref, parts
from opsbook.grammar.values import as_truths, to_series
from opsbook.grammar.workings import Given, Workings
from opsbook.summaries import OWN_TABLES

MOST = 200  # lines, and 24 columns: beyond that a table is no summary
WIDEST = 24
TOTAL, BLANK = Text("Total", "合计"), Text("(blank)", "（空白）")


def table_of(id: str, title: Text, sheet: str, down: Named, across: Named | None, values: Sequence[Expression], labels: Sequence[Text | None],
             only: Expression | None, chart: str, order: str, most: int) -> Block:  # fmt: skip
    """The block of a table whose expressions have been read; ``most`` is 0 where all lines are shown."""
    found = {f"v{n}": Head(label or _said(value), _kind(value)) for n, (value, label) in enumerate(zip(values, labels, strict=True))}
    heads = {"line": Head(down.header, kind_of(Period)[0] if isinstance(down.kind, DayKind) else down.kind), **found}
    added = [name for name, value in zip(found, values, strict=True) if _adds_up(value)]

    def worked_out(book: Workings) -> pd.DataFrame:
        rows = book.frame(sheet, sheet)
        if only is not None:
            held, wrong = as_truths(only.values(Given(rows, book)))
            if count := int(np.count_nonzero(wrong)):
                raise ValueError(f"Only when comes to an error in {count:,} rows (筛选条件在 {count:,} 行出错)")
            rows = rows[np.broadcast_to(held, (len(rows),))]
        if not len(rows):
            return pd.DataFrame()
        given = Given(rows, book)
        lines, names = _groups(rows.column(down.name), down.kind)
        made: list[tuple[Head | str, Any]] = [("line", [BLANK if name is None else name for name in names])]
        if across is None:
            made += [(name, _column(value, given, lines, len(names))) for name, value in zip(found, values, strict=True)]
        else:
            columns, heading = _groups(rows.column(across.name), across.kind)
            if len(heading) > WIDEST:
                raise ValueError(f"{across.header.en}: {len(heading)} columns, {WIDEST} are allowed ({across.header.zh}超过 {WIDEST} 列)")
            cells = _column(values[0], given, lines * len(heading) + columns, len(names) * len(heading)).reshape(len(names), len(heading))
            made += [(Head(_label(label, across.kind, book), found["v0"].kind), cells[:, n]) for n, label in enumerate(heading)]
            if added and chart == "none":
                made.append((Head(TOTAL, found["v0"].kind), np.nansum(cells, axis=1)))
        table = pd.DataFrame(dict(enumerate(column for _, column in made)))
        if order != "name":  # by the first value, or by all columns together
            weight = table[1] if across is None else table.iloc[:, 1 : 1 + len(heading)].sum(axis=1)
            table = table.loc[weight.sort_values(ascending=order == "smallest", kind="stable").index]
        sources = pd.Series(np.asarray(rows.index)).groupby(lines).agg(tuple)
        table = table.set_axis(pd.Index([name for name, _ in made], dtype=object, tupleize_cols=False), axis=1).assign(**{SOURCE: sources})
        return _cut(table.reset_index(drop=True), min(most or MOST, MOST), {n for n, (name, _) in enumerate(made) if name in added or (across and added and n)})

    said = [*values, *filter(None, [only])]
    named = [down.name, *([across.name] if across else []), *(n for e in said for n in e.columns())]
    worked_out.asks = tuple(dict.fromkeys([*((sheet, n) for n in named), *(a for e in said for a in e.areas())]))  # type: ignore[attr-defined]
    alike = tuple(name for name, head in found.items() if head.kind == found["v0"].kind) if across is None else ()
    charts = () if chart == "none" else (Chart(chart, "line", alike),)  # type: ignore[arg-type]
    about = Text(f"{title.en}: {', '.join(h.header.en for h in heads.values())}", f"{title.zh}：{'、'.join(h.header.zh for h in heads.values())}")
    return Block(id, OWN_TABLES, title, sheet, about, worked_out, heads=heads, charts=charts, totals=tuple(added) if across is None else ())


def _cut(table: pd.DataFrame, most: int, additive: set[int]) -> pd.DataFrame:
    """The first lines; those that are left out as one more, so that what adds up still does."""
    if len(table) <= most:
        return table
    rest = table.iloc[most:]
    line: list[Any] = [rest.iloc[:, n].sum() if n in additive else np.nan for n in range(table.shape[1])]
    line[0], line[-1] = Text(f"{len(rest):,} others", f"其他 {len(rest):,} 项"), tuple(row for rows in rest[SOURCE] for row in rows)
    kept = table.iloc[:most].astype(object)
    kept.loc[most] = pd.Series(line, index=table.columns, dtype=object)
    return kept


def _label(value: Any, kind: Kind, book: Workings) -> Text:
    """What heads the column of a group."""
    if value is None:
        return BLANK
    if isinstance(kind, DayKind):
        return Text(str(value), str(value))
    shown = kind.show(value, kind.labels(book.book.lists) if isinstance(kind, ChoicesKind) else None)
    return shown if isinstance(shown, Text) else Text(shown, shown)


def _groups(column: pd.Series, kind: Kind) -> tuple[np.ndarray, list[Any]]:
    """The group of each row, and the groups in the order of their list or by name; days by their months; blanks last."""
    if isinstance(kind, DayKind):
        column = column.dt.strftime("%Y-%m")
    if isinstance(column.dtype, pd.CategoricalDtype) and (isinstance(kind, SuggestedKind) or not isinstance(kind, ChoicesKind)):
        column = column.astype(object)
    codes, names = pd.factorize(column, sort=not isinstance(column.dtype, pd.CategoricalDtype))
    if isinstance(column.dtype, pd.CategoricalDtype):  # in the order of the list
        order = np.argsort(column.cat.categories.get_indexer(pd.Index(names)))
        place = np.empty(len(order), dtype=int)
        place[order] = np.arange(len(order))
        codes, names = np.where(codes >= 0, place[codes] if len(place) else codes, -1), pd.Index(names)[order]
    found: list[Any] = list(names)
    if (codes < 0).any():
        codes, found = np.where(codes < 0, len(found), codes), [*found, None]
    return codes, found


def _column(value: Expression, given: Given, codes: np.ndarray, groups: int) -> np.ndarray:
    made = np.asarray(to_series(value.grouped(given, codes, groups), pd.RangeIndex(groups), "number"))
    return np.round(made, 2) if getattr(_kind(value), "in_cents", False) else made  # sums of amounts are amounts


_WORDS = {
    "SUM": Text("{column}, total", "{column}合计"), "AVERAGE": Text("{column}, average", "{column}平均"),
    "MIN": Text("{column}, lowest", "{column}最小"), "MAX": Text("{column}, highest", "{column}最大"),
    "COUNT": Text("Count", "数量"), "COUNTA": Text("Count", "数量"),
}  # fmt: skip


def _said(value: Expression) -> Text:
    match value.node:
        case Call(name=name, args=(Ref(column=column),)) if name in AGGREGATES:
            return _WORDS[name].fill({"column": column.header})
    return value.sentence()


def _kind(value: Expression) -> Kind:
    match value.node:
        case Call(name="COUNT" | "COUNTA"):
            return kind_of(Count)[0]
        case Call(name="SUM" | "MIN" | "MAX", args=(Ref(column=column),)) if column.kind.numeric:
            return column.kind
    return kind_of(Quantity)[0]


def _adds_up(value: Expression) -> bool:
    node = value.node
    return isinstance(node, Call) and node.name in ("SUM", "COUNT", "COUNTA") and not value.areas() and not any(
        isinstance(part, Call) and part.name in AGGREGATES for arg in node.args for part in parts(arg))  # fmt: skip

