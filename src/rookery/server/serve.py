"""Runs the app: in this process, in several workers, or in a thread of a test or a demo."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import uvicorn
from uvicorn.supervisors import Multiprocess

from rookery import settings as settings_module
from rookery.errors import SettingsError
from rookery.gateway.gateway import Gateway
from rookery.providers import registry
from rookery.server import log
from rookery.server.app import App
from rookery.server.auth import Keys, Opened, open_keys
from rookery.server.protocol import Protocol
from rookery.settings import PREFIX, Secret, Settings

SHUTDOWN_SECONDS = 10
BACKLOG = 2048

Greet = Callable[[str, Opened], None]
"""Told the URL and the keys of a server that is about to serve."""


def serve(settings: Settings, greet: Greet) -> None:
    """Serve until the process is told to stop. Raises SettingsError where it cannot start.

    What may fail comes before `greet`, and keys are made last.
    """
    gateway = _gateway(settings)
    sock = listen(settings)
    opened = open_keys(settings)
    greet(url_of(sock), opened)
    if settings.workers > 1:
        _serve_workers(settings, sock)
    else:
        run_app(_app(settings, gateway, opened.keys), settings, sock)


def run_app(app: App, settings: Settings, sock: socket.socket) -> None:
    """Serve one app in this process until it is told to stop."""
    uvicorn.Server(uvicorn.Config(app, **_options(settings))).run(sockets=[sock])


def worker_app() -> App:
    """Return the app of one of several worker processes, all from the environment."""
    settings = settings_module.load(file=Path(os.devnull))
    log.configure(settings)
    return _app(settings, _gateway(settings), open_keys(settings).keys)


def _gateway(settings: Settings) -> Gateway:
    return Gateway(registry.build(settings.provider, settings))


def _app(settings: Settings, gateway: Gateway, keys: Keys) -> App:
    return App(gateway, keys, settings, request_log=log.RequestLog(settings))


def _serve_workers(settings: Settings, sock: socket.socket) -> None:
    os.environ.update(_to_environment(settings))
    config = uvicorn.Config(
        "rookery.server.serve:worker_app",
        factory=True,
        workers=settings.workers,
        **_options(settings),
    )
    Multiprocess(config, sockets=[sock]).run()


def _to_environment(settings: Settings) -> dict[str, str]:
    """Hand the settings to the workers, who read the environment."""
    values = {name: getattr(settings, name) for name in settings_module.NAMES}
    return {
        PREFIX + name.upper(): value.reveal() if isinstance(value, Secret) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "timeout_keep_alive": 75,
    }


def listen(settings: Settings) -> socket.socket:
    """Return the listening socket. Raises SettingsError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
        sock.listen(BACKLOG)
    except (OSError, OverflowError) as error:  # a port beyond 65535 overflows
        sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"Cannot listen on {settings.host} port {settings.port}: {reason.rstrip('.')}."
        ) from error
    return sock


def url_of(sock: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class LocalServer:
    """A server in a thread of this process, on a free port of the loopback: a context manager."""

    def __init__(self, gateway: Gateway, *, key: str, settings: Settings | None = None) -> None:
        """Serve `gateway` to whoever has `key`."""
        self.key = key
        self.gateway = gateway
        base = settings or Settings()
        self._settings = msgspec.structs.replace(base, host="127.0.0.1", port=0)
        opened = open_keys(msgspec.structs.replace(base, bootstrap_key=Secret(key)))
        self._socket = listen(self._settings)
        app = App(gateway, opened.keys, self._settings)
        options = {**_options(self._settings), "timeout_graceful_shutdown": 1}
        self._server = uvicorn.Server(uvicorn.Config(app, **options))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return url_of(self._socket)

    def __enter__(self) -> Self:
        self._thread.start()
        return self  # the socket listens already: who connects early waits in its backlog

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(SHUTDOWN_SECONDS)
        self._socket.close()
