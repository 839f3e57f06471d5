"""Guards of the house: what must be true of the whole, beside what each part does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from opsbook.actions.load import plain
from opsbook.clauses import CLAUSES
from opsbook.dev import renewing
from opsbook.sheets import catalog

ROOT = Path(__file__).parents[1]
CASES = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests/cases").glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
WITHOUT_TABLES = {  # shown elsewhere: by dirt.csv, by the demo's cells, by test_cli.py, test_check.py and test_state.py
    "GEN-012", "GEN-015", "GEN-016", "GEN-017", "GEN-018", "GEN-019", "GEN-020", "GEN-021", "GEN-007", "GEN-009", "GEN-022", "GEN-023", "RUN-001", "POL-004", "POL-005",
    "FIL-001", "FIL-002", "FIL-003", "FIL-004", "FIL-005", "FIL-006", "FIL-007", "FIL-008", "FIL-009", "GEN-026", "GEN-027", "GEN-028", "GEN-029",
    "GEN-030",
}  # fmt: skip


def sections_of(name):
    return [s for s in re.split(r"^## ", CASES, flags=re.MULTILINE) if s.split(maxsplit=1)[:1] == [name]]


@pytest.mark.parametrize("rule", sorted(set(catalog().rules) - WITHOUT_TABLES))
def test_every_rule_has_a_failing_and_a_passing_case(rule):
    text = "\n".join(sections_of(rule))
    rows = [line for line in text.splitlines() if re.match(r"\|\s*(✗[^|]*)?\|", line)]
    assert "✗" in text, f"{rule} has no failing case"
    assert any(re.match(r"\|\s*\|", row) for row in rows), f"{rule} has no passing case"


@pytest.mark.parametrize("figure", sorted({f.id for f in catalog().figures} - {"F-43"}))
def test_every_figure_has_a_case(figure):
    assert any("= " in s for s in sections_of(figure)), figure


@pytest.mark.parametrize("rule", catalog().rules.values(), ids=lambda r: r.id)
def test_rules_say_what_they_must(rule):
    assert rule.clause in CLAUSES
    for said in (rule.about, rule.message, rule.fix):
        assert said.en.isascii() or "“" in said.en or "–" in said.en or "√" in said.en or "…" in said.en, said.en
        assert "{" in said.zh or re.search("[\u4e00-\u9fff]", said.zh), said.zh
    for said in (rule.message.en, rule.message.zh, rule.fix.en, rule.fix.zh):
        said.encode("gbk")  # a Chinese Windows console shows it


def test_every_clause_is_answered():
    """The principles of 一(一) and 一(三)4 are answered by sheets, every other clause by sheets and, where it asks for one, by rules."""
    from opsbook.actions.guide import as_data

    for clause, found in as_data(catalog(), CLAUSES)["clauses"].items():
        assert found["sheets"] or found["rules"], clause
    for sheet in catalog().sheets.values():
        assert sheet.clauses, sheet.key
        assert set(sheet.clauses) <= set(CLAUSES), sheet.key


def test_headers_of_a_sheet_are_unlike():
    for sheet in catalog().sheets.values():
        names = [n for c in sheet.columns.values() for n in {plain(n) for n in c.names}]
        assert len(names) == len(set(names)), sheet.key


BLOCKS = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests/cases/summaries").glob("*.md"))


@pytest.mark.parametrize("block", catalog().blocks, ids=lambda b: b.id)
def test_blocks_say_what_they_must(block):
    assert re.search(rf"^## {block.id}\b", BLOCKS, re.MULTILINE), f"{block.id} has no case"
    assert block.clause in CLAUSES, block.id
    assert len({c for c in catalog().summaries if c.tab.en == block.page.tab.en}) == 1
    for said in (block.title, block.about):
        assert said.en.isascii(), said.en
        said.zh.encode("gbk")
        assert re.search("[\u4e00-\u9fff]", said.zh), said.zh


@pytest.mark.parametrize("form", catalog().forms.values(), ids=lambda f: f.key)
def test_forms_say_what_they_must(form):
    assert form.clause in CLAUSES
    assert form.about.en and form.about.zh
    for part in form.parts:
        if spans := getattr(part, "spans", ()):
            assert sum(spans) == 12, f"{form.key}: the columns of {part.name} take {sum(spans)} of twelve"


def test_the_generated_sheets_are_those_of_the_domain():
    """DOMAIN §8 names fifteen: thirteen are sheets, the task letter and the acceptance report are documents."""
    from opsbook.summaries import ALL

    names = {page.tab.en for page in ALL} | {form.title.en.removeprefix("Project ") for form in catalog().forms.values()}
    domain = {"Overview", "Projects Summary", "KPI Summary", "People Summary", "Appraisal Summary", "Budget & Expense Summary", "Assets Summary", "Risk Summary",
              "Control & Security Summary", "Service Summary", "Information Summary", "Task Letter", "Acceptance Report", "Findings", "Audit Log"}  # fmt: skip
    assert domain <= names


def test_rules_of_one_prefix_live_in_one_room():
    rooms = {(rule.id[:3], rule.function.__module__) for rule in catalog().rules.values() if rule.function}
    assert len({prefix for prefix, _ in rooms}) == len(rooms)
    assert all(room.startswith("opsbook.sheets.") for _, room in rooms)


def test_readme_names_every_command():
    for command in ("demo", "new", "validate", "refresh", "document", "explain", "guide"):
        assert f"opsbook {command}" in README


def test_examples_of_columns_are_of_their_kind():
    from opsbook.grammar.judge import Judge

    for sheet in catalog().sheets.values():
        for column in sheet.columns.values():
            if column.example is not None and column.kind.name not in ("date", "datetime"):
                assert Judge(column, {}).keeps_bounds(column.example), f"{sheet.key}.{column.name}"
            assert column.example is not None or not column.required, f"{sheet.key}.{column.name} has no example"


@pytest.mark.parametrize("group", renewing.GROUPS)
def test_what_is_made_from_the_declarations_is_todays(group):
    found = [f"{made.path.relative_to(ROOT)}: {change}" for made, change in renewing.stale(group)]
    assert not found, "run `opsbook dev renew`; it would change " + ", ".join(found)


def test_the_chapter_for_managers_has_its_pictures_in_both_languages():
    from opsbook.actions.changing import PAGES, chapter

    for lang in ("en", "zh"):
        said = (PAGES / f"changing_{lang}.md").read_text(encoding="utf-8")
        pictures = re.findall(r"\]\((pictures/(\w+)_(en|zh)\.png)\)", said)
        assert {name for _, name, _ in pictures} >= {"policy_tables", "switches", "lists", "columns", "rules", "figures", "own_tables"}
        assert all(there == lang and (PAGES / path).exists() for path, _, there in pictures)
        assert "data:image/png;base64," in chapter(lang, pictures=True)
        assert "png" not in chapter(lang, pictures=False)
        for sheet in catalog().sheets.values():
            assert not sheet.governs or sheet.tab[lang] in said, sheet.key


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["mypy"], ["lint-imports"]], ids=["ruff", "mypy", "import law"]
)
def test_clean(command):
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_word_of_machines():
    """Neither machine paths nor registry hosts stand in the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout: what belongs to the project cannot be listed")
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + "js", "deb" + r"\.debian"])
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".json", ".csv", ".pyi") and path.is_file():
            found = re.search(rf"/(?:work|root|home)/[a-z.]|{hosts}", path.read_text(encoding="utf-8"))
            assert not found, f"{name}: {found[0]}"
