from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from rookery.catalog.lookup import Catalog
from rookery.errors import InvalidRequestError
from rookery.server.local import LocalServer
from rookery.server.paging import Page, read_page, take
from rookery.server.routes.models import describe
from rookery.wire.models import ModelInfo
from tests.server.client import get


def listed(server: LocalServer, query: str = "") -> list[str]:
    return [model["id"] for model in get(server, f"/v1/models?limit=1000&{query}").json["data"]]


def test_the_list_is_of_models_that_answer_newest_first(server: LocalServer) -> None:
    answer = get(server, "/v1/models").json
    assert {model["type"] for model in answer["data"]} == {"model"}
    dates = [model["created_at"] for model in answer["data"]]
    assert dates == sorted(dates, reverse=True)
    assert {model["lifecycle"] for model in answer["data"]} <= {"active", "deprecated"}
    assert answer["first_id"] == answer["data"][0]["id"]
    assert answer["last_id"] == answer["data"][-1]["id"]


def test_pages_forward_meet_every_model_once(server: LocalServer) -> None:
    found: list[str] = []
    query = "limit=3"
    while True:
        page = get(server, f"/v1/models?{query}").json
        found += [model["id"] for model in page["data"]]
        if not page["has_more"]:
            break
        query = f"limit=3&after_id={page['last_id']}"
    assert found == listed(server)


def test_pages_backward_meet_every_model_but_the_last(server: LocalServer) -> None:
    whole = listed(server)
    found: list[str] = []
    cursor = whole[-1]
    while True:
        page = get(server, f"/v1/models?limit=3&before_id={cursor}").json
        found = [model["id"] for model in page["data"]] + found
        if not page["has_more"]:
            break
        cursor = page["first_id"]
    assert found == whole[:-1]


def test_a_page_beyond_the_end_is_empty(server: LocalServer) -> None:
    page = get(server, f"/v1/models?after_id={listed(server)[-1]}").json
    assert page == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("limit=1001", "limit: Input should be less than or equal to 1000"),
        ("limit=" + "9" * 10_000, "limit: Input should be less than or equal to 1000"),
        ("limit=000000001" + "9" * 10_000, "limit: Input should be less than or equal to 1000"),
        ("limit=" + "0" * 10_000, "limit: Input should be greater than or equal to 1"),
        ("limit=abc", "limit: Input should be a valid integer"),
        ("limit=-1", "limit: Input should be a valid integer"),
        ("limit=1.5", "limit: Input should be a valid integer"),
        ("limit=", "limit: Input should be a valid integer"),
        ("limit=%C2%B2", "limit: Input should be a valid integer"),
        ("after_id=nobody", "after_id: 'nobody' was not found."),
        ("before_id=nobody", "before_id: 'nobody' was not found."),
        ("after_id=%ff%ed%a0%80", "after_id: '\ufffd\ufffd\ufffd\ufffd' was not found."),
        ("after_id=a&before_id=b", "Only one of `after_id` and `before_id` may be given."),
        ("lifecycle[]=dead", "lifecycle: Input should be 'active', 'deprecated' or 'retired'"),
    ],
)
def test_a_bad_query_is_refused(server: LocalServer, query: str, text: str) -> None:
    answer = get(server, f"/v1/models?{query}")
    assert (answer.status, answer.error) == (400, text)


@pytest.mark.parametrize("limit", ["1", "1000", "0000000000000001000"])
def test_a_limit_from_1_to_1000_is_taken(limit: str) -> None:
    assert read_page({"limit": limit}).limit == int(limit)


def test_a_list_without_items_has_an_empty_page() -> None:
    nothing: list[ModelInfo] = []
    assert take(nothing, Page()) == ([], False)
    with pytest.raises(InvalidRequestError):
        take(nothing, Page(after_id="a"))


def test_lifecycles_are_asked_for_by_name(server: LocalServer) -> None:
    active = listed(server, "lifecycle[]=active")
    deprecated = listed(server, "lifecycle%5B%5D=deprecated")
    retired = listed(server, "lifecycle[]=retired")
    assert active
    assert retired
    assert sorted(active + deprecated) == sorted(listed(server))
    every = "lifecycle[]=active&lifecycle[]=deprecated&lifecycle[]=retired"
    assert sorted(listed(server, every)) == sorted(active + deprecated + retired)


@pytest.mark.parametrize("name", ["claude-haiku-4-5", "claude-haiku-4-5-20251001"])
def test_a_model_is_had_by_id_and_by_alias(server: LocalServer, name: str) -> None:
    assert get(server, f"/v1/models/{name}").json["id"] == "claude-haiku-4-5-20251001"


def test_every_model_can_be_had_retired_ones_too(server: LocalServer) -> None:
    now = datetime.now(UTC)
    for model in Catalog.builtin().models():
        answer = get(server, f"/v1/models/{model.id}")
        assert (answer.status, answer.json["lifecycle"]) == (200, model.lifecycle(now))


@pytest.mark.parametrize("name", ["gpt", "a/b", "../messages", "ü€", "x" * 5000])
def test_an_unknown_model_is_404(server: LocalServer, name: str) -> None:
    answer = get(server, f"/v1/models/{quote(name)}")
    assert (answer.status, answer.error) == (404, f"model: {name}")


def test_an_active_model_tells_no_date_of_its_end() -> None:
    sonnet = Catalog.builtin().get("claude-sonnet-4-5")
    active = describe(sonnet, datetime(2026, 9, 1, tzinfo=UTC))
    assert (active.lifecycle, active.deprecated_at, active.retires_at) == ("active", None, None)
    deprecated = describe(sonnet, datetime(2026, 11, 1, tzinfo=UTC))
    assert deprecated.lifecycle == "deprecated"
    assert deprecated.retires_at == datetime(2026, 11, 30, tzinfo=UTC)
    assert deprecated.deprecated_at is not None
