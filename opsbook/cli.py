"""The door from a terminal. Heavy things are imported by the command that needs them."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from opsbook import __version__
from opsbook.cli_addin import addin, doctor
from opsbook.terminal import Refusal

if TYPE_CHECKING:
    from opsbook.actions.report import FileReport
    from opsbook.grammar.grid import UnreadableFile

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Validate and draw the workbooks of an operations centre. 运营中心工作簿的校验与生成。")  # fmt: skip
app.add_typer(addin, name="addin")
app.command()(doctor)
SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class Lang(StrEnum):
    """A language of labels and messages."""

    ZH = "zh"
    EN = "en"


def main() -> None:
    """Run the command line: every failure ends in a sentence and exit code 2, Ctrl-C in 130."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
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
        name = type(fault).__name__
        said = _misused(fault) or (f"opsbook failed: {name}: {fault}. Run again with --debug and report it. 程序出错，请加 --debug 重试并反馈。")
        code = _complain(said)
    sys.exit(code or 0)


def _misused(fault: Exception) -> str:
    """What the command line complains of, in both languages; nothing for a fault of ours."""
    said = getattr(fault, "format_message", None)
    if said is None:
        return ""
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


LangOption = Annotated[Lang | None, typer.Option("--lang", help="Language of the output. 输出语言。")]


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to put it. 存放文件夹。")] = Path("demo"),
    lang: LangOption = None,
) -> None:
    """Make a believable workbook with planted faults, and validate it. 生成带预设问题的示例工作簿并校验。"""
    from opsbook import jobs

    chosen: Literal["zh", "en"] = lang.value if lang else "zh"
    try:
        workbook, listed = jobs.demo(folder, chosen, refreshed=True)
    except FileExistsError as fault:
        raise Refusal(f"{fault} is there already and is not today's demo; name another folder. 该文件已存在且不是当前示例，请另选文件夹。") from None
    report = _judge(workbook, Options(complete=True))
    from opsbook.actions.report import summary

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
) -> None:
    """Make a blank workbook from the template. 用模板生成空白工作簿。"""
    from opsbook import jobs

    if file.suffix.lower() != ".xlsx":
        raise Refusal(f"{file} must end in .xlsx. 文件名须以 .xlsx 结尾。")
    if file.exists():
        raise Refusal(f"{file} is there already; choose another name. 文件已存在，请另取名称。")
    if not file.absolute().parent.is_dir():
        raise Refusal(f"there is no folder {file.absolute().parent}. 没有该文件夹。")
    try:
        jobs.new(file, lang=lang.value if lang else "zh", sheets=sheets, role=role, department=department)
    except ValueError as fault:
        raise Refusal(str(fault)) from None
    print(file)


@dataclass(frozen=True)
class Options:
    """What the validate command was asked for."""

    as_of: date | None = None
    policy: Any = None
    reference: Any = None
    ledger: Any = None
    submitter: str = ""
    complete: bool = False
    select: Callable[[str], bool] = lambda rule: True
    limits: Any = None


@app.command()
def validate(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs. 文件、文件夹或通配符。")],
    format: Annotated[str, typer.Option(help="text, json or jsonl.")] = "text",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the report to a file. 输出到文件。")] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    policy: Annotated[Path | None, typer.Option(help="The workbook whose Policy governs. 适用的制度参数工作簿。")] = None,
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    ledger: Annotated[str, typer.Option(metavar="URL", help="Compare with and accept into this ledger: a file, or a database URL. 台账文件或数据库地址。")] = "",
    submitter: Annotated[str, typer.Option(metavar="EMP-ID", help="Who hands the workbooks in. 报送人编号。")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="The whole centre's book: run the centre's rules too. 全中心工作簿，运行全部规则。")] = False,
    limit: Annotated[list[str] | None, typer.Option(metavar="NAME=N", help="Another limit: file, part, whole (MB), parts, ratio. 调整上限。")] = None,
    lang: LangOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors. 警告视同错误。")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 although errors were found. 有错误也返回0。")] = False,
    select: Annotated[str, typer.Option(metavar="RULE,...", help="Only these rules or prefixes. 只运行这些规则。")] = "",
    ignore: Annotated[str, typer.Option(metavar="RULE,...", help="Not these rules or prefixes. 不运行这些规则。")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The last line only. 只显示汇总。")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on the terminal. 不显示进度。")] = False,
) -> None:
    """Validate workbooks. 校验工作簿。

    Exit code 0: no errors; 1: errors found; 2: something could not be checked. 返回码：0 无错误，1 有错误，2 无法校验。
    """
    if format not in ("text", "json", "jsonl"):
        raise Refusal(f"there is no format {format}; choose text, json or jsonl. 没有该格式，可选 text、json、jsonl。")
    files = _files(paths)
    if output is not None and output.resolve() in {p.resolve() for p in (*files, *filter(None, (policy, reference)))}:
        raise Refusal(f"{output} is one of the workbooks; name another file for the report. 报告文件不能与工作簿同名。")
    _can_hold(output)
    options = Options(as_of=_day(as_of), policy=_governing(policy), reference=_centre(reference), complete=complete,
                      select=_chooser(select, ignore), ledger=_ledger(ledger, files), submitter=submitter, limits=_limits(paths, files, limit or []))  # fmt: skip
    reports: list[FileReport] = []
    with _printer(output, utf8=format != "text") as out:
        for report in _progress(files, options, shown=not (no_progress or quiet)):
            reports.append(report)
            if not quiet or format != "text":
                _tell(report, format, lang, out)
        _conclude(reports, format, lang, out, as_of)
    raise typer.Exit(_exit_code(reports, strict, exit_zero))


def _chooser(select: str, ignore: str) -> Callable[[str], bool]:
    chosen, left = (tuple(filter(None, (part.strip().upper() for part in said.split(",")))) for said in (select, ignore))
    if (select and not chosen) or (ignore and not left):
        raise Refusal("--select and --ignore want rules or prefixes, as EXP-009,GEN. --select 和 --ignore 须填规则编号或前缀。")
    if chosen or left:
        from opsbook.actions.governing import UNSWITCHED
        from opsbook.sheets import catalog

        for part in (*chosen, *left):
            if not any(rule.startswith(part) for rule in catalog().rules):
                raise Refusal(f"there is no rule {part}; opsbook guide lists them all. 没有规则 {part}，见 opsbook guide。")
        return lambda rule: rule.startswith(UNSWITCHED) or (rule.startswith(chosen or "") and not (left and rule.startswith(left)))
    return lambda rule: True


def _limits(paths: list[str], files: list[Path], said: list[str]) -> Any:
    """One file that is named is its user's own; what comes by folders, globs and lists was submitted."""
    from opsbook.hosts.guards import NAMED, SUBMITTED

    limits = NAMED if len(files) == len(paths) == 1 and Path(paths[0]) == files[0] else SUBMITTED
    others: dict[str, int] = {}
    for each in said:
        name, _, number = each.partition("=")
        if not number.isdecimal():
            raise Refusal(f"--limit wants NAME=N, as part=512, not {each}. --limit 须写成 名称=数值。")
        others[name] = int(number)
    try:
        return limits.but(others)
    except ValueError as fault:
        raise Refusal(str(fault)) from None


def _day(said: str) -> date | None:
    try:
        return datetime.strptime(said, "%Y-%m-%d").date() if said else None
    except ValueError:
        raise Refusal(f"{said} is not a date like 2026-09-30. 日期应为 2026-09-30 的形式。") from None


def _files(paths: list[str]) -> list[Path]:
    """Files as named, each once; folders and globs opened, in order. Lock files are left out."""
    found: dict[Path, Path] = {}
    for said in paths:
        path = Path(said)
        if not said.strip():
            raise Refusal("a path is empty. 路径为空。")
        if path.is_dir():
            named = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith(("~$", ".")))
            if not named:
                raise Refusal(f"the folder {said} holds no workbook. 文件夹中没有工作簿。")
        elif has_magic(said) and not path.exists():
            named = [Path(name) for name in sorted(glob(said, recursive=True))]  # noqa: PTH207  (a pattern may be absolute)
            if not named:
                raise Refusal(f"nothing matches {said}. 没有符合的文件。")
        elif len(paths) == 1 and not path.exists():
            raise Refusal(f"there is no file {said}. 没有该文件。")
        else:
            named = [path]  # one that is missing is told in its turn, and the others are judged
        for one in named:
            found.setdefault(one.resolve(), one)
    return list(found.values())


def _centre(path: Path | None) -> Any:
    if path is None:
        return None
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    try:
        return jobs.Reference.read(path)
    except UnreadableFile as fault:
        raise _unreadable(path, fault) from None
    except ValueError as fault:
        raise Refusal(f"{path}: {fault}") from None


def _unreadable(path: Path, fault: "UnreadableFile") -> Refusal:
    from opsbook import jobs

    said = jobs.unreadable(path, fault).message
    return Refusal(f"{path}: {said.en}. {said.zh}。")


def _governing(path: Path | None) -> Any:
    found = _centre(path)
    if found is not None and "policy" not in found.tabs:
        raise Refusal(f"{path} has no Policy sheet that can be read. 该工作簿没有可读取的制度参数表。")
    return found


def _ledger(said: str, files: list[Path]) -> Any:
    if not said:
        return None
    from opsbook.state.ledger import Ledger

    if "://" not in said and (Path(said).is_dir() or Path(said).resolve() in {f.resolve() for f in files} or not Path(said).absolute().parent.is_dir()):
        raise Refusal(f"{said} cannot be a ledger: name a file of its own in a folder that is there. 台账须为已有文件夹中的单独文件。")
    try:
        return Ledger(said)
    except Exception as fault:
        raise Refusal(f"{said}: the ledger cannot be opened ({type(fault).__name__}). 无法打开台账。") from None


def _judge(path: Path, options: Options, hear: Callable[[str], None] | None = None) -> "FileReport":
    from opsbook import jobs
    from opsbook.actions.report import FileReport
    from opsbook.grammar import Findings
    from opsbook.grammar.grid import UnreadableFile
    from opsbook.hosts.guards import NAMED

    try:
        result = jobs.validate(path, as_of=options.as_of, policy=options.policy, reference=options.reference,
                               complete=options.complete, select=options.select, progress=hear, ledger=options.ledger,
                               submitter=options.submitter, limits=options.limits or NAMED)  # fmt: skip
    except UnreadableFile as fault:
        finding = jobs.unreadable(path, fault)
        return FileReport(str(path), jobs.fingerprint(path), Findings((finding,)), reason=finding.message)
    sheets = tuple({"key": t.sheet.key, "name": t.name, "header_row": t.header_row, "rows": len(t)}
                   for t in sorted(result.book.tabs.values(), key=lambda t: t.place))  # fmt: skip
    return FileReport(result.path, result.sha256, result.findings, sheets, lang=result.policy("org.language"), as_of=result.today.isoformat())


def _progress(files: list[Path], options: Options, *, shown: bool) -> Iterator["FileReport"]:
    if not shown or not sys.stderr.isatty():
        yield from (_judge(path, options) for path in files)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(files))
        for path in files:
            name = path.name
            bar.update(task, description=name)
            yield _judge(path, options, lambda rule, name=name: bar.update(task, description=f"{name} {rule}"))  # type: ignore[misc]
            bar.advance(task)


def _can_hold(output: Path | None) -> None:
    """Say before the work that a report cannot be put where it is wanted."""
    if output is not None and (output.is_dir() or not output.absolute().parent.is_dir()):
        raise Refusal(f"{output} is a folder, or its folder does not exist. 输出路径是文件夹，或所在文件夹不存在。")


@contextmanager
def _printer(output: Path | None, *, utf8: bool) -> Iterator[Callable[[str, str], None]]:
    """A function that prints a line in a colour: to the terminal, or plain to a file that is put in place whole.

    ``utf8``: what programs read is UTF-8 wherever it is redirected to, whatever the terminal's own code.
    """
    if output is None:
        if utf8 and not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            from rich.console import Console

            console = Console(highlight=False, soft_wrap=True)
            yield lambda line, colour: console.print(line, style=colour or None, markup=False, emoji=False)
        else:
            yield lambda line, colour: print(line)
        return
    lines: list[str] = []
    yield lambda line, colour: lines.append(line)
    from opsbook.hosts.file import write

    write(output, "".join(f"{line}\n" for line in lines).encode())


def _tell(report: "FileReport", format: str, lang: Lang | None, out: Callable[[str, str], None]) -> None:
    from opsbook.actions.report import as_line, as_text

    said: Literal["zh", "en"] = lang.value if lang else report.lang
    if format == "jsonl":
        out(as_line(report, said), "")
    elif format == "text":
        for line, colour in as_text(report, said):
            out(line, colour)


def _conclude(reports: list["FileReport"], format: str, lang: Lang | None, out: Callable[[str, str], None], as_of: str) -> None:
    from opsbook.actions.report import as_json, summary

    said: Literal["zh", "en"] = lang.value if lang else reports[0].lang
    if format == "json":
        out(as_json(reports, __version__, as_of or max((r.as_of for r in reports), default=""), said), "")
    elif format == "text":
        out(summary(reports, said), "bold")


def _exit_code(reports: list["FileReport"], strict: bool, exit_zero: bool) -> int:
    """The worst over all files: 2 what could not be checked, 1 errors, 0 none."""
    rules = {f.rule for r in reports for f in r.findings.errors}
    if any(r.status == "unreadable" for r in reports) or rules & {"RUN-001", "POL-001", "POL-002"}:
        return 2
    found = bool(rules) or (strict and any(len(r.findings.warnings) for r in reports))
    return int(found and not exit_zero)


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
    _can_hold(output)
    if output is not None and output.resolve() == file.resolve():
        raise Refusal(f"{output} is the workbook itself; say --in-place to replace it. 如需替换原文件请用 --in-place。")
    governing, centre = _governing(policy), _centre(reference)
    day, kept = _day(as_of), _ledger(ledger, [file])
    said: Literal["zh", "en"]
    try:
        if tries:
            changes = dict(_change(each) for each in tries)
            how = {"as_of": day, "policy": governing, "reference": centre, "complete": complete, "submitter": submitter}
            now = jobs.validate(file, **how)
            said = lang.value if lang else now.policy("org.language")
            print("\n".join(jobs.told(jobs.difference(now, jobs.validate(file, **how, trial=changes)), changes, said)))
            return
        done = jobs.refresh(file, as_of=day, policy=governing, reference=centre, complete=complete, ledger=kept, submitter=submitter)
    except UnreadableFile as fault:
        raise _unreadable(file, fault) from None
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
    _can_hold(output)
    if output is not None and output.exists() and output.resolve() in {p.resolve() for p in (file, template, reference) if p is not None}:
        raise Refusal(f"{output} is one of the workbooks; name another file. 输出文件不能与工作簿同名。")
    try:
        if kind == "summaries":
            made = jobs.summaries(file, suffix=suffix, as_of=_day(as_of), reference=_centre(reference))
        else:
            made = jobs.document(kind, file, record, suffix=suffix, template=template, as_of=_day(as_of), reference=_centre(reference),
                                 lang=lang.value if lang else None)  # fmt: skip
    except UnreadableFile as fault:
        raise _unreadable(file, fault) from None
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
    lang: LangOption = None,
) -> None:
    """Explain one rule or figure: what it asks, its clause, an example. 说明一条规则或指标。"""
    from opsbook import jobs

    said: Literal["zh", "en"] = lang.value if lang else "zh"
    lines = jobs.explain(name.upper(), said)
    if not lines:
        near = jobs.nearest(name.upper())
        hint = f" Did you mean {near}? 是否为 {near}？" if near else " opsbook guide lists them all. 见 opsbook guide。"
        raise Refusal(f"there is no rule or figure {name}. 没有规则或指标 {name}。{hint}")
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
    _can_hold(output)
    text = jobs.guide(format, lang.value if lang else "zh")
    with _printer(output, utf8=True) as out:
        out(text.rstrip("\n"), "")
