"""The README's own examples: a field with one line, a rule with one function and one table, a summary with one function."""

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from conftest import case_of

from opsbook.grammar import Catalog
from opsbook.sheets import ROOMS, risk

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FIELD, RULE, BLOCK = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
TABLE = re.search(r"^```\n(## RSK-009.*?)^```", README, re.DOTALL | re.MULTILINE)[1]


def extended() -> Catalog:
    """The catalog with the README's field and rule in the room of risks."""
    source = Path(risk.__file__).read_text(encoding="utf-8")
    last = source.index("    status: RiskStatus")
    room = sys.modules["readme_risk"] = ModuleType("readme_risk")  # where pydantic looks annotations up
    with_field = source[:last] + FIELD + source[last:]
    with_field = with_field.replace("from opsbook.lists import Dept", "from opsbook.lists import Yesno, Dept")
    exec(compile(with_field + "\n\n" + RULE, "risk.py", "exec"), vars(room))
    return Catalog.of(*(room if name == "risk" else import_module(f"opsbook.sheets.{name}") for name in ROOMS))


def test_the_field_and_the_rule_of_the_readme():
    catalog = extended()
    found = case_of(TABLE, catalog).findings("RSK-009")
    assert [(f.record, f.cell[-1]) for f in found] == [("RSK-2026-001", "2")]
    blank = case_of(TABLE.replace("| N ", "|   ").replace("| Y ", "|   "), catalog).findings("GEN-014")
    assert {f.record for f in blank if f.column == "insured"} == {"RSK-2026-001", "RSK-2026-002"}


def test_the_block_of_the_readme():
    """It is the one that stands in the room today."""
    assert BLOCK.strip() in (Path(risk.__file__).parent / "risk_summary.py").read_text(encoding="utf-8").replace("  # fmt: skip", "")


def test_dropdown_hint_and_guide_follow():
    from opsbook.actions import guide, template
    from opsbook.clauses import CLAUSES

    catalog = extended()
    pages = template.pages(catalog, template.Choice("zh"))
    (column,) = [c for p in pages if p.table == "t_risks" for c in p.columns if c.header == "已投保"]
    assert column.validation.source == "list_yesno"
    assert "应对方式为风险转移时必填" in column.hint[1]
    assert any(h.style == "required" for h in column.highlights)
    assert "已投保" in guide.as_markdown(catalog, CLAUSES, "zh")
