"""A month of orders with faults of every kind leaves no fen unexplained; `make month` plays 10,000."""

from tests.proofs.chaos.month import KINDS, play


def test_a_small_month_leaves_no_fen_unexplained() -> None:
    part = play(60, 7)
    assert part.unexplained == 0
    assert sum(part.ends["all orders"].values()) == 60
    assert set(part.ends) == {"all orders", *KINDS}
    assert set(part.ends["all orders"]) <= {"SUCCEEDED", "REFUNDED", "EXPIRED", "CANCELLED"}
    assert part.balances["customer"] == part.balances["refund"] == part.balances["suspense"] == 0
