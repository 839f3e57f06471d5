"""Families: policy values that belong together are entered as blocks, on a sheet of their own; the Policy sheet takes its values from there."""

from collections.abc import Mapping
from typing import Any

from opsbook.grammar import Catalog, Lang, Text
from opsbook.grammar.board import Board, Look, Shade, quoted
from opsbook.grammar.finding import letters
from opsbook.grammar.policy import Matrix
from opsbook.lists import RiskLevel
from opsbook.summaries import TABLES

_ABOUT = Text("Values that belong together: change them here; the sheet Policy takes them over. A change from a day on is a dated row in Policy.",
              "成组参数在此修改，制度参数表自动取用；自某日起的变更请在制度参数表新增带生效日期的行。")  # fmt: skip
_HEAD = Look(bold=True, colour="white", fill="navy", align="center", box=True)
_SIDE = Look(bold=True, fill="tile", indent=1, box=True)
_INPUT = Look(colour="blue", align="center", box=True, number_format="#,##0.##", line="thin")
_FIRST, _LEFT = 4, 1


def tables(catalog: Catalog, lang: Lang, values: Mapping[str, Any]) -> tuple[Board, dict[str, str]]:
    """The sheet of all blocks with their values, and for each key the formula that takes its value from there."""
    board = Board("policy_tables", TABLES[lang], lang)
    board.widths |= {0: 24, _LEFT: 190, **dict.fromkeys(range(_LEFT + 1, _LEFT + 6), 124)}
    board.put(0, _LEFT, f"{TABLES[lang]}  {TABLES.other(lang)}", Look(bold=True, size=15, colour="navy"))
    board.put(1, _LEFT, _ABOUT[lang], Look(colour="muted"))
    formulas: dict[str, str] = {}
    row = _FIRST - 1
    for matrix in catalog.matrices:
        if not any(key.startswith(f"{matrix.family}.") for key in values):
            continue
        row = _block(board, matrix, catalog, values, formulas, row) + 2
    return board, formulas


def _block(board: Board, matrix: Matrix, catalog: Catalog, values: Mapping[str, Any], formulas: dict[str, str], row: int) -> int:
    """Put a block; the row below it."""
    lang = board.lang
    labels = {code: text for key in matrix.lists for code, text in catalog.lists[key].items()} | dict(matrix.labels)

    def said(member: str) -> str:
        return labels[member][lang] if member in labels else member

    board.put(row, _LEFT, f"{matrix.title[lang]}  {matrix.title.other(lang)}", Look(bold=True, size=10.5, colour="navy"))
    board.put(row, _LEFT + 4, matrix.family, Look(colour="muted", size=8))
    board.put(row + 1, _LEFT, matrix.heads[lang], Look(colour="white", fill="navy", size=8, indent=1, box=True))
    for n, member in enumerate(matrix.across, 1):
        board.put(row + 1, _LEFT + n, said(member), _HEAD)
    for r, down in enumerate(matrix.down, row + 2):
        board.put(r, _LEFT, said(down), _SIDE)
        for c, across in enumerate(matrix.across, _LEFT + 1):
            key = f"{matrix.family}.{down}.{across}"
            value = values.get(key, catalog.keys[key].default)
            board.put(r, c, float(value) if isinstance(value, int) else value, _INPUT)
            formulas[key] = f"={quoted(board.name)}!${letters(c + 1)}${r + 1}"
    last = row + 1 + len(matrix.down)
    if matrix.toned:
        cell = f"{letters(_LEFT + 2)}{row + 3}"
        for level in RiskLevel:
            area = board.area(row + 2, _LEFT + 1, last, _LEFT + len(matrix.across))
            board.shades.append(Shade(area, formula=f'{cell}="{level}"', colour="ink", fill=level.value))  # type: ignore[arg-type]
    return last + 1
