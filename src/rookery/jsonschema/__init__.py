"""JSON schemas of strangers: what is one, what they refer to, and what is valid for them."""
