# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the last file of a collection was read: kept with it, so that the next fits at once."""

from __future__ import annotations

import msgspec

from allmende.core.collections import writable
from allmende.core.imports import Mapping, convert, planned
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.model.document import Entity
from allmende.policy import Subject
from allmende.store import Connection
from allmende.store.collections import quarantine, registry


async def keep(platform: Platform, subject: Subject, ident: str, mapping: Mapping) -> None:
    """Keeps the mapping of a file whose rows were stored. NotFound, NotAllowed."""
    found = await writable(platform, subject, ident)
    text = msgspec.json.encode(mapping).decode()
    await platform.store.write(_keep, found.number, text)


async def kept(platform: Platform, subject: Subject, ident: str) -> Mapping | None:
    """The mapping of the last file or of the import on a schedule; None when there is none."""
    found = await writable(platform, subject, ident)
    text = await platform.store.read(quarantine.mapping, found.number)
    if text:
        try:
            return convert(msgspec.json.decode(text))
        except InvalidInput:  # written by another version of the program
            return None
    refresh = await planned(platform, subject, ident)
    return refresh.mapping if refresh else None


def fitted(mapping: Mapping, entity: Entity) -> Mapping:
    """The mapping for an entity that has changed since: fields it no longer has are left out."""
    known = {each.name for each in entity.fields}
    return msgspec.structs.replace(
        mapping,
        entity="",
        fields={name: each for name, each in mapping.fields.items() if name in known},
        constants={name: each for name, each in mapping.constants.items() if name in known},
        rest=mapping.rest if mapping.rest in known else "",
    )


def _keep(db: Connection, number: int, text: str) -> None:
    registry.change(db, number, mapping=text)
