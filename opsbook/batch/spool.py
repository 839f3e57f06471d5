"""Spool: what a run holds of its workbooks until all are judged, on disk, so that a thousand need no more memory than one."""

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

_FEW = 40  # others that are named where many identify a record alike


class Spool:
    """Reports and what identifies the records of each workbook, by the workbook's place in the run."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")  # a temporary file, gone when it is closed
        self._db.executescript("""
            PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
            CREATE TABLE reports(place INTEGER PRIMARY KEY, report BLOB, rows BLOB);
            CREATE TABLE identities(place INTEGER, sheet TEXT, name TEXT, value TEXT, record TEXT);
        """)

    def put(self, place: int, report: dict[str, Any], found: list[list[str]], rows: bytes) -> None:
        """Keep what was found of a workbook."""
        self._db.execute("INSERT INTO reports VALUES (?, ?, ?)", (place, _packed(report), rows))
        self._db.executemany("INSERT INTO identities VALUES (?, ?, ?, ?, ?)", ([place, *each] for each in found))

    def again(self, place: int, report: dict[str, Any]) -> None:
        """Keep another report of a workbook."""
        self._db.execute("UPDATE reports SET report = ? WHERE place = ?", (_packed(report), place))

    def report(self, place: int) -> dict[str, Any]:
        """The report of a workbook."""
        report: dict[str, Any] = json.loads(zlib.decompress(self._db.execute("SELECT report FROM reports WHERE place = ?", (place,)).fetchone()[0]))
        return report

    def meeting(self) -> dict[int, list[tuple[int, str, str]]]:
        """The workbooks that identify a record alike: place → the (place, sheet, record) of others that it meets, of many the first few."""
        self._db.execute("CREATE INDEX IF NOT EXISTS identified ON identities(name, value, place, sheet, record)")
        twice = self._db.execute("""
            SELECT i.name, i.value, i.place, i.sheet, i.record FROM identities i
            JOIN (SELECT name, value FROM identities GROUP BY name, value HAVING COUNT(DISTINCT place) > 1) t
            USING (name, value) ORDER BY i.name, i.value, i.place, i.sheet, i.record""")
        together = defaultdict[tuple[str, str], list[tuple[int, str, str]]](list)
        for name, value, place, sheet, record in twice:
            together[name, value].append((place, sheet, record))
        found = defaultdict[int, dict[tuple[int, str, str], None]](dict)
        for group in together.values():
            for place in dict.fromkeys(p for p, _, _ in group):
                found[place].update(dict.fromkeys(islice((each for each in group if each[0] != place), _FEW)))
        return {place: sorted(others) for place, others in sorted(found.items())}

    def identities(self, place: int) -> list[tuple[str, str]]:
        """What identifies the records of a workbook: names and values."""
        return self._db.execute("SELECT DISTINCT name, value FROM identities WHERE place = ?", (place,)).fetchall()

    def records(self, place: int) -> dict[str, Any]:
        """The records of a workbook, plain."""
        rows = self._db.execute("SELECT rows FROM reports WHERE place = ?", (place,)).fetchone()[0]
        found: dict[str, Any] = json.loads(zlib.decompress(rows)) if rows else {}
        return found

    def places(self) -> Iterator[int]:
        """All places, in order."""
        yield from (place for (place,) in self._db.execute("SELECT place FROM reports ORDER BY place").fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _packed(report: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(report, ensure_ascii=False).encode(), 1)
