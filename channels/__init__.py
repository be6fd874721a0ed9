"""The edges: verify, decode, accept; encode, deliver."""
