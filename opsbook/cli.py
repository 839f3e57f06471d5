"""The door from a terminal. Heavy things are imported by the command that needs them."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from opsbook import __version__
from opsbook.cli_addin import addin, doctor
from opsbook.cli_batch import consolidate, validate, watch
from opsbook.cli_dev import dev
from opsbook.cli_ledger import ledger as ledger_commands
from opsbook.cli_rules import rules as rule_commands
from opsbook.terminal import LangOption, Refusal, can_hold, centre, day, governing, ledger_at, printer, unreadable

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Validate and draw the workbooks of an operations centre. 运营中心工作簿的校验与生成。")  # fmt: skip
app.add_typer(addin, name="addin")
app.add_typer(dev, name="dev", hidden=True)
app.add_typer(ledger_commands, name="ledger")
app.add_typer(rule_commands, name="rules")
app.command()(doctor)


def main() -> None:
    """Run the command line: every failure ends in a sentence and exit code 2, Ctrl-C in 130."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
        os.environ["OPSBOOK_DEBUG"] = "1"  # what went wrong in a worker is shown, too
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console shows "?" for what it lacks
    try:
        code = app(standalone_mode=False)
    except typer.Exit as done:
        code = done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        sys.stdout = None
        code = 0
    except Refusal as refusal:
        code = _complain(str(refusal))
    except OSError as fault:
        if debug:
            raise
        code = _complain(f"{fault.filename or 'output'}: {fault.strerror or fault}. 文件无法读写。")
    except Exception as fault:
        if debug:
            raise
        if type(fault).__module__.startswith("sqlalchemy"):
            said = str(getattr(fault, "orig", None) or fault).splitlines()[0][:200]
            sys.exit(_complain(f"the ledger cannot be used: {said}. 台账无法使用。"))
        name = type(fault).__name__
        said = _misused(fault) or (f"opsbook failed: {name}: {fault}. Run again with --debug and report it. 程序出错，请加 --debug 重试并反馈。")
        code = _complain(said)
    sys.exit(code or 0)


def _misused(fault: Exception) -> str:
    """What the command line complains of, in both languages; nothing for a fault of ours."""
    said = getattr(fault, "format_message", None)
    if said is None:
        return ""
    if "No such command" in said():
        return f"{said()} 没有该命令。See opsbook --help. 用法见 opsbook --help。"
    chinese = {"NoSuchOption": "没有该选项", "NoSuchCommand": "没有该命令", "MissingParameter": "缺少参数", "BadParameter": "参数值无效",
               "BadOptionUsage": "选项缺少值"}.get(type(fault).__name__, "命令用法有误")  # fmt: skip
    return f"{said()} {chinese}。See opsbook --help. 用法见 opsbook --help。"


def _complain(sentence: str) -> int:
    print(f"opsbook: {sentence}", file=sys.stderr)
    return 2


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version. 显示版本。")] = False) -> None:
    if version:
        print(f"opsbook {__version__}")
        raise typer.Exit


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to put it. 存放文件夹。")] = Path("demo"),
    lang: LangOption = None,
    second: Annotated[bool, typer.Option("--second", help="Another centre, with columns and rules of its own. 另一中心（含自定义内容）。")] = False,
) -> None:
    """Make a believable workbook with planted faults, and validate it. 生成带预设问题的示例工作簿并校验。"""
    from opsbook import jobs

    if second:
        folder.mkdir(parents=True, exist_ok=True)
        if (made := folder / "second_centre.xlsx").exists():
            raise Refusal(f"{made} is there already; name another folder. 该文件已存在，请另选文件夹。")
        print(jobs.second(made, lang.value if lang else "en"))
        return

    chosen: Literal["zh", "en"] = lang.value if lang else "zh"
    try:
        workbook, listed = jobs.demo(folder, chosen, refreshed=True)
    except FileExistsError as fault:
        raise Refusal(f"{fault} is there already and is not today's demo; name another folder. 该文件已存在且不是当前示例，请另选文件夹。") from None
    from opsbook.actions.report import FileReport, summary

    result = jobs.validate(workbook, complete=True)
    report = FileReport(result.path, result.sha256, result.findings)

    say = {"en": ("A demo centre was made", "planted faults", "with its summary sheets", "Next"),
           "zh": ("已生成示例中心", "预设问题", "含汇总表", "下一步")}[chosen]  # fmt: skip
    refreshed = workbook.with_name("demo_refreshed.xlsx")
    print(f"{say[0]}: {workbook}\n  {summary([report], chosen)}\n  {say[1]}: {listed}\n  {say[2]}: {refreshed}\n"
          f"{say[3]}: opsbook validate {workbook} --complete")  # fmt: skip


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The workbook to make (.xlsx). 要生成的工作簿。")],
    lang: LangOption = None,
    sheets: Annotated[str, typer.Option(help="Sheet keys, or claims, core, centre. 工作表，或 claims、core、centre。")] = "core",
    role: Annotated[str, typer.Option(help="clerk, manager, finance or auditor: whose columns stand open. 展开哪一角色的列。")] = "clerk",
    department: Annotated[str, typer.Option(help="Offer this department only. 只提供该部门。")] = "",
    like: Annotated[Path | None, typer.Option(help="With the policy, lists, columns and rules of this workbook. 沿用该工作簿的制度参数、列表、列与规则。")] = None,
) -> None:
    """Make a blank workbook from the template. 用模板生成空白工作簿。"""
    from opsbook import jobs

    whose = centre(like)
    if file.suffix.lower() != ".xlsx":
        raise Refusal(f"{file} must end in .xlsx. 文件名须以 .xlsx 结尾。")
    if file.exists():
        raise Refusal(f"{file} is there already; choose another name. 文件已存在，请另取名称。")
    if not file.absolute().parent.is_dir():
        raise Refusal(f"there is no folder {file.absolute().parent}. 没有该文件夹。")
    try:
        jobs.new(file, lang=lang.value if lang else "zh", sheets=sheets, role=role, department=department, like=whose)
    except ValueError as fault:
        raise Refusal(str(fault)) from None
    print(file)


app.command()(validate)
app.command()(watch)
app.command()(consolidate)


@app.command()
def refresh(
    file: Annotated[Path, typer.Argument(help="The workbook (.xlsx, .xlsm). 工作簿。")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write it; else beside FILE. 输出文件。")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace FILE, keeping a copy. 替换原文件并保留备份。")] = False,
    tries: Annotated[list[str] | None, typer.Option("--try", metavar="KEY=VALUE",
                                                    help="Show what would change under another policy value; nothing is written. 试算，不写文件。")] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    policy: Annotated[Path | None, typer.Option(help="The workbook whose Policy governs. 适用的制度参数工作簿。")] = None,
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    ledger: Annotated[str, typer.Option(metavar="URL", help="The ledger that keeps state and past figures. 台账文件或数据库地址。")] = "",
    submitter: Annotated[str, typer.Option(metavar="EMP-ID", help="Who hands the workbook in. 报送人编号。")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="The whole centre's book: run the centre's rules too. 全中心工作簿，运行全部规则。")] = False,
    lang: LangOption = None,
) -> None:
    """Work the figures out and rebuild the summary sheets; all else in the workbook stays as it is. 计算指标并重建汇总表，其余内容不变。

    The sheets speak the language of Policy org.language. Exit code 0, or 2 for what could not be done.
    """
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    if output is not None and in_place:
        raise Refusal("choose one of --output and --in-place. --output 与 --in-place 只能选一个。")
    if output is not None and output.suffix.lower() != file.suffix.lower():
        raise Refusal(f"{output} must end in {file.suffix}, as the workbook does. 输出文件的扩展名须与工作簿相同。")
    can_hold(output)
    if output is not None and output.resolve() == file.resolve():
        raise Refusal(f"{output} is the workbook itself; say --in-place to replace it. 如需替换原文件请用 --in-place。")
    policies, looked_up = governing(policy), centre(reference)
    on, kept = day(as_of), ledger_at(ledger, [file])
    said: Literal["zh", "en"]
    try:
        if tries:
            changes = dict(_change(each) for each in tries)
            how = {"as_of": on, "policy": policies, "reference": looked_up, "complete": complete, "submitter": submitter}
            now = jobs.validate(file, **how)
            said = lang.value if lang else now.policy("org.language")
            print("\n".join(jobs.told(jobs.difference(now, jobs.validate(file, **how, trial=changes)), changes, said)))
            return
        done = jobs.refresh(file, as_of=on, policy=policies, reference=looked_up, complete=complete, ledger=kept, submitter=submitter)
    except UnreadableFile as fault:
        raise unreadable(file, fault) from None
    except ValueError as fault:
        if not tries:
            raise
        raise Refusal(str(fault)) from None
    said = lang.value if lang else done.result.policy("org.language")
    target, backup = jobs.put(done, file, output, in_place=in_place)
    sheets, errors, warnings = sum(not b.hidden for b in done.boards), len(done.findings.errors), len(done.findings.warnings)
    lines = [{"en": f"{target}: {sheets} summary sheets, {done.filled:,} computed cells written; {errors} errors, {warnings} warnings",
              "zh": f"{target}：汇总表 {sheets} 张，写入计算单元格 {done.filled:,} 个；错误 {errors}，警告 {warnings}"}]  # fmt: skip
    if backup:
        lines.append({"en": f"  what stood there is kept: {backup}", "zh": f"  原文件已备份：{backup}"})
    if done.formulas:
        lines.append({"en": f"  {done.formulas} computed cells hold a formula of your own and were left as they are",
                      "zh": f"  {done.formulas} 个计算单元格含有自有公式，保持不变"})  # fmt: skip
    print("\n".join(line[said] for line in lines))
    for each in done.failed:
        print({"en": f"opsbook: a block could not be worked out: {each}", "zh": f"opsbook：有一块内容无法计算：{each}"}[said], file=sys.stderr)
    if done.failed:
        raise typer.Exit(2)


@app.command()
def document(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="claim-form, task-letter, operations-report …, summaries, forms. 文档种类。")],
    file: Annotated[Path, typer.Argument(help="The workbook; for forms a folder to put the templates into. 工作簿；forms 时为存放模板的文件夹。")],
    record: Annotated[str, typer.Argument(metavar="[ID]", help="What it is about: a project, claim, department, month … 对象编号。")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write it: .xlsx, .docx or .pdf. 输出文件。")] = None,
    template: Annotated[Path | None, typer.Option(help="A template restyled by yourself. 自行调整过的模板。")] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    lang: LangOption = None,
) -> None:
    """Make a printable paper about one record, or print all summaries. 生成单据、报告，或打印全部汇总表。"""
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile
    from opsbook.hosts.docx_file import NoDocx
    from opsbook.hosts.file import write
    from opsbook.hosts.form_file import TemplateFault
    from opsbook.hosts.office import NoOffice

    known = [*jobs.catalog().forms, "summaries", "forms"]
    if kind not in known:
        near = jobs.nearest_of(kind, known)
        raise Refusal(f"there is no document {kind}; choose {', '.join(known)}.{f' Did you mean {near}?' if near else ''} 没有该类文档。")
    if kind == "forms":
        print("\n".join(str(path) for path in jobs.forms(file)))
        return
    suffix = output.suffix.lower() if output else ".pdf" if kind == "summaries" else ".xlsx"
    if suffix not in (".xlsx", ".pdf") and (suffix != ".docx" or kind == "summaries"):
        less = " (summaries: not .docx)" if kind == "summaries" else ""
        raise Refusal(f"{output} must end in .xlsx, .docx or .pdf{less}. 输出文件须为 .xlsx、.docx 或 .pdf。")
    if kind != "summaries" and not record:
        asks = jobs.catalog().forms[kind].asks
        raise Refusal(f"name what it is about: {asks.en}. 请指明对象：{asks.zh}。")
    can_hold(output)
    if output is not None and output.exists() and output.resolve() in {p.resolve() for p in (file, template, reference) if p is not None}:
        raise Refusal(f"{output} is one of the workbooks; name another file. 输出文件不能与工作簿同名。")
    try:
        if kind == "summaries":
            made = jobs.summaries(file, suffix=suffix, as_of=day(as_of), reference=centre(reference))
        else:
            made = jobs.document(kind, file, record, suffix=suffix, template=template, as_of=day(as_of), reference=centre(reference),
                                 lang=lang.value if lang else None)  # fmt: skip
    except UnreadableFile as fault:
        raise unreadable(file, fault) from None
    except (LookupError, TemplateFault, NoOffice, NoDocx) as fault:
        raise Refusal(str(fault.args[0])) from None
    target = output or Path(made.name)
    if output is None and target.exists():
        raise Refusal(f"{target} is there already; name another with -o. 文件已存在，请用 -o 另取名称。")
    write(target, made.data)
    print(target)


def _change(said: str) -> tuple[str, str]:
    key, sign, value = said.partition("=")
    if not sign or not key.strip():
        raise Refusal(f"--try wants KEY=VALUE, as exp.limit.deputy=8000, not {said}. --try 须写成 参数=值。")
    return key.strip(), value.strip()


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="RULE|FIGURE", help="EXP-009, F-23 …")],
    like: Annotated[Path | None, typer.Option(metavar="CENTRE.xlsx", help="The workbook whose own rules and figures are meant, too. 含自定义规则的工作簿。")] = None,
    lang: LangOption = None,
) -> None:
    """Explain one rule or figure: what it asks, its clause, an example. 说明一条规则或指标。"""
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    said: Literal["zh", "en"] = lang.value if lang else "zh"
    try:
        lines = jobs.explain(name.upper(), said, like)
    except UnreadableFile as fault:
        raise unreadable(like or Path(), fault) from None
    except ValueError as fault:
        near = fault.args[0]
        own = like is None and name.upper().startswith(("USR-", "USF-"))
        hint = (" Name the workbook that has it with --like. 用 --like 指定含该规则的工作簿。" if own else f" Did you mean {near}? 是否为 {near}？" if near
                else " opsbook guide lists them all. 见 opsbook guide。")  # fmt: skip
        raise Refusal(f"there is no rule or figure {name}. 没有规则或指标 {name}。{hint}") from None
    print("\n".join(lines))


@app.command()
def guide(
    format: Annotated[str, typer.Option(help="md or json.")] = "md",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to a file. 输出到文件。")] = None,
    lang: LangOption = None,
) -> None:
    """Print the rule book: sheets, columns, lists, rules, figures, policy keys. 输出说明书。"""
    from opsbook import jobs

    if format not in ("md", "json"):
        raise Refusal(f"there is no format {format}; choose md or json. 没有该格式，可选 md、json。")
    can_hold(output)
    text = jobs.guide(format, lang.value if lang else "zh")
    with printer(output, utf8=True) as out:
        out(text.rstrip("\n"), "")
