"""The server under test: an address, a key, and HTTP/1.1 as the standard library speaks it.

No client library stands between the kit and the server, so that what is judged is what was sent.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from rookery.errors import ConnectionFailedError
from rookery.wire.sse import Decoder
from rookery.wire.versions import LATEST

T = TypeVar("T")

READ_AT_ONCE = 64 * 1024
BUSY = (429, 529)
"""Statuses of a server that asks to come again."""
ATTEMPTS = 4
LONGEST_WAIT = 60.0
"""Seconds that a server may ask to wait, at each attempt."""


class Answer(NamedTuple):
    """A whole response. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    @property
    def error(self) -> dict[str, Any]:
        """The `error` object; empty where the body has none."""
        body = self.json
        found = body.get("error") if isinstance(body, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> Any:
        """The `error_code` of the error's details; None where there is none."""
        details = self.error.get("details")
        return details.get("error_code") if isinstance(details, dict) else None


class Record(NamedTuple):
    """One event of a stream: its name and its data."""

    event: str
    data: Any


class Streamed(NamedTuple):
    """A response read as a stream of events; `records` is empty where it was something else."""

    answer: Answer
    records: list[Record]

    def of(self, event: str) -> list[Any]:
        """Return the data of all events of this name."""
        return [record.data for record in self.records if record.event == event]


class Traffic:
    """What a run has cost so far."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.requests = 0
        self.input_tokens = 0
        self.output_tokens = 0

    def add(self, usage: Any) -> None:
        """Count the usage of a message, where it is one."""
        if isinstance(usage, dict):
            self.input_tokens += sum(_count(value) for name, value in usage.items() if name in _IN)
            self.output_tokens += _count(usage.get("output_tokens"))


_IN = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


class Target:
    """Where requests go, with which key and for which model."""

    def __init__(
        self,
        url: str,
        key: str,
        model: str,
        *,
        version: str = LATEST,
        timeout: float = 120.0,
        verify: bool = True,
        large: bool = False,
    ) -> None:
        """Aim at the API below `url`.

        `verify` false takes any TLS certificate; `large` allows requests of more than 1 MB.
        Raises ConnectionFailedError for what is no address.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConnectionFailedError(f"{url!r:.100} is no address such as http://127.0.0.1:8420")
        self._netloc = parts.netloc.rpartition("@")[2]
        self._prefix = parts.path.rstrip("/").removesuffix("/v1")
        self.url = f"{parts.scheme}://{self._netloc}{self._prefix}"
        self.key = key
        self.model = model
        self.version = version
        self.large = large
        self.traffic = Traffic()
        self._timeout = timeout
        self._tls: ssl.SSLContext | None = None
        if parts.scheme == "https":
            self._tls = ssl.create_default_context()
            if not verify:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE

    def message(self, **fields: Any) -> dict[str, Any]:
        """Return a small request that is right but for these fields; None leaves one out."""
        turn = {"role": "user", "content": "Say hello in one short sentence."}
        base = {"model": self.model, "max_tokens": 1024, "messages": [turn]}
        return {name: value for name, value in {**base, **fields}.items() if value is not None}

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Send JSON (or bytes as they are) and return the whole response."""
        return self.ask("POST", path, _encoded(body), **headers)

    def create(self, **fields: Any) -> Answer:
        """Ask for a message that is right but for these fields."""
        return self.post("/v1/messages", self.message(**fields))

    def get(self, path: str, **headers: str) -> Answer:
        """Return the response to a GET."""
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, data: bytes | None, **headers: str) -> Answer:
        """Send one request. Header names are given with `_` for `-`; an empty value removes one.

        A server that says when to come again is asked again. Raises ConnectionFailedError.
        """
        answer = self._patiently(lambda: self._exchange(method, path, data, headers, _answer))
        body = answer.json
        self.traffic.add(body.get("usage") if isinstance(body, dict) else None)
        return answer

    def stream(self, **fields: Any) -> Streamed:
        """Ask for a streamed message that is right but for these fields, and read it to its end.

        Raises ConnectionFailedError.
        """
        body = _encoded(self.message(**{**fields, "stream": True}))
        found: list[Streamed] = []

        def once() -> Answer:
            found[:] = [self._exchange("POST", "/v1/messages", body, {}, _streamed)]
            return found[0].answer

        self._patiently(once)
        for data in (*found[0].of("message_start"), *found[0].of("message_delta")):
            message = data.get("message", data) if isinstance(data, dict) else None
            self.traffic.add(message.get("usage") if isinstance(message, dict) else None)
        return found[0]

    def _patiently(self, once: Callable[[], Answer]) -> Answer:
        for _ in range(ATTEMPTS - 1):
            answer = once()
            wait = _seconds(answer.headers.get("retry-after", ""))
            if answer.status not in BUSY or wait is None or wait > LONGEST_WAIT:
                return answer
            time.sleep(wait)
        return once()

    def _exchange(
        self,
        method: str,
        path: str,
        data: bytes | None,
        headers: dict[str, str],
        read: Callable[[http.client.HTTPResponse], T],
    ) -> T:
        self.traffic.requests += 1
        try:
            connection = self._open()
            try:
                connection.request(method, self._prefix + path, data, self._headers(headers))
                return read(connection.getresponse())
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailedError(f"{self.url} does not answer: {_reason(error)}") from error

    def _open(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._netloc, timeout=self._timeout)
        return http.client.HTTPSConnection(self._netloc, timeout=self._timeout, context=self._tls)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        headers = {
            "x-api-key": self.key,
            "anthropic-version": self.version,
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in given.items()},
        }
        return {name: value for name, value in headers.items() if value}


def _encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def _seconds(value: str) -> float | None:
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); see --insecure"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _answer(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def _streamed(response: http.client.HTTPResponse) -> Streamed:
    if "event-stream" not in response.getheader("content-type", ""):
        return Streamed(_answer(response), [])
    decoder, records, data = Decoder(), [], []
    while chunk := response.read1(READ_AT_ONCE):
        data.append(chunk)
        for record in decoder.feed(chunk):
            try:
                value = json.loads(record.data)
            except ValueError:
                value = None
            records.append(Record(record.event, value))
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Streamed(Answer(response.status, headers, b"".join(data)), records)
