"""No records: rows below a header that nobody meant as entries: totals, remarks, repeated headers, rows with nothing but what was filled in before
(DECISIONS 10.2). A row with a number of the register's form, a person, a day or a text of its own is always a record."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import Any

from opsbook.grammar import Column
from opsbook.grammar.dirt import Unreadable, is_blank, read
from opsbook.grammar.kinds import ChoicesKind


class _Form:
    """A regular expression that is compiled when it is first asked: most workbooks have no row of which these must be asked."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def match(self) -> Callable[[str], re.Match[str] | None]:
        """Whether a text begins so."""
        return re.compile(self.pattern).match

    @cached_property
    def fullmatch(self) -> Callable[[str], re.Match[str] | None]:
        """Whether a text is so as a whole."""
        return re.compile(self.pattern).fullmatch


_CAPITALS = "(?:人民币)?[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整正]+"
_SUM = rf"(?:{_CAPITALS}|¥?[\d,]+(?:\.\d+)?元?)"  # in the same cell: 合计（大写）：叁仟元整
_TOTAL = _Form(rf"(?:本[页表月季年期]|费用|金额)?(?:合计|小计|总计|累计|汇总|共计)(?:金额)?(?:\((?:人民币)?(?:大写|小写|元)\))?[:：]?{_SUM}?"
                    r"|承前页|过次页|(?:上页|承上页)结转|(?:结转|转)下页|(?:grand|sub)?-?totals?[:：]?")  # fmt: skip
_OF_A_GROUP = _Form(r".{1,40}?(?:汇总|小计|合计|总计|total)[:：]?")  # as Excel labels subtotals: 客户服务部 汇总
_COUNT = _Form(r"共?\d+[笔张条行项人次]")
_HINT = _Form(r"(?:例如?|示例|样例|举例|必填|选填|格式|填写|example|required)(?:$|[^\w]|[\u4e00-\u9fff])")
_REMARK = _Form(r".{0,6}?(?:制表|填表|编制|审核|复核|审批|批准|经办|签字|签名|签章|盖章|负责人|报销人|领款|备注|说明|以上|日期|注[:：\d])|注$"
                     r"|(?:note|remark|prepared|checked|reviewed|approved|signature|signed|date)")  # fmt: skip
_BARE = _Form(r"(?=.*\d)[\d,.\-/年月日:¥￥%]+")  # a number or a day and nothing else
_CODE = _Form(r"[a-z]{2,}-[\w\-]*\d")  # a number of some register: emp-0018
#: How such words begin in English; a number of a register that begins so is in capitals. Others begin in Chinese, as no number does.
BEGINNINGS = frozenset(said for word in ("ex", "to", "gr", "su", "no", "re", "pr", "ch", "ap", "si", "da") for said in (word, word.title(), word.upper())) - {"EX"}


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
    said = [place for place, text in texts.items() if _TOTAL.fullmatch(text) or (_groups(columns.get(place)) and _OF_A_GROUP.fullmatch(text))]
    if said and (number == "" or id_place in said):
        beside = [place for place in ours if place not in said and not isinstance(columns[place].kind, ChoicesKind)]
        if all(_is_of_a_total(ours[place], texts.get(place, ""), columns[place]) for place in beside):
            return Kind.TOTAL
    if _is_text(filled, texts, columns):
        if _HINT.match(texts.get(id_place, "")):
            return Kind.PREFILLED
        if _REMARK.match(texts[min(texts)]):
            return Kind.REMARK
    if all(place != id_place and isinstance(columns[place].kind, ChoicesKind) for place in ours):
        return Kind.PREFILLED
    return Kind.RECORD


def _is_text(filled: Mapping[int, Any], texts: Mapping[int, str], columns: Mapping[int, Column]) -> bool:
    """Whether a row is made of texts alone, and days that are announced as such (日期：); a number of any register's form makes it a record."""
    dated = {place for before, place in pairwise(sorted(filled)) if isinstance(filled[place], date) and texts.get(before, "").rstrip(":").endswith(("日期", "date"))}
    if len(texts) + len(dated) != len(filled) or not texts or any(_BARE.fullmatch(text) for text in texts.values()):
        return False
    return not any(place in columns and (is_number(str(cell), columns[place]) or (columns[place].ref and _CODE.fullmatch(texts.get(place, ""))))
                   for place, cell in filled.items())  # fmt: skip


def is_number(said: str, column: Column) -> bool:
    """Whether a text has the form of a register's numbers: ``EXP-2026-00001``."""
    return bool(getattr(column.kind, "form", "")) and re.fullmatch(column.kind.pattern, said.strip()) is not None  # type: ignore[attr-defined]


def amount(cell: Any, column: Column) -> float | None:
    """The number that a cell of a total says, as text too; None for anything else."""
    if not column.kind.numeric or isinstance(cell, (bool, date)):
        return None
    try:
        said = read(column, cell, {}).value
    except Unreadable:
        return None
    return said if isinstance(said, float) else None


def _groups(column: Column | None) -> bool:
    """Whether a spreadsheet program may add up by a column, and label the sums there."""
    return column is None or isinstance(column.kind, ChoicesKind) or column.ref is not None


def _is_of_a_total(cell: Any, text: str, column: Column) -> bool:
    """Whether a cell may stand beside a total's word: a number that can be added up, an amount in capitals (人民币叁仟元整), a count of rows. A number in
    a column of codes is a code, but for the 0 to which a program adds up texts."""
    if isinstance(cell, str):
        return bool(re.fullmatch(_CAPITALS, text)) or _COUNT.fullmatch(text) is not None or amount(cell, column) is not None
    return not isinstance(cell, date) and (column.kind.numeric or cell == 0)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
