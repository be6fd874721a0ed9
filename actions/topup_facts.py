"""What a clerk tells of a top-up when asked, at any of its steps and when nothing is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.base import HallAction, Outcome, Say, Turn, proceed, say
from actions.topup_number import OWN, payer
from actions.topup_paying import arrival, ways
from hall.policy import Package
from hall.topup import packages
from hall.topup.packages import SCOPES, Agreed


class DataSoFar(HallAction):
    """Says what is agreed of a package, with its price, before the next question."""

    name_ = "action_topup_so_far"

    async def act(self, turn: Turn) -> Outcome:
        scope, data_mb, told = turn.slots["scope"], turn.slots["package"], _agreed(turn)
        package = _package(turn, scope, data_mb)
        if package is not None:
            today = turn.hall.clock.local().date()
            last = packages.last_day(package, today)
            told |= {"data_mb": package.data_mb, "price_fen": package.price_fen, "last_day": last}
            told["ends_today"] = last == today
        elif isinstance(data_mb, int):
            told["data_mb"] = data_mb
        elif data_mb in packages.PICKS:
            told["pick"] = data_mb
        agreed = Agreed("data", **told, scope=scope)
        return proceed(say("utter_topup_so_far", agreed=agreed), number_assumed=None)


class CreditSoFar(HallAction):
    """Says what is agreed of credit before the next question."""

    name_ = "action_credit_so_far"

    async def act(self, turn: Turn) -> Outcome:
        fen = turn.slots["credit"]
        agreed = Agreed("credit", **_agreed(turn), face_fen=fen if isinstance(fen, int) else None)
        return proceed(say("utter_topup_so_far", agreed=agreed), number_assumed=None)


class TellPackages(HallAction):
    """Names what is on sale and its price: what was asked about, else all of the scope, else of each."""

    name_ = "action_tell_packages"

    async def act(self, turn: Turn) -> Outcome:
        asked = _asked(turn)
        if sizes := asked.get("data_mb"):
            return proceed(*(say("utter_topup_price", size=packages.compared(turn.hall.policy, mb)) for mb in sizes))
        scopes = asked.get("scope") or ([turn.slots["scope"]] if turn.slots["scope"] else SCOPES)
        if told := _picked(turn, scopes, asked.get("pick") or [""]):
            return proceed(*told)
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


def _agreed(turn: Turn) -> dict[str, Any]:
    """What every top-up agrees on: fields of `Agreed`."""
    number, line, way = turn.slots["phone_number"], payer(turn), turn.slots["pay_method"]
    number = line if number == OWN else number
    return {
        "number": number,
        "own": number is not None and number == line,
        "changed": bool(turn.slots["changed"]),
        "way": way if way in ways(turn) else None,
        "assumed": bool(turn.slots["number_assumed"]),
    }


def _asked(turn: Turn) -> dict[str, list[Any]]:
    return turn.slots.get("asked") or {}


def _package(turn: Turn, scope: str | None, data_mb: Any) -> Package | None:
    known = scope is not None and isinstance(data_mb, int)
    return packages.wanted(turn.hall.policy, scope, data_mb) if known and scope else None


def _picked(turn: Turn, scopes: Iterable[str], pick: list[str]) -> list[Say]:
    """What the cheapest, the largest … of each scope is, where one was asked for."""
    found = ((scope, packages.picked(turn.hall.policy.offered(scope), pick[0])) for scope in scopes)
    return [say("utter_topup_picked", scope=scope, which=pick[0], package=one) for scope, one in found if one]


def _affordable(turn: Turn, scope: str, budget_fen: int) -> Package | None:
    found = [p for p in turn.hall.policy.offered(scope) if p.price_fen <= budget_fen]
    return max(found, key=lambda p: p.data_mb, default=None)
