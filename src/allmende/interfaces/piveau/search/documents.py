# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records as hub-search's JSON: texts by language, concepts with id, label and IRI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from allmende.core import pages
from allmende.core.catalogue import Record, Revision
from allmende.core.platform import Platform
from allmende.interfaces.piveau.asking import level_name
from allmende.interfaces.piveau.search.facets import code_of, label_of
from allmende.interfaces.piveau.search.parts import (
    agent,
    contact,
    distribution,
    keywords,
    linked,
    places,
    said,
    standard,
    texts,
)
from allmende.model.catalogue import (
    Catalog,
    DataService,
    Dataset,
    DatasetSeries,
    Resource,
    Text,
)

Document = dict[str, Any]


def document(platform: Platform, record: Record) -> Document:
    """The document of a record; what is not known is left out."""
    resource = record.resource
    found = _common(platform, record)
    if isinstance(resource, Dataset):
        found |= _dataset(platform, resource, record)
    elif isinstance(resource, DataService):
        found |= _service(resource)
    elif isinstance(resource, DatasetSeries):
        found["accrual_periodicity"] = linked("frequency", resource.accrual_periodicity)
    elif isinstance(resource, Catalog):
        found |= _catalogue(platform, resource)
    return {name: value for name, value in found.items() if value not in (None, [], {}, "")}


def with_revisions(found: Document, record: Record, changes: Sequence[Revision]) -> Document:
    """The document with the revisions somebody may see, the newest first."""
    listed = [
        {
            "id": f"{record.id}~{each.number}",
            "revision_number": each.number,
            "modified": pages.date_time(each.at),
        }
        for each in changes
    ]
    entry = {**found["catalog_record"], "revisions": listed}
    return {**found, "catalog_record": entry}


def narrowed(found: Document, wanted: Iterable[str]) -> Document:
    """Only the fields named, such as `id` and `title.de`; everything when none is named."""
    names = list(wanted)
    if not names:
        return found
    kept: Document = {}
    for name in names:
        first, _, rest = name.partition(".")
        if first not in found:
            continue
        value = found[first]
        if rest and isinstance(value, dict):
            inner = narrowed(value, [rest])
            kept[first] = {**kept.get(first, {}), **inner}
        elif rest and isinstance(value, list):
            kept[first] = [narrowed(each, [rest]) for each in value if isinstance(each, dict)]
        else:
            kept[first] = value
    return kept


def _common(platform: Platform, record: Record) -> Document:
    resource, language = record.resource, platform.settings.language
    return {
        "id": record.id,
        "resource": pages.iri_of(platform, record),
        "title": texts(resource.title, language),
        "description": texts(resource.description, language),
        "issued": resource.issued,
        "modified": resource.modified,
        "catalog": {"id": record.catalogue} if record.catalogue else None,
        "publisher": agent(resource.publisher, language),
        "creator": [agent(each, language) for each in resource.creator],
        "contact_point": [contact(each, language) for each in resource.contact_point],
        "keywords": keywords(resource.keyword, language),
        "language": [linked("language", each) for each in resource.language],
        "license": said("licence", resource.license),
        "access_right": linked("access-right", resource.access_rights),
        "identifier": resource.identifier,
        "adms_identifier": [
            {"identifier": each.notation or "", "resource": each.iri or each.notation or ""}
            for each in resource.other_identifier
        ],
        "landing_page": [{"resource": each} for each in resource.landing_page],
        "page": [standard(each, language) for each in resource.page],
        "conforms_to": [standard(each, language) for each in resource.conforms_to],
        "applicable_legislation": resource.applicable_legislation,
        "hvd_category": [concept("hvd-category", each) for each in resource.hvd_category],
        "relation": resource.relation,
        "spatial": places(resource.spatial),
        "spatial_resource": [linked("", each.iri) for each in resource.spatial if each.iri],
        "catalog_record": _entry(record),
        "translation_meta": translation(resource.title),
    }


def _dataset(platform: Platform, resource: Dataset, record: Record) -> Document:
    language = platform.settings.language
    base = pages.iri_of(platform, record)
    return {
        "categories": _categories(resource),
        "type": said("dataset-type", resource.type[0]) if resource.type else None,
        "accrual_periodicity": linked("frequency", resource.accrual_periodicity),
        "is_hvd": bool(resource.hvd_category),
        "temporal": [
            {name: day for name, day in (("gte", each.start), ("lte", each.end)) if day}
            for each in resource.temporal
        ],
        "provenance": [standard(each, language) for each in resource.provenance],
        "version_info": resource.version or resource.version_info,
        "version_notes": texts(resource.version_notes, language),
        "has_version": resource.has_version,
        "source": resource.source,
        "is_referenced_by": resource.is_referenced_by,
        "was_generated_by": resource.was_generated_by,
        "sample": resource.sample,
        "in_series": [{"id": _tail(each), "resource": each} for each in resource.in_series],
        "spatial_resolution_in_meters": resource.spatial_resolution,
        "temporal_resolution": resource.temporal_resolution,
        "distributions": [
            distribution(each, record.id, base, place, language)
            for place, each in enumerate(resource.distribution, 1)
        ],
    }


def _service(resource: DataService) -> Document:
    return {
        "theme": _categories(resource),
        "categories": _categories(resource),
        "endpoint_url": resource.endpoint_url,
        "endpoint_description": resource.endpoint_description,
        "serves_dataset": resource.serves_dataset,
        "format": said("file-type", resource.format[0]) if resource.format else None,
    }


def _catalogue(platform: Platform, resource: Catalog) -> Document:
    return {
        "homepage": resource.homepage[0] if resource.homepage else None,
        "theme_taxonomy": resource.theme_taxonomy,
        "has_part": resource.has_part,
        "is_part_of": resource.is_part_of,
    }


def _categories(resource: Resource) -> list[Document]:
    return [concept("data-theme", each) for each in resource.theme]


def concept(words: str, iri: str) -> Document:
    """A concept with its names by language."""
    label = label_of(words, iri)
    named = label if isinstance(label, dict) else {"en": _tail(iri)}
    return {"id": code_of(words, iri), "resource": iri, "label": named}


def _entry(record: Record) -> Document:
    return {
        "issued": pages.date_time(record.created),
        "modified": pages.date_time(record.updated),
        "revision_number": record.revision,
        "publication_status": str(record.status),
        "access_level": level_name(record.metadata_access),
    }


def translation(title: Text) -> Document:
    """In which languages the texts are there, and which a machine has translated.

    Language tags with `-t-` (RFC 6497) tell a translation and from which language.
    """
    details = {}
    for tag in title:
        first, _, original = tag.partition("-t-")
        name = first.partition("-")[0]
        found: Document = {"machine_translated": bool(original)}
        if original:
            found["original_language"] = original.partition("-")[0]
        if name != "und" and not (name in details and original):
            details[name] = found
    return {
        "full_available_languages": list(details),
        "details": details,
        "status": "completed",
    }


def _tail(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
