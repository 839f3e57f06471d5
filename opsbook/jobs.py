"""Jobs: one action on one workbook, with our sheets and any host."""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.actions import check, governing, load
from opsbook.grammar import Book, Findings, Policy, Tab
from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.workings import Workings
from opsbook.hosts import file
from opsbook.sheets import catalog


@dataclass(frozen=True)
class Reference:
    """The centre's own workbook: it is read and governs, and is not judged."""

    tabs: dict[str, Tab]

    @classmethod
    def read(cls, path: Path) -> "Reference":
        """Read a reference workbook; an :class:`UnreadableFile` if it cannot be."""
        loaded = load.book(file.grids(file.read(path)), catalog())
        return cls(loaded.book.tabs)


@dataclass(frozen=True)
class Result:
    """What validating one workbook came to."""

    path: str
    sha256: str
    findings: Findings
    book: Book
    policy: Policy
    today: date


def validate(path: Path, *, as_of: date | None = None, policy: Reference | None = None, reference: Reference | None = None,
             complete: bool = False, select: Callable[[str], bool] = lambda rule: True,
             progress: Callable[[str], None] | None = None) -> Result:  # fmt: skip
    """Validate a workbook on disk.

    ``as_of`` is the status date (else Policy ``org.status_date``, else today in Policy ``org.timezone``). With
    ``policy`` or ``reference`` the workbook's own Policy sheet does not govern. An :class:`UnreadableFile` is raised
    for a file that cannot be judged.
    """
    with _no_collection():
        return _validated(path, as_of, policy, reference, complete, select, progress)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of cells are made and none is part of a cycle: collecting garbage among them only costs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _validated(path: Path, as_of: date | None, policy: Reference | None, reference: Reference | None, complete: bool,
               select: Callable[[str], bool], progress: Callable[[str], None] | None) -> Result:  # fmt: skip
    data = file.read(path)
    loaded = load.book(file.grids(data), catalog(), file=str(path))
    book = loaded.book
    if not book.tabs:
        raise UnreadableFile("FIL-004", _no_register(loaded))
    governed = policy or reference
    sheet = governed.tabs.get("policy") if governed else book.tabs.get("policy")
    in_force = governing.policy_of(sheet, catalog(), date.today())
    in_force.today = as_of or governing.status_date(in_force, datetime.now(ZoneInfo(in_force("org.timezone"))).date())
    book.reference = dict(reference.tabs) if reference else {}
    workings = Workings(book, catalog(), in_force, in_force.today)
    found = check.findings(workings, loaded.faults, complete=complete, select=select, progress=progress)
    return Result(str(path), hashlib.sha256(data).hexdigest(), found, book, in_force, in_force.today)


def _no_register(loaded: load.Loaded) -> Any:
    from opsbook.grammar import Text

    if loaded.headless:
        names = ", ".join(loaded.headless)
        return Text(f"No header was found within the first {load.HEADER_WITHIN} rows of {names}",
                    f"“{names}”前 {load.HEADER_WITHIN} 行内未找到表头")  # fmt: skip
    names = ", ".join(s.tab.en for s in catalog().sheets.values())
    named = "、".join(s.tab.zh for s in catalog().sheets.values())
    return Text(f"No sheet is a register: there is none named {names}", f"没有登记表：未见名为{named}的工作表")


def policy_records(lang: str = "zh", given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a fresh Policy sheet: every key with its shipped value, or the given one."""
    given = given or {}
    rows = []
    for key in catalog().keys.values():
        about = key.meaning.zh if lang == "zh" else key.meaning.en
        sample = ("（示例，请按本单位规定修改）" if lang == "zh" else " (sample: replace by your own)") if key.sample else ""
        unit = key.unit.zh if lang == "zh" else key.unit.en
        value = given.get(key.name, key.default)
        rows.append({"policy_key": key.name, "value": float(value) if isinstance(value, int) else value, "unit": unit,
                     "applies_to": "*", "what_it_does": about + sample, "status": "√"})  # fmt: skip
    return rows
