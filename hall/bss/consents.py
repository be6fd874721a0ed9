"""What a line agrees to be written of the operator's own accord, and what it was written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hall.bss.kinds import Records, limited


class Consents(Records):
    """Consents and contacts of lines. Part: consents. TM Forum: 644 `/partyPrivacyAgreement`, 681 communication."""

    @limited("consents")
    async def of(self, msisdn: str) -> Mapping[str, bool]:
        """What was said, by kind of notice; a kind of which nothing was said is left out."""
        raise NotImplementedError

    @limited("consents")
    async def say(self, msisdn: str, kinds: tuple[str, ...], agreed: bool) -> None:
        """Keep that the line agrees to these kinds, or does not. The same again changes nothing."""
        raise NotImplementedError

    @limited("consents")
    async def written(self, msisdn: str, since: datetime) -> int:
        """How many notices the line was written since a moment."""
        raise NotImplementedError

    @limited("consents")
    async def note(self, msisdn: str, kind: str, key: str) -> bool:
        """Note a notice before it goes out; False when this `key` was noted before."""
        raise NotImplementedError
