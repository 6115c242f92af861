# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset as Croissant 1.0 (MLCommons): schema.org with files and record sets. Pure.

Record sets are made from the described tables of the dataset. Where a file has no checksum
the dataset is said to be live, as the format asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from allmende.model.catalogue import Dataset, Distribution, local
from allmende.model.document import Field, FieldType
from allmende.model.plain import line
from allmende.model.schema_org import (
    MAX_FILES,
    Subject,
    Table,
    address_of,
    bare,
    checksum,
    described,
    media_type,
)

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
UNKNOWN = "application/octet-stream"
SEPARATOR = "|"  # between several values of one cell
_TERMS = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject",
    "fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate",
    "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
TYPES = {
    FieldType.INTEGER: "sc:Integer",
    FieldType.YEAR: "sc:Integer",
    FieldType.NUMBER: "sc:Float",
    FieldType.BOOLEAN: "sc:Boolean",
    FieldType.DATE: "sc:Date",
    FieldType.DATETIME: "sc:DateTime",
    FieldType.URI: "sc:URL",
}
_LEFT_OUT = (
    "@type", "distribution", "variableMeasured", "includedInDataCatalog", "isPartOf", "identifier",
)  # fmt: skip


def document(about: Subject, citation: str) -> dict[str, Any]:
    """The JSON-LD document; `citation` is BibTeX or a sentence."""
    said = {name: each for name, each in described(about).items() if name not in _LEFT_OUT}
    resource = about.resource
    files = resource.distribution if isinstance(resource, Dataset) else []
    tables = {each.address for each in about.tables}
    objects = [
        *(
            each
            for each in _files(files[:MAX_FILES], about.language)
            if each["contentUrl"] not in tables
        ),
        *map(_table_file, about.tables),
    ]
    live = not all("sha256" in each or "md5" in each for each in map(bare, objects))
    members = {
        "@type": "sc:Dataset",
        **said,
        "alternateName": None,
        "conformsTo": CONFORMS_TO,
        "citeAs": citation,
        "isLiveDataset": live or None,
        "version": said.get("version") or "0.0.0",
        "distribution": objects,
        "recordSet": [_record_set(each, about.language) for each in about.tables],
    }
    return {"@context": CONTEXT | {"@language": about.language}, **bare(members)}


def _files(files: list[Distribution], language: str) -> Iterator[dict[str, Any]]:
    """What can be downloaded; a page that leads to it is no file."""
    for number, file in enumerate(files, 1):
        address = address_of(file.download_url)
        if address is None:
            continue
        yield {
            "@type": "cr:FileObject",
            "@id": f"distribution-{number}",
            "name": _safe(address.rstrip("/").rpartition("/")[2]) or f"distribution-{number}",
            "description": line(local(file.title, language)),
            "contentUrl": address,
            "contentSize": f"{file.byte_size} B" if file.byte_size is not None else None,
            "encodingFormat": media_type(file) or UNKNOWN,
            "sha256": checksum(file, "sha256"),
            "md5": None if checksum(file, "sha256") else checksum(file, "md5"),
        }


def _safe(name: str) -> str:
    """A name of letters, digits and a few signs."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:100]


def _table_file(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{table.name}.csv",
        "name": f"{table.name}.csv",
        "description": table.title,
        "contentUrl": table.address,
        "encodingFormat": "text/csv",
    }


def _record_set(table: Table, language: str) -> dict[str, Any]:
    columns = [_column(table, "id", "sc:Text")]
    columns += [_field(table, each, language) for each in table.fields]
    kind = "sc:Float" if len(table.places) == 2 else "sc:Text"
    columns += [_column(table, name, kind) for name in table.places]
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.title,
        "key": {"@id": f"{table.name}/id"},
        "field": columns,
    }


def _field(table: Table, field: Field, language: str) -> dict[str, Any]:
    said = (local(field.title, language), local(field.description, language), field.unit)
    found = _column(table, field.name, TYPES.get(field.type, "sc:Text"))
    found["description"] = " – ".join(text for each in said if (text := line(each)))
    if field.iri.startswith(("http://", "https://")):
        found["equivalentProperty"] = field.iri
    if field.many:
        found["repeated"] = True
        found["source"]["transform"] = {"separator": SEPARATOR}
    return found


def _column(table: Table, name: str, kind: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{name}",
        "name": name,
        "dataType": kind,
        "source": {"fileObject": {"@id": f"{table.name}.csv"}, "extract": {"column": name}},
    }
