"""The rule language: a condition in Excel's own notation over a sheet's columns, written once.

``AND([level] = "task", [end_on] >= [start_on])`` becomes a *mask* over whole columns, an *Excel formula* for one row,
and a *sentence* in both languages. Columns stand in brackets, by field name or by header; functions are the listed
ones; nothing is ever handed to ``eval``.

Blanks are Excel's: a blank equals ``""`` and counts as 0. Text compares without regard to case.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Protocol

import numpy as np
import pandas as pd

from opsbook.grammar.kinds import ChoicesKind, DayKind, Kind, Lists
from opsbook.grammar.text import Lang, Text


class Named(Protocol):
    """What the language must know of a column."""

    @property
    def name(self) -> str: ...
    @property
    def header(self) -> Text: ...
    @property
    def kind(self) -> Kind: ...


class ExpressionError(ValueError):
    """A fault in an expression; ``at`` is the 1-based character where it stands."""

    def __init__(self, said: Text, at: int) -> None:
        self.said, self.at = said, at
        super().__init__(f"character {at}: {said.en}")


Value = Any  # an array, a Categorical, or one float, str or bool for all rows
Columns = Callable[[str], pd.Series]


@dataclass(frozen=True)
class Const:
    """A number, a text or a truth value."""

    value: float | str | bool


@dataclass(frozen=True)
class Ref:
    """A column of the row at hand."""

    column: Named


@dataclass(frozen=True)
class Call:
    """A function or an operator, with its arguments."""

    name: str
    args: tuple["Node", ...]


Node = Const | Ref | Call

_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_SUMS: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": np.divide}
_FUNCTIONS = {  # name → least and most arguments
    "AND": (1, 99), "OR": (1, 99), "NOT": (1, 1), "IN": (2, 99), "FROM": (2, 2), "ISBLANK": (1, 1), "LEN": (1, 1),
    "ABS": (1, 1), "TODAY": (0, 0),
}  # fmt: skip


@dataclass(frozen=True)
class Expression:
    """A parsed condition, bound to the columns it names."""

    text: str
    node: Node

    def columns(self) -> tuple[str, ...]:
        """The names of the columns it reads, in order of appearance."""
        return tuple(dict.fromkeys(ref.column.name for ref in _refs(self.node)))

    def mask(self, column: Columns, rows: int, today: date) -> np.ndarray:
        """True where the condition holds: a boolean array of ``rows`` values."""
        value = _Evaluation(column, today).value(self.node)
        return np.broadcast_to(np.asarray(_truth(value), dtype=bool), (rows,))

    def excel(self, cell: Callable[[str], str], lang: Lang, lists: Lists | None = None) -> str:
        """The condition as an Excel formula without ``=``; ``cell`` gives the address of a column in its row."""
        return _excel(self.node, cell, lang, lists or {})

    def sentence(self) -> Text:
        """The condition as people say it."""
        return Text(_say(self.node, "en"), _say(self.node, "zh"))


def _refs(node: Node) -> Iterator[Ref]:
    match node:
        case Ref():
            yield node
        case Call(args=args):
            for arg in args:
                yield from _refs(arg)


# ---------------------------------------------------------------------------------------------------- reading


def parse(text: str, columns: Mapping[str, Named]) -> Expression:
    """Read a condition over ``columns`` (name → column); an :class:`ExpressionError` says what is wrong, and where."""
    return Expression(text, _Parser(text, columns).whole())


class _Parser:
    def __init__(self, text: str, columns: Mapping[str, Named]) -> None:
        from openpyxl.formula import Tokenizer  # late: openpyxl is heavy, and few conditions are ever read
        from openpyxl.formula.tokenizer import TokenizerError

        self.columns = dict(columns) | {h: c for c in columns.values() for h in (c.header.en, c.header.zh)}
        try:
            items = Tokenizer("=" + text).items
        except TokenizerError as fault:
            raise ExpressionError(Text("a quote or bracket is not closed", "引号或括号未闭合"), 1) from fault
        place, self.tokens = 1, []
        for token in items:
            if token.type != "WHITE-SPACE":
                self.tokens.append((token.type, token.subtype, token.value, place))
            place += len(token.value)
        self.end, self.next = place, 0

    def fault(self, en: str, zh: str, at: int | None = None) -> ExpressionError:
        if at is None:
            at = self.tokens[self.next][3] if self.next < len(self.tokens) else self.end
        return ExpressionError(Text(en, zh), at)

    def peek(self) -> tuple[str, str, str, int]:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("END", "", "", self.end)

    def take(self) -> tuple[str, str, str, int]:
        token = self.peek()
        self.next += 1
        return token

    def whole(self) -> Node:
        node = self.binary(0)
        if self.next < len(self.tokens):
            raise self.fault(f'"{self.peek()[2]}" is not expected here', f"此处不应出现“{self.peek()[2]}”")
        return node

    def binary(self, above: int) -> Node:
        left = self.unary()
        while (token := self.peek())[0] == "OPERATOR-INFIX" and _BINDING.get(token[2], 0) > above:
            self.take()
            right = self.binary(_BINDING[token[2]])
            left = Call(token[2], self.coded(left, right) if token[2] in _COMPARE else (left, right))
        return left

    def unary(self) -> Node:
        kind, subtype, value, at = self.take()
        if kind == "OPERATOR-PREFIX":
            operand = self.unary()
            return operand if value == "+" else Call("-", (Const(0.0), operand))
        if kind == "PAREN" and subtype == "OPEN":
            inner = self.binary(0)
            if self.take()[:2] != ("PAREN", "CLOSE"):
                raise self.fault("this bracket is not closed", "括号未闭合", at)
            return inner
        if kind == "FUNC" and subtype == "OPEN":
            return self.call(value[:-1].upper(), at)
        if kind == "OPERAND":
            return self.operand(subtype, value, at)
        self.next -= 1
        raise self.fault("a column, a value or a function is expected here", "此处应为列、值或函数")

    def operand(self, subtype: str, value: str, at: int) -> Node:
        if subtype == "NUMBER":
            return Const(float(value))
        if subtype == "TEXT":
            return Const(value[1:-1].replace('""', '"'))
        if subtype == "LOGICAL":
            return Const(value.upper() == "TRUE")
        if value.startswith("[") and value.endswith("]"):
            name = value[1:-1].strip()
            if name in self.columns:
                return Ref(self.columns[name])
            near = get_close_matches(name, self.columns, n=1)
            hint = Text(f'. Did you mean [{near[0]}]?', f"。是否为 [{near[0]}]？") if near else Text("", "")
            raise self.fault(f"there is no column [{name}]{hint.en}", f"没有列 [{name}]{hint.zh}", at)
        raise self.fault(f'"{value}" is no column, number or text', f"“{value}”不是列、数字或文本", at)

    def call(self, name: str, at: int) -> Node:
        if name not in _FUNCTIONS:
            raise self.fault(f"there is no function {name}", f"没有函数 {name}", at)
        args: list[Node] = []
        while self.peek()[:2] != ("FUNC", "CLOSE"):
            if args and self.take()[0] != "SEP":
                raise self.fault(f'"(" after {name} is not closed', f"{name} 后的“(”未闭合", at)
            args.append(self.binary(0))
        self.take()
        least, most = _FUNCTIONS[name]
        if not least <= len(args) <= most:
            raise self.fault(f"{name} takes {least} to {most} values, not {len(args)}",
                             f"{name} 需要 {least} 至 {most} 个值，现为 {len(args)} 个", at)  # fmt: skip
        if name in ("IN", "FROM"):
            args = list(self.coded(*args))
            if name == "FROM" and not (isinstance(args[0], Ref) and isinstance(args[0].column.kind, ChoicesKind)):
                raise self.fault("FROM wants a column with a value list", "FROM 的第一个值须为带选项列表的列", at)
        return Call(name, tuple(args))

    def coded(self, *args: Node) -> tuple[Node, ...]:
        """Texts compared with a choice column, as codes: labels of either language are understood."""
        kinds = [a.column.kind for a in args if isinstance(a, Ref)]
        choices = next((k for k in kinds if isinstance(k, ChoicesKind)), None)
        if choices is None or choices.several:
            return args
        spellings = {s.casefold(): c for s, c in choices.spellings({}).items()}
        out: list[Node] = []
        for arg in args:
            if isinstance(arg, Const) and isinstance(arg.value, str) and arg.value:
                if arg.value.casefold() not in spellings:
                    raise self.fault(f'"{arg.value}" is not in the list of {choices.name}',
                                     f"“{arg.value}”不在列表 {choices.name} 中")  # fmt: skip
                arg = Const(spellings[arg.value.casefold()])
            out.append(arg)
        return tuple(out)


# ------------------------------------------------------------------------------------------------- evaluating


@dataclass
class _Evaluation:
    column: Columns
    today: date

    def value(self, node: Node) -> Value:
        match node:
            case Const(value=value):
                return value
            case Ref(column=column):
                return _values(self.column(column.name))
            case Call(name=name, args=args):
                return self.call(name, args)

    def call(self, name: str, args: tuple[Node, ...]) -> Value:
        if name in _COMPARE:
            return _compare(name, *(self.value(a) for a in args))
        match name, [self.value(a) for a in args]:
            case "AND", values:
                return np.logical_and.reduce(np.broadcast_arrays(*map(_truth, values)))
            case "OR", values:
                return np.logical_or.reduce(np.broadcast_arrays(*map(_truth, values)))
            case "NOT", [value]:
                return np.logical_not(_truth(value))
            case "IN", [value, *among]:
                return np.logical_or.reduce(np.broadcast_arrays(*(_compare("=", value, a) for a in among)))
            case "FROM", [value, code]:
                kind: Any = args[0].column.kind  # type: ignore[union-attr]
                return np.asarray(pd.Series(value).isin(kind.choices.since(str(code))))
            case "ISBLANK", [value]:
                return _compare("=", value, "")
            case "LEN", [value]:
                return _length(value)
            case "ABS", [value]:
                return np.abs(_number(value))
            case "TODAY", []:
                return _serial(self.today)
            case "&", [left, right]:
                return pd.Categorical(np.char.add(_plain(left), _plain(right)))
            case _, [left, right]:
                with np.errstate(divide="ignore", invalid="ignore"):
                    return _SUMS[name](_number(left), _number(right))
        raise AssertionError(name)


def _serial(day: date) -> float:
    return float((day - date(1899, 12, 30)).days)


def _values(column: pd.Series) -> Value:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array
    if column.dtype.kind == "M":
        days = column.to_numpy()
        serial = (days - np.datetime64("1899-12-30", "s")) / np.timedelta64(1, "D")
        return np.where(np.isnat(days), np.nan, serial)
    return column.to_numpy()


def _truth(value: Value) -> Any:
    """A value as Excel's IF takes it: numbers by being other than 0; text is never true."""
    if isinstance(value, (str, pd.Categorical)):
        return np.zeros(1 if isinstance(value, str) else len(value), dtype=bool)
    numbers = np.asarray(value)
    return numbers if numbers.dtype == bool else np.nan_to_num(numbers) != 0


def _number(value: Value) -> Any:
    if isinstance(value, (str, pd.Categorical)):
        return np.full(1 if isinstance(value, str) else len(value), np.nan)
    return np.nan_to_num(np.asarray(value, dtype=float))


def _plain(value: Value) -> Any:
    if isinstance(value, pd.Categorical):
        return np.append(np.asarray(value.categories, dtype=str), "")[value.codes]
    return np.asarray(value, dtype=str)


def _length(value: Value) -> Any:
    if isinstance(value, pd.Categorical):
        return np.array([len(t) for t in value.categories] + [0])[value.codes]
    return np.char.str_len(_plain(value))


def _compare(sign: str, left: Value, right: Value) -> Any:
    compare = _COMPARE[sign]
    texts = [isinstance(v, (str, pd.Categorical)) for v in (left, right)]
    if not any(texts):
        return compare(_number(left), _number(right))
    if all(texts):
        return _compare_texts(sign, left, right)
    text, number = (left, right) if texts[0] else (right, left)
    blank = np.isnan(np.asarray(number, dtype=float))
    either = _compare_texts(sign, *(("", text) if texts[1] else (text, "")))  # a blank cell is "" beside a text
    ordered = compare(1, 0) if texts[0] else compare(0, 1)  # any text is greater than any number
    return np.where(blank, either, ordered)


def _compare_texts(sign: str, left: Value, right: Value) -> Any:
    compare = _COMPARE[sign]
    if isinstance(left, str) and isinstance(right, pd.Categorical):
        mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        return _compare_texts(mirrored.get(sign, sign), right, left)
    if isinstance(left, pd.Categorical) and isinstance(right, str):  # judge each distinct text once
        verdicts = [bool(compare(t.casefold(), right.casefold())) for t in [*left.categories, ""]]
        return np.array(verdicts)[left.codes]
    folded = [np.char.lower(_plain(v)) for v in (left, right)]
    return compare(*folded)


# ---------------------------------------------------------------------------------------------------- Excel


def _excel(node: Node, cell: Callable[[str], str], lang: Lang, lists: Lists) -> str:
    def constant(arg: Node, beside: Iterable[Node]) -> str:
        if isinstance(arg, Const) and isinstance(arg.value, str) and arg.value:
            kinds = [b.column.kind for b in beside if isinstance(b, Ref)]
            choices = next((k for k in kinds if isinstance(k, ChoicesKind)), None)
            shown = choices.write(arg.value, lang, choices.labels(lists)) if choices else arg.value
            return '"' + str(shown).replace('"', '""') + '"'
        return _excel(arg, cell, lang, lists)

    match node:
        case Const(value=bool() as value):
            return str(value).upper()
        case Const(value=float() as value):
            return f"{value:.15g}"
        case Const(value=value):
            return '"' + str(value).replace('"', '""') + '"'
        case Ref(column=column):
            return cell(column.name)
        case Call(name="IN", args=(value, *among)):
            tests = [f"{_excel(value, cell, lang, lists)}={constant(a, [value])}" for a in among]
            return f"OR({','.join(tests)})"
        case Call(name="FROM", args=(Ref(column=column), Const(value=code))):
            since = column.kind.choices.since(str(code))  # type: ignore[attr-defined]
            tests = [f"{cell(column.name)}={constant(Const(c), [Ref(column)])}" for c in since]
            return f"OR({','.join(tests)})"
        case Call(name="ISBLANK", args=(value,)):
            return f'{_excel(value, cell, lang, lists)}=""'
        case Call(name=name, args=(left, right)) if name in _BINDING:
            sides = [constant(left, [right]), constant(right, [left])]
            marked = [
                f"({said})" if isinstance(arg, Call) and _BINDING.get(arg.name, 9) <= _BINDING[name] else said
                for arg, said in zip((left, right), sides, strict=True)
            ]
            return name.join(marked)
        case Call(name=name, args=args):
            return f"{name}({','.join(_excel(a, cell, lang, lists) for a in args)})"


# ------------------------------------------------------------------------------------------------- sentences

_WORDS: dict[str, Text] = {
    "=": Text("{0} is {1}", "{0}为{1}"),
    "<>": Text("{0} is not {1}", "{0}不为{1}"),
    "<": Text("{0} is less than {1}", "{0}小于{1}"),
    ">": Text("{0} is more than {1}", "{0}大于{1}"),
    "<=": Text("{0} is at most {1}", "{0}不大于{1}"),
    ">=": Text("{0} is at least {1}", "{0}不小于{1}"),
    "blank": Text("{0} is blank", "{0}为空"),
    "filled": Text("{0} is filled", "{0}已填"),
    "FROM": Text("{0} is {1} or later", "{0}为{1}及以后"),
    "NOT": Text("not ({0})", "并非（{0}）"),
    "LEN": Text("the length of {0}", "{0}的字数"),
    "ABS": Text("the size of {0}", "{0}的绝对值"),
    "TODAY": Text("the status date", "统计日期"),
    "+": Text("{0} + {1}", "{0}＋{1}"),
    "-": Text("{0} - {1}", "{0}－{1}"),
    "*": Text("{0} x {1}", "{0}×{1}"),
    "/": Text("{0} / {1}", "{0}÷{1}"),
    "&": Text("{0} & {1}", "{0}＆{1}"),
}
_WORDS_OF_DAYS: dict[str, Text] = {
    "<": Text("{0} is before {1}", "{0}早于{1}"),
    ">": Text("{0} is after {1}", "{0}晚于{1}"),
    "<=": Text("{0} is on or before {1}", "{0}不晚于{1}"),
    ">=": Text("{0} is on or after {1}", "{0}不早于{1}"),
}


def _say(node: Node, lang: Lang) -> str:
    match node:
        case Const(value=bool() as value):
            return Text("true", "真")[lang] if value else Text("false", "假")[lang]
        case Const(value=float() as value):
            return f"{value:,.15g}"
        case Const(value=value):
            return f'"{value}"' if lang == "en" else f"“{value}”"
        case Ref(column=column):
            return column.header[lang]
        case Call(name="-", args=(Const(value=0.0), right)):
            return f"-{_say(right, lang)}"
        case Call(name="AND" | "OR" as name, args=args):
            return Text(f" {name.lower()} ", "且" if name == "AND" else "或")[lang].join(
                Text(f"({_say(a, lang)})", f"（{_say(a, lang)}）")[lang] if isinstance(a, Call) and a.name in ("AND", "OR") else _say(a, lang) for a in args
            )
        case Call(name="IN", args=(value, *among)):
            return _WORDS["="][lang].format(_say(value, lang), _either(value, among, lang))
        case Call(name="NOT", args=(Call(name="IN", args=(value, *among)),)):
            return _WORDS["<>"][lang].format(_say(value, lang), _either(value, among, lang))
        case Call(name="FROM", args=(value, code)):
            return _WORDS["FROM"][lang].format(_say(value, lang), _say_beside(code, value, lang))
        case Call(name="ISBLANK", args=(value,)) | Call(name="=", args=(value, Const(value=""))):
            return _WORDS["blank"][lang].format(_say(value, lang))
        case Call(name="<>", args=(value, Const(value=""))):
            return _WORDS["filled"][lang].format(_say(value, lang))
        case Call(name=name, args=args):
            words = _WORDS_OF_DAYS if any(map(_is_day, args)) and name in _WORDS_OF_DAYS else _WORDS
            return words[name][lang].format(*(_say_beside(a, b, lang) for a, b in zip(args, args[::-1], strict=True)))


def _either(value: Node, among: Sequence[Node], lang: Lang) -> str:
    labels = [_say_beside(a, value, lang) for a in among]
    firsts = Text(", ", "、")[lang].join(labels[:-1])
    return Text(" or ", "或")[lang].join(filter(None, [firsts, labels[-1]]))


def _say_beside(node: Node, beside: Node, lang: Lang) -> str:
    if isinstance(node, Const) and isinstance(beside, Ref) and isinstance(beside.column.kind, ChoicesKind):
        shown = beside.column.kind.show(node.value)
        return shown[lang]
    return _say(node, lang)


def _is_day(node: Node) -> bool:
    return (isinstance(node, Ref) and isinstance(node.column.kind, DayKind)) or node == Call("TODAY", ())


