"""Cases of `rookery.rules.prompt`."""

from __future__ import annotations

from typing import Any

from rookery.rules import prompt
from rookery.rules.rule import Rule
from rookery.testing.conformance.refusals.case import (
    DOCUMENT,
    LATEST_MODEL,
    SEARCH,
    Case,
    assistant,
    call,
    message,
    result,
    server_call,
    server_result,
    system,
    text,
    thought,
    user,
)

DIRECTIVE = "the directive-only form (content: [] with output_config) is accepted at any position"
UNANSWERED = (
    "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. "
    "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
)
UNEXPECTED = (
    "messages.{}.content.{}: unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
    "`tool_result` block must have a corresponding `tool_use` block in the previous message."
)
AGAIN = (
    "messages.{}.content.{}: each tool_use must have a single result. Found multiple "
    "`tool_result` blocks with id: {}"
)
UNRESOLVED = (
    "messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding "
    "`web_search_tool_result` block"
)

CITED = text(
    "so",
    citations=[
        {
            "type": "char_location",
            "cited_text": "s",
            "document_index": 0,
            "document_title": None,
            "start_char_index": 0,
            "end_char_index": 1,
        }
    ],
)


def chat(rule: Rule, said: str, *turns: dict[str, Any], **fields: Any) -> Case:
    """A conversation that begins with a user's `hi`."""
    return Case(rule, said, message(messages=[user("hi"), *turns], **fields))


def amid(rule: Rule, said: str, *turns: dict[str, Any]) -> Case:
    """The same with a model that takes system messages."""
    return chat(rule, said, *turns, model=LATEST_MODEL)


MESSAGES = [
    Case(prompt.MODEL_NOT_FOUND, "model: gpt", message(model="gpt")),
    Case(
        prompt.MODEL_NOT_FOUND,
        "model: gpt",
        {"model": "gpt", "messages": [user("hi")]},
        path="/v1/messages/count_tokens",
    ),
    Case(prompt.MODEL_NOT_FOUND, "model: a/b", method="GET", path="/v1/models/a/b"),
    Case(  # retired
        prompt.MODEL_NOT_FOUND, "model: claude-opus-4-1", message(model="claude-opus-4-1")
    ),
    Case(
        prompt.PROMPT_TOO_LONG,
        "prompt is too long: 227007 tokens > 200000 maximum",
        message(messages=[user("a" * 1_000_000)]),
    ),
    Case(prompt.MESSAGES_EMPTY, "messages: at least one message is required", message(messages=[])),
    Case(
        prompt.MESSAGES_TOO_MANY,
        "messages: List should have at most 100000 items after validation, not 100001",
        message(messages=[user("hi")] * 100_001),
    ),
    chat(
        prompt.USER_EMPTY,
        "messages.2: user messages must have non-empty content",
        assistant("a"),
        {"role": "user", "content": []},
        {"role": "user", "content": ""},
    ),
    chat(
        prompt.CONTENT_EMPTY,
        "messages.1: all messages must have non-empty content except for the optional final "
        "assistant message",
        {"role": "assistant", "content": []},
        user("b"),
    ),
    chat(
        prompt.TEXT_EMPTY,
        "messages: text content blocks must be non-empty",
        user(text("a"), text("")),
    ),
    chat(prompt.TEXT_EMPTY, "messages: text content blocks must be non-empty", assistant(text(""))),
    chat(
        prompt.TEXT_BLANK,
        "messages: text content blocks must contain non-whitespace text",
        user(" \n"),
    ),
    chat(
        prompt.TEXT_BLANK,
        "messages: text content blocks must contain non-whitespace text",
        assistant(text("\t")),
        user("b"),
    ),
    *(
        Case(
            prompt.BLOCK_OF_ROLE,
            f"messages.0: `{block['type']}` blocks can only be in `assistant` messages",
            message(messages=[user(block)]),
        )
        for block in (call("a"), server_call("srvtoolu_1"), server_result("srvtoolu_1"), thought())
    ),
    chat(
        prompt.BLOCK_OF_ROLE,
        "messages.1: `tool_result` blocks can only be in `user` messages",
        assistant(result("a")),
    ),
    chat(
        prompt.DOCUMENT_OF_ASSISTANT,
        "messages.1.content.0.document: `document` blocks can only be in `user` messages",
        assistant(DOCUMENT),
        user("b"),
    ),
    chat(
        prompt.CITATIONS_OF_USER,
        "messages.1.content.0.text.citations: Extra inputs are not permitted",
        user(CITED),
    ),
    chat(
        prompt.CITATIONS_OF_USER,
        "messages.1.content.0.search_result.content.0.citations: Extra inputs are not permitted",
        user({"type": "search_result", "source": "a", "title": "b", "content": [CITED]}),
    ),
    Case(
        prompt.SYSTEM_PROMPT_EMPTY,
        "system: text content blocks must be non-empty",
        message(system=[text("")]),
    ),
]

SYSTEM = [
    chat(
        prompt.SYSTEM_UNSUPPORTED,
        "role 'system' is not supported on this model",
        system("Be brief."),
    ),
    amid(
        prompt.SYSTEM_EMPTY,
        "messages.1: system content must contain at least one block",
        {"role": "system", "content": []},
        user("b"),
    ),
    amid(
        prompt.SYSTEM_BLOCKS,
        "messages.1: role 'system' supports text, tool_addition, and tool_removal blocks only",
        system(text("a"), DOCUMENT),
        user("b"),
    ),
    Case(
        prompt.SYSTEM_FIRST,
        f"messages.0: use the top-level 'system' parameter for the initial system prompt; "
        f"{DIRECTIVE}",
        message(model=LATEST_MODEL, messages=[system("  "), user("a")]),
    ),
    amid(
        prompt.SYSTEM_BEFORE,
        f"messages.3: role 'system' must precede an 'assistant' message or end the array; "
        f"{DIRECTIVE}",
        system("a"),
        system("b"),
        system("c"),
        user("d"),
    ),
    amid(
        prompt.SYSTEM_AFTER,
        "messages.2: role 'system' must follow a 'user' message, or an 'assistant' message that "
        "ends in the result of a server tool",
        assistant("a"),
        system("b"),
        assistant("c"),
        user("d"),
    ),
    amid(
        prompt.SYSTEM_BLANK,
        "messages.1: system text blocks must contain non-whitespace text",
        system(text("a"), text("")),
    ),
    amid(
        prompt.SYSTEM_BLANK,
        "messages.1: system text blocks must contain non-whitespace text",
        system("  "),
    ),
]

TOOLS = [
    *(
        chat(prompt.TOOL_USE_UNANSWERED, said, *turns)
        for said, *turns in (
            (UNANSWERED.format(1, "a"), assistant(call("a"))),
            (UNANSWERED.format(1, "a"), assistant(call("a")), user("no")),
            (UNANSWERED.format(1, "a, b"), assistant(call("a"), call("b")), user("no")),
            (UNANSWERED.format(1, "b"), assistant(call("a"), call("b")), user(result("a"))),
            (UNANSWERED.format(2, "a"), assistant("x"), assistant(call("a")), user("no")),
            (
                UNANSWERED.format(1, "a"),
                assistant(call("a")),
                user("no"),
                assistant("ok"),
                user(result("a")),
            ),
            # Results come first, also where the turn is several messages.
            (UNANSWERED.format(1, "a"), assistant(call("a")), user(text("x"), result("a"))),
            (UNANSWERED.format(1, "a"), assistant(call("a")), user("x"), user(result("a"))),
            (
                UNANSWERED.format(1, "b"),
                assistant(call("a"), call("b")),
                user(result("a"), text("x"), result("b")),
            ),
        )
    ),
    *(
        chat(prompt.TOOL_RESULT_UNEXPECTED, said, *turns)
        for said, *turns in (
            (UNEXPECTED.format(1, 0, "a"), user(result("a"))),
            (UNEXPECTED.format(2, 1, "a"), assistant("x"), user(text("y"), result("a"))),
            (
                UNEXPECTED.format(4, 0, "a"),
                assistant(call("a")),
                user(result("a")),
                assistant("x"),
                user(result("a")),
            ),
            (
                UNEXPECTED.format(3, 1, "b"),
                assistant(call("a")),
                user(result("a")),
                user(text("x"), result("b")),
            ),
        )
    ),
    chat(
        prompt.TOOL_RESULT_AGAIN,
        AGAIN.format(2, 1, "a"),
        assistant(call("a")),
        user(result("a"), result("a")),
    ),
    chat(
        prompt.TOOL_USE_AGAIN,
        "messages.1.content.1: `tool_use` ids must be unique",
        assistant(call("a"), call("a")),
        user(result("a")),
    ),
    chat(
        prompt.TOOL_USE_AGAIN,
        "messages.3.content.0: `tool_use` ids must be unique",
        assistant(call("a")),
        user(result("a")),
        assistant(call("a")),
        user(result("a")),
    ),
    chat(
        prompt.SERVER_RESULT_UNEXPECTED,
        "messages.1.content.1: unexpected `tool_use_id` found in `web_search_tool_result` blocks: "
        "srvtoolu_2. Each `web_search_tool_result` block must have a corresponding "
        "`server_tool_use` block before it.",
        assistant(server_call("srvtoolu_1"), server_result("srvtoolu_2")),
        user("go on"),
    ),
    chat(
        prompt.SERVER_TOOL_UNRESOLVED, UNRESOLVED, assistant(server_call("srvtoolu_1")), user("b")
    ),
    chat(
        prompt.SERVER_TOOL_UNRESOLVED,
        UNRESOLVED,
        assistant(server_call("srvtoolu_1"), call("a")),
        user(result("a"), text("and")),
        tools=[SEARCH],
    ),
    chat(
        prompt.SERVER_TOOL_MISSING,
        f"{UNRESOLVED}, but no `web_search` tool was provided",
        assistant(server_call("srvtoolu_1"), call("a")),
        user(result("a")),
    ),
]


def source(kind: str, *, cited: bool | None) -> dict[str, Any]:
    """A document or a search result."""
    citations = {} if cited is None else {"citations": {"enabled": cited}}
    if kind == "document":
        return {**DOCUMENT, **citations}
    return {
        "type": "search_result",
        "source": "https://example.com",
        "title": "a",
        "content": [text("b")],
        **citations,
    }


FORMAT = {
    "format": {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}
}

CITATIONS = [
    chat(
        prompt.CITATIONS_MIXED,
        "messages.3.content.0.document: citations must be enabled on all or none of the documents",
        user(source("document", cited=True)),
        assistant("b"),
        user(source("document", cited=None)),
    ),
    chat(
        prompt.SEARCH_CITATIONS_MIXED,
        "messages.2.content.0.tool_result.content.1.search_result: citations must be enabled on "
        "all or none of the search results",
        assistant(call("a")),
        user(
            result(
                "a",
                [source("search_result", cited=False), source("search_result", cited=True)],
            )
        ),
    ),
    chat(
        prompt.SEARCH_CITATIONS_NEEDED,
        "citations must be enabled on search results beside the web search tool",
        user(source("search_result", cited=None)),
        tools=[SEARCH],
    ),
    chat(
        prompt.SEARCH_RESULTS_MIXED,
        "messages.2.content.0.tool_result: a tool result with `search_result` blocks can have no "
        "other blocks",
        assistant(call("a")),
        user(result("a", [source("search_result", cited=None), text("b")])),
    ),
    *(
        chat(
            prompt.CITATIONS_WITH_FORMAT,
            "output_config.format: structured output is not supported with citations",
            user(source(kind, cited=True)),
            output_config=FORMAT,
        )
        for kind in ("document", "search_result")
    ),
    chat(
        prompt.BLOCK_OF_ROLE,
        "messages.1: `search_result` blocks can only be in `user` messages",
        assistant(source("search_result", cited=None)),
        user("b"),
    ),
]

CASES = [*MESSAGES, *SYSTEM, *TOOLS, *CITATIONS]
