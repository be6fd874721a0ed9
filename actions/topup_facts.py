"""What a clerk tells of a top-up when asked, at any of its steps and when nothing is open."""

from __future__ import annotations

from typing import Any

from actions.base import HallAction, Outcome, Turn, proceed, say
from actions.topup_number import payer
from actions.topup_paying import arrival, ways
from hall.policy import Package
from hall.topup import packages
from hall.topup.packages import SCOPES, Agreed


class SoFar(HallAction):
    """Says what is agreed, with its price, before the next question."""

    name_ = "action_topup_so_far"

    async def act(self, turn: Turn) -> Outcome:
        number, line = turn.slots["phone_number"], payer(turn)
        number = line if number == "own" else number
        told: dict[str, Any] = {"product": "data", "number": number, "own": number is not None and number == line}
        told["changed"] = bool(turn.slots["changed"])
        told["way"] = turn.slots["pay_method"] if turn.slots["pay_method"] in ways(turn) else None
        told["assumed"] = bool(turn.slots["number_assumed"])
        scope, data_mb, fen = turn.slots["scope"], turn.slots["package"], turn.slots["credit"]
        if isinstance(fen, int):
            agreed = Agreed(**told | {"product": "credit", "face_fen": fen})
            return proceed(say("utter_topup_so_far", agreed=agreed), number_assumed=None)
        package = _package(turn, scope, data_mb)
        if package is not None:
            last = packages.last_day(package, turn.hall.clock.local().date())
            told |= {"data_mb": package.data_mb, "price_fen": package.price_fen, "last_day": last}
        elif isinstance(data_mb, int):
            told["data_mb"] = data_mb
        elif data_mb in packages.PICKS:
            told["pick"] = data_mb
        return proceed(say("utter_topup_so_far", agreed=Agreed(**told, scope=scope)), number_assumed=None)


class TellPackages(HallAction):
    """Names what is on sale and its price: what was asked about, else all of the scope, else of each."""

    name_ = "action_tell_packages"

    async def act(self, turn: Turn) -> Outcome:
        asked = _asked(turn)
        if sizes := asked.get("data_mb"):
            return proceed(*(say("utter_topup_price", size=packages.compared(turn.hall.policy, mb)) for mb in sizes))
        scopes = asked.get("scope") or ([turn.slots["scope"]] if turn.slots["scope"] else SCOPES)
        if budget := asked.get("amount_fen"):
            found = (_affordable(turn, scope, budget[-1]) for scope in scopes)
            return proceed(
                *(say("utter_topup_budget", scope=p.scope, package=p, budget_fen=budget[-1]) for p in found if p)
            )
        offered = turn.hall.policy.offered
        return proceed(*(say("utter_topup_packages", scope=scope, packages=offered(scope)) for scope in scopes))


class ComparePackages(HallAction):
    """Tells two sizes apart, or which is cheapest a gigabyte; else the scopes."""

    name_ = "action_compare_packages"

    async def act(self, turn: Turn) -> Outcome:
        asked, policy = _asked(turn), turn.hall.policy
        sizes = asked.get("data_mb") or []
        if len(sizes) > 1:
            return proceed(say("utter_topup_sizes", sizes=[packages.compared(policy, mb) for mb in sizes]))
        if sizes and turn.slots["asked"]["topic"] == "options":
            return proceed(say("utter_topup_price", size=packages.compared(policy, sizes[0])))
        if turn.slots["scope"] and not asked.get("scope") and "best" in turn.cues:
            offered = policy.offered(turn.slots["scope"])
            best, small = packages.best_value(offered), packages.picked(offered, "smallest")
            return proceed(say("utter_topup_best", best=best, smallest=small))
        size = sizes[0] if sizes else turn.slots["package"]
        priced = packages.compared(policy, size if isinstance(size, int) else 1024)
        return proceed(say("utter_topup_scopes", size=priced))


class TellValidity(HallAction):
    """Until when a package bought today can be used."""

    name_ = "action_topup_validity"

    async def act(self, turn: Turn) -> Outcome:
        today = turn.hall.clock.local().date()
        offered = turn.hall.policy.offered("national")
        month = next((packages.last_day(p, today) for p in offered if p.valid != "30 days"), today)
        longer = [p.data_mb for p in offered if p.valid == "30 days"]
        return proceed(say("utter_topup_validity", last_day=month, longer=longer, ends_today=month == today))


class TellArrival(HallAction):
    """How long it takes today."""

    name_ = "action_topup_arrival"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_topup_arrival", arrival=arrival(turn)))


class TellWays(HallAction):
    """The ways to pay that this hall has, and who may pay."""

    name_ = "action_topup_ways"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_topup_ways", ways=ways(turn)))


class TellAmounts(HallAction):
    """The amounts of credit on sale."""

    name_ = "action_credit_amounts"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_credit_amounts", packages=list(turn.hall.policy.topup.credit())))


def _asked(turn: Turn) -> dict[str, list[Any]]:
    return turn.slots.get("asked") or {}


def _package(turn: Turn, scope: str | None, data_mb: Any) -> Package | None:
    known = scope is not None and isinstance(data_mb, int)
    return packages.wanted(turn.hall.policy, scope, data_mb) if known and scope else None


def _affordable(turn: Turn, scope: str, budget_fen: int) -> Package | None:
    found = [p for p in turn.hall.policy.offered(scope) if p.price_fen <= budget_fen]
    return max(found, key=lambda p: p.data_mb, default=None)
