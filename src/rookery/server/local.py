"""A server in a thread of this process, for tests and demos."""

from __future__ import annotations

import threading
from typing import Any, Self

import msgspec
import uvicorn

from rookery.gateway.gateway import Gateway
from rookery.server.app import App
from rookery.server.auth import open_keys
from rookery.server.log import RequestLog
from rookery.server.origin import base_url
from rookery.server.serve import listen, options
from rookery.server.server import Server
from rookery.settings import Secret, Settings

OVERRIDES: dict[str, Any] = {"host": "127.0.0.1", "port": 0, "grace_seconds": 1.0}
STOP_SECONDS = 10.0


class LocalServer:
    """A server in a thread of this process, on a free port of the loopback: a context manager."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        key: str,
        settings: Settings | None = None,
        request_log: RequestLog | None = None,
    ) -> None:
        """Serve `gateway` to whoever has `key`; requests are logged to `request_log`, if any."""
        self.key = key
        self.gateway = gateway
        base = settings or Settings()
        self._settings = msgspec.structs.replace(base, **OVERRIDES)
        opened = open_keys(msgspec.structs.replace(base, bootstrap_key=Secret(key)))
        self._socket = listen(self._settings)
        app = App(gateway, opened.keys, self._settings, request_log=request_log)
        self._server = Server(uvicorn.Config(app, **options(self._settings)), app, self._settings)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return base_url(self._settings, self._socket)

    @property
    def connections(self) -> frozenset[Any]:
        """The connections that are open."""
        return frozenset(self._server.server_state.connections)

    def __enter__(self) -> Self:
        self._thread.start()
        return self  # the socket listens already: who connects early waits in its backlog

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._socket.close()
