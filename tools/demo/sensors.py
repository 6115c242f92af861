# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sensors of the city: soil, air, bicycles, cameras, traffic lights, radio messages."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.demo.formats import Built, Cell, Feature, document, feature, features, table
from tools.demo.spreadsheets import xlsx_cells

_KML = "{http://www.opengis.net/kml/2.2}"

# `key` may hold a device key, `s_n` a serial number, `html` an address inside the city's network.
SENSOR_FIELDS = (
    "sensorstandort_gid",
    "standort",
    "bnr",
    "was",
    "in_tiefe",
    "eingesetzt",
    "hersteller",
    "model",
    "sensor_nr",
    "sku",
    "p_gid",
    "eui",
    "x",
    "y",
)
# Tokens of the network server that nobody needs to understand a message.
TOKENS = frozenset({"session_key_id", "uplink_token", "correlation_ids", "context"})
TTN_MESSAGES = ("lse01", "humidity", "noise", "soil")


def build(data: Path) -> Iterator[Built]:
    """Every file made from the folder `sensors`."""
    folder = data / "sensors"
    yield bicycles(folder)
    yield from soil_sensors(folder)
    yield from reference_areas(folder)
    yield sensor_trees(folder)
    yield from soil_rules(folder)
    yield from air(folder)
    yield from camera(folder)
    yield from traffic_light(folder)
    yield from radio_messages(folder)
    yield from drive_test(folder)
    yield gateway_sites(folder)


def bicycles(folder: Path) -> Built:
    """One row per quarter of an hour and flow; counts are whole numbers."""
    flows = _json(folder / "jena_radzaehler_goldbergrampe_2026-01.json")
    rows: list[list[Cell]] = [
        [
            value["timestamp"],
            flow["flowID"],
            flow["flowName"],
            flow["direction"],
            flow["travelMode"],
            value["granularity"],
            value["counts"],
        ]
        for flow in flows
        for value in flow["data"]
    ]
    header = ("time", "flow_id", "flow_name", "direction", "travel_mode", "duration", "count")
    return table("bicycle-counter/bicycle-counter.csv", header, rows, times=("time",))


def soil_sensors(folder: Path) -> Iterator[Built]:
    """51 soil sensors as points and as a table, without keys and serial numbers."""
    sensors: list[tuple[list[float], dict[str, Cell]]] = []
    for mark in _placemarks(folder / "jena_sensoren_bodenfeuchte.kml"):
        values = {item.get("name", ""): _text(item.find(_KML + "value")) for item in _data(mark)}
        kept: dict[str, Cell] = {name: values.get(name) or None for name in SENSOR_FIELDS}
        kept["eingesetzt"] = str(kept["eingesetzt"]).replace("/", "-")
        kept["x"], kept["y"] = float(str(kept["x"])), float(str(kept["y"]))
        sensors.append((_positions(mark)[0], kept))
    yield features(
        "soil-sensors/soil-sensors.geojson",
        (feature("Point", place, values) for place, values in sensors),
        times=("eingesetzt",),
    )
    rows = [[*values.values(), place[0], place[1]] for place, values in sensors]
    header = (*SENSOR_FIELDS, "lon", "lat")
    yield table("soil-sensors/soil-sensors.csv", header, rows, times=("eingesetzt",))


def reference_areas(folder: Path) -> Iterator[Built]:
    """The 16 areas of 2025 and the 12 areas of the newer file of December 2025."""
    areas = []
    for mark in _placemarks(folder / "jena_referenzflaechen.kml"):
        values = {item.get("name", ""): _text(item.find(_KML + "value")) for item in _data(mark)}
        areas.append(_area(mark, {"sensors": int(values["anzahl_sens"])}))
    yield features("reference-areas/reference-areas.geojson", areas)
    newer = []
    for mark in _layer(folder, "refflaechen_smartcity"):
        values = _simple(mark)
        newer.append(
            _area(mark, {"gid": int(values["gid"]), "sensors": int(values["anzahl_sens"])})
        )
    yield features("reference-areas/reference-areas-2025-12.geojson", newer)


def _area(mark: ElementTree.Element, values: dict[str, Any]) -> Feature:
    name = _text(mark.find(_KML + "name"))
    polygons = [
        [_ring(ring) for ring in polygon.iter(_KML + "LinearRing")]
        for polygon in mark.iter(_KML + "Polygon")
    ]
    properties = {"name": name, **values}
    if len(polygons) == 1:
        return feature("Polygon", polygons[0], properties, key=name)
    return feature("MultiPolygon", polygons, properties, key=name)


def sensor_trees(folder: Path) -> Built:
    """The 33 trees next to which a soil sensor is buried, without the inspector's initials."""
    left_out = {"namlr", "guid", "alknummer"}
    found = []
    for mark in _layer(folder, "sensorstandort_baum"):
        values: dict[str, Any] = {
            name: text for name, text in _simple(mark).items() if name not in left_out
        }
        for name in ("datlr", "gefaellt_am", "historisch_am"):
            if values.get(name):
                values[name] = values[name].replace("/", "-")
        for name in ("pflanzjahr", "objectid", "vitalitaet", "st_durchm"):
            values[name] = int(values[name]) if values.get(name) else None
        for name in ("baumhoehe", "kr_durchm", "st_umfang", "hochwert", "rechtswert"):
            values[name] = float(values[name].replace(",", ".")) if values.get(name) else None
        values["aktiv"] = values.get("aktiv") == "1"
        key = int(values.pop("gid"))
        found.append(feature("Point", _positions(mark)[0], {"gid": key, **values}, key=key))
    return features("sensor-trees/sensor-trees.geojson", found)


def soil_rules(folder: Path) -> Iterator[Built]:
    """The rule sheet cell by cell, and its two tables of limits in tidy form."""
    cells = list(xlsx_cells(folder / "jena_regeln_sensordaten.xlsx"))
    yield table("soil-rules/soil-rules-cells.csv", ("cell", "value", "formula"), cells)
    values = {address: value for address, value, _ in cells}
    rows: list[list[Cell]] = [
        [1, 2, None, *_limits(values[f"P{row}"]), values[f"Q{row}"]] for row in (15, 16, 17, 18)
    ]
    for column, sites in (("N", 3), ("O", 4), ("P", 5)):
        for row in (24, 25, 26, 27):
            share = round(float(values[f"{column}{row}"]), 4)
            limits = _limits(values[f"Q{row}"])
            rows.append([sites, sites, share, *limits, values[f"R{row}"]])
    header = ("sites_from", "sites_to", "share_of_sites", "pf_from", "pf_to", "pf_text", "colour")
    yield table("soil-rules/soil-rules-areas.csv", header, rows)


def _limits(text: str) -> tuple[float | None, float | None, str]:
    """`1,8-3` as 1.8, 3.0 and the text itself; an open side is None."""
    numbers = [float(part.replace(",", ".")) for part in re.findall(r"\d+(?:,\d+)?", text)]
    if len(numbers) == 2:
        return numbers[0], numbers[1], text
    return (numbers[0], None, text) if ">" in text else (None, numbers[0], text)


def air(folder: Path) -> Iterator[Built]:
    """One row per station and quantity; the times were seconds since 1970."""
    stations = _json(folder / "jena_icesensor_luft_2022-08-26.json")
    rows: list[list[Cell]] = []
    for station in stations:
        place = station["coords"]
        for quantity, value in station["data"].items():
            moment = datetime.fromtimestamp(value["created_at"], UTC)
            row: list[Cell] = [
                station["ice_id"],
                quantity,
                moment.isoformat().replace("+00:00", "Z"),
            ]
            row += [value[name] for name in ("min", "max", "avg", "str_value", "validity")]
            rows.append([*row, place["longitude"], place["latitude"]])
    header = ("station", "quantity", "time", "min", "max", "avg", "text", "validity", "lon", "lat")
    yield table("air-quality-samples/air-quality-samples.csv", header, rows, times=("time",))
    yield document("air-quality-samples/air-quality-samples.json", stations, len(stations))


def camera(folder: Path) -> Iterator[Built]:
    """The nine messages as they came, and the positions inside them as points."""
    messages = _json(folder / "jena_traficam_2023-09-04.json")
    yield document("traffic-camera-samples/messages.json", messages, len(messages))
    found: list[Feature] = []
    for message in messages:
        for thing in message.get("object", []):
            base = {"object": thing["id"], "class": thing["classId"], "message": message["type"]}
            for place in thing.get("gpsCoordinates", []):
                moment = {"time": thing["time"], "speed": float(thing["speed"])}
                found.append(feature("Point", _gps(place), base | moment))
            for place in thing.get("trackMoment", []):
                found.append(feature("Point", _gps(place), base | {"time": place["time"]}))
    yield features("traffic-camera-samples/positions.geojson", found, times=("time",))


def _gps(place: dict[str, str]) -> list[float]:
    return [float(place["longitude"]), float(place["latitude"])]


def traffic_light(folder: Path) -> Iterator[Built]:
    """The configuration as it is, and its signals and watched areas as GeoJSON.

    In the configuration the field `latitude` holds the longitude and the other way round;
    GeoJSON has the right order.
    """
    light = _json(folder / "jena_ilsa_felsenkeller_k440.json")
    yield document("traffic-light-k440/k440.json", light, len(light["modules"]))
    area = light["geoJson"]["features"][0]["geometry"]
    found = [feature("Polygon", area["coordinates"], {"part": "intersection"})]
    for module in light["modules"]:
        for signal in module.get("signals", []):
            named = {"signal": signal["id"], "group": signal["signalGroup"]["id"]}
            named |= {"type": signal["signalType"], "module": module["address"]}
            for place in signal.get("location", []):
                point = [place["latitude"], place["longitude"]]
                found.append(feature("Point", point, {"part": "signal", **named}))
            for watched in signal.get("observedArea", {}).get("features", []):
                ring = watched["geometry"]["coordinates"]
                found.append(feature("Polygon", ring, {"part": "observed-area", **named}))
    yield features("traffic-light-k440/k440.geojson", found)


def radio_messages(folder: Path) -> Iterator[Built]:
    """Seven ChirpStack and four The Things Stack uplinks, without session tokens."""
    chirpstack = [_json(folder / f"chirpstack_uplink_{number}.json") for number in range(1, 8)]
    found = [without_tokens(message) for message in chirpstack]
    yield document("lorawan-messages/chirpstack-uplinks.json", found, len(found))
    things = [_json(folder / f"ttn_v3_uplink_{name}.json") for name in TTN_MESSAGES]
    found = [without_tokens(message) for message in things]
    yield document("lorawan-messages/things-stack-uplinks.json", found, len(found))


def without_tokens(value: Any) -> Any:
    """The same JSON value without the members in `TOKENS`, at any depth."""
    if isinstance(value, dict):
        return {key: without_tokens(part) for key, part in value.items() if key not in TOKENS}
    if isinstance(value, list):
        return [without_tokens(part) for part in value]
    return value


def drive_test(folder: Path) -> Iterator[Built]:
    """Reception along the streets: signal strength and noise ratio at 2,656 places."""
    raw = _json(folder / "jena_lora_testmessung_2017.geojson")["features"]
    fields = ("gtw_id", "rssi", "snr", "data_rate", "coding_rate")
    found = [
        feature("Point", item["geometry"]["coordinates"], _signal(item, fields)) for item in raw
    ]
    yield features("lora-drive-test/lora-drive-test.geojson", found)
    rows = [
        [
            *item["properties"].values(),
            *(round(part, 7) for part in item["geometry"]["coordinates"]),
        ]
        for item in found
    ]
    yield table("lora-drive-test/lora-drive-test.csv", (*fields, "lon", "lat"), rows)


def _place(item: Feature) -> list[float]:
    place: list[float] = item["geometry"]["coordinates"]
    return place


def _signal(item: Feature, fields: tuple[str, ...]) -> dict[str, Any]:
    values = {name: item["properties"][name] for name in fields}
    values["snr"] = round(values["snr"], 2)
    return values


def gateway_sites(folder: Path) -> Built:
    """Sites that were considered for gateways; free remarks are left out, they name persons."""
    raw = _json(folder / "jena_lora_standortplanung.geojson")["features"]
    found = []
    for number, item in enumerate(raw, start=1):
        told = item["properties"]
        name, _, remark = told.get("name", "").partition(", angefragt ")
        values = {"name": name, "status": told.get("status"), "asked": remark[:10]}
        found.append(feature("Point", item["geometry"]["coordinates"], values, key=number))
    return features("lora-gateway-sites/lora-gateway-sites.geojson", found)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _placemarks(path: Path) -> list[ElementTree.Element]:
    root = ElementTree.parse(path).getroot()  # noqa: S314  our own raw copy
    return list(root.iter(_KML + "Placemark"))


def _layer(folder: Path, name: str) -> list[ElementTree.Element]:
    root = ElementTree.parse(folder / "jena_teros21_und_referenzflaechen.kml").getroot()  # noqa: S314
    for layer in root.iter(_KML + "Folder"):
        if _text(layer.find(_KML + "name")) == name:
            return layer.findall(_KML + "Placemark")
    raise LookupError(name)


def _data(mark: ElementTree.Element) -> Iterator[ElementTree.Element]:
    return mark.iter(_KML + "Data")


def _simple(mark: ElementTree.Element) -> dict[str, str]:
    return {item.get("name", ""): _text(item) for item in mark.iter(_KML + "SimpleData")}


def _text(element: ElementTree.Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _positions(mark: ElementTree.Element) -> list[list[float]]:
    return _ring(mark)


def _ring(element: ElementTree.Element) -> list[list[float]]:
    text = element.find(f".//{_KML}coordinates")
    return [[float(part) for part in place.split(",")[:2]] for place in _text(text).split()]
