"""The desk's routes for money: the cases that wait for a person, an order's history, and acts on both.

Who serves customers or has to do with money may read; each look is noted (hall/access_log.py). Acts need the role of a
supervisor or of finance, and each is stored with its agent.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from channels.desk import order_timeline
from channels.desk.desk import Desk, answer
from channels.http import Refused, field, json_object
from hall.access_log import READ_ORDER
from hall.agent_roles import MONEY, SERVE, may
from hall.books import compensation, fee_refund
from hall.books.cases import AlreadyClosed
from hall.errors import Conflict, NotFound
from hall.text import readable
from hall.topup import back_office
from hall.topup.back_office import Act, DeliveryOutcome

MAX_NOTE_LENGTH = 200  # characters
MAX_KEY_LENGTH = 64  # characters
OUTCOMES: dict[str, DeliveryOutcome] = {"succeeded": "succeeded", "failed": "failed", "partial": "partial"}


def add_money(bp: Blueprint, desk: Desk) -> None:
    """Everything under `/desk/api/money`, `/desk/api/orders` and beside it."""
    _add_views(bp, desk)
    acts = _Acts(desk)
    for path, act in (
        ("/api/orders/<subject:str>/query", acts.query),
        ("/api/orders/<subject:str>/record_outcome", acts.record_outcome),
        ("/api/refunds/<subject:str>/resubmit", acts.resubmit),
        ("/api/refunds/<subject:str>/paid_by_hand", acts.paid_by_hand),
        ("/api/receipts/<provider:str>/<subject:str>/return_payment", acts.return_payment),
        ("/api/cases/<subject:str>/close", acts.close),
        ("/api/compensations/<subject:str>/decide", acts.decide),
        ("/api/fee_refunds/<subject:str>/decide", acts.decide_fee_refund),
    ):
        bp.add_route(act, path, methods=["POST"], name=f"money_{act.__name__}")


def _add_views(bp: Blueprint, desk: Desk) -> None:
    @bp.get("/api/money")
    async def money(request: Request[Any, Any]) -> HTTPResponse:
        agent = await desk.agent(request)
        return answer({"may_act": may(agent.role, MONEY), "cases": await order_timeline.queue(desk.hall)})

    @bp.get("/api/orders/<order_no:str>")
    async def order(request: Request[Any, Any], order_no: str) -> HTTPResponse:
        agent = await desk.agent(request)
        if not (may(agent.role, MONEY) or may(agent.role, SERVE)):
            raise Refused(403, "no_role", "the role may not do that")
        try:
            found = await order_timeline.of_order(desk.hall, order_no)
        except NotFound:
            raise Refused(404, "no_order", "there is no such order") from None
        await desk.looks(request, agent, READ_ORDER, order_no)
        return answer(found | {"may_act": may(agent.role, MONEY)})


class _Acts:
    """One method for each act: the fields of its body, then one call into the hall."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.hall = desk, desk.hall

    async def query(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        act, _ = await self._act(request)
        return await self._done(back_office.query_again(self.hall, subject, act))

    async def record_outcome(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        act, body = await self._act(request, noted=True)
        outcome, fen = OUTCOMES.get(str(body.get("outcome"))), body.get("delivered_fen", 0)
        if outcome is None or type(fen) is not int:
            raise Refused(400, "bad_field", f"outcome must be one of {', '.join(OUTCOMES)}, delivered_fen a number")
        return await self._done(back_office.record_outcome(self.hall, subject, outcome, fen, act))

    async def resubmit(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        act, _ = await self._act(request)
        return await self._done(back_office.resubmit(self.hall, subject, act))

    async def paid_by_hand(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        act, _ = await self._act(request, noted=True)
        return await self._done(back_office.paid_by_hand(self.hall, subject, act))

    async def return_payment(self, request: Request[Any, Any], provider: str, subject: str) -> HTTPResponse:
        act, _ = await self._act(request)
        return await self._done(back_office.return_payment(self.hall, provider, subject, act))

    async def close(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        act, _ = await self._act(request, noted=True)
        return await self._done(back_office.close_case(self.hall, subject, act))

    async def decide(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        agent, approve = await self._decision(request)
        return await self._done(compensation.decide(self.hall, subject, approve, agent=agent))

    async def decide_fee_refund(self, request: Request[Any, Any], subject: str) -> HTTPResponse:
        agent, approve = await self._decision(request)
        return await self._done(fee_refund.decide(self.hall, subject, approve, agent=agent))

    async def _decision(self, request: Request[Any, Any]) -> tuple[str, bool]:
        """The supervisor's name, and whether he approves; raises Refused."""
        agent, body = await self._supervisor(request)
        if not isinstance(body.get("approve"), bool):
            raise Refused(400, "bad_field", "approve must be true or false")
        return agent, body["approve"]

    async def _act(self, request: Request[Any, Any], *, noted: bool = False) -> tuple[Act, dict[str, Any]]:
        """The act, with its note where it needs one, and the whole body; raises Refused."""
        agent, body = await self._supervisor(request)
        note = readable(field(body, "note", MAX_NOTE_LENGTH)).strip() if noted else ""
        return Act(agent, field(body, "id", MAX_KEY_LENGTH), note), body

    async def _supervisor(self, request: Request[Any, Any]) -> tuple[str, dict[str, Any]]:
        """The name of the supervisor who is signed in, and the request's body; raises Refused."""
        agent = await self.desk.agent(request, MONEY)
        return agent.name, json_object(request.body)

    async def _done(self, work: Awaitable[None]) -> HTTPResponse:
        try:
            await work
        except NotFound:
            raise Refused(404, "no_order", "there is nothing of that number") from None
        except back_office.NeedsSecond as error:
            raise Refused(409, "needs_second", str(error)) from None
        except (back_office.NotNow, compensation.NotAllowed, fee_refund.NotAllowed) as error:
            raise Refused(409, "not_now", str(error)) from None
        except (Conflict, AlreadyClosed):
            raise Refused(409, "busy", "it is changing right now, or was done already: look again") from None
        return answer({"done": True})
