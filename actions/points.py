"""Points of the customer's own line: how many, when they end, what they buy, and giving them for something."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.guides import AnswerBesides
from actions.look_up import LookUp
from hall import points
from hall.errors import Unavailable
from hall.points import Offer, Points, TooFew
from hall.policy import Gift
from hall.spoken_numbers import whole

_ALL = re.compile(r"(?:全|都)(?:部|都)?(?:给我|帮我)?[换兑][^,。]{0,3}话费")
_SPENT = re.compile(r"用(?:到|在)哪|花(?:到|在)?哪|去哪(?:里|儿)?了|换(?:了)?什么去了")
_MOST_OR_LEAST = re.compile(r"(?P<most>最贵|最大|最好|最高)|最便宜|最少|最小|最低")
_SIZE = re.compile(r"(?P<n>\d{1,4}|[一二两三四五六七八九十百]{1,4})个?(?P<unit>块|元|[gG])")
_BARE_SIZE = re.compile(r"(?P<n>\d{1,4}|[一二两三四五六七八九十百]{1,4})")
_AMOUNT = re.compile(r"(?P<n>\d{3,6})(?:积?分)?")
_AFTER = {  # topics of what is asked of something redeemed
    "refund": re.compile(r"退|反悔|后悔|取消"),
    "lasts": re.compile(r"过期|有效"),
    "in_person": re.compile(r"领|拿|哪"),
}
MOST = 3  # gifts that are offered as choices


class TellPoints(LookUp):
    """Says how many points there are, which end when, and what they buy; or what they went for."""

    name_ = "action_points"
    tells = {Points: "utter_points"}

    async def read(self, turn: Turn) -> Points | None:
        return await points.of(turn.hall, turn.line.proved)

    async def act(self, turn: Turn) -> Outcome:
        if (told := await _followed(turn)) is not None:
            return told
        if "history" in turn.cues:
            return await TellPointsHistory().act(turn)
        if "points_transfer" in turn.cues:
            return proceed(say("utter_points_rule", topic="transfer", rules=turn.hall.policy.accounts.points))
        outcome = await super().act(turn)
        said = [Say(one.response, one.facts, _choices(one.facts.get("points"))) for one in outcome.says]
        return Outcome(outcome.result, tuple(said), outcome.slots)


async def _followed(turn: Turn) -> Outcome | None:
    """What is asked right after the points were told; None where nothing of it is."""
    cues = set((turn.slots.get("follow_up") or {}).get("cues", ()))
    rules = turn.hall.policy.accounts.points
    if "points_after" in cues:
        topic = next((topic for topic, words in _AFTER.items() if words.search(turn.text)), "arrival")
        return proceed(say("utter_points_rule", topic=topic, rules=rules))
    if "points_earn" in cues:
        return proceed(say("utter_points_rule", topic="earn", rules=rules))
    if not cues & {"points_size", "points_reach"}:
        return None
    account = await points.of(turn.hall, turn.line.proved)
    have = account.points if account else 0
    if "points_reach" in cues:
        said = _AMOUNT.search(turn.text)
        return proceed(_reach(turn, int(said["n"]) if said else have, have))
    return _of_size(turn, have)


def _reach(turn: Turn, amount: int, have: int) -> Say:
    found = [one for one in points.offers(turn.hall, amount) if one.enough]
    offered = tuple(_choice(one, "/redeem_points") for one in found[:MOST] if one.points <= have)
    return Say("utter_points_reach", {"amount": amount, "gifts": found, "have": have}, offered)


def _of_size(turn: Turn, have: int) -> Outcome:
    """那20的呢: what it costs, and where there is none of that size, what is near."""
    said = _SIZE.search(turn.text) or _BARE_SIZE.search(turn.text)
    data = said is not None and said.groupdict().get("unit") in ("g", "G")
    number = whole(said["n"]) if said else 0
    kind, amount = ("data", number * 1024) if data else ("credit", number * 100)
    same = [one for one in turn.hall.policy.gifts if one.kind == kind]
    near = sorted(same, key=lambda one: abs(one.amount - amount))
    exact = [one for one in near if one.amount == amount]
    codes = {one.code for one in exact or near[:2]}
    gifts = [one for one in points.offers(turn.hall, have) if one.code in codes]
    offered = tuple(_choice(one, "/redeem_points") for one in gifts if one.enough)
    facts = {"exact": bool(exact), "gifts": gifts, "have": have}
    return proceed(Say("utter_points_size", facts, offered))


class TellPointsHistory(HallAction):
    """Says what the points went for."""

    name_ = "action_points_history"

    async def act(self, turn: Turn) -> Outcome:
        found = await points.redeemed(turn.hall, turn.line.proved)
        account = await points.of(turn.hall, turn.line.proved)
        return proceed(say("utter_points_history", redeemed=list(found[:MOST]), left=account.points if account else 0))


class TellPointsEnds(HallAction):
    """Says which points end when, and the rule for it."""

    name_ = "action_points_ends"

    async def act(self, turn: Turn) -> Outcome:
        if turn.line.msisdn and _SPENT.search(turn.text):
            return await TellPointsHistory().act(turn)
        found = await points.of(turn.hall, turn.line.msisdn) if turn.line.msisdn else None
        ending = list(found.ending) if found else []
        return proceed(say("utter_points_ends", ending=ending, rules=turn.hall.policy.accounts.points))


class TellGifts(HallAction):
    """Says what points buy."""

    name_ = "action_points_gifts"

    async def act(self, turn: Turn) -> Outcome:
        found = await points.of(turn.hall, turn.line.msisdn) if turn.line.msisdn else None
        gifts = found.gifts if found else points.offers(turn.hall, 0)
        return proceed(say("utter_points_gifts", gifts=list(gifts), points=found.points if found else None))


class TellPointsRule(HallAction):
    """Answers what holds for everybody's points: how they come, to whom they go, when what they buy arrives."""

    name_ = "action_points_rule"

    async def act(self, turn: Turn) -> Outcome:
        topic = (turn.slots.get("asked") or {}).get("topic", "earn")
        topic = {"mail": "arrival", "money_back": "refund"}.get(topic, topic)
        return proceed(say("utter_points_rule", topic=topic, rules=turn.hall.policy.accounts.points))


class AnswerPoints(AnswerBesides):
    """Answers what else is asked about points, else how many there are."""

    name_ = "action_points_fact"
    guide = "check_points"
    told = TellPoints

    async def act(self, turn: Turn) -> Outcome:
        return await TellPointsHistory().act(turn) if _SPENT.search(turn.text) else await super().act(turn)


class AnswerRedeeming(AnswerPoints):
    """The same while something is being redeemed: the question that is open has the choices."""

    name_ = "action_redeem_fact"

    async def act(self, turn: Turn) -> Outcome:
        outcome = await super().act(turn)
        says = tuple(Say(one.response, one.facts) for one in outcome.says)
        return Outcome(outcome.result, says, outcome.slots)


class AssumeGift(HallAction):
    """Takes what the first message names: 积分换10元话费."""

    name_ = "action_assume_gift"

    async def act(self, turn: Turn) -> Outcome:
        slots = turn.slots
        found = points.meant(turn.hall, turn.text, slots.get("gift_fen"), slots.get("gift_mb"))
        if not found and _ALL.search(turn.text):
            account = await points.of(turn.hall, turn.line.proved)
            found = points.most_credit(turn.hall, account.points if account else 0)
        return proceed(**({"gift": found[0].code} if len(found) == 1 else {}))


class AskGift(HallAction):
    """Offers what the points are enough for."""

    name_ = "action_ask_gift"

    async def act(self, turn: Turn) -> Outcome:
        found = await points.of(turn.hall, turn.line.proved)
        if found is None:
            return end(say("utter_unknown_line", number=turn.line.proved))
        if not found.within_reach:
            return end(say("utter_points_nothing", points=found))
        choices = tuple(_choice(gift, "/inform") for gift in found.within_reach)
        return proceed(Say("utter_ask_gift", {"points": found}, choices))


class CheckGift(HallAction):
    """Takes something that points buy, if there are enough of them."""

    name_ = "action_check_gift"

    async def act(self, turn: Turn) -> Outcome:
        said = str(turn.slots["gift"])
        gift = points.gift(turn.hall, said)
        if gift is None:
            found = points.meant(turn.hall, said) or _sized(turn, said) or points.meant(turn.hall, turn.text)
            found = found if len(found) == 1 else await _extreme(turn, said)
            if len(found) != 1:
                kind_known = found or "话费" in said or "流量" in said  # which of them is asked by the question itself
                return again() if kind_known else again(say("utter_gift_unclear"))
            gift = found[0]
        short = await points.enough(turn.hall, turn.line.proved, gift)
        if short is not None:
            return _refused(short)
        left = (await points.of(turn.hall, turn.line.proved) or Points(0, (), ())).points - gift.points
        return proceed(gift=gift.code, redeem_key=f"points:{turn.key}", redeem_left=left, **_shown(gift))


class RedeemPoints(HallAction):
    """Gives the points that were confirmed, once."""

    name_ = "action_redeem_points"

    async def act(self, turn: Turn) -> Outcome:
        gift = points.gift(turn.hall, str(turn.slots["gift"]))
        if gift is None:
            return end(say("utter_gift_unclear"))
        try:
            done = await points.redeem(turn.hall, turn.line.proved, gift, str(turn.slots["redeem_key"]))
        except Unavailable:
            return end(Say("utter_redeem_unknown", {"gift": gift}))
        if isinstance(done, TooFew):
            return _refused(done)
        rules = turn.hall.policy.accounts.points
        return proceed(Say("utter_redeemed", {"redeemed": done, "rules": rules}))


async def _extreme(turn: Turn, said: str) -> tuple[Gift, ...]:
    """换最便宜的, 换最贵的: of what the points are enough for, by its points."""
    match = _MOST_OR_LEAST.search(said) or _MOST_OR_LEAST.search(turn.text)
    account = await points.of(turn.hall, turn.line.proved) if match else None
    if match is None or account is None or not account.within_reach:
        return ()
    ordered = sorted(account.within_reach, key=lambda offer: offer.points, reverse=bool(match["most"]))
    gift = points.gift(turn.hall, ordered[0].code)
    return (gift,) if gift else ()


def _sized(turn: Turn, said: str) -> tuple[Gift, ...]:
    """换10块, 1G的那个: by the amount of credit or data alone."""
    found = _SIZE.search(said)
    if found is None:
        return ()
    number = whole(found["n"])
    data = found["unit"] in "gG"
    return points.meant(turn.hall, said, None if data else number * 100, number * 1024 if data else None)


def _refused(short: TooFew) -> Outcome:
    """Too few points: what is missing, and what there is enough for."""
    choices = tuple(_choice(gift, "/redeem_points") for gift in short.within_reach[:MOST])
    return end(Say("utter_points_too_few", {"short": short}, choices))


def _shown(gift: Gift) -> dict[str, Any]:
    return {"gift_name": gift.name, "gift_points": gift.points}


def _choices(found: Points | None) -> tuple[Choice, ...]:
    return tuple(_choice(gift, "/redeem_points") for gift in found.within_reach[:MOST]) if found else ()


def _choice(gift: Offer, what: str) -> Choice:
    return Choice("utter_choice_gift", facts={"gift": gift}, payload=f'{what}{{"gift":"{gift.code}"}}')
