"""Install: the add-in where Excel looks for it, the extension in the user's LibreOffice; both gone again without a trace."""

import json
import re
import secrets
import tempfile
from pathlib import Path

import xlwings

from opsbook.addin import settings
from opsbook.addin.build import IDENTIFIER, oxt, xlam
from opsbook.addin.machine import Machine
from opsbook.grammar import Text
from opsbook.hosts import file

_BEFORE = "opsbook-before.json"  # beside xlwings.conf: what it said before


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
    machine.startup.mkdir(parents=True, exist_ok=True)
    try:
        file.write(machine.xlam, xlam())
    except PermissionError:
        raise Busy(f"{machine.xlam} is in use: close Excel, then install again. {machine.xlam} 正被使用：请关闭 Excel 后重新安装。") from None
    done = [Text(f"the add-in lies in {machine.xlam}", f"加载项已放入 {machine.xlam}")]
    values = settings.read(machine.settings)
    before = values.get(machine.interpreter_key, "")
    if before != machine.python:
        memory = machine.settings.with_name(_BEFORE)
        if not memory.exists():
            memory.parent.mkdir(parents=True, exist_ok=True)
            memory.write_text(json.dumps({machine.interpreter_key: before}), "utf-8")
        settings.write(machine.settings, values | {machine.interpreter_key: machine.python})
        was = Text(f" (it was {before})", f"（原为 {before}）") if before else Text("", "")
        done.append(Text(f"{machine.settings} names {machine.python}{was.en}", f"{machine.settings} 已指向 {machine.python}{was.zh}"))
    if machine.platform == "darwin":
        script = next(Path(xlwings.__file__).parent.glob("xlwings-*.applescript"))
        machine.script.mkdir(parents=True, exist_ok=True)
        file.write(machine.script / script.name, script.read_bytes())
        done.append(Text(f"the script behind RunPython lies in {machine.script}", f"RunPython 脚本已放入 {machine.script}"))
    return done


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
    memory = machine.settings.with_name(_BEFORE)
    if memory.exists():
        values = settings.read(machine.settings)
        for key, before in json.loads(memory.read_text("utf-8")).items():
            if values.get(key) == machine.python:
                values = {k: v for k, v in values.items() if k != key} | ({key: before} if before else {})
        settings.write(machine.settings, values)
        memory.unlink()
        done.append(Text(f"{machine.settings} says what it said before", f"{machine.settings} 已恢复原状"))
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


def installed_version(machine: Machine) -> str:
    """The version stamped into the add-in that Excel loads; '' where there is none."""
    if not machine.xlam.exists():
        return ""
    from pyopenvba import ExcelFile

    with ExcelFile(str(machine.xlam)) as book:
        found = re.search(r'OpsBookVersion As String = "([^"]*)"', book.vba_modules().get("OpsBook", ""))
    return found[1] if found else "?"


def office_version(profile: Path) -> str:
    """The version of the extension on a profile of LibreOffice, read from its files; '' where there is none."""
    for path in sorted(profile.glob("user/uno_packages/cache/uno_packages/*/*.oxt/description.xml")):
        said = path.read_text("utf-8", "replace")
        if IDENTIFIER in said:
            found = re.search(r'<version value="([^"]*)"', said)
            return found[1] if found else "?"
    return ""


