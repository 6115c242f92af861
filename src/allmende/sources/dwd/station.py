# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ten-minute values of stations of the German weather service (CDC): a ZIP with a `;` table.

MESS_DATUM is UTC (before 2000 it was CET, UTC+1); -999 means that a value is missing; QN
is the level of checking and is kept as the quality. Sums and means are those of the ten
minutes before their time. Where the station is stands in Metadaten_Geographie, which only
some of the files contain; the options may say it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

from msgspec import Struct

from allmende.core.imports.packed import Packed
from allmende.core.imports.types import Limits as PackedLimits
from allmende.core.sensing.importing_json import number, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Row,
    Skipped,
    over,
    problem,
    short,
    unreadable,
)
from allmende.core.sensing.importing_words import point
from allmende.model.sensing.calendar import HOUR, SECOND, micros
from allmende.model.sensing.observation import EARLIEST
from allmende.model.sensing.specs import Place, SensorSpec, ThingSpec
from allmende.sources.dwd.words import STATION, Element, stream_of

KIND = "dwd-station"
MISSING = -999.0
IN_UTC = 946_684_800_000_000  # since 2000-01-01 times are UTC
SENSOR = SensorSpec(key="dwd/station", name="DWD", description="Deutscher Wetterdienst, CDC")
FORMS = {12: "%Y%m%d%H%M", 10: "%Y%m%d%H"}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Name and place of the station, where the file does not tell them."""

    name: str = ""
    longitude: float | None = None
    latitude: float | None = None


class _Where(Struct):
    name: str = ""
    place: Place | None = None


def read(material: Material) -> Iterator[Item]:
    """Stations and their values. InvalidInput when it holds no product of the service."""
    options = options_of(material.options, Options)
    return bounded(_items(material, options), material.now, earliest=EARLIEST)


def _items(material: Material, options: Options) -> Iterator[Item]:
    places: dict[str, _Where] = {}
    tables = _tables(material, places)
    if not tables:
        raise unreadable(
            KIND, "there is no file produkt_….txt inside", "eine Datei produkt_….txt fehlt darin"
        )
    for table in tables:
        yield from _Table(table, material, options, places).items()


def _tables(material: Material, places: dict[str, _Where]) -> list[str]:
    """The products inside; places of stations are noted on the way."""
    if not material.data.startswith(b"PK"):
        return [material.data.decode("latin-1")] if b"MESS_DATUM" in material.data[:500] else []
    limits = PackedLimits(
        unpacked_bytes=material.limits.unpacked_bytes, members=material.limits.members
    )
    packed = Packed(material.data, limits, material.name)
    found = []
    for name in packed.names:
        short_name = name.rpartition("/")[2]
        if short_name.startswith("produkt_"):
            found.append(packed.read(name).decode("latin-1"))
        elif short_name.startswith("Metadaten_Geographie"):
            _note(packed.read(name).decode("latin-1"), places)
    return found


def _note(table: str, places: dict[str, _Where]) -> None:
    """The last place of each station: Stations_id;Stationshoehe;Breite;Laenge;von;bis;name."""
    for cells in csv.reader(StringIO(table), delimiter=";", quoting=csv.QUOTE_NONE):
        if len(cells) >= 7 and cells[0].strip().isdecimal():
            name = text(cells[6])
            ident = str(int(cells[0]))
            places[ident] = _Where(name, point(cells[3], cells[2], name))


class _Table:
    """One product."""

    def __init__(
        self, table: str, material: Material, options: Options, places: dict[str, _Where]
    ) -> None:
        self.material, self.options, self.places = material, options, places
        self.rows = csv.reader(StringIO(table), delimiter=";", quoting=csv.QUOTE_NONE)
        self.heading = [cell.strip() for cell in next(self.rows, [])]
        if self.heading[:2] != ["STATIONS_ID", "MESS_DATUM"]:
            raise unreadable(KIND, "the heading is another", "die Kopfzeile ist eine andere")
        self.elements: list[tuple[int, str, Element]] = [
            (at, name, STATION[name]) for at, name in enumerate(self.heading) if name in STATION
        ]
        if not self.elements:
            raise unreadable(
                KIND,
                "none of its columns is known: " + ", ".join(self.heading[:20]),
                "keine ihrer Spalten ist bekannt: " + ", ".join(self.heading[:20]),
            )
        self.quality = self.heading.index("QN") if "QN" in self.heading else None
        self.missing = 0
        self.known: set[str] = set()

    def items(self) -> Iterator[Item]:
        """Stations and values in the order of the table."""
        for line, cells in enumerate(self.rows, 2):
            if line > self.material.limits.rows:
                raise over("rows", self.material.limits.rows)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(self.heading):
                yield problem(
                    line,
                    f"The line has {len(cells)} cells, the heading {len(self.heading)}.",
                    f"Die Zeile hat {len(cells)} Zellen, die Kopfzeile {len(self.heading)}.",
                )
                continue
            yield from self.line(line, cells)
        if self.missing:
            yield Skipped(self.missing)

    def line(self, line: int, cells: list[str]) -> Iterator[Item]:
        """One line."""
        ident, stamp = cells[0].strip(), cells[1].strip()
        time = _time(stamp)
        if not ident.isdecimal() or time is None:
            shown = short(f"{ident};{stamp}")
            yield problem(
                line,
                f"“{shown}” is no station and time.",
                f"„{shown}“ ist keine Station mit Zeitpunkt.",
            )
            return
        key = f"{KIND}:{int(ident)}"
        if key not in self.known:
            self.known.add(key)
            yield self.thing(key, str(int(ident)))
        level = number(cells[self.quality].strip()) if self.quality is not None else None
        quality = None if level is None else {"QN": int(level)}
        for at, name, element in self.elements:
            given = cells[at].strip()
            found = number(given)
            if found == MISSING or given == "":
                self.missing += 1
            elif found is None:
                shown = short(given)
                yield problem(line, f"“{shown}” is no number.", f"„{shown}“ ist keine Zahl.", name)
            else:
                begin = time - element.seconds * SECOND
                end = time if element.seconds else None
                yield Row(
                    thing=key, stream=name, time=begin, end=end, result=element.value(found),
                    quality=quality, line=line,
                )  # fmt: skip

    def thing(self, key: str, ident: str) -> ThingSpec:
        """The station."""
        language, options = self.material.language, self.options
        where = self.places.get(ident, _Where())
        name = options.name or where.name or f"DWD {ident.zfill(5)}"
        return ThingSpec(
            key=key,
            name=f"{'Wetterstation' if language == 'de' else 'Weather station'} {name}",
            description="Deutscher Wetterdienst, Climate Data Center",
            organisation="",
            place=point(options.longitude, options.latitude, name) or where.place,
            properties={"dwd": ident.zfill(5)},
            streams=tuple(
                stream_of(name, each, SENSOR, language, 600.0) for _, name, each in self.elements
            ),
        )


def _time(stamp: str) -> int | None:
    """MESS_DATUM as µs UTC; None when it is none."""
    form = FORMS.get(len(stamp))
    if form is None or not stamp.isascii() or not stamp.isdecimal():
        return None
    try:
        found = micros(datetime.strptime(stamp, form).replace(tzinfo=UTC))
    except ValueError:
        return None
    return found if found >= IN_UTC else found - HOUR
