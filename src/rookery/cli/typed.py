"""What somebody types: lines with editing on a terminal, and as they are from a pipe."""

from __future__ import annotations

import contextlib
import importlib
import select
import sys

_PASTED = 0.03
"""Seconds in which more of what was pasted is there, on terminals that do not mark a paste."""


class Typed:
    """Reads one message after the other."""

    def __init__(self, prompt: str) -> None:
        """Show `prompt` before each message, where stdin is a terminal."""
        self.is_terminal = sys.stdin.isatty()
        self._prompt = prompt if self.is_terminal else ""
        if self.is_terminal:
            with contextlib.suppress(ImportError):  # some builds have none: no editing then
                readline = importlib.import_module("readline")
                readline.parse_and_bind("set enable-bracketed-paste on")

    def message(self) -> str:
        """Return the next message: a line; several that were pasted, or that end in a backslash.

        Raises EOFError at the end of the input, and KeyboardInterrupt.
        """
        lines = [input(self._prompt)]
        while lines[-1].endswith("\\") or self._more():
            lines[-1] = lines[-1].removesuffix("\\")
            lines.append(input("  " if self.is_terminal else ""))
        return "\n".join(lines).strip()

    def _more(self) -> bool:
        return self.is_terminal and bool(select.select([sys.stdin], [], [], _PASTED)[0])
