"""Rules on message threads.

The codes are those of the official clients, which act on them; the API's texts are not public, but
for the phrases that clients look for: "has already been continued" and "differing field(s)".
"""

from __future__ import annotations

from rookery.errors import NotFoundError
from rookery.rules.rule import Rule
from rookery.rules.sources import CLIENT

_PAGE = 'platform.claude.com, "Message threads"'

THREAD_UNSUPPORTED = Rule(
    "thread_unsupported",
    "This server does not keep message threads. Send the full conversation without `thread`.",
    "own",
    CLIENT,
    code="thread_unsupported_request",
)
THREAD_NOT_FOUND = Rule(
    "thread_not_found",
    "No thread was found for this response; it may have expired. Send the full conversation to "
    "create a new one.",
    "own",
    CLIENT,
    kind=NotFoundError,
    code="thread_not_found",
)
THREAD_ALREADY_CONTINUED = Rule(
    "thread_already_continued",
    "This response has already been continued. Continue from the newest response of the thread.",
    "own",
    CLIENT,
    code="thread_already_continued",
)
THREAD_CONTINUE_IN_FLIGHT = Rule(
    "thread_continue_in_flight",
    "Another request is still continuing from this response.",
    "own",
    CLIENT,
    code="thread_continue_in_flight",
)
THREAD_FIELDS_DIFFER = Rule(
    "thread_fields_differ",
    "The request is not that of the thread; differing field(s): {fields}",
    "own",
    CLIENT,
    code="thread_fingerprint_mismatch",
)
THREAD_KEEPS_FIELD = Rule(
    "thread_keeps_field",
    "cannot be sent by a request that continues a thread, which keeps the value that it was "
    "created with",
    "own",
    f"{_PAGE}: `system` and `tools` are left out of a request that continues",
)
