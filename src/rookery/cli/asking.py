"""The one who approves, at the terminal: shows exactly what would run and where, and asks."""

from __future__ import annotations

import asyncio
import os
import sys

from rich.console import Console
from rich.text import Text

from rookery.agent.approval import Answered, ApprovalRequest, Deny
from rookery.cli.progress import Progress, Silence
from rookery.policy.text import shown

_LINE = 4096


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
                self._describe(request)
                return await self._answer(request)

    def _describe(self, request: ApprovalRequest) -> None:
        said = Text()
        where = request.place + (f" (sandbox: {request.sandbox})" if request.sandbox else "")
        said.append(f"{shown(request.tool)} asks to run\n", "bold yellow")
        for line in shown(request.runs).split("\n"):
            said.append(f"  {line}\n")
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
