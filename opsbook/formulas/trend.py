"""Trends and outliers: robust statistics by scipy, so that one wild value neither bends a trend nor hides behind its own spread."""

from dataclasses import dataclass

import numpy as np

#: Shares of first digits that amounts of natural growth have (Newcomb 1881, Benford 1938): log10(1 + 1/d).
BENFORD = np.log10(1 + 1 / np.arange(1, 10))
#: Mean absolute deviation of first digits from :data:`BENFORD`: close up to the first, acceptable to the second, marginal to the
#: third, beyond it nonconforming (Nigrini, Benford's Law, 2012, table 7.1).
NIGRINI = (0.006, 0.012, 0.015)
FEWEST = 4  # values that a trend is drawn through


@dataclass(frozen=True)
class Trend:
    """A robust line through values and beyond them, with the band in which four values of five are to be expected."""

    line: np.ndarray
    low: np.ndarray
    high: np.ndarray
    slope: float  # of one step
    certain: bool  # whether the slope differs from none (95 %)


def trend(values: np.ndarray, ahead: int) -> Trend | None:
    """The Theil-Sen line (Sen 1968) through values (NaN for gaps) and ``ahead`` steps more; None for fewer than four values.

    The band is 1.2816 robust deviations of the residuals (median absolute deviation) wide, growing with the distance from the middle
    of what is known, as a prediction interval of a line does.

    >>> t = trend(np.array([1.0, 2.0, 3.0, 4.0, 50.0, 6.0]), 1)
    >>> round(float(t.line[-1]), 6), t.certain
    (7.0, True)
    """
    from scipy.stats import median_abs_deviation, norm, theilslopes

    at = np.arange(len(values) + ahead, dtype=float)
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        return None
    x, y = at[: len(values)][known], values[known]
    slope, intercept, low, high = theilslopes(y, x, 0.95, method="joint")
    line = intercept + slope * at
    spread = float(median_abs_deviation(y - (intercept + slope * x), scale="normal"))
    squares = float(((x - x.mean()) ** 2).sum()) or 1.0
    width = norm.ppf(0.9) * spread * np.sqrt(1 + 1 / len(x) + (at - x.mean()) ** 2 / squares)
    return Trend(line, line - width, line + width, float(slope), bool(low > 0 or high < 0))


def outlyingness(values: np.ndarray) -> np.ndarray:
    """How many robust deviations each value lies from the median (Iglewicz and Hoaglin 1993): by the median absolute deviation, by the
    mean one where more than half of the values are alike; NaN where nothing varies.

    >>> outlyingness(np.array([10.0, 11.0, 9.0, 10.0, 40.0])).round(1).tolist()
    [0.0, 0.7, -0.7, 0.0, 20.2]
    """
    from scipy.stats import median_abs_deviation

    off = values - np.nanmedian(values)
    spread = float(median_abs_deviation(values, nan_policy="omit", scale="normal")) or float(np.nanmean(np.abs(off))) * 1.253314
    return np.asarray(off / spread if spread > 0 else np.full(len(values), np.nan))


@dataclass(frozen=True)
class FirstDigits:
    """How often amounts begin with 1 … 9, against what is to be expected."""

    counts: np.ndarray
    expected: np.ndarray
    deviation: float  # the mean absolute deviation of the shares
    p: float  # of a chi-square test


def first_digits(amounts: np.ndarray) -> FirstDigits | None:
    """Benford's screen over amounts of 10 and more; None for fewer than 100 of them, of which it says nothing.

    >>> first_digits(2.0 ** np.arange(4, 304)).deviation < NIGRINI[0]
    True
    """
    from scipy.stats import chisquare

    large = np.abs(amounts[np.isfinite(amounts) & (np.abs(amounts) >= 10)])
    if len(large) < 100:
        return None
    leading = np.floor(large / 10.0 ** np.floor(np.log10(large) + 1e-12)).astype(int).clip(1, 9)
    counts = np.bincount(leading, minlength=10)[1:].astype(float)
    expected = BENFORD * len(large)
    return FirstDigits(counts, expected, float(np.abs(counts / len(large) - BENFORD).mean()), float(chisquare(counts, expected).pvalue))
