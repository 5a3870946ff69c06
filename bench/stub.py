"""A server that speaks as much of the Claude API as a loop of eleven turns needs.

A request with fewer than ten results of tools is answered with a call, the others with a text. The
replies are ready bytes, so that the client is what is measured. `python -m bench.stub` prints the
port, and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

CALLS = 10
ANSWER = "The warehouse of the north has 12 crates of apples, and the south none. " * 4
_USAGE = {"input_tokens": 400, "output_tokens": 60}


def _message(number: int) -> dict[str, Any]:
    if number < CALLS:
        given = {"city": "Oslo", "number": number}
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": "stock", "input": given}
        content, reason = [call], "tool_use"
    else:
        content, reason = [{"type": "text", "text": ANSWER}], "end_turn"
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": _USAGE,
    }


def _events(message: dict[str, Any]) -> list[dict[str, Any]]:
    block = message["content"][0]
    if block["type"] == "text":
        text = block["text"]
        start = {"type": "text", "text": ""}
        deltas = [
            {"type": "text_delta", "text": text[at : at + 24]} for at in range(0, len(text), 24)
        ]
    else:
        start = {**block, "input": {}}
        given = json.dumps(block["input"])
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", given)]
    return [
        {
            "type": "message_start",
            "message": {**message, "content": [], "stop_reason": None},
        },
        {"type": "content_block_start", "index": 0, "content_block": start},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": message["usage"]["output_tokens"]},
        },
        {"type": "message_stop"},
    ]


def _response(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _json(number: int) -> bytes:
    return _response("application/json", json.dumps(_message(number)).encode())


def _stream(number: int) -> bytes:
    records = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in _events(_message(number))]
    return _response("text/event-stream", "".join(records).encode())


REPLIES = {
    False: [_json(number) for number in range(CALLS + 1)],
    True: [_stream(number) for number in range(CALLS + 1)],
}


class Stub(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._data = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer the request once it is whole."""
        self._data += data
        head, _, body = self._data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or b"0")
        if not head or len(body) < length:
            return
        self._data = b""
        done = min(CALLS, body.count(b'"tool_result"'))
        streams = b'"stream":true' in body or b'"stream": true' in body
        self._transport.write(REPLIES[streams][done])


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stub, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
