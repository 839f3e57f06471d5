"""Kinds: what a cell may hold. Each knows its wire type, its column, its Excel format and how it is shown.

A *wire type* is what a workbook reader really gives (calamine: ``str``, ``float``, ``date``, ``datetime``, ``bool``;
``''`` for a blank), said in pydantic's own words, so that pydantic-core judges a cell without touching it.
A *column* is the same values as one pandas Series: text and choices as categories (each distinct text once),
numbers as float64 with NaN for blanks, days and moments as datetime64.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args, get_origin

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import AfterValidator, AllowInfNan, GetCoreSchemaHandler, Strict, StringConstraints
from pydantic_core import CoreSchema, core_schema

from opsbook.grammar.cells import Cells, Distinct, Numbers, distinct, numbers
from opsbook.grammar.text import Lang, Text

Values = Sequence[Any]
_NUMBER = Annotated[float, Strict(), AllowInfNan(False)]
_UNSEEN = r"\s\x{200b}-\x{200d}\x{2060}\x{feff}"
_ODD = _UNSEEN + r"\x{ff01}-\x{ff5e}"  # and full-width
#: Text whose ends are neither blank nor invisible: anything else goes to the slow reader, which trims it.
_TRIMMED = rf"(?s)\A[^{_UNSEEN}](?:.*[^{_UNSEEN}])?\z"


class Choices(StrEnum):
    """A value list: ``DRAFT = "draft", "Draft", "草稿"`` gives code, English and Chinese label, in order.

    ``OFF_PATH = nonmember({...})`` names the codes that "from … on" never counts (returned, rejected …).
    """

    text: Text

    def __new__(cls, code: str, en: str, zh: str) -> "Choices":
        member = str.__new__(cls, code)
        member._value_ = code
        member.text = Text(en, zh)
        return member

    @classmethod
    def key(cls) -> str:
        """The list's name in guide, policy and Lists sheet: ``ExpStatus`` is ``exp_status``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def labels(cls) -> dict[str, Text]:
        """Code → label, in order."""
        return {member.value: member.text for member in cls}

    @classmethod
    def aliases(cls) -> dict[str, str]:
        """What else people write (half-width, small letters) → the code that they mean: ``ALIASES = nonmember({"hotel": "住宿 酒店"})``."""
        return {said: code for code, words in getattr(cls, "ALIASES", {}).items() for said in words.split()}

    @classmethod
    def since(cls, code: str) -> tuple[str, ...]:
        """The code and every later one on the main path."""
        codes = [member.value for member in cls]
        off: frozenset[str] = getattr(cls, "OFF_PATH", frozenset())
        return tuple(c for c in codes[codes.index(code) :] if c not in off)


Labels = Mapping[str, Text]
Lists = Mapping[str, Labels]


@dataclass(frozen=True)
class Kind:
    """What a cell may hold; the base of all kinds."""

    name: str
    title: Text
    number_format: str = "@"
    width: float = 14
    align: str = "left"
    private: bool = False  # shown masked in findings, exports and copies
    numeric: ClassVar[bool] = False

    def wire(self, lists: Lists) -> Any:
        """The type a reader gives, as a pydantic annotation."""
        return Annotated[str, Strict(), StringConstraints(pattern=_TRIMMED)]

    def quick(self, lists: Lists) -> Any:
        """As :meth:`wire`, for millions of cells: it may refuse what ``wire`` accepts, never the contrary."""
        return self.wire(lists)

    def cells(self) -> Cells:
        """An empty column, to be filled while a sheet is read."""
        return Distinct()

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        """The values (``''`` = blank) as a column, one dtype for each kind."""
        return pd.Series(_categories(values), index=index, copy=False)

    def show(self, value: Any, labels: Labels | None = None) -> Text | str:
        """The value as a sentence names it."""
        return str(value)

    def write(self, value: Any, lang: Lang, labels: Labels | None = None) -> Any:
        """The value as it is typed into a workbook of that language."""
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self.wire({}))


def _categories(values: Values) -> pd.Categorical:
    cells = distinct(values)
    codes, uniques = cells.array, cells.uniques
    texts = np.array(uniques, dtype=object)
    blank = np.flatnonzero(texts == "")
    if len(blank):
        codes = np.where(codes == blank[0], -1, codes - (codes > blank[0]))
        texts = np.delete(texts, blank[0])
    return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=object), validate=False)


@lru_cache(maxsize=1000)
def _among(codes: tuple[str, ...]) -> tuple[dict[str, int], pd.CategoricalDtype]:
    """The places of a list's codes, and the dtype of a column of them."""
    return {code: n for n, code in enumerate(codes)}, pd.CategoricalDtype(pd.Index(codes, dtype=object))


@dataclass(frozen=True)
class ScalarKind(Kind):
    """Whatever fits its row's own purpose: number, text, day, truth value. Read as text by rules."""

    def wire(self, lists: Lists) -> Any:
        return Annotated[str, Strict()] | _NUMBER | Annotated[bool, Strict()] | Annotated[date, Strict()]

    def cells(self) -> Cells:
        return []  # 1 and TRUE are no one value here

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        return super().series([f"{v:.15g}" if isinstance(v, float) else str(v) for v in values], index, lists)


@dataclass(frozen=True)
class NumberKind(Kind):
    """A number within the kind's own limits."""

    number_format: str = "#,##0.##"
    align: str = "right"
    limits: tuple[Any, ...] = ()
    digits: int = 2
    in_cents: bool = False
    words: Mapping[str, float] = field(default_factory=dict, hash=False)  # numbers that are said in words, case-folded
    numeric: ClassVar[bool] = True

    def wire(self, lists: Lists) -> Any:
        return Annotated[self._limited(), AfterValidator(_in_cents)] if self.in_cents else self._limited()

    def quick(self, lists: Lists) -> Any:
        # pydantic's own multiple_of never lets a part of a cent pass, but refuses some amounts of millions: these are
        # looked at once more, by `wire`
        return Annotated[self._limited(), MultipleOf(0.01)] if self.in_cents else self._limited()

    def cells(self) -> Cells:
        return Numbers()

    def _limited(self) -> Any:
        annotation: Any = _NUMBER
        for limit in self.limits:
            annotation = Annotated[annotation, limit]
        return annotation

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        return pd.Series(numbers(values), index=index, copy=False)

    def show(self, value: Any, labels: Labels | None = None) -> str:
        if self.name == "year":
            return f"{value:.0f}"
        if self.name == "pct":
            return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"
        if self.name == "money":
            return f"{value:,.2f}"
        return f"{value:,.{self.digits}f}".rstrip("0").rstrip(".") if self.digits else f"{value:,.0f}"


@dataclass(frozen=True)
class DayKind(Kind):
    """A calendar day, or with ``moment`` a day and a time of day."""

    number_format: str = "yyyy-mm-dd"
    width: float = 11.5
    align: str = "center"
    moment: bool = False

    def wire(self, lists: Lists) -> Any:
        return Annotated[datetime, Strict()] if self.moment else Annotated[date, Strict()]

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        cells = distinct(values)
        days = np.array([None if u == "" else u for u in cells.uniques], dtype="datetime64[s]")
        return pd.Series(days[cells.array] if len(days) else days, index=index, copy=False)

    def show(self, value: Any, labels: Labels | None = None) -> str:
        return f"{pd.Timestamp(value):%Y-%m-%d %H:%M}" if self.moment else f"{pd.Timestamp(value):%Y-%m-%d}"


@dataclass(frozen=True)
class PatternKind(Kind):
    """Text of a fixed form. ``form`` says it as people write it: ``EXP-yyyy-nnnnn``."""

    pattern: str = ""
    form: str = ""

    def wire(self, lists: Lists) -> Any:
        if not self.pattern:
            return super().wire(lists)
        return Annotated[str, Strict(), StringConstraints(pattern=rf"\A(?:{self.pattern})\z")]


@dataclass(frozen=True)
class ChoicesKind(Kind):
    """One value of a list, written as code, English or Chinese label."""

    number_format: str = "General"
    choices: type[Choices] = Choices
    several: bool = False

    def labels(self, lists: Lists) -> Labels:
        """The list's values; a workbook's own list opens or narrows the built-in one."""
        return lists.get(self.choices.key()) or self.choices.labels()

    def spellings(self, lists: Lists) -> dict[str, str]:
        """Every exact spelling → its code; a code wins over another code's label."""
        labels = self.labels(lists)
        return {t.zh: c for c, t in labels.items()} | {t.en: c for c, t in labels.items()} | {c: c for c in labels}

    def wire(self, lists: Lists) -> Any:
        spellings = tuple(self.spellings(lists))
        if not self.several:
            return Literal[spellings]
        one = "|".join(re.escape(s).replace(r"\ ", " ") for s in sorted(spellings, key=len, reverse=True))
        return Annotated[str, Strict(), StringConstraints(pattern=rf"\A(?:{one})(?:;(?:{one}))*\z")]

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        column = _categories(values)
        code_of = self.spellings(lists)
        if self.several:
            return pd.Series(_merged(column, [";".join(code_of.get(part, part) for part in t.split(";")) for t in column.categories]), index=index)
        known, dtype = _among(tuple(self.labels(lists)))
        place = np.array([known.get(code_of.get(t, ""), -1) for t in column.categories] + [-1], dtype=np.int16)
        return pd.Series(pd.Categorical.from_codes(place[column.codes], dtype=dtype, validate=False), index=index, copy=False)

    def show(self, value: Any, labels: Labels | None = None) -> Text:
        known = labels if labels is not None else self.choices.labels()
        parts = [known.get(part, Text(part, part)) for part in str(value).split(";")]
        return Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts))

    def write(self, value: Any, lang: Lang, labels: Labels | None = None) -> Any:
        shown = self.show(value, labels)
        return ";".join(part.strip() for part in re.split("[;；]", shown[lang]))


@dataclass(frozen=True)
class SuggestedKind(ChoicesKind):
    """A name, mostly one of a list: as code, English or Chinese label of the list it is that code, any other stays as it is typed."""

    number_format: str = "@"

    def wire(self, lists: Lists) -> Any:
        return Kind.wire(self, lists)

    def series(self, values: Values, index: pd.Index, lists: Lists) -> pd.Series:
        column, code_of = _categories(values), {said.casefold(): code for said, code in self.spellings(lists).items()}
        return pd.Series(_merged(column, [code_of.get(t.casefold(), t) for t in column.categories]), index=index)

    def show(self, value: Any, labels: Labels | None = None) -> Text:
        known = labels if labels is not None else self.choices.labels()
        return known.get(str(value), Text(str(value), str(value)))

    def write(self, value: Any, lang: Lang, labels: Labels | None = None) -> Any:
        return self.show(value, labels)[lang]


def _merged(column: pd.Categorical, texts: Sequence[str]) -> pd.Categorical:
    """The column with other texts in place of its categories; several may come to one."""
    merged, uniques = pd.factorize(np.array(texts, dtype=object))
    codes = np.where(column.codes < 0, -1, merged[column.codes] if len(merged) else -1)
    return pd.Categorical.from_codes(codes, categories=pd.Index(uniques, dtype=object))


T = TypeVar("T", bound=Choices)


class Several(str, Generic[T]):
    """Several values of a list in one cell, separated by ``;``: ``Several[Dept]``."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(strict=True)


class Suggested(str, Generic[T]):
    """A name, mostly one of a list: ``Suggested[City]``."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.str_schema(strict=True)


_text = PatternKind("text", Text("text", "文本"), width=16)
Line = Annotated[str, _text]
Prose = Annotated[str, replace(_text, name="longtext", width=28)]
Formula = Annotated[str, replace(_text, name="formula", title=Text("expression", "表达式"), width=46)]
Path = Annotated[str, replace(_text, name="path", title=Text("file or link", "文件或链接"), width=20)]
#: An identifier: no blanks but single ones inside, nothing full-width or invisible.
_code = replace(_text, name="id", title=Text("code", "编号"), width=15, pattern=f"[^'{_ODD}][^{_ODD}]*(?: [^{_ODD}]+)*")
Code = Annotated[str, _code]
Token = Annotated[str, replace(_code, name="text", title=Text("number or mark", "号码或标记"), width=16)]
Codes = Annotated[str, replace(_code, name="refs", title=Text("codes", "编号"), width=20)]
Uscc = Annotated[str, replace(_code, name="uscc", title=Text("credit code", "统一社会信用代码"), width=21)]
ResidentId = Annotated[str, replace(_code, name="idno", title=Text("resident ID", "身份证号"), width=21, private=True)]
BankCard = Annotated[str, replace(_code, name="card", title=Text("bank card", "银行卡号"), width=21, private=True)]
Phone = Annotated[str, replace(_code, name="text", title=Text("phone number", "电话号码"), width=14, private=True)]
Period = Annotated[
    str, PatternKind("period", Text("month", "月份"), width=10, pattern="[0-9]{4}-(?:0[1-9]|1[0-2])", form="yyyy-mm")
]

Scalar = Annotated[str | float | bool | date, ScalarKind("value", Text("value", "值"), number_format="General", width=18)]



def _in_cents(amount: float) -> float:
    """Refuse parts of a cent, but not the last bits that binary fractions of large amounts or of sums carry."""
    hundredths = amount * 100
    if abs(hundredths - round(hundredths)) > 1e-6 + abs(hundredths) * 4e-16:
        raise ValueError("parts of a cent")
    return amount


_E12 = (Gt(-1e12), Lt(1e12))
_number = NumberKind("num", Text("number", "数字"), limits=_E12, width=11)
Quantity = Annotated[float, replace(_number, digits=4, number_format="#,##0.00")]
_money = replace(_number, name="money", title=Text("amount", "金额"), number_format='#,##0.00;[Red]-#,##0.00;"–"', in_cents=True, width=13)
Money = Annotated[float, _money]
#: What an amount differs by: its sign is said, and neither sign is good or bad by itself.
Change = Annotated[float, replace(_money, number_format='+#,##0;-#,##0;"–"')]
Count = Annotated[
    float,
    replace(
        _number,
        name="int",
        title=Text("whole number", "整数"),
        number_format="#,##0",
        limits=(*_E12, MultipleOf(1)),
        digits=0,
        width=8,
    ),
]
Percent = Annotated[
    float,
    replace(_number, name="pct", title=Text("percentage", "百分比"), number_format="0.##%", limits=(Ge(0), Le(1)), width=9),
]
#: A VAT rate: what is exempt or outside the tax has none.
TaxRate = Annotated[
    float,
    replace(
        _number,
        name="pct",
        title=Text("tax rate", "税率"),
        number_format="0.##%",
        limits=(Ge(0), Le(1)),
        width=9,
        words={"免税": 0.0, "不征税": 0.0, "exempt": 0.0, "outside": 0.0},
    ),
]
Score = Annotated[float, replace(_number, name="score", title=Text("score", "分数"), limits=(Ge(0), Le(100)), width=8)]
Year = Annotated[
    float,
    replace(
        _number,
        name="year",
        title=Text("year", "年度"),
        number_format="0",
        limits=(Ge(1990), Le(2100), MultipleOf(1)),
        digits=0,
        width=7,
    ),
]
Day = Annotated[date, DayKind("date", Text("date", "日期"))]
Moment = Annotated[
    datetime,
    DayKind("datetime", Text("date and time", "日期时间"), number_format="yyyy-mm-dd hh:mm", width=16, moment=True),
]


def kind_of(annotation: Any) -> tuple[Kind, bool]:
    """The kind an annotation names and whether ``| None`` allows a blank; a TypeError for a type that is no kind.

    pydantic leaves ``Annotated`` inside the arm of ``X | None``; it is unwrapped here, else an optional column
    would silently lose its kind.
    """
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    if type(None) in get_args(annotation) and len(arms) == 1:
        return kind_of(arms[0])[0], True
    kinds = [m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, Kind)]
    if kinds:
        return kinds[-1], False
    if isinstance(annotation, type) and issubclass(annotation, Choices):
        return _choices_kind(annotation), False
    if get_origin(annotation) is Several:
        return replace(_choices_kind(get_args(annotation)[0]), several=True, width=22), False
    if get_origin(annotation) is Suggested:
        return SuggestedKind("text", Text("text", "文本"), choices=get_args(annotation)[0], width=16), False
    raise TypeError(f"{annotation!r} is not a kind of opsbook.grammar.kinds")


def _choices_kind(choices: type[Choices]) -> ChoicesKind:
    longest = max((len(t.en) for t in choices.labels().values()), default=8)
    return ChoicesKind(choices.key(), Text("choice", "选项"), width=min(max(longest * 0.85 + 3, 9), 22), choices=choices)


