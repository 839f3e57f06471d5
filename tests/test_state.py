"""The last accepted state: what may change, what may not, and what is kept of it."""

import json
import os
import sqlite3
from datetime import date

import pandas as pd
import pytest
import xlsxwriter
from conftest import clean_centre, demo_in, submitted
from sqlalchemy import create_engine, inspect, text

from opsbook import jobs
from opsbook.demo import centre, operations
from opsbook.grammar.former import Former
from opsbook.grammar.packed import Edited
from opsbook.sheets import catalog
from opsbook.state import hidden
from opsbook.state.ledger import Ledger

#: What later versions of opsbook added to a ledger, as it is taken away again, the newest first.
SINCE = {"0002": ["ALTER TABLE runs DROP COLUMN told"],
         "0001": ["DROP INDEX log_record", *(f"DROP TABLE {name}" for name in ("checkpoints", "identities", "verdicts", "findings", "runs", "submissions"))]}  # fmt: skip


@pytest.mark.parametrize("version", SINCE)
def test_a_ledger_of_an_earlier_opsbook_is_brought_up_to_date(tmp_path, ledger, ledger_url, reference, version):
    path = submitted(tmp_path / "kf.xlsx", expenses=claims())
    assert not validated(path, ledger, reference).errors
    with create_engine(ledger._engine.url).begin() as raw:
        for said in [step for to, steps in SINCE.items() if to >= version for step in steps]:
            raw.execute(text(said))
        raw.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    again = Ledger(ledger_url)
    assert {c["name"] for c in inspect(again._engine).get_columns("runs")} >= {"hash", "told"}
    assert len(again.former("kf.xlsx").own["expenses"]) == 6
    assert again.known(["expenses.expense_id"])["expenses.expense_id"][0] == "EXP-2026-00001"
    assert again.verify() == ""
    again.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return jobs.Reference.read(clean_centre(tmp_path_factory.mktemp("centre") / "centre.xlsx"))


RECORDS = operations.records()


def claims(n=6, **more):
    return [dict(row) | more for row in RECORDS["expenses"][:n]]


def validated(path, ledger, reference, submitter="", **more):
    return jobs.validate(path, reference=reference, ledger=ledger, submitter=submitter, as_of=date(2026, 9, 30), **more).findings


def said(findings):
    return [(f.rule, f.record) for f in findings.errors]


def test_a_first_sight_is_the_baseline(tmp_path, ledger, reference):
    path = submitted(tmp_path / "kf.xlsx", expenses=claims())
    assert not validated(path, ledger, reference).errors
    assert len(ledger.former("kf.xlsx").own["expenses"]) == 6
    assert not validated(path, ledger, reference).errors  # the same again: nothing to log
    assert len(list(ledger.entries())) == 6
    assert ledger.verify() == ""


def test_a_wrong_transition(tmp_path, ledger, reference):
    path = tmp_path / "kf.xlsx"
    rows = claims()
    assert rows[0]["status"] == "paid"
    assert not validated(submitted(path, expenses=rows), ledger, reference).errors
    validated(submitted(path, expenses=[r | ({"status": "draft", "paid_on": None} if n == 0 else {}) for n, r in enumerate(rows)]), ledger, reference)
    found = validated(path, ledger, reference)
    assert ("GEN-007", rows[0]["expense_id"]) in said(found)
    (finding,) = [f for f in found if f.rule == "GEN-007"]
    assert "“已支付”变为“草稿”" in finding.message.zh
    assert len(list(ledger.entries())) == 6  # what has errors is not accepted


def draft(status="draft", **more):
    """A claim line of its own, as far as it has come."""
    row = next(dict(r) for r in RECORDS["expenses"] if r["status"] == "paid" and r["exp_type"] == "office" and r["employee_id"] not in (centre.DIRECTOR,))
    blank = ("submitted_on", "dept_approver_id", "dept_approved_on", "reviewer_id", "reviewed_on", "approver_id", "approved_on", "paid_on")
    keep = {"draft": 0, "submitted": 1, "dept_approved": 3, "finance_passed": 5}[status]
    return row | dict.fromkeys(blank[keep:]) | {"status": status} | more


@pytest.mark.parametrize(
    ("status", "submitter", "allowed"),
    [("submitted", "claimant", True), ("submitted", "EMP-0019", False), ("dept_approved", "EMP-0002", True), ("dept_approved", "EMP-0001", True),
     ("dept_approved", "claimant", False), ("finance_passed", "EMP-0022", True), ("finance_passed", "claimant", False)],
)  # fmt: skip
def test_the_submitter_may_take_the_last_step(tmp_path, ledger, reference, status, submitter, allowed):
    """Steps may be skipped; who hands in is judged by the last of them."""
    path = tmp_path / "claim.xlsx"
    claimant = draft()["employee_id"]
    who = claimant if submitter == "claimant" else submitter
    validated(submitted(path, expenses=[draft()]), ledger, reference, claimant)
    found = validated(submitted(path, expenses=[draft(status)]), ledger, reference, who)
    assert ("GEN-007" in {f.rule for f in found}) is not allowed


def test_an_edited_and_a_deleted_approved_row(tmp_path, ledger, reference):
    path = tmp_path / "kf.xlsx"
    rows = claims()
    validated(submitted(path, expenses=rows), ledger, reference)
    edited = [r | ({"purpose": "改动后的事由说明文字"} if n == 1 else {}) for n, r in enumerate(rows)]
    found = validated(submitted(path, expenses=edited[:-1]), ledger, reference)
    frozen = [f for f in found if f.rule == "GEN-009"]
    assert [f.record for f in frozen] == [rows[1]["expense_id"]]
    assert f"事由 {rows[1]['purpose']} → 改动后的事由说明文字" in frozen[0].message.zh
    assert any(f.rule == "GEN-022" and rows[-1]["expense_id"] in f.message.en for f in found)


def test_columns_that_live_on_may_change(tmp_path, ledger, reference):
    path = tmp_path / "kf.xlsx"
    rows = claims()
    validated(submitted(path, expenses=rows), ledger, reference)
    found = validated(submitted(path, expenses=[r | {"checked_on": date(2026, 9, 29), "remarks": "已查验"} for r in rows]), ledger, reference)
    assert not [f for f in found if f.rule in ("GEN-007", "GEN-009", "GEN-022")]
    assert ledger.history(rows[0]["expense_id"])[-1].changes["checked_on"] == ("", "2026-09-29")


def test_a_register_that_was_emptied_or_left_out(tmp_path, ledger, reference):
    path = tmp_path / "kf.xlsx"
    changes = [dict(r) for r in RECORDS["changes"][:2]]
    validated(submitted(path, expenses=claims(2), changes=changes), ledger, reference)
    for later in ({"expenses": claims(2), "changes": []}, {"expenses": claims(2)}):
        found = validated(submitted(path, **later), ledger, reference)
        gone = [f.message.en for f in found if f.rule == "GEN-022"]
        assert len(gone) == 2, later
        assert "CHG-2026-0001" in gone[0]


def test_a_reused_invoice_and_number_across_two_workbooks(tmp_path, ledger, reference):
    validated(submitted(tmp_path / "one.xlsx", expenses=[draft()]), ledger, reference)  # the centre has the same record: it is not told of itself
    again = draft(expense_id="EXP-2026-07001", claim_id="CLM-2026-7001")
    found = validated(submitted(tmp_path / "two.xlsx", expenses=[again]), ledger, reference)
    (finding,) = [f for f in found if f.rule == "EXP-004"]
    assert f"{draft()['expense_id']} in one.xlsx" in finding.message.en
    other = draft(invoice_no="26112000000000099999")
    found = validated(submitted(tmp_path / "three.xlsx", expenses=[other]), ledger, reference)
    assert [f.message.en for f in found if f.rule == "GEN-004"] == [f"ID {other['expense_id']} stands in one.xlsx already"]


@pytest.mark.parametrize(("code", "found"), [("1100224130", True), ("1100224131", False)])
def test_an_older_invoice_is_its_code_and_number(tmp_path, ledger, reference, code, found):
    def old(number, **more):
        return draft(expense_id=f"EXP-2026-0800{number}", claim_id=f"CLM-2026-800{number}", voucher_type="vat_plain", invoice_no="00012345", **more)

    validated(submitted(tmp_path / "one.xlsx", expenses=[old(1, invoice_code="1100224130")]), ledger, reference)
    again = validated(submitted(tmp_path / "two.xlsx", expenses=[old(2, invoice_code=code)]), ledger, reference)
    assert ("EXP-004" in {f.rule for f in again}) is found


def test_the_same_from_python(tmp_path, ledger):
    import opsbook

    path = submitted(tmp_path / "kf.xlsx", expenses=claims(2), employees=[dict(p) for p in RECORDS["employees"]])
    opsbook.validate(path, as_of=date(2026, 9, 30), ledger=ledger, submitter="EMP-0022")
    assert ledger.verify() == ""


def test_self_approval_a_left_approver_and_the_directors_own_papers(tmp_path, reference):
    def change(approver, requester):
        return dict(RECORDS["changes"][2]) | {"requester_id": requester, "approver_id": approver}

    def rules(approver, requester):
        path = submitted(tmp_path / "c.xlsx", changes=[change(approver, requester)])
        return {f.rule for f in jobs.validate(path, reference=reference, as_of=date(2026, 9, 30)).findings.errors}

    assert "GEN-008" in rules("EMP-0004", "EMP-0004")
    assert "CHG-003" in rules(centre.DIRECTOR, centre.DIRECTOR) or "GEN-008" in rules(centre.DIRECTOR, centre.DIRECTOR)
    assert not rules(centre.SUPERIOR, centre.DIRECTOR)  # the director's own papers pass by org.superior
    left = dict(RECORDS["changes"][4]) | {"approver_id": "EMP-0025", "approved_on": date(2026, 9, 28)}
    path = submitted(tmp_path / "l.xlsx", changes=[left])
    assert "GEN-006" in {f.rule for f in jobs.validate(path, reference=reference, as_of=date(2026, 9, 30)).findings.errors}


def test_the_log_tells_of_every_hand_that_touches_it(tmp_path, reference):
    where = tmp_path / "ledger.db"

    def kept():
        return Ledger(f"sqlite:///{where}")

    ledger = kept()
    path = tmp_path / "kf.xlsx"
    validated(submitted(path, expenses=claims()), ledger, reference, "EMP-0022")
    assert ledger.verify() == ""
    entry = next(ledger.entries())
    assert (entry.submitter, entry.source, entry.as_of) == ("EMP-0022", "kf.xlsx", "2026-09-30")
    assert entry.changes["status"] == ("", "paid")
    ledger.close()
    raw = sqlite3.connect(where)
    for forbidden in ("UPDATE log SET submitter = 'EMP-0001'", "DELETE FROM log"):
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            raw.execute(forbidden)
        raw.rollback()
    for tamper, told in (
        ("UPDATE log SET submitter = 'x' WHERE seq = 3", "entry 3 was edited"), ("DELETE FROM log WHERE seq = 2", "entry 2 is missing"),
        ("UPDATE records SET cells = '{}' WHERE record LIKE '%00001'", "EXP-2026-00001 is not what the log says"),
        ("DELETE FROM records WHERE record LIKE '%00002'", "EXP-2026-00002 is not what the log says"),
    ):  # fmt: skip
        copy = tmp_path / "copy.db"
        copy.unlink(missing_ok=True)
        with sqlite3.connect(copy) as other:
            raw.backup(other)
            other.execute("DROP TRIGGER log_no_update")
            other.execute("DROP TRIGGER log_no_delete")
            other.execute(tamper)
        other.close()
        tampered = Ledger(str(copy))
        assert told in tampered.verify(), tamper
        tampered.close()
    raw.close()


def test_two_who_accept_at_once_make_one_chain(tmp_path, reference):
    from threading import Thread

    url = str(tmp_path / "ledger.db")
    Ledger(url).close()
    rows = {"expenses": jobs.states_of(submitted(tmp_path / "kf.xlsx", expenses=claims(3)))["expenses"]}

    def accept(n):
        own = Ledger(url)
        own.accept(f"{n}.xlsx", rows, sha256="0" * 64, submitter="", as_of="2026-09-30")
        own.close()

    threads = [Thread(target=accept, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger = Ledger(url)
    assert len(list(ledger.entries())) == 18
    assert ledger.verify() == ""
    ledger.close()


# ------------------------------------------------------------------------------- the very hidden sheet


def kept_of(state):
    kept = hidden.Kept()
    kept.accept("a.xlsx", state, sha256="", submitter="", as_of="2026-09-30")
    return kept


def test_the_hidden_sheet_gives_back_what_it_was_given(tmp_path):
    state = jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=claims(4), risks=[dict(r) for r in RECORDS["risks"][:3]], tickets=[]))
    again = hidden.Kept(kept_of(state).lines).former("a.xlsx").own
    assert set(again) == {"expenses", "risks", "tickets"}
    for key, frame in state.items():
        assert again[key].equals(frame) or (frame.empty and again[key].empty)


def test_a_state_of_any_size_fits_into_cells(tmp_path):
    """Excel's cells hold 32,767 characters."""
    state = {"expenses": jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=claims(4)))["expenses"]}
    many = pd.concat([state["expenses"].assign(purpose=[os.urandom(60).hex() for _ in range(4)]).rename(index=lambda r, n=n: f"{r}-{n}") for n in range(300)])
    lines = kept_of({"expenses": many}).lines
    assert max(len(cell) for line in lines for cell in line) <= 32_767
    assert len(lines) > 3
    again = hidden.Kept(lines).former("").own["expenses"]
    assert list(again.index) == list(many.index)
    assert again.to_numpy().tolist() == many.to_numpy().tolist()


@pytest.mark.parametrize("which", ["ledger", "hidden"])
def test_both_stores_tell_what_became_of_records_and_keep_figures(tmp_path, ledger, which):
    store = ledger if which == "ledger" else hidden.Kept()
    how = {"sha256": "0" * 64, "submitter": "EMP-0004", "as_of": "2026-09-30"}
    for rows in (claims(2), [r | {"remarks": "补充"} for r in claims(2)]):
        store.accept("a.xlsx", jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=rows)), **how)
    changes = [line for line in store.log("a.xlsx") if line[4] != "+"]
    assert [line[:4] for line in changes] == [["2026-09-30", "EMP-0004", "expenses", r["expense_id"]] for r in claims(2)]
    assert {line[4] for line in changes} == {"remarks:  → 补充"}
    store.remember("a.xlsx", "2026-08", {"centre_index": 81.5})
    store.remember("a.xlsx", "2026-09", {"centre_index": 80.0})
    store.remember("a.xlsx", "2026-09", {"centre_index": 82.25})
    again = store if which == "ledger" else hidden.Kept(store.lines)
    assert again.figures("a.xlsx") == {"2026-08": {"centre_index": 81.5}, "2026-09": {"centre_index": 82.25}}


def test_both_stores_answer_alike(tmp_path, ledger):
    """One interface: what was accepted is the former state, and as many records changed."""
    kept = hidden.Kept()
    first = jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=claims(4)))
    second = jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=[r | {"remarks": "补充"} for r in claims(3)]))
    for state, changed in ((first, 4), (first, 0), (second, 4)):
        how = {"sha256": "0" * 64, "submitter": "", "as_of": "2026-09-30"}
        assert ledger.accept("a.xlsx", state, **how) == kept.accept("a.xlsx", state, **how) == changed
        ours, theirs = (store.former("a.xlsx").own["expenses"] for store in (ledger, hidden.Kept(kept.lines)))
        assert ours.sort_index().equals(theirs[ours.columns].sort_index())


@pytest.mark.parametrize("edit", ["text", "piece", "digest", "head"])
def test_an_edited_state_is_told(tmp_path, edit):
    lines = kept_of(jobs.states_of(submitted(tmp_path / "a.xlsx", expenses=claims(4)))).lines
    match edit:
        case "text":
            lines[2][0] = lines[2][0][:100] + "x" + lines[2][0][101:]
        case "piece":
            del lines[2]
        case "digest":
            lines[1][0] = "0" * 64
        case "head":
            del lines[0]
    with pytest.raises(Edited):
        hidden.Kept(lines)


@pytest.mark.parametrize("how", ["edited", "missing"])
def test_a_workbook_that_lost_its_state_says_so(tmp_path, how):
    demo = demo_in(tmp_path)[0]
    from opsbook.hosts import file

    book = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"), {"strings_to_urls": False})
    for grid in file.grids(demo.read_bytes()):
        if grid.name not in ("改进", "变更申请", "_opsbook", "_opsbook_state") or (how == "missing" and grid.name == "_opsbook_state"):
            continue
        tab = book.add_worksheet(grid.name)
        for r, row in enumerate(grid.rows):
            for c, cell in enumerate(row):
                value = f"{cell}A" if (how, grid.name) == ("edited", "_opsbook_state") and len(str(cell)) > 1000 else cell
                if isinstance(value, float):
                    tab.write_number(r, c, value)
                elif value != "":
                    tab.write_string(r, c, str(value))
    book.close()
    found = jobs.validate(tmp_path / "b.xlsx").findings
    told = [f.message.zh for f in found if f.rule == "GEN-023"]
    assert told == ["工作簿保存的状态" + {"edited": "被修改过", "missing": "缺失"}[how]]


@pytest.mark.long
def test_what_a_refresh_accepts_is_held_against_the_next_edit(tmp_path):
    """People who work in Excel: the first refresh without errors keeps the state; an approved row edited after it is found."""
    from opsbook.actions import load
    from opsbook.hosts import file
    from opsbook.hosts.fill import fill
    from opsbook.hosts.graft import Workbook
    from opsbook.hosts.package import Package

    path = clean_centre(tmp_path / "c.xlsx")
    assert not [f for f in jobs.validate(path).findings if f.rule == "GEN-009"]
    first = jobs.refresh(path)
    assert not first.findings.errors
    package = Package(first.package)
    tab = load.book(file.grids(first.package), catalog()).book.tabs["budget"]
    row = int(tab.index[[str(s) for s in tab.cells["status"]].index("已批准")])
    part = next(s.part for s in Workbook(package).sheets if s.name == tab.name)
    fill(package, part, {row: {tab.column_no("account_name"): "改过的科目"}}, {})
    path.write_bytes(package.to_bytes())
    found = [f for f in jobs.validate(path).findings if f.rule == "GEN-009"]
    assert [f.row for f in found] == [row]
    assert "改过的科目" in found[0].message.zh
    second = jobs.refresh(path)  # with an error the state stays as it was last accepted
    path.write_bytes(second.package)
    assert [f.row for f in jobs.validate(path).findings if f.rule == "GEN-009"] == [row]


def test_without_a_former_state_nothing_is_said():
    assert Former().of(catalog().sheets["expenses"]).empty


# ------------------------------------------------------------------------------------------------ waivers


def test_a_waived_finding_stays_and_blocks_nothing(tmp_path, reference):
    late = draft("submitted", start_on=date(2026, 6, 1), end_on=date(2026, 6, 1), invoice_date=date(2026, 6, 1), submitted_on=date(2026, 9, 28))
    waiver = {"waiver_id": "WVR-2026-001", "rule_id": "exp-002", "record_id": late["expense_id"], "reason": "出差期间无法及时提交",
              "requester_id": late["employee_id"], "requested_on": date(2026, 9, 28), "approver_id": "EMP-0002", "approved_on": date(2026, 9, 29),
              "valid_until": date(2026, 9, 30), "status": "approved"}  # fmt: skip
    people = [dict(p) for p in RECORDS["employees"]]

    def rule(as_of=date(2026, 9, 30), reference=None, **more):
        path = submitted(tmp_path / "w.xlsx", employees=people, expenses=[late], waivers=[waiver | more])
        return [(f.waived, f.severity) for f in jobs.validate(path, as_of=as_of, reference=reference).findings if f.rule == "EXP-002"]

    assert rule() == [(True, "error")]
    assert rule(as_of=date(2026, 10, 1)) == [(False, "error")]  # it has run out
    assert rule(status="submitted", approver_id=None, approved_on=None) == [(False, "error")]
    assert rule(record_id="EXP-2026-00999") == [(False, "error")]
    assert rule(reference=reference) == [(False, "error")]  # nobody waives for themselves in a submission


def test_waived_findings_in_json_and_text(tmp_path):
    from opsbook.actions.report import FileReport, as_text, summary

    found = jobs.validate(demo_in(tmp_path)[0], complete=True).findings
    (waived,) = found.waived
    assert waived.rule == "EXP-002"
    assert waived not in list(found.errors)
    report = FileReport("demo.xlsx", "", found)
    assert "（已豁免）" in next(line for line, _ in as_text(report, "zh") if waived.record in line and "EXP-002" in line)
    assert "豁免 1" in summary([report], "zh")
    assert json.loads(json.dumps(found.to_json()))[0]["waived"] is False
