"""Where an upstream is, and who we are to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from rookery.errors import SettingsError
from rookery.settings import Settings


def messages_url(base_url: str) -> str:
    """Return the address of `POST /v1/messages` below a base URL.

    The base URL may end in `/`, `/v1` or `/v1/`, and may have a path before that:
    `https://host`, `https://host/v1` and `https://host/some/path/` are all fine. Raises
    SettingsError on one with a query, a fragment, a user name or a password.
    """
    try:
        parts = urlsplit(base_url.strip())
        bad = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        bad = True
    if bad:
        raise SettingsError("The base URL of the Claude API must be like https://host[:port]/path.")
    if parts.query or parts.fragment or parts.username is not None:
        raise SettingsError(
            "The base URL of the Claude API must have no query, fragment, user name or password."
        )
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}/v1/messages"


def credentials(settings: Settings) -> dict[str, str]:
    """Return the header that proves who we are; an API key goes before an auth token.

    Raises SettingsError where there is neither.
    """
    if settings.anthropic_api_key is not None:
        key = _printable("anthropic_api_key", settings.anthropic_api_key.reveal())
        if settings.anthropic_auth == "bearer":
            return {"authorization": f"Bearer {key}"}
        return {"x-api-key": key}
    if settings.anthropic_auth_token is not None:
        token = _printable("anthropic_auth_token", settings.anthropic_auth_token.reveal())
        return {"authorization": f"Bearer {token}"}
    raise SettingsError(
        "The anthropic provider needs a key: set ANTHROPIC_API_KEY, or ANTHROPIC_AUTH_TOKEN."
    )


def _printable(name: str, value: str) -> str:
    """Refuse what cannot stand in a header, without showing it."""
    value = value.strip()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise SettingsError(f"{name} is empty, or has characters that no key has.")
    return value
