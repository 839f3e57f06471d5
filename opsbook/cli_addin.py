"""The commands about the add-in and the machine it is on."""

from pathlib import Path
from typing import Annotated

import typer

from opsbook.terminal import Refusal

addin = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The add-in for Excel and LibreOffice. Excel 与 LibreOffice 加载项。")
Profile = Annotated[Path | None, typer.Option("--profile", metavar="DIR", help="A profile of LibreOffice; else the user's own. LibreOffice 配置目录。")]
_GLYPHS = {"good": "●", "note": "▲", "bad": "◆"}


@addin.command()
def build(output: Annotated[Path, typer.Option("-o", "--output", help="Where to write it. 输出文件。")] = Path("opsbook.xlam")) -> None:
    """Build opsbook.xlam from its texts. 由源文本生成 opsbook.xlam。"""
    from opsbook import __version__
    from opsbook.addin import xlam
    from opsbook.hosts import file

    if output.suffix.lower() != ".xlam":
        raise Refusal(f"{output} must end in .xlam. 输出文件的扩展名须为 .xlam。")
    file.write(output, xlam())
    print(f"{output}: opsbook {__version__}")


@addin.command()
def install(profile: Profile = None) -> None:
    """Put the add-in where Excel looks for it; on Linux set LibreOffice up. 安装加载项。"""
    from opsbook.addin import Machine
    from opsbook.addin.install import Busy
    from opsbook.addin.install import install as put
    from opsbook.hosts.libreoffice import NoUno

    try:
        for said in put(Machine(), profile):
            print(f"{said.en}\n{said.zh}")
    except (Busy, NoUno) as fault:
        raise Refusal(str(fault)) from None


@addin.command()
def status(profile: Profile = None) -> None:
    """Say whether the buttons will work here; exit code 1 if not. 检查加载项状态。"""
    _tell(profile)


@addin.command()
def remove(profile: Profile = None) -> None:
    """Take the add-in away again; settings say what they said before. 移除加载项。"""
    from opsbook.addin import Machine
    from opsbook.addin.install import Busy
    from opsbook.addin.install import remove as take_away

    try:
        done = take_away(Machine(), profile)
    except Busy as fault:
        raise Refusal(str(fault)) from None
    for said in done:
        print(f"{said.en}\n{said.zh}")
    if not done:
        print("there was nothing to remove\n没有可移除的内容")


def doctor(
    profile: Profile = None,
    try_: Annotated[bool, typer.Option("--try", help="Run the very command that a button runs, too. 试运行按钮的命令。")] = False,
) -> None:
    """Say what is wrong with this machine, and the way out; exit code 1 if something is. 诊断本机环境。"""
    _tell(profile, run=try_)


def _tell(profile: Path | None, *, run: bool = False) -> None:
    from opsbook.addin import Machine, tried
    from opsbook.addin import doctor as examine

    found = examine(Machine(), profile) + (tried(Machine(), profile) if run else [])
    for check in found:
        print(f"{_GLYPHS[check.state]} {check.what.en}\n  {check.what.zh}")
        if check.way_out:
            print(f"  → {check.way_out.en}\n    {check.way_out.zh}")
    if any(check.state == "bad" for check in found):
        raise typer.Exit(1)
