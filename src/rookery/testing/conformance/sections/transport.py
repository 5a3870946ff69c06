"""Keys, versions, headers, paths and bodies that are no request."""

from __future__ import annotations

from rookery.testing.conformance.check import check, expect, same
from rookery.testing.conformance.target import Answer, Target

ERRORS = "Errors"


def refused(answer: Answer, status: int, kind: str) -> None:
    """Expect an error of the API's shape, with this status and type."""
    same("the status", answer.status, status)
    body = answer.json
    expect(isinstance(body, dict), f"the body is no JSON object: {answer.data[:80]!r}")
    same("`type`", body.get("type"), "error")
    same("`error.type`", answer.error.get("type"), kind)
    expect(answer.error.get("message"), "`error.message` is missing")
    expect(answer.headers.get("request-id"), "the `request-id` header is missing")
    same("`request_id`", body.get("request_id"), answer.headers["request-id"])


@check("transport", "Getting started: authentication")
def a_key_in_x_api_key(target: Target) -> None:
    """A key is taken from the `x-api-key` header."""
    same("the status", target.create().status, 200)


@check("transport", "the official clients since 2.0")
def a_key_as_bearer(target: Target) -> None:
    """A key is taken as `Authorization: Bearer`."""
    answer = target.post(
        "/v1/messages", target.message(), x_api_key="", authorization=f"Bearer {target.key}"
    )
    same("the status", answer.status, 200)


@check("transport", ERRORS)
def no_key(target: Target) -> None:
    """Without a key: 401 authentication_error."""
    answer = target.post("/v1/messages", target.message(), x_api_key="")
    refused(answer, 401, "authentication_error")


@check("transport", ERRORS)
def a_wrong_key(target: Target) -> None:
    """With a wrong key: 401 authentication_error, whatever the body is."""
    refused(target.post("/v1/messages", b"{", x_api_key="sk-wrong"), 401, "authentication_error")


@check("transport", "API versioning")
def no_version(target: Target) -> None:
    """`anthropic-version` is required."""
    answer = target.post("/v1/messages", target.message(), anthropic_version="")
    refused(answer, 400, "invalid_request_error")


@check("transport", "API versioning")
def both_versions(target: Target) -> None:
    """2023-06-01 and 2026-10-21 are served."""
    for version in ("2023-06-01", "2026-10-21"):
        answer = target.post("/v1/messages", target.message(), anthropic_version=version)
        same(f"the status under {version}", answer.status, 200)


@check("transport", ERRORS)
def a_request_id_on_success(target: Target) -> None:
    """Each response has a `request-id`, unlike any other."""
    found = [target.create().headers.get("request-id", "") for _ in range(2)]
    expect(all(name.startswith("req_") for name in found), f"request-id is {found}")
    expect(found[0] != found[1], "two responses have the same request-id")


@check("transport", ERRORS)
def an_unknown_path(target: Target) -> None:
    """An unknown path: 404 not_found_error."""
    refused(target.get("/v1/nothing-here"), 404, "not_found_error")


@check("transport", ERRORS)
def a_body_that_is_not_json(target: Target) -> None:
    """A body that is not JSON: 400 invalid_request_error."""
    for body in (b"", b"{", b"\xff\xfe", b"[1]", b'"text"', b"null"):
        refused(target.post("/v1/messages", body), 400, "invalid_request_error")


@check("transport", "Beta headers")
def beta_in_the_query(target: Target) -> None:
    """`?beta=true`, which the clients' beta namespace sends, is the same endpoint."""
    same("the status", target.post("/v1/messages?beta=true", target.message()).status, 200)
