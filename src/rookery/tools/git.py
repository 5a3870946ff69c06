"""Lets git run nothing that a repository names.

The configuration of a repository can name programs that git starts by itself: a monitor of files,
hooks, pagers, programs for differences and conversions of text. In a plain line they are off. What
is given by the environment wins over the configuration of the repository (git-config(1)); the
programs of attributes (`diff.NAME.command`, `diff.NAME.textconv`) only an option turns off.
"""

from __future__ import annotations

from rookery.policy.wrappers import WRAPPERS

CONFIG = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "credential.helper": "",
    "log.showSignature": "false",
}

QUIET = {
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_SEQUENCE_EDITOR": "true",
    "GIT_TERMINAL_PROMPT": "0",
}
"""For every command: git asks nobody and opens nothing."""

PLAIN = {
    **QUIET,
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    "GIT_CONFIG_COUNT": str(len(CONFIG)),
    **{f"GIT_CONFIG_KEY_{number}": key for number, key in enumerate(CONFIG)},
    **{f"GIT_CONFIG_VALUE_{number}": value for number, value in enumerate(CONFIG.values())},
}
"""For plain lines."""

_NO_PROGRAMS = ("--no-ext-diff", "--no-textconv")

_OPTIONS = {
    "annotate": _NO_PROGRAMS[1:],
    "blame": _NO_PROGRAMS[1:],
    "diff": _NO_PROGRAMS,
    "diff-files": _NO_PROGRAMS,
    "diff-index": _NO_PROGRAMS,
    "diff-tree": _NO_PROGRAMS,
    "format-patch": _NO_PROGRAMS,
    "grep": _NO_PROGRAMS[1:],
    "log": _NO_PROGRAMS,
    "show": _NO_PROGRAMS,
    "whatchanged": _NO_PROGRAMS,
}
"""The commands that show differences or converted text by themselves, and what turns that off."""


def without_programs(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a call of git, also by a wrapper, with options that keep it from starting others."""
    names = [word.rpartition("/")[2] for word in argv]
    if names[0] != "git" and not (names[0] in WRAPPERS and "git" in names):
        return argv
    start = names.index("git")
    at = next((i for i, word in enumerate(argv) if i > start and word in _OPTIONS), None)
    return argv if at is None else (*argv[: at + 1], *_OPTIONS[argv[at]], *argv[at + 1 :])
