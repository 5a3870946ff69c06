"""What a policy says about one call of a tool."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from rookery.policy.line import Line

Verdict = Literal["allow", "ask", "deny"]

VERDICTS: tuple[Verdict, ...] = ("allow", "ask", "deny")
"""From the mildest to the strictest."""


class Decision(Struct, frozen=True):
    """Whether a call may be made, and why."""

    verdict: Verdict
    """`ask`: somebody has to approve it; with nobody to ask that is a denial."""
    rule: str | None = None
    """The rule that decided, as it was written; None: no rule is about this call."""
    reason: str = ""
    """A sentence for the user, and for the model when the call is refused."""
    line: Line | None = None
    """What to run in place of the text of a command: set exactly when it is allowed and plain."""
