# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende quality …`: the figures, links to be asked now, scores to be made anew."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.scoring import Sum

MOST_LINKS = 500


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))
    about = text("show the points of the city and its catalogues", "Punkte der Stadt zeigen")
    shared.place(deeds.add_parser("show", help=about, description=about))
    about = text("ask the links whose time has come", "fällige Links fragen")
    asking = deeds.add_parser("links", help=about, description=about)
    asking.add_argument(
        "--most",
        type=int,
        default=MOST_LINKS,
        metavar="N",
        help=text("at most so many links", "höchstens so viele Links"),
    )
    shared.place(asking)
    about = text("score all datasets anew", "alle Datensätze neu bewerten")
    shared.place(deeds.add_parser("again", help=about, description=about))
    shared.with_usages(parser, deeds)


def run(options: Namespace, console: Console) -> int:
    """Do the deed."""
    deed = {"show": _show, "links": _links, "again": _again}[options.deed]

    async def work(platform: "Platform") -> tuple[dict[str, Any], list[str]]:
        return await deed(platform, options, console)

    data, lines = on_platform(shared.settings(options), work, existing=True)
    console.result(data, *lines)
    return 0


async def _show(
    platform: "Platform", _options: Namespace, _console: Console
) -> tuple[dict[str, Any], list[str]]:
    from allmende.core import links, scoring
    from allmende.policy import SYSTEM

    city = (await scoring.overview(platform, SYSTEM)).now
    catalogues = await scoring.table(platform, SYSTEM, "catalogue")
    asked = await links.totals(platform)
    data = {
        "city": _plain(city),
        "catalogues": {name: _plain(each) for name, each in catalogues.items()},
        "links": {
            "all": asked.all, "fine": asked.fine, "broken": asked.broken, "waiting": asked.waiting,
        },
    }  # fmt: skip
    named = [(text("city", "Stadt"), city), *((name or "–", it) for name, it in catalogues.items())]
    told = text(
        f"{asked.fine} links answer, {asked.broken} do not, {asked.waiting} wait",
        f"{asked.fine} Links antworten, {asked.broken} nicht, {asked.waiting} warten",
    )
    return data, [*(_line(name, each) for name, each in named), told]


def _plain(found: "Sum") -> dict[str, Any]:
    dimensions = {name: round(value, 1) for name, value in found.dimensions.items()}
    return {
        "datasets": found.records,
        "points": round(found.points, 1),
        "dimensions": dimensions,
        "bands": found.bands,
    }


def _line(name: str, found: "Sum") -> str:
    from allmende.model.mqa import band
    from allmende.model.mqa_words import BAND_WORDS

    said = BAND_WORDS[band(found.points)][language()]
    datasets = text("datasets", "Datensätze")
    return f"{name}: {found.points:.0f}/405 ({said}), {found.records} {datasets}"


async def _links(
    platform: "Platform", options: Namespace, _console: Console
) -> tuple[dict[str, Any], list[str]]:
    from msgspec import to_builtins

    from allmende.core import links

    report = await links.check(platform, most=max(options.most, 0))
    told = text(
        f"{report.asked} asked: {report.fine} answer, {report.broken} do not, {report.unknown} "
        f"unknown; {report.rescored} datasets scored anew, {report.files} files looked into",
        f"{report.asked} gefragt: {report.fine} antworten, {report.broken} nicht, "
        f"{report.unknown} unbekannt; {report.rescored} Datensätze neu bewertet, in "
        f"{report.files} Dateien gesehen",
    )
    return to_builtins(report), [told]


async def _again(
    platform: "Platform", _options: Namespace, console: Console
) -> tuple[dict[str, Any], list[str]]:
    from allmende.core import scoring_upkeep

    def progress(what: str, done: int, total: int) -> None:
        console.progress(done, total, what)

    changed = await scoring_upkeep.rebuild_all(platform, progress)
    told = text(f"{changed} scores have changed", f"{changed} Bewertungen haben sich geändert")
    return {"changed": changed}, [told]
