"""Every rule and figure against the tables in cases/: exactly the rows marked ✗ are found, figures are as expected."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import AS_OF, case_of

CASES = Path(__file__).parent / "cases"


def sections():
    for path in sorted(CASES.glob("*.md")):
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = section.partition("\n")
            yield pytest.param(title.split()[0], body, id=f"{path.stem}: {title}")


@pytest.mark.parametrize(("rule", "body"), list(sections()))
def test_case(rule, body):
    day = re.search(r"^As of ([0-9-]+)", body, re.MULTILINE)
    case = case_of(body, as_of=date.fromisoformat(day[1]) if day else AS_OF)
    if rule.startswith("F-"):
        _figures(case)
        return
    found = case.findings(rule, "RUN-001")
    assert [f.message.en for f in found if f.rule == "RUN-001"] == []
    on_sheet = re.search(r"^✗ sheet: ([0-9]+)", body, re.MULTILINE)
    assert len([f for f in found if f.row == 1]) == (int(on_sheet[1]) if on_sheet else 0)
    for table in case.tables:
        for number, (row, mark) in enumerate(zip(table.rows, table.marks, strict=True), 2):
            here = [f for f in found if f.key == table.sheet and f.row == number]
            told = "; ".join(f"{f.column}: {f.message.en}" for f in here)
            if mark.startswith("✗"):
                assert here, f"{table.sheet} {row[0]} should be found"
                columns = mark.removeprefix("✗").split()
                assert not columns or sorted(f.column for f in here) == sorted(columns), told
            else:
                assert not here, f"{table.sheet} {row[0]} should pass: {told}"


def _figures(case):
    assert any(t.expected for t in case.tables), "a figure's case names the figure: | = column |"
    for table in case.tables:
        frame = case.workings.frame(table.sheet, table.sheet)
        for name, expected in table.expected.items():
            for said, value, row in zip(expected, frame.column(name), table.rows, strict=True):
                where = f"{table.sheet}.{name} of {row[0]}: {value}"
                if said == "":
                    assert pd.isna(value), where
                elif isinstance(value, str):
                    assert value == said, where
                elif isinstance(value, pd.Timestamp):
                    assert f"{value:%Y-%m-%d}" == said, where
                else:
                    assert value == pytest.approx(float(said.rstrip("%")) / (100 if said.endswith("%") else 1), abs=1e-9), where
