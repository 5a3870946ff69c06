"""Cases of `rookery.rules.http`."""

from __future__ import annotations

import gzip

from rookery.rules import http
from rookery.testing.conformance.refusals.case import Case

POST = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: sk-rookery-test\r\n"
POST += b"anthropic-version: 2026-10-21\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
NOT_HTTP = "The request is not valid HTTP/1.1."
TARGET = "The target of the request must be a path."
HOST = "The request must have one valid Host header."
CODING = "The only `Transfer-Encoding` is chunked, once and in HTTP/1.1."
LARGE = "The headers are too large."


def get(target: bytes = b"/healthz", *headers: bytes, version: bytes = b"1.1") -> bytes:
    lines = [b"GET %b HTTP/%b" % (target, version), *(headers or (b"host: localhost",)), b"", b""]
    return b"\r\n".join(lines)


def _not_http(*requests: bytes) -> list[Case]:
    return [Case(http.NOT_HTTP, NOT_HTTP, raw=raw) for raw in requests]


CASES = [
    *_not_http(
        POST + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
        POST + b"content-length: 1\r\ncontent-length: 1\r\n\r\nx",
        POST + b"content-length: 1\r\ncontent-length: 2\r\n\r\nx",
        POST + b"content-length: 1, 1\r\n\r\nx",
        POST + b"content-length: +1\r\n\r\nx",
        POST + b"content-length: -1\r\n\r\nx",
        POST + b"content-length: 0x1\r\n\r\nx",
        POST + b"content-length: 99999999999999999999\r\n\r\nx",
        POST + b"content-length:\r\n\r\nx",
        POST + b"content-length : 1\r\n\r\nx",
        POST + b"x-long: a\r\n b\r\n\r\n",
        POST + b"x-cr: a\rb: c\r\n\r\n",
        POST + b"x-lf: a\nb: c\r\n\r\n",
        POST + b"x-nul: a\0b\r\n\r\n",
        POST + b"x-\xff: a\r\n\r\n",
        POST + b": a\r\n\r\n",
        POST + b"no colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\nhost: localhost\n\n",
        POST + b"transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n",
        POST + b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
        CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
        CHUNKED + b"fffffffffffffffff\r\n",
        CHUNKED + b"1\na\n0\n\n",
        CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
        CHUNKED + b'1;a="\nb"\r\na\r\n0\r\n\r\n',
        CHUNKED + b"0\r\ncontent-length: 1\r\n\r\n",
        get(version=b"2.0"),
        get(version=b"0.9"),
        get(version=b"9.9"),
        get(b"/a b"),
        get(b"/\xff"),
        b"get /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client
    ),
    Case(
        http.CONNECT_UNSUPPORTED,
        "CONNECT is not supported.",
        raw=b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n",
    ),
    *(
        Case(http.TARGET_FORM, TARGET, raw=get(target))
        for target in (b"http://localhost/healthz", b"*", b"/healthz#x")
    ),
    Case(http.TARGET_TOO_LONG, "The target of the request is too long.", raw=get(b"/" * 17_000)),
    *(
        Case(http.HOST_REQUIRED, HOST, raw=raw)
        for raw in (
            get(b"/healthz", b"x-no-host: 1"),
            get(b"/healthz", b"host: localhost", b"host: localhost"),
            get(b"/healthz", b"host: localhost, localhost"),
            get(b"/healthz", b"host: user@localhost"),
            get(b"/healthz", b"host: localhost/x"),
            get(b"/healthz", b"host: localhost:port"),
            get(b"/healthz", b"host: a", b"host: b", version=b"1.0"),
        )
    ),
    Case(
        http.HOST_UNKNOWN,
        "The Host header does not name this server.",
        raw=get(b"/healthz", b"host: evil.example:8420"),
    ),
    *(
        Case(http.TRANSFER_CODING, CODING, raw=raw)
        for raw in (
            POST + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
            POST + b"transfer-encoding: identity\r\n\r\n",
            POST + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            POST + b"transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            get(b"/healthz", b"transfer-encoding: chunked", version=b"1.0") + b"0\r\n\r\n",
        )
    ),
    *(
        Case(http.HEAD_TOO_LARGE, LARGE, raw=raw)
        for raw in (
            get(b"/healthz", b"host: localhost", b"x: " + b"x" * 65_536),
            get(b"/healthz", b"host: localhost", *[b"x: y"] * 200),
            b"GET /healthz HTTP/1.1\r\nx: " + b"x" * 200_000,
        )
    ),
    *(
        Case(http.HEAD_TIMEOUT, "The headers did not arrive in time.", server="impatient", raw=raw)
        for raw in (b"GET", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n")
    ),
    *(
        Case(
            http.BODY_TIMEOUT,
            "The request body did not finish arriving in time, so nothing was done.",
            server="impatient",
            raw=raw,
        )
        for raw in (POST + b"content-length: 100\r\n\r\n{", CHUNKED + b"5\r\n{")
    ),
    Case(
        http.CHUNKS_TOO_SMALL,
        "The chunks of the request body are too small.",
        raw=CHUNKED + b"1;x=" + b"y" * 140_000 + b"\r\n",
    ),
    Case(
        http.BODY_TOO_LARGE,
        "Request exceeds the maximum size",
        raw=POST + b"content-length: 33554433\r\n\r\n",
    ),
    *(
        Case(
            http.ENCODING_UNSUPPORTED,
            "The request's `Content-Encoding` is not supported.",
            b"x",
            headers=(("content-encoding", coding),),
        )
        for coding in ("deflate", "gzip, x", "gzip, gzip, gzip, gzip")
    ),
    *(
        Case(
            http.ENCODING_INVALID,
            "The request body is not valid for its `Content-Encoding`.",
            b"{}",
            headers=(("content-encoding", coding),),
        )
        for coding in ("gzip", "br", "zstd", "zstd, gzip")
    ),
    Case(
        http.DECODED_TOO_LARGE,
        "The compressed request body exceeds the request size limit once decoded.",
        gzip.compress(b" " * 33_554_433),
        headers=(("content-encoding", "gzip"),),
    ),
    Case(
        http.TOO_MANY_VALUES,
        "The request body has more than 500000 values.",
        b'{"model": "m", "x": [' + b"[], " * 350_000 + b"0]}",
    ),
    Case(
        http.TOO_MANY_DIGITS,
        "The request body has too many rows of 25 and more digits.",
        b'{"model": "m", "x": [' + b"2.2250738585072011360574091e-308, " * 40_000 + b"0]}",
    ),
]
