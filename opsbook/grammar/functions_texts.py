"""Functions of texts and of days."""

import math
import re
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from opsbook.grammar.functions import FUNCTIONS, Function, Given, cellwise, function
from opsbook.grammar.values import (
    NUM,
    VALUE,
    Array,
    Cell,
    Error,
    Values,
    as_numbers,
    day_of,
    first_of,
    joined,
    numbers,
    rounded,
    serial,
    spells,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------ texts


def _left(said: str, count: float = 1.0) -> str:
    return said[: _counted(count)]


def _right(said: str, count: float = 1.0) -> str:
    return said[-n:] if (n := _counted(count)) else ""


def _counted(number: float, least: int = 0) -> int:
    if number < least:
        raise ValueError
    return int(min(number, 1e9))


def _find(what: str, within: str, start: float = 1.0) -> float:
    return float(within.index(what, _counted(start, 1) - 1)) + 1


def _substitute(said: str, old: str, new: str, which: float | None = None) -> Cell:
    if not old:
        return said
    if which is None:
        times = said.count(old)
        return said.replace(old, new) if len(said) + times * (len(new) - len(old)) <= 32_767 else Error(VALUE)
    at = -len(old)
    for _ in range(_counted(which, 1)):
        if (at := said.find(old, at + len(old))) < 0:
            return said
    return said[:at] + new + said[at + len(old) :]


_FORMATS: dict[str, Callable[[float], str]] = {
    "0": lambda x: f"{_half_up(x, 0):.0f}", "0.0": lambda x: f"{_half_up(x, 1):.1f}", "0.00": lambda x: f"{_half_up(x, 2):.2f}",
    "#,##0": lambda x: f"{_half_up(x, 0):,.0f}", "#,##0.00": lambda x: f"{_half_up(x, 2):,.2f}", "0%": lambda x: f"{_half_up(x * 100, 0):.0f}%",
    "0.0%": lambda x: f"{_half_up(x * 100, 1):.1f}%", "0.00%": lambda x: f"{_half_up(x * 100, 2):.2f}%", "yyyy": lambda x: f"{day_of(x):%Y}",
    "yyyy-mm": lambda x: f"{day_of(x):%Y-%m}", "yyyy-mm-dd": lambda x: f"{day_of(x):%Y-%m-%d}", "yyyymm": lambda x: f"{day_of(x):%Y%m}",
    "yyyymmdd": lambda x: f"{day_of(x):%Y%m%d}", "mm": lambda x: f"{day_of(x):%m}", "dd": lambda x: f"{day_of(x):%d}",
}  # fmt: skip
#: What TEXT can be asked for.
FORMATS = tuple(_FORMATS)


def _half_up(number: float, digits: int) -> float:
    return float(rounded(numbers(number), numbers(float(digits))).number[0])


def _as_format(number: float, form: str) -> str:
    if form.casefold() not in _FORMATS or (form[:1].casefold() in "ymd" and number < 0):
        raise ValueError
    said = _FORMATS[form.casefold()](number)
    return said[1:] if said.startswith("-") and not re.search("[1-9]", said) else said


def _value(said: Cell) -> float:
    number = spells(said) if isinstance(said, str) else said or 0.0
    if isinstance(said, bool) or not isinstance(number, float) or math.isnan(number):
        raise ValueError
    return number


cellwise("LEN", "text", "number", lambda said: float(len(said)))
cellwise("LEFT", "text [number]", "text", _left)
cellwise("RIGHT", "text [number]", "text", _right)
cellwise("MID", "text number number", "text", lambda said, start, count: said[_counted(start, 1) - 1 :][: _counted(count)])
cellwise("TRIM", "text", "text", lambda said: " ".join(part for part in said.split(" ") if part))
cellwise("UPPER", "text", "text", str.upper)
cellwise("LOWER", "text", "text", str.lower)
cellwise("EXACT", "text text", "condition", lambda one, other: one == other)
cellwise("FIND", "text text [number]", "number", _find)
cellwise("SEARCH", "text text [number]", "number", lambda what, within, start=1.0: _find(what.casefold(), within.casefold(), start))
cellwise("SUBSTITUTE", "text text text [number]", "text", _substitute)
cellwise("TEXT", "number text", "text", _as_format)
cellwise("VALUE", "value", "number", _value)
FUNCTIONS["CONCAT"] = Function("CONCAT", "| text", "text", joined)
FUNCTIONS["CONCATENATE"] = Function("CONCATENATE", "| text", "text", joined)


# ------------------------------------------------------------------------------------------------------------- days


@function("", "number", given=True)
def _today(given: Given) -> Values:
    return numbers(serial(given.today))


def _months(of: Callable[[Array, Array], Array]) -> Callable[[Values], Values]:
    def does(value: Values) -> Values:
        number, wrong = as_numbers(value)
        outside = (number < 0) | (number >= 2_958_466)
        days = np.datetime64("1899-12-30") + np.floor(np.where(outside, 0, number)).astype("timedelta64[D]")
        made = of(days, days.astype("datetime64[M]")).astype(float)
        return numbers(made, first_of(wrong, np.where(outside, NUM, 0)))

    return does


for _name, _part in (
    ("YEAR", lambda day, month: month.astype("datetime64[Y]").astype(int) + 1970),
    ("MONTH", lambda day, month: month.astype(int) % 12 + 1),
    ("DAY", lambda day, month: (day - month.astype("datetime64[D]")).astype(int) + 1),
):
    FUNCTIONS[_name] = Function(_name, "number", "number", _months(_part))


def _weekday(number: float, form: float = 1.0) -> Cell:
    """Monday is 0 of :meth:`date.weekday`; the forms 11 to 17 begin the week on Monday to Sunday."""
    monday = day_of(number).weekday()
    if form in (11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0):
        return float((monday - int(form - 11)) % 7 + 1)
    return {1.0: float((monday + 1) % 7 + 1), 2.0: float(monday + 1), 3.0: float(monday)}.get(form, Error(NUM))


def _moved(number: float, months: float, *, end: bool = False) -> float:
    day = day_of(number)
    year, month = divmod(day.year * 12 + day.month - 1 + math.trunc(months), 12)
    return serial(date(year, month + 1, _last(year, month + 1) if end else min(day.day, _last(year, month + 1))))


def _last(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def _day(year: float, month: float, day: float) -> Cell:
    year = math.floor(year)
    year = year + 1900 if 0 <= year < 1900 else year  # as Excel counts them: DATE(26,1,1) is in 1926
    years, months = divmod(math.floor(year) * 12 + math.floor(month) - 1, 12)
    made = serial(date(years, months + 1, 1)) + math.floor(day) - 1 if 1 <= years <= 9999 else -1.0
    return made if 0 <= made < 2_958_466 else Error(NUM)


def _datedif(start: float, end: float, unit: str) -> Cell:
    first, last = day_of(start), day_of(end)
    if first > last:
        return Error(NUM)
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    match unit.casefold():
        case "d":
            return float((last - first).days)
        case "m":
            return float(months)
        case "y":
            return float(months // 12)
        case "ym":
            return float(months % 12)
        case "md":  # since the day of the month of the first was last there
            return float((last - _on(last.year, last.month - (last.day < first.day), first.day)).days)
        case "yd":  # since the day of the year of the first was last there
            return float((last - _on(last.year - ((last.month, last.day) < (first.month, first.day)), first.month, first.day)).days)
    return Error(NUM)


def _on(year: int, month: int, day: int) -> date:
    """A day that may lie beyond its month, as Excel counts on: 31 February is in March."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1) + timedelta(days=day - 1)


@function("number number", "number")
def _networkdays(start: Values, end: Values) -> Values:
    (first, wrong), (last, wrong_too) = as_numbers(start), as_numbers(end)
    outside = (np.minimum(first, last) < 0) | (np.maximum(first, last) >= 2_958_466)
    a, b = (np.datetime64("1899-12-30") + np.floor(np.where(outside, 0, x)).astype("timedelta64[D]") for x in np.broadcast_arrays(first, last))
    swapped = a > b
    low, high = np.where(swapped, b, a), np.where(swapped, a, b)
    count = np.busday_count(low, high + np.timedelta64(1, "D")).astype(float)
    return numbers(np.where(swapped, -count, count), first_of(wrong, wrong_too, np.where(outside, NUM, 0)))


cellwise("DATE", "number number number", "number", _day)
cellwise("WEEKDAY", "number [number]", "number", _weekday)
cellwise("EDATE", "number number", "number", _moved)
cellwise("EOMONTH", "number number", "number", lambda number, months: _moved(number, months, end=True))
cellwise("DATEDIF", "number number text", "number", _datedif)
