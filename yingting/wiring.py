"""Puts one operator's hall together: settings in, everything that runs out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import hall.clock
from bot.app import App
from bot.conversations import redaction
from bot.conversations.service import Conversations
from bot.engine.engine import Engine
from bot.engine.loading import load_engine
from bot.learning.review_file import reviewed_file
from bot.nlu import vocabulary
from bot.settings import PREFIX, Settings, SettingsError
from hall import erasure, handoff, msisdn, notices, tickets
from hall.books import compensation, fee_refund
from hall.bss import Bss
from hall.bss.demo import NOBODY, DemoBss
from hall.bss.supplier.demo import DemoSupplier
from hall.bss.supplier.port import Supplier
from hall.bss.supplier.zhichong import Zhichong
from hall.clock import Clock
from hall.context import Hall
from hall.helpdesk import jobs as helpdesk
from hall.helpdesk.chatwoot import Chatwoot
from hall.helpdesk.own import OwnDesk
from hall.operator import Operator
from hall.payments import demo_notices
from hall.payments.alipay import Alipay
from hall.payments.demo import demo_payments
from hall.payments.port import Payments
from hall.payments.wechat import WechatPay
from hall.policy import Policy, PolicyError
from hall.private_files import private_folder
from hall.store import migrations
from hall.store.dispatcher import Dispatcher
from hall.store.unit import Store
from hall.topup.jobs import register as register_topup


def build_hall(settings: Settings, operator: Operator | None = None) -> Hall:
    """The business with its adapters; `operator` is that of the settings where it is not read yet."""
    clock = Clock(settings.clock)
    hall.clock.use(clock)
    store, secret = _store(settings), settings.session_secret.encode()
    operator = operator or adopted(settings)
    policy, people = operator.policy, operator.people or NOBODY
    demo = DemoBss(store, clock, people=people)
    bss = demo if settings.bss == "demo" else _operators_records(settings.bss, clock)
    return Hall(
        store=store,
        clock=clock,
        policy=policy,
        bss=bss,
        payments=_payments(settings, store, clock),
        supplier=_supplier(settings, policy, clock) or DemoSupplier(store, clock, demo),
        secret=secret,
        public_url=settings.public_url,
        demonstration=settings.demonstration,
        brand=operator.brand,
        catalogue=operator.catalogue,
        helpdesk=Chatwoot(settings.helpdesk_chatwoot) if settings.helpdesk_chatwoot else OwnDesk(),
        people=people,
    )


def adopted(settings: Settings) -> Operator:
    """The operator of the settings, whose numbers and names this process knows from now on; raises SettingsError."""
    try:
        operator = Operator.load(settings.operator)
    except PolicyError as error:
        raise SettingsError(f"{PREFIX}OPERATOR: {error}") from error
    msisdn.use(operator.number_prefixes)
    vocabulary.use(operator.catalogue)
    return operator


def _operators_records(named: str, clock: Clock) -> Bss:
    """What the factory of YINGTING_BSS gives, as package.module:factory; raises SettingsError."""
    module, _, factory = named.partition(":")
    try:
        found = getattr(import_module(module), factory)(clock)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"{PREFIX}BSS: {named}: {error}") from error
    if not isinstance(found, Bss):
        raise SettingsError(f"{PREFIX}BSS: {named} gives a {type(found).__name__} and not a hall.bss.Bss")
    return found


def _supplier(settings: Settings, policy: Policy, clock: Clock) -> Supplier | None:
    """The supplier whose account is set, or None."""
    account = settings.supplier_zhichong
    if account is None:
        return None
    if account.table not in policy.suppliers:
        known = ", ".join(policy.suppliers)
        raise SettingsError(f"{PREFIX}SUPPLIER_ZHICHONG_TABLE is one of {known}, not {account.table!r}")
    return Zhichong(account, policy.suppliers[account.table], clock, f"{settings.public_url}/supplier/zhichong/notify")


def _payments(settings: Settings, store: Store, clock: Clock) -> dict[str, Payments]:
    """Providers by way to pay. A real account replaces the demonstration's provider."""
    url, secret = settings.public_url, settings.session_secret.encode()
    payments = dict(demo_payments(store, clock, secret, url)) if settings.demonstration else {}
    if settings.pay_wechat:
        payments["wechat"] = WechatPay(settings.pay_wechat, clock, f"{url}/pay/wechat/notify")
    if settings.pay_alipay:
        payments["alipay"] = Alipay(settings.pay_alipay, clock, f"{url}/pay/alipay/notify")
    return payments


def _store(settings: Settings) -> Store:
    try:
        private_folder(settings.data_dir)
        return Store(settings.database_url)
    except OSError as error:
        raise SettingsError(f"{PREFIX}DATA_DIR: {settings.data_dir}: {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"{PREFIX}DATABASE_URL {error}") from None


def build(settings: Settings, engine: Engine | None = None) -> App:
    """The running app; trains the model if there is none for the present training data.

    `engine`: one that is already loaded; it holds nothing of an app but its operator's words.
    """
    operator = adopted(settings)
    engine = engine or load_engine(reviewed_file(settings.data_dir), operator)
    business = build_hall(settings, operator)
    turns = Conversations(business, engine, answer_limit=settings.sms_answer_limit, at_once=settings.at_once)
    dispatcher = Dispatcher(business.store, business.clock)
    register_topup(dispatcher, business)
    compensation.register(dispatcher, business)
    fee_refund.register(dispatcher, business)
    handoff.register(dispatcher, business)
    helpdesk.register(dispatcher, business)
    tickets.register(dispatcher, business)
    demo_notices.register(dispatcher, business)
    redaction.register(dispatcher, business.store)
    erasure.register(dispatcher, business)
    notices.register(dispatcher, business)
    return App(settings, business, engine, turns, dispatcher)


@asynccontextmanager
async def migrated_hall(data_dir: Path) -> AsyncIterator[Hall]:
    """The hall of a data directory whose database is up to date. Raises SettingsError, StoreUnavailable."""
    hall = build_hall(Settings.load(data_dir=data_dir))
    try:
        if problem := await migrations.check(hall.store):
            raise SettingsError(problem)
        yield hall
    finally:
        await hall.store.close()
