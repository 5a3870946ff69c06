"""docs/errors.md, made of the table: `scripts/errors` writes it."""

from __future__ import annotations

import sys
from types import ModuleType

from rookery.rules.rule import Rule
from rookery.rules.table import FAMILIES, rows

HEAD = """\
# Errors

Every refusal of the server is a row of one table, `src/rookery/rules/`; this page is made of it, by
`scripts/errors`. Each row is provoked over HTTP by a test, and arrives as the class that the
official client has for it.

```json
{
  "type": "error",
  "error": {"type": "not_found_error", "message": "...", "details": {"error_code": "..."}},
  "request_id": "req_..."
}
```

In front of `anthropic` the upstream judges, and its errors pass with their type, text and details.
In front of `offline` and `scripted` these hold. In a message `{...}` stands for a value; many begin
with the path of the fault, as in `messages.0.content.1.text.text: Field required`.
`details.error_code` is there only where this page has one.

"Words" says who gives the text: `docs` the documentation on platform.claude.com; `client` the
official clients, or a pattern that a client matches; `seen` an answer of the API that somebody
quotes in public; `own` nobody, the rule is documented and its words are rookery's.
"""


def page() -> str:
    """Return the page, in Markdown."""
    return "\n".join([HEAD, *map(_section, FAMILIES)])


def _section(family: ModuleType) -> str:
    title, _, more = (family.__doc__ or "").strip().partition("\n")
    lines = [f"## {title.rstrip('.')}", *([more.strip()] if more.strip() else [])]
    table = ["| Status | Type | Message | Code | Words | Source |", "|---|---|---|---|---|---|"]
    return "\n\n".join([*lines, "\n".join([*table, *map(_row, rows(family))])]) + "\n"


def _row(rule: Rule) -> str:
    cells = (
        str(rule.status or rule.kind.status),
        f"`{rule.kind.type}`",
        _code(rule.text.replace("{{", "{").replace("}}", "}")),
        f"`{rule.code}`" if rule.code else "",
        rule.origin,
        rule.where,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    """Return a text as code, which may have backticks itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    sys.stdout.write(page())
