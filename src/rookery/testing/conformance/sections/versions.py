"""What differs between 2023-06-01 and 2026-10-21 ("API versioning")."""

from __future__ import annotations

from typing import Any

from rookery.testing.conformance.answers import refused
from rookery.testing.conformance.check import Skipped, check, same
from rookery.testing.conformance.facts import known
from rookery.testing.conformance.target import Answer, Target
from rookery.wire.versions import V2023, V2026, VERSIONS

PAGE = "API versioning"
DOCUMENT = {
    "type": "document",
    "source": {"type": "text", "media_type": "text/plain", "data": "The sky is blue."},
}
CITED = {
    "type": "char_location",
    "cited_text": "The sky",
    "document_index": 0,
    "document_title": None,
    "start_char_index": 0,
    "end_char_index": 7,
}


def under(target: Target, version: str, **fields: Any) -> Answer:
    """Ask for a message under a version."""
    return target.post("/v1/messages", target.message(**fields), anthropic_version=version)


@check("versions", PAGE)
def both_are_served(target: Target) -> None:
    """2023-06-01 and 2026-10-21 are served."""
    for version in VERSIONS:
        same(f"the status under {version}", under(target, version).status, 200)


@check("versions", PAGE)
def no_other_is_served(target: Target) -> None:
    """A version that does not exist is refused."""
    refused(under(target, "2022-02-22"), 400, "invalid_request_error")


@check("versions", PAGE)
def sampling_since_2026(target: Target) -> None:
    """Since 2026-10-21 `temperature`, `top_p` and `top_k` are refused, with any value."""
    for field, value in (("temperature", 1.0), ("top_p", 1.0), ("top_k", 5)):
        refused(under(target, V2026, **{field: value}), 400, "invalid_request_error")


@check("versions", PAGE)
def sampling_before(target: Target) -> None:
    """Under 2023-06-01 `temperature` is taken by the models that have it."""
    model = known(target)
    if model is None or model.sampling == "default_only":
        raise Skipped("the model is not sampled by hand")
    same("the status", under(target, V2023, temperature=0.5).status, 200)


@check("versions", PAGE)
def documents_of_the_assistant(target: Target) -> None:
    """Since 2026-10-21 a document in a message of the assistant is refused."""
    history = [
        {"role": "user", "content": "Show me a document."},
        {"role": "assistant", "content": [DOCUMENT]},
        {"role": "user", "content": "And?"},
    ]
    refused(under(target, V2026, messages=history), 400, "invalid_request_error")


@check("versions", PAGE)
def citations_of_the_user(target: Target) -> None:
    """Since 2026-10-21 a text with citations in a user message is refused."""
    text = {"type": "text", "text": "The sky", "citations": [CITED]}
    turn = {"role": "user", "content": [text]}
    refused(under(target, V2026, messages=[turn]), 400, "invalid_request_error")
