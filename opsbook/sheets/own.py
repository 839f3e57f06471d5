"""What a centre adds itself, without code: lists, columns, rules, figures and tables, each a row of a sheet.

The expressions of these sheets are Excel's notation (:mod:`opsbook.grammar.expression`); what is wrong in them is told at their cells.
"""

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.grammar import Choices, Code, Count, Day, Line, Prose, Quantity, Sheet, Text, Token, column, figure, told
from opsbook.grammar.kinds import Formula
from opsbook.lists import Yesno

if TYPE_CHECKING:
    from opsbook.columns import Figures, Rules, Tables
    from opsbook.grammar.workings import Workings


class FieldType(Choices):
    """What a column of one's own holds."""

    TEXT = "text", "Text", "文本"
    NOTE = "note", "Long text", "长文本"
    CODE = "code", "Code", "编号"
    NUMBER = "number", "Number", "数字"
    WHOLE = "whole", "Whole number", "整数"
    AMOUNT = "amount", "Amount", "金额"
    PERCENT = "percent", "Percentage", "百分比"
    SCORE = "score", "Score 0-100", "百分制分数"
    DAY = "day", "Date", "日期"
    MONTH = "month", "Month", "月份"
    YESNO = "yesno", "Yes or no", "是否"
    CHOICE = "choice", "One of a list", "单选"
    CHOICES = "choices", "Several of a list", "多选"


class RuleSeverity(Choices):
    """How much a breach of a rule weighs."""

    ERROR = "error", "Error", "错误"
    WARNING = "warning", "Warning", "警告"
    NOTE = "note", "Note", "提示"


class JudgedOn(Choices):
    """On what a rule is judged."""

    BOOK = "book", "Each workbook", "单个工作簿"
    CENTRE = "centre", "All workbooks together", "汇总后"


class TableChart(Choices):
    """How a table of one's own is drawn."""

    NONE = "none", "No chart", "无图"
    COLUMN = "column", "Columns", "柱形图"
    BAR = "bar", "Bars", "条形图"
    LINE = "line", "Line", "折线图"
    STACKED = "stacked", "Stacked columns", "堆积柱形图"


class TableOrder(Choices):
    """In what order the lines of a table stand."""

    NAME = "name", "By name", "按名称"
    LARGEST = "largest", "Largest first", "从大到小"
    SMALLEST = "smallest", "Smallest first", "从小到大"


_ON = Text("The sheet by its name in either language.", "工作表名称，中英文均可。")
_HOW = Text("Excel's notation; columns in brackets by header or field name: [Claimed Amount] > 5000.",
            "Excel 写法；列名放在方括号内，中英文表头或字段名均可：[报销金额] > 5000。")  # fmt: skip


class ListValue(Sheet, key="lists", id="code", governs=True):
    """The values that dropdowns offer: add a row within a list, or change labels. Codes and labels of both languages are understood.
    下拉选项：可在列表内插入行或修改名称；编码与中英文名称均可识别。"""

    clauses = ("一(三)2",)
    tab = Text("Lists", "选项列表")

    list_key: Code = column("List", "列表", example="dept", width=18)
    code: Token = column("Code", "编码", example="audit_dept", width=20)
    label_en: Line = column("English", "英文名称", aliases=("Label", "另一语言名称"), example="Audit Dept", width=32)
    label_zh: Line = column("Chinese", "中文名称", aliases=("名称", "Label in the other language"), example="审计部", width=32)


class OwnColumn(Sheet, key="columns", id="field", governs=True):
    """Columns of one's own on any register: they are checked like built-in ones and may be used in rules and tables.
    自定义列：可加在任何登记表，与内置列同样校验，并可用于规则与汇总。"""

    clauses = ("一(三)2",)
    tab = Text("Columns", "自定义列")

    on_sheet: Line = column("Sheet", "工作表", example="Expense Claims", help=_ON, width=22)
    field: Code = column("Field", "字段名", example="cost_centre", help=Text("A short name in small letters; it never changes.", "英文小写短名，设定后不再更改。"))
    header_en: Line = column("Header (English)", "表头（英文）", example="Cost Centre", width=22)
    header_zh: Line = column("Header (Chinese)", "表头（中文）", example="成本中心", width=18)
    holds: FieldType = column("Type", "类型", example="choice")
    list_key: Code | None = column(
        "List", "列表", example="cost_centre", required_when='IN([holds], "choice", "choices")',
        help=Text("A list of the sheet Lists.", "选项列表中的列表名。"),
    )  # fmt: skip
    refers_to: Line | None = column(
        "Refers to", "引用", example="Projects", width=18, help=Text("A sheet whose records may stand here.", "可填该工作表的记录编号。")
    )
    is_required: Yesno | None = column("Required", "必填", example="Y")
    least: Quantity | None = column("At least", "下限")
    most: Quantity | None = column("At most", "上限")
    longest: Count | None = column("Characters at most", "最多字数", ge=1)
    hint_en: Prose | None = column("Hint (English)", "说明（英文）", view="detail")
    hint_zh: Prose | None = column("Hint (Chinese)", "说明（中文）", view="detail")


class OwnRule(Sheet, key="rules", id="rule_id", governs=True):
    """Rules of one's own: what must be true of every row, written as an Excel formula. 自定义规则：每行须满足的条件，按 Excel 公式书写。"""

    clauses = ("一(三)2",)
    tab = Text("Rules", "自定义规则")

    rule_id: Code = column("Rule", "规则编号", form="USR-nnn", unique=True, example="USR-001")
    is_on: Yesno | None = column("On", "启用", example="Y", help=Text("Blank: on.", "空白表示启用。"))
    on_sheet: Line = column("Sheet", "工作表", example="Expense Claims", help=_ON, width=22)
    at_column: Line | None = column(
        "Column", "列", example="Director Approver", width=18, help=Text("Where findings stand; blank: at the record's number.", "问题所在列；空白则在编号列。")
    )
    weight: RuleSeverity | None = column("Severity", "级别", example="error", help=Text("Blank: error.", "空白表示错误。"))
    only_when: Formula | None = column("Only when", "前提条件", example='[Claimed Amount] > POLICY("exp.limit.deputy")', help=_HOW)
    must_be: Formula = column("Must be true", "必须为真", example='[Director Approver] <> ""', help=_HOW)
    message_en: Prose | None = column("Message (English)", "提示（英文）", width=40, help=Text("{Column} stands for the row's value.", "{列名} 代表该行的值。"))
    message_zh: Prose | None = column("Message (Chinese)", "提示（中文）", width=40, help=Text("{Column} stands for the row's value.", "{列名} 代表该行的值。"))
    judged_on: JudgedOn | None = column("Judged on", "校验范围", view="detail", help=Text("Blank: each workbook.", "空白表示单个工作簿。"))
    status: Line | None = column("Check of this rule", "规则自检", computed=True, width=44)


class OwnFigure(Sheet, key="figures", id="field", governs=True):
    """Figures of one's own: a computed column on any register, written as an Excel formula. 自定义指标：任何登记表上的计算列，按 Excel 公式书写。"""

    clauses = ("一(三)2",)
    tab = Text("Figures", "自定义指标")

    on_sheet: Line = column("Sheet", "工作表", example="Expense Claims", help=_ON, width=22)
    field: Code = column("Field", "字段名", example="net_share", help=Text("A short name in small letters; it never changes.", "英文小写短名，设定后不再更改。"))
    header_en: Line = column("Header (English)", "表头（英文）", example="Net Share", width=22)
    header_zh: Line = column("Header (Chinese)", "表头（中文）", example="净额占比", width=18)
    holds: FieldType = column("Type", "类型", example="percent")
    formula: Formula = column("Formula", "公式", example="[Net Amount] / [Voucher Total (incl. tax)]", help=_HOW, width=60)
    status: Line | None = column("Check of this figure", "指标自检", computed=True, width=44)


class OwnTable(Sheet, key="tables", id="table_id", governs=True):
    """Summary tables of one's own, with a chart: which rows and columns, what is summed, which records count.
    自定义汇总表与图表：行、列、取值与筛选条件。"""

    clauses = ("一(三)2",)
    tab = Text("Tables", "自定义汇总")

    table_id: Code = column("Table", "表编号", unique=True, example="T-001")
    title_en: Line = column("Title (English)", "标题（英文）", example="Claims by cost centre", width=28)
    title_zh: Line = column("Title (Chinese)", "标题（中文）", example="按成本中心报销", width=24)
    on_sheet: Line = column("Sheet", "工作表", example="Expense Claims", help=_ON, width=22)
    down: Line = column("Rows", "行", example="Cost Centre", help=Text("The column whose values head the lines.", "作为各行标题的列。"), width=18)
    across: Line | None = column("Columns", "列", help=Text("A column whose values head columns; blank: none.", "作为各列标题的列，空白表示无。"), width=18)
    values: Formula = column(
        "Values", "取值", example="SUM([Claimed Amount]); COUNT([Claimed Amount])",
        help=Text("SUM, COUNT, COUNTA, AVERAGE, MIN or MAX of a column or formula; several with ; between.", "SUM、COUNT、COUNTA、AVERAGE、MIN、MAX；多项以分号隔开。"),
    )  # fmt: skip
    only_when: Formula | None = column("Only when", "筛选条件", example='[Status] <> "cancelled"', help=_HOW)
    chart: TableChart | None = column("Chart", "图表", example="bar")
    order: TableOrder | None = column("Order", "排序", example="largest")
    most: Count | None = column("Lines at most", "最多行数", ge=1)
    status: Line | None = column("Check of this table", "汇总自检", computed=True, width=44)


class Switch(Sheet, key="switches", id="rule_id", governs=True):
    """Rule switches: turn a rule off or weigh it otherwise; the change is signed. 规则开关：停用规则或调整级别，并注明变更人。"""

    clauses = ("一(三)2",)
    tab = Text("Rule Switches", "规则开关")

    rule_id: Code = column("Rule", "规则编号", unique=True, example="EXP-002")
    what_it_asks: Prose | None = column("What it asks", "规则内容", width=70)
    is_on: Yesno | None = column("On", "启用", example="Y")
    weight: RuleSeverity | None = column("Severity", "级别", example="warning")
    changed_by: Code | None = column("Changed by", "变更人")
    changed_on: Day | None = column("Changed on", "变更日期")


_SAME_WAY = Text("Correct the cell; the other rows are used meanwhile.", "请更正该单元格；其他行照常使用。")

LISTS = told("LST-001", clause="一(三)2", en="This list value cannot be used: {reason}", zh="该选项不能使用：{reason}",
             about=Text("Every value of the lists has a code and both labels, each once; lists that steer workflows keep their codes.",
                        "每个选项有编码和中英文名称且不重复；控制流程的列表不得增删编码。"), fix=_SAME_WAY)  # fmt: skip
COLUMNS = told("COL-001", clause="一(三)2", en="This column cannot be used: {reason}", zh="该自定义列不能使用：{reason}",
               about=Text("Every column of one's own names a sheet, a field and headers of its own, and a type that fits.",
                          "每个自定义列写明工作表、唯一的字段名和表头，类型适用。"), fix=_SAME_WAY)  # fmt: skip
UNREADABLE = told("RUL-001", clause="一(三)2", en="It cannot be read, {reason}", zh="无法识别，{reason}",
                  about=Text("Expressions are written as Excel formulas: brackets and quotes are closed.", "表达式按 Excel 公式书写，括号、引号成对。"),
                  fix=_SAME_WAY)  # fmt: skip
UNKNOWN = told("RUL-002", clause="一(三)2", en="It names what does not exist, {reason}", zh="引用的内容不存在，{reason}",
               about=Text("Sheets, columns, functions, policy keys and list values that are named exist.", "所引用的工作表、列、函数、参数和选项均存在。"),
               fix=_SAME_WAY)  # fmt: skip
MISFIT = told("RUL-003", clause="一(三)2", en="It does not fit together, {reason}", zh="内容不相符，{reason}",
              about=Text("Values and functions of an expression fit each other; ids and messages are whole.", "表达式中的值与函数相符，编号与提示完整。"),
              fix=_SAME_WAY)  # fmt: skip
CIRCLE = told("RUL-004", clause="一(三)2", en="Figures need each other in a circle: {reason}", zh="指标循环引用：{reason}",
              about=Text("No figure is worked out from itself.", "指标不得循环引用。"), fix=_SAME_WAY)  # fmt: skip


@figure("F-44", at="rules.status", en="Check of a rule", zh="规则自检", kind=Line, clause="一(三)2", source="RUL-001")
def check_of_rule(rules: "Rules", book: "Workings") -> pd.Series:
    """How many rows a rule is about and how many break it, or why it cannot be used. 规则适用行数与不符行数，或不能使用的原因。"""
    return _said(rules, book)


@figure("F-45", at="figures.status", en="Check of a figure", zh="指标自检", kind=Line, clause="一(三)2", source="RUL-001")
def check_of_figure(figures: "Figures", book: "Workings") -> pd.Series:
    """How many rows a figure has a value for, or why it cannot be used. 指标有值行数，或不能使用的原因。"""
    return _said(figures, book)


@figure("F-46", at="tables.status", en="Check of a table", zh="汇总自检", kind=Line, clause="一(三)2", source="RUL-001")
def check_of_table(tables: "Tables", book: "Workings") -> pd.Series:
    """How many lines a table has, or why it cannot be used. 汇总行数，或不能使用的原因。"""
    return _said(tables, book)


def _said(rows: Any, book: "Workings") -> pd.Series:
    """What checking each row came to, as the workbook's language has it."""
    lang = book.policy("org.language")
    checks = book.catalog.checks.get(rows.sheet.key, {})
    said = [checks[row](book)[lang] if row in checks else "" for row in rows.index]
    return pd.Series(pd.Categorical(said), index=rows.index)
