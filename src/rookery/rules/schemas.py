"""Rules on JSON schemas: of the input of tools, of strict tools, of structured output."""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ISSUES, UNTRACED

_PAGE = 'docs: "Structured outputs"'
_QUOTED = f"{UNTRACED}; {_PAGE}"

# --- any schema of a tool's input ------------------------------------------------------------

SCHEMA_COMBINED = Rule(
    "schema_combined",
    "input_schema does not support oneOf, allOf, or anyOf at the top level",
    "seen",
    f"{ISSUES}5973",
)
SCHEMA_KEYS = Rule(
    "schema_keys",
    "Property keys should match pattern '^[a-zA-Z0-9_.-]{{1,64}}$'",
    "seen",
    f"{ISSUES}79418",
)
SCHEMA_INVALID = Rule(
    "schema_invalid",
    "JSON schema is invalid. It must match JSON Schema draft 2020-12 "
    "(https://json-schema.org/draft/2020-12). Learn more about tool use at "
    "https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview.",
    "seen",
    f"{ISSUES}86664",
)
SCHEMA_CIRCULAR_CALLER = Rule(
    "schema_circular_caller",
    "Circular $ref detected. A tool that code calls cannot have a recursive schema.",
    "docs",
    'docs: "Programmatic tool calling" gives how it begins',
)
EXAMPLE_INVALID = Rule(
    "example_invalid",
    "The example is not valid for the tool's input_schema.",
    "own",
    'docs: "Define tools", "Providing tool use examples"',
)

# --- what constrained sampling takes ---------------------------------------------------------

STRICT_INVALID = Rule(
    "strict_invalid",
    "Invalid schema: It must match JSON Schema draft 2020-12",
    "own",
    _PAGE,
)
STRICT_OPEN = Rule(
    "strict_open",
    "For 'object' type, 'additionalProperties' must be explicitly set to false",
    "seen",
    f"github.com/ax-llm/ax/issues/458; {_PAGE}",
)
STRICT_ADDITIONAL = Rule(
    "strict_additional",
    "For 'object' type, 'additionalProperties: {given}' is not supported. Please set "
    "'additionalProperties' to false",
    "seen",
    f"github.com/BerriAI/litellm/issues/35808; {_PAGE}",
)
STRICT_PROPERTY = Rule(
    "strict_property",
    "For '{type}' type, property '{name}' is not supported",
    "seen",
    f"github.com/agentjido/req_llm/issues/302; {_PAGE}",
)
STRICT_PROPERTIES = Rule(
    "strict_properties",
    "For '{type}' type, properties {names} are not supported",
    "seen",
    _QUOTED,
)
STRICT_MIN_ITEMS = Rule(
    "strict_min_items",
    "For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: [{given}])",
    "seen",
    _QUOTED,
)
STRICT_FORMAT = Rule(
    "strict_format", "For 'string' type, format '{format}' is not supported", "seen", _QUOTED
)
STRICT_KEYWORD = Rule("strict_keyword", "Schema type '{name}' is not supported", "seen", _QUOTED)
STRICT_ENUM_TYPE = Rule(
    "strict_enum_type",
    "Invalid schema: Enum value '{value}' does not match declared type '{type}'",
    "seen",
    "github.com/BerriAI/litellm/issues/37881",
)
STRICT_ENUM_COMPLEX = Rule(
    "strict_enum_complex",
    "Invalid schema: Enum values must be strings, numbers, booleans or null",
    "own",
    _PAGE,
)
STRICT_PATTERN = Rule(
    "strict_pattern",
    "Unsupported regex feature in pattern field: {what}",
    "docs",
    'docs: "Troubleshooting tool use" gives how it begins',
)
STRICT_ALL_OF = Rule(
    "strict_all_of", "Invalid schema: 'allOf' with '$ref' is not supported", "own", _PAGE
)
STRICT_REFERENCE = Rule(
    "strict_reference",
    "Invalid schema: Reference to non-existent definition: {reference}",
    "seen",
    "github.com/anthropics/anthropic-sdk-csharp/issues/195",
)
STRICT_EXTERNAL = Rule(
    "strict_external",
    "Invalid schema: External references are not supported: {reference}",
    "own",
    _PAGE,
)
STRICT_CIRCULAR = Rule(
    "strict_circular",
    "Invalid schema: Circular reference detected in schema definitions: {cycle}. Self-referencing "
    "or mutually-referencing definitions are not supported.",
    "seen",
    _QUOTED,
)
STRICT_TOO_COMPLEX = Rule(
    "strict_too_complex",
    "Schema is too complex for compilation.",
    "docs",
    f'{_PAGE}, "Additional internal limits"; the number is own',
)
STRICT_TOOLS = Rule(
    "strict_tools",
    "Too many strict tools ({count}). The maximum number of strict tools supported is {maximum}. "
    "Try reducing the number of tools marked as strict.",
    "seen",
    f"github.com/usestrix/strix/pull/1050; {_PAGE}",
)
STRICT_OPTIONAL = Rule(
    "strict_optional",
    "Schemas contains too many optional parameters ({count}), which would make grammar compilation "
    "inefficient. Reduce the number of optional parameters in your tool schemas (limit: "
    "{maximum}).",
    "seen",
    "github.com/elie222/inbox-zero/pull/2662",
)
STRICT_UNIONS = Rule(
    "strict_unions",
    "Schemas contains too many parameters with union types ({count} parameters with type arrays or "
    "anyOf). This causes exponential compilation cost. Reduce the number of nullable or "
    "union-typed parameters (limit: {maximum} parameters with unions).",
    "seen",
    _QUOTED,
)
