"""An MCP server for the tests, made with the official package; `shop.py [http PORT | sse PORT]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp_types import AudioContent, EmbeddedResource, ResourceLink, TextResourceContents

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000000200015e1dd7c30000000049454e44ae426082"
)

server = MCPServer("shop")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="odd name! " + "x" * 80)
def odd() -> str:
    """Be called by a name that the API does not take."""
    return "odd"


@server.tool()
def fail() -> str:
    """Fail."""
    raise ValueError("the shop is closed")


@server.tool()
def end() -> str:
    """End the server amid a call."""
    os._exit(3)


@server.tool()
def environment() -> dict[str, Any]:
    """Tell the environment."""
    return dict(os.environ)


@server.tool(structured_output=False)
def everything() -> list[Any]:
    """Answer with content of all kinds."""
    return [
        "text",
        Image(data=PNG, format="png"),
        Image(data=b"II*", format="tiff"),
        AudioContent(data="AAAA", mime_type="audio/wav"),
        ResourceLink(name="readme", uri="shop://readme"),
        EmbeddedResource(resource=TextResourceContents(uri="shop://a", text="words")),
    ]


@server.tool()
async def count(context: Context) -> str:
    """Count to three, and tell how far it is."""
    for number in (1, 2, 3):
        await context.report_progress(number, 3, "counting")
    return "three"


@server.tool()
def child() -> int:
    """Start a program that outlives a polite end; return its process id."""
    return subprocess.Popen(["sleep", "600"]).pid


@server.tool()
def sleep(seconds: float) -> str:
    """Sleep."""
    time.sleep(seconds)
    return "slept"


if __name__ == "__main__":
    if sys.argv[1:]:
        kind = {"http": "streamable-http", "sse": "sse"}[sys.argv[1]]
        server.run(kind, host="127.0.0.1", port=int(sys.argv[2]))  # type: ignore[call-overload]
    else:
        server.run()
