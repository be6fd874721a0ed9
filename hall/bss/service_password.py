"""Service passwords of lines: six digits that the operator keeps, never in clear and never to be read."""

from __future__ import annotations

from hall.bss.kinds import Records, limited


class ServicePasswords(Records):
    """What is compared and what is set. Part: password."""

    @limited("password", lambda found, *_: isinstance(found, bool))
    async def matches(self, msisdn: str, password: str) -> bool:
        """Whether it is the line's password. Raises NotFound for an unknown line."""
        raise NotImplementedError

    @limited("password", lambda found, *_: found is None)
    async def set(self, msisdn: str, password: str, key: str) -> None:
        """Make it the line's password; the same `key` again changes nothing. Raises NotFound for an unknown line."""
        raise NotImplementedError
