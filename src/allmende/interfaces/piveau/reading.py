# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one resource a request body describes, read leniently.

Blank nodes get the record's address, types that are missing follow from the address of the
request when there is a title, and what is put right is listed with the record.
"""

from collections.abc import Sequence

from anyio import to_thread
from starlette.requests import Request

from allmende.core.harvest.rdf import sniff
from allmende.errors import InvalidInput
from allmende.model.catalogue import RESOURCE_TYPES, Dataset, Distribution, Repair, ResourceKind
from allmende.model.namespaces import DCAT
from allmende.model.rdf import FoundRecord, Graph, format_name, parse, read_catalogue
from allmende.model.rdf.parse import RELATIVE
from allmende.model.rdf.terms import TYPE

VAGUE = frozenset({"", "application/x-www-form-urlencoded", "application/octet-stream", "*/*"})
LARGE = 100_000  # bytes that are parsed in a worker thread
_WRAPPER = "_:hub-dataset"


async def resource_in(
    request: Request, kinds: Sequence[ResourceKind], wanted: str = ""
) -> FoundRecord:
    """The resource of one of the kinds in the body; of several the one called `wanted`.

    Raises InvalidInput when there is none or too many, or the body cannot be read.
    """
    return _chosen(await _graph(request), kinds, wanted)


async def distribution_in(request: Request) -> tuple[Distribution, FoundRecord]:
    """The one distribution in the body, inside a dataset that has nothing else."""
    graph = await _graph(request)
    nodes = [node for node, types in graph.types.items() if DCAT + "Distribution" in types]
    nodes = nodes or _roots(graph)
    if len(nodes) != 1:
        raise _not_one("dcat:Distribution", len(nodes))
    graph.subjects[_WRAPPER] = [(TYPE, DCAT + "Dataset"), (DCAT + "distribution", nodes[0])]
    for node, types in graph.types.items():
        types.discard(DCAT + "Dataset")
        if node in graph.subjects and node != _WRAPPER:
            pairs = graph.subjects[node]
            graph.subjects[node] = [each for each in pairs if each != (TYPE, DCAT + "Dataset")]
    graph.types[_WRAPPER] = {DCAT + "Dataset"}
    found = next(each for each in read_catalogue(graph).records if each.node == _WRAPPER)
    resource = found.resource
    if not isinstance(resource, Dataset) or len(resource.distribution) != 1:
        raise _not_one("dcat:Distribution", 0)
    part = resource.distribution[0]
    if part.iri and part.iri.startswith(RELATIVE):
        part.iri = None
    return part, found


async def _graph(request: Request) -> Graph:
    body = await request.body()
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body.strip():
        raise InvalidInput("The body is empty; send RDF.", "Der Rumpf ist leer; bitte RDF senden.")
    if len(body) > LARGE:
        return await to_thread.run_sync(_parsed, body, declared)
    return _parsed(body, declared)


def _parsed(body: bytes, declared: str) -> Graph:
    """By the declared syntax, else by the one the bytes show. Raises InvalidInput."""
    seen = sniff(body)
    name = format_name(declared) if declared not in VAGUE else seen or "rdf-xml"
    try:
        graph = parse(body, name)
    except InvalidInput as error:
        if error.code != "rdf-syntax" or seen in (None, "html", name):
            raise
        graph = parse(body, str(seen))
    if graph.problems:
        first = graph.problems[0]
        raise InvalidInput(
            f"Line {first.line} cannot be read: {first.message}.",
            f"Zeile {first.line} ist nicht lesbar: {first.message}.",
            code="rdf-syntax",
        )
    return graph


def _chosen(graph: Graph, kinds: Sequence[ResourceKind], wanted: str) -> FoundRecord:
    document = read_catalogue(graph)
    every = (*document.catalogues, *document.records)
    found = [each for each in every if each.kind in kinds]
    if not found and len(kinds) == 1 and len(roots := _roots(graph)) == 1:
        return _named(_typed(graph, roots[0], kinds[0]))
    if len(found) > 1:
        found = [each for each in found if wanted and wanted in _names(each)] or found
    if len(found) != 1:
        names = " or ".join(_type_name(kind) for kind in kinds)
        raise _not_one(names, len(found))
    return _named(found[0])


def _named(found: FoundRecord) -> FoundRecord:
    """The record; that it has no title is told. InvalidInput when it says nothing but its type.

    A node without a type has to have a title: else any line of RDF would be a dataset.
    """
    if found.resource.title:
        return found
    if found.untyped or all(line[1] == TYPE for line in found.statements):
        raise InvalidInput(
            "The node says neither what it is nor what it is called. Send a dct:title and a "
            f"type such as {_type_name(found.kind)}.",
            "Der Knoten sagt nicht, was er ist oder wie er heißt. Bitte senden Sie dct:title "
            f"und eine Art wie {_type_name(found.kind)}.",
            code="nameless-resource",
        )
    found.repairs.append(Repair("title-missing", "title"))
    return found


def _typed(graph: Graph, node: str, kind: ResourceKind) -> FoundRecord:
    """The record of a node that does not say what it is."""
    iri = RESOURCE_TYPES[kind].rdf_types[0]
    graph.subjects[node].append((TYPE, iri))
    graph.types.setdefault(node, set()).add(iri)
    document = read_catalogue(graph)
    every = (*document.catalogues, *document.records)
    found = next((each for each in every if each.node == node), None)
    if found is None:
        raise _not_one(_type_name(kind), 0)
    found.untyped = True
    return found


def _roots(graph: Graph) -> list[str]:
    """Nodes without a type of DCAT that nothing else leads to."""
    objects = {
        value
        for node, pairs in graph.subjects.items()
        for _, value in pairs
        if isinstance(value, str) and value != node
    }
    return [
        node
        for node in graph.subjects
        if node not in objects
        and not any(each.startswith(DCAT) for each in graph.types.get(node, ()))
    ]


def _names(found: FoundRecord) -> set[str]:
    tail = found.node.rstrip("/#").replace("#", "/").rpartition("/")[2]
    return {found.original_id, found.node, tail}


def relative_repair(iri: str) -> Repair:
    """What is noted when a record's IRI was relative and is replaced by its address."""
    return Repair("blank-node-record", "", iri.removeprefix(RELATIVE), "")


def is_relative(iri: str | None) -> bool:
    """Whether an IRI was relative in the body."""
    return iri is not None and iri.startswith(RELATIVE)


def _type_name(kind: ResourceKind) -> str:
    return "dcat:" + RESOURCE_TYPES[kind].rdf_types[0].rpartition("#")[2]


def _not_one(names: str, number: int) -> InvalidInput:
    en = f"The body has to describe one {names}; it describes {number or 'none'}."
    de = f"Der Rumpf muss genau eine Ressource ({names}) beschreiben, nicht {number}."
    return InvalidInput(en, de, code="not-one-resource")
