"""Inbox: a folder into which departments put workbooks. Each is claimed, judged, and filed: accepted, or returned with its findings marked.

A workbook is claimed by renaming it into a folder of the watcher's own below ``.opsbook``: only one can. A watcher shows by its beat that it lives;
what one claimed that no longer does is taken over by another, or by itself when it starts again. What had been entered into the ledger before
is only filed then, never entered twice.
"""

import errno
import json
import os
import re
import secrets
import shutil
import socket
import stat
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from opsbook.actions.report import FileReport, as_text, to_submitter
from opsbook.batch.pool import Pool
from opsbook.batch.runner import annotated, cannot_govern, run
from opsbook.batch.terms import SUFFIXES, Terms, Workbook, named, sha256_of, size_of
from opsbook.grammar import Lang
from opsbook.grammar.former import Stale
from opsbook.hosts.file import write

if TYPE_CHECKING:
    from opsbook.state.ledger import Ledger

CLAIMS = ".opsbook"
_PASSING = re.compile(r"(^~\$|^\.|^~|\.(tmp|part|partial|crdownload|download|swp|lock)$)", re.IGNORECASE)
_BEAT, _DEAD = 5.0, 60.0  # seconds between beats of a watcher, and after which one that does not beat is dead
_MOST = 500  # workbooks that are claimed at once
_LONGEST = 150  # bytes of a name
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])$", re.IGNORECASE)


@dataclass
class Inbox:
    """A watched folder. ``settled`` are the seconds for which a file must not have changed; ``submitter`` says who hands a source in."""

    folder: Path
    accepted: Path
    returned: Path
    terms: Terms
    pool: Pool
    ledger: "Ledger | None" = None
    lang: Lang | None = None
    settled: float = 2.0
    submitter: Callable[[str], str] = lambda source: ""
    _seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mine = self.folder / CLAIMS / secrets.token_hex(8)
        self.mine.mkdir(parents=True)
        self._ended = threading.Event()
        self._beat()
        threading.Thread(target=self._beats, daemon=True).start()

    def _beat(self) -> None:
        """Show that this watcher lives, and where."""
        with suppress(OSError):
            (self.mine / "beat").write_text(f"{socket.gethostname()} {os.getpid()}", encoding="utf-8")

    def _beats(self) -> None:
        while not self._ended.wait(_BEAT):
            self._beat()

    def close(self) -> None:
        """Give back what was claimed and not entered; what was entered, or cannot be given back, stays for the next watcher to file."""
        self._ended.set()
        for path, source in self._claimed():
            with suppress(Exception):
                back = self.folder / source
                if not back.exists() and not self._entered(Workbook(path, source)):
                    back.parent.mkdir(parents=True, exist_ok=True)
                    path.rename(back)
        if list(self._claimed()):
            with suppress(OSError):
                (self.mine / "beat").unlink()  # nobody lives here any more
            return
        shutil.rmtree(self.mine, ignore_errors=True)
        with suppress(OSError):
            (self.folder / CLAIMS).rmdir()

    # ---------------------------------------------------------------------------------------------- one look

    def look(self) -> Iterator[FileReport]:
        """Claim what is ready, judge it, file it; the reports of what was filed."""
        if why := cannot_govern(self.pool, self.terms):
            raise Ungoverned(why)
        self._take_over()
        left = list(self._claimed())  # of a watcher that died
        fresh = self._claim()
        yield from self._filed([*left, *fresh], again={path for path, _ in left})

    def waiting(self) -> bool:
        """Whether something is there that has not settled yet."""
        return bool(self._seen)

    def _ready(self) -> Iterator[Path]:
        """Files that have stood still for long enough."""
        found: dict[Path, tuple[int, int, float]] = {}
        now = time.monotonic()
        for root, folders, names in os.walk(self.folder):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for name in sorted(names):
                path = Path(root) / name
                if path.suffix.lower() not in SUFFIXES or _PASSING.search(name):
                    continue
                with suppress(OSError):
                    is_now = path.lstat()
                    if not (stat.S_ISREG(is_now.st_mode) or stat.S_ISLNK(is_now.st_mode)):
                        continue  # a pipe or a device is never opened
                    size, written, since = self._seen.get(path, (-1, -1, now))
                    if (is_now.st_size, is_now.st_mtime_ns) != (size, written):
                        since = now
                    if now - since >= self.settled:
                        yield path
                    else:
                        found[path] = is_now.st_size, is_now.st_mtime_ns, since
        self._seen = found

    def _claim(self) -> list[tuple[Path, str]]:
        done: list[tuple[Path, str]] = []
        for path in self._ready():
            if len(done) >= _MOST:
                break
            source = named(path.relative_to(self.folder))
            place = self.mine / f"{time.time_ns():020}-{secrets.token_hex(4)}"  # in the order in which they came
            place.mkdir()
            write(place / "source.json", json.dumps(source).encode())
            try:
                held = place / f"workbook{path.suffix.lower()}"
                path.rename(held)
                done.append((held, source))
            except OSError:  # another watcher was first, or it is open somewhere: the next time
                shutil.rmtree(place, ignore_errors=True)
        return done

    def _claimed(self) -> Iterator[tuple[Path, str]]:
        """What this watcher holds, with the name under which it came."""
        for place in sorted(p for p in self.mine.iterdir() if p.is_dir() and not p.name.startswith("taken-")) if self.mine.is_dir() else ():
            with suppress(OSError, ValueError):
                source = str(json.loads((place / "source.json").read_text(encoding="utf-8")))
                held = [p for p in place.iterdir() if p.name != "source.json"]
                if held:
                    yield held[0], source
                else:  # it was filed, or the claim failed
                    shutil.rmtree(place, ignore_errors=True)

    def _take_over(self) -> None:
        """Take what dead watchers held."""
        self._beat()
        now = (self.mine / "beat").stat().st_mtime  # by the clock of the machine that keeps the folder
        for other in (self.folder / CLAIMS).iterdir():
            if other == self.mine:
                continue
            with suppress(OSError):
                if _dead(other / "beat", now):
                    taken = self.mine / f"taken-{secrets.token_hex(6)}"
                    other.rename(taken)  # only one can
        for said in [*self.mine.glob("taken-*/**/source.json")]:  # of one that died itself while it took over, too
            with suppress(OSError):
                said.parent.rename(self.mine / said.parent.name)
        for taken in self.mine.glob("taken-*"):
            if not [*taken.rglob("source.json")]:
                shutil.rmtree(taken, ignore_errors=True)

    # -------------------------------------------------------------------------------------------------- filing

    def _filed(self, claimed: Sequence[tuple[Path, str]], again: set[Path]) -> Iterator[FileReport]:
        workbooks = [Workbook(path, source, self.submitter(source), size=size_of(path)) for path, source in claimed]
        entered = {w.path: report for w in workbooks if w.path in again and (report := self._entered(w))}
        new = [w for w in workbooks if w.path not in entered]
        seen: dict[str, None] = {}
        rounds: list[list[Workbook]] = [[]]
        for w in new:  # two versions of one source, one after the other
            if w.source in seen:
                rounds.append([])
                seen.clear()
            seen[w.source] = None
            rounds[-1].append(w)
        whole = [*entered.items()]
        for some in filter(None, rounds):
            whole += zip((w.path for w in some), self._judged(some), strict=True)
        known = {w.path: w for w in workbooks}
        for path, report in whole:
            workbook = known[path]
            yield self._file(workbook, report)

    def _judged(self, workbooks: Sequence[Workbook]) -> list[FileReport]:
        reports = list(run(workbooks, self.terms, self.pool, self.ledger, marking=True))
        if self.ledger and reports[0].entered:
            self.ledger.told(reports[0].entered.run)  # what is left to file is told by the claims
        return reports

    def _entered(self, workbook: Workbook) -> FileReport | None:
        """What the ledger says of a workbook that was entered and not filed."""
        if self.ledger is None:
            return None
        claim = workbook.path.parent.name  # the same claim, whoever held it
        mine = next((s for s in reversed(self.ledger.submissions()) if Path(s.path).parent.name == claim), None)  # maybe as the version of another
        verdict = self.ledger.verdict(mine.verdict) if mine else None
        return replace(FileReport.of(json.loads(verdict.report) | {"findings": verdict.findings}, str(workbook.path)), entered=mine) if verdict else None

    def _file(self, workbook: Workbook, report: FileReport) -> FileReport:
        """Put a workbook where it belongs, its findings beside it; the report then names it as it came."""
        good = report.status != "unreadable" and not report.findings.errors
        folder = (self.accepted if good else self.returned) / Path(*(_safe(part) for part in Path(workbook.source).parts[:-1]))
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{_safe(Path(workbook.source).stem)}_{(report.sha256 or sha256_of(workbook.path))[:8]}"
        if report.places.get("marked") or not good:  # what was corrected comes without the marks of before
            [marked] = annotated([report], [replace(workbook, source=f"{stem}{workbook.path.suffix}")], self.terms, self.pool, folder, self.lang)
            report = replace(report, copy=marked.copy)
        if not good:
            lang: Lang = self.lang or report.lang
            said = replace(to_submitter(report), path=workbook.source)
            write(folder / f"{stem}.txt", "".join(f"{line}\n" for line, _ in as_text(said, lang)).encode("utf-8-sig"))
        _move(workbook.path, folder / f"{stem}{workbook.path.suffix.lower()}")
        shutil.rmtree(workbook.path.parent, ignore_errors=True)
        return replace(report, path=workbook.source)


def _dead(beat: Path, now: float) -> bool:
    """Whether the watcher with a beat is no more: its process on this machine has ended, or it has not beaten for long."""
    import psutil

    host, _, process = beat.read_text(encoding="utf-8").partition(" ") if beat.exists() else ("", "", "")
    if host == socket.gethostname() and process.isdecimal() and not psutil.pid_exists(int(process)):
        return True
    return now - (beat if beat.exists() else beat.parent).stat().st_mtime > _DEAD


def _move(source: Path, target: Path) -> None:
    """Put a file in another place, which may be on another disk, whole or not at all."""
    try:
        source.replace(target)
    except OSError as fault:
        if fault.errno != errno.EXDEV:
            raise
        if not source.is_symlink():  # where a link leads is none of ours
            write(target, source.read_bytes())
        source.unlink()


def _safe(name: str) -> str:
    """A name that every system can hold."""
    said = unicodedata.normalize("NFC", re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name)).rstrip(". ") or "_"
    said = f"_{said}" if _RESERVED.match(said.split(".")[0]) else said
    return said.encode()[:_LONGEST].decode(errors="ignore")


def _theirs(change: object, path: str) -> bool:
    """Whether a change is not our own doing."""
    return CLAIMS not in Path(path).parts


class Ungoverned(Exception):  # noqa: N818  (what is the case)
    """The policy or the reference cannot be used, so nothing can be judged for now; the text says why."""


#: What may pass: a share that is away, a ledger that is locked or restarted, a policy that is being saved. Nothing is lost: claims are kept.
_PASSING_FAULTS = (Ungoverned, OSError, SQLAlchemyError, Stale)


def watch(inbox: Inbox, hear: Callable[[FileReport], None], *, once: bool = False, poll: bool = False, every: float = 5.0,
          complain: Callable[[str], None] = lambda said: None) -> None:  # fmt: skip
    """Look whenever something changes in the folder, and every few seconds all the same: not every share tells of changes.

    ``once`` ends when nothing is left that could settle. A fault that may pass is told by ``complain``, and the next look tries again.
    """
    from watchfiles import watch as changes

    def look() -> int:
        done = 0
        try:
            for report in inbox.look():
                hear(report)
                done += 1
        except _PASSING_FAULTS as fault:
            if once:
                raise
            complain(f"{type(fault).__name__}: {str(fault).splitlines()[0][:300] if str(fault) else ''}")
        return done

    try:
        done = look()
        while once and (done or inbox.waiting()):
            time.sleep(0 if done else min(1.0, inbox.settled))
            done = look()
        if once:
            return
        step = int(1000 * min(every, max(inbox.settled, 0.5)))
        for _ in changes(inbox.folder, yield_on_timeout=True, rust_timeout=step, force_polling=poll or None, watch_filter=_theirs):
            look()
    finally:
        inbox.close()
