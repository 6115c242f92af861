# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What CKAN clients sent and DCAT-AP has no place for, kept with the record.

It stands as one JSON literal among the statements the model does not know, so it has
revisions, rights and exports like everything else: `{"name": …, "extras": {…},
"resources": {uuid: {…}}, …}`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.errors import InvalidInput
from allmende.model.catalogue import Dataset
from allmende.model.namespaces import RDF
from allmende.model.rdf import Literal, parse
from allmende.model.rdf.terms import ntriples_line

PREDICATE = "urn:x-ckan:package"
MOST = 200_000  # bytes
SELF = "_:self"


def is_leftover(line: str) -> bool:
    """Whether a statement of `extra` is the one that is kept here."""
    return f" <{PREDICATE}> " in line


def read(dataset: Dataset) -> dict[str, Any]:
    """What is kept with a dataset; empty when nothing is."""
    line = next((each for each in dataset.extra if is_leftover(each)), None)
    if line is None:
        return {}
    for pairs in parse(line.encode(), "n-triples").subjects.values():
        for _, value in pairs:
            if isinstance(value, tuple):
                return _decoded(value[0])
    return {}


def name_of(dataset: Dataset) -> str:
    """The name a CKAN client gave a dataset, where it differs from the id here; else empty."""
    name = read(dataset).get("name") if dataset.extra else None
    return name if isinstance(name, str) else ""


def alias(name: str) -> str:
    """The alias under which a dataset is found by such a name."""
    return f"ckan:{name.lower()}"


def _decoded(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:  # somebody else's statement
        return {}


def write(dataset: Dataset, kept: dict[str, Any]) -> None:
    """Keeps something with a dataset, or nothing any more."""
    dataset.extra = [line for line in dataset.extra if not is_leftover(line)]
    found = {name: value for name, value in kept.items() if value}
    if not found:
        return
    text = msgspec.json.encode(found, order="sorted").decode()
    if len(text) > MOST:
        raise InvalidInput(
            f"The extras are larger than {MOST} bytes.", f"Die Extras sind größer als {MOST} Bytes."
        )
    dataset.iri = dataset.iri or SELF
    literal = Literal(text, None, RDF + "JSON")
    dataset.extra.append(ntriples_line((dataset.iri, PREDICATE, literal)))
