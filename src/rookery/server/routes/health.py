"""`/healthz`, `/readyz` and `/api/hello`: is anybody there. None of them needs a key."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class HealthRoutes:
    """Liveness and readiness."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        """Ask `ready` whether requests can be served."""
        self._ready = ready

    def routes(self) -> list[Route]:
        """Return the three routes; each answers HEAD too."""
        return [
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/api/hello", self.hello),
        ]

    async def healthz(self, request: Request) -> Response:
        """Say that the process answers."""
        del request
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Say whether the server takes requests: 200, or 503 while it starts or stops."""
        del request
        ready = self._ready()
        return JSONResponse({"status": "ready" if ready else "stopping"}, 200 if ready else 503)

    async def hello(self, request: Request) -> Response:
        """Answer the connectivity check of official clients."""
        del request
        return JSONResponse({"message": "hello"})
