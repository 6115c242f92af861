# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses, polling places, car parks, stops, projects and inhabitants."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.demo.formats import Built, Cell, document, feature, features, table

PROJECT_FIELDS = {
    "title": "Title",
    "description": "Description",
    "introduction": "Einleitung",
    "decision": "Letzter Beschluss zum Vorhaben",
    "state": "Aktueller Bearbeitungsstand",
    "next_steps": "Geplanter Zeitpunkt der Umsetzung / nächste Schritte",
    "costs": "Kosten soweit bezifferbar",
    "area": "Betroffenes Gebiet",
    "topics": "Schwerpunktmäßig betroffene Themen",
    "participation": "Ist Bürgerbeteiligung vorgesehen",
}


def build(data: Path) -> Iterator[Built]:
    """Every file about places, projects and people."""
    yield addresses(data)
    yield from polling_places(data)
    yield from car_parks(data)
    yield stops(data)
    yield from projects(data)
    yield from inhabitants(data / "cubes/jena_population_daanse")


def addresses(data: Path) -> Built:
    """16,745 addresses; the raw file had tabs and no header."""
    path = data / "addresses/jena_StrassennamenHausnummernPLZGeoWahllokale.csv"
    rows: list[list[Cell]] = []
    with path.open(encoding="utf-8", newline="") as source:
        for street, number, postcode, lon, lat, place in csv.reader(source, delimiter="\t"):
            rows.append(
                [street, number, postcode, round(float(lon), 7), round(float(lat), 7), place]
            )
    header = ("street", "house_number", "postcode", "lon", "lat", "polling_place")
    return table("addresses/addresses.csv", header, rows)


def polling_places(data: Path) -> Iterator[Built]:
    """87 polling places as points and as a table."""
    raw = json.loads((data / "addresses/jena_Wahllokale.geojson").read_text(encoding="utf-8"))
    found = []
    for item in raw["features"]:
        told = item["properties"]
        values = {
            "polling_place": told["Wahllokal"],
            "name": told["Name"],
            "room": told["Raum"],
            "address": told["Adresse"],
            "accessible": told["behindertengerecht"],
        }
        shape = item["geometry"]["coordinates"]
        found.append(feature("Point", shape, values, key=told["Wahllokal"]))
    yield features("polling-places/polling-places.geojson", found)
    header = ("polling_place", "name", "room", "address", "accessible", "lon", "lat")
    rows = [
        [item["properties"].get(name) for name in header[:5]]
        + [round(part, 7) for part in item["geometry"]["coordinates"]]
        for item in found
    ]
    yield table("polling-places/polling-places.csv", header, rows)


def car_parks(data: Path) -> Iterator[Built]:
    """103 car parks; the position in metres comes from the geometry the raw file repeats."""
    raw = json.loads((data / "mobility/parking_jena.geojson").read_text(encoding="utf-8"))
    found, rows = [], []
    for item in sorted(raw["features"], key=lambda item: int(item["properties"]["id"])):
        told = item["properties"]
        x, y = (round(part, 3) for part in told["the_geom"]["coordinates"])
        lon, lat = (round(part, 7) for part in item["geometry"]["coordinates"])
        values = {"id": told["id"], "art": told["art"], "name": told["name"], "x": x, "y": y}
        found.append(feature("Point", [lon, lat], values, key=told["id"]))
        rows.append([*values.values(), lon, lat])
    yield features("parking/parking.geojson", found)
    yield table("parking/parking.csv", ("id", "art", "name", "x", "y", "lon", "lat"), rows)


def stops(data: Path) -> Built:
    """7,131 stop points; the nameless fifth column gets a name, lost umlauts stay lost."""
    path = data / "mobility/jena_stopmapping_ibis_dhid.csv"
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))[1:]
    header = ("ibis_id", "open_data_id", "city", "stop_name", "stop_part")
    return table("stop-mapping/stop-mapping.csv", header, rows)


def projects(data: Path) -> Iterator[Built]:
    """44 public projects without the contact persons of the original list."""
    path = data / "council/jena_vorhabenliste_2015-06-25.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    found = [_project(item) for item in raw["Vorhaben"]]
    head = {
        "title": raw["Description"],
        "publisher": raw["DataSource"]["Autor"]["Name"],
        "source": raw["DataSource"]["URL"],
        "collected": raw["DataLiberator"]["Scraping"]["Timestamp"],
        "license": raw["DataLiberator"]["License"],
        "attribution": f"{raw['DataLiberator']['Organization']}, {raw['DataLiberator']['URL']}",
    }
    yield document("project-list/project-list.json", head | {"projects": found}, len(found))
    rows = [
        [
            *(_joined(item[name]) for name in ("id", *PROJECT_FIELDS)),
            "\n".join(f"{link['title']}: {link['url']}" for link in item["links"]),
        ]
        for item in found
    ]
    yield table("project-list/project-list.csv", ("id", *PROJECT_FIELDS, "links"), rows)


def _project(item: dict[str, Any]) -> dict[str, Any]:
    told = {"id": item["@Id"]}
    told |= {name: _lines(item.get(german, [])) for name, german in PROJECT_FIELDS.items()}
    return told | {"links": item["Links"]}


def _lines(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return [part.replace("\r\n", "\n").strip() for part in value]


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)


def inhabitants(folder: Path) -> Iterator[Built]:
    """The population cube, its districts with outlines and its age groups."""
    rows: list[list[Cell]] = [
        [row["JAHR"], row["STATBEZ"], row["KER_GESCH"], row["AGE"], row["Anzahl"]]
        for row in _rows(folder / "einwohner.csv")
    ]
    header = ("year", "district", "sex", "age", "inhabitants")
    yield table("population/population.csv", header, rows, times=("year",))
    areas = {row["gid"]: row for row in _rows(folder / "plraum.csv")}
    districts = _rows(folder / "statbez.csv")
    yield table(
        "population/statistical-districts.csv",
        ("district", "name", "planning_area", "planning_area_name"),
        [
            [row["gid"], row["statbez_name"], row["plraum"], areas[row["plraum"]]["plraum"]]
            for row in districts
        ],
    )
    yield features(
        "population/statistical-districts.geojson",
        (
            _outline(row["geojson"], int(row["gid"]), row["statbez_name"], areas[row["plraum"]])
            for row in districts
            if row["geojson"]
        ),
    )
    groups = _rows(folder / "AgeGroups.csv")
    names = [f"H{number}" for number in range(1, 10)]
    yield table(
        "population/age-groups.csv",
        ("age", *(f"grouping_{number}" for number in range(1, 10))),
        [[row["Age"], *(row[name] for name in names)] for row in groups],
    )


def _outline(text: str, number: int, name: str, area: dict[str, str]) -> dict[str, Any]:
    shape = json.loads(text)
    values = {"district": number, "name": name, "planning_area": area["plraum"]}
    return feature(shape["type"], shape["coordinates"], values, key=number)


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))
