"""Which pages may embed the chat: exact sites and all below a domain, compared as browsers mean them."""

from __future__ import annotations

import pytest

from bot.origins import OriginError, is_one_of, read
from bot.settings import Settings, SettingsError

SITES = read("https://www.op.cn, https://*.shop.op.cn http://localhost:8112 *.营厅.中国")


@pytest.mark.parametrize(
    "page",
    [
        "https://www.op.cn", "https://www.op.cn:443", "HTTPS://WWW.OP.CN", "https://www.op.cn.", "https://a.shop.op.cn",
        "https://a.b.shop.op.cn", "http://localhost:8112", f"https://www.{'营厅.中国'.encode('idna').decode()}",
    ],
)  # fmt: skip
def test_a_page_of_a_site_may(page: str) -> None:
    assert is_one_of(page, SITES)


@pytest.mark.parametrize(
    "page",
    [
        "http://www.op.cn", "https://www.op.cn:8443", "https://op.cn", "https://shop.op.cn", "https://evilshop.op.cn",
        "https://www.op.cn.evil.cn", "http://localhost", "http://localhost:8113", "null", "", "www.op.cn", "https://",
        "https://*.shop.op.cn", "http://[", "file://", "https://user@www.op.cn:x", "chrome-extension://www.op.cn",
    ],
)  # fmt: skip
def test_no_other_page_may(page: str) -> None:
    assert not is_one_of(page, SITES)


@pytest.mark.parametrize("setting", ["*", "https://*", "*.cn", "https://a*.op.cn", "https://www.op.cn/chat", "ftp://op.cn",
                                     "https://op.cn:99999", "https://me@op.cn"])  # fmt: skip
def test_a_setting_that_names_none_or_too_many_is_refused(setting: str) -> None:
    with pytest.raises(OriginError):
        read(setting)
    with pytest.raises(SettingsError, match="WIDGET_ORIGINS"):
        Settings.load({"YINGTING_WIDGET_ORIGINS": setting})
