"""Service passwords of the demonstration: salted scrypt hashes; before one is set, that which came with the card."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from hashlib import scrypt

from sqlalchemy import select

from hall.bss.demo.operator import DemoAdapter
from hall.bss.service_password import ServicePasswords
from hall.errors import NotFound, Unavailable
from hall.store.tables.accounts import bss_passwords

COST, BLOCK, PARALLEL = 2**14, 8, 1  # scrypt's n, r, p: 16 MiB and some 40 ms; within the time limit on a busy machine


def hashed(password: str, salt: str) -> str:
    """Hexadecimal scrypt hash of a password; slow on purpose, so not for the event loop."""
    return scrypt(password.encode(), salt=bytes.fromhex(salt), n=COST, r=BLOCK, p=PARALLEL, dklen=32).hex()


class DemoServicePasswords(DemoAdapter, ServicePasswords):
    """From bss_passwords."""

    async def matches(self, msisdn: str, password: str) -> bool:
        if await self._demo.fault("password"):
            raise Unavailable("password", "garbage")
        if await self._demo.line(msisdn) is None:
            raise NotFound("no such line")
        row = await self._demo.store.one(select(bss_passwords).where(bss_passwords.c.msisdn == msisdn))
        if row is None:
            return hmac.compare_digest(password, str(self._demo.people.records["service_password"]))
        found = await asyncio.to_thread(hashed, password, row.salt)
        return hmac.compare_digest(found, row.hash)

    async def set(self, msisdn: str, password: str, key: str) -> None:
        if await self._demo.fault("password"):
            raise Unavailable("password", "garbage")
        if await self._demo.line(msisdn) is None:
            raise NotFound("no such line")
        row = await self._demo.store.one(select(bss_passwords).where(bss_passwords.c.msisdn == msisdn))
        if row is not None and row.key == key:
            return
        salt = secrets.token_hex(16)
        found = await asyncio.to_thread(hashed, password, salt)
        values = {"salt": salt, "hash": found, "key": key, "changed_at": self._demo.clock.now()}
        unit, table = self._demo.store.unit(), bss_passwords
        if row is None:
            unit.stage(table.insert().values(msisdn=msisdn, **values))
        else:
            unit.stage(
                table.update().where(table.c.msisdn == msisdn, table.c.key == row.key).values(**values), expect=1
            )
        await unit.commit()
