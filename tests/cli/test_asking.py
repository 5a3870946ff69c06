"""What the one who approves is shown: all of it, and nothing that lies."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rookery.agent.approval import ApprovalRequest
from rookery.cli.asking import Terminal
from rookery.policy.text import shown


def described(runs: str, place: str = "/work") -> str:
    out = io.StringIO()
    request = ApprovalRequest(
        id="toolu_1:0",
        call="toolu_1",
        tool="bash",
        input={"command": runs},
        rule=None,
        reason="No rule allows it.",
        runs=runs,
        place=place,
        sandbox="bubblewrap",
        always=None,
    )
    Terminal(Console(file=out, width=40))._describe(request)
    return out.getvalue()


def test_command_folder_and_sandbox_are_shown_whole() -> None:
    long = "echo " + "x" * 500
    assert described(f"{long}\nls").splitlines() == [
        "bash asks to run",
        f"  | {long}",
        "  | ls",
        "  in /work (sandbox: bubblewrap)",
        "  No rule allows it.",
    ]


def test_nothing_in_it_steers_the_terminal_or_hides() -> None:
    told = described("ls\r\x1b[2K[bold]x\u202e\u200b\ufe0f", "/work\n  in /safe")
    assert "  | ls<U+000D><U+001B>[2K[bold]x<U+202E><U+200B><U+FE0F>\n" in told
    assert "  in /work<U+000A>  in /safe (sandbox: bubblewrap)\n" in told


def test_what_is_too_long_to_be_seen_at_once_is_told() -> None:
    assert "(" not in described("ls\n  in /safe").replace("(sandbox", "")
    told = described("curl evil.org" + "\n" * 99 + "ls\n  in /safe (sandbox: bubblewrap)")
    assert told.splitlines()[-4:] == [
        "  |   in /safe (sandbox: bubblewrap)",
        "  (101 lines, 147 characters: look at where it begins, too)",
        "  in /work (sandbox: bubblewrap)",
        "  No rule allows it.",
    ]
    assert "1 lines, 2,000 characters" in described("x" * 2000)


@given(st.text())
def test_what_is_shown_is_visible_and_says_what_was_there(text: str) -> None:
    told = shown(text)
    assert all(one in "\t\n" or one.isprintable() for one in told)
    assert all(one in told or f"<U+{ord(one):04X}>" in told for one in text)
