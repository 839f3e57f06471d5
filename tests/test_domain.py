"""The catalog against domain.json, a copy of the specification: what differs stands here, with its reason."""

import json
from pathlib import Path

import pytest

from opsbook.clauses import CLAUSES
from opsbook.grammar.kinds import ChoicesKind
from opsbook.sheets import catalog

DOMAIN = json.loads((Path(__file__).parent / "domain.json").read_text(encoding="utf-8"))
SHEETS = [key for key in catalog().sheets if key in DOMAIN["sheets"]]

RULES_OF_OURS = {
    "PLN-009": "the Constraint of plans.parent_id, which reads other rows",
    "PRJ-012": "the Constraints of projects.plan_id and projects.name, which read other rows",
    "ACC-007": "the Constraints of acceptance.project_id, applicant_id and applied_on, which read other rows and sheets",
    "IMP-006": "DECISIONS 5.2: the typed effect is compared with the figure", "RAC-006": "DECISIONS 5.2: the typed effect is compared with the figure",
    "IMP-007": "the workflow's guard on who approves: Policy imp.director_cost",
    "PAY-008": "the Constraints of payroll.checked_by and approver_id, which read employees",
    "CAR-006": "the Constraint of careers.employee_id: one open plan a year", "CUS-003": "the Constraint of customers.service_owner",
    "WVR-001": "waivers, which DECISIONS 3.8 asks for", "WVR-002": "waivers, which DECISIONS 3.8 asks for",
    "GEN-023": "DECISIONS 3.9: a missing or edited stored state is a finding",
    "EXP-024": "the Constraint of expenses.city_tier: the tier is from P(exp.city.*)", "GEN-024": "F: cities and posts are lists that a centre fills",
    "EXP-023": "the Constraints of expenses.department and expenses.project_id, which read other sheets",
    "POL-004": "DECISIONS 1.1: a submission's own Policy that differs is a POL- warning",
    "POL-005": "DECISIONS 1.1: a submission's own Lists, Columns, Rules that differ are a POL- warning",
    **{f"{rule}": "CONTRACT: faults in Lists, Columns, Rules at their cells" for rule in ("LST-001", "COL-001", "RUL-001", "RUL-002", "RUL-003", "RUL-004")},
    "POL-006": "F: a change of a rule switch is signed as a policy value is",
    "RUN-001": "CONTRACT: rules beside DOMAIN.md's",
    **{f"GEN-{n:03d}": "CONTRACT: rules beside DOMAIN.md's" for n in range(13, 22)},
    **{f"FIL-{n:03d}": "CONTRACT: rules beside DOMAIN.md's" for n in (1, 2, 3, 4, 5, 6)},
}
TOLD_OTHERWISE = {"APR-003"}  # DECISIONS 2.1: POL-002 covers its sum
LISTS_OF_OURS = {"city", "post", "principle", "field_type", "rule_severity", "judged_on", "table_chart", "table_order"}  # DECISIONS 7.6, and UX.md's sheets
OTHER_TYPE = {("employees", "phone"): "masked like other personal numbers"}
OTHER_LABEL = {("asset_class", "intangible"): "Other intangible assets"}  # software is a class of its own (DECISIONS 7.4)
OTHER_DEMAND = {
    ("policy", "value"): "a list may be empty",
}  # fmt: skip


def test_clauses():
    assert {c["clause"]: (c["en"], c["zh"]) for c in DOMAIN["clauses"]} == {c: (t.en, t.zh) for c, t in CLAUSES.items()}


@pytest.mark.parametrize("key", SHEETS)
def test_sheet(key):
    sheet, spec = catalog().sheets[key], DOMAIN["sheets"][key]
    assert (sheet.tab.en, sheet.tab.zh) == (spec["en"], spec["zh"])
    ours = [c for c in sheet.columns.values() if c.name not in ("remarks", "check_flag")]
    assert [(c.name, c.header.en, c.header.zh) for c in ours] == [(c["name"], c["en"], c["zh"]) for c in spec["columns"]]
    for column, said in zip(ours, spec["columns"], strict=True):
        if (key, column.name) not in OTHER_DEMAND:
            wanted = {"Q": {"Q"}, "R": {"R"}, "O": {"O", "Q"}, "C": {"C"}}[said["required"]]
            assert column.demand in wanted, column.name
        kind, _, listed = said["type"].partition(":")
        if kind in ("enum", "multi"):
            assert isinstance(column.kind, ChoicesKind)
            assert (column.kind.choices.key(), column.kind.several) == (listed, kind == "multi"), column.name
        elif kind == "ref":
            assert column.ref == listed, column.name
        elif kind in ("date", "money", "pct", "int", "num", "year", "score", "period", "uscc", "idno", "card", "longtext", "path"):
            assert column.kind.name == kind, column.name


def test_lists():
    for key, labels in catalog().lists.items():
        if key in LISTS_OF_OURS:
            continue
        spec = [(v["code"], OTHER_LABEL.get((key, v["code"]), v["en"]), v["zh"]) for v in DOMAIN["enums"][key]]
        assert [(c, t.en, t.zh) for c, t in labels.items()] == spec


def test_rules():
    spec = {r["id"]: r for r in DOMAIN["rules"] if r["sheet"] in ("*", *catalog().sheets)}
    assert set(catalog().rules) - set(spec) == set(RULES_OF_OURS)
    assert set(spec) - set(catalog().rules) == TOLD_OTHERWISE
    for name, rule in catalog().rules.items():
        if name in spec:
            assert (rule.severity.value, rule.sheet, rule.clause) == tuple(spec[name][k] for k in ("sev", "sheet", "clause")), name


def test_figures():
    spec = {f["id"] for f in DOMAIN["figures"] if f["sheet"] in catalog().sheets}
    ours = {f.id for f in catalog().figures}
    # F-38 … F-42 are DECISIONS 5.2, F-43 … F-46 are columns of the sheets that govern
    assert spec - ours == set()
    assert ours - spec == {"F-38", "F-39", "F-40", "F-41", "F-42", "F-43", "F-44", "F-45", "F-46"}


def test_policy_keys():
    """Every key of the specification is there; families are written out."""
    keys = set(catalog().keys)
    for said in DOMAIN["policy"]:
        for name in said["key"].split(" / "):
            head = name.split("{")[0].split("/")[0].rstrip(".") if not name.startswith(".") else ""
            if head in ("rule", "org.posts", "org.fiscal_start", ""):  # DECISIONS 7.6: no fiscal start
                continue
            assert any(k == head or k.startswith(head + ".") for k in keys), name
