"""Terms: on what submitted workbooks are judged. Plain, so that they go to another process or machine, and into a digest."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.hosts.guards import SUBMITTED, Limits
from opsbook.jobs import fingerprint

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

    def judges(self, rule: str) -> bool:
        """Whether a rule is among those asked for; what governs is always judged."""
        from opsbook.actions.governing import UNSWITCHED

        return rule.startswith(UNSWITCHED) or (rule.startswith(self.select or "") and not (self.ignore and rule.startswith(self.ignore)))

    @property
    def digest(self) -> str:
        """The same for terms under which a workbook gets the same verdict: as-of date, policy, reference, options, and the code that judges."""
        said = asdict(replace(self, known=""))
        said |= {"as_of": self.as_of or date.today().isoformat(), "policy": sha256_of(self.policy), "reference": sha256_of(self.reference)}
        return hashlib.sha256(json.dumps([code(), said], sort_keys=True).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """As JSON says it."""
        return asdict(self)

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


def local(stamp: str) -> str:
    """A moment as the centre's clocks show it (Policy ``org.timezone`` as shipped)."""
    from opsbook.sheets import catalog

    return datetime.fromisoformat(stamp).astimezone(ZoneInfo(str(catalog().keys["org.timezone"].default))).strftime("%Y-%m-%d %H:%M")


def now() -> str:
    """This moment, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
