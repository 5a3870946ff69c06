"""Who is asking: API keys, of which only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import msgspec
from msgspec import Struct

from rookery.errors import SettingsError
from rookery.rules.endpoints import BEARER_INVALID, KEY_INVALID, KEY_MISSING
from rookery.rules.rule import Rule
from rookery.server.http import Exchange
from rookery.settings import Settings

KEY_PREFIX = "sk-rookery-"
DEFAULT_WORKSPACE = "default"


class Principal(Struct, frozen=True):
    """The owner of a key."""

    key_id: str
    workspace_id: str = DEFAULT_WORKSPACE
    admin: bool = False


class StoredKey(Struct, frozen=True):
    """A key as it is kept: the SHA-256 of its text. Keys are random, so no salt is needed."""

    digest: str
    principal: Principal


class Keys:
    """The keys that may call this server."""

    def __init__(self, keys: list[StoredKey]) -> None:
        """Admit these keys."""
        self._keys = [(bytes.fromhex(key.digest), key.principal) for key in keys]

    def principal(self, exchange: Exchange) -> Principal:
        """Return who asks, by `x-api-key` or else `Authorization: Bearer`.

        Raises AuthenticationError. Where a request has both headers the API reads the first.
        """
        key = exchange.headers.get(b"x-api-key")
        if key is not None:
            return self._find(key, KEY_INVALID)
        scheme, _, token = exchange.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() == b"bearer":
            return self._find(token.strip(), BEARER_INVALID)
        raise KEY_MISSING.error()

    def _find(self, key: bytes, refusal: Rule) -> Principal:
        digest = hashlib.sha256(key).digest()
        found = None
        for known, principal in self._keys:  # all of them: the time tells nothing
            if hmac.compare_digest(known, digest):
                found = principal
        if found is None:
            raise refusal.error()
        return found


def admit(exchange: Exchange, keys: Keys, organization_id: str) -> Principal:
    """Return who asks, having noted it on the exchange and in the headers of its response.

    Raises AuthenticationError.
    """
    principal = keys.principal(exchange)
    exchange.key_id = principal.key_id
    exchange.gathered[b"anthropic-organization-id"] = organization_id.encode()
    exchange.gathered[b"anthropic-workspace-id"] = principal.workspace_id.encode()
    return principal


class Opened(Struct, frozen=True):
    """The keys of a server that starts, and those just made, to be shown once."""

    keys: Keys
    made: dict[str, str] = {}
    """By name, `key` and `admin key`; empty where none was made."""


def digest(key: str) -> str:
    """Return the hash under which a key is kept, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def open_keys(settings: Settings) -> Opened:
    """Return the keys of the settings; where there are none, those made at the first start.

    Raises SettingsError where the key file cannot be read or written.
    """
    given = {
        "key": settings.bootstrap_key,
        "admin key": settings.bootstrap_admin_key,
    }
    fixed = []
    for name, secret in given.items():
        if secret is None:
            continue
        fixed.append(StoredKey(digest(_sendable(name, secret.reveal())), _principal(name)))
    if fixed:
        return Opened(Keys(fixed))
    return _load_or_make(key_file(settings))


def _sendable(name: str, secret: str) -> str:
    """Return a key as a client can send it: a file's last line break is no part of it.

    Raises SettingsError where nothing is left, since whoever sends no key would have it, and
    where it cannot stand in a header.
    """
    key, setting = secret.strip(), f"bootstrap_{name.replace(' ', '_')}"
    if not key:
        raise SettingsError(f"`{setting}` is empty.")
    if not key.isprintable():
        raise SettingsError(f"`{setting}` has characters that no key can have.")
    return key


def key_file(settings: Settings) -> Path:
    """Return where the hashes of made keys are."""
    return settings.state_path / "keys.json"


def _principal(name: str) -> Principal:
    return Principal(key_id=f"apikey_{name.replace(' ', '_')}", admin=name == "admin key")


def _load_or_make(path: Path) -> Opened:
    try:
        if path.exists():
            return Opened(_load(path))
        made = {name: KEY_PREFIX + secrets.token_urlsafe(32) for name in ("key", "admin key")}
        stored = [StoredKey(digest(key), _principal(name)) for name, key in made.items()]
        if not _write_private(path, msgspec.json.encode(stored)):
            return Opened(_load(path))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SettingsError(f"The key file {path} cannot be used: {error}") from error
    return Opened(Keys(stored), made)


def _load(path: Path) -> Keys:
    return Keys(msgspec.json.decode(path.read_bytes(), type=list[StoredKey]))


def _write_private(path: Path, data: bytes) -> bool:
    """Write a file that only its owner reads, whole or not at all.

    False where another process was faster: its file stays.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike rename, it does not replace
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True
