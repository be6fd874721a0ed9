"""How often somebody may write, and by which address somebody is counted."""

from __future__ import annotations

import pytest

from bot.proxies import NO_PROXIES, Proxies
from channels.web import rates
from channels.web.rates import Crowd, Rate, Rates, counted


def test_a_rate_is_a_window_that_slides() -> None:
    counts = Rates((Rate(2, 10.0), Rate(3, 100.0)))
    assert [counts.take("a", now) for now in (0.0, 1.0, 2.0)] == [True, True, False]
    assert counts.take("b", 2.0)
    assert [counts.take("a", now) for now in (10.5, 11.5, 50.0)] == [True, False, False]
    assert counts.take("a", 101.0)


def test_who_was_quiet_longest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "KNOWN", 2)
    counts = Rates((Rate(1, 10.0),))
    assert [counts.take(key, 0.0) for key in ("a", "b", "a", "c", "a", "b")] == [True, True, False, True, False, True]


def test_the_process_has_a_ceiling_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_SOCKETS", 1)
    crowd = Crowd()
    with crowd.socket("203.0.113.7") as first, crowd.socket("203.0.113.8") as second:
        assert (first, second) == (True, False)
    with crowd.socket("203.0.113.8") as later:
        assert later


@pytest.mark.parametrize(
    ("address", "proxies", "by"),
    [
        ("8.8.8.8", NO_PROXIES, "8.8.8.8"),
        ("2400:3200:1:2:3:4:5:6", NO_PROXIES, "2400:3200:1:2::/64"),
        ("127.0.0.1", NO_PROXIES, ""),  # perhaps a proxy that nobody named: then it stands for everybody
        ("10.1.2.3", NO_PROXIES, ""),
        ("10.1.2.3", Proxies.of("1"), "10.1.2.3"),
        ("", NO_PROXIES, ""),
    ],
)
def test_by_which_address_somebody_is_counted(address: str, proxies: Proxies, by: str) -> None:
    assert counted(address, proxies) == by
