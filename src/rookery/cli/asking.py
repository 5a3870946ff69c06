"""The one who approves, at the terminal: shows exactly what would run and where, and asks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from rich.console import Console
from rich.text import Text

from rookery.agent.approval import Answered, ApprovalRequest, Deny
from rookery.cli.progress import Progress, Silence
from rookery.policy.text import shown

_LINE = 4096
_MANY_LINES, _LONG = 20, 1_500
"""Of a command; what begins above these may have left the screen when it is asked about."""


class Terminal:
    """Asks on a terminal, one question at a time; the progress makes way for it."""

    def __init__(self, console: Console, progress: Progress | None = None) -> None:
        """Ask on `console`, and read the answers from stdin, a terminal too."""
        self._console = console
        self.progress: Progress = progress or Silence()
        """What makes way; that of the run in which it is asked."""
        self._turn = asyncio.Lock()

    async def __call__(self, request: ApprovalRequest) -> Answered:
        """Return what was answered; whatever is not understood is asked again, an end denies."""
        async with self._turn:
            with self.progress.paused():
                _forget_typed()
                self._describe(request)
                return await self._answer(request)

    def _describe(self, request: ApprovalRequest) -> None:
        said = Text()
        where = request.place + (f" (sandbox: {request.sandbox})" if request.sandbox else "")
        said.append(f"{shown(request.tool)} asks to run\n", "bold yellow")
        lines = shown(request.runs).split("\n")
        for line in lines:  # marked: the lines below could be written in a command, too
            said.append("  | ", "dim").append(f"{line}\n")
        if len(lines) > _MANY_LINES or len(request.runs) > _LONG:
            size = f"{len(lines):,} lines, {len(request.runs):,} characters"
            said.append(f"  ({size}: look at where it begins, too)\n", "bold yellow")
        said.append(f"  in {_one_line(where)}\n  {_one_line(request.reason)}", "dim")
        self._console.print(said, soft_wrap=True)

    async def _answer(self, request: ApprovalRequest) -> Answered:
        always = "" if request.always is None else f", [a]lways ({_one_line(request.always)})"
        question = Text(f"[y]es{always}, [n]o, or why not: ", "bold")
        while True:
            self._console.print(question, end="", soft_wrap=True)
            line = await read_line()
            word = line.strip()
            if not line:
                return Deny("Nobody answered.")
            if word.lower() in {"y", "yes"}:
                return "allow"
            if word.lower() in {"a", "always"} and request.always is not None:
                return "always"
            if word.lower() in {"n", "no"}:
                return Deny("The user said no.")
            if len(word) > len("always"):
                return Deny(word)


def _one_line(text: str) -> str:
    return shown(text).replace("\n", "<U+000A>")


def _forget_typed() -> None:
    """Drop what was typed before the question could be read: it is no answer to it."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import termios  # noqa: PLC0415 -- not on Windows

        with contextlib.suppress(termios.error):
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


async def read_line() -> str:
    """Return a line from stdin, a terminal; empty at its end. Cancelling leaves nothing behind."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    descriptor = sys.stdin.fileno()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _LINE).decode("utf-8", "replace")
