"""Errors of the network, in rookery's terms: one table, the first row that fits decides.

Messages name the other side by scheme, host and port. Path, query, user name and password of its
address, and the texts of the library's errors (which may quote what was sent), stay out.
"""

from __future__ import annotations

import socket
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

from rookery.errors import APIError, ConnectionFailedError, GatewayTimeoutError


class Row(NamedTuple):
    """Errors of some kinds become `error`, which ends in `reason`."""

    kinds: tuple[type[BaseException], ...]
    error: type[APIError]
    reason: str


ROWS: tuple[Row, ...] = (
    Row((TimeoutError,), GatewayTimeoutError, "did not answer in time"),
    Row(
        (ssl.SSLCertVerificationError,),
        ConnectionFailedError,
        "could not be reached: its TLS certificate is not valid",
    ),
    Row((ssl.SSLError,), ConnectionFailedError, "could not be reached: TLS failed"),
    Row((socket.gaierror,), ConnectionFailedError, "could not be reached: no such host"),
    Row((ConnectionRefusedError,), ConnectionFailedError, "could not be reached: it refused"),
    Row((ConnectionError, EOFError), ConnectionFailedError, "closed the connection"),
    Row((OSError,), ConnectionFailedError, "could not be reached"),
)
"""The errors of the standard library; a client puts those of its own library before them."""


def place(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def translate(error: BaseException, url: str, rows: tuple[Row, ...] = ROWS) -> APIError:
    """Return the APIError that says what `error` means for a request to `url`."""
    for row in rows:
        if isinstance(error, row.kinds):
            return row.error(f"The model backend at {place(url)} {row.reason}.")
    return ConnectionFailedError(f"The connection to the model backend at {place(url)} failed.")
