# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which collections a subject sees, and how much of each."""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.catalogue import Dataset
from allmende.model.document import Visibility
from allmende.model.filter import Filter, all_of
from allmende.policy import ANONYMOUS, Subject, levels, read_condition, visible
from allmende.policy.fields import PUBLIC
from allmende.store import Connection
from allmende.store.collections import registry
from allmende.store.collections.registry import Stamp
from allmende.store.collections.types import Collection, Registered

CACHE = "collections"
MOST_KEPT = 2_000


class _Memory:
    """What was looked up: with the stamp it had, and what all see while nothing is written."""

    def __init__(self) -> None:
        self.stamped: dict[tuple[str, frozenset[Visibility]], tuple[Stamp, Collection]] = {}
        self.version: Any = None
        self.public: dict[str, Collection] = {}

    def remember(self, version: Any, collection: Collection) -> None:
        """What everybody sees at this version of the database."""
        if version != self.version:
            self.version, self.public = version, {}
        self.public[collection.id] = collection


def condition(subject: Subject) -> Filter:
    """What a dataset must fulfil so that the subject may read its data."""
    return _FOR_ALL if subject is ANONYMOUS else _condition(subject)


def _condition(subject: Subject) -> Filter:
    return all_of(read_condition(subject, "metadata"), read_condition(subject, "data"))


_FOR_ALL = _condition(ANONYMOUS)


async def listing(platform: Platform, subject: Subject) -> list[Collection]:
    """The collections the subject may read, by id."""
    found = await platform.store.read(_listing, condition(subject))
    return [_seen(each, dataset, subject) for each, dataset in found]


async def get(platform: Platform, subject: Subject, ident: str) -> Collection:
    """A collection as the subject sees it; NotFound when there is none or it is hidden."""
    memory: _Memory = platform.caches.get(CACHE) or platform.caches.setdefault(CACHE, _Memory())
    version = platform.store.version()  # before the look, so that it is never too new
    if subject is ANONYMOUS and version is not None and version == memory.version:
        known = memory.public.get(ident)
        if known is not None:
            return known
    collection = await _look(platform, subject, ident, memory)
    if subject is ANONYMOUS:
        memory.remember(version, collection)
    return collection


async def _look(platform: Platform, subject: Subject, ident: str, memory: _Memory) -> Collection:
    allowed = condition(subject)
    stamp = await platform.store.read(registry.stamp, allowed, ident)
    if stamp is None:
        raise unknown(ident)
    seen = levels(subject, stamp.organisation)
    known = memory.stamped.get((ident, seen))
    if known is not None and known[0] == stamp:
        return known[1]
    found = await platform.store.read(_find, allowed, ident)
    if found is None:
        raise unknown(ident)
    collection = _seen(*found, subject)
    if len(memory.stamped) >= MOST_KEPT:
        memory.stamped.clear()
    memory.stamped[ident, seen] = (stamp, collection)
    return collection


async def of_dataset(platform: Platform, subject: Subject, dataset: str) -> list[Collection]:
    """The collections of a dataset that the subject may read."""
    found = await platform.store.read(_of_dataset, condition(subject), dataset)
    return [_seen(each, record, subject) for each, record in found]


def unknown(ident: str) -> NotFound:
    """The error for a collection that is not there or hidden."""
    return NotFound(
        f"There is no collection “{ident}” here, or you may not see it.",
        f"Eine Sammlung „{ident}“ gibt es hier nicht, oder Sie dürfen sie nicht sehen.",
    )


def _listing(db: Connection, allowed: Filter) -> list[tuple[Registered, Dataset]]:
    return [(each, _dataset(db, each)) for each in registry.listing(db, allowed)]


def _of_dataset(db: Connection, allowed: Filter, dataset: str) -> list[tuple[Registered, Dataset]]:
    found = (_find(db, allowed, ident) for ident in registry.of_dataset(db, dataset))
    return [each for each in found if each is not None]


def _find(db: Connection, allowed: Filter, ident: str) -> tuple[Registered, Dataset] | None:
    found = registry.find(db, allowed, ident)
    return (found, _dataset(db, found)) if found else None


def _dataset(db: Connection, found: Registered) -> Dataset:
    return registry.dataset(db, found.dataset_key) or Dataset()


def _seen(found: Registered, dataset: Dataset, subject: Subject) -> Collection:
    seen = levels(subject, found.organisation)
    entity = visible(found.entity, seen)
    public = all(each.shown_to is Visibility.PUBLIC for each in entity.plain)
    placed = entity.geometry is found.entity.geometry  # stored texts have the shape in them
    return Collection(
        number=found.number,
        id=found.id,
        dataset=found.dataset,
        organisation=found.organisation,
        title=dataset.title,
        description=dataset.description,
        licence=dataset.license or _licence(dataset),
        attribution=_attribution(dataset),
        model=found.model,
        model_version=found.model_version,
        entity=entity,
        levels=seen,
        style=found.style,
        count=found.rows,
        extent=found.extent if entity.geometry else None,
        period=found.period if entity.time == found.entity.time else None,
        created=found.created,
        changed=found.changed,
        batch=found.batch,
        status=found.status,
        metadata_access=found.metadata_access,
        data_access=found.data_access,
        whole=placed and (seen == PUBLIC or public),
    )


def for_all(found: Collection) -> Collection:
    """What everybody may know of a collection that the system sees, once its dataset is open."""
    entity = visible(found.entity, PUBLIC)
    return msgspec.structs.replace(
        found,
        entity=entity,
        levels=PUBLIC,
        extent=found.extent if entity.geometry else None,
        period=found.period if entity.time == found.entity.time else None,
    )


def _licence(dataset: Dataset) -> str:
    return next((each.license for each in dataset.distribution if each.license), "")


def _attribution(dataset: Dataset) -> dict[str, str]:
    for each in dataset.distribution:
        if each.license_attribution:
            return each.license_attribution
    return dataset.publisher.name if dataset.publisher else {}
