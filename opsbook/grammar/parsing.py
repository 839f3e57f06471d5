"""Parsing: the text of an expression becomes nodes. openpyxl lexes, only listed functions are known, nothing is ever evaluated.

What is wrong is said at its character: RUL-001 cannot be read, RUL-002 names what does not exist, RUL-003 puts together what does not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from opsbook.grammar.functions import AGGREGATES, FUNCTIONS, INSTEAD, Function, Holds
from opsbook.grammar.functions_lookups import can_match
from opsbook.grammar.functions_texts import FORMATS
from opsbook.grammar.kinds import ChoicesKind, DayKind, SuggestedKind
from opsbook.grammar.names import meant, plain, spellings
from opsbook.grammar.node import BINDING, COMPARES, Area, Call, Const, ExpressionError, Named, Names, Node, Ref, parts
from opsbook.grammar.text import Text

LONGEST, DEEPEST, CHAINED = 2000, 100, 64  # characters; steps within steps; operators in a row
UNREADABLE, UNKNOWN, MISFIT = "RUL-001", "RUL-002", "RUL-003"
#: Signs of a Chinese keyboard, outside quotes and brackets.
_TYPED = str.maketrans("（），＝＞＜＋－＊／＾＆％［］；“”＂　", "(),=><+-*/^&%[],\"\"\" ")

Token = tuple[str, str, str, int]


def read(text: str, names: Names) -> Node:
    """The nodes of an expression; an :class:`ExpressionError` says what is wrong, and where."""
    if len(text) > LONGEST:
        raise ExpressionError(Text(f"it has {len(text):,} characters, {LONGEST:,} are allowed", f"共 {len(text):,} 个字符，上限 {LONGEST:,}"), LONGEST)
    return _Parser(text, names).whole()


def gives(node: Node) -> Holds:
    """What a node is, as far as that can be told before there are rows."""
    match node:
        case Const(value=bool()):
            return "condition"
        case Const(value=float()):
            return "number"
        case Ref(column=column) | Area(column=column):
            return "number" if column.kind.numeric or isinstance(column.kind, DayKind) else "text"
        case Call(name=name):
            if name in BINDING:
                return "condition" if name in COMPARES else "text" if name == "&" else "number"
            return "condition" if name == "FROM" else FUNCTIONS[name].gives
    return "text"


def _typed(text: str) -> str:
    """The text with signs of a Chinese keyboard as Excel's, character by character; what stands in quotes or brackets stays."""
    said, closing = [], ""
    for sign in text:
        plain = sign.translate(_TYPED)
        if closing:
            if plain == closing:
                closing, sign = "", plain
        elif plain in '"[\'':
            closing, sign = {"[": "]"}.get(plain, plain), plain
        else:
            sign = plain
        said.append(sign)
    return "".join(said)


@cache
def _lexer() -> ModuleType:
    """openpyxl's tokenizer by itself: its package would bring charts and drawings along, at a tenth of every start."""
    package = find_spec("openpyxl")
    assert package is not None
    assert package.origin is not None
    spec = spec_from_file_location("tokenizer", Path(package.origin).parent / "formula" / "tokenizer.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module := module_from_spec(spec))
    return module


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        lexer = _lexer()
        text = _typed(text)
        before = 0 if text.lstrip().startswith("=") else 1  # as people copy it from a cell
        try:
            items = lexer.Tokenizer(text if not before else "=" + text).items
        except (lexer.TokenizerError, IndexError, AssertionError):  # openpyxl's lexer trips over some texts
            at = text.find('"') if text.count('"') % 2 else max(text.find("["), text.find("'"), 0)
            raise ExpressionError(Text("a quote or bracket is not closed", "引号或括号未闭合"), max(at, 0) + 1) from None
        place, self.tokens = 2 - before + (len(text) - len(text.lstrip()) if not before else 0), list[Token]()
        for token in items:
            if token.type != "WHITE-SPACE":
                self.tokens.append((token.type, token.subtype, token.value, place))
            place += len(token.value)
        self.names, self.end, self.next, self.depth = names, place, 0, 0
        self.within = 0

    def fault(self, en: str, zh: str, at: int | None = None, rule: str = UNREADABLE) -> ExpressionError:
        return ExpressionError(Text(en, zh), self.peek()[3] if at is None else at, rule)

    def peek(self) -> Token:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("END", "", "", self.end)

    def take(self) -> Token:
        token = self.peek()
        self.next += 1
        return token

    def whole(self) -> Node:
        node = self.binary(0)
        if self.next < len(self.tokens):
            raise self.fault(f'"{_short(self.peek()[2])}" is not expected here', f"此处不应出现“{_short(self.peek()[2])}”")
        self.single(node, 1)
        if _depth(node) > DEEPEST:
            raise self.fault(f"it is more than {DEEPEST} steps deep: use several rules or figures", f"嵌套超过 {DEEPEST} 层，请拆成几条规则或指标", 1)
        return node

    # ------------------------------------------------------------------------------------------------- operators

    def binary(self, above: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.fault(f"brackets stand more than {DEEPEST} deep: use several rules", f"括号嵌套超过 {DEEPEST} 层，请拆成几条规则")
        left, links = self.unary(), 0
        while (token := self.peek())[0] == "OPERATOR-INFIX" and BINDING.get(token[2], 0) > above:
            self.take()
            links += 1
            if links > CHAINED:
                raise self.fault(f"more than {CHAINED} operators in a row: use several rules", f"连续运算超过 {CHAINED} 个，请拆成几条规则")
            right = self.binary(BINDING[token[2]])
            self.single(left, token[3])
            self.single(right, token[3])
            if token[2] == "&":
                self.whole_label(left, "&", token[3])
                self.whole_label(right, "&", token[3])
            left = Call(token[2], self.comparable(left, right, token[3]) if token[2] in COMPARES else (left, right))
        self.depth -= 1
        return left

    def unary(self) -> Node:
        signs, first = [], self.peek()[3]
        while self.peek()[0] == "OPERATOR-PREFIX":
            signs.append(self.take()[2])
        if len(signs) > DEEPEST:
            raise self.fault("too many signs in a row", "连续符号过多", first)
        node = self.postfix(self.operand_or_call())
        for sign in reversed(signs):
            node = Call("-", (Const(0.0), node)) if sign == "-" else node
        return node

    def postfix(self, node: Node) -> Node:
        while self.peek()[0] == "OPERATOR-POSTFIX":
            self.take()
            node = Call("/", (node, Const(100.0)))
        return node

    def operand_or_call(self) -> Node:
        kind, subtype, value, at = self.take()
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

    def comparable(self, left: Node, right: Node, at: int) -> tuple[Node, ...]:
        """Both sides, texts beside a choice column as codes; a day or a number beside a text is a slip."""
        left, right = self.coded(left, right, at=at)
        for one, other in ((left, right), (right, left)):
            if not (isinstance(one, Ref) and isinstance(other, Const) and isinstance(other.value, str) and other.value):
                continue
            header = one.column.header
            if isinstance(one.column.kind, DayKind):
                raise self.fault(f'[{header.en}] is a date, "{_short(other.value)}" a text: write DATE(2026,9,30)',
                                 f"[{header.zh}] 是日期，“{_short(other.value)}”是文本：请写 DATE(2026,9,30)", at, MISFIT)  # fmt: skip
            if one.column.kind.numeric:
                raise self.fault(f'[{header.en}] is a number, "{_short(other.value)}" a text: leave out the quotes',
                                 f"[{header.zh}] 是数字，“{_short(other.value)}”是文本：请去掉引号", at, MISFIT)  # fmt: skip
        return left, right

    # -------------------------------------------------------------------------------------------------- operands

    def operand(self, subtype: str, value: str, at: int) -> Node:
        if subtype == "NUMBER":
            if abs(number := float(value)) > 1e300:
                raise self.fault(f"{_short(value)} is too large", f"{_short(value)} 过大", at)
            return Const(number)
        if subtype == "TEXT":
            return Const(value[1:-1].replace('""', '"'))
        if subtype == "LOGICAL":
            return Const(value.upper() == "TRUE")
        if value.endswith("]") and "[" in value:
            sheet, _, name = value[:-1].partition("[")
            return self.area(sheet, name.strip(), at) if sheet.strip() else Ref(self.named(self.names.columns, name.strip(), at))
        hint = _near(value, self.names.columns)
        raise self.fault(f'"{_short(value)}" is no column, number or text{hint.en}', f"“{_short(value)}”不是列、数字或文本{hint.zh}", at)

    def area(self, said: str, name: str, at: int) -> Area:
        title = plain(said.strip().strip("'"))
        key = self.names.titles.get(title)
        if key is None:
            near = get_close_matches(title, self.names.titles, n=1)
            hint = Text(f". Did you mean {self.names.titles[near[0]]}?", f"。是否为 {near[0]}？") if near else Text("", "")
            raise self.fault(f"there is no sheet {_short(said)}{hint.en}", f"没有工作表 {_short(said)}{hint.zh}", at, UNKNOWN)
        return Area(key, self.named(self.names.sheets[key](), name, at + len(said)))

    def named(self, columns: Mapping[str, Named], name: str, at: int) -> Named:
        name = name.removeprefix("@").strip()
        if found := columns.get(name) or meant(name, spellings(columns.values())):
            return found
        hint = _near(name, columns)
        raise self.fault(f"there is no column [{_short(name)}]{hint.en}", f"没有列 [{_short(name)}]{hint.zh}", at, UNKNOWN)

    # ------------------------------------------------------------------------------------------------- functions

    def call(self, name: str, at: int) -> Node:
        function = _FROM if name == "FROM" else FUNCTIONS.get(name.removeprefix("_XLFN."))
        if function is None:
            hint = INSTEAD.get(name) or next(iter(get_close_matches(name, FUNCTIONS, n=1)), "")
            more = Text(f". Use {FUNCTIONS[hint].usage}", f"。可用 {FUNCTIONS[hint].usage}") if hint else Text("", "")
            raise self.fault(f"there is no function {_short(name)}{more.en}", f"没有函数 {_short(name)}{more.zh}", at, UNKNOWN)
        grouping = self.names.grouped and function.name in AGGREGATES
        self.within += grouping
        args, places = list[Node](), list[int]()
        while self.peek()[:2] != ("FUNC", "CLOSE"):
            if args and self.take()[0] != "SEP":
                raise self.fault(f'"(" after {function.name} is not closed', f"{function.name} 后的“(”未闭合", at)
            places.append(self.peek()[3])
            args.append(self.binary(0))
        self.take()
        if not function.least <= len(args) <= function.most or ((len(args) - function.least) % function.step and function.step > 1):
            raise self.fault(f"{function.usage}: {len(args)} given", f"{function.usage}：现有 {len(args)} 个参数", at, MISFIT)
        node = self.fitting(function, args, places, at)
        self.within -= grouping
        if grouping and any(map(_aggregates, args)) and any(map(_bare, args)):
            raise self.fault(f"{name} mixes values of single rows with those of groups", f"{name} 混用了逐行的值与分组的值", at, MISFIT)
        return node

    def fitting(self, function: Function, args: list[Node], places: Sequence[int], at: int) -> Node:
        """The call, each argument being what the function takes."""
        name = function.name
        for n, (arg, place) in enumerate(zip(args, places, strict=True)):
            match function.of(n):
                case "condition" if gives(arg) == "text":
                    raise self.fault(f"{name} wants conditions, as [Amount] > 5; this is a text", f"{name} 的参数应为条件（如 [金额] > 5），此处为文本", place, MISFIT)
                case "text" if name in _OF_TEXTS:
                    if name in ("FIND", "SEARCH") and n == 0 and (kind := list_of(args[1])) and kind.several and isinstance(arg, Const):
                        args[n] = Const(self.coded_as(kind, str(arg.value), place))
                    elif not (name in ("FIND", "SEARCH") and n == 1 and (kind := list_of(arg)) and kind.several):
                        self.whole_label(arg, name, place)
                    self.single(arg, place)
                case "range":
                    args[n] = self.whole_column(function, arg, place)
                case "name":
                    self.policy_key(arg, place)
                case "criterion":
                    args[n] = self.coded(args[n - 1], arg, at=place)[1]
                case "value" if name in AGGREGATES and isinstance(arg, Const) and isinstance(arg.value, str):
                    raise self.fault(f"{name} takes numbers and columns, not texts", f"{name} 的参数应为数字或列，不是文本", place, MISFIT)
                case _ if not (isinstance(arg, Area) and name in AGGREGATES and len(args) == 1):
                    self.single(arg, place)
        ranges = {arg.sheet for n, arg in enumerate(args) if function.of(n) == "range" and isinstance(arg, Area)}
        if len(ranges) > 1:
            raise self.fault(f"{name} takes columns of one sheet, not of {' and '.join(sorted(ranges))}", f"{name} 的各列须来自同一工作表", at, MISFIT)
        if name in ("IN", "FROM", "SWITCH"):
            args = [args[0], *(self.coded(args[0], arg, at=place)[1] for arg, place in zip(args[1:], places[1:], strict=True))]
        if name == "POLICY":
            self.members(str(args[0].value), args, places)  # type: ignore[union-attr]
        if name == "XLOOKUP":
            args[0] = self.coded(args[1], args[0], at=places[0])[1]
        if name == "FROM":
            self.of_a_list(args, places)
        if name == "TEXT" and isinstance(args[1], Const) and str(args[1].value).casefold() not in FORMATS:
            raise self.fault(f"TEXT knows {', '.join(FORMATS)}", f"TEXT 可用格式：{'、'.join(FORMATS)}", places[1], MISFIT)
        return Call(name, tuple(args))

    def single(self, node: Node, at: int) -> None:
        """Refuse a whole column where one value is wanted, and a bare column where the rows of a group are spoken of."""
        if isinstance(node, Area):
            said = f"{node.sheet}[{node.column.header.en}]"
            raise self.fault(f"{said} is a whole column: SUMIFS, COUNTIFS, XLOOKUP, SUM … make one value of it",
                             f"{said} 是整列：请用 SUMIFS、COUNTIFS、XLOOKUP、SUM 等取一个值", at, MISFIT)  # fmt: skip
        if self.names.grouped and not self.within and isinstance(node, Ref):
            header = node.column.header
            raise self.fault(f"[{header.en}] has a value in every row: write SUM([{header.en}]), COUNT, AVERAGE, MIN or MAX",
                             f"[{header.zh}] 每行各有一个值：请写 SUM([{header.zh}])、COUNT、AVERAGE、MIN 或 MAX", at, MISFIT)  # fmt: skip

    def whole_column(self, function: Function, arg: Node, at: int) -> Area:
        if isinstance(arg, Area):
            return arg
        if isinstance(arg, Ref) and self.names.sheet:
            return Area(self.names.sheet, arg.column)
        raise self.fault(f"{function.usage}: a whole column is wanted here, as expenses[claim_amount]",
                         f"{function.usage}：此处应为整列，如 费用报销[报销金额]", at, MISFIT)  # fmt: skip

    def whole_label(self, node: Node, name: str, at: int) -> None:
        """Refuse to take a value of a list apart: what there is, is its code, and not the label that people see."""
        if list_of(node):
            said = node.column.header if isinstance(node, Ref) else Text("this", "此处")
            raise self.fault(f"{name}: {said.en} is one of a list; compare it whole, as [{said.en}] = \"…\"",
                             f"{name}：{said.zh}为选项，请整体比较，如 [{said.zh}] = “…”", at, MISFIT)  # fmt: skip

    def members(self, key: str, args: list[Node], places: Sequence[int]) -> None:
        """POLICY's members: as many as the key has, and scopes that there are."""
        allowed = self.names.keys[key]
        if len(args) - 1 not in allowed:
            many = " or ".join(map(str, sorted(allowed)))
            raise self.fault(f"{key} takes {many} values beside its name, {len(args) - 1} given",
                             f"{key} 除名称外需 {many} 个值，现有 {len(args) - 1} 个", places[0], MISFIT)  # fmt: skip
        if allowed == {0, 1} and len(args) == 2 and isinstance(args[1], Const):
            said = str(args[1].value)
            if said.casefold() not in self.names.scopes:
                near = get_close_matches(said.casefold(), self.names.scopes, n=1)
                hint = Text(f". Did you mean {near[0]}?", f"。是否为 {near[0]}？") if near else Text("", "")
                raise self.fault(f"there is no scope {_short(said)}{hint.en}", f"没有适用范围 {_short(said)}{hint.zh}", places[1], UNKNOWN)
            args[1] = Const(self.names.scopes[said.casefold()])

    def policy_key(self, arg: Node, at: int) -> None:
        said = arg.value if isinstance(arg, Const) else None
        if not isinstance(said, str):
            raise self.fault('POLICY wants the key in quotes, as POLICY("exp.limit.deputy")', 'POLICY 的参数名须加引号，如 POLICY("exp.limit.deputy")', at, MISFIT)
        if said not in self.names.keys:
            near = get_close_matches(said, self.names.keys, n=1)
            hint = Text(f". Did you mean {near[0]}?", f"。是否为 {near[0]}？") if near else Text("", "")
            raise self.fault(f"there is no policy key {_short(said)}{hint.en}", f"没有制度参数 {_short(said)}{hint.zh}", at, UNKNOWN)

    def of_a_list(self, args: Sequence[Node], places: Sequence[int]) -> None:
        if not (isinstance(args[0], Ref) and isinstance(args[0].column.kind, ChoicesKind)) or isinstance(args[0].column.kind, SuggestedKind):
            raise self.fault("FROM wants a column with a value list", "FROM 的第一个值须为带选项列表的列", places[0], MISFIT)

    def coded(self, beside: Node, arg: Node, *, at: int) -> tuple[Node, Node]:
        """Two nodes; a text beside a column with a value list as the code that it names, in either language."""
        if isinstance(beside, Const) and not isinstance(arg, Const):
            other, this = self.coded(arg, beside, at=at)
            return this, other
        kind = list_of(beside)
        if kind is None or not (isinstance(arg, Const) and isinstance(arg.value, str) and arg.value):
            return beside, arg
        if kind.several:
            several = [self.coded_as(kind, part.strip(), at) for part in arg.value.replace("；", ";").split(";")]
            return beside, Const(";".join(several))
        sign = next((s for s in ("<>", "=") if arg.value.startswith(s)), "") if isinstance(beside, Area) else ""
        said = arg.value[len(sign) :]
        if not said or (isinstance(beside, Area) and set("*?") & set(said)):
            return beside, arg
        return beside, Const(sign + self.coded_as(kind, said, at))

    def coded_as(self, kind: ChoicesKind, said: str, at: int) -> str:
        """The code that a label of a list, or a code, means; a name that is not listed means itself."""
        spellings = {s.casefold(): c for s, c in kind.spellings(self.names.lists).items()}
        if isinstance(kind, SuggestedKind):
            return spellings.get(said.casefold(), said)
        if said.casefold() not in spellings:
            hint = Text("", "")
            if near := get_close_matches(said.casefold(), spellings, n=1):
                label = kind.labels(self.names.lists)[spellings[near[0]]]
                hint = Text(f'. Did you mean "{label.en}"?', f"。是否为“{label.zh}”？")
            raise self.fault(f'"{_short(said)}" is not in the list of {kind.choices.key()}{hint.en}',
                             f"“{_short(said)}”不在列表 {kind.choices.key()} 中{hint.zh}", at, UNKNOWN)  # fmt: skip
        return spellings[said.casefold()]


#: Functions that take texts apart or put them together.
_OF_TEXTS = ("LEN", "LEFT", "RIGHT", "MID", "TRIM", "UPPER", "LOWER", "EXACT", "FIND", "SEARCH", "SUBSTITUTE", "CONCAT", "CONCATENATE", "VALUE")
_FROM = Function("FROM", "value value", "condition", lambda *values: values[0])


def _depth(node: Node) -> int:
    """How many steps lie within one another at most."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        here, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(arg, depth + 1) for arg in here.args] if isinstance(here, Call) else []
    return deepest


def _aggregates(node: Node) -> bool:
    return any(isinstance(part, Call) and part.name in AGGREGATES for part in parts(node))


def _bare(node: Node) -> bool:
    """Whether a column stands in it that no SUM, COUNT … holds."""
    if isinstance(node, Call):
        return node.name not in AGGREGATES and any(map(_bare, node.args))
    return isinstance(node, Ref)


def list_of(node: Node) -> ChoicesKind | None:
    """The value list whose codes a node gives, if it gives those of one."""
    match node:
        case Ref(column=column) | Area(column=column):
            return column.kind if isinstance(column.kind, ChoicesKind) else None
        case Call(name="XLOOKUP", args=(_, _, result, *_)):
            return list_of(result)
        case Call(name="IF" | "IFS" | "SWITCH" | "IFERROR" | "IFNA", args=args):
            return next((kind for arg in args[1 if node.name in ("IF", "IFS", "SWITCH") else 0 :] if (kind := list_of(arg))), None)
    return None


def _near(said: str, columns: Mapping[str, Named]) -> Text:
    """The column that may be meant, as a question; nothing where none is like it."""
    near = get_close_matches(said, [*columns, *(h for c in columns.values() for h in (c.header.en, c.header.zh))], n=1)
    return Text(f". Did you mean [{near[0]}]?", f"。是否为 [{near[0]}]？") if near else Text("", "")


def matches_nothing(node: Node) -> Iterator[tuple[Area, str]]:
    """The columns and criteria, written out, of which no cell of the column can be what the criterion asks."""
    for part in parts(node):
        if isinstance(part, Call) and part.name in FUNCTIONS:
            words = [FUNCTIONS[part.name].of(n) for n in range(len(part.args))]
            for n, (word, arg) in enumerate(zip(words, part.args, strict=True)):
                column = part.args[n - 1] if word == "criterion" else None
                if isinstance(column, Area) and isinstance(arg, Const) and not isinstance(arg.value, bool) \
                        and not can_match(arg.value, numbers=gives(column) == "number"):  # fmt: skip
                    yield column, str(arg.value)


def _short(said: str) -> str:
    return said if len(said) <= 40 else f"{said[:39]}…"
