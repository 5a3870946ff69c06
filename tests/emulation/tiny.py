"""Models and prompts for the tests of the prompt cache: texts of exactly so many tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Effort, Model, Thinking, ToolPrompt
from rookery.emulation.emulator import Emulator, Turn
from rookery.emulation.prompt import TOKENS_PER_REQUEST, TOKENS_PER_TURN
from rookery.emulation.text import UNITS, weigh
from rookery.wire.messages import Message, Request

MARK = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def model(name: str, **fields: Any) -> Model:
    values: dict[str, Any] = {
        "keeps_old_thinking": True,
        "thinking": Thinking(("adaptive", "enabled", "disabled"), "disabled"),
        "effort": Effort(("low", "high"), "high"),
        **fields,
    }
    return Model(id=name, display_name=name, max_input_tokens=10**6, max_tokens=10**5, **values)


MODELS = {
    found.id: found
    for found in (
        model("tiny"),
        model("other", tool_prompt=ToolPrompt(7, 19)),
        model("minimum", cache_minimum=100),
        model("old", keeps_old_thinking=False),
        model("first", config_first=True),
    )
}
CATALOG = Catalog(MODELS, {"alias": "tiny"}, Catalog.builtin().prices)


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def minutes(self, count: float) -> None:
        self.now += 60 * count


class Api:
    """An emulator, and what it says of requests that are sent to it one after the other."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.emulator = Emulator(CATALOG, clock=self.clock)

    def open(self, body: dict[str, Any], **about: Any) -> Turn:
        whole = {"model": "tiny", "max_tokens": 10, "messages": [], **body}
        return self.emulator.open(Request(json.dumps(whole).encode()).body, **about)

    def send(self, body: dict[str, Any], **about: Any) -> tuple[int, int, int, int]:
        """Return the tokens read, written for 5 minutes, for 1 hour, and neither."""
        turn = self.open(body, **about)
        turn.begin()
        return told(turn)

    def message(self, body: dict[str, Any], **about: Any) -> Message:
        turn = self.open(body, **about)
        reply = turn.finish(_draft())
        turn.begin()
        return reply.body


def _draft() -> Any:
    from rookery.emulation.draft import Draft

    return Draft([{"type": "text", "text": "Yes."}])


def told(turn: Turn) -> tuple[int, int, int, int]:
    uncached, read, short, long = turn.cache
    return read, short, long, uncached


OPENING = TOKENS_PER_REQUEST + TOKENS_PER_TURN
"""What the first message begins with."""


class Texts:
    """Makes texts so that the tokens of a prompt are whole numbers wherever a block ends."""

    def __init__(self) -> None:
        self._tokens = 0
        self._letters = 0

    def __call__(self, tokens: int, *, opens: bool = False, letter: str = "x") -> str:
        """Return a text of `tokens`, of which the opening of the messages takes some."""
        self._tokens += tokens - (OPENING if opens else 0)
        size = self._tokens * UNITS // weigh(b"x", MODELS["tiny"]) - self._letters
        self._letters += size
        assert size > 0, "too few tokens for a text"
        return letter * size


def blocks(sizes: Iterable[int], marks: dict[int, dict[str, str]], **change: str) -> dict[str, Any]:
    """Return a request with one user turn, of blocks with so many tokens.

    `marks` are by the number of the block, from 1; `change` is letters by `bN`.
    """
    make = Texts()
    content = [
        {
            "type": "text",
            "text": make(size, opens=number == 1, letter=change.get(f"b{number}", "x")),
            **({"cache_control": marks[number]} if number in marks else {}),
        }
        for number, size in enumerate(sizes, 1)
    ]
    return {"messages": [{"role": "user", "content": content}]}
