# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The resources of the catalogue: what DCAT-AP.de describes, as typed records.

This is the only list of properties. Each field carries its RDF property and its range
(`Term`); the RDF codec, the canonical JSON, the profile tables and the pages follow
from it. Sources: DCAT 3 (W3C), DCAT-AP 3.0.1 (SEMIC), DCAT-AP.de 3.0 (GovData),
DCAT-AP HVD 3.0.0.

Conventions
- `Text` maps a lower-case BCP 47 language tag to one text; `"und"` holds a literal
  without a tag (RFC 5646 §2.2.1).
- `Words` maps a language tag to a list of keywords.
- Dates are ISO 8601 strings in the precision that was given: `2021`, `2021-01`,
  `2021-01-05` or `2021-01-05T12:00:00+01:00`.
- `iri` is `None` for an anonymous node; `"_:…"` names a node inside one record so that
  `extra` can refer to it.
- `extra` keeps, as N-Triples lines, all statements the model does not know, so that a
  round trip loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from allmende.model.namespaces import (
    ADMS,
    DCAT,
    DCATAP,
    DCATDE,
    DCT,
    FOAF,
    GEODCATAP,
    LOCN,
    ODRL,
    OWL,
    PROV,
    RDFS,
    SKOS,
    SPDX,
    VCARD,
)

Text = dict[str, str]
Words = dict[str, list[str]]
Iri = str
Date = str


class Range(StrEnum):
    """What the object of a property is in RDF."""

    TEXT = "text"  # rdf:langString or xsd:string, one per language
    WORDS = "words"  # the same, many per language
    LITERAL = "literal"  # xsd:string
    DATE = "date"  # xsd:gYear, gYearMonth, date or dateTime
    DURATION = "duration"  # xsd:duration
    DECIMAL = "decimal"  # xsd:decimal
    INTEGER = "integer"  # xsd:nonNegativeInteger
    HEX = "hex"  # xsd:hexBinary
    GEOMETRY = "geometry"  # geo:wktLiteral or geo:geoJSONLiteral
    IRI = "iri"  # an address or a foreign resource
    CONCEPT = "concept"  # an IRI of a controlled vocabulary
    NODE = "node"  # a described node of the field's own type


@dataclass(frozen=True, slots=True)
class Term:
    """The RDF side of a field: property IRI, range, vocabulary and the type of its nodes.

    `vocabulary` names the controlled vocabulary a CONCEPT comes from (`model/vocabularies`);
    `type` is the rdf:type of a NODE when it differs from the first of its class.
    """

    iri: str
    range: Range
    vocabulary: str = ""
    type: str = ""


def term(iri: str, range_: Range, vocabulary: str = "", type_: str = "") -> Meta:
    """Annotation that ties a field to its RDF property."""
    return Meta(extra={"term": Term(iri, range_, vocabulary, type_)})


class Node(Struct, omit_defaults=True, kw_only=True):
    """Anything described inside a record."""

    rdf_types: ClassVar[tuple[str, ...]] = ()
    iri: Iri | None = None


class Agent(Node):
    """A person or organisation (foaf:Agent)."""

    rdf_types = (FOAF + "Agent", FOAF + "Organization", FOAF + "Person")
    name: Annotated[Text, term(FOAF + "name", Range.TEXT)] = field(default_factory=dict)
    type: Annotated[Iri | None, term(DCT + "type", Range.CONCEPT, "publisher-type")] = None
    homepage: Annotated[list[Iri], term(FOAF + "homepage", Range.IRI)] = field(default_factory=list)
    mbox: Annotated[list[Iri], term(FOAF + "mbox", Range.IRI)] = field(default_factory=list)
    kind: str | None = None  # the rdf:type that was given when it is not the default one


class Kind(Node):
    """A contact point (vcard:Kind)."""

    rdf_types = (VCARD + "Kind", VCARD + "Organization", VCARD + "Individual", VCARD + "Group")
    fn: Annotated[Text, term(VCARD + "fn", Range.TEXT)] = field(default_factory=dict)
    email: Annotated[list[Iri], term(VCARD + "hasEmail", Range.IRI)] = field(default_factory=list)
    url: Annotated[list[Iri], term(VCARD + "hasURL", Range.IRI)] = field(default_factory=list)
    telephone: Annotated[list[Iri], term(VCARD + "hasTelephone", Range.IRI)] = field(
        default_factory=list
    )
    organization_name: Annotated[Text, term(VCARD + "organization-name", Range.TEXT)] = field(
        default_factory=dict
    )
    kind: str | None = None


class Location(Node):
    """A place (dct:Location): name, geometry, bounding box, centroid; EPSG:4326 unless said."""

    rdf_types = (DCT + "Location",)
    label: Annotated[Text, term(SKOS + "prefLabel", Range.TEXT)] = field(default_factory=dict)
    identifier: Annotated[list[str], term(DCT + "identifier", Range.LITERAL)] = field(
        default_factory=list
    )
    bbox: Annotated[list[str], term(DCAT + "bbox", Range.GEOMETRY)] = field(default_factory=list)
    centroid: Annotated[list[str], term(DCAT + "centroid", Range.GEOMETRY)] = field(
        default_factory=list
    )
    geometry: Annotated[list[str], term(LOCN + "geometry", Range.GEOMETRY)] = field(
        default_factory=list
    )


class Period(Node):
    """A period of time (dct:PeriodOfTime); an open end stays None."""

    rdf_types = (DCT + "PeriodOfTime",)
    start: Annotated[Date | None, term(DCAT + "startDate", Range.DATE)] = None
    end: Annotated[Date | None, term(DCAT + "endDate", Range.DATE)] = None


class Checksum(Node):
    """A checksum (spdx:Checksum); value is lower-case hexadecimal."""

    rdf_types = (SPDX + "Checksum",)
    algorithm: Annotated[
        Iri | None, term(SPDX + "algorithm", Range.CONCEPT, "checksum-algorithm")
    ] = None
    value: Annotated[str | None, term(SPDX + "checksumValue", Range.HEX)] = None


class Identifier(Node):
    """A secondary identifier (adms:Identifier)."""

    rdf_types = (ADMS + "Identifier",)
    notation: Annotated[str | None, term(SKOS + "notation", Range.LITERAL)] = None
    creator: Annotated[Iri | None, term(DCT + "creator", Range.IRI)] = None
    issued: Annotated[Date | None, term(DCT + "issued", Range.DATE)] = None


class Statement(Node):
    """A rights statement, provenance statement or standard that carries a text."""

    rdf_types = (
        DCT + "RightsStatement",
        DCT + "ProvenanceStatement",
        DCT + "Standard",
        FOAF + "Document",
        ODRL + "Policy",
    )
    label: Annotated[Text, term(RDFS + "label", Range.TEXT)] = field(default_factory=dict)
    title: Annotated[Text, term(DCT + "title", Range.TEXT)] = field(default_factory=dict)
    kind: str | None = None


class Relationship(Node):
    """A qualified relation or attribution (dcat:Relationship, prov:Attribution)."""

    rdf_types = (DCAT + "Relationship", PROV + "Attribution")
    role: Annotated[list[Iri], term(DCAT + "hadRole", Range.CONCEPT)] = field(default_factory=list)
    relation: Annotated[list[Iri], term(DCT + "relation", Range.IRI)] = field(default_factory=list)
    agent: Annotated[Agent | None, term(PROV + "agent", Range.NODE)] = None
    kind: str | None = None


class Described(Node):
    """What catalogue, dataset, series, service and distribution have in common."""

    title: Annotated[Text, term(DCT + "title", Range.TEXT)] = field(default_factory=dict)
    description: Annotated[Text, term(DCT + "description", Range.TEXT)] = field(
        default_factory=dict
    )
    issued: Annotated[Date | None, term(DCT + "issued", Range.DATE)] = None
    modified: Annotated[Date | None, term(DCT + "modified", Range.DATE)] = None
    language: Annotated[list[Iri], term(DCT + "language", Range.CONCEPT, "language")] = field(
        default_factory=list
    )
    license: Annotated[Iri | None, term(DCT + "license", Range.CONCEPT, "licence")] = None
    rights: Annotated[list[Statement], term(DCT + "rights", Range.NODE)] = field(
        default_factory=list
    )
    conforms_to: Annotated[
        list[Statement], term(DCT + "conformsTo", Range.NODE, "", DCT + "Standard")
    ] = field(default_factory=list)
    applicable_legislation: Annotated[
        list[Iri], term(DCATAP + "applicableLegislation", Range.IRI)
    ] = field(default_factory=list)
    page: Annotated[list[Statement], term(FOAF + "page", Range.NODE, "", FOAF + "Document")] = (
        field(default_factory=list)
    )


class Distribution(Described):
    """One form of a dataset that can be had (dcat:Distribution)."""

    rdf_types = (DCAT + "Distribution",)
    access_url: Annotated[list[Iri], term(DCAT + "accessURL", Range.IRI)] = field(
        default_factory=list
    )
    download_url: Annotated[list[Iri], term(DCAT + "downloadURL", Range.IRI)] = field(
        default_factory=list
    )
    format: Annotated[Iri | None, term(DCT + "format", Range.CONCEPT, "file-type")] = None
    media_type: Annotated[Iri | None, term(DCAT + "mediaType", Range.CONCEPT, "media-type")] = None
    compress_format: Annotated[
        Iri | None, term(DCAT + "compressFormat", Range.CONCEPT, "media-type")
    ] = None
    package_format: Annotated[
        Iri | None, term(DCAT + "packageFormat", Range.CONCEPT, "media-type")
    ] = None
    byte_size: Annotated[int | None, term(DCAT + "byteSize", Range.INTEGER)] = None
    checksum: Annotated[Checksum | None, term(SPDX + "checksum", Range.NODE)] = None
    availability: Annotated[
        Iri | None, term(DCATAP + "availability", Range.CONCEPT, "planned-availability")
    ] = None
    status: Annotated[Iri | None, term(ADMS + "status", Range.CONCEPT, "distribution-status")] = (
        None
    )
    license_attribution: Annotated[Text, term(DCATDE + "licenseAttributionByText", Range.TEXT)] = (
        field(default_factory=dict)
    )
    access_service: Annotated[list[Iri], term(DCAT + "accessService", Range.IRI)] = field(
        default_factory=list
    )
    spatial_resolution: Annotated[
        float | None, term(DCAT + "spatialResolutionInMeters", Range.DECIMAL)
    ] = None
    temporal_resolution: Annotated[
        str | None, term(DCAT + "temporalResolution", Range.DURATION)
    ] = None
    policy: Annotated[
        list[Statement], term(ODRL + "hasPolicy", Range.NODE, "", ODRL + "Policy")
    ] = field(default_factory=list)


class Resource(Described):
    """What can stand in a catalogue on its own (dcat:Resource)."""

    publisher: Annotated[Agent | None, term(DCT + "publisher", Range.NODE)] = None
    creator: Annotated[list[Agent], term(DCT + "creator", Range.NODE)] = field(default_factory=list)
    contact_point: Annotated[list[Kind], term(DCAT + "contactPoint", Range.NODE)] = field(
        default_factory=list
    )
    keyword: Annotated[Words, term(DCAT + "keyword", Range.WORDS)] = field(default_factory=dict)
    theme: Annotated[list[Iri], term(DCAT + "theme", Range.CONCEPT, "data-theme")] = field(
        default_factory=list
    )
    identifier: Annotated[list[str], term(DCT + "identifier", Range.LITERAL)] = field(
        default_factory=list
    )
    other_identifier: Annotated[list[Identifier], term(ADMS + "identifier", Range.NODE)] = field(
        default_factory=list
    )
    access_rights: Annotated[
        Iri | None, term(DCT + "accessRights", Range.CONCEPT, "access-right")
    ] = None
    landing_page: Annotated[list[Iri], term(DCAT + "landingPage", Range.IRI)] = field(
        default_factory=list
    )
    hvd_category: Annotated[
        list[Iri], term(DCATAP + "hvdCategory", Range.CONCEPT, "hvd-category")
    ] = field(default_factory=list)
    spatial: Annotated[list[Location], term(DCT + "spatial", Range.NODE)] = field(
        default_factory=list
    )
    temporal: Annotated[list[Period], term(DCT + "temporal", Range.NODE)] = field(
        default_factory=list
    )
    contributor_id: Annotated[
        list[Iri], term(DCATDE + "contributorID", Range.CONCEPT, "contributor")
    ] = field(default_factory=list)
    political_geocoding: Annotated[
        list[Iri], term(DCATDE + "politicalGeocodingURI", Range.CONCEPT, "political-geocoding")
    ] = field(default_factory=list)
    political_geocoding_level: Annotated[
        list[Iri],
        term(DCATDE + "politicalGeocodingLevelURI", Range.CONCEPT, "political-geocoding-level"),
    ] = field(default_factory=list)
    geocoding_description: Annotated[Text, term(DCATDE + "geocodingDescription", Range.TEXT)] = (
        field(default_factory=dict)
    )
    availability: Annotated[
        Iri | None, term(DCATAP + "availability", Range.CONCEPT, "planned-availability")
    ] = None
    relation: Annotated[list[Iri], term(DCT + "relation", Range.IRI)] = field(default_factory=list)
    qualified_relation: Annotated[
        list[Relationship], term(DCAT + "qualifiedRelation", Range.NODE)
    ] = field(default_factory=list)
    qualified_attribution: Annotated[
        list[Relationship],
        term(PROV + "qualifiedAttribution", Range.NODE, "", PROV + "Attribution"),
    ] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


class Dataset(Resource):
    """A collection of data, published or curated by one agent (dcat:Dataset)."""

    rdf_types = (DCAT + "Dataset",)
    type: Annotated[list[Iri], term(DCT + "type", Range.CONCEPT, "dataset-type")] = field(
        default_factory=list
    )
    accrual_periodicity: Annotated[
        Iri | None, term(DCT + "accrualPeriodicity", Range.CONCEPT, "frequency")
    ] = None
    spatial_resolution: Annotated[
        float | None, term(DCAT + "spatialResolutionInMeters", Range.DECIMAL)
    ] = None
    temporal_resolution: Annotated[
        str | None, term(DCAT + "temporalResolution", Range.DURATION)
    ] = None
    provenance: Annotated[
        list[Statement], term(DCT + "provenance", Range.NODE, "", DCT + "ProvenanceStatement")
    ] = field(default_factory=list)
    version: Annotated[str | None, term(DCAT + "version", Range.LITERAL)] = None
    version_info: Annotated[str | None, term(OWL + "versionInfo", Range.LITERAL)] = None
    version_notes: Annotated[Text, term(ADMS + "versionNotes", Range.TEXT)] = field(
        default_factory=dict
    )
    has_version: Annotated[list[Iri], term(DCAT + "hasVersion", Range.IRI)] = field(
        default_factory=list
    )
    previous_version: Annotated[Iri | None, term(DCAT + "prev", Range.IRI)] = None
    source: Annotated[list[Iri], term(DCT + "source", Range.IRI)] = field(default_factory=list)
    references: Annotated[list[Iri], term(DCT + "references", Range.IRI)] = field(
        default_factory=list
    )
    is_referenced_by: Annotated[list[Iri], term(DCT + "isReferencedBy", Range.IRI)] = field(
        default_factory=list
    )
    in_series: Annotated[list[Iri], term(DCAT + "inSeries", Range.IRI)] = field(
        default_factory=list
    )
    was_generated_by: Annotated[list[Iri], term(PROV + "wasGeneratedBy", Range.IRI)] = field(
        default_factory=list
    )
    originator: Annotated[list[Agent], term(GEODCATAP + "originator", Range.NODE)] = field(
        default_factory=list
    )
    custodian: Annotated[list[Agent], term(GEODCATAP + "custodian", Range.NODE)] = field(
        default_factory=list
    )
    sample: Annotated[list[Iri], term(ADMS + "sample", Range.IRI)] = field(default_factory=list)
    distribution: Annotated[list[Distribution], term(DCAT + "distribution", Range.NODE)] = field(
        default_factory=list
    )


class DatasetSeries(Resource):
    """Datasets that belong together (dcat:DatasetSeries); members point to it by in_series."""

    rdf_types = (DCAT + "DatasetSeries",)
    accrual_periodicity: Annotated[
        Iri | None, term(DCT + "accrualPeriodicity", Range.CONCEPT, "frequency")
    ] = None


class DataService(Resource):
    """A set of operations that give access to data (dcat:DataService)."""

    rdf_types = (DCAT + "DataService",)
    endpoint_url: Annotated[list[Iri], term(DCAT + "endpointURL", Range.IRI)] = field(
        default_factory=list
    )
    endpoint_description: Annotated[list[Iri], term(DCAT + "endpointDescription", Range.IRI)] = (
        field(default_factory=list)
    )
    serves_dataset: Annotated[list[Iri], term(DCAT + "servesDataset", Range.IRI)] = field(
        default_factory=list
    )
    format: Annotated[list[Iri], term(DCT + "format", Range.CONCEPT, "file-type")] = field(
        default_factory=list
    )


class Catalog(Resource):
    """A catalogue (dcat:Catalog); its members are rows of their own, not fields."""

    rdf_types = (DCAT + "Catalog",)
    homepage: Annotated[list[Iri], term(FOAF + "homepage", Range.IRI)] = field(default_factory=list)
    theme_taxonomy: Annotated[list[Iri], term(DCAT + "themeTaxonomy", Range.IRI)] = field(
        default_factory=list
    )
    has_part: Annotated[list[Iri], term(DCT + "hasPart", Range.IRI)] = field(default_factory=list)
    is_part_of: Annotated[Iri | None, term(DCT + "isPartOf", Range.IRI)] = None


class CatalogRecord(Node):
    """The entry of a resource in a catalogue (dcat:CatalogRecord); written by the platform."""

    rdf_types = (DCAT + "CatalogRecord",)
    primary_topic: Annotated[Iri | None, term(FOAF + "primaryTopic", Range.IRI)] = None
    issued: Annotated[Date | None, term(DCT + "issued", Range.DATE)] = None
    modified: Annotated[Date | None, term(DCT + "modified", Range.DATE)] = None
    source: Annotated[Iri | None, term(DCT + "source", Range.IRI)] = None
    identifier: Annotated[str | None, term(DCT + "identifier", Range.LITERAL)] = None
    conforms_to: Annotated[list[Iri], term(DCT + "conformsTo", Range.IRI)] = field(
        default_factory=list
    )


class ResourceKind(StrEnum):
    """The kinds of resource that have a row and an address of their own."""

    CATALOG = "catalog"
    DATASET = "dataset"
    SERIES = "series"
    SERVICE = "service"


RESOURCE_TYPES: dict[ResourceKind, type[Resource]] = {
    ResourceKind.CATALOG: Catalog,
    ResourceKind.DATASET: Dataset,
    ResourceKind.SERIES: DatasetSeries,
    ResourceKind.SERVICE: DataService,
}


class Repair(Struct, frozen=True, omit_defaults=True):
    """Something that was put right on import: which rule, where, what stood there, what now."""

    code: str  # e.g. "language-tag-case"; explained in docs/reference/repairs.md
    path: str  # e.g. "distribution[2].license"
    before: str = ""
    after: str = ""


def local(text: Text, *languages: str) -> str:
    """The text in the first language that has one, else untagged, else any, else empty."""
    for tag in (*languages, "und", "de", "en"):
        if tag in text:
            return text[tag]
        for other, value in text.items():
            if other.partition("-")[0] == tag:
                return value
    return next(iter(text.values()), "")
