"""Lets git run nothing that a repository names.

The configuration of a repository can name programs that git starts by itself: a monitor of files,
hooks, pagers, programs for differences, signatures, other transports and conversions of text. In a
plain line they are off. What is given by the environment wins over the configuration of the
repository (git-config(1)); the programs of attributes (`diff.NAME.command`, `diff.NAME.textconv`)
only an option turns off. Left on are filters and merge drivers: they are what a file is.
"""

from __future__ import annotations

from rookery.policy.wrappers import WRAPPERS

CONFIG = {
    "commit.verbose": "false",
    "core.alternateRefsCommand": "true",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "credential.helper": "",
    "diff.submodule": "short",
    "gpg.program": "false",
    "gpg.ssh.defaultKeyCommand": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    # Files with the right names are no repository: any tool can write them.
    "safe.bareRepository": "explicit",
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
    # A local repository is served by a program that the configuration names (`uploadpack`).
    "GIT_ALLOW_PROTOCOL": "http:https:ssh",
    "GIT_ASKPASS": "",
    "GIT_NO_LAZY_FETCH": "1",
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
    "reflog": _NO_PROGRAMS,
    "reflog show": _NO_PROGRAMS,
    "show": _NO_PROGRAMS,
    "stash list": _NO_PROGRAMS,
    "stash show": _NO_PROGRAMS,
    "whatchanged": _NO_PROGRAMS,
}
"""The commands that show differences or converted text by themselves, and what turns that off."""

_WITH_VALUE = frozenset({"-C", "-c", "--config-env", "--git-dir", "--namespace", "--work-tree"})


def without_programs(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a call of git, also by a wrapper, with options that keep it from starting others."""
    names = [word.rpartition("/")[2] for word in argv]
    if names[0] != "git" and not (names[0] in WRAPPERS and "git" in names):
        return argv
    at = _after_globals(argv, names.index("git") + 1)
    if " ".join(argv[at : at + 2]) in _OPTIONS:
        return (*argv[: at + 2], *_OPTIONS[" ".join(argv[at : at + 2])], *argv[at + 2 :])
    options = _OPTIONS.get(" ".join(argv[at : at + 1]), ())
    if argv[at : at + 1] == ("reflog",) and any(not w.startswith("-") for w in argv[at + 1 :]):
        options = ()  # it has a subcommand
    return (*argv[: at + 1], *options, *argv[at + 1 :])


def _after_globals(argv: tuple[str, ...], at: int) -> int:
    """Return where the subcommand stands."""
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if argv[at] in _WITH_VALUE else 1
    return at
