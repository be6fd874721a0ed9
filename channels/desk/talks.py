"""The desk's routes for conversations: the lists, one of them, and what an agent does to it."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from bot.conversations.asking import LONGEST, NotALook, NotProved, ask_for
from bot.messages import Reply
from channels.desk import view
from channels.desk.desk import MAX_KEY_LENGTH, Desk, answer, answer_text
from channels.http import Refused, field, json_object
from hall import desk_search, handoff
from hall.access_log import READ_TALK, READ_WAITING, SEARCHED
from hall.agent_roles import SERVE, SUPERVISE, may
from hall.agents import Agent
from hall.desk_search import Wanted
from hall.handoff import Handoff, NoSuchAgent, Target, notes
from hall.store.notification import typing
from hall.text import readable

ACTS = ("take", "reply", "close", "release", "transfer", "step_in", "read", "typing", "note", "query", "aside", "label")
PAGE_SIZE = 40
MAX_WORDS = 80  # characters that are searched for
Body = dict[str, Any]


def add(bp: Blueprint, desk: Desk) -> None:
    """Everything under `/desk/api/handoffs`, the closed ones, and the search."""
    _add_lists(bp, desk)
    acts = _Acts(desk)
    for name in ACTS:
        bp.add_route(
            getattr(acts, name), f"/api/handoffs/<handoff_id:str>/{name}", methods=["POST"], name=f"handoff_{name}"
        )


def _add_lists(bp: Blueprint, desk: Desk) -> None:
    @bp.get("/api/handoffs/<handoff_id:str>")
    async def detail(request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        found, reason = await desk.found(handoff_id), readable(str(request.args.get("reason", ""))).strip()
        whole = view.may_read(found, agent, reason)
        await desk.looks(request, agent, READ_TALK if whole else READ_WAITING, found.id, reason)
        after = _number(request, "after")
        return answer(await view.detail(desk.app, found, agent, whole=whole, after=after))

    @bp.get("/api/closed")
    async def closed(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        given = {name: str(request.args.get(name, ""))[:64] for name in ("agent", "code", "rating", "label")}
        if given["agent"] == "me":
            given["agent"] = agent.name
        page = _number(request, "page")
        found = await desk_search.closed(desk.hall, Wanted(**given), PAGE_SIZE + 1, page * PAGE_SIZE)
        shown = await view.items(desk.hall, found[:PAGE_SIZE], agent)
        return answer({"handoffs": shown, "page": page, "more": len(found) > PAGE_SIZE})

    @bp.get("/api/search")
    async def search(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, SERVE)
        words = str(request.args.get("q", "")).strip()
        if not 2 <= len(words) <= MAX_WORDS:
            raise Refused(400, "bad_field", f"q must have 2 to {MAX_WORDS} characters")
        await desk.looks(request, agent, SEARCHED, "search", words)
        hits = await desk_search.search(desk.hall, words)
        found = dict(hits.words)
        shown = await view.items(desk.hall, hits.handoffs, agent)
        keys = {item.id: item.conversation for item in hits.handoffs}
        for item in shown:
            item["found"] = view.excerpt(found.get(keys[item["id"]], ""), words) if item["mine"] else ""
        return answer({"handoffs": shown, "orders": list(hits.orders), "tickets": list(hits.tickets)})


class _Acts:
    """One method for each act: the fields of its body, then one call into the hall."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.hall, self.app = desk, desk.hall, desk.app

    async def take(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await self.desk.agent(request, SERVE)
        return await self.desk.act(handoff_id, handoff.take_over(self.hall, handoff_id, agent.name))

    async def reply(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        key, words = field(body, "id", MAX_KEY_LENGTH), body.get("query")
        if words is None:
            return await self._sent(handoff_id, agent, key, Reply(answer_text(body)))
        found = [reply for reply in await self._asked(handoff_id, str(words)[:LONGEST]) if reply.text]
        done = None
        for number, reply in enumerate(found):
            done = await self._sent(handoff_id, agent, f"{key[:56]}:{number}", reply)
        if done is None:
            raise Refused(409, "no_answer", "there is nothing to send")
        return done

    async def close(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        code = body.get("code")
        if code is not None and not (isinstance(code, str) and code in self.hall.policy.desk.codes):
            raise Refused(400, "bad_field", "code must be one of the policy's")
        if note := _text(body, "note", notes.MAX_NOTE):
            await notes.write(self.hall, await self._mine(handoff_id, agent), agent.name, note, "note:close")
        return await self.desk.act(handoff_id, handoff.close(self.hall, handoff_id, agent.name, code))

    async def release(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await self.desk.agent(request, SERVE)
        return await self.desk.act(handoff_id, handoff.release(self.hall, handoff_id, agent.name))

    async def transfer(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        to, skill = body.get("agent"), body.get("skill")
        if (to is None) == (skill is None) or not isinstance(to or skill, str):
            raise Refused(400, "bad_field", "either agent or skill must be given")
        if skill is not None and skill not in self.hall.policy.desk.skills:
            raise Refused(400, "bad_field", "skill must be one of the policy's")
        key = f"transfer:{field(body, 'id', MAX_KEY_LENGTH)}"
        target = Target(to, skill, _text(body, "note", notes.MAX_NOTE), key)
        try:
            return await self.desk.act(handoff_id, handoff.transfer(self.hall, handoff_id, agent.name, target))
        except NoSuchAgent:
            raise Refused(409, "not_there", "nobody of that name is there now") from None

    async def step_in(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent = await self.desk.agent(request, SUPERVISE)
        return await self.desk.act(handoff_id, handoff.step_in(self.hall, handoff_id, agent.name))

    async def read(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        await handoff.mark_read(self.hall, await self.desk.found(handoff_id), agent.name, _line(body))
        return answer({})

    async def aside(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        """Put it aside until a time; without one: serve it again."""
        agent, body = await self._body(request)
        if body.get("until") is None:
            return await self.desk.act(handoff_id, handoff.take_up(self.hall, handoff_id, agent.name))
        until, seq = _moment(body, "until"), _line(body)
        if note := _text(body, "note", notes.MAX_NOTE):
            key = f"note:{field(body, 'id', MAX_KEY_LENGTH)}"
            await notes.write(self.hall, await self._mine(handoff_id, agent), agent.name, note, key)
        try:
            put = handoff.put_aside(self.hall, handoff_id, agent.name, until, seq)
            return await self.desk.act(handoff_id, put)
        except handoff.BadTime:
            raise Refused(400, "bad_time", "until must be within the next fourteen days") from None

    async def label(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        found, known = await self.desk.found(handoff_id), self.hall.policy.desk.labels
        if found.agent != agent.name and not may(agent.role, SUPERVISE):
            raise Refused(409, "not_yours", "somebody else has it")
        given = body.get("labels")
        if not isinstance(given, list) or not all(isinstance(one, str) and one in known for one in given):
            raise Refused(400, "bad_field", "labels must be of the policy's")
        labels = [name for name in known if name in given]
        return await self.desk.act(handoff_id, handoff.label(self.hall, handoff_id, labels))

    async def typing(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, _ = await self._body(request)
        self.hall.store.notify(typing((await self._mine(handoff_id, agent)).conversation))
        return answer({})

    async def note(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        key, text = f"note:{field(body, 'id', MAX_KEY_LENGTH)}", _text(body, "text", notes.MAX_NOTE)
        if not text:
            raise Refused(400, "bad_field", f"text must have 1 to {notes.MAX_NOTE} characters")
        await notes.write(self.hall, await self.desk.found(handoff_id), agent.name, text, key)
        return answer({})

    async def query(self, request: Request[Any, Any], handoff_id: str) -> HTTPResponse:
        agent, body = await self._body(request)
        await self._mine(handoff_id, agent)
        found = await self._asked(handoff_id, field(body, "text", LONGEST))
        return answer({"answers": [view.suggestion(reply) for reply in found]})

    async def _sent(self, handoff_id: str, agent: Agent, key: str, what: Reply) -> HTTPResponse:
        sent = handoff.AgentReply(agent.name, key, what.text)
        say = partial(self.app.conversations.post, card=what.card)
        return await self.desk.act(handoff_id, handoff.reply(self.hall, handoff_id, sent, say))

    async def _asked(self, handoff_id: str, words: str) -> tuple[Reply, ...]:
        found = await self.desk.found(handoff_id)
        line = await view.proved_line(self.hall, found)
        try:
            return await ask_for(self.app.conversations, found.conversation, line, words)
        except NotProved:
            raise Refused(409, "not_proved", "the customer has not proved his number") from None
        except NotALook:
            raise Refused(400, "not_a_look", "only questions about what is there can be asked for a customer") from None

    async def _mine(self, handoff_id: str, agent: Agent) -> Handoff:
        found = await self.desk.found(handoff_id)
        if (found.state, found.agent) != (handoff.TAKEN, agent.name):
            raise Refused(409, "not_yours", "somebody else has it, or it is not open")
        return found

    async def _body(self, request: Request[Any, Any]) -> tuple[Agent, Body]:
        return await self.desk.agent(request, SERVE), json_object(request.body)


def _text(body: Body, name: str, longest: int) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise Refused(400, "bad_field", f"{name} must have at most {longest} characters")
    return readable(value).strip()


def _line(body: Body) -> int:
    seq = body.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 2**31:
        raise Refused(400, "bad_field", "seq must be the number of the newest message that was seen")
    return seq


def _moment(body: Body, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(field(body, name, 40))
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise Refused(400, "bad_field", f"{name} must be a time with its zone")
    return found.astimezone(timezone.utc)


def _number(request: Request[Any, Any], name: str) -> int:
    given = str(request.args.get(name, "0"))
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise Refused(400, "bad_field", f"{name} must be a number from 0 on")
    return int(given)
