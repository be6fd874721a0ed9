"""The hall: everything that a use case needs, wired once (yingting/wiring.py) and handed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hall import brand, catalogue
from hall.clock import Clock
from hall.helpdesk.own import OwnDesk
from hall.helpdesk.port import HelpDesk
from hall.store.unit import Store

if TYPE_CHECKING:
    from hall.bss import Bss
    from hall.bss.demo.records import Demo
    from hall.bss.supplier.port import Supplier
    from hall.payments.port import Payments
    from hall.policy import Policy


@dataclass(frozen=True)
class Hall:
    """Ports, rules, database and clock of one operator."""

    store: Store
    clock: Clock
    policy: Policy
    bss: Bss  # the operator's records by kind; every call has a time limit and raises Unavailable
    payments: Mapping[str, Payments]  # by the way to pay: "wechat", "alipay", …
    supplier: Supplier  # delivers data packages
    secret: bytes  # signs and hashes: codes, links, sessions
    public_url: str = "http://127.0.0.1:8000"  # what customers' links begin with
    demonstration: bool = True
    brand: brand.Brand = field(default_factory=brand.demonstrations)
    catalogue: catalogue.Catalogue = field(default_factory=catalogue.demonstrations)
    helpdesk: HelpDesk = field(default_factory=OwnDesk)  # where a person answers
    people: Demo | None = None  # who a demonstration shows; None: those of the demonstration's operator
