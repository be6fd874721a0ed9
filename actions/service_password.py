"""The service password: asked for before records are shown, set anew by a one-time code, never told."""

from __future__ import annotations

from collections.abc import Callable

from actions.base import VERIFIED, Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.identity import RESEND, code_outcome, plain_digits, sent
from actions.look_up import is_others
from hall import identity, service_password
from hall.privacy import mask_msisdn
from hall.service_password import DIGITS, Locked, Wrong

VERIFY = "verify"  # the flow that verifies the customer
NEW = Choice("utter_choice_new_password", payload="/service_password")
OTHER_PASSWORDS = ("broadband", "wifi", "landline", "account")  # by the cue `password_…` of data/nlu/cues.tsv


class MayVerify(HallAction):
    """Before anything is asked: it is the customer's own line, and its password is not locked."""

    name_ = "action_may_verify"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        if found := await service_password.locked(turn.hall, turn.unit, turn.line.proved):
            return end(_locked(found))
        return proceed()


class CheckServicePassword(HallAction):
    """Compares what was typed; wrong ones are counted, and how many are left is told."""

    name_ = "action_check_service_password"

    async def act(self, turn: Turn) -> Outcome:
        typed = plain_digits(str(turn.slots["service_password"]))
        if len(typed) != DIGITS:
            return again(say("utter_password_six"))
        found = await service_password.check(turn.hall, turn.unit, turn.line.proved, typed)
        if isinstance(found, Wrong):
            return again(say("utter_password_wrong", left=found.left))
        return end(_locked(found)) if isinstance(found, Locked) else proceed()


class SendOwnCode(HallAction):
    """Sends a code to the proved line."""

    name_ = "action_send_own_code"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        if not turn.slots.get("service_password"):  # a new one is to be set
            await service_password.reachable(turn.hall, turn.line.proved)
        return await _send(turn, proceed)


class CheckOwnCode(HallAction):
    """Compares the code that went to the proved line; after the password the customer is verified."""

    name_ = "action_check_own_code"

    async def act(self, turn: Turn) -> Outcome:
        line, code = turn.line.proved, str(turn.slots["own_code"])
        if code == RESEND:
            return await _send(turn, again)
        code = plain_digits(code)
        if len(code) != identity.CODE_DIGITS:
            return again(say("utter_code_not_six"))
        found = await identity.check_code(turn.hall, turn.unit, line, code, turn.conversation)
        if not isinstance(found, identity.Right):
            return code_outcome(found)
        if turn.slots.get("service_password"):  # it was right: the one step of a proof that goes before
            turn.prove = (line, VERIFIED)
        return proceed()


class SetServicePassword(HallAction):
    """Sets the new password; a weak one is refused with the reason."""

    name_ = "action_set_service_password"

    async def act(self, turn: Turn) -> Outcome:
        line, typed = turn.line.proved, plain_digits(str(turn.slots["new_password"]))
        weak = await service_password.set_new(turn.hall, turn.unit, line, typed, turn.key)
        if weak:
            return again(say("utter_password_weak", weak=weak))
        if (turn.slots.get("open_task") or {}).get("flow") == VERIFY:
            turn.prove = (line, VERIFIED)  # code and password were both just given
        return proceed(say("utter_password_set", number=line))


class PasswordHelp(HallAction):
    """What a service password is, and what to do when it is forgotten or locked; of a proved line whether it is."""

    name_ = "action_password_help"

    async def act(self, turn: Turn) -> Outcome:
        line, rules = turn.line.msisdn, turn.hall.policy.verification
        found = await service_password.locked(turn.hall, turn.unit, line) if line else None
        asked = "locked" if found or "password_locked" in turn.cues else "told"
        facts = {"asked": asked, "until": found.until if found else None, "tries": rules.tries}
        facts["hours"] = int(rules.locked.total_seconds()) // 3600
        return proceed(Say("utter_password_help", facts, (NEW,)))


class PasswordElsewhere(HallAction):
    """Where a password is changed that is not the line's."""

    name_ = "action_password_elsewhere"

    async def act(self, turn: Turn) -> Outcome:
        which = next((name for name in OTHER_PASSWORDS if f"password_{name}" in turn.cues), OTHER_PASSWORDS[-1])
        return proceed(say("utter_password_elsewhere", which=which))


async def _send(turn: Turn, then: Callable[[Say], Outcome]) -> Outcome:
    line = turn.line.proved
    found = await identity.send_code(
        turn.hall, turn.unit, line, turn.conversation, turn.key, used=turn.prove is not None
    )
    if isinstance(found, identity.Locked):
        return end(say("utter_code_locked", until=found.until))
    if isinstance(found, identity.Sent):
        resets = not turn.slots.get("service_password")  # what goes before the code where the customer is verified
        return then(say("utter_own_code_sent", number=mask_msisdn(line), resets=resets))
    return then(sent(turn, line, found))


def _locked(found: Locked) -> Say:
    return Say("utter_password_locked", {"until": found.until}, (NEW,))
