"""What the connections of a server share."""

from __future__ import annotations

from uvicorn.server import ServerState


class State(ServerState):
    """uvicorn's, with what this server counts."""

    refused = 0
    """Connections that were one too many."""
