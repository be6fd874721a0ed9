"""Guidance for real-name registration. Nobody is registered here, and no identity number is taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.stores import customer
from actions.tickets import TellTickets, meant
from hall import real_name, tickets
from hall.change import Change
from hall.errors import Unavailable
from hall.policy.stores import Place
from hall.stores import finding

FACTS = ("bring", "cost", "how_long", "where", "deadline")  # topics that answers know without a key of the guide
TOLD = ("bring", "how_long", "where", "deadline")  # topics that the guidance tells at any rate
MOST = 2  # questions of one message that are answered
SENDS = re.compile("[让叫由请派]")
_LOST = re.compile(r"丢|掉了|没了|不在|没带|过期|找不到|弄没")
_WHERE = re.compile(
    r"(?:在|住|到了?)(?P<place>[\u4e00-\u9fff]{2,6}?)"
    r"(?=打工|上班|工作|读书|上学|做|当|带|这边|那边|这里|呢|住|了|回不|去不|来不|不能|没法|没空|不方便|咋|怎|啷"
    r"|办|该|要|想|就|也|又|可以|能|离|远|啊|哦|嘞|[,，。 !！?？]|$)"
)
ANY = "any"  # the topic of a question that has none
PERSON = Choice("utter_choice_person", payload="/talk_to_human")
_PROGRESS = re.compile(r"到哪|哪一步|进度|进展|怎么样|好了没|好了吗|办完|办好|办得")
_FAR = re.compile(
    r"在外(?:地|省|面)|外(?:地|省)(?:打工|上班|读书)|不在(?:老家|本地|家)|回不(?:去|来)|离(?:老家|家)[^,。]{0,4}远"
)
NOWHERE = ("外省", "外地", "外面", "别的省", "省外", "他乡")
SHORT = 6  # characters of a place that is all that was said
AWAY = "far_from_home"
OTHERS = frozenset({"other_person", "other_line", "lost_other"})  # cues: somebody else's line
SMS_CASES = 8  # as choices: 9 is a person; the others are told in words


class RealNameState(HallAction):
    """Tells the state of the own line, and finds the case if the words or that tell it."""

    name_ = "action_real_name_state"

    async def act(self, turn: Turn) -> Outcome:
        given, policy = str(turn.slots.get("real_name_case") or ""), turn.hall.policy
        said = real_name.case_of(policy, given) or real_name.case_of(policy, turn.text)
        if said in (None, "own_line") and turn.line.level and await _is_away(turn):
            said = AWAY
        if said is None and OTHERS & turn.cues:  # 给别人登记实名: not the state of one's own line
            said = "own_line"
        if said or turn.line.level < 1:
            return proceed(*_untold(turn, said), real_name_case=said)
        state, case, done = await _own_state(turn)
        if done and (topics := _topics(turn)):  # the question is what was asked, not the state
            return end(*(_answer(turn, one, "own_line", done=not index) for index, one in enumerate(topics)))
        return (end if done else proceed)(state, *_untold(turn, case), real_name_case=case)


class AskRealNameCase(HallAction):
    """Offers the cases; who has not proved a line may look up the state of one."""

    name_ = "action_ask_real_name_case"

    async def act(self, turn: Turn) -> Outcome:
        choices = [
            Choice("utter_choice_real_name", {"real_name_case": case}, {"case": case})
            for case in real_name.cases(turn.hall.policy)[: SMS_CASES if turn.channel == "sms" else None]
        ]
        if turn.line.level < 1:
            choices.append(Choice("utter_choice_real_name_state", payload="/check_account_status"))
        return proceed(Say("utter_ask_real_name_case", choices=tuple(choices)))


class CheckRealNameCase(HallAction):
    """Takes a case, a document's name or words that tell the case."""

    name_ = "action_check_real_name_case"

    async def act(self, turn: Turn) -> Outcome:
        case = real_name.case_of(turn.hall.policy, str(turn.slots["real_name_case"]))
        before = turn.slots.get("real_name_last")
        if case is None and before and _LOST.search(turn.text):  # the paper is named because it is not at hand
            return proceed(_answer(turn, "lost_id", before), real_name_case=before)
        if case is not None:
            return proceed(real_name_case=case)
        if before:  # a question, or a paper, about the case at hand
            return proceed(Say("utter_real_name_unknown", {}, (PERSON,)), real_name_case=before)
        return again(say("utter_real_name_case_unclear"))


class AnswerRealName(HallAction):
    """Answers one question about registering, shortly and with its yes or no first."""

    name_ = "action_real_name_answer"

    async def act(self, turn: Turn) -> Outcome:
        policy, topic = turn.hall.policy, str((turn.slots.get("asked") or {}).get("topic") or "bring")
        said = real_name.case_of(policy, turn.text)
        if topic == ANY and _PROGRESS.search(turn.text) and await meant(turn):
            return await TellTickets().act(turn)
        if topic == ANY and (told := self._any(turn, said)) is not None:
            return told
        topic = real_name.asked(policy, turn.text) or topic
        last = turn.slots.get("real_name_last")
        if said == "own_line" and topic in ("in_person", "everybody") and last:
            said = None  # 他本人要不要去 asks who comes, not for another case
        if topic == "in_person" and said == "minor" and SENDS.search(turn.text):
            said = None  # the child is to go there, it is not the child's line
        case = said or str(turn.slots.get("real_name_last") or "own_line")
        mine = turn.slots.get("real_name_last") in (None, "own_line")  # 要带什么, of a change of owner, is of that
        done = not said and mine and topic == "bring" and turn.line.level >= 1 and (await _own_state(turn))[2]
        unknown = topic == "bring" and not said and turn.line.level < 1 and not turn.slots.get("real_name_last")
        cases = tuple(_other_cases(turn)) if unknown else ()
        return proceed(_answer(turn, topic, case, done=done, choices=cases), real_name_last=case)

    @staticmethod
    def _any(turn: Turn, said: str | None) -> Outcome | None:
        """Another case, or something of which no topic is known; None where the guide knows the words."""
        if real_name.asked(turn.hall.policy, turn.text):
            return None
        if said is None:
            return proceed(Say("utter_real_name_unknown", {}, (PERSON,)))
        guidance = real_name.guidance(turn.hall.policy, said)
        return proceed(say("utter_real_name_guidance", guidance=guidance), real_name_last=said)


class RealNameDeadline(HallAction):
    """What happens to who does not register."""

    name_ = "action_real_name_deadline"

    async def act(self, turn: Turn) -> Outcome:
        case = str(turn.slots.get("real_name_last") or "own_line")
        return proceed(_answer(turn, "deadline", case))


class GuideRealName(HallAction):
    """Says what to bring where, how long it takes, and what happens after the deadline."""

    name_ = "action_real_name_guidance"

    async def act(self, turn: Turn) -> Outcome:
        guidance = real_name.guidance(turn.hall.policy, turn.slots["real_name_case"])
        return proceed(say("utter_real_name_guidance", guidance=guidance), real_name_last=guidance.case)


class OfferCrossProvince(HallAction):
    """Who is far from home and not registered may have the papers prepared; once, then how far they are."""

    name_ = "action_offer_cross_province"

    async def act(self, turn: Turn) -> Outcome:
        if turn.slots.get("real_name_case") != AWAY or turn.line.level < 1:
            return proceed(cross_province=None)
        mine = await tickets.of_customer(turn.unit, turn.conversation, turn.line.msisdn)
        known = next((one for one in mine if one.kind == tickets.REGISTRATION and one.unsettled), None)
        if known is not None:
            return proceed(
                say("utter_cross_province_known", ticket=tickets.facts(turn.hall, known)), cross_province=None
            )
        try:
            state = await real_name.registration(turn.hall, turn.line.proved)
        except Unavailable:
            return proceed(cross_province=None)
        return proceed(cross_province="yes" if state is not None and not state.registered else None)


class ConfirmCrossProvince(HallAction):
    """Asks whether the ticket shall be opened."""

    name_ = "action_confirm_cross_province"

    async def act(self, turn: Turn) -> Outcome:
        choices = (
            Choice("utter_choice_cross_province", payload="/affirm"),
            Choice("utter_choice_cross_province_not", payload="/cancel"),
        )
        store = await _store_there(turn)
        facts = {"place": _place(turn) or None, "store": store.name if store else None}
        return proceed(Say("utter_cross_province_confirm", facts, choices))


class OpenCrossProvince(HallAction):
    """Opens it: a hall where the customer is checks the identity, the home province registers."""

    name_ = "action_open_cross_province"

    async def act(self, turn: Turn) -> Outcome:
        key = f"registration|{turn.line.proved}|{turn.key}"
        said, known = turn.render("utter_choice_real_name", case=AWAY), await _known(turn)
        new = tickets.NewTicket(key, tickets.REGISTRATION, AWAY, turn.conversation, turn.line.proved, said, known)
        ticket = await tickets.open_ticket(Change.begin(turn.hall, turn.unit, "customer"), new)
        store = await _store_there(turn)
        where = f"{store.name}（{store.city}{store.address}）" if store else None
        told = say("utter_cross_province_opened", ticket=tickets.facts(turn.hall, ticket), store=where)
        return proceed(told, cross_province=None)


async def _is_away(turn: Turn) -> bool:
    """Whether the words say that the customer, whose line is not registered, is in another place than its home."""
    rules = turn.hall.policy.stores
    asks = "open_ticket" in turn.cues and bool(turn.slots.get("real_name_last"))
    places = (*rules.elsewhere, *rules.provinces, *rules.cities)
    named = [one for one in places if f"在{one}" in turn.text]
    if not named and not asks and not _FAR.search(turn.text):
        return False
    try:
        state = await real_name.registration(turn.hall, turn.line.proved)
    except Unavailable:
        return False
    return state is not None and not state.registered and not await _at_home(turn, named)


async def _at_home(turn: Turn, named: list[str]) -> bool:
    """Whether the places that are named are the home of the line."""
    rules, (_, home) = turn.hall.policy.stores, await customer(turn)
    near = [home, *(province for province, cities in rules.provinces.items() if home in cities)]
    return bool(named) and all(one in near for one in named)


def _topics(turn: Turn) -> list[str]:
    """What the message that begins it asks, of what can be answered, without what is only asked along with it."""
    asked = (turn.slots.get("asked") or {}).get("topics") or ()
    if by_words := real_name.asked(turn.hall.policy, turn.text):
        return [by_words]
    return [one for one in asked if one in FACTS or one in turn.hall.policy.real_name["questions"]][:MOST]


def _untold(turn: Turn, case: str | None) -> list[Say]:
    """Answers to what the message asks and the guidance, which follows, does not tell: 要钱吗, 能网上办吗."""
    return [_answer(turn, one, case or "own_line") for one in _topics(turn) if one not in TOLD]


def _answer(turn: Turn, topic: str, case: str, *, done: bool = False, choices: tuple[Choice, ...] = ()) -> Say:
    policy = turn.hall.policy
    key = None if topic in FACTS else real_name.answer(policy, topic, case)
    facts = {"topic": topic, "guidance": real_name.guidance(policy, case), "registered": done, "answer": key}
    return Say("utter_real_name_answer", facts | {"free": real_name.is_free(policy)}, choices=choices)


async def _known(turn: Turn) -> tuple[tickets.Fact, ...]:
    state = await real_name.registration(turn.hall, turn.line.proved)
    where = _place(turn)
    found = [tickets.Fact("机主", state.name)] if state else []
    return (*found, *([tickets.Fact("所在地", where)] if where else []))


def _place(turn: Turn) -> str:
    """Where the customer says he is, or ""."""
    found = _WHERE.search(str(turn.slots.get("real_name_place") or ""))
    said = str(turn.slots.get("real_name_place") or "").strip("。我就的 ")
    where = found["place"] if found else said if len(said) <= SHORT else ""
    return "" if where in NOWHERE else where


async def _store_there(turn: Turn) -> Place | None:
    """A hall of the line's carrier where the customer says he is."""
    where = _place(turn)
    carrier, _ = await customer(turn)
    found = finding.find(turn.hall.policy.stores, where, carrier) if where else None
    return found.places[0] if found and found.how != "others" else None


def _other_cases(turn: Turn) -> Iterator[Choice]:
    """The cases as choices that begin the guidance for one."""
    for case in real_name.cases(turn.hall.policy)[: SMS_CASES if turn.channel == "sms" else None]:
        fills = json.dumps({"real_name_case": case}, separators=(",", ":"))
        yield Choice("utter_choice_real_name", facts={"case": case}, payload=f"/register_real_name{fills}")


async def _own_state(turn: Turn) -> tuple[Say, str | None, bool]:
    """What the records say of the proved line, the case that fits it, and whether nothing is left to do.

    Guidance goes on without the records.
    """
    try:
        state = await real_name.registration(turn.hall, turn.line.proved)
    except Unavailable:
        return say("utter_real_name_state_unknown"), None, False
    number = turn.line.proved
    if state is None:
        return say("utter_unknown_line", number=number), None, False
    word = "utter_real_name_registered" if state.registered else "utter_real_name_not_registered"
    return say(word, number=number, name=state.name), state.case, state.registered
