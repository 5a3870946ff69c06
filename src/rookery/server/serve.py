"""Runs the app: in this process, or in several workers."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from rookery import settings as settings_module
from rookery.errors import SettingsError
from rookery.gateway.downloads import Downloads
from rookery.gateway.gateway import Gateway
from rookery.gateway.limits import Limits, Rates
from rookery.gateway.retry import Retries
from rookery.gateway.threads import Threads
from rookery.providers import registry
from rookery.server import log, tls
from rookery.server.app import App
from rookery.server.auth import Keys, Opened, open_keys
from rookery.server.files import connections_for, raise_limit
from rookery.server.origin import Clients, Hosts, base_url
from rookery.server.protocol import Protocol
from rookery.server.server import Server
from rookery.server.workers import Workers
from rookery.settings import PREFIX, Secret, Settings
from rookery.transport.client import new_fetcher

BACKLOG = 2048

Greet = Callable[[str, Opened], None]
"""Told the URL and the keys of a server that is about to serve."""


def serve(settings: Settings, greet: Greet) -> None:
    """Serve until the process is told to stop. Raises SettingsError where it cannot start.

    What may fail comes before `greet`, and keys are made last.
    """
    gateway = _gateway(settings)
    _ = tls.context(settings), Hosts(settings), Clients(settings)
    sock = listen(settings)
    opened = open_keys(settings)
    greet(base_url(settings, sock), opened)
    if settings.workers > 1:
        _serve_workers(settings, sock)
    else:
        run_app(_app(settings, gateway, opened.keys), settings, sock)


def run_app(app: App, settings: Settings, sock: socket.socket) -> None:
    """Serve one app in this process until it is told to stop."""
    connections = connections_for(raise_limit(), settings.max_connections)
    settings = msgspec.structs.replace(settings, max_connections=connections)
    Server(uvicorn.Config(app, **options(settings)), app, settings).run(sockets=[sock])


def run_worker(sock: socket.socket) -> None:
    """Serve in one of several worker processes, with all settings from the environment."""
    settings = settings_module.load(file=Path(os.devnull))
    log.configure(settings)
    run_app(_app(settings, _gateway(settings), open_keys(settings).keys), settings, sock)


def _gateway(settings: Settings) -> Gateway:
    provider = registry.build(settings.provider, settings)
    rates = Rates(
        settings.limit_requests_per_minute,
        settings.limit_input_tokens_per_minute,
        settings.limit_output_tokens_per_minute,
    )
    return Gateway(
        provider,
        threads=Threads(settings.max_thread_bytes),
        limits=Limits(rates),
        unknown_fields=settings.unknown_fields,
        downloads=Downloads(new_fetcher().fetch) if settings.fetch_urls else None,
        retries=Retries(most=settings.retries),
    )


def _app(settings: Settings, gateway: Gateway, keys: Keys) -> App:
    return App(gateway, keys, settings, request_log=log.RequestLog(settings))


def _serve_workers(settings: Settings, sock: socket.socket) -> None:
    os.environ.update(_to_environment(settings))
    if not Workers(settings.workers, run_worker, sock).run():
        raise SettingsError("The workers cannot start; the log says why.")


def _to_environment(settings: Settings) -> dict[str, str]:
    """Hand the settings to the workers, who read the environment."""
    values = {name: getattr(settings, name) for name in settings_module.NAMES}
    return {
        PREFIX + name.upper(): value.reveal() if isinstance(value, Secret) else str(value)
        for name, value in values.items()
        if value is not None
    }


def options(settings: Settings) -> dict[str, Any]:
    """Return how uvicorn is to run, in one process or several. Raises SettingsError."""
    secured = tls.context(settings)
    return {
        "loop": "uvloop",
        "http": partial(Protocol, settings=settings, hosts=Hosts(settings)),
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "backlog": BACKLOG,
        "proxy_headers": False,
        "ssl_context_factory": None if secured is None else lambda *_: secured,
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
