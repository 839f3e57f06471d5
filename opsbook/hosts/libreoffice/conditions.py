"""Conditions: formats that follow the values of cells."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.syntax import to_calc, to_excel

if TYPE_CHECKING:
    from opsbook.hosts.libreoffice.cells import Range

#: What a rule compares with → the number Calc has for it (com.sun.star.sheet.ConditionFormatOperator).
_OPERATORS = {"equal_to": 0, "less_than": 1, "greater_than": 2, "less_than_or_equal": 3, "greater_than_or_equal": 4, "not_equal_to": 5, "between": 6,
              "not_between": 7}  # fmt: skip
_FORMULA = 24


class ConditionalFormats(base_classes.ConditionalFormats):
    """The rules that touch a range, in the order in which Calc tries them."""

    def __init__(self, range_: "Range") -> None:
        self.range = range_

    @property
    def api(self) -> Any:
        """All rules of the sheet."""
        return self.range.sheet.api.ConditionalFormats

    def _all(self) -> list["ConditionalFormat"]:
        row, column, rows, columns = self.range.coords
        found = []
        for held in self.api.getConditionalFormats():
            areas = held.Range.RangeAddresses
            if any(a.StartRow < row + rows - 1 and a.EndRow >= row - 1 and a.StartColumn < column + columns - 1 and a.EndColumn >= column - 1 for a in areas):
                found += [ConditionalFormat(self, held, n) for n in range(held.getCount())]
        return found

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
        cells = self.range.book.doc.createInstance("com.sun.star.sheet.SheetCellRanges")
        cells.addRangeAddress(self.range._writable().RangeAddress, False)
        number = self.api.createByRange(cells)
        held = next(each for each in self.api.getConditionalFormats() if number == each.ID)
        held.createEntry(0, 0)
        entry = held.getByIndex(0)
        entry.Operator = operator
        entry.Formula1 = to_calc(first).removeprefix("=")
        if second is not None:
            entry.Formula2 = to_calc(second).removeprefix("=")
        entry.StyleName = _style(self.range.book.doc, spec, self.range.api.getCellByPosition(0, 0))
        return ConditionalFormat(self, held, 0)

    def clear(self) -> None:
        """Take all rules that touch the range away."""
        self.range._allowed()
        for held in {each.held.ID: each.held for each in self._all()}.values():
            self.api.removeByID(held.ID)


class ConditionalFormat(base_classes.ConditionalFormat):
    """One rule."""

    def __init__(self, parent: ConditionalFormats, held: Any, place: int) -> None:
        self.parent, self.held, self.place = parent, held, place

    @property
    def api(self) -> Any:
        """The rule in the document."""
        return self.held.getByIndex(self.place)

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
        if self.held.getCount() > 1:
            self.held.removeByIndex(self.place)
        else:
            self.parent.api.removeByID(self.held.ID)


def _given(said: str) -> str | None:
    """What a rule compares with: a number as it is, all else as a formula."""
    return to_excel(f"={said}") if re.search(r"[^\d.+-]", said) else said or None


def _style(doc: Any, spec: dict[str, Any], like: Any) -> str:
    """The cell style that gives the look a rule asks for; made once. Calc takes typeface and size from it too: they are those of a cell."""
    looks = {key: spec[key] for key in ("fill_color", "font_color", "font_bold", "font_italic") if spec.get(key) is not None}
    letters = {key: getattr(like, key) for key in ("CharFontName", "CharFontNameAsian", "CharHeight", "CharHeightAsian")}
    name = f"rule {' '.join(f'{key} {said}' for key, said in looks.items())} {like.CharFontName} {like.CharHeight:g}"
    styles = doc.StyleFamilies.getByName("CellStyles")
    if not styles.hasByName(name):
        style = doc.createInstance("com.sun.star.style.CellStyle")
        styles.insertByName(name, style)
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
    return name
