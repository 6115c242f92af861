# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions on one resource, without files: show, delete, order."""

from __future__ import annotations

import copy
from typing import Any

from allmende.core import aliases, file_removal
from allmende.core.catalogue import Record
from allmende.errors import NotFound
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.package import Package, package_of
from allmende.interfaces.ckan.packages import changed, resolved
from allmende.interfaces.ckan.refusals import Refused
from allmende.interfaces.ckan.searching import viewed
from allmende.model.catalogue import Distribution


async def resource_of(call: Call, wanted: str) -> tuple[Record, Package, Package]:
    """The record, a package to change and the resource in it with this id. NotFound else."""
    found = await aliases.by_distribution(call.platform, call.subject, wanted)
    if found is None:
        raise NotFound("Resource was not found.", "Diese Ressource gibt es hier nicht.")
    package = copy.deepcopy(package_of(found[0], await viewed(call)))
    resource = next(each for each in package["resources"] if each["id"] == wanted.lower())
    return found[0], package, resource


@action()
async def resource_show(call: Call) -> Package:
    """One resource by id."""
    record, _, resource = await resource_of(call, call.needed("id"))
    call.read = record.id
    return resource


@action()
async def resource_view_list(call: Call) -> list[Any]:
    """Views of a resource: there are none; the pages here choose by the data."""
    await resource_of(call, call.needed("id"))
    return []


@action("write")
async def resource_delete(call: Call) -> None:
    """Takes a resource out of its dataset; earlier revisions keep it.

    With `delete_file` its uploaded file is deleted for good; `reason` says why and stays.
    """
    record, package, resource = await resource_of(call, call.needed("id"))
    package["resources"] = [each for each in package["resources"] if each is not resource]
    if not call.flag("delete_file"):
        await changed(call, record, package)
        return
    part = Distribution(download_url=[str(resource.get("url") or "")])
    names = await file_removal.held(call.platform, call.subject, record.id, [part])
    reason = call.needed("reason")
    await file_removal.allowed(call.platform, call.subject, record, names, reason)
    await changed(call, record, package, reason)
    for name in names:
        await file_removal.delete(call.platform, call.subject, record.id, name, reason)


@action("write")
async def package_resource_reorder(call: Call) -> Package:
    """Puts the resources named in `order` first, in that order."""
    record = await resolved(call, call.needed("id"))
    package = copy.deepcopy(package_of(record, await viewed(call)))
    order = call.listed("order")
    known = {each["id"]: each for each in package["resources"]}
    if len(set(order)) != len(order) or not set(order) <= set(known):
        raise Refused(order=["order has ids twice or ids of other resources"])
    rest = [ident for ident in known if ident not in order]
    package["resources"] = [known[ident] for ident in (*order, *rest)]
    shown = await changed(call, record, package)
    return {"id": shown["id"], "order": [each["id"] for each in shown["resources"]]}
