"""The profile for macOS, as text: it is not run anywhere here."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from rookery.errors import SandboxError
from rookery.sandbox import choose
from rookery.sandbox.base import Bounds
from rookery.sandbox.seatbelt import profile
from tests.sandbox.common import bounds_in

PATH = "/usr/bin:/bin"


def rules(text: str) -> list[list[str]]:
    """Return the rules as words, having checked that parentheses and quotes are closed."""
    tokens = re.findall(r'"(?:\\.|[^"\\])*"|[()]|[^\s()"]+', text)
    assert re.sub(r"\s", "", "".join(tokens)) == re.sub(r"\s", "", text)
    depth = 0
    found: list[list[str]] = []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        assert depth >= 0
        if token == "(" and depth == 1:
            found.append([])
        elif token not in "()":
            found[-1].append(token)
    assert depth == 0
    return found


def test_all_is_denied_but_what_the_bounds_name(tmp_path: Path) -> None:
    extra = tmp_path / 'with "quotes" and \\'
    extra.mkdir()
    bounds = bounds_in(tmp_path, writable=(extra,))
    found = rules(profile(bounds, PATH))
    assert found[:2] == [["version", "1"], ["deny", "default"]]
    assert not [rule for rule in found if any(word.startswith("network") for word in rule)]
    writes = [rule for rule in found if rule[:2] == ["allow", "file-write*"]]
    assert writes == [
        [
            *("allow", "file-write*"),
            *("subpath", f'"{bounds.workspace}"', "subpath", f'"{bounds.tmp}"'),
            *("subpath", '"' + str(extra).replace("\\", "\\\\").replace('"', '\\"') + '"'),
        ]
    ]
    reads = next(rule for rule in found if rule[:2] == ["allow", "file-read*"])
    assert f'"{bounds.workspace}"' in reads and '"/usr"' in reads
    assert not {'"/"', f'"{Path.home()}"', '"/Users"', '"/private/var"', '"/etc"'} & set(reads)


def test_what_is_guarded_is_denied_last(tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path)
    for name in ("hooks", "objects", "refs"):
        (bounds.workspace / "sub/.git" / name).mkdir(parents=True)
    (bounds.workspace / "kept").mkdir()
    bounds = Bounds(
        workspace=bounds.workspace, tmp=bounds.tmp, readable=(bounds.workspace / "kept",)
    )
    last = rules(profile(bounds, PATH))[-1]
    assert last[:2] == ["deny", "file-write*"]
    for name in ("kept", ".claude", "sub/.git/hooks", "sub/.git/config", "sub/.git/commondir"):
        assert f'"{bounds.workspace / name}"' in last


def test_names_that_cannot_be_written_down_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a\nb").mkdir()
    with pytest.raises(SandboxError, match="control characters"):
        profile(bounds_in(tmp_path / "a\nb"), PATH)


def test_it_never_promises_that_nothing_is_left() -> None:
    found = choose.probe("seatbelt")
    assert not found.guarantees.kill_tree
    if sys.platform != "darwin":
        assert (found.works, found.problem) == (False, "it is made for macOS")
