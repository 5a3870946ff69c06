"""Files that a request gives by address, put into it as the backend's own API would get them."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any

import msgspec

from rookery.emulation.images import NotBase64Error, read_header
from rookery.errors import FetchError
from rookery.gateway.checks.media import media
from rookery.rules.media import NOT_DOWNLOADED
from rookery.transport.base import Fetch
from rookery.wire.blocks import UrlSource
from rookery.wire.messages import Request

AT_ONCE = 4
"""Files of one request that are fetched at a time."""

MAX_BYTES = 32 * 1024 * 1024
"""Of all files of a request."""

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Downloads:
    """Fetches what requests give by address."""

    def __init__(self, fetch: Fetch) -> None:
        """Fetch with `fetch`, which knows what may be fetched."""
        self._fetch = fetch

    async def inline(self, request: Request) -> Request:
        """Return a valid request with its files in base64; itself where it names none by address.

        Raises InvalidRequestError where one cannot be had, as the API does.
        """
        wanted = [medium for medium in media(request.body) if _is_by_url(medium.block)]
        if not wanted:
            return request
        plain = request.plain
        room, turns = _Room(MAX_BYTES), asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                for medium in wanted:
                    group.create_task(self._put(_find(plain, medium.place), room, turns))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return type(request)(data=_encode(plain))

    async def _put(self, block: dict[str, Any], room: _Room, turns: asyncio.Semaphore) -> None:
        async with turns:
            try:
                file = await self._fetch(block["source"]["url"], room.bytes)
                room.take(len(file))
            except FetchError as error:
                _log.info("a file of a request was not fetched: %s", error.message)
                raise NOT_DOWNLOADED.error() from error
        data = base64.b64encode(file).decode()
        kind = "application/pdf" if block["type"] == "document" else _type_of_image(data)
        block["source"] = {"type": "base64", "media_type": kind, "data": data}


class _Room:
    """How many bytes the files of a request may still have."""

    def __init__(self, size: int) -> None:
        self.bytes = size

    def take(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise FetchError("The files of the request are too large.")


def _is_by_url(block: Any) -> bool:
    return isinstance(block.source, UrlSource)


def _find(plain: Any, place: str) -> dict[str, Any]:
    for step in place.split("."):
        plain = plain[int(step) if step.isdigit() else step]
    found: dict[str, Any] = plain
    return found


def _type_of_image(data: str) -> str:
    """Return the type of an image; of what is none it is left to the checks to say so."""
    try:
        header = read_header(data)
    except NotBase64Error:  # of nothing
        return "image/png"
    return header.media_type or "image/png"
