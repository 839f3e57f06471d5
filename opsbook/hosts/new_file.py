"""A new workbook, drawn by XlsxWriter. Every text leaves as text: nothing a user typed becomes a formula or a link."""

import io
import math
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from opsbook.grammar.board import Board
from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.page import HEADER_ROW, LAST_ROW, Link, Page, PageColumn
from opsbook.grammar.text import Text
from opsbook.hosts import file
from opsbook.hosts.markup import fault, is_xml, legal
from opsbook.hosts.new_board import FONT, BoardDrawing

INK, MUTED, RULE, NAVY, SLATE = "#1F2933", "#6B7785", "#D5DCE4", "#1F3A5F", "#5B6B7D"
INPUT, CALC, BLUE = "#1D4E9E", "#EEF1F5", "#2F6DB5"
RED, RED_FILL, AMBER, AMBER_FILL, GREEN = "#C0392B", "#FBE3E0", "#B7791F", "#FDF1D8", "#2E7D5B"
_TAB = {"register": BLUE, "policy": "#E0A030", "lists": "#B4BEC9", "index": NAVY}
_LEGEND = {"input": INPUT, "computed": MUTED, "required": AMBER, "wrong": RED, "muted": MUTED, "key": INK, "plain": INK}
_CREATED = datetime(2026, 1, 1)  # the same pages give the same bytes
#: Rows below the last record in which dropdowns and hints are offered. Colours and names have no end; of these some programs (ExcelJS) keep one
#: object a cell, and are lost on a whole column. Excel itself takes them along as its table grows.
_OFFERED = 5_000
_PAGE_WIDTH = 190  # characters that an A4 landscape page holds legibly


def draw(pages: Sequence[Page | Board], path: Path) -> None:
    """Draw pages and boards into a new file: written beside, then put in place whole."""
    file.write(path, drawn(pages))


def drawn(pages: Sequence[Page | Board], since_1904: bool = False) -> bytes:
    """The package that holds the pages and boards, in their order; its days are counted from 1904 if asked."""
    package = io.BytesIO()
    _Drawing(package, since_1904).draw(pages)
    return _checked(package)


def streamed(pages: Sequence[Page]) -> bytes:
    """As :func:`drawn`, with rows written as they are read and never held: filters stand in for Excel tables, which want all at once."""
    package = io.BytesIO()
    _Drawing(package, False, streamed=True).draw(pages)
    return _checked(package)


def _checked(package: io.BytesIO) -> bytes:
    """A package whose parts are XML, each; an :class:`UnreadableFile` if one cannot be made so: no file is replaced by it.

    XlsxWriter escapes control characters in the texts of cells, and not in results of formulas, hints, titles and charts.
    """
    with zipfile.ZipFile(package) as made:
        broken = [name for name in made.namelist() if is_xml(name) and fault(made.open(name))]
        if not broken:
            return package.getvalue()
        mended = io.BytesIO()
        with zipfile.ZipFile(mended, "w", zipfile.ZIP_DEFLATED) as out:
            for info in made.infolist():
                data = legal(made.read(info)) if info.filename in broken else made.read(info)
                if info.filename in broken and (wrong := fault(io.BytesIO(data))):
                    name = info.filename
                    raise UnreadableFile("FIL-001", Text(f"the part {name} could not be written as XML ({wrong}): nothing was written. Please report it",
                                                         f"部件 {name} 无法写成 XML（{wrong}），未写入任何文件，请反馈此问题"))  # fmt: skip
                out.writestr(info, data)
    return mended.getvalue()


class _Drawing:
    def __init__(self, package: io.BytesIO, since_1904: bool, *, streamed: bool = False) -> None:
        self.streamed = streamed
        kept = {"constant_memory": True} if streamed else {"in_memory": True}
        plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(package, {**plain, **kept, "date_1904": since_1904})
        self.book.set_properties({"title": "opsbook", "comments": "Made by opsbook", "created": _CREATED})
        self.book.set_size(2400, 1500)
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def draw(self, pages: Sequence[Page | Board]) -> None:
        sheets = [self.book.add_worksheet(page.name) for page in pages]
        for page, sheet in zip(pages, sheets, strict=True):
            if isinstance(page, Board):
                BoardDrawing(self.book, self.style, page, sheet).draw()
            else:
                self._page(page, sheet)
        self.book.close()

    def style(self, **properties: Any) -> Any:
        """One format object for each set of properties."""
        whole = {"font_name": FONT, "font_size": 9, "font_color": INK, "valign": "vcenter", **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(whole)
        return self._formats[key]

    def _page(self, page: Page, sheet: Any) -> None:
        sheet.set_tab_color(_TAB[page.tab])
        sheet.hide_gridlines(2)
        if page.hidden:
            sheet.very_hidden()
        self._head(page, sheet)
        self._columns(page, sheet)
        self._table(page, sheet)
        self._conditions(page, sheet)
        for name, formula in page.names.items():
            self.book.define_name(name, formula)
        for name, (column, first, last) in page.ranges.items():
            letter = xl_col_to_name(column)
            self.book.define_name(name, f"='{page.name}'!${letter}${first}:${letter}${last}")
        sheet.freeze_panes(HEADER_ROW + 1, page.frozen)
        sheet.set_selection(HEADER_ROW + 1, 0, HEADER_ROW + 1, 0)
        self._print(page, sheet)

    def _head(self, page: Page, sheet: Any) -> None:
        for row, height in enumerate((32, 18, 18, 20, 22)):
            sheet.set_row_pixels(row, height, self.style())  # else the columns' own rules would show through
        # beside the columns that every printed page repeats: there it would stand cut on each of them
        at = page.frozen
        sheet.write_string(0, at, page.title, self.style(bold=True, font_size=15, font_color=NAVY))
        sheet.write_string(1, at, page.subtitle, self.style(font_color=MUTED))
        if page.legend:
            pieces: list[Any] = []
            for style, said in page.legend:
                pieces += [self.style(font_size=8, font_color=_LEGEND[style]), said + "     "]
            sheet.write_rich_string(2, at, *pieces, self.style(font_size=8))

    def _columns(self, page: Page, sheet: Any) -> None:
        for number, column in enumerate(page.columns):
            grouped = {"level": 1, "hidden": True} if column.outline else {}
            if not column.outline and number and page.columns[number - 1].outline:
                grouped = {"collapsed": True}
            sheet.set_column(number, number, column.width, self._cell(column), grouped)
            fill = SLATE if column.style == "computed" else NAVY
            look = self.style(font_color="#FFFFFF", bg_color=fill, font_size=8.5, **_aligned(column))
            sheet.write_string(HEADER_ROW - 1, number, column.caption, look)

    def _cell(self, column: PageColumn) -> Any:
        colour = {"input": INPUT, "computed": INK, "key": INK, "plain": INK, "muted": MUTED}[column.style]
        fill = {"bg_color": CALC} if column.style == "computed" else {}
        bold = {"bold": True} if column.style == "key" else {}
        return self.style(num_format=column.number_format, font_color=colour, bottom=1, bottom_color=RULE, text_wrap=column.wrap,
                          **_aligned(column), **fill, **bold)  # fmt: skip

    def _table(self, page: Page, sheet: Any) -> None:
        headers = []
        for column in page.columns:
            fill = SLATE if column.style == "computed" else NAVY
            headers.append({
                "header": column.header, "format": self._cell(column),
                "header_format": self.style(bold=True, font_color="#FFFFFF", bg_color=fill, **_aligned(column)),
            })  # fmt: skip
        last = HEADER_ROW + max(len(page.rows), 1)
        if self.streamed:
            for number, head in enumerate(headers):
                sheet.write_string(HEADER_ROW, number, head["header"], head["header_format"])
            sheet.autofilter(HEADER_ROW, 0, last, len(page.columns) - 1)
        else:
            sheet.add_table(HEADER_ROW, 0, last, len(page.columns) - 1,
                            {"name": page.table, "style": None, "banded_rows": False, "columns": headers})  # fmt: skip
        styles = [self._cell(c) for c in page.columns]
        for number, row in enumerate(page.rows, HEADER_ROW + 1):
            for place, value in enumerate(row):
                if value is not None:
                    self._write(sheet, number, place, value, styles[place])
        textual = [n for n, c in enumerate(page.columns) if c.number_format == "@"]
        if textual:
            end = LAST_ROW if page.endless else last + 1
            spans = " ".join(f"{xl_col_to_name(n)}{HEADER_ROW + 2}:{xl_col_to_name(n)}{end}" for n in textual)
            sheet.ignore_errors({"number_stored_as_text": spans})

    def _write(self, sheet: Any, row: int, column: int, value: Any, style: Any) -> None:
        match value:
            case Link(text=text, to=to):
                link = self.style(font_color=BLUE, underline=1, bottom=1, bottom_color=RULE, bold=True)
                sheet.write_url(row, column, f"internal:'{to}'!A{HEADER_ROW + 2}", link, text)
            case (formula, result):
                sheet.write_formula(row, column, formula, style, result)
            case bool():
                sheet.write_boolean(row, column, value, style)
            case int() | float():
                sheet.write_number(row, column, value, style)
            case date():
                moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
                sheet.write_datetime(row, column, moment, style)
            case _:
                if sheet.write_string(row, column, str(value), style) != 0:
                    raise ValueError(f"a text of {len(str(value))} characters is longer than a cell holds (32,767)")

    def _conditions(self, page: Page, sheet: Any) -> None:
        first, last = HEADER_ROW + 1, LAST_ROW - 1 if page.endless else HEADER_ROW + len(page.rows)
        fills = {
            "required": {"bg_color": AMBER_FILL}, "wrong": {"bg_color": RED_FILL, "font_color": RED},
            "good": {"font_color": GREEN}, "bad": {"font_color": RED}, "warn": {"font_color": AMBER}, "quiet": {"font_color": MUTED},
        }  # fmt: skip
        looks: dict[str, Any] = {}
        for number, column in enumerate(page.columns):
            for highlight in column.highlights:
                look = looks.get(highlight.style) or looks.setdefault(highlight.style, self.book.add_format(fills[highlight.style]))
                sheet.conditional_format(first, number, last, number,
                                         {"type": "formula", "criteria": f"={highlight.formula}", "format": look})  # fmt: skip
            if column.hint or column.validation:
                sheet.data_validation(first, number, min(last, first + len(page.rows) + _OFFERED), number, _options(page, column))

    def _print(self, page: Page, sheet: Any) -> None:
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.set_footer(f"&L&8&K{MUTED[1:]}&F · &A&R&8&K{MUTED[1:]}&P / &N")
        width = sum(c.width for c in page.columns if not c.outline)
        sheet.fit_to_pages(max(1, math.ceil(width / _PAGE_WIDTH)), 0)
        sheet.repeat_rows(HEADER_ROW - 1, HEADER_ROW)
        if page.frozen:
            sheet.repeat_columns(0, page.frozen - 1)
        if page.hidden:  # programs that print hidden sheets print nothing
            sheet.print_area(0, 0, 0, 0)
        elif not page.endless:  # what is typed below a register's last record is printed too
            sheet.print_area(0, 0, HEADER_ROW + max(len(page.rows), 1), len(page.columns) - 1)


def _aligned(column: PageColumn) -> dict[str, Any]:
    """Text keeps a little distance from the figures to its left."""
    return {"align": column.align} | ({"indent": 1} if column.align == "left" and column.style != "key" else {})


def _options(page: Page, column: PageColumn) -> dict[str, Any]:
    options: dict[str, Any] = {"validate": "any"}
    rule = column.validation
    if rule is not None:
        match rule.form:
            case "list":
                options = {"validate": "list", "source": f"={rule.source}"}
                # a reference may be entered before its record: warn; a choice outside its list is never right: stop
                options["error_type"] = "information" if rule.others else "warning" if rule.source.startswith("ref_") else "stop"
            case "custom":
                options = {"validate": "custom", "value": f"={rule.source}", "error_type": "warning"}
            case form:
                name = {"number": "decimal", "whole": "integer", "date": "date", "length": "length"}[form]
                options = {"validate": name, "criteria": "between", "minimum": rule.least, "maximum": rule.most, "error_type": "warning"}
        options["error_title"] = column.header[:32]
        zh = page.lang == "zh"
        said = column.hint[1] if column.hint else ""
        options["error_message"] = (("不符合填写要求。" if zh else "This is not what the column asks for. ") + said)[:255]
    if column.hint:
        options |= {"input_title": column.hint[0], "input_message": column.hint[1] or column.header}
    return options
