"""The door from a terminal to the ledger: what was run, what came of it, who changed what when, who has not handed in."""

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from opsbook.cli_report import Tally, can_tell, told
from opsbook.terminal import Lang, LangOption, Refusal, can_hold, day, ledger_at, printer, unreadable

if TYPE_CHECKING:
    from opsbook.actions.report import FileReport
    from opsbook.state.ledger import Entry, Ledger, Submission

ledger = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What was handed in and accepted, and what became of it. 报送台账。")
At = Annotated[str, typer.Option("--ledger", metavar="URL", envvar="OPSBOOK_LEDGER", help="The ledger: a file, or a database URL. 台账文件或数据库地址。")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON. 输出 JSON。")]


@contextmanager
def _opened(url: str, *, reading: bool = True) -> "Iterator[Ledger]":
    """A ledger that is there already, mostly to read in it."""
    if not url:
        raise Refusal("name the ledger with --ledger, or in OPSBOOK_LEDGER. 请用 --ledger 或环境变量 OPSBOOK_LEDGER 指定台账。")
    if "://" not in url and not Path(url).is_file():
        raise Refusal(f"there is no ledger {url}. 没有该台账。")
    with closing(ledger_at(url, [], reading=reading)) as kept:
        try:
            yield kept
        except (json.JSONDecodeError, zlib.error) as fault:
            raise Refusal(f"the ledger is damaged ({fault}). 台账已损坏。") from None


def _lang(lang: Lang | None) -> Literal["zh", "en"]:
    return lang.value if lang else "zh"


def _table(lang: Lang | None, heads: Sequence[tuple[str, str]], lines: Sequence[Sequence[Any]], nothing: tuple[str, str]) -> None:
    """Lines below their heads, aligned whatever the script."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    which = 1 if _lang(lang) == "zh" else 0
    if not lines:
        print(nothing[which])
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for n, head in enumerate(heads):
        numbers = all(isinstance(line[n], int) or line[n] == "" for line in lines)
        table.add_column(head[which], justify="right" if numbers else "left", overflow="fold")
    for line in lines:
        table.add_row(*(f"{v:,}" if isinstance(v, int) else str(v) for v in line))
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)


@ledger.command()
def runs(at: At = "", lang: LangOption = None, as_json: AsJson = False) -> None:
    """All runs, the newest first. 历次运行。"""
    from opsbook.batch.terms import local

    with _opened(at) as kept:
        found = [run | {"ended": local(run["ended"]), "began": local(run["began"])} for run in kept.runs()]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    heads = (("Run", "运行"), ("Ended", "结束时间"), ("As of", "统计日期"), ("Files", "工作簿"), ("Accepted", "已接收"), ("Unreadable", "无法校验"), ("Errors", "错误"),
             ("Warnings", "警告"))  # fmt: skip
    names = ("id", "ended", "as_of", "files", "accepted", "unreadable", "errors", "warnings")
    _table(lang, heads, [[run[n] for n in names] for run in found], ("No run yet.", "尚无运行记录。"))


@ledger.command()
def show(
    run: Annotated[int, typer.Argument(metavar="[RUN]", help="Which run; else the last. 运行编号，默认最近一次。")] = 0,
    at: At = "",
    format: Annotated[str, typer.Option(help="list, or text, json, jsonl, sarif, junit, html, xlsx as validate.")] = "list",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the report to a file. 输出到文件。")] = None,
    lang: LangOption = None,
) -> None:
    """What came of the workbooks of a run: a list, or their findings as validate tells them. 某次运行的结果。"""
    if format != "list":
        can_tell(format, output, at)
    with _opened(at) as kept:
        number = run or next((r["id"] for r in kept.runs()), 0)
        found = kept.submissions(run=number)
        if not found:
            raise Refusal(f"the ledger has no run {number}; opsbook ledger runs lists them. 台账中没有第 {number} 次运行。")
        if format != "list":
            told(Tally().counting(_reports(kept, found)), format, lang, output)
            return
        read = [_read(report) for report in _reports(kept, found)]
    yes, no = ("已接收", "未接收") if _lang(lang) == "zh" else ("accepted", "not accepted")
    heads = (("Workbook", "工作簿"), ("Version", "版本"), ("State", "状态"), ("Rows read", "读取行数"), ("Sheets not read", "未读取工作表"), ("Errors", "错误"),
             ("Warnings", "警告"), ("New", "新增"), ("Gone", "减少"), ("Changed", "变更"), ("Handed in by", "报送人"))  # fmt: skip
    lines = [[s.source, s.version, yes if s.accepted else no, *told, s.errors, s.warnings, s.added, s.removed, s.changed, s.submitter]
             for s, told in zip(found, read, strict=True)]  # fmt: skip
    _table(lang, heads, lines, ("", ""))


def _read(report: "FileReport") -> tuple[int, str]:
    """How many rows of a workbook were read, and which of its sheets were not."""
    return sum(sheet["rows"] for sheet in report.sheets), ", ".join(left["sheet"] for left in report.left_out)


def _reports(kept: "Ledger", found: "Sequence[Submission]") -> Iterator[Any]:
    """The reports of a run, made anew from the ledger."""
    from dataclasses import replace

    from opsbook import jobs
    from opsbook.actions.report import FileReport
    from opsbook.grammar import Findings, Text
    from opsbook.grammar.grid import UnreadableFile

    for s in found:
        if verdict := kept.verdict(s.verdict):
            yield replace(FileReport.of(json.loads(verdict.report) | {"findings": verdict.findings}, s.path), entered=s)
        else:
            fault = jobs.unreadable(Path(s.path), UnreadableFile("FIL-005", Text("it could not be judged in that run", "该次运行未能完成校验")))
            yield FileReport(s.path, s.sha256, Findings((fault,)), reason=fault.message, as_of=s.as_of, entered=s)


@ledger.command()
def history(
    name: Annotated[str, typer.Argument(metavar="ID", help="A record, or the name of a workbook. 记录编号或工作簿名称。")],
    at: At = "",
    lang: LangOption = None,
    as_json: AsJson = False,
) -> None:
    """What became of a record from one acceptance to the next, or which versions of a workbook came. 记录的变更，或工作簿的各版本。"""
    with _opened(at) as kept:
        today = kept.called(name)
        entries, versions = kept.history(name) or kept.history(today), kept.submissions(source=today)
    if as_json:
        print(json.dumps({"entries": [asdict(e) | {"changes": _masked(e)} for e in entries], "versions": [asdict(v) for v in versions]}, ensure_ascii=False, indent=1))
        return
    if not entries and not versions:
        raise Refusal(f"the ledger knows no record and no workbook {name}. 台账中没有该记录或工作簿。")
    if entries:
        heads = (("Day", "日期"), ("Workbook", "工作簿"), ("Handed in by", "报送人"), ("Sheet", "工作表"), ("Changes", "变更内容"))
        _table(lang, heads, [[e.as_of, e.source, e.submitter, *_named(e, _lang(lang))] for e in entries], ("", ""))
    if versions:
        names = (("Run", "运行"), ("Version", "版本"), ("As of", "统计日期"), ("State", "状态"), ("Errors", "错误"), ("New", "新增"), ("Gone", "减少"),
                 ("Changed", "变更"))  # fmt: skip
        yes, no = ("已接收", "未接收") if _lang(lang) == "zh" else ("accepted", "not accepted")
        _table(lang, names, [[v.run, v.version, v.as_of, yes if v.accepted else no, v.errors, v.added, v.removed, v.changed] for v in versions], ("", ""))


def _named(entry: "Entry", lang: Literal["zh", "en"]) -> tuple[str, str]:
    """The sheet of an entry and its changes, in the words of the sheet."""
    from opsbook.sheets import catalog

    if not entry.sheet:  # of a workbook as a whole
        which = 1 if lang == "zh" else 0
        if "renamed" in entry.changes:
            return "", (f"renamed from {entry.changes['renamed'][0]}", f"由 {entry.changes['renamed'][0]} 改名")[which]
        return "", (f"withdrawn: {entry.changes['withdrawn'][1]}", f"撤回：{entry.changes['withdrawn'][1]}")[which]
    sheet = catalog().sheets.get(entry.sheet)
    heads = {c.name: c.header[lang] for c in sheet.columns.values()} if sheet else {}
    heads["absent"] = "自该日起未再报送" if lang == "zh" else "left out since"
    said = "; ".join(f"{heads.get(n, n)}: {old or '–'} → {new or '–'}" for n, (old, new) in _masked(entry).items())
    return sheet.tab[lang] if sheet else entry.sheet, said


def _masked(entry: "Entry") -> dict[str, tuple[str, str]]:
    """The changes of an entry with identifiers and card numbers masked."""
    from opsbook.actions.reader import masked
    from opsbook.sheets import catalog

    columns = catalog().sheets[entry.sheet].columns if entry.sheet in catalog().sheets else {}
    return {n: (masked(columns[n].kind, old), masked(columns[n].kind, new)) if n in columns else (old, new) for n, (old, new) in entry.changes.items()}


By = Annotated[str, typer.Option("--as", metavar="EMP-ID", help="Who says so: it is logged. 经办人编号，记入日志。")]


@ledger.command()
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The workbook's name in the ledger. 台账中的工作簿名称。")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from now on. 今后的名称。")],
    by: By,
    at: At = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Today, if another day is meant. 日期。")] = "",
    lang: LangOption = None,
) -> None:
    """A workbook goes by another name from now on, with its records and versions; it is logged. 工作簿改名，记录和版本随之沿用。"""
    on = _on(as_of)
    with _opened(at, reading=False) as kept:
        try:
            records = kept.rename(old, _name(new), by=_person(by), as_of=on)
        except LookupError:
            raise Refusal(_no_records(old, kept.sources())) from None
        except ValueError:
            raise Refusal(f"there are records of {new} already: choose another name, or withdraw them first. 台账中已有 {new} 的记录，请另选名称或先撤回。") from None
    print({"zh": f"{old} 已改名为 {new}，随之沿用 {records:,} 条记录。", "en": f"{old} is {new} from now on, with its {records:,} records."}[_lang(lang)])


@ledger.command()
def withdraw(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The workbook's name in the ledger. 台账中的工作簿名称。")],
    by: By,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why: it is logged. 撤回原因，记入日志。")],
    at: At = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Today, if another day is meant. 日期。")] = "",
    lang: LangOption = None,
) -> None:
    """The accepted records of a workbook stand no more: their numbers and invoices are free again. 撤回已接收的工作簿，编号和发票可再次使用。"""
    on = _on(as_of)
    if len(because.strip()) < 5:
        raise Refusal("--because wants a reason of at least 5 characters: it stays in the log. --because 须填写不少于5字的原因，将保存在日志中。")
    with _opened(at, reading=False) as kept:
        try:
            records = kept.withdraw(name, by=_person(by), because=because.strip()[:500], as_of=on)
        except LookupError:
            raise Refusal(_no_records(name, kept.sources())) from None
    print({"zh": f"已撤回 {name} 的 {records:,} 条记录。", "en": f"Withdrawn: the {records:,} records of {name}."}[_lang(lang)])


def _on(said: str) -> str:
    """The day of an act: today by the centre's clocks, if no other is said."""
    from opsbook.batch.terms import local, now

    on = day(said)
    return on.isoformat() if on else local(now())[:10]


def _person(said: str) -> str:
    if not re.fullmatch(r"EMP-\d{4,}", said.strip(), re.IGNORECASE):
        raise Refusal(f"--as wants an employee number like EMP-0012, not {said}. --as 须填员工编号，如 EMP-0012。")
    return said.strip().upper()


def _name(said: str) -> str:
    if not said.strip() or len(said) > 300:
        raise Refusal("a workbook's name has 1 to 300 characters. 工作簿名称须为1至300字。")
    return said.strip()


def _no_records(name: str, known: Sequence[str]) -> str:
    there = ", ".join(known[:8]) + (" …" if len(known) > 8 else "") or "none 无"
    return f"the ledger has no accepted records of {name}; it has those of: {there}. 台账中没有 {name} 的已接收记录，现有：{there}。"


@ledger.command()
def missing(
    roster: Annotated[Path, typer.Option("--roster", help="The workbook that says who owes what (opsbook new FILE --sheets roster). 报送名册工作簿。")],
    at: At = "",
    period: Annotated[str, typer.Option(help="This period only, as 2026-09. 只看该期间。")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those that were accepted too. 含已接收的。")] = False,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Today, if another day is meant. 统计日期。")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the whole register into a workbook (.xlsx). 输出报送台账工作簿。")] = None,
    lang: LangOption = None,
    as_json: AsJson = False,
) -> None:
    """Who has not handed in, or has to correct, with a reminder ready to send. 未报送和待更正的工作簿及催报文字。

    Exit code 0: nothing is missing; 1: something is. 返回码：0 无缺报，1 有缺报。
    """
    from opsbook.batch.terms import local, now
    from opsbook.grammar.grid import UnreadableFile
    from opsbook.jobs.registering import STATES, owed, register, reminder

    if output is not None and output.suffix.lower() != ".xlsx":
        raise Refusal(f"{output} must end in .xlsx. 输出文件须为 .xlsx。")
    can_hold(output, roster, at)
    today = day(as_of) or date.fromisoformat(local(now())[:10])
    with _opened(at) as kept:
        submitted = kept.submissions()
        ended = {run["id"]: local(run["ended"])[:10] for run in kept.runs()}
    try:
        found = owed(roster, [(s, ended[s.run]) for s in submitted], today, period)
    except UnreadableFile as fault:
        raise unreadable(roster, fault) from None
    except ValueError as fault:
        raise Refusal(f"{fault.args[0].en}. {fault.args[0].zh}。") from None
    said = _lang(lang)
    open_ = [line for line in found if line.state != "accepted"]
    shown = found if every else open_
    if output is not None:
        from opsbook.hosts.file import write
        from opsbook.hosts.new_file import drawn

        write(output, drawn([register(found, said, today)]))
        print(output)
    elif as_json:
        print(json.dumps([asdict(line) | {"reminder": reminder(line, said)} for line in shown], ensure_ascii=False, indent=1))
    else:
        heads = (("State", "状态"), ("Workbook", "工作簿"), ("Period", "期间"), ("Person", "报送人"), ("Due on", "截止日期"), ("Received on", "收到日期"),
                 ("Version", "版本"), ("Days late", "逾期天数"))  # fmt: skip
        _table(lang, heads, [[STATES[li.state][said], li.workbook, li.period, li.person, li.due_on, li.received_on, li.version or "", li.late] for li in shown],
               ("Nothing is missing.", "没有缺报。"))  # fmt: skip
        for line in open_:
            print(f"\n{line.email}\n{reminder(line, said)}" if line.email else f"\n{reminder(line, said)}")
    raise typer.Exit(int(bool(open_)))


@ledger.command()
def verify(at: At = "", lang: LangOption = None) -> None:
    """Prove that the log of changes is whole, and that the records are what it says. 校验流转日志完整、记录与日志一致。

    Exit code 0: it is; 1: it is not. 返回码：0 完整，1 不完整。
    """
    with _opened(at) as kept:
        wrong = kept.verify()
        entries = sum(1 for _ in kept.entries())
    whole = f"日志完整：{entries:,} 条，记录与之一致。" if _lang(lang) == "zh" else f"The log is whole: {entries:,} entries, and the records follow from them."
    print(f"◆ {wrong}" if wrong else f"√ {whole}")
    raise typer.Exit(int(bool(wrong)))


@ledger.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help=".xlsx for people, .jsonl for programs, .db a backup of all. 输出文件。")],
    at: At = "",
    lang: LangOption = None,
) -> None:
    """Accepted records, runs and the log as a workbook or JSON lines (numbers of people and cards masked), or a backup of everything. 导出或备份台账。"""
    if output.suffix.lower() not in (".xlsx", ".jsonl", ".db"):
        raise Refusal(f"{output} must end in .xlsx, .jsonl or .db. 输出文件须为 .xlsx、.jsonl 或 .db。")
    if output.exists():
        raise Refusal(f"{output} is there already; name another. 文件已存在，请另取名称。")
    can_hold(output, at)
    with _opened(at) as kept:
        if output.suffix.lower() == ".db":
            kept.backup(output)
        else:
            from opsbook.jobs.exporting import as_lines, boards

            if output.suffix.lower() == ".jsonl":
                with printer(output, utf8=True) as out:
                    for line in as_lines(kept.tables()):
                        out(line, "")
            else:
                from opsbook.hosts.file import write
                from opsbook.hosts.new_file import drawn

                write(output, drawn(boards(kept.tables(), _lang(lang))))
    print(output)


@ledger.command()
def forget(
    before: Annotated[str, typer.Option("--before", metavar="DATE", help="What ended before this day. 该日之前的内容。")],
    at: At = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask. 不再询问。")] = False,
    lang: LangOption = None,
) -> None:
    """Remove old runs with their findings and versions, and old entries of the log, which goes on from a checkpoint; accepted records stay. 清理过期内容。"""
    on = day(before)
    if on is None:
        raise Refusal("--before wants a day like 2025-01-01. --before 须为 2025-01-01 形式的日期。")
    with _opened(at, reading=False) as kept:
        if wrong := kept.verify():
            raise Refusal(f"the log is not whole ({wrong}): nothing is removed from it. 日志不完整，不作清理。")
        if not yes:
            ask = {"zh": f"将永久删除 {on} 之前的运行、问题和日志，继续吗？",
                   "en": f"Runs, findings and log entries before {on} are removed for good. Go on?"}  # fmt: skip
            if not typer.confirm(ask[_lang(lang)]):
                raise Refusal("nothing was removed. 未作任何清理。")
        done = kept.forget(on.isoformat())
    names = {"runs": "运行", "submissions": "报送", "verdicts": "版本", "findings": "问题", "log": "日志"}
    said = _lang(lang)
    print("；".join(f"{names[n]} {c:,}" for n, c in done.items()) if said == "zh" else "; ".join(f"{n} {c:,}" for n, c in done.items()))
