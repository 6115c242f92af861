# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the commands about people and keys share: passwords, ids, times."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from allmende.cli.console import Console, text
from allmende.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.store.accounts import Account

Run = Callable[[Namespace, Console], int]


def password_option(parser: ArgumentParser) -> None:
    """Where the password is read from; never from the command line, which others can see."""
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=text(
            "file with the password (else asked for, or the first line of standard input)",
            "Datei mit dem Passwort (sonst Eingabe oder erste Zeile der Standardeingabe)",
        ),
    )


def read_password(options: Namespace) -> str:
    """The password from the file, a prompt asked twice, or standard input."""
    if options.password_file:
        return str(options.password_file.read_text(encoding="utf-8").splitlines()[0])
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass(text("Password: ", "Passwort: "))
    if getpass(text("Once more: ", "Noch einmal: ")) != first:
        raise InvalidInput("The two passwords differ.", "Die beiden Passwörter sind verschieden.")
    return first


async def by_login(platform: "Platform", login: str) -> "Account":
    """The account of a login or id. NotFound."""
    from allmende.core.people import accounts_of
    from allmende.core.signin import normalised_login
    from allmende.policy import SYSTEM

    name = normalised_login(login)
    for account in await accounts_of(platform, SYSTEM):
        if login == account.id or name == account.login:
            return account
    raise NotFound(f"There is no account {login}.", f"Das Konto {login} gibt es nicht.")


def roles() -> list[str]:
    """The names of the roles."""
    from allmende.policy import Role

    return [role.value for role in Role]


def moment(microseconds: int | None) -> str:
    """A time as ISO 8601 in UTC to the minute; a dash for none."""
    if microseconds is None:
        return "–"
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%dT%H:%MZ")
