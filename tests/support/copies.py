# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People and records for tests of working copies and of release by two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from allmende.core import (
    catalogue,
    working_copies,
)
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import working_copies as rows
from allmende.store.working_copies import WorkingCopy

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]


def member(role: Role, organisation: str = "jena", name: str = "") -> Subject:
    return Subject(
        kind="user",
        id=name or f"{role}@{organisation}",
        roles={organisation: frozenset({role})},
    )


AUTHOR, STEWARD = member(Role.CONTRIBUTOR), member(Role.STEWARD)
GATEKEEPER, READER = member(Role.GATEKEEPER), member(Role.READER)
STRANGER = member(Role.STEWARD, "gera")


async def published(platform: Platform, **changes: object) -> str:
    made = Entry(
        kind=DATASET,
        resource=Dataset(title={"de": "Bäume"}, identifier=["b-1"]),
        organisation="jena",
        catalogue="stadt",
        original_id="b-1",
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return (await catalogue.put(platform, SYSTEM, made)).id


async def changed(platform: Platform, who: Subject, ident: str, title: str) -> WorkingCopy:
    copy = await working_copies.start(platform, who, DATASET, ident)
    copy.resource.title = {"de": title}
    return await working_copies.save(platform, who, copy, copy.version)


async def two_needed(platform: Platform, scope: str = "organisation", ident: str = "jena") -> None:
    await platform.store.write(rows.set_four_eyes, scope, ident, True, "test")


async def title_of(platform: Platform, ident: str) -> str:
    record = await catalogue.get(platform, ANONYMOUS, DATASET, ident)
    return record.resource.title["de"]
