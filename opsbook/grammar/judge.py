"""Judge: pydantic-core judges the cells of a column; a fault's place is its row, hence its cell.

A schema is compiled once for each kind, its bounds and the labels in force, and serves every column that shares them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from opsbook.grammar.kinds import ChoicesKind, Kind, Labels, Lists
from opsbook.grammar.sheet import Column


class Judge:
    """The verdict on the filled cells of a column."""

    def __init__(self, column: Column, lists: Lists) -> None:
        kind = column.kind
        labels = tuple(kind.labels(lists).items()) if isinstance(kind, ChoicesKind) else ()
        self._schema = kind, labels
        self._bounds = column.metadata

    def refused(self, cells: Sequence[Any]) -> list[int]:
        """The places of the cells that are not plainly right; some of them :meth:`keeps_bounds` may still accept."""
        if not cells:  # most columns of a small workbook: no schema is compiled for them
            return []
        try:
            _quick(*self._schema, self._bounds).validate_python(cells)
        except ValidationError as verdict:
            told = verdict.errors(include_url=False, include_context=False, include_input=False)
            return sorted({int(e["loc"][0]) for e in told})
        return []

    def is_of_kind(self, value: Any) -> bool:
        """Whether a value is of the column's kind, its own bounds aside."""
        return _accepts(_exact(*self._schema, ()), value)

    def keeps_bounds(self, value: Any) -> bool:
        """Whether a value is of the column's kind and within the column's bounds."""
        return _accepts(_exact(*self._schema, self._bounds), value)


@cache
def _quick(kind: Kind, labels: tuple[tuple[str, Any], ...], metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    return TypeAdapter(list[_bounded(kind.quick(_lists(kind, labels)), metadata)])  # type: ignore[misc, arg-type]


@cache
def _exact(kind: Kind, labels: tuple[tuple[str, Any], ...], metadata: tuple[Any, ...]) -> TypeAdapter[Any]:
    return TypeAdapter(_bounded(kind.wire(_lists(kind, labels)), metadata))


def _lists(kind: Kind, labels: tuple[tuple[str, Any], ...]) -> dict[str, Labels]:
    return {kind.choices.key(): dict(labels)} if isinstance(kind, ChoicesKind) else {}


def _bounded(annotation: Any, metadata: tuple[Any, ...]) -> Any:
    for promise in metadata:
        annotation = Annotated[annotation, promise]
    return annotation


def _accepts(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
