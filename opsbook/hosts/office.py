"""LibreOffice, where it is found: workbooks become PDF."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_USUAL = ("C:/Program Files/LibreOffice/program/soffice.exe", "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
          "/Applications/LibreOffice.app/Contents/MacOS/soffice", "/usr/bin/soffice", "/usr/lib/libreoffice/program/soffice")  # fmt: skip
LONGEST = 180  # seconds


class NoOffice(RuntimeError):  # noqa: N818  (what is missing, not what went wrong)
    """There is no LibreOffice, or it did not do its work; the sentence says so in both languages."""


def program() -> str | None:
    """The path of LibreOffice, None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or next((p for p in _USUAL if Path(p).exists()), None)


def as_pdf(data: bytes, name: str = "document") -> bytes:
    """A workbook's bytes as PDF; :class:`NoOffice` where that cannot be."""
    soffice = program()
    if soffice is None:
        raise NoOffice("PDF is made by LibreOffice, which was not found: install it, or ask for .xlsx. 生成 PDF 需要 LibreOffice，未找到：请安装或改用 .xlsx。")
    with tempfile.TemporaryDirectory(prefix="opsbook") as folder:
        source = Path(folder) / f"{name}.xlsx"
        source.write_bytes(data)
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"  # beside a LibreOffice that is open
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows
        try:
            subprocess.run([soffice, profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", folder, str(source)], check=True,
                           capture_output=True, timeout=LONGEST, env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"}, creationflags=flags)  # fmt: skip
            return source.with_suffix(".pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as fault:
            raise NoOffice(f"LibreOffice did not make the PDF ({type(fault).__name__}): ask for .xlsx. LibreOffice 未能生成 PDF，请改用 .xlsx。") from None
