"""General rules 通用规则: what holds on every register, and what is said of files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np
import pandas as pd

from opsbook.formulas.authority import holds_role
from opsbook.formulas.lookup import days_between, doubled, is_in, members, same, words, xlookup
from opsbook.grammar import (
    NOTE,
    WARNING,
    Breach,
    Breaches,
    Frame,
    Policy,
    Rows,
    Rule,
    Severity,
    Text,
    Workflow,
    rule,
    sheet_finding,
    told,
)
from opsbook.grammar.former import Former, texts
from opsbook.grammar.kinds import ChoicesKind, SuggestedKind
from opsbook.grammar.sheet import DEPARTMENTS, ROLES, Step
from opsbook.grammar.values import Values
from opsbook.grammar.workings import Workings

REQUIRED = told(
    "GEN-001", clause="一(三)2", en='"{header}" is required', zh="“{header}”必填",
    about=Text("Every required column is filled.", "各必填列均已填写。"), fix=Text("Fill in the cell.", "请填写。"),
)  # fmt: skip
OF_ITS_KIND = told(
    "GEN-002", clause="一(三)2", en='"{header}": {value} is not a valid {type}', zh="“{header}”的值 {value} 不是有效的{type}",
    about=Text("A value is of its column's kind: a date, an amount of at most two decimals, a percentage of 0 to 100 …",
               "值符合列的类型：日期、两位小数以内的金额、0至100%的百分比等。"),
    fix=Text("{hint}", "{hint}"),
)  # fmt: skip
IN_THE_LIST = told(
    "GEN-003", clause="一(三)2", en='"{header}": {value} is not in the list', zh="“{header}”的值 {value} 不在可选范围内",
    about=Text("A choice is a code, English or Chinese label of its list; several are separated by a semicolon.",
               "选项为列表中的编码、英文或中文；多个值用分号隔开。"),
    fix=Text("{hint}", "{hint}"),
)  # fmt: skip
COLUMNS_ARE_THERE = told(
    "GEN-012", clause="一(三)2", en="Column missing: {column}", zh="缺少列：{column}",
    about=Text("Every declared column is there: a required one that is missing is an error, an optional one a note.",
               "各列齐全：缺少必填列为错误，缺少选填列为提示。"),
    fix=Text("Add the column, or start from the template.", "补充该列，或使用模板。"),
)  # fmt: skip
NORMALISED = told(
    "GEN-015", clause="一(三)2", severity=NOTE, en='"{header}": {value} was read as {read}', zh="“{header}”的 {value} 读作 {read}",
    about=Text("Text is read as it stands: no full-width digits, no-break or invisible blanks, amounts and dates as text.",
               "单元格按规范填写：无全角数字、不间断或不可见空格，金额和日期不是文本。"),
    fix=Text("Retype it plainly.", "请按规范格式重新填写。"),
)  # fmt: skip
DIGITS_KEPT = told(
    "GEN-016", clause="一(三)2", en='"{header}": Excel has lost digits of {value}', zh="“{header}”的 {value} 超过15位，Excel 已丢失末尾数字",
    about=Text("An identifier of more than 15 digits is kept as text.", "超过15位的号码按文本填写。"),
    fix=Text("Format the cell as text, then type the number again.", "先将单元格设为文本，再重新填写号码。"),
)  # fmt: skip
NO_ERROR_CELLS = told(
    "GEN-017", clause="一(三)2", en='"{header}" holds the error {value}', zh="“{header}”为错误值 {value}",
    about=Text("No cell holds an error.", "单元格没有错误值。"), fix=Text("Correct the formula or type the value.", "修正公式，或直接填写数值。"),
)  # fmt: skip
FORMULAS_HAVE_RESULTS = told(
    "GEN-018", clause="一(三)2", severity=WARNING, en='"{header}" is a formula without a stored result', zh="“{header}”为未保存结果的公式",
    about=Text("A formula has a stored result.", "公式须保存有计算结果。"),
    fix=Text("Open the workbook in Excel, let it calculate, and save it.", "在 Excel 中打开、计算并保存。"),
)  # fmt: skip
COMPUTED_LEFT_ALONE = told(
    "GEN-019", clause="一(三)2", severity=WARNING, en='"{header}" was typed over: {value}, stored at the last refresh: {stored}',
    zh="“{header}”被改写为 {value}，上次刷新保存的是 {stored}",
    about=Text("Computed columns are left as the last refresh stored them.", "计算列保持上次刷新的结果。"),
    fix=Text("Leave the column to opsbook; correct what it is computed from.", "计算列由 opsbook 填写，请更正其来源数据。"),
)  # fmt: skip
COLUMNS_ARE_KNOWN = told(
    "GEN-020", clause="一(三)2", severity=NOTE, en="Column not known to opsbook: {column}", zh="opsbook 不认识的列：{column}",
    about=Text("Columns of one's own are kept and left out of the checks.", "自行增加的列予以保留，不参与校验。"),
    fix=Text("Nothing need be done; check the header's spelling if it was meant to be one of ours.", "无须处理；如为本系统列，请核对表头。"),
)  # fmt: skip
HEADERS_ARE_UNIQUE = told(
    "GEN-021", clause="一(三)2", en="Two columns claim the header {column}", zh="有两列使用表头 {column}",
    about=Text("A column stands once.", "同一列只出现一次。"), fix=Text("Delete or rename one of them.", "删除或改名其中一列。"),
)  # fmt: skip
RULES_RUN = told(
    "RUN-001", clause="一(三)2", en="Rule {rule} could not be run: {reason}", zh="规则 {rule} 无法运行：{reason}",
    about=Text("Every rule can be run.", "各规则均可运行。"), fix=Text("Report this to the maintainers of opsbook.", "请告知 opsbook 维护人员。"),
)  # fmt: skip


def _file(id: str, en: str, zh: str, fix: Text, about: Text, severity: Severity = Severity.ERROR) -> Rule:
    return told(id, clause="一(三)2", en=en, zh=zh, fix=fix, about=about, severity=severity)


UNREADABLE = _file("FIL-001", "The file cannot be read: {reason}", "文件无法读取：{reason}",
                   Text("Check its name, or open it in Excel and save it again as .xlsx.", "核对文件名，或在 Excel 中打开并另存为 .xlsx。"),
                   Text("The file can be read.", "文件可以读取。"))  # fmt: skip
PROTECTED = _file("FIL-002", "The file is protected by a password{reason}", "文件有打开密码{reason}",
                  Text("Save it without a password to open it, or name the variable that holds the password with --password-env.",
                       "取消打开密码后再提交，或用 --password-env 指定存放密码的环境变量。"),
                  Text("The file opens without a password.", "文件无须密码即可打开。"))  # fmt: skip
TOO_LARGE = _file("FIL-003", "The file is too large, or not what a spreadsheet program writes: {reason}", "文件过大，或并非电子表格程序所写：{reason}",
                  Text("Delete the rows and columns beyond the table (a stray cell in the last row or column is enough), and save it in Excel.",
                       "删除表格以外的行和列（最末行、列的一个单元格即会造成），再用 Excel 保存。"),
                  Text("A file keeps to the limits of parts, sizes and cells.", "文件的部件数、大小和单元格数不超过上限。"))  # fmt: skip
NO_REGISTER = _file("FIL-004", "{reason}", "{reason}",
                    Text("Start from the template (opsbook new), or name the sheets and headers as in the guide.",
                         "使用模板（opsbook new），或按说明书命名工作表和表头。"),
                    Text("The file holds at least one register with its header.", "文件至少有一张带表头的登记表。"))  # fmt: skip
DIED = _file("FIL-005", "The file could not be judged: {reason}", "文件无法完成校验：{reason}",
             Text("Open it in Excel, copy the rows into a new workbook made by opsbook new, and hand that in.",
                  "用 Excel 打开，将数据复制到 opsbook new 生成的新工作簿后再报送。"),
             Text("Judging a file comes to an end within the memory and time it is given.", "文件在限定的内存和时间内完成校验。"))  # fmt: skip
NOT_READ = _file("FIL-007", "The sheet {sheet} was not read: {reason}", "工作表“{sheet}”未读取：{reason}",
                 Text("Give it the register's name and the template's headers; a sheet that is no register needs another name and other headers.",
                      "请使用登记表的名称和模板的表头；若不是登记表，请改用其他名称和表头。"),
                 Text("Whatever looks like a register is read.", "凡形似登记表的工作表均已读取。"))  # fmt: skip
SAME_FILE = _file("FIL-008", "This is the same file as {source}, byte for byte", "与 {source} 是同一文件（内容完全相同）",
                  Text("Nothing to do: it counts once. If the workbook goes by this name from now on, say so with ledger rename.",
                       "无须处理，只计一次。若今后改用此名称，请用 ledger rename 登记。"),
                  Text("A file that is handed in twice counts once.", "重复报送的同一文件只计一次。"), severity=WARNING)  # fmt: skip
NEXT_VERSION = _file("FIL-009", "Read as the next version of {source}: the submitter and most rows are the same",
                     "按 {source} 的新版本处理：报送人及多数行相同",
                     Text("Nothing to do; keep the name, and no version is mistaken for another workbook.", "无须处理；请沿用原文件名，以免误作另一工作簿。"),
                     Text("A workbook under another name may be the next version of an accepted one.", "改名的工作簿可能是已接收工作簿的新版本。"),
                    severity=NOTE)  # fmt: skip
NOT_A_WORKBOOK = _file("FIL-006", "This is not a workbook", "这不是工作簿文件",
                       Text("Give an .xlsx, .xlsm, .xlsb, .xls or .ods file.", "请提供 .xlsx、.xlsm、.xlsb、.xls 或 .ods 文件。"),
                       Text("The file is a workbook.", "文件是工作簿。"))  # fmt: skip


LEFT_OUT = told("GEN-026", clause="一(三)2", severity=NOTE, en="{count} rows are totals, remarks or filled in before, and no records: {column}",
                zh="{count} 行为合计、备注或预填内容，不作为记录：{column}",
                fix=Text("Nothing to do; a row that is meant as a record wants its number.", "无须处理；若为记录请填写编号。"),
                about=Text("What stands below a header and is no record is left out of every rule and figure.", "表头以下非记录的行不参与校验和统计。"))  # fmt: skip
MERGED = told("GEN-029", clause="一(三)2", severity=NOTE, en='"{header}": {count} merged cells count for each of their rows',
              zh="“{header}”有 {count} 处合并单元格，其值适用于所含各行",
              fix=Text("Nothing to do; a cell for each row can be sorted and filtered.", "无须处理；取消合并后可排序和筛选。"),
              about=Text("What stands in a merged cell is meant for each of its rows.", "合并单元格的值适用于其所含各行。"))  # fmt: skip
MERGED_APART = told("GEN-030", clause="一(三)2", en='"{header}" is merged over rows {rows}: each row needs its own', zh="“{header}”第 {rows} 行被合并，各行须分别填写",
                    fix=Text("Unmerge the cell, and fill in each row.", "取消合并，并逐行填写。"),
                    about=Text("A number of a record or an amount belongs to one row.", "编号和金额只属于一行，不得合并。"))  # fmt: skip
STANDS_TWICE = told("GEN-028", clause="一(三)2", severity=WARNING, en="{count} rows of {sheet} stand on {first} already, word for word: they were read once",
                    zh="“{sheet}”有 {count} 行与“{first}”完全相同，仅读取一次",
                    fix=Text("Delete the copy of the sheet, or its rows.", "请删除该副本或其重复行。"),
                    about=Text("A row that stands on two tabs of a register is one record.", "同一登记表两张工作表上完全相同的行只算一条记录。"))  # fmt: skip
NO_TOTAL = told("GEN-027", clause="一(三)2", severity=WARNING, en="The total of {column} says {total}, the rows above add to {sum}",
                zh="{column}合计为 {total}，上方各行之和为 {sum}",
                fix=Text("Correct the total, or the rows that it adds.", "更正合计数或其上各行。"),
                about=Text("A total is the sum of its rows.", "合计数等于各行之和。"))  # fmt: skip


@rule("GEN-004", at="*", clause="一(三)2", scope="book",
      en="Duplicate or malformed ID {id}", zh="编号 {id} 重复或格式错误",
      fix=Text("Give the row a number of its own in the form of its column.", "按该列格式填写不重复的编号。"))  # fmt: skip
def ids_are_unique(rows: Frame, former: Former) -> Breaches:
    """An ID has its form and stands once, in other accepted workbooks too, and so do the other columns that promise it.
    编号格式正确且唯一（含其他已接收的工作簿），其他要求唯一的列亦不得重复。"""
    for column in rows.sheet.columns.values():
        if column.unique:
            values = rows.column(column.name)
            yield Breach(rows.assign(id=values)[doubled(values)], at=column.name)
    theirs, ids = former.others.get(rows.sheet.key), rows.column(rows.sheet.id)
    if theirs is not None:
        theirs = theirs[~theirs.index.duplicated()]
        taken = rows.assign(id=ids, source=[theirs["source"].get(i, "") for i in texts(ids)])[ids.isin(list(theirs.index)) & ~doubled(ids)]
        yield Breach(taken, message=Text("ID {id} stands in {source} already", "编号 {id} 已在 {source} 中使用"), at=rows.sheet.id)


@rule("GEN-005", at="*", clause="一(三)2", scope="book",
      en="{value} not found in {target}", zh="{target} 中不存在 {value}",
      fix=Text("{hint}", "{hint}"))  # fmt: skip
def references_are_found(rows: Frame, book: Workings, policy: Policy, former: Former) -> Breaches:
    """Every reference exists in its sheet (where that sheet is at hand). 引用的编号在对应表中存在（仅在有对应表时核对）。"""
    for column in rows.sheet.columns.values():
        if not column.ref:
            continue
        key, _, name = column.ref.partition(".")
        target = book.catalog.sheets[key]
        named = None
        if book.has(key):
            there = book.frame(key, rows.sheet.key)
            known = there.column(name)
            titles = [said for said in ("name", "title", "account_name") if said in target.columns][:1]
            named = there.to_frame(*titles, *(["department"] if "department" in target.columns else [])) if titles else None
        elif column.ref in former.known:  # what other workbooks brought
            known = pd.Series(sorted(former.known[column.ref]), dtype="category")
        else:
            continue
        if len(known) == 0:
            continue  # nothing has been entered there yet: that is no reference's fault
        values = rows.column(column.name)
        others = [*column.ref_or, policy("org.superior")] if key == "employees" else list(column.ref_or)
        if column.kind.name == "refs":
            each = members(values)
            values = each[~is_in(each, known)].groupby(level=0).first().reindex(rows.index).astype("category")
        unknown = np.asarray(values.notna() & ~is_in(values, known))
        if not unknown.any():
            continue
        lost = rows.assign(value=values)[unknown & ~values.isin(others)]
        yield Breach(lost, at=column.name, values={"target": target.tab, "hint": _nearest(lost, known, named)})


def _nearest(rows: Frame, known: pd.Series, named: pd.DataFrame | None) -> pd.Series | str:
    """What may be meant: the records that bear the value as their name, those of the row's department before others; else the number that is written
    most alike."""
    from difflib import get_close_matches

    if len(rows) == 0:
        return ""
    there, values = list(words(known))[:5000], rows.column("value")
    own = named is not None and "department" in named and "department" in rows.sheet.columns
    asked = list(zip(values, rows.column("department") if own else [""] * len(rows), strict=True))
    said = {}
    for value, department in list(dict.fromkeys(asked))[:200]:
        bear = named[(named.iloc[:, 0] == value).to_numpy()] if named is not None else known[:0]
        bear = bear[bear["department"] == department] if own and (bear["department"] == department).any() else bear
        if near := list(known.reindex(bear.index).astype(object))[:3] or get_close_matches(value, there, n=1):
            said[value, department] = Text(f"Did you mean {' or '.join(near)}? Choose from the list.", f"是否为 {' 或 '.join(near)}？请从列表选择。")
    plain = Text("Choose from the list, or enter the record there first.", "请从列表选择，或先登记该记录。")
    return pd.Series([said.get(each, plain) for each in asked], index=rows.index, dtype=object)


@rule("GEN-006", at="*", clause="一(二)", scope="book",
      en="{person} has left and cannot act here", zh="{person} 已离职，不能作为责任人",
      fix=Text("Name somebody who is on staff.", "请改为在职人员。"))  # fmt: skip
def people_are_on_staff(rows: Frame, employees: Frame) -> Breaches:
    """Whoever a row that is still open names was on staff on the day of the act (today, where no day is given).
    未结记录所列人员在行为当日（未填日期的为统计日期）在职。"""
    acts = _acts(rows.sheet.workflow)
    open_rows = rows.open
    status, left = employees.column("status"), employees.column("left_on")
    ids = employees.column("employee_id")
    for column in rows.sheet.columns.values():
        if column.ref != "employees.employee_id" or (rows.sheet.key, column.name) == ("assets", "custodian_id"):
            continue  # AST-003 tells of custodians
        people = open_rows.column(column.name)
        gone = xlookup(people, ids, status) == "left"
        on = acts.get(column.name)
        if not gone.any():
            continue
        if on:  # who acted while on staff acted rightly
            gone &= ~(open_rows.column(on) <= xlookup(people, ids, left))
        name = xlookup(people, ids, employees.column("name"))
        yield Breach(open_rows.assign(person=name)[gone], at=column.name)


def _acts(flow: Workflow | None) -> dict[str, str]:
    return {a.column: a.on for a in (*flow.makers, *flow.checkers, *flow.others) if a.on} if flow else {}


@rule("GEN-008", at="*", clause="六(三)2",
      en="{person} cannot submit and approve the same row", zh="申请人与审批人不得为同一人：{person}",
      fix=Text("Let somebody else approve; for the director the superior named in Policy org.superior.",
               "由他人审批；主任本人的事项由公司分管领导审批。"))  # fmt: skip
def nobody_approves_their_own(rows: Frame, book: Workings) -> Breaches:
    """Who reviews or approves a row is none of those who submit, request or own it. 审核审批人与提交人、申请人、责任人不得相同。"""
    flow = rows.sheet.workflow
    if flow is None:
        return
    for checker in flow.checkers:
        people = rows.column(checker.column)
        own = [same(people, rows.column(maker.column)) for maker in flow.makers]
        if own:
            both = np.logical_or.reduce([np.asarray(o) for o in own])
            if not both.any():
                continue
            yield Breach(rows.assign(person=people)[both & ~_directors_plans(rows, book)], at=checker.column)


def _directors_plans(rows: Frame, book: Workings) -> np.ndarray:
    """Strategy and annual plans are the director's own work (二(二)1①): they need no second person."""
    if rows.sheet.key != "plans":
        return np.zeros(len(rows), dtype=bool)
    own = rows.column("level").isin(["strategy", "annual"])
    if book.has("employees"):
        own &= holds_role(rows.column("approver_id"), book.frame("employees", "plans"), "director")
    return np.asarray(own)


@rule("GEN-010", at="*", clause="一(三)2", severity=WARNING,
      en='"{header}" {value} lies in the future', zh="“{header}” {value} 晚于统计日期",
      fix=Text("Check the date.", "请核对日期。"))  # fmt: skip
def workflow_dates_are_in_order(rows: Frame, today: pd.Timestamp) -> Breaches:
    """No date of the workflow lies in the future, and no approval before its submission. 流转日期不晚于统计日期，审批日期不早于提交日期。"""
    flow = rows.sheet.workflow
    if flow is None:
        return
    for name in flow.dates:
        value = rows.column(name)
        late = value.to_numpy() > today.to_datetime64()
        if late.any():
            yield Breach(rows.assign(value=value)[late], at=name, values={"header": rows.sheet.columns[name].header})
    if flow.submitted:
        for actor in flow.checkers:
            if actor.on:
                early = rows.column(actor.on).to_numpy() < rows.column(flow.submitted).to_numpy()
                if not early.any():
                    continue
                said = rows.assign(value=rows.column(actor.on), submitted=rows.column(flow.submitted))
                yield Breach(said[early], at=actor.on, values={"header": rows.sheet.columns[actor.on].header},
                             message=Text('"{header}" {value} is before the submission on {submitted}',
                                          "“{header}” {value} 早于提交日期 {submitted}"))  # fmt: skip


@rule("GEN-011", at="*", clause="一(三)3", severity=WARNING,
      en="Waiting for {days} days; policy warns after {allowed}", zh="已等待 {days} 天未处理，预警天数 {allowed}",
      fix=Text("Decide on the row: approve, return or reject it.", "请尽快处理：批准、退回或驳回。"))  # fmt: skip
def nothing_waits_too_long(rows: Frame, policy: Policy, today: pd.Timestamp) -> Rows:
    """A row that waits for a decision was moved within the days that policy allows. 待处理记录未超过预警天数。"""
    flow = rows.sheet.workflow
    if flow is None or not flow.waiting or not flow.submitted:
        return None
    waiting = rows[rows.column(flow.status).isin(list(flow.waiting))]
    moved = pd.concat([waiting.column(d) for d in (flow.submitted, *flow.dates)], axis=1).max(axis=1)
    days, allowed = days_between(moved, today), policy("org.pending_days", waiting)
    return waiting.assign(days=days, allowed=allowed)[days > allowed]


@rule("GEN-013", at="*", clause="一(三)2",
      en='"{header}": {value} does not hold: {promise}', zh="“{header}”：{value} 不符合：{promise}",
      fix=Text("Enter a value that keeps what the column promises.", "请按该列要求填写。"))  # fmt: skip
def columns_keep_their_promise(rows: Frame, today: pd.Timestamp) -> Breaches:
    """A value keeps its column's own constraint: bounds, length, form, order against other columns of the row.
    值符合列的约束：上下限、长度、格式及与同行其他列的关系。"""
    known: dict[tuple[str, str], Values] = {}
    for column in rows.sheet.columns.values():
        if column.check is None:
            continue
        filled = ~rows.blank(column.name, *column.check.columns())
        if not filled.any():
            continue
        held = column.check.mask(rows.column, len(rows), today.date(), known)
        broken = rows.assign(value=rows.column(column.name))[filled & ~held]
        yield Breach(broken, at=column.name, fix=column.help, values={"header": column.header, "promise": column.check.sentence()})


@rule("GEN-014", at="*", clause="一(三)2",
      en='"{header}" is required when {condition}', zh="“{header}”在{condition}时必填",
      fix=Text("Fill in the cell.", "请填写。"))  # fmt: skip
def asked_for_columns_are_filled(rows: Frame, today: pd.Timestamp) -> Breaches:
    """A column that is required in this situation is filled. 特定情形下必填的列已填写。"""
    known: dict[tuple[str, str], Values] = {}
    for column in rows.sheet.columns.values():
        if column.required_when is not None and not column.computed:
            situation = [n for n in column.required_when.columns() if isinstance(rows.sheet.columns[n].kind, ChoicesKind)]
            lacking = rows.blank(column.name) & ~rows.blank(*situation)  # a situation that is not known is told at its own cell
            if lacking.any() and (lacking := lacking & column.required_when.mask(rows.column, len(rows), today.date(), known)).any():
                yield Breach(rows[lacking], at=column.name, values={"header": column.header, "condition": column.required_when.sentence()})


# ------------------------------------------------------------------------------------------ the last accepted state


@rule("GEN-007", at="*", clause="一(三)2", scope="book",
      en="{old} cannot become {new}: no path of the workflow leads there", zh="状态不能由“{old}”变为“{new}”",
      fix=Text("Take the steps of the workflow; the guide lists them.", "按流转步骤办理，见说明书。"))  # fmt: skip
def transitions_are_allowed(rows: Frame, former: Former, policy: Policy, book: Workings) -> Breaches:
    """Since the last accepted state a status went a way that the workflow knows, and who hands in may take its last step.
    与上次接收的状态相比，状态变化符合流转步骤，且报送人有权执行最后一步。"""
    flow, before = rows.sheet.workflow, former.of(rows.sheet)
    if flow is None or before.empty:
        return
    old = _as_then(rows, before, flow.status)
    new = texts(rows.column(flow.status))
    shown = rows.sheet.columns[flow.status].kind.show
    for was, now in {(w, n) for w, n in zip(old, new, strict=True) if w and n and w != n}:
        moved = rows[(old == was) & (new == now)]
        last = flow.leads(was, now)
        said = {"old": shown(was), "new": shown(now)}
        if not last:
            yield Breach(moved, at=flow.status, values=said)
        elif former.submitter and book.has("employees"):
            yield Breach(moved[~_may(moved, last, former.submitter, policy, book)], at=flow.status, values=said | {"who": former.submitter},
                         message=Text("{who} may not move the row from {old} to {new}", "{who} 无权将状态由“{old}”变为“{new}”"),
                         fix=Text("Let whoever the workflow names hand the row in.", "由有权办理的人员报送。"))  # fmt: skip


def _as_then(rows: Frame, before: pd.DataFrame, name: str) -> pd.Series:
    """A column of the former state beside today's rows; '' where the record is new."""
    ids = texts(rows.column(rows.sheet.id))
    known = before[name] if name in before else pd.Series("", index=before.index)
    return pd.Series(known.reindex(ids).fillna("").to_numpy(), index=rows.index)


def _may(rows: Frame, steps: tuple[Step, ...], who: str, policy: Policy, book: Workings) -> np.ndarray:
    """Whether a person may take one of the steps with each row."""
    employees = book.frame("employees", rows.sheet.key)
    own = employees[employees.column("employee_id") == who]
    roles, departments = set(own.column("role").dropna()), set(own.column("department").dropna())
    allowed = np.zeros(len(rows), dtype=bool)
    for step in steps:
        for name in step.by.split():
            if name in ROLES:
                allowed |= name in roles
            elif name in DEPARTMENTS:
                allowed |= policy(f"org.dept.{name}") in departments
            else:
                allowed |= np.asarray(rows.column(name) == who)
        allowed |= not step.by or who == policy("org.superior")
    return allowed


@rule("GEN-009", at="*", clause="五(一)3", scope="book",
      en="The approved row was edited: {columns}", zh="已批准记录被修改：{columns}",
      fix=Text("Restore the values, or have the row returned or changed by an approved change request.", "恢复原值；如需修改，先退回或办理变更审批。"))  # fmt: skip
def approved_rows_are_frozen(rows: Frame, former: Former) -> Breaches:
    """From its approval on, only the columns that live on change; all others are as last accepted. 已批准的记录除允许更新的列外保持不变。"""
    flow, before = rows.sheet.workflow, former.of(rows.sheet)
    if flow is None or not flow.approved or before.empty:
        return
    held = rows[_as_then(rows, before, flow.status).isin(flow.approved) & rows.column(flow.status).isin(list(flow.approved))]
    if not len(held):
        return
    place = before.index.get_indexer(texts(held.column(rows.sheet.id)))
    free = {rows.sheet.id, "remarks", *flow.columns(), *flow.living}
    edits: dict[int, list[tuple[Text, str, str]]] = {}
    for column in rows.sheet.columns.values():
        if column.computed or column.name in free or column.name not in before:
            continue
        then, now = before[column.name].to_numpy()[place], texts(held.column(column.name)).to_numpy()
        later = (then == "") & (column.demand == "Q")  # asked for by a later status
        for at in np.flatnonzero((then != now) & ~later):
            edits.setdefault(int(held.index[at]), []).append((column.header, then[at], now[at]))
    edited = held[held.index.isin(list(edits))]
    yield edited.assign(columns=pd.Series([_edits(edits[row]) for row in edited.index], index=edited.index, dtype=object))


def _edits(edits: list[tuple[Text, str, str]]) -> Text:
    return Text("; ".join(f"{h.en} {then or '–'} → {now or '–'}" for h, then, now in edits),
                "；".join(f"{h.zh} {then or '–'} → {now or '–'}" for h, then, now in edits))  # fmt: skip


# Not in DOMAIN.md: F: cities and posts are lists that a centre fills.
@rule("GEN-024", at="*", clause="一(三)2", severity=NOTE,
      en='"{header}": {value} is not among those listed', zh="“{header}”的“{value}”未列入列表",
      fix=Text("{hint}", "{hint}"))  # fmt: skip
def names_are_listed(rows: Frame, book: Workings) -> Breaches:
    """A city or a post is one that the sheet Lists names. 城市、岗位取自选项列表。"""
    for column in rows.sheet.columns.values():
        if isinstance(column.kind, SuggestedKind):
            known, values = column.kind.labels(book.book.lists), rows.column(column.name)
            if {*words(values)} <= {*known}:
                continue
            lost = rows.assign(value=values.astype(object))[values.notna() & ~values.isin(list(known))]
            yield Breach(lost, at=column.name, values={"header": column.header, "hint": _added(lost.column("value"), known)})


def _added(values: pd.Series, known: Mapping[str, Text]) -> pd.Series:
    """What each name that is not listed may have meant, or that it is to be added."""
    from difflib import get_close_matches

    spelled = {said: label for code, label in islice(known.items(), 2000) for said in (code, label.en, label.zh)}
    near = {v: get_close_matches(v, spelled, n=1) for v in values.unique()[:200]}
    add = Text("If it is right, add it to the sheet Lists.", "如无误，请在“选项列表”中补充。")
    said = {v: Text(f"Did you mean {spelled[n[0]].en}? {add.en}", f"是否为“{spelled[n[0]].zh}”？{add.zh}") for v, n in near.items() if n}
    return values.map(lambda v: said.get(v, add))


@rule("GEN-022", at="*", clause="五(一)3", scope="book",
      en="Approved record {record} has been deleted", zh="已批准记录 {record} 在本次报送中被删除",
      fix=Text("Put the record back; a record that no longer holds is cancelled, not deleted.", "恢复该记录；不再有效的记录应作废而非删除。"))  # fmt: skip
def approved_records_stay(rows: Frame, former: Former) -> Breaches:
    """Every approved record of the last accepted state is still there. 上次接收状态中的已批准记录仍在。"""
    flow, before = rows.sheet.workflow, former.of(rows.sheet)
    if flow is None or not flow.approved or before.empty:
        return
    here = set(texts(rows.column(rows.sheet.id)))
    for record in before.index[before[flow.status].isin(flow.approved)]:
        if record not in here:
            yield sheet_finding(record=record)


STATE_KEPT = told(
    "GEN-023", clause="五(一)3", en="The stored state of the workbook {what}", zh="工作簿保存的状态{what}",
    about=Text("What a workbook keeps of its last accepted state is whole and unedited.", "工作簿保存的上次接收状态完整且未被修改。"),
    fix=Text("Take the workbook from its last good copy, or have it accepted again by the ledger.", "使用最近一次完好的副本，或由台账重新接收。"),
)  # fmt: skip
