# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions on one package: show, create, update, patch, delete."""

from __future__ import annotations

import copy
from typing import Any
from uuid import uuid4

from allmende.core import aliases, catalogue
from allmende.core.catalogue import Entry, Record
from allmende.errors import NotAllowed, NotFound
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.composing import changed_dataset, new_dataset
from allmende.interfaces.ckan.package import Package, View, is_private, package_of
from allmende.interfaces.ckan.refusals import Refused, missing
from allmende.interfaces.ckan.searching import viewed
from allmende.interfaces.ckan.sent import check_name, checked, extra
from allmende.model import leftover, uuids
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Level, Status, may

DATASET = ResourceKind.DATASET
REASON = "CKAN"


async def resolved(call: Call, wanted: str) -> Record:
    """The visible dataset with this id or name. NotFound when there is none."""
    found = None
    if uuids.is_uuid(wanted):
        found = await aliases.by_uuid(call.platform, call.subject, wanted)
    elif wanted:
        found = await _by_name(call, wanted)
    if found is None:
        raise _not_there()
    return found


async def _by_name(call: Call, name: str) -> Record | None:
    try:
        return await catalogue.get(call.platform, call.subject, DATASET, name)
    except NotFound:
        alias = leftover.alias(name)
        return await aliases.by_alias(call.platform, call.subject, alias)


def _not_there() -> NotFound:
    return NotFound("Package was not found.", "Diesen Datensatz gibt es hier nicht.")


@action()
async def package_show(call: Call) -> Package:
    """One dataset by id or name."""
    wanted = call.text("id") or call.text("name_or_id")
    if not wanted:
        raise missing("name_or_id")
    record = await resolved(call, wanted)
    call.read = record.id
    return package_of(record, await viewed(call))


# --- writing ---------------------------------------------------------------------------


@action("write")
async def package_create(call: Call) -> Package:
    """Adds a dataset: name, owner_org, title, notes, tags, resources, extras and so on."""
    view = await viewed(call)
    _require_writer(call)
    name = call.text("name")
    faults: dict[str, Any] = {} if name else {"name": ["Missing value"]}
    owner = call.text("owner_org")
    organisation = organisation_of(owner, view) if owner else None
    if organisation is None:
        text = "Organization does not exist" if owner else "An organization must be provided"
        faults["owner_org"] = [text]
    if faults or organisation is None:
        raise Refused(**faults)
    check_name(name)
    if await _by_name(call, name) is not None:
        raise Refused(name=["That URL is already in use."])
    sent = _complete(call, checked(call.data), organisation, view)
    if await aliases.by_uuid(call.platform, call.subject, sent["id"]) is not None:
        raise Refused(id=["Dataset id already exists"])
    entry = Entry(
        kind=DATASET,
        id=name,
        resource=new_dataset(sent, view),
        organisation=organisation,
        catalogue=await _own_catalogue(call),
        original_id=sent["id"],
        expected_revision=0,
        reason=REASON,
        legal_basis=extra(sent, "legal_basis"),
    )
    _classify(entry, sent, None)
    return await _put(call, entry)


def _require_writer(call: Call) -> None:
    if not any(may(call.subject, Action.WRITE_DRAFT, each) for each in call.subject.roles):
        raise NotAllowed(
            "You are not authorized to create packages.",
            "Sie dürfen keine Datensätze anlegen.",
        )


def _complete(call: Call, sent: Package, organisation: str, view: View) -> Package:
    ident = call.text("id")
    sent["id"] = ident.lower() if uuids.is_uuid(ident) else str(uuid4())
    sent["title"] = sent.get("title") or sent["name"]
    return _with_organisation(sent, organisation, view)


def _with_organisation(sent: Package, organisation: str, view: View) -> Package:
    """The publisher is the organisation when nobody else is named."""
    known = view.organisations.get(organisation)
    title = known.name if known else {}
    text = title.get(view.language) or next(iter(title.values()), organisation)
    return sent | {"organization": {"name": organisation, "title": text}}


def organisation_of(owner: str, view: View) -> str | None:
    """The id of the organisation with this name or id."""
    for ident in view.organisations:
        if owner in (ident, uuids.named("organisation", ident)):
            return ident
    return None


async def _own_catalogue(call: Call) -> str | None:
    own = call.platform.settings.catalogue
    try:
        found = await catalogue.get(call.platform, call.subject, ResourceKind.CATALOG, own)
    except NotFound:
        return None
    return found.id


async def _put(call: Call, entry: Entry) -> Package:
    outcome = await catalogue.put(call.platform, call.subject, entry)
    try:
        record = await catalogue.get(call.platform, call.subject, DATASET, outcome.id)
    except NotFound as error:
        raise NotAllowed(
            "The dataset was written, but your token may not read it.",
            "Der Datensatz wurde geschrieben, aber Ihr Token darf ihn nicht lesen.",
        ) from error
    return package_of(record, await viewed(call))


@action("write")
async def package_update(call: Call) -> Package:
    """Replaces a dataset by what is sent; what CKAN cannot show of it stays."""
    wanted = call.text("id") or call.text("name")
    if not wanted:
        raise Refused(id="Missing value")
    return await changed(call, await resolved(call, wanted), dict(call.data))


@action("write")
async def package_patch(call: Call) -> Package:
    """Changes only the fields that are sent."""
    record = await resolved(call, call.needed("id"))
    shown = copy.deepcopy(package_of(record, await viewed(call)))
    return await changed(call, record, {**shown, **call.data, "id": shown["id"]})


async def changed(call: Call, record: Record, data: Package, reason: str = REASON) -> Package:
    """Writes a package over the record it came from; the package as it is then."""
    view = await viewed(call)
    sent = checked(data)
    shown = package_of(record, view)
    name = sent.get("name") or shown["name"]
    if name not in (shown["name"], record.id, shown["id"]):
        raise Refused(name=["The name is part of addresses and stays as it is"])
    sent |= {"name": shown["name"], "id": shown["id"]}
    sent["title"] = sent.get("title") or shown["title"]
    owner = str(sent.get("owner_org") or record.organisation)
    organisation = organisation_of(owner, view)
    if organisation is None and owner not in (record.organisation, shown["owner_org"]):
        raise Refused(owner_org=["Organization does not exist"])
    sent = _with_organisation(sent, record.organisation, view)
    entry = catalogue.entry_of(record)
    entry.resource = changed_dataset(record, shown, sent, view)
    entry.organisation = organisation or record.organisation
    entry.legal_basis = extra(sent, "legal_basis") or record.legal_basis
    entry.reason = reason
    _classify(entry, sent, record)
    return await _put(call, entry)


def _classify(entry: Entry, sent: Package, record: Record | None) -> None:
    """Status and levels that `state` and `private` stand for.

    A private dataset is internal when the legal reason is named (extra `legal_basis`), else
    a draft. A draft is published by `private: false`.
    """
    state = str(sent.get("state") or "active")
    if state not in ("active", "draft", "deleted"):
        raise Refused(state=[f"There is no state {state[:40]}; known are active, draft, deleted"])
    private = _flag(sent.get("private"))
    was_draft = record is not None and record.status == Status.DRAFT
    if state == "deleted":
        entry.status = Status.ARCHIVED
        return
    if private and not (record is not None and is_private(record)) and not entry.legal_basis:
        entry.status = Status.DRAFT
        return
    if private and was_draft:
        return
    entry.status = Status.DRAFT if state == "draft" and not was_draft else Status.PUBLISHED
    if private and entry.metadata_access == Level.OPEN:
        entry.metadata_access = entry.data_access = Level.INTERNAL
    elif not private and entry.metadata_access != Level.OPEN:
        if entry.data_access == entry.metadata_access:
            entry.data_access = Level.OPEN
        entry.metadata_access = Level.OPEN


def _flag(value: Any) -> bool:
    said = str(value if value is not None else "").strip().lower()
    if said not in ("true", "false", "", "1", "0", "yes", "no"):
        raise Refused(private=["Must be true or false"])
    return said in ("true", "1", "yes")


@action("write")
async def package_delete(call: Call) -> None:
    """Archives a dataset: it is no longer shown, and its history stays."""
    record = await resolved(call, call.needed("id"))
    if record.status != Status.ARCHIVED:
        await catalogue.release(
            call.platform, call.subject, DATASET, record.id, Status.ARCHIVED, REASON
        )


@action("write")
async def dataset_purge(call: Call) -> None:
    """Archives a dataset; nothing is wiped out over this interface."""
    await package_delete(call)
