# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A place or a time that is not public leaks neither from rows nor from what is measured."""

from __future__ import annotations

import struct
from pathlib import Path

import httpx2
import pytest

from allmende.core import accounts, catalogue, collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.collections.making import entity_of
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.model.canonical import to_json
from allmende.model.catalogue import ResourceKind
from allmende.model.document import (
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    ValidTime,
    Visibility,
)
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.web import create_app

PLACE = struct.pack("<BIdd", 1, 1, 11.5861, 50.9272)
ADDRESS = "https://reader:password@intranet.example/rows?token=word"
BASE = "http://127.0.0.1:8000"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
DOORS = (
    "/ogc/collections/nests",
    "/ogc/collections/nests/items",
    "/ogc/collections/nests/items/n1",
    f"/ogc/collections/nests/items?crs={UTM}",
    "/ogc/collections/nests/items.geojson",
    "/ogc/collections/nests/items/n1/history",
    "/data/nests",
    "/datasets/nests.ttl",
    "/de/collections/nests",
    "/de/collections/nests/quality",
    "/de/collections/nests/rows/n1",
)


def nests() -> Model:
    internal = Visibility.INTERNAL
    fields = [
        Field(name="name"),
        Field(name="seen", type=FieldType.DATE, visibility=internal),
        Field(
            name="place",
            type=FieldType.GEOMETRY,
            geometry=GeometryType.POINT,
            visibility=internal,
        ),
    ]
    entity = Entity(name="Nest", key=["name"], time=ValidTime(start="seen"), fields=fields)
    return Model(id="nests", title={"de": "Nester"}, entities=[entity])


@pytest.mark.anyio
async def test_a_place_that_is_internal_stays_inside(engine: str, tmp_path: Path) -> None:
    database = engine if engine.startswith("postgresql") else ""
    settings = Settings(data=tmp_path, database=database, access_log=False)
    async with Platform.open(settings) as platform:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        entry = CollectionEntry(id="nests", model=nests(), organisation="jena")
        await collections.create(platform, SYSTEM, entry)
        values = {"name": "n1", "seen": "2019-05-17", "place": PLACE}
        await collections.write(platform, SYSTEM, "nests", [Change(values=values)], source=ADDRESS)
        await collections.describe(platform, "nests")
        inside = await collections.row_feature(platform, SYSTEM, "nests", "n1")
        assert "11.5861" in inside
        assert "2019-05-17" in inside
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            for door in DOORS:
                answer = await client.get(door)
                assert answer.status_code == 200, door
                for secret in ("11.58", "50.92", "2019-05", "intranet", "password"):
                    assert secret not in answer.text, f"{secret} in {door}"
        record = await catalogue.get(platform, ANONYMOUS, ResourceKind.DATASET, "nests")
        assert b"POLYGON" not in to_json(record.resource)


def test_a_key_is_public_since_everybody_reads_the_ids() -> None:
    model = nests()
    assert entity_of(model).key == ["name"]
    model.entity().fields[0].personal = True
    with pytest.raises(InvalidInput, match="ids of the rows") as refused:
        entity_of(model)
    assert refused.value.code == "closed-key"
