"""What a request gives by address is counted and checked as if it were in the request."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from rookery.errors import FetchError, InvalidRequestError
from rookery.gateway import downloads
from rookery.gateway.downloads import Downloads
from rookery.gateway.gateway import Gateway
from rookery.providers.base import Call
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.wire.messages import Request
from tests.emulation.test_images import png

PICTURE = png(560, 280)
FILES = {
    "https://a.example/picture.png": PICTURE,
    "https://a.example/page.html": b"<html>",
    "https://a.example/huge.png": b"x" * 2000,
}


async def fetch(url: str, limit: int) -> bytes:
    if url not in FILES:
        raise FetchError("There is none.")
    if len(FILES[url]) > limit:
        raise FetchError("It is too large.")
    return FILES[url]


def by_url(name: str, kind: str = "image") -> dict[str, Any]:
    return {"type": kind, "source": {"type": "url", "url": f"https://a.example/{name}"}}


def inside(data: bytes, media_type: str = "image/png") -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": text}}


def request(*blocks: dict[str, Any], **fields: Any) -> Request:
    body = {
        "model": "claude-opus-5",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": list(blocks)}],
        **fields,
    }
    return Request(data=json.dumps(body).encode())


def gateway() -> tuple[Gateway, ScriptedProvider]:
    provider = ScriptedProvider({"rules": [{"reply": "hello"}]})
    return Gateway(provider, downloads=Downloads(fetch)), provider


CALL = Call("req_1", "2026-10-21")


async def test_a_picture_by_url_counts_as_the_same_in_base64() -> None:
    mine, provider = gateway()
    nested = {"type": "tool_result", "tool_use_id": "t", "content": [by_url("picture.png")]}
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    turns = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [nested, by_url("picture.png")]},
    ]
    by_address = await mine.create(request(messages=turns), CALL)
    text = json.dumps(turns).replace(json.dumps(by_url("picture.png")), json.dumps(inside(PICTURE)))
    in_base64 = await mine.create(request(messages=json.loads(text)), CALL)
    assert by_address.body.usage == in_base64.body.usage
    assert provider.requests[0].plain == provider.requests[1].plain


async def test_without_files_by_url_a_request_is_left_as_it_is() -> None:
    asked = request({"type": "text", "text": "https://a.example/picture.png"})
    assert await Downloads(fetch).inline(asked) is asked


async def test_without_downloads_nothing_is_fetched() -> None:
    provider = ScriptedProvider({"rules": [{"reply": "hello"}]})
    await Gateway(provider).create(request(by_url("picture.png")), CALL)
    assert provider.requests[0].plain["messages"][0]["content"] == [by_url("picture.png")]


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        (by_url("none.png"), "not_downloaded"),
        (by_url("page.html", "document"), "pdf_invalid"),
    ],
)
async def test_what_cannot_be_had_or_is_something_else_is_refused(
    block: dict[str, Any], rule: str
) -> None:
    mine, provider = gateway()
    with pytest.raises(InvalidRequestError) as refused:
        await mine.create(request(by_url("picture.png"), block), CALL)
    assert refused.value.rule == rule
    with pytest.raises(InvalidRequestError):
        async for _ in mine.stream(request(block), CALL):
            pass
    assert not provider.requests


async def test_a_page_is_no_picture() -> None:
    mine, _ = gateway()
    with pytest.raises(InvalidRequestError):
        await mine.create(request(by_url("page.html")), CALL)


async def test_the_files_of_a_request_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 3000)
    with pytest.raises(InvalidRequestError) as refused:
        await Downloads(fetch).inline(request(by_url("huge.png"), by_url("huge.png")))
    assert refused.value.rule == "not_downloaded"
