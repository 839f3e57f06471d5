"""Objects: what lies on sheets and beside them: defined names, notes, tables, charts, pictures."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.syntax import span, to_calc, to_excel

if TYPE_CHECKING:
    from opsbook.hosts.libreoffice.cells import Range
    from opsbook.hosts.libreoffice.sheet import Sheet

MM = 2540 / 72  # hundredths of a millimetre in a point


class Names(base_classes.Names):
    """Defined names, of a book or of one sheet."""

    def __init__(self, book: Any, held: Any, sheet: "Sheet | None" = None) -> None:
        self.book, self.held, self.sheet = book, held, sheet

    @property
    def api(self) -> Any:
        """The names in the document."""
        return self.held

    def _all(self) -> list["Name"]:
        return [Name(self, name) for name in sorted(self.held.ElementNames, key=str.casefold)]

    def snapshot(self) -> list[tuple[str, "Name"]]:
        """All names, each with what it is."""
        return [(each.name, each) for each in self._all()]

    def contains(self, name: str) -> bool:
        """Whether a name is defined."""
        return bool(self._found(name))

    def _found(self, name: str) -> str | None:
        return next((n for n in self.held.ElementNames if n.casefold() == str(name).casefold()), None)

    def __len__(self) -> int:
        return len(self.held.ElementNames)

    def __iter__(self) -> Iterator["Name"]:
        return iter(self._all())

    def __call__(self, name: str) -> "Name":
        found = self._found(name)
        if found is None:
            raise KeyError(name)
        return Name(self, found)

    def add(self, name: str, refers_to: str) -> "Name":
        """Define a name."""
        if there := self._found(name):
            self.held.removeByName(there)
        self.held.addNewByName(name, to_calc(refers_to).removeprefix("="), bridge.struct("table.CellAddress"), 0)
        return Name(self, name)


class Name(base_classes.Name):
    """A defined name."""

    def __init__(self, parent: Names, name: str) -> None:
        self.parent, self._name = parent, name

    @property
    def api(self) -> Any:
        """The name in the document."""
        return self.parent.held.getByName(self._name)

    @property
    def name(self) -> str:
        """What it is called; a sheet's own with the sheet before it."""
        return f"{self.parent.sheet.name}!{self._name}" if self.parent.sheet else self._name

    @name.setter
    def name(self, name: str) -> None:
        self.api.setName(name)
        self._name = name

    @property
    def refers_to(self) -> str:
        """What it stands for, as a formula."""
        return to_excel("=" + self.api.Content)

    @refers_to.setter
    def refers_to(self, formula: str) -> None:
        self.api.setContent(to_calc(formula).removeprefix("="))

    @property
    def refers_to_range(self) -> "Range":
        """The cells it stands for."""
        cells = self.api.getReferredCells()
        if cells is None:
            raise ValueError(f"{self._name} stands for no cells")
        a = cells.RangeAddress
        sheet = self.parent.book.sheets(a.Sheet + 1)
        return sheet.range(span(a))  # type: ignore[no-any-return]

    def stands_for(self, cells: "Range") -> bool:
        """Whether it stands for exactly these cells."""
        referred = self.api.getReferredCells()
        if referred is None:
            return False
        a, b = referred.RangeAddress, cells.address_struct
        return all(getattr(a, key) == getattr(b, key) for key in ("Sheet", "StartRow", "EndRow", "StartColumn", "EndColumn"))

    def delete(self) -> None:
        """Define it no more."""
        self.parent.held.removeByName(self._name)


class Note(base_classes.Note):
    """The note on a cell, there or not."""

    def __init__(self, sheet: "Sheet", row: int, column: int) -> None:
        self.sheet, self._row, self._column = sheet, row, column

    @cached_property
    def api(self) -> Any:
        """The note in the document."""
        return self.sheet.api.getCellByPosition(self._column - 1, self._row - 1).getAnnotation()

    @property
    def location(self) -> "Range":
        """The cell it is on."""
        return self.sheet.range((self._row, self._column))

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.api.getString())

    @text.setter
    def text(self, text: str) -> None:
        self.delete()
        self.location.add_note(text)
        self.__dict__.pop("api", None)

    @property
    def author(self) -> str:
        """Who wrote it."""
        return str(self.api.getAuthor())

    def delete(self) -> None:
        """Take it off."""
        self.location._writable().clearContents(8)  # com.sun.star.sheet.CellFlags.ANNOTATION


class _Collection:
    """Things of a sheet that have names, in their order."""

    def __init__(self, sheet: "Sheet") -> None:
        self.sheet = sheet

    @property
    def parent(self) -> "Sheet":
        """The sheet."""
        return self.sheet

    @property
    def api(self) -> Any:
        """The sheet of the document."""
        return self.sheet.api

    def _all(self) -> list[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __contains__(self, name: str) -> bool:
        return any(each.name == name for each in self._all())

    def __call__(self, name_or_index: int | str) -> Any:
        found = self._all()
        if isinstance(name_or_index, int):
            return found[name_or_index - 1]
        for each in found:
            if each.name.casefold() == name_or_index.casefold():
                return each
        raise KeyError(name_or_index)

    def _free(self, form: str, taken: Callable[[str], bool]) -> str:
        return next(name for n in count(1) if not taken(name := form.format(n)))


class Tables(_Collection, base_classes.Tables):
    """The tables of a sheet: Calc calls them database ranges."""

    def _all(self) -> list["Table"]:
        held, place = self.sheet.book.doc.DatabaseRanges, self.sheet.index - 1
        return [Table(self.sheet, name) for name in held.ElementNames if held.getByName(name).DataArea.Sheet == place]

    def add(self, source_type: Any = None, source: Any = None, link_source: Any = None, has_headers: Any = None, destination: Any = None,
            table_style_name: Any = None, name: str | None = None) -> "Table":  # fmt: skip
        """Make a range a table."""
        if has_headers is False:
            raise NotImplementedError("Tables.add without headers")
        held = self.sheet.book.doc.DatabaseRanges
        new = name or self._free("Table{}", held.hasByName)
        cells = getattr(source, "impl", source)
        held.addNewByName(new, cells._writable().RangeAddress)
        made = held.getByName(new)
        made.ContainsHeader, made.AutoFilter = True, True
        return Table(self.sheet, new)


def _flag(theirs: str, said: str) -> property:
    """A setting that is on or off, as UNO calls it."""
    return property(lambda self: bool(getattr(self.api, theirs)), lambda self, on: setattr(self.api, theirs, bool(on)), doc=said)


class Table(base_classes.Table):
    """A table."""

    def __init__(self, sheet: "Sheet", name: str) -> None:
        self.sheet, self._name = sheet, name

    @property
    def api(self) -> Any:
        """The database range."""
        return self.sheet.book.doc.DatabaseRanges.getByName(self._name)

    @property
    def parent(self) -> "Sheet":
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self.api.setName(name)
        self._name = name

    display_name = name

    @property
    def range(self) -> "Range":
        """All its cells, header and totals too."""
        return self.sheet.range(span(self.api.DataArea))

    def _part(self, skipped: int, rows: int) -> "Range | None":
        row, column, _, columns = self.range.coords
        return self.sheet.range((row + skipped, column, rows, columns)) if rows > 0 else None

    @property
    def header_row_range(self) -> "Range | None":
        """The header."""
        return self._part(0, 1) if self.show_headers else None

    @property
    def data_body_range(self) -> "Range | None":
        """The rows between header and totals."""
        return self._part(int(self.show_headers), self.range.shape[0] - self.show_headers - self.show_totals)

    @property
    def totals_row_range(self) -> "Range | None":
        """The totals."""
        return self._part(self.range.shape[0] - 1, 1) if self.show_totals else None

    insert_row_range = None
    table_style = None

    show_headers = _flag("ContainsHeader", "Whether its first row is a header.")
    show_totals = _flag("TotalsRow", "Whether its last row holds totals.")
    show_autofilter = _flag("AutoFilter", "Whether its header offers filters.")

    def resize(self, range: Any) -> None:
        """Let it cover other cells."""
        self.api.setDataArea(getattr(range, "impl", range)._writable().RangeAddress)


class _Placed:
    """Something that lies on a sheet: its place and size in points."""

    _shape: Any

    left = property(lambda self: self._shape.Position.X / MM, lambda self, points: self._move(X=points))
    top = property(lambda self: self._shape.Position.Y / MM, lambda self, points: self._move(Y=points))
    width = property(lambda self: self._shape.Size.Width / MM, lambda self, points: self._stretch(Width=points))
    height = property(lambda self: self._shape.Size.Height / MM, lambda self, points: self._stretch(Height=points))

    def _move(self, **to: float) -> None:
        place = self._shape.Position
        for key, points in to.items():
            setattr(place, key, round(points * MM))
        self._shape.setPosition(place)

    def _stretch(self, **to: float) -> None:
        size = self._shape.Size
        for key, points in to.items():
            setattr(size, key, round(points * MM))
        self._shape.setSize(size)


def _shapes(sheet: "Sheet", service: str) -> Iterator[Any]:
    page = sheet.api.DrawPage
    for n in range(page.Count):
        shape = page.getByIndex(n)
        if shape.supportsService(f"com.sun.star.drawing.{service}"):
            yield shape


#: Kinds of charts → Calc's diagram, and what must be set of it.
_DIAGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "column_clustered": ("BarDiagram", {}), "column_stacked": ("BarDiagram", {"Stacked": True}), "column_stacked_100": ("BarDiagram", {"Percent": True}),
    "bar_clustered": ("BarDiagram", {"Vertical": True}), "bar_stacked": ("BarDiagram", {"Vertical": True, "Stacked": True}),
    "line": ("LineDiagram", {"SymbolType": -3}), "line_markers": ("LineDiagram", {"SymbolType": -1}), "area": ("AreaDiagram", {}),
    "area_stacked": ("AreaDiagram", {"Stacked": True}), "pie": ("PieDiagram", {}), "doughnut": ("DonutDiagram", {}), "radar": ("NetDiagram", {"SymbolType": -3}),
    "radar_markers": ("NetDiagram", {"SymbolType": -1}), "radar_filled": ("FilledNetDiagram", {}), "xy_scatter": ("XYDiagram", {"Lines": False}),
    "xy_scatter_lines": ("XYDiagram", {"Lines": True}),
}  # fmt: skip


class Charts(_Collection, base_classes.Charts):
    """The charts of a sheet."""

    def _all(self) -> list["Chart"]:
        return [Chart(self.sheet, name) for name in self.api.Charts.ElementNames]

    def add(self, left: float, top: float, width: float, height: float, chart_type: str | None = None, source: Any = None, plot_by: str | None = None,
            name: str | None = None, anchor: Any = None, style: Any = None) -> "Chart":  # fmt: skip
        """Put a chart on the sheet."""
        if anchor is not None:
            left, top = anchor.left, anchor.top
        box = bridge.struct("awt.Rectangle", **{key: round(points * MM) for key, points in (("X", left), ("Y", top), ("Width", width), ("Height", height))})
        charts = self.api.Charts
        new = name or self._free("Chart {}", charts.hasByName)
        charts.addNewByName(new, box, (), True, True)
        made = Chart(self.sheet, new)
        if source is not None:
            made.set_source_data(source, plot_by)
        if chart_type is not None:
            made.chart_type = chart_type
        return made


class Chart(_Placed, base_classes.Chart):
    """A chart."""

    def __init__(self, sheet: "Sheet", name: str) -> None:
        self.sheet, self._name = sheet, name

    @property
    def api(self) -> Any:
        """The chart of the sheet."""
        return self.sheet.api.Charts.getByName(self._name)

    @property
    def _shape(self) -> Any:
        for _ in range(20):  # while the office draws a page, a walk over its shapes may miss one
            if (shape := next((s for s in _shapes(self.sheet, "OLE2Shape") if s.PersistName == self._name), None)) is not None:
                return shape
            time.sleep(0.05)
        raise KeyError(self._name)

    @property
    def parent(self) -> "Sheet":
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        raise NotImplementedError("Chart.name cannot be changed in Calc: give it to Charts.add")

    def set_source_data(self, rng: Any, plot_by: str | None = None) -> None:
        """The cells it shows, headers included."""
        if plot_by == "rows":
            raise NotImplementedError("Chart.set_source_data by rows")
        self.api.setRanges((getattr(rng, "impl", rng).address_struct,))

    @property
    def chart_type(self) -> str:
        """The kind of chart."""
        diagram = self.api.EmbeddedObject.Diagram
        kind = diagram.getDiagramType().rpartition(".")[2]
        alike = [name for name, (service, said) in _DIAGRAMS.items() if service == kind and all(getattr(diagram, k, v) == v for k, v in said.items())]
        return max(alike, key=lambda name: len(_DIAGRAMS[name][1]), default="combination")

    @chart_type.setter
    def chart_type(self, kind: str) -> None:
        if kind not in _DIAGRAMS:
            raise NotImplementedError(f"Chart.chart_type = {kind}")
        service, said = _DIAGRAMS[kind]
        chart = self.api.EmbeddedObject
        diagram = chart.createInstance(f"com.sun.star.chart.{service}")
        chart.setDiagram(diagram)
        for key, setting in said.items():
            setattr(chart.Diagram, key, setting)

    @property
    def title(self) -> str | None:
        """What stands above it."""
        chart = self.api.EmbeddedObject
        return str(chart.Title.String) if chart.HasMainTitle else None

    @title.setter
    def title(self, title: str | None) -> None:
        chart = self.api.EmbeddedObject
        chart.HasMainTitle = bool(title)
        if title:
            chart.Title.String = title

    def delete(self) -> None:
        """Take it off the sheet."""
        self.sheet.api.Charts.removeByName(self._name)

    def to_png(self, path: str) -> None:
        """Draw it into a picture."""
        out = self.sheet.book.app.service("drawing.GraphicExportFilter")
        out.setSourceDocument(self._shape)
        out.filter((bridge.value("URL", Path(path).resolve().as_uri()), bridge.value("MediaType", "image/png")))


class Pictures(_Collection, base_classes.Pictures):
    """The pictures on a sheet."""

    def _all(self) -> list["Picture"]:
        return [Picture(self.sheet, shape) for shape in _shapes(self.sheet, "GraphicObjectShape")]

    def add(self, filename: str, link_to_file: bool, save_with_document: bool, left: float | None, top: float | None, width: float, height: float,
            anchor: Any = None) -> "Picture":  # fmt: skip
        """Put a picture on the sheet, at its own size where none is named (-1)."""
        if link_to_file:
            raise NotImplementedError("Pictures.add linked to a file")
        provider = self.sheet.book.app.service("graphic.GraphicProvider")
        graphic = provider.queryGraphic((bridge.value("URL", Path(filename).resolve().as_uri()),))
        if graphic is None:
            raise ValueError(f"{filename} is no picture that Calc can read")
        shape = self.sheet.book.doc.createInstance("com.sun.star.drawing.GraphicObjectShape")
        taken = {picture.name for picture in self._all()}
        self.api.DrawPage.add(shape)
        shape.Graphic, shape.Name = graphic, self._free("Picture {}", taken.__contains__)
        made = Picture(self.sheet, shape)
        own = graphic.SizePixel
        made._move(X=anchor.left if anchor else left or 0, Y=anchor.top if anchor else top or 0)
        made._stretch(Width=own.Width * 0.75 if width < 0 else width, Height=own.Height * 0.75 if height < 0 else height)
        return made


class Picture(_Placed, base_classes.Picture):
    """A picture."""

    def __init__(self, sheet: "Sheet", shape: Any) -> None:
        self.sheet, self._shape = sheet, shape

    @property
    def api(self) -> Any:
        """The shape on the sheet."""
        return self._shape

    @property
    def parent(self) -> "Sheet":
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._shape.Name)

    @name.setter
    def name(self, name: str) -> None:
        self._shape.Name = name

    lock_aspect_ratio = False

    def _stretch(self, **to: float) -> None:
        size = self._shape.Size
        if self.lock_aspect_ratio and len(to) == 1 and size.Width and size.Height:
            grown = to["Width"] * MM / size.Width if "Width" in to else to["Height"] * MM / size.Height
            to = {"Width": size.Width * grown / MM, "Height": size.Height * grown / MM}
        super()._stretch(**to)

    def delete(self) -> None:
        """Take it off the sheet."""
        self.sheet.api.DrawPage.remove(self._shape)
