"""Batches: runs, submissions, verdicts and their findings, identities across workbooks; longer names; a log that the database guards."""

import json

import sqlalchemy as sa
from alembic import op

from opsbook.state import tables

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make the new tables; records that were accepted before are found by their numbers."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":  # SQLite does not mind lengths
        for table in ("records", "log", "figures"):
            op.alter_column(table, "source", type_=sa.String(400))
    op.create_index("log_record", "log", ["record"])
    new = (tables.CHECKPOINTS, tables.IDENTITIES, tables.VERDICTS, tables.FINDINGS, tables.RUNS, tables.SUBMISSIONS)
    tables.METADATA.create_all(connection, tables=new)
    for row in connection.execute(sa.select(tables.RECORDS)).all():
        cells = json.loads(row.cells)
        said = {name: value for name in ("invoice_no",) if row.sheet == "expenses" and (value := cells.get(name))}
        told = [{"source": row.source, "sheet": row.sheet, "name": n, "value": v, "record": row.record} for n, v in said.items()]
        number = next(iter(cells.items()), None)  # the first column of every register is its number
        told += [{"source": row.source, "sheet": row.sheet, "name": number[0], "value": number[1], "record": row.record}] if number else []
        connection.execute(sa.insert(tables.IDENTITIES), told) if told else None
    tables.guard_log(connection)
