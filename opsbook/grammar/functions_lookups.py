"""Functions that look at other rows and other sheets: sums and counts by criteria, look-ups, policy."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from opsbook.grammar.functions import NOTHING_FITS, Given, function
from opsbook.grammar.values import (
    BLANK,
    DIVISION,
    NUMBER,
    Array,
    Cell,
    Error,
    Values,
    chosen,
    distinct_of,
    first_of,
    numbers,
    numeral,
    of_cells,
    spells,
    truths,
)  # fmt: skip

# ------------------------------------------------------------------------------------------- other rows, other sheets


class TooCostly(ValueError):  # noqa: N818  (what is the case, not what went wrong)
    """A look-up over other rows would take too long."""


_BUDGET = 300_000  # cells that a look-up may compare one by one


def _key(cell: Cell, *, loose: bool) -> Any:
    """What two cells have in common that are the same to a look-up: loosely, a numeral and its number are."""
    if isinstance(cell, str):  # an identifier of more digits than a number keeps is a text, other than in Excel: two of them are two
        return number if loose and len(cell) <= 16 and (number := numeral(cell)) == number else cell.casefold()
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


@function("value", "condition")
def _unique(value: Values) -> Values:
    """Whether the cell's value stands in its column once; a blank is no value."""
    ids, _ = _ids(value, value, loose=False)
    return truths((np.bincount(ids[ids >= 0])[ids] == 1) | (np.asarray(value.tag) == BLANK), value.errors)


@function("value range range [value]", "value")
def _xlookup(value: Values, within: Values, result: Values, instead: Values = NOTHING_FITS) -> Values:
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
    """What a criterion asks. A blank one asks for 0, as in Excel; signs and numbers may be typed wide, as on a Chinese keyboard."""
    if not isinstance(cell, str):
        return _Criterion("=", 0.0 if cell is None else cell)
    head = re.match("[<>=＜＞＝]{0,2}", cell)
    wide = head[0].translate(_WIDE) if head else ""
    sign = next((s for s in ("<>", "<=", ">=", "<", ">", "=") if wide.startswith(s)), "")
    said = cell[len(sign) :]
    number = spells(said)
    return _Criterion(sign or "=", said if math.isnan(number) else number)


_WIDE = str.maketrans("＜＞＝", "<>=")


def can_match(criterion: float | str, *, numbers: bool) -> bool:
    """Whether some cell of a column of ``numbers`` (days are numbers), else of texts, can be what a criterion asks.

    >>> can_match(">=6%", numbers=True), can_match("abc", numbers=True), can_match(">5", numbers=False), can_match("<>abc", numbers=True)
    (True, False, False, True)
    """
    asked = _criterion(criterion)
    if asked.sign == "<>" or asked.than == "":
        return True
    return not isinstance(asked.than, str) if numbers else isinstance(asked.than, str) or asked.sign == "="


def _fits(column: Values, asked: _Criterion) -> Array:
    """The cells of a column that a criterion takes in."""
    codes, cells = distinct_of(column)
    return np.broadcast_to(np.array([_fit(cell, asked) for cell in cells] or [False])[codes], (len(column),))


def _fit(cell: Cell, asked: _Criterion) -> bool:
    than = asked.than
    if asked.sign in ("=", "<>"):
        if than == "" and isinstance(than, str):
            same = cell is None or cell == ""
        elif isinstance(than, str) and re.search("[*?~]", than):
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
        elif all(a.sign == "=" and not (isinstance(a.than, str) and re.search("[*?~]|^$", a.than)) for a in used):
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
    places, cells = distinct_of(column)
    if len(asked) * len(cells) > _BUDGET or len(asked) * len(column) > 100 * _BUDGET:
        raise TooCostly("its criteria differ from row to row, and would have to be compared one by one")
    fit = np.array([[_fit(cell, a) for cell in cells] for a in asked], dtype=bool).reshape(len(asked), len(cells))
    which, rows = np.nonzero(fit[:, np.broadcast_to(places, (len(column),))])
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
    if sign[0] == ">":  # the other way round, so that sums are always run up and never subtracted
        number, than = -number, -than
    steps = np.unique(number)
    width = len(steps) + 1
    place = group * width + np.searchsorted(steps, number)
    order = np.argsort(place, kind="stable")
    place, running = place[order], pd.Series(weight[order]).groupby(group[order]).cumsum().to_numpy()
    first = np.searchsorted(place, asked.of_row * width)
    cut = np.searchsorted(place, asked.of_row * width + np.searchsorted(steps, than, side="right" if sign[-1] == "=" else "left"))
    return np.where(cut > first, running[cut - 1] if len(running) else 0.0, 0.0)


def _pairs(values: Sequence[Values]) -> list[tuple[Values, Values]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _numbers_of(column: Values) -> tuple[Array, Array]:
    """The numbers of a column, and which of its cells hold one."""
    there = np.broadcast_to(np.asarray(column.tag) == NUMBER, (len(column),))
    return np.where(there, column.number, 0.0), there.astype(float)


@function("| range criterion", "number", given=True)
def _countifs(given: Given, *values: Values) -> Values:
    asked = _asked(_pairs(values), given.size)
    return numbers(_gathered(asked, np.ones(len(values[0]))), asked.wrong)


@function("range | range criterion", "number", given=True)
def _sumifs(given: Given, column: Values, *values: Values) -> Values:
    asked = _asked(_pairs(values), given.size)
    return numbers(_gathered(asked, _numbers_of(column)[0]), asked.wrong)


@function("range | range criterion", "number", given=True)
def _averageifs(given: Given, column: Values, *values: Values) -> Values:
    asked, (number, there) = _asked(_pairs(values), given.size), _numbers_of(column)
    count = _gathered(asked, there)
    return numbers(_gathered(asked, number) / np.maximum(count, 1), first_of(asked.wrong, np.where(count == 0, DIVISION, 0)))


@function("range criterion", "number", given=True)
def _countif(given: Given, *values: Values) -> Values:
    return _countifs(given, *values)


@function("range criterion [range]", "number", given=True)
def _sumif(given: Given, column: Values, criterion: Values, summed: Values | None = None) -> Values:
    return _sumifs(given, column if summed is None else summed, column, criterion)


@function("name | [value]", "value", given=True)
def _policy(given: Given, key: Values, *members: Values) -> Values:
    return given.policy(str(key.cells()[0]), members)
