"""Report as a workbook: the findings of all files in one table, and a line for each file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from opsbook.actions.listing import CELL, MOST, TONES, WRAPPED, tall
from opsbook.actions.report import GLYPH, FileReport, summary
from opsbook.actions.summarise import HEADER, LEFT, LINE, QUIET, TITLE, TOP
from opsbook.grammar import Lang, Severity, Text
from opsbook.grammar.board import TABLE, Board, Grid, Look

_FILES = ((Text("Workbook", "工作簿"), 420), (Text("State", "状态"), 120), (Text("Rows", "行数"), 80), (Text("Errors", "错误"), 70),
          (Text("Warnings", "警告"), 80), (Text("Notes", "提示"), 70), (Text("Version", "版本"), 70), (Text("Accepted", "已接收"), 80),
          (Text("Reason", "原因"), 420))  # fmt: skip
_FOUND = ((Text("Severity", "级别"), 84), (Text("Rule", "规则"), 78), (Text("Workbook", "工作簿"), 210), (Text("Sheet", "工作表"), 110), (Text("Cell", "单元格"), 70),
          (Text("Record", "记录"), 130), (Text("What Is Wrong", "问题"), 330), (Text("Way Out", "处理办法"), 300), (Text("Value", "当前值"), 110),
          (Text("Clause", "条款"), 96))  # fmt: skip
_STATE = {"clean": Text("√ clean", "√ 无问题"), "findings": Text("▲ findings", "▲ 有问题"), "unreadable": Text("◆ not judged", "◆ 无法校验")}


def boards(files: Sequence[FileReport], lang: Lang) -> list[Board]:
    """The sheets of the report."""
    said = summary(files, lang)
    return [_files(files, lang, said), _found(files, lang, said)]


def _files(files: Sequence[FileReport], lang: Lang, said: str) -> Board:
    board = _begun("files", Text("Workbooks", "工作簿"), lang, said, _FILES, len(files))
    for row, file in enumerate(files, TOP + 1):
        f, e = file.findings, file.entered
        accepted = Text("yes", "是")[lang] if e and e.accepted else Text("no", "否")[lang] if e else None
        cells: list[Any] = [file.path, _STATE[file.status][lang], sum(s["rows"] for s in file.sheets), len(f.errors), len(f.warnings), len(f.notes),
                            e.version if e else None, accepted, file.reason[lang] if file.reason else file.copy[lang] if file.copy else None]  # fmt: skip
        for n, value in enumerate(cells):
            board.put(row, LEFT + n, value, CELL if isinstance(value, (int, type(None))) else WRAPPED)
        board.heights[row] = tall((cells[0], _FILES[0][1]), (cells[-1], _FILES[-1][1]))
    return board


def _found(files: Sequence[FileReport], lang: Lang, said: str) -> Board:
    found = sorted(((f, file.path) for file in files for f in file.findings), key=lambda each: (each[0].waived, list(Severity).index(each[0].severity)))
    lines = found[:MOST]
    more = Text(f"; the first {MOST:,} of {len(found):,} are listed", f"；仅列出前 {MOST:,} 条，共 {len(found):,} 条")[lang] if len(found) > MOST else ""
    board = _begun("all_findings", Text("Findings", "校验结果"), lang, said + more, _FOUND, len(lines))
    for row, (f, path) in enumerate(lines, TOP + 1):
        waived = Text(" (waived)", "（已豁免）")[lang] if f.waived else ""
        cells = [f"{GLYPH[f.severity]} {f.severity.text[lang]}{waived}", f.rule, path, f.sheet, f.cell, f.record, f.message[lang], f.fix[lang], f.value, f.clause]
        for n, value in enumerate(cells):
            look = WRAPPED if n else replace(WRAPPED, bold=True, colour="muted" if f.waived else TONES[f.severity], indent=0)
            board.put(row, LEFT + n, value or None, look)
        board.heights[row] = tall(*((cells[n], _FOUND[n][1]) for n in (2, 5, 6, 7, 8)))
    if not lines:
        board.put(TOP + 1, LEFT, Text("Nothing was found.", "未发现问题。")[lang], QUIET)
    return board


def _begun(key: str, title: Text, lang: Lang, said: str, heads: Sequence[tuple[Text, int]], lines: int) -> Board:
    board = Board(key, title[lang], lang, frozen=(TOP + 1, 0), again=TOP)
    board.heights |= {0: 8, 1: 30, 2: 18}
    board.widths = {0: 14} | {LEFT + n: width for n, (_, width) in enumerate(heads)}
    board.put(1, LEFT, f"{title[lang]}  {title.other(lang)}", TITLE)
    board.put(2, LEFT, said, Look(bold=True, colour="navy"))
    for n, (head, _) in enumerate(heads):
        board.put(TOP, LEFT + n, head[lang], HEADER)
    board.grids.append(Grid(TABLE + key, TOP, LEFT, [head[lang] for head, _ in heads], max(lines, 1)))
    board.heights[TOP] = LINE + 4
    return board
