"""Wires the house once: settings in, everything that channels need out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from dataclasses import dataclass, field

import hall.clock
from bot import fading
from bot.engine.engine import Engine
from bot.engine.training import ensure_model_apart
from bot.review import reviewed_file
from bot.settings import PREFIX, ROOT, Settings, SettingsError
from bot.turns import Turns
from hall.books import compensation
from hall.bss.demo import DemoBss, seed
from hall.bss.limits import Limited
from hall.bss.supplier.demo import DemoSupplier
from hall.bss.supplier.port import Supplier
from hall.bss.supplier.zhichong import Zhichong
from hall.clock import Clock
from hall.errors import StoreUnavailable
from hall.faults import place
from hall.hall import Hall
from hall.payments import demo_notices
from hall.payments.alipay import Alipay
from hall.payments.demo import demo_payments
from hall.payments.port import Payments
from hall.payments.wechat import WechatPay
from hall.policy import Policy
from hall.store import migrations
from hall.store.outbox import Courier
from hall.store.unit import Store
from hall.topup.courier import register as register_topup

log = logging.getLogger(__name__)

STOP_WITHIN = 10.0  # seconds for turns that run; a database that is gone must not keep the process


@dataclass
class House:
    """The running house."""

    settings: Settings
    hall: Hall
    engine: Engine
    turns: Turns
    courier: Courier
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _reloads: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        """Bring the database up to date, answer what waits."""
        await prepare(self.hall)
        await self.hall.store.neighbours.listen()
        await self.turns.resume()
        self._tasks.append(asyncio.create_task(self.turns.workers.run(), name="the look for waiting messages"))

    def deliver(self) -> None:
        """Begin to deliver, once the doors are open: the demonstration's provider knocks at them."""
        self._tasks.append(asyncio.create_task(self.courier.run(), name="the courier"))

    async def health(self) -> tuple[bool, str]:
        """Whether messages are taken, answered and delivered, and if not, why."""
        if stopped := [task.get_name() for task in self._tasks if task.done()]:
            return False, f"{' and '.join(stopped)} stopped"
        return await self.turns.health()

    async def reload(self) -> None:
        """Take the model for the present training data, trained if need be, between two turns.

        The old one answers meanwhile; it goes on when the new one cannot be loaded.
        """
        try:
            engine = await asyncio.to_thread(self._newest_engine)
        except Exception as error:  # whatever is wrong with it, the house stays open
            log.error("reload: the old model stays: %s", place(error))
            return
        self.engine = self.turns.engine = engine
        log.info("reload: %s", engine.model_path.name)

    def _newest_engine(self) -> Engine:
        return Engine(ensure_model_apart(reviewed=reviewed_file(self.settings.data_dir)))

    def reload_on_hangup(self) -> None:
        """`kill -HUP` loads a new model."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: self._keep(loop.create_task(self.reload())))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def close(self) -> None:
        """Finish the turns that run; what is left stays in the inbox and the outbox."""
        for task in (*self._tasks, *self._reloads):
            while not task.done():  # a cancellation that meets a wake is forgotten by wait_for of Python 3.10
                task.cancel()
                await asyncio.wait({task}, timeout=0.1)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.turns.settle(), STOP_WITHIN)
        await self.hall.store.close()


def build_hall(settings: Settings) -> Hall:
    """The business with its adapters."""
    clock = Clock(settings.clock)
    hall.clock.use(clock)
    store, secret = _store(settings), settings.session_secret.encode()
    policy = Policy.load(ROOT / "data" / "policy")
    bss = DemoBss(store, clock)
    return Hall(
        store=store,
        clock=clock,
        policy=policy,
        bss=Limited(bss),
        payments=_payments(settings, store, clock),
        supplier=_supplier(settings, policy, clock) or DemoSupplier(store, clock, bss),
        secret=secret,
        public_url=settings.public_url,
        demonstration=settings.demonstration,
    )


def _supplier(settings: Settings, policy: Policy, clock: Clock) -> Supplier | None:
    """The supplier whose account is set; in production there is no other."""
    account = settings.supplier_zhichong
    if account is None:
        return None
    if account.table not in policy.suppliers:
        known = ", ".join(policy.suppliers)
        raise SettingsError(f"{PREFIX}SUPPLIER_ZHICHONG_TABLE is one of {known}, not {account.table!r}")
    return Zhichong(account, policy.suppliers[account.table], clock, f"{settings.public_url}/supplier/zhichong/notify")


def _payments(settings: Settings, store: Store, clock: Clock) -> dict[str, Payments]:
    """By the way to pay. Where a real account is set it takes the demonstration's place."""
    url, secret = settings.public_url, settings.session_secret.encode()
    payments = dict(demo_payments(store, clock, secret, url)) if settings.demonstration else {}
    if settings.pay_wechat:
        payments["wechat"] = WechatPay(settings.pay_wechat, clock, f"{url}/pay/wechat/notify")
    if settings.pay_alipay:
        payments["alipay"] = Alipay(settings.pay_alipay, clock, f"{url}/pay/alipay/notify")
    return payments


def _store(settings: Settings) -> Store:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return Store(settings.database_url)
    except OSError as error:
        raise SettingsError(f"{PREFIX}DATA_DIR: {settings.data_dir}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{PREFIX}DATABASE_URL {error}") from None


def build(settings: Settings, engine: Engine | None = None) -> House:
    """The whole house; trains the model when there is none for the present training data.

    `engine` is given by who has one loaded already: it holds nothing of a house.
    """
    engine = engine or Engine(ensure_model_apart(reviewed=reviewed_file(settings.data_dir)))
    business = build_hall(settings)
    turns = Turns(business, engine, answer_limit=settings.sms_answer_limit, at_once=settings.at_once)
    courier = Courier(business.store, business.clock)
    register_topup(courier, business)
    compensation.register(courier, business)
    demo_notices.register(courier, business)
    fading.register(courier, business.store)
    return House(settings, business, engine, turns, courier)


async def prepare(business: Hall) -> None:
    """Migrate the database and, in the demonstration, fill it with the demonstration's customers."""
    try:
        await migrations.upgrade(business.store)
        if business.demonstration:
            await seed(business.store, business.clock)
    except StoreUnavailable as error:
        raise SettingsError(f"{PREFIX}DATABASE_URL: the database cannot be used: {error}") from None
