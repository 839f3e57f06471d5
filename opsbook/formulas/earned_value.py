"""Earned value: PV, EV, their indices and forecasts (PMBOK), and earned schedule (Lipke 2003).

All take arrays or Series of equal length and give blanks (NaN) where a figure is not defined, never 0 or infinity.
"""

from typing import Any, Literal

import numpy as np

_DAY = np.timedelta64(1, "D")
METHODS: tuple[Literal["typical", "atypical", "combined"], ...] = ("typical", "atypical", "combined")


def planned_share(start: Any, end: Any, on: Any) -> Any:
    """The share of an activity planned by the end of a day, 0..1: both ends count (datetime64[D] arrays).

    What ends before it starts (a task moved behind its baseline) is planned whole from its end on.
    """
    whole = (end - start).astype(float) + 1
    done = (on - start).astype(float) + 1
    return _share(start, end, on, done, whole)


def planned_share_of_workdays(start: Any, end: Any, on: Any, holidays: Any, workdays: Any) -> Any:
    """As :func:`planned_share`, counting working days: without ``holidays``, with weekends made ``workdays``."""
    known = ~(np.isnat(start) | np.isnat(end))
    extra = np.setdiff1d(workdays[~np.is_busday(workdays)] if len(workdays) else workdays, holidays)

    def count(first: Any, behind: Any) -> Any:
        days = np.busday_count(first, behind, holidays=holidays)
        return days + np.searchsorted(extra, behind) - np.searchsorted(extra, first)

    whole, done = np.full(len(start), np.nan), np.full(len(start), np.nan)
    whole[known] = count(start[known], end[known] + _DAY)
    done[known] = count(start[known], np.maximum(np.minimum(on, end[known]) + _DAY, start[known]))
    return _share(start, end, on, done, whole)


def _share(start: Any, end: Any, on: Any, done: Any, whole: Any) -> Any:
    at_once = (end < start) | (whole == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip(done / whole, 0, 1)
    share = np.where(at_once | (on >= end), on >= end, share)
    return np.where(np.isnat(start) | np.isnat(end), np.nan, share)


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


def edate(start: Any, months: Any) -> Any:
    """The same day of the month some months later, or the month's last, as EDATE (datetime64[D] arrays)."""
    month = start.astype("datetime64[M]")
    day = (start - month.astype("datetime64[D]")).astype(float)
    later = month + np.asarray(months).astype("timedelta64[M]")
    longest = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(float) - 1
    return later.astype("datetime64[D]") + np.nan_to_num(np.fmin(day, longest)).astype("timedelta64[D]")


def months_until(start: Any, end: Any) -> Any:
    """Months from the beginning of one day to the end of another, counted from the day itself and not from the 1st of its month: whole ones, and the part
    of the next in days (datetime64[D] arrays; blank where one is).

    >>> days = np.array(["2026-03-31", "2026-01-01"], dtype="datetime64[D]"), np.array(["2026-04-15", "2026-12-31"], dtype="datetime64[D]")
    >>> months_until(*days).round(4).tolist()
    [0.5333, 12.0]
    """
    known = ~(np.isnat(start) | np.isnat(end))
    first, behind = np.where(known, start, _FIRST), np.where(known, end, _FIRST) + _DAY
    whole = (behind.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(int)
    whole = whole - (edate(first, whole) > behind)
    from_, to = edate(first, whole), edate(first, whole + 1)
    return np.where(known, whole + (behind - from_).astype(float) / (to - from_).astype(float), np.nan)


_FIRST = np.datetime64("2000-01-01")


def earned_schedule(pv_by_month: Any, ev: Any, months: Any = None) -> Any:
    """ES in months: C whole months with PV <= EV, plus the part of the next one that EV has reached.

    ``pv_by_month`` is cumulative, one row a project, one column a month; ``ev`` one value a project; ``months`` how long each project is planned to
    take, whose last month may be a part of one.

    >>> earned_schedule(np.array([[10.0, 30.0, 60.0]]), np.array([40.0]))
    array([2.33333333])
    >>> earned_schedule(np.array([[10.0, 30.0, 60.0]]), np.array([60.0]), np.array([2.5]))
    array([2.5])
    """
    pv = np.column_stack([np.zeros(len(pv_by_month)), pv_by_month])
    at = np.broadcast_to(np.arange(pv.shape[1], dtype=float), pv.shape)
    at = at if months is None else np.fmin(at, np.asarray(months, dtype=float)[:, None])
    ev = np.asarray(ev, dtype=float)
    whole = np.maximum((pv <= ev[:, None] + 1e-9).sum(axis=1) - 1, 0)
    rows, last = np.arange(len(pv)), pv.shape[1] - 1
    # months after the plan's end repeat its total: what is fully earned has reached the first of them
    whole = np.where(ev >= pv[:, -1] - 1e-9, (pv < pv[:, -1:] - 1e-9).sum(axis=1), whole)
    following = np.minimum(whole + 1, last)
    step = pv[rows, following] - pv[rows, whole]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(step > 0, (ev - pv[rows, whole]) / step, 0.0)
    return at[rows, whole] + np.clip(part, 0, 1) * (at[rows, following] - at[rows, whole])
