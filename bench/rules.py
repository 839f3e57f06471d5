"""A managers' rule over 500,000 rows beside the same check written in pandas: ``python bench/rules.py [ROWS]`` (target: 3 x).

Both get the columns as the reader leaves them, and give the rows that break the rule. The rule is parsed once, outside the measure.
"""

import statistics
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


class Given:
    """A sheet of claims and one of budget lines."""

    today = date(2026, 9, 30)

    def __init__(self, rows: int) -> None:
        random, self.size = np.random.default_rng(1), rows
        days = np.datetime64("2026-01-01", "s") + random.integers(0, 365, rows).astype("timedelta64[D]")
        submitted = days + random.integers(-2, 90, rows).astype("timedelta64[D]")
        pick = lambda said: pd.Series(pd.Categorical.from_codes(random.integers(-1, len(said), rows), categories=pd.Index(said, dtype=object)))  # noqa: E731
        self.frame = {
            "claim_amount": pd.Series(np.where(random.random(rows) < 0.02, np.nan, np.round(random.gamma(2, 900, rows), 2))),
            "total_amount": pd.Series(np.round(random.gamma(2, 1000, rows), 2)), "end_on": pd.Series(days), "submitted_on": pd.Series(submitted),
            "status": pick(["draft", "submitted", "dept_approved", "paid", "returned"]), "exp_type": pick(["hotel", "meal", "office", "training"]),
            "department": pick(["ops_mgmt", "data_analysis", "cust_service", "finance"]), "purpose": pick([f"purpose {n}" for n in range(2000)]),
            "invoice_no": pick([f"2632{n:016}" for n in range(rows)]), "budget_id": pick([f"BUD-2026-{n:03}" for n in range(400)]),
        }  # fmt: skip
        self.budget = {"budget_id": pd.Series(pd.Categorical([f"BUD-2026-{n:03}" for n in range(400)])), "annual_amount": pd.Series(random.gamma(3, 1e6, 400))}

    def column(self, name: str) -> pd.Series:
        return self.frame[name]

    def area(self, sheet: str, name: str) -> pd.Series:
        return (self.budget if sheet == "budget" else self.frame)[name]

    def policy(self, key: str, members: object) -> None:
        raise LookupError(key)


def bounds(f: dict) -> pd.Series:
    amount, total = f["claim_amount"].fillna(0), f["total_amount"].fillna(0)
    return ~((amount > 0) & (amount <= total))


def texts(f: dict) -> pd.Series:
    about = f["status"].isin(["submitted", "paid"]) & (f["claim_amount"].fillna(0) > 2000)
    return about & ~(f["purpose"].notna() & (f["purpose"] != "purpose 7"))


def days(f: dict) -> pd.Series:
    about = (f["exp_type"] == "hotel") & f["submitted_on"].notna()
    return about & ~((f["submitted_on"] >= f["end_on"]) & ((f["submitted_on"] - f["end_on"]).dt.days <= 60))


def unique(f: dict) -> pd.Series:
    said = f["invoice_no"].astype(object).str.casefold()  # as Excel's UNIQUE: without regard to case
    return said.notna() & said.duplicated(keep=False)


def summed(f: dict, budget: dict) -> pd.Series:
    used = pd.Series(f["budget_id"]).map(f["claim_amount"].groupby(f["budget_id"], observed=False).sum()).astype(float).fillna(0)
    amount = f["budget_id"].astype(object).map(dict(zip(budget["budget_id"].astype(object), budget["annual_amount"], strict=True)))
    return f["budget_id"].notna() & ~(used <= amount)


RULES: dict = {
    "bounds": ("", "AND([claim_amount] > 0, [claim_amount] <= [total_amount])", bounds),
    "texts": ('AND(IN([status], "submitted", "paid"), [claim_amount] > 2000)', 'AND([purpose] <> "", [purpose] <> "purpose 7")', texts),
    "days": ('AND([exp_type] = "hotel", [submitted_on] <> "")', "AND([submitted_on] >= [end_on], [submitted_on] - [end_on] <= 60)", days),
    "unique": ('[invoice_no] <> ""', "UNIQUE([invoice_no])", unique),
    "sums": ('[budget_id] <> ""', "SUMIFS(expenses[claim_amount], expenses[budget_id], [budget_id])"
             " <= XLOOKUP([budget_id], budget[budget_id], budget[annual_amount])", summed),
}


def main(rows: int = 500_000) -> None:
    from opsbook.grammar.expression import Names, parse
    from opsbook.grammar.values import as_truths
    from opsbook.sheets import catalog

    sheets = catalog().sheets
    names = Names(sheets["expenses"].columns, "expenses", {k: lambda k=k: sheets[k].columns for k in sheets}, {k: k for k in sheets})
    given = Given(rows)
    for name, (only, must, pandas) in RULES.items():
        parsed = [parse(text, names) if text else None for text in (only, must)]

        def ours(parsed: list = parsed) -> np.ndarray:
            given.known = {}
            about = np.ones(rows, dtype=bool)
            for number, expression in enumerate(parsed):
                if expression is not None:
                    held, wrong = as_truths(expression.values(given))
                    about = about & (np.asarray(wrong) == 0) & (held if number == 0 else ~held)
            return about

        theirs = (lambda f=pandas: f(given.frame, given.budget)) if name == "sums" else (lambda f=pandas: f(given.frame))
        turns = []
        for _ in range(7):
            began = time.process_time()
            mine = ours()
            between = time.process_time()
            other = theirs()
            turns.append((between - began, time.process_time() - between))
        assert (mine == np.asarray(other)).all(), name
        a, b = (1000 * statistics.median(t[n] for t in turns) for n in (0, 1))
        print(f"{name:7} {rows:,} rows, {int(mine.sum()):,} break it: {a:.1f} ms beside {b:.1f} ms in pandas: {a / b:.2f} x (target 3)")


if __name__ == "__main__":
    main(*(int(n) for n in sys.argv[1:]))
