"""Sign-in: passwords are hashed at today's cost, whenever they were hashed."""

from __future__ import annotations

import hashlib
import inspect

from sqlalchemy import select, update

from hall import agents
from hall.context import Hall
from hall.store.tables.desk import agents as table

PASSWORD = "Correct-horse-9"


async def test_a_cheaply_hashed_password_is_hashed_anew_when_it_is_next_used(hall: Hall) -> None:
    await agents.ensure(hall, "li", PASSWORD)
    digest = hashlib.scrypt(PASSWORD.encode(), salt=b"salt", n=2**14, r=8, p=1, dklen=32).hex()
    cheap = f"scrypt$16384$8$1${b'salt'.hex()}${digest}"
    unit = hall.store.unit()
    unit.stage(update(table).where(table.c.name == "li").values(password_hash=cheap))
    await unit.commit()

    agent = await agents.sign_in(hall, "li", PASSWORD, "192.0.2.7")

    stored = (await hall.store.one(select(table.c.password_hash).where(table.c.name == "li"))).password_hash
    assert stored.split("$")[1:4] == [str(agents.COST[name]) for name in ("n", "r", "p")]
    assert agents.verify_password(PASSWORD, stored)
    assert agent.stamp == (await agents.find(hall, "li")).stamp  # type: ignore[union-attr]
    assert await agents.sign_in(hall, "li", PASSWORD, "192.0.2.7") == agent


def test_the_cost_is_no_less_than_owasp_asks() -> None:
    """Read where it stands: tests themselves hash cheaply."""
    assert 'COST = {"n": 2**14, "r": 8, "p": 5}' in inspect.getsource(agents)
    assert agents._NOBODY.startswith("scrypt$16384$8$5$")  # who does not exist takes the same time
