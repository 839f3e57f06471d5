"""Trying: what would change under another value of policy, before anybody edits it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opsbook.actions import compute, overview
from opsbook.actions.load import as_stored, same
from opsbook.grammar import Finding, Findings, Lang, Text
from opsbook.jobs.judging import Result


@dataclass(frozen=True)
class Tried:
    """The difference between a workbook as it is and under other values: figures, computed cells, findings."""

    figures: tuple[tuple[Text, float | None, float | None], ...]
    columns: tuple[tuple[Text, Text, int, tuple[str, Any, Any]], ...]  # sheet, column, cells that change, and the first: record, before, after
    gone: tuple[Finding, ...]
    come: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return bool(self.figures or self.columns or self.gone or self.come)


def difference(now: Result, then: Result) -> Tried:
    """What differs between two validations of one workbook."""
    return Tried(tuple(_figures(now, then)), tuple(_columns(now, then)), _only(now.findings, then.findings), _only(then.findings, now.findings))


def _said(f: Finding) -> tuple[Any, ...]:
    return f.rule, f.severity, f.sheet, f.row, f.column_no, f.message


def _only(these: Findings, those: Findings) -> tuple[Finding, ...]:
    other = Counter(_said(f) for f in those)
    found = []
    for f in these:
        if other[_said(f)]:
            other[_said(f)] -= 1
        else:
            found.append(f)
    return tuple(found)


def _figures(now: Result, then: Result) -> Any:
    one, other = (overview.figures(r.workings, r.findings) for r in (now, then))
    for key in {**one, **other}:
        before, after = one.get(key), other.get(key)
        if not same(before, after):
            yield name_of(key, now), before, after


def name_of(key: str, result: Result) -> Text:
    """The name of a figure that the state keeps: ``overview_figures.csat``."""
    if key in ("errors", "warnings"):
        return {"errors": Text("Errors", "错误"), "warnings": Text("Warnings", "警告")}[key]
    block, _, code = key.partition(".")
    if block == "department_scores":
        label = result.workings.catalog.lists["dept"].get(code, Text(code, code))
        return Text(f"Score, {label.en}", f"得分：{label.zh}")
    data = result.workings.lines(block)
    column = "name" if "name" in data else "part"
    name: Text = next((n for c, n in zip(data["code"], data[column], strict=True) if c == code), Text(code, code))
    return name if block == "overview_figures" else Text(f"Index part: {name.en}", f"指数构成：{name.zh}")


def _columns(now: Result, then: Result) -> Any:
    lang: Lang = now.workings.policy("org.language")
    after = {(c.tab.sheet.key, c.column.name): c for c in compute.computed(then.workings, then.findings, lang)}
    for c in compute.computed(now.workings, now.findings, lang):
        other = after.get((c.tab.sheet.key, c.column.name))
        if other is None or c.column.name == compute.FLAG:
            continue
        changed = [n for n, (a, b) in enumerate(zip(c.values, other.values, strict=True)) if not same(as_stored(a), as_stored(b))]
        if changed:
            record = c.tab.cells[c.tab.sheet.id][changed[0]]
            yield c.tab.sheet.tab, c.column.header, len(changed), (str(record), c.values[changed[0]], other.values[changed[0]])


def told(tried: Tried, changes: Mapping[str, str], lang: Lang) -> list[str]:
    """The difference as lines of text."""
    lines = [Text(f"If {', '.join(f'{k} = {v}' for k, v in changes.items())}:", f"若 {'，'.join(f'{k} = {v}' for k, v in changes.items())}：")[lang]]
    if not tried:
        return [*lines, Text("  nothing would change", "  没有变化")[lang]]
    for name, before, after in tried.figures:
        lines.append(f"  {name[lang]}: {_number(before)} → {_number(after)}")
    for sheet, column, count, (record, before, after) in tried.columns:
        cells = Text(f"{count} cell{'s' * (count != 1)}, as {record}", f"{count} 个单元格，如 {record}")[lang]
        lines.append(f"  {sheet[lang]} · {column[lang]}: {cells}: {_number(before)} → {_number(after)}")
    for said, found in ((Text("findings would go", "项问题将消失"), tried.gone), (Text("findings would come", "项问题将出现"), tried.come)):
        if found:
            counts = Counter(f.rule for f in found).most_common()
            rules = ", ".join(f"{rule} × {n}" for rule, n in counts)
            lines.append(f"  {len(found)} {said[lang]}: {rules}")
            lines += [f"    {f.sheet}!{f.cell} {f.record} {f.message[lang]}" for f in found[:5]]
    return lines


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:,.4g}" if isinstance(value, float) and abs(value) < 10 else f"{value:,.2f}" if isinstance(value, float) else str(value)
