# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Organisations, and the themes of DCAT-AP as groups."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from allmende.core import accounts, search
from allmende.core.search import SearchQuery
from allmende.errors import NotFound, Unsupported
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.licences import group_id
from allmende.interfaces.ckan.package import View, organisation_fields, package_of
from allmende.interfaces.ckan.refusals import Refused
from allmende.interfaces.ckan.searching import MOST_ROWS, viewed
from allmende.interfaces.ckan.terms import DATASETS, PUBLIC
from allmende.model import uuids
from allmende.model.catalogue import ResourceKind, local
from allmende.model.filter import Compare, all_of
from allmende.model.vocabulary import Concept, vocabulary
from allmende.policy import Action, Role, may

MOST_LISTED = 10_000
SHOWN_DATASETS = 1_000
MEMBERS = tuple(role for role in Role if role is not Role.CITIZEN)


class Group(Struct, frozen=True):
    """An organisation or a theme with the number of its public datasets."""

    fields: dict[str, Any]
    facet: str
    value: str


def _organisation(ident: str, view: View, count: int) -> Group:
    fields = organisation_fields(ident, view)
    return Group(_whole(fields, count), "organisation", ident)


def _whole(fields: dict[str, Any], count: int) -> dict[str, Any]:
    return fields | {
        "display_name": fields["title"],
        "image_display_url": "",
        "package_count": count,
        "num_followers": 0,
    }


def _theme(found: Concept, view: View, count: int) -> Group:
    title = found.label(view.language)
    fields = {
        "id": group_id(found),
        "name": found.code.lower(),
        "title": title,
        "type": "group",
        "description": "",
        "image_url": "",
        "created": None,
        "is_organization": False,
        "approval_status": "approved",
        "state": "active",
    }
    return Group(_whole(fields, count), "theme", found.iri)


async def _counts(call: Call, facet: str) -> dict[str, int]:
    return await search.values(call.platform, call.subject, facet, all_of(PUBLIC, DATASETS))


async def _organisations(call: Call) -> list[Group]:
    view = await viewed(call)
    counts = await _counts(call, "organisation")
    idents = dict.fromkeys([*view.organisations, *sorted(counts)])
    return [_organisation(each, view, counts.get(each, 0)) for each in idents]


async def _groups(call: Call) -> list[Group]:
    view = await viewed(call)
    counts = await _counts(call, "theme")
    return [_theme(each, view, counts.get(each.iri, 0)) for each in vocabulary("data-theme")]


def _listing(call: Call, found: list[Group], given: str) -> list[Any]:
    """The list in the asked order; names, or all fields."""
    wanted = set(call.listed(given))
    groups = [each.fields for each in found]
    groups = [each for each in groups if not wanted or wanted & {each["name"], each["id"]}]
    sort = call.text("sort") or call.text("order_by") or "title asc"
    name, _, way = sort.strip().partition(" ")
    if name not in ("name", "title", "package_count", "packages"):
        raise Refused(sort=[f"Cannot sort by {name[:40]}"])
    key = "package_count" if name == "packages" else name
    backwards = way.strip().lower() == "desc" or (not way and key == "package_count")
    groups.sort(key=lambda each: each["name"])
    groups.sort(key=lambda each: each[key], reverse=backwards)
    start = call.whole("offset", 0)
    page = groups[start:][: call.whole("limit", MOST_LISTED)]
    return page if call.flag("all_fields") else [each["name"] for each in page]


async def _shown(call: Call, found: list[Group]) -> dict[str, Any]:
    name = call.needed("id")
    group = next((each for each in found if name in (each.fields["name"], each.fields["id"])), None)
    if group is None:
        raise NotFound("There is no such group.", "Diese Gruppe gibt es nicht.")
    shown = group.fields | {"extras": [], "groups": [], "tags": [], "users": []}
    if call.flag("include_datasets"):
        view = await viewed(call)
        query = SearchQuery(
            kinds=(ResourceKind.DATASET,),
            where=all_of(PUBLIC, Compare(group.facet, "=", group.value)),
            sort="updated",
            limit=SHOWN_DATASETS,
            counted=(),
        )
        result = await search.search(call.platform, call.subject, query)
        shown["packages"] = [package_of(record, view) for record in result.records]
    return shown


def _completed(call: Call, found: list[Group]) -> list[dict[str, Any]]:
    typed = call.needed("q").casefold()
    fitting = [
        each.fields
        for each in found
        if typed in each.fields["name"].casefold() or typed in each.fields["title"].casefold()
    ]
    limit = call.whole("limit", 20, MOST_ROWS)
    return [{name: each[name] for name in ("id", "name", "title")} for each in fitting[:limit]]


# --- reading ---------------------------------------------------------------------------


@action()
async def organization_list(call: Call) -> list[Any]:
    """Names of the organisations; sort, limit, offset, all_fields, organizations."""
    return _listing(call, await _organisations(call), "organizations")


@action()
async def organization_show(call: Call) -> dict[str, Any]:
    """One organisation by name or id; include_datasets adds its public datasets."""
    return await _shown(call, await _organisations(call))


@action()
async def organization_autocomplete(call: Call) -> list[dict[str, Any]]:
    """Organisations whose name or title contains q."""
    return _completed(call, await _organisations(call))


@action()
async def organization_list_for_user(call: Call) -> list[dict[str, Any]]:
    """The organisations the token may write for, with `capacity` admin, editor or member."""
    subject = call.subject
    found = []
    for group in await _organisations(call):
        if subject.kind == "anonymous" or not subject.has(group.value, *MEMBERS):
            continue
        capacity = "member"
        if may(subject, Action.WRITE_DRAFT, group.value):
            capacity = "editor"
        if may(subject, Action.ADMINISTER, group.value):
            capacity = "admin"
        if capacity != "member" or call.text("permission") == "read":
            found.append(group.fields | {"capacity": capacity})
    return found


@action()
async def group_list(call: Call) -> list[Any]:
    """Names of the groups: the EU's themes of data; sort, limit, offset, all_fields, groups."""
    return _listing(call, await _groups(call), "groups")


@action()
async def group_show(call: Call) -> dict[str, Any]:
    """One group (theme) by name or id; include_datasets adds its public datasets."""
    return await _shown(call, await _groups(call))


@action()
async def group_autocomplete(call: Call) -> list[dict[str, Any]]:
    """Groups whose name or title contains q."""
    return _completed(call, await _groups(call))


@action()
async def group_list_authz(call: Call) -> list[dict[str, Any]]:
    """The groups the token may put datasets into: all themes, for those who may write."""
    if not any(may(call.subject, Action.WRITE_DRAFT, each) for each in call.subject.roles):
        return []
    return [each.fields for each in await _groups(call)]


# --- writing ---------------------------------------------------------------------------


@action("write")
async def organization_create(call: Call) -> dict[str, Any]:
    """Adds an organisation: name, title; for administrators of the platform or of `parent`."""
    name = call.needed("name")
    view = await viewed(call)
    if name in view.organisations:
        raise Refused(name=["Group name already exists in database"])
    return await _saved(call, name, call.text("parent") or None, {})


@action("write")
async def organization_update(call: Call) -> dict[str, Any]:
    """Changes the title of an organisation."""
    return await _changed(call)


@action("write")
async def organization_patch(call: Call) -> dict[str, Any]:
    """Changes the title of an organisation."""
    return await _changed(call)


async def _changed(call: Call) -> dict[str, Any]:
    wanted, view = call.needed("id"), await viewed(call)
    for ident, known in view.organisations.items():
        if wanted in (ident, uuids.named("organisation", ident)):
            return await _saved(call, ident, known.parent, known.name)
    raise NotFound("There is no such organisation.", "Diese Organisation gibt es nicht.")


async def _saved(
    call: Call, ident: str, parent: str | None, names: dict[str, str]
) -> dict[str, Any]:
    language = call.platform.settings.language
    title = call.text("title") or local(names, language) or ident
    named = names | {language: title}
    await accounts.save_organisation(call.platform, call.subject, ident, named, parent)
    view = await viewed(call)
    return _organisation(ident, view, 0).fields | {"users": [], "extras": [], "groups": []}


async def _fixed(call: Call) -> Any:
    """Groups are the EU's themes and do not change here."""
    raise Unsupported(
        "Groups are the EU's themes of data; they cannot be changed.",
        "Gruppen sind die Themen der EU; sie lassen sich nicht ändern.",
    )


async def _kept(call: Call) -> Any:
    """Organisations are not deleted here, because their datasets keep their history."""
    raise Unsupported(
        "Organisations are not deleted over this interface, because records refer to them.",
        "Organisationen lassen sich über diese Schnittstelle nicht löschen, weil Einträge auf "
        "sie verweisen.",
    )


def _named(name: str, perform: Any) -> None:
    async def refuse(call: Call) -> Any:
        return await perform(call)

    refuse.__name__, refuse.__doc__ = name, perform.__doc__
    action("write")(refuse)


for _name in ("group_create", "group_update", "group_patch", "group_delete"):
    _named(_name, _fixed)
for _name in ("organization_delete", "organization_purge"):
    _named(_name, _kept)
