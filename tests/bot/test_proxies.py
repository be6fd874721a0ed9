"""Whose request it is behind proxies; without the setting no header is believed."""

import pytest

from bot.proxies import BadProxies, Proxies

CUSTOMER, PROXY, FORGED = "203.0.113.7", "10.0.0.2", "198.51.100.9"


@pytest.mark.parametrize(
    ("setting", "connected", "forwarded", "client"),
    [
        ("", PROXY, CUSTOMER, PROXY),
        ("1", PROXY, CUSTOMER, CUSTOMER),
        ("1", PROXY, f"{FORGED}, {CUSTOMER}", CUSTOMER),
        ("2", PROXY, f"{FORGED}, {CUSTOMER}, 10.0.0.3", CUSTOMER),
        ("1", PROXY, "", PROXY),
        ("10.0.0.0/8", PROXY, f"{FORGED}, {CUSTOMER}, 10.0.0.3", CUSTOMER),
        ("10.0.0.0/8 127.0.0.1", "127.0.0.1", f"{CUSTOMER}:4711", CUSTOMER),
        ("10.0.0.0/8", CUSTOMER, FORGED, CUSTOMER),
        ("::1", "::1", "[2001:db8::5]:443", "2001:db8::5"),
        ("1", PROXY, "nonsense", PROXY),
    ],
)
def test_the_client_is_who_reached_our_outermost_proxy(
    setting: str, connected: str, forwarded: str, client: str
) -> None:
    assert Proxies.of(setting).client(connected, forwarded) == client


@pytest.mark.parametrize("setting", ["yes", "10.0.0.0/99", "-1"])
def test_what_is_neither_a_number_nor_networks_is_told(setting: str) -> None:
    with pytest.raises(BadProxies):
        Proxies.of(setting)
