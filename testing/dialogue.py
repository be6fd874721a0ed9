"""Plays a written dialogue against the real app: engine, turns, demonstration back ends.

A case (YAML):

    - case: what is shown, in words
      as: 13800138000        # the line that the gateway vouches for; nobody: the web without a proved line
      on: [sms, web]         # default both
      clock: 2026-11-01T10:00  # default 2026-11-15T10:00 (Shanghai)
      tells: [utter_x]       # these responses are given in it (test_every_answer.py wants each somewhere)
      dialogue:
      - 查话费                 # the customer writes
      - says: [88.50]         # each must be in the answer
        not: [欠费]            # none may be
        order: [余额, 账单]     # each must be in the answer, one after the other
        choices: [国内流量]     # must be among the choices
      - press: 国内流量        # a button (its number on SMS)
      - again: true           # the last message comes once more with the same id: same answer, one turn
      - code: right           # types the one-time code that was sent (or `wrong`)
      - pay: succeed          # pays the newest order; its supplier will succeed | fail | part | slow | silent
    - pay_again: true       # pays it a second time
    - pay_wrong: 1          # pays so many fen too much
    - placed: {msisdn: 13400134009, orders: 40}  # so many paid orders for a number stand already, of another customer
    - placed: {mine: 60}    # so many of this customer's, for other numbers
    - placed: {unpaid: 12}  # so many orders of this customer, within the hour, count already
    - ways: none            # no way to pay is set up
    - consent: way          # the policy takes the choice of a way to pay for the consent on one's own line
    - refunds: refused      # from now on the payment's provider refuses to pay back | slow: has not yet
                            # | done: has | null: does as it does
    - cancels: true         # gives the order up on the payment page
    - records_outcome: {partial: 1200}  # an agent records how a stuck delivery ended; of a part its worth in fen
    - returns_payment: true # an agent pays back a payment that is held in suspense
    - resubmits: true       # an agent asks for stuck refunds again
    - decides_refunds: true # an agent approves the refunds of fees that wait | false: refuses
    - settles_ticket: 已退20元  # an agent takes the newest ticket and closes it with this result
      - wait: 40 minutes      # time passes, messages are delivered
      - pushed: [已到账]        # what was sent meanwhile, without being asked
      - fault: {balance: down}  # the operator's system: down | slow | garbage | null
      - agent: take           # a person takes, says, closes
      - agent: {say: 您好}
      - silent: true          # no answer: only while a person owns the conversation
      - orders: {SUCCEEDED: 1}  # what the books hold in the end

Every message must be answered unless `silent` follows it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions.topup_paying import PLACED
from bot.app import App
from bot.messages import InboundMessage, Reply
from channels.sms.rendering import Words, render
from hall import handoff, tickets
from hall.books import cases, fee_refund
from hall.change import Change
from hall.handoff import AgentReply
from hall.identity import DEMO_CODES
from hall.limiter import full
from hall.payments.port import Notice, RefundState
from hall.store.tables.core import turns
from hall.store.tables.topup import orders
from hall.store.unit import in_unit
from hall.topup import back_office, payment, refund
from hall.topup.back_office import Act
from hall.topup.orders import Order, Placing, place

ACTS = (
    "write", "press", "again", "code", "pay", "pay_again", "pay_wrong", "placed", "ways", "consent", "refunds", "wait",
    "fault", "agent", "cancels", "records_outcome", "returns_payment", "resubmits", "decides_refunds",
    "settles_ticket",
)  # fmt: skip
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass
class Talk:
    """One customer on one channel."""

    app: App
    bss: Any  # the demonstration's operator, for its faults
    channel: str
    msisdn: str | None
    sender: str = ""
    last: InboundMessage | None = None
    said: list[Reply] = field(default_factory=list)
    seen: int = 0
    parsed: bool = True  # whether the last answer was looked at

    def __post_init__(self) -> None:
        self.sender = self.msisdn if self.channel == "sms" and self.msisdn else uuid.uuid4().hex

    async def play(self, steps: list[Any]) -> None:
        for step in steps:
            if isinstance(step, dict):
                await self._step(step)
            else:
                await self.write(str(step))
        self._not_silent()

    async def _step(self, step: dict[str, Any]) -> None:
        for name in ("pushed", "says", "not", "order", "choices", "silent", "orders"):
            if name in step:
                await getattr(self, f"_expect_{name}")(step[name])
        for name in ACTS:
            if name in step:
                await getattr(self, name)(step[name])

    async def told(self) -> set[str]:
        """Every response of bot/domain that this customer was given, asked for or not."""
        mine = select(turns.c.events).where(turns.c.conversation == self._conversation())
        rows = await self.app.hall.store.all(mine)
        return {str(event["utter_action"]) for row in rows for event in row.events if event["event"] == "bot"}

    async def sent(self) -> list[str]:
        """Every text that this customer was sent, asked for or not."""
        lines = await self.app.conversations.log(self._conversation(), 0)
        return [line.text for line in lines if line.author != "customer"]

    # -- what the customer does --------------------------------------------------------------------

    async def write(self, text: str, payload: str | None = None) -> None:
        self._not_silent()
        account = "demo" if self.channel == "sms" else "widget"
        await self._send(
            InboundMessage(self.channel, account, self.sender, uuid.uuid4().hex, text, payload, msisdn=self.msisdn)
        )

    async def press(self, title: str) -> None:
        buttons = [button for reply in self.said for button in reply.buttons]
        titles = [button.title for button in buttons]
        index = next((i for i, known in enumerate(titles) if title in known), None)
        assert index is not None, f"no choice {title!r} among {titles}"
        if self.channel == "sms":
            await self.write(str(index + 1))
        else:
            await self.write(titles[index], buttons[index].payload)

    async def again(self, _: Any) -> None:
        assert self.last is not None
        before = list(self.said)
        await self._send(self.last)
        assert self.said == before, "a repeat got another answer"

    async def code(self, which: str) -> None:
        code = DEMO_CODES.get(self._conversation()) or ""
        assert len(code) == 6, "no code was sent"
        await self.write(code if which == "right" else f"{(int(code) + 1) % 1_000_000:06d}")

    async def _send(self, inbound: InboundMessage) -> None:
        self.last, self.parsed = inbound, False
        replies = await self.app.conversations.wait_for_reply(await self.app.conversations.accept(inbound), within=20)
        assert replies is not None, f"no answer to {inbound.text!r} within 20 s"
        self.said = list(replies)
        self._well_formed()
        await self._catch_up()

    # -- what happens around -----------------------------------------------------------------------

    async def pay(self, supplier: str) -> None:
        hall, order = self.app.hall, await self._newest()
        unit, provider = hall.store.unit(), hall.payments[order.way]
        hall.supplier.choose(unit, order.order_no, supplier)  # type: ignore[attr-defined]
        await provider.create(payment.charge(Order.of(order)))
        await provider.pay(order.order_no, unit)  # type: ignore[attr-defined]
        await unit.commit()
        await self._noticed(order)

    async def pay_again(self, _: Any) -> None:
        await self._noticed(await self._newest(), provider_no="SECOND")

    async def pay_wrong(self, fen: int) -> None:
        order = await self._newest()
        await self._noticed(order, amount_fen=order.price_fen + fen)

    async def placed(self, told: dict[str, Any]) -> None:
        hall = self.app.hall
        for _ in range(told.get("unpaid", 0)):
            await in_unit(hall.store, lambda unit: full(unit, hall.clock.now(), [(PLACED, self._conversation())]))
        package = hall.policy.package("N500")
        assert package is not None
        for index in range(told.get("orders", 0) or told.get("mine", 0)):
            unit, mine = hall.store.unit(), "mine" in told
            number = f"13912345{index:03d}" if mine else str(told["msisdn"])
            where, payer = (self._conversation(), self.msisdn) if mine else ("web:widget:other", None)
            order = await place(hall, unit, Placing(f"before {index}", where, payer, number, package, "wechat"))
            supplier: Any = hall.supplier
            supplier.choose(unit, order.order_no, "silent")  # stays under way, however slowly the dialogue is played
            await unit.commit()
            await self._noticed(order)

    async def ways(self, _: Any) -> None:
        self.app.hall.payments.clear()  # type: ignore[attr-defined]

    async def consent(self, how: str) -> None:
        policy = self.app.hall.policy
        object.__setattr__(self.app.hall, "policy", replace(policy, topup=replace(policy.topup, consent=how)))

    async def refunds(self, how: str | None) -> None:
        async def refused(_refund: Any) -> RefundState:
            return RefundState("failed", "refused by the provider")

        async def pending(_refund: Any) -> RefundState:
            return RefundState("processing")

        async def done(_refund: Any) -> RefundState:
            return RefundState("done")

        providers: list[Any] = list(self.app.hall.payments.values())
        for provider in providers:
            for call in ("refund", "query_refund"):
                vars(provider).pop(call, None)
            if how == "refused":
                provider.refund = refused
            elif how == "done":
                provider.query_refund = done
            elif how == "slow":
                provider.refund, provider.query_refund = _slow(provider.refund), pending

    async def cancels(self, _: Any) -> None:
        await payment.cancel(self.app.hall, (await self._newest()).order_no)
        await self._settle()

    async def records_outcome(self, told: dict[back_office.DeliveryOutcome, int]) -> None:
        ((outcome, worth),) = told.items()
        number = (await self._newest()).order_no
        await back_office.record_outcome(self.app.hall, number, outcome, worth, Act("demo", "c", "by telephone"))
        await self._settle()

    async def returns_payment(self, _: Any) -> None:
        number = f"DEMO{(await self._newest()).order_no}"
        await back_office.return_payment(self.app.hall, "demo", number, Act("demo", "g"))
        await self._settle()

    async def resubmits(self, _: Any) -> None:
        hall = self.app.hall
        for found in await refund.about(hall.store, (await self._newest()).order_no):
            if found.state == refund.STUCK:
                await back_office.resubmit(hall, found.refund_no, Act("demo", "h"))
        await self._settle()

    async def settles_ticket(self, result: str) -> None:
        hall = self.app.hall
        newest = (await tickets.of_customer(hall.store, self._conversation(), self.msisdn))[0]
        change = Change.begin(hall, hall.store.unit(), "agent:anna")
        tickets.finish(change, tickets.take(change, newest, "anna", uuid.uuid4().hex), result, uuid.uuid4().hex)
        await change.unit.commit()
        await self._settle()

    async def decides_refunds(self, approve: bool) -> None:
        hall = self.app.hall
        for found in await cases.queue(hall.store, kind="fee_refund"):
            await fee_refund.decide(hall, found.subject, approve, agent="demo")
        await self._settle()

    async def _newest(self) -> Any:
        order = await self.app.hall.store.one(select(orders).order_by(orders.c.created_at.desc()).limit(1))
        assert order is not None, "there is no order to pay"
        return order

    async def _noticed(self, order: Any, **changes: Any) -> None:
        hall = self.app.hall
        notice = Notice(
            provider="demo", notice_id=uuid.uuid4().hex, payment_no=order.order_no, provider_no=f"DEMO{order.order_no}",
            amount_fen=order.price_fen, paid_at=hall.clock.now(),
        )  # fmt: skip
        await payment.record(hall, replace(notice, **changes), actor="demo")
        await self._settle()

    async def wait(self, span: str) -> None:
        count, unit = span.split()
        total = int(count) * UNITS[unit.rstrip("s")]
        for _ in range(8):  # in steps, so that what follows from a step has its time
            self.app.hall.clock.advance(timedelta(seconds=total / 8))
            await self._settle()

    async def fault(self, faults: dict[str, str | None]) -> None:
        self.bss.faults.update({part: mode for part, mode in faults.items() if mode})
        for part, mode in faults.items():
            if not mode:
                self.bss.faults.pop(part, None)

    async def agent(self, act: str | dict[str, str]) -> None:
        hall, turns = self.app.hall, self.app.conversations
        waiting = [item for item in await handoff.queue(hall) if item.conversation == self._conversation()]
        assert waiting, "nobody waits for an agent"
        if act == "take":
            await handoff.take_over(hall, waiting[0].id, "demo")
        elif act == "close":
            await handoff.close(hall, waiting[0].id, "demo")
        elif isinstance(act, dict):
            await handoff.reply(hall, waiting[0].id, AgentReply("demo", uuid.uuid4().hex, act["say"]), turns.post)
        await self._settle()

    async def _settle(self) -> None:
        for _ in range(4):
            await self.app.dispatcher.settle()
            await self.app.conversations.settle()

    # -- what is expected --------------------------------------------------------------------------

    async def _expect_says(self, words: list[Any]) -> None:
        self.parsed = True
        text = self._text()
        for word in words:
            assert str(word) in text, f"{word!r} is not in the answer:\n{text}"

    async def _expect_not(self, words: list[Any]) -> None:
        text = self._text()
        for word in words:
            assert str(word) not in text, f"{word!r} is in the answer:\n{text}"

    async def _expect_order(self, words: list[Any]) -> None:
        await self._expect_says(words)
        text, at = self._text(), 0
        for word in map(str, words):
            at = text.find(word, at)
            assert at >= 0, f"{word!r} comes before its turn:\n{text}"
            at += len(word)

    async def _expect_choices(self, titles: list[str]) -> None:
        self.parsed = True
        known = [button.title for reply in self.said for button in reply.buttons]
        for title in titles:
            assert any(title in choice for choice in known), f"{title!r} is none of the choices {known}"

    async def _expect_silent(self, _: Any) -> None:
        assert self.said == [], f"answered although a person owns the conversation: {self._text()}"
        self.parsed = True

    async def _expect_pushed(self, words: list[Any]) -> None:
        lines = await self.app.conversations.log(self._conversation(), self.seen)
        text = "\n".join(line.text for line in lines if line.author != "customer")
        for word in words:
            assert str(word) in text, f"{word!r} was not sent; sent was:\n{text}"
        if lines:
            self.seen = lines[-1].seq
            self.said = [Reply.of({"text": line.text, "buttons": list(line.buttons)}) for line in lines]
        self.parsed = True

    async def _expect_orders(self, states: dict[str, int]) -> None:
        rows = await self.app.hall.store.all(select(orders.c.state))
        found: dict[str, int] = {}
        for row in rows:
            found[row.state] = found.get(row.state, 0) + 1
        assert found == states

    def _text(self) -> str:
        if self.channel == "sms":
            return "\n".join(render(self.said, Words(lead="回复", signature=self.app.hall.brand.sms_signature)))
        return "\n".join([*(r.text for r in self.said), *(f"[{b.title}]" for r in self.said for b in r.buttons)])

    def _well_formed(self) -> None:
        text = self._text()
        for trace in ("{", "}", "None", "utter_", "Traceback"):
            assert trace not in text, f"{trace!r} shines through:\n{text}"
        if self.channel == "sms":
            assert all(len(part) <= 500 for part in render(self.said))

    def _not_silent(self) -> None:
        assert self.parsed or self.said, f"silence after {self.last.text if self.last else ''!r}"

    def _conversation(self) -> str:
        account = "demo" if self.channel == "sms" else "widget"
        return f"{self.channel}:{account}:{self.sender}"

    async def _catch_up(self) -> None:
        lines = await self.app.conversations.log(self._conversation(), self.seen)
        self.seen = lines[-1].seq if lines else self.seen


def _slow(refund: Any) -> Any:
    """The provider takes it, and says no more than that."""

    async def taken(asked: Any) -> RefundState:
        await refund(asked)
        return RefundState("processing")

    return taken
