# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules that lead other spellings of a concept to the IRI its vocabulary gives it."""

from __future__ import annotations

import re
from functools import lru_cache

from allmende.model.namespaces import IANA_MEDIA_TYPE
from allmende.model.vocabulary import names, vocabulary

_DCATDE = re.compile(r"https?://(?:www\.)?dcat-ap\.de/def/(.+)\Z")
_OFFICE = re.compile(r"https?://(?:www\.)?publications\.europa\.eu/resource/authority/(.+)\Z")
_IANA = re.compile(r"https?://(?:www\.)?iana\.org/assignments/media-types/(.+)\Z")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9!#$&^_.+-]*\Z")
_ADDRESS = re.compile(r"https?://[^\s()<>\"]+")
_LEVEL = re.compile(r"(http://dcat-ap\.de/def/licenses/[\w-]+/\d+)_(\d+)\Z")
_WRONG_MEDIA = {
    "application/octet-stream+zip": "application/zip",
    "application/x-zip-compressed": "application/zip",
    "application/vnd.geo+json": "application/geo+json",
    "application/geojson": "application/geo+json",
    "application/csv": "text/csv",
    "application/x-gpkg": "application/geopackage+sqlite3",
    "image/jpg": "image/jpeg",
    "text/json": "application/json",
}
# the list itself is kept as it came: a foreign licence may not be exchanged (GovData, K34)
_KEPT = frozenset({"licence", "contributor", "hvd-category"})


@lru_cache(maxsize=8192)
def better_concept(name: str, iri: str) -> str | None:
    """The valid IRI for a variant of it; None when it is valid already or unknown."""
    if name == "media-type":
        better = _media_type_iri(iri)
    else:
        better = _same_list(iri)
        if name in names():
            better = _equal(name, better)
    return better if better != iri else None


def _same_list(iri: str) -> str:
    """The IRI with the host and scheme its list really has."""
    match = _DCATDE.match(iri)
    if match is not None:
        better = f"http://dcat-ap.de/def/{match.group(1)}"
        return _LEVEL.sub(r"\1.\2", better)
    match = _OFFICE.match(iri)
    if match is not None:
        return f"http://publications.europa.eu/resource/authority/{match.group(1)}"
    return iri


def _equal(name: str, iri: str) -> str:
    listed = vocabulary(name)
    if listed.has(iri) and not listed.open:
        return iri
    concept = listed.get(iri)
    if concept is None and iri.startswith(listed.base) and not listed.open:
        concept = listed.match(iri[len(listed.base) :])
    if concept is None:
        return iri
    return iri if name in _KEPT and not iri.startswith(listed.base) else concept.iri


def _media_type_iri(iri: str) -> str:
    match = _IANA.match(iri)
    if match is None:
        return iri
    given = match.group(1).lower()
    return IANA_MEDIA_TYPE + _WRONG_MEDIA.get(given, given)


@lru_cache(maxsize=8192)
def concept_from_text(name: str, text: str) -> str | None:
    """The concept a text names without doubt; None when none or several fit."""
    if name == "media-type":
        return _media_type(text)
    if name not in names():
        return None
    concept = vocabulary(name).match(text)
    if concept is not None:
        return concept.iri
    return _licence_address(text) if name == "licence" else None


def _licence_address(text: str) -> str | None:
    """The licence whose address stands in a longer text, if it is the only one."""
    listed = vocabulary("licence")
    concepts = [listed.get(address.rstrip(".,;:")) for address in _ADDRESS.findall(text)]
    found = {concept.iri for concept in concepts if concept is not None}
    return found.pop() if len(found) == 1 else None


def _media_type(text: str) -> str | None:
    given = text.partition(";")[0].strip().lower()
    if _MEDIA_TYPE.match(given):
        return IANA_MEDIA_TYPE + _WRONG_MEDIA.get(given, given)
    concept = vocabulary("file-type").match(text)
    media = concept.facts.get("media") if concept is not None else None
    return IANA_MEDIA_TYPE + media[0] if media else None
