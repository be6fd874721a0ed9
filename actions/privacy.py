"""A customer's rights to what is kept of them."""

from __future__ import annotations

from actions.base import HallAction, Outcome, Turn, proceed, say
from hall import documents, erasure
from hall.documents import Wanted


class TellPrivacy(HallAction):
    """Says what is kept of what customers write, and for how long."""

    name_ = "action_privacy"

    async def act(self, turn: Turn) -> Outcome:
        page = f"{turn.hall.public_url}/privacy"
        return proceed(say("utter_privacy", days=turn.hall.policy.retention.days, page=page))


class ExportData(HallAction):
    """Hands the verified customer all that is kept about the line, behind a link that opens once."""

    name_ = "action_export_data"

    async def act(self, turn: Turn) -> Outcome:
        lasts = turn.hall.policy.verification.detail_link
        wanted = Wanted("export", turn.line.verified, "all", turn.conversation, turn.key)
        link = documents.link(turn.hall, turn.unit, wanted, lasts)
        return proceed(say("utter_export_data", link=link, minutes=int(lasts.total_seconds()) // 60))


class EraseData(HallAction):
    """Sees that what was written here is deleted: of the proved line, else of this conversation."""

    name_ = "action_erase_data"

    async def act(self, turn: Turn) -> Outcome:
        line = turn.line.msisdn if turn.line.level >= 1 else None
        erasure.ask(turn.unit, turn.hall.clock.now(), erasure.Wish(turn.conversation, line, turn.key))
        return proceed(say("utter_erasure_noted"))
