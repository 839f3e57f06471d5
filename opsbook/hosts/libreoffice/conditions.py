"""Conditions: formats that follow the values of cells."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.bridge import value
from opsbook.hosts.libreoffice.syntax import column_letters, to_calc, to_excel

if TYPE_CHECKING:
    from opsbook.hosts.libreoffice.cells import Range

#: What a rule compares with → the number Calc has for it (com.sun.star.sheet.ConditionFormatOperator).
_OPERATORS = {"equal_to": 0, "less_than": 1, "greater_than": 2, "less_than_or_equal": 3, "greater_than_or_equal": 4, "not_equal_to": 5, "between": 6,
              "not_between": 7}  # fmt: skip
_FORMULA = 24
#: The same as formulas, for a cell and one or two values.
_COMPARED = {0: "{0}={1}", 1: "{0}<{1}", 2: "{0}>{1}", 3: "{0}<={1}", 4: "{0}>={1}", 5: "{0}<>{1}", 6: "AND({0}>={1};{0}<={2})", 7: "OR({0}<{1};{0}>{2})"}


Rule = tuple[int, list[str], str]  # operator, one or two formulas, style


class ConditionalFormats(base_classes.ConditionalFormats):
    """The rules that touch a range, in the order in which Calc tries them."""

    def __init__(self, range_: "Range") -> None:
        self.range = range_

    @property
    def api(self) -> Any:
        """All rules of the sheet."""
        return self.range.sheet.api.ConditionalFormats

    def _all(self) -> list["ConditionalFormat"]:
        own = [self.range.address_struct]
        return [ConditionalFormat(self, held, n) for held, areas in self._formats() if _touch(areas, own) for n in range(held.getCount())]

    def _formats(self) -> list[tuple[Any, Sequence[Any]]]:
        """The formats of the sheet, each with its areas."""
        return [(held, held.Range.RangeAddresses) for held in self.api.getConditionalFormats()]

    def __call__(self, index: int) -> "ConditionalFormat":
        return self._all()[index - 1]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator["ConditionalFormat"]:
        return iter(self._all())

    def add_custom(self, spec: dict[str, Any]) -> "ConditionalFormat":
        """A look where a formula holds."""
        return self._added(spec, _FORMULA, spec["formula"], None)

    def add_cell_value(self, spec: dict[str, Any]) -> "ConditionalFormat":
        """A look where a value compares with others."""
        return self._added(spec, _OPERATORS[spec["operator"]], spec["formula1"], spec["formula2"])

    def _added(self, spec: dict[str, Any], operator: int, first: str, second: str | None) -> "ConditionalFormat":
        """Add a rule that shows at once, and leave the rules that stand in the range; those that were there first are tried first.

        In LibreOffice 7.4 a format made by ``createByRange`` is on no cell until the file is opened again, and one made by the older property
        of a range takes the others off its cells. So the rule joins the formats that are in the range already, and only cells without any get
        a format of their own.
        """
        doc, area = self.range.book.doc, self.range._writable().RangeAddress
        style = _style(self.range.book.app, doc, spec, self.range.api.getCellByPosition(0, 0))
        formulas = [to_calc(said).removeprefix("=") for said in (first, second) if said is not None]
        taken = [(held, areas) for held, areas in self._formats() if _touch(areas, [area])]
        for held, areas in taken:
            held.createEntry(0, 0)  # Calc puts it last, whatever place is named
            ConditionalFormat(self, held, held.getCount() - 1)._set(*_within(doc, area, areas, operator, formulas), style)
        if free := _without(area, [each for _, areas in taken for each in areas]):
            self._attached(free, [(operator, _moved(doc, formulas, _corner(area), _base(free)), style)])
        self.range.book.repaint()
        return self._all()[-1]

    def _attached(self, free: Sequence[Any], rules: Sequence[Rule]) -> None:
        """A new format on cells that have none."""
        cells = self.range.book.doc.createInstance("com.sun.star.sheet.SheetCellRanges")
        for each in free:
            cells.addRangeAddress(each, False)
        known = {each.ID for each in self.api.getConditionalFormats()}
        entries = cells.ConditionalFormat
        for _ in rules:
            entries.addNew((value("Operator", bridge.enum("sheet.ConditionOperator", "FORMULA")), value("Formula1", "FALSE()")))
        cells.ConditionalFormat = entries
        made = next(each for each in self.api.getConditionalFormats() if each.ID not in known)
        for n, rule in enumerate(rules):
            ConditionalFormat(self, made, n)._set(*rule)

    def clear(self) -> None:
        """Take all rules that touch the range away."""
        self.range._allowed()
        for held, areas in self._formats():
            if _touch(areas, [self.range.address_struct]):
                self.api.removeByID(held.ID)


class ConditionalFormat(base_classes.ConditionalFormat):
    """One rule."""

    def __init__(self, parent: ConditionalFormats, held: Any, place: int) -> None:
        self.parent, self.held, self.place = parent, held, place

    @property
    def api(self) -> Any:
        """The rule in the document."""
        return self.held.getByIndex(self.place)

    def _set(self, operator: int, formulas: list[str], style: str) -> None:
        entry = self.api
        entry.Operator = operator
        for name, said in zip(("Formula1", "Formula2"), formulas, strict=False):
            setattr(entry, name, said)
        entry.StyleName = style

    @property
    def type(self) -> str:
        """``custom``, ``cell_value``, or what Calc calls the others."""
        kinds = {0: "cell_value", 1: "color_scale", 2: "data_bar", 3: "icon_set"}
        kind = kinds.get(self.api.getType(), "unknown")
        return "custom" if kind == "cell_value" and self.api.Operator == _FORMULA else kind

    @property
    def operator(self) -> str | None:
        """What a rule about values compares with."""
        return next((k for k, v in _OPERATORS.items() if v == self.api.Operator), None) if self.type == "cell_value" else None

    @property
    def formula(self) -> str | None:
        """The formula of a custom rule."""
        return to_excel("=" + self.api.Formula1) if self.type == "custom" else None

    @property
    def formula1(self) -> str | None:
        """The value that is compared with."""
        return _given(self.api.Formula1) if self.type == "cell_value" else None

    @property
    def formula2(self) -> str | None:
        """The upper one of two values."""
        return _given(self.api.Formula2) if self.type == "cell_value" else None

    stop_if_true = True  # Calc applies the first rule that holds

    def _styled(self, name: str, none: int) -> tuple[int, int, int] | None:
        if self.type not in ("custom", "cell_value"):
            return None
        colour = getattr(self.parent.range.book.doc.StyleFamilies.getByName("CellStyles").getByName(self.api.StyleName), name)
        return None if colour == none else (colour >> 16 & 255, colour >> 8 & 255, colour & 255)

    @property
    def fill_color(self) -> tuple[int, int, int] | None:
        """The fill it gives."""
        return self._styled("CellBackColor", -1)

    @property
    def font_color(self) -> tuple[int, int, int] | None:
        """The colour it gives to texts."""
        return self._styled("CharColor", -1)

    def delete(self) -> None:
        """Take it away."""
        self.parent.range._allowed()
        areas = self.held.Range.RangeAddresses
        others = [self.held.getByIndex(n) for n in range(self.held.getCount()) if n != self.place]
        if any(each.getType() for each in others) or sum(_touch(theirs, areas) for _, theirs in self.parent._formats()) > 1:
            self._set(_FORMULA, ["FALSE()"], self.api.StyleName)  # what stands beside it could not be made anew
            return
        rules = [(each.Operator, [each.Formula1, each.Formula2], each.StyleName) for each in others]
        self.parent.api.removeByID(self.held.ID)  # removeByIndex takes no index that there is (LibreOffice 7.4)
        if rules:
            self.parent._attached(areas, rules)


def _given(said: str) -> str | None:
    """What a rule compares with: a number as it is, all else as a formula."""
    return to_excel(f"={said}") if re.search(r"[^\d.+-]", said) else said or None


def _touch(areas: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether areas of a sheet have a cell in common with others."""
    return any(a.StartRow <= b.EndRow and a.EndRow >= b.StartRow and a.StartColumn <= b.EndColumn and a.EndColumn >= b.StartColumn for a in areas for b in others)


def _corner(area: Any) -> tuple[int, int, int]:
    return area.Sheet, area.StartColumn, area.StartRow


def _base(areas: Sequence[Any]) -> tuple[int, int, int]:
    """The cell that the formulas of a format are written for: sheet, column and row, from 0."""
    return areas[0].Sheet, min(a.StartColumn for a in areas), min(a.StartRow for a in areas)


def _moved(doc: Any, formulas: list[str], source: tuple[int, int, int], target: tuple[int, int, int]) -> list[str]:
    """Formulas written for one cell, as they must be written for another to mean the same."""
    if source == target:
        return formulas
    parser = doc.createInstance("com.sun.star.sheet.FormulaParser")
    at, to = (bridge.struct("table.CellAddress", Sheet=sheet, Column=column, Row=row) for sheet, column, row in (source, target))
    return [str(parser.printFormula(parser.parseFormula(said, at), to)) for said in formulas]


def _within(doc: Any, area: Any, areas: Sequence[Any], operator: int, formulas: list[str]) -> tuple[int, list[str]]:
    """A rule for an area, as it is written in a format that stands on others and may reach beyond it."""
    base = _base(areas)
    formulas = _moved(doc, formulas, _corner(area), base)
    if all(area.StartColumn <= a.StartColumn and a.EndColumn <= area.EndColumn and area.StartRow <= a.StartRow and a.EndRow <= area.EndRow for a in areas):
        return operator, formulas
    if operator != _FORMULA:
        formulas = [_COMPARED[operator].format(f"{column_letters(base[1] + 1)}{base[2] + 1}", *formulas)]
    inside = f"ROW()>={area.StartRow + 1};ROW()<={area.EndRow + 1};COLUMN()>={area.StartColumn + 1};COLUMN()<={area.EndColumn + 1}"
    return _FORMULA, [f"IF(AND({inside});{formulas[0]};FALSE())"]


def _without(area: Any, taken: list[Any]) -> list[Any]:
    """An area without others, as areas."""
    rest = [(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)]
    for a in taken:
        cut = []
        for left, top, right, bottom in rest:
            first, upper, last, lower = max(left, a.StartColumn), max(top, a.StartRow), min(right, a.EndColumn), min(bottom, a.EndRow)
            if first > last or upper > lower:
                cut.append((left, top, right, bottom))
                continue
            parts = ((left, top, right, upper - 1), (left, lower + 1, right, bottom), (left, upper, first - 1, lower), (last + 1, upper, right, lower))
            cut += [part for part in parts if part[0] <= part[2] and part[1] <= part[3]]
        rest = cut
    return [bridge.struct("table.CellRangeAddress", Sheet=area.Sheet, StartColumn=left, StartRow=top, EndColumn=right, EndRow=bottom)
            for left, top, right, bottom in rest]  # fmt: skip


def _style(app: Any, doc: Any, spec: dict[str, Any], like: Any) -> str:
    """The cell style that gives the look a rule asks for; made once. Calc takes typeface and size from it too: they are those of a cell."""
    looks = {key: spec[key] for key in ("fill_color", "font_color", "font_bold", "font_italic") if spec.get(key) is not None}
    letters = {key: getattr(like, key) for key in ("CharFontName", "CharFontNameAsian", "CharHeight", "CharHeightAsian", "VertJustify")}
    name = f"rule {' '.join(f'{key} {said}' for key, said in looks.items())} {like.CharFontName} {like.CharHeight:g}"
    if doc.StyleFamilies.getByName("CellStyles").hasByName(name):
        return name
    if not any(sheet.isProtected() for sheet in doc.Sheets):  # else Calc makes no style
        _made(doc, name, looks, letters)
        return name
    with tempfile.TemporaryDirectory(prefix="libreoffice-", ignore_cleanup_errors=True) as folder:  # Calc takes those of a file all the same
        url = (Path(folder) / "style.ods").as_uri()
        other = app.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (value("Hidden", True),))
        try:
            _made(other, name, looks, letters)
            other.storeToURL(url, (value("FilterName", "calc8"),))
        finally:
            other.close(True)
        wanted = value("LoadCellStyles", True), *(value(f"Load{kind}Styles", False) for kind in ("Page", "Text", "Frame", "Numbering"))
        bridge.on_main_thread(app.context, lambda: doc.StyleFamilies.loadStylesFromURL(url, (value("OverwriteStyles", False), *wanted)))
    return name


def _made(doc: Any, name: str, looks: dict[str, Any], letters: dict[str, Any]) -> None:
    style = doc.createInstance("com.sun.star.style.CellStyle")
    doc.StyleFamilies.getByName("CellStyles").insertByName(name, style)
    for key, said in letters.items():
        setattr(style, key, said)
    if fill := looks.get("fill_color"):
        style.CellBackColor = fill[0] << 16 | fill[1] << 8 | fill[2]
    if ink := looks.get("font_color"):
        style.CharColor = ink[0] << 16 | ink[1] << 8 | ink[2]
    if "font_bold" in looks:
        style.CharWeight = 150.0 if looks["font_bold"] else 100.0
    if "font_italic" in looks:
        style.CharPosture = bridge.enum("awt.FontSlant", "ITALIC" if looks["font_italic"] else "NONE")
