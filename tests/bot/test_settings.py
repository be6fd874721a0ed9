"""Settings: safe defaults for the demonstration, none of them in production, each problem named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError
from hall.bss.supplier.zhichong import Zhichong
from testing.providers.local import pem_pair
from yingting.wiring import build_hall

SAFE = {
    "YINGTING_ENV": "production",
    "YINGTING_SESSION_SECRET": "9f86d081884c7d65" * 4,
    "YINGTING_DESK_ADMIN_PASSWORD": "another one, and long",
    "YINGTING_REST_TOKEN": "another token and long",
}


def test_the_demonstration_needs_nothing(tmp_path: Path) -> None:
    settings = Settings.load({}, data_dir=tmp_path)
    assert settings.demonstration
    assert settings.database_url == f"sqlite:///{tmp_path / 'yingting.sqlite'}"
    assert settings.sms_kannel_key == ""


def test_a_folder_that_is_no_operators_is_named(tmp_path: Path) -> None:
    settings = Settings.load({"YINGTING_OPERATOR": str(tmp_path / "nowhere")}, data_dir=tmp_path)
    with pytest.raises(SettingsError, match=r"YINGTING_OPERATOR: .*nowhere: is no folder of an operator"):
        build_hall(settings)


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
        ("DESK_ADMIN_PASSWORD", "short"),
        ("REST_TOKEN", "demo-rest-token"),
        ("REST_TOKEN", "change-me"),
        ("SESSION_SECRET", "a" * 64),
        ("SESSION_SECRET", "change-me-32-random-bytes-in-hex"),
        ("SMS_KANNEL_KEY", "k"),
        ("SMS_SIGNED_SECRET", "s"),
        ("REST_TOKEN", "a long enough token of old, k"),
        ("SMS_KANNEL_KEY", "k, a long enough key of old"),
        ("SESSION_SECRET", "one, 1234567890abc, two"),
        ("PUBLIC_URL", "http://hall.example"),
        ("PUBLIC_URL", ""),
        ("SMS_KANNEL_SENDSMS_URL", ""),
    ],
)
def test_production_refuses_what_is_only_fit_for_a_demonstration(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"YINGTING_{name}"):
        Settings.load({**SAFE, f"YINGTING_{name}": value}, data_dir=tmp_path)


def test_only_doors_have_two_keys_at_a_time(tmp_path: Path) -> None:
    """A comma in a password is part of it; two keys of a door are each judged."""
    values = SAFE | {
        "YINGTING_SESSION_SECRET": "x, y, " + "9f86d081884c7d65" * 4,
        "YINGTING_DESK_ADMIN_PASSWORD": "so, so, and so",
        "YINGTING_REST_TOKEN": "the token of old, the token to come",
    }
    with pytest.raises(SettingsError) as refused:
        Settings.load(values, data_dir=tmp_path)
    named = str(refused.value)
    assert not any(name in named for name in ("SESSION_SECRET", "DESK_ADMIN_PASSWORD", "REST_TOKEN"))


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
    settings = Settings.load({"YINGTING_DATABASE_URL": url, "YINGTING_ENV": "test"}, data_dir=tmp_path)
    assert settings.database_url == "postgresql+asyncpg://u:p@h/d"


def test_a_data_directory_that_cannot_be_used_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(SettingsError, match="YINGTING_DATA_DIR"):
        Settings.load({}, data_dir=tmp_path / "file" / "below")


def wechat_settings(folder: Path) -> dict[str, str]:
    """A whole account at WeChat Pay."""
    private, public, _ = pem_pair()
    (folder / "private.pem").write_text(private)
    (folder / "public.pem").write_text(public)
    return {
        "YINGTING_ENV": "test",
        "YINGTING_PAY_WECHAT_MCHID": "1900000109",
        "YINGTING_PAY_WECHAT_APPID": "wx1",
        "YINGTING_PAY_WECHAT_SERIAL_NO": "4F",
        "YINGTING_PAY_WECHAT_PRIVATE_KEY": str(folder / "private.pem"),
        "YINGTING_PAY_WECHAT_APIV3_KEY": "k" * 32,
        "YINGTING_PAY_WECHAT_PUBLIC_KEY": str(folder / "public.pem"),
        "YINGTING_PAY_WECHAT_PUBLIC_KEY_ID": "PUB_KEY_ID_1",
    }


def test_ways_to_pay_are_off_without_their_accounts(tmp_path: Path) -> None:
    settings = Settings.load({}, data_dir=tmp_path)
    assert (settings.pay_wechat, settings.pay_alipay) == (None, None)


def test_a_whole_account_turns_its_way_to_pay_on(tmp_path: Path) -> None:
    account = Settings.load(wechat_settings(tmp_path), data_dir=tmp_path).pay_wechat
    assert account is not None
    assert account.url == "https://api.mch.weixin.qq.com"
    assert "k" * 32 not in repr(account)
    assert "PRIVATE KEY" not in repr(account)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PUBLIC_KEY_ID", "", "is missing"),
        ("MCHID", " ", "is missing"),
        ("APIV3_KEY", "short", "32"),
        ("PRIVATE_KEY", "/nowhere/key.pem", "No such file"),
        ("PRIVATE_KEY", "{folder}/public.pem", "holds no key"),
        ("PUBLIC_KEY", "{folder}/private.pem", "holds no key"),
    ],
)
def test_what_is_missing_or_wrong_in_an_account_is_named(tmp_path: Path, name: str, value: str, why: str) -> None:
    values = wechat_settings(tmp_path) | {f"YINGTING_PAY_WECHAT_{name}": value.format(folder=tmp_path)}
    with pytest.raises(SettingsError, match=f"YINGTING_PAY_WECHAT_{name}.*{why}"):
        Settings.load(values, data_dir=tmp_path)


def test_every_missing_part_of_an_account_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"SELLER_ID is missing.*PRIVATE_KEY is missing.*PUBLIC_KEY is missing"):
        Settings.load({"YINGTING_PAY_ALIPAY_APP_ID": "1"}, data_dir=tmp_path)


def test_a_suppliers_account_is_whole_or_off(tmp_path: Path) -> None:
    values = {f"YINGTING_SUPPLIER_ZHICHONG_{name}": name for name in ("URL", "USER", "SECRET")}
    assert Settings.load({}, data_dir=tmp_path).supplier_zhichong is None
    account = Settings.load(values, data_dir=tmp_path).supplier_zhichong
    assert account is not None
    assert (account.user, account.table) == ("USER", "standard")
    assert "SECRET" not in repr(account)
    del values["YINGTING_SUPPLIER_ZHICHONG_SECRET"]
    with pytest.raises(SettingsError, match="YINGTING_SUPPLIER_ZHICHONG_SECRET is missing"):
        Settings.load(values, data_dir=tmp_path)


def test_a_suppliers_table_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    values = {f"YINGTING_SUPPLIER_ZHICHONG_{name}": name for name in ("URL", "USER", "SECRET", "TABLE")}
    with pytest.raises(SettingsError, match="TABLE is one of standard, flow_first, not 'TABLE'"):
        build_hall(Settings.load(values, data_dir=tmp_path))


def test_real_accounts_take_the_demonstrations_place(tmp_path: Path) -> None:
    values = wechat_settings(tmp_path)
    values |= {f"YINGTING_SUPPLIER_ZHICHONG_{name}": name for name in ("URL", "USER", "SECRET")}
    hall = build_hall(Settings.load(values, data_dir=tmp_path))
    assert [hall.payments[way].provider for way in ("wechat", "alipay")] == ["wechat", "demo"]
    assert isinstance(hall.supplier, Zhichong)


def test_the_demonstrations_password_and_token_are_random_and_private(tmp_path: Path) -> None:
    first, again = (Settings.load({}, data_dir=tmp_path) for _ in range(2))
    other = Settings.load({}, data_dir=tmp_path / "other")
    assert (first.rest_token, first.desk_admin_password) == (again.rest_token, again.desk_admin_password)
    assert len({first.rest_token, other.rest_token, first.desk_admin_password, other.desk_admin_password}) == 4
    for name in ("rest-token", "desk-password"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    given = {"YINGTING_REST_TOKEN_FILE": str(tmp_path / "token")}
    assert Settings.load(given, data_dir=tmp_path).rest_token == "from a file"
    with pytest.raises(SettingsError, match="YINGTING_REST_TOKEN_FILE"):
        Settings.load({"YINGTING_REST_TOKEN_FILE": str(tmp_path / "gone")}, data_dir=tmp_path)


REAL = {
    "PUBLIC_URL": "https://hall.example",
    "SMS_KANNEL_SENDSMS_URL": "http://kannel.example:13013/cgi-bin/sendsms?username=u&password=p",
    "DATABASE_URL": "postgresql://u:p@db.example/hall",
}
SUPPLIER = {
    f"YINGTING_SUPPLIER_ZHICHONG_{name}": value
    for name, value in {"URL": "https://supplier.example", "USER": "u", "SECRET": "s"}.items()
}


@pytest.mark.parametrize("name", REAL)
def test_a_demonstration_beside_a_real_account_must_be_meant(tmp_path: Path, name: str) -> None:
    real = {f"YINGTING_{name}": REAL[name]}
    with pytest.raises(SettingsError, match=f"YINGTING_ENV must be said: YINGTING_{name}"):
        Settings.load(real, data_dir=tmp_path)
    assert Settings.load(real | {"YINGTING_ENV": "demonstration"}, data_dir=tmp_path).demonstration


@pytest.mark.parametrize("env", ["", "demonstration", "test"])
def test_the_demonstrations_payment_page_feeds_no_real_supplier(tmp_path: Path, env: str) -> None:
    with pytest.raises(SettingsError, match="must not feed a real supplier"):
        Settings.load(SUPPLIER | {"YINGTING_ENV": env}, data_dir=tmp_path)


def test_production_starts_with_ones_own_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all that is needed, and no more."""
    (tmp_path / "own_bss.py").write_text("from hall.bss import Bss\n\ndef records(clock):\n    return Bss()\n")
    monkeypatch.syspath_prepend(tmp_path)
    needed = {name: REAL[name] for name in ("PUBLIC_URL", "SMS_KANNEL_SENDSMS_URL")} | {"BSS": "own_bss:records"}
    values = wechat_settings(tmp_path) | SAFE | SUPPLIER | {f"YINGTING_{name}": value for name, value in needed.items()}
    settings = Settings.load(values, data_dir=tmp_path)
    assert not settings.demonstration
    assert not build_hall(settings).demonstration
    with pytest.raises(SettingsError, match="YINGTING_BSS: own_bss:nothing"):
        build_hall(Settings.load(values | {"YINGTING_BSS": "own_bss:nothing"}, data_dir=tmp_path))


def test_the_identity_provider_is_whole_and_https_or_off(tmp_path: Path) -> None:
    whole = {f"YINGTING_OIDC_{name}": "x" for name in ("CLIENT_ID", "CLIENT_SECRET")}
    assert Settings.load({}, data_dir=tmp_path).oidc is None
    for given, why in (
        (whole, "OIDC_ISSUER"),
        (whole | {"YINGTING_OIDC_ISSUER": "http://sso.example.com"}, "OIDC_ISSUER is an address"),
    ):
        with pytest.raises(SettingsError, match=why):
            Settings.load(given, data_dir=tmp_path)
    found = Settings.load(whole | {"YINGTING_OIDC_ISSUER": "https://sso.example.com"}, data_dir=tmp_path).oidc
    assert found is not None
    assert found.role_claim == "roles"
