"""Choose the model by how hard a task is, and see what that saves."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import backend
import official
from rookery import Usage, choose_model, cost

# "simple" is work for the small model, "medium" for the middle one, all else for the large one.
tasks = [
    {"complexity": "simple", "text": "Which language is this: 'Guten Morgen'?"},
    {"complexity": "simple", "text": "Is this review positive: 'I would buy it again'?"},
    {"complexity": "medium", "text": "Write a short reply to a customer whose parcel is late."},
    {"complexity": "medium", "text": "Explain to a new colleague what an index of a table is."},
    {"complexity": "complex", "text": "Plan how to move a database to another region at night."},
]
LARGE = choose_model("complex")  # what all of them would be sent to otherwise


def dollars(usage: Usage, model: str) -> Decimal:
    """Return what a usage costs today on a model; of no price known, nothing."""
    return cost(usage, model, datetime.now(UTC)).total or Decimal(0)


spent, otherwise, moved = Decimal(0), Decimal(0), 0
with official.client(backend.scripted(__file__)) as client:
    for task in tasks:
        model = choose_model(task["complexity"])
        message = client.messages.create(
            model=model, max_tokens=400, messages=[{"role": "user", "content": task["text"]}]
        )
        usage = Usage(
            input_tokens=message.usage.input_tokens, output_tokens=message.usage.output_tokens
        )
        price = dollars(usage, model)
        spent += price
        otherwise += dollars(usage, LARGE)
        moved += task["complexity"] == "simple"
        print(f"{task['complexity']:8} {model:18} ${price:.6f}  {task['text']}")

print(f"{moved} of {len(tasks)} calls went to the small model.")
print(f"${spent:.6f} in all; ${otherwise:.6f} if all had gone to {LARGE}.")
