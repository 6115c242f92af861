# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A new file for a collection that is there: a trial that says what changes, then the change.

draft = await renewing.start(platform, subject, "trees", "baeume.csv", content)
await renewing.begin(platform, subject, draft, "trial")
await renewing.begin(platform, subject, draft, "publish")

The file is read as the one before was, by the mapping that was kept. Rows are found again by
the key of the model; each is stored in transactions of a thousand, like an import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anyio.to_thread
import msgspec
from msgspec.structs import replace

from allmende.core import collections, imports, jobs
from allmende.core.collections import Change, Writer, writable
from allmende.core.drafts import keeping, looking, mappings
from allmende.core.drafts.describing import LEFT_OUT, matched
from allmende.core.drafts.types import Altered, Draft, Renewal, Task
from allmende.core.imports import Layer, Opened, ReadOptions
from allmende.core.imports.intake import CHUNK, Chunk, Intake
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, Conflict, InvalidInput
from allmende.model.document import Entity, FieldType
from allmende.model.query import Query
from allmende.policy import Subject, levels, visible
from allmende.store import now
from allmende.store.collections import quarantine
from allmende.store.collections.types import Prepared, Registered, Written

JOB_KIND = "collection-load"
INLINE = 1_000_000  # bytes; larger files are worked on in the background
EXAMPLES = 10
REPORTED = 50  # refusals that a draft keeps
SECOND = 1_000_000


async def start(
    platform: Platform, subject: Subject, ident: str, name: str, content: Iterable[bytes]
) -> Draft:
    """Keeps a new file for a collection and reads its columns as those of the last one.

    Raises NotFound, NotAllowed, LimitExceeded, and InvalidInput when it cannot be read.
    """
    found = await writable(platform, subject, ident)
    draft = await keeping.start(platform, subject, name, content, ident)
    try:
        await read(platform, subject, draft, found)
    except AllmendeError:
        await keeping.forget(platform, draft)
        raise
    return draft


async def read(platform: Platform, subject: Subject, draft: Draft, found: Registered) -> None:
    """Looks at the columns and finds their fields: as kept, else by names and titles."""
    entity = _open_part(subject, found)
    kept = await mappings.kept(platform, subject, found.id)
    if kept is not None:
        kept = mappings.fitted(kept, entity)
        source, layer = await _as_before(platform, draft, kept)
        if not _speaks_of(kept, layer):
            kept = None
    if kept is None:
        draft.options = ReadOptions()
        source, layer = await looking.opened(platform, draft)
        args = (entity, layer, draft.options, imports.near(platform))
        kept = await anyio.to_thread.run_sync(_found, *args)
    draft.mapping = _completed(kept, entity, layer)
    draft.sight.format, draft.sight.layer = source.format, layer.name
    draft.sight.columns = [each.name for each in layer.columns]
    draft.sight.count = layer.count
    draft.edition += 1
    await keeping.save(platform, draft)


async def _as_before(
    platform: Platform, draft: Draft, kept: imports.Mapping
) -> tuple[Opened, Layer]:
    """The file with the options of the one before; a sheet by its name only when it is there."""
    draft.options = replace(kept.read, layer="")
    source, layer = await looking.opened(platform, draft)
    if kept.read.layer in [each.name for each in source.layers]:
        draft.options = replace(draft.options, layer=kept.read.layer)
        return await looking.opened(platform, draft)
    return source, layer


def _completed(mapping: imports.Mapping, entity: Entity, layer: Layer) -> imports.Mapping:
    """With the columns that the mapping is silent about, by the names and titles of fields."""
    named = {column for each in mapping.sources().values() for column in each.columns}
    free = [each.name for each in layer.columns if each.name not in named | mapping.drop.keys()]
    found = {name: column for column, name in matched(free, entity).items()}
    return replace(mapping, fields={**found, **mapping.fields})


def _speaks_of(mapping: imports.Mapping, layer: Layer) -> bool:
    """Whether one column at least is one that the mapping names."""
    there = {each.name for each in layer.columns}
    return any(not there.isdisjoint(each.columns) for each in mapping.sources().values())


def _found(
    entity: Entity, layer: Layer, options: ReadOptions, near: tuple[float, float] | None
) -> imports.Mapping:
    """A mapping for a collection of which none was kept."""
    return replace(imports.mapping_for(entity, layer, options, near), drop={})


def choose(draft: Draft, entity: Entity, columns: Mapping[str, str]) -> None:
    """Says which column a field takes its values from, empty for none; others stay."""
    known = {each.name for each in entity.plain}
    there = set(draft.sight.columns)
    fields = dict(draft.mapping.fields)
    before = {name: looking.column_of(draft.mapping, name) for name in fields}
    for name, column in columns.items():
        if name not in known or column == before.get(name, ""):
            continue
        fields.pop(name, None)
        if column in there:
            fields[name] = column
    made = replace(draft.mapping, fields=fields)
    taken = {column for each in made.sources().values() for column in each.columns}
    freed = {column for column in before.values() if column in there and column not in taken}
    drop = {name: why for name, why in made.drop.items() if name not in taken}
    draft.mapping = replace(made, drop={**drop, **dict.fromkeys(freed, LEFT_OUT)})
    draft.edition += 1


async def begin(platform: Platform, subject: Subject, draft: Draft, kind: str) -> None:
    """Tries or stores the rows: of a small file at once, of a large one in the background.

    Raises Conflict when the collection has changed since the trial, and InvalidInput when more
    than half of it would be removed and nobody has agreed.
    """
    found = await writable(platform, subject, draft.target)
    if kind == "publish":
        _agreed(draft, found)
    draft.task = Task(kind="publish" if kind == "publish" else "trial", edition=draft.edition)
    if draft.size <= INLINE:
        await _execute(platform, subject, draft)
        return
    draft.task.state = "waiting"
    await keeping.save(platform, draft)
    arguments = {"draft": draft.id, "owner": draft.owner}
    await jobs.enqueue(platform, JOB_KIND, arguments, key=f"draft {draft.id}", most_tries=1)


def _agreed(draft: Draft, found: Registered) -> None:
    seen = draft.renewal
    if seen is None or draft.task.edition != draft.edition or seen.batch != found.batch:
        raise Conflict(
            "The collection or the choice of columns has changed since the trial. Try again and "
            "look at the numbers first.",
            "Die Sammlung oder die Zuordnung hat sich seit dem Probelauf geändert. Bitte "
            "wiederholen Sie ihn und sehen Sie sich die Zahlen an.",
        )
    if draft.replace and seen.loss and not draft.accept_loss:
        raise InvalidInput(
            f"{seen.removed} of {seen.before} rows are missing in the file and would be removed. "
            "Tick the box if that is right.",
            f"{seen.removed} von {seen.before} Zeilen fehlen in der Datei und würden entfernt. "
            "Bitte haken Sie das Kästchen an, wenn das richtig ist.",
            code="import-loss",
        )


async def work(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: does the task of a draft as its owner, with the roles they have now."""
    await keeping.at_work(platform, arguments, _execute)


async def _execute(platform: Platform, subject: Subject, draft: Draft) -> None:
    task = draft.task
    task.state = "running"
    await keeping.save(platform, draft)
    try:
        draft.renewal = await _Pass(platform, subject, draft).run(task.kind == "publish")
        task.state = "done"
    except AllmendeError as error:
        task.state, task.error = "failed", error.text
    if draft.renewal is not None and draft.renewal.written:
        await mappings.keep(platform, subject, draft.target, draft.mapping)
        await keeping.drop_content(platform, draft)
    await keeping.save(platform, draft)


def _open_part(subject: Subject, found: Registered) -> Entity:
    return visible(found.entity, levels(subject, found.organisation))


class _Pass:
    """Goes through a file once, comparing its rows with those that are there or storing them."""

    def __init__(self, platform: Platform, subject: Subject, draft: Draft) -> None:
        self.platform, self.subject, self.draft = platform, subject, draft
        self.noted = now()

    async def run(self, write: bool) -> Renewal:
        """The whole file."""
        found = await writable(self.platform, self.subject, self.draft.target)
        self.entity = _open_part(self.subject, found)
        self.writer = Writer(self.platform, self.subject, found, self.draft.name, "import")
        _, layer = await looking.opened(self.platform, self.draft)
        near = imports.near(self.platform)
        intake = Intake(self.entity, self.draft.mapping, layer, near)
        self.done = Renewal(batch=found.batch, before=found.rows, written=write)
        before = await self._ids()
        while chunk := await anyio.to_thread.run_sync(intake.take):
            await (self._store(chunk) if write else self._compare(chunk))
            self._note(intake.rows, layer.count)
        await self._missed(sorted(before - intake.ids), intake.whole, write)
        if write:
            self._sum(await self.writer.finish())
        return self._told(intake)

    async def _ids(self) -> set[str]:
        query = Query(collection=self.draft.target)
        found = await collections.numbers(self.platform, self.subject, query)
        return {row_id for _, row_id in found}

    async def _store(self, chunk: Chunk) -> None:
        done = await self.writer.add(chunk.changes)
        self._refuse([*done.refused, *chunk.refusals])
        if chunk.refusals:
            await self.writer.refuse(chunk.refusals)

    async def _compare(self, chunk: Chunk) -> None:
        ready, bad = await self.writer.prepared(chunk.changes)
        self._refuse([*bad, *chunk.refusals])
        there = await self.platform.store.read(quarantine.hashes, self.writer.target, ready)
        done = self.done
        for each in ready:
            done.flagged += each.flags is not None
            if each.id not in there:
                done.created += 1
                _example(done.fresh, each.id)
            elif there[each.id] == each.hash:
                done.unchanged += 1
            else:
                done.updated += 1
                if len(done.altered) < EXAMPLES:
                    done.altered.append(await self._altered(each))

    async def _altered(self, new: Prepared) -> Altered:
        old = await collections.row(self.platform, self.subject, self.draft.target, new.id)
        names = (each.name for each in self.writer.found.entity.plain)
        values = dict(zip(names, new.columns, strict=True))
        found: list[tuple[str, Any, Any]] = []
        for each in self.entity.plain:
            value = _decoded(values.get(each.name), each.type, each.many)
            if old.values.get(each.name) != value:
                found.append((each.name, old.values.get(each.name), value))
        if self.entity.geometry is not None and old.geometry != new.geometry:
            found.append((self.entity.geometry.name, None, None))
        return Altered(new.id, found)

    def _refuse(self, refusals: Sequence[collections.Refusal]) -> None:
        self.done.refused += len(refusals)
        self.done.refusals += refusals[: REPORTED - len(self.done.refusals)]

    async def _missed(self, gone: list[str], whole: bool, write: bool) -> None:
        """Counts what the file no longer has; removes it when that is wanted."""
        done = self.done
        done.whole, done.removed, done.gone = whole, len(gone), gone[:EXAMPLES]
        if not write:
            return
        if not (whole and self.draft.replace):
            done.removed, done.gone = 0, []
            return
        if done.loss and not self.draft.accept_loss:
            raise Conflict(
                "The collection has changed since the trial: more than half of it would be "
                "removed. The rows of the file were stored, none was removed.",
                "Die Sammlung hat sich seit dem Probelauf geändert: Mehr als die Hälfte würde "
                "entfernt. Die Zeilen der Datei sind gespeichert, entfernt wurde keine.",
            )
        for at in range(0, len(gone), CHUNK):
            part = [Change(action="delete", id=each) for each in gone[at : at + CHUNK]]
            await self.writer.add(part)

    def _sum(self, total: Written) -> None:
        done = self.done
        done.created, done.updated = total.created, total.updated
        done.unchanged, done.removed = total.unchanged, total.deleted
        done.flagged = total.flagged

    def _told(self, intake: Intake) -> Renewal:
        done, plan = self.done, intake.plan
        done.rows = intake.rows
        done.untaken = plan.untaken if not plan.rest else []
        taken = {each.name for each in plan.steps} | set(intake.mapping.constants)
        done.empty = [each.name for each in self.entity.plain if each.name not in taken]
        done.notes = [*intake.layer.notes, *(intake.placing.notes if intake.placing else [])]
        return done

    def _note(self, done: int, total: int | None) -> None:
        """Notes every second or so how far the work is, for the page that waits."""
        self.draft.task.done, self.draft.task.total = done, total
        if now() - self.noted > SECOND:
            self.noted = now()
            keeping.note(self.platform, self.draft)


def _example(into: list[str], row_id: str) -> None:
    if len(into) < EXAMPLES:
        into.append(row_id)


def _decoded(value: Any, kind: FieldType, many: bool) -> Any:
    """A value as it stands in the database, as a JSON value."""
    if value is None:
        return None
    if many or kind is FieldType.OBJECT:
        return msgspec.json.decode(value)
    return bool(value) if kind is FieldType.BOOLEAN else value
