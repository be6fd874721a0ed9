"""Who the customer talks to: brand.yml of the operator's folder. Answers, pages and texts take it from here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hall.operator_files import BRAND, OperatorFiles
from hall.policy_file import text, text_or_none, truth


@dataclass(frozen=True, slots=True)
class Brand:
    """An operator's name and addresses, as they are told; "" where it has none.

    `demonstration`: people and prices are invented, and demo/ may be shown.
    """

    name: str
    app: str
    sms_number: str
    sms_signature: str
    hotline: str
    opening_hours: str
    website: str
    demonstration: bool
    privacy: str = ""  # the text of /privacy instead of that of the rules

    @classmethod
    def of(cls, files: OperatorFiles) -> Brand:
        """Read and check brand.yml; raises PolicyError."""
        file = files.file(BRAND)
        file.source()
        needed = {name: file.get(name, text) for name in ("name", "app", "sms_number")}
        optional = {
            name: file.get(name, text_or_none)
            for name in ("sms_signature", "hotline", "opening_hours", "website", "privacy")
        }
        # whoever is a demonstration says so himself
        shown = file.get("demonstration", truth) and "demonstration" not in file.inherited
        file.finish()
        return cls(**needed, **optional, demonstration=shown)


@cache
def demonstrations() -> Brand:
    """The brand of the demonstration's operator."""
    return Brand.of(OperatorFiles())
