"""Accounts the calls of the model in one run: what each used, and what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from rookery.agent.events import UsageReported
from rookery.agent.step import Step
from rookery.catalog.cost import cost
from rookery.catalog.lookup import Catalog
from rookery.wire.messages import Message
from rookery.wire.usage import Usage


class _Used(msgspec.Struct):
    """What of a message its bill is made of."""

    model: str
    usage: Usage


class Account:
    """The steps of a run."""

    def __init__(self, agent: str, catalog: Catalog, steps: list[Step]) -> None:
        """Account for an agent of this name, at the prices of `catalog`, in `steps`."""
        self.steps = steps
        self._agent = agent
        self._catalog = catalog

    def replied(self, step: int, message: Message, at: datetime) -> UsageReported:
        """Account a reply."""
        names = tuple(each(message, "tool_use", "name"))
        return self._charge(step, message.model, message.usage, at, names)

    def broke(self, step: int, head: dict[str, Any], at: datetime) -> UsageReported | None:
        """Account a call that broke off: what was used until then is billed.

        `head` is what came of the message; None: nothing that tells.
        """
        try:
            used = msgspec.convert(head, _Used)
        except msgspec.ValidationError:
            return None
        return self._charge(step, used.model, used.usage, at)

    def _charge(
        self, step: int, model: str, usage: Usage, at: datetime, tools: tuple[str, ...] = ()
    ) -> UsageReported:
        bill = cost(usage, model, at, catalog=self._catalog)
        reported = UsageReported(
            step=step, agent=self._agent, model=model, tools=tools, usage=usage, bill=bill
        )
        self.steps.append(Step.of(reported))
        return reported


def each(message: Message, kind: str, field: str) -> list[str]:
    """Return a field of each block of one kind."""
    return [str(block.get(field, "")) for block in message.content if block.get("type") == kind]
