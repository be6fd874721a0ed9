"""A Kannel for tests: a sendsms that answers as it is told, and the reports that it would send."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from channels.sms import push
from hall.store.outbox import NewMessage, enqueue

SENDSMS = "http://gateway.test/cgi-bin/sendsms?username=hall&password=p"


class Gateway:
    """A sendsms that answers as it is told and keeps what it was asked to send."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.sent = list(answers), list[dict[str, str]]()
        self.takes_silently = 0  # so many of the next are taken, and the connection is closed

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        status = self.answers.pop(0) if self.answers else 202
        if status == 0:
            raise httpx.ReadTimeout("slow")
        if status == 202:
            self.sent.append(fields)
        if self.takes_silently:
            self.takes_silently -= 1
            raise httpx.RemoteProtocolError("closed without an answer")
        return httpx.Response(status, text="0: Accepted for delivery")


def pushing(app: Any, gateway: Gateway, phone: Any = None) -> None:
    app.settings.sms_kannel_sendsms_url = SENDSMS
    pusher = push.Pusher(app, httpx.AsyncClient(transport=httpx.MockTransport(gateway)), phone)
    app.dispatcher.handle("sms:kannel", pusher.replies, at_most_once=True)
    app.dispatcher.handle("sms.text", pusher.text, at_most_once=True)


async def staged(app: Any, text: str = "到账了", key: str = "message:3") -> None:
    unit = app.hall.store.unit()
    body = {"to": "13800138000", "from": "10000", "replies": [{"text": text}]}
    enqueue(
        unit,
        app.hall.clock.now(),
        NewMessage(conversation="sms:kannel:13800138000", key=key, kind="sms:kannel", body=body),
    )
    await unit.commit()


def reported(dlr: str, said: str) -> dict[str, str]:
    """The address as Kannel fills it: %% is %, %d the report."""
    filled = dlr.replace("%%", "\0").replace("%d", said).replace("\0", "%")
    return {name: values[0] for name, values in parse_qs(urlsplit(filled).query).items()}
