"""Request and reply of `POST /v1/messages`, and the request of `count_tokens`.

Fields are in the order in which the API reports their faults; null is refused where its OpenAPI
file has no null.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from rookery.rules.rule import Rule
from rookery.rules.types import NOT_OBJECT, OUT_OF_RANGE, TOO_FEW_TOKENS, UNKNOWN_ROLE
from rookery.wire.blocks import Text
from rookery.wire.content import InputBlock
from rookery.wire.context import CompactionConfig, ContextManagement
from rookery.wire.document import Document, read
from rookery.wire.mcp import McpServers
from rookery.wire.shapes import Absent, Block, Cached, Natural, Record, Typed
from rookery.wire.tools import Definition, ToolChoice, ToolDefinition, parse_tool
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

# --- how to answer -------------------------------------------------------------------------------

Display = Literal["summarized", "omitted", "updates"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
Speed = Literal["standard", "fast"]


class BlockBinding(Record, frozen=True):
    """What happens with thinking that was made in another conversation."""

    prefix_mismatch_behavior: Literal["error", "drop_block"] | None = None


class ThinkingAdaptive(Block, tag="adaptive"):
    """The model decides how much it thinks."""

    display: Display | None = None
    block_binding: BlockBinding | None = None


class ThinkingEnabled(Block, tag="enabled"):
    """Thinking with a budget in tokens."""

    budget_tokens: Annotated[int, Meta(ge=1024)]
    display: Display | None = None
    block_binding: BlockBinding | None = None


class ThinkingDisabled(Block, tag="disabled"):
    """No thinking."""


class ThinkingBetweenTools(Block, tag="between_tools"):
    """Thinking between tool calls only."""


ThinkingConfig = ThinkingAdaptive | ThinkingEnabled | ThinkingDisabled | ThinkingBetweenTools


class JsonSchemaFormat(Block, tag="json_schema"):
    """Structured output by a JSON schema."""

    schema: dict[str, Any]


class TaskBudget(Block, tag="tokens"):
    """Tokens for a whole task, over several requests."""

    total: Annotated[int, Meta(ge=1024)]
    remaining: Natural | None = None


class OutputConfig(Record, frozen=True):
    """How much effort, and in what format."""

    effort: Effort | None = None
    format: Typed[JsonSchemaFormat] | None = None
    task_budget: Typed[TaskBudget] | None = None


class SystemOutputConfig(Record, frozen=True):
    """What a system message changes from its turn on."""

    effort: Effort | None = None


# --- messages ------------------------------------------------------------------------------------

NO_CONTENT: list[InputBlock] = []
"""The content of a message that has no `content`: a system message that only directs."""


Role = Annotated[
    Literal["user", "assistant", "system"],
    Meta(extra={"rule": UNKNOWN_ROLE, "at": ("messages",)}),
]


class InputMessage(Record, frozen=True):
    """One turn of the conversation. Only a system message has the last two fields."""

    not_object: ClassVar[Rule] = NOT_OBJECT

    role: Role
    content: str | list[InputBlock] = msgspec.field(default_factory=lambda: NO_CONTENT)
    clear_at: Literal["next_user_message", "never"] | None = None
    output_config: SystemOutputConfig | None = None

    @property
    def blocks(self) -> list[InputBlock]:
        """The content as blocks; a string is one text block."""
        return [Text(text=self.content)] if isinstance(self.content, str) else self.content


# --- the request ---------------------------------------------------------------------------------


class Metadata(Record, frozen=True):
    """About the end user."""

    user_id: Annotated[str, Meta(max_length=512)] | None = None


class Skill(Record, frozen=True):
    """A skill to load into the container."""

    skill_id: Annotated[str, Meta(min_length=1, max_length=64)]
    type: Literal["anthropic", "custom"]
    version: Absent[Annotated[str, Meta(min_length=1, max_length=64)]] = None


class ContainerParams(Record, frozen=True):
    """The container of code execution, and what is loaded into it."""

    id: str | None = None
    skills: Annotated[list[Skill], Meta(max_length=8)] | None = None


class Diagnostics(Record, frozen=True):
    """The request to compare the prompt cache with."""

    previous_message_id: str | None = None


class Fallback(Record, frozen=True):
    """A model that answers if the one before it refuses, and what is different for it."""

    model: str
    max_tokens: Natural | None = None
    output_config: OutputConfig | None = None
    speed: Speed | None = None
    thinking: ThinkingConfig | None = None


class FallbackCreditToken(Record, frozen=True):
    """Credit of a refused request, and whether the retry depends on it."""

    token: str
    mode: Absent[Literal["strict", "best_effort"]] = None


class ThreadCreate(Block, tag="create"):
    """The server keeps this conversation."""


class ThreadContinue(Block, tag="continue"):
    """The messages follow on a conversation that the server keeps."""

    previous_message_id: str


class BillingPolicy(Block, tag="billing_policy"):
    """Who pays for the request."""

    bill_to: Absent[Literal["self", "user_profile"]] = None


class CountRequest(Record, frozen=True, kw_only=True):
    """What decides the prompt: the fields that `count_tokens` takes."""

    model: Annotated[str, Meta(min_length=1)]
    tool_choice: Absent[ToolChoice] = None
    tools: Absent[list[Definition]] = None
    messages: list[InputMessage]
    system: Absent[str | list[Typed[Text]]] = None
    thinking: Absent[ThinkingConfig] = None
    output_config: Absent[OutputConfig] = None
    cache_control: Cached | None = None
    speed: Speed | None = None
    context_management: ContextManagement | None = None
    compaction: Typed[CompactionConfig] | None = None
    mcp_servers: Absent[McpServers] = None
    billing_policy: Typed[BillingPolicy] | None = None
    output_format: Typed[JsonSchemaFormat] | None = None
    """Where the format was before `output_config`; a beta that some clients still send."""

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


Share = Annotated[float, Meta(ge=0, le=1, extra={"rule": OUT_OF_RANGE})]


class MessagesRequest(CountRequest, frozen=True, kw_only=True):
    """A request for one message."""

    max_tokens: Annotated[int, Meta(ge=0, extra={"rule": TOO_FEW_TOKENS})]
    metadata: Absent[Metadata] = None
    stop_sequences: Absent[list[str]] = None
    temperature: Absent[Share] = None
    service_tier: Absent[Literal["auto", "standard_only"]] = None
    top_k: Absent[Natural] = None
    top_p: Absent[Share] = None
    stream: Absent[bool] = None
    container: ContainerParams | str | None = None
    inference_geo: str | None = None
    diagnostics: Diagnostics | None = None
    fallbacks: Annotated[list[Fallback], Meta(max_length=3)] | Literal["default"] | None = None
    fallback_credit_token: str | FallbackCreditToken | None = None
    thread: ThreadCreate | ThreadContinue | None = None
    user_profile_id: str | None = None


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

    __slots__ = ("_envelope", "_valid")
    decoder = msgspec.json.Decoder(MessagesRequest)
    _envelope: Envelope
    _valid: bool

    @property
    def is_valid(self) -> bool:
        """Whether it was found valid by its types, for some surface of the API."""
        return getattr(self, "_valid", False)

    def found_valid(self) -> None:
        """Take that it was: nobody needs to look again."""
        self._valid = True

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
