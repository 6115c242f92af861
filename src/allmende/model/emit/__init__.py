# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Everything that follows from a model: pure functions from a model to a document.

from allmende.model.emit import EMITTERS, Place
text = EMITTERS["json-schema"].emit(model, Place(base="https://data.example.org"))
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from allmende.model.document import Model, Text
from allmende.model.emit import (
    diagram,
    document,
    ecore,
    json_ld,
    json_schema,
    linkml,
    markdown,
    mermaid,
    ngsi_ld,
    openapi,
    postgis,
    python_client,
    sensorthings,
    shacl,
    sqlite,
    table_schema,
    typescript,
)
from allmende.model.emit.place import Place

__all__ = ["EMITTERS", "Emitter", "Place"]


class Emitter(Struct, frozen=True):
    """One kind of document: its name, endings, media type, what it is, and its function."""

    name: str
    endings: tuple[str, ...]
    media_type: str
    title: Text
    emit: Callable[[Model, Place], str]


_SQL = "application/sql; dialect="
_EVERY = (
    Emitter("json-schema", ("json", "schema"), "application/schema+json",
            {"de": "JSON-Schema 2020-12", "en": "JSON Schema 2020-12"}, json_schema.emit),
    Emitter("model", ("model",), "application/vnd.allmende.model+json",
            {"de": "Modelldokument", "en": "Model document"}, document.emit),
    Emitter("shacl", ("ttl", "shacl"), "text/turtle",
            {"de": "SHACL-Formen (Turtle)", "en": "SHACL shapes (Turtle)"}, shacl.emit),
    Emitter("json-ld", ("jsonld",), "application/ld+json",
            {"de": "JSON-LD-Kontext", "en": "JSON-LD context"}, json_ld.emit),
    Emitter("openapi", ("openapi",), "application/vnd.oai.openapi+json",
            {"de": "OpenAPI 3.1", "en": "OpenAPI 3.1"}, openapi.emit),
    Emitter("postgis", ("postgis", "sql"), _SQL + "postgis",
            {"de": "Tabellen für PostGIS", "en": "Tables for PostGIS"}, postgis.emit),
    Emitter("sqlite", ("sqlite",), _SQL + "sqlite",
            {"de": "Tabellen für SQLite (GeoPackage)", "en": "Tables for SQLite (GeoPackage)"},
            sqlite.emit),
    Emitter("typescript", ("ts",), "text/typescript",
            {"de": "TypeScript: Typen und Client", "en": "TypeScript: types and client"},
            typescript.emit),
    Emitter("python", ("py",), "text/x-python",
            {"de": "Python: Typen und Client", "en": "Python: types and client"},
            python_client.emit),
    Emitter("table-schema", ("tableschema",), "application/vnd.tableschema+json",
            {"de": "Table Schema (Frictionless)", "en": "Table Schema (Frictionless)"},
            table_schema.emit),
    Emitter("linkml", ("yaml", "linkml"), "application/yaml",
            {"de": "LinkML (YAML)", "en": "LinkML (YAML)"}, linkml.emit),
    Emitter("ecore", ("ecore",), "application/vnd.eclipse.ecore+xml",
            {"de": "Ecore (EMF)", "en": "Ecore (EMF)"}, ecore.emit),
    Emitter("ngsi-ld", ("ngsild",), "application/vnd.allmende.ngsi-ld+json",
            {"de": "NGSI-LD: Kontext, Datenmodell, Beispiel",
             "en": "NGSI-LD: context, data model, example"}, ngsi_ld.emit),
    Emitter("sensorthings", ("sensorthings",), "application/vnd.allmende.sensorthings+json",
            {"de": "Abbildung auf SensorThings", "en": "Mapping to SensorThings"},
            sensorthings.emit),
    Emitter("markdown", ("md",), "text/markdown",
            {"de": "Dokumentation (Markdown)", "en": "Documentation (Markdown)"}, markdown.emit),
    Emitter("mermaid", ("mmd",), "text/vnd.mermaid",
            {"de": "Klassendiagramm (Mermaid)", "en": "Class diagram (Mermaid)"}, mermaid.emit),
    Emitter("diagram", ("svg",), "image/svg+xml",
            {"de": "Klassendiagramm (SVG)", "en": "Class diagram (SVG)"}, diagram.emit),
)  # fmt: skip
EMITTERS: dict[str, Emitter] = {each.name: each for each in _EVERY}
"""Every kind of document by name; the first is how a model is published."""
