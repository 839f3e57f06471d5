"""Text: one thing said in English and in Chinese."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Literal

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, Lang] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Text:
    """One thing said twice; ``text["zh"]`` picks a language."""

    en: str
    zh: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.en if self.en == self.zh else f"{self.en} {self.zh}"

    def other(self, lang: Lang) -> str:
        """The same thing in the other language."""
        return self.en if lang == "zh" else self.zh

    def fields(self) -> tuple[str, ...]:
        """The names of the ``{placeholders}``; a ValueError if the languages do not name the same."""
        en, zh = ({name for _, name, _, _ in Formatter().parse(said) if name} for said in (self.en, self.zh))
        if en != zh:
            raise ValueError(f"{self.en!r} and {self.zh!r} do not name the same fields")
        return tuple(sorted(en))

    def fill(self, values: Mapping[str, "Text | str"]) -> "Text":
        """The placeholders replaced; a value may itself differ by language."""
        said = {k: v if isinstance(v, Text) else Text(v, v) for k, v in values.items()}
        return Text(
            self.en.format_map({k: _Said(v.en) for k, v in said.items()}),
            self.zh.format_map({k: _Said(v.zh) for k, v in said.items()}),
        )

    def specs(self) -> dict[str, str]:
        """How each placeholder wants its value shown: ``{rate:pct}``."""
        return {name: spec or "" for _, name, spec, _ in Formatter().parse(self.en) if name}


def did_you_mean(said: str, known: Iterable[str]) -> Text:
    """A question that names what comes nearest, with a space before it in English; nothing where nothing is near.

    >>> did_you_mean("exp.limit.deputi", ["exp.limit.deputy"]).en
    ' Did you mean exp.limit.deputy?'
    """
    near = get_close_matches(said, list(known), n=1)
    return Text(f" Did you mean {near[0]}?", f"是否为 {near[0]}？") if near else Text("", "")


class _Said(str):
    """A value already put into words: a format after the colon has been honoured before."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


_CONTROL = re.compile(r"([\x01-\x1f])")
_NEVER = re.compile(r"[\x00\ud800-\udfff\ufffe\uffff]")


def literal(said: str) -> str:
    """A text as a formula writes it, whatever is in it: quotes doubled, control characters by their numbers, and a sign (U+FFFD) for what
    neither XML nor any formula can give.

    >>> literal('5" wide'), literal("RSK\\x0b1")
    ('"5"" wide"', '"RSK"&CHAR(11)&"1"')
    >>> literal(""), literal("\\x01")
    ('""', 'CHAR(1)')
    """
    pieces = _CONTROL.split(_NEVER.sub("\ufffd", said).replace('"', '""'))
    said_apart = (f"CHAR({ord(piece)})" if n % 2 else f'"{piece}"' for n, piece in enumerate(pieces) if piece or len(pieces) == 1)
    return "&".join(said_apart)
