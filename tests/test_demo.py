"""The demo: exactly the planted faults, at their cells, however the workbook is arranged."""

import json
import random
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from conftest import clean_centre, demo_in

from opsbook import jobs
from opsbook.actions import load
from opsbook.grammar.finding import letters
from opsbook.hosts import file
from opsbook.sheets import catalog

#: What this workbook cannot show: a rule that fails, unreadable files, another's policy, faults in what its centre adds.
NOT_PLANTED = {"RUN-001", "GEN-023", "FIL-001", "FIL-002", "FIL-003", "FIL-004", "FIL-005", "FIL-006", "FIL-007", "FIL-008",
               "FIL-009", "GEN-026", "GEN-027", "POL-004", "POL-005", "POL-006",
               "LST-001", "COL-001", "RUL-001", "RUL-002", "RUL-003", "RUL-004"}


@pytest.fixture(scope="module", params=["zh", "en"])
def demo(request, tmp_path_factory):
    return demo_in(tmp_path_factory.mktemp("demo"), request.param)


def planted(listed: Path) -> Counter:
    return Counter((f["rule"], f["sheet"], f["cell"]) for f in json.loads(listed.read_text(encoding="utf-8")))


def found(path: Path) -> Counter:
    return Counter((f.rule, f.sheet, f.cell) for f in jobs.validate(path, complete=True).findings)


def test_exactly_the_planted_faults_are_found(demo):
    workbook, listed = demo
    assert found(workbook) == planted(listed)


def test_every_rule_of_the_specification_is_planted(demo):
    specified = {rule["id"] for rule in json.loads((Path(__file__).parent / "domain.json").read_text("utf-8"))["rules"]}
    assert {rule for rule, _, _ in planted(demo[1])} >= set(catalog().rules) & specified - NOT_PLANTED


def test_the_centre_is_as_large_as_promised(demo):
    book = jobs.validate(demo[0]).book
    sizes = {key: len(tab) for key, tab in book.tabs.items()}
    for key, least in {"employees": 20, "projects": 12, "budget": 60, "expenses": 300, "assets": 80, "risks": 30}.items():
        assert sizes[key] >= least


def test_without_its_faults_it_is_clean(tmp_path):
    """One department's view too: the rules of the whole centre are silent without --complete."""
    clean_centre(tmp_path / "clean.xlsx")
    assert list(jobs.validate(tmp_path / "clean.xlsx", complete=True).findings) == []


def rearranged(source: Path, target: Path, *, offset=(0, 0), shuffled=False, other_language=False, keys=False, only=()) -> dict:
    """The same registers with columns shuffled, headers in the other language, tabs renamed to their keys, moved."""
    shuffle = random.Random(8).shuffle
    book = xlsxwriter.Workbook(str(target), {"strings_to_urls": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moved = {}
    for grid in file.grids(source.read_bytes()):
        sheet = load.sheet_named(grid.name, catalog())
        if grid.name in (load.STORED, load.STATE):
            tab = book.add_worksheet(grid.name)
            for r, row in enumerate(grid.rows):
                tab.write_row(r, 0, row)
        if sheet is None or (only and grid.name not in only):
            continue
        rows = list(grid.rows)
        header = load.find_header(rows, sheet)
        name = sheet.key if keys else grid.name
        tab = book.add_worksheet(name)
        places = list(range(len(header.columns)))
        if shuffled:
            shuffle(places)
            for twin in {n for n in header.columns if n and header.columns.count(n) > 1}:  # the filled one of two equal headers goes first
                at = sorted(places.index(p) for p, n in enumerate(header.columns) if n == twin)
                for to, place in zip(at, [p for p, n in enumerate(header.columns) if n == twin], strict=True):
                    places[to] = place
        # the key column's cell bears what is said of the whole sheet: the header row's first cell
        for to, place in enumerate(places):
            for r in range(header.row, len(rows)):
                cell, value = (offset[0] + r - header.row, offset[1] + to), rows[r][place]
                at = (grid.start[0] + r, grid.start[1] + place)
                column = header.columns[place]
                if r == header.row and column and other_language:
                    said = sheet.columns[column].header
                    twice = header.columns.index(column) != place
                    value = value if twice else said.zh if value == said.en else said.en
                if at in grid.errors:
                    tab.write_formula(*cell, "=NA()", None, grid.errors[at])
                elif at in grid.unsaved:
                    tab.write_formula(*cell, "=1&1", None, "")
                elif isinstance(value, date):
                    tab.write_datetime(*cell, value if isinstance(value, datetime) else datetime(value.year, value.month, value.day), day)
                elif isinstance(value, float):
                    tab.write_number(*cell, value)
                elif value != "":
                    tab.write_string(*cell, str(value))
                moved[grid.name, f"{letters(at[1] + 1)}{at[0] + 1}"] = (name, f"{letters(cell[1] + 1)}{cell[0] + 1}")
        first = (grid.name, f"{letters(grid.start[1] + 1)}{grid.start[0] + header.row + 1}")
        moved["header", *first] = (name, f"{letters(offset[1] + 1)}{offset[0] + 1}")
    book.close()
    return moved


@pytest.mark.parametrize(
    "how",
    [{"shuffled": True}, {"other_language": True}, {"keys": True}, {"offset": (6, 2)},
     {"shuffled": True, "other_language": True, "keys": True, "offset": (6, 2)}],
    ids=["columns shuffled", "headers in the other language", "tabs named by key", "table at C7", "all at once"],
)  # fmt: skip
def test_found_however_it_is_arranged(demo, how, tmp_path):
    moved = rearranged(demo[0], tmp_path / "moved.xlsx", **how)
    expected = Counter()
    at_header = {"GEN-020", "GEN-021"}  # these stand at a header cell of their own
    for (rule, sheet, cell), count in planted(demo[1]).items():
        key = (sheet, cell) if rule in at_header or ("header", sheet, cell) not in moved else ("header", sheet, cell)
        expected[(rule, *moved[key])] += count
    if how.get("shuffled"):  # which of two equal headers comes second is the order's choice
        ours, theirs = (Counter({k: n for k, n in c.items() if k[0] != "GEN-021"}) for c in (found(tmp_path / "moved.xlsx"), expected))
        assert ours == theirs
    else:
        assert found(tmp_path / "moved.xlsx") == expected


def test_one_departments_book_is_judged_without_false_accusations(demo, tmp_path):
    """Only claims, nothing to look up in: one note a missing sheet, and no rule that needs one."""
    grids = [g for g in file.grids(demo[0].read_bytes()) if load.sheet_named(g.name, catalog())]
    only = [g for g in grids if load.sheet_named(g.name, catalog()).key == "expenses"]
    loaded = load.book(only, catalog())
    from opsbook.actions import check, governing
    from opsbook.grammar.workings import Workings

    policy = governing.policy_of(None, catalog(), date(2026, 9, 30))
    findings = check.findings(Workings(loaded.book, catalog(), policy, date(2026, 9, 30)), loaded.faults)
    assert {f.rule for f in findings if f.key == "expenses" and f.severity == "note"} >= {"GEN-005"}
    assert not {f.rule for f in findings} & {"EXP-010", "EXP-011", "EXP-012", "EXP-014", "EXP-023", "GEN-006"}
    assert {"EXP-010", "EXP-011", "EXP-014"} <= {rule for rule, _ in findings.skipped}


def test_with_the_centres_reference_it_is_judged_in_full(tmp_path):
    """Claims alone, looked up in the centre's workbook, come to what they come to inside it."""
    workbook, _ = demo_in(tmp_path, "zh")
    reference = jobs.Reference.read(clean_centre(tmp_path / "centre.xlsx"))
    rearranged(workbook, tmp_path / "claims.xlsx", only=("费用报销",))
    alone = {(f.rule, f.record) for f in jobs.validate(tmp_path / "claims.xlsx", reference=reference).findings}
    rules = {rule for rule, _ in alone}
    assert {"EXP-002", "EXP-004", "EXP-009", "EXP-010", "EXP-011", "EXP-012", "EXP-014", "EXP-023", "GEN-003", "GEN-005"} <= rules
    planted_there = {f["record"] for f in json.loads((tmp_path / "demo_faults.json").read_text(encoding="utf-8")) if f["sheet"] == "费用报销"}
    assert {record for rule, record in alone if rule != "GEN-020"} <= planted_there  # a figure of this centre's own is unknown to that reference


def test_faults_in_the_centres_policy_are_refused(demo):
    """What governs must be in order: the demo's own Policy carries planted faults."""
    with pytest.raises(ValueError, match=r"kpi\.cap"):
        jobs.Reference.read(demo[0])


def test_conflicts_name_the_other_record(demo):
    rules = {"KPD-001", "PAY-001", "TRN-002", "ACC-007", "BUD-003", "CAR-006", "INF-008", "AST-008", "EXP-004"}
    conflicts = [f for f in jobs.validate(demo[0], complete=True).findings if f.rule in rules]
    assert {f.rule for f in conflicts} == rules
    for f in conflicts:
        other, row = re.search(r"([A-Z]{3}-[\w-]+) \(row (\d+)\)", f.message.en).groups()
        assert int(row) != f.row
        assert f"{other}（第{row}行）" in f.message.zh
