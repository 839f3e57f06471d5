"""Judge: pydantic-core judges whole sheets as row tuples; each fault has its (row, column), hence its cell.

One declaration gives one annotation for each column; the columns stand in the order in which the workbook has them.
Strictness is the cells', not the rows': a reader's list serves as a tuple and nothing is copied.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from opsbook.grammar.kinds import Lists
from opsbook.grammar.sheet import Column

CHUNK = 20_000  # rows at a time: errors and tuples of one chunk are all that is held beside the rows


class Judge:
    """The verdict on rows whose cells stand in the order of ``columns`` (None: a column nobody declared)."""

    def __init__(self, columns: Sequence[Column | None], lists: Lists) -> None:
        self.columns, self.lists = tuple(columns), lists
        self._adapters: dict[tuple[int, bool], TypeAdapter[Any]] = {}
        cells = tuple(Any if c is None else _cell(c, lists) for c in columns)
        self._rows: TypeAdapter[Any] = TypeAdapter(list[tuple[cells]])  # type: ignore[valid-type]

    def faults(self, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, int]]:
        """The (row, column) of every refused cell, both 0-based, in order."""
        for first in range(0, len(rows), CHUNK):
            try:
                self._rows.validate_python(rows[first : first + CHUNK])
            except ValidationError as verdict:
                told = verdict.errors(include_url=False, include_context=False, include_input=False)
                cells = {(first + int(e["loc"][0]), int(e["loc"][1])) for e in told}
                yield from sorted(cells)

    def is_of_kind(self, column: int, value: Any) -> bool:
        """Whether a value is of the column's kind, its own bounds aside."""
        return _accepts(self._one(column, of_kind=True), value)

    def keeps_bounds(self, column: int, value: Any) -> bool:
        """Whether a value is of the column's kind and within the column's bounds."""
        return _accepts(self._one(column, of_kind=False), value)

    def _one(self, column: int, *, of_kind: bool) -> TypeAdapter[Any]:
        declared = self.columns[column]
        assert declared is not None
        key = (column, of_kind)
        if key not in self._adapters:
            wire = declared.kind.wire(self.lists)
            self._adapters[key] = TypeAdapter(wire if of_kind else _bounded(wire, declared))
        return self._adapters[key]


def _bounded(annotation: Any, column: Column) -> Any:
    for promise in column.metadata:
        annotation = Annotated[annotation, promise]
    return annotation


def _cell(column: Column, lists: Lists) -> Any:
    if column.computed:
        return Any  # opsbook writes these; a typed value is told by GEN-019, not judged
    if column.required:
        return _bounded(column.kind.quick(lists), column)
    if not column.metadata:
        return column.kind.or_blank(lists)
    return Annotated[Literal[""] | _bounded(column.kind.quick(lists), column), Field(union_mode="left_to_right")]


def _accepts(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


