"""Results of server tools, handed back by the caller as they came."""

from __future__ import annotations

from typing import Literal

from rookery.wire.blocks import Caller, DocumentBlock, ServerToolResult, ToolReference
from rookery.wire.shapes import Absent, Block, Typed

# --- web search and web fetch --------------------------------------------------------------------


class WebSearchFound(Block, tag="web_search_result"):
    """A page that was found."""

    url: str
    title: str
    encrypted_content: str
    page_age: str | None = None


class WebSearchError(Block, tag="web_search_tool_result_error"):
    """The search failed."""

    error_code: Literal[
        "invalid_tool_input",
        "unavailable",
        "max_uses_exceeded",
        "too_many_requests",
        "query_too_long",
        "request_too_large",
    ]


class WebSearchResult(ServerToolResult, tag="web_search_tool_result", kw_only=True):
    """The answer of web search."""

    content: list[Typed[WebSearchFound]] | Typed[WebSearchError]
    caller: Absent[Caller] = None


class WebFetchFound(Block, tag="web_fetch_result"):
    """A page that was fetched."""

    url: str
    content: Typed[DocumentBlock]
    retrieved_at: str | None = None


class WebFetchError(Block, tag="web_fetch_tool_result_error"):
    """The fetch failed."""

    error_code: Literal[
        "invalid_tool_input",
        "url_too_long",
        "url_not_allowed",
        "url_not_in_prior_context",
        "url_not_accessible",
        "unsupported_content_type",
        "too_many_requests",
        "max_uses_exceeded",
        "unavailable",
        "content_too_large",
    ]


class WebFetchResult(ServerToolResult, tag="web_fetch_tool_result", kw_only=True):
    """The answer of web fetch."""

    content: WebFetchFound | WebFetchError
    caller: Absent[Caller] = None


# --- code execution ------------------------------------------------------------------------------


class CodeOutput(Block, tag="code_execution_output"):
    """A file that the code made."""

    file_id: str


class CodeRun(Block, tag="code_execution_result"):
    """What the code printed and made."""

    stdout: str
    stderr: str
    return_code: int
    content: list[Typed[CodeOutput]]


class EncryptedCodeRun(Block, tag="encrypted_code_execution_result"):
    """What the code printed, encrypted, and made."""

    encrypted_stdout: str
    stderr: str
    return_code: int
    content: list[Typed[CodeOutput]]


class CodeError(Block, tag="code_execution_tool_result_error"):
    """The code was not run."""

    error_code: Literal[
        "invalid_tool_input", "unavailable", "too_many_requests", "execution_time_exceeded"
    ]


class CodeExecutionResult(ServerToolResult, tag="code_execution_tool_result", kw_only=True):
    """The answer of code execution."""

    content: CodeRun | EncryptedCodeRun | CodeError


class BashOutput(Block, tag="bash_code_execution_output"):
    """A file that the command made."""

    file_id: str


class BashRun(Block, tag="bash_code_execution_result"):
    """What the command printed and made."""

    stdout: str
    stderr: str
    return_code: int
    content: list[Typed[BashOutput]]


class BashError(Block, tag="bash_code_execution_tool_result_error"):
    """The command was not run."""

    error_code: Literal[
        "invalid_tool_input",
        "unavailable",
        "too_many_requests",
        "execution_time_exceeded",
        "output_file_too_large",
    ]


class BashResult(ServerToolResult, tag="bash_code_execution_tool_result", kw_only=True):
    """The answer of a command in code execution."""

    content: BashRun | BashError


class EditorView(Block, tag="text_editor_code_execution_view_result"):
    """A file, or a part of it."""

    content: str
    file_type: Literal["text", "image", "pdf"]
    num_lines: int | None = None
    start_line: int | None = None
    total_lines: int | None = None


class EditorCreate(Block, tag="text_editor_code_execution_create_result"):
    """A file was written."""

    is_file_update: bool


class EditorReplace(Block, tag="text_editor_code_execution_str_replace_result"):
    """A part of a file was replaced."""

    lines: list[str] | None = None
    new_lines: int | None = None
    new_start: int | None = None
    old_lines: int | None = None
    old_start: int | None = None


class EditorError(Block, tag="text_editor_code_execution_tool_result_error"):
    """The editor failed."""

    error_code: Literal[
        "invalid_tool_input",
        "unavailable",
        "too_many_requests",
        "execution_time_exceeded",
        "file_not_found",
    ]
    error_message: str | None = None


class TextEditorResult(
    ServerToolResult, tag="text_editor_code_execution_tool_result", kw_only=True
):
    """The answer of the editor in code execution."""

    content: EditorView | EditorCreate | EditorReplace | EditorError


# --- tool search and advisor ---------------------------------------------------------------------


class ToolsFound(Block, tag="tool_search_tool_search_result"):
    """The tools that were found."""

    tool_references: list[Typed[ToolReference]]


class ToolSearchError(Block, tag="tool_search_tool_result_error"):
    """The search failed."""

    error_code: Literal[
        "invalid_tool_input", "unavailable", "too_many_requests", "execution_time_exceeded"
    ]
    error_message: str | None = None


class ToolSearchResult(ServerToolResult, tag="tool_search_tool_result", kw_only=True):
    """The answer of tool search."""

    content: ToolsFound | ToolSearchError


class Advice(Block, tag="advisor_result"):
    """What the advisor said."""

    text: str
    stop_reason: str | None = None


class RedactedAdvice(Block, tag="advisor_redacted_result"):
    """What the advisor said, encrypted."""

    encrypted_content: str
    stop_reason: str | None = None


class AdvisorError(Block, tag="advisor_tool_result_error"):
    """The advisor did not answer."""

    error_code: Literal[
        "max_uses_exceeded",
        "prompt_too_long",
        "too_many_requests",
        "overloaded",
        "unavailable",
        "execution_time_exceeded",
        "model_not_found",
    ]


class AdvisorResult(ServerToolResult, tag="advisor_tool_result", kw_only=True):
    """The answer of the advisor."""

    content: Advice | RedactedAdvice | AdvisorError


SERVER_RESULTS = (
    WebSearchResult,
    WebFetchResult,
    CodeExecutionResult,
    BashResult,
    TextEditorResult,
    ToolSearchResult,
    AdvisorResult,
)
