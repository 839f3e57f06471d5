"""Checks: what keeps the buttons from working on a machine, as far as it can be found, each with the way out."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from opsbook import __version__
from opsbook.addin import settings
from opsbook.addin.install import installed_version, office_version
from opsbook.addin.machine import Machine
from opsbook.grammar import Text


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, and the way out where it does not stand well."""

    state: Literal["good", "note", "bad"]
    what: Text
    way_out: Text | None = None


def doctor(machine: Machine, profile: Path | None = None) -> list[Check]:
    """Everything that is known to go wrong, looked for on this machine."""
    found = [_python(machine), _xlwings(machine)]
    if machine.has_excel:
        found += [*_excel(machine), *_settings(machine)]
    if machine.platform == "win32":
        found += _windows(machine)
    if machine.platform == "darwin":
        found += _mac(machine)
    return [*found, *_office(machine, profile or machine.office_profile), *_cloud(machine)]


def _good(en: str, zh: str) -> Check:
    return Check("good", Text(en, zh))


def _python(machine: Machine) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if "WindowsApps" in machine.python:
        return Check(
            "bad",
            Text(
                f"Python is that of the Microsoft Store ({machine.python}): programs cannot start it",
                f"使用的是 Microsoft Store 版 Python（{machine.python}），其他程序无法调用",
            ),
            Text(
                "install Python from python.org, then opsbook into it", "请改装 python.org 的 Python 并重新安装 opsbook"
            ),
        )
    if any((home / "conda-meta").exists() for home in list(Path(machine.python).parents)[:2]):
        return Check(
            "note",
            Text(
                f"Python {version} is conda's: Excel needs to know where conda is",
                f"Python {version} 来自 conda，Excel 需要知道 conda 的位置",
            ),
            Text(
                "set Conda Path and Conda Env in xlwings.conf, or better install opsbook into a venv",
                "请在 xlwings.conf 设置 Conda Path 与 Conda Env，或改用 venv",
            ),
        )
    return _good(f"Python {version} at {machine.python}", f"Python {version}，位于 {machine.python}")


def _xlwings(machine: Machine) -> Check:
    version = importlib.metadata.version("xlwings")
    if machine.env.get("XLWINGS_LICENSE_KEY") or machine.env.get("XLWINGS_ON_SERVER"):
        return Check(
            "note",
            Text(
                "XLWINGS_LICENSE_KEY or XLWINGS_ON_SERVER is set: opsbook needs neither",
                "设置了 XLWINGS_LICENSE_KEY 或 XLWINGS_ON_SERVER：opsbook 均不需要",
            ),
            Text("unset them if buttons fail", "若按钮失效请取消设置"),
        )
    return _good(f"xlwings {version}", f"xlwings {version}")


def _excel(machine: Machine) -> Iterator[Check]:
    version = installed_version(machine)
    if not version:
        yield Check(
            "bad",
            Text(f"Excel has no add-in: {machine.xlam} is not there", f"Excel 未安装加载项：{machine.xlam} 不存在"),
            Text(
                "opsbook addin install; if it vanishes again, Defender has quarantined it: restore it, or ask IT (macros/CHECKLIST.md)",
                "运行 opsbook addin install；若再次消失，是被 Defender 隔离：请恢复或联系 IT（见 macros/CHECKLIST.md）",
            ),
        )
    elif version != __version__:
        yield Check(
            "bad",
            Text(
                f"the add-in is of opsbook {version}, this is {__version__}",
                f"加载项版本 {version} 与 opsbook {__version__} 不一致",
            ),
            Text("close Excel, then opsbook addin install", "关闭 Excel 后运行 opsbook addin install"),
        )
    else:
        yield _good(f"the add-in of {version} lies in {machine.xlam}", f"加载项 {version} 位于 {machine.xlam}")


def _settings(machine: Machine) -> Iterator[Check]:
    lines = settings.faults(machine.settings)
    if lines:
        yield Check(
            "bad",
            Text(
                f"{machine.settings}: line {lines[0]} is blank or no pair, which stops xlwings",
                f"{machine.settings} 第 {lines[0]} 行为空或格式不符，xlwings 无法读取",
            ),
            Text(
                "delete that line; opsbook addin install writes the file anew",
                "删除该行，或运行 opsbook addin install 重写",
            ),
        )
    named = settings.read(machine.settings).get(machine.interpreter_key, "")
    if named != machine.python:
        yield Check(
            "bad",
            Text(
                f"{machine.settings} names {named or 'no Python'}, opsbook is in {machine.python}",
                f"{machine.settings} 指向 {named or '（无）'}，而 opsbook 在 {machine.python}",
            ),
            Text("opsbook addin install", "运行 opsbook addin install"),
        )
    elif not lines:
        yield _good(f"{machine.settings} names this Python", f"{machine.settings} 指向当前 Python")


def _windows(machine: Machine) -> Iterator[Check]:
    packages = Path(machine.env.get("LOCALAPPDATA") or machine.home / "AppData/Local") / "Packages"
    if any(packages.glob("Microsoft.Office.Desktop_*")):
        yield Check(
            "bad",
            Text(
                "Office is that of the Microsoft Store: its add-ins cannot reach Python",
                "Office 为 Microsoft Store 版，加载项无法调用 Python",
            ),
            Text(
                "install Office from office.com; the buttons (RunPython) work there, worksheet functions too",
                "请从 office.com 安装 Office",
            ),
        )
    if not str(machine.home).isascii():
        yield Check(
            "note",
            Text(
                f"the user's folder {machine.home} is not all ASCII: worksheet functions may fail",
                f"用户目录 {machine.home} 含非 ASCII 字符，工作表函数可能失效",
            ),
            Text(
                "install opsbook into a venv under C:\\opsbook; the buttons work all the same",
                "请将 opsbook 装入 C:\\opsbook 下的 venv；按钮不受影响",
            ),
        )
    programs = [Path(machine.env.get(k, "")) for k in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")]
    if any((p / "Kingsoft/WPS Office").exists() for p in programs if str(p)):
        yield _wps()
    server = Path(machine.python).parent
    if not any(server.glob("xlwings64-*.dll")) and not any(server.parent.glob("xlwings64-*.dll")):
        yield Check(
            "note",
            Text(
                "xlwings' library for worksheet functions is not beside this Python",
                "当前 Python 旁未找到 xlwings 工作表函数所需的库",
            ),
            Text(
                "pip install --force-reinstall xlwings; the buttons work all the same",
                "运行 pip install --force-reinstall xlwings；按钮不受影响",
            ),
        )


def _wps() -> Check:
    return Check(
        "note",
        Text("WPS is here: it does not load the add-in", "本机装有 WPS：WPS 不支持该加载项"),
        Text(
            "work in Excel or LibreOffice, or put workbooks into a watched folder; the files open in WPS as they are",
            "请用 Excel 或 LibreOffice 操作，或将工作簿放入监控文件夹；文件本身可用 WPS 打开",
        ),
    )


def _mac(machine: Machine) -> Iterator[Check]:
    if not any(machine.script.glob("xlwings-*.applescript")):
        yield Check(
            "bad",
            Text("the script behind RunPython is missing", "缺少 RunPython 脚本"),
            Text("opsbook addin install", "运行 opsbook addin install"),
        )
    else:
        yield Check(
            "note",
            Text(
                "at the first click macOS asks whether Excel may control Python (error -1743 if refused)",
                "首次点击时 macOS 会询问是否允许 Excel 控制 Python（拒绝则报 -1743）",
            ),
            Text(
                "allow it; later under System Settings > Privacy > Automation",
                "请允许；以后可在“系统设置 > 隐私 > 自动化”中更改",
            ),
        )
    if (Path("/Applications/wpsoffice.app")).exists() and machine.platform == sys.platform:
        yield _wps()


def _office(machine: Machine, profile: Path) -> Iterator[Check]:
    if machine.soffice is None:
        if not machine.has_excel:
            yield Check(
                "bad",
                Text("LibreOffice is not here", "未安装 LibreOffice"),
                Text("install libreoffice-calc and python3-uno", "请安装 libreoffice-calc 与 python3-uno"),
            )
        return
    from opsbook.hosts.libreoffice import bridge

    try:
        bridge.uno()
        yield _good("the bridge to LibreOffice can be loaded", "LibreOffice 接口可用")
    except bridge.NoUno as fault:
        yield Check("note" if machine.has_excel else "bad", Text(str(fault), str(fault)))
    version = office_version(profile)
    if version and version != __version__:
        yield Check(
            "bad",
            Text(
                f"the extension in LibreOffice is of opsbook {version}, this is {__version__}",
                f"LibreOffice 扩展版本 {version} 与 opsbook {__version__} 不一致",
            ),
            Text("close LibreOffice, then opsbook addin install", "关闭 LibreOffice 后运行 opsbook addin install"),
        )
    elif version:
        yield _good(f"the extension of {version} is in LibreOffice", f"LibreOffice 已装扩展 {version}")
    elif not machine.has_excel:
        yield Check(
            "bad",
            Text("LibreOffice has no extension", "LibreOffice 未安装扩展"),
            Text("opsbook addin install", "运行 opsbook addin install"),
        )
    if (
        (profile / "user/.lock").exists()
        and shutil.which("pgrep")
        and subprocess.run(["pgrep", "-u", str(os.getuid()), "soffice"], capture_output=True).returncode
    ):
        yield Check(
            "note",
            Text(f"{profile} is locked, and no LibreOffice runs", f"{profile} 被锁定，但 LibreOffice 并未运行"),
            Text(f"delete {profile / 'user/.lock'}", f"请删除 {profile / 'user/.lock'}"),
        )


def _cloud(machine: Machine) -> Iterator[Check]:
    here = Path.cwd()
    if any(part.startswith(("OneDrive", "SharePoint")) for part in here.parts):
        yield Check(
            "note",
            Text(
                "this folder is in OneDrive or SharePoint: workbooks there have web addresses",
                "当前文件夹位于 OneDrive 或 SharePoint，其中的工作簿使用网址",
            ),
            Text("buttons work; documents are written into your home folder", "按钮可用；生成的文档写入个人目录"),
        )
