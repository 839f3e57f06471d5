"""Governing: the policy values in force, read from the rows of a Policy sheet."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from opsbook.actions.reader import Fault
from opsbook.grammar import Catalog, Key, Policy, Tab, Text, Value
from opsbook.grammar.kinds import ChoicesKind
from opsbook.grammar.policy import as_rules_get_it
from opsbook.grammar.text import did_you_mean

SWITCHES = ("enabled", "severity")
#: What says that something could not be judged, or that what governs is faulty, cannot be switched off by it.
UNSWITCHED = ("RUN-", "FIL-", "POL-001", "POL-002", "LST-", "COL-", "RUL-")


def policy_of(tab: Tab | None, catalog: Catalog, today: date, switches: Tab | None = None) -> Policy:
    """The shipped values with those of a Policy sheet and of rule switches over them; what cannot be read is kept as ``faults``."""
    keys = dict(catalog.keys) | _switches(catalog)
    policy = Policy(keys, today)
    for name, value in _switched(switches, keys) if switches else ():
        policy.values[name] = [Value(value)]
    if tab is None or not len(tab):
        return _versioned(policy, catalog)
    faults: list[tuple[int, str, Text]] = []
    changed: list[int] = []
    seen: set[tuple[str, str, Any]] = set()
    known = scopes(catalog)
    for row, key, typed, named, since in _rows(tab):
        name, applies_to = str(key), known.get(named.casefold(), "")
        if name not in keys and (family := _family(name, catalog)):
            keys[name] = family
        if name not in keys:
            faults.append((row, name, Text("there is no such key", "没有该参数")))
            continue
        if not applies_to:
            faults.append((row, name, Text(f"it applies to {named}, which is unknown", f"适用范围“{named}”不存在")))
            continue
        if (name, applies_to, since) in seen:
            faults.append((row, name, Text("the same key, scope and day stand twice", "同一参数、范围和日期重复")))
        seen.add((name, applies_to, since))
        try:
            value = as_rules_get_it(keys[name], typed)
        except ValueError as fault:
            if not faults or faults[-1][0] != row:  # one fault a row
                faults.append((row, name, fault.args[0]))
            continue
        policy.values.setdefault(name, []).append(Value(value, applies_to, since))
        if keys[name].signed and value != keys[name].initial:
            changed.append(row)
    told = {name for _, name, _ in faults}
    missing = [k for k in catalog.keys if k not in policy.values and k not in told]
    faults += [(0, k, Text("it is missing; the shipped value is used", "缺失，按出厂值处理")) for k in missing]
    policy.faults, policy.changed = tuple(faults), tuple(changed)
    return _versioned(policy, catalog)


def _versioned(policy: Policy, catalog: Catalog) -> Policy:
    """A policy under a name that says what it holds, and what the centre adds to the catalog."""
    if policy.values or catalog.own:
        stated = repr(sorted((k, [(v.value, v.applies_to, v.since) for v in vs]) for k, vs in policy.values.items())) + catalog.own
        policy.version = hashlib.sha256(stated.encode()).hexdigest()[:12]
    return policy


def _switched(tab: Tab, keys: Mapping[str, Key]) -> Iterable[tuple[str, str]]:
    """The keys that rule switches set, and to what."""
    for row in tab.index:
        for column, switch in (("is_on", "enabled"), ("weight", "severity")):
            key = f"rule.{tab.cell('rule_id', row)}.{switch}"
            kind: Any = tab.sheet.columns[column].kind
            if key in keys and (said := kind.spellings({}).get(str(tab.cell(column, row)))):
                yield key, said


def differences(own: Policy, in_force: Policy, tab: Tab) -> list[Fault]:
    """One warning where a submission's own Policy sheet says other than the policy that governs it."""
    said = (k for k in {*own.values, *in_force.values} if k != "org.language" and own.values.get(k))
    differ = sorted(k for k in said if not _alike(own, in_force, k))
    if not differ:
        return []
    named = ", ".join(differ[:5]) + (" …" if len(differ) > 5 else "")
    return [Fault("POL-004", tab.sheet.key, tab.header_row, tab.first_column, values={"n": str(len(differ)), "keys": named})]


def same(tab: Tab, governing: Tab | None, catalog: Catalog) -> bool:
    """Whether a submission's own sheet of lists, columns, rules … says what governs, or nothing."""
    names = [c.name for c in tab.sheet.columns.values() if not c.computed and c.name != "remarks"]
    own = {tuple(tab.cell(name, row) for name in names) for row in tab.index}
    if tab.sheet.key == "lists":  # as templates bring it along
        own -= {(key, code, label.en, label.zh) for key, labels in catalog.lists.items() for code, label in labels.items()}
    elif tab.sheet.key == "switches":
        own = {row for row in own if catalog.rules.get(row[0]) and _turned(tab, row, names, catalog)}
    return own <= ({tuple(governing.cell(name, row) for name in names) for row in governing.index} if governing else set())


def _turned(tab: Tab, row: tuple[Any, ...], names: list[str], catalog: Catalog) -> bool:
    """Whether a switch says other than its rule ships."""
    said = dict(zip(names, row, strict=True))
    kinds: Any = {name: tab.sheet.columns[name].kind for name in ("is_on", "weight")}
    on, weight = (kinds[name].spellings({}).get(str(said[name]), "") for name in ("is_on", "weight"))
    return on == "N" or weight not in ("", catalog.rules[said["rule_id"]].severity.value)


def _alike(own: Policy, in_force: Policy, key: str) -> bool:
    shipped = Value(own.keys[key].initial)
    return {*own.values[key]} == {*(in_force.values.get(key) or [shipped])}


def tried(policy: Policy, changes: Mapping[str, str]) -> None:
    """Give keys other values, for everything and from the beginning; a ValueError says what cannot be."""
    for name, typed in changes.items():
        key = policy.keys.get(name)
        if key is None:
            hint = did_you_mean(name, policy.keys)
            raise ValueError(f"there is no policy key {name}.{hint.en} 没有参数 {name}。{hint.zh}")
        try:
            value = as_rules_get_it(key, typed)
        except ValueError as fault:
            raise ValueError(f"{name}: {fault.args[0]}") from None
        policy.values[name] = [v for v in policy.values.get(name, []) if v.applies_to != "*"] + [Value(value)]


def status_date(policy: Policy, today: date) -> date:
    """Policy ``org.status_date``, or today."""
    stated = policy("org.status_date") if "org.status_date" in policy.keys else "TODAY"
    return stated if isinstance(stated, date) else today


def scopes(catalog: Catalog) -> dict[str, str]:
    """What "Applies to" may say → the code: departments, project types, post classes … in either language."""
    kinds = (s.columns[c].kind for s in catalog.sheets.values() for c in s.scoped_by)
    spelled = (k.spellings(catalog.lists) for k in kinds if isinstance(k, ChoicesKind))
    return {"*": "*"} | {said.casefold(): code for one in spelled for said, code in one.items()}


def _switches(catalog: Catalog) -> dict[str, Key]:
    nothing = Text("", "")
    about = Text("Rule switch", "规则开关")
    return {
        f"rule.{rule}.{switch}": Key(f"rule.{rule}.{switch}", "Y" if switch == "enabled" else catalog.rules[rule].severity.value,
                                     "yesno" if switch == "enabled" else "choice", nothing, about, about,
                                     among=("Y", "N") if switch == "enabled" else ("error", "warning", "note"))
        for rule in catalog.rules for switch in SWITCHES if not rule.startswith(UNSWITCHED)
    }  # fmt: skip


def _family(name: str, catalog: Catalog) -> Key | None:
    """The key of a member that the workbook adds to an open family."""
    for family, key in catalog.open_families.items():
        if name.startswith(family + "."):
            return replace(key, name=name)
    return None


def _rows(tab: Tab) -> Iterable[tuple[int, Any, Any, str, date | None]]:
    absent = [""] * len(tab)
    named = (tab.cells.get(name, absent) for name in ("policy_key", "value", "applies_to", "effective_from"))
    for number, key, value, applies_to, since in zip(tab.index, *named, strict=True):
        if key != "":
            yield int(number), key, value, str(applies_to or "*"), since or None
