"""Writes docs/policy-tables.md from the tables: `python -m tests.policy.pages`."""

from __future__ import annotations

import json
from pathlib import Path

from rookery.policy import tree
from rookery.policy.command import CommandPolicy
from rookery.policy.options import Table
from rookery.policy.plain import SAFE_VARIABLES
from rookery.policy.presets import DEVELOPER, READ_ONLY
from rookery.policy.tables import TABLES
from rookery.policy.wrappers import WRAPPERS
from tests.policy.lines import EVERYDAY, HARMFUL

PAGE = Path(__file__).parents[2] / "docs" / "policy-tables.md"


def page() -> str:
    """Return the text of the page."""
    developer = CommandPolicy.developer()
    asked = [line for line in EVERYDAY if developer.check(line).verdict != "allow"]
    allowed = [line for line in EVERYDAY if line not in asked]
    return "\n".join(
        [
            _HEAD,
            "## Programs\n",
            "| Command | Safe options | Operands |\n|---|---|---|",
            *(_row(name, table) for name, table in sorted(TABLES.items())),
            "\n## Wrappers\n",
            "The program that they run is judged in their place.\n",
            "| Wrapper | Safe options |\n|---|---|",
            *(f"| `{name}` | {_code(table.options)} |" for name, table in WRAPPERS.items()),
            "\n## Variables\n",
            "A line may set these before a command: " + _list(SAFE_VARIABLES) + ".",
            "\n## Nodes of a plain line\n",
            "The kinds of node of tree-sitter-bash: " + _list(tree.PLAIN_KINDS) + ".",
            "\n## Presets\n",
            "`read-only`: " + _list(READ_ONLY) + ".\n",
            "`developer`, besides: " + _list(DEVELOPER[len(READ_ONLY) :]) + ".",
            "\n## Everyday lines\n",
            f"Of {len(EVERYDAY)} lines, the developer's policy asks about these {len(asked)}:\n",
            _block("sh", asked),
            "It allows these:\n",
            _block("sh", allowed),
            "## Harmful lines\n",
            f"None of these {len(HARMFUL)} lines is allowed, though every program with a table is",
            "(but `touch` and `cd`). They are strings of JSON.\n",
            _block("json", [_short(json.dumps(line)) for line in HARMFUL]),
        ]
    )


_HEAD = """# Tables of the command policy

What [the command policy](policy.md) knows of programs, and the lines that it is tested with. This
page is written from the source; a test compares them.
"""


def _row(name: str, table: Table) -> str:
    return f"| `{name}` | {_options(table)} | {_operands(table)} |"


def _options(table: Table) -> str:
    if table.style == "any":
        return "any"
    after = f"; after `--`: {_code(table.after)}" if table.after else ""
    return _code(table.options) + after


def _operands(table: Table) -> str:
    number = "any" if table.operands is None else str(table.operands)
    more = f"{number}, any with `:*`" if table.more else number
    checked = "; checked" if table.check or table.refuse else ""
    return more + checked


def _code(text: str) -> str:
    words = " ".join(text.split())
    return f"`{words}`" if words else "none"


def _list(words: object) -> str:
    assert isinstance(words, tuple | frozenset)
    return ", ".join(f"`{word}`" for word in (words if isinstance(words, tuple) else sorted(words)))


def _block(language: str, lines: list[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```\n"])


def _short(text: str) -> str:
    return text if len(text) <= 200 else f'{text[:80]}..." # {len(text):,} characters'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
