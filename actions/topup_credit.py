"""Credit top-up: money onto a number, by the same road as data."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.topup import no_further
from actions.topup_number import OWN, payer
from actions.topup_paying import checked, placed
from hall.bss.balance import Balances
from hall.policy import Package
from hall.topup import packages

CLEARS = "clears"  # 交清: what pays the arrears


class AskCredit(HallAction):
    """Offers the amounts that are sold."""

    name_ = "action_ask_credit"

    async def act(self, turn: Turn) -> Outcome:
        choices = (Choice("utter_choice_credit", {"credit": p.face_fen}, {"package": p}) for p in _sold(turn))
        return proceed(Say("utter_ask_credit", choices=tuple(choices)))


class CheckCredit(HallAction):
    """Takes an amount that is sold; otherwise names the two nearest."""

    name_ = "action_check_credit"

    async def act(self, turn: Turn) -> Outcome:
        given = str(turn.slots["credit"])
        if given == CLEARS:
            return await _what_clears(turn)
        if meant := packages.picked(_sold(turn), given):
            return proceed(*no_further(given, meant.face_fen), credit=meant.face_fen)
        if some := packages.half(_sold(turn), given):
            return again(say("utter_topup_half", which=given, packages=some))
        fen = _fen(turn.slots["credit"])
        if fen is None:
            return again(say("utter_credit_unclear"))
        if _package(turn, fen) is None:
            return again(say("utter_credit_no_such", face_fen=fen, nearest=_nearest(turn, fen)))
        return proceed(credit=fen)


class TellEnough(HallAction):
    """Whether an amount pays what one's own line owes; of somebody else's line nothing is told."""

    name_ = "action_credit_enough"

    async def act(self, turn: Turn) -> Outcome:
        asked = (turn.slots.get("asked") or {}).get("amount_fen") or _bare(turn.text) or [turn.slots.get("credit")]
        number, line = turn.slots.get("phone_number"), payer(turn)
        if line is None or number not in (None, OWN, line):
            told = say("utter_credit_enough_other") if number else say("utter_credit_amounts", packages=[*_sold(turn)])
            return proceed(told)
        balance = await turn.hall.bss[Balances].of(line)
        owed, paid = balance.arrears_fen, asked[-1]
        if not owed and isinstance(paid, int):
            return proceed(say("utter_credit_then", balance_fen=balance.balance_fen, paid_fen=paid))
        if not owed or not isinstance(paid, int):
            return proceed(say("utter_credit_owes", owed_fen=owed))
        return proceed(say("utter_credit_enough", owed_fen=owed, paid_fen=asked[-1], rest_fen=asked[-1] - owed))


class TellDataEnough(HallAction):
    """Whether data lasts; 20够不够, while what is owed stands in the way, is about that."""

    name_ = "action_topup_enough"

    async def act(self, turn: Turn) -> Outcome:
        named = (turn.slots.get("asked") or {}).get("amount_fen") or _bare(turn.text)
        sizes = (turn.slots.get("asked") or {}).get("data_mb")
        if named and not sizes and payer(turn) and (await turn.hall.bss[Balances].of(str(payer(turn)))).arrears_fen:
            return await TellEnough().act(turn)
        return proceed(say("utter_topup_enough"))


class CheckCreditTopup(HallAction):
    """Refuses a top-up that cannot succeed, before the customer confirms it."""

    name_ = "action_check_credit_topup"

    async def act(self, turn: Turn) -> Outcome:
        package = _package(turn, turn.slots["credit"])
        if package is None:
            return end(say("utter_topup_start_again"))
        return await checked(turn, package)


class PlaceCredit(HallAction):
    """Places the order that was confirmed, and says where to pay it."""

    name_ = "action_place_credit"

    async def act(self, turn: Turn) -> Outcome:
        return await placed(turn, _package(turn, turn.slots["credit"]))


async def _what_clears(turn: Turn) -> Outcome:
    """The smallest amount that pays what one's own line owes."""
    line = payer(turn)
    if line is None or turn.slots["phone_number"] not in (OWN, line):
        return again()
    owed = (await turn.hall.bss[Balances].of(line)).arrears_fen
    enough = next((p.face_fen for p in _sold(turn) if p.face_fen >= owed > 0), None)
    return proceed(credit=enough) if enough else again(say("utter_credit_owes", owed_fen=owed))


def _bare(text: str) -> list[int]:
    """An amount without a unit, in fen: 30够不够还清."""
    return [int(digits) * 100 for digits in re.findall(r"(?<!\d)\d{2,3}(?!\d)", text)][:1]


def _sold(turn: Turn) -> tuple[Package, ...]:
    return turn.hall.policy.topup.credit()


def _package(turn: Turn, fen: int) -> Package | None:
    return next((p for p in _sold(turn) if p.face_fen == fen), None)


def _nearest(turn: Turn, fen: int) -> list[Package]:
    near = sorted(_sold(turn), key=lambda p: abs(p.face_fen - fen))[:2]
    return sorted(near, key=lambda p: p.face_fen)


def _fen(value: Any) -> int | None:
    """The amount as the entity gives it, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
