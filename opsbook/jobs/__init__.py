"""Jobs: one action on one workbook, with our sheets and any host."""

from opsbook.jobs.annotating import Copy, Places, annotated
from opsbook.jobs.consolidating import Consolidated, consolidated, errors_by_sheet, rows_of
from opsbook.jobs.demonstrating import demo, second
from opsbook.jobs.documenting import Document, document, forms, summaries
from opsbook.jobs.drawing import new, policy_records
from opsbook.jobs.explaining import explain, guide, nearest_of
from opsbook.jobs.judging import (
           Reference,
           Result,
           across,
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
from opsbook.sheets import catalog

__all__ = ["Checked", "Consolidated", "Copy", "Document", "Places", "Reference", "Refreshed", "Result", "Tried", "across", "annotated",
           "catalog", "checked", "compared", "consolidated", "demo", "difference",
           "document", "errors_by_sheet", "explain", "fingerprint", "forms", "guide",
           "nearest_of", "new",
           "policy_records", "put", "refresh", "rows_of", "second", "states", "states_of", "summaries", "told", "unreadable", "validate"]  # fmt: skip
