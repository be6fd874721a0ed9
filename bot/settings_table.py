"""Every setting, by name: its default and what it means.

`python -m bot.settings_table > docs/settings.md` writes the page of it. `Settings.load` reads no name that is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = "YINGTING_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable, without its prefix.

    `default` is the value of an unset variable. `computed` says in words what stands for it where that depends on
    something else. `secret`: never print it, never commit it.
    """

    name: str
    means: str
    default: str = ""
    computed: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that belong together. The table of the documentation has a part for each group."""

    title: str
    about: str
    settings: tuple[Setting, ...]


GROUPS = (
    Group(
        "The program",
        "Which data, which database, which kind of use.",
        (
            Setting(
                "ENV",
                "`production`, or one of `demonstration`, `demo`, `development`, `test`, which are the same. "
                "`production` refuses the demonstration's defaults and names each",
                "demonstration",
            ),
            Setting("DATA_DIR", "the folder of the database, the session secret and the reviewed sentences", "var"),
            Setting(
                "MODELS_DIR",
                "the folder of the trained models; it must be writable where models are trained",
                computed="`models` beside the program",
            ),
            Setting(
                "NLU_ENCODER",
                "`on` or `off`: whether messages of which the linear model is unsure are shown to the sentence encoder "
                "of `data/encoder`, too (docs/understanding.md); it takes 75 MB a process",
                "on",
            ),
            Setting(
                "LOG_LEVEL",
                "`debug`, `info`, `warning` or `error`; with `debug` there is one line a turn, slow turns have one "
                "always. No line holds a customer's words",
                "info",
            ),
            Setting("LOG_FORMAT", "`text`, or `json`: one object a line", "text"),
            Setting(
                "OPERATOR",
                "the folder of your operator; it holds only what differs from the demonstration's (docs/operator.md)",
                computed="the demonstration's, `data/operator`",
            ),
            Setting(
                "DATABASE_URL",
                "`sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`. Several processes need PostgreSQL",
                computed="SQLite, `yingting.sqlite` in the data folder",
                secret=True,
            ),
            Setting(
                "BSS",
                "the adapters for the operator's records: `demo`, or `package.module:factory`, a function that takes "
                "the hall's clock and gives a `hall.bss.Bss` (docs/tutorials/bss.md)",
                "demo",
            ),
            Setting(
                "PUBLIC_URL",
                "what customers' links, payment notices and delivery reports begin with; `https:` also makes the "
                "desk's cookie secure",
                computed="`http://127.0.0.1:PORT`",
            ),
            Setting(
                "TRUSTED_PROXIES",
                "the proxies before the hall whose `X-Forwarded-For` is believed: their number (`1`), or their "
                "addresses and networks (`10.0.0.0/8, 192.0.2.7`). Without it everybody behind a proxy is one client",
                computed="none: no forwarded header is believed",
            ),
            Setting(
                "OPERATIONS",
                "`ADDRESS:PORT` on which this process tells its health with the reasons, and its metrics, to whoever "
                "runs it; bind it where customers cannot reach it. In production these are nowhere else",
                computed="production: off; demonstration: on the public port",
            ),
            Setting(
                "GATEWAY_NETWORKS",
                "the addresses and networks from which SMS gateways, their reports and REST programs may come",
                "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7",
            ),
            Setting(
                "SESSION_SECRET",
                "signs web sessions, desk sessions and payment links, and is hashed into one-time codes. "
                "The same in every process",
                computed="demonstration: made once and kept in the data folder",
                secret=True,
            ),
            Setting(
                "AT_ONCE",
                "conversations on which one process works at the same time, up to 10000; 0: it only takes messages "
                "and leaves the turns to workers",
                "64",
            ),
            Setting(
                "CLOCK",
                "an ISO time at which the clock starts and from which it goes on, for demonstrations and tests; "
                "refused in production",
                computed="the system's clock",
            ),
        ),
    ),
    Group(
        "Web chat",
        "Where the widget may stand.",
        (
            Setting(
                "WIDGET_ORIGINS",
                "the sites whose pages may embed the web chat, separated by commas: `https://www.op.cn`, or "
                "`https://*.op.cn` for every host below it. This host and `PUBLIC_URL` always may",
            ),
            Setting(
                "WIDGET_IDENTITY_SECRET",
                "with which your site's server signs the line of a customer who is signed in there, so that he needs "
                "no code (docs/contracts/widget.md); without it no site may vouch. At least 32 characters",
                secret=True,
            ),
        ),
    ),
    Group(
        "Desk and REST",
        "Who may sign in, and which programs may call.",
        (
            Setting(
                "DESK_ADMIN_PASSWORD",
                "the password of the desk's first supervisor, `demo`",
                computed="demonstration: random, kept in the data folder, printed at each start",
                secret=True,
            ),
            Setting(
                "REST_TOKEN",
                "the bearer token of the REST channel, which is off without one; two, separated by a comma, while one "
                "is being changed",
                computed="demonstration: random, kept in the data folder, printed at each start",
                secret=True,
            ),
        ),
    ),
    Group(
        "Sign-in at the desk by your identity provider",
        "OpenID Connect; the first three, or none. Its redirect address is `PUBLIC_URL` and `/desk/oidc/back`.",
        (
            Setting("OIDC_ISSUER", "the issuer's address, as its ID tokens name it"),
            Setting("OIDC_CLIENT_ID", "the desk's id there"),
            Setting("OIDC_CLIENT_SECRET", "its secret there", secret=True),
            Setting("OIDC_ROLE_CLAIM", "the claim that holds one role of the desk (docs/desk.md)", "roles"),
        ),
    ),
    Group(
        "Another help desk: Chatwoot",
        "All or none; docs/contracts/chatwoot.md. Without them people answer at our own desk, which stays the one to "
        "which customers go while the other is down.",
        (
            Setting("HELPDESK_CHATWOOT_URL", "its address"),
            Setting("HELPDESK_CHATWOOT_ACCOUNT", "the account's number there"),
            Setting("HELPDESK_CHATWOOT_INBOX", "the identifier of an inbox of the kind API"),
            Setting("HELPDESK_CHATWOOT_INBOX_SECRET", "that inbox's HMAC token", secret=True),
            Setting("HELPDESK_CHATWOOT_BOT_TOKEN", "the access token of the agent bot of that inbox", secret=True),
            Setting("HELPDESK_CHATWOOT_WEBHOOK_SECRET", "with which it signs what it reports", secret=True),
        ),
    ),
    Group(
        "SMS",
        "A gateway's route is off without its secret.",
        (
            Setting(
                "SMS_KANNEL_KEY",
                "the `key` in the addresses that Kannel calls, or the password in them (`http://kannel:KEY@…`); two, "
                "separated by a comma, while one is being changed",
                secret=True,
            ),
            Setting(
                "SMS_KANNEL_SENDSMS_URL",
                "Kannel's sendsms address with its `username` and `password`: texts that do not fit into an answer are "
                "pushed by it",
                secret=True,
            ),
            Setting("SMS_SIGNED_SECRET", "the secret of the signed webhook's HMAC; two, as above", secret=True),
            Setting(
                "SMS_ANSWER_LIMIT",
                "seconds, up to 60, for which a gateway's request waits for the reply. Keep it below the gateway's "
                "own time limit",
                "8",
            ),
        ),
    ),
    Group(
        "WeChat Pay",
        "All or none, but for the last. With them, WeChat Pay takes the place of the demonstration's payment page.",
        (
            Setting("PAY_WECHAT_MCHID", "the merchant's number"),
            Setting("PAY_WECHAT_APPID", "the application's id"),
            Setting("PAY_WECHAT_SERIAL_NO", "the serial number of the merchant's certificate"),
            Setting("PAY_WECHAT_PRIVATE_KEY", "path of the merchant's private key, a PEM file without a password"),
            Setting("PAY_WECHAT_APIV3_KEY", "the APIv3 key, 32 characters", secret=True),
            Setting("PAY_WECHAT_PUBLIC_KEY", "path of WeChat Pay's public key, a PEM file"),
            Setting("PAY_WECHAT_PUBLIC_KEY_ID", "the id of that public key"),
            Setting("PAY_WECHAT_URL", "another base address, for tests", computed="WeChat Pay's"),
        ),
    ),
    Group(
        "Alipay",
        "All or none, but for the last. With them, Alipay takes the place of the demonstration's payment page.",
        (
            Setting("PAY_ALIPAY_APP_ID", "the application's id"),
            Setting("PAY_ALIPAY_SELLER_ID", "the seller's id (PID)"),
            Setting("PAY_ALIPAY_PRIVATE_KEY", "path of the application's private key, a PEM file without a password"),
            Setting("PAY_ALIPAY_PUBLIC_KEY", "path of Alipay's public key, a PEM file"),
            Setting("PAY_ALIPAY_URL", "another gateway address, for tests", computed="Alipay's"),
        ),
    ),
    Group(
        "Supplier of top-ups",
        "The first three, or none. Production needs them: the demonstration's supplier delivers nothing.",
        (
            Setting("SUPPLIER_ZHICHONG_URL", "the base address of a supplier of the 直充 contract"),
            Setting("SUPPLIER_ZHICHONG_USER", "the account there"),
            Setting("SUPPLIER_ZHICHONG_SECRET", "the secret that signs calls and callbacks", secret=True),
            Setting("SUPPLIER_ZHICHONG_TABLE", "the supplier's table in the policy's `suppliers.yml`", "standard"),
        ),
    ),
)
SETTINGS = {setting.name: setting for group in GROUPS for setting in group.settings}


def page() -> str:
    """The page `docs/settings.md`."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "Written by `python -m bot.settings_table > docs/settings.md` from `bot/settings_table.py`; do not edit."
    yield ""
    yield f"Settings are environment variables with the prefix `{PREFIX}`. Each has a safe default or is told missing"
    yield "by its name at the start. A secret belongs neither into the repository nor into a log. Each secret may be"
    yield f"given as a file instead: `{PREFIX}…_FILE` names it."
    for group in GROUPS:
        yield from ("", f"## {group.title}", "", group.about, "")
        yield from ("| setting | default | secret | meaning |", "|---|---|---|---|")
        for one in group.settings:
            default = one.computed or (f"`{one.default}`" if one.default else "–")
            yield f"| `{PREFIX}{one.name}` | {default} | {'yes' if one.secret else ''} | {one.means} |"


if __name__ == "__main__":
    print(page(), end="")
