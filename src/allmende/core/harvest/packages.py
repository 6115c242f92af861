# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A CKAN package → a dataset of DCAT-AP.de.

Names come from the package itself, from its `extras`, and from the two schemas in use in
Germany: DCAT-AP.de in extras (`contributorID`, `temporal_start`, …) and the older open
government schema (`dates`, `contacts`, `temporal_coverage_from`, `terms_of_use`). What CKAN
has no field for, another Allmende sends as an extra `dcat_more`: fields of the record as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from allmende.core.harvest.fields import Fields, many, media_type, nested, plain
from allmende.core.harvest.types import Content
from allmende.core.harvest.words import concept, is_iri
from allmende.errors import InvalidInput
from allmende.model.catalogue import (
    Agent,
    Checksum,
    Dataset,
    Distribution,
    Identifier,
    Kind,
    Location,
    Period,
    Statement,
)
from allmende.model.namespaces import DCATDE, SPDX
from allmende.model.rdf import parse, read_catalogue, serialise, statements

MORE = "dcat_more"
CONTRIBUTORS = DCATDE.replace("dcatde/", "contributors/")
GEOCODING_LEVEL = DCATDE.replace("dcatde/", "politicalGeocoding/Level/")
ALGORITHMS = {
    "md5": "md5",
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}
HEX_LENGTHS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}


def flatten(package: Mapping[str, Any]) -> dict[str, Any]:
    """The package with its extras beside its own fields; own fields win."""
    flat: dict[str, Any] = {}
    for extra in many(package.get("extras")):
        if isinstance(extra, dict) and "key" in extra:
            flat[str(extra["key"]).removeprefix("dcat_")] = extra.get("value")
    for name, value in package.items():
        if name != "extras" and value not in (None, "", [], {}):
            flat[name] = value
    return flat


def to_content(package: Mapping[str, Any], portal: str, language: str) -> Content:
    """The dataset a package describes."""
    fields = Fields(flatten(package))
    identity = plain(package.get("id")) or plain(package.get("name"))
    page = f"{portal}/dataset/{plain(package.get('name')) or identity}"
    dataset = Dataset(
        iri=_own_address(fields, f"{portal}/dataset/{identity}"),
        title=fields.words(language, "title_translated", "title", "name"),
        description=fields.words(language, "notes_translated", "notes", "description"),
        landing_page=fields.links("landing_page", fields.text("url")) or [page],
        keyword=_keywords(package, language),
        identifier=[identifier]
        if (identifier := fields.text("identifier", "guid"))
        else [identity],
    )
    _who(fields, dataset, language)
    _when(fields, dataset)
    _where(fields, dataset, language)
    _terms(fields, dataset)
    licence = _licence(fields)
    dataset.distribution = [
        _distribution(fields.below(resource, f"distribution[{number}]."), page, licence, language)
        for number, resource in enumerate(many(package.get("resources")))
        if isinstance(resource, dict)
    ]
    _attribution(fields, dataset, language)
    return Content(_with_more(package, dataset), fields.repairs)


def _with_more(package: Mapping[str, Any], dataset: Dataset) -> Dataset:
    """The dataset with the fields of `dcat_more` of the package and its resources.

    They are read as RDF again, so that nothing gets in that RDF would not have brought.
    """
    parts = [part for part in many(package.get("resources")) if isinstance(part, dict)]
    extras = [each for each in many(package.get("extras")) if isinstance(each, dict)]
    own = [each.get("value") for each in extras if each.get("key") == MORE]
    given: list[tuple[Dataset | Distribution, Any]]
    given = [(dataset, own[0] if own else package.get(MORE))]
    given += list(zip(dataset.distribution, (part.get(MORE) for part in parts), strict=True))
    if not any(text for _, text in given):
        return dataset
    for node, text in given:
        _overlay(node, text)
    lines = serialise(
        statements(dataset, dataset.iri or "_:self", strict=False, mint=False), "n-triples"
    )
    found = read_catalogue(parse(lines, "n-triples")).records
    read = next((each.resource for each in found if each.node == dataset.iri), None)
    return read if isinstance(read, Dataset) else dataset


def _overlay(node: Dataset | Distribution, text: Any) -> None:
    if not isinstance(text, str) or not text:
        return
    try:
        named = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        sent = msgspec.json.decode(text, type=type(node))
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise InvalidInput(
            f"{MORE} is not readable: {error}.", f"{MORE} ist nicht lesbar: {error}."
        ) from error
    for name in named:
        if name in node.__struct_fields__ and name not in ("iri", "distribution"):
            setattr(node, name, getattr(sent, name))


def _own_address(fields: Fields, otherwise: str) -> str:
    uri = fields.text("uri")
    return uri if is_iri(uri) else otherwise


def _keywords(package: Mapping[str, Any], language: str) -> dict[str, list[str]]:
    found: list[str] = []
    for tag in many(package.get("tags")):
        word = plain(tag.get("display_name") or tag.get("name")) if isinstance(tag, dict) else tag
        if word and word not in found:
            found.append(plain(word))
    return {language: found} if found else {}


def _who(fields: Fields, dataset: Dataset, language: str) -> None:
    contacts = [c for c in many(fields.raw("contacts")) if isinstance(c, dict)]
    dataset.publisher = (
        _agent(fields, "publisher", language)
        or _old_agent(fields, contacts, {"vertrieb", "veroeffentlichende_stelle"}, language)
        or _organisation(fields, language)
    )
    author = {"creator_name": fields.raw("author"), "creator_email": fields.raw("author_email")}
    credited = fields.below({**author, **fields.values}, "")
    dataset.creator = [a for a in (_agent(credited, "creator", language),) if a]
    originator = _agent(fields, "originator", language) or _old_agent(
        fields, contacts, {"autor"}, language
    )
    dataset.originator = [originator] if originator else []
    custodian = _agent(fields, "maintainer", language)
    dataset.custodian = [custodian] if custodian else []
    contact = _contact(fields, contacts, language)
    dataset.contact_point = [contact] if contact else []


def _agent(fields: Fields, role: str, language: str) -> Agent | None:
    part = nested(fields.raw(role))
    here = fields.below({**fields.values, **{f"{role}_{k}": v for k, v in part.items()}}, "")
    plain_name = "" if part else fields.text(role)
    name = here.text(f"{role}_name") or plain_name
    if not name:
        return None
    uri = here.text(f"{role}_uri")
    return Agent(
        iri=uri if is_iri(uri) else None,
        name={language: name},
        type=here.text(f"{role}_type") if is_iri(here.text(f"{role}_type")) else None,
        homepage=here.links(f"{role}.homepage", here.text(f"{role}_url")),
        mbox=here.email(f"{role}.mbox", here.text(f"{role}_email")),
    )


def _old_agent(
    fields: Fields, contacts: list[dict[str, Any]], roles: set[str], language: str
) -> Agent | None:
    for contact in contacts:
        if plain(contact.get("role")).lower() in roles and plain(contact.get("name")):
            return Agent(
                name={language: plain(contact["name"])},
                homepage=fields.links("publisher.homepage", contact.get("url")),
                mbox=fields.email("publisher.mbox", plain(contact.get("email"))),
            )
    return None


def _organisation(fields: Fields, language: str) -> Agent | None:
    organisation = nested(fields.raw("organization"))
    name = plain(organisation.get("title") or organisation.get("name"))
    if not name:
        name = fields.text("author")
    return Agent(name={language: name}) if name else None


def _contact(fields: Fields, contacts: list[dict[str, Any]], language: str) -> Kind | None:
    part = nested(fields.raw("contact"))
    for contact in contacts:
        if plain(contact.get("role")).lower() == "ansprechpartner":
            part = contact
    here = fields.below(part, "contact_point[0].") if part else fields
    names = ("name", "fn") if part else ("contact_name", "maintainer", "author")
    mails = ("email",) if part else ("contact_email", "maintainer_email", "author_email")
    pages = ("url", "uri") if part else ("contact_url",)
    name, mail = here.text(*names), here.email("email", here.text(*mails))
    links = here.links("url", here.text(*pages))
    if not (name or mail or links):
        return None
    return Kind(fn={language: name} if name else {}, email=mail, url=links)


def _when(fields: Fields, dataset: Dataset) -> None:
    old = {
        plain(entry.get("role")): entry.get("date")
        for entry in many(fields.raw("dates"))
        if isinstance(entry, dict)
    }
    here = fields.below(
        {**fields.values, **{f"date_{role}": date for role, date in old.items()}}, ""
    )
    dataset.issued = here.date(
        "issued", "issued", "date_veroeffentlicht", "date_erstellt", "metadata_created"
    )
    dataset.modified = here.date("modified", "modified", "date_aktualisiert", "metadata_modified")
    span = nested(fields.raw("temporal_coverage"))
    here = fields.below({**fields.values, **span}, "")
    start = here.date("temporal[0].start", "temporal_start", "start", "temporal_coverage_from")
    end = here.date("temporal[0].end", "temporal_end", "end", "temporal_coverage_to")
    if start or end:
        dataset.temporal = [Period(start=start, end=end)]
    frequency = fields.text("frequency", "accrual_periodicity", "temporal_granularity")
    dataset.accrual_periodicity = fields.concept("accrual_periodicity", "frequency", frequency)


def _where(fields: Fields, dataset: Dataset, language: str) -> None:
    area = nested(fields.raw("spatial_coverage"))
    here = fields.below({**fields.values, **{f"spatial_{k}": v for k, v in area.items()}}, "")
    geometry = here.raw("spatial", "spatial_geom")
    text = plain(msgspec.json.encode(geometry).decode() if isinstance(geometry, dict) else geometry)
    label = here.text("spatial_text", "geographical_coverage")
    uri = here.text("spatial_uri")
    if text.startswith("{") or label or is_iri(uri):
        dataset.spatial = [
            Location(
                iri=uri if is_iri(uri) else None,
                label={language: label} if label else {},
                geometry=[text] if text.startswith("{") else [],
            )
        ]
    dataset.geocoding_description = fields.words(language, "geocodingDescription", "geocodingText")
    dataset.political_geocoding = fields.links(
        "political_geocoding", fields.raw("politicalGeocodingURI")
    )
    dataset.political_geocoding_level = [
        level if is_iri(level) else GEOCODING_LEVEL + level
        for level in map(plain, many(fields.raw("politicalGeocodingLevelURI")))
    ]


def _terms(fields: Fields, dataset: Dataset) -> None:
    groups = [plain(g.get("name")) for g in many(fields.raw("groups")) if isinstance(g, dict)]
    named = [theme for theme in groups if concept("theme", theme)]
    dataset.theme = fields.concepts("theme", "theme", [*many(fields.raw("theme")), *named])
    dataset.language = fields.concepts("language", "language", many(fields.raw("language")))
    dataset.contributor_id = [
        entry if is_iri(entry) else CONTRIBUTORS + entry
        for entry in map(plain, many(fields.raw("contributorID")))
    ]
    dataset.hvd_category = fields.links("hvd_category", fields.raw("hvd_category"))
    dataset.applicable_legislation = fields.links(
        "applicable_legislation", fields.raw("applicable_legislation")
    )
    dataset.access_rights = fields.concept("access_rights", "access", fields.text("access_rights"))
    dataset.type = [t for t in map(plain, many(fields.raw("type_uri"))) if is_iri(t)]
    dataset.availability = _iri(fields.text("availability", "plannedAvailability"))
    dataset.version = fields.text("version") or None
    dataset.provenance = _statements(fields.raw("provenance"))
    dataset.conforms_to = _statements(fields.raw("conforms_to"))
    dataset.page = [Statement(iri=u) for u in fields.links("page", fields.raw("documentation"))]
    dataset.other_identifier = [
        Identifier(notation=plain(other)) for other in many(fields.raw("alternate_identifier"))
    ]
    dataset.references = fields.links("references", fields.raw("references"))
    dataset.relation = fields.links("relation", fields.raw("related_resource"))
    dataset.source = fields.links("source", fields.raw("source"))


def _iri(text: str) -> str | None:
    return text if is_iri(text) else None


def _statements(value: Any) -> list[Statement]:
    return [
        Statement(iri=text) if is_iri(text) else Statement(label={"und": text})
        for text in map(plain, many(value))
        if text
    ]


def _licence(fields: Fields) -> str | None:
    terms = nested(fields.raw("terms_of_use"))
    name = fields.text("license_id") or plain(terms.get("license_id"))
    known = concept("licence", name) if name else None
    known = known or concept("licence", fields.text("license_title"))
    address = fields.text("license_url") or plain(terms.get("license_url"))
    if known or is_iri(address):
        return known or address
    if name and name not in ("notspecified", "other"):
        fields.note("set-aside", "license", name)
    return None


def _distribution(fields: Fields, page: str, licence: str | None, language: str) -> Distribution:
    identity, url = fields.text("id"), fields.text("url")
    access = fields.links("access_url", fields.text("access_url") or url)
    own = concept("licence", fields.text("license", "license_id"))
    return Distribution(
        iri=_iri(fields.text("uri")) or (f"{page}/resource/{identity}" if identity else None),
        title=fields.words(language, "name_translated", "name", "title"),
        description=fields.words(language, "description_translated", "description"),
        access_url=access or [page],
        download_url=fields.links("download_url", fields.text("download_url")),
        license=own or licence,
        license_attribution=fields.words(language, "licenseAttributionByText"),
        format=fields.concept("format", "file-type", fields.text("format")),
        media_type=media_type(fields.text("mimetype", "media_type")),
        byte_size=fields.number("byte_size", "size"),
        checksum=_checksum(fields),
        issued=fields.date("issued", "issued", "created"),
        modified=fields.date("modified", "modified", "last_modified"),
        language=fields.concepts("language", "language", many(fields.raw("language"))),
        availability=_iri(fields.text("availability", "plannedAvailability")),
        status=_iri(fields.text("status")),
        rights=_statements(fields.raw("rights")),
        conforms_to=_statements(fields.raw("conforms_to")),
        page=[Statement(iri=u) for u in fields.links("page", fields.raw("documentation"))],
    )


def _checksum(fields: Fields) -> Checksum | None:
    value = fields.text("hash").lower()
    prefix, colon, rest = value.partition(":")
    if colon and prefix in ALGORITHMS:
        value = rest
    if not value or any(c not in "0123456789abcdef" for c in value):
        return None
    named = fields.text("hash_algorithm") or prefix
    name = ALGORITHMS.get(named.lower().rpartition("_")[2].replace("-", ""))
    name = name or HEX_LENGTHS.get(len(value))
    if name is None:
        return None
    return Checksum(algorithm=f"{SPDX}checksumAlgorithm_{name}", value=value)


def _attribution(fields: Fields, dataset: Dataset, language: str) -> None:
    """The package's attribution text belongs to every distribution that has none."""
    terms = nested(fields.raw("terms_of_use"))
    text = fields.text("licenseAttributionByText", "attribution_text")
    text = text or plain(terms.get("attribution_text"))
    for distribution in dataset.distribution:
        if text and not distribution.license_attribution:
            distribution.license_attribution = {language: text}
