"""The routes that are not hot, on Starlette, for its routing and parsing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Router
from starlette.types import Message, Receive, Scope, Send

from rookery.errors import MethodNotAllowedError, NotFoundError
from rookery.server.auth import Keys, admit
from rookery.server.http import Exchange

ColdApp = Callable[[Exchange, Scope, Receive, Send], Awaitable[None]]


def cold_app(routes: Sequence[BaseRoute], keys: Keys, organization_id: str) -> ColdApp:
    """Return the app: every path below /v1 needs a key. Errors are raised, for `App` to answer."""
    # The API redirects nobody; Starlette would, to whatever host the client names.
    router = Router(routes, redirect_slashes=False)

    async def app(exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*exchange.gathered.items(), *message["headers"]]
            await send(message)

        if exchange.path.startswith("/v1/"):
            admit(exchange, keys, organization_id)
        scope["app"] = router  # without it, Starlette answers 404 and 405 itself, in plain text
        try:
            await router(scope, receive, send_with_id)
        except HTTPException as error:
            kind = MethodNotAllowedError if error.status_code == 405 else NotFoundError
            headers = {name.lower(): value for name, value in (error.headers or {}).items()}
            raise kind(headers=headers) from error

    return app
