"""The commands for contributors, in a clone of the repository."""

from typing import Annotated

import typer

from opsbook.terminal import Refusal

dev = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="For contributors, in a clone of the repository. 供开发者使用。")


@dev.command()
def renew(
    pictures: Annotated[bool, typer.Option("--pictures", help="The pictures too: wants LibreOffice, poppler and Chromium. 同时重画图片。")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if something is not as it is to be. 只检查不写入。")] = False,
) -> None:
    """Make every generated file anew: columns for mypy, templates, demo, second centre, forms, VBA, the README's lists. 重新生成全部派生文件。"""
    from opsbook.dev import renewing

    if not (renewing.ROOT / "pyproject.toml").exists():
        raise Refusal("this is no clone of the repository: there is nothing to renew. 当前不是源码目录，没有可重新生成的文件。")
    found = [(made.path, change) for made, change in renewing.stale()] if check else list(renewing.renew())
    for path, change in found:
        print(f"{path.relative_to(renewing.ROOT)}: {change}")
    if not found:
        print("everything is as it is to be")
    if pictures:
        from opsbook.dev import pictures as drawing

        for path in drawing.draw():
            print(f"{path.relative_to(renewing.ROOT)}: drawn")
    if check and found:
        raise typer.Exit(1)
