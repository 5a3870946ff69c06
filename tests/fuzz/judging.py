"""Sends requests to servers of this process, and judges what comes back."""

from __future__ import annotations

import http.client
import io
import json
import logging
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from rookery.gateway.gateway import Gateway
from rookery.providers.base import Provider
from rookery.providers.offline.provider import OfflineProvider
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.rules.table import ALL
from rookery.server.local import LocalServer
from rookery.server.log import RequestLog
from rookery.settings import Settings
from rookery.testing import KEY
from rookery.testing.conformance.grammar import faults
from rookery.testing.conformance.target import Record
from rookery.wire.sse import Decoder
from tests.fuzz.requests import COUNT, Sent

DEADLINE = 20.0
"""Seconds in which every answer is complete."""
SCRIPTED = "this error is in the script"
SCRIPT = {
    "rules": [
        {
            "match": {"text": "error please"},
            "reply": {"error": {"type": "overloaded_error", "message": SCRIPTED}},
        },
        {
            "match": {"text": "a tool please"},
            "reply": {"text": "See.", "tool": {"name": "look", "input": {"at": ["it", 1]}}},
        },
        {
            "match": {"text": "thinking please"},
            "reply": {
                "content": [
                    {"type": "thinking", "thinking": "Hmm, yes.", "signature": "c2ln"},
                    {"type": "text", "text": "I thought."},
                ]
            },
        },
        {"reply": "OK, that is 144 of them."},
    ]
}
STATUSES = {
    "invalid_request_error": (400, 405),
    "authentication_error": (401,),
    "not_found_error": (404,),
    "conflict_error": (409,),
    "request_too_large": (413,),
    "overloaded_error": (529,),
}
"""What may be refused, and how."""


class Classes(io.StringIO):
    """A log of requests, of which only the statuses and rules are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.met: Counter[tuple[int, str]] = Counter()

    def write(self, text: str) -> int:
        """Take some lines."""
        for line in text.splitlines():
            entry = json.loads(line)
            self.met[int(entry["message"].rsplit(" ", 1)[1]), entry.get("rule", "")] += 1
        return len(text)


class Judge:
    """One server and a connection to it; collects which rules were met."""

    def __init__(self, server: LocalServer, log: Classes, failures: _Failures) -> None:
        self.statuses: Counter[int] = Counter()
        self.replies: deque[str] = deque(maxlen=8)
        """Ids of the newest messages."""
        self._server = server
        self._log = log
        self._failures = failures
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, sent: Sent) -> None:
        """Send a request. Raises AssertionError where the answer is not as it must be."""
        response, data = self._answer(sent)
        self.statuses[response.status] += 1
        assert not self._failures.found, self._failures.found
        if sent.method == "HEAD":
            assert data == b""
        elif "event-stream" in response.getheader("content-type", ""):
            self._stream(data)
        else:
            body = json.loads(data)
            assert response.getheader("content-type") == "application/json"
            (self._success if response.status == 200 else self._refusal)(sent, response, body)

    def classes(self) -> Counter[tuple[int, str]]:
        """Return how often each status was met with each rule, as far as it has been logged."""
        return self._log.met

    def _answer(self, sent: Sent) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {
            "x-api-key": KEY,
            "content-type": "application/json",
            "anthropic-version": sent.version,
            "anthropic-beta": sent.betas,
            **dict(sent.headers),
        }
        given = {name: value for name, value in headers.items() if value}
        if self._connection is None:
            host = self._server.url.removeprefix("http://")
            self._connection = http.client.HTTPConnection(host, timeout=DEADLINE)
        self._connection.request(sent.method, sent.path, sent.data or None, given)
        response = self._connection.getresponse()
        data = response.read()
        if response.will_close:
            self.close()
        return response, data

    def _success(self, sent: Sent, _: http.client.HTTPResponse, body: Any) -> None:
        if sent.path == COUNT:
            assert list(body) == ["input_tokens"]
            assert body["input_tokens"] >= 0  # 0: messages that only direct
        elif sent.method == "POST":
            assert body["type"] == "message"
            assert body["role"] == "assistant"
            self.replies.append(body["id"])
            assert body["stop_reason"]
            assert body["usage"]["input_tokens"] >= 0
            assert all(block["type"] for block in body["content"])

    def _refusal(self, sent: Sent, response: http.client.HTTPResponse, body: Any) -> None:
        error = body["error"]
        scripted = error["message"] == SCRIPTED
        assert response.status < 500 or scripted, f"{response.status}: {error}"
        if sent.right and not scripted:
            raise AssertionError(f"a right request is refused: {error}")
        assert body["type"] == "error"
        assert response.status in STATUSES[error["type"]]
        assert error["message"]
        assert body["request_id"] == response.getheader("request-id")

    def _stream(self, data: bytes) -> None:
        records = [Record(one.event, json.loads(one.data)) for one in Decoder().feed(data)]
        assert faults(records) == []
        assert records[-1].event == "message_stop", records[-1]


class _Failures(logging.Handler):
    """Collects what is logged as a failure of the server's."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


@contextmanager
def judges() -> Iterator[list[Judge]]:
    """Start a server in front of each emulated provider; enter with their judges."""
    settings = Settings(log_format="json")
    failures = _Failures()
    providers: tuple[Provider, ...] = (OfflineProvider(), ScriptedProvider(SCRIPT))
    root = logging.getLogger()
    with ExitStack() as stack:
        root.addHandler(failures)
        stack.callback(root.removeHandler, failures)
        found = []
        for provider in providers:
            classes = Classes()
            log = RequestLog(settings, classes)
            server = LocalServer(Gateway(provider), key=KEY, settings=settings, request_log=log)
            found.append(Judge(stack.enter_context(server), classes, failures))
            stack.callback(found[-1].close)
        yield found


def unmet(met: Counter[tuple[int, str]]) -> list[str]:
    """Return the rules that were not met."""
    return sorted({rule.name for rule in ALL} - {name for _, name in met})
