"""Addresses of databases as hosts hand them out."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from hall.store import address
from hall.store.unit import Store


def test_what_libpq_calls_otherwise_is_translated() -> None:
    found = address.postgres(
        "postgres://u:p%404@db.example:6432/hall?sslmode=require&connect_timeout=5&application_name=bot"
        "&options=-c%20statement_timeout%3D5000&statement_cache_size=0"
    )
    assert (found.url.host, found.url.port, found.url.password, dict(found.url.query)) == (
        "db.example",
        6432,
        "p@4",
        {},
    )
    assert found.options == {
        "ssl": "require",
        "timeout": 5.0,
        "statement_cache_size": 0,
        "server_settings": {"application_name": "bot", "statement_timeout": "5000"},
    }


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_whatever_driver_is_named(scheme: str) -> None:
    assert address.is_postgres(f"{scheme}://h/x")
    assert address.postgres(f"{scheme}://h/x").url.drivername == "postgresql+asyncpg"


def test_several_hosts() -> None:
    found = address.postgres("postgresql://u:p@h1:5432,h2/x?sslmode=disable")
    assert found.url.query["host"] == ("h1:5432", "h2:5432")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("gssencmode=disable", "gssencmode"),
        ("sslmode=on", "sslmode"),
        ("connect_timeout=x", "timeout"),
        ("options=x", "-c"),
    ],
)
def test_what_is_not_known_is_named_without_the_password(query: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        Store(f"postgresql://u:geheim@h/x?{query}")
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("folder", ["w?x=1", "a b", "a#b", "a%b", "a%20b", "中文", "a'b\""])
async def test_a_file_is_where_its_path_says(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "hall.sqlite"
    path.parent.mkdir()
    store = Store(f"sqlite:///{path}")
    await store.one(select(1))
    await store.close()
    assert path.exists()
