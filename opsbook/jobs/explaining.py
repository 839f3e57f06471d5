"""Explaining: the rule book, and one rule or figure."""

import json
import tempfile
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from markdown_it import MarkdownIt

from opsbook.actions import guide as book_guide
from opsbook.clauses import CLAUSES
from opsbook.grammar import Lang, Rule, Text
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


def nearest(name: str) -> str:
    """The rule or figure whose id is most like a name."""
    return nearest_of(name, [*catalog().rules, *(f.id for f in catalog().figures)])


def nearest_of(name: str, known: Iterable[str]) -> str:
    """Which of some names is most like one; '' if none is."""
    near = get_close_matches(name, list(known), n=1)
    return near[0] if near else ""


def explain(name: str, lang: Lang) -> list[str]:
    """What a rule or figure asks, its clause, and an example from the demo; nothing for an unknown name."""
    if name in catalog().rules:
        return _explained_rule(catalog().rules[name], lang)
    lines: list[str] = []
    for f in (f for f in catalog().figures if f.id == name):
        sheet = catalog().sheets[f.sheet].tab[lang]
        lines += [f"{f.id}  {f.name}", f"  {sheet} · {f.column}", f"  {f.about[lang]}", f"  {_cited(f.clause, lang)}", f"  {f.source}", ""]
    return lines[:-1]


def _explained_rule(rule: Rule, lang: Lang) -> list[str]:
    lines = said(rule.id, lang)
    with tempfile.TemporaryDirectory() as folder:
        workbook, _ = demo(Path(folder), lang)
        found = validate(workbook, complete=True, select=lambda r: r == rule.id).findings
    for f in found[:2]:
        lines.append(f"  {Text('Example', '示例')[lang]}: {f.sheet}!{f.cell} {f.record}: {f.message[lang]}")
    return lines


def said(name: str, lang: Lang) -> list[str]:
    """What a rule asks, what it says, the way out, its clause and its scope."""
    rule = catalog().rules[name]
    sheet = catalog().sheets.get(rule.sheet)
    where = sheet.tab[lang] if sheet else Text("every register", "各登记表")[lang]
    column = sheet.columns[rule.column].header[lang] if sheet and rule.column in sheet.columns else rule.column
    scope = {"row": Text("judged row by row", "逐行判断"), "book": Text("judged over a workbook", "按工作簿判断"),
             "centre": Text("judged over the whole centre (--complete)", "按全中心判断（--complete）")}[rule.scope]  # fmt: skip
    return [
        f"{rule.id}  {rule.severity.text[lang]}  {where}{' · ' + column if column else ''}",
        f"  {rule.about[lang]}",
        f"  {Text('Says', '提示')[lang]}: {rule.message[lang]}",
        f"  {Text('Way out', '处理')[lang]}: {rule.fix[lang]}",
        f"  {_cited(rule.clause, lang)}",
        f"  {scope[lang]}",
    ]


def _cited(clause: str, lang: Lang) -> str:
    return f"{clause} {CLAUSES[clause][lang]}"
