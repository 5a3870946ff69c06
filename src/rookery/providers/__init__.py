"""Model backends: one folder each, and their names in `registry`."""
