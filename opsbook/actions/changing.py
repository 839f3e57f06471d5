"""Changing: the chapter of the guide for managers: what they change in Excel themselves, and how, with a picture of each."""

import base64
import re
from pathlib import Path

from opsbook.grammar import Lang, Text
from opsbook.grammar.functions import FUNCTIONS
from opsbook.grammar.functions_texts import FORMATS

PAGES = Path(__file__).parent / "page"
_PICTURE = re.compile(r"!\[([^\]]*)\]\((pictures/\w+\.png)\)\n*")


def chapter(lang: Lang, *, pictures: bool) -> str:
    """The chapter in Markdown, one heading deeper than it is kept; the pictures within it, or left out."""
    said = (PAGES / f"changing_{lang}.md").read_text(encoding="utf-8")
    usage = ", ".join(f"`{f.usage}`" for _, f in sorted(FUNCTIONS.items()))
    listed = Text(f"Functions: {usage}. TEXT knows {', '.join(FORMATS)}.", f"函数：{usage}。TEXT 的格式：{'、'.join(FORMATS)}。")
    return re.sub("^#", "##", _PICTURE.sub(_within if pictures else "", said).replace("{functions}", listed[lang]), flags=re.MULTILINE)


def _within(found: re.Match[str]) -> str:
    picture = base64.b64encode((PAGES / found[2]).read_bytes()).decode()
    return f"![{found[1]}](data:image/png;base64,{picture})\n\n"
