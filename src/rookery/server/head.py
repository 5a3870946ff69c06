"""Whether the head of a request means the same to everybody who reads it.

A proxy that reads a request otherwise than this server can be made to smuggle a second one past
itself. llhttp refuses most of such forms; what it lets pass is refused here (RFC 9112, 3.2 and 6).
"""

from __future__ import annotations

import re

from rookery.rules import http as rules

MAX_HEAD = 64 * 1024
"""Bytes of a request line with its headers."""

MAX_TARGET = 16 * 1024
"""Bytes of the target in a request line."""

MAX_HEADERS = 200
"""Header lines of a request."""

Header = tuple[bytes, bytes]

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


def check_head(version: str, target: bytes, hosts: list[bytes], codings: list[bytes]) -> None:
    """Check a head: its version, its target, its Host and its Transfer-Encoding headers.

    Raises InvalidRequestError of `rules.http`.
    """
    if not target.startswith(b"/") or b"#" in target:
        raise rules.TARGET_FORM.error()
    if version != "1.1":
        _check_old(version, hosts, codings)
    elif len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise rules.HOST_REQUIRED.error()
    if codings and (len(codings) > 1 or codings[0].lower() != b"chunked"):
        raise rules.TRANSFER_CODING.error()


def _check_old(version: str, hosts: list[bytes], codings: list[bytes]) -> None:
    if version != "1.0":
        raise rules.NOT_HTTP.error()
    if codings:
        raise rules.TRANSFER_CODING.error()
    if hosts and (len(hosts) > 1 or not _HOST.fullmatch(hosts[0])):
        raise rules.HOST_REQUIRED.error()


def check_size(target: bytes, headers: list[Header]) -> None:
    """Check how large a head is. Raises InvalidRequestError with the status 414 or 431."""
    if len(target) > MAX_TARGET:
        raise rules.TARGET_TOO_LONG.error()
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
    if size > MAX_HEAD or len(headers) > MAX_HEADERS:
        raise rules.HEAD_TOO_LARGE.error()
