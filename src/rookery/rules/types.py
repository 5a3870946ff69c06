"""Rules on the types of a request: what the API says of a value that is not what it must be.

Where a body of the API was seen it decides the words; the rest is as pydantic has it, whose words
the API's mostly are. The newest were measured against the API in August and September 2026.
"""

from __future__ import annotations

from rookery.rules.rule import Rule
from rookery.rules.sources import ISSUES

_MEASURED = "measured on the API on 2026-08-31, quoted in a public test suite"
_PYDANTIC = "pydantic's words, which the API uses elsewhere"

# --- JSON ----------------------------------------------------------------------------------------

BAD_JSON = Rule(
    "bad_json",
    "The request body is not valid JSON: {reason}",
    "seen",
    f"{ISSUES}5661, 60394, 77525; the reasons are those of orjson",
)

# --- objects -------------------------------------------------------------------------------------

FIELD_REQUIRED = Rule("field_required", "Field required", "seen", _MEASURED)
EXTRA_FIELD = Rule("extra_field", "Extra inputs are not permitted", "seen", _MEASURED)
UNKNOWN_TAG = Rule(
    "unknown_tag",
    "Input tag '{tag}' found using 'type' does not match any of the expected tags: {tags}",
    "seen",
    "github.com/dirac-run/dirac/issues/57",
)
NAMED_TOOLSET = Rule(
    "named_toolset",
    "name is not accepted on a toolset entry: the member names are fixed by the dated type, and "
    "the served tool keeps the family's bare name",
    "seen",
    "measured on the API on 2026-09-22, quoted in a public design note",
)
UNKNOWN_ROLE = Rule(
    "unknown_role",
    'Unexpected role "{found}". Allowed roles are "user" or "assistant"',
    "seen",
    _MEASURED,
)
WRONG_SHAPE = Rule("wrong_shape", "Input does not match the expected shape.", "seen", _MEASURED)

# --- types ---------------------------------------------------------------------------------------

NOT_STRING = Rule("not_string", "Input should be a valid string", "seen", _MEASURED)
NOT_INTEGER = Rule("not_integer", "Input should be a valid integer", "seen", _MEASURED)
NOT_NUMBER = Rule("not_number", "Input should be a valid number", "seen", _MEASURED)
NOT_BOOLEAN = Rule("not_boolean", "Input should be a valid boolean", "seen", _MEASURED)
NOT_ARRAY = Rule("not_array", "Input should be a valid array", "seen", _MEASURED)
NOT_OBJECT = Rule("not_object", "Input should be an object", "seen", _MEASURED)
NOT_A_CHOICE = Rule("not_a_choice", "Input should be {choices}", "seen", _MEASURED)

# --- limits --------------------------------------------------------------------------------------

TOO_SHORT = Rule("too_short", "String should have at least {count}", "seen", _MEASURED)
TOO_LONG = Rule("too_long", "String should have at most {count}", "seen", f"{ISSUES}96152")
PATTERN = Rule("pattern", "String should match pattern '{pattern}'", "seen", _MEASURED)
TOO_MANY_ITEMS = Rule(
    "too_many_items",
    "List should have at most {count} after validation, not {found}",
    "own",
    _PYDANTIC,
)
TOO_SMALL = Rule("too_small", "Input should be greater than or equal to {limit}", "own", _PYDANTIC)
NOT_ABOVE = Rule("not_above", "Input should be greater than {limit}", "own", _PYDANTIC)
OUT_OF_RANGE = Rule("out_of_range", "range: {low}..{high}", "seen", _MEASURED)
TOO_FEW_TOKENS = Rule(
    "too_few_tokens", "must be greater than or equal to {limit}", "seen", _MEASURED
)
