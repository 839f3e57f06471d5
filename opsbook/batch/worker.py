"""Worker: what a child process does with one workbook, whole; and the parent's hold on it. Only plain findings travel, never an object.

The child reads a request from its standard input and answers on its standard output: a count of frames, then each with its length.
"""

import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from opsbook.batch.terms import Terms

_LENGTH = struct.Struct("<Q")
_LOOK = 0.1  # seconds between looks at a child at work
MOST_FINDINGS = 100_000  # of a workbook: the parent has no bounds
_SPARE = 15  # seconds after which a child whose parent is gone ends by itself


# ----------------------------------------------------------------------------------------------- the child


def main() -> None:
    """Answer the requests of standard input on standard output."""
    outward = os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr
    serve(sys.stdin.buffer, outward)


def serve(inward: IO[bytes], outward: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for told in (1, 2):  # what a library prints, and how it dies, gets neither between the frames nor before the user
        os.dup2(nowhere, told)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    while (request := received(inward)) is not None:
        sent(outward, *_answered(request[0], request[1:]))


def _answered(head: bytes, frames: Sequence[bytes]) -> list[bytes]:
    asked = json.loads(head)
    try:
        with _bounded(asked["memory"], asked["seconds"]):
            return [b"done", *_DOES[asked["do"]](asked, frames)]
    except MemoryError:
        return [b"memory"]
    except Exception:
        return [b"failed", traceback.format_exc().encode("utf-8", "replace")]


class _bounded:  # noqa: N801  (a context manager)
    """Bound what this process may use, as far as the system can: memory firmly, and time as a last resort where the parent is gone."""

    def __init__(self, memory: int, seconds: float) -> None:
        self.memory, self.seconds = memory, seconds

    def __enter__(self) -> None:
        if sys.platform == "linux":
            import resource

            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # what whoever started us allows at most
            most = used + self.memory if hard == resource.RLIM_INFINITY else min(used + self.memory, hard)
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        if hasattr(signal, "alarm"):
            signal.alarm(int(self.seconds) + _SPARE)

    def __exit__(self, *_: object) -> None:
        if sys.platform == "linux":
            import resource

            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        if hasattr(signal, "alarm"):
            signal.alarm(0)


def _judge(asked: dict[str, Any], frames: Sequence[bytes]) -> list[bytes]:
    """Judge a workbook: its report, its findings, what identifies its records, and its records themselves where they are wanted."""
    from opsbook import jobs
    from opsbook.actions.report import FileReport
    from opsbook.grammar import Findings, Text
    from opsbook.grammar.former import of_plain, plain
    from opsbook.grammar.grid import UnreadableFile

    path, terms = Path(asked["path"]), Terms.of(asked["terms"])
    said = json.loads(frames[0]) if frames else {}
    given = Given(said, json.loads(frames[1]) if len(frames) > 1 else _known(terms.known)) if terms.kept else None
    policy, reference = _reference(terms.policy, terms.read), _reference(terms.reference, terms.read)
    try:
        result = jobs.validate(path, as_of=_day(terms.as_of), policy=policy, reference=reference, complete=terms.complete, select=terms.judges,
                               submitter=asked["submitter"], limits=terms.limits, ledger=given, source=asked["source"], trusted=not terms.kept,
                               others=of_plain(said.get("others", {})), password=os.environ.get(terms.password_env, ""))  # fmt: skip
    except UnreadableFile as fault:
        finding = jobs.unreadable(path, fault)
        report = FileReport(asked["path"], jobs.fingerprint(path), Findings((finding,)), reason=finding.message)
        return [json.dumps(report.plain()).encode(), b"[]", b""]
    wanted = None if terms.kept else jobs.compared()
    rows = jobs.states(result.workings, wanted) if asked["rows"] else {}
    found = [*jobs.catalog().identities(rows)]
    sheets = tuple({"key": t.sheet.key, "name": t.name, "header_row": t.header_row, "rows": len(t)}
                   for t in result.book.parts)  # fmt: skip
    left_out = tuple({"sheet": left.sheet, "rows": left.rows, "reason": {"en": left.reason.en, "zh": left.reason.zh}} for left in result.loaded.left_out)
    report = FileReport(asked["path"], result.sha256, result.findings, sheets, submitted=result.book.governed, left_out=left_out,
                        lang=result.policy("org.language"), as_of=result.today.isoformat(),
                        policy=result.policy.version, shipped="org.name" not in result.policy.values, looked_up=given.asked if given else (),
                        places=jobs.Places.of(result).plain() if asked["places"] else {})  # fmt: skip
    if len(report.findings) > MOST_FINDINGS:
        beyond = UnreadableFile("FIL-003", Text(f"it has {len(report.findings):,} findings, of which the first {MOST_FINDINGS:,} are told",
                                                f"问题多达 {len(report.findings):,} 项，仅列出前 {MOST_FINDINGS:,} 项"))  # fmt: skip
        report = replace(report, findings=Findings((jobs.unreadable(path, beyond), *report.findings[:MOST_FINDINGS]), report.findings.skipped))
    return [json.dumps(report.plain(), ensure_ascii=False).encode(), json.dumps(found, ensure_ascii=False).encode(),
            zlib.compress(json.dumps(plain(rows), ensure_ascii=False).encode(), 1) if rows else b""]  # fmt: skip


class Given:
    """What a child is told of a ledger: the former state of a source. Accepting is the parent's affair."""

    def __init__(self, said: Mapping[str, Any], known: Mapping[str, list[str]]) -> None:
        from opsbook.grammar.former import of_plain

        self._own, self._known = of_plain(said.get("own", {})), known
        self.asked: tuple[str, ...] = ()  # the columns of other workbooks in which references were looked up

    def former(self, source: str, submitter: str = "") -> Any:
        """The last accepted state of the source."""
        from opsbook.grammar.former import Former

        return Former(self._own, submitter=submitter)

    def others(self, source: str, sought: Mapping[str, Mapping[str, Collection[str]]]) -> Any:
        """None beside those that were given."""
        return {}

    def known(self, targets: Collection[str]) -> Mapping[str, Collection[str]]:
        """What accepted records have there; what was asked for is noted down."""
        self.asked = tuple(sorted(targets))
        return {target: self._known[target] for target in self.asked if target in self._known}

    def accept(self, source: str, rows: Any, **_: Any) -> int:
        """Nothing: a batch accepts when all its workbooks are judged."""
        return 0

    def log(self, source: str) -> list[list[str]]:
        """Nothing is known of it."""
        return []

    def figures(self, source: str) -> Mapping[str, Mapping[str, float]]:
        """Nothing is known of them."""
        return {}

    def remember(self, source: str, month: str, figures: Mapping[str, float]) -> None:
        """Nothing is kept."""


def _day(said: str) -> Any:
    from datetime import date

    return date.fromisoformat(said) if said else None


@lru_cache(maxsize=4)
def _reference(path: str, version: str) -> Any:
    from opsbook import jobs

    return jobs.Reference.read(Path(path)) if path else None


@lru_cache(maxsize=2)
def _known(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else {}


def _annotate(asked: dict[str, Any], frames: Sequence[bytes]) -> list[bytes]:
    """Write a copy with the findings marked: what is not in it, or why there is none, each said in both languages."""
    from opsbook import jobs
    from opsbook.actions.report import FileReport
    from opsbook.grammar import Text
    from opsbook.grammar.grid import UnreadableFile
    from opsbook.hosts import file

    path, terms = Path(asked["path"]), Terms.of(asked["terms"])
    report = FileReport.of(json.loads(frames[0]), asked["path"])
    try:
        data = file.read(path, terms.limits)
        if hashlib.sha256(data).hexdigest() != report.sha256:
            raise UnreadableFile("FIL-001", Text("it has changed since it was judged", "校验后文件已被修改"))
        copy = jobs.annotated(data, path.name, report.findings, jobs.Places.read(report.places), asked["lang"] or report.lang, _day(report.as_of))
    except UnreadableFile as fault:
        said = jobs.unreadable(path, fault).message
        return [json.dumps({"why": [said.en, said.zh]}).encode()]
    target = Path(asked["to"])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file.write(target, copy.package)
    except OSError as fault:
        why = f"{fault.filename or target}: {fault.strerror or fault}"
        return [json.dumps({"why": [why, f"{why}（无法写入）"], "failed": True}).encode()]
    return [json.dumps({"left_out": [[t.en, t.zh] for t in copy.left_out]}).encode()]


def _extract(asked: dict[str, Any], frames: Sequence[bytes]) -> list[bytes]:
    """The cells of a workbook, sheet by sheet: for each its key, then the cells."""
    from opsbook import jobs

    said, terms = list[bytes](), Terms.of(asked["terms"])
    if jobs.fingerprint(Path(asked["path"])) != asked["sha256"]:
        return [b"changed"]
    policy, reference = _reference(terms.policy, terms.read), _reference(terms.reference, terms.read)
    for key, cells in jobs.rows_of(Path(asked["path"]), terms.limits, asked["faulty"], policy or reference, reference):
        said += [key.encode(), zlib.compress(json.dumps(cells, ensure_ascii=False).encode(), 1)]
    return said


def _govern(asked: dict[str, Any], frames: Sequence[bytes]) -> list[bytes]:
    """Whether a workbook can govern, as a sentence; nothing where it can."""
    from opsbook import jobs
    from opsbook.grammar.grid import UnreadableFile

    path = asked["path"]
    try:
        found = _reference(path, asked["version"])
    except UnreadableFile as fault:
        said = jobs.unreadable(Path(path), fault).message
        return [f"{path}: {said.en}. {said.zh}。".encode()]
    except ValueError as fault:
        return [f"{path}: {fault}".encode()]
    if asked["policy"] and "policy" not in found.tabs:
        return [f"{path} has no Policy sheet that can be read. 该工作簿没有可读取的制度参数表。".encode()]
    return [b""]


_DOES = {"judge": _judge, "annotate": _annotate, "extract": _extract, "govern": _govern}


# ---------------------------------------------------------------------------------------------- the parent


@dataclass(frozen=True)
class Request:
    """What a child is asked to do, within what memory (bytes) and time (seconds); ``frames`` are what it needs beside that."""

    do: str
    path: str
    memory: int
    seconds: float
    more: Mapping[str, Any] = field(default_factory=dict)
    frames: tuple[bytes, ...] = ()

    @property
    def head(self) -> bytes:
        """As the child reads it."""
        return json.dumps({"do": self.do, "path": self.path, "memory": self.memory, "seconds": self.seconds, **self.more}).encode()


@dataclass(frozen=True)
class Answer:
    """What a child answered, or why it did not: ``memory``, ``time``, ``died`` (and how), ``failed`` (and where)."""

    frames: tuple[bytes, ...] = ()
    lost: str = ""
    how: str = ""


class Child:
    """A process that answers requests one after the other, and is replaced where it dies or has to be killed."""

    def __init__(self) -> None:
        self._closed = False
        self._process: _Process | None = _forked() if sys.platform == "linux" and threading.active_count() == 1 else None

    def ask(self, request: Request) -> Answer:
        """The answer to a request, whatever becomes of the child."""
        if self._closed:
            return Answer(lost="ended")
        process = self._process = self._process or _begun()
        ended, why = threading.Event(), list[str]()
        watch = threading.Thread(target=_watched, args=(process, request, ended, why), daemon=True)
        watch.start()
        try:
            sent(process.inward, request.head, *request.frames)
            got = received(process.outward)
        except (OSError, ValueError):  # the pipe is broken, or was closed by :meth:`close`
            got = None
        finally:
            ended.set()
            watch.join()
        if got is not None and got[0] == b"done":
            return Answer(tuple(got[1:]))
        how = self._end()
        if why:
            return Answer(lost=why[0])
        return Answer(lost="died", how=str(how)) if got is None else Answer(lost=got[0].decode(), how=b"".join(got[1:]).decode())

    def close(self) -> None:
        """End the process, for good."""
        self._closed = True
        self._end()

    def _end(self) -> int:
        """End the process; how it ended: its exit code, or the signal that killed it, negative."""
        process, self._process = self._process, None
        return process.end() if process else 0


@dataclass
class _Process:
    """A child and the pipes to it."""

    pid: int
    inward: IO[bytes]
    outward: IO[bytes]
    begun: "subprocess.Popen[bytes] | None" = None  # None: it was forked

    def end(self) -> int:
        """Kill it, unless it is dead; how it ended."""
        self.kill()
        for pipe in (self.inward, self.outward):
            _HELD.discard(pipe.fileno())
            with suppress(OSError):
                pipe.close()
        return self.begun.wait() if self.begun else os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def kill(self) -> None:
        """Kill it; nothing where it is dead."""
        with suppress(ProcessLookupError):
            self.begun.kill() if self.begun else os.kill(self.pid, signal.SIGKILL)


_HELD: set[int] = set()  # the parent's ends of pipes to forked children: a later child must not keep an earlier one's open


def _forked() -> _Process:
    """A child with everything that is imported already; only where there are no threads yet."""
    import gc

    from opsbook.sheets import catalog

    catalog()
    gc.freeze()  # what is here stays shared
    (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for descriptor in (*_HELD, our_out, our_in):
                os.close(descriptor)
            serve(os.fdopen(their_in, "rb"), os.fdopen(their_out, "wb"))
            code = 0
        finally:
            os._exit(code)
    for descriptor in (their_in, their_out):
        os.close(descriptor)
    _HELD.update((our_out, our_in))
    return _Process(pid, os.fdopen(our_out, "wb"), os.fdopen(our_in, "rb"))


def _begun() -> _Process:
    """A child from nothing, wherever forking is not safe."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # a child is one core's work
    apart: dict[str, Any] = {"creationflags": 0x08000000} if os.name == "nt" else {}  # no console window
    begun = subprocess.Popen([sys.executable, "-P", "-m", "opsbook.batch.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | one, **apart)
    assert begun.stdin and begun.stdout
    return _Process(begun.pid, begun.stdin, begun.stdout, begun)


def _watched(process: _Process, request: Request, ended: threading.Event, why: list[str]) -> None:
    """Kill a child that takes too long, or too much where the system itself does not keep it from that."""
    until = time.monotonic() + request.seconds
    size = None if sys.platform == "linux" else _size_of(process.pid)
    before = size() if size else 0
    while not ended.wait(_LOOK):
        if time.monotonic() > until:
            why.append("time")
        elif size and size() > before + request.memory:
            why.append("memory")
        if why:
            process.kill()
            return


def _size_of(pid: int) -> Any:
    import psutil

    process = psutil.Process(pid)

    def size() -> int:
        try:
            return int(process.memory_info().rss)
        except psutil.Error:
            return 0

    return size


def sent(to: IO[bytes], *frames: bytes) -> None:
    """Write frames so that :func:`received` reads them."""
    to.write(_LENGTH.pack(len(frames)))
    for frame in frames:
        to.write(_LENGTH.pack(len(frame)))
        to.write(frame)
    to.flush()


def received(source: IO[bytes]) -> list[bytes] | None:
    """The frames that were sent; None where there are no more, or not all of them."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    frames = []
    for _ in range(_LENGTH.unpack(head)[0]):
        length = source.read(_LENGTH.size)
        frame = source.read(_LENGTH.unpack(length)[0]) if len(length) == _LENGTH.size else b""
        if len(length) < _LENGTH.size or len(frame) < _LENGTH.unpack(length)[0]:
            return None
        frames.append(frame)
    return frames


if __name__ == "__main__":
    main()
