# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The tree register of November 2022 and the watering sites of June 2023."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from tools.demo.formats import (
    Built,
    Cell,
    feature,
    features,
    german_date,
    german_number,
    table,
)
from tools.demo.spreadsheets import ods_rows
from tools.demo.utm import to_degrees

PERSONAL = frozenset({"namlr"})  # initials of the inspector
WHOLE = ("objectid", "pflanzjahr", "vitalitaet")
DATES = ("datlr", "gefaellt_am", "historisch_am")
NUMBERS = ("baumhoehe", "kr_durchm", "st_durchm", "st_umfang", "hochwert", "rechtswert")


def build(data: Path) -> Iterator[Built]:
    """Two files of trees and two of watering sites."""
    yield register(data)
    yield from watering(data)


def register(data: Path) -> Built:
    """All 42,642 trees with the recovered header, without initials, with lon and lat."""
    with (data / "trees/jena_baeume_columns.csv").open(encoding="utf-8") as names:
        columns = [row["name"] for row in csv.DictReader(names)]
    kept = [name for name in columns if name not in PERSONAL]
    rows: list[list[Cell]] = []
    for cells in ods_rows(data / "trees/jena_baeume_2022-11.ods", len(columns)):
        tree = dict(zip(columns, cells, strict=True))
        lon, lat = to_degrees(float(tree["rechtswert"]), float(tree["hochwert"]))
        rows.append([_value(name, tree[name]) for name in kept] + [lon, lat])
    rows.sort(key=lambda row: int(str(row[0])))
    return table("trees/trees.csv", [*kept, "lon", "lat"], rows, times=("datlr", "gefaellt_am"))


def _value(name: str, text: str) -> Cell:
    if name in NUMBERS:
        return german_number(text)
    return text[:10] if name in DATES else text


def watering(data: Path) -> Iterator[Built]:
    """The 173 watering sites as a table and as points; their inspector initials are dropped."""
    path = data / "trees/jena_sensorstandorte_2023-06.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        sites = [_site(row) for row in csv.DictReader(source, delimiter=";")]
    header = list(sites[0])
    rows = [list(site.values()) for site in sites]
    yield table("tree-watering-sites/tree-watering-sites.csv", header, rows, times=("datlr",))
    yield features(
        "tree-watering-sites/tree-watering-sites.geojson",
        (
            feature(
                "Point",
                [site["lon"], site["lat"]],
                {name: value for name, value in site.items() if name not in ("lon", "lat")},
                key=int(str(site["gid"])),
            )
            for site in sites
        ),
        times=("datlr",),
    )


def _site(row: dict[str, str]) -> dict[str, Cell]:
    geometry = ("the_geom", "geom_original", "geom_4326", "lon_4326", "lat_4326")
    site: dict[str, Cell] = {}
    for name, raw in row.items():
        text = raw.strip()
        if name in PERSONAL or name in geometry or name.startswith("geom_4326_"):
            continue
        if name in DATES:
            site[name] = german_date(text)
        elif name in NUMBERS:
            site[name] = german_number(text)
        elif name in ("aktiv", "faellung"):
            site[name] = {"WAHR": True, "1": True, "FALSCH": False, "0": False}.get(text)
        elif name in ("gid", *WHOLE):
            site[name] = int(text) if text else None
        else:
            site[name] = text
    site["lon"] = round(float(row["lon_4326"].replace(",", ".")), 7)
    site["lat"] = round(float(row["lat_4326"].replace(",", ".")), 7)
    return site
