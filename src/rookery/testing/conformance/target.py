"""The server under test: an address, a key, and HTTP/1.1 as the standard library speaks it.

No client library stands between the kit and the server, so that what is judged is what was sent.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rookery.errors import ConnectionFailedError
from rookery.wire.sse import Decoder
from rookery.wire.versions import LATEST

READ_AT_ONCE = 64 * 1024


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


class Record(NamedTuple):
    """One event of a stream: its name, its data, and the seconds since the request was sent."""

    event: str
    data: Any
    after: float


class Streamed(NamedTuple):
    """A response read as a stream of events; `records` is empty where it was something else."""

    answer: Answer
    records: list[Record]


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
    ) -> None:
        """Aim at the API below `url`; `verify` false takes any TLS certificate."""
        parts = urlsplit(url)
        self.url = url.rstrip("/")
        self.key = key
        self.model = model
        self.version = version
        self._host = parts.hostname or ""
        self._port = parts.port
        self._prefix = parts.path.rstrip("/").removesuffix("/v1")
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
        base = {"model": self.model, "max_tokens": 64, "messages": [turn]}
        return {name: value for name, value in {**base, **fields}.items() if value is not None}

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """Send JSON (or bytes as they are) and return the whole response."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, data, **headers)

    def create(self, **fields: Any) -> Answer:
        """Ask for a message that is right but for these fields."""
        return self.post("/v1/messages", self.message(**fields))

    def get(self, path: str, **headers: str) -> Answer:
        """Return the response to a GET."""
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, data: bytes | None, **headers: str) -> Answer:
        """Send one request. Header names are given with `_` for `-`; an empty value removes one.

        Raises ConnectionFailedError.
        """
        try:
            connection = self._open()
            try:
                connection.request(method, self._prefix + path, data, self._headers(headers))
                return _answer(connection.getresponse())
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailedError(f"{self.url} does not answer: {error!r}") from error

    def stream(self, **fields: Any) -> Streamed:
        """Ask for a streamed message that is right but for these fields, and read it to its end."""
        body = json.dumps(self.message(**{**fields, "stream": True})).encode()
        start = time.monotonic()
        try:
            connection = self._open()
            try:
                connection.request("POST", self._prefix + "/v1/messages", body, self._headers({}))
                response = connection.getresponse()
                if "event-stream" not in response.getheader("content-type", ""):
                    return Streamed(_answer(response), [])
                return _streamed(response, start)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailedError(f"{self.url} broke off: {error!r}") from error

    def _open(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=self._tls
        )

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        headers = {
            "x-api-key": self.key,
            "anthropic-version": self.version,
            "content-type": "application/json",
            **{name.replace("_", "-"): value for name, value in given.items()},
        }
        return {name: value for name, value in headers.items() if value}


def _answer(response: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def _streamed(response: http.client.HTTPResponse, start: float) -> Streamed:
    decoder, records, data = Decoder(), [], []
    while chunk := response.read1(READ_AT_ONCE):
        data.append(chunk)
        for record in decoder.feed(chunk):
            try:
                value = json.loads(record.data)
            except ValueError:
                value = None
            records.append(Record(record.event, value, time.monotonic() - start))
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Streamed(Answer(response.status, headers, b"".join(data)), records)
