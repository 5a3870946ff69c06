"""Asks ripgrep, where it is installed, in which files a search is worth while.

It looks for a plain text that every match must have, and tells names of files; what matches, and
what may be opened at all, is decided afterwards by the one search there is. So with or without
ripgrep the answers are the same, and nothing that it says can lead out of the workspace.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rookery.errors import ToolError
from rookery.tools.literal import required_text
from rookery.tools.patterns import SKIPPED
from rookery.tools.place import Place
from rookery.tools.process import Deadline, finish

MANY = 20_000
"""With more files than this, nothing is gained by naming them."""

_FOUND, _NOTHING = 0, 1
_OPTIONS = [
    "--no-config",
    "--no-messages",
    "--no-ignore",
    "--hidden",
    "--no-follow",
    "--text",
    "--encoding=none",
    "--fixed-strings",
    "--files-with-matches",
    "--null",
    *(f"--glob=!{name}/" for name in sorted(SKIPPED)),
]


def files_with(
    pattern: str, place: Place, *, ignore_case: bool, deadline: Deadline
) -> tuple[tuple[str, ...], ...] | None:
    """Return the files below a folder that can have a match, as their names from there.

    None: that could not be found out, so any file can.
    """
    text = required_text(pattern, ignore_case=ignore_case)
    program = _program(place) if text else None
    if program is None or not Path(place.path).is_dir():
        return None
    case = "--ignore-case" if ignore_case else "--case-sensitive"
    try:
        command = [program, *_OPTIONS, case, f"--regexp={text}", "--", "."]
        done = finish(command, b"", deadline, place.path)
    except ToolError:
        return None
    if done.stopped or done.status not in {_FOUND, _NOTHING}:
        return None
    names = [os.fsdecode(name) for name in done.output.split(b"\0") if name]
    return tuple(Path(name).parts for name in names) if len(names) <= MANY else None


def _program(place: Place) -> str | None:
    """Return ripgrep's absolute path; never one below the folder that is searched."""
    found = shutil.which("rg")
    if found is None or not Path(found).is_absolute():
        return None
    real = os.path.realpath(found)
    return None if Path(real).is_relative_to(place.root) else real
