"""Machine: where programs look for add-ins and settings on Windows, macOS and Linux."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = "opsbook"  # what the macros call themselves: the name of their settings file too
_MAC_EXCEL = "Library/Containers/com.microsoft.Excel/Data"


def _registry(hive: str, key: str) -> dict[str, Any]:
    """The values of a key of Windows' registry (``HKCU`` or ``HKLM``); none where there is no such key, or no Windows."""
    if sys.platform != "win32":
        return {}
    import winreg

    root = winreg.HKEY_CURRENT_USER if hive == "HKCU" else winreg.HKEY_LOCAL_MACHINE
    try:
        with winreg.OpenKey(root, key) as opened:
            return {name: value for name, value, _ in (winreg.EnumValue(opened, n) for n in range(winreg.QueryInfoKey(opened)[1]))}
    except OSError:
        return {}


@dataclass(frozen=True)
class Machine:
    """The machine at hand, or one made up for a test: the platform as Python calls it, the user's home, the environment."""

    platform: str = sys.platform
    home: Path = field(default_factory=Path.home)
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    python: str = sys.executable
    ansi: str = "mbcs" if sys.platform == "win32" else "utf-8"  # how Excel's macros read the letters of a file: the code page of Windows
    registry: Callable[[str, str], Mapping[str, Any]] = _registry  # hive and key → the values there

    @property
    def has_excel(self) -> bool:
        """Whether Excel can be on such a machine at all."""
        return self.platform in ("win32", "darwin")

    @property
    def startup(self) -> Path:
        """The folder whose add-ins Excel opens when it starts."""
        if self.platform == "win32":
            return Path(self.env.get("APPDATA") or self.home / "AppData/Roaming") / "Microsoft/Excel/XLSTART"
        return self.home / "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"

    @property
    def xlam(self) -> Path:
        """Where our add-in lies."""
        return self.startup / "opsbook.xlam"

    @property
    def settings(self) -> Path:
        """The file from which the macros learn which Python to run: theirs alone (GetConfigFilePath of the module)."""
        return self.home / _MAC_EXCEL / f"{PROJECT}.conf" if self.platform == "darwin" else self.home / f".{PROJECT}/{PROJECT}.conf"

    @property
    def xlwings_settings(self) -> Path:
        """The file of xlwings itself, in which opsbook 0.1 wrote."""
        return self.home / _MAC_EXCEL / "xlwings.conf" if self.platform == "darwin" else self.home / ".xlwings/xlwings.conf"

    @property
    def interpreter_key(self) -> str:
        """What that file calls the Python."""
        return "INTERPRETER_MAC" if self.platform == "darwin" else "INTERPRETER_WIN"

    @property
    def script(self) -> Path:
        """The script behind RunPython, where Excel for Mac looks for it."""
        return self.home / "Library/Application Scripts/com.microsoft.Excel/opsbook.applescript"

    @property
    def office_profile(self) -> Path:
        """The user's profile of LibreOffice."""
        if self.platform == "win32":
            return Path(self.env.get("APPDATA") or self.home / "AppData/Roaming") / "LibreOffice/4"
        if self.platform == "darwin":
            return self.home / "Library/Application Support/LibreOffice/4"
        return Path(self.env.get("XDG_CONFIG_HOME") or self.home / ".config") / "libreoffice/4"

    @property
    def soffice(self) -> str | None:
        """The program LibreOffice, if it is there."""
        usual = ("C:/Program Files/LibreOffice/program/soffice.exe", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
        return shutil.which("soffice") or shutil.which("libreoffice") or next((p for p in usual if Path(p).exists()), None)
