"""Images in answers of tools: one that the API refuses would end every run that has it."""

from __future__ import annotations

from typing import Any

from rookery.emulation.images import Damaged, NotBase64Error, read_header

MAX_BYTES = 10 * 1024 * 1024
"""Of an image, as base64 (platform.claude.com, "Vision")."""
MAX_SIDE = 8000
"""Pixels of a side."""


def sendable(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block as it can be sent: an image that cannot is named in words.

    Its type is that of its data, whatever was said.
    """
    match block:
        case {"type": "image", "source": {"type": "base64", "data": str(data)} as source}:
            reason, kind = _read(data)
            if reason:
                return {"type": "text", "text": f"[an image that cannot be shown: {reason}]"}
            return {**block, "source": {**source, "media_type": kind}}
        case _:
            return block


def _read(data: str) -> tuple[str, str | None]:
    """Return why an image cannot be sent, or its type."""
    if len(data) > MAX_BYTES:
        return f"it has more than {MAX_BYTES >> 20} MB", None
    try:
        found = read_header(data)
    except NotBase64Error:
        return "it is not base64", None
    if not data or isinstance(found, Damaged):
        return "it is no whole PNG, JPEG, GIF or WebP", None
    if max(found.width, found.height) > MAX_SIDE:
        return f"a side has more than {MAX_SIDE} pixels", None
    return "", found.media_type
