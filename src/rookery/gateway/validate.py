"""Whether a request is valid beyond its types (platform.claude.com, "Messages", "Errors").

Only backends that rookery emulates are checked so; a Claude-shaped upstream judges for itself
and gets the body untouched. What finds a fault is in `gateway.checks`, what is answered in
`rookery.rules`. What the types do not know is refused by the first and left to the second, unless
`unknown_fields` says otherwise.
"""

from __future__ import annotations

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.emulation.prompt import count_prompt
from rookery.gateway.checks import counting, output, prompt
from rookery.gateway.checks.media import media
from rookery.gateway.checks.signatures import thinking
from rookery.gateway.meter import Clock, utc_now
from rookery.providers.base import Call, Provider
from rookery.rules.endpoints import VERSION_UNKNOWN
from rookery.rules.prompt import MODEL_NOT_FOUND, PROMPT_TOO_LONG
from rookery.settings import UnknownFields
from rookery.wire.messages import CountRequest, MessagesRequest, Request
from rookery.wire.surface import surface
from rookery.wire.validation import check, check_envelope
from rookery.wire.versions import VERSIONS

_TOKENS_PER_BYTE = 2
"""No text of a request counts more."""
_TOKENS_BESIDE = 50_000
"""No set of tools of the API's own, with the prompts that go with them, counts more."""


def validate(
    request: Request,
    call: Call,
    provider: Provider,
    catalog: Catalog,
    clock: Clock = utc_now,
    *,
    unknown_fields: UnknownFields = "auto",
) -> None:
    """Check a request for a message, or for a count of tokens.

    Raises InvalidRequestError, or NotFoundError for its model.
    """
    if not provider.emulated:
        _check_for_upstream(request, call, unknown_fields)
        return
    body = _check_shape(request, call, unknown_fields)
    model = _model(body, catalog, clock)
    for on_prompt in prompt.CHECKS:
        on_prompt(body, model, call)
    if isinstance(body, MessagesRequest):
        for on_output in output.CHECKS:
            on_output(body, model, call)
        _check_length(request, body, model)
    else:
        for on_count in counting.CHECKS:
            on_count(body, model, call)


def _check_for_upstream(request: Request, call: Call, unknown_fields: UnknownFields) -> None:
    if unknown_fields == "refuse":
        check(request, surface(call.version, call.betas))
    else:
        check_envelope(request)


def _check_shape(request: Request, call: Call, unknown_fields: UnknownFields) -> CountRequest:
    if call.version not in VERSIONS:
        raise VERSION_UNKNOWN.error(version=call.version)
    allowed = surface(call.version, call.betas)
    return check(request, allowed, forgiving=unknown_fields == "forward")


def _model(body: CountRequest, catalog: Catalog, clock: Clock) -> Model:
    model = catalog.find(body.model)
    if model is None or (model.retires_at and model.lifecycle(clock()) == "retired"):
        raise MODEL_NOT_FOUND.error(model=body.model)
    return model


def _check_length(request: Request, body: MessagesRequest, model: Model) -> None:
    most = len(request.data) * _TOKENS_PER_BYTE + _TOKENS_BESIDE
    if most <= model.max_input_tokens and not _is_dense(body):
        return
    tokens = count_prompt(body, model)
    if tokens > model.max_input_tokens:
        raise PROMPT_TOO_LONG.error(tokens=tokens, maximum=model.max_input_tokens)


def _is_dense(body: MessagesRequest) -> bool:
    """Whether there may be more tokens than the bytes tell: media, and thinking that was packed."""
    return next(media(body), None) is not None or next(thinking(body), None) is not None
