"""Report: findings as text, JSON and JSON lines (CONTRACT.md)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Protocol

from opsbook.grammar import Finding, Findings, Lang, Severity, Text

GLYPH = {Severity.ERROR: "◆", Severity.WARNING: "▲", Severity.NOTE: "●"}  # in every GBK console
COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


class Entered(Protocol):
    """What became of a workbook in a ledger."""

    @property
    def source(self) -> str:
        """By which name the ledger knows it."""

    @property
    def run(self) -> int:
        """The run it was entered with."""

    @property
    def version(self) -> int:
        """How many different contents the source has had, this one among them."""

    @property
    def accepted(self) -> bool:
        """Whether it was accepted."""

    @property
    def added(self) -> int:
        """Records that the version before did not have."""

    @property
    def removed(self) -> int:
        """Records of the version before that it does not have."""

    @property
    def changed(self) -> int:
        """Records that say something else than in the version before."""


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
    looked_up: tuple[str, ...] = ()  # the columns of other workbooks in which references were looked up
    places: Mapping[str, Any] = field(default_factory=dict, repr=False)  # what marking a copy needs to know (:class:`opsbook.jobs.Places`)
    entered: Entered | None = None  # what a ledger says of it
    copy: Text | None = None  # where its annotated copy is, and what is not in that; or why there is none
    uncopied: bool = False  # the copy was wanted and could not be written
    known: int = 0  # findings that are left out, since an earlier run had them
    policy: str = ""  # the version of the policy, and of what a centre adds, that it was judged by
    shipped: bool = False  # no Policy sheet was at hand: it was judged by the shipped values
    submitted: bool = False  # somebody handed it in, and another workbook governs it
    repeats: str = ""  # the workbook whose bytes it has, and which counts
    left_out: tuple[dict[str, Any], ...] = ()  # the sheets that were not read: name, rows (None: not counted), reason in both languages

    @property
    def status(self) -> str:
        """``clean``, ``findings`` or ``unreadable``."""
        return "unreadable" if self.reason else "findings" if len(self.findings) or self.known else "clean"

    def plain(self) -> dict[str, Any]:
        """All but the path, for another process or a database."""
        return {"sha256": self.sha256, "sheets": self.sheets, "reason": [self.reason.en, self.reason.zh] if self.reason else None,
                "lang": self.lang, "as_of": self.as_of, "policy": self.policy, "looked_up": self.looked_up, "skipped": self.findings.skipped, "places": self.places,
                "left_out": self.left_out, "submitted": self.submitted, "shipped": self.shipped, "repeats": self.repeats,
                "findings": [f.plain for f in self.findings]}  # fmt: skip

    @classmethod
    def of(cls, plain: dict[str, Any], path: str) -> "FileReport":
        """What :meth:`plain` said, about a path."""
        findings = Findings(tuple(Finding.of(f, path) for f in plain["findings"]), tuple((rule, tuple(sheets)) for rule, sheets in plain["skipped"]))
        return cls(path, plain["sha256"], findings, tuple(plain["sheets"]), Text(*plain["reason"]) if plain["reason"] else None, plain["lang"],
                   plain["as_of"], tuple(plain["looked_up"]), plain["places"], policy=plain.get("policy", ""), submitted=plain.get("submitted", False),
                   shipped=plain.get("shipped", False), repeats=plain.get("repeats", ""), left_out=tuple(plain.get("left_out", ())))  # fmt: skip

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The element of ``files``."""
        entered = {"submission": {"source": e.source, "version": e.version, "accepted": e.accepted, "added": e.added, "removed": e.removed,
                                  "changed": e.changed}} if (e := self.entered) else {}  # fmt: skip
        return {
            "path": self.path, "sha256": self.sha256, "status": self.status, "reason": self.reason[lang] if self.reason else None,
            "sheets": list(self.sheets), **({"left_out": [left | {"reason": left["reason"][lang]} for left in self.left_out]} if self.left_out else {}),
            **({"policy": self.policy} if self.policy else {}), **({"shipped_policy": True} if self.shipped else {}),
            "errors": len(self.findings.errors), "warnings": len(self.findings.warnings),
            "notes": len(self.findings.notes), "findings": self.findings.to_json(), **entered, **({"known": self.known} if self.known else {}),
        }  # fmt: skip


#: What only an approver can act on.
WAITING = "GEN-011"


def to_submitter(file: FileReport) -> FileReport:
    """A report as whoever handed the workbook in is told it: what waits for somebody else is one counted line a sheet (DECISIONS 10.3)."""
    waiting = {name: list(found) for name, found in groupby((f for f in file.findings if f.rule == WAITING), key=lambda f: f.sheet)}
    if not file.submitted or not waiting:
        return file
    lines = [replace(found[0], severity=Severity.NOTE, row=0, column_no=0, column="", record="", value="",
                     message=Text(f"{len(found)} rows have waited longer than policy allows for somebody to decide", f"{len(found)} 行等待处理已超过预警天数"),
                     fix=Text("Nothing to do here: it is for those who approve.", "报送人无须处理，由审批人办理。"))
             for found in waiting.values()]  # fmt: skip
    return replace(file, findings=Findings.sorted([*(f for f in file.findings if f.rule != WAITING), *lines], file.findings.skipped))


def as_json(files: Sequence[FileReport], version: str, as_of: str, lang: Lang) -> str:
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
    if file.shipped:
        yield Text("  ● judged by the shipped policy: no Policy of the centre is given (--policy or --reference names one)",
                   "  ● 按出厂参数校验：未提供中心的制度参数（可用 --policy 或 --reference 指定）")[lang], ""  # fmt: skip
    yield from ((line, "") for line in _skipped(file.findings, lang))
    if file.known:
        yield Text(f"  ● {file.known} findings that an earlier run had are left out", f"  ● 未列出此前运行已发现的 {file.known} 项问题")[lang], "dim"
    elif not len(file.findings):
        yield Text("  √ nothing found", "  √ 未发现问题")[lang], "green"
    if file.copy:
        yield f"  {file.copy[lang]}", "dim"
    if file.entered:
        yield f"  {_became(file.entered)[lang]}", "dim"


def in_a_line(file: FileReport, lang: Lang) -> str:
    """What became of a workbook that was handed in: accepted or returned, and why."""
    version = Text(f" (version {file.entered.version})", f"（第 {file.entered.version} 版）")[lang] if file.entered else ""
    if file.reason:
        return Text(f"◆ returned {file.path}{version}: {file.reason.en}", f"◆ 退回 {file.path}{version}：{file.reason.zh}")[lang]
    found, counted = to_submitter(file).findings, Sum()
    counted.add(file)
    if file.repeats:
        return Text(f"● {file.path}: the same file as {file.repeats}, which counts", f"● {file.path}：与 {file.repeats} 是同一文件，以后者为准")[lang]
    errors, warnings, read = len(found.errors), len(found.warnings), counted.read
    if errors:
        return Text(f"◆ returned {file.path}{version}: {errors} errors, {warnings} warnings; {read.en}",
                    f"◆ 退回 {file.path}{version}：错误 {errors}，警告 {warnings}；{read.zh}")[lang]  # fmt: skip
    return Text(f"√ accepted {file.path}{version}: {warnings} warnings; {read.en}", f"√ 接收 {file.path}{version}：警告 {warnings}；{read.zh}")[lang]


def not_read(file: FileReport, lang: Lang) -> list[str]:
    """The sheets of a workbook that were not read, and why."""
    return [Text(f"  {left['sheet']}: not read, {left['reason']['en']}", f"  {left['sheet']}：未读取，{left['reason']['zh']}")[lang] for left in file.left_out]


def _became(e: Entered) -> Text:
    """Version 2, accepted; against version 1: 3 records new, 1 gone, 2 changed."""
    taken = Text("accepted", "已接收") if e.accepted else Text("not accepted", "未接收")
    said = Text(f"● {e.source}: version {e.version}, {taken.en}", f"● {e.source}：第 {e.version} 版，{taken.zh}")
    if e.version < 2:
        return said
    before = e.version - 1
    return Text(f"{said.en}; against version {before}: {e.added} records new, {e.removed} gone, {e.changed} changed",
                f"{said.zh}；与第 {before} 版相比：新增 {e.added} 条，减少 {e.removed} 条，变更 {e.changed} 条")  # fmt: skip


def _skipped(findings: Findings, lang: Lang) -> Iterator[str]:
    """The rules that could not be judged, once for each set of sheets they miss."""
    missing: dict[tuple[str, ...], list[str]] = {}
    for rule, sheets in findings.skipped:
        missing.setdefault(sheets, []).append(rule)
    for sheets, rules in missing.items():
        en = f"  ● not judged, for want of {', '.join(sheets)}: {' '.join(rules)}"
        yield Text(en, f"  ● 因缺少 {'、'.join(sheets)} 未校验：{' '.join(rules)}")[lang]


@dataclass
class Sum:
    """How much was found in how many files."""

    files: int = 0
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    waived: int = 0
    accepted: int = 0
    run: int = 0
    sheets: int = 0  # that were read and have a row
    rows: int = 0  # of them
    left_out: int = 0  # sheets that were not read

    def add(self, file: FileReport) -> None:
        """Count a file."""
        found = file.findings
        self.files += 1
        self.errors, self.warnings, self.notes = self.errors + len(found.errors), self.warnings + len(found.warnings), self.notes + len(found.notes)
        self.waived += len(found.waived)
        filled = [sheet["rows"] for sheet in file.sheets if sheet["rows"]]
        self.sheets, self.rows, self.left_out = self.sheets + len(filled), self.rows + sum(filled), self.left_out + len(file.left_out)
        if file.entered:
            self.accepted, self.run = self.accepted + file.entered.accepted, file.entered.run

    @property
    def read(self) -> Text:
        """What was read, and what was not: nothing that was not read is passed over in silence."""
        left = Text(f", {self.left_out} not read", f"，未读取工作表 {self.left_out} 张") if self.left_out else Text("", "")
        rows, sheets = ("" if n == 1 else "s" for n in (self.rows, self.sheets))
        return Text(f"{self.rows:,} row{rows} of {self.sheets} sheet{sheets} read{left.en}", f"已读取 {self.sheets} 张工作表 {self.rows:,} 行{left.zh}")

    def said(self, lang: Lang) -> str:
        """The last line of a report."""
        waived = Text(f", {self.waived} waived", f"，豁免 {self.waived}") if self.waived else Text("", "")
        run = Text(f"; run {self.run}: {self.accepted} accepted", f"；第 {self.run} 次运行，接收 {self.accepted} 个") if self.run else Text("", "")
        plural = "s" if self.files != 1 else ""
        return Text(f"{self.files} file{plural}: {self.errors} errors, {self.warnings} warnings, {self.notes} notes{waived.en}; {self.read.en}{run.en}",
                    f"{self.files} 个文件：错误 {self.errors}，警告 {self.warnings}，提示 {self.notes}{waived.zh}；{self.read.zh}{run.zh}")[lang]  # fmt: skip


def summary(files: Iterable[FileReport], lang: Lang) -> str:
    """The last line: how much was found in how many files."""
    whole = Sum()
    for file in files:
        whole.add(file)
    return whole.said(lang)


def newer(file: FileReport, before: Iterable[Sequence[Any]]) -> FileReport:
    """A report of what had not been found before: another rule, record or column, or one that stands there more often."""
    if file.reason:
        return file
    known = Counter(_same(Finding.of(f, "")) for f in before)
    new = []
    for f in file.findings:
        known[_same(f)] -= 1
        if known[_same(f)] < 0:
            new.append(f)
    return replace(file, findings=Findings(tuple(new), file.findings.skipped), known=len(file.findings) - len(new))


def _same(f: Finding) -> tuple[str, ...]:
    return f.rule, f.key, f.record or f.cell, f.column, f.severity.value
