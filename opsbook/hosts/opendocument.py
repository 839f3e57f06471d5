"""OpenDocument (.ods): error cells, which calamine gives as blanks, and what SheetJS and Gnumeric write, at which it gives up."""

import re
from xml.parsers import expat

from opsbook.grammar.dirt import is_error
from opsbook.hosts.flawed import NOTHING, At, Flawed, too_many
from opsbook.hosts.guards import Limits

CONTENT = "content.xml"
_MOST = 1_000_000  # error cells of a sheet: a few bytes may repeat one over all of it
#: Between elements of a table white space means nothing; within a text it stands between other elements than these.
_BETWEEN = re.compile(rb"(<(?:/?table:[^>]*|/text:p)>)\s+(?=<)")
_ZONE = re.compile(rb'(office:date-value="[0-9-]{10}T[0-9:]{8})(?:\.[0-9]+)?Z"')
_ERROR = re.compile(rb"""value-type\s*=\s*["']error["']|>\s*(?:#[A-Z]|Err:[0-9])""")


def plainly(content: bytes) -> bytes:
    """The part of the cells as LibreOffice writes it: without white space between them, new lines as such, moments without a time zone."""
    content = _BETWEEN.sub(rb"\1", content)
    return _ZONE.sub(rb'\1"', content.replace(b"<text:line-break/>", b"&#10;"))


class OfOpenDocument:
    """The error cells of each sheet, from the part that holds all of them."""

    since_1904 = False

    def __init__(self, content: bytes, limits: Limits) -> None:
        self._errors: dict[str, dict[At, str]] = {}
        if _ERROR.search(content):
            parser = _Parser(limits)
            parser.parse(content)
            self._errors = parser.errors

    def of(self, sheet: str) -> Flawed:
        """The error cells of a sheet."""
        return Flawed(self._errors[sheet]) if sheet in self._errors else NOTHING


class _Parser:
    """Where cells stand, as a parser of XML comes across them: rows and cells say how often they are repeated."""

    def __init__(self, limits: Limits) -> None:
        self.errors: dict[str, dict[At, str]] = {}
        self._limits = limits
        self._path: list[str] = []
        self._sheet, self._row, self._column, self._rows, self._columns = "", 0, 0, 1, 1
        self._is_error = self._is_formula = False
        self._said: list[str] = []

    def parse(self, content: bytes) -> None:
        """Take in the whole part."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._begin, self._end, self._text
        parser.Parse(content, True)

    def _begin(self, tag: str, said: dict[str, str]) -> None:
        self._path.append(tag)
        if tag == "table:table":
            self._sheet, self._row = said.get("table:name", ""), 0
        elif tag == "table:table-row":
            self._column, self._rows = 0, _times(said.get("table:number-rows-repeated"))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._columns = _times(said.get("table:number-columns-repeated"))
            self._is_error = any(name.endswith(":value-type") and value == "error" for name, value in said.items())
            self._is_formula, self._said = "table:formula" in said, []

    def _text(self, said: str) -> None:
        if self._path[-1] == "text:p" and len(self._path) > 1 and self._path[-2] == "table:table-cell":  # a comment has paragraphs, too
            self._said.append(said)

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag in ("table:table-cell", "table:covered-table-cell"):
            shown = "".join(self._said).strip()
            if self._is_error or (self._is_formula and is_error(shown)):
                self._found(shown or "#?")
            self._column += self._columns
        elif tag == "table:table-row":
            self._row += self._rows

    def _found(self, shown: str) -> None:
        there = self.errors.setdefault(self._sheet, {})
        if (cells := len(there) + self._rows * self._columns) > (most := min(self._limits.cells, _MOST)):
            raise too_many(self._sheet, cells, most)
        rows, columns = range(self._row, self._row + self._rows), range(self._column, self._column + self._columns)
        there |= {(row, column): shown for row in rows for column in columns}


def _times(said: str | None) -> int:
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 9 else 1

