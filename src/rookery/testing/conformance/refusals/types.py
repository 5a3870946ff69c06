"""Cases of `rookery.rules.types`."""

from __future__ import annotations

from typing import Any

from rookery.rules import types
from rookery.testing.conformance.refusals.case import Case, content, message, user

TEXT = {"type": "text", "text": "hi"}
BMP = {"type": "base64", "media_type": "image/bmp", "data": "aGk="}
OBJECT = {"type": "object"}
WEB_SEARCH = {"type": "web_search_20260318", "name": "web_search"}
BLOCK_TAGS = (
    "'bash_code_execution_tool_result', 'code_execution_tool_result', 'container_upload', "
    "'document', 'image', 'redacted_thinking', 'search_result', 'server_tool_use', 'text', "
    "'text_editor_code_execution_tool_result', 'thinking', 'tool_result', "
    "'tool_search_tool_result', 'tool_use', 'web_fetch_tool_result', 'web_search_tool_result'"
)
TOOL_TAGS = (
    "'bash_20250124', 'browser_toolset_20260801', 'code_execution_20250522', "
    "'code_execution_20250825', 'code_execution_20260120', 'code_execution_20260521', "
    "'computer_toolset_20260801', 'custom', 'memory_20250818', 'text_editor_20250124', "
    "'text_editor_20250429', 'text_editor_20250728', 'tool_search_tool_bm25', "
    "'tool_search_tool_bm25_20251119', 'tool_search_tool_regex', "
    "'tool_search_tool_regex_20251119', 'web_fetch_20250910', 'web_fetch_20260209', "
    "'web_fetch_20260309', 'web_fetch_20260318', 'web_search_20250305', 'web_search_20260209', "
    "'web_search_20260318'"
)
COMPACT = {"edits": [{"type": "compact_20260112"}]}


def tool(**fields: Any) -> dict[str, Any]:
    given = {"name": "look", "input_schema": OBJECT, **fields}
    return {name: value for name, value in given.items() if value is not None}


def extra(name: str, **fields: Any) -> Case:
    """A field without its beta header is as unknown as any other."""
    return Case(types.EXTRA_FIELD, f"{name}: Extra inputs are not permitted", message(**fields))


def unknown(at: str, tag: str, tags: str, body: dict[str, Any], **how: Any) -> Case:
    text = f"Input tag '{tag}' found using 'type' does not match any of the expected tags: {tags}"
    return Case(types.UNKNOWN_TAG, f"{at}: {text}", body, **how)


CASES = [
    Case(
        types.BAD_JSON,
        "The request body is not valid JSON: no low surrogate in string: "
        "line 1 column 11 (char 10)",
        b'{"model":"\\ud83d"}',
    ),
    # --- objects
    Case(types.FIELD_REQUIRED, "messages: Field required", message(messages=None)),
    Case(
        types.FIELD_REQUIRED,
        "messages.0.content: Field required",
        message(messages=[{"role": "user"}]),
    ),
    Case(
        types.FIELD_REQUIRED, "messages.0.content.0.type: Field required", content({"text": "hi"})
    ),
    Case(
        types.FIELD_REQUIRED,
        "tools.1.custom.input_schema: Field required",
        message(tools=[tool(name="a"), tool(input_schema=None)]),
    ),
    extra("zzz", zzz=1),
    Case(
        types.EXTRA_FIELD,
        "messages.0.bogus: Extra inputs are not permitted",
        message(messages=[{**user("hi"), "bogus": 1}], zzz=1),
    ),
    Case(
        types.EXTRA_FIELD,
        "system.0.cache_control.ephemeral.scope: Extra inputs are not permitted",
        message(system=[{**TEXT, "cache_control": {"type": "ephemeral", "scope": "global"}}]),
    ),
    extra("context_management", context_management=COMPACT),
    extra("mcp_servers", mcp_servers=[]),
    extra(
        "output_config.task_budget",
        output_config={"task_budget": {"type": "tokens", "total": 2000}},
    ),
    extra("output_format", output_format={"type": "json_schema", "schema": {}}),
    unknown("messages.0.content.0", "video_url", BLOCK_TAGS, content({"type": "video_url"})),
    unknown(
        "messages.0.content.0",
        "compaction",
        BLOCK_TAGS,
        content({"type": "compaction", "content": "x"}),
    ),
    unknown("tools.0", "function", TOOL_TAGS, message(tools=[{"type": "function"}])),
    unknown(
        "tools.0",
        "advisor_20260301",
        TOOL_TAGS,
        message(tools=[{"type": "advisor_20260301", "name": "advisor", "model": "m"}]),
    ),
    unknown(
        "context_management.edits.0",
        "compact_20260112",
        "'clear_thinking_20251015', 'clear_tool_uses_20250919'",
        message(context_management=COMPACT),
        betas="context-management-2025-06-27",
    ),
    Case(
        types.NAMED_TOOLSET,
        "tools.0.browser_toolset_20260801: name is not accepted on a toolset entry: the member "
        "names are fixed by the dated type, and the served tool keeps the family's bare name",
        message(tools=[{"type": "browser_toolset_20260801", "name": "browser"}]),
    ),
    Case(
        types.UNKNOWN_ROLE,
        'messages: Unexpected role "bogus". Allowed roles are "user" or "assistant"',
        message(messages=[{"role": "bogus", "content": "hi"}]),
    ),
    Case(
        types.WRONG_SHAPE,
        "metadata: Input does not match the expected shape.",
        message(metadata="x"),
    ),
    Case(
        types.WRONG_SHAPE,
        "container.ContainerParams: Input does not match the expected shape.",
        message(container=7),
    ),
    Case(types.WRONG_SHAPE, "Input does not match the expected shape.", b"[]"),
    # --- types
    Case(
        types.NOT_STRING, "model: Input should be a valid string", message(model=7, tool_choice=7)
    ),
    Case(types.NOT_INTEGER, "max_tokens: Input should be a valid integer", message(max_tokens="8")),
    Case(
        types.NOT_NUMBER,
        "temperature: Input should be a valid number",
        message(temperature="x"),
        version="2023-06-01",
    ),
    Case(types.NOT_BOOLEAN, "stream: Input should be a valid boolean", message(stream="yes")),
    Case(types.NOT_ARRAY, "system: Input should be a valid array", message(system=7, thinking="x")),
    Case(types.NOT_OBJECT, "tools.0: Input should be an object", message(tools=[7])),
    Case(types.NOT_OBJECT, "messages.0.content.0: Input should be an object", content(7)),  # type: ignore[arg-type]
    Case(
        types.NOT_A_CHOICE,
        "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', "
        "'image/png', 'image/gif' or 'image/webp'",
        content({"type": "image", "source": BMP}),
    ),
    Case(
        types.NOT_A_CHOICE,
        "thinking.adaptive.display: Input should be 'summarized' or 'omitted'",
        message(thinking={"type": "adaptive", "display": "updates"}),
    ),
    # --- limits
    Case(
        types.TOO_SHORT,
        "tools.0.custom.name: String should have at least 1 character",
        message(tools=[tool(name="")]),
    ),
    Case(
        types.TOO_LONG,
        "tools.0.custom.name: String should have at most 128 characters",
        message(tools=[tool(name="x" * 129)]),
    ),
    Case(
        types.PATTERN,
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        message(tools=[tool(name="look.up")]),
    ),
    Case(
        types.TOO_MANY_ITEMS,
        "container.ContainerParams.skills: List should have at most 8 items after validation, "
        "not 9",
        message(container={"skills": [{"type": "anthropic", "skill_id": "pdf"}] * 9}),
    ),
    Case(
        types.TOO_SMALL,
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        message(thinking={"type": "enabled", "budget_tokens": 1000}),
    ),
    Case(
        types.NOT_ABOVE,
        "tools.0.web_search_20260318.max_uses: Input should be greater than 0",
        message(tools=[{**WEB_SEARCH, "max_uses": 0}]),
    ),
    Case(types.OUT_OF_RANGE, "top_p: range: 0..1", message(top_p=1.5), version="2023-06-01"),
    Case(
        types.TOO_FEW_TOKENS,
        "max_tokens: must be greater than or equal to 0",
        message(max_tokens=-1),
    ),
]
