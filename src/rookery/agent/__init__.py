"""The Agent SDK: agents that use tools, with known cost."""
