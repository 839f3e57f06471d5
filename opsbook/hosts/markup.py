"""Markup: the bytes of an XML part, scanned exactly, so that a part can be edited without touching what stands beside the edit.

Nothing is parsed and written anew: prefixes, attribute order, white space and unknown elements stay as they were.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import IO, Any
from xml.parsers import expat

from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.text import Text

_TOKEN = re.compile(
    rb"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/?)([^\s/>!?]+)((?:\s+[^\s=>/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True)
class Element:
    """An element: its local name, prefix and attributes, and where its tags and content stand in the bytes."""

    name: str
    prefix: str  # with its colon, '' for none
    attributes: dict[str, str]
    start: int
    inside: int  # the end of the start tag
    close: int  # the start of the end tag; == end for an empty-element tag
    end: int
    depth: int

    @property
    def empty(self) -> bool:
        """Whether it is one tag that closes itself."""
        return self.inside == self.end


def checked(data: bytes, name: str) -> bytes:
    """The bytes of a part that is well-formed UTF-8 without a document type; an :class:`UnreadableFile` for any other."""
    data = utf8(data, name)
    if b"<!DOCTYPE" in data:
        raise refusal(name, "carries a document type declaration", "含有文档类型声明")
    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError as fault:
        raise refusal(name, f"is not well-formed ({fault})", f"不是格式正确的 XML（{fault}）") from None
    return data


def utf8(data: bytes, name: str) -> bytes:
    """The bytes of a part in UTF-8; one that is declared as ASCII is declared as UTF-8, which it is as well."""
    declared = re.match(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)""", data[:200])
    coding = declared[1].lower() if declared else b"utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or coding not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise refusal(name, "is not in UTF-8", "不是 UTF-8 编码")
    return data[: declared.start(1)] + b"UTF-8" + data[declared.end(1) :] if declared and coding.endswith(b"ascii") else data


def refusal(name: str, en: str, zh: str) -> UnreadableFile:
    """What cannot be patched safely, as a sentence."""
    return UnreadableFile("FIL-001", Text(f"the part {name} {en}: it cannot be changed safely", f"文件部件 {name} {zh}，无法安全修改"))


def elements(data: bytes, *names: str) -> Iterator[Element]:
    """The elements with these local names (all, if none is named), in the order of their ends."""
    wanted, open_ = set(names), list[tuple[str, str, dict[str, str], int, int, bool]]()
    for token in _TOKEN.finditer(data):
        if token[2] is None:
            continue
        qualified = token[2].decode()
        head, _, tail = qualified.rpartition(":")
        prefix, name = (f"{head}:" if head else ""), tail
        keep = not wanted or name in wanted
        if token[1]:
            name, prefix, attributes, start, inside, keep = open_.pop()
            if keep:
                yield Element(name, prefix, attributes, start, inside, token.start(), token.end(), len(open_))
        elif token[4]:
            if keep:
                yield Element(name, prefix, _attributes(token[3]), token.start(), token.end(), token.end(), token.end(), len(open_))
        else:
            open_.append((name, prefix, _attributes(token[3]) if keep else {}, token.start(), token.end(), keep))


def _attributes(said: bytes) -> dict[str, str]:
    return {a[1].decode(): unescape((a[2] if a[2] is not None else a[3]).decode()) for a in _ATTRIBUTE.finditer(said)}


def root(data: bytes) -> Element:
    """The outermost element."""
    return next(e for e in elements(data) if e.depth == 0)


Edit = tuple[int, int, bytes]


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with some spans replaced; spans do not overlap."""
    pieces, at = list[bytes](), 0
    for start, end, new in sorted(edits, key=lambda e: (e[0], e[1])):
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def with_attribute(data: bytes, element: Element, name: str, value: Any) -> Edit:
    """The edit that gives an element an attribute, or another value for it."""
    tag = data[element.start : element.inside]
    said = f'{name}="{quoted(str(value))}"'.encode()
    found = re.search(rb"(\s)" + re.escape(name.encode()) + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""", tag)
    if found:
        return element.start + found.start(), element.start + found.end(), found[1] + said
    at = element.inside - (2 if element.empty else 1)
    return at, at, b" " + said


def appended(data: bytes, element: Element, inner: bytes) -> Edit:
    """The edit that adds something at the end of an element's content."""
    if not element.empty:
        return element.close, element.close, inner
    tag = data[element.start : element.inside].rstrip(b"/>").rstrip()
    qualified = f"{element.prefix}{element.name}".encode()
    return element.start, element.end, tag + b">" + inner + b"</" + qualified + b">"


def is_xml(name: str) -> bool:
    """Whether a part of a package is XML, by its name."""
    return name.lower().endswith((".xml", ".rels", ".vml"))


def fault(part: IO[bytes]) -> str:
    """What keeps a part from being XML, as the parser says it; '' if nothing does. It is read piece by piece and never held whole."""
    parser = expat.ParserCreate()
    try:
        parser.ParseFile(part)
    except expat.ExpatError as wrong:
        return str(wrong)
    return ""


def legal(data: bytes) -> bytes:
    """XML in which what XML cannot hold is written as spreadsheets write it (``_x000B_``)."""
    return re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]", lambda found: f"_x{ord(found[0].decode()):04X}_".encode(), data)


def prefixed(snippet: bytes, prefix: str) -> bytes:
    """XML without prefixes, with a prefix (``x:``) before every element's name."""
    return re.sub(rb"<(/?)([A-Za-z])", rb"<\1" + prefix.encode() + rb"\2", snippet) if prefix else snippet


def quoted(said: str) -> str:
    """A text as it stands in an attribute or between tags; what XML cannot hold is written as spreadsheets write it (``_x0007_``)."""
    said = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", said)
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", escape(said, quote=False).replace('"', "&quot;"))
