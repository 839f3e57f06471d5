"""The submission register: who owes what, what came, what to write to whom; and the commands of the ledger."""

import json
import re
import sqlite3
from datetime import date

import openpyxl
import pytest
from books import claim, command, process
from conftest import submitted

from opsbook.actions import template
from opsbook.hosts import new_file
from opsbook.sheets import roster_catalog

LINES = [
    {"workbook": "claims_kf.xlsx", "period": "2026-09", "department": "cust_service", "person": "王敏", "email": "wm@example.com", "due_on": date(2026, 10, 8)},
    {"workbook": "claims_sj*.xlsx", "period": "2026-Q3", "department": "data_analysis", "person": "李新", "due_on": date(2026, 10, 8)},
    {"workbook": "plans.xlsx", "period": "2026", "department": "ops_mgmt", "person": "赵强", "due_on": date(2026, 12, 1)},
    {"workbook": "claims_kf.xlsx", "period": "2026-08", "department": "cust_service", "person": "王敏", "due_on": date(2026, 9, 8)},
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory, centre_file):
    """A ledger of three runs, and a roster."""
    folder = tmp_path_factory.mktemp("register")
    total = claim(1)["total_amount"]
    how = ("--ledger", folder / "l.db", "--reference", centre_file)
    submitted(folder / "in/EMP-0012/claims_kf.xlsx", expenses=[claim(1)])
    assert command("validate", folder / "in", *how, "--as-of", "2026-08-31").returncode == 0
    submitted(folder / "in/EMP-0012/claims_kf.xlsx", expenses=[claim(1), claim(2)])
    submitted(folder / "in/EMP-0013/claims_sj_1.xlsx", expenses=[claim(3, claim_amount=total + 1)])
    for _ in range(2):
        assert command("validate", folder / "in", *how, "--as-of", "2026-09-30").returncode == 1
    new_file.draw(template.pages(roster_catalog(), template.Choice("zh", ("roster",), "auditor", ""), {"roster": LINES}), folder / "roster.xlsx")
    return folder


def asked(place, *said):
    return command("ledger", *said, "--ledger", place / "l.db")


def test_who_has_not_handed_in(place):
    done = asked(place, "missing", "--roster", place / "roster.xlsx", "--as-of", "2026-10-12", "--lang", "en", "--json", "--all")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert [(li["workbook"], li["period"], li["state"], li["version"], li["late"] > 0) for li in said] == [
        ("claims_kf.xlsx", "2026-09", "accepted", 2, True), ("claims_sj*.xlsx", "2026-Q3", "returned", 1, True), ("plans.xlsx", "2026", "missing", 0, False),
        ("claims_kf.xlsx", "2026-08", "accepted", 1, True)]  # fmt: skip
    assert said[1]["late"] == 4
    assert "with 1 errors and was returned; it was due on 2026-10-08, 4 days ago." in said[1]["reminder"]
    assert said[2]["reminder"].startswith("Dear 赵强, the workbook plans.xlsx for 2026 was due on 2026-12-01, and has not come yet.")
    assert said[0]["reminder"] == ""


def test_reminders_to_paste(place):
    done = asked(place, "missing", "--roster", place / "roster.xlsx", "--as-of", "2026-10-12")
    assert done.returncode == 1
    assert "李新：您好！2026-Q3 期《claims_sj*.xlsx》第 1 版" in done.stdout
    assert "已逾期 4 天，请更正标注的单元格后重新报送。" in done.stdout
    assert "未报送" in done.stdout
    assert "accepted" not in done.stdout


def test_one_period_and_nothing_missing(place):
    done = asked(place, "missing", "--roster", place / "roster.xlsx", "--period", "2026-08")
    assert (done.returncode, done.stdout.strip()) == (0, "没有缺报。")


def test_the_register_as_a_sheet(place, tmp_path):
    assert asked(place, "missing", "--roster", place / "roster.xlsx", "--as-of", "2026-10-12", "-o", tmp_path / "r.xlsx").returncode == 1
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    assert sheet.title == "报送台账"
    assert [sheet.cell(row, 2).value for row in (7, 8, 9, 10)] == ["√ 已接收", "▲ 已退回", "◆ 未报送", "√ 已接收"]
    assert sheet["B3"].value == "统计日期 2026-10-12：应报 4 份，未报送 1，已退回 1，已接收 2"


@pytest.mark.parametrize(("change", "said"), [({"period": "09/2026"}, "09/2026 is no period"), ({"due_on": None}, "is required"), ({"department": "nowhere"}, "nowhere")])
def test_faults_of_a_roster_are_told(place, tmp_path, change, said):
    new_file.draw(template.pages(roster_catalog(), template.Choice("en", ("roster",), "auditor", ""), {"roster": [LINES[0] | change]}), tmp_path / "r.xlsx")
    done = asked(place, "missing", "--roster", tmp_path / "r.xlsx")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Roster!" in done.stderr


def test_a_workbook_that_is_no_roster(place, centre_file):
    for path in (centre_file, place / "none.xlsx"):
        done = asked(place, "missing", "--roster", path)
        assert done.returncode == 2
        assert "。" in done.stderr


def test_runs_and_what_came_of_them(place):
    runs = json.loads(asked(place, "runs", "--json").stdout)
    assert [(r["id"], r["files"], r["accepted"], r["errors"]) for r in runs] == [(3, 2, 1, 1), (2, 2, 1, 1), (1, 1, 1, 0)]
    listed = asked(place, "show", "2", "--lang", "en").stdout
    assert re.search(r"EMP-0012/claims_kf.xlsx +2 +accepted", listed)
    report = json.loads(asked(place, "show", "--format", "json").stdout)
    assert [f["submission"]["version"] for f in report["files"]] == [2, 1]
    assert report["errors"] == 1
    assert asked(place, "show", "9").returncode == 2


def test_the_history_of_a_record_and_of_a_workbook(place):
    entries = json.loads(asked(place, "history", "EXP-2026-00002", "--json").stdout)["entries"]
    assert [(e["as_of"], e["source"]) for e in entries] == [("2026-09-30", "EMP-0012/claims_kf.xlsx")]
    versions = json.loads(asked(place, "history", "EMP-0012/claims_kf.xlsx", "--json").stdout)["versions"]
    assert [(v["run"], v["version"], v["added"]) for v in versions] == [(1, 1, 0), (2, 2, 1), (3, 2, 1)]
    assert asked(place, "history", "EXP-2026-77777").returncode == 2


def test_export_and_backup(place, tmp_path):
    for name in ("x.xlsx", "x.jsonl", "x.db"):
        assert asked(place, "export", "-o", tmp_path / name).returncode == 0
        assert asked(place, "export", "-o", tmp_path / name).returncode == 2  # it is there already
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sum(line["table"] == "records" for line in lines) == 2
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["运行", "报送", "问题", "已接收记录", "日志", "历史指标"]
    assert "whole: 2 entries" in command("ledger", "verify", "--ledger", tmp_path / "x.db", "--lang", "en").stdout
    old, new = (sqlite3.connect(p).execute("SELECT * FROM log ORDER BY seq").fetchall() for p in (place / "l.db", tmp_path / "x.db"))
    assert old == new


def test_retention(place, tmp_path):
    asked(place, "export", "-o", tmp_path / "x.db")
    at = ("--ledger", tmp_path / "x.db")
    unsure = process("ledger", "forget", "--before", "2999-01-01", *at, input="n\n")
    assert (unsure.returncode, "nothing was removed" in unsure.stderr) == (2, True)
    done = command("ledger", "forget", "--before", "2999-01-01", "--yes", "--lang", "en", *at)
    assert done.returncode == 0, done.stderr
    assert "runs 3" in done.stdout
    assert "log 2" in done.stdout
    assert command("ledger", "verify", *at).returncode == 0
    with sqlite3.connect(tmp_path / "x.db") as raw:
        raw.execute("UPDATE records SET cells = replace(cells, 'office', 'travel') WHERE record = 'EXP-2026-00001'")
    told = command("ledger", "verify", "--lang", "en", *at)  # what the log no longer tells, the checkpoint does
    assert told.returncode == 1
    assert "not what they were" in told.stdout
    refused = command("ledger", "forget", "--before", "2999-01-01", "--yes", *at)
    assert refused.returncode == 2
    assert "nothing is removed" in refused.stderr


def test_a_ledger_that_is_not_there(tmp_path):
    for said in (("runs",), ("verify", "--ledger", tmp_path / "none.db")):
        done = command("ledger", *said)
        assert done.returncode == 2
        assert "。" in done.stderr
    (tmp_path / "no.db").write_text("this is no database, but long enough to look at")
    done = command("ledger", "runs", "--ledger", tmp_path / "no.db")
    assert done.returncode == 2
    assert "cannot be opened" in done.stderr
