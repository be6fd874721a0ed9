"""Settings, read from the environment (`YINGTING_*`) and checked; `settings_table` lists them with their defaults."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot import credentials, origins, production, settings_table
from bot.proxies import NO_PROXIES, BadProxies, Network, Proxies, networks_of
from bot.settings_table import SETTINGS
from hall import logs
from hall.bss.supplier.zhichong import ZhichongAccount
from hall.clock import moment
from hall.helpdesk.chatwoot import ChatwootAccount
from hall.oidc import OidcAccount
from hall.payments.alipay import AlipayAccount
from hall.payments.wechat import WechatAccount
from hall.private_files import write_private

PREFIX = settings_table.PREFIX
ROOT = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32  # characters
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
ENVIRONMENTS = ("production", "demonstration", "demo", "development", "test")  # all but the first mean the same


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names each."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set. Channels without their secret are off."""

    env: str
    data_dir: Path
    database_url: str
    bss: str
    clock: datetime | None  # where the clock starts; None: the system's
    public_url: str
    session_secret: str
    rest_token: str
    desk_admin_password: str
    sms_kannel_key: str
    sms_kannel_sendsms_url: str
    sms_signed_secret: str
    sms_answer_limit: float  # seconds within which an SMS reply goes out in the answer
    at_once: int  # conversations that one process works on at the same time; 0: it only takes messages
    pay_wechat: WechatAccount | None = None  # a way to pay without its account is off
    pay_alipay: AlipayAccount | None = None
    supplier_zhichong: ZhichongAccount | None = None  # without it, the demonstration's supplier
    oidc: OidcAccount | None = None  # without it, the desk has its own accounts only
    helpdesk_chatwoot: ChatwootAccount | None = None  # without it, people answer at our own desk only
    widget_identity_secret: str = ""  # with which a site signs for its customers; without it, none may
    widget_origins: tuple[origins.Origin, ...] = ()  # other sites that may embed the web chat
    env_said: bool = True  # whether ENV was set, rather than left at its default
    trusted_proxies: Proxies = NO_PROXIES  # whose word is taken for whose request it is
    nlu_encoder: str = ""  # on or off; bot/nlu/encoder.py reads the variable by itself
    models_dir: str = ""  # where bot/engine/training.py keeps models; it reads the variable by itself
    gateway_networks: tuple[Network, ...] = ()  # from where gateways and programs may come
    operations: tuple[str, int] | None = None  # host and port of health with reasons and of metrics
    operator: Path | None = None  # the folder of another operator than the demonstration's

    @property
    def demonstration(self) -> bool:
        """Demonstration customers, phone and payment page; never in production."""
        return self.env != "production"

    @classmethod
    def load(
        cls, environ: Mapping[str, str] | None = None, *, data_dir: str | Path | None = None, port: int = 8000
    ) -> Settings:
        """Read the environment; raises SettingsError naming everything that is wrong."""
        values = os.environ if environ is None else environ

        def get(name: str, computed: str = "") -> str:
            declared = SETTINGS[name]
            given = values.get(PREFIX + name, "").strip()
            if declared.secret and not given:
                given = _from_file(PREFIX + name, values.get(f"{PREFIX}{name}_FILE", "").strip())
            return given or computed or declared.default

        env = get("ENV")
        if env not in ENVIRONMENTS:  # a misspelt "production" must not open the demonstration
            raise SettingsError(f"{PREFIX}ENV is one of {', '.join(ENVIRONMENTS)}, not {env!r}")
        log_settings(values)
        folder = data_folder(data_dir, values)
        demo = env != "production"
        try:
            pay_wechat, pay_alipay = credentials.wechat(get, PREFIX), credentials.alipay(get, PREFIX)
            supplier_zhichong = credentials.zhichong(get, PREFIX)
            oidc, chatwoot = credentials.oidc(get, PREFIX), credentials.chatwoot(get, PREFIX)
        except credentials.AccountError as error:
            raise SettingsError(str(error)) from error
        settings = cls(
            env=env,
            data_dir=folder,
            database_url=_async_url(get("DATABASE_URL", f"sqlite:///{folder / 'yingting.sqlite'}")),
            bss=get("BSS"),
            clock=_moment(get("CLOCK")),
            public_url=get("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            session_secret=get("SESSION_SECRET") or (_kept(folder, "session-secret", 32) if demo else ""),
            rest_token=get("REST_TOKEN") or (_kept(folder, "rest-token", 16) if demo else ""),
            desk_admin_password=get("DESK_ADMIN_PASSWORD") or (_kept(folder, "desk-password", 6) if demo else ""),
            sms_kannel_key=get("SMS_KANNEL_KEY"),
            sms_kannel_sendsms_url=get("SMS_KANNEL_SENDSMS_URL"),
            sms_signed_secret=get("SMS_SIGNED_SECRET"),
            sms_answer_limit=_seconds(get("SMS_ANSWER_LIMIT")),
            at_once=_count(get("AT_ONCE")),
            pay_wechat=pay_wechat,
            pay_alipay=pay_alipay,
            supplier_zhichong=supplier_zhichong,
            oidc=oidc,
            helpdesk_chatwoot=chatwoot,
            widget_identity_secret=get("WIDGET_IDENTITY_SECRET"),
            widget_origins=_origins(get("WIDGET_ORIGINS")),
            operator=operator_folder(values),
            nlu_encoder=get("NLU_ENCODER"),
            models_dir=get("MODELS_DIR"),
            env_said=bool(values.get(PREFIX + "ENV", "").strip()),
            trusted_proxies=_proxies(get("TRUSTED_PROXIES")),
            gateway_networks=_networks(get("GATEWAY_NETWORKS")),
            operations=_listening(get("OPERATIONS")),
        )
        if problems := settings.problems():
            raise SettingsError("; ".join(problems))
        return settings

    def problems(self) -> list[str]:
        """What must not be so."""
        found = []
        if self.bss != "demo" and not _FACTORY.fullmatch(self.bss):
            found.append(f"BSS: there is no adapter {self.bss!r} (there is: demo, or yours as package.module:factory)")
        if self.nlu_encoder not in ("", "on", "off"):
            found.append(f"NLU_ENCODER is on or off, not {self.nlu_encoder!r}")
        if 0 < len(self.widget_identity_secret) < SHORTEST_SECRET:
            found.append(f"WIDGET_IDENTITY_SECRET has fewer than {SHORTEST_SECRET} characters")
        if not self.demonstration:
            found += production.problems(self)
            return [PREFIX + problem for problem in found]
        real = production.mistakable(self)
        if real and not self.env_said:
            names = ", ".join(PREFIX + name for name in real)
            found.append(f"ENV must be said: {names} would let a demonstration be taken for the real thing")
        if "SUPPLIER_ZHICHONG_URL" in real and (self.pay_wechat is None or self.pay_alipay is None):
            found.append("SUPPLIER_ZHICHONG_URL: the demonstration's payment page must not feed a real supplier")
        return [PREFIX + problem for problem in found]


def data_folder(given: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where an operator's own data is: `given`, YINGTING_DATA_DIR, or `var`. Needs no other setting."""
    values = os.environ if environ is None else environ
    return Path(given or values.get(PREFIX + "DATA_DIR", "").strip() or SETTINGS["DATA_DIR"].default).resolve()


def log_settings(environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """LOG_LEVEL and LOG_FORMAT. Needs no other setting; raises SettingsError."""
    values = os.environ if environ is None else environ
    given = [values.get(PREFIX + name, "").strip() or SETTINGS[name].default for name in ("LOG_LEVEL", "LOG_FORMAT")]
    level, form = given[0].lower(), given[1].lower()
    if level not in logs.LEVELS:
        raise SettingsError(f"{PREFIX}LOG_LEVEL is one of {', '.join(logs.LEVELS)}, not {level!r}")
    if form not in logs.FORMATS:
        raise SettingsError(f"{PREFIX}LOG_FORMAT is one of {', '.join(logs.FORMATS)}, not {form!r}")
    return level, form


def operator_folder(environ: Mapping[str, str] | None = None) -> Path | None:
    """Where the operator is that differs from the demonstration's: YINGTING_OPERATOR. Needs no other setting."""
    values = os.environ if environ is None else environ
    given = values.get(PREFIX + "OPERATOR", "").strip() or SETTINGS["OPERATOR"].default
    return Path(given) if given else None


def _async_url(url: str) -> str:
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+asyncpg://" + url[len(plain) :]
    return url


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.upper())  # without a zone it is Shanghai's
    except ValueError as error:
        if (found := moment(text)) is not None:
            return found
        raise SettingsError(f"{PREFIX}CLOCK is no ISO time: {text!r}") from error


def _proxies(text: str) -> Proxies:
    try:
        return Proxies.of(text)
    except BadProxies as error:
        raise SettingsError(f"{PREFIX}TRUSTED_PROXIES {error}, not {text!r}") from None


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return networks_of(text)
    except ValueError:
        raise SettingsError(f"{PREFIX}GATEWAY_NETWORKS is addresses or networks, not {text!r}") from None


def _listening(text: str) -> tuple[str, int] | None:
    host, _, port = text.rpartition(":")
    if text and not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise SettingsError(f"{PREFIX}OPERATIONS is an address and a port such as 127.0.0.1:9100, not {text!r}")
    return (host.strip("[]"), int(port)) if text else None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 60:
        raise SettingsError(f"{PREFIX}SMS_ANSWER_LIMIT is a number of seconds up to 60, not {text!r}")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 10_000:
        raise SettingsError(f"{PREFIX}AT_ONCE is a number up to 10000, not {text!r}")
    return int(text)


def _origins(text: str) -> tuple[origins.Origin, ...]:
    try:
        return origins.read(text)
    except origins.OriginError as error:
        raise SettingsError(f"{PREFIX}WIDGET_ORIGINS: {error}") from error


def _kept(folder: Path, name: str, size: int) -> str:
    """A secret of the demonstration's own, `size` random bytes: made once, kept beside its database."""
    path = folder / name
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_private(path, secrets.token_hex(size).encode())
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingsError(f"{PREFIX}DATA_DIR: {folder}: {error.strerror}") from error


def _from_file(name: str, path: str) -> str:
    """A secret that is kept in a file, as Docker, Kubernetes and systemd hand it over."""
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE: {path} cannot be read: {getattr(error, 'strerror', 'no text')}") from None
