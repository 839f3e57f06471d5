"""The door from a terminal to submitted workbooks: validate."""

import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatch
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from opsbook.cli_report import Tally, can_tell, told
from opsbook.terminal import LangOption, Refusal, can_hold, centre, day, governing, ledger_at

if TYPE_CHECKING:
    from opsbook.actions.report import FileReport
    from opsbook.batch.pool import Pool
    from opsbook.batch.terms import Terms, Workbook
    from opsbook.hosts.guards import Limits



def validate(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs. 文件、文件夹或通配符。")],
    format: Annotated[str, typer.Option(help="text, json, jsonl, sarif, junit, html or xlsx.")] = "text",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the report to a file. 输出到文件。")] = None,
    annotate: Annotated[Path | None, typer.Option(metavar="DIR", help="Put copies with the findings marked into a folder. 输出带标注的副本。")] = None,
    jobs: Annotated[int, typer.Option(min=0, max=256, help="Processes at work; 0: as many as are worth it. 并行进程数。")] = 0,
    cluster: Annotated[str, typer.Option(metavar="ADDRESS", help="A Dask cluster, as tcp://127.0.0.1:8786. 计算集群地址。")] = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    policy: Annotated[Path | None, typer.Option(help="The workbook whose Policy governs. 适用的制度参数工作簿。")] = None,
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    ledger: Annotated[str, typer.Option(metavar="URL", help="Compare with and accept into this ledger: a file, or a database URL. 台账文件或数据库地址。")] = "",
    since: Annotated[int, typer.Option(metavar="RUN", min=0, help="Only what that run of the ledger had not found. 只显示该次运行之后的新问题。")] = 0,
    submitter: Annotated[str, typer.Option(metavar="EMP-ID", help="Who hands the workbooks in. 报送人编号。")] = "",
    submitters: Annotated[Path | None, typer.Option(metavar="CSV", help="Workbook, EMP-ID: who hands in which. 报送人对照表。")] = None,
    version_of: Annotated[str, typer.Option("--version-of", metavar="NAME", help="The next version of this workbook of the ledger. 台账中该工作簿的新版本。")] = "",
    complete: Annotated[bool, typer.Option("--complete", help="The whole centre's book: run the centre's rules too. 全中心工作簿，运行全部规则。")] = False,
    limit: Annotated[list[str] | None, typer.Option(metavar="NAME=N", help="Another limit: file, part, whole, memory (MB), seconds, cells … 调整上限。")] = None,
    lang: LangOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors. 警告视同错误。")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 although errors were found. 有错误也返回0。")] = False,
    select: Annotated[str, typer.Option(metavar="RULE,...", help="Only these rules or prefixes. 只运行这些规则。")] = "",
    ignore: Annotated[str, typer.Option(metavar="RULE,...", help="Not these rules or prefixes. 不运行这些规则。")] = "",
    password_env: Annotated[str, typer.Option(metavar="NAME", help="The variable that holds the password of protected workbooks. 存放密码的环境变量。")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="The last line only. 只显示汇总。")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on the terminal. 不显示进度。")] = False,
) -> None:
    """Validate workbooks. 校验工作簿。

    Exit code 0: no errors; 1: errors found; 2: something could not be checked. 返回码：0 无错误，1 有错误，2 无法校验。
    """
    if since and not ledger:
        raise Refusal("--since wants the --ledger that the run is in. --since 须同时指定 --ledger。")
    workbooks = found(paths, submitter, _table(submitters))
    if version_of and (not ledger or len(workbooks) != 1):
        raise Refusal("--version-of wants one workbook and the --ledger that knows the other. --version-of 须指定一个工作簿和 --ledger。")
    files = [w.path for w in workbooks]
    can_tell(format, output, *files, policy, reference, submitters, ledger)
    from opsbook.batch.runner import annotated, copies, run

    if annotate is not None:
        _can_copy(annotate, paths, {t.resolve() for t in _or_refusal(copies, workbooks, annotate)} & {p.resolve() for p in (policy, reference) if p})

    if password_env and not os.environ.get(password_env):
        raise Refusal(f"the environment has no variable {password_env}, or it is empty. 环境变量不存在或为空。")
    terms = replace(terms_of(as_of, policy, reference, complete, select, ignore, limits_of(_limits(paths, files), limit or [])), password_env=password_env)
    tally = Tally(strict=strict)
    with closing(pool_of(jobs, cluster, workbooks)) as pool:
        _can_govern(pool, terms)
        kept = ledger_at(ledger, files)
        if version_of:
            if kept.accepted(version_of) is None:
                there = ", ".join(kept.sources()[:8]) or "none 无"
                raise Refusal(f"the ledger has accepted no workbook {version_of}; it has: {there}. 台账中没有已接收的工作簿 {version_of}，现有：{there}。")
            workbooks = [replace(w, source=version_of) for w in workbooks]
        with _shown(len(files), quiet=no_progress or quiet) as hear, closing(kept) if kept else nullcontext():
            reports: Iterable[FileReport] = _or_refusal(run, workbooks, terms, pool, kept, hear, marking=annotate is not None)
            if since:
                reports = _since(reports, kept, since)
            if annotate is not None:
                reports = annotated(reports, workbooks, terms, pool, annotate, lang.value if lang else None)
            told(tally.counting(reports), format, lang, output, terms.as_of, quiet=quiet)
            if kept and tally.run:
                kept.told(tally.run)
    raise typer.Exit(tally.exit_code(exit_zero=exit_zero))


def _or_refusal(work: Callable[..., Any], *asked: Any, **more: Any) -> Any:
    """What some work gives; what it cannot do is refused in both languages."""
    try:
        return work(*asked, **more)
    except ValueError as fault:
        said = fault.args[0]
        raise Refusal(f"{said.en}. {said.zh}。") from None


def _can_copy(folder: Path, paths: Sequence[str], taken: set[Path]) -> None:
    """Say before the work that copies cannot be put where they are wanted."""
    if folder.is_file() or not folder.absolute().parent.is_dir():
        raise Refusal(f"{folder} is a file, or the folder above it does not exist. 标注副本的文件夹无法建立。")
    if any(Path(said).is_dir() and folder.resolve().is_relative_to(Path(said).resolve()) for said in paths):
        raise Refusal(f"{folder} lies in a folder that is judged: copies would be taken for workbooks. 标注副本的文件夹不能位于被校验的文件夹内。")
    if taken:
        raise Refusal(f"a copy would take the place of {min(taken)}. 标注副本将覆盖该文件。")
    if not os.access(folder if folder.is_dir() else folder.absolute().parent, os.W_OK):
        raise Refusal(f"{folder} cannot be written to. 无法写入该文件夹。")


def watch(
    inbox: Annotated[Path, typer.Argument(metavar="INBOX", help="The folder into which workbooks are put. 收件文件夹。")],
    accepted: Annotated[Path, typer.Option(metavar="DIR", help="Where those without errors go. 接收文件夹。")],
    returned: Annotated[Path, typer.Option(metavar="DIR", help="Where the others go, with an annotated copy. 退回文件夹。")],
    ledger: Annotated[str, typer.Option(metavar="URL", help="The ledger that they are entered into. 台账文件或数据库地址。")] = "",
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    policy: Annotated[Path | None, typer.Option(help="The workbook whose Policy governs. 适用的制度参数工作簿。")] = None,
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    submitters: Annotated[Path | None, typer.Option(metavar="CSV", help="Workbook, EMP-ID: who hands in which. 报送人对照表。")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes at work. 并行进程数。")] = 1,
    limit: Annotated[list[str] | None, typer.Option(metavar="NAME=N", help="Another limit: file, part, whole, memory (MB), seconds, cells … 调整上限。")] = None,
    settle: Annotated[float, typer.Option(min=0, help="Seconds for which a file must not have changed. 文件静置秒数。")] = 2.0,
    poll: Annotated[bool, typer.Option("--poll", help="Look instead of listening: for network shares. 轮询，用于网络共享。")] = False,
    once: Annotated[bool, typer.Option("--once", help="File what is there, and end. 处理现有文件后结束。")] = False,
    lang: LangOption = None,
) -> None:
    """Validate what arrives in a folder, file it, and return what has errors with an annotated copy. 监视收件文件夹：校验、归档、退回。

    Who hands in is the subfolder named by an employee number, or the table. Ends with Ctrl-C; what is not filed then stays in the folder.
    """
    if not inbox.is_dir():
        raise Refusal(f"there is no folder {inbox}. 没有该文件夹。")
    if accepted.resolve() == returned.resolve():
        raise Refusal("name two folders: what is accepted and what is returned are kept apart. 接收与退回须为两个文件夹。")
    for folder in (accepted, returned):
        if folder.resolve().is_relative_to(inbox.resolve()):
            raise Refusal(f"{folder} lies in the inbox: what is filed there would arrive again. 归档文件夹不能位于收件文件夹内。")
        if folder.is_file() or not folder.absolute().parent.is_dir():
            raise Refusal(f"{folder} is a file, or the folder above it does not exist. 该文件夹无法建立。")
    from opsbook.actions.report import in_a_line, not_read
    from opsbook.batch.inbox import Inbox
    from opsbook.batch.inbox import watch as watched
    from opsbook.batch.pool import Local
    from opsbook.hosts.guards import SUBMITTED

    table = _table(submitters)
    terms = terms_of(as_of, policy, reference, False, "", "", limits_of(SUBMITTED, limit or []))
    with closing(Local(jobs)) as pool:
        _can_govern(pool, terms)
        kept = ledger_at(ledger, [])
        with closing(kept) if kept else nullcontext():
            box = Inbox(inbox, accepted, returned, terms, pool, kept, lang.value if lang else None, settle, lambda source: _handed_in(source, table))

            def hear(report: "FileReport") -> None:
                said = lang.value if lang else report.lang
                print("\n".join([f"{datetime.now():%Y-%m-%d %H:%M:%S} {in_a_line(report, said)}", *not_read(report, said)]), flush=True)

            watched(box, hear, once=once, poll=poll, complain=lambda said: print(f"opsbook: {said} 将自动重试。", file=sys.stderr, flush=True))


def consolidate(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs. 文件、文件夹或通配符。")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The workbook to make (.xlsx). 要生成的工作簿。")],
    rows: Annotated[bool, typer.Option("--rows", help="The rows without errors of workbooks with errors, too. 含有错误工作簿中的无错误行。")] = False,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Status date yyyy-mm-dd. 统计日期。")] = "",
    policy: Annotated[Path | None, typer.Option(help="The workbook whose Policy governs. 适用的制度参数工作簿。")] = None,
    reference: Annotated[Path | None, typer.Option(help="The centre's workbook to look up in. 中心工作簿，用于核对引用。")] = None,
    jobs: Annotated[int, typer.Option(min=0, max=256, help="Processes at work; 0: as many as are worth it. 并行进程数。")] = 0,
    limit: Annotated[list[str] | None, typer.Option(metavar="NAME=N", help="Another limit: file, part, whole, memory (MB), seconds, cells … 调整上限。")] = None,
    lang: LangOption = None,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on the terminal. 不显示进度。")] = False,
) -> None:
    """One workbook of all accepted rows, with the centre's rules and the summaries over all of them. 合并已接收的工作簿，生成全中心汇总。

    Accepted is a workbook without errors that are not waived. Each row names its origin; numbers of people and cards are masked.
    Exit code 0, or 2 where no workbook could be accepted.
    """
    if output.suffix.lower() != ".xlsx":
        raise Refusal(f"{output} must end in .xlsx. 输出文件须为 .xlsx。")
    workbooks = _told_apart(found(paths))
    can_hold(output, *(w.path for w in workbooks), policy, reference)
    from opsbook import jobs as work
    from opsbook.actions.report import in_a_line, not_read
    from opsbook.batch.gathering import gathered
    from opsbook.batch.runner import run
    from opsbook.hosts.file import write
    from opsbook.hosts.guards import SUBMITTED

    said: Literal["zh", "en"] = lang.value if lang else "zh"
    terms = terms_of(as_of, policy, reference, False, "", "", limits_of(SUBMITTED, limit or []))
    with closing(pool_of(jobs, "", workbooks)) as pool:
        _can_govern(pool, terms)
        with _shown(len(workbooks), quiet=no_progress) as hear:
            reports = list(run(workbooks, terms, pool, None, hear))
        refused, twice = [r for r in reports if r.status == "unreadable" or r.findings.errors], sum(bool(r.repeats) for r in reports)
        for report in reports:
            if report in refused or report.repeats or report.left_out:
                print("\n".join([in_a_line(report, said), *not_read(report, said)]), file=sys.stderr)
        if len(refused) == len(reports) and not rows:
            raise Refusal("no workbook is without errors: there is nothing to consolidate. 没有无错误的工作簿，无可合并。")
        parts = gathered(reports, workbooks, terms, pool, rows=rows)
        done = _or_refusal(work.consolidated, parts, output.name, as_of=day(as_of), policy=governing(policy), reference=centre(reference), lang=said)
    write(output, done.package)
    taken, whole = len(reports) - len(refused) - twice, sum(done.rows.values())
    partly = {"en": ", and of the rows without errors of the others", "zh": "，含其余工作簿中的无错误行"}[said] if rows and refused else ""
    print({"en": f"{output}: {whole:,} rows of {taken} accepted workbooks{partly} ({len(refused)} not accepted); {len(done.findings.errors)} errors of the whole "
                 f"centre, {len(done.findings.warnings)} warnings",
           "zh": f"{output}：已接收 {taken} 个工作簿{partly}，共 {whole:,} 行（未接收 {len(refused)} 个）；全中心错误 {len(done.findings.errors)}，"
                 f"警告 {len(done.findings.warnings)}"}[said])  # fmt: skip


def _told_apart(workbooks: "list[Workbook]") -> "list[Workbook]":
    """Workbooks whose names tell them apart: of those that bear one name the whole path is said."""
    counts = Counter(w.source for w in workbooks)
    return [replace(w, source=w.path.as_posix()) if counts[w.source] > 1 else w for w in workbooks]


def found(paths: Sequence[str], submitter: str = "", table: Sequence[tuple[str, str]] = ()) -> "list[Workbook]":
    """Files as named, each once; folders and globs opened, in order. Lock files are left out."""
    from opsbook.batch.terms import Workbook, size_of
    from opsbook.batch.terms import named as clean

    named: dict[Path, tuple[Path, str]] = {}
    for said in paths:
        path = Path(said)
        if not said.strip():
            raise Refusal("a path is empty. 路径为空。")
        if path.is_dir():
            within, base = _within(path), path
            if not within:
                raise Refusal(f"the folder {said} holds no workbook. 文件夹中没有工作簿。")
        elif has_magic(said) and not path.exists():
            within, base = [Path(name) for name in sorted(glob(said, recursive=True))], _fixed(path)  # noqa: PTH207  (a pattern may be absolute)
            if not within:
                raise Refusal(f"nothing matches {said}. 没有符合的文件。")
        elif len(paths) == 1 and not path.exists():
            raise Refusal(f"there is no file {said}. 没有该文件。")
        else:
            within, base = [path], path.parent  # one that is missing is told in its turn, and the others are judged
        for one in within:
            named.setdefault(one.resolve() if not one.is_symlink() else one.absolute(), (one, clean(one.relative_to(base))))
    return [Workbook(path, source, submitter or _handed_in(source, table), size=size_of(path)) for path, source in named.values()]


def _within(folder: Path) -> list[Path]:
    """The workbooks in a folder and below; a folder that cannot be looked into is told in its turn."""
    from opsbook.batch.terms import SUFFIXES

    closed: list[Path] = []
    there = [Path(root) / name for root, _, names in os.walk(folder, onerror=lambda fault: closed.append(Path(fault.filename))) for name in names]
    return sorted([*closed, *(p for p in there if p.suffix.lower() in SUFFIXES and not p.name.startswith(("~$", ".")))])


def _fixed(pattern: Path) -> Path:
    """The folder that a pattern begins with."""
    parts = pattern.parts[: next(n for n, part in enumerate(pattern.parts) if has_magic(part))]
    return Path(*parts) if parts else Path()


def _table(path: Path | None) -> list[tuple[str, str]]:
    """Who hands in which workbook: lines of a pattern and an employee number."""
    if path is None:
        return []
    try:
        raw = path.read_bytes()
    except OSError:
        raise Refusal(f"{path} cannot be read. 无法读取该文件。") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")  # as a Chinese Excel saves it
    lines = list(csv.reader(text.splitlines()))
    said = [(line[0].strip(), line[1].strip()) for line in lines if len(line) > 1 and line[0].strip() and line[1].strip()]
    if not said:
        raise Refusal(f"{path} names nobody: a line is a workbook, a comma, an employee number. 对照表每行须为：工作簿,员工编号。")
    return said


def _handed_in(source: str, table: Sequence[tuple[str, str]]) -> str:
    """Who hands a workbook in: as the table says, else the folder that bears an employee number."""
    said = next((who for pattern, who in table if fnmatch(source, pattern) or fnmatch(Path(source).name, pattern)), "")
    return (said or next((part for part in Path(source).parts[:-1] if part.upper().startswith("EMP-")), ""))[:200]


def terms_of(as_of: str, policy: Path | None, reference: Path | None, complete: bool, select: str, ignore: str, limits: "Limits") -> "Terms":
    """On what terms workbooks are judged; a :class:`Refusal` for what cannot be meant."""
    from opsbook.batch.terms import Terms

    on = day(as_of)
    chosen, left = (tuple(filter(None, (part.strip().upper() for part in said.split(",")))) for said in (select, ignore))
    if (select and not chosen) or (ignore and not left):
        raise Refusal("--select and --ignore want rules or prefixes, as EXP-009,GEN. --select 和 --ignore 须填规则编号或前缀。")
    if chosen or left:
        from opsbook.sheets import catalog

        for part in (*chosen, *left):
            if not any(rule.startswith(part) for rule in catalog().rules):
                raise Refusal(f"there is no rule {part}; opsbook guide lists them all. 没有规则 {part}，见 opsbook guide。")
    return Terms(on.isoformat() if on else "", str(policy or ""), str(reference or ""), complete, chosen, left, limits)


def _limits(paths: Sequence[str], files: Sequence[Path]) -> "Limits":
    """One file that is named is its user's own; what comes by folders, globs and lists was submitted."""
    from opsbook.hosts.guards import NAMED, SUBMITTED

    return NAMED if len(files) == len(paths) == 1 and Path(paths[0]) == files[0] else SUBMITTED


def limits_of(limits: "Limits", said: Sequence[str]) -> "Limits":
    """Some limits with those over them that were said."""
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


def pool_of(processes: int, cluster: str, workbooks: "Sequence[Workbook]") -> "Pool":
    """Who does the work: a cluster, else processes of this machine."""
    from opsbook.batch.pool import Cluster, Local, processes_for

    if not cluster:
        return Local(processes or processes_for(len(workbooks), sum(w.size for w in workbooks)))
    if not re.match(r"(tcp|tls|ws|wss|ucx)://[^:/]+:\d+$", cluster):
        raise Refusal(f"{cluster} is no address of a cluster, as tcp://127.0.0.1:8786. 集群地址应为 tcp://127.0.0.1:8786 的形式。")
    try:
        return Cluster(cluster)
    except ModuleNotFoundError:
        raise Refusal('a cluster wants Dask: pip install "opsbook[dask]". 使用集群须安装 opsbook[dask]。') from None
    except (OSError, ValueError, TimeoutError) as fault:
        raise Refusal(f"{cluster}: the cluster cannot be reached ({type(fault).__name__}). 无法连接集群。") from None


def _can_govern(pool: "Pool", terms: "Terms") -> None:
    """Say before the work what cannot govern."""
    from opsbook.batch.runner import cannot_govern

    if said := cannot_govern(pool, terms):
        raise Refusal(said)


class _shown:  # noqa: N801  (a context manager)
    """Progress on the terminal: files, rows, findings, rate."""

    def __init__(self, files: int, *, quiet: bool) -> None:
        self.files, self.on = files, not quiet and sys.stderr.isatty()
        self.done = self.rows = self.findings = 0

    def __enter__(self) -> "Callable[[int, FileReport], None]":
        if not self.on:
            return lambda place, report: None
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (BarColumn(20), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task("", total=self.files)
        self.bar.start()
        return self.hear

    def hear(self, place: int, report: "FileReport") -> None:
        """One more is judged, or one once more."""
        self.done = min(self.files, self.done + 1)
        self.rows += sum(s["rows"] for s in report.sheets)
        self.findings += len(report.findings)
        speed = self.bar.tasks[0].finished_speed or self.bar.tasks[0].speed or 0
        said = f"{self.rows:,} rows 行 · {self.findings:,} findings 问题 · {speed:,.1f}/s"
        self.bar.update(self.task, completed=self.done, description=said)

    def __exit__(self, *_: object) -> None:
        if self.on:
            self.bar.stop()


def _since(reports: "Iterable[FileReport]", ledger: Any, run: int) -> "Iterator[FileReport]":
    """Reports of what a run of the ledger had not found yet."""
    from opsbook.actions.report import newer

    before = {s.source: s for s in ledger.submissions(run=run)}
    if not before:
        raise Refusal(f"the ledger has no run {run}; opsbook ledger runs lists them. 台账中没有第 {run} 次运行。")
    for report in reports:
        was = before.get(report.entered.source) if report.entered else None
        verdict = ledger.verdict(was.verdict) if was else None
        yield newer(report, verdict.findings if verdict else ())
