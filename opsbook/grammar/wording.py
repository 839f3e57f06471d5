"""Wording: an expression as an Excel formula for one row, and as people say it."""

from collections.abc import Callable, Iterable, Sequence

from opsbook.grammar.kinds import ChoicesKind, DayKind, Lists
from opsbook.grammar.node import BINDING, Area, Call, Const, Node, Ref
from opsbook.grammar.text import Lang, Text, literal


def excel(node: Node, cell: Callable[[str], str], lang: Lang, lists: Lists, area: Callable[[Area], str] = lambda area: "") -> str:
    """The formula without ``=``; ``cell`` gives the address of a column in its row, ``area`` that of a whole column."""

    def said(arg: Node) -> str:
        return excel(arg, cell, lang, lists, area)

    def constant(arg: Node, beside: Iterable[Node]) -> str:
        if isinstance(arg, Const) and isinstance(arg.value, str) and arg.value:
            kinds = [b.column.kind for b in beside if isinstance(b, Ref)]
            choices = next((k for k in kinds if isinstance(k, ChoicesKind)), None)
            shown = choices.write(arg.value, lang, choices.labels(lists)) if choices else arg.value
            return literal(str(shown))
        return said(arg)

    match node:
        case Const(value=bool() as value):
            return str(value).upper()
        case Const(value=float() as value):
            return f"{value:.15g}"
        case Const(value=value):
            return literal(str(value))
        case Ref(column=column):
            return cell(column.name)
        case Area():
            return area(node)
        case Call(name="UNIQUE", args=(value,)) if isinstance(value, Ref):
            cells = area(Area("", value.column))
            return f'OR({said(value)}="",SUMPRODUCT(--({cells}={said(value)}),--({cells}<>""))=1)'
        case Call(name="XLOOKUP", args=(value, within, result, *instead)):  # as programs of every age have it
            found = f"INDEX({said(result)},MATCH({constant(value, [within])},{said(within)},0))"
            return f"IFNA({found},{said(instead[0])})" if instead else found
        case Call(name="IN", args=(value, *among)):
            tests = [f"{said(value)}={constant(a, [value])}" for a in among]
            return f"OR({','.join(tests)})"
        case Call(name="FROM", args=(Ref(column=column), Const(value=code))):
            since = column.kind.choices.since(str(code))  # type: ignore[attr-defined]
            tests = [f"{cell(column.name)}={constant(Const(c), [Ref(column)])}" for c in since]
            return f"OR({','.join(tests)})"
        case Call(name="ISBLANK", args=(value,)):
            return f'{said(value)}=""'
        case Call(name=name, args=(left, right)) if name in BINDING:
            sides = [constant(left, [right]), constant(right, [left])]
            marked = [
                f"({side})" if isinstance(arg, Call) and BINDING.get(arg.name, 9) <= BINDING[name] else side
                for arg, side in zip((left, right), sides, strict=True)
            ]
            return name.join(marked)
        case Call(name=name, args=args):
            return f"{name}({','.join(said(a) for a in args)})"
    raise AssertionError(node)


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
    "^": Text("{0} to the power of {1}", "{0}的{1}次方"),
}
_WORDS_OF_DAYS: dict[str, Text] = {
    "<": Text("{0} is before {1}", "{0}早于{1}"),
    ">": Text("{0} is after {1}", "{0}晚于{1}"),
    "<=": Text("{0} is on or before {1}", "{0}不晚于{1}"),
    ">=": Text("{0} is on or after {1}", "{0}不早于{1}"),
}


def say(node: Node, lang: Lang) -> str:
    """The expression in words."""
    match node:
        case Const(value=bool() as value):
            return Text("true", "真")[lang] if value else Text("false", "假")[lang]
        case Const(value=float() as value):
            return f"{value:,.15g}"
        case Const(value=value):
            return f'"{value}"' if lang == "en" else f"“{value}”"
        case Ref(column=column):
            return column.header[lang]
        case Area(sheet=sheet, column=column):
            return f"{sheet}[{column.header[lang]}]"
        case Call(name="-", args=(Const(value=0.0), right)):
            return f"-{say(right, lang)}"
        case Call(name="AND" | "OR" as name, args=args):
            return Text(f" {name.lower()} ", "且" if name == "AND" else "或")[lang].join(
                Text(f"({say(a, lang)})", f"（{say(a, lang)}）")[lang] if isinstance(a, Call) and a.name in ("AND", "OR") else say(a, lang) for a in args
            )
        case Call(name="IN", args=(value, *among)):
            return _WORDS["="][lang].format(say(value, lang), _either(value, among, lang))
        case Call(name="NOT", args=(Call(name="IN", args=(value, *among)),)):
            return _WORDS["<>"][lang].format(say(value, lang), _either(value, among, lang))
        case Call(name="FROM", args=(value, code)):
            return _WORDS["FROM"][lang].format(say(value, lang), _say_beside(code, value, lang))
        case Call(name="ISBLANK", args=(value,)) | Call(name="=", args=(value, Const(value=""))):
            return _WORDS["blank"][lang].format(say(value, lang))
        case Call(name="<>", args=(value, Const(value=""))):
            return _WORDS["filled"][lang].format(say(value, lang))
        case Call(name=name, args=args) if name not in _WORDS:
            return f"{name}({', '.join(say(a, lang) for a in args)})"
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
    return say(node, lang)


def _is_day(node: Node) -> bool:
    return (isinstance(node, Ref) and isinstance(node.column.kind, DayKind)) or node == Call("TODAY", ())
