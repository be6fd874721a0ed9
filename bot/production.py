"""What must be so before a hall serves real customers, and what keeps a demonstration from being taken for one.

Settings are judged by their strength, not only by being there; each problem is one line that names its setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from bot.settings import Settings

LEAST_SECRET, LEAST_KEY, LEAST_PASSWORD = 32, 16, 12  # characters
FEWEST_DIFFERENT = 6  # characters of a secret that are not the same
PLACEHOLDERS = ("change-me", "changeme", "example", "yingting", "demo-rest-token", "password", "secret", "12345678")
MADE_BY = "make one with `openssl rand -hex 32`"
TWO_AT_A_TIME = frozenset({"REST_TOKEN", "SMS_KANNEL_KEY", "SMS_SIGNED_SECRET"})  # as channels/doors.py reads them
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def weakness(value: str, least: int) -> str:
    """Why a secret is not one, or ""."""
    if not value:
        return "is missing"
    if any(word in value.lower() for word in PLACEHOLDERS):
        return "is a placeholder that everybody knows"
    if len(value) < least:
        return f"has fewer than {least} characters"
    return "repeats itself" if len(set(value)) < FEWEST_DIFFERENT else ""


def problems(settings: Settings) -> Iterator[str]:
    """What must not be so in production."""
    if settings.clock is not None:
        yield "CLOCK must not be set in production"
    if settings.bss == "demo":
        yield "BSS: demo holds invented customers and is refused in production; name yours as package.module:factory"
    if settings.supplier_zhichong is None:
        yield "SUPPLIER_ZHICHONG_URL is missing: the demonstration's supplier delivers nothing"
    if settings.pay_wechat is None and settings.pay_alipay is None:
        yield "PAY_WECHAT_MCHID or PAY_ALIPAY_APP_ID is missing: nobody could pay"
    if not settings.public_url.startswith("https://"):
        yield "PUBLIC_URL is missing or not https: customers' links and the desk's cookie need it"
    if not settings.sms_kannel_sendsms_url:
        yield "SMS_KANNEL_SENDSMS_URL is missing: one-time codes and results have no way to customers"
    for name, value, least, needed in (
        ("SESSION_SECRET", settings.session_secret, LEAST_SECRET, True),
        ("DESK_ADMIN_PASSWORD", settings.desk_admin_password, LEAST_PASSWORD, True),
        ("REST_TOKEN", settings.rest_token, LEAST_KEY, False),  # without one the channel is off
        ("SMS_KANNEL_KEY", settings.sms_kannel_key, LEAST_KEY, False),
        ("SMS_SIGNED_SECRET", settings.sms_signed_secret, LEAST_KEY, False),
    ):
        for one in keys_of(value) if name in TWO_AT_A_TIME else (value,):
            if (value or needed) and (why := weakness(one, least)):
                yield f"{name} {why}; {MADE_BY}"


def keys_of(setting: str) -> tuple[str, ...]:
    """The keys of a setting that may hold two, separated by a comma, while one is being changed."""
    return tuple(key.strip() for key in setting.split(","))


def mistakable(settings: Settings) -> list[str]:
    """The real accounts beside which a demonstration might be taken for the real thing."""
    found = {
        "PAY_WECHAT_MCHID": settings.pay_wechat is not None and not is_local(settings.pay_wechat.url),
        "PAY_ALIPAY_APP_ID": settings.pay_alipay is not None and not is_local(settings.pay_alipay.url),
        "SUPPLIER_ZHICHONG_URL": settings.supplier_zhichong is not None
        and not is_local(settings.supplier_zhichong.url),
        "SMS_KANNEL_SENDSMS_URL": not is_local(settings.sms_kannel_sendsms_url),
        "DATABASE_URL": settings.database_url.startswith("postgres") and not is_local(settings.database_url),
        "PUBLIC_URL": settings.public_url.startswith("https:"),
    }
    return [name for name, real in found.items() if real]


def is_local(url: str) -> bool:
    """Whether an address is of this machine, as those of tests are."""
    try:
        return (urlsplit(url).hostname or "") in _LOCAL
    except ValueError:  # whoever uses it says what is wrong with it
        return True
