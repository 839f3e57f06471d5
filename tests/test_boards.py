"""The generated sheets: what stands on them, that numbers move with policy, and what no picture shows."""

import re
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest
from conftest import clean_centre, demo_in, submitted

from opsbook import jobs
from opsbook.actions import summarise
from opsbook.demo import operations
from opsbook.grammar.board import Jump
from opsbook.hosts import new_file
from opsbook.hosts.new_board import jump
from opsbook.sheets import catalog
from opsbook.summaries import ALL, OVERVIEW

NOW = datetime(2026, 9, 30, 18)


@pytest.fixture(scope="module", params=["zh", "en"])
def drawn(request, tmp_path_factory):
    demo, _ = demo_in(tmp_path_factory.mktemp("demo"), request.param)
    return request.param, jobs.refresh(demo, complete=True, now=NOW)


def board(refreshed, key):
    return next(b for b in refreshed.boards if b.key == key)


def said(found):
    return [v.text if isinstance(v, Jump) else v for v in (p.value for p in found.puts) if v is not None]


def test_every_summary_is_drawn_and_nothing_failed(drawn):
    lang, refreshed = drawn
    assert refreshed.failed == ()
    names = [b.name for b in refreshed.boards if not b.hidden]
    assert names == [page.tab[lang] for page in ALL if page.key != "audit_log"]  # nothing has become of a record yet


def test_every_block_finds_something_in_the_demo(drawn):
    _, refreshed = drawn
    told = [v for b in refreshed.boards for v in said(b) if isinstance(v, str)]
    lang = drawn[0]
    missing = [b.id for b in catalog().blocks if b.page != OVERVIEW and not any(v.startswith(b.title[lang]) for v in told)]
    assert missing == ["establishment", "expense_outliers"] or set(missing) <= {"establishment", "expense_outliers", "kpi_outliers", "reviews_overdue", "follow_ups"}


def test_every_board_says_of_what_and_when_it_speaks(drawn):
    _, refreshed = drawn
    for b in (b for b in refreshed.boards if not b.hidden):
        whole = " ".join(str(v) for v in said(b)[:14])
        for part in ("demo.xlsx", "2026-09-30 18:00", refreshed.result.policy.version):
            assert part in whole, b.name


def test_every_block_names_its_rows_and_figures(drawn):
    lang, refreshed = drawn
    counts = {key: len(tab) for key, tab in refreshed.result.book.tabs.items()}
    traces = [v for b in refreshed.boards for v in said(b) if isinstance(v, str) and ("读取行数" in v or "rows read" in v)]
    assert len(traces) > 50
    claims = catalog().sheets["expenses"].tab[lang]
    assert any(f"{claims} {counts['expenses']:,}" in v for v in traces)


def test_nothing_on_a_board_is_cut(drawn):
    """Texts are wrapped where their column is narrower, and their row is high enough."""
    _, refreshed = drawn
    for b in (b for b in refreshed.boards if not b.hidden and b.key not in ("overview",)):
        for p in b.puts:
            text = p.value.text if isinstance(p.value, Jump) else p.value
            if not isinstance(text, str) or p.row < summarise.TOP or p.look in (summarise.QUIET, summarise.SECTION) or p.look.size < 2:
                continue
            room = sum(b.widths.get(c, 64) for c in range(p.column, p.column + p.wide))
            lines = b.heights.get(p.row, 20) // 14 if p.look.wrap else 1
            assert summarise.wide(text, p.look.size) * (0.9 if p.look.bold else 0.85) <= room * max(lines, 1) + 8, (b.name, p.row, p.column, text)


def test_charts_are_native_and_refer_to_cells_that_are_there(drawn, tmp_path):
    _, refreshed = drawn
    (tmp_path / "r.xlsx").write_bytes(refreshed.package)
    package = zipfile.ZipFile(tmp_path / "r.xlsx")
    charts = [n for n in package.namelist() if n.startswith("xl/charts/chart")]
    assert len(charts) == sum(len(b.graphs) for b in refreshed.boards) > 45
    book = openpyxl.load_workbook(tmp_path / "r.xlsx", data_only=True)
    empty = []
    for name in charts:
        for sheet, first, last in re.findall(r"<c:f>'?([^'!<]+)'?!\$?([A-Z]+\$[0-9]+)(?::\$?([A-Z]+\$[0-9]+))?</c:f>", package.read(name).decode().replace("&amp;", "&")):
            cells = book[sheet][f"{first.replace('$', '')}:{(last or first).replace('$', '')}"]
            if not [c for row in cells for c in row if c.value is not None]:
                empty.append((name, sheet, first))
    assert len(empty) < 8, empty  # a series of a waterfall or stack may have nothing to show


def test_what_libreoffice_cannot_show_is_there(drawn, tmp_path):
    _, refreshed = drawn
    (tmp_path / "r.xlsx").write_bytes(refreshed.package)
    package = zipfile.ZipFile(tmp_path / "r.xlsx")
    sheets = "".join(package.read(n).decode() for n in package.namelist() if n.startswith("xl/worksheets/sheet"))
    assert sheets.count("<x14:sparkline>") == len(refreshed.result.book.tabs["kpis"]) - 1 or sheets.count("<x14:sparkline>") > 5
    assert "x14:dataBar" in sheets
    assert 'showRowColHeaders="0"' in sheets
    assert sheets.count("HYPERLINK(") > 300
    styles = package.read("xl/styles.xml").decode()
    assert "&quot;◆ &quot;0.00" in styles  # the lights are number formats


def test_the_overview_is_one_landscape_page(drawn):
    _, refreshed = drawn
    overview = board(refreshed, "overview")
    assert overview.one_page
    across = sum(overview.widths.get(n, 64) for n in range(62))
    down = sum(overview.heights.get(n, 20) for n in range(overview.extent[0] + 1))
    assert 1.2 < across / down < 1.6  # A4 is 1.41


def test_links_go_by_key():
    link = Jump("H34", "员工", 7, 33, 0, 'EMP-"1"')
    assert jump(link) == "=HYPERLINK(\"#'员工'!H\"&IFERROR(MATCH(\"EMP-\"\"1\"\"\",'员工'!$A:$A,0),34),\"H34\")"


def number_beside(refreshed, key, label):
    """The value right below, or right of, a label."""
    b = board(refreshed, key)
    at = {(p.row, p.column): p.value for p in b.puts}
    row, column = next(k for k, v in at.items() if v == label)
    return at.get((row + 1, column)) if key == "overview" else at.get((row, column + 1))


def changed_policy(path, key, value):
    """The workbook with one policy value typed over, as a manager would do it in Excel."""
    from opsbook.actions import load
    from opsbook.hosts import file
    from opsbook.hosts.fill import fill
    from opsbook.hosts.graft import Workbook
    from opsbook.hosts.package import Package

    package = Package(path.read_bytes())
    tab = load.book(file.grids(path.read_bytes()), catalog()).book.tabs["policy"]
    row = int(tab.index[[str(k) for k in tab.cells["policy_key"]].index(key)])
    part = next(s.part for s in Workbook(package).sheets if s.name == tab.name)
    fill(package, part, {row: {tab.column_no("value"): value}}, {})
    target = path.with_name(f"{key}.xlsx")
    target.write_bytes(package.to_bytes())
    return target


@pytest.mark.long
def test_the_numbers_move_with_policy(tmp_path):
    demo, _ = demo_in(tmp_path, "zh")
    before = jobs.refresh(demo, complete=True, now=NOW)
    stricter = jobs.refresh(changed_policy(demo, "evm.green", 1.15), complete=True, now=NOW)
    spi = before.result.workings.frame("projects", "projects")
    going = spi[spi.column("status").isin(["in_progress", "accept_pending", "suspended"])]
    lesser = pd.concat([going.column("spi"), going.column("cpi")], axis=1).min(axis=1)
    assert number_beside(before, "overview", "正常项目") == (going.column("health") == "green").sum()
    assert number_beside(stricter, "overview", "正常项目") == (lesser >= 1.15).sum() < number_beside(before, "overview", "正常项目")
    weights = jobs.refresh(changed_policy(demo, "center.w.service", 90.0), complete=True, now=NOW)
    assert number_beside(weights, "overview", "综合绩效指数") != number_beside(before, "overview", "综合绩效指数")


def test_rows_with_errors_are_marked_or_left_out(tmp_path):
    records = operations.records()
    records["expenses"][0]["claim_amount"] = float(records["expenses"][0]["total_amount"]) + 100
    bad = records["expenses"][0]
    clean_centre(tmp_path / "c.xlsx", records)
    counted = jobs.refresh(tmp_path / "c.xlsx", now=NOW)
    assert [f.record for f in counted.findings.errors] == [bad["expense_id"]]
    kind = catalog().sheets["expenses"].columns["exp_type"].kind.show(bad["exp_type"]).zh
    assert f"{kind} *" in said(board(counted, "budget_summary"))
    left = jobs.refresh(changed_policy(tmp_path / "c.xlsx", "org.exclude_errors", "Y"), now=NOW)
    assert f"{kind} *" not in said(board(left, "budget_summary"))
    amounts = [[p.value for p in board(r, "budget_summary").puts if isinstance(p.value, float)] for r in (counted, left)]
    assert sum(amounts[0]) != sum(amounts[1])
    assert any("因错误剔除：1" in str(v) for v in said(board(left, "budget_summary")))


def test_a_block_that_fails_is_said_and_the_others_go_on(tmp_path, monkeypatch):
    def broken(risks):
        raise ZeroDivisionError("nothing there")

    blocks = tuple(replace(b, function=broken) if b.id == "risk_responses" else b for b in catalog().blocks)
    monkeypatch.setattr(catalog(), "blocks", blocks)
    refreshed = jobs.refresh(clean_centre(tmp_path / "c.xlsx"), now=NOW)
    assert refreshed.failed == ("应对方式: ZeroDivisionError: nothing there",)
    assert any("无法计算" in str(v) for v in said(board(refreshed, "risk_summary")))
    assert any(str(v).startswith("十大风险") for v in said(board(refreshed, "risk_summary")))


def test_boards_are_drawn_when_every_block_fails(tmp_path, monkeypatch):
    def broken(customers):
        raise ZeroDivisionError("nothing there")

    monkeypatch.setattr(catalog(), "blocks", tuple(replace(b, function=broken) for b in catalog().blocks))
    refreshed = jobs.refresh(clean_centre(tmp_path / "c.xlsx"), now=NOW)
    assert len(refreshed.failed) == len(catalog().blocks)
    assert {b.key for b in refreshed.boards} >= {b.page.key for b in catalog().blocks}


@pytest.mark.long
def test_tasks_without_days_or_long_past_are_drawn(tmp_path):
    for days in ({"start_on": None, "end_on": None}, {"start_on": date(2020, 2, 29), "end_on": date(2021, 3, 1)}):
        records = operations.records()
        records["plans"] = [row | days for row in records["plans"]]
        refreshed = jobs.refresh(clean_centre(tmp_path / "c.xlsx", records), now=NOW, complete=True)
        assert refreshed.failed == ()
        assert any(str(v).startswith("任务甘特图") for v in said(board(refreshed, "projects_summary")))


def test_a_workbook_of_one_register_gets_what_it_can_show(tmp_path):
    from opsbook.actions import template

    records = operations.records()
    pages = template.pages(catalog(), template.Choice("zh", ("customers", "tickets")), {k: records[k] for k in ("customers", "tickets")})
    new_file.draw(pages, tmp_path / "service.xlsx")
    refreshed = jobs.refresh(tmp_path / "service.xlsx", now=NOW)
    assert [b.name for b in refreshed.boards if not b.hidden] == ["总览", "服务汇总", "校验结果"]
    assert "暂无数据" in said(board(refreshed, "overview"))


def test_an_empty_template_can_be_refreshed(tmp_path):
    for lang in ("zh", "en"):
        jobs.new(tmp_path / f"{lang}.xlsx", lang=lang, sheets="centre")
        refreshed = jobs.refresh(tmp_path / f"{lang}.xlsx", now=NOW)
        assert refreshed.failed == ()
        assert "overview" in [b.key for b in refreshed.boards]


@pytest.mark.long
def test_the_log_of_changes_grows_with_each_accepted_state(tmp_path):
    """First sight is the baseline; then each refresh without errors adds what became of the records."""
    records = operations.records()
    path = clean_centre(tmp_path / "c.xlsx", records)
    first = jobs.refresh(path, now=NOW)
    assert not first.findings.errors
    path.write_bytes(first.package)
    assert "audit_log" not in [b.key for b in jobs.refresh(path, now=NOW).boards]
    from opsbook.actions import load
    from opsbook.hosts import file
    from opsbook.hosts.fill import fill
    from opsbook.hosts.graft import Workbook
    from opsbook.hosts.package import Package

    package = Package(path.read_bytes())
    tab = load.book(file.grids(path.read_bytes()), catalog()).book.tabs["risks"]
    part = next(s.part for s in Workbook(package).sheets if s.name == tab.name)
    fill(package, part, {int(tab.index[0]): {tab.column_no("title"): "改过的名称"}}, {})
    path.write_bytes(package.to_bytes())
    second = jobs.refresh(path, now=NOW)
    path.write_bytes(second.package)
    third = board(jobs.refresh(path, now=NOW), "audit_log")
    assert any("改过的名称" in str(v) for v in said(third))
    assert "风险登记" in said(third)


def test_what_would_change_is_told_before_anybody_edits(tmp_path):
    demo, _ = demo_in(tmp_path, "zh")
    now, then = jobs.validate(demo), jobs.validate(demo, trial={"exp.limit.deputy": "8000"})
    tried = jobs.difference(now, then)
    assert {f.rule for f in tried.gone} == {"EXP-014", "EXP-018"}
    assert tried.come == ()
    text = "\n".join(jobs.told(tried, {"exp.limit.deputy": "8000"}, "zh"))
    assert "若 exp.limit.deputy = 8000" in text
    assert "EXP-014 × 1" in text
    same = jobs.difference(now, jobs.validate(demo, trial={"exp.limit.deputy": "5000"}))
    assert not same
    assert jobs.told(same, {"exp.limit.deputy": "5000"}, "en")[1] == "  nothing would change"
    for changes, said_ in (({"exp.limit.deputies": "1"}, "Did you mean exp.limit.deputy"), ({"exp.limit.deputy": "x"}, "not a number")):
        with pytest.raises(ValueError, match=said_):
            jobs.validate(demo, trial=changes)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_long_history_is_compared_with_the_month_before(tmp_path, lang):
    demo, _ = demo_in(tmp_path, lang)
    overview = board(jobs.refresh(demo, complete=True, now=NOW), "overview")
    assert [v for v in said(overview) if isinstance(v, str) and v.startswith(("▲ ", "▼ ", "±0"))]
    records = operations.records()
    fresh = board(jobs.refresh(clean_centre(tmp_path / "c.xlsx", records), now=NOW), "overview")
    assert sum("尚无上月" in str(v) for v in said(fresh)) == 6


def test_findings_are_ranked_by_severity_then_money_then_age(tmp_path):
    from opsbook.actions.listing import ranked
    rows = [dict(r) for r in operations.records()["expenses"] if r.get("invoice_no")][:4]
    for row, amount, day in zip(rows, (500.0, 9000.0, 500.0, 20.0), ("2026-08-05", "2026-08-20", "2026-07-01", "2026-01-05"), strict=True):
        row |= {"total_amount": amount, "net_amount": amount, "tax_amount": 0.0, "tax_rate": None, "claim_amount": amount + 1, "start_on": day, "end_on": day}
    result = jobs.validate(submitted(tmp_path / "kf.xlsx", expenses=rows), as_of=date(2026, 9, 30))
    told = ranked(result.workings, (f for f in result.findings if f.rule in ("EXP-009", "EXP-007")))
    assert [f.record for f in told if f.rule == "EXP-009"] == [rows[n]["expense_id"] for n in (1, 2, 0, 3)]
    assert [f.severity for f in told] == sorted((f.severity for f in told), key=["error", "warning", "note"].index)
