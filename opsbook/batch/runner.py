"""Runner: a batch of workbooks is judged, each by itself and then against each other, entered into the ledger, and told in order.

0. A file that is another of the run byte for byte, or one that the ledger has accepted under another name, is told as such, and not judged: the first counts.
1. What the ledger knows already, of the same bytes on the same terms against the same state, is taken from there; all else is judged, in any order,
   and each verdict is kept as soon as it is there: a run that was killed goes on where it was.
2. A workbook under a new name that is the next version of an accepted one is judged once more as that.
3. Workbooks that identify a record alike (a number, an invoice) are judged once more with the records of the others that they meet.
4. The run is entered, and what is without errors accepted, in one transaction. Nothing of this depends on who judged what, and when.
"""

import hashlib
import json
import os
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsbook import __version__, jobs
from opsbook.actions.report import FileReport, to_submitter
from opsbook.batch.pool import Pool
from opsbook.batch.spool import Spool
from opsbook.batch.terms import Terms, Workbook, local, now, sha256_of
from opsbook.batch.worker import Answer, Request
from opsbook.grammar import Finding, Findings, Text
from opsbook.grammar.former import Stale, of_plain, plain
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts.guards import NAMED

if TYPE_CHECKING:
    from opsbook.state.ledger import Ledger, Submission

_PATIENCE = 10  # times that a run is judged anew because others were entered before it
CHECKED = "_checked"  # behind the names of annotated copies
Hear = Callable[[int, FileReport], None]


def run(workbooks: Sequence[Workbook], terms: Terms, pool: Pool, ledger: "Ledger | None" = None, hear: Hear = lambda place, report: None, *,
        marking: bool = False) -> Iterator[FileReport]:  # fmt: skip
    """Judge workbooks; their reports in order. ``hear`` is told of each as soon as it is judged by itself; ``marking`` says that copies are
    to be :func:`annotated`.

    With a ledger two workbooks of one source are a ValueError: which would be the later version?
    """
    if ledger and (twice := _twice([w.source for w in workbooks])):
        raise ValueError(Text(f"two workbooks are called {twice}: the ledger knows them by their names; name the folder that holds both",
                              f"有两个工作簿名为 {twice}：台账按名称识别，请指定包含二者的上级文件夹"))  # fmt: skip
    return _run(workbooks, terms, pool, ledger, hear, marking)


def _run(workbooks: Sequence[Workbook], terms: Terms, pool: Pool, ledger: "Ledger | None", hear: Hear, marking: bool) -> Iterator[FileReport]:
    began = now()
    for attempt in count():
        spool, position = Spool(), ledger.position() if ledger else (0, 0)  # before anything is read from the ledger
        try:
            with _known(ledger) as known:
                asked = replace(terms, kept=ledger is not None, known=known, read=terms.versions)
                judge = _Judge([*workbooks], asked, pool, ledger, spool, marking, position)
                judge.each([place for place in range(len(workbooks)) if not judge.repeated(place, hear)], hear)
                judge.each_renamed(hear)
                judge.each_met(hear)
            entered: Mapping[int, Submission] = judge.entered(began) if ledger else {}
            for place, workbook in enumerate(workbooks):
                yield replace(FileReport.of(spool.report(place), str(workbook.path)), entered=entered.get(place))
            return
        except Stale:  # another run was entered meanwhile: what it accepted counts
            if attempt == _PATIENCE:
                raise
        finally:
            spool.close()


def annotated(reports: Iterable[FileReport], workbooks: Sequence[Workbook], terms: Terms, pool: Pool, folder: Path, lang: str | None) -> Iterator[FileReport]:
    """Write copies of the workbooks with findings into a folder (:func:`copies`); each report then says where its copy is.

    A file that is there already under such a name is an earlier copy, and is replaced.
    """
    whole, targets = list(reports), copies(workbooks, folder)
    back = [to_submitter(r) for r in whole]
    marked = [n for n, r in enumerate(back) if (len(r.findings) and r.status == "findings") or r.places.get("marked")]  # or whose marks are to go
    limits = terms.limits
    asked = ((n, Request("annotate", str(workbooks[n].path.absolute()), limits.memory, limits.time(workbooks[n].size),
                         {"terms": terms.plain(), "to": str(targets[n].absolute()), "lang": lang or ""},
                         (json.dumps(back[n].plain()).encode(),))) for n in marked)  # fmt: skip
    for n, answer in pool.answers(asked):
        said = json.loads(answer.frames[0]) if not answer.lost else {"why": [f"{answer.lost} {answer.how[-200:]}"] * 2}
        if "why" in said:
            en, zh = said["why"]
            whole[n] = replace(whole[n], uncopied=bool(answer.lost) or "failed" in said)
            copy = Text(f"no annotated copy: {en}", f"未生成标注副本：{zh}")
        else:
            left = [Text(*each) for each in said["left_out"]]
            copy = Text(f"annotated copy: {targets[n]}" + (f"; not in it: {', '.join(t.en for t in left)}" if left else ""),
                        f"标注副本：{targets[n]}" + (f"；未包含：{'、'.join(t.zh for t in left)}" if left else ""))  # fmt: skip
        whole[n] = replace(whole[n], copy=copy)
    yield from whole


def copies(workbooks: Sequence[Workbook], folder: Path) -> list[Path]:
    """Where the annotated copies of workbooks go: under the names of their sources. A ValueError in both languages where two would be one, or
    one would take the place of a workbook."""
    stems = [w.source.removesuffix(w.path.suffix) for w in workbooks]
    twice = {stem for stem, n in Counter(stem.casefold() for stem in stems).items() if n > 1}  # a.xlsx and a.xlsm
    targets = [folder / f"{w.source if stem.casefold() in twice else stem}{CHECKED}.xlsx" for w, stem in zip(workbooks, stems, strict=True)]
    if same := _twice([str(t).casefold() for t in targets]):
        raise ValueError(Text(f"two copies would be called {Path(same).name}: name the folder that holds both workbooks",
                              f"两个副本将同名（{Path(same).name}）：请指定包含二者的上级文件夹"))  # fmt: skip
    there = {w.path.resolve() for w in workbooks}
    if taken := next((t for t in targets if t.resolve() in there), None):
        raise ValueError(Text(f"the copy {taken} would take the place of a workbook: choose another folder", f"副本 {taken} 将覆盖原工作簿：请另选文件夹"))
    return targets


def cannot_govern(pool: Pool, terms: Terms) -> str:
    """Why the policy or the reference of some terms cannot be used, as a sentence; '' where they can."""
    named = [(path, "policy" if path == terms.policy else "") for path in dict.fromkeys((terms.policy, terms.reference)) if path]
    version = terms.versions
    asked = ((n, Request("govern", str(Path(path).absolute()), NAMED.memory, NAMED.seconds, {"policy": bool(what), "version": version}))
             for n, (path, what) in enumerate(named))  # fmt: skip
    for n, answer in sorted(pool.answers(asked), key=lambda each: each[0]):
        if answer.lost:
            return f"{named[n][0]} could not be read ({answer.lost} {answer.how[-200:]}). 无法读取该文件。"
        if said := answer.frames[0].decode():
            return said
    return ""


def _twice(sources: Sequence[str]) -> str:
    seen: set[str] = set()
    return next((s for s in sources if s in seen or seen.add(s)), "")  # type: ignore[func-returns-value]


@contextmanager
def _known(ledger: "Ledger | None") -> Iterator[str]:
    """A file of what the ledger's accepted records have in the columns that references name, as they were when the run began."""
    if ledger is None:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="opsbook") as folder:
        said = ledger.known(c.ref for s in jobs.catalog().sheets.values() for c in s.columns.values() if c.ref)
        path = Path(folder) / "known.json"
        path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        yield str(path)


@dataclass
class _Judge:
    workbooks: list[Workbook]
    terms: Terms
    pool: Pool
    ledger: "Ledger | None"
    spool: Spool
    marking: bool
    position: tuple[int, int]  # where the ledger ended when the run began

    def __post_init__(self) -> None:
        self.digest = self.terms.digest
        self.kept_known = b""
        self.verdicts: dict[int, str] = {}
        self.looked_up: dict[str, str] = {}
        self.first: dict[str, str] = {}  # digest → the first workbook of the run that has it
        if self.terms.known:
            self.kept_known = Path(self.terms.known).read_bytes()
            said = json.loads(self.kept_known)
            self.looked_up = {target: _digest(values) for target, values in said.items()}

    def repeated(self, place: int, hear: Hear) -> bool:
        """Whether a workbook is the same file as another, which counts; it is told then."""
        workbook, sha256 = self.workbooks[place], sha256_of(self.workbooks[place].path)
        if not sha256 or workbook.path.is_symlink():
            return False
        known = self.ledger.accepted_as(sha256) if self.ledger else ""  # what the ledger has goes before what comes first by its name
        first = known or self.first.setdefault(sha256, workbook.source)
        if known and known not in {w.source for w in self.workbooks}:
            assert self.ledger is not None
            before = self.ledger.accepted(known)
            if workbook.submitter and before and before.submitter == workbook.submitter:  # its own version, come again under another name
                self.workbooks[place] = replace(workbook, source=known, renamed=True)
                return False
        if first == workbook.source:
            return False
        found = _finding(workbook.path, "FIL-008", source=first)
        report = FileReport(str(workbook.path), sha256, Findings((found,)), as_of=self.terms.as_of or local(now())[:10], submitted=True, repeats=first)
        self._spooled(place, report.plain(), [], b"", again=False)
        hear(place, report)
        return True

    def each_renamed(self, hear: Hear) -> None:
        """Judge those once more, as its next version, that are an accepted workbook under a new name (DECISIONS 10.7)."""
        if self.ledger is None:
            return
        names = {w.source for w in self.workbooks}
        meant = {place: before for place, w in enumerate(self.workbooks)
                 if w.submitter and self.ledger.accepted(w.source) is None and (before := self._version_of(place, names))}  # fmt: skip
        once = Counter(meant.values())
        for place, before in meant.items():
            if once[before] == 1:
                self.workbooks[place] = replace(self.workbooks[place], source=before, renamed=True)
        self.each([place for place, before in meant.items() if once[before] == 1], hear, {})

    def _version_of(self, place: int, names: Collection[str]) -> str:
        """The accepted source of the same submitter most of whose records a workbook has; '' where there is none, or more than one."""
        assert self.ledger is not None
        workbook, rows = self.workbooks[place], of_plain(self.spool.records(place))
        met = self.ledger.others(workbook.source, jobs.catalog().sought(self.spool.identities(place)), names)
        candidates = sorted({source for table in met.values() for source in table["source"]})
        alike = [source for source in candidates if (last := self.ledger.accepted(source)) and last.submitter == workbook.submitter
                 and jobs.mostly(rows, self.ledger.former(source).own)]  # fmt: skip
        return alike[0] if len(alike) == 1 else ""

    def each(self, places: Collection[int], hear: Hear, others: Mapping[int, Mapping[str, Any]] | None = None) -> None:
        """Judge some of the workbooks, against the records of ``others`` that they meet, if there are any."""
        again, met = others is not None, others or {}
        waiting = [place for place in places if not self._known_already(place, met.get(place, {}), hear, again=again)]
        for place, answer in self.pool.answers((place, self._request(place, met.get(place, {}))) for place in waiting):
            workbook = self.workbooks[place]
            if answer.lost:
                report, found, rows = _lost(workbook, self.terms, answer).plain(), [], b""
            else:
                report, found, rows = json.loads(answer.frames[0]), json.loads(answer.frames[1]), answer.frames[2]
            if workbook.renamed and not answer.lost:
                report["findings"] = [_finding(workbook.path, "FIL-009", source=workbook.source).plain, *report["findings"]]
            self.verdicts.pop(place, None)
            if not answer.lost and not _passing(report):  # what is a matter of the moment is tried again the next time
                self._keep(place, report, rows, met.get(place, {}))
            self._spooled(place, report, found, rows, again=again)
            hear(place, FileReport.of(report, str(workbook.path)))

    def _spooled(self, place: int, report: dict[str, Any], found: list[list[str]], rows: bytes, *, again: bool) -> None:
        if again:
            self.spool.again(place, report)
        else:
            self.spool.put(place, report, found, rows)

    def each_met(self, hear: Hear) -> None:
        """Judge those once more whose records meet others', in this run or among what other sources had accepted."""
        others: dict[int, dict[str, Any]] = {}
        for place, met in self.spool.meeting().items():
            for other, sheet, record in met:
                _put(others.setdefault(place, {}), sheet, record, self.workbooks[other].source, self._cells(other, sheet, record))
        if self.ledger:
            # a version that may be accepted in this run stands for its source; else what was accepted before still does
            run = [w.source for n, w in enumerate(self.workbooks) if not FileReport.of(self.spool.report(n), "").findings.errors]
            for place in self.spool.places():
                for sheet, frame in plain(self.ledger.others(self.workbooks[place].source, jobs.catalog().sought(self.spool.identities(place)), run)).items():
                    for n, record in enumerate(frame["records"]):
                        cells = {name: column[n] for name, column in frame["columns"].items()}
                        _put(others.setdefault(place, {}), sheet, record, cells.pop("source"), cells)
        self.each(sorted(others), hear, others)

    def _cells(self, place: int, sheet: str, record: str) -> dict[str, str]:
        if getattr(self, "_at", None) != place:  # those of one workbook mostly come together
            self._at, self._records = place, self.spool.records(place)
            self._rows = {s: {r: n for n, r in enumerate(t["records"])} for s, t in self._records.items()}
        n, table = self._rows[sheet].get(record), self._records[sheet]["columns"]
        return {name: column[n] for name, column in table.items()} if n is not None else {}

    # ------------------------------------------------------------------------------------------ what is asked and kept

    def _request(self, place: int, others: Mapping[str, Any]) -> Request:
        workbook, limits = self.workbooks[place], self.terms.limits
        given = [_plain({"own": self._own(place), "others": others})] if self.ledger or others else []
        given += [self.kept_known] if given and self.pool.remote and self.kept_known else []
        more = {"terms": self.terms.plain(), "source": workbook.source, "submitter": workbook.submitter,
                "rows": self.ledger is not None or len(self.workbooks) > 1, "places": self.marking or self.ledger is not None}  # fmt: skip
        return Request("judge", str(workbook.path.absolute()), limits.memory, limits.time(workbook.size), more, tuple(given))

    def _own(self, place: int) -> dict[str, Any]:
        """The former state of a workbook's source."""
        return plain(self.ledger.former(self.workbooks[place].source).own) if self.ledger else {}

    def _state(self, place: int, others: Mapping[str, Any], looked_up: Sequence[str]) -> list[Any]:
        """What of the ledger a verdict depends on: its own former state, the records of others that it meets, who hands in, what was looked up."""
        own, met = (hashlib.sha256(_plain(said)).hexdigest()[:32] for said in (self._own(place), others))
        return [own, met, self.workbooks[place].submitter, {t: self.looked_up.get(t, "") for t in looked_up}]

    def _known_already(self, place: int, others: Mapping[str, Any], hear: Hear, *, again: bool) -> bool:
        """Whether the ledger has a verdict of the same; it is taken then. What was accepted is its own former state: that it was not yet is no
        difference."""
        if self.ledger is None:
            return False
        workbook = self.workbooks[place]
        sha256 = sha256_of(workbook.path)
        accepted = self.ledger.accepted(workbook.source)
        for verdict in self.ledger.verdicts(workbook.source, sha256, self.digest) if sha256 else ():
            report = json.loads(verdict.report) | {"findings": verdict.findings}
            was, is_now = json.loads(verdict.state), self._state(place, others, report["looked_up"])
            if was == is_now or (accepted and verdict.id == accepted.verdict and was[1:] == is_now[1:]):
                self.verdicts[place] = verdict.id
                rows = json.loads(zlib.decompress(verdict.rows)) if verdict.rows else {}
                self._spooled(place, report, _found(rows), verdict.rows, again=again)
                hear(place, FileReport.of(report, str(workbook.path)))
                return True
        return False

    def _keep(self, place: int, report: dict[str, Any], rows: bytes, others: Mapping[str, Any]) -> None:
        if self.ledger is not None:
            from opsbook.state.ledger import Verdict

            less = {name: said for name, said in report.items() if name != "findings"}
            state = json.dumps(self._state(place, others, report["looked_up"]))
            verdict = Verdict(self.workbooks[place].source, report["sha256"], self.digest, state, json.dumps(less, ensure_ascii=False),
                              tuple(tuple(f) for f in report["findings"]), rows)  # fmt: skip
            self.ledger.keep(verdict)
            self.verdicts[place] = verdict.id

    def entered(self, began: str) -> dict[int, "Submission"]:
        """Enter the run into the ledger; what became of each workbook."""
        from opsbook.state.ledger import Submission

        assert self.ledger is not None
        told = []
        for place, workbook in enumerate(self.workbooks):
            report = FileReport.of(self.spool.report(place), str(workbook.path))
            counts = {n: len(getattr(report.findings, n)) for n in ("errors", "warnings", "notes")}
            verdict = self.verdicts.get(place, "")
            told.append(Submission(str(workbook.path), workbook.source, workbook.submitter, report.sha256, verdict, report.as_of,
                                   accepted=bool(verdict) and not report.repeats and not counts["errors"] and not (self.terms.select or self.terms.ignore),
                                   unreadable=report.status == "unreadable", **counts))  # fmt: skip
        as_of = self.terms.as_of or max((s.as_of for s in told), default="")
        done = self.ledger.conclude(told, terms=self.digest, as_of=as_of, opsbook=__version__, began=began, ended=now(), identify=jobs.catalog().identities,
                                    position=self.position)  # fmt: skip
        return dict(enumerate(done))


def _finding(path: Path, rule: str, **said: str) -> Finding:
    """A finding about a file as a whole."""
    return jobs.about_file(path, rule, {name: Text(text, text) for name, text in said.items()})


def _found(rows: Mapping[str, Any]) -> list[list[str]]:
    """What identifies records, from plain rows."""
    return [list(each) for each in jobs.catalog().identities(of_plain(rows))]


def _put(others: dict[str, Any], sheet: str, record: str, source: str, cells: Mapping[str, str]) -> None:
    """Add a record of another workbook to those that one meets: only what is compared."""
    names = jobs.compared()[sheet]
    table = others.setdefault(sheet, {"records": [], "columns": {name: [] for name in (*names, "source")}})
    table["records"].append(record)
    for name in names:
        table["columns"][name].append(cells.get(name, ""))
    table["columns"]["source"].append(source)


def _passing(report: Mapping[str, Any]) -> bool:
    """Whether a file could not be read for a reason that may pass: it was open somewhere, being written to, or the password was another."""
    return bool(report["reason"]) and report["findings"][0][0] in ("FIL-001", "FIL-002")


def _plain(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def _digest(values: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()[:16]


def _lost(workbook: Workbook, terms: Terms, answer: Answer) -> FileReport:
    """The report of a workbook whose child did not answer: a finding about that file, never the end of the batch."""
    limits, path = terms.limits, workbook.path
    time, memory = f"{limits.time(workbook.size):,.0f}", f"{limits.memory >> 20:,}"
    match answer.lost:
        case "time":
            fault = UnreadableFile("FIL-003", Text(f"judging it takes more than {time} seconds", f"校验超过 {time} 秒"))
        case "memory":
            fault = UnreadableFile("FIL-003", Text(f"judging it takes more than {memory} MB of memory", f"校验所需内存超过 {memory} MB"))
        case "died":
            fault = UnreadableFile("FIL-005", Text(f"the reader died of it (code {answer.how}), most often for want of memory: {memory} MB are allowed",
                                                   f"读取程序异常终止（代码 {answer.how}），多因内存超限：上限 {memory} MB"))  # fmt: skip
        case "ended":
            fault = UnreadableFile("FIL-005", Text("the run was ended before it", "运行已中止"))
        case _:
            if "OPSBOOK_DEBUG" in os.environ:
                print(answer.how, file=sys.stderr)
            why = answer.how.strip().splitlines()[-1].partition(":")[0][:80] if answer.how.strip() else ""  # what follows may quote a cell
            fault = UnreadableFile("FIL-005", Text(f"opsbook failed on it: {why}", f"程序处理该文件时出错：{why}"))
    finding = jobs.unreadable(path, fault)
    return FileReport(str(path), sha256_of(path), Findings((finding,)), reason=finding.message)
