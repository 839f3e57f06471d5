"""Filling a form's template: openpyxl puts values where the cells name them, repeats the lines of tables, and draws the charts."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from opsbook.grammar.form import Form, Lines, Paragraphs, Picture
from opsbook.grammar.text import Lang, did_you_mean

_PLACE = re.compile(r"\{\{\s*([\w.:-]+)\s*\}\}")
GENERAL = ("org_name", "status_date")  # what every form may name


class TemplateFault(ValueError):  # noqa: N818  (a verdict about a template)
    """A template that asks for what the form does not have; the sentence names it, in both languages."""


def filled(data: bytes, form: Form, values: Mapping[str, Any], lang: Lang) -> bytes:
    """A template's bytes with its places filled; its looks, widths, headers and footers stay as they are in it."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data))
    known = {*GENERAL, *form.fields(), *(p.name for p in form.parts if isinstance(p, Paragraphs)), *(f"chart:{p.name}" for p in form.parts if isinstance(p, Picture))}
    for sheet in book.worksheets:
        _checked(sheet, known)
        spans = _lines_filled(sheet, form, values)
        _charts_drawn(sheet, form, spans, lang)
        for cell in _cells(sheet):
            _put(cell, _value(str(cell.value), values))
        sheet.print_area = sheet.dimensions
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cells(sheet: Any) -> Iterator[Any]:
    for row in sheet.iter_rows():
        yield from (cell for cell in row if isinstance(cell.value, str) and _PLACE.search(cell.value))


def _checked(sheet: Any, known: set[str]) -> None:
    for cell in _cells(sheet):
        for name in _PLACE.findall(cell.value):
            if name not in known:
                hint = did_you_mean(name, known)
                raise TemplateFault(f"the template asks for {{{{{name}}}}} at {sheet.title}!{cell.coordinate}, which this document does not have.{hint.en} "
                                    f"模板 {sheet.title}!{cell.coordinate} 中的 {name} 不存在。{hint.zh}")  # fmt: skip


def _value(said: str, values: Mapping[str, Any]) -> Any:
    """What a cell becomes: a value of its own kind where the place stands alone, else text."""
    whole = _PLACE.fullmatch(said.strip())
    if whole:
        return values.get(whole[1])
    return _PLACE.sub(lambda m: "" if (v := values.get(m[1])) is None else str(v), said)


def _put(cell: Any, value: Any) -> None:
    """Write a value; a text stays a text, whatever it begins with."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


# ------------------------------------------------------------------------------------------------- lines


def _lines_filled(sheet: Any, form: Form, values: Mapping[str, Any]) -> dict[str, tuple[int, int, dict[str, int]]]:
    """Repeat each row that names a table's columns; table → its first and last row, and the column of each name."""
    found: dict[str, tuple[int, int, dict[str, int]]] = {}
    lists = [p.name for p in form.parts if isinstance(p, (Lines, Paragraphs))]
    row = 1
    while row <= sheet.max_row:
        names = {name: cell.column for cell in sheet[row] if isinstance(cell.value, str) for name in _PLACE.findall(cell.value)}
        name = next((n.partition(".")[0] for n in names if n.partition(".")[0] in lists), None)
        if name is None:
            row += 1
            continue
        lines: Sequence[Any] = values.get(name) or []
        wanted = max(len(lines), 1)
        _opened(sheet, row, wanted - 1)
        pattern = [cell.value for cell in sheet[row]]
        for number in range(wanted):
            line = lines[number] if number < len(lines) else {}
            said = {f"{name}.{k}": v for k, v in line.items()} if isinstance(line, Mapping) else {name: line}
            for cell, place in zip(sheet[row + number], pattern, strict=True):
                if isinstance(place, str) and _PLACE.search(place):
                    _put(cell, _value(place, {**values, **said} if said else {}))
            _fitted(sheet, row + number)
        found[name] = row, row + wanted - 1, {n.partition(".")[2]: c for n, c in names.items()}
        row += wanted
    return found


def _opened(sheet: Any, row: int, count: int) -> None:
    """Make room for more rows below one, each like it: cells, merges and heights below move down."""
    if count <= 0:
        return
    merged = list(sheet.merged_cells.ranges)
    own = [r for r in merged if r.min_row == r.max_row == row]
    below = [r for r in merged if r.min_row > row]
    for r in below:
        sheet.merged_cells.remove(r)
    last, right = sheet.max_row, sheet.max_column
    heights = {n: sheet.row_dimensions[n].height for n in range(row, last + 1)}
    if last > row:
        sheet.move_range(f"A{row + 1}:{sheet.cell(last, right).coordinate}", rows=count)
    for n in range(last, row, -1):
        sheet.row_dimensions[n + count].height = heights[n]
    for r in below:
        r.shift(row_shift=count)
        sheet.merged_cells.add(r)
    for number in range(1, count + 1):
        sheet.row_dimensions[row + number].height = heights[row]
        for column in range(1, right + 1):
            sheet.cell(row + number, column)._style = copy(sheet.cell(row, column)._style)
        for r in own:
            sheet.merge_cells(start_row=row + number, end_row=row + number, start_column=r.min_col, end_column=r.max_col)


def _fitted(sheet: Any, row: int) -> None:
    """A height that shows the longest text of a row whole."""
    spans = {r.min_col: (r.max_col, r.max_row) for r in sheet.merged_cells.ranges if r.min_row == row}
    lines = 1.0
    for cell in sheet[row]:
        if isinstance(cell.value, str) and cell.value:
            last = spans.get(cell.column, (cell.column, row))[0]
            wide = sum(sheet.column_dimensions[_letter(sheet, n)].width or 8.43 for n in range(cell.column, last + 1))
            needed = sum(1.9 if ord(c) > 0x2E7F else 1.0 for c in cell.value)
            lines = max(lines, -(-needed // max(wide - 1, 1)))
    least = sheet.row_dimensions[row].height or 18
    sheet.row_dimensions[row].height = max(least, 14 * lines + 5)


def _letter(sheet: Any, number: int) -> str:
    """The letter under which openpyxl keeps a column's width: columns alike are one group, named by its first."""
    from openpyxl.utils import get_column_letter

    for letter, dimension in sheet.column_dimensions.items():
        if dimension.min is not None and dimension.min <= number <= (dimension.max or dimension.min):
            return str(letter)
    return str(get_column_letter(number))


# ------------------------------------------------------------------------------------------------- charts


def _charts_drawn(sheet: Any, form: Form, spans: Mapping[str, tuple[int, int, dict[str, int]]], lang: Lang) -> None:
    from openpyxl.chart import BarChart, LineChart, RadarChart, Reference
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    pictures = {f"chart:{p.name}": p for p in form.parts if isinstance(p, Picture)}
    for cell in list(_cells(sheet)):
        picture = next((pictures[n] for n in _PLACE.findall(cell.value) if n in pictures), None)
        if picture is None:
            continue
        cell.value = None
        span = spans.get(picture.lines)
        if span is None or span[1] < span[0] or picture.x not in span[2]:
            continue
        first, last, columns = span
        chart = {"radar": RadarChart, "column": BarChart, "line": LineChart}[picture.form]()
        if picture.form == "radar":
            chart.type = "filled"
            chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 100
        for name in picture.y:
            if name in columns:
                chart.add_data(Reference(sheet, min_col=columns[name], min_row=first - 1, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(sheet, min_col=columns[picture.x], min_row=first, max_row=last))
        chart.x_axis.delete = chart.y_axis.delete = False
        for series, colour in zip(chart.series, ("1F3A5F", "8FB3DC", "B7791F"), strict=False):
            series.graphicalProperties.solidFill = colour
            series.graphicalProperties.line.solidFill = colour
        chart.title = None
        chart.legend.position = "b" if len(picture.y) > 1 else "r"
        if len(picture.y) == 1:
            chart.legend = None
        chart.width, chart.height = 18.3, 6.7
        chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
        sheet.add_chart(chart, cell.coordinate)
