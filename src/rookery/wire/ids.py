"""Ids of the API: a prefix, `01`, and 22 letters and digits."""

from __future__ import annotations

import random
import string

_ALPHABET = string.ascii_letters + string.digits


class Ids:
    """A source of unique ids; the same seed gives the same ids, for tests."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw from the operating system's randomness, or from `seed`."""
        # Ids name things and protect nothing; keys are made by `secrets`.
        self._random = random.Random(seed)  # noqa: S311

    def new(self, prefix: str) -> str:
        """Return a new id such as `msg_01...`."""
        return f"{prefix}_01{''.join(self._random.choices(_ALPHABET, k=22))}"
