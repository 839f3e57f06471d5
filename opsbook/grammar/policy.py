"""Policy: the values managers set. A value is asked for rows and answered by each row's scope and date.

``policy("exp.limit.deputy", expenses)`` is one number where nothing differs, else a Series over the rows;
``policy("exp.hotel", expenses, tier, level)`` reads a family by members, row by row.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from opsbook.grammar.book import Frame
from opsbook.grammar.text import Text

Holds = Literal["number", "percent", "count", "text", "words", "choice", "day", "days", "period", "yesno", "zone"]


@dataclass(frozen=True)
class Key:
    """A policy key: what it holds, its default, its bounds and what it is for."""

    name: str
    default: Any
    holds: Holds
    unit: Text
    meaning: Text
    section: Text
    least: float | None = None
    most: float | None = None
    among: tuple[str, ...] = ()
    sample: bool = False  # an example of one city or trade: to be replaced by the centre's own
    signed: bool = True  # a change asks for the name of who decided it
    codes: Mapping[str, str] = field(default_factory=dict)  # labels, case-folded, that mean a code: nothing else is allowed
    listed: str = ""  # the value list whose members its words name
    form: str = ""  # a regular expression for a text, or for each of several words

    @property
    def initial(self) -> Any:
        """The default as rules get it (:func:`as_rules_get_it`)."""
        return as_rules_get_it(self, self.default)


@dataclass(frozen=True)
class Matrix:
    """A family of keys that is entered as a block: ``family.row.column``. Members are shown by the labels of a value list, where one has them."""

    family: str
    title: Text
    down: tuple[str, ...]
    across: tuple[str, ...]
    heads: Text  # what the rows and the columns are
    lists: tuple[str, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)  # of members of no list
    toned: bool = False  # its values are levels, and coloured as such


def as_rules_get_it(key: Key, typed: Any) -> Any:
    """What a manager typed, as rules get it: percentages as fractions, lists as tuples, numbers as float.

    A ValueError carries the reason in both languages where the value is not of its kind or out of its bounds.
    A percentage below 1 is taken as Excel's own (90 % is 0.9).
    """
    match key.holds:
        case "number" | "count" | "percent":
            number = _number(typed)
            if key.holds == "percent" and not isinstance(typed, str):
                if number == 1:
                    raise ValueError(Text("1 may be 1% or 100%: enter 100, or 1% as text", "1 可能是1%或100%：请填100，或以文本填写1%"))
                number = number * 100 if 0 < number < 1 else number
            low, high = key.least, key.most
            if (low is not None and number < low) or (high is not None and number > high):
                bounds = " ".join(filter(None, [f">= {low:g}" if low is not None else "", f"<= {high:g}" if high is not None else ""]))
                raise ValueError(Text(f"{number:g} is not {bounds}", f"{number:g} 不满足 {bounds}"))
            if key.holds == "count" and number != int(number):
                raise ValueError(Text(f"{number:g} is not a whole number", f"{number:g} 不是整数"))
            return number / 100 if key.holds == "percent" else number
        case "words":
            return tuple(_word(key, part) for part in _PARTS.split(_filled(key, typed)) if part)
        case "days":
            return tuple(_day(part) for part in _PARTS.split(_said(typed)) if part)
        case "choice" | "yesno":
            said = {"是": "Y", "否": "N", "True": "Y", "False": "N"}.get(_said(typed), _said(typed))
            if said not in key.among:
                choices = ", ".join(key.among)
                raise ValueError(Text(f"{said} is none of {choices}", f"{said} 不是 {choices} 之一"))
            return said
        case "zone":
            try:
                return ZoneInfo(_said(typed)).key
            except (KeyError, ValueError, OSError):
                raise ValueError(Text(f"{_said(typed)[:40]} is no time zone", f"{_said(typed)[:40]} 不是时区")) from None
        case "day":
            return "TODAY" if _said(typed).upper() == "TODAY" else _day(typed)
        case "period":
            said = f"{typed:%Y-%m}" if isinstance(typed, date) else _said(typed)
            if said and not re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", said):
                raise ValueError(Text(f"{said} is not a month yyyy-mm", f"{said} 不是 yyyy-mm 形式的月份"))
            return said
        case _:
            return _word(key, said) if (said := _filled(key, typed)) else ""


_PARTS = re.compile(r"\s*[;；,，、\n]\s*")


def _filled(key: Key, typed: Any) -> str:
    said = _said(typed)
    if not said and key.default != "":
        raise ValueError(Text("it is blank", "未填写"))
    return said


def _word(key: Key, said: str) -> str:
    word = key.codes.get(said.casefold(), said)
    if key.codes and word not in key.codes.values():
        known = ", ".join(dict.fromkeys(key.codes.values()))
        raise ValueError(Text(f"{said} is none of {known}", f"{said} 不是 {known} 之一"))
    if key.form and not re.fullmatch(key.form, word):
        raise ValueError(Text(f"{said} has not the form of {key.default}"[:120], f"{said} 的格式应如 {key.default}"[:120]))
    return word


def _said(typed: Any) -> str:
    return f"{typed:.15g}" if isinstance(typed, float) else str(typed).strip()


def _number(typed: Any) -> float:
    try:
        if isinstance(typed, bool):
            raise ValueError
        number = float(typed) if isinstance(typed, (int, float)) else float(_said(typed).replace(",", "").removesuffix("%"))
        if not math.isfinite(number):
            raise ValueError
        return number
    except ValueError:
        raise ValueError(Text(f"{typed} is not a number", f"{typed} 不是数字")) from None


def _day(typed: Any) -> date:
    if isinstance(typed, datetime):
        return typed.date()
    if isinstance(typed, date):
        return typed
    try:
        return date.fromisoformat(_said(typed).replace("/", "-"))
    except ValueError:
        raise ValueError(Text(f"{typed} is not a date", f"{typed} 不是日期")) from None


@dataclass(frozen=True)
class Value:
    """One value of a key, from a day on, for everything (``*``) or for what ``applies_to`` names."""

    value: Any
    applies_to: str = "*"
    since: date | None = None


@dataclass
class Policy:
    """The values in force: those of the Policy sheet over the defaults."""

    keys: Mapping[str, Key]
    today: date
    values: dict[str, list[Value]] = field(default_factory=dict)
    faults: tuple[tuple[int, str, Text], ...] = ()  # Excel row (0: no row bears it), key, reason
    changed: tuple[int, ...] = ()  # Excel rows whose value is not the shipped one
    version: str = "default"

    def __call__(self, key: str, rows: Frame | None = None, *members: pd.Series) -> Any:
        """The value of a key, or of a family by members, for each row; KeyError for a key that does not exist.

        Numbers come back as float (percentages as fractions), lists as tuples, days as dates.
        """
        if members:
            assert rows is not None
            return self._of_members(key, rows, members)
        versions = self._versions(key)
        if len(versions) == 1 or rows is None:
            return self._now(versions)
        return self._by_row(versions, rows)

    @property
    def now(self) -> datetime:
        """The time on the clocks of Policy ``org.timezone``."""
        return datetime.now(ZoneInfo(self("org.timezone"))).replace(tzinfo=None)

    def _versions(self, key: str) -> list[Value]:
        if key not in self.keys:
            raise KeyError(f"there is no policy key {key}")
        given = self.values.get(key, [])
        anywhere = any(v.applies_to == "*" and v.since is None for v in given)
        versions = given if anywhere else [Value(self.keys[key].initial), *given]
        return sorted(versions, key=lambda v: (v.applies_to != "*", v.since or date.min))

    def _now(self, versions: list[Value]) -> Any:
        return [v for v in versions if v.applies_to == "*" and (v.since or date.min) <= self.today][-1].value

    def at(self, key: str, applies_to: str, day: date) -> Any:
        """The value that governs a scope on a day."""
        fits = [v for v in self._versions(key) if v.applies_to in ("*", applies_to) and (v.since or date.min) <= day]
        return fits[-1].value

    def stages(self, keys: Iterable[str]) -> list[tuple[str, date]]:
        """The scopes and days from which any of the keys has a value of its own, and everything today."""
        own = {(v.applies_to, v.since or date.min) for key in keys for v in self.values.get(key, ())}
        return sorted(own | {("*", self.today)})

    def allows(self, key: str, rows: Frame, column: pd.Series) -> pd.Series:
        """Whether each row's value is among the words of a list key (False for a blank)."""
        versions = self._versions(key)
        which = self._which(versions, rows)
        among = [np.asarray(column.isin(list(v.value))) for v in versions]
        return pd.Series(np.choose(which, among) if len(among) > 1 else among[0], index=rows.index)

    def of_scope(self, key: str, rows: Frame, scope: pd.Series) -> pd.Series:
        """The value of a key for each row, by its day and a scope that is given for it instead of its own."""
        return self._by_row(self._versions(key), rows, scope)

    def _by_row(self, versions: list[Value], rows: Frame, *scopes: pd.Series) -> pd.Series:
        numbers = all(isinstance(v.value, float) for v in versions)
        values = np.array([v.value for v in versions], dtype=float if numbers else object)
        return pd.Series(values[self._which(versions, rows, *scopes)], index=rows.index)

    def _which(self, versions: list[Value], rows: Frame, *scopes: pd.Series) -> np.ndarray:
        """The version that governs each row: the most specific and latest in effect is written last."""
        dated = rows.sheet.dated_by
        day = rows.column(dated).fillna(pd.Timestamp(self.today)) if dated else None
        which = np.zeros(len(rows), dtype=np.intp)
        for number, version in enumerate(versions[1:], 1):
            applies = np.ones(len(rows), dtype=bool)
            if version.since:
                stamp = pd.Timestamp(version.since)
                applies &= np.asarray(day >= stamp) if day is not None else self.today >= version.since
            if version.applies_to != "*":
                named = [np.asarray(c == version.applies_to) for c in scopes or map(rows.column, rows.sheet.scoped_by)]
                applies &= np.logical_or.reduce([np.zeros(len(rows), dtype=bool), *named])
            which[applies] = number
        return which

    def _of_members(self, family: str, rows: Frame, members: tuple[pd.Series, ...]) -> pd.Series:
        codes, names = zip(*(_factorized(m) for m in members), strict=True)
        filled = np.logical_and.reduce([c >= 0 for c in codes])
        numeric = all(isinstance(k.initial, float) for n, k in self.keys.items() if n.startswith(family + "."))
        out = np.full(len(rows), np.nan if numeric else None, dtype=float if numeric else object)
        cell = np.ravel_multi_index([np.where(filled, c, 0) for c in codes], [max(len(n), 1) for n in names])
        for number in np.unique(cell[filled]):
            places = np.unravel_index(number, [len(n) for n in names])
            key = ".".join([family, *(str(n[p]) for n, p in zip(names, places, strict=True))])
            if key in self.keys:
                here = filled & (cell == number)
                out[here] = self(key, rows[here]) if len(self._versions(key)) > 1 else self(key)
        return pd.Series(out, index=rows.index)


def _factorized(member: pd.Series) -> tuple[np.ndarray, list[str]]:
    if isinstance(member.dtype, pd.CategoricalDtype):
        held: Any = member.array
        return np.asarray(held.codes), [str(c) for c in held.categories]
    codes, uniques = pd.factorize(member)
    return codes, [f"{u:g}" if isinstance(u, float) else str(u) for u in uniques]
