"""Request and reply of `POST /v1/messages`, and the request of `count_tokens`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from rookery.wire.blocks import Block, CacheControl, InputBlock, Text
from rookery.wire.document import Document, read
from rookery.wire.tools import ToolChoice, ToolDefinition, parse_tool
from rookery.wire.usage import Usage

StopReason = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]


class InputMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of the conversation."""

    role: Literal["user", "assistant", "system"]
    content: str | list[InputBlock]

    @property
    def blocks(self) -> list[InputBlock]:
        """The content as blocks; a string is one text block."""
        return [Text(text=self.content)] if isinstance(self.content, str) else self.content


class ThinkingAdaptive(Block, tag="adaptive"):
    """The model decides how much it thinks."""

    display: Literal["summarized", "omitted"] | None = None


class ThinkingEnabled(Block, tag="enabled"):
    """Thinking with a budget in tokens."""

    budget_tokens: Annotated[int, Meta(ge=1024)]
    display: Literal["summarized", "omitted"] | None = None


class ThinkingDisabled(Block, tag="disabled"):
    """No thinking."""


class ThinkingBetweenTools(Block, tag="between_tools"):
    """Thinking between tool calls only."""

    display: Literal["summarized", "omitted"] | None = None


ThinkingConfig = ThinkingAdaptive | ThinkingEnabled | ThinkingDisabled | ThinkingBetweenTools


class JsonSchemaFormat(Block, tag="json_schema"):
    """Structured output by a JSON schema."""

    schema: dict[str, Any]


class OutputConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How much effort, and in what format."""

    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonSchemaFormat | None = None
    task_budget: dict[str, Any] | None = None


class Metadata(Struct, frozen=True, forbid_unknown_fields=True):
    """About the end user."""

    user_id: str | None = None


class ThreadCreate(Block, tag="create"):
    """Keep this conversation under the id of its reply."""


class ThreadContinue(Block, tag="continue"):
    """Go on from a reply; the request has only what is new."""

    previous_message_id: str


class CountRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What decides the prompt: the fields that `count_tokens` takes."""

    model: str
    messages: list[InputMessage]
    system: str | list[Text] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: ToolChoice | None = None
    thinking: ThinkingConfig | None = None
    output_config: OutputConfig | None = None
    cache_control: CacheControl | None = None
    context_management: dict[str, Any] | None = None
    mcp_servers: list[dict[str, Any]] | None = None
    speed: Literal["standard", "fast"] | None = None

    @property
    def system_text(self) -> str:
        """The system prompt as one text."""
        if isinstance(self.system, list):
            return "\n".join(block.text for block in self.system)
        return self.system or ""

    @property
    def tool_definitions(self) -> list[ToolDefinition]:
        """The tools, typed. Raises msgspec.ValidationError; a checked request has none to raise."""
        return [parse_tool(tool) for tool in self.tools or ()]


class MessagesRequest(CountRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for one message."""

    max_tokens: Annotated[int, Meta(ge=0)]
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    inference_geo: str | None = None
    container: str | dict[str, Any] | None = None
    diagnostics: dict[str, Any] | None = None
    compaction: dict[str, Any] | None = None
    fallbacks: Any = None
    fallback_credit_token: str | None = None
    thread: ThreadCreate | ThreadContinue | None = None
    billing_policy: Any = None


class Envelope(Struct, frozen=True):
    """The fields that route, complete and meter a request, read without reading its messages."""

    model: str
    stream: bool | None = None
    inference_geo: str | None = None
    speed: str | None = None
    thread: Any = None


class Message(Struct, frozen=True, kw_only=True):
    """A reply. Blocks are plain dicts in wire form, so that unknown ones survive."""

    id: str
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"
    model: str
    content: list[dict[str, Any]]
    stop_reason: StopReason | str | None
    stop_sequence: str | None = None
    stop_details: dict[str, Any] | UnsetType | None = UNSET
    container: dict[str, Any] | UnsetType | None = UNSET
    diagnostics: dict[str, Any] | UnsetType | None = UNSET
    usage: Usage


class Request(Document[MessagesRequest]):
    """A messages request."""

    __slots__ = ("_envelope",)
    decoder = msgspec.json.Decoder(MessagesRequest)
    _envelope: Envelope

    @property
    def envelope(self) -> Envelope:
        """The routing fields; cheap on a large body. Raises msgspec.DecodeError."""
        try:
            return self._envelope
        except AttributeError:
            self._envelope = read(_envelope, self.data)
            return self._envelope


class CountTokensRequest(Request):
    """A token-counting request; its body has no `max_tokens` and nothing about the output."""

    __slots__ = ()
    decoder = msgspec.json.Decoder(CountRequest)


class Reply(Document[Message]):
    """A message as a backend gave it."""

    __slots__ = ("cut_input",)
    decoder = msgspec.json.Decoder(Message)

    def __init__(
        self, data: bytes | None = None, body: Message | None = None, cut_input: str | None = None
    ) -> None:
        """Hold a message. `cut_input` is the JSON of the input of a tool call, its last block,

        as far as it came before the message was cut off: only a stream can show it.
        """
        super().__init__(data, body)
        self.cut_input = cut_input


class TokenCount(Struct, frozen=True):
    """The reply of `count_tokens`."""

    input_tokens: int


_envelope = msgspec.json.Decoder(Envelope)
