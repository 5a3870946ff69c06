"""Show a reply while it is written."""

from __future__ import annotations

import backend
import official

with (
    official.client(backend.scripted(__file__)) as client,
    client.messages.stream(
        model="claude-sonnet-4-6",
        max_tokens=1024,
        messages=[{"role": "user", "content": "Write a poem about AI"}],
    ) as stream,
):
    for text in stream.text_stream:
        print(text, end="", flush=True)  # chunks, as they arrive
    print(f"\nTotal tokens: {stream.get_final_message().usage.output_tokens}")
