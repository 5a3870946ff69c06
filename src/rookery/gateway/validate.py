"""Rules on a request that its types do not show (platform.claude.com, "Messages", "Errors").

Only backends that rookery emulates are checked so; a Claude-shaped upstream judges for itself
and gets the body untouched. A rule is a function in `RULES`; it returns what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.emulation.tokens import count_prompt
from rookery.errors import InvalidRequestError, NotFoundError
from rookery.providers.base import Call, Provider
from rookery.wire.blocks import Block, Text, ToolResult, ToolUse
from rookery.wire.messages import (
    CountRequest,
    CountTokensRequest,
    InputMessage,
    MessagesRequest,
    Request,
    ThinkingDisabled,
    ThinkingEnabled,
)
from rookery.wire.tools import ChoiceAny, ChoiceNone, ChoiceTool
from rookery.wire.validation import check, check_envelope
from rookery.wire.versions import V2023, VERSIONS

MAX_BREAKPOINTS = 4

Rule = Callable[[CountRequest, Model, Call], str | None]


def validate(request: Request, call: Call, provider: Provider, catalog: Catalog) -> None:
    """Check a messages request. Raises InvalidRequestError or NotFoundError (unknown model)."""
    if not provider.emulated:
        check_envelope(request)
        return
    body = check(request)
    assert isinstance(body, MessagesRequest)  # noqa: S101 - narrows the type of `check`
    model = _model(body, catalog)
    _apply(_PROMPT_RULES, body, model, call)
    _apply(_RULES, body, model, call)
    _check_length(request, body, model)


def validate_count(
    request: CountTokensRequest, call: Call, provider: Provider, catalog: Catalog
) -> None:
    """Check a token-counting request, by the rules on prompts."""
    if not provider.emulated:
        check_envelope(request)
        return
    body = check(request)
    _apply(_PROMPT_RULES, body, _model(body, catalog), call)


def _model(body: CountRequest, catalog: Catalog) -> Model:
    model = catalog.find(body.model)
    if model is None:
        raise NotFoundError(f"model: {body.model}")
    return model


def _check_length(request: Request, body: MessagesRequest, model: Model) -> None:
    if len(request.data) <= model.max_input_tokens:
        return  # no token is shorter than a byte
    tokens = count_prompt(body, model)
    if tokens > model.max_input_tokens:
        raise InvalidRequestError(
            f"prompt is too long: {tokens} tokens > {model.max_input_tokens} maximum"
        )


def _apply(rules: Iterable[Rule], body: CountRequest, model: Model, call: Call) -> None:
    for rule in rules:
        if fault := rule(body, model, call):
            raise InvalidRequestError(fault)


# --- rules on the prompt -------------------------------------------------------------------------


def _version(body: CountRequest, model: Model, call: Call) -> str | None:
    if call.version in VERSIONS:
        return None
    return f"anthropic-version: '{call.version}' is not a valid version."


def _some_message(body: CountRequest, model: Model, call: Call) -> str | None:
    return None if body.messages else "messages: at least one message is required"


def _content(body: CountRequest, model: Model, call: Call) -> str | None:
    last = len(body.messages) - 1
    for index, message in enumerate(body.messages):
        if not message.content and not (index == last and message.role == "assistant"):
            return (
                f"messages.{index}: all messages must have non-empty content except for the "
                "optional final assistant message"
            )
        if isinstance(message.content, list) and any(_is_empty_text(b) for b in message.content):
            return "messages: text content blocks must be non-empty"
    return None


def _is_empty_text(block: Block) -> bool:
    return isinstance(block, Text) and not block.text


def _tool_pairs(body: CountRequest, model: Model, call: Call) -> str | None:
    open_ids: list[str] = []
    at = -1
    for index, message in enumerate(_turns(body)):
        results = [b.tool_use_id for b in message.blocks if isinstance(b, ToolResult)]
        if missing := [i for i in open_ids if i not in results]:
            return _unanswered(at, missing)
        for position, block in enumerate(message.blocks):
            if isinstance(block, ToolResult) and block.tool_use_id not in open_ids:
                return (
                    f"messages.{index}.content.{position}: unexpected `tool_use_id` found in "
                    f"`tool_result` blocks: {block.tool_use_id}. Each `tool_result` block must "
                    "have a corresponding `tool_use` block in the previous message."
                )
        open_ids, at = [b.id for b in message.blocks if isinstance(b, ToolUse)], index
    return _unanswered(at, open_ids) if open_ids else None


def _unanswered(at: int, ids: list[str]) -> str:
    return (
        f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately "
        f"after: {', '.join(ids)}. Each `tool_use` block must have a corresponding "
        "`tool_result` block in the next message."
    )


def _turns(body: CountRequest) -> list[InputMessage]:
    """The messages, with neighbours of one role as one turn, as the API joins them."""
    turns: list[InputMessage] = []
    for message in body.messages:
        if turns and turns[-1].role == message.role:
            joined = [*turns[-1].blocks, *message.blocks]
            turns[-1] = InputMessage(role=message.role, content=joined)
        else:
            turns.append(message)
    return turns


def _breakpoints(body: CountRequest, model: Model, call: Call) -> str | None:
    marked = [block for message in body.messages for block in message.blocks]
    system = body.system if isinstance(body.system, list) else []
    found = sum(getattr(b, "cache_control", None) is not None for b in [*marked, *system])
    found += sum(tool.get("cache_control") is not None for tool in body.tools or ())
    found += body.cache_control is not None
    if found <= MAX_BREAKPOINTS:
        return None
    return (
        f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {found}."
    )


def _tool_names(body: CountRequest, model: Model, call: Call) -> str | None:
    names = [tool.get("name") for tool in body.tools or ()]
    return "tools: Tool names must be unique." if len(set(names)) < len(names) else None


def _tool_choice(body: CountRequest, model: Model, call: Call) -> str | None:
    choice = body.tool_choice
    if choice is None or isinstance(choice, ChoiceNone):
        return None
    if not body.tools:
        return "tool_choice: may only be specified while providing tools"
    if isinstance(choice, ChoiceTool) and choice.name not in {t.get("name") for t in body.tools}:
        return f"Tool '{choice.name}' not found in provided tools"
    if not isinstance(choice, ChoiceAny | ChoiceTool):
        return None
    if body.thinking is not None and not isinstance(body.thinking, ThinkingDisabled):
        return "Thinking may not be enabled when tool_choice forces tool use."
    if not model.forced_tool_choice:
        return f"tool_choice: {model.id} does not support forcing tool use."
    return None


_PROMPT_RULES: list[Rule] = [
    _version,
    _some_message,
    _content,
    _tool_pairs,
    _breakpoints,
    _tool_names,
    _tool_choice,
]


# --- rules on the whole request ------------------------------------------------------------------


def _sampling(body: CountRequest, model: Model, call: Call) -> str | None:
    if call.version == V2023:
        return None
    for name in ("temperature", "top_p", "top_k"):
        if getattr(body, name, None) is not None:
            return f"{name}: Extra inputs are not permitted"
    return None


def _max_tokens(body: CountRequest, model: Model, call: Call) -> str | None:
    assert isinstance(body, MessagesRequest)  # noqa: S101 - these rules run on nothing else
    if body.max_tokens > model.max_tokens:
        return (
            f"max_tokens: {body.max_tokens} > {model.max_tokens}, which is the maximum allowed "
            f"number of output tokens for {body.model}"
        )
    if isinstance(body.thinking, ThinkingEnabled) and (
        body.max_tokens <= body.thinking.budget_tokens
    ):
        return "`max_tokens` must be greater than `thinking.budget_tokens`."
    return None


def _stop_sequences(body: CountRequest, model: Model, call: Call) -> str | None:
    for index, text in enumerate(getattr(body, "stop_sequences", None) or ()):
        if not text.strip():
            return f"stop_sequences.{index}: each stop sequence must contain non-whitespace"
    return None


def _prefill(body: CountRequest, model: Model, call: Call) -> str | None:
    last = body.messages[-1]
    if last.role != "assistant":
        return None
    if not model.prefill:
        return (
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message."
        )
    texts = [block.text for block in last.blocks[-1:] if isinstance(block, Text)]
    if texts and texts[0] != texts[0].rstrip():
        return "messages: final assistant content cannot end with trailing whitespace"
    return None


_RULES: list[Rule] = [_sampling, _max_tokens, _stop_sequences, _prefill]
