"""Runs that are killed at a random instant, and run again: ``python tests/batch/kill.py 100``. Ten of them are a test.

What an undisturbed run writes, report and ledger, the killed and repeated one writes too: nothing is lost, nothing counted twice.
"""

import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT.parent)]


def run(folder: Path, out: Path, reference: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "opsbook", "validate", folder, "--reference", reference, "--as-of", "2026-09-30", "--jobs", "2",
                             "--ledger", out / "l.db", "--format", "json", "-o", out / "report.json"], stderr=subprocess.PIPE)  # fmt: skip


def held(ledger: Path) -> dict:
    """All that a ledger says, but for when."""
    with sqlite3.connect(ledger) as raw:
        names = [n for (n,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")]
        found = {}
        for name in names:
            columns = [c[1] for c in raw.execute(f"PRAGMA table_info({name})") if (name, c[1]) not in (("runs", "began"), ("runs", "ended"))]
            said = ", ".join(f'"{c}"' for c in columns)
            found[name] = sorted(map(repr, raw.execute(f"SELECT {said} FROM {name}")))
    return found


def undisturbed(folder: Path, out: Path, reference: Path) -> tuple[bytes, dict, float]:
    out.mkdir()
    began = time.monotonic()
    run(folder, out, reference).communicate()
    return (out / "report.json").read_bytes(), held(out / "l.db"), time.monotonic() - began


def ended(out: Path) -> bool:
    """Whether a run's work was done: its report is written, and the ledger knows. What is killed then is a process that was ending."""
    if not (out / "report.json").exists():
        return False
    with sqlite3.connect(out / "l.db") as raw:
        return raw.execute("SELECT told FROM runs ORDER BY id DESC").fetchone() == (1,)


def killed(folder: Path, out: Path, reference: Path, after: float) -> tuple[bytes, dict, bool]:
    """Kill a run after some seconds, then run it to its end; whether it was still at work."""
    out.mkdir()
    process = run(folder, out, reference)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hit = process.returncode == -signal.SIGKILL and not ended(out)
    if hit:
        run(folder, out, reference).communicate()
    return (out / "report.json").read_bytes(), held(out / "l.db"), hit


def _differences(one: tuple, other: tuple) -> list[str]:
    """What differs, in short: lines of the report, rows of the ledger's tables."""
    lines = [{*said.decode().splitlines()} for said in (one[0], other[0])]
    found = [f"report {sorted(lines[0] ^ lines[1])[:4]}"] if lines[0] != lines[1] or one[0] != other[0] else []
    for name, rows in one[1].items():
        if rows != (there := other[1].get(name, [])):
            found.append(f"{name} {[row[:300] for row in sorted({*rows} ^ {*there})[:4]]} {len(rows)} / {len(there)}")
    return found


def main(times: int) -> int:
    from books import inbox
    from conftest import clean_centre

    with tempfile.TemporaryDirectory() as place:
        folder, reference = inbox(Path(place) / "in", books=10, rows=5), clean_centre(Path(place) / "centre.xlsx")
        report, ledger, took = undisturbed(folder, Path(place) / "whole", reference)
        wrong = hits = 0
        dice = random.Random(1)
        for n in range(times):
            again = killed(folder, Path(place) / f"k{n}", reference, dice.uniform(0.3, took))
            hits += again[2]
            if again[:2] != (report, ledger):
                wrong += 1
                print(f"run {n}: " + "; ".join(_differences((report, ledger), again)), flush=True)
        left = subprocess.run(["pgrep", "-fc", "opsbook.batch.worker"], capture_output=True, text=True, check=False).stdout.strip()
        print(f"{times} runs, {hits} killed at work, {wrong} differ from the undisturbed one; {left} workers left")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
