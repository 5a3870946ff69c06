"""The routes that are not hot, on Starlette: its routing and parsing, the API's errors."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rookery.errors import (
    APIError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
)
from rookery.server.auth import Keys
from rookery.server.http import Exchange
from rookery.wire.envelope import error_body

EXCHANGE = "rookery.exchange"
"""Where in the ASGI scope the exchange is."""


def cold_app(routes: Sequence[BaseRoute], keys: Keys) -> ASGIApp:
    """Return the app: every path below /v1 needs a key, every error has the API's shape."""
    starlette = Starlette(
        routes=routes,
        exception_handlers={
            APIError: _api_error,
            HTTPException: _http_error,
            Exception: _unexpected,
        },
    )
    # The API redirects nobody; Starlette would, to whatever host the client names.
    starlette.router.redirect_slashes = False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"].append((b"request-id", exchange.request_id.encode()))
            await send(message)

        if exchange.path.startswith("/v1/"):
            exchange.key_id = keys.principal(exchange).key_id
        await starlette(scope, receive, send_with_id)

    return app


def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, APIError)  # noqa: S101 - Starlette's handlers are typed loosely
    exchange: Exchange = request.scope[EXCHANGE]
    exchange.failure = error.type
    return Response(
        error_body(error, exchange.request_id),
        error.status,
        headers=error.headers,
        media_type="application/json",
    )


def _http_error(request: Request, error: Exception) -> Response:
    allowed = isinstance(error, HTTPException) and error.status_code == 405
    translated = MethodNotAllowedError() if allowed else NotFoundError()
    if isinstance(error, HTTPException):
        translated.headers = dict(error.headers or {})
    return _api_error(request, translated)


def _unexpected(request: Request, error: Exception) -> Response:
    del error  # Starlette raises it again once this is sent, and the app logs it
    return _api_error(request, InternalServerError())
