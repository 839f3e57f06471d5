"""Names: what people mean by the name of a sheet or a column, however they write it."""

import re
import unicodedata
from functools import lru_cache


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
