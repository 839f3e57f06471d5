"""Click: what RunPython starts when a button is pressed. It finds the warm process, or starts it, and hands the click over.

It imports next to nothing: a click does not pay for pandas. The warm process listens on a pipe or socket that only this user may open,
and takes clicks only from who knows the secret in a file that only this user may read.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from multiprocessing.connection import Client
from pathlib import Path
from tempfile import gettempdir
from typing import Any

TRY = "try"  # the action of ``opsbook doctor --try``: all the way to the warm process, and to no workbook
WAIT = 30  # seconds that a warm process may take to come up: it imports pandas


class Lost(Exception):  # noqa: N818  (what is the case)
    """The warm process ended while it was at work on a click."""


def press(action: str, argv: Sequence[str] | None = None) -> int:
    """Let a button do its work on the workbook that ``argv`` (of this process, as RunPython fills it) names; 0 if all went well.

    If no warm process can be had the work is done here; what one has begun is never done again by itself, even if it dies of it.
    """
    said = list(sys.argv[1:] if argv is None else argv)
    place = meeting_place(said)
    try:
        answer = _asked(place, action, said)
        if answer is None and _started(place, said):
            answer = _asked(place, action, said)
    except Lost:
        from opsbook import ribbon

        place.unlink(missing_ok=True)
        ribbon.wake(action, said, memory(place))
        return 1
    if answer is not None:
        if action == TRY:
            print(answer["said"])
        return 0 if answer["well"] else 1
    from opsbook import ribbon

    if action == TRY:
        print(ribbon.about())
        return 0
    try:
        _, well = ribbon.press(action, ribbon.calling_book(said), memory(place))
    except Exception:  # no workbook, no program: there is nobody to tell but the log
        ribbon.logger().exception("%s %s", action, said)
        well = False
    return 0 if well else 1


def _asked(place: Path, action: str, argv: list[str]) -> dict[str, Any] | None:
    """The answer of the warm process; None if there is none, or one of another version; :class:`Lost` if it began and did not end."""
    try:
        met = json.loads(place.read_text("utf-8"))
        with Client(met["address"], authkey=bytes.fromhex(met["secret"])) as line:
            line.send_bytes(json.dumps({"action": action, "argv": argv, "version": version()}).encode())
            if not json.loads(line.recv_bytes()).get("begun"):
                return None
            try:
                return dict(json.loads(line.recv_bytes()))
            except (OSError, EOFError) as fault:
                raise Lost from fault
    except (OSError, EOFError, ValueError, KeyError):
        with contextlib.suppress(OSError):
            place.unlink()
        return None


def _started(place: Path, argv: list[str]) -> bool:
    """Start a warm process, unless another click is about to; whether one came up."""
    starting, until = place.with_suffix(".starting"), time.monotonic() + WAIT
    ours = _taken(starting)
    process = None
    if ours:
        command = [sys.executable, "-P", "-m", "opsbook.warm", str(place), *argv]
        apart = {"creationflags": 0x00000208} if sys.platform == "win32" else {"start_new_session": True}  # a group of its own, without a console
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **apart)
    try:
        while time.monotonic() < until and not place.exists() and (process.poll() is None if process else starting.exists()):
            time.sleep(0.02)
    finally:
        if ours:
            starting.unlink(missing_ok=True)
    return place.exists()


def _taken(mark: Path) -> bool:
    """Make a file that says somebody is at it; False if there is one, and it is not left over."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - mark.stat().st_mtime > WAIT:
            mark.unlink()
    try:
        mark.touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    return True


def memory(place: Path) -> Path:
    """Where a run says what it holds still."""
    return place.with_suffix(".held")


def meeting_place(argv: Sequence[str]) -> Path:
    """The file in which the warm process of the program that ``argv`` names says where it listens, and its secret."""
    program = next((word for word in argv if word.startswith(("--uno=", "--hwnd=", "--app="))), "")
    return folder() / f"{sha256(f'{program}|{sys.executable}'.encode()).hexdigest()[:16]}.json"


def folder() -> Path:
    """A folder that only this user may enter."""
    base = os.environ.get("XDG_RUNTIME_DIR") or os.environ.get("LOCALAPPDATA") or os.environ.get("TMPDIR") or gettempdir()
    home = Path(base) / f"opsbook-{os.getuid()}" if hasattr(os, "getuid") else Path(base) / "opsbook"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and (home.stat().st_uid != os.getuid() or home.stat().st_mode & 0o077):
        raise PermissionError(f"{home} belongs to somebody else, or is open to others: remove it. {home} 的归属或权限不对，请删除。")
    return home


def version() -> str:
    """The version of opsbook that is installed, and when its files last changed: a warm process of other files is of no use."""
    from opsbook import __version__

    home = Path(__file__).parent
    latest = max((path.stat().st_mtime_ns for path in home.rglob("*.py")), default=0)
    return f"{__version__} {latest}"


if __name__ == "__main__":
    sys.exit(press(sys.argv[1], sys.argv[2:]))
