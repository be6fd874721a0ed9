"""The number that is topped up: whose it is, whether it can be served, and checked twice."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.topup_remedies import explained
from hall import msisdn as numbers
from hall.topup import packages
from hall.topup.eligibility import number_refusal

DIGITS = 11  # of a mobile number
TWICE = 2  # how often somebody else's number is typed
REMEMBERED = timedelta(hours=6)  # … of which the first time counts so long
_DIGITS = re.compile(r"\D")
MISTYPED = 2  # digits too few or too many that are said to be so
OWN = "own"  # the value of slot phone_number for "my own number"
MINE = frozenset({"own_line", "own", "this_line"})  # cues
ASK_AGAIN = {"retype": "utter_ask_phone_number_retype", "last4": "utter_ask_phone_number_last4"}
REFUSED = {  # reasons that the number alone gives
    "invalid_number": "utter_topup_invalid_number",
    "landline": "utter_topup_landline",
    "virtual_number": "utter_topup_virtual_number",
}


class AssumeOwnLine(HallAction):
    """Takes one's own proved line, which most top-ups are for, unless somebody else is named."""

    name_ = "action_assume_own_line"

    async def act(self, turn: Turn) -> Outcome:
        other = ("other_person" in turn.cues and "own_line" not in turn.cues) or turn.slots["number_whose"] == "other"
        if other or payer(turn) is None:
            return proceed(number_whose="other" if other else None)
        return proceed(phone_number=payer(turn), number_assumed="own_line" not in turn.cues)


class AskPhoneNumber(HallAction):
    """Asks for the number, with one's own proved line as a choice; not asked when that line was meant."""

    name_ = "action_ask_phone_number"

    async def act(self, turn: Turn) -> Outcome:
        line, meant = payer(turn), bool(MINE & turn.cues)
        if (count := (turn.slots.get("several") or {}).get("said") or 0) > 1 and not meant:
            most = turn.hall.policy.topup.at_once
            return proceed(say("utter_ask_phone_numbers", count=min(count, most), more=count > most))
        if line is None:
            return proceed(say("utter_topup_own_unknown" if meant else "utter_ask_phone_number"))
        if meant:
            return proceed(**_number(turn, line))
        if turn.slots.get("number_whose") == "other" or "other_person" in turn.cues:
            return proceed(say("utter_ask_phone_number"), number_whose="other")
        own = Choice("utter_choice_own_number", {"phone_number": line}, {"number": line})
        return proceed(Say("utter_ask_phone_number", choices=(own,)))


class CheckPhoneNumber(HallAction):
    """Refuses what is not a mobile number that can be served; has it checked twice as the policy says."""

    name_ = "action_check_phone_number"

    async def act(self, turn: Turn) -> Outcome:
        given, line = str(turn.slots["phone_number"]), payer(turn)
        if given == OWN and line is None:
            return again()  # whoever asks for it says that it is not known
        msisdn = line if given == OWN else numbers.normalise(given)
        if refused := number_refusal(turn.hall, msisdn or given):
            said = _wrong_length(given) or say(REFUSED[refused.reason])
            return again(said, number_whose="other", **explained(refused.reason))  # one's own is not assumed instead
        heard = {"number_assumed": None} if given == OWN else {}
        if str(msisdn) in _DIGITS.sub("", turn.text):
            heard |= typed(turn, str(msisdn))
            turn.slots.update(heard)
        return proceed(**_number(turn, str(msisdn)), **heard)


class SeveralNumbers(HallAction):
    """Says which of several numbers are taken, one after the other: as many as the policy allows at once."""

    name_ = "action_several_numbers"

    async def act(self, turn: Turn) -> Outcome:
        several, most = turn.slots["several"], turn.hall.policy.topup.at_once
        values = list(dict.fromkeys(map(str, several["values"])))
        taken, left = values[:most], values[most:]
        missing = max(min(several["said"], most) - len(several.get("seen") or taken), 0)
        total = total_fen(turn, taken)
        told = say("utter_several_numbers", numbers=taken, left=left, missing=missing, most=most, total_fen=total)
        return proceed(told, several=several | {"values": taken})


class AskPhoneNumberAgain(HallAction):
    """Asks for the number a second time, or for its last four digits, as the policy says."""

    name_ = "action_ask_phone_number_again"

    async def act(self, turn: Turn) -> Outcome:
        how = _check(turn, turn.slots["phone_number"])  # of a line proved meanwhile, another than when it was given
        return proceed(say(ASK_AGAIN.get(how, ASK_AGAIN["retype"])))


class CheckPhoneNumberAgain(HallAction):
    """Compares; too many mismatches end the order, unpaid."""

    name_ = "action_check_phone_number_again"

    async def act(self, turn: Turn) -> Outcome:
        wanted, given = turn.slots["phone_number"], str(turn.slots["phone_number_again"])
        given = numbers.normalise(given) or given
        if wrong := _wrong_length(given):
            return again(wrong)
        if given == wanted or (_check(turn, wanted) == "last4" and given == wanted[-4:]):
            kept = typed(turn, wanted, TWICE)
            return proceed(say("utter_topup_number_checked"), number_twice="done", phone_number_again=None, **kept)
        misses = (turn.slots.get("number_misses") or 0) + 1
        if misses >= (tries := turn.hall.policy.topup.mismatches):
            return end(say("utter_topup_mismatch_end", tries=tries))
        return again(say("utter_topup_mismatch"), number_misses=misses)


def payer(turn: Turn) -> str | None:
    """The line that the customer has proved."""
    return turn.line.msisdn if turn.line.level >= 1 else None


def _wrong_length(given: str) -> Say | None:
    """Some digits of a mobile number are missing, or there are too many."""
    apart = abs(len(given) - DIGITS)
    near = given.isdecimal() and given.startswith("1") and 0 < apart <= MISTYPED
    return say("utter_topup_wrong_length", number=given, digits=len(given), apart=apart) if near else None


def _check(turn: Turn, msisdn: str) -> str:
    """How that number is checked twice: retype | last4, or read_back at the confirmation."""
    rules = turn.hall.policy.topup
    return rules.own_check if msisdn == payer(turn) else rules.others_check


def typed(turn: Turn, msisdn: str, times: int = 1) -> dict[str, Any]:
    """The slot that keeps how often that number was typed, by `times` more: a refusal between makes it no other."""
    before = turn.slots.get("number_typed") or {}
    kept = _typed(turn, msisdn) + (0 if before.get("turn") == turn.key else times)
    now = turn.hall.clock.now().isoformat()
    return {"number_typed": {"number": msisdn, "at": now, "times": kept, "turn": turn.key}}


def _typed(turn: Turn, msisdn: str) -> int:
    """How often it was typed, one time after the other, in these hours, without an order for it."""
    kept = turn.slots.get("number_typed") or {}
    recent = kept and turn.hall.clock.now() - datetime.fromisoformat(kept["at"]) <= REMEMBERED
    return int(kept["times"]) if recent and kept["number"] == msisdn else 0


def total_fen(turn: Turn, numbers: list[str]) -> int | None:
    """What the orders for several numbers cost together; None while one of them is not chosen."""
    fills = [one for one in (turn.slots.get("several") or {}).get("fills") or () if one["phone_number"] in numbers]
    prices = [_price(turn, one) for one in fills]
    return sum(fen for fen in prices if fen) if prices and all(prices) else None


def _price(turn: Turn, fills: dict[str, Any]) -> int | None:
    if turn.slots["sold"] == "credit":
        return next((p.price_fen for p in turn.hall.policy.topup.credit() if p.face_fen == fills.get("credit")), None)
    scope, data_mb = fills.get("scope"), fills.get("package")
    package = packages.wanted(turn.hall.policy, scope, data_mb) if scope and isinstance(data_mb, int) else None
    return package.price_fen if package else None


def _number(turn: Turn, msisdn: str) -> dict[str, Any]:
    checked = _check(turn, msisdn) == "retype" and _typed(turn, msisdn) >= TWICE
    twice = "no" if _check(turn, msisdn) == "read_back" else "done" if checked else "needed"
    cleared = {"phone_number_again": None, "number_misses": 0, "number_whose": None}
    return {"phone_number": msisdn, "number_twice": twice} | cleared
