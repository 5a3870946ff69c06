"""Ask about an image."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import backend
import official

# An image of your own: vision.py screenshot.png
path = Path(sys.argv[1]) if sys.argv[1:] else backend.DATA / "screenshot.png"
image_data = base64.standard_b64encode(path.read_bytes()).decode("utf-8")

with official.client(backend.scripted(__file__)) as client:
    message = client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens=1024,
        messages=[
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {
                            "type": "base64",
                            "media_type": "image/png",
                            "data": image_data,
                        },
                    },
                    {
                        "type": "text",
                        "text": "Describe the UI layout and identify potential UX improvements.",
                    },
                ],
            }
        ],
    )

print("".join(block.text for block in message.content if block.type == "text"))
print(f"Input tokens, with those of the image: {message.usage.input_tokens}")
