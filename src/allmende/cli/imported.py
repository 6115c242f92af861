# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The report of an import as lines for a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from allmende.cli.console import language, text

if TYPE_CHECKING:
    from allmende.core.collections import Refusal
    from allmende.core.imports import ImportReport

LISTED = 50


def lines(report: "ImportReport") -> list[str]:
    """What was read, what became of it, what is doubtful."""
    return [
        _numbers(report),
        *_place(report),
        *(f"  {note.get(language(), '')}" for note in report.notes),
        *_flags(report),
        *_columns(report),
        *_refusals(report),
    ]


def _numbers(report: "ImportReport") -> str:
    names = (
        (report.created, text("created", "neu")),
        (report.updated, text("updated", "geändert")),
        (report.known, text("there already", "schon da")),
        (report.unchanged, text("unchanged", "unverändert")),
        (report.deleted, text("deleted", "gelöscht")),
        (report.refused, text("refused", "abgelehnt")),
    )
    numbers = ", ".join(f"{name} {number}" for number, name in names if number)
    rows = text("rows", "Zeilen")
    trial = (
        text(" (trial, nothing written)", " (Probe, nichts geschrieben)") if report.trial else ""
    )
    return (
        f"{report.collection}: {report.rows} {rows}, {numbers or '-'}, "
        f"{report.seconds:.1f} s{trial}"
    )


def _place(report: "ImportReport") -> Iterator[str]:
    if report.crs:
        exact = ""
        if report.accuracy:
            exact = text(
                f", transformation good to {report.accuracy:g} m",
                f", Umrechnung auf {report.accuracy:g} m genau",
            )
        yield f"  {text('Coordinates', 'Koordinaten')}: {report.crs}{exact}"
    if report.shared_positions:
        yield text(
            f"  {report.shared_positions} positions are shared by {report.shared_rows} rows",
            f"  {report.shared_positions} Positionen gehören zu {report.shared_rows} Zeilen",
        )


def _flags(report: "ImportReport") -> Iterator[str]:
    for flag in report.flags[:LISTED]:
        examples = ", ".join(flag.examples[:3])
        yield f"  {flag.count:6}  {flag.field}: {flag.code} ({examples})"


def _columns(report: "ImportReport") -> Iterator[str]:
    for name, why in report.dropped.items():
        parts = why.split(" / ", 1)
        reason = parts[-1] if language() == "de" else parts[0]
        yield f"  {text('left out', 'weggelassen')} {name}: {reason}"
    if report.untaken:
        yield text("  no field takes: ", "  kein Feld nimmt: ") + ", ".join(report.untaken[:LISTED])


def _refusals(report: "ImportReport") -> Iterator[str]:
    for refusal in report.refusals[:LISTED]:
        yield f"  {_place_of(refusal)}: {_reasons(refusal)}"
    more = report.refused - min(LISTED, len(report.refusals))
    if more > 0:
        yield text(f"  … and {more} more", f"  … und {more} weitere")


def _place_of(refusal: "Refusal") -> str:
    line = f"{text('line', 'Zeile')} {refusal.line}"
    return f"{line} ({refusal.id})" if refusal.id else line


def _reasons(refusal: "Refusal") -> str:
    said = (f"{each.field}: {each.text.get(language(), each.code)}" for each in refusal.findings)
    return " ".join(said)
