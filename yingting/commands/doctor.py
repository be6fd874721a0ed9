"""`yingting doctor`: what is wrong with this set-up, before it is started; it changes nothing."""

from __future__ import annotations

import argparse
import asyncio
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.engine.training import model_path
from bot.learning.review_file import reviewed_file
from bot.nlu import encoder
from bot.settings import PREFIX, Settings, SettingsError, data_folder
from hall.errors import StoreUnavailable
from hall.helpdesk.chatwoot import Chatwoot
from hall.helpdesk.port import DeskDown, DeskRefused
from hall.private_files import FOLDER
from hall.store import migrations
from yingting.wiring import build_hall

BAD, NOTE, GOOD = "missing", "note", "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis."""

    state: str  # missing | note | ok
    says: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data are."""
    parser.add_argument("--data-dir", type=Path)


def run(options: argparse.Namespace) -> None:
    """Exit with 0 when the hall would start, 1 when something keeps it from it."""
    found = asyncio.run(diagnosis(options.data_dir))
    for one in found:
        print(f"{one.state:<8} {one.says}")
    bad = sum(one.state == BAD for one in found)
    print(f"{bad} missing: the hall would not start so" if bad else "nothing keeps the hall from starting")
    sys.exit(1 if bad else 0)


async def diagnosis(data_dir: Path | None = None) -> list[Finding]:
    """Everything that can be told without starting: settings first, for without them nothing else can be looked at."""
    found = list(_files(data_folder(data_dir)))
    try:
        settings = Settings.load(data_dir=data_dir)
    except SettingsError as error:
        problems = str(error).removeprefix(PREFIX).split("; " + PREFIX)
        return [*(Finding(BAD, PREFIX + problem) for problem in problems), *found]
    found += [*_channels(settings), *await _help_desk(settings), *await _database(settings)]
    reviewed = reviewed_file(settings.data_dir)
    model = model_path(reviewed if reviewed.exists() else None)
    state = GOOD if model.exists() else NOTE
    found.append(encoder_finding())
    return [*found, Finding(state, f"model: {model}" + ("" if model.exists() else " is trained at the first start"))]


def encoder_finding() -> Finding:
    """Whether the encoder is whole and asked."""
    if not encoder.wanted():
        why = f"{encoder.SWITCH}={encoder.OFF}" if encoder.there() else f"there is none in {encoder.FOLDER}"
        return Finding(NOTE, f"encoder: not asked, {why}; what the linear model is unsure of is offered as choices")
    try:
        card = encoder.check()
    except encoder.EncoderError as error:
        return Finding(BAD, f"encoder: {error}")
    return Finding(GOOD, f"encoder: {sum(card['bytes'].values()) / 1e6:.0f} MB, as its card says")


def _files(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding(NOTE, f"data folder: {folder} is made at the first start")
        return
    for path in (folder, *sorted(folder.glob("*.sqlite*")), *sorted(folder.glob("*-secret"))):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~FOLDER & 0o077:
            yield Finding(NOTE, f"{path} can be read by others (mode {mode:04o})")


def _channels(settings: Settings) -> Iterator[Finding]:
    yield Finding(GOOD, f"environment: {settings.env}, at {settings.public_url}")
    for name, value, what in (
        ("SMS_KANNEL_KEY", settings.sms_kannel_key, "SMS by Kannel"),
        ("SMS_KANNEL_SENDSMS_URL", settings.sms_kannel_sendsms_url, "texts that are sent unasked, one-time codes"),
        ("SMS_SIGNED_SECRET", settings.sms_signed_secret, "SMS by the signed webhook"),
        ("REST_TOKEN", settings.rest_token, "REST"),
        ("PAY_WECHAT_MCHID", settings.pay_wechat, "WeChat Pay"),
        ("PAY_ALIPAY_APP_ID", settings.pay_alipay, "Alipay"),
        ("SUPPLIER_ZHICHONG_URL", settings.supplier_zhichong, "a supplier of top-ups"),
        ("HELPDESK_CHATWOOT_URL", settings.helpdesk_chatwoot, "another help desk, Chatwoot"),
        ("TRUSTED_PROXIES", settings.trusted_proxies.given, "addresses of customers behind a proxy"),
    ):
        yield Finding(GOOD, f"on: {what}") if value else Finding(NOTE, f"off: {what}, for {PREFIX}{name} is not set")


async def _help_desk(settings: Settings) -> list[Finding]:
    """Whether another help desk can be reached; the hall starts without it."""
    if settings.helpdesk_chatwoot is None:
        return []
    try:
        await Chatwoot(settings.helpdesk_chatwoot).check()
    except (DeskDown, DeskRefused) as error:
        return [Finding(NOTE, f"help desk: {error}; until that is mended, customers go to our own desk")]
    return [Finding(GOOD, "help desk: Chatwoot can be reached, and has the inbox")]


async def _database(settings: Settings) -> list[Finding]:
    try:
        hall = build_hall(settings)
    except SettingsError as error:
        return [Finding(BAD, str(error))]
    try:
        if hall.store.is_sqlite and not (settings.data_dir / "yingting.sqlite").exists():
            return [Finding(NOTE, "database: made at the first start"), Finding(GOOD, f"BSS: {settings.bss}")]
        problem = await migrations.check(hall.store)
    except StoreUnavailable as error:
        return [Finding(BAD, f"database: {error}")]
    finally:
        await hall.store.close()
    state = Finding(NOTE if problem else GOOD, f"database: {problem or 'up to date'}")
    return [state, Finding(GOOD, f"BSS: {settings.bss}")]
