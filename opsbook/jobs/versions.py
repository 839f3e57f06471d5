"""Versions: whether a workbook under another name is the next version of an accepted one."""

import pandas as pd

from opsbook.grammar import Sheet
from opsbook.grammar.former import Rows
from opsbook.sheets import catalog


def mostly(rows: Rows, before: Rows) -> bool:
    """Whether most of the records ``before`` stand among some rows again: each with its number, and with its invoice, else its day and amount
    (DECISIONS 10.7)."""
    again = sum(_again(catalog().sheets[key], rows[key], table) for key, table in before.items() if key in rows and key in catalog().sheets)
    return again * 2 > sum(len(table) for table in before.values())


def _again(sheet: type[Sheet], rows: pd.DataFrame, before: pd.DataFrame) -> int:
    """How many records of a sheet stand there again."""
    both = before.index.intersection(rows.index)
    names = [name for name in before if name in rows and name != sheet.id]
    was, now = before.loc[both, names], rows.loc[both, names]
    equal = was == now
    money = [name for name in names if sheet.columns[name].kind.name == "money"][:1] if sheet.columns else []
    asked = [name for name in (sheet.dated_by, *money) if name in names]
    alike = equal[asked].all(axis=1) if asked else equal.mean(axis=1) >= 0.5
    if "invoice_no" in names:
        alike = equal["invoice_no"].where(was["invoice_no"] != "", alike)
    return int(alike.sum())
