# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A very small city with collections: trees with a past, addresses, districts, a hidden one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.portal.city import BASE, LOGIN, PASSWORD
from tests.support.platforms import run_scenario

from allmende.core import accounts, collections
from allmende.core.collections import Change, CollectionEntry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.catalogue import Agent, Dataset
from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Range,
    Visibility,
)
from allmende.policy import SYSTEM, Level, Role

WEST, SOUTH = 11.58, 50.92
HEALTH = (("1", "gesund", "healthy"), ("2", "krank", "ill"))
THEME = "http://publications.europa.eu/resource/authority/data-theme/ENVI"


def field(name: str, type: FieldType, de: str, en: str, **more: Any) -> Field:
    return Field(name=name, type=type, title={"de": de, "en": en}, **more)


def place(kind: GeometryType) -> Field:
    return field("place", FieldType.GEOMETRY, "Lage", "Place", geometry=kind)


TREE = Entity(
    name="Tree",
    key=["number"],
    label="species",
    fields=[
        field("number", FieldType.INTEGER, "Nummer", "Number", required=True),
        field("species", FieldType.STRING, "Art", "Species"),
        field(
            "height",
            FieldType.NUMBER,
            "Höhe",
            "Height",
            unit="m",
            plausible=Range(minimum=0, maximum=60),
        ),
        field("planted", FieldType.DATE, "Gepflanzt", "Planted"),
        field(
            "health",
            FieldType.STRING,
            "Zustand",
            "Health",
            codes=[Code(code=c, title={"de": de, "en": en}) for c, de, en in HEALTH],
        ),
        field("protected", FieldType.BOOLEAN, "Geschützt", "Protected"),
        field(
            "note",
            FieldType.STRING,
            "Vermerk",
            "Note",
            visibility=Visibility.INTERNAL,
        ),
        place(GeometryType.POINT),
    ],
)
ADDRESS = Entity(
    name="Address",
    fields=[
        field("street", FieldType.STRING, "Straße", "Street"),
        field("house_number", FieldType.STRING, "Hausnummer", "House number"),
        field("postcode", FieldType.STRING, "Postleitzahl", "Postcode"),
        place(GeometryType.POINT),
    ],
)
DISTRICT = Entity(
    name="District",
    key=["name"],
    label="name",
    fields=[field("name", FieldType.STRING, "Name", "Name"), place(GeometryType.POLYGON)],
)
SPECIES = ("Winter-Linde", "Stiel-Eiche", "<b>Ahorn</b>")
STREETS = {
    "Markt": ("1", "2", "12a"),
    "Marktstraße": ("3", "5"),
    "Straße des 17. Juni": ("5",),
    "Ernst-Abbe-Straße": ("7", "10"),
}


def trees() -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "species": SPECIES[number % 3],
            "height": 2.5 + number % 30,
            "planted": f"{1950 + number % 60}-05-01",
            "health": HEALTH[number % 2][0],
            "protected": number % 4 == 0,
            "note": "innen",
            "place": at(number % 12 * 0.001, number // 12 * 0.001),
        }
        for number in range(1, 121)
    ]


def addresses() -> list[dict[str, Any]]:
    return [
        {
            "street": street,
            "house_number": number,
            "postcode": "07743",
            "place": at(0.002 + step * 0.001, 0.004 + order * 0.0005),
        }
        for step, (street, numbers) in enumerate(STREETS.items())
        for order, number in enumerate(numbers)
    ]


def districts() -> list[dict[str, Any]]:
    ring = [(-0.002, -0.002), (0.02, -0.002), (0.02, 0.02), (-0.002, 0.02), (-0.002, -0.002)]
    shape = [[WEST + x, SOUTH + y] for x, y in ring]
    return [{"name": "Mitte", "place": {"type": "Polygon", "coordinates": [shape]}}]


def at(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(WEST + x, 6), round(SOUTH + y, 6)]}


def settings(folder: Path) -> Settings:
    return Settings(
        data=folder / "data",
        base_url=BASE,
        access_log=False,
        jobs=False,
        signins_per_minute=100,
        extra={"portal": {"city_name": "Jena", "map_layers": ["trees"]}},
    )


def build(folder: Path) -> Settings:
    """Writes the city into the folder."""
    made = settings(folder)

    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
        await put(platform, "trees", TREE, "Bäume", trees())
        await put(platform, "addresses", ADDRESS, "Adressen", addresses())
        await put(platform, "districts", DISTRICT, "Ortsteile", districts())
        await put(platform, "hidden", TREE, "Verborgen", trees()[:3], Level.RESTRICTED)
        await change(platform)
        roles = {"jena": frozenset({Role.ADMINISTRATOR, Role.STEWARD})}
        await accounts.create_account(platform, SYSTEM, LOGIN, "Ada Beispiel", PASSWORD, roles)

    run_scenario(made, scenario, 120)
    return made


async def put(
    platform: Platform,
    ident: str,
    entity: Entity,
    title: str,
    rows: list[dict[str, Any]],
    level: Level = Level.OPEN,
) -> None:
    entry = CollectionEntry(
        id=ident,
        model=Model(id=f"{ident}-model", title={"de": title}, entities=[entity]),
        organisation="jena",
        dataset=Dataset(
            title={"de": title, "en": f"{title} (en)"},
            description={"de": f"Alle {title}."},
            publisher=Agent(name={"de": "Stadt Jena"}),
            theme=[THEME] if ident == "trees" else [],
        ),
        data_access=level,
        metadata_access=level,
        legal_basis="§ 30 AO" if level is not Level.OPEN else "",
        style={"label": "name"} if ident == "districts" else None,
    )
    await collections.create(platform, SYSTEM, entry)
    changes = [Change(action="upsert", values=values) for values in rows]
    await collections.write(platform, SYSTEM, ident, changes, source="test")


async def change(platform: Platform) -> None:
    """A tree is measured again, one is too high to be true, one is no tree at all."""
    changes = [
        Change(action="patch", id="7", values={"height": 12.25}),
        Change(action="patch", id="8", values={"height": 910.0}),
        Change(action="create", values={"number": "viele", "species": "Fichte"}, line=3),
    ]
    await collections.write(
        platform, SYSTEM, "trees", changes, source="nachtrag.csv", quarantine=True
    )
