"""Whether a run's report was written: one that was killed before is gone on with."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Runs of before count as told."""
    if "told" not in {c["name"] for c in sa.inspect(op.get_bind()).get_columns("runs")}:  # a new ledger is made with today's tables
        op.add_column("runs", sa.Column("told", sa.Integer, nullable=False, server_default="1"))
