"""The catalog against domain.json, a copy of the specification: all of it is there, as it is said. What is there beside it needs no entry here."""

import json
from pathlib import Path

import pytest

from opsbook.clauses import CLAUSES
from opsbook.grammar.kinds import ChoicesKind
from opsbook.sheets import catalog

DOMAIN = json.loads((Path(__file__).parent / "domain.json").read_text(encoding="utf-8"))
SHEETS = [key for key in catalog().sheets if key in DOMAIN["sheets"]]

TOLD_OTHERWISE = {"APR-003"}  # DECISIONS 2.1: POL-002 covers its sum
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
    specified = {c["name"] for c in spec["columns"]}
    ours = [c for c in sheet.columns.values() if c.name in specified]
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
    assert set(DOMAIN["enums"]) <= set(catalog().lists)
    for key in DOMAIN["enums"]:
        labels = catalog().lists[key]
        spec = [(v["code"], OTHER_LABEL.get((key, v["code"]), v["en"]), v["zh"]) for v in DOMAIN["enums"][key]]
        assert [(c, t.en, t.zh) for c, t in labels.items()] == spec


def test_rules():
    spec = {r["id"]: r for r in DOMAIN["rules"] if r["sheet"] in ("*", *catalog().sheets)}
    assert set(spec) - set(catalog().rules) == TOLD_OTHERWISE
    for name, rule in catalog().rules.items():
        if name in spec:
            assert (rule.severity.value, rule.sheet, rule.clause) == tuple(spec[name][k] for k in ("sev", "sheet", "clause")), name


def test_figures():
    assert {f["id"] for f in DOMAIN["figures"] if f["sheet"] in catalog().sheets} <= {f.id for f in catalog().figures}


def test_policy_keys():
    """Every key of the specification is there; families are written out."""
    keys = set(catalog().keys)
    for said in DOMAIN["policy"]:
        for name in said["key"].split(" / "):
            head = name.split("{")[0].split("/")[0].rstrip(".") if not name.startswith(".") else ""
            if head in ("rule", "org.posts", "org.fiscal_start", ""):  # DECISIONS 7.6: no fiscal start
                continue
            assert any(k == head or k.startswith(head + ".") for k in keys), name
