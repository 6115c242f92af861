# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset as a CKAN package. Pure functions.

Everything CKAN has a field for stands there, more of DCAT-AP in the extras, and the rest in
the extra `dcat_more`, so that who reads the package again has the same dataset.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core import aliases
from allmende.core.accounts import Organisation
from allmende.core.catalogue import Record
from allmende.core.harvest.packages import MORE, to_content
from allmende.core.platform import Platform
from allmende.interfaces.ckan import extras
from allmende.interfaces.ckan.licences import group_fields, licence_fields
from allmende.interfaces.ckan.texts import format_name, mail, media, said, time
from allmende.model import leftover, uuids
from allmende.model.catalogue import Dataset, Distribution, local
from allmende.model.vocabulary import vocabulary
from allmende.policy import Level, Status

CACHED = 2_000  # packages
CACHE = "ckan-packages"
STATES = {Status.PUBLISHED: "active", Status.DRAFT: "draft", Status.ARCHIVED: "deleted"}
SKIPPED = frozenset({"iri", "distribution", "extra"})  # not compared field by field

Package = dict[str, Any]


class View(Struct, frozen=True):
    """What the packages of one answer are made with."""

    base_url: str
    language: str
    organisations: Mapping[str, Organisation]
    cache: OrderedDict[tuple[int, int, int], Package]


def view_of(platform: Platform, organisations: list[Organisation]) -> View:
    """The view of a platform; packages are remembered by record and revision."""
    cache = platform.caches.setdefault(CACHE, OrderedDict())
    named = {each.id: each for each in organisations}
    return View(platform.settings.base_url, platform.settings.language, named, cache)


def package_of(record: Record, view: View) -> Package:
    """The package of a dataset's record."""
    at = (record.key, record.revision, record.updated)
    found = view.cache.get(at)
    if found is None:
        found = view.cache[at] = _package(record, view)
        if len(view.cache) > CACHED:
            view.cache.popitem(last=False)
    organisation = organisation_fields(record.organisation, view)
    return {**found, "organization": organisation, "owner_org": organisation["id"]}


def organisation_fields(ident: str, view: View) -> dict[str, Any]:
    """The organisation within a package."""
    known = view.organisations.get(ident)
    return {
        "id": uuids.named("organisation", ident),
        "name": ident,
        "title": local(known.name, view.language) if known else ident,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": time(known.created if known else 0),
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }


def is_private(record: Record) -> bool:
    """Whether CKAN would call the dataset private."""
    return record.status == Status.DRAFT or record.metadata_access != Level.OPEN


def _package(record: Record, view: View) -> Package:
    dataset = record.resource
    if not isinstance(dataset, Dataset):  # packages are datasets only
        raise TypeError(record.kind)
    kept = leftover.read(dataset)
    found = {**_plain(record, dataset, view, kept), **_lists(record, dataset, view, kept)}
    organisation = organisation_fields(record.organisation, view)
    more = _more(dataset, {**found, "organization": organisation}, view)
    if more:
        found["extras"].append({"key": MORE, "value": more})
    return found


def _plain(record: Record, dataset: Dataset, view: View, kept: dict[str, Any]) -> Package:
    language = view.language
    creator = dataset.creator[0] if dataset.creator else None
    contact = dataset.contact_point[0] if dataset.contact_point else None
    found: Package = {
        "id": aliases.uuid_of(record),
        "name": kept.get("name") or record.id,
        "title": said(dataset.title, language) or "",
        "notes": said(dataset.description, language),
        "url": dataset.landing_page[0] if dataset.landing_page else None,
        "version": dataset.version,
        "author": said(creator.name, language) if creator else None,
        "author_email": mail(creator.mbox) if creator else None,
        "maintainer": said(contact.fn, language) if contact else None,
        "maintainer_email": mail(contact.email) if contact else None,
        **licence_fields(licence_of(dataset), language),
        "private": is_private(record),
        "state": STATES[record.status],
        "type": "dataset",
        "creator_user_id": None,
        "metadata_created": time(record.created),
        "metadata_modified": time(record.updated),
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }
    for name, value in kept.items():
        if name in found and not found[name]:
            found[name] = value
    return found


def licence_of(dataset: Dataset) -> str | None:
    """The licence of a package: its own, else that of its first resource that has one."""
    own = (each.license for each in dataset.distribution if each.license)
    return dataset.license or next(own, None)


def _lists(record: Record, dataset: Dataset, view: View, kept: dict[str, Any]) -> Package:
    language = view.language
    tags = [_tag(word) for word in tag_names(dataset, language)]
    themes = map(vocabulary("data-theme").get, dataset.theme)
    resources = resources_of(record, view, kept)
    named = extras.of_dataset(dataset, language)
    named = {"uri": _subject(record, dataset, view), **named}
    named |= {name: value for name, value in kept.get("extras", {}).items() if name not in named}
    return {
        "tags": tags,
        "num_tags": len(tags),
        "groups": [group_fields(each, language) for each in themes if each],
        "resources": resources,
        "num_resources": len(resources),
        "extras": [{"key": key, "value": value} for key, value in sorted(named.items())],
    }


def _subject(record: Record, dataset: Dataset, view: View) -> str:
    own = dataset.iri or ""
    return (
        own if ":" in own and not own.startswith("_:") else f"{view.base_url}/datasets/{record.id}"
    )


def tag_names(dataset: Dataset, language: str) -> list[str]:
    """Keywords of the language and those without one; all when there are none."""
    words = [*dataset.keyword.get(language, ()), *dataset.keyword.get("und", ())]
    words = words or [word for given in dataset.keyword.values() for word in given]
    return list(dict.fromkeys(words))


def _tag(word: str) -> dict[str, Any]:
    return {
        "id": uuids.named("tag", word),
        "name": word,
        "display_name": word,
        "state": "active",
        "vocabulary_id": None,
    }


# --- resources -----------------------------------------------------------------------


def resources_of(record: Record, view: View, kept: dict[str, Any]) -> list[Package]:
    """The resources of a dataset, in the order of its distributions."""
    dataset = record.resource
    parts = dataset.distribution if isinstance(dataset, Dataset) else []
    listed = zip(aliases.distribution_uuids(record), parts, strict=True)
    left = kept.get("resources", {})
    package = aliases.uuid_of(record)
    licence = licence_of(dataset) if isinstance(dataset, Dataset) else None
    return [
        _resource(record, package, number, uuid, part, licence, view, left.get(uuid, {}))
        for number, (uuid, part) in enumerate(listed)
    ]


def _resource(
    record: Record,
    package: str,
    number: int,
    uuid: str,
    part: Distribution,
    licence: str | None,
    view: View,
    kept: dict[str, Any],
) -> Package:
    url = (part.download_url or part.access_url or [""])[0]
    files = f"{view.base_url}/files/{record.id}/"
    found: Package = {
        "id": uuid,
        "package_id": package,
        "name": said(part.title, view.language),
        "description": said(part.description, view.language),
        "url": url,
        "url_type": "upload" if url.startswith(files) else None,
        "format": format_name(part.format),
        "mimetype": media(part.media_type),
        "mimetype_inner": None,
        "size": part.byte_size,
        "hash": part.checksum.value or "" if part.checksum else "",
        "resource_type": None,
        "position": number,
        "state": "active",
        "created": part.issued,
        "last_modified": part.modified,
        "metadata_modified": time(record.updated),
        "cache_url": None,
        "cache_last_updated": None,
        "datastore_active": False,
        **extras.of_distribution(part, url, licence, view.language),
    }
    for name, value in kept.items():
        if not found.get(name):
            found[name] = value
    return found


# --- what CKAN has no field for --------------------------------------------------------


def _more(dataset: Dataset, found: Package, view: View) -> str | None:
    """Fields that the package does not say, as JSON; also put into its resources."""
    seen = to_content(found, view.base_url, view.language).resource
    if not isinstance(seen, Dataset):
        return None
    for package, ours, theirs in zip(
        found["resources"], dataset.distribution, seen.distribution, strict=True
    ):
        if text := _differing(ours, theirs):
            package[MORE] = text
    lines = [line for line in dataset.extra if not leftover.is_leftover(line)]
    return _differing(dataset, seen, {"extra": lines} if lines else {})


def _differing(ours: Struct, theirs: Struct, also: dict[str, Any] | None = None) -> str | None:
    found: dict[str, Any] = {
        name: getattr(ours, name)
        for name in ours.__struct_fields__
        if name not in SKIPPED and getattr(ours, name) != getattr(theirs, name)
    } | (also or {})
    return msgspec.json.encode(found).decode() if found else None
