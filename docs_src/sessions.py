"""A session: task after task, saved and loaded, on the offline engine."""

from rookery import Session

session = Session(
    model="claude-sonnet-4-6",
    agent_system="You are a code review expert for Python projects.",
    provider="offline",
)
session.run("Our project uses async/await patterns. Review all code with this in mind.")
result = session.run("What is 12 * 12?")
print(result)
session.save("review.pkl")  # JSON, whatever the suffix

later = Session.load("review.pkl", provider="offline")
later.run("And what is 13 * 13?")
print(later.turns, "turns,", len(later.messages), "messages,", later.cost, "dollars")

other = later.fork()
other.rewind()
print(other.turns, "turns in the fork,", later.turns, "in the session")
