# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Keeping models: versions, rights, words, and which collections use them, on both engines."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.model.emit.samples import TREES
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts, catalogue, collections, models
from allmende.core.collections import CollectionEntry
from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.document import Entity, Field, FieldType, Model
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


def member(role: Role, organisation: str = "jena") -> Subject:
    roles = {organisation: frozenset({role})}
    return Subject(kind="user", id=f"{role}@{organisation}", roles=roles)


def made(ident: str = "benches", version: str = "1.0.0", *fields: Field) -> Model:
    title = {"de": "Bänke", "en": "Benches"}
    entity = Entity(name="Bench", fields=[Field(name="seats", type=FieldType.INTEGER), *fields])
    return Model(id=ident, version=version, title=title, entities=[entity])


async def refused(error: type[AllmendeError], work: Awaitable[object], code: str = "") -> str:
    with pytest.raises(error) as caught:
        await work
    assert not code or caught.value.code == code
    return caught.value.text["en"]


def test_a_published_version_stays_as_it_is(run) -> None:
    async def scenario(platform: Platform) -> None:
        first = await models.put(platform, SYSTEM, made(), "jena")
        assert first.change == "created"
        assert (await models.put(platform, SYSTEM, made(), "jena")).change == "unchanged"
        assert await models.get(platform, ANONYMOUS, "benches") == made()
        other = made("benches", "1.0.0", Field(name="wood"))
        await refused(Conflict, models.put(platform, SYSTEM, other, "jena"), "version-published")
        assert await models.get(platform, ANONYMOUS, "benches", "1.0.0") == made()
        await refused(Conflict, models.discard(platform, SYSTEM, "benches", "1.0.0"))

    run(scenario)


def test_the_number_says_what_has_changed(run) -> None:
    async def scenario(platform: Platform) -> None:
        await models.put(platform, SYSTEM, made(), "jena")
        wood = Field(name="wood")
        said = await refused(
            InvalidRecord,
            models.put(platform, SYSTEM, made("benches", "1.0.1", wood), "jena"),
            "version-too-low",
        )
        assert "1.1.0" in said
        assert "wood is new" in said
        await models.put(platform, SYSTEM, made("benches", "1.1.0", wood), "jena")
        await models.put(platform, SYSTEM, made("benches", "1.10.0", wood), "jena")
        await models.put(platform, SYSTEM, made("benches", "1.9.0", wood), "jena")
        await models.put(platform, SYSTEM, made("benches", "2.0.0"), "jena")
        found = await models.versions(platform, ANONYMOUS, "benches")
        assert [each.version for each in found] == ["2.0.0", "1.10.0", "1.9.0", "1.1.0", "1.0.0"]
        assert (await models.get(platform, ANONYMOUS, "benches")).version == "2.0.0"
        gone = await models.difference(platform, ANONYMOUS, "benches", "1.9.0", "2.0.0")
        assert (gone.level, [each.kind for each in gone.changes]) == ("major", ["removed"])

    run(scenario)


def test_drafts_are_replaced_and_released(run) -> None:
    async def scenario(platform: Platform) -> None:
        author, steward = member(Role.CONTRIBUTOR), member(Role.STEWARD)
        draft = {"status": Status.DRAFT}
        await models.put(platform, author, made(), "jena", **draft)
        await refused(NotFound, models.get(platform, ANONYMOUS, "benches"))
        more = made("benches", "1.0.0", Field(name="wood"))
        assert (await models.put(platform, author, more, "jena", **draft)).change == "updated"
        assert await models.get(platform, author, "benches") == more
        await refused(NotAllowed, models.put(platform, author, more, "jena"))
        assert (await models.put(platform, steward, more, "jena")).change == "released"
        assert await models.get(platform, ANONYMOUS, "benches") == more
        assert (await models.put(platform, author, more, "jena", **draft)).change == "unchanged"
        await models.put(platform, author, made("benches", "1.0.1"), "jena", **draft)
        assert (await models.get(platform, author, "benches")).version == "1.0.0"
        too_low = models.arrange(platform, steward, "benches", "1.0.1", status=Status.PUBLISHED)
        await refused(InvalidRecord, too_low, "version-too-low")
        await models.discard(platform, author, "benches", "1.0.1")
        assert len(await models.versions(platform, author, "benches")) == 1

    run(scenario)


def test_who_may_write_and_see(run) -> None:
    async def scenario(platform: Platform) -> None:
        await refused(NotAuthenticated, models.put(platform, ANONYMOUS, made(), "jena"))
        for role in (Role.READER, Role.CONTRIBUTOR, Role.GATEKEEPER):
            await refused(NotAllowed, models.put(platform, member(role), made(), "jena"))
        steward, stranger = member(Role.STEWARD), member(Role.STEWARD, "other")
        await models.put(platform, steward, made(), "jena", metadata_access=Level.INTERNAL)
        assert await models.get(platform, member(Role.READER), "benches") == made()
        for nobody in (ANONYMOUS, stranger):
            await refused(NotFound, models.get(platform, nobody, "benches"))
            await refused(NotFound, models.used_by(platform, nobody, "benches"))
            assert await models.listing(platform, nobody) == []
            opening = models.arrange(
                platform, nobody, "benches", "1.0.0", metadata_access=Level.OPEN
            )
            await refused(NotFound, opening)
        theirs = made("benches", "3.0.0")
        await refused(Conflict, models.put(platform, stranger, theirs, "other"), "model-taken")
        await refused(NotAllowed, models.put(platform, stranger, theirs, "jena"))
        await models.arrange(platform, steward, "benches", "1.0.0", metadata_access=Level.OPEN)
        assert await models.get(platform, ANONYMOUS, "benches") == made()
        await models.arrange(platform, steward, "benches", "1.0.0", status=Status.ARCHIVED)
        await refused(NotFound, models.get(platform, ANONYMOUS, "benches"))

    run(scenario)


def test_words_find_models_in_both_languages(run) -> None:
    async def scenario(platform: Platform) -> None:
        await models.put(platform, SYSTEM, made(), "jena")
        await models.put(platform, SYSTEM, TREES, "jena")
        for text, expected in (
            ("", ["benches", "trees"]),
            ("BÄNKE", ["benches"]),
            ("banke", ["benches"]),
            ("höhe baum", ["trees"]),
            ("height", ["trees"]),
            ("seats", ["benches"]),
            ("baum bank", []),
            ("100% _\x00'", []),
        ):
            assert [each.id for each in await models.listing(platform, ANONYMOUS, text)] == expected
        (info,) = await models.listing(platform, ANONYMOUS, "bench")
        assert (info.version, info.versions, info.used_by) == ("1.0.0", ["1.0.0"], [])
        assert info.title == {"de": "Bänke", "en": "Benches"}

    run(scenario)


def test_collections_that_use_a_model_are_named_as_far_as_visible(run) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        for ident, level in (("benches", Level.OPEN), ("secret-benches", Level.RESTRICTED)):
            entry = CollectionEntry(id=ident, model=made(), organisation="jena", legal_basis="§ 1",
                                    metadata_access=level, data_access=level)  # fmt: skip
            await collections.create(platform, SYSTEM, entry)
        assert await models.used_by(platform, ANONYMOUS, "benches") == {"benches": "1.0.0"}
        seen = await models.used_by(platform, member(Role.STEWARD), "benches")
        assert seen == {"benches": "1.0.0", "secret-benches": "1.0.0"}
        (info,) = await models.listing(platform, ANONYMOUS)
        assert info.used_by == ["benches"]
        draft = models.arrange(platform, SYSTEM, "benches", "1.0.0", status=Status.DRAFT)
        await refused(Conflict, draft, "model-used")

    run(scenario)


def test_unusable_models_are_refused_with_every_reason(run) -> None:
    async def scenario(platform: Platform) -> None:
        wrong = copy.deepcopy(made("Benches", "1"))
        said = await refused(
            InvalidRecord, models.put(platform, SYSTEM, wrong, "jena"), "bad-model"
        )
        assert "Benches" in said
        assert "1.0.0" in said
        large = made()
        large.description = {"en": "x" * 2_000_001}
        await refused(InvalidRecord, models.put(platform, SYSTEM, large, "jena"), "model-too-large")
        archived = models.put(platform, SYSTEM, made(), "jena", status=Status.ARCHIVED)
        await refused(InvalidInput, archived)

    run(scenario)


def test_writes_leave_events_and_a_trail(run) -> None:
    async def scenario(platform: Platform) -> None:
        before = await catalogue.sequence(platform)
        await models.put(platform, SYSTEM, made(), "jena", status=Status.DRAFT)
        await models.put(platform, SYSTEM, made(), "jena")
        await models.put(platform, SYSTEM, made(), "jena")
        assert await catalogue.sequence(platform) == before + 2
        log = await accounts.audit_log(platform, SYSTEM)
        found = [(each.action, each.target) for each in log if each.action.startswith("model")]
        assert found == [("model-released", "benches/1.0.0"), ("model-created", "benches/1.0.0")]

    run(scenario)
