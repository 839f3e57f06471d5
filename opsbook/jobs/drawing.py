"""Drawing: a blank workbook from the template."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from opsbook.actions import template
from opsbook.actions.governing import UNSWITCHED
from opsbook.grammar import Catalog, Lang, Tab, Text
from opsbook.grammar.kinds import ChoicesKind
from opsbook.hosts import new_file
from opsbook.jobs.judging import Reference
from opsbook.sheets import catalog, roster_catalog

#: Sets of sheets by name; a set brings what its sheets refer to.
SETS = {"claims": ("expenses",), "core": ("projects", "changes", "budget", "expenses", "assets", "risks"), "centre": ()}


def new(path: Path, *, lang: Lang, sheets: str = "core", role: str = "clerk", department: str = "", like: Reference | None = None) -> None:
    """Draw a blank workbook, ``like`` a centre's: with its policy, lists, columns, rules, figures and tables. A ValueError in both languages
    for a sheet, role or department that does not exist."""
    if role not in template.OPEN_VIEWS:
        raise ValueError(f"there is no role {role}; choose {', '.join(template.OPEN_VIEWS)}. 没有该角色。")
    if sheets == "roster":  # the centre's own list of who owes which workbook
        new_file.draw(template.pages(roster_catalog(), template.Choice(lang, ("roster",), "auditor", ""), {}), path)
        return
    keys = _with_what_they_need(sheets)
    if like and "policy" in keys and "policy" not in like.tabs:
        raise ValueError("the workbook that it is to be like has no Policy sheet: the new one would state shipped values as the centre's. 该工作簿没有制度参数表。")
    in_use = like.catalog if like else catalog()
    if like and len(like.tabs.get("columns", ())):  # its lists have no use without its columns
        keys = tuple(key for key in in_use.sheets if key in keys or key == "columns")
    choice = template.Choice(lang, keys, role, _department(department, in_use))
    records = {"policy": policy_records(lang), "switches": switch_records(lang)}
    if like:
        records |= {key: _records(tab) for key, tab in like.tabs.items() if tab.sheet.governs and key != "lists"}
    if sheets == "claims":  # what a department has no use for stays with the centre
        wanted = in_use.keys_of(keys)
        records["policy"] = [row for row in records["policy"] if row["policy_key"] in wanted]
        choice = replace(choice, private=False)
    new_file.draw(template.pages(in_use, choice, records), path)


def _records(tab: Tab) -> list[dict[str, Any]]:
    """The rows of a sheet that governs, as they are drawn anew: choices by their codes."""
    kinds: Any = {name: column.kind for name, column in tab.sheet.columns.items()}
    codes = {name: kind.spellings({}) for name, kind in kinds.items() if isinstance(kind, ChoicesKind)}
    return [{name: codes[name].get(cell, cell) if name in codes else cell for name in tab.cells if (cell := tab.cell(name, row)) != ""} for row in tab.index]


def _with_what_they_need(said: str) -> tuple[str, ...]:
    asked = SETS.get(said) if said in SETS else tuple(part.strip() for part in said.split(","))
    unknown = [key for key in asked or () if key not in catalog().sheets]
    if unknown:
        known = ", ".join([*SETS, *catalog().sheets])
        raise ValueError(f"there is no sheet {unknown[0]}; choose among {known}. 没有工作表 {unknown[0]}，可选 {known}。")
    needed, waiting = set[str](), list(asked or catalog().sheets)
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            if said in SETS:  # sheets named one by one come as they are named
                waiting += [c.ref.partition(".")[0] for c in catalog().sheets[key].columns.values() if c.ref]
    return tuple(key for key in catalog().sheets if key in needed or (key == "policy" and said in SETS))


def _department(said: str, in_use: Catalog) -> str:
    labels = in_use.lists["dept"]
    spelled = {s.casefold(): code for code, t in labels.items() for s in (code, t.en, t.zh)}
    if said and said.casefold() not in spelled:
        raise ValueError(f"there is no department {said}; choose {', '.join(labels)}. 没有该部门。")
    return spelled.get(said.casefold(), "")


def switch_records(lang: Lang = "zh") -> list[dict[str, Any]]:
    """The rows of a fresh Rule Switches sheet: every rule that may be switched, on, as it ships."""
    rules = [r for r in catalog().rules.values() if not r.id.startswith(UNSWITCHED)]
    return [{"rule_id": r.id, "what_it_asks": r.about[lang], "is_on": "Y", "weight": r.severity.value} for r in rules]


def policy_records(lang: Lang = "zh", given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a fresh Policy sheet: every key with its shipped value, or the given one, and what is given beside them of families to which a
    workbook may add."""
    given = {"org.language": lang} | (given or {})
    rows, families = [], catalog().open_families
    added = [replace(families[family], name=name) for name in given if name not in catalog().keys for family in families if name.startswith(f"{family}.")]
    for key in (*catalog().keys.values(), *added):
        about, unit = key.meaning[lang], key.unit[lang]
        sample = Text(" (sample: replace by your own)", "（示例，请按本单位规定修改）")[lang] if key.sample else ""
        value = given.get(key.name, key.default)
        rows.append({"policy_key": key.name, "value": float(value) if isinstance(value, int) else value, "unit": unit,
                     "applies_to": "*", "what_it_does": about + sample, "status": "√"})  # fmt: skip
    return rows
