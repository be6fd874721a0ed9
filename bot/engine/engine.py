"""The engine: one message in, the replies and the new memory out. Writes nothing by itself."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from actions import all_actions
from actions.base import TURN, VERIFIED, Turn
from bot.dialogue import pieces, reference
from bot.dialogue.choices import among, choose
from bot.dialogue.interpreter import OUTCOME, QUEUED
from bot.dialogue.policy import understood
from bot.dialogue.review_candidates import note
from bot.dialogue.slot_filling import given
from bot.dialogue.state import State
from bot.engine.domain import answers
from bot.engine.memory import Input, Memory, TurnResult
from bot.engine.nlg import AnswerGenerator
from bot.engine.parse_cache import ParseCache
from bot.engine.processor import Collector, HallProcessor
from bot.engine.sms_room import fitting
from bot.engine.tracker import TRACKER, Template, TurnTrackerStore
from bot.messages import Button, Reply
from bot.nlu import cues, person_words
from bot.nlu.multi_intent import separate
from bot.nlu.normalise import normalise
from bot.nlu.offered_values import meant
from hall import clock, privacy
from hall.operator import Operator

__all__ = ["Engine", "Input", "Memory", "TurnResult"]

KEPT = frozenset(kind.type_name for kind in (UserUttered, ActionExecuted, SlotSet, BotUttered))
MERE = 6  # characters beside an ID number, in a message that is nothing but one (我的身份证号)
_CARD = re.compile(r"卡|(?i:card)")  # which number was written: of a bank card one is warned each time
_ABOUT_IT = re.compile(  # what is said beside other things that are masked, when it is no wish
    r"(?:[\W_A-Za-z0-9]|我|的|是|叫|这|个|[你您]好|号|码|服务|密|口令|银行|信用|储蓄|卡|有效期|背面|后|位|姓|名字?|机主|住|在|地址|邮箱|微信|车牌)*"
)
_CALLED = re.compile(  # what was masked, and what it is called before it
    r"(?:我的?|这是|是|为|银行|信用|储蓄|身份|服务|支付|登录|卡|证|号码?|密码|口令|[:：=\s])*\[(?:ID)?\*{3}\][,，。;；、\s]*"
)
ID_MASKED, SENSITIVE_MASKED = "utter_id_number_masked", "utter_sensitive_masked"
MAX_TEXT = 500  # characters that are understood; who writes more gets an answer to the beginning and the end


@dataclass(frozen=True, slots=True)
class _Run:
    """A turn in the engine: `known` events were there before it; `before` is the dialogue's state then."""

    tracker: DialogueStateTracker
    known: int
    out: Collector
    parse: dict[str, Any]
    before: State


class Engine:
    """A loaded model with our actions."""

    def __init__(self, model_path: Path, operator: Operator | None = None) -> None:
        """`operator`: in whose words it answers, by default the demonstration's. Raises AnswerError, PolicyError."""
        self.model_path, self.operator = model_path, operator
        store = TurnTrackerStore(None)
        self.answers = answers(operator=operator)
        self._processor = HallProcessor(
            model_path,
            all_actions(),
            tracker_store=store,
            lock_store=InMemoryLockStore(),
            generator=AnswerGenerator(self.answers),
        )
        self.domain: Domain = self._processor.domain
        self._template = Template(self.domain)
        self._recall = ParseCache()
        self.likeness = self._processor.understanding().likeness
        if self.likeness is not None:
            self._processor.policy.know(self.likeness.topic)
        self.interpreter, self.hearing = self._processor.policy.mind(self.domain)

    async def parse(self, text: str, *, answering: bool = False) -> dict[str, Any]:
        """What a text means: `text`, `intent`, `intent_ranking`, `entities`, `command`. Never a command of Rasa.

        Of several wishes the one that is stated last gives the intent; `wishes` holds the parse data of each.
        `answering`: a question is open, which the beginning of the text may answer. `leaves`: it begins with a refusal
        of a person, which is told apart from the rest.
        """
        bare = text.strip().lstrip("/")  # Rasa takes a text with a slash for an intent: only our buttons may
        if len(bare) > MAX_TEXT:
            bare = bare[: MAX_TEXT // 2] + bare[-MAX_TEXT // 2 :]
        refusal, bare = person_words.leading(bare)
        found = await self._parse_one(bare or "。")
        if refusal:
            found = found | {"leaves": refusal}
        if found.get("command") or found.get("sms_code"):
            return found
        if wishes := await separate(bare, self._parse_one, self.hearing.sure_wish, answering=answering):
            found |= {"wishes": wishes, "intent": wishes[-1]["intent"]}
            found["intent_ranking"] = wishes[-1].get("intent_ranking") or []
        return found

    async def _parse_one(self, text: str) -> dict[str, Any]:
        found = self._recall.find(text, clock.current().local().date())
        if found is None:
            message = UserMessage(text, sender_id="parse", message_id="parse")
            found = dict(await self._processor.parse_message(message))
            self._recall.keep(text, found)
        return found

    async def run(self, turn: Turn, memory: Memory, given: Input) -> TurnResult:
        """Run one turn. Raises whatever an action raises; then nothing was changed."""
        state = State.load(memory.dialogue)
        secret = self.interpreter.awaits_secret(state)
        parse = await self._understand(given, state)
        line, level = turn.line.msisdn, turn.line.level
        slots = memory.slots | {QUEUED: turn.queued or None}
        slots |= {"proved_line": line if level >= 1 else None, "verified_line": line if level >= VERIFIED else None}
        tracker = self._template.tracker(turn.conversation, slots, memory.dialogue)
        run = _Run(tracker, len(tracker.events), Collector(turn.channel), parse, state)
        turn.cues = frozenset(parse["cues"]) if "cues" in parse else cues.find(turn.text)
        turn.hints, turn.render = cues.find, partial(self.answers.render_text, turn.channel)
        marks = TURN.set(turn), TRACKER.set(tracker)
        try:
            after = await self._processor.handle_message(
                UserMessage(
                    given.text,
                    run.out,
                    turn.conversation,
                    parse_data=parse,
                    input_channel=turn.channel,
                    message_id=turn.key,
                )
            )
        finally:
            TURN.reset(marks[0])
            TRACKER.reset(marks[1])
        secret = secret or "***" in slots.values() or _awaits_secret_now(tracker)
        return self._result(run, after, turn.key, secret=secret)

    def intents(self) -> dict[str, str]:
        """Every intent, and what the wish is called to the customer."""
        return {intent: self.interpreter.called(intent) for intent in self.domain.intents}

    def awaits_secret(self, memory: Memory) -> bool:
        """Whether the customer's next text may hold a code."""
        return self.interpreter.awaits_secret(State.load(memory.dialogue))

    async def _understand(self, given: Input, state: State) -> dict[str, Any]:
        event = given.event or _merely_masked(given.text)
        if event is not None:
            return {"text": given.text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "event": event}
        if (found := _picked(given, state)) is not None:
            return found
        plain = _without_masked(given.text)
        text = reference.written_out(state, plain)
        found = await self.parse(text, answering=self.interpreter.open_step(state) is not None)
        found = await self._with_beginnings(text, state, found)
        return found if plain == given.text else found | {"text": given.text}

    async def _with_beginnings(self, text: str, state: State, found: dict[str, Any]) -> dict[str, Any]:
        """A message as the end of a sentence whose beginning came before it, where that makes a wish."""
        whole = pieces.whole(state, text)
        if not whole or pieces.is_piece(text):
            return found
        together, alone = await self.parse(whole), self.hearing.sure_wish(found, False)
        wish = self.hearing.sure_wish(together, False)
        goes_on = alone in ("", wish) or pieces.is_bare(text)
        return together if goes_on and (wish or together["entities"]) else found

    def _result(self, run: _Run, after: State, key: str, *, secret: bool) -> TurnResult:
        replies = self._warned(tuple(_reply(event) for event in run.out.said if event.text), run, after)
        if run.out.name() == "sms" and run.parse.get("wishes"):
            replies = self._within_three_parts(run, replies)
        if run.out.name() == "sms" and after.top is not None:
            replies = _digits_of_the_last(replies)
        offers = [button.as_dict() for reply in replies for button in reply.buttons]
        candidates = note(run.before, after, run.parse, key, secret=secret)
        keeps = run.parse.get("event") is not None or after.question == QUEUED or after.kept
        if offers or not keeps:
            after.offers = offers
        slots = {slot: value for slot, value in run.tracker.current_slot_values().items() if value is not None}
        new = islice(run.tracker.events, run.known, None)
        return TurnResult(
            replies=replies,
            memory=Memory(slots, after.dump()),
            events=[_record(event, secret) for event in new if event.type_name in KEPT and not _cleared(event)],
            secret=secret,
            candidates=candidates,
        )

    def _within_three_parts(self, run: _Run, replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
        """Of several enquiries in a message what fits; the rest is offered by number."""
        said = [event for event in run.out.said if event.text]
        if len(said) != len(replies):  # something of another kind stands before them
            return replies

        def left_out(announced: str) -> Button | None:
            for part in run.parse["wishes"]:
                flow = self.interpreter.flows.starting_at(part["intent"]["name"])
                title = flow.wish(part["intent"]["name"]) if flow is not None else ""
                if (
                    flow is not None
                    and title in announced
                    and flow.returns
                    and all(s.kind != "act" for s in flow.steps)
                ):
                    return Button(title, f"/{part['intent']['name']}{given(flow, understood(part))}")
            return None

        return fitting(said, replies, left_out, self.answers.text("utter_wishes_left", "sms"))

    def _warned(self, replies: tuple[Reply, ...], run: _Run, after: State) -> tuple[Reply, ...]:
        """Whoever writes what must not be kept is told, whatever else is answered: of documents and cards always."""
        masked = _masked(text := str(run.parse.get("text") or ""))
        if not masked or (run.before.warned and masked != ID_MASKED and not _CARD.search(text)):
            return replies
        after.warned = True
        warning = Reply(self.answers.text(masked, run.out.name()))
        return replies if warning in replies else (warning, *replies)


def _picked(given: Input, state: State) -> dict[str, Any] | None:
    """The parse data of the open choice that was meant: by button, number or title, or by its size or price."""
    offers = state.offers
    plain = normalise(given.text) if offers else ""
    if (found := choose(given.text, given.payload, offers, plain)) is not None or not plain:
        return found
    values = [offer for offer in offers if offer["payload"].startswith("/inform")]
    return among(meant(plain, [offer["title"] for offer in values]), values, given.text)


def _masked(text: str) -> str:
    """The answer to what was taken out of a text, or ""."""
    if privacy.ID_MARK in text:
        return ID_MASKED
    return SENSITIVE_MASKED if privacy.MARK in text else ""


def _without_masked(text: str) -> str:
    """The text without what was masked and what that is called: 密码是[***]，帮我查话费 asks for the balance."""
    if privacy.MARK not in text and privacy.ID_MARK not in text:
        return text
    return _CALLED.sub("", text).strip() or text


def _merely_masked(text: str) -> dict[str, Any] | None:
    """A message that is nothing but what was masked: only the warning answers it, and the open question comes again."""
    if not (masked := _masked(text)):
        return None
    left = text.replace(privacy.ID_MARK, "").replace(privacy.MARK, "").strip()
    mere = len(left) <= MERE if masked == ID_MASKED else _ABOUT_IT.fullmatch(left)
    return {"response": masked, "resume": True} if mere else None


def _digits_of_the_last(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """The choices of the open question come first, so that what is answered beside it does not move their digits."""
    *before, last = replies or (Reply(""),)
    beside = tuple(button for reply in before for button in reply.buttons)
    if not last.buttons or not beside:
        return replies
    return (*(replace(reply, buttons=()) for reply in before), replace(last, buttons=(*last.buttons, *beside)))


def _reply(event: BotUttered) -> Reply:
    buttons = tuple(Button(b["title"], b["payload"]) for b in event.data.get("buttons") or ())
    return Reply(event.text, buttons, event.data.get("image"), (event.metadata or {}).get("card"))


def _awaits_secret_now(tracker: DialogueStateTracker) -> bool:
    """Whether a code was checked in this turn."""
    return any(event.type_name == SlotSet.type_name and event.value == "***" for event in tracker.events)


def _cleared(event: Event) -> bool:
    """Whether only the result of the action before is put away, which every step does."""
    return isinstance(event, SlotSet) and event.key == OUTCOME and event.value is None


def _record(event: Event, secret: bool) -> dict[str, Any]:
    """An event as it is stored: Rasa's names, customers' data masked, codes left out."""
    at = getattr(event, "timestamp", None) or time.time()
    if isinstance(event, UserUttered):
        entities = [{"entity": e["entity"]} for e in event.entities]
        text = privacy.mask_numbers(privacy.mask_codes(event.text or "") if secret else event.text or "")
        return {"event": "user", "text": text, "intent": event.intent, "entities": entities, "timestamp": at}
    if isinstance(event, SlotSet):
        plain = isinstance(event.value, (bool, int, type(None)))
        value = event.value if plain else privacy.mask_numbers(privacy.mask_codes(str(event.value)))  # as at intake
        return {"event": "slot", "name": event.key, "value": value, "timestamp": at}
    if isinstance(event, BotUttered):
        return {"event": "bot", "utter_action": (event.metadata or {}).get("utter_action"), "timestamp": at}
    return {"event": "action", "name": getattr(event, "action_name", None), "timestamp": at}
