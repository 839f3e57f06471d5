"""Batches: two workers beside one, guards beside reading, annotated copies beside recompressing, a consolidation beside its rows.

    python bench/batch.py thousand          # 1,000 workbooks of 8 registers x 60 rows, one worker and two; minutes
    python bench/batch.py guards            # the guards of a good file beside bare reading by calamine
    python bench/batch.py annotate          # a copy of 100,000 lines with 1,000 findings beside recompressing the package
    python bench/batch.py consolidate       # 100 workbooks of 10,000 lines each: time and memory; many minutes
    python bench/batch.py cluster           # the thousand on a Dask cluster of two local workers: the same bytes?

Another number after a name makes it smaller or larger: `thousand 200`.
"""

import io
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHEETS = ("plans", "checks", "expenses", "assets", "risks", "kpi_data", "tickets", "improvements")


def template(path: Path, rows: dict[str, int]) -> bytes:
    """A workbook of some registers, each with so many rows of the demo's that are as they should be; numbers run on."""
    from opsbook.actions import template as drawing
    from opsbook.demo import operations
    from opsbook.hosts import new_file
    from opsbook.sheets import catalog

    demo, keys, given = operations.records(), catalog().keys, {}
    for key, count in rows.items():
        id_ = catalog().sheets[key].id
        known = [row for row in demo[key] if len(str(row.get("invoice_no") or 20 * "-")) == 20 and row.get("exp_type") not in ("meal", "hotel")]  # days would overlap
        given[key] = []
        for n in range(count):
            row = dict(known[n % len(known)])
            row[id_] = re.sub(r"\d+$", lambda m, n=n: str(n + 1).zfill(len(m[0])), str(row[id_]))
            if row.get("invoice_no"):
                row["invoice_no"] = f"{str(row['invoice_no'])[:8]}{n:012}"
                row |= {"buyer_uscc": keys["org.uscc"].initial, "buyer_name": keys["org.name"].initial}
            given[key].append(row)
    new_file.draw(drawing.pages(catalog(), drawing.Choice("zh", tuple(rows)), given), path)
    return path.read_bytes()


def copies(data: bytes, folder: Path, number: int) -> None:
    """Copies of a workbook, each with a segment of its own in its numbers and invoices."""
    package = zipfile.ZipFile(io.BytesIO(data))
    parts = {n: package.read(n) for n in package.namelist()}
    strings = parts["xl/sharedStrings.xml"].decode()
    segments = ("".join(letters) for letters in product("ABCDEFGHIJKLMNOPQRSTUVWXYZ", repeat=3))
    folder.mkdir(parents=True, exist_ok=True)
    for n, segment in zip(range(number), segments, strict=False):
        said = re.sub(r">((?!EMP|BUD)[A-Z]{3}-(?:\d{4}(?:\d{2})?|[A-Z]{3}))-(\d{2,6})<", rf">\1-{segment}-\2<", strings)
        said = re.sub(r">([0-9]{8})([0-9]{12})<", lambda m, n=n: f">{m[1]}{n:05}{m[2][5:]}<", said)
        with zipfile.ZipFile(folder / f"w{n:04}.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
            for name, content in parts.items():
                made.writestr(name, said if name == "xl/sharedStrings.xml" else content)


def run(*said: object) -> tuple[float, float, float, str]:
    """Seconds on the wall, of the processor, megabytes of the largest process, and what was printed, of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([sys.executable, "-m", "opsbook", *map(str, said)], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024, done.stdout


def thousand(number: int = 1000, rounds: int = 2) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        copies(template(folder / "t.xlsx", dict.fromkeys(SHEETS, 60)), folder / "in", number)
        start = run("validate", folder / "t.xlsx", "-q")
        took = {}
        for jobs in (1, 2) * rounds:
            took.setdefault(jobs, []).append(run("validate", folder / "in", "--jobs", jobs, "--as-of", "2026-09-30", "--format", "jsonl", "-o", folder / f"{jobs}.jsonl"))
        one, two = (statistics.median(t[0] for t in took[jobs]) for jobs in (1, 2))
        each = (statistics.median(t[1] for t in took[1]) - start[1]) / number
        same = (folder / "1.jsonl").read_bytes() == (folder / "2.jsonl").read_bytes()
        print(f"{number} workbooks of {len(SHEETS)} registers x 60 rows: one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} x (target 1.8); "
              f"{1000 * each:.0f} ms of processor time each (target 40); same bytes: {same}")  # fmt: skip
        few = run("validate", *sorted((folder / "in").glob("*.xlsx"))[: number // 10], "--jobs", 1, "-q")[2]
        print(f"largest process: {few:.0f} MB after {number // 10}, {took[1][0][2]:.0f} MB after {number}")


def cluster(number: int = 200) -> None:
    from distributed import LocalCluster

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        copies(template(folder / "t.xlsx", dict.fromkeys(SHEETS, 60)), folder / "in", number)
        how = ("--as-of", "2026-09-30", "--format", "json", "-o")
        local = run("validate", folder / "in", "--jobs", 2, *how, folder / "local.json")
        with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as made:
            there = run("validate", folder / "in", "--cluster", made.scheduler_address, *how, folder / "there.json")
        same = (folder / "local.json").read_bytes() == (folder / "there.json").read_bytes()
        print(f"{number} workbooks: two local processes {local[0]:.1f} s, a Dask cluster of two {there[0]:.1f} s; same bytes: {same}")


def guards(lines: int = 20_000) -> None:
    from python_calamine import CalamineWorkbook

    from opsbook.hosts import guards as guarding

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "w.xlsx"
        subprocess.run([sys.executable, str(ROOT / "bench/workbooks.py"), str(lines), str(path)], check=True)
        for name, data in ((f"{lines} lines", path.read_bytes()), ("the demo", (ROOT / "workbooks/demo.xlsx").read_bytes())):
            turns = []
            for _ in range(7):
                began = time.process_time()
                guarding.checked(data, guarding.SUBMITTED)
                guarded = time.process_time()
                book = CalamineWorkbook.from_filelike(io.BytesIO(data))
                for sheet in book.sheet_names:
                    book.get_sheet_by_name(sheet).to_python()
                turns.append((guarded - began, time.process_time() - guarded))
            ours, read = (statistics.median(t[n] for t in turns) for n in (0, 1))
            print(f"guards of {name}: {1000 * ours:.0f} ms beside {1000 * read:.0f} ms of bare reading: {ours / read:.2f} (target 0.2)")


def annotate(lines: int = 100_000) -> None:
    from opsbook import jobs
    from opsbook.grammar import Findings

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "w.xlsx"
        subprocess.run([sys.executable, str(ROOT / "bench/workbooks.py"), str(lines), str(path)], check=True)
        result = jobs.validate(path)
        found = Findings(tuple(f for f in result.findings if f.row)[:1000])
        places, data = jobs.Places.of(result), path.read_bytes()
        turns = []
        for _ in range(5):
            began = time.process_time()
            copy = jobs.annotated(data, "w.xlsx", found, places, "zh", result.today)
            marked = time.process_time()
            source = zipfile.ZipFile(io.BytesIO(data))
            with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as made:
                for name in source.namelist():
                    made.writestr(name, source.read(name))
            turns.append((marked - began, time.process_time() - marked))
        ours, floor = (statistics.median(t[n] for t in turns) for n in (0, 1))
        print(f"annotated copy of {lines} lines with {len(found)} findings: {ours:.2f} s beside {floor:.2f} s of recompressing: {ours / floor:.2f} (target 1.5); "
              f"{len(copy.package) >> 10} kB from {len(data) >> 10} kB")  # fmt: skip


def consolidate(books: int = 100, rows: int = 10_000) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        copies(template(folder / "t.xlsx", {"expenses": rows}), folder / "in", books)
        out = folder / "all.xlsx"
        took = run("consolidate", folder / "in", "-o", out, "--rows", "--jobs", 2, "--as-of", "2026-09-30", "--lang", "en", "--no-progress")
        print(took[3].replace(str(folder), "").strip())
        print(f"{books} workbooks x {rows} lines: {took[0]:.0f} s, {took[1]:.0f} s of processor time, {took[2]:.0f} MB at most in one process, "
              f"{out.stat().st_size >> 20} MB written")  # fmt: skip


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    sys.path.insert(0, str(ROOT))
    asked, more = sys.argv[1] if len(sys.argv) > 1 else "thousand", [int(n) for n in sys.argv[2:]]
    {"thousand": thousand, "cluster": cluster, "guards": guards, "annotate": annotate, "consolidate": consolidate}[asked](*more)
