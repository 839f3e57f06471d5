"""The ledger: what was accepted, record by record, in a database, with a log that can be added to and never changed.

Each entry of the log holds what one record's columns were and became, and the hash of the entry before it: who edits or
removes an entry, or a record behind the log's back, is found by :meth:`Ledger.verify`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from opsbook.grammar.former import Figures, Former, Rows

_METADATA = MetaData()
_RECORDS = Table(
    "records", _METADATA, Column("source", String(200), primary_key=True), Column("sheet", String(40), primary_key=True),
    Column("record", String(200), primary_key=True), Column("cells", Text, nullable=False),
)  # fmt: skip
_LOG = Table(
    "log", _METADATA, Column("seq", Integer, primary_key=True, autoincrement=False), Column("as_of", String(10), nullable=False),
    Column("submitter", String(200), nullable=False), Column("sha256", String(64), nullable=False), Column("source", String(200), nullable=False),
    Column("sheet", String(40), nullable=False), Column("record", String(200), nullable=False), Column("changes", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
_FIGURES = Table(
    "figures", _METADATA, Column("source", String(200), primary_key=True), Column("month", String(7), primary_key=True),
    Column("said", Text, nullable=False),
)  # fmt: skip
for _act in ("UPDATE", "DELETE"):
    event.listen(_LOG, "after_create", DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER log_no_{_act.lower()} BEFORE {_act} ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    ).execute_if(dialect="sqlite"))  # fmt: skip

_FIRST = "0" * 64
#: Column → (old, new); a record that is gone has every column become ''.
Changes = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Entry:
    """One entry of the log: what became of one record on one acceptance."""

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


class Ledger:
    """A store in a database; ``url`` as SQLAlchemy takes it (``sqlite:///ledger.db``)."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url if "://" in url else f"sqlite:///{url}")
        _METADATA.create_all(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def former(self, source: str, submitter: str = "") -> Former:
        """The last accepted state of a source, and the accepted records of all others."""
        own: dict[str, dict[str, Any]] = {}
        others: dict[str, dict[tuple[str, str], Any]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(select(_RECORDS)):
                cells = json.loads(row.cells)
                if row.source == source:
                    own.setdefault(row.sheet, {})[row.record] = cells
                else:
                    others.setdefault(row.sheet, {})[row.source, row.record] = cells | {"source": row.source}
        return Former({key: _table(rows) for key, rows in own.items()},
                      {key: _table({record: cells for (_, record), cells in rows.items()}) for key, rows in others.items()}, submitter)  # fmt: skip

    def accept(self, source: str, rows: Rows, *, sha256: str, submitter: str, as_of: str) -> int:
        """Keep a state as the last accepted one, in one transaction; the number of records that changed.

        Sheets that are not among ``rows`` stay as they were last accepted.
        """
        for attempt in range(5):
            try:
                with self._engine.begin() as connection:
                    return _accepted(connection, source, rows, (as_of, submitter, sha256))
            except IntegrityError:  # somebody else added to the log meanwhile
                if attempt == 4:
                    raise
        raise AssertionError

    def log(self, source: str) -> list[list[str]]:
        """What became of the records of a source: day, submitter, sheet, record, changes; oldest first."""
        seen: set[tuple[str, str]] = set()
        lines = []
        for entry in self.entries():
            if entry.source == source:
                first = (entry.sheet, entry.record) not in seen
                seen.add((entry.sheet, entry.record))
                said = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in entry.changes.items())
                lines.append([entry.as_of, entry.submitter, entry.sheet, entry.record, "+" if first else said])
        return lines

    def figures(self, source: str) -> Figures:
        """Past figures by month."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_FIGURES).where(_FIGURES.c.source == source).order_by(_FIGURES.c.month))
            return {row.month: json.loads(row.said) for row in rows}

    def remember(self, source: str, month: str, figures: Mapping[str, float]) -> None:
        """Keep the figures of a month, over those that it had."""
        with self._engine.begin() as connection:
            connection.execute(delete(_FIGURES).where((_FIGURES.c.source == source) & (_FIGURES.c.month == month)))
            connection.execute(insert(_FIGURES), [{"source": source, "month": month, "said": json.dumps(dict(figures))}])

    def entries(self) -> Iterator[Entry]:
        """The whole log, oldest first."""
        with self._engine.connect() as connection:
            for row in connection.execute(select(_LOG).order_by(_LOG.c.seq)):
                changes = {name: (old, new) for name, (old, new) in json.loads(row.changes).items()}
                yield Entry(row.seq, row.as_of, row.submitter, row.sha256, row.source, row.sheet, row.record, changes, row.hash)

    def history(self, record: str) -> list[Entry]:
        """What became of a record, oldest first."""
        return [entry for entry in self.entries() if entry.record == record]

    def verify(self) -> str:
        """What is wrong with the log or with the records that it leads to; '' where nothing is."""
        before, told = _FIRST, dict[tuple[str, str, str], dict[str, str]]()
        for place, entry in enumerate(self.entries(), 1):
            if entry.seq != place:
                return f"entry {place} is missing"
            if entry.hash != entry.hashed(before):
                return f"entry {entry.seq} was edited"
            before = entry.hash
            cells = told.setdefault((entry.source, entry.sheet, entry.record), {})
            for name, (old, new) in entry.changes.items():
                if cells.get(name, "") != old:
                    return f"entry {entry.seq} does not follow the entries before it"
                cells[name] = new
        with self._engine.connect() as connection:
            kept = {(r.source, r.sheet, r.record): {k: v for k, v in json.loads(r.cells).items() if v} for r in connection.execute(select(_RECORDS))}
        meant = {key: filled for key, cells in told.items() if (filled := {name: text for name, text in cells.items() if text})}
        for key in sorted({*kept, *meant}):
            if kept.get(key) != meant.get(key):
                return f"record {key[2]} is not what the log says"
        return ""


def _table(rows: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", dtype=object).fillna("")


def _accepted(connection: Connection, source: str, rows: Rows, by: tuple[str, str, str]) -> int:
    last = connection.execute(select(_LOG.c.seq, _LOG.c.hash).order_by(_LOG.c.seq.desc()).limit(1)).first()
    seq, before = (last.seq, last.hash) if last else (0, _FIRST)
    logged = []
    for sheet, frame in rows.items():
        mine = (_RECORDS.c.source == source) & (_RECORDS.c.sheet == sheet)
        was = {r.record: json.loads(r.cells) for r in connection.execute(select(_RECORDS.c.record, _RECORDS.c.cells).where(mine))}
        now = {str(record): dict(zip(frame.columns, cells, strict=True)) for record, cells in zip(frame.index, frame.to_numpy().tolist(), strict=True)}
        for record in {**was, **now}:
            old, new = was.get(record, {}), now.get(record, {})
            changes = {name: (old.get(name, ""), new.get(name, "")) for name in {**old, **new} if old.get(name, "") != new.get(name, "")}
            if changes:
                seq += 1
                entry = Entry(seq, *by, source, sheet, record, changes, "")
                before = entry.hashed(before)
                logged.append({"seq": seq, "as_of": by[0], "submitter": by[1], "sha256": by[2], "source": source, "sheet": sheet,
                               "record": record, "changes": json.dumps(changes, ensure_ascii=False), "hash": before})  # fmt: skip
        connection.execute(delete(_RECORDS).where(mine))
        if now:
            connection.execute(insert(_RECORDS), [{"source": source, "sheet": sheet, "record": record,
                                                   "cells": json.dumps(cells, ensure_ascii=False)} for record, cells in now.items()])  # fmt: skip
    if logged:
        connection.execute(insert(_LOG), logged)
    return len(logged)
