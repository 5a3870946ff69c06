"""`GET /v1/models` and `GET /v1/models/{id}`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rookery.catalog.lookup import AVAILABLE, Catalog
from rookery.catalog.model import Lifecycle, Model
from rookery.gateway.meter import utc_now
from rookery.rules.endpoints import LIFECYCLE_TOO_MANY, LIFECYCLE_UNKNOWN
from rookery.rules.prompt import MODEL_NOT_FOUND
from rookery.server.paging import read_page, take
from rookery.wire.models import ModelInfo, ModelList

_LIFECYCLES: tuple[Lifecycle, ...] = get_args(Lifecycle)


class ModelsRoutes:
    """The catalog's models. Retired ones are listed on request only."""

    def __init__(self, catalog: Catalog) -> None:
        """Describe the models of `catalog` as they are at the time of the request."""
        self._catalog = catalog

    def routes(self) -> list[Route]:
        """Return the two routes."""
        return [
            Route("/v1/models", self.list, methods=["GET"]),
            Route("/v1/models/{model:path}", self.get, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """Answer with one page, newest first."""
        query = request.query_params
        page = read_page(query)
        wanted = [*query.getlist("lifecycle[]"), *query.getlist("lifecycle")]
        if len(wanted) > len(_LIFECYCLES):
            raise LIFECYCLE_TOO_MANY.error(maximum=len(_LIFECYCLES), count=len(wanted))
        if not set(wanted) <= set(_LIFECYCLES):
            raise LIFECYCLE_UNKNOWN.error()
        now = utc_now()
        states = frozenset(s for s in _LIFECYCLES if s in (wanted or AVAILABLE))
        models = [describe(m, now) for m in self._catalog.models(now, lifecycle=states)]
        data, more = take(models, page)
        return _json(
            ModelList(
                data=data,
                has_more=more,
                first_id=data[0].id if data else None,
                last_id=data[-1].id if data else None,
            )
        )

    async def get(self, request: Request) -> Response:
        """Answer with one model, by its id or an alias."""
        name = request.path_params["model"]
        model = self._catalog.find(name)
        if model is None:
            raise MODEL_NOT_FOUND.error(model=name)
        return _json(describe(model, utc_now()))


def describe(model: Model, at: datetime) -> ModelInfo:
    """Return the API's object for a model; while it is active it tells no date of its end."""
    lifecycle = model.lifecycle(at)
    ends = lifecycle != "active"
    return ModelInfo(
        id=model.id,
        display_name=model.display_name,
        created_at=_midnight(model.created_at),
        lifecycle=lifecycle,
        deprecated_at=_midnight(model.deprecated_at) if ends and model.deprecated_at else None,
        retires_at=_midnight(model.retires_at) if ends and model.retires_at else None,
        line=model.line,
        max_input_tokens=model.max_input_tokens,
        max_tokens=model.max_tokens,
        capabilities=model.capabilities,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
