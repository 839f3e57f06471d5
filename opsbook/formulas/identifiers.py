"""Identifiers: credit code (GB 32100-2015), resident ID (GB 11643), bank card (Luhn, ISO/IEC 7812-1), mobile numbers.

python-stdnum is asked for Luhn. Of the others it refuses two things that are valid: a credit code whose region is not of
eight digits at the front (registrars A, N and Y), and a resident ID of some regions (its table lacks their counties).
"""

import re
from collections.abc import Iterable
from datetime import date

import numpy as np

Array = np.ndarray

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def uscc_ok(code: str) -> bool:
    """Whether 18 characters are a unified social credit code: alphabet and check character.

    >>> uscc_ok("91110000600037341L"), uscc_ok("91110000600037341M")
    (True, False)
    """
    code = code.upper()
    if len(code) != 18 or any(c not in _USCC for c in code):
        return False
    return code[17] == uscc_check(code[:17])


def uscc_check(first_17: str) -> str:
    """The check character of the first 17: (31 - weighted sum mod 31) mod 31."""
    total = sum(w * _USCC.index(c) for w, c in zip(_USCC_WEIGHTS, first_17, strict=True))
    return _USCC[(31 - total) % 31]


#: Provinces by the first two digits (GB/T 2260).
_PROVINCES = frozenset(map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)))


def resident_id_ok(number: str, today: date = date.max) -> bool:
    """Whether 18 characters are a resident ID: province, a birth date that has been by ``today``, check character.

    >>> resident_id_ok("11010519491231002X"), resident_id_ok("110105194912310021"), resident_id_ok("911840198108030022")
    (True, False, True)
    """
    number = number.upper()
    region = number[1:3] if number[:1] == "9" else number[:2]  # a foreign resident's begins with 9, then the province (GA 2102-2023)
    if not re.fullmatch("[0-9]{17}[0-9X]", number) or region not in _PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return born <= today and number[17] == resident_id_check(number[:17])


def resident_id_check(first_17: str) -> str:
    """The check character of the first 17 digits (ISO 7064 MOD 11-2)."""
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(first_17))
    return "10X98765432"[total % 11]


def card_ok(number: str) -> bool:
    """Whether 13 to 19 digits pass Luhn; blanks and hyphens between groups are left out.

    >>> card_ok("6222 0212 0000 0000 008"), card_ok("4539578763621486")
    (False, True)
    """
    from stdnum import luhn

    digits = re.sub("[ -]", "", number)
    return bool(re.fullmatch("[0-9]{13,19}", digits)) and luhn.is_valid(digits)


def mobile_ok(number: str) -> bool:
    """Whether 11 digits are a mobile phone number of mainland China."""
    return bool(re.fullmatch("1[3-9][0-9]{9}", number))


def digits(texts: Iterable[str], width: int) -> np.ndarray:
    """The digits of each text, a row of ``width`` whole numbers; -1 throughout for a text that is not so many ASCII digits.

    >>> digits(["0123", "12345", "１２３４"], 4).tolist()
    [[0, 1, 2, 3], [-1, -1, -1, -1], [-1, -1, -1, -1]]
    """
    letters = np.array(list(texts), dtype=f"U{width + 1}").view(np.uint32).reshape(-1, width + 1)  # one more tells of longer ones
    found = letters[:, :width].astype(np.int64) - ord("0")
    found[((found < 0) | (found > 9)).any(axis=1) | (letters[:, width] != 0)] = -1
    return found


def number_of(found: np.ndarray) -> np.ndarray:
    """The number that each row of digits reads as; -1 for what is none.

    >>> number_of(digits(["0123", "x"], 4)).tolist()
    [123, -1]
    """
    value: np.ndarray = found @ 10 ** np.arange(found.shape[1] - 1, -1, -1)
    return value.clip(-1)
