"""Cases of `rookery.rules.schemas`."""

from __future__ import annotations

from typing import Any

from rookery.rules import schemas
from rookery.rules.rule import Rule
from rookery.testing.conformance.refusals.case import Case, message, tool

OVERVIEW = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview"
TREE = {
    "type": "object",
    "properties": {"left": {"$ref": "#/$defs/node"}},
    "required": ["left"],
    "additionalProperties": False,
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/leaf"}, {"type": "null"}]}},
            "required": ["next"],
            "additionalProperties": False,
        },
        "leaf": {
            "type": "object",
            "properties": {"up": {"$ref": "#/$defs/node"}},
            "required": ["up"],
            "additionalProperties": False,
        },
    },
}


def closed(*, optional: bool = False, **properties: Any) -> dict[str, Any]:
    """A schema of an object that constrained sampling takes."""
    return {
        "type": "object",
        "properties": properties,
        "required": [] if optional else list(properties),
        "additionalProperties": False,
    }


def plain(rule: Rule, said: str, schema: dict[str, Any], **fields: Any) -> Case:
    """A tool that is not strict."""
    return Case(rule, said, message(tools=[{"name": "a", "input_schema": schema, **fields}]))


def strict(rule: Rule, said: str, schema: dict[str, Any]) -> Case:
    """A strict tool."""
    return plain(rule, f"tools.0.custom: {said}", schema, strict=True)


def formatted(rule: Rule, said: str, schema: dict[str, Any]) -> Case:
    """Structured output."""
    output = {"format": {"type": "json_schema", "schema": schema}}
    return Case(rule, f"output_config.format.schema: {said}", message(output_config=output))


def many(rule: Rule, said: str, *given: dict[str, Any]) -> Case:
    """Strict tools with these schemas."""
    tools = [
        {"name": f"t{index}", "input_schema": schema, "strict": True}
        for index, schema in enumerate(given)
    ]
    return Case(rule, said, message(tools=tools))


TEXT = {"type": "string"}
OPTIONAL: dict[str, Any] = {f"p{index}": TEXT for index in range(13)}
LARGE: dict[str, Any] = {f"p{index}": TEXT for index in range(1000)}
UNIONS: dict[str, Any] = {f"p{index}": {"type": ["string", "null"]} for index in range(8)}

NO_SCHEMAS: tuple[Any, ...] = (
    {"type": "text"},
    {"type": []},
    {"minimum": "1"},
    {"exclusiveMinimum": True},
    {"items": [TEXT]},
    {"required": ["a", "a"]},
    {"anyOf": []},
    {"enum": "a"},
    {"maxLength": -1},
    {"multipleOf": 0},
    {"items": {"not": {"properties": []}}},
    "text",
)

ANY = [
    *(
        plain(
            schemas.SCHEMA_COMBINED,
            "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at "
            "the top level",
            {"type": "object", keyword: [{}]},
        )
        for keyword in ("oneOf", "allOf", "anyOf")
    ),
    *(
        plain(
            schemas.SCHEMA_KEYS,
            "tools.0.custom.input_schema.properties: Property keys should match pattern "
            "'^[a-zA-Z0-9_.-]{1,64}$'",
            {"type": "object", "properties": {key: TEXT}},
        )
        for key in ("$schema", "", "é", "a" * 65, "a\n")
    ),
    *(
        plain(
            schemas.SCHEMA_INVALID,
            "tools.0.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft "
            f"2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at "
            f"{OVERVIEW}.",
            {"type": "object", "properties": {"a": part}},
        )
        for part in NO_SCHEMAS
    ),
    Case(
        schemas.SCHEMA_CIRCULAR_CALLER,
        "tools.1.custom.input_schema: Circular $ref detected. A tool that code calls cannot have a "
        "recursive schema.",
        message(
            model="claude-opus-5",
            tools=[
                {"type": "code_execution_20260120", "name": "code_execution"},
                {
                    "name": "a",
                    "input_schema": {"type": "object", "properties": {"b": {"$ref": "#"}}},
                    "allowed_callers": ["code_execution_20260120"],
                },
            ],
        ),
    ),
    Case(
        schemas.EXAMPLE_INVALID,
        "tools.0.custom.input_examples.1: The example is not valid for the tool's input_schema.",
        message(
            tools=[
                tool(
                    input_schema={"type": "object", "properties": {"a": {"type": "integer"}}},
                    input_examples=[{"a": 1}, {"a": "1"}],
                )
            ]
        ),
    ),
]

STRICT = [
    formatted(
        schemas.STRICT_INVALID,
        "Invalid schema: It must match JSON Schema draft 2020-12",
        {"type": "object", "properties": 3},
    ),
    strict(
        schemas.STRICT_OPEN,
        "For 'object' type, 'additionalProperties' must be explicitly set to false",
        {"type": "object", "properties": {}},
    ),
    formatted(
        schemas.STRICT_OPEN,
        "For 'object' type, 'additionalProperties' must be explicitly set to false",
        closed(a={"type": ["object", "null"]}),
    ),
    *(
        strict(
            schemas.STRICT_ADDITIONAL,
            f"For 'object' type, 'additionalProperties: {said}' is not supported. Please set "
            "'additionalProperties' to false",
            {"type": "object", "additionalProperties": given},
        )
        for said, given in (("true", True), ("object", TEXT))
    ),
    *(
        formatted(
            schemas.STRICT_PROPERTY,
            f"For '{kind}' type, property '{name}' is not supported",
            closed(a={"type": kind, name: value}),
        )
        for kind, name, value in (
            ("integer", "minimum", 0),
            ("array", "maxItems", 3),
            ("string", "maxLength", 3),
        )
    ),
    strict(
        schemas.STRICT_PROPERTY,
        "For 'object' type, property 'propertyNames' is not supported",
        {**closed(), "propertyNames": {}},
    ),
    strict(
        schemas.STRICT_PROPERTIES,
        "For 'number' type, properties maximum, minimum are not supported",
        closed(a={"type": "number", "minimum": 0, "maximum": 1}),
    ),
    strict(
        schemas.STRICT_MIN_ITEMS,
        "For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: [2])",
        closed(a={"type": "array", "items": TEXT, "minItems": 2}),
    ),
    strict(
        schemas.STRICT_FORMAT,
        "For 'string' type, format 'phone' is not supported",
        closed(a={"type": "string", "format": "phone"}),
    ),
    *(
        formatted(
            schemas.STRICT_KEYWORD,
            f"Schema type '{name}' is not supported",
            closed(a={name: value}),
        )
        for name, value in (("oneOf", [TEXT]), ("not", TEXT), ("if", TEXT))
    ),
    *(
        formatted(
            schemas.STRICT_ENUM_TYPE,
            f"Invalid schema: Enum value '{value}' does not match declared type '{said}'",
            closed(a={"type": kind, "enum": given}),
        )
        for value, said, kind, given in (
            ("face", '["string","null"]', ["string", "null"], ["face", None]),
            ("1", "string", "string", [1]),
            ("true", "integer", "integer", [1, True]),
        )
    ),
    strict(
        schemas.STRICT_ENUM_COMPLEX,
        "Invalid schema: Enum values must be strings, numbers, booleans or null",
        closed(a={"enum": [["x"]]}),
    ),
    *(
        strict(
            schemas.STRICT_PATTERN,
            f"Unsupported regex feature in pattern field: {said}",
            closed(a={"type": "string", "pattern": pattern}),
        )
        for said, pattern in (
            ("Lookaround is not supported.", "^(?=a)"),
            ("Backreferences are not supported.", r"(a)\1"),
            ("Word boundaries are not supported.", r"\ba"),
        )
    ),
    strict(
        schemas.STRICT_ALL_OF,
        "Invalid schema: 'allOf' with '$ref' is not supported",
        {**closed(a={"allOf": [{"$ref": "#/$defs/b"}]}), "$defs": {"b": TEXT}},
    ),
    strict(
        schemas.STRICT_REFERENCE,
        "Invalid schema: Reference to non-existent definition: #/$defs/b",
        closed(a={"$ref": "#/$defs/b"}),
    ),
    strict(
        schemas.STRICT_EXTERNAL,
        "Invalid schema: External references are not supported: https://example.com/a.json",
        closed(a={"$ref": "https://example.com/a.json"}),
    ),
    *(
        strict(
            schemas.STRICT_CIRCULAR,
            f"Invalid schema: Circular reference detected in schema definitions: {said}. "
            "Self-referencing or mutually-referencing definitions are not supported.",
            schema,
        )
        for said, schema in (
            ("node -> leaf -> node", TREE),
            ("# -> #", closed(a={"$ref": "#"})),
        )
    ),
    many(
        schemas.STRICT_TOOLS,
        "Too many strict tools (21). The maximum number of strict tools supported is 20. Try "
        "reducing the number of tools marked as strict.",
        *[closed()] * 21,
    ),
    many(
        schemas.STRICT_OPTIONAL,
        "Schemas contains too many optional parameters (26), which would make grammar compilation "
        "inefficient. Reduce the number of optional parameters in your tool schemas (limit: 24).",
        *[closed(optional=True, **OPTIONAL)] * 2,
    ),
    many(
        schemas.STRICT_UNIONS,
        "Schemas contains too many parameters with union types (17 parameters with type arrays or "
        "anyOf). This causes exponential compilation cost. Reduce the number of nullable or "
        "union-typed parameters (limit: 16 parameters with unions).",
        *[closed(**UNIONS)] * 2,
        closed(a={"anyOf": [TEXT, {"type": "null"}]}),
    ),
    strict(
        schemas.STRICT_TOO_COMPLEX,
        "Schema is too complex for compilation.",
        closed(**LARGE),
    ),
]

CASES = [*ANY, *STRICT]
