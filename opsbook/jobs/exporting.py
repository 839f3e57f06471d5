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
_DIGESTS = ("sha256", "hash", "terms", "verdict", "column_no", "tab", "key", "began", "told", "place")
_HEADS = {
    "id": Text("Run", "运行"), "run": Text("Run", "运行"), "ended": Text("Ended", "结束时间"), "as_of": Text("As Of", "统计日期"), "opsbook": Text("Version", "程序版本"),
    "files": Text("Files", "工作簿数"), "accepted": Text("Accepted", "已接收"), "unreadable": Text("Unreadable", "无法校验"), "errors": Text("Errors", "错误"),
    "warnings": Text("Warnings", "警告"), "notes": Text("Notes", "提示"), "entries": Text("Log Entries", "日志条数"), "path": Text("Path", "路径"),
    "source": Text("Workbook", "工作簿"), "submitter": Text("Handed In By", "报送人"), "version": Text("Version", "版本"), "added": Text("New", "新增"),
    "removed": Text("Gone", "减少"), "changed": Text("Changed", "变更"), "rule": Text("Rule", "规则"), "severity": Text("Severity", "级别"),
    "sheet": Text("Sheet", "工作表"), "row": Text("Row", "行"), "column": Text("Column", "列"), "record": Text("Record", "记录"), "value": Text("Value", "当前值"),
    "message": Text("What Is Wrong", "问题"), "fix": Text("Way Out", "处理办法"), "clause": Text("Clause", "条款"), "waived": Text("Waived", "已豁免"),
    "cells": Text("Content", "内容"), "seq": Text("No.", "序号"), "changes": Text("Changes", "变更内容"), "month": Text("Month", "月份"), "said": Text("Figures", "指标"),
}  # fmt: skip
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
    """A sheet for each table that people ask for, in their words: digests and the other language are left out."""
    held: dict[str, list[dict[str, Any]]] = {name: [] for name in _TITLES}
    other = "_en" if lang == "zh" else "_zh"
    for table, row in rows:
        if table in held and len(held[table]) < MOST:
            said = _said(_shown(table, row), lang)
            held[table].append({n: v for n, v in said.items() if n not in _DIGESTS and not n.endswith(other)})
    return [_board(name, held[name], lang) for name in held]


def _said(row: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """A row with the names of sheets and columns that people know."""
    sheet = catalog().sheets.get(str(row.get("sheet" if "cells" in row or "changes" in row else "key", "")))
    heads = {c.name: c.header[lang] for c in sheet.columns.values()} if sheet else {}
    for name in {"cells", "changes"} & set(row):
        told = json.loads(row[name])
        row |= {name: "; ".join(f"{heads.get(n, n)}: {v if name == 'cells' else ' → '.join(x or '–' for x in v)}" for n, v in told.items())[:32_000]}
    return row | ({"sheet": sheet.tab[lang]} if sheet and "sheet" in row and "key" not in row else {})


def _board(name: str, rows: list[dict[str, Any]], lang: Lang) -> Board:
    title = _TITLES[name]
    board = Board(f"ledger_{name}", title[lang], lang, frozen=(TOP + 1, 0), again=TOP)
    board.heights |= {0: 8, 1: 30}
    board.put(1, LEFT, f"{title[lang]}  {title.other(lang)}", TITLE)
    heads = list(rows[0]) if rows else ["-"]
    board.widths = {0: 14} | {LEFT + n: 320 if head in _LONG else 120 for n, head in enumerate(heads)}
    labels = [_HEADS[head.removesuffix(f"_{lang}")][lang] if head.removesuffix(f"_{lang}") in _HEADS else head for head in heads]
    for n, head in enumerate(labels):
        board.put(TOP, LEFT + n, head, HEADER)
    board.heights[TOP] = LINE + 4
    board.grids.append(Grid(f"{TABLE}ledger_{name}", TOP, LEFT, labels, max(len(rows), 1)))
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
