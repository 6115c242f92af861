# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The use case: a layer of a source becomes the rows of a collection."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from msgspec import Struct

from allmende.core import collections
from allmende.core.collections import Change, Writer, writable
from allmende.core.imports.intake import CHUNK, Intake
from allmende.core.imports.mapping import Mapping
from allmende.core.imports.opening import city
from allmende.core.imports.report import LISTED, ImportReport, Tally
from allmende.core.imports.types import Layer
from allmende.core.platform import Platform
from allmende.errors import Conflict
from allmende.model.check_rows import Checker
from allmende.model.document import Entity
from allmende.model.query import Query
from allmende.policy import Subject

Progress = Callable[[int, int | None], None]


class Order(Struct, kw_only=True):
    """What is to be imported, and how. `replace` removes rows the source no longer has."""

    collection: str
    layer: Layer
    format: str = ""
    mapping: Mapping
    replace: bool = False
    accept_loss: bool = False
    source: str = ""  # file name or address, for the history
    near: tuple[float, float] | None = None


def silent(_done: int, _total: int | None) -> None:
    """Reports nothing."""


async def bring(
    platform: Platform, subject: Subject, order: Order, progress: Progress = silent
) -> ImportReport:
    """Writes the rows; bad ones go into quarantine and are listed.

    Rows are stored in transactions of a thousand, so an import that is stopped can simply be
    run again. Raises NotFound, NotAllowed, InvalidInput, and Conflict when `replace` would
    remove more than half of the collection.
    """
    started = time.monotonic()
    found = await writable(platform, subject, order.collection)
    intake = _intake(platform, found.entity, order)
    writer = Writer(platform, subject, found, order.source or "import", "import")
    report = _begun(order)
    while chunk := await anyio.to_thread.run_sync(intake.take):
        done = await writer.add(chunk.changes)
        report.refused += len(done.refused) + len(chunk.refusals)
        if chunk.refusals:
            await writer.refuse(chunk.refusals)
        progress(intake.rows, order.layer.count)
    if order.replace:
        await _remove_gone(platform, subject, order, intake, writer)
    total = await writer.finish()
    report.created, report.updated = total.created, total.updated
    report.unchanged, report.deleted = total.unchanged, total.deleted
    report.refusals, report.batch = total.refused[:LISTED], total.batch
    quality = await collections.quality(platform, subject, order.collection)
    report.flags = quality.flags
    return _ended(report, intake, started)


async def trial(
    platform: Platform,
    subject: Subject,
    order: Order,
    entity: Entity,
    progress: Progress = silent,
) -> ImportReport:
    """What an import would do; nothing is written. The collection need not be there."""
    started = time.monotonic()
    report = _begun(order)
    report.trial = True
    intake = _intake(platform, entity, order)
    checker, tally = Checker(entity), Tally()
    there = await _there(platform, subject, order.collection)
    while chunk := await anyio.to_thread.run_sync(intake.take):
        report.refused += len(chunk.refusals)
        report.refusals += chunk.refusals[: LISTED - len(report.refusals)]
        await anyio.to_thread.run_sync(_try, chunk.changes, checker, there, tally, report)
        progress(intake.rows, order.layer.count)
    if order.replace:
        report.deleted = len(there - intake.ids)
    report.flags = tally.counts()
    return _ended(report, intake, started)


def _try(
    changes: list[Change], checker: Checker, there: set[str], tally: Tally, report: ImportReport
) -> None:
    for change in changes:
        _, findings = checker.check(change.values)
        every = [*change.flags, *findings]
        errors = [each for each in every if each.severity == "error"]
        if errors:
            report.refused += 1
            if len(report.refusals) < LISTED:
                raw = {k: v for k, v in change.values.items() if not isinstance(v, bytes)}
                refusal = collections.Refusal(
                    change.line, change.id, errors, {**raw, **change.extra}
                )
                report.refusals.append(refusal)
            continue
        if change.id in there:
            report.known += 1
        else:
            report.created += 1
        name = change.id or str(change.line)
        for (field, code), each in {(each.field, each.code): each for each in every}.items():
            where = f"{name} ({each.value})" if code == "outside-city" else name
            tally.add(field, code, where)


async def _there(platform: Platform, subject: Subject, ident: str) -> set[str]:
    known = {each.id for each in await collections.listing(platform, subject)}
    if ident not in known:
        return set()
    found = await collections.numbers(platform, subject, Query(collection=ident))
    return {row_id for _, row_id in found}


async def _remove_gone(
    platform: Platform, subject: Subject, order: Order, intake: Intake, writer: Writer
) -> None:
    """Remove the rows that the source no longer has; their history stays."""
    if not intake.whole:
        return
    there = await _there(platform, subject, order.collection)
    gone = sorted(there - intake.ids)
    before = len(there) - writer.sum.created
    if gone and len(gone) * 2 > before and not order.accept_loss:
        raise Conflict(
            f"{len(gone)} of {before} rows would be removed; check the source, or accept the "
            "loss (--accept-loss). The rows it has were stored.",
            f"{len(gone)} von {before} Zeilen würden entfernt; bitte die Quelle prüfen oder den "
            "Verlust annehmen (--accept-loss). Die Zeilen der Quelle sind gespeichert.",
            code="import-loss",
        )
    for start in range(0, len(gone), CHUNK):
        part = gone[start : start + CHUNK]
        await writer.add([Change(action="delete", id=each) for each in part])


def _intake(platform: Platform, entity: Entity, order: Order) -> Intake:
    return Intake(entity, order.mapping, order.layer, order.near, city(platform))


def _begun(order: Order) -> ImportReport:
    return ImportReport(collection=order.collection, format=order.format, layer=order.layer.name)


def _ended(report: ImportReport, intake: Intake, started: float) -> ImportReport:
    report.rows = intake.rows
    report.shared_positions, report.shared_rows = intake.shared
    report.dropped = {
        name: why for name, why in intake.mapping.drop.items() if name in intake.plan.columns
    }
    report.untaken = intake.plan.untaken if not intake.plan.rest else []
    report.notes = list(intake.layer.notes)
    if intake.placing:
        report.crs, report.accuracy = intake.placing.crs, intake.accuracy
        report.notes += intake.placing.notes
    report.seconds = round(time.monotonic() - started, 3)
    return report


def as_plain(report: ImportReport) -> dict[str, Any]:
    """The report as one JSON object."""
    from msgspec import to_builtins

    found: dict[str, Any] = to_builtins(report)
    return found
