"""Service: hours between two moments, of the calendar or of working time."""

from typing import Any

import numpy as np
import pandas as pd

_HOUR = np.timedelta64(3600, "s")


def hours_between(rows: Any, first: pd.Series, last: pd.Series, policy: Any) -> pd.Series:
    """Hours from one moment to another, to two decimals; counted as Policy ``sla.calendar`` says for each row."""
    by_clock = np.round((last - first) / pd.Timedelta(hours=1), 2)
    at_work = np.asarray(policy("sla.calendar", rows) == "worktime")
    if not at_work.any():
        return by_clock
    worktime = pd.Series(policy("org.worktime", rows), index=rows.index, dtype="category")
    opens, closes = (worktime.map(lambda said, end=end: _hour(said.split("-")[end])) for end in (0, 1))
    spent = working_hours(first.to_numpy().astype("datetime64[s]"), last.to_numpy().astype("datetime64[s]"), opens, closes,
                          np.array(policy("org.holidays"), dtype="datetime64[D]"), np.array(policy("org.workdays"), dtype="datetime64[D]"))  # fmt: skip
    return pd.Series(np.where(at_work, spent, by_clock), index=first.index)


def _hour(said: str) -> float:
    """A time of the day in hours: 08:30 is 8.5."""
    hours, minutes = said.split(":")
    return int(hours) + int(minutes) / 60


def working_hours(first: Any, last: Any, opens: Any, closes: Any, holidays: Any, workdays: Any) -> Any:
    """Hours of work between moments (datetime64[s] arrays), to two decimals, blank where one is missing.

    Work goes from ``opens`` to ``closes`` (hours of the day, one for all or one each) on weekdays that are no ``holidays``,
    and on ``workdays``.

    >>> at = lambda *said: np.array(said, dtype="datetime64[s]")
    >>> none = np.array([], dtype="datetime64[D]")
    >>> working_hours(at("2026-08-07T17:00", "2026-08-08T10:00"), at("2026-08-10T10:00", "2026-08-08T12:00"), 9, 18, none, none).tolist()
    [2.0, 0.0]
    """
    known = ~(np.isnat(first) | np.isnat(last))
    opens, closes = (np.broadcast_to(np.asarray(hour, dtype=float), known.shape)[known] for hour in (opens, closes))
    extra = np.setdiff1d(workdays[~np.is_busday(workdays)] if len(workdays) else workdays, holidays)

    def worked(moment: Any) -> Any:
        """Hours worked from the first day of all to a moment."""
        day = moment.astype("datetime64[D]")
        origin = np.datetime64("1990-01-01", "D")
        days = np.busday_count(origin, day, holidays=holidays) + np.searchsorted(extra, day)
        is_workday = np.is_busday(day, holidays=holidays) | np.isin(day, extra)
        here = np.clip((moment - day) / _HOUR - opens, 0, closes - opens) * is_workday
        return days * (closes - opens) + here

    spent = np.full(len(first), np.nan)
    spent[known] = np.round(worked(last[known]) - worked(first[known]), 2)
    return spent
