# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Properties of DCAT-AP as CKAN's extras, with the keys DCAT extensions of CKAN use."""

from __future__ import annotations

from allmende.interfaces.ckan.texts import listed, mail, said
from allmende.model.catalogue import Agent, Dataset, Distribution, Statement
from allmende.model.vocabulary import vocabulary


def _statements(found: list[Statement], language: str) -> str | None:
    return listed(each.iri or said(each.label or each.title, language) for each in found)


def _agent(role: str, found: Agent | None, language: str) -> dict[str, str | None]:
    if found is None:
        return {}
    return {
        f"{role}_uri": found.iri if found.iri and not found.iri.startswith("_:") else None,
        f"{role}_name": said(found.name, language),
        f"{role}_email": mail(found.mbox),
        f"{role}_url": found.homepage[0] if found.homepage else None,
        f"{role}_type": found.type,
    }


def of_dataset(dataset: Dataset, language: str) -> dict[str, str]:
    """The extras of a dataset; what says nothing is left out."""
    found: dict[str, str | None] = {
        "identifier": dataset.identifier[0] if dataset.identifier else None,
        "issued": dataset.issued,
        "modified": dataset.modified,
        **_agent("publisher", dataset.publisher, language),
        **_creator(dataset, language),
        **_agent("originator", dataset.originator[0] if dataset.originator else None, language),
        "contact_url": _contact_url(dataset),
        "temporal_start": dataset.temporal[0].start if dataset.temporal else None,
        "temporal_end": dataset.temporal[0].end if dataset.temporal else None,
        "frequency": dataset.accrual_periodicity,
        "access_rights": dataset.access_rights,
        "availability": dataset.availability,
        "theme": listed(each for each in dataset.theme if not _is_group(each)),
        "language": listed(dataset.language),
        "type_uri": listed(dataset.type),
        "hvd_category": listed(dataset.hvd_category),
        "applicable_legislation": listed(dataset.applicable_legislation),
        "contributorID": listed(dataset.contributor_id),
        "politicalGeocodingURI": listed(dataset.political_geocoding),
        "politicalGeocodingLevelURI": listed(dataset.political_geocoding_level),
        "geocodingDescription": said(dataset.geocoding_description, language),
        "provenance": _statements(dataset.provenance, language),
        "conforms_to": _statements(dataset.conforms_to, language),
        "documentation": listed(each.iri for each in dataset.page),
        "alternate_identifier": listed(each.notation for each in dataset.other_identifier),
        "references": listed(dataset.references),
        "related_resource": listed(dataset.relation),
        "source": listed(dataset.source),
        **_place(dataset, language),
    }
    return {key: value for key, value in found.items() if value}


def _creator(dataset: Dataset, language: str) -> dict[str, str | None]:
    """What a package's author cannot say."""
    found = _agent("creator", dataset.creator[0] if dataset.creator else None, language)
    return {key: value for key, value in found.items() if not key.endswith(("_name", "_email"))}


def _is_group(iri: str) -> bool:
    return vocabulary("data-theme").get(iri) is not None


def _contact_url(dataset: Dataset) -> str | None:
    contact = dataset.contact_point[0] if dataset.contact_point else None
    return contact.url[0] if contact and contact.url else None


def _place(dataset: Dataset, language: str) -> dict[str, str | None]:
    place = dataset.spatial[0] if dataset.spatial else None
    if place is None:
        return {}
    geometries = [*place.geometry, *place.bbox]
    return {
        "spatial": next((each for each in geometries if each.startswith("{")), None),
        "spatial_uri": place.iri if place.iri and not place.iri.startswith("_:") else None,
        "spatial_text": said(place.label, language),
    }


def of_distribution(
    part: Distribution, url: str, licence: str | None, language: str
) -> dict[str, str]:
    """The keys of a resource that CKAN itself does not know; what says nothing is left out.

    `url` and `licence` are what the resource and its package say already.
    """
    checksum = part.checksum
    access = part.access_url[0] if part.access_url else None
    found: dict[str, str | None] = {
        "uri": part.iri if part.iri and not part.iri.startswith("_:") else None,
        "access_url": access if access != url or part.download_url else None,
        "download_url": part.download_url[0] if part.download_url else None,
        "license": part.license if part.license != licence else None,
        "licenseAttributionByText": said(part.license_attribution, language),
        "issued": part.issued,
        "availability": part.availability,
        "status": part.status,
        "language": listed(part.language),
        "rights": _statements(part.rights, language),
        "conforms_to": _statements(part.conforms_to, language),
        "documentation": listed(each.iri for each in part.page),
        "hash_algorithm": checksum.algorithm if checksum else None,
    }
    return {key: value for key, value in found.items() if value}
