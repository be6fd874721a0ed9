"""What each role at the desk may do: one table, asked by every route."""

from __future__ import annotations

from collections.abc import Mapping

AGENT, REVIEWER, FINANCE, SUPERVISOR, ADMIN = "agent", "reviewer", "finance", "supervisor", "admin"
SERVE, REVIEW, MONEY, PEOPLE, SUPERVISE = "serve", "review", "money", "people", "supervise"  # acts

MAY: Mapping[str, frozenset[str]] = {
    AGENT: frozenset({SERVE}),  # take, answer, close; work tickets
    REVIEWER: frozenset({REVIEW}),  # say what messages meant
    FINANCE: frozenset({MONEY}),  # give back, conclude, approve
    SUPERVISOR: frozenset({SERVE, REVIEW, MONEY, SUPERVISE}),  # … step in, see how the desk stands
    ADMIN: frozenset({PEOPLE}),  # accounts, and nothing of customers
}
ROLES = tuple(MAY)


def may(role: str, act: str) -> bool:
    """Whether a role may do that."""
    return act in MAY.get(role, frozenset())
