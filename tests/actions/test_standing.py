"""Where a record stands: by its number and the header above it, wherever both have moved."""

import pytest

from opsbook.actions.standing import Standing
from opsbook.grammar.grid import Grid
from opsbook.sheets import catalog

HEADS = ["计划编号", "上级计划", "层级", "年度", "计划名称", "目标", "责任人", "开始日期", "结束日期", "状态"]


def plans(*rows, above=0, left=0, heads=HEADS):
    """A sheet of plans: id, parent; ``above`` rows of titles, ``left`` columns of somebody's own."""
    lines = [*([["计划台账", "结束日期"]] * above), heads, *([id_, parent, "项目任务", 2026.0, f"任务{n}"] for n, (id_, parent) in enumerate(rows))]
    whole = [[*([f"x{n}"] * left), *line] for n, line in enumerate(lines)]
    width = max(map(len, whole))
    return Grid("计划", [line + [""] * (width - len(line)) for line in whole])


@pytest.mark.parametrize(("above", "left"), [(0, 0), (14, 0), (4, 4), (19, 7)])
def test_a_record_is_found_under_its_header_wherever_the_table_stands(above, left):
    stand = Standing.of(plans(("PLN-2026-0001", ""), ("PLN-2026-0002", "PLN-2026-0001"), above=above, left=left), catalog())
    assert stand.place("PLN-2026-0002", "结束日期") == (above + 3, left + 9)
    assert (stand.key(above + 3), stand.header(left + 9)) == ("PLN-2026-0002", "结束日期")


def test_a_child_above_its_parent_names_it_and_is_not_it():
    stand = Standing.of(plans(("PLN-2026-0002", "PLN-2026-0001"), ("PLN-2026-0001", "")), catalog())
    assert (stand.row("PLN-2026-0001"), stand.row("PLN-2026-0002")) == (3, 2)


def test_records_without_a_number_of_their_own_are_found_by_their_row():
    stand = Standing.of(plans(("PLN-2026-0001", ""), ("PLN-2026-0001", ""), ("", "PLN-2026-0001"), ("a*", "")), catalog())
    assert [stand.key(row) for row in (2, 3, 4, 5)] == ["#2", "#3", "#4", "#5"]
    assert stand.place("#4", "上级计划") == (4, 2)


def test_what_is_gone_is_nowhere():
    stand = Standing.of(plans(("PLN-2026-0001", "")), catalog())
    assert stand.place("PLN-2026-0009", "结束日期") is None
    assert stand.place("PLN-2026-0001", "完成率") is None
    assert Standing.of(Grid("草稿", [["a", "b"], [1.0, 2.0]]), catalog()) is None
