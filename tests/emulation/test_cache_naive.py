"""The prompt cache against a second one that was written from the rules alone.

Conversations are made by a seed: they grow, are edited and cut, change their parameters and go
back, by themselves and in parallel, around the borders that the rules name.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from rookery.emulation.emulator import Emulator, Turn
from rookery.wire.messages import CountTokensRequest, Request
from tests.emulation.naive_cache import ModelRules, NaiveCache, Result
from tests.emulation.tiny import CATALOG, HOUR, MARK, MODELS, Clock

RULES = {
    name: ModelRules(name, it.cache_minimum, it.keeps_old_thinking, it.config_first)
    for name, it in MODELS.items()
}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
DOCUMENT = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "Facts."},
}
CITED = {**DOCUMENT, "citations": {"enabled": True}}
SCHEMA = {"type": "json_schema", "schema": {"type": "object"}}

PARAMS: dict[str, list[Any]] = {
    "model": ["tiny", "alias", "other", "minimum", "old", "old", "first"],
    "speed": [None, "fast", "standard"],
    "tool_choice": [
        None,
        {"type": "auto"},
        {"type": "any"},
        {"type": "auto", "disable_parallel_tool_use": True},
    ],
    "thinking": [None, {"type": "disabled"}, {"type": "enabled", "budget_tokens": 1024}],
    "output_config": [None, {"effort": "high"}, {"effort": "low"}, {"format": SCHEMA}],
    "cache_control": [None, MARK, HOUR],
    "system": [None, "Be brief.", [{"type": "text", "text": "Be "}, {"type": "text", "text": "."}]],
}
TOOLS = {
    "one": {"name": "one", "input_schema": {"type": "object"}},
    "two": {"name": "two", "input_schema": {"type": "object"}},
    "late": {"name": "late", "input_schema": {"type": "object"}, "defer_loading": True},
    "web": {"type": "web_search_20260318", "name": "web_search"},
}


class Client:
    """Says the next thing, by chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.body: dict[str, Any] = {"model": "tiny", "messages": [self.user(1)]}

    def text(self) -> dict[str, Any]:
        return {"type": "text", "text": self.chance.choice(["a", "bb" * 40, "c\u00e9" * 30])}

    def user(self, count: int) -> dict[str, Any]:
        return {"role": "user", "content": [self.text() for _ in range(count)]}

    def say(self) -> None:
        more = self.user(self.chance.choice([1, 2, 3, 18, 19, 20]))
        if self.chance.random() < 0.2:
            more["content"].append(self.chance.choice([IMAGE, DOCUMENT, CITED]))
        if self.chance.random() < 0.2:
            more["content"] = "Said in one string."
        self.body["messages"].append(more)

    def call(self) -> None:
        count = self.chance.choice([1, 2, 25])
        used: list[dict[str, Any]] = [
            {"type": "tool_use", "id": f"t{n}", "name": "one", "input": {"b": n, "a": 1}}
            for n in range(count)
        ]
        if self.chance.random() < 0.5:
            used.insert(0, {"type": "thinking", "thinking": "so", "signature": "s"})
        results: list[dict[str, Any]] = [
            {"type": "tool_result", "tool_use_id": f"t{n}", "content": "found"}
            for n in range(count)
        ]
        self.body["messages"] += [
            {"role": "assistant", "content": used},
            {"role": "user", "content": results},
        ]

    def set_param(self) -> None:
        name = self.chance.choice(sorted(PARAMS))
        value = self.chance.choice(PARAMS[name])
        self.body = {key: old for key, old in self.body.items() if key != name}
        if value is not None:
            self.body[name] = value

    def set_tools(self) -> None:
        self.body["tools"] = [TOOLS[n] for n in TOOLS if self.chance.random() < 0.5]

    def edit(self) -> None:
        message = self.chance.choice(self.body["messages"])
        if isinstance(message["content"], list):
            message["content"].insert(0, self.text())

    def drop(self) -> None:
        del self.body["messages"][self.chance.randint(1, len(self.body["messages"])) :]

    def next(self) -> dict[str, Any]:
        doings = [self.say, self.call, self.set_param, self.set_tools, self.edit, self.drop]
        for doing in self.chance.choices(doings, [30, 10, 15, 3, 3, 3]):
            if self.chance.random() < 0.75:  # else the same once more
                self.body = copy.deepcopy(self.body)
                doing()
        return self.marked()

    def marked(self) -> dict[str, Any]:
        """Return the request with marks at some blocks, those for an hour before the others."""
        body = copy.deepcopy(self.body)
        system = body.get("system")
        targets = [*body.get("tools", []), *(system if isinstance(system, list) else [])]
        targets = [it for it in targets if not it.get("defer_loading")]
        for message in body["messages"]:
            if isinstance(message["content"], list):
                targets += [block for block in message["content"] if block["type"] != "thinking"]
        places = self.chance.choice([[-1], [-1], [-1], [0, -1], [-21], [-20, -1], [2, 7], []])
        hours = self.chance.choice([0, 0, 1, 3])
        for number, at in enumerate(sorted({at % len(targets) for at in places if targets})):
            targets[at]["cache_control"] = HOUR if number < hours else MARK
        return body


def count(body: dict[str, Any]) -> int:
    request = CountTokensRequest(json.dumps(body).encode()).body
    return Emulator(CATALOG).count_tokens(request).input_tokens


def play(seed: int) -> Counter[str]:
    """Play a conversation with both; return what happened in it."""
    chance = Random(seed)  # noqa: S311 - only to be repeated
    clock = Clock()
    emulator = Emulator(CATALOG, clock=clock)
    naive = NaiveCache()
    client = Client(chance)
    waiting: list[tuple[Turn, Result]] = []
    seen: Counter[str] = Counter()
    began: set[tuple[str, str]] = set()
    for _ in range(12):
        clock.now += chance.choice([0, 0, 1, 200, 299, 300, 3_400, 3_599, 3_600])
        body = client.next()
        workspace = chance.choice(["ws_1"] * 5 + ["ws_2"])
        request = Request(json.dumps({**body, "max_tokens": 1}).encode()).body
        turn = emulator.open(request, workspace=workspace)
        home = (workspace, CATALOG.get(body["model"]).id)
        rules = RULES[home[1]]
        result = naive.start(body, rules, workspace, clock.now, count)
        use = turn.cache
        assert (use.read, use.write_5m, use.write_1h, use.uncached) == (
            result.read,
            result.short,
            result.long,
            result.rest,
        )
        assert sum(use) == count(body)
        assert use.read == 0 or home in began
        seen.update(name for name, tokens in use._asdict().items() if tokens)
        begins = chance.choice(["at once"] * 5 + ["later", "never"])
        seen[begins] += 1
        if begins != "never":
            began.add(home)
        if begins == "at once":
            turn.begin()
            naive.begin(result)
        elif begins == "later":
            waiting.append((turn, result))
        if waiting and chance.random() < 0.5:
            late, pending = waiting.pop(0)
            late.begin()
            naive.begin(pending)
    return seen


@pytest.mark.parametrize("seed", range(120))
def test_each_request_reads_and_writes_what_the_rules_say(seed: int) -> None:
    play(seed)


def test_the_conversations_do_what_they_are_for() -> None:
    seen = sum((play(seed) for seed in range(20)), Counter())
    assert min(seen[kind] for kind in ("read", "write_5m", "write_1h", "later", "never")) > 10
