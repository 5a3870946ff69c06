"""What an MCP tool answers, as content blocks of the Claude API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rookery.tools.base import ToolResult

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""The images that the API takes (platform.claude.com, "Vision")."""


def result(answer: CallToolResult) -> ToolResult:
    """Return the answer of a tool; only its structured content, where that is all it has."""
    blocks = [_block(content) for content in answer.content]
    if not blocks and answer.structured_content is not None:
        blocks = [_text(json.dumps(answer.structured_content, ensure_ascii=False))]
    if all(block["type"] == "text" for block in blocks):
        text = "\n".join(block["text"] for block in blocks)
        return ToolResult(text or "(no output)", is_error=answer.is_error)
    return ToolResult(blocks, is_error=answer.is_error)


def _block(content: ContentBlock) -> dict[str, Any]:
    match content.type:
        case "text":
            return _text(content.text)
        case "image" if content.mime_type in _IMAGES:
            source = {"type": "base64", "media_type": content.mime_type, "data": content.data}
            return {"type": "image", "source": source}
        case "image" | "audio":
            return _text(f"[{content.type} of type {content.mime_type}, which cannot be shown]")
        case "resource_link":
            return _text(f"[resource {content.name}: {content.uri}]")
        case "resource":
            return _resource(content.resource)


def _resource(resource: Any) -> dict[str, Any]:
    text = getattr(resource, "text", None)
    if text is None:
        return _text(f"[resource {resource.uri} of type {resource.mime_type}, which is not text]")
    return _text(f"{resource.uri}:\n{text}")


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
