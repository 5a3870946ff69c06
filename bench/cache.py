"""What the prompt cache costs in front of emulated backends, without a server.

Prints for each size the microseconds of CPU to count a prompt, which every request needs, and what
is added by opening a turn without breakpoints and with some: digests, lookup, plan.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from bench.run import SIZES, body
from rookery.emulation.emulator import Emulator
from rookery.wire.messages import MessagesRequest, Request

ROUNDS = 300
MARK = {"type": "ephemeral"}


def request(size: int, *, marked: bool) -> MessagesRequest:
    """Return the request of the server's benchmark, with breakpoints where clients put them."""
    value: dict[str, Any] = json.loads(body(size))
    if marked:
        value["cache_control"] = MARK
        value["tools"][-1]["cache_control"] = MARK
        value["system"] = [{"type": "text", "text": value["system"], "cache_control": MARK}]
    typed = Request(json.dumps(value).encode()).body
    assert isinstance(typed, MessagesRequest)
    return typed


def cost(function: Callable[[MessagesRequest], object], asked: MessagesRequest) -> float:
    """Return the microseconds of CPU of the quickest of many calls."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        function(asked)
        best = min(best, time.process_time_ns() - start)
    return best / 1000


def main() -> None:
    """Print the table."""
    print("| body | positions | count us | + without breakpoints us | + with breakpoints us |")
    print("|---|---|---|---|---|")
    for name, size in SIZES.items():
        emulator = Emulator()
        plain, marked = request(size, marked=False), request(size, marked=True)
        emulator.open(marked).begin()
        count = cost(emulator.count_tokens, plain)
        opened = cost(emulator.open, plain)
        planned = cost(emulator.open, marked) - count
        blocks = len(plain.messages) + 2
        print(f"| {name} | {blocks} | {count:.0f} | {opened:.0f} | {planned:.0f} |")


if __name__ == "__main__":
    main()
