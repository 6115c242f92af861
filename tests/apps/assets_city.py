# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A very small city with a tree register, places, districts and its assets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.support.platforms import run_scenario, settings_for

from allmende.apps.assets import holding
from allmende.apps.assets.guest import GUESTS
from allmende.core import accounts, collections
from allmende.core.collections import Change, CollectionEntry, Row
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.demo import mapped
from allmende.model.document import Entity, Field, FieldType, Model, Visibility
from allmende.model.query import Query
from allmende.policy import SYSTEM, Role, Subject

WEST, EAST = 11.50, 11.60
LOGIN, PASSWORD = "ada", "Wiesen gehören allen zusammen 1887"
BASE = "http://127.0.0.1:8000"


def point(x: float, y: float = 50.95) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def square(west: float, east: float) -> dict[str, Any]:
    south, north = 50.9, 51.0
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def tree(number: int, x: float = 11.51, **values: Any) -> Change:
    given = {"tree_id": str(number), "species_common": "Linde", "position": point(x), **values}
    return Change(values=given, line=number)


TREES = (
    tree(1, vitality=1, planting_year=1990, last_inspection="2022-01-31",
         inspection_kind="Regelkontrolle"),
    tree(2, vitality=4, planting_year=2810, last_inspection="2022-02-28"),
    tree(3, 11.61, vitality=0, planting_year=1950, felled_on="2021-05-01"),
    tree(4, 11.9, planting_year=2000),
    tree(5, 11.61, vitality=7, given_up_on="2020-01-01"),
)  # fmt: skip
PLACES = (
    ("a", "leisure.playground", 11.51),
    ("b", "amenity.bench", 11.61),
    ("c", "amenity.cafe", 11.61),
)
HOUSE = Model(
    id="house",
    title={"de": "Häuser", "en": "Houses"},
    entities=[
        Entity(
            name="House",
            key=["number"],
            fields=[
                Field(name="number", required=True),
                Field(name="nickname", visibility=Visibility.INTERNAL),
                Field(name="caretaker", personal=True),
                Field(name="worth", type=FieldType.NUMBER, visibility=Visibility.INTERNAL),
                Field(name="built", type=FieldType.YEAR),
                Field(name="place", type=FieldType.GEOMETRY),
            ],
        )
    ],
)
HOUSES = """
collection = "houses"
kind = "building"
[fields]
name = ["nickname", "caretaker"]
owner = "caretaker"
built_year = "built"
replacement_value = "worth"
yearly_cost = "nothing"
"""


def settings(engine: str, folder: Path, **more: Any) -> Settings:
    guests = folder / "guests"
    guests.mkdir(exist_ok=True)
    for path in GUESTS.glob("*.toml"):
        (guests / path.name).write_bytes(path.read_bytes())
    (guests / "houses.toml").write_text(HOUSES, "utf-8")
    extra = {"assets": {"guests": str(guests)}, "portal": {"city_name": "Jena"}}
    return settings_for(
        engine, folder, catalogue="jena", extra=extra, access_log=False, **{"jobs": False, **more}
    )


async def build(platform: Platform) -> None:
    """The registers of the city and the empty collections of the assets."""
    for ident, model in (
        ("trees", mapped.model("tree")),
        ("districts", mapped.model("district")),
        ("pois", mapped.model("point-of-interest")),
        ("houses", HOUSE),
    ):
        entry = CollectionEntry(id=ident, model=model, organisation="jena")
        await collections.create(platform, SYSTEM, entry)
    await holding.prepare(platform)
    for name, west in (("Ost", EAST), ("West", WEST)):
        values = {"name": name, "shape": square(west, west + 0.1)}
        await put(platform, "districts", Change(values=values))
    await put(platform, "trees", *TREES)
    for ident, kind, x in PLACES:
        values = {"osm_id": f"node/{ord(ident)}", "kind": kind, "shape": point(x)}
        await put(platform, "pois", Change(id=ident, values=values))
    values = {"number": "1", "nickname": "Haus Ada", "caretaker": "Ada B.", "worth": 1000.5}
    await put(platform, "houses", Change(values={**values, "built": 1900, "place": point(11.51)}))


async def put(platform: Platform, ident: str, *changes: Change) -> None:
    await collections.write(platform, SYSTEM, ident, changes)


async def assets(platform: Platform, subject: Subject = SYSTEM) -> dict[str, Row]:
    """All assets a subject sees, by id."""
    found = await collections.page(platform, subject, Query(collection="assets", limit=100))
    return {row.id: row for row in found.rows}


async def add_person(platform: Platform) -> None:
    """Somebody with a role in the city."""
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
    roles = {"jena": frozenset({Role.READER})}
    await accounts.create_account(platform, SYSTEM, LOGIN, "Ada Beispiel", PASSWORD, roles)


Scenario = Callable[[Platform], Awaitable[None]]


def play(engine: str, folder: Path, scenario: Scenario, **more: Any) -> None:
    """Builds the city and plays the scenario in it."""

    async def whole(platform: Platform) -> None:
        await build(platform)
        await scenario(platform)

    run_scenario(settings(engine, folder, **more), whole)
