# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Facet values that are worked out from several properties of a resource."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from allmende.model.catalogue import DataService, Dataset, Distribution, Resource
from allmende.model.vocabulary import vocabulary
from allmende.projections.search.places import Box, Period, box_of, day

MAX_YEARS = 60  # longer periods (geology, history) do not become years
MAX_BOXES = 20

NO_FORMAT = frozenset({"OCTET"})  # just bytes
BYTES = frozenset({"BIN", "OCTET"})  # formats that say less than a media type
LIMITED_ACCESS = frozenset({"RESTRICTED", "NON_PUBLIC", "CONFIDENTIAL", "SENSITIVE"})

_SEPARATOR = re.compile(r"[/#]")
_MEDIA_TYPES = "media-types/"
_LONGEST_CODE = 30


def licences(resource: Resource) -> list[str]:
    """Licences of the resource and its distributions: IRIs of the list, others as they came."""
    found = [resource.license]
    if isinstance(resource, Dataset):
        found += [distribution.license for distribution in resource.distribution]
    return list(dict.fromkeys(_licence(iri)[0] for iri in found if iri))


def openness(resource: Resource) -> str:
    """`open`, `restricted` or `unknown`, from the access rights and the licences.

    Open: something of it has an open licence and the access is not said to be limited.
    """
    if _tail(resource.access_rights or "").upper() in LIMITED_ACCESS:
        return "restricted"
    terms = [_licence(iri)[1] for iri in licences(resource)]
    if True in terms:
        return "open"
    return "restricted" if False in terms else "unknown"


@lru_cache(maxsize=4096)
def _licence(iri: str) -> tuple[str, bool | None]:
    """The IRI of the licence list and whether it is open; None when nobody knows."""
    found = vocabulary("licence").get(iri)
    return (found.iri, found.facts.get("open")) if found else (iri, None)


def formats(resource: Resource) -> list[str]:
    """Codes of the file types, like `CSV` or `WMS_SRVC` of the EU's file-type list."""
    given: Iterable[str | None] = ()
    if isinstance(resource, Dataset):
        given = (_telling(each) for each in resource.distribution)
    elif isinstance(resource, DataService):
        given = resource.format
    return list(dict.fromkeys(code for code in map(format_code, filter(None, given)) if code))


def _telling(distribution: Distribution) -> str | None:
    """The format, or the media type when the format only says that it is bytes."""
    given, kind = distribution.format, distribution.media_type
    found = vocabulary("file-type").get(given) if given else None
    if kind and (not given or (found and found.code in BYTES)):
        return kind
    return given


@lru_cache(maxsize=4096)
def format_code(value: str) -> str:
    """The code of a file type's IRI, a media type's IRI or a text like `csv`.

    Empty when it says nothing (`application/octet-stream`).
    """
    text = value.partition(_MEDIA_TYPES)[2] or value
    known = vocabulary("file-type")
    found = known.get(value) or known.match(text) or known.match(_tail(text))
    if found:
        return "" if found.code in NO_FORMAT else found.code
    code = _tail(text).upper()
    return "" if len(code) > _LONGEST_CODE or code.startswith("OCTET-STREAM") else code


def _tail(iri: str) -> str:
    parts = [part for part in _SEPARATOR.split(iri.strip()) if part]
    return parts[-1] if parts else ""


def periods(resource: Resource) -> list[Period]:
    """The times the data speak about, as ISO dates; an open end is empty."""
    found = [(day(period.start), day(period.end)) for period in resource.temporal]
    return sorted({period for period in found if any(period)})


def years(resource: Resource, covered: list[Period]) -> list[str]:
    """Years the data speak about, else the year of issue, else that of the last change."""
    date = day(resource.issued) or day(resource.modified)
    return years_of(covered) or ([date[:4]] if date else [])


def years_of(covered: list[Period]) -> list[str]:
    """Years in the periods; an open end is left out, and periods of a lifetime and more."""
    found: set[str] = set()
    for start, end in covered:
        first, last = int((start or end)[:4]), int((end or start)[:4])
        if 0 <= last - first < MAX_YEARS:
            found.update(str(year) for year in range(first, last + 1))
    return sorted(found)


def boxes(resource: Resource) -> list[Box]:
    """Bounding boxes of the places, at most twenty."""
    found: dict[Box, None] = {}
    for place in resource.spatial:
        for geometry in place.bbox or place.geometry or place.centroid:
            box = box_of(geometry)
            if box:
                found[box] = None
    return list(found)[:MAX_BOXES]
