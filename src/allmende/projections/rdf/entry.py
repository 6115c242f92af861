# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The platform's own statements about a record: in which catalogue it stands, and since when."""

from datetime import UTC, datetime

from allmende.model.catalogue import CatalogRecord, Resource
from allmende.model.namespaces import DCAT
from allmende.model.rdf.page import member_property
from allmende.model.rdf.terms import Statement
from allmende.model.rdf.write import node_statements
from allmende.projections.rdf.protocol import Membership


def subject_iri(resource: Resource, address: str) -> str:
    """The IRI a record is spoken of with: its own if it brought one, else its address here.

    A harvested dataset keeps the name its publisher gave it, so that other catalogues
    recognise it.
    """
    iri = resource.iri or ""
    return iri if ":" in iri and not iri.startswith("_:") else address


def catalogue_record(subject: str, membership: Membership) -> CatalogRecord:
    """The entry of a record in the catalogue (DCAT 3 §6.5)."""
    return CatalogRecord(
        primary_topic=subject,
        issued=date_time(membership.issued),
        modified=date_time(membership.modified),
        identifier=membership.identifier,
        source=membership.source,
    )


def entry_statements(
    resource: Resource, address: str, subject: str, membership: Membership
) -> list[Statement]:
    """The dcat:CatalogRecord `{address}#record`, and that the catalogue has both as members."""
    name = f"{address}#record"
    found = node_statements(catalogue_record(subject, membership), name)
    if membership.catalogue is not None:
        found.append((membership.catalogue, member_property(resource), subject))
        found.append((membership.catalogue, DCAT + "record", name))
    return found


def date_time(microseconds: int) -> str:
    """An xsd:dateTime in UTC with whole seconds from microseconds since 1970."""
    moment = datetime.fromtimestamp(microseconds // 1_000_000, UTC)
    return f"{moment.isoformat()[:19]}Z"
