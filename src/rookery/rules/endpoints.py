"""Rules on what surrounds a request: keys, versions, lists and their pages."""

from __future__ import annotations

from rookery.errors import AuthenticationError
from rookery.rules.rule import Rule

KEY_MISSING = Rule(
    "key_missing",
    "x-api-key header is required",
    "seen",
    "several public clients quote it",
    AuthenticationError,
)
KEY_INVALID = Rule(
    "key_invalid",
    "invalid x-api-key",
    "seen",
    "several public clients quote it",
    AuthenticationError,
)
BEARER_INVALID = Rule(
    "bearer_invalid",
    "Invalid bearer token",
    "seen",
    "several public clients quote it",
    AuthenticationError,
)
VERSION_MISSING = Rule(
    "version_missing",
    "anthropic-version: header is required",
    "seen",
    "several public clients quote it",
)
VERSION_UNKNOWN = Rule(
    "version_unknown",
    'anthropic-version: "{version}" is not a valid version',
    "own",
    "sheet 1: two versions",
)
LIMIT_INTEGER = Rule(
    "limit_integer", "limit: Input should be a valid integer", "own", "the words for fields"
)
LIMIT_LEAST = Rule(
    "limit_least",
    "limit: Input should be greater than or equal to {bound}",
    "own",
    "sheet 1; the words for fields",
)
LIMIT_MOST = Rule(
    "limit_most",
    "limit: Input should be less than or equal to {bound}",
    "own",
    "sheet 1; the words for fields",
)
CURSORS_BOTH = Rule(
    "cursors_both", "Only one of `after_id` and `before_id` may be given.", "own", "sheet 1"
)
CURSOR_UNKNOWN = Rule("cursor_unknown", "{name}: '{cursor}' was not found.", "own", "sheet 1")
LIFECYCLE_UNKNOWN = Rule(
    "lifecycle_unknown",
    "lifecycle: Input should be 'active', 'deprecated' or 'retired'",
    "own",
    'sheet 9; docs: "List models"',
)
LIFECYCLE_TOO_MANY = Rule(
    "lifecycle_too_many",
    "lifecycle: List should have at most {maximum} items after validation, not {count}",
    "own",
    "official Python client 2.12.0, `ModelListParams`; the words for fields",
)
