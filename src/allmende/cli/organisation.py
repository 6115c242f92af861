# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende organisation …`: who owns data."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.store.accounts import Organisation


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))
    about = text("add or change one", "eine anlegen oder ändern")
    save = deeds.add_parser("save", help=about, description=about)
    save.add_argument("id")
    save.add_argument("name", help=text("name in German", "Name auf Deutsch"))
    save.add_argument("--name-en", help=text("name in English", "Name auf Englisch"))
    save.add_argument("--parent", metavar="ID", help=text("stands above", "steht darüber"))
    shared.place(save)
    about = text("list all", "alle auflisten")
    shared.place(deeds.add_parser("list", help=about, description=about))
    shared.with_usages(parser, deeds)


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    from msgspec import to_builtins

    async def work(platform: "Platform") -> list["Organisation"]:
        from allmende.core import people
        from allmende.policy import SYSTEM

        if options.deed == "list":
            return await people.organisations(platform, SYSTEM)
        name = {"de": options.name, **({"en": options.name_en} if options.name_en else {})}
        saved = people.save_organisation(platform, SYSTEM, options.id, name, options.parent)
        return [await saved]

    found = on_platform(shared.settings(options), work)
    lines = [f"{each.id}  {each.name.get(language()) or each.name.get('de', '')}" for each in found]
    console.result({"organisations": to_builtins(found)}, *lines)
    return 0
