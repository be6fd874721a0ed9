"""The two dialogues' actions as an action server of stock Rasa has them. A sender's id begins with his line."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from actions import records
from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import AllSlotsReset, EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

MOBILE = re.compile(r"1[3-9]\d{9}")
SCOPES = {"国内流量": "national", "省内流量": "provincial"}
WAYS = {"微信支付": "wechat", "支付宝": "alipay"}
SIZE = re.compile(r"(\d+)\s*(M|MB|G|GB)", re.IGNORECASE)


class Balance(Action):
    """Says what is on the line and this month's bill up to now."""

    def name(self) -> str:
        return "action_balance"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        line = _line(tracker)
        record = records.subscriber(line)
        if record is None:
            dispatcher.utter_message(response="utter_unknown_line", number=_spaced(line))
            return []
        if record["arrears_fen"]:
            dispatcher.utter_message(
                response="utter_balance_arrears", number=_spaced(line), arrears=_yuan(record["arrears_fen"])
            )
            return []
        so_far = _yuan(records.so_far_fen(line) or 0)
        balance = _yuan(record["balance_fen"])
        dispatcher.utter_message(response="utter_balance", number=_spaced(line), balance=balance, so_far=so_far)
        return []


class ValidateTopup(FormValidationAction):
    """Checks what was given, and whether the number can be topped up, before the customer confirms."""

    def name(self) -> str:
        return "validate_topup_form"

    def validate_phone_number(self, value: Any, *_: Any) -> dict[str, Any]:
        return {"phone_number": value if MOBILE.fullmatch(str(value)) else None}

    def validate_phone_number_again(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        return {"phone_number_again": value if value == tracker.get_slot("phone_number") else None}

    def validate_scope(self, value: Any, *_: Any) -> dict[str, Any]:
        return {"scope": SCOPES.get(str(value))}

    def validate_package(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        line, scope = tracker.get_slot("phone_number"), tracker.get_slot("scope")
        package = records.packages.get((scope, _data_mb(str(value))))
        if package is None or records.refusal(line):
            return {"package": None}
        return {
            "package": package.data_mb,
            "topup_number": _spaced(line),
            "topup_scope": next(name for name, key in SCOPES.items() if key == scope),
            "topup_size": _size(package.data_mb),
            "topup_price": f"{package.price_fen // 100}",
            "arrival": "通常30分钟内到账",
        }

    def validate_pay_method(self, value: Any, *_: Any) -> dict[str, Any]:
        return {"pay_method": WAYS.get(str(value)), "topup_way": value}


class PlaceTopup(Action):
    """Places the order that was confirmed, and says where to pay it."""

    def name(self) -> str:
        return "action_place_topup"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        slot = tracker.get_slot
        package = records.packages[slot("scope"), slot("package")]
        key = hashlib.sha256(f"{tracker.sender_id}#{len(tracker.events)}".encode()).hexdigest()[:32]
        number = records.place(
            tracker.sender_id, key, _line(tracker), slot("phone_number"), package, slot("pay_method")
        )
        token = hashlib.sha256(number.encode()).hexdigest()[:16]
        dispatcher.utter_message(
            response="utter_topup_pay", order_no=number, expiry=30, price=f"{package.price_fen // 100}",
            url=f"http://127.0.0.1:8000/pay/demo/{number}?t={token}",
        )  # fmt: skip
        return [AllSlotsReset()]


def _line(tracker: Tracker) -> str:
    return str(tracker.sender_id)[:11]


def _spaced(line: str) -> str:
    return f"{line[:3]} {line[3:7]} {line[7:]}"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _data_mb(text: str) -> int:
    found = SIZE.fullmatch(text)
    if found is None:
        return 0
    return int(found[1]) * (1024 if found[2].upper().startswith("G") else 1)


def _size(data_mb: int) -> str:
    return f"{data_mb // 1024}GB" if data_mb % 1024 == 0 else f"{data_mb}MB"
