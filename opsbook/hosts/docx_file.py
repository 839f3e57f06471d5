"""A filled form as a Word document: its cells become a table of the same widths, merges, colours and borders."""

import io
from typing import Any


class NoDocx(RuntimeError):  # noqa: N818  (what is missing, not what went wrong)
    """The extra that writes Word documents is not installed; the sentence says so in both languages."""


def as_docx(data: bytes) -> bytes:
    """A filled form (xlsx bytes) as docx; charts stay in the workbook and the PDF. :class:`NoDocx` without the extra."""
    try:
        from docx import Document
        from docx.shared import Emu
    except ImportError:
        raise NoDocx('Word documents want the extra: pip install "opsbook[docs]", or ask for .xlsx. 生成 Word 文档需安装 opsbook[docs]，或改用 .xlsx。') from None
    from openpyxl import load_workbook

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Emu(7560310), Emu(10692130)  # A4
    section.left_margin = section.right_margin = Emu(540000)
    section.top_margin = section.bottom_margin = Emu(600000)
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        _table(document, sheet, section.page_width - section.left_margin - section.right_margin)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _table(document: Any, sheet: Any, across: int) -> None:
    from docx.shared import Emu, Pt

    from opsbook.hosts.form_file import _letter

    widths = [sheet.column_dimensions[_letter(sheet, n)].width or 8.43 for n in range(1, sheet.max_column + 1)]
    rows = [n for n in range(1, sheet.max_row + 1) if any(c.value is not None or c.border.top.style or c.border.bottom.style for c in sheet[n])]
    table = document.add_table(rows=len(rows), cols=sheet.max_column)
    table.autofit = False
    merged = {(r.min_row, r.min_col): r for r in sheet.merged_cells.ranges}
    covered = {(row, column) for r in sheet.merged_cells.ranges for row in range(r.min_row, r.max_row + 1) for column in range(r.min_col, r.max_col + 1)} - set(merged)
    for at, number in enumerate(rows):
        height = sheet.row_dimensions[number].height
        if height:
            table.rows[at].height = Pt(height)
        cells = table.rows[at].cells
        for column in range(1, sheet.max_column + 1):
            cells[column - 1].width = Emu(round(across * widths[column - 1] / sum(widths)))
            if (number, column) in covered:
                continue
            span = merged.get((number, column))
            place = cells[column - 1].merge(cells[span.max_col - 1]) if span else cells[column - 1]
            _written(place, sheet.cell(number, column))


def _written(place: Any, cell: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    paragraph = place.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.alignment = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}.get(cell.alignment.horizontal, WD_ALIGN_PARAGRAPH.LEFT)
    run = paragraph.add_run(shown(cell))
    run.bold, run.font.size, run.font.name = cell.font.b, Pt(cell.font.sz or 10), cell.font.name
    run._element.rPr.rFonts.set(qn("w:eastAsia"), cell.font.name)
    if cell.font.color is not None and isinstance(cell.font.color.rgb, str):
        run.font.color.rgb = RGBColor.from_string(cell.font.color.rgb[-6:])
    properties = place._tc.get_or_add_tcPr()
    if cell.fill.fill_type == "solid":
        properties.append(_element("w:shd", val="clear", color="auto", fill=cell.fill.fgColor.rgb[-6:]))
    borders = _element("w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        if getattr(cell.border, side).style:
            borders.append(_element(f"w:{side}", val="single", sz="4", color="B4BEC9"))
    properties.append(borders)


def _element(name: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def shown(cell: Any) -> str:
    """A cell's value as its number format shows it, as far as forms use formats."""
    value, code = cell.value, cell.number_format
    if value is None:
        return ""
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M" if "h" in code else "%Y-%m-%d"))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "%" in code:
            return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"
        if "0.00" in code:
            return f"{value:,.2f}"
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)
