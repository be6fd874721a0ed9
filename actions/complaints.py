"""A complaint: what it is about, a promise, a ticket with what the records say."""

from __future__ import annotations

import re
from datetime import timedelta

from actions.base import HallAction, Outcome, Turn, again, end, proceed, say
from actions.tickets import TellTicketFact, meant
from hall import complaints, privacy, tickets
from hall.change import Change
from hall.store import transcript

CUE = "complaint_"  # cues of data/nlu/cues.tsv: what a complaint is about
OTHER = "other"
WANTS = {"harassment": "number", "service": "place", "network": "place", "fee": "amount"}  # what helps, if it is known
NOTHING = "nothing"
_NUMERALS = re.compile(r"\d{4,}")
LONGEST = 200  # characters of a complaint that are kept
_BARE = re.compile(
    r"[\s,，.。!！?？~～]|我|要|想|得|投诉|举报|申诉|你们?|一下|这个|了|啊|吧|呀|给|帮|请|怎么|如何|在哪里?|可以|吗|电话"
)
LONG, GIST, MOST_CLAUSES = 30, 24, 3  # characters of a long complaint and of a clause that is said back; how many are
_CLAUSES = re.compile(r"[\s,，.。!！?？;；、~～]+")
_FIGURE = re.compile(r"\d|[一二两三四五六七八九十百千]+(?:个?(?:块|元|次|天|回|遍|年|月|小时)|百|千)")
_LEAST = 4  # characters besides those: less says nothing of a matter
MATTER = "complaint_matter"  # the cue of a sentence that tells of something that went wrong
STORY_RESTS, STORY_LINES, STORY_LEAST = timedelta(minutes=10), 8, 8  # how far back it is looked for; characters of one
_ASKS = re.compile(r"[吗么?？]\s*$")
_WRONG = re.compile(
    r"破|烂|垃圾|坑|骗|骂|白跑|白等|乱|错|坏|断|卡|慢|差|没人|没退|没到|没来|不给|不让|不管|不理|说了[^,，。]{0,4}次|等了"
)
_DEMANDS = re.compile(
    r"^(?:我|你们|还|也|就)*(?:要求?|想要?|得|必须|应该)+(?:你们|给我)*(?:赔|补偿|道歉|说法)[^,，。?？]{0,6}$"
)


class ReadComplaint(HallAction):
    """Takes what was said as the matter, unless it says nothing but that one complains."""

    name_ = "action_complaint_matter"

    async def act(self, turn: Turn) -> Outcome:
        asked = turn.slots.get("complaint_text")
        said = str(asked or turn.text)
        if (
            said == turn.text and _DEMANDS.search(said) and (filed := await _filed(turn))
        ):  # 我要赔偿, of what is filed already
            added = tickets.add(Change.begin(turn.hall, turn.unit, "customer"), filed, privacy.mask(said), turn.key)
            return end(say("utter_ticket_added", ticket=tickets.facts(turn.hall, added)))
        kind, bare = category(turn.cues), len(_BARE.sub("", said)) < _LEAST
        if bare and kind == OTHER:
            story = "" if asked else await _told_before(turn)
            if not story:
                return again(say("utter_complaint_what")) if asked else proceed()
            said, kind = story, category(turn.hints(story))
        matter = privacy.mask(said)[:LONGEST]
        return proceed(complaint_text=matter, complaint_said=matter, complaint_category=kind, complaint_more=None)


class ReadMore(HallAction):
    """Adds what is said before the complaint is sent: a number, a time, a place."""

    name_ = "action_complaint_more"

    async def act(self, turn: Turn) -> Outcome:
        said, more = str(turn.slots["complaint_said"]), str(turn.slots.get("complaint_more") or "")
        kept = privacy.mask(more) if more else ""
        whole = f"{said}；{kept}"[:LONGEST] if kept and kept not in said else said
        return proceed(complaint_said=whole)


class ConfirmComplaint(HallAction):
    """Says what is noted and until when somebody answers."""

    name_ = "action_confirm_complaint"

    async def act(self, turn: Turn) -> Outcome:
        due = turn.hall.policy.tickets.due(tickets.COMPLAINT, turn.hall.clock.now())
        said, more = str(turn.slots["complaint_said"]), bool(turn.slots.get("complaint_more"))
        wants = WANTS.get(_category(turn), NOTHING) if not more and not _NUMERALS.search(said) else NOTHING
        facts = {
            "said": said,
            "gist": gist(said),
            "category": _category(turn),
            "due": due,
            "added": more,
            "before": not more and said != privacy.mask(turn.text)[:LONGEST],
            "wants": wants,
        }
        return proceed(say("utter_complaint_confirm", **facts))


class TellPromise(HallAction):
    """Answers how soon, and what becomes of it."""

    name_ = "action_complaint_promise"

    async def act(self, turn: Turn) -> Outcome:
        rules = turn.hall.policy.tickets
        steps = [step.to for step in rules.steps]
        return proceed(say("utter_complaint_promise", days=rules.kinds[tickets.COMPLAINT].days, steps=steps))


class TellLate(HallAction):
    """Answers what becomes of it when the promise is not kept."""

    name_ = "action_complaint_late"

    async def act(self, turn: Turn) -> Outcome:
        rules = turn.hall.policy.tickets
        steps, to = [step.to for step in rules.steps], rules.regulator
        return proceed(say("utter_complaint_late", steps=steps, name=to.name, phone=to.phone, days=to.after_days))


class TellHandler(HallAction):
    """Answers who sees to it: of the ticket, if there is one."""

    name_ = "action_complaint_handler"

    async def act(self, turn: Turn) -> Outcome:
        return await TellTicketFact().act(turn) if await meant(turn) else proceed(say("utter_complaint_who"))


class TellRegulator(HallAction):
    """Answers to whom one may turn when the operator fails."""

    name_ = "action_complaint_regulator"

    async def act(self, turn: Turn) -> Outcome:
        to = turn.hall.policy.tickets.regulator
        return proceed(say("utter_complaint_regulator", name=to.name, phone=to.phone, days=to.after_days))


class FileComplaint(HallAction):
    """Opens the ticket."""

    name_ = "action_file_complaint"

    async def act(self, turn: Turn) -> Outcome:
        category_, line = _category(turn), turn.line.proved if turn.line.level >= 1 else None
        new = tickets.NewTicket(
            turn.key,
            tickets.COMPLAINT,
            category_,
            turn.conversation,
            line,
            str(turn.slots["complaint_said"]),
            await complaints.facts(turn.hall, line, category_),
        )
        change = Change.begin(turn.hall, turn.unit, "customer")
        ticket = await tickets.open_ticket(change, new)
        return proceed(say("utter_complaint_filed", ticket=tickets.facts(turn.hall, ticket)))


def gist(said: str) -> list[str]:
    """What a long complaint tells in figures, as it was written: 却扣了我199, 打了三次电话; of a short one nothing."""
    if len(said) < LONG:
        return []
    clauses = [clause for clause in _CLAUSES.split(said) if clause]
    return [clause[:GIST] for clause in clauses if _FIGURE.search(clause)][:MOST_CLAUSES] or [clauses[0][:GIST]]


async def _told_before(turn: Turn) -> str:
    """What went wrong, as the customer told it just before he said that he complains; "" for nothing."""
    since = turn.hall.clock.now() - STORY_RESTS
    lines = await transcript.newest(turn.hall.store, turn.conversation, STORY_LINES)
    mine = [one.text for one in reversed(lines) if one.author == "customer" and one.at >= since]
    return "；".join(one for one in mine if len(one) >= STORY_LEAST and _went_wrong(turn, one))


def _went_wrong(turn: Turn, text: str) -> bool:
    hints = turn.hints(text)
    told = MATTER in hints or category(hints) != OTHER or _WRONG.search(text)
    return bool(told) and not _ASKS.search(text)


async def _filed(turn: Turn) -> tickets.Ticket | None:
    """The complaint that is not settled."""
    found = await tickets.of_customer(turn.unit, turn.conversation, turn.line.proved if turn.line.level >= 1 else None)
    return next((one for one in found if one.kind == tickets.COMPLAINT and one.unsettled), None)


def category(cues: frozenset[str]) -> str:
    """What the words hint at: the first cue by name, of those that say what is complained of."""
    hints = sorted(cue.removeprefix(CUE) for cue in cues if cue.startswith(CUE))
    return next((hint for hint in ORDER if hint in hints), OTHER)


def _category(turn: Turn) -> str:
    return str(turn.slots.get("complaint_category") or OTHER)


# what is more particular goes first: 不经我同意开通业务还扣费 is about the service, not about fees
ORDER = ("harassment", "unwanted", "plan", "broadband", "network", "service", "refund", "advertising", "fee")
