"""Report as SARIF 2.1.0 (OASIS), which code-review and quality tools read. A cell is a logical location, its row and column a region."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from opsbook.actions.report import FileReport
from opsbook.grammar import Finding, Lang, Rule


def as_sarif(files: Sequence[FileReport], version: str, as_of: str, lang: Lang, rules: Mapping[str, Rule]) -> str:
    """All files as one run of one tool."""
    ids = sorted({f.rule for file in files for f in file.findings})
    place = {rule: n for n, rule in enumerate(ids)}
    results = [_result(f, place[f.rule], n, file, lang) for n, file in enumerate(files) for f in file.findings]
    run = {
        "tool": {"driver": {"name": "opsbook", "semanticVersion": version, "version": version, "language": "zh-CN" if lang == "zh" else "en-US",
                            "rules": [_rule(rules[id], lang) for id in ids]}},
        "language": "zh-CN" if lang == "zh" else "en-US",
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file.path)}, **({"hashes": {"sha-256": file.sha256}} if file.sha256 else {})} for file in files],
        "results": results,
        "invocations": [{"executionSuccessful": all(file.status != "unreadable" for file in files), "properties": {"as_of": as_of}}],
    }  # fmt: skip
    whole = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _rule(rule: Rule, lang: Lang) -> dict[str, Any]:
    return {"id": rule.id, "shortDescription": {"text": rule.about[lang]}, "help": {"text": rule.fix[lang]},
            "defaultConfiguration": {"level": rule.severity.value}, "properties": {"clause": rule.clause}}  # fmt: skip


def _result(f: Finding, rule: int, artifact: int, file: FileReport, lang: Lang) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(file.path), "index": artifact}}}
    if f.row:
        location["physicalLocation"]["region"] = {"startLine": f.row, "startColumn": max(f.column_no, 1)}
        location["logicalLocations"] = [{"name": f.cell, "fullyQualifiedName": f"{f.sheet}!{f.cell}", "kind": "member"}]
    same = hashlib.sha256("\n".join((f.rule, f.key, f.record or f.cell, f.column)).encode()).hexdigest()[:32]
    waived = {"suppressions": [{"kind": "external", "status": "accepted"}]} if f.waived else {}
    return {"ruleId": f.rule, "ruleIndex": rule, "level": f.severity.value, "message": {"text": f"{f.message[lang]} → {f.fix[lang]}"},
            "locations": [location], "partialFingerprints": {"opsbook/v1": same}, **waived,
            "properties": {"sheet": f.key, "record": f.record, "column": f.column, "value": f.value, "clause": f.clause}}  # fmt: skip


def _uri(path: str) -> str:
    return quote(PurePath(path).as_posix())
