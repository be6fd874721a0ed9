"""The desk's page of messages that were not understood, and its API. Who may review is in hall/agent_roles.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import view
from channels.desk.desk import Desk, answer
from channels.http import Refused, json_object
from channels.web.assets import Asset
from hall import review
from hall.access_log import READ_AROUND
from hall.agent_roles import REVIEW
from hall.errors import Conflict, NotFound

PAGE_SIZE = 20  # wordings
AROUND = 4  # lines before and after
MAX_WORDS = 60  # characters that are looked for
MACHINERY = frozenset({"session_start", "nlu_fallback", "restart", "back"})  # intents of Rasa that nobody means
SHOWN = (
    "id",
    "version",
    "text",
    "same",
    "reason",
    "task",
    "channel",
    "intent",
    "confidence",
    "chosen",
    "verdict",
    "reviewer",
)


def add(bp: Blueprint, desk: Desk) -> None:
    """The page and its API, on the desk's blueprint."""
    shown = Asset.page(Path(__file__).parent / "static" / "review.html", desk.hall.brand)

    @bp.get("/review")
    async def review_page(request: Request[Any, Any]) -> HTTPResponse:
        return shown.response(request)

    @bp.get("/api/reviews")
    async def reviews(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, REVIEW)
        state, page = _state(request), _page(request)
        words = str(request.args.get("q", "")).strip()[:MAX_WORDS]
        found = await review.listed(desk.hall, state, PAGE_SIZE, page * PAGE_SIZE, words=words)
        return answer(
            {
                "agent": agent.name,
                "state": state,
                "page": page,
                "page_size": PAGE_SIZE,
                "counts": await review.counts(desk.hall),
                "intents": [{"name": name, "title": title} for name, title in _intents(desk).items()],
                "reviews": [_item(one) for one in found],
            }
        )

    @bp.get("/api/reviews/<review_id:str>/around")
    async def around(request: Request[Any, Any], review_id: str) -> HTTPResponse:
        """What was said before and after it."""
        agent = await desk.agent(request, REVIEW)
        try:
            conversation, at = await review.place(desk.hall, review_id)
        except NotFound:
            raise Refused(404, "no_review", "there is no such message in review") from None
        await desk.looks(request, agent, READ_AROUND, review_id)
        lines = await desk.app.conversations.log(conversation) if conversation else []
        here = next((number for number, line in enumerate(lines) if line.at >= at), len(lines))
        return answer({"lines": [view.line_of(line) for line in lines[max(here - AROUND, 0) : here + AROUND + 1]]})

    @bp.post("/api/reviews/<review_id:str>/decide")
    async def decide(request: Request[Any, Any], review_id: str) -> HTTPResponse:
        agent, body = await desk.agent(request, REVIEW), json_object(request.body)
        intent = _intent(body, desk)
        return await _act(review.decide, desk, review_id, intent, agent.name, _version(body))

    @bp.post("/api/reviews/decide")
    async def decide_all(request: Request[Any, Any]) -> HTTPResponse:
        agent, body = await desk.agent(request, REVIEW), json_object(request.body)
        intent = _intent(body, desk)
        return await _act(review.decide_all, desk, _read(body), intent, agent.name)

    @bp.post("/api/reviews/reopen")
    async def reopen_all(request: Request[Any, Any]) -> HTTPResponse:
        agent, body = await desk.agent(request, REVIEW), json_object(request.body)
        return await _act(review.reopen_all, desk, _ids(body.get("ids")), agent.name)

    @bp.post("/api/reviews/<review_id:str>/reopen")
    async def reopen(request: Request[Any, Any], review_id: str) -> HTTPResponse:
        agent, body = await desk.agent(request, REVIEW), json_object(request.body)
        return await _act(review.reopen, desk, review_id, agent.name, _version(body))


async def _act(act: Any, desk: Desk, *how: Any) -> HTTPResponse:
    """How many messages it was done to; 404 when there is none, 409 when somebody else was first."""
    try:
        done = await act(desk.hall, *how)
    except NotFound:
        raise Refused(404, "no_review", "there is no such message in review") from None
    except (review.Changed, Conflict):
        raise Refused(409, "changed", "somebody else reviewed it meanwhile") from None
    return answer({"messages": done, "counts": await review.counts(desk.hall)})


def _item(one: review.Review) -> dict[str, Any]:
    ranking = [{"intent": intent, "confidence": share} for intent, share in one.ranking]
    return {name: getattr(one, name) for name in SHOWN} | {"ranking": ranking, "at": one.at.isoformat()}


def _intent(body: dict[str, Any], desk: Desk) -> str | None:
    intent = body.get("intent", "")
    if intent is not None and not (isinstance(intent, str) and intent in _intents(desk)):
        raise Refused(400, "bad_field", "intent must be one of the hall's, or null to leave the message out")
    return intent


def _intents(desk: Desk) -> dict[str, str]:
    """The intents that a customer can mean, with what they are called."""
    return {name: title for name, title in desk.app.engine.intents().items() if name not in MACHINERY}


def _state(request: Request[Any, Any]) -> str:
    state = str(request.args.get("state", review.OPEN))
    if state not in (review.OPEN, review.DECIDED, review.DROPPED):
        raise Refused(400, "bad_field", "state must be open, decided or dropped")
    return state


def _page(request: Request[Any, Any]) -> int:
    page = str(request.args.get("page", "0"))
    if not (page.isascii() and page.isdecimal() and len(page) <= 6):
        raise Refused(400, "bad_field", "page must be a number from 0 on")
    return int(page)


def _read(body: dict[str, Any]) -> dict[str, int]:
    """Messages with the version that was read of each."""
    read = body.get("reviews")
    if not isinstance(read, dict) or not all(type(version) is int for version in read.values()):
        raise Refused(400, "bad_field", "reviews must be versions by id")
    _ids(list(read))
    return read


def _ids(ids: Any) -> list[str]:
    if not isinstance(ids, list) or not 0 < len(ids) <= PAGE_SIZE or not all(isinstance(one, str) for one in ids):
        raise Refused(400, "bad_field", f"1 to {PAGE_SIZE} messages at a time")
    return ids


def _version(body: dict[str, Any]) -> int:
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Refused(400, "bad_field", "version must be the number that was read with the message")
    return version
