"""Earned value: PV, EV, their indices and forecasts (PMBOK), and earned schedule (Lipke 2003).

All take arrays or Series of equal length and give blanks (NaN) where a figure is not defined, never 0 or infinity.
"""

from typing import Any, Literal

import numpy as np


def planned_share(start: Any, end: Any, on: Any, holidays: Any = None) -> Any:
    """The share of an activity planned by the end of a day, 0..1: both ends count (datetime64[D] arrays).

    With ``holidays`` (an array of days) only working days count.
    """
    after = on + np.timedelta64(1, "D")
    upto = np.minimum(np.maximum(after, start), end + np.timedelta64(1, "D"))
    if holidays is None:
        whole = (end - start).astype("timedelta64[D]").astype(float) + 1
        done = (upto - start).astype("timedelta64[D]").astype(float)
    else:
        known = ~(np.isnat(start) | np.isnat(end))
        whole, done = np.full(len(start), np.nan), np.full(len(start), np.nan)
        whole[known] = np.busday_count(start[known], end[known] + np.timedelta64(1, "D"), holidays=holidays)
        done[known] = np.busday_count(start[known], upto[known], holidays=holidays)
        whole = np.where(whole == 0, 1, whole)
    return np.clip(done / whole, 0, 1)


def index(part: Any, whole: Any) -> Any:
    """SPI = EV / PV, CPI = EV / AC: blank where the divisor is 0.

    >>> index(np.array([80.0, 0.0]), np.array([100.0, 0.0]))
    array([0.8, nan])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(whole) == 0, np.nan, np.asarray(part) / np.asarray(whole))


def estimate_at_completion(bac: Any, ev: Any, ac: Any, pv: Any,
                           method: Literal["typical", "atypical", "combined"] = "typical") -> Any:  # fmt: skip
    """EAC: typical BAC / CPI, atypical AC + BAC - EV, combined AC + (BAC - EV) / (CPI x SPI).

    >>> float(estimate_at_completion(1000.0, 400.0, 500.0, 500.0))
    1250.0
    """
    bac, ev, ac, pv = (np.asarray(v, dtype=float) for v in (bac, ev, ac, pv))
    if method == "atypical":
        return ac + bac - ev
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "combined":
            pace = index(ev, ac) * index(ev, pv)
            return np.where(pace == 0, np.nan, ac + (bac - ev) / pace)
        pace = index(ev, ac)
        return np.where(pace == 0, np.nan, bac / pace)


def to_complete(bac: Any, ev: Any, ac: Any, eac: Any = None) -> Any:
    """TCPI against BAC, or against EAC: blank where nothing is left to spend.

    >>> float(to_complete(1000.0, 400.0, 500.0))
    1.2
    """
    left = np.asarray(bac if eac is None else eac) - np.asarray(ac)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(left <= 0, np.nan, (np.asarray(bac) - np.asarray(ev)) / left)


def earned_schedule(pv_by_month: Any, ev: Any) -> Any:
    """ES in months: C whole months with PV <= EV, plus the part of the next one that EV has reached.

    ``pv_by_month`` is cumulative, one row a project, one column a month; ``ev`` one value a project.

    >>> earned_schedule(np.array([[10.0, 30.0, 60.0]]), np.array([40.0]))
    array([2.33333333])
    """
    pv = np.column_stack([np.zeros(len(pv_by_month)), pv_by_month])
    ev = np.asarray(ev, dtype=float)
    whole = np.maximum((pv <= ev[:, None] + 1e-9).sum(axis=1) - 1, 0)
    rows, last = np.arange(len(pv)), pv.shape[1] - 1
    # months after the plan's end repeat its total: what is fully earned has reached the first of them
    whole = np.where(ev >= pv[:, -1] - 1e-9, (pv < pv[:, -1:] - 1e-9).sum(axis=1), whole)
    following = np.minimum(whole + 1, last)
    step = pv[rows, following] - pv[rows, whole]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(step > 0, (ev - pv[rows, whole]) / step, 0.0)
    return whole + np.clip(part, 0, 1)
