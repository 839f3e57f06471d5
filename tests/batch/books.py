"""Departments' workbooks for batches: small ones, each with numbers of its own."""

import io
import json
import os
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path

from conftest import submitted

from opsbook.batch.pool import Local
from opsbook.batch.runner import run
from opsbook.batch.terms import Terms, Workbook
from opsbook.demo import operations
from opsbook.hosts.guards import SUBMITTED

RECORDS = operations.records()
CLAIM = next(dict(r) for r in RECORDS["expenses"] if r["status"] == "paid" and r["exp_type"] == "office" and r["invoice_no"])


def claim(n, **more):
    """A claim of its own number and invoice."""
    return CLAIM | {"expense_id": f"EXP-2026-{n:05}", "claim_id": f"CLM-2026-{n:04}", "invoice_no": f"26112000{n:012}"} | more


def inbox(folder: Path, books: int = 6, rows: int = 3) -> Path:
    """A folder of department workbooks; every third has a claim above its voucher."""
    for n in range(books):
        claims = [claim(1 + n * rows + i) for i in range(rows)]
        if n % 3 == 2:
            claims[0] |= {"claim_amount": claims[0]["total_amount"] + 1}
        submitted(folder / f"EMP-00{12 + n % 3}" / f"claims_{n:02}.xlsx", expenses=claims)
    return folder


def workbooks(folder: Path) -> list[Workbook]:
    return [Workbook(p, p.relative_to(folder).as_posix(), size=p.stat().st_size) for p in sorted(folder.rglob("*.xlsx"))]


def terms(reference: Path | str = "", **more) -> Terms:
    return Terms(**({"as_of": "2026-09-30", "reference": str(reference), "limits": SUBMITTED} | more))


class Counting(Local):
    """A pool that counts what it is asked."""

    asked = 0

    def answers(self, requests):
        def counted():
            for each in requests:
                self.asked += 1
                yield each

        return super().answers(counted())


@contextmanager
def pool(processes: int = 1):
    made = Counting(processes)
    try:
        yield made
    finally:
        made.close()


def judged(folder, ledger=None, reference="", processes=1, **more):
    """The reports of a folder, and how often a worker was asked."""
    with pool(processes) as made:
        reports = list(run(workbooks(folder), terms(reference, **more), made, ledger))
    if ledger:
        ledger.told(reports[0].entered.run)
    return reports, made.asked


def errors(report):
    return [(f.rule, f.record) for f in report.findings.errors]


def command(*said) -> subprocess.CompletedProcess:
    """The command line as a user runs it, in this process: its imports are paid for once."""
    from opsbook.cli import main

    out, err, argv, code = io.StringIO(), io.StringIO(), sys.argv, 0
    sys.argv = ["opsbook", *map(str, said)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.argv = argv
    return subprocess.CompletedProcess(said, code, out.getvalue(), err.getvalue())


def process(*said, **more) -> subprocess.CompletedProcess:
    """The command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "opsbook", *map(str, said)], capture_output=True, text=True, encoding="utf-8", check=False,
                          env=os.environ | {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}, **more)  # fmt: skip


def as_json(*said) -> dict:
    return json.loads(command("validate", *said, "--format", "json").stdout)


AS_OF = date(2026, 9, 30)
