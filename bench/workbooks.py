"""Large, believable workbooks for the benchmarks: the demo centre's expense lines over and over, each block with people,
claims and invoices of its own, so that every rule has its full work; about 1 % of the lines carry a fault.

    python bench/workbooks.py 100000 /tmp/expenses-100k.xlsx
"""

import sys
from datetime import date, datetime
from itertools import product
from pathlib import Path
from string import ascii_uppercase

import xlsxwriter

from opsbook import jobs
from opsbook.demo import centre
from opsbook.sheets import catalog

#: Left out to come to 36 columns: they are blank on nearly every line.
LEFT_OUT = {"project_id", "nontax_amount", "einvoice_status", "checked_on", "returned_on", "return_reason", "prior_approval",
            "staff_count", "invoice_code", "remarks", "check_flag"}  # fmt: skip
SEGMENTS = ["".join(s) for n in (2, 3) for s in product(ascii_uppercase, repeat=n)]


def main(lines: int, path: Path, computed: bool = False) -> None:
    """``computed``: with the columns that refresh fills, blank."""
    records = centre.records()
    records["policy"] = jobs.policy_records("zh", {"org.name": centre.OURS["buyer_name"], "org.status_date": "2026-09-30"})
    base = [r | {"prior_approval": None} for r in records["expenses"] if r["exp_type"] not in ("entertainment", "meeting", "training")]
    people = records["employees"]
    staff = {p["employee_id"] for p in people if p["role"] not in ("director", "deputy")}
    base = [r for r in base if r["voucher_type"] != "vat_special" and r["employee_id"] in staff]
    blocks = -(-lines // len(base))
    for row in records["budget"]:
        for name in ("annual_amount", *(f"m{m:02d}" for m in range(1, 13)), "prior_actual", "recorded_actual"):
            if row.get(name):
                row[name] = row[name] * blocks * 2
    book = xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    more_people = [_moved(p, SEGMENTS[b], ("employee_id",), {"id_no", "bank_card", "phone", "login"}) for b in range(blocks)
                   for p in people if p["employee_id"] in staff]  # fmt: skip
    _sheet(book, day, "employees", people + more_people, computed)
    for key in ("plans", "projects", "changes", "budget", "assets", "asset_events", "risks", "policy"):
        _sheet(book, day, key, records[key], computed)
    _sheet(book, day, "expenses", list(_lines(base, lines)), computed)
    book.close()


def _moved(row: dict, segment: str, ids: tuple[str, ...], dropped: set[str] = frozenset()) -> dict:
    changed = {name: f"{row[name][: row[name].rindex('-')]}-{segment}-{row[name][row[name].rindex('-') + 1:]}" for name in ids}
    return {k: v for k, v in row.items() if k not in dropped} | changed


def _lines(base: list[dict], lines: int):
    number = 0
    for block in range(-(-lines // len(base))):
        for row in base:
            if number >= lines:
                return
            made = _moved(row, SEGMENTS[block], ("expense_id", "claim_id", "employee_id"))
            if made.get("invoice_no"):
                made["invoice_no"] = made["invoice_no"][:4] + f"{block:05d}" + made["invoice_no"][9:]
            if number % 97 == 0:
                made |= ({"claim_amount": made["total_amount"] + 1}, {"start_on": "2026/13/45"}, {"employee_id": "EMP-9999"},
                         {"voucher_type": "发票"}, {"purpose": None}, {"total_amount": "一百元"}, {"expense_id": "EXP-26-1"},
                         {"submitted_on": date(2026, 10, 9)})[number // 97 % 8]  # fmt: skip
            number += 1
            yield made


def _sheet(book: xlsxwriter.Workbook, day: object, key: str, rows: list[dict], computed: bool) -> None:
    sheet = catalog().sheets[key]
    columns = [c for c in sheet.columns.values() if (computed and c.computed) or (not c.computed and not (key == "expenses" and c.name in LEFT_OUT))]
    tab = book.add_worksheet(sheet.tab.zh)
    for place, column in enumerate(columns):
        tab.write_string(0, place, column.header.zh)
    for number, row in enumerate(rows, 1):
        for place, column in enumerate(columns):
            value = row.get(column.name)
            if value is None or value == "":
                continue
            value = column.kind.write(value, "zh") if isinstance(value, str) and hasattr(column.kind, "choices") else value
            if isinstance(value, date):
                tab.write_datetime(number, place, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, str):
                tab.write_string(number, place, value)
            else:
                tab.write_number(number, place, value)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), computed="--computed" in sys.argv)
