"""`yingting agents`: the people at the desk: add, profile, role, password, totp, disable, enable, list."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import segno

from bot.settings import SettingsError, data_folder
from hall import agent_accounts, second_factor
from hall.agent_accounts import Account, BadAccount
from hall.agent_roles import AGENT, ROLES
from hall.context import Hall
from hall.errors import NotFound
from yingting.wiring import migrated_hall


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with whom."""
    parser.add_argument("--data-dir", type=Path)
    what = parser.add_subparsers(dest="what", required=True)
    add = what.add_parser("add", help="a new account, with a password to be changed at the first sign-in")
    add.add_argument("name")
    add.add_argument("--role", choices=ROLES, default=AGENT)
    add.add_argument("--work-number", default="", help="what customers are told instead of the name")
    add.add_argument("--skills", default="general", help="separated by commas")
    role = what.add_parser("role", help="another role")
    role.add_argument("name")
    role.add_argument("role", choices=ROLES)
    profile = what.add_parser("profile", help="how somebody is called, what he knows, how many he serves at once")
    profile.add_argument("name")
    for option in ("called", "work-number", "skills", "languages"):
        profile.add_argument(f"--{option}")
    profile.add_argument("--at-once", type=int)
    for name, does in (
        ("password", "a new password, to be changed at the next sign-in; sessions end"),
        ("disable", "no sign-in any more; sessions end"),
        ("enable", "sign-in again"),
        ("totp", "a second factor, from now on: a secret for the phone's app"),
        ("no-totp", "no second factor any more"),
    ):
        what.add_parser(name, help=does).add_argument("name")
    what.add_parser("list", help="everybody")


def run(options: argparse.Namespace) -> None:
    """Do it, and say what was done."""
    try:
        print(asyncio.run(_done(options)))
    except (BadAccount, NotFound) as error:
        raise SettingsError(str(error)) from None


async def _done(options: argparse.Namespace) -> str:
    async with migrated_hall(data_folder(options.data_dir)) as hall:
        if options.what == "list":
            return "\n".join([_line(one) for one in await agent_accounts.listed(hall)]) or "nobody"
        return await _change(hall, options)


async def _change(hall: Hall, options: argparse.Namespace) -> str:
    name = options.name
    if options.what == "profile":
        await agent_accounts.set_profile(hall, name, _profile(options))
        return f"{name}: changed"
    if options.what == "add":
        skills = _words(options.skills)
        made = Account(name, options.role, options.work_number, skills, True, None, datetime.now(timezone.utc))
        return f"{name}: {options.role}, first password {await agent_accounts.add(hall, made)}"
    if options.what == "password":
        return f"{name}: new password {await agent_accounts.reset_password(hall, name)}"
    if options.what == "role":
        await agent_accounts.set_role(hall, name, options.role)
        return f"{name}: {options.role}"
    if options.what == "totp":
        return _for_the_phone(name, await second_factor.give(hall, name), hall.brand.name)
    if options.what == "no-totp":
        await second_factor.take_away(hall, name)
        return f"{name}: no second factor"
    await agent_accounts.set_disabled(hall, name, disabled=options.what == "disable")
    return f"{name}: {options.what}d"


def _for_the_phone(name: str, secret: str, issuer: str) -> str:
    """The QR code that the app reads, and the secret for those that have no camera."""
    drawn = StringIO()
    segno.make(second_factor.address_of(name, secret, issuer)).terminal(out=drawn, compact=True)
    return f"{drawn.getvalue()}{name}: {secret}"


def _profile(options: argparse.Namespace) -> dict[str, Any]:
    """What was given of a profile."""
    given = {"display_name": options.called, "work_number": options.work_number, "at_once": options.at_once}
    lists = {"skills": options.skills, "languages": options.languages}
    given |= {name: list(_words(value)) for name, value in lists.items() if value is not None}
    return {name: value for name, value in given.items() if value is not None}


def _words(text: str) -> tuple[str, ...]:
    return tuple(one for word in text.split(",") if (one := word.strip()))


def _line(one: Account) -> str:
    state = "disabled" if one.disabled_at else "must change the password" if one.must_change else ""
    return f"{one.name:<20} {one.role:<12} {one.work_number:<10} {','.join(one.skills):<20} {state}".rstrip()
