"""Names: what people mean by the name of a sheet or a column, however they write it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Protocol, TypeVar

from opsbook.grammar.text import Text

T = TypeVar("T")


class Headed(Protocol):
    """What is known by a header."""

    @property
    def name(self) -> str: ...
    @property
    def header(self) -> Text: ...


H = TypeVar("H", bound=Headed)


@lru_cache(maxsize=20_000)  # headers of workbooks by the thousand are the same
def plain(name: str) -> str:
    """A name as people mean it: width, case, blanks and a trailing asterisk do not count.

    >>> plain(" Claim　No＊") == plain("claim no")
    True
    """
    said = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s\u200b-\u200d\u2060\ufeff]+|\(?\*\)?$", "", said)


def unbracketed(said: str) -> str:
    """A name without a unit or remark in brackets at its end.

    >>> unbracketed("报销金额(元)"), unbracketed("note[optional]"), unbracketed("(a)")
    ('报销金额', 'note', '(a)')
    """
    return re.sub(r"(?<=.)[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]$", "", said)


@lru_cache(maxsize=20_000)
def bare(name: str) -> str:
    """A name without what stands between its words: ``报销单号（Claim No）`` says both languages."""
    return re.sub(r"[\W_]+", "", plain(name))


def spellings(columns: Iterable[H]) -> dict[str, H]:
    """All that columns may be called, as :func:`meant` asks it: their names, headers and aliases, and both headers in one. A name goes before the
    aliases of others."""
    whole = list(columns)
    names = {both: c for c in whole for both in (bare(f"{c.header.zh}{c.header.en}"), bare(f"{c.header.en}{c.header.zh}"))}
    called = {c.name: (c.name, c.header.en, c.header.zh, *getattr(c, "aliases", ())) for c in whole}
    return names | {plain(n): c for c in whole for n in reversed(called[c.name])} | {plain(c.name): c for c in whole}


def meant(said: str, known: Mapping[str, T]) -> T | None:
    """What a name means among some spellings: as it stands, in both languages at once, or with a unit or remark in brackets behind it.

    >>> meant("报销金额（元）", {"报销金额": 1}), meant("Claim amount*", {"claimamount": 2}), meant("备注", {})
    (1, 2, None)
    """
    name = plain(said)
    for each in (name, bare(said), plain(unbracketed(name))):
        if each in known:
            return known[each]
    return None
