"""Finds the package that a customer means."""

from __future__ import annotations

from hall.policy import Package, Policy

SIZE_TOLERANCE = 0.05  # share of a package's size: 500 MB and 512 MB, 1000 MB and 1 GB mean the same package


def wanted(policy: Policy, scope: str, data_mb: int) -> Package | None:
    """The package of that size in the scope, or None."""
    closest = nearest(policy, scope, data_mb)[:1]
    return next((p for p in closest if abs(p.data_mb - data_mb) <= SIZE_TOLERANCE * p.data_mb), None)


def nearest(policy: Policy, scope: str, data_mb: int) -> list[Package]:
    """The packages of the scope, the closest in size first."""
    return sorted(policy.offered(scope), key=lambda p: (abs(p.data_mb - data_mb), p.data_mb))
