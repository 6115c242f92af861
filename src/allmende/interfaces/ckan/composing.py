# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The dataset a sent package makes, anew or out of the one that is there. Pure functions."""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from allmende.core import aliases
from allmende.core.catalogue import Record
from allmende.core.harvest.fields import Fields
from allmende.core.harvest.packages import MORE, to_content
from allmende.interfaces.ckan.licences import licence_iri
from allmende.interfaces.ckan.merging import merged_dataset, merged_distribution
from allmende.interfaces.ckan.package import Package, View, package_of
from allmende.interfaces.ckan.refusals import Refused
from allmende.interfaces.ckan.sent import extra, without_more
from allmende.model import leftover, uuids
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import Level, Status

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 60
KEPT = ("author", "author_email", "maintainer", "maintainer_email", "license_id", "url", "version")
NEVER = frozenset({"javascript", "vbscript", "data", "file", "blob", "about"})
NOT_KEPT = frozenset({"id", "state", MORE})


def new_dataset(sent: Package, view: View) -> Dataset:
    """The dataset of a package that was not there before."""
    _check_addresses(sent, [])
    dataset = _read(sent, view)
    given = {each.get("key") for each in sent["extras"]} | set(sent)
    if not extra(sent, "uri"):
        dataset.iri = None
    if not sent.get("url") and not {"landing_page", MORE} & given:
        dataset.landing_page = []
    if not {"identifier", "guid", "dcat_identifier", MORE} & given:
        dataset.identifier = []
    if not dataset.distribution and sent.get("license_id"):
        dataset.license = licence_iri(str(sent["license_id"]))
    for part, resource in zip(dataset.distribution, sent["resources"], strict=True):
        _addressed(part, resource, sent, view)
    _keep_rest(dataset, sent, None, view)
    return dataset


def changed_dataset(record: Record, shown: Package, sent: Package, view: View) -> Dataset:
    """The dataset of a record after a client has changed its package."""
    kept = record.resource
    if not isinstance(kept, Dataset):
        raise TypeError(record.kind)
    _check_addresses(sent, shown["resources"])
    plain = {**shown, "extras": [e for e in shown["extras"] if e["key"] != MORE]}
    plain["resources"] = [{n: v for n, v in e.items() if n != MORE} for e in shown["resources"]]
    before, after = _read(plain, view), _read(without_more(sent, shown), view)
    dataset = merged_dataset(kept, before, after)
    dataset = structs.replace(dataset, extra=list(dataset.extra))
    dataset.distribution = _distributions(record, kept, (plain, before), (sent, after), view)
    if sent.get("license_id") != shown.get("license_id") and (
        kept.license or not dataset.distribution
    ):
        dataset.license = licence_iri(str(sent.get("license_id") or ""))
    _keep_rest(dataset, sent, record, view)
    return dataset


def _distributions(
    record: Record,
    kept: Dataset,
    before: tuple[Package, Dataset],
    after: tuple[Package, Dataset],
    view: View,
) -> list[Distribution]:
    old = dict(zip(aliases.distribution_uuids(record), kept.distribution, strict=True))
    showed = {
        each["id"]: (each, part)
        for each, part in zip(before[0]["resources"], before[1].distribution, strict=True)
    }
    found: list[Distribution] = []
    for resource, part in zip(after[0]["resources"], after[1].distribution, strict=True):
        own = old.pop(resource["id"], None)
        if own is None:
            _addressed(part, resource, after[0], view)
            found.append(part)
            continue
        shown, was = showed[resource["id"]]
        merged = merged_distribution(own, was, part)
        if (resource.get("url") or "") != (shown.get("url") or ""):
            _moved(merged, own, str(shown.get("url") or ""), str(resource.get("url") or ""))
        if merged != own and uuids.brought(own) != resource["id"]:
            merged.iri = own.iri if own.iri and not own.iri.startswith("_:") else None
            _addressed(merged, resource, after[0], view)
        found.append(merged)
    return found


def _check_addresses(sent: Package, shown: list[Package]) -> None:
    """Refuses addresses of resources that are none, or that no client may follow.

    What a resource said before may stay: it came from elsewhere and is told in the findings.
    """
    before = {each.get("url") for each in shown}
    wrong = [_about_address(each.get("url"), before) for each in sent["resources"]]
    if any(wrong):
        raise Refused(resources=wrong)


def _about_address(url: Any, before: set[Any]) -> dict[str, list[str]]:
    if not url or url in before:
        return {}
    found = Fields({}).links("url", url)
    if found and found[0].partition(":")[0].lower() not in NEVER:
        return {}
    return {"url": [f"Not a web address: {str(url)[:100]!r}. Begin it with https:// or http://."]}


def _moved(merged: Distribution, own: Distribution, old: str, new: str) -> None:
    """A resource has a new address: it stands where the old one stood."""
    address = Fields({}).links("url", new)
    if own.download_url and own.download_url[0] == old:
        merged.download_url = [*address, *own.download_url[1:]]
    if own.access_url and own.access_url[0] == old:
        merged.access_url = [*address, *own.access_url[1:]]


def _addressed(part: Distribution, resource: Package, package: Package, view: View) -> None:
    """A distribution without an IRI of its own gets CKAN's address of a resource."""
    if resource.get("uri") and part.iri == resource["uri"]:
        return
    if part.iri is None or f"/resource/{resource['id']}" in part.iri:
        part.iri = f"{view.base_url}/dataset/{package['name']}/resource/{resource['id']}"


def _read(package: Package, view: View) -> Dataset:
    found = to_content(package, view.base_url, view.language).resource
    if not isinstance(found, Dataset):
        raise TypeError(type(found))
    if len(found.distribution) != len(package["resources"]):
        raise Refused(resources=["Resources cannot be read"])
    return found


# --- what DCAT has no place for ----------------------------------------------------------


def _keep_rest(dataset: Dataset, sent: Package, record: Record | None, view: View) -> None:
    """Keeps beside the dataset what a package made of it would not say."""
    leftover.write(dataset, {})
    shown = package_of(_provisional(dataset, sent, record), _fresh(view))
    kept: dict[str, Any] = {
        name: str(sent[name]) for name in KEPT if sent.get(name) and not shown.get(name)
    }
    if record is None and not _is_id(str(sent["name"])):
        kept["name"] = str(sent["name"])
    elif record is not None:
        own = record.resource
        kept["name"] = leftover.name_of(own) if isinstance(own, Dataset) else ""
    said = {each["key"] for each in shown["extras"]}
    kept["extras"] = {
        str(each["key"]): _as_text(each.get("value"))
        for each in sent["extras"]
        if each["key"] not in said and each["key"] != MORE and each.get("value") not in (None, "")
    }
    parts = [
        (each["id"], _rest(each, there))
        for each, there in zip(sent["resources"], shown["resources"], strict=True)
    ]
    kept["resources"] = {uuid: rest for uuid, rest in parts if rest}
    leftover.write(dataset, kept)


def _is_id(name: str) -> bool:
    """Whether a name can be an id here as it is."""
    return len(name) <= LONGEST_ID and _SLUG.fullmatch(name) is not None


def _rest(sent: Package, shown: Package) -> Package:
    return {
        name: value
        for name, value in sent.items()
        if name not in NOT_KEPT and value not in (None, "", [], {}, False) and not shown.get(name)
    }


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _fresh(view: View) -> View:
    return structs.replace(view, cache=type(view.cache)())


def _provisional(dataset: Dataset, sent: Package, record: Record | None) -> Record:
    """A record as it would be stored, to see what a package makes of it."""
    if record is not None:
        return structs.replace(record, resource=dataset)
    return Record(
        key=0,
        kind=ResourceKind.DATASET,
        id=str(sent["name"]),
        catalogue=None,
        original_id=str(sent["id"]),
        organisation="",
        status=Status.DRAFT,
        metadata_access=Level.OPEN,
        data_access=Level.OPEN,
        legal_basis="",
        origin="",
        revision=0,
        created=0,
        updated=0,
        resource=dataset,
    )
