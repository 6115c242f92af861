# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A package as a client sent it: checked as CKAN checks it, and made whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.datastructures import UploadFile

from allmende.core.harvest.packages import MORE
from allmende.interfaces.ckan.licences import theme_iri, theme_name
from allmende.interfaces.ckan.package import Package
from allmende.interfaces.ckan.refusals import Refused
from allmende.model import uuids

MOST_RESOURCES, MOST_EXTRAS, MOST_TAGS = 1_000, 500, 1_000
SHORTEST, LONGEST = 2, 100  # characters of a name or a tag
LONGEST_TEXT = 500_000
LISTS = ("tags", "extras", "groups", "resources")
OURS = frozenset(
    {"metadata_created", "metadata_modified", "organization", "num_resources", "num_tags",
     "isopen", "license_title", "license_url", "creator_user_id",
     "relationships_as_subject", "relationships_as_object", "revision_id", "tag_string"}
)  # fmt: skip
OURS_OF_RESOURCE = frozenset(
    {"package_id", "position", "created", "metadata_modified", "datastore_active", "url_type",
     "revision_id", "upload", "clear_upload", "has_views"}
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9_-]*")
_TAG = re.compile(r"[^\x00-\x1f\x7f,]*")
_RESERVED = frozenset({"new", "edit", "search"})


def checked(data: Mapping[str, Any]) -> Package:
    """The package without what only the platform says. Refused with all that is wrong."""
    faults: dict[str, Any] = {}
    found: Package = {name: value for name, value in data.items() if name not in OURS}
    if isinstance(data.get("tag_string"), str) and "tags" not in data:
        words = data["tag_string"].split(",")
        found["tags"] = [{"name": word.strip()} for word in words if word.strip()]
    for name in LISTS:
        value = found.get(name)
        found[name] = [] if value in (None, "") else value
        if not _is_list_of_objects(found[name]):
            faults[name] = [f"Only lists of dicts can be placed against subschema '{name}'"]
            found[name] = []
    faults |= _texts(found) | _tags(found["tags"]) | _extras(found["extras"])
    faults |= _groups(found["groups"]) | _resources(found["resources"])
    if faults:
        raise Refused(**faults)
    found["groups"] = [
        {"name": theme_name(iri)} for each in found["groups"] if (iri := _theme(each))
    ]
    found["resources"] = [resource(each) for each in found["resources"]]
    return found


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _texts(found: Package) -> dict[str, Any]:
    faults: dict[str, Any] = {}
    for name, value in found.items():
        if name in LISTS or value is None or isinstance(value, bool | int | float | list | dict):
            if name in ("name", "title", "notes", "url", "id", "owner_org") and isinstance(
                value, bool | list | dict
            ):
                faults[name] = ["Must be a Unicode string value"]
        elif not isinstance(value, str):
            faults[name] = ["Must be a Unicode string value"]
        elif len(value) > LONGEST_TEXT:
            faults[name] = [f"Length must be less than {LONGEST_TEXT} characters"]
    return faults


def check_name(name: str) -> None:
    """Refused for a name that CKAN would not take either."""
    if not _NAME.fullmatch(name):
        raise Refused(
            name=["Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_"]
        )
    if len(name) < SHORTEST:
        raise Refused(name=[f"Must be at least {SHORTEST} characters long"])
    if len(name) > LONGEST:
        raise Refused(name=[f"Name must be a maximum of {LONGEST} characters long"])
    if name in _RESERVED:
        raise Refused(name=["That name cannot be used"])


def _tags(tags: list[Any]) -> dict[str, Any]:
    found = []
    for each in tags[: MOST_TAGS + 1]:
        name = each.get("name")
        if not isinstance(name, str) or not name:
            found.append("Missing value")
        elif len(name) < SHORTEST:
            found.append(f'Tag "{name}" length is less than minimum {SHORTEST}')
        elif len(name) > 2 * LONGEST or not _TAG.fullmatch(name):
            found.append(f'Tag "{name[:40]}" is too long or has commas or control characters')
    if len(tags) > MOST_TAGS:
        found.append(f"At most {MOST_TAGS} tags")
    return {"tags": found} if found else {}


def _extras(extras: list[Any]) -> dict[str, Any]:
    found, seen = [], set()
    for each in extras[: MOST_EXTRAS + 1]:
        key = each.get("key")
        if not isinstance(key, str) or not key:
            found.append("Missing value")
        elif key in seen:
            found.append(f'Duplicate key "{key[:80]}"')
        seen.add(str(key))
    if len(extras) > MOST_EXTRAS:
        found.append(f"At most {MOST_EXTRAS} extras")
    return {"extras_validation": found} if found else {}


def _theme(group: Mapping[str, Any]) -> str | None:
    return theme_iri(str(group.get("name") or group.get("id") or ""))


def _groups(groups: list[Any]) -> dict[str, Any]:
    unknown = [str(each.get("name") or each.get("id"))[:80] for each in groups if not _theme(each)]
    text = "Groups are the EU's themes of data, see group_list; there is no"
    return {"groups": [f"{text} {name}" for name in unknown[:10]]} if unknown else {}


def _resources(resources: list[Any]) -> dict[str, Any]:
    if len(resources) > MOST_RESOURCES:
        return {"resources": [f"At most {MOST_RESOURCES} resources"]}
    faults = []
    for each in resources:
        wrong = {
            name: ["Must be a Unicode string value"]
            for name in ("id", "url", "name", "description", "format", "mimetype", "hash")
            if isinstance(each.get(name), bool | list | dict)
        }
        faults.append(wrong)
    return {"resources": faults} if any(faults) else {}


def resource(data: Mapping[str, Any]) -> Package:
    """A resource without what only the platform says, and with an id."""
    found = {
        name: value
        for name, value in data.items()
        if name not in OURS_OF_RESOURCE and not isinstance(value, UploadFile)
    }
    ident = str(found.get("id") or "")
    found["id"] = ident.lower() if uuids.is_uuid(ident) else str(uuid4())
    return found


def without_more(package: Package, shown: Package | None) -> Package:
    """The package without `dcat_more` where it came back as it was shown."""
    before = more_of(shown) if shown else None
    found = dict(package)
    if shown is not None and more_of(package) in (None, before):
        found["extras"] = [each for each in package["extras"] if each.get("key") != MORE]
    parts = {each["id"]: each.get(MORE) for each in (shown or {}).get("resources", [])}
    found["resources"] = [
        {name: value for name, value in each.items() if name != MORE}
        if each["id"] in parts and each.get(MORE) in (None, parts[each["id"]])
        else each
        for each in package["resources"]
    ]
    return found


def more_of(package: Package) -> Any:
    """The value of `dcat_more`."""
    return next((e.get("value") for e in package["extras"] if e.get("key") == MORE), None)


def extra(package: Package, key: str) -> str:
    """The value of an extra as text; empty when there is none."""
    found = next((e.get("value") for e in package["extras"] if e.get("key") == key), None)
    return str(found) if found is not None else ""
