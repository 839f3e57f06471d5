"""Scoring: the bands of a score, and grades as a choice column."""

from typing import Any

import numpy as np
import pandas as pd


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
    """Grades as a choice column."""
    return pd.Series(pd.Categorical(values, categories=list(grades)), index=index)
