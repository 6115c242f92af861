# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende token …`: keys for programs."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.people import moment, roles
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.store.sessions import ServiceToken


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    from allmende.policy import Scope

    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))

    def deed(name: str, en: str, de: str) -> ArgumentParser:
        return deeds.add_parser(name, help=text(en, de), description=text(en, de))

    create = deed("create", "make a key; it is shown once", "einen Schlüssel anlegen")
    create.add_argument("name", help=text("what it is for", "wofür er ist"))
    create.add_argument("--organisation", metavar="ID", required=True)
    create.add_argument("--role", choices=roles(), required=True)
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        help=text("may be repeated", "mehrfach möglich"),
    )
    create.add_argument(
        "--days", type=int, help=text("how long it is valid", "Gültigkeit in Tagen")
    )
    listing = deed("list", "list keys", "Schlüssel auflisten")
    listing.add_argument("--organisation", metavar="ID", default="*")
    revoke = deed("revoke", "make a key useless", "einen Schlüssel sperren")
    revoke.add_argument("id")
    for sub in (create, listing, revoke):
        shared.place(sub)
    shared.with_usages(parser, deeds)


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    deed = {"create": _create, "list": _list, "revoke": _revoke}[options.deed]
    settings = shared.settings(options)
    data, lines = on_platform(settings, lambda platform: deed(platform, options))
    console.result(data, *lines)
    return 0


Said = tuple[dict[str, Any], list[str]]


async def _create(platform: "Platform", options: Namespace) -> Said:
    from allmende.core.tokens import create_token
    from allmende.policy import SYSTEM, Role, Scope

    made = await create_token(
        platform,
        SYSTEM,
        options.name,
        options.organisation,
        Role(options.role),
        [Scope(each) for each in options.scope],
        options.days,
    )
    until = text("valid until", "gültig bis")
    lines = [made.key, f"{made.token.id}  {until} {moment(made.token.expires)}"]
    return {"key": made.key, "token": _plain(made.token)}, lines


async def _list(platform: "Platform", options: Namespace) -> Said:
    from allmende.core.tokens import tokens_of
    from allmende.policy import SYSTEM

    found = await tokens_of(platform, SYSTEM, options.organisation)
    return {"tokens": [_plain(each) for each in found]}, [_line(each) for each in found]


async def _revoke(platform: "Platform", options: Namespace) -> Said:
    from allmende.core.tokens import revoke_token
    from allmende.policy import SYSTEM

    await revoke_token(platform, SYSTEM, options.id)
    return {"revoked": options.id}, [text("Revoked.", "Gesperrt.")]


def _plain(token: "ServiceToken") -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "organisation": token.organisation,
        "role": token.role.value,
        "scopes": sorted(token.scopes),
        "expires": moment(token.expires),
        "used": moment(token.used),
        "revoked": moment(token.revoked),
    }


def _line(token: "ServiceToken") -> str:
    state = text(" (revoked)", " (gesperrt)") if token.revoked else ""
    held = f"{token.organisation}:{token.role}"
    return f"{token.id}  {token.name}  {held}  {moment(token.expires)}{state}"
