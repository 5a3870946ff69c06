"""`rookery serve` as a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.client import SECONDS

MAIN = (  # a suite that runs in the background of a shell ignores Ctrl-C, and so would its children
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from rookery.cli.main import main; main()"
)


def free_port(host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


class Process:
    """A running server: its output so far, and what it takes to ask it something."""

    def __init__(self, folder: Path, *arguments: str, before: str = "", **settings: str) -> None:
        self.host = settings.get("host", "127.0.0.1")
        self.port = 0 if "port" in settings else free_port(self.host)
        self.key = ""
        given = {"host": self.host, "port": str(self.port), "state_dir": str(folder / "state")}
        given.update({"drain_seconds": "0", **settings})
        environment = {f"ROOKERY_{name.upper()}": value for name, value in given.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + MAIN, "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._threads = [
            threading.Thread(target=_collect, args=pair)
            for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def url(self) -> str:
        """As of a LocalServer."""
        return f"http://{self.host}:{self.port}"

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def error(self) -> str:
        return "".join(self.errors)

    def wait_until_it_serves(self) -> None:
        pause = threading.Event()
        for _ in range(int(SECONDS / 0.02)):
            if "  try " in self.output:  # the last line of the greeting; the socket listens by then
                break
            assert self.process.poll() is None, self.error
            pause.wait(0.02)
        found = re.search(r"^  key +(\S+)", self.output, re.MULTILINE)
        self.key = found[1] if found else ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(SECONDS)
        for thread in self._threads:
            thread.join(SECONDS)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def _collect(stream: Iterator[str], lines: list[str]) -> None:
    lines.extend(iter(stream.readline, ""))  # type: ignore[attr-defined]


@contextmanager
def started(folder: Path, *arguments: str, before: str = "", **settings: str) -> Iterator[Process]:
    process = Process(folder, *arguments, before=before, **settings)
    try:
        process.wait_until_it_serves()
        yield process
    finally:
        process.close()


def refused(folder: Path, *arguments: str, **settings: str) -> Process:
    """Run a server that does not start, to its end."""
    process = Process(folder, *arguments, **{"port": "1", **settings})
    try:
        process.wait()
    finally:
        process.close()
    return process
