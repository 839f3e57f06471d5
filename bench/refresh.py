"""`refresh` against bare calamine reading of the same file, and of the demo: processor time and peak memory.

    python bench/refresh.py            # 100,000 expense lines of 37 columns, and the demo; minutes
    python bench/refresh.py 20000      # any size

Floor and rival take turns, each in a process of its own; imports and the catalog are loaded before the clock starts, in both.
Writing is part of it: the package is made and put on disk.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from validate import FLOOR, MEASURE, measured

ROUNDS = 5
TARGET = 2.5  # times bare reading, for 100,000 lines (perf/PERF.md)
OURS = MEASURE.format(
    load="import xlsxwriter, scipy.stats\nfrom opsbook import jobs\nfrom opsbook.sheets import catalog\ncatalog()",
    work="done = jobs.refresh(path)\nassert done.filled > 100 and not done.failed\n"
         "jobs.put(done, path, path.with_name('out.xlsx'))\npath.with_name('out.xlsx').unlink()",
)  # fmt: skip
WARM = """
import json, sys, time
from pathlib import Path
from opsbook import jobs
path = Path(sys.argv[1])
def warm():
    times = []
    for _ in range(6):
        start = time.process_time()
        done = jobs.refresh(path, complete=True)
        times.append(time.process_time() - start)
    return done, sorted(times[1:])[2]
done, first = warm()
path.write_bytes(done.package)
print(json.dumps([first, warm()[1]]))
"""


def main(sizes: list[int]) -> None:
    print(f"{'lines':>8} {'floor s':>8} {'ours s':>8} {'ratio':>6} {'target':>6} {'floor MB':>9} {'ours MB':>8} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for lines in sizes:
            path = Path(folder) / f"expenses-{lines}.xlsx"
            subprocess.run([sys.executable, str(Path(__file__).parent / "workbooks.py"), str(lines), str(path), "--computed"], check=True)
            turns = [(measured(FLOOR, path), measured(OURS, path)) for _ in range(ROUNDS)]
            floor, ours = ([statistics.median(turn[who][what] for turn in turns) for what in (0, 1)] for who in (0, 1))
            print(f"{lines:>8} {floor[0]:8.2f} {ours[0]:8.2f} {ours[0] / floor[0]:6.2f} {TARGET:>6} "
                  f"{floor[1]:9.0f} {ours[1]:8.0f} {ours[1] / floor[1]:6.2f}", flush=True)  # fmt: skip
        from opsbook import jobs

        workbook, _ = jobs.demo(Path(folder) / "demo")
        first, again = measured(WARM, workbook)
        print(f"demo, warm: {first:.2f} s, and {again:.2f} s where it was refreshed before (target 2)")


if __name__ == "__main__":
    main([int(a) for a in sys.argv[1:]] or [100_000])
