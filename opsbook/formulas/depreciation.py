"""Depreciation in Chinese practice (企业会计准则第4号): monthly, the month after; the last month takes the remainder.

An amount charged before the asset came into service here (``opening``) lowers what is left to spread over its life.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pandas import Series

from opsbook.formulas.lookup import cents


@dataclass(frozen=True)
class Charge:
    """What the status month bears and what has been charged up to its end, in CNY."""

    month: np.ndarray
    accumulated: np.ndarray


#: What must be known of an asset to depreciate it: columns of the register.
PARAMETERS = ("asset_class", "depr_method", "original_cost", "residual_rate", "life_months", "total_units", "opening_depr", "in_service_on")
INTANGIBLE = ("intangible", "software")


@dataclass(frozen=True)
class Readings:
    """Usage readings (``assets``, ``on``, ``units``), asked for the rows of ``keys``."""

    keys: Series
    assets: Series
    on: Series
    units: Series

    def until(self, months: Any) -> Any:
        """The units read for each key up to the end of a month (datetime64[M], one a key)."""
        place = self.keys.cat.categories.get_indexer(self.assets.cat.categories)
        asset = np.append(place, -1)[self.assets.cat.codes].astype(np.int64)
        read = (asset << 20) + _month(self.on)
        order = np.argsort(read, kind="stable")
        sums = np.append(0.0, np.cumsum(np.nan_to_num(self.units.to_numpy(dtype=float))[order]))
        key = self.keys.cat.codes.to_numpy().astype(np.int64) << 20
        upto = np.searchsorted(read[order], key + np.maximum(months.astype(np.int64), 0), side="right")
        return sums[upto] - sums[np.searchsorted(read[order], key)]


def _month(days: Series) -> Any:
    return np.maximum(days.to_numpy().astype("datetime64[M]").astype(np.int64), 0)


def charged(of: Mapping[str, Series], until: Series, disposed: Series, ddb: Any, readings: Readings) -> Charge:
    """What each row's asset is charged in the month of ``until`` and up to its end; blank where a parameter is.

    ``of`` holds :data:`PARAMETERS`. Tangible assets are charged from the month after addition to the month of disposal;
    intangible ones from the month of addition, and not in the month of disposal. ``ddb`` is one value, or one a row.
    """
    cost, residual, life, opening, whole_units = (
        of[n].to_numpy(dtype=float) for n in ("original_cost", "residual_rate", "life_months", "opening_depr", "total_units")
    )
    method = np.asarray(of["depr_method"].astype(object).fillna(""), dtype=str)
    intangible = np.asarray(of["asset_class"].isin(INTANGIBLE))
    start, gone, month = (d.to_numpy().astype("datetime64[M]") for d in (of["in_service_on"], disposed, until))
    ended = ~np.isnat(gone) & (gone <= month)
    last = np.where(ended, gone, month)
    months = (last - start).astype(float) + np.where(intangible, 1, 0) - np.where(ended & intangible, 1, 0)
    months = np.where(np.isnat(start), 0, np.clip(np.nan_to_num(months), 0, np.nan_to_num(life)))
    opening = np.nan_to_num(opening)
    known = ~(np.isnan(cost) | np.isnan(residual) | np.isnan(life) | np.isnat(start) | np.isnat(month)) & (method != "")
    cells = [np.where(known, np.nan_to_num(v), 0.0) for v in (cost, residual, life, opening, months)]
    by_time = Charge(np.zeros(len(cost)), opening.copy())
    for rule in np.unique(ddb):
        here = np.broadcast_to(np.asarray(ddb == rule), len(cost))
        c, r, n, o, m = (v[here] for v in cells)
        part = charge(np.where(known, method, "none")[here], c, r, n, o, m, rule)
        by_time.month[here], by_time.accumulated[here] = part.month, part.accumulated
    due = (month - start).astype(float) + np.where(intangible, 1, 0) == months
    bears = due & (months > 0) & (~ended | ((gone == month) & ~intangible))
    whole, before = (by_units(cost, residual, whole_units, readings.until(m), opening) for m in (month, month - 1))
    units = method == "units"
    accumulated = np.where(units, opening + whole, by_time.accumulated)
    return Charge(
        np.where(known, np.where(units, whole - before, np.where(bears, by_time.month, 0.0)), np.nan),
        np.where(known, accumulated, np.nan),
    )


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
    base = np.maximum(cents(cost * (1 - residual_rate)), opening)  # a charge beyond it is not taken back
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
