# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende validate FILE` or `--catalogue ID`: is it as the profiles want it?"""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.work import on_platform
from allmende.errors import InvalidInput

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.validating import Report

LISTED = 50  # lines a person is shown; --json has them all
WORDS = {
    "violation": ("violation", "Verstoß"),
    "warning": ("warning", "Warnung"),
    "info": ("hint", "Hinweis"),
}


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", nargs="?", type=Path, help=text("RDF file", "RDF-Datei"))
    parser.add_argument(
        "--catalogue",
        metavar="ID",
        help=text("records of this catalogue instead", "stattdessen Einträge dieses Katalogs"),
    )
    parser.add_argument(
        "--profile",
        metavar="NAMES",
        help="dcat-ap, dcat-ap-de, hvd, govdata, govdata-indirect"
        + text("; several with commas", "; mehrere mit Kommas"),
    )
    parser.add_argument(
        "--syntax",
        help=text("of the file, if its ending does not say", "der Datei, wenn die Endung fehlt"),
    )
    parser.add_argument(
        "--choose",
        action="store_true",
        help=text(
            "let the catalogue be checked by these profiles from now on",
            "den Katalog von nun an nach diesen Profilen prüfen",
        ),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Validate; 1 when something breaks a profile."""
    if (options.file is None) == (options.catalogue is None):
        raise InvalidInput(
            "Name a file or --catalogue ID.", "Bitte eine Datei oder --catalogue ID nennen."
        )
    if options.file is not None:
        return _file(options, console)
    return on_platform(
        shared.settings(options), lambda platform: _catalogue(platform, options, console)
    )


def _file(options: Namespace, console: Console) -> int:
    from allmende.core import validating

    path: Path = options.file
    names = validating.named(options.profile)
    limits = validating.Limits(
        size=4_000_000_000, statements=50_000_000, seconds=3_600, results=1_000_000
    )
    syntax = options.syntax or path.suffix or path.name
    report = validating.check_document(path.read_bytes(), syntax, names, limits)
    console.result(_data(report), *_lines(report))
    return 0 if report.conforms else 1


def _data(report: "Report") -> dict[str, Any]:
    from allmende.model.rdf.terms import Literal

    return {
        "profiles": list(report.profiles),
        "conforms": report.conforms,
        "statements": report.statements,
        "unreadLines": report.unread,
        "results": [
            {
                "severity": each.severity.lower(),
                "focus": each.focus,
                "path": each.path,
                "value": each.value.value if isinstance(each.value, Literal) else each.value,
                "shape": each.source,
                "text": each.message,
            }
            for each in report.results
        ],
    }


def _lines(report: "Report") -> list[str]:
    """The sentences, each with how often and one place where it holds."""
    counted: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], str] = {}
    for each in report.results:
        said = each.message.get(language()) or each.component
        key = (each.severity.lower(), said, each.source)
        counted[key] += 1
        first.setdefault(key, str(each.focus))
    found = [
        _line(grave, said, number, first[grave, said, source])
        for (grave, said, source), number in counted.items()
    ]
    left = len(found) - LISTED
    more = [text(f"… and {left} kinds more", f"… und {left} weitere Arten")] if left > 0 else []
    unread = text("lines could not be read", "Zeilen waren nicht lesbar")
    return [
        *found[:LISTED],
        *more,
        *([f"{report.unread} {unread}"] if report.unread else []),
        _sum({grave: report.count(grave.capitalize()) for grave in WORDS}),
    ]


def _line(severity: str, said: str, number: int, place: str) -> str:
    times = f" ({number} ×)" if number > 1 else ""
    return f"{text(*WORDS.get(severity, (severity, severity)))}{times}: {said}  <{place}>"


def _sum(counts: Mapping[str, int]) -> str:
    violations, warnings, hints = (counts[each] for each in WORDS)
    return text(
        f"{violations} violations, {warnings} warnings, {hints} hints",
        f"{violations} Verstöße, {warnings} Warnungen, {hints} Hinweise",
    )


async def _catalogue(platform: "Platform", options: Namespace, console: Console) -> int:
    """The stored findings of a catalogue, or those for other profiles."""
    from allmende.core import catalogue, validating
    from allmende.model.filter import Compare
    from allmende.model.validation.record import check
    from allmende.policy import SYSTEM

    ident = options.catalogue
    if options.choose:
        names = [each.strip() for each in (options.profile or "").split(",") if each.strip()]
        await validating.choose(platform, SYSTEM, ident, names)
    wanted = validating.named(options.profile) if options.profile else None
    own = await validating.chosen(platform, SYSTEM, ident)
    records: list[dict[str, Any]] = []
    counts = dict.fromkeys(WORDS, 0)
    async for record in catalogue.each(platform, SYSTEM, where=Compare("catalogue", "=", ident)):
        if wanted is None:
            found = await validating.of_record(platform, record)
        else:
            found = check(record.resource, wanted)
        for grave, number in zip(
            WORDS, (found.violations, found.warnings, found.hints), strict=True
        ):
            counts[grave] += number
        if found.findings:
            records.append({"id": record.id, "kind": record.kind, "findings": found.findings})
    data = {"catalogue": ident, "profiles": wanted or own, "counts": counts, "records": records}
    console.result(_plain(data), *_of_records(records), _sum(counts))
    return 1 if counts["violation"] else 0


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    records = [
        {**each, "findings": [_finding(found) for found in each["findings"]]}
        for each in data["records"]
    ]
    return {**data, "profiles": list(data["profiles"]), "records": records}


def _finding(found: Any) -> dict[str, Any]:
    return {
        "severity": found.severity,
        "path": found.path,
        "value": found.value,
        "check": found.check,
        "text": found.text,
    }


def _of_records(records: list[dict[str, Any]]) -> list[str]:
    """What breaks a profile, record by record."""
    lines = [
        f"{each['id']}: {found.path}: {found.text[language()]}"
        for each in records
        for found in each["findings"]
        if found.severity == "violation"
    ]
    left = len(lines) - LISTED
    more = [text(f"… and {left} more", f"… und {left} weitere")] if left > 0 else []
    return [*lines[:LISTED], *more]
