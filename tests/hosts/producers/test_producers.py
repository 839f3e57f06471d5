"""The same rows by any program are judged alike, and what opsbook gives back of its files can be opened and has lost nothing."""

import io
import subprocess
import zipfile
from functools import cache
from pathlib import Path

import pytest
from comparing import AS_OF, found
from conftest import require
from filling import ODD, REGISTERS, as_excel, filling
from producers import PRODUCERS, Producer

from opsbook import jobs
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts import file
from opsbook.jobs.annotating import Places
from opsbook.sheets import catalog

#: Two or three seconds each.
SLOW = ("LibreOffice ods", "LibreOffice xls")


def named(which, slow=SLOW):
    """The producers as parameters of a test: those that take long, or are not installed lightly, are run with the long suites."""
    return pytest.mark.parametrize("producer", [pytest.param(p, id=p.name, marks=() if p.lightly and p.name not in slow else pytest.mark.long)
                                                for p in PRODUCERS if which(p)])  # fmt: skip


def changeable(producer):
    """Whether opsbook gives its workbooks back with figures and marks."""
    return producer.suffix == ".xlsx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the template of the registers that are filled, all columns of it."""
    place = tmp_path_factory.mktemp("producers")
    jobs.new(place / "template.xlsx", lang="zh", sheets=",".join((*REGISTERS, "policy")))
    return place


@pytest.fixture(scope="module")
def written(folder):
    """What each producer wrote, and the same rows as Excel fills them; a program that is missing skips its test with a sentence."""

    @cache
    def by(producer: Producer) -> Path:
        if why := producer.missing():
            require("python3", why) if producer.lightly else pytest.skip(why)
        place = folder / producer.folder
        place.mkdir(exist_ok=True)
        return producer.fill(folder / "template.xlsx", filling(producer.without), place / f"filled{producer.suffix}")

    return by


@pytest.fixture(scope="module")
def expected(folder):
    """What is found where Excel filled the template, without some of the odd cells."""

    @cache
    def of(without):
        return found(as_excel(folder / "template.xlsx", filling(without), folder / f"as_excel_{'_'.join(without)}.xlsx"))

    return of


def test_every_odd_cell_is_told_of(expected):
    """The rows are worth comparing: what is odd in them is found, each at its cell; what is not odd to a reader is read."""
    told = {(row - 1, rule) for rule, key, row, *_ in expected(()) if key == "expenses" and row}
    odd = {3: "EXP-004", 4: "EXP-006", 5: "GEN-002", 6: "EXP-009", 7: "GEN-001", 8: "GEN-017", 9: "GEN-002", 10: "GEN-016", 11: "GEN-015", 12: "GEN-015", 13: "EXP-005",
           14: "GEN-015", 15: "GEN-015"}  # fmt: skip
    assert set(odd.items()) <= told and set(ODD) - set(odd) == {16, 17, 18, 19}


@named(lambda producer: not producer.otherwise)
def test_rows_of_any_program_are_judged_alike(producer, written, expected):
    assert found(written(producer)) == expected(producer.without)


def test_digits_that_are_lost_are_not_made_up(expected):
    """Excel keeps fifteen digits; programs that write more of the number than it has must not look different."""
    assert [value for rule, *_, value in expected(()) if rule == "GEN-016"] == ["26114193810122400000"]


def given_back(path):
    """A refreshed and an annotated copy."""
    result = jobs.validate(path, as_of=AS_OF)
    return jobs.refresh(path, as_of=AS_OF).package, jobs.annotated(path.read_bytes(), path.name, result.findings, Places.of(result), "zh", result.today).package


@named(changeable, slow=("LibreOffice xlsx", "pandas"))
def test_what_is_given_back_has_every_part_of_what_came(producer, written):
    path = written(producer)
    for copy in given_back(path):
        assert set(zipfile.ZipFile(path).namelist()) <= set(zipfile.ZipFile(io.BytesIO(copy)).namelist())
        assert cells(copy) == cells(path.read_bytes())


@pytest.mark.long
def test_what_is_given_back_opens_in_libreoffice(written, folder):
    """All of it in one run of the program: it opens each and saves it, and the records are in it."""
    require("soffice")
    copies = {}
    for producer in PRODUCERS:
        if changeable(producer) and not producer.missing():
            for kind, copy in zip(("refreshed", "annotated"), given_back(written(producer)), strict=True):
                copies[folder / f"{producer.folder}_{kind}.xlsx"] = copy
    for path, copy in copies.items():
        path.write_bytes(copy)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", "ods", "--outdir", folder / "opened", *copies], check=True, capture_output=True, timeout=600)
    for path, copy in copies.items():
        opened = cells((folder / "opened" / f"{path.stem}.ods").read_bytes())
        assert {tab: len(rows) for tab, rows in opened.items()} == {tab: len(rows) for tab, rows in cells(copy).items()}, path.name
        assert {tab: [row[0] for row in rows] for tab, rows in opened.items()} == {tab: [row[0] for row in rows] for tab, rows in cells(copy).items()}, path.name


@named(lambda producer: not changeable(producer) and not producer.otherwise)
def test_what_cannot_be_changed_safely_is_said_so(producer, written):
    """Formats other than .xlsx get neither figures nor marks: nothing of them is lost."""
    with pytest.raises(UnreadableFile, match=r"only \.xlsx and \.xlsm can be changed safely"):
        jobs.refresh(written(producer))


def cells(data):
    """The entries of each register's records, by tab: what people filled in, not what a refresh works out."""
    computed = {c.header.zh for sheet in catalog().sheets.values() for c in sheet.columns.values() if c.computed}
    tabs = {}
    for grid in file.grids(data, only=filling().__contains__):
        rows = list(grid.rows)
        header = next(place for place, row in enumerate(rows) if "备注" in row)
        taken = [place for place, said in enumerate(rows[header]) if said != "" and said not in computed]
        tabs[grid.name] = [[row[place] for place in taken] for row in rows[header + 1 :] if any(row[place] != "" for place in taken)]
    return tabs


@pytest.mark.long
def test_an_xlsb_of_sheetjs_is_refused_in_one_sentence(written):
    """Its cells do not say where they stand; a part of them would be read, and the rest be missing."""
    (sheetjs,) = [p for p in PRODUCERS if p.suffix == ".xlsb"]
    with pytest.raises(UnreadableFile, match=r"save it as \.xlsx"):
        jobs.validate(written(sheetjs))
