"""Commands as a user starts them: as processes, and on a terminal of their own."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS = 60.0
"""The longest that anything is waited for."""

MAIN = (  # a suite that runs in the background of a shell ignores Ctrl-C, and so would its children
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from rookery.cli.main import main; main()"
)


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "COLUMNS": "100",
        "TERM": "xterm",
        **more,
    }


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", MAIN, *arguments]


def rook(
    *arguments: str, home: Path, given: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, without a terminal."""
    return subprocess.run(
        command(*arguments),
        cwd=home,
        env=environment(home, **more),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def script(home: Path, *rules: Any) -> dict[str, str]:
    """The environment of a scripted backend that gives these replies in order."""
    path = home / "script.json"
    listed = [rule if "reply" in rule else {"times": 1, "reply": rule} for rule in rules]
    path.write_text(json.dumps({"rules": listed}))
    return {"ROOKERY_PROVIDER": "scripted", "ROOKERY_SCRIPT": str(path)}


class Terminal:
    """A process on a terminal: what it shows, and what is typed."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self.shown = ""
        self._at = 0

    def wait_for(self, text: str) -> None:
        """Read until `text` was shown after what was waited for before."""
        while (at := self.shown.find(text, self._at)) < 0:
            assert self._read(), f"it ended without {text!r}: {self.shown}"
        self._at = at + len(text)

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C: a SIGINT to the process."""
        self.process.send_signal(signal.SIGINT)

    def interrupt_until(self, text: str) -> None:
        """Press Ctrl-C until `text` is shown, once more each time that nothing comes.

        One that comes just before readline waits for a key is seen with the next key only.
        """
        self.interrupt()
        while self.shown.find(text, self._at) < 0:
            if select.select([self._descriptor], [], [], 2)[0]:
                assert self._read(), f"it ended without {text!r}: {self.shown}"
            else:
                self.interrupt()
        self.wait_for(text)

    def end(self) -> int:
        """Read what is left, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def _read(self) -> str:
        if not select.select([self._descriptor], [], [], SECONDS)[0]:
            raise TimeoutError(f"nothing more after: {self.shown}")
        try:
            piece = os.read(self._descriptor, 65536).decode("utf-8", "replace")
        except OSError:  # the other side has closed the terminal
            return ""
        self.shown += piece
        return piece


@contextmanager
def on_a_terminal(*arguments: str, home: Path, **more: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(*arguments),
        cwd=home,
        env=environment(home, **more),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
