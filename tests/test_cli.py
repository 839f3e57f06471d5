"""The commands as a user runs them: results, sentences, exit codes."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
import xlsxwriter
from conftest import clean_centre, demo_in, run_opsbook

from opsbook import jobs


def opsbook(*words, cwd=None, **environment):
    done = run_opsbook(*words, cwd=cwd, **environment)
    done.out, done.err = done.stdout, done.stderr
    assert "Traceback" not in done.err
    return done


def test_a_process_begun_anew_says_the_same(blank):
    """All other tests fork this one, which has everything imported."""
    words = ["validate", str(blank), "--format", "json", "--as-of", "2026-09-30"]
    done = subprocess.run([sys.executable, "-m", "opsbook", *words], capture_output=True, text=True, encoding="utf-8", env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stdout, done.stderr) == (0, opsbook(*words).out, "")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return demo_in(tmp_path_factory.mktemp("demo"))[0]


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    return clean_centre(tmp_path_factory.mktemp("centre") / "centre.xlsx")


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    path = tmp_path_factory.mktemp("blank") / "空白.xlsx"
    jobs.new(path, lang="zh")
    return path


def test_version():
    assert opsbook("--version").out.startswith("opsbook ")


def test_help_lists_what_is_there():
    said = opsbook("--help").out
    for command in ("demo", "new", "validate", "watch", "consolidate", "ledger", "refresh", "document", "explain", "guide", "addin", "doctor"):
        assert command in said
    assert "rollover" not in said  # it arrives with the issue that asks for it


def test_demo(tmp_path):
    done = opsbook("demo", tmp_path / "示例")
    assert done.returncode == 0
    assert (tmp_path / "示例" / "demo.xlsx").exists()
    assert json.loads((tmp_path / "示例" / "demo_faults.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("sheets", ["claims", "core", "centre", "risks,employees"])
@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_new_is_clean(tmp_path, lang, sheets, role):
    file = tmp_path / "a.xlsx"
    assert opsbook("new", file, "--lang", lang, "--sheets", sheets, "--role", role).returncode == 0
    done = opsbook("validate", file, "--complete")
    assert (done.returncode, done.err) == (0, "")


def test_new_offers_one_department(tmp_path):
    import openpyxl

    file = tmp_path / "a.xlsx"
    assert opsbook("new", file, "--department", "数据分析部", "--sheets", "claims").returncode == 0
    book = openpyxl.load_workbook(file)
    sources = [v.formula1 for v in book["费用报销"].data_validations.dataValidation]
    assert '"数据分析部"' in sources


def test_validate_text(demo):
    done = opsbook("validate", demo, "--complete")
    assert done.returncode == 2  # the demo's Policy carries planted faults
    assert "EXP-2026-90010  报销金额 120.00 大于价税合计 113.00" in done.out
    (file,) = json.loads(opsbook("validate", demo, "--complete", "--format", "json").out)["files"]
    told = Counter(f["severity"] for f in file["findings"] if not f["waived"])
    assert re.fullmatch(f"1 个文件：错误 {told['error']}，警告 {told['warning']}，提示 {told['note']}，豁免 1；已读取 32 张工作表 [0-9,]+ 行", done.out.splitlines()[-1])
    assert "\x1b" not in done.out


def test_validate_json_is_the_contract(demo):
    done = opsbook("validate", demo, "--complete", "--format", "json", "--lang", "en")
    report = json.loads(done.out)
    assert set(report) == {"opsbook", "as_of", "errors", "warnings", "notes", "files"}
    assert report["as_of"] == "2026-09-30"
    (file,) = report["files"]
    assert set(file) == {"path", "sha256", "status", "reason", "sheets", "policy", "errors", "warnings", "notes", "findings"}
    assert file["status"] == "findings"
    claims = next(s for s in file["sheets"] if s["key"] == "expenses")
    assert (claims["name"], claims["header_row"]) == ("费用报销", 5)
    for finding in file["findings"]:
        assert set(finding) == {"rule", "severity", "key", "sheet", "cell", "column", "record", "value", "message", "fix", "clause", "waived"}
        assert finding["message"]["en"]
        assert finding["message"]["zh"]
    said = json.dumps(file["findings"])
    assert "110105198803121234" not in said
    assert "6222021234567890" not in said
    assert done.out == opsbook("validate", demo, "--complete", "--format", "json", "--lang", "en").out


def test_validate_jsonl_and_folders(demo, blank, tmp_path):
    for source in (demo, blank):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "~$open.xlsx").write_bytes(b"lock")
    (tmp_path / "readme.txt").write_text("not looked at")
    done = opsbook("validate", tmp_path, "--format", "jsonl", "--complete")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [Path(line["path"]).name for line in lines] == ["demo.xlsx", "空白.xlsx"]
    assert [line["status"] for line in lines] == ["findings", "clean"]
    globbed = opsbook("validate", str(tmp_path / "*.xlsx"), "-q")
    assert globbed.out.startswith("3 个文件：")  # what a glob names is looked at, the lock too


def test_output_goes_to_a_file(blank, tmp_path):
    target = tmp_path / "报告.json"
    assert opsbook("validate", blank, "--format", "json", "-o", target).returncode == 0
    assert json.loads(target.read_text(encoding="utf-8"))["files"][0]["status"] == "clean"


def test_exit_codes(tmp_path, demo, centre):
    claim = tmp_path / "claim.xlsx"
    governed = ("--policy", centre)  # the demo's own Policy carries planted faults
    assert opsbook("validate", demo, *governed, "--select", "EXP-009").returncode == 1
    assert opsbook("validate", demo, *governed, "--select", "EXP-009", "--exit-zero").returncode == 0
    assert opsbook("validate", demo, *governed, "--select", "EXP-007").returncode == 0
    assert opsbook("validate", demo, *governed, "--select", "EXP-007", "--strict").returncode == 1
    everything = ",".join(sorted({rule[:3] for rule in jobs.catalog().rules}))
    assert opsbook("validate", demo, *governed, "--ignore", everything).returncode == 0
    for hiding in ("--select EXP-009", f"--ignore {everything}"):  # that the Policy cannot be relied on is never hidden
        done = opsbook("validate", demo, *hiding.split())
        assert done.returncode == 2
        assert "POL-001" in done.out
    claim.write_bytes(b"")
    assert opsbook("validate", claim, "--exit-zero").returncode == 2


def test_one_missing_file_stops_no_other_and_each_counts_once(blank, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(blank.read_bytes())
    done = opsbook("validate", "a.xlsx", "none.xlsx", "./a.xlsx", "*.xlsx", "--format", "jsonl", cwd=tmp_path)
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [(line["path"], line["status"]) for line in lines] == [("a.xlsx", "clean"), ("none.xlsx", "unreadable")]
    assert "没有该文件" in lines[1]["reason"]
    assert done.returncode == 2


@pytest.mark.long
def test_the_demo_is_never_written_over_somebodys_work(tmp_path):
    assert opsbook("demo", tmp_path).returncode == 0
    assert opsbook("demo", tmp_path).returncode == 0  # the very same: nothing is lost
    (tmp_path / "demo.xlsx").write_bytes(b"my own figures")
    assert opsbook("demo", tmp_path).returncode == 2
    assert (tmp_path / "demo.xlsx").read_bytes() == b"my own figures"


def test_a_submission_never_governs_itself(tmp_path, demo, centre):
    """A rule switched off in one's own Policy is on under the centre's; the difference is told."""
    own = tmp_path / "own.xlsx"
    book = xlsxwriter.Workbook(str(own))
    policy = book.add_worksheet("制度参数")
    policy.write_row(0, 0, ["参数", "值", "适用范围"])
    policy.write_row(1, 0, ["rule.EXP-009.enabled", "N", "*"])
    claims = book.add_worksheet("费用报销")
    names = [c.header.zh for c in jobs.catalog().sheets["expenses"].columns.values()]
    claims.write_row(0, 0, names)
    claims.write_row(1, 0, ["EXP-2026-00001"])
    claims.write_number(1, names.index("价税合计"), 100)
    claims.write_number(1, names.index("报销金额"), 120)
    book.close()
    alone = json.loads(opsbook("validate", own, "--format", "json").out)["files"][0]["findings"]
    assert "EXP-009" not in {f["rule"] for f in alone}
    governed = json.loads(opsbook("validate", own, "--format", "json", "--reference", centre).out)["files"][0]["findings"]
    assert {"EXP-009", "POL-004"} <= {f["rule"] for f in governed}


def _zip(path, **parts):
    with zipfile.ZipFile(path, "w") as package:
        for name, text in parts.items():
            package.writestr(name.replace("__", "/").replace("_dot_", "."), text)


def test_a_password_is_named_by_a_variable_that_there_is(blank):
    done = opsbook("validate", blank, "--password-env", "NONE_SUCH")
    assert done.returncode == 2
    assert "no variable NONE_SUCH" in done.err


@pytest.mark.parametrize("case", ["empty", "text", "docx", "truncated", "missing", "folder", "glob", "no header", "no register", "password"])
def test_bad_input_ends_in_one_sentence(case, tmp_path, blank):
    target = tmp_path / "坏.xlsx"
    match case:
        case "empty":
            target.write_bytes(b"")
        case "text":
            target.write_text("编号,金额\n1,2\n", encoding="utf-8")
        case "docx":
            _zip(target, word__document_dot_xml="<document/>")
        case "truncated":
            target.write_bytes(blank.read_bytes()[:3000])
        case "folder":
            target = tmp_path / "empty"
            target.mkdir()
        case "glob":
            target = tmp_path / "*.xlsx"
        case "no header":
            book = xlsxwriter.Workbook(str(target))
            book.add_worksheet("费用报销").write_row(0, 0, ["甲", "乙", "丙"])
            book.close()
        case "no register":
            book = xlsxwriter.Workbook(str(target))
            book.add_worksheet("随便").write_row(0, 0, ["甲", "乙"])
            book.close()
        case "password":
            target.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512))
    done = opsbook("validate", target)
    assert done.returncode == 2
    said = (done.err + done.out).strip()
    assert said
    both = json.loads(opsbook("validate", target, "--format", "json").out)["files"][0] if case not in ("missing", "folder", "glob") else None
    if both:
        assert both["status"] == "unreadable"
        assert both["reason"]
        (finding,) = both["findings"]
        assert finding["rule"].startswith("FIL-")
        assert finding["message"]["en"] != finding["message"]["zh"]
    else:
        assert len(done.err.strip().splitlines()) == 1
        assert any("\u4e00" <= c <= "\u9fff" for c in done.err)


@pytest.mark.parametrize(
    "words",
    [["validate"], ["validate", "a.xlsx", "--format", "xml"], ["validate", ".", "--as-of", "tomorrow"], ["wibble"],
     ["new", "a.txt"], ["new", "there/is/none/a.xlsx"], ["new", "b.xlsx", "--sheets", "expences"], ["new", "b.xlsx", "--role", "boss"],
     ["new", "b.xlsx", "--department", "火星部"], ["explain", "EXP-999"], ["guide", "--format", "pdf"],
     ["validate", ".", "--policy", "none.xlsx"], ["validate", "blank.xlsx", "--select", "XYZ"], ["validate", "blank.xlsx", "--select", ","], ["validate", ""],
     ["validate", "blank.xlsx", "-o", "no/where.json"], ["validate", "blank.xlsx", "-o", "."], ["guide", "-o", "."],
     ["validate", "blank.xlsx", "--as-of", "2026-W01-1"], ["validate", "--frob", "blank.xlsx"], ["validate", "blank.xlsx", "--lang"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_in_a_sentence(words, tmp_path, blank):
    (tmp_path / "blank.xlsx").write_bytes(blank.read_bytes())
    done = opsbook(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.err.strip().splitlines()) == 1
    assert done.err.startswith("opsbook: ")
    assert any("\u4e00" <= c <= "\u9fff" for c in done.err)


def test_a_faulty_governing_policy_is_refused(demo, blank):
    done = opsbook("validate", blank, "--policy", demo)
    assert done.returncode == 2
    assert "kpi.cap" in done.err


def test_new_never_overwrites(tmp_path):
    (tmp_path / "mine.xlsx").write_bytes(b"precious")
    assert opsbook("new", tmp_path / "mine.xlsx").returncode == 2
    assert (tmp_path / "mine.xlsx").read_bytes() == b"precious"


def test_explain():
    rule = opsbook("explain", "exp-009").out
    assert "报销金额大于零且不超过价税合计" in rule
    assert "五(二)3" in rule
    assert "示例: 费用报销!" in rule
    assert "标准" in opsbook("explain", "F-23").out
    assert "Claim 120.00 exceeds the voucher, 113.00" in opsbook("explain", "EXP-009", "--lang", "en").out
    assert "--like" in opsbook("explain", "USR-001").err
    second = Path(__file__).parents[1] / "workbooks/second_centre.xlsx"
    assert "{exp_type} without vehicle or route" in opsbook("explain", "usr-001", "--like", second, "--lang", "en").out
    assert "单价" in opsbook("explain", "USF-001", "--like", second).out
    assert opsbook("explain", "USR-001", "--like", Path(__file__)).returncode == 2


def test_guide(tmp_path):
    data = json.loads(opsbook("guide", "--format", "json").out)
    assert set(data) == {"sheets", "lists", "rules", "figures", "summaries", "documents", "policy", "clauses"}
    assert len(data["clauses"]) == 80
    for lang, word in (("zh", "费用报销"), ("en", "Expense Claims")):
        target = tmp_path / f"guide_{lang}.md"
        assert opsbook("guide", "--lang", lang, "-o", target).returncode == 0
        text = target.read_text(encoding="utf-8")
        assert word in text
        assert all(rule in text for rule in jobs.catalog().rules)


def test_a_gbk_console_is_no_obstacle(demo, centre):
    assert opsbook("validate", demo, "--policy", centre, "--select", "EXP-009", PYTHONIOENCODING="gbk").returncode == 1
    for words in (("validate", demo, "--format", "json"), ("validate", demo, "--format", "jsonl"), ("guide",)):
        opsbook(*words, PYTHONIOENCODING="gbk").raw.decode("utf-8")  # what programs read is UTF-8 everywhere


def test_no_words_at_all_are_a_question():
    done = opsbook()
    assert done.returncode == 0
    assert "validate" in done.out


def test_the_same_from_python(demo, centre, tmp_path):
    import opsbook

    found = opsbook.validate(demo, complete=True)
    assert len(found.errors) + len(found.warnings) + len(found.notes) + len(found.waived) == len(found)
    opsbook.template(tmp_path / "a.xlsx", lang="en", sheets="claims")
    assert {f.rule for f in opsbook.validate(tmp_path / "a.xlsx", reference=centre)} == {"POL-004"}
    opsbook.template(tmp_path / "b.xlsx", lang="zh", sheets="centre")  # the language of one's own labels is no difference
    assert not opsbook.validate(tmp_path / "a.xlsx", reference=tmp_path / "b.xlsx")


def test_a_ledger_from_the_command_line(tmp_path, centre):
    from test_state import claims, draft, submitted

    submitted(tmp_path / "kf.xlsx", expenses=claims(3))
    judged = ("validate", tmp_path / "kf.xlsx", "--reference", centre, "--ledger", tmp_path / "ledger.db", "--as-of", "2026-09-30")
    assert opsbook(*judged, "--submitter", "EMP-0022").returncode == 0
    submitted(tmp_path / "kf.xlsx", expenses=claims(2))
    done = opsbook(*judged)
    assert done.returncode == 1
    assert "GEN-022" in done.out
    submitted(tmp_path / "kf.xlsx", expenses=[draft()])
    for nowhere in (tmp_path, tmp_path / "no" / "ledger.db", tmp_path / "kf.xlsx"):
        refused = opsbook("validate", tmp_path / "kf.xlsx", "--ledger", nowhere)
        assert refused.returncode == 2
        assert refused.err.startswith("opsbook: ")


# ----------------------------------------------------------------------------------------- refresh and document


def copy_of(path, folder):
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    target.write_bytes(path.read_bytes())
    return target


def test_refresh_writes_beside_and_keeps_what_stood_there(demo, tmp_path):
    path = copy_of(demo, tmp_path / "运营 中心")
    first = opsbook("refresh", path, "--complete", "--lang", "en")
    assert first.returncode == 0
    assert "summary sheets" in first.out
    assert path.read_bytes() == demo.read_bytes()
    again = opsbook("refresh", path)
    assert "原文件已备份" in again.out
    assert sorted(p.name for p in path.parent.iterdir()) == ["demo.xlsx", "demo_refreshed.xlsx", "demo_refreshed.xlsx.1.bak"]


def test_refresh_in_place_keeps_a_copy(demo, tmp_path):
    path = copy_of(demo, tmp_path)
    assert opsbook("refresh", path, "--in-place").returncode == 0
    assert (tmp_path / "demo.xlsx.1.bak").read_bytes() == demo.read_bytes()
    assert path.read_bytes() != demo.read_bytes()
    assert opsbook("validate", path, "--exit-zero").returncode in (0, 2)


def test_try_writes_nothing(demo, tmp_path):
    path = copy_of(demo, tmp_path)
    done = opsbook("refresh", path, "--try", "exp.limit.deputy=8000", "--lang", "en")
    assert done.returncode == 0
    assert "findings would go: EXP-014" in done.out
    assert [p.name for p in tmp_path.iterdir()] == ["demo.xlsx"]


def test_refresh_with_a_ledger_keeps_the_state_there_too(centre, tmp_path):
    from opsbook.state.ledger import Ledger

    path = copy_of(centre, tmp_path)
    assert opsbook("refresh", path, "--ledger", tmp_path / "l.db", "--submitter", "EMP-0004").returncode == 0
    ledger = Ledger(str(tmp_path / "l.db"))
    assert ledger.verify() == ""
    assert "2026-09" in ledger.figures("centre.xlsx")
    assert len(list(ledger.entries())) > 100
    ledger.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["refresh", "none.xlsx"], "no such file"),
        (["refresh", "{demo}", "-o", "{demo}"], "--in-place"),
        (["refresh", "{demo}", "-o", "x.ods"], "must end in .xlsx"),
        (["refresh", "{demo}", "-o", "x.xlsx", "--in-place"], "choose one"),
        (["refresh", "{demo}", "--try", "exp.limit.deputy"], "KEY=VALUE"),
        (["refresh", "{demo}", "--try", "exp.limit.deputy=many"], "not a number"),
        (["refresh", "{demo}", "--try", "nothing=1"], "there is no policy key"),
        (["refresh", "{demo}", "-o", "no/where/x.xlsx"], "folder"),
        (["document", "claim-form", "{demo}"], "name what it is about"),
        (["document", "claim-form", "{demo}", "CLM-0"], "there is no CLM-0"),
        (["document", "letter", "{demo}", "x"], "there is no document letter"),
        (["document", "claim-form", "{demo}", "CLM-2026-0001", "-o", "x.txt"], "must end in"),
        (["document", "summaries", "{demo}", "-o", "x.docx"], "must end in"),
        (["document", "operations-report", "{demo}", "2026-9"], "not a month"),
        (["document", "claim-form", "none.xlsx", "CLM-2026-0001"], "no such file"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_cannot_be_done_is_one_sentence_in_both_languages(demo, tmp_path, words, said):
    done = opsbook(*(w.format(demo=demo) for w in words), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert any("\u4e00" <= c <= "\u9fff" for c in done.err)
    assert not list(tmp_path.iterdir())


def test_document(demo, tmp_path):
    done = opsbook("document", "claim-form", demo, "CLM-2026-0001", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "费用报销单_CLM-2026-0001.xlsx").exists()
    assert opsbook("document", "claim-form", demo, "CLM-2026-0001", cwd=tmp_path).returncode == 2  # it is there already
    made = opsbook("document", "forms", tmp_path / "forms")
    assert made.returncode == 0
    own = opsbook("document", "claim-form", demo, "CLM-2026-0001", "--template", tmp_path / "forms/claim_form_en.xlsx", "--lang", "en", "-o", tmp_path / "c.xlsx")
    assert own.returncode == 0


def test_from_python(demo, tmp_path):
    import opsbook as package

    path = copy_of(demo, tmp_path)
    assert package.refresh(path, complete=True) == tmp_path / "demo_refreshed.xlsx"
