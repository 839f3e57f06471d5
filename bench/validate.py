"""`validate` against bare calamine reading of the same file: processor time and peak memory, as ratios.

    python bench/validate.py            # 100,000 and 500,000 expense lines of 36 columns; minutes
    python bench/validate.py 20000      # any size

Every reading is a process of its own; floor and rival take turns, and medians are compared. Imports and the catalog
are loaded before the clock starts, in both: a batch pays for them once. The workbook is bench/workbooks.py's.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 5
TARGETS = {100_000: 1.7, 500_000: 1.5}  # perf/PERF.md; memory at most 2
MEASURE = """
import io, json, resource, sys, time
from pathlib import Path
path = Path(sys.argv[1])
{load}
start = time.process_time()
{work}
spent = time.process_time() - start
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
FLOOR = MEASURE.format(
    load="from python_calamine import CalamineWorkbook",
    work="book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))\n"
         "sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]",
)  # fmt: skip
OURS = MEASURE.format(
    load="from opsbook import jobs\nfrom opsbook.actions import report\nfrom opsbook.sheets import catalog\ncatalog()",
    work="result = jobs.validate(path)\nassert len(result.findings) > 100, 'the planted faults are found'\n"
         "said = result.findings.to_json()",
)  # fmt: skip


def measured(program: str, path: Path) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def main(sizes: list[int]) -> None:
    print(f"{'lines':>8} {'floor s':>8} {'ours s':>8} {'ratio':>6} {'target':>6} {'floor MB':>9} {'ours MB':>8} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for lines in sizes:
            path = Path(folder) / f"expenses-{lines}.xlsx"
            subprocess.run([sys.executable, str(Path(__file__).parent / "workbooks.py"), str(lines), str(path)], check=True)
            turns = [(measured(FLOOR, path), measured(OURS, path)) for _ in range(ROUNDS)]
            floor, ours = ([statistics.median(turn[who][what] for turn in turns) for what in (0, 1)] for who in (0, 1))
            target = TARGETS.get(lines)
            print(f"{lines:>8} {floor[0]:8.2f} {ours[0]:8.2f} {ours[0] / floor[0]:6.2f} {target or '':>6} "
                  f"{floor[1]:9.0f} {ours[1]:8.0f} {ours[1] / floor[1]:6.2f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or list(TARGETS))
