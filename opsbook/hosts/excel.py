"""Excel: a workbook that is open in a spreadsheet program, through the objects of xlwings.

Cells are read and written by blocks: one call for the values of a sheet, since every call to another program takes its time. What is
drawn comes by way of a file of its own, whose sheets are copied over with their charts; the sheets that they replace stay, hidden, until
the next action, so that they can be brought back.
"""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import xlwings as xw

from opsbook.grammar.board import quoted, unquoted
from opsbook.grammar.grid import Grid
from opsbook.grammar.text import Text

#: Behind the name of a sheet that was replaced, and waits hidden to be brought back; no wild card of Excel's (``~ * ?``), since it is looked for.
ASIDE = " ·"
_LEAVING = " ••"  # behind the name of a sheet on its way out
ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#BLOCKED!", "#FIELD!"})
LONGEST = 31  # characters of a sheet's name
WAITS = (0.1, 0.3, 0.6, 1.0)  # seconds between attempts while a program is busy or a cell is being edited
#: How Excel says so: RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER, VBA_E_IGNORE; as appscript says it.
_BUSY_SIGNS = ("rejected by callee", "-2147418111", "-2147417846", "-2146777998", "oserror: -609", "application is busy")


DRAWN = "drawn.xlsx"  # the file from which drawn sheets are copied, in a folder of ours
_FOLDER = "opsbook-"  # how the names of such folders begin


class Refused(Exception):  # noqa: N818  (what the program said, in a sentence)
    """The program does not let something be changed; the message says the way out, in both languages."""

    def __init__(self, said: Text) -> None:
        self.said = said
        super().__init__(str(said))


class SheetRefused(Refused):
    """A sheet cannot be changed: it is protected, or one of its cells is being edited."""

    def __init__(self, sheet: str, reason: BaseException) -> None:
        self.sheet = sheet
        super().__init__(Text(
            f"the sheet {sheet} could not be changed: unprotect it (Review > Unprotect Sheet), or leave the cell you are editing, and try again ({_short(reason)})",
            f"无法修改工作表“{sheet}”：请先撤销工作表保护（审阅 > 撤销工作表保护），或结束正在编辑的单元格，然后重试（{_short(reason)}）",
        ))  # fmt: skip


class StructureRefused(Refused):
    """No sheet can be added, removed or shown: the structure of the workbook is protected."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(Text(
            f"sheets of this workbook cannot be added or replaced: unprotect its structure (Review > Protect Workbook) and try again ({_short(reason)})",
            f"无法增加或替换本工作簿的工作表：请先取消工作簿结构保护（审阅 > 保护工作簿），然后重试（{_short(reason)}）",
        ))  # fmt: skip


def _short(reason: BaseException) -> str:
    return str(reason).splitlines()[0][:80] if str(reason) else type(reason).__name__


@dataclass(frozen=True)
class Place:
    """A cell on a sheet, counted from 1."""

    sheet: str
    row: int
    column: int


def _key(book: xw.Book) -> str:
    """What a book is known by while it is open."""
    return str(getattr(book.impl, "uid", None) or book.fullname)


def _held(book: xw.Book) -> Any:
    """What is held still for a book: the book alone where its engine can do so (Calc), else the program (Excel)."""
    return book.impl if hasattr(book.impl, "screen_updating") else book.app


def _let_go(book: xw.Book, calculation: str) -> None:
    for thing, name, value in ((_held(book), "calculation", calculation), (book.app, "display_alerts", True), (_held(book), "screen_updating", True)):
        with suppress(Exception):  # the book may be closed, the program gone
            setattr(thing, name, value)


_MOST_LOOKS = 5_000  # at ranges of a sheet, for merged cells


def _merged(sheet: xw.Sheet, used: xw.Range) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """The merged ranges of a sheet, by 0-based addresses of their first and last cells: ranges without any are asked about once, others in halves."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    last = used.last_cell
    waiting, looks = [(used.row, used.column, last.row, last.column)], 0
    while waiting and looks < _MOST_LOOKS:
        top, left, bottom, right = waiting.pop()
        if any(r < top and bottom - 1 <= r2 and c < left and right - 1 <= c2 for (r, c), (r2, c2) in found.items()):
            continue  # within one that is known
        cells, looks = sheet.range((top, left), (bottom, right)), looks + 1
        if cells.merge_cells is False:  # of some, Excel says neither yes nor no
            continue
        if (top, left) == (bottom, right):
            area = cells.merge_area
            found[area.row - 1, area.column - 1] = area.last_cell.row - 1, area.last_cell.column - 1
        elif bottom - top >= right - left:
            middle = (top + bottom) // 2
            waiting += [(middle + 1, left, bottom, right), (top, left, middle, right)]
        else:
            middle = (left + right) // 2
            waiting += [(top, middle + 1, bottom, right), (top, left, bottom, middle)]
    return list(found.items())


class LiveBook:
    """A workbook open in Excel, or in whatever program an engine of xlwings reaches."""

    def __init__(self, book: xw.Book) -> None:
        self.book = book
        self._names: list[tuple[str, tuple[str, str]]] | None = None
        self._after: list[Callable[[], Any]] = []  # what is to be done then
        self._to: tuple[str, str | None] | None = None  # where the cursor is to be when all is quiet no more

    @property
    def name(self) -> str:
        """Its name with the suffix."""
        return str(self.book.name)

    @property
    def path(self) -> Path | None:
        """Where it lies on disk; None if it was never saved, or lies somewhere else."""
        try:
            found = Path(self.book.fullname)
        except Exception:  # xlwings: a place in the cloud that has no folder here
            return None
        return found if found.is_absolute() and found.exists() else None

    @property
    def open(self) -> bool:
        """Whether it is still open, and its program there."""
        try:
            return any(each.name == self.book.name for each in self.book.app.books)
        except Exception:  # each engine has its own way of saying that a program is gone
            return False

    # ------------------------------------------------------------------------------------------- manners

    @contextmanager
    def quiet(self, memory: Path | None = None) -> Iterator[None]:
        """Screen and calculation held still, the user's place kept; all as it was afterwards, whatever happens.

        Where the engine can hold one book still, the others go on as if nothing were. ``memory`` is a file that says how things were as long
        as they are held: from it :meth:`wake` puts right what a run left behind that was killed.
        """
        self.wake(memory)
        with suppress(Exception):  # no other program needs to tell these
            self.book.app.activate()
        held = _held(self.book)
        calculation = held.calculation
        if memory is not None:
            memory.write_text(json.dumps({"book": _key(self.book), "calculation": calculation}), encoding="utf-8")
        self._to = self.here()
        held.screen_updating, held.calculation, self.book.app.display_alerts = False, "manual", False
        try:
            yield
        finally:
            with suppress(Exception):
                to, self._to, self._names = self._to, None, None
                self.go(to)
            _let_go(self.book, calculation)
            if memory is not None:
                memory.unlink(missing_ok=True)
            while self._after:
                self._after.pop(0)()

    def wake(self, memory: Path | None) -> bool:
        """Let go of what a run held still that did not come to its end, as its ``memory`` says; whether there was one."""
        try:
            left = json.loads(memory.read_text("utf-8")) if memory else None
        except (OSError, ValueError):
            left = None
        if memory is None or left is None:
            return False
        for book in list(self.book.app.books):
            with suppress(Exception):  # a book may be closed at any moment
                if _key(book) == left["book"] or _held(book) is book.app:
                    _let_go(book, left["calculation"])
                elif Path(book.fullname).name == DRAWN and Path(book.fullname).parent.name.startswith(_FOLDER):
                    book.close()
        memory.unlink(missing_ok=True)
        return True

    @property
    def read_only(self) -> bool:
        """Whether the program lets nothing in the book be changed: Calc, where it was opened to be read only. Excel does, and saves elsewhere."""
        return bool(getattr(self.book.impl, "read_only", False))

    def calculate(self) -> None:
        """Work the formulas of the book out; where the engine cannot do one alone, those of all."""
        getattr(self.book.impl, "calculate", self.book.app.calculate)()

    def later(self, work: Callable[[], Any]) -> None:
        """Do something when all is quiet no more."""
        self._after.append(work)

    def say(self, said: str | None) -> None:
        """Put a sentence into the status bar, or give the bar back to the program."""
        with suppress(Exception):  # a sentence more or less
            self.book.app.status_bar = said if said else False

    def here(self) -> tuple[str, str | None]:
        """The sheet in front, and the address of what is selected on it."""
        front = str(self.book.sheets.active.name)
        try:
            chosen = self.book.selection
            return front, str(chosen.address) if chosen is not None else None
        except Exception:  # a chart is selected
            return front, None

    def go(self, to: tuple[str, str | None]) -> None:
        """Bring a sheet to the front, and select cells on it."""
        if self._to is not None:  # when all is done
            self._to = to
            return
        sheet, address = to
        if sheet in self.sheets:
            front = self.book.sheets[sheet]
            front.activate()
            if address:
                front.range(address).select()

    def changing(self, sheet: str | None, work: Callable[[], Any]) -> Any:
        """Do something to a sheet (None: to the collection of sheets), again a few times while the program is busy; :class:`Refused` if it
        does not let it."""
        for wait in (*WAITS, None):
            try:
                return work()
            except Exception as fault:  # each engine has errors of its own
                if wait is None or not any(sign in str(fault).casefold() for sign in _BUSY_SIGNS):
                    raise (StructureRefused(fault) if sheet is None else SheetRefused(sheet, fault)) from fault
                time.sleep(wait)
        raise AssertionError

    # --------------------------------------------------------------------------------------------- cells

    @property
    def sheets(self) -> list[str]:
        """The names of its sheets, in order; those that were replaced left out."""
        return [name for name in self.book.sheet_names if not self._aside(name)]

    def _aside(self, name: str) -> bool:
        """Whether a sheet is one that was put aside; a sheet of somebody's own may be called so, and is in view."""
        return name.endswith(ASIDE) and not self.book.sheets[name].visible

    def grids(self, wanted: Callable[[str], bool] = lambda name: True) -> Iterator[Grid]:
        """The sheets as they stand, unsaved edits included: one read each."""
        for place, name in enumerate(self.sheets):
            if wanted(name):
                yield self._grid(self.book.sheets[name], place)

    def _grid(self, sheet: xw.Sheet, place: int) -> Grid:
        used = sheet.used_range
        rows = used.options(ndim=2, err_to_str=True, empty="").value
        top, left = used.row - 1, used.column - 1
        errors: dict[tuple[int, int], str] = {}
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value.__class__ is str and value[:1] == "#" and value in ERRORS:
                    errors[top + r, left + c], row[c] = value, ""
        return Grid(str(sheet.name), rows, (top, left), place, errors, merged=_merged(sheet, used))

    def names(self) -> list[tuple[str, tuple[str, str]]]:
        """The defined names of the book, each with the sheet and the address that it stands for; asked for once while all is quiet."""
        if self._names is None:
            self._names = []
            for each in self.book.names:
                sheet, _, address = (each.refers_to or "").removeprefix("=").rpartition("!")
                self._names.append((str(each.name), (unquoted(sheet), address)))
        found = self._names
        if self._to is None:
            self._names = None
        return found

    def define(self, name: str, sheet: str, address: str) -> None:
        """Give cells a name, whatever it stood for."""
        self.book.names.add(name, f"={quoted(sheet)}!{address}")
        self._names = None

    def write(self, sheet: str, row: int, column: int, rows: Sequence[Sequence[Any]]) -> None:
        """Write a block of values in one call."""
        cells = self.book.sheets[sheet].range((row, column), (row + len(rows) - 1, column + len(rows[0]) - 1))
        self.changing(sheet, lambda: setattr(cells, "value", rows))

    def formulas(self, sheet: str, row: int, column: int, rows: int, columns: int) -> list[list[str]]:
        """What was typed into a block of cells: formulas as such."""
        said = self.book.sheets[sheet].range((row, column), (row + rows - 1, column + columns - 1)).formula
        if isinstance(said, str):
            return [[said]]
        lines = [list(line) if isinstance(line, (list, tuple)) else [line] for line in said]
        return [[each[0] for each in lines]] if rows == 1 and len(lines) == columns != 1 else lines

    def hidden(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        """A hidden sheet that holds these rows and nothing else; every cell is text, so that no program reads into it."""
        if name in self.book.sheet_names:
            sheet = self.book.sheets[name]
            self.changing(name, sheet.clear_contents)
        else:
            front = self.book.sheets.active
            sheet = self.changing(None, lambda: self.book.sheets.add(name, after=self.book.sheets[-1]))
            sheet.visible = False
            front.activate()
        if rows:
            cells = sheet.range((1, 1), (len(rows), len(rows[0])))
            cells.number_format = "@"
            self.changing(name, lambda: setattr(cells, "value", rows))

    def drop(self, name: str) -> None:
        """Delete a sheet, if it is there."""
        if name in self.book.sheet_names:
            self.changing(None, self.book.sheets[name].delete)

    # ------------------------------------------------------------------------------------------- drawing

    def bring(self, package: bytes, names: Sequence[str], first: Sequence[str], replaced: list[str], new: list[str]) -> None:
        """Copy the sheets of a drawn workbook in. One that is there already is put aside and its place taken; formulas and names that
        stood for its cells stand for the new ones; ``first`` ones come before all others. Each name is added to those ``replaced`` or
        ``new`` as it comes: :meth:`bring_back` needs them, also if the program does not let all in."""
        pointing = [(name, f"{quoted(sheet)}!{address}") for name, (sheet, address) in self.names() if sheet in names]
        with tempfile.TemporaryDirectory(prefix=_FOLDER, ignore_cleanup_errors=True) as folder:
            path = Path(folder) / DRAWN
            path.write_bytes(package)
            source = self.book.app.books.open(str(path))
            try:
                for name in names:
                    self.changing(None, lambda name=name: self._brought(source.sheets[name], name, first, replaced, new))  # type: ignore[misc]
            finally:
                source.close()
                self.book.activate()
        if replaced:
            self._point(ASIDE, pointing)

    def _brought(self, drawn: xw.Sheet, name: str, first: Sequence[str], replaced: list[str], new: list[str]) -> None:
        sheets = self.book.sheets
        if name in self.sheets:
            old = sheets[name]
            made = drawn.copy(before=old)
            old.name = name[: LONGEST - len(ASIDE)] + ASIDE
            made.name = name
            replaced.append(name)
            old.visible = False
        else:
            made = drawn.copy(before=sheets[0]) if name in first else drawn.copy(after=sheets[-1])
            if made.name != name:
                made.name = name
            new.append(name)

    def _point(self, ending: str, names: Iterable[tuple[str, str]]) -> None:
        """Formulas that followed sheets under a name with an ending (``'Overview ·'!``) are turned to those without, and names to what they said."""
        for name in self.sheets:
            if not name.startswith("_"):
                with suppress(Exception):  # a protected sheet keeps what it says
                    self.book.sheets[name].used_range.replace_all(f"{ending}'!", "'!")
        for name, said in names:
            self.book.names[name].refers_to = f"={said}"

    def forget(self) -> None:
        """Delete what was put aside by the action before."""
        for name in self.book.sheet_names:
            if self._aside(name):
                self.drop(name)

    def bring_back(self, replaced: Iterable[str], new: Iterable[str]) -> None:
        """Undo :meth:`bring`: what was put aside takes its place again, what was new goes."""
        replaced, back = list(replaced), list[str]()
        pointing = [(name, f"{quoted(sheet)}!{address}") for name, (sheet, address) in self.names() if sheet in replaced]
        for name in replaced:
            aside = name[: LONGEST - len(ASIDE)] + ASIDE
            if aside in self.book.sheet_names and name in self.sheets:
                self.book.sheets[name].name = name[: LONGEST - len(_LEAVING)] + _LEAVING
                old = self.book.sheets[aside]
                old.name, old.visible = name, True
                back.append(name[: LONGEST - len(_LEAVING)] + _LEAVING)
        if back:
            self._point(_LEAVING, pointing)
        for name in [*back, *new]:
            self.drop(name)

    def write_formulas(self, sheet: str, formulas: Mapping[tuple[int, int], str]) -> None:
        """Write formulas, column by column in runs."""
        for column, places in groupby(sorted(formulas, key=lambda at: (at[1], at[0])), key=lambda at: at[1]):
            rows = [row for row, _ in places]
            for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
                whole = [row for _, row in run]
                cells = self.book.sheets[sheet].range((whole[0], column), (whole[-1], column))
                said = [[formulas[row, column]] for row in whole]
                self.changing(sheet, lambda cells=cells, said=said: setattr(cells, "formula", said if len(said) > 1 else said[0][0]))  # type: ignore[misc]

    # --------------------------------------------------------------------------------------------- marks

    def note(self, at: Place) -> str | None:
        """What the note on a cell says; None where there is none."""
        note = self.book.sheets[at.sheet].range((at.row, at.column)).note
        return str(note.text) if note is not None else None

    def notes(self, sheet: str) -> dict[tuple[int, int], str]:
        """The notes on the cells of a sheet."""
        found = {}
        for note in self.book.sheets[sheet].notes:
            cell = note.location
            found[int(cell.row), int(cell.column)] = str(note.text)
        return found

    def put_note(self, at: Place, said: str | None, there: bool) -> None:
        """Put a note on a cell, in the place of the one that is ``there``; None takes it off."""
        cell = self.book.sheets[at.sheet].range((at.row, at.column))

        def work() -> None:
            if there:
                cell.note.delete()
            if said:
                cell.add_note(said)

        self.changing(at.sheet, work)

    def colour(self, at: Place, rows: int, columns: int, formula: str, fill: str, ink: str) -> None:
        """Colour cells of an area where a formula holds, over whatever fill they have."""
        cells = self.book.sheets[at.sheet].range((at.row, at.column), (at.row + rows - 1, at.column + columns - 1))
        self.changing(at.sheet, lambda: cells.conditional_formats.add_custom(formula, fill_color=fill, font_color=ink))
