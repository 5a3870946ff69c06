"""The ASGI app: the hot routes by hand, the others on Starlette, one log line for each request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import msgspec

from rookery.errors import (
    APIError,
    InternalServerError,
    MethodNotAllowedError,
    OverloadedError,
    StreamCutError,
)
from rookery.gateway.gateway import Gateway
from rookery.server.auth import Keys
from rookery.server.cold import cold_app
from rookery.server.http import ClientGoneError, Exchange, Receive, Scope, Send
from rookery.server.log import RequestLog
from rookery.server.routes.health import HealthRoutes
from rookery.server.routes.messages import MessagesRoutes
from rookery.server.routes.models import ModelsRoutes
from rookery.server.streaming import STOPPING
from rookery.settings import Settings
from rookery.wire.ids import Ids

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
"""How long what has expired stays in memory at most, where no request comes."""
ELSEWHERE = {"retry-after": "1", "connection": "close"}
"""Asks a client to come again on a new connection, which may lead to another server."""

Handler = Callable[[Exchange], Awaitable[None]]


class App:
    """The Claude API over a gateway."""

    def __init__(
        self,
        gateway: Gateway,
        keys: Keys,
        settings: Settings,
        *,
        request_log: RequestLog | None = None,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        """Serve `gateway` to the owners of `keys`; the app closes the gateway when it stops."""
        self._sweep_seconds = sweep_seconds
        # An app that is given no log of requests keeps quiet about them.
        self._log = request_log or RequestLog(msgspec.structs.replace(settings, log_level="error"))
        self.gateway = gateway
        self._ids = Ids()
        self._ready = False
        self.stopping = False
        """Whether new requests are turned away, since the server is about to stop."""
        messages = MessagesRoutes(gateway, keys, settings)
        self._hot: dict[str, Handler] = {
            "/v1/messages": messages.create,
            "/v1/messages/count_tokens": messages.count_tokens,
        }
        models = ModelsRoutes(gateway.catalog)
        health = HealthRoutes(lambda: self._ready and not self.stopping)
        routes = [*models.routes(), *health.routes()]
        self._cold = cold_app(routes, keys, settings.organization_id)
        self.endpoints: list[tuple[str, str]] = [
            *(("POST", path) for path in self._hot),
            *((min(route.methods or ()), route.path) for route in routes),
        ]
        """Method and path of each endpoint; those with GET answer HEAD too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._ids.new("req"))
        start = time.perf_counter()
        try:
            if self.stopping and exchange.path.startswith("/v1/"):
                raise OverloadedError(STOPPING, headers=ELSEWHERE)
            handler = self._hot.get(exchange.path)
            if handler is None:
                await self._cold(exchange, scope, receive, send)
            else:
                await _post(exchange, handler)
        except ClientGoneError:
            exchange.failure = "client_gone"
        except StreamCutError:
            exchange.failure = "cut"
            exchange.cut()
        except APIError as error:
            await exchange.error(error)
        except Exception:  # noqa: BLE001 - the last line of defence; it is logged
            _log.exception("a request failed", extra={"request_id": exchange.request_id})
            if not exchange.status:
                await exchange.error(InternalServerError())
        except asyncio.CancelledError:  # by the server, whose time to stop has run out
            if not exchange.status:
                await exchange.error(OverloadedError(STOPPING))
        finally:
            self._log.write(exchange, time.perf_counter() - start)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_seconds)
            self.gateway.threads.expire()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        sweeper = asyncio.create_task(self._sweep())
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._ready = True
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._ready = False
                sweeper.cancel()
                await self.gateway.close()
                self._log.flush()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _post(exchange: Exchange, handler: Handler) -> Awaitable[None]:
    if exchange.method != "POST":
        raise MethodNotAllowedError(headers={"allow": "POST"})
    return handler(exchange)
