"""No records: rows below a header that nobody meant as entries: totals, remarks, repeated headers, rows with nothing but what was filled in before
(DECISIONS 10.2). A row with a number of the register's form, a person, a day or a text of its own is always a record."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

from opsbook.grammar import Column
from opsbook.grammar.dirt import is_blank
from opsbook.grammar.kinds import ChoicesKind

_TOTAL = re.compile(r"(?:本页|本表|本月|费用|金额)?(?:合计|小计|总计|累计|汇总)(?:金额)?(?:\((?:大写|小写|元)\))?[:：]?|(?:grand|sub)?-?totals?[:：]?")
_REMARK = re.compile(r".{0,6}?(?:制表|填表|编制|审核|复核|审批|批准|经办|签字|签名|签章|盖章|负责人|报销人|领款|备注|说明|以上|日期|注[:：\d])|注$"
                     r"|(?:note|remark|prepared|checked|reviewed|approved|signature|signed|date)")  # fmt: skip
_BARE = re.compile(r"[\d,.\-/年月日:¥￥%]+")  # a number or a day and nothing else
#: How such words begin in English; a number of a register that begins so is in capitals. Others begin in Chinese, as no number does.
BEGINNINGS = frozenset({"to", "To", "TO", "gr", "Gr", "GR", "su", "Su", "SU", "no", "No", "NO", "re", "Re", "pr", "Pr", "ch", "Ch", "ap", "Ap", "si", "Si", "da", "Da"})


class Kind(Enum):
    """What a row is that may be no record."""

    RECORD = 0
    TOTAL = 1
    REMARK = 2  # one only below the last record
    HEADER = 3
    PREFILLED = 4


def kind(row: Sequence[Any], columns: Mapping[int, Column], id_place: int, names: Mapping[int, frozenset[str]]) -> Kind:
    """What a row is; ``columns`` by their places, ``names`` what each of their headers may say."""
    filled = {place: cell for place, cell in enumerate(row) if not is_blank(cell)}
    ours = {place: cell for place, cell in filled.items() if place in columns}
    texts = {place: _plain(cell) for place, cell in filled.items() if isinstance(cell, str)}
    number = ours.get(id_place, "")
    if len(ours) > 2 and 2 * sum(texts.get(place, "") in names[place] for place in ours) > len(ours):
        return Kind.HEADER
    said = [place for place, text in texts.items() if _TOTAL.fullmatch(text)]
    if said and (number == "" or id_place in said):
        beside = [place for place in ours if place not in said and isinstance(ours[place], (str, date)) and not isinstance(columns[place].kind, ChoicesKind)]
        if all(_in_capitals(texts.get(place, "")) for place in beside):
            return Kind.TOTAL
    if _is_remark(filled, texts, number, columns, id_place):
        return Kind.REMARK
    if all(place != id_place and isinstance(columns[place].kind, ChoicesKind) for place in ours):
        return Kind.PREFILLED
    return Kind.RECORD


def _is_remark(filled: Mapping[int, Any], texts: Mapping[int, str], number: Any, columns: Mapping[int, Column], id_place: int) -> bool:
    """Texts alone, of which the first is such a word; a number of the register's form makes it a record."""
    if len(texts) != len(filled) or not texts or any(_BARE.fullmatch(text) for text in texts.values()):
        return False
    if isinstance(number, str) and id_place in columns and is_number(number, columns[id_place]):
        return False
    return _REMARK.match(texts[min(texts)]) is not None


def is_number(said: str, column: Column) -> bool:
    """Whether a text has the form of a register's numbers: ``EXP-2026-00001``."""
    return bool(getattr(column.kind, "form", "")) and re.fullmatch(column.kind.pattern, said.strip()) is not None  # type: ignore[attr-defined]


def _in_capitals(text: str) -> bool:
    """Whether a text is an amount in capitals: 人民币叁仟元整."""
    return bool(re.fullmatch(r"(?:人民币)?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正]+", text))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
