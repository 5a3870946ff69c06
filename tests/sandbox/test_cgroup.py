"""Control groups: where they can be made, and what is written, on hierarchies of both versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery.sandbox import cgroup
from rookery.sandbox.base import ResourceLimits
from rookery.sandbox.quota import Quota

FIRST = """\
30 1 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
32 30 0:28 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""
SECOND = "31 30 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def machine(root: Path, mounts: str, own: str, folders: dict[str, str]) -> Path:
    """Make a root with these mounts, groups of the process, and folders with what they hand on."""
    proc = root / "proc/self"
    proc.mkdir(parents=True)
    (proc / "mountinfo").write_text(mounts)
    (proc / "cgroup").write_text(own)
    for name, given in folders.items():
        folder = root / "sys/fs/cgroup" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.procs").touch()
        (folder / "cgroup.subtree_control").write_text(given)
    return root


def test_version_1(tmp_path: Path) -> None:
    own = "9:cpu:/\n8:pids:/docker/abc/me\n4:memory:/a/b\n0::/\n"
    root = machine(tmp_path, FIRST, own, {"memory/a/b": "", "pids/me": "", "unified": ""})
    found = {one.controllers: (one.folder, one.version) for one in cgroup.parents(root)}
    top = root / "sys/fs/cgroup"
    assert found == {("memory",): (top / "memory/a/b", 1), ("pids",): (top / "pids/me", 1)}


def test_version_2_takes_the_nearest_ancestor_that_hands_on(tmp_path: Path) -> None:
    given = {
        "user.slice": "cpu memory pids",
        "user.slice/app.slice": "memory pids",
        "user.slice/app.slice/my.scope": "",
    }
    root = machine(tmp_path, SECOND, "0::/user.slice/app.slice/my.scope\n", given)
    (found,) = cgroup.parents(root)
    assert found.folder == root / "sys/fs/cgroup/user.slice/app.slice"
    assert (found.controllers, found.version) == (("memory", "pids"), 2)


@pytest.mark.parametrize("given", ["", "cpu", "pids"])
def test_both_controllers_or_none(tmp_path: Path, given: str) -> None:
    root = machine(tmp_path, SECOND, "0::/my\n", {"": given, "my": ""})
    assert cgroup.parents(root) == ()


def test_a_machine_without_groups(tmp_path: Path) -> None:
    assert cgroup.parents(tmp_path) == ()
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("nonsense\n")
    (tmp_path / "proc/self/mountinfo").write_text("- cgroup\n")
    assert cgroup.parents(tmp_path) == ()


def test_what_is_written(tmp_path: Path) -> None:
    within = tuple(
        cgroup.Parent(tmp_path / str(version), ("memory", "pids"), version) for version in (1, 2)
    )
    for parent in within:
        parent.folder.mkdir()
    group = cgroup.Group(within, 1)
    group.limit(Quota.of(ResourceLimits(memory=1000, processes=10), grouped=True))
    first, second = (next(parent.folder.iterdir()) for parent in within)
    assert {path.name: path.read_text() for path in first.iterdir()} == {
        "pids.max": "11",  # the supervisor is one of them
        "memory.limit_in_bytes": "1000",
        "memory.memsw.limit_in_bytes": "1000",
    }
    assert {path.name: path.read_text() for path in second.iterdir()} == {
        "pids.max": "11",
        "memory.max": "1000",
        "memory.swap.max": "0",
    }


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(
    "limits",
    [ResourceLimits(), ResourceLimits(memory=None, processes=None), ResourceLimits(processes=0)],
)
def test_a_quota_survives_its_message(limits: ResourceLimits, grouped: bool) -> None:
    quota = Quota.of(limits, grouped=grouped, namespace=not grouped)
    assert Quota.decode(quota.encode()) == quota


def test_without_groups_the_address_space_is_limited_but_leaves_room_for_what_is_reserved() -> None:
    import resource

    (space,) = (
        one
        for one in Quota.of(ResourceLimits(), grouped=False).each
        if one[0] == resource.RLIMIT_AS
    )
    assert space[1] == space[2] > 32 * 1024**3
    grouped = Quota.of(ResourceLimits(), grouped=True).each
    assert all(one[0] != resource.RLIMIT_AS for one in grouped)
