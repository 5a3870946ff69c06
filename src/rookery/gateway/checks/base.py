"""What every check gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rookery.catalog.model import Model
from rookery.providers.base import Call
from rookery.wire.messages import CountRequest

B = TypeVar("B", bound=CountRequest)

Check = Callable[[B, Model, Call], None]
"""Raises an errors.APIError, made by a row of `rookery.rules`, where the request breaks it."""
