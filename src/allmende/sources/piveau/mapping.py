# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset as piveau's search index gives it → a dataset of DCAT-AP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from allmende.core.harvest.fields import Fields, many, media_type, nested, plain
from allmende.core.harvest.types import Content, SourceRecord, record_hash
from allmende.core.harvest.words import is_iri
from allmende.model.catalogue import (
    Agent,
    Checksum,
    Dataset,
    Distribution,
    Kind,
    Location,
    Period,
    ResourceKind,
    Statement,
    Words,
)

VERSION = 1
VOLATILE = ("quality_meas", "translation_meta", "catalog_record", "sort")


def to_record(dataset: Mapping[str, Any], language: str) -> SourceRecord:
    """The record of one search result; values that change without the dataset are not hashed."""
    stable = {name: value for name, value in dataset.items() if name not in VOLATILE}
    return SourceRecord(
        original_id=plain(dataset["id"]),
        kind=ResourceKind.DATASET,
        hash=record_hash(VERSION, language, stable),
        content=lambda: to_content(dataset, language),
    )


def to_content(dataset: Mapping[str, Any], language: str) -> Content:
    """The dataset of one search result."""
    fields = Fields(dataset)
    address = fields.text("resource")
    found = Dataset(
        iri=address if is_iri(address) else None,
        title=fields.words(language, "title"),
        description=fields.words(language, "description"),
        identifier=[plain(i) for i in many(fields.raw("identifier", "identifiers"))]
        or [fields.text("id")],
        issued=fields.date("issued", "issued"),
        modified=fields.date("modified", "modified"),
        publisher=_agent(fields, language),
        contact_point=_contacts(fields, language),
        keyword=_keywords(fields, language),
        theme=_concepts(fields, "categories"),
        language=_concepts(fields, "language"),
        landing_page=fields.links("landing_page", _addresses(fields.raw("landing_page"))),
        access_rights=_concept(fields.raw("access_right")),
        accrual_periodicity=_concept(fields.raw("accrual_periodicity")),
        hvd_category=_concepts(fields, "hvd_category"),
        spatial=_places(fields),
        temporal=_periods(fields),
        conforms_to=_statements(fields.raw("conforms_to"), language),
        provenance=_statements(fields.raw("provenance"), language),
        page=_statements(fields.raw("page"), language),
    )
    found.distribution = [
        _distribution(fields.below(part, f"distribution[{number}]."), language)
        for number, part in enumerate(many(fields.raw("distributions")))
        if isinstance(part, dict)
    ]
    return Content(found, fields.repairs)


def _concept(value: Any) -> str | None:
    """The IRI of `{id, resource, label}`, or of a plain text that is one."""
    part = nested(value)
    text = plain(part.get("resource") or part.get("id")) if part else plain(value)
    return text if is_iri(text) else None


def _concepts(fields: Fields, name: str) -> list[str]:
    found = (_concept(value) for value in many(fields.raw(name)))
    return list(dict.fromkeys(iri for iri in found if iri))


def _addresses(value: Any) -> list[str]:
    return [
        plain(item.get("resource")) if isinstance(item, dict) else plain(item)
        for item in many(value)
    ]


def _agent(fields: Fields, language: str) -> Agent | None:
    part = nested(fields.raw("publisher"))
    name, address = plain(part.get("name")), plain(part.get("resource"))
    if not name and not is_iri(address):
        return None
    return Agent(
        iri=address if is_iri(address) else None,
        name={language: name} if name else {},
        homepage=fields.links("publisher.homepage", part.get("homepage")),
        mbox=fields.email("publisher.mbox", plain(part.get("email"))),
    )


def _contacts(fields: Fields, language: str) -> list[Kind]:
    found: list[Kind] = []
    for part in many(fields.raw("contact_point")):
        if not isinstance(part, dict):
            continue
        name = plain(part.get("name"))
        mail = fields.email("contact_point.email", plain(part.get("email")))
        url = fields.links("contact_point.url", part.get("url"))
        if name or mail or url:
            found.append(Kind(fn={language: name} if name else {}, email=mail, url=url))
    return found


def _keywords(fields: Fields, language: str) -> Words:
    words: Words = {}
    for part in many(fields.raw("keywords")):
        label = plain(part.get("label") or part.get("id")) if isinstance(part, dict) else part
        tag = plain(part.get("language")) if isinstance(part, dict) else ""
        if label:
            words.setdefault(tag.lower() or language, []).append(plain(label))
    return words


def _places(fields: Fields) -> list[Location]:
    found = [
        Location(geometry=[msgspec.json.encode(part).decode()])
        for part in many(fields.raw("spatial"))
        if isinstance(part, dict) and "coordinates" in part
    ]
    links = _addresses(fields.raw("spatial_resource"))
    return found + [Location(iri=link) for link in links if is_iri(link)]


def _periods(fields: Fields) -> list[Period]:
    found: list[Period] = []
    for number, part in enumerate(many(fields.raw("temporal"))):
        if isinstance(part, dict):
            here = fields.below(part, f"temporal[{number}].")
            start, end = here.date("start", "gte"), here.date("end", "lte")
            if start or end:
                found.append(Period(start=start, end=end))
    return found


def _statements(value: Any, language: str) -> list[Statement]:
    found: list[Statement] = []
    for part in many(value):
        part = part if isinstance(part, dict) else {"label": part}
        label, address = part.get("label") or part.get("title"), plain(part.get("resource"))
        texts = Fields({"label": label}).words(language, "label")
        if texts or is_iri(address):
            found.append(Statement(iri=address if is_iri(address) else None, label=texts))
    return found


def _distribution(fields: Fields, language: str) -> Distribution:
    address, form = fields.text("resource"), nested(fields.raw("format"))
    word = plain(form.get("resource") or form.get("label") or form.get("id"))
    checksum = nested(fields.raw("checksum"))
    value = plain(checksum.get("checksum_value")).lower()
    return Distribution(
        iri=address if is_iri(address) else None,
        title=fields.words(language, "title"),
        description=fields.words(language, "description"),
        access_url=fields.links("access_url", fields.raw("access_url")),
        download_url=fields.links("download_url", fields.raw("download_url")),
        format=fields.concept("format", "file-type", word or fields.text("format")),
        media_type=media_type(fields.text("media_type")),
        license=_concept(fields.raw("license", "licence")),
        byte_size=fields.number("byte_size", "byte_size"),
        issued=fields.date("issued", "issued"),
        modified=fields.date("modified", "modified"),
        language=_concepts(fields, "language"),
        availability=_concept(fields.raw("availability")),
        checksum=Checksum(algorithm=_concept(checksum.get("algorithm")), value=value)
        if value
        else None,
    )
