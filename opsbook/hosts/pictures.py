"""Pictures in cells, and other values that Excel keeps in parts of their own: the cell itself stores only ``#VALUE!``."""

import re
from collections.abc import Callable
from functools import cached_property
from xml.etree import ElementTree

#: What WPS writes for a picture in a cell; other programs that save the workbook put a prefix before it, and errors behind it.
DISPIMG = re.compile(rb"<(?:\w+:)?f\b[^>]*>\s*=?\s*(?:_xlfn\.)?DISPIMG\(\s*(?:&quot;|\")([^\"&]*)", re.IGNORECASE)
_PICTURES = ("_localImage", "_webimage")
_METADATA, _VALUES, _STRUCTURES, _WPS = "xl/metadata.xml", "xl/richData/rdrichvalue.xml", "xl/richData/rdrichvaluestructure.xml", "xl/cellimages.xml"


class Pictures:
    """What stands in cells whose value lies elsewhere in a package; ``read`` gives a part by name, None where there is none."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read

    def at(self, number: int, sheet: str) -> str | None:
        """The text that stands for the value of a number (``vm``, from 1): a picture's own, else that it is one; None for an error or what is unknown."""
        if not 0 < number <= len(self._values):
            return None
        kind, said = self._values[number - 1]
        if kind.lower() in {each.lower() for each in _PICTURES}:
            return said.get("Text", "").strip() or a_picture(sheet)
        return said.get("_DisplayString", "").strip() or None if kind != "_error" else None  # a share, a place: Excel shows its name

    def named(self, name: str, sheet: str) -> str:
        """The text that stands for a picture of WPS."""
        return self._of_wps.get(name, "").strip() or a_picture(sheet)

    @cached_property
    def _values(self) -> list[tuple[str, dict[str, str]]]:
        """What each number means: the kind of its value, and its fields by name."""
        metadata, values, structures = (self._parsed(name) for name in (_METADATA, _VALUES, _STRUCTURES))
        kinds = [(s.get("t", ""), [k.get("n", "") for k in _children(s, "k")]) for s in _children(structures, "s")]
        rich: list[tuple[str, dict[str, str]]] = []
        for value in _children(values, "rv"):
            kind, names = kinds[place] if (place := _number(value.get("s"))) < len(kinds) else ("", [])
            rich.append((kind, dict(zip(names, (v.text or "" for v in _children(value, "v")), strict=False))))
        types = [t.get("name") for parent in _children(metadata, "metadataTypes") for t in _children(parent, "metadataType")]
        indices = [_number(next((e.get("i") for e in block.iter() if _tag(e) == "rvb"), None))
                   for parent in _children(metadata, "futureMetadata") if parent.get("name") == "XLRICHVALUE" for block in _children(parent, "bk")]  # fmt: skip
        found = []
        for parent in _children(metadata, "valueMetadata"):
            for block in _children(parent, "bk"):
                of = [_number(rc.get("v")) for rc in _children(block, "rc")
                      if 0 <= _number(rc.get("t")) - 1 < len(types) and types[_number(rc.get("t")) - 1] == "XLRICHVALUE"]  # fmt: skip
                index = indices[of[0]] if of and of[0] < len(indices) else len(rich)
                found.append(rich[index] if index < len(rich) else ("", {}))
        return found

    @cached_property
    def _of_wps(self) -> dict[str, str]:
        return {e.get("name", ""): e.get("descr", "") for e in self._parsed(_WPS).iter() if _tag(e) == "cNvPr"}

    def _parsed(self, name: str) -> ElementTree.Element:
        data = self._read(name)
        return ElementTree.Element("none") if data is None else ElementTree.fromstring(data)


def a_picture(sheet: str) -> str:
    """That a cell holds a picture, in the language of its sheet's name."""
    return "（图片）" if any("\u4e00" <= sign <= "\u9fff" for sign in sheet) else "(picture)"


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [child for child in element if _tag(child) == tag]


def _number(said: str | None) -> int:
    """A count as XML says it; one beyond everything for what is none."""
    return int(said) if said and said.isascii() and said.isdigit() and len(said) < 10 else 1 << 31
