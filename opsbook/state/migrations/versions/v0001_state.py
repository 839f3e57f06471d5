"""The last accepted state, its log and past figures: what a ledger held before batches."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "records", sa.Column("source", sa.String(200), primary_key=True), sa.Column("sheet", sa.String(40), primary_key=True),
        sa.Column("record", sa.String(200), primary_key=True), sa.Column("cells", sa.Text, nullable=False),
    )  # fmt: skip
    op.create_table(
        "log", sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False), sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("submitter", sa.String(200), nullable=False), sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.String(200), nullable=False), sa.Column("sheet", sa.String(40), nullable=False),
        sa.Column("record", sa.String(200), nullable=False), sa.Column("changes", sa.Text, nullable=False), sa.Column("hash", sa.String(64), nullable=False),
    )  # fmt: skip
    op.create_table(
        "figures", sa.Column("source", sa.String(200), primary_key=True), sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("said", sa.Text, nullable=False),
    )  # fmt: skip
