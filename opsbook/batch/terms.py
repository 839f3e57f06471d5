"""Terms: on what submitted workbooks are judged. Plain, so that they go to another process or machine, and into a digest."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.hosts.guards import SUBMITTED, Limits
from opsbook.jobs import fingerprint

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_JUDGING = ("actions", "formulas", "grammar", "hosts", "jobs", "sheets", "lists.py", "clauses.py")  # the code that a verdict depends on


@dataclass(frozen=True)
class Terms:
    """On what workbooks are judged. ``policy`` and ``reference`` are paths; ``select`` and ``ignore`` prefixes of rules."""

    as_of: str = ""
    policy: str = ""
    reference: str = ""
    complete: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    limits: Limits = SUBMITTED
    kept: bool = False  # in a ledger: whose own Policy a submission brings has no force then
    known: str = ""  # path of what the ledger's accepted records have in columns that references name
    password_env: str = ""  # the variable that holds the password of protected workbooks: the password itself goes nowhere
    read: str = ""  # digests of policy and reference: a child that lives on reads them anew when they change

    def judges(self, rule: str) -> bool:
        """Whether a rule is among those asked for; what governs is always judged."""
        from opsbook.actions.governing import UNSWITCHED

        return rule.startswith(UNSWITCHED) or (rule.startswith(self.select or "") and not (self.ignore and rule.startswith(self.ignore)))

    @property
    def digest(self) -> str:
        """The same for terms under which a workbook gets the same verdict: as-of date, policy, reference, options, and the code that judges."""
        said = asdict(replace(self, known="", read="")) | {"as_of": self.as_of or local(now())[:10], "policy": "", "reference": "", "read": self.versions}
        return hashlib.sha256(json.dumps([code(), said], sort_keys=True).encode()).hexdigest()

    @property
    def versions(self) -> str:
        """The digests of policy and reference as they are now."""
        return f"{sha256_of(self.policy)} {sha256_of(self.reference)}"

    def plain(self) -> dict[str, Any]:
        """As JSON says it, with paths that mean the same elsewhere."""
        paths = {name: str(Path(path).absolute()) if path else "" for name, path in (("policy", self.policy), ("reference", self.reference))}
        return asdict(self) | paths

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Terms":
        """What :meth:`plain` said."""
        more = {name: tuple(plain[name]) for name in ("select", "ignore")} | {"limits": Limits(**plain["limits"])}
        return cls(**(plain | more))


@dataclass(frozen=True)
class Workbook:
    """A workbook that was handed in. ``source`` is whose state it carries on: its name within the folder that was named."""

    path: Path
    source: str
    submitter: str = ""
    renamed: bool = False  # it came under another name than its source's
    size: int = field(default=0, compare=False)


@cache
def code() -> str:
    """The digest of the code that judges."""
    root = Path(__file__).parents[1]
    files = sorted(f for name in _JUDGING for f in ([root / name] if name.endswith(".py") else (root / name).rglob("*.py")))
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()


def sha256_of(path: str | Path) -> str:
    """The digest of a file; '' for none, or one that cannot be read."""
    return fingerprint(Path(path)) if path else ""


def size_of(path: Path) -> int:
    """The bytes of a file; 0 for none."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def named(path: Path) -> str:
    """A name as every text and database can hold it: bytes that are no UTF-8 are read as a Chinese Windows writes them."""
    said = path.as_posix()
    try:
        said.encode()
    except UnicodeEncodeError:
        said = os.fsencode(said).decode("gb18030", errors="replace")
    return said if len(said) <= 300 else f"{said[:250]}…{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def local(stamp: str) -> str:
    """A moment as the centre's clocks show it (Policy ``org.timezone`` as shipped)."""
    from opsbook.sheets import catalog

    return datetime.fromisoformat(stamp).astimezone(ZoneInfo(str(catalog().keys["org.timezone"].default))).strftime("%Y-%m-%d %H:%M")


def now() -> str:
    """This moment, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
