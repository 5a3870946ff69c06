"""Servers that are wrong in one way each: a right one behind a proxy that changes its answers."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

SECONDS = 10.0


class Exchange(NamedTuple):
    """A request, and what the right server answers it."""

    method: str
    path: str
    asked: dict[str, str]
    """Headers of the request, in lower case."""
    body: Any
    """The JSON of the request; None where it is none."""
    status: int
    headers: dict[str, str]
    data: bytes


Mutation = Callable[[Exchange], Exchange]


@contextmanager
def proxy(url: str, mutate: Mutation) -> Iterator[str]:
    """Serve what `url` serves, changed by `mutate`; enter with the address."""
    host = url.removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            found = mutate(_forwarded(host, self.command, self.path, dict(self.headers), data))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(found.data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(found.data)

        do_GET = do_POST = do_DELETE = do_HEAD = do_OPTIONS = handle_one  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(SECONDS)


def _forwarded(host: str, method: str, path: str, headers: dict[str, str], data: bytes) -> Exchange:
    asked = {name.lower(): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(host, timeout=SECONDS)
    try:
        connection.request(method, path, data or None, asked)
        response = connection.getresponse()
        given = {name.lower(): value for name, value in response.getheaders()}
        for name in ("content-length", "transfer-encoding", "connection", "date", "server"):
            given.pop(name, None)
        return Exchange(method, path, asked, _parsed(data), response.status, given, response.read())
    finally:
        connection.close()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def answers(change: Callable[[dict[str, Any], dict[str, Any]], None], path: str = "") -> Mutation:
    """Change the JSON of answers that are 200: `change` has it and the request's."""

    def mutate(seen: Exchange) -> Exchange:
        answer = _parsed(seen.data)
        if seen.status != 200 or not isinstance(answer, dict) or path not in seen.path:
            return seen
        change(answer, seen.body if isinstance(seen.body, dict) else {})
        return seen._replace(data=json.dumps(answer).encode())

    return mutate


def replies(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Mutation:
    """Change messages, and the `message_start` of streams, alike."""

    def on_event(event: dict[str, Any], body: dict[str, Any]) -> None:
        if event["type"] == "message_start":
            change(event["message"], body)

    def only_messages(answer: dict[str, Any], body: dict[str, Any]) -> None:
        if answer.get("type") == "message":
            change(answer, body)

    whole, streamed = answers(only_messages), events(on_event)
    return lambda seen: streamed(whole(seen))


def events(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Mutation:
    """Change the data of each event of a stream."""

    def each(records: list[dict[str, Any]], body: dict[str, Any]) -> list[dict[str, Any]]:
        for record in records:
            change(record, body)
        return records

    return streams(each)


def streams(
    change: Callable[[list[dict[str, Any]], dict[str, Any]], list[dict[str, Any]]],
) -> Mutation:
    """Change the list of the events of a stream."""

    def mutate(seen: Exchange) -> Exchange:
        if "event-stream" not in seen.headers.get("content-type", ""):
            return seen
        lines = seen.data.decode().splitlines()
        records = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
        found = change(records, seen.body)
        text = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in found)
        return seen._replace(data=text.encode())

    return mutate


def refusals(**changes: Any) -> Mutation:
    """Change status, type or message of what is refused."""

    def mutate(seen: Exchange) -> Exchange:
        answer = _parsed(seen.data)
        if seen.status < 400 or not isinstance(answer, dict):
            return seen
        answer["error"].update(changes)
        status = changes.get("status", seen.status)
        return seen._replace(status=status, data=json.dumps(answer).encode())

    return mutate


def headers(**changes: str) -> Mutation:
    """Set headers of every answer; an empty value takes one away."""

    def mutate(seen: Exchange) -> Exchange:
        found = {**seen.headers, **{name.replace("_", "-"): to for name, to in changes.items()}}
        return seen._replace(headers={name: value for name, value in found.items() if value})

    return mutate


def accepts(wanted: Callable[[Exchange], bool], status: int = 200) -> Mutation:
    """Answer with another status, and an empty message, where `wanted` says so."""

    def mutate(seen: Exchange) -> Exchange:
        if not wanted(seen):
            return seen
        return seen._replace(status=status, data=b'{"type":"message","content":[]}')

    return mutate
