"""Pay: annual leave by years of service (职工带薪年休假条例), housing fund and social insurance."""

from typing import Any

import numpy as np
import pandas as pd

from opsbook.formulas.periods import whole_years

#: Whole years of service → days of annual leave (《职工带薪年休假条例》第三条).
LEAVE = ((1, 5.0), (10, 10.0), (20, 15.0))


def leave_days(first_work: pd.Series, hired: pd.Series, year_end: pd.Series) -> pd.Series:
    """The days of annual leave of a year: by whole years of service at its end (0 below 1, then 5, 10, 15); in the year of
    joining the share of the days left from the hire on, the fraction dropped (《企业职工带薪年休假实施办法》第五条).

    >>> day = lambda s: pd.Series(pd.to_datetime([s]))
    >>> [float(leave_days(day(w), day(h), day("2026-12-31"))[0]) for w, h in (("2026-05-01", "2026-05-01"), ("2014-03-01", "2020-01-01"),
    ...                                                                       ("2014-03-01", "2026-07-02"))]
    [0.0, 10.0, 5.0]
    """
    years = np.asarray(whole_years(first_work.fillna(hired), year_end))
    full = np.select([years >= least for least, _ in reversed(LEAVE)], [days for _, days in reversed(LEAVE)], 0.0)
    left = np.asarray((year_end - hired).dt.days, dtype=float) + 1
    joined = np.asarray(hired.dt.year == year_end.dt.year)
    return pd.Series(np.where(joined, np.floor(full * left / 365), np.where(np.isnan(years), np.nan, full)), index=first_work.index)


def whole_yuan(amount: Any) -> Any:
    """Rounded half up to a whole yuan, as housing funds are paid.

    >>> whole_yuan(np.array([1234.5, 1234.49]))
    array([1235., 1234.])
    """
    return np.floor(np.round(np.asarray(amount, dtype=float), 6) + 0.5)
