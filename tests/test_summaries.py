"""Every block of the summary sheets against the tables in cases/summaries/: from these rows it shows these lines."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import AS_OF, case_of

from opsbook.grammar import Head, Text
from opsbook.grammar.block import SOURCE
from opsbook.sheets import catalog

CASES = Path(__file__).parent / "cases/summaries"


def sections():
    for path in sorted(CASES.glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = section.partition("\n")
            yield pytest.param(title.split()[0], body, id=f"{path.stem}: {title}")


def split(body):
    """The tables of registers, and the table of what is shown: its header begins with →."""
    given, shown, inside = [], [], False
    for line in body.splitlines():
        is_row = line.lstrip().startswith("|")
        inside = is_row and (inside or line.strip().strip("|").split("|")[0].strip() == "→")
        (shown if inside else given).append(line)
    cells = [[c.strip() for c in line.strip().strip("|").split("|")][1:] for line in shown if not set(line) <= set("|-: ")]
    return "\n".join(given), (cells[0], cells[1:]) if cells else ([], [])


@pytest.mark.parametrize(("block", "body"), list(sections()))
def test_block(block, body):
    day = re.search(r"^As of ([0-9-]+)", body, re.MULTILINE)
    given, (names, lines) = split(body)
    case = case_of(given, as_of=date.fromisoformat(day[1]) if day else AS_OF)
    found = next(b for b in catalog().blocks if b.id == block)
    missing = case.workings.absent(found.function)
    assert not missing, f"the case lacks {missing}"
    with np.errstate(all="ignore"):
        data = case.workings.call(found.function, found.of)
    assert len(data) == len(lines), data.to_string()
    columns = {(c.header.en if isinstance(c, Head) else c): data[c] for c in data.columns}
    for number, line in enumerate(lines):
        for name, said in zip(names, line, strict=True):
            value = columns[name].iloc[number]
            where = f"line {number + 1}, {name}: {value!r} instead of {said!r}\n{data.drop(columns=SOURCE, errors='ignore').to_string()}"
            assert agrees(value, said), where


def agrees(value, said):
    if isinstance(value, Text):
        return said in (value.en, value.zh, str(value))
    if pd.isna(value) or value == "":
        return said == ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" == said
    if isinstance(value, (float, int, np.number)):
        number = said.rstrip("%").replace(",", "")
        return number != "" and value == pytest.approx(float(number) / (100 if said.endswith("%") else 1), abs=5e-5)
    return str(value) == said
