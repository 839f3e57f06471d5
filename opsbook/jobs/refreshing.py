"""Refreshing: figures into the computed columns and the summary sheets rebuilt, in the user's own package, nothing else touched."""

import re
from collections.abc import Callable, Iterable, Mapping
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
from opsbook.grammar.board import TABLE, Board
from opsbook.grammar.packed import Edited, packed
from opsbook.grammar.page import Page
from opsbook.grammar.workings import Workings
from opsbook.hosts import file, new_file
from opsbook.hosts.fill import fill
from opsbook.hosts.graft import Workbook, graft
from opsbook.hosts.package import Package
from opsbook.hosts.patch import Standing, named_cell, patchable, standing
from opsbook.jobs.judging import Reference, Result, states, validate, without_collection
from opsbook.sheets import catalog
from opsbook.state import Store, hidden
from opsbook.summaries import ALL, OVERVIEW


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
                          data=data)  # fmt: skip
        workings, found = result.workings, result.findings
        lang: Lang = workings.policy("org.language")
        there = standing(data, book, {page.key: page.tab for page in ALL})
        kept = _kept(result)
        kept_in: Store = ledger or kept
        told = Told(lang, path.name, now or workings.policy.now, _named(book, there, lang), _notes(there.values()), history(kept_in, path.name),
                    named_cell(book, there.values(), "sel_project"), kept_in.log(path.name))  # fmt: skip
        columns = list(compute.computed(workings, found, lang))
        boards, failed, figures = all_boards(workings, found, told)
        month = f"{result.today:%Y-%m}"
        for store in (kept, *filter(None, [ledger])):
            store.remember(path.name, month, figures)
        if not found.errors:
            kept.accept(path.name, states(workings), sha256=result.sha256, submitter=submitter, as_of=result.today.isoformat())
        pages: list[Page | Board] = [*boards, *_gone(there, boards, workings, told)]
        pages += [template.kept(STORED, packed(compute.stored(columns)), lang), template.kept(STATE, kept.lines, lang)]
        graft(package, Package(new_file.drawn(pages, book.since_1904)), [_key(page) for page in pages], {key: s.sheet for key, s in there.items()},
              first=[OVERVIEW.key])  # fmt: skip
        parts = {s.name: s.part for s in Workbook(package).sheets}
        done = [fill(package, parts[c[0].tab.name], _rows(c), {x.tab.column_no(x.column.name): x.column.kind.number_format for x in c}, book.since_1904)
                for c in _by_tab(columns)]  # fmt: skip
        return Refreshed(package.to_bytes(), result, boards, sum(d.changed for d in done), sum(d.formulas for d in done), tuple(failed))


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


def _named(book: Workbook, there: Mapping[str, Standing], lang: Lang) -> dict[str, str]:
    """The name of every generated sheet: the one it has, else its own; a sheet of somebody else's under that name keeps it."""
    taken = {s.name.casefold() for s in book.sheets}
    found = {}
    for page in ALL:
        tails = chain(["", " opsbook"], (f" opsbook {n}" for n in count(2)))
        free = (name for tail in tails if (name := page.tab[lang][: 31 - len(tail)] + tail).casefold() not in taken)
        found[page.key] = there[page.key].sheet.name if page.key in there else next(free)
    return found


def _by_tab(columns: list[compute.Computed]) -> list[list[compute.Computed]]:
    found: dict[str, list[compute.Computed]] = {}
    for c in columns:
        found.setdefault(c.tab.name, []).append(c)
    return list(found.values())


def _rows(columns: list[compute.Computed]) -> dict[int, dict[int, Any]]:
    rows: dict[int, dict[int, Any]] = {}
    for c in columns:
        at = c.tab.column_no(c.column.name)
        for row, value in compute.changed(c).items():
            rows.setdefault(row, {})[at] = value
    return rows


def _notes(there: Iterable[Standing]) -> dict[str, dict[str, str]]:
    """What users wrote into the note columns of generated sheets: block → key → note."""
    keys = {b.id: head_of(catalog(), b, b.key).header for b in catalog().blocks if b.key} | {listing.NOTED: listing.KEY}
    found: dict[str, dict[str, str]] = {}
    for table in (table for sheet in there for table in sheet.tables):
        id_ = re.sub(r"\.\d+$", "", table.name.removeprefix(TABLE))
        headers = [str(h).strip() for h in table.headers]
        places = [next((headers.index(said) for said in (text.en, text.zh) if said in headers), None) for text in (keys.get(id_, listing.KEY), NOTE)]
        by, at = places
        if id_ in keys and by is not None and at is not None:
            notes: dict[str, dict[str, None]] = {}  # two lines of one key may bear a note each
            for row in table.rows:
                key, note = str(row[by]).removesuffix(" *"), f"{row[at]:.15g}" if isinstance(row[at], float) else str(row[at]).strip()
                if key and note:
                    notes.setdefault(key, {})[note] = None
            found[id_] = {key: " / ".join(said) for key, said in notes.items()}
    return {id_: notes for id_, notes in found.items() if notes}


def _gone(there: Mapping[str, Standing], boards: list[Board], workings: Workings, told: Told) -> list[Board]:
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
        number, before = 1, file.read(target)
        while target.with_name(f"{target.name}.{number}.bak").exists():
            number += 1
        backup = target.with_name(f"{target.name}.{number}.bak")
        file.write(backup, before)
    file.write(target, refreshed.package)
    return target, backup
