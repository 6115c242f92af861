# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Harvesting: register sources, run them, try them without writing, read the reports."""

from __future__ import annotations

import hashlib
import logging

import anyio
from msgspec import Struct

from allmende.core import catalogue
from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.harvest.harvester import Harvester, Progress
from allmende.core.harvest.memory import Memory, claim
from allmende.core.harvest.outward import fetcher, headers, limits
from allmende.core.harvest.readers import Manifest, guess, kinds, reader
from allmende.core.harvest.trial import FieldChange, Preview, RecordChange, look
from allmende.core.harvest.vanished import sweep
from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    SourceUnavailable,
)
from allmende.model.catalogue import Catalog, ResourceKind
from allmende.policy import SYSTEM, Action, Level, Subject, may, roles_said
from allmende.store import Connection, harvest, harvest_items
from allmende.store.connection import now
from allmende.store.harvest import Counts, FaultRow, Run, Source
from allmende.store.slugs import slug

__all__ = [
    "JOB_KIND",
    "Counts",
    "FaultRow",
    "FieldChange",
    "Manifest",
    "Preview",
    "Progress",
    "RecordChange",
    "Report",
    "Run",
    "Source",
    "define",
    "due",
    "execute",
    "forget",
    "guess",
    "kinds",
    "limits",
    "preview",
    "run",
    "runs",
    "source",
    "source_for",
    "sources",
]

JOB_KIND = "harvest"
KEPT_RUNS = 200
FAULTS = 1000
SECOND = 1_000_000
RETRY_SECONDS = 3600

log = logging.getLogger("allmende.harvest")


class Report(Struct, kw_only=True):
    """A run with what was broken and what was put right in it.

    `faults` are at most 1,000 from `after` on, with their numbers; their `raw` bytes are
    empty for a subject that may not harvest the source.
    """

    run: Run
    faults: list[tuple[int, FaultRow]]
    repairs: dict[str, int]


# --- sources -------------------------------------------------------------------------


def source_for(
    address: str, *, kind: str | None = None, catalogue: str | None = None, organisation: str
) -> Source:
    """A source with everything guessed that is not said.

    Without a catalogue it gets one of its own, named after the address. The id says the
    catalogue and the address, so that one catalogue can have several sources.
    """
    place = shown(address).partition("://")[2] or address.rpartition("/")[2]
    name = catalogue or slug(place) or "source"
    kind = kind or guess(address)
    mark = hashlib.sha256(f"{kind} {address}".encode()).hexdigest()[:6]
    return Source(
        id=f"{slug(name)[:50].strip('-')}-{mark}",
        kind=kind,
        address=address,
        catalogue=name,
        organisation=organisation,
        title={"und": name},
    )


async def define(platform: Platform, subject: Subject, source: Source) -> Source:
    """Register a source or change it. InvalidInput, NotAuthenticated, NotAllowed."""
    _require(subject, source.organisation)
    reader(source.kind)
    if slug(source.id) != source.id:
        raise InvalidInput(
            f"{source.id!r} is no id: use small letters, digits and hyphens.",
            f"{source.id!r} ist keine Kennung: Kleinbuchstaben, Ziffern, Bindestriche.",
        )
    closed = {source.metadata_access, source.data_access} != {Level.OPEN}
    if closed and not source.legal_basis.strip():
        raise InvalidInput(
            "A source whose data or metadata are not open needs the legal reason for it.",
            "Sind Daten oder Metadaten einer Quelle nicht offen, fehlt noch die Rechtsgrundlage.",
            code="legal-basis-missing",
        )
    before = await platform.store.read(harvest.source, source.id)
    if before is not None:
        _require(subject, before.organisation)
        source.failing_since = before.failing_since
    if source.grace_days < 0:
        source.grace_days = platform.settings.harvest_grace_days
    await platform.store.write(harvest.save_source, source)
    return source


async def forget(platform: Platform, subject: Subject, ident: str) -> None:
    """Remove a source with its runs; its records stay in the catalogue."""
    found = await source(platform, subject, ident)
    _require(subject, found.organisation)
    await platform.store.write(harvest.remove_source, ident)


async def source(platform: Platform, subject: Subject, ident: str) -> Source:
    """A source; NotFound when there is none or it is not for the subject."""
    found = await platform.store.read(harvest.source, ident)
    if found is None or not _visible(subject, found):
        raise NotFound(
            f"There is no source “{ident}” here.", f"Die Quelle „{ident}“ gibt es hier nicht."
        )
    return _shown(subject, found)


async def sources(platform: Platform, subject: Subject) -> list[Source]:
    """Every source the subject may see, by id."""
    found = await platform.store.read(harvest.sources)
    return [_shown(subject, each) for each in found if _visible(subject, each)]


def _visible(subject: Subject, source: Source) -> bool:
    """Sources of open metadata are shown to all: where data comes from is no secret."""
    return source.metadata_access == Level.OPEN or may(subject, Action.HARVEST, source.organisation)


def _shown(subject: Subject, source: Source) -> Source:
    """Without options and credentials for those who may not harvest."""
    if not may(subject, Action.HARVEST, source.organisation):
        source.options = {}
        source.address = shown(source.address)
    return source


def _require(subject: Subject, organisation: str) -> None:
    if may(subject, Action.HARVEST, organisation):
        return
    if subject.kind == "anonymous":
        raise NotAuthenticated("Sign in to harvest.", "Bitte melden Sie sich zum Abholen an.")
    roles, rollen = roles_said(Action.HARVEST)
    raise NotAllowed(
        f"Harvesting needs one of these roles in the organisation: {roles}.",
        f"Zum Abholen brauchen Sie in der Organisation eine dieser Rollen: {rollen}.",
    )


# --- reports -------------------------------------------------------------------------


async def runs(
    platform: Platform,
    subject: Subject,
    source_id: str | None = None,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[Run]:
    """The newest runs of one source or of all visible ones; `before` a run id for paging."""
    if source_id is not None:
        await source(platform, subject, source_id)
    visible = {each.id for each in await sources(platform, subject)}
    found = await platform.store.read(harvest.runs, source_id, limit, before)
    return [each for each in found if each.source in visible]


async def run(platform: Platform, subject: Subject, ident: int, *, after: int = 0) -> Report:
    """The report of a run; NotFound when its source is not for the subject."""
    found = await platform.store.read(harvest.run, ident)
    if found is None:
        raise NotFound(f"There is no run {ident}.", f"Den Lauf {ident} gibt es nicht.")
    owner = await source(platform, subject, found.source)
    faults = await platform.store.read(harvest.faults, ident, after, FAULTS)
    if not may(subject, Action.HARVEST, owner.organisation):
        for _, fault in faults:
            fault.raw = b""
    repairs = await platform.store.read(harvest.repairs, ident)
    return Report(run=found, faults=faults, repairs=repairs)


# --- running -------------------------------------------------------------------------


async def execute(
    platform: Platform,
    subject: Subject,
    ident: str,
    *,
    fetch: Fetcher | None = None,
    files: bool = False,
    accept_loss: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Harvest a source now, or go on where a killed run stopped; the finished run.

    A failing source is not an exception: see `status` and `error` of the run. Conflict
    when the source is being harvested. `files` allows local paths (command line only).
    """
    found = await platform.store.read(harvest.source, ident)
    if found is None:
        raise NotFound(f"There is no source {ident}.", f"Die Quelle {ident} gibt es nicht.")
    _require(subject, found.organisation)
    started, resumed = await platform.store.write(claim, found, subject.id, now())
    if resumed:
        log.info("run %d of %s goes on at %s", started.id, ident, started.token)
    try:
        memory = await platform.store.read_slow(Memory.load, ident)
        harvester = Harvester(platform, found, started, memory, progress)
        harvester.owns_catalogue = await _owns_catalogue(platform, found)
        async with fetcher(platform, fetch, files) as outward:
            await _work(harvester, outward, accept_loss)
    except BaseException as error:
        with anyio.CancelScope(shield=True):
            await _broken_off(platform, started, error)
        raise
    await platform.store.write(_finish, found, started, now())
    if progress:
        progress(started)
    return started


async def _work(harvester: Harvester, fetch: Fetcher, accept_loss: bool) -> None:
    run = harvester.run
    try:
        await harvester.read(fetch, headers(harvester.source))
        await sweep(
            harvester.platform,
            harvester.source,
            run,
            harvester.memory,
            loose_faults=harvester.loose_faults,
            accept_loss=accept_loss,
        )
    except (SourceUnavailable, InvalidInput) as error:
        run.error = {**error.text, "code": error.code}
        run.status = "incomplete" if run.counts.pages else "failed"
    else:
        run.status = "complete"


async def _broken_off(platform: Platform, run: Run, error: BaseException) -> None:
    """Leave the run for another process to go on with, or close it when it would fail again."""
    run.owner = ""
    if isinstance(error, Exception) and not isinstance(error, AllmendeError):
        run.status, run.finished = "failed", now()
        run.error = {"en": repr(error), "de": repr(error), "code": "internal"}
    await platform.store.write(harvest.save_run, run)


def _finish(db: Connection, source: Source, run: Run, at: int) -> None:
    run.finished = run.beat = at
    run.token = None if run.status == "complete" else run.token
    harvest.save_run(db, run)
    if run.status == "complete":
        harvest_items.forget_pages(db, source.id, run.id)
    harvest.drop_old_runs(db, source.id, KEPT_RUNS)
    current = harvest.source(db, source.id)
    if current is None:
        return
    _log_change(current, run)
    failed = run.status != "complete"
    current.failing_since = (current.failing_since or at) if failed else None
    pause = min(current.every_seconds, RETRY_SECONDS) if failed else current.every_seconds
    current.next_due = at + pause * SECOND if current.every_seconds else None
    harvest.save_source(db, current)


def _log_change(source: Source, run: Run) -> None:
    """Once when a source begins to fail, once when it is well again."""
    if run.status != "complete" and source.failing_since is None:
        log.warning("source %s fails: %s", source.id, run.error.get("en", ""))
    elif run.status == "complete" and source.failing_since is not None:
        log.info("source %s is well again", source.id)


async def _owns_catalogue(platform: Platform, source: Source) -> bool:
    """Whether the receiving catalogue came from this source; it is made when there is none.

    Only then may the source describe it: a city's own catalogue keeps its own words.
    """
    try:
        found = await catalogue.get(platform, SYSTEM, ResourceKind.CATALOG, source.catalogue)
    except NotFound:
        title = source.title or {"und": source.catalogue}
        entry = catalogue.Entry(
            kind=ResourceKind.CATALOG,
            id=source.catalogue,
            resource=Catalog(title=title),
            organisation=source.organisation,
            metadata_access=source.metadata_access,
            data_access=source.data_access,
            legal_basis=source.legal_basis,
            origin=source.id,
            reason=f"harvest {source.id}",
        )
        await catalogue.put(platform, SYSTEM, entry)
        return True
    return found.origin == source.id


async def preview(
    platform: Platform,
    subject: Subject,
    source: Source,
    *,
    fetch: Fetcher | None = None,
    files: bool = False,
) -> Preview:
    """What a run would do, record by record with the fields that differ; nothing is written.

    The source need not be registered. SourceUnavailable when not even a page can be read.
    """
    _require(subject, source.organisation)
    memory = await platform.store.read_slow(Memory.load, source.id)
    memory.known.clear()
    async with fetcher(platform, fetch, files) as outward:
        return await look(platform, source, memory, outward, headers(source))


# --- schedule ------------------------------------------------------------------------


async def due(platform: Platform, at: int) -> list[str]:
    """Ids of the sources whose time has come at `at` (µs UTC)."""
    return await platform.store.read(harvest.due, at)
