# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The shape of the hand-written descriptions in `catalogue.toml` and `datasets/*.toml`.

Unknown keys are refused, so that a slip of the pen fails when the file is read.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, field

from allmende.demo.shipped import FOLDER

Languages = dict[str, str]


class AgentForm(Struct, forbid_unknown_fields=True):
    """A publisher or creator."""

    name: Languages
    iri: str | None = None
    type: str | None = None
    homepage: list[str] = field(default_factory=list)


class LicenceForm(Struct, forbid_unknown_fields=True):
    """A licence: its address in the list of DCAT-AP.de and, where that is a collective term,
    the rights statement that names the licence itself."""

    iri: str
    rights: Languages = field(default_factory=dict)
    url: str | None = None


class PlaceForm(Struct, forbid_unknown_fields=True):
    """A place by its key and level in the geocoding lists of DCAT-AP.de."""

    name: Languages
    key: str
    level: str


class SeriesForm(Struct, forbid_unknown_fields=True):
    """A series of datasets."""

    publisher: str
    title: Languages
    description: Languages
    themes: list[str]
    keywords: dict[str, list[str]]


class ServiceForm(Struct, forbid_unknown_fields=True):
    """An interface of the platform itself; paths are relative to its address."""

    endpoint: str
    title: Languages
    description: Languages
    description_path: str
    formats: list[str]
    keywords: dict[str, list[str]]
    conforms_to: list[str] = field(default_factory=list)


class CatalogueForm(Struct, forbid_unknown_fields=True):
    """Everything the datasets share."""

    id: str
    organisation: str
    organisation_name: Languages
    publisher: str
    licence: str
    title: Languages
    description: Languages
    contact: Languages
    places: dict[str, PlaceForm]
    agents: dict[str, AgentForm]
    licences: dict[str, LicenceForm]
    series: dict[str, SeriesForm]
    services: dict[str, ServiceForm]


class DistributionForm(Struct, forbid_unknown_fields=True):
    """One file: title and, for a table, its columns as name = [type, German, English, unit?]."""

    file: str
    title: Languages
    key: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)


class PeriodForm(Struct, forbid_unknown_fields=True):
    """A stated period; or `file`, whose measured period counts."""

    start: str | None = None
    end: str | None = None
    file: str | None = None


class DatasetForm(Struct, forbid_unknown_fields=True):
    """One dataset, described for people."""

    id: str
    publisher: str
    licence: str
    attribution: Languages
    modified: str
    themes: list[str]
    title: Languages
    description: Languages
    keywords: dict[str, list[str]]
    provenance: Languages
    period: PeriodForm
    distribution: list[DistributionForm]
    creator: list[str] = field(default_factory=list)
    place: str = "jena"
    series: str | None = None
    hvd: list[str] = field(default_factory=list)
    page: list[str] = field(default_factory=list)
    resolution: str | None = None  # xsd:duration between two observations
    related: list[str] = field(default_factory=list)


@cache
def catalogue_form() -> CatalogueForm:
    """What stands in `catalogue.toml`."""
    return msgspec.convert(_read(FOLDER / "catalogue.toml"), CatalogueForm)


@cache
def dataset_forms() -> tuple[DatasetForm, ...]:
    """What stands in `datasets/*.toml`, in the order of the file names."""
    paths = sorted((FOLDER / "datasets").glob("*.toml"))
    return tuple(msgspec.convert(_read(path), DatasetForm) for path in paths)


def _read(path: Path) -> object:
    return tomllib.loads(path.read_text(encoding="utf-8"))
