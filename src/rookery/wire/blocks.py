"""Content blocks of a request (platform.claude.com, "Messages").

Each block is a tagged struct; a field that the API does not have is refused. Blocks of a reply
stay plain dicts (`messages.Message.content`), since they must survive with unknown fields.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class Block(Struct, tag_field="type", forbid_unknown_fields=True):
    """What every input block is made from."""


class CacheControl(Block, tag="ephemeral"):
    """A prompt-cache breakpoint."""

    ttl: Literal["5m", "1h"] | None = None


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
    cache_control: CacheControl | None = None
    citations: list[dict[str, Any]] | None = None


class Image(Block, tag="image"):
    """An image."""

    source: ImageSource
    cache_control: CacheControl | None = None
    transformations: dict[str, Any] | None = None


class ContentSource(Block, tag="content"):
    """A document made of text and image blocks."""

    content: str | list[Text | Image]


DocumentSource = Base64Pdf | PlainTextSource | ContentSource | UrlSource | FileSource


class Citations(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the model may cite a document."""

    enabled: bool | None = None


class DocumentBlock(Block, tag="document"):
    """A document to read."""

    source: DocumentSource
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None
    cache_control: CacheControl | None = None


class SearchResult(Block, tag="search_result"):
    """A passage found by the caller's own search."""

    source: str
    title: str
    content: list[Text]
    citations: Citations | None = None
    cache_control: CacheControl | None = None


class Thinking(Block, tag="thinking"):
    """The model's thinking, handed back with its signature."""

    thinking: str
    signature: str


class RedactedThinking(Block, tag="redacted_thinking"):
    """Thinking that is encrypted."""

    data: str


class ToolUse(Block, tag="tool_use"):
    """A call of a client tool by the model."""

    id: str
    name: str
    input: dict[str, Any]
    cache_control: CacheControl | None = None
    caller: dict[str, Any] | None = None


class ToolReference(Block, tag="tool_reference"):
    """A tool that a tool search found."""

    tool_name: str
    cache_control: CacheControl | None = None


class BrowserState(Block, tag="browser_state"):
    """The state of a browser after an action."""

    content: Any = None
    cache_control: CacheControl | None = None


ToolResultContent = Text | Image | DocumentBlock | SearchResult | ToolReference | BrowserState


class ToolResult(Block, tag="tool_result"):
    """The answer of a client tool."""

    tool_use_id: str
    content: str | list[ToolResultContent] | None = None
    is_error: bool | None = None
    cache_control: CacheControl | None = None


class ServerToolUse(Block, tag="server_tool_use"):
    """A call of a server tool by the model."""

    id: str
    name: str
    input: dict[str, Any]
    cache_control: CacheControl | None = None
    caller: dict[str, Any] | None = None


class ServerToolResult(Block, tag="web_search_tool_result"):
    """The answer of a server tool; the other kinds differ in their tag only."""

    tool_use_id: str
    content: Any
    cache_control: CacheControl | None = None
    caller: dict[str, Any] | None = None


class WebFetchResult(ServerToolResult, tag="web_fetch_tool_result"):
    """The answer of web fetch."""


class CodeExecutionResult(ServerToolResult, tag="code_execution_tool_result"):
    """The answer of code execution."""


class BashResult(ServerToolResult, tag="bash_code_execution_tool_result"):
    """The answer of a command in code execution."""


class TextEditorResult(ServerToolResult, tag="text_editor_code_execution_tool_result"):
    """The answer of the editor in code execution."""


class ToolSearchResult(ServerToolResult, tag="tool_search_tool_result"):
    """The answer of tool search."""


class ContainerUpload(Block, tag="container_upload"):
    """A file to put into the container of code execution."""

    file_id: str
    cache_control: CacheControl | None = None


InputBlock = (
    Text
    | Image
    | DocumentBlock
    | SearchResult
    | Thinking
    | RedactedThinking
    | ToolUse
    | ToolResult
    | ServerToolUse
    | ServerToolResult
    | WebFetchResult
    | CodeExecutionResult
    | BashResult
    | TextEditorResult
    | ToolSearchResult
    | ContainerUpload
)
