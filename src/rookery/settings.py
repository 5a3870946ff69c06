"""Settings from arguments, the environment and rookery.toml, in this order of precedence.

Each field of `Settings` is read from the environment as ROOKERY_<NAME> and from rookery.toml by
its own name; `ENVIRONMENT_ALIASES` lists the names that other programs use too.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from rookery.errors import SettingsError

PREFIX = "ROOKERY_"
FILE = "rookery.toml"
ENVIRONMENT_ALIASES = {
    "anthropic_api_key": "ANTHROPIC_API_KEY",
    "anthropic_auth_token": "ANTHROPIC_AUTH_TOKEN",
    "anthropic_base_url": "ANTHROPIC_BASE_URL",
}

ORGANIZATION = "9c04347e-e864-591b-a708-acec421f3497"
"""The id of the one organization that a server has, where it is given no other."""

Seconds = Annotated[float, Meta(gt=0)]
PerMinute = Annotated[int, Meta(ge=1)]


UnknownFields = Literal["auto", "refuse", "forward"]
"""What becomes of fields and blocks of a request that rookery does not know."""


class Secret:
    """A value that no log, traceback or repr may show."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Hide `value`."""
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a rookery process, with their defaults."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8420
    public_url: str | None = None
    trusted_proxies: str = ""
    forwarded_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    tls_cert: str | None = None
    tls_key: str | None = None
    tls_key_password: Secret | None = None
    provider: str = "offline"
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    database: str | None = None
    script: str | None = None
    bootstrap_key: Secret | None = None
    bootstrap_admin_key: Secret | None = None
    anthropic_api_key: Secret | None = None
    anthropic_auth_token: Secret | None = None
    anthropic_base_url: str = "https://api.anthropic.com"
    anthropic_auth: Literal["x-api-key", "bearer"] = "x-api-key"
    connect_timeout: Seconds = 5.0
    timeout: Seconds = 600.0
    retries: Annotated[int, Meta(ge=0, le=10)] = 0
    ping_interval: Seconds = 10.0
    max_connections: Annotated[int, Meta(ge=1)] = 5_000
    head_timeout: Seconds = 10.0
    body_timeout: Seconds = 30.0
    idle_timeout: Seconds = 75.0
    write_timeout: Seconds = 60.0
    drain_seconds: Annotated[float, Meta(ge=0)] = 5.0
    grace_seconds: Annotated[float, Meta(ge=0)] = 20.0
    unknown_fields: UnknownFields = "auto"
    fetch_urls: bool = False
    max_body_bytes: Annotated[int, Meta(ge=1)] = 32 * 1024 * 1024
    max_thread_bytes: Annotated[int, Meta(ge=0)] = 128 * 1024 * 1024
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    organization_id: Annotated[str, Meta(pattern=r"^[\w-]{1,64}\Z")] = ORGANIZATION
    limit_requests_per_minute: PerMinute | None = None
    limit_input_tokens_per_minute: PerMinute | None = None
    limit_output_tokens_per_minute: PerMinute | None = None
    state_dir: str = "~/.local/state/rookery"

    @property
    def state_path(self) -> Path:
        """The folder for what must survive a restart."""
        return Path(self.state_dir).expanduser()


NAMES = Settings.__struct_fields__
_TYPES = get_type_hints(Settings, include_extras=True)


def load(
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings; None among the arguments means not given.

    `file` defaults to ./rookery.toml where that exists. Raises SettingsError that names the
    setting and where it came from.
    """
    given = {
        **_from_file(file),
        **_from_environment(os.environ if environment is None else environment),
        **_from_arguments(arguments or {}),
    }
    return Settings(**{name: _value(name, one) for name, one in given.items()})


class _Given(NamedTuple):
    """A value, and where it is from, in the words of a message."""

    value: Any
    origin: str


def _from_file(file: Path | None) -> dict[str, _Given]:
    path = file or Path(FILE)
    if file is None and not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    return {name: _Given(value, f"`{name}` in {path}") for name, value in values.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    values: dict[str, _Given] = {}
    for name in NAMES:
        for variable in (PREFIX + name.upper(), ENVIRONMENT_ALIASES.get(name, "")):
            if environment.get(variable):
                values[name] = _Given(environment[variable], variable)
                break
    return values


def _from_arguments(arguments: Mapping[str, Any]) -> dict[str, _Given]:
    return {
        name: _Given(value, f"The argument `{name}`")
        for name, value in arguments.items()
        if value is not None
    }


def _value(name: str, given: _Given) -> Any:
    if name not in NAMES:
        raise SettingsError(f"{given.origin} is not a setting.")
    try:
        return msgspec.convert(given.value, _TYPES[name], strict=False, dec_hook=_hide)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{given.origin} cannot be used: {error}{_choices(name)}") from error


def _choices(name: str) -> str:
    """Return what to say of the values that a setting may have, where they are a list."""
    values = get_args(_TYPES[name]) if get_origin(_TYPES[name]) is Literal else ()
    return f"; it is one of {', '.join(values)}" if values else ""


def _hide(kind: type, value: Any) -> Any:
    if kind is Secret:
        return value if isinstance(value, Secret) else Secret(str(value))
    raise TypeError(f"no conversion to {kind.__name__}")
