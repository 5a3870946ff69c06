"""Several processes that serve on one socket, and the one that looks after them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType

Serve = Callable[[socket.socket], None]
"""Serves on a socket until the process is told to stop; a function that can be imported."""

LONG_ENOUGH = 5.0
"""Seconds after which a worker that ends is not one that cannot start."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)

TRIES = 3
"""Workers that may fail to start, one after the other, before it is given up."""

_log = logging.getLogger(__name__)


class Workers:
    """Keeps `count` processes running; hands each signal on to them, once."""

    def __init__(self, count: int, serve: Serve, sock: socket.socket) -> None:
        """Let each process run `serve` on `sock`."""
        self._count = count
        self._serve = serve
        self._socket = sock
        self._born: dict[BaseProcess, float] = {}
        self._failures = 0
        self._stopping = False
        self._told = 0

    def run(self) -> bool:
        """Run until told to stop. False where the workers cannot start."""
        for number in SIGNALS:
            signal.signal(number, self._hand_on)
        for _ in range(self._count):
            self._start()
        while self._born:
            wait([process.sentinel for process in self._born], timeout=1.0)
            for process in [one for one in self._born if not one.is_alive()]:
                self._bury(process)
        return self._failures < TRIES

    def _start(self) -> None:
        resource_tracker.ensure_running()  # when it starts, it unblocks signals
        # The process begins with the signals blocked, until its server can take them. Here they
        # wait too: amid this the process would be missed, or find its socket closed.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            if not self._stopping:
                context = multiprocessing.get_context("spawn")
                process = context.Process(target=_work, args=(self._serve, self._socket))
                process.start()
                self._born[process] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _hand_on(self, number: int, frame: FrameType | None = None) -> None:
        del frame
        if self._stopping:  # a worker that has not taken the first one yet must see two
            number = signal.SIGINT if self._told == signal.SIGTERM else signal.SIGTERM
        self._told = number
        self._stopping = True
        self._socket.close()  # or clients would still be let in where nobody answers any more
        for process in self._born:
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, number)

    def _bury(self, process: BaseProcess) -> None:
        """Replace a worker that has ended, unless all are to end."""
        lived = time.monotonic() - self._born.pop(process)
        if self._stopping:
            return
        self._failures = 0 if lived > LONG_ENOUGH else self._failures + 1
        _log.warning("a worker ended with the code %s", process.exitcode)
        if self._failures < TRIES:
            self._start()
        else:
            _log.error("the workers cannot start")
            self._hand_on(signal.SIGTERM)


def _work(serve: Serve, sock: socket.socket) -> None:
    # Ctrl-C in a terminal reaches every process of its group; this one is told by its parent.
    os.setsid()
    threading.Thread(target=_follow_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn raises it once it has stopped; that is no fault
        serve(sock)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
