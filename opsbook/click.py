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
from multiprocessing.connection import Client, Connection
from pathlib import Path
from tempfile import gettempdir

WAIT = 30  # seconds that a warm process may take to come up: it imports pandas


def press(action: str, argv: Sequence[str] | None = None) -> int:
    """Let a button do its work on the workbook that ``argv`` (of this process, as RunPython fills it) names; 0 if all went well.

    If no warm process can be had the work is done here.
    """
    said = list(sys.argv[1:] if argv is None else argv)
    answer = _handed_over(action, said)
    if answer is None:
        from opsbook import ribbon

        try:
            _, well = ribbon.press(action, ribbon.calling_book(said))
        except Exception:  # no workbook, no program: there is nobody to tell but the log
            ribbon.logger().exception("%s %s", action, said)
            well = False
        return 0 if well else 1
    return 0 if answer["well"] else 1


def _handed_over(action: str, argv: list[str]) -> dict[str, bool] | None:
    place = meeting_place(argv)
    if (answer := _asked(place, action, argv)) is not None:
        return answer
    if not _started(place, argv):
        return None
    return _asked(place, action, argv)


def _asked(place: Path, action: str, argv: list[str]) -> dict[str, bool] | None:
    """The answer of the warm process; None if there is none, or one of another version."""
    try:
        met = json.loads(place.read_text("utf-8"))
        with Client(met["address"], authkey=bytes.fromhex(met["secret"])) as line:
            line.send_bytes(json.dumps({"action": action, "argv": argv, "version": version()}).encode())
            return _heard(line)
    except (OSError, EOFError, ValueError, KeyError):
        with contextlib.suppress(OSError):
            place.unlink()
        return None


def _heard(line: Connection) -> dict[str, bool] | None:
    answer = json.loads(line.recv_bytes())
    return None if answer.get("other_version") else answer


def _started(place: Path, argv: list[str]) -> bool:
    """Start a warm process; whether it came up."""
    command = [sys.executable, "-m", "opsbook.warm", str(place), *argv]
    apart = {"creationflags": 0x00000208} if sys.platform == "win32" else {"start_new_session": True}  # a group of its own, without a console
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **apart)
    until = time.monotonic() + WAIT
    while time.monotonic() < until and process.poll() is None:
        if place.exists():
            return True
        time.sleep(0.02)
    return place.exists()


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
