"""Finding: one broken promise, at one cell, in both languages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from opsbook.grammar.kinds import Choices
from opsbook.grammar.text import Text


class Severity(Choices):
    """How much a finding weighs: an error blocks the row, a warning is shown, a note is told."""

    ERROR = "error", "Error", "错误"
    WARNING = "warning", "Warning", "警告"
    NOTE = "note", "Note", "提示"


_SEVERITY = {severity.value: severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and the way out. ``row`` and ``column_no`` are 1-based Excel numbers."""

    rule: str
    severity: Severity
    key: str
    sheet: str
    row: int
    column_no: int
    column: str
    record: str
    value: str
    message: Text
    fix: Text
    clause: str
    file: str = ""
    tab: int = 0  # the sheet's place among the tabs
    waived: bool = False  # somebody entitled accepts it until a day: it stays, and no longer blocks

    @property
    def cell(self) -> str:
        """The address: ``AA12``; nothing for a finding about the whole file."""
        return f"{letters(self.column_no)}{self.row}" if self.row else ""

    @property
    def plain(self) -> list[Any]:
        """All it says but its file, for another process or a database: :meth:`of` makes it anew."""
        return [self.rule, self.severity.value, self.key, self.sheet, self.row, self.column_no, self.column, self.record, self.value, self.message.en,
                self.message.zh, self.fix.en, self.fix.zh, self.clause, self.tab, int(self.waived)]  # fmt: skip

    @classmethod
    def of(cls, plain: Sequence[Any], file: str) -> "Finding":
        """What :attr:`plain` said, about a file."""
        rule, severity, key, sheet, row, column_no, column, record, value, en, zh, fix_en, fix_zh, clause, tab, waived = plain
        return cls(rule, _SEVERITY[severity], key, sheet, row, column_no, column, record, value, Text(en, zh), Text(fix_en, fix_zh), clause, file, tab, bool(waived))

    def order(self) -> tuple[Any, ...]:
        """File, sheet in tab order, row, column, rule."""
        return self.file, self.tab, self.row, self.column_no, self.rule, self.message.en

    def as_json(self) -> dict[str, Any]:
        """The element of ``findings`` in CONTRACT's JSON."""
        return {
            "rule": self.rule, "severity": self.severity.value, "key": self.key, "sheet": self.sheet, "cell": self.cell,
            "column": self.column, "record": self.record, "value": self.value,
            "message": {"en": self.message.en, "zh": self.message.zh}, "fix": {"en": self.fix.en, "zh": self.fix.zh},
            "clause": self.clause, "waived": self.waived,
        }  # fmt: skip


#: What is never waived: whether a record can be judged at all, who may act, and what became of the last accepted state.
UNWAIVED = ("RUN-", "FIL-", "POL-", "LST-", "COL-", "RUL-", "WVR-", "GEN-002", "GEN-003", "GEN-004", "GEN-007", "GEN-008", "GEN-009", "GEN-016", "GEN-017", "GEN-022",
            "GEN-023")  # fmt: skip


def letters(number: int) -> str:
    """1 → A, 27 → AA.

    >>> [letters(n) for n in (1, 26, 27, 703)]
    ['A', 'Z', 'AA', 'AAA']
    """
    said = ""
    while number:
        number, digit = divmod(number - 1, 26)
        said = chr(65 + digit) + said
    return said


def column_number(letters: str | bytes) -> int:
    """A → 1, AA → 27.

    >>> [column_number(said) for said in ("A", "Z", "AA", b"AAA")]
    [1, 26, 27, 703]
    """
    number = 0
    for letter in letters.encode() if isinstance(letters, str) else letters:
        number = number * 26 + letter - 64
    return number


@dataclass(frozen=True)
class Findings(Sequence[Finding]):
    """Findings in the order of file, tab, row, column, rule."""

    items: tuple[Finding, ...] = ()
    skipped: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())  # rule → the sheets it misses

    @classmethod
    def sorted(cls, items: Iterable[Finding], skipped: Iterable[tuple[str, tuple[str, ...]]] = ()) -> "Findings":
        """Put in order."""
        return cls(tuple(sorted(items, key=Finding.order)), tuple(skipped))

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> "Findings": ...
    def __getitem__(self, index: int | slice) -> "Finding | Findings":
        return Findings(self.items[index], self.skipped) if isinstance(index, slice) else self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def of(self, severity: Severity) -> "Findings":
        """Those of one severity."""
        return Findings(tuple(f for f in self.items if f.severity == severity and not f.waived))

    @property
    def waived(self) -> "Findings":
        """Those that somebody entitled accepts: they count for nothing else."""
        return Findings(tuple(f for f in self.items if f.waived))

    @property
    def errors(self) -> "Findings":
        """Those that block."""
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> "Findings":
        """Those that are shown and do not block."""
        return self.of(Severity.WARNING)

    @property
    def notes(self) -> "Findings":
        """What is only told."""
        return self.of(Severity.NOTE)

    def to_frame(self) -> Any:
        """One row a finding, as a pandas DataFrame with both languages in columns of their own."""
        import pandas as pd

        names = ("rule", "severity", "file", "key", "sheet", "cell", "column", "record", "value", "clause", "waived")
        rows = [
            {n: str(getattr(f, n)) for n in names}
            | {"message_en": f.message.en, "message_zh": f.message.zh, "fix_en": f.fix.en, "fix_zh": f.fix.zh}
            for f in self.items
        ]
        return pd.DataFrame(rows, columns=[*names, "message_en", "message_zh", "fix_en", "fix_zh"])

    def to_json(self) -> list[dict[str, Any]]:
        """The findings as CONTRACT's JSON elements."""
        return [f.as_json() for f in self.items]
