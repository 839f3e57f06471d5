"""Mutants: workbooks that were damaged, twisted or made hostile. None crashes, hangs, leaks or is changed; harmless re-encodings say the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from books import CLAIM, claim, pool, terms
from conftest import submitted

from opsbook.batch.runner import run
from opsbook.batch.terms import Workbook, sha256_of
from opsbook.hosts.guards import SUBMITTED

pytestmark = pytest.mark.long

PROGRAMS = Path(__file__).parents[1] / "mutants"
CANARY = "OPSBOOK-CANARY-7f3a"
LIMITS = SUBMITTED.but({"part": 24, "whole": 48, "seconds": 20})  # bombs are small, and so are the limits


def mutants(folder: Path, number: int, seed: int) -> list[dict]:
    """Mutants of two small workbooks, with what is expected of each."""
    seeds = folder / "seeds"
    submitted(seeds / "claims.xlsx", expenses=[claim(n) for n in range(1, 9)] + [CLAIM | {"claim_amount": 1e6}])
    submitted(seeds / "people.xlsx", waivers=[{"waiver_id": "WVR-2026-001", "rule_id": "EXP-002", "reason": "出差期间无法及时提交"}])
    subprocess.run([sys.executable, str(PROGRAMS / "mutate.py"), "--seeds", str(seeds), "--out", str(folder / "out"), "--n", str(number), "--seed", str(seed),
                    "--bomb-mb", "60"], check=True, capture_output=True)  # fmt: skip
    return [json.loads(line) for line in (folder / "out/manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_thousand_mutants_through_the_worker(tmp_path):
    told = mutants(tmp_path, 1000, 20261126)
    out = tmp_path / "out"
    files = sorted({*(m["file"] for m in told), *(m["seed_copy"] for m in told)})
    before = {name: sha256_of(out / name) for name in files}
    # each judged as if it were alone: mutants share their numbers, and numbers that two workbooks share would be told
    books = [Workbook(out / name, name, size=(out / name).stat().st_size) for name in files]
    found = {}
    with pool(2) as made:
        for book in books:
            (report,) = run([book], terms(limits=LIMITS), made)
            found[book.source] = report
    assert {name: sha256_of(out / name) for name in files} == before
    wrong = []
    for m in told:
        report, seed = found[m["file"]], found[m["seed_copy"]]
        said = json.dumps(report.plain(), ensure_ascii=False)
        if CANARY in said or "opsbook failed on it" in said:
            wrong.append((m["op"], m["file"], said[:300]))
        elif m["expect"] == "reject" and report.status != "unreadable":
            wrong.append((m["op"], m["file"], report.status))
        elif m["expect"] == "same" and _plain(report) != _plain(seed):
            wrong.append((m["op"], m["file"], "differs from its seed"))
    assert not wrong, wrong[:10]
    assert len({m["op"] for m in told}) > 60


def _plain(report):
    return report.plain() | {"sha256": ""}


@pytest.mark.parametrize("seed", [7])
def test_mutants_through_the_command(tmp_path, seed):
    mutants(tmp_path, 150, seed)
    canary = Path(tmp_path / "results.jsonl")
    asked = f"{sys.executable} -m opsbook validate {{file}} --limit part=24 --limit whole=48"
    done = subprocess.run([sys.executable, str(PROGRAMS / "attack.py"), "--cmd", asked, "--corpus", str(tmp_path / "out"), "--ok", "0,1",
                           "--clean", "2", "--manifest", str(tmp_path / "out/manifest.jsonl"),
                           "--canary", CANARY, "--timeout", "60", "--jobs", "2", "--out", str(canary)], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
