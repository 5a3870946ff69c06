"""Cache diagnostics (platform.claude.com, "Cache diagnostics"): where a request left another.

Requests that have `diagnostics` are remembered by the id of their response, as digests and counts.
The comparison is of what clients sent, whatever the cache did with it.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from rookery.catalog.model import Model
from rookery.emulation.prefix import content, thinking, tool_choice
from rookery.emulation.prompt import Counter, Level, Position, positions
from rookery.emulation.thinking import effort
from rookery.wire.messages import CountRequest

HORIZON = 1_000
"""Blocks of a request that are compared; own choice, as are the next two."""

KEPT = 1_000
"""Requests that are remembered: at most 24 MB, as a rule less than one."""

SECONDS = 3_600
"""How long they are."""

_BYTES = 8
"""Of a digest; to mistake two blocks for the same costs a diagnosis only."""

_encode = msgspec.json.Encoder().encode


class Fingerprint(Struct, frozen=True):
    """What is remembered of a request."""

    workspace: str
    model: tuple[str, str]
    """The model and its speed."""
    params: bytes
    """A digest of the other parameters that are part of the prompt."""
    chain: bytes
    """For each block, a digest of the prompt up to it."""
    levels: tuple[int, int]
    """Where the system prompt begins, and where the messages do."""
    ends: array[int]
    """For each block, the tokens of the prompt up to it."""
    blocks: int
    """Their number, with those that are too many to compare."""
    tokens: int
    """Of the whole prompt."""

    def reason(self, before: Fingerprint) -> dict[str, Any] | None:
        """Return why this request cannot read all that `before` wrote; None: it can."""
        if self.model != before.model:
            return before.missed("model_changed", 0)
        at, level = self._parting(before)
        if level is not None and level < Level.MESSAGES:
            return before.missed(f"{level.name.lower()}_changed", at)
        if self.params != before.params:
            return {"type": "unavailable"}
        if level is not None:
            return before.missed("messages_changed", at)
        if before.blocks > HORIZON:
            return {"type": "unavailable"}
        return None

    def missed(self, kind: str, at: int) -> dict[str, Any]:
        """Return a reason, with the tokens of this request from the block numbered `at` on."""
        kept = self.ends[at - 1] if at else 0
        return {"type": kind, "cache_missed_input_tokens": self.tokens - kept}

    def _parting(self, before: Fingerprint) -> tuple[int, Level | None]:
        """Return the first block of `before` that is not in this request, and its level."""

        def differs(at: int) -> bool:
            link = slice(at * _BYTES, (at + 1) * _BYTES)
            return self.chain[link] != before.chain[link]

        compared = range(min(before.blocks, HORIZON))
        at = bisect_left(compared, True, key=differs)  # links differ from the first that does on
        if at == len(compared):
            return at, None
        return at, min(self._level(at), before._level(at))

    def _level(self, at: int) -> Level:
        system, messages = self.levels
        if at < system:
            return Level.TOOLS
        return Level.SYSTEM if at < messages else Level.MESSAGES


def fingerprint(
    request: CountRequest, model: Model, *, workspace: str, betas: Sequence[str]
) -> Fingerprint:
    """Return the fingerprint of a request."""
    laid_out = positions(request, model, all_thinking=True)
    config = request.output_config
    params = [
        thinking(request, model),
        effort(request, model),
        config.format if config else None,
        tool_choice(request),
        request.context_management,
        sorted(betas),
    ]
    tools = sum(isinstance(position.block, bytes) for position in laid_out)
    counted = Counter(laid_out, model)
    return Fingerprint(
        workspace=workspace,
        model=(model.id, request.speed or "standard"),
        params=hashlib.sha256(_encode(params)).digest(),
        chain=_chain(laid_out[:HORIZON]),
        levels=(tools, sum(position.level < Level.MESSAGES for position in laid_out)),
        ends=array("Q", [counted[at] for at in range(min(len(laid_out), HORIZON))]),
        blocks=len(laid_out),
        tokens=counted[-1] if laid_out else 0,
    )


def _chain(laid_out: Sequence[Position]) -> bytes:
    whole = hashlib.sha256()
    links = []
    for position in laid_out:
        whole.update(b"\xff%d" % position.level + content(position))
        links.append(whole.copy().digest()[:_BYTES])
    return b"".join(links)


class Fingerprints:
    """The fingerprints of recent requests. Safe to share by threads; times are in seconds."""

    def __init__(self, kept: int = KEPT) -> None:
        """Keep at most so many, the newest."""
        self._kept = kept
        self._known: OrderedDict[str, tuple[float, Fingerprint]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, message_id: str, seen: Fingerprint, now: float) -> None:
        """Remember a request by the id of its response."""
        with self._lock:
            self._known[message_id] = (now + SECONDS, seen)
            self._known.move_to_end(message_id)
            while len(self._known) > self._kept or next(iter(self._known.values()))[0] <= now:
                self._known.popitem(last=False)

    def diagnose(self, message_id: str, seen: Fingerprint, now: float) -> dict[str, Any] | None:
        """Return the `diagnostics` of a request that names the response of an earlier one."""
        with self._lock:
            expiry, before = self._known.get(message_id, (now, None))
        if before is None or expiry <= now or before.workspace != seen.workspace:
            return {"cache_miss_reason": {"type": "previous_message_not_found"}}
        reason = seen.reason(before)
        return reason and {"cache_miss_reason": reason}
