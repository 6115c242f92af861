# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making, changing and removing collections."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from allmende.core import catalogue, models, working_copies
from allmende.core.collections.seeing import condition, get
from allmende.core.collections.writing import refused, writable
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidInput, NotFound
from allmende.model.catalogue import Dataset, ResourceKind, local
from allmende.model.document import IDENT, Entity, Model, closed_keys, problems
from allmende.policy import Action, Level, Status, Subject, may
from allmende.store import Connection, audit, events
from allmende.store.collections import registry
from allmende.store.collections.types import Collection, Registered
from allmende.store.records import Entry, Record

MAX_ID = 40
RESERVED = frozenset({
    "catalogue",  # its records are an OGC collection
    "collection", "row-batch", "row-quarantine",  # tables beside those of the collections
    "json-each", "json-tree", "bytecode", "dbstat", "tables-used",  # tables SQLite makes up
})  # fmt: skip
RESERVED_STARTS = ("gpkg-", "pg-", "pragma-", "rtree-", "sqlite-")
MAX_FIELDS = 500


class CollectionEntry(Struct, kw_only=True):
    """A collection that is to be made.

    `dataset` describes it in the catalogue; without one a dataset of the same id is taken
    when there is one, else one is made from the texts of the model.
    """

    id: str
    model: Model
    entity: str = ""
    organisation: str
    dataset: Dataset | None = None
    catalogue: str | None = None
    status: Status = Status.PUBLISHED
    metadata_access: Level = Level.OPEN
    data_access: Level = Level.OPEN
    legal_basis: str = ""
    style: dict[str, Any] | None = None
    origin: str = "editor"


async def create(platform: Platform, subject: Subject, entry: CollectionEntry) -> Collection:
    """Makes an empty collection, its model and its dataset.

    Raises NotAuthenticated, NotAllowed, InvalidInput for a bad id or model, Conflict when
    there is one of this id.
    """
    _check(entry)
    if not may(subject, Action.WRITE, entry.organisation):
        raise refused(subject, Action.WRITE)
    if await platform.store.read(registry.exists, entry.id):
        raise _exists(entry.id)
    entity = entity_of(entry.model, entry.entity)
    record = await _dataset(platform, subject, entry, entity)
    await keep_model(platform, subject, entry.model, record)
    await platform.store.write(_add, subject.id, entry, entity)
    return await get(platform, subject, entry.id)


async def restyle(
    platform: Platform, subject: Subject, ident: str, style: dict[str, Any] | None
) -> None:
    """Sets how a collection is drawn on maps; None goes back to the proposal."""
    found = await writable(platform, subject, ident, Action.WRITE)
    text = msgspec.json.encode(style).decode() if style is not None else None
    await platform.store.write(_restyle, subject.id, found, text)
    platform.caches.pop("collections", None)


async def remove(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a collection with its rows and their history; the dataset is archived."""
    found = await writable(platform, subject, ident, Action.WRITE)
    await platform.store.write(_remove, subject.id, found)
    platform.caches.pop("collections", None)
    await catalogue.release(
        platform,
        subject,
        ResourceKind.DATASET,
        found.dataset,
        Status.ARCHIVED,
        "collection removed",
    )


def _check(entry: CollectionEntry) -> None:
    if (
        entry.id in RESERVED
        or entry.id.startswith(RESERVED_STARTS)
        or "--" in entry.id
        or not IDENT.match(entry.id)
        or len(entry.id) > MAX_ID
        or not entry.id[0].isalpha()
    ):
        raise InvalidInput(
            f"The id “{entry.id}” is not usable: a small letter, then small letters, digits and "
            f"single hyphens, at most {MAX_ID}, and no name that databases use themselves.",
            f"Die Kennung „{entry.id}“ geht nicht: ein Kleinbuchstabe, dann Kleinbuchstaben, "
            f"Ziffern und einzelne Bindestriche, höchstens {MAX_ID}, und kein Name, den "
            "Datenbanken selbst verwenden.",
        )
    wrong = problems(entry.model)
    if wrong:
        raise InvalidInput(
            "The model cannot be used: " + " ".join(each["en"] for each in wrong),
            "Das Modell ist nicht verwendbar: " + " ".join(each["de"] for each in wrong),
            code="bad-model",
        )


def entity_of(model: Model, name: str = "") -> Entity:
    """The entity a collection is made of; InvalidInput when it cannot be one."""
    try:
        entity = model.entity(name)
    except KeyError:
        raise InvalidInput(
            f"The model has no entity “{name}”.", f"Das Modell hat keine Entität „{name}“."
        ) from None
    places = [each.name for each in entity.fields if each.type == "geometry"]
    if len(places) > 1 or any(each.many for each in entity.fields if each.type == "geometry"):
        raise InvalidInput(
            f"A collection has one geometry; {entity.name} has: {', '.join(places)}.",
            f"Eine Sammlung hat eine Geometrie; {entity.name} hat: {', '.join(places)}.",
            code="many-geometries",
        )
    for each in closed_keys(entity):
        raise InvalidInput(each["en"], each["de"], code="closed-key")
    if len(entity.fields) > MAX_FIELDS:
        raise InvalidInput(
            f"A collection has at most {MAX_FIELDS} fields.",
            f"Eine Sammlung hat höchstens {MAX_FIELDS} Felder.",
        )
    return entity


async def keep_model(
    platform: Platform, subject: Subject, model: Model, owner: Record | Registered
) -> None:
    """Keeps the model of a collection with the policy of its dataset."""
    if await _is_known(platform, subject, model):
        return
    archived = owner.status == Status.ARCHIVED
    await models.put(
        platform,
        subject,
        model,
        owner.organisation,
        status=Status.PUBLISHED if archived else owner.status,
        metadata_access=owner.metadata_access,
    )
    if archived:
        await models.arrange(platform, subject, model.id, model.version, status=owner.status)


async def _is_known(platform: Platform, subject: Subject, model: Model) -> bool:
    """Whether the model, as far as the subject sees it, is kept already and in use."""
    try:
        kept = await models.find(platform, subject, model.id, model.version)
    except NotFound:
        return False
    return kept.model == model and kept.status != Status.DRAFT


async def _dataset(
    platform: Platform, subject: Subject, entry: CollectionEntry, entity: Entity
) -> Record:
    """The dataset of the collection, made or changed if need be."""
    status = entry.status
    try:
        record = await catalogue.get(platform, subject, ResourceKind.DATASET, entry.id)
        if entry.dataset is None:
            return record
    except NotFound:
        status = await _first_status(platform, subject, entry)
    texts = entry.model.title or entity.title or {"de": entry.id}
    described = entry.dataset or Dataset(
        title=texts, description=entry.model.description or entity.description
    )
    await catalogue.put(
        platform,
        subject,
        Entry(
            kind=ResourceKind.DATASET,
            id=entry.id,
            resource=described,
            organisation=entry.organisation,
            catalogue=entry.catalogue,
            status=status,
            metadata_access=entry.metadata_access,
            data_access=entry.data_access,
            legal_basis=entry.legal_basis,
            origin=entry.origin,
        ),
    )
    return await catalogue.get(platform, subject, ResourceKind.DATASET, entry.id)


async def _first_status(platform: Platform, subject: Subject, entry: CollectionEntry) -> Status:
    """A new dataset begins as a draft where a second person has to release it."""
    if subject.kind == "system" or entry.status != Status.PUBLISHED:
        return entry.status
    two = await working_copies.needs_two(platform, subject, entry.organisation, entry.catalogue)
    return Status.DRAFT if two else entry.status


def _add(db: Connection, actor: str, entry: CollectionEntry, entity: Entity) -> None:
    if registry.exists(db, entry.id):
        raise _exists(entry.id)
    title = local(entry.dataset.title if entry.dataset else entry.model.title, "de")
    number = registry.add(
        db,
        {
            "id": entry.id,
            "dataset": entry.id,
            "organisation": entry.organisation,
            "model": entry.model.id,
            "model_version": entry.model.version,
            "style": msgspec.json.encode(entry.style).decode() if entry.style else None,
        },
        entity,
        title,
    )
    events.emit(db, "collection", "created", number, entry.id)
    audit.note(db, actor, "collection-create", entry.id)


def _restyle(db: Connection, actor: str, found: Registered, style: str | None) -> None:
    registry.change(db, found.number, style=style)
    audit.note(db, actor, "collection-style", found.id)


def _remove(db: Connection, actor: str, found: Registered) -> None:
    registry.remove(db, found)
    events.emit(db, "collection", "removed", found.number, found.id)
    audit.note(db, actor, "collection-remove", found.id)


def _exists(ident: str) -> Conflict:
    return Conflict(
        f"There is a collection “{ident}” already.",
        f"Eine Sammlung „{ident}“ gibt es schon.",
        code="collection-exists",
    )


__all__ = ["CollectionEntry", "condition", "create", "remove", "restyle"]
