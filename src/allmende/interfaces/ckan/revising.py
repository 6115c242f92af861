# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""package_revise: match, filter, update and `update__resources__0__name` in one call."""

from __future__ import annotations

import copy
import re
from typing import Any

import msgspec

from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.package import Package, package_of
from allmende.interfaces.ckan.packages import changed, resolved
from allmende.interfaces.ckan.refusals import Refused
from allmende.interfaces.ckan.searching import viewed

DEEPEST = 6
_NUMBER = re.compile(r"-?\d{1,4}")


@action("write")
async def package_revise(call: Call) -> dict[str, Package]:
    """Changes parts of a dataset when it is as `match` says.

    match, filter (`-resources__0`), update, and flattened update__resources__0__name
    or update__resources__extend. Files are sent by resource_create and resource_patch.
    """
    match = _object(call, "match") | _flat(call, "match__")
    wanted = match.get("id") or match.get("name")
    if not wanted:
        raise Refused(match__id="Missing value")
    record = await resolved(call, str(wanted))
    package = copy.deepcopy(package_of(record, await viewed(call)))
    wrong = [name for name, value in match.items() if not _matches(package, name, value)]
    if wrong:
        raise Refused(match=wrong)
    for each in call.listed("filter"):
        _filter(package, each)
    _update(package, _object(call, "update"))
    for path, value in _flat(call, "update__").items():
        _set(package, path.split("__"), value)
    return {"package": await changed(call, record, package)}


def _object(call: Call, name: str) -> dict[str, Any]:
    value = call.data.get(name)
    if isinstance(value, str) and value:
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise Refused(**{name: [f"Could not parse as valid JSON: {error}"]}) from error
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise Refused(**{name: ["Must be a dict"]})
    return dict(value)


def _flat(call: Call, prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in call.data.items()
        if name.startswith(prefix)
    }


def _matches(package: Package, name: str, value: Any) -> bool:
    parent, key = _parent(package, name.split("__"))
    return bool(_child(parent, key) == value)


def _filter(package: Package, text: str) -> None:
    """`-resources__*` takes things out."""
    sign, path = text[:1], text[1:].split("__")
    if sign != "-":
        raise Refused(filter=["Each entry begins with -; entries with + are not offered"])
    if path[-1] == "*":
        parent, key = _parent(package, path[:-1])
        found = _child(parent, key)
        if isinstance(found, list):
            found.clear()
        return
    parent, key = _parent(package, path)
    if isinstance(parent, list) and (place := _place(parent, key)) is not None:
        del parent[place]
    elif isinstance(parent, dict):
        parent.pop(key, None)


def _update(target: Any, values: dict[str, Any]) -> None:
    target.update(values)


def _set(package: Package, path: list[str], value: Any) -> None:
    parent, key = _parent(package, path)
    if isinstance(value, str) and key == "extend":
        value = _decoded(value)
    if isinstance(parent, list) and key == "extend":
        if not isinstance(value, list):
            raise Refused(update=["extend takes a list"])
        parent.extend(value)
        return
    there = _child(parent, key)
    if isinstance(there, dict) and isinstance(value, dict):
        _update(there, value)
    elif isinstance(parent, dict):
        parent[key] = value
    else:
        raise Refused(update=[f"There is nothing at {'__'.join(path)[:80]}"])


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise Refused(update=[f"Could not parse as valid JSON: {error}"]) from error


def _parent(package: Package, path: list[str]) -> tuple[Any, str]:
    if len(path) > DEEPEST or not all(path):
        raise Refused(message=["A path has one to six names joined by two underscores"])
    found: Any = package
    for key in path[:-1]:
        found = _child(found, key)
    return found, path[-1]


def _child(parent: Any, key: str) -> Any:
    if isinstance(parent, dict):
        return parent.get(key)
    if isinstance(parent, list):
        place = _place(parent, key)
        return None if place is None else parent[place]
    return None


def _place(parent: list[Any], key: str) -> int | None:
    """A place by number, also from the end, or by the first letters of an id."""
    if _NUMBER.fullmatch(key):
        number = int(key)
        return number if -len(parent) <= number < len(parent) else None
    for place, each in enumerate(parent):
        if isinstance(each, dict) and len(key) > 4 and str(each.get("id", "")).startswith(key):
            return place
    return None
