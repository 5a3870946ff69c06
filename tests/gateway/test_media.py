"""What the cases of the rules on media cannot say: details, places, what is no fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rookery.catalog.lookup import Catalog
from rookery.errors import InvalidRequestError
from rookery.gateway.validate import validate
from rookery.providers.base import Call
from rookery.providers.offline.provider import OfflineProvider
from rookery.testing.conformance.refusals.case import content
from rookery.testing.conformance.refusals.media import (
    BY_ADDRESS,
    PAGES,
    document,
    png,
    result,
    user,
)
from rookery.wire.messages import CountTokensRequest, Request

CATALOG = Catalog.builtin()
CALL = Call("req_1")


def check(body: dict[str, Any]) -> None:
    validate(Request(json.dumps(body).encode()), CALL, OfflineProvider(), CATALOG)


def count(body: dict[str, Any]) -> None:
    request = CountTokensRequest(json.dumps(body).encode())
    validate(request, CALL, OfflineProvider(), CATALOG)


def test_an_error_of_size_names_each_image_as_the_official_client_documents() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check(content(png(9000, 1), png(5, 5), png(1, 8001)))
    assert caught.value.details == {
        "error_code": "image_dimensions_too_large",
        "max_side_length_pixels": 8000,
        "paths": ["messages.0.content.0", "messages.0.content.2"],
    }
    with pytest.raises(InvalidRequestError) as caught:
        check(result(png(9000, 1)))
    assert caught.value.details is not None
    assert caught.value.details["paths"] == ["messages.2.content.0.content.0"]


def test_images_in_results_and_documents_are_checked_and_count() -> None:
    inside = {"type": "document", "source": {"type": "content", "content": [png(2001, 1)]}}
    with pytest.raises(InvalidRequestError, match="many-image requests: 2000 pixels"):
        check(content(inside, *[png(9, 9)] * 20))
    check(content(inside, *[png(9, 9)] * 19))


def test_what_is_not_in_the_request_is_not_judged() -> None:
    by_file = {"type": "image", "source": {"type": "file", "file_id": "file_1"}}
    marked = {**BY_ADDRESS, "transformations": {"oversized_image": "error"}}
    check(content(by_file, marked))


def test_larger_models_take_more_images_and_pages() -> None:
    large = {"model": "claude-opus-5-5"}
    check({**content(*[BY_ADDRESS] * 200), **large})
    check({**content(document(PAGES)), **large})
    with pytest.raises(InvalidRequestError, match="601 images > 600"):
        check({**content(*[png(9, 9)] * 601), **large})


def test_the_tier_of_the_model_decides_what_is_oversized() -> None:
    marked = content(png(1920, 1080, transformations={"oversized_image": "error"}))
    check({**marked, "model": "claude-opus-5-5"})
    check(content(png(1920, 1080, transformations={"oversized_image": "downsize"})))


def test_a_count_of_tokens_does_not_mind_the_limits_of_a_request() -> None:
    body = {"model": "claude-haiku-4-5", "messages": user(png(9000, 9000))}
    count(body)
    with pytest.raises(InvalidRequestError, match="8000 pixels"):
        check({**body, "max_tokens": 5})
