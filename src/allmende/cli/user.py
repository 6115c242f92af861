# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende user …`: people who sign in, and their roles."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.people import by_login, moment, password_option, read_password, roles
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.store.accounts import Account


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))

    def deed(name: str, en: str, de: str, *, login: bool = True) -> ArgumentParser:
        sub = deeds.add_parser(name, help=text(en, de), description=text(en, de))
        if login:
            sub.add_argument("login", help=text("login name", "Anmeldename"))
        shared.place(sub)
        return sub

    add = deed("add", "add a person", "eine Person anlegen")
    add.add_argument("--name", default="", help=text("full name", "voller Name"))
    add.add_argument("--role", choices=roles())
    _organisation(add)
    password_option(add)
    deed("list", "list everybody", "alle auflisten", login=False)
    deed("disable", "let nobody sign in so", "Anmeldung sperren")
    deed("enable", "allow signing in again", "Anmeldung wieder erlauben")
    deed("delete", "remove a person", "eine Person löschen")
    role = deed("role", "give or take a role", "eine Rolle geben oder nehmen")
    role.add_argument("role", choices=roles())
    role.add_argument("--withdraw", action="store_true", help=text("take it", "nehmen"))
    _organisation(role)
    password_option(deed("password", "set a new password", "ein neues Passwort setzen"))
    shared.with_usages(parser, deeds)


def _organisation(parser: ArgumentParser) -> None:
    about = text("in this organisation (default: all, *)", "in dieser Organisation (sonst alle, *)")
    parser.add_argument("--organisation", metavar="ID", default="*", help=about)


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    settings = shared.settings(options)
    secret = read_password(options) if options.deed in ("add", "password") else ""

    async def work(platform: "Platform") -> list["Account"]:
        if options.deed == "add":
            return [await _add(platform, options, secret)]
        if options.deed == "list":
            return await _list(platform)
        account = await by_login(platform, options.login)
        await _change(platform, account, options, secret)
        return [] if options.deed == "delete" else [await by_login(platform, account.id)]

    found = on_platform(settings, work)
    console.result({"accounts": [_plain(each) for each in found]}, *map(_line, found))
    return 0


async def _add(platform: "Platform", options: Namespace, secret: str) -> "Account":
    from allmende.core.people import create_account
    from allmende.policy import SYSTEM, Role

    held = {options.organisation: frozenset({Role(options.role)})} if options.role else {}
    name = options.name or options.login
    return await create_account(platform, SYSTEM, options.login, name, secret, held)


async def _list(platform: "Platform") -> list["Account"]:
    from allmende.core.people import accounts_of
    from allmende.policy import SYSTEM

    return await accounts_of(platform, SYSTEM)


async def _change(
    platform: "Platform", account: "Account", options: Namespace, secret: str
) -> None:
    from allmende.core import people
    from allmende.policy import SYSTEM, Role

    if options.deed in ("disable", "enable"):
        await people.set_active(platform, SYSTEM, account.id, options.deed == "enable")
    elif options.deed == "delete":
        await people.delete_account(platform, SYSTEM, account.id)
    elif options.deed == "password":
        await people.set_password(platform, SYSTEM, account.id, secret)
    else:
        deed = people.withdraw if options.withdraw else people.grant
        await deed(platform, SYSTEM, account.id, options.organisation, Role(options.role))


def _plain(account: "Account") -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "name": account.name,
        "active": account.active,
        "created": moment(account.created),
        "roles": {organisation: sorted(held) for organisation, held in account.roles.items()},
    }


def _line(account: "Account") -> str:
    held = " ".join(
        f"{organisation}:{','.join(sorted(roles))}" for organisation, roles in account.roles.items()
    )
    state = "" if account.active else text(" (disabled)", " (gesperrt)")
    return f"{account.id}  {account.login}  {account.name}{state}  {held}".rstrip()
