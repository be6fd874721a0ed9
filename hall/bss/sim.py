"""SIM cards of lines, as far as a customer asks for them."""

from __future__ import annotations

from hall.bss.kinds import Records, limited


class Sims(Records):
    """Part: sim."""

    @limited("sim", lambda found, _msisdn: found is None or (found.isdecimal() and len(found) == 8))
    async def puk(self, msisdn: str) -> str | None:
        """The eight digits that unlock the card of a line; None for an unknown line."""
        raise NotImplementedError
