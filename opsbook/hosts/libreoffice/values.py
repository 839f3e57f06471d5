"""Values: what Python holds and what a cell of Calc holds. A typed text becomes what Excel would make of it."""

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

DATE, TIME, TEXT, LOGICAL = 2, 4, 256, 1024  # bits of com.sun.star.util.NumberFormat
_NUMBER = re.compile(r"\s*[+-]?(\d+(,\d{3})*|\d*)(\.\d*)?([eE][+-]?\d+)?\s*%?\s*")
_DAY = re.compile(r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})\s*")
_DAY_SECONDS = 86400
#: The number by which Calc knows an error, and what Excel shows for it; all others are values that do not fit.
ERRORS = {532: "#DIV/0!", 32767: "#N/A", 524: "#REF!", 525: "#NAME?", 502: "#VALUE!", 503: "#NUM!", 519: "#VALUE!", 521: "#NULL!"}


class CellError(str):
    """An error that stands in a cell, as Excel shows it."""

    __slots__ = ()


def cleaned(data: Any, datetime_builder: Callable[..., Any], empty_as: Any, number_builder: Callable[[float], Any] | None, err_to_str: bool) -> list[list[Any]]:
    """Raw values as the caller wants days, blanks, numbers and errors."""

    def one(value: Any) -> Any:
        if value is None or value == "":
            return empty_as
        if isinstance(value, float):
            return value if number_builder is None else number_builder(value)
        if isinstance(value, CellError):
            return str(value) if err_to_str else None
        if isinstance(value, dt.datetime) and datetime_builder is not dt.datetime:
            return datetime_builder(year=value.year, month=value.month, day=value.day, hour=value.hour, minute=value.minute, second=value.second,
                                    microsecond=value.microsecond, tzinfo=None)  # fmt: skip
        return value

    rows = data if isinstance(data, (list, tuple)) else [[data]]
    if number_builder is None and datetime_builder is dt.datetime:  # most cells are what they should be already
        return [[value if value.__class__ is float or (value and value.__class__ is str) else one(value) for value in row] for row in rows]
    return [[one(value) for value in row] for row in rows]


def prepared(x: Any, options: Any) -> Any:
    """A value of Python, numpy or pandas as one that can be written."""
    if x is None or x is pd.NaT or (isinstance(x, (float, np.floating)) and math.isnan(x)):
        return ""
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, pd.Timestamp):
        return x.to_pydatetime().replace(tzinfo=None)
    if isinstance(x, np.datetime64):
        return pd.Timestamp(x).to_pydatetime()
    if isinstance(x, dt.datetime):
        return x.replace(tzinfo=None)
    if isinstance(x, (int, np.number)):
        return float(x)
    return "" if x is pd.NA else x


def serial(moment: dt.date | dt.time | dt.timedelta, epoch: dt.datetime) -> float:
    """A moment as a number of days."""
    if isinstance(moment, dt.time):
        moment = dt.timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
    if isinstance(moment, dt.timedelta):
        return moment.total_seconds() / _DAY_SECONDS
    whole = moment if isinstance(moment, dt.datetime) else dt.datetime(moment.year, moment.month, moment.day)
    return (whole - epoch).total_seconds() / _DAY_SECONDS


def moment(number: float, epoch: dt.datetime) -> dt.datetime:
    """A number of days as a moment, to the millisecond."""
    return epoch + dt.timedelta(milliseconds=round(number * _DAY_SECONDS * 1000))


def typed(said: str, epoch: dt.datetime) -> tuple[Any, int]:
    """What Excel makes of a text that is typed into a cell: a number, a day, a logical value, else the text; and what must format it.

    >>> typed("00123", dt.datetime(1899, 12, 30)), typed("5%", dt.datetime(1899, 12, 30))
    ((123.0, 0), (0.05, 0))
    >>> typed("2026-03-05", dt.datetime(1899, 12, 30)), typed("true", dt.datetime(1899, 12, 30))
    ((46086.0, 2), (1.0, 1024))
    >>> typed("EXP-2026-00007", dt.datetime(1899, 12, 30))
    ('EXP-2026-00007', 0)
    """
    first = said.lstrip()[:1]
    if not first or first not in "+-.0123456789tTfF":
        return said, 0
    if said.casefold() in ("true", "false"):
        return float(said.casefold() == "true"), LOGICAL
    if _NUMBER.fullmatch(said) and any(c.isdigit() for c in said):
        number = said.replace(",", "").replace("%", "").strip()
        return float(number) / (100 if "%" in said else 1), 0
    if day := _DAY.fullmatch(said):
        try:
            return serial(dt.date(int(day[1]), int(day[2]), int(day[3])), epoch), DATE
        except ValueError:
            return said, 0
    return said, 0
