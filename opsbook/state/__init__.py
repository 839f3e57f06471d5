"""Where the last accepted state is kept: a ledger for submitted workbooks, a very hidden sheet for people who work in Excel.

Both answer the same questions: what a workbook said when it was last accepted, how that is to be kept from now on, what became
of its records since, and what its figures were in the months before.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from opsbook.grammar.former import Figures, Former, Identify, Rows


class Store(Protocol):
    """What keeps accepted states. ``source`` is whose state: the name of the workbook that is handed in again and again."""

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state of a source."""

    def others(self, source: str, sought: Mapping[str, Mapping[str, Collection[str]]]) -> Rows:
        """The accepted records of other sources that have one of the values sought (sheet → column → values), with a column ``source``."""

    def known(self, targets: Collection[str]) -> Mapping[str, Collection[str]]:
        """What accepted records have in the columns that references name (``employees.employee_id``)."""

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str, identify: Identify | None = None) -> int:
        """Keep a state as the last accepted one; the number of records that changed. ``identify`` says what identifies records to other workbooks."""

    def log(self, source: str) -> list[list[str]]:
        """What became of records from one accepted state to the next: day, submitter, sheet, record, changes; oldest first."""

    def figures(self, source: str) -> Figures:
        """Past figures by month."""

    def remember(self, source: str, month: str, figures: Mapping[str, float]) -> None:
        """Keep the figures of a month, over those that it had."""
