"""The one outgoing HTTP client: pool, TLS, timeouts, limits, and errors in rookery's own terms."""
