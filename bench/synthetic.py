# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A catalogue of any size, multiplied from the records of four real German catalogues.

Every copy gets its own identifier, a place and a year in its title and keywords, and a
shifted date, so that search and facets have as much to do as with real variety.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path

from allmende.core.catalogue import Entry
from allmende.model import rdf
from allmende.model.catalogue import Dataset, Resource, ResourceKind
from allmende.model.rdf.terms import ntriples_line

NAMES = ("rostock", "bremen", "brandenburg", "destatis")
_PLACES = (
    "Aalen Bautzen Celle Dachau Eisenach Flensburg Gera Hagen Ilmenau Jena Kiel Lahr Meiningen "
    "Nordhausen Oldenburg Pirna Quedlinburg Rudolstadt Suhl Trier Ulm Verden Weimar Xanten Zwickau "
    "Apolda Bochum Cottbus Dessau Erfurt Fulda Gotha Hof Ingolstadt Kassel Leipzig"
)
PLACES = _PLACES.split(" ")
ORGANISATION = "bench"


def folder() -> Path:
    """Where the real catalogues lie."""
    named = os.environ.get("ALLMENDE_SHARED")
    base = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    return base / "catalogue"


def real_records() -> list[rdf.FoundRecord]:
    """The 500 datasets of the four catalogues."""
    found: list[rdf.FoundRecord] = []
    for name in NAMES:
        data = (folder() / f"{name}-catalog-original-input.rdf").read_bytes()
        found += rdf.read_catalogue(rdf.parse(data, "application/rdf+xml")).records
    return found


def entries(count: int) -> Iterator[Entry]:
    """`count` entries ready to be put into the catalogue `bench`."""
    records = real_records()
    for number in range(count):
        found = records[number % len(records)]
        turn = number // len(records)
        yield Entry(
            kind=ResourceKind.DATASET,
            resource=_varied(found.resource, turn) if turn else found.resource,
            organisation=ORGANISATION,
            catalogue="bench",
            original_id=f"{found.original_id}~{turn}",
            origin="bench",
            repairs=found.repairs,
            source_rdf=found.source,
            source_hash=str(turn).encode(),
        )


def write_ntriples(path: Path, count: int) -> None:
    """A file with `count` datasets as N-Triples, for bulk harvests and validation."""
    with path.open("w", encoding="utf-8") as target:
        for number, entry in enumerate(entries(count)):
            iri = entry.resource.iri or f"urn:bench:{number}"
            for statement in rdf.statements(entry.resource, iri, scope=f"n{number}_"):
                target.write(ntriples_line(statement) + "\n")


def _varied(resource: Resource, turn: int) -> Resource:
    place, year = PLACES[turn % len(PLACES)], 1990 + turn % 35
    made = copy.deepcopy(resource)
    made.iri = f"{resource.iri}~{turn}" if resource.iri else None
    made.title = {tag: f"{text} – {place} {year}" for tag, text in resource.title.items()}
    made.identifier = [f"{each}~{turn}" for each in resource.identifier]
    made.keyword = {tag: [*words, place] for tag, words in resource.keyword.items()}
    if isinstance(made, Dataset):
        for distribution in made.distribution:
            if distribution.iri and not distribution.iri.startswith("_:"):
                distribution.iri = f"{distribution.iri}~{turn}"
    return made
