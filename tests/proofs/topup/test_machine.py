"""Whatever customers, notices, supplier, crashes and clock do: nobody loses money, nothing is doubled."""

from __future__ import annotations

from hypothesis import settings

from tests.proofs.topup.machine import CHECKS, Money

TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, derandomize=True, suppress_health_check=CHECKS
)
