"""What does not work: which kind, what is known of it, what is asked next, and the ticket when nothing helps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from hall import tickets
from hall.bss.line_check import LineCheck, LineChecks, Outage
from hall.bss.subscriber import Subscribers
from hall.change import Change
from hall.clock import SHANGHAI
from hall.context import Hall
from hall.errors import Unavailable
from hall.policy.faults import END, REPAIR, Kind, Node
from hall.tickets import Fact, NewTicket, Ticket

OPEN = (tickets.OPEN, tickets.WORKING)
_NO = re.compile(
    r"不是|没有?(?:红|闪|亮|开|用|好|反应|信号|收到)?|不(?:红|闪|亮|行|能|通|好|可以)|否|还是|都没|"
    r"依然|仍然|照样|没用|试过|只有|个别|能上|正常|绿"
)
_YES = re.compile(r"^(?:是|对|嗯|有|红|闪|亮|开着|都|全|好了|可以|行了|能|通了|恢复|修好|ok|OK|y|Y|收到)|红|闪")
_TRIED = re.compile(r"(?:试|重启|开关|拔插|插拔|关机|重装|换|清|设|弄|搞)(?:过|了)")
_ALL = re.compile(
    r"(?:是的?|对|嗯)?[,，\s]*(?:所有|全部|全都|都|每个|哪个|哪里|哪儿|到处|谁)[^,，。]{0,6}(?:打不|不行|不通|不能|没有?信号|一样|这样)"
)
_GLAD = re.compile(
    r"好了|可以了|行了|(?:可以|能)(?:上|用|打|发|收|看|连)(?:网|电话|短信)?了|通了|恢复了?|搞定|有了|收到了|修好"
)
_HELPED = re.compile(r"^(?:是|对|嗯|有(?:信号|网)?$|好|可以|行|能|通|上了|恢复|修好|ok|OK|y|Y|收到)")
_SEND = re.compile(
    r"(?:直接|赶紧|快点?|马上|还是|给我|帮我)+(?:报修|修)|(?:派|找|叫|喊|请|来)(?:个|一?个)?(?:人|师傅|工人)(?:来|上门|看|修)?|上门(?:修|看|来)"
)
_FAILED = re.compile(
    r"还是|不行|没用|没好|不好|没有?(?:反应|恢复|变化)?|不能|不通|依然|仍然|照样|一样|上不|打不|连不|收不|"
    r"(?:试|重启|开关|拔插|插拔|关机|重装|换|清|恢复|设|弄|搞)(?:过|了)|都试|不会|都(?:慢|不|没|上不|连不|这样|一样|这么|卡)|还(?:是|这么|那么|很)?(?:慢|卡|断|掉|弱|红|闪)|老样子|原样"
)
_VISIT = re.compile(r"(?P<d>今天|明天|大后天|后天)?(?P<h>上午|下午|早上|中午|晚上)")


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say before anything is asked. `checked`: whether the network answered."""

    outage: Outage | None
    check: LineCheck | None
    checked: bool


async def known(hall: Hall, line: str, kind: Kind, said: str) -> Known:
    """An outage of the line's area (a district only where the customer names it), and the line check.

    A network that does not answer leaves both out: the questions go on without them.
    """
    try:
        subscriber = await hall.bss[Subscribers].of(line)
        found = subscriber and await hall.bss[LineChecks].outages(subscriber.carrier, subscriber.city, kind.key)
        outage = next((one for one in found or () if not one.district or one.district[:2] in said), None)
        return Known(outage, None if outage else await hall.bss[LineChecks].of(line, kind.key), True)
    except Unavailable:
        return Known(None, None, False)


def answered(node: Node, said: str) -> str | None:
    """Where an answer leads from a node; None when it is neither yes nor no."""
    plain = said.strip(" 。.!！?？吧啊呀了") or said
    if node.asks and (_ALL.match(plain) or _has(plain, node.yes_words)):
        return node.yes
    if node.asks and any(word in plain for word in node.no_words):
        return node.no
    if node.asks:
        tried = _TRIED.search(plain)  # 重启过了, asked for something else: the next is tried, or was
        return node.no if _NO.search(plain) or tried else node.yes if _YES.search(plain) else None
    if _GLAD.search(said) and not re.search(r"没|不|还是", said):
        return END
    return node.no if _FAILED.search(said) else END if _HELPED.search(plain) else None


def untried(kind: Kind, to: str, said: str) -> str:
    """The node after `to` that was not tried yet, by what the customer has said: 重启过了."""
    while (node := kind.nodes.get(to)) is not None and any(word in said for word in node.done):
        to = node.no
    return to


def _has(said: str, words: tuple[str, ...]) -> bool:
    """Whether one of the words is said, and not with a no before it (不是红的)."""
    return any(re.search(rf"(?<![不没])(?<!不是)(?<!没有){word}", said) for word in words)


def tried(said: str) -> bool:
    """Whether it is said that something was tried, or how it looks: 拔插过了还是红的."""
    return bool(_TRIED.search(said) or _FAILED.search(said) or _HELPED.search(said)) or "灯" in said or "红" in said


def wants_repair(said: str) -> bool:
    """Whether somebody wants a fitter at once, and no more questions."""
    return bool(_SEND.search(said))


def solved(said: str) -> bool:
    """Whether somebody says that it works again."""
    return bool(_GLAD.search(said)) and not re.search(r"没|不|还是", said)


def visit(hall: Hall, said: str) -> str | None:
    """The half of a day that a text names, as `2026-11-28 上午`; from tomorrow on. None when it names none."""
    match = _VISIT.search(said)
    if match is None:
        return None
    half = "上午" if match["h"] in ("上午", "早上") else "下午"
    ahead = {"后天": 2, "大后天": 3}.get(match["d"] or "", 1)
    return f"{(hall.clock.local() + timedelta(ahead)).date()} {half}"


async def report(change: Change, conversation: str, line: str, new: Report) -> tuple[Ticket, bool]:
    """The repair ticket, and whether it is new: one that is open about the same is not opened again."""
    mine = await tickets.of_customer(change.hall.store, conversation, line)
    same = [one for one in mine if one.kind == tickets.FAULT and one.category == new.kind.key and one.state in OPEN]
    if same:
        return same[0], False
    facts = [Fact("故障", new.names), Fact("线路检查", new.check), Fact("试过", new.tried or "-")]
    facts += [Fact(tickets.VISIT, new.visit)] if new.visit else []
    wish = NewTicket(
        f"fault|{line}|{new.kind.key}|{change.now:%Y%m%d%H%M}",
        tickets.FAULT,
        new.kind.key,
        conversation,
        line,
        f"{new.names}故障",
        tuple(facts),
        country=new.country,
    )
    return await tickets.open_ticket(change, wish), True


@dataclass(frozen=True, slots=True)
class Report:
    """What a repair ticket says: all kinds by name, what the check saw, what was tried, when a fitter may come."""

    kind: Kind
    names: str
    check: str
    tried: str
    visit: str
    country: bool


def half_days(hall: Hall) -> list[str]:
    """When a fitter may come, as `2026-11-28 上午`."""
    today: datetime = hall.clock.now().astimezone(SHANGHAI)
    days = [(today + timedelta(ahead)).date() for ahead in (1, 2)]
    return [f"{day} {half}" for day in days for half in hall.policy.faults.visits]


__all__ = [
    "END",
    "REPAIR",
    "Known",
    "Report",
    "answered",
    "half_days",
    "known",
    "report",
    "solved",
    "visit",
    "wants_repair",
]
