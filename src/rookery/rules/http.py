"""Rules on what arrives, before anybody looks at what it says."""

from __future__ import annotations

from rookery.errors import RequestTooLargeError
from rookery.rules.rule import Rule

NOT_HTTP = Rule(
    "not_http",
    "The request is not valid HTTP/1.1.",
    "own",
    "RFC 9112",
)
CONNECT_UNSUPPORTED = Rule(
    "connect_unsupported",
    "CONNECT is not supported.",
    "own",
    "RFC 9110, 9.3.6",
)
TARGET_FORM = Rule(
    "target_form",
    "The target of the request must be a path.",
    "own",
    "RFC 9112, 3.2: the other forms are for proxies",
)
TARGET_TOO_LONG = Rule(
    "target_too_long",
    "The target of the request is too long.",
    "own",
    "RFC 9110, 15.5.15",
    status=414,
)
HOST_REQUIRED = Rule(
    "host_required",
    "The request must have one valid Host header.",
    "own",
    "RFC 9112, 3.2",
)
HOST_UNKNOWN = Rule(
    "host_unknown",
    "The Host header does not name this server.",
    "own",
    "RFC 9110, 15.5.20; a browser that was led here under the name of a page",
    status=421,
)
TRANSFER_CODING = Rule(
    "transfer_coding",
    "The only `Transfer-Encoding` is chunked, once and in HTTP/1.1.",
    "own",
    "RFC 9112, 6.1",
)
HEAD_TOO_LARGE = Rule(
    "head_too_large",
    "The headers are too large.",
    "own",
    "RFC 6585, 5",
    status=431,
)
HEAD_TIMEOUT = Rule(
    "head_timeout",
    "The headers did not arrive in time.",
    "own",
    "RFC 9110, 15.5.9",
    status=408,
)
BODY_TIMEOUT = Rule(
    "body_timeout",
    "The request body did not finish arriving in time, so nothing was done.",
    "client",
    "anthropic 2.12.0, types/beta_request_body_timeout_error.py",
    code="request_body_timeout",
)
CHUNKS_TOO_SMALL = Rule(
    "chunks_too_small",
    "The chunks of the request body are too small.",
    "own",
    "their frames are many times what they hold",
)
BODY_TOO_LARGE = Rule(
    "body_too_large",
    "Request exceeds the maximum size",
    "docs",
    'platform.claude.com, "Errors", request size limits',
    kind=RequestTooLargeError,
)
ENCODING_UNSUPPORTED = Rule(
    "encoding_unsupported",
    "The request's `Content-Encoding` is not supported.",
    "client",
    "anthropic 2.12.0, types/shared/request_body_encoding_unsupported_error.py",
    code="request_body_encoding_unsupported",
)
ENCODING_INVALID = Rule(
    "encoding_invalid",
    "The request body is not valid for its `Content-Encoding`.",
    "client",
    "anthropic 2.12.0, types/shared/request_body_encoding_invalid_error.py",
    code="request_body_encoding_invalid",
)
DECODED_TOO_LARGE = Rule(
    "decoded_too_large",
    "The compressed request body exceeds the request size limit once decoded.",
    "client",
    "anthropic 2.12.0, types/shared/request_body_too_large_after_decoding_error.py",
    kind=RequestTooLargeError,
    code="request_body_too_large_after_decoding",
)
TOO_MANY_VALUES = Rule(
    "too_many_values",
    "The request body has more than {maximum} values.",
    "own",
    "of large bodies only; no prompt has room for so many",
)
TOO_MANY_DIGITS = Rule(
    "too_many_digits",
    "The request body has too many rows of 25 and more digits.",
    "own",
    "of large bodies only; reading such numbers is slow",
)
