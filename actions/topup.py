"""Data top-up: scope and package of the number that topup_number.py asks for."""

from __future__ import annotations

from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, proceed, say
from actions.topup_paying import checked, placed
from hall.topup import packages

GIGABYTE = 1000  # MB; people mean 1024 by it


class AskPackage(HallAction):
    """Offers the packages of the scope."""

    name_ = "action_ask_package"

    async def act(self, turn: Turn) -> Outcome:
        offered = turn.hall.policy.offered(turn.slots["scope"])
        choices = (Choice("utter_choice_package", {"package": p.data_mb}, {"package": p}) for p in offered)
        return proceed(Say("utter_ask_package", choices=tuple(choices)))


class CheckPackage(HallAction):
    """Takes a size that is sold; otherwise names the nearest."""

    name_ = "action_check_package"

    async def act(self, turn: Turn) -> Outcome:
        scope, given = turn.slots["scope"], str(turn.slots["package"])
        offered = turn.hall.policy.offered(scope)
        if meant := packages.picked(offered, given):
            return proceed(*no_further(given, meant.data_mb), package=meant.data_mb)
        if near := packages.by_price(offered, given):
            fen = int(given.partition(":")[2])
            if (meant := packages.about(offered, fen // 100)) is not None:  # 500的 is a size, as nobody pays so much
                return proceed(
                    say("utter_topup_same_size", said_mb=fen // 100, data_mb=meant.data_mb), package=meant.data_mb
                )
            return again(say("utter_topup_no_such_price", price_fen=fen, scope=scope, nearest=near))
        if some := packages.half(offered, given):
            return again(say("utter_topup_half", which=given, packages=some))
        data_mb = _data_mb(turn.slots["package"])
        if data_mb is None:
            return again(say("utter_topup_package_unclear"))
        package = packages.wanted(turn.hall.policy, scope, data_mb)
        if package is None:
            return again(_no_such(turn, scope, data_mb))
        same = say("utter_topup_same_size", said_mb=data_mb, data_mb=package.data_mb)
        rounded = (same,) if data_mb != package.data_mb and data_mb < GIGABYTE else ()
        return proceed(*rounded, package=package.data_mb)  # the size: it stays when the scope is corrected


class CheckTopup(HallAction):
    """Refuses a top-up that cannot succeed, before the customer confirms it."""

    name_ = "action_check_topup"

    async def act(self, turn: Turn) -> Outcome:
        scope, data_mb = turn.slots["scope"], turn.slots["package"]
        package = packages.wanted(turn.hall.policy, scope, data_mb)
        if package is None:
            return Outcome("again", (_no_such(turn, scope, data_mb),), {"package": None})
        return await checked(turn, package)


class PlaceTopup(HallAction):
    """Places the order that was confirmed, and says where to pay it."""

    name_ = "action_place_topup"

    async def act(self, turn: Turn) -> Outcome:
        package = packages.wanted(turn.hall.policy, turn.slots["scope"], turn.slots["package"])
        return await placed(turn, package)


def no_further(given: str, meant: int) -> tuple[Say, ...]:
    """What is said where nothing is larger, or smaller, than what is chosen already."""
    word, _, base = given.partition(":")
    return (say("utter_topup_no_further", which=word),) if base == str(meant) else ()


def _data_mb(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) or str(value).isdecimal() else None


def _no_such(turn: Turn, scope: str, data_mb: int) -> Say:
    near = packages.nearest(turn.hall.policy, scope, data_mb)[:2]
    return say("utter_topup_no_such_package", data_mb=data_mb, nearest=sorted(near, key=lambda p: p.data_mb))
