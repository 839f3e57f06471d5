"""Gathering: the rows of many judged workbooks, kept on disk until all are there, then handed out in order, a sheet at a time."""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from opsbook.actions.report import FileReport
from opsbook.batch.pool import Pool
from opsbook.batch.terms import Terms, Workbook
from opsbook.batch.worker import Request
from opsbook.grammar import Text
from opsbook.jobs import catalog, errors_by_sheet


def gathered(reports: Sequence[FileReport], workbooks: Sequence[Workbook], terms: Terms, pool: Pool, *, rows: bool) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Source, sheet and cells of the workbooks without errors; with ``rows`` also the rows without errors of those that can be read."""
    chosen = [n for n, r in enumerate(reports) if r.status != "unreadable" and not r.repeats and (rows or not r.findings.errors)]
    limits, order = terms.limits, {key: n for n, key in enumerate(catalog().sheets)}
    db = sqlite3.connect("")
    try:
        db.execute("CREATE TABLE parts(sheet INTEGER, place INTEGER, part INTEGER, cells BLOB, PRIMARY KEY (sheet, place, part))")
        asked = ((n, Request("extract", str(workbooks[n].path.absolute()), limits.memory, limits.time(workbooks[n].size),
                             {"terms": terms.plain(), "faulty": errors_by_sheet(reports[n].findings), "sha256": reports[n].sha256})) for n in chosen)  # fmt: skip
        for n, answer in pool.answers(asked):
            if answer.lost or answer.frames == (b"changed",):
                path = workbooks[n].path
                raise ValueError(Text(f"{path} has changed since it was judged, or could not be read once more: run again",
                                      f"{path} 在校验后已被修改或无法再次读取，请重新运行"))  # fmt: skip
            keys, cells = answer.frames[::2], answer.frames[1::2]
            db.executemany("INSERT INTO parts VALUES (?, ?, ?, ?)",
                           [(order[key.decode()], n, part, each) for part, (key, each) in enumerate(zip(keys, cells, strict=True))])  # fmt: skip
        names = {n: key for key, n in order.items()}
        for sheet, n, each in db.execute("SELECT sheet, place, cells FROM parts ORDER BY sheet, place, part"):
            yield workbooks[n].source, names[sheet], json.loads(zlib.decompress(each))
    finally:
        db.close()
