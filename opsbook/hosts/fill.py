"""Fill: values written into cells of a user's sheet; every other byte of the part stays as it was.

Rows and cells are found by their tags, whatever the prefix and the order of attributes; a row or cell that names no place follows the
one before it. A cell that holds a formula is somebody's own and is left alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from opsbook.grammar.finding import column_number, letters
from opsbook.hosts.markup import Edit, elements, quoted, refusal, utf8
from opsbook.hosts.package import Package
from opsbook.hosts.styles import Styles, styles_part

#: Excel row → 1-based column → value; None empties the cell.
Values = Mapping[int, Mapping[int, Any]]
_ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)["']""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]+)\d+["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")
_ARRAY = re.compile(rb"""\st\s*=\s*["'](?:array|dataTable)["']""")
_RANGE = re.compile(rb"""\sref\s*=\s*["']\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?["']""")
_SPANS = re.compile(rb"""\sspans\s*=\s*["'][^"']*["']""")


@dataclass
class Filled:
    """What came of writing: cells changed, and cells left alone for the formulas in them."""

    changed: int = 0
    formulas: int = 0


def fill(package: Package, part: str, values: Values, formats: Mapping[int, str], since_1904: bool = False) -> Filled:
    """Write values into a sheet; ``formats`` are the number formats of columns whose cells bear no style of their own, and days
    are counted as the workbook does."""
    done = Filled()
    if not values:
        return done
    data = utf8(package.read(part), part)
    if b"!" in data and (b"<!--" in data or b"<![CDATA[" in data or b"<!DOCTYPE" in data):  # the first look is the fast one
        raise refusal(part, "holds comments or marked sections among its cells", "在单元格之间含有注释或 CDATA")
    head = data[: data.find(b"sheetData")]
    top = re.search(rb"<([^\s/>!?:]+:)?worksheet\b", head)
    if top is None:
        raise refusal(part, "is not a worksheet", "不是工作表")
    prefix = (top[1] or b"").decode()
    sheet = _Sheet(part, data, prefix, _Looks(package, formats, data, prefix), done, since_1904)
    edits = list(sheet.edits(values))
    if edits:
        package.write(part, b"".join(_applied(data, edits)))
    sheet.looks.save()
    return done


def _applied(data: bytes, edits: list[Edit]) -> Iterator[bytes | memoryview]:
    """The pieces of the edited part; what stays is copied once."""
    whole, at = memoryview(data), 0
    for start, end, new in edits:
        yield whole[at:start]
        yield new
        at = end
    yield whole[at:]


class _Looks:
    """The style of a cell that is not there yet: its row's, else its column's, else one with the column's number format."""

    def __init__(self, package: Package, formats: Mapping[int, str], data: bytes, prefix: str) -> None:
        self._package, self._formats, self._part = package, formats, styles_part(package)
        self._columns: list[tuple[int, int, int]] = []
        begin = data.find(f"<{prefix}cols".encode(), 0, data.find(b"sheetData"))
        if begin >= 0:
            end = data.find(f"</{prefix}cols>".encode(), begin)
            for e in elements(data[begin:end], "col"):
                a = e.attributes
                self._columns.append((int(a.get("min", 0)), int(a.get("max", 0)), int(a.get("style", 0))))
        self._made: dict[int, int] = {}
        self._styles: Styles | None = None

    def of(self, column: int, row_style: int) -> int:
        """The number of the style."""
        style = row_style or next((s for low, high, s in self._columns if low <= column <= high), 0)
        return style or self.plain(column)

    def plain(self, column: int) -> int:
        """A style without any look but the column's number format."""
        code = self._formats.get(column, "General")
        if code == "General" or not self._part:
            return 0
        if column not in self._made:
            self._styles = self._styles or Styles(self._package.markup(self._part))
            number = self._styles.number_format(quoted(code).encode())
            entry = b'<xf numFmtId="%d" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' % number
            self._made[column] = self._styles.add("cellXfs", entry)
        return self._made[column]

    def save(self) -> None:
        """Put what was added into the style sheet."""
        if self._styles is not None:
            self._package.write(self._part, self._styles.to_bytes())


class _Sheet:
    def __init__(self, part: str, data: bytes, prefix: str, looks: _Looks, done: Filled, since_1904: bool) -> None:
        self.first_day = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
        self.part, self.data, self.looks, self.done, self.p = part, data, looks, done, prefix
        p = re.escape(prefix.encode())
        self._row = re.compile(rb"<" + p + rb"row\b([^>]*)>")
        self._cell = re.compile(rb"<" + p + rb"c\b([^>]*?)(?:/>|>(.*?)</" + p + rb"c\s*>)", re.DOTALL)
        self._formula = re.compile(rb"<" + p + rb"f\b")
        self._arrays = sorted(self._spans(), reverse=True) if b"array" in data or b"dataTable" in data else []
        self._across: list[tuple[int, int, int, int]] = []  # those that reach the row at hand
        self._end = f"</{prefix}row".encode()  # a blank may stand before the bracket

    def _spans(self) -> Iterator[tuple[int, int, int, int]]:
        """First row, last row, first column, last column of the cells that the formula of one of them fills."""
        for formula in re.finditer(rb"<" + re.escape(self.p.encode()) + rb"f\b([^>]*)", self.data):
            place = _RANGE.search(formula[1])
            if place and place[3] and place.group(1, 2) != place.group(3, 4) and _ARRAY.search(formula[1]):  # of one cell: it holds the formula itself
                left, top, right, bottom = place.groups()
                yield int(top), int(bottom), column_number(left), column_number(right)

    def _reach(self, row: int) -> None:
        """Rows come in order: arrays are taken up where they begin, and dropped where they end."""
        while self._arrays and self._arrays[-1][0] <= row:
            self._across.append(self._arrays.pop())
        self._across = [span for span in self._across if span[1] >= row]

    def _computed_elsewhere(self, column: int) -> bool:
        return any(left <= column <= right for _, _, left, right in self._across)

    def edits(self, values: Values) -> Iterator[Edit]:
        """The spans of the part to be replaced, in order."""
        for number, tag in sorted(self._rows(values).items()):
            self._reach(number)
            yield from self._in_row(tag, number, values[number])

    def _rows(self, wanted: Values) -> dict[int, re.Match[bytes]]:
        """The start tags of rows. As most writers write them they are found at once; else every row is looked at."""
        found: dict[int, re.Match[bytes]] = {}
        head, at = f"<{self.p}row r=\"".encode(), 0
        for number in sorted(wanted):
            at = self.data.find(head + b'%d"' % number, at)
            tag = self._row.match(self.data, at) if at >= 0 else None
            if tag is None:
                break
            found[number] = tag
        if len(found) == len(wanted):
            return found
        number = 0
        for tag in self._row.finditer(self.data):
            said = _ROW_NUMBER.search(tag[1])
            number = int(said[1]) if said else number + 1
            if number in wanted:
                found[number] = tag
        if lacking := len(wanted) - len(found):
            raise refusal(self.part, f"lacks {lacking} of the rows that were read from it", f"缺少已读取的 {lacking} 行")
        return found

    def _in_row(self, tag: re.Match[bytes], number: int, wanted: Mapping[int, Any]) -> Iterator[Edit]:
        if tag[1].endswith(b"/"):
            raise refusal(self.part, f"has no cell in row {number}", f"第 {number} 行没有单元格")
        start = tag.end()
        end = self.data.find(self._end, start)
        inner = self.data[start:end]
        style = _STYLE.search(tag[1])
        row_style = int(style[1]) if style else 0
        place, there = 0, dict[int, re.Match[bytes]]()
        for cell in self._cell.finditer(inner):
            said = _PLACE.search(cell[1])
            place = column_number(said[1]) if said else place + 1
            there[place] = cell
        order = sorted(there)
        edits: list[Edit] = []
        for column, value in sorted(wanted.items()):
            if (here := there.get(column)) is not None:
                if (here[2] is not None and self._formula.search(here[2])) or self._computed_elsewhere(column):
                    self.done.formulas += 1
                    continue
                own = _STYLE.search(here[1])
                written = self._written(number, column, value, int(own[1]) if own else self.looks.plain(column))
                edits.append((start + here.start(), start + here.end(), written))
            elif value is not None:
                after = next((there[c] for c in order if c > column), None)
                at = start + (after.start() if after else len(inner))
                edits.append((at, at, self._written(number, column, value, self.looks.of(column, row_style))))
        self.done.changed += len(edits)
        if any(s == e for s, e, _ in edits) and (spans := _SPANS.search(tag[1])):  # a hint that may no longer be true
            yield tag.start(1) + spans.start(), tag.start(1) + spans.end(), b""
        yield from edits

    def _written(self, row: int, column: int, value: Any, style: int) -> bytes:
        p = self.p
        head = f'<{p}c r="{letters(column)}{row}"' + (f' s="{style}"' if style else "")
        match value:
            case None:
                return f"{head}/>".encode()
            case bool():
                return f'{head} t="b"><{p}v>{int(value)}</{p}v></{p}c>'.encode()
            case int() | float():
                return f"{head}><{p}v>{float(value):.17g}</{p}v></{p}c>".encode()
            case date():
                return f"{head}><{p}v>{_serial(value, self.first_day):.15g}</{p}v></{p}c>".encode()
            case _:
                space = ' xml:space="preserve"' if str(value) != str(value).strip() else ""
                return f'{head} t="inlineStr"><{p}is><{p}t{space}>{quoted(str(value))}</{p}t></{p}is></{p}c>'.encode()


def _serial(day: date, first: datetime) -> float:
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    return (moment - first) / timedelta(days=1)
