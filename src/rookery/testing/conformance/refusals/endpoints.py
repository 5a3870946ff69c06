"""Cases of `rookery.rules.endpoints`."""

from __future__ import annotations

from rookery.rules import endpoints
from rookery.rules.rule import Rule
from rookery.testing.conformance.refusals.case import Case, message

NO_KEY = ("x-api-key", "")


def listed(rule: Rule, text: str, query: str) -> Case:
    return Case(rule, text, method="GET", path=f"/v1/models?{query}")


CASES = [
    Case(endpoints.KEY_MISSING, "x-api-key header is required", message(), headers=(NO_KEY,)),
    Case(
        endpoints.KEY_MISSING,
        "x-api-key header is required",
        message(),
        headers=(NO_KEY, ("authorization", "Basic a2V5")),
    ),
    Case(endpoints.KEY_INVALID, "invalid x-api-key", message(), headers=(("x-api-key", "sk-ant"),)),
    Case(
        endpoints.KEY_INVALID,
        "invalid x-api-key",
        method="GET",
        path="/v1/models",
        headers=(("x-api-key", "sk-ant"),),
    ),
    Case(
        endpoints.BEARER_INVALID,
        "Invalid bearer token",
        message(),
        headers=(NO_KEY, ("authorization", "Bearer sk-ant")),
    ),
    Case(endpoints.VERSION_MISSING, "anthropic-version: header is required", message(), version=""),
    Case(
        endpoints.VERSION_UNKNOWN,
        'anthropic-version: "2023-01-01" is not a valid version',
        message(),
        version="2023-01-01",
    ),
    listed(endpoints.LIMIT_INTEGER, "limit: Input should be a valid integer", "limit=ten"),
    listed(endpoints.LIMIT_LEAST, "limit: Input should be greater than or equal to 1", "limit=0"),
    listed(endpoints.LIMIT_MOST, "limit: Input should be less than or equal to 1000", "limit=1001"),
    listed(
        endpoints.CURSORS_BOTH,
        "Only one of `after_id` and `before_id` may be given.",
        "after_id=a&before_id=b",
    ),
    listed(endpoints.CURSOR_UNKNOWN, "after_id: 'nobody' was not found.", "after_id=nobody"),
    listed(endpoints.CURSOR_UNKNOWN, "before_id: 'nobody' was not found.", "before_id=nobody"),
    listed(
        endpoints.LIFECYCLE_UNKNOWN,
        "lifecycle: Input should be 'active', 'deprecated' or 'retired'",
        "lifecycle[]=dead",
    ),
    listed(
        endpoints.LIFECYCLE_TOO_MANY,
        "lifecycle: List should have at most 3 items after validation, not 4",
        "&".join(["lifecycle[]=active"] * 4),
    ),
]
