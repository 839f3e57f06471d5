"""Refreshing: figures into the computed columns and the summary sheets rebuilt, in the user's own package, nothing else touched."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

import pandas as pd

from opsbook.actions import compute, listing, summarise, template
from opsbook.actions.blocks import NOTE, Told, head_of
from opsbook.actions.boards import boards as all_boards
from opsbook.actions.load import STATE, STORED
from opsbook.grammar import Findings, Lang, Text
from opsbook.grammar.board import Board
from opsbook.grammar.finding import column_number
from opsbook.grammar.grid import Grid
from opsbook.grammar.packed import Edited, packed
from opsbook.grammar.page import Page
from opsbook.grammar.workings import Workings
from opsbook.hosts import file, new_file
from opsbook.hosts.fill import fill
from opsbook.hosts.graft import OURS, Workbook, graft
from opsbook.hosts.package import Package
from opsbook.hosts.patch import marked, patchable
from opsbook.hosts.tables import grow
from opsbook.jobs.judging import Reference, Result, states, validate, without_collection
from opsbook.sheets import catalog
from opsbook.state import Store, hidden
from opsbook.summaries import ALL, FINDINGS, OVERVIEW


@dataclass(frozen=True)
class Refreshed:
    """What a refresh came to."""

    package: bytes = field(repr=False)
    result: Result
    boards: list[Board] = field(repr=False)
    filled: int = 0  # cells that were given another value
    formulas: int = 0  # cells of computed columns that hold a formula of the user's own, and were left alone
    failed: tuple[str, ...] = ()  # blocks that could not be worked out, with the reason

    @property
    def findings(self) -> Findings:
        """What validation found, before the refresh."""
        return self.result.findings


def refresh(path: Path, *, as_of: date | None = None, policy: Reference | None = None, reference: Reference | None = None, complete: bool = False,
            ledger: Store | None = None, submitter: str = "", now: datetime | None = None,
            progress: Callable[[str], None] | None = None) -> Refreshed:  # fmt: skip
    """The workbook with its figures worked out and its summary sheets rebuilt; the file itself is not written.

    Every part of the package that is not a computed cell or a generated sheet stays byte for byte. An
    :class:`opsbook.grammar.grid.UnreadableFile` says what cannot be read, or not be changed safely. ``now`` is the time that the sheets name.
    """
    with without_collection():
        data = file.read(path)
        package = patchable(data)
        book = Workbook(package)
        result = validate(path, as_of=as_of, policy=policy, reference=reference, complete=complete, progress=progress, ledger=ledger, submitter=submitter,
                          data=data, trusted=True)  # fmt: skip
        there = recognised(marked(data, book, [page.key for page in ALL]))
        drawn = worked_out(result, path.name, there, [s.name for s in book.sheets], chosen(book.globals, there), ledger=ledger, submitter=submitter, now=now)
        lang: Lang = result.policy("org.language")
        pages: list[Page | Board] = [*drawn.boards, *(template.kept(name, lines, lang) for name, lines in drawn.kept.items())]
        sheets = {key: sheet for key, sheet in book.marked().items() if key in there or key.startswith(OURS)}
        graft(package, Package(new_file.drawn(pages, book.since_1904)), [_key(page) for page in pages], sheets, first=[OVERVIEW.key])
        parts = {s.name: s.part for s in Workbook(package).sheets}
        done = [fill(package, parts[c[0].tab.name], _rows(c), {x.tab.column_no(x.column.name): x.column.kind.number_format for x in c}, book.since_1904)
                for c in compute.by_tab(drawn.columns)]  # fmt: skip
        for tab in result.book.parts:
            if len(tab) and tab.name in parts:
                grow(package, parts[tab.name], tab.header_row, int(tab.index.max()))
        return Refreshed(package.to_bytes(), result, drawn.boards, sum(d.changed for d in done), sum(d.formulas for d in done), drawn.failed)


@dataclass(frozen=True)
class Drawn:
    """What a refresh brings into a workbook, wherever that is open: boards, computed columns, and what is kept in very hidden sheets."""

    boards: list[Board]
    columns: list[compute.Computed]
    kept: dict[str, list[list[str]]]  # name of the sheet → its rows of one cell
    failed: tuple[str, ...]


def worked_out(result: Result, name: str, there: Mapping[str, Grid], sheets: Collection[str], chosen: str, *, ledger: Store | None = None,
               submitter: str = "", now: datetime | None = None, apart: bool = True) -> Drawn:  # fmt: skip
    """Everything that a refresh draws for a workbook of a name; ``there`` are the generated sheets that stand in it, among all its ``sheets``.

    What charts need stands ``apart`` on a hidden board, else beside them.
    """
    workings, found = result.workings, result.findings
    lang: Lang = workings.policy("org.language")
    kept = _kept(result)
    kept_in: Store = ledger or kept
    told = Told(lang, name, now or workings.policy.now, named(sheets, there, lang), notes(there.values()), history(kept_in, name), chosen, kept_in.log(name))
    columns = list(compute.computed(workings, found, lang))
    drawn, failed, figures = all_boards(workings, found, told, apart=apart)
    for store in (kept, *filter(None, [ledger])):
        store.remember(name, f"{result.today:%Y-%m}", figures)
    if not found.errors:
        kept.accept(name, states(workings), sha256=result.sha256, submitter=submitter, as_of=result.today.isoformat())
    return Drawn([*drawn, *_gone(there, drawn, workings, told)], columns, {STORED: packed(compute.stored(columns)), STATE: kept.lines}, tuple(failed))


def recognised(marked: Mapping[str, Grid]) -> dict[str, Grid]:
    """Those of the marked sheets that are generated ones. A mark alone does not tell: a sheet of somebody else's may have come under the
    name. One of ours bears its title in both languages, or that of a block."""
    titles = {said for block in catalog().blocks for said in _both(block.title)}
    pages = {page.key: _both(page.tab) for page in ALL}
    return {key: grid for key, grid in marked.items()
            if any(isinstance(v, str) and (v in titles or any(said.replace("  ", " ") in v.replace("  ", " ") for said in pages[key]))
                   for row in grid.rows for v in row)}  # fmt: skip


def _both(title: Text) -> tuple[str, str]:
    return f"{title.en}  {title.zh}", f"{title.zh}  {title.en}"


def _key(page: Page | Board) -> str:
    return page.key if isinstance(page, Board) and not page.hidden else page.name


def _kept(result: Result) -> hidden.Kept:
    """What the workbook keeps itself; a state that was edited is begun anew (validation has told it)."""
    try:
        return hidden.Kept(result.loaded.state)
    except Edited:
        return hidden.Kept()


def history(store: Store, source: str) -> pd.DataFrame:
    """The figures kept of a workbook: month × figure."""
    return pd.DataFrame.from_dict({month: dict(said) for month, said in store.figures(source).items()}, orient="index").sort_index()


def named(sheets: Collection[str], there: Mapping[str, Grid], lang: Lang) -> dict[str, str]:
    """The name of every generated sheet: the one it has, else its own; a sheet of somebody else's under that name keeps it."""
    taken = {name.casefold() for name in sheets}
    found = {}
    for page in ALL:
        tails = chain(["", " opsbook"], (f" opsbook {n}" for n in count(2)))
        free = (name for tail in tails if (name := page.tab[lang][: 31 - len(tail)] + tail).casefold() not in taken)
        found[page.key] = there[page.key].name if page.key in there else next(free)
    return found


def chosen(names: Iterable[tuple[str, tuple[str, str]]], there: Mapping[str, Grid]) -> str:
    """The project that somebody chose for the S-curve: what stands in the cell that is named so (or as ours is where the name was taken).

    ``names`` are defined names, each with the sheet and the address that it stands for.
    """
    grids = {grid.name: grid for grid in there.values()}
    for name, (sheet, address) in names:
        place = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", address)
        if place and sheet in grids and re.fullmatch(r"sel_project(_\d+)?", name):
            return str(grids[sheet].at(int(place[2]) - 1, column_number(place[1]) - 1))
    return ""


def _rows(columns: list[compute.Computed]) -> dict[int, dict[int, Any]]:
    rows: dict[int, dict[int, Any]] = {}
    for c in columns:
        at = c.tab.column_no(c.column.name)
        for row, value in compute.changed(c).items():
            rows.setdefault(row, {})[at] = value
    return rows


def notes(there: Iterable[Grid]) -> dict[str, dict[str, str]]:
    """What users wrote into the note columns of generated sheets: block → key → note. A block begins with its title, and ends at a blank key."""
    keys = {b.id: head_of(catalog(), b, b.key).header for b in catalog().blocks if b.key} | {listing.NOTED: listing.KEY}
    titles = {said: b.id for b in catalog().blocks for said in _both(b.title)} | dict.fromkeys(_both(FINDINGS.tab), listing.NOTED)
    found: dict[str, dict[str, dict[str, None]]] = {}  # two lines of one key may bear a note each
    for grid in there:
        block, by, at = "", None, None
        for row in grid.rows:
            begun = next((titles[v] for v in row if isinstance(v, str) and v in titles), "")
            if begun:
                block, by, at = begun, None, None
            elif by is None or at is None:
                if block in keys:
                    headers = [str(v).strip() for v in row]
                    by, at = (next((headers.index(said) for said in (text.en, text.zh) if said in headers), None) for text in (keys[block], NOTE))
            elif key := str(row[by]).removesuffix(" *"):
                note = f"{row[at]:.15g}" if isinstance(row[at], float) else str(row[at]).strip()
                if note and note not in (NOTE.en, NOTE.zh):  # the header stands there twice, in both languages
                    found.setdefault(block, {}).setdefault(key, {})[note] = None
            else:
                block = ""
    return {block: {key: " / ".join(said) for key, said in lines.items()} for block, lines in found.items()}


def _gone(there: Mapping[str, Grid], boards: list[Board], workings: Workings, told: Told) -> list[Board]:
    """Generated sheets that are there and have nothing to show any more: they say so instead of showing old figures."""
    drawn = {b.key for b in boards}
    empty = []
    for page in ALL:
        if page.key in there and page.key not in drawn:
            board = Board(page.key, told.name(page), told.lang)
            summarise.head(board, workings, page, told)
            nothing = Text("There is nothing to show: the registers that this sheet reads are not here.", "本表所读取的登记表不在工作簿中，暂无内容。")
            board.put(summarise.TOP, summarise.LEFT, nothing[told.lang], summarise.QUIET)
            empty.append(board)
    return empty


def put(refreshed: Refreshed, source: Path, out: Path | None = None, *, in_place: bool = False) -> tuple[Path, Path | None]:
    """Write a refreshed workbook whole or not at all: where it was asked for, else in place, else beside its source.

    What stands there already is kept beside it. The path written, and that of the copy, if one was made.
    """
    target = out or (source if in_place else source.with_name(f"{source.stem}_refreshed{source.suffix}"))
    backup = None
    if target.exists():
        number, before = 1, target.read_bytes()
        while target.with_name(f"{target.name}.{number}.bak").exists():
            number += 1
        backup = target.with_name(f"{target.name}.{number}.bak")
        file.write(backup, before)
    file.write(target, refreshed.package)
    return target, backup
