# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A hub with one catalogue, and documents as clients of hubs send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import rdflib
from httpx2 import Response
from tests.interfaces.support import Served, served

from allmende.core import accounts, catalogue
from allmende.core.catalogue import Entry
from allmende.interfaces.piveau import ENCODERS, routes
from allmende.model.catalogue import (
    Agent,
    Catalog,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    ResourceKind,
)
from allmende.policy import SYSTEM

MARKS = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning"),
]
REPO = "/api/hub/repo"
SEARCH = "/api/hub/search"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.DCTERMS
RDF_XML = "application/rdf+xml"
STEWARD = {"X-API-Key": "steward-jena"}
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
TURTLE = {**STEWARD, "content-type": "text/turtle"}
ORIGIN = f"{REPO}/catalogues/demo/resources/origin?originalId="
PREFIX = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
SYNTAX = {
    "application/ld+json": "json-ld",
    "text/turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
    "text/n3": "n3",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}

# As the city's client writes it: no rdf:about, capital languages, untyped date, no publisher.
JENA = """<?xml version="1.0" encoding="ASCII"?>
<rdf:RDF xmlns:dcat="http://www.w3.org/ns/dcat#"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:terms="http://purl.org/dc/terms/">
  <dcat:Dataset{about}>
    <terms:title xml:lang="DE">{title}</terms:title>
    <terms:title xml:lang="EN">Traffic lights</terms:title>
    <terms:description xml:lang="DE">Phasen der Ampeln &#228;ndern sich</terms:description>
    <terms:issued>2022-10-04T14:29:14.172+02:00</terms:issued>
    {links}
  </dcat:Dataset>
  {parts}
</rdf:RDF>
"""
PART = """<dcat:Distribution rdf:about="https://sensors.example.org/demo/{name}">
    <terms:title xml:lang="DE">Verteilung {name}</terms:title>
    <terms:format rdf:resource="http://publications.europa.eu/resource/authority/file-type/CSV"/>
    <dcat:mediaType>text/csv</dcat:mediaType>
    <dcat:accessURL rdf:resource="http://files.example.org/{name}.csv"/>
  </dcat:Distribution>"""
ALONE = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:dcat="http://www.w3.org/ns/dcat#"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:terms="http://purl.org/dc/terms/">
  {part}
</rdf:RDF>
"""


def jena(title: str = "Ampeln", *parts: str, about: str = "") -> str:
    """A dataset as the city's client sends it, with distributions by their names."""
    links = "\n".join(
        f'<dcat:distribution rdf:resource="https://sensors.example.org/demo/{name}"/>'
        for name in parts
    )
    return JENA.format(
        title=title,
        links=links,
        parts="\n".join(PART.format(name=name) for name in parts),
        about=f' rdf:about="{about}"' if about else "",
    )


def alone(name: str) -> str:
    """A distribution on its own, as the client posts it."""
    return ALONE.format(part=PART.format(name=name))


def graph(response: Response) -> rdflib.Graph:
    """What an answer says, read by another program."""
    assert response.status_code == 200, response.text
    media_type = response.headers["content-type"].partition(";")[0]
    found = rdflib.Dataset()
    found.parse(data=response.content, format=SYNTAX[media_type])
    flat = rdflib.Graph()
    for subject, predicate, value, _ in found.quads():
        flat.add((subject, predicate, value))
    return flat


def catalog(ident: str, **changes: Any) -> Entry:
    """A catalogue of the city."""
    title = Catalog(title={"de": f"Katalog {ident}"}, description={"de": "Daten"})
    made = Entry(kind=ResourceKind.CATALOG, resource=title, organisation="jena", id=ident)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@asynccontextmanager
async def hub(folder: Path, **settings: object) -> AsyncIterator[Served]:
    """A platform with the hub's addresses and the catalogue `demo`."""
    async with served(folder, routes, ENCODERS, **settings) as site:
        for name in ("jena", "other"):
            await accounts.save_organisation(site.platform, SYSTEM, name, {"de": name})
        await catalogue.put(site.platform, SYSTEM, catalog("demo"))
        yield site


def turtle(title: str, kind: str = "Dataset", node: str = "<https://example.org/x>") -> str:
    return f'{PREFIX} {node} a dcat:{kind} ; dct:title "{title}"@de ; dct:description "Text"@de .'


async def fill(site: Served, number: int = 5) -> None:
    entries = [
        Entry(
            kind=ResourceKind.DATASET,
            resource=Dataset(
                title={"de": f"Satz {n}"},
                publisher=Agent(name={"de": "Stadt"}),
                distribution=[Distribution(access_url=[f"https://example.org/{n}"])],
            ),
            organisation="jena",
            catalogue="demo",
            original_id=f"urn:satz:{n}",
            id=f"satz-{n}",
        )
        for n in range(number)
    ]
    for kind, resource in (
        (ResourceKind.SERVICE, DataService(title={"de": "Dienst"})),
        (ResourceKind.SERIES, DatasetSeries(title={"de": "Reihe"})),
    ):
        entries.append(
            Entry(kind=kind, resource=resource, organisation="jena", catalogue="demo", id=str(kind))
        )
    await catalogue.put_many(site.platform, SYSTEM, entries)
