"""The ledger: what was accepted, record by record, in a database, with a log that can be added to and never changed; and what every run found.

Each entry of the log holds what one record's columns were and became, and the hash of the entry before it: who edits or
removes an entry, or a record behind the log's back, is found by :meth:`Ledger.verify`.
"""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Engine, create_engine, delete, event, func, insert, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from opsbook.grammar.former import Figures, Former, Identify, Rows, Stale, of_plain, plain
from opsbook.state.tables import (
    CHECKPOINTS,
    FIGURES,
    FINDINGS,
    IDENTITIES,
    LOG,
    METADATA,
    RECORDS,
    RUNS,
    SUBMISSIONS,
    VERDICTS,
    NoLedger,
    guard_log,
    release_log,
    upgrade,
)

__all__ = ["Changes", "Entry", "Ledger", "NoLedger", "Stale", "Submission", "Verdict", "shown"]
_FIRST = "0" * 64
ABSENT = "absent"  # what a record's cells hold beside its own once a later version leaves it out: the day
_AT_ONCE = 400  # values that one query asks for
#: Column → (old, new); a record that is gone has every column become ''.
Changes = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Entry:
    """One entry of the log: what became of one record on one acceptance; without a sheet, what became of a source (renamed, withdrawn)."""

    seq: int
    as_of: str
    submitter: str
    sha256: str
    source: str
    sheet: str
    record: str
    changes: Changes
    hash: str

    def hashed(self, before: str) -> str:
        """The hash that follows ``before``."""
        said = [self.seq, self.as_of, self.submitter, self.sha256, self.source, self.sheet, self.record, sorted(self.changes.items())]
        return hashlib.sha256((before + json.dumps(said, ensure_ascii=False)).encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What judging one version of a workbook came to. ``report`` is all a report says but the findings, each of which is plain;
    ``rows`` its records (:func:`opsbook.grammar.former.plain` as JSON, compressed)."""

    source: str
    sha256: str
    terms: str  # digest of as-of date, policy, reference, options, and the code that judges
    state: str  # what of the ledger it was judged against, as JSON
    report: str = field(repr=False)
    findings: tuple[tuple[Any, ...], ...] = field(repr=False)
    rows: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """The same for the same, in whatever order workbooks are judged."""
        return hashlib.sha256("\n".join((self.source, self.sha256, self.terms, self.state)).encode()).hexdigest()[:32]

    @property
    def records(self) -> Rows:
        """Its records."""
        return of_plain(json.loads(zlib.decompress(self.rows))) if self.rows else {}


@dataclass(frozen=True)
class Submission:
    """A workbook of a run. ``added``, ``removed`` and ``changed`` count records against the version before."""

    path: str
    source: str
    submitter: str
    sha256: str
    verdict: str
    as_of: str
    accepted: bool
    errors: int
    warnings: int
    notes: int = 0
    unreadable: bool = False
    run: int = 0
    place: int = 0
    version: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0


class Ledger:
    """A store in a database; ``url`` as SQLAlchemy takes it (``sqlite:///ledger.db``, ``postgresql://…``), or the path of a file."""

    def __init__(self, url: str, *, reading: bool = False) -> None:
        """Open a ledger, or make it; only for ``reading`` it must be there, and is not changed (:class:`~opsbook.state.tables.NoLedger`)."""
        url = url if "://" in url else f"sqlite:///{url}"
        url = f"postgresql+pg8000://{url.partition('://')[2]}" if url.partition("://")[0] in ("postgresql", "postgres") else url
        server = {"pool_pre_ping": True, "isolation_level": "REPEATABLE READ"} if url.startswith("postgresql") else {}
        self._engine: Engine = create_engine(url, **server)  # what is read in one transaction is one state, on both
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare if not reading else _wait)
            event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(writes=True)
        upgrade(self._engine, reading=reading)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # ------------------------------------------------------------------------------------- accepted records

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state of a source."""
        own: dict[str, dict[str, Any]] = {}
        with self._engine.connect() as connection:
            for (sheet, record), cells in _rows_of(connection, source).items():
                if ABSENT not in cells:
                    own.setdefault(sheet, {})[record] = cells
        return Former({key: _table(rows) for key, rows in own.items()}, submitter=submitter)

    def others(self, source: str, sought: Mapping[str, Mapping[str, Collection[str]]], without: Collection[str] = ()) -> Rows:
        """The accepted records of other sources that have one of the values sought (sheet → column → values), with a column ``source``."""
        found: dict[str, list[tuple[str, Any]]] = {}
        left_out = {source, *without}
        with self._engine.connect() as connection:
            for sheet, columns in sought.items():
                places = {(row.source, row.record) for name, values in columns.items() for row in _having(connection, sheet, name, values)
                          if row.source not in left_out}  # fmt: skip
                for other, record in sorted(places):
                    cells = connection.execute(select(RECORDS.c.cells).where((RECORDS.c.source == other) & (RECORDS.c.sheet == sheet)
                                                                             & (RECORDS.c.record == record))).scalar()  # fmt: skip
                    if cells is not None:
                        found.setdefault(sheet, []).append((record, json.loads(cells) | {"source": other}))
        return {sheet: pd.DataFrame([cells for _, cells in rows], dtype=object, index=pd.Index([record for record, _ in rows], dtype=object)).fillna("")
                for sheet, rows in found.items()}  # fmt: skip

    def known(self, targets: Iterable[str]) -> dict[str, list[str]]:
        """What accepted records have in the columns that references name (``employees.employee_id``); only columns that hold something."""
        wanted = sorted({*targets})
        found: dict[str, set[str]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(select(RECORDS.c.sheet, RECORDS.c.cells).where(RECORDS.c.sheet.in_({t.partition(".")[0] for t in wanted}))):
                cells = json.loads(row.cells)
                for target in wanted:
                    sheet, _, name = target.partition(".")
                    if sheet == row.sheet and (value := cells.get(name)):
                        found.setdefault(target, set()).add(value)
        return {target: sorted(values) for target, values in sorted(found.items())}

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str, identify: Identify | None = None) -> int:
        """Keep a state as the last accepted one, in one transaction; the number of records that changed.

        Sheets that are not among ``rows`` stay as they were last accepted. ``identify`` says what identifies records to other workbooks.
        """

        def work(connection: Connection) -> int:
            return _accepted(connection, source, rows, (as_of, submitter, sha256), identify)

        changed: int = self._in_turn(work)
        return changed

    def _in_turn(self, work: Any) -> Any:
        """Work in one transaction, again where somebody else added to the log meanwhile."""
        for attempt in range(8):
            try:
                with self._writer.begin() as connection:
                    return work(connection)
            except DBAPIError as fault:
                if attempt == 7 or not (isinstance(fault, IntegrityError) or "40001" in str(fault.orig)):  # could not be serialized
                    raise
        raise AssertionError

    def log(self, source: str) -> list[list[str]]:
        """What became of the records of a source: day, submitter, sheet, record, changes; oldest first."""
        seen: set[tuple[str, str]] = set()
        lines = []
        for entry in self.entries((LOG.c.source == source) & (LOG.c.sheet != "")):
            first = (entry.sheet, entry.record) not in seen
            seen.add((entry.sheet, entry.record))
            said = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in entry.changes.items())
            lines.append([entry.as_of, entry.submitter, entry.sheet, entry.record, "+" if first else said])
        return lines

    def figures(self, source: str) -> Figures:
        """Past figures by month."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(FIGURES).where(FIGURES.c.source == source).order_by(FIGURES.c.month))
            return {row.month: json.loads(row.said) for row in rows}

    def remember(self, source: str, month: str, figures: Mapping[str, float]) -> None:
        """Keep the figures of a month, over those that it had."""
        with self._writer.begin() as connection:
            connection.execute(delete(FIGURES).where((FIGURES.c.source == source) & (FIGURES.c.month == month)))
            connection.execute(insert(FIGURES), [{"source": source, "month": month, "said": json.dumps(dict(figures))}])

    # ------------------------------------------------------------------------------------------------- runs

    def verdicts(self, source: str, sha256: str, terms: str) -> list[Verdict]:
        """What was judged of a version on these terms, against one state or another."""
        with self._engine.connect() as connection:
            same = (VERDICTS.c.source == source) & (VERDICTS.c.sha256 == sha256) & (VERDICTS.c.terms == terms)
            return [_verdict(connection, row) for row in connection.execute(select(VERDICTS).where(same).order_by(VERDICTS.c.id)).all()]

    def verdict(self, id: str) -> Verdict | None:
        """A verdict by its id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(VERDICTS).where(VERDICTS.c.id == id)).first()
            return _verdict(connection, row) if row else None

    def keep(self, verdict: Verdict) -> None:
        """Keep a verdict, whole or not at all; one that is kept already stays."""
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(VERDICTS), [{"id": verdict.id} | {n: getattr(verdict, n) for n in ("source", "sha256", "terms", "state", "report", "rows")}])
                if verdict.findings:
                    names = [c.name for c in FINDINGS.columns][2:]
                    connection.execute(insert(FINDINGS), [{"verdict": verdict.id, "place": place, **dict(zip(names, map(_text, said), strict=True))}
                                                          for place, said in enumerate(verdict.findings)])  # fmt: skip
        except IntegrityError:  # another run of the same came first
            pass

    def sources(self) -> list[str]:
        """The names of the workbooks that have accepted records."""
        with self._engine.connect() as connection:
            return [str(name) for (name,) in connection.execute(select(RECORDS.c.source).distinct().order_by(RECORDS.c.source))]

    def called(self, name: str) -> str:
        """What a workbook is called today that once was called so."""
        with self._engine.connect() as connection:
            return _renamed(_renames(connection), name, 0)

    def accepted(self, source: str) -> Submission | None:
        """The submission with which a source was last accepted."""
        with self._engine.connect() as connection:
            return next((s for s in _newest_first(connection, source) if s.accepted), None)

    def accepted_as(self, sha256: str) -> str:
        """The source that was last accepted with just these bytes, and whose records still stand; '' for none."""
        with self._engine.connect() as connection:
            asked = select(SUBMISSIONS.c.source, SUBMISSIONS.c.run).where((SUBMISSIONS.c.sha256 == sha256) & (SUBMISSIONS.c.accepted == 1))
            renames = _renames(connection)
            for source in sorted({_renamed(renames, row.source, row.run) for row in connection.execute(asked)}):
                last = next((s for s in _newest_first(connection, source) if s.accepted), None)
                stands = connection.execute(select(RECORDS.c.record).where(RECORDS.c.source == source).limit(1)).first()
                if last and last.sha256 == sha256 and stands:
                    return source
        return ""

    def rename(self, old: str, new: str, *, by: str, as_of: str) -> int:
        """Let a source go by another name from now on, with its records, versions and figures; the number of records. It is logged, as every change is.

        A LookupError if the ledger has no records of ``old``, a ValueError if it has some of ``new``.
        """

        def work(connection: Connection) -> int:
            rows, theirs = _rows_of(connection, old), _rows_of(connection, new)
            if not rows:
                raise LookupError(old)
            if theirs:
                raise ValueError(new)
            until = str(connection.execute(select(func.max(RUNS.c.id))).scalar() or 0)
            told = [(old, sheet, record, {n: (v, "") for n, v in cells.items() if v}) for (sheet, record), cells in rows.items()]
            told += [(new, sheet, record, {n: ("", v) for n, v in cells.items() if v}) for (sheet, record), cells in rows.items()]
            _logged(connection, (as_of, by, ""), [(new, "", "", {"renamed": (old, new), "run": ("", until)}), *told])
            for table in (RECORDS, IDENTITIES, FIGURES):
                connection.execute(update(table).where(table.c.source == old).values(source=new))
            return len(rows)

        renamed: int = self._in_turn(work)
        return renamed

    def withdraw(self, source: str, *, by: str, because: str, as_of: str) -> int:
        """Let the accepted records of a source stand no more: their numbers and invoices are free again; how many there were. It is logged with its reason.

        A LookupError if the ledger has none.
        """

        def work(connection: Connection) -> int:
            rows = _rows_of(connection, source)
            if not rows:
                raise LookupError(source)
            gone = [(source, sheet, record, {n: (v, "") for n, v in cells.items() if v}) for (sheet, record), cells in rows.items()]
            _logged(connection, (as_of, by, ""), [(source, "", "", {"withdrawn": ("", because)}), *gone])
            for table in (RECORDS, IDENTITIES):
                connection.execute(delete(table).where(table.c.source == source))
            return len(rows)

        withdrawn: int = self._in_turn(work)
        return withdrawn

    def position(self) -> tuple[int, int]:
        """Where the ledger ends: the last run, and the last entry of the log."""
        with self._engine.connect() as connection:
            return _position(connection)

    def conclude(self, submitted: Sequence[Submission], *, terms: str, as_of: str, opsbook: str, began: str, ended: str, identify: Identify,
                 position: tuple[int, int] | None = None) -> list[Submission]:  # fmt: skip
        """Enter a run with all its workbooks, and accept those without errors, in one transaction: all of it or nothing. A :class:`Stale` says that
        the ledger has gone on since the ``position`` at which the workbooks were judged. The last run, if it came to the same and was killed
        before its report was :meth:`told`, is this one, and not entered again.

        The submissions as they were entered: with run, place, version, and what changed against the version before.
        """

        def work(connection: Connection) -> list[Submission]:
            if position is not None and _position(connection) != position:
                raise Stale
            if begun := _begun(connection, submitted, {"as_of": as_of, "opsbook": opsbook, "terms": terms}):
                return begun
            run = int(connection.execute(select(func.max(RUNS.c.id))).scalar() or 0) + 1
            entered = [_entered(connection, run, place, each) for place, each in enumerate(submitted)]
            if entered:
                names = [c.name for c in SUBMISSIONS.columns]
                connection.execute(insert(SUBMISSIONS), [{n: int(v) if n == "accepted" else v for n, v in asdict(s).items() if n in names} for s in entered])
            for s in entered:
                if s.accepted:
                    packed = connection.execute(select(VERDICTS.c.rows).where(VERDICTS.c.id == s.verdict)).scalar_one()
                    rows = of_plain(json.loads(zlib.decompress(packed))) if packed else {}
                    _accepted(connection, s.source, rows, (s.as_of, s.submitter, s.sha256), identify)
            counts = {n: sum(getattr(s, n) for s in entered) for n in ("accepted", "errors", "warnings", "notes")}
            said = {"id": run, "began": began, "ended": ended, "as_of": as_of, "opsbook": opsbook, "terms": terms, "files": len(entered),
                    "unreadable": sum(s.unreadable for s in submitted), **counts, "entries": _end_of_log(connection)[0]}  # fmt: skip
            before = connection.execute(select(RUNS.c.hash).order_by(RUNS.c.id.desc()).limit(1)).scalar() or _cut(connection).run
            connection.execute(insert(RUNS), [said | {"hash": _run_hash(connection, said, str(before)), "told": 0}])
            return entered

        done: list[Submission] = self._in_turn(work)
        return done

    def told(self, run: int) -> None:
        """Note that the report of a run was written."""
        self._in_turn(lambda connection: connection.execute(update(RUNS).where(RUNS.c.id == run).values(told=1)))

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        with self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(select(RUNS).order_by(RUNS.c.id.desc()))]

    def submissions(self, run: int | None = None, source: str | None = None) -> list[Submission]:
        """The workbooks of a run, or all versions of a source, oldest first; or all there are."""
        with self._engine.connect() as connection:
            if source is not None:
                return [s for s in reversed([*_newest_first(connection, source)]) if run in (None, s.run)]
            asked, renames = select(SUBMISSIONS).order_by(SUBMISSIONS.c.run, SUBMISSIONS.c.place), _renames(connection)
            return [_submission(row, renames) for row in connection.execute(asked if run is None else asked.where(SUBMISSIONS.c.run == run))]

    # -------------------------------------------------------------------------------------------- the log

    def entries(self, *where: Any) -> Iterator[Entry]:
        """The log, oldest first."""
        with self._engine.connect() as connection:
            yield from _entries(connection, *where)

    def history(self, record: str) -> list[Entry]:
        """What became of a record, or of a source as a whole (an entry without a sheet), oldest first."""
        return list(self.entries((LOG.c.record == record) | ((LOG.c.sheet == "") & (LOG.c.source == record))))

    def verify(self) -> str:
        """What is wrong with the log or with the records that it leads to; '' where nothing is."""
        with self._engine.connect() as connection:
            cut = _cut(connection)
            place, before = cut.seq, cut.hash
            whole = list(_entries(connection))
            if told := _runs_wrong(connection, cut.run, place + len(whole)):
                return told
            for entry in whole:
                place += 1
                if entry.seq != place:
                    return f"entry {place} is missing"
                if entry.hash != entry.hashed(before):
                    return f"entry {entry.seq} was edited"
                before = entry.hash
            state = _state(connection)
        try:
            left = _unwound(state, whole)  # back to where the log begins
        except LookupError as record:
            return f"record {record.args[0]} is not what the log says"
        if not cut.state and left:
            return f"record {min(left)[2]} is not what the log says"
        if cut.state and _digest(left, cut.seq) != cut.state:
            return f"the records are not what they were when the log was cut at entry {cut.seq}"
        return ""

    def forget(self, before: str) -> dict[str, int]:
        """Remove what is older than a day: runs, their findings and versions that no later run knows, and the log, which goes on from a checkpoint.

        Accepted records stay. What was removed, by table.
        """
        with self._writer.begin() as connection:
            first_kept = connection.execute(select(func.min(RUNS.c.id)).where(RUNS.c.ended >= before)).scalar()
            old = RUNS.c.id < first_kept if first_kept is not None else RUNS.c.id > 0
            last = connection.execute(select(RUNS).where(old).order_by(RUNS.c.id.desc()).limit(1)).first()
            done = dict.fromkeys(("runs", "submissions", "findings", "verdicts", "log"), 0)
            if last is None:
                return done
            theirs = select(SUBMISSIONS.c.verdict).where(SUBMISSIONS.c.run <= last.id)
            others = select(SUBMISSIONS.c.verdict).where(SUBMISSIONS.c.run > last.id)
            for name, table, which in (("findings", FINDINGS, FINDINGS.c.verdict), ("verdicts", VERDICTS, VERDICTS.c.id)):
                done[name] = connection.execute(delete(table).where(which.in_(theirs) & which.not_in(others))).rowcount
            done["submissions"] = connection.execute(delete(SUBMISSIONS).where(SUBMISSIONS.c.run <= last.id)).rowcount
            done["runs"] = connection.execute(delete(RUNS).where(RUNS.c.id <= last.id)).rowcount
            cut = _cut(connection)
            entries = list(_entries(connection))
            state = _unwound(_state(connection), [e for e in entries if e.seq > last.entries])
            hashed = next((e.hash for e in entries if e.seq == last.entries), cut.hash)
            release_log(connection)
            done["log"] = connection.execute(delete(LOG).where(LOG.c.seq <= last.entries)).rowcount
            guard_log(connection)
            connection.execute(delete(CHECKPOINTS))
            connection.execute(insert(CHECKPOINTS), [{"seq": last.entries, "hash": hashed, "state": _digest(state, last.entries), "run": last.hash}])
        return done

    def tables(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row of every table by its name, from one consistent view."""
        with self._engine.connect() as connection:
            for table in METADATA.sorted_tables:
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                    yield table.name, dict(row._mapping)

    def backup(self, path: Path) -> None:
        """A copy of the whole ledger as a SQLite file of its own, whatever database it is kept in."""
        copy = Ledger(str(path))
        try:
            with self._engine.connect() as source, copy._writer.begin() as target:
                for table in METADATA.sorted_tables:
                    for part in source.execute(select(table)).partitions(5000):
                        target.execute(insert(table), [dict(row._mapping) for row in part])
        finally:
            copy.close()


class _Cut(NamedTuple):
    """Where the log begins: at the first entry, or behind a checkpoint."""

    seq: int
    hash: str
    state: str
    run: str


def _cut(connection: Connection) -> _Cut:
    row = connection.execute(select(CHECKPOINTS).order_by(CHECKPOINTS.c.seq.desc()).limit(1)).first()
    return _Cut(row.seq, row.hash, row.state, row.run) if row else _Cut(0, _FIRST, "", _FIRST)


def _end_of_log(connection: Connection) -> tuple[int, str]:
    """The last entry, and its hash."""
    last = connection.execute(select(LOG.c.seq, LOG.c.hash).order_by(LOG.c.seq.desc()).limit(1)).first() or _cut(connection)
    return int(last.seq), str(last.hash)


def _run_hash(connection: Connection, run: Mapping[str, Any], before: str) -> str:
    """The hash of a run: what it says of itself, its submissions, and every finding of theirs."""
    whole = hashlib.sha256(before.encode())
    told = {n: v for n, v in run.items() if n not in ("hash", "began", "ended", "told")}
    whole.update(json.dumps(told, sort_keys=True).encode())
    for row in connection.execute(select(SUBMISSIONS).where(SUBMISSIONS.c.run == run["id"]).order_by(SUBMISSIONS.c.place)).all():
        whole.update(json.dumps(list(row), ensure_ascii=False).encode())
        for found in connection.execute(select(FINDINGS).where(FINDINGS.c.verdict == row.verdict).order_by(FINDINGS.c.place)):
            whole.update(json.dumps(list(found), ensure_ascii=False).encode())
    return whole.hexdigest()


def _runs_wrong(connection: Connection, before: str, entries: int) -> str:
    """What is wrong with the chain of runs; '' where nothing is."""
    for row in connection.execute(select(RUNS).order_by(RUNS.c.id)).all():
        if row.entries > entries:
            return f"the log ends before run {row.id} did"
        if row.hash != _run_hash(connection, dict(row._mapping), before):
            return f"run {row.id}, or what came of its workbooks, was edited, or a run before it is missing"
        before = row.hash
    return ""


def shown(url: str) -> str:
    """Where a ledger is, as it may be shown: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True) if "://" in url else url
    except Exception:
        return url.partition("://")[0] + "://…"


def _wait(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by :func:`_begin`, not by Python's driver as it sees fit
    connection.execute("PRAGMA busy_timeout=60000")


def _begin(connection: Connection) -> None:
    """Who writes takes the file's lock at once: to find out later that another came first would be too late."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _prepare(connection: Any, _record: Any) -> None:
    """A file that several processes may open: readers do not wait for writers, writers wait for each other."""
    _wait(connection, _record)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _table(rows: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", dtype=object).fillna("")


def _having(connection: Connection, sheet: str, name: str, values: Collection[str]) -> Iterator[Any]:
    wanted = sorted({_key(value) for value in values})
    for at in range(0, len(wanted), _AT_ONCE):
        mine = (IDENTITIES.c.sheet == sheet) & (IDENTITIES.c.name == name) & IDENTITIES.c.value.in_(wanted[at : at + _AT_ONCE])
        yield from connection.execute(select(IDENTITIES).where(mine))


def _verdict(connection: Connection, row: Any) -> Verdict:
    said = connection.execute(select(*FINDINGS.c[2:]).where(FINDINGS.c.verdict == row.id).order_by(FINDINGS.c.place))
    return Verdict(row.source, row.sha256, row.terms, row.state, row.report, tuple(tuple(f) for f in said), row.rows)


def _entries(connection: Connection, *where: Any) -> Iterator[Entry]:
    for row in connection.execute(select(LOG).where(*where).order_by(LOG.c.seq)):
        changes = {name: (old, new) for name, (old, new) in json.loads(row.changes).items()}
        yield Entry(row.seq, row.as_of, row.submitter, row.sha256, row.source, row.sheet, row.record, changes, row.hash)


def _state(connection: Connection) -> dict[tuple[str, str, str], dict[str, str]]:
    """What every accepted record says, blanks left out."""
    return {(r.source, r.sheet, r.record): {k: v for k, v in json.loads(r.cells).items() if v} for r in connection.execute(select(RECORDS))}


def _digest(state: Mapping[tuple[str, str, str], Mapping[str, str]], seq: int) -> str:
    said = [seq, *([*key, sorted(cells.items())] for key, cells in sorted(state.items()))]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _unwound(state: dict[tuple[str, str, str], dict[str, str]], entries: Sequence[Entry]) -> dict[tuple[str, str, str], dict[str, str]]:
    """What records said before some entries of the log; a LookupError names one that is not what they say."""
    for entry in reversed([e for e in entries if e.sheet]):
        cells = state.setdefault((entry.source, entry.sheet, entry.record), {})
        for name, (old, new) in entry.changes.items():
            if cells.pop(name, "") != new:
                raise LookupError(entry.record)
            if old:
                cells[name] = old
    return {key: cells for key, cells in state.items() if cells}


def _position(connection: Connection) -> tuple[int, int]:
    return int(connection.execute(select(func.max(RUNS.c.id))).scalar() or 0), _end_of_log(connection)[0]


def _key(said: str, longest: int = 200) -> str:
    """What something is found by: a text that is longer than a database's index holds is cut, and told apart by its digest."""
    said = said.replace("\0", "\ufffd")
    return said if len(said) <= longest else f"{said[: longest - 33]}…{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _text(said: Any) -> Any:
    """A value as every database holds it."""
    return said.replace("\0", "\ufffd") if isinstance(said, str) else said


#: Up to which run a source bore one name and from then on another; in the order in which they were given.
_Renames = Sequence[tuple[int, str, str]]


def _renames(connection: Connection) -> _Renames:
    acts = (json.loads(row.changes) for row in connection.execute(select(LOG.c.changes).where(LOG.c.sheet == "").order_by(LOG.c.seq)))
    return [(int(act["run"][1]), *act["renamed"]) for act in acts if "renamed" in act]


def _renamed(renames: _Renames, name: str, run: int) -> str:
    """How a source is called today that bore a name in some run."""
    for until, old, new in renames:
        if run <= until and name == old:
            name = new
    return name


def _newest_first(connection: Connection, source: str) -> Iterator[Submission]:
    """The submissions of a source, under whatever name they came."""
    renames, names = _renames(connection), {source}
    for _, old, new in reversed(renames):
        names |= {old} if new in names else set()
    asked = select(SUBMISSIONS).where(SUBMISSIONS.c.source.in_(sorted(names))).order_by(SUBMISSIONS.c.run.desc(), SUBMISSIONS.c.place.desc())
    yield from (s for row in connection.execute(asked) if (s := _submission(row, renames)).source == source)


def _rows_of(connection: Connection, source: str) -> dict[tuple[str, str], dict[str, str]]:
    """What the accepted records of a source say, by sheet and record."""
    asked = select(RECORDS).where(RECORDS.c.source == source).order_by(RECORDS.c.sheet, RECORDS.c.record)
    return {(row.sheet, row.record): json.loads(row.cells) for row in connection.execute(asked)}


def _logged(connection: Connection, by: tuple[str, str, str], told: Iterable[tuple[str, str, str, Changes]]) -> int:
    """Add to the log what became of some records (source, sheet, record, changes); how many entries that made."""
    seq, before = _end_of_log(connection)
    lines = []
    for source, sheet, record, changes in told:
        seq += 1
        entry = Entry(seq, *by, source, sheet, record, changes, "")
        before = entry.hashed(before)
        lines.append({"seq": seq, "as_of": by[0], "submitter": by[1], "sha256": by[2], "source": source, "sheet": sheet, "record": record,
                      "changes": json.dumps(changes, ensure_ascii=False), "hash": before})  # fmt: skip
    if lines:
        connection.execute(insert(LOG), lines)
    return len(lines)


def _submission(row: Any, renames: _Renames = ()) -> Submission:
    return Submission(**(dict(row._mapping) | {"accepted": bool(row.accepted), "source": _renamed(renames, row.source, row.run)}))


def _begun(connection: Connection, submitted: Sequence[Submission], said: Mapping[str, str]) -> list[Submission]:
    """The submissions of the last run, if its report was not written and it came to just what is submitted."""
    last = connection.execute(select(RUNS).order_by(RUNS.c.id.desc()).limit(1)).first()
    if last is None or last.told or {n: last._mapping[n] for n in said} != said:
        return []
    entered = [_submission(row) for row in connection.execute(select(SUBMISSIONS).where(SUBMISSIONS.c.run == last.id).order_by(SUBMISSIONS.c.place))]
    was, now = ([(s.path, s.source, s.submitter, s.sha256, s.verdict, s.accepted, s.errors) for s in some] for some in (entered, submitted))
    return entered if was == now else []


def _entered(connection: Connection, run: int, place: int, s: Submission) -> Submission:
    """A submission with its version: a content that a source had last keeps its number."""
    last = next(_newest_first(connection, s.source), None)
    said = asdict(s) | {"run": run, "place": place}
    if last is None:
        return Submission(**said | {"version": 1})
    if last.sha256 == s.sha256:
        return Submission(**said | {"version": last.version, "added": last.added, "removed": last.removed, "changed": last.changed})
    before, now = (_contents(connection, id) for id in (last.verdict, s.verdict))
    kept = before.keys() & now.keys()
    return Submission(**said | {"version": last.version + 1, "added": len(now) - len(kept), "removed": len(before) - len(kept),
                                "changed": sum(before[k] != now[k] for k in kept)})  # fmt: skip


def _contents(connection: Connection, verdict: str) -> dict[tuple[str, str], list[str]]:
    row = connection.execute(select(VERDICTS).where(VERDICTS.c.id == verdict)).first()
    said = json.loads(zlib.decompress(row.rows)) if row is not None and row.rows else {}
    return {(sheet, record): [column[n] for column in table["columns"].values()]
            for sheet, table in said.items() for n, record in enumerate(table["records"])}  # fmt: skip


def _accepted(connection: Connection, source: str, rows: Rows, by: tuple[str, str, str], identify: Identify | None) -> int:
    told: list[tuple[str, str, str, Changes]] = []
    for sheet, table in plain(rows).items():
        mine = (RECORDS.c.source == source) & (RECORDS.c.sheet == sheet)
        was = {r.record: json.loads(r.cells) for r in connection.execute(select(RECORDS.c.record, RECORDS.c.cells).where(mine).order_by(RECORDS.c.record))}
        now = {_key(record): dict(zip(table["columns"], cells, strict=True))
               for record, cells in zip(table["records"], zip(*table["columns"].values(), strict=True), strict=True)}  # fmt: skip
        for record in {**was, **now}:
            old, new = was.get(record, {}), now.get(record, {})
            if old and not new:  # it is left out: its number and its invoice stay taken until the workbook is withdrawn (DECISIONS 10.7)
                new = now[record] = {**old, ABSENT: old.get(ABSENT) or by[0]}
            changes = {name: (old.get(name, ""), new.get(name, "")) for name in {**old, **new} if old.get(name, "") != new.get(name, "")}
            if changes:
                told.append((source, sheet, record, changes))
        connection.execute(delete(RECORDS).where(mine))
        connection.execute(delete(IDENTITIES).where((IDENTITIES.c.source == source) & (IDENTITIES.c.sheet == sheet)))
        if now:
            connection.execute(insert(RECORDS), [{"source": source, "sheet": sheet, "record": record,
                                                  "cells": json.dumps(cells, ensure_ascii=False)} for record, cells in now.items()])  # fmt: skip
            kept = {record: was[record] for record in now if ABSENT in now[record]}
            left = {sheet: _table(kept)} if kept else {}
            identities = [{"source": source, "sheet": sheet, "name": name, "value": _key(value), "record": _key(record)}
                          for some in ({sheet: rows[sheet]}, left) for _, name, value, record in (identify(some) if identify else ())]  # fmt: skip
            connection.execute(insert(IDENTITIES), identities) if identities else None
    return _logged(connection, by, told)
