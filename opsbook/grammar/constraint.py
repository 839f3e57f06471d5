"""Constraints: what a column promises, in pydantic's metadata, in Excel's words and in a sentence.

Only what can be said in all three is allowed: :func:`bounds` refuses any other metadata when a sheet is declared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from annotated_types import BaseMetadata, Ge, GroupedMetadata, Gt, Interval, Le, Len, Lt, MaxLen, MinLen

from opsbook.grammar.text import Text

_SAID = {
    ">": Text("more than {limit}", "大于{limit}"),
    ">=": Text("at least {limit}", "不小于{limit}"),
    "<": Text("less than {limit}", "小于{limit}"),
    "<=": Text("at most {limit}", "不大于{limit}"),
}
_SAID_OF_LENGTH = {
    ">=": Text("at least {limit} characters", "不少于{limit}个字符"),
    "<=": Text("at most {limit} characters", "不超过{limit}个字符"),
}


@dataclass(frozen=True)
class Bound:
    """One bound: the cell, or its length, compared with a limit."""

    operator: str
    limit: float
    length: bool = False

    def sentence(self) -> Text:
        """``at least 0`` / ``不小于0``."""
        said = (_SAID_OF_LENGTH if self.length else _SAID)[self.operator]
        return said.fill({"limit": f"{self.limit:,.15g}"})

    def excel(self, cell: str) -> str:
        """The bound as an Excel condition on a filled cell."""
        return f"{f'LEN({cell})' if self.length else cell}{self.operator}{self.limit:.15g}"


def bounds(metadata: Iterable[Any]) -> Iterator[Bound]:
    """pydantic's metadata as bounds; a TypeError for metadata that cannot be said in Excel and in a sentence."""
    for item in metadata:
        match item:
            case Gt(gt=limit):
                yield Bound(">", _number(limit))
            case Ge(ge=limit):
                yield Bound(">=", _number(limit))
            case Lt(lt=limit):
                yield Bound("<", _number(limit))
            case Le(le=limit):
                yield Bound("<=", _number(limit))
            case MinLen(min_length=limit):
                yield Bound(">=", limit, length=True)
            case MaxLen(max_length=limit):
                yield Bound("<=", limit, length=True)
            case Interval() | Len() | GroupedMetadata():
                yield from bounds(item)
            case _:
                named = item if isinstance(item, BaseMetadata) else type(item).__name__
                raise TypeError(f"{named} cannot be said in Excel and in a sentence; use gt, ge, lt, le, "
                                "min_length, max_length, or a `check` in the rule language")


def _number(limit: Any) -> float:
    if isinstance(limit, bool) or not isinstance(limit, (int, float)):
        raise TypeError(f"the bound {limit!r} is not a number; say other bounds as a `check` in the rule language")
    return float(limit)
