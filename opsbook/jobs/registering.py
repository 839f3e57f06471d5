"""Registering: what was handed in, held against who owes what: the submission register 报送台账."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Protocol

from opsbook.actions import check, governing, load
from opsbook.actions.summarise import HEADER, LEFT, LINE, QUIET, TITLE, TOP
from opsbook.grammar import Lang, Text
from opsbook.grammar.board import TABLE, Board, Colour, Grid, Look
from opsbook.grammar.workings import Workings
from opsbook.hosts import file
from opsbook.lists import Dept
from opsbook.sheets import roster_catalog as catalog
from opsbook.sheets.roster import lines, within

State = Literal["missing", "returned", "accepted"]
STATES: dict[State, Text] = {"missing": Text("not sent", "未报送"), "returned": Text("returned", "已退回"), "accepted": Text("accepted", "已接收")}
_TONES: dict[State, Colour] = {"missing": "red", "returned": "amber", "accepted": "green"}


class Submitted(Protocol):
    """A version of a workbook that was handed in."""

    @property
    def source(self) -> str:
        """Its name."""

    @property
    def version(self) -> int:
        """Which of its contents."""

    @property
    def as_of(self) -> str:
        """Its status date."""

    @property
    def accepted(self) -> bool:
        """Whether it was accepted."""

    @property
    def errors(self) -> int:
        """How many errors it had."""


@dataclass(frozen=True)
class Owed:
    """A line of the roster, and what came of it. ``late`` counts days after the due day: until it was accepted, else until today."""

    workbook: str
    period: str
    department: str
    person: str
    email: str
    due_on: str
    state: State
    source: str = ""
    version: int = 0
    received_on: str = ""
    errors: int = 0
    late: int = 0


def owed(path: Path, submissions: Iterable[tuple[Submitted, str]], today: date, period: str = "") -> list[Owed]:
    """Every line of a roster (of one ``period``, if it is named), in order. ``submissions`` are the versions handed in, oldest first, each with
    the day it came.

    A version belongs to a line whose pattern its name has, if the name bears the period or the version's status date lies in it. An
    UnreadableFile says that there is no roster, a ValueError what is wrong with it.
    """
    tabs = load.book(file.grids(file.read(path)), catalog())
    tab = tabs.book.tabs.get("roster")
    if tab is None:
        raise ValueError(Text(f"{path} has no sheet Roster; make one with opsbook new FILE --sheets roster",
                              f"{path} 中没有报送名册，可用 opsbook new FILE --sheets roster 生成"))  # fmt: skip
    workings = Workings(tabs.book, catalog(), governing.policy_of(None, catalog(), today), today)
    if wrong := check.findings(workings, tabs.faults).errors:
        raise ValueError(Text("; ".join(f"{f.sheet}!{f.cell} {f.message.en}" for f in wrong[:3]), "；".join(f"{f.sheet}!{f.cell} {f.message.zh}" for f in wrong[:3])))
    handed_in, found = list(submissions), []
    listed = lines(workings.frame("roster", "roster")).to_dict("records")
    if not listed or (period and period not in {line["period"] for line in listed}):
        which = Text(f" for {period}", f" {period} 期") if period else Text("", "")
        raise ValueError(Text(f"{path} lists nothing{which.en}", f"{path} 中没有{which.zh}应报送的工作簿"))
    for line in listed:
        if not period or line["period"] == period:
            mine = [(s, on) for s, on in handed_in if _meant(line, s)]
            found.append(_came_to(line, mine, today))
    return found


def _meant(line: dict[str, Any], s: Submitted) -> bool:
    pattern, period = line["workbook"], line["period"]
    name = s.source if "/" in pattern else PurePosixPath(s.source).name
    return fnmatchcase(name.casefold(), pattern.casefold()) and (period in s.source or within(period, s.as_of))


def _came_to(line: dict[str, Any], mine: Sequence[tuple[Submitted, str]], today: date) -> Owed:
    taken = [(s, on) for s, on in mine if s.accepted]
    last = (taken[-1][0], taken[0][1]) if taken else mine[-1] if mine else None  # on time is what was accepted first, in force what came last
    until = date.fromisoformat(taken[0][1]) if taken else today
    late = (until - date.fromisoformat(line["due_on"])).days
    said: dict[str, Any] = {name: str(line[name]) for name in ("workbook", "period", "department", "person", "email", "due_on")}
    state: State = "accepted" if taken else "returned" if last else "missing"
    if last is None:
        return Owed(**said, state=state, late=max(late, 0))
    s, on = last
    return Owed(**said, state=state, source=s.source, version=s.version, received_on=on, errors=s.errors, late=max(late, 0))


def reminder(line: Owed, lang: Lang) -> str:
    """What to write to somebody whose workbook is missing or was returned; '' where it was accepted."""
    overdue = Text(f", {line.late} days ago" if line.late else "", f"，已逾期 {line.late} 天" if line.late else "")
    match line.state:
        case "accepted":
            return ""
        case "missing":
            return Text(f"Dear {line.person}, the workbook {line.workbook} for {line.period} was due on {line.due_on}{overdue.en}, and has not come yet. "
                        "Please hand it in.",
                        f"{line.person}：您好！{line.period} 期《{line.workbook}》应于 {line.due_on} 前报送{overdue.zh}，至今尚未收到，请尽快报送。")[lang]  # fmt: skip
        case _:
            return Text(f"Dear {line.person}, version {line.version} of {line.workbook} for {line.period} came on {line.received_on} with {line.errors} errors "
                        f"and was returned; it was due on {line.due_on}{overdue.en}. Please correct the marked cells and hand it in again.",
                        f"{line.person}：您好！{line.period} 期《{line.workbook}》第 {line.version} 版（{line.received_on} 收到）有 {line.errors} 处错误，已退回；"
                        f"应于 {line.due_on} 前报送{overdue.zh}，请更正标注的单元格后重新报送。")[lang]  # fmt: skip


_HEADS = ((Text("State", "状态"), 100), (Text("Workbook", "工作簿"), 230), (Text("Period", "期间"), 80), (Text("Department", "部门"), 150),
          (Text("Person", "报送人"), 100), (Text("Due On", "截止日期"), 90), (Text("Received On", "收到日期"), 90),
          (Text("Version", "版本"), 60), (Text("Errors", "错误数"), 66),
          (Text("Days Late", "逾期天数"), 76), (Text("Reminder", "催报文字"), 460))  # fmt: skip


def register(found: Sequence[Owed], lang: Lang, today: date) -> Board:
    """The submission register as a sheet."""
    title = Text("Submission Register", "报送台账")
    board = Board("register", title[lang], lang, frozen=(TOP + 1, 0), again=TOP)
    board.heights |= {0: 8, 1: 30, 2: 20, TOP: LINE + 4}
    board.widths = {0: 14} | {LEFT + n: width for n, (_, width) in enumerate(_HEADS)}
    board.put(1, LEFT, f"{title[lang]}  {title.other(lang)}", TITLE)
    counts = {state: sum(line.state == state for line in found) for state in STATES}
    said = Text(f"As of {today}: {len(found)} owed, " + ", ".join(f"{n} {STATES[s].en}" for s, n in counts.items()),
                f"统计日期 {today}：应报 {len(found)} 份，" + "，".join(f"{STATES[s].zh} {n}" for s, n in counts.items()))  # fmt: skip
    board.put(2, LEFT, said[lang], Look(bold=True, colour="red" if counts["missing"] + counts["returned"] else "green"))
    for n, (head, _) in enumerate(_HEADS):
        board.put(TOP, LEFT + n, head[lang], HEADER)
    board.grids.append(Grid(TABLE + "register", TOP, LEFT, [head[lang] for head, _ in _HEADS], max(len(found), 1)))
    cell = Look(line="dotted", indent=1)
    labels = Dept.labels()
    for row, line in enumerate(found, TOP + 1):
        department = labels[line.department][lang] if line.department in labels else line.department
        values = [f"{ {'missing': '◆', 'returned': '▲', 'accepted': '√'}[line.state]} {STATES[line.state][lang]}", line.workbook, line.period, department,
                  line.person, line.due_on, line.received_on, line.version or None, line.errors if line.version else None, line.late or None,
                  reminder(line, lang)]  # fmt: skip
        for n, value in enumerate(values):
            look = Look(bold=True, colour=_TONES[line.state], line="dotted") if n == 0 else Look(line="dotted", indent=1, wrap=True) if n in (1, 10) else cell
            board.put(row, LEFT + n, value or None, look)
        board.heights[row] = LINE if line.state == "accepted" else 52
    if not found:
        board.put(TOP + 1, LEFT, Text("Nothing is owed.", "没有应报送的工作簿。")[lang], QUIET)
    return board
