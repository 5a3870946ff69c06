"""Claude-shaped upstreams: what they get and give is the wire format itself, passed through."""
