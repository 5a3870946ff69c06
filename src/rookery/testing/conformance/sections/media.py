"""Images, documents and search results: what they count, and how answers cite them."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from typing import Any

from rookery.testing.conformance.answers import good, message, refused
from rookery.testing.conformance.check import Skipped, check, expect, same
from rookery.testing.conformance.facts import known
from rookery.testing.conformance.sections.counting import count
from rookery.testing.conformance.target import Target

VISION = "Vision"
CITATIONS = "Citations"
PATCH = 28
"""Pixels: an image costs one token for each square of this side that it touches."""
AROUND = 12
"""Tokens that may stand around an image or a document."""
FACTS = "The tower of Vardo is 31 metres high. It was built in 1902. Its keeper is Nils Berg."
QUESTION = "How high is the tower of Vardo? Cite the source."


def png(width: int, height: int) -> str:
    """Return a grey PNG of this size, in base64."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * width) * height
    parts = _chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf() -> str:
    """Return a PDF of one page with a line of text, in base64."""
    show = b"BT /F1 18 Tf 72 700 Td (The tower of Vardo is 31 metres high.) Tj ET"
    font = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font %b >> >>" % font,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(show), show),
    )
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, size = len(data), len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return base64.b64encode(data).decode()


def image(width: int, height: int, media_type: str = "image/png") -> dict[str, Any]:
    """Return a block with a grey image."""
    source = {"type": "base64", "media_type": media_type, "data": png(width, height)}
    return {"type": "image", "source": source}


def document(**fields: Any) -> dict[str, Any]:
    """Return a document of plain text."""
    source = {"type": "text", "media_type": "text/plain", "data": FACTS}
    return {"type": "document", "source": source, "title": "The tower", **fields}


def turn(*blocks: dict[str, Any], words: str = "What is this?") -> list[dict[str, Any]]:
    """Return a conversation of one turn: these blocks, then words."""
    return [{"role": "user", "content": [*blocks, {"type": "text", "text": words}]}]


def cited(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the citations of a reply. Raises Skipped where it has none."""
    found = [
        citation
        for block in content
        if block["type"] == "text"
        for citation in block.get("citations") or []
    ]
    if not found:
        raise Skipped("the model cited nothing")
    return found


@check("media", VISION)
def images_by_formula(target: Target) -> None:
    """An image costs ceil(width / 28) x ceil(height / 28) tokens."""
    without = count(target, messages=turn())
    for width, height in ((280, 280), (1000, 1000), (57, 29)):
        tokens = count(target, messages=turn(image(width, height))) - without
        wanted = math.ceil(width / PATCH) * math.ceil(height / PATCH)
        seen = f"{width}x{height} costs {tokens} tokens, by the formula {wanted}"
        expect(wanted <= tokens <= wanted + AROUND, seen)


@check("media", VISION)
def an_image_is_answered(target: Target) -> None:
    """A message with an image is answered, and its input tokens have it."""
    usage = message(target.create(messages=turn(image(280, 280))))["usage"]
    expect(usage["input_tokens"] > 100, f"{usage['input_tokens']} input tokens")


@check("media", VISION)
def an_image_that_is_none(target: Target) -> None:
    """What is no image of its media type is refused."""
    wrong = image(28, 28, "image/bmp")
    refused(target.create(messages=turn(wrong)), 400, "invalid_request_error")
    broken = {**image(28, 28)["source"], "data": base64.b64encode(b"no image").decode()}
    answer = target.create(messages=turn({"type": "image", "source": broken}))
    refused(answer, 400, "invalid_request_error")


@check("media", "PDF support")
def a_pdf(target: Target) -> None:
    """A PDF is answered, and counts as the text and the image of its pages."""
    model = known(target)
    if model is not None and "pdf_input" not in model.features:
        raise Skipped("the model reads no PDF")
    source = {"type": "base64", "media_type": "application/pdf", "data": pdf()}
    messages = turn({"type": "document", "source": source})
    usage = message(target.create(messages=messages))["usage"]
    expect(usage["input_tokens"] > 500, f"{usage['input_tokens']} input tokens")


@check("media", CITATIONS)
def citations_of_a_document(target: Target) -> None:
    """A citation names the document, the place in it, and its very words."""
    block = document(citations={"enabled": True})
    body = message(target.create(messages=turn(block, words=QUESTION)))
    for citation in cited(body["content"]):
        same("type", citation["type"], "char_location")
        same("document_index", citation["document_index"], 0)
        same("document_title", citation["document_title"], "The tower")
        words = FACTS[citation["start_char_index"] : citation["end_char_index"]]
        same("cited_text", citation["cited_text"], words)


@check("media", CITATIONS)
def no_citations_unless_asked(target: Target) -> None:
    """Without `citations.enabled` nothing is cited."""
    body = message(target.create(messages=turn(document(), words=QUESTION)))
    found = [block.get("citations") for block in body["content"] if block["type"] == "text"]
    expect(not any(found), f"citations are {found!r:.100}")


@check("media", CITATIONS)
def citations_in_a_stream(target: Target) -> None:
    """A stream with a document that may be cited follows the grammar."""
    block = document(citations={"enabled": True})
    good(target.stream(messages=turn(block, words=QUESTION)))


@check("media", "Search results")
def a_search_result(target: Target) -> None:
    """A search result is answered; a citation of it names its source and title."""
    block = {
        "type": "search_result",
        "source": "https://example.com/tower",
        "title": "The tower",
        "content": [{"type": "text", "text": FACTS}],
        "citations": {"enabled": True},
    }
    body = message(target.create(messages=turn(block, words=QUESTION)))
    for citation in cited(body["content"]):
        same("type", citation["type"], "search_result_location")
        same("source", citation["source"], "https://example.com/tower")
        same("title", citation["title"], "The tower")
        same("search_result_index", citation["search_result_index"], 0)


@check("media", CITATIONS)
def documents_count(target: Target) -> None:
    """A document is part of the prompt, with its text."""
    without = count(target, messages=turn())
    with_it = count(target, messages=turn(document()))
    expect(with_it > without + 15, f"{without} tokens became {with_it}")
