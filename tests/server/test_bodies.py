from __future__ import annotations

import pytest

from rookery.server.local import LocalServer
from rookery.wire.weight import LARGE
from tests.server.client import (
    AUTHORIZED,
    MODEL,
    always,
    ask,
    connect,
    head,
    message,
    post,
    prompt,
    serving,
    until,
)

LIMIT = 100_000
CHUNKED = {**AUTHORIZED, "transfer-encoding": "chunked"}


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def padded(size: int) -> bytes:
    body = message()
    return body + b" " * (size - len(body))


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(server: LocalServer) -> None:
    assert ask(server, post(padded(LIMIT))).status == 200
    answer = ask(server, post(padded(LIMIT + 1)))
    assert (answer.status, answer.error) == (413, "Request exceeds the maximum size")
    assert answer.json["error"]["type"] == "request_too_large"


def test_the_announced_length_is_enough_to_refuse(server: LocalServer) -> None:
    headers = {**AUTHORIZED, "content-length": str(10**15), "expect": "100-continue"}
    assert ask(server, head(headers=headers)).status == 413


def test_a_chunked_body_of_the_limit_is_taken_and_one_byte_more_is_not(
    server: LocalServer,
) -> None:
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413)):
        body = padded(size)
        parts = [chunk(body[i : i + 9_000]) for i in range(0, size, 9_000)]
        with connect(server) as connection:
            connection.send(head(headers=CHUNKED), *parts, b"0\r\n\r\n")
            assert connection.answer().status == status
            connection.send(post(message()))
            assert connection.answer().status == 200


def test_an_endless_body_is_refused_before_its_end(server: LocalServer) -> None:
    with connect(server) as connection:
        connection.send(head(headers=CHUNKED), *([chunk(b" " * 10_000)] * 11))
        assert connection.answer().status == 413


def test_expect_100_continue_is_answered_before_the_body(server: LocalServer) -> None:
    body = message()
    headers = {**AUTHORIZED, "content-length": str(len(body)), "expect": "100-continue"}
    with connect(server) as connection:
        connection.send(head(headers=headers))
        assert connection.head() == (100, {})
        connection.send(body)
        assert connection.answer().status == 200


def test_expect_100_continue_without_a_key_is_refused_at_once(server: LocalServer) -> None:
    headers = {"content-length": "10", "expect": "100-continue"}
    assert ask(server, head(headers=headers)).status == 401


def test_a_body_may_come_byte_by_byte(server: LocalServer) -> None:
    data = post(message())
    with connect(server) as connection:
        for index in range(len(data)):
            connection.send(data[index : index + 1])
        assert connection.answer().status == 200


def test_a_client_that_leaves_amid_its_upload_leaves_nothing_behind() -> None:
    provider = always()
    with serving(provider) as (server, usage):
        for headers in ({**AUTHORIZED, "content-length": "1000"}, CHUNKED):
            with connect(server) as connection:
                connection.send(head(headers=headers), chunk(b"{"))
        assert ask(server, post(message())).status == 200
        until(lambda: len(usage.rows) == 1)
        assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "The request body is not valid JSON: "),
        (b"{", "The request body is not valid JSON: "),
        (b"hello", "The request body is not valid JSON: "),
        (message() + b"}", "The request body is not valid JSON: "),
        (b'{"model": "\xff"}', "The request body is not valid JSON: "),
        (message().replace(b"hi", b"\xff"), "The request body is not valid JSON: "),
        (message().replace(b"hi", b"\xed\xa0\x80"), "The request body is not valid JSON: "),
        (message().replace(b"hi", rb"\ud800"), "The request body is not valid JSON: "),
        (message().replace(b"hi", rb"\ude00\ud83d"), "The request body is not valid JSON: "),
        (b"[" * 90_000, ""),
        (b'{"model":' + b"[" * 90_000, ""),
        (b'{"model":"m","messages":' + b"[" * 90_000, ""),
        (b"\xef\xbb\xbf" + message(), "The request body is not valid JSON: "),
        (message(max_tokens=1)[:-1] + b', "x": NaN}', "The request body is not valid JSON: "),
        (message(max_tokens=1)[:-1] + b', "x": 1e999}', "The request body is not valid JSON: "),
        (b"[]", ""),
        (b"null", ""),
        (b'"text"', ""),
        (b"{}", "model: Field required"),
        (b'{"model": 1}', "model: Input should be a valid string"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_a_bad_body_is_a_bad_request(
    server: LocalServer, path: str, body: bytes, text: str
) -> None:
    answer = ask(server, post(body, path=path))
    assert (answer.status, answer.json["error"]["type"]) == (400, "invalid_request_error")
    assert answer.error.startswith(text)


@pytest.mark.parametrize("stream", [True, False])
def test_characters_beyond_the_first_plane_survive(stream: bool) -> None:
    with serving(always("\U0001f426 caf\u00e9 \u2028 \x7f \ufeff")) as (server, _):
        body = message().replace(b"hi", rb"\ud83d\udc26")
        body = body.replace(b"{", b'{"stream": true, ' if stream else b"{", 1)
        answer = ask(server, post(body))
    assert answer.status == 200
    assert "\U0001f426" in answer.body.decode()


def test_identity_is_no_coding(server: LocalServer) -> None:
    assert (
        ask(server, post(message(), {**AUTHORIZED, "content-encoding": "Identity"})).status == 200
    )


def test_the_type_of_the_body_does_not_matter(server: LocalServer) -> None:
    for kind in ("application/json; charset=utf-8", "text/plain", ""):
        assert ask(server, post(message(), {**AUTHORIZED, "content-type": kind})).status == 200


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
@pytest.mark.parametrize(
    ("version", "text"),
    [
        (None, "anthropic-version: header is required"),
        ("", "anthropic-version: header is required"),
        ("2024-01-01", 'anthropic-version: "2024-01-01" is not a valid version'),
        ("caf\xe9", 'anthropic-version: "caf\xe9" is not a valid version'),
        (
            "2023-06-01, 2023-06-01",
            'anthropic-version: "2023-06-01, 2023-06-01" is not a valid version',
        ),
    ],
)
def test_a_version_is_needed(
    server: LocalServer, path: str, version: str | None, text: str
) -> None:
    headers = {"x-api-key": AUTHORIZED["x-api-key"]}
    if version is not None:
        headers["anthropic-version"] = version
    answer = ask(server, post(message(), headers, path=path))
    assert (answer.status, answer.error) == (400, text)


def test_betas_come_in_one_header_or_in_several() -> None:
    provider = always()
    with serving(provider) as (server, _):
        more = b"anthropic-beta: one, two\r\nAnthropic-Beta:three\r\nanthropic-beta: ,\r\n\r\n"
        data = post(message()).replace(b"\r\n\r\n", b"\r\n" + more, 1)
        assert ask(server, data).status == 200
    [call] = provider.calls
    assert call.betas == ("one", "two", "three")
    assert (call.version, call.key_id) == ("2026-10-21", "apikey_key")


def test_of_a_name_that_comes_twice_the_last_counts(server: LocalServer) -> None:
    body = message()[:-1] + b', "model": "claude-0", "model": "claude-opus-5"}'
    assert ask(server, post(body)).json["model"] == "claude-opus-5"


def test_a_large_body_is_answered_like_a_small_one() -> None:
    with serving(always()) as (server, _):
        for path, body in (("/v1/messages", message), ("/v1/messages/count_tokens", prompt)):
            data = body("words " * 300_000, model="claude-opus-5")
            assert len(data) > LARGE
            assert ask(server, post(data, path=path)).status == 200
            assert ask(server, post(data + b"]", path=path)).status == 400
            empty = data.replace(b'"words', b'"w":' + b"[]," * 300_000 + b'"')
            assert "values" in ask(server, post(empty, path=path)).error


def test_the_default_limit_is_32_megabytes() -> None:
    with serving(always()) as (server, _):
        headers = {**AUTHORIZED, "content-length": str(32 * 1024 * 1024 + 1)}
        assert ask(server, head(headers=headers)).status == 413


def test_an_unknown_model_is_404(server: LocalServer) -> None:
    for path, body in (("/v1/messages", message), ("/v1/messages/count_tokens", prompt)):
        answer = ask(server, post(body(model="claude-0"), path=path))
        assert (answer.status, answer.error) == (404, "model: claude-0")


def test_a_prompt_is_counted(server: LocalServer) -> None:
    answer = ask(server, post(prompt(), path="/v1/messages/count_tokens"))
    assert list(answer.json) == ["input_tokens"]
    replied = ask(server, post(message())).json
    assert replied["usage"]["input_tokens"] == answer.json["input_tokens"]
    assert replied["model"] == MODEL
