"""A busy desk without an engine: the hall and records of the demonstration, and customers who wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from bot.conversations.record import Conversation, LogEntry
from hall import agents, catalogue, handoff
from hall.agent_roles import SUPERVISOR
from hall.bss.demo import DemoBss, seed
from hall.bss.demo.records import load
from hall.handoff import NewHandoff
from hall.store.tables.core import conversations
from hall.store.tables.desk import agents as accounts
from testing.chat_server import chat_app

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=timezone.utc)  # a Monday, people are at the desk
PASSWORD = "open sesame"
PEOPLE = (("demo", SUPERVISOR, "8001", "李晓"), ("anna", "agent", "8002", "王芳"), ("ben", "agent", "8003", "周强"))
CROWD = (  # line, channel, tier, task, its title, reason, what the customer said last
    ("13800138000", "web", "basic", "topup_data", "充流量", "asked", "充了流量一直没到账，帮我看看"),
    ("13900139002", "sms", "basic", "check_bill", "查账单", "anger", "这个月怎么又多扣了20块"),
    ("18900189007", "web", "gold", "report_fault", "报修", "asked", "家里宽带晚上八点以后特别慢"),
    ("13400134009", "web", "diamond", "", "", "asked", "我要找我的客户经理"),
    ("17300173012", "web", "enterprise", "get_invoice", "开发票", "asked", "单位抬头的发票怎么开"),
    ("18700187010", "sms", "basic", "complaint", "投诉", "complaint", "没办过农网彩信，为什么扣钱"),
    ("15600156011", "sms", "basic", "", "", "misunderstood", "那个东西退一下"),
    ("13500135005", "web", "silver", "check_usage", "查用量", "asked", "定向流量能不能转通用"),
    ("18600186006", "web", "basic", "ask_refund", "退款", "asked", "充错号码了，能退吗"),
    ("", "web", "basic", "", "", "asked", "在吗"),
    ("13600136003", "sms", "basic", "register_real_name", "实名登记", "senior", "人在外地怎么登记"),
    ("13700137004", "web", "basic", "", "", "danger", "刚才有人冒充公安让我转钱"),
    ("", "web", "basic", "find_store", "查营业厅", "asked", "附近营业厅几点关门"),
    ("", "sms", "basic", "", "", "asked", "转人工"),
)


@asynccontextmanager
async def desk_office(folder: Path) -> AsyncIterator[Any]:
    """An app with three people at its desk and the demonstration's records, at noon."""
    async with chat_app(folder, catalogue=catalogue.demonstrations()) as app:
        hall = app.hall
        hall.clock.advance(NOON - hall.clock.now())
        hall.people = load()
        await seed(hall.store, hall.clock, hall.people)
        hall.bss = DemoBss(hall.store, hall.clock, people=hall.people)
        for name, role, number, called in PEOPLE:
            await agents.ensure(hall, name, PASSWORD, role=role, skills=("general", "fault"))
            unit = hall.store.unit()
            named = {"work_number": number, "display_name": called}
            unit.stage(update(accounts).where(accounts.c.name == name).values(**named))
            await unit.commit()
        yield app


async def crowd(app: Any, many: int = len(CROWD)) -> list[str]:
    """So many customers begin to wait, one a minute; gives their hand-offs."""
    made = []
    for number, told in enumerate(CROWD[:many]):
        app.hall.clock.advance(timedelta(seconds=50))
        made.append(await _waits(app, number, told))
    return made


async def waits(app: Any, number: int) -> str:
    """One more customer begins to wait, on no line, with what one of the crowd wants; gives the hand-off."""
    return await _waits(app, number, ("", "web", *CROWD[number % len(CROWD)][2:]))


async def _waits(app: Any, number: int, told: tuple[str, ...]) -> str:
    line, channel, tier, task, title, reason, words = told
    hall, unit = app.hall, app.hall.store.unit()
    key = f"sms:demo:{line}" if channel == "sms" and line else f"{channel}:widget:c{number}"
    now, (channel, account, sender) = hall.clock.now(), key.split(":")
    row = {"conversation": key, "channel": channel, "account": account, "sender": sender, "owner": "queued"}
    proof = {"msisdn": line or None, "level": 1 if line else 0}
    unit.stage(insert(conversations).values(**row, **proof, created_at=now, touched_at=now))
    slots = [{"name": "号码", "value": "138****8000"}] if task == "topup_data" else []
    summary = {"task": task or None, "title": title or None, "slots": slots}
    await handoff.request(hall, unit, NewHandoff(key, reason, summary, tier=tier, urgent=reason == "danger"))
    await unit.commit()
    for author, text in (("customer", words), ("bot", "已为您转接人工客服，请稍候。等待时可以接着问我，不等了回复0。")):
        await says(app, key, text, author)
    return next(item.id for item in await handoff.queue(hall) if item.conversation == key)


async def says(app: Any, key: str, text: str, author: str = "customer") -> None:
    """A line in a conversation, as a turn would write it."""
    unit, now = app.hall.store.unit(), app.hall.clock.now()
    found = await Conversation.read(app.hall.store, key)
    assert found is not None
    found.append(unit, now, LogEntry(author, text))
    found.save(unit, now)
    unit.notify_after_commit(handoff.DESK)
    await unit.commit()
    app.conversations.pubsub.publish_all()
