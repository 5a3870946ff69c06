"""`GET /v1/models`: the list, its pages, and one model."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.target import Target

PAGE = "Models"
FIELDS = {"type", "id", "display_name", "created_at", "max_input_tokens", "max_tokens"}


def page(target: Target, query: str = "") -> dict[str, Any]:
    """Return one page of the list."""
    answer = target.get(f"/v1/models{query}")
    same("the status", answer.status, 200)
    expect({"data", "has_more", "first_id", "last_id"} <= set(answer.json), f"{set(answer.json)}")
    return dict(answer.json)


@check("models", PAGE)
def the_list(target: Target) -> None:
    """The list has models with their fields, and the ids at its ends."""
    found = page(target)
    data = found["data"]
    expect(data, "there are no models")
    missing = FIELDS - set(data[0])
    expect(not missing, f"a model lacks {missing}")
    same("first_id", found["first_id"], data[0]["id"])
    same("last_id", found["last_id"], data[-1]["id"])


@check("models", PAGE)
def newest_first(target: Target) -> None:
    """The newest model comes first."""
    days = [model["created_at"] for model in page(target, "?limit=1000")["data"]]
    same("the order of created_at", days, sorted(days, reverse=True))


@check("models", "Pagination")
def pages_make_up_the_list(target: Target) -> None:
    """Pages by `after_id` have each model once, until `has_more` is false."""
    whole = [model["id"] for model in page(target, "?limit=1000")["data"]]
    found: list[str] = []
    query = "?limit=2"
    for _ in range(len(whole) + 1):
        part = page(target, query)
        found += [model["id"] for model in part["data"]]
        if not part["has_more"]:
            break
        query = f"?limit=2&after_id={part['last_id']}"
    same("the models of all pages", found, whole)


@check("models", "Pagination")
def a_limit_out_of_range(target: Target) -> None:
    """`limit` is from 1 to 1000."""
    for limit in ("0", "1001", "many"):
        refused(target.get(f"/v1/models?limit={limit}"), 400, "invalid_request_error")


@check("models", "Pagination")
def a_page_before(target: Target) -> None:
    """`before_id` has what stands before a model in the list."""
    whole = [model["id"] for model in page(target, "?limit=1000")["data"]]
    if len(whole) < 2:
        raise Skipped("there is only one model")
    before = page(target, f"?limit=1&before_id={whole[1]}")
    same("the page before the second", [model["id"] for model in before["data"]], whole[:1])


@check("models", PAGE)
def lifecycles(target: Target) -> None:
    """Retired models are listed only on request; each model tells its lifecycle."""
    usual = {model.get("lifecycle") for model in page(target, "?limit=1000")["data"]}
    expect(usual <= {"active", "deprecated"}, f"lifecycles are {usual}")
    retired = page(target, "?limit=1000&lifecycle[]=retired")["data"]
    found = {model.get("lifecycle") for model in retired}
    expect(found <= {"retired"}, f"lifecycles on request are {found}")


@check("models", PAGE)
def capabilities(target: Target) -> None:
    """Capabilities are a tree whose nodes say whether they are supported."""
    tree = page(target)["data"][0].get("capabilities")
    expect(isinstance(tree, dict), f"capabilities is {tree!r}")
    for name in ("batch", "image_input", "pdf_input", "structured_outputs", "thinking", "effort"):
        supported = (tree.get(name) or {}).get("supported")
        expect(isinstance(supported, bool), f"{name}.supported is {supported!r}")


@check("models", PAGE)
def one_model(target: Target) -> None:
    """A model can be had by its id, and is the one of the list."""
    listed = page(target)["data"][0]
    answer = target.get(f"/v1/models/{listed['id']}")
    same("the status", answer.status, 200)
    same("the model", answer.json, listed)


@check("models", PAGE)
def no_such_model(target: Target) -> None:
    """A model that does not exist: 404 not_found_error."""
    refused(target.get("/v1/models/claude-that-never-was"), 404, "not_found_error")
