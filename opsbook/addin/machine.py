"""Machine: where programs look for add-ins and settings on Windows, macOS and Linux."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

_MAC_EXCEL = "Library/Containers/com.microsoft.Excel/Data"


@dataclass(frozen=True)
class Machine:
    """The machine at hand, or one made up for a test: the platform as Python calls it, the user's home, the environment."""

    platform: str = sys.platform
    home: Path = field(default_factory=Path.home)
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    python: str = sys.executable

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
        """The file from which xlwings' macros learn which Python to run."""
        return self.home / _MAC_EXCEL / "xlwings.conf" if self.platform == "darwin" else self.home / ".xlwings/xlwings.conf"

    @property
    def interpreter_key(self) -> str:
        """What that file calls the Python."""
        return "INTERPRETER_MAC" if self.platform == "darwin" else "INTERPRETER_WIN"

    @property
    def script(self) -> Path:
        """Where Excel for Mac looks for the script behind RunPython."""
        return self.home / "Library/Application Scripts/com.microsoft.Excel"

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
