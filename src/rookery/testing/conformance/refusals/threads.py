"""Cases of `rookery.rules.threads`."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from rookery.rules import threads
from rookery.testing.conformance.check import expect
from rookery.testing.conformance.refusals.case import Case, message
from rookery.testing.conformance.target import Target
from rookery.wire.betas import THREADS
from rookery.wire.versions import LATEST

SECONDS = 10.0
TURN = [{"role": "user", "content": "go on"}]
ID = "msg_0123456789abcdefghijklmn"


def create(**fields: Any) -> dict[str, Any]:
    """Return a request that creates a thread."""
    return message(**{"thread": {"type": "create"}, **fields})


def go_on(previous: str = ID, **fields: Any) -> dict[str, Any]:
    """Return a request that continues a thread."""
    thread = {"type": "continue", "previous_message_id": previous}
    return message(**{"thread": thread, "messages": TURN, **fields})


def answered(target: Target, body: dict[str, Any]) -> str:
    """Send a request and return the id of its reply. Raises Failed where there is none."""
    answer = target.post("/v1/messages", body, anthropic_beta=THREADS)
    expect(answer.status == 200, f"a thread cannot be used: {answer.data[:160]!r}")
    return str(answer.json["id"])


@contextmanager
def continued(target: Target) -> Iterator[dict[str, Any]]:
    """A response has been continued, and is to be again."""
    first = answered(target, create())
    answered(target, go_on(first))
    yield go_on(first)


@contextmanager
def in_flight(target: Target) -> Iterator[dict[str, Any]]:
    """A response is being continued by a stream that does not end; over plain HTTP."""
    first = answered(target, create())
    endless = [{"role": "user", "content": "go on for ever"}]
    body = json.dumps(go_on(first, messages=endless, stream=True))
    headers = {"x-api-key": target.key, "anthropic-version": LATEST, "anthropic-beta": THREADS}
    connection = http.client.HTTPConnection(target.url.removeprefix("http://"), timeout=SECONDS)
    with closing(connection):
        connection.request("POST", "/v1/messages", body, headers)
        with connection.getresponse() as response:
            expect(response.status == 200, f"the status is {response.status}")
            yield go_on(first)


@contextmanager
def changed(target: Target) -> Iterator[dict[str, Any]]:
    """A thread that was created without an output format is to go on with one."""
    form = {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}
    yield go_on(answered(target, create()), output_config={"format": form})


AT = "thread.previous_message_id"
CASES = [
    Case(
        threads.THREAD_UNSUPPORTED,
        "thread: This server does not keep message threads. Send the full conversation without "
        "`thread`.",
        create(),
        betas=THREADS,
        server="without threads",
    ),
    Case(
        threads.THREAD_NOT_FOUND,
        f"{AT}: No thread was found for this response; it may have expired. Send the full "
        "conversation to create a new one.",
        go_on(),
        betas=THREADS,
    ),
    Case(
        threads.THREAD_ALREADY_CONTINUED,
        f"{AT}: This response has already been continued. Continue from the newest response of "
        "the thread.",
        betas=THREADS,
        given=continued,
    ),
    Case(
        threads.THREAD_CONTINUE_IN_FLIGHT,
        f"{AT}: Another request is still continuing from this response.",
        betas=THREADS,
        given=in_flight,
        server="slow",
    ),
    Case(
        threads.THREAD_FIELDS_DIFFER,
        "thread: The request is not that of the thread; differing field(s): output_config",
        betas=THREADS,
        given=changed,
    ),
    *(
        Case(
            threads.THREAD_KEEPS_FIELD,
            f"{name}: cannot be sent by a request that continues a thread, which keeps the value "
            "that it was created with",
            go_on(ID, **{name: value}),
            betas=THREADS,
        )
        for name, value in {"system": "Be brief.", "tools": []}.items()
    ),
]
