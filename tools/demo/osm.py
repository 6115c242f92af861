# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the OpenStreetMap extract of December 2014 knows about Jena.

Tags are chosen, not copied: contact details, remarks of mappers and names of practices run
by one person are left out, and an operator is kept only when it is recognisably an
organisation.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.demo.formats import Built, Feature, feature, features

Tags = dict[str, Any]

ORGANISATION = re.compile(
    r"\b(e\. ?V\.|eG|AG|g?GmbH|Post|Bahn|Sparkasse|Volksbank|Bank|Studentenwerk|Stadt Jena|"
    r"Kommunalservice|JES|JeNah|JenAh|PVG|AWO|DRK|Shell|Total|Lidl|Globus|Hermes|DPD|TeilAuto|"
    r"teilAuto|Flinkster|Telekom)\b|[Uu]niversität|[Hh]ochschule|Schule\b|[Kk]linikum|"
    r"Gemeinde|Gemeinschaft|Kirchenkreis|Gymnasium|Nahverkehr|Kleingartenverein|Arbeiter"
)
NAMELESS = frozenset(
    {
        "amenity.bench",  # benches are named after the people they are dedicated to
        "amenity.brothel",
        "amenity.dentist",
        "amenity.doctors",
        "amenity.driving_school",
        "amenity.fuel",  # the brand stays
        "amenity.post_office",  # counters in shops; the brand stays
        "amenity.social_facility",
        "amenity.stripclub",
        "amenity.veterinary",
        "leisure.dance",
    }
)
KEPT_TAGS = """
    name alt_name old_name official_name short_name ref amenity leisure tourism historic shop
    sport landuse natural waterway water man_made building barrier access fee opening_hours
    collection_times wheelchair wheelchair:description capacity capacity:disabled
    capacity:women capacity:parent parking park_ride bicycle_parking covered surface lit
    material seats backrest colour recycling_type religion denomination cuisine vending
    shelter_type supervised social_facility social_facility:for dispensing drinkable atm
    drive_through brand display support level layer tunnel bridge maxstay leaf_type leaf_cycle
    genus genus:de denotation boat ele reservoir_type basin meadow crop wikipedia wikipedia:de
    wikidata addr:street addr:housenumber addr:postcode addr:city addr:suburb highway railway
    public_transport tram bus network shelter bench bin crossing crossing_ref direction
    tactile_paving traffic_sign maxspeed maxspeed:conditional maxspeed:variable maxspeed:source
    source:maxspeed oneway oneway:bicycle lanes lanes:forward lanes:backward turn:lanes
    sidewalk cycleway foot bicycle hgv motor_vehicle vehicle maxweight maxheight maxwidth width
    junction service tracktype traffic_calming incline int_ref route from to by_night interval
    interval:evening interval:weekend interval:night interval:peak
"""
KEPT = frozenset(KEPT_TAGS.split())
PROFESSION = re.compile(r"^(Rechtsanwalt|Rechtsanwältin|Notar|Dr\. |Praxis|Zahnarzt)")
POI_GROUPS = {
    "playgrounds": ("leisure.playground",),
    "schools": ("amenity.school",),
    "kindergartens": ("amenity.kindergarten",),
    "toilets": ("amenity.toilets",),
    "pharmacies": ("amenity.pharmacy",),
    "recycling": ("amenity.recycling",),
    "benches": ("amenity.bench",),
    "bicycle-parking": ("amenity.bicycle_parking",),
}
LIMITS = ("5", "6", "10", "20", "30", "40", "50", "60", "70", "80", "100")


def build(data: Path) -> Iterator[Built]:
    """Points of interest, land use, boundaries, speed limits, routes and street points."""
    yield from interest(data)
    yield land_use(data)
    yield from boundaries(data)
    roads = data / "roads/overpass_2014"
    yield speed_limits(roads)
    yield from routes(roads, "Strassenbahnen", "tram")
    yield from routes(roads, "Buslinien", "bus")
    yield features("street-points/street-points.geojson", street_points(roads))


def chosen(tags: Tags) -> Tags:
    """The tags that are shipped, in alphabetical order."""
    kept = {key: tags[key] for key in sorted(tags) if key in KEPT or key.startswith("recycling:")}
    if _private(tags):
        for key in ("name", "alt_name", "old_name", "short_name", "official_name"):
            kept.pop(key, None)
    if ORGANISATION.search(str(tags.get("operator", ""))):
        kept["operator"] = tags["operator"]
    return kept


def _private(tags: Tags) -> bool:
    """Whether the place is likely to bear the name of the person who runs it."""
    classes = {f"{key}.{tags.get(key)}" for key in ("amenity", "leisure")}
    operator = tags.get("operator", "")
    own_name = operator == tags.get("name", "-") and not ORGANISATION.search(operator)
    profession = bool(PROFESSION.match(tags.get("name", "")))
    return bool(NAMELESS & classes) or own_name or profession


def interest(data: Path) -> Iterator[Built]:
    """All points of interest in one file and eight frequent classes in files of their own."""
    raw = json.loads((data / "pois/jena_osm_pois_2014-12.geojson").read_text(encoding="utf-8"))
    found = [_classified(item, "poi_class") for item in raw["features"]]
    yield features("pois/pois.geojson", found)
    for name, classes in POI_GROUPS.items():
        some = [item for item in found if item["properties"]["class"] in classes]
        yield features(f"pois/{name}.geojson", some)


def land_use(data: Path) -> Built:
    """Areas, lines and single trees of land use, water and nature."""
    with gzip.open(data / "pois/jena_osm_landuse_2014-12.geojson.gz") as source:
        raw = json.load(source)
    return features(
        "land-use/land-use.geojson",
        (_classified(item, "landuse_class") for item in raw["features"]),
    )


def _classified(item: Feature, key: str) -> Feature:
    kind = item["properties"][key]
    shape = item["geometry"]
    return feature(
        shape["type"],
        shape["coordinates"],
        {"class": kind, **chosen(item["properties"])},
        key=item["id"],
    )


def boundaries(data: Path) -> Iterator[Built]:
    """City boundary, 30 districts and the 531 cells of the 500 metre raster."""
    city = _load(data, "jena_stadtgrenze_osm")[0]
    shape = city["geometry"]
    yield features(
        "city-boundary/city-boundary.geojson",
        [
            feature(
                shape["type"],
                shape["coordinates"],
                {
                    "name": "Jena",
                    "municipality_key": city["properties"]["de:amtlicher_gemeindeschluessel"],
                    "regional_key": city["properties"]["de:regionalschluessel"],
                    "wikidata": city["properties"]["wikidata"],
                },
                key=city["id"],
            )
        ],
    )
    yield features("districts/districts.geojson", map(_district, _load(data, "jena_ortsteile_osm")))
    cells = [item for item in _load(data, "jena_raster_500m") if "BoxId" in item["properties"]]
    yield features(
        "raster-500m/raster-500m.geojson",
        (
            feature(
                "Polygon",
                cell["geometry"]["coordinates"],
                {"cell": int(cell["properties"]["BoxId"])},
                key=int(cell["properties"]["BoxId"]),
            )
            for cell in cells
        ),
    )


def _load(data: Path, name: str) -> list[Feature]:
    text = (data / f"districts/{name}.geojson").read_text(encoding="utf-8")
    found: list[Feature] = json.loads(text)["features"]
    return found


def _district(item: Feature) -> Feature:
    tags = item["properties"]
    wikipedia = tags.get("wikipedia:de") or tags.get("wikipedia", "").removeprefix("de:")
    return feature(
        item["geometry"]["type"],
        item["geometry"]["coordinates"],
        {"name": tags["name"], "wikidata": tags.get("wikidata"), "wikipedia_de": wikipedia},
        key=item["id"],
    )


class Overpass:
    """Nodes, ways and relations of one Overpass answer, by id."""

    def __init__(self, path: Path) -> None:
        elements = json.loads(path.read_text(encoding="utf-8"))["elements"]
        self.nodes = _by_id(elements, "node")
        self.ways = _by_id(elements, "way")
        self.relations = list(_by_id(elements, "relation").values())

    def line(self, way: int) -> list[list[float]]:
        """The positions of a way, longitude first."""
        found = (self.nodes[node] for node in self.ways[way]["nodes"])
        return [[node["lon"], node["lat"]] for node in found]


def _by_id(elements: list[dict[str, Any]], kind: str) -> dict[int, dict[str, Any]]:
    """Elements of one kind; where one stands there twice, the one with tags counts."""
    found: dict[int, dict[str, Any]] = {}
    for element in elements:
        if element["type"] == kind and ("tags" in element or element["id"] not in found):
            found[element["id"]] = element
    return found


def speed_limits(roads: Path) -> Built:
    """Every way with a stated speed limit as a line; `maxspeed` in km/h as a number."""
    found: list[Feature] = []
    for limit in LIMITS:
        extract = Overpass(roads / f"Tempo{limit}.json")
        for number, way in extract.ways.items():
            tags = chosen(way["tags"]) | {"maxspeed": int(way["tags"]["maxspeed"])}
            found.append(feature("LineString", extract.line(number), tags, key=f"way/{number}"))
    return features("speed-limits/speed-limits.geojson", found)


def routes(roads: Path, name: str, kind: str) -> Iterator[Built]:
    """The routes of one means of transport as lines, and their named stops as points."""
    extract = Overpass(roads / f"{name}.json")
    folder = f"{kind}-routes"
    yield features(
        f"{folder}/{kind}-routes.geojson",
        (_route(extract, relation) for relation in extract.relations),
    )
    used = {
        member["ref"]
        for relation in extract.relations
        for member in relation["members"]
        if member["type"] == "node"
    }
    stops = (node for number, node in extract.nodes.items() if number in used)
    yield features(f"{folder}/{kind}-stops.geojson", map(_point, stops))


def _route(extract: Overpass, relation: dict[str, Any]) -> Feature:
    lines = [
        extract.line(member["ref"])
        for member in relation["members"]
        if member["type"] == "way" and member["ref"] in extract.ways
    ]
    return feature(
        "MultiLineString", lines, chosen(relation["tags"]), key=f"relation/{relation['id']}"
    )


def _point(node: dict[str, Any]) -> Feature:
    tags = chosen(node.get("tags", {}))
    return feature("Point", [node["lon"], node["lat"]], tags, key=f"node/{node['id']}")


def street_points(roads: Path) -> Iterable[Feature]:
    """Bus stops, traffic signals, crossings and lamps along the streets."""
    return map(_point, Overpass(roads / "highway-nodes.json").nodes.values())
