"""Jobs: one action on one workbook, with our sheets and any host. Each room is opened when something of it is first named: a command that
validates does not pay for those that draw."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsbook.jobs.annotating import Copy, Places, annotated
    from opsbook.jobs.consolidating import Consolidated, consolidated, errors_by_sheet, rows_of
    from opsbook.jobs.demonstrating import demo, second
    from opsbook.jobs.documenting import Document, document, forms, summaries
    from opsbook.jobs.drawing import new, policy_records
    from opsbook.jobs.explaining import explain, guide, nearest_of
    from opsbook.jobs.judging import (
        Reference,
        Result,
        about_file,
        compared,
        fingerprint,
        states,
        states_of,
        unreadable,
        validate,
    )
    from opsbook.jobs.refreshing import Refreshed, put, refresh
    from opsbook.jobs.ruling import Checked, checked
    from opsbook.jobs.trying import Tried, difference, told
    from opsbook.jobs.versions import mostly
    from opsbook.sheets import catalog

_ROOMS = {
    "opsbook.jobs.annotating": ("Copy", "Places", "annotated"),
    "opsbook.jobs.consolidating": ("Consolidated", "consolidated", "errors_by_sheet", "rows_of"),
    "opsbook.jobs.demonstrating": ("demo", "second"),
    "opsbook.jobs.documenting": ("Document", "document", "forms", "summaries"),
    "opsbook.jobs.drawing": ("new", "policy_records"),
    "opsbook.jobs.explaining": ("explain", "guide", "nearest_of"),
    "opsbook.jobs.judging": ("Reference", "Result", "about_file", "compared", "fingerprint", "states", "states_of", "unreadable", "validate"),
    "opsbook.jobs.refreshing": ("Refreshed", "put", "refresh"),
    "opsbook.jobs.ruling": ("Checked", "checked"),
    "opsbook.jobs.trying": ("Tried", "difference", "told"),
    "opsbook.jobs.versions": ("mostly",),
    "opsbook.sheets": ("catalog",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["Checked", "Consolidated", "Copy", "Document", "Places", "Reference", "Refreshed", "Result", "Tried", "about_file", "annotated",
           "catalog", "checked", "compared", "consolidated", "demo", "difference",
           "document", "errors_by_sheet", "explain", "fingerprint", "forms", "guide", "mostly",
           "nearest_of", "new",
           "policy_records", "put", "refresh", "rows_of", "second", "states", "states_of", "summaries", "told", "unreadable", "validate"]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_ROOM_OF[name]), name)
    return found
