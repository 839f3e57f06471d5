"""Reports on the terminal and in files: every format, and what exit code they come to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from opsbook import __version__
from opsbook.terminal import Lang, Line, Refusal, can_hold, printer

#: Rules whose errors mean that something could not be checked, or that what governs is faulty.
UNCHECKED = ("RUN-", "POL-001", "POL-002", "LST-", "COL-", "RUL-")

if TYPE_CHECKING:
    from opsbook.actions.report import FileReport
    from opsbook.grammar import Rule

FORMATS = ("text", "json", "jsonl", "sarif", "junit", "html", "xlsx")


@dataclass
class Tally:
    """What a run came to."""

    strict: bool = False
    unreadable: bool = False
    rules: set[str] = field(default_factory=set)
    warned: bool = False
    run: int = 0  # of the ledger

    def counting(self, reports: "Iterable[FileReport]") -> "Iterator[FileReport]":
        """The same reports, counted as they pass."""
        from opsbook.actions.report import to_submitter

        for report in reports:
            self.unreadable |= report.status == "unreadable" or report.uncopied
            self.rules |= {f.rule for f in report.findings.errors}
            self.warned |= bool(len(to_submitter(report).findings.warnings))
            self.run = report.entered.run if report.entered else self.run
            yield report

    def exit_code(self, *, exit_zero: bool) -> int:
        """The worst over all files: 2 what could not be checked, 1 errors, 0 none."""
        if self.unreadable or any(rule.startswith(UNCHECKED) for rule in self.rules):
            return 2
        return int((bool(self.rules) or (self.strict and self.warned)) and not exit_zero)


def told(reports: "Iterable[FileReport]", format: str, lang: Lang | None, output: Path | None, as_of: str = "", *, quiet: bool = False) -> None:
    """Print reports in a format, or write them to a file."""
    from opsbook.actions.report import as_line, to_submitter

    said: Literal["zh", "en"] | None = lang.value if lang else None
    if format in ("text", "html", "xlsx"):  # for people; programs are told all
        reports = map(to_submitter, reports)
    if format == "xlsx":
        from opsbook.actions.report_book import boards
        from opsbook.hosts.file import write
        from opsbook.hosts.new_file import drawn

        assert output is not None
        whole = list(reports)
        write(output, drawn(boards(whole, said or _of(whole))))
        return
    with printer(output, utf8=format != "text") as out:
        match format:
            case "text":
                _as_text(reports, said, out, quiet=quiet)
            case "jsonl":
                for report in reports:
                    out(as_line(report, said or report.lang), "")
            case _:
                whole = list(reports)
                out(_WHOLE[format](whole, as_of or max((r.as_of for r in whole), default=""), said or _of(whole)), "")


def can_tell(format: str, output: Path | None, *inputs: Path | str | None) -> None:
    """Say before the work that there is no such format, or no place for it."""
    if format not in FORMATS:
        raise Refusal(f"there is no format {format}; choose {', '.join(FORMATS)}. 没有该格式，可选 {'、'.join(FORMATS)}。")
    if format == "xlsx" and output is None:
        raise Refusal("a report as .xlsx goes into a file: name it with -o. xlsx 报告须用 -o 指定文件。")
    can_hold(output, *inputs)


def _of(reports: "Sequence[FileReport]") -> Literal["zh", "en"]:
    return reports[0].lang if reports else "zh"


def _as_text(reports: "Iterable[FileReport]", lang: Literal["zh", "en"] | None, out: Line, *, quiet: bool) -> None:
    from opsbook.actions.report import Sum, as_text

    whole = Sum()
    for report in reports:
        lang = lang or (report.lang if not whole.files else lang)
        whole.add(report)
        if not quiet:
            for line, colour in as_text(report, lang or report.lang):
                out(line, colour)
    out(whole.said(lang or "zh"), "bold")


def _json(whole: "Sequence[FileReport]", as_of: str, lang: Literal["zh", "en"]) -> str:
    from opsbook.actions.report import as_json

    return as_json(whole, __version__, as_of, lang)


def _sarif(whole: "Sequence[FileReport]", as_of: str, lang: Literal["zh", "en"]) -> str:
    from opsbook.actions.report_sarif import as_sarif

    return as_sarif(whole, __version__, as_of, lang, _rules(whole))


def _junit(whole: "Sequence[FileReport]", as_of: str, lang: Literal["zh", "en"]) -> str:
    from opsbook.actions.report_junit import as_junit

    return as_junit(whole, __version__, as_of, lang)


def _html(whole: "Sequence[FileReport]", as_of: str, lang: Literal["zh", "en"]) -> str:
    from opsbook.actions.report_page import as_page

    return as_page(whole, __version__, as_of, lang, _rules(whole))


def _rules(whole: "Sequence[FileReport]") -> "dict[str, Rule]":
    """All rules that findings name: ours, and those of centres, of which nothing more is known here than what they found."""
    from opsbook.grammar import Rule
    from opsbook.sheets import catalog

    found = {f.rule: f for file in whole for f in file.findings}
    return {id_: catalog().rules.get(id_) or Rule(id_, f.key or "*", f.clause, f.message, f.fix, f.severity, "row", f.message) for id_, f in found.items()}


_WHOLE = {"json": _json, "sarif": _sarif, "junit": _junit, "html": _html}
