"""The README's own examples, run as they are written: commands, a field with one line, a rule with one function and one table, a summary."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from conftest import case_of, clean_centre, submitted

from opsbook.demo import operations
from opsbook.grammar import Catalog
from opsbook.sheets import ROOMS, risk

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIELD, RULE, BLOCK = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
TABLE = re.search(r"^```\n(## RSK-009.*?)^```", README, re.DOTALL | re.MULTILINE)[1]
SHOWN = [block.splitlines() for block in re.findall(r"^```\n(\$ opsbook .*?)^```", README, re.DOTALL | re.MULTILINE)]
RENEW = re.search(r"^```sh\n([^`]*dev renew\n[^`]*)^```", README, re.MULTILINE)[1]


def with_field(source: str) -> str:
    """A room with the README's field where it says."""
    last = source.index("    status: RiskStatus")
    return source[:last] + FIELD + source[last:]


def extended() -> Catalog:
    """The catalog with the README's field and rule in the room of risks."""
    room = sys.modules["readme_risk"] = ModuleType("readme_risk")  # where pydantic looks annotations up
    source = with_field(Path(risk.__file__).read_text(encoding="utf-8"))
    exec(compile(source + "\n\n" + RULE, "risk.py", "exec"), vars(room))
    return Catalog.of(*(room if name == "risk" else import_module(f"opsbook.sheets.{name}") for name in ROOMS))


def test_the_field_and_the_rule_of_the_readme():
    catalog = extended()
    found = case_of(TABLE, catalog).findings("RSK-009")
    assert [(f.record, f.cell[-1]) for f in found] == [("RSK-2026-001", "2")]


def test_the_block_of_the_readme():
    """It is the one that stands in the room today."""
    assert BLOCK.strip() in (Path(risk.__file__).parent / "risk_summary.py").read_text(encoding="utf-8").replace("  # fmt: skip", "")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with what the README's commands are run on: the demo, the repository's workbooks, a centre and two people's claims."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "workbooks", folder / "workbooks")
    (folder / "demo").mkdir()
    shutil.copy(ROOT / "workbooks/demo.xlsx", folder / "demo/demo.xlsx")
    records = operations.records()
    clean_centre(folder / "centre.xlsx", {key: records[key] for key in ("employees", "budget", "projects", "plans")})
    claims = {row["expense_id"]: row for row in records["expenses"]}
    for person, name, expense in (("EMP-0014", "claims_02", "EXP-2026-00031"), ("EMP-0013", "claims_01", "EXP-2026-00004")):
        row = dict(claims[expense])
        if name == "claims_02":
            row |= {key: claims["EXP-2026-00004"][key] for key in ("invoice_no", "invoice_code", "seller_tax_no", "voucher_type") if key in row}
        submitted(folder / f"inbox/{person}/{name}.xlsx", expenses=[row])
    return folder


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: block[0][2:40])
def test_commands_say_what_the_readme_shows(block, place):
    """Every line shown is said, in this order; the README leaves lines out."""
    said = []
    for line in block:
        if line.startswith("$ "):
            words = shlex.split(line[2:])
            done = subprocess.run([sys.executable, "-m", *words], cwd=place, capture_output=True, text=True, env=os.environ | {"COLUMNS": "200"})
            assert done.returncode in (0, 1, 2), done.stderr  # the demo has faults of every kind
            assert done.stderr == ""
            said = done.stdout.splitlines()
        else:
            assert line in said, "\n".join(said[:40])
            said = said[said.index(line) + 1 :]


def test_paths_and_links_of_the_readme_lead_somewhere():
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(r"`((?:opsbook|tests|macros|workbooks|bench|docs)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path


@pytest.mark.long
def test_a_field_and_a_rule_by_the_readme_alone(tmp_path):
    """In a clone: what the README says is typed where it says, its commands are run as they stand, and the guards are green within a minute."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    clone = tmp_path / "clone"
    for name in filter(None, listed):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    subprocess.run(["git", "init", "-q"], cwd=clone, check=True)
    subprocess.run(["git", "add", "-A"], cwd=clone, check=True)
    room = clone / "opsbook/sheets/risk.py"
    room.write_text(f"{with_field(room.read_text('utf-8'))}\n\n{RULE}", "utf-8")
    cases = clone / "tests/cases/risk.md"
    cases.write_text(f"{cases.read_text('utf-8')}\n{TABLE}", "utf-8")
    (clone / ".venv").symlink_to(Path(sys.executable).parents[1])
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {"PYTHONPATH": str(clone)}
    renew, guards = RENEW.splitlines()
    done = subprocess.run(renew, shell=True, cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search("workbooks/template_zh.xlsx: .*风险登记: “Insurer” new", done.stdout)
    assert "opsbook/columns.pyi: +" in done.stdout
    changed = subprocess.run(["git", "diff", "--name-only"], cwd=clone, capture_output=True, text=True, check=True).stdout.split()
    assert {"opsbook/sheets/risk.py", "tests/cases/risk.md"} <= set(changed)  # typed by hand; the rest is renewed
    subprocess.run(["git", "checkout", "-q", *(set(changed) - {"opsbook/sheets/risk.py", "tests/cases/risk.md"})], cwd=clone, check=True)
    told = subprocess.run(guards, shell=True, cwd=clone, env=env, capture_output=True, text=True)
    assert told.returncode == 1
    assert "run `opsbook dev renew`; it would change" in told.stdout
    assert "b'" not in told.stdout
    subprocess.run(renew, shell=True, cwd=clone, env=env, check=True, capture_output=True)
    begun = time.monotonic()
    done = subprocess.run(guards, shell=True, cwd=clone, env=env, capture_output=True, text=True)
    print(f"the guards took {time.monotonic() - begun:.0f} s")
    assert done.returncode == 0, done.stdout[-3000:]


def test_dropdown_hint_and_guide_follow():
    from opsbook.actions import guide, template
    from opsbook.clauses import CLAUSES

    catalog = extended()
    pages = template.pages(catalog, template.Choice("zh"))
    (column,) = [c for p in pages if p.table == "t_risks" for c in p.columns if c.header == "保险人"]
    assert "承保单位" in column.hint[1]
    assert "保险人" in guide.as_markdown(catalog, CLAUSES, "zh")
