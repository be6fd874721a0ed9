"""Settings: safe defaults for the demonstration, none of them in production, each problem named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

SAFE = {
    "YINGTING_ENV": "production",
    "YINGTING_SESSION_SECRET": "a" * 64,
    "YINGTING_DESK_ADMIN_PASSWORD": "another one",
    "YINGTING_REST_TOKEN": "another token",
}


def test_the_demonstration_needs_nothing(tmp_path: Path) -> None:
    settings = Settings.load({}, data_dir=tmp_path)
    assert settings.demonstration
    assert settings.database_url == f"sqlite:///{tmp_path / 'yingting.sqlite'}"
    assert settings.sms_kannel_key == ""


def test_the_demonstrations_secret_is_its_own_and_stays(tmp_path: Path) -> None:
    first, again = (Settings.load({}, data_dir=tmp_path).session_secret for _ in range(2))
    other = Settings.load({}, data_dir=tmp_path / "other").session_secret
    assert first == again != other
    assert stat.S_IMODE((tmp_path / "session-secret").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_SECRET", ""),
        ("DESK_ADMIN_PASSWORD", ""),
        ("DESK_ADMIN_PASSWORD", "yingting-demo"),
        ("REST_TOKEN", "demo-rest-token"),
    ],
)
def test_production_refuses_what_is_only_fit_for_a_demonstration(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"YINGTING_{name}"):
        Settings.load({**SAFE, f"YINGTING_{name}": value}, data_dir=tmp_path)


def test_production_refuses_a_moved_clock_and_invented_customers(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"YINGTING_CLOCK.*YINGTING_BSS"):
        Settings.load({**SAFE, "YINGTING_CLOCK": "2026-11-30T10:00"}, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLOCK", "yesterday"),
        ("SMS_ANSWER_LIMIT", "soon"),
        ("SMS_ANSWER_LIMIT", "nan"),
        ("BSS", "oracle"),
        ("ENV", "prod"),
    ],
)
def test_a_setting_that_is_wrong_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"YINGTING_{name}"):
        Settings.load({f"YINGTING_{name}": value}, data_dir=tmp_path)


@pytest.mark.parametrize("url", ["postgresql://u:p@h/d", "postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"])
def test_postgresql_is_spoken_to_by_asyncpg(tmp_path: Path, url: str) -> None:
    settings = Settings.load({"YINGTING_DATABASE_URL": url}, data_dir=tmp_path)
    assert settings.database_url == "postgresql+asyncpg://u:p@h/d"


def test_a_data_directory_that_cannot_be_used_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(SettingsError, match="YINGTING_DATA_DIR"):
        Settings.load({}, data_dir=tmp_path / "file" / "below")
