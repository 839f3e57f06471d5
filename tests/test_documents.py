"""Printable papers: what they say, in both languages and three formats, and restyled templates."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from conftest import demo_in, require

from opsbook import jobs
from opsbook.formulas.amount import in_capitals
from opsbook.hosts import form_template
from opsbook.hosts.form_file import TemplateFault
from opsbook.sheets import catalog

ABOUT = {"task-letter": "PRJ-2026-001", "acceptance-report": "ACC-2026-001", "claim-form": "CLM-2026-0001", "return-notice": "CLM-2026-9015",
         "count-sheet": "ops_mgmt", "operations-report": "2026-09"}  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return demo_in(tmp_path_factory.mktemp("demo"))[0]


def cells(data):
    return [c.value for sheet in openpyxl.load_workbook(io.BytesIO(data)).worksheets for row in sheet.iter_rows() for c in row if c.value is not None]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(ABOUT))
def test_every_place_of_a_paper_is_filled(demo, kind, lang):
    made = cells(jobs.document(kind, demo, ABOUT[kind], lang=lang).data)
    form = catalog().forms[kind]
    assert made[0] == form.title[lang]
    assert not [v for v in made if isinstance(v, str) and "{{" in v]
    assert not [v for v in made if isinstance(v, str) and v in ("nan", "NaT", "None")]


def test_every_form_is_shown_here():
    assert set(ABOUT) == set(catalog().forms)


def test_a_claim_is_said_in_figures_and_in_capitals(demo):
    """CLM-2026-0001: 252.19 + 2,374.34 + 600.00 = 3,226.53, two vouchers."""
    made = cells(jobs.document("claim-form", demo, "CLM-2026-0001", lang="zh").data)
    assert 3226.53 in made
    assert "人民币叁仟贰佰贰拾陆元伍角叁分" in made
    assert made[made.index("附单据数") + 1] == 2
    assert [v for v in made if v in (252.19, 2374.34, 600.0)]
    assert datetime(2026, 2, 9) in made  # paid on


def test_a_line_stands_for_its_claim(demo):
    whole, by_line = (cells(jobs.document("claim-form", demo, record, lang="zh").data) for record in ("CLM-2026-0001", "EXP-2026-00001"))
    assert whole == by_line


def test_a_return_notice_says_what_is_wrong_and_until_when(demo):
    found = {f.rule: f for f in jobs.validate(demo, complete=True).findings if f.record == "EXP-2026-90015"}
    made = cells(jobs.document("return-notice", demo, "CLM-2026-9015", lang="en").data)
    for f in found.values():
        assert f.message.en in made
        assert f.fix.en in made
    assert datetime(2026, 10, 15) in made  # 15 days from the status date: it has not been returned yet


def test_a_count_sheet_lists_what_a_department_has(demo):
    book = jobs.validate(demo).book.tabs["assets"]
    mine = [str(a) for a, d, s in zip(*(book.cells[n] for n in ("asset_id", "department", "status")), strict=True) if d == "运营管理部" and s != "已处置"]
    for said in ("ops_mgmt", "运营管理部", "operations management dept"):
        made = cells(jobs.document("count-sheet", demo, said, lang="zh").data)
        assert [v for v in made if isinstance(v, str) and v.startswith("AST-")] == mine


def test_the_operations_report_compares_with_the_month_before(demo):
    """Each figure's line says this month, the month before and by how much they differ."""
    made = cells(jobs.document("operations-report", demo, "2026-09", lang="en").data)
    at = made.index("Figures") + 6  # behind the headers
    lines = [made[n : n + 5] for n in range(at, at + 30, 5)]
    assert [line[0] for line in lines] == ["Centre index", "Budget used", "Projects on track", "High residual risks", "Satisfied customers", "Overdue items"]
    for name, now, before, step, _ in lines:
        pp = step.endswith(" pp")
        values = [float(v.rstrip("%").replace(",", "")) for v in (now, before)]
        assert float(step.removesuffix(" pp")) == pytest.approx(values[0] - values[1], abs=0.11), (name, pp)
    assert any(isinstance(v, str) and v.startswith("The centre index stands at") for v in made)
    assert "no month before" in cells(jobs.document("operations-report", demo, "2026-01", lang="en").data)


def test_sums_in_capitals():
    """Examples of 正确填写票据和结算凭证的基本规定, and what is hard about zeros."""
    for amount, said in {
        1409.5: "壹仟肆佰零玖元伍角整", 6007.14: "陆仟零柒元壹角肆分", 107000.53: "壹拾万柒仟元零伍角叁分", 16409.02: "壹万陆仟肆佰零玖元零贰分",
        325.04: "叁佰贰拾伍元零肆分", 1680.32: "壹仟陆佰捌拾元零叁角贰分", 10_0001: "壹拾万零壹元整", 1_0000_0000: "壹亿元整", 1_0000_0001: "壹亿零壹元整",
        1_0020_0003: "壹亿零贰拾万零叁元整", 100.1: "壹佰元零壹角整", 0.1: "壹角整", 0.01: "壹分", 20: "贰拾元整",
        1_2345_6789.99: "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元玖角玖分",
        9999_9999_9999.99: "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分", 1_0000_0000_0000: "壹万亿元整",
    }.items():  # fmt: skip
        assert in_capitals(amount) == "人民币" + said, amount
    with pytest.raises(ValueError, match="too large"):
        in_capitals(1e17)


def test_a_restyled_template_keeps_its_looks(demo, tmp_path):
    form = catalog().forms["claim-form"]
    book = openpyxl.load_workbook(io.BytesIO(form_template.template(form, "zh")))
    sheet = book.active
    sheet["A1"].font = openpyxl.styles.Font(name="宋体", size=26, bold=True, color="FF0000")
    sheet.insert_cols(13)
    sheet["N1"] = "编号 {{claim_id}}，共 {{total}} 元"
    sheet.oddFooter.left.text = "内部单据"
    sheet.column_dimensions["A"].width = 20
    book.save(tmp_path / "own.xlsx")
    made = openpyxl.load_workbook(io.BytesIO(jobs.document("claim-form", demo, "CLM-2026-0001", template=tmp_path / "own.xlsx").data)).active
    assert (made["A1"].font.name, made["A1"].font.sz, made["A1"].font.color.rgb) == ("宋体", 26, "00FF0000")
    assert made["N1"].value == "编号 CLM-2026-0001，共 3226.53 元"
    assert made.oddFooter.left.text == "内部单据"
    assert made.column_dimensions["A"].width == 20


def test_a_template_that_asks_for_what_there_is_not_is_told(demo, tmp_path):
    book = openpyxl.Workbook()
    book.active["B2"] = "{{claim_number}}"
    book.save(tmp_path / "own.xlsx")
    with pytest.raises(TemplateFault, match=r"\{\{claim_number\}\} at Sheet!B2.*Did you mean .*claim.*模板"):
        jobs.document("claim-form", demo, "CLM-2026-0001", template=tmp_path / "own.xlsx")


def test_what_a_clerk_typed_never_becomes_a_formula(demo, tmp_path):
    from conftest import clean_centre

    from opsbook.demo import operations
    from opsbook.hosts import new_file  # noqa: F401

    records = operations.records()
    records["expenses"][0]["purpose"] = "=1+1"
    clean_centre(tmp_path / "c.xlsx", records)
    made = jobs.document("claim-form", tmp_path / "c.xlsx", records["expenses"][0]["claim_id"])
    sheet = openpyxl.load_workbook(io.BytesIO(made.data)).active
    found = [c for row in sheet.iter_rows() for c in row if c.value == "=1+1"]
    assert [c.data_type for c in found] == ["s"] or zipfile.ZipFile(io.BytesIO(made.data)).read("xl/worksheets/sheet1.xml").find(b"<f>1+1") < 0


@pytest.mark.parametrize("record", ["CLM-2026-9999", "", "=1"])
def test_what_there_is_not_is_told_in_both_languages(demo, record):
    with pytest.raises(LookupError, match=r"there is no .*没有"):
        jobs.document("claim-form", demo, record)


def test_a_workbook_without_the_registers_says_which(tmp_path):
    jobs.new(tmp_path / "claims.xlsx", lang="zh", sheets="expenses")
    with pytest.raises(LookupError, match=r"Projects.*缺少"):
        jobs.document("task-letter", tmp_path / "claims.xlsx", "PRJ-2026-001")


def test_word(demo):
    docx = pytest.importorskip("docx", reason="python-docx is not installed: this test wants the extra [docs]")
    made = jobs.document("claim-form", demo, "CLM-2026-0001", suffix=".docx", lang="zh")
    table = docx.Document(io.BytesIO(made.data)).tables[0]
    said = [cell.text for row in table.rows for cell in row.cells]
    for text in ("费用报销单", "人民币叁仟贰佰贰拾陆元伍角叁分", "2,374.34", "2026-02-09"):
        assert text in said


def test_without_the_extra_word_is_refused_with_a_sentence(demo, monkeypatch):
    import sys

    from opsbook.hosts.docx_file import NoDocx

    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(NoDocx, match=r"opsbook\[docs\].*Word"):
        jobs.document("claim-form", demo, "CLM-2026-0001", suffix=".docx")


def test_pdf(demo):
    require("soffice")
    assert jobs.document("task-letter", demo, "PRJ-2026-001", suffix=".pdf").data.startswith(b"%PDF-")


def test_without_libreoffice_pdf_is_refused_with_a_sentence(demo, monkeypatch):
    from opsbook.hosts import office

    monkeypatch.setattr(office, "program", lambda: None)
    with pytest.raises(office.NoOffice, match=r"LibreOffice.*未找到"):
        jobs.document("task-letter", demo, "PRJ-2026-001", suffix=".pdf")


@pytest.mark.long
def test_all_summaries_are_one_pdf(demo, tmp_path):
    import subprocess

    require("soffice")
    require("pdftotext")
    (tmp_path / "s.pdf").write_bytes(jobs.summaries(demo, now=datetime(2026, 9, 30, 18)).data)
    said = subprocess.run(["pdftotext", "-layout", str(tmp_path / "s.pdf"), "-"], check=True, capture_output=True, text=True).stdout
    for page in catalog().summaries:
        assert page.tab.zh in said
    assert said.count("\f") < 60
    first = said.split("\f")[0]
    assert "综合绩效指数" in first and "首要问题" in first  # the overview is one page


def test_templates_can_be_made_and_are_todays(tmp_path):
    made = jobs.forms(tmp_path)
    assert len(made) == 2 * len(catalog().forms)
    before = made[0].read_bytes()
    made[0].write_bytes(b"restyled")
    jobs.forms(tmp_path)
    assert made[0].read_bytes() == b"restyled"  # what somebody restyled stays
    assert before[:2] == b"PK"


def test_as_of(demo):
    made = cells(jobs.document("task-letter", demo, "PRJ-2026-001", as_of=date(2026, 3, 31)).data)
    assert datetime(2026, 3, 31) in made
