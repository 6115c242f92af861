# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende harvest FILE_OR_ADDRESS`: bring records in, or show what would change."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.harvest import Preview, Report, Run, Source
    from allmende.core.platform import Platform

LISTED = 50  # lines of faults or changes a person is shown; --json has them all
NUMBERS = ("created", "updated", "unchanged", "archived", "duplicates", "faults")


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("source", help=text("file or address", "Datei oder Adresse"))
    parser.add_argument("--kind", help="dcat, ckan, piveau, table")
    parser.add_argument(
        "--catalogue", metavar="ID", help=text("catalogue that receives", "Zielkatalog")
    )
    parser.add_argument(
        "--organisation",
        metavar="ID",
        help=text("owner of the records", "Organisation, der die Einträge gehören"),
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help=text("show changes, write nothing", "Änderungen zeigen, nichts schreiben"),
    )
    parser.add_argument(
        "--accept-loss",
        action="store_true",
        help=text(
            "archive although more than half of the source is gone",
            "archivieren, auch wenn mehr als die Hälfte der Quelle fehlt",
        ),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Harvest; 1 when records were refused or the source broke off, 2 when nothing came."""
    settings = shared.settings(options)

    async def work(platform: "Platform") -> int:
        from allmende.core import harvest

        source = harvest.source_for(
            absolute(options.source),
            kind=options.kind,
            catalogue=options.catalogue,
            organisation=options.organisation or settings.catalogue,
        )
        source = await _as_registered(platform, source)
        if options.dry_run:
            return await _preview(platform, source, console)
        return await _harvest(platform, source, console, accept_loss=options.accept_loss)

    return on_platform(settings, work)


async def _as_registered(platform: "Platform", source: "Source") -> "Source":
    """The source as it was registered, so that its classification and schedule stay."""
    from allmende.core import harvest
    from allmende.errors import NotFound
    from allmende.policy import SYSTEM

    try:
        return await harvest.source(platform, SYSTEM, source.id)
    except NotFound:
        return source


def absolute(source: str) -> str:
    """A path that means the same from any folder; addresses stay as they are."""
    return source if "://" in source else str(Path(source).resolve())


async def _harvest(
    platform: "Platform", source: "Source", console: Console, *, accept_loss: bool
) -> int:
    from allmende.core import harvest
    from allmende.policy import SYSTEM

    def progress(run: "Run") -> None:
        total = run.counts.total
        console.progress(run.counts.done, total, text("records", "Einträge"))

    await harvest.define(platform, SYSTEM, source)
    done = await harvest.execute(
        platform, SYSTEM, source.id, files=True, accept_loss=accept_loss, progress=progress
    )
    report = await harvest.run(platform, SYSTEM, done.id)
    _show_run(report, console)
    if done.status == "failed":
        return 2
    return 0 if done.status == "complete" and not done.counts.faults else 1


def _show_run(report: "Report", console: Console) -> None:
    from msgspec import to_builtins

    done = report.run
    counts: dict[str, Any] = to_builtins(done.counts)
    faults = [
        {"id": each.original_id, "code": each.code, "place": each.place, "text": each.text}
        for _, each in report.faults
    ]
    data = {
        "source": done.source,
        "run": done.id,
        "status": done.status,
        "seconds": round(done.seconds, 3),
        "counts": counts,
        "repairs": report.repairs,
        "faults": faults,
        "error": done.error or None,
    }
    numbers = ", ".join(f"{name} {getattr(done.counts, name)}" for name in NUMBERS)
    lines = [f"{done.source}: {done.status}, {numbers}, {done.seconds:.1f} s"]
    if done.error:
        lines.append(done.error.get(language(), ""))
    lines += _shortened(
        f"  {each.original_id or each.place}: {each.text.get(language(), each.code)}"
        for _, each in report.faults
    )
    console.result(data, *lines)


async def _preview(platform: "Platform", source: "Source", console: Console) -> int:
    from msgspec import to_builtins

    from allmende.core import harvest
    from allmende.policy import SYSTEM

    found = await harvest.preview(platform, SYSTEM, source, files=True)
    numbers = ", ".join(f"{name} {count}" for name, count in found.numbers.items())
    faults = (
        f"  {each.original_id or each.place}: {each.text.get(language(), each.code)}"
        for each in found.faults
    )
    console.result(
        to_builtins(found, builtin_types=()),
        f"{source.id}: {numbers}",
        *_shortened(_changes(found)),
        *_shortened(faults),
    )
    return 1 if found.faults or found.error else 0


def _changes(found: "Preview") -> Iterable[str]:
    for change in found.changes:
        yield f"  {change.action:8} {change.title or change.original_id}"
        for each in change.fields if change.action == "updated" else ():
            yield f"           {each.path}: {each.before} → {each.after}"


def _shortened(lines: Iterable[str]) -> list[str]:
    """The first lines, and how many more there are."""
    found = list(lines)
    more = len(found) - LISTED
    if more <= 0:
        return found
    return [*found[:LISTED], text(f"  … and {more} more", f"  … und {more} weitere")]
