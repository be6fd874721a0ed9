"""docs/settings.md is made of the table that `Settings.load` reads by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.settings import ROOT, Settings
from bot.settings_table import GROUPS, PREFIX, SETTINGS, page
from testing.providers.local import pem_pair


def test_the_page_is_what_the_table_says() -> None:
    written = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert written == page(), "python -m bot.settings_table > docs/settings.md"


def test_every_setting_of_the_table_is_read_and_no_other(tmp_path: Path) -> None:
    environ = Recorded(_accounts(tmp_path))
    Settings.load(environ)
    files = {f"{PREFIX}{setting.name}_FILE" for setting in SETTINGS.values() if setting.secret}
    assert environ.read - files == {PREFIX + name for name in SETTINGS}


def test_no_name_is_in_two_groups() -> None:
    assert len(SETTINGS) == sum(len(group.settings) for group in GROUPS)


class Recorded(Mapping[str, str]):
    """An environment that notes which names were looked up."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _accounts(folder: Path) -> dict[str, str]:
    """Whole accounts at the providers and the supplier: what is optional in them is read only then."""
    private, public, _ = pem_pair()
    (folder / "private.pem").write_text(private)
    (folder / "public.pem").write_text(public)
    values = {
        "DATA_DIR": str(folder),
        "PAY_WECHAT_APIV3_KEY": "k" * 32,
        "OIDC_ISSUER": "https://sso.example.com",
        **dict.fromkeys(("PAY_WECHAT_PRIVATE_KEY", "PAY_ALIPAY_PRIVATE_KEY"), str(folder / "private.pem")),
        **dict.fromkeys(("PAY_WECHAT_PUBLIC_KEY", "PAY_ALIPAY_PUBLIC_KEY"), str(folder / "public.pem")),
    }
    outside = [name for name in SETTINGS if name.startswith(("PAY_", "SUPPLIER_", "OIDC_"))]
    return {PREFIX + name: values.get(name, "a value") for name in {*values, *outside}}
