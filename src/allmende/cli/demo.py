# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende demo`: load the demo city and serve it."""

from argparse import ArgumentParser, Namespace
from time import monotonic
from typing import TYPE_CHECKING

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.demo.load import LoadReport


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    shared.place(parser)
    shared.server(parser)
    parser.add_argument(
        "--no-serve", action="store_true", help=text("only load", "nur laden, nicht starten")
    )


def run(options: Namespace, console: Console) -> int:
    """Load the demo city, which changes nothing the second time, then serve."""
    from msgspec.structs import asdict

    from allmende.apps import assets
    from allmende.cli.serve import start
    from allmende.demo import sensing, sensing_soil
    from allmende.demo.city import with_city
    from allmende.demo.collected import load_collections
    from allmende.demo.load import load

    settings = with_city(shared.settings(options))
    begun = monotonic()
    rows: dict[str, int] = {}

    async def work(platform: "Platform") -> "LoadReport":
        found = await load(platform, console.progress)

        def progress(name: str, done: int, total: int) -> None:
            console.progress(done, total, name)

        rows.update(await load_collections(platform, progress))
        for measured in (sensing, sensing_soil):
            console.progress(0, None, text("measurements", "Messwerte"))
            await measured.load(platform)
        for guest, synced in (await assets.load(platform, progress)).items():
            changed = synced.created + synced.updated + synced.deleted
            if changed:
                rows[f"assets/{guest}"] = changed
        return found

    report = on_platform(settings, work)
    seconds = monotonic() - begun
    records = report.created + report.updated + report.unchanged
    new = report.created + report.updated
    fresh = sum(rows.values())
    files = report.files_stored + report.files_unchanged
    console.result(
        {**asdict(report), "rows": rows, "seconds": round(seconds, 3)},
        text(
            f"Demo city Jena: {records} records ({new} written), {files} files "
            f"({report.files_stored} written), {fresh} rows written in {seconds:.1f} s",
            f"Demostadt Jena: {records} Einträge ({new} geschrieben), {files} Dateien "
            f"({report.files_stored} geschrieben), {fresh} Zeilen geschrieben in "
            f"{seconds:.1f} s",
        ),
    )
    return 0 if options.no_serve else start(settings, console)
