"""Settings: ``xlwings.conf``, a file of lines ``"KEY","VALUE"``. A blank line in it stops xlwings' macros, so none is left there."""

import csv
import io
from pathlib import Path

from opsbook.hosts import file


def read(path: Path) -> dict[str, str]:
    """Key → value, in order; nothing where there is no file."""
    if not path.exists():
        return {}
    rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
    return {row[0].strip().upper(): row[1].strip() for row in rows if len(row) >= 2}


def faults(path: Path) -> list[int]:
    """The numbers of lines that xlwings' macros stumble over: blank ones, and those that are no pair."""
    lines = path.read_text("utf-8-sig").splitlines() if path.exists() else []
    return [number for number, line in enumerate(lines, 1) if len(next(csv.reader([line]), [])) != 2]


def write(path: Path, values: dict[str, str]) -> None:
    """Write the file whole; what stood there is kept beside it."""
    if path.exists():
        path.with_suffix(".conf.bak").write_bytes(path.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(values.items())
    file.write(path, out.getvalue().encode())
