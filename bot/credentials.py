"""Accounts at other systems, read from settings: a whole group or none of it.

A group of which nothing is set is off; one that is set in part names what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from hall.bss.supplier.zhichong import ZhichongAccount
from hall.helpdesk.chatwoot import ChatwootAccount
from hall.oidc import OidcAccount
from hall.payments.alipay import AlipayAccount
from hall.payments.wechat import WechatAccount

Get = Callable[[str], str]  # the value of YINGTING_<name>, "" when it is not set


class AccountError(ValueError):
    """Settings of an account are missing or wrong; the message names each."""


def wechat(get: Get, prefix: str) -> WechatAccount | None:
    """The merchant's account at WeChat Pay, of PAY_WECHAT_*; None: off."""
    names = ("MCHID", "APPID", "SERIAL_NO", "PRIVATE_KEY", "APIV3_KEY", "PUBLIC_KEY", "PUBLIC_KEY_ID")
    group = _Group(get, prefix, "PAY_WECHAT_")
    values = group.whole(names)
    if values is None:
        return None
    if len(values["APIV3_KEY"].encode()) != 32:
        raise AccountError(f"{group.name('APIV3_KEY')} must have 32 characters")
    account = WechatAccount(
        mchid=values["MCHID"],
        appid=values["APPID"],
        serial_no=values["SERIAL_NO"],
        private_key=group.key("PRIVATE_KEY"),
        apiv3_key=values["APIV3_KEY"],
        public_key=group.key("PUBLIC_KEY"),
        public_key_id=values["PUBLIC_KEY_ID"],
    )
    return replace(account, url=group.value("URL") or account.url)


def alipay(get: Get, prefix: str) -> AlipayAccount | None:
    """The application at Alipay, of PAY_ALIPAY_*; None: off."""
    group = _Group(get, prefix, "PAY_ALIPAY_")
    values = group.whole(("APP_ID", "SELLER_ID", "PRIVATE_KEY", "PUBLIC_KEY"))
    if values is None:
        return None
    account = AlipayAccount(
        app_id=values["APP_ID"],
        seller_id=values["SELLER_ID"],
        private_key=group.key("PRIVATE_KEY"),
        public_key=group.key("PUBLIC_KEY"),
    )
    return replace(account, url=group.value("URL") or account.url)


def zhichong(get: Get, prefix: str) -> ZhichongAccount | None:
    """The account at a supplier of top-ups, of SUPPLIER_ZHICHONG_*; None: off."""
    group = _Group(get, prefix, "SUPPLIER_ZHICHONG_")
    values = group.whole(("URL", "USER", "SECRET"))
    if values is None:
        return None
    account = ZhichongAccount(values["URL"], values["USER"], values["SECRET"])
    return replace(account, table=group.value("TABLE") or account.table)


def oidc(get: Get, prefix: str) -> OidcAccount | None:
    """The desk at the operator's identity provider, of OIDC_*; None: off."""
    group = _Group(get, prefix, "OIDC_")
    values = group.whole(("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
    if values is None:
        return None
    if not values["ISSUER"].startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise AccountError(f"{group.name('ISSUER')} is an address that begins with https://")
    account = OidcAccount(values["ISSUER"], values["CLIENT_ID"], values["CLIENT_SECRET"])
    return replace(account, role_claim=group.value("ROLE_CLAIM") or account.role_claim)


def chatwoot(get: Get, prefix: str) -> ChatwootAccount | None:
    """The account at another help desk, of HELPDESK_CHATWOOT_*; None: off."""
    group = _Group(get, prefix, "HELPDESK_CHATWOOT_")
    values = group.whole(("URL", "ACCOUNT", "INBOX", "INBOX_SECRET", "BOT_TOKEN", "WEBHOOK_SECRET"))
    if values is None:
        return None
    if not values["URL"].startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise AccountError(f"{group.name('URL')} is an address that begins with https://")
    if not values["ACCOUNT"].isdecimal():
        raise AccountError(f"{group.name('ACCOUNT')} is a number")
    return ChatwootAccount(*values.values())


class _Group:
    """The settings of one account: YINGTING_ and a prefix of their own."""

    def __init__(self, get: Get, prefix: str, group: str) -> None:
        self._get, self._prefix, self._group = get, prefix, group

    def name(self, key: str) -> str:
        return f"{self._prefix}{self._group}{key}"

    def value(self, key: str) -> str:
        return self._get(self._group + key)

    def whole(self, keys: tuple[str, ...]) -> dict[str, str] | None:
        """All of the values, or None when there are none; raises AccountError naming what is missing."""
        values = {key: self.value(key) for key in keys}
        missing = [self.name(key) for key, value in values.items() if not value]
        if len(missing) == len(keys):
            return None
        if missing:
            raise AccountError("; ".join(f"{name} is missing" for name in missing))
        return values

    def key(self, key: str) -> str:
        """The PEM text of the file that the setting names."""
        load = load_pem_public_key if key == "PUBLIC_KEY" else lambda data: load_pem_private_key(data, None)
        try:
            text = Path(self.value(key)).read_text("ascii")
            load(text.encode())
        except OSError as error:
            raise AccountError(f"{self.name(key)}: {self.value(key)}: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise AccountError(f"{self.name(key)}: {self.value(key)} holds no key in PEM without a password") from error
        return text
