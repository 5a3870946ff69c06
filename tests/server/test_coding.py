"""Bodies in gzip, br and zstd."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from rookery.errors import InvalidRequestError, RequestTooLargeError
from rookery.server.coding import MAX_FRAMES, codings, decode
from rookery.server.local import LocalServer
from tests.server.client import AUTHORIZED, ask, message, post

Encode = Callable[[bytes], bytes]
ENCODERS: dict[str, Encode] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "br": lambda data: bytes(brotli.compress(data, quality=4)),
    "zstd": zstd.compress,
}
LIMIT = 100_000
"""Of the server of these tests."""


def encoded(data: bytes, *names: str) -> bytes:
    for name in names:
        data = ENCODERS[name](data)
    return data


@pytest.mark.parametrize(
    "header",
    ["gzip", "GZIP", "x-gzip", "br", "zstd", "identity, br", "gzip, zstd, br", " zstd ,, gzip "],
)
def test_a_coded_body_is_read_as_what_it_was(server: LocalServer, header: str) -> None:
    names = [name.strip().lower() for name in header.split(",")]
    body = encoded(message(), *(name for name in names if name in ENCODERS))
    answer = ask(server, post(body, {**AUTHORIZED, "content-encoding": header}))
    assert (answer.status, answer.json["content"][0]["text"]) == (200, "hello")


@given(
    data=st.binary(max_size=2000),
    names=st.lists(st.sampled_from(sorted(ENCODERS)), min_size=1, max_size=3),
)
def test_any_data_comes_back(data: bytes, names: list[str]) -> None:
    undo = codings(", ".join(names))
    assert decode(encoded(data, *names), undo, 10_000) == data


@given(data=st.binary(max_size=300), name=st.sampled_from(["gzip", "br", "zstd"]))
def test_any_other_data_is_decoded_or_refused(data: bytes, name: str) -> None:
    try:
        assert len(decode(data, [name], 1000)) <= 1000
    except (InvalidRequestError, RequestTooLargeError) as error:
        assert error.rule in {"encoding_invalid", "decoded_too_large"}


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_a_coded_body_that_is_cut_is_refused(name: str) -> None:
    data = encoded(message(), name)
    for size in range(len(data)):
        with pytest.raises(InvalidRequestError):
            decode(data[:size], [name], LIMIT)


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_what_follows_a_coded_body_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError):
        decode(encoded(message(), name) + b"more", [name], LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_body_may_have_several_frames_but_not_any_number(name: str) -> None:
    frame = encoded(b"a", name)
    assert decode(frame * MAX_FRAMES, [name], MAX_FRAMES) == b"a" * MAX_FRAMES
    with pytest.raises(InvalidRequestError):
        decode(frame * (MAX_FRAMES + 1), [name], LIMIT)
    with pytest.raises(RequestTooLargeError):
        decode(frame * MAX_FRAMES, [name], MAX_FRAMES - 1)


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_the_limit_is_of_the_decoded_body_and_exact(name: str) -> None:
    data = encoded(b" " * LIMIT, name)
    assert len(decode(data, [name], LIMIT)) == LIMIT
    with pytest.raises(RequestTooLargeError):
        decode(data, [name], LIMIT - 1)


@pytest.mark.parametrize("names", [("gzip",), ("br",), ("zstd",), ("gzip", "br"), ("br", "gzip")])
def test_a_bomb_is_not_unfolded(server: LocalServer, names: tuple[str, ...]) -> None:
    bomb = encoded(b"\0" * 50_000_000, *names)
    answer = ask(server, post(bomb, {**AUTHORIZED, "content-encoding": ", ".join(names)}))
    assert answer.status == 413
    code = "request_body_too_large_after_decoding"
    assert answer.json["error"]["details"] == {"error_code": code}


def test_a_coded_body_beyond_the_limit_as_it_came_is_simply_too_large(server: LocalServer) -> None:
    body = b" " * (LIMIT + 1)
    answer = ask(server, post(body, {**AUTHORIZED, "content-encoding": "gzip"}))
    assert (answer.status, answer.error) == (413, "Request exceeds the maximum size")


def test_a_refusal_says_what_is_supported(server: LocalServer) -> None:
    data = zlib.compress(message())
    answer = ask(server, post(data, {**AUTHORIZED, "content-encoding": "deflate"}))
    assert (answer.status, answer.headers["accept-encoding"]) == (400, "gzip, br, zstd")
