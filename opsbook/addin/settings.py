"""Settings: ``opsbook.conf``, a file of lines ``"KEY","VALUE"`` from which the macros read. A blank line in it stops them, so none is left there.

Macros read a file by the code page of Windows, whatever its bytes say: it is written so.
"""

import csv
import io
from pathlib import Path

from opsbook.hosts import file


def read(path: Path, encoding: str) -> dict[str, str]:
    """Key → value, in order; nothing where there is no file."""
    rows = csv.reader(io.StringIO(_said(path, encoding)))
    return {row[0].strip().upper(): row[1].strip() for row in rows if len(row) >= 2}


def faults(path: Path, encoding: str) -> list[int]:
    """The numbers of lines that the macros stumble over: blank ones, and those that are no pair."""
    lines = _said(path, encoding).splitlines()
    return [number for number, line in enumerate(lines, 1) if len(next(csv.reader([line]), [])) != 2]


def _said(path: Path, encoding: str) -> str:
    return path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff") if path.exists() else ""


def write(path: Path, values: dict[str, str], encoding: str) -> None:
    """Write the file whole; what stood there is kept beside it."""
    if path.exists():
        path.with_suffix(".conf.bak").write_bytes(path.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(values.items())
    file.write(path, out.getvalue().encode(encoding))
