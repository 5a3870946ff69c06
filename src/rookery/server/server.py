"""uvicorn's server: it looks after slow connections, and stops without losing anything."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from rookery.server.app import App
from rookery.server.state import State
from rookery.server.workers import SIGNALS
from rookery.settings import Settings

TICK = 0.1
"""Seconds between two ticks of uvicorn's main loop."""

LAST_SECONDS = 1.0
"""Seconds for requests that are cut off to say so, and again for what was written to be sent."""

TELL_SECONDS = 60.0
"""Seconds between two log lines on the same trouble."""

_log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Serves one app in this process.

    On SIGTERM it is not ready any more and answers new requests with 529, for `drain_seconds` and
    then for as long as requests run, `grace_seconds` at most; then it listens no more. SIGINT is
    the same without the first wait, and a second signal ends both.
    """

    server_state: State

    def __init__(self, config: uvicorn.Config, app: App, settings: Settings) -> None:
        """Serve `app` as `config` says, within the limits of `settings`."""
        super().__init__(config)
        self.server_state = State()
        self._app = app
        self._settings = settings
        self._sweep_seconds = min(1.0, settings.head_timeout / 4, settings.body_timeout / 4)
        self._swept = 0.0
        self._told = 0
        self._told_at = -TELL_SECONDS
        self._drains = False

    # --- while it runs ---------------------------------------------------------------------------

    async def on_tick(self, counter: int) -> bool:
        """Do what is due; say whether it is time to stop."""
        self._sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def _sweep(self, now: float) -> None:
        """Let the connections grow older, where it is time for that."""
        passed = now - self._swept
        if passed < self._sweep_seconds:
            return
        self._swept = now
        # The time that this process itself was held up is not the clients' fault.
        seconds = min(passed, 2 * self._sweep_seconds + TICK)
        for connection in self._connections():
            connection.grow_older(seconds)
        if self.server_state.refused > self._told and now - self._told_at >= TELL_SECONDS:
            self._tell_of_refusals(now)

    def _tell_of_refusals(self, now: float) -> None:
        refused = self.server_state.refused
        _log.warning("connections were refused, there are too many: %d", refused - self._told)
        self._told, self._told_at = refused, now

    def _connections(self) -> list[Any]:
        return list(self.server_state.connections)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and let the signals come that a worker is started without."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise SystemExit(STARTUP_FAILURE)
        loop, secured = asyncio.get_running_loop(), self.config.ssl
        self.servers = [
            await loop.create_server(
                self._protocol,
                sock=sock,
                backlog=self.config.backlog,
                ssl=secured,
                ssl_handshake_timeout=self._settings.head_timeout if secured else None,
                ssl_shutdown_timeout=LAST_SECONDS if secured else None,
            )
            for sock in sockets or []
        ]
        self.started = True
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol

    # --- how it stops ----------------------------------------------------------------------------

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal: the first asks for the end, the second for it to be now."""
        del frame
        self._captured_signals.append(sig)
        self.force_exit = self.should_exit
        self._drains = self._drains or sig == signal.SIGTERM
        self.should_exit = self._app.stopping = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: see the class."""
        self._app.stopping = True
        if self._drains:
            await self._wait(self._settings.drain_seconds, lambda: False)
        await self._wait(self._settings.grace_seconds, self._is_done)
        for server in self.servers:
            server.close()
        for sock in sockets or []:
            sock.close()
        await self._cut_off()
        await self.lifespan.shutdown()

    async def _cut_off(self) -> None:
        """End what still runs, and the connections when what was written to them is sent."""
        for task in list(self.server_state.tasks):
            task.cancel()
        self.force_exit = False
        await self._wait(LAST_SECONDS, lambda: not self._has_young())
        for connection in self._connections():
            connection.shutdown()
        await self._wait(LAST_SECONDS, lambda: not self.server_state.connections)
        for connection in self._connections():
            connection.transport.abort()

    def _has_young(self) -> bool:
        """Whether requests run, or are about to come on a connection that was just made."""
        return bool(self.server_state.tasks) or any(
            connection.messages == 0 for connection in self._connections()
        )

    def _is_done(self) -> bool:
        """Whether all requests are answered, and the answers sent."""
        return not self.server_state.tasks and not any(
            connection.transport.get_write_buffer_size() for connection in self._connections()
        )

    async def _wait(self, seconds: float, done: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        counter = 0
        while not (self.force_exit or done()) and (left := end - loop.time()) > 0:
            await asyncio.sleep(min(TICK, left))
            await self.on_tick(counter := counter + 1)
