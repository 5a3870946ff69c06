"""How sessions enter their stores."""

from __future__ import annotations

from typing import Any

from rookery.agent.agent import Agent
from rookery.agent.described import describe
from rookery.agent.events import AgentDescribed, MessageAdded
from rookery.agent.journal import Writer
from rookery.agent.transcript import Entry, Transcript
from rookery.errors import SessionError
from rookery.store.base import SessionStore


def begun(store: SessionStore, name: str, agent: Agent[Any]) -> Writer:
    """Return the writer of a new session: it begins with its agent, and the agent's messages."""
    events: list[Entry] = [
        AgentDescribed(agent=describe(agent)),
        *(MessageAdded(message=message) for message in agent._messages),
    ]
    transcript = Transcript()
    for event in events:
        transcript.apply(event)
    return Writer(store, name, transcript, events)


def enter(store: SessionStore, name: str, events: list[bytes], transcript: Transcript) -> None:
    """Put a session that was loaded into its store."""
    if store.find(name) is not None:
        raise SessionError(
            f"The session {name} is in this store already: Session.resume({name!r}, store=...)."
        )
    store.create(name, transcript.about)
    lease = store.acquire(name, "load", 60)
    store.append(lease, events, 0)
    store.release(lease)
