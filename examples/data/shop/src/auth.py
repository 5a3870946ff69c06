"""Passwords of the shop."""

import hashlib
import hmac
import secrets

SHORTEST = 8


def hash_password(password: str) -> str:
    """Return what to keep of a password: its salt and its hash."""
    if len(password) < SHORTEST:
        raise ValueError(f"a password has at least {SHORTEST} characters")
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(password, salt)}"


def is_password(password: str, kept: str) -> bool:
    """Say whether a password is the one of which `kept` is kept."""
    salt, _, digest = kept.partition(":")
    return hmac.compare_digest(_digest(password, salt), digest)


def _digest(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()
