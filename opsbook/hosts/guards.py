"""Guards: what a file must keep to before a reader sees it, so that no submission can exhaust or mislead the machine that judges it.

The largest of thousands of real workbooks have 1,033 parts, 114 MB in one and are packed 170 to 1; what lies far beyond is no workbook.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from isal import igzip_lib, isal_zlib

from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text

_PIECE = 1 << 20
_LOOSE = 4 << 20  # bytes up to which nobody minds how tightly they are packed
_DTD = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|<\x00?!\x00?E\x00?N\x00?T\x00?I\x00?T\x00?Y", re.IGNORECASE)
_STRINGS = re.compile(rb"""\suniqueCount\s*=\s*["'](\d{1,15})["']""")
_DAMAGED: tuple[type[Exception], ...] = (zlib.error, igzip_lib.IsalError)  # type: ignore[assignment]  # its stubs call it a function
_OLE_SECTORS = struct.Struct("<44xI16xI4xI")  # numbers of FAT, mini FAT and DIFAT sectors


@dataclass(frozen=True)
class Limits:
    """How much a file may be, and how much its judging may take.

    ``file``, ``part`` and ``whole`` are bytes: of the file, of a part, of all parts unpacked; ``parts`` their number; ``ratio`` the bytes for one
    packed. ``cells`` are those of a sheet that hold something, ``box`` all within the rows and columns that it uses. ``memory`` (bytes) and
    ``seconds`` bound the process that judges the file; time grows with its size. ``links``: whether it may be a link.
    """

    file: int
    parts: int
    part: int
    whole: int
    ratio: int
    cells: int
    box: int
    memory: int
    seconds: int
    links: bool = True

    def but(self, said: Mapping[str, int]) -> "Limits":
        """With other limits by name: sizes in megabytes, the others as they are counted; a ValueError for one that does not exist."""
        known = [f.name for f in fields(self) if f.name != "links"]
        if unknown := set(said) - set(known):
            raise ValueError(f"there is no limit {min(unknown)}; choose one of {', '.join(known)}. 没有该上限，可选 {'、'.join(known)}。")
        if wrong := [name for name, value in said.items() if not 0 < value <= (MOST_SECONDS if name == "seconds" else MOST_LIMIT)]:
            raise ValueError(f"the limit {wrong[0]} lies between 1 and {MOST_SECONDS if wrong[0] == 'seconds' else MOST_LIMIT:,}. 该上限超出范围。")
        more: dict[str, Any] = {name: value << 20 if name in SIZES else value for name, value in said.items()}
        return replace(self, **more)

    def time(self, size: int) -> float:
        """Seconds that a file of so many bytes may take."""
        return self.seconds + SECONDS_A_MB * size / (1 << 20)


MOST_LIMIT, MOST_SECONDS = 10**9, 86_400
SIZES = ("file", "part", "whole", "memory")
SECONDS_A_MB = 20  # ten times what a packed megabyte of filled rows takes
#: For what comes in by folders: a submission.
SUBMITTED = Limits(file=64 << 20, parts=2_000, part=256 << 20, whole=512 << 20, ratio=250, cells=5_000_000, box=20_000_000, memory=1536 << 20, seconds=30,
                   links=False)  # fmt: skip
#: For a file that its user names: their own machine, their own book.
NAMED = Limits(file=2 << 30, parts=20_000, part=2 << 30, whole=8 << 30, ratio=2_000, cells=25_000_000, box=100_000_000, memory=16 << 30, seconds=300)


def checked(data: bytes, limits: Limits) -> None:
    """Pass a file, or raise an :class:`UnreadableFile` that names the limit it breaks. What is neither zip nor OLE is left to the reader."""
    if len(data) > limits.file:
        raise _beyond("it has {n} MB, {limit} MB are allowed", "文件 {n} MB，上限 {limit} MB", len(data), limits.file)
    if data[:4] == b"PK\x03\x04":
        _zip(data, limits)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        _ole(data)


def _beyond(en: str, zh: str, found: int, limit: int, unit: int = 1 << 20, **more: str) -> UnreadableFile:
    said = {"n": f"{found / unit:,.0f}", "limit": f"{limit / unit:,.0f}"} | more
    return UnreadableFile("FIL-003", Text(en.format_map(said), zh.format_map(said)))


def _hostile(en: str, zh: str) -> UnreadableFile:
    return UnreadableFile("FIL-003", Text(en, zh))


def _ole(data: bytes) -> None:
    """The counts of sectors that a header states fit into the file."""
    if len(data) < 1536:
        raise UnreadableFile("FIL-001", Text("it ends within its header", "文件不完整"))
    shift = struct.unpack_from("<H", data, 30)[0]
    sectors = len(data) // (1 << shift) + 2 if shift in (9, 12) else -1
    if any(count > sectors for count in _OLE_SECTORS.unpack_from(data)):
        raise _hostile("its header states more sectors than the file has", "文件头声明的扇区数超出文件大小")


def _zip(data: bytes, limits: Limits) -> None:
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as fault:
        raise UnreadableFile("FIL-001", str(fault)) from None
    if len(members) > limits.parts:
        raise _beyond("it has {n} parts, {limit} are allowed", "文件含 {n} 个部件，上限 {limit}", len(members), limits.parts, 1)
    _listed(members)
    whole = 0
    for member, end in zip(members, _ends(members, len(data)), strict=True):
        whole += _inflated(data, member, end, limits, limits.whole - whole)


def _listed(members: list[zipfile.ZipInfo]) -> None:
    """What the directory says of the parts: names that are names, each once, nothing locked, no links."""
    seen: set[str] = set()
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0] or "\x00" in member.orig_filename:
            raise _hostile(f"a part is called {member.filename[:80]!r}, which leads out of the file", f"部件名 {member.filename[:80]!r} 指向文件之外")
        if name.casefold() in seen:
            raise _hostile(f"two parts are called {name[:80]}", f"两个部件同名：{name[:80]}")
        seen.add(name.casefold())
        if member.flag_bits & 0x1:
            raise UnreadableFile("FIL-002")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _hostile(f"the part {name[:80]} is a link", f"部件 {name[:80]} 是链接")


def _ends(members: list[zipfile.ZipInfo], size: int) -> list[int]:
    """Where each part ends at the latest: where the next one begins."""
    starts = sorted({member.header_offset for member in members})
    after = dict(zip(starts, [*starts[1:], size], strict=True))
    if len(starts) < len(members):
        raise _hostile("two parts lie at the same place", "两个部件位于同一位置")
    return [after[member.header_offset] for member in members]


def _inflated(data: bytes, member: zipfile.ZipInfo, end: int, limits: Limits, left: int) -> int:
    """The bytes that a part really has, counted; they are what its directory says, keep to the limits and hold no document type."""
    name = member.filename[:80]
    begin = _data_of(data, member, name)
    if begin + member.compress_size > end:
        raise _hostile(f"the part {name} reaches into the next", f"部件 {name} 与下一部件重叠")
    packed = memoryview(data)[begin : begin + member.compress_size]
    size = crc = 0
    at_head, strings = True, 0
    for piece in _pieces(packed, member, name):
        if at_head and name.lower().endswith("sharedstrings.xml"):
            strings = max((int(n) for n in _STRINGS.findall(piece[:4096])), default=0)
        size, crc = size + len(piece), isal_zlib.crc32(piece, crc)
        if at_head and name.lower().endswith((".xml", ".rels", ".vml")) and not name.startswith("Basic/") and _declares(piece[:65536]):
            raise _hostile(f"the part {name} declares a document type, which workbooks never do", f"部件 {name} 含有文档类型声明")
        at_head = False
        if size > limits.part:
            raise _beyond("the part {name} has more than {limit} MB", "部件 {name} 超过 {limit} MB", size, limits.part, name=name)
        if size > left:
            raise _beyond("unpacked it has more than {limit} MB", "解压后超过 {limit} MB", size, limits.whole)
        if size > _LOOSE and size > limits.ratio * max(len(packed), 1):
            raise _beyond("the part {name} is packed more than {limit} to 1", "部件 {name} 的压缩比超过 {limit}:1", size, limits.ratio, 1, name=name)
    if strings * len("<si/>") > size:
        raise _hostile(f"the part {name} states {strings:,} texts, more than it has room for", f"部件 {name} 声明的文本数 {strings:,} 超过其容量")
    if size != member.file_size or crc != member.CRC:
        raise UnreadableFile("FIL-001", Text(f"the part {name} is not what the file's directory says: it is damaged", f"部件 {name} 与目录不符，文件已损坏"))
    return size


def _declares(head: bytes) -> bool:
    """Whether a part begins with a document type; two bytes are looked for first, which hardly any part has."""
    return (b"<!" in head or b"<\x00!" in head or b"\x00<\x00!" in head) and _DTD.search(head) is not None


def _data_of(data: bytes, member: zipfile.ZipInfo, name: str) -> int:
    head = data[member.header_offset : member.header_offset + 30]
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        raise UnreadableFile("FIL-001", Text(f"the part {name} is not where the file's directory says: it is damaged", f"部件 {name} 的位置与目录不符，文件已损坏"))
    names, extra = struct.unpack_from("<HH", head, 26)
    return member.header_offset + 30 + int(names) + int(extra)


def _pieces(packed: Any, member: zipfile.ZipInfo, name: str) -> Any:
    """The unpacked bytes, a megabyte at a time at most: what is counted is never held."""
    if member.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _PIECE):
            yield bytes(packed[at : at + _PIECE])
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise UnreadableFile("FIL-001", Text(f"the part {name} is packed in a way that workbooks do not use", f"部件 {name} 的压缩方式不受支持"))
    stream = isal_zlib.decompressobj(-15)
    rest: Any = packed
    try:
        while not stream.eof:
            piece = stream.decompress(rest, _PIECE)
            rest = stream.unconsumed_tail
            if not piece and not rest:
                break
            yield piece
    except _DAMAGED as fault:
        raise UnreadableFile("FIL-001", Text(f"the part {name} is damaged ({fault})", f"部件 {name} 已损坏（{fault}）")) from None
    if not stream.eof or stream.unused_data:
        raise UnreadableFile("FIL-001", Text(f"the part {name} is damaged", f"部件 {name} 已损坏"))
