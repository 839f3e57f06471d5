"""Versions: the same file twice, an accepted workbook under another name, ledger rename and withdraw, --version-of."""

import shutil

import pytest
from books import claim, command, errors, judged
from conftest import submitted


def handed_in(folder, name, *claims):
    """A submitter's folder with one workbook."""
    shutil.rmtree(folder, ignore_errors=True)
    return submitted(folder / "EMP-0012" / name, expenses=list(claims))


def come(folder, ledger, centre_file, *more):
    """What `opsbook validate FOLDER` says of it, with a ledger."""
    return command("validate", folder, "--ledger", ledger, "--reference", centre_file, "--as-of", "2026-09-30", "--lang", "en", *more).stdout


@pytest.fixture
def at(tmp_path):
    return str(tmp_path / "l.db")


def test_the_same_file_twice_is_told_once_and_the_first_counts(tmp_path, centre_file, ledger):
    first = submitted(tmp_path / "in/a.xlsx", expenses=[claim(1), claim(2)])
    shutil.copy(first, tmp_path / "in/b.xlsx")
    for kept in (None, ledger):
        (a, b), _ = judged(tmp_path / "in", kept, centre_file)
        assert errors(a) == []
        assert [(f.rule, f.severity, f.message.en) for f in b.findings] == [("FIL-008", "warning", "This is the same file as a.xlsx, byte for byte")]
    assert (a.entered.accepted, b.entered.accepted) == (True, False)
    only = tmp_path / "later"
    only.mkdir()
    shutil.copy(first, only / "c.xlsx")
    (c,), _ = judged(only, ledger, centre_file)  # what was accepted in an earlier run counts too
    assert ([f.message.en for f in c.findings], c.entered.accepted) == (["This is the same file as a.xlsx, byte for byte"], False)


@pytest.mark.parametrize("copy", ["0 copy.xlsx", "z copy.xlsx"])
def test_what_the_ledger_has_goes_before_what_comes_first_by_its_name(tmp_path, centre_file, ledger, copy):
    first = submitted(tmp_path / "in/a.xlsx", expenses=[claim(1), claim(2)])
    judged(tmp_path / "in", ledger, centre_file)
    shutil.copy(first, tmp_path / "in" / copy)
    reports, _ = judged(tmp_path / "in", ledger, centre_file)
    assert {r.entered.source: r.entered.accepted for r in reports} == {"a.xlsx": True, copy: False}


def test_a_row_that_is_left_out_keeps_its_invoice_taken_until_the_workbook_is_withdrawn(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "a.xlsx", claim(1, status="submitted"), claim(2, status="submitted"))
    draft = {"status": "draft", "dept_approver_id": None, "dept_approved_on": None, "reviewer_id": None, "reviewed_on": None, "approver_id": None,
             "approved_on": None, "paid_on": None}
    handed_in(folder, "a.xlsx", claim(1, **draft), claim(2, **draft))
    come(folder, at, centre_file)
    handed_in(folder, "a.xlsx", claim(1, **draft))
    assert "1 gone" in come(folder, at, centre_file)
    shutil.rmtree(folder)
    submitted(folder / "EMP-0013/b.xlsx", expenses=[claim(7, **draft, invoice_no=claim(2)["invoice_no"])])
    assert "already claimed on EXP-2026-00002 in EMP-0012/a.xlsx" in come(folder, at, centre_file)
    assert "left out since: – → 2026-09-30" in command("ledger", "history", "EXP-2026-00002", "--ledger", at, "--lang", "en").stdout
    assert command("ledger", "verify", "--ledger", at).returncode == 0
    handed_in(tmp_path / "again", "a.xlsx", claim(1, **draft), claim(2, **draft))  # it may come back
    assert "version 3, accepted" in come(tmp_path / "again", at, centre_file)
    command("ledger", "withdraw", "EMP-0012/a.xlsx", "--as", "EMP-0019", "--because", "重新报送全部单据", "--ledger", at)
    assert "b.xlsx: version 1, accepted" in come(folder, at, centre_file)


def test_the_same_file_is_consolidated_once(tmp_path, centre_file):
    first = submitted(tmp_path / "in/a.xlsx", expenses=[claim(1), claim(2)])
    shutil.copy(first, tmp_path / "in/b.xlsx")
    done = command("consolidate", tmp_path / "in", "-o", tmp_path / "whole.xlsx", "--reference", centre_file, "--as-of", "2026-09-30", "--lang", "en")
    assert "2 rows of 1 accepted workbook" in done.stdout
    assert "b.xlsx: the same file as a.xlsx" in done.stderr


def test_a_corrected_workbook_under_another_name_is_its_next_version(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    assert "version 1, accepted" in come(folder, at, centre_file)
    handed_in(folder, "报销 (1).xlsx", claim(1), claim(2), claim(3))
    said = come(folder, at, centre_file)
    assert "FIL-009  Read as the next version of EMP-0012/报销.xlsx" in said
    assert "EMP-0012/报销.xlsx: version 2, accepted; against version 1: 1 records new, 0 gone, 0 changed" in said
    assert "0 errors" in said
    assert "FIL-009" in come(folder, at, centre_file)  # again the same, from the ledger
    assert command("ledger", "verify", "--ledger", at).returncode == 0


@pytest.mark.parametrize(("who", "rows"), [("EMP-0013", [claim(1), claim(2)]), ("EMP-0012", [claim(1), claim(2, invoice_no="26112000000000000777")])])
def test_what_is_not_known_to_be_the_next_version_is_another_workbook(tmp_path, centre_file, at, who, rows):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    come(folder, at, centre_file)
    shutil.rmtree(folder)
    submitted(folder / who / "报销 (1).xlsx", expenses=[*rows, claim(3)])
    said = come(folder, at, centre_file)
    assert "FIL-009" not in said
    assert "GEN-004" in said
    assert "not accepted" in said


def test_both_names_at_once_are_two_workbooks(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    come(folder, at, centre_file)
    submitted(folder / "EMP-0012/报销 (1).xlsx", expenses=[claim(1), claim(2), claim(3)])
    said = come(folder, at, centre_file)
    assert "FIL-009" not in said
    assert said.count("EXP-004") == 4


def test_version_of_says_it_outright(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    come(folder, at, centre_file)
    other = submitted(tmp_path / "anders.xlsx", expenses=[claim(2), claim(7)])
    said = come(other, at, centre_file, "--version-of", "EMP-0012/报销.xlsx")
    assert "EMP-0012/报销.xlsx: version 2" in said
    assert "GEN-004" not in said
    for wrong, why in ((["--version-of", "nix.xlsx"], "has accepted no workbook nix.xlsx"),):
        failed = command("validate", other, "--ledger", at, "--reference", centre_file, *wrong)
        assert (failed.returncode, why in failed.stderr) == (2, True)
    assert "wants one workbook" in command("validate", other, "--version-of", "x").stderr


def test_a_renamed_workbook_keeps_its_records_and_versions(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    come(folder, at, centre_file)
    done = command("ledger", "rename", "EMP-0012/报销.xlsx", "EMP-0012/客服报销.xlsx", "--as", "emp-0019", "--ledger", at, "--as-of", "2026-09-30", "--lang", "en")
    assert done.stdout == "EMP-0012/报销.xlsx is EMP-0012/客服报销.xlsx from now on, with its 2 records.\n"
    handed_in(folder, "客服报销.xlsx", claim(1), claim(2), claim(3))
    assert "EMP-0012/客服报销.xlsx: version 2, accepted; against version 1: 1 records new" in come(folder, at, centre_file)
    history = command("ledger", "history", "EMP-0012/客服报销.xlsx", "--ledger", at, "--lang", "en").stdout
    assert "renamed from EMP-0012/报销.xlsx" in history
    assert "EMP-0019" in history
    handed_in(folder, "报销.xlsx", claim(5))
    assert "EMP-0012/报销.xlsx: version 1, accepted" in come(folder, at, centre_file)  # the old name is free
    assert command("ledger", "verify", "--ledger", at).returncode == 0
    assert "renamed from" in command("ledger", "history", "EMP-0012/客服报销.xlsx", "--ledger", at, "--lang", "en").stdout
    known = "no accepted records of nix; it has those of: EMP-0012/客服报销.xlsx, EMP-0012/报销.xlsx"
    for wrong, why in ((["nix", "x", "--as", "EMP-0019"], known), (["EMP-0012/报销.xlsx", "x", "--as", "Li"], "wants an employee number"),
                       (["EMP-0012/报销.xlsx", "EMP-0012/客服报销.xlsx", "--as", "EMP-0019"], "there are records of"), ):
        failed = command("ledger", "rename", *wrong, "--ledger", at)
        assert (failed.returncode, why in failed.stderr) == (2, True), failed.stderr


def test_what_was_withdrawn_frees_its_numbers_and_invoices(tmp_path, centre_file, at):
    folder = tmp_path / "in"
    handed_in(folder, "报销.xlsx", claim(1), claim(2))
    come(folder, at, centre_file)
    shutil.rmtree(folder)
    submitted(folder / "EMP-0013/a.xlsx", expenses=[claim(1), claim(2), claim(3)])
    assert "EXP-004" in come(folder, at, centre_file)
    assert "wants a reason" in command("ledger", "withdraw", "EMP-0012/报销.xlsx", "--as", "EMP-0019", "--because", "x", "--ledger", at).stderr
    done = command("ledger", "withdraw", "EMP-0012/报销.xlsx", "--as", "EMP-0019", "--because", "报销人离职，由同事重报", "--ledger", at, "--as-of", "2026-09-30")
    assert done.stdout == "已撤回 EMP-0012/报销.xlsx 的 2 条记录。\n"
    assert "EMP-0013/a.xlsx: version 1, accepted" in come(folder, at, centre_file)
    history = command("ledger", "history", "EMP-0012/报销.xlsx", "--ledger", at).stdout
    assert "撤回：报销人离职，由同事重报" in history
    assert command("ledger", "verify", "--ledger", at).returncode == 0
    assert "no accepted records" in command("ledger", "withdraw", "EMP-0012/报销.xlsx", "--as", "EMP-0019", "--because", "报销人离职", "--ledger", at).stderr
    assert command("ledger", "export", "-o", tmp_path / "l.xlsx", "--ledger", at).returncode == 0
    assert command("ledger", "export", "-o", tmp_path / "l.jsonl", "--ledger", at).returncode == 0
