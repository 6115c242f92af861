# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende observe FILE_OR_ADDRESS`: bring measurements in, once or again and again."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.harvest import absolute
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.sensing.importing import Order
    from allmende.core.sensing.importing_types import Report

LISTED = 50  # problems a person is shown; --json has the first thousand


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add = parser.add_argument
    add("source", help=text("file or address", "Datei oder Adresse"))
    add("--kind", metavar="NAME", help=text("if it is not recognised", "wenn nicht erkannt"))
    add(
        "--mapping",
        metavar="FILE",
        type=Path,
        help=text("description of the source (TOML)", "Beschreibung der Quelle (TOML)"),
    )
    add("--organisation", metavar="ID", help=text("owner", "Eigentümerin"))
    add(
        "--access",
        choices=("open", "internal", "restricted"),
        default="open",
        help=text("who sees the measurements", "wer die Messwerte sieht"),
    )
    add("--every", metavar="RULE", help=text("again on a schedule", "nach Zeitplan wiederholen"))
    add(
        "--always",
        action="store_true",
        help=text(
            "a broker: the running platform listens from now on",
            "ein Broker: die laufende Plattform hört von nun an zu",
        ),
    )
    add(
        "--stop",
        action="store_true",
        help=text("end the schedule or the listening", "Zeitplan oder Zuhören beenden"),
    )
    add(
        "--dry-run",
        action="store_true",
        help=text("check, write nothing", "prüfen, nichts schreiben"),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Bring in; 1 when something was refused, 2 when nothing could be read."""
    settings = shared.settings(options)

    async def work(platform: "Platform") -> int:
        order = _order(options, platform.settings.catalogue)
        if options.stop:
            return await _stop(platform, options, order, console)
        if options.always:
            return await _always(platform, options, order, console)
        if options.source.lower().startswith(("mqtt://", "mqtts://")):
            return await _listen(platform, options, order, console)
        return await _bring(platform, options, order, console)

    return on_platform(settings, work)


def _order(options: Namespace, organisation: str) -> "Order":
    from allmende.core.sensing.importing import Order
    from allmende.core.sensing.importing_kinds import known
    from allmende.core.sensing.importing_mapping import access_of, parse
    from allmende.policy import Level

    mapping: dict[str, Any] = parse(options.mapping.read_bytes()) if options.mapping else {}
    given = access_of(mapping)
    kind = str(options.kind or mapping.get("kind", ""))
    if kind not in ("csv", "json"):
        mapping.pop("kind", None)
    return Order(
        kind=known(kind) if kind else "",
        organisation=options.organisation or organisation,
        access=Level(options.access),
        options=mapping,
        source=options.source,
        headers=given.headers,
        password=given.password,
    )


async def _bring(platform: "Platform", options: Namespace, order: "Order", console: Console) -> int:
    from msgspec.structs import replace

    from allmende.core.sensing import importing, importing_again
    from allmende.core.sensing.importing_again import Repeat
    from allmende.policy import SYSTEM

    address = absolute(options.source)

    def progress(done: int) -> None:
        console.progress(done, None, text("results", "Messwerte"))

    data = await importing.fetched(platform, address, files=True, headers=order.headers)
    report = await importing.bring(platform, SYSTEM, order, data, progress, trial=options.dry_run)
    if options.every and not options.dry_run:
        repeat = Repeat(address=address, order=replace(order, kind=report.kind), rule=options.every)
        await importing_again.plan(platform, SYSTEM, repeat)
    return _show(report, console)


async def _stop(platform: "Platform", options: Namespace, order: "Order", console: Console) -> int:
    from allmende.core.sensing import importing_again, importing_serving
    from allmende.policy import SYSTEM

    address = absolute(options.source)
    stopped = 0
    for each in await importing_again.planned(platform, SYSTEM):
        fits = not order.kind or each.order.kind == order.kind
        if each.address == address and fits and each.order.organisation == order.organisation:
            stopped += await importing_again.stop(platform, SYSTEM, each)
    for listener in await importing_serving.planned(platform, SYSTEM):
        if listener.id == importing_serving.ident(options.source, order):
            stopped += await importing_serving.stop(platform, SYSTEM, listener)
    console.result(
        {"stopped": stopped},
        text("That is ended.", "Das ist beendet.")
        if stopped
        else text("There is nothing like it to end.", "So etwas gibt es nicht zu beenden."),
    )
    return 0 if stopped else 1


async def _always(
    platform: "Platform", options: Namespace, order: "Order", console: Console
) -> int:
    """Have the running platform listen."""
    from allmende.core.sensing import importing_serving
    from allmende.policy import SYSTEM

    made = await importing_serving.plan(platform, SYSTEM, options.source, order)
    console.result(
        {"listener": made.id, "address": made.address, "organisation": made.organisation},
        text(
            "The running platform listens; /en/devices/health shows how it goes.",
            "Die laufende Plattform hört zu; /de/devices/health zeigt, wie es geht.",
        ),
    )
    return 0


async def _listen(
    platform: "Platform", options: Namespace, order: "Order", console: Console
) -> int:
    """Take messages of a broker until told to stop."""
    from allmende.core.sensing import importing_listening
    from allmende.policy import SYSTEM

    def told(report: "Report") -> None:
        console.progress(report.results, None, text("results", "Messwerte"))
        for each in report.problems:
            console.note(f"  {each.place}: {each.text.get(language(), '')}")

    console.note(text("Listening; Ctrl+C ends.", "Wartet auf Nachrichten; Strg+C beendet."))
    await importing_listening.listen(platform, SYSTEM, order, options.source, told)
    return 0


def _show(report: "Report", console: Console) -> int:
    from msgspec import to_builtins

    console.result(to_builtins(report), *_lines(report))
    return 1 if report.refused else 0


def _lines(report: "Report") -> Iterator[str]:
    names = (
        (report.created, text("new", "neu")),
        (report.corrected, text("corrected", "berichtigt")),
        (report.repeated, text("there already", "schon da")),
        (report.missing, text("without a value", "ohne Wert")),
        (report.refused, text("refused", "abgelehnt")),
    )
    numbers = ", ".join(f"{name} {number}" for number, name in names if number)
    trial = (
        text(" (trial, nothing written)", " (Probe, nichts geschrieben)") if report.trial else ""
    )
    yield text(
        f"{report.kind}: {report.things} things, {report.streams} series, {report.results} "
        f"results; {numbers or '-'}; {report.seconds:.1f} s{trial}",
        f"{report.kind}: {report.things} Dinge, {report.streams} Reihen, {report.results} "
        f"Messwerte; {numbers or '-'}; {report.seconds:.1f} s{trial}",
    )
    if report.first is not None and report.last is not None:
        from allmende.model.sensing.moments import written

        yield f"  {written(report.first)} – {written(report.last)}"
    yield from (f"  {note.get(language(), '')}" for note in report.notes)
    for each in report.problems[:LISTED]:
        place = f" ({each.place})" if each.place else ""
        where = f"{text('line', 'Zeile')} {each.line}{place}"
        yield f"  {where}: {each.text.get(language(), '')}"
    more = report.refused - min(LISTED, len(report.problems))
    if more > 0:
        yield text(f"  … and {more} more", f"  … und {more} weitere")
