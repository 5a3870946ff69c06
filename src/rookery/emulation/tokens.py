"""How many tokens a prompt has, estimated: the same request always gives the same count.

The tokenizer of Claude is not public. The estimate is the UTF-8 length over `BYTES_PER_TOKEN`,
times the model's tokenizer factor; its error has not been measured. Images count as the largest
image of the model's tier and PDFs by their length.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from rookery.catalog.model import Model
from rookery.wire.blocks import (
    Base64Pdf,
    Block,
    ContentSource,
    DocumentBlock,
    Image,
    PlainTextSource,
    SearchResult,
    Text,
    Thinking,
    ToolResult,
)

BYTES_PER_TOKEN = 3.6
PDF_BYTES_PER_TOKEN = 24

_encode = msgspec.json.Encoder().encode


def count_text(text: str, model: Model) -> int:
    """Return the estimated tokens of a text; 0 only for the empty text."""
    return tokens_of(_size(text), model)


def fitting(text: str, tokens: int, model: Model) -> str:
    """Return the longest beginning of `text` that counts at most `tokens`."""
    limit = math.floor(tokens * BYTES_PER_TOKEN / model.tokenizer.factor)
    cut = text.encode()[:limit].decode("utf-8", "ignore")
    while cut and count_text(cut, model) > tokens:
        cut = cut[:-1]
    return cut


def count_block(block: dict[str, Any], model: Model) -> int:
    """Return the tokens of a reply's block."""
    if block.get("type") == "text":
        return count_text(block["text"], model)
    if block.get("type") == "thinking":
        return count_text(block["thinking"], model)
    return tokens_of(len(_encode(block)), model)


def tokens_of(size: int, model: Model) -> int:
    """Return the tokens of so many bytes of text."""
    return math.ceil(size * model.tokenizer.factor / BYTES_PER_TOKEN)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def measure(block: Block, model: Model) -> tuple[int, int]:
    """Return the bytes of text in a block, and its tokens that are not text."""
    match block:
        case Text(text=text) | Thinking(thinking=text):
            return _size(text), 0
        case Image():
            return 0, model.image_tier.max_tokens if model.image_tier else 0
        case ToolResult(content=str(text)):
            return _size(text), 0
        case ToolResult(content=content) | SearchResult(content=content):
            return _sum(content or [], model)
        case DocumentBlock():
            return _measure_document(block, model)
        case _:
            return len(_encode(block)), 0


def _measure_document(block: DocumentBlock, model: Model) -> tuple[int, int]:
    size = _size(block.title or "") + _size(block.context or "")
    match block.source:
        case PlainTextSource(data=text) | ContentSource(content=str(text)):
            return size + _size(text), 0
        case ContentSource(content=list(content)):
            inner, fixed = _sum(content, model)
            return size + inner, fixed
        case Base64Pdf(data=data):
            return size, len(data) // PDF_BYTES_PER_TOKEN
        case _:
            return size, 0


def _sum(blocks: Any, model: Model) -> tuple[int, int]:
    measured = [measure(block, model) for block in blocks]
    return sum(size for size, _ in measured), sum(fixed for _, fixed in measured)
