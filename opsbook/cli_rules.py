"""The rules that managers write, from a terminal."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from opsbook.terminal import LangOption, Refusal, printer, unreadable

rules = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The rules, columns, figures and tables of a centre's own. 自定义规则、列、指标与汇总。")


@rules.callback()
def _rules() -> None:
    """Keep `check` a command of its own."""


@rules.command()
def check(
    file: Annotated[Path, typer.Argument(help="The centre's workbook. 中心的工作簿。")],
    lang: LangOption = None,
) -> None:
    """Check what managers have added: each row, what it comes to, and what is wrong. 检查自定义内容：逐行结果与问题。"""
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    try:
        rows, faults = jobs.checked(file)
    except UnreadableFile as fault:
        raise unreadable(file, fault) from None
    said: Literal["zh", "en"] = lang.value if lang else "zh"
    with printer(None, utf8=False) as out:
        told = {(f.sheet, f.row) for f in faults}  # with its cell, below
        failed = [row for row in rows if row.said.en.startswith("◆") and (row.sheet, row.row) not in told]
        for row in (row for row in rows if (row.sheet, row.row) not in told):
            out(f"{row.sheet}!{row.row}  {row.name}  {row.said[said]}", "red" if row in failed else "")
        for f in faults:
            out(f"◆ {f.rule} {f.sheet}!{f.cell}  {f.message[said]}", "red")
    if not rows and not faults:
        raise Refusal(f"{file} has no lists, columns, rules, figures or tables of its own. 该工作簿没有自定义内容。")
    raise typer.Exit(2 if faults or failed else 0)
