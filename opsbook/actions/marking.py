"""Marking: how findings show on the cells themselves, in a live workbook and in a copy alike: a colour over whatever fill a cell has, and a note.

A hidden sheet lists the findings, and beside them in a column for each sheet and severity the keys of its cells; a condition on the cells of
the sheet looks there. So colours follow a record wherever it is sorted to, and go when the list is emptied.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from opsbook.grammar import Finding, Lang
from opsbook.grammar.finding import letters

MARKS = "_opsbook_marks"
HEAD = "—— opsbook ——"  # before what we say in a note; what somebody else said there stands above it
TAIL = "————————"  # below it
_IN_A_NOTE, _LONGEST = 8, 600  # findings, and characters of a sentence, in a note
MOST = 5000  # findings that are marked
LISTED = 7  # columns of the list: sheet, record, header, rule, severity, what is wrong, the way out
COLOURS = {"error": ("#FBE3E0", "#C0392B"), "warning": ("#FDF1D8", "#8A5A12"), "note": ("#E3EDF8", "#2F6DB5")}  # fill, ink
ROOM = 1000  # rows below the last that colours reach

Columns = dict[tuple[str, str], list[str]]  # sheet and severity → the keys of its cells


def listed(found: Sequence[tuple[Finding, str, str]], lang: Lang, columns: Columns) -> list[list[Any]]:
    """The rows of the hidden sheet, for findings each with the record and the header of its cell; keys are added to those ``columns`` that
    conditions look at."""
    lines = []
    for f, record, header in found:
        if (f.sheet, f.severity.value) in columns:
            columns[f.sheet, f.severity.value].append(f"{record}|{header}")
        lines.append([f.sheet, record, header, f.rule, f.severity.value, f.message[lang], f.fix[lang]])
    beside = zip_longest(*columns.values(), fillvalue="")
    rows: list[list[Any]] = [[*([""] * LISTED), *("|".join(column) for column in columns)]]
    return rows + [[*(line or [""] * LISTED), *(keys or [""] * len(columns))] for line, keys in zip_longest(lines, beside)]


def condition(place: int, ids: int, header_row: int) -> str:
    """The formula that is true on a cell whose record (or row) and header stand in the column ``place`` (1-based) of the list; ``ids`` is the
    column of the records' keys."""
    keys, id_ = f"{MARKS}!${letters(place)}:${letters(place)}", letters(ids)
    header = f'"|"&INDEX(${header_row}:${header_row},COLUMN())'
    record = f'INDEX(${id_}:${id_},ROW())&""'
    return f'OR(ISNUMBER(MATCH("#"&ROW()&{header},{keys},0)),AND({record}<>"",ISNUMBER(MATCH({record}&{header},{keys},0))))'


def record_key(raw: Any, row: int) -> str:
    """What a record is found again by: its key as it stands in its cell; ``#`` and its row where that is none, or what MATCH would read otherwise."""
    said = f"{raw:.15g}" if isinstance(raw, float) else str(raw)
    plain = said == said.strip() and not {*said} & {*"~*?"} and len(said) < 200 and not isinstance(raw, bool) and "e" not in said[-4:-2]
    return said if said and plain else f"#{row}"


def note(found: Iterable[Finding], *langs: Lang) -> str:
    """What the note on a cell says, in one language or two."""
    here = list(found)
    lines = [f"{f.rule} {f.severity.text[lang]}：{cut(f.message[lang])}\n→ {cut(f.fix[lang])}" for f in here[:_IN_A_NOTE] for lang in langs]
    more = [f"… +{len(here) - _IN_A_NOTE}"] if len(here) > _IN_A_NOTE else []
    return "\n".join([HEAD, *lines, *more, TAIL])


def cut(said: str) -> str:
    """A sentence no longer than a note can show."""
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def theirs(said: str | None) -> str:
    """What somebody else said in a note, above our own text and below it."""
    above, _, ours = (said or "").partition(HEAD)
    below = ours.partition(TAIL)[2].strip("\n")
    return "\n".join(filter(None, [above.rstrip("\n"), below]))


def by_cell(found: Iterable[Finding]) -> Mapping[str, Mapping[tuple[int, int], list[Finding]]]:
    """Findings by sheet and (row, column)."""
    there: dict[str, dict[tuple[int, int], list[Finding]]] = {}
    for f in found:
        there.setdefault(f.sheet, {}).setdefault((f.row, f.column_no), []).append(f)
    return there
