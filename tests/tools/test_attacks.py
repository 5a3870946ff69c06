"""Paths that try to get out, trees that change meanwhile, writers that are killed, full disks."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.errors import ToolError
from rookery.tools import (
    Tool,
    ToolContext,
    Workspace,
    edit_file,
    glob,
    grep,
    list_dir,
    read_file,
    write_file,
)
from rookery.tools.base import CONTEXT
from rookery.tools.outcome import failure
from tests.tools.conftest import Write, quick

SECRET = "secret of the outside"
OLD, NEW = "old " * 50_000, "new!" * 60_000


@contextlib.contextmanager
def inside(root: Path, **roots: Path) -> Iterator[None]:
    """Run plain functions as in a run whose workspace is `root`."""
    workspace = Workspace(root, roots=roots)
    token = CONTEXT.set(ToolContext(workspace, read_before_write=False))
    try:
        yield
    finally:
        CONTEXT.reset(token)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace full of ways out, next to what must stay out of reach."""
    house = tmp_path_factory.mktemp("house").resolve()
    (house / "root" / "a" / "b").mkdir(parents=True)
    (house / "root-2").mkdir()
    (house / "docs").mkdir()
    for path in ("root-2/secret", "secret"):
        (house / path).write_text(SECRET)
    (house / "docs" / "guide").write_text("guide")
    (house / "root" / "file").write_text("inside")
    for name, target in {
        "up": "..",
        "abs": str(house),
        "loop": "loop",
        "etc": "/etc",
        "self": ".",
        "proc": "/proc/self",
        "twice": "up/root-2",
        "a/b/far": "../../../root-2",
        "dangling": "../new-outside",
    }.items():
        (house / "root" / name).symlink_to(target)
    return house


def outside(house: Path) -> dict[str, str]:
    """All that is not in the workspace."""
    files = (p for p in house.rglob("*") if not p.is_symlink() and p.is_file())
    return {str(p): p.read_text() for p in files if house / "root" not in p.parents}


NAMES = st.sampled_from(
    [
        *("..", ".", "", "up", "abs", "loop", "etc", "self", "proc", "twice", "a", "b", "far"),
        *("dangling", "file", "secret", "root-2", "root", "passwd", "new", "cwd", "fd", "environ"),
        *("@docs", "@none", "@docs:", "\0", "a\nb", "x" * 256, "\u202e", "e\u0301", "~", "-"),
        *("..\\", "%2e%2e", "\udcff", "\ud800", "con", "* ", "...", ".. "),
    ]
)
PATHS = st.lists(NAMES, min_size=1, max_size=7).map("/".join) | st.text(max_size=20)
ACTS: dict[str, Callable[[str], str]] = {
    "read_file": read_file,
    "write_file": lambda path: write_file(path, "written"),
    "edit_file": lambda path: edit_file(path, "secret", "written"),
    "list_dir": list_dir,
    "glob": lambda path: glob("**/*", path),
    "glob pattern": glob,
}


@quick
@given(path=PATHS, absolute=st.booleans())
@example(path="up/secret", absolute=False)
@example(path="a/b/far/secret", absolute=False)
@example(path="dangling", absolute=False)
@example(path="@docs/../secret", absolute=False)
@example(path="x/" * 2000, absolute=False)
@pytest.mark.parametrize("act", ACTS)
def test_no_path_leads_outside(house: Path, path: str, absolute: bool, act: str) -> None:
    before = outside(house)
    with inside(house / "root", docs=house / "docs"):
        try:
            said = ACTS[act](f"{house}/root/{path}" if absolute else path)
        except ToolError as error:
            said = str(failure(error).content)
    assert SECRET not in said
    assert "root:x:" not in said
    said.encode()
    assert outside(house) == before


def test_grep_does_not_follow_the_ways_out(house: Path) -> None:
    with inside(house / "root"):
        assert grep("secret|root:x") == "No matches in .."
        assert grep("secret of the") == "No matches in .."
        for path in ("up", "twice", "a/b/far", "etc/passwd", "proc/environ", "../secret"):
            with pytest.raises(ToolError, match="outside the workspace"):
                grep("secret of the", path)


def test_files_of_the_kernel_are_an_error_at_once() -> None:
    with inside(Path("/")):
        for path in ("proc/self/environ", "/proc/kmsg", "/proc/self/mem", "/proc/self/status"):
            with pytest.raises(ToolError, match=r"made by the kernel|does not exist"):
                read_file(path)
        with pytest.raises(ToolError, match=r"made by the kernel|permission denied"):
            write_file("/proc/self/comm", "x")
        with pytest.raises(ToolError, match="pipe, socket or device"):
            write_file("/dev/null", "x")


class Swapper(threading.Thread):
    """Exchanges a folder and a link to the outside, at one blow, until it is told to stop."""

    def __init__(self, root: Path, target: Path) -> None:
        super().__init__()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._names = [os.fsencode(root / name) for name in ("swap", "other")]
        self._done = threading.Event()
        (root / "swap").mkdir()
        (root / "swap" / "file").write_text("inside")
        (root / "other").symlink_to(target)

    def exchange(self) -> bool:
        here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        return bool(self._libc.renameat2(here, self._names[0], here, self._names[1], exchange) == 0)

    def run(self) -> None:
        while not self._done.is_set():
            self.exchange()

    def __enter__(self) -> None:
        if not self.exchange():
            pytest.skip("the file system cannot exchange two names")
        self.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()


@pytest.mark.parametrize("act", ["write_file", "edit_file", "list_dir", "read_file"])
def test_links_that_are_swapped_in_lead_nowhere(root: Path, act: str) -> None:
    target = root.parent / "outside"
    target.mkdir()
    (target / "file").write_text(SECRET)
    acts: dict[str, Callable[[], str]] = {
        "read_file": lambda: read_file("swap/file"),
        "write_file": lambda: write_file("swap/file", "written"),
        "edit_file": lambda: edit_file("swap/file", "secret", "written"),
        "list_dir": lambda: list_dir("swap"),
    }
    with Swapper(root, target), inside(root):
        for _ in range(300):
            with contextlib.suppress(ToolError):
                assert SECRET not in acts[act]()
    assert {p.name: p.read_text() for p in target.iterdir()} == {"file": SECRET}


def test_folders_are_not_made_outside(root: Path) -> None:
    target = root.parent / "outside"
    target.mkdir()
    with Swapper(root, target), inside(root):
        for number in range(200):
            with contextlib.suppress(ToolError):
                write_file(f"swap/new{number}/deep/file", "written")
    assert not list(target.iterdir())


WRITER = """
import sys
from rookery.tools import write_file
print("ready", flush=True)
while True:
    for text in ("new!" * 60_000, "old " * 50_000):
        write_file("file", text)
"""


def test_a_writer_that_is_killed_leaves_a_whole_file(root: Path, write: Write) -> None:
    write("file", OLD)
    moments = random.Random(7)  # noqa: S311 -- any moments will do
    seen = set()
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER], cwd=root, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.03))  # the moment of the kill is what is tried
            process.send_signal(signal.SIGKILL)
        content = (root / "file").read_text()
        assert content in {OLD, NEW}
        seen.add(content)
    left = {p.name for p in root.iterdir()} - {"file"}
    assert all(name.startswith(".rookery-new-") for name in left)
    with inside(root):
        assert list_dir() == f".:\nfile {len(content):,}"  # no tool shows what is left
        assert grep("^(old|new!)", max_results=1).count("\n") == 0


FULL = """
import resource, sys
from rookery.errors import ToolError
from rookery.tools import edit_file, write_file
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
acts = {
    "replace": lambda: write_file("file", "x" * 200_000),
    "new": lambda: write_file("folder/other", "x" * 200_000),
    "edit": lambda: edit_file("file", "last", "x" * 200_000),
}
try:
    acts[sys.argv[1]]()
except ToolError as error:
    print(error)
"""


@pytest.mark.parametrize("act", ["replace", "new", "edit"])
def test_a_full_disk_leaves_the_old_file(root: Path, write: Write, act: str) -> None:
    file = write("file", "old\nlast\n")
    run = [sys.executable, "-c", FULL, act]
    done = subprocess.run(run, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == f"{'folder/other' if act == 'new' else 'file'}: File too large.\n"
    assert file.read_text() == "old\nlast\n"
    assert not [p for p in root.rglob("*") if p.is_file() and p != file]


def test_without_descriptors_a_tool_says_so_and_goes_on(root: Path, write: Write) -> None:
    write("file", "x")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    with inside(root):
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        try:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            with pytest.raises(ToolError, match="Too many open files"):
                read_file("file")
            with pytest.raises(ToolError, match="Too many open files"):
                write_file("file", "y")
            with pytest.raises(ToolError, match="Too many open files"):
                list_dir()
        finally:
            for descriptor in taken:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert write_file("file", "y").startswith("Replaced file")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_descriptor_is_left_open(root: Path, context: ToolContext, write: Write) -> None:
    write("a/b/file", "text\n")
    calls: list[tuple[Tool, dict[str, object]]] = [
        (read_file, {"path": "a/b/file"}),
        (read_file, {"path": "a/b"}),
        (write_file, {"path": "a/b/file", "content": "text\n"}),
        (write_file, {"path": "a/b/file/c", "content": ""}),
        (write_file, {"path": "a/b", "content": ""}),
        (edit_file, {"path": "a/b/file", "old_string": "text", "new_string": "text "}),
        (edit_file, {"path": "a/b/file", "old_string": "none", "new_string": "x"}),
        (list_dir, {"path": "a/b"}),
        (grep, {"pattern": "text"}),
        (glob, {"pattern": "**/*"}),
    ]
    counts = []
    for _ in range(3):
        for tool, values in calls:
            await tool.call(values, context)
        counts.append(descriptors())
    assert counts[2] <= counts[1]
