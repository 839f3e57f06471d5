"""Buttons on a workbook that is open in a live LibreOffice: judged, marked, refreshed, given back; and what else stands in it survives."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import xlwings as xw
from conftest import painted, require

from opsbook import jobs, ribbon
from opsbook.actions import template
from opsbook.demo import operations
from opsbook.hosts import file, new_file
from opsbook.hosts.excel import LiveBook, Place
from opsbook.jobs import live
from opsbook.sheets import catalog

pytestmark = pytest.mark.long

FINDINGS, OVERVIEW, EXPENSES, RISKS = "校验结果", "总览", "费用报销", "风险登记"


@pytest.fixture(scope="module")
def office():
    require("soffice")
    from opsbook.hosts import libreoffice

    try:
        libreoffice.engine()
        app = libreoffice.started()
    except libreoffice.NoUno as fault:
        require("python3-uno", str(fault))
    yield app
    app.quit()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Eight registers of the demo centre, shortened, with faults."""
    records = operations.records()
    given = {key: [dict(r) for r in records[key][:rows]] for key, rows in (("employees", 26), ("plans", 40), ("projects", 8), ("acceptance", 4), ("budget", 30),
                                                                           ("expenses", 24), ("risks", 12))}  # fmt: skip
    given["employees"][1]["id_no"] = "110105194912310020"
    given["expenses"][2]["claim_amount"] = "abc"
    for risk in given["risks"][:3]:
        risk["likelihood"] = 9
    given["policy"] = jobs.policy_records("zh", {"org.status_date": "2026-09-30"})
    path = tmp_path_factory.mktemp("demo") / "demo.xlsx"
    new_file.draw(template.pages(catalog(), template.Choice("zh", tuple(given)), given), path)
    return path


@pytest.fixture
def opened(office, demo, tmp_path):
    """The demo, a copy of its own, open."""
    path = tmp_path / "运营 台账.xlsx"
    path.write_bytes(demo.read_bytes())
    book = LiveBook(xw.Book(impl=office.books.open(str(path))))
    yield book
    book.book.close()


def pressed(book, action):
    said, well = ribbon.press(action, book)
    assert well, said
    return said


def everything(book):
    """What every sheet shows, and what stands behind it."""
    return {g.name: ([list(row) for row in g.rows], book.book.sheets[g.name].used_range.formula) for g in book.grids() if not g.name.startswith("_")}


def cells(book, sheet):
    grid = next(book.grids(sheet.__eq__))
    return {(r + 1 + grid.start[0], c + 1 + grid.start[1]): v for r, row in enumerate(grid.rows) for c, v in enumerate(row) if v != ""}


def calls(monkeypatch):
    """Counts the engine's reads and writes of values, by sheet."""
    from opsbook.hosts.libreoffice.cells import Range

    read, written = {}, {}
    held = Range.raw_value

    def get(self):
        read[self.sheet.name] = read.get(self.sheet.name, 0) + 1
        return held.fget(self)

    def put(self, value):
        written[self.sheet.name] = written.get(self.sheet.name, 0) + 1
        held.fset(self, value)

    monkeypatch.setattr(Range, "raw_value", property(get, put))
    return read, written


# --------------------------------------------------------------------------------------------- validate


def listed_rows(book):
    """The rows of the sheet of findings, as header → value."""
    seen = cells(book, FINDINGS)
    top = next(r for (r, c), value in sorted(seen.items()) if value == "规则")
    names = {c: value for (r, c), value in seen.items() if r == top}
    return [{name: seen.get((r, c), "") for c, name in names.items()} for r in sorted({r for r, c in seen if r > top and c in names})]


def test_validating_says_what_the_command_line_says(opened, demo):
    pressed(opened, "validate")
    told = {(f.severity.value, f.rule, f.sheet, f.record, f.message.zh) for f in jobs.validate(demo).findings}
    words = {"◆ 错误": "error", "▲ 警告": "warning", "● 提示": "note"}
    rows = listed_rows(opened)
    assert {(words[row["级别"]], row["规则"], row["工作表"], row["记录"], row["问题"]) for row in rows} == told
    assert {(row["规则"], row["工作表"], row["记录"], row["单元格"], row["当前值"]) for row in rows} >= {  # what was planted above
        ("EMP-005", "员工", "EMP-0002", "N7", "110*************20"),
        ("GEN-002", "费用报销", "EXP-2026-00003", "AD8", "abc"),
        ("RSK-003", "风险登记", "RSK-2026-001", "M6", "9"),
        ("RSK-003", "风险登记", "RSK-2026-002", "M7", "9"),
        ("RSK-003", "风险登记", "RSK-2026-003", "M8", "9"),
    }


#: The cell of the first finding, N7 of the employees: the number of EMP-0002, which fails its check.
FIRST = Place("员工", 7, 14)


def test_a_cell_with_a_finding_bears_a_note_and_a_colour(opened):
    pressed(opened, "validate")
    note = opened.note(FIRST)
    assert "EMP-005" in note
    assert "身份证号 110*************20 校验失败" in note
    assert "对照证件重新填写。" in note
    rules = opened.book.sheets[FIRST.sheet].range((FIRST.row, FIRST.column)).conditional_formats
    assert any("_opsbook_marks" in (each.formula or "") for each in rules)


def test_the_cursor_is_on_the_first_finding_and_goes_on_to_the_next(opened):
    pressed(opened, "validate")
    seen = []
    for _ in range(4):
        sheet, address = opened.here()
        seen.append((sheet, address.replace("$", ""), pressed(opened, "next_finding").en.partition(":")[0]))
    assert seen == [
        ("员工", "N7", "2/35 GEN-005 PLN-2026-0034 所属项目"),
        ("计划", "E39", "3/35 GEN-005 PLN-2026-0035 所属项目"),
        ("计划", "E40", "4/35 GEN-005 PLN-2026-0036 所属项目"),
        ("计划", "E41", "5/35 GEN-005 PLN-2026-0037 所属项目"),
    ]


def test_a_mark_follows_its_record_when_rows_are_inserted(opened):
    pressed(opened, "validate")
    opened.book.sheets["员工"].range("7:7").insert("down")
    below = Place("员工", 8, 14)
    assert live._Stand(opened).place(["员工", "EMP-0002", "身份证号"]) == below
    assert "EMP-005" in opened.note(below)
    assert not opened.note(FIRST)


def test_where_a_finding_stands_is_asked_of_the_header_wherever_that_is(opened):
    """The header in row 15, the number of the record in the fifth column, other columns that name the record before it."""
    sheet = opened.book.sheets["计划"]
    sheet.range("1:10").insert("down")
    for _ in range(4):
        sheet.range("A:A").insert("right")
    pressed(opened, "validate")
    line = next(line for line in live._listed(opened) if line[:3] == ["计划", "PLN-2026-0034", "所属项目"])
    assert live._Stand(opened).place(line) == Place("计划", 49, 9)
    opened.go(("计划", "I49"))
    assert line[3] in pressed(opened, "explain").en
    seen = {pressed(opened, "next_finding").en.partition(" ")[0] for _ in live._listed(opened)}
    assert len(seen) == len(live._listed(opened))  # each is gone to once


def test_a_child_above_its_parent_is_not_taken_for_it(opened):
    sheet = opened.book.sheets["计划"]
    child, parent = 39, 40  # the finding stands on the record below, whose number the row above names as its parent
    sheet.range((child, 2)).value = sheet.range((parent, 1)).value
    pressed(opened, "validate")
    assert live._Stand(opened).place(["计划", str(sheet.range((parent, 1)).value), "所属项目"]).row == parent


def test_two_rows_of_one_number_are_told_apart(opened):
    sheet = opened.book.sheets[RISKS]
    sheet.range("A8").value = sheet.range("A6").value
    pressed(opened, "validate")
    rows = [live._Stand(opened).place(line).row for line in live._listed(opened) if line[0] == RISKS and line[3] == "RSK-003"]
    assert rows == [6, 7, 8]


def test_a_merged_cell_counts_for_each_of_its_rows_in_an_open_workbook(opened):
    sheet = opened.book.sheets[EXPENSES]
    column = next(c for (r, c), v in cells(opened, EXPENSES).items() if v == "报销人")
    for row in (7, 8):
        sheet.range((row, column)).value = sheet.range((6, column)).value
    before = len(jobs_of(opened, EXPENSES, "GEN-001"))
    sheet.range((7, column), (8, column)).value = [[None], [None]]
    sheet.range((6, column), (8, column)).merge()
    grid = next(opened.grids(EXPENSES.__eq__))
    assert ((5, column - 1), (7, column - 1)) in grid.merged
    assert len(jobs_of(opened, EXPENSES, "GEN-001")) == before


def jobs_of(book, sheet, rule):
    """The lines of the list that a validation gives for a sheet and a rule."""
    pressed(book, "validate")
    return [line for line in live._listed(book) if line[0] == sheet and line[3] == rule]


def test_a_click_reads_and_writes_the_values_of_a_sheet_once(opened, monkeypatch):
    pressed(opened, "validate")
    read, written = calls(monkeypatch)
    pressed(opened, "validate")
    assert max(read.values()) == 1
    assert max(written.values()) == 1
    assert set(written) == {"_opsbook_marks", "_opsbook_undo", FINDINGS}  # there only formulas: links to the records


def test_a_users_own_note_stays_above_ours_and_alone_when_marks_are_cleared(opened):
    pressed(opened, "validate")
    sheet, key, header = live._listed(opened)[0][:3]
    at = live._Stand(opened).place([sheet, key, header])
    pressed(opened, "clear")
    assert opened.note(at) is None
    opened.put_note(at, "请财务核对", False)
    pressed(opened, "validate")
    assert opened.note(at).startswith("请财务核对\n—— opsbook ——")
    pressed(opened, "validate")
    assert opened.note(at).count("opsbook") == 1
    pressed(opened, "clear")
    assert opened.note(at) == "请财务核对"


def test_a_note_beside_a_finding_is_kept_through_validation(opened):
    pressed(opened, "validate")
    header = next((r, c) for (r, c), v in cells(opened, FINDINGS).items() if v == "备注")
    opened.book.sheets[FINDINGS].range((header[0] + 1, header[1])).value = "已约谈"
    pressed(opened, "validate")
    assert "已约谈" in cells(opened, FINDINGS).values()


def test_explaining_says_the_clause_in_the_note(opened):
    pressed(opened, "validate")
    rule = live._listed(opened)[0][3]
    assert rule in pressed(opened, "explain").en
    assert "一(三)1" in opened.note(live._selected(opened))
    opened.go((FINDINGS, "A1"))
    assert "no finding" in pressed(opened, "explain").en


def test_a_rule_of_the_centres_own_is_explained_too(office, tmp_path):
    given = {"employees": operations.records()["employees"], "expenses": [dict(r) for r in operations.records()["expenses"][:5]],
             "rules": [{"rule_id": "USR-001", "on_sheet": "费用报销", "at_column": "事由", "must_be": "[报销金额] < 0"}]}  # fmt: skip
    path = tmp_path / "b.xlsx"
    new_file.draw(template.pages(catalog(), template.Choice("zh", tuple(given)), given), path)
    book = LiveBook(xw.Book(impl=office.books.open(str(path))))
    pressed(book, "validate")
    line = next(line for line in live._listed(book) if line[3] == "USR-001")
    at = live._Stand(book).place(line)
    book.go((at.sheet, book.book.sheets[at.sheet].range((at.row, at.column)).get_address(False, False)))
    assert "USR-001" in pressed(book, "explain").en
    assert "须满足：报销金额小于0" in book.note(live._selected(book))
    book.book.close()


# ---------------------------------------------------------------------------------------------- refresh


def test_refreshing_gives_the_figures_of_the_command_line(opened, demo):
    pressed(opened, "refresh")
    known = jobs.refresh(demo)
    theirs = {b.name: {v for p in b.puts for v in [p.value] if isinstance(v, float)} for b in known.boards if not b.hidden}
    for name, values in theirs.items():
        shown = {round(v, 6) for v in cells(opened, name).values() if isinstance(v, float)}
        assert {round(v, 6) for v in values} - shown == set(), name


def test_summaries_have_native_charts_that_read_cells_of_their_own_sheet(opened, demo, tmp_path):
    pressed(opened, "refresh")
    for board in jobs.refresh(demo).boards:
        if not board.hidden:
            assert opened.book.sheets[board.name].charts.count == len(board.graphs), board.name
    opened.book.save(str(tmp_path / "r.xlsx"))
    with zipfile.ZipFile(tmp_path / "r.xlsx") as package:
        charts = [package.read(n).decode() for n in package.namelist() if n.startswith("xl/charts/chart")]
    assert len(charts) == sum(sheet.charts.count for sheet in opened.book.sheets) > 3
    assert not any("#REF!" in chart or "[" in chart.split("<c:f>", 1)[-1].split("</c:f>")[0] for chart in charts)


def test_a_second_refresh_changes_nothing_that_is_seen(opened):
    pressed(opened, "refresh")
    pressed(opened, "refresh")
    first = everything(opened)
    pressed(opened, "refresh")
    again = everything(opened)
    assert list(first) == list(again)
    for name in first:
        assert [v for row in first[name][0] for v in row if "刷新于" not in str(v)] == [v for row in again[name][0] for v in row if "刷新于" not in str(v)], name


def test_formulas_and_names_that_stand_for_a_summary_still_do(opened):
    pressed(opened, "refresh")
    own = opened.book.sheets.add("我的", after=opened.book.sheets[-1])
    own["A1"].formula = f"={OVERVIEW}!B2"
    opened.define("mine", OVERVIEW, "$B$2")
    title = own["A1"].value
    pressed(opened, "refresh")
    assert own["A1"].formula == f"={OVERVIEW}!B2"
    assert own["A1"].value == title
    assert dict(opened.names())["mine"] == (OVERVIEW, "$B$2")
    pressed(opened, "undo")
    assert own["A1"].formula == f"={OVERVIEW}!B2"
    assert own["A1"].value == title


def test_a_formula_of_the_users_own_in_a_computed_column_stays(opened):
    sheet = opened.book.sheets[RISKS]
    header = next((r, c) for (r, c), v in cells(opened, RISKS).items() if v == "固有风险值")
    cell = sheet.range((header[0] + 1, header[1]))
    cell.formula = "=6*7"
    assert "formulas of your own" in pressed(opened, "refresh").en or cell.formula == "=6*7"
    assert cell.formula == "=6*7"


# ------------------------------------------------------------------------------------------------- undo


@pytest.mark.parametrize("action", ["validate", "refresh", "new_rows", "clear"])
def test_undo_gives_back_what_was_there(action, opened):
    if action == "clear":
        pressed(opened, "validate")
    if action == "new_rows":
        opened.go((EXPENSES, "A8:A10"))
    before, notes = everything(opened), noted(opened)
    pressed(opened, action)
    assert (everything(opened), noted(opened)) != (before, notes)
    assert "undone" in pressed(opened, "undo").en
    after = everything(opened)
    assert list(after) == list(before)
    for name in before:
        assert trimmed(after[name][0]) == trimmed(before[name][0]), name
    assert noted(opened) == notes
    assert "nothing to undo" in pressed(opened, "undo").en


def noted(book):
    return {name: found for name in book.sheets if (found := book.notes(name))}


def trimmed(rows):
    """Rows without what is blank at their ends."""
    lines = [list(row) for row in rows]
    while lines and not any(v != "" for v in lines[-1]):
        lines.pop()
    width = max((n + 1 for row in lines for n, v in enumerate(row) if v != ""), default=0)
    return [row[:width] + [""] * (width - len(row)) for row in lines]


def test_a_sheet_that_goes_leaves_the_tables_of_others(opened):
    tables = lambda: {s.name: [t.name for t in s.tables] for s in opened.book.sheets}  # noqa: E731
    before = tables()
    for place in (EXPENSES, opened.book.sheets[-1].name):
        opened.book.sheets.add("guest", after=opened.book.sheets[place])
        opened.book.sheets["guest"].delete()
    assert tables() == before


def test_undo_after_saving_and_opening_again(office, opened, tmp_path):
    before = everything(opened)
    pressed(opened, "refresh")
    opened.book.save(str(tmp_path / "saved.xlsx"))
    (tmp_path / "again.xlsx").write_bytes((tmp_path / "saved.xlsx").read_bytes())
    again = LiveBook(xw.Book(impl=office.books.open(str(tmp_path / "again.xlsx"))))
    assert "undone" in pressed(again, "undo").en
    after = everything(again)
    again.book.close()
    assert {n: trimmed(v[0]) for n, v in after.items()} == {n: trimmed(v[0]) for n, v in before.items()}


def test_what_was_put_aside_goes_with_the_next_action_and_a_users_own_sheet_stays(opened):
    mine = opened.book.sheets.add("我的 ·", after=opened.book.sheets[-1])
    mine["A1"].value = "勿删"
    for _ in range(2):
        pressed(opened, "refresh")
    assert [n for n in opened.book.sheet_names if n.endswith(" ·") and n != "我的 ·"]
    pressed(opened, "validate")
    assert [n for n in opened.book.sheet_names if n.endswith(" ·")] == ["我的 ·", f"{FINDINGS} ·"]
    assert mine["A1"].value == "勿删"
    assert "我的 ·" in opened.sheets


def test_conditions_do_not_multiply(opened):
    def count():
        return {name: len(opened.book.sheets[name]["A1:ZZ2000"].conditional_formats) for name in opened.sheets if not name.startswith("_")}

    pressed(opened, "validate")
    once = count()
    for action in ("undo", "validate", "clear", "validate"):
        pressed(opened, action)
    assert count() == once


def test_undo_leaves_what_was_changed_since(opened):
    pressed(opened, "refresh")
    header = next((r, c) for (r, c), v in cells(opened, RISKS).items() if v == "固有风险值")
    cell = opened.book.sheets[RISKS].range((header[0] + 1, header[1]))
    cell.value = 7777
    assert "1 cells changed since" in pressed(opened, "undo").en or cell.value == 7777
    assert cell.value == 7777


@pytest.mark.parametrize("change", ["inserted", "sorted and deleted"])
def test_undo_follows_the_records(change, opened):
    """Between an action and its undoing rows and columns move: each cell is given back where its record is now."""
    sheet, header = opened.book.sheets[RISKS], "固有风险值"
    column = next(c for (r, c), v in cells(opened, RISKS).items() if v == header)
    before = {sheet.range((r, 1)).value: sheet.range((r, column)).value for r in range(6, 18)}
    pressed(opened, "refresh")
    assert {sheet.range((r, 1)).value: sheet.range((r, column)).value for r in range(6, 18)} != before
    gone = set()
    if change == "inserted":
        sheet.range("6:8").insert("down")
        sheet.range("B:C").insert("right")
    else:
        ids = [sheet.range((r, 1)).value for r in range(6, 18)]
        block = sheet.range((6, 1), (17, len(cells_of_row(opened, RISKS, 5))))
        block.value = [line for _, line in sorted(zip(ids, block.value, strict=True), reverse=True)]
        gone = {sheet.range((9, 1)).value}
        sheet.range("9:9").delete("up")
    said = pressed(opened, "undo").en
    assert ("gone" in said) is bool(gone)
    column = next(c for (r, c), v in cells(opened, RISKS).items() if v == header)
    now = {sheet.range((r, 1)).value: sheet.range((r, column)).value for r in range(6, 21) if sheet.range((r, 1)).value}
    assert now == {record: value for record, value in before.items() if record not in gone}


def cells_of_row(book, sheet, row):
    return [v for (r, c), v in cells(book, sheet).items() if r == row]


def test_a_record_of_the_last_action_that_was_edited_is_not_followed(opened):
    pressed(opened, "validate")
    opened.book.sheets["_opsbook_undo"]["A3"].value = "abc"
    said = pressed(opened, "undo")
    assert "cannot be undone" in said.en
    assert FINDINGS in opened.sheets


# ---------------------------------------------------------------------------------------- what survives


def test_place_filters_hidden_rows_and_unsaved_edits_survive(opened):
    sheet = opened.book.sheets[EXPENSES]
    sheet.range("8:9").api.Rows.IsVisible = False
    cell = sheet.range("B7")
    before = cell.value
    cell.value = "未保存的修改"
    opened.go((EXPENSES, "C7:D9"))
    pressed(opened, "refresh")
    assert opened.here() == (EXPENSES, "$C$7:$D$9")
    assert not sheet.range("8:9").api.Rows.IsVisible
    assert cell.value == "未保存的修改" != before
    assert opened.book.app.screen_updating
    assert opened.book.app.calculation == "automatic"


def test_everything_is_as_it_was_when_an_action_fails(opened, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("nothing there")

    monkeypatch.setattr(live, "judged", broken)
    opened.go((EXPENSES, "C7"))
    said, well = ribbon.press("refresh", opened)
    assert not well
    assert "ZeroDivisionError" in said.en
    assert str(ribbon.LOG) in said.en
    assert opened.here() == (EXPENSES, "$C$7")
    assert opened.book.app.screen_updating
    assert opened.book.app.calculation == "automatic"


# ------------------------------------------------------------------------------- one sentence for each


RED = (0xFB, 0xE3, 0xE0)


def test_colours_are_there_at_once_and_rules_that_stood_there_stay(opened):
    own = (1, 200, 3)
    opened.book.sheets[RISKS]["A6:D8"].conditional_formats.add_custom('=$A6<>""', fill_color=own)
    before = painted(opened.book, own)
    assert before > 100
    red = painted(opened.book, RED)  # the template's own colour of what is wrong
    pressed(opened, "validate")
    assert painted(opened.book, RED) > red + 100
    assert painted(opened.book, own) == before
    pressed(opened, "clear")
    assert painted(opened.book, RED) <= red  # a register without a print area is drawn as large as its page lets it be


@pytest.mark.parametrize("guarded", [RISKS, EXPENSES, "制度参数"])
def test_a_workbook_with_a_protected_sheet_is_judged_and_listed(opened, guarded):
    faulty = guarded in {f.sheet for f in jobs.validate(opened.path).findings}
    opened.book.sheets[guarded].api.protect("")
    shown = [s.name for s in opened.book.sheets if s.visible]
    said = pressed(opened, "validate").en
    assert (f"protected, so without notes and colours: {guarded}" in said) == faulty
    assert opened.notes(guarded) == {}
    assert [s.name for s in opened.book.sheets if s.visible] == [*shown, FINDINGS]
    assert len(live._listed(opened)) == len(jobs.validate(opened.path).findings)
    assert painted(opened.book, RED) > 100
    red = painted(opened.book, RED)
    opened.book.sheets[guarded].api.unprotect("")
    pressed(opened, "validate")
    assert (painted(opened.book, RED) > red) == faulty  # the colours come once they may


def test_a_workbook_whose_structure_is_protected_is_judged_and_listed_apart(office, opened):
    opened.book.api.protect("")
    names, before = opened.book.sheet_names, everything(opened)
    said = pressed(opened, "validate").en
    assert "the structure of this workbook is protected, so they are listed in 运营 台账_校验结果.xlsx" in said
    assert opened.book.sheet_names == names
    assert everything(opened) == before
    apart = next(b for b in xw.books if b.name == "运营 台账_校验结果.xlsx")
    listed = [v for row in apart.sheets[0].used_range.value for v in row]
    assert {f.rule for f in jobs.validate(opened.path).findings} <= set(listed)
    assert not any("#REF" in str(v) for v in listed)
    apart.close()
    said, well = ribbon.press("refresh", opened)
    assert not well
    assert "unprotect its structure" in said.en
    assert everything(opened) == before


def test_a_read_only_workbook_is_told_and_left_alone(office, demo):
    book = LiveBook(xw.Book(impl=office.books.open(str(demo), read_only=True)))
    names = book.book.sheet_names
    for action in ("validate", "refresh", "clear", "undo", "new_rows", "change_from", "explain"):
        said, well = ribbon.press(action, book)
        assert not well
        assert "the workbook is read-only" in said.en
        assert "另存副本" in said.zh
    assert "Validate" in pressed(book, "next_finding").en
    assert book.book.sheet_names == names
    book.book.close()


def test_others_are_not_touched(office, opened):
    other = xw.Book(impl=office.books.add())
    other.sheets[0]["A1"].formula = "=RAND()"
    value = other.sheets[0]["A1"].value
    for action in ("validate", "refresh", "undo"):
        pressed(opened, action)
    assert other.sheets[0]["A1"].value == value
    assert (other.impl.screen_updating, other.impl.calculation) == (True, "automatic")
    other.close()


def test_a_protected_sheet_is_said(opened):
    before = everything(opened)
    opened.book.sheets[RISKS].api.protect("")
    said, well = ribbon.press("refresh", opened)
    assert not well
    assert {n: trimmed(v[0]) for n, v in everything(opened).items()} == {n: trimmed(v[0]) for n, v in before.items()}
    assert "nothing to undo" in pressed(opened, "undo").en
    assert f"the sheet {RISKS} could not be changed: unprotect it" in said.en
    assert f"无法修改工作表“{RISKS}”" in said.zh


def test_an_action_that_fails_half_way_leaves_nothing_behind(opened, monkeypatch):
    """The program gives up when three sheets of summaries have come in."""
    pressed(opened, "refresh")
    before, brought = everything(opened), []
    held = LiveBook._brought

    def failing(self, drawn, name, *more):
        brought.append(name)
        if len(brought) == 4:
            raise OSError("out of memory")
        held(self, drawn, name, *more)

    monkeypatch.setattr(LiveBook, "_brought", failing)
    said, well = ribbon.press("refresh", opened)
    assert not well
    assert "out of memory" in said.en
    after = everything(opened)
    assert list(after) == list(before)
    assert {n: (trimmed(v[0]), v[1]) for n, v in after.items()} == {n: (trimmed(v[0]), v[1]) for n, v in before.items()}
    monkeypatch.undo()
    assert "nothing to undo" in pressed(opened, "undo").en


def test_a_program_that_takes_no_calls_is_said(opened, monkeypatch):
    from opsbook.hosts.libreoffice.cells import Range

    def busy(self, value):
        raise OSError("Call was rejected by callee.")

    monkeypatch.setattr(Range, "raw_value", property(Range.raw_value.fget, busy))
    said, well = ribbon.press("validate", opened)
    assert not well
    assert "leave the cell you are editing" in said.en


def test_a_program_that_is_busy_for_a_moment_is_waited_for(opened, monkeypatch):
    from opsbook.hosts import excel
    from opsbook.hosts.libreoffice.cells import Range

    held, refused, slept = Range.raw_value, ["x"] * 3, []

    def busy(self, value):
        if refused:
            refused.pop()
            raise OSError("Call was rejected by callee.")
        held.fset(self, value)

    monkeypatch.setattr(excel.time, "sleep", slept.append)
    monkeypatch.setattr(Range, "raw_value", property(held.fget, busy))
    pressed(opened, "validate")
    assert slept[:3] == [0.1, 0.3, 0.6]


def test_a_register_and_a_summary_are_found_again_under_other_names(office, opened):
    pressed(opened, "refresh")
    errors = pressed(opened, "validate").en
    opened.book.sheets[OVERVIEW].name = "我的总览"
    pressed(opened, "refresh")
    assert "我的总览" in opened.sheets
    assert OVERVIEW not in opened.sheets
    for name in opened.sheets:
        if not name.startswith("_") and name not in ("我的总览", "目录", "制度参数", "选项列表"):  # these go by their names
            opened.book.sheets[name].name = f"x {name}"[:31]
    assert pressed(opened, "validate").en.split(" errors")[0] == errors.split(" errors")[0]
    assert f"x {RISKS}" in {line[0] for line in live._listed(opened)}
    nothing = LiveBook(xw.Book(impl=office.books.add()))
    said, well = ribbon.press("validate", nothing)
    assert not well
    assert "No sheet is a register" in said.en
    nothing.book.close()


def test_a_deleted_column_is_a_finding(opened):
    header = next((r, c) for (r, c), v in cells(opened, RISKS).items() if v == "可能性")
    opened.book.sheets[RISKS].range((1, header[1]), (1048576, header[1])).delete("left")
    pressed(opened, "validate")
    assert any(line[0] == RISKS and line[3] == "GEN-012" and "可能性" in line[5] for line in live._listed(opened))


def test_no_record_is_selected(opened):
    opened.go((RISKS, "A6"))
    assert "Select a row of Projects first" in pressed(opened, "task_letter").en
    opened.go((OVERVIEW if OVERVIEW in opened.sheets else "目录", "A1"))
    assert "is no register" in pressed(opened, "new_rows").en
    assert "press Validate first" in pressed(opened, "next_finding").en
    assert "no marks" in pressed(opened, "clear").en


# --------------------------------------------------------------------------------------- rows, documents


def test_new_rows_bear_the_next_ids_as_text(opened):
    ids = [v for (r, c), v in sorted(cells(opened, EXPENSES).items()) if c == 1 and str(v).startswith("EXP-")]
    opened.go((EXPENSES, "A8:B9"))
    said = pressed(opened, "new_rows")
    now = [v for (r, c), v in sorted(cells(opened, EXPENSES).items()) if c == 1 and str(v).startswith("EXP-")]
    assert len(now) == len(ids) + 2
    assert now[-2] in said.en
    assert int(now[-1][-5:]) == int(now[-2][-5:]) + 1
    assert opened.here()[0] == EXPENSES
    opened.go((EXPENSES, "A8"))
    one = pressed(opened, "new_rows")
    assert (one.en, one.zh) == (f"1 row added: {now[-1][:-5]}{int(now[-1][-5:]) + 1:05}.", f"已新增 1 行：{now[-1][:-5]}{int(now[-1][-5:]) + 1:05}。")


def test_a_policy_value_is_changed_from_a_day_on_and_the_former_stays(opened):
    limit = next(r for (r, c), v in cells(opened, "制度参数").items() if c == 1 and v == "exp.limit.deputy")
    opened.go(("制度参数", f"B{limit}"))
    said = pressed(opened, "change_from")
    assert "exp.limit.deputy" in said.en
    now = cells(opened, "制度参数")
    last = max(r for (r, c), v in now.items() if c == 1 and v == "exp.limit.deputy")
    assert last > limit
    assert now[limit, 2] == now[last, 2] == 5000
    grid = next(opened.grids("制度参数".__eq__))
    added = list(grid.rows)[last - 1 - grid.start[0]]
    assert added[4 - grid.start[1]].strftime("%Y-%m-%d") == date.today().isoformat()
    assert opened.here() == ("制度参数", f"$B${last}")
    pressed(opened, "undo")
    assert max(r for (r, c), v in cells(opened, "制度参数").items() if c == 1 and v == "exp.limit.deputy") == limit


def test_the_task_letter_of_a_record_is_written_beside_the_workbook_and_opened(opened, office):
    project = next((r, v) for (r, c), v in cells(opened, "项目").items() if c == 1 and str(v) == "PRJ-2026-001")
    opened.go(("项目", f"A{project[0]}"))
    said = pressed(opened, "task_letter")
    made = opened.path.parent / "项目任务书_PRJ-2026-001.xlsx"
    assert str(made) in said.en
    letter = office.books(made.name)
    letter.close()
    shown = {str(c.value) for row in openpyxl.load_workbook(io.BytesIO(file.read(made))).active for c in row}
    assert "PRJ-2026-001" in shown


def test_policy_and_help(opened, monkeypatch):
    pages = []
    monkeypatch.setattr(ribbon.webbrowser, "open", pages.append)
    pressed(opened, "policy")
    assert opened.here()[0] == "制度参数"
    pressed(opened, "guide")
    assert pages[0].startswith("file:")


def test_days_texts_and_numbers_come_from_the_program_as_from_a_file(opened, demo):
    for theirs in file.grids(demo.read_bytes(), only=lambda name: name in (EXPENSES, RISKS)):
        ours = next(opened.grids(theirs.name.__eq__))
        for r, row in enumerate(theirs.rows):
            for c, value in enumerate(row):
                found = ours.at(r + theirs.start[0], c + theirs.start[1])
                value = datetime(value.year, value.month, value.day) if hasattr(value, "year") and not isinstance(value, datetime) else value
                assert found == value or (not found and not value) or abs(float(found) - float(value)) < 1e-9, (theirs.name, r, c)
