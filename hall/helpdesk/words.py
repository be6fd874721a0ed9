"""What agents at another desk are told by the hall. Customers never see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hall.handoff import CLOSED, Handoff
from hall.privacy import mask

REASONS = {"asked": "客户要求", "misunderstood": "没听懂客户", "complaint": "投诉", "stuck": "系统出错"}
AUTHORS = {"customer": "客户", "bot": "自助", "agent": "坐席", "system": "系统"}
NO_FILES = "附件没有发给客户：这里只能发文字。"
NOT_SENT = "上一条没有发给客户：这位客户已经不在这里了（已离开、已结束，或由别人接待）。"


def about(found: Handoff, number: str, lines: Sequence[Any]) -> str:
    """Who waits and why, and what was said: the first note of a talk. `lines`: rows of the log, the oldest first."""
    summary = found.summary
    told = [
        f"【自助客服】{number}，{REASONS.get(found.reason, found.reason)}",
        f"技能：{found.skill}，等级：{found.tier}" + ("，紧急" if found.urgent else ""),
    ]
    if title := summary.get("title"):
        told.append(f"正在办理：{title}")
    told += [f"· {slot['name']}：{slot['value']}" for slot in summary.get("slots") or ()]
    if found.message:
        told.append(f"留言：{found.message}" + (f"（回电 {mask(found.callback)}）" if found.callback else ""))
    told += ["——", *(f"{AUTHORS.get(line.author, line.author)}：{mask(line.text)}" for line in lines)]
    return "\n".join(told)


def over(found: Handoff) -> str:
    """Why nobody there answers any more."""
    return "客户不再等人工了，或对话已结束。" if found.state == CLOSED else "这位客户已由本厅的坐席接待。"
