"""Which command, and which call of a tool, may run."""
