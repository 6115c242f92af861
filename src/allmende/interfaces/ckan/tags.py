# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Keywords as tags; free vocabularies of tags there are none."""

from __future__ import annotations

from typing import Any

from allmende.core import search
from allmende.core.search import SearchQuery
from allmende.errors import NotFound
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.licences import licence_list
from allmende.interfaces.ckan.package import package_of
from allmende.interfaces.ckan.refusals import missing
from allmende.interfaces.ckan.searching import viewed
from allmende.interfaces.ckan.terms import DATASETS, PUBLIC
from allmende.model import uuids
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, all_of

MOST_TAGS = 50_000
SHOWN_DATASETS = 1_000


def _tag(name: str) -> dict[str, Any]:
    ident = uuids.named("tag", name)
    return {"id": ident, "name": name, "display_name": name, "vocabulary_id": None}


async def _found(call: Call, typed: str) -> list[str]:
    """Tags of public datasets that contain the text, in the order of the alphabet."""
    if call.text("vocabulary_id"):
        raise NotFound("There is no such vocabulary.", "Diese Werteliste gibt es nicht.")
    where = all_of(PUBLIC, DATASETS)
    tags = await search.values(call.platform, call.subject, "keyword", where)
    wanted = typed.casefold()
    return sorted(each for each in tags if wanted in each.casefold())


@action()
async def tag_list(call: Call) -> list[Any]:
    """Tags of public datasets; query narrows them, all_fields gives more than the names."""
    found = await _found(call, call.text("query") or call.text("q"))
    start = call.whole("offset", 0)
    page = found[start:][: call.whole("limit", MOST_TAGS, MOST_TAGS)]
    return [_tag(each) for each in page] if call.flag("all_fields") else page


@action()
async def tag_search(call: Call) -> dict[str, Any]:
    """Tags that contain query: count and results; limit and offset."""
    typed = " ".join(call.listed("query") or call.listed("q"))
    found = await _found(call, typed) if typed.strip() else []
    start = call.whole("offset", 0)
    page = found[start:][: call.whole("limit", MOST_TAGS, MOST_TAGS)]
    results = [
        {"id": uuids.named("tag", each), "name": each, "vocabulary_id": None} for each in page
    ]
    return {"count": len(found), "results": results}


@action()
async def tag_autocomplete(call: Call) -> list[str]:
    """Names of tags that contain query; limit and offset."""
    typed = " ".join(call.listed("query") or call.listed("q"))
    found = await _found(call, typed) if typed.strip() else []
    start = call.whole("offset", 0)
    return found[start:][: call.whole("limit", MOST_TAGS, MOST_TAGS)]


@action()
async def tag_show(call: Call) -> dict[str, Any]:
    """One tag by name or id; include_datasets adds its public datasets."""
    wanted = call.needed("id")
    found = await _found(call, "")
    name = next((each for each in found if wanted in (each, uuids.named("tag", each))), None)
    if name is None:
        raise NotFound("There is no such tag.", "Dieses Schlagwort gibt es nicht.")
    shown = _tag(name)
    if call.flag("include_datasets"):
        view = await viewed(call)
        query = SearchQuery(
            kinds=(ResourceKind.DATASET,),
            where=all_of(PUBLIC, Compare("keyword", "=", name)),
            limit=SHOWN_DATASETS,
            counted=(),
        )
        result = await search.search(call.platform, call.subject, query)
        shown["packages"] = [package_of(record, view) for record in result.records]
    return shown


@action()
async def vocabulary_list(call: Call) -> list[Any]:
    """Vocabularies of tags: there are none; keywords are free."""
    return []


@action()
async def vocabulary_show(call: Call) -> Any:
    """One vocabulary of tags: there are none."""
    if not call.text("id"):
        raise missing("id")
    raise NotFound("There is no such vocabulary.", "Diese Werteliste gibt es nicht.")


@action()
async def license_list(call: Call) -> list[dict[str, Any]]:
    """The licences of the German list for administrations, each with its address."""
    return licence_list(call.platform.settings.language)
