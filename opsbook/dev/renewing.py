"""Renewing: every file of the repository that is made from the declarations, made anew; what changed in it, in words."""

import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from opsbook import jobs
from opsbook.actions import stubs
from opsbook.addin import functions
from opsbook.grammar import LANGS
from opsbook.hosts import file
from opsbook.sheets import catalog

ROOT = Path(__file__).parents[2]
REGISTERS = "<!-- registers: made by opsbook dev renew -->", "<!-- /registers -->"
_SHOWN = 3  # differences that are told of a file, the rest is counted


@dataclass(frozen=True)
class Artefact:
    """A file that is made from others."""

    path: Path
    data: bytes  # as it is to be

    @property
    def change(self) -> str:
        """What would change in it, in words; '' if it is as it is to be."""
        if not self.path.exists():
            return "new"
        former = self.path.read_bytes()
        if former == self.data:
            return ""
        return _of_workbooks(former, self.data) if self.path.suffix == ".xlsx" else _of_texts(former.decode(), self.data.decode())


#: What belongs together is made together: name → how it is made in an empty folder.
GROUPS: dict[str, Callable[[Path], Iterator[Artefact]]] = {}


def _group(make: Callable[[Path], Iterator[Artefact]]) -> Callable[[Path], Iterator[Artefact]]:
    GROUPS[make.__name__] = make
    return make


@_group
def texts(folder: Path) -> Iterator[Artefact]:
    """The columns for mypy, the worksheet functions for VBA and xlwings Lite, the registers in the README."""
    yield Artefact(ROOT / "opsbook/columns.pyi", stubs.text(catalog()).encode())
    yield Artefact(ROOT / "macros/udfs.bas", functions.bas().encode())
    yield Artefact(ROOT / "macros/lite.py", functions.lite().encode())
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(REGISTERS[0])
    names = " · ".join(f"{sheet.tab.en} {sheet.tab.zh}".replace(" ", "\xa0") for sheet in catalog().sheets.values())
    lines = textwrap.fill(names, 100).replace("\xa0", " ")
    yield Artefact(readme, f"{before}{REGISTERS[0]}\n{lines}.\n{REGISTERS[1]}{rest.partition(REGISTERS[1])[2]}".encode())


@_group
def templates(folder: Path) -> Iterator[Artefact]:
    """The blank workbook in both languages."""
    for lang in LANGS:
        jobs.new(folder / "new.xlsx", lang=lang, sheets="core")
        yield Artefact(ROOT / f"workbooks/template_{lang}.xlsx", (folder / "new.xlsx").read_bytes())


@_group
def demo(folder: Path) -> Iterator[Artefact]:
    """The demo centre, refreshed too, with the list of its planted faults."""
    jobs.demo(folder, "zh", refreshed=True)
    for name in ("demo.xlsx", "demo_refreshed.xlsx", "demo_faults.json"):
        yield Artefact(ROOT / "workbooks" / name, (folder / name).read_bytes())


@_group
def second_centre(folder: Path) -> Iterator[Artefact]:
    """The second centre."""
    yield Artefact(ROOT / "workbooks/second_centre.xlsx", jobs.second(folder / "second_centre.xlsx").read_bytes())


@_group
def forms(folder: Path) -> Iterator[Artefact]:
    """The templates of documents."""
    for path in jobs.forms(folder):
        yield Artefact(ROOT / "workbooks/forms" / path.name, path.read_bytes())


def stale(*groups: str) -> Iterator[tuple[Artefact, str]]:
    """The files that are not as the declarations of today make them, each with what would change."""
    for name in groups or GROUPS:
        with tempfile.TemporaryDirectory(prefix="opsbook-") as folder:
            yield from ((made, change) for made in GROUPS[name](Path(folder)) if (change := made.change))


def renew(*groups: str) -> Iterator[tuple[Path, str]]:
    """Write them; each file that changed, and what changed in it."""
    for made, change in stale(*groups):
        file.write(made.path, made.data)
        yield made.path, change


def _of_texts(former: str, now: str) -> str:
    before, after = former.splitlines(), now.splitlines()
    gone, new = set(before) - set(after), set(after) - set(before)
    return _told([*(f"− {line.strip()}" for line in before if line in gone), *(f"+ {line.strip()}" for line in after if line in new)]) or "the order of its lines"


def _of_workbooks(former: bytes, now: bytes) -> str:
    """Sheets, columns and cells that differ; where none does it is looks."""
    before, after = _sheets(former), _sheets(now)
    told = [*(f"sheet {name} new" for name in after if name not in before), *(f"sheet {name} gone" for name in before if name not in after)]
    for name in (name for name in after if name in before):
        told += _of_sheets(name, before[name], after[name])
    return _told(told) or "looks only: formats, dropdowns, hints, charts or print set-up"


def _sheets(package: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(package))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _of_sheets(name: str, before: list[list[Any]], after: list[list[Any]]) -> Iterator[str]:
    """Headers that came and went, each once; cells where the columns are the same."""
    row = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if {*one} != {*other}), None)
    if row is None and len(before) == len(after):
        yield from ([f"{name}: the order of cells in a row"] if before != after else [])
    elif row is not None and len(before[row]) != len(after[row]):
        yield from (f"{name}: “{v}” new" for v in after[row] if v != "" and v not in before[row])
        yield from (f"{name}: “{v}” gone" for v in before[row] if v != "" and v not in after[row])
    elif len(before) != len(after):
        yield f"{name}: {len(after)} rows, were {len(before)}"
    else:
        cells = [(one, other) for a, b in zip(before, after, strict=True) for one, other in zip(a, b, strict=False) if one != other]
        yield f"{name}: {len(cells)} cells, first “{cells[0][0]}” → “{cells[0][1]}”"


def _told(lines: list[str]) -> str:
    more = f"; and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "; ".join(line[:160] for line in lines[:_SHOWN]) + more
