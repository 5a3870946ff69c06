"""One request before all others: a wrong address, key or model is one failure, not a hundred."""

from __future__ import annotations

from rookery.errors import AuthenticationError, ConnectionFailedError, NotFoundError
from rookery.testing.conformance.target import Answer, Target

ASKED = "POST /v1/messages"


def preflight(target: Target) -> None:
    """Ask for one message.

    Raises ConnectionFailedError where nothing useful answers, AuthenticationError where the key
    is refused, NotFoundError where the model or the whole endpoint is unknown.
    """
    if not target.key:
        raise AuthenticationError("a key is needed: --key, or ANTHROPIC_API_KEY")
    answer = target.create()
    said = _said(answer).replace(target.key, "<key>")
    if answer.status in (401, 403):
        raise AuthenticationError(f"{target.url} refuses the key: {said}")
    if answer.status == 404 and "model" in said:
        raise NotFoundError(f"{target.url} does not serve {target.model}; see --model")
    if answer.status == 404:
        raise NotFoundError(f"{target.url} has no {ASKED}; is this the base URL?")
    if answer.status != 200:
        raise ConnectionFailedError(f"{target.url} answers {ASKED} with {answer.status}: {said}")


def _said(answer: Answer) -> str:
    return str(answer.error.get("message") or answer.data[:100].decode(errors="replace"))[:200]
