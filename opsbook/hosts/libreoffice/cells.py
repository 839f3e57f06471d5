"""Cells: a rectangle of cells: values, formulas, looks, notes, conditional formats."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.conditions import ConditionalFormats
from opsbook.hosts.libreoffice.objects import MM, Name, Note, Table
from opsbook.hosts.libreoffice.syntax import column_letters, quoted, span, to_calc, to_excel
from opsbook.hosts.libreoffice.values import DATE, ERRORS, LOGICAL, TEXT, TIME, CellError, moment, serial, typed

if TYPE_CHECKING:
    from opsbook.hosts.libreoffice.sheet import Sheet

_VALUES, _FORMATS = 1 | 2 | 4 | 16, 32 | 64  # com.sun.star.sheet.CellFlags: numbers, days, texts, formulas; hard formats, styles
_ALIGNED = {"general": "STANDARD", "left": "LEFT", "center": "CENTER", "right": "RIGHT", "justify": "BLOCK", "fill": "REPEAT"}
_STANDING = {"top": 1, "center": 2, "bottom": 3, "justify": 4}
_REFERRED = re.compile(r"('(?:[^']|'')+'|[^\s'!(),;:&+\-*/^=<>{}\"\[\]$]+)!")  # a sheet's name in a formula
_WAYS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}


class ProtectedSheet(PermissionError):  # noqa: N818  (what is the case)
    """The sheet is protected: its cells cannot be changed."""


def rgb(colour: Any) -> int:
    """A colour as tuple, ``#RRGGBB`` or Excel's number, as Calc knows it."""
    if isinstance(colour, str):
        return int(colour.lstrip("#"), 16)
    if isinstance(colour, int):  # Excel's colours count blue first
        return (colour & 255) << 16 | colour & 0xFF00 | colour >> 16 & 255
    red, green, blue = colour
    return int(red) << 16 | int(green) << 8 | int(blue)


def tuple_of(colour: int) -> tuple[int, int, int] | None:
    """A colour of Calc as a tuple; None for none."""
    return None if colour < 0 else (colour >> 16 & 255, colour >> 8 & 255, colour & 255)


class Range(base_classes.Range):
    """``rows`` × ``columns`` cells from (``row``, ``column``) on, all counted from 1."""

    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: "Sheet", row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        self.sheet, self._row, self._column, self._rows, self._columns = sheet, row, column, rows, columns
        self.options: dict[str, Any] = {}

    # -------------------------------------------------------------------------------------------- where

    @property
    def book(self) -> Any:
        """The book it belongs to."""
        return self.sheet.book

    @property
    def api(self) -> Any:
        """The cells of the document; None for no cells."""
        return self._cells(self._row, self._column, self._rows, self._columns) if len(self) else None

    xl = api

    def _cells(self, row: int, column: int, rows: int, columns: int) -> Any:
        return self.sheet.api.getCellRangeByPosition(column - 1, row - 1, column + columns - 2, row + rows - 2)

    def _writable(self) -> Any:
        """The cells, for writing."""
        self._allowed()
        return self.api

    def _allowed(self) -> None:
        """Calc passes over what it may not write without a word."""
        if self.sheet.protected:
            raise ProtectedSheet(f"the sheet {self.sheet.name} is protected")

    @property
    def coords(self) -> tuple[int, int, int, int]:
        """Row, column, rows, columns."""
        return self._row, self._column, self._rows, self._columns

    @property
    def address_struct(self) -> Any:
        """The address as UNO takes it."""
        return self.api.RangeAddress

    arg1_input = property(lambda self: self.address)  # what Range.group of xlwings looks at
    row = property(lambda self: self._row)
    column = property(lambda self: self._column)
    shape = property(lambda self: (self._rows, self._columns))

    def __len__(self) -> int:
        return self._rows * self._columns

    def __call__(self, arg1: int, arg2: int | None = None) -> "Range":
        row, column = divmod(arg1 - 1, self._columns) if arg2 is None else (arg1 - 1, arg2 - 1)
        return Range(self.sheet, self._row + row, self._column + column)

    @property
    def rows(self) -> list["Range"]:
        """Its rows."""
        return [Range(self.sheet, self._row + n, self._column, 1, self._columns) for n in range(self._rows)]

    @property
    def columns(self) -> list["Range"]:
        """Its columns."""
        return [Range(self.sheet, self._row, self._column + n, self._rows, 1) for n in range(self._columns)]

    def get_address(self, row_absolute: bool = True, col_absolute: bool = True, external: bool = False) -> str:
        """The address as Excel writes it."""
        r, c = "$" * bool(row_absolute), "$" * bool(col_absolute)
        first = f"{c}{column_letters(self._column)}{r}{self._row}"
        last = f"{c}{column_letters(self._column + self._columns - 1)}{r}{self._row + self._rows - 1}"
        said = first if first == last else f"{first}:{last}"
        if not external:
            return said
        bare = quoted(self.sheet.name)
        if bare.startswith("'") or not re.fullmatch(r"[\w.]+", self.book.name):
            return f"'[{self.book.name}]{bare.strip(chr(39))}'!{said}"
        return f"[{self.book.name}]{bare}!{said}"

    @property
    def address(self) -> str:
        """The address, absolute."""
        return self.get_address()

    @property
    def current_region(self) -> "Range":
        """The cells around it up to the next blank rows and columns."""
        cursor = self.sheet.api.createCursorByRange(self.api)
        cursor.collapseToCurrentRegion()
        return self._of(cursor.RangeAddress)

    def _of(self, address: Any) -> "Range":
        return Range(self.sheet, *span(address))

    def end(self, direction: str) -> "Range":
        """The last cell before a blank in a direction, from the first cell on, as Ctrl and an arrow find it."""
        down, across = _WAYS[direction]
        used = self.sheet.used_range
        limit = max(used.shape) + max(self._row, self._column) + 1
        if down:
            first, size = (self._row, limit) if down > 0 else (1, self._row)
            line = [bool(v[0] != "") for v in self._cells(first, self._column, size, 1).getDataArray()]
        else:
            first, size = (self._column, min(limit, self.book.size[1] - self._column + 1)) if across > 0 else (1, self._column)
            line = [v != "" for v in self._cells(self._row, first, 1, size).getDataArray()[0]]
        if down + across < 0:
            line.reverse()
        at = 0
        if len(line) > 1 and line[0] and line[1]:
            while at + 1 < len(line) and line[at + 1]:
                at += 1
        else:
            at = next((n for n in range(1, len(line)) if line[n]), -1)
            if at < 0:
                return self._edge(direction)
        return Range(self.sheet, self._row + down * at, self._column + across * at)

    def _edge(self, direction: str) -> "Range":
        rows, columns = self.book.size
        return Range(self.sheet, {"up": 1, "down": rows}.get(direction, self._row), {"left": 1, "right": columns}.get(direction, self._column))

    def select(self) -> None:
        """Select it, on its sheet in front."""
        self.sheet.activate()
        self.book.doc.CurrentController.select(self.api)

    # ------------------------------------------------------------------------------------------- values

    @property
    def raw_value(self) -> list[list[Any]] | None:
        """The values: days as datetime, errors as :class:`CellError`, blanks as ''; None for no cells."""
        cells = self.api
        if cells is None:
            return None
        data = [list(row) for row in cells.getDataArray()]
        epoch, top, left = self.book.epoch, self._row - 1, self._column - 1
        for kind, a in self._special(cells, data):
            for row in data[a.StartRow - top : a.EndRow - top + 1]:
                for at in range(a.StartColumn - left, a.EndColumn - left + 1):
                    if isinstance(number := row[at], float) and (number in (0, 1) or not kind & LOGICAL):
                        row[at] = bool(number) if kind & LOGICAL else moment(number, epoch)
        for a in cells.queryFormulaCells(4).RangeAddresses:  # com.sun.star.sheet.FormulaResult.ERROR
            for r in range(a.StartRow, a.EndRow + 1):
                for c in range(a.StartColumn, a.EndColumn + 1):
                    data[r - top][c - left] = CellError(ERRORS.get(self.sheet.api.getCellByPosition(c, r).getError(), "#VALUE!"))
        return data

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        rows = value if isinstance(value, (list, tuple)) else [[value] * self._columns] * self._rows
        rows = rows if isinstance(rows[0], (list, tuple)) else [rows]
        target = Range(self.sheet, self._row, self._column, len(rows), len(rows[0]))
        _Writing(target, target._writable()).values(rows)

    def _special(self, cells: Any, data: list[list[Any]]) -> Iterator[tuple[int, Any]]:
        """The areas whose numbers are days or logical values. Formats tell, and are dear to ask for: what can be is found by other ways."""
        for a in cells.queryContentCells(2).RangeAddresses:  # com.sun.star.sheet.CellFlags.DATETIME
            yield DATE, a
        for a in cells.queryContentCells(16).RangeAddresses:  # formulas: whatever they come to
            yield from _kinds(self.book, self.sheet.api.getCellRangeByPosition(a.StartColumn, a.StartRow, a.EndColumn, a.EndRow), DATE | TIME | LOGICAL)
        for at, column in enumerate(zip(*data, strict=True)):  # logical values are ones and noughts
            if 1.0 in column or 0.0 in column:
                whole = self._cells(self._row, self._column + at, self._rows, 1)
                key = whole.NumberFormat  # nothing, where cells differ
                if not isinstance(key, int):
                    yield from _kinds(self.book, whole, LOGICAL)
                elif self.book.format_kind(key) & LOGICAL:
                    yield LOGICAL, whole.RangeAddress

    @property
    def formula(self) -> Any:
        """The formulas, and what else was typed: a text for one cell, else a tuple of rows."""
        data = tuple(tuple(to_excel(_bare(said)) if said.startswith(("=", "{=")) else said for said in row) for row in self.api.getFormulaArray())
        return data[0][0] if len(self) == 1 else data

    @formula.setter
    def formula(self, value: Any) -> None:
        if isinstance(value, str) and len(self) > 1 and value.startswith("="):  # one formula fills the range, its references follow
            Range(self.sheet, self._row, self._column).formula = value
            cells = self._writable()
            for direction, size in (("TO_BOTTOM", self._rows), ("TO_RIGHT", self._columns)):
                if size > 1:
                    cells.fillAuto(bridge.enum("sheet.FillDirection", direction), 1)
            return
        self.raw_value = value

    formula2 = formula

    @property
    def formula_array(self) -> str | None:
        """The array formula of the cells."""
        cells = self.api  # getArrayFormula speaks the language of the program
        return to_excel(_bare(cells.getFormulaArray()[0][0])) if cells.getArrayFormula() else None

    @formula_array.setter
    def formula_array(self, value: str) -> None:
        self._writable().setArrayFormula(to_calc(value))

    @property
    def has_array(self) -> bool:
        """Whether an array formula fills it."""
        return bool(self.api.getArrayFormula())

    def clear_contents(self) -> None:
        """Empty the cells."""
        self._writable().clearContents(_VALUES)

    def clear_formats(self) -> None:
        """Take formats off, conditional ones too."""
        self._writable().clearContents(_FORMATS)
        self.conditional_formats.clear()

    def clear(self) -> None:
        """Empty the cells, and take formats and notes off."""
        self._writable().clearContents(_VALUES | 8 | _FORMATS)
        self.conditional_formats.clear()

    def replace_all(self, old: str, new: str, whole: bool, match_case: bool) -> None:
        """Replace a text within formulas and texts."""
        wanted = self._writable().createReplaceDescriptor()
        wanted.SearchWords, wanted.SearchCaseSensitive = bool(whole), bool(match_case)
        sheets = {quoted(sheet.name).casefold() for sheet in self.book.sheets}
        in_formulas = old.endswith("'!") or any(quoted(name).casefold() in sheets for name in _REFERRED.findall(old))
        for there, then in {(old, new), (_in_calc(old), _in_calc(new)) if in_formulas else (old, new)}:
            wanted.SearchString, wanted.ReplaceString = there, then
            self.api.replaceAll(wanted)

    # -------------------------------------------------------------------------------------------- looks

    @property
    def number_format(self) -> str | None:
        """The number format, as Excel writes it; None where cells differ."""
        codes = {self.book.format_code(key) for key in {key for key, _ in _formats(self.api)}}
        return codes.pop() if len(codes) == 1 else None

    @number_format.setter
    def number_format(self, code: str) -> None:
        self._writable().NumberFormat = self.book.format_key(code)

    @property
    def color(self) -> tuple[int, int, int] | None:
        """The fill; None for none."""
        return tuple_of(self.api.CellBackColor)

    @color.setter
    def color(self, colour: Any) -> None:
        self._writable().CellBackColor = -1 if colour is None else rgb(colour)

    def set_colors(self, colors: Any) -> None:
        """The fill of every cell; ``...`` leaves one as it is."""
        for r, row in enumerate(colors):
            at = 0
            for colour, run in groupby(row):
                size = len(list(run))
                if colour is not ...:
                    Range(self.sheet, self._row + r, self._column + at, 1, size).color = colour
                at += size

    @property
    def font(self) -> "Font":
        """How texts look."""
        return Font(self)

    @property
    def wrap_text(self) -> bool:
        """Whether texts are broken into lines."""
        return bool(self.api.IsTextWrapped)

    @wrap_text.setter
    def wrap_text(self, wrapped: bool) -> None:
        self._writable().IsTextWrapped = bool(wrapped)

    @property
    def horizontal_alignment(self) -> str | None:
        """Left, right …; None where cells differ."""
        said = getattr(self.api.HoriJustify, "value", None)
        return next((name for name, theirs in _ALIGNED.items() if theirs == said), None)

    @horizontal_alignment.setter
    def horizontal_alignment(self, name: str) -> None:
        if name not in _ALIGNED:
            raise NotImplementedError(f"Range.horizontal_alignment = {name}")
        self._writable().HoriJustify = bridge.enum("table.CellHoriJustify", _ALIGNED[name])

    @property
    def vertical_alignment(self) -> str | None:
        """Top, center …; None where cells differ. Calc's standard is Excel's bottom."""
        said = self.api.VertJustify
        return next((name for name, theirs in _STANDING.items() if theirs == (said or 3)), None)

    @vertical_alignment.setter
    def vertical_alignment(self, name: str) -> None:
        if name not in _STANDING:
            raise NotImplementedError(f"Range.vertical_alignment = {name}")
        self._writable().VertJustify = _STANDING[name]

    @property
    def column_width(self) -> float | None:
        """The width in characters of the standard font; None where columns differ."""
        widths = {self.api.Columns.getByIndex(n).Width for n in range(self._columns)}
        return round((widths.pop() / MM - 3.75) / 5.25, 2) if len(widths) == 1 else None

    @column_width.setter
    def column_width(self, characters: float) -> None:
        self._writable().Columns.Width = round((characters * 5.25 + 3.75) * MM)

    @property
    def row_height(self) -> float | None:
        """The height in points; None where rows differ."""
        heights = {self.api.Rows.getByIndex(n).Height for n in range(self._rows)}
        return round(heights.pop() / MM, 1) if len(heights) == 1 else None

    @row_height.setter
    def row_height(self, points: float) -> None:
        self._writable().Rows.Height = round(points * MM)

    left = property(lambda self: self.api.Position.X / MM)
    top = property(lambda self: self.api.Position.Y / MM)
    width = property(lambda self: self.api.Size.Width / MM)
    height = property(lambda self: self.api.Size.Height / MM)

    @property
    def row_hidden(self) -> bool | None:
        """Whether its rows are hidden; None where they differ."""
        seen = {bool(self.api.Rows.getByIndex(n).IsVisible) for n in range(self._rows)}
        return not seen.pop() if len(seen) == 1 else None

    @row_hidden.setter
    def row_hidden(self, hidden: bool) -> None:
        self._writable().Rows.IsVisible = not hidden

    @property
    def column_hidden(self) -> bool | None:
        """Whether its columns are hidden; None where they differ."""
        seen = {bool(self.api.Columns.getByIndex(n).IsVisible) for n in range(self._columns)}
        return not seen.pop() if len(seen) == 1 else None

    @column_hidden.setter
    def column_hidden(self, hidden: bool) -> None:
        self._writable().Columns.IsVisible = not hidden

    def autofit(self, axis: str | None = None) -> None:
        """Make columns (``c``), rows (``r``) or both as wide as what stands in them."""
        if axis in (None, "columns", "c"):
            self._writable().Columns.OptimalWidth = True
        if axis in (None, "rows", "r"):
            self._writable().Rows.OptimalHeight = True

    def group(self, by: str | None) -> None:
        """An outline group of its rows or columns."""
        self._allowed()
        self.sheet.api.group(self.address_struct, bridge.enum("table.TableOrientation", "COLUMNS" if by == "columns" else "ROWS"))

    def ungroup(self, by: str | None) -> None:
        """Dissolve an outline group."""
        self._allowed()
        self.sheet.api.ungroup(self.address_struct, bridge.enum("table.TableOrientation", "COLUMNS" if by == "columns" else "ROWS"))

    @property
    def conditional_formats(self) -> ConditionalFormats:
        """The formats that follow values."""
        return ConditionalFormats(self)

    # ------------------------------------------------------------------------------------------ structure

    @property
    def merge_area(self) -> "Range":
        """The merged cells that the first one belongs to."""
        cursor = self.sheet.api.createCursorByRange(self._cells(self._row, self._column, 1, 1))
        cursor.collapseToMergedArea()
        return self._of(cursor.RangeAddress)

    @property
    def merge_cells(self) -> bool | None:
        """Whether the cells are merged: as in Excel, None for some that are and some that are not."""
        if not self.api.getIsMerged() and len(self.merge_area) == 1:
            return False
        return True if len(self) <= len(self.merge_area) else None

    def merge(self, across: bool) -> None:
        """Merge the cells, or those of each row."""
        for part in self.rows if across else [self]:
            part._writable().merge(True)

    def unmerge(self) -> None:
        """Part merged cells."""
        self._writable().merge(False)

    def insert(self, shift: str | None = None, copy_origin: str | None = None) -> None:
        """Insert cells; those there move ``down`` or ``right``."""
        self._allowed()
        mode = self._whole() or ("RIGHT" if shift == "right" else "DOWN")
        self.sheet.api.insertCells(self.address_struct, bridge.enum("sheet.CellInsertMode", mode))
        self.book.shifts += 1

    def delete(self, shift: str | None = None) -> None:
        """Delete cells; those beyond move ``up`` or ``left``."""
        self._allowed()
        mode = self._whole() or ("LEFT" if shift == "left" else "UP")
        self.sheet.api.removeRange(self.address_struct, bridge.enum("sheet.CellDeleteMode", mode))
        self.book.shifts += 1

    def _whole(self) -> str:
        """Whether it is of whole rows or whole columns: they move one way only."""
        rows, columns = self.book.size
        return "ROWS" if self._columns == columns else "COLUMNS" if self._rows == rows else ""

    def copy(self, destination: Any = None) -> None:
        """Copy to a place, or take along for :meth:`paste`."""
        if destination is None:
            self.book.app.clip = self
            return
        destination = getattr(destination, "impl", destination)
        destination._allowed()
        if destination.book is not self.book:
            raise NotImplementedError("Range.copy into another book")
        to = bridge.struct("table.CellAddress", Sheet=destination.sheet.index - 1, Row=destination.row - 1, Column=destination.column - 1)
        self.sheet.api.copyRange(to, self.address_struct)

    def copy_from(self, source_range: Any, copy_type: str = "all", skip_blanks: bool = False, transpose: bool = False) -> None:
        """Copy from a place: all, values or formulas."""
        if skip_blanks or transpose or copy_type == "formats":
            raise NotImplementedError("Range.copy_from of formats, skipping blanks or transposing")
        source: Range = getattr(source_range, "impl", source_range)
        if copy_type == "all":
            source.copy(self)
            return
        target = Range(self.sheet, self._row, self._column, *source.shape)
        target._writable().setDataArray(tuple(tuple("" if v is None else v for v in row) for row in source.api.getDataArray()))  # as they are, not typed anew
        if copy_type == "formulas":
            for a in source.api.queryContentCells(16).RangeAddresses:  # com.sun.star.sheet.CellFlags.FORMULA
                for r in range(a.StartRow, a.EndRow + 1):
                    for c in range(a.StartColumn, a.EndColumn + 1):
                        to = self._cells(self._row + r - source.row + 1, self._column + c - source.column + 1, 1, 1).getCellByPosition(0, 0)
                        to.setTokens(source.sheet.api.getCellByPosition(c, r).getTokens())  # references that are relative stay so

    def paste(self, paste: str | None = None, operation: str | None = None, skip_blanks: bool = False, transpose: bool = False) -> None:
        """Paste what :meth:`copy` took along."""
        source = self.book.app.clip
        if source is None or operation or paste not in (None, "all", "values", "formulas"):
            raise NotImplementedError(f"Range.paste of {paste}, {operation}")
        self.copy_from(source, paste or "all", skip_blanks, transpose)

    def move(self, destination: Any) -> None:
        """Move to a place."""
        self._allowed()
        destination = getattr(destination, "impl", destination)
        destination._allowed()
        to = bridge.struct("table.CellAddress", Sheet=destination.sheet.index - 1, Row=destination.row - 1, Column=destination.column - 1)
        self.sheet.api.moveRange(to, self.address_struct)
        self.book.shifts += 1

    def sort(self, keys: Iterable[int], ascending: Iterable[bool], has_headers: bool) -> None:
        """Sort the rows by some columns, counted from 1."""
        fields = tuple(bridge.struct("table.TableSortField", Field=key - 1, IsAscending=bool(up), IsCaseSensitive=False)
                       for key, up in zip(keys, ascending, strict=True))  # fmt: skip
        said = (bridge.value("SortFields", bridge.uno().Any("[]com.sun.star.table.TableSortField", fields)), bridge.value("ContainsHeader", bool(has_headers)))
        self._writable().sort(said)

    # -------------------------------------------------------------------------------- names, notes, links

    @property
    def name(self) -> Name | None:
        """The name that stands for exactly these cells."""
        for names in (self.sheet.names, self.book.names):
            for each in names:
                if each.stands_for(self):
                    return each
        return None

    @name.setter
    def name(self, name: str) -> None:
        self.book.names.add(name, f"={quoted(self.sheet.name)}!{self.address}")

    @property
    def table(self) -> Table | None:
        """The table that the first cell belongs to."""
        table: Table
        for table in self.sheet.tables:
            row, column, rows, columns = table.range.coords
            if row <= self._row < row + rows and column <= self._column < column + columns:
                return table
        return None

    @property
    def note(self) -> Note | None:
        """The note on the cell."""
        found = Note(self.sheet, self._row, self._column)
        return found if found.text else None

    def add_note(self, text: str) -> Note:
        """Put a note on the cell."""
        self._allowed()
        at = bridge.struct("table.CellAddress", Sheet=self.sheet.index - 1, Row=self._row - 1, Column=self._column - 1)
        self.sheet.api.Annotations.insertNew(at, text)
        return Note(self.sheet, self._row, self._column)

    @property
    def hyperlink(self) -> str:
        """Where the link in the cell leads, '' for none."""
        fields = self.api.getCellByPosition(0, 0).getTextFields().createEnumeration()
        return str(fields.nextElement().URL) if fields.hasMoreElements() else ""

    def add_hyperlink(self, address: str, text_to_display: str | None = None, screen_tip: str | None = None) -> None:
        """Put a link into the cell."""
        cell = self._writable().getCellByPosition(0, 0)
        field = self.book.doc.createInstance("com.sun.star.text.TextField.URL")
        field.URL, field.Representation = address, text_to_display or address
        cell.String = ""
        cell.insertTextContent(cell.createTextCursor(), field, False)


class _Writing:
    """Values on their way into cells: one call for all that are values, formulas by runs, formats where days and logical values need them."""

    def __init__(self, target: Range, cells: Any) -> None:
        self.target, self.cells, self.book = target, cells, target.book
        self.top, self.left = target.row - 1, target.column - 1

    def values(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write a rectangle of values."""
        formulas: list[tuple[int, int, str]] = []
        looks: dict[int, list[tuple[int, int]]] = {DATE: [], LOGICAL: []}
        plain: set[tuple[int, int]] | None = None  # cells that are formatted as text, asked for when it matters
        out = []
        for r, row in enumerate(rows):
            line: list[Any] = []
            for c, value in enumerate(row):
                match value:
                    case None | "":
                        value = ""
                    case bool():
                        looks[LOGICAL].append((r, c))
                        value = float(value)
                    case int() | float():
                        value = float(value)
                    case str():
                        if value[0] in "=+-.0123456789tTfF'":
                            plain = self._plain() if plain is None else plain
                            if (r, c) not in plain:
                                value, formula = self._typed(value, r, c, looks)
                                if formula:
                                    formulas.append((r, c, formula))
                    case dt.date() | dt.time() | dt.timedelta():
                        looks[DATE].append((r, c))
                        value = serial(value, self.book.epoch)
                    case _:
                        value = str(value)
                line.append(value)
            out.append(tuple(line))
        self.cells.setDataArray(tuple(out))
        for kind, code in ((DATE, "yyyy-mm-dd"), (LOGICAL, "BOOLEAN")):
            if looks[kind]:
                self._look(looks[kind], kind, code)
        self._formulas(formulas)

    def _typed(self, said: str, r: int, c: int, looks: dict[int, list[tuple[int, int]]]) -> tuple[Any, str]:
        if said.startswith("=") and len(said) > 1:
            return "", said
        if said.startswith("'"):  # what marks a text in Excel, and is no part of it
            return said[1:], ""
        value, kind = typed(said, self.book.epoch)
        if kind:
            looks[kind].append((r, c))
        return value, ""

    def _plain(self) -> set[tuple[int, int]]:
        return {(r - self.top, c - self.left) for _, a in _kinds(self.book, self.cells, TEXT)
                for r in range(a.StartRow, a.EndRow + 1) for c in range(a.StartColumn, a.EndColumn + 1)}  # fmt: skip

    def _look(self, places: list[tuple[int, int]], kind: int, code: str) -> None:
        """Give cells a format that shows what they hold, unless they have one."""
        wanted = DATE | TIME | TEXT if kind == DATE else LOGICAL | TEXT
        dressed = {(r - self.top, c - self.left) for _, a in _kinds(self.book, self.cells, wanted)
                   for r in range(a.StartRow, a.EndRow + 1) for c in range(a.StartColumn, a.EndColumn + 1)}  # fmt: skip
        place, left, top = self.target.sheet.index - 1, self.left, self.top
        bare = tuple(bridge.struct("table.CellRangeAddress", Sheet=place, StartColumn=left + c, EndColumn=left + c, StartRow=top + r, EndRow=top + r + size - 1)
                     for c, r, size in _runs([(c, r) for r, c in places if (r, c) not in dressed]))  # fmt: skip
        if bare:
            cells = self.book.doc.createInstance("com.sun.star.sheet.SheetCellRanges")
            cells.addRangeAddresses(bare, False)
            cells.NumberFormat = self.book.format_key(code)

    def _formulas(self, formulas: list[tuple[int, int, str]]) -> None:
        said = {(r, c): to_calc(text) for r, c, text in formulas}
        by_column = list(_runs([(c, r) for r, c in said]))
        by_row = list(_runs(list(said)))
        if len(by_column) <= len(by_row):
            for c, r, size in by_column:
                self.cells.getCellRangeByPosition(c, r, c, r + size - 1).setFormulaArray(tuple((said[r + n, c],) for n in range(size)))
        else:
            for r, c, size in by_row:
                self.cells.getCellRangeByPosition(c, r, c + size - 1, r).setFormulaArray((tuple(said[r, c + n] for n in range(size)),))


def _runs(places: list[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(line, place) pairs as (line, first place, how many in a row)."""
    for line, found in groupby(sorted(places), key=lambda at: at[0]):
        numbers = [place for _, place in found]
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            whole = [place for _, place in run]
            yield line, whole[0], len(whole)


def _formats(cells: Any) -> Iterator[tuple[int, Any]]:
    """The number formats of cells, each with the areas it covers."""
    found = cells.getUniqueCellFormatRanges()
    for n in range(found.Count):
        group = found.getByIndex(n)
        for a in group.RangeAddresses:
            yield group.NumberFormat, a


def _kinds(book: Any, cells: Any, wanted: int) -> Iterator[tuple[int, Any]]:
    """The areas of cells whose number format is of a wanted kind."""
    for key, a in _formats(cells):
        if (kind := book.format_kind(key)) & wanted:
            yield kind, a


def _bare(said: str) -> str:
    """A formula without the braces that mark an array formula."""
    return said[1:-1] if said.startswith("{=") else said


def _in_calc(said: str) -> str:
    """A piece of a formula as Calc shows it: a sheet's name before a point."""
    said = _REFERRED.sub(lambda found: f"{quoted(found[1])}.", said)
    return f"{said[:-1]}." if said.endswith("'!") else said  # the end of a name alone


class Font(base_classes.Font):
    """How the texts of cells look."""

    def __init__(self, parent: Range) -> None:
        self.parent = parent

    @property
    def api(self) -> Any:
        """The cells of the document."""
        return self.parent.api

    @property
    def bold(self) -> bool:
        """Whether it is bold."""
        return bool(self.api.CharWeight > 100)

    @bold.setter
    def bold(self, bold: bool) -> None:
        self.parent._writable().CharWeight = 150.0 if bold else 100.0

    @property
    def italic(self) -> bool:
        """Whether it is slanted."""
        return bool(self.api.CharPosture.value == "ITALIC")

    @italic.setter
    def italic(self, italic: bool) -> None:
        self.parent._writable().CharPosture = bridge.enum("awt.FontSlant", "ITALIC" if italic else "NONE")

    @property
    def size(self) -> float:
        """The size in points."""
        return float(self.api.CharHeight)

    @size.setter
    def size(self, points: float) -> None:
        self.parent._writable().CharHeight = float(points)

    @property
    def color(self) -> tuple[int, int, int]:
        """The colour; black where none was chosen."""
        return tuple_of(self.api.CharColor) or (0, 0, 0)

    @color.setter
    def color(self, colour: Any) -> None:
        self.parent._writable().CharColor = rgb(colour)

    @property
    def name(self) -> str:
        """The typeface."""
        return str(self.api.CharFontName)

    @name.setter
    def name(self, name: str) -> None:
        cells = self.parent._writable()
        cells.CharFontName = cells.CharFontNameAsian = name
