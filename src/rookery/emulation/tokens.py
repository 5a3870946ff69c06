"""How many tokens a block has: its text by weight, its images and pages by formula.

The same block always has the same measure: the weight of its text, and the tokens that are no
text. Both add up over the blocks of a prompt; `tokens_of` makes tokens of the weight at the end.
What is not known is assumed: an image by address or file is the largest of the model's tier, a
document by address or file is one page of middling density.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from rookery.catalog.model import Model
from rookery.emulation.images import Header, NotBase64Error, image_tokens, read_header
from rookery.emulation.pdf import NotPdfError, read_pdf
from rookery.emulation.signature import TamperedError, read_signature
from rookery.emulation.text import count_text, tokens_of, weigh, weigh_text
from rookery.wire.blocks import (
    Base64Image,
    Base64Pdf,
    Block,
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

PAGE_IMAGE = 1568
"""Tokens of a page of a PDF as an image, on models of each tier. The documentation says only that
it is an image; 1,564 of a letter page fill the standard tier, and a scanned page was measured at
1,592 and 1,600 tokens with its question (docs/emulation.md)."""
UNSEEN_PAGE = 2250
"""Tokens of a document that is not in the request: the middle of the documented 1,500 to 3,000."""

_encode = msgspec.json.Encoder().encode


def count_block(block: dict[str, Any], model: Model) -> int:
    """Return the tokens of a reply's block."""
    if block.get("type") == "text":
        return count_text(block["text"], model)
    if block.get("type") == "thinking":
        return count_text(block["thinking"], model)
    return tokens_of(weigh(_encode(block), model))


def measure(block: Block, model: Model) -> tuple[int, int]:
    """Return the weight of the text in a block, and its tokens that are not text."""
    match block:
        case Text(text=text):
            return weigh_text(text, model), 0
        case Thinking():
            return _thinking(block, model), 0
        case RedactedThinking(data=data):
            return _encrypted(data, model), 0
        case Image():
            return 0, _image(block, model)
        case ToolResult(content=str(text)):
            return weigh_text(text, model), 0
        case ToolResult(content=list(content)):
            return _sum(content, model)
        case ToolResult():
            return 0, 0
        case SearchResult(content=content):
            head = weigh_text(f"{block.source}\n{block.title}", model)
            return _plus(head, _sum(content, model))
        case DocumentBlock():
            head = weigh_text(f"{block.title or ''}{block.context or ''}", model)
            return _plus(head, _document(block, model))
        case _:
            return weigh(_encode(block), model), 0


def measure_tool(tool: dict[str, Any], model: Model) -> tuple[int, int]:
    """Return weight and tokens of a tool's definition; those of the API's own tools are known."""
    kind = str(tool.get("type") or "").rpartition("_")[0]
    known = model.typed_tools.get(kind)
    return (weigh(_encode(tool), model), 0) if known is None else (0, known)


def _thinking(block: Thinking, model: Model) -> int:
    """Weigh what was thought, also where the text was omitted."""
    try:
        signed = read_signature(block.signature)
    except TamperedError:
        signed = None
    if signed is not None:
        return weigh_text(signed.thinking, model)
    return weigh_text(block.thinking, model) or _encrypted(block.signature, model)


def _encrypted(data: str, model: Model) -> int:
    """Weigh thinking that only its maker can read, as letters: base64 has four for three bytes."""
    return weigh(b"a" * (len(data) // 4 * 3), model)


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


def _document(block: DocumentBlock, model: Model) -> tuple[int, int]:
    match block.source:
        case PlainTextSource(data=text) | ContentSource(content=str(text)):
            return weigh_text(text, model), 0
        case ContentSource(content=list(content)):
            return _sum(content, model)
        case Base64Pdf(data=data):
            return _pdf(data, model)
        case _:
            return 0, UNSEEN_PAGE


def _pdf(data: str, model: Model) -> tuple[int, int]:
    try:
        found = read_pdf(data)
    except NotPdfError:
        return 0, 0
    return weigh(found.text, model), found.pages * PAGE_IMAGE


def _plus(weight: int, more: tuple[int, int]) -> tuple[int, int]:
    return weight + more[0], more[1]


def _sum(blocks: Iterable[Block], model: Model) -> tuple[int, int]:
    measured = [measure(block, model) for block in blocks]
    return sum(weight for weight, _ in measured), sum(tokens for _, tokens in measured)
