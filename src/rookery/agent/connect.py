"""Which model backend an agent uses: what it was given, else what the environment names."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from rookery import settings as settings_module
from rookery.errors import AgentError
from rookery.gateway.gateway import Gateway
from rookery.gateway.retry import AGENTS, Retries
from rookery.providers import registry
from rookery.providers.base import Provider
from rookery.settings import ENVIRONMENT_ALIASES

INHERIT = "inherit"
"""The provider, and the model, of an agent that works for another and takes over that one's."""

HOW = (
    "No model backend is configured. Set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN), with "
    "ANTHROPIC_BASE_URL for a server of your own; or give Agent(base_url=...); or name a "
    'provider: Agent(provider="offline") needs no key and is not a language model.'
)


def connect(
    provider: str | Provider | Gateway | None,
    base_url: str | None,
    environment: Mapping[str, str] | None = None,
    max_retries: int | None = None,
) -> Gateway:
    """Return the gateway for an agent. Raises AgentError where nothing is configured.

    Nothing stands in silently: without a provider, a base URL or a key there is none. It sends a
    request that fails `max_retries` times again; one that was given has retries of its own.
    """
    if provider is not None and base_url is not None:
        raise AgentError("Give a provider or a base_url, not both.")
    if isinstance(provider, Gateway):
        if max_retries is not None:
            raise AgentError("A Gateway has retries of its own: Gateway(..., retries=...).")
        return provider
    retries = Retries(most=AGENTS if max_retries is None else max_retries)
    if isinstance(provider, Provider) and not isinstance(provider, type):
        return Gateway(provider, retries=retries)
    if provider is not None and not isinstance(provider, str):
        raise AgentError(f"provider must be a name, a provider or a Gateway, not {provider!r}.")
    if base_url is not None and not isinstance(base_url, str):
        raise AgentError(f"base_url must be text, not {type(base_url).__name__}.")
    variables = os.environ if environment is None else environment
    if provider is None and base_url is None:
        named = [variables.get(name) for name in ENVIRONMENT_ALIASES.values()]
        chosen = variables.get("ROOKERY_PROVIDER") or ("anthropic" if any(named) else None)
        if chosen is None:
            raise AgentError(HOW)
        provider = chosen
    settings = settings_module.load(environment=variables)
    if base_url is not None:
        settings = msgspec.structs.replace(settings, anthropic_base_url=base_url)
    backend = registry.build("anthropic" if provider is None else provider, settings)
    return Gateway(backend, retries=retries)
