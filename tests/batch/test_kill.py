"""A run that is killed at a random instant and run again is as if nothing had been; a full disk and a locked ledger end in a sentence."""

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

import kill
import pytest
from books import inbox, process
from conftest import require

from opsbook.hosts import file

pytestmark = pytest.mark.long


def test_ten_killed_runs(tmp_path, centre_file):
    folder = inbox(tmp_path / "in", books=8, rows=6)
    report, ledger, took = kill.undisturbed(folder, tmp_path / "whole", centre_file)
    dice = random.Random(7)
    hits = 0
    for n in range(10):
        again = kill.killed(folder, tmp_path / f"k{n}", centre_file, dice.uniform(0.3, took))
        assert again[0] == report, n
        assert again[1] == ledger, n
        hits += again[2]
    assert hits >= 5


def test_a_locked_ledger_is_waited_for(tmp_path, centre_file):
    folder = inbox(tmp_path / "in", books=2)
    where = tmp_path / "l.db"
    process("validate", folder, "--ledger", where, "--reference", centre_file)
    other = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(8, lambda: other.execute("ROLLBACK")).start()
    began = time.monotonic()
    done = process("validate", folder, "--ledger", where, "--reference", centre_file, "--as-of", "2026-08-31")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began > 6
    other.close()


@pytest.mark.parametrize("target", ["report", "ledger", "annotated"])
def test_a_full_disk_ends_in_a_sentence(tmp_path, centre_file, target):
    """A file system of its own that holds a few kilobytes."""
    if os.getuid() != 0:
        pytest.skip("a small file system can be mounted by root only")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run([require("mount"), "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(small)], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        folder = inbox(tmp_path / "in", books=30, rows=60)
        how = {"report": ("--format", "json", "-o", small / "r.json"), "ledger": ("--ledger", small / "l.db"), "annotated": ("--annotate", small / "a")}[target]
        done = process("validate", folder, "--reference", centre_file, *how)
        if target == "annotated":  # a copy that could not be written is said of its workbook
            assert "no annotated copy" in done.stdout or "未生成标注副本" in done.stdout
            assert done.returncode == 2
        else:
            assert done.returncode == 2, done.stdout[-500:]
            assert "Traceback" not in done.stderr
            assert any("\u4e00" <= c <= "\u9fff" for c in done.stderr)
            assert not (small / "r.json").exists()
        assert not [p for p in small.rglob("*") if p.name.startswith(".")]
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_nothing_is_left_behind(tmp_path, centre_file):
    """No process, no temporary file: after a good run, and after one that was killed."""
    folder = inbox(tmp_path / "in", books=3)
    place = tmp_path / "tmp"
    place.mkdir()
    more = {"env": os.environ | {"TMPDIR": str(place), "OPENBLAS_NUM_THREADS": "1"}}
    done = subprocess.run([sys.executable, "-m", "opsbook", "validate", str(folder), "--jobs", "2", "--ledger", str(tmp_path / "l.db")],
                          capture_output=True, check=False, **more)  # fmt: skip
    assert done.returncode in (0, 1)
    assert list(place.iterdir()) == []
    assert file.write  # written beside, then put in place


def test_children_end_with_their_parent(tmp_path, centre_file):
    folder = inbox(tmp_path / "in", books=16, rows=10)
    (tmp_path / "out").mkdir()
    process = kill.run(folder, tmp_path / "out", centre_file)
    deadline = time.monotonic() + 30
    children = []
    while len(children) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
    assert len(children) == 2
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(_alive(pid) for pid in children):
        time.sleep(0.1)
    assert not [pid for pid in children if _alive(pid)]


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as said:  # noqa: PTH123
            return said.read().split(") ")[1][0] != "Z"
    except OSError:
        return False
