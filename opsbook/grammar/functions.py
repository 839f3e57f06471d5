"""Functions of the rule language: Excel's own names, values and errors, worked out over whole columns."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from opsbook.grammar.values import (
    BLANK,
    DIVISION,
    ERROR,
    MISSING,
    NUM,
    NUMBER,
    SAME,
    TEXT,
    TRUTH,
    VALUE,
    Array,
    Cell,
    Error,
    Values,
    as_numbers,
    as_texts,
    as_truths,
    chosen,
    compared,
    day_of,
    distinct_of,
    each,
    first_of,
    joined,
    numbers,
    of_cells,
    rounded,
    serial,
    spells,
    truths,
)  # fmt: skip

#: What an argument is, and what a function gives: ``range`` is a whole column, ``name`` a text written out.
Holds = Literal["condition", "number", "text", "value", "range", "criterion", "name"]


class Given(Protocol):
    """What functions are given beside their arguments."""

    @property
    def today(self) -> date: ...
    @property
    def size(self) -> int: ...
    def policy(self, key: str, members: Sequence[Values]) -> Values: ...


@dataclass(frozen=True)
class Function:
    """A function: what it takes (a group after ``|`` is repeated, what stands in brackets may be left out), gives and does."""

    name: str
    takes: str
    gives: Holds
    does: Callable[..., Values]
    given: bool = False  # it wants a :class:`Given` first

    @property
    def most(self) -> int:
        """The largest number of arguments."""
        fixed, repeated = self._parts
        return 254 if repeated else len(fixed)

    @property
    def least(self) -> int:
        """The smallest number of arguments."""
        fixed, repeated = self._parts
        return len([w for w in fixed if w[0] != "["]) + len([w for w in repeated if w[0] != "["])

    @property
    def step(self) -> int:
        """How many arguments the repeated group has."""
        return len(self._parts[1]) or 1

    def of(self, place: int) -> str:
        """What the argument at a place (from 0) is."""
        fixed, repeated = self._parts
        word = fixed[place] if place < len(fixed) else repeated[(place - len(fixed)) % len(repeated)]
        return word.strip("[]")

    @property
    def _parts(self) -> tuple[list[str], list[str]]:
        fixed, _, repeated = self.takes.partition("|")
        return fixed.split(), repeated.split()

    @property
    def usage(self) -> str:
        """How it is written: ``IF(condition, value, [value])``."""
        fixed, repeated = self._parts
        return f"{self.name}({', '.join([*fixed, *repeated])}{', …' if repeated else ''})"


#: Functions by name.
FUNCTIONS: dict[str, Function] = {}


def _function(takes: str, gives: Holds, name: str = "", *, given: bool = False) -> Callable[[Callable[..., Values]], Callable[..., Values]]:
    def declare(does: Callable[..., Values]) -> Callable[..., Values]:
        said = name or does.__name__.strip("_").upper()
        FUNCTIONS[said] = Function(said, takes, gives, does, given)
        return does

    return declare


def _cellwise(name: str, takes: str, gives: Holds, of: Callable[..., Cell]) -> None:
    """A function that is asked once for each combination of cells that differs."""

    def does(*values: Values) -> Values:
        words = [FUNCTIONS[name].of(n) for n in range(len(values))]
        return each(lambda *cells: of(*(_as(word, cell) for word, cell in zip(words, cells, strict=True))), *values)

    FUNCTIONS[name] = Function(name, takes, gives, does)


def _as(word: str, cell: Cell) -> Any:
    if word == "text":
        return as_texts(of_cells([cell])).cells()[0] if not isinstance(cell, str) else cell
    if word == "number" and not (isinstance(cell, float) and not isinstance(cell, bool)):
        number, wrong = as_numbers(of_cells([cell]))
        if np.any(wrong):
            raise ValueError
        return float(number[0])
    return cell


# ------------------------------------------------------------------------------------------------------------ logic


def _over_conditions(ufunc: Any) -> Callable[..., Values]:
    """Blanks are passed over, as Excel does with cells; where there is nothing else, nothing can be told."""

    def does(*values: Values) -> Values:
        held, wrong = zip(*map(as_truths, values), strict=True)
        blank = [np.asarray(v.tag) == BLANK for v in values]
        if not any(map(np.any, blank)):
            return truths(ufunc.reduce(np.broadcast_arrays(*held)), first_of(*wrong))
        neutral = ufunc is np.logical_and
        none = np.logical_and.reduce(np.broadcast_arrays(*blank))
        made = ufunc.reduce(np.broadcast_arrays(*(np.where(b, neutral, h) for b, h in zip(blank, held, strict=True))))
        return truths(made & ~none, first_of(*wrong, np.where(none, VALUE, 0)))

    return does


for _name, _ufunc in (("AND", np.logical_and), ("OR", np.logical_or), ("XOR", np.logical_xor)):
    FUNCTIONS[_name] = Function(_name, "| condition", "condition", _over_conditions(_ufunc))


@_function("condition", "condition")
def _not(value: Values) -> Values:
    held, wrong = as_truths(value)
    return truths(~held, wrong)


_FALSE = truths(False)
_NOTHING_FITS = of_cells([Error(MISSING)])


@_function("condition value [value]", "value")
def _if(condition: Values, yes: Values, no: Values = _FALSE) -> Values:
    held, wrong = as_truths(condition)
    return chosen(held, wrong, yes, no)


@_function("| condition value", "value")
def _ifs(*values: Values) -> Values:
    found = _NOTHING_FITS
    for condition, value in reversed(list(zip(values[::2], values[1::2], strict=True))):
        found = _if(condition, value, found)
    return found


@_function("value value value | [value]", "value")
def _switch(value: Values, *cases: Values) -> Values:
    found = cases[-1] if len(cases) % 2 else _NOTHING_FITS
    for case, then in reversed(list(zip(cases[: len(cases) // 2 * 2 : 2], cases[1::2], strict=True))):
        found = _if(compared("=", value, case), then, found)
    return found


@_function("value value", "value")
def _iferror(value: Values, instead: Values) -> Values:
    return chosen(np.asarray(value.errors) == 0, 0, value, instead) if np.any(value.errors) else value


@_function("value value", "value")
def _ifna(value: Values, instead: Values) -> Values:
    return chosen(np.asarray(value.errors) != MISSING, 0, value, instead)


@_function("value | value", "condition")
def _in(value: Values, *among: Values) -> Values:
    return FUNCTIONS["OR"].does(*(compared("=", value, one) for one in among))


def _kind(tag: int) -> Callable[[Values], Values]:
    return lambda value: truths(np.asarray(value.tag) == tag)


for _name, _tag in (("ISNUMBER", NUMBER), ("ISTEXT", TEXT), ("ISLOGICAL", TRUTH), ("ISERROR", ERROR)):
    FUNCTIONS[_name] = Function(_name, "value", "condition", _kind(_tag))


@_function("value", "condition")
def _isna(value: Values) -> Values:
    return truths(np.asarray(value.errors) == MISSING)


@_function("value", "condition")
def _isblank(value: Values) -> Values:
    empty = np.array([said == "" for said in value.texts] or [False])[value.codes]
    return truths((np.asarray(value.tag) == BLANK) | ((np.asarray(value.tag) == TEXT) & empty))


# ---------------------------------------------------------------------------------------------------------- numbers


def _of_number(name: str, of: Callable[[Array], Any]) -> None:
    def does(value: Values) -> Values:
        number, wrong = as_numbers(value)
        with np.errstate(all="ignore"):
            made = np.asarray(of(number), dtype=float)
        unsound = ~np.isfinite(made)
        return numbers(np.where(unsound, 0.0, made), first_of(wrong, np.where(unsound, NUM, 0)))

    FUNCTIONS[name] = Function(name, "number", "number", does)


for _name, _of in (("ABS", np.abs), ("SIGN", np.sign), ("SQRT", np.sqrt), ("EXP", np.exp), ("LN", np.log)):
    _of_number(_name, _of)


def _floor(number: Array) -> Array:
    """The whole number at or below; what is a whole number but for its last bits is one."""
    near = np.round(number)
    return np.where(np.abs(number - near) <= np.abs(near) * SAME, near, np.floor(number))


@_function("number", "number")
def _int(value: Values) -> Values:
    number, wrong = as_numbers(value)
    return numbers(_floor(number), wrong)


@_function("number number", "number")
def _mod(value: Values, by: Values) -> Values:
    (number, wrong), (divisor, wrong_too) = as_numbers(value), as_numbers(by)
    none = divisor == 0
    divisor = np.where(none, 1.0, divisor)
    whole_times = divisor * _floor(number / divisor)
    made = np.where(np.abs(number - whole_times) <= np.abs(number) * SAME, 0.0, number - whole_times)
    return numbers(made, first_of(wrong, wrong_too, np.where(none, DIVISION, 0)))


_NO_DIGITS = numbers(0.0)


def _rounding(name: str) -> Callable[..., Values]:
    return lambda value, digits=_NO_DIGITS: rounded(value, digits, name)


for _name in ("ROUND", "ROUNDUP", "ROUNDDOWN"):
    FUNCTIONS[_name] = Function(_name, "number [number]", "number", _rounding(_name))


def _stacked(values: Sequence[Values]) -> tuple[Array, Array, Any]:
    """Columns beside one another: the numbers and truth values, where there are any (texts and blanks are passed over), and the errors."""
    tags = np.broadcast_arrays(*(np.broadcast_to(np.asarray(v.tag), (len(v),)) for v in values))
    held = np.broadcast_arrays(*(np.broadcast_to(v.number, (len(v),)) for v in values))
    return np.stack(held), np.isin(np.stack(tags), (NUMBER, TRUTH)), first_of(*(v.errors for v in values))


def _over(name: str, of: Callable[[Array, Array], tuple[Array, Any]]) -> None:
    def does(*values: Values) -> Values:
        number, there, wrong = _stacked(values)
        made, more = of(number, there)
        return numbers(made, first_of(wrong, more))

    FUNCTIONS[name] = Function(name, "| value", "number", does)


def _extreme(ufunc: Any, least: float) -> Callable[[Array, Array], tuple[Array, Any]]:
    def of(number: Array, there: Array) -> tuple[Array, Any]:
        made = ufunc.reduce(np.where(there, number, least))
        return np.where(there.any(axis=0), made, 0.0), 0

    return of


def _mean(number: Array, there: Array) -> tuple[Array, Any]:
    count = there.sum(axis=0)
    return np.where(there, number, 0.0).sum(axis=0) / np.maximum(count, 1), np.where(count == 0, DIVISION, 0)


_over("SUM", lambda number, there: (np.where(there, number, 0.0).sum(axis=0), 0))
_over("AVERAGE", _mean)
_over("MIN", _extreme(np.minimum, np.inf))
_over("MAX", _extreme(np.maximum, -np.inf))


@_function("| value", "number")
def _count(*values: Values) -> Values:
    return numbers(_stacked(values)[1].sum(axis=0))


@_function("| value", "number")
def _counta(*values: Values) -> Values:
    tags = np.broadcast_arrays(*(np.broadcast_to(np.asarray(v.tag), (len(v),)) for v in values))
    return numbers((np.stack(tags) != BLANK).sum(axis=0))


def whole(function: Function, column: Values) -> Values:
    """What one of SUM, AVERAGE, MIN, MAX, COUNT, COUNTA makes of a whole column."""
    cells = np.broadcast_to(np.asarray(column.tag), (len(column),))
    number = np.broadcast_to(column.number, (len(column),))[cells == NUMBER]
    match function.name:
        case "COUNT":
            return numbers(len(number))
        case "COUNTA":
            return numbers(int((cells != BLANK).sum()))
        case "AVERAGE" if not len(number):
            return of_cells([Error(DIVISION)])
    if np.any(column.errors):
        return of_cells([Error(int(column.errors[np.flatnonzero(column.errors)[0]]))])
    if not len(number):
        return numbers(0.0)
    return numbers({"SUM": number.sum, "AVERAGE": number.mean, "MIN": number.min, "MAX": number.max}[function.name]())


def by_group(name: str, columns: Sequence[Values], groups: Array, count: int) -> Values:
    """What one of SUM, AVERAGE, MIN, MAX, COUNT, COUNTA makes of the cells of each group of rows."""
    number, there, wrong = _stacked(columns)
    where = np.broadcast_to(groups, (len(columns), len(groups))).ravel()
    number, there = (np.broadcast_to(part, (len(columns), len(groups))).ravel() for part in (number, there))
    if name == "COUNTA":
        filled = [np.broadcast_to(np.asarray(c.tag) != BLANK, (len(groups),)) for c in columns]
        return numbers(np.bincount(where, weights=np.concatenate(filled), minlength=count))
    held = np.bincount(where[there], minlength=count)
    failed = np.zeros(count)
    if np.any(wrong):
        np.maximum.at(failed, groups, np.broadcast_to(wrong, (len(groups),)))
    if name in ("MIN", "MAX"):
        made = np.full(count, np.inf if name == "MIN" else -np.inf)
        (np.minimum if name == "MIN" else np.maximum).at(made, where[there], number[there])
        return numbers(np.where(held, made, 0.0), failed)
    sums = np.bincount(where[there], weights=number[there], minlength=count)
    match name:
        case "SUM":
            return numbers(sums, failed)
        case "COUNT":
            return numbers(held)
    return numbers(sums / np.maximum(held, 1), first_of(failed, np.where(held == 0, DIVISION, 0)))


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


_cellwise("LEN", "text", "number", lambda said: float(len(said)))
_cellwise("LEFT", "text [number]", "text", _left)
_cellwise("RIGHT", "text [number]", "text", _right)
_cellwise("MID", "text number number", "text", lambda said, start, count: said[_counted(start, 1) - 1 :][: _counted(count)])
_cellwise("TRIM", "text", "text", lambda said: " ".join(part for part in said.split(" ") if part))
_cellwise("UPPER", "text", "text", str.upper)
_cellwise("LOWER", "text", "text", str.lower)
_cellwise("EXACT", "text text", "condition", lambda one, other: one == other)
_cellwise("FIND", "text text [number]", "number", _find)
_cellwise("SEARCH", "text text [number]", "number", lambda what, within, start=1.0: _find(what.casefold(), within.casefold(), start))
_cellwise("SUBSTITUTE", "text text text [number]", "text", _substitute)
_cellwise("TEXT", "number text", "text", _as_format)
_cellwise("VALUE", "value", "number", _value)
FUNCTIONS["CONCAT"] = Function("CONCAT", "| text", "text", joined)
FUNCTIONS["CONCATENATE"] = Function("CONCATENATE", "| text", "text", joined)


# ------------------------------------------------------------------------------------------------------------- days


@_function("", "number", given=True)
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
    monday = day_of(number).weekday()
    return {1.0: float((monday + 1) % 7 + 1), 2.0: float(monday + 1), 3.0: float(monday)}.get(form, Error(NUM))


def _moved(number: float, months: float, *, end: bool = False) -> float:
    day = day_of(number)
    year, month = divmod(day.year * 12 + day.month - 1 + math.trunc(months), 12)
    return serial(date(year, month + 1, _last(year, month + 1) if end else min(day.day, _last(year, month + 1))))


def _last(year: int, month: int) -> int:
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def _day(year: float, month: float, day: float) -> Cell:
    years, months = divmod(math.floor(year) * 12 + math.floor(month) - 1, 12)
    made = serial(date(years, months + 1, 1)) + math.floor(day) - 1 if 1 <= years <= 9999 else -1.0
    return made if 0 <= made < 2_958_466 else Error(NUM)


def _datedif(start: float, end: float, unit: str) -> Cell:
    first, last = day_of(start), day_of(end)
    if first > last:
        return Error(NUM)
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return {"d": float((last - first).days), "m": float(months), "y": float(months // 12), "ym": float(months % 12)}.get(unit.casefold(), Error(NUM))


@_function("number number", "number")
def _networkdays(start: Values, end: Values) -> Values:
    (first, wrong), (last, wrong_too) = as_numbers(start), as_numbers(end)
    outside = (np.minimum(first, last) < 0) | (np.maximum(first, last) >= 2_958_466)
    a, b = (np.datetime64("1899-12-30") + np.floor(np.where(outside, 0, x)).astype("timedelta64[D]") for x in np.broadcast_arrays(first, last))
    swapped = a > b
    low, high = np.where(swapped, b, a), np.where(swapped, a, b)
    count = np.busday_count(low, high + np.timedelta64(1, "D")).astype(float)
    return numbers(np.where(swapped, -count, count), first_of(wrong, wrong_too, np.where(outside, NUM, 0)))


_cellwise("DATE", "number number number", "number", _day)
_cellwise("WEEKDAY", "number [number]", "number", _weekday)
_cellwise("EDATE", "number number", "number", _moved)
_cellwise("EOMONTH", "number number", "number", lambda number, months: _moved(number, months, end=True))
_cellwise("DATEDIF", "number number text", "number", _datedif)


# ------------------------------------------------------------------------------------------- other rows, other sheets


class TooCostly(ValueError):  # noqa: N818  (what is the case, not what went wrong)
    """A look-up over other rows would take too long."""


_BUDGET = 4e8  # cells that a look-up may compare one by one


def _key(cell: Cell, *, loose: bool) -> Any:
    """What two cells have in common that are the same to a look-up: loosely, a numeral and its number are."""
    if isinstance(cell, str):  # an identifier of more digits than a number keeps is a text, other than in Excel: two of them are two
        return number if loose and len(cell) <= 16 and (number := spells(cell)) == number else cell.casefold()
    return (cell,) if isinstance(cell, bool) else cell


def _ids(one: Values, other: Values, *, loose: bool) -> tuple[Array, Array]:
    """Numbers that are the same where the cells of two columns are; -1 for an error."""
    known: dict[Any, int] = {}
    made: list[Array] = []
    for values in (one,) if one is other else (one, other):
        codes, cells = distinct_of(values)
        keys = _keys(cells, loose=loose)
        if one is other and keys is cells:  # nothing is the same but what is the same text
            return codes, codes
        ids = np.array([-1 if isinstance(key, Error) else known.setdefault(key, len(known)) for key in keys] or [0])
        made.append(np.broadcast_to(ids[codes] if len(cells) else np.zeros(len(codes), dtype=int), (len(values),)))
    return made[0], made[-1]


def _keys(cells: list[Cell], *, loose: bool) -> list[Any]:
    """The :func:`_key` of each cell; the very list where every cell is its own."""
    if cells and cells[-1] is None:
        texts = cells[:-1]
        keys = _keys(texts, loose=loose)
        return cells if keys is texts else [*keys, None]
    try:
        whole = "\0".join(cells)  # type: ignore[arg-type]
    except TypeError:  # not all are texts
        return [_key(cell, loose=loose) for cell in cells]
    folded = whole.casefold()
    if folded == whole and not (loose and _SHORT_NUMERAL.search(whole)):
        return cells
    return [_key(cell, loose=True) for cell in cells] if loose else folded.split("\0")


_SHORT_NUMERAL = re.compile(r"(?:\A|\0)[ +.\-\d][ \d.eE+\-]{0,15}(?=\0|\Z)")


@_function("value", "condition")
def _unique(value: Values) -> Values:
    """Whether the cell's value stands in its column once; a blank is no value."""
    ids, _ = _ids(value, value, loose=False)
    return truths((np.bincount(ids[ids >= 0])[ids] == 1) | (np.asarray(value.tag) == BLANK), value.errors)


@_function("value range range [value]", "value")
def _xlookup(value: Values, within: Values, result: Values, instead: Values = _NOTHING_FITS) -> Values:
    sought, there = _ids(value, within, loose=False)
    index = pd.Index(there)
    first = np.flatnonzero(~index.duplicated() & (there >= 0))
    at = pd.Index(there[first]).get_indexer(sought) if len(first) else np.full(len(sought), -1)
    found = at >= 0
    blank = np.broadcast_to(np.asarray(value.tag) == BLANK, found.shape)
    taken = result.taken(first[at]) if len(first) else instead
    return chosen(found & ~blank, value.errors, taken, instead)


@dataclass(frozen=True)
class _Criterion:
    """``">5"``: a sign, and what it compares with."""

    sign: str
    than: Cell


def _criterion(cell: Cell) -> _Criterion:
    """What a criterion asks. A blank one asks for 0, as in Excel."""
    if not isinstance(cell, str):
        return _Criterion("=", 0.0 if cell is None else cell)
    sign = next((s for s in ("<>", "<=", ">=", "<", ">", "=") if cell.startswith(s)), "")
    said = cell[len(sign) :]
    number = spells(said)
    return _Criterion(sign or "=", said if math.isnan(number) else number)


def _fits(column: Values, asked: _Criterion) -> Array:
    """The cells of a column that a criterion takes in."""
    codes, cells = distinct_of(column)
    return np.broadcast_to(np.array([_fit(cell, asked) for cell in cells] or [False])[codes], (len(column),))


def _fit(cell: Cell, asked: _Criterion) -> bool:
    than = asked.than
    if asked.sign in ("=", "<>"):
        if than == "" and isinstance(than, str):
            same = cell is None or cell == ""
        elif isinstance(than, str) and re.search("[*?]", than):
            same = isinstance(cell, str) and like(cell.casefold(), than.casefold())
        else:
            same = cell is not None and not isinstance(cell, Error) and _key(cell, loose=True) == _key(than, loose=True)
        return same == (asked.sign == "=")
    if isinstance(than, str):
        return isinstance(cell, str) and _ORDER[asked.sign](cell.casefold(), than.casefold())
    return isinstance(cell, float) and isinstance(than, float) and _ORDER[asked.sign](cell, than)


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def like(said: str, pattern: str) -> bool:
    """Whether a text is of a pattern in which ``*`` is anything, ``?`` one character and ``~`` takes the next as it is.

    >>> like("abcde", "a*d?"), like("a*", "a~*"), like("ab", "a~*")
    (True, True, False)
    """
    parts = re.findall(r"~[*?~]|.", pattern, re.DOTALL)
    at, part, star, back = 0, 0, -1, 0
    while at < len(said):
        if part < len(parts) and parts[part] == "*":
            star, back, part = part, at, part + 1
        elif part < len(parts) and (parts[part] == "?" or parts[part][-1] == said[at]):
            at, part = at + 1, part + 1
        elif star >= 0:
            back, part = back + 1, star + 1
            at = back
        else:
            return False
    return all(rest == "*" for rest in parts[part:])


@dataclass(frozen=True)
class _Asked:
    """Pairs of column and criterion, put so that all rows are answered together."""

    kept: Array  # the places of the columns' rows that the criteria which are the same for every row take in
    group: Array  # for each of them the group of values that other criteria must equal
    of_row: Array  # the group that each row at hand asks for
    least: tuple[str, Array, Array] | None  # one more criterion: its sign, the numbers of those rows, and those asked for
    wrong: Any  # errors among the criteria


def _asked(pairs: Sequence[tuple[Values, Values]], size: int) -> _Asked:
    rows = len(pairs[0][0])
    kept, group, of_row = np.ones(rows, dtype=bool), np.zeros(rows, dtype=np.int64), np.zeros(size, dtype=np.int64)
    least: tuple[str, Array, Array] | None = None
    for pair in pairs:
        column, criterion = pair
        codes, cells = distinct_of(criterion)
        asked = [_criterion(c) for c in cells]
        used = [asked[c] for c in np.unique(codes).tolist()]
        if len(used) == 1:
            kept &= _fits(column, used[0])
        elif all(a.sign == "=" and not (isinstance(a.than, str) and re.search("[*?]|^$", a.than)) for a in used):
            wanted, there = _ids(of_cells([a.than for a in asked]), column, loose=True)
            there = np.where(np.broadcast_to(np.asarray(column.tag) == BLANK, (rows,)), -1, there)
            paired, _ = pd.factorize(np.concatenate([group * (1 << 32) + there, of_row * (1 << 32) + np.broadcast_to(wanted[codes], (size,))]))
            kept &= there >= 0
            group, of_row = paired[:rows], paired[rows:]
        elif least is None and len({a.sign for a in used}) == 1 and used[0].sign in _ORDER and all(isinstance(a.than, float) for a in used):
            number = np.where(np.broadcast_to(np.asarray(column.tag) == NUMBER, (rows,)), column.number, np.nan)
            than = np.array([a.than if isinstance(a.than, float) else np.nan for a in asked])
            least = used[0].sign, number, np.broadcast_to(than[codes], (size,))
            kept &= ~np.isnan(number)
        else:
            return _one_by_one([p for p in pairs if p is not pair], size, column, asked, codes)
    places = np.flatnonzero(kept)
    least = (least[0], least[1][places], least[2]) if least else None
    return _Asked(places, group[places], of_row, least, first_of(*(c.errors for _, c in pairs)))


def _one_by_one(rest: Sequence[tuple[Values, Values]], size: int, column: Values, asked: Sequence[_Criterion], codes: Array) -> _Asked:
    """Where a criterion is of no simple form: every row of the columns once for each criterion that takes it in."""
    if len(asked) * len(column) > _BUDGET:
        raise TooCostly
    which, rows = np.nonzero(np.array([_fits(column, a) for a in asked]))
    if len(rows) > _BUDGET / 8:
        raise TooCostly
    own = numbers(which.astype(float)), numbers(np.broadcast_to(codes, (size,)).astype(float))
    found = _asked([*((other.taken(rows), criterion) for other, criterion in rest), own], size)
    return replace(found, kept=rows[found.kept])


def _gathered(asked: _Asked, values: Array) -> Array:
    """The sum of values over the rows that each row at hand asks for."""
    weight, group = values[asked.kept], asked.group
    if asked.least is None:
        sums: Array = np.bincount(group, weights=weight, minlength=int(max(asked.of_row.max(initial=0), group.max(initial=0))) + 1)
        return np.asarray(sums[asked.of_row])
    sign, number, than = asked.least
    steps = np.unique(number)
    width = len(steps) + 1
    place = group * width + np.searchsorted(steps, number)
    order = np.argsort(place, kind="stable")
    place, running = place[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    first, last = np.searchsorted(place, asked.of_row * width), np.searchsorted(place, (asked.of_row + 1) * width)
    cut = np.searchsorted(place, asked.of_row * width + np.searchsorted(steps, than, side="right" if sign in ("<=", ">") else "left"))
    return np.asarray(running[cut] - running[first] if sign in ("<", "<=") else running[last] - running[cut])


def _pairs(values: Sequence[Values]) -> list[tuple[Values, Values]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _numbers_of(column: Values) -> tuple[Array, Array]:
    """The numbers of a column, and which of its cells hold one."""
    there = np.broadcast_to(np.asarray(column.tag) == NUMBER, (len(column),))
    return np.where(there, column.number, 0.0), there.astype(float)


@_function("| range criterion", "number", given=True)
def _countifs(given: Given, *values: Values) -> Values:
    asked = _asked(_pairs(values), given.size)
    return numbers(_gathered(asked, np.ones(len(values[0]))), asked.wrong)


@_function("range | range criterion", "number", given=True)
def _sumifs(given: Given, column: Values, *values: Values) -> Values:
    asked = _asked(_pairs(values), given.size)
    return numbers(_gathered(asked, _numbers_of(column)[0]), asked.wrong)


@_function("range | range criterion", "number", given=True)
def _averageifs(given: Given, column: Values, *values: Values) -> Values:
    asked, (number, there) = _asked(_pairs(values), given.size), _numbers_of(column)
    count = _gathered(asked, there)
    return numbers(_gathered(asked, number) / np.maximum(count, 1), first_of(asked.wrong, np.where(count == 0, DIVISION, 0)))


@_function("range criterion", "number", given=True)
def _countif(given: Given, *values: Values) -> Values:
    return _countifs(given, *values)


@_function("range criterion [range]", "number", given=True)
def _sumif(given: Given, column: Values, criterion: Values, summed: Values | None = None) -> Values:
    return _sumifs(given, column if summed is None else summed, column, criterion)


@_function("name | [value]", "value", given=True)
def _policy(given: Given, key: Values, *members: Values) -> Values:
    return given.policy(str(key.cells()[0]), members)


#: Functions that people look for here, and what to use instead.
INSTEAD = {
    "VLOOKUP": "XLOOKUP", "HLOOKUP": "XLOOKUP", "LOOKUP": "XLOOKUP", "INDEX": "XLOOKUP", "MATCH": "XLOOKUP", "ISEMPTY": "ISBLANK",
    "ROUNDOFF": "ROUND", "DATEVALUE": "DATE", "NOW": "TODAY", "AVERAGEIF": "AVERAGEIFS", "NETWORKDAYS.INTL": "NETWORKDAYS", "STDEV": "AVERAGE",
}  # fmt: skip
#: What makes one value of the rows of a group, and of a whole column.
AGGREGATES = ("SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA")
