"""A spreadsheet's own words over whole columns: safe on dirt, blanks are never equal to anything.

Keys are category columns (each distinct text once), so a look-up costs one pass over the distinct texts.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from pandas import Series

from opsbook.grammar.book import NEXT_TAB
from opsbook.grammar.text import Text


def codes_of(column: Series) -> np.ndarray:
    """The place of each row's text among :func:`words`, -1 for a blank. (The accessor ``.cat`` makes a Series of them, at ten times the cost.)"""
    held: Any = column.array
    return np.asarray(held.codes)


def words(column: Series) -> pd.Index:
    """The distinct texts of a category column."""
    held: Any = column.array
    return held.categories


def xlookup(keys: Series, among: Series, values: Series) -> Series:
    """The value beside the first match of each key, blank where there is none; over the index of ``keys``."""
    at = words(among).get_indexer(words(keys))
    found = np.where(codes_of(keys) < 0, -1, np.append(at, -1)[codes_of(keys)])
    rows = np.append(_first(among), -1)[found]
    return Series(values.array.take(rows, allow_fill=True), index=keys.index)


def is_in(keys: Series, among: Series) -> Series:
    """Whether each key is found (False for a blank)."""
    used = np.zeros(len(words(among)) + 1, dtype=bool)
    used[codes_of(among)] = True
    used[-1] = False  # where blanks and what is not there lead
    return Series(np.append(used[words(among).get_indexer(words(keys))], False)[codes_of(keys)], index=keys.index)


def pair_in(keys: Series, on: Series, among: Series, among_on: Series) -> Series:
    """Whether a key stands among the others with the same day beside it (False for blanks)."""
    here = np.append(words(keys).get_indexer(words(among)), -1)[codes_of(among)]
    known = pd.MultiIndex.from_arrays([here, among_on])
    found = pd.MultiIndex.from_arrays([codes_of(keys), on]).isin(known)
    return Series(found & keys.notna().to_numpy() & on.notna().to_numpy(), index=keys.index)


def sumif(keys: Series, among: Series, amounts: Series) -> Series:
    """For each key, the sum of the amounts beside its matches (0 where there are none)."""
    weights = np.nan_to_num(amounts.to_numpy(dtype=float))
    codes = codes_of(among)
    size = len(words(among))
    sums = np.bincount(codes[codes >= 0], weights=weights[codes >= 0], minlength=size) if size else np.zeros(0)
    at = words(among).get_indexer(words(keys))
    whole = np.append(np.where(at < 0, 0.0, np.append(sums, 0.0)[at]), 0.0)
    return Series(whole[codes_of(keys)], index=keys.index)


def countif(keys: Series, among: Series) -> Series:
    """For each key, how many matches it has."""
    return sumif(keys, among, Series(1.0, index=among.index))


def _first(among: Series) -> np.ndarray:
    """The first row of each distinct text."""
    codes = codes_of(among)
    rows = np.full(len(words(among)), -1)
    rows[codes[::-1][codes[::-1] >= 0]] = np.arange(len(codes))[::-1][codes[::-1] >= 0]
    return rows


def same(left: Series, right: Any) -> Series:
    """Both filled and equal; texts are compared by value, whatever the categories behind them."""
    return _both(left, right, equal=True)


def differ(left: Series, right: Any) -> Series:
    """Both filled and unlike."""
    return _both(left, right, equal=False)


def _both(left: Series, right: Any, *, equal: bool) -> Series:
    if not isinstance(right, Series):
        return (left == right) if equal else (left != right) & left.notna()
    if isinstance(left.dtype, pd.CategoricalDtype) and isinstance(right.dtype, pd.CategoricalDtype):
        at = np.append(words(left).get_indexer(words(right)), -1)
        codes = codes_of(left)
        equals = codes == at[codes_of(right)]
    else:
        equals = left.to_numpy() == right.to_numpy()
    filled = ~np.asarray(left.array.isna() | right.array.isna())
    return Series((equals if equal else ~equals) & filled, index=left.index)


@lru_cache(maxsize=10_000)
def _folded(text: str) -> str:
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_BRACKETS).split())
    return re.sub("(?<![a-z0-9]) | (?![a-z0-9])", "", said)


_BRACKETS = str.maketrans("【〔[{】〕]}", "(((())))")


def folded(texts: Series) -> Series:
    """Names and numbers as they are compared: width, case, kinds of brackets and blanks do not count, but for blanks between Latin letters or digits
    (DECISIONS 10.5).

    >>> list(folded(Series(["乙（上海） 有限公司", "乙(上海)有限公司", "ABC  Ltd"], dtype="category")))
    ['乙(上海)有限公司', '乙(上海)有限公司', 'abc ltd']
    """
    return each_text(texts, _folded)


def each_text(texts: Series, of: Callable[[str], str]) -> Series:
    """Other texts in place of a column's, asked once for each distinct one."""
    codes, uniques = pd.factorize(pd.Index([of(text) for text in words(texts)], dtype=object))
    return Series(pd.Categorical.from_codes(np.append(codes, -1)[codes_of(texts)], categories=uniques), index=texts.index)


def blank(*columns: Series) -> Series:
    """Whether any of the columns is blank."""
    return Series(np.logical_or.reduce([np.asarray(c.array.isna()) for c in columns]), index=columns[0].index)


def _each(texts: Series, of: Callable[[str], Any], blank: Any) -> Series:
    """A function of one text, asked once for each distinct text."""
    return Series(np.array([of(t) for t in words(texts)] + [blank])[codes_of(texts)], index=texts.index)


def length(texts: Series) -> Series:
    """The number of characters; a blank has none."""
    return _each(texts, len, 0)


def has(several: Series, member: str) -> Series:
    """Whether a cell of several values names the member."""
    return _each(several, lambda t: member in t.split(";"), False)


def has_each(several: Series, members: Series) -> Series:
    """Whether a cell of several values names the row's own member."""
    each = [np.asarray(has(several, m) & (members == m)) for m in words(members)]
    return Series(np.logical_or.reduce([np.zeros(len(members), dtype=bool), *each]), index=members.index)


def how_many(several: Series) -> Series:
    """How many different values a cell of several values names."""
    return _each(several, lambda t: len(set(t.split(";"))), 0)


def matches(texts: Series, pattern: str) -> Series:
    """Whether each text as a whole has the form of a regular expression (False for a blank)."""
    formed = re.compile(pattern).fullmatch
    return _each(texts, lambda t: formed(t) is not None, False)


def judged(texts: Series, is_right: Callable[[str], bool]) -> Series:
    """Whether each text is right by a function of one text (False for a blank)."""
    return _each(texts, lambda t: bool(is_right(t)), False)


def doubled(*columns: Series) -> Series:
    """Whether the row's values, all filled, stand on another row too."""
    if len(columns) == 1 and isinstance(columns[0].dtype, pd.CategoricalDtype):
        codes = codes_of(columns[0])
        return Series(np.append(np.bincount(codes[codes >= 0], minlength=1), 0)[codes] > 1, index=columns[0].index)
    frame = pd.DataFrame({i: codes_of(c) if isinstance(c.dtype, pd.CategoricalDtype) else c for i, c in enumerate(columns)}, index=columns[0].index)
    return frame.duplicated(keep=False) & ~blank(*columns)


def twins(rows: Any, *key: Series) -> Any:
    """The rows of a frame whose key, all filled, stands on another row too; ``other`` names that row: record and Excel row."""
    twice = doubled(*key)
    again = rows[twice]
    if not len(again):
        return again.assign(other=[])
    groups = pd.DataFrame({i: k[twice].astype(object) for i, k in enumerate(key)}, index=again.index)
    groups["row"] = again.index
    by = groups.groupby(list(range(len(key))), sort=False)["row"]
    other = by.shift(-1).where(by.cumcount() == 0, by.transform("first")).astype(int)  # the first accuses the second
    id_of = dict(zip(again.index, again.column(rows.sheet.id).astype(object).fillna(""), strict=True))
    return again.assign(other=[Text(f"{id_of[row]} (row {row % NEXT_TAB})", f"{id_of[row]}（第{row % NEXT_TAB}行）") for row in other])


def days_between(first: Series, last: Any) -> Series:
    """Whole days from one day to another."""
    return (last - first).dt.days.astype(float)


def cents(amount: Any) -> Any:
    """Rounded half up to 0.01, away from zero.

    >>> cents(np.array([1.005, -1.005, 2.6749]))
    array([ 1.01, -1.01,  2.67])
    """
    hundredths = np.round(np.abs(amount) * 100, 6)
    return np.sign(amount) * np.floor(hundredths + 0.5) / 100


def unlike_money(left: Any, right: Any, tolerance: float = 0.0) -> Any:
    """Whether two amounts differ by more than the tolerance, cents compared as cents."""
    return np.abs(left - right) > tolerance + 0.005


def in_a_loop(ids: Series, above: Series) -> Series:
    """Whether following ``above`` from a row leads back to the row itself.

    Steps double each time (as in pointer jumping), so a million rows take twenty passes. A doubled id counts once.
    """
    place = words(ids)
    to = np.full(len(place) + 1, -1)
    to[codes_of(ids)] = np.append(place.get_indexer(words(above)), -1)[codes_of(above)]
    to[-1] = -1
    for _ in range(len(ids).bit_length()):
        to = to[to]
    looping = np.isin(codes_of(ids), to[to >= 0]) & (codes_of(ids) >= 0)
    return Series(np.asarray(looping), index=ids.index)


def latest(keys: Series, among: Series, days: Series) -> Series:
    """For each key the last of the days beside its matches; NaT where there is none."""
    at = words(among).get_indexer(words(keys))
    found = np.where(codes_of(keys) < 0, -1, np.append(at, -1)[codes_of(keys)])
    whole = np.append(days.to_numpy().astype("datetime64[s]"), np.datetime64("NaT"))
    order = np.argsort(np.where(np.isnat(whole[:-1]), np.datetime64(0, "s"), whole[:-1]), kind="stable")
    last = np.full(len(words(among)) + 1, -1)
    codes = codes_of(among)[order]
    kept = (codes >= 0) & ~np.isnat(whole[:-1][order])
    last[codes[kept]] = order[kept]  # of several days written to one place the last stays
    return Series(whole[last[found]], index=keys.index)


def members(several: Series) -> Series:
    """The members of cells of several values, one below the other: the index says whose row each is."""
    parts = several.dropna().astype(object).str.split(r"\s*[;；,，、]\s*", regex=True).explode()
    return parts[parts != ""].astype("category")


def parties(*columns: Series) -> Series:
    """Which rows name the same values: a number for each set of values (blanks are a value too)."""
    frame = pd.DataFrame({i: codes_of(c) if isinstance(c.dtype, pd.CategoricalDtype) else c for i, c in enumerate(columns)})
    return Series(frame.groupby(list(frame), sort=False, dropna=False).ngroup().to_numpy(), index=columns[0].index)
