"""What somebody at the other desk did, done here: the hand-off is taken, the customer is answered, it is ended."""

from __future__ import annotations

from hall import handoff
from hall.context import Hall
from hall.handoff import CLOSED, WAITING, AgentReply, NotYours, Say
from hall.helpdesk import links, words
from hall.helpdesk.jobs import TELL
from hall.helpdesk.links import OPEN, Link
from hall.helpdesk.port import ELSEWHERE, Report
from hall.store.outbox import NewMessage, enqueue


async def done(hall: Hall, report: Report, say: Say) -> bool:
    """Do it; the same report again changes nothing. False when it is of no talk of ours, or came too late.

    What was said too late is not sent: the agent is told so. Raises StoreUnavailable.
    """
    link = await links.of_theirs(hall, hall.helpdesk.name, report.theirs)
    if link is None:
        return False
    try:
        if link.state != OPEN:
            raise NotYours(f"{link.handoff} is {link.state} there")
        await _do(hall, link, report, say)
    except NotYours:
        if report.what == "said":
            await _tell(hall, link, report, words.NOT_SENT)
        return False
    if report.files:
        await _tell(hall, link, report, words.NO_FILES)
    return True


async def _do(hall: Hall, link: Link, report: Report, say: Say) -> None:
    found = await handoff.get(hall, link.handoff)
    if found.state == CLOSED and report.what == "ended":
        return
    if found.state == WAITING:
        await handoff.take_over(hall, found.id, ELSEWHERE)
    if report.what == "said" and report.text.strip():
        sent = AgentReply(ELSEWHERE, f"{link.desk}:{report.key}", report.text)
        await handoff.reply(hall, found.id, sent, say)
    elif report.what == "ended":
        await handoff.close(hall, found.id, ELSEWHERE)


async def _tell(hall: Hall, link: Link, report: Report, text: str) -> None:
    unit = hall.store.unit()
    body = {"case": link.handoff, "theirs": link.theirs, "text": text}
    enqueue(unit, hall.clock.now(), NewMessage(f"helpdesk:tell:{report.key}", TELL, body, link.conversation))
    await unit.commit()
