"""Workbooks that nobody would write: columns emptied, zeroed, doubled, filled with rubbish. A refresh is drawn all the same, and no block fails."""

from collections.abc import Callable
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from conftest import clean_centre

from opsbook import jobs
from opsbook.actions import template
from opsbook.demo import operations
from opsbook.sheets import catalog

pytestmark = pytest.mark.long

NOW = datetime(2026, 9, 30, 9, 0)
RUBBISH = ["#N/A", "  ", "中文 垃圾", -1, 0, 1e9, -1e9, 1e-300, 45000, "2026-02-30", "=1+1", date(1900, 1, 1), date(9999, 12, 31), True, "A" * 500]
Records = dict[str, list[dict[str, Any]]]


def emptied(records: Records, random: Random) -> None:
    """A quarter of the columns of each register."""
    for rows in records.values():
        for name in random.sample(sorted(rows[0]), max(1, len(rows[0]) // 4)):
            for row in rows:
                row[name] = None


def zeroed(records: Records, random: Random) -> None:
    for key, rows in records.items():
        for name, column in catalog().sheets[key].columns.items():
            if column.kind.numeric and name in rows[0]:
                for row in rows:
                    row[name] = 0


def doubled(records: Records, random: Random) -> None:
    for key in records:
        records[key] = records[key] + [dict(row) for row in records[key][:5]]


def cut(records: Records, random: Random) -> None:
    """To one row, or none, or not."""
    for key in records:
        records[key] = records[key][: random.choice([0, 1, None])]


def littered(records: Records, random: Random) -> None:
    """Two cells of five in a third of the columns."""
    for rows in records.values():
        for name in random.sample(sorted(rows[0]), max(1, len(rows[0]) // 3)):
            for row in rows:
                if random.random() < 0.4:
                    row[name] = random.choice(RUBBISH)


@pytest.mark.parametrize("seed", [7, 8])
@pytest.mark.parametrize("harm", [emptied, zeroed, doubled, cut, littered], ids=lambda harm: harm.__name__)
def test_a_refresh_is_drawn_from_anything(harm: Callable[[Records, Random], None], seed: int, tmp_path, monkeypatch):
    records = {key: rows for key, rows in operations.records().items() if rows}
    harm(records, Random(seed))
    typed = template._written

    def written(column: Any, value: Any, *rest: Any) -> Any:
        try:
            return typed(column, value, *rest)
        except (ValueError, KeyError, TypeError):  # what no register of ours would hold is what is wanted here
            return value

    monkeypatch.setattr(template, "_written", written)
    refreshed = jobs.refresh(clean_centre(tmp_path / "c.xlsx", records), now=NOW, complete=True)
    assert refreshed.failed == ()
    assert refreshed.boards[0].key == "overview"


def test_plans_of_eight_thousand_years_take_no_longer(tmp_path):
    """The figures by month stop fifty years from today."""
    records = operations.records()
    records["projects"][0] |= {"start_on": date(1900, 1, 1), "end_on": date(9999, 12, 31)}
    result = jobs.refresh(clean_centre(tmp_path / "c.xlsx", records), now=NOW)
    earned = result.result.workings.frame("projects").earned_months
    assert earned.isna().iloc[0]
    assert earned.notna().any()
