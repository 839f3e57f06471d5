"""Install: the add-in where Excel looks for it, the extension in the user's LibreOffice; both gone again without a trace."""

import json
import re
import secrets
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import unescape

from opsbook.addin import settings
from opsbook.addin.build import IDENTIFIER, oxt, xlam
from opsbook.addin.machine import Machine
from opsbook.addin.texts import text
from opsbook.grammar import Text
from opsbook.hosts import file

_BEFORE = "opsbook-before.json"  # beside xlwings.conf: what it said before opsbook 0.1


class Busy(RuntimeError):  # noqa: N818  (what is the case)
    """A program must be closed first; both languages."""


def install(machine: Machine, profile: Path | None = None) -> list[Text]:
    """Set up whatever spreadsheet program such a machine can have; what was done."""
    done = _into_excel(machine) if machine.has_excel else []
    if machine.soffice and (profile or not machine.has_excel):
        done.append(_into_office(machine, profile or machine.office_profile))
    if not done:
        raise Busy("no spreadsheet program was found: install LibreOffice (libreoffice-calc, python3-uno) first. "
                   "未找到电子表格程序：请先安装 LibreOffice（libreoffice-calc、python3-uno）。")  # fmt: skip
    return done


def _into_excel(machine: Machine) -> list[Text]:
    python = _launched(machine)
    machine.startup.mkdir(parents=True, exist_ok=True)
    try:
        file.write(machine.xlam, xlam())
    except PermissionError:
        raise Busy(f"{machine.xlam} is in use: close Excel, then install again. {machine.xlam} 正被使用：请关闭 Excel 后重新安装。") from None
    values = settings.read(machine.settings, machine.ansi)
    settings.write(machine.settings, values | {machine.interpreter_key: python, "ADD_WORKBOOK_TO_PYTHONPATH": "False"}, machine.ansi)
    done = [Text(f"the add-in lies in {machine.xlam}", f"加载项已放入 {machine.xlam}"),
            Text(f"{machine.settings} names {machine.python}", f"{machine.settings} 已指向 {machine.python}")]  # fmt: skip
    if machine.platform == "darwin":
        machine.script.parent.mkdir(parents=True, exist_ok=True)
        file.write(machine.script, text("opsbook.applescript").encode())
        done.append(Text(f"the script behind the buttons lies in {machine.script}", f"按钮所需的脚本已放入 {machine.script}"))
    return [*done, *_given_back(machine)]


def _launched(machine: Machine) -> str:
    """What the settings name: the Python, or on a Mac a script that starts it where macros cannot read its path; :class:`Busy` if they can read none."""
    if _readable(machine.python, machine):
        return machine.python
    launcher = machine.settings.with_name("opsbook-python")
    if machine.platform == "darwin" and _readable(str(launcher), machine):
        launcher.parent.mkdir(parents=True, exist_ok=True)
        file.write(launcher, f'#!/bin/sh\nexec {shlex.quote(machine.python)} "$@"\n'.encode())
        launcher.chmod(0o755)
        return str(launcher)
    raise Busy(f"Excel's macros cannot read the path {machine.python} (code page {machine.ansi}): make the venv under a path of plain letters, "
               f"as C:\\opsbook, and install from there. "
               f"Excel 宏无法读取路径 {machine.python}（代码页 {machine.ansi}）：请在纯英文路径（如 C:\\opsbook）下建立 venv 后重新安装。")  # fmt: skip


def _readable(path: str, machine: Machine) -> bool:
    """Whether macros read a path as it is: on Windows by its code page; which one a Mac takes nobody knows, so plain letters are asked for."""
    if '"' in path:
        return False
    return path.isascii() or (machine.platform == "win32" and path.encode(machine.ansi, "replace").decode(machine.ansi) == path)


def named_python(machine: Machine) -> str:
    """The Python that the settings name, as macros read them; '' where there is none."""
    named = settings.read(machine.settings, machine.ansi).get(machine.interpreter_key, "")
    launcher = machine.settings.with_name("opsbook-python")
    if named == str(launcher) and launcher.exists():
        return shlex.split(launcher.read_text("utf-8").splitlines()[-1])[1]
    return named


def _given_back(machine: Machine) -> list[Text]:
    """What opsbook 0.1 wrote into the settings of xlwings is what it was before."""
    memory = machine.xlwings_settings.with_name(_BEFORE)
    if not memory.exists():
        return []
    values = settings.read(machine.xlwings_settings, "utf-8-sig")
    for key, before in json.loads(memory.read_text("utf-8")).items():
        if values.get(key) == machine.python:
            values = {k: v for k, v in values.items() if k != key} | ({key: before} if before else {})
    settings.write(machine.xlwings_settings, values, "utf-8")
    memory.unlink()
    return [Text(f"{machine.xlwings_settings} says what it said before", f"{machine.xlwings_settings} 已恢复原状")]


def _into_office(machine: Machine, profile: Path) -> Text:
    """Through the program's own manager of extensions, on the user's profile; LibreOffice must not be running on it."""
    from opsbook.hosts import libreoffice
    from opsbook.hosts.libreoffice import extensions

    _free(profile)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "opsbook.oxt"
        path.write_bytes(oxt(machine.python, f"opsbook{secrets.token_hex(16)}"))
        app = libreoffice.started(profile, machine.soffice)
        try:
            extensions.add(app, path)
        finally:
            app.quit()
    return Text(f"the extension is in LibreOffice ({profile}): start it anew, and look for the menu OpsBook 运营台账",
                f"扩展已装入 LibreOffice（{profile}）：重新启动后见菜单“OpsBook 运营台账”")  # fmt: skip


def _free(profile: Path) -> None:
    if (profile / "user/.lock").exists() or (profile / ".lock").exists():
        raise Busy(f"LibreOffice is running on {profile}: close it, then try again. LibreOffice 正在运行（{profile}）：请关闭后重试。")


def remove(machine: Machine, profile: Path | None = None) -> list[Text]:
    """Take away what :func:`install` brought; what was undone, nothing if nothing was there."""
    done = []
    if machine.has_excel and machine.xlam.exists():
        machine.xlam.unlink()
        done.append(Text(f"{machine.xlam} is gone", f"已移除 {machine.xlam}"))
    if machine.has_excel:
        done += _taken_out(machine)
    done += _given_back(machine)
    home = profile or machine.office_profile
    if machine.soffice and office_version(home):
        from opsbook.hosts import libreoffice
        from opsbook.hosts.libreoffice import extensions

        _free(home)
        app = libreoffice.started(home, machine.soffice)
        try:
            if extensions.remove(app, IDENTIFIER):
                done.append(Text(f"the extension is gone from LibreOffice ({home})", f"已从 LibreOffice 移除扩展（{home}）"))
        finally:
            app.quit()
    return done


def _taken_out(machine: Machine) -> Iterator[Text]:
    """Our settings, and what they lead to; what the user wrote beside them stays."""
    for path in (machine.script, machine.settings.with_name("opsbook-python")):
        path.unlink(missing_ok=True)
    if not machine.settings.exists():
        return
    rest = {k: v for k, v in settings.read(machine.settings, machine.ansi).items() if k not in (machine.interpreter_key, "ADD_WORKBOOK_TO_PYTHONPATH")}
    if rest:
        settings.write(machine.settings, rest, machine.ansi)
        yield Text(f"{machine.settings} names no Python any more", f"{machine.settings} 不再指向 Python")
    else:
        machine.settings.unlink()
        machine.settings.with_suffix(".conf.bak").unlink(missing_ok=True)
        yield Text(f"{machine.settings} is gone", f"已移除 {machine.settings}")


@dataclass(frozen=True)
class Installed:
    """What the add-in that Excel loads says of itself: the versions of opsbook and of xlwings, and whose settings it reads."""

    version: str
    xlwings: str
    project: str


def installed(machine: Machine) -> Installed | None:
    """The add-in that Excel loads; None where there is none."""
    if not machine.xlam.exists():
        return None
    from pyopenvba import ExcelFile

    with ExcelFile(str(machine.xlam)) as book:
        whole = "\n".join(book.vba_modules().values())
    said = (re.search(rf'{name} As String = "([^"]*)"', whole) for name in ("OpsBookVersion", "XLWINGS_VERSION", "PROJECT_NAME"))
    return Installed(*(found[1] if found else "?" for found in said))


def office_version(profile: Path) -> str:
    """The version of the extension on a profile of LibreOffice, read from its files; '' where there is none."""
    for path in sorted(profile.glob("user/uno_packages/cache/uno_packages/*/*.oxt/description.xml")):
        said = path.read_text("utf-8", "replace")
        if IDENTIFIER in said:
            found = re.search(r'<version value="([^"]*)"', said)
            return found[1] if found else "?"
    return ""




def office_python(profile: Path) -> str:
    """The Python that the buttons in LibreOffice start, as the extension on a profile says; '' where it says none."""
    return _office_says(profile, r'Shell """([^"]+)"""')


def office_pipe(profile: Path) -> str:
    """Where LibreOffice listens, as the extension on a profile says."""
    return _office_says(profile, r"--uno=(pipe,name=\w+)")


def _office_says(profile: Path, pattern: str) -> str:
    for path in sorted(profile.glob("user/uno_packages/cache/uno_packages/*/*.oxt/OpsBook/OpsRunPython.xba")):
        if found := re.search(pattern, unescape(path.read_text("utf-8", "replace"))):
            return found[1]
    return ""
