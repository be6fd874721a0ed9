"""The real server with the real adapters, between payment providers and a supplier of this machine."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hall.clock import Clock
from testing.kannel import free_port, running
from testing.providers import alipay, wechat, zhichong
from testing.providers.alipay import AlipayServer
from testing.providers.local import serving
from testing.providers.wechat import WechatServer
from testing.providers.zhichong import ZhichongServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds for the server to open; a model may have to be trained


@dataclass
class Town:
    """The hall, its customer, and everybody outside."""

    hall: httpx.AsyncClient
    wechat: WechatServer
    alipay: AlipayServer
    supplier: ZhichongServer

    async def say(self, text: str) -> str:
        """What the customer is answered over REST."""
        message = {"sender": "e2e", "message": text, "metadata": {"msisdn": "13800138000"}}
        answer = await self.hall.post("/webhooks/rest/webhook", json=message)
        return "\n".join(item["text"] for item in answer.json())

    async def order(self, way: str) -> tuple[str, str]:
        """An order placed in the dialogue: where it is paid, and its number."""
        for text in ("给我充1G国内流量", way):
            await self.say(text)
        told = await self.say("确认")
        url, number = re.search(r"http\S+", told), re.search(r"T\d{13}", told)
        assert url is not None
        assert number is not None
        return url.group(), number.group()

    async def until(self, *words: str) -> str:
        """Ask for the order until all of that is said."""
        for _ in range(40):
            told = await self.say("到账了吗")
            if all(word in told for word in words):
                return told
            await asyncio.sleep(0.5)
        raise AssertionError(f"{words} was never said, but: {told}")


def settings(folder: Path, at_wechat: str, at_alipay: str, at_supplier: str) -> dict[str, str]:
    """The accounts as an operator sets them."""
    files = {"wechat": (wechat.PRIVATE, wechat.PUBLIC), "alipay": (alipay.PRIVATE, alipay.PUBLIC)}
    for name, (private, public) in files.items():
        (folder / f"{name}.key").write_text(private)
        (folder / f"{name}.pub").write_text(public)
    values = {
        "PAY_WECHAT_MCHID": wechat.MCHID, "PAY_WECHAT_APPID": wechat.APPID, "PAY_WECHAT_SERIAL_NO": wechat.SERIAL,
        "PAY_WECHAT_PRIVATE_KEY": str(folder / "wechat.key"), "PAY_WECHAT_APIV3_KEY": wechat.APIV3,
        "PAY_WECHAT_PUBLIC_KEY": str(folder / "wechat.pub"), "PAY_WECHAT_PUBLIC_KEY_ID": wechat.PUBLIC_KEY_ID,
        "PAY_WECHAT_URL": at_wechat, "PAY_ALIPAY_APP_ID": alipay.APP_ID, "PAY_ALIPAY_SELLER_ID": alipay.SELLER,
        "PAY_ALIPAY_PRIVATE_KEY": str(folder / "alipay.key"), "PAY_ALIPAY_PUBLIC_KEY": str(folder / "alipay.pub"),
        "PAY_ALIPAY_URL": f"{at_alipay}/gateway.do", "SUPPLIER_ZHICHONG_URL": at_supplier,
        "SUPPLIER_ZHICHONG_USER": zhichong.USER, "SUPPLIER_ZHICHONG_SECRET": zhichong.SECRET,
    }  # fmt: skip
    return {f"YINGTING_{name}": value for name, value in values.items()}


@pytest_asyncio.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    servers = (WechatServer(Clock()), AlipayServer(Clock()), ZhichongServer())
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(serving(server.routes)) for server in servers]
        port = free_port()
        command = [sys.executable, "-m", "yingting", "serve", "--port", str(port), "--data-dir", str(tmp_path / "var")]
        environment = os.environ | {"YINGTING_REST_TOKEN": "a-rest-token"} | settings(tmp_path, *urls)
        stack.enter_context(running(command, tmp_path / "server.log", cwd=ROOT, env=environment))
        headers = {"Authorization": "Bearer a-rest-token"}
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20)
        hall = await stack.enter_async_context(client)
        await opened(hall)
        yield Town(hall, *servers)


async def opened(hall: httpx.AsyncClient) -> None:
    for _ in range(PATIENCE * 2):
        try:
            if (await hall.get("/healthz")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.5)
    raise AssertionError("the server did not open")


@pytest.mark.e2e
async def test_wechat_pays_and_the_supplier_delivers_alipay_pays_and_is_paid_back(town: Town) -> None:
    url, number = await town.order("微信")
    phone = await town.hall.get(url, headers={"User-Agent": "iPhone Mobile"}, follow_redirects=True)
    assert "去支付" in phone.text
    headers, body = town.wechat.notice(town.wechat.pay(number))
    forged = await town.hall.post("/pay/wechat/notify", headers=headers, content=body.replace(b"EV-", b"EX-"))
    assert forged.status_code == 401
    assert (await town.hall.post("/pay/wechat/notify", headers=headers, content=body)).status_code == 200
    await town.until("处理")
    called = await town.hall.post("/supplier/zhichong/notify", content=town.supplier.callback(number, "2"))
    assert (called.status_code, called.text) == (200, "success")
    await town.until(number, "充值成功")

    url, number = await town.order("支付宝")
    assert "<svg" in (await town.hall.get(url, follow_redirects=True)).text
    form: Any = {"content-type": "application/x-www-form-urlencoded"}
    noticed = await town.hall.post(
        "/pay/alipay/notify", headers=form, content=town.alipay.notice(town.alipay.pay(number))
    )
    assert noticed.text == "success"
    await town.until(number, "处理")
    await town.hall.post("/supplier/zhichong/notify", content=town.supplier.callback(number, "3"))
    await town.until(number, "已原路退回")
    assert list(town.alipay.refunds) == [f"R{number[1:]}"]
    assert town.wechat.bad_requests + town.alipay.bad_requests + town.supplier.bad_requests == []
