"""Dirt: the kind, slow reader of cells that failed: full-width digits, ``¥1,234.50``, ``2026年3月5日`` …

Only cells that pydantic refused come here. What a person clearly meant is read; what could mean two things is not.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Lists, NumberKind, PatternKind, SuggestedKind
from opsbook.grammar.sheet import Column
from opsbook.grammar.text import Text

_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
_ERROR = re.compile(
    r"#(?:N/A|NAME\?|GETTING_DATA|(?:REF|DIV/0|VALUE|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|BUSY|CONNECT|EXTERNAL|UNKNOWN|ERROR|PYTHON)!)|Err:[0-9]{3}"
)
_CURRENCY = re.compile(r"^(?:CNY|RMB|人民币|[¥])\s*|\s*(?:CNY|RMB|[元圆]整?)$", re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_DATE = re.compile(
    r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})[日号]?(?:[T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?"
)
#: As Chinese write it: the year by its last two digits, or left out.
_SHORT = re.compile(r"([0-9]{2})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})[日号]?")
_YEARLESS = re.compile(r"([0-9]{1,2})(?:月([0-9]{1,2})[日号]|/([0-9]{1,2}))")
_MONTHS = {month: n for n, month in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_SPELT = re.compile(r"([0-9]{1,2})[- ]?([a-z]{3})[a-z]*\.?[-, ]+([0-9]{4}|[0-9]{2})|([a-z]{3})[a-z]*\.? ?([0-9]{1,2}),? +([0-9]{4})", re.IGNORECASE)
_WEEKDAY = re.compile(r"\s*\(?(?:星期|周)[一二三四五六日天]\)?$")
#: A number and its unit. One of time is read only where the header counts in it: 3年 in a column of months would be 3.
_UNIT = re.compile(r"(.*[0-9])\s*(?:[张份个人名位次件台套条项本页辆间部支笔]|pcs|"
                   r"(?P<time>个月|[年月天日晚夜周]|小时|学时|课时|分钟|years?|months?|days?|nights?|hours?))", re.IGNORECASE)  # fmt: skip
_COUNTED_IN = {"个月": "月", "夜": "晚", "学时": "时", "课时": "时", "小时": "时", "日": "天"}
#: What stands for nothing in a column of numbers, days or codes; in free text it may mean what it says.
_PLACEHOLDERS = frozenset({"无", "暂无", "没有", "不适用", "待补", "待定", "n/a", "na", "none", "nil", "tbd", "-", "--", "/", "\\", "—", "——", "–", "*"})
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])")
_MONTH = re.compile(r"([0-9]{4})(?:-|/|\.|年)?(0?[1-9]|1[0-2])月?")
_NOTHING = re.compile(r"(?!)")
_SEPARATORS = re.compile(r"\s*[;；,，、\n]\s*")


@dataclass(frozen=True)
class Unreadable(Exception):  # noqa: N818  (a verdict about a cell, not an error of the program)
    """The cell is not of its kind; ``rule`` names the fault."""

    rule: str


@dataclass(frozen=True)
class Yearless:
    """A day without its year: the row has to tell which."""

    month: int
    day: int

    def of(self, year: int) -> date | None:
        """The day in a year; None for the 29 February of a common one."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


@dataclass(frozen=True)
class Clean:
    """What the cell means in its wire type, and what had to be done to it, if that is worth a note: cells of a column that came by their values in the
    same way are told together."""

    value: Any
    note: str = ""


def is_blank(value: Any) -> bool:
    """Nothing, or only blanks of any width."""
    return value is None or (isinstance(value, str) and not _INVISIBLE.sub("", value).strip())


def is_error(said: str) -> bool:
    """Whether a text is an error as a spreadsheet shows it: Excel's, Google's, LibreOffice's."""
    return _ERROR.fullmatch(said) is not None


def is_placeholder(column: Column, value: Any) -> bool:
    """Whether a cell says that there is nothing to say: 无, N/A, - in a column of numbers, days, codes or references that may be blank (DECISIONS 10.5)."""
    coded = isinstance(column.kind, (NumberKind, DayKind)) or column.ref is not None or (isinstance(column.kind, PatternKind) and column.kind.pattern != "")
    return coded and not column.required and isinstance(value, str) and len(value) < 10 and plain(value).casefold() in _PLACEHOLDERS


def read(column: Column, value: Any, lists: Lists, *, since_1904: bool = False, chinese: bool = False) -> Clean:
    """What the cell means; :class:`Unreadable` if that is not clear. A day without its year comes as :class:`Yearless`.

    ``since_1904``: the workbook counts its days from 1904-01-01; ``chinese``: its headers are, so that 8/5 is the fifth of August.
    """
    kind = column.kind
    if isinstance(value, str) and is_error(value.strip()):
        raise Unreadable("GEN-017")
    if is_placeholder(column, value):
        return Clean("", "blank")
    match kind:
        case SuggestedKind():
            return _text(kind, value)
        case ChoicesKind():
            return _choice(kind, value, lists)
        case DayKind():
            return _day(kind, value, since_1904, chinese)
        case NumberKind():
            return _number(kind, value, column.header)
        case _:
            return _text(kind, value)


def plain(text: str) -> str:
    """Half-width, without invisible marks, trimmed, without Excel's leading apostrophe."""
    said = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()
    return said.removeprefix("'").strip()


def _number(kind: NumberKind, value: Any, header: Text) -> Clean:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Clean(float(value))
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    currency = _CURRENCY if kind.name == "money" else _NOTHING
    said = currency.sub("", plain(value)).strip()
    if said.casefold() in kind.words:
        return Clean(kind.words[said.casefold()])
    said, negative = _without_unit(kind, said, header), False
    if said.startswith("(") and said.endswith(")"):
        said, negative = currency.sub("", said[1:-1].strip()), True
    elif said[:1] in ("-", "−", "+"):
        said, negative = currency.sub("", said[1:].strip()), said[0] != "+"
    hundredths = said.endswith("%") and kind.name == "pct"
    said = said.removesuffix("%").strip() if hundredths else said
    if not _GROUPED.fullmatch(said):
        raise Unreadable("GEN-002")
    number = float(said.replace(",", ""))
    number = round(number / 100, 12) if hundredths else number
    return Clean(-number if negative else number, "text")


def _without_unit(kind: NumberKind, said: str, header: Text) -> str:
    """A count without its unit: 3张, 2026年, 36 months."""
    found = _UNIT.fullmatch(said) if kind.name in ("int", "num", "year") else None
    if found is None:
        return said
    unit = (found["time"] or "").lower()
    counted = kind.name == "year" if unit == "年" else _COUNTED_IN.get(unit, unit.removesuffix("s")) in f"{header.zh} {header.en}".lower()
    return found[1] if counted else said


def _day(kind: DayKind, value: Any, since_1904: bool, chinese: bool) -> Clean:
    if isinstance(value, datetime):
        return _of_kind(kind, value, "" if kind.moment or value.time() == time() else "time")
    if isinstance(value, date):
        return _of_kind(kind, datetime(value.year, value.month, value.day), "")
    if isinstance(value, float):
        return _of_kind(kind, _serial(value, since_1904), "number")
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    said = _WEEKDAY.sub("", plain(value))
    if re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", said):
        return _of_kind(kind, _serial(float(said), since_1904), "text")
    if (chinese or "月" in said) and (found := _YEARLESS.fullmatch(said)):
        yearless = Yearless(int(found[1]), int(found[2] or found[3]))
        if kind.moment or yearless.of(2024) is None:
            raise Unreadable("GEN-002")
        return Clean(yearless, "text")
    try:
        return _of_kind(kind, datetime(*_date_parts(said, chinese)), "text")  # type: ignore[arg-type]
    except ValueError:
        raise Unreadable("GEN-002") from None


def _date_parts(said: str, chinese: bool) -> list[int]:
    """Year, month, day and, where it is said, the time of day; a ValueError for what is none or could mean two days."""
    if found := _DATE.fullmatch(said) or _COMPACT.fullmatch(said):
        return [int(part or 0) for part in found.groups()]
    if chinese and (found := _SHORT.fullmatch(said)):
        return [2000 + int(found[1]), int(found[2]), int(found[3])]
    if (found := _SPELT.fullmatch(said)) and (month := _MONTHS.get((found[2] or found[4]).lower())):
        year = int(found[3] or found[6])
        return [year if year > 99 else 2000 + year if year < 30 else 1900 + year, month, int(found[1] or found[5])]  # as Excel reads two digits
    raise ValueError(said)


def _serial(days: float, since_1904: bool) -> datetime:
    """A spreadsheet's day number. Days before 1900-03-01 are refused: Excel counts a 29 February 1900 that never was."""
    if not (61 if not since_1904 else 0) <= days < 2_958_466:
        raise Unreadable("GEN-002")
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    return first + timedelta(seconds=round(days * 86400))


def _of_kind(kind: DayKind, when: datetime, note: str) -> Clean:
    """A moment, or the day that is meant: programs that count days in a browser miss midnight by up to a minute (43 seconds in China)."""
    if when < datetime(1900, 3, 1):
        raise Unreadable("GEN-002")
    if kind.moment:
        return Clean(when, note)
    if note == "time" and (when.time() >= time(23, 59) or when.time() < time(0, 1)):
        return Clean((when + timedelta(minutes=1)).date() if when.hour else when.date(), "seconds")
    return Clean(when.date(), note)


def _choice(kind: ChoicesKind, value: Any, lists: Lists) -> Clean:
    labels = kind.labels(lists)
    if isinstance(value, bool) and set(labels) == {"Y", "N"}:
        return Clean("Y" if value else "N")
    if isinstance(value, float) and value.is_integer():
        value = f"{value:.0f}"
    if not isinstance(value, str):
        raise Unreadable("GEN-003")
    code_of = {said.casefold(): code for said, code in kind.choices.aliases().items() if code in labels}
    code_of |= {plain(s).casefold(): code for s, code in kind.spellings(lists).items()}
    code_of |= {plain(str(t)).casefold(): code for code, t in labels.items()}
    parts = [p for p in _SEPARATORS.split(plain(value)) if p] if kind.several else [plain(value)]
    codes = [code_of.get(part.casefold()) for part in parts]
    if not codes or None in codes:
        raise Unreadable("GEN-003")
    said = _SEPARATORS.sub(";", value) if kind.several else value
    return Clean(";".join(filter(None, codes)), "list" if plain(said) != said or any(p.casefold() in kind.choices.aliases() for p in parts) else "")


def _text(kind: Kind, value: Any) -> Clean:
    if isinstance(value, bool) or value is None:
        raise Unreadable("GEN-002")
    if isinstance(value, (int, float)):
        if abs(value) >= 1e15 and kind.name != "longtext":
            raise Unreadable("GEN-016")  # Excel keeps 15 digits: the rest is lost
        if kind.name == "period":
            return Clean(_period(f"{value:.0f}"), "text")
        return Clean(f"{value:.0f}" if float(value).is_integer() else f"{value:.15g}")
    if isinstance(value, date):
        return Clean(f"{value:%Y-%m}" if kind.name == "period" else f"{value:%Y-%m-%d}")
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    if kind.name == "period":
        return Clean(_period(plain(value)), "text")
    if kind.name in ("text", "longtext", "path") and not getattr(kind, "pattern", ""):
        said = _INVISIBLE.sub("", value).strip()
    else:
        said = re.sub(r"\s+", "" if kind.name == "uscc" else " ", plain(value))
    return Clean(said, "text" if said != value else "")


def _period(said: str) -> str:
    found = _MONTH.fullmatch(said) or _DATE.fullmatch(said)
    if not found:
        raise Unreadable("GEN-002")
    return f"{found[1]}-{int(found[2]):02d}"


