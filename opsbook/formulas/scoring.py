"""Scoring: weights, bands, KPI attainment and score, calibration of appraisals, shares."""

from typing import Any

import numpy as np
import pandas as pd

from opsbook.formulas.lookup import cents


def in_bands(scores: Any, upper: Any, grades: Any) -> Any:
    """The grade of each score: the first band whose upper bound it does not exceed; the last grade above them all.

    ``upper`` holds one row of bounds a score, or one row for all.

    >>> in_bands(np.array([2.0, 3.0, 25.0, np.nan]), [2, 5, 11, 19], ["very_low", "low", "medium", "high", "very_high"])
    array(['very_low', 'low', 'very_high', None], dtype=object)
    """
    scores = np.asarray(scores, dtype=float)
    exceeded = (scores[:, None] > np.atleast_2d(np.asarray(upper, dtype=float))).sum(axis=1)
    found = np.array(grades, dtype=object)[exceeded]
    found[np.isnan(scores)] = None
    return found


def graded(values: Any, grades: Any, index: pd.Index) -> pd.Series:
    """Grades as a choice column; what is no grade is blank."""
    known = {grade: place for place, grade in enumerate(grades)}
    codes = [known.get(value, -1) for value in np.asarray(values, dtype=object)]
    return pd.Series(pd.Categorical.from_codes(codes, categories=list(grades)), index=index)


def weighted(scores: list[pd.Series], weights: list[Any]) -> pd.Series:
    """The scores by their weights (fractions), to two decimals; blank where a score is.

    >>> weighted([pd.Series([80.0, 90.0]), pd.Series([60.0, np.nan])], [0.6, 0.4]).tolist()
    [72.0, nan]
    """
    return cents(sum(score * weight for score, weight in zip(scores, weights, strict=True)))


def attainment(actual: Any, target: Any, direction: pd.Series, tolerance: Any, ratio: Any, cap: Any) -> Any:
    """How far a target was reached, as a fraction; blank where a value is missing.

    ``direction`` is higher, lower or target; ``ratio`` chooses target / actual for lower-is-better over 2 - actual / target,
    ``cap`` (a fraction) is what an actual of 0 or less then comes to. A target of 0 is reached by an actual of 0 alone;
    a tolerance of 0 or less measures nothing.
    """
    actual, target, tolerance = (np.asarray(v, dtype=float) for v in (actual, target, tolerance))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = actual / target
        lower = np.where(ratio, np.where((actual <= 0) & ~np.isnan(target), cap, target / actual), 2 - share)
        near = 1 - np.abs(actual - target) / np.where(tolerance > 0, tolerance, np.nan)
    none = np.where(np.isnan(actual), np.nan, np.where(actual == 0, 1.0, 0.0))
    found = np.select([np.asarray(direction == "higher"), np.asarray(direction == "lower")],
                      [np.where(target == 0, none, share), np.where(target == 0, none, lower)], np.nan)  # fmt: skip
    return np.where(np.asarray(direction == "target"), near, found)


def kpi_score(share: Any, actual: Any, direction: pd.Series, floor: Any, cap: Any) -> Any:
    """100 x attainment within 0 and the cap (100 at most where the target itself is best); 0 where the floor is missed."""
    share, actual, floor = (np.asarray(v, dtype=float) for v in (share, actual, floor))
    missed = (np.asarray(direction == "higher") & (actual < floor)) | (np.asarray(direction == "lower") & (actual > floor))
    most = np.where(np.asarray(direction == "target"), np.minimum(100.0, cap), cap)
    return np.where(missed & ~np.isnan(share), 0.0, cents(np.clip(100 * share, 0, most)))


def unlike_before(keys: pd.Series, periods: pd.Series, values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Mean and standard deviation (of a sample) of the six values of the same key before each; blank below four, and without key or period."""
    frame = pd.DataFrame({"key": keys.cat.codes, "period": periods.astype(object), "value": values})
    frame = frame[keys.notna() & periods.notna()]
    frame = frame.sort_values(["key", "period"])
    six = frame.groupby("key")["value"].shift(1).groupby(frame["key"]).rolling(6, min_periods=4)
    return six.mean().droplevel(0).reindex(keys.index), six.std().droplevel(0).reindex(keys.index)


def calibrated(raw: pd.Series, appraiser: pd.Series, cycle: pd.Series, method: Any, least: Any) -> pd.Series:
    """Raw scores made comparable over appraisers of a cycle: none, mean (less the appraiser's leniency) or z-score.

    A z-score needs ``least`` scores of the appraiser and some spread among them; else, and where appraiser or cycle is blank,
    the raw score stays.
    """
    frame = pd.DataFrame({"raw": raw, "by": appraiser.cat.codes, "cycle": cycle.cat.codes})
    own, whole = frame.groupby(["cycle", "by"])["raw"], frame.groupby("cycle")["raw"]
    level, spread = whole.transform("mean"), whole.transform("std")
    by_mean = raw - (own.transform("mean") - level)
    fit = (own.transform("count") >= least) & (own.transform("std") > 0)
    by_spread = (level + (raw - own.transform("mean")) / own.transform("std") * spread).where(fit, raw)
    method = np.where(appraiser.isna() | cycle.isna(), "none", method)
    chosen = np.select([np.asarray(method == "mean"), np.asarray(method == "zscore")], [by_mean, by_spread], raw)
    return pd.Series(chosen, index=raw.index)


def weighted_mean(scores: list[float], weights: list[float]) -> float:
    """The mean of scores by weight, to two decimals; what is blank drops out with its weight, nothing left is blank.

    >>> weighted_mean([80.0, float("nan"), 50.0], [0.4, 0.4, 0.2]), weighted_mean([], [])
    (70.0, nan)
    """
    known = [(score, weight) for score, weight in zip(scores, weights, strict=True) if score == score and weight > 0]
    total = sum(weight for _, weight in known)
    return float(cents(sum(score * weight for score, weight in known) / total)) if total else float("nan")


def gain(baseline: Any, target: Any, result: Any) -> Any:
    """(result - baseline) / (target - baseline), to four decimals; blank where target and baseline are one.

    >>> gain(np.array([8.0, 4.0]), np.array([4.0, 4.0]), np.array([5.0, 4.0]))
    array([0.75,  nan])
    """
    step = np.asarray(target, dtype=float) - np.asarray(baseline, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(step == 0, np.nan, np.round((np.asarray(result, dtype=float) - np.asarray(baseline, dtype=float)) / step, 4))


def effect_of(rate: Any, effective: Any, partial: Any, index: pd.Index, *, beyond: bool = False) -> pd.Series:
    """Effective, partly effective or ineffective by a rate and its two marks; ``beyond``: partial from above the mark on."""
    rate = np.asarray(rate, dtype=float)
    some = rate > np.asarray(partial) if beyond else rate >= np.asarray(partial) - 1e-9
    said = np.select([rate >= np.asarray(effective) - 1e-9, some], ["effective", "partial"], "ineffective").astype(object)
    said[np.isnan(rate)] = None
    return graded(said, ["effective", "partial", "ineffective"], index)
