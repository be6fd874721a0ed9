"""What a clerk tells of a top-up when asked, at any of its steps and when nothing is open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from actions.base import HallAction, Outcome, Say, Turn, proceed, say
from actions.topup_paying import arrival, ways
from actions.topup_so_far import package_of
from hall.policy import Package
from hall.topup import packages
from hall.topup.packages import SCOPES

OF_USE = re.compile("看|刷|玩|流量|包")  # 看视频选哪个 compares what is bought, not how it is paid
PICKED = ("smallest", "largest", "middle", "value", "longest")  # of sizes, by a superlative


class TellPackages(HallAction):
    """Names what is on sale and its price: what was asked about, else all of the scope, else of each."""

    name_ = "action_tell_packages"

    async def act(self, turn: Turn) -> Outcome:
        asked = _asked(turn)
        if (turn.slots.get("asked") or {}).get("topic") == "dear":
            return proceed(*_cheaper(turn))
        if sizes := asked.get("data_mb"):
            if (one := _one_price(turn, sizes[0])) and len(sizes) == 1 and not asked.get("scope"):
                return proceed(one)
            return proceed(*(say("utter_topup_price", size=packages.compared(turn.hall.policy, mb)) for mb in sizes))
        if (asked.get("pick") or [""])[0] in PICKED and asked.get("scope"):
            return proceed(*_picked(turn, asked["scope"], asked["pick"]))
        if asked.get("scope") and isinstance(chosen := turn.slots["package"], int):  # 那省内的多少钱: of what is chosen
            return proceed(say("utter_topup_price", size=packages.compared(turn.hall.policy, chosen)))
        scopes = asked.get("scope") or ([turn.slots["scope"]] if turn.slots["scope"] else SCOPES)
        if told := _picked(turn, scopes, asked.get("pick") or [""]):
            return proceed(*told)
        if budget := asked.get("amount_fen"):
            found = (_affordable(turn, scope, budget[-1]) for scope in scopes)
            return proceed(
                *(say("utter_topup_budget", scope=p.scope, package=p, budget_fen=budget[-1]) for p in found if p)
            )
        return proceed(*_lists(turn, list(scopes)))


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
        if not sizes and (asked.get("pick") or [""])[0] in PICKED:
            return proceed(*_picked(turn, asked.get("scope") or SCOPES, asked["pick"]))
        if "便宜" in turn.text and not turn.slots["scope"] and not sizes:
            if "price" in (asked.get("topics") or ()):  # which is told with the price
                return proceed()
            return proceed(*_picked(turn, SCOPES, ["smallest"]))
        size = sizes[0] if sizes else turn.slots["package"]
        priced = packages.compared(policy, size if isinstance(size, int) else 1024)
        return proceed(say("utter_topup_scopes", size=priced))


class CompareAtPay(HallAction):
    """Where it is asked how to pay: the ways apart, or what is bought, if that is what is compared (国内贵多少)."""

    name_ = "action_compare_at_pay"

    async def act(self, turn: Turn) -> Outcome:
        asked = _asked(turn)
        bought = (
            None in (turn.slots["scope"], turn.slots["package"])
            or OF_USE.search(turn.text)
            or asked.get("scope")
            or asked.get("data_mb")
            or asked.get("pick")
            or "best" in turn.cues
        )
        about_ways = asked.get("pay_method") or "付" in turn.text or turn.slots["sold"] != "data"
        return await (TellWays if about_ways or not bought else ComparePackages)().act(turn)


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


def _picked(turn: Turn, scopes: Iterable[str], pick: list[str]) -> list[Say]:
    """What the cheapest, the largest … of each scope is, where one was asked for."""
    found = ((scope, packages.picked(turn.hall.policy.offered(scope), pick[0])) for scope in scopes)
    return [say("utter_topup_picked", scope=scope, which=pick[0], package=one) for scope, one in found if one]


def _one_price(turn: Turn, data_mb: int) -> Say | None:
    """What a size costs in the scope that is chosen: only that was asked."""
    package = package_of(turn, turn.slots["scope"], data_mb)
    return say("utter_topup_one_price", package=package, scope=package.scope) if package else None


def _cheaper(turn: Turn) -> list[Say]:
    """What costs less than the package that is chosen; all of the scope where none is."""
    scope, offered = turn.slots["scope"], turn.hall.policy.offered
    refused = ((turn.slots.get("asked") or {}).get("data_mb") or [None])[-1]  # 1G贵了点, of who has chosen 5G
    chosen = package_of(turn, scope, refused or turn.slots["package"])
    if chosen is None or scope is None:
        return [say("utter_dear_smaller"), *_lists(turn, [scope] if scope else list(SCOPES))]
    if less := packages.cheaper(offered(scope), chosen):
        return [say("utter_topup_half", which="smaller", packages=less)]
    return [say("utter_topup_no_further", which="smaller")]


def _lists(turn: Turn, scopes: list[str]) -> list[Say]:
    """What is on sale in each scope; in both by one text."""
    offered = turn.hall.policy.offered
    if set(scopes) != set(SCOPES):
        return [say("utter_topup_packages", scope=scope, packages=offered(scope)) for scope in scopes]
    national, provincial = offered("national"), offered("provincial")
    same = [p.data_mb for p in national] == [p.data_mb for p in provincial]
    return [say("utter_topup_both_lists", national=[*national], provincial=[*provincial], same_sizes=same)]


def _affordable(turn: Turn, scope: str, budget_fen: int) -> Package | None:
    found = [p for p in turn.hall.policy.offered(scope) if p.price_fen <= budget_fen]
    return max(found, key=lambda p: p.data_mb, default=None)
