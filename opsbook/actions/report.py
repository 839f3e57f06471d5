"""Report: findings as text, JSON and JSON lines (CONTRACT.md)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from opsbook.grammar import Finding, Findings, Lang, Severity, Text

GLYPH = {Severity.ERROR: "◆", Severity.WARNING: "▲", Severity.NOTE: "●"}  # in every GBK console
COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


@dataclass(frozen=True)
class FileReport:
    """One file's part of a report."""

    path: str
    sha256: str
    findings: Findings
    sheets: tuple[dict[str, Any], ...] = ()
    reason: Text | None = None  # why it could not be judged
    lang: Lang = "zh"  # of its own policy
    as_of: str = ""

    @property
    def status(self) -> str:
        """``clean``, ``findings`` or ``unreadable``."""
        return "unreadable" if self.reason else "findings" if len(self.findings) else "clean"

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The element of ``files``."""
        return {
            "path": self.path, "sha256": self.sha256, "status": self.status, "reason": self.reason[lang] if self.reason else None,
            "sheets": list(self.sheets), "errors": len(self.findings.errors), "warnings": len(self.findings.warnings),
            "notes": len(self.findings.notes), "findings": self.findings.to_json(),
        }  # fmt: skip


def as_json(files: list[FileReport], version: str, as_of: str, lang: Lang) -> str:
    """The whole report as CONTRACT's JSON."""
    whole = [f.findings for f in files]
    report = {
        "opsbook": version, "as_of": as_of, "errors": sum(len(f.errors) for f in whole),
        "warnings": sum(len(f.warnings) for f in whole), "notes": sum(len(f.notes) for f in whole),
        "files": [f.as_json(lang) for f in files],
    }  # fmt: skip
    return json.dumps(report, ensure_ascii=False, indent=1)


def as_line(file: FileReport, lang: Lang) -> str:
    """One file as a line of JSON."""
    return json.dumps(file.as_json(lang), ensure_ascii=False)


def as_text(file: FileReport, lang: Lang) -> Iterator[tuple[str, str]]:
    """One file as lines, each with the colour that a terminal may give it."""
    yield file.path, "bold"
    if file.reason:
        for finding in file.findings:
            yield f"  ◆ {finding.rule} {finding.message[lang]}", "red"
            yield f"    → {finding.fix[lang]}", ""
        return
    for name, found in groupby(file.findings, key=lambda f: f.sheet):
        yield f"  {name}", "bold"
        for f in found:
            record = f" {f.record}" if f.record else ""
            clause = f"（{f.clause}）" if lang == "zh" else f" [{f.clause}]"
            waived = Text(" (waived)", "（已豁免）")[lang] if f.waived else ""
            yield f"    {f.cell:<6} {GLYPH[f.severity]} {f.rule}{record}  {f.message[lang]}{clause}{waived}", "dim" if f.waived else COLOUR[f.severity]
            yield f"           → {f.fix[lang]}", "dim"
    yield from ((line, "") for line in _skipped(file.findings, lang))
    if not len(file.findings):
        yield Text("  √ nothing found", "  √ 未发现问题")[lang], "green"


def _skipped(findings: Findings, lang: Lang) -> Iterator[str]:
    """The rules that could not be judged, once for each set of sheets they miss."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for rule, sheets in findings.skipped:
        missing.setdefault(sheets, []).append(rule)
    for sheets, rules in missing.items():
        en = f"  ● not judged, for want of {', '.join(sheets)}: {' '.join(rules)}"
        yield Text(en, f"  ● 因缺少 {'、'.join(sheets)} 未校验：{' '.join(rules)}")[lang]


def summary(files: Iterable[FileReport], lang: Lang) -> str:
    """The last line: how much was found in how many files."""
    counted = list(files)
    found: list[Finding] = [f for file in counted for f in file.findings]
    errors, warnings, notes = (sum(f.severity == s and not f.waived for f in found) for s in (Severity.ERROR, Severity.WARNING, Severity.NOTE))
    waived = sum(f.waived for f in found)
    more = Text(f", {waived} waived", f"，豁免 {waived}") if waived else Text("", "")
    plural = "s" if len(counted) != 1 else ""
    return Text(f"{len(counted)} file{plural}: {errors} errors, {warnings} warnings, {notes} notes{more.en}",
                f"{len(counted)} 个文件：错误 {errors}，警告 {warnings}，提示 {notes}{more.zh}")[lang]  # fmt: skip
