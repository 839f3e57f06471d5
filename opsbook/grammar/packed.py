"""Packed: what a workbook keeps for opsbook itself, as one compressed text over the cells of a very hidden sheet.

The first cell names the form, the second the digest of what follows: :class:`Edited` tells that somebody changed it.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

_HEAD, _PIECE = "opsbook 2", 32_000  # characters; a cell holds 32,767


class Edited(ValueError):  # noqa: N818  (a verdict about a sheet)
    """What is stored is not what was stored."""


def packed(content: Any) -> list[list[str]]:
    """Anything that JSON can say, as rows of one cell; base 64, since Excel reads ``_x0041_`` in a text as an escape."""
    text = base64.b64encode(zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)).decode()
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return [[_HEAD], [hashlib.sha256(text.encode()).hexdigest()], *([piece] for piece in pieces)]


def unpacked(raw: Iterable[Sequence[Any]]) -> Any:
    """What :func:`packed` packed; :class:`Edited` if the rows do not go with their digest."""
    said = [str(row[0]) for row in raw if row and row[0] != ""]
    if _HEAD not in said:
        raise Edited
    said = said[said.index(_HEAD) + 1 :]
    text = "".join(said[1:])
    if not said or hashlib.sha256(text.encode()).hexdigest() != said[0]:
        raise Edited
    return json.loads(zlib.decompress(base64.b64decode(text)))
