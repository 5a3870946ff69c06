"""Requests by chance: right ones, ones that only their types allow, broken ones, and bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.testing.conformance.refusals import CASES as ALL_CASES
from rookery.testing.conformance.refusals.case import Case
from rookery.testing.conformance.sections.media import document, image
from rookery.wire import kinds
from rookery.wire.betas import KNOWN
from rookery.wire.content import InputBlock
from rookery.wire.messages import CountRequest, InputMessage, MessagesRequest
from rookery.wire.tools import Definition
from rookery.wire.versions import V2023, V2026
from tests.fuzz.making import NAMES, WORDS, Chance, junk, value

MESSAGES = "/v1/messages"
THREADS = "message-threads-2026-08-12"
COUNT = "/v1/messages/count_tokens"
MODELS = Catalog.builtin().models(datetime.now(UTC), lifecycle=frozenset({"active", "deprecated"}))
BETAS = (*sorted(KNOWN), "a-beta-of-2031-01-01")
LONGEST = 20_000
"""Bytes of a case that is sent here."""
IMAGE = image(28, 28)
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["city", "count"],
    "additionalProperties": False,
}


CASES = [
    case
    for case in ALL_CASES
    if not (case.raw or case.given or case.server != "plain") and len(case.data) < LONGEST
]
"""Those of the rules that one request provokes."""


class Sent(NamedTuple):
    """A request, and whether it is one that must be answered."""

    path: str
    data: bytes
    version: str = V2026
    betas: str = ""
    right: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "POST"


# --- right requests --------------------------------------------------------------------------


class Right:
    """Makes a conversation that breaks no rule of its model."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._model: Model = chance.of(MODELS)
        self._calls = 0
        self._marks = 0
        self._cites = bool(chance.below(2))
        self._version = chance.of((V2023, V2026))

    def sent(self) -> Sent:
        """Return the request."""
        body = {"model": self._model.id, "messages": self._messages(), **self._prompt()}
        if self._chance.one_in(3):
            return Sent(COUNT, _encoded(body), self._version, right=True)
        body |= {"max_tokens": self._chance.of((1, 5, 50, 500)) + 1024, **self._output()}
        return Sent(MESSAGES, _encoded(body), self._version, right=True)

    def _maybe(self, name: str, make: Callable[[], Any], odds: int = 3) -> dict[str, Any]:
        return {name: make()} if self._chance.one_in(odds) else {}

    def _mark(self) -> dict[str, Any]:
        if self._marks == 4 or not self._chance.one_in(6):
            return {}
        self._marks += 1
        return {"cache_control": {"type": "ephemeral"}}

    def _words(self) -> str:
        return self._chance.of([word for word in WORDS if word.strip()])

    def _text(self) -> dict[str, Any]:
        return {"type": "text", "text": self._words(), **self._mark()}

    def _messages(self) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = [{"role": "user", "content": self._user()}]
        for _ in range(self._chance.below(4)):
            calls = [self._call() for _ in range(self._chance.below(3))]
            turns.append({"role": "assistant", "content": [*self._said(), *calls]})
            results = [self._result(call["id"]) for call in calls]
            turns.append({"role": "user", "content": [*results, *self._user()]})
        return turns

    def _said(self) -> list[dict[str, Any]]:
        return [{"type": "text", "text": self._words()}]

    def _user(self) -> list[dict[str, Any]]:
        found = [self._text()]
        for _ in range(self._chance.below(3)):
            kind = self._chance.below(4)
            if kind == 0:
                found.append({**IMAGE, **self._mark()})
            elif kind == 1:
                found.append({**document(citations={"enabled": self._cites}), **self._mark()})
            else:
                found.append(self._text())
        return found

    def _call(self) -> dict[str, Any]:
        self._calls += 1
        name = self._chance.of(NAMES)
        return {"type": "tool_use", "id": f"toolu_{self._calls}", "name": name, "input": {}}

    def _result(self, call: str) -> dict[str, Any]:
        content = self._chance.of((self._words(), [self._text()], [IMAGE]))
        return {"type": "tool_result", "tool_use_id": call, "content": content, **self._mark()}

    def _prompt(self) -> dict[str, Any]:
        found = self._maybe("system", lambda: self._chance.of((self._words(), [self._text()])))
        names = self._chance.some(NAMES, 3)
        if names:
            found["tools"] = [self._tool(name) for name in names]
            found |= self._maybe("tool_choice", self._choice)
        found |= self._maybe("thinking", self._thinking)
        if "tool_choice" in found and found["tool_choice"]["type"] in ("any", "tool"):
            found.pop("thinking", None)
        return found

    def _tool(self, name: str) -> dict[str, Any]:
        tool = {"name": name, "input_schema": {"type": "object"}, **self._mark()}
        tool |= self._maybe("description", self._words)
        return tool | self._maybe("eager_input_streaming", lambda: True)

    def _choice(self) -> dict[str, Any]:
        kinds = ["auto", "none", *(["any"] if self._model.forced_tool_choice else [])]
        return {"type": self._chance.of(kinds)}

    def _thinking(self) -> dict[str, Any]:
        kind = self._chance.of(self._model.thinking.types)
        return {"type": kind, **({"budget_tokens": 1024} if kind == "enabled" else {})}

    def _output(self) -> dict[str, Any]:
        found = self._maybe("stream", lambda: True, 2)
        found |= self._maybe("stop_sequences", lambda: self._chance.some(("o", "144", "OK"), 3))
        found |= self._maybe("metadata", lambda: {"user_id": "u"})
        found |= self._maybe("service_tier", lambda: "auto")
        found |= self._maybe("diagnostics", lambda: {"previous_message_id": None})
        if self._model.inference_geo:
            found |= self._maybe("inference_geo", lambda: "us")
        if self._model.effort.levels:
            found |= self._maybe("output_config", lambda: {"effort": "low"})
        return found


# --- wrong ones ------------------------------------------------------------------------------


def typed(chance: Chance) -> dict[str, Any]:
    """Return a body that its types allow, and the rules often do not."""
    body: dict[str, Any] = value(chance, chance.of((MessagesRequest, CountRequest)))
    if chance.below(4):
        body["model"] = chance.of(MODELS).id
    return body


def bent(chance: Chance, body: dict[str, Any]) -> dict[str, Any]:
    """Return a right body with one to three parts that its types allow."""
    for _ in range(1 + chance.below(3)):
        _bend(chance, body)
    return body


def _bend(chance: Chance, body: dict[str, Any]) -> None:
    kind = chance.below(8)
    if kind == 0 or not body["messages"]:
        field = chance.of(kinds.fields(MessagesRequest))
        body[field.encode_name] = value(chance, field.type, 2)
        return
    turn = chance.of(body["messages"])
    turn.setdefault("content", [])
    if kind == 1 and isinstance(turn["content"], list):
        place = chance.below(len(turn["content"]) + 1)
        turn["content"].insert(place, value(chance, InputBlock, 2))
    elif kind == 2:
        body.setdefault("tools", []).append(value(chance, Definition, 2))
    elif kind == 3:
        place = chance.below(len(body["messages"]) + 1)
        body["messages"].insert(place, value(chance, InputMessage, 3))
    elif kind == 4:
        turn["role"] = chance.of(("user", "assistant", "system"))
    elif kind == 5:
        turn["content"] = chance.of(("", " ", [], turn["content"], "words"))
    elif kind == 6:
        blocks = [block for block in turn["content"] if isinstance(block, dict)]
        for block in blocks:
            block["cache_control"] = {"type": "ephemeral", "ttl": chance.of(("5m", "1h"))}
    else:
        body["messages"].remove(turn)
        body["messages"] = body["messages"] or [turn]


def mutated(chance: Chance, body: Any) -> Any:
    """Return a body with one to three faults."""
    for _ in range(1 + chance.below(3)):
        places = list(_places(body))
        if places:
            _fault(chance, *chance.of(places))
    return body


def _places(value: Any) -> Any:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield value, key
        if isinstance(one, dict | list):
            yield from _places(one)


def _fault(chance: Chance, holder: Any, key: Any) -> None:
    kind = chance.below(6)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = None
    elif kind == 2 and isinstance(holder, list):
        holder.insert(key, json.loads(json.dumps(holder[key])))
    elif kind == 3 and isinstance(holder, dict):
        holder[chance.of(("no_such_field", "type", "cache_control", "citations"))] = junk(chance)
    elif kind == 4:
        holder[key] = [holder[key]]
    else:
        holder[key] = junk(chance)


def bytes_of(chance: Chance, data: bytes) -> bytes:
    """Return bytes with some of them changed, or no JSON at all."""
    kind = chance.below(7)
    at = chance.below(len(data) + 1)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([chance.below(256)]) + data[at + 1 :]
    if kind == 2:
        return (
            data[:at]
            + chance.of((b"\xff", b"\0", b'"', b"}", b"1e999", b"\xef\xbb\xbf"))
            + data[at:]
        )
    if kind == 3:
        return b"[" * (1 + chance.below(2000))
    if kind == 4:
        return b'{"model":' * (1 + chance.below(600)) + b"1" + b"}" * chance.below(600)
    if kind == 5:
        return bytes(chance.below(256) for _ in range(chance.below(40)))
    return data.replace(b'"', chance.of((b"'", b'\\"', b"")), 1 + chance.below(4))


def sent(chance: Chance, replies: Sequence[str] = ()) -> Sent:
    """Return a request of any kind; `replies` are ids of messages that may be continued."""
    kind = chance.below(17)
    if kind == 16:
        return _of_thread(chance, replies)
    if kind < 4:
        return Right(chance).sent()
    if kind == 4:
        return _listing(chance)
    if kind < 8:
        return _of_case(chance, chance.of(CASES))
    right = Right(chance).sent()
    body: dict[str, Any] = json.loads(right.data)
    if kind < 10:
        body = typed(chance)
    elif kind < 14:
        body = bent(chance, body)
    else:
        body = mutated(chance, body)
    data = _encoded(body)
    return Sent(
        chance.of((right.path, MESSAGES, COUNT, f"{MESSAGES}?beta=true")),
        bytes_of(chance, data) if chance.one_in(6) else data,
        chance.of((V2026, V2026, V2023, "", "2026-10-22")) if chance.one_in(6) else right.version,
        ",".join(chance.some(BETAS, 3)) if chance.one_in(3) else ",".join(BETAS),
        headers=_headers(chance) if chance.one_in(12) else (),
    )


def _of_thread(chance: Chance, replies: Sequence[str]) -> Sent:
    right = Right(chance).sent()
    body: dict[str, Any] = json.loads(right.data)
    body |= {"max_tokens": 1100, "thread": {"type": "create"}}
    if replies and chance.below(3):
        body["thread"] = {"type": "continue", "previous_message_id": chance.of(replies)}
        for field in chance.some(("system", "tools", "tool_choice", "thinking"), 4):
            body.pop(field, None)
    return Sent(MESSAGES, _encoded(body), right.version, THREADS)


def _of_case(chance: Chance, case: Case) -> Sent:
    """Return the request of a case of the rules, most often with some fault more."""
    data = case.data
    if isinstance(case.body, dict) and chance.below(3):
        data = _encoded(mutated(chance, json.loads(data)))
    betas = case.betas if chance.below(3) else ",".join(BETAS)
    return Sent(case.path, data, case.version, betas, headers=case.headers, method=case.method)


def _headers(chance: Chance) -> tuple[tuple[str, str], ...]:
    names = ("x-api-key", "authorization", "content-type", "content-encoding", "anthropic-beta")
    values = ("", "gzip", "br, gzip", "text/plain", "Bearer x", "identity", "zstd", ",,,", "é")
    return ((chance.of(names), chance.of(values)),)


def _listing(chance: Chance) -> Sent:
    names = ("limit", "after_id", "before_id", "lifecycle[]", "x")
    values = ("1", "0", "-1", "1001", "a", MODELS[0].id, "active", "retired", "%00", "")
    query = "&".join(f"{chance.of(names)}={chance.of(values)}" for _ in range(chance.below(4)))
    path = chance.of(("/v1/models", f"/v1/models/{chance.of((MODELS[0].id, 'a/b', '%ff'))}", "/v1"))
    return Sent(f"{path}?{query}", b"", method=chance.of(("GET", "GET", "HEAD", "PUT")))


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()
