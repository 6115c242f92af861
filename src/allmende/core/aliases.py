# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records by their UUID or that of a distribution, and lists of their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allmende.core import projecting
from allmende.core.projecting import Progress, silent
from allmende.model import leftover, uuids
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.model.filter import Compare, Filter, all_of
from allmende.policy import Subject, read_condition
from allmende.projections.aliases import REBUILD_BATCH, AliasProjection
from allmende.store import Connection, catalogue
from allmende.store import aliases as stored
from allmende.store.records import Record

if TYPE_CHECKING:
    from allmende.core.platform import Platform

PROJECTION = AliasProjection()
READY = "aliases"  # what the platform remembers once all records have been gone through


def attach(platform: Platform) -> None:
    """Keeps the other names of records; `Platform.open` does it once."""

    async def rebuild(keys: Sequence[int], progress: Progress) -> None:
        await _rebuild(platform, keys, progress)

    projecting.attach(platform, PROJECTION, rebuild)


async def _rebuild(platform: Platform, keys: Sequence[int], progress: Progress = silent) -> None:
    made = PROJECTION.rebuild
    await projecting.in_batches(platform, "aliases", made, keys, REBUILD_BATCH, progress)
    await platform.store.write(PROJECTION.finish_rebuild)


async def make_ready(platform: Platform) -> None:
    """Goes through all records once after an upgrade or a restore."""
    if platform.caches.get(READY):
        return
    keys = await platform.store.read_slow(PROJECTION.outdated)
    if keys:
        await _rebuild(platform, keys)
    platform.caches[READY] = True


def uuid_of(record: Record) -> str:
    """The UUID of a record, for ever the same."""
    return uuids.of_record(record.key, record.id, record.created, record.original_id)


def distribution_uuids(record: Record) -> list[str]:
    """The UUIDs of a dataset's distributions, in their order."""
    found = record.resource.distribution if isinstance(record.resource, Dataset) else []
    return uuids.of_distributions(record.key, record.id, record.created, found)


async def by_uuid(platform: Platform, subject: Subject, uuid: str) -> Record | None:
    """The visible dataset with this UUID."""
    for record in await _candidates(platform, subject, uuid):
        if uuid_of(record) == uuid.lower():
            return record
    return None


async def by_alias(platform: Platform, subject: Subject, alias: str) -> Record | None:
    """The oldest visible record with this name from elsewhere."""
    await make_ready(platform)
    condition = read_condition(subject)
    found = await platform.store.read(_find, condition, alias)
    return found[0] if found else None


async def by_distribution(
    platform: Platform, subject: Subject, uuid: str
) -> tuple[Record, Distribution] | None:
    """The visible dataset one of whose distributions has this UUID, and the distribution."""
    for record in await _candidates(platform, subject, uuid):
        if isinstance(record.resource, Dataset):
            listed = distribution_uuids(record)
            if uuid.lower() in listed:
                return record, record.resource.distribution[listed.index(uuid.lower())]
    return None


async def _candidates(platform: Platform, subject: Subject, uuid: str) -> list[Record]:
    if not uuids.is_uuid(uuid):
        return []
    await make_ready(platform)
    datasets = Compare("kind", "=", ResourceKind.DATASET)
    condition = all_of(read_condition(subject), datasets)
    return await platform.store.read(_find, condition, uuid.lower())


def _find(db: Connection, condition: Filter, uuid: str) -> list[Record]:
    key = uuids.key_of(uuid)
    keys = [*stored.keys_of(db, uuid), *([] if key is None else [key])]
    return catalogue.by_keys(db, condition, keys) if keys else []


async def ids(
    platform: Platform, subject: Subject, where: Filter, limit: int, offset: int = 0
) -> list[str]:
    """Ids of the visible records that fit, in their order, or the names clients gave them."""
    await make_ready(platform)
    condition = all_of(read_condition(subject), where)
    prefix = leftover.alias("")
    return await platform.store.read(stored.ids, condition, limit, offset, prefix)
