# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The entities of OGC SensorThings 1.1 (18-088, clause 8.2) and STAplus 1.0 (22-022r1) as data.

Tables, addresses, queries, writing and the description of the interface follow from this
one list. Observations are not in a table like the others; see `store.sensing`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Kind(StrEnum):
    """The kinds of entities; the value is the name in the standard."""

    THING = "Thing"
    LOCATION = "Location"
    HISTORICAL_LOCATION = "HistoricalLocation"
    DATASTREAM = "Datastream"
    MULTI_DATASTREAM = "MultiDatastream"
    SENSOR = "Sensor"
    OBSERVED_PROPERTY = "ObservedProperty"
    OBSERVATION = "Observation"
    FEATURE = "FeatureOfInterest"
    PARTY = "Party"
    LICENSE = "License"
    CAMPAIGN = "Campaign"
    GROUP = "ObservationGroup"
    RELATION = "Relation"


Type = Literal["text", "json", "time", "interval", "geometry", "any", "number"]


class Attribute(Struct, frozen=True, kw_only=True):
    """A property of a kind: its type, its column, whether it must be given."""

    name: str
    type: Type = "text"
    required: bool = False
    computed: bool = False  # by the server; ignored when written
    personal: bool = False  # seen by who may write for its organisation, and by whom it names
    column: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """A navigation property.

    To one: `column` of the own table holds the id. To many: either the other kind's
    `column` points here, or pairs stand in the table `through` (`own`, `other` are its columns).
    """

    name: str
    target: Kind
    many: bool
    required: bool = False
    column: str = ""
    through: str = ""
    own: str = ""
    other: str = ""


class EntityType(Struct, frozen=True, kw_only=True):
    """A kind of entity with its address part, table, properties and links."""

    kind: Kind
    collection: str  # in addresses: Things
    table: str
    attributes: tuple[Attribute, ...]
    links: tuple[Link, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The property with this name."""
        return next((each for each in self.attributes if each.name == name), None)

    def link(self, name: str) -> Link | None:
        """The navigation property with this name."""
        return next((each for each in self.links if each.name == name), None)


def _named(*more: Attribute) -> tuple[Attribute, ...]:
    return (
        Attribute(name="name", required=True, column="name"),
        Attribute(name="description", required=True, column="description"),
        *more,
        Attribute(name="properties", type="json", column="properties"),
    )


_STREAM = (
    Attribute(name="observationType", required=True, column="observation_type"),
    Attribute(name="unitOfMeasurement", type="json", required=True, column="unit"),
    Attribute(name="observedArea", type="geometry", computed=True, column="area"),
    Attribute(name="phenomenonTime", type="interval", computed=True),
    Attribute(name="resultTime", type="interval", computed=True),
)
_MULTI = (
    Attribute(name="unitOfMeasurements", type="json", required=True, column="unit"),
    Attribute(name="observationType", computed=True, column="observation_type"),
    Attribute(name="multiObservationDataTypes", type="json", required=True, column="data_types"),
    *_STREAM[2:],
)


def _one(name: str, target: Kind, column: str, *, required: bool = False) -> Link:
    return Link(name=name, target=target, many=False, column=column, required=required)


def _many(name: str, target: Kind, column: str) -> Link:
    return Link(name=name, target=target, many=True, column=column)


def _pairs(name: str, target: Kind, through: str, own: str, other: str) -> Link:
    return Link(name=name, target=target, many=True, through=through, own=own, other=other)


_TYPES = (
    EntityType(
        kind=Kind.THING,
        collection="Things",
        table="sense_thing",
        attributes=_named(),
        links=(
            _pairs("Locations", Kind.LOCATION, "sense_thing_location", "thing", "location"),
            _many("HistoricalLocations", Kind.HISTORICAL_LOCATION, "thing"),
            _many("Datastreams", Kind.DATASTREAM, "thing"),
            _many("MultiDatastreams", Kind.MULTI_DATASTREAM, "thing"),
            _one("Party", Kind.PARTY, "party"),
        ),
    ),
    EntityType(
        kind=Kind.LOCATION,
        collection="Locations",
        table="sense_location",
        attributes=_named(
            Attribute(name="encodingType", required=True, column="encoding"),
            Attribute(name="location", type="geometry", required=True, column="place"),
        ),
        links=(
            _pairs("Things", Kind.THING, "sense_thing_location", "location", "thing"),
            _pairs(
                "HistoricalLocations",
                Kind.HISTORICAL_LOCATION,
                "sense_history_location",
                "location",
                "history",
            ),
        ),
    ),
    EntityType(
        kind=Kind.HISTORICAL_LOCATION,
        collection="HistoricalLocations",
        table="sense_history",
        attributes=(Attribute(name="time", type="time", required=True, column="time"),),
        links=(
            _one("Thing", Kind.THING, "thing", required=True),
            _pairs("Locations", Kind.LOCATION, "sense_history_location", "history", "location"),
        ),
    ),
    EntityType(
        kind=Kind.DATASTREAM,
        collection="Datastreams",
        table="sense_datastream",
        attributes=_named(*_STREAM),
        links=(
            _one("Thing", Kind.THING, "thing", required=True),
            _one("Sensor", Kind.SENSOR, "sensor", required=True),
            _one("ObservedProperty", Kind.OBSERVED_PROPERTY, "observed_property", required=True),
            _many("Observations", Kind.OBSERVATION, "datastream"),
            _one("Party", Kind.PARTY, "party"),
            _one("License", Kind.LICENSE, "license"),
            _pairs("Campaigns", Kind.CAMPAIGN, "sense_campaign_stream", "stream", "campaign"),
        ),
    ),
    EntityType(
        kind=Kind.MULTI_DATASTREAM,
        collection="MultiDatastreams",
        table="sense_datastream",
        attributes=_named(*_MULTI),
        links=(
            _one("Thing", Kind.THING, "thing", required=True),
            _one("Sensor", Kind.SENSOR, "sensor", required=True),
            _pairs(
                "ObservedProperties",
                Kind.OBSERVED_PROPERTY,
                "sense_stream_property",
                "stream",
                "property",
            ),
            _many("Observations", Kind.OBSERVATION, "datastream"),
            _one("Party", Kind.PARTY, "party"),
            _one("License", Kind.LICENSE, "license"),
            _pairs("Campaigns", Kind.CAMPAIGN, "sense_campaign_stream", "stream", "campaign"),
        ),
    ),
    EntityType(
        kind=Kind.SENSOR,
        collection="Sensors",
        table="sense_sensor",
        attributes=_named(
            Attribute(name="encodingType", required=True, column="encoding"),
            Attribute(name="metadata", type="any", required=True, column="metadata"),
        ),
        links=(
            _many("Datastreams", Kind.DATASTREAM, "sensor"),
            _many("MultiDatastreams", Kind.MULTI_DATASTREAM, "sensor"),
        ),
    ),
    EntityType(
        kind=Kind.OBSERVED_PROPERTY,
        collection="ObservedProperties",
        table="sense_property",
        attributes=_named(Attribute(name="definition", required=True, column="definition")),
        links=(
            _many("Datastreams", Kind.DATASTREAM, "observed_property"),
            _pairs(
                "MultiDatastreams",
                Kind.MULTI_DATASTREAM,
                "sense_stream_property",
                "property",
                "stream",
            ),
        ),
    ),
    EntityType(
        kind=Kind.OBSERVATION,
        collection="Observations",
        table="",
        attributes=(
            Attribute(name="phenomenonTime", type="interval"),
            Attribute(name="result", type="any", required=True),
            Attribute(name="resultTime", type="time"),
            Attribute(name="resultQuality", type="any"),
            Attribute(name="validTime", type="interval"),
            Attribute(name="parameters", type="json"),
        ),
        links=(
            _one("Datastream", Kind.DATASTREAM, "datastream"),
            _one("MultiDatastream", Kind.MULTI_DATASTREAM, "datastream"),
            _one("FeatureOfInterest", Kind.FEATURE, "feature"),
            _pairs("ObservationGroups", Kind.GROUP, "sense_group_member", "observation", "grouped"),
        ),
    ),
    EntityType(
        kind=Kind.FEATURE,
        collection="FeaturesOfInterest",
        table="sense_feature",
        attributes=_named(
            Attribute(name="encodingType", required=True, column="encoding"),
            Attribute(name="feature", type="geometry", required=True, column="place"),
        ),
        links=(_many("Observations", Kind.OBSERVATION, "feature"),),
    ),
    EntityType(
        kind=Kind.PARTY,
        collection="Parties",
        table="sense_party",
        attributes=(
            Attribute(name="role", required=True, column="role"),
            Attribute(name="displayName", column="name"),
            Attribute(name="description", column="description"),
            Attribute(name="authId", column="auth", personal=True),
            Attribute(name="properties", type="json", column="properties"),
        ),
        links=(
            _many("Things", Kind.THING, "party"),
            _many("Datastreams", Kind.DATASTREAM, "party"),
            _many("MultiDatastreams", Kind.MULTI_DATASTREAM, "party"),
            _many("Campaigns", Kind.CAMPAIGN, "party"),
            _many("ObservationGroups", Kind.GROUP, "party"),
        ),
    ),
    EntityType(
        kind=Kind.LICENSE,
        collection="Licenses",
        table="sense_license",
        attributes=_named(
            Attribute(name="definition", required=True, column="definition"),
            Attribute(name="logo", column="logo"),
        ),
        links=(
            _many("Datastreams", Kind.DATASTREAM, "license"),
            _many("MultiDatastreams", Kind.MULTI_DATASTREAM, "license"),
            _many("Campaigns", Kind.CAMPAIGN, "license"),
            _many("ObservationGroups", Kind.GROUP, "license"),
        ),
    ),
    EntityType(
        kind=Kind.CAMPAIGN,
        collection="Campaigns",
        table="sense_campaign",
        attributes=_named(
            Attribute(name="classification", column="classification"),
            Attribute(name="termsOfUse", required=True, column="terms"),
            Attribute(name="privacyPolicy", column="privacy"),
            Attribute(name="creationTime", type="time", required=True, column="time"),
            Attribute(name="startTime", type="time", column="start_time"),
            Attribute(name="endTime", type="time", column="end_time"),
            Attribute(name="url", column="url"),
        ),
        links=(
            _one("Party", Kind.PARTY, "party", required=True),
            _one("License", Kind.LICENSE, "license"),
            _pairs("Datastreams", Kind.DATASTREAM, "sense_campaign_stream", "campaign", "stream"),
            _pairs(
                "MultiDatastreams",
                Kind.MULTI_DATASTREAM,
                "sense_campaign_stream",
                "campaign",
                "stream",
            ),
            _many("ObservationGroups", Kind.GROUP, "campaign"),
        ),
    ),
    EntityType(
        kind=Kind.GROUP,
        collection="ObservationGroups",
        table="sense_group",
        attributes=_named(
            Attribute(name="purpose", column="purpose"),
            Attribute(name="creationTime", type="time", required=True, column="time"),
            Attribute(name="endTime", type="time", column="end_time"),
            Attribute(name="termsOfUse", column="terms"),
            Attribute(name="privacyPolicy", column="privacy"),
        ),
        links=(
            _one("Party", Kind.PARTY, "party"),
            _one("License", Kind.LICENSE, "license"),
            _one("Campaign", Kind.CAMPAIGN, "campaign"),
            _pairs(
                "Observations", Kind.OBSERVATION, "sense_group_member", "grouped", "observation"
            ),
        ),
    ),
    EntityType(
        kind=Kind.RELATION,
        collection="Relations",
        table="sense_relation",
        attributes=(
            Attribute(name="role", required=True, column="role"),
            Attribute(name="description", column="description"),
            Attribute(name="externalObject", column="external"),
            Attribute(name="properties", type="json", column="properties"),
        ),
        links=(
            _one("Subject", Kind.OBSERVATION, "subject", required=True),
            _one("Object", Kind.OBSERVATION, "object"),
        ),
    ),
)

TYPES: dict[Kind, EntityType] = {each.kind: each for each in _TYPES}
COLLECTIONS: dict[str, EntityType] = {each.collection: each for each in _TYPES}
