"""How many tokens a block has: its text by weight, its images and pages by formula.

The same block always has the same measure: its text, and the tokens that are no text. Both add up
over the blocks of a prompt, so that text is weighed once for many blocks (`text.weigh`).
What is not known is assumed: an image by address or file is the largest of the model's tier, a
document by address or file is one page of middling density.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from rookery.catalog.model import Model
from rookery.emulation.images import Header, NotBase64Error, image_tokens, read_header
from rookery.emulation.pdf import NotPdfError, read_pdf
from rookery.emulation.signature import TamperedError, read_signature
from rookery.emulation.text import count_text, tokens_of, utf8, weigh
from rookery.wire.blocks import (
    Base64Image,
    Base64Pdf,
    ContentSource,
    DocumentBlock,
    Image,
    PlainTextSource,
    RedactedThinking,
    SearchResult,
    Text,
    Thinking,
    ToolResult,
)
from rookery.wire.messages import InputMessage
from rookery.wire.shapes import Block

PAGE_IMAGE = 1568
"""Tokens of a page of a PDF as an image, on models of each tier. The documentation says only that
it is an image; 1,564 of a letter page fill the standard tier, and a scanned page was measured at
1,592 and 1,600 tokens with its question (docs/emulation.md)."""
UNSEEN_PAGE = 2250
"""Tokens of a document that is not in the request: the middle of the documented 1,500 to 3,000."""

_encode = msgspec.json.Encoder().encode


def count_block(block: dict[str, Any], model: Model) -> int:
    """Return the tokens of a reply's block; its id is made by the server and is none of them."""
    if block.get("type") == "text":
        return count_text(block["text"], model)
    if block.get("type") == "thinking":
        return count_text(block["thinking"], model)
    spoken = {name: value for name, value in block.items() if name != "id"}
    return tokens_of(weigh(_encode(spoken), model))


def measure(block: Block, model: Model) -> tuple[bytes, int]:
    """Return the text of a block as UTF-8, and its tokens that are not text."""
    return _MEASURES.get(type(block), _whole)(block, model)


def measure_message(message: Mapping[str, Any], model: Model) -> tuple[bytes, int]:
    """Return the same of a message in wire form; of one that only its maker knows, as JSON."""
    try:
        return _sum(msgspec.convert(message, InputMessage).blocks, model)
    except msgspec.ValidationError:
        return _encode(message), 0


def measure_tool(tool: dict[str, Any], data: bytes, model: Model) -> tuple[bytes, int]:
    """Return text and tokens of a definition, which is `data` as JSON; the API's own are known."""
    kind = str(tool.get("type") or "").rpartition("_")[0]
    known = model.typed_tools.get(kind)
    return (data, 0) if known is None else (b"", known)


def _thinking(block: Thinking) -> bytes:
    """Return what was thought, also where the text was omitted."""
    try:
        signed = read_signature(block.signature)
    except TamperedError:
        signed = None
    if signed is not None:
        return utf8(signed.thinking)
    return utf8(block.thinking) or _encrypted(block.signature)


def _encrypted(data: str) -> bytes:
    """Stand in for thinking that only its maker can read: base64 has four letters for three."""
    return b"a" * (len(data) // 4 * 3)


def _image(block: Image, model: Model) -> int:
    tier = model.image_tier
    if tier is None:
        return 0
    if isinstance(block.source, Base64Image):
        try:
            header = read_header(block.source.data)
        except NotBase64Error:
            return 0
        if isinstance(header, Header):
            return image_tokens(header.width, header.height, tier)
    return tier.max_tokens


def _source(block: DocumentBlock, model: Model) -> tuple[bytes, int]:
    match block.source:
        case PlainTextSource(data=text) | ContentSource(content=str(text)):
            return utf8(text), 0
        case ContentSource(content=list(content)):
            return _sum(content, model)
        case Base64Pdf(data=data):
            return _pdf(data)
        case _:
            return b"", UNSEEN_PAGE


def _pdf(data: str) -> tuple[bytes, int]:
    try:
        found = read_pdf(data)
    except NotPdfError:
        return b"", 0
    return found.text, found.pages * PAGE_IMAGE


def _plus(text: bytes, more: tuple[bytes, int]) -> tuple[bytes, int]:
    return text + more[0], more[1]


def _sum(blocks: Iterable[Block], model: Model) -> tuple[bytes, int]:
    measured = [measure(block, model) for block in blocks]
    return b"".join([text for text, _ in measured]), sum(tokens for _, tokens in measured)


def _result(block: ToolResult, model: Model) -> tuple[bytes, int]:
    content = block.content
    return (utf8(content), 0) if isinstance(content, str) else _sum(content or (), model)


def _search_result(block: SearchResult, model: Model) -> tuple[bytes, int]:
    return _plus(utf8(f"{block.source}\n{block.title}"), _sum(block.content, model))


def _document(block: DocumentBlock, model: Model) -> tuple[bytes, int]:
    return _plus(utf8(f"{block.title or ''}{block.context or ''}"), _source(block, model))


def _whole(block: Block, model: Model) -> tuple[bytes, int]:
    del model
    return _encode(block), 0


_MEASURES: dict[type[Block], Callable[[Any, Model], tuple[bytes, int]]] = {
    Text: lambda block, _: (utf8(block.text), 0),
    Thinking: lambda block, _: (_thinking(block), 0),
    RedactedThinking: lambda block, _: (_encrypted(block.data), 0),
    Image: lambda block, model: (b"", _image(block, model)),
    ToolResult: _result,
    SearchResult: _search_result,
    DocumentBlock: _document,
}
"""How a block of each kind is measured; others as the JSON that they are."""
