"""Whether a request is valid beyond its types (platform.claude.com, "Messages", "Errors").

Only backends that rookery emulates are checked so; a Claude-shaped upstream judges for itself
and gets the body untouched. The rules are in `prompt_rules` and `output_rules`: a rule is a
function that returns what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.emulation.prompt import count_prompt
from rookery.errors import InvalidRequestError, NotFoundError
from rookery.gateway import output_rules, prompt_rules
from rookery.providers.base import Call, Provider
from rookery.rules.prompt import PROMPT_TOO_LONG
from rookery.wire.messages import CountRequest, CountTokensRequest, MessagesRequest, Request
from rookery.wire.validation import check, check_envelope
from rookery.wire.versions import VERSIONS

_TOKENS_PER_BYTE = 100
"""No block of a request counts more: an image by address has 49 bytes and at most 4,784 tokens."""

B = TypeVar("B", bound=CountRequest)


def validate(request: Request, call: Call, provider: Provider, catalog: Catalog) -> None:
    """Check a messages request. Raises InvalidRequestError or NotFoundError (unknown model)."""
    if not provider.emulated:
        check_envelope(request)
        return
    _check_version(call)
    body = check(request)
    assert isinstance(body, MessagesRequest)  # noqa: S101 - narrows the type of `check`
    model = _model(body, catalog)
    _apply(prompt_rules.RULES, body, model, call)
    _apply(output_rules.RULES, body, model, call)
    _check_length(request, body, model)


def validate_count(
    request: CountTokensRequest, call: Call, provider: Provider, catalog: Catalog
) -> None:
    """Check a token-counting request, by the rules on prompts."""
    if not provider.emulated:
        check_envelope(request)
        return
    _check_version(call)
    body = check(request)
    _apply(prompt_rules.RULES, body, _model(body, catalog), call)


def _check_version(call: Call) -> None:
    if call.version not in VERSIONS:
        raise InvalidRequestError(f'anthropic-version: "{call.version}" is not a valid version')


def _model(body: CountRequest, catalog: Catalog) -> Model:
    model = catalog.find(body.model)
    if model is None:
        raise NotFoundError(f"model: {body.model}")
    return model


def _check_length(request: Request, body: MessagesRequest, model: Model) -> None:
    if len(request.data) * _TOKENS_PER_BYTE <= model.max_input_tokens:
        return
    tokens = count_prompt(body, model)
    if tokens > model.max_input_tokens:
        raise PROMPT_TOO_LONG.error(tokens=tokens, maximum=model.max_input_tokens)


def _apply(
    rules: Iterable[Callable[[B, Model, Call], str | None]], body: B, model: Model, call: Call
) -> None:
    for rule in rules:
        if fault := rule(body, model, call):
            raise InvalidRequestError(fault)
