"""Batches: order, workers, clusters, ledgers; what departments hand in again, share, switch off, forge or delete."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest
from books import RECORDS, as_json, claim, command, errors, inbox, judged, pool, process, terms, workbooks
from conftest import clean_centre, submitted
from msoffcrypto.format.ooxml import OOXMLFile

from opsbook import jobs
from opsbook.actions.report import FileReport
from opsbook.batch.pool import Cluster, processes_for
from opsbook.batch.runner import run
from opsbook.demo import operations
from opsbook.hosts.guards import SUBMITTED
from opsbook.sheets import catalog
from opsbook.state import hidden


def test_nothing_depends_on_the_number_of_workers(tmp_path, centre_file):
    folder = inbox(tmp_path / "in")
    one, two = (process("validate", folder, "--reference", centre_file, "--as-of", "2026-09-30", "--format", "json", "--jobs", n).stdout for n in (1, 2))
    assert one == two
    assert one.count('"EXP-009"') == 2


@pytest.mark.long
def test_a_cluster_gives_the_same(tmp_path, centre_file):
    from distributed import LocalCluster

    folder = inbox(tmp_path / "in")
    local, _ = judged(folder, reference=centre_file)
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, processes=True) as cluster:
        made = Cluster(cluster.scheduler_address)
        try:
            there = list(run(workbooks(folder), terms(centre_file), made))
        finally:
            made.close()
    assert there == local


def test_both_sides_of_a_double_claim_are_accused(tmp_path, centre_file):
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1), claim(2)])
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(3, invoice_no=claim(2)["invoice_no"]), claim(4)])
    submitted(tmp_path / "in/c.xlsx", expenses=[claim(4, invoice_no="26112000000000000099", claim_id="CLM-2026-0099")])
    (a, b, c), asked = judged(tmp_path / "in", reference=centre_file)
    assert errors(a) == [("EXP-004", "EXP-2026-00002")]
    assert [f.message.en for f in a.findings.errors] == [f"Invoice {claim(2)['invoice_no']} already claimed on EXP-2026-00003 in b.xlsx"]
    assert errors(b) == [("EXP-004", "EXP-2026-00003"), ("GEN-004", "EXP-2026-00004")]
    assert [f.message.en for f in c.findings.errors] == ["ID EXP-2026-00004 stands in b.xlsx already"]
    assert asked == 6


def test_an_older_invoice_is_its_code_too(tmp_path, centre_file):
    old = {"voucher_type": "vat_plain", "invoice_no": "00012345"}
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1, **old, invoice_code="1100224130")])
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(2, **old, invoice_code="1100224131")])
    submitted(tmp_path / "in/c.xlsx", expenses=[claim(3, **old, invoice_code="1100224130")])
    a, b, c = judged(tmp_path / "in", reference=centre_file)[0]
    assert [("EXP-004" in {f.rule for f in r.findings.errors}) for r in (a, b, c)] == [True, False, True]


def alone(tmp_path, name):
    """A folder of one of the workbooks only."""
    folder = tmp_path / f"only {name}"
    folder.mkdir()
    shutil.copy(tmp_path / "in" / name, folder)
    return folder


def test_vouchers_without_a_number_meet_across_workbooks(tmp_path, centre_file, ledger):
    paper = {"voucher_type": "receipt", "invoice_no": None, "invoice_code": None, "seller_name": "便民（海淀）文具店", "total_amount": 58.5, "claim_amount": 58.5,
             "net_amount": None, "tax_amount": None, "tax_rate": None, "invoice_date": date(2026, 9, 3)}
    ride = paper | {"voucher_type": "ticket", "seller_name": None, "total_amount": 38.0, "claim_amount": 38.0}
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1, **paper), claim(2, **ride)])
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(3, **paper | {"seller_name": "便民(海淀)文具店"}), claim(4, **ride)])
    submitted(tmp_path / "in/c.xlsx", expenses=[claim(5, **paper | {"total_amount": 58.51}), claim(6, **ride | {"total_amount": 39.0})])
    reports, _ = judged(tmp_path / "in", reference=centre_file)
    doubles = [[(f.column, f.message.en) for f in r.findings.warnings if f.rule == "EXP-004"] for r in reports]
    assert doubles[0] == [("seller_name", "The same seller, date and amount as EXP-2026-00003 in b.xlsx"),
                          ("total_amount", "The same person, type, day and amount as EXP-2026-00004 in b.xlsx, and neither voucher has a number or a seller")]
    assert [at for at, _ in doubles[1]] == ["seller_name", "total_amount"]
    assert doubles[2] == []
    judged(tmp_path / "in", ledger, centre_file)
    later, _ = judged(alone(tmp_path, "b.xlsx"), ledger, centre_file)
    assert [f.column for f in later[0].findings.warnings if f.rule == "EXP-004"] == ["seller_name", "total_amount"]


def test_an_invoice_of_an_asset_in_another_workbook_is_not_claimed(tmp_path, centre_file, ledger):
    number = claim(1)["invoice_no"]
    submitted(tmp_path / "in/assets.xlsx", assets=[dict(RECORDS["assets"][0]) | {"invoice_no": number}])
    submitted(tmp_path / "in/claims.xlsx", expenses=[claim(1)])
    said = f"Invoice {number} is also that of asset {RECORDS['assets'][0]['asset_id']} in assets.xlsx: the money would count twice"
    for kept in (None, ledger):
        reports, _ = judged(tmp_path / "in", kept, centre_file)
        assert [f.message.en for f in reports[1].findings.errors if f.rule == "EXP-004"] == [said]
        assert not [f for f in reports[0].findings if f.rule == "EXP-004"]


def test_twenty_digits_meet_whatever_stands_in_the_code_column(tmp_path, centre_file, ledger):
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1, invoice_code="-")])
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(2, invoice_no=claim(1)["invoice_no"])])
    reports, _ = judged(tmp_path / "in", reference=centre_file)
    assert [errors(r) for r in reports] == [[("EXP-004", "EXP-2026-00001")], [("EXP-004", "EXP-2026-00002")]]
    assert errors(judged(alone(tmp_path, "a.xlsx"), ledger, centre_file)[0][0]) == []
    assert errors(judged(alone(tmp_path, "b.xlsx"), ledger, centre_file)[0][0]) == [("EXP-004", "EXP-2026-00002")]


def test_a_claim_that_the_centre_has_already_is_told_but_not_of_itself(tmp_path):
    centre = clean_centre(tmp_path / "centre.xlsx")
    row = next(r for r in operations.records()["expenses"] if r["voucher_type"] == "einvoice_special")
    submitted(tmp_path / "in/a.xlsx", expenses=[dict(row)])
    assert "EXP-004" not in {rule for rule, _ in errors(judged(tmp_path / "in", reference=centre)[0][0])}
    submitted(tmp_path / "in/a.xlsx", expenses=[dict(row) | {"expense_id": "EXP-2026-09999"}])
    (found,) = [f for f in judged(tmp_path / "in", reference=centre)[0][0].findings if f.rule == "EXP-004"]
    assert found.message.en == f"Invoice {row['invoice_no']} already claimed on {row['expense_id']} in the centre's workbook"


def test_unchanged_workbooks_are_taken_from_the_ledger(tmp_path, ledger, centre_file):
    folder = inbox(tmp_path / "in")
    first, asked = judged(folder, ledger, centre_file)
    assert asked == 6
    assert [r.entered.accepted for r in first] == [not r.findings.errors for r in first] == [True] * 4 + [False] * 2
    again, asked = judged(folder, ledger, centre_file)
    assert asked == 0
    assert [replace(r, entered=None) for r in again] == [replace(r, entered=None) for r in first]
    assert [r.entered.version for r in again] == [1] * 6
    assert judged(folder, ledger, centre_file, as_of="2026-10-01")[1] == 6  # other terms
    assert ledger.verify() == ""
    assert len(list(ledger.entries())) == 12  # what was accepted twice is logged once


def test_a_run_whose_report_was_not_written_is_gone_on_with(tmp_path, ledger, centre_file):
    """Killed after it was entered: the same again is that run, anything else another; and so is the same once it was told."""
    folder = inbox(tmp_path / "in")
    with pool() as made:
        for _ in range(2):
            [*first] = run(workbooks(folder), terms(centre_file), made, ledger)
        assert made.asked == 6
    assert [(r["id"], r["told"]) for r in ledger.runs()] == [(1, 0)]
    again, _ = judged(folder, ledger, centre_file)
    assert again == first
    assert [(r["id"], r["told"]) for r in ledger.runs()] == [(1, 1)]
    assert {r.entered.run for r in judged(folder, ledger, centre_file)[0]} == {2}
    with pool() as made:
        [*_] = run(workbooks(folder), terms(centre_file), made, ledger)
    submitted(next(iter(sorted(folder.rglob("*.xlsx")))), expenses=[claim(90)])
    assert {r.entered.run for r in judged(folder, ledger, centre_file)[0]} == {4}
    assert ledger.verify() == ""


def test_a_resubmission_supersedes_and_says_what_changed(tmp_path, ledger, centre_file):
    path = tmp_path / "in/claims.xlsx"
    submitted(path, expenses=[claim(1, claim_amount=claim(1)["total_amount"] + 1), claim(2)])
    (first,), _ = judged(tmp_path / "in", ledger, centre_file)
    assert (first.entered.version, first.entered.accepted) == (1, False)
    submitted(path, expenses=[claim(1), claim(3)])
    (second,), _ = judged(tmp_path / "in", ledger, centre_file)
    entered = second.entered
    assert (entered.version, entered.accepted, entered.added, entered.removed, entered.changed) == (2, True, 1, 1, 1)
    assert [e.record for e in ledger.entries()] == ["EXP-2026-00001", "EXP-2026-00003"]
    assert [s.version for s in ledger.submissions(source="claims.xlsx")] == [1, 2]
    submitted(path, expenses=[claim(3)])  # the accepted record that was paid is gone
    (third,), _ = judged(tmp_path / "in", ledger, centre_file)
    assert ("GEN-022", "") in errors(third)
    assert not third.entered.accepted


def test_an_invoice_that_was_accepted_elsewhere_before(tmp_path, ledger, centre_file):
    submitted(tmp_path / "one/a.xlsx", expenses=[claim(1)])
    judged(tmp_path / "one", ledger, centre_file)
    submitted(tmp_path / "two/b.xlsx", expenses=[claim(2, invoice_no=claim(1)["invoice_no"])])
    (b,), _ = judged(tmp_path / "two", ledger, centre_file)
    assert [f.message.en for f in b.findings.errors] == [f"Invoice {claim(1)['invoice_no']} already claimed on EXP-2026-00001 in a.xlsx"]
    submitted(tmp_path / "two/a.xlsx", expenses=[])  # it cannot be accepted without the claim that was paid: what was accepted still stands
    a, b = judged(tmp_path / "two", ledger, centre_file)[0]
    assert "GEN-022" in {f.rule for f in a.findings.errors}
    assert "EXP-004" in {f.rule for f in b.findings.errors}
    submitted(tmp_path / "two/a.xlsx", expenses=[claim(1), claim(5)])  # it may be accepted: this version stands for its source, and both are accused
    a, b = judged(tmp_path / "two", ledger, centre_file)[0]
    assert [errors(r)[0][0] for r in (a, b)] == ["EXP-004", "EXP-004"]


def test_two_runs_on_one_ledger_at_once(tmp_path, ledger, centre_file):
    """Each was judged before the other was entered: who comes second is judged anew."""
    submitted(tmp_path / "one/a.xlsx", expenses=[claim(1)])
    submitted(tmp_path / "two/b.xlsx", expenses=[claim(2, invoice_no=claim(1)["invoice_no"])])
    heard = []

    def between(place, report):
        if not heard:
            heard.append(judged(tmp_path / "one", ledger, centre_file)[0][0])

    with pool() as made:
        (b,) = run(workbooks(tmp_path / "two"), terms(centre_file), made, ledger, between)
    assert heard[0].entered.accepted
    assert (b.entered.accepted, errors(b)) == (False, [("EXP-004", "EXP-2026-00002")])
    assert ledger.verify() == ""


def test_rules_that_were_left_out_accept_nothing(tmp_path, ledger, centre_file):
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1)])
    (report,), _ = judged(tmp_path / "in", ledger, centre_file, select=("EXP-009",))
    assert not report.entered.accepted


def locked(path, password):
    """Protect a workbook by a password to open it, as Excel does."""
    whole = io.BytesIO(path.read_bytes())
    with path.open("wb") as out:
        OOXMLFile(whole).encrypt(password, out)


def test_protected_workbooks_open_with_the_password_that_a_variable_holds(tmp_path, ledger, centre_file, monkeypatch):
    folder = inbox(tmp_path / "in", books=3)
    plain_, _ = judged(folder, None, centre_file)
    first, *_, last = sorted(folder.rglob("*.xlsx"))
    for path in (first, last):
        locked(path, "秘密 1")
    before = first.read_bytes()
    without, _ = judged(folder, ledger, centre_file)
    assert [errors(r)[0][0] for r in (without[0], without[2])] == ["FIL-002", "FIL-002"]
    monkeypatch.setenv("OUR_PASSWORD", "another")
    wrong, _ = judged(folder, ledger, centre_file, password_env="OUR_PASSWORD")
    assert "password other than the one that was given" in wrong[0].reason.en
    monkeypatch.setenv("OUR_PASSWORD", "秘密 1")
    opened, asked = judged(folder, ledger, centre_file, password_env="OUR_PASSWORD")
    assert asked == 2  # the one that lies open is known
    assert [errors(r) for r in opened] == [errors(r) for r in plain_]
    assert opened[0].entered.accepted
    assert judged(folder, ledger, centre_file, password_env="OUR_PASSWORD")[1] == 0
    assert first.read_bytes() == before
    assert b"\xe7\xa7\x98" not in json.dumps(opened[0].plain()).encode()


@pytest.mark.parametrize(("cut", "rule"), [(0.5, "FIL-001"), (0.98, "FIL-001")])
def test_a_damaged_protection_is_a_finding(tmp_path, centre_file, monkeypatch, cut, rule):
    path = submitted(tmp_path / "in/claims.xlsx", expenses=[claim(1)])
    locked(path, "secret")
    path.write_bytes(path.read_bytes()[: int(len(path.read_bytes()) * cut)])
    monkeypatch.setenv("OUR_PASSWORD", "secret")
    (report,), _ = judged(tmp_path / "in", None, centre_file, password_env="OUR_PASSWORD")
    assert errors(report)[0][0] in (rule, "FIL-003")
    assert report.reason.en
    assert report.reason.zh


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path, ledger, centre_file):
    path = submitted(tmp_path / "in/a.xlsx", expenses=[claim(1)])
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    (report,), asked = judged(tmp_path / "in", ledger, centre_file)
    assert ([f.rule for f in report.findings], asked) == (["FIL-001"], 1)
    assert judged(tmp_path / "in", ledger, centre_file)[1] == 1
    path.write_bytes(whole)
    (report,), _ = judged(tmp_path / "in", ledger, centre_file)
    assert (report.entered.version, report.entered.accepted) == (2, True)


def test_texts_that_a_database_could_not_hold(tmp_path, ledger, centre_file):
    long = "X" * 5000
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(1, invoice_no=long, voucher_type="ticket", purpose="a_x0000_b" * 3),
                                              claim(2, claim_amount=1e6, purpose="_x0000_" * 9)])  # fmt: skip
    submitted(tmp_path / "in" / ("长" * 60) / ("名" * 60) / ("x" * 150 + ".xlsx"), expenses=[claim(3, invoice_no=long, voucher_type="ticket")])
    reports, _ = judged(tmp_path / "in", ledger, centre_file)
    assert len(reports) == 2
    assert ledger.verify() == ""


def test_references_are_looked_up_in_the_ledger(tmp_path, ledger):
    """Of two departments one hands in the employees, the other claims by them."""
    submitted(tmp_path / "one/people.xlsx", employees=RECORDS["employees"])
    judged(tmp_path / "one", ledger)
    assert "employees.employee_id" in ledger.known(["employees.employee_id"])
    submitted(tmp_path / "two/claims.xlsx", expenses=[claim(1), claim(2, employee_id="EMP-0777")])
    (report,), _ = judged(tmp_path / "two", ledger)
    assert [(f.record, f.value) for f in report.findings if f.rule == "GEN-005" and f.column == "employee_id"] == [("EXP-2026-00002", "EMP-0777")]
    assert not [f for f in report.findings if f.rule == "GEN-005" and "Employees is not here" in f.message.en]


def test_what_a_workbook_keeps_itself_counts_beside_others_too(tmp_path):
    """Without a ledger a workbook is held against its own last state, whether or not it shares a number with a neighbour."""
    refreshed = jobs.refresh(submitted(tmp_path / "r.xlsx", expenses=[claim(1), claim(2)]))
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(refreshed.package))
    sheet = book["费用报销"]
    column = next(c.column for c in sheet[5] if c.value == "状态")
    sheet.cell(6, column, "草稿")
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in/a.xlsx")
    alone = {f.rule for f in judged(tmp_path / "in")[0][0].findings}
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(1, expense_id="EXP-2026-00009")])
    beside = {f.rule for f in judged(tmp_path / "in")[0][0].findings}
    assert "EXP-004" in beside - alone
    assert alone - {"GEN-014"} <= beside


def test_one_bad_file_stops_no_other(tmp_path, centre_file):
    folder = inbox(tmp_path / "in", books=2)
    (folder / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (folder / "text.xlsx").write_text("a,b\n")
    (folder / "link.xlsx").symlink_to(folder / "bad.xlsx")
    reports, _ = judged(folder, reference=centre_file)
    assert [r.status for r in reports] == ["findings", "findings", "unreadable", "unreadable", "unreadable"]
    assert [r.findings[0].rule for r in reports[2:]] == ["FIL-001", "FIL-001", "FIL-006"]


@pytest.mark.parametrize(("limits", "rule", "said"), [
    ({"seconds": 1}, "FIL-003", "judging it takes more than"), ({"cells": 50}, "FIL-003", "50 are allowed"),
    ({"box": 50}, "FIL-003", "50 are allowed"), ({"part": 1}, "FIL-003", "has more than 1 MB"),
])  # fmt: skip
def test_every_limit_is_a_finding_about_the_file(tmp_path, centre_file, limits, rule, said):
    from opsbook.batch import terms as module

    rows = 15_000 if {"seconds", "part"} & set(limits) else 3
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(n % 90_000) for n in range(rows)])
    patch = pytest.MonkeyPatch()
    if "seconds" in limits:
        patch.setattr("opsbook.hosts.guards.SECONDS_A_MB", 0)
    try:
        (report,), _ = judged(tmp_path / "in", reference="", limits=SUBMITTED.but(limits))
    finally:
        patch.undo()
    assert module.Terms.of(terms(limits=SUBMITTED.but(limits)).plain()).limits == SUBMITTED.but(limits)
    assert [f.rule for f in report.findings] == [rule], report.findings
    assert said in report.findings[0].message.en
    assert report.findings[0].message.zh


def test_a_workbook_that_takes_too_much_memory_stops_no_other(tmp_path):
    """In a process begun anew: one forked from these tests would live on the heap that they left free."""
    submitted(tmp_path / "in/a.xlsx", expenses=[claim(n) for n in range(15_000)])
    submitted(tmp_path / "in/b.xlsx", expenses=[claim(20_000)])
    done = subprocess.run([sys.executable, "-m", "opsbook", "validate", tmp_path / "in", "--limit", "memory=75", "--format", "json"],
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    large, small = json.loads(done.stdout)["files"]
    assert [f["rule"] for f in large["findings"]] in (["FIL-003"], ["FIL-005"])  # whether Python or the reader below it finds none left
    assert "75 MB" in large["reason"]
    assert small["status"] == "findings"


def test_a_worker_that_dies_is_replaced(tmp_path, monkeypatch, centre_file):
    """calamine may end the whole process: no `try` catches that."""
    folder = inbox(tmp_path / "in", books=3)
    with pool() as made:
        ask = type(made._children[0]).ask
        killed = []

        def once(child, request):
            if request.path.endswith("claims_01.xlsx") and not killed:
                killed.append(1)
                child._process = child._process or pytest.fail("it should have been forked")
                os.kill(child._process.pid, 9)
            return ask(child, request)

        monkeypatch.setattr(type(made._children[0]), "ask", once)
        reports = list(run(workbooks(folder), terms(centre_file), made))
    assert [r.status for r in reports] == ["findings", "unreadable", "findings"]
    assert [f.rule for f in reports[1].findings] == ["FIL-005"]
    assert "the reader died" in reports[1].findings[0].message.en


def test_what_a_submission_says_of_the_rules_has_no_force(tmp_path, ledger):
    """Its own Policy switches a rule off; its own stored state says that nothing was approved."""
    rows = [claim(1, claim_amount=claim(1)["total_amount"] + 1)]
    policy = [*jobs.policy_records("zh"), {"policy_key": "rule.EXP-009.enabled", "value": "N", "applies_to": "*", "changed_by": "EMP-0002"}]
    submitted(tmp_path / "in/claims.xlsx", expenses=rows, policy=policy)
    (alone,), _ = judged(tmp_path / "in")
    assert "EXP-009" not in {f.rule for f in alone.findings}  # one file at hand: its own sheets govern
    (report,), _ = judged(tmp_path / "in", ledger)
    assert "EXP-009" in {f.rule for f in report.findings.errors}
    (difference,) = [f for f in report.findings if f.rule == "POL-004"]
    assert "rule.EXP-009.enabled" in difference.message.en


def test_a_forged_state_and_deleted_rows_are_found_out(tmp_path, ledger, centre_file):
    path = tmp_path / "in/claims.xlsx"
    submitted(path, expenses=[claim(1), claim(2)])
    judged(tmp_path / "in", ledger, centre_file)
    forged = jobs.refresh(submitted(tmp_path / "forged.xlsx", expenses=[claim(1)]))  # its state knows one record only
    path.write_bytes(forged.package)
    (report,), _ = judged(tmp_path / "in", ledger, centre_file)
    assert ("GEN-022", "") in errors(report)
    assert "EXP-2026-00002" in next(f for f in report.findings if f.rule == "GEN-022").message.en
    assert hidden.Kept  # the workbook's own state was not asked


def test_two_workbooks_of_one_name_want_a_folder(tmp_path, centre_file):
    for name in ("one", "two"):
        submitted(tmp_path / name / "claims.xlsx", expenses=[claim(1)])
    done = command("validate", tmp_path / "one/claims.xlsx", tmp_path / "two/claims.xlsx", "--ledger", tmp_path / "l.db")
    assert done.returncode == 2
    assert "two workbooks are called claims.xlsx" in done.stderr
    assert "有两个工作簿名为 claims.xlsx" in done.stderr
    assert command("validate", tmp_path / "one", tmp_path / "two", "--ledger", tmp_path / "l.db").returncode == 2
    whole = as_json(tmp_path, "--ledger", tmp_path / "l.db", "--reference", centre_file)
    assert [f["submission"]["source"] for f in whole["files"]] == ["one/claims.xlsx", "two/claims.xlsx"]


def test_who_hands_in_is_the_folder_or_the_table(tmp_path, centre_file):
    from opsbook.cli_batch import found

    folder = inbox(tmp_path / "in", books=3)
    assert [w.submitter for w in found([str(folder)])] == ["EMP-0012", "EMP-0013", "EMP-0014"]
    table = tmp_path / "who.csv"
    table.write_text("工作簿,报送人\n*claims_01.xlsx,EMP-0099\n", encoding="utf-8-sig")
    from opsbook.cli_batch import _table

    assert [w.submitter for w in found([str(folder)], "", _table(table))] == ["EMP-0012", "EMP-0099", "EMP-0014"]
    assert [w.submitter for w in found([str(folder)], "EMP-0001", _table(table))] == ["EMP-0001"] * 3


def test_since_a_run_only_what_is_new(tmp_path, centre_file):
    path, ledger = tmp_path / "in/claims.xlsx", tmp_path / "l.db"
    how = (tmp_path / "in", "--ledger", ledger, "--reference", centre_file, "--as-of", "2026-09-30")
    submitted(path, expenses=[claim(1, claim_amount=claim(1)["total_amount"] + 1), claim(2)])
    assert as_json(*how)["errors"] == 1
    submitted(path, expenses=[claim(1, claim_amount=claim(1)["total_amount"] + 2), claim(2, claim_amount=claim(2)["total_amount"] + 1)])
    whole, new = as_json(*how), as_json(*how, "--since", "1")
    assert (whole["errors"], new["errors"]) == (2, 1)
    assert [f["record"] for f in new["files"][0]["findings"] if f["severity"] == "error"] == ["EXP-2026-00002"]
    refused = command("validate", *how, "--since", "77")
    assert refused.returncode == 2
    assert "the ledger has no run 77" in refused.stderr


def test_a_report_travels_whole(tmp_path, centre_file):
    reports, _ = judged(inbox(tmp_path / "in", books=3), reference=centre_file)
    for report in reports:
        assert FileReport.of(report.plain(), report.path) == report
    assert {f.rule for r in reports for f in r.findings} <= set(catalog().rules)


def test_a_bound_that_was_set_outside_is_kept_to(tmp_path, centre_file):
    """Whoever starts the run may bound its memory, below what the options allow."""
    path = submitted(tmp_path / "a.xlsx", expenses=[claim(1)])
    done = subprocess.run(["/bin/sh", "-c", f'ulimit -v 4000000; exec {sys.executable} -m opsbook validate {path} --reference {centre_file} --lang en'],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "FIL-005" not in done.stdout
    assert done.returncode in (0, 1), done.stdout + done.stderr


def test_few_workbooks_want_one_process():
    assert processes_for(1, 10**9) == 1
    assert processes_for(20, 10**5) == 1
    assert processes_for(5000, 10**8) == (os.cpu_count() or 1)


def test_the_inputs_are_never_touched(tmp_path, centre_file):
    folder = inbox(tmp_path / "in", books=3)
    shutil.copy(clean_centre(tmp_path / "c.xlsx"), folder / "centre.xlsx")
    before = {p: p.read_bytes() for p in folder.rglob("*.xlsx")}
    command("validate", folder, "--annotate", tmp_path / "out", "--ledger", tmp_path / "l.db")
    assert {p: p.read_bytes() for p in folder.rglob("*.xlsx")} == before
