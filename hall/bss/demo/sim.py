"""SIM cards of the demonstration."""

from __future__ import annotations

from hashlib import sha256

from hall.bss.demo.operator import DemoAdapter
from hall.bss.sim import Sims


class DemoSims(DemoAdapter, Sims):
    """A PUK follows from the line; it is nobody's."""

    async def puk(self, msisdn: str) -> str | None:
        garbage = await self._demo.fault("sim")
        if await self._demo.line(msisdn) is None:
            return None
        return "?" if garbage else f"{int(sha256(f'puk {msisdn}'.encode()).hexdigest(), 16) % 10**8:08d}"
