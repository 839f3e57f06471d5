"""Where the last accepted state is kept: a ledger for submitted workbooks, a very hidden sheet for people who work in Excel.

Both answer the same two questions: what a workbook said when it was last accepted, and how that is to be kept from now on.
"""

from typing import Protocol

from opsbook.grammar.former import Former, Rows


class Store(Protocol):
    """What keeps accepted states. ``source`` is whose state: the name of the workbook that is handed in again and again."""

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state of a source, and the accepted records of all others."""

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str) -> int:
        """Keep a state as the last accepted one; the number of records that changed."""
