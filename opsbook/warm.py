"""Warm: a process behind the buttons that has everything imported. The first click starts it; it ends with the last workbook it served."""

import contextlib
import json
import os
import queue
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from opsbook import click, ribbon
from opsbook.hosts.excel import LiveBook

LOOK = 2.0  # seconds between two looks at whether the workbooks are still open
ALONE = 60.0  # seconds that it waits for a first click


def main(argv: Sequence[str]) -> None:
    """Serve the clicks of one program until none of its workbooks that were served is open any more. ``argv``: the meeting place, then what
    RunPython handed over."""
    place = Path(argv[0])
    secret, version = secrets.token_bytes(32), click.version()
    address = rf"\\.\pipe\opsbook-{secrets.token_hex(8)}" if sys.platform == "win32" else str(place.with_suffix(f".{os.getpid()}"))
    with Listener(address, authkey=secret) as listener:
        _announce(place, address, secret)
        came: queue.Queue[Connection] = queue.Queue()
        threading.Thread(target=_take, args=(listener, came), daemon=True).start()
        try:
            _serve(came, version, click.memory(place))
        finally:
            with contextlib.suppress(OSError, ValueError, KeyError):
                if json.loads(place.read_text("utf-8"))["address"] == address:  # another may have come meanwhile
                    place.unlink()


def _announce(place: Path, address: str, secret: bytes) -> None:
    """Write the meeting place whole, readable by this user alone from the first byte on."""
    new = place.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump({"address": address, "secret": secret.hex(), "pid": os.getpid()}, out)
    new.replace(place)


def _take(listener: Listener, came: "queue.Queue[Connection]") -> None:
    while True:
        try:
            came.put(listener.accept())
        except Exception:  # somebody who does not know the secret, or who went away: others may still come
            time.sleep(0.05)


def _serve(came: "queue.Queue[Connection]", version: str, memory: Path) -> None:
    """One click after the other, in one thread: programs do not take calls from several."""
    books: list[LiveBook] = []
    until = time.monotonic() + ALONE
    while books or time.monotonic() < until:
        try:
            line = came.get(timeout=LOOK)
        except queue.Empty:
            books = [book for book in books if book.open]
            continue
        with line, contextlib.suppress(OSError, EOFError, ValueError):
            asked = json.loads(line.recv_bytes())
            if asked["version"] != version:
                line.send_bytes(json.dumps({"other_version": True}).encode())
                return
            line.send_bytes(json.dumps({"begun": True}).encode())  # from here on nobody else does it
            line.send_bytes(json.dumps(_served(asked, books, memory)).encode())
            if books or asked["action"] == click.TRY:
                until = 0.0  # from now on they keep it alive


def _served(asked: dict[str, object], books: list[LiveBook], memory: Path) -> dict[str, object]:
    argv = [str(word) for word in asked["argv"]]  # type: ignore[attr-defined]
    if asked["action"] == click.TRY:
        return {"well": True, "said": ribbon.about()}
    try:
        book = ribbon.calling_book(argv)
    except Exception:  # the program went away, or its workbook: there is nobody to tell but the log
        ribbon.logger().exception("%s %s", asked["action"], argv)
        return {"well": False}
    if all(book.name != other.name for other in books):
        books.append(book)
    return {"well": ribbon.press(str(asked["action"]), book, memory)[1]}


if __name__ == "__main__":
    main(sys.argv[1:])
