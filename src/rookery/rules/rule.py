"""One rule: what is answered where a request breaks it, and who says so."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from rookery.errors import APIError, InvalidRequestError

Origin = Literal["docs", "client", "seen", "own"]
"""Who gives the text of a rule.

`docs`: platform.claude.com; `client`: the official clients' source, or a pattern that a client
matches; `seen`: a body quoted in public; `own`: nobody; the rule is documented, its words are
rookery's.
"""

_FIELD = re.compile(r"\{(\w+)\}")


class Rule(NamedTuple):
    """A row of the table. `text` has its values in braces; `code` is `error.details.error_code`."""

    name: str
    text: str
    origin: Origin
    where: str
    """The section, page or thread that states the rule."""
    kind: type[APIError] = InvalidRequestError
    code: str | None = None
    status: int | None = None
    """Where it differs from that of `kind`."""

    def error(
        self,
        at: str = "",
        *,
        details: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **values: object,
    ) -> APIError:
        """Return the error of a request that breaks the rule.

        `at` is the path of the fault, which the text then begins with; `details` are further
        members of `error.details`, `headers` of the response; `values` fill the text's braces.
        """
        text = self.text.format_map(values)
        if self.code is not None:
            details = {"error_code": self.code, **(details or {})}
        found = self.kind(
            f"{at}: {text}" if at else text, details=details, status=self.status, headers=headers
        )
        found.rule = self.name
        return found

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its messages match, whole: any path, then the text with any values."""
        pieces = _FIELD.split(self.text)
        fixed = [re.escape(piece.format()) for piece in pieces[::2]]
        return re.compile(rf"(?:[\w.\-]+: )?{'.*'.join(fixed)}", re.DOTALL)
