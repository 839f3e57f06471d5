"""Boards, drawn by XlsxWriter: cells, tables, native charts, sparklines and colours that follow the values."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from opsbook.grammar.board import Board, Colour, Formula, Graph, Jump, Look, Put, Series, Shade, quoted
from opsbook.grammar.finding import letters
from opsbook.grammar.text import literal

FONT = "Microsoft YaHei"  # with Windows and Office for Mac; elsewhere the next CJK sans serif
SHADES: dict[Colour, str] = {
    "ink": "#1F2933", "muted": "#6B7785", "rule": "#D5DCE4", "tile": "#F4F6F9", "navy": "#1F3A5F", "blue": "#2F6DB5", "sky": "#8FB3DC",
    "pale": "#BBD1EA", "plan": "#B4BEC9", "red": "#C0392B", "amber": "#B7791F", "green": "#2E7D5B", "white": "#FFFFFF",
    "very_low": "#DFF2E8", "low": "#EAF3D8", "medium": "#FDF1D8", "high": "#F8D3B8", "very_high": "#E8958C",
}  # fmt: skip
_LINES = {"thin": 1, "dotted": 4, "thick": 2}
_AXIS = {"num_font": {"name": FONT, "size": 8, "color": SHADES["muted"]}, "line": {"color": SHADES["rule"]}, "major_tick_mark": "none", "minor_tick_mark": "none"}
_GRID = {"visible": True, "line": {"color": "#E8ECF1", "width": 0.5}}
_SMALL = {"name": FONT, "size": 8, "color": SHADES["ink"]}

Style = Callable[..., Any]


class BoardDrawing:
    """Draws one board into a worksheet; ``style`` gives one format object for each set of properties."""

    def __init__(self, book: Any, style: Style, board: Board, sheet: Any) -> None:
        self.book, self.style, self.board, self.sheet = book, style, board, sheet
        self._formats: dict[Look, Any] = {}

    def draw(self) -> None:
        """Draw everything the board holds."""
        board, sheet = self.board, self.sheet
        sheet.set_tab_color(SHADES["navy"])
        sheet.hide_gridlines(2)
        if board.hidden:
            sheet.very_hidden()
        for column, pixels in board.widths.items():
            sheet.set_column_pixels(column, column, pixels or None, None, {"hidden": not pixels})
        for row, pixels in board.heights.items():
            sheet.set_row_pixels(row, pixels)
        for grid in board.grids:
            self._grid(grid)
        for put in board.puts:
            self._put(put)
        for shade in board.shades:
            self._shade(shade)
        for spark in board.sparks:
            sheet.add_sparkline(spark.row, spark.column, {
                "range": str(spark.over), "series_color": SHADES["blue"], "last_point": True, "last_color": SHADES[spark.last], "weight": 1.25,
            })  # fmt: skip
        for (row, column), source in board.choices.items():
            sheet.data_validation(row, column, row, column, {"validate": "list", "source": f"={source}"})
        for name, area in board.names.items():
            self.book.define_name(name, f"={area}")
        for graph in board.graphs:
            chart = self._graph(graph)
            sheet.insert_chart(graph.row, graph.column, chart,
                               {"x_offset": graph.left, "y_offset": graph.top, "object_position": 2, "description": graph.said})  # fmt: skip
        self._print()

    # ----------------------------------------------------------------------------------------------- cells

    def _look(self, look: Look) -> Any:
        if look not in self._formats:
            self._formats[look] = self._format(look)
        return self._formats[look]

    def _format(self, look: Look) -> Any:
        said: dict[str, Any] = {"font_size": look.size, "font_color": SHADES[look.colour], "num_format": look.number_format, "align": look.align}
        if look.bold:
            said["bold"] = True
        if look.wrap:
            said["text_wrap"] = True
        if look.indent:
            said["indent"] = look.indent
        if look.fill != "none":
            said["bg_color"] = SHADES[look.fill]
        if look.line:
            said |= {"bottom": _LINES[look.line], "bottom_color": SHADES["navy" if look.line == "thick" else "rule"]}
        if look.edge != "none":
            said |= {"left": 5, "left_color": SHADES[look.edge]}
        if look.box:
            said |= {"border": 2, "border_color": "#FFFFFF"}
        return self.style(**said)

    def _put(self, put: Put) -> None:
        look = self._look(put.look)
        if put.wide > 1 or put.tall > 1:
            self.sheet.merge_range(put.row, put.column, put.row + put.tall - 1, put.column + put.wide - 1, "", look)
        self._write(put.row, put.column, put.value, look)

    def _write(self, row: int, column: int, value: Any, look: Any) -> None:
        sheet = self.sheet
        match value:
            case None:
                sheet.write_blank(row, column, None, look)
            case Jump():
                sheet.write_formula(row, column, jump(value), look, value.text)
            case Formula(formula=formula, result=result):
                sheet.write_formula(row, column, formula, look, result)
            case bool():
                sheet.write_boolean(row, column, value, look)
            case int() | float():
                sheet.write_number(row, column, value, look)
            case date():
                moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
                sheet.write_datetime(row, column, moment, look)
            case _:
                sheet.write_string(row, column, str(value)[:32767], look)

    def _grid(self, grid: Any) -> None:
        columns: list[dict[str, Any]] = [{"header": header} for header in grid.headers]
        for place, total in grid.totals.items():
            columns[place] |= {"total_function": "sum", "total_value": total}
        if grid.totals:
            columns[0] |= {"total_string": grid.total_said}
        last = grid.row + max(grid.lines, 1) + bool(grid.totals)
        self.sheet.add_table(grid.row, grid.column, last, grid.column + len(columns) - 1,
                             {"name": grid.name, "style": None, "banded_rows": False, "autofilter": grid.lines > 8,
                              "total_row": bool(grid.totals), "columns": columns})  # fmt: skip

    def _shade(self, shade: Shade) -> None:
        area = shade.area
        where = area.row, area.column, area.last_row, area.last_column
        if shade.most is not None:
            self.sheet.conditional_format(*where, {
                "type": "data_bar", "bar_color": SHADES[shade.colour], "bar_solid": True, "min_type": "num", "min_value": 0, "max_type": "num",
                "max_value": shade.most, "data_bar_2010": True, "bar_no_border": True,
            })  # fmt: skip
            return
        look: dict[str, Any] = {"font_color": SHADES[shade.colour]}
        if shade.fill != "none":
            look["bg_color"] = SHADES[shade.fill]
        if shade.number_format:
            look["num_format"] = shade.number_format
        self.sheet.conditional_format(*where, {"type": "formula", "criteria": f"={shade.formula}", "format": self.book.add_format(look)})

    # ----------------------------------------------------------------------------------------------- charts

    def _graph(self, graph: Graph) -> Any:
        kind, subtype = {"stacked": ("column", "stacked"), "area": ("area", "stacked"), "scatter": ("scatter", None), "radar": ("radar", "with_markers")}.get(
            graph.form, (graph.form, None))  # fmt: skip
        main = self.book.add_chart({"type": kind} | ({"subtype": subtype} if subtype else {}))
        beside = None
        for series in graph.series:
            into = main
            if series.form and series.form != kind:
                into = beside = beside or self.book.add_chart({"type": series.form})
            into.add_series(_series(series, series.form or kind, graph))
        if beside is not None:
            main.combine(beside)
        self._dress(main, graph)
        if beside is not None and any(s.second for s in graph.series):
            beside.set_y2_axis({**_AXIS, "num_format": graph.second_format, "major_gridlines": {"visible": False}, "line": {"none": True}, "min": 0})
        return main

    def _dress(self, chart: Any, graph: Graph) -> None:
        chart.set_size({"width": graph.width, "height": graph.height})
        chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
        chart.set_plotarea({"fill": {"none": True}} | ({"layout": {"x": 0.01, "y": 0.02, "width": 0.98, "height": 0.96}} if graph.bare else {}))
        chart.show_blanks_as("span")  # said outright: a chart that does not say counts blanks as zero in some programs
        chart.show_hidden_data()
        if graph.title:
            chart.set_title({"name": graph.title, "name_font": {"name": FONT, "size": 9, "bold": True, "color": SHADES["navy"]}, "overlay": False})
        else:
            chart.set_title({"none": True})
        hidden = [n for n, s in enumerate(graph.series) if s.invisible]
        if graph.legend and not graph.bare:
            chart.set_legend({"position": "top", "font": _SMALL} | ({"delete_series": hidden} if hidden else {}))
        else:
            chart.set_legend({"none": True})
        bounds = {k: v for k, v in (("min", graph.least), ("max", graph.most)) if v is not None}
        values: dict[str, Any] = {**_AXIS, "major_gridlines": _GRID, "line": {"none": True}, "num_format": graph.number_format, **bounds}
        across: dict[str, Any] = {**_AXIS, "label_position": "low"}
        if graph.form == "bar":
            across |= {"reverse": True, "line": {"none": True}, "num_font": _SMALL}
        if graph.form == "radar":
            values = {"major_gridlines": _GRID, "num_font": {"name": FONT, "size": 7, "color": SHADES["muted"]}, **bounds}
            across = {"num_font": _SMALL}
        if graph.bare or not graph.axis:
            values |= {"visible": False, "major_gridlines": {"visible": False}}
        if graph.bare:
            across |= {"visible": False}
        if graph.form == "scatter":
            across = {**values}
        chart.set_x_axis(values if graph.form == "bar" else across)
        chart.set_y_axis(across if graph.form == "bar" else values)

    def _print(self) -> None:
        sheet, board = self.sheet, self.board
        sheet.set_paper(9)
        if board.landscape:
            sheet.set_landscape()
        sheet.set_margins(0.35, 0.35, 0.35, 0.5)
        sheet.set_footer(f"&L&8&K{SHADES['muted'][1:]}&F · &A&R&8&K{SHADES['muted'][1:]}&P / &N")
        sheet.fit_to_pages(1, 1 if board.one_page else 0)
        sheet.set_h_pagebreaks(board.breaks)
        row, column = board.extent
        for graph in board.graphs:  # the print area ends where the last chart does
            row = max(row, graph.row + -(-graph.height // 20))
            column = max(column, board.last_column(graph))
        if not board.hidden:
            sheet.print_area(0, 0, row, column if board.printed is None else board.printed)
        if board.again is not None:
            sheet.repeat_rows(board.again)
        if board.closed:
            sheet.hide_row_col_headers()
            sheet.center_horizontally()
        if board.frozen != (0, 0):
            sheet.freeze_panes(*board.frozen)
        sheet.set_selection(0, 0, 0, 0)


def _series(series: Series, form: str, graph: Graph) -> dict[str, Any]:
    colour = SHADES[series.colour]
    said: dict[str, Any] = {"name": f"={series.named}" if series.named else series.name, "categories": f"={series.categories}", "values": f"={series.values}"}
    if series.second:
        said["y2_axis"] = True
    match form:
        case "line":
            said |= {"line": {"color": colour, "width": series.width, "dash_type": "dash" if series.dashed else "solid"}}
        case "radar":
            said |= {"line": {"color": colour, "width": 2}, "marker": {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}}
        case "scatter":
            said |= {"marker": {"type": "circle", "size": 7, "fill": {"color": colour, "transparency": 25}, "border": {"color": "#FFFFFF"}}}
        case _:
            fill = {"none": True} if series.invisible else {"color": "#FFFFFF"} if series.outline else {"color": colour}
            border = {"none": True} if series.invisible else {"color": "#8794A3", "width": 1} if series.outline else {"color": "#FFFFFF", "width": 0.5}
            said |= {"fill": fill, "border": {"none": True} if form == "area" else border}
            if graph.form in ("bar", "column"):
                said |= {"gap": 45, "overlap": 0}
            if graph.form == "stacked":
                said |= {"gap": 45}
    if series.invisible and form == "line":
        said["line"] = {"none": True}
    if series.labels:
        font = {"name": FONT, "size": 8, "color": SHADES["ink"]}
        said["data_labels"] = {"value": True, "font": font, "custom": [
            {"value": text, "font": font | {"color": SHADES[series.shades.get(n, "ink")]}} if text else {"delete": True} for n, text in enumerate(series.labels)
        ]}  # fmt: skip
        if graph.form == "bar":
            said["data_labels"]["position"] = "outside_end"
        if form == "line":
            said["data_labels"]["position"] = "above"
    if series.shades:
        size = series.values.last_row - series.values.row + 1
        said["points"] = [{"fill": {"color": SHADES[series.shades[n]]}} if n in series.shades else None for n in range(size)]
    return said


def jump(link: Jump) -> str:
    """The formula that leads to a record wherever its row is now, and to its former place if it is gone."""
    sheet = quoted(link.to)
    to, keys = letters(link.column + 1), letters(link.keys + 1)
    record = re.sub("([~*?])", r"~\1", link.record)  # MATCH takes these for wild cards
    found = f"IFERROR(MATCH({literal(record)},{sheet}!${keys}:${keys},0),{link.row + 1})" if record and len(record) <= 255 else str(link.row + 1)
    return f"=HYPERLINK({literal(f'#{sheet}!{to}')}&{found},{literal(link.text[:255])})"
