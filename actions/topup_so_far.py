"""What is agreed of a top-up, said before the next question, or all of it with the question for the way to pay."""

from __future__ import annotations

from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, proceed, say
from actions.topup_number import OWN, payer, total_fen
from actions.topup_paying import arrival, ways
from hall.policy import Package
from hall.topup import packages
from hall.topup.packages import SCOPES, Agreed

VAGUE = (packages.PRICE, *packages.PICKS)  # what is said of a size before it is known: 大点的, 15元的


class DataSoFar(HallAction):
    """Says what is agreed of a package, with its price, before the next question."""

    name_ = "action_topup_so_far"

    async def act(self, turn: Turn) -> Outcome:
        if (only := _only_at_price(turn)) is not None:  # 十五块那个: one package alone costs that
            return proceed(scope=only.scope, package=only.data_mb)
        agreed = _data(turn)
        later = agreed.scope is not None and agreed.price_fen is None  # the hint at other numbers waits for the price
        kept = turn.slots["number_assumed"] if later else None
        return proceed(*_together(turn), say("utter_topup_so_far", agreed=agreed), number_assumed=kept)


class CreditSoFar(HallAction):
    """Says what is agreed of credit before the next question."""

    name_ = "action_credit_so_far"

    async def act(self, turn: Turn) -> Outcome:
        told = say("utter_topup_so_far", agreed=_credit(turn))
        return proceed(*_together(turn), told, number_assumed=None)


class AskPayMethod(HallAction):
    """Offers the ways to pay that this hall has; where choosing one orders, it says everything that is ordered."""

    name_ = "action_ask_pay_method"

    async def act(self, turn: Turn) -> Outcome:
        choices = tuple(Choice("utter_choice_pay", {"pay_method": way}, {"way": way}) for way in ways(turn))
        if not turn.slots.get("consenting"):
            return proceed(Say("utter_ask_pay_method", choices=choices))
        agreed = _data(turn) if turn.slots["sold"] == "data" else _credit(turn)
        never = Choice("utter_choice_no_topup", payload="/cancel")
        told = Say("utter_ask_pay_consent", {"agreed": agreed, "arrival": arrival(turn)}, (*choices, never))
        return proceed(told, number_assumed=None)


def _together(turn: Turn) -> list[Say]:
    """一共要付多少, of several numbers that were named together: what they cost in all."""
    numbers = [one["phone_number"] for one in (turn.slots.get("several") or {}).get("fills") or ()]
    of_all = "bill_sum" in turn.cues and len(numbers) > 1 and turn.slots["phone_number"] in numbers
    total = total_fen(turn, numbers) if of_all else None
    return [say("utter_several_total", count=len(numbers), total_fen=total)] if total else []


def package_of(turn: Turn, scope: str | None, data_mb: Any) -> Package | None:
    """The package of that size in that scope, where both are chosen."""
    known = scope is not None and isinstance(data_mb, int)
    return packages.wanted(turn.hall.policy, scope, data_mb) if known and scope else None


def _only_at_price(turn: Turn) -> Package | None:
    """The one package of all scopes that costs what was said, while the scope is open."""
    sign, _, fen = str(turn.slots["package"]).partition(":")
    if turn.slots["scope"] or sign != packages.PRICE:
        return None
    found = [p for scope in SCOPES for p in turn.hall.policy.offered(scope) if p.price_fen == int(fen)]
    return found[0] if len(found) == 1 else None


def _data(turn: Turn) -> Agreed:
    scope, data_mb, told = turn.slots["scope"], turn.slots["package"], _common(turn)
    package = package_of(turn, scope, data_mb)
    if package is not None:
        today = turn.hall.clock.local().date()
        last = packages.last_day(package, today)
        told |= {"data_mb": package.data_mb, "price_fen": package.price_fen, "last_day": last}
        told["ends_today"] = last == today
    elif isinstance(data_mb, int):
        told["data_mb"] = data_mb
    elif data_mb in packages.PICKS:
        told["pick"] = data_mb
    elif (price := str(data_mb).partition(":"))[0] == packages.PRICE:
        told["budget_fen"] = int(price[2])
    told["assumed"] = told["assumed"] and (package is not None or scope is None)
    return Agreed("data", **told, scope=scope)


def _credit(turn: Turn) -> Agreed:
    fen = turn.slots["credit"]
    return Agreed("credit", **_common(turn), face_fen=fen if isinstance(fen, int) else None)


def _common(turn: Turn) -> dict[str, Any]:
    """What every top-up agrees on: fields of `Agreed`."""
    number, line, way = turn.slots["phone_number"], payer(turn), turn.slots["pay_method"]
    number = line if number == OWN else number
    return {
        "number": number,
        "own": number is not None and number == line,
        "changed": any(str(old).partition(":")[0] not in VAGUE for old in (turn.slots["changed"] or {}).values()),
        "way": way if way in ways(turn) else None,
        "assumed": bool(turn.slots["number_assumed"]),
    }
