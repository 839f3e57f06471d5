"""Template: a catalog becomes pages: every register with its dropdowns, hints and colours, the lists, the index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from opsbook.actions import families
from opsbook.grammar import Catalog, Column, Lang, Sheet, Text
from opsbook.grammar.board import Board, quoted
from opsbook.grammar.finding import letters
from opsbook.grammar.kinds import ChoicesKind, DayKind, NumberKind, SuggestedKind
from opsbook.grammar.page import HEADER_ROW, LAST_ROW, Highlight, Link, Page, PageColumn, Validation
from opsbook.grammar.text import literal
from opsbook.summaries import INDEX as TITLE

Role = Literal["clerk", "manager", "finance", "auditor"]
#: What each role sees open; everything else stands in collapsed groups.
OPEN_VIEWS: dict[Role, tuple[str, ...]] = {
    "clerk": ("entry",),
    "manager": ("entry", "review"),
    "finance": ("entry", "review", "finance"),
    "auditor": ("entry", "review", "finance", "detail"),
}
FIRST = HEADER_ROW + 2  # the Excel row of the first record

Record = Mapping[str, Any]
INDEX = Text("Index", "目录")


@dataclass(frozen=True)
class Choice:
    """What a template is to hold: sheets by key, the language, for whom."""

    lang: Lang = "zh"
    sheets: tuple[str, ...] = ()
    role: Role = "clerk"
    department: str = ""
    private: bool = True  # with columns for numbers of people, cards and telephones


def pages(catalog: Catalog, choice: Choice, records: Mapping[str, Sequence[Record]] | None = None) -> list[Page | Board]:
    """The pages of a workbook: index, registers with their records (by field name, choices as codes), lists."""
    records = {"lists": list_records(catalog)} | dict(records or {})
    keys = choice.sheets or tuple(catalog.sheets)
    keys = keys if "lists" in keys else (*keys, "lists")
    drawn: list[Page | Board] = []
    if "policy" in records:
        board, records["policy"] = _with_tables(catalog, choice.lang, records["policy"])
    registers = [_register(catalog, catalog.sheets[k], choice, records.get(k, ()), keys) for k in keys]
    for key, register in zip(keys, registers, strict=True):
        drawn += [register, board] if key == "policy" and "policy" in records else [register]
    return [_index(catalog, registers, keys, choice.lang), *drawn]


def _with_tables(catalog: Catalog, lang: Lang, rows: Sequence[Record]) -> tuple[Board, list[Record]]:
    """The sheet of families, and the rows of Policy that take their values from there."""
    lasting = [row for row in rows if row.get("applies_to", "*") == "*" and not row.get("effective_from")]
    board, formulas = families.tables(catalog, lang, {row["policy_key"]: row.get("value") for row in lasting})
    return board, [{**row, "value": (formulas[row["policy_key"]], row["value"])} if row in lasting and row["policy_key"] in formulas and "value" in row
                   else row for row in rows]  # fmt: skip


def kept(name: str, lines: Sequence[Sequence[str]], lang: Lang) -> Page:
    """A very hidden page of what the workbook keeps for opsbook itself."""
    return Page(name, "", "", f"t{name}", (PageColumn("opsbook", style="plain"),), [list(line) for line in lines], lang, frozen=0, hidden=True)


def register(catalog: Catalog, sheet: type[Sheet], lang: Lang) -> Page:
    """A register without rows."""
    return _register(catalog, sheet, Choice(lang), (), tuple(catalog.sheets))


def _register(catalog: Catalog, sheet: type[Sheet], choice: Choice, records: Sequence[Record], keys: Iterable[str]) -> Page:
    lang, columns = choice.lang, [c for c in sheet.columns.values() if choice.private or not c.kind.private]
    at = {c.name: letters(n) for n, c in enumerate(columns, 1)}
    ids = f"{quoted(sheet.tab[lang])}!${at[sheet.id]}${FIRST}"
    return Page(
        name=sheet.tab[lang],
        title=f"{sheet.tab[lang]}  {sheet.tab.other(lang)}",
        subtitle=sheet.about[lang],
        table=f"t_{sheet.key}",
        columns=tuple(_column(catalog, sheet, c, at, choice, set(keys)) for c in columns),
        rows=[[_written(c, record.get(c.name), lang, catalog) for c in columns] for record in records],
        lang=lang,
        legend=_legend(lang),
        frozen=1,
        endless=True,
        tab="lists" if sheet.key == "lists" else "policy" if sheet.governs else "register",
        names={f"ref_{sheet.key}": f"=OFFSET({ids},0,0,MAX(1,COUNTA({ids}:${at[sheet.id]}${LAST_ROW})),1)"}
        | (_growing(catalog, 3 if lang == "en" else 4, sheet.tab[lang]) if sheet.key == "lists" else {}),
    )


def _legend(lang: Lang) -> tuple[tuple[Any, str], ...]:
    said: tuple[tuple[Any, Text], ...] = (
        ("input", Text("■ Type here (* required)", "■ 填写（* 必填）")),
        ("computed", Text("■ Computed by opsbook", "■ 自动计算")),
        ("required", Text("■ Still required", "■ 待填")),
        ("wrong", Text("■ Does not hold", "■ 有误")),
        ("muted", Text("Select a cell to see its hint; [+] above the columns shows the rest.", "选中单元格可见填写说明；列上方 [+] 展开其余各列。")),
    )
    return tuple((style, text[lang]) for style, text in said)


def _written(column: Column, value: Any, lang: Lang, catalog: Catalog) -> Any:
    if value is None or value == "":
        return None
    if isinstance(column.kind, ChoicesKind):
        return column.kind.write(value, lang, column.kind.labels(catalog.lists))
    return date.fromisoformat(value) if isinstance(column.kind, DayKind) and isinstance(value, str) else value


def _column(catalog: Catalog, sheet: type[Sheet], column: Column, at: Mapping[str, str], choice: Choice, keys: set[str]) -> PageColumn:
    lang = choice.lang
    cell = f"{at[column.name]}{FIRST}"
    star = {"R": " *", "Q": " (*)"}.get(column.demand, "")
    style = "computed" if column.computed else "key" if column.name == sheet.id else "input"
    header = column.header[lang]
    return PageColumn(
        header=header,
        caption=column.header.other(lang) + star,
        number_format=column.kind.number_format,
        width=column.width or max(column.kind.width, _width(header) + 3, _width(column.header.other(lang) + star) + 1.5),
        align=column.kind.align,
        style=style,  # type: ignore[arg-type]
        outline=0 if column.view in OPEN_VIEWS[choice.role] else 1,
        wrap=False,
        hint=None if column.computed else (header[:32], hint(catalog, column, lang)[:255]),
        validation=None if column.computed else _validation(column, cell, at, choice, keys),
        highlights=_verdict(cell) if column.computed and sheet.governs and column.name == "status" else () if column.computed else (
            *_highlights(column, cell, at, choice.lang, len(at)), *_progress(sheet, column, cell, choice.lang)
        ),
    )


def _width(said: str) -> float:
    return sum(1.9 if ord(c) > 0x2E7F else 1.05 for c in said)


def hint(catalog: Catalog, column: Column, lang: Lang) -> str:
    """What a clerk is told of a column: what it is for, what it promises, when it is required."""
    said = [column.help[lang]] if column.help else []
    kind = column.kind
    if isinstance(kind, ChoicesKind):
        labels = [t[lang] for t in kind.labels(catalog.lists).values()]
        many = (Text("Several of", "可填多个") if kind.several else Text("Mostly one of", "常用") if isinstance(kind, SuggestedKind)
                else Text("One of", "可选"))  # fmt: skip
        said.append(Text(f"{many.en}: {', '.join(labels[:9])}{' …' if len(labels) > 9 else ''}.",
                         f"{many.zh}：{'、'.join(labels[:9])}{'…' if len(labels) > 9 else ''}。")[lang])  # fmt: skip
    elif getattr(kind, "form", ""):
        said.append(Text(f"Form: {kind.form}.", f"格式：{kind.form}。")[lang])  # type: ignore[attr-defined]
    elif isinstance(kind, DayKind):
        said.append(Text("Date, yyyy-mm-dd.", "日期，yyyy-mm-dd。")[lang])
    elif kind.name == "money":
        said.append(Text("CNY, two decimals at most.", "人民币元，最多两位小数。")[lang])
    elif kind.name == "pct":
        said.append(Text("0% to 100%.", "0%至100%。")[lang])
    for bound in column.bounds:
        said.append(Text(f"{bound.sentence().en.capitalize()}.", f"{bound.sentence().zh}。")[lang])
    if column.ref:
        target = catalog.sheets[column.ref.partition(".")[0]].tab[lang]
        said.append(Text(f"A record of {target}.", f"取自{target}。")[lang])
    if column.check is not None:
        said.append(Text(f"{column.check.sentence().en}.", f"{column.check.sentence().zh}。")[lang])
    if column.required_when is not None:
        condition = column.required_when.sentence()[lang]
        said.append(Text(f"Required when {condition}.", f"{condition}时必填。")[lang])
    elif column.required_by and column.required_by in catalog.rules:
        said.append(Text(f"Required by {column.required_by}: {catalog.rules[column.required_by].about.en}",
                         f"{column.required_by} 要求：{catalog.rules[column.required_by].about.zh}")[lang])  # fmt: skip
    return " ".join(said) if lang == "en" else "".join(said)


LONGEST_FORMULA = 255  # Excel's limit for a condition in a validation


def condition(column: Column, cell: str, at: Mapping[str, str], lang: Lang) -> str:
    """What a filled cell must keep, as an Excel formula that is TRUE where it cannot be judged yet; '' if nothing."""
    held = [bound.excel(cell) for bound in column.bounds]
    if column.check is not None:
        others = [f"${at[n]}{FIRST}" for n in column.check.columns() if n != column.name]
        blank = [f'{o}=""' for o in others]
        formula = column.check.excel(lambda n: f"${at[n]}{FIRST}", lang)
        held.append(f"OR({','.join([*blank, formula])})" if blank else formula)
    return f"AND({','.join(held)})" if len(held) > 1 else "".join(held)


def _validation(column: Column, cell: str, at: Mapping[str, str], choice: Choice, keys: set[str]) -> Validation | None:
    kind, lang = column.kind, choice.lang
    if column.name == "on_sheet":
        return Validation("list", source="sheet_names")
    if isinstance(kind, ChoicesKind):
        if kind.choices.key() == "dept" and choice.department and not kind.several:
            only = kind.write(choice.department, choice.lang)
            return Validation("list", source=f'"{only}"')
        return None if kind.several else Validation("list", source=f"list_{kind.choices.key()}", others=isinstance(kind, SuggestedKind))
    if column.ref:
        target = column.ref.partition(".")[0]
        return Validation("list", source=f"ref_{target}") if target in keys and not column.ref_or else None
    if column.check is not None:
        formula = condition(column, f"${cell}", at, lang)
        if len(formula) < LONGEST_FORMULA - 20:
            typed = f"ISNUMBER(${cell})" if kind.numeric or isinstance(kind, DayKind) else "TRUE"
            return Validation("custom", source=f"AND({typed},{formula})")
    if isinstance(kind, DayKind):
        return Validation("date", least=date(1900, 3, 1), most=date(2199, 12, 31))
    if isinstance(kind, NumberKind):
        least, most = _range(column, kind)
        return Validation("whole" if kind.name in ("int", "year") else "number", least=least, most=most)
    longest = [b.limit for b in column.bounds if b.length and b.operator == "<="]
    return Validation("length", least=0, most=longest[0]) if longest else None


def _range(column: Column, kind: NumberKind) -> tuple[float, float]:
    """The closed range Excel is given; an open bound is one step away from it."""
    step = 0.01 if kind.name == "money" else 1 if kind.name in ("int", "year") else 1e-9
    low, high = -1e12, 1e12
    limits = [(b.operator, b.limit) for b in column.bounds if not b.length]
    limits += [(op, getattr(m, name)) for m in kind.limits for name, op in (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))
               if hasattr(m, name) and getattr(m, name) is not None and abs(getattr(m, name)) < 1e12]  # fmt: skip
    for op, limit in limits:
        if op.startswith(">"):
            low = max(low, limit if op == ">=" else limit + step)
        else:
            high = min(high, limit if op == "<=" else limit - step)
    return low, high


def _highlights(column: Column, cell: str, at: Mapping[str, str], lang: Lang, width: int) -> Iterable[Highlight]:
    begun = f"COUNTA($A{FIRST}:${letters(width)}{FIRST})>0"
    if column.required:
        yield Highlight(f'AND({begun},${cell}="")', "required")
    elif column.required_when is not None:
        yield Highlight(f'AND({begun},${cell}="",{column.required_when.excel(lambda n: f"${at[n]}{FIRST}", lang)})', "required")
    held = condition(column, f"${cell}", at, lang)
    if held:
        yield Highlight(f'AND(${cell}<>"",NOT({held}))', "wrong")
    if column.kind.numeric or isinstance(column.kind, DayKind):
        yield Highlight(f'AND(${cell}<>"",NOT(ISNUMBER(${cell})))', "wrong")


def _verdict(cell: str) -> tuple[Highlight, ...]:
    """What a check came to: red where it is told what is wrong, green where nothing is."""
    return Highlight(f'LEFT(${cell},1)="◆"', "bad"), Highlight(f'LEFT(${cell},1)="√"', "good")


def _progress(sheet: type[Sheet], column: Column, cell: str, lang: Lang) -> Iterable[Highlight]:
    """A status that has ended reads green, one that waits for somebody amber."""
    flow = sheet.workflow
    if flow is None or column.name != flow.status:
        return
    for codes, style in ((flow.done, "good"), (flow.waiting, "warn")):
        if codes:
            said = ",".join(f'${cell}="{column.kind.write(code, lang)}"' for code in codes)
            yield Highlight(f"OR({said})", style)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------- other pages


def _index(catalog: Catalog, registers: Sequence[Page], keys: Sequence[str], lang: Lang) -> Page:
    said = {
        "sheet": Text("Sheet", "工作表"), "about": Text("What it holds", "内容"), "rows": Text("Records", "记录数"),
        "columns": Text("Columns", "列数"), "rules": Text("Rules", "规则数"),
    }  # fmt: skip
    rows = []
    for key, page in zip(keys, registers, strict=True):
        sheet = catalog.sheets[key]
        rules = sum(r.sheet == key for r in catalog.rules.values())
        count = f"=COUNTA({quoted(page.name)}!$A${FIRST}:$A${LAST_ROW})"
        rows.append([Link(page.name, page.name), sheet.about[lang], (count, len(page.rows)), len(page.columns) - 2, rules])
    widths = {"sheet": 20, "about": 86, "rows": 10, "columns": 9, "rules": 9}
    return Page(
        name=INDEX[lang],
        title=TITLE[lang],
        subtitle=Text("Choose a sheet. Every column says in a hint what belongs into it; check the book with: opsbook validate FILE",
                      "点击进入各表。选中单元格可见填写说明；校验命令：opsbook validate 文件")[lang],
        table="t_index",
        columns=tuple(
            PageColumn(text[lang], text.other(lang), "#,##0" if name in ("rows", "columns", "rules") else "General", widths[name],
                       "right" if name in ("rows", "columns", "rules") else "left", "plain", wrap=name == "about")
            for name, text in said.items()
        ),
        rows=rows, lang=lang, frozen=0, tab="index", ranges={"sheet_names": (0, HEADER_ROW + 2, HEADER_ROW + 1 + len(rows))},
    )  # fmt: skip


def list_records(catalog: Catalog) -> list[dict[str, Any]]:
    """The rows of a Lists sheet: every value of every list, the lists one below the other."""
    return [{"list_key": key, "code": code, "label_en": text.en, "label_zh": text.zh} for key, labels in catalog.lists.items() for code, text in labels.items()]


def _growing(catalog: Catalog, column: int, name: str) -> dict[str, str]:
    """For each list a name for its labels that takes in what is inserted among them."""
    keys, labels = (f"{quoted(name)}!${letters(n)}${{}}:${letters(n)}$5000" for n in (1, column))
    first = HEADER_ROW + 2
    top, within = labels.partition(":")[0].format(first), keys.format(first)
    return {f"list_{key}": f"=OFFSET({top},MATCH({said},{within},0)-1,0,COUNTIF({within},{said}),1)" for key, said in ((key, literal(key)) for key in catalog.lists)}
