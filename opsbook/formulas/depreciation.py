"""Depreciation in Chinese practice (企业会计准则第4号): monthly, the month after; the last month takes the remainder.

An amount charged before the asset came into service here (``opening``) lowers what is left to spread over its life.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from opsbook.formulas.lookup import cents


@dataclass(frozen=True)
class Charge:
    """What the status month bears and what has been charged up to its end, in CNY."""

    month: np.ndarray
    accumulated: np.ndarray


def months_charged(in_service: Any, until: Any, life: Any, *, from_month: Any, to_month: Any) -> Any:
    """How many months have been charged by the end of the month of ``until``.

    Dates are datetime64; ``from_month`` / ``to_month`` are booleans: whether the month of addition / of ``until``
    itself is charged (tangible assets: no / yes; intangible: yes, and no for the month of disposal).
    """
    start = in_service.astype("datetime64[M]").astype(float)
    end = until.astype("datetime64[M]").astype(float)
    months = end - start + np.where(from_month, 1, 0) - np.where(to_month, 0, 1)
    return np.clip(np.nan_to_num(months), 0, np.nan_to_num(life))


def charge(method: Any, cost: Any, residual_rate: Any, life: Any, opening: Any, months: Any,
           ddb: Literal["last_two_years", "vdb"] = "last_two_years") -> Charge:  # fmt: skip
    """What ``months`` months of use have charged: straight line, double declining, sum of years, one array each.

    ``method`` holds the codes of ``depr_method``; ``units`` and ``none`` are not time's work and charge nothing here.
    Every month is rounded half up to cents and the last of the life takes the remainder, so that the whole life
    charges cost x (1 - residual rate) exactly.

    >>> c = charge(np.array(["straight_line"]), np.array([10000.0]), np.array([0.05]), np.array([36.0]),
    ...            np.array([0.0]), np.array([36.0]))
    >>> float(c.month[0]), float(c.accumulated[0])
    (263.85, 9500.0)
    """
    base = cents(cost * (1 - residual_rate))
    accumulated, month, year_rate = opening.astype(float).copy(), np.zeros(len(cost)), np.zeros(len(cost))
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = (base - opening) / life
        share = _years_digits(life)
        for number in range(1, int(months.max(initial=0)) + 1):
            left, remaining = base - accumulated, life - number + 1
            if ddb == "last_two_years":
                new_year = ((number - 1) % 12 == 0) & (remaining > 24)
                last_years = (remaining == 24) | ((number == 1) & (life <= 24))
                declining = np.where(new_year, (cost - accumulated) * 2 / life, year_rate)
                year_rate = np.where(last_years, left / np.minimum(life, 24), declining)
            elif (number - 1) % 12 == 0:
                year_rate = np.maximum((cost - accumulated) * 2 / life, left / remaining)
            digits = (base - opening) * share(number)
            amount = np.select(
                [method == "straight_line", method == "double_declining", method == "sum_of_years"],
                [straight, year_rate, digits],
                0.0,
            )
            amount = np.where(amount != 0, np.minimum(cents(amount), left), 0.0)
            amount = np.where((remaining == 1) & np.isin(method, _TIMED), left, amount)
            month = np.where(number <= months, amount, month)
            accumulated = np.where(number <= months, accumulated + amount, accumulated)
    return Charge(cents(month), cents(accumulated))


_TIMED = ("straight_line", "double_declining", "sum_of_years")


def _years_digits(life: Any) -> Any:
    """The share of a month by sum of years' digits; part years count in proportion."""
    years = np.asarray(life) / 12
    whole = np.floor(years)
    part = years - whole
    total = 12 * (whole * years - whole * (whole - 1) / 2) + 12 * part * part

    def share(number: int) -> Any:
        return np.maximum(years - (number - 1) // 12, 0) / total

    return share


def by_units(cost: Any, residual_rate: Any, total_units: Any, units: Any, opening: Any) -> Any:
    """Units of production: cost x (1 - residual rate) / total units x units, never beyond the depreciable amount."""
    base = cents(cost * (1 - residual_rate))
    with np.errstate(divide="ignore", invalid="ignore"):
        charged = cents(base / total_units * units)
    return np.minimum(np.nan_to_num(charged), np.maximum(base - opening, 0))
