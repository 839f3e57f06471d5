"""Dirt: the kind, slow reader of cells that failed: full-width digits, ``¥1,234.50``, ``2026年3月5日`` …

Only cells that pydantic refused come here. What a person clearly meant is read; what could mean two things is not.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Lists, NumberKind, SuggestedKind

_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
_ERROR = re.compile(
    r"#(?:N/A|NAME\?|GETTING_DATA|(?:REF|DIV/0|VALUE|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|BUSY|CONNECT|EXTERNAL|UNKNOWN|ERROR|PYTHON)!)|Err:[0-9]{3}"
)
_CURRENCY = re.compile(r"^(?:CNY|RMB|人民币|[¥])\s*|\s*(?:CNY|RMB|元整?)$", re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_DATE = re.compile(
    r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?(?:[T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?)?"
)
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])")
_MONTH = re.compile(r"([0-9]{4})(?:-|/|\.|年)?(0?[1-9]|1[0-2])月?")
_NOTHING = re.compile(r"(?!)")
_SEPARATORS = re.compile(r"\s*[;；,，、\n]\s*")


@dataclass(frozen=True)
class Unreadable(Exception):  # noqa: N818  (a verdict about a cell, not an error of the program)
    """The cell is not of its kind; ``rule`` names the fault."""

    rule: str


@dataclass(frozen=True)
class Clean:
    """What the cell means in its wire type, and whether its text had to be normalised (worth a note)."""

    value: Any
    note: bool


def is_blank(value: Any) -> bool:
    """Nothing, or only blanks of any width."""
    return value is None or (isinstance(value, str) and not _INVISIBLE.sub("", value).strip())


def is_error(said: str) -> bool:
    """Whether a text is an error as a spreadsheet shows it: Excel's, Google's, LibreOffice's."""
    return _ERROR.fullmatch(said) is not None


def read(kind: Kind, value: Any, lists: Lists, *, since_1904: bool = False) -> Clean:
    """What the cell means; :class:`Unreadable` if that is not clear.

    ``since_1904``: the workbook counts its days from 1904-01-01.
    """
    if isinstance(value, str) and is_error(value.strip()):
        raise Unreadable("GEN-017")
    match kind:
        case SuggestedKind():
            return _text(kind, value)
        case ChoicesKind():
            return _choice(kind, value, lists)
        case DayKind():
            return _day(kind, value, since_1904)
        case NumberKind():
            return _number(kind, value)
        case _:
            return _text(kind, value)


def plain(text: str) -> str:
    """Half-width, without invisible marks, trimmed, without Excel's leading apostrophe."""
    said = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip()
    return said.removeprefix("'").strip()


def _number(kind: NumberKind, value: Any) -> Clean:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Clean(float(value), False)
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    currency = _CURRENCY if kind.name == "money" else _NOTHING
    said = currency.sub("", plain(value)).strip()
    if said.casefold() in kind.words:
        return Clean(kind.words[said.casefold()], False)
    negative = False
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
    return Clean(-number if negative else number, True)


def _day(kind: DayKind, value: Any, since_1904: bool) -> Clean:
    if isinstance(value, datetime):
        return _of_kind(kind, value, note=not kind.moment and value.time() != datetime.min.time())
    if isinstance(value, date):
        return _of_kind(kind, datetime(value.year, value.month, value.day), note=False)
    if isinstance(value, float):
        return _of_kind(kind, _serial(value, since_1904), note=True)
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    said = plain(value)
    if found := _DATE.fullmatch(said):
        parts = [int(part or 0) for part in found.groups()]
    elif found := _COMPACT.fullmatch(said):
        parts = [int(part) for part in found.groups()]
    elif re.fullmatch(r"[0-9]{5}(?:\.[0-9]+)?", said):
        return _of_kind(kind, _serial(float(said), since_1904), note=True)
    else:
        raise Unreadable("GEN-002")
    try:
        return _of_kind(kind, datetime(*parts), note=True)  # type: ignore[arg-type]
    except ValueError:
        raise Unreadable("GEN-002") from None


def _serial(days: float, since_1904: bool) -> datetime:
    """A spreadsheet's day number. Days before 1900-03-01 are refused: Excel counts a 29 February 1900 that never was."""
    if not (61 if not since_1904 else 0) <= days < 2_958_466:
        raise Unreadable("GEN-002")
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    return first + timedelta(seconds=round(days * 86400))


def _of_kind(kind: DayKind, when: datetime, *, note: bool) -> Clean:
    if when < datetime(1900, 3, 1):
        raise Unreadable("GEN-002")
    return Clean(when if kind.moment else when.date(), note)


def _choice(kind: ChoicesKind, value: Any, lists: Lists) -> Clean:
    labels = kind.labels(lists)
    if isinstance(value, bool) and set(labels) == {"Y", "N"}:
        return Clean("Y" if value else "N", False)
    if isinstance(value, float) and value.is_integer():
        value = f"{value:.0f}"
    if not isinstance(value, str):
        raise Unreadable("GEN-003")
    code_of = {plain(s).casefold(): code for s, code in kind.spellings(lists).items()}
    code_of |= {plain(str(t)).casefold(): code for code, t in labels.items()}
    parts = [p for p in _SEPARATORS.split(plain(value)) if p] if kind.several else [plain(value)]
    codes = [code_of.get(part.casefold()) for part in parts]
    if not codes or None in codes:
        raise Unreadable("GEN-003")
    said = _SEPARATORS.sub(";", value) if kind.several else value
    return Clean(";".join(filter(None, codes)), plain(said) != said)


def _text(kind: Kind, value: Any) -> Clean:
    if isinstance(value, bool) or value is None:
        raise Unreadable("GEN-002")
    if isinstance(value, (int, float)):
        if abs(value) >= 1e15 and kind.name != "longtext":
            raise Unreadable("GEN-016")  # Excel keeps 15 digits: the rest is lost
        if kind.name == "period":
            return Clean(_period(f"{value:.0f}"), True)
        return Clean(f"{value:.0f}" if float(value).is_integer() else f"{value:.15g}", False)
    if isinstance(value, date):
        return Clean(f"{value:%Y-%m}" if kind.name == "period" else f"{value:%Y-%m-%d}", False)
    if not isinstance(value, str):
        raise Unreadable("GEN-002")
    if kind.name == "period":
        return Clean(_period(plain(value)), True)
    if kind.name in ("text", "longtext", "path") and not getattr(kind, "pattern", ""):
        said = _INVISIBLE.sub("", value).strip()
    else:
        said = re.sub(r"\s+", " ", plain(value))
    return Clean(said, said != value)


def _period(said: str) -> str:
    found = _MONTH.fullmatch(said) or _DATE.fullmatch(said)
    if not found:
        raise Unreadable("GEN-002")
    return f"{found[1]}-{int(found[2]):02d}"


