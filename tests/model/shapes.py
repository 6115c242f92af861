# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The official shapes as a table: class → property → counts, node kind, class, datatype."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from allmende.model.namespaces import DCATAP

SHAPES = {
    "dcat-ap": ("semic-3.0.1-dcat-ap-SHACL.ttl",),
    "dcat-ap-de": (
        "semic-3.0.1-dcat-ap-SHACL.ttl",
        "dcat-ap-de-3.0-dcat-ap-spec-german-additions.ttl",
    ),
    "hvd": ("semic-3.0.1-dcat-ap-SHACL.ttl", "semic-3.0.0-hvd-hvd-SHACL.ttl"),
}
QUERY = """PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT ?class ?path ?min ?max ?kind ?range ?datatype {
  ?shape sh:targetClass ?class ; sh:property ?property . ?property sh:path ?path .
  OPTIONAL { ?property sh:minCount ?min } OPTIONAL { ?property sh:maxCount ?max }
  OPTIONAL { ?property sh:nodeKind ?kind } OPTIONAL { ?property sh:class ?range }
  OPTIONAL { ?property sh:datatype ?datatype }
  FILTER(isIRI(?path))
}"""


@dataclass
class Shape:
    """What all shapes together say about one property of one class."""

    min: int = 0
    max: int | None = None
    kind: str = ""
    range: str = ""
    datatype: str = ""


def table(folder: Path, names: Iterable[str]) -> dict[tuple[str, str], Shape]:
    """(class IRI, property IRI) → what is asked; the strictest of several shapes counts."""
    store = Store()
    for name in names:
        store.bulk_load(path=str(folder / name), format=RdfFormat.TURTLE)
    found: dict[tuple[str, str], Shape] = {}
    for row in store.query(QUERY):
        # the German file writes the namespace with # instead of /
        path = row["path"].value.replace("http://data.europa.eu/r5r#", DCATAP)
        shape = found.setdefault((row["class"].value, path), Shape())
        if row["min"]:
            shape.min = max(shape.min, int(row["min"].value))
        if row["max"]:
            high = int(row["max"].value)
            shape.max = high if shape.max is None else min(shape.max, high)
        for name in ("kind", "range", "datatype"):
            if row[name]:
                setattr(shape, name, row[name].value.partition("shacl#")[2] or row[name].value)
    return found
