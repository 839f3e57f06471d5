"""Sheet: a sheet of a book, and the collection they form."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlwings as xw
from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.bridge import value
from opsbook.hosts.libreoffice.cells import Range
from opsbook.hosts.libreoffice.objects import Charts, Names, Note, Pictures, Tables
from opsbook.hosts.libreoffice.syntax import area, span

if TYPE_CHECKING:
    from opsbook.hosts.libreoffice.app import Book


class Sheets(base_classes.Sheets):
    """The sheets of a book, in order."""

    def __init__(self, book: "Book") -> None:
        self.book = book

    @property
    def api(self) -> Any:
        """The document's sheets."""
        return self.book.doc.Sheets

    @property
    def active(self) -> "Sheet":
        """The one in front."""
        return Sheet(self.book, self.book.doc.CurrentController.ActiveSheet.Name)

    def __call__(self, name_or_index: int | str) -> "Sheet":
        names = self.api.ElementNames
        if isinstance(name_or_index, int):
            return Sheet(self.book, names[name_or_index - 1])
        found = next((n for n in names if n.casefold() == name_or_index.casefold()), None)
        if found is None:
            raise KeyError(name_or_index)
        return Sheet(self.book, found)

    def __len__(self) -> int:
        return int(self.api.Count)

    def __iter__(self) -> Iterator["Sheet"]:
        return iter([Sheet(self.book, name) for name in self.api.ElementNames])

    def add(self, before: "Sheet | None" = None, after: "Sheet | None" = None, name: str | None = None) -> "Sheet":
        """A new sheet, before the one in front if no place is named."""
        self.book._changeable()
        names = self.api.ElementNames
        at = after.index if after else (before or self.active).index - 1
        new = name or next(f"Sheet{n}" for n in count(1) if f"Sheet{n}" not in names)
        self.api.insertNewByName(new, at)
        made = Sheet(self.book, new)
        made.activate()
        return made


class Sheet(base_classes.Sheet):
    """A sheet; it is known by its name."""

    book: "Book" = None  # type: ignore[assignment]  # the base class has properties that only read

    def __init__(self, book: "Book", name: str) -> None:
        self.book, self._name = book, name
        self._held: tuple[int, Any] = (-1, None)

    @property
    def api(self) -> Any:
        """The sheet of the document: asked for once, since every question takes its time; anew after cells were moved, for Calc moves it with them."""
        if self._held[0] != self.book.shifts:
            self._held = self.book.shifts, self.book.doc.Sheets.getByName(self._name)
        return self._held[1]

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self.book._changeable()
        self.api.Name = name
        self._name = name

    @property
    def index(self) -> int:
        """Its place, from 1."""
        return int(self.api.RangeAddress.Sheet) + 1

    @property
    def names(self) -> Names:
        """The names defined for this sheet alone."""
        return Names(self.book, self.api.NamedRanges, self)

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        """Cells by address, by name, by (row, column), or from one of these to another."""
        first = self._span(arg1)
        last = first if arg2 is None else self._span(arg2)
        if not isinstance(first, tuple):
            return first
        assert isinstance(last, tuple)
        top, left = min(first[0], last[0]), min(first[1], last[1])
        bottom, right = max(first[0] + first[2], last[0] + last[2]), max(first[1] + first[3], last[1] + last[3])
        return Range(self, top, left, bottom - top, right - left)

    def _span(self, said: Any) -> tuple[int, int, int, int] | Range:
        if isinstance(said, tuple):
            if len(said) == 4:
                return said
            if 0 in said:
                raise IndexError("Attempted to access 0-based Range. xlwings/Excel Ranges are 1-based.")
            return (*said, 1, 1)
        if isinstance(said, str):
            span = area(said, *self.book.size)
            return span if span is not None else self._named(said)
        return (said.row, said.column, *said.shape)

    def _named(self, name: str) -> Range:
        for names in (self.names, self.book.names):
            if names.contains(name):
                cells: Range = names(name).refers_to_range
                return cells
        table = next((t for t in self.tables if t.name.casefold() == name.casefold()), None)
        if table is None or table.data_body_range is None:
            raise xw.NoSuchObjectError(f"The address/named range '{name}' doesn't exist.")
        body: Range = table.data_body_range
        return body

    @property
    def cells(self) -> Range:
        """All its cells."""
        return Range(self, 1, 1, *self.book.size)

    @property
    def used_range(self) -> Range:
        """From A1 to the last cell in use."""
        cursor = self.api.createCursor()
        cursor.gotoEndOfUsedArea(False)
        last = cursor.RangeAddress
        return Range(self, 1, 1, last.EndRow + 1, last.EndColumn + 1)

    def activate(self) -> None:
        """Bring it to the front."""
        self.book.doc.CurrentController.setActiveSheet(self.api)

    def select(self) -> None:
        """Bring it to the front: Calc selects sheets by showing them."""
        self.activate()

    def clear_contents(self) -> None:
        """Empty all cells."""
        self.cells.clear_contents()

    def clear_formats(self) -> None:
        """Take all formats off."""
        self.cells.clear_formats()

    def clear(self) -> None:
        """Empty all cells and take their formats off."""
        self.cells.clear()

    def autofit(self, axis: str | None = None) -> None:
        """Make columns (``c``), rows (``r``) or both as wide as what stands in them."""
        self.used_range.autofit(axis)

    def delete(self) -> None:
        """Remove it from its book.

        With a sheet LibreOffice 7.4 removes the tables of the one before it; and a sheet that another was moved past has rules about formats that
        go dead when one is removed. So an empty sheet stands before it while it goes, and is back at the front, past the same sheets, before it goes too.
        """
        self.book._changeable()
        sheets = self.book.doc.Sheets
        empty = next(name for name in (f"_{k}" for k in count(1)) if not sheets.hasByName(name))
        front = self.book.doc.CurrentController.ActiveSheet.Name
        sheets.insertNewByName(empty, 0)
        sheets.moveByName(empty, self.api.RangeAddress.Sheet)
        sheets.removeByName(self._name)
        sheets.moveByName(empty, 0)
        sheets.removeByName(empty)
        if sheets.hasByName(front):
            self.book.doc.CurrentController.setActiveSheet(sheets.getByName(front))

    def copy(self, before: "Sheet | None", after: "Sheet | None") -> None:
        """Copy it, into its own or another book."""
        beside = before or after
        assert beside is not None
        at = beside.index - (1 if before else 0)
        target = beside.book
        target._changeable()
        taken = {name.casefold() for name in target.doc.Sheets.ElementNames}
        name = next(n for n in chain([self._name], (f"{self._name} ({k})" for k in count(2))) if n.casefold() not in taken)
        if target is self.book:
            target.doc.Sheets.copyByName(self._name, name, at)
        else:
            bridge.on_main_thread(self.book.app.context, lambda: target.doc.Sheets.importSheet(self.book.doc, self._name, at))
        made = Sheet(target, target.doc.Sheets.getByIndex(at).Name)
        made.name = name
        if target is not self.book:
            made._printed_like(self)
        made.activate()

    def _printed_like(self, other: "Sheet") -> None:
        """A page style as that of a sheet of another book, which Calc leaves behind when it copies."""
        theirs = other.book.doc.StyleFamilies.getByName("PageStyles").getByName(other.api.PageStyle)
        ours = self.book.doc.StyleFamilies.getByName("PageStyles")
        name = next(f"{self._name} {k}" for k in count(1) if not ours.hasByName(f"{self._name} {k}"))
        ours.insertByName(name, self.book.doc.createInstance("com.sun.star.style.PageStyle"))
        style = ours.getByName(name)
        for each in theirs.PropertySetInfo.Properties:
            if not each.Attributes & 16 and not each.Name.endswith("Content"):  # com.sun.star.beans.PropertyAttribute.READONLY
                with suppress(Exception):  # what one of them does not take
                    style.setPropertyValue(each.Name, theirs.getPropertyValue(each.Name))
        self.api.PageStyle = name

    def move(self, before: "Sheet | None", after: "Sheet | None") -> None:
        """Move it to another place of its book."""
        beside = before or after
        assert beside is not None
        if beside.book is not self.book:
            raise NotImplementedError("Sheet.move into another book")
        self.book._changeable()
        self.book.doc.Sheets.moveByName(self._name, beside.index - (1 if before else 0))

    def to_pdf(self, path: str, quality: Any = None) -> None:
        """Print it alone into a PDF."""
        cells = self.used_range.api
        data = bridge.uno().Any("[]com.sun.star.beans.PropertyValue", (value("Selection", cells),))
        self.book.doc.storeToURL(Path(path).resolve().as_uri(), (value("FilterName", "calc_pdf_Export"), value("FilterData", data)))

    @property
    def visible(self) -> bool:
        """Whether it is shown among the tabs."""
        return bool(self.api.IsVisible)

    @visible.setter
    def visible(self, visible: bool) -> None:
        self.book._changeable()
        self.api.IsVisible = bool(visible)

    @property
    def show_gridlines(self) -> bool:
        """Whether lines are drawn between its cells."""
        return bool(self._viewed(lambda c: c.ShowGrid))

    @show_gridlines.setter
    def show_gridlines(self, shown: bool) -> None:
        self._viewed(lambda c: setattr(c, "ShowGrid", bool(shown)))

    def _viewed(self, work: Any) -> Any:
        """Do something with the view while this sheet is in front."""
        controller = self.book.doc.CurrentController
        front = controller.ActiveSheet
        controller.setActiveSheet(self.api)
        try:
            return work(controller)
        finally:
            controller.setActiveSheet(front)

    @property
    def freeze_panes(self) -> "FreezePanes":
        """What stays in view when it is scrolled."""
        return FreezePanes(self)

    @property
    def page_setup(self) -> "PageSetup":
        """How it is printed."""
        return PageSetup(self)

    @property
    def tables(self) -> Tables:
        """Its tables."""
        return Tables(self)

    @property
    def charts(self) -> Charts:
        """Its charts."""
        return Charts(self)

    @property
    def pictures(self) -> Pictures:
        """Its pictures."""
        return Pictures(self)

    @property
    def notes(self) -> list[Note]:
        """The notes on its cells."""
        held = self.api.Annotations
        return [self._note(held.getByIndex(n)) for n in range(held.Count)]

    def _note(self, held: Any) -> Note:
        at = held.Position
        note = Note(self, at.Row + 1, at.Column + 1)
        note.__dict__["api"] = held
        return note

    @property
    def protected(self) -> bool:
        """Whether its cells are locked against changes."""
        return bool(self.api.isProtected())


class FreezePanes(base_classes.FreezePanes):
    """What stays in view when a sheet is scrolled."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def freeze_at(self, frozen_range: str) -> None:
        """Freeze the rows and columns of a range: ``A:A``, ``1:3``, ``A1:B3``."""
        span = area(frozen_range, *self.sheet.book.size)
        if span is None:
            raise ValueError(f"{frozen_range} is not an address")
        _, _, rows, columns = span
        most = self.sheet.book.size
        window = self.sheet.book.window
        if not window.isVisible():  # one that was never shown has no size, and freezes nothing
            window.setVisible(True)
            window.setVisible(False)
        self.sheet._viewed(lambda c: c.freezeAtPosition(0 if columns == most[1] else columns, 0 if rows == most[0] else rows))

    def unfreeze(self) -> None:
        """Let everything scroll."""
        self.sheet._viewed(lambda c: c.freezeAtPosition(0, 0))


class PageSetup(base_classes.PageSetup):
    """How a sheet is printed."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    @property
    def api(self) -> Any:
        """The sheet of the document."""
        return self.sheet.api

    @property
    def print_area(self) -> str | None:
        """The cells that are printed; None for all."""
        areas = self.api.PrintAreas
        if not areas:
            return None
        return Range(self.sheet, *span(areas[0])).address

    @print_area.setter
    def print_area(self, address: str | None) -> None:
        self.api.setPrintAreas((self.sheet.range(address).address_struct,) if address else ())
