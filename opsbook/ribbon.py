"""Ribbon: the door from a button. Every function does one thing to the workbook whose button was pressed, and says in a sentence what came of it."""

import logging
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs
import xlwings as xw

from opsbook import __version__, jobs
from opsbook.grammar import Text
from opsbook.grammar.grid import UnreadableFile
from opsbook.hosts.excel import LiveBook, Refused
from opsbook.jobs import live
from opsbook.jobs.judging import without_collection

LOG = Path(platformdirs.user_log_dir("opsbook", appauthor=False)) / "opsbook.log"
_EVERY = 0.2  # seconds between two words in the status bar
_log = logging.getLogger("opsbook")


def validate(book: LiveBook) -> Text:
    """Judge the entries, mark what is wrong, list it, go to the first. 校验。"""
    return live.validate(book, _telling(book, Text("Validating", "正在校验")))


def refresh(book: LiveBook) -> Text:
    """Work the figures out and rebuild the summary sheets. 刷新汇总。"""
    return live.refresh(book, _telling(book, Text("Refreshing", "正在刷新")))


def next_finding(book: LiveBook) -> Text:
    """Go to the next finding. 下一问题。"""
    return live.next_finding(book)


def clear(book: LiveBook) -> Text:
    """Take colours and notes off. 清除标记。"""
    return live.clear(book)


def undo(book: LiveBook) -> Text:
    """Give everything back as it was before the last action. 撤销上次。"""
    return live.undo(book)


def new_rows(book: LiveBook) -> Text:
    """Add as many rows as are selected. 新增行。"""
    return live.new_rows(book)


def task_letter(book: LiveBook) -> Text:
    """The task letter of the selected project. 任务书。"""
    return live.document(book, "task-letter")


def acceptance_report(book: LiveBook) -> Text:
    """The report of the selected acceptance. 验收报告。"""
    return live.document(book, "acceptance-report")


def policy(book: LiveBook) -> Text:
    """Go to the policy sheet. 制度参数。"""
    return live.policy(book)


def change_from(book: LiveBook) -> Text:
    """Add a dated row for the selected policy value. 自某日起变更。"""
    return live.change_from(book)


def explain(book: LiveBook) -> Text:
    """Say in a note what the rules behind the findings of the selected cell ask. 解释此问题。"""
    return live.explain(book)


def guide(book: LiveBook) -> Text:
    """Open the rule book in the browser. 帮助。"""
    path = live.rule_book(book)
    webbrowser.open(path.as_uri())
    return Text(f"The rule book is open in the browser: {path}", f"规则手册已在浏览器中打开：{path}")


BUTTONS: dict[str, Callable[[LiveBook], Text]] = {
    f.__name__: f for f in (validate, refresh, next_finding, clear, undo, new_rows, task_letter, acceptance_report, policy, change_from, explain,
                           guide)
}  # fmt: skip


READ_ONLY = Text("the workbook is read-only, so nothing in it can be marked or filled: save a copy (File > Save As) and press the button there",
                 "工作簿为只读，无法标记或填写：请另存副本（文件 > 另存为）后在副本中操作")  # fmt: skip
_READING = {"next_finding", "task_letter", "acceptance_report", "policy", "guide"}  # what these do leaves the workbook as it is


def press(action: str, book: LiveBook, memory: Path | None = None) -> tuple[Text, bool]:
    """Do what a button says. The sentence that stands in the status bar afterwards, and whether all went well: nothing is ever raised.

    ``memory``: see :meth:`LiveBook.quiet`.
    """
    try:
        with without_collection(), book.quiet(memory):
            if book.read_only and action not in _READING:
                raise Refused(READ_ONLY)
            said, well = BUTTONS[action](book), True
    except Refused as fault:
        said, well = fault.said, False
    except UnreadableFile as fault:
        said, well = jobs.unreadable(Path(book.name), fault).message, False
    except (ValueError, LookupError) as fault:
        said, well = Text(str(fault), str(fault)), False
    except Exception as fault:  # whatever it is: the user's program goes on
        logger().exception("%s of %s", action, book.name)
        said, well = Text(f"{action} failed ({type(fault).__name__}); the reason stands in {LOG}", f"操作失败（{type(fault).__name__}），原因见 {LOG}"), False
    book.say(f"opsbook: {said}")
    logger().info("%s of %s: %s", action, book.name, said.en)
    return said, well


def wake(action: str, argv: Sequence[str], memory: Path) -> None:
    """After the process behind the buttons died at work: the workbook moves again, and its user is told."""
    try:
        book = calling_book(argv)
        book.wake(memory)
        book.say(f"opsbook: {CUT_OFF}")
    except Exception:  # the program went away, or its workbook: there is nobody to tell but the log
        logger().exception("%s %s", action, argv)
    logger().error("%s: %s", action, CUT_OFF.en)


CUT_OFF = Text("the run was cut off half way (its process was ended, often for want of memory). Press the button again",
               "操作中途被终止（进程被结束，多因内存不足），请再次点击按钮")  # fmt: skip


def _telling(book: LiveBook, what: Text) -> Callable[[str], None]:
    """Progress for the status bar, not more often than eyes can read."""
    told = [0.0]

    def tell(word: str) -> None:
        if time.monotonic() - told[0] > _EVERY:
            told[0] = time.monotonic()
            book.say(f"opsbook: {what} {word} …")

    return tell


def calling_book(argv: Sequence[str]) -> LiveBook:
    """The workbook whose button was pressed, by what its program handed over: ``--wb=`` and ``--hwnd=`` of xlwings' RunPython, or ``--uno=``
    (where LibreOffice listens) and ``--uid=`` (which of its documents); a LookupError in both languages if there is none."""
    said = dict(word.removeprefix("--").split("=", 1) for word in argv if word.startswith("--") and "=" in word)
    if "uno" in said:
        from opsbook.hosts import libreoffice

        engine = libreoffice.engine()
        app = next((app for app in engine.apps if app.impl.url == said["uno"]), None)
        impl = app.impl if app is not None else libreoffice.attached(said["uno"])
        books = [each for each in impl.books if said.get("uid") in (None, "", each.uid)]
        if not books:
            raise LookupError("the workbook is not open any more. 工作簿已关闭。")
        books[0].activate()  # what is said is said in its window
        return LiveBook(xw.Book(impl=books[0]))
    if "wb" not in said:
        raise LookupError("press the button in a workbook: there is none here. 请在工作簿中点击按钮。")
    sys.argv[1:] = list(argv)  # where xlwings looks
    return LiveBook(xw.Book.caller())


def about() -> str:
    """What does the work here: said by ``opsbook doctor --try``."""
    return f"opsbook {__version__}, xlwings {xw.__version__}, Python {sys.version.split()[0]} ({sys.executable})"


def logger() -> logging.Logger:
    """The log of what buttons did, where the system keeps logs; it never grows beyond two megabytes."""
    if not _log.handlers:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(LOG, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)
        _log.propagate = False
    return _log
