# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende source …`: what is harvested, how often, and how it is classified."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.harvest import absolute
from allmende.cli.people import moment
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.harvest import Source
    from allmende.core.platform import Platform

UNITS = {"m": 60, "h": 3600, "d": 86_400}

Said = tuple[dict[str, Any], list[str]]


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))

    def deed(name: str, en: str, de: str) -> ArgumentParser:
        return deeds.add_parser(name, help=text(en, de), description=text(en, de))

    save = deed("save", "register a source or change it", "eine Quelle anlegen oder ändern")
    _describe(save)
    listing = deed("list", "list all", "alle auflisten")
    pause = deed("pause", "harvest it no longer on its schedule", "nicht mehr nach Plan abholen")
    resume = deed("resume", "harvest it on its schedule again", "wieder nach Plan abholen")
    remove = deed(
        "remove",
        "forget a source and its runs; its records stay",
        "Quelle und Läufe vergessen; ihre Einträge bleiben",
    )
    for sub in (pause, resume, remove):
        sub.add_argument("id")
    for sub in (save, listing, pause, resume, remove):
        shared.place(sub)
    shared.with_usages(parser, deeds)


def _describe(save: ArgumentParser) -> None:
    from allmende.policy import Level

    levels = [level.value for level in Level]
    save.add_argument("address", help=text("where it is read", "woher sie gelesen wird"))
    save.add_argument("--kind", help="dcat, ckan, piveau, table")
    save.add_argument("--catalogue", metavar="ID", help=text("receives it", "Zielkatalog"))
    save.add_argument("--organisation", metavar="ID", help=text("owner", "Eigentümerin"))
    save.add_argument(
        "--every",
        type=seconds,
        default=0,
        metavar="TIME",
        help=text("30m, 6h or 1d; without: only by hand", "30m, 6h oder 1d; sonst nur von Hand"),
    )
    save.add_argument(
        "--metadata", choices=levels, default="open", help=text("who sees it", "wer es sieht")
    )
    save.add_argument(
        "--files",
        choices=levels,
        default="open",
        help=text("who gets the data", "wer Daten erhält"),
    )
    save.add_argument(
        "--legal-basis", default="", help=text("why it is not open", "warum nicht offen")
    )


def seconds(given: str) -> int:
    """`30m`, `6h` or `1d` in seconds."""
    match = re.fullmatch(r"([1-9]\d{0,3})([mhd])", given)
    if match is None:
        raise ArgumentTypeError(
            text(f"{given} is no time: 30m, 6h or 1d", f"{given} ist keine Zeit: 30m, 6h oder 1d")
        )
    return int(match[1]) * UNITS[match[2]]


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    deed = {"save": _save, "list": _list, "remove": _remove}.get(options.deed, _switch)
    settings = shared.settings(options)
    data, lines = on_platform(settings, lambda platform: deed(platform, options))
    console.result(data, *lines)
    return 0


async def _save(platform: "Platform", options: Namespace) -> Said:
    from allmende.core import harvest
    from allmende.policy import SYSTEM, Level

    source = harvest.source_for(
        absolute(options.address),
        kind=options.kind,
        catalogue=options.catalogue,
        organisation=options.organisation or platform.settings.catalogue,
    )
    source.every_seconds = options.every
    source.metadata_access = Level(options.metadata)
    source.data_access = Level(options.files)
    source.legal_basis = options.legal_basis
    saved = await harvest.define(platform, SYSTEM, source)
    return {"source": _plain(saved)}, [_line(saved)]


async def _list(platform: "Platform", options: Namespace) -> Said:
    from allmende.core import harvest
    from allmende.policy import SYSTEM

    found = await harvest.sources(platform, SYSTEM)
    return {"sources": [_plain(each) for each in found]}, [_line(each) for each in found]


async def _switch(platform: "Platform", options: Namespace) -> Said:
    from allmende.core import harvest
    from allmende.policy import SYSTEM

    source = await harvest.source(platform, SYSTEM, options.id)
    source.active = options.deed == "resume"
    saved = await harvest.define(platform, SYSTEM, source)
    return {"source": _plain(saved)}, [_line(saved)]


async def _remove(platform: "Platform", options: Namespace) -> Said:
    from allmende.core import harvest
    from allmende.policy import SYSTEM

    await harvest.forget(platform, SYSTEM, options.id)
    return {"removed": options.id}, [text("Removed.", "Entfernt.")]


def _plain(source: "Source") -> dict[str, Any]:
    from allmende.core.address_names import shown

    return {
        "id": source.id,
        "kind": source.kind,
        "address": shown(source.address),
        "catalogue": source.catalogue,
        "organisation": source.organisation,
        "every_seconds": source.every_seconds,
        "metadata_access": source.metadata_access.value,
        "data_access": source.data_access.value,
        "active": source.active,
        "next_due": source.next_due,
    }


def _line(source: "Source") -> str:
    plain = _plain(source)
    if not source.active:
        when = text("paused", "ruht")
    elif source.next_due and source.every_seconds:
        when = text("next ", "nächster Lauf ") + moment(source.next_due)
    else:
        when = text("by hand", "von Hand")
    return f"{source.id}  {source.kind}  {plain['address']} → {source.catalogue}  {when}"
