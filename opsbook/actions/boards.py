"""Boards: every generated sheet of a workbook, in order: the overview, the summaries, the findings, the log of changes."""

from opsbook.actions import chart, listing, overview, summarise
from opsbook.actions.blocks import Blocks, Told
from opsbook.actions.summarise import SCRATCH
from opsbook.grammar import Findings
from opsbook.grammar.board import Board
from opsbook.grammar.workings import Workings
from opsbook.summaries import AUDIT, FINDINGS, OVERVIEW


def boards(workings: Workings, findings: Findings, told: Told, *, apart: bool = True) -> tuple[list[Board], list[str], dict[str, float]]:
    """The boards of all summaries of which at least one block can be worked out, what failed, and the figures of the month to be kept.

    What charts need stands ``apart`` on a hidden board, else beside them.

    Rows with errors are left out where Policy ``org.exclude_errors`` says so; else they count and are marked.
    """
    scratch = chart.Scratch(Board("charts", SCRATCH, told.lang, hidden=True) if apart else None)
    tabs = workings.book.tabs
    faulty = {key: frozenset(tabs[key].number(f.tab, f.row) for f in findings.errors if f.key == key) for key in {f.key for f in findings.errors} & tabs.keys()}
    workings.findings, whole = findings, workings
    if workings.policy("org.exclude_errors") == "Y":
        workings, faulty = workings.without(faulty), {}
    blocks = Blocks(workings, told, faulty)
    drawn = [overview.board(blocks, findings, scratch, OVERVIEW)]
    for page in workings.catalog.summaries:
        if page != OVERVIEW and (tables := blocks.of(page)):
            drawn.append(summarise.board(workings, page, tables, told, scratch))
    drawn.append(listing.findings(whole, findings, told, FINDINGS, scratch))
    if told.log:
        drawn.append(listing.log(workings, told, AUDIT))
    return drawn + [b for b in [scratch.board] if b], blocks.failed, overview.figures(workings, findings)
