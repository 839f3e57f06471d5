"""Pool: who does the work of a batch: processes of this machine, or a Dask cluster. Answers come as they are ready."""

import base64
import os
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, Protocol

from opsbook.batch.worker import Answer, Child, Request

FEW = 100  # workbooks up to which the start of a second process is not worth it
_MUCH = 24 << 20  # bytes from which it is, however few they are
_CHUNK = 25  # requests that go to a cluster together


class Pool(Protocol):
    """Who answers requests."""

    remote: bool  # on other machines, which do not see this one's temporary files

    def answers(self, requests: Iterable[tuple[int, Request]]) -> Iterator[tuple[int, Answer]]:
        """Each request's number with its answer, as they are ready. Requests are taken as there is room for them."""

    def close(self) -> None:
        """Let go of the processes."""


class Local:
    """Processes of this machine, each held by a thread."""

    remote = False

    def __init__(self, processes: int) -> None:
        self._processes, self._free = processes, queue.SimpleQueue[Child]()
        self._children = [Child() for _ in range(processes)]  # before there are threads
        self._executor = ThreadPoolExecutor(processes, thread_name_prefix="opsbook")
        for child in self._children:
            self._free.put(child)
        self._closed = threading.Event()

    def answers(self, requests: Iterable[tuple[int, Request]]) -> Iterator[tuple[int, Answer]]:
        """As :class:`Pool` says."""
        waiting = iter(requests)
        running = {self._executor.submit(self._answer, n, request) for n, request in islice(waiting, 2 * self._processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {self._executor.submit(self._answer, n, request) for n, request in islice(waiting, len(done))}
            for each in done:
                yield each.result()

    def _answer(self, number: int, request: Request) -> tuple[int, Answer]:
        child = self._free.get()
        try:
            return number, Answer(lost="ended") if self._closed.is_set() else child.ask(request)
        finally:
            self._free.put(child)

    def close(self) -> None:
        """End all processes."""
        self._closed.set()
        for child in self._children:
            child.close()
        self._executor.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """A Dask cluster at an address. Its workers keep a child each, so that a workbook can kill none of them; the files must be seen from there."""

    remote = True

    def __init__(self, address: str) -> None:
        from distributed import Client

        self._client = Client(address, timeout="10s", set_as_default=False)

    def answers(self, requests: Iterable[tuple[int, Request]]) -> Iterator[tuple[int, Answer]]:
        """As :class:`Pool` says; requests go in chunks, some more than there are workers."""
        from distributed import as_completed as dask_completed

        waiting = iter(requests)
        room = 2 * max(1, len(self._client.scheduler_info()["workers"]))
        sent = dask_completed(loop=self._client.loop)
        for _ in range(room):
            self._more(waiting, sent)
        for future in sent:
            answered = future.result()
            future.release()
            self._more(waiting, sent)
            yield from ((number, Answer(tuple(base64.b64decode(f) for f in frames), lost, how)) for number, frames, lost, how in answered)

    def _more(self, waiting: Iterator[tuple[int, Request]], sent: Any) -> None:
        if chunk := list(islice(waiting, _CHUNK)):
            plain = [(n, r.do, r.path, r.memory, r.seconds, dict(r.more), [base64.b64encode(f).decode() for f in r.frames]) for n, r in chunk]
            sent.add(self._client.submit(answered_there, plain, pure=False))

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()


_here = threading.local()


def answered_there(chunk: Sequence[Any]) -> list[tuple[int, list[str], str, str]]:
    """What a worker of a cluster does with a chunk of requests."""
    child = getattr(_here, "child", None)
    if child is None:
        child = _here.child = Child()
    done = []
    for number, do, path, memory, seconds, more, frames in chunk:
        answer = child.ask(Request(do, path, memory, seconds, more, tuple(base64.b64decode(f) for f in frames)))
        done.append((number, [base64.b64encode(f).decode() for f in answer.frames], answer.lost, answer.how))
    return done


def processes_for(files: int, size: int) -> int:
    """How many processes a batch is worth on this machine."""
    cores = os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()
    return max(1, min(files, cores or 1)) if files > FEW or (files > 1 and size > _MUCH) else 1
