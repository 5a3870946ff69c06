"""Where the examples send their requests. With a key for the Claude API in the environment that is
the API; without one it is a stand-in that needs no key. A program of yours needs none of this.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from rookery.providers import registry
from rookery.providers.base import Provider
from rookery.settings import ENVIRONMENT_ALIASES, Settings

DATA = Path(__file__).parent / "data"


def offline() -> Provider | None:
    """Return the offline engine, which is no language model; None where there is a key."""
    return _stand_in("the offline engine (rules, not a language model)", "offline", Settings())


def scripted(program: str) -> Provider | None:
    """Return what plays the replies of the .yaml file beside a program; None where there is a key.

    `program` is the `__file__` of the program.
    """
    script = Path(program).with_suffix(".yaml")
    told = f"the scripted provider (replies from {script.name}, not a language model)"
    return _stand_in(told, "scripted", Settings(script=str(script)))


def workspace(name: str) -> Path:
    """Copy a folder of `data` into a new folder, for agents to change, and return its path."""
    folder = Path(tempfile.mkdtemp(prefix="rookery-example-")).resolve() / name
    shutil.copytree(DATA / name, folder)
    return folder


def _stand_in(told: str, name: str, settings: Settings) -> Provider | None:
    """Say in one line what answers, and return it."""
    if any(os.environ.get(variable) for variable in ENVIRONMENT_ALIASES.values()):
        address = os.environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"
        print(f"Running on the Claude API at {address}.")
        return None
    print(f"Running on {told}. Set ANTHROPIC_API_KEY for a real model.")
    return registry.build(name, settings)
