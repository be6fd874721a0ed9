"""One name for a turn everywhere: in the log, in the answer's header, at the desk and in the database.

It is made of the conversation and the message's id with the hall's key, so it tells nobody whose turn it was, and a
repeat of the message has the same.
"""

from __future__ import annotations

from hashlib import blake2b

LENGTH = 6  # bytes


def turn_id(secret: bytes, conversation: str, message_id: str) -> str:
    """Twelve hexadecimal digits."""
    key = secret if len(secret) <= 64 else blake2b(secret).digest()
    return blake2b(f"{conversation}\n{message_id}".encode(), digest_size=LENGTH, key=key, person=b"turn").hexdigest()
