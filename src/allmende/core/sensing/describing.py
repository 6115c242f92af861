# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the catalogue says of things that measure: a dataset each, always as they are now.

The dataset is made from the thing, its place and those of its datastreams that are as open as
it is. What people add to it where the platform says nothing (contact, theme, legal categories)
stays. A thing that is not open has a dataset for those who may see the thing; of a thing that is
gone the dataset is archived.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allmende.core import catalogue, people
from allmende.core.catalogue import Entry
from allmende.core.jobs import enqueue
from allmende.core.platform import Platform
from allmende.core.sensing import retaining
from allmende.core.sensing.describing_dataset import SERVICE, Maker
from allmende.errors import AllmendeError, NotFound
from allmende.model.catalogue import (
    DataService,
    Dataset,
    ResourceKind,
    Statement,
)
from allmende.model.sensing.retention import Text
from allmende.policy import SYSTEM, Level, Status
from allmende.store import Connection
from allmende.store.events import Event
from allmende.store.sensing import archive, cataloguing, retention
from allmende.store.sensing.cataloguing import Measuring, Series

JOB_KIND = "thing-describe"
ORIGIN = "sensing"
PAGE = 100

SENSORTHINGS = "http://www.opengis.net/doc/IS/sensorthings/1.1"

_KEPT = (
    "contact_point", "creator", "hvd_category", "applicable_legislation", "contributor_id",
    "political_geocoding", "political_geocoding_level", "geocoding_description", "page", "extra",
    "relation", "availability", "license",
)  # fmt: skip


async def hear(platform: Platform, happened: Sequence[Event]) -> None:
    """Describes anew what changed; a great change is a job, which is done once for many."""
    things: set[int] = set()
    streams: set[int] = set()
    everything = False
    for each in happened:
        kind = each.id.partition(" ")[0]
        if each.topic == "thing" or (each.topic == "sensing" and kind == "Thing"):
            things.add(each.key)
        elif each.topic == "sensing" and kind in ("Datastream", "MultiDatastream"):
            streams.add(each.key)
        elif each.topic == "retention" or (each.topic == "sensing" and kind in _WIDE):
            everything = True
    if streams:
        things |= set(await platform.store.read(cataloguing.things_of, sorted(streams)))
    if everything or len(things) > PAGE:
        await enqueue(platform, JOB_KIND, {}, key=JOB_KIND)
    elif things:
        await describe(platform, sorted(things))


_WIDE = ("Location", "ObservedProperty", "License")


async def job(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Brings everything up to date: spans of time, rules of retention, what has gone."""
    await describe_all(platform)


async def describe_all(platform: Platform) -> int:
    """Describes all things, a hundred at a time, and the service; how many things."""
    after, seen = 0, 0
    there: set[str] = set()
    while found := await platform.store.read(cataloguing.things, after, PAGE):
        await _put(platform, found)
        there |= {dataset_id(each.id) for each in found}
        after, seen = found[-1].id, seen + len(found)
    known = await platform.store.read(cataloguing.described, ORIGIN)
    for ident in set(known) - there:
        await _archive(platform, ident)
    await _put_service(platform)
    return seen


async def describe(platform: Platform, idents: Sequence[int]) -> None:
    """Describes these things; datasets of those that are gone are archived."""
    found = await platform.store.read(cataloguing.named, list(idents))
    await _put(platform, found)
    for ident in set(idents) - {each.id for each in found}:
        await _archive(platform, dataset_id(ident))
    await _put_service(platform)


def dataset_id(thing: int) -> str:
    """The id of the dataset of a thing."""
    return f"thing-{thing}"


async def _put(platform: Platform, found: Sequence[Measuring]) -> None:
    if not found:
        return
    about = await platform.store.read(_about, [each.id for each in found])
    names = {each.id: each.name for each in await people.organisations(platform, SYSTEM)}
    parent = await _catalogue(platform)
    entries = []
    for each in found:
        streams, sentences, archived = about[each.id]
        dataset = Maker(platform, each, streams, names).dataset(sentences, archived)
        entries.append(_entry(each, await _with_kept(platform, dataset, each.id), parent))
    for result in await catalogue.put_many(platform, SYSTEM, entries):
        if isinstance(result, AllmendeError):
            raise result


def _about(db: Connection, idents: list[int]) -> dict[int, tuple[list[Series], list[Text], bool]]:
    """Of each thing its series, what is said of retention, and whether something is archived."""
    series: dict[int, list[Series]] = {ident: [] for ident in idents}
    for each in cataloguing.series(db, idents):
        series[each.thing].append(each)
    streams = [each.id for some in series.values() for each in some]
    rules = retention.rules(db)
    told = {
        each.id: retaining.told(rules, each).sentence
        for each in (retention.described(db, streams) if streams else [])
    }
    old = archive.having(db, streams) if streams else set()
    return {
        ident: (
            some,
            list({text["en"]: text for text in (told[each.id] for each in some)}.values()),
            any(each.id in old for each in some),
        )
        for ident, some in series.items()
    }


def _entry(thing: Measuring, dataset: Dataset, parent: str | None) -> Entry:
    closed = {thing.metadata_access, thing.data_access} != {Level.OPEN}
    return Entry(
        kind=ResourceKind.DATASET,
        id=dataset_id(thing.id),
        resource=dataset,
        organisation=thing.organisation,
        catalogue=parent,
        status=Status(thing.status),
        metadata_access=Level(thing.metadata_access),
        data_access=Level(thing.data_access),
        legal_basis="Zugang wie zum messenden Ding / access as to the thing" if closed else "",
        origin=ORIGIN,
        reason="measured",
    )


async def _with_kept(platform: Platform, dataset: Dataset, thing: int) -> Dataset:
    """The dataset with what people have added to it."""
    try:
        before = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, dataset_id(thing))
    except NotFound:
        return dataset
    if isinstance(before.resource, Dataset):
        for name in _KEPT:
            if not getattr(dataset, name):
                setattr(dataset, name, getattr(before.resource, name))
    return dataset


async def _archive(platform: Platform, ident: str) -> None:
    try:
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, ident)
    except NotFound:
        return
    if record.origin == ORIGIN and record.status != Status.ARCHIVED:
        entry = catalogue.entry_of(record)
        entry.status, entry.reason = Status.ARCHIVED, "the thing is gone"
        entry.expected_revision = None
        await catalogue.put(platform, SYSTEM, entry)


async def _catalogue(platform: Platform) -> str | None:
    own = platform.settings.catalogue
    try:
        return (await catalogue.get(platform, SYSTEM, ResourceKind.CATALOG, own)).id
    except NotFound:
        return None


async def _put_service(platform: Platform) -> None:
    """The one service through which all things are reached; lists what is open."""
    base = platform.settings.base_url
    served = await platform.store.read(_open_things)
    service = DataService(
        title={"de": "SensorThings API", "en": "SensorThings API"},
        description={
            "de": "Dinge, Messreihen und Beobachtungen der Stadt über den Standard OGC "
            "SensorThings 1.1.",
            "en": "Things, datastreams and observations of the city over the standard OGC "
            "SensorThings 1.1.",
        },
        endpoint_url=[f"{base}/sensorthings/v1.1"],
        endpoint_description=[f"{base}/openapi.json"],
        conforms_to=[Statement(iri=SENSORTHINGS)],
        serves_dataset=[
            platform.address(ResourceKind.DATASET, dataset_id(each)) for each in served
        ],
    )
    entry = Entry(
        kind=ResourceKind.SERVICE,
        id=SERVICE,
        resource=service,
        organisation=platform.settings.catalogue,
        catalogue=await _catalogue(platform),
        origin=ORIGIN,
        status=Status.PUBLISHED if served else Status.ARCHIVED,
        reason="measured",
    )
    await catalogue.put(platform, SYSTEM, entry)


def _open_things(db: Connection) -> list[int]:
    found = []
    after = 0
    while some := cataloguing.things(db, after, 1_000):
        after = some[-1].id
        found += [each.id for each in some if _is_open(each)]
    return found


def _is_open(thing: Measuring) -> bool:
    levels = {thing.metadata_access, thing.data_access}
    return thing.status == Status.PUBLISHED and levels == {Level.OPEN}
