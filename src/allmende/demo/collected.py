# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The collections of the demo city, loaded from the files that come with the program."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
import msgspec
from msgspec import Struct

from allmende.core import collections, imports
from allmende.core.collections import CollectionEntry
from allmende.core.platform import Platform
from allmende.core.projecting import Progress
from allmende.demo import mapped
from allmende.demo.shipped import FOLDER, content, manifest
from allmende.errors import NotFound
from allmende.policy import SYSTEM


class Loaded(Struct, frozen=True):
    """A collection of the demo city: its dataset's file and the mapping, if named otherwise.

    How it is drawn stands in `styles/<id>.json`.
    """

    id: str
    file: str
    mapping: str = ""

    @property
    def style(self) -> dict[str, Any] | None:
        """How it is drawn, if that is said."""
        path = FOLDER / "styles" / f"{self.id}.json"
        return msgspec.json.decode(path.read_bytes()) if path.exists() else None

    @property
    def source(self) -> str:
        """The file and the beginning of its checksum: the same source is loaded once."""
        return f"{self.file} {manifest()[self.file].sha256[:12]}"


COLLECTIONS = (
    Loaded("land-use", "land-use/land-use.geojson"),
    Loaded("speed-limits", "speed-limits/speed-limits.geojson"),
    Loaded("districts", "districts/districts.geojson"),
    Loaded("trees", "trees/trees.csv"),
    Loaded("addresses", "addresses/addresses.csv"),
    Loaded("parking", "parking/parking.geojson"),
    Loaded("pois", "pois/pois.geojson"),
    Loaded("reference-areas", "reference-areas/reference-areas.geojson"),
    Loaded("tram-routes", "tram-routes/tram-stops.geojson", "tram-stops"),
)


async def load_collections(platform: Platform, progress: Progress) -> dict[str, int]:
    """Makes the collections that are not there and loads the files that are not loaded.

    The number of rows written by collection; nothing for what is up to date.
    """
    written = {}
    for each in COLLECTIONS:
        found = await _collection(platform, each)
        if await _is_loaded(platform, found.id, each.source):
            continue
        written[each.id] = await _load(platform, each, progress)
        await collections.describe(platform, each.id)
    return written


async def _collection(platform: Platform, each: Loaded) -> collections.Collection:
    try:
        return await collections.get(platform, SYSTEM, each.id)
    except NotFound:
        pass
    mapping = mapped.mapping(each.mapping or each.id)
    entry = CollectionEntry(
        id=each.id,
        model=mapped.model(mapping.model),
        entity=mapping.entity,
        organisation=platform.settings.catalogue,
        style=each.style,
        origin="demo",
    )
    return await collections.create(platform, SYSTEM, entry)


async def _is_loaded(platform: Platform, ident: str, source: str) -> bool:
    found = await collections.batches(platform, SYSTEM, ident, 1_000)
    return any(batch.source == source for batch in found)


async def _load(platform: Platform, each: Loaded, progress: Progress) -> int:
    mapping = mapped.mapping(each.mapping or each.id)
    data = await anyio.to_thread.run_sync(content, each.file)
    opened = await imports.uploaded(platform, data, each.file, mapping.read)
    order = imports.Order(
        collection=each.id,
        layer=opened.layer(mapping.read.layer),
        format=opened.format,
        mapping=mapping,
        source=each.source,
        near=imports.near(platform),
    )
    total = manifest()[each.file].records
    report = await imports.bring(
        platform, SYSTEM, order, lambda done, _: progress(each.id, done, total)
    )
    return report.created + report.updated
