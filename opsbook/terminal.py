"""Terminal: what the commands share, whichever file they stand in."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from opsbook.grammar.grid import UnreadableFile


class Refusal(Exception):  # noqa: N818  (what cannot be done)
    """What cannot be done, as one sentence in both languages: exit code 2."""


class Lang(StrEnum):
    """A language of labels and messages."""

    ZH = "zh"
    EN = "en"


LangOption = Annotated[Lang | None, typer.Option("--lang", help="Language of the output. 输出语言。")]
Line = Callable[[str, str], None]  # prints a line in a colour


def day(said: str) -> date | None:
    """A date that was typed; nothing for none."""
    try:
        return datetime.strptime(said, "%Y-%m-%d").date() if said else None
    except ValueError:
        raise Refusal(f"{said} is not a date like 2026-09-30. 日期应为 2026-09-30 的形式。") from None


def can_hold(output: Path | None, *inputs: Path | str | None) -> None:
    """Say before the work that a report cannot be put where it is wanted: it never takes the place of what it is made from."""
    if output is None:
        return
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise Refusal(f"{output} is a folder, or its folder does not exist. 输出路径是文件夹，或所在文件夹不存在。")
    used = {Path(str(said).removeprefix("sqlite:///")).resolve() for said in inputs if said}
    if output.resolve() in used:
        raise Refusal(f"{output} is one of the files that are read; name another. 输出文件不能与输入文件同名。")


@contextmanager
def printer(output: Path | None, *, utf8: bool) -> Iterator[Line]:
    """A function that prints a line in a colour: to the terminal, or plain to a file that is put in place whole.

    ``utf8``: what programs read is UTF-8 wherever it is redirected to, whatever the terminal's own code.
    """
    if output is None:
        if utf8 and sys.stdout is not None and not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        if sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            from rich.console import Console

            console = Console(highlight=False, soft_wrap=True)
            yield lambda line, colour: console.print(line, style=colour or None, markup=False, emoji=False)
        else:
            yield lambda line, colour: print(line)
        return
    lines: list[str] = []
    yield lambda line, colour: lines.append(line)
    from opsbook.hosts.file import write

    write(output, "".join(f"{line}\n" for line in lines).encode())


def unreadable(path: Path, fault: "UnreadableFile") -> Refusal:
    """The refusal of a file that cannot be read."""
    from opsbook import jobs

    said = jobs.unreadable(path, fault).message
    return Refusal(f"{path}: {said.en}. {said.zh}。")


def centre(path: Path | None) -> Any:
    """The centre's own workbook, to look up in."""
    if path is None:
        return None
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    try:
        return jobs.Reference.read(path)
    except UnreadableFile as fault:
        raise unreadable(path, fault) from None
    except ValueError as fault:
        raise Refusal(f"{path}: {fault}") from None


def governing(path: Path | None) -> Any:
    """The workbook whose Policy governs."""
    found = centre(path)
    if found is not None and "policy" not in found.tabs:
        raise Refusal(f"{path} has no Policy sheet that can be read. 该工作簿没有可读取的制度参数表。")
    return found


def ledger_at(said: str, files: list[Path], *, reading: bool = False) -> Any:
    """The ledger at a path or URL; none of the ``files``. Only to read in it, it must be one already, and is not changed."""
    if not said:
        return None
    from opsbook.state.ledger import Ledger, NoLedger, shown

    if "://" not in said and (Path(said).is_dir() or Path(said).resolve() in {f.resolve() for f in files} or not Path(said).absolute().parent.is_dir()):
        raise Refusal(f"{said} cannot be a ledger: name a file of its own in a folder that is there. 台账须为已有文件夹中的单独文件。")
    try:
        return Ledger(said, reading=reading)
    except NoLedger as fault:
        raise Refusal(f"{shown(said)}: {fault.args[0].en}. {fault.args[0].zh}。") from None
    except ModuleNotFoundError as fault:
        way = ' pip install "opsbook[postgres]"' if fault.name == "pg8000" else ""
        raise Refusal(f"{shown(said)}: the driver {fault.name} is not installed.{way} 缺少数据库驱动 {fault.name}。") from None
    except Exception as fault:
        raise Refusal(f"{shown(said)}: the ledger cannot be opened ({type(fault).__name__}). 无法打开台账。") from None
