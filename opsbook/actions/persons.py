"""Persons: who is meant where a column that wants an employee's number holds a name (DECISIONS 10.5)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from opsbook.actions.reader import Fault, together
from opsbook.grammar import Book, Column, Sheet, Text
from opsbook.grammar.cells import Distinct, distinct
from opsbook.grammar.dirt import plain

EMPLOYEES = "employees"


def person_columns(sheet: type[Sheet]) -> Iterator[Column]:
    """The columns that take a name for the person who bears it: never those that say who checked, approved or is paid."""
    checkers = {actor.column for actor in sheet.workflow.checkers} if sheet.workflow else set()
    for column in sheet.columns.values():
        if column.ref == "employees.employee_id" and column.view not in ("review", "finance") and column.name not in checkers and sheet.key != "payroll":
            yield column


def named(book: Book) -> list[Fault]:
    """Put the numbers of employees in place of their names, where one employee alone bears a name; a note for each column and name."""
    people = book.reference.get(EMPLOYEES) or book.tabs.get(EMPLOYEES)
    if people is None or not {"name", "employee_id"} <= people.cells.keys():
        return []
    names = [plain(str(name)) for name in people.cells["name"]]
    once = Counter(names)
    number = {name: str(id_) for name, id_ in zip(names, people.cells["employee_id"], strict=True) if once[name] == 1 and name and id_}
    faults: list[Fault] = []
    for key, tab in book.tabs.items():
        for column in person_columns(tab.sheet):
            cells = distinct(tab.cells.get(column.name, ()))
            meant = {cell: number[said] for cell in cells.uniques if isinstance(cell, str) and (said := plain(cell)) in number and cell not in number.values()}
            if not meant:
                continue
            notes = []
            for row, cell in zip(tab.index, cells, strict=True):
                if cell in meant:
                    part, _ = tab.at(int(row))
                    values: dict[str, Text | str] = {"header": column.header, "value": cell, "read": meant[cell], "how": "list"}
                    notes.append(Fault("GEN-015", key, int(row), part.column_no(column.name), column.name, cell, values))
            faults += together(notes, len(tab))
            read = Distinct([meant.get(cell, cell) for cell in cells])
            tab = book.tabs[key] = replace(tab, cells={**tab.cells, column.name: read})
    return faults
