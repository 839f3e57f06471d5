"""Check: a Book becomes Findings. What reading told comes first, then every rule that applies; one cell, one fault."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from opsbook.actions.reader import Fault, masked, show_raw
from opsbook.grammar import Breach, Finding, Findings, Frame, Rule, Severity, Tab, Text
from opsbook.grammar.finding import UNWAIVED
from opsbook.grammar.kinds import ChoicesKind, Kind
from opsbook.grammar.workings import Absent, Workings

#: What is wrong with the cell itself: it silences all else that is said of the cell.
OF_THE_CELL = frozenset({"GEN-002", "GEN-003", "GEN-016", "GEN-017", "GEN-018"})
#: Then any rule of the subject, and then the first of these: what the column's own declaration asks.
OF_THE_COLUMN = ("GEN-014", "GEN-013", "GEN-010", "GEN-001")
BLANK = Text("(blank)", "（空）")

Progress = Callable[[str], None]


def findings(workings: Workings, faults: Iterable[Fault] = (), *, complete: bool = False,
             select: Callable[[str], bool] = lambda rule: True, progress: Progress | None = None) -> Findings:  # fmt: skip
    """All findings about a book.

    ``faults`` are what loading told; ``complete`` runs the rules of the whole centre too; ``select`` picks rules by id;
    ``progress`` hears the id of each rule before it runs.
    """
    told = [_of_fault(workings, fault) for fault in faults if select(fault.rule)]
    skipped: list[tuple[str, tuple[str, ...]]] = []
    for rule in workings.catalog.rules.values():
        if rule.function is None or not select(rule.id) or not _enabled(workings, rule):
            continue
        if rule.scope == "centre" and not complete:
            continue
        for tab in _judged_by(workings, rule):
            absent = workings.absent(rule.function)
            if absent:
                skipped.append((rule.id, absent))
                break
            if progress:
                progress(rule.id)
            try:
                told += _run(workings, rule, tab)
            except Absent as missing:  # asked for in a way that the signature does not tell
                skipped.append((rule.id, missing.args))
                break
    told += _not_looked_up(workings) if select("GEN-005") else []
    told += _vanished(workings) if select("GEN-022") else []
    weighed = (_weighed(workings, f) for f in told)
    waived = _waivers(workings)
    kept = _one_fault_a_cell(f for f in weighed if f is not None)
    return Findings.sorted((replace(f, waived=True) if (f.rule, f.record) in waived else f for f in kept), skipped)


def _waivers(workings: Workings) -> set[tuple[str, str]]:
    """The (rule, record) that are waived today; a governed submission's own waivers have no force."""
    book = workings.book
    if not (book.reference if book.governed else book.tabs).get("waivers"):
        return set()
    rows = workings.frame("waivers") if book.governed else workings.frame("waivers", "waivers")
    rows = rows[(rows.column("status") == "approved") & (rows.column("valid_until") >= pd.Timestamp(workings.today)) & rows.column("approver_id").notna()]
    named = zip(rows.column("rule_id").astype(str).str.upper(), rows.column("record_id").astype(str), strict=True)
    return {(rule, record) for rule, record in named if not rule.startswith(UNWAIVED)}


def _judged_by(workings: Workings, rule: Rule) -> Iterator[Tab]:
    """The submission's own sheets that a rule stands at, if they have a row."""
    for key, tab in workings.book.tabs.items():
        if (len(tab) or "former" in rule.reads) and rule.sheet in ("*", key):  # a register that was emptied has a former state
            yield tab


def _run(workings: Workings, rule: Rule, tab: Tab) -> list[Finding]:
    key = tab.sheet.key
    try:
        assert rule.function is not None
        rows = workings.frame(key, key)
        with np.errstate(all="ignore"):
            answer = workings.call(rule.function, key, rows)
            breaches = [answer] if isinstance(answer, (Frame, Breach)) else list(answer or ())
            return [found for breach in breaches for found in _of_breach(workings, rule, tab, breach)]
    except Absent:
        raise
    except Exception as fault:  # a rule that fails is told, and the others go on
        reason = f"{type(fault).__name__}: {fault}"
        values = {"rule": rule.id, "reason": reason}
        return [_of_fault(workings, Fault("RUN-001", key, tab.header_row, tab.first_column, values=values))]


def _of_breach(workings: Workings, rule: Rule, tab: Tab, breach: Frame | Breach) -> Iterator[Finding]:
    if isinstance(breach, Frame):
        breach = Breach(breach)
    column = breach.at or rule.column or tab.sheet.id
    message, fix = breach.message or rule.message, breach.fix or rule.fix
    severity = breach.severity or rule.severity
    rows = breach.rows
    if rows is None:
        said = {name: _said(value, spec) for name, (value, spec) in _named(breach, message, fix).items()}
        yield _finding(workings, rule, tab, severity, tab.header_row, tab.first_column, "", "", "",
                       message.fill(said), fix.fill(said))  # fmt: skip
        return
    if len(rows) == 0:
        return
    unknown = rows.index.difference(tab.index)
    if len(unknown):
        raise ValueError(f"{rule.id} returned rows that {tab.sheet.key} does not have: {list(unknown[:3])}")
    told = {name: _column_said(workings, rows, name, spec, breach) for name, spec in _fields(message, fix).items()}
    records = _records(rows)
    raws, at = tab.cells.get(column), tab.index.get_indexer(rows.index)
    kind = tab.sheet.columns[column].kind if column in tab.sheet.columns else None
    for number, row in enumerate(rows.index):
        said = {name: texts[number] for name, texts in told.items()}
        raw = raws[at[number]] if raws else ""
        value = masked(kind, _shown_raw(kind, raw)) if kind else ""
        part, excel_row = tab.at(int(row))
        yield _finding(workings, rule, part, severity, excel_row, part.column_no(column), column, records[number], value,
                       message.fill(said), fix.fill(said))  # fmt: skip


def _fields(*texts: Text) -> dict[str, str]:
    return {name: spec for text in texts for name, spec in text.specs().items()}


def _named(breach: Breach, *texts: Text) -> dict[str, tuple[Any, str]]:
    return {name: (breach.values[name], spec) for name, spec in _fields(*texts).items()}


def _records(rows: Frame) -> list[str]:
    return ["" if pd.isna(v) else str(v) for v in rows.column(rows.sheet.id)]


def _column_said(workings: Workings, rows: Frame, name: str, spec: str, breach: Breach) -> list[Text | str]:
    """A named value of every row, in words."""
    if name in breach.values:
        value = breach.values[name]
        if not isinstance(value, pd.Series):
            return [_said(value, spec)] * len(rows)
        return [_said(v, spec) for v in value]
    value = rows.column(name)
    if not isinstance(value, pd.Series):
        return [_said(value, spec)] * len(rows)
    declared = rows.sheet.columns.get(name)
    figure = workings.catalog.figure_at.get(f"{rows.sheet.key}.{name}")
    kind = declared.kind if declared else figure.kind if figure else None
    return [_said(v, spec, kind, workings) for v in value]


def _said(value: Any, spec: str = "", kind: Kind | None = None, workings: Workings | None = None) -> Text | str:
    if isinstance(value, Text):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return BLANK
    if kind is not None:
        labels = kind.labels(workings.book.lists) if workings and isinstance(kind, ChoicesKind) else None
        shown = kind.show(value, labels)
        return masked(kind, shown) if isinstance(shown, str) else shown
    if isinstance(value, (bool, str)):
        return str(value)
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d}"
    number = float(value)
    if spec == "money":
        return f"{number:,.2f}"
    if spec == "pct":
        return f"{number * 100:.2f}".rstrip("0").rstrip(".") + "%"
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.2f}"


def _shown_raw(kind: Kind, raw: Any) -> str:
    return f"{raw:.2f}" if kind.name == "money" and isinstance(raw, float) else show_raw(raw)


def _of_fault(workings: Workings, fault: Fault) -> Finding:
    rule = workings.catalog.rules[fault.rule]
    tab = workings.book.tabs[fault.key]
    record = show_raw(tab.cell(tab.sheet.id, fault.row)) if fault.row in tab.index else ""
    part, row = tab.at(fault.row)
    return _finding(workings, rule, part, fault.severity or rule.severity, row, fault.column_no, fault.column, record,
                    fault.value, (fault.message or rule.message).fill(fault.values), rule.fix.fill(fault.values))  # fmt: skip


def _finding(workings: Workings, rule: Rule, tab: Tab, severity: Severity, row: int, column_no: int, column: str,
             record: str, value: str, message: Text, fix: Text) -> Finding:  # fmt: skip
    if (row, column_no) in tab.shown:  # the cell is covered by a merged one: what is told of it stands where people see it
        row = tab.shown[row, column_no]
        record = show_raw(tab.cell(tab.sheet.id, row))
    return Finding(rule.id, severity, tab.sheet.key, tab.name, row, column_no, column, record, value, message, fix,
                   rule.clause, workings.book.file, tab.place)  # fmt: skip


def _not_looked_up(workings: Workings) -> Iterator[Finding]:
    """One note for each sheet that is referred to and nowhere at hand."""
    absent: dict[str, Tab] = {}
    for tab in workings.book.tabs.values():
        for column in tab.sheet.columns.values():
            key = (column.ref or "").partition(".")[0]
            if key and len(tab) and column.name in tab.position and not workings.has(key) and column.ref not in workings.former.known:
                absent.setdefault(key, tab)
    rule = workings.catalog.rules.get("GEN-005")
    for key, tab in absent.items():
        name = workings.catalog.sheets[key].tab
        message = Text(f"{name.en} is not here: references to it were not looked up",
                       f"缺少{name.zh}表，未核对对它的引用")  # fmt: skip
        fix = Text("Give the centre's own workbook with --reference.", "可用 --reference 指定中心的工作簿。")
        if rule:
            yield _finding(workings, rule, tab, Severity.NOTE, tab.header_row, tab.first_column, "", "", "", message, fix)


def _vanished(workings: Workings) -> Iterator[Finding]:
    """Approved records whose whole register is missing, though the last accepted state had it."""
    rule = workings.catalog.rules.get("GEN-022")
    for key, before in workings.former.own.items():
        sheet = workings.catalog.sheets.get(key)
        if rule is None or sheet is None or key in workings.book.tabs or sheet.workflow is None:
            continue
        lost = before.index[before[sheet.workflow.status].isin(sheet.workflow.approved)] if len(before) else []
        tab = min(workings.book.tabs.values(), key=lambda t: t.place)
        for record in lost:
            said = {"record": f"{record} ({sheet.tab})"}
            yield _finding(workings, rule, tab, rule.severity, tab.header_row, tab.first_column, "", str(record), "",
                           rule.message.fill(said), rule.fix.fill(said))  # fmt: skip


def _enabled(workings: Workings, rule: Rule) -> bool:
    switch = f"rule.{rule.id}.enabled"
    return switch not in workings.policy.keys or workings.policy(switch) == "Y"


def _weighed(workings: Workings, finding: Finding) -> Finding | None:
    """The finding as policy weighs its rule; None where the rule is switched off. A milder finding stays milder."""
    keys, policy = workings.policy.keys, workings.policy
    rule = workings.catalog.rules[finding.rule]
    if not _enabled(workings, rule):
        return None
    if (name := f"rule.{finding.rule}.severity") in keys and (stated := policy(name)) != rule.severity.value:
        order = list(Severity)
        weight = order.index(stated)
        if finding.severity != rule.severity:
            weight = max(weight, order.index(finding.severity))
        return replace(finding, severity=order[weight])
    return finding


def _one_fault_a_cell(found: Iterable[Finding]) -> Iterator[Finding]:
    """At one cell: a fault of the cell itself, else the subject's rules, else the first of what the column asks. What silences another finding is
    never milder than it (DECISIONS 10.3)."""
    cells: dict[tuple[int, str, int, int], list[Finding]] = {}
    for f in dict.fromkeys(found):
        cells.setdefault((f.tab, f.sheet, f.row, f.column_no), []).append(f)
    for here in cells.values():
        if len(here) == 1:
            yield here[0]
        else:
            yield from (f for n, f in enumerate(here) if not any(_silences(g, f, first=m < n) for m, g in enumerate(here)))


_WEIGHT = {severity: n for n, severity in enumerate(Severity)}  # the gravest first
_BESIDE = frozenset({"GEN-015", "GEN-020", "GEN-021", "GEN-012"})  # told beside whatever else there is


def _silences(one: Finding, other: Finding, *, first: bool) -> bool:
    """Whether one finding at a cell leaves another untold; of two faults of the cell the ``first`` does."""
    if _WEIGHT[one.severity] > _WEIGHT[other.severity] or one is other:
        return False
    if one.rule in OF_THE_CELL:
        return first or other.rule not in OF_THE_CELL
    if other.rule not in OF_THE_COLUMN or one.rule in _BESIDE:
        return False
    return one.rule not in OF_THE_COLUMN or OF_THE_COLUMN.index(one.rule) < OF_THE_COLUMN.index(other.rule)
