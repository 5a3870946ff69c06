"""What the logs say, and above all what they do not."""

from __future__ import annotations

import io
import logging
import sys
from pathlib import Path

import msgspec
import pytest

from rookery.server.log import Formatter, json_line, text_line
from tests.server.client import KEY, connect, head, message, post
from tests.server.process import started

BROKEN = """
from rookery.errors import OverloadedError
from rookery.providers.scripted.provider import ScriptedProvider

class Broken(ScriptedProvider):
    emulated = False

    async def stream(self, request, call):
        text = request.body.messages[0].content
        if "early" in text:
            raise ValueError(text)
        async for event in super().stream(request, call):
            yield event
            if "late" in text:
                try:
                    raise KeyError(text)
                except KeyError as error:
                    raise RuntimeError(request.data) from error
            if "api" in text:
                raise OverloadedError(text)

    async def create(self, request, call):
        async for _ in self.stream(request, call):
            pass

def build(settings):
    return Broken({"rules": [{"reply": "answer-MARKER"}]})
"""
REGISTER = "import rookery.providers.registry as r; r.ROWS['broken'] = r.Row('broken', 'breaks');"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_log_line_has_a_key_a_header_or_a_word_of_a_prompt(tmp_path: Path, form: str) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    headers = {
        "x-api-key": "MARKER-key",
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "MARKER-beta",
        "user-agent": "MARKER-agent",
        "x-own": "MARKER-header",
    }
    requests = [
        post(message(f"{kind} MARKER-prompt", stream=stream, system="MARKER-system"), headers)
        for kind in ("plain", "early", "late", "api")
        for stream in (True, False)
    ]
    requests += [
        post(message("MARKER"), {**headers, "x-api-key": "MARKER-wrong"}),
        post(message("MARKER"), {**headers, "anthropic-version": "MARKER"}),
        post(message("MARKER", max_tokens="MARKER"), headers),
        post(message("MARKER", model="MARKER", stream=True), headers),
        post(b'{"MARKER', headers),
        post(b'{"model": "MARKER-\xff"}', headers),
        post(message("MARKER"), {**headers, "content-encoding": "MARKER"}),
        post(message("MARKER"), {**headers, "connection": "upgrade", "upgrade": "MARKER"}),
        head("GET", "/v1/models?after_id=MARKER", headers),
        head("PUT", "/v1/messages?MARKER", headers),
        b"MARKER\r\n\r\n",
    ]
    with started(
        tmp_path,
        before=REGISTER,
        provider="broken",
        bootstrap_key="MARKER-key",
        log_level="debug",
        log_format=form,
    ) as process:
        for data in requests:
            with connect(process) as connection:  # type: ignore[arg-type]
                connection.send(data)
                connection.answer()
        with connect(process) as connection:  # type: ignore[arg-type]
            connection.send(requests[0])  # and leaves
        process.stop()
    assert "MARKER" not in process.error
    assert process.error.count("POST /v1/messages") >= len(requests) - 3
    assert "ValueError" in process.error
    assert "RuntimeError" in process.error
    assert "KeyError" in process.error
    assert "MARKER" not in process.output


def logged(form: str) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.terminator = ""
    handler.setFormatter(Formatter(json_line if form == "json" else text_line))
    try:
        try:
            raise FileNotFoundError(2, "No such file", "a-secret-name")
        except OSError as error:
            raise ValueError("a secret") from error
    except ValueError:
        record = logging.LogRecord(
            "rookery.x", logging.ERROR, __file__, 1, "it\nfailed %d", (3,), sys.exc_info()
        )
    handler.handle(record)
    return stream.getvalue()


def test_a_failure_is_logged_as_text_without_what_it_says() -> None:
    first, *trace = logged("text").splitlines()
    assert first.endswith(r" error it\nfailed 3 logger=rookery.x")
    assert "ValueError" in trace
    assert "FileNotFoundError: No such file" in trace
    assert "secret" not in "".join(line for line in trace if "raise" not in line)


def test_a_failure_is_logged_as_one_json_object() -> None:
    [line] = logged("json").splitlines()
    entry = msgspec.json.decode(line)
    assert (entry["level"], entry["message"]) == ("error", "it\nfailed 3")
    assert entry["exception"].splitlines()[-1] == "FileNotFoundError: No such file"
    assert KEY not in line
