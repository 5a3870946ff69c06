"""The environment of a command: a short list of variables, none of which is a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

KEPT = (
    *("LANG", "LANGUAGE", "LOGNAME", "PATH", "TERM", "TZ", "USER", "COLUMNS", "LINES"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT", "PYENV_VERSION", "RUSTUP_HOME"),
    *("NVM_DIR", "NVM_BIN", "VOLTA_HOME", "JAVA_HOME", "GOROOT", "SDKMAN_DIR"),
)
"""What a command gets of the environment of the program, and every `LC_` variable.

Words, numbers and folders of programs: nothing that could be a key, and nothing that makes
programs load code.
"""

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"


def kept(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what of the environment (of this process) a command may know.

    Keys, tokens and addresses of agents stay behind, whatever they are called. In PATH only
    absolute folders are left: a relative one would be a place in the workspace.
    """
    given = os.environ if environ is None else environ
    found = {name: value for name, value in given.items() if name in KEPT or name.startswith("LC_")}
    folders = [part for part in found.get("PATH", "").split(":") if part.startswith("/")]
    found["PATH"] = ":".join(folders) or DEFAULT_PATH
    found.setdefault("LANG", "C.UTF-8")
    found.setdefault("TERM", "dumb")
    return found


def at_home(env: Mapping[str, str], tmp: Path) -> dict[str, str]:
    """Return an environment whose home and whose temporary files are in `tmp`."""
    return {**env, "HOME": str(tmp), "TMPDIR": str(tmp)}
