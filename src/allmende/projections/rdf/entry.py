# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The platform's own statements about a record: in which catalogue it stands, and since when."""

from datetime import UTC, datetime

from allmende.model.catalogue import CatalogRecord, Resource, ResourceKind
from allmende.model.namespaces import DCAT
from allmende.model.rdf_terms import Statement
from allmende.model.rdf_write import node_statements
from allmende.projections.rdf.protocol import Membership

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


def entry_statements(
    kind: ResourceKind, address: str, subject: str, membership: Membership
) -> list[Statement]:
    """The dcat:CatalogRecord `{address}#record`, and that the catalogue has both as members.

    Sources: DCAT 3 §6.3 and §6.5.
    """
    name = f"{address}#record"
    record = CatalogRecord(
        primary_topic=subject,
        issued=date_time(membership.issued),
        modified=date_time(membership.modified),
        identifier=membership.identifier,
        source=membership.source,
    )
    found = node_statements(record, name)
    if membership.catalogue is not None:
        found.append((membership.catalogue, MEMBER[kind], subject))
        found.append((membership.catalogue, DCAT + "record", name))
    return found


def date_time(microseconds: int) -> str:
    """An xsd:dateTime in UTC with whole seconds from microseconds since 1970."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
