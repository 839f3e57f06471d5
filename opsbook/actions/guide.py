"""Guide: the catalog as a rule book, in Markdown and as data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from opsbook.actions.changing import chapter
from opsbook.grammar import Catalog, Column, Figure, Lang, Rule, Sheet, Text
from opsbook.grammar.kinds import ChoicesKind, SuggestedKind


def as_data(catalog: Catalog, clauses: Mapping[str, Text]) -> dict[str, Any]:
    """Sheets with their columns, value lists, rules, figures, policy keys and clauses, both languages side by side."""
    return {
        "sheets": [_sheet_data(s) for s in catalog.sheets.values()],
        "lists": {k: [{"code": c, **_both(t)} for c, t in labels.items()] for k, labels in catalog.lists.items()},
        "rules": [
            {"id": r.id, "severity": r.severity.value, "sheet": r.sheet, "column": r.column, "scope": r.scope, "clause": r.clause,
             "about": _both(r.about), "message": _both(r.message), "fix": _both(r.fix), "reads": list(r.reads)}
            for r in catalog.rules.values()
        ],
        "figures": [
            {"id": f.id, "sheet": f.sheet, "column": f.column, "name": _both(f.name), "about": _both(f.about), "clause": f.clause,
             "source": f.source, "reads": list(f.reads)}
            for f in catalog.figures
        ],
        "summaries": [
            {"key": p.key, "name": _both(p.tab), "about": _both(p.about), "blocks": [
                {"id": b.id, "title": _both(b.title), "about": _both(b.about), "figures": list(b.figures), "clause": b.clause, "reads": list(b.reads)}
                for b in catalog.blocks if b.page == p]}
            for p in catalog.summaries
        ],
        "documents": [{"kind": f.key, "title": _both(f.title), "about": _both(f.about), "asks": _both(f.asks), "clause": f.clause, "places": sorted(f.fields())}
                      for f in catalog.forms.values()],
        "policy": [
            {"key": k.name, "default": k.default, "holds": k.holds, "unit": _both(k.unit), "meaning": _both(k.meaning),
             "section": _both(k.section), "least": k.least, "most": k.most, "among": list(k.among), "sample": k.sample}
            for k in catalog.keys.values()
        ],
        "clauses": {c: {**_both(t), **_answers(catalog, c)} for c, t in clauses.items()},
    }  # fmt: skip


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _sheet_data(sheet: type[Sheet]) -> dict[str, Any]:
    flow = sheet.workflow
    return {
        "key": sheet.key, "name": _both(sheet.tab), "about": _both(sheet.about), "id": sheet.id,
        "columns": [_column_data(c) for c in sheet.columns.values()],
        "workflow": [{"from": s.before.split(), "to": s.after, "who": _both(s.who)} for s in flow.steps] if flow else [],
    }  # fmt: skip


def _column_data(column: Column) -> dict[str, Any]:
    return {
        "name": column.name, "header": _both(column.header), "type": column.kind.name, "demand": column.demand, "view": column.view,
        "list": column.kind.choices.key() if isinstance(column.kind, ChoicesKind) else None, "reference": column.ref,
        "aliases": list(column.aliases), "promise": [_both(p) for p in promises(column)],
        "required_when": _both(column.required_when.sentence()) if column.required_when else None,
    }  # fmt: skip


def promises(column: Column) -> Iterator[Text]:
    """What a filled cell of the column keeps, as sentences."""
    yield from (bound.sentence() for bound in column.bounds)
    if column.check is not None:
        yield column.check.sentence()
    if form := getattr(column.kind, "form", ""):
        yield Text(f"form {form}", f"格式 {form}")
    if column.unique:
        yield Text("unique", "唯一")


# ----------------------------------------------------------------------------------------------- Markdown

_DEMAND = {"R": Text("required", "必填"), "Q": Text("in some situations", "条件必填"), "O": Text("optional", "选填"),
           "C": Text("computed", "自动计算")}  # fmt: skip


_DOCUMENTS = Text(
    "`opsbook document forms DIR` writes the templates into a folder; restyle them and give one with `--template`. A cell says `{{place}}` where a value "
    "belongs; a row with `{{table.column}}` is repeated for each line. Documents are xlsx, docx (the extra `[docs]`) or pdf (by LibreOffice), by the ending of "
    "`-o`; charts are in xlsx and pdf. `opsbook document summaries FILE` prints all summaries as one PDF.",
    "`opsbook document forms 文件夹` 生成模板，可自行调整样式后用 `--template` 指定。单元格中的 `{{名称}}` 处填入数据，含 `{{表.列}}` 的行按明细逐行重复。"
    "按 `-o` 的扩展名生成 xlsx、docx（需安装 `[docs]`）或 pdf（由 LibreOffice 转换）；图表见 xlsx 与 pdf。`opsbook document summaries 文件` 将全部汇总表打印为一个 PDF。",
)


def as_markdown(catalog: Catalog, clauses: Mapping[str, Text], lang: Lang, *, pictures: bool = False) -> str:
    """The rule book in one language, with the other language's headers beside; ``pictures`` are written into it, or left out."""
    return "\n".join(_book(catalog, clauses, lang, pictures)) + "\n"


def _book(catalog: Catalog, clauses: Mapping[str, Text], lang: Lang, pictures: bool) -> Iterator[str]:
    def say(en: str, zh: str) -> str:
        return Text(en, zh)[lang]

    yield f"# {say('opsbook: the rule book', 'opsbook 说明书')}"
    yield ""
    yield say("Made from the catalog by `opsbook guide`. Sheets are found by any of their names, columns by field name or by either header.",
              "由 `opsbook guide` 根据目录生成。工作表按任一名称识别，列按字段名或任一语言表头识别。")  # fmt: skip
    yield ""
    yield chapter(lang, pictures=pictures)
    for sheet in catalog.sheets.values():
        yield from ("", f"## {sheet.tab[lang]} · {sheet.tab.other(lang)} · `{sheet.key}`", "", sheet.about[lang], "")
        yield from _table([say("Field", "字段"), say("Header", "表头"), say("Other header", "另一语言表头"), say("Holds", "类型"),
                           say("Required", "必填"), say("What it keeps", "要求")],
                          ([f"`{c.name}`", c.header[lang], c.header.other(lang), _holds(c, catalog, lang), _when(c, lang),
                            "; ".join(p[lang] for p in promises(c))] for c in sheet.columns.values()))  # fmt: skip
        if sheet.workflow:
            labels = sheet.columns[sheet.workflow.status].kind.show
            yield from ("", f"**{say('Workflow', '流转')}**", "")
            yield from _table([say("From", "原状态"), say("To", "新状态"), say("Who", "权限")],
                              ([", ".join(_in(labels(b), lang) for b in s.before.split()), _in(labels(s.after), lang), s.who[lang]]
                               for s in sheet.workflow.steps))  # fmt: skip
        yield from _rules([r for r in catalog.rules.values() if r.sheet == sheet.key], lang)
        yield from _figures([f for f in catalog.figures if f.sheet == sheet.key], lang)
    yield from ("", f"## {say('Every register, and files', '通用规则与文件')}")
    yield from _rules([r for r in catalog.rules.values() if r.sheet == "*"], lang)
    for page in catalog.summaries:
        yield from ("", f"## {page.tab[lang]} · {page.tab.other(lang)}", "", page.about[lang], "")
        yield from _table([say("Shows", "内容"), say("How", "说明"), say("Figures", "指标"), say("Clause", "条款")],
                          ([b.title[lang], b.about[lang], " ".join(b.figures), b.clause] for b in catalog.blocks if b.page == page))  # fmt: skip
    yield from ("", f"## {say('Documents', '单据与报告')}", "", _DOCUMENTS[lang], "")
    yield from _table([say("Command", "命令"), say("Document", "文档"), say("Shows", "内容"), say("Is about", "对象"), say("Places of its template", "模板中的位置")],
                      ([f"`opsbook document {f.key} FILE ID`", f.title[lang], f.about[lang], f.asks[lang], " ".join(f"`{n}`" for n in f.fields())]
                       for f in catalog.forms.values()))  # fmt: skip
    yield from ("", f"## {say('Policy keys', '制度参数')}", "")
    yield from _table([say("Key", "参数"), say("Shipped value", "出厂值"), say("Unit", "单位"), say("Meaning", "含义")],
                      ([f"`{k.name}`", str(k.default), k.unit[lang], k.meaning[lang]] for k in catalog.keys.values()))  # fmt: skip
    yield from ("", f"## {say('Value lists', '选项列表')}", "")
    yield from _table([say("List", "列表"), say("Values", "选项")],
                      ([f"`{k}`", "; ".join(f"`{c}` {t[lang]}" for c, t in labels.items())] for k, labels in catalog.lists.items()))  # fmt: skip
    yield from ("", f"## {say('Clauses', '条款对照')}", "")
    yield from _table([say("Clause", "条款"), say("Says", "内容"), say("Sheets", "工作表"), say("Rules", "规则"), say("Figures", "指标"),
                       say("Summaries and documents", "汇总与文档")], (_clause(catalog, c, t, lang) for c, t in clauses.items()))  # fmt: skip


def _clause(catalog: Catalog, clause: str, text: Text, lang: Lang) -> list[str]:
    found = _answers(catalog, clause)
    sheets = [catalog.sheets[s].tab[lang] for s in found["sheets"]]
    return [clause, text[lang], *(", ".join(names) or "–" for names in (sheets, found["rules"], found["figures"], _shown(catalog, clause, lang)))]


def _answers(catalog: Catalog, clause: str) -> dict[str, list[str]]:
    """The sheets, rules, figures, blocks and documents that answer a clause."""
    rules = [r for r in catalog.rules.values() if r.clause == clause]
    figures = [f for f in catalog.figures if f.clause == clause]
    own = {key for key, sheet in catalog.sheets.items() if clause in sheet.clauses}
    at = own | {r.sheet for r in rules if r.sheet != "*"} | {f.sheet for f in figures}
    return {"sheets": [key for key in catalog.sheets if key in at], "rules": [r.id for r in rules], "figures": sorted({f.id for f in figures}),
            "blocks": [b.id for b in catalog.blocks if b.clause == clause], "documents": [f.key for f in catalog.forms.values() if f.clause == clause]}  # fmt: skip


def _shown(catalog: Catalog, clause: str, lang: Lang) -> list[str]:
    """The blocks and documents that answer a clause, by their titles."""
    blocks = [f"{b.page.tab[lang]}: {b.title[lang]}" for b in catalog.blocks if b.clause == clause]
    return [*blocks, *(f.title[lang] for f in catalog.forms.values() if f.clause == clause)]


def _in(said: Text | str, lang: Lang) -> str:
    return said[lang] if isinstance(said, Text) else said


def _holds(column: Column, catalog: Catalog, lang: Lang) -> str:
    kind = column.kind
    if column.ref:
        return Text("a record of ", "引用")[lang] + catalog.sheets[column.ref.partition(".")[0]].tab[lang]
    if isinstance(kind, ChoicesKind):
        before = Text("several of ", "多选 ") if kind.several else Text("mostly of ", "常用 ") if isinstance(kind, SuggestedKind) else Text("", "")
        return before[lang] + f"`{kind.choices.key()}`"
    return kind.title[lang]


def _when(column: Column, lang: Lang) -> str:
    said = _DEMAND[column.demand][lang]
    if column.required_when is not None:
        return Text("when ", "")[lang] + column.required_when.sentence()[lang] + Text("", "时必填")[lang]
    return f"{said} ({column.required_by})" if column.required_by else said


def _rules(rules: list[Rule], lang: Lang) -> Iterator[str]:
    if rules:
        yield from ("", f"**{Text('Rules', '规则')[lang]}**", "")
        heads = (Text("Rule", "规则"), Text("Weight", "级别"), Text("What must hold", "要求"), Text("Says", "提示"), Text("Clause", "条款"))
        yield from _table([h[lang] for h in heads],
                          ([r.id, r.severity.text[lang], r.about[lang], r.message[lang], r.clause] for r in rules))  # fmt: skip


def _figures(figures: list[Figure], lang: Lang) -> Iterator[str]:
    if figures:
        yield from ("", f"**{Text('Figures', '指标')[lang]}**", "")
        heads = (Text("Figure", "指标"), Text("Name", "名称"), Text("How", "算法"), Text("Source", "来源"), Text("Clause", "条款"))
        yield from _table([h[lang] for h in heads],
                          ([f"{f.id} `{f.column}`", f.name[lang], f.about[lang], f.source, f.clause] for f in figures))  # fmt: skip


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
