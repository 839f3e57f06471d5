"""What a user sees: LibreOffice in a window on a virtual screen, the extension installed by the command, its buttons pressed through VBA.

Python lies under a path with blanks, as C:\\Program Files does.
"""

import json
import os
import signal
import site
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import xlwings as xw
from conftest import demo_in, require, waited

import opsbook
from opsbook.addin import build, texts
from opsbook.addin.install import office_pipe, office_python
from opsbook.hosts.libreoffice import bridge

pytestmark = pytest.mark.long

BAR = f"private:resource/toolbar/addon_{build.BAR}"
RED, AMBER = (0xFB, 0xE3, 0xE0), (0xFD, 0xF1, 0xD8)


@dataclass
class Desk:
    """A screen, the program on it, and where it writes."""

    app: Any
    env: dict[str, str]
    folder: Path

    def screen(self) -> np.ndarray:
        """The screen as rows of pixels: red, green, blue."""
        import mss

        with mss.MSS(display=self.env["DISPLAY"]) as camera:
            shot = camera.grab(camera.monitors[0])
        return np.frombuffer(shot.rgb, dtype=np.uint8).reshape(shot.height, shot.width, 3)

    def pixels(self, colour: tuple[int, int, int]) -> int:
        return int((self.screen() == np.array(colour, dtype=np.uint8)).all(axis=2).sum())

    def keys(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.env, check=True)

    def log(self) -> list[str]:
        path = next((self.folder / "state").glob("opsbook/**/opsbook.log"), None)
        return path.read_text("utf-8").splitlines() if path else []

    def press(self, sub: str) -> None:
        """Press a button and do not wait for what comes of it."""
        self.app.run(sub, [])

    def pressed(self, sub: str, seconds: float = 90) -> str:
        """Press a button; its line in the log."""
        lines = len(self.log())
        self.press(sub)
        return waited(lambda: self.log()[lines:], seconds)[-1]

    def warm(self) -> list[dict[str, Any]]:
        return [json.loads(p.read_text()) for p in (self.folder / "run").glob("opsbook*/*.json")]


def python_with_blanks(folder: Path) -> Path:
    """A Python in a folder with blanks, with all that this one has."""
    home = folder / "Program Files" / "ops 环境"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    packages = next(home.glob("lib/python*/site-packages"))
    (packages / "these.pth").write_text("\n".join([str(Path(opsbook.__file__).parents[1]), *site.getsitepackages()]), "utf-8")
    return home / "bin/python"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    for program in ("soffice", "Xvfb", "xdotool"):
        require(program)
    from opsbook.hosts import libreoffice

    folder = tmp_path_factory.mktemp("desk")
    profile = folder / "my profile"
    python = python_with_blanks(folder)
    done = subprocess.run([python, "-m", "opsbook", "addin", "install", "--profile", str(profile)], capture_output=True, text=True, timeout=120)
    if "python3-uno" in done.stderr:
        require("python3-uno", done.stderr)
    assert done.returncode == 0, done.stderr
    assert office_python(profile) == str(python)
    (folder / "run").mkdir(mode=0o700)
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1400x900x24"], pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as said:
        display = f":{said.readline().strip()}"
    env = os.environ | {"DISPLAY": display, "XDG_RUNTIME_DIR": str(folder / "run"), "XDG_STATE_HOME": str(folder / "state")}
    command = ["soffice", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation={profile.as_uri()}"]
    program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, start_new_session=True)
    try:
        libreoffice.engine()
        yield Desk(libreoffice.attached(office_pipe(profile), 60), env, folder)
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        screen.terminate()
        screen.wait()


@pytest.fixture(scope="module")
def demo(desk):
    return demo_in(desk.folder / "demo")[0]


@pytest.fixture
def other(desk):
    """A workbook of somebody else, open beside ours."""
    book = desk.app.books.add()
    xw.Book(impl=book).sheets[0]["A1"].formula = "=RAND()"
    book.doc.setModified(False)
    yield book
    book.close()


@pytest.fixture
def book(desk, demo):
    made = desk.app.books.open(str(demo))
    made.activate()
    yield made
    if made in list(desk.app.books):
        made.close()


def untouched(book) -> bool:
    """Whether a workbook is as it was: its window follows it, it calculates, nothing in it was worked out anew."""
    return book.screen_updating and book.calculation == "automatic" and not book.doc.isModified()


def cell(book, sheet, address):
    return xw.Book(impl=book).sheets[sheet][address]


def names(book):
    return [sheet.name for sheet in book.sheets]


# ------------------------------------------------------------------------------------------------ pressed


def test_every_button_reaches_the_workbook_through_vba_and_the_warm_process_ends_with_it(desk, book):
    """Pressed as the menu presses it: Sub of opsbook.bas → RunPython → a process beside the program → the workbook that is open."""
    order = ["OpsValidate", "OpsNextFinding", "OpsExplain", "OpsClear", "OpsRefresh", "OpsUndo", "OpsPolicy", "OpsChangeFrom", "OpsNewRows", "OpsTaskLetter",
             "OpsAcceptanceReport"]  # fmt: skip
    seen = {}
    for sub in order:
        if sub == "OpsChangeFrom":
            book.sheets("制度参数").range("A10").select()
        if sub in ("OpsNewRows", "OpsTaskLetter"):
            book.sheets("项目").range("A6").select()
        if sub == "OpsAcceptanceReport":
            book.sheets("项目验收").range("A6").select()
        book.activate()
        seen[sub] = desk.pressed(sub)
        assert " INFO " in seen[sub], desk.log()
        if sub == "OpsValidate":
            assert {"校验结果", "_opsbook_marks"} <= set(names(book))
        if sub == "OpsRefresh":
            assert "总览" in names(book)
            assert len(list(book.sheets("总览").charts)) > 8
    assert set(order) | {"OpsHelp"} == set(texts.buttons())
    assert "2/" in seen["OpsNextFinding"]
    assert "undone" in seen["OpsUndo"]
    assert "项目任务书" in seen["OpsTaskLetter"] or "Task Letter" in seen["OpsTaskLetter"]
    (met,) = desk.warm()
    place = next((desk.folder / "run").glob("opsbook*/*.json"))
    assert place.stat().st_mode & 0o077 == 0
    assert place.parent.stat().st_mode & 0o077 == 0
    for each in list(desk.app.books):
        each.close()
    waited(lambda: not desk.warm(), 20)
    waited(lambda: not psutil.pid_exists(met["pid"]) or psutil.Process(met["pid"]).status() == psutil.STATUS_ZOMBIE, 20)


def test_the_tool_bar_is_docked_and_bears_its_name(desk, book):
    layout = book.doc.CurrentController.Frame.LayoutManager
    assert layout.isElementVisible(BAR)
    assert layout.isElementDocked(BAR)
    assert not layout.isElementFloating(BAR)
    states = desk.app.service("configuration.ConfigurationProvider").createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", (bridge.value("nodepath", "/org.openoffice.Office.UI.CalcWindowState/UIElements/States"),))  # fmt: skip
    assert states.getByName(BAR).getPropertyValue("UIName") in ("OpsBook", "运营台账")


def test_colours_are_on_the_screen_at_once_and_go_with_the_marks(desk, book):
    waited(lambda: desk.screen().mean() > 100)  # the window is drawn
    assert (desk.pixels(RED), desk.pixels(AMBER)) == (0, 0)
    desk.pressed("OpsValidate")
    desk.pressed("OpsNextFinding")  # the cursor covers the first
    waited(lambda: desk.pixels(RED) > 500, 10)
    desk.pressed("OpsClear")
    waited(lambda: desk.pixels(RED) == 0, 10)


def test_what_is_being_typed_is_taken_in_first(desk, book):
    typed = cell(book, "费用报销", "H8")
    typed.sheet.activate()
    typed.select()
    window = waited(lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "demo"], env=desk.env, capture_output=True, text=True).stdout.split())[0]
    desk.keys("windowfocus", window)
    before = typed.value
    desk.keys("type", "--delay", "20", "half typed")
    time.sleep(1)
    assert typed.value == before  # it stands in no cell yet
    desk.pressed("OpsValidate")
    assert typed.value == "half typed"


# ------------------------------------------------------------------------------------- others, and bad days


def test_every_other_workbook_is_untouched_while_a_run_goes_on_and_after_it(desk, book, other):
    book.activate()
    value = cell(other, 0, "A1").value
    lines = len(desk.log())
    desk.press("OpsRefresh")
    waited(lambda: not book.screen_updating)
    seen = []
    while len(desk.log()) == lines:
        seen.append(untouched(other) and cell(other, 0, "A1").value == value)
        time.sleep(0.1)
    assert len(seen) > 5
    assert all(seen)
    assert untouched(other)
    assert (book.screen_updating, book.calculation) == (True, "automatic")


def test_a_process_killed_at_work_leaves_nothing_frozen_and_its_click_is_not_done_again(desk, book, other):
    book.activate()
    desk.pressed("OpsPolicy")
    (met,) = desk.warm()
    before = names(book)
    lines = len(desk.log())
    desk.press("OpsRefresh")
    waited(lambda: book.calculation == "manual")
    waited(lambda: [n for n in names(book) if n not in before])  # the drawn sheets are on their way in
    os.kill(met["pid"], signal.SIGKILL)
    said = waited(lambda: desk.log()[lines:], 30)
    assert "cut off half way" in said[0]
    waited(lambda: book.screen_updating and book.calculation == "automatic", 10)
    assert untouched(other)
    assert {b.name for b in desk.app.books} == {book.name, other.name}  # the file that sheets were copied from is closed
    assert desk.warm() == []
    time.sleep(2)
    assert len(desk.log()) == lines + 1
    assert len(names(book)) == len({n.partition(" ·")[0] for n in names(book)} | {n for n in names(book) if n.endswith(" ·")})
    assert not [n for n in names(book) if " opsbook" in n]
    assert " INFO refresh" in desk.pressed("OpsRefresh")


def test_what_a_killed_run_held_is_let_go_by_the_next_press_if_nobody_was_left_to_do_it(desk, book, other):
    """The process behind the click was killed, too: the next press puts things right, in whatever workbook it is."""
    book.activate()
    desk.pressed("OpsPolicy")
    (met,) = desk.warm()
    desk.press("OpsRefresh")
    waited(lambda: book.calculation == "manual")
    for process in psutil.process_iter(["cmdline"]):
        if "opsbook.click" in (process.info["cmdline"] or []) and str(desk.folder) in " ".join(process.info["cmdline"]):
            process.kill()
    os.kill(met["pid"], signal.SIGKILL)
    waited(lambda: not psutil.pid_exists(met["pid"]) or psutil.Process(met["pid"]).status() == psutil.STATUS_ZOMBIE, 10)
    assert not book.screen_updating
    other.activate()
    desk.pressed("OpsPolicy")
    assert (book.screen_updating, book.calculation) == (True, "automatic")


def test_a_workbook_closed_while_it_is_worked_on_leaves_others_as_they_were(desk, demo, other):
    book = desk.app.books.open(str(demo))
    book.activate()
    lines = len(desk.log())
    desk.press("OpsRefresh")
    waited(lambda: not book.screen_updating)
    book.close()
    assert waited(lambda: desk.log()[lines:], 60)
    assert untouched(other)
    waited(lambda: {b.name for b in desk.app.books} == {other.name}, 10)
    assert cell(other, 0, "B1").value is None


def test_two_presses_at_once_start_one_process(desk, book):
    waited(lambda: not desk.warm(), 90)
    lines = len(desk.log())
    desk.press("OpsPolicy")
    desk.press("OpsPolicy")
    waited(lambda: len(desk.log()) == lines + 2)
    assert len(desk.warm()) == 1
    running = [p for p in psutil.process_iter(["cmdline"]) if "opsbook.warm" in (p.info["cmdline"] or []) and str(desk.folder) in " ".join(p.info["cmdline"])]
    assert len(running) == 1
