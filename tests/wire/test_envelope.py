from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery import errors
from rookery.errors import BY_TYPE, APIError
from rookery.wire.envelope import error_body, error_event, parse_error, parse_error_object
from tests.wire import strategies as some

STATUSES = [400, 401, 402, 403, 404, 405, 409, 413, 418, 429, 500, 502, 503, 504, 529]


def body(kind: str, **fields: Any) -> bytes:
    error = {"type": kind, "message": "why", **fields}
    return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BY_TYPE.values(), ids=BY_TYPE)
def test_an_error_on_the_wire(kind: type[APIError]) -> None:
    expected = {
        "type": "error",
        "error": {"type": kind.type, "message": "why"},
        "request_id": "req_1",
    }
    assert json.loads(error_body(kind("why"), "req_1")) == expected
    event = error_event(kind("why"), "req_1")
    assert (event.type, event.plain) == ("error", expected)


def test_details_are_written_where_there_are_any() -> None:
    details = {"error_code": "file_expired", "paths": [1]}
    written = json.loads(error_body(errors.NotFoundError(details=details), "req_1"))
    assert written["error"] == {
        "type": "not_found_error",
        "message": "Not Found",
        "details": details,
    }


# --- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", BY_TYPE.values(), ids=BY_TYPE)
def test_the_type_decides_the_class_and_the_status_is_kept(
    kind: type[APIError], status: int
) -> None:
    headers = {"retry-after": "3"}
    details = {"error_code": "x"}
    error = parse_error(status, body(kind.type, details=details), headers)
    assert type(error) is kind
    assert (error.message, error.details, error.status) == ("why", details, status)
    assert error.headers == headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequestError),
        (401, errors.AuthenticationError),
        (402, errors.BillingError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (405, errors.MethodNotAllowedError),
        (409, errors.ConflictError),
        (413, errors.RequestTooLargeError),
        (418, errors.InvalidRequestError),
        (429, errors.RateLimitError),
        (500, errors.InternalServerError),
        (502, errors.ConnectionFailedError),
        (503, errors.InternalServerError),
        (504, errors.GatewayTimeoutError),
        (529, errors.OverloadedError),
        (599, errors.InternalServerError),
    ],
)
@pytest.mark.parametrize("data", [b"oops", body("type_of_next_year")])
def test_without_a_known_type_the_status_decides(
    status: int, kind: type[APIError], data: bytes
) -> None:
    error = parse_error(status, data)
    assert type(error) is kind
    assert error.status == status
    assert error.message in ("oops", "why")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Internal server error"),
        (b" \n", "Internal server error"),
        (b"<html><title>502</title></html>", "<html><title>502</title></html>"),
        (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2),
        (b'{"error":"down"}', '{"error":"down"}'),
        (b'{"message":"down"}', '{"message":"down"}'),
        (b"[]", "[]"),
        (b"null", "null"),
        (b'{"error":{"message":"\xff"}}', '{"error":{"message":"\N{REPLACEMENT CHARACTER}"}}'),
        (b"[" * 100_000, "[" * 500),
        (b"x" * 10_000, "x" * 500),
        (b'{"error":{}}', "Internal server error"),
        (b'{"error":{"message":""}}', "Internal server error"),
        (b'{"error":{"message":null,"type":null}}', "Internal server error"),
        (b'{"error":{"message":"full","type":"insufficient_quota","code":null}}', "full"),
        (b'{"error":{"message":["a"],"type":"api_error"}}', "['a']"),
    ],
)
def test_bodies_that_are_not_the_api_s(data: bytes, message: str) -> None:
    error = parse_error(500, data, {"retry-after": "1"})
    assert type(error) is errors.InternalServerError
    assert error.message == message
    assert error.headers == {"retry-after": "1"}


@pytest.mark.parametrize("details", [None, [], "x", 5])
def test_details_of_a_wrong_type_are_left_out(details: Any) -> None:
    error = parse_error(404, body("not_found_error", details=details))
    assert (type(error), error.message, error.details) == (errors.NotFoundError, "why", None)


@given(st.integers(400, 599), st.binary(max_size=60) | some.json_values.map(json.dumps))
def test_any_answer_is_an_api_error(status: int, data: bytes | str) -> None:
    sent = data if isinstance(data, bytes) else data.encode()
    error = parse_error(status, sent)
    assert isinstance(error, APIError)
    assert (error.status, bool(error.message)) == (status, True)


@pytest.mark.parametrize("kind", BY_TYPE.values(), ids=BY_TYPE)
def test_what_was_written_is_read_again(kind: type[APIError]) -> None:
    error = kind("why", details={"error_code": "x"})
    again = parse_error(error.status, error_body(error, "req_1"))
    assert (type(again), str(again), again.details) == (kind, "why", error.details)
    assert again.status == kind.status


@given(st.dictionaries(st.sampled_from(["type", "message", "details", "x"]), some.json_values))
def test_the_error_of_an_event_is_read_from_any_object(error: dict[str, Any]) -> None:
    assert isinstance(parse_error_object(error), APIError)
