"""web_fetch: pages as text, from the hosts it may ask and from no others."""

from __future__ import annotations

from typing import Any

import pytest

from rookery import Agent
from rookery.errors import AgentError
from rookery.internet.domains import Domains
from rookery.providers.scripted.provider import ScriptedProvider
from rookery.tools import ToolContext, ToolResult, Workspace, run_tool, web_fetch
from rookery.transport.fetch import Fetcher
from tests.transport.servers import Peer, serve
from tests.transport.test_fetch import Names, answer, only_here

PAGE = b"""<!doctype html><html><head><title>Ports</title><script>alert(1)</script></head><body>
<h1>Ports</h1><p>The server uses port <b>8420</b>; see <a href="/more">more</a>.</p>
</body></html>"""


def tool(*domains: str, **names: list[str]) -> Any:
    resolver = Names(here=["127.0.0.1"], inside=["10.0.0.7"], **names)
    return web_fetch(domains, fetcher=Fetcher(resolver=resolver, allow=only_here))


async def read(tool: Any, url: str) -> ToolResult:
    return await run_tool(tool, {"url": url}, ToolContext(Workspace(".")))


async def fetched(reply: bytes, *domains: str, path: str = "/") -> ToolResult:
    async def handle(peer: Peer) -> None:
        await peer.request()
        await peer.send(reply)

    async with serve(handle) as server:
        found = await read(
            tool(*(domains or ("here.test",))), f"http://here.test:{server.port}{path}"
        )
        text = str(found.content).replace(f":{server.port}", "")
        return ToolResult(text, found.is_error)


async def test_a_page_is_its_text_with_its_links() -> None:
    found = await fetched(answer(PAGE, "content-type: text/html; charset=utf-8"))
    text = str(found.content)
    assert not found.is_error
    assert text.startswith("http://here.test/ says (this is what a page says")
    assert "The server uses port 8420; see more (/more)." in text
    assert "alert" not in text


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("application/json", b'{"a": 1}', '{"a": 1}'),
        ("text/plain; charset=latin-1", b"caf\xe9", "café"),
        ("text/plain; charset=klingon", "café".encode(), "café"),
        ("text/html", b'<meta charset="iso-8859-1"><p>caf\xe9', "café"),
        ("application/problem+json", b"{}", "{}"),
        ("text/html", b"<div>" * 20_000 + b"deep", "deep"),
    ],
)
async def test_texts_of_other_kinds_are_read(kind: str, data: bytes, text: str) -> None:
    found = await fetched(answer(data, f"content-type: {kind}"))
    assert str(found.content).endswith(f"\n\n{text}")


async def test_what_is_no_text_is_told() -> None:
    found = await fetched(answer(b"%PDF-1.7", "content-type: application/pdf"))
    assert found == ToolResult("http://here.test/ is application/pdf, not text.", is_error=True)


async def test_other_hosts_are_not_asked() -> None:
    found = await read(tool("here.test"), "https://elsewhere.test/")
    assert found.is_error
    assert "elsewhere.test is not among those that may be asked" in str(found.content)


async def test_a_redirect_is_checked_like_an_address() -> None:
    moved = answer(b"", "location: http://elsewhere.test/", status="302 Found")
    assert "elsewhere.test is not among" in str((await fetched(moved)).content)
    inside = answer(b"", "location: http://inside.test/", status="302 Found")
    assert "not on the public internet" in str((await fetched(inside, "*")).content)
    literal = answer(b"", "location: http://169.254.169.254/latest", status="307 Moved")
    assert "not on the public internet" in str((await fetched(literal, "*")).content)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://here.test/", "here.test", "", "http://"]
)
async def test_what_is_no_address_is_told(url: str) -> None:
    found = await read(tool("*"), url)
    assert found.is_error
    assert "not an address of http" in str(found.content)


async def test_a_page_that_is_too_large_is_refused() -> None:
    found = await fetched(answer(b"x" * (5 * 1024 * 1024 + 1), "content-type: text/plain"))
    assert found.is_error
    assert "too large" in str(found.content)


def test_domains() -> None:
    domains = Domains(["Docs.Python.org.", "*.example.com", "bücher.test", "strasse.test"])
    asked = {
        "docs.python.org": True,
        "DOCS.PYTHON.ORG.": True,
        "python.org": False,
        "docs.python.org.evil.test": False,
        "a.example.com": True,
        "a.b.example.com": True,
        "example.com": False,
        "badexample.com": False,
        "xn--bcher-kva.test": True,
        "straße.test": False,
    }
    assert {host: domains.allow(host) for host in asked} == asked


@pytest.mark.parametrize("names", [[], "docs.python.org", [""], ["https://a.b"], ["*.*"], ["a/b"]])
def test_what_is_no_domain_is_refused(names: Any) -> None:
    with pytest.raises(AgentError, match=r"allow_domains|is no domain"):
        web_fetch(names)


def test_an_agent_is_given_it_with_its_hosts_named() -> None:
    script = ScriptedProvider.of("hello")
    Agent("claude-sonnet-4-6", tools=[web_fetch(["docs.test"])], provider=script).run("Hello.")
    assert b"Hosts: docs.test." in script.requests[0].data
