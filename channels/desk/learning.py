"""Learning from the desk: a reviewer has the reviewed sentences learnt, and sees what they changed."""

from __future__ import annotations

from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from bot.learning.lesson import AlreadyLearning, Lesson
from channels.desk.desk import Desk, answer
from channels.http import Refused
from hall import review, security_log
from hall.agent_roles import REVIEW


def add(bp: Blueprint, desk: Desk) -> None:
    """The routes, on the desk's blueprint."""

    @bp.get("/api/learning")
    async def how(request: Request[Any, Any]) -> HTTPResponse:
        await desk.agent(request, REVIEW)
        return answer(_told(desk.app.lessons.now))

    @bp.post("/api/learning")
    async def learn(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request, REVIEW)
        if not (await review.counts(desk.hall))[review.DECIDED]:
            raise Refused(409, "nothing", "no message was decided")
        try:
            lesson = desk.app.lessons.begin(agent.name)
        except AlreadyLearning:
            raise Refused(409, "learning", "it learns already") from None
        security_log.event("learning_begun", agent=agent.name)
        return answer(_told(lesson))


def _told(lesson: Lesson) -> dict[str, Any]:
    began, ended = (at.isoformat() if at else None for at in (lesson.began_at, lesson.ended_at))
    return {"state": lesson.state, "by": lesson.by, "report": lesson.report, "began_at": began, "ended_at": ended}
