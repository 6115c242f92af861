# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fields of CKAN's search index as conditions of our search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from allmende.interfaces.ckan.licences import licence_iri, theme_iri
from allmende.interfaces.ckan.moments import moment
from allmende.interfaces.ckan.solr import Between, Leaf, Term
from allmende.model import dates, leftover, uuids
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import (
    Call,
    Compare,
    Everything,
    Filter,
    IsNull,
    Like,
    Not,
    Nothing,
    all_of,
    any_of,
)
from allmende.policy import Level, Status

FACETS = {
    "organization": "organisation",
    "owner_org": "organisation",
    "groups": "theme",
    "tags": "keyword",
    "keywords": "keyword",
    "res_format": "format",
    "license_id": "licence",
    "license": "licence",
    "theme": "theme",
    "extras_theme": "theme",
    "publisher": "publisher",
    "publisher_name": "publisher",
    "extras_publisher_name": "publisher",
    "hvd_category": "hvd",
    "extras_hvd_category": "hvd",
    "catalogue": "catalogue",
    "year": "year",
    "openness": "openness",
}
"""Facets of our search by their names in CKAN."""

TIMES = {"metadata_modified": "updated", "metadata_created": "created"}
DATES = {
    "issued": "issued", "extras_issued": "issued",
    "modified": "modified", "extras_modified": "modified",
}  # fmt: skip
WORDS = frozenset(
    {"", "text", "notes", "description", "author", "maintainer", "res_name", "res_description",
     "extras_spatial_text"}
)  # fmt: skip
ALWAYS = {"type": "dataset", "dataset_type": "dataset", "entity_type": "package",
          "index_id": "*", "site_id": "*"}  # fmt: skip
STATES = {"active": Status.PUBLISHED, "draft": Status.DRAFT, "deleted": Status.ARCHIVED}

PUBLIC = all_of(
    Compare("status", "=", Status.PUBLISHED), Compare("metadata_access", "=", Level.OPEN)
)
DATASETS = Compare("kind", "=", ResourceKind.DATASET)

Meaning = Callable[[Leaf], Filter]


def meaning(organisations: list[str]) -> Meaning:
    """What a part of a query means; ids of organisations turn their UUIDs into ids."""
    by_uuid = {uuids.named("organisation", ident): ident for ident in organisations}

    def mean(leaf: Leaf) -> Filter:
        return _mean(leaf, by_uuid)

    return mean


def _mean(leaf: Leaf, organisations: dict[str, str]) -> Filter:
    name = leaf.field
    if name in TIMES:
        return _times(TIMES[name], leaf)
    if name in DATES:
        return _dates(DATES[name], leaf)
    if isinstance(leaf, Between):
        return _range(leaf)
    if name in WORDS:
        return _words(leaf)
    if name in FACETS:
        return _facet(name, leaf, organisations)
    known = _KNOWN.get(name)
    return known(leaf) if known else Nothing()  # fields nobody has filled have no records


# --- single fields ---------------------------------------------------------------------


def _words(leaf: Term) -> Filter:
    words = leaf.text.replace("*", " ").replace("?", " ").strip()
    if not words:
        return Everything()
    return Call("text", (f'"{words}"' if leaf.quoted else words.replace('"', " "),))


def _facet(name: str, leaf: Term, organisations: dict[str, str]) -> Filter:
    facet = FACETS[name]
    if leaf.pattern == "*":
        return Not(IsNull(facet))
    if leaf.pattern is not None:
        return Like(facet, like(_cased(name, leaf.pattern)))
    if facet == "organisation":
        return Compare(facet, "=", organisations.get(leaf.text, leaf.text))
    return Compare(facet, "=", _value(name, leaf.text))


def _cased(name: str, pattern: str) -> str:
    return pattern.upper() if name == "res_format" else pattern


def _value(name: str, text: str) -> str:
    if name == "res_format":
        return text.upper()
    if name in ("license_id", "license"):
        return licence_iri(text) or text
    if name in ("groups", "theme", "extras_theme"):
        return theme_iri(text) or text
    return text


def like(pattern: str) -> str:
    """A pattern with `*` and `?` as one with `%` and `_`; a backslash still escapes."""
    found, rest = "", iter(pattern)
    for char in rest:
        if char == "\\":
            char = next(rest, "\\")
            found += f"\\{char}" if char in "%_\\" else char
        elif char in "*?":
            found += "%" if char == "*" else "_"
        else:
            found += f"\\{char}" if char in "%_" else char
    return found


def _title(leaf: Term) -> Filter:
    if leaf.pattern == "*":
        return Everything()
    pattern = like(leaf.pattern) if leaf.pattern else like(escaped(leaf.text))
    beginnings = [pattern, f"% {pattern}"]
    return any_of(
        *(Like("title", f"{each}{end}") for each in beginnings for end in ("", " %", "-%", ",%"))
    )


def escaped(text: str) -> str:
    """The text as a pattern that stands for itself."""
    return "".join(f"\\{char}" if char in "*?\\" else char for char in text)


def _whole_title(leaf: Term) -> Filter:
    pattern = like(leaf.pattern) if leaf.pattern else like(escaped(leaf.text))
    return Like("title", pattern)


def _name(leaf: Term) -> Filter:
    if leaf.pattern is not None:
        return Like("id", like(leaf.pattern))
    return any_of(
        Compare("id", "=", leaf.text.replace("_", "-")),
        Compare("uuid", "=", leftover.alias(leaf.text)),
    )


def _id(leaf: Term) -> Filter:
    if leaf.pattern == "*":
        return Everything()
    return Compare("uuid", "=", leaf.text) if uuids.is_uuid(leaf.text) else _name(leaf)


def _state(leaf: Term) -> Filter:
    if leaf.pattern == "*":
        return Everything()
    found = STATES.get(leaf.text.lower())
    return Compare("status", "=", found) if found else Nothing()


def _private(leaf: Term) -> Filter:
    said = leaf.text.lower()
    if leaf.pattern == "*":
        return Everything()
    opened = all_of(
        Not(Compare("status", "=", Status.DRAFT)), Compare("metadata_access", "=", Level.OPEN)
    )
    if said in ("true", "private"):
        return Not(opened)
    return opened if said in ("false", "public") else Nothing()


def _always(leaf: Term) -> Filter:
    wanted = ALWAYS[leaf.field]
    fits = wanted == "*" or leaf.pattern == "*" or leaf.text == wanted
    return Everything() if fits else Nothing()


_KNOWN: dict[str, Callable[[Term], Filter]] = {
    "title": _title,
    "title_string": _whole_title,
    "name": _name,
    "id": _id,
    "state": _state,
    "private": _private,
    "capacity": _private,
    **dict.fromkeys(ALWAYS, _always),
}


# --- ranges ----------------------------------------------------------------------------


def _range(leaf: Between) -> Filter:
    """Ranges of texts: facets, names and titles; `[* TO *]` is "has any value"."""
    field = FACETS.get(leaf.field, {"name": "id", "title_string": "title"}.get(leaf.field, ""))
    if not field:
        return Nothing()
    if leaf.low is None and leaf.high is None:
        return Not(IsNull(field)) if leaf.field in FACETS else Everything()
    if leaf.field in FACETS:
        brackets = ("[" if leaf.low_in else "{") + ("]" if leaf.high_in else "}")
        return Call("range", (field, leaf.low or "", leaf.high or "", brackets))
    return _between(field, leaf, leaf.low, leaf.high)


def _between(field: str, leaf: Between, low: str | int | None, high: str | int | None) -> Filter:
    parts: list[Filter] = []
    if low is not None:
        parts.append(Compare(field, ">=" if leaf.low_in else ">", low))
    if high is not None:
        parts.append(Compare(field, "<=" if leaf.high_in else "<", high))
    return all_of(*parts)


def _times(field: str, leaf: Leaf) -> Filter:
    if isinstance(leaf, Between):
        low = None if leaf.low is None else moment(leaf.low)
        high = None if leaf.high is None else moment(leaf.high)
        return _between(field, leaf, low, high)
    if leaf.pattern == "*":
        return Everything()
    return Compare(field, "=", moment(leaf.text))


def _dates(field: str, leaf: Leaf) -> Filter:
    if isinstance(leaf, Between):
        if leaf.low is None and leaf.high is None:
            return Not(IsNull(field))
        low = None if leaf.low is None else _day(leaf.low)
        high = None if leaf.high is None else _day(leaf.high) + "\uffff"  # the whole day
        return _between(field, leaf, low, high)
    return Not(IsNull(field)) if leaf.pattern == "*" else Compare(field, "=", _day(leaf.text))


def _day(text: str) -> str:
    found = dates.iso(text)
    if found is None:
        return datetime.fromtimestamp(moment(text) / 1_000_000, UTC).date().isoformat()
    return found[:10]
