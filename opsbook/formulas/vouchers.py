"""Vouchers: by what two lines are known to rest on the same one, and what is wrong where they do (EXP-004, DECISIONS 10.7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas import Series

from opsbook.formulas.lookup import blank, doubled, folded, matches, twins
from opsbook.grammar import WARNING, Breach, Breaches, Text
from opsbook.grammar.former import Former, texts
from opsbook.grammar.workings import Workings

if TYPE_CHECKING:
    from opsbook.columns import Expenses

#: The columns of a line by which its voucher is known; texts as :func:`opsbook.grammar.former.texts` writes them.
KNOWN_BY = ("invoice_no", "voucher_type", "invoice_code", "seller_name", "invoice_date", "total_amount", "employee_id", "exp_type", "start_on")
CENTRE = "the centre's workbook"
_SAME_SELLER = Text("The same seller, date and amount as {other}", "销售方、日期、金额与 {other} 相同")
_SAME_RIDE = Text("The same person, type, day and amount as {other}, and neither voucher has a number or a seller",
                  "报销人、类型、日期、金额与 {other} 相同，且均无号码和销售方")  # fmt: skip
_SHARED = Text("The lines of invoice {no} say different things of it: {column} is not what {other} says",
               "发票 {no} 各行所填不一致：{column}与 {other} 不同")  # fmt: skip
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


def shared(live: Expenses, invoice: Series) -> Breaches:
    """Lines that share an invoice: of several claims, or of one."""
    rows = live[doubled(invoice)]
    if not len(rows):
        return
    key = invoice[rows.index].astype(object)
    again: Any = twins(rows, key)
    again = again.assign(no=again.invoice_no)
    lines = rows.to_frame("claim_id", "total_amount", "net_amount", "tax_amount", "claim_amount").astype({"claim_id": object})
    claim = lines["claim_id"].where(lines["claim_id"].notna(), lines.index.to_series())  # lines without a claim are claims of their own
    together = lines.groupby(key.to_numpy(), sort=False)
    of_one = claim.groupby(key.to_numpy(), sort=False).transform("nunique") == 1
    yield again[~of_one]
    told = ~of_one
    seller, day = folded(rows.seller_name).astype(object), rows.invoice_date
    unlike = {name: (lines[name] - together[name].transform("first")).abs() > 0.005 for name in ("total_amount", "net_amount", "tax_amount")}
    for name, said in (("seller_name", seller), ("invoice_date", day)):  # one invoice has one seller and one day
        unlike[name] = said.notna() & (said != said.groupby(key.to_numpy(), sort=False).transform("first"))
    for name, odd in unlike.items():
        yield Breach(again[odd & ~told], at=name, message=_SHARED, values={"column": rows.sheet.columns[name].header},
                     fix=Text("Every line of an invoice repeats the invoice's whole amounts; its share is what it claims.",
                              "共用发票的各行均填全票金额，本行份额填报销金额。"))  # fmt: skip
        told |= Series(odd.groupby(key.to_numpy()).transform("any"), index=rows.index)
    total = together["claim_amount"].transform("sum")
    yield Breach(again.assign(total=total)[(total > lines["total_amount"] + 0.005) & ~told],
                 message=Text("Invoice {no} stands on {other} too: together its lines claim {total:money} of {total_amount}",
                              "发票 {no} 与 {other} 共用，合计报销 {total:money}，超过价税合计 {total_amount}"),
                 fix=Text("Delete the double claim, or claim on each line its share of the invoice.", "删除重复报销，或各行只报销发票的相应份额。"))  # fmt: skip


def elsewhere(live: Expenses, invoice: Series, book: Workings, former: Former) -> Breaches:
    """Lines whose invoice another accepted workbook or the centre's own claims, or is that of an asset; each is told of one of them."""
    for theirs, keys, message in _known_elsewhere(book, former):
        breach = _taken(live, invoice, theirs, keys, message, itself=live.expense_id if "itself" in theirs else None)
        yield breach
        untold = ~live.index.isin(breach.rows.index if breach.rows else ())
        live, invoice = live[untold], invoice[untold]


def _known_elsewhere(book: Workings, former: Former) -> Iterator[tuple[pd.DataFrame, Series, Text]]:
    """Records that claim or bought something: where each stands (``source``) by its number, its invoice, and what is said of one that is claimed again.
    With ``itself`` they may be the rows at hand."""
    claimed = Text("Invoice {no} already claimed on {other}", "发票 {no} 已在 {other} 报销")
    bought = Text("Invoice {no} is also that of asset {other}: the money would count twice", "发票 {no} 已登记为资产 {other}，金额将重复计入")
    if "expenses" in former.others:
        theirs = _live(former.others["expenses"])
        numbers, codes = (theirs[name].where(theirs[name] != "").astype("category") for name in ("invoice_no", "invoice_code"))
        yield theirs, invoice_of(numbers, codes), claimed
    if "expenses" in book.book.reference:
        centre = book.frame("expenses").live
        theirs = pd.DataFrame({"source": CENTRE, "itself": True}, index=texts(centre.column("expense_id")).to_numpy())
        yield theirs, invoice_of(centre.column("invoice_no"), centre.column("invoice_code")), claimed
    if "assets" in former.others:
        theirs = former.others["assets"]
        yield theirs, theirs["invoice_no"].where(theirs["invoice_no"].str.len() == 20), bought
    if book.has("assets"):
        assets = book.frame("assets", "expenses")
        numbers = assets.column("invoice_no")
        theirs = pd.DataFrame({"source": ""}, index=texts(assets.column("asset_id")).to_numpy())
        yield theirs, numbers.where(matches(numbers, "[0-9]{20}")), bought


def _live(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["status"].isin(["rejected", "cancelled"])]


def _taken(live: Expenses, keys: Series, theirs: pd.DataFrame, their_keys: Series, message: Text, itself: Series | None = None) -> Breach:
    """The rows whose key another record has. ``theirs`` holds where each stands (``source``) by its number; ``itself`` are the numbers of the rows, where
    the same records may stand in both."""
    known = pd.DataFrame({"key": their_keys.astype(object).to_numpy(), "record": theirs.index, "source": theirs["source"].to_numpy()})
    known = known[known["key"].notna() & (known["key"] != "")].drop_duplicates("key").set_index("key")
    found = known.reindex(pd.Index(keys.astype(object))).set_axis(live.index)
    taken = found["record"].notna() & keys.notna()
    if itself is not None:
        taken &= found["record"] != itself.astype(object)
    rows, found = live[taken], found[taken]
    other = [_at(record, source) for record, source in zip(found["record"], found["source"], strict=True)]
    return Breach(rows.assign(no=rows.column("invoice_no"), other=other), message=message)


def _at(record: str, source: str) -> Text:
    """Where another record stands, in words."""
    if not source:
        return Text(record, record)
    return Text(f"{record} in {source}", f"{'中心工作簿' if source == CENTRE else source} 的 {record}")


def alike(paper: Expenses, former: Former) -> Breaches:
    """Vouchers without a whole number that may be the same one."""
    if not len(paper):
        return
    lines = pd.DataFrame({name: texts(paper.column(name)) for name in KNOWN_BY})
    key = receipt_of(lines)
    key = key.where(key != "")
    ride = blank(paper.seller_name)
    again: Any = twins(paper, key)
    numbers, claims = (paper.column(n)[again.index].astype(object) for n in ("invoice_no", "claim_id"))
    by = key[again.index].to_numpy()
    other_numbers = numbers.groupby(by).transform("nunique") == Series(by, index=again.index).groupby(by).transform("size")
    yield Breach(again[~ride[again.index] & ~other_numbers], at="seller_name", severity=WARNING, message=_SAME_SELLER)
    yield Breach(again[ride[again.index] & (claims.groupby(by).transform("nunique") > 1)], at="total_amount", severity=WARNING, message=_SAME_RIDE)
    if "expenses" in former.others:
        theirs = _live(former.others["expenses"])
        for mine, at, message in ((~ride, "seller_name", _SAME_SELLER), (ride, "total_amount", _SAME_RIDE)):
            taken = _taken(paper[mine], key[mine], theirs, paper_of(theirs), message)
            yield replace(taken, at=at, severity=WARNING)
