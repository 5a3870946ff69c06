"""A code review that remembers what was said, also in another process.

Run it twice: `code_review_session.py` begins a session and saves it to a file in this folder;
`code_review_session.py resume` loads the file and goes on.
"""

from __future__ import annotations

import sys

import backend
from rookery import Session
from rookery.tools import grep, read_file

FILE = "code_review_session.pkl"  # it is JSON, whatever it is called
shop = backend.DATA / "shop"
provider = backend.scripted(__file__)

if sys.argv[1:] == ["resume"]:
    # Load and resume; where it works and what answers is given again, it is not taken from a file.
    loaded_session = Session.load(FILE, workspace=shop, provider=provider)
    print(loaded_session.run("Now review src/api.py"))
    print(f"{loaded_session.turns} turns, {len(loaded_session.messages)} messages")
    sys.exit()

session = Session(
    model="claude-sonnet-4-6",
    agent_system="You are a code review expert for Python projects.",
    tools=[read_file, grep],
    workspace=shop,
    provider=provider,
)

# First interaction: set context
print(session.run("Our project uses async/await patterns. Review all code with this in mind."))

# Second interaction: leverages context from the first
print(session.run("Review src/database.py for best practices"))

# Third interaction: still has context
print(session.run("What patterns are we missing?"))

session.save(FILE)
print(f"{session.turns} turns, {len(session.messages)} messages, saved to {FILE}")
