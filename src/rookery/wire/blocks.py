"""Content blocks of a request (platform.claude.com, "Messages"; limits by the API's OpenAPI file).

Each block is a tagged struct; a field that the API does not have is refused. Blocks of a reply
stay plain dicts (`messages.Message.content`), since they must survive with unknown fields. The
results of server tools are in `results`, and the union of all blocks in `content`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from rookery.wire.browser import BrowserState
from rookery.wire.citations import Citation, Citations
from rookery.wire.shapes import (
    Absent,
    Block,
    Cached,
    CallId,
    Record,
    ServerCallId,
    Typed,
)


class Base64Image(Block, tag="base64"):
    """An image as base64 text."""

    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: str


class Base64Pdf(Block, tag="base64"):
    """A PDF as base64 text."""

    media_type: Literal["application/pdf"]
    data: str


class UrlSource(Block, tag="url"):
    """An image or a PDF by address."""

    url: str


class FileSource(Block, tag="file"):
    """An uploaded file."""

    file_id: str


class PlainTextSource(Block, tag="text"):
    """A document of plain text."""

    media_type: Literal["text/plain"]
    data: str


ImageSource = Base64Image | UrlSource | FileSource


class Text(Block, tag="text"):
    """Text."""

    text: str
    cache_control: Cached | None = None
    citations: list[Citation] | None = None


class Transformations(Record, frozen=True):
    """What the API may do to an image before the model sees it."""

    oversized_image: Absent[Literal["downsize", "error"]] = None


class Image(Block, tag="image"):
    """An image."""

    source: ImageSource
    cache_control: Cached | None = None
    transformations: Transformations | None = None


class ContentSource(Block, tag="content"):
    """A document made of text and image blocks."""

    content: str | list[Text | Image]


DocumentSource = Base64Pdf | PlainTextSource | ContentSource | UrlSource | FileSource


class DocumentBlock(Block, tag="document"):
    """A document to read."""

    source: DocumentSource
    title: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    context: Annotated[str, Meta(min_length=1)] | None = None
    citations: Citations | None = None
    cache_control: Cached | None = None


class SearchResult(Block, tag="search_result"):
    """A passage found by the caller's own search."""

    source: str
    title: str
    content: list[Typed[Text]]
    citations: Absent[Citations] = None
    cache_control: Cached | None = None


class Thinking(Block, tag="thinking"):
    """The model's thinking, handed back with its signature."""

    thinking: str
    signature: str


class RedactedThinking(Block, tag="redacted_thinking"):
    """Thinking that is encrypted."""

    data: str


class DirectCaller(Block, tag="direct"):
    """The model called the tool itself."""


class CodeCaller20250825(Block, tag="code_execution_20250825"):
    """Code that the model wrote called the tool."""

    tool_id: ServerCallId


class CodeCaller20260120(Block, tag="code_execution_20260120"):
    """Code that the model wrote called the tool."""

    tool_id: ServerCallId


Caller = DirectCaller | CodeCaller20250825 | CodeCaller20260120


class ToolUse(Block, tag="tool_use"):
    """A call of a client tool by the model."""

    id: CallId
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    input: dict[str, Any]
    cache_control: Cached | None = None
    caller: Absent[Caller] = None
    toolset_name: str | None = None


class ToolReference(Block, tag="tool_reference"):
    """A tool that a tool search found."""

    tool_name: Annotated[
        str, Meta(min_length=1, max_length=256, pattern=r"^[a-zA-Z0-9_-]{1,256}\Z")
    ]
    cache_control: Cached | None = None


ToolResultContent = Text | Image | DocumentBlock | SearchResult | ToolReference | BrowserState


class ToolResult(Block, tag="tool_result"):
    """The answer of a client tool."""

    tool_use_id: CallId
    content: Absent[str | list[ToolResultContent]] = None
    is_error: Absent[bool] = None
    cache_control: Cached | None = None
    toolset_name: str | None = None


class ServerToolUse(Block, tag="server_tool_use"):
    """A call of a server tool by the model."""

    id: ServerCallId
    name: Literal[
        "advisor",
        "web_search",
        "web_fetch",
        "code_execution",
        "bash_code_execution",
        "text_editor_code_execution",
        "tool_search_tool_regex",
        "tool_search_tool_bm25",
    ]
    input: dict[str, Any]
    cache_control: Cached | None = None
    caller: Absent[Caller] = None


class ServerToolResult(Block):
    """What every result of a server tool has, besides its content."""

    tool_use_id: ServerCallId
    cache_control: Cached | None = None


class ContainerUpload(Block, tag="container_upload"):
    """A file to put into the container of code execution."""

    file_id: str
    cache_control: Cached | None = None


class McpToolUse(Block, tag="mcp_tool_use"):
    """A call of an MCP server's tool by the model."""

    id: CallId
    name: str
    server_name: str
    input: dict[str, Any]
    cache_control: Cached | None = None


class McpToolResult(Block, tag="mcp_tool_result"):
    """The answer of an MCP server's tool."""

    tool_use_id: CallId
    content: Absent[str | list[Typed[Text]]] = None
    is_error: Absent[bool] = None
    cache_control: Cached | None = None


class ModelHop(Record, frozen=True):
    """A model on one side of a fallback."""

    model: str


class FallbackBlock(Block, tag="fallback", rename={"from_": "from"}):
    """Where another model took over after a refusal."""

    from_: ModelHop
    to: ModelHop
    trigger: dict[str, Any] | None = None
