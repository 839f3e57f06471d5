"""Package: the parts of a workbook file. What is not changed is copied as it was compressed; what is refused is refused at once."""

import copy
import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from isal import isal_zlib

from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text
from opsbook.hosts.markup import Edit, appended, checked, edited, elements, fault, is_xml, quoted, root

TYPES = "[Content_Types].xml"
BULKY = 8 << 20  # a part of this size is compressed fast instead of small, by a faster library than Python's own
_STRICT = (
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
    (b"http://schemas.openxmlformats.org/drawingml/2006/main", b"http://purl.oclc.org/ooxml/drawingml/main"),
    (b"http://schemas.openxmlformats.org/drawingml/2006/chart", b"http://purl.oclc.org/ooxml/drawingml/chart"),
    (b"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing", b"http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing"),
)


@dataclass(frozen=True)
class Relation:
    """One relationship of a part: ``target`` is the whole name of the other part."""

    id: str
    kind: str  # the last word of its type: worksheet, drawing, table …
    target: str
    external: bool


class _Zip(zipfile.ZipFile):
    def splice(self, info: zipfile.ZipInfo, raw: bytes) -> None:
        """Add a member as it is compressed in another archive."""
        assert self.fp is not None
        self.fp.seek(self.start_dir)
        info.header_offset = self.fp.tell()
        self.fp.write(info.FileHeader())
        self.fp.write(raw)
        self.start_dir = self.fp.tell()
        self.filelist.append(info)
        self.NameToInfo[info.filename] = info
        self._didModify = True


class Package:
    """A zipped package in memory: read parts, change them, and take the whole as bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
            raise UnreadableFile("FIL-001", str(fault)) from None
        self._info = {info.filename.replace("\\", "/"): info for info in self._zip.infolist()}
        self._names = {name.lower(): name for name in self._info}
        if len(self._names) < len(self._zip.infolist()):
            raise _refused("two parts of the package bear the same name", "文件内有两个同名部件")
        if any(info.flag_bits & 1 for info in self._info.values()):
            raise UnreadableFile("FIL-002")
        self._new: dict[str, bytes] = {}
        self._gone: set[str] = set()
        self._types: dict[str, str] = {}  # part → the content type it is given; '' for none

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    @property
    def names(self) -> list[str]:
        """The names of all parts."""
        return list(self._names.values())

    def read(self, name: str) -> bytes:
        """The bytes of a part."""
        name = self._names[name.lower()]
        if name in self._new:
            return self._new[name]
        try:
            return self._zip.read(self._info[name].filename)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
            raise UnreadableFile("FIL-001", str(fault)) from None
        except Exception as fault:  # zlib.error, a wrong checksum
            raise UnreadableFile("FIL-001", f"{name}: {fault}") from None

    def markup(self, name: str) -> bytes:
        """The bytes of a part that may be edited."""
        return checked(self.read(name), name)

    def write(self, name: str, data: bytes) -> None:
        """Change a part, or add one."""
        name = self._names.setdefault(name.lower(), name)
        self._gone.discard(name)
        self._new[name] = data

    def remove(self, name: str) -> None:
        """Leave a part out, with its own relationships and its content type."""
        for part in (name, rels_of(name)):
            if part in self:
                actual = self._names.pop(part.lower())
                self._gone.add(actual)
                self._new.pop(actual, None)
        self._types |= {name: "", rels_of(name): ""}

    def unused(self, form: str) -> str:
        """The first name of a form (``xl/charts/chart{}.xml``) that no part bears, nor relationships left over from one."""
        names = (form.format(number) for number in count(1))
        return next(name for name in names if name not in self and rels_of(name) not in self)

    # ----------------------------------------------------------------------------------- relations and types

    def relations(self, part: str) -> list[Relation]:
        """The relationships of a part, in order."""
        rels = rels_of(part)
        if rels not in self:
            return []
        found = []
        for e in elements(self.markup(rels), "Relationship"):
            a = e.attributes
            external = a.get("TargetMode") == "External"
            target = a.get("Target", "")
            whole = target if external else resolved(part, target)
            found.append(Relation(a.get("Id", ""), a.get("Type", "").rpartition("/")[2], self._names.get(whole.lower(), whole), external))
        return found

    def relate(self, part: str, others: Sequence[tuple[str, str]]) -> list[str]:
        """Relate a part to others, each given as kind and name; the ids of the relationships."""
        rels = rels_of(part)
        base = "http://schemas.openxmlformats.org"
        if rels not in self:
            self.write(rels, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{base}/package/2006/relationships"/>'.encode())
        data = self.markup(rels)
        taken = {e.attributes.get("Id") for e in elements(data, "Relationship")}
        free = (f"rId{n}" for n in count(1) if f"rId{n}" not in taken)
        ids = [next(free) for _ in others]
        top = root(data)
        lines = "".join(f'<{top.prefix}Relationship Id="{id_}" Type="{base}/officeDocument/2006/relationships/{kind}" Target="/{quoted(name)}"/>'
                        for id_, (kind, name) in zip(ids, others, strict=True))  # fmt: skip
        self.write(rels, edited(data, [appended(data, top, self.in_dialect(lines.encode()))]))
        return ids

    def unrelate(self, part: str, target: str) -> None:
        """Take back every relationship of a part to another."""
        rels = rels_of(part)
        data = self.markup(rels)
        gone: list[Edit] = [(e.start, e.end, b"") for e in elements(data, "Relationship")
                            if resolved(part, e.attributes.get("Target", "")).lower() == target.lower()]  # fmt: skip
        self.write(rels, edited(data, gone))

    def declare(self, name: str, content_type: str) -> None:
        """State the content type of a new part."""
        self._types[name] = content_type

    def _state_types(self) -> None:
        if not self._types:
            return
        data = self.markup(TYPES)
        top = root(data)
        stated = {f"/{name}".lower() for name in self._types}
        edits: list[Edit] = [(e.start, e.end, b"") for e in elements(data, "Override") if e.attributes.get("PartName", "").lower() in stated]
        lines = "".join(f'<{top.prefix}Override PartName="/{quoted(n)}" ContentType="{t}"/>' for n, t in self._types.items() if t)
        self.write(TYPES, edited(data, [*edits, appended(data, top, lines.encode())]))
        self._types = {}

    @cached_property
    def strict(self) -> bool:
        """Whether the package speaks the strict dialect of the standard."""
        return _STRICT[0][1] in self.read(self.workbook)

    def in_dialect(self, data: bytes) -> bytes:
        """XML of the transitional dialect in that of the package."""
        if self.strict:
            for transitional, strict in _STRICT:
                data = data.replace(transitional, strict)
        return data

    @cached_property
    def workbook(self) -> str:
        """The name of the workbook part."""
        for relation in self.relations(""):
            if relation.kind == "officeDocument" and relation.target in self:
                return relation.target
        raise _refused("the package names no workbook", "文件内没有工作簿部件")

    # ----------------------------------------------------------------------------------------------- bytes

    def to_bytes(self) -> bytes:
        """The whole package: parts in their old order, new ones last; an :class:`UnreadableFile` if a part that was changed is no XML any more,
        so that nothing is replaced by what no program can open."""
        self._state_types()
        for name, data in self._new.items():
            if is_xml(name) and (wrong := fault(io.BytesIO(data))) and not (name in self._info and fault(self._zip.open(self._info[name]))):
                raise _refused(f"the part {name} could not be written as XML ({wrong}): nothing was changed. Please report it",
                               f"部件 {name} 无法写成 XML（{wrong}），未作任何改动，请反馈此问题")  # fmt: skip
        out = io.BytesIO()
        with _Zip(out, "w", zipfile.ZIP_DEFLATED) as made:
            for name, info in self._info.items():
                if name in self._gone:
                    continue
                if name in self._new:
                    self._put(made, _bare(info), self._new[name])
                else:
                    made.splice(_bare(info), self._raw(info))
            for name, data in self._new.items():
                if name not in self._info:
                    self._put(made, zipfile.ZipInfo(name), data)
        return out.getvalue()

    @staticmethod
    def _put(made: _Zip, info: zipfile.ZipInfo, data: bytes) -> None:
        if len(data) <= BULKY:
            made.writestr(info, data, zipfile.ZIP_DEFLATED)
            return
        raw = isal_zlib.compress(data, 1, -15)
        info.compress_type, info.CRC, info.file_size, info.compress_size = zipfile.ZIP_DEFLATED, isal_zlib.crc32(data), len(data), len(raw)
        made.splice(info, raw)

    def _raw(self, info: zipfile.ZipInfo) -> bytes:
        """A member as it is compressed."""
        head = self._data[info.header_offset : info.header_offset + 30]
        name, extra = struct.unpack("<HH", head[26:30])
        start = info.header_offset + 30 + name + extra
        return self._data[start : start + info.compress_size]


def _bare(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """What the directory says of a member, without what only its former place in a file needed."""
    same = copy.copy(info)
    same.flag_bits &= ~0x08  # its sizes stand in its head
    same.extra = b""
    return same


def rels_of(part: str) -> str:
    """The name of the part that holds a part's relationships."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels".lstrip("/")


def resolved(part: str, target: str) -> str:
    """The whole name of a target said from a part."""
    target = re.sub(r"\\", "/", target)
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target)).lstrip("/")


def _refused(en: str, zh: str) -> UnreadableFile:
    return UnreadableFile("FIL-001", Text(en, zh))
