"""The inbox: what arrives is judged once, whoever watches and whatever happens; half files wait; what has errors comes back marked."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import openpyxl
import pytest
from books import claim, command, inbox, pool, terms
from conftest import submitted

from opsbook.batch.inbox import CLAIMS, Inbox, _safe, watch
from opsbook.batch.terms import Workbook
from opsbook.state.ledger import Ledger


@contextmanager
def watched(tmp_path, reference, ledger=None, **more):
    for name in ("in", "acc", "ret"):
        (tmp_path / name).mkdir(exist_ok=True)
    with pool() as made:
        yield Inbox(tmp_path / "in", tmp_path / "acc", tmp_path / "ret", terms(reference), made, ledger, settled=0, **more)


def names(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


WRONG = {"claim_amount": claim(1)["total_amount"] + 1}


def test_what_arrives_is_filed(tmp_path, ledger, centre_file):
    with watched(tmp_path, centre_file, ledger, submitter=lambda source: source.split("/")[0]) as box:
        submitted(tmp_path / "in/EMP-0012/好 claims.xlsx", expenses=[claim(1)])
        submitted(tmp_path / "in/EMP-0012/wrong.xlsx", expenses=[claim(2, **WRONG)])
        (tmp_path / "in/text.xlsx").write_text("no workbook")
        for passing in ("~$claims.xlsx", ".hidden.xlsx", "claims.xlsx.part", "notes.txt"):
            (tmp_path / "in" / passing).write_bytes(b"half")
        done = {r.path: r for r in box.look()}
        box.close()
    assert {path: r.status == "unreadable" or bool(r.findings.errors) for path, r in done.items()} == {
        "EMP-0012/好 claims.xlsx": False, "EMP-0012/wrong.xlsx": True, "text.xlsx": True}  # fmt: skip
    assert names(tmp_path / "in") == [".hidden.xlsx", "claims.xlsx.part", "notes.txt", "~$claims.xlsx"]
    (good,) = names(tmp_path / "acc")
    assert good.startswith("EMP-0012/好 claims_")
    stem = next(n for n in names(tmp_path / "ret") if "wrong" in n and n.endswith(".txt")).removesuffix(".txt")
    assert [n.removeprefix(stem) for n in names(tmp_path / "ret") if "wrong" in n] == [".txt", ".xlsx", "_checked.xlsx"]
    text = (tmp_path / "ret" / next(n for n in names(tmp_path / "ret") if n.endswith(".txt") and "wrong" in n)).read_text(encoding="utf-8-sig")
    assert "EXP-009" in text
    marked = openpyxl.load_workbook(tmp_path / "ret" / next(n for n in names(tmp_path / "ret") if n.endswith("_checked.xlsx")))
    assert "校验结果" in marked.sheetnames
    assert [s.submitter for s in ledger.submissions(source="EMP-0012/wrong.xlsx")] == ["EMP-0012"]
    assert len(ledger.former("EMP-0012/好 claims.xlsx").own["expenses"]) == 1


def test_a_half_copied_file_waits(tmp_path, centre_file):
    whole = submitted(tmp_path / "whole.xlsx", expenses=[claim(1)]).read_bytes()
    with watched(tmp_path, centre_file) as box:
        box.settled = 0.3
        path = tmp_path / "in/claims.xlsx"
        path.write_bytes(whole[:1000])
        assert not list(box.look())
        time.sleep(0.2)
        path.write_bytes(whole)  # it grows: it has to stand still from now on
        assert not list(box.look())
        time.sleep(0.2)
        assert not list(box.look())
        assert box.waiting()
        time.sleep(0.2)
        (report,) = box.look()
        assert report.status != "unreadable"
        box.close()
    assert len(names(tmp_path / "acc")) == 1


@pytest.mark.parametrize("watchers", [2, 8])
def test_several_watchers_take_each_file_once(tmp_path, centre_file, watchers):
    folder = inbox(tmp_path / "in", books=12, rows=1)
    came = names(folder)
    ledger_at = str(tmp_path / "l.db")
    Ledger(ledger_at).close()
    with pool(2) as made:  # their workers are shared: it is the claims that are raced for
        boxes = []
        for _ in range(watchers):
            boxes.append(Inbox(folder, tmp_path / "acc", tmp_path / "ret", terms(centre_file), made, Ledger(ledger_at), settled=0))
        seen, lock = [], threading.Lock()

        def work(box):
            for report in box.look():
                with lock:
                    seen.append(report.path)

        threads = [threading.Thread(target=work, args=(box,)) for box in boxes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for box in boxes:
            box.close()
            box.ledger.close()
    assert sorted(seen) == came
    kept = Ledger(ledger_at)
    assert sorted(s.source for s in kept.submissions()) == came
    assert kept.verify() == ""
    kept.close()
    assert len(names(tmp_path / "acc")) == sum(s.accepted for s in kept.submissions())
    assert not (folder / CLAIMS).exists()


def test_what_a_dead_watcher_held_is_filed_by_the_next(tmp_path, ledger, centre_file):
    """It died once before the ledger knew, and once after: neither is entered twice."""
    with watched(tmp_path, centre_file, ledger) as box:
        submitted(tmp_path / "in/early.xlsx", expenses=[claim(1)])
        submitted(tmp_path / "in/late.xlsx", expenses=[claim(2)])
        held = box._claim()
        late = [each for each in held if each[1] == "late.xlsx"]
        box._judged([Workbook(*late[0])])  # entered, not filed
        box._ended.set()
        (box.mine / "beat").write_text("another machine")
        os.utime(box.mine / "beat", (1, 1))
    with watched(tmp_path, centre_file, ledger) as box:
        assert sorted(r.path for r in box.look()) == ["early.xlsx", "late.xlsx"]
        box.close()
    assert [(s.source, s.version) for s in ledger.submissions()] == [("late.xlsx", 1), ("early.xlsx", 1)]
    assert len(names(tmp_path / "acc")) == 2
    assert not (tmp_path / "in" / CLAIMS).exists()


def test_a_watcher_that_is_ended_gives_back(tmp_path, centre_file):
    with watched(tmp_path, centre_file) as box:
        submitted(tmp_path / "in/a/claims.xlsx", expenses=[claim(1)])
        assert len(box._claim()) == 1
        assert names(tmp_path / "in")[0].startswith(CLAIMS)
        box.close()
    assert names(tmp_path / "in") == ["a/claims.xlsx"]


def test_the_watcher_hears_of_what_comes(tmp_path, centre_file):
    heard = []
    with watched(tmp_path, centre_file) as box:

        class Enough(Exception):  # noqa: N818
            pass

        def hear(report):
            heard.append(report.path)
            raise Enough

        threading.Timer(0.5, lambda: submitted(tmp_path / "in/late.xlsx", expenses=[claim(1)])).start()
        with pytest.raises(Enough):
            watch(box, hear, every=1.0)
    assert heard == ["late.xlsx"]


def test_the_command(tmp_path, centre_file):
    inbox(tmp_path / "in", books=3, rows=1)
    how = ("watch", tmp_path / "in", "--accepted", tmp_path / "acc", "--returned", tmp_path / "ret", "--reference", centre_file, "--as-of", "2026-09-30",
           "--ledger", tmp_path / "l.db", "--settle", "0", "--once", "--lang", "en")  # fmt: skip
    done = command(*how)
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 2)[2] for line in done.stdout.splitlines()]
    assert lines[0].startswith("√ accepted EMP-0012/claims_00.xlsx (version 1)")
    assert lines[2] == "◆ returned EMP-0014/claims_02.xlsx (version 1): 1 errors, 0 warnings; 1 row of 1 sheet read"
    for wrong in (("--accepted", tmp_path / "in/acc"), ("--returned", centre_file)):
        refused = command(*how[:2], *("--accepted", tmp_path / "acc", "--returned", tmp_path / "ret"), *wrong)
        assert refused.returncode == 2
        assert "。" in refused.stderr
    assert command("watch", tmp_path / "none", "--accepted", tmp_path, "--returned", tmp_path).returncode == 2


def test_ctrl_c_ends_it_quietly(tmp_path, centre_file):
    (tmp_path / "in").mkdir()
    process = subprocess.Popen([sys.executable, "-m", "opsbook", "watch", str(tmp_path / "in"), "--accepted", str(tmp_path / "acc"), "--returned",
                                str(tmp_path / "ret")], stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip  (what runs in the background may ignore it)
    (tmp_path / "in" / "x.xlsx").write_text("no workbook")
    for _ in range(300):
        time.sleep(0.2)
        if any(tmp_path.glob("ret/**/x*.xlsx")):  # it is at work by now
            break
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert (process.returncode, said) == (130, "")
    assert not (tmp_path / "in" / CLAIMS).exists()


@pytest.mark.parametrize(("name", "safe"), [("a/b", "a_b"), ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("x. ", "x"), ("é", "é"), ("报" * 90, "报" * 50)])
def test_names_that_every_system_holds(name, safe):
    assert _safe(name) == safe
