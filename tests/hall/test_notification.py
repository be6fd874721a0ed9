"""Notifications: what one process sends is what another one gets."""

from __future__ import annotations

import pytest

from hall.store.notification import MISSED, Notification, answered, changed


@pytest.mark.parametrize(
    "notification",
    [
        MISSED,
        Notification("desk"),
        changed("sms:kannel:13800138000"),
        answered("rest:rest:a sender with spaces: and colons"),
        Notification("outbox"),
    ],
)
def test_a_notification_is_decoded_as_it_was(notification: Notification) -> None:
    assert Notification.decode(notification.encode()) == notification


def test_a_kind_of_a_newer_process_is_no_error() -> None:
    assert Notification.decode("weather sms:kannel:1").conversation == "sms:kannel:1"
