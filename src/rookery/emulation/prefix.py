"""Prefixes of a prompt as digests: what must be the same for one request to read another's.

A prefix depends on its blocks, exactly (the order of keys counts, marks do not), and on facts of
the request that take effect at a level and so change that level and those after it
(platform.claude.com, "What invalidates the cache").
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from rookery.catalog.model import Model
from rookery.emulation.prompt import Position, inner_blocks
from rookery.emulation.thinking import effort, mode
from rookery.wire.blocks import Image, Text, Thinking, ToolUse
from rookery.wire.kinds import tag
from rookery.wire.messages import CountRequest

_TEXTS = (Text, bytes, ToolUse, Thinking)
"""Kinds of blocks with no image and no switch for citations in them."""

_encode = msgspec.json.Encoder().encode

# No UTF-8 has the byte 0xff, so that no content looks like a separator.
_FACTS = b"\xfff"
_TURNS = {role: b"\xffr" + role.encode() for role in ("user", "assistant", "system")}
_TEXT = {None: b"\xfft"} | {role: turn + b"\xfft" for role, turn in _TURNS.items()}
_JSON = {None: b"\xffj"} | {role: turn + b"\xffj" for role, turn in _TURNS.items()}


class Facts(NamedTuple):
    """What a prefix depends on besides its blocks, as JSON, by the level where it begins to."""

    tools: bytes
    system: bytes
    messages: bytes


def facts(
    request: CountRequest, laid_out: Iterable[Position], model: Model, workspace: str
) -> Facts:
    """Return the facts of a request. Caches are apart by workspace and by model."""
    config = [thinking(request, model), effort(request, model)]
    blocks = list(_not_text(position.block for position in laid_out))
    images = any(isinstance(block, Image) for block in blocks)
    form = request.output_config.format if request.output_config else None
    return Facts(
        tools=_encode([workspace, model.id, config if model.config_first else None]),
        system=_encode([request.speed or "standard", any(map(_cites, blocks)), form]),
        messages=_encode([tool_choice(request), images, config]),
    )


def digests(
    laid_out: Sequence[Position], known: Facts, wanted: Container[int]
) -> Iterator[tuple[int, bytes]]:
    """Yield the digest of each prefix that ends at a position whose number is `wanted`."""
    whole = hashlib.sha256()  # the fastest on processors with instructions for it
    parts: list[bytes] = []
    level = -1
    for number, position in enumerate(laid_out):
        while level < position.level:
            level += 1
            parts += (_FACTS, known[level])
        parts.append(content(position))
        if number in wanted:
            whole.update(b"".join(parts))
            parts.clear()
            yield number, whole.copy().digest()


def content(position: Position) -> bytes:
    """Return a block, and the turn that it begins, as bytes that differ where these do."""
    block = position.block
    if type(block) is Text and not block.citations:
        return _TEXT[position.role] + block.text.encode("utf-8", "surrogatepass")
    return _JSON[position.role] + (block if isinstance(block, bytes) else _encode(block))


def _not_text(blocks: Iterable[Any]) -> Iterator[Any]:
    """Yield the blocks that are no texts, and those in them."""
    for block in blocks:
        if type(block) not in _TEXTS:
            yield block
            yield from _not_text(inner_blocks(block))


def _cites(block: Any) -> bool:
    return getattr(getattr(block, "citations", None), "enabled", None) is True


# --- parameters that are part of the prompt; a default that is named is a default ----------------


def thinking(request: CountRequest, model: Model) -> list[Any]:
    """Return the mode of thinking and its budget."""
    return [mode(request, model), getattr(request.thinking, "budget_tokens", None)]


def tool_choice(request: CountRequest) -> list[Any]:
    """Return the kind of choice, the tool that it names, and whether calls come one by one."""
    choice = request.tool_choice
    if choice is None:
        return ["auto", None, False]
    one_by_one = bool(getattr(choice, "disable_parallel_tool_use", None))
    return [tag(type(choice)), getattr(choice, "name", None), one_by_one]
