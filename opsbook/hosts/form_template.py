"""The shipped template of a form, drawn by XlsxWriter: a printable page of named places that its users may restyle."""

import io
from typing import Any

import xlsxwriter

from opsbook.grammar.form import Field, Fields, Form, Lines, Paragraphs, Picture, Signatures
from opsbook.grammar.kinds import DayKind, Kind
from opsbook.grammar.text import Lang
from opsbook.hosts.new_board import FONT, SHADES
from opsbook.hosts.new_file import _CREATED

ACROSS = 12  # columns of a page
PIXELS = 58  # of each
LINE = 24
CHART_ROWS = 13


def template(form: Form, lang: Lang) -> bytes:
    """A workbook of one sheet whose cells name what belongs into them: ``{{name}}``, ``{{lines.column}}``, ``{{chart:name}}``."""
    package = io.BytesIO()
    book = xlsxwriter.Workbook(package, {"in_memory": True, "strings_to_urls": False})
    book.set_properties({"title": form.title[lang], "created": _CREATED})
    _Page(book, form, lang).draw()
    book.close()
    return package.getvalue()


class _Page:
    def __init__(self, book: Any, form: Form, lang: Lang) -> None:
        self.book, self.form, self.lang = book, form, lang
        self.sheet = book.add_worksheet(form.title[lang][:31])
        self.row = 0

    def style(self, **more: Any) -> Any:
        return self.book.add_format({"font_name": FONT, "font_size": 10, "font_color": SHADES["ink"], "valign": "vcenter", "text_wrap": True, **more})

    def draw(self) -> None:
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.set_column_pixels(0, ACROSS - 1, PIXELS)
        self._line(34)
        self._over(0, ACROSS, self.form.title[self.lang], self.style(bold=True, font_size=18, align="center", font_color=SHADES["navy"]))
        self._line(20)
        self._over(0, ACROSS, self.form.title.other(self.lang), self.style(font_size=9, align="center", font_color=SHADES["muted"]))
        self._line(20)
        quiet = self.style(font_size=9, font_color=SHADES["muted"])
        self._over(0, 7, "{{org_name}}", quiet)
        self._over(7, 5, "{{status_date}}", self.style(font_size=9, font_color=SHADES["muted"], align="right", num_format="yyyy-mm-dd"))
        for part in self.form.parts:
            match part:
                case Fields():
                    self._fields(part)
                case Lines():
                    self._lines(part)
                case Picture():
                    self._picture(part)
                case Paragraphs():
                    self._paragraphs(part)
                case Signatures():
                    self._signatures(part)
        sheet.set_paper(9)
        sheet.set_margins(0.6, 0.6, 0.7, 0.7)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_footer(f"&L&8&K{SHADES['muted'][1:]}opsbook&R&8&K{SHADES['muted'][1:]}&P / &N")
        sheet.print_area(0, 0, self.row - 1, ACROSS - 1)

    def _line(self, pixels: int = LINE) -> None:
        """Begin a new row."""
        self.sheet.set_row_pixels(self.row, pixels)
        self.row += 1

    def _over(self, at: int, wide: int, said: str, look: Any) -> None:
        """Write into the newest row, over some columns."""
        if wide > 1:
            self.sheet.merge_range(self.row - 1, at, self.row - 1, at + wide - 1, "", look)
        self.sheet.write_string(self.row - 1, at, said, look)

    def _title(self, said: str) -> None:
        self._line(10)
        self._line(24)
        self._over(0, ACROSS, said, self.style(bold=True, font_size=11, font_color=SHADES["navy"], bottom=1, bottom_color=SHADES["navy"]))

    def _boxed(self, kind: Kind | None = None, **more: Any) -> Any:
        box = {"border": 1, "border_color": SHADES["plan"]}
        if kind is None:
            return self.style(**box, **more)
        align = "right" if kind.numeric else "center" if isinstance(kind, DayKind) else "left"
        look = {"align": align, "num_format": kind.number_format} | more
        return self.style(**box, **look, **({"indent": 1} if look["align"] == "left" else {}))

    def _fields(self, part: Fields) -> None:
        if part.title:
            self._title(part.title[self.lang])
        else:
            self._line(10)
        waiting: list[Field] = []
        for each in part.fields:
            if each.wide:
                self._pair(waiting)
                waiting = []
                self._line(LINE if each.tall == 1 else 18 * each.tall + 8)
                self._label(0, each)
                top = {"valign": "top"} if each.tall > 1 else {}
                self._over(2, ACROSS - 2, f"{{{{{each.name}}}}}", self._boxed(each.kind, align="left", **top))
            else:
                waiting.append(each)
                if len(waiting) == 2:
                    self._pair(waiting)
                    waiting = []
        self._pair(waiting)

    def _label(self, at: int, each: Field) -> None:
        self._over(at, 2, each.label[self.lang], self._boxed(bg_color=SHADES["tile"], font_color=SHADES["navy"], font_size=9))

    def _pair(self, fields: list[Field]) -> None:
        if not fields:
            return
        self._line()
        for number, each in enumerate(fields):
            self._label(number * 6, each)
            self._over(number * 6 + 2, 4, f"{{{{{each.name}}}}}", self._boxed(each.kind, align="left"))

    def _lines(self, part: Lines) -> None:
        self._title(part.title[self.lang])
        for said in (lambda c: c.label[self.lang], lambda c: f"{{{{{part.name}.{c.name}}}}}"):
            self._line()
            at, is_head = 0, said(part.columns[0]) == part.columns[0].label[self.lang]
            for each, span in zip(part.columns, part.spans, strict=True):
                head = {"bold": True, "bg_color": SHADES["navy"], "font_color": "#FFFFFF", "font_size": 9, "num_format": "General"}
                self._over(at, span, said(each), self._boxed(each.kind, **(head if is_head else {"font_size": 9})))
                at += span

    def _picture(self, part: Picture) -> None:
        self._title(part.title[self.lang])
        for number in range(CHART_ROWS):
            self._line(20)
            if number == 0:
                self.sheet.write_string(self.row - 1, 0, f"{{{{chart:{part.name}}}}}", self.style(font_color=SHADES["muted"]))

    def _paragraphs(self, part: Paragraphs) -> None:
        self._title(part.title[self.lang])
        self._line(36)
        self._over(0, ACROSS, f"{{{{{part.name}}}}}", self.style(align="left"))

    def _signatures(self, part: Signatures) -> None:
        self._line(28)
        each = ACROSS // len(part.labels)
        self._line(28)
        for number, label in enumerate(part.labels):
            colon = "：" if self.lang == "zh" else ":"
            self._over(number * each, each, f"{label[self.lang]}{colon}", self.style(font_size=9, font_color=SHADES["muted"], bottom=1, bottom_color=SHADES["plan"]))
