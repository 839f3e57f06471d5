"""What tests share: books written as Markdown tables a clerk can read."""

import gc
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

from opsbook.actions import check, governing, load
from opsbook.grammar import Catalog, Column, Findings
from opsbook.grammar.grid import Grid
from opsbook.grammar.kinds import DayKind
from opsbook.grammar.workings import Workings
from opsbook.sheets import catalog as our_catalog

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 9, 30)
gc.set_threshold(100_000, 20, 100)  # a worker of thousands of tests holds much that never goes, and looking through it again and again costs
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of commands are run as a user runs them: compiled once


@dataclass
class Table:
    """One Markdown table: a sheet, its columns as named, its rows with their marks, figures expected."""

    sheet: str
    columns: list[str]
    rows: list[list[str]]
    marks: list[str]
    expected: dict[str, list[str]] = field(default_factory=dict)


def tables_of(lines: Sequence[str]) -> list[Table]:
    """The tables of a section. ``|   | expenses | claim_amount | = standard |``: mark, sheet and key, columns, figures."""
    tables: list[Table] = []
    for line in lines:
        if not line.lstrip().startswith("|"):
            tables.append(Table("", [], [], [])) if tables and tables[-1].sheet else None
            continue
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not tables or not tables[-1].sheet:
            tables = [t for t in tables if t.sheet]
            names = cells[2:]
            expected = {n[1:].strip(): [] for n in names if n.startswith("=")}
            tables.append(Table(cells[1], names, [], [], expected))
        elif not set(line) <= set("|-: "):
            tables[-1].marks.append(cells[0])
            tables[-1].rows.append(cells[1:])
    tables = [t for t in tables if t.sheet]
    for table in tables:
        assert {len(row) for row in table.rows} <= {len(table.columns) + 1}, f"a row of the table of {table.sheet} has other cells than its head"
        for name in table.expected:
            at = table.columns.index("= " + name) if "= " + name in table.columns else table.columns.index("=" + name)
            table.expected[name] = [row[at + 1] for row in table.rows]
    return tables


def typed(column: Column, said: str) -> Any:
    """A cell of a table as a workbook reader would give it."""
    if said == "":
        return ""
    if isinstance(column.kind, DayKind):
        return datetime.fromisoformat(said) if column.kind.moment else date.fromisoformat(said)
    if column.kind.numeric:
        return float(said.rstrip("%")) / 100 if said.endswith("%") else float(said)
    if column.kind.name == "value":
        try:
            return float(said)
        except ValueError:
            return said
    return said


def grids_of(tables: Sequence[Table], catalog: Catalog) -> list[Grid]:
    """Grids as a reader gives them: header row 1, required columns that are not named filled from their examples."""
    grids = []
    for place, table in enumerate(tables):
        sheet = catalog.sheets[table.sheet]
        named = [n for n in table.columns if not n.startswith("=")]
        unnamed = [c.name for c in sheet.columns.values() if c.required and c.name not in (*named, sheet.id)]
        optional = [c.name for c in sheet.columns.values() if not c.required and not c.computed and c.name not in named]
        header = [sheet.id, *named, *unnamed, *optional]
        rows: list[list[Any]] = [list(header)]
        assert all(sheet.columns[n].example is not None for n in unnamed), f"a required column of {sheet.key} has no example="
        places = [1 + i for i, n in enumerate(table.columns) if not n.startswith("=")]
        for row in table.rows:
            cells = [typed(sheet.columns[n], row[p]) for n, p in zip(named, places, strict=True)]
            examples = [typed(sheet.columns[n], str(sheet.columns[n].example)) for n in unnamed]
            rows.append([row[0], *cells, *examples, *[""] * len(optional)])
        grids.append(Grid(sheet.key, rows, (0, 0), place))
    return grids


@dataclass
class Case:
    """A book of tables, worked out."""

    tables: list[Table]
    workings: Workings
    faults: list[load.Fault]

    def findings(self, *rules: str) -> Findings:
        return check.findings(self.workings, self.faults, complete=True, select=lambda r: not rules or r in rules)


def case_of(text: str, catalog: Catalog | None = None, as_of: date = AS_OF) -> Case:
    """A book from Markdown tables."""
    catalog = catalog or our_catalog()
    tables = tables_of(text.splitlines())
    grids = sorted(grids_of(tables, catalog), key=lambda grid: not load.says_what_is_own(grid.name, catalog))
    loaded = load.book(grids, catalog, own=True)
    policy = governing.policy_of(loaded.book.tabs.get("policy"), loaded.catalog, as_of, loaded.book.tabs.get("switches"))
    return Case(tables, Workings(loaded.book, loaded.catalog, policy, as_of), loaded.faults)


@cache
def _demo(lang: str) -> dict[str, bytes]:
    """The demo in a language: the Chinese one is that of the repository, which test_house.py holds against what is made today."""
    if lang == "zh":
        return {name: (ROOT / "workbooks" / name).read_bytes() for name in ("demo.xlsx", "demo_faults.json")}
    from opsbook import jobs

    with tempfile.TemporaryDirectory() as folder:
        return {path.name: path.read_bytes() for path in jobs.demo(Path(folder), lang)}  # type: ignore[arg-type]


def demo_in(folder: Path, lang: str = "zh") -> tuple[Path, Path]:
    """The demo workbook and the list of its planted faults, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _demo(lang).items():
        (folder / name).write_bytes(data)
    return folder / "demo.xlsx", folder / "demo_faults.json"


def clean_centre(path: Path, records: dict[str, Any] | None = None) -> Path:
    """The demo centre without its faults, or with other records."""
    from opsbook import jobs
    from opsbook.actions import template
    from opsbook.demo import centre, operations
    from opsbook.hosts import new_file

    given = {"org.name": centre.OURS["buyer_name"], "org.status_date": "2026-09-30", "org.superior": centre.SUPERIOR}
    policy = jobs.policy_records("zh", given)
    for row in policy:
        if row["policy_key"] in given:
            row |= {"changed_by": "EMP-0001", "changed_on": date(2025, 12, 20)}
    new_file.draw(template.pages(our_catalog(), template.Choice("zh"), (records or operations.records()) | {"policy": policy}), path)
    return path


def require(program: str, missing: str = "") -> str:
    """The path of a program that a test wants; the test is skipped without it (or if ``missing`` says what is), or fails where all parts
    are promised."""
    path = shutil.which(program)
    if path is None or missing:
        said = missing or f"{program} is not installed: this test wants it; .ci/run installs it"
        pytest.fail(said) if os.environ.get("OPSBOOK_ALL_PARTS") else pytest.skip(said)
    return path


#: Calc works every formula out when it opens a file; by itself it would show the stored results.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def converted(source: Path, form: str, folder: Path, *, calculated: bool = True) -> Path:
    """A file as LibreOffice converts it; where it is not ``calculated``, with the results of formulas that are stored in it."""
    settings = folder / "profile/user/registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    if calculated:
        settings.write_text(RECALCULATE, encoding="utf-8")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run([require("soffice"), profile, "--headless", "--convert-to", form, "--outdir", str(folder), str(source)],
                   check=True, capture_output=True, timeout=180)  # fmt: skip
    return folder / f"{source.stem}.{form.partition(':')[0]}"


def run_opsbook(*words: Any, cwd: Any = None, timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own: forked from this one, which has everything imported; begun anew where nothing is forked."""
    argv = ["opsbook", *map(str, words)]
    settings = {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"} | environment
    if not hasattr(os, "fork"):
        return subprocess.run([sys.executable, "-m", *argv], capture_output=True, text=True, encoding="utf-8", errors="replace", cwd=cwd, timeout=timeout,
                              env=os.environ | settings)  # fmt: skip
    our_catalog()  # whatever a command builds once is there in each
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _run(argv, out.fileno(), err.fileno(), cwd, settings)
        until = time.monotonic() + timeout
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise subprocess.TimeoutExpired(argv, timeout)
            time.sleep(0.005)
        out.seek(0)
        err.seek(0)
        raw = out.read(), err.read()
    done = subprocess.CompletedProcess(argv, os.waitstatus_to_exitcode(ended[1]), *(said.decode("utf-8", "replace") for said in raw))
    done.raw = raw[0]  # type: ignore[attr-defined]  # the bytes of the output
    return done


def _run(argv: list[str], out: int, err: int, cwd: Any, settings: dict[str, str]) -> NoReturn:
    """What the forked process does; it never returns."""
    code: Any = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.update(settings)
        os.chdir(cwd or ".")
        coding = settings["PYTHONIOENCODING"]
        sys.stdin, sys.stdout, sys.stderr = open(0, closefd=False), open(1, "w", encoding=coding, closefd=False), open(2, "w", encoding=coding, closefd=False)  # noqa: SIM115
        sys.argv = argv
        from opsbook.__main__ import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code if isinstance(code, int) else 1)


def waited(what: Any, seconds: float = 60) -> Any:
    """What a question comes to as soon as it comes to anything; a failure if it does not in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("nothing came of it")


def painted(book: Any, colour: tuple[int, int, int]) -> int:
    """How many pixels of the pages of a live workbook have a colour, as LibreOffice draws them."""
    require("pdftoppm")
    with tempfile.TemporaryDirectory() as folder:
        book.to_pdf(f"{folder}/book.pdf")
        subprocess.run(["pdftoppm", "-r", "50", f"{folder}/book.pdf", f"{folder}/page"], check=True, stderr=subprocess.DEVNULL)
        return sum(_pixels(path.read_bytes(), colour) for path in Path(folder).glob("page*.ppm"))


def _pixels(ppm: bytes, colour: tuple[int, int, int]) -> int:
    import numpy as np

    _, _, _, data = ppm.split(b"\n", 3)
    return int((np.frombuffer(data, dtype=np.uint8).reshape(-1, 3) == np.array(colour, dtype=np.uint8)).all(axis=1).sum())


def submitted(path: Path, **sheets: Any) -> Path:
    """A department's workbook with some rows of some registers."""
    from opsbook.actions import template
    from opsbook.hosts import new_file

    path.parent.mkdir(parents=True, exist_ok=True)
    new_file.draw(template.pages(our_catalog(), template.Choice("zh", tuple(sheets)), sheets), path)
    return path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _postgres(program: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
    return str(found[0]) if found else require(program)


@pytest.fixture(scope="session")
def postgres():
    """The URL of a PostgreSQL server on loopback, without a database's name; it runs as long as the tests do."""
    initdb, pg_ctl = _postgres("initdb"), _postgres("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="opsbook_pg"))
    other = []
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        other = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    try:
        subprocess.run([*other, initdb, "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8"], check=True, capture_output=True, cwd="/")
        subprocess.run([*other, pg_ctl, "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
        yield f"postgresql://tester@127.0.0.1:{port}"
    finally:
        subprocess.run([*other, pg_ctl, "-D", folder / "data", "-m", "immediate", "stop"], capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def ledger_url(request, tmp_path):
    """Where a fresh ledger can be: a file, and a database of a real server."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    import pg8000.dbapi

    server = request.getfixturevalue("postgres")
    name = f"ledger_{secrets.token_hex(4)}"
    connection = pg8000.dbapi.connect(user="tester", host="127.0.0.1", port=int(server.rpartition(":")[2]), database="postgres")
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    return f"{server}/{name}"


@pytest.fixture
def ledger(ledger_url):
    """A fresh ledger, in every database that opsbook knows."""
    from opsbook.state.ledger import Ledger

    kept = Ledger(ledger_url)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def centre_file(tmp_path_factory):
    """A workbook of the centre's Policy and people, to look up in."""
    from opsbook.demo import operations

    return clean_centre(tmp_path_factory.mktemp("centre") / "centre.xlsx", {"employees": operations.records()["employees"]})


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return our_catalog()
