"""Who asks and by what name: what of a request's own claims is believed.

The address of a client is that of the other end of its connection, unless that is a proxy which the
settings trust. No URL is made from a Host header. A server that listens on the loopback for its own
machine answers only to names that a page from elsewhere cannot have: a browser which was led to the
loopback under the name of that page (DNS rebinding) is sent away.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from rookery.errors import SettingsError
from rookery.rules.http import HOST_UNKNOWN
from rookery.server.http import Exchange
from rookery.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_KNOWN = 1000
"""Hosts whose verdict is remembered."""

_FORWARDED_FOR = re.compile(r'for="?(\[[^\]"]*\]|[^;,":]*)', re.IGNORECASE)


def base_url(settings: Settings, sock: socket.socket) -> str:
    """Return the URL below which clients find this server, without a slash at its end."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    scheme = "https" if settings.tls_cert is not None else "http"
    host, port = sock.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Hosts:
    """The names to which this server answers."""

    def __init__(self, settings: Settings) -> None:
        """Answer to the names of `settings`. Raises SettingsError where `public_url` is none."""
        own = {settings.host.lower()}
        if settings.public_url is not None:
            own.add(_public_host(settings.public_url))
        self._own = own
        self._is_private = _is_loopback(settings.host)
        self._known: dict[bytes, bool] = {}

    def check(self, hosts: list[bytes]) -> None:
        """Check the Host headers of a request. Raises InvalidRequestError with the status 421."""
        for host in hosts:
            known = self._known.get(host)
            if known is None:
                known = self._is_one(host.decode("latin-1").lower())
                if len(self._known) < MAX_KNOWN:
                    self._known[host] = known
            if not known:
                raise HOST_UNKNOWN.error()

    def _is_one(self, host: str) -> bool:
        if not self._is_private or host.startswith("["):
            return True
        name = host.partition(":")[0].rstrip(".")
        # The name of a page has a dot, and its last part is no number.
        if "." not in name or name.rpartition(".")[2].isdigit():
            return True
        return name in self._own or name.endswith(".localhost")


class Clients:
    """The addresses of clients."""

    def __init__(self, settings: Settings) -> None:
        """Believe the proxies of `settings`. Raises SettingsError where they are no addresses."""
        self._trusted = _networks(settings.trusted_proxies)
        self._header = settings.forwarded_header.encode()

    def address(self, exchange: Exchange) -> str:
        """Return the address of a client, or the empty string where it has none."""
        peer = exchange.peer
        if not self._trusted or not self._trusts(peer):
            return peer
        # Each proxy adds what it saw at the end; what is before an untrusted one is hearsay.
        for claim in reversed(self._claims(exchange)):
            if _address(claim) is None:
                return peer
            peer = claim
            if not self._trusts(claim):
                break
        return peer

    def _claims(self, exchange: Exchange) -> list[str]:
        value = exchange.header(self._header)
        if self._header == b"forwarded":
            found = [_FORWARDED_FOR.search(element) for element in value.split(",")]
            claims = [match[1] if match else "" for match in found] if value else []
        else:
            claims = [claim.strip() for claim in value.split(",")] if value else []
        return [claim.removeprefix("[").removesuffix("]") for claim in claims]

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _networks(text: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip()]
    except ValueError as error:
        raise SettingsError(f"`trusted_proxies` cannot be used: {error}.") from error


def _public_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise SettingsError(f"`public_url` cannot be used: {url!r} is not the URL of a server.")
    return host


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address is not None else host.lower() == "localhost"
