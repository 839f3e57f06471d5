"""Extending: the lists, columns, rules, figures and tables that a centre adds in its workbook, laid over the shipped catalog.

A row that cannot be used is told at its cell, and everything else is used without it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from string import Formatter
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from annotated_types import Ge, Le, MaxLen

from opsbook.actions import tabulating
from opsbook.actions.governing import scopes
from opsbook.actions.reader import Fault
from opsbook.grammar import Catalog, Column, Figure, Key, Rule, Severity, Sheet, Tab, Text
from opsbook.grammar.book import Frame
from opsbook.grammar.constraint import bounds
from opsbook.grammar.expression import Expression, ExpressionError, Named, Names, parse
from opsbook.grammar.functions_lookups import TooCostly
from opsbook.grammar.judge import Judge
from opsbook.grammar.kinds import (
    ChoicesKind,
    Code,
    Count,
    Day,
    Kind,
    Labels,
    Line,
    Money,
    NumberKind,
    Percent,
    Period,
    Prose,
    Quantity,
    Score,
    kind_of,
)  # fmt: skip
from opsbook.grammar.names import meant, plain, spellings
from opsbook.grammar.parsing import list_of, matches_nothing
from opsbook.grammar.rule import Breach, Breaches, Scope
from opsbook.grammar.sheet import form_pattern
from opsbook.grammar.text import did_you_mean
from opsbook.grammar.values import ERRORS, as_truths, day_of, each, to_series
from opsbook.grammar.workings import Given, Workings

#: The sheets in which a centre says what is its own.
OWN = ("lists", "columns", "rules", "figures", "tables", "switches")
#: Lists to which a centre may add, and from which it may take: no rule names their codes, or rules pass over those that are missing.
OPEN = (
    "dept", "project_type", "kpi_domain", "imp_source", "channel_hr", "train_topic", "exp_type", "asset_class", "risk_cat", "risk_method",
    "city", "post", "ctl_process", "principle", "info_cat", "info_channel", "info_method", "cust_segment", "ticket_channel", "record_type",
)  # fmt: skip
MOST, MOST_VALUES = 500, 5_000  # rows of each of these sheets that are used, and of Lists
UNREAD = ("GEN-001", "GEN-002", "GEN-003", "GEN-013", "GEN-016", "GEN-017", "GEN-018")  # what says that a cell could not be taken as it stands
T = TypeVar("T")


def extended(tabs: Mapping[str, Tab], shipped: Catalog, read: Sequence[Fault] = ()) -> tuple[Catalog, tuple[Fault, ...]]:
    """The shipped catalog with what some sheets of a workbook add to it, and what of that cannot be used; ``read`` is what was told of them
    while they were read."""
    if not any(len(tabs.get(key, ())) for key in OWN):
        return shipped, ()
    made = _Extending(tabs, shipped, frozenset((f.key, f.row) for f in read if f.rule in UNREAD))
    catalog = made.catalog()
    return catalog if catalog.own else shipped, tuple(made.faults)  # lists as templates bring them along add nothing


def of_records(records: Mapping[str, Sequence[Mapping[str, Any]]], shipped: Catalog) -> Catalog:
    """The shipped catalog with what records of these sheets add to it; a ValueError for the first that cannot be used."""
    tabs = {}
    for key in OWN:
        sheet, rows = shipped.sheets[key], records.get(key, ())
        cells = {name: ["" if (cell := row.get(name)) is None else cell for row in rows] for name in sheet.columns}
        tabs[key] = Tab(sheet, sheet.tab.zh, 0, 0, 1, {name: n for n, name in enumerate(sheet.columns)}, cells, pd.RangeIndex(1, len(rows) + 1))
    catalog, faults = extended(tabs, shipped)
    for fault in faults:
        raise ValueError(f"{fault.key}, row {fault.row}, {fault.column}: {fault.values['reason']}")
    return catalog


class _Row:
    """A row of one of these sheets: its cells, and a way to say what is wrong with one."""

    def __init__(self, tab: Tab, number: int) -> None:
        self.tab, self.number = tab, number

    def __call__(self, name: str) -> Any:
        cell = self.tab.cell(name, self.number)
        return cell.strip() if isinstance(cell, str) else cell

    def code(self, name: str) -> str:
        """The code of a choice."""
        kind, said = self.tab.sheet.columns[name].kind, str(self(name))
        return kind.spellings({}).get(said, "") if isinstance(kind, ChoicesKind) else said

    def fault(self, name: str, rule: str, reason: Text) -> Fault:
        shown = str(self(name))
        return Fault(rule, self.tab.sheet.key, self.number, self.tab.column_no(name), name, shown if len(shown) < 80 else shown[:79] + "…", {"reason": reason})


class Unusable(Exception):  # noqa: N818  (what is the case, not what went wrong)
    """A cell of these sheets that cannot be used."""

    def __init__(self, column: str, rule: str, en: str, zh: str) -> None:
        self.column, self.rule, self.reason = column, rule, Text(en, zh)
        super().__init__(en)


@dataclass(frozen=True)
class OwnList:
    """A value list of a centre's own, as :class:`opsbook.grammar.kinds.Choices` are."""

    name: str
    values: tuple[tuple[str, Text], ...]

    def key(self) -> str:
        """Its name."""
        return self.name

    def labels(self) -> dict[str, Text]:
        """Code → label, in order."""
        return dict(self.values)

    def aliases(self) -> dict[str, str]:
        """None: what a centre calls a value stands in its list."""
        return {}

    def since(self, code: str) -> tuple[str, ...]:
        """The code and every later one."""
        codes = [c for c, _ in self.values]
        return tuple(codes[codes.index(code) :]) if code in codes else ()


_KINDS: dict[str, Any] = {
    "text": Line, "note": Prose, "code": Code, "number": Quantity, "whole": Count, "amount": Money, "percent": Percent, "score": Score, "day": Day,
    "month": Period,
}  # fmt: skip


class _Extending:
    def __init__(self, tabs: Mapping[str, Tab], shipped: Catalog, unread: frozenset[tuple[str, int]] = frozenset()) -> None:
        self.tabs, self.shipped, self.unread, self.faults = tabs, shipped, unread, list[Fault]()
        self.scopes = scopes(shipped)
        self.lists: dict[str, Labels] = dict(shipped.lists)
        self.sheets: dict[str, type[Sheet]] = dict(shipped.sheets)
        self.titles = shipped.titles
        self.figures: list[Figure] = []
        self.checks: dict[str, dict[int, Callable[[Workings], Text]]] = {key: {} for key in OWN}
        self.spelled: dict[str, set[str]] = {}  # list → what its values are called
        self.unused: dict[tuple[str, int], _Row] = {}  # rows of which a cell cannot be taken as it stands

    def catalog(self) -> Catalog:
        """All together; what is told on the way is in ``faults``."""
        self._lists()
        for row in self._rows("columns"):
            self._tried(row, self._column)
        figures = [(row, at) for row in self._rows("figures") if (at := self._tried(row, self._figure))]
        self._worked_out(figures)
        rules = dict[str, Rule]()
        for row in self._rows("rules"):
            if rule := self._tried(row, lambda row: self._rule(row, rules)):
                rules[rule.id] = rule
        blocks = [block for row in self._rows("tables") if (block := self._tried(row, self._table))]
        self._switches()
        reason = Text("the row is not used, for a cell of it is blank or cannot be read", "有单元格未填或无法识别，该行未使用")
        self.faults += [row.fault(row.tab.sheet.id, "RUL-003", reason) for row in self.unused.values()]
        keys = {name: _of_lists(key, self.lists) for name, key in self.shipped.keys.items()}
        return replace(self.shipped, sheets=self.sheets, rules=self.shipped.rules | rules, keys=keys, own_lists=self.lists,
                       figures=(*self.shipped.figures, *self.figures), blocks=(*self.shipped.blocks, *blocks), checks=self.checks, own=self._digest(),
                       _needs=dict(self.shipped._needs))  # fmt: skip

    def _digest(self) -> str:
        """What these sheets say, in short; nothing where it is what is shipped."""
        said = [(key, [[str(tab.cell(c.name, row)) for c in tab.sheet.columns.values() if not c.computed] for row in tab.index])
                for key, tab in sorted(self.tabs.items()) if key in ("columns", "rules", "figures", "tables") and len(tab)]  # fmt: skip
        lists = {key: labels for key, labels in self.lists.items() if [*self.shipped.lists.get(key, {}).items()] != [*labels.items()]}
        return hashlib.sha256(repr((said, sorted(lists.items()))).encode()).hexdigest()[:12] if said or lists else ""

    # ------------------------------------------------------------------------------------------------------ rows

    def _rows(self, key: str) -> Iterator[_Row]:
        tab = self.tabs.get(key)
        for n, number in enumerate(tab.index if tab is not None else ()):
            assert tab is not None
            row = _Row(tab, int(number))
            if n >= (most := MOST_VALUES if key == "lists" else MOST):
                self.faults.append(row.fault(tab.sheet.id, "RUL-003", Text(f"only the first {most:,} rows are used", f"仅使用前 {most:,} 行")))
                return
            if (key, row.number) in self.unread or any(c.required and row(c.name) == "" for c in tab.sheet.columns.values()):
                self.unused.setdefault((key, row.number), row)
                self._note(row, Text("◆ not used: a cell of it is blank or cannot be read", "◆ 未使用：有单元格未填或无法识别"))
            elif row.tab.sheet.key == "rules" and row.code("is_on") == "N":
                self._note(row, Text("off", "已停用"))
            else:
                yield row

    def _tried(self, row: _Row, make: Callable[[_Row], T]) -> T | None:
        try:
            return make(row)
        except Unusable as fault:
            self.faults.append(row.fault(fault.column, fault.rule, fault.reason))
            self._note(row, Text(f"◆ {fault.rule} {fault.reason.en}", f"◆ {fault.rule} {fault.reason.zh}"))
            return None

    def _note(self, row: _Row, said: Text) -> None:
        self.checks[row.tab.sheet.key][row.number] = lambda book: said

    def _sheet(self, row: _Row) -> str:
        said = str(row("on_sheet"))
        if (key := self.titles.get(plain(said))) and key not in OWN:
            return key
        hint = did_you_mean(said, [s.tab[lang] for k, s in self.shipped.sheets.items() if k not in OWN for lang in ("en", "zh")])
        raise Unusable("on_sheet", "RUL-002", f"there is no sheet {said[:40]}.{hint.en}", f"没有工作表“{said[:40]}”。{hint.zh}")

    # ------------------------------------------------------------------------------------------------------ lists

    def _lists(self) -> None:
        if self._as_shipped():
            return
        given: dict[str, dict[str, Text]] = {}
        wanted = {str(row("list_key")) for row in self._rows("columns")}
        above = ""
        for row in self._rows("lists"):
            key = str(row("list_key"))
            if key in given and key != above:
                reason = Text(f"it stands apart from the other values of {key}, and dropdowns do not offer it: move the row up to them",
                              f"与列表 {key} 的其他选项不相邻，下拉列表不会显示：请将该行移到一起")  # fmt: skip
                self.faults.append(replace(row.fault("list_key", "LST-001", reason), severity=Severity.WARNING))
            self._tried(row, lambda row: self._list_value(row, given, wanted))
            above = key
        for key, labels in given.items():
            missing = [] if key in OPEN or key not in self.shipped.lists else [c for c in self.shipped.lists[key] if c not in labels]
            if missing:
                row = next(r for r in self._rows("lists") if str(r("list_key")) == key)
                reason = Text(f"the list {key} steers workflows and rules, and lacks {', '.join(missing[:5])}: its labels may be changed, not its codes",
                              f"列表 {key} 控制流程与规则，缺少 {'、'.join(missing[:5])}：可改名称，不得删除编码")  # fmt: skip
                self.faults.append(row.fault("list_key", "LST-001", reason))
                labels |= {code: self.shipped.lists[key][code] for code in missing}
            self.lists[key] = labels

    def _as_shipped(self) -> bool:
        """Whether the lists are those that every template brings along: then there is nothing to look at row by row."""
        tab = self.tabs.get("lists")
        if tab is None or any(key == "lists" for key, _ in self.unread):
            return tab is None
        shipped = [(key, code, label.en, label.zh) for key, labels in self.shipped.lists.items() for code, label in labels.items()]
        names = ("list_key", "code", "label_en", "label_zh")
        return len(tab) == len(shipped) and all(name in tab.cells for name in names) and list(zip(*(tab.cells[name] for name in names), strict=True)) == shipped

    def _list_value(self, row: _Row, given: dict[str, dict[str, Text]], wanted: set[str]) -> None:
        key, code, label = str(row("list_key")), str(row("code")), Text(str(row("label_en")), str(row("label_zh")))
        if key not in self.shipped.lists and key not in wanted:
            hint = did_you_mean(key, self.shipped.lists)
            raise Unusable("list_key", "LST-001", f"there is no list {key[:40]}, and no column of the sheet Columns uses it.{hint.en}",
                           f"没有列表“{key[:40]}”，自定义列也未使用。{hint.zh}")  # fmt: skip
        known = given.setdefault(key, {})
        if key in self.shipped.lists and key not in OPEN and code not in self.shipped.lists[key]:
            raise Unusable("code", "LST-001", f"the list {key} steers workflows and rules: its labels may be changed, its codes not",
                           f"列表 {key} 控制流程与规则：可改名称，不得增加编码")  # fmt: skip
        spelled = self.spelled.setdefault(key, set())
        for name, said in (("code", code), ("label_en", label.en), ("label_zh", label.zh)):
            if said.casefold() in spelled:
                raise Unusable(name, "LST-001", f"{said[:40]} stands twice in the list {key}", f"“{said[:40]}”在列表 {key} 中重复")
            if ";" in said or "；" in said:
                raise Unusable(name, "LST-001", "a semicolon separates values and cannot be part of one", "分号用于分隔多个值，不得出现在选项中")
        known[code] = label
        spelled |= {said.casefold() for said in (code, label.en, label.zh)}

    # ----------------------------------------------------------------------------------------- columns and figures

    def _kind(self, row: _Row, rule: str) -> Kind:
        holds = row.code("holds")
        if holds == "yesno":
            return next(c.kind for c in self.shipped.sheets["rules"].columns.values() if c.name == "is_on")
        if holds in ("choice", "choices"):
            if "list_key" not in row.tab.sheet.columns:
                raise Unusable("holds", rule, "a figure is a text, a number or a date", "指标的类型应为文本、数字或日期")
            key = str(row("list_key"))
            if key not in self.lists:
                hint = did_you_mean(key, self.lists)
                raise Unusable("list_key", rule, f"there is no list {key[:40]}.{hint.en}" if key else "which list is not said",
                               f"没有列表“{key[:40]}”。{hint.zh}" if key else "未写明列表")  # fmt: skip
            choices: Any = OwnList(key, tuple(self.lists[key].items()))
            return ChoicesKind(key, Text("choice", "选项"), choices=choices, several=holds == "choices", width=16)
        return kind_of(_KINDS[holds])[0]

    def _fresh(self, row: _Row, rule: str) -> tuple[str, str, Text]:
        """The sheet, the field's name and the headers, none of them taken."""
        sheet, name = self._sheet(row), str(row("field"))
        header = Text(str(row("header_en")), str(row("header_zh")))
        if not re.fullmatch("[a-z][a-z0-9_]{0,39}", name):
            raise Unusable("field", rule, "a field is named with small letters, digits and _, a letter first", "字段名须为小写字母开头，仅含小写字母、数字和下划线")
        taken = {plain(said) for c in self.sheets[sheet].columns.values() for said in c.names}
        taken |= {f.column for f in self.shipped.figures if f.sheet == sheet} | {*dir(Frame)}
        for column, said in (("field", name), ("header_en", header.en), ("header_zh", header.zh)):
            if plain(said) in taken:
                raise Unusable(column, rule, f"{self.sheets[sheet].tab.en} has a column {said[:40]} already", f"{self.sheets[sheet].tab.zh}已有列“{said[:40]}”")
            if set("[]{}\n") & set(said):
                raise Unusable(column, rule, "brackets cannot be part of a name", "名称不得含方括号或花括号")
        return sheet, name, header

    def _column(self, row: _Row) -> tuple[str, Column]:
        sheet, name, header = self._fresh(row, "COL-001")
        kind = self._kind(row, "COL-001")
        if row("refers_to") and kind.name not in ("text", "id"):
            raise Unusable("holds", "COL-001", "what refers to records is a code", "引用其他记录的列，类型应为编号")
        promises: list[Any] = []
        for cell, promise in (("least", Ge), ("most", Le)):
            if (limit := row(cell)) != "":
                if not isinstance(kind, NumberKind):
                    raise Unusable(cell, "COL-001", "only numbers have bounds", "仅数字类型可设上下限")
                promises.append(promise(float(limit)))
        if row("longest") != "":
            if kind.name not in ("text", "longtext", "id"):
                raise Unusable("longest", "COL-001", "only texts have a length", "仅文本可设最多字数")
            promises.append(MaxLen(int(row("longest"))))
        if row("least") != "" and row("most") != "" and float(row("least")) > float(row("most")):
            raise Unusable("most", "COL-001", "the upper bound is below the lower one", "上限小于下限")
        ref = None
        if said := str(row("refers_to")):
            target = self.titles.get(plain(said))
            if target is None:
                hint = did_you_mean(said, [s.tab[lang] for s in self.shipped.sheets.values() for lang in ("en", "zh")])
                raise Unusable("refers_to", "COL-001", f"there is no sheet {said[:40]}.{hint.en}", f"没有工作表“{said[:40]}”。{hint.zh}")
            ref, kind = f"{target}.{self.shipped.sheets[target].id}", kind_of(Code)[0]
        hint = Text(str(row("hint_en")) or str(row("hint_zh")), str(row("hint_zh")) or str(row("hint_en")))
        made = Column(name, header, kind, row.code("is_required") == "Y", ref=ref, help=hint if hint.en else None, bounds=tuple(bounds(tuple(promises))),
                      metadata=tuple(promises))  # fmt: skip
        self._put(sheet, made)
        self._note(row, Text("√", "√"))
        return sheet, made

    def _figure(self, row: _Row) -> tuple[str, Column]:
        sheet, name, header = self._fresh(row, "RUL-003")
        kind = self._kind(row, "RUL-003")
        if isinstance(kind, ChoicesKind):
            kind = kind_of(Line)[0]
        made = Column(name, header, kind, False, computed=True, help=Text(str(row("formula")), str(row("formula"))))
        self._put(sheet, made)
        return sheet, made

    def _put(self, sheet: str, column: Column) -> None:
        self.sheets[sheet] = _with(self.sheets[sheet], column)

    def _names(self, sheet: str, *, grouped: bool = False) -> Names:
        return Names(self._columns(sheet), sheet, {key: lambda key=key: self._columns(key) for key in self.sheets}, self.titles,  # type: ignore[misc]
                     _members(self.shipped), self.scopes, self.lists, grouped)  # fmt: skip

    def _columns(self, sheet: str) -> Mapping[str, Named]:
        hidden = {f.column: _Figured(f.column, f.name, f.kind) for f in self.shipped.figures if f.sheet == sheet}
        return hidden | dict(self.sheets[sheet].columns)

    def _parsed(self, row: _Row, cell: str, sheet: str, *, grouped: bool = False, text: str = "") -> Expression:
        try:
            return parse(text or str(row(cell)), self._names(sheet, grouped=grouped))
        except ExpressionError as fault:
            raise Unusable(cell, fault.rule, f"character {fault.at}: {fault.said.en}", f"第 {fault.at} 个字符：{fault.said.zh}") from None

    def _worked_out(self, figures: list[tuple[_Row, tuple[str, Column]]]) -> None:
        """The figures, those in a circle left out."""
        found: dict[str, tuple[_Row, Expression, str, Column]] = {}
        for row, (sheet, column) in figures:
            expression = self._tried(row, lambda row, sheet=sheet: self._parsed(row, "formula", sheet))  # type: ignore[misc]
            if expression is None:
                self.sheets[sheet] = _without(self.sheets[sheet], column.name)
                continue
            if column.kind.name == "text" and (listed := list_of(expression.node)):  # codes of a list are shown by their labels
                self._put(sheet, column := replace(column, kind=listed))
            found[f"{sheet}.{column.name}"] = row, expression, sheet, column
        needs = {at: _read(e, sheet) & {*found} for at, (_, e, sheet, _) in found.items()}
        while True:
            try:
                tuple(TopologicalSorter(needs).static_order())
                break
            except CycleError as circle:
                said = " → ".join(circle.args[1])
                for at in {*circle.args[1]} & {*found}:
                    row, _, sheet, column = found.pop(at)
                    needs.pop(at)
                    self.sheets[sheet] = _without(self.sheets[sheet], column.name)
                    self._tried(row, lambda row, said=said: _raised(Unusable("formula", "RUL-004", said, said)))  # type: ignore[misc]
                needs = {at: reads & {*found} for at, reads in needs.items()}
        own = {f"{sheet}.{column.name}" for _, (sheet, column) in figures}
        while lost := {at for at, (_, e, sheet, _) in found.items() if (_read(e, sheet) & own) - {*found}}:
            for at in lost:
                row, _, sheet, column = found.pop(at)
                self.sheets[sheet] = _without(self.sheets[sheet], column.name)
                self._tried(row, lambda row: _raised(Unusable("formula", "RUL-002", "it names a figure that cannot be used", "引用的指标不能使用")))
        for at, (row, expression, sheet, column) in found.items():
            self.figures.append(Figure(f"USF-{len(self.figures) + 1:03}", at, column.header, column.kind, "", "", Text(expression.text, expression.text),
                                       figure_of(expression, sheet, column.kind)))  # fmt: skip
            self.checks["figures"][row.number] = lambda book, at=at, e=expression: _figure_said(book, at, e)  # type: ignore[misc]

    # ------------------------------------------------------------------------------------------------------ rules

    def _rule(self, row: _Row, before: Mapping[str, Rule]) -> Rule | None:
        id_, sheet = str(row("rule_id")), self._sheet(row)
        if not re.fullmatch(form_pattern("USR-nnn"), id_):
            raise Unusable("rule_id", "RUL-003", "the rules of a centre are called USR-001, USR-002 …", "自定义规则编号应为 USR-001、USR-002……")
        if id_ in before:  # GEN-004 tells it
            self._note(row, Text(f"◆ {id_} stands above already", f"◆ {id_} 已在上方出现"))
            return None
        columns = self.sheets[sheet].columns
        at = _meant(str(row("at_column")) or self.sheets[sheet].id, columns, "at_column")
        must = self._parsed(row, "must_be", sheet)
        only = self._parsed(row, "only_when", sheet) if row("only_when") else None
        about = must.sentence() if only is None else Text(f"when {only.sentence().en}: {must.sentence().en}", f"{only.sentence().zh}时：{must.sentence().zh}")
        said = must.sentence()
        message = _message(row, self._columns(sheet), Text(_plain(f"It must hold that {said.en}"), _plain(f"须满足：{said.zh}")))
        weight = next(s for s in Severity if s == (row.code("weight") or "error"))
        scope: Scope = "centre" if row.code("judged_on") == "centre" else "book"
        rule = Rule(id_, f"{sheet}.{at}", "", message, Text(f"See {id_} on the sheet Rules of the centre's workbook.", f"见中心工作簿“自定义规则”{id_}。"), weight,
                    scope, about, rule_of(must, only, sheet))  # fmt: skip
        self.checks["rules"][row.number] = lambda book: _rule_said(book, rule, must, only)
        return rule

    # ------------------------------------------------------------------------------------------------------ tables

    def _table(self, row: _Row) -> Any:
        sheet = self._sheet(row)
        columns = self._columns(sheet)
        down = columns[_meant(str(row("down")), columns, "down")]
        across = columns[_meant(said, columns, "across")] if (said := str(row("across"))) else None
        labelled = [_labelled(text) for text in _split(str(row("values")))]
        values = [self._parsed(row, "values", sheet, grouped=True, text=text) for _, text in labelled]
        if not values:
            raise Unusable("values", "RUL-001", "character 1: nothing is to be worked out", "第 1 个字符：没有取值")
        if across is not None and len(values) > 1:
            raise Unusable("values", "RUL-003", "a table with columns has one value", "有列标题的汇总表只能有一个取值")
        only = self._parsed(row, "only_when", sheet) if row("only_when") else None
        title = Text(str(row("title_en")), str(row("title_zh")))
        block = tabulating.table_of(f"own_{row.number}", title, sheet, down, across, values, [label for label, _ in labelled], only, row.code("chart") or "none",
                                    row.code("order") or "name", int(row("most") or 0))  # fmt: skip
        self.checks["tables"][row.number] = lambda book: _table_said(book, block.id, [*values, *filter(None, [only])])
        return block

    def _switches(self) -> None:
        for row in self._rows("switches"):
            id_ = str(row("rule_id"))
            if id_ not in self.shipped.rules:
                hint = did_you_mean(id_, self.shipped.rules)
                self.faults.append(row.fault("rule_id", "RUL-002", Text(f"there is no rule {id_[:20]}.{hint.en}", f"没有规则 {id_[:20]}。{hint.zh}")))


@cache
def _families(keys: tuple[str, ...]) -> dict[str, frozenset[int]]:
    """Each key, which may be given a scope, and each family of keys, with how many members it takes."""
    found: dict[str, Counter[int]] = {}
    for key in keys:
        parts = key.split(".")
        for length in range(2, len(parts)):
            found.setdefault(".".join(parts[:length]), Counter())[len(parts) - length] += 1
    families = {family: frozenset({counted.most_common(1)[0][0]}) for family, counted in found.items() if counted.total() > 1}
    return families | dict.fromkeys(keys, frozenset({0, 1}))


def _members(catalog: Catalog) -> dict[str, frozenset[int]]:
    return _families(tuple(catalog.keys))


@dataclass(frozen=True)
class _Figured:
    """A figure that no column of its sheet shows."""

    name: str
    header: Text
    kind: Kind


def _read(expression: Expression, sheet: str) -> set[str]:
    """The columns that an expression reads: ``sheet.column``."""
    return {*(f"{sheet}.{n}" for n in expression.columns()), *(f"{s}.{n}" for s, n in expression.areas())}


def _raised(fault: Exception) -> Any:
    raise fault


def _of_lists(key: Key, lists: Mapping[str, Labels]) -> Key:
    """A policy key whose words are members of a list, as a centre has that list."""
    if not key.listed:
        return key
    labels = lists[key.listed]
    known = ";".join(part for part in str(key.default).split(";") if part in labels)
    return replace(key, default=known, codes={said.casefold(): code for code, t in labels.items() for said in (code, t.en, t.zh)})


def _with(sheet: type[Sheet], column: Column) -> type[Sheet]:
    """A sheet with one more column, before those that close every sheet."""
    names = [n for n in sheet.columns if n not in Sheet.model_fields]
    return _but(sheet, {n: sheet.columns[n] for n in names} | {column.name: column} | {n: c for n, c in sheet.columns.items() if n in Sheet.model_fields})


def _without(sheet: type[Sheet], name: str) -> type[Sheet]:
    return _but(sheet, {n: c for n, c in sheet.columns.items() if n != name})


def _but(sheet: type[Sheet], columns: Mapping[str, Column]) -> type[Sheet]:
    made: Any = type(sheet.__name__, (sheet,), {"__doc__": sheet.__doc__, "__module__": sheet.__module__})
    made.columns = columns
    return cast("type[Sheet]", made)


def _meant(said: str, columns: Mapping[str, Named], cell: str) -> str:
    """The column that a header in either language, or a field, names."""
    said = said.strip().removeprefix("[").removesuffix("]").strip()
    if (column := meant(said, spellings(columns.values()))) is None:
        hint = did_you_mean(said, [h for c in columns.values() for h in (c.header.en, c.header.zh)])
        raise Unusable(cell, "RUL-002", f"there is no column {said[:40]}.{hint.en}", f"没有列“{said[:40]}”。{hint.zh}")
    return column.name


def _split(said: str) -> list[str]:
    """The parts between semicolons that stand outside quotes and brackets."""
    parts, depth, quoted = [""], 0, False
    for sign in said.replace("；", ";"):
        quoted ^= sign == '"'
        depth += (sign in "[(") - (sign in "])") if not quoted else 0
        if sign == ";" and not quoted and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def _plain(said: str) -> str:
    """A text in a message that names nothing."""
    return said.replace("{", "{{").replace("}", "}}")


def _labelled(said: str) -> tuple[Text | None, str]:
    """What a value is called and its expression: ``Average claim/平均报销: SUM([a]) / COUNT([a])``."""
    found = re.match(r"([^\[(\"]{1,60}?)[:：]\s*(.+)", said, re.DOTALL)
    if not found:
        return None, said
    en, _, zh = (part.strip() for part in found[1].partition("/"))
    return Text(en, zh or en), found[2]


def _message(row: _Row, columns: Mapping[str, Named], otherwise: Text) -> Text:
    """The message of a rule, its {columns} by their field names; in the other language where it is said in one only."""
    said = {"en": str(row("message_en")), "zh": str(row("message_zh"))}
    made = {lang: _named(text, columns, f"message_{lang}") for lang, text in said.items() if text}
    if not made:
        return otherwise
    return Text(made.get("en") or made["zh"], made.get("zh") or made["en"])


def _named(text: str, columns: Mapping[str, Named], cell: str) -> str:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        raise Unusable(cell, "RUL-003", "a { or } has no counterpart", "花括号不成对") from None
    said = ""
    for words, name, spec, conversion in pieces:
        said += words.replace("{", "{{").replace("}", "}}")
        if name is not None:
            if conversion or not name.strip():
                raise Unusable(cell, "RUL-003", "{} holds the name of a column and nothing else", "花括号内只能写列名")
            said += "{" + _meant(f"{name}:{spec}" if spec else name, columns, cell) + "}"
    return said


# ------------------------------------------------------------------------------------------------- as functions


def _asks(*expressions: Expression | None, sheet: str) -> tuple[tuple[str, str], ...]:
    """The sheets and columns that expressions read, as the catalog asks it of a function."""
    found = [(s, n) for e in expressions if e for s, n in (*((sheet, n) for n in e.columns()), *e.areas())]
    return tuple(dict.fromkeys([(sheet, ""), *found]))


def rule_of(must: Expression, only: Expression | None, sheet: str) -> Callable[..., Breaches]:
    """What finds the rows that break a rule, and those of which it cannot be told."""

    def broken(rows: Frame, book: Workings) -> Breaches:
        given, about = Given(rows, book), np.ones(len(rows), dtype=bool)
        for expression in filter(None, (only, must)):
            held, wrong = (np.broadcast_to(part, (len(rows),)) for part in as_truths(expression.values(given)))
            for number in np.unique(wrong[about & (wrong != 0)]).tolist():  # rows of which it cannot be told must not pass for right
                yield Breach(rows[about & (wrong == number)], severity=Severity.ERROR, message=_NOT_TOLD, values={"error": ERRORS[number]})
            about = about & (wrong == 0) & (held if expression is only else ~held)
        yield rows[about]

    broken.asks = _asks(must, only, sheet=sheet)  # type: ignore[attr-defined]
    return broken


_NOT_TOLD = Text("The rule cannot be judged here: its condition comes to {error}", "无法判断：规则条件的结果为 {error}")


def figure_of(expression: Expression, sheet: str, kind: Kind) -> Callable[..., pd.Series]:
    """What works a figure out."""
    holds = "number" if kind.numeric else "day" if kind.number_format.startswith("yyyy") else "text"

    def figure(rows: Frame, book: Workings) -> pd.Series:
        values = expression.values(Given(rows, book))
        if kind.name == "period":  # a day is of its month
            values = each(lambda cell: f"{day_of(cell):%Y-%m}" if isinstance(cell, float) else cell, values)
        return to_series(values, rows.index, holds)

    figure.asks = _asks(expression, sheet=sheet)  # type: ignore[attr-defined]
    return figure


# ------------------------------------------------------------------------------------------------- what they come to


def _rule_said(book: Workings, rule: Rule, *expressions: Expression | None) -> Text:
    sheet = rule.sheet
    if absent := book.absent(rule.function) if rule.function else ():
        names = [book.catalog.sheets[key].tab for key in absent]
        return Text("not judged: " + ", ".join(n.en for n in names) + " is not here", "未校验：缺少" + "、".join(n.zh for n in names))
    try:
        rows = book.frame(sheet, sheet)
        breaches = list(book.call(rule.function, sheet, rows))  # type: ignore[arg-type]
    except Exception as fault:  # whatever it is, the other rows go on
        return _failed(fault)
    failing = sum(len(b.rows) if isinstance(b, Breach) and b.rows is not None else len(b) for b in breaches)
    untold = [(len(b.rows), str(b.values["error"])) for b in breaches if isinstance(b, Breach) and b.rows is not None and b.message is _NOT_TOLD]
    if len(rows) and sum(n for n, _ in untold) == len(rows):
        return _errors(max(untold)[1])
    return _unless_vain(expressions, Text(f"√ {len(rows):,} rows · {failing:,} fail", f"√ {len(rows):,} 行 · {failing:,} 行不符"))


def _errors(error: str) -> Text:
    return Text(f"◆ it comes to {error} in every row", f"◆ 每行结果均为 {error}")


def _unless_vain(expressions: Iterable[Expression | None], said: Text) -> Text:
    """What is said, or that a criterion is one that no cell of its column can meet."""
    vain = [(area.column.header, criterion) for e in expressions if e for area, criterion in matches_nothing(e.node)]
    if not vain:
        return said
    header, criterion = vain[0]
    return Text(f'▲ "{criterion}" matches no row: [{header.en}] never holds such a value', f"▲ 条件“{criterion}”不会匹配任何行：[{header.zh}]不含此类值")


def _failed(fault: Exception) -> Text:
    """Why something could not be worked out."""
    if isinstance(fault, TooCostly):
        return Text("◆ it would take too long: its criteria differ from row to row", "◆ 计算量过大：条件逐行不同")
    return Text(f"◆ {type(fault).__name__}: {fault}", f"◆ {type(fault).__name__}: {fault}")


def _figure_said(book: Workings, at: str, expression: Expression) -> Text:
    sheet, _, name = at.partition(".")
    if not book.has(sheet):
        return Text("not worked out: its sheet is not here", "未计算：缺少该工作表")
    try:
        rows = book.frame(sheet, sheet)
        values = rows.column(name)
        wrong = np.broadcast_to(expression.values(Given(rows, book)).errors, (len(rows),))
    except Exception as fault:
        return _failed(fault)
    if len(rows) and wrong.all():
        return _errors(ERRORS[int(wrong[0])])
    column, filled = book.catalog.sheets[sheet].columns[name], values.dropna()
    judge = Judge(column, book.book.lists)
    if column.kind.numeric and (beyond := sum(not judge.keeps_bounds(filled.iloc[place]) for place in judge.refused(filled.tolist()))):
        kind = column.kind.title
        return Text(f"▲ {beyond:,} of {len(filled):,} values are not what the type asks for ({kind.en})", f"▲ {len(filled):,} 个值中有 {beyond:,} 个不是有效的{kind.zh}")
    return _unless_vain([expression], Text(f"√ {len(values):,} rows · {len(filled):,} with a value", f"√ {len(values):,} 行 · {len(filled):,} 行有值"))


def _table_said(book: Workings, block: str, expressions: Sequence[Expression]) -> Text:
    if failed := book.failure(block):
        return Text(f"◆ {failed}", f"◆ {failed}")
    lines = len(book.lines(block))
    return _unless_vain(expressions, Text(f"√ {lines:,} lines", f"√ {lines:,} 行"))
