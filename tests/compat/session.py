"""One session of the official Python client, in the words that all its majors know.

Run with the interpreter of each client. ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY lead to a server
with the offline engine, FAULTY_URL to one that fails as it is told. What was seen is printed as
JSON, for test_sessions.py.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic

QUESTION: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "messages": [{"role": "user", "content": "What is 2+2?"}],
}


def create(client: anthropic.Anthropic) -> dict[str, Any]:
    raw = client.messages.with_raw_response.create(max_tokens=100, **QUESTION)
    message = raw.parse()
    sent = raw.http_request.headers
    return {
        "message": message.model_dump(mode="json"),
        "request_id": message._request_id,
        "request_id_header": raw.headers["request-id"],
        "key_header": "x-api-key" if "x-api-key" in sent else "authorization",
        "version": sent["anthropic-version"],
    }


def stream(client: anthropic.Anthropic) -> dict[str, Any]:
    with client.messages.stream(max_tokens=100, **QUESTION) as stream:
        text = "".join(stream.text_stream)
        return {"text": text, "message": stream.get_final_message().model_dump(mode="json")}


def tool_loop() -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(Path(__file__).with_name("seed_s9.py")))
    return printed.getvalue()


def models(client: anthropic.Anthropic) -> dict[str, Any]:
    return {
        "by_twos": [model.id for model in client.models.list(limit=2)],
        "at_once": [model.id for model in client.models.list(limit=1000)],
        "retrieved": client.models.retrieve("claude-sonnet-4-20250514").id,
    }


def error(call: Callable[[], object]) -> dict[str, Any] | None:
    try:
        call()
    except anthropic.APIStatusError as failure:
        return {
            "class": type(failure).__name__,
            "status": failure.status_code,
            "request_id": failure.request_id,
            "request_id_header": failure.response.headers["request-id"],
        }
    return None


def errors(client: anthropic.Anthropic) -> dict[str, Any]:
    stranger = client.with_options(api_key="wrong")
    faulty = client.with_options(base_url=os.environ["FAULTY_URL"], max_retries=0)

    def fail(status: str) -> None:
        messages: Any = [{"role": "user", "content": f"fail with {status}"}]
        faulty.messages.create(**{**QUESTION, "messages": messages}, max_tokens=100)

    def stream_too_many_tokens() -> None:
        with client.messages.stream(max_tokens=10**6, **QUESTION):
            pass

    def old_option() -> None:
        client.messages.create(max_tokens=100, **QUESTION, extra_body={"temperature": 0.5})

    return {
        "wrong key": error(stranger.models.list),
        "unknown model": error(
            lambda: client.messages.create(max_tokens=1, **{**QUESTION, "model": "nope"})
        ),
        "stream": error(stream_too_many_tokens),
        "temperature": error(old_option),
        **{status: error(lambda s=status: fail(s)) for status in sys.argv[1:]},  # type: ignore[misc]
    }


def main() -> None:
    with anthropic.Anthropic() as client:
        seen = {
            "version": anthropic.__version__,
            "create": create(client),
            "stream": stream(client),
            "count": client.messages.count_tokens(**QUESTION).input_tokens,
            "models": models(client),
            "errors": errors(client),
            "tool_loop": tool_loop(),
        }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
