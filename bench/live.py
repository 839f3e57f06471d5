"""`validate` by click on a workbook of 5,000 rows that is open in LibreOffice: wall time, and how much of it is the engine's own calls.

    python bench/live.py            # 5,000 expense lines
    python bench/live.py 20000      # any size

The process is warm, as behind a button: everything is imported, and the workbook was validated once. What is not the engine is ours: judging,
drawing the sheet of findings, notes and marks. The design asks for 3 s in all, and 0.5 s of ours (RELIABILITY and issue D); the times are
those of this machine.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlwings as xw

from opsbook import ribbon
from opsbook.hosts import libreoffice
from opsbook.hosts.excel import LiveBook
from opsbook.hosts.libreoffice import app, cells, conditions, objects, sheet

ROUNDS = 5


class Clock:
    """Adds up the time spent in the engine: the outermost of its calls count."""

    def __init__(self) -> None:
        self.seconds, self.deep, self.reads, self.writes = 0.0, 0, 0, 0

    def timed(self, work):
        def call(*given, **named):
            if self.deep:
                return work(*given, **named)
            self.deep, begun = 1, time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                self.deep, self.seconds = 0, self.seconds + time.perf_counter() - begun

        return call

    def over(self, *modules) -> None:
        """Time every method and property of the engine's classes."""
        for module in modules:
            for thing in list(vars(module).values()):
                if isinstance(thing, type) and thing.__module__ == module.__name__:
                    for name, held in list(vars(thing).items()):
                        if isinstance(held, property):
                            setattr(thing, name, property(held.fget and self.timed(held.fget), held.fset and self.timed(held.fset)))
                        elif callable(held) and not isinstance(held, (type, staticmethod)) and name not in ("__init__", "__new__"):
                            setattr(thing, name, self.timed(held))


def main(lines: int) -> None:
    clock = Clock()
    clock.over(app, cells, conditions, objects, sheet)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "expenses.xlsx"
        subprocess.run([sys.executable, str(Path(__file__).parent / "workbooks.py"), str(lines), str(path)], check=True)
        libreoffice.engine()
        office = libreoffice.started()
        try:
            book = LiveBook(xw.Book(str(path)))
            took = []
            for _ in range(ROUNDS + 1):
                clock.seconds, begun = 0.0, time.perf_counter()
                said, well = ribbon.press("validate", book)
                assert well, said
                whole = time.perf_counter() - begun
                took.append((whole, clock.seconds, whole - clock.seconds))
            print(said.en)
            for name, column in zip(("whole", "engine", "ours"), zip(*took[1:], strict=True), strict=True):
                print(f"{name:>7}: {statistics.median(column):5.2f} s (first click {took[0][('whole', 'engine', 'ours').index(name)]:.2f} s)")
        finally:
            office.quit()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
