"""Bought data and money, put on a line."""

from __future__ import annotations

from datetime import datetime

from hall.bss.kinds import Records, is_count, limited


class Topups(Records):
    """What is put on a line. Part: topup."""

    @limited("topup", lambda count, *_: is_count(count))
    async def count(self, msisdn: str, sku: str, month: str) -> int:
        """How often the line got this package in that month."""
        raise NotImplementedError

    @limited("topup")
    async def credit_data(self, msisdn: str, sku: str, data_mb: int, valid_until: datetime, key: str) -> None:
        """Put bought data on the line. Idempotent: the same `key` again does nothing.

        Raises NotFound for an unknown line.
        """
        raise NotImplementedError

    @limited("topup")
    async def credit_money(self, msisdn: str, amount_fen: int, key: str, way: str) -> None:
        """Put money on the line: what was owed is paid first. Idempotent: the same `key` again does nothing.

        `way` is what the line's payments show. Raises NotFound for an unknown line.
        """
        raise NotImplementedError
