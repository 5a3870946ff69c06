from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from rookery.errors import ToolError
from rookery.tools import Workspace, beneath
from rookery.tools.beneath import Entry, list_folder, open_file
from rookery.tools.place import Place, show
from tests.tools.conftest import Write

SECRET = b"secret"
Opener = Callable[[Place], BinaryIO]
OPENERS = pytest.mark.parametrize("opener", [open_file, beneath._open_checked])
"""The way of systems with openat, and the way of the others."""


def at(root: str | Path, *parts: str) -> Place:
    return Place(str(root), parts)


@pytest.fixture
def outside(root: Path) -> Path:
    folder = root.parent / "outside"
    folder.mkdir()
    (folder / "file").write_bytes(SECRET)
    return folder


def test_a_folder_that_became_a_link_is_not_entered(root: Path, outside: Path) -> None:
    (root / "folder").symlink_to(outside)
    with pytest.raises(ToolError, match="folder/file does not exist"):
        open_file(at(root, "folder", "file"))
    with pytest.raises(ToolError, match="folder is not a folder"):
        list_folder(at(root, "folder"))


def test_a_file_that_became_a_link_is_not_opened(root: Path, outside: Path) -> None:
    (root / "file").symlink_to(outside / "file")
    with pytest.raises(ToolError, match="file became a link while it was opened"):
        open_file(at(root, "file"))


def test_swapping_links_in_while_reading_never_leads_outside(
    root: Path, outside: Path, write: Write
) -> None:
    workspace = Workspace(root)
    rounds = 500
    write("file", "inside")
    done = threading.Event()

    def swap() -> None:
        for number in range(rounds):
            link, plain = root / f"link{number}", root / f"plain{number}"
            link.symlink_to(outside / "file")
            plain.write_bytes(b"inside")
            link.replace(root / "file")
            plain.replace(root / "file")
        done.set()

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set()
    while not done.is_set():
        try:
            with workspace.open("file") as file:
                seen.add(file.read())
        except ToolError:
            seen.add(b"refused")
    swapper.join()
    assert seen <= {b"inside", b"refused"}


@OPENERS
def test_a_fifo_is_refused_at_once(root: Path, opener: Opener) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(ToolError, match="pipe is a pipe, socket or device"):
        opener(at(root, "pipe"))


def test_a_socket_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # The path of a socket must be short.
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(ToolError, match="is a pipe, socket or device"):
            open_file(at(root, "socket"))


def test_a_device_is_refused() -> None:
    with pytest.raises(ToolError, match="null is a pipe, socket or device"):
        open_file(at("/dev", "null"))


@OPENERS
def test_only_files_beneath_the_root_are_opened(
    root: Path, outside: Path, write: Write, opener: Opener
) -> None:
    write("a/file", "inside")
    (root / "link").symlink_to(outside)
    with opener(at(root, "a", "file")) as file:
        assert file.read() == b"inside"
    for parts in (("link", "file"), ("link",), ("a",), (), ("a", "none"), ("a", "file", "x")):
        with pytest.raises((ToolError, OSError)):
            opener(at(root, *parts))


def test_entries_are_in_the_order_of_the_paths_beneath(root: Path, write: Write) -> None:
    for path in ("a/x", "a.txt", "a-b/x", "ab"):
        write(path, "")
    (root / "a1").symlink_to("ab")
    os.mkfifo(root / "z")
    assert list_folder(at(root)) == [
        Entry("a-b", "folder"),
        Entry("a.txt", "file"),
        Entry("a", "folder"),
        Entry("a1", "link"),
        Entry("ab", "file"),
        Entry("z", "other"),
    ]


def test_a_folder_is_not_read(root: Path) -> None:
    with pytest.raises(ToolError, match=r"^\. is a folder; list_dir shows what is in it"):
        open_file(at(root))


def test_names_cannot_forge_a_line() -> None:
    assert show(("a", "b c.txt")) == "a/b c.txt"
    assert show(()) == "."
    assert show(("a\nb:1:x", "caf\udce9", "\x1b[2J")) == "a\ufffdb:1:x/caf\ufffd/\ufffd[2J"
