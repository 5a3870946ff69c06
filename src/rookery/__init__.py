"""Rookery: a server that speaks the Claude API, and an Agent SDK, on one engine."""

__version__ = "0.1.0"
