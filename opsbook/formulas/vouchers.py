"""Vouchers: by what two lines are known to rest on the same one (DECISIONS 10.7)."""

import pandas as pd
from pandas import Series

from opsbook.formulas.lookup import blank, folded, matches

#: The columns of a line by which its voucher is known; texts as :func:`opsbook.grammar.former.texts` writes them.
KNOWN_BY = ("voucher_type", "invoice_no", "invoice_code", "seller_name", "invoice_date", "total_amount", "employee_id", "exp_type", "start_on")
PAPER = ("ticket", "fiscal", "receipt")


def invoice_of(numbers: Series, codes: Series) -> Series:
    """By what each line's invoice is known: its 20 digits whatever stands in the code column, else its code and number together; blank where
    neither is whole. Texts in, texts out (categories).

    >>> texts = [Series(t, dtype="category") for t in (["26112000000012345678", "00001234", "7"], ["-", "1100224130", None])]
    >>> list(invoice_of(*texts))
    ['26112000000012345678', '1100224130 00001234', nan]
    """
    whole = matches(numbers, "[0-9]{20}")
    by_code = ~whole & ~blank(numbers, codes)
    found = numbers.where(whole)
    if by_code.any():
        found = found.astype(object)
        found[by_code] = codes[by_code].astype(str) + " " + numbers[by_code].astype(str)
        found = found.astype("category")
    return found


def receipt_of(lines: pd.DataFrame) -> Series:
    """By what a voucher of paper is known that has no whole number: its seller, date and amount; where a ticket has neither number nor seller, who
    went when, for what type and amount. ``lines`` are the :data:`KNOWN_BY` columns as texts ('' for a blank); so is what is found."""
    seller = folded(lines["seller_name"].where(lines["seller_name"] != "").astype("category")).astype(object).fillna("")
    named = _joined(lines, seller, "invoice_date", "total_amount")
    bare = (lines["voucher_type"] == "ticket") & (lines["invoice_no"] == "") & (seller == "")
    ridden = _joined(lines, lines["employee_id"], "start_on", "total_amount", "exp_type")
    return named.where(~bare, ridden).where(lines["voucher_type"].isin(PAPER), "")


def paper_of(lines: pd.DataFrame) -> Series:
    """What :func:`receipt_of` gives, but '' for a line whose invoice is known by its number."""
    numbers, codes = (lines[name].where(lines[name] != "").astype("category") for name in ("invoice_no", "invoice_code"))
    return receipt_of(lines).where(invoice_of(numbers, codes).isna().to_numpy(), "")


def _joined(lines: pd.DataFrame, first: Series, *names: str) -> Series:
    """Several texts as one; '' where one of them is blank."""
    whole, filled = first, first != ""
    for name in names:
        whole, filled = whole + " " + lines[name], filled & (lines[name] != "")
    return whole.where(filled, "")
