"""Exporting: what a ledger holds, for people and for other programs; numbers of people and cards masked."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from opsbook.actions.reader import masked
from opsbook.actions.summarise import HEADER, LEFT, LINE, QUIET, TITLE, TOP
from opsbook.grammar import Lang, Text
from opsbook.grammar.board import TABLE, Board, Grid, Look
from opsbook.sheets import catalog

Rows = Iterable[tuple[str, dict[str, Any]]]  # table → row
_LONG = ("cells", "changes", "message_en", "message_zh", "fix_en", "fix_zh", "said")
MOST = 200_000  # lines of a sheet
_TITLES = {"runs": Text("Runs", "运行"), "submissions": Text("Submissions", "报送"), "findings": Text("Findings", "问题"),
           "records": Text("Accepted Records", "已接收记录"), "log": Text("Log", "日志"), "figures": Text("Figures", "历史指标")}  # fmt: skip


def as_lines(rows: Rows) -> Iterator[str]:
    """One line of JSON a row, with the name of its table."""
    for table, row in rows:
        plain = {n: base64.b64encode(v).decode() if isinstance(v, bytes) else v for n, v in _shown(table, row).items() if (table, n) != ("verdicts", "rows")}
        yield json.dumps({"table": table, **plain}, ensure_ascii=False)


def boards(rows: Rows, lang: Lang) -> list[Board]:
    """A sheet for each table that people ask for."""
    held: dict[str, list[dict[str, Any]]] = {name: [] for name in _TITLES}
    for table, row in rows:
        if table in held and len(held[table]) < MOST:
            held[table].append(_shown(table, row))
    return [_board(name, held[name], lang) for name in held]


def _board(name: str, rows: list[dict[str, Any]], lang: Lang) -> Board:
    title = _TITLES[name]
    board = Board(f"ledger_{name}", title[lang], lang, frozen=(TOP + 1, 0), again=TOP)
    board.heights |= {0: 8, 1: 30}
    board.put(1, LEFT, f"{title[lang]}  {title.other(lang)}", TITLE)
    heads = list(rows[0]) if rows else ["-"]
    board.widths = {0: 14} | {LEFT + n: 320 if head in _LONG else 120 for n, head in enumerate(heads)}
    for n, head in enumerate(heads):
        board.put(TOP, LEFT + n, head, HEADER)
    board.heights[TOP] = LINE + 4
    board.grids.append(Grid(f"{TABLE}ledger_{name}", TOP, LEFT, heads, max(len(rows), 1)))
    look = Look(line="dotted", indent=1)
    for at, row in enumerate(rows, TOP + 1):
        for n, value in enumerate(row.values()):
            board.put(at, LEFT + n, value if value != "" else None, look)
    if not rows:
        board.put(TOP + 1, LEFT, Text("There is nothing.", "没有内容。")[lang], QUIET)
    return board


def _shown(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what is private masked."""
    sheet = catalog().sheets.get(str(row.get("sheet", "")))
    private = {c.name: c.kind for c in sheet.columns.values() if c.kind.private} if sheet else {}
    if table == "records":
        cells = {n: masked(private[n], v) if n in private else v for n, v in json.loads(row["cells"]).items() if v}
        return row | {"cells": json.dumps(cells, ensure_ascii=False)}
    if table == "log":
        changes = {n: [masked(private[n], v) for v in both] if n in private else both for n, both in json.loads(row["changes"]).items()}
        return row | {"changes": json.dumps(changes, ensure_ascii=False)}
    if table == "identities" and row["name"] in private:
        return row | {"value": masked(private[row["name"]], row["value"])}
    return row
