"""The HTTP server: the Claude API's routes over a gateway."""
