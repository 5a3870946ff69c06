"""Cases of `rookery.rules.media`."""

from __future__ import annotations

import base64
import struct
from typing import Any

from rookery.rules import media, types
from rookery.testing.conformance.refusals.case import Case, content, message

COUNT = "/v1/messages/count_tokens"
HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def image(data: bytes | str, kind: str = "image/png", **fields: Any) -> dict[str, Any]:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": kind, "data": text},
        **fields,
    }


def png(width: int, height: int, size: int = 36, **fields: Any) -> dict[str, Any]:
    return image((HEAD + struct.pack(">II", width, height)).ljust(size, b"\0"), **fields)


def document(data: bytes) -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    source = {"type": "base64", "media_type": "application/pdf", "data": text}
    return {"type": "document", "source": source}


def result(*blocks: dict[str, Any]) -> dict[str, Any]:
    """Return a request whose last turn is a tool's result with these blocks."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    turn = {"type": "tool_result", "tool_use_id": "toolu_1", "content": list(blocks)}
    return message(
        tools=[{"name": "look", "input_schema": {"type": "object"}}],
        messages=[
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [turn]},
        ],
    )


def counted(**fields: Any) -> dict[str, Any]:
    return message(max_tokens=None, **fields)


def user(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(blocks)}]


AT = "messages.0.content.0.image.source.base64"
PDF = "messages.0.content.0.pdf.source.base64.data"
PAGES = b"%PDF-1.7\n" + b"1 0 obj << /Type /Page >> endobj\n" * 101
BY_ADDRESS = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
ERROR = {"oversized_image": "error"}
NUMBERED = f"{AT}.data: At least one of the image dimensions exceed max allowed size"

CASES = [
    Case(media.IMAGE_EMPTY, f"{AT}: image cannot be empty", content(image(""))),
    Case(media.IMAGE_NOT_BASE64, f"{AT}: invalid base64 data", content(image("{not base64}"))),
    Case(
        media.IMAGE_NOT_BASE64,
        "messages.2.content.0.tool_result.content.1.image.source.base64: invalid base64 data",
        result({"type": "text", "text": "seen"}, image("abc")),
    ),
    Case(
        media.IMAGE_MEDIA_TYPE,
        f"{AT}: The image was specified using the image/jpeg media type, but the image appears to "
        "be a image/png image",
        content(image(HEAD + bytes(16), "image/jpeg")),
    ),
    Case(media.IMAGE_DAMAGED, "Could not process image", content(image(b"BM" + bytes(40)))),
    Case(media.IMAGE_DAMAGED, "Could not process image", content(png(0, 7))),
    Case(
        media.IMAGE_BYTES,
        f"{AT}: image exceeds 10 MB maximum: 10485764 bytes > 10485760 bytes",
        content(png(10, 10, size=10485764 // 4 * 3)),
    ),
    Case(media.IMAGE_SIDE, f"{NUMBERED}: 8000 pixels", content(png(8001, 1), png(8000, 8000))),
    Case(
        media.IMAGE_SIDE_OF_MANY,
        f"{NUMBERED} for many-image requests: 2000 pixels",
        content(png(2001, 1), *[png(10, 10)] * 20),
    ),
    Case(
        media.IMAGE_OVERSIZED,
        "messages.0.content.0: image dimensions 1920x1080 exceed the maximum image size of a model "
        "named on this request and would be downsized to 1456x819; scale the image to at most "
        '1456x819 or set the image\'s oversized_image setting to "downsize"',
        content(png(1920, 1080, transformations=ERROR)),
    ),
    Case(
        media.IMAGE_OVERSIZED,
        "messages.0.content.0: image dimensions 1920x1080 exceed the maximum image size of a model "
        "named on this request and would be downsized to 1456x819; scale the image to at most "
        '1456x819 or set the image\'s oversized_image setting to "downsize"',
        counted(messages=user(png(1920, 1080, transformations=ERROR))),
        path=COUNT,
    ),
    Case(
        media.IMAGE_OF_UNKNOWN_SIZE,
        "messages.0.content.0: the source dimensions of the image could not be determined",
        content(image(HEAD + bytes(1), transformations=ERROR)),
    ),
    Case(
        types.NOT_A_CHOICE,
        "messages.0.content.0.image.transformations.oversized_image: Input should be 'downsize' "
        "or 'error'",
        content(png(10, 10, transformations={"oversized_image": "crop"})),
    ),
    Case(media.PDF_INVALID, f"{PDF}: The PDF specified was not valid.", content(document(b"no"))),
    Case(
        media.PDF_ENCRYPTED,
        f"{PDF}: The PDF specified is password protected.",
        content(document(b"%PDF-1.7 trailer << /Encrypt 5 0 R >>")),
    ),
    Case(
        media.PDF_PAGES,
        f"{PDF}: A maximum of 100 PDF pages may be provided.",
        content(document(PAGES)),
    ),
    Case(
        media.MEDIA_COUNT,
        "Too much media: 0 document pages + 101 images > 100",
        content(*[BY_ADDRESS] * 101),
    ),
    Case(
        media.COUNT_SOURCE,
        "messages.0.content.0.source: a `url` source cannot be counted. Send the data as base64.",
        counted(messages=user(BY_ADDRESS)),
        path=COUNT,
    ),
    Case(
        media.COUNT_SERVER_TOOL,
        "tools.0: token counting does not support the server tool `web_search_20250305`",
        counted(tools=[{"type": "web_search_20250305", "name": "web_search"}]),
        path=COUNT,
    ),
    Case(
        media.COUNT_MCP,
        "mcp_servers: token counting does not support MCP servers",
        counted(mcp_servers=[{"type": "url", "name": "a", "url": "https://example.com"}]),
        path=COUNT,
        betas="mcp-client-2025-11-20",
    ),
    Case(
        media.NOT_DOWNLOADED,
        "Unable to download the file. Please verify the URL and try again.",
        content({"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/a.png"}}),
        server="fetching",
    ),
]
