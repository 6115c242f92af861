# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The platform's own statements about a record: in which catalogue it stands, and since when."""

from datetime import UTC, datetime

from allmende.model.catalogue import CatalogRecord, Resource, ResourceKind
from allmende.model.namespaces import DCAT
from allmende.model.rdf_terms import Statement
from allmende.model.rdf_write import node_statements

MEMBER: dict[ResourceKind, str] = {
    ResourceKind.CATALOG: DCAT + "catalog",
    ResourceKind.DATASET: DCAT + "dataset",
    ResourceKind.SERIES: DCAT + "dataset",  # a series is a dataset (DCAT-AP 3.0.1 §Catalogue)
    ResourceKind.SERVICE: DCAT + "service",
}
"""The property that leads from a catalogue to its member of this kind (DCAT 3 §6.3)."""


def subject_iri(resource: Resource, address: str) -> str:
    """The IRI a record is spoken of with: its own if it brought one, else its address here.

    A harvested dataset keeps the name its publisher gave it, so that other catalogues
    recognise it.
    """
    iri = resource.iri or ""
    return iri if ":" in iri and not iri.startswith("_:") else address


def catalogue_record(
    address: str,
    subject: str,
    *,
    issued: int,
    modified: int,
    identifier: str | None,
    source: str | None = None,
) -> list[Statement]:
    """The dcat:CatalogRecord of a record (DCAT 3 §6.5), named `{address}#record`.

    `issued` and `modified` are microseconds UTC, `identifier` the id of the record at its
    source, `source` the address it was harvested from.
    """
    record = CatalogRecord(
        primary_topic=subject,
        issued=date_time(issued),
        modified=date_time(modified),
        identifier=identifier,
        source=source,
    )
    return node_statements(record, f"{address}#record")


def membership(catalogue: str, kind: ResourceKind, address: str, subject: str) -> list[Statement]:
    """That a catalogue has the resource as a member, and its record."""
    return [
        (catalogue, MEMBER[kind], subject),
        (catalogue, DCAT + "record", f"{address}#record"),
    ]


def date_time(microseconds: int) -> str:
    """An xsd:dateTime in UTC with whole seconds from microseconds since 1970."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
