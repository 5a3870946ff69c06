"""Programs that run another program, which is named in their arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from rookery.policy.options import Table, judge
from rookery.policy.plain import assignment_problem
from rookery.policy.text import names

_DURATION = r"\d+(?:\.\d+)?[smhd]?"

WRAPPERS: dict[str, Table] = {
    "env": Table(),
    "ionice": Table(options="-t -c: -n: --class= --classdata= --ignore"),
    "nice": Table(options="-n: -NUM --adjustment="),
    "nohup": Table(),
    "setsid": Table(options="-w --wait"),
    "stdbuf": Table(options="-i: -o: -e: --input= --output= --error="),
    "time": Table(options="-p -v --portability --verbose"),
    "timeout": Table(
        options="-v -k: -s: --kill-after= --signal= --preserve-status --verbose",
        operands=1,
    ),
    "xargs": Table(
        options="-0rtx -d: -I: -L: -n: -P: -s: --null --no-run-if-empty --verbose --exit "
        "--delimiter= --max-lines=? --max-args= --max-procs= --max-chars="
    ),
}
"""The wrappers that a rule which allows sees through, and their own safe options; `operands`: how
many come before the program."""

OPAQUE = names(
    """
    ash awk bash bun busybox csh dash deno ed emacs eval expect fish gawk gdb ksh lua mawk node
    parallel perl php pwsh python python2 python3 ruby script sed sh socat source ssh su tclsh
    tmux toybox trap vi vim watch xterm zsh .
    """
)
"""Programs that read what to run from a text: rules that deny look at the text of the line."""

RUNNERS = names(
    """
    bundle bunx builtin chpst chroot chrt command coproc direnv doas exec fakeroot firejail flock
    gosu linux32 linux64 ltrace npx nsenter pipenv pipx poetry prlimit rtx runuser setarch setpriv
    sg softlimit strace sudo systemd-run taskset unbuffer unshare uv uvx valgrind xvfb-run
    """
) | frozenset(WRAPPERS)
"""Programs that run one of their arguments; rules that deny look at each of them."""

RUN_BY: dict[str, frozenset[str]] = {
    "docker": names("exec run"),
    "find": names("-exec -execdir -ok -okdir"),
    "git": names("-c --config-env --exec -x bisect filter-branch foreach"),
    "npm": names("exec x"),
    "pnpm": names("exec dlx"),
    "podman": names("exec run"),
    "yarn": names("exec dlx"),
}
"""Programs that do so after one of these words."""

INTERPRETERS = OPAQUE - {"awk", "gawk", "mawk", "sed", "watch"}
"""Without arguments these run what they read from their input."""


class Inner(Struct, frozen=True):
    """What a wrapper runs."""

    argv: tuple[str, ...]
    fed: bool = False
    """More arguments come from elsewhere."""


class Opened(Struct, frozen=True):
    """A wrapper, taken apart."""

    own: tuple[str, ...] | None = None
    """A command that is left to be judged itself: `find` without its `-exec`."""
    inner: tuple[Inner, ...] = ()
    problem: str = ""
    """Why it cannot be taken apart; empty: it can."""


def unwrap(argv: tuple[str, ...]) -> Opened | None:
    """Take a wrapper apart, one layer; None: it is none, or runs nothing."""
    if argv[0] == "find":
        return _find(argv)
    table = WRAPPERS.get(argv[0])
    if table is None or len(argv) == 1:
        return None
    start = _start(table, argv)
    problem = judge(Table(options=table.options), argv[1:start])
    if argv[0] == "env":
        while start < len(argv) and "=" in argv[start]:
            problem = problem or assignment_problem(argv[start])
            start += 1
    for word in argv[start : start + (table.operands or 0)]:
        start += 1
        if not re.fullmatch(_DURATION, word):
            problem = problem or f"`{word}` is not a duration"
    inner = argv[start:]
    if argv[0] == "xargs":
        problem = problem or _replaced(argv[1:start])
    if not problem and (not inner or inner[0].startswith("-")):
        problem = f"`{argv[0]}` has no program to run"
    return Opened(inner=(Inner(inner, argv[0] == "xargs"),), problem=problem)


def _replaced(options: Sequence[str]) -> str:
    """Return why what `xargs -I` replaces could be the program; empty: nothing else has braces."""
    for at, word in enumerate(options):
        found = re.fullmatch(r"-[0rtx]*I(.*)", word, re.DOTALL)
        if found and (found[1] or "".join(options[at + 1 : at + 2])) != "{}":
            return "`xargs -I` may replace {} only: other text could be the name of a program"
    return ""


def may_run(argv: Sequence[str | None]) -> bool:
    """Return whether a command could run one of its own arguments as a program."""
    name = base_name(argv[0])
    return name in RUNNERS or bool(RUN_BY.get(name, frozenset()).intersection(argv))


def base_name(word: str | None) -> str:
    """Return the name of a program without its folder."""
    return (word or "").rpartition("/")[2]


def _start(table: Table, argv: Sequence[str]) -> int:
    """Return where the options end: none of a wrapper's stand behind its first operand."""
    at = 1
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "-":
        if argv[at] == "--":
            return at + 1
        takes = re.fullmatch(r"-\w", argv[at]) and f"{argv[at]}:" in table.options.split()
        takes = takes or f"{argv[at]}=" in table.options.split()
        at += 2 if takes else 1
    return min(at, len(argv))


def _find(argv: tuple[str, ...]) -> Opened | None:
    """Take the commands out of `-exec`."""
    own: list[str] = []
    inner: list[Inner] = []
    words = iter(argv)
    for word in words:
        if word not in {"-exec", "-execdir"}:
            own.append(word)
            continue
        run: list[str] = []
        for part in words:
            if part == ";" or (part == "+" and run[-1:] == ["{}"]):
                break
            run.append(part)
        else:
            return Opened(problem=f"`{word}` has no end")
        if not run:
            return Opened(problem=f"`{word}` has no program to run")
        inner.append(Inner(tuple(run), fed=True))
    return Opened(tuple(own), tuple(inner)) if inner else None
