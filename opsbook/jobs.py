"""Jobs: one action on one workbook, with our sheets and any host."""

import gc
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.actions import check, governing, load, stubs, template
from opsbook.actions import guide as book_guide
from opsbook.actions.reader import Fault
from opsbook.clauses import CLAUSES
from opsbook.demo import AS_OF, centre, faults, faults_operations, operations
from opsbook.grammar import Book, Finding, Findings, Lang, Policy, Rule, Tab, Text
from opsbook.grammar.finding import letters
from opsbook.grammar.former import Rows
from opsbook.grammar.former import state as state_of
from opsbook.grammar.grid import UnreadableFile
from opsbook.grammar.page import HEADER_ROW, Page, PageColumn
from opsbook.grammar.workings import Workings
from opsbook.hosts import file, new_file
from opsbook.sheets import catalog
from opsbook.state import Store, hidden


@dataclass(frozen=True)
class Reference:
    """The centre's own workbook: it is read and governs, and is not judged."""

    tabs: dict[str, Tab]

    @classmethod
    def read(cls, path: Path) -> "Reference":
        """Read a reference workbook; an :class:`UnreadableFile` if it cannot be, a ValueError for faults in its Policy."""
        tabs = load.book(file.grids(file.read(path)), catalog()).book.tabs
        if tab := tabs.get("policy"):
            policy = governing.policy_of(tab, catalog(), date.today())
            workings = Workings(Book({"policy": tab}, lists=catalog().lists), catalog(), policy, policy.today)
            if wrong := check.findings(workings, select=("POL-001", "POL-002").__contains__).errors:
                raise ValueError("; ".join(f"{f.sheet}!{f.cell} {f.message}" for f in wrong[:3]))
        return cls(tabs)


@dataclass(frozen=True)
class Result:
    """What validating one workbook came to."""

    path: str
    sha256: str
    findings: Findings
    book: Book
    policy: Policy
    today: date


def validate(path: Path, *, as_of: date | None = None, policy: Reference | None = None, reference: Reference | None = None,
             complete: bool = False, select: Callable[[str], bool] = lambda rule: True, progress: Callable[[str], None] | None = None,
             ledger: Store | None = None, submitter: str = "") -> Result:  # fmt: skip
    """Validate a workbook on disk.

    ``as_of`` is the status date (else Policy ``org.status_date``, else today in Policy ``org.timezone``). With
    ``policy`` or ``reference`` the workbook's own Policy sheet does not govern. With a ``ledger`` the workbook is compared
    with what it said when it was last accepted and with all other accepted workbooks, and is accepted if it is without
    errors that are not waived; else with the state that it keeps itself. ``submitter`` is who hands it in (an employee
    number). An :class:`UnreadableFile` is raised for a file that cannot be judged.
    """
    with _no_collection():
        return _validated(path, as_of, policy, reference, complete, select, progress, ledger, submitter)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of cells are made and none is part of a cycle: collecting garbage among them only costs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _validated(path: Path, as_of: date | None, policy: Reference | None, reference: Reference | None, complete: bool,
               select: Callable[[str], bool], progress: Callable[[str], None] | None, ledger: Store | None,
               submitter: str) -> Result:  # fmt: skip
    data = file.read(path)
    loaded = load.book(file.grids(data), catalog(), file=str(path))
    book = loaded.book
    if not book.tabs or loaded.headless or loaded.doubled:  # a register that is there and not read must not pass for clean
        raise UnreadableFile("FIL-004", _no_register(loaded))
    governed = policy or reference
    own = book.tabs.get("policy")
    in_force = governing.policy_of(governed.tabs.get("policy") if governed else own, catalog(), date.today())
    if governed:  # what a submission says of itself, it may have written itself
        loaded.faults[:] = [f for f in loaded.faults if f.rule != "GEN-019"]
    if governed and own is not None:  # nor does it govern itself
        loaded.faults[:] = [f for f in loaded.faults if f.key != "policy"]
        loaded.faults.extend(governing.differences(governing.policy_of(own, catalog(), date.today()), in_force, own))
        book.tabs["policy"] = replace(own, cells={}, index=own.index[:0])
    book.governed = bool(governed)
    in_force.today = as_of or governing.status_date(in_force, datetime.now(ZoneInfo(in_force("org.timezone"))).date())
    book.reference = dict(reference.tabs) if reference else {}
    store = ledger or (hidden.Kept() if governed else _own_state(loaded))
    former = store.former(path.name, submitter)
    workings = Workings(book, catalog(), in_force, in_force.today, former)
    found = check.findings(workings, loaded.faults, complete=complete, select=select, progress=progress)
    sha256 = hashlib.sha256(data).hexdigest()
    if ledger and not found.errors:
        ledger.accept(path.name, states(workings), sha256=sha256, submitter=submitter, as_of=in_force.today.isoformat())
    return Result(str(path), sha256, found, book, in_force, in_force.today)


def states(workings: Workings) -> Rows:
    """What a book's own registers say, as a state to be kept."""
    return {key: state_of(workings.frame(key, key)) for key in workings.book.tabs}


def states_of(path: Path) -> Rows:
    """What the registers of a workbook on disk say, as a state to be kept."""
    book = load.book(file.grids(file.read(path)), catalog()).book
    return states(Workings(book, catalog(), governing.policy_of(None, catalog(), date.today()), date.today()))


def _own_state(loaded: load.Loaded) -> Store:
    """The state that a workbook keeps itself; that it is missing or was edited is told at the first register."""
    what = Text("is missing", "缺失")
    try:
        if loaded.state is not None or not loaded.refreshed:
            return hidden.Kept(loaded.state)
    except hidden.Edited:
        what = Text("was edited", "被修改过")
    tab = min(loaded.book.tabs.values(), key=lambda t: t.place)
    loaded.faults.append(Fault("GEN-023", tab.sheet.key, tab.header_row, tab.first_column, values={"what": what}))
    return hidden.Kept()


def unreadable(path: Path, fault: UnreadableFile) -> Finding:
    """The FIL- finding of a file that could not be judged."""
    rule = catalog().rules[fault.rule]
    said = {"reason": fault.reason}
    return Finding(rule.id, rule.severity, "", "", 0, 0, "", "", "", rule.message.fill(said), rule.fix.fill(said), rule.clause, str(path))


def _no_register(loaded: load.Loaded) -> Text:
    if loaded.headless:
        names = ", ".join(loaded.headless)
        return Text(f"No header was found within the first {load.HEADER_WITHIN} rows of {names}",
                    f"“{names}”前 {load.HEADER_WITHIN} 行内未找到表头")  # fmt: skip
    if loaded.doubled:
        one, other = loaded.doubled[0]
        return Text(f"The sheets {one} and {other} both hold rows of one register: put them together",
                    f"工作表“{one}”与“{other}”为同一登记表，请合并")  # fmt: skip
    names = ", ".join(s.tab.en for s in catalog().sheets.values())
    named = "、".join(s.tab.zh for s in catalog().sheets.values())
    return Text(f"No sheet is a register: there is none named {names}", f"没有登记表：未见名为{named}的工作表")


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, '' for one that cannot be read."""
    try:
        return hashlib.sha256(file.read(path)).hexdigest()
    except UnreadableFile:
        return ""


#: Sets of sheets by name; a set brings what its sheets refer to.
SETS = {"claims": ("expenses",), "core": ("projects", "changes", "budget", "expenses", "assets", "risks"), "centre": ()}


def new(path: Path, *, lang: Lang, sheets: str = "core", role: str = "clerk", department: str = "") -> None:
    """Draw a blank workbook; a ValueError in both languages for a sheet, role or department that does not exist."""
    if role not in template.OPEN_VIEWS:
        raise ValueError(f"there is no role {role}; choose {', '.join(template.OPEN_VIEWS)}. 没有该角色。")
    keys = _with_what_they_need(sheets)
    choice = template.Choice(lang, keys, role, _department(department))
    new_file.draw(template.pages(catalog(), choice, {"policy": policy_records(lang)}), path)


def _with_what_they_need(said: str) -> tuple[str, ...]:
    asked = SETS.get(said) if said in SETS else tuple(part.strip() for part in said.split(","))
    unknown = [key for key in asked or () if key not in catalog().sheets]
    if unknown:
        known = ", ".join([*SETS, *catalog().sheets])
        raise ValueError(f"there is no sheet {unknown[0]}; choose among {known}. 没有工作表 {unknown[0]}，可选 {known}。")
    needed, waiting = set[str](), list(asked or catalog().sheets)
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            if said in SETS:  # sheets named one by one come as they are named
                waiting += [c.ref.partition(".")[0] for c in catalog().sheets[key].columns.values() if c.ref]
    return tuple(key for key in catalog().sheets if key in needed or (key == "policy" and said in SETS))


def _department(said: str) -> str:
    labels = catalog().lists["dept"]
    spelled = {s.casefold(): code for code, t in labels.items() for s in (code, t.en, t.zh)}
    if said and said.casefold() not in spelled:
        raise ValueError(f"there is no department {said}; choose {', '.join(labels)}. 没有该部门。")
    return spelled.get(said.casefold(), "")


def guide(form: str, lang: Lang) -> str:
    """The rule book: ``md`` in one language, ``json`` in both."""
    if form == "json":
        return json.dumps(book_guide.as_data(catalog(), CLAUSES), ensure_ascii=False, indent=1)
    return book_guide.as_markdown(catalog(), CLAUSES, lang)


def nearest(name: str) -> str:
    """The rule or figure whose id is most like a name."""
    near = get_close_matches(name, [*catalog().rules, *(f.id for f in catalog().figures)], n=1)
    return near[0] if near else ""


def explain(name: str, lang: Lang) -> list[str]:
    """What a rule or figure asks, its clause, and an example from the demo; nothing for an unknown name."""
    if name in catalog().rules:
        return _explained_rule(catalog().rules[name], lang)
    lines: list[str] = []
    for f in (f for f in catalog().figures if f.id == name):
        sheet = catalog().sheets[f.sheet].tab[lang]
        lines += [f"{f.id}  {f.name}", f"  {sheet} · {f.column}", f"  {f.about[lang]}", f"  {_cited(f.clause, lang)}", f"  {f.source}", ""]
    return lines[:-1]


def _explained_rule(rule: Rule, lang: Lang) -> list[str]:
    sheet = catalog().sheets.get(rule.sheet)
    where = sheet.tab[lang] if sheet else Text("every register", "各登记表")[lang]
    column = sheet.columns[rule.column].header[lang] if sheet and rule.column in sheet.columns else rule.column
    scope = {"row": Text("judged row by row", "逐行判断"), "book": Text("judged over a workbook", "按工作簿判断"),
             "centre": Text("judged over the whole centre (--complete)", "按全中心判断（--complete）")}[rule.scope]  # fmt: skip
    lines = [
        f"{rule.id}  {rule.severity.text[lang]}  {where}{' · ' + column if column else ''}",
        f"  {rule.about[lang]}",
        f"  {Text('Says', '提示')[lang]}: {rule.message[lang]}",
        f"  {Text('Way out', '处理')[lang]}: {rule.fix[lang]}",
        f"  {_cited(rule.clause, lang)}",
        f"  {scope[lang]}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        workbook, _ = demo(Path(folder), lang)
        found = validate(workbook, complete=True, select=lambda r: r == rule.id).findings
    for f in found[:2]:
        lines.append(f"  {Text('Example', '示例')[lang]}: {f.sheet}!{f.cell} {f.record}: {f.message[lang]}")
    return lines


def _cited(clause: str, lang: Lang) -> str:
    return f"{clause} {CLAUSES[clause][lang]}"


def policy_records(lang: Lang = "zh", given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a fresh Policy sheet: every key with its shipped value, or the given one."""
    given = {"org.language": lang} | (given or {})
    rows = []
    for key in catalog().keys.values():
        about, unit = key.meaning[lang], key.unit[lang]
        sample = Text(" (sample: replace by your own)", "（示例，请按本单位规定修改）")[lang] if key.sample else ""
        value = given.get(key.name, key.default)
        rows.append({"policy_key": key.name, "value": float(value) if isinstance(value, int) else value, "unit": unit,
                     "applies_to": "*", "what_it_does": about + sample, "status": "√"})  # fmt: skip
    return rows


def demo(folder: Path, lang: Lang = "zh") -> tuple[Path, Path]:
    """Make the demo workbook and the list of its planted faults in a folder; return both paths.

    What stands there and is not the same is somebody's work: a FileExistsError names it, and nothing is written.
    """
    location = catalog().sheets["assets"].columns["location"]
    planted = faults.plant(operations.records(), twice=location.header.other(lang))
    faults_operations.plant(planted)
    rows = policy_records(lang, planted.policy)
    for row in rows:
        if row["policy_key"] in planted.policy:
            row |= {"changed_by": centre.DIRECTOR, "changed_on": date(2025, 12, 20)}
        if row["policy_key"] == "project.meeting_days":
            row["value"] = 45.0
    planted.records["policy"] = rows
    with tempfile.TemporaryDirectory() as beside:
        workbook = Path(beside) / "demo.xlsx"
        new_file.draw(_drawn(lang, planted), workbook)
        written, state = _work_out(workbook, planted.records)
        faults.type_over(planted)
        faults.alter(planted, state)
        kept = hidden.Kept()
        kept.accept(workbook.name, state, sha256="", submitter="", as_of=AS_OF.isoformat())
        drawn = [*_drawn(lang, planted), template.stored(lang, written), template.state(lang, kept.lines)]
        new_file.draw(drawn, workbook)
        made = {"demo.xlsx": workbook.read_bytes()}
    told = sorted((_address(p, drawn, planted) for p in planted.planted), key=lambda f: (f["rule"], f["sheet"], f["cell"]))
    made["demo_faults.json"] = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    for name, data in made.items():
        if (folder / name).exists() and (folder / name).read_bytes() != data:
            raise FileExistsError(folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        file.write(folder / name, data)
    return folder / "demo.xlsx", folder / "demo_faults.json"


def _drawn(lang: Lang, planted: faults.Demo) -> list[Page]:
    pages = template.pages(catalog(), template.Choice(lang, role="finance"), planted.records)
    return [_spoiled(page, planted) for page in pages]


def _work_out(workbook: Path, records: dict[str, list[dict[str, Any]]]) -> tuple[list[tuple[str, str, str, Any]], dict[str, Any]]:
    """Work the figures of a workbook out and put them into the records; say what was put where, and what the registers say."""
    result = validate(workbook)
    workings = Workings(result.book, catalog(), result.policy, result.today)
    written = []
    for key, sheet in catalog().sheets.items():
        frame = workings.frame(key, key)
        computed = [c for c in sheet.columns.values() if c.computed and f"{key}.{c.name}" in catalog().figure_at]
        for column in computed:
            for row, value in zip(records[key], frame.column(column.name), strict=True):
                if isinstance(value, (str, float)) and value == value:
                    row[column.name] = value
                    shown = column.kind.write(value, result.policy("org.language")) if isinstance(value, str) else value
                    written.append((key, str(row[sheet.id]), column.name, shown))
    return written, dict(states(workings))


def _spoiled(page: Page, planted: faults.Demo) -> Page:
    """The page without the columns that the demo drops, and with those that it adds."""
    key = page.table.removeprefix("t_")
    sheet = catalog().sheets.get(key)
    if sheet is None:
        return page
    names = list(sheet.columns)
    keep = [n for n, name in enumerate(names) if (key, name) not in planted.dropped]
    added = [PageColumn(name, "", style="plain") for k, name in planted.added if k == key]
    if len(keep) == len(names) and not added:
        return page
    rows = [[row[n] for n in keep] + [None] * len(added) for row in page.rows]
    columns = (*(replace(page.columns[n], highlights=(), validation=None) for n in keep), *added)
    return replace(page, columns=columns, rows=rows)


def _address(p: faults.Planted, drawn: list[Page], planted: faults.Demo) -> dict[str, str]:
    sheet = catalog().sheets[p.sheet]
    page = next(page for page in drawn if page.table == f"t_{p.sheet}")
    names = [n for n in sheet.columns if (p.sheet, n) not in planted.dropped] + [n for k, n in planted.added if k == p.sheet]
    ids = [row[sheet.id] for row in planted.records[p.sheet]]
    row = HEADER_ROW + 1 if p.record == faults.HEADER else HEADER_ROW + 2 + ids.index(p.record)
    cell = f"{letters(names.index(p.column) + 1)}{row}"
    return {"rule": p.rule, "sheet": page.name, "cell": cell, "record": p.record, "column": p.column}


if __name__ == "__main__":
    (Path(__file__).parent / "columns.pyi").write_text(stubs.text(catalog()), encoding="utf-8")
