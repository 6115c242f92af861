# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the catalogue says of a collection: measured, never typed in.

The dataset keeps what people wrote about it. The platform adds a distribution for every
format, the data service that gives access, the extent and the valid time, the model the
rows conform to, and when they last changed. Who may see the dataset is decided by people;
the service is seen by whoever sees some collection.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec import Struct

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.core.collections.seeing import for_all, listing, unknown
from allmende.core.platform import Platform
from allmende.errors import NotFound, PreconditionFailed
from allmende.model.catalogue import (
    DataService,
    Dataset,
    Distribution,
    Location,
    Period,
    ResourceKind,
    Statement,
)
from allmende.policy import SYSTEM, Level, Status
from allmende.store.collections import books
from allmende.store.collections.types import Collection

JOB_KIND = "collection-describe"
SERVICE = "ogc-api"
TRIES = 5
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
MEDIA_TYPE = "http://www.iana.org/assignments/media-types/"
FEATURES = "http://www.opengis.net/doc/IS/ogcapi-features-1/1.0"
_OFFICE = "application/vnd.openxmlformats-officedocument"


class Form(Struct, frozen=True):
    """A form in which every collection can be had: `f=`, its names and types."""

    key: str
    title: str
    file_type: str
    media_type: str
    placed: bool = False  # only of collections with a geometry


FORMS = (
    Form("geojson", "GeoJSON", "GEOJSON", "application/geo+json", True),
    Form("csv", "CSV", "CSV", "text/csv"),
    Form("xlsx", "Excel", "XLSX", f"{_OFFICE}.spreadsheetml.sheet"),
    Form("gpkg", "GeoPackage", "GPKG", "application/geopackage+sqlite3", True),
    Form("fgb", "FlatGeobuf", "BIN", "application/flatgeobuf", True),
    Form("parquet", "Parquet", "PARQUET", "application/vnd.apache.parquet"),
    Form("json", "JSON", "JSON", "application/json"),
)  # fmt: skip


async def describe(platform: Platform, ident: str) -> None:
    """Brings dataset and service up to date. NotFound when there is no such collection."""
    for _ in range(TRIES):
        try:
            return await _describe(platform, ident)
        except PreconditionFailed:
            continue  # somebody wrote the same record just now
    await _describe(platform, ident)


async def _describe(platform: Platform, ident: str) -> None:
    everything = await listing(platform, SYSTEM)
    found = next((each for each in everything if each.id == ident), None)
    if found is None:
        raise unknown(ident)
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, found.dataset)
    entry = catalogue.entry_of(record)
    if not isinstance(entry.resource, Dataset):
        raise unknown(ident)
    entry.resource = await overlay(platform, found.dataset, entry.resource)
    entry.reason = "measured"
    await catalogue.put(platform, SYSTEM, entry)
    await _put_service(platform, record.catalogue, everything)


async def overlay(platform: Platform, ident: str, dataset: Dataset) -> Dataset:
    """What somebody writes about a dataset with what is measured of its collections."""
    everything = await listing(platform, SYSTEM)
    siblings = [for_all(each) for each in everything if each.dataset == ident]
    if not siblings:
        return dataset
    moments = [await platform.store.read(books.touched, each.number) for each in siblings]
    return _described(platform, dataset, siblings, max(moments))


def _described(
    platform: Platform, dataset: Dataset, found: Sequence[Collection], touched: int
) -> Dataset:
    base = f"{platform.settings.base_url}/ogc/collections/"
    own = [each for each in dataset.distribution if not _is_ours(each, base)]
    made = [form for each in found for form in _forms(platform, each, own)]
    dataset.distribution = [*own, *made]
    measured = f"{base}{dataset_id(found)}"
    dataset.spatial = _spatial(dataset.spatial, found, f"{measured}#extent")
    dataset.temporal = _temporal(dataset.temporal, found, f"{measured}#period")
    dataset.conforms_to = _conforming(platform, dataset.conforms_to, found)
    changed = touched or (0 if dataset.modified else max(each.changed for each in found))
    if changed:  # what was loaded once keeps the date its people gave it
        day = datetime.fromtimestamp(changed / 1e6, UTC).strftime("%Y-%m-%d")
        dataset.modified = max(dataset.modified or "", day)
    return dataset


def _is_ours(form: Distribution, base: str) -> bool:
    return any(url.startswith(base) for url in form.access_url)


def _forms(
    platform: Platform, found: Collection, own: Sequence[Distribution]
) -> list[Distribution]:
    base = platform.settings.base_url
    items = f"{base}/ogc/collections/{found.id}/items"
    licence = next((each.license for each in own if each.license), None)
    credit = next((each.license_attribution for each in own if each.license_attribution), {})
    service = platform.address(ResourceKind.SERVICE, SERVICE)
    return [
        Distribution(
            iri=f"{items}?f={form.key}",
            title={
                "de": f"Lebende Daten als {form.title}",
                "en": f"Living data as {form.title}",
            },
            access_url=[f"{items}?f={form.key}"],
            download_url=[f"{items}?f={form.key}"],
            format=FILE_TYPE + form.file_type,
            media_type=MEDIA_TYPE + form.media_type,
            license=licence,
            license_attribution=credit,
            access_service=[service],
        )
        for form in FORMS
        if found.entity.geometry is not None or not form.placed
    ]


def dataset_id(found: Sequence[Collection]) -> str:
    """The id that measured values of collections of one dataset are named after."""
    return min(each.id for each in found)


def _spatial(before: list[Location], found: Sequence[Collection], measured: str) -> list[Location]:
    """Named places stay; the box is the measured one."""
    named = [
        each
        for each in before
        if each.iri != measured and (each.iri or each.label or each.geometry)
    ]
    boxes = [each.extent for each in found if each.extent]
    if not boxes:
        return named
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = ", ".join(f"{x:.6f} {y:.6f}" for x, y in corners)
    return [*named, Location(iri=measured, bbox=[f"POLYGON (({ring}))"])]


def _temporal(before: list[Period], found: Sequence[Collection], measured: str) -> list[Period]:
    """What people wrote stays; without it there is the measured valid time."""
    written = [each for each in before if each.iri != measured]
    periods = [each.period for each in found if each.period]
    if written or not periods:
        return written
    starts = [each.start for each in periods if each.start]
    ends = [each.end for each in periods if each.end]
    return [Period(iri=measured, start=min(starts, default=None), end=max(ends, default=None))]


def _conforming(
    platform: Platform, before: list[Statement], found: Sequence[Collection]
) -> list[Statement]:
    base = f"{platform.settings.base_url}/models/"
    kept = [each for each in before if not (each.iri or "").startswith(base)]
    addresses = sorted({f"{base}{each.model}/{each.model_version}" for each in found})
    return [*kept, *(Statement(iri=address) for address in addresses)]


async def _put_service(platform: Platform, parent: str | None, found: Sequence[Collection]) -> None:
    """The one service through which all collections are reached."""
    base = platform.settings.base_url
    shown = [
        each
        for each in found
        if each.status == Status.PUBLISHED
        and each.metadata_access == Level.OPEN
        and each.data_access == Level.OPEN
    ]
    served = sorted({platform.address(ResourceKind.DATASET, each.dataset) for each in shown})
    service = DataService(
        title={"de": "OGC API", "en": "OGC API"},
        description={
            "de": "Alle Sammlungen über offene Standards: OGC API Features, Tiles und Records.",
            "en": "All collections over open standards: OGC API Features, Tiles and Records.",
        },
        endpoint_url=[f"{base}/ogc"],
        endpoint_description=[f"{base}/ogc/api"],
        conforms_to=[Statement(iri=FEATURES)],
        serves_dataset=served,
    )
    organisation = found[0].organisation
    try:
        before = await catalogue.get(platform, SYSTEM, ResourceKind.SERVICE, SERVICE)
        entry = catalogue.entry_of(before)
        entry.resource = service
    except NotFound:
        entry = Entry(
            kind=ResourceKind.SERVICE,
            id=SERVICE,
            resource=service,
            organisation=organisation,
            catalogue=parent,
            origin="platform",
        )
    entry.status = Status.PUBLISHED if served else Status.ARCHIVED
    await catalogue.put(platform, SYSTEM, entry)
