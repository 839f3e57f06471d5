"""Node: what an expression of the rule language is made of once it has been read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from opsbook.grammar.kinds import Kind, Lists
from opsbook.grammar.text import Text


class Named(Protocol):
    """What the language must know of a column."""

    @property
    def name(self) -> str: ...
    @property
    def header(self) -> Text: ...
    @property
    def kind(self) -> Kind: ...


@dataclass(frozen=True)
class Const:
    """A number, a text or a truth value."""

    value: float | str | bool


@dataclass(frozen=True)
class Ref:
    """A column, at the row at hand."""

    column: Named


@dataclass(frozen=True)
class Area:
    """A whole column of a sheet."""

    sheet: str
    column: Named


@dataclass(frozen=True)
class Call:
    """A function or an operator, with its arguments."""

    name: str
    args: tuple["Node", ...]


Node = Const | Ref | Area | Call

#: How tightly operators bind; prefixes bind more tightly than all, as in Excel.
BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
COMPARES = ("=", "<>", "<", ">", "<=", ">=")


@dataclass(frozen=True)
class Names:
    """What an expression may name: the columns of its row, those of other sheets, policy keys and families, value lists."""

    columns: Mapping[str, Named]
    sheet: str = ""  # the one whose row it is
    sheets: Mapping[str, Callable[[], Mapping[str, Named]]] = field(default_factory=dict)  # key → its columns
    titles: Mapping[str, str] = field(default_factory=dict)  # what a sheet may be called → its key
    keys: Mapping[str, frozenset[int]] = field(default_factory=dict)  # policy key or family → how many members it takes
    scopes: Mapping[str, str] = field(default_factory=dict)  # what a policy value may apply to, case-folded → the code
    lists: Lists = field(default_factory=dict)
    grouped: bool = False  # it speaks of the rows of a group: columns stand within SUM, COUNT …


def parts(node: Node) -> Iterator[Node]:
    """A node and all that it is made of."""
    yield node
    if isinstance(node, Call):
        for arg in node.args:
            yield from parts(arg)


class ExpressionError(ValueError):
    """A fault in an expression; ``at`` is the 1-based character where it stands, ``rule`` what kind of fault it is."""

    def __init__(self, said: Text, at: int, rule: str = "RUL-001") -> None:
        self.said, self.at, self.rule = said, at, rule
        super().__init__(f"character {at}: {said.en}")
