"""Checks: what keeps the buttons from working on a machine, as far as it can be found, each with the way out."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from opsbook import __version__
from opsbook.addin import settings
from opsbook.addin.install import installed, named_python, office_python, office_version
from opsbook.addin.machine import PROJECT, Machine
from opsbook.addin.texts import text
from opsbook.grammar import Text

_AGAIN = Text("opsbook addin install", "运行 opsbook addin install")
_OFFICE = "Microsoft\\Office\\16.0"


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, and the way out where it does not stand well."""

    state: Literal["good", "note", "bad"]
    what: Text
    way_out: Text | None = None


def _good(en: str, zh: str) -> Check:
    return Check("good", Text(en, zh))


def _bad(en: str, zh: str, way_out: Text = _AGAIN) -> Check:
    return Check("bad", Text(en, zh), way_out)


def _note(en: str, zh: str, way_out: Text) -> Check:
    return Check("note", Text(en, zh), way_out)


def doctor(machine: Machine, profile: Path | None = None) -> list[Check]:
    """Everything that is known to go wrong, looked for on this machine."""
    found = [_python(machine), _xlwings(machine)]
    if machine.has_excel:
        found += [*_excel(machine), *_settings(machine), *_neighbours(machine)]
    if machine.platform == "win32":
        found += [*_windows(machine), *_library(machine), *_security(machine)]
    if machine.platform == "darwin":
        found += _mac(machine)
    return [*found, *_office(machine, profile or machine.office_profile), *_cloud(machine)]


def _python(machine: Machine) -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if "WindowsApps" in machine.python:
        return _bad(f"Python is that of the Microsoft Store ({machine.python}): programs cannot start it",
                    f"使用的是 Microsoft Store 版 Python（{machine.python}），其他程序无法调用",
                    Text("install Python from python.org, then opsbook into it", "请改装 python.org 的 Python 并重新安装 opsbook"))  # fmt: skip
    if any((home / "conda-meta").exists() for home in list(Path(machine.python).parents)[:2]):
        return _note(f"Python {version} is conda's: Excel needs to know where conda is", f"Python {version} 来自 conda，Excel 需要知道 conda 的位置",
                     Text(f"set CONDA PATH and CONDA ENV in {machine.settings}, or better install opsbook into a venv",
                          f"请在 {machine.settings} 设置 CONDA PATH 与 CONDA ENV，或改用 venv"))  # fmt: skip
    return _good(f"Python {version} at {machine.python}", f"Python {version}，位于 {machine.python}")


def _xlwings(machine: Machine) -> Check:
    version = importlib.metadata.version("xlwings")
    if machine.env.get("XLWINGS_LICENSE_KEY") or machine.env.get("XLWINGS_ON_SERVER"):
        return _note("XLWINGS_LICENSE_KEY or XLWINGS_ON_SERVER is set: opsbook needs neither",
                     "设置了 XLWINGS_LICENSE_KEY 或 XLWINGS_ON_SERVER：opsbook 均不需要",
                     Text("unset them if buttons fail", "若按钮失效请取消设置"))  # fmt: skip
    return _good(f"xlwings {version}", f"xlwings {version}")


def _excel(machine: Machine) -> Iterator[Check]:
    there = installed(machine)
    if not there and machine.settings.exists():
        yield _bad(f"the add-in was installed and is gone: {machine.xlam} is not there, as when an antivirus program has quarantined it",
                   f"加载项曾安装，现已不在：{machine.xlam} 不存在，可能被杀毒软件隔离",
                   Text("restore it in the antivirus program, or ask IT to allow it (macros/CHECKLIST.md), then opsbook addin install",
                        "请在杀毒软件中恢复，或请 IT 放行（见 macros/CHECKLIST.md），再运行 opsbook addin install"))  # fmt: skip
    elif not there:
        yield _bad(f"Excel has no add-in: {machine.xlam} is not there", f"Excel 未安装加载项：{machine.xlam} 不存在")
    elif there.version != __version__:
        yield _bad(f"the add-in is of opsbook {there.version}, this is {__version__}", f"加载项版本 {there.version} 与 opsbook {__version__} 不一致",
                   Text("close Excel, then opsbook addin install", "关闭 Excel 后运行 opsbook addin install"))  # fmt: skip
    elif there.project != PROJECT:
        yield _bad(f"the add-in reads the settings of {there.project}, not {machine.settings}", f"加载项读取的是 {there.project} 的设置，而非 {machine.settings}",
                   Text("close Excel, then opsbook addin install", "关闭 Excel 后运行 opsbook addin install"))  # fmt: skip
    elif there.xlwings != (version := importlib.metadata.version("xlwings")):
        yield _bad(f"the add-in was built with xlwings {there.xlwings}, this Python has {version}", f"加载项由 xlwings {there.xlwings} 生成，当前为 {version}",
                   Text("close Excel, then opsbook addin install", "关闭 Excel 后运行 opsbook addin install"))  # fmt: skip
    else:
        yield _good(f"the add-in of {there.version} lies in {machine.xlam}", f"加载项 {there.version} 位于 {machine.xlam}")


def _settings(machine: Machine) -> Iterator[Check]:
    lines = settings.faults(machine.settings, machine.ansi)
    if lines:
        yield _bad(f"{machine.settings}: line {lines[0]} is blank or no pair, which stops the macros",
                   f"{machine.settings} 第 {lines[0]} 行为空或格式不符，宏无法读取",
                   Text("delete that line; opsbook addin install writes the file anew", "删除该行，或运行 opsbook addin install 重写"))  # fmt: skip
    named = named_python(machine)
    if named != machine.python:
        yield _bad(f"{machine.settings} names {named or 'no Python'}, opsbook is in {machine.python}",
                   f"{machine.settings} 指向 {named or '（无）'}，而 opsbook 在 {machine.python}")  # fmt: skip
    elif machine.platform == sys.platform and not Path(named).exists():
        yield _bad(f"{named} is not there any more", f"{named} 已不存在")
    elif not lines:
        yield _good(f"{machine.settings} names this Python", f"{machine.settings} 指向当前 Python")
    for name in (f"{PROJECT}.conf", "xlwings.conf", "myaddin.conf"):
        if Path(name).exists():
            yield _note(f"{Path(name).resolve()} is not read by the buttons: only {machine.settings} is",
                        f"按钮不读取 {Path(name).resolve()}，只读取 {machine.settings}",
                        Text("what stands beside a workbook, or in a sheet of it, never says which program runs; delete it unless another add-in needs it",
                             "工作簿旁或工作表中的设置不决定运行哪个程序；若其他加载项不需要可删除"))  # fmt: skip


def _neighbours(machine: Machine) -> Iterator[Check]:
    """Other add-ins that xlwings made: those that Excel opens from its folder, and those in its options."""
    opened = [str(value).strip('" ').split('" ')[-1].strip('"') for name, value in machine.registry("HKCU", rf"Software\{_OFFICE}\Excel\Options").items()
              if name.upper().startswith("OPEN")]  # fmt: skip
    for path in [*sorted(machine.startup.glob("*.xla*")), *map(Path, opened)]:
        if path.name.casefold() != machine.xlam.name and ("xlwings" in path.name.casefold() or _made_by_xlwings(path)):
            yield _note(f"Excel opens {path} too, another add-in with macros of xlwings: each reads settings of its own",
                        f"Excel 还会打开 {path}（同样含 xlwings 宏），两者各用各的设置",
                        Text("if a button fails only while it is there, remove it under Developer > Excel Add-ins",
                             "若仅在其存在时按钮失效，请在“开发工具 > Excel 加载项”中移除"))  # fmt: skip


def _made_by_xlwings(path: Path) -> bool:
    from pyopenvba import ExcelFile

    with suppress(Exception), ExcelFile(str(path)) as book:  # whatever else lies there
        return "xlwings" in book.module_names()
    return False


def _windows(machine: Machine) -> Iterator[Check]:
    packages = Path(machine.env.get("LOCALAPPDATA") or machine.home / "AppData/Local") / "Packages"
    if any(packages.glob("Microsoft.Office.Desktop_*")):
        yield _bad("Office is that of the Microsoft Store: its add-ins cannot reach Python", "Office 为 Microsoft Store 版，加载项无法调用 Python",
                   Text("install Office from office.com; the buttons (RunPython) work there, worksheet functions too", "请从 office.com 安装 Office"))  # fmt: skip
    if not str(machine.home).isascii():
        yield _note(f"the user's folder {machine.home} is not all ASCII: worksheet functions may fail", f"用户目录 {machine.home} 含非 ASCII 字符，工作表函数可能失效",
                    Text("install opsbook into a venv under C:\\opsbook; the buttons work all the same",
                         "请将 opsbook 装入 C:\\opsbook 下的 venv；按钮不受影响"))  # fmt: skip
    programs = [Path(machine.env.get(k, "")) for k in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")]
    if any((p / "Kingsoft/WPS Office").exists() for p in programs if str(p)):
        yield _wps()


def _library(machine: Machine) -> Iterator[Check]:
    """The library behind worksheet functions: of the version that the add-in asks for, and of as many bits as Excel."""
    bits = 32 if machine.registry("HKLM", r"SOFTWARE\Microsoft\Office\ClickToRun\Configuration").get("Platform") == "x86" else 64
    wanted = f"xlwings{bits}-{importlib.metadata.version('xlwings')}.dll"
    homes = list(Path(machine.python).parents)[:2]
    if not any((home / wanted).exists() for home in homes):
        others = sorted({path.name for home in homes for path in home.glob("xlwings*-*.dll")})
        beside = Text(f" ({', '.join(others)} is there)", f"（现有 {'、'.join(others)}）") if others else Text("", "")
        yield _note(f"the library for worksheet functions in Excel of {bits} bits, {wanted}, is not beside this Python{beside.en}",
                    f"当前 Python 旁没有 {bits} 位 Excel 工作表函数所需的 {wanted}{beside.zh}",
                    Text("pip install --force-reinstall xlwings; the buttons work all the same", "运行 pip install --force-reinstall xlwings；按钮不受影响"))  # fmt: skip


def _security(machine: Machine) -> Iterator[Check]:
    """What Excel, or a policy of the company, does not let run."""
    def asked(key: str) -> Mapping[str, Any]:
        """A key of the user, under that of the company."""
        return {**machine.registry("HKCU", rf"Software\{key}"), **machine.registry("HKCU", rf"Software\Policies\{key}")}

    it = Text("ask IT to allow this add-in or to trust its folder; macros/CHECKLIST.md has a page for them", "请 IT 放行该加载项或信任其文件夹，见 macros/CHECKLIST.md")
    security, excel = asked(rf"{_OFFICE}\Excel\Security"), rf"{_OFFICE}\Excel"
    if asked(r"Microsoft\Office\16.0\Common").get("vbaoff") == 1:
        yield _bad("macros are switched off for all of Office (vbaoff)", "Office 已整体停用宏（vbaoff）", it)
    if security.get("DisableAllAddins") == 1:
        yield _bad("Excel is told to load no add-in (DisableAllAddins)", "Excel 被设置为不加载任何加载项（DisableAllAddins）", it)
    if security.get("RequireAddinSig") == 1:
        yield _bad("Excel loads signed add-ins only (RequireAddinSig); this one is built on your machine and not signed",
                   "Excel 只加载已签名的加载项（RequireAddinSig），本加载项在本机生成、未签名", it)  # fmt: skip
    if asked(rf"{excel}\Security\Trusted Locations").get("AllLocationsDisabled") == 1:
        yield _bad("trusted locations are switched off (AllLocationsDisabled): macros of the add-in's folder count as a stranger's",
                   "受信任位置已停用（AllLocationsDisabled），加载项文件夹中的宏不受信任", it)  # fmt: skip
    elif security.get("VBAWarnings") in (3, 4):
        yield _note(f"macros are off but for trusted folders (VBAWarnings {security['VBAWarnings']}); the add-in's folder is one unless IT has changed it",
                    f"除受信任文件夹外宏已停用（VBAWarnings {security['VBAWarnings']}），加载项所在文件夹默认受信任", it)  # fmt: skip
    if Path(f"{machine.xlam}:Zone.Identifier").exists():
        yield _bad(f"{machine.xlam} is marked as coming from the internet: Excel blocks its macros", f"{machine.xlam} 带有网络来源标记，Excel 会阻止其宏",
                   Text("opsbook addin install builds it here, without the mark; or tick Unblock in the file's properties",
                        "运行 opsbook addin install 在本机生成，或在文件属性中勾选“解除锁定”"))  # fmt: skip
    blobs = machine.registry("HKCU", rf"Software\{excel}\Resiliency\DisabledItems").values()
    if any(machine.xlam.name in value.decode("utf-16-le", "ignore").casefold() for value in blobs if isinstance(value, bytes)):
        yield _bad("Excel has put the add-in under its disabled items, as it does after a crash", "Excel 已将该加载项列入“禁用项目”（通常在崩溃之后）",
                   Text("File > Options > Add-ins > Manage: Disabled Items > Go, enable opsbook.xlam, start Excel anew",
                        "文件 > 选项 > 加载项 > 管理：禁用项目 > 转到，启用 opsbook.xlam 后重启 Excel"))  # fmt: skip


def _wps() -> Check:
    return _note("WPS is here: it does not load the add-in", "本机装有 WPS：WPS 不支持该加载项",
                 Text("work in Excel or LibreOffice, or put workbooks into a watched folder; the files open in WPS as they are",
                      "请用 Excel 或 LibreOffice 操作，或将工作簿放入监控文件夹；文件本身可用 WPS 打开"))  # fmt: skip


def _mac(machine: Machine) -> Iterator[Check]:
    if not machine.script.exists():
        yield _bad("the script behind the buttons is missing", "缺少按钮所需的脚本")
    elif machine.script.read_text("utf-8") != text("opsbook.applescript"):
        yield _bad(f"the script behind the buttons, {machine.script}, is of another version", f"按钮所需的脚本 {machine.script} 版本不符")
    else:
        yield _note("at the first click macOS asks whether Excel may control Python (error -1743 if refused)",
                    "首次点击时 macOS 会询问是否允许 Excel 控制 Python（拒绝则报 -1743）",
                    Text("allow it; later under System Settings > Privacy > Automation", "请允许；以后可在“系统设置 > 隐私 > 自动化”中更改"))  # fmt: skip
    if (Path("/Applications/wpsoffice.app")).exists() and machine.platform == sys.platform:
        yield _wps()


def _office(machine: Machine, profile: Path) -> Iterator[Check]:
    if machine.soffice is None:
        if not machine.has_excel:
            yield _bad("LibreOffice is not here", "未安装 LibreOffice",
                       Text("install libreoffice-calc and python3-uno", "请安装 libreoffice-calc 与 python3-uno"))  # fmt: skip
        return
    from opsbook.hosts.libreoffice import bridge

    try:
        bridge.uno()
        yield _good("the bridge to LibreOffice can be loaded", "LibreOffice 接口可用")
    except bridge.NoUno as fault:
        yield Check("note" if machine.has_excel else "bad", Text(str(fault), str(fault)))
    version, python = office_version(profile), office_python(profile)
    if not version:
        if not machine.has_excel:
            yield _bad("LibreOffice has no extension", "LibreOffice 未安装扩展")
    elif version != __version__:
        yield _bad(f"the extension in LibreOffice is of opsbook {version}, this is {__version__}", f"LibreOffice 扩展版本 {version} 与 opsbook {__version__} 不一致",
                   Text("close LibreOffice, then opsbook addin install", "关闭 LibreOffice 后运行 opsbook addin install"))  # fmt: skip
    elif python != machine.python:
        yield _bad(f"the buttons in LibreOffice start {python or 'no Python that can be found'}, opsbook is in {machine.python}",
                   f"LibreOffice 的按钮启动的是 {python or '（无）'}，而 opsbook 在 {machine.python}",
                   Text("close LibreOffice, then opsbook addin install", "关闭 LibreOffice 后运行 opsbook addin install"))  # fmt: skip
    else:
        yield _good(f"the extension of {version} is in LibreOffice and starts this Python", f"LibreOffice 已装扩展 {version}，启动当前 Python")
    if (
        (profile / "user/.lock").exists()
        and shutil.which("pgrep")
        and subprocess.run(["pgrep", "-u", str(os.getuid()), "soffice"], capture_output=True).returncode
    ):
        yield _note(f"{profile} is locked, and no LibreOffice runs", f"{profile} 被锁定，但 LibreOffice 并未运行",
                    Text(f"delete {profile / 'user/.lock'}", f"请删除 {profile / 'user/.lock'}"))  # fmt: skip


def _cloud(machine: Machine) -> Iterator[Check]:
    inside = any(part.startswith(("OneDrive", "SharePoint")) for part in Path.cwd().parts)
    if inside or (machine.has_excel and any(machine.env.get(f"OneDrive{kind}") for kind in ("", "Commercial", "Consumer"))):
        yield _note("OneDrive or SharePoint is in use: workbooks there have web addresses", "正在使用 OneDrive 或 SharePoint，其中的工作簿使用网址",
                    Text("buttons work there; documents are written into your home folder, for a web address is no folder",
                         "按钮可用；网址不是文件夹，生成的文档写入个人目录"))  # fmt: skip
