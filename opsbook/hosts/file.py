"""A workbook on disk: read once, as bytes, by calamine; error cells and unsaved formulas by a pass of their own."""

import errno
import io
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np

from opsbook.grammar.finding import column_number
from opsbook.grammar.grid import Grid, UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts.flawed import NOTHING, At, Flawed, too_many
from opsbook.hosts.guards import NAMED, Limits, checked
from opsbook.hosts.pictures import DISPIMG, Pictures

if TYPE_CHECKING:
    from opsbook.hosts.binary import OfXls, OfXlsb
    from opsbook.hosts.opendocument import OfOpenDocument
    from opsbook.hosts.package import Package

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AFTER_NAME = b"> /\t\r\n"  # behind the name of an element: those of rules and dropdowns begin like a formula's, and go on
_PIECE = 1 << 18  # bytes at a time, in the processor's cache
_OVERLAP = 4096  # of them are seen twice, for what stands across their border


def grids(data: bytes, only: Callable[[str], bool] = lambda name: True, limits: Limits = NAMED,
          first: Callable[[str], bool] = lambda name: False, governs: Callable[[str], bool] = lambda name: False) -> Iterator[Grid]:  # fmt: skip
    """All sheets of a workbook (xlsx, xlsm, xlsb, xls, ods), hidden ones too, in tab order, each with its rows to be read once.

    ``only`` picks sheets by name: the others are not opened. ``first`` names those that are to come before the others. ``governs`` names those whose
    formulas are always followed to the cell that they point at, whatever result is stored.

    An :class:`UnreadableFile` says what is wrong with the file.
    """
    from python_calamine import CalamineError, PasswordError, SheetTypeEnum

    _is_workbook(data)
    try:
        workbook = _Opened(data, limits)
        for place, name in sorted(enumerate(workbook.sheet_names), key=lambda sheet: not first(sheet[1])):
            if not only(name):
                continue
            flawed = workbook.flawed(name)
            errors, unsaved = flawed.errors, flawed.unsaved
            try:
                sheet = workbook.sheet(name)
            except CalamineError as fault:
                if workbook.kind(place) != SheetTypeEnum.WorkSheet:
                    continue  # a chart sheet or a macro sheet: no cells
                raise UnreadableFile("FIL-001", f"{name}: {fault}") from None
            if sheet.start is None:
                continue
            rows: Iterator[list[Any]] = islice(sheet.iter_rows(), sheet.start[0], None)  # calamine leaves empty columns out, and empty rows not
            if data[:8] == OLE:  # .xls keeps whole numbers apart; everywhere else a number is a float
                rows = ([float(cell) if type(cell) is int else cell for cell in row] for row in rows)
            rows = _guarded(rows, name, sheet.start[0])
            there: dict[At, Any] = dict(flawed.filled)
            # What governs is what stands there now, whatever is stored.
            links = {at: to for at, to in flawed.links.items() if at in unsaved or at in flawed.doubted or governs(name)}
            if links:
                followed = _Followed(workbook).values(name, links)
                there |= {at: value for at, value in followed.items() if value not in ("", None)}
                # What is stored beside a value that cannot be followed is old; beside a blank it is Excel's 0, which governs nothing.
                lost = {at for at, value in followed.items() if at not in errors and (value is None or (value == "" and governs(name)))}
                errors, unsaved = {at: said for at, said in errors.items() if at not in there}, (unsaved - there.keys()) | lost
            if there:
                rows = _with(rows, sheet.start, there)
            yield Grid(name, rows, sheet.start, place, errors, unsaved, workbook.since_1904, sheet.merged_cell_ranges or ())
    except PasswordError as fault:
        raise UnreadableFile("FIL-002") from fault
    except UnreadableFile:
        raise
    except BaseException as fault:  # calamine's panics pass `except Exception`
        if isinstance(fault, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
            raise
        raise UnreadableFile("FIL-001", " ".join(str(fault).split())[:200] or type(fault).__name__) from None


def _guarded(rows: Iterator[list[Any]], sheet: str, before: int) -> Iterator[list[Any]]:
    """Rows as they come; where calamine panics, the sentence that leads to the row."""
    row = before
    try:
        for cells in rows:
            row += 1
            yield cells
    except BaseException as fault:  # a panic passes `except Exception`
        if type(fault).__name__ != "PanicException":
            raise
        why = Text(f"{sheet}, row {row + 1}: a cell formatted as a day or time holds a number beyond the calendar; type the day again or clear the cell",
                   f"“{sheet}”第 {row + 1} 行：日期或时间格式的单元格存有超出日历范围的数字，请重新填写日期或清空该单元格")  # fmt: skip
        raise UnreadableFile("FIL-001", why) from None


def unlocked(data: bytes, password: str, limits: Limits = NAMED) -> bytes:
    """What a file holds that is protected by a password to open it; any other as it is. An :class:`UnreadableFile` where the password is not the one.

    It is as little trusted as what lay open: deriving a key may take as long as the file's writer pleases.
    """
    if not password or data[:8] != OLE:
        return data
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import InvalidKeyError

    opened = io.BytesIO()
    try:
        locked = OfficeFile(io.BytesIO(data))
        if not locked.is_encrypted():
            return data
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(opened)
    except MemoryError:
        raise
    except InvalidKeyError:
        raise UnreadableFile("FIL-002", Text(" other than the one that was given", "，且与所给密码不符")) from None
    except Exception as fault:  # whatever a damaged or hostile envelope leads to
        raise UnreadableFile("FIL-001", Text(f"it is protected, and its protection is damaged ({type(fault).__name__})",
                                             f"文件有打开密码，其加密信息已损坏（{type(fault).__name__}）")) from None  # fmt: skip
    checked(opened.getvalue(), limits)
    return opened.getvalue()


def _is_workbook(data: bytes) -> None:
    """By content, never by name."""
    if data[:8] == OLE:
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableFile("FIL-002")
        if not any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
            raise UnreadableFile("FIL-006")
        return
    if data[:4] != b"PK\x03\x04":
        raise UnreadableFile("FIL-006")
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        names = set(package.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
        raise UnreadableFile("FIL-001", str(fault)) from None
    parts = ("workbook.xml", "workbook.bin", "content.xml")
    if not any(name.replace("\\", "/").lower().endswith(parts) for name in names):
        with suppress(KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError), package.open("[Content_Types].xml") as types:
            if b"spreadsheetml.sheet.main" in types.read(1_000_000):
                raise UnreadableFile("FIL-001", Text("its parts bear names that are not read: open it in Excel and save it again",
                                                     "文件部件命名特殊，无法读取：请用 Excel 打开后重新保存"))  # fmt: skip
        raise UnreadableFile("FIL-006")


_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]+)["']""")
#: A formula that is one cell of the workbook: ='Policy Tables'!$C$5, =Lists!B2, =C5.
_LINK = re.compile(rb"<(?:\w+:)?f\b[^>]*>\s*\+?(?:'((?:[^'\[<]|'')+)'!|([^\s'!()\[\]<>&*/+,;:^=\"-]+)!)?\$?([A-Z]{1,3})\$?([0-9]{1,7})\s*</")
_STORED = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)</")


def _unescaped(said: str) -> str:
    """A text from XML; most need nothing."""
    if "&" not in said:
        return said
    from html import unescape

    return unescape(said)


class _Opened:
    """A workbook as calamine reads it, with what must be known beside.

    What calamine refuses or mistakes, and people's programs write, is changed in a copy in memory: error values that it does not know, the
    white space of an .ods, formats of an .xls.
    """

    _flaws: "_Flaws | OfXls | OfXlsb | OfOpenDocument"

    def __init__(self, data: bytes, limits: Limits) -> None:
        from python_calamine import CalamineError

        package = zipfile.ZipFile(io.BytesIO(data)) if data[:2] == b"PK" else None
        names = {name.replace("\\", "/").lower(): name for name in package.namelist()} if package else {}
        # the readers of rarer forms are opened where they are wanted: an .xlsx does not pay for them
        if package is None:
            from opsbook.hosts.binary import OfXls, with_formats_of_its_own

            self._workbook = self._open(with_formats_of_its_own(data))
            self._flaws = OfXls(data, limits)
        elif "content.xml" in names:
            from opsbook.hosts.opendocument import CONTENT, OfOpenDocument, plainly

            try:
                self._workbook = self._open(data)
            except CalamineError:
                from opsbook.hosts.package import Package

                copy = Package(data)
                copy.write(CONTENT, plainly(copy.read(CONTENT)))
                self._workbook = self._open(copy.to_bytes())
            self._flaws = OfOpenDocument(package.read(names[CONTENT]), limits)
        elif "xl/workbook.bin" in names:
            from opsbook.hosts.binary import OfXlsb

            self._workbook, self._flaws = self._open(data), OfXlsb(package, limits)
        else:
            self._workbook, self._flaws = self._open(data), _Flaws(data, limits)
        self.sheet_names: list[str] = self._workbook.sheet_names

    @staticmethod
    def _open(data: bytes) -> Any:
        from python_calamine import CalamineWorkbook

        return CalamineWorkbook.from_filelike(io.BytesIO(data))

    @property
    def since_1904(self) -> bool:
        """Whether its days are counted from 1904-01-01."""
        return self._flaws.since_1904

    def flawed(self, name: str) -> Flawed:
        """What must be known of the cells of a sheet."""
        return self._flaws.of(name)

    def sheet(self, name: str) -> Any:
        """A sheet of calamine's, whose :meth:`flawed` was asked before."""
        if isinstance(self._flaws, _Flaws) and (mended := self._flaws.mended()):
            self._workbook = self._open(mended)
        return self._workbook.get_sheet_by_name(name)

    def kind(self, place: int) -> Any:
        """Whether a tab is a worksheet, a chart, a macro sheet."""
        return self._workbook.sheets_metadata[place].typ


class _Followed:
    """The values that formulas point at, as they stand there now (DECISIONS 10.4)."""

    def __init__(self, workbook: _Opened) -> None:
        self._workbook = workbook
        self._sheets: dict[str, Any] = {}

    def values(self, sheet: str, links: Mapping[At, tuple[str, At]]) -> dict[At, Any]:
        """What the cells of a sheet come to: ``''`` where a blank is, None where an error is, a formula without a result, or a circle. Those that lead
        out of the workbook are left out."""
        found = {at: self._value(to, {(sheet, at)}) for at, to in links.items()}
        return {at: value for at, value in found.items() if value is not _ELSEWHERE}

    def _value(self, to: tuple[str, At], passed: set[tuple[str, At]]) -> Any:
        sheet, at = to
        if to in passed:
            return None
        if sheet not in self._sheets:
            known = sheet in self._workbook.sheet_names
            self._sheets[sheet] = (self._workbook.flawed(sheet), self._workbook.sheet(sheet).to_python(skip_empty_area=False)) if known else None
        if self._sheets[sheet] is None:
            return _ELSEWHERE
        flawed, rows = self._sheets[sheet]
        if at in flawed.links:
            return self._value(flawed.links[at], passed | {to})
        if at in flawed.errors or at in flawed.unsaved:
            return None
        row, column = at
        return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


_ELSEWHERE = object()


def _with(rows: Iterable[list[Any]], start: At, values: Mapping[At, Any]) -> Iterator[list[Any]]:
    """Rows with other values in some cells."""
    by_row: dict[int, list[tuple[int, Any]]] = {}
    for (line, column), value in values.items():
        by_row.setdefault(line - start[0], []).append((column - start[1], value))
    for number, row in enumerate(rows):
        for column, value in by_row.get(number, ()):
            row[column] = value
        yield row


#: The errors that calamine knows; at any other it gives the whole sheet up.
_KNOWN = frozenset({b"", b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"})
_VM = re.compile(rb"""\bvm\s*=\s*["']([0-9]{1,9})["']""")


class _Flaws:
    """Error cells and formulas without a stored result of an .xlsx package: calamine gives ``''`` for both.

    The unzipped sheet is searched for the few bytes that betray one; only where they stand is it read cell by cell.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.package, self.limits = zipfile.ZipFile(io.BytesIO(data)), limits
        self.parts: dict[str, str] = {}
        self._data, self._known = data, dict[str, Flawed]()
        self._copy: Package | None = None  # with the parts that were mended
        self._mended = False  # since it was last taken
        self._pictures = Pictures(self._part)
        self.since_1904 = False
        names = {n.replace("\\", "/").lower(): n for n in self.package.namelist()}
        book = names.get("xl/workbook.xml")
        if book is None:
            return  # xlsb and ods have no such parts
        tree = ElementTree.fromstring(self._read(book))
        targets = {
            r.get("Id"): r.get("Target", "")
            for r in ElementTree.fromstring(self._read(names["xl/_rels/workbook.xml.rels"]))
        }
        for node in tree.iter():
            tag = node.tag.rpartition("}")[2]
            if tag == "workbookPr":
                self.since_1904 = node.get("date1904") in ("1", "true")
            if tag == "sheet":
                target = targets.get(node.get(_REL) or node.get(_STRICT_REL), "")
                path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                if path.lower() in names:
                    self.parts[node.get("name", "")] = names[path.lower()]

    def _read(self, name: str) -> bytes:
        raw = self.package.read(name)
        if b"<!DOCTYPE" in raw[:4096]:
            raise UnreadableFile("FIL-001", "a part of the package carries a document type declaration")
        return raw

    def _part(self, name: str) -> bytes | None:
        found = next((each for each in self.package.namelist() if each.replace("\\", "/").lower() == name.lower()), None)
        return self._read(found) if found else None

    def mended(self) -> bytes | None:
        """The package with errors that calamine knows in place of those that it does not, where one was found since this was asked last."""
        if not self._mended or self._copy is None:
            return None
        for sheet in self.parts:  # where one sheet has such errors others have, and one copy does for all
            with suppress(UnreadableFile):
                self.of(sheet)
        self._mended = False
        return self._copy.to_bytes()

    def of(self, sheet: str) -> Flawed:
        """What must be known of the cells of a sheet."""
        if sheet not in self._known:
            self._known[sheet] = self._looked(sheet)
        return self._known[sheet]

    def _looked(self, sheet: str) -> Flawed:
        part = self.parts.get(sheet)
        if part is None:
            return NOTHING
        suspect, cells, box = self._scan(part)
        if box > self.limits.box:
            raise UnreadableFile("FIL-003", Text(f"{sheet} spans {box:,} cells, {self.limits.box:,} are allowed",
                                                 f"“{sheet}”范围达 {box:,} 个单元格，上限 {self.limits.box:,}"))  # fmt: skip
        if cells > self.limits.cells:
            raise too_many(sheet, cells, self.limits.cells)
        if not suspect:
            return NOTHING
        errors, unsaved, links, filled = dict[At, str](), set[At](), dict[At, tuple[str, At]](), dict[At, str]()
        strange: list[tuple[int, int]] = []  # where errors stand that calamine does not know
        whole = self.package.read(part)
        for found in _CELL.finditer(whole):
            head, body = found[1], found[2] or b""
            is_error = b't="e"' in head or b"t='e'" in head
            if not is_error and b"<f" not in body and b":f" not in body:
                continue
            stored = _STORED.search(body)
            if is_error and stored and stored[1] not in _KNOWN:
                strange.append((found.start(2) + stored.start(1), found.start(2) + stored.end(1)))
            place = _ADDRESS.search(head)
            if place is None:
                continue
            address = int(place[2]) - 1, column_number(place[1]) - 1
            if link := _LINK.search(body):
                pointed = _unescaped((link[1] or b"").decode()).replace("''", "'") or (link[2] or b"").decode() or sheet
                links[address] = pointed, (int(link[4]) - 1, column_number(link[3]) - 1)
            picture = self._picture(sheet, head, body)
            if picture:
                filled[address] = picture
            elif is_error:
                errors[address] = _unescaped(stored[1].decode(errors="replace")).strip()[:40] if stored else "#?"
            elif stored is None or (not stored[1] and b't="str"' not in head):
                unsaved.add(address)
        if strange:
            self._mend(part, whole, strange)
        return Flawed(errors, frozenset(unsaved), links, filled=filled)

    def _picture(self, sheet: str, head: bytes, body: bytes) -> str | None:
        """The text for a cell that holds a picture, or another value that is kept elsewhere."""
        if b"DISPIMG" in body and (by_wps := DISPIMG.search(body)):
            return self._pictures.named(_unescaped(by_wps[1].decode(errors="replace")), sheet)
        number = _VM.search(head)
        return self._pictures.at(int(number[1]), sheet) if number else None

    def _mend(self, part: str, whole: bytes, strange: list[tuple[int, int]]) -> None:
        from opsbook.hosts.package import Package

        self._copy = self._copy or Package(self._data)
        pieces, end = [], 0
        for start, until in strange:
            pieces += [whole[end:start], b"#N/A"]
            end = until
        self._copy.write(part.replace("\\", "/"), b"".join(pieces) + whole[end:])
        self._mended = True

    def _scan(self, part: str) -> tuple[bool, int, int]:
        """Whether ``<f>``, ``:f>`` or ``"e"`` stands anywhere (formulas and error cells, whatever the prefix), how many cells are written, and how
        many lie within the rows and columns that are used: a sheet with one cell at A1 and one at XFD1048576 would end the process.

        Bytes are compared as arrays: a few characters that stand everywhere are slow to search for one by one.
        """
        suspect, cells, rows, columns, tail = False, 0, 0, 0, b""
        placed = True  # whether all cells say where they stand, as all programs that are known write them
        with self.package.open(part) as stream:
            while piece := stream.read(_PIECE):
                whole = tail + piece
                b = np.frombuffer(whole, dtype=np.uint8)
                e = np.flatnonzero(b[1:-1] == ord("e"))  # a rare letter among the numbers of a sheet
                suspect |= len(_elements(b, "f", _AFTER_NAME)) > 0 or bool(np.isin(b[e[b[e] == b[e + 2]]], (ord('"'), ord("'"))).any())
                cut = whole.rfind(b"<")  # the last element may be in the next piece with one foot
                row, column, addresses = _last(b, cut)
                rows, columns = max(rows, row), max(columns, column)
                placed &= int(np.searchsorted(_elements(b, "c", _AFTER_NAME), cut - 2)) <= addresses
                values = _elements(b, "v", b">")
                cells += len(values) - int(np.searchsorted(values, len(tail) - 2)) + piece.count(b"<is>")  # those that end in the new piece
                tail = whole[-_OVERLAP:]
        return suspect, cells, rows * columns if placed and rows * columns <= self.limits.box else _box(self.package.read(part))


_Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def _elements(b: _Bytes, name: str, after: bytes) -> "np.ndarray[Any, np.dtype[np.intp]]":
    """Where elements of a name of one letter begin, with a prefix or without."""
    at = np.flatnonzero(b[1:-1] == ord(name))
    at = at[(b[at] == ord("<")) | (b[at] == ord(":"))]
    ends = np.zeros(len(at), dtype=bool)
    for sign in after:
        ends |= b[at + 2] == sign
    found: np.ndarray[Any, np.dtype[np.intp]] = at[ends]
    return found


def _last(b: _Bytes, cut: int) -> tuple[int, int, int]:
    """A row and a column beyond which no cell in a piece of a sheet lies, from all in quotes that looks like an address; and how many look so
    before the place of a cut."""
    b = np.pad(b, 24)
    upper = b & np.uint8(0xDF)
    letter, digit, quote = upper - np.uint8(ord("A")) < 26, b - np.uint8(ord("0")) < 10, (b == ord('"')) | (b == ord("'"))
    at = np.flatnonzero(letter[:-1] & digit[1:])
    before, further = letter[at - 1], letter[at - 2]
    at = at[quote[at - 1] | (before & quote[at - 2]) | (before & further & quote[at - 3])]
    if not len(at):
        return 0, 0, 0
    row, column = _largest(b, digit, at + 1, 1, 20), _largest(upper, letter, at, -1, 3)
    return 1 << 20 if len(row) > 7 else int(row), column_number(column), int(np.count_nonzero(at < cut + 24))  # leading zeros hide what a row is


def _largest(b: _Bytes, member: "np.ndarray[Any, np.dtype[np.bool_]]", at: "np.ndarray[Any, np.dtype[np.intp]]", step: int, most: int) -> bytes:
    """The largest of the runs of members that begin (or, where the step is -1, end) at some places: the longest, and of those the last in order."""
    length = 1
    while length < most and len(longer := at[member[at + step * length]]):
        at, length = longer, length + 1
    if step < 0:
        at = at - length + 1
    found = b""
    for n in range(length):
        here = b[at + n]
        at = at[here == here.max()]
        found += bytes([here.max()])
    return found


class _Extent:
    """The rows and columns of the cells of a sheet that hold something, as a parser of XML comes across them."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.corners = [1 << 21, 1 << 15, 0, 0]

    def begin(self, tag: str, said: dict[str, str]) -> None:
        """An element begins: a row, a cell, or something in one."""
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row, self.column = int(said["r"]) if said.get("r", "").isdigit() else self.row + 1, 0
        elif name == "c":
            address = re.fullmatch("([A-Za-z]{1,3})0*([0-9]{1,7})", said.get("r", ""))
            if address:
                self.row, self.column = int(address[2]), column_number(address[1].upper())
            else:
                self.column += 1
        elif name in ("v", "is", "f") and self.column:
            top, left, bottom, right = self.corners
            self.corners = [min(top, self.row), min(left, self.column), max(bottom, self.row), max(right, self.column)]

    @property
    def box(self) -> int:
        """How many cells lie within."""
        top, left, bottom, right = self.corners
        return max(bottom - top + 1, 0) * max(right - left + 1, 0)


def _box(sheet: bytes) -> int:
    """How many cells lie within the rows and columns of those that hold something: calamine makes room for them all."""
    extent, parser = _Extent(), expat.ParserCreate()
    parser.StartElementHandler = extent.begin
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as fault:
        raise UnreadableFile("FIL-001", Text(f"a sheet is damaged ({fault})", f"工作表已损坏（{fault}）")) from None
    return extent.box


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then put in place."""
    try:
        beside = tempfile.NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as fault:
        raise OSError(fault.errno, fault.strerror, str(path)) from None  # what was meant, not what stands beside it
    temporary = Path(beside.name)
    try:
        with beside:
            beside.write(data)
            beside.flush()
            os.fsync(beside.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # the name, too, is to outlive a power cut
        folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(path: Path, limits: Limits = NAMED) -> bytes:
    """A file's bytes, read once and found to keep to limits; an :class:`UnreadableFile` where there is none, or none that may be read.

    A submission must be a file itself: a link could lead anywhere.
    """
    way = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | (0 if limits.links else getattr(os, "O_NOFOLLOW", 0))
    try:
        with os.fdopen(os.open(path, way), "rb") as source:
            before = os.fstat(source.fileno())
            if stat.S_ISDIR(before.st_mode):
                raise UnreadableFile("FIL-001", Text("it is a folder", "这是文件夹"))
            if not stat.S_ISREG(before.st_mode):
                raise UnreadableFile("FIL-001", Text("it is no file but a device or pipe", "这不是普通文件"))
            data = source.read(min(before.st_size, limits.file) + 1)  # no more room is made than is needed
            after = os.fstat(source.fileno())
    except FileNotFoundError:
        raise UnreadableFile("FIL-001", Text("there is no such file", "没有该文件")) from None
    except OSError as fault:
        if fault.errno == errno.ELOOP:
            raise UnreadableFile("FIL-001", Text("it is a link, which a submission must not be", "这是链接，不能报送")) from None
        raise UnreadableFile("FIL-001", fault.strerror or str(fault)) from None
    checked(data, limits)
    if len(data) != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise UnreadableFile("FIL-001", Text("it was written to while it was read: try again", "读取时文件正被写入，请稍后重试"))
    return data
