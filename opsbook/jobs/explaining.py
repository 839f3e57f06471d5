"""Explaining: the rule book, and one rule or figure."""

import json
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from markdown_it import MarkdownIt

from opsbook.actions import guide as book_guide
from opsbook.clauses import CLAUSES
from opsbook.grammar import Catalog, Findings, Lang, Text
from opsbook.jobs.demonstrating import demo
from opsbook.jobs.judging import validate
from opsbook.sheets import catalog

_PAGE = """<!DOCTYPE html><html lang="{lang}"><meta charset="utf-8"><title>opsbook</title>
<style>body{{font:15px/1.6 "Microsoft YaHei",system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#1F2933}}
h1,h2,h3{{color:#1F3A5F}}table{{border-collapse:collapse}}td,th{{border-bottom:1px solid #D5DCE4;padding:.25em .7em;text-align:left;vertical-align:top}}
th{{background:#1F3A5F;color:#fff}}code{{background:#F4F6F9;padding:0 .2em}}</style><body>{body}</body></html>
"""


def guide(form: str, lang: Lang) -> str:
    """The rule book: ``md`` or ``html`` in one language, ``json`` in both."""
    if form == "json":
        return json.dumps(book_guide.as_data(catalog(), CLAUSES), ensure_ascii=False, indent=1)
    said = book_guide.as_markdown(catalog(), CLAUSES, lang, pictures=form == "html")
    return said if form == "md" else _PAGE.format(lang=lang, body=MarkdownIt("commonmark").enable("table").render(said))


def nearest(name: str, known: Catalog | None = None) -> str:
    """The rule or figure whose id is most like a name."""
    known = known or catalog()
    return nearest_of(name, [*known.rules, *(f.id for f in known.figures)])


def nearest_of(name: str, known: Iterable[str]) -> str:
    """Which of some names is most like one; '' if none is."""
    near = get_close_matches(name, list(known), n=1)
    return near[0] if near else ""


def explain(name: str, lang: Lang, like: Path | None = None) -> list[str]:
    """What a rule or figure asks, its clause, and examples from the demo, or from a workbook that has it of its own (``like``; it may be an
    :class:`opsbook.grammar.grid.UnreadableFile`). A ValueError, for an unknown name, says which one is most like it."""
    with tempfile.TemporaryDirectory() as folder:
        known, found = (catalog(), Findings()) if like is None and name not in catalog().rules else _judged_by(name, like or demo(Path(folder), lang)[0])
    if name in known.rules:
        examples = [f"  {Text('Example', '示例')[lang]}: {f.sheet}!{f.cell} {f.record}: {f.message[lang]}" for f in found[:2]]
        return said(name, lang, known) + examples
    lines: list[str] = []
    for f in (f for f in known.figures if f.id == name):
        of = known.sheets[f.sheet]
        column = of.columns[f.column].header[lang] if f.column in of.columns else f.column
        more = [f.about[lang], *_cited(f.clause, lang), f.source]
        lines += [f"{f.id}  {f.name}", f"  {of.tab[lang]} · {column}", *(f"  {line}" for line in more if line), ""]
    if not lines:
        raise ValueError(nearest(name, known))
    return lines[:-1]


def _judged_by(name: str, workbook: Path) -> tuple[Catalog, Findings]:
    result = validate(workbook, complete=True, select=lambda r: r == name)
    return result.workings.catalog, result.findings


def said(name: str, lang: Lang, known: Catalog | None = None) -> list[str]:
    """What a rule asks, what it says, the way out, its clause and its scope."""
    known = known or catalog()
    rule, sheet = known.rules[name], known.sheets.get(known.rules[name].sheet)
    where = sheet.tab[lang] if sheet else Text("every register", "各登记表")[lang]
    column = sheet.columns[rule.column].header[lang] if sheet and rule.column in sheet.columns else rule.column
    scope = {"row": Text("judged row by row", "逐行判断"), "book": Text("judged over a workbook", "按工作簿判断"),
             "centre": Text("judged over the whole centre (--complete)", "按全中心判断（--complete）")}[rule.scope]  # fmt: skip
    return [
        f"{rule.id}  {rule.severity.text[lang]}  {where}{' · ' + column if column else ''}",
        f"  {rule.about[lang]}",
        f"  {Text('Says', '提示')[lang]}: {rule.message[lang]}",
        f"  {Text('Way out', '处理')[lang]}: {rule.fix[lang]}",
        *(f"  {clause}" for clause in _cited(rule.clause, lang)),
        f"  {scope[lang]}",
    ]


def _cited(clause: str, lang: Lang) -> list[str]:
    """The clause, where there is one: a centre's own rules have none."""
    return [f"{clause} {CLAUSES[clause][lang]}"] if clause else []
