"""The way out to domains that are allowed, and that there is no other."""

from __future__ import annotations

import asyncio
import http.server
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rookery.errors import SandboxError
from rookery.internet.addresses import is_public
from rookery.sandbox import choose, proxy
from rookery.sandbox.proxy import Proxy
from tests.sandbox.common import Done, bash, bounds_in

HOSTS = {"good.test": "127.0.0.1", "a.good.test": "127.0.0.1", "private.test": "10.0.0.1"}
HOSTS["10.0.0.1"] = "10.0.0.1"
ASKED: list[str] = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        self._say(f"{self.headers['Host']} {self.path} {self.headers.get('Proxy-Secret')}")

    def do_POST(self) -> None:
        self._say(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _say(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server on the loopback that names lead to, which counts as public here."""
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(0)
        if host not in HOSTS:
            raise OSError("no such host")
        return [HOSTS[host]]

    monkeypatch.setattr(proxy, "resolve", resolve)
    monkeypatch.setattr(proxy, "is_public", lambda a: str(a) == "127.0.0.1" or is_public(a))
    monkeypatch.setattr(proxy, "PORTS", frozenset({80, found.server_port}))
    yield found.server_port
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def good(server: int) -> Iterator[tuple[Proxy, int]]:
    made = Proxy(("good.test", "*.good.test", "private.test", "127.0.0.1", "10.0.0.1"))
    yield made, server
    made.close()
    assert not made.address.parent.exists()


def ask(made: Proxy, request: str) -> str:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(10)
        caller.connect(str(made.address))
        caller.sendall(request.encode("latin-1"))
        answer = b""
        while data := caller.recv(65536):
            answer += data
    return answer.decode()


def test_requests_go_to_the_host_that_was_checked(good: tuple[Proxy, int]) -> None:
    made, port = good
    answer = ask(
        made,
        f"GET http://good.test:{port}/x?y HTTP/1.1\r\nHost: evil.test\r\nProxy-Secret: s\r\n"
        "Connection: keep-alive\r\n\r\n"
        f"GET http://evil.test:{port}/second HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    )
    assert answer.endswith(f"\r\n\r\ngood.test:{port} /x?y None")
    assert answer.count("HTTP/1.0 200") == 1
    body = f"POST http://A.GOOD.test.:{port}/ HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET / HTTP/1.1"
    assert ask(made, body).endswith("\r\n\r\nhi")


def test_tunnels(good: tuple[Proxy, int]) -> None:
    made, port = good
    request = f"CONNECT good.test:{port} HTTP/1.1\r\n\r\nGET /in HTTP/1.0\r\nHost: x\r\n\r\n"
    answer = ask(made, request)
    assert answer.startswith("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.0 200")
    assert answer.endswith("x /in None")


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (
            "CONNECT evil.test:80",
            "403 Forbidden.*evil.test is not one of the domains allowed: good",
        ),
        ("CONNECT xgood.test:80", "403 "),
        ("CONNECT good.test.evil.test:80", "403 "),
        ("CONNECT good.test:22", "403 .*Port 22 is not allowed"),
        ("CONNECT private.test:80", "403 .*private.test is not on the public internet"),
        ("CONNECT 10.0.0.1:80", "403 "),
        ("CONNECT [::ffff:10.0.0.1]:80", "403 "),
        ("CONNECT b.good.test:80", "502 .*b.good.test cannot be reached: no such host"),
        ("CONNECT good.test", "400 "),
        ("CONNECT good.test:x", "400 "),
        ("GET https://good.test/", "400 .*CONNECT host:port, and http:// addresses"),
        ("GET /", "400 "),
        ("GET http://good.test@evil.test/", "403 .*evil.test"),
        ("GET http://evil.test#good.test", "403 "),
        ("get http://good.test/", "400 "),
    ],
)
def test_what_is_refused(target: str, answer: str, good: tuple[Proxy, int]) -> None:
    found = ask(good[0], f"{target} HTTP/1.1\r\n\r\n")
    assert re.match(f"HTTP/1.1 {answer}", found, re.DOTALL), found


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Transfer-Encoding: chunked\r\n", 411),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: +1\r\n", 400),
        ("Content-Length : 1\r\n", 400),
        (" folded: 1\r\n", 400),
        ("a: b\nc: d\r\n", 400),
        ("a: \0\r\n", 400),
    ],
)
def test_heads_that_two_readers_could_read_differently(
    head: str, status: int, good: tuple[Proxy, int]
) -> None:
    made, port = good
    answer = ask(made, f"POST http://good.test:{port}/ HTTP/1.1\r\n{head}\r\n")
    assert answer.startswith(f"HTTP/1.1 {status} ")


def test_what_is_no_domain_is_an_error() -> None:
    with pytest.raises(SandboxError, match="no domain"):
        Proxy(("https://good.test/",))


WORKS = choose.probe("bubblewrap").works
inside = pytest.mark.skipif(not WORKS, reason="bubblewrap does not work here")


def run(script: str, folder: Path) -> Done:
    bounds = bounds_in(folder, allow_domains=("good.test",))
    return bash(choose.tier("bubblewrap"), script, bounds)


@inside
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_in_a_sandbox(server: int, tmp_path: Path) -> None:
    done = run(f"curl -sS http://good.test:{server}/a; curl -sS http://evil.test/", tmp_path)
    assert (
        done.output
        == f"good.test:{server} /a Noneevil.test is not one of the domains allowed: good.test.\n"
    )
    tunnel = f"curl -sSp http://good.test:{server}/t; curl -sS https://evil.test/; echo $?"
    done = run(tunnel, tmp_path)
    assert done.output == f"good.test:{server} /t None56\n"
    assert "403" in done.problem
    direct = f"curl -sS --noproxy '*' --connect-timeout 5 http://127.0.0.1:{server}/; echo $?"
    assert run(direct, tmp_path).output == "7\n"


@inside
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_in_a_sandbox(tmp_path: Path, server: int) -> None:
    done = run(
        f"git ls-remote http://good.test:{server}/x.git; git ls-remote http://e.test/", tmp_path
    )
    assert "/x.git/info/refs?service=git-upload-pack" in ASKED
    assert "403" in done.problem


@inside
def test_the_status_of_the_command_is_kept_and_nothing_is_left(server: int, tmp_path: Path) -> None:
    done = run("exit 5", tmp_path)
    assert (done.status, done.problem) == (5, "")
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if b"/run/rookery/socket" in line]
