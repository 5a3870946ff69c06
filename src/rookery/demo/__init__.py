"""The demo: made-up logs with a planted root cause, and the tool that an agent finds it with."""
