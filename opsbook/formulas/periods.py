"""Periods: months, quarters, half-years, and the appraisal cycles that are named after them."""

import re
from typing import Any

import numpy as np
import pandas as pd
from pandas import Series, Timestamp

#: How many months a cycle has, and how it is written.
CYCLES = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FORMS = {"month": "[0-9]{4}-(?:0[1-9]|1[0-2])", "quarter": "[0-9]{4}-Q[1-4]", "half": "[0-9]{4}-H[12]", "year": "[0-9]{4}"}


def is_cycle(said: str, length: str) -> bool:
    """Whether a text names a cycle of that length.

    >>> is_cycle("2026-Q3", "quarter"), is_cycle("2026-Q5", "quarter"), is_cycle("2026-H1", "quarter")
    (True, False, False)
    """
    return re.fullmatch(_FORMS[length], said) is not None


def cycle_end(said: str) -> Timestamp:
    """The last day of the month, quarter, half-year or year that a text names; NaT for any other text.

    >>> [f"{cycle_end(c):%m-%d}" for c in ("2026", "2026-H1", "2026-Q3", "2024-02")]
    ['12-31', '06-30', '09-30', '02-29']
    """
    found = re.fullmatch("([0-9]{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?", said)
    if not found:
        return pd.NaT
    year, half, quarter, month = found.groups()
    number = int(half) * 6 if half else int(quarter) * 3 if quarter else int(month) if month else 12
    return Timestamp(int(year), number, 1) + pd.offsets.MonthEnd(0)


def cycle_start(said: str) -> Timestamp:
    """The first day of the month, quarter, half-year or year that a text names; NaT for any other text.

    >>> [f"{cycle_start(c):%m-%d}" for c in ("2026", "2026-H2", "2026-Q3", "2024-02")]
    ['01-01', '07-01', '07-01', '02-01']
    """
    end = cycle_end(said)
    length = next((name for name in CYCLES if is_cycle(said, name)), "month")
    return end if end is pd.NaT else (end.to_period("M") - (CYCLES[length] - 1)).start_time


def month_end(periods: Series) -> Series:
    """The last day of each period yyyy-mm (NaT for a blank)."""
    ends = np.array([cycle_end(p).to_datetime64() for p in periods.cat.categories] + [np.datetime64("NaT")], dtype="datetime64[s]")
    return Series(ends[periods.cat.codes], index=periods.index)


def last_closed(today: Any, months: int) -> tuple[Timestamp, Timestamp]:
    """The first and last day of the last whole span of so many months (1, 3, 6, 12) that ended by ``today``.

    >>> [f"{day:%Y-%m-%d}" for day in last_closed(Timestamp(2026, 9, 30), 3)]
    ['2026-07-01', '2026-09-30']
    >>> [f"{day:%Y-%m-%d}" for day in last_closed(Timestamp(2026, 9, 29), 6)]
    ['2026-01-01', '2026-06-30']
    """
    behind = Timestamp(today) + pd.Timedelta(days=1)
    first = Timestamp(behind.year, (behind.month - 1) // months * months + 1, 1)
    return first - pd.DateOffset(months=months), first - pd.Timedelta(days=1)


def cycle_name(end: Timestamp, length: str) -> str:
    """The cycle that ends on a day: ``2026-Q3``.

    >>> cycle_name(Timestamp(2026, 6, 30), "half")
    '2026-H1'
    """
    number = (end.month - 1) // CYCLES[length] + 1
    return {"month": f"{end:%Y-%m}", "quarter": f"{end.year}-Q{number}", "half": f"{end.year}-H{number}", "year": f"{end.year}"}[length]


def whole_months(first: Series, last: Series) -> Series:
    """Whole months from one day to another: from the 1st to the last day of a month is one month."""
    behind = last + pd.Timedelta(days=1)
    months = (behind.dt.year - first.dt.year) * 12 + behind.dt.month - first.dt.month
    return months - (behind.dt.day < first.dt.day).astype(float)


def begun_months(first: Series, last: Series) -> Series:
    """Months from one day to another, of which the last need not be over: a year and a day is 13 months begun."""
    return whole_months(first, last - pd.Timedelta(days=1)) + 1


def whole_years(first: Series, last: Series) -> Series:
    """Whole years from one day to another."""
    return np.floor(whole_months(first, last - pd.Timedelta(days=1)) / 12)
