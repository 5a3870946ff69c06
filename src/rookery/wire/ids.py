"""Ids of the API: a prefix, `01`, and 22 letters and digits."""

from __future__ import annotations

import os
import random
import string

_ALPHABET = (string.ascii_letters + string.digits).encode()
_LETTERS = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
"""What each random byte is written as: some letters come a quarter more often than others."""

_LENGTH = 22


class Ids:
    """A source of unique ids; the same seed gives the same ids, for tests."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw from the operating system's randomness, or from `seed`."""
        # Ids name things and protect nothing; keys are made by `secrets`.
        self._bytes = os.urandom if seed is None else random.Random(seed).randbytes  # noqa: S311

    def new(self, prefix: str) -> str:
        """Return a new id such as `msg_01...`."""
        return f"{prefix}_01{self._bytes(_LENGTH).translate(_LETTERS).decode()}"
