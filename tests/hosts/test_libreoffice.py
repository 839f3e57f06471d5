"""The engine for LibreOffice Calc does what the documentation of xlwings says of App, Book, Sheet, Range and what lies on them; what is not there says so."""

import datetime as dt
import struct
import zlib

import openpyxl
import pandas as pd
import pytest
import xlwings as xw
from conftest import painted, require
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.table import Table

from opsbook.hosts import libreoffice
from opsbook.hosts.libreoffice import bridge
from opsbook.hosts.libreoffice.cells import ProtectedSheet, Range

DAY, MOMENT = dt.date(2026, 3, 5), dt.datetime(2026, 3, 5, 6, 7, 8)
RED, GREEN, NAVY = (255, 0, 0), (0, 128, 0), (0, 0, 128)
AWKWARD = ["Data", "数据", "My sheet", "it's", "a,b;c", "2026", "Q1", 'say "x"', "a!b", "-x", "TRUE x", "is {x}"]


@pytest.fixture(scope="module")
def app():
    require("soffice")
    try:
        bridge.uno()
    except bridge.NoUno as fault:
        pytest.skip(str(fault))
    before = xw.engines.active
    libreoffice.engine()
    own = libreoffice.started()
    yield xw.apps[own.pid]
    own.quit()
    xw.engines.active = before


@pytest.fixture
def book(app):
    made = app.books.add()
    yield made
    for each in app.books:
        each.close()


@pytest.fixture
def sheet(book):
    return book.sheets[0]


@pytest.fixture
def picture(tmp_path):
    """A picture of 40 × 20 points of ink."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    path = tmp_path / "seal.png"
    ink = zlib.compress(b"".join(b"\0" + b"\xff\0\0" * 40 for _ in range(20)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 20, 8, 2, 0, 0, 0)) + chunk(b"IDAT", ink) + chunk(b"IEND", b""))
    return path


def placed(sheet, address, rows):
    sheet[address].value = rows
    return sheet[address].expand()


# ------------------------------------------------------------------------------------------------------------------ App


def test_an_app_says_who_it_is(app):
    assert app.engine.name == "libreoffice"
    assert app.version.major >= 7
    assert app.pid == xw.apps.active.pid
    assert app.path and app.startup_path


@pytest.mark.parametrize(("name", "said"), [("screen_updating", False), ("calculation", "manual"), ("status_bar", "working"), ("display_alerts", False),
                         ("enable_events", False)])  # fmt: skip
def test_a_setting_of_the_app_holds_for_a_while(app, book, name, said):
    before = getattr(app, name)
    with app.properties(**{name: said}):
        assert getattr(app, name) == said
    assert getattr(app, name) == before != said


def test_formulas_wait_while_calculation_is_manual(app, sheet):
    sheet["A1"].value, sheet["B1"].formula = 1, "=A1*2"
    app.calculation = "manual"
    sheet["A1"].value = 5
    assert sheet["B1"].value == 2
    app.calculate()
    assert sheet["B1"].value == 10
    app.calculation = "automatic"


def test_what_is_selected_is_told(app, book, sheet):
    sheet["B2:C3"].select()
    assert app.selection == book.selection == sheet["B2:C3"]
    assert app.range("A1").sheet == sheet


def test_nobody_is_there_to_answer_a_box_of_an_own_program(app, book):
    assert app.alert("Done.", "opsbook", "yes_no") == "ok"


def test_an_app_that_was_quit_is_on_the_list_no_more(app):
    other = libreoffice.started()
    profile = other._profile
    assert xw.apps.active.pid == other.pid != app.pid
    other.quit()
    assert other.pid not in set(xw.apps.keys())
    assert not other.alive and not profile.exists()
    assert xw.apps.active == app


# ---------------------------------------------------------------------------------------------------------------- Books


def test_books_are_counted_named_and_found(app, book):
    other = app.books.add()
    assert len(app.books) == 2
    assert app.books.active == other
    assert app.books[book.name] == book == xw.books[book.name]
    book.activate()
    assert app.books.active == book
    other.close()
    assert [b.name for b in app.books] == [book.name]


@pytest.mark.parametrize("suffix", ["xlsx", "xlsm", "ods", "xls"])
def test_a_book_is_saved_under_its_name_and_opened_again(app, book, sheet, tmp_path, suffix):
    sheet["A1"].value = [["名称", 1.5], [DAY, True]]
    path = tmp_path / f"a book.{suffix}"
    book.save(path)
    assert (book.name, book.fullname) == (path.name, str(path))
    sheet["A1"].value = "again"
    book.save()
    book.close()
    with app.books.open(path) as opened:
        assert opened.sheets[0]["A1:B2"].value == [["again", 1.5], [dt.datetime(2026, 3, 5), True]]
        assert app.books.open(path) == xw.Book(path) == opened


def test_a_book_of_a_kind_unknown_is_not_saved(book, tmp_path):
    with pytest.raises(ValueError, match=r"\.docx"):
        book.save(tmp_path / "a.docx")


def test_a_missing_book_is_not_opened(app, tmp_path):
    with pytest.raises(FileNotFoundError):
        app.books.open(tmp_path / "none.xlsx")
    with pytest.raises(FileNotFoundError):
        xw.Book(tmp_path / "none.xlsx")


def test_a_book_with_a_password_opens_with_it(app, book, sheet, tmp_path):
    sheet["A1"].value = 7
    book.save(tmp_path / "p.xlsx", password="secret")
    book.close()
    assert app.books.open(tmp_path / "p.xlsx", password="secret").sheets[0]["A1"].value == 7


def test_a_book_a_sheet_is_printed_into_a_pdf(book, sheet, tmp_path):
    sheet["A1"].value = "x"
    for each, name in ((book, "book.pdf"), (sheet, "sheet.pdf")):
        each.to_pdf(tmp_path / name)
        assert (tmp_path / name).read_bytes()[:5] == b"%PDF-"


def test_days_count_from_1904_where_the_book_says_so(app, tmp_path):
    made = openpyxl.Workbook()
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    made.active["A1"] = DAY
    made.save(tmp_path / "mac.xlsx")
    with app.books.open(tmp_path / "mac.xlsx") as opened:
        cells = opened.sheets[0]["A1:A3"]
        cells[1].value, cells[2].value = MOMENT, "2026-03-05"
        assert cells.value == [dt.datetime(2026, 3, 5), MOMENT, dt.datetime(2026, 3, 5)]


# --------------------------------------------------------------------------------------------------------------- Sheets


def test_sheets_are_added_where_told(book):
    first = book.sheets[0].name
    book.sheets.add("end", after=first)
    book.sheets.add("start", before=first)
    assert book.sheet_names == ["start", first, "end"]
    assert book.sheets.active.name == "start"
    assert book.sheets.add().index == 1
    assert book.sheets["END"].index == len(book.sheets) == 4
    with pytest.raises(ValueError, match="already present"):
        book.sheets.add("End")


@pytest.mark.parametrize(("where", "order"), [({"before": "a"}, "cab"), ({"after": "a"}, "acb"), ({"before": "b"}, "acb"), ({"after": "b"}, "abc")])
def test_a_sheet_is_moved(book, where, order):
    book.sheets[0].name = "a"
    for name in "bc":
        book.sheets.add(name, after=book.sheets[-1])
    book.sheets["c"].move(**{side: book.sheets[name] for side, name in where.items()})
    assert "".join(book.sheet_names) == order
    book.sheets["a"].move(after=book.sheets[-1])
    assert "".join(book.sheet_names) == order.replace("a", "") + "a"


def test_a_sheet_is_named_shown_and_deleted(book, sheet):
    sheet.name = "新 名"
    other = book.sheets.add("b", after=sheet)
    sheet.visible = False
    assert (sheet.name, sheet.visible, other.visible) == ("新 名", False, True)
    other["A1"].formula = "='新 名'!A1"
    sheet.visible = True
    sheet.delete()
    assert book.sheet_names == ["b"]
    assert "#REF!" in other["A1"].formula


def test_the_used_range_ends_with_the_last_cell(sheet):
    assert sheet.used_range.address == "$A$1"
    sheet["C5"].value = 1
    assert sheet.used_range.address == "$A$1:$C$5"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_copied_sheet_brings_along_what_lies_on_it(app, book, sheet, elsewhere):
    cells = placed(sheet, "A1", [["k", "n"], ["a", 1], ["b", 2]])
    sheet["C2:C3"].formula = "=B2*2"
    sheet["A1"].add_note("a note")
    cells.conditional_formats.add_custom("=$B1>1", fill_color=RED)
    sheet.charts.add(source=cells, chart_type="line", name="curve")
    target = app.books.add() if elsewhere else book
    made = sheet.copy(after=target.sheets[0], name="copy")
    assert (made.book, made.index, made.name) == (target, 2, "copy")
    assert made["A1:C3"].value == [["k", "n", None], ["a", 1, 2], ["b", 2, 4]]
    assert made["C3"].formula == "=B3*2"
    assert made["A1"].note.text == "a note"
    assert [(r.formula, r.fill_color) for r in made["A1"].conditional_formats] == [("=$B1>1", RED)]
    assert [c.chart_type for c in made.charts] == ["line"]
    assert sheet.copy(before=made).name == (sheet.name if sheet.name not in [target.sheets[0].name] else f"{sheet.name} (2)")


def test_a_window_is_frozen_and_its_grid_hidden(book, sheet):
    def state():
        return book.api.CurrentController.SplitColumn, book.api.CurrentController.SplitRow

    other = book.sheets.add("other")
    for said, seen in (("A1:B3", (2, 3)), ("2:2", (0, 1)), ("A:A", (1, 0))):
        other.freeze_panes.freeze_at(said)
        assert state() == seen
    other.freeze_panes.unfreeze()
    assert not book.api.CurrentController.hasFrozenPanes()
    for shown in (False, True):
        sheet.show_gridlines = shown
        assert (sheet.show_gridlines, book.sheets.active) == (shown, other)


def test_the_print_area_is_set_and_lifted(sheet):
    assert sheet.page_setup.print_area is None
    sheet.page_setup.print_area = "A1:C9"
    assert sheet.page_setup.print_area == "$A$1:$C$9"
    sheet.page_setup.print_area = None
    assert sheet.page_setup.print_area is None


@pytest.mark.parametrize(("how", "value", "color", "rules"), [("clear_contents", None, RED, 1), ("clear_formats", 1, None, 0), ("clear", None, None, 0)])
@pytest.mark.parametrize("whole", [False, True])
def test_cells_are_cleared(sheet, how, value, color, rules, whole):
    sheet["A1"].value, sheet["A1"].color = 1, RED
    sheet["A1"].conditional_formats.add_custom("=TRUE", fill_color=GREEN)
    getattr(sheet if whole else sheet["A1"], how)()
    assert (sheet["A1"].value, sheet["A1"].color, len(sheet["A1"].conditional_formats)) == (value, color, rules)


def test_columns_grow_with_what_stands_in_them(sheet):
    narrow = sheet["A1"].column_width
    sheet["A1"].value = "what is long " * 5
    sheet.autofit("c")
    wide = sheet["A1"].column_width
    assert wide > 2 * narrow
    sheet["A1"].column_width = 5
    sheet["A1"].columns.autofit()
    assert sheet["A1"].column_width == wide


# ---------------------------------------------------------------------------------------------------- Range: where it is


@pytest.mark.parametrize(
    ("said", "address"),
    [(("A1",), "$A$1"), (("$B$2:C3",), "$B$2:$C$3"), (("c3:b2",), "$B$2:$C$3"), (((2, 3),), "$C$2"), (((1, 1), (2, 2)), "$A$1:$B$2"), (("B2", "A1"), "$A$1:$B$2"),
     (("A1", (3, 3)), "$A$1:$C$3"), (("spot",), "$B$2:$B$4"), (("SPOT",), "$B$2:$B$4"), (("own",), "$D$4"), (("AA10",), "$AA$10")],
)  # fmt: skip
def test_a_range_is_addressed_in_many_forms(book, sheet, said, address):
    book.names.add("spot", f"={sheet.name}!$B$2:$B$4")
    sheet.names.add("own", f"={sheet.name}!$D$4")
    assert sheet.range(*said).address == address


def test_a_range_is_sliced_moved_and_resized(sheet):
    cells = sheet["B2:D5"]
    assert (cells[0, 0].address, cells[-1, 1:].address, cells(2, 3).address, cells[4].address) == ("$B$2", "$C$5:$D$5", "$D$3", "$C$3")
    assert (cells.offset(1, 1).address, cells.resize(1).address, cells.last_cell.address) == ("$C$3:$E$6", "$B$2:$D$2", "$D$5")
    assert (cells.shape, cells.size, cells.row, cells.column, len(cells.rows), cells.columns[1].address) == ((4, 3), 12, 2, 2, 4, "$C$2:$C$5")
    assert sheet[1, 2].address == "$C$2"
    assert (sheet["B:C"].shape[1], sheet["2:3"].shape[0]) == (2, 2)
    with pytest.raises(IndexError):
        sheet.range((0, 1))
    with pytest.raises(xw.NoSuchObjectError):
        sheet["nowhere"]


def test_no_cells_hold_nothing(sheet):
    none = sheet["A1:C3"][0:0, :]
    none.value = 1
    assert (len(none), none.value) == (0, None)


@pytest.mark.parametrize(
    ("said", "address"),
    [({}, "$B$2:$C$3"), ({"row_absolute": False}, "$B2:$C3"), ({"column_absolute": False}, "B$2:C$3"), ({"include_sheetname": True}, "'My sheet'!$B$2:$C$3"),
     ({"external": True}, "'[{}]My sheet'!$B$2:$C$3")],
)  # fmt: skip
def test_an_address_is_said_as_asked_for(book, sheet, said, address):
    sheet.name = "My sheet"
    assert sheet["B2:C3"].get_address(**said) == address.format(book.name)


# ---------------------------------------------------------------------------------------------------- Range: what is in it


@pytest.mark.parametrize(
    ("written", "read"),
    [(None, None), ("", None), ("text", "text"), ("中文\n两行", "中文\n两行"), (1, 1.0), (-2.5, -2.5), (1e300, 1e300), (True, True), (False, False),
     (DAY, dt.datetime(2026, 3, 5)),
     (MOMENT, MOMENT), (pd.Timestamp(MOMENT), MOMENT), (pd.NaT, None), (float("nan"), None), ("00123", 123.0), ("5%", 0.05), ("1,234.5", 1234.5), ("1e3", 1000.0),
     ("2026-03-05", dt.datetime(2026, 3, 5)), ("2026/3/5", dt.datetime(2026, 3, 5)), ("2026-02-30", "2026-02-30"), ("true", True), ("FALSE", False), ("'007", "007"),
     ("'=A1", "=A1"), ("EXP-2026-7", "EXP-2026-7"), ("5 kg", "5 kg"), ("1.2.3", "1.2.3"), ("-", "-"), ("=", "="), ("t", "t"), ("#N/A", "#N/A")],
    ids=repr,
)  # fmt: skip
def test_a_value_is_read_as_excel_would_have_it(sheet, written, read):
    sheet["B2"].value = written
    assert sheet["B2"].value == read
    assert type(sheet["B2"].value) is type(read)


def test_texts_stay_texts_in_cells_that_are_formatted_so(sheet):
    sheet["A1:A3"].number_format = "@"
    sheet["A1:B4"].value = [["00123", "00123"], ["2026-03-05", "x"], ["=A1", "true"], ["00123", "5%"]]
    assert sheet["A1:B4"].value == [["00123", 123], ["2026-03-05", "x"], ["=A1", True], [123, 0.05]]


def test_a_number_takes_the_place_of_a_logical_value(book, sheet, tmp_path):
    sheet["A1:A3"].value = [[True], [False], [True]]
    sheet["A1"].value, sheet["A2:B2"].value = 5, [7, "x"]
    assert sheet["A1:A3"].value == [5, 7, True]
    book.save(tmp_path / "n.xlsx")
    assert [v[0].value for v in openpyxl.load_workbook(tmp_path / "n.xlsx").active["A1:A3"]] == [5, 7, True]


def test_lists_of_any_shape_are_written_and_read(sheet):
    sheet["A1"].value = [1, 2]
    sheet["A2"].options(transpose=True).value = ["x", "y"]
    assert sheet["A1:B3"].value == [[1, 2], ["x", None], ["y", None]]
    assert (sheet["A1:B1"].value, sheet["A1:A3"].value) == ([1, 2], [1, "x", "y"])
    assert (sheet["A1"].options(ndim=1).value, sheet["A1:B1"].options(ndim=2).value) == ([1], [[1, 2]])
    sheet["D1:E2"].value = 7
    assert sheet["D1:E2"].value == [[7, 7], [7, 7]]


def test_options_say_how_values_are_read(sheet):
    sheet["A1"].value = [[1, DAY, None, 2.5]]
    sheet["E1"].formula = "=1/0"
    assert sheet["A1:D1"].options(numbers=int, dates=dt.date, empty="").value == [1, DAY, "", 2]
    assert sheet["E1"].value is None
    assert sheet["E1"].options(err_to_str=True).value == "#DIV/0!"


@pytest.mark.parametrize(("formula", "shown"), [("=NA()", "#N/A"), ("=nosuch()", "#NAME?"), ('=1+"x"', "#VALUE!"), ("=EXP(9999)", "#NUM!"), ("=#REF!", "#REF!"),
                         ("=1/0", "#DIV/0!")])  # fmt: skip
def test_errors_are_shown_as_in_excel(sheet, formula, shown):
    sheet["A1:A2"].value = [["x"], [formula]]
    assert sheet["A1:A2"].options(err_to_str=True).value == ["x", shown]


def test_frames_come_back_as_they_were_written(sheet):
    frame = pd.DataFrame({"name": ["甲", "乙"], "amount": [1.5, None], "day": [pd.Timestamp(DAY), pd.NaT]}, index=pd.Index([3.0, 4.0], name="id"))
    sheet["B2"].value = frame
    pd.testing.assert_frame_equal(sheet["B2"].options(pd.DataFrame, expand="table").value.astype(str), frame.astype(str))
    sheet["B9"].options(index=False, header=False).value = frame
    assert sheet["B9:C10"].value == [["甲", 1.5], ["乙", None]]
    sheet["H1"].value = frame["amount"]
    assert sheet["H1:I3"].options(pd.Series).value.to_dict() == pytest.approx({3.0: 1.5, 4.0: float("nan")}, nan_ok=True)
    assert sheet["B2:C3"].options(dict).value == {"id": "name", 3: "甲"}


@pytest.mark.parametrize(("mode", "address"), [("table", "$A$1:$B$3"), ("down", "$A$1:$A$3"), ("right", "$A$1:$B$1")])
def test_a_range_expands_to_what_is_filled(sheet, mode, address):
    sheet["A1"].value = [[1, 2], [3, 4], [5, 6], [None, 7]]
    assert sheet["A1"].expand(mode).address == address
    assert sheet["A1"].options(expand=mode).value == sheet[address].value


@pytest.mark.parametrize(
    ("start", "direction", "address"),
    [("B2", "down", "$B$4"), ("B2", "right", "$D$2"), ("D4", "up", "$D$2"), ("D4", "left", "$B$4"), ("B4", "down", "$B$7"), ("B1", "down", "$B$2"), ("A2",
     "right", "$B$2"),
     ("B9", "up", "$B$7"), ("B2", "up", "$B$1"), ("B2", "left", "$A$2"), ("F2", "left", "$D$2")],
)  # fmt: skip
def test_the_end_is_where_ctrl_and_an_arrow_lead(sheet, start, direction, address):
    sheet["B2:D4"].value, sheet["B7"].value = 1, 1
    assert sheet[start].end(direction).address == address


def test_the_end_of_nothing_is_the_end_of_the_sheet(sheet):
    assert sheet["A1"].end("down").row == sheet.cells.shape[0]
    assert sheet["A1"].end("right").column == sheet.cells.shape[1]


def test_the_region_ends_with_blanks(sheet):
    sheet["B2:C3"].value, sheet["E2"].value = 1, 1
    assert sheet["C2"].current_region.address == "$B$2:$C$3"


def test_a_sheet_is_written_and_read_in_one_go(sheet, monkeypatch):
    calls, held = [], Range.raw_value
    monkeypatch.setattr(Range, "raw_value", property(lambda self: calls.append("get") or held.fget(self), lambda self, v: calls.append("set") or held.fset(self, v)))
    kinds = [1.5, "text", DAY, True, None, "数据", 7, "x,y;z", MOMENT]
    rows = [[kinds[c % 9] for c in range(36)] for r in range(5000)]
    sheet["A1"].value = rows
    read = sheet["A1:AJ5000"].value
    assert calls == ["set", "get"]
    assert read == [[dt.datetime(2026, 3, 5) if v is DAY else v for v in row] for row in rows]


# ------------------------------------------------------------------------------------------------------ Range: formulas


@pytest.mark.parametrize("name", AWKWARD)
def test_a_formula_reaches_into_any_sheet(book, sheet, name):
    other = book.sheets.add(name, after=sheet)
    other["A1:B2"].value = [[1, 2], [3, 4]]
    bare = name.replace("'", "''")
    for formula, value in ((f"='{bare}'!$B$2*2", 8), (f"=SUM('{bare}'!A1:B2,'{bare}'!A:A)", 14), (f"=VLOOKUP(3,'{bare}'!$A$1:$B$2,2,FALSE)&\";,\"", "4;,")):
        sheet["A1"].formula = formula
        assert sheet["A1"].value == value
        assert sheet["A1"].formula in (formula, formula.replace(f"'{bare}'", bare))


@pytest.mark.parametrize(
    ("formula", "value"),
    [("=1+1", 2), ('="a;b,c"&"""!"', 'a;b,c"!'), ("=MATCH(3,{1;2;3},0)", 3), ("=SUM({1,2;3,4})", 10), ('=MATCH("c}",{"a,b","c}"},0)', 2), ("=IF(TRUE,,2)", 0),
     ("=-A1%", -0.01),
     ("=SUM(A:A)", 1), ('=IFERROR(1/0,"无")', "无"), ("=COUNTIF(A1:A2,1)", 1), ('=TEXT(A1,"0.00")', "1.00"), ("=IF(A1>=1,FALSE,TRUE)=FALSE", 1),
     ('=INDEX(A1:A2,1)&".A1"', "1.A1"),
     ("=SUMPRODUCT((A1:A2=1)*1)", 1), ("=$A1+A$1+$A$1", 3), ('=LEFT("TRUE",2)', "TR")],
    ids=str,
)  # fmt: skip
def test_a_formula_is_read_as_it_was_written(sheet, formula, value):
    sheet["A1"].value = 1
    sheet["C3"].formula = formula
    assert (sheet["C3"].formula, sheet["C3"].value) == (formula, value)


def test_a_formula_fills_a_range_and_its_references_follow(sheet):
    sheet["B1:C2"].formula = "=A1+$A1"
    assert sheet["B1:C2"].formula == (("=A1+$A1", "=B1+$A1"), ("=A2+$A2", "=B2+$A2"))
    sheet["E1"].formula = [["=A1", "x"], ["=B1", "3"]]
    assert sheet["E1:F2"].formula == (("=A1", "x"), ("=B1", "3"))
    sheet["H1"].formula2 = "=A1"
    assert sheet["H1"].formula2 == "=A1"


@pytest.mark.parametrize(("address", "formula", "values"), [("C1", "=SUM(A1:A2*{1;10})", 21), ("C1:C2", "={1;2}", [1, 2]), ("C1:D2", "=A1:A2*{1,2}", [[1, 2], [2, 4]])])
def test_array_formulas_are_kept_as_such(sheet, address, formula, values):
    sheet["A1:A2"].value = [[1], [2]]
    sheet[address].formula_array = formula
    assert (sheet[address].formula_array, sheet[address].value, sheet[address].has_array) == (formula, values, True)
    assert sheet["C1"].formula == formula
    assert not sheet["A1"].has_array and sheet["A1"].formula_array is None


# --------------------------------------------------------------------------------------------------------- Range: looks


@pytest.mark.parametrize("code", ["General", "@", "0.00", "#,##0.00", "0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", '0" kg"'])
def test_number_formats_are_excels(sheet, code):
    sheet["A1:A2"].number_format = code
    assert sheet["A1:A2"].number_format == code
    assert sheet["A1:B1"].number_format == ("General" if code == "General" else None)


@pytest.mark.parametrize(("said", "seen"), [(RED, RED), ("#FF0000", RED), (255, RED), (None, None)])
def test_colours_are_told_in_many_ways(sheet, said, seen):
    sheet["A1"].color = said
    assert sheet["A1"].color == seen
    sheet["B1"].font.color = said or NAVY
    assert sheet["B1"].font.color == (seen or NAVY)


def test_many_colours_are_set_at_once(sheet):
    sheet["A1:C2"].color = GREEN
    sheet["A1:C2"].set_colors([[RED, ..., "#0000FF"], [None, RED, RED]])
    assert [[c.color for c in row] for row in sheet["A1:C2"].rows] == [[RED, GREEN, (0, 0, 255)], [None, RED, RED]]


@pytest.mark.parametrize(("name", "said"), [("bold", True), ("italic", True), ("size", 15.0), ("color", NAVY), ("name", "Courier New")])
def test_fonts_are_set(sheet, name, said):
    assert getattr(sheet["A1"].font, name) != said
    setattr(sheet["A1:B2"].font, name, said)
    assert getattr(sheet["A1"].font, name) == getattr(sheet["B2"].font, name) == said


@pytest.mark.parametrize(
    ("name", "values"),
    [("horizontal_alignment", ["left", "center", "right", "justify", "fill", "general"]), ("vertical_alignment", ["top", "center", "bottom", "justify"]),
     ("wrap_text", [True, False]),
     ("row_height", [30.0, 12.5]), ("column_width", [8.5, 20.0])],
)  # fmt: skip
def test_cells_are_laid_out(sheet, name, values):
    for said in values:
        setattr(sheet["B2:C3"], name, said)
        assert getattr(sheet["B2:C3"], name) == pytest.approx(said, abs=0.1)
        assert getattr(sheet["C3"], name) == getattr(sheet["B2"], name)


def test_places_are_told_in_points(sheet):
    sheet["A1:A2"].row_height = 20
    assert (sheet["A3"].top, sheet["A1:A2"].height) == pytest.approx((40, 40), abs=0.2)
    assert sheet["B1"].left == pytest.approx(sheet["A1"].width, abs=0.1)


def test_rows_and_columns_are_hidden(sheet):
    sheet["A2:A3"].rows.hidden = True
    sheet["B:B"].columns.hidden = True
    assert [sheet[a].rows.hidden for a in ("A1", "A2:A3", "A1:A3")] == [False, True, None]
    assert [sheet[a].columns.hidden for a in ("A1", "B1", "A1:B1")] == [False, True, None]
    sheet["1:3"].rows.hidden = False
    assert sheet["A1:A3"].rows.hidden is False


def test_rows_and_columns_are_grouped(sheet):
    sheet["B:C"].group()
    sheet["2:3"].group()
    sheet["A1:B2"].group(by="rows")
    for address, by in (("B:C", None), ("2:3", None), ("A1:B2", "rows")):
        sheet[address].ungroup(by)


# ----------------------------------------------------------------------------------------------------- Range: structure


def test_cells_are_merged_and_parted(sheet):
    sheet["A1:B2"].merge()
    assert (sheet["A1"].merge_cells, sheet["B2"].merge_area.address, sheet["C3"].merge_cells) == (True, "$A$1:$B$2", False)
    sheet["A1:B2"].unmerge()
    assert sheet["A1"].merge_area.address == "$A$1"
    sheet["A4:B5"].merge(across=True)
    assert sheet["A5"].merge_area.address == "$A$5:$B$5"


@pytest.mark.parametrize(
    ("address", "shift", "read"),
    [("A1", "down", [[None, 2], [1, 4], [3, None]]), ("A1", "right", [[None, 1], [3, 4], [None, None]]), ("1:1", "down", [[None, None], [1, 2], [3, 4]]),
     ("A:A", "right", [[None, 1], [None, 3], [None, None]])],
)  # fmt: skip
def test_cells_are_inserted_and_deleted_again(book, sheet, address, shift, read):
    sheet["A1:B2"].value, sheet["E5"].value = [[1, 2], [3, 4]], "x"
    other = book.sheets[0]
    assert other["A1"].value == 1
    sheet[address].insert(shift)
    assert sheet["A1:B3"].value == other["A1:B3"].value == read
    sheet[address].delete({"down": "up", "right": "left"}[shift])
    assert sheet["A1:B3"].value == other["A1:B3"].value == [[1, 2], [3, 4], [None, None]]
    assert sheet["E5"].value == "x"
    sheet["A1"].value = DAY
    assert other["A1"].value == dt.datetime(2026, 3, 5)


def test_cells_are_copied_and_pasted(book, sheet):
    other = book.sheets.add("other")
    sheet["A1:B1"].value = [[2, "=A1*2"]]
    sheet["A1"].color = RED
    sheet["A1:B1"].copy(other["C3"])
    assert (other["C3:D3"].formula, other["C3"].color) == ((("2", "=C3*2"),), RED)
    sheet["A1:B1"].copy()
    assert book.app.cut_copy_mode == "copy"
    for at, how, formula, color in ((1, "values", "4", None), (2, "formulas", "=A2*2", None), (3, None, "=A3*2", RED)):
        other["A1"].offset(at - 1).paste(how)
        assert (other[f"B{at}"].formula, other[f"B{at}"].value, other[f"A{at}"].color) == (formula, 4, color)
    book.app.cut_copy_mode = False
    assert book.app.cut_copy_mode is None
    sheet["C1:D1"].value = ["'007", "=1/0"]
    other["F6"].copy_from(sheet["A1:D1"], "values")
    assert other["F6:I6"].value == [2, 4, "007", None]


def test_cells_are_moved_and_what_refers_to_them_follows(book, sheet):
    sheet["A1:B1"].value, sheet["D1"].formula = [[1, 2]], "=B1"
    sheet["A1:B1"].move(book.sheets.add("there", after=sheet)["C3"])
    assert (sheet["A1"].value, sheet["D1"].formula, sheet["D1"].value) == (None, "=there!D3", 2)


@pytest.mark.parametrize(
    ("keys", "more", "order"),
    [(1, {}, "cab"), (2, {"ascending": False}, "bac"), ([3, 2], {"ascending": [True, False]}, "bac"), ([3, 1], {}, "abc")],
)
def test_rows_are_sorted(sheet, keys, more, order):
    sheet["B2:D4"].value = [[2, "m", "x"], [3, "n", "x"], [1, "k", "z"]]
    names = {"m": "a", "n": "b", "k": "c"}
    sheet["B2:D4"].sort(keys, **more)
    assert "".join(names[n] for n in sheet["C2:C4"].value) == order


def test_a_header_is_not_sorted(sheet):
    sheet["A1:A3"].value = [["z"], ["b"], ["a"]]
    sheet["A1:A3"].sort(1, has_headers=True)
    assert sheet["A1:A3"].value == ["z", "a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "more", "values"),
    [("a", "X", {}, ["X", "X1", "bX"]), ("a", "X", {"whole": True}, ["X", "a1", "bA"]), ("a", "X", {"match_case": True}, ["X", "X1", "bA"]), (".",
     "X", {}, ["a", "a1", "bA"])],
)
def test_texts_are_replaced(sheet, old, new, more, values):
    sheet["A1:A3"].value = [["a"], ["a1"], ["bA"]]
    sheet["A1:A3"].replace_all(old, new, **more)
    assert sheet["A1:A3"].value == values


@pytest.mark.parametrize(("old", "new"), [("old!", "new!"), ("'old'!", "new!"), ("old!$A$1", "new!$A$1"), ("A$1*2", "A$1*20")])
def test_formulas_are_replaced(book, sheet, old, new):
    for name, value in (("old", 1), ("new", 5)):
        book.sheets.add(name, after=sheet)["A1"].value = value
    sheet["A1"].formula = "=old!$A$1*2"
    sheet["A1"].replace_all(old, new)
    assert sheet["A1"].value == (20 if "20" in new else 10)


# ------------------------------------------------------------------------------------- Range: notes, links, rules, names


def test_notes_are_added_changed_and_taken_off(book, sheet):
    assert sheet["B2"].note is None
    assert sheet["B2"].add_note("第一").text == sheet["B2"].note.text == "第一"
    with pytest.raises(ValueError, match="already has a note"):
        sheet["B2"].add_note("again")
    sheet["B2"].note.text = "changed"
    sheet["C3"].add_note("other")
    assert {n.location.address: n.text for n in sheet.notes} == {"$B$2": "changed", "$C$3": "other"}
    assert (len(book.notes), sheet.notes["C3"].text, sheet.notes[sheet["B2"]].text) == (2, "other", "changed")
    sheet["B2"].note.delete()
    assert [n.text for n in sheet.notes] == ["other"]


def test_links_are_put_into_cells(sheet):
    sheet["A1"].add_hyperlink("https://example.org/", "here", "tip")
    sheet["A2"].add_hyperlink("www.example.org")
    assert (sheet["A1"].hyperlink, sheet["A1"].value, sheet["A2"].value) == ("https://example.org/", "here", "www.example.org")
    assert sheet["A2"].hyperlink.rstrip("/") == "http://www.example.org"
    assert sheet["A3"].hyperlink == ""


@pytest.mark.parametrize(
    ("operator", "given"),
    [("equal_to", ("5",)), ("not_equal_to", ("5",)), ("greater_than", (5,)), ("less_than", (5,)), ("greater_than_or_equal", ("=$B$1",)),
     ("less_than_or_equal", ("=MAX($B$1,2)",)),
     ("between", (1, 5)), ("not_between", (1, 5))],
)  # fmt: skip
def test_rules_about_values_are_read_as_they_were_made(sheet, operator, given):
    rule = sheet["A1:A3"].conditional_formats.add_cell_value(operator, *given, fill_color=RED, font_color="#000080")
    assert (rule.type, rule.operator, rule.formula, rule.fill_color, rule.font_color) == ("cell_value", operator, None, RED, NAVY)
    assert [rule.formula1, rule.formula2][: len(given)] == [str(g) for g in given]


def test_rules_are_counted_and_taken_away(book, sheet):
    book.sheets.add("My data", after=sheet)
    cells = sheet["A1:B5"].conditional_formats
    cells.add_custom("='My data'!$A$1>A1", fill_color=RED, font_bold=True)
    cells.add_custom('=$A1="a;b,c"', font_color=NAVY)
    sheet["D1"].conditional_formats.add_custom("=TRUE", fill_color=GREEN)
    assert [(r.type, r.formula, r.fill_color, r.font_color) for r in cells] == [("custom", "='My data'!$A$1>A1", RED, None), ("custom", '=$A1="a;b,c"', None, NAVY)]
    assert [len(sheet[a].conditional_formats) for a in ("B5", "C1", "A1:D1", "D1")] == [2, 0, 3, 1]
    cells[0].delete()
    assert [r.font_color for r in sheet["A1"].conditional_formats] == [NAVY]
    sheet["A1"].conditional_formats.clear()
    assert [len(sheet[a].conditional_formats) for a in ("A1:B5", "D1")] == [0, 1]


def test_a_rule_shows_at_once_beside_those_that_stand_there(book, sheet):
    """A rule read back proves nothing: those that Calc makes by their range alone are on no cell before the file is opened again."""
    sheet["A1:E20"].value = [[r * c for c in range(5)] for r in range(20)]
    sheet["B2:B10"].conditional_formats.add_custom("=$B2>3", fill_color=GREEN)
    green = painted(book, GREEN)
    assert green > 500
    sheet["A1:E20"].conditional_formats.add_custom("=$C1>10", fill_color=RED)
    assert painted(book, GREEN) == green  # what was there first is tried first
    assert painted(book, RED) > 5 * green
    sheet["B4:C6"].conditional_formats.add_cell_value("between", 3, 8, fill_color=NAVY)
    assert painted(book, NAVY) > 500
    assert painted(book, GREEN) == green
    assert sheet["B12"].conditional_formats[0].formula == "=$C1>10"


@pytest.mark.parametrize("area", ["A1:C3", "B2:D4", "B2:B2", "A3:E3", "D4:E5", "A1:E5"])
def test_a_rule_that_overlaps_others_holds_on_its_own_cells_only(book, sheet, area):
    sheet["B2:C4"].conditional_formats.add_custom("=FALSE", fill_color=GREEN)
    sheet["A4:D4"].conditional_formats.add_cell_value("equal_to", 99, fill_color=GREEN)
    alone = book.sheets.add("alone", after=sheet)
    for each in (sheet, alone):
        each["A1:E5"].value = [[10 * r + c for c in range(5)] for r in range(5)]
        each[area].conditional_formats.add_cell_value("greater_than", 0, fill_color=RED)
        each[area].conditional_formats.add_custom(f"={each[area][0, 0].get_address(False, False)}=0", fill_color=RED)
    both = painted(book, RED)
    alone.delete()
    assert both == pytest.approx(2 * painted(book, RED), rel=0.05)  # edges between areas are blurred
    assert both > 0


def test_a_sheet_that_goes_takes_nothing_else_along(app, tmp_path):
    """Neither the tables nor the rules of other sheets, wherever it stands."""
    made = openpyxl.Workbook()
    for name in "ABCDE":
        drawn = made.create_sheet(name)
        for r in range(5):
            drawn.append([f"h{c}" if r == 0 else 10 * r + c for c in range(5)])
        if name != "C":
            drawn.add_table(Table(displayName=f"t{name}", ref="A1:E5"))
        drawn.conditional_formatting.add("B2:C4", FormulaRule(formula=["B2>0"], fill=PatternFill(bgColor="FF0000", fill_type="solid")))
    made.remove(made.worksheets[0])
    made.save(tmp_path / "book.xlsx")
    for gone in "ABCDE":
        book = app.books.open(str(tmp_path / "book.xlsx"))
        red, left = painted(book, RED) / 5, list("ABCDE")
        for name in dict.fromkeys([gone, *"BDE"]):
            book.sheets[name].delete()
            left.remove(name)
            assert book.sheet_names == left
            assert painted(book, RED) == red * len(left)
            assert {t.name for s in book.sheets for t in s.tables} == {f"t{n}" for n in left if n != "C"}
        book.close()


def test_a_rule_is_made_while_another_sheet_is_protected(book, sheet):
    """Calc makes no cell style then."""
    guarded = book.sheets.add("guarded", after=sheet)
    guarded.api.protect("")
    sheet["A1:B2"].value = 1
    sheet["A1:B2"].conditional_formats.add_custom("=TRUE", fill_color=(1, 200, 3), font_color=NAVY)
    assert painted(book, (1, 200, 3)) > 100
    with pytest.raises(ProtectedSheet, match="guarded"):
        guarded["A1"].conditional_formats.add_custom("=TRUE", fill_color=RED)


def test_a_protected_structure_keeps_its_sheets(book, sheet):
    book.sheets.add("second", after=sheet)
    book.api.protect("")
    for change in (lambda: book.sheets.add("x"), sheet.delete, lambda: setattr(sheet, "name", "x"), lambda: setattr(sheet, "visible", False),
                   lambda: sheet.copy(after=sheet), lambda: sheet.impl.move(None, book.sheets["second"].impl)):  # fmt: skip
        with pytest.raises(PermissionError, match=r"the structure of .* is protected"):
            change()
    assert book.sheet_names == [sheet.name, "second"]
    book.api.unprotect("")


def test_a_book_is_held_still_alone(app, book):
    other = app.books.add()
    book.impl.screen_updating, book.impl.calculation = False, "manual"
    assert (other.impl.screen_updating, other.impl.calculation) == (True, "automatic")
    assert (app.screen_updating, app.calculation) == (False, "manual")
    book.impl.screen_updating, book.impl.calculation = True, "automatic"
    assert (app.screen_updating, app.calculation) == (True, "automatic")
    other.close()


def test_names_are_defined_changed_and_deleted(book, sheet):
    sheet.name = "My sheet"
    sheet["B2:C3"].name = "spot"
    assert (sheet["B2:C3"].name.name, book.names["spot"].refers_to, book.names["SPOT"].refers_to_range) == ("spot", "='My sheet'!$B$2:$C$3", sheet["B2:C3"])
    assert sheet["B2"].name is None
    book.names.add("rate", "=0.06")
    book.names["formula"] = "=SUM('My sheet'!$A$1:$A$2,1)"
    sheet.names.add("own", "='My sheet'!$A$1")
    assert ([n.name for n in book.names], "rate" in book.names, "own" in book.names) == (["formula", "rate", "spot"], True, False)
    assert [(n.name, n.refers_to_range.address) for n in sheet.names] == [("My sheet!own", "$A$1")]
    assert (book.names["formula"].refers_to, book.names[1].refers_to) == ("=SUM('My sheet'!$A$1:$A$2,1)", "=0.06")
    sheet["E1"].formula = "=rate*100"
    assert sheet["E1"].value == 6
    book.names["spot"].refers_to = "='My sheet'!$D$4"
    book.names["spot"].name = "place"
    assert sheet["place"].address == "$D$4"
    del book.names["place"]
    assert len(book.names) == book.names.count == 2
    with pytest.raises(KeyError):
        book.names["place"]


# ------------------------------------------------------------------------------------------------ Tables, Charts, Pictures


def test_tables_are_added_and_resized(book, sheet):
    cells = placed(sheet, "B2", [["k", "n"], ["a", 1], ["b", 2]])
    table = sheet.tables.add(cells, name="Deals")
    assert (table.name, table.range, table.header_row_range.value, table.data_body_range.address) == ("Deals", cells, ["k", "n"], "$B$3:$C$4")
    assert (table.show_headers, table.show_autofilter, table.show_totals, table.totals_row_range) == (True, True, False, None)
    assert (sheet["C4"].table, sheet["D4"].table, sheet["Deals"].address) == (table, None, "$B$3:$C$4")
    table.resize(sheet["B2:D5"])
    table.show_totals = True
    assert (table.range.address, table.data_body_range.address, table.totals_row_range.address) == ("$B$2:$D$5", "$B$3:$D$4", "$B$5:$D$5")
    table.name = "Orders"
    assert ([t.name for t in sheet.tables], "Orders" in sheet.tables, sheet.tables["orders"].name) == (["Orders"], True, "Orders")
    assert sheet.tables.add(sheet["G1:H3"]).name not in ("", "Orders")
    assert not book.sheets.add("empty").tables


def test_a_table_takes_a_frame(sheet):
    table = sheet.tables.add(placed(sheet, "A1", [["k", "n"], ["a", 1], ["b", 2]]), name="Deals")
    table.update(pd.DataFrame({"k": ["x"], "n": [9]}), index=False)
    assert (table.range.address, sheet["A1:B3"].value) == ("$A$1:$B$2", [["k", "n"], ["x", 9], [None, None]])


KINDS = ["column_clustered", "column_stacked", "column_stacked_100", "bar_clustered", "bar_stacked", "line", "line_markers", "area", "area_stacked", "pie",
"doughnut", "radar",
         "radar_markers", "radar_filled", "xy_scatter", "xy_scatter_lines"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_of_the_kind_it_was_given(sheet, kind):
    cells = placed(sheet, "A1", [["k", "n", "m"], ["a", 1, 3], ["b", 2, 5]])
    assert sheet.charts.add(chart_type=kind, source=cells).chart_type == kind


def test_charts_are_placed_titled_drawn_and_deleted(sheet, tmp_path):
    cells = placed(sheet, "A1", [["k", "n"], ["a", 1], ["b", 2]])
    chart = sheet.charts.add(10, 20, 300, 200, chart_type="pie", source=cells, name="share")
    assert (chart.left, chart.top, chart.width, chart.height) == pytest.approx((10, 20, 300, 200), abs=0.1)
    chart.left, chart.top, chart.width, chart.height = 40, 50, 200, 100
    assert (chart.left, chart.top, chart.width, chart.height) == pytest.approx((40, 50, 200, 100), abs=0.1)
    assert (chart.title, chart.parent) == (None, sheet)
    chart.title = "份额"
    chart.chart_type = "column_clustered"
    assert (chart.title, chart.chart_type, sheet.charts["share"].name) == ("份额", "column_clustered", "share")
    chart.to_png(tmp_path / "share.png")
    assert (tmp_path / "share.png").read_bytes()[:4] == b"\x89PNG"
    other = sheet.charts.add(anchor=sheet["D10"])
    assert (other.left, other.top) == pytest.approx((sheet["D10"].left, sheet["D10"].top), abs=0.1)
    chart.delete()
    assert [c.name for c in sheet.charts] == [other.name]


def test_pictures_are_placed_named_and_deleted(sheet, picture):
    own = sheet.pictures.add(picture, left=10, top=20)
    assert (own.left, own.top, own.width, own.height) == pytest.approx((10, 20, 30, 15), abs=0.1)
    own.name, own.width = "seal", 60
    assert (sheet.pictures["seal"].width, own.parent) == (pytest.approx(60, abs=0.1), sheet)
    wide = sheet.pictures.add(picture, width=90, name="wide", anchor=sheet["C5"])
    assert (wide.width, wide.height, wide.top) == pytest.approx((90, 45, sheet["C5"].top), abs=0.1)
    with pytest.raises(xw.ShapeAlreadyExists):
        sheet.pictures.add(picture, name="seal")
    own.delete()
    assert [p.name for p in sheet.pictures] == ["wide"]


# ------------------------------------------------------------------------------------------- what is locked, what is missing

WRITES = {
    "value": lambda c: setattr(c, "value", 1), "values": lambda c: setattr(c, "value", [[1, 2]]), "formula": lambda c: setattr(c, "formula", "=1"),
    "formula over many": lambda c: setattr(c.resize(2), "formula", "=1"), "formula_array": lambda c: setattr(c, "formula_array", "=1"), "clear": lambda c: c.clear(),
    "clear_contents": lambda c: c.clear_contents(), "clear_formats": lambda c: c.clear_formats(), "clear the sheet": lambda c: c.sheet.clear(),
    "autofit the sheet": lambda c: c.sheet.autofit(), "replace_all": lambda c: c.replace_all("a", "b"), "number_format": lambda c: setattr(c, "number_format", "0"),
    "color": lambda c: setattr(c, "color", RED), "set_colors": lambda c: c.set_colors([[RED]]), "wrap_text": lambda c: setattr(c, "wrap_text", True),
    "horizontal_alignment": lambda c: setattr(c, "horizontal_alignment", "left"), "vertical_alignment": lambda c: setattr(c, "vertical_alignment", "top"),
    "column_width": lambda c: setattr(c, "column_width", 9), "row_height": lambda c: setattr(c, "row_height", 9), "hide rows": lambda c: setattr(c.rows, "hidden", True),
    "hide columns": lambda c: setattr(c.columns, "hidden", True), "autofit": lambda c: c.autofit(), "group": lambda c: c.group("rows"),
    "ungroup": lambda c: c.ungroup("rows"),
    "merge": lambda c: c.resize(2).merge(), "merge across": lambda c: c.resize(2, 2).merge(True), "unmerge": lambda c: c.unmerge(),
    "insert": lambda c: c.insert("down"),
    "delete": lambda c: c.delete("up"), "copy to": lambda c: c.offset(3).copy(c), "copy_from": lambda c: c.copy_from(c.offset(3)),
    "move": lambda c: c.move(c.offset(3)),
    "move to": lambda c: c.sheet.book.sheets["open"]["A1"].move(c), "sort": lambda c: c.resize(2).sort(1), "add_note": lambda c: c.offset(3).add_note("x"),
    "note.text": lambda c: setattr(c.note, "text", "y"), "note.delete": lambda c: c.note.delete(), "add_hyperlink": lambda c: c.add_hyperlink("https://example.org"),
    "add a rule": lambda c: c.conditional_formats.add_custom("=TRUE"), "delete a rule": lambda c: c.conditional_formats[0].delete(),
    "clear rules": lambda c: c.conditional_formats.clear(),
    "font.bold": lambda c: setattr(c.font, "bold", True), "font.italic": lambda c: setattr(c.font, "italic", True), "font.size": lambda c: setattr(c.font, "size", 9),
    "font.color": lambda c: setattr(c.font, "color", RED), "font.name": lambda c: setattr(c.font, "name", "Arial"),
    "add a table": lambda c: c.sheet.tables.add(c.resize(2)),
    "resize a table": lambda c: c.sheet.tables[0].resize(c.resize(2)),
}  # fmt: skip


def test_a_protected_sheet_refuses_to_be_written(book, sheet):
    book.sheets.add("open", after=sheet)
    cell = sheet["A1"]
    cell.value = "a"
    cell.add_note("a note")
    cell.conditional_formats.add_custom("=TRUE", fill_color=RED)
    sheet.tables.add(sheet["G1:H3"])
    sheet.api.protect("")
    for what, write in WRITES.items():
        with pytest.raises(ProtectedSheet, match=sheet.name):
            write(cell)
            pytest.fail(f"{what} went through")
    assert (cell.value, cell.note.text, cell.color, len(cell.conditional_formats), sheet["A1:B9"].end("down").row > 9) == ("a", "a note", None, 1, True)
    sheet.api.unprotect("")
    cell.value = "b"
    assert cell.value == "b"


@pytest.mark.parametrize(
    ("what", "said"),
    [("Range.autofilter", lambda s: s["A1"].autofilter), ("Range.data_validation", lambda s: s["A1"].data_validation), ("Range.borders", lambda s: s["A1"].borders),
     ("Range.characters", lambda s: s["A1"].characters), ("Range.comment", lambda s: s["A1"].comment), ("Range.find", lambda s: s["A1"].find("x")),
     ("Range.remove_duplicates", lambda s: s["A1"].remove_duplicates(1)), ("Range.to_png", lambda s: s["A1"].impl.to_png("a.png")),
     ("Range.paste", lambda s: paste(s, "formats")),
     ("Range.get_special_cells", lambda s: s["A1"].get_special_cells("blanks")), ("Range.autofill", lambda s: s["A1"].autofill(s["A1:A3"])),
     ("Range.copy_from", lambda s: s["A1"].copy_from(s["B1"], transpose=True)), ("Range.horizontal_alignment", lambda s: setattr(s["A1"],
     "horizontal_alignment", "distributed")),
     ("Sheet.shapes", lambda s: s.shapes), ("Sheet.pivot_tables", lambda s: s.pivot_tables), ("Sheet.to_html", lambda s: s.to_html("a.html")),
     ("Tables.add", lambda s: s.tables.add(s["A1:B2"], has_headers=False)), ("Table.rows", lambda s: s.tables.add(s["A1:B2"]).rows),
     ("Table.sort", lambda s: s.tables.add(s["A1:B2"]).sort(1)), ("Chart.series", lambda s: s.charts.add().series), ("Chart.legend", lambda s: s.charts.add().legend),
     ("Chart.name", lambda s: setattr(s.charts.add(), "name", "x")), ("Chart.chart_type", lambda s: s.charts.add(chart_type="bubble")),
     ("ConditionalFormats.add_data_bar", lambda s: s["A1"].conditional_formats.add_data_bar(RED)), ("App.interactive", lambda s: s.book.app.interactive),
     ("App.interactive", lambda s: setattr(s.book.app, "interactive", False)), ("Book.json", lambda s: s.book.json())],
)  # fmt: skip
def test_what_is_missing_says_its_name(sheet, what, said):
    with pytest.raises(NotImplementedError, match=what.replace(".", r"\.")):
        said(sheet)


def paste(sheet, how):
    sheet["A1"].copy()
    sheet["B1"].paste(how)
