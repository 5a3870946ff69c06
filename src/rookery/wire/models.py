"""`GET /v1/models`: the model object and its list (platform.claude.com, "Models")."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct


class ModelInfo(Struct, frozen=True, kw_only=True):
    """One model as the API describes it."""

    type: Literal["model"] = "model"
    id: str
    display_name: str
    created_at: datetime
    lifecycle: str
    deprecated_at: datetime | None
    retires_at: datetime | None
    line: str | None
    max_input_tokens: int
    max_tokens: int
    capabilities: dict[str, Any]


class ModelList(Struct, frozen=True, kw_only=True):
    """One page of models, newest first."""

    data: list[ModelInfo]
    has_more: bool
    first_id: str | None
    last_id: str | None
