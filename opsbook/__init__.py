"""opsbook: an operations centre's workbooks, validated, scored and summarised, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from os import PathLike
    from pathlib import Path

    from opsbook.grammar import Findings, Lang
    from opsbook.state import Store

__version__ = "0.1.0"
__all__ = ["refresh", "template", "validate"]


def validate(path: str | PathLike[str], *, as_of: date | None = None, reference: str | PathLike[str] | None = None,
             policy: str | PathLike[str] | None = None, complete: bool = False, ledger: Store | None = None,
             submitter: str = "") -> Findings:  # fmt: skip
    """What is wrong with a workbook on disk, in the order of tab, row, column, rule.

    ``as_of`` is the status date (else Policy ``org.status_date``, else today); ``reference`` and ``policy`` are the
    centre's workbooks, which govern where they are given; ``complete`` runs the rules of the whole centre too. With a ``ledger``
    (:class:`opsbook.state.ledger.Ledger`) the workbook is compared with what was accepted before, and accepted if it is
    without errors; ``submitter`` is the employee number of who hands it in.
    Raises :class:`opsbook.grammar.grid.UnreadableFile` for a file that cannot be judged.
    """
    from pathlib import Path

    from opsbook import jobs

    centre, values = (jobs.Reference.read(Path(p)) if p is not None else None for p in (reference, policy))
    return jobs.validate(Path(path), as_of=as_of, policy=values, reference=centre, complete=complete, ledger=ledger,
                         submitter=submitter).findings  # fmt: skip


def refresh(path: str | PathLike[str], *, out: str | PathLike[str] | None = None, in_place: bool = False, as_of: date | None = None,
            complete: bool = False, ledger: Store | None = None) -> Path:  # fmt: skip
    """Work the figures of a workbook out, fill its computed columns and rebuild its summary sheets; the path that was written.

    Everything else in the package stays byte for byte. It is written beside the workbook (``*_refreshed.xlsx``), to ``out``, or
    ``in_place``; what stood there is kept as ``*.bak``. ``complete``: it is the whole centre's book, the centre's rules run too.
    Raises :class:`opsbook.grammar.grid.UnreadableFile` for a file that cannot be read, or not be changed safely.
    """
    from pathlib import Path

    from opsbook import jobs

    done = jobs.refresh(Path(path), as_of=as_of, complete=complete, ledger=ledger)
    return jobs.put(done, Path(path), Path(out) if out is not None else None, in_place=in_place)[0]


def template(path: str | PathLike[str], *, lang: Lang = "zh", sheets: str = "core", role: str = "clerk", department: str = "") -> None:
    """Draw a blank workbook; a ValueError in both languages for a sheet, role or department that does not exist."""
    from pathlib import Path

    from opsbook import jobs

    jobs.new(Path(path), lang=lang, sheets=sheets, role=role, department=department)
