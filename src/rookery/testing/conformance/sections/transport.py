"""Keys, versions, headers, paths and bodies that are no request."""

from __future__ import annotations

import gzip
import json
import re

from rookery.testing.conformance.answers import refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.target import Target

ERRORS = "Errors"
OVERVIEW = "API overview"
LARGEST = 32 * 1024 * 1024
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


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
    """With a wrong key: 401 authentication_error, in the list of models too."""
    wrong = target.post("/v1/messages", target.message(), x_api_key="sk-wrong")
    refused(wrong, 401, "authentication_error")
    refused(target.get("/v1/models", x_api_key="sk-wrong"), 401, "authentication_error")


@check("transport", "API versioning")
def no_version(target: Target) -> None:
    """`anthropic-version` is required."""
    answer = target.post("/v1/messages", target.message(), anthropic_version="")
    refused(answer, 400, "invalid_request_error")


@check("transport", OVERVIEW)
def a_request_id_on_success(target: Target) -> None:
    """Each response has a `request-id`, unlike any other."""
    found = [target.create().headers.get("request-id", "") for _ in range(2)]
    expect(all(name.startswith("req_") for name in found), f"request-id is {found}")
    expect(found[0] != found[1], "two responses have the same request-id")


@check("transport", OVERVIEW)
def an_organization_id(target: Target) -> None:
    """Responses say whose key it was, in `anthropic-organization-id`."""
    expect(target.create().headers.get("anthropic-organization-id"), "there is no such header")


@check("transport", "Rate limits: response headers")
def rate_limit_headers(target: Target) -> None:
    """Figures of rate limits are numbers and times, and come in threes."""
    head = "anthropic-ratelimit-"
    headers = target.create().headers
    found = {name.removeprefix(head): headers[name] for name in headers if name.startswith(head)}
    if not found:
        raise Skipped("the server tells no rate limits")
    for name in sorted({name.rpartition("-")[0] for name in found}):
        three = [found.get(f"{name}-{part}", "") for part in ("limit", "remaining", "reset")]
        expect(three[0].isdigit() and three[1].isdigit(), f"{name}: {three}")
        expect(int(three[1]) <= int(three[0]), f"{name}: more remains than the limit: {three}")
        expect(TIME.fullmatch(three[2]), f"{name}: the reset is no RFC 3339 time: {three[2]!r}")


@check("transport", OVERVIEW)
def answers_are_json(target: Target) -> None:
    """Answers are `application/json`, those that refuse too."""
    for answer in (target.create(), target.create(max_tokens=-1), target.get("/v1/models")):
        kind = answer.headers.get("content-type", "")
        expect(kind.startswith("application/json"), f"content-type is {kind!r}")


@check("transport", ERRORS)
def an_unknown_path(target: Target) -> None:
    """An unknown path: 404 not_found_error."""
    refused(target.get("/v1/nothing-here"), 404, "not_found_error")


@check("transport", ERRORS)
def a_wrong_method(target: Target) -> None:
    """A method that a path does not take is refused in the API's shape, with 405 or 404."""
    for method, path in (("GET", "/v1/messages"), ("DELETE", "/v1/models")):
        answer = target.ask(method, path, None)
        expect(answer.status in (404, 405), f"the status of {method} {path} is {answer.status}")
        same(f"`type` of {method} {path}", (answer.json or {}).get("type"), "error")


@check("transport", "RFC 9110")
def head_and_options(target: Target) -> None:
    """HEAD has no body, and neither HEAD nor OPTIONS is a failure of the server's."""
    for method, path in (("HEAD", "/v1/models"), ("OPTIONS", "/v1/messages")):
        answer = target.ask(method, path, None)
        expect(answer.status < 500, f"the status of {method} {path} is {answer.status}")


@check("transport", ERRORS)
def a_body_that_is_not_json(target: Target) -> None:
    """A body that is no JSON object: 400 invalid_request_error."""
    for body in (b"", b"{", b"\xff\xfe", b"[1]", b'"text"', b"null"):
        refused(target.post("/v1/messages", body), 400, "invalid_request_error")


@check("transport", "the error codes `request_body_encoding_*` of the official client 2.12.0")
def a_gzip_body(target: Target) -> None:
    """A body with `Content-Encoding: gzip` is read."""
    body = gzip.compress(json.dumps(target.message()).encode())
    answer = target.post("/v1/messages", body, content_encoding="gzip")
    same("the status", answer.status, 200)


@check("transport", OVERVIEW)
def a_body_that_is_too_large(target: Target) -> None:
    """A body over 32 MB: 413 request_too_large."""
    if not target.large:
        raise Skipped("sends 32 MB; ask for it with --large")
    turn = {"role": "user", "content": "x" * LARGEST}
    answer = target.create(messages=[turn])
    same("the status", answer.status, 413)
    same("`error.type`", answer.error.get("type"), "request_too_large")


@check("transport", "Beta headers")
def beta_in_the_query(target: Target) -> None:
    """`?beta=true`, which the clients' beta namespace sends, is the same endpoint."""
    same("the status", target.post("/v1/messages?beta=true", target.message()).status, 200)
