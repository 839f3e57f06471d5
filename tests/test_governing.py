"""A workbook that governs others is never half used: shipped values never stand in for a centre's own in silence (DECISIONS 10.4)."""

import openpyxl
import pytest
from conftest import clean_centre, run_opsbook, submitted

from opsbook.demo import operations

CLAIM = next(dict(r) for r in operations.records()["expenses"] if r["exp_type"] == "office" and r["invoice_no"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return clean_centre(tmp_path_factory.mktemp("centre") / "centre.xlsx")


@pytest.fixture
def centre(whole, tmp_path):
    """A centre's workbook that something was done to."""

    def done(change):
        book = openpyxl.load_workbook(whole)
        change(book)
        book.save(path := tmp_path / "centre.xlsx")
        return path

    return done


def renamed(book):
    book["制度参数"].title = "我的参数"


def emptied(book):
    for row in book["制度参数"].iter_rows(min_row=6):
        for cell in row:
            cell.value = None


def lists_renamed(book):
    book["选项列表"].title = "我的列表"


@pytest.mark.parametrize(("change", "said"), [(renamed, "我的参数: its headers are those of Policy"), (emptied, "the sheet states no value at all"),
                                              (lists_renamed, "我的列表: its headers are those of Lists")])  # fmt: skip
def test_what_cannot_govern_refuses_by_name(centre, tmp_path, change, said):
    path, claim = centre(change), submitted(tmp_path / "kf.xlsx", expenses=[CLAIM])
    for command in (("validate", claim, "--reference", path), ("validate", claim, "--policy", path),
                    ("new", tmp_path / "new.xlsx", "--like", path, "--sheets", "claims")):  # fmt: skip
        done = run_opsbook(*command)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "new.xlsx").exists()
    own = run_opsbook("validate", path, "--as-of", "2026-09-30", "--lang", "en")
    assert said.partition(": ")[2] in own.stdout
    assert ("FIL-007" in own.stdout) or ("POL-001" in own.stdout)


def test_a_workbook_without_a_policy_is_no_pattern_for_others(centre, tmp_path):
    path = centre(lambda book: book.remove(book["制度参数"]))
    done = run_opsbook("new", tmp_path / "new.xlsx", "--like", path, "--sheets", "claims")
    assert (done.returncode, "has no Policy sheet" in done.stderr) == (2, True)


def test_a_report_says_when_the_shipped_policy_was_used(whole, tmp_path):
    claim = submitted(tmp_path / "kf.xlsx", expenses=[CLAIM])
    book = openpyxl.load_workbook(claim)
    for name in [n for n in book.sheetnames if n.startswith("制度参数")]:
        del book[name]
    book.save(claim)
    alone, governed = (run_opsbook("validate", claim, "--as-of", "2026-09-30", "--lang", "en", *more).stdout for more in ((), ("--reference", whole)))
    assert "judged by the shipped policy" in alone
    assert "judged by the shipped policy" not in governed
    assert '"shipped_policy": true' in run_opsbook("validate", claim, "--format", "json").stdout


def test_a_table_of_somebody_elses_keys_and_values_refuses_nothing(centre):
    def stranger(book):
        sheet = book.create_sheet("Settings")
        sheet.append(["参数", "值", "Key", "Value"])
        sheet.append(["colour", "blue", "size", 3])

    assert run_opsbook("validate", centre(stranger), "--as-of", "2026-09-30").returncode == 0
