"""Plain lines, run without a shell, against bash itself."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from rookery.policy.line import ChangeFolder, Command, Line, Pipeline, Step
from rookery.tools.execution import Surroundings, programs_only, run
from rookery.tools.process import Deadline
from rookery.tools.sandboxed import Sandboxed
from rookery.tools.shell import Shell
from rookery.tools.workspace import Workspace
from tests.tools.conftest import quick

BUILT_IN = {"echo", "printf", "pwd", "true", "false", "test", "["}


class Outcome(NamedTuple):
    out: bytes
    err: bytes
    status: int
    folder: str


class Bytes:
    def __init__(self) -> None:
        self.data = b""

    def feed(self, data: bytes) -> None:
        self.data += data


class Place(NamedTuple):
    root: Path
    shell: Shell
    around: Surroundings


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    base = Path(tempfile.mkdtemp(prefix="lines-")).resolve()
    root = base.joinpath(*"0123456789", "w")  # so that no `cd ..` of a line leaves the workspace
    root.mkdir(parents=True)
    shell = Shell()
    yield Place(root, shell, shell.around(Sandboxed("none"), Workspace(base)))
    shell.close()
    shutil.rmtree(base)


def furnish(root: Path) -> None:
    """Make the same files each time."""
    shutil.rmtree(root)
    (root / "a" / "b").mkdir(parents=True)
    (root / "f.txt").write_text("one\ntwo\nthree\n")
    (root / "a" / "wide.txt").write_bytes(b"x" * 200_000 + b"\n")
    (root / "link").symlink_to("a/b")
    (root / "data").write_text("no program\n")
    (root / "go").write_text("#!/bin/sh\necho go $# $1\nexit 4\n")
    (root / "bare").write_text("for word; do echo bare $word; done; nosuch; exit 5\n")
    (root / "empty").touch()
    for name in ("go", "bare", "empty"):
        (root / name).chmod(0o755)


def plain(place: Place, line: Line) -> Outcome:
    furnish(place.root)
    out, err = Bytes(), Bytes()
    ended = run(
        programs_only(line),
        place.around,
        folder=str(place.root),
        deadline=Deadline(60, threading.Event()),
        out=out,
        err=err,
    )
    assert not ended.stopped
    return Outcome(out.data, _told(err.data), ended.status, ended.folder)


def bash(place: Place, line: Line) -> Outcome:
    furnish(place.root)
    told = place.root.parent / "folder"
    text = f"trap 'pwd >| {told}' EXIT; {rendered(line)}"
    env = {**place.around.env, "PWD": str(place.root)}
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=place.root,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Outcome(done.stdout, _told(done.stderr), status, told.read_text().removesuffix("\n"))


def _told(errors: bytes) -> bytes:
    """The messages of several programs come in any order, even amid each other."""
    return bytes(sorted(errors))


def rendered(line: Line) -> str:
    return " ".join(f"{step.operator} {_what(step.what)}" for step in line.steps)


def _what(what: Pipeline | ChangeFolder) -> str:
    if isinstance(what, ChangeFolder):
        return f"cd {shlex.quote(what.path)}"
    return ("! " if what.negated else "") + " | ".join(map(_command, what.commands))


def _command(command: Command) -> str:
    before = ["2>&1"] if command.merge_stderr else []
    discarded = [f"{fd}>/dev/null" for fd in command.discard]
    # A program calls itself in its messages what it was called by.
    name = command.argv[0]
    found = None if name in BUILT_IN else shutil.which(name)
    return " ".join([*map(shlex.quote, [found or name, *command.argv[1:]]), *before, *discarded])


def words(*texts: str) -> list[tuple[str, ...]]:
    return [tuple(shlex.split(text)) for text in texts]


COMMANDS = words(
    "true",
    "false now",
    "cat",
    "cat f.txt",
    "cat a/wide.txt",
    "cat nosuch",
    "ls",
    "ls nosuch",
    "pwd",
    "pwd -P",
    "head -n 1",
    "head -c 70000 a/wide.txt",
    "tail -n 1",
    "wc -l",
    "wc -c",
    "sort -r",
    "tr a-z A-Z",
    "grep t",
    "grep -c x f.txt",
    "seq 3",
    "seq 100000",
    "test -f f.txt",
    "[ 1 -gt 2 ]",
    "test a = a -a b = c",
    "mkdir f.txt",
    "rmdir a",
    "./go 'x y'",
    "./bare 'x y' z",
    "./empty",
    "./data",
    "./a",
    "a/nosuch",
    "nosuch x",
    "''",
    "..",
    "sh -c 'echo err >&2; echo out; exit 3'",
    "sh -c 'kill -9 $$'",
    "sh -c 'kill -TERM $$'",
    "sh -c 'cat >/dev/null; exit 141'",
    "sh -c 'echo $PWD; command pwd'",
    "env LANG=C LC_ALL=C sh -c 'echo $LANG'",
    "echo --help",
    "echo --version",
    "echo -n -e -x",
    "printf '%s-%d\\n' a 7 b 8",
    "printf -- '%5.1f|' 2.25",
    "printf '%b' 'a\\tb\\n'",
    "printf '\\101\\x41\\u00e9\\n'",
)
ECHOED = st.lists(
    st.sampled_from(["-n", "-e", "-E", "-ne", "-eE", "-nx", "--", "", "a b", "é", "'", "\\"])
    | st.text("\\0123789abcefnrtuvxEU4éx -", max_size=12),
    max_size=4,
)
commands = st.builds(
    Command,
    st.sampled_from(COMMANDS) | ECHOED.map(lambda texts: ("echo", *texts)),
    st.booleans(),
    st.sampled_from([(), (), (), (1,), (2,), (1, 2)]),
).map(
    lambda command: replace(command, merge_stderr=command.merge_stderr and 2 not in command.discard)
)
folders = st.sampled_from(
    ["a", "a/b", "..", ".", "link", "link/..", "nosuch", "f.txt", "nosuch/..", "a/../a", "./"]
)
pipelines = st.builds(
    Pipeline, st.lists(commands, min_size=1, max_size=3).map(tuple), st.booleans()
)
OPERATORS: list[Literal[";", "&&", "||"]] = [";", "&&", "||"]


@st.composite
def lines(draw: st.DrawFn) -> Line:
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 5))):
        what = draw(pipelines | st.builds(ChangeFolder, folders))
        steps.append(Step(draw(st.sampled_from(OPERATORS)) if steps else "", what))
    return Line(tuple(steps))


def one(*argv: str) -> Line:
    return Line((Step("", Pipeline((Command(argv),))),))


@quick
@given(line=lines())
@example(one("echo", "-e", r"\1 \01 \c \n"))
@example(one("echo", "-e", r"\0 \0377 \x \xff \u \ud800 \U10ffff \\e \E"))
@example(one("echo", "-n", "-e"))
@example(one("./bare", "x", "-y"))
@example(one("./empty"))
@example(Line((Step("", Pipeline((Command(("yes",)), Command(("head", "-n", "2"))))),)))
def test_a_line_does_what_it_does_in_bash(place: Place, line: Line) -> None:
    here, there = plain(place, line), bash(place, line)
    if "kill" in str(line):  # bash says so, in several ways; here the answer of the tool does
        here, there = here._replace(err=b""), there._replace(err=b"")
    assert here == there
