# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies are written, submitted, released and sent back, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from allmende.core import catalogue, working_copies
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import (
    NotFound,
)
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import working_copies as rows
from allmende.store.working_copies import State, WorkingCopy

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform."""
    settings = Settings(
        data=tmp_path / "data", database=engine if engine.startswith("postgresql") else ""
    )

    def runner(scenario: Scenario) -> None:
        async def main() -> None:
            async with Platform.open(settings) as platform:
                await scenario(platform)

        anyio.run(main)

    return runner


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


def test_nobody_outside_sees_a_change_before_its_release(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        copy = await changed(platform, AUTHOR, ident, "Stadtbäume")
        assert (copy.version, copy.state, copy.base) == (2, State.OPEN, 1)
        assert await title_of(platform, ident) == "Bäume"
        copy = await working_copies.submit(platform, AUTHOR, copy.id, 2, "Klarer Titel")
        outcome = await working_copies.release(platform, GATEKEEPER, copy.id, copy.version)
        assert (outcome.change, outcome.revision) == ("updated", 2)
        assert await title_of(platform, ident) == "Stadtbäume"
        (newest, _) = await catalogue.revisions(platform, STEWARD, DATASET, ident)
        assert (newest.actor, newest.released_by) == (AUTHOR.id, GATEKEEPER.id)
        assert newest.reason == "Klarer Titel"
        kept = await catalogue.get(platform, SYSTEM, DATASET, ident)
        assert (kept.catalogue, kept.original_id) == ("stadt", "b-1")
        with pytest.raises(NotFound):
            await working_copies.get(platform, STEWARD, copy.id)

    run(scenario)
