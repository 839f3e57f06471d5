"""Functions of the rule language: Excel's own names, values and errors, worked out over whole columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

import numpy as np

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
    each,
    first_of,
    numbers,
    of_cells,
    rounded,
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


def function(takes: str, gives: Holds, name: str = "", *, given: bool = False) -> Callable[[Callable[..., Values]], Callable[..., Values]]:
    """Declare the function below: its name in capitals, or another, what it takes (see :class:`Function`) and gives."""

    def declare(does: Callable[..., Values]) -> Callable[..., Values]:
        said = name or does.__name__.strip("_").upper()
        FUNCTIONS[said] = Function(said, takes, gives, does, given)
        return does

    return declare


def cellwise(name: str, takes: str, gives: Holds, of: Callable[..., Cell]) -> None:
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


@function("condition", "condition")
def _not(value: Values) -> Values:
    held, wrong = as_truths(value)
    return truths(~held, wrong)


_FALSE = truths(False)
#: What a choice among cases comes to where none fits.
NOTHING_FITS = of_cells([Error(MISSING)])


@function("condition value [value]", "value")
def _if(condition: Values, yes: Values, no: Values = _FALSE) -> Values:
    held, wrong = as_truths(condition)
    return chosen(held, wrong, yes, no)


@function("| condition value", "value")
def _ifs(*values: Values) -> Values:
    found = NOTHING_FITS
    for condition, value in reversed(list(zip(values[::2], values[1::2], strict=True))):
        found = _if(condition, value, found)
    return found


@function("value value value | [value]", "value")
def _switch(value: Values, *cases: Values) -> Values:
    found = cases[-1] if len(cases) % 2 else NOTHING_FITS
    for case, then in reversed(list(zip(cases[: len(cases) // 2 * 2 : 2], cases[1::2], strict=True))):
        found = _if(compared("=", value, case), then, found)
    return found


@function("value value", "value")
def _iferror(value: Values, instead: Values) -> Values:
    return chosen(np.asarray(value.errors) == 0, 0, value, instead) if np.any(value.errors) else value


@function("value value", "value")
def _ifna(value: Values, instead: Values) -> Values:
    return chosen(np.asarray(value.errors) != MISSING, 0, value, instead)


@function("value | value", "condition")
def _in(value: Values, *among: Values) -> Values:
    return FUNCTIONS["OR"].does(*(compared("=", value, one) for one in among))


def _kind(tag: int) -> Callable[[Values], Values]:
    return lambda value: truths(np.asarray(value.tag) == tag)


for _name, _tag in (("ISNUMBER", NUMBER), ("ISTEXT", TEXT), ("ISLOGICAL", TRUTH), ("ISERROR", ERROR)):
    FUNCTIONS[_name] = Function(_name, "value", "condition", _kind(_tag))


@function("value", "condition")
def _isna(value: Values) -> Values:
    return truths(np.asarray(value.errors) == MISSING)


@function("value", "condition")
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


@function("number", "number")
def _int(value: Values) -> Values:
    number, wrong = as_numbers(value)
    return numbers(_floor(number), wrong)


@function("number number", "number")
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


@function("| value", "number")
def _count(*values: Values) -> Values:
    return numbers(_stacked(values)[1].sum(axis=0))


@function("| value", "number")
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


#: Functions that people look for here, and what to use instead.
INSTEAD = {
    "VLOOKUP": "XLOOKUP", "HLOOKUP": "XLOOKUP", "LOOKUP": "XLOOKUP", "INDEX": "XLOOKUP", "MATCH": "XLOOKUP", "ISEMPTY": "ISBLANK",
    "ROUNDOFF": "ROUND", "DATEVALUE": "DATE", "NOW": "TODAY", "AVERAGEIF": "AVERAGEIFS", "NETWORKDAYS.INTL": "NETWORKDAYS", "STDEV": "AVERAGE",
}  # fmt: skip
#: What makes one value of the rows of a group, and of a whole column.
AGGREGATES = ("SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA")
