"""The template filled with the same rows by every program at hand: what is found in each file, against the file as Excel fills it.

    python bench/producers.py                   # all producers; minutes
    python bench/producers.py SheetJS polars    # those whose names begin so

Programs that are not there are named, with the way to have them. OPSBOOK_NPM names a folder that keeps the packages of npm. The rows, and how each
program is told to write them, are those of tests/hosts/producers.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/hosts/producers"))

from comparing import found
from filling import REGISTERS, as_excel, filling
from producers import PRODUCERS, Producer

from opsbook import jobs
from opsbook.grammar.grid import UnreadableFile

SHOWN = 5  # differences of a file


def main(names: list[str]) -> int:
    """Print the table; how many files are judged otherwise than they should be."""
    chosen = [p for p in PRODUCERS if not names or any(p.name.lower().startswith(name.lower()) for name in names)]
    missing, told, wrong = [], [], 0
    print(f"{'producer':<22} {'findings':>8} {'as Excel':>8} {'not told':>8} {'more':>5} {'writes s':>8} {'judged s':>8}")
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.xlsx"
        jobs.new(template, lang="zh", sheets=",".join((*REGISTERS, "policy")))
        for producer in chosen:
            if why := producer.missing():
                missing.append(f"{producer.name}: {why}")
                continue
            place = Path(folder) / producer.folder
            place.mkdir()
            try:
                line, differing = judged(producer, template, place)
            except subprocess.CalledProcessError as fault:
                said = fault.stderr.decode(errors="replace").strip().splitlines() if fault.stderr else []
                missing.append(f"{producer.name}: it is installed and fails: {next((s for s in said if 'xception' in s or 'rror' in s), said[-1] if said else fault)}")
                continue
            print(line, flush=True)
            wrong += bool(differing) and not producer.otherwise
            told += [f"{producer.name}: {each}" for each in ([f"judged otherwise, because {producer.otherwise}"] if producer.otherwise else [])] + differing
    print(*told, sep="\n")
    print(*(f"not run: {each}" for each in missing), sep="\n")
    return wrong


def judged(producer: Producer, template: Path, folder: Path) -> tuple[str, list[str]]:
    """The line of a producer, and the first differences."""
    rows = filling(producer.without)
    expected = found(as_excel(template, rows, folder / "expected.xlsx"))
    begun = time.perf_counter()
    path = producer.fill(template, rows, folder / f"filled{producer.suffix}")
    written = time.perf_counter()
    try:
        there: Counter[tuple[Any, ...]] = found(path)
    except UnreadableFile as fault:
        said = f"{fault.rule} {fault.reason}"
        return f"{producer.name:<22} {'–':>8} {expected.total():>8} {'–':>8} {'–':>5} {written - begun:8.1f} {time.perf_counter() - written:8.1f}", [f"   {said}"]
    less, more = expected - there, there - expected
    line = (f"{producer.name:<22} {there.total():>8} {expected.total():>8} {less.total() or '':>8} {more.total() or '':>5} "
            f"{written - begun:8.1f} {time.perf_counter() - written:8.1f}")  # fmt: skip
    return line, [f"   {sign} {' '.join(map(str, each))}" for sign, some in (("-", less), ("+", more)) for each in list(some)[:SHOWN]]


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
