"""What is closed when the block that uses it ends."""

from __future__ import annotations

from typing import Self


class Closing:
    """Can be used with `with` and `async with`: leaving the block closes it."""

    def close(self) -> None:
        """Let go of what it holds."""

    async def aclose(self) -> None:
        """Let go of what it holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
