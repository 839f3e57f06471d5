"""Catalog: all sheets with their rules, figures and blocks. It refuses names that do not exist when it is loaded."""

import dis
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from types import CodeType, ModuleType
from typing import Any

import pandas as pd

from opsbook.grammar.block import Block, Summary
from opsbook.grammar.book import Frame
from opsbook.grammar.figure import Figure
from opsbook.grammar.form import Form
from opsbook.grammar.former import Rows
from opsbook.grammar.kinds import ChoicesKind, Labels
from opsbook.grammar.names import plain
from opsbook.grammar.policy import Key, Matrix
from opsbook.grammar.rule import GIVEN, Alike, Rule
from opsbook.grammar.sheet import Column, Sheet
from opsbook.grammar.text import Text

_OF_EVERY_FRAME = {"", "index", "sheet", *dir(Frame)}


@dataclass(frozen=True)
class Across:
    """What of a sheet's records is held against other workbooks: the columns by which they are ``found``, all that are ``compared``, and by what else they
    are found."""

    found: tuple[str, ...]
    compared: tuple[str, ...]
    alike: tuple[tuple[str, Alike], ...] = ()

    def and_(self, name: str, *, by: bool, alike: tuple[str, Alike] | None) -> "Across":
        """One more column that is compared, and ``by`` which records are found."""
        found = self.found + (name,) * (by and name not in self.found)
        return Across(found, self.compared + (name,) * (name not in self.compared), self.alike + ((alike,) if alike else ()))

    def of(self, table: pd.DataFrame) -> Iterator[tuple[str, Iterable[str]]]:
        """What identifies the records of a table of texts: a name, and its value for each."""
        yield from ((name, table[name]) for name in self.found if name in table)
        yield from ((name, alike(table)) for name, alike in self.alike if len(table) and {*self.compared} <= {*table})


class CatalogError(TypeError):
    """A declaration that cannot be: the sentence names it and says what would be right."""


@dataclass
class Catalog:
    """Sheets in tab order, rules and figures by id, policy keys."""

    sheets: dict[str, type[Sheet]]
    rules: dict[str, Rule]
    figures: tuple[Figure, ...]
    blocks: tuple[Block, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    open_families: Mapping[str, Key] = field(default_factory=dict)  # a workbook may add members to these
    matrices: tuple[Matrix, ...] = ()  # families of keys that are entered as blocks
    own: str = ""  # a digest of what a centre adds
    own_lists: Mapping[str, Labels] = field(default_factory=dict)  # lists as a centre has them
    checks: Mapping[str, Mapping[int, Callable[..., Text]]] = field(default_factory=dict)  # sheet → Excel row → what checking that row of it came to
    _needs: dict[Callable[..., Any], frozenset[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, *rooms: ModuleType) -> "Catalog":
        """Collect what the rooms hold, in their order, and refuse what cannot be (:class:`CatalogError`)."""
        held = [thing for room in rooms for thing in vars(room).values()]
        sheets = [t for t in held if isinstance(t, type) and issubclass(t, Sheet) and t is not Sheet]
        rules = [t for t in held if isinstance(t, Rule)]
        catalog = cls(
            {s.key: s for s in sheets},
            {r.id: r for r in sorted(rules, key=lambda r: r.id)},
            tuple(t for t in held if isinstance(t, Figure)),
            tuple(t for t in held if isinstance(t, Block)),
            {t.key: t for t in held if isinstance(t, Form)},
            keys={k.name: k for room in rooms for k in getattr(room, "KEYS", ())},
            matrices=tuple(m for room in rooms for m in getattr(room, "MATRICES", ())),
            open_families={k.name: k for room in rooms for k in getattr(room, "OPEN_FAMILIES", ())},
        )
        if len(catalog.rules) < len(rules):
            raise CatalogError("two rules bear the same id")
        for fault in catalog.faults():
            raise CatalogError(fault)
        catalog.forms = {key: form.resolved(catalog.column) for key, form in catalog.forms.items()}
        return catalog

    @cached_property
    def titles(self) -> dict[str, str]:
        """What each sheet may be called (:func:`opsbook.grammar.names.plain`) → its key."""
        called = [(key, name) for key, s in self.sheets.items() for name in (s.key, s.tab.en, s.tab.zh, *s.names)]
        return {plain(name): key for key, name in reversed(called)}

    @cached_property
    def figure_at(self) -> dict[str, Figure]:
        """``projects.spi`` → its figure."""
        return {f.at: f for f in self.figures}

    @property
    def block_at(self) -> dict[str, Block]:
        """Id → its block."""
        return {b.id: b for b in self.blocks}

    @cached_property
    def lists(self) -> dict[str, Labels]:
        """Every value list by key."""
        kinds = (c.kind for s in self.sheets.values() for c in s.columns.values())
        return {k.choices.key(): k.choices.labels() for k in kinds if isinstance(k, ChoicesKind)} | dict(self.own_lists)

    @cached_property
    def summaries(self) -> tuple[Summary, ...]:
        """The generated sheets that blocks stand on, in order."""
        return tuple(sorted({b.page for b in self.blocks}, key=lambda page: page.place))

    @cached_property
    def across(self) -> dict[str, Across]:
        """Sheet → by what its records are found in other workbooks, and compared with theirs: the id, and what rules ask for."""
        found = {key: Across((sheet.id,), (sheet.id,)) for key, sheet in self.sheets.items() if not sheet.governs}
        for rule in self.rules.values():
            for n, said in enumerate(rule.across):
                key, _, name = said.rpartition(".") if "." in said else (rule.sheet, "", said)
                is_first = n == 0 or key != rule.sheet
                found[key] = found[key].and_(name, by=is_first, alike=(rule.id, rule.alike) if rule.alike and n == 0 else None)
        return found

    def identities(self, rows: Rows) -> Iterator[tuple[str, str, str, str]]:
        """By what records are found in other workbooks: sheet, name of what identifies them, its value, record."""
        for key, table in rows.items():
            across = self.across.get(key)
            for name, values in across.of(table) if across else ():
                yield from ((key, name, value, record) for record, value in zip(table.index, values, strict=True) if value)

    def sought(self, identities: Iterable[tuple[str, str]]) -> dict[str, dict[str, list[str]]]:
        """What to look for elsewhere: sheet → name → values, of names and values; an invoice's number is that of claims and of assets."""
        bearers = [(key, {*across.found, *(name for name, _ in across.alike)}) for key, across in self.across.items()]
        found: dict[str, dict[str, list[str]]] = {}
        for name, value in sorted({*identities}):
            for key in (key for key, names in bearers if name in names):
                found.setdefault(key, {}).setdefault(name, []).append(value)
        return found

    def column(self, at: str) -> Column | None:
        """``expenses.city`` → the declared column."""
        sheet, _, name = at.partition(".")
        return self.sheets[sheet].columns.get(name) if sheet in self.sheets else None

    def columns_of(self, sheet: str) -> set[str]:
        """The declared columns of a sheet and the figures that rules may name beside them."""
        return set(self.sheets[sheet].columns) | {f.column for f in self.figures if f.sheet == sheet}

    def needs(self, function: Callable[..., Any]) -> frozenset[str]:
        """The sheets a function reads, itself or through the figures it names."""
        if function not in self._needs:
            self._needs[function] = frozenset()  # a figure that names itself is refused at load
            found: set[str] = set()
            for parameter, attribute in _reads(function):
                if parameter in self.sheets and parameter not in GIVEN:
                    found.add(parameter)
                    if figure := self.figure_at.get(f"{parameter}.{attribute}"):
                        found |= self.needs(figure.function)
            self._needs[function] = frozenset(found)
        return self._needs[function]

    def keys_of(self, sheets: Collection[str]) -> frozenset[str]:
        """The policy keys that the rules, figures and summaries of some sheets read, and those of the organisation, which every report reads."""
        sheets = [key for key in sheets if not self.sheets[key].governs]  # what governs asks how the values of all keys fit together
        blocks = [b for b in self.blocks if b.of in sheets]
        functions = [r.function for r in self.rules.values() if r.function and r.sheet in (*sheets, "*")]
        functions += [f.function for f in self.figures if f.sheet in sheets]
        functions += [b.function for b in blocks]
        named = frozenset(said for b in blocks for light in b.lights.values() for said in (light.low, light.high)).union(*map(_texts, functions))
        families = {said if said.endswith(".") else f"{said}." for said in named if "." in said}
        return frozenset(key for key in self.keys if key in named or key.startswith(("org.", *families)))

    # ------------------------------------------------------------------------------------------- refusals

    def faults(self) -> Iterator[str]:
        """What cannot be, as sentences."""
        for sheet in self.sheets.values():
            for column in sheet.columns.values():
                if column.ref and not self.column(column.ref):
                    yield f"{sheet.key}.{column.name} refers to {self._unknown(column.ref)}"
                if column.computed and column.name != "check_flag" and f"{sheet.key}.{column.name}" not in self.figure_at:
                    yield f"{sheet.key}.{column.name} is computed, and no figure computes it"
        for rule in self.rules.values():
            yield from self._of_rule(rule)
        for figure in self.figures:
            if figure.sheet not in self.sheets:
                yield f"{figure.id} stands at {self._unknown(figure.at)}"
            yield from self._of_reads(figure.id, figure.function)
        for block in self.blocks:
            yield from self._of_block(block)
        for form in self.forms.values():
            if form.of not in self.sheets:
                yield f"{form.key} is about {self._unknown(form.of)}"
            yield from self._of_reads(form.key, form.function)
        yield from self._circles()

    def _of_rule(self, rule: Rule) -> Iterator[str]:
        if rule.at != "*" and not self._exists(rule.at):
            yield f"{rule.id} stands at {self._unknown(rule.at)}"
        for name in rule.across:
            at = name if "." in name else f"{rule.sheet}.{name}"
            if not self.column(at):
                yield f"{rule.id} compares {self._unknown(at)}"
        try:
            rule.message.fields()
            rule.fix.fields()
        except ValueError as fault:
            yield f"{rule.id}: {fault}"
        for said in (rule.message, rule.fix, rule.about):
            if not said.en or not said.zh:
                yield f"{rule.id} says something in one language only: {said.en or said.zh!r}"
        if rule.function:
            yield from self._of_reads(rule.id, rule.function)

    def _of_block(self, block: Block) -> Iterator[str]:
        if block.of not in self.sheets:
            yield f"{block.id} stands for {self._unknown(block.of)}"
        if sum(b.id == block.id for b in self.blocks) > 1:
            yield f"two blocks bear the name {block.id}"
        for unknown in set(block.figures) - {f.id for f in self.figures}:
            yield f"{block.id} names a figure {unknown}, which does not exist; {_meant(unknown, (f.id for f in self.figures))}"
        if not block.title.zh or not block.about.en or not block.about.zh:
            yield f"{block.id} says something in one language only"
        yield from self._of_reads(block.id, block.function)

    def _of_reads(self, name: str, function: Callable[..., Any]) -> Iterator[str]:
        for parameter, attribute in _reads(function):
            if parameter not in self.sheets and parameter not in GIVEN:
                yield f"{name} reads a sheet named {parameter!r}; {_meant(parameter, self.sheets)}"
            elif parameter not in GIVEN and attribute not in {*_OF_EVERY_FRAME, *self.columns_of(parameter)}:
                known = self.columns_of(parameter)
                yield f"{name} reads {parameter}.{attribute}, which is no column; {_meant(attribute, known)}"

    def _circles(self) -> Iterator[str]:
        needs: dict[str, set[str]] = {}
        for figure in self.figures:
            read = {f"{p}.{a}" for p, a in _reads(figure.function) if a}
            needs[figure.at] = read & set(self.figure_at)
        try:
            tuple(TopologicalSorter(needs).static_order())
        except CycleError as circle:
            yield f"figures need each other in a circle: {' → '.join(circle.args[1])}"

    def _exists(self, at: str) -> bool:
        sheet, _, name = at.partition(".")
        return sheet in self.sheets and name in self.columns_of(sheet)

    def _unknown(self, at: str) -> str:
        known = [f"{s}.{c}" for s in self.sheets for c in self.columns_of(s)]
        return f"{at}, which does not exist; {_meant(at, known)}"


def _meant(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"the catalog has {', '.join(sorted(names)[:30])}"


def _texts(function: Callable[..., Any]) -> frozenset[str]:
    """The texts that a function holds, and those that it calls: policy keys are among them; those of an expression are asked of it."""
    found, waiting, seen = set[str](), [function], set[Any]()
    while waiting:
        each = waiting.pop()
        code = getattr(each, "__code__", None)
        if code is None or code in seen or not str(getattr(each, "__module__", "")).startswith("opsbook."):
            continue
        seen.add(code)
        codes = [code]
        while codes:
            here = codes.pop()
            codes += [const for const in here.co_consts if isinstance(const, CodeType)]
            held = [const for const in here.co_consts if isinstance(const, (str, tuple))]
            found |= {said for const in held for said in (const if isinstance(const, tuple) else (const,)) if isinstance(said, str)}
            waiting += [each.__globals__[name] for name in here.co_names if callable(each.__globals__.get(name))]
        for cell in each.__closure__ or ():
            keys = getattr(cell.cell_contents, "keys", None) if hasattr(cell.cell_contents, "node") else None
            found |= set(keys()) if keys else set()
    return frozenset(found)


def _reads(function: Callable[..., Any]) -> tuple[tuple[str, str], ...]:
    """The parameters of a function, and what it asks of each by ``parameter.name``: (parameter, name or '')."""
    declared: tuple[tuple[str, str], ...] | None = getattr(function, "asks", None)  # one made from an expression says so itself
    return _read_by(function.__code__) if declared is None else declared


@cache
def _read_by(code: CodeType) -> tuple[tuple[str, str], ...]:
    parameters = code.co_varnames[: code.co_argcount]
    return (*((p, "") for p in parameters), *_asked(code, parameters))


def _asked(code: CodeType, parameters: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    last: Any = None
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and last in parameters:
            yield str(last), str(step.argval)
        last = step.argval if step.opname.startswith(("LOAD_FAST", "LOAD_DEREF")) else None
        last = last[-1] if isinstance(last, tuple) else last  # Python 3.13 loads two at once
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _asked(inner, parameters)
