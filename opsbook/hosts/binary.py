"""Binary workbooks (.xls, .xlsb): error cells, which calamine gives as blanks, and what their writers left out.

Both are rows of records: a number, a length, the bytes.
"""

import io
import struct
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts.flawed import NOTHING, At, Flawed, too_many
from opsbook.hosts.guards import Limits

_SAID = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA"}

# ------------------------------------------------------------------------------------------------------- .xls

_FORMULA, _EOF, _EXTERNSHEET, _WRITER, _BOUNDSHEET, _XF, _SUPBOOK, _BOOLERR, _FORMAT, _BOF = 0x06, 0x0A, 0x17, 0x5C, 0x85, 0xE0, 0x1AE, 0x205, 0x41E, 0x809
#: Numbers of formats that are days in Excel of East Asia; Gnumeric gives them to formats of its own.
_OF_DAYS = frozenset((*range(27, 37), *range(50, 59)))
_OWN = range(164, 383)  # numbers of a workbook's own formats
#: Bytes of the parts of a formula, the first included; those of a class (reference, value, array) are alike.
_PART = {0x01: 5, 0x02: 5, 0x1C: 2, 0x1D: 2, 0x1E: 3, 0x1F: 9, 0x20: 8, 0x21: 3, 0x22: 4, 0x23: 5, 0x24: 5, 0x25: 9, 0x26: 7, 0x27: 7, 0x28: 7, 0x29: 3,
         0x2A: 5, 0x2B: 9, 0x2C: 5, 0x2D: 9, 0x39: 7, 0x3A: 7, 0x3B: 11, 0x3C: 7, 0x3D: 11} | dict.fromkeys(range(0x03, 0x17), 1)  # fmt: skip
_JOIN, _TEXT, _ATTRIBUTE, _FUNCTION, _FUNCTION_OF_MANY, _REF, _REF_OF_SHEET = 0x08, 0x17, 0x19, 0x21, 0x22, 0x24, 0x3A
#: CHAR, DOLLAR, FIXED, LEFT, LOWER, MID, PROPER, REPLACE, REPT, RIGHT, SUBSTITUTE, TEXT, TRIM, UPPER, ADDRESS, CONCATENATE.
_GIVE_TEXT = frozenset({111, 13, 14, 115, 112, 31, 114, 119, 30, 116, 120, 48, 118, 113, 219, 336})


def _stream(data: bytes) -> bytes:
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        return ole.openstream("Workbook").read() if ole.exists("Workbook") else b""  # Excel 95 wrote "Book": errors in it read as blanks


def with_formats_of_its_own(data: bytes) -> bytes:
    """A workbook whose own formats bear other numbers than those of days, which calamine takes for days whatever they say."""
    import olefile

    book = bytearray(_stream(data))
    places, stated = list[int](), set[int]()
    for number, at, length in _headers(book, 0):
        if number == _FORMAT and length > 2:
            places.append(at)
            stated.add(struct.unpack_from("<H", book, at)[0])
        elif number == _XF and length > 4:
            places.append(at + 2)
    if not stated & _OF_DAYS:
        return data
    free = dict(zip(sorted(stated & _OF_DAYS), (n for n in _OWN if n not in stated), strict=False))
    for at in places:
        format_ = struct.unpack_from("<H", book, at)[0]
        struct.pack_into("<H", book, at, free.get(format_, format_))
    changed = io.BytesIO(data)
    with olefile.OleFileIO(changed, write_mode=True) as ole:
        ole.write_stream("Workbook", bytes(book))
        return changed.getvalue()


class OfXls:
    """The error cells of each sheet of a workbook of Excel 97 to 2003; formulas that point at one cell; those whose texts were lost.

    LibreOffice stores a 0 for each formula whose result is a text, and no text.
    """

    since_1904 = False

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._book = _stream(data)
        self._limits, self._starts, self._sheets = limits, dict[str, int](), list[str]()
        self._of_itself: list[bool] = []  # whether the sheets that a formula names are of this workbook
        self._named: list[tuple[int, int, int]] = []
        self._of_calc = False
        for number, body in self._records(0):
            if number == _BOUNDSHEET:
                start, _, _, length, wide = struct.unpack_from("<IBBBB", body)
                name = body[8 : 8 + 2 * length].decode("utf-16-le", "replace") if wide & 1 else body[8 : 8 + length].decode("latin-1")
                self._starts[name] = start
                self._sheets.append(name)
            elif number == _WRITER:
                self._of_calc = body[3:7] == b"Calc"
            elif number == _SUPBOOK:
                self._of_itself.append(body[2:4] == b"\x01\x04")
            elif number == _EXTERNSHEET:
                self._named = list(struct.iter_unpack("<Hhh", body[2 : 2 + 6 * ((len(body) - 2) // 6)]))

    def of(self, sheet: str) -> Flawed:
        """What must be known of the cells of a sheet."""
        if sheet not in self._starts:
            return NOTHING
        errors: dict[At, str] = {}
        links: dict[At, tuple[str, At]] = {}
        unsaved, doubted = set[At](), set[At]()
        for number, body in self._records(self._starts[sheet]):
            if number == _BOOLERR and len(body) >= 8 and body[7]:
                errors[_at(body)] = _SAID.get(body[6], "#?")
            elif number == _FORMULA and len(body) >= 22:
                at, result, formula = _at(body), body[6:14], body[22 : 22 + struct.unpack_from("<H", body, 20)[0]]
                if result[6:] == b"\xff\xff" and result[0] == 2:
                    errors[at] = _SAID.get(result[2], "#?")
                if to := self._pointed(formula, sheet):
                    links[at] = to
                if not any(result):  # the number 0
                    if to:
                        doubted.add(at)
                    elif self._of_calc and _gives_text(formula):
                        unsaved.add(at)
        return Flawed(errors, frozenset(unsaved), links, frozenset(doubted))

    def _records(self, at: int) -> Iterator[tuple[int, bytes]]:
        return ((number, self._book[body : body + length]) for number, body, length in _headers(self._book, at))

    def _pointed(self, formula: bytes, sheet: str) -> tuple[str, At] | None:
        """The one cell of the workbook that a formula is."""
        kind = _kind(formula)
        if kind == _REF and len(formula) == 5:
            row, column = struct.unpack_from("<HH", formula, 1)
            return sheet, (row, column & 0x3FFF)
        if kind == _REF_OF_SHEET and len(formula) == 7:
            place, row, column = struct.unpack_from("<HHH", formula, 1)
            book, first, last = self._named[place] if place < len(self._named) else (len(self._of_itself), -1, -1)
            if book < len(self._of_itself) and self._of_itself[book] and 0 <= first == last < len(self._sheets):
                return self._sheets[first], (row, column & 0x3FFF)
        return None


def _headers(book: bytes | bytearray, at: int) -> Iterator[tuple[int, int, int]]:
    """The records from a place on, as number, place and length of their bytes, as far as the end of what begins there; not those of what lies in it
    (a chart)."""
    depth = 0
    while at + 4 <= len(book):
        number, length = struct.unpack_from("<HH", book, at)
        depth += (number == _BOF) - (number == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield number, at + 4, min(length, len(book) - at - 4)
        at += 4 + length


def _at(body: bytes) -> At:
    row, column = struct.unpack_from("<HH", body)
    return int(row), int(column)


def _kind(formula: bytes) -> int:
    """What a part of a formula is, whatever its class."""
    return 0 if not formula else formula[0] if formula[0] < 0x20 else formula[0] & 0x1F | 0x20


def _gives_text(formula: bytes) -> bool:
    """Whether what a formula comes to is a text: it joins texts, is one, ends with a function that gives one, or chooses and may choose one."""
    at, last, before = 0, (0, 0), (0, 0)
    while at < len(formula):
        kind, size = _kind(formula[at:]), 0
        if kind == _TEXT and at + 2 < len(formula):
            size = 3 + formula[at + 1] * (1 + (formula[at + 2] & 1))
        elif kind == _ATTRIBUTE and at + 3 < len(formula):
            size = 4 + (2 * (struct.unpack_from("<H", formula, at + 2)[0] + 1) if formula[at + 1] & 4 else 0)
        else:
            size = _PART.get(kind, 0)
        if not size:
            return False  # a part that is not known
        if kind != _ATTRIBUTE:
            called = {_FUNCTION: 1, _FUNCTION_OF_MANY: 2}.get(kind)
            before, last = last, (kind, struct.unpack_from("<H", formula, at + called)[0] if called and at + called + 2 <= len(formula) else 0)
        at += size
    kind, function = last
    return kind in (_JOIN, _TEXT) or (kind in (_FUNCTION, _FUNCTION_OF_MANY) and (function in _GIVE_TEXT or (function == 1 and before[0] == _TEXT)))


# ------------------------------------------------------------------------------------------------------ .xlsb

_ROW, _ERROR_CELL, _ERROR_OF_FORMULA, _SHEET = 0, 3, 11, 156
_SHORT = range(12, 20)  # cells that do not say their column: it is the next one
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class OfXlsb:
    """The error cells of each sheet of a binary package; an :class:`UnreadableFile` for a sheet with cells that calamine drops."""

    since_1904 = False

    def __init__(self, package: zipfile.ZipFile, limits: Limits) -> None:
        self._package, self._limits = package, limits
        names = {name.replace("\\", "/").lower(): name for name in package.namelist()}
        rels = names.get("xl/_rels/workbook.bin.rels")
        targets = {r.get("Id", ""): r.get("Target", "") for r in ElementTree.fromstring(package.read(rels)).iter(_REL)} if rels else {}
        self._parts: dict[str, str] = {}
        for number, body in _records(package.read(names["xl/workbook.bin"])):
            if number == _SHEET:
                id_, end = _text(body, 8)
                name, _ = _text(body, end)
                target = targets.get(id_, "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                if part.lower() in names:
                    self._parts[name] = names[part.lower()]

    def of(self, sheet: str) -> Flawed:
        """The error cells of a sheet."""
        if sheet not in self._parts:
            return NOTHING
        row, errors = 0, dict[At, str]()
        for number, body in _records(self._package.read(self._parts[sheet])):
            if number == _ROW and len(body) >= 4:
                row = struct.unpack_from("<I", body)[0]
            elif number in (_ERROR_CELL, _ERROR_OF_FORMULA) and len(body) > 8:
                errors[row, struct.unpack_from("<I", body)[0]] = _SAID.get(body[8], "#?")
                if len(errors) > self._limits.cells:
                    raise too_many(sheet, len(errors), self._limits.cells)
            elif number in _SHORT:
                raise UnreadableFile("FIL-001", Text("the program that wrote this .xlsb writes cells that are not read whole; save it as .xlsx",
                                                     "写出此 .xlsb 的程序所写的单元格无法完整读取，请另存为 .xlsx"))  # fmt: skip
        return Flawed(errors) if errors else NOTHING


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Records whose number and length are written in as many bytes as they take."""
    at, end = 0, len(part)
    while at < end:
        number, at = part[at], at + 1
        if number & 0x80 and at < end:
            number, at = number & 0x7F | (part[at] & 0x7F) << 7, at + 1
        length = shift = 0
        while at < end and shift < 28:
            byte, at = part[at], at + 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield number, part[at : at + length]
        at += length


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A text that says its length, and where it ends."""
    length = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * length
    return body[at + 4 : end].decode("utf-16-le", "replace"), end
