"""Tables: what a ledger's database holds, and how one that an earlier opsbook made is brought up to date (alembic)."""

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    text,
)

from opsbook.grammar.text import Text as TwoTexts

METADATA = MetaData()
#: One row a record of each source, as it was last accepted.
RECORDS = Table(
    "records", METADATA, Column("source", String(400), primary_key=True), Column("sheet", String(40), primary_key=True),
    Column("record", String(200), primary_key=True), Column("cells", Text, nullable=False),
)  # fmt: skip
#: What became of each record on each acceptance; a chain of hashes, added to and never changed.
LOG = Table(
    "log", METADATA, Column("seq", Integer, primary_key=True, autoincrement=False), Column("as_of", String(10), nullable=False),
    Column("submitter", String(200), nullable=False), Column("sha256", String(64), nullable=False), Column("source", String(400), nullable=False),
    Column("sheet", String(40), nullable=False), Column("record", String(200), nullable=False), Column("changes", Text, nullable=False),
    Column("hash", String(64), nullable=False), Index("log_record", "record"),
)  # fmt: skip
#: The figures of a source month by month.
FIGURES = Table(
    "figures", METADATA, Column("source", String(400), primary_key=True), Column("month", String(7), primary_key=True),
    Column("said", Text, nullable=False),
)  # fmt: skip
#: Where the log was cut off (:meth:`~opsbook.state.ledger.Ledger.forget`): the hash that goes on, and the digest of all records as they then were.
CHECKPOINTS = Table(
    "checkpoints", METADATA, Column("seq", Integer, primary_key=True, autoincrement=False), Column("hash", String(64), nullable=False),
    Column("state", String(64), nullable=False), Column("run", String(64), nullable=False),
)  # fmt: skip
#: What identifies accepted records across workbooks: numbers, invoices.
IDENTITIES = Table(
    "identities", METADATA, Column("source", String(400), primary_key=True), Column("sheet", String(40), primary_key=True),
    Column("name", String(40), primary_key=True), Column("value", String(200), primary_key=True), Column("record", String(200), primary_key=True),
    Index("identities_value", "sheet", "name", "value"),
)  # fmt: skip
#: What judging one version of a workbook on certain terms, against a certain state, came to.
VERDICTS = Table(
    "verdicts", METADATA, Column("id", String(32), primary_key=True), Column("source", String(400), nullable=False),
    Column("sha256", String(64), nullable=False), Column("terms", String(64), nullable=False), Column("state", Text, nullable=False),
    Column("report", Text, nullable=False), Column("rows", LargeBinary, nullable=False), Index("verdicts_of", "source", "sha256", "terms"),
)  # fmt: skip
FINDINGS = Table(
    "findings", METADATA, Column("verdict", String(32), primary_key=True), Column("place", Integer, primary_key=True, autoincrement=False),
    Column("rule", String(20), nullable=False), Column("severity", String(10), nullable=False), Column("key", String(40), nullable=False),
    Column("sheet", Text, nullable=False), Column("row", Integer, nullable=False), Column("column_no", Integer, nullable=False),
    Column("column", String(40), nullable=False), Column("record", Text, nullable=False), Column("value", Text, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("message_en", "message_zh", "fix_en", "fix_zh")), Column("clause", String(40), nullable=False),
    Column("tab", Integer, nullable=False), Column("waived", Integer, nullable=False),
)  # fmt: skip
RUNS = Table(
    "runs", METADATA, Column("id", Integer, primary_key=True, autoincrement=False), Column("began", String(32), nullable=False),
    Column("ended", String(32), nullable=False), Column("as_of", String(10), nullable=False), Column("opsbook", String(20), nullable=False),
    Column("terms", String(64), nullable=False),
    *(Column(n, Integer, nullable=False) for n in ("files", "accepted", "unreadable", "errors", "warnings", "notes", "entries")),
    Column("hash", String(64), nullable=False), Column("told", Integer, nullable=False),
)  # fmt: skip
#: ``entries`` is where the log ended with the run; ``hash`` follows from the run before and all that the run came to; ``told`` is whether its
#: report was written: a run that was killed before is gone on with, not entered again.
#: One row a workbook of a run: its version, and how it differs from the version before.
SUBMISSIONS = Table(
    "submissions", METADATA, Column("run", Integer, primary_key=True, autoincrement=False), Column("place", Integer, primary_key=True, autoincrement=False),
    Column("path", Text, nullable=False), Column("source", String(400), nullable=False), Column("submitter", String(200), nullable=False),
    Column("sha256", String(64), nullable=False), Column("verdict", String(32), nullable=False), Column("as_of", String(10), nullable=False),
    *(Column(n, Integer, nullable=False) for n in ("version", "accepted", "errors", "warnings", "added", "removed", "changed")),
    Index("submissions_of", "source"),
)  # fmt: skip

_HEAD = "0003"
_LOGGED = "the log is append-only"


class NoLedger(Exception):  # noqa: N818  (what a database is not)
    """A database that is no ledger, or one of a newer opsbook; the argument says so."""


def upgrade(engine: Engine, *, reading: bool = False) -> None:
    """Make the tables, or bring those of an earlier opsbook up to date; nothing where they are today's. A :class:`NoLedger` for a database that
    holds something else, and for one that is only to be read in and is no ledger of today."""
    with engine.connect() as connection:
        inspector = inspect(connection)
        stamped = inspector.has_table("alembic_version") and inspector.has_table("log")
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if stamped else ""
        if version == _HEAD:
            return
        if version and str(version) > _HEAD:
            raise NoLedger(TwoTexts("it was made by a newer opsbook: update this one", "由更新版本的 opsbook 建立，请升级"))
        old = inspector.has_table("records") and inspector.has_table("log") and not stamped  # made before there were migrations
        if not stamped and not old and (reading or inspector.get_table_names()):
            raise NoLedger(TwoTexts("it is a database and no ledger", "该数据库不是台账"))
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        if old:
            command.stamp(config, "0001")
        command.upgrade(config, "head")


def guard_log(connection: Connection) -> None:
    """Have the database itself refuse changes of the log."""
    for act in ("UPDATE", "DELETE"):
        name = f"log_no_{act.lower()}"
        if connection.dialect.name == "sqlite":
            connection.execute(text(f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {act} ON log BEGIN SELECT RAISE(ABORT, '{_LOGGED}'); END"))
        elif connection.dialect.name == "postgresql":
            body = f"BEGIN RAISE EXCEPTION '{_LOGGED}'; END"
            connection.execute(text(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
            connection.execute(text(f"CREATE OR REPLACE TRIGGER {name} BEFORE {act} ON log FOR EACH ROW EXECUTE FUNCTION {name}()"))


def release_log(connection: Connection) -> None:
    """Let the log be cut, within the transaction at hand."""
    on = " ON log" if connection.dialect.name == "postgresql" else ""
    for act in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS log_no_{act}{on}"))
