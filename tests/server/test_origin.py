"""Whom the server believes: Hosts, proxies, its own URL."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from rookery.errors import InvalidRequestError, SettingsError
from rookery.server.http import Exchange
from rookery.server.local import LocalServer
from rookery.server.origin import MAX_KNOWN, Clients, Hosts, base_url
from rookery.settings import Settings
from tests.server.client import ask, head


def allows(asked: str, **settings: Any) -> bool:
    try:
        Hosts(Settings(**settings)).check([asked.encode("latin-1")])
    except InvalidRequestError as error:
        assert error.status == 421
        return False
    return True


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("localhost:8420", True),
        ("LOCALHOST:1", True),
        ("localhost.", True),
        ("a.localhost:8420", True),
        ("127.0.0.1:8420", True),
        ("192.0.2.1", True),
        ("[::1]:8420", True),
        ("rookery", True),
        ("", True),
        ("evil.example", False),
        ("evil.example:8420", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evillocalhost.example", False),
        ("api.example.com", False),
    ],
)
def test_a_server_on_the_loopback_answers_to_its_own_names(host: str, *, allowed: bool) -> None:
    assert allows(host) is allowed
    assert allows(host, host="::1") is allowed
    assert allows(host, host="localhost") is allowed
    assert allows(host, host="0.0.0.0")  # noqa: S104 - it is the point
    assert allows(host, host="192.0.2.1")


def test_a_public_url_is_one_of_them() -> None:
    settings: dict[str, Any] = {"public_url": "https://api.example.com/claude"}
    assert allows("api.example.com", **settings)
    assert allows("API.example.com:443", **settings)
    assert not allows("www.example.com", **settings)
    assert allows("rookery.example", host="rookery.example")


def test_what_is_remembered_of_hosts_is_bounded() -> None:
    hosts = Hosts(Settings())
    for number in range(MAX_KNOWN + 100):
        with pytest.raises(InvalidRequestError):
            hosts.check([b"%d.example" % number])
    assert len(hosts._known) == MAX_KNOWN
    hosts.check([b"localhost"])


@pytest.mark.parametrize(
    "url", ["api.example.com", "ftp://a", "https://", "https://a:b", "https://a?b", "http://[a"]
)
def test_a_public_url_that_is_none_is_named(url: str) -> None:
    with pytest.raises(SettingsError, match="`public_url` cannot be used"):
        Hosts(Settings(public_url=url))


def client(peer: str, *headers: tuple[str, str], **settings: Any) -> str:
    scope = {
        "method": "GET",
        "path": "/",
        "client": (peer, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }

    async def never() -> dict[str, object]:
        raise AssertionError

    async def nothing(message: object) -> None:
        del message

    clients = Clients(Settings(**settings))
    return clients.address(Exchange(scope, never, nothing, "req_1"))


PROXIES = {"trusted_proxies": "10.0.0.0/8, ::1, 192.0.2.7"}
FORWARDED = {**PROXIES, "forwarded_header": "forwarded"}


def x(*values: str) -> list[tuple[str, str]]:
    return [("x-forwarded-for", value) for value in values]


def test_nobody_is_believed_who_is_not_trusted() -> None:
    assert client("203.0.113.5", *x("1.2.3.4")) == "203.0.113.5"
    assert client("203.0.113.5", *x("1.2.3.4"), **PROXIES) == "203.0.113.5"
    assert client("10.0.0.1", *x("1.2.3.4")) == "10.0.0.1"


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (["198.51.100.9"], "198.51.100.9"),
        (["198.51.100.9, 10.2.3.4"], "198.51.100.9"),
        (["198.51.100.9", "10.2.3.4"], "198.51.100.9"),
        (["6.6.6.6, 198.51.100.9, 10.2.3.4, 192.0.2.7"], "198.51.100.9"),
        (["2001:db8::9"], "2001:db8::9"),
        (["10.5.5.5"], "10.5.5.5"),
        (["garbage"], "10.0.0.1"),
        (["6.6.6.6, garbage, 10.2.3.4"], "10.2.3.4"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
    ],
)
def test_trusted_proxies_say_who_the_client_is(values: list[str], address: str) -> None:
    assert client("10.0.0.1", *x(*values), **PROXIES) == address
    assert client("::ffff:10.0.0.1", *x("198.51.100.9"), **PROXIES) == "198.51.100.9"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("for=198.51.100.9", "198.51.100.9"),
        ('for="198.51.100.9:4711";proto=https, for=10.2.3.4', "198.51.100.9"),
        ('proto=http;For="[2001:db8::9]:1"', "2001:db8::9"),
        ("for=6.6.6.6, for=198.51.100.9;by=10.0.0.1", "198.51.100.9"),
        ("for=unknown", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
    ],
)
def test_they_may_say_it_in_the_other_header(value: str, address: str) -> None:
    assert client("10.0.0.1", ("forwarded", value), **FORWARDED) == address
    assert client("10.0.0.1", ("forwarded", value), **PROXIES) == "10.0.0.1"
    assert client("10.0.0.1", *x("1.2.3.4"), **FORWARDED) == "10.0.0.1"


def test_proxies_that_are_no_addresses_are_named() -> None:
    with pytest.raises(SettingsError, match="`trusted_proxies` cannot be used"):
        Clients(Settings(trusted_proxies="10.0.0.0/8, proxy.example"))


def test_the_base_url_is_the_public_one_or_the_address() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        assert base_url(Settings(), sock) == f"http://127.0.0.1:{port}"
        assert base_url(Settings(tls_cert="x"), sock) == f"https://127.0.0.1:{port}"
        settings = Settings(public_url="https://api.example.com/claude/")
        assert base_url(settings, sock) == "https://api.example.com/claude"


def test_there_is_no_cors(server: LocalServer) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for method in ("OPTIONS", "GET"):
        answer = ask(server, head(method, "/v1/messages", asked))
        assert answer.status in {401, 405}
        assert not [name for name in answer.headers if name.startswith("access-control")]
