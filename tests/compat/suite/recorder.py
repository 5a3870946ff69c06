"""A pytest plugin for the environment of the suite: writes what became of each case, as JSON lines.

It is loaded with `-p recorder` there and imports nothing of rookery.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator
from functools import wraps
from pathlib import Path
from typing import Any

import httpx2
import pytest

_sent = 0
"""Requests that have left the clients."""


def _counted(send: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(send)
    def counting(*args: Any, **kwargs: Any) -> Any:
        global _sent  # noqa: PLW0603 - of this process, as the patched classes are
        _sent += 1
        return send(*args, **kwargs)

    return counting


class Recorder:
    """Writes one line a case to `file`."""

    def __init__(self, file: Path) -> None:
        """Begin an empty file."""
        self._file = file.open("w", encoding="utf-8")
        self._before = 0
        self._entry: dict[str, Any] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None]:
        """Record a case once all of its phases are over."""
        self._before = _sent
        self._entry = {"id": item.nodeid, "outcome": "passed"}
        yield
        self._entry["sent"] = _sent - self._before
        self._file.write(json.dumps(self._entry) + "\n")
        self._file.flush()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None]:
        """Take the first phase that did not pass."""
        outcome: Any = yield
        report: pytest.TestReport = outcome.get_result()
        if report.passed or self._entry["outcome"] != "passed":
            return
        error = call.excinfo.value if call.excinfo else None
        self._entry["outcome"] = report.outcome
        self._entry["fault"] = f"{type(error).__name__}: {error}"[:2000]
        body = getattr(error, "body", None)
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            self._entry["status"] = getattr(error, "status_code", None)
            self._entry["message"] = body["error"].get("message")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record into the file that the environment names."""
    for client in (httpx2.Client, httpx2.AsyncClient):
        client.send = _counted(client.send)  # type: ignore[method-assign]
    config.pluginmanager.register(Recorder(Path(os.environ["RECORD"])))
