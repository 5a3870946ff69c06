"""Rules on what surrounds a request: keys, versions, lists and their pages."""

from __future__ import annotations

from rookery.errors import AuthenticationError
from rookery.rules.rule import Rule

KEY_MISSING = Rule(
    "key_missing",
    "x-api-key header is required",
    "seen",
    "github.com/stackblitz-labs/bolt.diy/issues/156",
    AuthenticationError,
)
KEY_INVALID = Rule(
    "key_invalid",
    "invalid x-api-key",
    "seen",
    "github.com/anthropics/claude-quickstarts/issues/193",
    AuthenticationError,
)
BEARER_INVALID = Rule(
    "bearer_invalid",
    "Invalid bearer token",
    "seen",
    "github.com/Jeffser/Alpaca/issues/727",
    AuthenticationError,
)
VERSION_MISSING = Rule(
    "version_missing",
    "anthropic-version: header is required",
    "seen",
    "github.com/PipedreamHQ/pipedream/issues/9697",
)
VERSION_UNKNOWN = Rule(
    "version_unknown",
    'anthropic-version: "{version}" is not a valid version',
    "seen",
    "github.com/decolua/9router/issues/2357",
)
LIMIT_INTEGER = Rule(
    "limit_integer",
    "limit: Input should be a valid integer",
    "own",
    'docs: "Pagination"; the words for fields',
)
LIMIT_LEAST = Rule(
    "limit_least",
    "limit: Input should be greater than or equal to {bound}",
    "own",
    'docs: "Pagination"; the words for fields',
)
LIMIT_MOST = Rule(
    "limit_most",
    "limit: Input should be less than or equal to {bound}",
    "own",
    'docs: "Pagination"; the words for fields',
)
CURSORS_BOTH = Rule(
    "cursors_both",
    "Only one of `after_id` and `before_id` may be given.",
    "own",
    'docs: "Pagination"',
)
CURSOR_UNKNOWN = Rule(
    "cursor_unknown", "{name}: '{cursor}' was not found.", "own", 'docs: "Pagination"'
)
LIFECYCLE_UNKNOWN = Rule(
    "lifecycle_unknown",
    "lifecycle: Input should be 'active', 'deprecated' or 'retired'",
    "own",
    'docs: "List models"',
)
LIFECYCLE_TOO_MANY = Rule(
    "lifecycle_too_many",
    "lifecycle: List should have at most {maximum} items after validation, not {count}",
    "own",
    "official Python client 2.12.0, `ModelListParams`; the words for fields",
)
