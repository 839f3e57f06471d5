"""Forms: printable documents about one record. A form is a layout of named fields, and a function that finds their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from opsbook.grammar.book import Frame
from opsbook.grammar.kinds import Kind, Line, kind_of
from opsbook.grammar.rule import parameters
from opsbook.grammar.sheet import Column, both
from opsbook.grammar.text import Text

_UNSAID, _PLAIN = Text("", ""), kind_of(Line)[0]


@dataclass(frozen=True)
class Field:
    """One value of a form, under a label; ``wide`` fields take a whole line, ``tall`` ones several."""

    name: str
    label: Text
    kind: Kind
    wide: bool = False
    tall: int = 1


def field(name: str, en: str = "", zh: str = "", kind: Any = Line, *, wide: bool = False, tall: int = 1) -> Field:
    """Declare a field of a form, or a column of its lines; without a label it is the sheet's column of that name."""
    return Field(name, Text(en, zh) if en else _UNSAID, kind_of(kind)[0] if en else _PLAIN, wide or tall > 1, tall)


@dataclass(frozen=True)
class Fields:
    """Fields side by side, two on a line."""

    title: Text | None
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Lines:
    """A table with one line a record; its values are a list under ``name``."""

    name: str
    title: Text
    columns: tuple[Field, ...]
    spans: tuple[int, ...]  # of the twelve columns of a page, for each column
    of: str = ""  # the sheet that columns without a label belong to


@dataclass(frozen=True)
class Picture:
    """A chart over the lines of a table: which column names the points, which hold the values."""

    name: str
    title: Text
    form: Literal["radar", "column", "line"]
    lines: str
    x: str
    y: tuple[str, ...]


@dataclass(frozen=True)
class Paragraphs:
    """Sentences, one below the other; their values are a list of texts under ``name``."""

    name: str
    title: Text


@dataclass(frozen=True)
class Signatures:
    """Who signs, at the foot of the form."""

    labels: tuple[Text, ...]


Part = Fields | Lines | Picture | Paragraphs | Signatures
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Form:
    """A declared form. ``key`` is its name at the command line; ``asks`` says what names a document."""

    key: str
    title: Text
    of: str
    asks: Text
    clause: str
    parts: tuple[Part, ...]
    about: Text
    function: Callable[..., Values | None]
    judged: bool = False  # whether it tells of findings: else no rule needs to run
    monthly: bool = False  # it is about a month, and as of its end
    by: str = ""  # the column that names documents, where it is not the id of the sheet

    @property
    def reads(self) -> tuple[str, ...]:
        """The sheets it reads, and what else it is given."""
        return tuple(name for name in parameters(self.function) if name != "record")

    def resolved(self, columns: Callable[[str], Column | None]) -> "Form":
        """The form with the labels and kinds of the columns that it names; a KeyError for one that does not exist."""

        def known(sheet: str, each: Field) -> Field:
            if each.label != _UNSAID:
                return each
            column = columns(f"{sheet}.{each.name}")
            if column is None:
                raise KeyError(f"{self.key} shows {sheet}.{each.name}, which does not exist")
            return replace(each, label=column.header, kind=column.kind)

        parts: list[Part] = []
        for part in self.parts:
            match part:
                case Fields(fields=fields):
                    parts.append(replace(part, fields=tuple(known(self.of, f) for f in fields)))
                case Lines(columns=inner, of=sheet):
                    parts.append(replace(part, columns=tuple(known(sheet, c) for c in inner)))
                case _:
                    parts.append(part)
        return replace(self, parts=tuple(parts))

    def fields(self) -> dict[str, Kind]:
        """Every name a template may ask for: ``name``, ``lines.column``, ``chart:name``."""
        found: dict[str, Kind] = {}
        for part in self.parts:
            match part:
                case Fields(fields=fields):
                    found |= {f.name: f.kind for f in fields}
                case Lines(name=name, columns=columns):
                    found |= {f"{name}.{c.name}": c.kind for c in columns}
        return found


def form(key: str, *, of: str, en: str, zh: str, asks: Text, clause: str, parts: Sequence[Part],
         judged: bool = False, monthly: bool = False, by: str = "") -> Callable[[Callable[..., Values | None]], Form]:
    """Declare the function below as a form.

    Its parameters are the sheets it reads, and ``record``, the id of what the document is about; it returns the values by name (lists
    of mappings for lines, of Texts for paragraphs), or None for a record that is not there.
    """

    def declare(function: Callable[..., Values | None]) -> Form:
        return Form(key, Text(en, zh), of, asks, clause, tuple(parts), both(function.__doc__), function, judged, monthly, by)

    return declare


def lines(rows: Frame, *columns: str, **more: pd.Series) -> list[dict[str, Any]]:
    """Rows as the lines of a form: some columns, and more beside them; blanks are None."""
    table = pd.DataFrame({name: rows.column(name).astype(object) for name in columns} | {name: each.astype(object) for name, each in more.items()})
    return [{str(name): None if pd.isna(value) else value for name, value in line.items()} for line in table.to_dict("records")]
