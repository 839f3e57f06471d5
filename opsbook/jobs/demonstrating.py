"""Demonstrating: a believable centre with planted faults."""

import json
import tempfile
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from opsbook.actions import compute, overview, template
from opsbook.actions.extending import of_records
from opsbook.actions.load import STATE, STORED, Stored
from opsbook.demo import AS_OF, centre, faults, faults_operations, operations, own
from opsbook.demo import second as another
from opsbook.grammar import Catalog, Findings, Lang
from opsbook.grammar.board import Board
from opsbook.grammar.finding import letters
from opsbook.grammar.packed import packed
from opsbook.grammar.page import HEADER_ROW, Page, PageColumn
from opsbook.grammar.workings import Workings
from opsbook.hosts import file, new_file
from opsbook.jobs.drawing import policy_records, switch_records
from opsbook.jobs.judging import states, validate
from opsbook.jobs.refreshing import refresh
from opsbook.sheets import catalog
from opsbook.state import hidden

MONTHS_KEPT = 8  # before the status month, with figures to compare with


def demo(folder: Path, lang: Lang = "zh", *, refreshed: bool = False) -> tuple[Path, Path]:
    """Make the demo workbook and the list of its planted faults in a folder; return both paths. With ``refreshed`` a copy with its
    summary sheets stands beside them (``demo_refreshed.xlsx``).

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
    planted.records |= {"policy": rows, "switches": switch_records(lang), **own.records()}
    with tempfile.TemporaryDirectory() as beside:
        workbook = Path(beside) / "demo.xlsx"
        new_file.draw(_drawn(lang, planted), workbook)
        written, state, past = _work_out(workbook, planted.records, lang)
        faults.type_over(planted)
        faults.alter(planted, state)
        kept = hidden.Kept()
        kept.accept(workbook.name, state, sha256="", submitter="", as_of=AS_OF.isoformat())
        for month, figures in past.items():
            kept.remember(workbook.name, month, figures)
        drawn = [*_drawn(lang, planted), template.kept(STORED, packed(written), lang), template.kept(STATE, kept.lines, lang)]
        new_file.draw(drawn, workbook)
        made = {"demo.xlsx": workbook.read_bytes()}
        if refreshed:
            evening = datetime.combine(AS_OF, time(18))
            made["demo_refreshed.xlsx"] = refresh(workbook, complete=True, now=evening).package
    told = sorted((_address(p, drawn, planted) for p in planted.planted), key=lambda f: (f["rule"], f["sheet"], f["cell"]))
    made["demo_faults.json"] = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
    for name, data in made.items():
        if (folder / name).exists() and (folder / name).read_bytes() != data:
            raise FileExistsError(folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        file.write(folder / name, data)
    return folder / "demo.xlsx", folder / "demo_faults.json"


def second(path: Path, lang: Lang = "en") -> Path:
    """Make the workbook of a second centre, refreshed: other departments, limits, columns, rules, figures and tables. The path."""
    departments = {key: [c.name for c in sheet.columns.values() if c.kind.name == "dept"] for key, sheet in catalog().sheets.items()}
    registers = another.records(operations.records(), departments)
    policy = [row | ({"changed_by": another.DIRECTOR, "changed_on": date(2025, 12, 20)} if row["policy_key"] in another.POLICY else {})
              for row in policy_records(lang, another.POLICY)]  # fmt: skip
    switches = [row | next((s for s in another.OWN["switches"] if s["rule_id"] == row["rule_id"]), {}) | {"what_it_asks": row["what_it_asks"]}
                for row in switch_records(lang)]  # fmt: skip
    rows = {**registers, **another.OWN, "policy": policy, "switches": switches, "lists": another.lists(catalog().lists)}
    in_use = of_records(rows, catalog())
    keys = (*registers, *(key for key, sheet in catalog().sheets.items() if sheet.governs))
    with tempfile.TemporaryDirectory() as beside:
        plain = Path(beside) / path.name
        new_file.draw(template.pages(in_use, template.Choice(lang, keys, role="finance"), rows), plain)
        file.write(path, refresh(plain, complete=True, now=datetime.combine(AS_OF, time(18))).package)
    return path


def _drawn(lang: Lang, planted: faults.Demo) -> list[Page | Board]:
    in_use = of_records(planted.records, catalog())
    pages = template.pages(in_use, template.Choice(lang, role="finance"), planted.records)
    return [_spoiled(page, planted, in_use) for page in pages]


def _work_out(workbook: Path, records: dict[str, list[dict[str, Any]]], lang: Lang) -> tuple[Stored, dict[str, Any], dict[str, dict[str, float]]]:
    """Work the figures of a workbook out and put them into the records; what was put there, what the registers say, and what the
    summaries of the months before would have said."""
    result = validate(workbook)
    columns = [c for c in compute.computed(result.workings, result.findings, lang) if c.column.name != compute.FLAG]
    for c in columns:
        for row, value in zip(records.get(c.tab.sheet.key, ()), c.values, strict=True):
            row[c.column.name] = value
    past = {}
    for back in range(MONTHS_KEPT, 0, -1):
        end = (pd.Timestamp(AS_OF).to_period("M") - back).end_time.date()
        then = Workings(result.book, catalog(), replace(result.policy, today=end), end)
        past[f"{end:%Y-%m}"] = overview.figures(then, Findings())
    return compute.stored(columns), dict(states(result.workings)), past


def _spoiled(page: Page | Board, planted: faults.Demo, in_use: Catalog) -> Page | Board:
    """The page without the columns that the demo drops, and with those that it adds."""
    if isinstance(page, Board):
        return page
    key = page.table.removeprefix("t_")
    sheet = in_use.sheets.get(key)
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


def _address(p: faults.Planted, drawn: list[Page | Board], planted: faults.Demo) -> dict[str, str]:
    sheet = of_records(planted.records, catalog()).sheets[p.sheet]
    page = next(page for page in drawn if isinstance(page, Page) and page.table == f"t_{p.sheet}")
    names = [n for n in sheet.columns if (p.sheet, n) not in planted.dropped] + [n for k, n in planted.added if k == p.sheet]
    ids = [row[sheet.id] for row in planted.records[p.sheet]]
    row = HEADER_ROW + 1 if p.record == faults.HEADER else HEADER_ROW + 2 + ids.index(p.record)
    cell = f"{letters(names.index(p.column) + 1)}{row}"
    return {"rule": p.rule, "sheet": page.name, "cell": cell, "record": p.record, "column": p.column}
