# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The dataset of a thing that measures, made from what is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from allmende.core.platform import Platform
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Location,
    Period,
    ResourceKind,
    Statement,
)
from allmende.model.sensing.calendar import DAY, HOUR, SECOND
from allmende.model.sensing.retention import Text
from allmende.store.sensing.cataloguing import Measuring, Series

SERVICE = "sensorthings"
"""Id of the data service through which all things are reached."""

AUTHORITY = "http://publications.europa.eu/resource/authority/"
MEDIA_TYPE = "http://www.iana.org/assignments/media-types/"

_FREQUENCIES = (
    (30 * SECOND, "UPDATE_CONT"),
    (2 * 60 * SECOND, "1MIN"),
    (7 * 60 * SECOND, "5MIN"),
    (12 * 60 * SECOND, "10MIN"),
    (20 * 60 * SECOND, "15MIN"),
    (45 * 60 * SECOND, "30MIN"),
    (90 * 60 * SECOND, "HOURLY"),
    (150 * 60 * SECOND, "BIHOURLY"),
    (8 * HOUR, "TRIHOURLY"),
    (18 * HOUR, "12HRS"),
    (4 * DAY, "DAILY"),
    (20 * DAY, "WEEKLY"),
    (60 * DAY, "MONTHLY"),
)
_THEMES = (
    (
        "TRAN",
        ("traffic", "verkehr", "vehicle", "fahrzeug", "bicycle", "fahrrad", "parking", "parkplatz"),
    ),
    ("ENER", ("energy", "energie", "electric", "strom", "photovolt")),
)


class Maker:
    """The dataset of one thing."""

    def __init__(
        self,
        platform: Platform,
        thing: Measuring,
        series: Sequence[Series],
        names: Mapping[str, Text],
    ) -> None:
        self.platform, self.thing, self.series, self.names = platform, thing, series, names
        self.base = platform.settings.base_url
        self.address = f"{self.base}/sensorthings/v1.1/Things({thing.id})"
        given = msgspec.json.decode(thing.properties) if thing.properties else {}
        self.properties: dict[str, Any] = given if isinstance(given, dict) else {}

    def dataset(self, sentences: Sequence[Text], archived: bool) -> Dataset:
        """Everything that follows from the thing."""
        thing = self.thing
        intervals = [each.interval for each in self.series if each.interval]
        shortest = min(intervals, default=None)
        owner = self.names.get(thing.organisation) or {"de": thing.organisation}
        words = sorted({each.property for each in self.series if each.property})
        return Dataset(
            title=self.text("title", thing.name),
            description=self.text("description", self.description()),
            publisher=Agent(name=owner),
            keyword={"de": words} if words else {},
            theme=[f"{AUTHORITY}data-theme/{self.theme()}"],
            landing_page=[f"{self.base}/de/things/{thing.id}"],
            spatial=self.spatial(),
            temporal=self.temporal(),
            accrual_periodicity=f"{AUTHORITY}frequency/{frequency(shortest)}",
            temporal_resolution=duration(shortest) if shortest else None,
            provenance=[
                Statement(iri=f"{self.address}#retention-{at}", label=dict(each))
                for at, each in enumerate(sentences, 1)
            ],
            distribution=self.distributions(archived),
        )

    def text(self, name: str, otherwise: str) -> Text:
        """A text in the languages that the thing's properties give, else as it is."""
        given = self.properties.get(name)
        if isinstance(given, dict):
            found = {tag: str(given[tag]) for tag in ("de", "en") if given.get(tag)}
            if found:
                return found
        return {"de": otherwise}

    def description(self) -> str:
        """What the thing says of itself, and what it measures."""
        listed = "; ".join(dict.fromkeys(each.name for each in self.series))
        parts = [self.thing.description.strip(), f"Messreihen: {listed}." if listed else ""]
        return "\n\n".join(each for each in parts if each) or self.thing.name

    def theme(self) -> str:
        """Traffic and energy by the words of what is observed, else environment."""
        given = [f"{each.property} {each.definition} {each.name}" for each in self.series]
        words = " ".join([*given, str(self.properties.get("kind", ""))]).lower()
        for code, marks in _THEMES:
            if any(mark in words for mark in marks):
                return code
        return "ENVI"

    def spatial(self) -> list[Location]:
        """The place: a point, or a box."""
        thing = self.thing
        if thing.west is None or thing.south is None or thing.east is None or thing.north is None:
            return []
        label = {"de": thing.place} if thing.place else {}
        west, south, east, north = thing.west, thing.south, thing.east, thing.north
        if (west, south) == (east, north):
            wkt = f"POINT ({west:.6f} {south:.6f})"
            return [Location(iri=f"{self.address}#place", label=label, centroid=[wkt])]
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        ring = ", ".join(f"{x:.6f} {y:.6f}" for x, y in corners)
        return [Location(iri=f"{self.address}#place", label=label, bbox=[f"POLYGON (({ring}))"])]

    def temporal(self) -> list[Period]:
        """From the first to the last measured day."""
        firsts = [each.first_time for each in self.series if each.first_time is not None]
        lasts = [each.last_time for each in self.series if each.last_time is not None]
        if not firsts or not lasts:
            return []
        return [Period(iri=f"{self.address}#period", start=_day(min(firsts)), end=_day(max(lasts)))]

    def distributions(self, archived: bool) -> list[Distribution]:
        """The interface, the files, and the archive when something lies in it."""
        thing = self.thing.id
        files = f"{self.base}/observations"
        service = self.platform.address(ResourceKind.SERVICE, SERVICE)
        licence = next((each.licence for each in self.series if each.licence), None)
        forms = [
            (
                f"{self.address}/Datastreams",
                "Messreihen über SensorThings",
                "Datastreams over SensorThings",
                "JSON",
                "application/json",
            ),
            (f"{files}.csv?thing={thing}", "Messwerte als CSV", "Observations as CSV", "CSV",
             "text/csv"),
            (f"{files}.parquet?thing={thing}", "Messwerte als Parquet", "Observations as Parquet",
             "PARQUET", "application/vnd.apache.parquet"),
        ]  # fmt: skip
        if archived:
            forms.append(
                (f"{files}/archive?thing={thing}", "Archiv nach Monaten (Parquet)",
                 "Archive by month (Parquet)", "PARQUET", "application/vnd.apache.parquet")
            )  # fmt: skip
        return [
            Distribution(
                iri=address,
                title={"de": de, "en": en},
                access_url=[address],
                download_url=[] if at == 0 or "/archive" in address else [address],
                format=f"{AUTHORITY}file-type/{kind}",
                media_type=MEDIA_TYPE + media,
                license=licence,
                access_service=[service] if at == 0 else [],
            )
            for at, (address, de, en, kind, media) in enumerate(forms)
        ]


def frequency(interval: int | None) -> str:
    """The code of the EU's list of frequencies for an interval in µs."""
    if interval is None:
        return "IRREG"
    return next((code for most, code in _FREQUENCIES if interval <= most), "OTHER")


def duration(interval: int) -> str:
    """An interval in µs as xsd:duration."""
    seconds, rest = divmod(interval, SECOND)
    if rest:
        return f"PT{interval / SECOND:g}S"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%d")
