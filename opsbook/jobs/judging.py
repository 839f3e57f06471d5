"""Judging: a workbook on disk is read and validated, under its own policy or the centre's."""

import gc
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from opsbook.actions import check, governing, load, persons
from opsbook.actions.extending import OWN, UNREAD
from opsbook.actions.reader import Fault
from opsbook.grammar import Book, Catalog, Finding, Findings, Policy, Severity, Tab, Text
from opsbook.grammar.former import Rows
from opsbook.grammar.former import state as state_of
from opsbook.grammar.grid import Grid, UnreadableFile
from opsbook.grammar.packed import Edited
from opsbook.grammar.workings import Workings
from opsbook.hosts import file
from opsbook.hosts.guards import NAMED, Limits
from opsbook.sheets import catalog
from opsbook.state import Store, hidden


@dataclass(frozen=True)
class Reference:
    """The centre's own workbook: it is read and governs, and is not judged."""

    tabs: dict[str, Tab]
    catalog: Catalog  # with what it adds

    @classmethod
    def read(cls, path: Path) -> "Reference":
        """Read a reference workbook; an :class:`UnreadableFile` if it cannot be, a ValueError for faults in what of it governs."""
        loaded = load.book(file.grids(file.read(path), first=is_own, governs=governs), catalog(), own=True)
        found = cls(loaded.book.tabs, loaded.catalog)
        governing_tabs = {key: tab for key, tab in found.tabs.items() if tab.sheet.governs}
        workings = Workings(Book(governing_tabs, lists=found.catalog.lists), found.catalog, found.policy(), date.today())
        told = [f for f in loaded.faults if f.key in governing_tabs]
        wrong = check.findings(workings, told, select=lambda rule: rule in GOVERNED_BY or rule in UNREAD).errors
        said = [*(f"{f.sheet}!{f.cell} {f.message}" for f in wrong),
                *(f"{left.sheet}: {left.reason}" for left in loaded.left_out if left.severity is Severity.ERROR)]  # fmt: skip
        if said:
            more = f"; {len(said) - 3:,} more 其余 {len(said) - 3:,} 项" if len(said) > 3 else ""
            raise ValueError("; ".join(said[:3]) + more)
        return found

    def policy(self) -> Policy:
        """The policy that it states."""
        return governing.policy_of(self.tabs.get("policy"), self.catalog, date.today(), self.tabs.get("switches"))


#: The rules that tell what is wrong with the sheets that govern.
GOVERNED_BY = ("POL-001", "POL-002", "LST-001", "COL-001", "RUL-001", "RUL-002", "RUL-003", "RUL-004")


def is_own(name: str) -> bool:
    """Whether a tab says what a centre adds itself: lists, columns, rules, figures, tables."""
    return load.says_what_is_own(name, catalog())


def governs(name: str) -> bool:
    """Whether a tab is one by which the others are judged: Policy, and what a centre adds itself."""
    sheet = load.sheet_named(name, catalog())
    return sheet is not None and sheet.governs


@dataclass(frozen=True)
class Result:
    """What validating one workbook came to."""

    path: str
    sha256: str
    findings: Findings
    book: Book
    policy: Policy
    today: date
    workings: Workings = field(repr=False)
    loaded: load.Loaded = field(repr=False)
    data: bytes = field(repr=False)
    store: Store = field(repr=False)  # the ledger, else what the workbook keeps itself


def validate(path: Path, *, as_of: date | None = None, policy: Reference | None = None, reference: Reference | None = None,
             complete: bool = False, select: Callable[[str], bool] = lambda rule: True, progress: Callable[[str], None] | None = None,
             ledger: Store | None = None, submitter: str = "", trial: Mapping[str, str] | None = None, data: bytes | None = None,
             limits: Limits = NAMED, source: str = "", trusted: bool = False, others: Rows | None = None, password: str = "") -> Result:  # fmt: skip
    """Validate a workbook on disk, or the ``data`` that were read from it.

    ``as_of`` is the status date (else Policy ``org.status_date``, else today in Policy ``org.timezone``). With
    ``policy``, ``reference`` or a ``ledger`` the workbook's own Policy sheet does not govern, unless it is ``trusted``. With a ``ledger`` the workbook is
    compared with what its ``source`` (else its name) said when it was last accepted and with all other accepted workbooks, and is accepted if it is
    without errors that are not waived; else with the state that it keeps itself. ``limits`` guard what is read. ``submitter`` is who hands it in
    (an employee number); ``password`` opens a workbook that is protected by it; ``others`` are records of other workbooks that its own meet.
    ``trial`` gives policy keys other values, for this once: nothing is accepted then, and a ValueError says in both languages what cannot be.
    An :class:`UnreadableFile` is raised for a file that cannot be judged.
    """
    with without_collection():
        said = file.read(path, limits) if data is None else data
        grids = file.grids(file.unlocked(said, password, limits), limits=limits, first=is_own, governs=governs)
        return _judged(path, said, grids, as_of, policy, reference, complete, select, progress, ledger, submitter, trial or {}, source, trusted, others)


def judged(name: str, grids: Iterable[Grid], *, as_of: date | None = None, complete: bool = False, select: Callable[[str], bool] = lambda rule: True,
           progress: Callable[[str], None] | None = None) -> Result:  # fmt: skip
    """Validate a workbook that is open somewhere, as it stands there; its own sheets govern. As :func:`validate` else."""
    with without_collection():
        grids = sorted(grids, key=lambda grid: not is_own(grid.name))
        return _judged(Path(name), b"", grids, as_of, None, None, complete, select, progress, None, "", {})


@contextmanager
def without_collection() -> Iterator[None]:
    """Millions of cells are made and none is part of a cycle: collecting garbage among them only costs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _judged(path: Path, data: bytes, grids: Iterable[Grid], as_of: date | None, policy: Reference | None, reference: Reference | None, complete: bool,
               select: Callable[[str], bool], progress: Callable[[str], None] | None, ledger: Store | None,
               submitter: str, trial: Mapping[str, str], source: str = "", trusted: bool = False, others: Rows | None = None) -> Result:  # fmt: skip
    governing_book = policy or reference
    governed = bool(governing_book or (ledger and not trusted))
    loaded = load.book(grids, governing_book.catalog if governing_book else catalog(), file=str(path), own=not governed)
    book, in_use = loaded.book, loaded.catalog
    if not book.tabs and all(left.severity is Severity.NOTE for left in loaded.left_out):
        raise UnreadableFile("FIL-004", _no_register(loaded))
    own = book.tabs.get("policy")
    in_force = (governing_book.policy() if governing_book else
                governing.policy_of(None if governed else own, in_use, date.today(), None if governed else book.tabs.get("switches")))  # fmt: skip
    governing.tried(in_force, trial)
    if governed:  # what a submission says of itself, it may have written itself
        loaded.faults[:] = [f for f in loaded.faults if f.rule != "GEN-019"]
    if governed:  # nor does it govern itself
        loaded.faults[:] = [f for f in loaded.faults if not in_use.sheets[f.key].governs]
        for tab in [tab for tab in book.tabs.values() if tab.sheet.governs]:
            if tab is own:
                loaded.faults.extend(governing.differences(governing.policy_of(own, in_use, date.today()), in_force, own))
            elif not governing.same(tab, governing_book.tabs.get(tab.sheet.key) if governing_book else None, in_use):
                loaded.faults.append(Fault("POL-005", tab.sheet.key, tab.header_row, tab.first_column, values={"sheet": tab.sheet.tab}))
            book.tabs[tab.sheet.key] = replace(tab, cells={}, index=tab.index[:0])
    book.governed = governed
    in_force.today = as_of or governing.status_date(in_force, in_force.now.date())
    book.reference = dict(reference.tabs) if reference else {}
    loaded.faults.extend(persons.named(book))
    store = ledger or (hidden.Kept() if governed else _own_state(loaded))
    source = source or path.name
    former = store.former(source, submitter)
    workings = Workings(book, in_use, in_force, in_force.today, former)
    if ledger:
        asked = store.known(_absent(workings))
        others = {**(others or {}), **store.others(source, _sought(workings))}
        workings.former = replace(former, known={t: frozenset(values) for t, values in asked.items()})
    workings.former = replace(workings.former, others=others or {})
    found = check.findings(workings, loaded.faults, complete=complete, select=select, progress=progress)
    found = Findings.sorted([*found, *_not_read(loaded, in_use, select)], found.skipped)
    sha256 = hashlib.sha256(data).hexdigest()
    if ledger and not found.errors and not trial:
        ledger.accept(source, states(workings), sha256=sha256, submitter=submitter, as_of=in_force.today.isoformat(), identify=catalog().identities)
    return Result(str(path), sha256, found, book, in_force, in_force.today, workings, loaded, data, store)


def states(workings: Workings, only: Mapping[str, Collection[str]] | None = None) -> Rows:
    """What a book's own registers say, as a state to be kept; ``only`` some columns of some sheets."""
    keys = (key for key in workings.book.tabs if (key in only if only is not None else key != "lists"))
    return {key: state_of(workings.frame(key, key), None if only is None else only[key]) for key in keys}


def compared() -> dict[str, tuple[str, ...]]:
    """Sheet → all columns that are compared with other workbooks."""
    return {key: across.compared for key, across in catalog().across.items()}


def _sought(workings: Workings) -> dict[str, dict[str, list[str]]]:
    """What of a book's records to look for in others: sheet → name → values."""
    rows = states(workings, {key: names for key, names in compared().items() if key in workings.book.tabs})
    return catalog().sought((name, value) for _, name, value, _ in catalog().identities(rows))


def _absent(workings: Workings) -> set[str]:
    """The columns that references of the book name in sheets that are nowhere at hand."""
    refs = (column.ref for tab in workings.book.tabs.values() for column in tab.sheet.columns.values() if column.ref and column.name in tab.position)
    return {ref for ref in refs if not workings.has(ref.partition(".")[0])}


def states_of(path: Path) -> Rows:
    """What the registers of a workbook on disk say, as a state to be kept."""
    book = load.book(file.grids(file.read(path)), catalog()).book
    return states(Workings(book, catalog(), governing.policy_of(None, catalog(), date.today()), date.today()))


def _own_state(loaded: load.Loaded) -> Store:
    """The state that a workbook keeps itself; that it is missing or was edited is told at the first register."""
    what = Text("is missing", "缺失")
    try:
        if loaded.edited:
            raise Edited
        if loaded.state is not None or not loaded.refreshed:
            return hidden.Kept(loaded.state)
    except Edited:
        what = Text("was edited", "被修改过")
    if not loaded.book.tabs:
        return hidden.Kept()
    tab = min(loaded.book.tabs.values(), key=lambda t: t.place)
    loaded.faults.append(Fault("GEN-023", tab.sheet.key, tab.header_row, tab.first_column, values={"what": what}))
    return hidden.Kept()


def unreadable(path: Path, fault: UnreadableFile) -> Finding:
    """The FIL- finding of a file that could not be judged."""
    return about_file(path, fault.rule, {"reason": fault.reason})


def about_file(path: Path, id: str, said: Mapping[str, Text | str]) -> Finding:
    """A finding about a file as a whole."""
    rule = catalog().rules[id]
    return Finding(rule.id, rule.severity, "", "", 0, 0, "", "", "", rule.message.fill(said), rule.fix.fill(said), rule.clause, str(path))


def _not_read(loaded: load.Loaded, in_use: Catalog, select: Callable[[str], bool]) -> Iterator[Finding]:
    """A finding at each sheet that was not read: what was not read is never called clean."""
    rule = in_use.rules["FIL-007"]
    for left in loaded.left_out if select(rule.id) else ():
        said: dict[str, Text | str] = {"sheet": left.sheet, "reason": left.reason}
        yield Finding(rule.id, left.severity, "", left.sheet, 0, 0, "", "", "", rule.message.fill(said), rule.fix.fill(said), rule.clause, loaded.book.file, left.place)


def _no_register(loaded: load.Loaded) -> Text:
    if loaded.left_out:
        left = [left.sheet for left in loaded.left_out]
        return Text(f"No header was found within the first {load.HEADER_WITHIN} rows of {', '.join(left)}",
                    f"“{'、'.join(left)}”前 {load.HEADER_WITHIN} 行内未找到表头")  # fmt: skip
    registers = [s.tab for key, s in catalog().sheets.items() if key not in OWN]
    names, named = ", ".join(t.en for t in registers), "、".join(t.zh for t in registers)
    return Text(f"No sheet is a register: there is none named {names}", f"没有登记表：未见名为{named}的工作表")


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, '' for one that cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        return ""
