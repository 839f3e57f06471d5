"""Ruling: what the lists, columns, rules, figures and tables of a centre's own come to on its workbook."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from opsbook.actions.extending import OWN
from opsbook.actions.reader import show_raw
from opsbook.grammar import Finding, Text
from opsbook.jobs.judging import GOVERNED_BY, Result, validate


@dataclass(frozen=True)
class Checked:
    """One row of these sheets: where it stands, what it is called, and what checking it came to."""

    sheet: str
    row: int
    name: str
    said: Text


def checked(path: Path) -> tuple[list[Checked], tuple[Finding, ...]]:
    """What every row that says something of a centre's own came to, and the faults among them.

    An :class:`opsbook.grammar.grid.UnreadableFile` says why a workbook cannot be read.
    """
    result = validate(path, select=lambda rule: rule in GOVERNED_BY or rule.startswith("GEN-"))
    own = {tab.name for key, tab in result.book.tabs.items() if key in OWN or key == "policy"}
    return list(_rows(result)), tuple(f for f in result.findings.errors if f.sheet in own)


def _rows(result: Result) -> Iterator[Checked]:
    workings = result.workings
    for key, rows in workings.catalog.checks.items():
        tab = result.book.tabs.get(key)
        for number, check in sorted(rows.items()) if tab else ():
            assert tab is not None
            yield Checked(tab.name, number, show_raw(tab.cell(tab.sheet.id, number)), check(workings))
