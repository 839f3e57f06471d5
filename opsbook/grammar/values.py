"""Values: columns of cells that may be blank, numbers, texts, truth values or errors, and what Excel's operators make of them.

Arrays have one item for each row, or one for all of them; a text is kept once, and a column says where it stands. Numbers that differ
by less than the last bits of their binary form are equal, as they are for Excel and LibreOffice.
"""

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray
BLANK, NUMBER, TEXT, TRUTH, ERROR = range(5)
#: Errors as cells show them, by the number that stands for them; 0 is none.
ERRORS = ("", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!")
VALUE, DIVISION, MISSING, NUM = range(1, 5)
LONGEST = 32_767  # characters that a cell holds
SAME = 2.0**-48  #: of a number: two that differ by less are one
_EPOCH = date(1899, 12, 30)
_NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


@dataclass(frozen=True)
class Error:
    """An error as one value."""

    number: int

    def __str__(self) -> str:
        return ERRORS[self.number]


#: One cell as Python has it: None is a blank.
Cell = float | str | bool | Error | None


@dataclass(frozen=True)
class Values:
    """Cells: ``tag`` says what each is (one int if all are the same), ``number`` a number, 1 or 0 for a truth value, or that of an
    error; ``codes`` the place of a text among ``texts``."""

    tag: Any
    number: Array
    codes: Array
    texts: Sequence[str]

    def __len__(self) -> int:
        sizes = (np.size(self.tag), len(self.number), len(self.codes))
        return max(sizes) if all(sizes) else 0

    @property
    def errors(self) -> Any:
        """The number of each error, 0 where there is none; one 0 if there are none at all."""
        if isinstance(self.tag, int):
            return self.number.astype(np.int8) if self.tag == ERROR else 0
        return np.where(self.tag == ERROR, self.number, 0).astype(np.int8)

    def taken(self, places: Array) -> "Values":
        """The cells at some places."""
        tag, number, codes = (part if np.size(part) == 1 else part[places] for part in (self.tag, self.number, self.codes))
        if all(np.size(part) == 1 for part in (tag, number, codes)):
            number = np.broadcast_to(number, (len(places),))
        return Values(tag, number, codes, self.texts)

    def cells(self) -> list[Cell]:
        """Each as Python has it."""
        tag, number, codes = np.broadcast_arrays(np.asarray(self.tag), self.number, self.codes)
        return [_cell(int(t), float(n), self.texts[c] if t == TEXT else "") for t, n, c in zip(tag.tolist(), number.tolist(), codes.tolist(), strict=True)]


def _cell(tag: int, number: float, text: str) -> Cell:
    return (None, number, text, bool(number), Error(int(number)))[tag]


_ZERO, _FIRST = np.zeros(1), np.zeros(1, dtype=np.int32)


def numbers(array: Any, errors: Any = 0) -> Values:
    """Numbers, or errors where there are; NaN is a blank."""
    array = np.atleast_1d(np.asarray(array, dtype=float))
    blank = np.isnan(array)
    tag: Any = NUMBER
    if blank.any():
        tag, array = np.where(blank, BLANK, NUMBER).astype(np.int8), np.where(blank, 0.0, array)
    return _but(Values(tag, array, _FIRST, ()), errors)


def truths(array: Any, errors: Any = 0) -> Values:
    """Truth values, or errors where there are."""
    return _but(Values(TRUTH, np.atleast_1d(np.asarray(array, dtype=bool)), _FIRST, ()), errors)


def _but(values: Values, errors: Any) -> Values:
    if not np.any(errors):
        return values
    return Values(np.where(errors, ERROR, values.tag).astype(np.int8), np.where(errors, errors, values.number), values.codes, values.texts)


def texts(codes: Array, said: Sequence[str]) -> Values:
    """Texts by their places; -1 is a blank."""
    codes = codes.astype(np.int32, copy=False)  # pandas counts few categories in a byte
    blank = codes < 0
    if blank.any():
        return Values(np.where(blank, BLANK, TEXT).astype(np.int8), _ZERO, np.where(blank, 0, codes), said or ("",))
    return Values(TEXT, _ZERO, codes, said)


def of_cells(cells: Sequence[Cell]) -> Values:
    """Values from cells as Python has them."""
    said: dict[str, int] = {}
    tag, number, codes = np.zeros(len(cells), np.int8), np.zeros(len(cells)), np.zeros(len(cells), np.int32)
    for n, cell in enumerate(cells):
        match cell:
            case bool():
                tag[n], number[n] = TRUTH, cell
            case float():
                tag[n], number[n] = (NUMBER, cell) if math.isfinite(cell) else (ERROR, NUM)
            case str():
                tag[n], codes[n] = (TEXT, said.setdefault(cell, len(said))) if len(cell) <= LONGEST else (ERROR, 0)
                number[n] = 0 if tag[n] == TEXT else VALUE
            case Error():
                tag[n], number[n] = ERROR, cell.number
    same = len(cells) > 0 and bool((tag == tag[0]).all())
    return Values(int(tag[0]) if same else tag, number, codes, tuple(said) or ("",))


def of_series(column: pd.Series) -> Values:
    """A column of a frame: categories are texts, days the numbers that cells hold for them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        held: Any = column.array
        return texts(np.asarray(held.codes), held.categories.tolist())
    if column.dtype.kind == "M":
        days = column.to_numpy()
        return numbers(np.where(np.isnat(days), np.nan, (days - np.datetime64(_EPOCH, "s")) / np.timedelta64(1, "D")))
    if column.dtype == bool:
        return truths(column.to_numpy())
    if column.dtype == object:
        codes, said = pd.factorize(column)
        return texts(codes, [str(s) for s in said])
    return numbers(column.to_numpy())


def to_series(values: Values, index: pd.Index, holds: str) -> pd.Series:
    """Values as a column that holds ``number``, ``day`` or ``text``; blanks, errors and what is of another kind are missing."""
    number, errors = as_numbers(values)
    blank = np.broadcast_to(np.asarray(np.asarray(values.tag) == BLANK) | (np.asarray(errors) != 0), (len(index),))
    if holds == "text":
        said = as_texts(values)
        codes = np.where(np.broadcast_to(np.asarray(values.errors) != 0, (len(index),)), -1, np.broadcast_to(said.codes, (len(index),)))
        kept, places = np.unique(codes[codes >= 0], return_inverse=True)
        names = pd.unique(pd.Series([said.texts[k] for k in kept], dtype=object))
        at = {name: n for n, name in enumerate(names)}
        filled = np.full(len(index), -1)
        filled[codes >= 0] = np.array([at[said.texts[k]] if said.texts[k] else -1 for k in kept], dtype=int)[places] if len(kept) else -1
        return pd.Series(pd.Categorical.from_codes(filled, categories=pd.Index(names, dtype=object)), index=index)
    column = np.where(blank, np.nan, np.broadcast_to(number, (len(index),)))
    if holds == "day":
        sound = ~np.isnan(column) & (np.abs(column) < 2_958_466)
        days = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[s]")
        days[sound] = np.datetime64(_EPOCH, "s") + np.round(column[sound] * 86400).astype("timedelta64[s]")
        return pd.Series(days, index=index)
    return pd.Series(column, index=index)


def serial(day: date) -> float:
    """The number that a cell holds for a day."""
    return float((day - _EPOCH).days)


def day_of(number: float) -> date:
    """The day that a number in a cell stands for; an OverflowError for one beyond the calendar."""
    return _EPOCH + timedelta(days=math.floor(number))


# ------------------------------------------------------------------------------------------------- as what is asked for


def as_numbers(values: Values) -> tuple[Array, Any]:
    """The numbers that cells stand for, and the error of each that stands for none: a blank is 0, a text the numeral or day it spells."""
    if isinstance(values.tag, int):
        if values.tag in (NUMBER, TRUTH):
            return values.number.astype(float, copy=False), 0
        if values.tag == BLANK:
            return _ZERO, 0
        if values.tag == ERROR:
            return _ZERO, values.errors
    is_text = np.asarray(values.tag) == TEXT
    errors = values.errors
    number = np.where(np.asarray(values.tag) == ERROR, 0.0, values.number)
    if is_text.any():
        spelled = np.array([spells(said) for said in values.texts])[values.codes]
        number = np.where(is_text, np.nan_to_num(spelled), number)
        errors = np.where(is_text & np.isnan(spelled), VALUE, errors).astype(np.int8)
    return number, errors


def spells(said: str) -> float:
    """The number that a text spells, as Excel reads what is typed: a numeral, with thousands, a sign of a currency, in per cent or in brackets for what
    is owed; a day, a time of day; wide or narrow. NaN for any other text.

    >>> spells("1,234.50"), spells("12%"), spells("(5)"), spells("￥1,000"), spells("2026/9/30"), spells("2026年9月30日"), spells("12:00"), spells("1,23")
    (1234.5, 0.12, -5.0, 1000.0, 46295.0, 46295.0, 0.5, nan)
    """
    if not math.isnan(number := numeral(said)):
        return number
    if len(said) > 60 or not _SPELLED.search(said):
        return math.nan
    said = unicodedata.normalize("NFKC", said).strip()
    if amount := _AMOUNT.fullmatch(said):
        minus = (amount["owed"] or amount["minus"] or amount["inner"]) is not None
        if (amount["owed"] is not None) != (amount["closed"] is not None) or (amount["minus"] and amount["inner"]):
            return math.nan
        number = float(amount["number"].replace(",", "")) * (0.01 if amount["cent"] else 1.0)
        return (-number if minus else number) if math.isfinite(number) else math.nan
    if moment := _MOMENT.fullmatch(said):
        day, clock = moment["y"], moment["h"]
        try:
            whole = serial(date(int(moment["y"]), int(moment["mo"] or moment["zm"]), int(moment["d"] or moment["zd"]))) if day else 0.0
        except ValueError:
            return math.nan
        if clock and (int(moment["mi"]) > 59 or int(moment["s"] or 0) > 59 or (day and int(clock) > 23)):
            return math.nan
        return whole + ((int(clock) * 60 + int(moment["mi"])) * 60 + int(moment["s"] or 0)) / 86400 if clock else whole if day else math.nan
    return math.nan


_SPELLED = re.compile(r"\d")
_AMOUNT = re.compile(r"(?P<owed>\()?(?P<minus>-)?\+?\s*[¥$€£]?\s*(?P<inner>-)?"
                     r"(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)\.?\d*(?:[eE][+-]?\d+)?|\.\d+)\s*(?P<cent>%)?(?P<closed>\))?")  # fmt: skip
_MOMENT = re.compile(r"(?:(?P<y>\d{4})(?:(?P<sep>[-/])(?P<mo>\d{1,2})(?P=sep)(?P<d>\d{1,2})|年(?P<zm>\d{1,2})月(?P<zd>\d{1,2})日))?\s*"
                     r"(?:(?P<h>\d{1,4}):(?P<mi>\d{1,2})(?::(?P<s>\d{1,2}))?)?")  # fmt: skip


def numeral(said: str) -> float:
    """The number that a text is as a plain numeral or a day in ISO form: what a look-up takes for the same as the number; NaN for any other text.

    >>> numeral(" 1.5 "), numeral("2026-09-30"), numeral("1e3"), numeral("1,000")
    (1.5, 46295.0, 1000.0, nan)
    """
    said = said.strip()
    if _NUMERAL.fullmatch(said):
        return number if math.isfinite(number := float(said)) else math.nan
    try:
        return serial(date(*map(int, said.split("-")))) if _DAY.fullmatch(said) else math.nan
    except ValueError:
        return math.nan


def as_truths(values: Values) -> tuple[Array, Any]:
    """Whether each cell is true, and its error: a number is by being other than 0; a text is neither true nor false."""
    if isinstance(values.tag, int) and values.tag == TRUTH:
        return values.number.astype(bool, copy=False), 0
    is_text = np.asarray(values.tag) == TEXT
    errors = np.where(is_text, VALUE, values.errors).astype(np.int8) if is_text.any() else values.errors
    return (values.number != 0) & (np.asarray(values.tag) != ERROR) & ~is_text, errors


def as_texts(values: Values) -> Values:
    """Cells as ``&`` sees them: a number in the digits that a cell shows, a blank as ''; errors stay."""
    if isinstance(values.tag, int) and values.tag == TEXT:
        return values
    codes, distinct = distinct_of(values)
    return of_cells([cell if isinstance(cell, Error) else spelled(cell) for cell in distinct]).taken(codes)


def spelled(cell: Cell) -> str:
    """One cell as text.

    >>> [spelled(c) for c in (1.0, 0.1 + 0.2, 1e20, True, None, 1 / 30000, 1 / 3e9, 1e-15)]
    ['1', '0.3', '1E+20', 'TRUE', '', '0.0000333333333333333', '0.00000000033333333333', '1E-15']
    """
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float():
            if cell == 0:
                return "0"
            said = f"{cell:.15g}"
            return f"{Decimal(said):.20f}".rstrip("0") if "e-" in said and abs(cell) >= 1e-14 else said.upper()
    return str(cell)


def distinct_of(values: Values) -> tuple[Array, list[Cell]]:
    """The distinct cells, and which of them each row has."""
    if isinstance(values.tag, int) and values.tag == TEXT:
        return values.codes, values.texts if isinstance(values.texts, list) else list(values.texts)
    if isinstance(values.tag, int):
        codes, uniques = pd.factorize(values.number)
        return codes, [_cell(values.tag, float(u), "") for u in uniques]
    if _only(values, TEXT):  # texts and blanks
        return np.where(values.tag == BLANK, len(values.texts), values.codes), [*values.texts, None]
    if _only(values, NUMBER):
        codes, uniques = pd.factorize(np.where(values.tag == BLANK, np.nan, values.number))
        return np.where(codes < 0, len(uniques), codes), [*map(float, uniques), None]
    tag, number, codes = np.broadcast_arrays(values.tag, values.number, values.codes)
    content = np.where(tag == TEXT, codes, np.where(tag == BLANK, 0, number))
    whole, uniques = pd.factorize(pd.MultiIndex.from_arrays([tag, content]))
    return whole, [_cell(int(t), float(c), values.texts[int(c)] if t == TEXT else "") for t, c in uniques]


def each(function: Callable[..., Cell], *values: Values) -> Values:
    """What a function of cells makes of each row; it is called once for each combination that differs."""
    codes, cells = zip(*(distinct_of(v) for v in values), strict=True)
    shape = np.broadcast_shapes(*(c.shape for c in codes))
    whole, places = np.broadcast_to(codes[0], shape), [np.arange(len(cells[0]))]
    for more, known in zip(codes[1:], cells[1:], strict=True):  # one after the other: all at once would be more than a number holds
        whole, pairs = pd.factorize(whole.astype(np.int64) * max(len(known), 1) + np.broadcast_to(more, shape))
        places = [*(p[pairs // max(len(known), 1)] for p in places), pairs % max(len(known), 1)]
    made: list[Cell] = []
    for at in zip(*(p.tolist() for p in places), strict=True):
        given = [c[p] for c, p in zip(cells, at, strict=True)]
        wrong = next((g for g in given if isinstance(g, Error)), None)
        try:
            made.append(wrong if wrong is not None else function(*given))
        except ZeroDivisionError:
            made.append(Error(DIVISION))
        except (ValueError, OverflowError):
            made.append(Error(VALUE))
    return of_cells(made).taken(whole)


# -------------------------------------------------------------------------------------------------------- operators


def first_of(*errors: Any) -> Any:
    """The first error of each row, in the order of the arguments."""
    found: Any = 0
    for more in errors:
        if np.any(more):
            found = np.where(found, found, more)
    return found


def summed(sign: str, left: Values, right: Values) -> Values:
    """Two columns added, subtracted, multiplied, divided or raised."""
    (a, wrong_a), (b, wrong_b) = as_numbers(left), as_numbers(right)
    wrong = first_of(wrong_a, wrong_b)
    with np.errstate(all="ignore"):
        match sign:
            case "+":
                made = _rounded_off(a + b, a, b)
            case "-":
                made = _rounded_off(a - b, a, b)
            case "*":
                made = a * b
            case "/":
                made, wrong = a / np.where(b == 0, 1.0, b), first_of(wrong, np.where(b == 0, DIVISION, 0))
            case _:
                made = np.power(a, b)
                wrong = first_of(wrong, np.where((a == 0) & (b <= 0), np.where(b == 0, NUM, DIVISION), 0))
    unsound = ~np.isfinite(made)
    if unsound.any():
        made, wrong = np.where(unsound, 0.0, made), first_of(wrong, np.where(unsound, NUM, 0))
    return numbers(made, wrong)


def _rounded_off(made: Array, a: Array, b: Array) -> Array:
    """What is left of a difference below the last bits of what was subtracted is nothing."""
    small = np.abs(made) < np.abs(a) * SAME
    return np.where(small & (made != 0) & (np.abs(made) < np.abs(b) * SAME), 0.0, made) if small.any() else made


def compared(sign: str, left: Values, right: Values) -> Values:
    """Whether a comparison holds. Numbers are less than texts, texts than truth values; a blank is 0, '' or FALSE beside another."""
    tags = [v.tag if isinstance(v.tag, int) else None for v in (left, right)]
    if tags == [NUMBER, NUMBER] or all(_only(v, NUMBER) for v in (left, right)):
        return truths(_ordered(sign, left.number, right.number))  # the number of a blank is 0
    if all(_only(v, TEXT) for v in (left, right)):
        return truths(_ordered_texts(sign, left, right))
    wrong = first_of(left.errors, right.errors)
    one, other = np.broadcast_arrays(np.asarray(left.tag), np.asarray(right.tag))
    one, other = np.where(one == BLANK, other, one), np.where(other == BLANK, one, other)  # a blank takes the other's kind
    a, b = (v.number.astype(float, copy=False) for v in (left, right))
    kinds = _SIGNS[sign](one - other, 0)
    same = np.where(one == TEXT, _ordered_texts(sign, left, right), _ordered(sign, a, b))
    return truths(np.where(one == other, same, kinds), wrong)


def _only(values: Values, tag: int) -> bool:
    return values.tag in (tag, BLANK) if isinstance(values.tag, int) else bool(((values.tag == tag) | (values.tag == BLANK)).all())


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def _ordered(sign: str, a: Array, b: Array) -> Any:
    margin = np.abs(a if len(a) == 1 else b) * SAME
    match sign:
        case "=" | "<>":
            near = np.abs(a - b) <= margin
            return near if sign == "=" else ~near
        case "<" | ">=":
            less = a < b - margin
            return less if sign == "<" else ~less
    more = a > b + margin
    return more if sign == ">" else ~more


def _ordered_texts(sign: str, left: Values, right: Values) -> Any:
    """Texts in the order of their characters, case apart; what is no text counts as ''."""
    for one, other in ((left, right), (right, left)):
        if sign in ("=", "<>") and len(other.codes) == 1 and isinstance(other.tag, int) and other.tag == TEXT and other.texts[int(other.codes[0])] == "":
            filled = np.asarray(one.tag) == TEXT
            if "" in one.texts:
                filled = filled & (one.codes != one.texts.index(""))
            return ~filled if sign == "=" else filled
    folded = [[*(said.casefold() for said in v.texts), ""] for v in (left, right)]
    codes = [np.where(np.asarray(v.tag) == TEXT, v.codes, len(v.texts)) for v in (left, right)]
    for here, there in ((0, 1), (1, 0)):
        if codes[there].size == 1:  # one text for all rows: each distinct text is judged once
            it = folded[there][int(codes[there].reshape(-1)[0])]
            verdicts = [_SIGNS[sign](said, it) if here == 0 else _SIGNS[sign](it, said) for said in folded[here]]
            return np.array(verdicts, dtype=bool)[codes[here]]
    rank = {said: n for n, said in enumerate(sorted({*folded[0], *folded[1]}))}
    return _SIGNS[sign](*(np.array([rank[said] for said in f])[c] for f, c in zip(folded, codes, strict=True)))


def joined(*values: Values) -> Values:
    """Texts one after the other."""
    return each(lambda *said: "".join(map(str, said)), *(as_texts(v) for v in values))


def chosen(where: Array, errors: Any, yes: Values, no: Values) -> Values:
    """The one where a condition holds, the other where it does not, the error where it cannot be told."""
    tag: Any = yes.tag if isinstance(yes.tag, int) and isinstance(no.tag, int) and yes.tag == no.tag else np.where(where, yes.tag, no.tag).astype(np.int8)
    said, moved = _together(yes.texts, no.texts)
    codes = np.where(where, yes.codes, moved[no.codes] if len(no.texts) else 0)
    return _but(Values(tag, np.where(where, yes.number, no.number), codes, said), errors)


def _together(one: Sequence[str], other: Sequence[str]) -> tuple[Sequence[str], Array]:
    """Texts of two columns, each once, and where those of the other have come to stand."""
    if one is other:
        return one, np.arange(len(one), dtype=np.int32)
    place = {said: n for n, said in enumerate(one)}
    moved = np.array([place.setdefault(said, len(place)) for said in other], dtype=np.int32) if len(place) == len(one) else None
    if moved is None:  # a text stands there twice
        return (*one, *other), np.arange(len(one), len(one) + len(other), dtype=np.int32)
    return tuple(place), moved


def rounded(values: Values, digits: Values, how: str = "ROUND") -> Values:
    """Numbers to so many digits; halves away from zero, decided by the fifteen digits that a cell keeps."""
    (number, wrong), (places, wrong_places) = as_numbers(values), as_numbers(digits)
    with np.errstate(all="ignore"):
        scale = 10.0 ** np.trunc(places)
        size = np.abs(number) * scale
        near = size * (1 + 4e-16)
        made = {"ROUND": np.floor(near + 0.5), "ROUNDDOWN": np.floor(near), "ROUNDUP": np.ceil(size * (1 - 4e-16))}[how]
        made = np.sign(number) * made / scale
        made = np.where(np.isfinite(made), made, np.where(places < 0, 0.0, number))
    return numbers(made, first_of(wrong, wrong_places))
