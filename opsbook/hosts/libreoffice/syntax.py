"""Syntax: formulas and references as Excel writes them, and as the API of Calc takes them."""

import re
from collections.abc import Callable
from typing import Any

_TEXT = r'"(?:[^"]|"")*"'
_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]+|\$?[A-Za-z]{1,3}:|\$?[0-9]+:|#REF!"
_PIECE = re.compile(rf"({_TEXT})|(\{{(?:{_TEXT}|[^}}\"])*\}})|\$?('(?:[^']|'')+')([!.](?={_CELL}))?")  # texts, inline arrays, names in quotes
_THEIRS = re.compile(rf"([^\s'!(),;:&+\-*/^=<>{{}}\"\[\]]+)!(?={_CELL})")
_CALCS = re.compile(rf"\$?([^\W\d]\w*)\.(?={_CELL})")
_LOGICAL = re.compile(r"(?<![\w.$!])(TRUE|FALSE)(?![\w.(!:])", re.IGNORECASE)  # Calc takes a bare one for a number
_PLAIN = re.compile(r"[^\W\d]\w*")


def to_calc(formula: str) -> str:
    """A formula of Excel as Calc's API takes it.

    >>> to_calc("=SUM('My sheet'!A1:B2,Data!$C$3)&\\";,\\"")
    '=SUM($\\'My sheet\\'.A1:B2;$Data.$C$3)&";,"'
    >>> to_calc("=MATCH(2,{1,2;3,4},0)")
    '=MATCH(2;{1;2|3;4};0)'
    """
    return _converted(formula, lambda said: _LOGICAL.sub(r"\1()", _THEIRS.sub(r"$\1.", said)).replace(",", ";"), {",": ";", ";": "|"}, lambda name: f"${name}.")


def to_excel(formula: str) -> str:
    """A formula of Calc's API as Excel writes it.

    >>> to_excel("=SUM($'My sheet'.A1:B2;$Data.$C$3)&\\";,\\"")
    '=SUM(\\'My sheet\\'!A1:B2,Data!$C$3)&";,"'
    >>> to_excel("=MATCH(2;{1;2|3;4};0)")
    '=MATCH(2,{1,2;3,4},0)'
    """
    return _converted(formula, lambda said: _CALCS.sub(lambda m: quoted(m[1]) + "!", re.sub(r"\b(TRUE|FALSE)\(\)", r"\1", said).replace(";", ",")),
                      {";": ",", "|": ";"}, lambda name: quoted(name) + "!")  # fmt: skip


def quoted(sheet: str) -> str:
    """A sheet's name as formulas bear it, in quotes where they are needed.

    >>> quoted("Data"), quoted("'Data'"), quoted("My sheet"), quoted("2026")
    ('Data', 'Data', "'My sheet'", "'2026'")
    """
    bare = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    return bare if _PLAIN.fullmatch(bare) and not re.fullmatch(r"[A-Za-z]{1,3}[0-9]+", bare) else "'" + bare.replace("'", "''") + "'"


def _converted(formula: str, outside: Callable[[str], str], inside: dict[str, str], sheet: Callable[[str], str]) -> str:
    """Texts and names in quotes stay; within braces separators mean other things than outside."""
    pieces, at = [], 0
    for piece in _PIECE.finditer(formula):
        text, array, name, dot = piece.groups()
        pieces.append(outside(formula[at : piece.start()]))
        pieces.append(text or (sheet(name) if dot else name) or re.sub(rf"{_TEXT}|[,;|]", lambda m: inside.get(m[0], m[0]), array))
        at = piece.end()
    return "".join([*pieces, outside(formula[at:])])


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    said = ""
    while number:
        number, digit = divmod(number - 1, 26)
        said = chr(65 + digit) + said
    return said


def column_number(said: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in said.upper():
        number = number * 26 + ord(letter) - 64
    return number


def span(address: Any) -> tuple[int, int, int, int]:
    """The first row and column, and the numbers of rows and columns, of an address as UNO gives it."""
    return address.StartRow + 1, address.StartColumn + 1, address.EndRow - address.StartRow + 1, address.EndColumn - address.StartColumn + 1


_AREA = re.compile(r"\$?([A-Za-z]{1,3})?\$?([0-9]{1,7})?(?::\$?([A-Za-z]{1,3})?\$?([0-9]{1,7})?)?")


def area(address: str, rows: int, columns: int) -> tuple[int, int, int, int] | None:
    """The first row and column, and the numbers of rows and columns, of an address on a sheet of a size; None for what is no address.

    >>> area("$B$3:C9", 1048576, 1024), area("B:C", 1048576, 1024), area("2:2", 1048576, 1024), area("rates", 1048576, 1024)
    ((3, 2, 7, 2), (1, 2, 1048576, 2), (2, 1, 1, 1024), None)
    """
    found = _AREA.fullmatch(address)
    if not found or not any(found.groups()) or (":" not in address and not (found[1] and found[2])):
        return None
    left, top = (column_number(found[1]) if found[1] else 1), int(found[2] or 1)
    right = column_number(found[3]) if found[3] else left if ":" not in address else columns
    bottom = int(found[4]) if found[4] else top if ":" not in address else rows
    top, bottom, left, right = min(top, bottom), max(top, bottom), min(left, right), max(left, right)
    return (top, left, bottom - top + 1, right - left + 1) if top and right <= columns else None
